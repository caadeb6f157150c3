//! What was missed: posts that came too late to be carried, as after an outage or with a replayed day, and
//! how they are carried all the same where an organiser asks for them.
//!
//! Nobody is shown anything late by itself: a room that is over is left in peace. Whoever asks gets what would
//! have been carried in the hour, and nothing else: the burst limit, the door, muted words and blocks hold as
//! they hold now. A post is settled once, on the condition that it still stands there as late; and its cards
//! are named by post and place, so that whatever is asked twice, or replayed later, is shown once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::agenda::{Episode, State};
use crate::member::Participant;
use crate::name::{EpisodeId, Person};
use crate::order;
use crate::post::{Entry, Filed};
use crate::removal::Whom;
use crate::settings::{Door, Settings};
use crate::{Change, Chat, Decision, Uncarried, burst, door, mirror, muted};

/// About how many rows one commit of a page takes; the rest of what it may take is for the request and the
/// desk.
const ROWS: usize = 60;

/// What would become of a post that came too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is carried.
    Carried,
    /// Its author wrote more within a minute than is carried.
    TooFast,
    /// Its author is new, and newcomers wait at the door.
    New,
    /// It has a word that is muted by now.
    Muted,
    /// Its author is blocked, or asked to be left out.
    Barred,
}

/// How many posts of an episode were missed, and what would become of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Those that are carried where somebody asks for them.
    pub carried: usize,
    /// Those above the burst limit, late or not. They stay out.
    pub too_fast: usize,
    /// Those by people who would wait at the door. They stay out while newcomers wait.
    pub new: usize,
    /// Those with muted words. They stay out while the words are muted.
    pub muted: usize,
}

/// The episodes whose missed posts can be asked for: those under way, and those that closed within a day. X
/// gives a day back at most (<https://docs.x.com/x-api/webhooks/introduction>).
pub fn within_reach(episodes: &[Episode], now: DateTime<Utc>) -> impl Iterator<Item = &Episode> {
    episodes.iter().filter(move |episode| match episode.state {
        State::Open | State::Paused { .. } => true,
        State::Closed { at } => now - at <= Settings::LATE_ANSWERS,
        State::Planned | State::Cancelled => false,
    })
}

/// The episode that somebody means who asks for what was missed: the latest within reach of which there is
/// something to carry, else the latest.
pub(crate) fn meant(chat: &Chat, now: DateTime<Utc>) -> Option<&Episode> {
    let mut all: Vec<&Episode> = within_reach(&chat.episodes, now).collect();
    order::sort_by_key(&mut all, |episode| std::cmp::Reverse((episode.starts, episode.id.planned)));
    let missing = all.iter().find(|episode| tally(chat, episode).carried > 0);
    missing.or(all.first()).copied()
}

/// How many were missed of an episode.
pub(crate) fn tally(chat: &Chat, episode: &Episode) -> Tally {
    let mut tally = Tally::default();
    let of_it = |filed: &&Filed| filed.episode == episode.id && filed.entry == Entry::TooFast;
    tally.too_fast = chat.seen.missed.iter().filter(of_it).count();
    for (_, verdict, _) in judged(chat, episode) {
        match verdict {
            Verdict::Carried => tally.carried += 1,
            Verdict::TooFast => tally.too_fast += 1,
            Verdict::New => tally.new += 1,
            Verdict::Muted => tally.muted += 1,
            // All of theirs goes anyway.
            Verdict::Barred => {}
        }
    }
    tally
}

/// The late posts of an episode in the order in which they were written, each with its verdict and with its
/// author's row as it is afterwards.
fn judged<'a>(chat: &'a Chat, episode: &Episode) -> Vec<(&'a Filed, Verdict, Option<Participant>)> {
    let seen = &chat.seen;
    let mut authors: BTreeMap<&Person, Participant> =
        seen.authors.iter().map(|author| (&author.person, author.clone())).collect();
    let late = |filed: &&Filed| filed.episode == episode.id && filed.entry == Entry::Late;
    let mut late: Vec<&Filed> = seen.missed.iter().filter(late).collect();
    order::sort_by_key(&mut late, |filed| (filed.post.at, filed.post.id.to_string()));
    let judge = |filed: &'a Filed| {
        let author = authors.get_mut(&filed.post.author.person);
        let (verdict, after) = judge(chat, episode, filed, author);
        (filed, verdict, after)
    };
    late.into_iter().map(judge).collect()
}

fn judge(
    chat: &Chat,
    episode: &Episode,
    filed: &Filed,
    author: Option<&mut Participant>,
) -> (Verdict, Option<Participant>) {
    let settings = &chat.settings;
    let by = &filed.post.author;
    let barred = chat.seen.bars.iter().any(|bar| match &bar.whom {
        Whom::Person(person) => *person == by.person,
        handle @ Whom::Handle(_) => by.handle.as_deref().map(Whom::handle).as_ref() == Some(handle),
    });
    if barred {
        return (Verdict::Barred, None);
    }
    if muted::is_in_post(&settings.muted, &filed.post) {
        return (Verdict::Muted, None);
    }
    let invited = door::is_invited(chat, episode, by);
    let ours = invited || settings.may_moderate(&by.person);
    let is_new = author.as_deref().is_none_or(|author| door::is_new(author, &episode.id));
    if settings.door == Door::Regulars && !ours && is_new {
        return (Verdict::New, None);
    }
    let Some(author) = author else { return (Verdict::Carried, None) };
    if let Some(limit) = settings.burst.filter(|_| !invited) {
        match burst::with(&author.recent, filed.post.at, limit) {
            Some(recent) => author.recent = recent,
            None => return (Verdict::TooFast, None),
        }
    }
    author.heard.get_or_insert_with(|| episode.id.clone());
    (Verdict::Carried, Some(author.clone()))
}

/// The next of what was missed in an episode, oldest first and as much as one commit takes; and whether more
/// is left. What is above the burst limit is settled too, lest the next page take it for something else.
pub(crate) fn page(chat: &Chat, episode: &Episode) -> (Decision, bool) {
    let settings = &chat.settings;
    let cards = 3 * settings.rooms().count();
    let mut decision = Decision::default();
    let mut authors: BTreeMap<Person, Participant> = BTreeMap::new();
    let mut rows = 0;
    let mut more = false;
    for (filed, verdict, author) in judged(chat, episode) {
        let (needs, entry) = match verdict {
            Verdict::Carried => (2 + cards, Entry::Straight),
            Verdict::TooFast => (2, Entry::TooFast),
            Verdict::New | Verdict::Muted | Verdict::Barred => continue,
        };
        if rows > 0 && rows + needs > ROWS {
            more = true;
            break;
        }
        rows += needs;
        decision.changes.push(Change::Settled {
            post: filed.post.id.clone(),
            version: filed.post.version.clone(),
            episode: episode.id.clone(),
            entry,
        });
        if verdict == Verdict::Carried {
            decision.effects.extend(mirror::carry(settings, episode, filed));
        } else {
            decision.changes.push(Change::Counted(Uncarried::Burst));
        }
        authors.extend(author.map(|author| (author.person.clone(), author)));
    }
    let changed = authors.into_values().filter(|author| !chat.seen.authors.contains(author));
    decision.changes.extend(changed.map(Change::Participant));
    (decision, more)
}

/// Goes on with what somebody asked for; nothing where nobody did, as when the index still names what is done.
pub(crate) fn go_on(chat: &Chat, id: &EpisodeId) -> Decision {
    if !chat.seen.catching_up {
        return Decision::default();
    }
    // A chat that was retired meanwhile says no more, nor does one that has left every room.
    let silent = chat.settings.retired || chat.settings.rooms().next().is_none();
    let episode = chat.episodes.iter().find(|episode| episode.id == *id).filter(|_| !silent);
    let (mut decision, more) = episode.map(|episode| page(chat, episode)).unwrap_or_default();
    decision.changes.push(Change::CatchingUp { episode: id.clone(), more });
    decision
}

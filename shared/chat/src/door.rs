//! The door: whose posts are carried as they come, whose wait at the desk, and how they are let in.
//!
//! What somebody said while they waited stays in its place by when they said it: it is filed when it arrives,
//! and carried when somebody lets its author in. Where nobody does before the doors close, it stays held.

use chrono::{DateTime, Utc};

use crate::agenda::Episode;
use crate::command::Who;
use crate::copy::reply as words;
use crate::delivery::{Delivery, Work};
use crate::member::Participant;
use crate::name::{DeliveryId, EpisodeId, Person, Platform};
use crate::order;
use crate::post::{Author, Entry, Filed};
use crate::reply::Reply;
use crate::settings::{Door, Settings};
use crate::text::Message;
use crate::{
    Asking, Change, Chat, Decision, Refusal, Uncarried, action::Action, burst, mirror, muted, quotes,
    removal, steer,
};

/// What became of a post that was taken while it could be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It is carried.
    Carried,
    /// Its author wrote more within a minute than is carried.
    TooFast,
    /// Its author is new, and waits at the desk.
    Waits,
}

/// Carries a post that was taken ([`mirror::take`]), unless its author writes too fast or has to be let in
/// first. What is above the burst limit does not wait at the desk either: that would only be another room to
/// flood.
pub(crate) fn pass(
    chat: &Chat,
    episode: &Episode,
    mut decision: Decision,
    now: DateTime<Utc>,
) -> (Decision, Passed) {
    let settings = &chat.settings;
    let taken = decision.changes.iter_mut().fold((None, None), |(filed, author), change| match change {
        Change::Filed(it) => (Some(it), author),
        Change::Participant(it) => (filed, Some(it)),
        _ => (filed, author),
    });
    let (Some(filed), Some(author)) = taken else { return (decision, Passed::Carried) };
    let invited = is_invited(chat, episode, &filed.post.author);
    if let Some(limit) = settings.burst.filter(|_| !invited) {
        match burst::with(&author.recent, filed.post.at, limit) {
            Some(recent) => author.recent = recent,
            None => {
                if author.burst.as_ref() != Some(&episode.id) {
                    author.burst = Some(episode.id.clone());
                    let what = format!("burst/{}/{}", episode.id, author.person);
                    let message: Message = words::too_fast(&filed.post.author, limit).into();
                    decision.effects = steer::at_the_desk(settings, &what, &message, now);
                }
                filed.entry = Entry::TooFast;
                decision.changes.push(Change::Counted(Uncarried::Burst));
                return (decision, Passed::TooFast);
            }
        }
    }
    let ours = invited || settings.may_moderate(&filed.post.author.person);
    if settings.door == Door::Regulars && !ours && is_new(author, &episode.id) {
        filed.entry = Entry::Waits;
        let message = waiting_note(settings, episode, filed);
        decision.effects = steer::at_the_desk(settings, &note(filed), &message, now);
        decision.changes.push(Change::Counted(Uncarried::Held));
        return (decision, Passed::Waits);
    }
    author.heard.get_or_insert_with(|| episode.id.clone());
    decision.effects = mirror::carry(settings, episode, filed);
    (decision, Passed::Carried)
}

/// Whether somebody is the host or a guest of the hour, whom no limit is for.
pub(crate) fn is_invited(chat: &Chat, episode: &Episode, author: &Author) -> bool {
    mirror::is_host(chat, &author.person) || is_guest(episode, author)
}

/// A guest of the hour, by the handle they agreed to be named with. Not by name, which anybody can take.
fn is_guest(episode: &Episode, author: &Author) -> bool {
    let handle = author.handle.as_deref().filter(|_| author.person.platform == Platform::X);
    handle.is_some_and(|handle| {
        episode
            .guests
            .iter()
            .filter_map(|guest| guest.handle.as_deref())
            .any(|h| h.eq_ignore_ascii_case(handle))
    })
}

/// Whether nobody heard them before this episode and nobody let them in. Who only ever waited at the door has
/// not been heard: they are as new the week after.
pub(crate) fn is_new(author: &Participant, episode: &EpisodeId) -> bool {
    author.admitted.is_none() && author.heard.as_ref().is_none_or(|heard| heard == episode)
}

/// What stands at the desk of a post that waits.
fn waiting_note(settings: &Settings, episode: &Episode, filed: &Filed) -> Message {
    words::waits(settings, episode, filed)
        .main_button("Let in", Action::LetIn(filed.episode.clone(), filed.post.id.clone()))
        .button("Hide", Action::Hide(filed.episode.clone(), filed.post.id.clone()))
        .button("Block", Action::Block(filed.episode.clone(), filed.post.id.clone()))
}

/// What the note of a waiting post at the desk is called, within the chat.
fn note(filed: &Filed) -> String {
    format!("door/{}/{}", filed.episode, filed.post.id)
}

/// Somebody at the desk lets the author of a post in, for good, with all that waits of theirs.
pub(crate) fn let_in(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    steer::may(chat, asking, Who::Moderators)?;
    let filed = chat.seen.filed.as_ref().ok_or(Refusal::NobodyWaits)?;
    let author = chat.seen.participant.as_ref().ok_or(Refusal::NobodyWaits)?;
    let by = author.admitted.as_ref();
    let (mut decision, more) = carry_waiting(chat, by.unwrap_or(&asking.name), now);
    if more {
        decision.changes.push(Change::LettingIn { person: author.person.clone(), more });
    }
    let Some(by) = by else {
        decision.changes.push(Change::Participant(Participant {
            admitted: Some(asking.name.clone()),
            heard: author.heard.clone().or_else(|| Some(filed.episode.clone())),
            ..author.clone()
        }));
        let held = &chat.seen.held;
        let carried = held.iter().filter(|held| is_carried(chat, held, now)).count();
        decision.reply = Some(Reply::Said(words::let_in(&author.name, carried, held.len())));
        return Ok(decision);
    };
    decision.reply = Some(Reply::Said(words::let_in_already(&author.name, by)));
    Ok(decision)
}

/// The next of what somebody said while they waited, once they were let in; nothing where they were not.
pub(crate) fn admitted(chat: &Chat, person: &Person, now: DateTime<Utc>) -> Decision {
    let author = chat.seen.participant.as_ref().filter(|author| author.person == *person);
    let Some(by) = author.and_then(|author| author.admitted.as_ref()) else { return Decision::default() };
    let (mut decision, more) = carry_waiting(chat, by, now);
    decision.changes.push(Change::LettingIn { person: person.clone(), more });
    decision
}

/// Carries what waits, the earliest first and as much as one commit takes, and says so in each note at the
/// desk; and whether more is left.
fn carry_waiting(chat: &Chat, by: &str, now: DateTime<Utc>) -> (Decision, bool) {
    let settings = &chat.settings;
    let mut held: Vec<&Filed> = chat.seen.held.iter().filter(|held| held.entry == Entry::Waits).collect();
    order::sort_by_key(&mut held, |held| (held.post.at, held.post.id.to_string()));
    let most = at_once(settings, &held);
    let more = held.len() > most;
    let mut decision = Decision::default();
    for held in held.into_iter().take(most) {
        let filed = Filed { entry: Entry::LetIn, ..quotes::shown_filed(chat, held) };
        let carried = is_carried(chat, &filed, now);
        let episode = chat.episodes.iter().find(|e| e.id == filed.episode);
        match episode.filter(|_| carried) {
            Some(episode) => decision.effects.extend(mirror::carry(settings, episode, &filed)),
            None => decision.changes.push(Change::Counted(Uncarried::Late)),
        }
        let message: Message = words::was_let_in(settings, &filed, Some(by), carried).into();
        decision.effects.extend(edited_note(settings, &filed, "in", &message, now));
        decision.changes.push(Change::Filed(filed));
    }
    (decision, more)
}

/// What stood at the desk of a post that is taken out again. Also of one that was let in: its note says what
/// it said.
pub(crate) fn taken_out(chat: &Chat, filed: &Filed, now: DateTime<Utc>) -> Vec<Delivery> {
    if !matches!(filed.entry, Entry::Waits | Entry::LetIn) {
        return Vec::new();
    }
    edited_note(&chat.settings, filed, "out", &words::was_taken_out(filed).into(), now)
}

/// What stands at the desk of a post that waited there, or was let in, once what it quotes is to be seen no
/// more: the same without the quotation.
pub(crate) fn said_without_quotation(chat: &Chat, filed: &Filed, now: DateTime<Utc>) -> Vec<Delivery> {
    let message = match filed.entry {
        Entry::Straight | Entry::Late | Entry::TooFast => return Vec::new(),
        Entry::Waits => {
            let mut episodes = chat.episodes.iter().chain(&chat.seen.past);
            let Some(episode) = episodes.find(|episode| episode.id == filed.episode) else {
                return Vec::new();
            };
            waiting_note(&chat.settings, episode, filed)
        }
        Entry::LetIn => {
            let by = chat.seen.participant.as_ref().and_then(|author| author.admitted.as_deref());
            let carried = removal::cards(chat).next().is_some();
            words::was_let_in(&chat.settings, filed, by, carried).into()
        }
    };
    // Once for each version of what was said: an edit may bring another quotation, which may go too. Of what
    // happens at the same moment it sorts behind "in" and before "out", which is the last word.
    edited_note(&chat.settings, filed, &format!("mended/{}", filed.post.version), &message, now)
}

/// The note of a post at the desk, changed.
fn edited_note(
    settings: &Settings,
    filed: &Filed,
    what: &str,
    message: &Message,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let edits = steer::desk(settings).into_iter().map(|desk| {
        let of = DeliveryId::new(format_args!("{}/{}", settings.slug, note(filed)), &desk);
        let said = steer::note(settings, &desk, &format!("{}/{what}", note(filed)), Message::default(), now);
        Delivery { work: Work::Edit { of, message: message.clone() }, ..said }
    });
    edits.collect()
}

/// How many of the posts that wait one commit carries, in their order: each is three rows, a fourth for the
/// door's, and two for each of its deliveries. For what it quotes three more under each of its names, and four.
fn at_once(settings: &Settings, held: &[&Filed]) -> usize {
    let deliveries = settings.rooms().count() + steer::desk(settings).len();
    let rows = held.iter().scan(0, |rows, held| {
        *rows += 4 + 2 * deliveries + held.post.quoted.as_ref().map_or(0, |q| 3 * q.names.len() + 4);
        Some(*rows)
    });
    rows.take_while(|rows| *rows <= 56).count().max(1)
}

/// Whether a post that waited is still carried: while the doors of its hour are open, or it is as fresh as a
/// late answer has to be. A tap on the day after lets its author in for the next time and disturbs nobody.
fn is_carried(chat: &Chat, filed: &Filed, now: DateTime<Utc>) -> bool {
    let episode = chat.episodes.iter().find(|e| e.id == filed.episode);
    let fresh = now - filed.post.at <= Settings::DOORS_LATE;
    episode.is_some_and(|episode| episode.doors_open(now) || fresh)
        && !muted::is_in_post(&chat.settings.muted, &filed.post)
}

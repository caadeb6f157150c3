//! The unheard radar: people whom nobody has answered or boosted for a while, for organisers to look after.
//! `docs/HEARD.md` says what is known and what is not.
//!
//! **Who is on it.** Speakers of the hour, as [`crate::heard`] counts them, all accounts of one person as one, whose
//! first post that stands is [`WAITS`] old and of whose posts none was answered or boosted. The chat's own account is
//! nobody. Who is blocked, left out or forgotten has no post that stands, and what waits at the door is nobody's word
//! yet. Organisers are people too.
//!
//! **What answers.** A reply or a quotation by somebody else that reached us; and what X counts at any version of
//! their posts: replies and quotations beyond those that we know to be their own, and reposts. A like is no answer: a
//! button pressed in passing, told to nobody but its author, and it carries their words to nobody else.
//!
//! **What is not known is not said.** Somebody is *unheard* only where X counted at each version of each post of theirs
//! that we knew, lately, and after they had waited. Whoever X was not asked about, whose post it did not show, or who
//! said something in a room, where nobody tells us who replies, is *unknown*. So everybody on it is in one of two lists,
//! once, and an error on X's side moves people from the first into the second and never the other way.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

use crate::heard::{Said, Voice, people, stand, whose};
use crate::name::{DeliveryId, EpisodeId, Person, Place, Platform, PostId, fold};
use crate::order;
use crate::post::{Filed, Post};

/// So long somebody waits before anybody is told. Questions are about that far apart: until the next one is asked
/// people still answer, and whoever nobody answered by then is easily passed over for good.
pub const WAITS: Duration = Duration::minutes(10);
/// So often it is worked out, and X asked.
pub const EVERY: Duration = Duration::minutes(2);
/// What was worked out longer ago than this tells nothing of now: two more should have followed it.
pub const FRESH: Duration = Duration::minutes(5);
/// So many versions of posts X is asked about each time: two calls.
pub const MOST_ASKED: usize = 200;
/// So many posts of an hour are read. Of one with more nobody is known to be unheard.
pub const MOST_POSTS: usize = 5_000;
/// So many people are shown as unheard; the others are a number.
pub const MOST_SHOWN: usize = 6;
/// So many are shown whom nothing is known about.
pub const MOST_UNKNOWN: usize = 3;

/// How often a version of a post was replied to, reposted and quoted, as X counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Replies to it, by anybody.
    pub replies: u32,
    /// Reposts; a quotation is none.
    pub reposts: u32,
    /// Quotations.
    pub quotes: u32,
}

/// What is known of an hour.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its posts as they stand.
    pub posts: &'a [Filed],
    /// Whether that is all of them: see [`MOST_POSTS`].
    pub all_posts: bool,
    /// Who spoke in it.
    pub voices: &'a [Voice],
    /// Accounts that are a member's, with whose they are.
    pub owned: &'a BTreeMap<Person, Person>,
    /// Posts whose authors are heard because an organiser said so: see [`crate::desk::Press::Heard`].
    pub heard: &'a BTreeSet<PostId>,
}

/// Somebody who waits, as far as we know without asking X.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// Whether it is their first time here, by all of their accounts.
    pub first_time: bool,
    /// Their posts, the oldest first; never empty.
    pub posts: Vec<Own<'a>>,
}

/// One of their posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own<'a> {
    /// The post.
    pub post: &'a Post,
    /// How often they reply to it themselves, as far as we know.
    pub replies: u32,
    /// And quote it.
    pub quotes: u32,
}

/// An hour's radar, as it was worked out at a moment. No name and no words in it: those are read again when it is
/// shown, so that nobody is in it who was forgotten meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// When, by the chat's clock.
    pub at: DateTime<Utc>,
    /// Who is on it, in the order in which they are shown.
    pub people: Vec<Unanswered>,
}

/// Somebody on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The post of theirs that waited longest.
    pub post: PostId,
    /// Every name of every post of theirs.
    pub names: Vec<PostId>,
    /// Whether it is their first time here.
    pub first_time: bool,
    /// Whether X said that nobody answered; else it is not known.
    pub sure: bool,
    /// Where its card stands, of an answer that was typed in a room.
    pub card: Option<Card>,
}

/// A card on its own platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The channel.
    pub place: Place,
    /// The message as the platform calls it: an id, or in a thread `thread:id`.
    pub message: String,
}

/// The radar as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Radar {
    /// People whom nobody answered or boosted; first-timers first, then the longest waiting.
    pub unheard: Vec<Shown>,
    /// People of whom that is not known, likewise.
    pub unknown: Vec<Shown>,
    /// Nothing is known of anybody, though by now something should be.
    pub blind: bool,
}

/// Somebody as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The post of theirs that waited longest.
    pub filed: Filed,
    /// Whether it is their first time here.
    pub first_time: bool,
    /// Where its card stands, of an answer that was typed in a room.
    pub card: Option<Card>,
    /// The address of that card, where only its platform knows it and was asked.
    pub address: Option<String>,
}

/// How many there are, for a line of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// People whom nobody answered or boosted.
    pub unheard: u32,
    /// People of whom that is not known.
    pub unknown: u32,
}

impl Radar {
    /// How many there are.
    pub fn count(&self) -> Count {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Count { unheard: count(self.unheard.len()), unknown: count(self.unknown.len()) }
    }

    /// Those who are shown by name, of both lists; to see to how they are shown.
    pub fn shown(&mut self) -> impl Iterator<Item = &mut Shown> {
        let Radar { unheard, unknown, .. } = self;
        unheard.iter_mut().take(MOST_SHOWN).chain(unknown.iter_mut().take(MOST_UNKNOWN))
    }
}

/// Which of the moments that are [`EVERY`] apart an instant belongs to. By the clock and the hour's name: hours that run
/// at the same time have different moments, so that X is not asked for all of them at once.
pub fn turn(episode: &EpisodeId, at: DateTime<Utc>) -> i64 {
    let every = EVERY.num_seconds();
    let own = i64::try_from(fold(&episode.to_string()) % every.unsigned_abs()).unwrap_or_default();
    (at.timestamp() - own).div_euclid(every)
}

/// Everybody who waits, the longest waiting first. `host` is the chat's own account on X.
pub fn waiting<'a>(known: &Known<'a>, host: Option<&Person>, now: DateTime<Utc>) -> Vec<Waiting<'a>> {
    let owned = known.owned;
    let speakers = people(known.voices, owned, host);
    let said = Said::of(stand(known.posts));
    let mut heard: BTreeSet<&Person> = BTreeSet::new();
    // By the first name of a post.
    let mut own: BTreeMap<&PostId, (u32, u32)> = BTreeMap::new();
    for post in stand(known.posts) {
        let author = whose(owned, &post.author.person);
        let quoted = post.quoted.iter().flat_map(|quoted| &quoted.names).find_map(|name| said.named(name));
        for (to, is_reply) in [(said.parent(post), true), (quoted, false)] {
            let Some(to) = to else { continue };
            let theirs = whose(owned, &to.author.person);
            if theirs != author {
                heard.insert(theirs);
            } else if post.id != to.id {
                let (replies, quotes) = own.entry(&to.id).or_default();
                *(if is_reply { replies } else { quotes }) += 1;
            }
        }
        if known.heard.contains(&post.id) {
            heard.insert(author);
        }
    }
    let mut posts: BTreeMap<&Person, Vec<Own<'a>>> = BTreeMap::new();
    for post in stand(known.posts) {
        let author = whose(owned, &post.author.person);
        if speakers.contains_key(author) && !heard.contains(author) {
            let (replies, quotes) = own.get(&post.id).copied().unwrap_or_default();
            posts.entry(author).or_default().push(Own { post, replies, quotes });
        }
    }
    let mut waiting: Vec<Waiting<'a>> = Vec::new();
    for (person, mut posts) in posts {
        order::sort_by(&mut posts, |a, b| (a.post.at, &a.post.id).cmp(&(b.post.at, &b.post.id)));
        let waits = posts.first().is_some_and(|own| now - own.post.at >= WAITS);
        if waits {
            waiting.push(Waiting { first_time: speakers.get(person) == Some(&true), posts });
        }
    }
    order::sort_by(&mut waiting, |a, b| a.key().cmp(&b.key()));
    waiting
}

impl Waiting<'_> {
    /// Since when, and whose post it is where two are as old.
    fn key(&self) -> (Option<DateTime<Utc>>, Option<&PostId>) {
        let first = self.posts.first().map(|own| own.post);
        (first.map(|post| post.at), first.map(|post| &post.id))
    }

    /// What X has to be asked about: each version, since each has numbers of its own
    /// (<https://docs.x.com/x-api/fundamentals/edit-posts>).
    fn on_x(&self) -> Vec<String> {
        let on_x = self.posts.iter().filter(|own| own.post.id.source == Platform::X);
        on_x.flat_map(|own| own.post.names()).map(|name| name.id).collect()
    }
}

/// The versions of posts that X is to be asked about: everything of somebody or nothing, the longest waiting first,
/// [`MOST_ASKED`] at most.
pub fn to_ask(waiting: &[Waiting<'_>]) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for one in waiting {
        let theirs = one.on_x();
        if asked.len() + theirs.len() <= MOST_ASKED {
            asked.extend(theirs);
        }
    }
    asked
}

/// What is left of those who wait once X has counted: whoever it counts an answer for is heard. `measured` is by the
/// ids of versions, and was read at `now`.
pub fn swept(
    known: &Known<'_>,
    waiting: &[Waiting<'_>],
    measured: &BTreeMap<String, Measured>,
    now: DateTime<Utc>,
) -> Swept {
    let mut people: Vec<Unanswered> = Vec::new();
    // First-timers first; both in the order in which they wait.
    for first_time in [true, false] {
        for one in waiting.iter().filter(|one| one.first_time == first_time) {
            let Some(first) = one.posts.first() else { continue };
            if one.posts.iter().any(|own| own.is_answered(measured)) {
                continue;
            }
            let counted = one.posts.iter().all(|own| {
                own.post.id.source == Platform::X
                    && own.post.names().iter().all(|name| measured.contains_key(&name.id))
            });
            people.push(Unanswered {
                post: first.post.id.clone(),
                names: one.posts.iter().flat_map(|own| own.post.names()).collect(),
                first_time,
                sure: counted && known.all_posts,
                card: None,
            });
        }
    }
    Swept { at: now, people }
}

impl Own<'_> {
    /// Whether X counts more at any version of it than its author did.
    fn is_answered(&self, measured: &BTreeMap<String, Measured>) -> bool {
        if self.post.id.source != Platform::X {
            return false;
        }
        let names = self.post.names();
        let counted = || names.iter().filter_map(|name| measured.get(&name.id));
        let sum = |of: fn(&Measured) -> u32| counted().map(of).fold(0, u32::saturating_add);
        sum(|m| m.replies) > self.replies || sum(|m| m.quotes) > self.quotes || sum(|m| m.reposts) > 0
    }
}

/// The radar as it is at a moment: without those who were answered since, and those whose post stands no more.
///
/// `stands` is what stands now of the posts that people are shown with, `lately` the posts of the last minutes. What
/// was worked out too long ago says who waited, and no more whether anybody answered.
pub fn look(
    swept: Option<&Swept>,
    stands: Vec<Filed>,
    lately: &[Filed],
    owned: &BTreeMap<Person, Person>,
    heard: &BTreeSet<PostId>,
    now: DateTime<Utc>,
) -> Radar {
    let Some(swept) = swept else { return Radar { blind: true, ..Radar::default() } };
    let fresh = (now - swept.at).abs() <= FRESH;
    let mut stands: HashMap<PostId, Filed> = stands
        .into_iter()
        .filter(|filed| filed.entry != crate::post::Entry::Waits)
        .map(|filed| (filed.post.id.clone(), filed))
        .collect();
    // Whom each post of the last minutes answers, by every name that it may give.
    let mut answers: HashMap<PostId, Vec<&Person>> = HashMap::new();
    for post in stand(lately) {
        let to = post.replies_to.iter().map(|id| PostId { source: post.id.source, id: id.clone() });
        let quoted = post.quoted.iter().flat_map(|quoted| quoted.names.iter().cloned());
        for name in to.chain(quoted) {
            answers.entry(name).or_default().push(whose(owned, &post.author.person));
        }
    }
    let mut radar = Radar::default();
    for one in &swept.people {
        let Some(filed) = stands.remove(&one.post) else { continue };
        let author = whose(owned, &filed.post.author.person);
        let by_others = |name: &PostId| answers.get(name).is_some_and(|by| by.iter().any(|by| *by != author));
        if one.names.iter().any(|name| by_others(name) || heard.contains(name)) {
            continue;
        }
        let shown = Shown { first_time: one.first_time, card: one.card.clone(), address: None, filed };
        if one.sure && fresh { &mut radar.unheard } else { &mut radar.unknown }.push(shown);
    }
    radar.blind = !fresh && radar.unknown.is_empty();
    radar
}

/// The deliveries that may have brought a post's card to rooms of its own platform, the latest first.
pub fn cards(settings: &crate::settings::Settings, filed: &Filed) -> Vec<(DeliveryId, Place)> {
    let own = settings.rooms().filter(|to| to.place.platform == filed.post.id.source);
    let mut cards = Vec::new();
    for to in own {
        for refiled in (0..=filed.refiled).rev() {
            let version = Filed { refiled, ..filed.clone() };
            cards.push((crate::mirror::card_name(&settings.slug, &version, &to.place), to.place.clone()));
        }
    }
    cards
}

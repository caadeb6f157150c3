//! The heard score of an hour: how many spoke, how many of them were answered, how evenly it was shared, and who
//! came back. `docs/HEARD.md` defines each number, with an example by hand.
//!
//! It is read from what is kept of an hour anyway, and not counted beside that, as [`crate::attendance`] is not: so
//! it is there for hours from before this was, and who is forgotten is forgotten here too.
//!
//! **Who spoke** is who is in the hour's list of voices, as the close counts them: somebody who takes back all that
//! they said, or whose only post is hidden, was here all the same. Who is blocked or left out, and who asked to be
//! forgotten, is in no list any more. All accounts of one person are one speaker. The chat's own account is none: it
//! hosts. A repost makes nobody a speaker, whoever it was.
//!
//! **What was said** is what stands now. What was withdrawn by its author or hidden by an organiser is gone, and
//! answers nobody. What waits at the door is nobody's word yet. What came late, or faster than is carried, was said
//! under the hashtag, where people read and answer it: it counts, shown in the rooms or not.
//!
//! **What cannot be known** is not guessed. Replies without the hashtag never reach us, nor does what people type to
//! each other in the rooms, nor a reply to what was withdrawn since: so the answered are "at least" so many. X is
//! asked for no reposts, and what comes of them all the same is counted by the day and not by person: so nobody is
//! counted as somebody who boosts. Quoting somebody is not counted as an answer: it speaks about them as often as to
//! them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::agenda::{Episode, State};
use crate::attendance;
use crate::command::{Day, On};
use crate::member::Member;
use crate::name::{Person, Platform, PostId};
use crate::order;
use crate::post::{Entry, Filed, Post};
use crate::settings::Settings;
use crate::zone::Zone;
use crate::{Refusal, copy};

/// How far back hours are looked at.
pub const MEMORY: chrono::Duration = attendance::MEMORY;
/// Within so many hours somebody who was new is to be here again, for the longer of the two looks.
pub const WITHIN: usize = 4;
/// So many posts of an hour are read; of one with more, only what can be said without the rest.
pub const MOST_POSTS: usize = 5_000;

/// Somebody in an hour's list of voices, by one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// By which account.
    pub person: Person,
    /// Whether it was that account's first time in this chat, as it was known when they spoke.
    pub first_time: bool,
}

/// An hour before the one that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// When it began.
    pub starts: DateTime<Utc>,
    /// Who spoke in it.
    pub voices: Vec<Voice>,
}

/// What is known of an hour, to be counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The hour.
    pub episode: Episode,
    /// Its posts as they stand.
    pub posts: Vec<Filed>,
    /// Whether that is all of them: see [`MOST_POSTS`].
    pub all_posts: bool,
    /// Who spoke in it.
    pub voices: Vec<Voice>,
    /// The hours held before it, the latest first, [`WITHIN`] at most.
    pub before: Vec<Before>,
    /// Accounts that are a member's, with whose they are.
    pub owned: BTreeMap<Person, Person>,
    /// Who is a member today.
    pub members: Vec<Member>,
    /// How many reposts came in on its day or days (UTC), about: a repeat counts again.
    pub reposts: u64,
}

/// How evenly it was shared: the Gini coefficient, in hundredths, of the posts of those who have a post that stands.
///
/// `G = (2 × Σ i·xᵢ) / (n × Σ xᵢ) − (n + 1) / n`, where `x₁ ≤ … ≤ xₙ` are the posts of each of `n` speakers
/// (<https://mathworld.wolfram.com/GiniCoefficient.html>). 0: everybody said equally much. It grows towards
/// `(n − 1) / n`, where one said nearly everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gini(pub u32);

impl Gini {
    /// Of these numbers of posts, in any order; zeros are nobody's. `None` of fewer than two: what one person says
    /// is shared neither evenly nor unevenly.
    pub fn of(posts: &[u64]) -> Option<Gini> {
        let mut posts: Vec<u64> = posts.iter().copied().filter(|n| *n > 0).collect();
        order::sort(&mut posts);
        let n = u64::try_from(posts.len()).unwrap_or(u64::MAX);
        if n < 2 {
            return None;
        }
        let sum: u64 = posts.iter().sum();
        let weighted: u64 = (1..).zip(&posts).map(|(i, x): (u64, _)| i * x).sum();
        // Over the common denominator, in whole numbers: no rounding before the last.
        let (above, below) = (2 * weighted - (n + 1) * sum, n * sum);
        u32::try_from((200 * above + below) / (2 * below)).ok().map(Gini)
    }
}

/// Of those who were new in an earlier hour, how many were here again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// When that hour began.
    pub since: DateTime<Utc>,
    /// How many spoke for the first time in it.
    pub new: u32,
    /// How many of them spoke again since, up to the hour that is asked about.
    pub again: u32,
}

/// The score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// People who spoke.
    pub speakers: u32,
    /// Of them, those who did for the first time, by any account of theirs.
    pub first_time: u32,
    /// Of the speakers, those to whom somebody else replied: at least.
    pub answered: u32,
    /// Of the speakers, those who were here by no account on X: of them no reply reaches us.
    pub only_in_rooms: u32,
    /// Posts of the speakers that stand, of those that were read.
    pub posts: u64,
    /// Concentration of voice; `None` where it would mean nothing, or not all posts were read.
    pub concentration: Option<Gini>,
    /// Of the new ones of the hour before, those who were here again in this one; `None` where there was none.
    pub after_one: Option<Return>,
    /// Of the new ones of the hour four before, those who were here again in one of the four since; `None` where
    /// there were not that many.
    pub after_four: Option<Return>,
    /// Members, of those who had joined by its end, who did not speak. Whether they read along is not known.
    pub listeners: u32,
    /// Reposts on its day or days (UTC), about. By whom is not known.
    pub reposts: u64,
    /// Whether all posts were read.
    pub all_posts: bool,
}

/// The hour that is meant: without a day the one that goes on, else the latest that is over; with one, that of the
/// day, which is looked for behind us. `hours` are those that go on or were held; `None` where there was none.
///
/// # Errors
/// [`Refusal::Several`] and [`Refusal::OtherTime`], where the day has more than one, or none at that time.
pub fn meant<'a>(
    hours: &'a [Episode],
    on: Option<&On>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<Option<&'a Episode>, Refusal> {
    let Some(on) = on else {
        let live = hours.iter().filter(|hour| hour.is_live()).max_by_key(|hour| hour.starts);
        return Ok(live.or_else(|| hours.iter().max_by_key(|hour| hour.starts)));
    };
    let Some(date) = looking_back(&on.day, copy::local_date(zone, now)) else { return Ok(None) };
    let mut there: Vec<&Episode> =
        hours.iter().filter(|hour| copy::local_date(zone, hour.starts) == date).collect();
    order::sort_by_key(&mut there, |hour| hour.starts);
    let starts: Vec<DateTime<Utc>> = there.iter().map(|hour| hour.starts).collect();
    if let (Some(time), false) = (on.time, there.is_empty()) {
        there.retain(|hour| hour.starts.with_timezone(&zone).time() == time);
        if there.is_empty() {
            return Err(Refusal::OtherTime(starts));
        }
    }
    match there.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Refusal::Several(starts)),
    }
}

/// The latest such date up to today: everywhere else a day is one to come, and here none is.
fn looking_back(day: &Day, today: NaiveDate) -> Option<NaiveDate> {
    let fits = |date: &NaiveDate| match *day {
        Day::Today => true,
        // Nothing has been said yet.
        Day::Tomorrow => false,
        Day::Weekday { day, next } => !next && date.weekday() == day,
        Day::Nth { weekday, day } => date.day() == day && weekday.is_none_or(|named| date.weekday() == named),
        Day::Date { weekday, day, month, year } => {
            (date.day(), date.month()) == (day, month)
                && year.is_none_or(|year| date.year() == year)
                && weekday.is_none_or(|named| date.weekday() == named)
        }
    };
    let days = usize::try_from(MEMORY.num_days()).unwrap_or(usize::MAX);
    let reach = if *day == Day::Today { 1 } else { days };
    today.iter_days().rev().take(reach).find(fits)
}

/// The hours before this one that count towards who came back, the latest first: held, and [`WITHIN`] at most.
pub fn before<'a>(hours: &'a [Episode], episode: &Episode) -> Vec<&'a Episode> {
    let mut before: Vec<&Episode> =
        hours.iter().filter(|hour| !hour.is_live() && hour.starts < episode.starts).collect();
    order::sort_by(&mut before, |a, b| (b.starts, &b.id).cmp(&(a.starts, &a.id)));
    before.truncate(WITHIN);
    before
}

/// The days (UTC) in which posts of an episode may have come in.
pub fn days(episode: &Episode) -> Vec<NaiveDate> {
    let (first, last) = (episode.starts - Settings::DOORS_EARLY, until(episode) + Settings::DOORS_LATE);
    first.date_naive().iter_days().take_while(|day| *day <= last.date_naive()).collect()
}

/// When it closed, or is to.
fn until(episode: &Episode) -> DateTime<Utc> {
    match episode.state {
        State::Closed { at } => at.max(episode.starts),
        _ => episode.ends(),
    }
}

/// Who an account is: the member whose it is, or itself.
pub(crate) fn whose<'a>(owned: &'a BTreeMap<Person, Person>, account: &'a Person) -> &'a Person {
    owned.get(account).unwrap_or(account)
}

/// The people behind voices, each once, and whether they are new by all of their accounts; without the chat's own.
pub(crate) fn people<'a>(
    voices: &'a [Voice],
    owned: &'a BTreeMap<Person, Person>,
    host: Option<&Person>,
) -> BTreeMap<&'a Person, bool> {
    let mut people = BTreeMap::new();
    for voice in voices.iter().filter(|voice| Some(&voice.person) != host) {
        *people.entry(whose(owned, &voice.person)).or_insert(true) &= voice.first_time;
    }
    people
}

/// Of the posts of an hour, those that are somebody's word: what waits at the door is nobody's yet.
pub(crate) fn stand(posts: &[Filed]) -> impl Iterator<Item = &Post> {
    posts.iter().filter(|filed| filed.entry != Entry::Waits).map(|filed| &filed.post)
}

/// What was said, by the name of every version: a reply may name any of them.
pub(crate) struct Said<'a>(BTreeMap<(Platform, &'a str), &'a Post>);

impl<'a> Said<'a> {
    pub(crate) fn of(posts: impl Iterator<Item = &'a Post>) -> Said<'a> {
        let mut said = BTreeMap::new();
        for post in posts {
            for id in post.versions.iter().chain([&post.version, &post.id.id]) {
                said.insert((post.id.source, id.as_str()), post);
            }
        }
        Said(said)
    }

    /// The post that another one replies to, whoever wrote the two.
    pub(crate) fn parent(&self, post: &Post) -> Option<&'a Post> {
        post.replies_to.as_deref().and_then(|id| self.0.get(&(post.id.source, id))).copied()
    }

    /// The post by these names, if it is here.
    pub(crate) fn named(&self, name: &PostId) -> Option<&'a Post> {
        self.0.get(&(name.source, name.id.as_str())).copied()
    }

    /// The post that another one answers. Who goes on under a post of their own does not answer, by whichever account
    /// they do.
    pub(crate) fn answers(&self, post: &Post, owned: &BTreeMap<Person, Person>) -> Option<&'a Post> {
        let other = |to: &&Post| whose(owned, &to.author.person) != whose(owned, &post.author.person);
        self.parent(post).filter(other)
    }
}

fn few(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Counts. `host` is the chat's own account on X: its reply is an answer like anybody's, and it is no speaker.
pub fn score(known: &Known, host: Option<&Person>) -> Heard {
    let owned = &known.owned;
    let speakers = people(&known.voices, owned, host);
    let on_x: BTreeSet<&Person> = known
        .voices
        .iter()
        .filter(|voice| voice.person.platform == Platform::X)
        .map(|voice| whose(owned, &voice.person))
        .collect();

    let stands = || stand(&known.posts);
    let said = Said::of(stands());
    let mut posts: BTreeMap<&Person, u64> = BTreeMap::new();
    for post in stands() {
        let author = whose(owned, &post.author.person);
        if speakers.contains_key(author) {
            *posts.entry(author).or_default() += 1;
        }
    }
    let answered: BTreeSet<&Person> = stands()
        .filter_map(|post| said.answers(post, owned))
        .map(|to| whose(owned, &to.author.person))
        .filter(|to| speakers.contains_key(*to))
        .collect();

    let each: Vec<u64> = posts.values().copied().collect();
    let ended = until(&known.episode);
    let listeners = known
        .members
        .iter()
        .filter(|member| member.joined <= ended && !speakers.contains_key(&member.person))
        .count();
    Heard {
        speakers: few(speakers.len()),
        first_time: few(speakers.values().filter(|new| **new).count()),
        answered: few(answered.len()),
        only_in_rooms: few(speakers.keys().filter(|person| !on_x.contains(**person)).count()),
        posts: each.iter().sum(),
        concentration: Gini::of(&each).filter(|_| known.all_posts),
        after_one: returned(known, host, 1),
        after_four: returned(known, host, WITHIN),
        listeners: few(listeners),
        reposts: known.reposts,
        all_posts: known.all_posts,
    }
}

/// Of the new ones of the hour so many before, those who spoke again since.
fn returned(known: &Known, host: Option<&Person>, hours: usize) -> Option<Return> {
    let first = known.before.get(hours.checked_sub(1)?)?;
    let since = known.before.iter().take(hours - 1).map(|hour| &hour.voices).chain([&known.voices]);
    let here: BTreeSet<&Person> = since.flatten().map(|voice| whose(&known.owned, &voice.person)).collect();
    let people = people(&first.voices, &known.owned, host);
    let new: Vec<&&Person> = people.iter().filter(|(_, new)| **new).map(|(person, _)| person).collect();
    let again = new.iter().filter(|person| here.contains(***person)).count();
    Some(Return { since: first.starts, new: few(new.len()), again: few(again) })
}

/// Whether an hour is over and was held; `opened` is whether its doors were opened. Of one that goes on, no.
pub fn held(episode: &Episode, opened: bool) -> bool {
    attendance::hour(episode, opened, false).is_some_and(|hour| hour.held)
}

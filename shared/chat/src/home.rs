//! App Home: the page about one's chats that Slack keeps for each person beside their messages with us
//! (<https://docs.slack.dev/surfaces/app-home>).
//!
//! It is a view, as the living message at the desk is: what it shows follows from what is remembered at the moment it
//! is shown, nothing is committed for it, and a bell that is lost or rung twice is no loss. Whoever opens it gets
//! their own, and what they may see is decided here and not by whoever reads the table.

use chrono::{DateTime, Duration, Utc};

use crate::Deployment;
use crate::agenda::{Episode, Guest, LAST, State, WIDEST};
use crate::copy::reply as words;
use crate::cost::{self, Account, Level};
use crate::delivery::Trouble;
use crate::invited;
use crate::name::{Person, Place, Platform};
use crate::order;
use crate::schedule;
use crate::settings::{Cadence, Settings};
use crate::text::Message;

/// As many chats are shown with all that there is to say of them; of more, only when and where.
pub const IN_FULL: usize = 6;
/// As many chats are looked at for one home.
pub const LOOKED_AT: usize = 40;
/// Somebody who opens it again and again gets a new one no more often than this.
pub const AT_MOST_EVERY: Duration = Duration::seconds(3);
/// A chat that had a guest in one of so many of its last hours is one that has guests.
const GUESTS_WITHIN: usize = 4;
/// As many dates are looked through for one that was not called off.
const PROMISED: usize = 8;
/// So far back hours are read for that: four of a weekly chat, with a week left out.
pub const GUESTS_SINCE: Duration = Duration::days(36);

/// All that a home is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Home<'a> {
    /// Whose it is.
    pub by: &'a Person,
    /// The chats of their workspace that are on.
    pub chats: &'a [Entry],
    /// How many more there are, which nobody looked at.
    pub unread: usize,
    /// What this deployment is connected to, and who operates it.
    pub deployment: &'a Deployment,
    /// When it is looked at.
    pub now: DateTime<Utc>,
}

/// A chat of the workspace, as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// As it stands.
    Read(Box<Known>),
    /// Some of what is written down about it cannot be read.
    Unreadable {
        /// Its hashtag, without `#`.
        hashtag: String,
    },
}

/// What was read of a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// What is set from week to week.
    pub settings: Settings,
    /// By start: all ahead, and the last ones over. Where it is not shown in full, those ahead are enough.
    pub episodes: Vec<Episode>,
    /// Its places that nothing gets through to, since when by the chat's clock.
    pub trouble: Vec<(Place, Trouble)>,
    /// Where X cannot be searched: since when, likewise, and whether X also sends posts by itself.
    pub unsearched: Option<(Trouble, bool)>,
    /// What X has cost this month, where X is on.
    pub account: Option<Account>,
}

/// What somebody is to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Steers it, and reads its questions before their time.
    Organises,
    /// Keeps it kind.
    Moderates,
    /// Anybody of the workspace.
    Reads,
}

/// What somebody is to a chat.
pub fn role(settings: &Settings, person: &Person) -> Role {
    if settings.is_organiser(person) {
        Role::Organises
    } else if settings.may_moderate(person) {
        Role::Moderates
    } else {
        Role::Reads
    }
}

/// Something that a chat lacks, or that somebody should see to; each has one thing to do about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Want {
    /// Nothing gets through to a place.
    Trouble(Place, Trouble),
    /// X cannot be searched; whether it sends posts by itself.
    Unsearched(Trouble, bool),
    /// No room is connected.
    Nowhere,
    /// Nobody has approved what X would get.
    Unapproved,
    /// No date is planned.
    NoDate,
    /// The next hour has no question.
    NoQuestions,
    /// It has fewer questions than the last one.
    Fewer {
        /// So many.
        have: usize,
        /// So many had the last one.
        last: usize,
    },
    /// After its last question nothing is asked for long.
    Quiet {
        /// The position of that question.
        after: usize,
        /// When it is asked.
        from: DateTime<Utc>,
    },
    /// Questions that do not fit into the hour, by position.
    NoRoom(Vec<usize>),
    /// It has no topic.
    NoTopic,
    /// Nobody is invited, in a chat that has guests.
    NoGuest,
    /// Nobody has said who a guest is.
    Unknown(Guest),
    /// A guest comes in with a question that is not written, where others are.
    Unwritten {
        /// Who.
        guest: Guest,
        /// The position of the last question that is.
        last: usize,
    },
    /// There is no desk.
    NoDesk,
    /// The budget for X is nearly spent, or spent.
    Budget(Level),
    /// This deployment has an account on X, and the chat does not speak there.
    NoX,
    /// One person alone steers it.
    Alone,
}

impl Want {
    /// Whether it goes well without; then it is said last, and nothing is called missing for it.
    pub fn is_a_wish(&self) -> bool {
        matches!(self, Want::NoX | Want::Alone | Want::NoDesk)
    }
}

impl Known {
    /// The hour that runs, else the next one.
    pub fn next(&self, now: DateTime<Utc>) -> Option<&Episode> {
        let ahead = |e: &&Episode| e.state == State::Planned && e.ends() > now;
        let live = self.episodes.iter().filter(|e| e.is_live()).min_by_key(|e| e.starts);
        live.or_else(|| self.episodes.iter().filter(ahead).min_by_key(|e| e.starts))
    }

    /// Where nothing is laid out yet, as further ahead than two weeks, the date that its times promise.
    pub fn promised(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let settings = &self.settings;
        let dates = schedule::next(&settings.slots, settings.zone, &settings.breaks, now, PROMISED);
        // One that is laid out and not ahead was called off.
        dates.into_iter().find(|at| self.episodes.iter().all(|e| e.id.planned != *at))
    }

    /// Those that took place, the latest first.
    fn held(&self) -> Vec<&Episode> {
        let mut held: Vec<&Episode> =
            self.episodes.iter().filter(|e| matches!(e.state, State::Closed { .. })).collect();
        order::sort_by(&mut held, |a, b| b.starts.cmp(&a.starts));
        held
    }

    /// What it lacks, the most pressing first.
    ///
    /// How many questions an hour has is free. So what counts as missing is what its organiser would call so: none
    /// at all, fewer than last time, or a long silence at the end. Nor is a guest missing where there never is one.
    pub fn wants(&self, deployment: &Deployment, now: DateTime<Utc>) -> Vec<Want> {
        let settings = &self.settings;
        let mut wants = Vec::new();
        let lasts = |t: &Trouble| t.told || t.why.is_some() || now - t.since >= Trouble::TOLD_AFTER;
        let trouble = self.trouble.iter().filter(|(_, trouble)| lasts(trouble));
        wants.extend(trouble.map(|(place, trouble)| Want::Trouble(place.clone(), *trouble)));
        let unsearched = self.unsearched.filter(|(trouble, _)| lasts(trouble));
        wants.extend(unsearched.map(|(trouble, sent)| Want::Unsearched(trouble, sent)));
        if settings.destinations.is_empty() {
            wants.push(Want::Nowhere);
        }
        let on_x = settings.on(Platform::X).next().is_some();
        if on_x && settings.x_approved.is_none() {
            wants.push(Want::Unapproved);
        }
        match self.next(now) {
            None if self.promised(now).is_none() => wants.push(Want::NoDate),
            None => {}
            // What an hour under way lacks is seen at its desk.
            Some(episode) if episode.is_live() => {}
            Some(episode) => self.prepared(episode, &mut wants),
        }
        if let Some(account) = self.account.filter(|_| on_x || self.account.is_some_and(|a| a.searches)) {
            let level = cost::level(account.spent, settings.budget);
            if level != Level::Fine {
                wants.push(Want::Budget(level));
            }
        }
        if settings.desk.is_none() {
            wants.push(Want::NoDesk);
        }
        if deployment.x.is_some() && !on_x && !settings.destinations.is_empty() {
            wants.push(Want::NoX);
        }
        if settings.organisers.len() == 1 {
            wants.push(Want::Alone);
        }
        wants
    }

    fn prepared(&self, episode: &Episode, wants: &mut Vec<Want>) {
        let held = self.held();
        let have = episode.questions.len();
        let last = held.first().map_or(0, |e| e.questions.len());
        let room = |n: &(&crate::agenda::Question, usize)| n.0.asked.is_none() && n.0.due.is_none();
        let without: Vec<usize> = episode.questions.iter().zip(1..).filter(room).map(|(_, n)| n).collect();
        let end = episode.questions.iter().zip(1_usize..).filter_map(|(q, n)| Some((n, q.due?))).last();
        let usual = match self.settings.cadence {
            Cadence::Auto => WIDEST,
            Cadence::Every { every, .. } => every.max(WIDEST),
        };
        match end {
            _ if have == 0 => wants.push(Want::NoQuestions),
            _ if have < last => wants.push(Want::Fewer { have, last }),
            Some((after, from)) if without.is_empty() && episode.ends() - from > usual + LAST => {
                wants.push(Want::Quiet { after, from });
            }
            _ => {}
        }
        if !without.is_empty() {
            wants.push(Want::NoRoom(without));
        }
        if episode.topic.is_none() {
            wants.push(Want::NoTopic);
        }
        if episode.guests.is_empty() && held.iter().take(GUESTS_WITHIN).any(|e| !e.guests.is_empty()) {
            wants.push(Want::NoGuest);
        }
        let unknown = episode.guests.iter().filter(|guest| guest.line.is_none());
        wants.extend(unknown.map(|guest| Want::Unknown(guest.clone())));
        // Without any question that is what is missing, and guests are often invited first.
        if have > 0 {
            let unwritten = invited::without_question(episode).into_iter();
            wants.extend(unwritten.map(|guest| Want::Unwritten { guest: guest.clone(), last: have }));
        }
    }
}

impl Home<'_> {
    /// What it says, a message for each part: what one steers, what one helps with, what else there is.
    pub fn parts(&self) -> Vec<Message> {
        words::home(self)
    }

    /// Whether they may make chats here.
    pub fn operates(&self) -> bool {
        self.deployment.operators.contains(self.by)
    }

    /// The chats that were read in which they are this: those that run first, then those they lead, then by the next
    /// date.
    pub fn of(&self, wanted: Role) -> Vec<&Known> {
        let read = self.chats.iter().filter_map(|entry| match entry {
            Entry::Read(known) => Some(known.as_ref()),
            Entry::Unreadable { .. } => None,
        });
        let mut chats: Vec<&Known> = read.filter(|k| role(&k.settings, self.by) == wanted).collect();
        order::sort_by_key(&mut chats, |known| {
            let next = known.next(self.now);
            let live = next.is_some_and(Episode::is_live);
            let leads = known.settings.organisers.first() == Some(self.by);
            let starts = next.map(|e| e.starts).or_else(|| known.promised(self.now));
            let starts = starts.unwrap_or(DateTime::<Utc>::MAX_UTC);
            (!live, !leads, starts, known.settings.slug.clone())
        });
        chats
    }

    /// The hashtags of those that could not be read.
    pub fn unreadable(&self) -> Vec<&str> {
        let unread = self.chats.iter().filter_map(|entry| match entry {
            Entry::Unreadable { hashtag } => Some(hashtag.as_str()),
            Entry::Read(_) => None,
        });
        unread.collect()
    }

    /// Whether a command has to name its chat: a home has no channel to choose by.
    pub fn has_several(&self) -> bool {
        self.chats.len() + self.unread > 1
    }
}

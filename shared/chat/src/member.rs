//! People who joined or spoke.

use chrono::{DateTime, Duration, NaiveTime, Utc};

use crate::name::{EpisodeId, Person};
use crate::zone::Zone;

/// Somebody who joined, with their consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// The name they show there.
    pub name: String,
    /// The server they joined in.
    pub home: String,
    /// Since when.
    pub joined: DateTime<Utc>,
    /// What they asked for.
    pub wishes: Wishes,
    /// Their account on X, proved to be theirs.
    pub account: Option<Account>,
    /// The account that they say is theirs, until it is proved.
    pub claim: Option<Claim>,
    /// What they have not been told yet, because only their own screen is the place for it. Said with the next
    /// answer to them, once.
    pub untold: Vec<Notice>,
    /// The hour after which they were greeted, as somebody who spoke for the first time: see
    /// [`crate::greeting`].
    pub greeted: Option<EpisodeId>,
    /// The episode before which they were nudged once, though they asked for no reminder.
    pub nudged: Option<EpisodeId>,
    /// How often it was written; 0 before the first time, and in rows from before this was kept.
    pub version: u64,
}

impl Member {
    /// Somebody who joins now and asks for nothing.
    pub fn new(
        person: Person,
        name: impl Into<String>,
        home: impl Into<String>,
        now: DateTime<Utc>,
    ) -> Member {
        Member {
            person,
            name: name.into(),
            home: home.into(),
            joined: now,
            wishes: Wishes::default(),
            account: None,
            claim: None,
            untold: Vec::new(),
            greeted: None,
            nudged: None,
            version: 0,
        }
    }
}

/// What a member asked for. All of it may be absent: joining is enough to be a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Where they are; where they did not say, the chat's own zone counts.
    pub place: Option<Whereabouts>,
    /// How long before each episode they are reminded by a direct message; not at all where it is absent.
    pub remind: Option<Duration>,
    /// When no such message may reach them, by their own wall clock.
    pub quiet: Option<Quiet>,
    /// Whether they are written to once after their first hour, and once before the next. Not without a yes.
    pub welcome: bool,
}

/// An account on X that is a member's: see [`crate::proof`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose X knows it to be.
    pub person: Person,
    /// The handle it had when it was proved, without `@`.
    pub handle: String,
    /// Since when it counts as theirs.
    pub since: DateTime<Utc>,
}

/// An account on X that somebody says is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its handle as they typed it, without `@`.
    pub handle: String,
    /// The word that proves it, in a post of that account with the chat's hashtag.
    pub word: String,
    /// Until when it does.
    pub until: DateTime<Utc>,
}

/// Where somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// As people write it: "Nairobi".
    pub name: String,
    /// Its zone.
    pub zone: Zone,
}

/// A stretch of each day; over midnight where it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// From this time of day on.
    pub from: NaiveTime,
    /// Until this one, which is not part of it. Never the same as `from`.
    pub until: NaiveTime,
}

impl Quiet {
    /// Whether a time of day lies in it.
    pub fn covers(&self, time: NaiveTime) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }

    /// How much of a day is not part of it.
    pub fn unquiet(&self) -> Duration {
        let apart = self.from - self.until;
        if apart < Duration::zero() { apart + Duration::days(1) } else { apart }
    }
}

/// Something that a member has to know, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A direct message to them was refused, so reminders are off.
    Closed,
    /// The same of what greets them after their first hour.
    Unmet,
    /// Their account on X is proved.
    Proved {
        /// Its handle.
        handle: String,
    },
    /// They proved an account that is another member's already.
    Taken {
        /// Its handle.
        handle: String,
    },
}

/// Somebody who posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: Person,
    /// The name they last showed.
    pub name: String,
    /// The first episode they spoke in.
    pub first: EpisodeId,
    /// The latest.
    pub latest: EpisodeId,
    /// How many posts.
    pub posts: u32,
    /// The first episode in which a post of theirs was not kept at the door.
    pub heard: Option<EpisodeId>,
    /// Who let them in at the desk, by the name they showed there.
    pub admitted: Option<String>,
    /// When they wrote their latest posts that counted towards the burst limit, by the source's clock, in
    /// order: see [`crate::burst`].
    pub recent: Vec<DateTime<Utc>>,
    /// The latest episode in which the desk was told that they write faster than is carried.
    pub burst: Option<EpisodeId>,
    /// What they answered by button in the latest episode, as digests: see [`crate::echo`].
    pub said: Vec<u64>,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

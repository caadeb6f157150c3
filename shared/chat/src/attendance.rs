//! In which hours somebody took part, and how many of them in a row.
//!
//! It is read from what is kept of each hour anyway, who spoke in it, and not counted beside that: a post may
//! come late, twice or out of turn, an account may become somebody's afterwards, and who asked to be forgotten
//! is forgotten here too, all without a number that would have to follow.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::bank;
use crate::name::EpisodeId;

/// How far back hours are looked at.
pub const MEMORY: Duration = bank::MEMORY;

/// Somebody is a regular from so many hours in a row on.
pub const REGULAR: u32 = 3;

/// An hour that took place, or in which somebody spoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour {
    /// Which.
    pub episode: EpisodeId,
    /// When it began.
    pub starts: DateTime<Utc>,
    /// Whether it was opened and is over: then staying away from it ends a row. One that goes on ends none, and
    /// neither does one that never opened.
    pub held: bool,
    /// Whether they spoke in it, by any account of theirs.
    pub spoke: bool,
}

/// What is known of somebody's part in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attendance {
    /// The hours of the last two years ([`MEMORY`]), in any order.
    pub hours: Vec<Hour>,
    /// From when on they are known.
    pub since: DateTime<Utc>,
    /// How many answers of theirs stand, by all their accounts.
    pub answers: u32,
    /// Whether that is all of them. Of what was filed long before answers were told from other words, only so
    /// many are looked up.
    pub counted_all: bool,
}

/// So many hours in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Streak {
    /// How many.
    pub hours: u32,
    /// Whether it may have begun before the first hour that is known.
    pub or_more: bool,
}

/// An episode as an hour of somebody's; `None` where it is still to come, or is off. `opened` is whether its
/// doors were opened.
pub fn hour(episode: &Episode, opened: bool, spoke: bool) -> Option<Hour> {
    let held = match episode.state {
        State::Cancelled => return None,
        State::Planned | State::Open | State::Paused { .. } => false,
        State::Closed { .. } => opened || episode.asked() > 0,
    };
    let counts = held || spoke;
    counts.then(|| Hour { episode: episode.id.clone(), starts: episode.starts, held, spoke })
}

impl Attendance {
    /// In how many hours they spoke.
    pub fn attended(&self) -> u32 {
        u32::try_from(self.hours.iter().filter(|hour| hour.spoke).count()).unwrap_or(u32::MAX)
    }

    /// How many in a row, up to the latest one. The one that goes on counts once they spoke in it, and ends
    /// nothing before it is over; a date that was off, and an hour that nobody opened, end nothing either.
    pub fn streak(&self) -> Streak {
        let mut hours: Vec<&Hour> = self.hours.iter().collect();
        crate::order::sort_by(&mut hours, |a, b| (b.starts, &b.episode).cmp(&(a.starts, &a.episode)));
        let mut streak = Streak::default();
        for hour in hours {
            match (hour.spoke, hour.held) {
                (true, _) => streak.hours += 1,
                (false, true) => return streak,
                (false, false) => {}
            }
        }
        streak.or_more = streak.hours > 0;
        streak
    }

    /// The same once they have spoken in this episode, which goes on; `None` where they did before.
    #[must_use]
    pub fn with(&self, episode: &Episode) -> Option<Attendance> {
        let mut after = self.clone();
        if self.hours.iter().any(|hour| hour.episode == episode.id && hour.spoke) {
            return None;
        }
        after.hours.retain(|hour| hour.episode != episode.id);
        after.hours.extend(hour(episode, true, true));
        Some(after)
    }
}

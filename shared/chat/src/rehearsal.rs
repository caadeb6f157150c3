//! A rehearsal: the moments of an episode, played in one channel in a few minutes.
//!
//! It is one decision: a delivery for each moment, which waits for its own second like anything else that has
//! a time. Nothing of it counts: no episode is changed by it, no question asked, nobody a member, and X hears
//! nothing. What ends it early is a mark in its one row, which every claim of its deliveries has as a
//! condition: so after an acknowledged stop nothing more is said, whatever is on its way.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::copy::reply as words;
use crate::delivery::Delivery;
use crate::name::{DeliveryId, EpisodeId, Place};
use crate::reply::Reply;
use crate::settings::Settings;
use crate::{Change, Chat, Decision, steer};

/// A chat's rehearsal: the one that plays, or the last one. A chat has one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Its name, which is that of the request that began it.
    pub run: String,
    /// Where it plays.
    pub place: Place,
    /// Which episode it plays.
    pub episode: EpisodeId,
    /// When that one starts, as it was when the rehearsal began.
    pub starts: DateTime<Utc>,
    /// When each of its moments is said, in order and by the chat's clock.
    pub moments: Vec<DateTime<Utc>>,
    /// Whether it goes on; `false` once it was stopped.
    pub on: bool,
    /// How often the row was written; 0 before the first time.
    pub version: u64,
}

impl Rehearsal {
    /// When its last moment is said.
    pub fn ends(&self) -> DateTime<Utc> {
        self.moments.last().copied().unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// How many of its moments have come by now.
    pub fn said(&self, now: DateTime<Utc>) -> usize {
        self.moments.iter().filter(|at| **at <= now).count()
    }

    /// Whether something of it may still be said.
    pub fn plays(&self, now: DateTime<Utc>) -> bool {
        self.on && self.moments.last().is_some_and(|ends| now < *ends + AFTERWARDS)
    }

    /// Whether this delivery is of this rehearsal, and may go.
    pub fn says(&self, delivery: &DeliveryId) -> bool {
        self.on && run_of(delivery) == Some(self.run.as_str())
    }
}

/// How long it takes where nobody says otherwise.
pub const USUAL: Duration = Duration::minutes(3);
/// The least between two moments: time to read what stands there.
pub const GAP: Duration = Duration::seconds(10);
/// From the command to the first moment: time to look into the channel.
pub const SOON: Duration = Duration::seconds(5);
/// What lies further apart than this on the night is as far apart as this: the day between two reminders
/// would leave nothing for the questions.
pub const WIDE: Duration = Duration::minutes(15);
/// The most moments of one rehearsal: they are written down together.
pub const MOST: usize = 24;
/// So long before an hour opens the stage is its own.
pub const CLEAR: Duration = Duration::minutes(1);
/// The last moment is on its way for so long.
const AFTERWARDS: Duration = Duration::seconds(5);
/// What could not be said until so long after the end, because the channel was down, is not said any more.
pub const LATEST: Duration = Duration::minutes(5);

/// When each moment is played, counted from the first, in whole seconds: in proportion to the night, as far
/// apart as people need to follow, and as long in all as was wished. Where the shortest gaps take longer than
/// that, as long as they take.
pub fn paced(moments: &[DateTime<Utc>], length: Duration) -> Vec<Duration> {
    let apart: Vec<i64> = moments
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).clamp(Duration::zero(), WIDE).num_seconds())
        .collect();
    let all: i64 = apart.iter().sum();
    let gaps = i64::try_from(apart.len()).unwrap_or(i64::MAX);
    let spare = (length.num_seconds() - gaps.saturating_mul(GAP.num_seconds())).max(0);
    let (mut shares, mut at) = (vec![Duration::zero(); moments.len().min(1)], 0);
    for (n, gap) in (1..).zip(apart) {
        at += gap;
        // All at one moment of the night: evenly.
        let (share, of) = if all > 0 { (at, all) } else { (n, gaps) };
        shares.push(GAP * i32::try_from(n).unwrap_or(i32::MAX) + Duration::seconds(spare * share / of));
    }
    shares
}

/// The name of a rehearsal's `n`th delivery, counted from 1.
pub fn name(settings: &Settings, run: &str, n: usize, place: &Place) -> DeliveryId {
    DeliveryId::new(format_args!("{}/rehearsal/{run}/{n:02}", settings.slug), place)
}

/// The rehearsal that a delivery is of, if it is of one.
pub fn run_of(delivery: &DeliveryId) -> Option<&str> {
    // No slug has a stroke in it, and no other name this word in second place.
    let mut parts = delivery.0.splitn(4, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some("rehearsal"), Some(run), Some(_)) => Some(run),
        _ => None,
    }
}

/// Whether a delivery is the first one of a rehearsal.
pub fn is_first(delivery: &DeliveryId) -> bool {
    run_of(delivery).is_some() && delivery.0.splitn(4, '/').last().is_some_and(|n| n.starts_with("01>"))
}

/// Why a rehearsal ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The chat retired.
    Retired,
    /// Its channel became one of the chat's own rooms.
    Room,
    /// An hour opened.
    Opens,
    /// What it plays will not take place.
    Skipped,
    /// What it plays takes place at another time than it says.
    Moved,
}

/// Ends the rehearsal that plays where a decision takes away what it stands on, and says so to whoever decided.
pub(crate) fn follow(chat: &Chat, mut decision: Decision, now: DateTime<Utc>) -> Decision {
    let Some(rehearsal) = chat.seen.rehearsal.as_ref().filter(|r| r.plays(now)) else { return decision };
    if decision.changes.iter().any(|change| matches!(change, Change::Rehearsal(_))) {
        return decision;
    }
    let Some(cut) = decision.changes.iter().find_map(|change| cut(rehearsal, change)) else {
        return decision;
    };
    decision.changes.push(Change::Rehearsal(Rehearsal { on: false, ..rehearsal.clone() }));
    if let Some(Reply::Said(message) | Reply::Instead(message)) = &mut decision.reply {
        let text = std::mem::take(&mut message.text);
        message.text = words::rehearsal_cut(text, &rehearsal.place, cut);
    }
    decision
}

fn cut(rehearsal: &Rehearsal, change: &Change) -> Option<Cut> {
    let played = |episode: &Episode| episode.id == rehearsal.episode;
    match change {
        Change::Settings(settings) if settings.retired => Some(Cut::Retired),
        Change::Settings(settings) if settings.destination(&rehearsal.place).is_some() => Some(Cut::Room),
        Change::Episode(episode) if episode.is_live() => Some(Cut::Opens),
        Change::Episode(episode) if played(episode) && episode.state == State::Cancelled => {
            Some(Cut::Skipped)
        }
        Change::Episode(episode) if played(episode) && episode.starts != rehearsal.starts => Some(Cut::Moved),
        _ => None,
    }
}

/// A rehearsal's channel does not take what is said there: it ends, and organisers are told why, once.
pub(crate) fn unplayed(chat: &Chat, run: &str, why: &str, now: DateTime<Utc>) -> Decision {
    let Some(rehearsal) = chat.seen.rehearsal.as_ref().filter(|r| r.on && r.run == run) else {
        return Decision::default();
    };
    let message = words::rehearsal_unplayed(&chat.settings, &rehearsal.place, why).into();
    // The desk may be the very place.
    let to = steer::trouble::confidants(&chat.settings, &rehearsal.place).into_iter().take(2);
    let to = to.into_iter().find(|group| !group.is_empty()).unwrap_or_default();
    let what = format!("unplayed/{run}");
    let effects: Vec<Delivery> =
        to.iter().map(|to| steer::note(&chat.settings, to, &what, Clone::clone(&message), now)).collect();
    let over = Rehearsal { on: false, ..rehearsal.clone() };
    Decision { changes: vec![Change::Rehearsal(over)], effects, ..Decision::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::Platform;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_550_400 + 60 * minutes, 0).expect("a valid instant")
    }

    fn seconds(minutes: &[i64], length: i64) -> Vec<i64> {
        let moments: Vec<_> = minutes.iter().map(|m| at(*m)).collect();
        paced(&moments, Duration::seconds(length)).iter().map(Duration::num_seconds).collect()
    }

    #[test]
    fn gaps_are_in_proportion_and_long_enough_to_read() {
        assert_eq!(seconds(&[], 180), Vec::<i64>::new());
        assert_eq!(seconds(&[7], 180), [0]);
        // Two reminders, the opening, two questions, the close.
        assert_eq!(seconds(&[-1440, -10, 0, 5, 20, 60], 180), [0, 42, 74, 95, 137, 180]);
        // Too short for so much: ten seconds each.
        assert_eq!(seconds(&[0, 5, 20, 60], 20), [0, 10, 20, 30]);
        // All at once, as after an outage.
        assert_eq!(seconds(&[0, 0, 0], 60), [0, 30, 60]);
    }

    #[test]
    fn a_delivery_knows_its_rehearsal() {
        let place = Place::new(Platform::Slack, "T1", "C1");
        let of = |name: &str| run_of(&DeliveryId::new(name, &place)).map(str::to_owned);
        assert_eq!(of("smxchat/rehearsal/1a2b/03"), Some("1a2b".to_owned()));
        let first = |name: &str| is_first(&DeliveryId::new(name, &place));
        assert!(first("smxchat/rehearsal/1a2b/01"));
        assert!(!first("smxchat/rehearsal/1a2b/11") && !first("smxchat/did/1a2b/01"));
        for other in [
            "smxchat/2026-11-24T20:00Z/q/3",
            "smxchat/did/00000007/1a2b",
            "smxchat/desk/unplayed/1a2b",
            "rehearsal/2026-11-24T20:00Z/q/3",
            "smxchat/failed/smxchat/rehearsal/1a2b/03",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_pace_keeps_order_gaps_and_length(
            mut minutes in prop::collection::vec(-20_000i64..20_000, 0..40), length in 0i64..4_000,
        ) {
            minutes.sort_unstable();
            let moments: Vec<_> = minutes.iter().map(|m| at(*m)).collect();
            let paced = paced(&moments, Duration::seconds(length));
            prop_assert_eq!(paced.len(), moments.len());
            for pair in paced.windows(2) {
                prop_assert!(pair[1] - pair[0] >= GAP, "{:?}", paced);
            }
            if let (Some(first), Some(last)) = (paced.first(), paced.last()) {
                let least = GAP * i32::try_from(moments.len() - 1).expect("few");
                prop_assert_eq!(*first, Duration::zero());
                let wanted = if moments.len() == 1 { Duration::zero() } else { least.max(Duration::seconds(length)) };
                prop_assert_eq!(*last, wanted);
            }
        }
    }
}

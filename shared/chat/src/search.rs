//! When a chat's posts have to be looked for, where nobody brings them.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::settings::Settings;

/// X's search shows a post about half a minute after it was written.
pub const LAG: Duration = Duration::seconds(30);
/// Searches overlap by this much, so that a post which shows late is found all the same. What is found
/// again the same day costs nothing.
pub const OVERLAP: Duration = Duration::seconds(60);
/// So often is searched while doors are open.
pub const OFTEN: Duration = Duration::seconds(15);
/// And so often for late answers.
pub const SELDOM: Duration = Duration::minutes(10);

/// How a chat is searched for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// From when posts belong to it: doors' opening.
    pub from: DateTime<Utc>,
    /// Whether its doors are open: [`OFTEN`]. Else late answers still count: [`SELDOM`].
    pub often: bool,
}

/// Whether posts of a chat have to be looked for now: while the doors of an episode are open, and as long
/// after that as late answers count, each a little longer because of the search's lag. `None` where none
/// would belong to it.
pub fn wanted(episodes: &[Episode], now: DateTime<Utc>) -> Option<Wanted> {
    let behind = LAG + OVERLAP;
    let open = |e: &Episode| e.doors_open(now) || e.doors_open(now - behind);
    let late = |e: &Episode| match e.state {
        State::Closed { at } => at <= now && now - behind <= at + Settings::LATE_ANSWERS,
        _ => false,
    };
    let from =
        episodes.iter().filter(|e| open(e) || late(e)).map(|e| e.starts - Settings::DOORS_EARLY).min()?;
    Some(Wanted { from, often: episodes.iter().any(open) })
}

/// The slots for searching that begin in the minute from `now` on: every quarter of it, or its one tenth
/// minute of the hour if it has one. By the clock and not by who asks, so that two ticks name the same ones.
pub fn slots(often: bool, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let every = if often { OFTEN } else { SELDOM }.num_seconds();
    let from = now.timestamp() + i64::from(now.timestamp_subsec_nanos() > 0);
    let first = from.div_euclid(every) * every + if from.rem_euclid(every) == 0 { 0 } else { every };
    (0..)
        .map(|n| first + n * every)
        .take_while(|at| *at < from + 60)
        .filter_map(|at| DateTime::from_timestamp(at, 0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{EpisodeId, Slug};

    fn utc(written: &str) -> DateTime<Utc> {
        written.parse().expect("an instant")
    }

    fn hour(starts: &str, state: State) -> Episode {
        let id = EpisodeId { chat: Slug::of("smxchat").expect("a slug"), planned: utc(starts) };
        Episode { state, ..Episode::planned(id, Duration::hours(1)) }
    }

    #[test]
    fn a_chat_is_searched_for_from_doors_to_doors_and_seldom_for_a_day() {
        let closed = State::Closed { at: utc("2026-11-24T21:00:00Z") };
        let cancelled = State::Cancelled;
        for (state, now, often) in [
            (State::Planned, "2026-11-24T19:49:59Z", None),
            (State::Planned, "2026-11-24T19:50:00Z", Some(true)),
            (State::Open, "2026-11-24T20:30:00Z", Some(true)),
            (closed, "2026-11-24T21:15:00Z", Some(true)),
            // The last posts show half a minute later.
            (closed, "2026-11-24T21:16:30Z", Some(true)),
            (closed, "2026-11-24T21:16:31Z", Some(false)),
            (closed, "2026-11-25T21:01:30Z", Some(false)),
            (closed, "2026-11-25T21:01:31Z", None),
            (cancelled, "2026-11-24T20:30:00Z", None),
        ] {
            let wanted = wanted(&[hour("2026-11-24T20:00:00Z", state)], utc(now));
            assert_eq!(wanted.map(|w| w.often), often, "{state:?} {now}");
            assert!(wanted.is_none_or(|w| w.from == utc("2026-11-24T19:50:00Z")));
        }
    }

    #[test]
    fn slots_are_the_clocks_and_not_the_ticks() {
        let at = |often, now: &str| {
            slots(often, utc(now)).iter().map(|slot| slot.format("%H:%M:%S").to_string()).collect::<Vec<_>>()
        };
        assert_eq!(at(true, "2026-11-24T20:00:00Z"), ["20:00:00", "20:00:15", "20:00:30", "20:00:45"]);
        assert_eq!(at(true, "2026-11-24T20:00:07.250Z"), ["20:00:15", "20:00:30", "20:00:45", "20:01:00"]);
        assert_eq!(at(true, "2026-11-24T20:00:59.999Z"), ["20:01:00", "20:01:15", "20:01:30", "20:01:45"]);
        assert_eq!(at(false, "2026-11-24T20:09:30Z"), ["20:10:00"]);
        assert_eq!(at(false, "2026-11-24T20:10:00Z"), ["20:10:00"]);
        assert_eq!(at(false, "2026-11-24T20:10:00.001Z"), Vec::<String>::new());
    }
}

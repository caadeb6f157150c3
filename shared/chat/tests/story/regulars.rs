//! Who comes again and again: rows of hours, what ends them and what does not.

use chat::agenda::{Episode, State};
use chat::attendance::{self, Attendance, Hour};
use chat::name::{EpisodeId, Slug};
use chrono::{Duration, TimeDelta};
use proptest::prelude::*;

use crate::sim::*;

fn episode(week: i64, state: State) -> Episode {
    let planned = utc("2026-11-24T20:00") + TimeDelta::weeks(week);
    let id = EpisodeId { chat: Slug::of("#SMXChat").expect("a name"), planned };
    Episode { state, ..Episode::planned(id, Duration::hours(1)) }
}

fn closed() -> State {
    State::Closed { at: utc("2026-11-24T21:00") }
}

/// What one letter a week makes of it: `y` spoke, `n` did not, `c` was cancelled, `u` nobody opened, `U` the same
/// with words of theirs all the same, `l` goes on, `L` goes on and they spoke.
fn attendance(weeks: &str) -> Attendance {
    let hour = |(week, letter): (i64, char)| {
        let (state, opened, spoke) = match letter {
            'y' => (closed(), true, true),
            'n' => (closed(), true, false),
            'c' => (State::Cancelled, true, false),
            'u' => (closed(), false, false),
            'U' => (closed(), false, true),
            'l' => (State::Open, true, false),
            'L' => (State::Paused { since: utc("2026-11-24T20:00") }, true, true),
            _ => panic!("{letter}"),
        };
        attendance::hour(&episode(week, state), opened, spoke)
    };
    let hours: Vec<Hour> = (0..).zip(weeks.chars()).filter_map(hour).collect();
    Attendance { hours, counted_all: true, ..Attendance::default() }
}

#[test]
fn a_row_ends_with_an_hour_that_was_missed_and_with_nothing_else() {
    for (weeks, attended, streak) in [
        ("", 0, 0),
        ("y", 1, 1),
        ("nyy", 2, 2),
        ("yyn", 2, 0),
        ("yncyc", 2, 1),
        ("nycy", 2, 2),
        ("yuy", 2, 2),
        ("yUy", 3, 3),
        ("nyyl", 2, 2),
        ("nyyL", 3, 3),
        ("ynL", 2, 1),
        ("ccuul", 0, 0),
    ] {
        let part = attendance(weeks);
        assert_eq!((part.attended(), part.streak().hours), (attended, streak), "{weeks}");
    }
    assert!(attendance("yy").streak().or_more, "what was before is not known");
    assert!(!attendance("nyy").streak().or_more);
}

#[test]
fn a_hello_counts_once_in_the_hour_it_is_said_in() {
    let part = attendance("nyy");
    let live = episode(3, State::Open);
    let after = part.with(&live).expect("their first word of the night");
    assert_eq!((after.attended(), after.streak().hours), (3, 3));
    assert_eq!(after.with(&live), None, "they were here already");
    // Doors are open before the hour is.
    let early = part.with(&episode(3, State::Planned)).expect("early");
    assert_eq!(early.streak().hours, 3);
}

proptest! {
    #[test]
    fn in_whatever_order_it_is_read(weeks in "[yncuUlL]{0,12}", seed in any::<u64>()) {
        let part = attendance(&weeks);
        let mut shuffled = part.clone();
        let len = shuffled.hours.len();
        for n in 0..len {
            let other = (seed.rotate_left(u32::try_from(n).unwrap_or_default() * 5) as usize) % len;
            shuffled.hours.swap(n, other);
        }
        prop_assert_eq!(shuffled.streak(), part.streak());
        // The plain reading of the rule.
        let mut row = 0;
        for letter in weeks.chars().rev() {
            match letter {
                'n' => break,
                'y' | 'U' | 'L' => row += 1,
                _ => {}
            }
        }
        prop_assert_eq!(part.streak().hours, row);
        prop_assert!(part.streak().hours <= part.attended());
    }
}

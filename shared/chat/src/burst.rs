//! The burst limit: how many posts of one person are carried within a minute.
//!
//! It follows from the author's own row and the posts' own instants, never from when they arrive: the same
//! posts in the same order come to the same, however often a commit is tried again, and a webhook that brings
//! ten minutes at once does not make a chatterbox of anybody.

use chrono::{DateTime, Duration, Utc};

/// What the limit counts within.
const WITHIN: Duration = Duration::minutes(1);
/// So long before the latest a post is remembered. What arrives later than that is counted among what is
/// still known, so that somebody's row does not grow with every hour they spend here.
const REMEMBERED: Duration = Duration::minutes(15);
/// The most that are remembered, whatever the limit: two minutes of the highest one.
const MOST: usize = 64;

/// The instants to remember once a post of this one is carried too; `None` where some minute would then have
/// more than `limit`. `recent` are those remembered so far, in order.
pub fn with(recent: &[DateTime<Utc>], at: DateTime<Utc>, limit: u32) -> Option<Vec<DateTime<Utc>>> {
    let mut all = recent.to_vec();
    all.insert(all.partition_point(|known| *known <= at), at);
    // The fullest minute around it begins with one of them.
    let begins = all.iter().filter(|first| **first <= at && at - **first < WITHIN);
    let fullest = begins
        .map(|first| all.iter().filter(|one| *one >= first && **one - *first < WITHIN).count())
        .max()
        .unwrap_or(1);
    if fullest > limit as usize {
        return None;
    }
    let latest = all.last().copied().unwrap_or(at);
    all.retain(|known| latest - *known <= REMEMBERED);
    let over = all.len().saturating_sub(MOST);
    Some(all.split_off(over))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(n: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + n, 0).expect("an instant")
    }

    /// The seconds of those that are carried, given in this order.
    fn carried(seconds: &[i64], limit: u32) -> Vec<i64> {
        let mut recent = Vec::new();
        let mut out = Vec::new();
        for n in seconds {
            if let Some(with) = with(&recent, second(*n), limit) {
                recent = with;
                out.push(*n);
            }
        }
        out
    }

    #[test]
    fn six_a_minute() {
        assert_eq!(carried(&[0, 1, 2, 3, 4, 5, 6, 7, 59, 60, 61, 62], 6), [0, 1, 2, 3, 4, 5, 60, 61, 62]);
        assert_eq!(carried(&[0; 10], 6), [0; 6], "a thread posted at once comes through whole");
        assert_eq!(carried(&[0, 20, 40, 60, 80, 100], 3), [0, 20, 40, 60, 80, 100]);
        // Out of order: an earlier one joins the minute it was written in, on either side.
        assert_eq!(carried(&[30, 31, 0, 1, 59, 95], 3), [30, 31, 0, 95]);
        assert_eq!(carried(&[90, 30, 0], 1), [90, 30]);
    }

    proptest! {
        /// In whatever order they arrive within a quarter of an hour, no minute has more than the limit, and
        /// nobody who keeps to it is held back.
        #[test]
        fn no_minute_has_more(seconds in prop::collection::vec(0i64..500, 0..60), limit in 1u32..8) {
            let out = carried(&seconds, limit);
            for first in &out {
                let minute = out.iter().filter(|n| (*first..first + 60).contains(n)).count();
                prop_assert!(minute <= limit as usize, "{minute} from {first}: {out:?}");
            }
            let mut sorted = seconds.clone();
            sorted.sort_unstable();
            let slow = sorted.windows(limit as usize + 1).all(|w| w[limit as usize] - w[0] >= 60);
            if slow {
                prop_assert_eq!(out.len(), seconds.len());
            }
        }

        #[test]
        fn what_is_remembered_is_bounded(seconds in prop::collection::vec(0i64..9_000, 0..300)) {
            let mut recent: Vec<DateTime<Utc>> = Vec::new();
            for n in seconds {
                if let Some(with) = with(&recent, second(n), 30) {
                    recent = with;
                }
                prop_assert!(recent.len() <= MOST && recent.is_sorted());
            }
        }
    }
}

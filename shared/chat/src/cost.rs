//! What X charges: prices, what was spent in a month, what the month will come to, and what a chat's
//! budget says to it.
//!
//! Months are those of UTC, as X's days are.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};

use crate::Chat;
use crate::agenda::{Episode, State};
use crate::money::Money;
use crate::schedule;
use crate::settings::Settings;

/// What X charges for one of each (<https://docs.x.com/x-api/getting-started/pricing>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// A post that X gives us, once per day (UTC).
    pub read: Money,
    /// A post of ours.
    pub write: Money,
    /// A post of ours with a link in it.
    pub link: Money,
    /// Taking a post of ours back.
    pub delete: Money,
}

impl Default for Prices {
    /// Pay-per-use, as published in 2026.
    fn default() -> Prices {
        Prices {
            read: Money::micros(5_000),
            write: Money::micros(15_000),
            link: Money::micros(200_000),
            delete: Money::micros(10_000),
        }
    }
}

/// A month, named by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of an instant.
    pub fn of(at: DateTime<Utc>) -> Month {
        let date = at.date_naive();
        Month(date.with_day(1).unwrap_or(date))
    }

    /// When it begins.
    pub fn begins(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// When the next one begins.
    pub fn ends(self) -> DateTime<Utc> {
        self.next().begins()
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Month {
        Month(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// The one before it.
    #[must_use]
    pub fn before(self) -> Month {
        Month(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// "November".
    pub fn name(self) -> String {
        self.0.format("%B").to_string()
    }
}

/// `2026-11`.
impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// What a chat cost on X in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Posts read.
    pub read: u64,
    /// Posts written.
    pub written: u64,
    /// Posts taken back.
    pub deleted: u64,
    /// What that came to, at the prices of each day.
    pub money: Money,
}

/// What a month came to so far, and its episodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// This month.
    pub spent: Money,
    /// Episodes of this month that are over.
    pub held: u32,
    /// The month before.
    pub before: Money,
    /// Its episodes.
    pub held_before: u32,
    /// Whether X is searched for this chat: that is what ends with the budget. Posts that X sends by
    /// itself go on coming.
    pub searches: bool,
}

/// How far a month has gone into its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Below four fifths, or without a budget.
    Fine,
    /// Four fifths are spent.
    Near,
    /// All of it is.
    Spent,
}

/// How far `spent` goes into a budget. A budget of nothing is spent from the start; no budget never is.
pub fn level(spent: Money, budget: Option<Money>) -> Level {
    match budget {
        Some(budget) if spent >= budget => Level::Spent,
        Some(budget) if spent.times(5) >= budget.times(4) => Level::Near,
        _ => Level::Fine,
    }
}

/// A whole episode, where episodes are counted in parts.
const WHOLE: i64 = 100;

/// How much of the live hour has passed, in hundredths; 0 where none is live.
pub fn under_way(chat: &Chat, now: DateTime<Utc>) -> u32 {
    let live = chat.episodes.iter().find(|e| e.is_live());
    let passed = live.map_or(0, |e| {
        let length = e.length.num_seconds().max(1);
        ((now - e.starts).num_seconds() * WHOLE / length).clamp(0, WHOLE)
    });
    u32::try_from(passed).unwrap_or(0)
}

/// What is still to come in this month, in hundredths of an episode: those planned, what is left of the
/// live one, and beyond the fourteen days that are planned those that the chat's times promise.
pub fn coming(chat: &Chat, now: DateTime<Utc>) -> u32 {
    let ends = Month::of(now).ends();
    let planned = chat.episodes.iter().filter(|e| e.is_ahead() && e.starts < ends && e.ends() > now).count();
    let known = |at: &DateTime<Utc>| chat.episodes.iter().any(|e| e.id.planned == *at);
    // Two sittings a day for a month, at most.
    let promised = schedule::next(&chat.settings.slots, chat.settings.zone, &chat.settings.breaks, now, 62);
    let promised = promised.iter().filter(|at| **at < ends && !known(at)).count();
    let all = u32::try_from((planned + promised) * 100).unwrap_or(u32::MAX);
    all.saturating_sub(under_way(chat, now))
}

/// Episodes of a month that took place and are over.
pub fn held(episodes: &[Episode], month: Month) -> u32 {
    let over = |e: &&Episode| {
        matches!(e.state, State::Closed { .. }) && (month.begins()..month.ends()).contains(&e.starts)
    };
    u32::try_from(episodes.iter().filter(over).count()).unwrap_or(u32::MAX)
}

/// What the month will come to: what was spent, and for what is still to come what an episode costs on
/// average. `under_way` and `coming` are in hundredths of an episode.
///
/// The measure is this month once half an hour of it is behind us, else the month before. `None` where
/// there is neither and something is still to come.
pub fn forecast(account: &Account, under_way: u32, coming: u32) -> Option<Money> {
    let done = account.held.saturating_mul(100).saturating_add(under_way);
    let (spent, by) = match (done, account.held_before) {
        _ if coming == 0 => return Some(account.spent),
        (50.., _) => (account.spent, done),
        (_, 1..) => (account.before, account.held_before.saturating_mul(100)),
        _ => return None,
    };
    let ahead = u128::from(spent.as_micros()) * u128::from(coming) / u128::from(by);
    Some(account.spent + Money::micros(u64::try_from(ahead).unwrap_or(u64::MAX)))
}

/// How many posts may be looked up again today, beside what the month will need anyway: the budget that
/// the forecast leaves, spread over the days that are left of the month. `None` without a budget: all.
pub fn spare(
    settings: &Settings,
    spent: Money,
    forecast: Option<Money>,
    price: Money,
    now: DateTime<Utc>,
) -> Option<u64> {
    let budget = settings.budget?;
    let left = budget.less(forecast.unwrap_or(spent).max(spent));
    let days = (Month::of(now).ends().date_naive() - now.date_naive()).num_days().max(1);
    let today = left.as_micros() / u64::try_from(days).unwrap_or(1);
    Some(today.checked_div(price.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(written: &str) -> Money {
        Money::read(written).expect("an amount")
    }

    fn account(spent: &str, held: u32, before: &str, held_before: u32) -> Account {
        Account { spent: dollars(spent), held, before: dollars(before), held_before, searches: true }
    }

    #[test]
    fn a_month_is_one_of_utc() {
        let at = "2026-12-31T23:59:59Z".parse().expect("an instant");
        let month = Month::of(at);
        assert_eq!((month.to_string().as_str(), month.name().as_str()), ("2026-12", "December"));
        assert_eq!(month.ends().to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(month.before().to_string(), "2026-11");
    }

    #[test]
    fn a_budget_has_three_levels() {
        let budget = Some(dollars("5"));
        for (spent, expected) in [
            ("0", Level::Fine),
            ("3.999999", Level::Fine),
            ("4", Level::Near),
            ("4.999999", Level::Near),
            ("5", Level::Spent),
            ("6", Level::Spent),
        ] {
            assert_eq!(level(dollars(spent), budget), expected, "{spent}");
            assert_eq!(level(dollars(spent), None), Level::Fine, "{spent} without a budget");
        }
        assert_eq!(level(Money::ZERO, Some(Money::ZERO)), Level::Spent, "a budget of nothing buys nothing");
    }

    #[test]
    fn a_month_comes_to_what_an_hour_usually_costs() {
        for (account, under_way, coming, expected) in [
            // Three held for $3.30, one to come.
            (account("3.30", 3, "9", 4), 0, 100, Some("4.40")),
            // The first week: what one cost last month.
            (account("0", 0, "4", 4), 0, 500, Some("5")),
            // The first hour of a month has just begun, and is half over.
            (account("0.20", 0, "4", 4), 10, 390, Some("4.10")),
            (account("0.60", 0, "4", 4), 50, 350, Some("4.80")),
            // Three are over, the last one is half over: $1 each, as long as it goes on like that.
            (account("3.50", 3, "0", 0), 50, 50, Some("4")),
            // Nothing was ever held: no measure, unless nothing is to come.
            (account("0.03", 0, "0", 0), 0, 400, None),
            (account("0.03", 0, "0", 0), 0, 0, Some("0.03")),
            (account("2", 2, "0", 0), 0, 0, Some("2")),
        ] {
            let expected = expected.map(dollars);
            assert_eq!(forecast(&account, under_way, coming), expected, "{account:?} {under_way} {coming}");
        }
    }
}

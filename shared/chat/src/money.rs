//! Money, in millionths of a dollar. X charges half a cent for a post it gives, and a month has
//! thousands of them: whole cents would round them away, and fractions of a binary number add up to
//! something that nobody was charged.

use std::fmt;
use std::ops::{Add, AddAssign};

/// An amount in US dollars, kept in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// So many millionths of a dollar.
    pub const fn micros(micros: u64) -> Money {
        Money(micros)
    }

    /// So many cents.
    pub const fn cents(cents: u64) -> Money {
        Money(cents * 10_000)
    }

    /// In millionths of a dollar.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Reads an amount as people and configurations write it: `5`, `$5`, `4.50`, `0.005`. At most six
    /// digits after the point, and less than a million dollars.
    pub fn read(written: &str) -> Option<Money> {
        let digits = written.trim().trim_start_matches('$').trim_start();
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all =
            |s: &str, most: usize| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        // "$.50" is fifty cents to everybody.
        let whole = if whole.is_empty() && digits.starts_with('.') { "0" } else { whole };
        if !all(whole, 6) || !all(part, 6) {
            return None;
        }
        let micros: u64 = format!("{part:0<6}").parse().ok()?;
        Some(Money(whole.parse::<u64>().ok()? * 1_000_000 + micros))
    }

    /// So many times this, and never around the corner.
    #[must_use]
    pub const fn times(self, n: u64) -> Money {
        Money(self.0.saturating_mul(n))
    }

    /// What is left of it after `other`; nothing where that is more.
    #[must_use]
    pub const fn less(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

/// `$1.12`, `$5`: to the cent, rounded, without cents where there are none.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.saturating_add(5_000) / 10_000;
        match (cents / 100, cents % 100) {
            (dollars, 0) => write!(f, "${dollars}"),
            (dollars, cents) => write!(f, "${dollars}.{cents:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_shown() {
        for (written, micros, shown) in [
            ("5", 5_000_000, "$5"),
            ("$5", 5_000_000, "$5"),
            ("$ 5.00", 5_000_000, "$5"),
            ("4.5", 4_500_000, "$4.50"),
            ("$.5", 500_000, "$0.50"),
            ("0.005", 5_000, "$0.01"),
            ("0.004", 4_000, "$0"),
            ("1.115", 1_115_000, "$1.12"),
            ("999999.999999", 999_999_999_999, "$1000000"),
            ("0", 0, "$0"),
        ] {
            let money = Money::read(written);
            assert_eq!(money, Some(Money::micros(micros)), "{written}");
            assert_eq!(money.expect("read").to_string(), shown, "{written}");
        }
        for not_money in ["", "$", ".", "five", "5,50", "-1", "1e3", "5.", "0.0000001", "1000000", "５"] {
            assert_eq!(Money::read(not_money), None, "{not_money}");
        }
    }

    #[test]
    fn nothing_goes_around_the_corner() {
        assert_eq!(Money::micros(u64::MAX) + Money::cents(1), Money::micros(u64::MAX));
        assert_eq!(Money::micros(u64::MAX).times(2), Money::micros(u64::MAX));
        assert_eq!(Money::cents(1).less(Money::cents(2)), Money::ZERO);
    }
}

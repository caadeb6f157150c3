//! When a chat recurs. Local time is local: a slot is a rule for dates and a time on the wall clock, and
//! each occurrence's instant is looked up in the zone. Nothing here adds seven times 24 hours, which is
//! an hour wrong twice a year.
//!
//! Dates follow RFC 5545 recurrence rules ([section 3.3.10](https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10)),
//! of which a chat needs two: so many weeks on, and the nth weekday of a month. They are counted here. The `rrule`
//! crate, which knows all of them, brings `chrono-tz` and its tables of every zone into each function, and could not
//! place the times: in a gap it counts hours from midnight, in a fold it drops the occurrence, and [`zone::resolve`]
//! promises more. It is who reads our rules in the tests.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc, Weekday};

use crate::order;
use crate::zone::{self, Zone};

/// One regular time: the dates, and the time on the wall clock. A chat with two sittings a day has two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// On which dates.
    pub recurrence: Recurrence,
    /// At which local time.
    pub time: NaiveTime,
}

/// On which dates a slot happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recurrence {
    /// Every `every` weeks on one weekday.
    Weekly {
        /// Weeks from one to the next; 1 is weekly, and 0 is read as 1.
        every: u32,
        /// The weekday.
        day: Weekday,
        /// A date on which it happens. It fixes the phase in both directions, not the beginning. Where it
        /// is another weekday than `day`, the `day` of its week (from Monday) is meant.
        anchor: NaiveDate,
    },
    /// On the nth weekday of each month.
    Monthly {
        /// 1 is the first, -1 the last. A month without a fifth has none. Outside -4 to 5, and for 0, it
        /// happens never.
        nth: i8,
        /// The weekday.
        day: Weekday,
    },
}

/// How far [`next`] looks ahead before it is content with fewer: a hundred years. A break that was
/// typed with a wrong year must not cost a Lambda its time.
const HORIZON: Days = Days::new(36_525);

impl Slot {
    /// The local dates from `from` to `to`, both included, in order. RFC 5545 writes years with four
    /// digits: there are no dates outside 0001 to 9999.
    pub fn dates(&self, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let first_ever = NaiveDate::from_ymd_opt(1, 1, 1).expect("1 January 0001 is a date");
        let last_ever = NaiveDate::from_ymd_opt(9999, 12, 31).expect("31 December 9999 is a date");
        let (from, to) = (from.max(first_ever), to.min(last_ever));
        match self.recurrence {
            Recurrence::Weekly { every, day, anchor } => {
                let apart = Days::new(7 * u64::from(every.max(1)));
                std::iter::successors(in_phase(anchor, every, day, from), |date| date.checked_add_days(apart))
                    .take_while(|date| *date <= to)
                    .collect()
            }
            Recurrence::Monthly { nth, day } => {
                std::iter::successors(from.with_day(1), |month| month.checked_add_months(Months::new(1)))
                    .take_while(|month| *month <= to)
                    .filter_map(|month| nth_of(month, nth, day))
                    .filter(|date| from <= *date && *date <= to)
                    .collect()
            }
        }
    }

    /// The rule as RFC 5545 writes it, without `RRULE:`: `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU`. Its phase is
    /// in the anchor, which an export gives as DTSTART. Empty where it happens never.
    pub fn rrule(&self) -> String {
        match &self.recurrence {
            Recurrence::Weekly { every: 0 | 1, day, .. } => format!("FREQ=WEEKLY;BYDAY={}", byday(*day)),
            Recurrence::Weekly { every, day, .. } => {
                format!("FREQ=WEEKLY;INTERVAL={every};BYDAY={}", byday(*day))
            }
            Recurrence::Monthly { day, nth } if happens(*nth) => {
                format!("FREQ=MONTHLY;BYDAY={nth}{}", byday(*day))
            }
            Recurrence::Monthly { .. } => String::new(),
        }
    }
}

/// The first `day` from `from` on that is whole periods of `every` weeks from the anchor's, which may lie decades
/// back or ahead.
fn in_phase(anchor: NaiveDate, every: u32, day: Weekday, from: NaiveDate) -> Option<NaiveDate> {
    let from = i64::from(from.num_days_from_ce());
    let anchor = i64::from(anchor.num_days_from_ce()) - i64::from(anchor.weekday().num_days_from_monday())
        + i64::from(day.num_days_from_monday());
    let first = from + (anchor - from).rem_euclid(7 * i64::from(every.max(1)));
    i32::try_from(first).ok().and_then(NaiveDate::from_num_days_from_ce_opt)
}

/// Whether a month can have an nth weekday. RFC 5545 also knows the fifth to last; nobody says it.
fn happens(nth: i8) -> bool {
    nth != 0 && (-4..=5).contains(&nth)
}

/// The nth `day` of the month that begins on `first`, counted from its end where `nth` is negative.
fn nth_of(first: NaiveDate, nth: i8, day: Weekday) -> Option<NaiveDate> {
    if !happens(nth) {
        return None;
    }
    let (year, month) = (first.year(), first.month());
    let date = |nth: u8| NaiveDate::from_weekday_of_month_opt(year, month, day, nth);
    match u8::try_from(nth) {
        Ok(nth) => date(nth),
        // The last of them is the fifth or, where there is none, the fourth.
        Err(_) => {
            let last = date(5).or_else(|| date(4))?;
            last.checked_sub_days(Days::new(7 * (u64::from(nth.unsigned_abs()) - 1)))
        }
    }
}

/// Every occurrence of `slots` in `zone` that starts from `from` until before `until`, in order, without
/// repeats. `breaks` are ranges of local dates, both ends included; a slot's date that lies in one has
/// no occurrence.
///
/// A time that a clock change skips moves to the first instant after the gap, one that comes twice
/// happens the first time ([`zone::resolve`]).
pub fn occurrences(
    slots: &[Slot],
    zone: Zone,
    breaks: &[(NaiveDate, NaiveDate)],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    // A local date is within a day of the date in UTC, and a gap or fold may be a whole day more (Apia
    // skipped one in 2011). Three days of margin lose nothing: the instants decide below.
    let margin = Days::new(3);
    let first = from.date_naive().checked_sub_days(margin).unwrap_or(NaiveDate::MIN);
    let last = until.date_naive().checked_add_days(margin).unwrap_or(NaiveDate::MAX);
    let mut found: Vec<DateTime<Utc>> = slots
        .iter()
        .flat_map(|slot| slot.dates(first, last).into_iter().map(|date| (date, slot.time)))
        .filter(|(date, _)| !breaks.iter().any(|(a, b)| a <= date && date <= b))
        .map(|(date, time)| zone::resolve(zone, date.and_time(time)))
        .filter(|at| from <= *at && *at < until)
        .collect();
    order::sort(&mut found);
    found.dedup();
    found
}

/// The next `n` occurrences that start after `after`, in order; one that starts right then is no longer
/// next. Fewer than `n` where the coming hundred years hold no more.
pub fn next(
    slots: &[Slot],
    zone: Zone,
    breaks: &[(NaiveDate, NaiveDate)],
    after: DateTime<Utc>,
    n: usize,
) -> Vec<DateTime<Utc>> {
    let end = after.checked_add_days(HORIZON).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let mut found = Vec::new();
    let mut from = after;
    let mut window = 64;
    while from < end && found.len() < n {
        let until = from.checked_add_days(Days::new(window)).unwrap_or(end).min(end);
        found.extend(occurrences(slots, zone, breaks, from, until).into_iter().filter(|at| *at > after));
        from = until;
        window *= 2;
    }
    found.truncate(n);
    found
}

/// A slot in words, to stand before the city: "every Tuesday 20:00", "every second Tuesday 20:00",
/// "the first Thursday of the month, 19:30".
pub fn in_words(slot: &Slot) -> String {
    let time = zone::clock24(slot.time);
    match &slot.recurrence {
        Recurrence::Weekly { every, day, .. } => {
            let day = weekday(*day);
            match *every {
                0 | 1 => format!("every {day} {time}"),
                2 => format!("every second {day} {time}"),
                // "Every fifth Monday" would be read as the fifth of the month.
                n => format!("every {n} weeks on {day} {time}"),
            }
        }
        Recurrence::Monthly { nth, day } => {
            let day = weekday(*day);
            let ordinal = ORDINALS.get(usize::from(nth.unsigned_abs()));
            match (nth, ordinal) {
                (-1, _) => format!("the last {day} of the month, {time}"),
                (-4..=-2, Some(nth)) => format!("the {nth} to last {day} of the month, {time}"),
                (1..=5, Some(nth)) => format!("the {nth} {day} of the month, {time}"),
                _ => format!("never ({nth} is no {day} of a month), {time}"),
            }
        }
    }
}

const ORDINALS: [&str; 6] = ["zeroth", "first", "second", "third", "fourth", "fifth"];

fn byday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use proptest::prelude::*;

    use super::*;

    fn date(s: &str) -> NaiveDate {
        s.parse().expect("a date in the test")
    }

    fn iana(name: &str) -> Zone {
        name.parse().expect("a zone in the test")
    }

    fn utc(s: &str) -> DateTime<Utc> {
        s.parse().expect("an instant in the test")
    }

    fn time(s: &str) -> NaiveTime {
        NaiveTime::parse_from_str(s, "%H:%M").expect("a time in the test")
    }

    fn weekly(every: u32, day: Weekday, anchor: &str, at: &str) -> Slot {
        Slot { recurrence: Recurrence::Weekly { every, day, anchor: date(anchor) }, time: time(at) }
    }

    fn monthly(nth: i8, day: Weekday, at: &str) -> Slot {
        Slot { recurrence: Recurrence::Monthly { nth, day }, time: time(at) }
    }

    #[track_caller]
    fn check_dates(slot: &Slot, from: &str, to: &str, expect: &str) {
        let found: Vec<String> = slot.dates(date(from), date(to)).iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), expect);
    }

    #[test]
    fn every_second_week_keeps_its_phase_over_the_years_end() {
        let slot = weekly(2, Weekday::Tue, "2026-11-24", "20:00");
        check_dates(&slot, "2026-12-01", "2027-01-31", "2026-12-08 2026-12-22 2027-01-05 2027-01-19");
        // Before the anchor too, and a Thursday as anchor means the Tuesday of that week.
        check_dates(&slot, "2026-10-20", "2026-11-24", "2026-10-27 2026-11-10 2026-11-24");
        let thursday = weekly(2, Weekday::Tue, "2026-11-26", "20:00");
        check_dates(&thursday, "2026-12-01", "2026-12-31", "2026-12-08 2026-12-22");
        let sunday = weekly(2, Weekday::Sun, "2026-11-24", "20:00");
        check_dates(&sunday, "2026-11-23", "2026-12-31", "2026-11-29 2026-12-13 2026-12-27");
        // Both ends belong to the range; an empty or reversed range is empty.
        check_dates(&slot, "2026-12-08", "2026-12-22", "2026-12-08 2026-12-22");
        check_dates(&slot, "2026-12-09", "2026-12-21", "");
        check_dates(&slot, "2026-12-22", "2026-12-08", "");
    }

    #[test]
    fn the_53rd_week_of_a_year_is_a_week_like_any_other() {
        // ISO years 2020, 2026 and 2032 have 53 weeks.
        let friday = weekly(1, Weekday::Fri, "2020-01-03", "12:00");
        check_dates(
            &friday,
            "2020-12-18",
            "2021-01-15",
            "2020-12-18 2020-12-25 2021-01-01 2021-01-08 2021-01-15",
        );
        let fortnight = weekly(2, Weekday::Fri, "2020-12-18", "12:00");
        check_dates(
            &fortnight,
            "2020-12-01",
            "2021-01-31",
            "2020-12-04 2020-12-18 2021-01-01 2021-01-15 2021-01-29",
        );
        let third = weekly(3, Weekday::Wed, "2026-12-30", "12:00");
        check_dates(&third, "2026-12-01", "2027-02-28", "2026-12-09 2026-12-30 2027-01-20 2027-02-10");
    }

    #[test]
    fn nth_weekdays_of_the_month() {
        let fifth = monthly(5, Weekday::Fri, "12:00");
        check_dates(&fifth, "2026-01-01", "2026-12-31", "2026-01-30 2026-05-29 2026-07-31 2026-10-30");
        let last = monthly(-1, Weekday::Thu, "12:00");
        check_dates(&last, "2026-11-01", "2027-02-28", "2026-11-26 2026-12-31 2027-01-28 2027-02-25");
        let first = monthly(1, Weekday::Thu, "19:30");
        check_dates(&first, "2026-12-03", "2027-02-04", "2026-12-03 2027-01-07 2027-02-04");
        // The first is past when the range begins in the middle of the month.
        check_dates(&first, "2026-12-04", "2027-01-06", "");
        let second_to_last = monthly(-2, Weekday::Mon, "12:00");
        check_dates(&second_to_last, "2028-02-01", "2028-02-29", "2028-02-21");
        for never in [0, 6, -5, i8::MIN, i8::MAX] {
            check_dates(&monthly(never, Weekday::Mon, "12:00"), "2026-01-01", "2027-01-01", "");
        }
    }

    #[test]
    fn an_anchor_may_lie_centuries_off() {
        let slot = weekly(2, Weekday::Tue, "0001-01-02", "20:00");
        assert_eq!(slot.dates(date("2026-01-01"), date("2026-12-31")).len(), 26);
        let future = weekly(2, Weekday::Tue, "9999-12-28", "20:00");
        assert_eq!(future.dates(date("2026-01-01"), date("2026-12-31")).len(), 26);
        // Intervals that no chat has are still answered.
        check_dates(
            &weekly(0, Weekday::Tue, "2026-11-24", "20:00"),
            "2026-11-20",
            "2026-12-01",
            "2026-11-24 2026-12-01",
        );
        check_dates(
            &weekly(520, Weekday::Tue, "2026-11-24", "20:00"),
            "2026-11-25",
            "2047-01-01",
            "2036-11-11 2046-10-30",
        );
        check_dates(
            &weekly(u32::MAX, Weekday::Tue, "2026-11-24", "20:00"),
            "2026-01-01",
            "9999-12-31",
            "2026-11-24",
        );
        let all = weekly(1, Weekday::Tue, "2026-11-24", "20:00").dates(NaiveDate::MIN, NaiveDate::MAX);
        assert_eq!(all.len(), 521_723);
        assert_eq!((all[0], all[521_722]), (date("0001-01-02"), date("9999-12-28")));
    }

    #[test]
    fn as_rfc_5545() {
        let check = |slot: Slot, expect: &str| {
            assert_eq!(slot.rrule(), expect);
        };
        check(weekly(1, Weekday::Tue, "2026-11-24", "20:00"), "FREQ=WEEKLY;BYDAY=TU");
        check(weekly(2, Weekday::Tue, "2026-11-24", "20:00"), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU");
        check(monthly(1, Weekday::Thu, "19:30"), "FREQ=MONTHLY;BYDAY=1TH");
        check(monthly(-1, Weekday::Fri, "12:00"), "FREQ=MONTHLY;BYDAY=-1FR");
        assert_eq!(monthly(0, Weekday::Fri, "12:00").rrule(), "");
    }

    #[test]
    fn in_words_for_people() {
        let check = |slot: Slot, expect: &str| assert_eq!(in_words(&slot), expect);
        check(weekly(1, Weekday::Tue, "2026-11-24", "20:00"), "every Tuesday 20:00");
        check(weekly(2, Weekday::Tue, "2026-11-24", "20:00"), "every second Tuesday 20:00");
        check(weekly(4, Weekday::Sun, "2026-11-24", "09:05"), "every 4 weeks on Sunday 09:05");
        check(monthly(1, Weekday::Thu, "19:30"), "the first Thursday of the month, 19:30");
        check(monthly(5, Weekday::Thu, "19:30"), "the fifth Thursday of the month, 19:30");
        check(monthly(-1, Weekday::Fri, "12:00"), "the last Friday of the month, 12:00");
        check(monthly(-2, Weekday::Fri, "12:00"), "the second to last Friday of the month, 12:00");
        check(monthly(0, Weekday::Fri, "12:00"), "never (0 is no Friday of a month), 12:00");
    }

    #[track_caller]
    fn check(slots: &[Slot], zone: Zone, from: &str, until: &str, expect: &[&str]) {
        let found = occurrences(slots, zone, &[], utc(from), utc(until));
        assert_eq!(found, expect.iter().map(|s| utc(s)).collect::<Vec<_>>(), "{zone}");
    }

    #[test]
    fn the_local_hour_stays_when_the_clocks_change() {
        let tuesday = [weekly(1, Weekday::Tue, "2026-11-24", "20:00")];
        // Spring: London changes on 29 March 2026, New York on 8 March; autumn: 25 October, 1 November.
        check(
            &tuesday,
            iana("Europe/London"),
            "2026-03-23T00:00:00Z",
            "2026-04-05T00:00:00Z",
            &["2026-03-24T20:00:00Z", "2026-03-31T19:00:00Z"],
        );
        check(
            &tuesday,
            iana("Europe/London"),
            "2026-10-19T00:00:00Z",
            "2026-11-01T00:00:00Z",
            &["2026-10-20T19:00:00Z", "2026-10-27T20:00:00Z"],
        );
        check(
            &tuesday,
            iana("America/New_York"),
            "2026-03-02T00:00:00Z",
            "2026-03-12T00:00:00Z",
            &["2026-03-04T01:00:00Z", "2026-03-11T00:00:00Z"],
        );
        check(
            &tuesday,
            iana("America/New_York"),
            "2026-10-26T00:00:00Z",
            "2026-11-05T00:00:00Z",
            &["2026-10-28T00:00:00Z", "2026-11-04T01:00:00Z"],
        );
        // Lord Howe moves by 30 minutes (+11 to +10:30 on 5 April, back on 4 October).
        check(
            &tuesday,
            iana("Australia/Lord_Howe"),
            "2026-03-30T00:00:00Z",
            "2026-04-09T00:00:00Z",
            &["2026-03-31T09:00:00Z", "2026-04-07T09:30:00Z"],
        );
        check(
            &tuesday,
            iana("Australia/Lord_Howe"),
            "2026-09-28T00:00:00Z",
            "2026-10-08T00:00:00Z",
            &["2026-09-29T09:30:00Z", "2026-10-06T09:00:00Z"],
        );
        // Casablanca goes back an hour for Ramadan (15 February to 22 March 2026).
        check(
            &tuesday,
            iana("Africa/Casablanca"),
            "2026-02-09T00:00:00Z",
            "2026-02-19T00:00:00Z",
            &["2026-02-10T19:00:00Z", "2026-02-17T20:00:00Z"],
        );
        check(
            &tuesday,
            iana("Africa/Casablanca"),
            "2026-03-16T00:00:00Z",
            "2026-03-26T00:00:00Z",
            &["2026-03-17T20:00:00Z", "2026-03-24T19:00:00Z"],
        );
        // Kathmandu never changes: +5:45.
        check(
            &tuesday,
            iana("Asia/Kathmandu"),
            "2026-03-23T00:00:00Z",
            "2026-04-05T00:00:00Z",
            &["2026-03-24T14:15:00Z", "2026-03-31T14:15:00Z"],
        );
    }

    #[test]
    fn an_episode_inside_the_gap_starts_at_its_end_and_inside_the_fold_the_first_time() {
        let sunday = |at| [weekly(1, Weekday::Sun, "2026-01-04", at)];
        // The week before, the gap itself, the week after.
        check(
            &sunday("01:30"),
            iana("Europe/London"),
            "2026-03-21T00:00:00Z",
            "2026-04-06T00:00:00Z",
            &["2026-03-22T01:30:00Z", "2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z"],
        );
        check(
            &sunday("01:30"),
            iana("Europe/London"),
            "2026-10-17T00:00:00Z",
            "2026-11-02T00:00:00Z",
            &["2026-10-18T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"],
        );
        check(
            &sunday("02:30"),
            iana("America/New_York"),
            "2026-03-01T00:00:00Z",
            "2026-03-16T00:00:00Z",
            &["2026-03-01T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-15T06:30:00Z"],
        );
        check(
            &sunday("01:30"),
            iana("America/New_York"),
            "2026-10-25T00:00:00Z",
            "2026-11-09T00:00:00Z",
            &["2026-10-25T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-08T06:30:00Z"],
        );
        // Lord Howe: 02:00 to 02:30 is skipped on 4 October, 01:30 to 02:00 comes twice on 5 April.
        check(
            &sunday("02:15"),
            iana("Australia/Lord_Howe"),
            "2026-09-26T00:00:00Z",
            "2026-10-11T00:00:00Z",
            &["2026-09-26T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-10T15:15:00Z"],
        );
        check(
            &sunday("01:45"),
            iana("Australia/Lord_Howe"),
            "2026-03-28T00:00:00Z",
            "2026-04-13T00:00:00Z",
            &["2026-03-28T14:45:00Z", "2026-04-04T14:45:00Z", "2026-04-11T15:15:00Z"],
        );
        // Casablanca: the fold comes in spring, at the beginning of Ramadan, the gap at its end.
        check(
            &sunday("02:30"),
            iana("Africa/Casablanca"),
            "2026-02-08T00:00:00Z",
            "2026-02-23T00:00:00Z",
            &["2026-02-08T01:30:00Z", "2026-02-15T01:30:00Z", "2026-02-22T02:30:00Z"],
        );
        check(
            &sunday("02:30"),
            iana("Africa/Casablanca"),
            "2026-03-15T00:00:00Z",
            "2026-03-30T00:00:00Z",
            &["2026-03-15T02:30:00Z", "2026-03-22T02:00:00Z", "2026-03-29T01:30:00Z"],
        );
        // São Paulo used to skip midnight itself: 4 November 2018.
        check(
            &sunday("00:00"),
            iana("America/Sao_Paulo"),
            "2018-10-27T00:00:00Z",
            "2018-11-12T00:00:00Z",
            &["2018-10-28T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-11T02:00:00Z"],
        );
        // And Apia a whole day, Friday 30 December 2011: it became Saturday.
        check(
            &[weekly(1, Weekday::Fri, "2011-12-02", "20:00")],
            iana("Pacific/Apia"),
            "2011-12-23T00:00:00Z",
            "2012-01-07T00:00:00Z",
            &["2011-12-24T06:00:00Z", "2011-12-30T10:00:00Z", "2012-01-06T06:00:00Z"],
        );
    }

    #[test]
    fn the_range_holds_its_beginning_and_not_its_end() {
        let slots = [weekly(1, Weekday::Tue, "2026-11-24", "20:00")];
        check(
            &slots,
            iana("Europe/London"),
            "2026-11-24T20:00:00Z",
            "2026-12-01T20:00:00Z",
            &["2026-11-24T20:00:00Z"],
        );
        check(
            &slots,
            iana("Europe/London"),
            "2026-11-24T20:00:01Z",
            "2026-12-01T20:00:01Z",
            &["2026-12-01T20:00:00Z"],
        );
        check(&slots, iana("Europe/London"), "2026-12-01T20:00:01Z", "2026-11-24T20:00:00Z", &[]);
        // Far from Greenwich the local Tuesday is another day in UTC.
        check(
            &slots,
            iana("Pacific/Kiritimati"),
            "2026-11-24T06:00:00Z",
            "2026-11-24T06:00:01Z",
            &["2026-11-24T06:00:00Z"],
        );
        let early = [weekly(1, Weekday::Tue, "2026-11-24", "00:30")];
        check(
            &early,
            iana("Pacific/Kiritimati"),
            "2026-11-23T10:30:00Z",
            "2026-11-23T10:31:00Z",
            &["2026-11-23T10:30:00Z"],
        );
        check(
            &slots,
            iana("Pacific/Pago_Pago"),
            "2026-11-25T07:00:00Z",
            "2026-11-25T07:00:01Z",
            &["2026-11-25T07:00:00Z"],
        );
    }

    #[test]
    fn several_slots_are_merged_and_repeats_dropped() {
        let slots = [
            weekly(1, Weekday::Tue, "2026-11-24", "20:00"),
            weekly(1, Weekday::Tue, "2026-11-24", "09:00"),
            monthly(-1, Weekday::Tue, "20:00"),
            monthly(1, Weekday::Wed, "20:00"),
        ];
        check(
            &slots,
            iana("Europe/London"),
            "2026-11-24T00:00:00Z",
            "2026-12-03T00:00:00Z",
            &[
                "2026-11-24T09:00:00Z",
                "2026-11-24T20:00:00Z",
                "2026-12-01T09:00:00Z",
                "2026-12-01T20:00:00Z",
                "2026-12-02T20:00:00Z",
            ],
        );
        // Two slots inside one gap fall on the same instant: one episode.
        let gap =
            [weekly(1, Weekday::Sun, "2026-01-04", "01:15"), weekly(1, Weekday::Sun, "2026-01-04", "01:45")];
        check(
            &gap,
            iana("Europe/London"),
            "2026-03-29T00:00:00Z",
            "2026-03-30T00:00:00Z",
            &["2026-03-29T01:00:00Z"],
        );
        check(&[], iana("Europe/London"), "2026-03-29T00:00:00Z", "2027-03-30T00:00:00Z", &[]);
    }

    #[test]
    fn breaks_are_left_out() {
        let check = |breaks: &[(&str, &str)], expect: &str| {
            let slots = [weekly(1, Weekday::Tue, "2026-11-24", "20:00")];
            let breaks: Vec<_> = breaks.iter().map(|(a, b)| (date(a), date(b))).collect();
            let (from, until) = (utc("2026-12-01T00:00:00Z"), utc("2027-01-14T00:00:00Z"));
            let zone = iana("America/Los_Angeles");
            let found = occurrences(&slots, zone, &breaks, from, until);
            let days: Vec<_> =
                found.iter().map(|at| at.with_timezone(&zone).format("%d").to_string()).collect();
            assert_eq!(days.join(" "), expect);
            assert_eq!(next(&slots, zone, &breaks, from, found.len()), found);
        };
        check(&[], "01 08 15 22 29 05 12");
        check(&[("2026-12-22", "2027-01-05")], "01 08 15 12");
        check(&[("2026-12-23", "2027-01-04")], "01 08 15 22 05 12");
        // The date is the local one: 21:00 on the 8th in Los Angeles is the 9th in UTC.
        check(&[("2026-12-09", "2026-12-09")], "01 08 15 22 29 05 12");
        check(&[("2026-12-08", "2026-12-08"), ("2026-12-08", "2026-12-15")], "01 22 29 05 12");
        check(&[("2027-01-05", "2026-12-22")], "01 08 15 22 29 05 12");
    }

    #[test]
    fn next_is_strictly_after_and_gives_up_after_a_century() {
        let slots = [weekly(1, Weekday::Tue, "2026-11-24", "20:00")];
        let zone = iana("Europe/London");
        let start = utc("2026-11-24T20:00:00Z");
        assert_eq!(next(&slots, zone, &[], start, 1), [utc("2026-12-01T20:00:00Z")]);
        assert_eq!(next(&slots, zone, &[], start - Duration::nanoseconds(1), 1), [start]);
        assert!(next(&slots, zone, &[], start, 0).is_empty());
        assert!(next(&[], zone, &[], start, 5).is_empty());
        assert!(next(&[monthly(0, Weekday::Tue, "20:00")], zone, &[], start, 5).is_empty());
        assert!(next(&slots, zone, &[(NaiveDate::MIN, NaiveDate::MAX)], start, 5).is_empty());
        assert_eq!(next(&slots, zone, &[], start, usize::MAX).len(), 5217);
        assert!(next(&slots, zone, &[], DateTime::<Utc>::MAX_UTC, 5).is_empty());
        assert!(next(&slots, zone, &[], DateTime::<Utc>::MIN_UTC, 5).is_empty());
        let rare = [weekly(520, Weekday::Tue, "2026-11-24", "20:00")];
        assert_eq!(
            next(&rare, zone, &[], start, 2),
            [utc("2036-11-11T20:00:00Z"), utc("2046-10-30T20:00:00Z")]
        );
    }

    #[test]
    fn a_year_of_weeks_from_an_old_anchor() {
        let slots =
            [weekly(1, Weekday::Tue, "1970-01-06", "20:00"), weekly(2, Weekday::Thu, "1970-01-08", "09:00")];
        let (from, until) = (utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"));
        assert_eq!(occurrences(&slots, iana("Europe/London"), &[], from, until).len(), 52 + 26);
    }

    fn a_date() -> impl Strategy<Value = NaiveDate> {
        let day = |s: &str| date(s).num_days_from_ce();
        (day("1970-01-01")..day("2100-12-31"))
            .prop_map(|n| NaiveDate::from_num_days_from_ce_opt(n).expect("within the calendar"))
    }

    fn a_weekday() -> impl Strategy<Value = Weekday> {
        (0u8..7).prop_map(|n| Weekday::try_from(n).expect("below seven"))
    }

    fn a_slot() -> impl Strategy<Value = Slot> {
        let recurrence = prop_oneof![
            (1u32..9, a_weekday(), a_date()).prop_map(|(every, day, anchor)| Recurrence::Weekly {
                every,
                day,
                anchor
            }),
            ((-4i8..=5).prop_filter("0 is never", |n| *n != 0), a_weekday())
                .prop_map(|(nth, day)| Recurrence::Monthly { nth, day }),
        ];
        // Half of the times are in the small hours, where clocks change.
        let time = prop_oneof![0u32..86_400, (0u32..12).prop_map(|n| n * 900)]
            .prop_map(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, 0).expect("within a day"));
        (recurrence, time).prop_map(|(recurrence, time)| Slot { recurrence, time })
    }

    fn a_zone() -> impl Strategy<Value = Zone> {
        prop_oneof![
            proptest::sample::select(Zone::all().collect::<Vec<_>>()),
            proptest::sample::select(vec![
                iana("Europe/London"),
                iana("America/New_York"),
                iana("Australia/Lord_Howe"),
                iana("Africa/Casablanca"),
                iana("America/Sao_Paulo"),
                iana("Pacific/Apia"),
                iana("Asia/Kathmandu"),
            ]),
        ]
    }

    /// Whether `date` belongs to the rule, asked day by day: slow, and owing nothing to the crate.
    fn belongs(recurrence: &Recurrence, date: NaiveDate) -> bool {
        match recurrence {
            Recurrence::Weekly { every, day, anchor } => {
                let monday = |d: NaiveDate| d.num_days_from_ce() - d.weekday().num_days_from_monday() as i32;
                let weeks = (monday(date) - monday(*anchor)) / 7;
                date.weekday() == *day && weeks % *every as i32 == 0
            }
            Recurrence::Monthly { nth, day } => {
                let left = i32::from(date.num_days_in_month()) - date.day() as i32;
                let wanted = i32::from(*nth);
                date.weekday() == *day
                    && ((date.day() as i32 - 1) / 7 + 1 == wanted || -(left / 7 + 1) == wanted)
            }
        }
    }

    /// The dates of a slot as another reads them out of its rule, from the first of a month or week on.
    fn read_by_another(slot: &Slot, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let start = match slot.recurrence {
            // The phase is in DTSTART, which must be a date of the rule.
            Recurrence::Weekly { every, day, anchor } => in_phase(anchor, every, day, from).expect("a date"),
            Recurrence::Monthly { .. } => from.with_day(1).expect("every month has one"),
        };
        let start = start.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
        let rule: rrule::RRule<rrule::Unvalidated> = slot.rrule().parse().expect("text as RFC 5545 has it");
        let rule = rule.validate(start).expect("every part is in the range that RFC 5545 gives it");
        let dates = rrule::RRuleSet::new(start).rrule(rule).into_iter().map(|at| at.date_naive());
        dates.skip_while(|date| *date < from).take_while(|date| *date <= to).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn what_an_export_says_is_read_by_others_as_we_mean_it(
            slot in a_slot(), from in a_date(), days in 0u64..4000,
        ) {
            let to = from + Days::new(days);
            prop_assert_eq!(slot.dates(from, to), read_by_another(&slot, from, to), "{}", slot.rrule());
        }

        #[test]
        fn dates_are_those_that_belong(slot in a_slot(), from in a_date(), days in 0u64..800) {
            let to = from + Days::new(days);
            let expect: Vec<_> =
                from.iter_days().take_while(|d| *d <= to).filter(|d| belongs(&slot.recurrence, *d)).collect();
            prop_assert_eq!(slot.dates(from, to), expect);
        }

        #[test]
        fn occurrences_increase_and_keep_the_time_on_the_wall(
            slots in proptest::collection::vec(a_slot(), 1..4),
            zone in a_zone(),
            from in a_date(),
            days in 0i64..400,
        ) {
            let from = from.and_time(NaiveTime::MIN).and_utc();
            let until = from + Duration::days(days);
            let found = occurrences(&slots, zone, &[], from, until);
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
            for at in &found {
                prop_assert!(from <= *at && *at < until);
                let local = at.with_timezone(&zone).naive_local();
                let on_time = slots.iter().any(|s| s.time == local.time() && belongs(&s.recurrence, local.date()));
                // Otherwise a gap ends right here: a second earlier the wall showed more than a second less.
                let before = (*at - Duration::seconds(1)).with_timezone(&zone).naive_local();
                prop_assert!(on_time || local - before > Duration::seconds(1), "{} {}", zone, local);
            }
            // Nothing is missed: each date that belongs has its instant.
            for slot in &slots {
                for day in slot.dates(from.date_naive(), until.date_naive()) {
                    let at = zone::resolve(zone, day.and_time(slot.time));
                    prop_assert_eq!(found.binary_search(&at).is_ok(), from <= at && at < until);
                }
            }
        }

        #[test]
        fn next_agrees_with_occurrences(
            slots in proptest::collection::vec(a_slot(), 1..4),
            zone in a_zone(),
            after in a_date(),
            n in 1usize..30,
            gap in (a_date(), 0u64..60),
        ) {
            let breaks = [(gap.0, gap.0 + Days::new(gap.1))];
            let after = after.and_time(slots[0].time).and_utc();
            let found = next(&slots, zone, &breaks, after, n);
            prop_assert_eq!(found.len(), n);
            let until = found[n - 1] + Duration::nanoseconds(1);
            let from = after + Duration::nanoseconds(1);
            prop_assert_eq!(found, occurrences(&slots, zone, &breaks, from, until));
        }

        #[test]
        fn any_rule_on_any_date_is_answered(
            every in any::<u32>(),
            nth in any::<i8>(),
            day in a_weekday(),
            anchor in any::<i32>(),
            at in any::<i64>(),
            zone in a_zone(),
        ) {
            let anchor = NaiveDate::from_num_days_from_ce_opt(anchor).unwrap_or(NaiveDate::MAX);
            let at = DateTime::from_timestamp_secs(at).unwrap_or(DateTime::<Utc>::MIN_UTC);
            let slots = [
                Slot { recurrence: Recurrence::Weekly { every, day, anchor }, time: NaiveTime::MIN },
                Slot { recurrence: Recurrence::Monthly { nth, day }, time: time("23:59") },
            ];
            let until = at.checked_add_days(Days::new(30)).unwrap_or(DateTime::<Utc>::MAX_UTC);
            prop_assert!(occurrences(&slots, zone, &[(anchor, anchor)], at, until).len() < 7);
            for slot in &slots {
                prop_assert!(!in_words(slot).is_empty());
            }
        }
    }
}

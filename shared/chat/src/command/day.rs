//! Days, times of day and lengths of time, as people type them.

use std::fmt;

use chrono::{Datelike, Days, Duration, Months, NaiveDate, NaiveTime, Weekday};

use super::slack::fold;

/// A day as typed. It becomes a date once somebody says what today is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// `8 Dec`, `Tue 8 December 2026`, `2026-12-08`. Not necessarily a day of the calendar (30 Feb).
    Date {
        /// If one was named, the date must fall on it.
        weekday: Option<Weekday>,
        /// 1 to 31.
        day: u32,
        /// 1 to 12.
        month: u32,
        /// If none was named, the next such date is meant.
        year: Option<i32>,
    },
    /// `Tuesday`: today, if it is one. `next Tuesday`: never today.
    Weekday {
        /// Which.
        day: Weekday,
        /// Whether `next` stood before it.
        next: bool,
    },
    /// `the 12th`, `Tuesday the 12th`: the next one.
    Nth {
        /// If one was named, the date must fall on it.
        weekday: Option<Weekday>,
        /// 1 to 31.
        day: u32,
    },
    /// `today`, `tonight`.
    Today,
    /// `tomorrow`.
    Tomorrow,
}

/// Which episode a command means: `on 8 Dec`, and with its time where the day has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    /// The local date of its start.
    pub day: Day,
    /// Its local time, where it was named.
    pub time: Option<NaiveTime>,
    /// As it was typed, `on` and all: at the end of a text it may turn out to belong to it.
    pub typed: String,
}

/// Why a day is no date to plan for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSuchDay {
    /// No calendar has it: 30 Feb, 29 Feb 2027.
    NotADate,
    /// It was before today.
    Past(NaiveDate),
    /// It was named without a year and has just been; the next one is nearly a year away.
    JustPast(NaiveDate, NaiveDate),
    /// It is more than a year ahead, and nothing is planned that far. So is 29 Feb in most years.
    TooFar,
    /// The date falls on another weekday than was named.
    OtherWeekday(NaiveDate),
}

impl Day {
    /// The nearest such date from `today` on, up to a year ahead; `None` if there is none.
    pub fn resolve(&self, today: NaiveDate) -> Option<NaiveDate> {
        self.find(today).ok()
    }

    /// As [`Day::resolve`], saying why there is none.
    pub fn find(&self, today: NaiveDate) -> Result<NaiveDate, NoSuchDay> {
        let limit = today.checked_add_months(Months::new(12)).unwrap_or(NaiveDate::MAX);
        match *self {
            Day::Today => Ok(today),
            Day::Tomorrow => today.checked_add_days(Days::new(1)).ok_or(NoSuchDay::TooFar),
            Day::Weekday { day, next } => {
                let ahead = match day.days_since(today.weekday()) {
                    0 if next => 7,
                    ahead => ahead,
                };
                today.checked_add_days(Days::new(ahead.into())).ok_or(NoSuchDay::TooFar)
            }
            Day::Nth { weekday, day } => {
                let first = today.with_day(1).unwrap_or(today);
                let date = (0..=12)
                    .filter_map(|n| first.checked_add_months(Months::new(n))?.with_day(day))
                    .find(|date| *date >= today)
                    .ok_or(NoSuchDay::NotADate)?;
                on_weekday(date, weekday)
            }
            Day::Date { weekday, day, month, year } => {
                let date = match year {
                    Some(year) => NaiveDate::from_ymd_opt(year, month, day).ok_or(NoSuchDay::NotADate)?,
                    None => {
                        // A leap year, so that 29 Feb counts as a date.
                        NaiveDate::from_ymd_opt(2000, month, day).ok_or(NoSuchDay::NotADate)?;
                        [today.year(), today.year().saturating_add(1)]
                            .into_iter()
                            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
                            .find(|date| *date >= today)
                            .ok_or(NoSuchDay::TooFar)?
                    }
                };
                if date < today {
                    Err(NoSuchDay::Past(date))
                } else if date > limit {
                    Err(NoSuchDay::TooFar)
                } else {
                    on_weekday(date, weekday)
                }
            }
        }
    }

    /// As [`Day::find`], for planning: a date without a year that was in the last month is not taken for
    /// next year's. Whoever types yesterday's has looked at the wrong line of a calendar.
    ///
    /// # Errors
    /// [`NoSuchDay::JustPast`] for those.
    pub fn ahead(&self, today: NaiveDate) -> Result<NaiveDate, NoSuchDay> {
        let found = self.find(today)?;
        let Day::Date { day, month, year: None, .. } = *self else { return Ok(found) };
        let was = NaiveDate::from_ymd_opt(found.year() - 1, month, day).filter(|was| *was < today);
        match was.filter(|was| today.signed_duration_since(*was).num_days() <= 31) {
            Some(was) => Err(NoSuchDay::JustPast(was, found)),
            None => Ok(found),
        }
    }

    /// The date that somebody means who moves something away from `from`: the next such weekday from there
    /// on, the nearest such date on either side. `today` and `tomorrow` are what they are.
    ///
    /// # Errors
    /// As for [`Day::find`], and [`NoSuchDay::JustPast`] where the nearest one is behind us.
    pub fn near(&self, from: NaiveDate, today: NaiveDate) -> Result<NaiveDate, NoSuchDay> {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
        let nearest = |dates: &mut dyn Iterator<Item = NaiveDate>| {
            dates.min_by_key(|date| date.signed_duration_since(from).num_days().abs())
        };
        let (found, weekday) = match *self {
            Day::Today | Day::Tomorrow | Day::Date { year: Some(_), .. } => return self.find(today),
            Day::Weekday { .. } => (Some(self.find(from)?), None),
            // Years that have no 29 Feb come at most eight in a row.
            Day::Date { weekday, day, month, year: None } => {
                let years = from.year() - 8..=from.year() + 8;
                (nearest(&mut years.filter_map(|year| date(year, month, day))), weekday)
            }
            Day::Nth { weekday, day } => {
                let months = (from.year() * 12 + from.month0() as i32) - 2
                    ..=(from.year() * 12 + from.month0() as i32) + 2;
                let dates = months.filter_map(|m| date(m.div_euclid(12), m.rem_euclid(12) as u32 + 1, day));
                (nearest(&mut { dates }), weekday)
            }
        };
        let found = found.ok_or(NoSuchDay::NotADate)?;
        let limit = today.checked_add_months(Months::new(12)).unwrap_or(NaiveDate::MAX);
        match self.find(today) {
            _ if found > limit => Err(NoSuchDay::TooFar),
            Ok(next) if found < today => Err(NoSuchDay::JustPast(found, next)),
            _ if found < today => Err(NoSuchDay::Past(found)),
            _ => on_weekday(found, weekday),
        }
    }
}

/// The date, if it falls on the weekday that was named with it.
fn on_weekday(date: NaiveDate, named: Option<Weekday>) -> Result<NaiveDate, NoSuchDay> {
    match named {
        Some(weekday) if weekday != date.weekday() => Err(NoSuchDay::OtherWeekday(date)),
        _ => Ok(date),
    }
}

impl fmt::Display for Day {
    /// As it can be typed again: `8 Dec`, `Tue 8 Dec 2026`, `Tuesday`, `next Tuesday`, `today`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Day::Today => f.write_str("today"),
            Day::Tomorrow => f.write_str("tomorrow"),
            Day::Weekday { day, next } => {
                if next {
                    f.write_str("next ")?;
                }
                f.write_str(WEEKDAYS[day.num_days_from_monday() as usize])
            }
            Day::Nth { weekday, day } => {
                if let Some(weekday) = weekday {
                    write!(f, "{weekday} ")?;
                }
                let ending = match (day % 10, day) {
                    (_, 11..=13) => "th",
                    (1, _) => "st",
                    (2, _) => "nd",
                    (3, _) => "rd",
                    _ => "th",
                };
                write!(f, "the {day}{ending}")
            }
            Day::Date { weekday, day, month, year } => {
                if let Some(weekday) = weekday {
                    write!(f, "{weekday} ")?;
                }
                write!(f, "{day} {}", MONTHS.get((month as usize).wrapping_sub(1)).map_or("?", |m| &m[..3]))?;
                year.map_or(Ok(()), |year| write!(f, " {year}"))
            }
        }
    }
}

/// A new day, a new time, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// The same day at this local time.
    At(NaiveTime),
    /// This day at the same time. To be resolved like any day, from today on.
    On(Day),
    /// Both new.
    OnAt(Day, NaiveTime),
}

/// Why something is not read as a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotADay {
    /// It is none.
    No,
    /// It is two: with the day first, then with the month first.
    Two([Day; 2]),
}

/// Why something is not read as a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotALength {
    No,
    Seconds,
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A weekday in full or shortened, lower case: `tue`, `tues`, `tuesday`.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let word = word.trim_end_matches('.');
    Some(match word {
        "mon" | "monday" => Weekday::Mon,
        "tue" | "tues" | "tuesday" => Weekday::Tue,
        "wed" | "weds" | "wednesday" => Weekday::Wed,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thu,
        "fri" | "friday" => Weekday::Fri,
        "sat" | "saturday" => Weekday::Sat,
        "sun" | "sunday" => Weekday::Sun,
        _ => return None,
    })
}

fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.');
    if word == "sept" {
        return Some(9);
    }
    MONTHS.iter().zip(1..).find_map(|(name, number)| {
        let name = name.to_ascii_lowercase();
        (word == name || word == &name[..3]).then_some(number)
    })
}

/// `8th`; 1 to 31. A bare `8` may be anything.
fn nth_of_month(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s))?;
    number(digits, 2).filter(|day| (1..=31).contains(day))
}

/// `8`, `08`, `8th`; 1 to 31.
fn day_of_month(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s)).unwrap_or(word);
    number(digits, 2).filter(|day| (1..=31).contains(day))
}

/// ASCII digits, at most `most` of them.
fn number(s: &str, most: usize) -> Option<u32> {
    let fits = !s.is_empty() && s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| s.parse().ok()).flatten()
}

/// `2026`, or `26` where two digits can only be a year.
fn year(s: &str, short: bool) -> Option<i32> {
    match s.len() {
        4 => number(s, 4).filter(|y| (2000..3000).contains(y)),
        2 if short => number(s, 2).map(|y| 2000 + y),
        _ => None,
    }
    .and_then(|y| y.try_into().ok())
}

/// A day and nothing else. Also with `the`, `of`, commas and ordinals: `Tuesday, the 8th of December`.
pub(super) fn day(s: &str) -> Result<Day, NotADay> {
    let folded = fold(s);
    let mut words: Vec<&str> = folded
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty() && !matches!(*w, "the" | "of"))
        .collect();
    match words.as_slice() {
        ["today" | "tonight"] => return Ok(Day::Today),
        ["tomorrow"] => return Ok(Day::Tomorrow),
        ["next", name] => {
            return weekday(name).map(|day| Day::Weekday { day, next: true }).ok_or(NotADay::No);
        }
        ["this" | "coming", name] => {
            return weekday(name).map(|day| Day::Weekday { day, next: false }).ok_or(NotADay::No);
        }
        _ => {}
    }
    let named = words.first().and_then(|w| weekday(w));
    if named.is_some() {
        words.remove(0);
    }
    let date = |day, month, year| Day::Date { weekday: named, day, month, year };
    let whole = |day: Option<u32>, month: Option<u32>, year| day.zip(month).map(|(d, m)| date(d, m, year));
    // `8dec` is `8 dec`, `8-dec-2026` is `8 dec 2026`.
    let parts: Vec<&str> = match words.as_slice() {
        [one, ..] if one.contains(char::is_alphabetic) && !one.contains('/') => {
            words.iter().flat_map(|w| w.split('-')).flat_map(apart).collect()
        }
        other => other.to_vec(),
    };
    match (parts.as_slice(), named) {
        ([], Some(day)) => Some(Day::Weekday { day, next: false }),
        ([one], weekday) if nth_of_month(one).is_some() => {
            nth_of_month(one).map(|day| Day::Nth { weekday, day })
        }
        ([one], _) if one.contains('/') => return slashed(one, named),
        ([one], _) if one.contains('-') => match one.split('-').collect::<Vec<_>>().as_slice() {
            [y, m, d] => year(y, false).and_then(|y| whole(day_of_month(d), month_number(m), Some(y))),
            _ => None,
        },
        // Dots put the day first everywhere they are used. `8.12` alone may be a number or a time.
        ([one], _) if one.contains('.') => match one.split('.').collect::<Vec<_>>().as_slice() {
            [d, m, ""] => whole(number(d, 2).and_then(in_month), month_number(m), None),
            [d, m, y] => {
                year(y, true).and_then(|y| whole(number(d, 2).and_then(in_month), month_number(m), Some(y)))
            }
            _ => None,
        },
        ([a, b], _) => {
            whole(day_of_month(a), month(b), None).or_else(|| whole(day_of_month(b), month(a), None))
        }
        ([a, b, y], _) => year(y, false).and_then(|y| {
            whole(day_of_month(a), month(b), Some(y)).or_else(|| whole(day_of_month(b), month(a), Some(y)))
        }),
        _ => None,
    }
    .ok_or(NotADay::No)
}

fn in_month(day: u32) -> Option<u32> {
    (1..=31).contains(&day).then_some(day)
}

fn month_number(s: &str) -> Option<u32> {
    number(s, 2).filter(|m| (1..=12).contains(m))
}

/// `8dec` apart, `dec8` apart; `8th` stays.
fn apart(word: &str) -> Vec<&str> {
    let at = if word.starts_with(|c: char| c.is_ascii_digit()) {
        word.find(|c: char| !c.is_ascii_digit())
    } else {
        word.find(|c: char| c.is_ascii_digit())
    };
    match at.map(|at| word.split_at(at)) {
        Some((a, b)) if month(a).is_some() || month(b).is_some() => vec![a, b],
        _ => vec![word],
    }
}

/// `25/12`, `12/25/2026`, `2026/12/25`: a date if only one reading is one.
fn slashed(word: &str, weekday: Option<Weekday>) -> Result<Day, NotADay> {
    let parts: Vec<&str> = word.split('/').collect();
    let (a, b, year) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => {
            return match (number(d, 2).and_then(in_month), month_number(m), year(y, false)) {
                (Some(day), Some(month), year @ Some(_)) => Ok(Day::Date { weekday, day, month, year }),
                _ => Err(NotADay::No),
            };
        }
        [a, b] => (a, b, None),
        [a, b, y] => (a, b, Some(year(y, true).ok_or(NotADay::No)?)),
        _ => return Err(NotADay::No),
    };
    let (a, b) = number(a, 2).zip(number(b, 2)).ok_or(NotADay::No)?;
    let reading = |day, month| {
        NaiveDate::from_ymd_opt(year.unwrap_or(2000), month, day).map(|_| Day::Date {
            weekday,
            day,
            month,
            year,
        })
    };
    match (reading(a, b), reading(b, a)) {
        (Some(one), Some(other)) if one != other => Err(NotADay::Two([one, other])),
        (Some(day), _) | (None, Some(day)) => Ok(day),
        (None, None) => Err(NotADay::No),
    }
}

/// The time of day that folded `words` begin with, and how many of them it takes: `8pm`, `8 p.m.`,
/// `8.30pm`, `20:00`, `20h00`, `20.00`, `noon`, `12 midnight`. A bare number is none.
pub(super) fn clock(words: &[&str]) -> Option<(NaiveTime, usize)> {
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
    let first = words.first()?.trim_end_matches([',', ';']);
    let second = words.get(1).map(|w| w.trim_end_matches([',', ';']));
    match (first, second) {
        ("noon" | "midday", _) => return Some((at(12, 0)?, 1)),
        ("midnight", _) => return Some((at(0, 0)?, 1)),
        ("12", Some("noon" | "midday")) => return Some((at(12, 0)?, 2)),
        ("12", Some("midnight")) => return Some((at(0, 0)?, 2)),
        _ => {}
    }
    let half = |s: &str| match s {
        "am" | "a.m." | "a.m" => Some(0),
        "pm" | "p.m." | "p.m" => Some(12),
        _ => None,
    };
    let split = first.find(|c: char| !c.is_ascii_digit()).unwrap_or(first.len());
    let (hour, rest) = first.split_at(split);
    let hour = number(hour, 2)?;
    // A separator and two digits, then perhaps a half; or the half at once.
    let mut chars = rest.chars();
    let separated = matches!(chars.next(), Some(':' | '.' | 'h' | '：')).then(|| chars.as_str());
    let minutes =
        separated.and_then(|m| m.get(..2)).and_then(|m| (m.len() == 2).then(|| number(m, 2)).flatten());
    let (minute, rest) = match (minutes, separated) {
        (Some(minute), Some(s)) => (Some(minute), &s[2..]),
        (None, Some("")) if rest == "h" => (Some(0), ""),
        _ => (None, rest),
    };
    let (half, taken) = match (rest, second.and_then(half)) {
        ("", Some(half)) => (Some(half), 2),
        ("", None) => (None, 1),
        (rest, _) => (Some(half(rest)?), 1),
    };
    let time = match half {
        Some(half) => (1..=12).contains(&hour).then(|| at(hour % 12 + half, minute.unwrap_or(0)))?,
        None => at(hour, minute?),
    }?;
    Some((time, taken))
}

/// A time of day and nothing else.
pub(super) fn time(s: &str) -> Option<NaiveTime> {
    let folded = fold(s);
    let words: Vec<&str> = folded.split_whitespace().skip_while(|w| matches!(*w, "at" | "@")).collect();
    clock(&words).filter(|(_, taken)| *taken == words.len()).map(|(time, _)| time)
}

/// A day, a time, or both in either order: `26 Dec 19:00`, `7pm on Thursday`. `Ok(None)` where it is
/// none of these.
pub(super) fn when(s: &str) -> Result<Option<When>, [Day; 2]> {
    let folded = fold(s);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let on = |words: &[&str]| {
        let words = words.iter().position(|w| *w != "on").map_or(&words[..0], |at| &words[at..]);
        match day(&words.join(" ")) {
            Ok(day) => Ok(Some(day)),
            Err(NotADay::Two(readings)) => Err(readings),
            Err(NotADay::No) => Ok(None),
        }
    };
    if let Some(time) = time(&folded) {
        return Ok(Some(When::At(time)));
    }
    if let Some(day) = on(&words)? {
        return Ok(Some(When::On(day)));
    }
    let skip = words.iter().take_while(|w| matches!(**w, "at" | "@")).count();
    if let Some((time, taken)) = clock(&words[skip..]) {
        return Ok(on(&words[skip + taken..])?.map(|day| When::OnAt(day, time)));
    }
    for count in [2, 1] {
        let Some(at) = words.len().checked_sub(count) else { continue };
        if let Some((time, taken)) = clock(&words[at..])
            && taken == count
        {
            let before =
                words[..at].iter().rposition(|w| !matches!(*w, "at" | "@" | ",")).map_or(0, |p| p + 1);
            return Ok(on(&words[..before])?.map(|day| When::OnAt(day, time)));
        }
    }
    Ok(None)
}

/// A length of time and nothing else, in whole minutes: `3m`, `3 minutes`, `1h30`, `1.5h`, `a day`,
/// `half an hour`. A bare number is minutes where `bare` says so.
pub(super) fn length(s: &str, bare: bool) -> Result<Duration, NotALength> {
    let folded = fold(s);
    let mut total: i64 = 0;
    let mut pending: Option<Amount> = None;
    // Minutes of the last unit, so that `1h30` goes on in minutes.
    let mut last: Option<i64> = None;
    let mut half = false;
    for piece in pieces(&folded) {
        match piece {
            "and" | "," | "." => {}
            "half" if pending.is_none() && !half => half = true,
            "a" | "an" if pending.is_none() => pending = Some(Amount { hundredths: 100 }),
            piece if piece.starts_with(|c: char| c.is_ascii_digit()) => {
                if pending.is_some() || half {
                    return Err(NotALength::No);
                }
                pending = Some(Amount::read(piece).ok_or(NotALength::No)?);
            }
            piece if pending.is_none() && !half && number_word(piece).is_some() => {
                pending = number_word(piece).map(|n| Amount { hundredths: i64::from(n) * 100 });
            }
            piece => {
                let unit: i64 = match piece {
                    "m" | "min" | "mins" | "minute" | "minutes" => 1,
                    "h" | "hr" | "hrs" | "hour" | "hours" => 60,
                    "d" | "day" | "days" => 24 * 60,
                    "w" | "wk" | "wks" | "week" | "weeks" => 7 * 24 * 60,
                    "s" | "sec" | "secs" | "second" | "seconds" => return Err(NotALength::Seconds),
                    _ => return Err(NotALength::No),
                };
                let amount = match (pending.take(), half) {
                    (Some(amount), false) => amount.hundredths,
                    (Some(Amount { hundredths: 100 }) | None, true) => 50,
                    _ => return Err(NotALength::No),
                };
                half = false;
                // Larger units first, each once.
                if last.is_some_and(|last| last <= unit) {
                    return Err(NotALength::No);
                }
                let hundredths = amount * unit;
                if hundredths % 100 != 0 {
                    return Err(NotALength::Seconds);
                }
                total += hundredths / 100;
                last = Some(unit);
            }
        }
    }
    match (pending, last) {
        (_, _) if half => return Err(NotALength::No),
        (Some(amount), Some(60)) if amount.hundredths % 100 == 0 && amount.hundredths < 6000 => {
            total += amount.hundredths / 100;
        }
        (Some(amount), None) if bare && amount.hundredths % 100 == 0 => total = amount.hundredths / 100,
        (None, Some(_)) => {}
        _ => return Err(NotALength::No),
    }
    Ok(Duration::minutes(total))
}

/// A number with up to two decimals, below a million.
#[derive(Clone, Copy)]
struct Amount {
    hundredths: i64,
}

impl Amount {
    fn read(s: &str) -> Option<Amount> {
        let (whole, part) = s.split_once('.').unwrap_or((s, "0"));
        let scale = if part.len() == 1 { 10 } else { 1 };
        let hundredths = i64::from(number(whole, 6)?) * 100 + i64::from(number(part, 2)?) * scale;
        Some(Amount { hundredths })
    }
}

/// `one` to `twelve`.
pub(super) fn number_word(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.iter().zip(1..).find(|(w, _)| **w == word).map(|(_, n)| n)
}

/// Numbers and words, each by itself: `1h30` is `1`, `h`, `30`.
fn pieces(s: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in s.split_whitespace() {
        let mut rest = word;
        while let Some(c) = rest.chars().next() {
            let end = if c.is_ascii_digit() {
                rest.find(|c: char| !c.is_ascii_digit() && c != '.')
            } else if c.is_alphabetic() {
                rest.find(|c: char| !c.is_alphabetic())
            } else {
                Some(c.len_utf8())
            };
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            found.push(piece);
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("a date")
    }

    #[test]
    fn days_as_people_type_them() {
        for (typed, shown) in [
            ("8 Dec", "8 Dec"),
            ("Tue 8 Dec", "Tue 8 Dec"),
            ("Tuesday, 8 December 2027", "Tue 8 Dec 2027"),
            ("2026-12-08", "8 Dec 2026"),
            ("Dec 8", "8 Dec"),
            ("dec 8th, 2026", "8 Dec 2026"),
            ("the 8th of December", "8 Dec"),
            ("8dec", "8 Dec"),
            ("Dec8", "8 Dec"),
            ("8-Dec-2026", "8 Dec 2026"),
            ("8 Sept.", "8 Sep"),
            ("8.12.2026", "8 Dec 2026"),
            ("8.12.", "8 Dec"),
            ("25/12", "25 Dec"),
            ("12/25", "25 Dec"),
            ("12/12", "12 Dec"),
            ("25/12/26", "25 Dec 2026"),
            ("2026/12/08", "8 Dec 2026"),
            ("30 Feb", "30 Feb"),
            ("Tuesday", "Tuesday"),
            ("weds", "Wednesday"),
            ("next tuesday", "next Tuesday"),
            ("this Thursday", "Thursday"),
            ("tomorrow", "tomorrow"),
            ("TODAY", "today"),
        ] {
            assert_eq!(day(typed).map(|d| d.to_string()), Ok(shown.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_day() {
        for typed in [
            "",
            "8",
            "Dec",
            "32 Dec",
            "0 Dec",
            "8 Dec 26",
            "8 Dec 1999",
            "the",
            "8.12",
            "2.0",
            "30/2",
            "1/1/1/1",
            "next",
            "next week",
            "Mars",
            "8 Dec 9 Dec",
            "31/31",
            "2026-13-01",
            "2026-12",
            "x/y",
            "٨ Dec",
            "8 Décembre",
        ] {
            assert_eq!(day(typed), Err(NotADay::No), "{typed}");
        }
    }

    #[test]
    fn two_dates_are_asked_back() {
        for (typed, readings) in [
            ("1/12", ["1 Dec", "12 Jan"]),
            ("01/12/2026", ["1 Dec 2026", "12 Jan 2026"]),
            ("Tue 1/12", ["Tue 1 Dec", "Tue 12 Jan"]),
        ] {
            match day(typed) {
                Err(NotADay::Two(two)) => assert_eq!(two.map(|d| d.to_string()), readings),
                other => panic!("{typed}: {other:?}"),
            }
        }
    }

    #[test]
    fn days_become_the_nearest_date() {
        // Tuesday.
        let today = date(2026, 11, 24);
        for (typed, found) in [
            ("8 Dec", Ok(date(2026, 12, 8))),
            ("24 Nov", Ok(today)),
            ("23 Nov", Ok(date(2027, 11, 23))),
            ("5 Jan", Ok(date(2027, 1, 5))),
            ("30 Feb", Err(NoSuchDay::NotADate)),
            ("29 Feb", Err(NoSuchDay::TooFar)),
            ("29 Feb 2027", Err(NoSuchDay::NotADate)),
            ("24 Nov 2027", Ok(date(2027, 11, 24))),
            ("25 Nov 2027", Err(NoSuchDay::TooFar)),
            ("2026-11-23", Err(NoSuchDay::Past(date(2026, 11, 23)))),
            ("Tue 8 Dec", Ok(date(2026, 12, 8))),
            ("Wed 8 Dec", Err(NoSuchDay::OtherWeekday(date(2026, 12, 8)))),
            ("Tuesday", Ok(today)),
            ("next Tuesday", Ok(date(2026, 12, 1))),
            ("Monday", Ok(date(2026, 11, 30))),
            ("next Monday", Ok(date(2026, 11, 30))),
            ("today", Ok(today)),
            ("tomorrow", Ok(date(2026, 11, 25))),
        ] {
            assert_eq!(day(typed).expect(typed).find(today), found, "{typed}");
        }
        assert_eq!(day("29 Feb").expect("a day").resolve(date(2027, 3, 1)), Some(date(2028, 2, 29)));
        assert_eq!(Day::Tomorrow.resolve(NaiveDate::MAX), None);
    }

    #[test]
    fn the_nth_is_the_next_such_day() {
        let today = date(2026, 11, 24);
        for (typed, found) in [
            ("the 12th", Ok(date(2026, 12, 12))),
            ("24th", Ok(today)),
            ("the 31st", Ok(date(2026, 12, 31))),
            ("Sat the 12th", Ok(date(2026, 12, 12))),
            ("Tuesday the 12th", Err(NoSuchDay::OtherWeekday(date(2026, 12, 12)))),
        ] {
            let read = day(typed).expect(typed);
            assert_eq!(read.find(today), found, "{typed}");
            assert_eq!(day(&read.to_string()), Ok(read), "{typed}");
        }
        assert_eq!(day("the 30th").expect("a day").find(date(2027, 2, 1)), Ok(date(2027, 3, 30)));
    }

    #[test]
    fn what_has_just_been_is_not_next_years() {
        let today = date(2026, 11, 24);
        let just = |d| Err(NoSuchDay::JustPast(date(2026, 11, d), date(2027, 11, d)));
        for (typed, found) in [
            ("23 Nov", just(23)),
            ("24 Nov", Ok(today)),
            ("24 Oct", Err(NoSuchDay::JustPast(date(2026, 10, 24), date(2027, 10, 24)))),
            ("23 Oct", Ok(date(2027, 10, 23))),
            ("23 Nov 2027", Ok(date(2027, 11, 23))),
            ("29 Feb", Err(NoSuchDay::TooFar)),
        ] {
            assert_eq!(day(typed).expect(typed).ahead(today), found, "{typed}");
        }
    }

    #[test]
    fn a_move_counts_from_where_it_starts() {
        let (today, from) = (date(2026, 11, 24), date(2026, 12, 8));
        for (typed, found) in [
            ("Wednesday", Ok(date(2026, 12, 9))),
            ("Tuesday", Ok(from)),
            ("next Tuesday", Ok(date(2026, 12, 15))),
            ("tomorrow", Ok(date(2026, 11, 25))),
            ("7 Dec", Ok(date(2026, 12, 7))),
            ("20 Nov", Err(NoSuchDay::JustPast(date(2026, 11, 20), date(2027, 11, 20)))),
            ("2 Jan", Ok(date(2027, 1, 2))),
            ("the 1st", Ok(date(2026, 12, 1))),
            ("the 30th", Ok(date(2026, 11, 30))),
            ("30 Feb", Err(NoSuchDay::NotADate)),
            ("Tue 9 Dec", Err(NoSuchDay::OtherWeekday(date(2026, 12, 9)))),
            ("20 Nov 2027", Ok(date(2027, 11, 20))),
        ] {
            assert_eq!(day(typed).expect(typed).near(from, today), found, "{typed}");
        }
    }

    #[test]
    fn times_of_day() {
        for (typed, hour, minute) in [
            ("8pm", 20, 0),
            ("8 pm", 20, 0),
            ("8PM", 20, 0),
            ("8 p.m.", 20, 0),
            ("8.30pm", 20, 30),
            ("8:30 pm", 20, 30),
            ("8.30", 8, 30),
            ("20:00", 20, 0),
            ("20h00", 20, 0),
            ("20h", 20, 0),
            ("20.00", 20, 0),
            ("noon", 12, 0),
            ("midnight", 0, 0),
            ("12am", 0, 0),
            ("12pm", 12, 0),
            ("12 noon", 12, 0),
            ("at 7pm", 19, 0),
            ("00:05", 0, 5),
            ("20：00", 20, 0),
            ("9am", 9, 0),
        ] {
            assert_eq!(time(typed), NaiveTime::from_hms_opt(hour, minute, 0), "{typed}");
        }
        for typed in [
            "", "8", "2000", "24:00", "13pm", "0am", "8:3", "8:60", "8:300", "pm", "8pm pm", "8:30x", "8é",
            "at",
        ] {
            assert_eq!(time(typed), None, "{typed}");
        }
    }

    #[test]
    fn lengths() {
        for (typed, minutes) in [
            ("3m", 3),
            ("3 min", 3),
            ("3 minutes", 3),
            ("24h", 1440),
            ("24 h", 1440),
            ("1h30", 90),
            ("1h30m", 90),
            ("1 h 30", 90),
            ("1 hour and 30 minutes", 90),
            ("1.5h", 90),
            ("a day", 1440),
            ("1d", 1440),
            ("an hour", 60),
            ("half an hour", 30),
            ("a week", 10080),
            ("0m", 0),
            ("2 days", 2880),
            ("three minutes", 3),
            ("twelve hours", 720),
            ("3 min.", 3),
            ("three minutes", 3),
        ] {
            assert_eq!(length(typed, false), Ok(Duration::minutes(minutes)), "{typed}");
        }
        for typed in [
            "",
            "3",
            "m",
            "h3",
            "1h90",
            "1m1h",
            "1h1h",
            "3 3m",
            "half",
            "-3m",
            "3 moons",
            "1000000000m",
            "٣m",
        ] {
            assert_eq!(length(typed, false), Err(NotALength::No), "{typed}");
        }
        for typed in ["90s", "90 seconds", "1m30s", "0.5m"] {
            assert_eq!(length(typed, true), Err(NotALength::Seconds), "{typed}");
        }
        assert_eq!(length("3", true), Ok(Duration::minutes(3)));
    }

    #[test]
    fn days_and_times_together() {
        let show = |w: When| match w {
            When::At(t) => format!("{}", t.format("%H:%M")),
            When::On(d) => d.to_string(),
            When::OnAt(d, t) => format!("{d} {}", t.format("%H:%M")),
        };
        for (typed, shown) in [
            ("26 Dec 19:00", "26 Dec 19:00"),
            ("26 Dec at 7 pm", "26 Dec 19:00"),
            ("26 Dec, 7pm", "26 Dec 19:00"),
            ("Dec 26 2026 7pm", "26 Dec 2026 19:00"),
            ("7pm on Thursday", "Thursday 19:00"),
            ("at 7pm tomorrow", "tomorrow 19:00"),
            ("19:00", "19:00"),
            ("Thursday", "Thursday"),
            ("on Thursday", "Thursday"),
            ("Dec 8 8 pm", "8 Dec 20:00"),
        ] {
            assert_eq!(when(typed).expect(typed).map(show), Some(shown.to_owned()), "{typed}");
        }
        for typed in ["", "8", "Dec 8 pm", "on", "at", "at at", "pm", "19:00 20:00"] {
            assert_eq!(when(typed), Ok(None), "{typed}");
        }
        assert!(when("1/12 19:00").is_err());
    }
}

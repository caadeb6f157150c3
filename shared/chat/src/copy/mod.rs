//! Every word Earshot says. Warm, brief, a little playful; never corporate, never gushing: the good
//! host of a small party. Functions take data and give words; who decides does not word, and who
//! words does not decide.

pub mod announce;
pub mod misread;
pub mod refusal;
pub mod reply;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};

use crate::agenda::{Episode, Guest};
use crate::settings::Settings;
use crate::text::{Text, TimeStyle};
use crate::zone::{self, Zone};

/// The chat's local date of an instant.
pub fn local_date(zone: Zone, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// "20:23", in the chat's zone.
pub fn clock(settings: &Settings, at: DateTime<Utc>) -> String {
    zone::clock24(at.with_timezone(&settings.zone).time())
}

/// "Tue 24 Nov", in the chat's zone.
pub fn day(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    zone::day(local_date(settings.zone, at), local_date(settings.zone, now))
}

/// "Tue 24 Nov 20:23".
pub fn day_and_clock(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} {}", day(settings, at, now), clock(settings, at))
}

/// "Tue 24 Nov, 20:00 London": how an instant reads where a platform cannot localise it.
pub fn long_local(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{}, {} {}", day(settings, at, now), clock(settings, at), settings.city)
}

/// The same as a span which each reader sees in their own zone where the platform can.
pub fn when(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    Text::new().time(at, TimeStyle::Full, long_local(settings, at, now))
}

/// One to twelve in words, as in "six questions"; beyond that in digits.
pub fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

/// The first letter in upper case.
pub fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// "one question", "six questions".
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// "3 minutes", "24 hours", "2 hours 30 minutes".
pub fn span(duration: Duration) -> String {
    let minutes = duration.num_minutes();
    let (hours, rest) = (minutes / 60, minutes % 60);
    let part = |n: i64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    match (hours, rest) {
        (0, rest) => part(rest, "minute"),
        (hours, 0) => part(hours, "hour"),
        (hours, rest) => format!("{} {}", part(hours, "hour"), part(rest, "minute")),
    }
}

/// "3m", "24h", "1h30m": as it is typed.
pub fn short_span(duration: Duration) -> String {
    let minutes = duration.num_minutes();
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, rest) => format!("{hours}h{rest}m"),
    }
}

/// Words of ours in which what can be typed stands between `` ` ``.
pub fn ticked(words: &str) -> Text {
    words.split('`').enumerate().fold(Text::new(), |text, (n, part)| match (part, n % 2) {
        ("", _) => text,
        (part, 0) => text.say(part),
        (part, _) => text.code(part),
    })
}

/// "a, b and c".
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "neither a nor b", "neither a, b nor c".
pub fn neither(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => format!("not {one}"),
        [first @ .., last] => format!("neither {} nor {last}", first.join(", ")),
    }
}

/// The guests as they are named to people; on X with the handle of those who agreed to it.
pub fn guests(episode: &Episode, handles: bool) -> String {
    named(&episode.guests.iter().collect::<Vec<_>>(), handles)
}

/// The same of some of them.
pub(crate) fn named(guests: &[&Guest], handles: bool) -> String {
    let named = |guest: &Guest| match (&guest.handle, handles) {
        (Some(handle), true) => format!("{} @{handle}", guest.name),
        _ => guest.name.clone(),
    };
    list(&guests.iter().map(|guest| named(guest)).collect::<Vec<_>>())
}

/// " (with Amina Okoth)" behind a question of a list, where guests come in with it.
pub(crate) fn coming_in(episode: &Episode, position: u32) -> String {
    match crate::invited::named_with(episode, position) {
        guests if guests.is_empty() => String::new(),
        guests => format!(" (with {})", named(&guests, false)),
    }
}

/// "Tomorrow", "Today", or nothing where the day is neither.
pub fn near_day(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<&'static str> {
    let days = local_date(settings.zone, at).signed_duration_since(local_date(settings.zone, now)).num_days();
    match days {
        0 => Some("Today"),
        1 => Some("Tomorrow"),
        _ => None,
    }
}

/// "24 Nov": a date that makes one week's text differ from another's.
pub fn short_date(settings: &Settings, at: DateTime<Utc>) -> String {
    let date = local_date(settings.zone, at);
    format!("{} {}", date.day(), date.format("%b"))
}

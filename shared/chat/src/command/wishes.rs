//! What members type about themselves: where they are, when to be reminded, when not to be disturbed.

use chrono::Duration;

use super::day::{self, length};
use super::slack::fold;
use super::whom::read_handle;
use crate::member::{Quiet, Whereabouts, Wishes};
use crate::personal::{LONGEST, SHORTEST};
use crate::zone::{self, Unplaced};

/// What of it could not be read. The rest counts all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// No such place, or several.
    Place(Unplaced),
    /// No handle on X.
    Handle {
        /// As typed.
        typed: String,
    },
    /// Not a length of time.
    Remind {
        /// As typed.
        typed: String,
    },
    /// A length of time, but shorter or longer than reminders are.
    RemindBounds {
        /// As typed.
        typed: String,
    },
    /// Neither yes nor no.
    Welcome {
        /// As typed.
        typed: String,
    },
    /// Not a stretch of the day.
    Quiet {
        /// As typed.
        typed: String,
    },
}

/// What may be typed for "none".
const NONE: [&str; 10] = ["", "no", "none", "off", "never", "-", "–", "0", "n/a", "nothing"];

fn is_none(typed: &str) -> bool {
    NONE.contains(&fold(typed).trim())
}

/// A place.
///
/// # Errors
/// [`Unread::Place`].
pub fn place(typed: &str) -> Result<Option<Whereabouts>, Unread> {
    if is_none(typed) {
        return Ok(None);
    }
    let (name, zone) = zone::find(typed).map_err(Unread::Place)?;
    Ok(Some(Whereabouts { name, zone }))
}

/// A handle on X without `@`, as a handle or as an address: `@adaokafor`, `https://x.com/adaokafor`.
///
/// # Errors
/// [`Unread::Handle`].
pub fn handle(typed: &str) -> Result<Option<String>, Unread> {
    if is_none(typed) {
        return Ok(None);
    }
    read_handle(typed).map(Some).ok_or_else(|| Unread::Handle { typed: typed.trim().to_owned() })
}

/// How long before: `1h`, `10 minutes before`, `a day`, `none`. A bare number is minutes; `on` is an hour.
///
/// # Errors
/// [`Unread::Remind`], [`Unread::RemindBounds`].
pub fn remind(typed: &str) -> Result<Option<Duration>, Unread> {
    let typed = typed.trim();
    if is_none(typed) {
        return Ok(None);
    }
    let folded = fold(typed);
    if matches!(folded.trim(), "on" | "yes") {
        return Ok(Some(Duration::hours(1)));
    }
    let words = ["before", "ahead", "earlier", "in advance"];
    let bare = words.iter().find_map(|word| folded.strip_suffix(word)).unwrap_or(&folded).trim();
    let before = length(bare, true).map_err(|_| Unread::Remind { typed: typed.to_owned() })?;
    if (SHORTEST..=LONGEST).contains(&before) {
        Ok(Some(before))
    } else {
        Err(Unread::RemindBounds { typed: typed.to_owned() })
    }
}

/// A stretch of the day: `22:00 to 08:00`, `10pm-8am`, `22-8`, `none`.
///
/// # Errors
/// [`Unread::Quiet`].
pub(super) fn quiet(typed: &str) -> Result<Option<Quiet>, Unread> {
    let typed = typed.trim();
    if is_none(typed) {
        return Ok(None);
    }
    let unread = || Unread::Quiet { typed: typed.to_owned() };
    let folded = fold(typed).replace(['–', '—'], "-");
    let folded = folded.trim().strip_prefix("from ").unwrap_or(&folded);
    let halves = [" to ", " until ", " till ", "-"].iter().find_map(|between| folded.split_once(between));
    let (from, until) = halves.ok_or_else(unread)?;
    let (from, until) = (time(from).ok_or_else(unread)?, time(until).ok_or_else(unread)?);
    if from == until { Err(unread()) } else { Ok(Some(Quiet { from, until })) }
}

/// A time of day; a bare number is an hour of twenty-four.
fn time(typed: &str) -> Option<chrono::NaiveTime> {
    let typed = typed.trim();
    day::time(typed).or_else(|| chrono::NaiveTime::from_hms_opt(typed.parse().ok()?, 0, 0))
}

/// Whether they would like to be greeted: `yes`, `ok`, `please`; nothing typed is no.
///
/// # Errors
/// [`Unread::Welcome`].
fn welcome(typed: &str) -> Result<bool, Unread> {
    const YES: [&str; 12] = [
        "yes",
        "y",
        "yes please",
        "yes, please",
        "please",
        "ok",
        "okay",
        "sure",
        "yep",
        "true",
        "on",
        "gladly",
    ];
    let folded = fold(typed);
    let bare = folded.trim().trim_end_matches(['!', '.']);
    match bare {
        _ if is_none(bare) || matches!(bare, "n" | "no thanks" | "no, thanks" | "nope") => Ok(false),
        _ if YES.contains(&bare) => Ok(true),
        _ => Err(Unread::Welcome { typed: typed.trim().to_owned() }),
    }
}

/// What was typed into the form of a member; a part that cannot be read stays as it `was`.
pub fn wishes(value: impl Fn(&str) -> String, was: &Wishes) -> (Wishes, Vec<Unread>) {
    let mut unread = Vec::new();
    let mut kept = was.clone();
    match place(&value("place")) {
        Ok(place) => kept.place = place,
        Err(why) => unread.push(why),
    }
    match remind(&value("remind")) {
        Ok(remind) => kept.remind = remind,
        Err(why) => unread.push(why),
    }
    match quiet(&value("quiet")) {
        Ok(quiet) => kept.quiet = quiet,
        Err(why) => unread.push(why),
    }
    match welcome(&value("welcome")) {
        Ok(welcome) => kept.welcome = welcome,
        Err(why) => unread.push(why),
    }
    (kept, unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(quiet: Quiet) -> (String, String) {
        (zone::clock24(quiet.from), zone::clock24(quiet.until))
    }

    #[test]
    fn quiet_hours_are_read_as_people_write_them() {
        for typed in [
            "22:00 to 08:00",
            "10pm-8am",
            "22-8",
            "from 22:00 until 8:00",
            "22:00 – 08:00",
            "10 PM till 8 am",
        ] {
            let read = quiet(typed).ok().flatten().map(hours);
            assert_eq!(read, Some(("22:00".to_owned(), "08:00".to_owned())), "{typed}");
        }
        for none in ["", " ", "None", "off", "–"] {
            assert_eq!(quiet(none), Ok(None), "{none:?}");
        }
        for bad in ["22:00", "night", "22 to 22", "25-8", "8am to"] {
            assert_eq!(quiet(bad), Err(Unread::Quiet { typed: bad.to_owned() }));
        }
    }

    #[test]
    fn nobody_is_greeted_without_a_yes() {
        for yes in ["yes", " Yes! ", "ok", "YES PLEASE", "sure."] {
            assert_eq!(welcome(yes), Ok(true), "{yes:?}");
        }
        for no in ["", " ", "no", "No.", "never", "no thanks", "n"] {
            assert_eq!(welcome(no), Ok(false), "{no:?}");
        }
        for neither in ["perhaps", "yes and no", "1h"] {
            assert_eq!(welcome(neither), Err(Unread::Welcome { typed: neither.to_owned() }));
        }
    }

    #[test]
    fn a_reminder_is_a_length_of_time() {
        for (typed, minutes) in [
            ("1h", 60),
            ("10 min before", 10),
            ("30", 30),
            ("a day", 1440),
            ("on", 60),
            ("half an hour ahead", 30),
        ] {
            assert_eq!(remind(typed), Ok(Some(Duration::minutes(minutes))), "{typed}");
        }
        assert_eq!(remind("off"), Ok(None));
        for (typed, why) in [
            ("soon", Unread::Remind { typed: "soon".to_owned() }),
            ("2 min", Unread::RemindBounds { typed: "2 min".to_owned() }),
            ("3 days", Unread::RemindBounds { typed: "3 days".to_owned() }),
        ] {
            assert_eq!(remind(typed), Err(why));
        }
    }
}

//! Rehearsals: what the one who asked reads, what stands on each message, what a button says that does nothing.

use chrono::{DateTime, Duration, Utc};

use crate::action::Action;
use crate::agenda::Episode;
use crate::copy::{clock, count, day, list, long_local, number, sentence};
use crate::name::{Place, Platform};
use crate::rehearsal::{Cut, Rehearsal};
use crate::settings::Settings;
use crate::text::{Message, Span, Text};

/// What a rehearsal plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// How many moments.
    pub moments: usize,
    /// How many there are beside them, which are too many for a rehearsal.
    pub left_out: usize,
    /// From the first to the last.
    pub takes: Duration,
    /// Whether stand-ins are played for questions that nobody has written yet.
    pub unwritten: bool,
}

/// "#tryout", or the way to a channel in Discord, which Slack cannot name.
fn room(place: &Place) -> Text {
    match place.platform {
        Platform::Discord => Text::new().span(Span::Link {
            label: "that channel in Discord".to_owned(),
            url: format!("https://discord.com/channels/{}/{}", place.home, place.channel),
        }),
        Platform::Slack | Platform::X => Text::new().span(Span::Channel(place.clone())),
    }
}

/// "three minutes", "about two minutes".
fn about(takes: Duration) -> String {
    let minutes = usize::try_from((takes.num_seconds() + 30) / 60).unwrap_or_default();
    let minutes = match minutes {
        0 | 1 => "a minute".to_owned(),
        n => count(n, "minute", "minutes"),
    };
    if takes.num_seconds() % 60 == 0 { minutes } else { format!("about {minutes}") }
}

/// What stands on each message of a rehearsal, with the time at which it is said on the night.
pub fn rehearsal_mark(settings: &Settings, due: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    Text::new().italic(format!("Rehearsal · {}", long_local(settings, due, now))).line()
}

/// A question that nobody has written yet, the first to the third.
pub fn stand_in(n: u32) -> String {
    let which = ["first", "second", "third"].get(n.saturating_sub(1) as usize).copied().unwrap_or("next");
    format!("Your {which} question will stand here.")
}

/// After `rehearse`.
pub fn rehearsing(
    settings: &Settings,
    episode: &Episode,
    place: &Place,
    played: Played,
    now: DateTime<Utc>,
) -> Message {
    let moments = count(played.moments, "moment", "moments");
    let left_out = match played.left_out {
        0 => String::new(),
        n => format!(" (without {} in the middle)", number(n)),
    };
    let mut text = Text::plain(format!("Playing {} in ", day(settings, episode.starts, now)))
        .then(room(place))
        .say(format!(
            ": {moments}{left_out} in {}, as it stands now. Nothing of it counts, nobody is pinged, and X hears \
             nothing. ",
            about(played.takes)
        ))
        .code("/chat rehearse stop")
        .say(" ends it.");
    let mut missing = super::missing(settings, episode);
    if played.unwritten {
        missing.retain(|what| !what.contains("question"));
        text = text
            .say(" No questions yet, so three stand-ins show where they come. Next: ")
            .code("/chat ask …");
    }
    if !missing.is_empty() {
        text = text.say(format!(" {}.", sentence(&list(&missing))));
    }
    text.into()
}

/// Asks in which channel. `offered` is one that would do.
pub fn rehearse_where(
    settings: &Settings,
    episode: &Episode,
    offered: Option<&Place>,
    now: DateTime<Utc>,
) -> Message {
    let text = Text::plain(format!(
        "Where shall I play {}? Name a channel that I am in: ",
        day(settings, episode.starts, now)
    ))
    .code("/chat rehearse #channel")
    .say(", and one in Discord by its link (right click, Copy Link).");
    match offered {
        Some(place) if settings.desk.as_ref() == Some(place) => {
            text.say(" The desk would do too: ").then(room(place)).say(".")
        }
        Some(place) => text.say(" Last time it was ").then(room(place)).say("."),
        None => text,
    }
    .into()
}

/// One plays already.
pub fn rehearsal_plays(settings: &Settings, rehearsal: &Rehearsal) -> Message {
    Text::plain("A rehearsal plays in ")
        .then(room(&rehearsal.place))
        .say(format!(
            " until {}. Wait for its end, or make one: ",
            clock(settings, rehearsal.ends() + Duration::seconds(59))
        ))
        .code("/chat rehearse stop")
        .into()
}

/// In `status`, while one plays.
pub fn rehearsal_status(rehearsal: &Rehearsal, now: DateTime<Utc>) -> Text {
    let all = number(rehearsal.moments.len());
    let so_far = match rehearsal.said(now) {
        0 => "none".to_owned(),
        n => number(n),
    };
    Text::plain(" A rehearsal plays in ")
        .then(room(&rehearsal.place))
        .say(format!(", {so_far} of {all} so far."))
}

/// After `rehearse stop`.
pub fn rehearsal_stopped(rehearsal: &Rehearsal, now: DateTime<Utc>) -> Message {
    let (so_far, all) = (rehearsal.said(now), number(rehearsal.moments.len()));
    match so_far {
        0 => Text::plain("Stopped before it began. Nothing stands in ").then(room(&rehearsal.place)).say("."),
        n => Text::plain(format!("Stopped after {} of {all}. What stands in ", number(n)))
            .then(room(&rehearsal.place))
            .say(" stays."),
    }
    .into()
}

/// Adds to an answer that the rehearsal has ended with what was done.
#[must_use]
pub fn rehearsal_cut(text: Text, place: &Place, cut: Cut) -> Text {
    // Under a list, not behind its last line.
    let text = if text.0.contains(&Span::Break) { text.line() } else { text.say(" ") };
    let why = match cut {
        Cut::Moved => " ends with that: its times were the old ones.",
        Cut::Room => " ends with that: people there would take it for real.",
        Cut::Retired | Cut::Opens | Cut::Skipped => " ends with that.",
    };
    text.say("The rehearsal in ").then(room(place)).say(why)
}

/// Its channel did not take it.
pub fn rehearsal_unplayed(settings: &Settings, place: &Place, why: &str) -> Text {
    let text = Text::plain(format!("I had to end the rehearsal of {} in ", settings.tag()))
        .then(room(place))
        .say(format!(": {why}. "));
    match place.platform {
        Platform::Discord => {
            text.say("Put that right, or take another channel in which I may write, and rehearse once more.")
        }
        Platform::Slack | Platform::X => text
            .say("Put that right, or take another channel that I am in (")
            .code("/invite @earshot")
            .say("), and rehearse once more."),
    }
}

/// Why a channel did not take it: the link that named it claims another server.
pub fn rehearsal_elsewhere() -> &'static str {
    "the link says that it is in another server than it is"
}

/// Why a channel did not take it: for Earshot it is not there. So a private one looks from outside.
pub fn rehearsal_unseen() -> &'static str {
    "I cannot see that channel"
}

/// A button in a rehearsal was pressed.
pub fn rehearsed(settings: &Settings, button: &Action) -> Text {
    let on_the_night = match button {
        Action::Join(_) => format!("On the night this makes people members of {}.", settings.tag()),
        Action::Answer(..) => "On the night this opens a form, and every room hears the answer.".to_owned(),
        Action::Hello(_) => "On the night people say hello with this, and every room hears them.".to_owned(),
        _ => "On the night it does what it says.".to_owned(),
    };
    Text::plain(format!("This is a rehearsal, so nothing is kept. {on_the_night}"))
}

/// After `rehearse`, for the desk.
pub fn did_rehearse(settings: &Settings, episode: &Episode, place: &Place, now: DateTime<Utc>) -> Text {
    Text::plain(format!("rehearses {} in ", day(settings, episode.starts, now))).then(room(place)).say(".")
}

/// After `rehearse stop`, for the desk.
pub fn did_stop_rehearsing() -> Text {
    Text::plain("stopped the rehearsal.")
}

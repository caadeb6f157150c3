//! Dates: skipped, moved, added, previewed.

use chrono::{DateTime, NaiveDate, Utc};

use crate::agenda::{Episode, State};
use crate::copy::{clock, day, day_and_clock, list, local_date, number, sentence, short_date};
use crate::cue::Kind;
use crate::settings::Settings;
use crate::steer::Moment;
use crate::text::{Message, Span, Text};
use crate::zone::{self, Landing};

/// When a notice is said: "I'll say so Mon 28 Dec, 20:00."
fn will_say(settings: &Settings, episode: &Episode, speaks: bool, now: DateTime<Utc>) -> String {
    match &episode.notice {
        Some(_) if !speaks => "There is no room to say so in yet.".to_owned(),
        Some(notice) if notice.due <= now => "Saying so in every room now.".to_owned(),
        Some(notice) => {
            format!("I'll say so {}, {}.", day(settings, notice.due, now), clock(settings, notice.due))
        }
        None => String::new(),
    }
}

/// After `skip`.
pub fn skipped(
    settings: &Settings,
    episodes: &[Episode],
    range: Option<(NaiveDate, NaiveDate)>,
    back: Option<DateTime<Utc>>,
    speaks: bool,
    now: DateTime<Utc>,
) -> Message {
    let today = local_date(settings.zone, now);
    let back = back.map(|at| format!("; back {}", day(settings, at, now))).unwrap_or_default();
    let lead = match (range, episodes.first()) {
        (Some((from, to)), _) => {
            format!("No chat from {} to {}{back}.", zone::day(from, today), zone::day(to, today))
        }
        (None, Some(episode)) => format!("No chat {}{back}.", day(settings, episode.starts, now)),
        (None, None) => "Nothing to skip.".to_owned(),
    };
    let say = episodes.first().map(|e| will_say(settings, e, speaks, now)).unwrap_or_default();
    let kept = match episodes.iter().filter(|e| !e.questions.is_empty() || e.topic.is_some()).count() {
        0 => "",
        _ => " What was prepared is kept: Undo brings it back.",
    };
    Text::plain(format!("{lead} {say}{kept}")).into()
}

/// After `reschedule`.
pub fn moved(
    settings: &Settings,
    episode: &Episode,
    was: DateTime<Utc>,
    landing: &Landing,
    speaks: bool,
    now: DateTime<Utc>,
) -> Message {
    let mut words = format!(
        "{} moves to {} {}. {}",
        day_and_clock(settings, was, now),
        day_and_clock(settings, episode.starts, now),
        settings.city,
        will_say(settings, episode, speaks, now)
    );
    match landing {
        Landing::Plain => {}
        Landing::InGap { .. } => {
            words.push_str(" Clocks spring forward over that time, so it starts at the first minute after.");
        }
        Landing::InFold => {
            words.push_str(" Clocks go back that night and the time comes twice: I take the first.");
        }
    }
    Text::plain(words).into()
}

/// After `add`.
pub fn added(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    Text::plain(format!("Added: {} {}. Next: ", day_and_clock(settings, episode.starts, now), settings.city))
        .code(format!("/chat topic … on {}", local_date(settings.zone, episode.starts).format("%-d %b")))
        .into()
}

/// A notice was called for now. Once it is out, Undo has gone with the message it stood under; the way
/// back is a command.
pub fn announcing(settings: &Settings, episode: &Episode, was: DateTime<Utc>) -> Message {
    let text = Text::plain("Saying so now, in every room. ");
    let (was_on, is_on) = (short_date(settings, was), short_date(settings, episode.starts));
    match episode.state {
        State::Cancelled => text.say("To have it after all: ").code(format!("/chat add {is_on}")),
        _ => text
            .say("To move it back: ")
            .code(format!("/chat reschedule {is_on} to {was_on} {}", clock(settings, was))),
    }
    .into()
}

/// A moment's name in a preview; `None` for what only organisers hear.
pub fn moment(episode: &Episode, kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Reminder { before, .. } => {
            format!("Reminder, {} before", crate::copy::span(chrono::Duration::minutes(*before)))
        }
        Kind::Nudge { .. } => return None,
        Kind::Notice { .. } if episode.state == State::Cancelled => "Notice: no chat".to_owned(),
        Kind::Notice { .. } => "Notice: new date".to_owned(),
        Kind::Open => "Opening".to_owned(),
        Kind::Question(id) => format!("Q{}", episode.position(*id)?),
        Kind::Close => "Close".to_owned(),
    })
}

/// Every text for every room with its time.
pub fn preview(settings: &Settings, episode: &Episode, moments: &[Moment], now: DateTime<Utc>) -> Message {
    let mut rooms: Vec<String> = settings.speaking().map(|d| d.place.platform.to_string()).collect();
    rooms.sort();
    rooms.dedup();
    let missing = missing(settings, episode);
    let lead = format!(
        "{}: {}, {}, {}.",
        day(settings, episode.starts, now),
        plural(moments.len(), "moment"),
        if rooms.is_empty() { "no room yet".to_owned() } else { plural(rooms.len(), "room") },
        if missing.is_empty() { "nothing missing".to_owned() } else { list(&missing) },
    );
    let mut text = Text::new().bold(sentence(&lead));
    if rooms.is_empty() {
        text = text.say(" Next: ").code("/chat connect slack");
    }
    for moment in moments {
        text = text.line().line().bold(format!(
            "{} {} · {}",
            day(settings, moment.at, now),
            clock(settings, moment.at),
            moment.what
        ));
        for (platform, name, message) in &moment.said {
            text = text.line().italic(format!("{platform} ({name})")).say(" ");
            // In a preview a role is named, not pinged.
            let words = message.text.0.iter().map(|span| match span {
                Span::Role(_) => Span::Plain("@members".to_owned()),
                other => other.clone(),
            });
            text.0.extend(words);
            if *platform == crate::name::Platform::X {
                let length = crate::weigh::weighted_length(&message.text.words());
                text = text.italic(format!(" {length}/{}", crate::weigh::LIMIT));
            }
            for button in &message.buttons {
                text = text.say(format!(" [{}]", button.label));
            }
        }
    }
    text.into()
}

fn plural(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", number(n), if n == 1 { "" } else { "s" })
}

/// What an episode still lacks.
fn missing(settings: &Settings, episode: &Episode) -> Vec<String> {
    let mut missing = Vec::new();
    if episode.topic.is_none() {
        missing.push("no topic yet".to_owned());
    }
    if episode.questions.is_empty() {
        missing.push("no questions yet".to_owned());
    }
    for (question, n) in episode.questions.iter().zip(1..) {
        if question.asked.is_none() && question.due.is_none() && settings.length == episode.length {
            missing.push(format!("no room for Q{n}"));
        }
    }
    missing
}

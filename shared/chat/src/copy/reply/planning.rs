//! Dates: skipped, moved, added, previewed.

use chrono::{DateTime, NaiveDate, Utc};

use crate::agenda::{Episode, State};
use crate::command::Verb;
use crate::copy::{clock, day, day_and_clock, list, local_date, neither, number, sentence, short_date};
use crate::cue::Kind;
use crate::settings::Settings;
use crate::steer::Moment;
use crate::text::{Message, Span, Text};
use crate::zone::{self, Landing};

/// When a notice is said, to go on with: " I'll say so Mon 28 Dec, 20:00."
fn will_say(settings: &Settings, episode: &Episode, speaks: bool, now: DateTime<Utc>) -> String {
    match &episode.notice {
        Some(_) if !speaks => " There is no room to say so in yet.".to_owned(),
        Some(notice) if notice.due <= now => " Saying so in every room now.".to_owned(),
        Some(notice) => {
            format!(" I'll say so {}, {}.", day(settings, notice.due, now), clock(settings, notice.due))
        }
        None => String::new(),
    }
}

/// Adds to an answer that what it did is said in public, and when.
#[must_use]
pub fn and_say_so(
    text: Text,
    settings: &Settings,
    episode: &Episode,
    speaks: bool,
    now: DateTime<Utc>,
) -> Text {
    let say = will_say(settings, episode, speaks, now);
    // Under a list, not behind its last line.
    if text.0.contains(&Span::Break) { text.line().say(say.trim_start()) } else { text.say(say) }
}

/// " It overlaps Tue 24 Nov 20:00, …", to go on with.
fn overlap(settings: &Settings, beside: Option<&Episode>, now: DateTime<Utc>) -> String {
    beside.map_or_else(String::new, |beside| {
        format!(
            " It overlaps {}, which lasts until {}; while both are on, commands and posts go to the later one.",
            day_and_clock(settings, beside.starts, now),
            clock(settings, beside.ends())
        )
    })
}

/// Asks which of several on one day.
pub fn which_of(settings: &Settings, starts: &[DateTime<Utc>], now: DateTime<Utc>) -> Message {
    let on = starts.first().map(|at| format!(" on {}", day(settings, *at, now))).unwrap_or_default();
    Text::plain(format!("{} chats{on}. Which one?", sentence(&number(starts.len())))).into()
}

/// Asks whether the day that a text ends with belongs to it, after why it is no date. With the label of the
/// button that says so.
pub fn or_part_of_it(why: Text, typed: &str, verb: Verb) -> (Message, &'static str) {
    let text = match verb {
        Verb::Topic => "the topic",
        Verb::Guest => "what you say of them",
        _ => "the question",
    };
    (why.say(format!(" Or is “{typed}” part of {text}?")).into(), "It is part of it")
}

/// Says that the end of a text was read as its date.
#[must_use]
pub fn read_as_date(text: Text, typed: &str) -> Text {
    // Under a question's words, which end an answer in a line of their own.
    let ends_bold = matches!(text.0.last(), Some(Span::Bold(_)));
    let text = if ends_bold { text.line() } else { text.say(" ") };
    text.say(format!("“{typed}” I took for the date; in quotes it is part of the text."))
}

/// After `skip`. `one_of` several on its day is named with its time.
pub fn skipped(
    settings: &Settings,
    episodes: &[Episode],
    range: Option<(NaiveDate, NaiveDate)>,
    one_of: bool,
    back: Option<DateTime<Utc>>,
    speaks: bool,
    now: DateTime<Utc>,
) -> Message {
    let today = local_date(settings.zone, now);
    let off = match (range, episodes) {
        (Some((from, to)), _) => format!("from {} to {}", zone::day(from, today), zone::day(to, today)),
        (None, [one]) if one_of => day_and_clock(settings, one.starts, now),
        (None, [one]) => day(settings, one.starts, now),
        (None, [first, ..]) => {
            let times: Vec<String> = episodes.iter().map(|e| clock(settings, e.starts)).collect();
            format!("{}, {}", day(settings, first.starts, now), neither(&times))
        }
        (None, []) => return Text::plain("Nothing to skip.").into(),
    };
    let same_day = |at: DateTime<Utc>| {
        episodes.iter().any(|e| local_date(settings.zone, e.starts) == local_date(settings.zone, at))
    };
    let back = match back {
        Some(at) if same_day(at) => format!("; back {}", day_and_clock(settings, at, now)),
        Some(at) => format!("; back {}", day(settings, at, now)),
        None => String::new(),
    };
    let say = episodes.iter().find(|e| e.notice.is_some());
    let say = say.map(|e| will_say(settings, e, speaks, now)).unwrap_or_default();
    let kept = match episodes.iter().filter(|e| !e.questions.is_empty() || e.topic.is_some()).count() {
        0 => "",
        _ => " What was prepared is kept: Undo brings it back.",
    };
    Text::plain(format!("No chat {off}{back}.{say}{kept}")).into()
}

/// After `reschedule`.
pub fn moved(
    settings: &Settings,
    episode: &Episode,
    was: DateTime<Utc>,
    landing: &Landing,
    beside: Option<&Episode>,
    speaks: bool,
    now: DateTime<Utc>,
) -> Message {
    let say = match &episode.notice {
        Some(_) => will_say(settings, episode, speaks, now),
        None => " Nobody had heard of the other date, so I say nothing.".to_owned(),
    };
    let mut words = format!(
        "{} moves to {} {}.{say}{}",
        day_and_clock(settings, was, now),
        day_and_clock(settings, episode.starts, now),
        settings.city,
        overlap(settings, beside, now)
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

/// After `add`. Where there are `several` on its day, its time goes with the date.
pub fn added(
    settings: &Settings,
    episode: &Episode,
    beside: Option<&Episode>,
    several: bool,
    speaks: bool,
    now: DateTime<Utc>,
) -> Message {
    let date = local_date(settings.zone, episode.starts).format("%-d %b");
    let time = if several { format!(" at {}", clock(settings, episode.starts)) } else { String::new() };
    Text::plain(format!(
        "Added: {} {}.{}{} Next: ",
        day_and_clock(settings, episode.starts, now),
        settings.city,
        will_say(settings, episode, speaks, now),
        overlap(settings, beside, now)
    ))
    .code(format!("/chat topic … on {date}{time}"))
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
        Kind::Nudge { .. }
        | Kind::Check { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Guest { .. }
        | Kind::Call { .. } => return None,
        Kind::Notice { .. } if episode.state == State::Cancelled => "Notice: no chat".to_owned(),
        Kind::Notice { .. } => "Notice: new date".to_owned(),
        Kind::Open => "Opening".to_owned(),
        Kind::Question(id) => format!("Q{}", episode.position(*id)?),
        Kind::Longer => "A little longer".to_owned(),
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
    if let Some(links) = super::as_links(settings) {
        text = text.say(format!(" {links}"));
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
    if !episode.spares.is_empty() {
        text = super::questions::in_reserve(text.line(), episode);
    }
    text.into()
}

fn plural(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", number(n), if n == 1 { "" } else { "s" })
}

/// What an episode still lacks.
pub(super) fn missing(settings: &Settings, episode: &Episode) -> Vec<String> {
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

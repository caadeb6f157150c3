//! What is said where no organiser has been seen when the hour has opened. Nobody is scolded, and nothing is on fire.

use chrono::{DateTime, Utc};

use crate::agenda::Episode;
use crate::copy::clock;
use crate::name::Person;
use crate::settings::{Settings, named};
use crate::text::{Message, Span, Text};

/// "Maya has not been seen yet".
fn not_seen(away: &[Person]) -> Text {
    named(away).say(if away.len() == 1 { " has not been seen yet" } else { " have not been seen yet" })
}

/// To the organiser who is called.
pub fn take_over(settings: &Settings, episode: &Episode, away: &[Person], now: DateTime<Utc>) -> Message {
    let mut text = not_seen(away).say(format!(", and {} has opened. It runs by itself", settings.tag()));
    let next = episode.upcoming().and_then(|(n, question)| Some((n, question.due?)));
    text = match next {
        Some((n, due)) if due > now => text.say(format!(": Q{n} goes out at {}. ", clock(settings, due))),
        _ => text.say(". "),
    };
    text = text.say("Could you keep an eye on it? ");
    if let Some(desk) = &settings.desk {
        text = text.say("All the buttons are in ").span(Span::Channel(desk.clone())).say(", and ");
    }
    text.code("/chat status").say(" says how things stand. Any of them tells me that you are here.").into()
}

/// To the lead.
pub fn looked_after(settings: &Settings, next: &Person) -> Message {
    Text::plain(format!(
        "{} has opened, and it runs by itself. I have not seen you yet, so I asked ",
        settings.tag()
    ))
    .span(Span::Person(next.clone()))
    .say(" to keep an eye on it. Any button or ")
    .code("/chat")
    .say(" command tells me that you are here.")
    .into()
}

/// To those at the desk.
pub fn asked_another(settings: &Settings, away: &[Person], next: &Person) -> Message {
    not_seen(away)
        .say(", so I asked ")
        .span(Span::Person(next.clone()))
        .say(format!(" to keep an eye on {}. It runs by itself meanwhile.", settings.tag()))
        .into()
}

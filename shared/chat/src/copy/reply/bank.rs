//! What is read about suggestions, and about questions that were asked before.

use chrono::{DateTime, Utc};

use crate::Asking;
use crate::action::Action;
use crate::agenda::{Episode, Question};
use crate::bank::{Earlier, Idea, Near, Shown};
use crate::copy::announce::shown_name;
use crate::copy::{count, day, sentence};
use crate::name::Platform;
use crate::settings::Settings;
use crate::text::{Field, Form, Message, Text};

/// How somebody types a command of everybody's where they are.
fn typed(asking: &Asking, command: &str) -> String {
    match asking.by.platform {
        Platform::Discord => format!("/{command}"),
        Platform::Slack | Platform::X => format!("/chat {command}"),
    }
}

/// " (from Amara)" behind a question in a list; nothing where nobody suggested it.
pub(super) fn credit(question: &Question) -> String {
    question.from.as_ref().map(|from| format!(" (from {})", shown_name(&from.name))).unwrap_or_default()
}

/// "Q2 of Tue 3 Mar", "Q2 that is planned for Tue 8 Dec".
fn where_it_stands(settings: &Settings, earlier: &Earlier, now: DateTime<Utc>) -> String {
    let on = day(settings, earlier.starts, now);
    match earlier.asked {
        true => format!("Q{} of {on}", earlier.position),
        false => format!("Q{} that is planned for {on}", earlier.position),
    }
}

/// That a question was asked before, or is to be, in nearly the same words.
fn nearness(settings: &Settings, earlier: &Earlier, now: DateTime<Utc>) -> String {
    let there = where_it_stands(settings, earlier, now);
    match earlier.how {
        Near::Twin => format!(
            "The very words of Q{} on {}: X refuses a text it has seen. Change a word or two.",
            earlier.position,
            day(settings, earlier.starts, now)
        ),
        Near::Same => format!("The same as {there}."),
        Near::Nearly => format!("Nearly {there}: “{}”", earlier.text),
    }
}

/// Added where another question has nearly the words of this one.
pub fn nearly(mut message: Message, settings: &Settings, earlier: &Earlier, now: DateTime<Utc>) -> Message {
    message.text = message.text.line().say(nearness(settings, earlier, now));
    message
}

/// The same where several were written at once.
pub fn nearly_of(
    mut message: Message,
    settings: &Settings,
    position: u32,
    earlier: &Earlier,
    now: DateTime<Utc>,
) -> Message {
    let said = nearness(settings, earlier, now);
    message.text = message.text.line().bold(format!("Q{position}.")).say(format!(" {said}"));
    message
}

/// The form for a suggestion.
pub fn suggest_form(settings: &Settings) -> Form {
    Form {
        action: Action::Suggest(settings.slug.clone()),
        title: "Suggest a question".to_owned(),
        submit: "Suggest".to_owned(),
        intro: Text::plain(format!(
            "What would you like {} to talk about? Organisers read it; if it is asked, your name stands under it.",
            settings.tag()
        )),
        fields: vec![Field {
            key: "question".to_owned(),
            label: "Your question".to_owned(),
            hint: "What made you stay?".to_owned(),
            value: String::new(),
            long: true,
            optional: false,
            max: 1_000,
        }],
    }
}

/// After `suggest`.
pub fn suggested(settings: &Settings, asking: &Asking, idea: &Idea) -> Message {
    Text::plain(format!("Thank you, {}! I keep it for {}: ", asking.name, settings.tag()))
        .bold(idea.text.clone())
        .line()
        .say("Others can vote for it under ")
        .code(typed(asking, "suggestions"))
        .say("; if it is asked, your name stands under it.")
        .into()
}

/// After `suggest` with the words of an earlier suggestion of theirs.
pub fn suggested_already(settings: &Settings, asking: &Asking, waits: bool) -> Message {
    let text = Text::plain(format!("That one I have from you already, {}.", asking.name));
    if waits {
        text.say(" It waits for votes under ").code(typed(asking, "suggestions")).say(".")
    } else {
        text.say(format!(" The organisers of {} know it.", settings.tag()))
    }
    .into()
}

/// Added where somebody else's suggestion, which waits, is nearly the same.
pub fn nearly_suggested(mut message: Message, other: &Idea) -> Message {
    message.text = message.text.line().say(format!(
        "{} suggested nearly the same: “{}” One question with two votes goes further than two with one.",
        shown_name(&other.name),
        other.text
    ));
    message
}

fn votes(idea: &Idea) -> String {
    match idea.votes.len() {
        0 => "no vote yet".to_owned(),
        n => count(n, "vote", "votes"),
    }
}

/// `suggestions`: these of so many, each with its rank.
pub fn suggestions(settings: &Settings, asking: &Asking, all: usize, page: &[(usize, &Idea)]) -> Message {
    let suggest = match asking.by.platform {
        Platform::Discord => "/suggest".to_owned(),
        Platform::Slack | Platform::X => "/chat suggest …".to_owned(),
    };
    if all == 0 {
        return Text::plain(format!(
            "No suggestion waits for {}. Yours could be the first: ",
            settings.tag()
        ))
        .code(suggest)
        .into();
    }
    let first = if all == 1 { "" } else { ", the most wanted first" };
    let head = format!("{} for {}{first}:", sentence(&suggested_count(all)), settings.tag());
    let mut text = Text::new().bold(head);
    for (rank, idea) in page {
        let whose = match idea.by == asking.by {
            true => "yours".to_owned(),
            false => shown_name(&idea.name),
        };
        let voted = if idea.has_vote_of(&asking.by) { ", one of them yours" } else { "" };
        // Of one vote that is oneself's, "one of them" is all of it.
        let voted = if idea.votes.len() == 1 && !voted.is_empty() { ", yours" } else { voted };
        text = text.line().say(format!("{rank}. {} ({whose}, {}{voted})", idea.text, votes(idea)));
    }
    text.line().say("Only you see this. A suggestion of your own: ").code(suggest).into()
}

/// "one suggestion", "three suggestions".
fn suggested_count(n: usize) -> String {
    count(n, "suggestion", "suggestions")
}

/// One line at the desk, once a day.
pub fn ideas_wait(n: usize) -> Text {
    let waits = if n == 1 { "waits" } else { "wait" };
    Text::plain(format!("{} {waits}: ", sentence(&suggested_count(n)))).code("/chat ideas")
}

/// `ideas`: these of so many.
pub(crate) fn ideas(settings: &Settings, all: usize, shown: &[Shown<'_>], now: DateTime<Utc>) -> Message {
    if all == 0 {
        return Text::plain("No suggestion waits. People make them with ")
            .code("/suggest")
            .say(" in Discord, and here with ")
            .code("/chat suggest …")
            .into();
    }
    let head = match all {
        1 => "One suggestion:".to_owned(),
        n => format!("{}, the most wanted first:", sentence(&suggested_count(n))),
    };
    let mut text = Text::new().bold(head);
    for Shown { rank, idea, earlier } in shown {
        let number = if all == 1 { String::new() } else { format!("{rank}. ") };
        text = text.line().say(format!(
            "{number}{} ({}, {}, {})",
            idea.text,
            shown_name(&idea.name),
            day(settings, idea.at, now),
            votes(idea)
        ));
        if let Some(earlier) = earlier {
            text = text.line().italic(nearness(settings, earlier, now));
        }
    }
    text.into()
}

/// The button that asks one: with its number where there are several.
pub(crate) fn ask_idea(
    settings: &Settings,
    episode: &Episode,
    rank: Option<usize>,
    now: DateTime<Utc>,
) -> String {
    let on = day(settings, episode.starts, now);
    rank.map_or_else(|| format!("Ask it {on}"), |rank| format!("{rank}: ask it {on}"))
}

/// The button that puts one aside.
pub(crate) fn not_idea(rank: Option<usize>) -> String {
    rank.map_or_else(|| "Not this one".to_owned(), |rank| format!("{rank}: not this one"))
}

/// Before the list, once one was put aside.
pub(crate) fn put_aside(mut message: Message, idea: &Idea) -> Message {
    let text = Text::plain(format!("Put aside: “{}” Nobody hears of it.", idea.text));
    message.text = text.line().then(message.text);
    message
}

/// After a suggestion was accepted, for the desk. Its words are for its hour.
pub(crate) fn did_ask_idea(
    settings: &Settings,
    episode: &Episode,
    position: u32,
    idea: &Idea,
    now: DateTime<Utc>,
) -> Text {
    let on = day(settings, episode.starts, now);
    Text::plain(format!("made {}'s suggestion Q{position} for {on}.", shown_name(&idea.name)))
}

//! Members, and what everyone may read.

use chrono::{DateTime, Duration, Utc};

use crate::Chat;
use crate::action::Action;
use crate::agenda::{Episode, State};
use crate::bank::Theirs;
use crate::command::MemberVerb;
use crate::copy::{clock, count, day, list, long_local, number, when as at};
use crate::name::QuestionId;
use crate::reply::Reply;
use crate::settings::Settings;
use crate::steer::next_after;
use crate::text::{Field, Form, Message, Span, Text, TimeStyle};
use crate::weigh;

/// The next dates, in everyone's own zone.
pub fn when(chat: &Chat, now: DateTime<Utc>) -> Message {
    let settings = &chat.settings;
    if settings.retired {
        return Text::plain(format!("{} has retired. Thank you for asking!", settings.tag())).into();
    }
    let mut text = Text::new();
    let live = crate::steer::live_episode(chat);
    if let Some(episode) = live {
        text = text.bold(format!("{} is on right now", settings.tag())).say(", until ").time(
            episode.ends(),
            TimeStyle::Clock,
            clock(settings, episode.ends()),
        );
        text = about(text, episode);
    }
    let mut after = live.map_or(now, |e| e.starts);
    for n in 0..4 {
        let Some(next) = next_after(chat, after) else { break };
        text = match (n, live) {
            (0, None) => text.bold(format!("{} meets", settings.tag())).say(" "),
            _ => text.line(),
        };
        text = text.then(at(settings, next, now));
        text = text.say(" (").time(next, TimeStyle::Relative, relative(next - now)).say(")");
        let planned = chat.episodes.iter().find(|e| e.is_ahead() && e.starts == next);
        if let Some(episode) = planned {
            text = about(text, episode);
        }
        after = next;
    }
    if live.is_none() && next_after(chat, now).is_none() {
        text = text.say(format!("{} is between dates: nothing is planned yet.", settings.tag()));
    }
    text.into()
}

fn relative(ahead: Duration) -> String {
    match (ahead.num_days(), ahead.num_hours()) {
        (0, 0) => format!("in {} min", ahead.num_minutes()),
        (0, hours) => format!("in {hours} h"),
        (1, _) => "in a day".to_owned(),
        (days, _) => format!("in {days} days"),
    }
}

fn about(text: Text, episode: &Episode) -> Text {
    match &episode.topic {
        Some(topic) => text.say(": ").italic(topic),
        None => text,
    }
}

/// The questions asked so far in the live episode, or in the last one.
pub fn questions_asked(chat: &Chat, now: DateTime<Utc>) -> Message {
    let settings = &chat.settings;
    let latest = chat
        .episodes
        .iter()
        .filter(|e| e.is_live() || (e.asked() > 0 && matches!(e.state, State::Closed { .. })))
        .max_by_key(|e| (e.is_live(), e.starts));
    let Some(episode) = latest else {
        let mut text = Text::plain("No question has been asked yet.");
        if let Some(next) = next_after(chat, now) {
            text = text.say(" The next hour: ").then(at(settings, next, now)).say(".");
        }
        return text.into();
    };
    questions_asked_in(settings, episode, now)
}

/// The questions of an episode, for people who steer nothing: none before its time.
pub fn questions_asked_in(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    if episode.asked() == 0 {
        return none_asked(settings, episode, now).into();
    }
    let head = match (&episode.topic, episode.is_live()) {
        (Some(topic), true) => format!("Asked so far, on “{topic}”:"),
        (None, true) => "Asked so far:".to_owned(),
        (_, false) => format!("Asked {}:", day(settings, episode.starts, now)),
    };
    let mut text = Text::new().bold(head);
    for (question, n) in episode.questions.iter().zip(1..) {
        if question.asked.is_some_and(|asked| asked <= now) {
            text = text.line().say(format!("Q{n}. {}{}", question.text, super::credit(question)));
        }
    }
    text.into()
}

fn none_asked(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Text {
    let tag = settings.tag();
    let due = episode.upcoming().and_then(|(_, q)| q.due);
    match (episode.state, due) {
        (State::Closed { .. } | State::Cancelled, _) => {
            Text::plain(format!("No question was asked on {}.", day(settings, episode.starts, now)))
        }
        (State::Planned, _) => at(settings, episode.starts, now)
            .say(" is still to come. Its questions are asked one by one, in the hour."),
        (State::Open, Some(due)) => Text::plain(format!("{tag} has just begun: Q1 comes at "))
            .time(due, TimeStyle::Clock, clock(settings, due))
            .say("."),
        (State::Open | State::Paused { .. }, _) if episode.questions.is_empty() => Text::plain(format!(
            "{tag} is on, and the floor is open: no questions, just what you would like to say."
        )),
        (State::Open | State::Paused { .. }, _) => {
            Text::plain(format!("{tag} is on, and no question has been asked yet."))
        }
    }
}

/// After joining.
pub fn joined(chat: &Chat, name: &str, again: bool, now: DateTime<Utc>) -> Message {
    let settings = &chat.settings;
    let lead = if again {
        format!("You were in already, {name}, and you still are.")
    } else {
        format!("You're in, {name}. Lovely to have you!")
    };
    let live = crate::steer::live_episode(chat);
    let text = match (live, next_after(chat, now)) {
        (Some(_), _) => Text::plain(format!(
            "{lead} {} is on right now: press Answer under a question and every room hears you.",
            settings.tag()
        )),
        (None, Some(next)) => Text::plain(format!("{lead} The next {} is ", settings.tag()))
            .then(at(settings, next, now))
            .say(" (")
            .time(next, TimeStyle::Relative, relative(next - now))
            .say("). Lurking is welcome too."),
        (None, None) => Text::plain(format!("{lead} I'll say here when the next date is known.")),
    };
    text.into()
}

/// After leaving. Who never joined leaves with what they suggested.
pub(crate) fn left(settings: &Settings, name: &str, member: bool, theirs: &Theirs) -> Message {
    let tag = settings.tag();
    let mut text = Text::plain(if member {
        format!("Gone from the list of {tag}, {name}; I keep nothing about your membership. ")
    } else {
        format!("You hadn't joined {tag}, {name}, so there is no membership to end. ")
    });
    let mut going = Vec::new();
    let mut with = |n: usize, one: &str, many: &str| {
        if n > 0 {
            going.push(format!("your {}", if n == 1 { one.to_owned() } else { count(n, one, many) }));
        }
    };
    with(theirs.ideas, "suggestion", "suggestions");
    with(theirs.votes, "vote", "votes");
    if theirs.named > 0 {
        let asked = match theirs.named {
            1 => "the question of yours that was asked".to_owned(),
            n => format!("the {} questions of yours that were asked", number(n)),
        };
        going.push(format!("your name under {asked}"));
    }
    if !going.is_empty() {
        text = text.say(format!("Going too, within a minute: {}. ", list(&going)));
        if theirs.ideas + theirs.named > 0 {
            text = text.say("A question that was taken from yours stays, without your name. ");
        }
    }
    text.say("What you said in the open stays; ")
        .code("/forget-me")
        .say(" takes that out too. The door stays open: ")
        .code("/join")
        .say(".")
        .into()
}

/// Leaving without having joined.
pub fn was_no_member(settings: &Settings) -> Message {
    Text::plain(format!("You hadn't joined {}, so there is nothing to leave. ", settings.tag()))
        .code("/join")
        .say(" if you like!")
        .into()
}

/// The members' commands.
pub fn member_help(settings: &Settings) -> Message {
    let mut text = Text::new().bold(format!("{} in Discord", settings.tag()));
    for command in MemberVerb::ALL {
        text = text.line().code(format!("/{}", command.word())).say(format!(" {}", command.description()));
    }
    text = text.line().say("Under each question, Answer carries your words to every room.");
    text.into()
}

/// The form behind the Answer and the Say hello buttons.
pub fn answer_form(settings: &Settings, episode: &Episode, question: Option<(QuestionId, u32)>) -> Form {
    let (action, title, label, hint) = match question {
        Some((id, n)) => {
            let text = episode.question(id).map(|q| q.text.as_str()).unwrap_or_default();
            (
                Action::Answer(episode.id.clone(), id),
                format!("Answer Q{n}"),
                format!("Your A{n}"),
                weigh::shorten(text, 100, weigh::Unit::Chars),
            )
        }
        None => (
            Action::Hello(episode.id.clone()),
            "Say hello".to_owned(),
            "Who are you, and where?".to_owned(),
            format!("Name, place, and hello to {}", settings.tag()),
        ),
    };
    Form {
        action,
        title,
        submit: "Send".to_owned(),
        intro: question
            .and_then(|(id, n)| episode.question(id).map(|q| Text::new().bold(format!("Q{n}. {}", q.text))))
            .unwrap_or_default(),
        fields: vec![Field {
            key: "answer".to_owned(),
            label,
            hint,
            value: String::new(),
            long: true,
            optional: false,
            max: 1_000,
        }],
    }
}

/// After an answer. `x` is the link that opens X with it, where the chat is there too.
pub fn answered(settings: &Settings, name: &str, position: Option<u32>, x: Option<String>) -> Message {
    let rooms: Vec<String> = {
        let mut rooms: Vec<String> = settings.rooms().map(|d| d.place.platform.to_string()).collect();
        rooms.sort();
        rooms.dedup();
        rooms
    };
    let what = position.map_or_else(|| "Your hello".to_owned(), |n| format!("Your A{n}"));
    let said = format!("Thank you, {name}! {what} is on its way into {}.", crate::copy::list(&rooms));
    let Some(url) = x else { return Text::plain(said).into() };
    Text::plain(format!("{said} On X as well, in your own name? "))
        .span(Span::Link { label: "It is ready there".to_owned(), url })
        .say(".")
        .into()
}

/// The same answer once more.
pub fn answered_already(name: &str) -> Message {
    Text::plain(format!("I have that one from you already, {name}. Nothing more to do.")).into()
}

/// Who asks has to be told something in words only.
pub fn only(words: &str) -> Reply {
    Reply::Said(Text::plain(words).into())
}

/// "Tue 24 Nov, 20:00 London", for lists in the shell.
pub fn date(settings: &Settings, start: DateTime<Utc>, now: DateTime<Utc>) -> String {
    long_local(settings, start, now)
}

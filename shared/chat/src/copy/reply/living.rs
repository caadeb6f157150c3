//! The living message at the desk: how the hour stands, changed in place while it runs.

use chrono::{DateTime, Duration, Utc};

use super::cost::of;
use super::live::{hours_voices, place_status};
use super::radar::{radar, tick_off};
use crate::action::Action;
use crate::agenda::{Episode, State};
use crate::copy::announce::position_at;
use crate::copy::{clock, coming_in, count, day_and_clock, short_date, span};
use crate::desk::{EXTEND, HOLD, Lately, Phase, Press, View};
use crate::money::Money;
use crate::name::Platform;
use crate::settings::Settings;
use crate::text::{Button, Message, Text, Weight};
use crate::weigh;

/// So many buttons stand side by side at the desk.
const IN_A_ROW: usize = 5;

/// The message as it is to be read now.
pub fn living(view: &View<'_>) -> Message {
    let (settings, episode, now) = (view.settings, view.episode, view.now);
    let tag = Text::new().bold(settings.tag());
    match view.phase {
        Phase::Before => {
            let text = titled(tag, episode).line().say(before(settings, episode, now));
            with_line(text, numbers(view)).into()
        }
        Phase::Live | Phase::Paused => {
            let text = titled(tag, episode).line().then(where_we_are(view));
            let text = with_line(run_of_show(settings, episode, text), numbers(view));
            let mut message = Message::from(radar(view, text));
            message.buttons = buttons(view);
            message
        }
        Phase::Over => {
            with_line(titled(tag, episode).line().say(over(settings, episode)), numbers(view)).into()
        }
        Phase::Off => tag.say(" does not take place today.").into(),
        Phase::Moved => tag
            .say(format!(
                " moved to {}. This opens anew there.",
                day_and_clock(settings, episode.starts, now)
            ))
            .into(),
        Phase::Elsewhere => match settings.desk.as_ref().filter(|_| !settings.retired) {
            Some(desk) => tag
                .say(" is steered from ")
                .span(crate::text::Span::Channel(desk.clone()))
                .say(" now.")
                .into(),
            None => tag.say(" has no desk any more.").into(),
        },
    }
}

/// "#SMXChat · communities that outlive their platform"
fn titled(tag: Text, episode: &Episode) -> Text {
    match &episode.topic {
        Some(topic) => tag.say(" · ").italic(topic.clone()),
        None => tag,
    }
}

fn with_line(text: Text, line: String) -> Text {
    if line.is_empty() { text } else { text.line().say(line) }
}

/// "33 minutes", rounded up: the last minute is one.
fn left(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (until - now + Duration::seconds(59)).num_minutes().max(1);
    span(Duration::minutes(minutes))
}

fn before(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> String {
    let (opens, close) = (clock(settings, episode.starts), clock(settings, episode.ends()));
    let what = match episode.questions.len() {
        0 => "no questions yet, so an open floor".to_owned(),
        n => count(n, "question", "questions"),
    };
    if now >= episode.starts {
        return format!("Due to open at {opens}: {what}, close {close}.");
    }
    format!(
        "The doors are open. We begin at {opens}, in {}: {what}, close {close}.",
        left(episode.starts, now)
    )
}

/// "20:27 · 33 minutes left, close 21:00"
fn where_we_are(view: &View<'_>) -> Text {
    let (settings, episode, now) = (view.settings, view.episode, view.now);
    let close = clock(settings, episode.ends());
    let text = Text::new().bold(clock(settings, now));
    let text = if now >= episode.ends() {
        text.say(format!(" · closing, due {close}"))
    } else {
        text.say(format!(" · {} left, close {close}", left(episode.ends(), now)))
    };
    let text = match episode.longer.filter(|was| *was < episode.ends()) {
        Some(was) => text.say(format!(" ({} longer)", span(episode.ends() - was))),
        None => text,
    };
    match episode.state {
        State::Paused { since } => text.say(format!(" · paused since {}", clock(settings, since))),
        _ => text,
    }
}

/// What is open, and what is still to come, with its times. No words of a question before its time: anybody may
/// read along at the desk.
fn run_of_show(settings: &Settings, episode: &Episode, mut text: Text) -> Text {
    let asked = episode.questions.iter().zip(1..).filter(|(q, _)| q.asked.is_some()).last();
    if let Some((question, n)) = asked {
        let at = question.asked.map(|at| clock(settings, at)).unwrap_or_default();
        let words = weigh::shorten(&question.text, 120, weigh::Unit::Chars);
        text = text.line().say(format!("Now: Q{n} ({at}) ")).italic(words);
    }
    let coming: Vec<String> = episode
        .questions
        .iter()
        .zip(1..)
        .filter(|(q, _)| q.asked.is_none())
        .map(|(q, n)| match (q.due, episode.state) {
            (None, _) => format!("Q{n} (no room)"),
            // What waits for the end of a pause has no time.
            (Some(_), State::Paused { .. }) => format!("Q{n}"),
            (due, _) => format!("{}{}", position_at(settings, n, due), coming_in(episode, n)),
        })
        .collect();
    match (episode.questions.is_empty(), coming.is_empty()) {
        (true, _) => text.line().say("Open floor."),
        (false, true) => text.line().say("Every question has been asked."),
        (false, false) => text.line().say(format!("To come: {}.", coming.join(" · "))),
    }
}

/// "2.4 posts a minute. 43 spoke, 9 for the first time. X ✓ Discord ✓ Slack 4 behind. $1.12 of $5."
fn numbers(view: &View<'_>) -> String {
    let settings = view.settings;
    let mut parts = Vec::new();
    if let Some(lately) = view.lately.filter(|lately| lately.posts > 0) {
        parts.push(a_minute(&lately));
    }
    match view.phase {
        Phase::Before if view.voices.spoke == 0 => {}
        Phase::Over if view.voices.spoke == 0 => parts.push("Nobody spoke.".to_owned()),
        _ => parts.push(hours_voices(&view.voices)),
    }
    let behind = &view.voices.behind;
    let places: Vec<String> = Platform::ALL
        .iter()
        .filter(|p| settings.on(**p).next().is_some())
        .map(|p| place_status(settings, behind, *p))
        .collect();
    if !places.is_empty() {
        parts.push(format!("{}.", places.join(" ")));
    }
    let account = view
        .account
        .filter(|a| a.spent > Money::ZERO || a.searches || settings.on(Platform::X).next().is_some());
    if let Some(account) = account {
        parts.push(format!("{}.", of(account.spent, settings.budget)));
    }
    parts.join(" ")
}

/// "2.4 posts a minute.", "Two posts in 5 minutes."
fn a_minute(lately: &Lately) -> String {
    match lately.tenths_a_minute() {
        0..10 => {
            let posts = count(lately.posts as usize, "post", "posts");
            format!("{} in {}.", crate::copy::sentence(&posts), span(lately.within))
        }
        10 => "A post a minute.".to_owned(),
        tenths if tenths % 10 == 0 || tenths >= 100 => format!("{} posts a minute.", (tenths + 5) / 10),
        tenths => format!("{}.{} posts a minute.", tenths / 10, tenths % 10),
    }
}

/// "That was the hour of 24 Nov, 20:00 to 21:03: six of six questions asked."
fn over(settings: &Settings, episode: &Episode) -> String {
    let closed = match episode.state {
        State::Closed { at } => at,
        _ => episode.ends(),
    };
    let (from, to) = (clock(settings, episode.starts), clock(settings, closed));
    let asked = match (episode.asked(), episode.questions.len()) {
        (_, 0) => "an open floor".to_owned(),
        (asked, all) if asked == all => format!("{} asked", count(all, "question", "questions")),
        (asked, all) => {
            format!("{} of {} asked", crate::copy::number(asked), count(all, "question", "questions"))
        }
    };
    format!("That was the hour of {}, {from} to {to}: {asked}.", short_date(settings, episode.starts))
}

fn buttons(view: &View<'_>) -> Vec<Button> {
    let episode = view.episode;
    let mut all: Vec<(String, Press, Weight)> = Vec::new();
    let paused = match episode.state {
        State::Paused { since } => Some(since),
        _ => None,
    };
    let next = episode.upcoming();
    match (paused, next) {
        (Some(since), _) => all.push(("Resume".to_owned(), Press::Resume(since), Weight::Main)),
        (None, Some((n, question))) => {
            all.push((format!("Ask Q{n} now"), Press::Next(question.id), Weight::Usual));
            if let Some(due) = question.due {
                all.push((
                    format!("Hold {} min", HOLD.num_minutes()),
                    Press::Hold(question.id, due),
                    Weight::Usual,
                ));
            }
        }
        (None, None) => {}
    }
    if let Some((n, question)) = next {
        all.push((format!("Leave out Q{n}"), Press::Skip(question.id), Weight::Usual));
    }
    if let (Some((n, question)), Some(spare)) = (next, episode.spares.first()) {
        all.push((format!("Spare for Q{n}"), Press::Swap(question.id, spare.id), Weight::Usual));
    }
    let minutes = u32::try_from(EXTEND.num_minutes()).unwrap_or_default();
    let longer = (format!("{minutes} min longer"), Press::Extend(episode.ends(), minutes), Weight::Usual);
    let ticks = tick_off(view);
    // People stand side by side: where the row has no room for both of them, the other button fills it up.
    if all.len() + ticks.len() > IN_A_ROW {
        all.push(longer);
        all.extend(ticks);
    } else {
        all.extend(ticks);
        all.push(longer);
    }
    all.push(("Close".to_owned(), Press::Close, Weight::Grave));
    all.into_iter()
        .map(|(label, press, weight)| Button {
            label,
            action: Action::Desk(episode.id.clone(), press),
            weight,
        })
        .collect()
}

//! What a person watching the terminal reads while the hour plays.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::London;
use serde_json::Value;

use crate::rehearsal::next_hour;
use crate::standin::{Change, Message};

/// Somebody did something.
pub fn did(at: DateTime<Utc>, what: &str) {
    line(at, "·", what);
}

/// A platform received something.
pub fn changed(change: &Change) {
    match change {
        Change::Posted { message } => posted(message),
        Change::Edited { message } if message.author.bot && message.ephemeral_for.is_none() => {
            line(message.at, name(message), &format!("(edited) {}", words(message)));
        }
        Change::Deleted { message } if message.ephemeral_for.is_none() => {
            line(message.at, name(message), "(removed)");
        }
        Change::Edited { .. }
        | Change::Deleted { .. }
        | Change::Thread { .. }
        | Change::Role { .. }
        | Change::Form { .. } => {}
    }
}

fn posted(message: &Message) {
    if message.ephemeral_for.is_some() {
        return;
    }
    let who = if message.author.bot { String::new() } else { format!("{}: ", message.author.name) };
    let indent = if message.thread.is_some() && message.platform != "x" { "↳ " } else { "" };
    line(message.at, name(message), &format!("{indent}{who}{}", words(message)));
}

fn line(at: DateTime<Utc>, room: &str, what: &str) {
    let clock = at.with_timezone(&London).format("%a %H:%M");
    let what = chat::weigh::shorten(what, 96, chat::weigh::Unit::Chars);
    // A closed pipe is no reason to stop the hour.
    let _ = writeln!(std::io::stdout(), "{clock} {} {room:<8} {what}", progress(at));
}

/// How far the hour has come, a cell for each ten minutes: `▓▓▓░░░`.
fn progress(at: DateTime<Utc>) -> String {
    const CELLS: i64 = 6;
    // A few minutes after the close still belong to the hour before.
    let since = at - next_hour(at - TimeDelta::minutes(90));
    let done = (since.num_minutes() * CELLS / 60).clamp(0, CELLS);
    (0..CELLS).map(|cell| if cell < done { '▓' } else { '░' }).collect()
}

fn name(message: &Message) -> &'static str {
    match message.platform {
        "x" => "X",
        "discord" => "Discord",
        _ => "Slack",
    }
}

/// The gist of a message, in one line.
fn words(message: &Message) -> String {
    let payload = &message.payload;
    let text = |path: &str| payload.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let mut words = match message.platform {
        "discord" if text("/embeds/0/author/name").is_empty() => text("/content").to_owned(),
        "discord" => format!("{}: {}", text("/embeds/0/author/name"), text("/embeds/0/description")),
        _ => text("/text").to_owned(),
    };
    let more = payload.pointer("/embeds").and_then(Value::as_array).map_or(0, |e| e.len().saturating_sub(1));
    words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if more > 0 {
        words.push_str(&format!(" (and {more} more)"));
    }
    words
}

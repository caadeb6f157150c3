//! What a person watching the terminal reads while the hour plays.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::cast;
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
    let clock = at.with_timezone(&cast::london()).format("%a %H:%M");
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
        "discord" if text("/embeds/0/author/name").is_empty() => spoken(text("/content")),
        "discord" => {
            // The last line of a card says when and where it was said, as this line does.
            let said = text("/embeds/0/description");
            let said = said.rsplit_once('\n').map_or(said, |(said, _)| said);
            spoken(&format!("{}: {said}", text("/embeds/0/author/name")))
        }
        "x" if text("/text").is_empty() => "(passes a post on)".to_owned(),
        "x" => text("/text").to_owned(),
        _ => text("/text").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
    };
    if message.author.bot && message.platform != "x" {
        words = plain(&words, message.at);
    }
    words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let more = payload.pointer("/embeds").and_then(Value::as_array).map_or(0, |e| e.len().saturating_sub(1));
    if more > 0 {
        words.push_str(&format!(" (and {more} more)"));
    }
    words
}

/// Without Discord's Markdown: no bold, no escapes.
fn spoken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bare = text.replace("**", "");
    let mut chars = bare.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        if !escapes {
            out.push(c);
        }
    }
    out
}

/// With names and times instead of what the platforms write for them: `<#C0DESK|smxchat-desk>`,
/// `<@&4100000000000000003>`, `<t:1796155200:R>`.
pub fn plain(text: &str, at: DateTime<Utc>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('<') {
        out.push_str(before);
        match from.split_once('>').and_then(|(inside, after)| Some((named(inside, at)?, after))) {
            Some((name, after)) => {
                out.push_str(&name);
                rest = after;
            }
            None => {
                out.push('<');
                rest = from;
            }
        }
    }
    out + rest
}

fn named(inside: &str, at: DateTime<Utc>) -> Option<String> {
    if let Some((_, name)) = inside.strip_prefix('#').and_then(|channel| channel.split_once('|')) {
        return Some(format!("#{name}"));
    }
    if inside.strip_prefix("@&") == Some(cast::ROLE) {
        return Some(format!("@{}", cast::ROLE_NAME));
    }
    let (seconds, style) = inside.strip_prefix("t:")?.split_once(':')?;
    let time = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
    let local = time.with_timezone(&cast::london());
    Some(match style {
        "R" => match (time - at + TimeDelta::seconds(30)).num_minutes() {
            minutes if minutes.abs() < 100 => format!("in {minutes} minutes"),
            minutes if minutes.abs() < 48 * 60 => format!("in {} hours", (minutes + 30) / 60),
            minutes => format!("in {} days", (minutes + 720) / 1_440),
        },
        "t" => local.format("%H:%M").to_string(),
        _ => local.format("%a %-d %b %H:%M").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_platforms_write_for_names_and_times_is_read_as_words() {
        let at = "2026-12-01T19:50:03Z".parse().expect("an instant");
        let read = |text: &str| plain(text, at);
        assert_eq!(read("set desk <#C0DESK|smxchat-desk>"), "set desk #smxchat-desk");
        assert_eq!(
            read("<@&4100000000000000003> Kettle on! We start here <t:1796155200:R>"),
            "@smxchat Kettle on! We start here in 10 minutes"
        );
        assert_eq!(
            read("With Wanjiru, <t:1796155200:F> your time"),
            "With Wanjiru, Tue 1 Dec 20:00 your time"
        );
        assert_eq!(
            read("next <t:1796760000:R>, late until <t:1796245200:t>"),
            "next in 7 days, late until 21:00"
        );
        assert_eq!(read("a < b, <!channel> <t:x:R> <"), "a < b, <!channel> <t:x:R> <");
        assert_eq!(spoken("**Q1. Who?** 2 \\* 3 C:\\dir \\"), "Q1. Who? 2 * 3 C:\\dir \\");
    }
}

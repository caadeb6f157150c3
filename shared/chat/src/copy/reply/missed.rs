//! What is read about posts that came too late, and about carrying them all the same.

use chrono::{DateTime, Utc};

use super::place_name;
use crate::agenda::Episode;
use crate::copy::{count, day, list, number, sentence};
use crate::missed::Tally;
use crate::name::Platform;
use crate::settings::Settings;
use crate::text::{Message, Text};

/// After `catch-up`, where no hour is under way and none ended within a day.
pub fn nothing_within_reach() -> Message {
    Text::plain(
        "No hour is on, and none ended within the last day: there is nothing to catch up on. What is older than \
         that stays where it is.",
    )
    .into()
}

/// "Slack (#smxchat) and Discord (#smxchat)".
fn rooms(settings: &Settings) -> String {
    let named = settings.rooms().map(|to| format!("{} ({})", to.place.platform, place_name(to)));
    list(&named.collect::<Vec<_>>())
}

/// "one post", "200 posts".
fn posts(n: usize) -> String {
    count(n, "post", "posts")
}

/// After `catch-up`, and after a press that finds nothing left.
pub fn missed(settings: &Settings, episode: &Episode, tally: Tally, now: DateTime<Utc>) -> Message {
    let of = day(settings, episode.starts, now);
    let n = tally.carried;
    let text = match (n, settings.rooms().count()) {
        (0, _) => Text::plain(format!(
            "Nothing to carry of {of}: whatever may be shown is in the rooms, or on its way."
        )),
        (_, 0) => Text::plain(format!("{} of {of} came too late, and ", sentence(&posts(n))))
            .say("there is no room to carry them to. Next: ")
            .code("/chat connect slack"),
        (1, r) => Text::plain(format!(
            "One post of {of} came too late, and nobody in the rooms has seen it. Carried now, it appears in {}, \
             with its own time: one message{}.",
            rooms(settings),
            if r == 1 { "" } else { " in each" },
        )),
        // How many share one is for the rooms to say when it comes to it: so this is the most it can be.
        (n, r) => Text::plain(format!(
            "{} of {of} came too late, and nobody in the rooms has seen them. Carried now, they appear in {}, oldest \
             first, with their own times: a burst of at most {n} messages{}, fewer where they share one.",
            sentence(&posts(n)),
            rooms(settings),
            if r == 1 { "" } else { " in each" },
        )),
    };
    stays_out(text, tally).into()
}

/// What is not carried by asking, and why.
fn stays_out(text: Text, tally: Tally) -> Text {
    let mut out = Vec::new();
    if tally.too_fast > 0 {
        out.push(format!("{} above the burst limit", number(tally.too_fast)));
    }
    if tally.muted > 0 {
        let with = if tally.muted == 1 { "with a muted word" } else { "with muted words" };
        out.push(format!("{} {with}", number(tally.muted)));
    }
    if tally.new > 0 {
        out.push(count(tally.new, "by a newcomer", "by newcomers"));
    }
    match (out.len(), tally.new) {
        (0, _) => text,
        (_, 0) => text.say(format!(" What stays out: {}.", list(&out))),
        _ => text
            .say(format!(" What stays out: {}. For newcomers too, first ", list(&out)))
            .code("/chat door open")
            .say("."),
    }
}

/// After Carry them.
pub fn catching_up(settings: &Settings, episode: &Episode, n: usize, now: DateTime<Utc>) -> Message {
    let are = if n == 1 { "is" } else { "are" };
    let slack = settings.on(Platform::Slack).next().is_some();
    let hide =
        if slack { " One that should not stand there: Hide, behind the dots on its card." } else { "" };
    Text::plain(format!(
        "{} of {} {are} on the way to {}, oldest first. Each is shown once, whatever X sends again.{hide}",
        sentence(&posts(n)),
        day(settings, episode.starts, now),
        rooms(settings),
    ))
    .into()
}

/// After Carry them, for the desk.
pub fn did_catch_up(settings: &Settings, episode: &Episode, n: usize, now: DateTime<Utc>) -> Text {
    Text::plain(format!(
        "asked for what was missed on {}: {}, on the way to the rooms.",
        day(settings, episode.starts, now),
        posts(n)
    ))
}

//! The live hour.

use chrono::{DateTime, Utc};

use crate::agenda::{Episode, State};
use crate::copy::announce::position_at;
use crate::copy::{clock, coming_in, day_and_clock, list, span, ticked};
use crate::name::{Place, Platform};
use crate::order;
use crate::settings::{Cards, Settings};
use crate::text::{Message, Text};
use crate::weigh;
use crate::{Chat, KeptOut, Voices};

/// "Q4 20:35, Q5 20:42, Q6 20:49; close stays 21:00."
fn rest(settings: &Settings, episode: &Episode) -> String {
    rest_until(settings, episode, "close stays")
}

fn rest_until(settings: &Settings, episode: &Episode, closes: &str) -> String {
    let left = || episode.questions.iter().zip(1..).filter(|(q, _)| q.asked.is_none());
    let timed: Vec<String> =
        left().filter(|(q, _)| q.due.is_some()).map(|(q, n)| position_at(settings, n, q.due)).collect();
    let without: Vec<String> =
        left().filter(|(q, _)| q.due.is_none()).map(|(_, n)| format!("Q{n}")).collect();
    let mut parts = vec![timed.join(", ")];
    if !without.is_empty() {
        parts.push(format!("no room left for {}", list(&without)));
    }
    parts.retain(|part| !part.is_empty());
    let close = clock(settings, episode.ends());
    if parts.is_empty() {
        format!("Close {close}.")
    } else {
        format!("{}; {closes} {close}.", parts.join("; "))
    }
}

/// After `hold`. `out` is a question beyond recall.
pub fn held(settings: &Settings, episode: &Episode, out: Option<u32>) -> Message {
    let lead = match out {
        Some(n) => format!("Q{n} is going out now; held from Q{}.", n + 1),
        None => "Held.".to_owned(),
    };
    Text::plain(format!("{lead} {}", rest(settings, episode))).into()
}

/// Under a hold: lets the close move with the questions.
pub fn close_later(settings: &Settings, at: DateTime<Utc>) -> String {
    format!("Close {} instead", clock(settings, at))
}

/// After `extend`. `told` is whether the rooms were told before; `speaks` whether they can be.
pub fn extended(settings: &Settings, episode: &Episode, told: bool, speaks: bool) -> Message {
    let rest = rest_until(settings, episode, "close");
    let say = match episode.longer.filter(|_| speaks && !told) {
        Some(at) => {
            format!(" I'll say so in the rooms at {}, when they expect the close.", clock(settings, at))
        }
        None => String::new(),
    };
    Text::plain(format!("A little longer, then. {rest}{say}")).into()
}

/// After `next`.
pub fn next(position: u32) -> Message {
    Text::plain(format!("Q{position} goes out in 5 seconds.")).into()
}

/// `next`, when the next question goes out by itself in that moment.
pub fn next_already(position: u32) -> Message {
    Text::plain(format!("Q{position} is on its way already: it goes out within 5 seconds.")).into()
}

/// After `pause`.
pub fn paused(settings: &Settings, episode: &Episode, out: Option<u32>) -> Message {
    let lead = match out {
        Some(n) => format!("Q{n} is going out now; after it"),
        None => "Paused:".to_owned(),
    };
    Text::plain(format!("{lead} no question goes out until "))
        .code("/chat resume")
        .say(format!("; the close stays {}.", clock(settings, episode.ends())))
        .into()
}

/// After `resume`.
pub fn resumed(settings: &Settings, episode: &Episode) -> Message {
    Text::plain(format!("And on we go. {}", rest(settings, episode))).into()
}

/// Asks back before closing early.
pub fn close_asked(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    let early = span(episode.ends() - now);
    let left = episode.questions.len() - episode.asked();
    let left = match left {
        0 => String::new(),
        1 => " One question has not been asked.".to_owned(),
        n => format!(" {} questions have not been asked.", crate::copy::sentence(&crate::copy::number(n))),
    };
    Text::plain(format!("Close {} now, {early} early?{left} This cannot be undone.", settings.tag())).into()
}

/// Closing early.
pub fn closing() -> Message {
    Text::plain("Closing now, with thanks to everyone.").into()
}

/// Where we are.
pub fn status(chat: &Chat, now: DateTime<Utc>) -> Message {
    let settings = &chat.settings;
    let mut parts = Vec::new();
    let live = crate::steer::live_episode(chat);
    match live {
        Some(episode) => {
            let asked = episode.asked();
            let at = match asked {
                0 => "before Q1".to_owned(),
                n => format!("Q{n} of {}", episode.questions.len()),
            };
            let then = match (&episode.state, episode.upcoming()) {
                (State::Paused { .. }, _) => "paused".to_owned(),
                (_, Some((n, q))) => q.due.map_or_else(
                    || format!("no room for Q{n}"),
                    |due| format!("Q{n}{} at {}", coming_in(episode, n), clock(settings, due)),
                ),
                (_, None) => format!("close at {}", clock(settings, episode.ends())),
            };
            let close = clock(settings, episode.ends());
            let now_is = clock(settings, now);
            parts.push(match (episode.questions.is_empty(), episode.state, asked) {
                (true, _, _) => format!("{now_is}, open floor, close at {close}."),
                // "Q1 at 20:05" says that it has not been asked.
                (false, State::Open, 0) => format!("{now_is}, {then}."),
                _ => format!("{now_is}, {at}, {then}."),
            });
            if settings.speaking().next().is_none() {
                parts.push(match settings.on(Platform::X).next() {
                    Some(_) => "Nobody hears it: `/chat preview` and Approve X.".to_owned(),
                    None => "Nobody hears it: `/chat connect slack`".to_owned(),
                });
            }
            parts.push(voices_and(&chat.seen.voices, &super::radar::counted(chat.seen.radar)));
        }
        None => {
            let next = chat
                .episodes
                .iter()
                .filter(|e| e.state == State::Planned && e.starts > now)
                .min_by_key(|e| e.starts);
            parts.push(match next {
                Some(episode) => format!(
                    "{}: next {}, {}.",
                    settings.tag(),
                    day_and_clock(settings, episode.starts, now),
                    match episode.questions.len() {
                        0 => "no questions yet".to_owned(),
                        1 => "one question".to_owned(),
                        n => format!("{} questions", crate::copy::number(n)),
                    }
                ),
                None => format!("{}: nothing planned.", settings.tag()),
            });
        }
    }
    parts.extend(kept_out(chat.seen.kept_out, live.is_some()));
    let places: Vec<String> =
        Platform::ALL.iter().map(|p| place_status(settings, &chat.seen.voices.behind, *p)).collect();
    parts.push(format!("{}.", places.join(" ")));
    parts.extend(super::spending(chat, now));
    let mut text = ticked(&parts.join(" "));
    if let Some(rehearsal) = chat.seen.rehearsal.as_ref().filter(|r| r.plays(now)) {
        text = text.then(super::rehearsal_status(rehearsal, now));
    }
    text.into()
}

/// "43 spoke, 9 for the first time."
pub(super) fn hours_voices(voices: &Voices) -> String {
    voices_and(voices, "")
}

/// The same with more behind it: "43 spoke, 9 for the first time, 6 unheard."
fn voices_and(voices: &Voices, more: &str) -> String {
    match (voices.spoke, voices.first_time) {
        (0, _) => "Nobody has spoken yet.".to_owned(),
        (n, 0) => format!("{n} spoke{more}."),
        (n, first) => format!("{n} spoke, {first} for the first time{more}."),
    }
}

/// "3 wait at the door.", "Not carried today: 2 muted, 4 too fast."
fn kept_out(out: KeptOut, live: bool) -> Vec<String> {
    let mut parts = Vec::new();
    match (out.waiting, live) {
        (0, _) => {}
        (1, true) => parts.push("1 post waits at the door.".to_owned()),
        (n, true) => parts.push(format!("{n} posts wait at the door.")),
        (1, false) => parts.push("1 post stayed at the door.".to_owned()),
        (n, false) => parts.push(format!("{n} posts stayed at the door.")),
    }
    let why = [(out.muted, "muted"), (out.burst, "too fast")];
    let why: Vec<String> = why.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    if !why.is_empty() {
        parts.push(format!("Not carried today: {}.", why.join(", ")));
    }
    parts
}

/// "X ✓", "Slack 4 behind", "Discord not connected".
pub(super) fn place_status(settings: &Settings, behind: &[(Place, u32)], platform: Platform) -> String {
    let connected = settings.on(platform).next().is_some();
    let behind: u32 = behind.iter().filter(|(p, _)| p.platform == platform).map(|(_, n)| *n).sum();
    let links = settings.rooms().any(|d| d.place.platform == platform && d.cards == Cards::Links);
    let links = if links { " (links)" } else { "" };
    match (connected, platform, behind) {
        (false, _, _) => format!("{platform} –"),
        (true, Platform::X, _) if settings.x_approved.is_none() => "X (waits for `/chat preview`)".to_owned(),
        (true, _, 0) => format!("{platform} ✓{links}"),
        (true, _, n) => format!("{platform} {n} behind{links}"),
    }
}

/// Asks back before saying something everywhere.
pub fn say_asked(settings: &Settings, text: &str, length: Option<usize>) -> Message {
    let mut places: Vec<String> = settings.speaking().map(|d| d.place.platform.to_string()).collect();
    order::sort(&mut places);
    places.dedup();
    let measure = length.map(|n| format!(" (X: {n}/{})", weigh::LIMIT)).unwrap_or_default();
    Text::plain(format!("In {}, now{measure}:", crate::copy::list(&places))).line().italic(text).into()
}

/// It was said.
pub fn was_said() -> Message {
    Text::plain("Said, in every room.").into()
}

/// It was not said.
pub fn unsaid() -> Message {
    Text::plain("Never said. Nobody will know.").into()
}

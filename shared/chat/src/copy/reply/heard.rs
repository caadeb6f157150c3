//! The heard score: each number with what it means, and what is not known beside it.

use chrono::{DateTime, Utc};

use crate::agenda::Episode;
use crate::copy::day;
use crate::heard::{Gini, Heard, MOST_POSTS, Return};
use crate::settings::Settings;
use crate::text::{Message, Text};

/// `heard`, where there was no such hour. `typed` is the day, as it was typed.
pub fn nothing_heard(settings: &Settings, typed: Option<&str>) -> Message {
    let tag = settings.tag();
    match typed {
        None => Text::plain(format!(
            "{tag} has had no hour yet. After the first one I'll tell you who was heard."
        )),
        Some(typed) => {
            let bare = typed.strip_prefix("on ").unwrap_or(typed);
            Text::plain(format!("I know of no hour of {tag} that was held on {bare}. The latest one: "))
                .code("/chat heard")
        }
    }
    .into()
}

/// `heard`. `on_x` is whether posts come from X.
pub fn heard(
    settings: &Settings,
    episode: &Episode,
    heard: &Heard,
    on_x: bool,
    now: DateTime<Utc>,
) -> Message {
    let so_far = if episode.is_live() { ", so far" } else { "" };
    let text = Text::plain(format!("{}{so_far}: ", day(settings, episode.starts, now)));
    let mut text = text.say(spoke(heard));
    let lines = [answered(heard), shared(heard), came_back(settings, heard, now), others(heard, on_x)];
    for line in lines.into_iter().flatten() {
        text = text.line().say(line);
    }
    text.into()
}

/// "four spoke, two of them for the first time."
fn spoke(heard: &Heard) -> String {
    let first = heard.first_time;
    match (heard.speakers, first) {
        (0, _) => "nobody spoke.".to_owned(),
        (1, 0) => "one person spoke.".to_owned(),
        (1, _) => "one person spoke, for the first time.".to_owned(),
        (n, 0) => format!("{n} spoke, all of whom we knew."),
        (n, first) if n == first => format!("{n} spoke, all of them for the first time."),
        (n, first) => format!("{n} spoke, {first} of them for the first time."),
    }
}

/// "At least 31 were answered (72%)…", with what keeps it from being more.
fn answered(heard: &Heard) -> Option<String> {
    let (n, of, rooms) = (heard.answered, heard.speakers, heard.only_in_rooms);
    if of == 0 {
        return None;
    }
    if rooms == of {
        return Some(
            "Whether anybody was answered I can't tell: what people type in the rooms never reaches me."
                .to_owned(),
        );
    }
    let were = match n {
        0 if of == 1 => "I know of no reply to them under the hashtag.".to_owned(),
        0 => "I know of no reply to any of them under the hashtag.".to_owned(),
        1 => {
            format!("At least 1 was answered ({}): somebody else replied under the hashtag.", percent(1, of))
        }
        n => format!(
            "At least {n} were answered ({}): somebody else replied under the hashtag.",
            percent(n, of)
        ),
    };
    let there = match rooms {
        0 => String::new(),
        n => format!("; {n} of the {of} spoke in the rooms only"),
    };
    Some(format!("{were} Replies without it, and what people type in the rooms, never reach me{there}."))
}

/// "Concentration of voice (Gini): 0.31…"
fn shared(heard: &Heard) -> Option<String> {
    if !heard.all_posts {
        return Some(format!(
            "There were more than {} posts, and I looked at no more: how evenly it was shared I can't tell.",
            thousands(MOST_POSTS)
        ));
    }
    let Gini(hundredths) = heard.concentration?;
    Some(format!(
        "Concentration of voice (Gini): {}.{:02} over {} posts, where 0 is everybody equally much and near 1 is one \
         person nearly everything.",
        hundredths / 100,
        hundredths % 100,
        heard.posts
    ))
}

/// Who was new and came again.
fn came_back(settings: &Settings, heard: &Heard, now: DateTime<Utc>) -> Option<String> {
    let of = |it: Return| day(settings, it.since, now);
    let next = match heard.after_one? {
        one if one.new == 0 => format!("Nobody was new on {}.", of(one)),
        one if one.new == 1 => format!("The one who was new on {} {} again.", of(one), returned(one)),
        one => format!("Of {} new on {}, {} spoke again.", one.new, of(one), one.again),
    };
    let four = match heard.after_four {
        None => "Who comes back within four chats I can tell from the fifth on.".to_owned(),
        Some(four) if four.new == 0 => format!("Nobody was new on {}.", of(four)),
        Some(four) if four.new == 1 => {
            format!("The one who was new on {} {} within four chats.", of(four), returned(four))
        }
        Some(four) => {
            format!("Of {} new on {}, {} did within four chats.", four.new, of(four), four.again)
        }
    };
    Some(format!("{next} {four}"))
}

fn returned(it: Return) -> &'static str {
    if it.again == 0 { "did not speak" } else { "spoke" }
}

/// Who is no speaker: members who listen, and whoever boosts. `on_x` is whether posts come from there.
fn others(heard: &Heard, on_x: bool) -> Option<String> {
    let members = match heard.listeners {
        0 => None,
        1 => Some("One member did not speak; whether they read along I can't see.".to_owned()),
        n => Some(format!("{n} members did not speak; whether they read along I can't see.")),
    };
    let reposts = match heard.reposts {
        0 => on_x.then(|| "I ask X for no reposts, so I can't say who boosts.".to_owned()),
        1 => Some(
            "One repost came in that day. It makes nobody a speaker, and I don't keep whose it was."
                .to_owned(),
        ),
        n => Some(format!(
            "About {n} reposts came in that day. They make nobody a speaker, and I don't keep whose they were."
        )),
    };
    let said: Vec<String> = members.into_iter().chain(reposts).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// "72%", to the nearest.
fn percent(n: u32, of: u32) -> String {
    let (n, of) = (u64::from(n), u64::from(of.max(1)));
    format!("{}%", (200 * n + of) / (2 * of))
}

/// "5,000".
fn thousands(n: usize) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

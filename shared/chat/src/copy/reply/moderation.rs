//! Keeping it kind: moderators, muted words, the burst limit, the door.

use crate::agenda::Episode;
use crate::copy::{clock, count, list, number, sentence};
use crate::name::{Person, Platform};
use crate::post::{Author, Filed};
use crate::settings::{Cards, Door, Settings};
use crate::text::{Message, Span, Text};
use crate::weigh;

/// The most characters of a waiting post that the desk reads; the rest is behind its link.
const AT_THE_DESK: usize = 600;

/// `moderator`.
pub fn moderators(settings: &Settings) -> Message {
    let tag = settings.tag();
    match settings.moderators.len() {
        0 => Text::plain(format!("Nobody yet: those who steer {tag} keep it kind themselves. To get help: "))
            .code("/chat moderator add @name"),
        1 => settings.moderators_named().say(format!(" helps to keep {tag} kind.")),
        _ => settings.moderators_named().say(format!(" help to keep {tag} kind.")),
    }
    .into()
}

/// After `moderator add` and `remove`.
pub fn moderator_changed(settings: &Settings, who: &Person, added: bool) -> Message {
    let text = Text::new().span(Span::Person(who.clone()));
    let tag = settings.tag();
    if added {
        text.say(format!(" helps you keep {tag} kind now. What they can do: ")).code("/chat help").into()
    } else {
        text.say(format!(" moderates {tag} no more.")).into()
    }
}

/// After `moderator`, by name, for a mention would call whoever it is.
pub fn did_moderator(name: &str, added: bool) -> Text {
    Text::plain(format!("{} {name} as moderator.", if added { "added" } else { "removed" }))
}

/// "“scam” and “crypto giveaway”".
fn quoted(words: &[String]) -> String {
    list(&words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>())
}

/// After `mute`.
pub fn now_muted(words: &[String]) -> Message {
    let one = words.len() == 1;
    Text::plain(format!(
        "Muted: {}. From now on posts with {} are counted and go nowhere; what stands in the rooms stays. I look \
         for whole words, in any capitals, with or without #: a longer word around {}, or a spelling like “sc4m”, \
         gets through.",
        quoted(words),
        if one { "it" } else { "one of them" },
        if one { "it" } else { "one" },
    ))
    .into()
}

/// After `unmute`.
pub fn unmuted(words: &[String]) -> Message {
    let are = if words.len() == 1 { "is" } else { "are" };
    Text::plain(format!(
        "{} {are} welcome again, from the next post on. What was kept out meanwhile stays out.",
        quoted(words)
    ))
    .into()
}

/// `muted`.
pub fn muted(settings: &Settings) -> Message {
    if settings.muted.is_empty() {
        return Text::plain("No word is muted. To keep posts with one out: ").code("/chat mute WORD").into();
    }
    Text::plain(format!(
        "Muted in {}, and shown to nobody but you: {}. To let one through again: ",
        settings.tag(),
        quoted(&settings.muted)
    ))
    .code("/chat unmute WORD")
    .into()
}

/// After `mute`: how many, and not which.
pub fn did_mute(added: usize, now: usize) -> Text {
    still(format!("muted {}", how_many(added)), now)
}

/// After `unmute`.
pub fn did_unmute(gone: usize, now: usize) -> Text {
    still(format!("unmuted {}", how_many(gone)), now)
}

fn how_many(words: usize) -> String {
    if words == 1 { "a word".to_owned() } else { count(words, "word", "words") }
}

fn still(did: String, now: usize) -> Text {
    match now {
        0 => Text::plain(format!("{did}; none is muted now.")),
        1 => Text::plain(format!("{did}; one is muted now. "))
            .code("/chat muted")
            .say(" shows it to you alone."),
        n => Text::plain(format!("{did}; {} are muted now. ", number(n)))
            .code("/chat muted")
            .say(" shows them to you alone."),
    }
}

/// After `set burst`.
pub fn burst(limit: Option<u32>) -> String {
    match limit {
        Some(limit) => format!(
            "I carry up to {} of one person within a minute. What is above that is kept, and not carried.",
            posts(limit)
        ),
        None => "No limit: I carry what people write, however fast.".to_owned(),
    }
}

/// "six posts".
fn posts(n: u32) -> String {
    count(n as usize, "post", "posts")
}

/// "six posts a minute", "off".
pub fn burst_in_short(limit: Option<u32>) -> String {
    limit.map_or_else(|| "off".to_owned(), |limit| format!("{} a minute", posts(limit)))
}

/// At the desk, once for a person and an hour: they write more than is carried.
pub fn too_fast(author: &Author, limit: u32) -> Text {
    let text = named(author).say(format!(
        " writes more than {} within a minute. What is above that is kept, and not carried. If it is harm",
        posts(limit)
    ));
    let text = match author.handle.as_deref().filter(|_| author.person.platform == Platform::X) {
        Some(handle) => text.say(": ").code(format!("/chat block @{handle}")),
        // In a room nobody has a handle that could be typed.
        None => text.say(", Block is in the menu of their cards"),
    };
    let text = text.say(". If it is not: ");
    let more = limit.saturating_mul(2).min(Settings::MOST_BURST);
    let more = if more > limit { more.to_string() } else { "off".to_owned() };
    text.code(format!("/chat set burst {more}"))
}

/// "Ada Okafor (@adaokafor)".
fn named(author: &Author) -> Text {
    let text = Text::new().bold(author.name.clone());
    match &author.handle {
        Some(handle) => text.say(format!(" (@{handle})")),
        None => text.say(format!(" ({})", author.person.platform)),
    }
}

/// `door`.
pub fn door(settings: &Settings, waiting: u32) -> Message {
    let text = match settings.door {
        Door::Open => {
            Text::plain("The door is open: everybody's posts come straight in. To have newcomers wait: ")
                .code("/chat door regulars")
        }
        Door::Regulars => at_the_desk(
            Text::plain("Whoever was heard in an earlier hour comes straight in; newcomers wait "),
            settings,
        )
        .say(" for one tap. To let everybody in: ")
        .code("/chat door open"),
    };
    still_wait(text, settings, waiting).into()
}

/// After `door regulars` and `door open`.
pub fn door_set(settings: &Settings, waiting: u32) -> Message {
    let text = match settings.door {
        Door::Open => Text::plain("Open to all again."),
        Door::Regulars => at_the_desk(
            Text::plain("From now on posts by people who were never heard here before this hour wait "),
            settings,
        )
        .say(
            " for one tap. Guests with a handle, and whoever was here in an earlier hour, come straight in. ",
        )
        .code("/chat door open")
        .say(" ends it."),
    };
    still_wait(text, settings, waiting).into()
}

fn at_the_desk(text: Text, settings: &Settings) -> Text {
    match &settings.desk {
        Some(desk) => text.say("in ").span(Span::Channel(desk.clone())),
        None => text.say("at the desk"),
    }
}

fn still_wait(text: Text, settings: &Settings, waiting: u32) -> Text {
    match waiting {
        0 => text,
        n => {
            let verb = if n == 1 { "waits" } else { "wait" };
            at_the_desk(text.say(format!(" {} {verb} ", sentence(&posts(n)))), settings).say(".")
        }
    }
}

/// After `door`.
pub fn did_door(door: Door) -> Text {
    match door {
        Door::Open => Text::plain("opened the door to everybody."),
        Door::Regulars => {
            Text::plain("has newcomers wait here for one tap. ").code("/chat door open").say(" ends it.")
        }
    }
}

/// At the desk: a newcomer waits, with what they said.
pub fn waits(settings: &Settings, episode: &Episode, filed: &Filed) -> Message {
    let label = filed.question.and_then(|(id, _)| episode.position(id)).map(|n| format!(", A{n}"));
    let text = named(&filed.post.author).say(format!(
        " is new here and waits at the door ({}{}):",
        clock(settings, filed.post.at),
        label.unwrap_or_default()
    ));
    said(text, settings, filed).into()
}

/// The same once somebody let them in; by whom, where that is known still.
pub fn was_let_in(settings: &Settings, filed: &Filed, by: Option<&str>, carried: bool) -> Text {
    let text = said(named(&filed.post.author).say(":"), settings, filed).line();
    let text = match by {
        Some(by) => text.say("Let in by ").bold(by),
        None => text.say("Let in"),
    };
    text.say(if carried {
        "; it stands in its place."
    } else {
        "; this one was not carried, what comes next is."
    })
}

/// The same once the post was taken back, hidden, or its author blocked.
pub fn was_taken_out(filed: &Filed) -> Text {
    named(&filed.post.author).say(" waited here with a post that has been taken out since.")
}

/// What a card would show, in words. The desk is in Slack: where Slack may show links only, so may the desk.
fn said(text: Text, settings: &Settings, filed: &Filed) -> Text {
    let post = &filed.post;
    let links = settings.on(Platform::Slack).any(|to| to.cards == Cards::Links);
    if let Some(url) = post.link.as_ref().filter(|_| links) {
        return text.line().span(Span::Link { label: "View on X".to_owned(), url: url.clone() });
    }
    let mut text = text.line().say(weigh::shorten(post.text.trim(), AT_THE_DESK, weigh::Unit::Chars));
    if let Some(quoted) = &post.quoted {
        let words = weigh::shorten(quoted.text.trim(), AT_THE_DESK / 3, weigh::Unit::Chars);
        text = text.line().say(format!("quoting {}: “{words}”", quoted.name));
    }
    if !post.media.is_empty() {
        text = text.line().say(format!("with {}", count(post.media.len(), "attachment", "attachments")));
    }
    match &post.link {
        Some(url) => text.line().span(Span::Link { label: "View on X".to_owned(), url: url.clone() }),
        None => text,
    }
}

/// To whoever let somebody in: of what waited, so much is carried.
pub fn let_in(name: &str, carried: usize, waited: usize) -> Message {
    Text::plain(match (carried, waited) {
        (0, _) => format!(
            "{name} is in, for good. What waited comes too late for the rooms and is only kept; from now on they \
             come straight in."
        ),
        (1, 1) => format!("{name} is in, for good. The post is on its way, and what comes next needs no tap."),
        (n, all) if n == all => format!(
            "{name} is in, for good. {} posts are on their way, and what comes next needs no tap.",
            sentence(&number(n))
        ),
        (n, all) => format!(
            "{name} is in, for good. {} of {} are on their way, the others are only kept; what comes next needs no \
             tap.",
            sentence(&number(n)),
            posts(u32::try_from(all).unwrap_or(u32::MAX))
        ),
    })
    .into()
}

/// Somebody else was faster.
pub fn let_in_already(name: &str, by: &str) -> Message {
    Text::plain(format!("{by} let {name} in already.")).into()
}

fn what(position: Option<u32>) -> String {
    position.map_or_else(|| "hello".to_owned(), |n| format!("A{n}"))
}

/// After an answer above the burst limit.
pub fn answered_too_fast(name: &str, position: Option<u32>) -> Message {
    Text::plain(format!(
        "Thank you, {name}! That was quicker than the rooms can read, so your {} is kept and not carried. Take a \
         breath, and the next one is.",
        what(position)
    ))
    .into()
}

/// After an answer of somebody who has to be let in first.
pub fn answer_waits(settings: &Settings, name: &str, position: Option<u32>) -> Message {
    let mut rooms: Vec<String> = settings.rooms().map(|d| d.place.platform.to_string()).collect();
    rooms.sort();
    rooms.dedup();
    Text::plain(format!(
        "Thank you, {name}! This time newcomers are let in one by one, so your {} waits for a nod. Then it goes \
         into {} by itself, and all you say after it goes straight there.",
        what(position),
        list(&rooms)
    ))
    .into()
}

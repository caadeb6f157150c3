//! What must hold for any bytes at all, one function for each thing that reads bytes from outside.
//!
//! Two read this file: the fuzz targets beside it (`cargo +nightly fuzz run slack_interaction`), and
//! `tests/tests/outside.rs`, which mutates the same corpus in every ordinary test run.

use chat::action::Action;
use chat::card::Card;
use chat::cue::CueId;
use chat::delivery::Room;
use chat::name::{EpisodeId, Person, Place, PostId, Slug};
use chat::weigh::Unit;
use chat::{command, copy, mirror, weigh};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue};
use wire::{Inbound, Malformed};

/// A reader of bytes from outside.
pub(crate) type Target = fn(&[u8]);

/// All of them, by the names of their corpora.
pub(crate) const ALL: [(&str, Target); 9] = [
    ("slack_command", slack_command),
    ("slack_interaction", slack_interaction),
    ("slack_event", slack_event),
    ("discord_interaction", discord_interaction),
    ("x_activity", x_activity),
    ("signatures", signatures),
    ("command", commands),
    ("names", names),
    ("texts", texts),
];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_550_400, 0).expect("a valid instant")
}

/// Reading twice reads the same, and what could not be read is told in words that quote nothing.
fn read(body: &[u8], by: fn(&[u8]) -> Result<Inbound, Malformed>) -> Option<Inbound> {
    let first = by(body);
    assert_eq!(first, by(body));
    match first {
        Ok(inbound) => Some(inbound),
        Err(why) => {
            assert!(why.to_string().len() < 100, "{why}");
            None
        }
    }
}

/// A slash command's form, and what is typed in it.
pub(crate) fn slack_command(body: &[u8]) {
    if let Some(Inbound::Command { text, .. }) = read(body, wire::slack::command) {
        commands(text.as_bytes());
    }
}

/// A button or a form of Slack. JSON is put into the form in which Slack sends it, so that what is injured
/// there is the JSON and not its percent signs.
pub(crate) fn slack_interaction(body: &[u8]) {
    if body.first() == Some(&b'{') {
        let encoded: String = body.iter().map(|byte| format!("%{byte:02X}")).collect();
        round(read(format!("payload={encoded}").as_bytes(), wire::slack::interaction));
    }
    round(read(body, wire::slack::interaction));
}

/// An event of Slack.
pub(crate) fn slack_event(body: &[u8]) {
    read(body, wire::slack::event);
}

/// An interaction of Discord.
pub(crate) fn discord_interaction(body: &[u8]) {
    round(read(body, wire::discord::interaction));
}

/// An action that was read can be written, and read again.
fn round(inbound: Option<Inbound>) {
    if let Some(Inbound::Press { action, .. } | Inbound::Submit { action, .. }) = inbound {
        assert_eq!(action.to_string().parse::<Action>().ok(), Some(action));
    }
}

/// A webhook of X: what can be read of it can be shown, within the platforms' limits, and pings nobody.
pub(crate) fn x_activity(body: &[u8]) {
    let Ok(inbound) = wire::x::activity(body) else { return };
    assert_eq!(wire::x::activity(body).as_ref(), Ok(&inbound));
    let mut cards = Vec::new();
    for post in inbound.posts {
        let id = post.id.to_string();
        assert_eq!(id.parse::<PostId>().ok().as_ref(), Some(&post.id), "{id}");
        let _ = mirror::prefix(&post.text);
        cards.push(Card {
            author: post.author,
            label: Some("A3?".to_owned()),
            first_time: true,
            text: post.text,
            quoted: post.quoted,
            media: post.media,
            at: post.at,
            local: "20:24".to_owned(),
            link: post.link,
            source: post.id.source,
            refile: None,
            hide: None,
            block: None,
        });
    }
    shown(&cards);
}

/// Cards as both rooms show them, as many as fit.
fn shown(cards: &[Card]) {
    let fit = wire::discord::fit(cards).clamp(1, 10).min(cards.len());
    if fit == 0 {
        return;
    }
    let message = wire::discord::cards(&cards[..fit]);
    assert_eq!(message.pointer("/allowed_mentions/parse"), Some(&serde_json::json!([])));
    let embeds = message.get("embeds").and_then(|e| e.as_array()).expect("cards are embeds");
    let text: usize = embeds.iter().map(embedded).sum();
    assert!(embeds.len() <= 10 && text <= 6_000, "{} embeds with {text} characters", embeds.len());

    let fit = wire::slack::fit(cards).max(1).min(cards.len());
    let message = wire::slack::cards(&cards[..fit]);
    let blocks = message.get("blocks").and_then(|b| b.as_array()).map_or(0, Vec::len);
    assert!(blocks <= 50, "{blocks} blocks");
    let written = message.to_string();
    for ping in ["<!channel", "<!here", "<!everyone", "<@U", "<!subteam"] {
        assert!(!written.contains(ping), "{ping} in {written}");
    }
}

/// What Discord counts of an embed: <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>.
fn embedded(embed: &serde_json::Value) -> usize {
    ["/title", "/description", "/footer/text", "/author/name"]
        .iter()
        .filter_map(|place| embed.pointer(place)?.as_str())
        .map(|text| text.chars().count())
        .sum()
}

/// Headers and a body from strangers: nobody who does not know a secret is believed.
pub(crate) fn signatures(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut lines = bytes.splitn(4, |b| *b == b'\n');
    let names = [
        ["x-slack-signature", "x-signature-ed25519", "x-twitter-webhooks-signature"],
        ["x-slack-request-timestamp", "x-signature-timestamp", "x-twitter-webhooks-timestamp"],
    ];
    for names in names {
        let Some(line) = lines.next() else { break };
        for name in names {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
    }
    let body = lines.next().unwrap_or_default();
    let secret = "a secret that no corpus holds";
    assert!(wire::slack::verify(&[secret], &headers, body, now()).is_err());
    assert!(wire::x::verify(&[secret], &headers, body).is_err());
    // A key of the curve whose secret half nobody has, and one that is none.
    let key = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
    assert!(wire::discord::verify(&[key, "nonsense"], &headers, body, now()).is_err());
    let text = String::from_utf8_lossy(bytes);
    let _ = wire::discord::is_public_key(&text);
    let _ = wire::x::challenge(secret, &text);
}

/// What organisers type. Whatever was not understood is answered in words.
pub(crate) fn commands(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let chats: Vec<Slug> = ["smxchat", "teachchat"].iter().filter_map(|slug| slug.parse().ok()).collect();
    match command::parse(&text, &chats) {
        Ok(parsed) => {
            assert_eq!(command::parse(&text, &chats), Ok(parsed));
        }
        Err(misread) => {
            let words: chat::text::Message = copy::misread::misread(&misread).into();
            let shown = wire::slack::message(&words).to_string();
            assert!(shown.len() > 20 && !shown.contains("<!channel"), "{shown}");
        }
    }
}

/// Names as they come back from buttons, queues and rows: what can be read is written the same way.
pub(crate) fn names(text: &[u8]) {
    fn kept<T: std::str::FromStr + std::fmt::Display + PartialEq + std::fmt::Debug>(text: &str) {
        if let Ok(name) = text.parse::<T>() {
            assert_eq!(name.to_string().parse::<T>().ok(), Some(name), "{text:?}");
        }
    }
    let text = String::from_utf8_lossy(text);
    kept::<Slug>(&text);
    kept::<EpisodeId>(&text);
    kept::<Place>(&text);
    kept::<Person>(&text);
    kept::<PostId>(&text);
    kept::<CueId>(&text);
    kept::<Room>(&text);
    kept::<Action>(&text);
}

/// What is counted and found in texts.
pub(crate) fn texts(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let _ = mirror::prefix(&text);
    let _ = command::as_typed(&text);
    let _ = command::read_day(&text);
    let _ = command::read_hashtag(&text);
    let _ = command::read_schedule(&text);
    let tags = weigh::hashtags(&text);
    assert!(tags.iter().all(|tag| text.contains(tag.as_str())), "{tags:?} in {text:?}");
    for unit in [Unit::Chars, Unit::Utf16, Unit::Weighted] {
        let short = weigh::shorten(&text, 60, unit);
        assert!(unit.measure(&short) <= 60, "{short:?}");
    }
    for range in weigh::urls(&text) {
        assert!(text.get(range.clone()).is_some(), "{range:?} in {text:?}");
    }
    let neutral = weigh::neutralise(&text);
    for call in ["@everyone", "@here", "<@", "<!channel"] {
        assert!(!neutral.contains(call), "{call} in {neutral:?}");
    }
    assert_eq!(weigh::neutralise(&neutral), neutral, "neutral text stays as it is");
}

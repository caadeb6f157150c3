//! Posts as Slack shows them: who, what they said, the first picture, when and where.

use chat::card::Card;
use chat::post::Quoted;
use serde_json::{Value, json};

use super::render::{MOST_BLOCKS, MOST_FALLBACK, MOST_TEXT, RichText, date, escaped, label, plain};
use crate::outside::{fitted, length, neutral, secure, shares};
use crate::said;

/// The most cards in one message: each may take four of its 50 blocks.
pub const MOST_CARDS: usize = MOST_BLOCKS / BLOCKS_A_CARD;

const BLOCKS_A_CARD: usize = 4;
/// The most characters that people wrote, over one message. Slack refuses too long ones
/// (`msg_blocks_too_long`) but documents a number for its `markdown` block only, which is this.
const ROOM: usize = 12_000;
/// What a card takes beside what was written: its head and foot.
const AROUND: usize = 300;
const MOST_QUOTED: usize = 1_000;
const MOST_NAME: usize = 100;
const MOST_ALT: usize = 2_000;

/// How many of these cards one message can take without shortening any on account of the others: at
/// least one, if there is one.
pub fn fit(cards: &[Card]) -> usize {
    let mut room = ROOM;
    let fitting = cards.iter().take(MOST_CARDS).take_while(|card| {
        let wants = wants(card);
        let fits = wants <= room;
        room = room.saturating_sub(wants);
        fits
    });
    fitting.count().max(1).min(cards.len())
}

/// `{text, blocks}` showing the cards, the first [`MOST_CARDS`] at most: ask [`fit`] before. A text beyond
/// a block's 3,000 characters, or beyond its share of the message, ends in "… (more on X)".
///
/// Per card a line with picture, name, handle and label; the text, with a quoted post inset; the first
/// picture with its description; and time, link and further pictures, with the choice to file it elsewhere,
/// hide it or block its author behind the dots. To be posted with `unfurl_links` and `unfurl_media` false.
pub fn cards(cards: &[Card]) -> Value {
    let cards = &cards[..cards.len().min(MOST_CARDS)];
    let rooms = shares(&cards.iter().map(wants).collect::<Vec<_>>(), ROOM);
    let lines = shares(&cards.iter().map(|c| length(&c.text) + AROUND).collect::<Vec<_>>(), MOST_FALLBACK);
    let mut blocks = Vec::new();
    let mut text = Vec::new();
    for (n, card) in cards.iter().enumerate() {
        blocks.push(head(card));
        blocks.extend(body(card, rooms[n]));
        blocks.extend(picture(card));
        blocks.push(foot(card, n));
        text.push(fallback(card, lines[n].saturating_sub(1)));
    }
    json!({ "text": text.join("\n"), "blocks": blocks })
}

/// How much of the message's room a card would like.
fn wants(card: &Card) -> usize {
    let quoted = card.quoted.as_ref();
    let quoted = quoted.map_or(0, |q| length(&neutral(&q.text)).min(MOST_QUOTED) + 2 * MOST_NAME);
    (length(&neutral(&card.text)) + quoted).min(MOST_TEXT) + AROUND
}

/// Names are bold in `mrkdwn`, which has no escapes: a name with marks in it stays plain.
fn head(card: &Card) -> Value {
    let name = said::name(&card.author.name, card.author.handle.as_deref()).trim();
    let marked = name.contains(['*', '_', '~', '`', ':', '\n']);
    let mut elements = Vec::new();
    if let Some(picture) = secure(card.author.picture.as_ref()) {
        elements.push(json!({ "type": "image", "image_url": picture, "alt_text": alt(name, MOST_NAME) }));
    }
    elements.push(if marked {
        label(name, MOST_NAME)
    } else {
        json!({ "type": "mrkdwn", "text": format!("*{}*", plain(name, MOST_NAME)), "verbatim": true })
    });
    let rest = said::after_name(card);
    if !rest.is_empty() {
        elements.push(label(&rest, MOST_NAME));
    }
    json!({ "type": "context", "elements": elements })
}

fn body(card: &Card, room: usize) -> Option<Value> {
    let room = if wants(card) <= room { MOST_TEXT } else { room.saturating_sub(AROUND).min(MOST_TEXT) };
    let text = length(&neutral(&card.text));
    let mut elements = Vec::new();
    let mut quote = None;
    let mut left = room;
    if let Some(quoted) = &card.quoted {
        // What the text leaves, but at least a third.
        let (inset, long) = inset(quoted, room.saturating_sub(text).max(room / 3));
        quote = Some(json!({ "type": "rich_text_quote", "elements": inset }));
        left = left.saturating_sub(long);
    }
    let mut words = RichText::default();
    words.words(
        &fitted(&card.text, left, |text, short| neutral(&said::perhaps_more(text, short, card))),
        None,
    );
    let words = words.elements();
    if !words.is_empty() {
        elements.push(json!({ "type": "rich_text_section", "elements": words }));
    }
    elements.extend(quote);
    (!elements.is_empty()).then(|| json!({ "type": "rich_text", "elements": elements }))
}

/// A quoted post, and how long it is.
fn inset(quoted: &Quoted, room: usize) -> (Vec<Value>, usize) {
    let mut words = RichText::default();
    let name = said::name(&quoted.name, quoted.handle.as_deref());
    let name = fitted(name, MOST_NAME.min(room), |text, _| neutral(text));
    words.words(&name, Some("bold"));
    if let Some(handle) = &quoted.handle {
        words.words(" ", None);
        match secure(quoted.link.as_ref()) {
            Some(link) => words.link(&link, &format!("@{handle}")),
            None => words.words(&format!("@{handle}"), None),
        }
    }
    let head = length(&name) + quoted.handle.as_ref().map_or(0, |handle| length(handle) + 2) + 1;
    let text = fitted(&quoted.text, room.saturating_sub(head).min(MOST_QUOTED), |text, _| neutral(text));
    words.words(&format!("\n{text}"), None);
    (words.elements(), head + length(&text))
}

fn picture(card: &Card) -> Option<Value> {
    let media = card.media.first()?;
    let url = secure(media.url.as_ref())?;
    Some(json!({ "type": "image", "image_url": url, "alt_text": alt(said::described(media), MOST_ALT) }))
}

/// Words that are no text object, and so no place for escapes.
fn alt(text: &str, most: usize) -> String {
    fitted(text, most, |text, _| neutral(text))
}

fn foot(card: &Card, n: usize) -> Value {
    let mut parts = vec![date(card.at.timestamp(), "{time}", &card.local)];
    match secure(card.link.as_ref()) {
        Some(link) => parts.push(masked(&link, &said::view_on(card.source))),
        None => parts.push(said::said_in(card.source)),
    }
    for (number, media) in card.media.iter().enumerate().skip(1).take(said::MOST_LINKED) {
        let words = said::numbered(&media.kind, number + 1);
        match said::own_address(media.url.as_ref()) {
            Some(url) => parts.push(masked(&url, &words)),
            None => parts.push(escaped(&words)),
        }
    }
    let text = json!({ "type": "mrkdwn", "text": parts.join(" · "), "verbatim": true });
    let menu = [(said::REFILE, &card.refile), (said::HIDE, &card.hide), (said::BLOCK, &card.block)];
    let options: Vec<Value> = menu
        .into_iter()
        .filter_map(|(words, action)| {
            Some(json!({ "text": label(words, 75), "value": action.as_ref()?.to_string() }))
        })
        .collect();
    if options.is_empty() {
        return json!({ "type": "context", "elements": [text] });
    }
    // Only a section can hold something to press; the dots take the least room.
    json!({
        "type": "section",
        "text": text,
        "accessory": { "type": "overflow", "action_id": format!("card-{n}"), "options": options },
    })
}

/// A link of ours under words of ours.
fn masked(url: &str, words: &str) -> String {
    format!("<{}|{}>", url.replace('&', "&amp;"), escaped(words))
}

/// One line for notifications and screen readers.
fn fallback(card: &Card, room: usize) -> String {
    let name = said::name(&card.author.name, card.author.handle.as_deref());
    let rest = said::after_name(card);
    let who = plain(&format!("{name} {rest}"), room / 2);
    let text = plain(&card.text, room.saturating_sub(length(&who) + 2));
    format!("{}: {text}", who.trim_end())
}

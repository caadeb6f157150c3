//! Posts as Discord shows them: one embed each.

use chat::card::Card;
use chat::text::{Button, Weight};
use chat::weigh;
use serde_json::{Value, json};
use serenity::all::{CreateEmbed, CreateEmbedAuthor};

use super::render::{MOST_DESCRIPTION, escaped, lean, masked, mentions, rows, short};
use crate::outside::{fitted, length, secure, shares};
use crate::said;

/// The most cards in one message: Discord's most embeds.
pub const MOST_CARDS: usize = 10;

/// The most characters over all embeds of a message.
const ROOM: usize = 6_000;
const MOST_AUTHOR: usize = 256;
const WHOLE: usize = MOST_AUTHOR + MOST_DESCRIPTION;
const MOST_QUOTED: usize = 600;
const MOST_ALT: usize = 600;

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

/// The body of a silent Create Message (or of an Edit Message) showing the cards, the first
/// [`MOST_CARDS`] at most: ask [`fit`] before. A text beyond an embed's 4,096 characters, or beyond its
/// fair share of the message's 6,000, ends in "… (more on X)".
///
/// Name, handle and label stand in the author's line, which reads no markup; the time is in each
/// reader's own zone; pings nobody.
pub fn cards(cards: &[Card]) -> Value {
    const SILENT: u64 = 1 << 12;
    let cards = &cards[..cards.len().min(MOST_CARDS)];
    let rooms = shares(&cards.iter().map(wants).collect::<Vec<_>>(), ROOM);
    let embeds: Vec<Value> = cards.iter().zip(&rooms).map(|(card, room)| embed(card, *room)).collect();
    let refile: Vec<Button> = cards
        .iter()
        .filter_map(|card| {
            let name = said::name(&card.author.name, card.author.handle.as_deref());
            let label = if cards.len() == 1 { said::REFILE.to_owned() } else { format!("Refile {name}") };
            Some(Button { label, action: card.refile.clone()?, weight: Weight::Usual })
        })
        .collect();
    json!({
        "embeds": embeds,
        "components": rows(&refile),
        "allowed_mentions": mentions(None),
        "flags": SILENT,
    })
}

/// How many characters the card takes when nothing is left out.
fn wants(card: &Card) -> usize {
    length(&author(card, WHOLE / 3)) + length(&description(card, WHOLE))
}

/// A card in at most `room` characters.
fn embed(card: &Card, room: usize) -> Value {
    // With room for all of it, nothing has to be held to a share.
    let room = if wants(card) <= room { WHOLE } else { room };
    let author = author(card, room / 3);
    let description = description(card, room - length(&author));
    let mut line = CreateEmbedAuthor::new(author);
    if let Some(picture) = secure(card.author.picture.as_ref()) {
        line = line.icon_url(picture);
    }
    if let Some(link) = secure(card.link.as_ref()) {
        line = line.url(link);
    }
    let mut embed = CreateEmbed::new().author(line).description(description);
    let picture = card.media.first().and_then(|media| Some((media, secure(media.url.as_ref())?)));
    if let Some((_, url)) = &picture {
        embed = embed.image(url);
    }
    let mut embed = lean(json!(embed));
    // In Discord's specification, in neither its pages nor serenity: what screen readers say.
    if let Some((media, _)) = &picture {
        embed["image"]["description"] = json!(short(said::described(media), MOST_DESCRIPTION));
    }
    embed
}

fn author(card: &Card, room: usize) -> String {
    let name = weigh::neutralise(said::name(&card.author.name, card.author.handle.as_deref()));
    let rest = weigh::neutralise(&said::after_name(card));
    let rest = match &card.author.handle {
        Some(handle) => rest.replacen(&format!("@{handle}"), &format!("(@{handle})"), 1),
        None if rest.is_empty() => rest,
        None => format!("· {rest}"),
    };
    let room = room.min(MOST_AUTHOR);
    let rest = fitted(&rest, room / 2, |text, _| text.to_owned());
    let name = short(&name.replace('\n', " "), room.saturating_sub(length(&rest) + 1).max(1));
    format!("{name} {rest}").trim_end().to_owned()
}

/// The text, the quoted post inset, what the picture shows, then time, link and further pictures.
fn description(card: &Card, room: usize) -> String {
    let room = room.min(MOST_DESCRIPTION);
    let foot = foot(card, room / 3);
    let left = room.saturating_sub(length(&foot));
    let inset = inset(card, left / 3);
    let alt = alt(card, left / 4);
    let left = left.saturating_sub(length(&inset) + length(&alt));
    let text = fitted(&card.text, left.saturating_sub(1), |text, short| {
        escaped(&said::perhaps_more(text, short, card), true)
    });
    let break_after = if text.is_empty() { "" } else { "\n" };
    format!("{text}{break_after}{inset}{alt}{foot}")
}

/// A quoted post as a block quote, each line of it.
fn inset(card: &Card, room: usize) -> String {
    let Some(quoted) = &card.quoted else { return String::new() };
    let name = said::name(&quoted.name, quoted.handle.as_deref());
    let room = room.min(MOST_QUOTED + 100);
    let name = fitted(name, (room / 3).min(80), |text, _| escaped(text, false).replace('\n', " "));
    let handle = match (&quoted.handle, secure(quoted.link.as_ref())) {
        (Some(handle), Some(link)) => format!(" {}", masked(&format!("@{handle}"), &link)),
        (Some(handle), None) => escaped(&format!(" @{handle}"), false),
        (None, _) => String::new(),
    };
    let head = if name.is_empty() { String::new() } else { format!("> **{name}**{handle}\n") };
    if length(&head) > room {
        return String::new();
    }
    let lines =
        |text: &str, _| escaped(text, true).lines().map(|line| format!("> {line}\n")).collect::<String>();
    format!("{head}{}", fitted(&quoted.text, room - length(&head), lines))
}

/// Discord shows no description under a picture, so it stands above.
fn alt(card: &Card, room: usize) -> String {
    let Some(media) = card.media.first().filter(|media| secure(media.url.as_ref()).is_some()) else {
        return String::new();
    };
    let Some(alt) = media.alt.as_ref().filter(|alt| said::shown(alt)) else { return String::new() };
    let one_line = |text: &str, _| format!("\u{1F5BC}\u{FE0F} {}\n", escaped(text, false).replace('\n', " "));
    fitted(alt, room.min(MOST_ALT), one_line)
}

/// `20:24 · View on X · picture 2 · picture 3`, as much of it as has room.
fn foot(card: &Card, room: usize) -> String {
    let mut foot = format!("<t:{}:t>", card.at.timestamp());
    let mut add = |part: String| {
        if length(&foot) + length(&part) + 3 <= room {
            foot.push_str(" · ");
            foot.push_str(&part);
        }
    };
    match secure(card.link.as_ref()) {
        Some(link) => add(masked(&said::view_on(card.source), &link)),
        None => add(said::said_in(card.source)),
    }
    for (n, media) in card.media.iter().enumerate().skip(1).take(said::MOST_LINKED) {
        let words = said::numbered(&media.kind, n + 1);
        match said::own_address(media.url.as_ref()) {
            Some(url) => add(masked(&words, &url)),
            None => add(words),
        }
    }
    foot
}

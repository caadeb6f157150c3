//! Text from outside, made harmless, measured and shortened. What the platforms' renderers share.
//!
//! The order is fixed: shorten first, on grapheme boundaries of what was written; then
//! [`weigh::neutralise`]; then escape for the platform. The other way round a cut could fall into an
//! escape, or take away the mark that closes a right-to-left override.

use chat::order::places;
use chat::weigh::{self, Unit};
use url::Url;

/// How long a platform counts this at most. Discord counts characters, Slack does not say; UTF-16 units
/// are never fewer.
pub(crate) fn length(text: &str) -> usize {
    Unit::Utf16.measure(text)
}

/// A run of a text: words, or a web address that must stay as it is to work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// To be escaped.
    Words(String),
    /// An absolute `http` or `https` address without anything that marks up text on either platform.
    Address(String),
}

/// The text in pieces, neutral: directions closed, mass mentions and what opens a mention parted.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let text = weigh::neutralise(text);
    let mut out = Vec::new();
    let mut words = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("http").map(|n| at + n) {
        let address = address(&text[found..]);
        let free = !text[..found].chars().next_back().is_some_and(char::is_alphanumeric);
        if free && !address.is_empty() {
            if words < found {
                out.push(Piece::Words(text[words..found].to_owned()));
            }
            // In an address nothing invisible may stand: `youtube.com/@channel4` stays a link this way.
            out.push(Piece::Address(address.replace(PARTED_AT, "%40")));
            words = found + address.len();
            at = words;
        } else {
            at = found + "http".len();
        }
    }
    if words < text.len() {
        out.push(Piece::Words(text[words..].to_owned()));
    }
    out
}

/// What [`weigh::neutralise`] makes of the `@` of a mass mention.
pub(crate) const PARTED_AT: &str = "@\u{200B}";

/// The address that `text` begins with, or nothing.
fn address(text: &str) -> &str {
    let mut end = 0;
    for c in text.chars() {
        let part = c.is_ascii_alphanumeric()
            || "-._~:/?#@!$&'()+,;=%".contains(c)
            || (c == '\u{200B}' && text[..end].ends_with('@'));
        if !part {
            break;
        }
        end += c.len_utf8();
    }
    let mut address = &text[..end];
    // A sentence's punctuation ends the sentence, and a bracket opened before the address closes after it.
    while let Some(last) = address.chars().next_back() {
        let sentence = ".,:;!?'\u{200B}".contains(last);
        let bracket = last == ')' && address.matches(')').count() > address.matches('(').count();
        if !sentence && !bracket {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    if web(&address.replace(PARTED_AT, "%40")).is_some() { address } else { "" }
}

/// An address a platform will accept in a link or a picture: `http` or `https`, with a host, at most
/// 2,000 characters. One bad address would have the whole message refused.
fn web(address: &str) -> Option<Url> {
    if address.len() > 2_000 || !(address.starts_with("http://") || address.starts_with("https://")) {
        return None;
    }
    Url::parse(address).ok().filter(|url| url.host_str().is_some_and(|host| host.contains('.')))
}

/// The same for `https` alone, and without a character that could end a link's markup.
pub(crate) fn secure(address: Option<&String>) -> Option<String> {
    let address = address?;
    let plain = address.chars().all(|c| c.is_ascii_graphic() && !"<>|\"\\^`{}[]()*".contains(c));
    (plain && address.starts_with("https://") && web(address).is_some())
        .then(|| weigh::neutralise(address).replace(PARTED_AT, "%40"))
}

/// The pieces put together again: for places that read no markup.
pub(crate) fn neutral(text: &str) -> String {
    let texts = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(text) | Piece::Address(text) => text,
    });
    texts.collect()
}

/// `text` shown whole if that is at most `room` long, else shortened so that it is, on a grapheme
/// boundary. `show` makes neutral and escapes; it gets the text, `…` included if it was shortened, and
/// whether it was. Nothing at all where not even the shortest form has room.
pub(crate) fn fitted(text: &str, room: usize, show: impl Fn(&str, bool) -> String) -> String {
    let whole = show(text, false);
    if length(&whole) <= room {
        return whole;
    }
    // Escaping takes nothing away, so what is longer than the room needs no trying.
    let text = weigh::shorten(text, room, Unit::Utf16);
    let short = |room: usize| show(&weigh::shorten(&text, room, Unit::Utf16), true);
    let (mut fits, mut over) = (0, length(&text) + 1);
    while over - fits > 1 {
        let middle = usize::midpoint(fits, over);
        if length(&short(middle)) <= room { fits = middle } else { over = middle }
    }
    if fits == 0 { String::new() } else { short(fits) }
}

/// Where to cut a text that goes on elsewhere: after at most `most` units, not inside a grapheme or a
/// link, and never at 0 unless the text is empty.
pub(crate) fn cut(text: &str, most: usize) -> usize {
    if length(text) <= most {
        return text.len();
    }
    let start = weigh::shorten(text, most, Unit::Utf16);
    match start.rfind('…') {
        Some(end) if end > 0 && text.starts_with(&start[..end]) => end,
        // One grapheme or link longer than that: then between characters.
        _ => text.char_indices().map(|(at, c)| at + c.len_utf8()).nth(most / 2).unwrap_or(text.len()),
    }
}

/// Divides `room` so that nobody gets more than they want and who must be cut is cut to the same length.
pub(crate) fn shares(wants: &[usize], room: usize) -> Vec<usize> {
    let order = places(wants.len(), &|one, other| wants[one].cmp(&wants[other]));
    let mut shares = vec![0; wants.len()];
    let mut left = room;
    for (done, &n) in order.iter().enumerate() {
        shares[n] = wants[n].min(left / (wants.len() - done));
        left -= shares[n];
    }
    shares
}

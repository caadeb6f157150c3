//! What a text weighs, what in it is a link or a hashtag, and how to shorten or quote it safely.
//!
//! X counts in its own way and publishes it as twitter-text; the rules here are version 3 of its
//! configuration, without the C++ and ICU that its crate brings.
//! <https://docs.x.com/fundamentals/counting-characters>

mod links;
mod neutral;
mod tables;
mod tags;

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

pub use links::urls;
pub(crate) use neutral::is_ignorable;
pub use neutral::{is_blank, neutralise};
pub use tags::{hashtags, hashtags_with_indices};

/// The most a post may weigh, in the units of [`weighted_length`].
pub const LIMIT: usize = 280;

/// What a link weighs, however long it is: X replaces it with a short one of its own.
const LINK_WEIGHT: usize = 23;
/// What an emoji weighs, however many code points it is made of.
const EMOJI_WEIGHT: usize = 2;

const ELLIPSIS: char = '…';

/// How long X takes `text` to be, of [`LIMIT`].
///
/// The text is composed first (NFC). Then a link weighs 23, an emoji 2, a character of most alphabets 1,
/// and any other 2: Chinese, Japanese and Korean, but also `…` and `→`.
///
/// <https://docs.x.com/fundamentals/counting-characters>
pub fn weighted_length(text: &str) -> usize {
    let text = if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect::<String>()) };
    let links = urls(&text);
    let mut weight = links.len() * LINK_WEIGHT;
    let mut at = 0;
    for link in links {
        weight += plain_weight(&text[at..link.start]);
        at = link.end;
    }
    weight + plain_weight(&text[at..])
}

fn plain_weight(text: &str) -> usize {
    let mut weight = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let emoji = tables::emoji_len(rest);
        weight += if emoji > 0 { EMOJI_WEIGHT } else { char_weight(c) };
        rest = &rest[emoji.max(c.len_utf8())..];
    }
    weight
}

fn char_weight(c: char) -> usize {
    match c {
        '\0'..='\u{10FF}' | '\u{2000}'..='\u{200D}' | '\u{2010}'..='\u{201F}' | '\u{2032}'..='\u{2037}' => 1,
        _ => 2,
    }
}

/// Whether X would take `text` as a post by its length and its characters: not empty, at most [`LIMIT`],
/// and without a byte order mark or the two code points that are never characters.
pub fn is_postable(text: &str) -> bool {
    (1..=LIMIT).contains(&weighted_length(text)) && !text.contains(tables::is_refused)
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Unicode characters (code points). Discord counts these:
    /// <https://github.com/discord/discord-api-docs/issues/1315>. Slack says "characters" and no more.
    Chars,
    /// UTF-16 code units, as a browser counts: never fewer than [`Unit::Chars`], so the cautious choice
    /// where a platform does not say what a character is to it.
    Utf16,
    /// What a post on X weighs: [`weighted_length`].
    Weighted,
}

impl Unit {
    /// How long `text` is in this unit.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Weighted => weighted_length(text),
        }
    }
}

/// `text` in at most `max` of `unit`: whole if it fits, else its beginning and `…`.
///
/// What is kept ends between graphemes, never inside a link, and between words where a space lies in the
/// last fifth. The cut makes no link that was not there (`example.community` never ends up as
/// `example.com…`) and leaves no direction open that it cut the end of. Empty if not even `…` fits.
pub fn shorten(text: &str, max: usize, unit: Unit) -> String {
    if unit.measure(text) <= max {
        return text.to_owned();
    }
    let ellipsis = ELLIPSIS.to_string();
    let Some(mut room) = max.checked_sub(unit.measure(&ellipsis)) else { return String::new() };
    let links = urls(text);
    let mut atoms = atoms(text, &links, unit);
    // Almost always the first cut will do. A cut can make a link, and what closes a direction takes room:
    // then the next one is shorter. Texts made to need many are not worth a loop without an end.
    for _ in 0..8 {
        let kept = tidy(text, &atoms[..cut(&atoms, room)]);
        let mut short = format!("{kept}{ELLIPSIS}");
        short.extend(neutral::closers(kept));
        let new_link = urls(&short).into_iter().find(|link| {
            links.binary_search_by_key(&link.start, |known| known.start).map_or(true, |at| links[at] != *link)
        });
        if let Some(link) = new_link {
            atoms.truncate(atoms.partition_point(|atom| atom.range.end <= link.start));
            continue;
        }
        let excess = unit.measure(&short).saturating_sub(max);
        if excess == 0 {
            return short;
        }
        room = room.saturating_sub(excess);
    }
    ellipsis
}

/// What a cut keeps or drops as one: a grapheme, or a link with the grapheme it ends in.
struct Atom {
    range: Range<usize>,
    size: usize,
    is_space: bool,
}

fn atoms(text: &str, links: &[Range<usize>], unit: Unit) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut links = links.iter().peekable();
    for (start, grapheme) in text.grapheme_indices(true) {
        let end = start + grapheme.len();
        while links.next_if(|link| link.end <= start).is_some() {}
        match atoms.last_mut() {
            Some(last) if links.peek().is_some_and(|link| link.start < last.range.end) => {
                last.range.end = end
            }
            _ => atoms.push(Atom { range: start..end, size: 0, is_space: grapheme.trim().is_empty() }),
        }
    }
    for atom in &mut atoms {
        atom.size = unit.measure(&text[atom.range.clone()]);
    }
    atoms
}

/// How many atoms to keep so that their sizes come to at most `room`.
fn cut(atoms: &[Atom], room: usize) -> usize {
    let mut size = 0;
    let mut between_words = 0;
    for (at, atom) in atoms.iter().enumerate() {
        if atom.is_space && size * 5 >= room * 4 {
            between_words = at;
        }
        size += atom.size;
        if size > room {
            return if between_words > 0 { between_words } else { at };
        }
    }
    atoms.len()
}

/// What `atoms` cover of `text`, without the spaces and the comma that `…` should not follow.
fn tidy<'a>(text: &'a str, atoms: &[Atom]) -> &'a str {
    let worth_keeping =
        |atom: &&Atom| !atom.is_space && !matches!(&text[atom.range.clone()], "," | ";" | ":");
    let end = atoms.iter().rfind(worth_keeping).map_or(0, |atom| atom.range.end);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weighs_as_x_does() {
        for (text, want) in [
            ("", 0),
            ("A1. Yes – “really”.", 19),
            ("…", 2),
            ("日本語", 6),
            ("e\u{301}", 1),
            ("See https://example.org/a/very/long/path?with=a&query=too", 27),
            ("Booking.com", 23),
            // Emoji: plain, toned, joined, flag, Scotland, keycap, copyright bare and as an emoji, old heart.
            ("👍", 2),
            ("👍🏽", 2),
            ("👩🏽‍🚀", 2),
            ("🇬🇧🇫🇷", 4),
            ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
            ("5️⃣", 2),
            ("©", 1),
            ("©\u{FE0F}", 2),
            ("❤\u{FE0F}\u{200D}🔥", 2),
            // Joined to nothing, or to an old symbol in its text form: the parts weigh alone.
            ("👍\u{200D}", 3),
            ("👍\u{200D}a", 4),
            ("🏃\u{200D}♂", 5),
            ("👁\u{FE0E}", 4),
        ] {
            assert_eq!(weighted_length(text), want, "{text:?}");
        }
    }

    #[test]
    fn knows_what_x_would_take() {
        assert!(is_postable(&"a".repeat(280)));
        assert!(!is_postable(&"a".repeat(281)));
        assert!(!is_postable(""));
        assert!(!is_postable("a\u{FEFF}"));
        assert!(is_postable("a\u{2067}"));
    }

    #[test]
    fn shortens_between_words_where_one_ends_near() {
        assert_eq!(shorten("one two three", 13, Unit::Chars), "one two three");
        assert_eq!(shorten("one two three", 9, Unit::Chars), "one two…");
        assert_eq!(shorten("one two, three", 10, Unit::Chars), "one two…");
        assert_eq!(shorten("one incomprehensibilities", 12, Unit::Chars), "one incompr…");
        assert_eq!(shorten("日本語です", 6, Unit::Weighted), "日本…");
        assert_eq!(shorten("日本語です", 4, Unit::Chars), "日本語…");
    }

    #[test]
    fn counts_what_it_is_told_to_count() {
        assert_eq!(Unit::Chars.measure("👍🏽"), 2);
        assert_eq!(Unit::Utf16.measure("👍🏽"), 4);
        assert_eq!(Unit::Weighted.measure("👍🏽"), 2);
        assert_eq!(shorten("👍🏽👍🏽👍🏽", 5, Unit::Chars), "👍🏽👍🏽…");
        assert_eq!(shorten("👍🏽👍🏽👍🏽", 5, Unit::Utf16), "👍🏽…");
        assert_eq!(shorten("👍🏽👍🏽👍🏽", 5, Unit::Weighted), "👍🏽…");
    }

    #[test]
    fn shortens_to_nothing_at_all_if_it_must() {
        assert_eq!(shorten("abc", 0, Unit::Chars), "");
        assert_eq!(shorten("abc", 1, Unit::Chars), "…");
        assert_eq!(shorten("abc", 1, Unit::Weighted), "");
        assert_eq!(shorten("   abc", 3, Unit::Chars), "…");
    }

    #[test]
    fn neither_breaks_a_link_nor_makes_one() {
        assert_eq!(shorten("see https://example.org/a/b/c", 20, Unit::Chars), "see…");
        assert_eq!(shorten("see example.community-centre for it", 16, Unit::Chars), "see…");
        assert_eq!(
            shorten("https://example.org/a/b/c and more words", 30, Unit::Weighted),
            "https://example.org/a/b/c and…"
        );
    }

    #[test]
    fn closes_a_direction_it_cuts_the_end_of() {
        let text = "a \u{2067}אבגדהו\u{2069} b";
        assert_eq!(shorten(text, 8, Unit::Chars), "a \u{2067}אבג…\u{2069}");
    }

    #[test]
    fn shortens_long_texts_of_every_hard_kind() {
        // Not timed: anything worse than linear would hang here for minutes.
        for part in ["a ", "a.co ", "a.community@", "👍🏽", "e\u{301}", "\u{2067}", "中.com"] {
            let text = part.repeat(100_000 / part.len());
            for unit in [Unit::Chars, Unit::Utf16, Unit::Weighted] {
                let short = shorten(&text, 5_000, unit);
                assert!(unit.measure(&short) <= 5_000, "{part}");
            }
        }
    }

    /// Text of the kinds that are hard to count and to cut.
    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                3 => "[a-z ,.]{1,8}",
                1 => "\\PC{0,6}",
                1 => Just("https://example.org/a?b ".to_owned()),
                1 => Just("example.community".to_owned()),
                1 => Just("👩🏽‍🚀🇬🇧".to_owned()),
                1 => Just("e\u{301}\u{323}שּׁ한".to_owned()),
                1 => "[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{600}\u{FE0F}\u{200D}\r\n]",
                1 => "[日本語。です]{1,5}",
                1 => any::<char>().prop_map(String::from),
            ],
            0..30,
        )
        .prop_map(|pieces| pieces.concat())
    }

    fn unit() -> impl Strategy<Value = Unit> {
        prop_oneof![Just(Unit::Chars), Just(Unit::Utf16), Just(Unit::Weighted)]
    }

    proptest! {
        #[test]
        fn never_exceeds(text in text(), max in 0_usize..120, unit in unit()) {
            prop_assert!(unit.measure(&shorten(&text, max, unit)) <= max);
        }

        #[test]
        fn changes_nothing_that_fits(text in text(), unit in unit()) {
            let fits = unit.measure(&text);
            prop_assert_eq!(&shorten(&text, fits, unit), &text);
        }

        #[test]
        fn splits_no_grapheme_and_no_link(text in text(), max in 0_usize..120, unit in unit()) {
            let short = shorten(&text, max, unit);
            if short != text && !short.is_empty() {
                let kept = &short[..short.rfind(ELLIPSIS).expect("a shortened text has an ellipsis")];
                prop_assert!(text.starts_with(kept));
                prop_assert!(kept.is_empty() || text.grapheme_indices(true).any(|(at, _)| at == kept.len()));
                let links = urls(&text);
                prop_assert!(links.iter().all(|link| kept.len() <= link.start || kept.len() >= link.end));
                prop_assert!(urls(&short).iter().all(|link| links.contains(link)));
            }
        }

        #[test]
        fn weighs_anything(text in any::<String>()) {
            weighted_length(&text);
            is_postable(&text);
            hashtags(&text);
        }

        #[test]
        fn weighs_the_same_composed_or_not(text in text()) {
            prop_assert_eq!(weighted_length(&text), weighted_length(&text.nfd().collect::<String>()));
        }
    }
}

//! Muted words: which posts have one.
//!
//! A muted word is found where it stands as a whole word, whatever its capitals, with or without a `#` or an
//! `@` before it, in letters of full width or in fancy ones (NFKC), and with anything invisible or stacked
//! between its letters taken away. A phrase is found where its words follow each other, whatever stands
//! between them, and in a hashtag that runs them together. Scripts that put no spaces between words have no
//! whole words to look for: there it is found anywhere. So is an emoji, in every colour of skin.
//!
//! It is not found inside a longer word (`scam` in `scammer`), nor in look-alikes of another alphabet or
//! of digits (`sc4m`): what would catch these catches people who mean no harm, and whoever wants to get past
//! a list of words does. For those there is Block. Names and handles are not looked at: a word is not a
//! person.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::post::Post;
use crate::weigh::is_ignorable;

/// The longest that can be muted, in characters: a word or a phrase, no text.
pub const LONGEST: usize = 80;

/// What is compared: a word, a character of a script without spaces, or a symbol.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    word: String,
    /// Right behind a `#`.
    tagged: bool,
}

/// A muted word as it is compared: two that give the same key find the same posts. `None` where nothing in
/// it could be found, or where it is longer than [`LONGEST`].
pub fn key(typed: &str) -> Option<String> {
    let words: Vec<String> = pieces(typed).into_iter().map(|piece| piece.word).collect();
    (!words.is_empty() && typed.chars().count() <= LONGEST).then(|| words.join(" "))
}

/// Whether a text has one of these words.
pub fn is_in(muted: &[String], text: &str) -> bool {
    if muted.is_empty() {
        return false;
    }
    let text = pieces(text);
    muted.iter().any(|muted| {
        let wanted: Vec<String> = pieces(muted).into_iter().map(|piece| piece.word).collect();
        let together = wanted.concat();
        let follows = |run: &[Piece]| run.iter().map(|piece| &piece.word).eq(&wanted);
        !wanted.is_empty()
            && (text.windows(wanted.len()).any(follows)
                || text.iter().any(|piece| piece.tagged && piece.word == together))
    })
}

/// Whether a post has one of these words in what its card would show: its text, what it quotes, what its
/// pictures are said to show.
pub fn is_in_post(muted: &[String], post: &Post) -> bool {
    let quoted = post.quoted.iter().map(|quoted| &quoted.text);
    let alt = post.media.iter().filter_map(|media| media.alt.as_ref());
    std::iter::once(&post.text).chain(quoted).chain(alt).any(|text| is_in(muted, text))
}

/// The words of a text as they are compared, in its order.
pub(crate) fn words(text: &str) -> Vec<String> {
    pieces(text).into_iter().map(|piece| piece.word).collect()
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    // Whether the last piece goes on, and whether a `#` was the last thing before this.
    let (mut open, mut tagged) = (false, false);
    // First what cannot be seen goes, or it would keep letters and their accents from being composed.
    let visible = text.chars().filter(|c| !is_ignorable(*c)).nfkc();
    for c in visible.filter(|c| !is_stacked(*c)).flat_map(folded).filter(|c| !is_stacked(*c)) {
        if is_spaceless(c) || is_symbol(c) {
            out.push(Piece { word: c.to_string(), tagged: false });
            (open, tagged) = (false, false);
        } else if c.is_alphanumeric() || (open && is_combining_mark(c)) {
            match out.last_mut().filter(|_| open) {
                Some(piece) => piece.word.push(c),
                None => out.push(Piece { word: c.to_string(), tagged }),
            }
            (open, tagged) = (true, false);
        } else {
            (open, tagged) = (false, c == '#');
        }
    }
    out
}

/// One case for all, as near to Unicode's full case folding as the standard library comes: `ß` is `ss`, `ς`
/// is `σ`; of the Turkish letters, which fold differently at home, all are one `i`.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// An accent that found no letter to be composed with, as in crossed-out text, or a colour of skin.
fn is_stacked(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// A character of a script that puts no spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{E01}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// An emoji, an arrow, a dingbat: what stands for itself, and is no punctuation.
fn is_symbol(c: char) -> bool {
    c >= '\u{2190}'
        && !c.is_alphanumeric()
        && !c.is_whitespace()
        && !is_combining_mark(c)
        && !matches!(c, '\u{2E00}'..='\u{2E7F}' | '\u{3000}'..='\u{303F}' | '\u{FE10}'..='\u{FE4F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(muted: &str, text: &str) -> bool {
        is_in(&[muted.to_owned()], text)
    }

    #[test]
    fn whole_words_in_whatever_dress() {
        for (muted, text) in [
            ("scam", "What a SCAM!"),
            ("SCAM", "a scam, again"),
            ("scam", "#scam"),
            ("scam", "＃Scam"),
            ("#scam", "this scam"),
            ("scam", "@scam says"),
            ("scam", "s\u{200B}c\u{200D}a\u{FEFF}m"),
            ("scam", "s\u{AD}cam"),
            ("scam", "ｓｃａｍ"),
            ("scam", "𝐬𝐜𝐚𝐦 and 𝓼𝓬𝓪𝓶"),
            ("scam", "s\u{336}c\u{336}a\u{336}m\u{336}"),
            ("scam", "_scam_ *scam*"),
            ("scam", "the scam's end"),
            ("scam", "(scam)"),
            ("scam.example", "see https://scam.example/now"),
            ("arnaque", "quelle belle l’arnaque"),
            ("STRASSE", "auf der Straße"),
            ("straße", "AUF DER STRASSE"),
            ("café", "cafe\u{301} now"),
            ("οδος", "ΟΔΟΣ"),
            ("istanbul", "İSTANBUL"),
            ("crypto giveaway", "a CRYPTO  giveaway"),
            ("crypto giveaway", "crypto - giveaway"),
            ("crypto giveaway", "#CryptoGiveaway"),
            ("crypto giveaway", "#crypto_giveaway"),
            ("crypto giveaway", "#crypto #giveaway"),
            ("don't", "don’t"),
            ("詐欺", "これは詐欺です"),
            ("หลอก", "อย่าหลอกกัน"),
            ("🍆", "so 🍆🍆 much"),
            ("👍", "👍🏽"),
            ("❤️", "❤"),
        ] {
            assert!(found(muted, text), "{muted:?} in {text:?}");
        }
    }

    #[test]
    fn nothing_else() {
        for (muted, text) in [
            ("scam", "scammer"),
            ("scam", "unscam"),
            ("scam", "scampi, with garlic"),
            ("scam", "#ScamAlert"),
            ("scam", "sc4m"),
            ("scam", "sсam with a Cyrillic letter"),
            ("crypto giveaway", "a giveaway of crypto"),
            ("crypto giveaway", "cryptogiveaway"),
            ("crypto giveaway", "crypto is no giveaway"),
            ("cafe", "the café"),
            ("scam", ""),
            ("ass", "class, assess, Assam"),
            ("🍆", "👍"),
        ] {
            assert!(!found(muted, text), "{muted:?} in {text:?}");
        }
        assert!(!is_in(&[], "anything"));
    }

    #[test]
    fn what_can_be_muted() {
        for typed in ["", " ", "\u{200B}", "!!!", "#", "—"] {
            assert_eq!(key(typed), None, "{typed:?}");
            assert!(!found(typed, "!!! # — anything"), "{typed:?}");
        }
        assert_eq!(key("#ScAm"), Some("scam".to_owned()));
        assert_eq!(key("Crypto,  giveaway"), Some("crypto giveaway".to_owned()));
        assert_eq!(key(&"x".repeat(LONGEST)).map(|k| k.len()), Some(LONGEST));
        assert_eq!(key(&"x".repeat(LONGEST + 1)), None);
    }
}

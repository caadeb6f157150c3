//! The code points the rules of X name. `std` and the crates we have know letters, marks and graphemes;
//! they do not tell a digit from a fraction, nor which symbols are emoji, so those two lists are here.
//! The crate that has both carries every property of every code point: too much for two questions.

use unicode_normalization::char::is_combining_mark;

/// A letter or a mark (Unicode `L` and `M`): what gives a hashtag its meaning.
pub(super) fn is_letter(c: char) -> bool {
    (c.is_alphabetic() || is_combining_mark(c)) && !within(&ALPHABETIC_NOT_LETTERS, c)
}

/// A decimal digit of any script (Unicode `Nd`).
pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
        || (c.is_numeric() && DIGIT_ZEROS.iter().any(|zero| (*zero..*zero + 10).contains(&u32::from(c))))
}

/// Latin letters with accents, and the combining accents, as X takes them in a domain or a path.
pub(super) fn is_latin_accent(c: char) -> bool {
    within(&LATIN_ACCENTS, c)
}

/// What X takes for a space when it looks for the end of a domain.
pub(super) fn is_space(c: char) -> bool {
    within(&SPACES, c)
}

/// The marks that set or override the direction of text.
pub(super) fn is_directional(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The three code points X refuses in a post: the byte order mark and two that are never characters.
pub(super) fn is_refused(c: char) -> bool {
    matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// How many bytes at the start of `text` are one emoji, by the grammar of UTS #51 ED-17; 0 if none are.
///
/// A sequence is taken as one whether or not any font draws it. X knows flags and joined sequences by
/// name, so a made-up one (a ghost joined to a tractor) weighs more there than here; keeping its list
/// would mean chasing it every autumn for sequences nobody types.
pub(super) fn emoji_len(text: &str) -> usize {
    let mut rest = Reader(text);
    let Some(first) = rest.next() else { return 0 };
    match first {
        '0'..='9' | '#' | '*' => {
            rest.eat(|c| c == VARIATION_EMOJI);
            if rest.eat(|c| c == KEYCAP) { text.len() - rest.0.len() } else { 0 }
        }
        '\u{1F1E6}'..='\u{1F1FF}' => {
            // A lone half of a flag is an emoji too.
            rest.eat(|c| matches!(c, '\u{1F1E6}'..='\u{1F1FF}'));
            text.len() - rest.0.len()
        }
        _ if is_pictograph(first) => {
            let mut shown_as_emoji = rest.element(first);
            if !shown_as_emoji && matches!(first, '©' | '®') {
                return 0;
            }
            loop {
                let before = rest.0;
                if !rest.eat(|c| c == JOINER) {
                    break;
                }
                let joined = rest.next().filter(|c| is_pictograph(*c));
                shown_as_emoji = joined.is_some_and(|c| rest.element(c));
                // The old symbols (hearts, arrows, gender signs) join only in their emoji form.
                if !joined.is_some_and(|c| c > '\u{FFFF}' || shown_as_emoji) {
                    rest.0 = before;
                    break;
                }
            }
            text.len() - rest.0.len()
        }
        _ => 0,
    }
}

/// What is left to read of a text.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let next = chars.next();
        self.0 = chars.as_str();
        next
    }

    fn eat(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let mut chars = self.0.chars();
        let found = chars.next().is_some_and(wanted);
        if found {
            self.0 = chars.as_str();
        }
        found
    }

    /// Takes what may follow the pictograph `base` inside one element: the emoji variation selector or a
    /// skin tone, then the tags of a flag such as Scotland's. True if the first of these was there.
    fn element(&mut self, base: char) -> bool {
        let styled = self.eat(|c| match c {
            VARIATION_EMOJI if base > '\u{FFFF}' => STYLED.contains(base),
            VARIATION_EMOJI => !UNSTYLED.contains(base),
            '\u{1F3FB}'..='\u{1F3FF}' => TONED.contains(base),
            _ => false,
        });
        let before = self.0;
        while self.eat(|c| matches!(c, '\u{E0020}'..='\u{E007E}')) {}
        if !self.eat(|c| c == TAG_END) {
            self.0 = before;
        }
        styled
    }
}

const VARIATION_EMOJI: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const JOINER: char = '\u{200D}';
const TAG_END: char = '\u{E007F}';

fn is_pictograph(c: char) -> bool {
    within(&EMOJI, c)
}

fn within(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    ranges
        .binary_search_by(|(first, last)| {
            if *last < c {
                std::cmp::Ordering::Less
            } else if *first > c {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

/// Alphabetic to Unicode, and so to `char::is_alphabetic`, but numbers and symbols by category:
/// Roman and Hangzhou numerals, cuneiform numbers, letters in circles and squares.
const ALPHABETIC_NOT_LETTERS: [(u32, u32); 16] = [
    (0x16EE, 0x16F0),
    (0x2160, 0x2182),
    (0x2185, 0x2188),
    (0x24B6, 0x24E9),
    (0x3007, 0x3007),
    (0x3021, 0x3029),
    (0x3038, 0x303A),
    (0xA6E6, 0xA6EF),
    (0x10140, 0x10174),
    (0x10341, 0x10341),
    (0x1034A, 0x1034A),
    (0x103D1, 0x103D5),
    (0x12400, 0x1246E),
    (0x1F130, 0x1F149),
    (0x1F150, 0x1F169),
    (0x1F170, 0x1F189),
];

/// Each script's nought; its other digits are the nine code points after it.
const DIGIT_ZEROS: [u32; 75] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
    0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

const LATIN_ACCENTS: [(u32, u32); 16] = [
    (0x00C0, 0x00D6),
    (0x00D8, 0x00F6),
    (0x00F8, 0x024F),
    (0x0253, 0x0254),
    (0x0256, 0x0257),
    (0x0259, 0x0259),
    (0x025B, 0x025B),
    (0x0263, 0x0263),
    (0x0268, 0x0268),
    (0x026F, 0x026F),
    (0x0272, 0x0272),
    (0x0289, 0x0289),
    (0x028B, 0x028B),
    (0x02BB, 0x02BB),
    (0x0300, 0x036F),
    (0x1E00, 0x1EFF),
];

const SPACES: [(u32, u32); 11] = [
    (0x0009, 0x000D),
    (0x0020, 0x0020),
    (0x0085, 0x0085),
    (0x00A0, 0x00A0),
    (0x1680, 0x1680),
    (0x180E, 0x180E),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];

/// Emoji other than digits and flag letters. Below U+10000 these are all there will ever be; above, the
/// places Unicode keeps for new ones are in (`Extended_Pictographic`), so that next year's count too.
const EMOJI: [(u32, u32); 114] = [
    (0x00A9, 0x00A9),
    (0x00AE, 0x00AE),
    (0x203C, 0x203C),
    (0x2049, 0x2049),
    (0x2122, 0x2122),
    (0x2139, 0x2139),
    (0x2194, 0x2199),
    (0x21A9, 0x21AA),
    (0x231A, 0x231B),
    (0x2328, 0x2328),
    (0x23CF, 0x23CF),
    (0x23E9, 0x23F3),
    (0x23F8, 0x23FA),
    (0x24C2, 0x24C2),
    (0x25AA, 0x25AB),
    (0x25B6, 0x25B6),
    (0x25C0, 0x25C0),
    (0x25FB, 0x25FE),
    (0x2600, 0x2604),
    (0x260E, 0x260E),
    (0x2611, 0x2611),
    (0x2614, 0x2615),
    (0x2618, 0x2618),
    (0x261D, 0x261D),
    (0x2620, 0x2620),
    (0x2622, 0x2623),
    (0x2626, 0x2626),
    (0x262A, 0x262A),
    (0x262E, 0x262F),
    (0x2638, 0x263A),
    (0x2640, 0x2640),
    (0x2642, 0x2642),
    (0x2648, 0x2653),
    (0x265F, 0x2660),
    (0x2663, 0x2663),
    (0x2665, 0x2666),
    (0x2668, 0x2668),
    (0x267B, 0x267B),
    (0x267E, 0x267F),
    (0x2692, 0x2697),
    (0x2699, 0x2699),
    (0x269B, 0x269C),
    (0x26A0, 0x26A1),
    (0x26A7, 0x26A7),
    (0x26AA, 0x26AB),
    (0x26B0, 0x26B1),
    (0x26BD, 0x26BE),
    (0x26C4, 0x26C5),
    (0x26C8, 0x26C8),
    (0x26CE, 0x26CF),
    (0x26D1, 0x26D1),
    (0x26D3, 0x26D4),
    (0x26E9, 0x26EA),
    (0x26F0, 0x26F5),
    (0x26F7, 0x26FA),
    (0x26FD, 0x26FD),
    (0x2702, 0x2702),
    (0x2705, 0x2705),
    (0x2708, 0x270D),
    (0x270F, 0x270F),
    (0x2712, 0x2712),
    (0x2714, 0x2714),
    (0x2716, 0x2716),
    (0x271D, 0x271D),
    (0x2721, 0x2721),
    (0x2728, 0x2728),
    (0x2733, 0x2734),
    (0x2744, 0x2744),
    (0x2747, 0x2747),
    (0x274C, 0x274C),
    (0x274E, 0x274E),
    (0x2753, 0x2755),
    (0x2757, 0x2757),
    (0x2763, 0x2764),
    (0x2795, 0x2797),
    (0x27A1, 0x27A1),
    (0x27B0, 0x27B0),
    (0x27BF, 0x27BF),
    (0x2934, 0x2935),
    (0x2B05, 0x2B07),
    (0x2B1B, 0x2B1C),
    (0x2B50, 0x2B50),
    (0x2B55, 0x2B55),
    (0x3030, 0x3030),
    (0x303D, 0x303D),
    (0x3297, 0x3297),
    (0x3299, 0x3299),
    (0x1F000, 0x1F0FF),
    (0x1F10D, 0x1F10F),
    (0x1F12F, 0x1F12F),
    (0x1F16C, 0x1F171),
    (0x1F17E, 0x1F17F),
    (0x1F18E, 0x1F18E),
    (0x1F191, 0x1F19A),
    (0x1F1AD, 0x1F1E5),
    (0x1F201, 0x1F20F),
    (0x1F21A, 0x1F21A),
    (0x1F22F, 0x1F22F),
    (0x1F232, 0x1F23A),
    (0x1F23C, 0x1F23F),
    (0x1F249, 0x1F53D),
    (0x1F546, 0x1F64F),
    (0x1F680, 0x1F6FF),
    (0x1F774, 0x1F77F),
    (0x1F7D5, 0x1F7FF),
    (0x1F80C, 0x1F80F),
    (0x1F848, 0x1F84F),
    (0x1F85A, 0x1F85F),
    (0x1F888, 0x1F88F),
    (0x1F8AE, 0x1F8FF),
    (0x1F90C, 0x1F93A),
    (0x1F93C, 0x1F945),
    (0x1F947, 0x1FAFF),
    (0x1FC00, 0x1FFFD),
];

/// The pictographs above U+FFFF that may be text as well, and so take the emoji variation selector. After
/// any other it is a character too many, and weighs as one.
const STYLED: &str = "\
    🀄🅰🅱🅾🅿🈂🈚🈯🈷🌡🌤🌥🌦🌧🌨🌩🌪🌫🌬🌶🍽🎖🎗🎙🎚🎛🎞🎟🏋🏌🏍🏎🏔🏕🏖🏗🏘🏙🏚🏛🏜🏝🏞🏟🏳\
    🏵🏷🐿👁📽🕉🕊🕯🕰🕳🕴🕵🕶🕷🕸🕹🖇🖊🖋🖌🖍🖐🖥🖨🖱🖲🖼🗂🗃🗄🗑🗒🗓🗜🗝🗞🗡🗣🗨🗯🗳🗺🛋🛍🛎\
    🛏🛠🛡🛢🛣🛤🛥🛩🛰🛳";

/// The pictographs below U+10000 that were never text, and so do not take it.
const UNSTYLED: &str = "⏩⏪⏫⏬⏰⏳⛎✅✊✋✨❌❎❓❔❕➕➖➗➰➿";

/// The pictographs that take a skin tone (`Emoji_Modifier_Base`).
const TONED: &str = "\
    ☝⛹✊✋✌✍🎅🏂🏃🏄🏇🏊🏋🏌👂👃👆👇👈👉👊👋👌👍👎👏👐👦👧👨👩👪👫👬👭👮👯👰👱👲👳👴👵👶👷\
    👸👼💁💂💃💅💆💇💏💑💪🕴🕵🕺🖐🖕🖖🙅🙆🙇🙋🙌🙍🙎🙏🚣🚴🚵🚶🛀🛌🤌🤏🤘🤙🤚🤛🤜🤝🤞🤟🤦🤰🤱🤲\
    🤳🤴🤵🤶🤷🤸🤹🤼🤽🤾🥷🦵🦶🦸🦹🦻🧍🧎🧏🧑🧒🧓🧔🧕🧖🧗🧘🧙🧚🧛🧜🧝🫃🫄🫅🫰🫱🫲🫳🫴🫵🫶🫷🫸";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        for table in [&EMOJI[..], &ALPHABETIC_NOT_LETTERS, &LATIN_ACCENTS, &SPACES] {
            assert!(table.is_sorted() && table.iter().all(|(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
        assert!(DIGIT_ZEROS.is_sorted());
    }

    #[test]
    fn lists_of_pictographs_hold_pictographs() {
        assert!(STYLED.chars().all(|c| is_pictograph(c) && c > '\u{FFFF}'));
        assert!(UNSTYLED.chars().all(|c| is_pictograph(c) && c <= '\u{FFFF}'));
        assert!(TONED.chars().all(is_pictograph));
        assert_eq!((STYLED.chars().count(), TONED.chars().count()), (100, 134));
    }

    #[test]
    fn every_digit_listed_is_a_number_to_the_standard_library_too() {
        let digits = DIGIT_ZEROS.iter().flat_map(|zero| *zero..*zero + 10).filter_map(char::from_u32);
        assert_eq!(digits.filter(|c| c.is_numeric() && is_digit(*c) && !is_letter(*c)).count(), 750);
    }

    #[test]
    fn an_emoji_is_read_to_its_end_and_no_further() {
        for (text, bytes) in [
            ("", 0),
            ("a", 0),
            ("1", 0),
            ("1\u{FE0F}", 0),
            ("1\u{FE0F}\u{20E3}", 7),
            ("™", 3),
            ("👍a", 4),
            ("👍\u{FE0F}", 4),
            ("🌡\u{FE0F}", 7),
            ("🔥🏽", 4),
            ("🇬🇧🇫", 8),
            ("🇬a", 4),
            ("👩\u{200D}🚀\u{200D}", 11),
        ] {
            assert_eq!(emoji_len(text), bytes, "{text:?}");
        }
    }
}

//! The hashtags X would see.

use std::ops::Range;

use super::links::urls;
use super::tables::{is_digit, is_letter};

/// The hashtags in `text`, without their `#`, in order and as written.
///
/// The rule is X's (twitter-text 3.1): letters, marks, digits and a few joining marks, at least one of
/// them a letter or mark; not straight after a letter, a digit or `&`; not inside a link.
///
/// <https://github.com/twitter/twitter-text>
pub fn hashtags(text: &str) -> Vec<String> {
    hashtags_with_indices(text).into_iter().map(|(tag, _)| tag).collect()
}

/// As [`hashtags`], each with the bytes it covers, its `#` or `＃` included.
pub fn hashtags_with_indices(text: &str) -> Vec<(String, Range<usize>)> {
    let mut tags = candidates(text);
    if tags.is_empty() {
        return tags;
    }
    // What starts first wins: a tag inside a link goes, and so does a link inside a tag.
    let mut links = urls(text).into_iter().peekable();
    let mut taken = 0;
    tags.retain(|(_, tag)| {
        while let Some(link) = links.next_if(|link| link.start < tag.start) {
            if link.start >= taken {
                taken = link.end;
            }
        }
        let free = tag.start >= taken;
        if free {
            taken = tag.end;
        }
        free
    });
    tags
}

fn candidates(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut may_start = true;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        let rest = &text[at..];
        let keycap = rest.starts_with(['\u{FE0F}', '\u{20E3}']);
        let (tag, after) = if is_hash(c) && may_start && !keycap {
            rest.split_at(rest.find(|c| !in_tag(c)).unwrap_or(rest.len()))
        } else {
            ("", rest)
        };
        if !tag.contains(is_letter) {
            may_start = may_precede(c);
            continue;
        }
        at += tag.len();
        // The tag is read whether it counts or not, so that nothing starts straight after it.
        may_start = false;
        if !after.starts_with(is_hash) && !after.starts_with("://") {
            found.push((tag.to_owned(), start..at));
        }
    }
    found
}

fn is_hash(c: char) -> bool {
    matches!(c, '#' | '＃')
}

fn in_tag(c: char) -> bool {
    is_letter(c)
        || is_digit(c)
        || matches!(
            c,
            '_' | '\u{200C}'
                | '\u{200D}'
                | '\u{A67E}'
                | '\u{05BE}'
                | '\u{05F3}'
                | '\u{05F4}'
                | '～'
                | '〜'
                | '\u{309B}'
                | '\u{309C}'
                | '\u{30A0}'
                | '・'
                | '〃'
                | '\u{0F0B}'
                | '\u{0F0C}'
                | '·'
        )
}

/// A tag may follow an emoji's variation selector, which is otherwise a mark like any other.
fn may_precede(c: char) -> bool {
    matches!(c, '\u{FE0E}' | '\u{FE0F}') || !(in_tag(c) || c == '&')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_hashtags_in_order_as_written() {
        assert_eq!(
            hashtags("#smxchat is on! A1 #SEO, #日本語 (#a11y)"),
            ["smxchat", "SEO", "日本語", "a11y"]
        );
        assert_eq!(hashtags_with_indices("é ＃chat"), [("chat".to_owned(), 3..10)]);
    }

    #[test]
    fn leaves_what_is_no_hashtag() {
        for text in
            ["", "#", "# chat", "#1", "#_", "a#chat", "&#chat", "#️⃣chat", "#⃣chat", "https://a.co/#chat"]
        {
            assert_eq!(hashtags(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(hashtags("#a#b ##c"), ["c"]);
        assert_eq!(hashtags("#a\u{FE0F}#b"), Vec::<String>::new());
    }

    #[test]
    fn digits_and_letters_are_those_of_unicode() {
        assert_eq!(hashtags("#٣أ #a² #aⅧ #a① #é́x"), ["٣أ", "a", "a", "a", "é́x"]);
    }

    proptest! {
        #[test]
        fn each_is_where_it_says(text in "([#＃a1_ .:/]|\u{FE0F}|\\PC){0,40}") {
            let mut last = 0;
            for (tag, range) in hashtags_with_indices(&text) {
                prop_assert!(range.start >= last);
                last = range.end;
                let sign = text[range.clone()].chars().next();
                prop_assert!(sign.is_some_and(is_hash) && text[range].ends_with(&tag));
            }
        }
    }
}

//! A link that opens X with a text ready to be posted. Nothing is posted in anybody's name: whoever presses it sees the
//! text in X's own window, changes it or not, and posts it or not.

use crate::weigh::{self, LIMIT, Unit};

/// X's window for a new post, with an answer in it as it would be posted there: the number in front by which it is
/// filed, the hashtag behind by which it is found. `text` is what was answered under `position`, or said as a hello;
/// `tag` is `#SMXChat`. What does not fit is shortened at a word, so that the text can be posted as it stands
/// (<https://docs.x.com/x-for-websites/post-button/guides/web-intent>).
pub fn to_x(position: Option<u32>, text: &str, tag: &str) -> String {
    let text = text.trim();
    let front = position.map(|n| format!("A{n}")).filter(|front| !begins_with(text, front));
    let found = weigh::hashtags(text)
        .iter()
        .any(|there| there.eq_ignore_ascii_case(tag.trim_start_matches(['#', '＃'])));
    let (front, behind) =
        (front.map(|front| format!("{front} ")).unwrap_or_default(), if found { "" } else { tag });
    let behind = if behind.is_empty() { String::new() } else { format!(" {behind}") };
    let whole = format!("{front}{text}{behind}");
    let said = if weigh::weighted_length(&whole) <= LIMIT {
        whole
    } else {
        // What is cut off may be the hashtag.
        let behind = format!(" {tag}");
        let room = LIMIT - weigh::weighted_length(&front) - weigh::weighted_length(&behind);
        format!("{front}{}{behind}", weigh::shorten(text, room, Unit::Weighted))
    };
    // As a form would, but for the blank: apps that open such links leave a plus standing.
    let said: String = form_urlencoded::byte_serialize(said.as_bytes()).collect();
    format!("https://x.com/intent/tweet?text={}", said.replace('+', "%20"))
}

/// X's window for a reply to a post, with the hashtag in it: with it the reply reaches the rooms, and its author is known
/// to be answered
/// (<https://docs.x.com/x-for-websites/post-button/guides/web-intent>).
pub fn reply_on_x(to: &str, tag: &str) -> String {
    let tag: String = form_urlencoded::byte_serialize(format!(" {tag}").as_bytes()).collect();
    format!("https://x.com/intent/tweet?in_reply_to={to}&text={}", tag.replace('+', "%20"))
}

/// Whether a text begins with that word, and not with a longer one: `A1` does not begin `A12`.
fn begins_with(text: &str, word: &str) -> bool {
    let rest = text.get(..word.len()).filter(|front| front.eq_ignore_ascii_case(word));
    rest.is_some() && !text[word.len()..].starts_with(|next: char| next.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(url: &str) -> String {
        let text = url.strip_prefix("https://x.com/intent/tweet?text=").expect("X's window");
        assert!(!text.contains(['+', ' ', '#', '&']), "{text}");
        form_urlencoded::parse(format!("text={text}").as_bytes()).next().expect("a text").1.into_owned()
    }

    #[test]
    fn an_answer_stands_ready_as_it_would_be_posted() {
        for (position, text, said) in [
            (Some(3), "We printed the address book", "A3 We printed the address book #SMXChat"),
            (Some(3), "a3: We printed it", "a3: We printed it #SMXChat"),
            (Some(1), "A12 is a bus line", "A1 A12 is a bus line #SMXChat"),
            (Some(2), "Ask in #smxchat, always", "A2 Ask in #smxchat, always"),
            (None, "Amara, Lagos 👋", "Amara, Lagos 👋 #SMXChat"),
            (Some(1), "50 % & more + C#", "A1 50 % & more + C# #SMXChat"),
        ] {
            assert_eq!(read(&to_x(position, text, "#SMXChat")), said);
        }
        let long = read(&to_x(Some(3), &"word ".repeat(100), "#SMXChat"));
        assert!(long.starts_with("A3 word word") && long.ends_with("word… #SMXChat"), "{long}");
    }

    #[test]
    fn a_reply_stands_ready_under_the_hashtag() {
        assert_eq!(
            reply_on_x("2080761390344937796", "#SMXChat"),
            "https://x.com/intent/tweet?in_reply_to=2080761390344937796&text=%20%23SMXChat"
        );
    }

    proptest! {
        #[test]
        fn it_can_always_be_posted_and_found(text in "[\\PC\\n]{1,400}", position in prop::option::of(1_u32..30)) {
            let said = read(&to_x(position, &text, "#SMXChat"));
            prop_assert!(weigh::weighted_length(&said) <= LIMIT, "{said}");
            prop_assert!(weigh::hashtags(&said).iter().any(|tag| tag.eq_ignore_ascii_case("smxchat")), "{said}");
        }
    }
}

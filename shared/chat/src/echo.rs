//! The same words twice: somebody answers in a room, then posts it on X by the link that stands under their answer. Or
//! they answer, are told that something went wrong, and send it once more. It was heard already, so it is not carried
//! once more.
//!
//! On X it is known of those whose account there is proved to be theirs. Of anybody else the same words may be two
//! people's.

use crate::agenda::Episode;
use crate::mirror;
use crate::name::QuestionId;
use crate::post::Post;
use crate::{Change, Chat, Decision};

/// So many numbers of one person are remembered, the latest ones: two of an answer.
const MOST: usize = 24;
/// So much of an answer tells it from others: what is longer may be shortened to fit X.
const TOLD_APART_BY: usize = 80;

/// Remembers what was answered, with what follows from the answer.
pub(crate) fn remember(decision: &mut Decision, text: &str) {
    keep(decision, digest(text));
}

/// Remembers that it was answered under this question (`None`: said as a hello), and need not be sent again.
pub(crate) fn remember_under(decision: &mut Decision, question: Option<QuestionId>, text: &str) {
    keep(decision, digest(text).map(|digest| under(question, digest)));
}

fn keep(decision: &mut Decision, number: Option<u64>) {
    let Some(number) = number else { return };
    for change in &mut decision.changes {
        if let Change::Participant(participant) = change {
            participant.said.push(number);
            let more = participant.said.len().saturating_sub(MOST);
            participant.said.drain(..more);
        }
    }
}

/// The same words under another question are another answer.
fn under(question: Option<QuestionId>, digest: u64) -> u64 {
    let number = question.map_or(0, |QuestionId(id)| u64::from(id) + 1);
    digest.rotate_left(32).wrapping_add(number).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Whether the one who answers gave this very answer in this episode already.
pub(crate) fn is_repeat(chat: &Chat, episode: &Episode, question: Option<QuestionId>, text: &str) -> bool {
    let known = chat.seen.participant.as_ref().filter(|known| known.latest == episode.id);
    known.zip(digest(text)).is_some_and(|(known, digest)| known.said.contains(&under(question, digest)))
}

/// Whether a post is an answer that its author gave in a room, in the same episode.
pub(crate) fn is_echo(chat: &Chat, episode: &Episode, post: &Post) -> bool {
    let also = chat.seen.also.as_ref().filter(|also| also.latest == episode.id);
    also.zip(digest(&post.text)).is_some_and(|(also, digest)| also.said.contains(&digest))
}

/// A number for the words of a text: without the `A3` in front, hashtags and mentions, and however they are spaced and
/// set; `None` where nothing of it is a letter, since two waves are not the same wave. A digest, so that what was
/// removed is kept nowhere. FNV-1a: the same in every version of this.
fn digest(text: &str) -> Option<u64> {
    let words = text.split_whitespace().filter(|word| !word.starts_with(['#', '＃', '@', '＠']));
    let said = words.enumerate().filter(|(n, word)| *n > 0 || mirror::prefix(word).is_none());
    let letters = said.flat_map(|(_, word)| word.chars()).filter(|c| c.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).take(TOLD_APART_BY).collect();
    let hash = letters.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (!letters.is_empty()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_again_as_it_stands_on_x() {
        let said = "We printed the address book, and met on Sundays.";
        for posted in [
            "A3 We printed the address book, and met on Sundays. #SMXChat",
            "a3: we printed the address book and met on sundays #smxchat",
            "#SMXChat A3 We printed the address book, and met  on Sundays",
        ] {
            assert_eq!(digest(posted), digest(said), "{posted}");
        }
        for other in ["A3 We printed the address book #SMXChat", "A3 👍 #SMXChat", ""] {
            assert_ne!(digest(other), digest(said), "{other}");
        }
        let long = "word ".repeat(90);
        let shortened = crate::intent::to_x(Some(1), &long, "#SMXChat");
        let shortened = shortened.replace("%20", " ").replace("%23", "#").replace("%E2%80%A6", "…");
        let shortened = shortened.split_once("text=").expect("a text").1;
        assert_eq!(digest(shortened), digest(&long), "{shortened}");
    }
}

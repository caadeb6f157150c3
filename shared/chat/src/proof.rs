//! Whose account on X is whose. Nothing is ever sent there to find out: X's rules forbid writing to people who
//! did not ask for it. Instead a member gets a word, used once, and puts it into any post of theirs that has the
//! chat's hashtag; whoever can post as an account is its owner.
//!
//! An account belongs to one member. The first who proves it has it until they let go of it: a second proof shows
//! who can post there today, but not that the first one could not, and what hangs on it is taken from nobody.

use chrono::{DateTime, Duration, Utc};

use crate::member::{Account, Claim, Member, Notice};
use crate::name::{Person, fold};
use crate::post::Post;
use crate::{Change, Chat};

/// How long a word proves something: two weekly hours.
pub const GOOD_FOR: Duration = Duration::days(14);

/// What each word begins with, so that nobody uses one by chance and everybody sees what it is.
const BEGINS: &str = "earshot-";
/// Without vowels, so that no word is made by chance, and without what is read as something else.
const LETTERS: [u8; 27] = *b"bcdfghjkmnpqrstvwxz23456789";
const LENGTH: usize = 8;

/// A claim of a handle (without `@`); `key` names the request, so that each gets a word of its own.
pub fn claim(person: &Person, handle: &str, key: &str, now: DateTime<Utc>) -> Claim {
    let mut number = fold(&format!("{person}/{}/{key}", handle.to_lowercase()));
    let base = LETTERS.len() as u64;
    let mut word = BEGINS.to_owned();
    for _ in 0..LENGTH {
        word.push(char::from(LETTERS[usize::try_from(number % base).unwrap_or_default()]));
        number /= base;
    }
    Claim { handle: handle.to_owned(), word, until: now + GOOD_FOR }
}

/// The words in a text that may prove something, in lower case.
pub fn words_in(text: &str) -> Vec<String> {
    let apart = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let words = text.split(apart).map(str::to_ascii_lowercase);
    words.filter(|word| word.len() == BEGINS.len() + LENGTH && word.starts_with(BEGINS)).take(4).collect()
}

/// What follows where a post has the word of a member's claim in it ([`crate::Seen::claimant`]).
pub(crate) fn proved(chat: &Chat, post: &Post, now: DateTime<Utc>) -> Vec<Change> {
    let Some(member) = &chat.seen.claimant else { return Vec::new() };
    let Some(claim) = member.claim.as_ref().filter(|claim| claim.until > now) else { return Vec::new() };
    let theirs = post.author.handle.as_ref().is_some_and(|h| h.eq_ignore_ascii_case(&claim.handle));
    // What is passed on is somebody else's words.
    if !theirs || post.is_repost || !words_in(&post.text).contains(&claim.word) {
        return Vec::new();
    }
    let handle = post.author.handle.clone().unwrap_or_default();
    let used = Change::Unclaimed(claim.word.clone());
    let mut after = Member { claim: None, ..member.clone() };
    if chat.seen.linked.as_ref().is_some_and(|other| *other != member.person) {
        after.untold.push(Notice::Taken { handle });
        return vec![Change::Member(after), used];
    }
    let person = post.author.person.clone();
    after.untold.push(Notice::Proved { handle: handle.clone() });
    let before = after.account.replace(Account { person: person.clone(), handle, since: now });
    let mut changes = vec![used, Change::Linked { account: person.clone(), member: member.person.clone() }];
    changes.extend(before.filter(|old| old.person != person).map(|old| Change::Unlinked(old.person)));
    changes.push(Change::Member(after));
    changes
}

/// What goes with a member who leaves, or who lets go of their account and what they claimed.
pub(crate) fn let_go(member: &Member) -> Vec<Change> {
    let account = member.account.iter().map(|account| Change::Unlinked(account.person.clone()));
    let claim = member.claim.iter().map(|claim| Change::Unclaimed(claim.word.clone()));
    account.chain(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Platform;

    #[test]
    fn a_word_is_found_again_in_what_people_make_of_it() {
        let person = Person::new(Platform::Discord, "", "4301");
        let now = DateTime::UNIX_EPOCH;
        let claim_ = claim(&person, "adaokafor", "r1", now);
        let other = claim(&person, "adaokafor", "r2", now);
        assert_ne!(claim_.word, other.word, "each has its own");
        for text in ["it's me: {} #SMXChat", "A1 a choir ({})", "{}", "#{} hello", "“{}”."] {
            let text = text.replace("{}", &claim_.word.to_uppercase());
            assert_eq!(words_in(&text), std::slice::from_ref(&claim_.word), "{text}");
        }
        for text in ["earshot-", "earshot-short", "an earshot-wide smile", "earshot-toolongforone"] {
            assert_eq!(words_in(text), [""; 0], "{text}");
        }
    }
}

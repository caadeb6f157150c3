//! Reads with which question a guest comes in: `from Q3`, `at Q3`, `from question 3`, `from Q 3`.
//!
//! Without a Q it belongs to what is said of them: a guest may well run a club from 3.

use super::parse::numbered;
use super::slack::{fold, words};
use super::{Misread, Verb};

/// What reads on after a question, so that it means a stretch of the hour.
const STRETCH: &[&str] = &["to", "until", "till", "through", "and", "or", "-", "–", "—", "&", "&amp;"];

/// What stands behind `from`.
enum Question {
    /// One of them, 1 to 99.
    One(u32),
    /// A number that no question has.
    None,
    /// `Q2-Q3` in one word.
    Several,
}

/// The question that these words begin with, and how many of them it takes.
fn question(next: &[&str]) -> Option<(Question, usize)> {
    let first = next.first()?;
    let one = |read: Option<u32>| read.map_or(Question::None, Question::One);
    if let Some(read) = numbered(first) {
        return Some((one(read), 1));
    }
    let word = fold(first);
    if matches!(word.as_str(), "q" | "question" | "questions") {
        let number = next.get(1)?;
        return match numbered(&format!("Q{number}")) {
            // Several are announced, so one alone is not what is meant.
            Some(_) if word == "questions" => Some((Question::Several, 2)),
            Some(read) => Some((one(read), 2)),
            None => is_several(&format!("q{number}")).then_some((Question::Several, 2)),
        };
    }
    is_several(&word).then_some((Question::Several, 1))
}

/// `q2-q3`, `q2–3`, `q2/q3`, in one word.
fn is_several(word: &str) -> bool {
    let mut numbers = word.trim_end_matches(['.', ',', ':', ')']).split(['-', '–', '—', '/', '&', '+']);
    let is_one = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    let first = numbers.next().and_then(|n| n.strip_prefix('q')).is_some_and(is_one);
    let others: Vec<&str> = numbers.map(|n| n.strip_prefix('q').unwrap_or(n)).collect();
    first && !others.is_empty() && others.into_iter().all(is_one)
}

/// Whether these words close what a question began: nothing more, or `on`, as in "from Q2 on".
fn closes(rest: &[&str]) -> bool {
    let on = |word: &str| matches!(fold(word).trim_end_matches('.'), "on" | "onward" | "onwards");
    rest.is_empty() || matches!(rest, [word] if on(word))
}

/// Takes a closing `from Q3` off, with the comma before it.
///
/// # Errors
/// A number that no question has is asked back.
pub(super) fn closing(typed: &str) -> Result<(&str, Option<u32>), Misread> {
    let last = typed.rfind([',', '，']).unwrap_or(0);
    let spans = words(&typed[last..]);
    let each: Vec<&str> = spans.iter().map(|&(start, end)| &typed[last + start..last + end]).collect();
    for (n, &(start, _)) in spans.iter().enumerate() {
        // The comma stands alone only where a space follows it, as it mostly does.
        let word = each[n].trim_start_matches([',', '，']);
        if !is_from(word) {
            continue;
        }
        let Some((read, took)) = question(&each[n + 1..]) else { continue };
        if !closes(&each[n + 1 + took..]) {
            continue;
        }
        let before = typed[..last + start].trim_end_matches([',', '，', ' ']);
        return match read {
            Question::One(position) => Ok((before, Some(position))),
            Question::None => Err(no_question(&each[n + 1..n + 1 + took])),
            // Read again as one of the parts, and asked back there.
            Question::Several => Ok((typed, None)),
        };
    }
    Ok((typed, None))
}

/// Takes `from Q3` off one of the parts between commas, as it stands there alone or behind other words.
///
/// # Errors
/// More than one question, and words behind it, are asked back: kept as they stand, everybody would read them.
pub(super) fn within(part: &str) -> Result<(&str, Option<u32>), Misread> {
    let spans = words(part);
    let each: Vec<&str> = spans.iter().map(|&(start, end)| &part[start..end]).collect();
    for (n, &(start, _)) in spans.iter().enumerate() {
        if !is_from(each[n]) {
            continue;
        }
        let Some((read, took)) = question(&each[n + 1..]) else { continue };
        let rest = &each[n + 1 + took..];
        let stretch = |word: &&str| STRETCH.contains(&fold(word).as_str());
        match read {
            Question::One(position) if closes(rest) => return Ok((part[..start].trim_end(), Some(position))),
            Question::None if closes(rest) => return Err(no_question(&each[n + 1..])),
            // Somebody may be at Q2 Labs, and is from nowhere of that kind.
            Question::One(_) | Question::None
                if fold(each[n]) == "at" && !rest.first().is_some_and(stretch) => {}
            Question::One(_) | Question::None | Question::Several => {
                return Err(Misread::NotAPart { typed: part[start..].to_owned() });
            }
        }
    }
    Ok((part, None))
}

fn is_from(word: &str) -> bool {
    matches!(fold(word).as_str(), "from" | "at")
}

fn no_question(typed: &[&str]) -> Misread {
    Misread::NotAQuestion { verb: Verb::Guest, typed: typed.join(" ") }
}

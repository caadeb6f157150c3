//! Whether two questions say nearly the same, by their words.
//!
//! The measure is Sørensen and Dice's coefficient over sets of words: twice as many as they share, divided by
//! as many as both have. Words are what [`crate::muted`] takes for words, cut to their stems by the first step
//! of Porter's algorithm (plurals, *-ed*, *-ing*), without the words that stand in every question.
//!
//! Not over pairs of letters, which forgive a slip of the pen: between two short questions the one word that
//! makes the difference ("your favourite book", "your favourite film") is a few letters among many. Nor by what
//! words mean: that takes a model of the language, and whoever reads the hint sees for themselves.
//! <https://en.wikipedia.org/wiki/Dice-S%C3%B8rensen_coefficient>,
//! <https://tartarus.org/martin/PorterStemmer/def.txt>

use std::collections::BTreeSet;

use crate::muted;

/// Above this two questions are nearly the same, in percent: of four words that count one may be another.
const NEAR: usize = 75;

/// A question that has fewer words that count is compared by all it has: "Who are you?" has none.
const ENOUGH: usize = 2;

/// Words that stand in any question, and say little of what it asks. Of a contraction both halves: `couldn`,
/// `t`.
const STOP: [&str; 113] = [
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "being", "but", "by", "can", "could", "couldn", "d", "did", "didn", "do", "does", "doesn", "doing",
    "don", "during", "each", "for", "from", "had", "has", "have", "having", "he", "her", "here", "him",
    "his", "how", "i", "if", "in", "into", "is", "isn", "it", "its", "just", "ll", "m", "may", "me", "might",
    "more", "most", "must", "my", "not", "of", "on", "one", "or", "our", "out", "over", "re", "s", "she",
    "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "to", "too", "t", "under", "up", "us", "ve", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "whose", "why", "will", "with", "without", "won", "would",
    "you", "your", "yours",
];

/// A question, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gist {
    /// The stems of the words that count.
    telling: BTreeSet<String>,
    /// Those of all words.
    all: BTreeSet<String>,
    /// All that is written, without capitals and punctuation, in its order.
    letters: String,
}

impl Gist {
    /// What a question says.
    pub fn of(text: &str) -> Gist {
        let words = muted::words(text);
        let telling = words.iter().filter(|word| !STOP.contains(&word.as_str()));
        Gist {
            telling: telling.map(|word| stem(word)).collect(),
            all: words.iter().map(|word| stem(word)).collect(),
            letters: words.concat(),
        }
    }

    /// Whether both have the same words in the same order, whatever their capitals and punctuation.
    pub fn is_same(&self, other: &Gist) -> bool {
        self.letters == other.letters && !self.letters.is_empty()
    }

    /// How near they are, in percent, rounded down: 100 where they have the same words.
    pub fn nearness(&self, other: &Gist) -> usize {
        let enough = self.telling.len() >= ENOUGH && other.telling.len() >= ENOUGH;
        if enough { dice(&self.telling, &other.telling) } else { dice(&self.all, &other.all) }
    }

    /// Whether one is nearly the other.
    pub fn is_near(&self, other: &Gist) -> bool {
        self.is_same(other) || self.nearness(other) > NEAR
    }

    /// The words without what no two ways of writing them share; empty where there are none.
    pub(crate) fn letters(&self) -> &str {
        &self.letters
    }
}

fn dice(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    // Of nothing nothing is shared.
    (200 * a.intersection(b).count()).checked_div(a.len() + b.len()).unwrap_or(0)
}

/// The stem of a word in lower case: the first step of Porter's algorithm, and the `e` at the end, so that
/// *change*, *changes*, *changed* and *changing* are one. Of other languages' words it may take too much; it
/// does so from both questions.
fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    let mut word = match word {
        word if word.ends_with("sses") || word.ends_with("ies") => &word[..word.len() - 2],
        word if word.ends_with("ss") || word.ends_with("us") => word,
        word => word.strip_suffix('s').unwrap_or(word),
    }
    .to_owned();
    let vowel = |part: &str| part.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    for ending in ["ing", "ed"] {
        let Some(rest) = word.strip_suffix(ending).filter(|rest| rest.len() > 1 && vowel(rest)) else {
            continue;
        };
        let mut last = rest.chars().rev();
        let doubled = match (last.next(), last.next()) {
            (Some(a), Some(b)) => a == b && !"lsz".contains(a) && !"aeiou".contains(a),
            _ => false,
        };
        word = if doubled { rest[..rest.len() - 1].to_owned() } else { rest.to_owned() };
        break;
    }
    if word.len() > 3 {
        if let Some(rest) = word.strip_suffix('e') {
            word = rest.to_owned();
        } else if let Some(rest) = word.strip_suffix('y').filter(|rest| vowel(rest)) {
            word = format!("{rest}i");
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(a: &str, b: &str) -> usize {
        let (a, b) = (Gist::of(a), Gist::of(b));
        assert_eq!(a.nearness(&b), b.nearness(&a), "it is the same from both sides");
        a.nearness(&b)
    }

    #[test]
    fn stems() {
        for (words, stem_of_all) in [
            (&["change", "changes", "changed", "changing"][..], "chang"),
            (&["community", "communities"], "communiti"),
            (&["learn", "learns", "learned", "learning"], "learn"),
            (&["plan", "plans", "planned", "planning"], "plan"),
            (&["live", "lives", "lived", "living"], "liv"),
            (&["post", "posts", "posted", "posting"], "post"),
            (&["press", "presses", "pressed", "pressing"], "press"),
            (&["tell", "telling"], "tell"),
            (&["focus"], "focus"),
            (&["red"], "red"),
            (&["sing"], "sing"),
            (&["wünsche"], "wünsche"),
        ] {
            for word in words {
                assert_eq!(stem(word), stem_of_all, "{word}");
            }
        }
    }

    /// Each number by hand: twice the shared words that count, by the words that count of both.
    #[test]
    fn by_hand() {
        for (a, b, percent) in [
            // made, stay | made, stay, left: 2·2 of 5.
            ("What made you stay?", "What made you stay when you could have left?", 80),
            // made, stay | made, leave: 2·1 of 4.
            ("What made you stay?", "What made you leave?", 50),
            // favourite, book | favourite, film: 2·1 of 4.
            ("What is your favourite book?", "And your favourite film?", 50),
            // tool, use, plan, post | tool, use, measure, post: 2·3 of 8.
            ("Which tool do you use to plan posts?", "Which tool do you use to measure posts?", 75),
            // None counts, so all do: who, are, you | where, are, you: 2·2 of 6.
            ("Who are you?", "Where are you?", 66),
            // One alone counts, so all do: why, do, you, post | where, do, you, post: 2·3 of 8.
            ("Why do you post?", "Where do you post?", 75),
            ("What made you stay?", "What made you stay?", 100),
            ("", "", 0),
            ("", "What made you stay?", 0),
        ] {
            assert_eq!(nearness(a, b), percent, "{a} | {b}");
        }
    }

    /// What was asked before in other words, as people repeat themselves.
    #[test]
    fn near_repeats_are_seen() {
        for (a, b) in [
            ("What made you stay?", "what made YOU stay"),
            ("What made you stay?", "So, what made you stay?"),
            ("What made you stay?", "What has made you stay this year… when you did?"),
            ("What made you stay?", "What makes you stay? Made you?"),
            (
                "What did your community do in the week its platform changed under it?",
                "What did your community do the week its platform changed?",
            ),
            (
                "What did your community do in the week its platform changed under it?",
                "In the week its platform changes, what does a community do?",
            ),
            ("What did you learn this year?", "What have you learned in this year?"),
            ("What's the one tool you couldn't live without?", "Which tool could you not live without?"),
            ("How do you welcome newcomers?", "How does your group welcome a newcomer to the group?"),
            ("Which communities outlive their platform?", "Which community outlived its platform?"),
            (
                "What would you carry out of a burning platform?",
                "What do you carry from the burning platform?",
            ),
            ("Who kept the list of people, and where is it now?", "Who has kept the list of people?"),
            ("Was hat dich hier gehalten?", "Was hat dich damals hier gehalten?"),
            ("¿Qué te hizo quedarte aquí?", "¿Y qué te hizo quedarte aquí?"),
            ("あなたの好きな本は何ですか", "好きな本は何ですか？"),
            ("#Burnout: how do you rest?", "How do you rest from burnout?"),
        ] {
            let (one, other) = (Gist::of(a), Gist::of(b));
            assert!(one.is_near(&other), "{}%: {a} | {b}", one.nearness(&other));
            assert!(other.is_near(&one), "{}%: {b} | {a}", one.nearness(&other));
        }
    }

    /// What shares its form or its subject, and asks something else.
    #[test]
    fn different_questions_are_not() {
        for (a, b) in [
            ("What made you stay?", "What made you leave?"),
            ("What made you stay?", "Who made you stay away from platforms?"),
            ("What is your favourite book?", "What is your favourite film?"),
            ("Why do you post?", "Where do you post?"),
            ("Who are you?", "Where are you?"),
            ("Which tool do you use to plan posts?", "Which tool do you use to measure posts?"),
            ("What does your community need most?", "What does your community fear most?"),
            ("How do you start a community?", "How do you end a community?"),
            ("What will you do this week?", "What did you do last week?"),
            ("Who kept the list of people, and where is it now?", "Where do people keep what they write?"),
            ("What did you learn this year?", "What do you want to learn from Instagram?"),
            ("What about one?", "What about two?"),
            ("Was hat dich hier gehalten?", "Was hat dich hierher gebracht?"),
            ("", "What made you stay?"),
            ("🎉", "🔥"),
        ] {
            let (one, other) = (Gist::of(a), Gist::of(b));
            assert!(!one.is_near(&other), "{}%: {a} | {b}", one.nearness(&other));
        }
    }

    /// What words alone do not tell: it is a hint, and whoever reads it sees for themselves.
    #[test]
    fn what_it_takes_for_something_else() {
        for (a, b, percent) in [
            // "Last" is two words.
            ("What will you do this week so that it lasts?", "What did you do last week?", 100),
            // "Kept" has another stem than "keep".
            (
                "Who kept the list of people, and where is it now?",
                "Who is keeping the list of people now?",
                75,
            ),
            // Other words for the same.
            ("How do you welcome newcomers?", "How do you greet new people?", 0),
        ] {
            assert_eq!(nearness(a, b), percent, "{a} | {b}");
        }
    }

    #[test]
    fn the_same_words() {
        let same = |a: &str, b: &str| Gist::of(a).is_same(&Gist::of(b));
        assert!(same("Who are you, and where are you from?", "Who are you — and where are you from?"));
        assert!(same("WHAT now", "What, now?!"));
        assert!(!same("Who are you?", "Who were you?"));
        assert!(!same("?", "!"), "no words are no same words");
    }
}

//! The script: who does what when, what an answer must say, and what the hour announces. The verdict
//! holds what came of it against this.

use chrono::TimeDelta;

use crate::cast;

/// What somebody does, and when: minutes and seconds from the start of the episode.
pub(super) struct Act {
    pub(super) at: (i64, i64),
    pub(super) what: What,
}

/// What somebody does. What is written into a form holds nothing that Discord's Markdown would escape, so
/// that it is found again as it was typed.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// The organiser types `/chat …`, and reads these words in the answer.
    Chat(&'static str, &'static str),
    /// Somebody on X posts.
    Post(usize, &'static str),
    /// Somebody on X replies to the latest question.
    Reply(usize, &'static str),
    /// Somebody on X posts a picture.
    Picture(usize, &'static str, &'static str),
    /// Somebody on X passes on the latest question.
    Repost(usize),
    /// A Discord member presses Answer and answers.
    Answer(&'static str, &'static str),
    /// A Discord member says hello with the button.
    Hello(&'static str, &'static str),
    /// A Discord member uses a command, and reads these words in the answer.
    Member(&'static str, &'static str, &'static str),
    /// The organiser answers in Slack.
    SlackAnswer(&'static str, &'static str),
}

impl What {
    /// What somebody writes that every room is to show, and who.
    pub(super) fn said(&self) -> Option<(&'static str, &'static str)> {
        match self {
            What::Post(who, text) | What::Reply(who, text) | What::Picture(who, text, _) => {
                Some((on_x(*who).1, text))
            }
            What::Answer(who, text) | What::Hello(who, text) | What::SlackAnswer(who, text) => {
                Some((cast::name(who), text))
            }
            What::Chat(..) | What::Repost(_) | What::Member(..) => None,
        }
    }

    /// As it is told: "Maya: /chat hold 3m".
    pub(super) fn told(&self) -> String {
        match self {
            What::Chat(command, _) => format!("Maya: /chat {command}"),
            What::Member(who, command, _) => format!("{}: /{command}", cast::name(who)),
            What::Repost(who) => format!("{} passes a question on", on_x(*who).1),
            What::Answer(who, _) | What::SlackAnswer(who, _) => format!("{} presses Answer", cast::name(who)),
            What::Hello(who, _) => format!("{} presses Say hello", cast::name(who)),
            What::Post(who, _) | What::Reply(who, _) | What::Picture(who, ..) => {
                format!("{} posts", on_x(*who).1)
            }
        }
    }
}

/// Somebody on X: id, name, handle.
pub(super) fn on_x(who: usize) -> (&'static str, &'static str, &'static str) {
    cast::ON_X.get(who).copied().unwrap_or(cast::ON_X[0])
}

const fn act(minute: i64, second: i64, what: What) -> Act {
    Act { at: (minute, second), what }
}

/// What is changed by a command can be undone with a button, and only that. What is refused has none.
const CHANGED: &str = "Undo";

/// How the chat is begun: commands, and what the answers say.
pub(super) const SET_UP: [(&str, &str); 5] = [
    ("new #SMXChat every Tuesday 8pm London", "20:00 London"),
    ("connect slack", CHANGED),
    ("set desk <#C0DESK|smxchat-desk>", CHANGED),
    ("set cities New York, Nairobi", CHANGED),
    ("connect discord", "/connect "),
];

/// Once Discord is connected.
pub(super) const FURNISH: [(&str, &str); 2] =
    [("set role <@&4100000000000000003>", CHANGED), ("connect x", CHANGED)];

/// What the hour is about.
pub(super) const PREPARE: [(&str, &str); 2] =
    [("topic Communities that outlive their platform", CHANGED), ("guest Wanjiru Kamau, Nairobi", CHANGED)];

/// What it asks.
pub(super) const QUESTIONS: [&str; 6] = [
    "Who are you, and which community do you call yours?",
    "What made you stay when leaving would have been easier?",
    "What did your community do in the week its platform changed under it?",
    "Who keeps the list of people, and what happens if they lose it?",
    "What would you carry out first if your platform were on fire?",
    "What will you do this week so that it lasts another year?",
];

/// Something that the hour announces in every room and on X.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The reminder of the evening before.
    Eve,
    /// The reminder ten minutes before the start, which calls the members in Discord.
    Kettle,
    /// The opening.
    Opening,
    /// A question, counted from one.
    Question(usize),
    /// The close.
    Close,
}

impl Moment {
    /// All ten.
    pub fn all() -> impl Iterator<Item = Moment> {
        let questions = (1..=QUESTIONS.len()).map(Moment::Question);
        [Moment::Eve, Moment::Kettle, Moment::Opening].into_iter().chain(questions).chain([Moment::Close])
    }

    /// When it is due at the earliest, from the start of the episode.
    pub(super) fn due(self) -> TimeDelta {
        match self {
            Moment::Eve => TimeDelta::hours(-24),
            Moment::Kettle => TimeDelta::minutes(-10),
            Moment::Opening => TimeDelta::zero(),
            Moment::Question(_) => TimeDelta::minutes(5),
            Moment::Close => TimeDelta::minutes(60),
        }
    }

    /// How it begins, for whoever reads it in a room or on X.
    pub(super) fn begins(self) -> String {
        match self {
            Moment::Eve => "Tomorrow".to_owned(),
            Moment::Kettle => "Kettle on!".to_owned(),
            Moment::Opening => "Welcome".to_owned(),
            Moment::Question(n) => {
                format!("Q{n}. {}", n.checked_sub(1).and_then(|n| QUESTIONS.get(n)).unwrap_or(&""))
            }
            Moment::Close => "That's the hour".to_owned(),
        }
    }

    /// What it is called in a sentence.
    pub(super) fn named(self) -> String {
        match self {
            Moment::Eve => "the reminder of the evening before".to_owned(),
            Moment::Kettle => "the reminder of the last ten minutes".to_owned(),
            Moment::Opening => "the opening".to_owned(),
            Moment::Question(n) => format!("Q{n}"),
            Moment::Close => "the close".to_owned(),
        }
    }
}

/// The hour. Times are the chat's; the hold moves what comes after it.
pub(super) fn hour() -> Vec<Act> {
    use What::*;
    vec![
        act(-9, 0, Member(cast::AMARA, "join", "<t:")),
        act(-8, 0, Member(cast::JUNO, "when", "<t:")),
        act(-7, 0, Member(cast::JUNO, "join", "<t:")),
        act(-3, 0, Post(0, "Putting the kettle on for #SMXChat. See you in three minutes!")),
        act(1, 0, Post(0, "Hello from Lagos, Ada here. Fourth time and still nervous. #SMXChat")),
        act(1, 30, Hello(cast::AMARA, "Amara, Accra. I sing in a choir that met on three platforms so far.")),
        act(2, 10, Post(1, "Bruno, Recife. First time at #SMXChat, be gentle")),
        act(3, 20, Post(3, "Dana from Leeds, with biscuits. Hello all #SMXChat")),
        act(5, 40, Post(1, "A1 Bruno: a book club that started in a bakery queue #SMXChat")),
        act(
            6,
            10,
            Post(0, "A1: a mailing list for midwives. Yes, a mailing list, in this century. #SMXChat"),
        ),
        act(6, 40, Answer(cast::AMARA, "A choir. We lost our forum in March and sang anyway.")),
        act(7, 30, Reply(4, "The allotment next door. 43 people, one hose. #SMXChat")),
        act(9, 0, Post(6, "A1 Grace, Mombasa: teachers who swap lesson plans for mangoes #SMXChat")),
        act(11, 0, Repost(5)),
        act(14, 40, Post(3, "A2: somebody noticed when I was quiet for a week. #SMXChat")),
        act(15, 10, Post(5, "A2. The jokes. Honestly, the jokes. #SMXChat")),
        act(15, 50, Answer(cast::JUNO, "They remembered my name the second time.")),
        act(16, 30, Post(7, "A2 皆さんが待っていてくれたから。(You all waited for me.) #SMXChat 🎐")),
        act(18, 0, Post(2, "@everyone <!channel> does shouting still work? Asking for a friend. #SMXChat")),
        act(
            19,
            0,
            Picture(
                6,
                "A2 this wall. We painted it in 2019 and nobody could leave after that. #SMXChat",
                "A mural of twelve people holding one very long scarf",
            ),
        ),
        act(23, 40, Post(0, "A3 we printed the address book. On paper! #SMXChat")),
        act(24, 10, Chat("hold 3m", CHANGED)),
        act(
            24,
            50,
            Post(
                4,
                "A3: panicked for a day, then phoned everybody. It took four hours. Best four hours. #SMXChat",
            ),
        ),
        act(25, 40, Answer(cast::AMARA, "We met in the car park. Somebody brought soup.")),
        act(
            27,
            0,
            SlackAnswer(
                cast::SOL,
                "Nothing, for a week. Then one of us wrote to ten, and each of those to ten more.",
            ),
        ),
        act(28, 30, Post(1, "Sorry, late to this one: A1 also my street's cat group #SMXChat")),
        act(30, 0, Post(5, "Half of us came back by the weekend #SMXChat")),
        act(35, 30, Post(3, "A4 Me. It's me. It is on this laptop. Oh dear. #SMXChat")),
        act(36, 0, Post(6, "A4: three people, three countries, three copies #SMXChat")),
        act(37, 0, Member(cast::JUNO, "questions", QUESTIONS[3])),
        act(38, 30, Post(7, "A4 a shared notebook, and a rule: whoever joins writes the next page #SMXChat")),
        act(42, 40, Post(2, "A5 The recipes thread. Not negotiable. #SMXChat")),
        act(43, 20, Post(0, "A5: the people, and the list that finds them again #SMXChat")),
        act(44, 30, Answer(cast::JUNO, "The running jokes document. 212 pages.")),
        act(49, 50, Post(4, "A6 export the list. Tonight. Before bed. #SMXChat")),
        act(50, 30, Post(3, "A6 what Emre said, and then give it to two others #SMXChat")),
        act(51, 30, Answer(cast::AMARA, "Teach one more person where the key is.")),
        act(53, 0, Post(1, "A6 come back next Tuesday. First time, not last. #SMXChat")),
        act(56, 0, Chat("status", "Q6 of 6")),
        act(58, 0, Post(5, "Thank you all, this was the best hour of my week #SMXChat")),
    ]
}

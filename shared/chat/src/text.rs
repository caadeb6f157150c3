//! What is said, before a platform's dialect is applied. `copy` chooses the words and marks what is
//! strong or a time; `wire` renders and escapes. Nothing here may carry a platform's own markup: a
//! `Plain` span is escaped wherever it goes, whoever wrote it.

use chrono::{DateTime, Utc};

use crate::action::Action;
use crate::name::{Person, Place};

/// A run of text with marks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(pub Vec<Span>);

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Words, shown as they are.
    Plain(String),
    /// Strong.
    Bold(String),
    /// Emphasised.
    Italic(String),
    /// Typed by a person: a command, a code.
    Code(String),
    /// An instant, shown in each reader's own zone where the platform can
    /// (Discord `<t:…>`, Slack `<!date^…>`); elsewhere, and as Slack's fallback, `local`.
    Time {
        /// The instant.
        at: DateTime<Utc>,
        /// How to show it.
        style: TimeStyle,
        /// The chat's own local wording: "Tue 24 Nov, 20:00 London".
        local: String,
    },
    /// A link under words of ours. Never used for text from outside, whose links stay bare.
    Link {
        /// The words.
        label: String,
        /// An absolute `https` address.
        url: String,
    },
    /// Names a person without pinging them.
    Person(Person),
    /// Names a channel.
    Channel(Place),
    /// Names a Discord role, which pings it only where the message's `ping` says so.
    Role(String),
    /// A new line.
    Break,
}

/// How an instant is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeStyle {
    /// Day, date and time.
    Full,
    /// Time of day.
    Clock,
    /// "in 10 minutes".
    Relative,
}

impl Text {
    /// Plain words.
    pub fn plain(words: impl Into<String>) -> Text {
        Text(vec![Span::Plain(words.into())])
    }

    /// Nothing yet, to be built on.
    pub fn new() -> Text {
        Text::default()
    }

    /// Adds plain words.
    #[must_use]
    pub fn say(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Plain(words.into()));
        self
    }

    /// Adds strong words.
    #[must_use]
    pub fn bold(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Bold(words.into()));
        self
    }

    /// Adds emphasised words.
    #[must_use]
    pub fn italic(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Italic(words.into()));
        self
    }

    /// Adds something typed.
    #[must_use]
    pub fn code(mut self, words: impl Into<String>) -> Text {
        self.0.push(Span::Code(words.into()));
        self
    }

    /// Adds an instant.
    #[must_use]
    pub fn time(mut self, at: DateTime<Utc>, style: TimeStyle, local: impl Into<String>) -> Text {
        self.0.push(Span::Time { at, style, local: local.into() });
        self
    }

    /// Adds any span.
    #[must_use]
    pub fn span(mut self, span: Span) -> Text {
        self.0.push(span);
        self
    }

    /// Adds a new line.
    #[must_use]
    pub fn line(mut self) -> Text {
        self.0.push(Span::Break);
        self
    }

    /// Adds another text.
    #[must_use]
    pub fn then(mut self, other: Text) -> Text {
        self.0.extend(other.0);
        self
    }

    /// Whether nothing would be read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|s| matches!(s, Span::Plain(p) if p.is_empty()))
    }

    /// The words without marks, times in the chat's own wording: what X gets, and what a test reads.
    pub fn words(&self) -> String {
        self.0
            .iter()
            .map(|span| match span {
                Span::Plain(s) | Span::Bold(s) | Span::Italic(s) | Span::Code(s) => s.clone(),
                Span::Time { local, .. } => local.clone(),
                Span::Link { label, url } => format!("{label} ({url})"),
                Span::Person(p) => format!("@{}", p.id),
                Span::Channel(p) => format!("#{}", p.channel),
                Span::Role(_) => String::new(),
                Span::Break => "\n".to_owned(),
            })
            .collect()
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Text {
        Text::plain(words)
    }
}

/// One message: words and what can be pressed under them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The words.
    pub text: Text,
    /// Buttons, in rows of at most five.
    pub buttons: Vec<Button>,
    /// The one role this message may ping (Discord); its mention must also stand in the text.
    pub ping: Option<String>,
}

impl Message {
    /// A message of these words, with nothing to press.
    pub fn new(text: Text) -> Message {
        Message { text, ..Message::default() }
    }

    /// Adds a button.
    #[must_use]
    pub fn button(mut self, label: impl Into<String>, action: Action) -> Message {
        self.buttons.push(Button { label: label.into(), action, weight: Weight::Usual });
        self
    }

    /// Adds the button most people will want.
    #[must_use]
    pub fn main_button(mut self, label: impl Into<String>, action: Action) -> Message {
        self.buttons.push(Button { label: label.into(), action, weight: Weight::Main });
        self
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Message {
        Message::new(text)
    }
}

/// Something to press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// At most 75 characters.
    pub label: String,
    /// What pressing it means.
    pub action: Action,
    /// How much it stands out.
    pub weight: Weight,
}

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// One of several.
    Usual,
    /// The one most people will want.
    Main,
    /// Cannot be taken back.
    Grave,
}

/// A modal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What submitting it means.
    pub action: Action,
    /// At most 24 characters (Slack's limit, the lower one).
    pub title: String,
    /// The submit button, at most 24 characters.
    pub submit: String,
    /// Words above the fields (Slack; Discord's modals have no room for them).
    pub intro: Text,
    /// One to five on Discord, up to 90 on Slack.
    pub fields: Vec<Field>,
}

/// One input of a [`Form`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the submission.
    pub key: String,
    /// At most 45 characters (Discord's limit).
    pub label: String,
    /// Shown while empty, at most 100 characters.
    pub hint: String,
    /// What it holds at first.
    pub value: String,
    /// Several lines.
    pub long: bool,
    /// Whether it may stay empty.
    pub optional: bool,
    /// The most characters it takes, up to 3,000.
    pub max: u16,
}

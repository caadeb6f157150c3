//! What a platform told us, after it was verified and parsed.

use std::collections::BTreeMap;
use std::fmt;

use chat::action::Action;
use chat::command::MemberCommand;
use chat::name::{Person, Place};

/// Who did something, as the platform told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who. On Slack `home` is the workspace of the installation.
    pub person: Person,
    /// The name to show: on Discord the nickname in that server, else the display name, else the
    /// username; on Slack the username, which is all that a payload carries.
    pub name: String,
    /// Their picture, an `https` address. Slack's payloads carry none.
    pub picture: Option<String>,
    /// Whether they may manage the channel it happened in (Discord's permissions `MANAGE_CHANNELS` or
    /// `ADMINISTRATOR`). Always false on Slack, where organisers are named in the settings.
    pub manages_channels: bool,
}

/// Something that happened on Slack or Discord.
///
/// `id` is the platform's own name of the event: a body that arrives twice carries it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// Discord asks whether we are there: answer with [`crate::discord::pong`].
    Ping,
    /// Slack's `url_verification`: answer with these words as the body.
    Challenge(String),
    /// Slack's `ssl_check`: answer 200 with nothing.
    SslCheck,
    /// A Slack slash command.
    Command {
        /// Its trigger id.
        id: String,
        /// Who typed it.
        by: Visitor,
        /// Where.
        place: Place,
        /// What that channel is called, `directmessage` in a direct message.
        channel_name: String,
        /// What was typed after the command, with Slack's `&amp; &lt; &gt;` undone once.
        text: String,
        /// Opens a modal within three seconds, once.
        trigger: String,
        /// Takes up to five messages within thirty minutes.
        response_url: String,
    },
    /// A Discord slash command.
    Member {
        /// The interaction's id.
        id: String,
        /// Who typed it.
        by: Visitor,
        /// Where; a thread counts as its channel.
        place: Place,
        /// What that channel is called; not known of a thread's channel.
        place_name: Option<String>,
        /// What.
        command: MemberCommand,
        /// Answers and edits the answer, for fifteen minutes.
        token: String,
    },
    /// A button, or what was chosen in a menu.
    Press {
        /// Slack's trigger id, Discord's interaction id.
        id: String,
        /// Who pressed it.
        by: Visitor,
        /// Where; a thread counts as its channel. The channel is empty where it happened in a Slack
        /// modal or in App Home.
        place: Place,
        /// What it means.
        action: Action,
        /// The message it stood under: Slack's `ts`, Discord's id.
        message: Option<String>,
        /// Whether only the one who pressed it sees that message.
        ephemeral: bool,
        /// Slack: opens a modal within three seconds, once.
        trigger: Option<String>,
        /// Discord: answers for fifteen minutes.
        token: Option<String>,
        /// Slack: takes the answer.
        response_url: Option<String>,
        /// Slack: the modal it stood in, which is then the only place for an answer.
        view: Option<String>,
        /// Slack: whether it stood in App Home, or in a modal that was opened from there.
        home: bool,
    },
    /// A form that was filled in.
    Submit {
        /// Slack's view id, Discord's interaction id.
        id: String,
        /// Who filled it in.
        by: Visitor,
        /// Where, on Discord; Slack does not say where a modal was opened.
        place: Option<Place>,
        /// The form's own meaning.
        action: Action,
        /// What was typed, by [`chat::text::Field::key`]; empty where nothing was.
        values: BTreeMap<String, String>,
        /// Discord: answers for fifteen minutes.
        token: Option<String>,
        /// Slack: whether it was opened from App Home.
        home: bool,
    },
    /// Somebody opened their App Home in Slack.
    HomeOpened {
        /// Whose it is.
        by: Person,
    },
    /// Somebody opened the messages beside it, where nothing is done about it.
    MessagesOpened,
    /// Nothing is done about this: a kind we do not use, one nobody has heard of, or a button that is
    /// not ours. Answer 200, for anything else makes a platform try again.
    Ignored {
        /// The platform's name of it, for the log.
        kind: String,
    },
}

/// Why a request is not believed. Each is a 401, before anything was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// This header is not there.
    Missing(&'static str),
    /// A header is there twice, or cannot be what the platform writes.
    Malformed,
    /// Signed more than five minutes away from now, before or after.
    Stale,
    /// Signed by somebody else, or not these bytes.
    Wrong,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unverified::Missing(header) => write!(f, "the header {header} is missing"),
            Unverified::Malformed => f.write_str("the signature's headers are malformed"),
            Unverified::Stale => f.write_str("the timestamp is more than five minutes away from now"),
            Unverified::Wrong => f.write_str("the signature does not fit the body"),
        }
    }
}

impl std::error::Error for Unverified {}

/// Why a verified body could not be read. Each is a 400. It never quotes the body, since it ends in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON from here on.
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// Without this field nothing can be done about it.
    Missing(&'static str),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::NotJson { line, column } => {
                write!(f, "the body is not JSON (line {line}, column {column})")
            }
            Malformed::NotAnObject => f.write_str("the body is JSON but not an object"),
            Malformed::Missing(field) => write!(f, "the body has no {field}"),
        }
    }
}

impl std::error::Error for Malformed {}

//! What the one who asked reads when Earshot itself was the trouble: not their mistake, and never a
//! guess at what came of it.

use crate::reply::Reply;
use crate::text::{Message, Text};

/// What went wrong between Earshot and its table, as far as it matters to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No answer in the time that a platform waits. It may have been done all the same.
    Slow,
    /// The table cannot be reached. Nothing was done, or it is not known; a second try is safe.
    Away,
    /// Too many people changed the same thing at the same moment. Nothing was done.
    Crowded,
    /// More dates at once than can be written as one. Nothing was done.
    TooMuch,
    /// What was sent cannot be stored, or what is stored cannot be read. Nothing was done.
    Unfit,
}

/// Why nothing, or nothing certain, came of a request.
pub fn trouble(trouble: Trouble) -> Message {
    match trouble {
        Trouble::Slow => Text::plain("My notebook answers too slowly at the moment, so I don't know yet whether that was done. Look first (")
            .code("/chat questions")
            .say(", ")
            .code("/chat when")
            .say("), then try again."),
        Trouble::Away => Text::plain("I can't reach my notebook at the moment. Please try that again in a minute."),
        Trouble::Crowded => {
            Text::plain("Many hands at once! Somebody else changed the same thing at that moment. Nothing of yours was done; please try again.")
        }
        Trouble::TooMuch => Text::plain(
            "That would change more dates at once than I can write down in one go, so nothing was done. In smaller \
             pieces it works: a few dates at a time.",
        ),
        Trouble::Unfit => {
            Text::plain("I could not make sense of that, and nothing was done. Whoever runs this Earshot finds the reason in its log.")
        }
    }
    .into()
}

/// Slack did not open a form while its trigger lived.
pub fn form_closed() -> Reply {
    Reply::Said(Text::plain("Slack did not open the form in time. Please try once more.").into())
}

/// A button or a form that Earshot does not know, or no longer knows.
pub fn unknown_button() -> Reply {
    Reply::Said(Text::plain("That button has no meaning any more.").into())
}

/// A command in Discord that Earshot does not know.
pub fn unknown_command() -> Reply {
    Reply::Said(Text::plain("I don't know that one. ").code("/help").say(" lists what I do know.").into())
}

/// Several chats live in the channel, and which one was meant is asked.
pub fn which_one() -> Text {
    Text::plain("Which one?")
}

/// The same for a command in Slack, where a button for each chat runs it.
pub fn which_chat() -> Text {
    Text::plain("Which chat do you mean?")
}

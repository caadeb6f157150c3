//! What the person who asked gets to see.

use crate::text::{Form, Message};

/// The answer to a command, a press or a submitted form. Only the one who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Words, and what can be pressed next.
    Said(Message),
    /// The same, in place of the message whose button was pressed.
    Instead(Message),
    /// A modal to fill in.
    Form(Form),
    /// The submitted form stays open, with these complaints beside its fields (key, words).
    Mend(Vec<(String, String)>),
    /// It takes a moment: the answer follows by a delivery ([`crate::delivery::Work::HandOver`]), seen by nobody
    /// else either. Discord only.
    Later,
    /// Nothing to see.
    Silent,
}

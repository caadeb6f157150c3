//! What an operator sets up once and looks at now and then: whom a token belongs to, the scopes of a Slack
//! app, Discord's commands, X's webhook and the rules of its stream.
//!
//! The same three rules as for what chats say: one call is one request, nothing sleeps or tries again, and
//! an error is named by what to do next. Every call here may be made twice: whoever is in doubt asks again.

mod discord;
mod slack;
mod x;

pub use discord::{Application, PERMISSIONS, Permission};
pub use slack::{Identity, SCOPES, Scoped};
pub use x::{Account, Rule};

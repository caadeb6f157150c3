//! Each platform's protocol, as pure functions: what came in is verified over its raw bytes and then
//! parsed into an [`Inbound`] or a [`Post`](chat::post::Post); what goes out is rendered from `chat`'s
//! own words to the platform's JSON.
//!
//! Nothing here reads a clock, an environment or a network: `now`, secrets and bodies are arguments.
//! Nobody else sees a platform's JSON.
//!
//! The order is always the same: [`slack::verify`], [`discord::verify`] or [`x::verify`] first, over the
//! bytes as they arrived (base64 of the carrier undone), and only then a parser. Parsers accept unknown
//! fields and kinds, because platforms add them without notice, and never panic.

pub mod discord;
mod inbound;
mod outside;
mod reading;
mod said;
mod signed;
pub mod slack;
pub mod x;

pub use inbound::{Inbound, Malformed, Unverified, Visitor};

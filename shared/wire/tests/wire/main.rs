//! What `wire` accepts, refuses and writes, through its public API alone.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod ed25519;
mod parse_discord;
mod parse_slack;
mod parse_x;
mod render;
mod safety;
mod search_x;
mod shared;
mod verify;

//! The stand-ins keep what the platforms document: every limit here has a test that meets it.

#[path = "standin_platforms/cable.rs"]
mod cable;
#[path = "standin_platforms/database.rs"]
mod database;
#[path = "standin_platforms/discord.rs"]
mod discord;
#[path = "standin_platforms/faults.rs"]
mod faults;
#[path = "standin_platforms/slack.rs"]
mod slack;
#[path = "standin_platforms/support.rs"]
mod support;
#[path = "standin_platforms/x.rs"]
mod x;

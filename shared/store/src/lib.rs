#![doc = include_str!("../README.md")]

mod alone;
mod attendance;
mod audit;
mod bank;
mod commit;
mod deliveries;
mod desk;
mod heartbeat;
mod items;
mod keys;
mod load;
mod members;
mod mine;
mod missed;
mod outbox;
mod pace;
mod present;
mod quotes;
mod radar;
mod rehearsals;
mod removals;
mod search;
mod shown;
mod spend;
mod sweep;
mod table;
mod travel;
mod turn;
mod unreadable;
mod unsaid;
mod watch;

use std::error::Error;

use aws_sdk_dynamodb::Client;

pub use attendance::Answered;
pub use audit::{Audit, Stage};
pub use bank::Forgotten;
pub use commit::{Commit, Committed, MOST_ITEMS, NewDelivery, Request};
pub use deliveries::{
    Claim, DeliveryRow, MOST_CLAIMED, MessageRow, Opened, RoomRow, Sent, Standing, Waiting, WorkKind,
};
pub use desk::Living;
pub use load::{ChatLine, External, Loaded, Spoke};
pub use mine::{Asked, Mine};
pub use pace::{Hold, Pace};
pub use quotes::{Quoting, ToUnquote};
pub use removals::{Erasure, ToErase};
pub use search::{Rest, Searched};
pub use sweep::DueCue;
pub use table::{INDEX, TTL};
pub use travel::{Arrival, Changes, Gathered, Halfway, InTheWay, Kind, Left, Record, Way};
pub use turn::Limit;
pub use unsaid::Unsaid;
pub use watch::Watch;

/// The table, behind a client that knows its address.
///
/// The caller makes the client, so region, credentials, endpoint and time-outs are its choice. It
/// should set a time-out for each attempt: without one, a connection that hangs is waited for.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    /// Whether what happens is written down to be told on a bus.
    tells: bool,
    passed_over: unreadable::PassedOver,
}

impl Store {
    /// The table of this name, at the address that `client` was made for.
    pub fn new(client: Client, table: impl Into<String>) -> Store {
        Store { client, table: table.into(), tells: false, passed_over: Default::default() }
    }

    /// The same store, which also writes down what happens, for [`Store::untold`]. Without a bus that would
    /// be told it, nothing is to be written that nobody takes away again.
    #[must_use]
    pub fn telling(self) -> Store {
        Store { tells: true, ..self }
    }
}

/// Why something was not read or written, named by what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody wrote in between: load and decide again. Nothing was written.
    #[error("somebody else wrote in between")]
    Conflict,
    /// More rows than one transaction may have: split what is to be written. Nothing was written.
    #[error("{items} rows are too many for one transaction")]
    TooLarge {
        /// How many rows it would take.
        items: usize,
    },
    /// The table does not answer, or refuses because it has too much to do: try again later. Whether
    /// something was written is not known; the same commit can be repeated with the same token.
    #[error("the table cannot be reached")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The table lets nobody in: an operator must look (no such table, no permission). Nothing was written.
    #[error("the table refuses the request")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The table will never take this, whoever asks: leave it and go on (a row that is too large, a name
    /// that is too long). Nothing was written.
    #[error("this cannot be stored")]
    Unfit(#[source] Box<dyn Error + Send + Sync>),
    /// A row is there but cannot be read: it was written by a newer version, or damaged.
    #[error("row {key} cannot be read: {why}")]
    Unreadable {
        /// The row's two keys, `pk/sk`.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

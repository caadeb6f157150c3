//! What is remembered: one DynamoDB table, read and written in the shapes of `items`.
//!
//! The table is the truth. A queue only says that there may be something to do, so everything that
//! must not be lost is written here first, in one transaction with what led to it:
//!
//! - [`Store::load`] reads the slice of a chat that an event needs, strongly consistent;
//! - [`Store::commit`] writes what is now true and one row per delivery, conditional only on the rows
//!   it changes. A repeat of the same commit is harmless;
//! - [`Store::waiting`], [`Store::claim`], [`Store::sent`] and their kin carry a delivery through
//!   `Pending → Claimed → Sent | Failed | Unknown`;
//! - [`Store::cues_due`] and [`Store::destinations_waiting`] find, through the one sparse index, what
//!   nobody took care of.
//!
//! Nothing here reads a clock: every instant is an argument. Where a row has an end, it counts as gone
//! from then on, although DynamoDB may take days to remove it
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html>).
//!
//! # The table
//!
//! Partition key `pk`, sort key `sk`, both strings; on demand; `expires_at` (epoch seconds) is its
//! time-to-live attribute; one index `ripe` with partition key `ripe` (string) and sort key `ripe_at`
//! (number, epoch milliseconds), which includes the attributes `rev` and `due`.
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `CHAT#slug` | `META` | settings |
//! | | `EP#planned` | episode with its questions |
//! | | `EP#starts#planned` | signpost to an episode that was moved more than 40 days past its name |
//! | | `CUE#planned#kind` | cue; in the index (`CUE`) while it waits |
//! | | `MEMBER#person`, `PERSON#person` | who joined, who posted |
//! | | `UNDO#id`, `KEPT#id` | what can be taken back, what a later press needs |
//! | | `COUNTED#reason#date` | how many posts were not carried |
//! | `CHATS` | `slug` | every chat, for the clock |
//! | `WORKSPACE#team` | `CHAT#slug` | a workspace's chats |
//! | `TAG#hashtag` | `-` | whose hashtag it is |
//! | `PLACE#place` | `CHAT#slug` | which chats speak there |
//! | `CODE#code` | `-` | a code that connects a channel |
//! | `REQ#key` | `-` | the first answer to a request, for 48 hours |
//! | `EP#episode` | `POST#post`, `SPOKE#person` | what was said, and by whom |
//! | `POST#post` | `CHAT#slug` | the episode that a post was filed in |
//! | `DLV#delivery` | `-` | what became of a delivery, for good |
//! | `WAIT#place` | `class#at#delivery` | a delivery that waits; in the index (`WAIT`) |
//! | `MSG#place` | `mark` | one message there: its posts and what it shows |
//! | `ROOM#place` | `room` | the thread of a question or an opening |
//! | `EXT#platform#id` | `-` | the announcement that the platform calls this |
//! | `SAID#hash` | `-` | the text of an announcement, to know it when it comes back |
//! | `DEST#place` | `PACE` | who sends there now, and when the next call may start |

mod commit;
mod deliveries;
mod items;
mod keys;
mod load;
mod pace;
mod sweep;
mod table;

use std::error::Error;

use aws_sdk_dynamodb::Client;

pub use commit::{Commit, Committed, MOST_ITEMS, NewDelivery};
pub use deliveries::{
    Claim, DeliveryRow, MOST_CLAIMED, MessageRow, Opened, RoomRow, Sent, Standing, Waiting, WorkKind,
};
pub use load::{ChatLine, External, Loaded, Spoke};
pub use pace::{Hold, Pace};
pub use sweep::DueCue;
pub use table::{INDEX, TTL};

/// The table, behind a client that knows its address.
///
/// The caller makes the client, so region, credentials, endpoint and time-outs are its choice. It
/// should set a time-out for each attempt: without one, a connection that hangs is waited for.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The table of this name, at the address that `client` was made for.
    pub fn new(client: Client, table: impl Into<String>) -> Store {
        Store { client, table: table.into() }
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
    /// The table will never accept this: an operator must look (no such table, no permission, or a
    /// request that is malformed or too large). Nothing was written.
    #[error("the table refuses the request")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// A row is there but cannot be read: it was written by a newer version, or damaged.
    #[error("row {key} cannot be read: {why}")]
    Unreadable {
        /// The row's two keys, `pk/sk`.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

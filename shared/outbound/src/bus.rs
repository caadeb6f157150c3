//! Amazon EventBridge: tells a bus what happened
//! (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).

use std::time::SystemTime;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::primitives::DateTime as Moment;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use chrono::{DateTime, Utc};

use crate::SendError;

/// The most entries that one call takes.
pub const MOST_ENTRIES: usize = 10;

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who tells, as rules match it.
    pub source: String,
    /// What sort of thing happened, as rules match it.
    pub kind: String,
    /// What happened, a JSON object.
    pub detail: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An event bus.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus of this name, at the address that `client` was made for.
    pub fn new(client: Client, name: impl Into<String>) -> Bus {
        Bus { client, name: name.into() }
    }

    /// Tells up to [`MOST_ENTRIES`] things. The answer says of each whether the bus has it: a call that is
    /// answered 200 may have left some out. Telling twice is told twice, so a doubt is simply told again.
    ///
    /// # Errors
    /// [`SendError::Unknown`] where the bus did not answer or did not take the call: tell all of it again.
    pub async fn put(&self, entries: &[Entry]) -> Result<Vec<bool>, SendError> {
        let entries: Vec<PutEventsRequestEntry> = entries
            .iter()
            .map(|entry| {
                PutEventsRequestEntry::builder()
                    .event_bus_name(&self.name)
                    .source(&entry.source)
                    .detail_type(&entry.kind)
                    .detail(&entry.detail)
                    .time(Moment::from(SystemTime::from(entry.at)))
                    .build()
            })
            .collect();
        let asked = entries.len();
        let request = self.client.put_events().set_entries(Some(entries)).send();
        // Boxed: the SDK's futures are large.
        let answer = Box::pin(request)
            .await
            .map_err(|error| SendError::Unknown { why: DisplayErrorContext(&error).to_string() })?;
        let mut taken: Vec<bool> =
            answer.entries().iter().map(|entry| entry.error_code().is_none()).collect();
        // What the answer does not speak of was not taken, as far as anybody knows.
        taken.resize(asked, false);
        Ok(taken)
    }
}

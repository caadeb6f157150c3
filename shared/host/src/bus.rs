//! The event bus: what happened, for whoever hangs rules of their own on it.
//!
//! What is to be told is written down with what happened ([`store::Commit::happened`]), so that a host which
//! dies in between tells it later, and what did not come to be is never told. It is told at once where a cue
//! was fired or something given up, and by the next tick where a person waits for an answer; twice, where
//! nobody knows whether the bus took it: so every event carries its name.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::SdkConfig;
use chat::happening::Happening;
use outbound::{Entry, MOST_ENTRIES, SendError};
use store::StoreError;

use crate::{Host, causes};

/// The most that one tick tells; the rest comes with the next.
const MOST_TOLD: usize = 200;
/// What was written down this shortly before is being told by whoever wrote it.
const BEING_TOLD: chrono::TimeDelta = chrono::TimeDelta::seconds(10);

/// The bus, with an arm for AWS and one for a single process.
#[derive(Debug, Clone)]
pub enum Bus {
    /// Amazon EventBridge.
    Aws(EventBridge),
    /// In this process: everything that was told, in order.
    Local(Arc<Mutex<Vec<Entry>>>),
}

/// A bus of Amazon EventBridge. Its client is made by whoever tells something first: the doors never do, and so hold
/// none of it.
#[derive(Debug, Clone)]
pub struct EventBridge {
    sdk: Box<SdkConfig>,
    name: String,
    bus: Arc<OnceLock<outbound::Bus>>,
}

impl EventBridge {
    /// The bus of this name, in an account's region.
    pub fn new(sdk: &SdkConfig, name: String) -> EventBridge {
        EventBridge { sdk: Box::new(sdk.clone()), name, bus: Arc::default() }
    }

    fn bus(&self) -> &outbound::Bus {
        let made = || outbound::Bus::new(aws_sdk_eventbridge::Client::new(&self.sdk), &self.name);
        self.bus.get_or_init(made)
    }
}

impl Bus {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<bool>, SendError> {
        match self {
            Bus::Aws(aws) => aws.bus().put(entries).await,
            Bus::Local(told) => {
                told.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(entries);
                Ok(vec![true; entries.len()])
            }
        }
    }
}

fn entry(happening: &Happening) -> Entry {
    Entry {
        source: wire::bus::SOURCE.to_owned(),
        kind: happening.kind().to_string(),
        detail: wire::bus::detail(happening).to_string(),
        at: happening.at,
    }
}

impl Host {
    /// Tells what happened. What the bus did not take stays written down, for the next tick.
    pub(crate) async fn publish(&self, happened: &[Happening]) -> usize {
        let Some(bus) = &self.bus else { return 0 };
        let mut told = 0;
        for some in happened.chunks(MOST_ENTRIES) {
            let entries: Vec<Entry> = some.iter().map(entry).collect();
            let taken = match bus.put(&entries).await {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::error!(%error, count = some.len(), "not told on the bus yet");
                    continue;
                }
            };
            for (happening, taken) in some.iter().zip(taken) {
                if !taken {
                    tracing::error!(event = happening.id(), "the bus did not take it yet");
                    continue;
                }
                told += 1;
                tracing::info!(event = happening.id(), kind = %happening.kind(), "told on the bus");
                if let Err(error) = self.store.told(happening).await {
                    tracing::warn!(event = happening.id(), error = causes(&error), "it will be told again");
                }
            }
        }
        told
    }

    /// Tells what nobody told yet.
    pub(crate) async fn publish_rest(&self) -> Result<usize, StoreError> {
        if self.bus.is_none() {
            return Ok(0);
        }
        let before = self.clocks.real.now() - BEING_TOLD;
        let untold = self.store.untold(before, MOST_TOLD).await?;
        Ok(self.publish(&untold).await)
    }
}

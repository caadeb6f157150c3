//! The addresses of messages in Slack, which it tells only when it is asked. They are asked for before people of Slack
//! are shown on the radar, once for each message, and kept by this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chat::name::Platform;
use chat::radar::{Card, Radar, Shown};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use outbound::{SendError, Slack};
use tokio::time::timeout;

use crate::Host;

/// A look at the desk waits so long for Slack, in real time: people are asked about side by side, and the link to the
/// channel is nearly as good.
const PATIENCE: Duration = Duration::from_secs(2);
/// After no answer it is asked again, but not with each look.
const AFTER_DOUBT: Duration = Duration::from_secs(60);
/// A refusal lasts: until somebody gives us a scope or a channel back.
const AFTER_REFUSAL: TimeDelta = TimeDelta::minutes(10);
/// So many messages are remembered. Each desk shows three of them at a time.
const MOST: usize = 1_000;

/// A channel, and a message in it.
type Message = (String, String);

#[derive(Debug, Clone)]
struct Asked {
    at: DateTime<Utc>,
    /// The address, or when to ask again.
    said: Result<String, DateTime<Utc>>,
}

#[derive(Debug, Default)]
struct Known {
    of: HashMap<Message, Asked>,
    /// From when on Slack may be asked at all, if it said so.
    opens: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Permalinks(Arc<Mutex<Known>>);

impl Permalinks {
    /// What is known of a message; `None` where Slack is to be asked.
    fn get(&self, message: &Message, now: DateTime<Utc>) -> Option<Option<String>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.of.get(message).map(|asked| &asked.said) {
            Some(Ok(address)) => Some(Some(address.clone())),
            Some(Err(until)) if *until > now => Some(None),
            _ if known.opens.is_some_and(|at| at > now) => Some(None),
            _ => None,
        }
    }

    fn keep(&self, message: Message, said: Result<String, DateTime<Utc>>, now: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.of.insert(message, Asked { at: now, said });
        if known.of.len() > MOST {
            // Those of hours that are over.
            let oldest =
                known.of.iter().min_by_key(|(_, asked)| asked.at).map(|(message, _)| message.clone());
            oldest.map(|message| known.of.remove(&message));
        }
    }

    fn close_until(&self, at: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.opens = Some(known.opens.map_or(at, |before| before.max(at)));
    }
}

impl Host {
    /// Shows people of Slack as they show themselves there, with the way to what they said, as far as Slack says so
    /// soon enough. Never in a handler, which calls no platform.
    pub(crate) async fn show_people_of_slack(&self, radar: &mut Radar) {
        let Some(slack) = &self.slack else { return };
        let theirs = radar.shown().filter(|one| one.filed.post.id.source == Platform::Slack);
        join_all(theirs.map(|one| async move {
            let Shown { filed, card, address, .. } = one;
            let author = &mut filed.post.author;
            let (named, found) = tokio::join!(
                timeout(PATIENCE, self.show_as_in_slack(author)),
                self.address_of(slack, card.as_ref())
            );
            if named.is_err() {
                tracing::warn!("a name in Slack did not come in time: the login stands for it");
            }
            *address = found;
        }))
        .await;
    }

    /// The address of a card in Slack, if Slack says it.
    async fn address_of(&self, slack: &Slack, card: Option<&Card>) -> Option<String> {
        let card = card.filter(|card| card.place.platform == Platform::Slack)?;
        let message = (card.place.channel.clone(), card.message.clone());
        let now = self.clocks.real.now();
        if let Some(known) = self.permalinks.get(&message, now) {
            return known;
        }
        let asked = timeout(PATIENCE, slack.permalink(&message.0, &message.1)).await;
        let said = asked.unwrap_or_else(|_| Err(SendError::Unknown { why: "it took too long".to_owned() }));
        let said = said.map_err(|error| {
            // The channel's name stands for it, and nothing else is late or missing.
            tracing::warn!(channel = message.0, ts = message.1, %error, "the address of a message in Slack is not known");
            match error {
                SendError::Rejected(_) => now + AFTER_REFUSAL,
                // It is busy or not there, whichever message it is asked about.
                SendError::RetryAfter { after, .. } => {
                    self.no_permalinks_until(now + after.max(AFTER_DOUBT))
                }
                SendError::Unknown { .. } => self.no_permalinks_until(now + AFTER_DOUBT),
            }
        });
        self.permalinks.keep(message, said.clone(), now);
        said.ok()
    }

    fn no_permalinks_until(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.permalinks.close_until(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_and_a_failure_asked_again() {
        let links = Permalinks::default();
        let at = |second: i64| DateTime::from_timestamp(second, 0).expect("an instant");
        let message = |n: i64| ("C1".to_owned(), format!("{n}.000100"));
        for n in 0..=i64::try_from(MOST).expect("few") {
            links.keep(message(n), Ok(format!("https://stage.slack.com/{n}")), at(n));
        }
        let now = at(5_000);
        assert_eq!(links.get(&message(0), now), None, "room for a thousand");
        assert_eq!(links.get(&message(1), now), Some(Some("https://stage.slack.com/1".to_owned())));
        links.keep(message(1), Err(at(5_060)), now);
        assert_eq!(
            (links.get(&message(1), at(5_059)), links.get(&message(1), at(5_060))),
            (Some(None), None)
        );
        // Told to wait, nobody asks about anything; what is known is known.
        links.close_until(at(5_100));
        links.close_until(at(5_050));
        assert_eq!(
            (links.get(&message(0), at(5_099)), links.get(&message(0), at(5_100))),
            (Some(None), None)
        );
        assert!(links.get(&message(2), at(5_099)).flatten().is_some());
    }
}

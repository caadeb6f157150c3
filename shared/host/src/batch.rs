//! Messages of the queues as Lambda hands them over, several at once. Each one succeeds or fails alone:
//! a bad one is acknowledged, a failed one comes back without the others, a panic stays its own.

use std::collections::BTreeMap;
use std::fmt;

use chrono::DateTime;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::{Bell, Host, causes, measure};

/// Some messages of a queue, as Lambda hands them over. Unknown fields are of no interest, and absent ones
/// are no reason to refuse the rest (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Batch {
    /// The messages, oldest first.
    #[serde(rename = "Records", default)]
    pub records: Vec<Record>,
}

/// One message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// Its name in the queue, the same when it is given again.
    pub message_id: String,
    /// A [`Bell`] as JSON, if we wrote it.
    pub body: String,
    /// What the queue knows about it.
    pub attributes: Attributes,
}

/// What the queue knows about a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Attributes {
    /// FIFO queues only: messages of one group keep their order. Ours are named after destinations.
    pub message_group_id: Option<String>,
    /// How often it was given, this time included, as a number in words of digits.
    pub approximate_receive_count: Option<String>,
}

/// Which messages are to be given again; the others are done with. Needs `ReportBatchItemFailures` at the
/// event source (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    /// None means that all went well.
    pub batch_item_failures: Vec<Failure>,
}

/// One message to be given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its [`Record::message_id`].
    pub item_identifier: String,
}

impl Batch {
    /// A queue hands over at least one message: anything else is not from a queue.
    fn counted(&self, queue: Queue) {
        if self.records.is_empty() {
            tracing::warn!(%queue, "an event without messages is acknowledged");
            measure::unheard();
        }
    }
}

impl Failures {
    fn of(ids: impl IntoIterator<Item = String>) -> Failures {
        Failures { batch_item_failures: ids.into_iter().map(|id| Failure { item_identifier: id }).collect() }
    }
}

/// What became of one message.
enum Heard {
    Done,
    /// Nobody can do anything with it, now or later.
    Poison(String),
    /// Worth another try.
    Again(String),
}

impl Heard {
    fn nowhere(place: &str) -> Heard {
        Heard::Poison(format!("not the name of a destination: {place}"))
    }
}

impl From<Result<(), StoreError>> for Heard {
    fn from(done: Result<(), StoreError>) -> Heard {
        done.map_or_else(|error| Heard::Again(causes(&error)), |()| Heard::Done)
    }
}

impl Host {
    /// Works off messages of the queue `cues`, all at once: most of them wait for their second. A doorbell
    /// that was put off travelled through here, because a FIFO queue takes no delay, and goes on to the
    /// mirror's queue.
    pub async fn cues_batch(&self, batch: Batch) -> Failures {
        batch.counted(Queue::Cues);
        let heard = batch.records.into_iter().map(|record| {
            self.caught(record, Queue::Cues, |host, message, bell| async move {
                host.hear_cue(&message, bell).await
            })
        });
        Failures::of(join_all(heard).await.into_iter().flatten())
    }

    /// Works off messages of the queue `poll`, one after the other: one of them searches, and the others
    /// find nothing left to do.
    pub async fn poll_batch(&self, batch: Batch) -> Failures {
        batch.counted(Queue::Poll);
        let mut failed = Vec::new();
        for record in batch.records {
            let heard =
                self.caught(record, Queue::Poll, |host, _, bell| async move { host.hear_search(bell).await });
            failed.extend(heard.await);
        }
        Failures::of(failed)
    }

    /// Works off messages of the queue `mirror.fifo`: each destination's in their order, destinations side by
    /// side. After one that failed the later ones of its destination are not tried: given back together, they
    /// keep their order.
    pub async fn mirror_batch(&self, batch: Batch) -> Failures {
        batch.counted(Queue::Mirror);
        let mut groups: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for record in batch.records {
            let group = record.attributes.message_group_id.clone().unwrap_or_default();
            groups.entry(group).or_default().push(record);
        }
        let groups = groups.into_values().map(|records| async move {
            let mut failed = Vec::new();
            for record in records {
                if failed.is_empty() {
                    let heard = self.caught(record, Queue::Mirror, |host, _, bell| async move {
                        host.hear_ring(bell).await
                    });
                    failed.extend(heard.await);
                } else {
                    failed.push(record.message_id);
                }
            }
            failed
        });
        Failures::of(join_all(groups).await.into_iter().flatten())
    }

    /// Does what one message says, in a task of its own, so that a panic ends there. `hear` is given the
    /// message's name and its bell. Gives the name where it is to be given again.
    async fn caught<H>(
        &self,
        record: Record,
        queue: Queue,
        hear: impl FnOnce(Host, String, Bell) -> H,
    ) -> Option<String>
    where
        H: Future<Output = Heard> + Send + 'static,
    {
        let (host, id) = (self.clone(), record.message_id);
        let given = record.attributes.approximate_receive_count.unwrap_or_default();
        let heard = match serde_json::from_str(&record.body) {
            Ok(bell) => tokio::spawn(hear(host, id.clone(), bell)).await,
            Err(error) => Ok(Heard::Poison(format!("not a bell: {error}"))),
        };
        match heard {
            Ok(Heard::Done) => None,
            Ok(Heard::Poison(why)) => {
                // Given again it would only stand in the way of others.
                tracing::error!(%queue, bell = id, why, "acknowledged unread");
                measure::unheard();
                None
            }
            Ok(Heard::Again(why)) => {
                tracing::error!(%queue, bell = id, given, why, "to be given again");
                Some(id)
            }
            Err(error) => {
                tracing::error!(%queue, bell = id, given, %error, "to be given again");
                Some(id)
            }
        }
    }

    // One for each queue, and not one for all that is told which: so each function holds what its own bells lead
    // to and nothing of the others', and may do no more.

    /// A bell of the queue `cues`. `message` is what the queue calls it.
    async fn hear_cue(&self, message: &str, bell: Bell) -> Heard {
        match bell {
            Bell::Cue { id, rev, due } => {
                let Ok(cue) = id.parse() else {
                    return Heard::Poison(format!("not the name of a cue: {id}"));
                };
                let Some(due) = DateTime::from_timestamp_millis(due) else {
                    return Heard::Poison(format!("no such instant: {due}"));
                };
                self.fire(&cue, rev, due).await.into()
            }
            Bell::Ring { place } => {
                let Ok(to) = place.parse() else { return Heard::nowhere(&place) };
                let rung = self.queues().ring(&to, message, self.clocks().real.now()).await;
                rung.map_or_else(|error| Heard::Again(error.to_string()), |()| Heard::Done)
            }
            Bell::Erase { chat, person } => match (chat.parse(), person.parse()) {
                (Ok(chat), Ok(person)) => self.erase(&chat, &person).await.into(),
                _ => Heard::Poison(format!("nobody's name: {chat}, {person}")),
            },
            Bell::Unquote { post, chat } => match Bell::to_unquote(&post, chat.as_deref()) {
                Some(gone) => self.unquote(&gone).await.into(),
                None => Heard::Poison(format!("no post's name: {post}, {chat:?}")),
            },
            Bell::LetIn { chat, person } => match (chat.parse(), person.parse()) {
                (Ok(chat), Ok(person)) => self.let_in(&chat, &person).await.into(),
                _ => Heard::Poison(format!("nobody's name: {chat}, {person}")),
            },
            Bell::CatchUp { episode } => match episode.parse() {
                Ok(episode) => self.catch_up(&episode).await.into(),
                Err(_) => Heard::Poison(format!("not the name of an episode: {episode}")),
            },
            Bell::Desk { episode, at } => match (episode.parse(), DateTime::from_timestamp_millis(at)) {
                (Ok(episode), Some(at)) => self.desk(&episode, at).await.into(),
                _ => Heard::Poison(format!("not a look at an hour's desk: {episode} at {at}")),
            },
            Bell::Home { person, opened, at } => {
                let instant = DateTime::from_timestamp_millis;
                match (person.parse(), instant(opened), instant(at)) {
                    (Ok(person), Some(opened), Some(at)) => self.home(&person, opened, at).await.into(),
                    _ => Heard::Poison(format!("nobody's home: {person} at {at}")),
                }
            }
            // A search takes longer than cues and doorbells may wait.
            Bell::Poll { .. } => Heard::Poison("a search among cues or doorbells".to_owned()),
        }
    }

    /// A bell of the queue `poll`.
    async fn hear_search(&self, bell: Bell) -> Heard {
        match bell {
            Bell::Poll { slot } => match DateTime::from_timestamp_millis(slot) {
                Some(slot) => self.poll(slot).await.into(),
                None => Heard::Poison(format!("no such instant: {slot}")),
            },
            Bell::Cue { .. }
            | Bell::Ring { .. }
            | Bell::Erase { .. }
            | Bell::Unquote { .. }
            | Bell::LetIn { .. }
            | Bell::CatchUp { .. }
            | Bell::Desk { .. }
            | Bell::Home { .. } => Heard::Poison("something else among searches".to_owned()),
        }
    }

    /// A bell of the queue `mirror.fifo`. What is none of a destination's own would hold that destination up for
    /// as long as it takes; the clock rings for it again.
    async fn hear_ring(&self, bell: Bell) -> Heard {
        match bell {
            Bell::Ring { place } => match place.parse() {
                Ok(to) => self.deliver(&to).await.into(),
                Err(_) => Heard::nowhere(&place),
            },
            Bell::Cue { id, .. } => Heard::Poison(format!("a cue among doorbells: {id}")),
            Bell::Poll { .. } => Heard::Poison("a search among cues or doorbells".to_owned()),
            Bell::Erase { .. } => Heard::Poison("an erasure among doorbells".to_owned()),
            Bell::Unquote { .. } => Heard::Poison("a quotation among doorbells".to_owned()),
            Bell::LetIn { .. } => Heard::Poison("somebody let in among doorbells".to_owned()),
            Bell::CatchUp { .. } => Heard::Poison("a day to catch up on among doorbells".to_owned()),
            Bell::Desk { .. } => Heard::Poison("a look at a desk among doorbells".to_owned()),
            Bell::Home { .. } => Heard::Poison("a home among doorbells".to_owned()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queue {
    Cues,
    Mirror,
    Poll,
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Queue::Cues => "cues",
            Queue::Mirror => "mirror",
            Queue::Poll => "poll",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::{Clocks, Config, Local, Queues};

    /// A host whose table cannot be reached, and its queue.
    fn host() -> (Host, Arc<Local>) {
        let get = |name: &str| {
            let set =
                [("SLACK_SIGNING_SECRET", "s"), ("SLACK_BOT_TOKEN", "xoxb-1"), ("EARSHOT_OPERATORS", "U1")];
            set.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
        };
        let config = Config::read(&get).expect("enough is set");
        let store = crate::embedded_store("http://127.0.0.1:9", "earshot", crate::Patience::default());
        let queue = Arc::new(Local::default());
        (Host::new(config, store, Queues::Local(Arc::clone(&queue)), Clocks::default()), queue)
    }

    /// A batch of `(message id, group, body)`, in Lambda's own shape.
    fn batch(messages: &[(&str, &str, String)]) -> Batch {
        let records: Vec<_> = messages
            .iter()
            .map(|(id, group, body)| {
                json!({
                    "messageId": id, "receiptHandle": "r", "body": body, "md5OfBody": "m",
                    "attributes": {"MessageGroupId": group, "ApproximateReceiveCount": "1", "SentTimestamp": "1"},
                    "messageAttributes": {}, "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:eu-west-1:1:cues", "awsRegion": "eu-west-1"
                })
            })
            .collect();
        serde_json::from_value(json!({"Records": records})).expect("a batch")
    }

    fn ring(place: &str) -> String {
        json!({"ring": {"place": place}}).to_string()
    }

    fn cue(due: i64) -> String {
        json!({"cue": {"id": "smxchat/2026-11-24T20:00Z/open", "rev": 1, "due": due}}).to_string()
    }

    fn failed(failures: &Failures) -> Vec<&str> {
        failures.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect()
    }

    #[test]
    fn failures_are_named_as_lambda_wants_them() {
        let failures = Failures::of(["a".to_owned()]);
        let written = serde_json::to_value(failures).expect("JSON");
        assert_eq!(written, json!({"batchItemFailures": [{"itemIdentifier": "a"}]}));
        let none = serde_json::to_value(Failures::default()).expect("JSON");
        assert_eq!(none, json!({"batchItemFailures": []}));
    }

    #[test]
    fn a_batch_needs_nothing_that_is_not_read() {
        let empty: Batch = serde_json::from_str("{}").expect("a batch");
        assert_eq!(empty, Batch::default());
        let bare: Batch = serde_json::from_value(json!({"Records": [{"messageId": "1"}]})).expect("a batch");
        assert_eq!(bare.records[0].message_id, "1");
    }

    #[tokio::test]
    async fn poison_is_acknowledged() {
        let (host, queue) = host();
        let poison = || {
            batch(&[
                ("1", "g", String::new()),
                ("2", "g", "\u{0}\u{0}".to_owned()),
                ("3", "g", json!({"boom": {}}).to_string()),
                ("4", "g", ring("nowhere")),
                ("5", "g", json!({"cue": {"id": "x", "rev": 1, "due": 0}}).to_string()),
                ("6", "g", cue(i64::MAX)),
                ("7", "g", json!({"erase": {"chat": "NOT A SLUG", "person": "x::1"}}).to_string()),
                ("8", "g", json!({"erase": {"chat": "smxchat", "person": "x"}}).to_string()),
                ("9", "g", json!({"unquote": {"post": "x", "chat": null}}).to_string()),
                ("10", "g", json!({"unquote": {"post": "x:1", "chat": "NOT A SLUG"}}).to_string()),
                ("11", "g", json!({"home": {"person": "nobody", "opened": 0, "at": 0}}).to_string()),
                ("12", "g", json!({"home": {"person": "x::1", "opened": 0, "at": 0}}).to_string()),
                (
                    "13",
                    "g",
                    json!({"home": {"person": "slack:T1:U1", "opened": 0, "at": i64::MAX}}).to_string(),
                ),
            ])
        };
        assert_eq!(host.cues_batch(poison()).await, Failures::default());
        assert_eq!(host.mirror_batch(poison()).await, Failures::default());
        assert_eq!(host.poll_batch(poison()).await, Failures::default());
        // Each queue has messages of its own.
        let poll = json!({"poll": {"slot": 1_795_550_400_000_i64}}).to_string();
        let strays = batch(&[("1", "", poll)]);
        assert_eq!(host.cues_batch(strays.clone()).await, Failures::default());
        assert_eq!(host.mirror_batch(strays).await, Failures::default());
        let strays = batch(&[("1", "", cue(0)), ("2", "", ring("slack:T1:C1"))]);
        assert_eq!(host.poll_batch(strays).await, Failures::default());
        let strays = batch(&[("1", "", json!({"unquote": {"post": "x:1", "chat": null}}).to_string())]);
        assert_eq!(host.mirror_batch(strays.clone()).await, Failures::default());
        assert_eq!(host.poll_batch(strays).await, Failures::default());
        let never = batch(&[("1", "", json!({"poll": {"slot": i64::MAX}}).to_string())]);
        assert_eq!(host.poll_batch(never).await, Failures::default());
        assert_eq!(queue.take(), []);
    }

    #[tokio::test]
    async fn a_bell_that_was_put_off_goes_on_to_the_mirror() {
        let (host, queue) = host();
        let failures =
            host.cues_batch(batch(&[("1", "", ring("slack:T1:C1")), ("2", "", ring("x::1"))])).await;
        assert_eq!(failures, Failures::default());
        let rung: Vec<Bell> = queue.take().into_iter().map(|rung| rung.bell).collect();
        let bell = |place: &str| Bell::Ring { place: place.to_owned() };
        assert_eq!(rung, [bell("slack:T1:C1"), bell("x::1")]);
    }

    #[tokio::test]
    async fn a_panic_and_a_lost_table_fail_alone() {
        let (host, _) = host();
        // The earliest instant there is: five seconds before it is none, and that panics.
        let first = DateTime::<chrono::Utc>::MIN_UTC.timestamp_millis();
        let messages = [
            ("panics", "", cue(first)),
            ("no table", "", cue(0)),
            ("poison", "", "?".to_owned()),
            ("erase", "", json!({"erase": {"chat": "smxchat", "person": "x::1"}}).to_string()),
            ("unquote", "", json!({"unquote": {"post": "x:1", "chat": "smxchat"}}).to_string()),
            ("fine", "", ring("slack:T1:C1")),
        ];
        let failures = host.cues_batch(batch(&messages)).await;
        assert_eq!(failed(&failures), ["panics", "no table", "erase", "unquote"]);
    }

    #[tokio::test]
    async fn one_destination_keeps_its_order_and_holds_up_no_other() {
        let (host, _) = host();
        let messages = [
            ("a1", "a", "?".to_owned()),
            ("a2", "a", ring("slack:T1:C1")),
            ("b1", "b", "?".to_owned()),
            ("a3", "a", "?".to_owned()),
            ("b2", "b", cue(0)),
        ];
        let failures = host.mirror_batch(batch(&messages)).await;
        // a2 met the lost table; a3, though it would only be thrown away, waits its turn.
        assert_eq!(failed(&failures), ["a2", "a3"]);
    }
}

//! Plain access: keys and rows in, rows out, and errors sorted by what to do next.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    KeysAndAttributes, Projection, ProjectionType, ScalarAttributeType, Select, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus, TransactWriteItem,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::items::VERSION;
use crate::keys::{Key, PK, SK};
use crate::{Store, StoreError};

/// The name of the one index.
pub const INDEX: &str = "ripe";
/// The attribute that says when a row may be removed, in epoch seconds.
pub const TTL: &str = "expires_at";
/// The index's partition key: what kind of work the row is. Absent where there is none left.
pub(crate) const RIPE: &str = "ripe";
/// The index's sort key: when the work falls due, in epoch milliseconds.
pub(crate) const RIPE_AT: &str = "ripe_at";
/// What the index carries beside keys.
const CARRIED: [&str; 2] = ["rev", "due"];

/// A row as the table has it.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// How often a transaction is sent before its fate is left to the next sweep or redelivery.
const TRIES: u32 = 3;
/// The first pause between two tries; it doubles.
const PAUSE: Duration = Duration::from_millis(40);
/// DynamoDB's own limit for one BatchGetItem.
const BATCH: usize = 100;

/// Which part of a partition to read.
pub(crate) enum Range {
    All,
    Begins(String),
    Between(String, String),
}

/// How a transaction ended.
pub(crate) enum Outcome {
    /// It was written.
    Done,
    /// Nothing was written by the last try: these items' conditions did not hold. `unsure` where an
    /// earlier try may have been written all the same.
    Failed { items: Vec<usize>, unsure: bool },
    /// It may have been written or not.
    Unsure(StoreError),
}

/// What an answer of the table means.
enum Verdict {
    /// Nothing was written, and trying again may help.
    Busy,
    /// Nothing was written: these items' conditions failed.
    Failed(Vec<usize>),
    /// It may have been written.
    Unsure,
    /// Trying again cannot help before an operator has.
    Refused,
    /// Trying again cannot help.
    Unfit,
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A value with parts of its own.
pub(crate) fn value<T: Serialize>(shape: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(shape)
        .map_err(|why| StoreError::Unfit(Box::new(why)))
}

/// A row's two keys, as far as it has them.
pub(crate) fn key_of(row: &Row) -> Key {
    let part = |name| row.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
    Key { pk: part(PK), sk: part(SK) }
}

pub(crate) fn attributes(key: &Key) -> Row {
    Row::from([(PK.to_owned(), text(&key.pk)), (SK.to_owned(), text(&key.sk))])
}

/// Writes a shape as the row of this key. What is absent leaves no attribute, so that conditions and
/// the index can ask for its presence.
pub(crate) fn write<T: Serialize>(key: &Key, shape: &T) -> Result<Row, StoreError> {
    let mut row: Row =
        serde_dynamo::aws_sdk_dynamodb_1::to_item(shape).map_err(|why| StoreError::Unfit(Box::new(why)))?;
    row.retain(|_, value| !value.is_null());
    row.extend(attributes(key));
    row.insert("v".to_owned(), number(VERSION));
    Ok(row)
}

/// Reads a row as a shape, if it is of the version that is known here.
pub(crate) fn read<T: DeserializeOwned>(row: Row) -> Result<T, StoreError> {
    let key = key_of(&row);
    let unreadable = |why: String| StoreError::Unreadable { key: key.to_string(), why };
    match row.get("v").map(|v| v.as_n()) {
        Some(Ok(v)) if *v == VERSION.to_string() => {}
        Some(Ok(v)) => return Err(unreadable(format!("its version is {v}, and {VERSION} is known"))),
        _ => return Err(unreadable("it has no version".to_owned())),
    }
    serde_dynamo::aws_sdk_dynamodb_1::from_item(row)
        .map_err(|why| unreadable(crate::unreadable::without_values(&why.to_string())))
}

/// Whether a row's time is over. A row without an end stays.
pub(crate) fn over(row: &Row, now: chrono::DateTime<chrono::Utc>) -> bool {
    row.get(TTL)
        .and_then(|v| v.as_n().ok())
        .and_then(|v| v.parse::<i64>().ok())
        .is_some_and(|at| at <= now.timestamp())
}

fn busy(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TransactionInProgressException"
            | "ReplicatedWriteConflictException"
            | "LimitExceededException"
    )
}

/// Sorts an error of a read or of a single write.
pub(crate) fn sort<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    if code == "ConditionalCheckFailedException" || code == "TransactionConflictException" {
        return StoreError::Conflict;
    }
    match &error {
        SdkError::ConstructionFailure(_) => StoreError::Unfit(Box::new(error)),
        SdkError::ServiceError(_) if unfit(&code) => StoreError::Unfit(Box::new(error)),
        SdkError::ServiceError(answer) if !busy(&code) && answer.raw().status().as_u16() < 500 => {
            StoreError::Refused(Box::new(error))
        }
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

/// Whether what was asked is itself at fault: too large, too long, or not well formed.
fn unfit(code: &str) -> bool {
    matches!(
        code,
        "ValidationException"
            | "ValidationError"
            | "ItemCollectionSizeLimitExceededException"
            | "ItemCollectionSizeLimitExceeded"
            | "SerializationException"
            | "RequestEntityTooLarge"
    )
}

fn verdict(error: &SdkError<TransactWriteItemsError>) -> Verdict {
    match error {
        SdkError::ConstructionFailure(_) => Verdict::Unfit,
        SdkError::ServiceError(answer) => match answer.err() {
            TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                let mut failed = Vec::new();
                let mut never = false;
                for (n, reason) in cancelled.cancellation_reasons().iter().enumerate() {
                    match reason.code() {
                        Some("ConditionalCheckFailed") => failed.push(n),
                        Some(code) if unfit(code) => never = true,
                        // `None`: nothing wrong with this one. Conflicts and throttling pass.
                        _ => {}
                    }
                }
                match (failed.is_empty(), never) {
                    (false, _) => Verdict::Failed(failed),
                    (true, true) => Verdict::Unfit,
                    (true, false) => Verdict::Busy,
                }
            }
            other if busy(other.code().unwrap_or_default()) => Verdict::Busy,
            other if unfit(other.code().unwrap_or_default()) => Verdict::Unfit,
            _ if answer.raw().status().as_u16() >= 500 => Verdict::Unsure,
            _ => Verdict::Refused,
        },
        // Time-outs, broken connections, answers that cannot be read.
        _ => Verdict::Unsure,
    }
}

/// Whether another transaction was writing the same rows at that moment.
fn contended(error: &SdkError<TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return false;
    };
    cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some("TransactionConflict"))
}

impl Store {
    /// Makes the table if there is none, and waits until it can be used. For one machine and for tests:
    /// on AWS the stack owns the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the table does not become active within ten seconds.
    pub async fn ensure_table(&self) -> Result<(), StoreError> {
        let mut made = false;
        for _ in 0..50 {
            match self.client.describe_table().table_name(&self.table).send().await {
                Ok(answer) => {
                    let status = answer.table().and_then(|t| t.table_status()).cloned();
                    if status == Some(TableStatus::Active) {
                        return self.ensure_ttl().await;
                    }
                }
                Err(SdkError::ServiceError(e)) if e.err().is_resource_not_found_exception() => {
                    if !made {
                        self.create_table().await?;
                        made = true;
                        continue;
                    }
                }
                Err(error) => return Err(sort(error)),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(StoreError::Unavailable("the table is still being made".into()))
    }

    async fn create_table(&self) -> Result<(), StoreError> {
        let refused = |e: aws_sdk_dynamodb::error::BuildError| StoreError::Refused(Box::new(e));
        let attribute = |name: &str, kind| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(refused)
        };
        let element = |name: &str, kind| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(refused)
        };
        let mut projection = Projection::builder().projection_type(ProjectionType::Include);
        for name in CARRIED {
            projection = projection.non_key_attributes(name);
        }
        let index = GlobalSecondaryIndex::builder()
            .index_name(INDEX)
            .key_schema(element(RIPE, KeyType::Hash)?)
            .key_schema(element(RIPE_AT, KeyType::Range)?)
            .projection(projection.build())
            .build()
            .map_err(refused)?;
        let made = self
            .client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(SK, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(RIPE, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(RIPE_AT, ScalarAttributeType::N)?)
            .key_schema(element(PK, KeyType::Hash)?)
            .key_schema(element(SK, KeyType::Range)?)
            .global_secondary_indexes(index)
            .send()
            .await;
        match made {
            Ok(_) => Ok(()),
            // Somebody else is making it.
            Err(SdkError::ServiceError(e)) if e.err().is_resource_in_use_exception() => Ok(()),
            Err(error) => Err(sort(error)),
        }
    }

    async fn ensure_ttl(&self) -> Result<(), StoreError> {
        let answer =
            self.client.describe_time_to_live().table_name(&self.table).send().await.map_err(sort)?;
        let status = answer.time_to_live_description().and_then(|d| d.time_to_live_status());
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(TTL)
            .enabled(true)
            .build()
            .map_err(|e| StoreError::Refused(Box::new(e)))?;
        self.client
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(specification)
            .send()
            .await
            .map_err(sort)?;
        Ok(())
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        // Boxed, here and below: the SDK's futures take tens of kilobytes each, and nested in their
        // callers' they would not fit a thread's stack in a debug build.
        let asked = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .consistent_read(true)
            .send();
        let answer = Box::pin(asked).await.map_err(sort)?;
        Ok(answer.item)
    }

    /// The rows of these keys that exist, in no particular order.
    pub(crate) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for batch in keys.chunks(BATCH) {
            let mut open: Vec<Row> = batch.iter().map(attributes).collect();
            for round in 0..TRIES * 2 {
                if round > 0 {
                    tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
                }
                let wanted = KeysAndAttributes::builder()
                    .set_keys(Some(std::mem::take(&mut open)))
                    .consistent_read(true)
                    .build()
                    .map_err(|e| StoreError::Refused(Box::new(e)))?;
                let asked = self.client.batch_get_item().request_items(&self.table, wanted).send();
                let answer = Box::pin(asked).await.map_err(sort)?;
                rows.extend(answer.responses.into_iter().flatten().flat_map(|(_, rows)| rows));
                open.extend(answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys));
                if open.is_empty() {
                    break;
                }
            }
            if !open.is_empty() {
                return Err(StoreError::Unavailable("some rows could not be read in time".into()));
            }
        }
        Ok(rows)
    }

    /// The rows of a partition in order, all pages, at most `limit`. Strongly consistent.
    pub(crate) async fn query(
        &self,
        pk: &str,
        range: &Range,
        limit: Option<usize>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut from = None;
        loop {
            let left = limit.map(|limit| limit.saturating_sub(rows.len()));
            if left == Some(0) {
                return Ok(rows);
            }
            let mut ask = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .expression_attribute_values(":pk", text(pk))
                .set_limit(left.and_then(|left| i32::try_from(left).ok()))
                .set_exclusive_start_key(from);
            ask = match range {
                Range::All => ask.key_condition_expression("pk = :pk"),
                Range::Begins(prefix) => ask
                    .key_condition_expression("pk = :pk AND begins_with(sk, :from)")
                    .expression_attribute_values(":from", text(prefix)),
                Range::Between(first, last) => ask
                    .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                    .expression_attribute_values(":from", text(first))
                    .expression_attribute_values(":to", text(last)),
            };
            let answer = Box::pin(ask.send()).await.map_err(sort)?;
            rows.extend(answer.items.into_iter().flatten());
            match answer.last_evaluated_key {
                Some(key) => from = Some(key),
                None => return Ok(rows),
            }
        }
    }

    /// How many rows a partition has.
    pub(crate) async fn count(&self, pk: &str) -> Result<u32, StoreError> {
        let mut count: u32 = 0;
        let mut from = None;
        loop {
            let asked = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .select(Select::Count)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(pk))
                .set_exclusive_start_key(from)
                .send();
            let answer = Box::pin(asked).await.map_err(sort)?;
            count = count.saturating_add(u32::try_from(answer.count).unwrap_or(0));
            match answer.last_evaluated_key {
                Some(key) => from = Some(key),
                None => return Ok(count),
            }
        }
    }

    /// What the index has of one kind up to an instant, soonest first. Not consistent: what was written
    /// a moment ago may be missing, and what was just done may still show.
    pub(crate) async fn ripe(
        &self,
        kind: &str,
        until: i64,
        limit: Option<usize>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut from = None;
        loop {
            let left = limit.map(|limit| limit.saturating_sub(rows.len()));
            if left == Some(0) {
                return Ok(rows);
            }
            let asked = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(INDEX)
                .key_condition_expression("ripe = :kind AND ripe_at <= :until")
                .expression_attribute_values(":kind", text(kind))
                .expression_attribute_values(":until", number(until))
                .set_limit(left.and_then(|left| i32::try_from(left).ok()))
                .set_exclusive_start_key(from)
                .send();
            let answer = Box::pin(asked).await.map_err(sort)?;
            rows.extend(answer.items.into_iter().flatten());
            match answer.last_evaluated_key {
                Some(key) => from = Some(key),
                None => return Ok(rows),
            }
        }
    }

    /// Writes all of these or none. Repeats, with the same token, what the table had no time for and
    /// what may or may not have been written; the client's own retries are off meanwhile, so that
    /// whether a try may have been written is known here.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
    pub(crate) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<Outcome, StoreError> {
        let mut unsure = false;
        let mut last = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(attempt)).await;
            }
            let asked = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(token)
                .customize()
                .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()))
                .send();
            let error = match Box::pin(asked).await {
                Ok(_) => return Ok(Outcome::Done),
                Err(error) => error,
            };
            match verdict(&error) {
                Verdict::Failed(items) => return Ok(Outcome::Failed { items, unsure }),
                Verdict::Refused | Verdict::Unfit if unsure => {
                    return Ok(Outcome::Unsure(StoreError::Unavailable(Box::new(error))));
                }
                Verdict::Refused => return Err(StoreError::Refused(Box::new(error))),
                Verdict::Unfit => return Err(StoreError::Unfit(Box::new(error))),
                Verdict::Unsure => unsure = true,
                Verdict::Busy => {}
            }
            tracing::debug!(attempt, error = %DisplayErrorContext(&error), "a transaction is sent again");
            last = Some(error);
        }
        let error = match last {
            // Others kept writing the same rows: what was read is old by now.
            Some(error) if contended(&error) && !unsure => StoreError::Conflict,
            Some(error) => StoreError::Unavailable(Box::new(error)),
            None => StoreError::Unavailable("no try was made".into()),
        };
        if unsure { Ok(Outcome::Unsure(error)) } else { Err(error) }
    }
}

/// The name of something that is meant at an instant, to tell it from the same thing meant later.
pub(crate) fn intent(name: &str, at: DateTime<Utc>) -> String {
    format!("{name}/{}", at.timestamp_micros())
}

/// A token for one transaction: the same for the tries of one call, another for every other content,
/// because DynamoDB refuses an old token with new content. Ends after ten minutes, so it only saves
/// the tries of one call; lasting protection lies in the conditions.
///
/// Within these ten minutes a repeat is answered without being written. So what may be meant again
/// with the very same content (fall silent, wake, fall silent) needs a name that tells the second
/// time from the first: the instant of it ([`intent`]), unless the content has one already.
pub(crate) fn request_token(name: &str, items: &[TransactWriteItem]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let content = format!("{items:?}");
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, name, &content).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

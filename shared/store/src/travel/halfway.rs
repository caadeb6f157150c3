//! A chat that was to arrive, and did not: its import was stopped in the middle. Nothing of it acts, nobody finds it by
//! its name, and its rows keep another chat from beginning among them. So whoever looks has to be told of it.

use chat::name::Slug;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Arrival;
use crate::items::{At, VERSION};
use crate::keys::{self, Key};
use crate::table::{RIPE, RIPE_AT, Row, key_of, number, read, text, write};
use crate::{Store, StoreError};

/// What the index calls them: nothing is due, but nobody could list them otherwise without looking over the whole
/// table, which `doctor` does not do.
const KIND: &str = "ARRIVING";

/// The marker's row. What came with later versions is absent in older rows.
#[derive(Debug, Serialize, Deserialize)]
struct HalfwayItem {
    file: String,
    at: At,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hashtag: Option<String>,
}

/// A chat that is arriving: under way at this moment, or stopped in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halfway {
    /// The chat.
    pub slug: Slug,
    /// Its hashtag, without `#`.
    pub hashtag: String,
    /// When it was begun last, in real time.
    pub begun: DateTime<Utc>,
    /// Of when what comes is, in real time; `None` where that was not noted yet.
    pub as_of: Option<DateTime<Utc>>,
    /// The digest of the file that it comes from.
    pub file: String,
}

/// The row that says so.
pub(super) fn marker(
    arrival: &Arrival,
    file: &str,
    real_now: DateTime<Utc>,
) -> Result<(Key, Row), StoreError> {
    let key = keys::arriving(&arrival.slug);
    let item = HalfwayItem {
        file: file.to_owned(),
        at: At(real_now),
        as_of: Some(At(arrival.as_of)),
        hashtag: Some(arrival.settings.hashtag.clone()),
    };
    let mut row = write(&key, &item)?;
    row.insert(RIPE.to_owned(), text(KIND));
    row.insert(RIPE_AT.to_owned(), number(real_now.timestamp_millis()));
    Ok((key, row))
}

/// The first ones had no version; the rest of them is the same.
fn item(mut row: Row) -> Result<HalfwayItem, StoreError> {
    row.entry("v".to_owned()).or_insert_with(|| number(VERSION));
    read(row)
}

fn halfway(slug: Slug, row: Row) -> Result<Halfway, StoreError> {
    let item = item(row)?;
    let hashtag = item.hashtag.unwrap_or_else(|| slug.to_string());
    Ok(Halfway { slug, hashtag, begun: item.at.0, as_of: item.as_of.map(|at| at.0), file: item.file })
}

pub(super) fn check(row: Row) -> Result<(), StoreError> {
    item(row).map(drop)
}

impl Store {
    /// Whether a chat is arriving here and is not here yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn arriving(&self, slug: &Slug) -> Result<Option<Halfway>, StoreError> {
        let row = self.get(&keys::arriving(slug)).await?;
        row.map(|row| halfway(slug.clone(), row)).transpose()
    }

    /// Every chat that is arriving here and is not here yet, longest first. What began a moment ago may be missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn all_arriving(&self) -> Result<Vec<Halfway>, StoreError> {
        let listed = self.ripe(KIND, i64::MAX, None).await?;
        let mut all = Vec::new();
        for key in listed.iter().map(key_of) {
            let slug = key.pk.strip_prefix("CHAT#").unwrap_or_default().parse();
            let slug: Slug = slug.map_err(|why| super::unreadable(&key, &why))?;
            // The index may still name one that is here by now.
            all.extend(self.arriving(&slug).await?);
        }
        Ok(all)
    }
}

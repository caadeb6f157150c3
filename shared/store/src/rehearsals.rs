//! A chat's rehearsal: one row, which every claim of what is said in it has as a condition. So one write ends
//! it, whatever waits, and whatever is on its way.

use chat::name::{EpisodeId, Place, Slug};
use chat::rehearsal::{Rehearsal, run_of};
use serde::{Deserialize, Serialize};

use crate::commit::{Batch, Expression, if_version};
use crate::items::{At, Name};
use crate::table::{Row, read, text, write};
use crate::{Store, StoreError, Waiting, keys};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RehearsalItem {
    run: String,
    place: Name<Place>,
    episode: Name<EpisodeId>,
    starts: At,
    moments: Vec<At>,
    /// Which one goes on, for the claims; absent once it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plays: Option<String>,
    version: u64,
}

impl From<&Rehearsal> for RehearsalItem {
    fn from(r: &Rehearsal) -> Self {
        RehearsalItem {
            run: r.run.clone(),
            place: Name(r.place.clone()),
            episode: Name(r.episode.clone()),
            starts: At(r.starts),
            moments: r.moments.iter().copied().map(At).collect(),
            plays: r.on.then(|| r.run.clone()),
            version: r.version,
        }
    }
}

impl From<RehearsalItem> for Rehearsal {
    fn from(i: RehearsalItem) -> Self {
        Rehearsal {
            run: i.run,
            place: i.place.0,
            episode: i.episode.0,
            starts: i.starts.0,
            moments: i.moments.into_iter().map(|at| at.0).collect(),
            on: i.plays.is_some(),
            version: i.version,
        }
    }
}

/// It begins or ends, if nobody wrote since it was read.
pub(crate) fn changed(
    batch: &mut Batch<'_>,
    slug: &Slug,
    rehearsal: &Rehearsal,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::rehearsal(slug);
    let shape = RehearsalItem { version: rehearsal.version + 1, ..RehearsalItem::from(rehearsal) };
    let row = ours(write(&key, &shape)?);
    batch.put(key, row, &if_version(rehearsal.version))
}

/// What is said in a rehearsal is claimed only while that one goes on.
pub(crate) fn goes_on(batch: &mut Batch<'_>, waiting: &[Waiting]) -> Result<(), StoreError> {
    for w in waiting {
        if let Some(run) = run_of(&w.delivery.id) {
            let only_if = Expression::new("#plays = :run").with(":run", text(run));
            batch.check(keys::rehearsal(&w.slug), &only_if)?;
        }
    }
    Ok(())
}

impl Store {
    /// The rehearsal of a chat that plays, or the last one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn rehearsal(&self, slug: &Slug) -> Result<Option<Rehearsal>, StoreError> {
        let row = self.get(&keys::rehearsal(slug)).await?;
        row.map(|row| read::<RehearsalItem>(row).map(Rehearsal::from)).transpose()
    }
}

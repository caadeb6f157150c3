//! How far the day's batch compliance job has come: it takes X minutes, and many ticks.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::commit::Expression;
use crate::items::{At, AuditItem, AuditStage};
use crate::keys;
use crate::table::{number, read, write};
use crate::{Store, StoreError};

/// Where a day's job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// What was done.
    pub stage: Stage,
    /// No further step before this, in real time.
    pub next: DateTime<Utc>,
    /// How often in a row a step came to nothing.
    pub tries: u32,
    /// How often this was written; 0 before the first time.
    pub version: u64,
}

/// The steps of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It is still to be begun.
    Wanted,
    /// X has begun it, and waits for the ids.
    Made {
        /// X's name for it.
        job: String,
        /// Where the ids go. It is signed, and good for a quarter of an hour.
        upload: String,
    },
    /// X has the ids.
    Asked {
        /// X's name for it.
        job: String,
        /// Since when, in real time.
        since: DateTime<Utc>,
        /// How many of its results were worked off.
        taken: u64,
    },
    /// All was done, or there was nothing to ask about.
    Over,
    /// X does not do it, or not today.
    Refused,
}

impl Store {
    /// Where the job of a day (UTC) stands; none before its first step.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn audit(&self, day: NaiveDate) -> Result<Option<Audit>, StoreError> {
        let row = self.get(&keys::audit(day)).await?;
        row.map(|row| read::<AuditItem>(row).map(Audit::from)).transpose()
    }

    /// Writes down a step, if nobody has taken one since `audit.version` was read. Whether it was written:
    /// where it was not, somebody else is at it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn audited(&self, day: NaiveDate, audit: &Audit) -> Result<bool, StoreError> {
        let ends = day.checked_add_days(Days::new(3)).unwrap_or(day).and_time(NaiveTime::MIN);
        let shape = AuditItem {
            stage: AuditStage::from(&audit.stage),
            next: At(audit.next),
            tries: audit.tries,
            version: audit.version + 1,
            expires_at: ends.and_utc().timestamp(),
        };
        let only_if = match audit.version {
            0 => Expression::new("attribute_not_exists(#pk)"),
            version => Expression::new("#version = :read").with(":read", number(version)),
        };
        self.put_if(write(&keys::audit(day), &shape)?, &only_if).await
    }
}

impl From<AuditItem> for Audit {
    fn from(i: AuditItem) -> Self {
        let stage = match i.stage {
            AuditStage::Wanted => Stage::Wanted,
            AuditStage::Made { job, upload } => Stage::Made { job, upload },
            AuditStage::Asked { job, since, taken } => Stage::Asked { job, since: since.0, taken },
            AuditStage::Over => Stage::Over,
            AuditStage::Refused => Stage::Refused,
        };
        Audit { stage, next: i.next.0, tries: i.tries, version: i.version }
    }
}

impl From<&Stage> for AuditStage {
    fn from(stage: &Stage) -> Self {
        match stage {
            Stage::Wanted => AuditStage::Wanted,
            Stage::Made { job, upload } => AuditStage::Made { job: job.clone(), upload: upload.clone() },
            Stage::Asked { job, since, taken } => {
                AuditStage::Asked { job: job.clone(), since: At(*since), taken: *taken }
            }
            Stage::Over => AuditStage::Over,
            Stage::Refused => AuditStage::Refused,
        }
    }
}

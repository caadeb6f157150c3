//! The day's look at what is shown, as a batch compliance job: X is asked once a day, about all posts of the
//! last thirty days, and says which were deleted and whose authors went private, were suspended or left. It
//! costs nothing. It also finds what `post.delete` does not tell of, so authors that are watched are in it.
//!
//! A job takes X minutes, so its state is a row and each tick takes one step. Where X does not do it, posts
//! are looked up instead (`lookup`), for money. X lets an app run one job at a time, so there is one for all
//! chats.
//!
//! What was edited a job does not say. X lets a post be edited for an hour, and within that hour its webhook
//! or the searches bring the new version.

use std::collections::HashSet;

use chat::name::Platform;
use chat::order;
use chrono::{DateTime, TimeDelta, Utc};
use outbound::{JobState, Reason, SendError, XReader};
use store::{Audit, Stage, StoreError};

use crate::Host;
use crate::lookup::DAYS;

/// The most posts that one job asks about, the newest.
const MOST: usize = 10_000;
/// So often a step may come to nothing before the day's posts are looked up instead.
const TRIES: u32 = 5;
/// And so long X may take over a job.
const PATIENCE: TimeDelta = TimeDelta::hours(6);
/// X is asked so often how it stands.
const ASK_EVERY: TimeDelta = TimeDelta::minutes(1);
/// An upload that came to nothing keeps its job for so long, and another one may not begin.
const ONE_AT_A_TIME: TimeDelta = TimeDelta::minutes(15);
/// Posts that are removed with one tick.
const PER_TICK: usize = 100;

/// Who looks at a day's posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audited {
    /// The job, which is under way or over. How many posts it was asked about, with this step.
    Job(usize),
    /// X does not do it today.
    Refused,
}

impl Host {
    /// Takes the next step of today's job.
    pub(crate) async fn audit(&self, reader: &XReader) -> Result<Audited, StoreError> {
        let real = self.clocks.real.now();
        let day = self.clocks.chat.now().date_naive();
        let before = self.store.audit(day).await?;
        let before = before.unwrap_or(Audit { stage: Stage::Wanted, next: real, tries: 0, version: 0 });
        match before.stage {
            Stage::Over => return Ok(Audited::Job(0)),
            Stage::Refused => return Ok(Audited::Refused),
            _ if before.next > real => return Ok(Audited::Job(0)),
            _ => {}
        }
        let mut asked = 0;
        let after = match self.audit_step(reader, &before.stage, &mut asked, real).await? {
            Ok(stage) => Audit { stage, next: real, tries: 0, version: before.version },
            Err(error) => failed(&before, &error, real),
        };
        let waits = after.stage == before.stage && after.tries == 0;
        let after = Audit { next: if waits { real + ASK_EVERY } else { after.next }, ..after };
        if after.stage == Stage::Refused {
            tracing::warn!("X does not check what is shown today; posts are looked up instead");
        }
        let refused = after.stage == Stage::Refused;
        if !self.store.audited(day, &after).await? {
            tracing::info!("somebody else has taken this step");
            return Ok(Audited::Job(0));
        }
        Ok(if refused { Audited::Refused } else { Audited::Job(asked) })
    }

    /// One step; what the job has come to with it.
    async fn audit_step(
        &self,
        reader: &XReader,
        stage: &Stage,
        asked: &mut usize,
        real: DateTime<Utc>,
    ) -> Result<Result<Stage, SendError>, StoreError> {
        Ok(match stage {
            Stage::Wanted => {
                if self.all_shown().await?.is_empty() {
                    return Ok(Ok(Stage::Over));
                }
                reader.begin_compliance(real).await.map(|job| match job.upload {
                    Some(upload) => Stage::Made { job: job.id, upload },
                    None => Stage::Refused,
                })
            }
            Stage::Made { job, upload } => {
                // As they are now: what came or went since it was begun is in it, or not.
                let ids = self.all_shown().await?;
                if ids.is_empty() {
                    return Ok(Ok(Stage::Over));
                }
                *asked = ids.len();
                let uploaded = reader.upload_ids(upload, &ids).await;
                uploaded.map(|()| Stage::Asked { job: job.clone(), since: real, taken: 0 })
            }
            Stage::Asked { job, since, taken } => {
                match reader.compliance(job, real).await.map(|job| job.state) {
                    Ok(JobState::Complete(from)) => match reader.download_results(&from).await {
                        Ok(results) => Ok(self.take_results(job, *since, *taken, &results).await?),
                        Err(error) => Err(error),
                    },
                    Ok(JobState::Waiting) if real - *since < PATIENCE => Ok(stage.clone()),
                    Ok(JobState::Waiting | JobState::Failed) => {
                        tracing::warn!(job, %since, "nothing comes of X's compliance job");
                        Ok(Stage::Refused)
                    }
                    Err(error) => Err(error),
                }
            }
            Stage::Over | Stage::Refused => Ok(stage.clone()),
        })
    }

    /// Removes what X says must go, from where the last tick ended.
    async fn take_results(
        &self,
        job: &str,
        since: DateTime<Utc>,
        taken: u64,
        results: &[u8],
    ) -> Result<Stage, StoreError> {
        let found = wire::x::compliance(results);
        for error in &found.malformed {
            tracing::warn!(job, %error, "a line of X's results was not understood");
        }
        for what in &found.ignored {
            tracing::info!(job, what, "a line of X's results that nothing is done about");
        }
        let from = usize::try_from(taken).unwrap_or(usize::MAX);
        let mut to = from;
        for post in found.removed.iter().take(MOST).skip(from).take(PER_TICK) {
            tracing::info!(%post, "X shows it no more");
            // What cannot be read is asked about again tomorrow, and keeps nobody else's post standing.
            self.store.if_readable(self.removed(post).await)?;
            to += 1;
        }
        let all = found.removed.len().min(MOST);
        if to >= all {
            tracing::info!(job, removed = all, "X has checked what is shown");
            return Ok(Stage::Over);
        }
        Ok(Stage::Asked { job: job.to_owned(), since, taken: to as u64 })
    }

    /// The versions that are shown of all posts that are to be asked about, the newest posts first; and of what
    /// they quote, which nobody may have carried.
    async fn all_shown(&self) -> Result<Vec<String>, StoreError> {
        let since = self.clocks.chat.now() - DAYS;
        let mut shown = Vec::new();
        for line in self.chats_on().await? {
            for episode in self.store.episodes_since(&line.slug, since).await? {
                let posts = self.store.posts(&episode.id).await?.into_iter().map(|filed| filed.post);
                let theirs = posts.filter(|post| post.id.source == Platform::X && post.at >= since);
                for post in theirs {
                    let quoted = post.quoted.as_ref().and_then(|quoted| quoted.names.last());
                    shown.extend(quoted.map(|quoted| (post.at, quoted.id.clone())));
                    shown.push((post.at, post.version));
                }
            }
        }
        order::sort_by(&mut shown, |a, b| b.cmp(a));
        // One that stands in two chats, or is quoted.
        let mut seen = HashSet::new();
        let ids = shown.into_iter().map(|(_, id)| id).filter(|id| seen.insert(id.clone()));
        Ok(ids.take(MOST).collect())
    }
}

/// After a step that came to nothing: the same one again later, or no more of it today.
fn failed(before: &Audit, error: &SendError, real: DateTime<Utc>) -> Audit {
    let again = match error {
        SendError::RetryAfter { after, .. } => {
            Some(TimeDelta::from_std(*after).unwrap_or(ONE_AT_A_TIME).max(ASK_EVERY))
        }
        SendError::Unknown { .. } => Some(ASK_EVERY),
        // Not from the words, which X has not published: 409 is what it says while another one runs.
        SendError::Rejected(refusal) if refusal.reason == Reason::Other && before.stage == Stage::Wanted => {
            Some(ONE_AT_A_TIME)
        }
        SendError::Rejected(_) => None,
    };
    let tries = before.tries + 1;
    match again.filter(|_| tries < TRIES) {
        Some(after) => {
            tracing::info!(%error, tries, "X's compliance job goes on later");
            Audit { next: real + after, tries, ..before.clone() }
        }
        None => {
            tracing::warn!(%error, tries, "X's compliance job was given up");
            Audit { stage: Stage::Refused, next: real, tries, ..before.clone() }
        }
    }
}

//! What must be seen no more: posts that were taken back where they were written, and everything of
//! somebody who was blocked or left out.

use chat::Event;
use chat::name::{Person, PostId, Slug};
use chat::removal::Why;
use chrono::{DateTime, TimeDelta};
use store::{StoreError, ToUnquote};

use crate::{Host, causes};

/// So many posts are read together.
const PAGE: usize = 20;
/// A run ends after this long and rings for the next, well within a function's fifteen seconds.
const BUDGET: TimeDelta = TimeDelta::seconds(7);

impl Host {
    /// A post was taken back where it was written, or is known to be gone from there; `post` may name any
    /// of its versions. It goes from every chat. The tombstone comes first, so that a post which comes at
    /// the same moment, or later, meets it.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the same removal can be given again.
    pub async fn removed(&self, post: &PostId) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.remove_everywhere(post)).await
    }

    async fn remove_everywhere(&self, post: &PostId) -> Result<(), StoreError> {
        let real = self.clocks.real.now();
        self.store.bury(post, real).await?;
        // Only now: a version that is filed later than this meets the tombstone of its own name.
        let first = self.store.first_of(post).await?;
        if first != *post {
            self.store.bury(&first, real).await?;
        }
        let mut failed = None;
        let filed_in = self.store.filed_any(&first).await?;
        if filed_in.is_empty() {
            // Nobody carried it here; somebody may have quoted it all the same.
            for post in [post, &first].into_iter().take(if first == *post { 1 } else { 2 }) {
                self.unquote_soon(&ToUnquote { post: post.clone(), slug: None }).await;
            }
        }
        for filed in filed_in {
            let slug = filed.episode.chat;
            let event = Event::Removed { post: first.clone(), why: Why::Withdrawn, author: None };
            // One chat whose rows cannot be written must not keep the post standing in another.
            match self.run(&slug, &event).await {
                Ok(_) => tracing::info!(chat = %slug, post = %first, "removed"),
                Err(error) => {
                    tracing::error!(chat = %slug, post = %first, error = causes(&error), "not removed yet");
                    // What helps when it is tried again is not hidden by what never will.
                    failed = failed.filter(crate::doors::helps_again).or(Some(error));
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Removes everything that somebody posted in a chat, page by page, as far as that is written down as
    /// wanted. What is left when the time is up is rung for; what fails is left to the next tick.
    ///
    /// # Errors
    /// Where the table cannot be read or written.
    pub async fn erase(&self, slug: &Slug, person: &Person) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.erase_pages(slug, person)).await
    }

    /// Of who left, what they never said in the open.
    async fn forget_who_left(&self, slug: &Slug, person: &Person, since: i64) -> Result<(), StoreError> {
        self.forget_suggestions(slug, person).await?;
        self.forget_answers(person, since).await?;
        if !self.store.forget_alone(slug, person).await? {
            // On its way to them at this moment: the next tick finds what came of it.
            return Ok(());
        }
        tracing::info!(chat = %slug, "what was kept of somebody who left is forgotten");
        match self.store.erased(slug, person, since, false).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What somebody was answered before they asked to be forgotten.
    async fn forget_answers(&self, person: &Person, since: i64) -> Result<(), StoreError> {
        let now = self.clocks.real.now();
        let asked = DateTime::from_timestamp_millis(since).unwrap_or(now);
        self.store.forget_answers(person, asked, now).await
    }

    async fn erase_pages(&self, slug: &Slug, person: &Person) -> Result<(), StoreError> {
        let Some(wanted) = self.store.to_erase(slug, person).await? else { return Ok(()) };
        let Some(until) = wanted.until else { return self.forget_who_left(slug, person, wanted.since).await };
        let started = self.clocks.real.now();
        let mut after: Option<PostId> = None;
        let mut failed = None;
        let (mut removed, mut kept) = (0_usize, 0_usize);
        loop {
            let page = self.store.posts_by(slug, person, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            for post in page {
                let filed = self.store.filed(slug, &post).await;
                if matches!(&filed, Ok(Some(filed)) if filed.post.at > until) {
                    // They were let in again before this came to its end.
                    kept += 1;
                    continue;
                }
                let event =
                    Event::Removed { post: post.clone(), why: Why::Barred, author: Some(person.clone()) };
                match self.run(slug, &event).await {
                    Ok(_) => removed += 1,
                    // A row that cannot be read must not keep the others standing.
                    Err(error) => {
                        tracing::error!(chat = %slug, %post, error = causes(&error), "not erased yet");
                        failed = Some(error);
                    }
                }
            }
            let now = self.clocks.real.now();
            if now - started > BUDGET {
                if let Err(error) = self.queues.erase(slug, person, now).await {
                    tracing::warn!(chat = %slug, %error, "the rest waits for the next tick");
                }
                return failed.map_or(Ok(()), Err);
            }
        }
        // Also where what they wrote was quoted and never carried.
        let done = self.unquote_person(slug, person, until, started + BUDGET).await?;
        if let Some(error) = failed {
            return Err(error);
        }
        if !done {
            let now = self.clocks.real.now();
            if let Err(error) = self.queues.erase(slug, person, now).await {
                tracing::warn!(chat = %slug, %error, "the rest waits for the next tick");
            }
            return Ok(());
        }
        // And what they suggested, and their name under what was asked of it.
        // Who was let in again since, and said something, has a say again too.
        if kept == 0 {
            self.forget_suggestions(slug, person).await?;
            let now = self.clocks.real.now();
            self.store.forget_voice(slug, person, now).await?;
            self.forget_answers(person, wanted.since).await?;
            // Who is kept out may be a member still, with reminders to come.
            if self.store.member(slug, person).await?.is_none()
                && !self.store.forget_alone(slug, person).await?
            {
                // On its way to them at this moment: the next tick finds what came of it.
                return Ok(());
            }
        }
        tracing::info!(chat = %slug, removed, "everything of somebody is erased");
        match self.store.erased(slug, person, wanted.since, kept == 0).await {
            // Asked for again meanwhile: that has a bell of its own.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

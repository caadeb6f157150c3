//! What must be quoted no more: the words of a post that was removed, and of somebody who was blocked, in the
//! cards of those who quoted them.

use chat::name::{Person, PostId, Slug};
use chat::quotes::Source;
use chat::{Change, Decision, Event};
use chrono::{DateTime, TimeDelta, Utc};
use store::{Quoting, StoreError, ToUnquote};

use crate::{Host, causes};

/// So many posts that quote are read together.
const PAGE: usize = 20;
/// A run ends after this long and rings for the next, well within a function's fifteen seconds.
const BUDGET: TimeDelta = TimeDelta::seconds(7);

/// What a decision removed, each under all of its names.
pub(crate) fn removed_by(slug: &Slug, decision: &Decision) -> Vec<ToUnquote> {
    let mut gone = Vec::new();
    for change in &decision.changes {
        let Change::Gone(removal) = change else { continue };
        let here = removal.why != chat::removal::Why::Withdrawn;
        for post in std::iter::once(&removal.post).chain(&removal.also) {
            gone.push(ToUnquote { post: post.clone(), slug: here.then(|| slug.clone()) });
        }
    }
    gone
}

impl Host {
    /// Sees to it that a removed post is quoted no more: rings where somebody quotes it, and notes it where
    /// nobody does, as nearly always. What fails is found by the next tick.
    ///
    /// Rung for, and not done here: a post may be quoted a hundred times, and whoever removes one waits for an
    /// answer.
    pub(crate) async fn unquote_soon(&self, gone: &ToUnquote) {
        let seen_to = async {
            if self.store.quoting(&gone.post, gone.slug.as_ref(), None, 1).await?.is_empty() {
                return self.nobody_quotes(gone).await;
            }
            if let Err(error) = self.queues.unquote(gone, self.clocks.real.now()).await {
                tracing::warn!(post = %gone.post, %error, "what quotes it waits for the next tick");
            }
            Ok(())
        };
        let seen_to: Result<(), StoreError> = Box::pin(seen_to).await;
        if let Err(error) = seen_to {
            let error = causes(&error);
            tracing::warn!(post = %gone.post, error, "what quotes it is left to the next tick");
        }
    }

    async fn nobody_quotes(&self, gone: &ToUnquote) -> Result<(), StoreError> {
        match self.store.unquoted(gone).await {
            // The index still names a tombstone that is not there: nothing is to be done about it.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the words of a removed post out of all that quotes it, page by page. What is left when the time is
    /// up is rung for; what fails is left to the next tick.
    ///
    /// # Errors
    /// Where the table cannot be read or written.
    pub async fn unquote(&self, gone: &ToUnquote) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.unquote_pages(gone)).await
    }

    async fn unquote_pages(&self, gone: &ToUnquote) -> Result<(), StoreError> {
        let started = self.clocks.real.now();
        let of = Source::Post(gone.post.clone());
        let mut after: Option<Quoting> = None;
        let mut failed = None;
        let mut changed = 0_usize;
        loop {
            let page = self.store.quoting(&gone.post, gone.slug.as_ref(), after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            for Quoting { slug, by } in page {
                // One chat whose rows cannot be written must not keep the words standing in another.
                match self.unquote_one(&slug, &by, &of).await {
                    Ok(()) => changed += 1,
                    Err(error) => failed = Some(error),
                }
            }
            let now = self.clocks.real.now();
            if now - started > BUDGET {
                if let Err(error) = self.queues.unquote(gone, now).await {
                    tracing::warn!(post = %gone.post, %error, "the rest waits for the next tick");
                }
                return failed.map_or(Ok(()), Err);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        tracing::info!(post = %gone.post, changed, "quoted no more");
        self.nobody_quotes(gone).await
    }

    async fn unquote_one(&self, slug: &Slug, by: &PostId, of: &Source) -> Result<(), StoreError> {
        let event = Event::Unquoted { post: by.clone(), of: of.clone() };
        let done = self.run(slug, &event).await;
        if let Err(error) = &done {
            let error = causes(error);
            tracing::error!(chat = %slug, post = %by, error, "it still quotes what is gone");
        }
        done.map(drop)
    }

    /// Takes the words of somebody who is barred out of all that quotes them in a chat: of what was written until
    /// then. Whether all of it was done before `by`, an instant of real time.
    ///
    /// # Errors
    /// Where the table cannot be read or written.
    pub(crate) async fn unquote_person(
        &self,
        slug: &Slug,
        person: &Person,
        until: DateTime<Utc>,
        by: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let of = Source::By(person.clone());
        let mut after: Option<PostId> = None;
        let mut failed = None;
        loop {
            let page = self.store.quoting_of(slug, person, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return failed.map_or(Ok(true), Err) };
            after = Some(last.clone());
            for post in page {
                let filed = self.store.filed(slug, &post).await;
                if matches!(&filed, Ok(Some(filed)) if filed.post.at > until) {
                    // Quoted after they were let in again.
                    continue;
                }
                if let Err(error) = self.unquote_one(slug, &post, &of).await {
                    failed = Some(error);
                }
            }
            if self.clocks.real.now() > by {
                return failed.map_or(Ok(false), Err);
            }
        }
    }
}

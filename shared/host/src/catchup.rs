//! What was missed, for an organiser who asked for it.

use chat::name::EpisodeId;
use chat::{Change, Decision, Event, Seen};
use chrono::TimeDelta;
use store::{Loaded, StoreError};

use crate::Host;
use crate::answer::Outcome;

/// A run ends after this long and rings for the next, well within a function's fifteen seconds.
const BUDGET: TimeDelta = TimeDelta::seconds(7);

/// The episode of which more was missed than this decision carries.
pub(crate) fn still_catching_up(decision: &Decision) -> Option<&EpisodeId> {
    decision.changes.iter().find_map(|change| match change {
        Change::CatchingUp { episode, more: true } => Some(episode),
        _ => None,
    })
}

impl Host {
    /// Carries the rest of what was missed in an episode, page by page, as far as that is written down as asked
    /// for. What is left when the time is up is rung for; what fails is left to the next tick.
    ///
    /// Not while whoever asked waits for an answer: the first page is theirs, and a day has many.
    ///
    /// # Errors
    /// Where the table cannot be read or written.
    pub async fn catch_up(&self, episode: &EpisodeId) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.catch_up_pages(episode)).await
    }

    async fn catch_up_pages(&self, episode: &EpisodeId) -> Result<(), StoreError> {
        let event = Event::CatchUp(episode.clone());
        let started = self.clocks.real.now();
        loop {
            match self.run(&episode.chat, &event).await? {
                Outcome::Done(decision) if still_catching_up(&decision).is_some() => {}
                _ => return Ok(()),
            }
            let now = self.clocks.real.now();
            if now - started > BUDGET {
                if let Err(error) = self.queues.catch_up(episode, now).await {
                    tracing::warn!(%episode, %error, "the rest of what was missed waits for the next tick");
                }
                return Ok(());
            }
        }
    }

    /// What was missed lately, who wrote it, and who is barred.
    pub(crate) async fn see_missed(&self, loaded: &Loaded, seen: &mut Seen) -> Result<(), StoreError> {
        let slug = &loaded.settings.slug;
        let within_reach = chat::missed::within_reach(&loaded.episodes, self.clocks.chat.now());
        (seen.missed, seen.authors) = self.store.missed(slug, within_reach).await?;
        seen.bars = self.store.bars(slug).await?;
        Ok(())
    }

    /// The same of one episode that somebody asked about, however long ago; nothing where nobody did.
    pub(crate) async fn see_asked_for(
        &self,
        loaded: &Loaded,
        id: &EpisodeId,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        seen.catching_up = self.store.is_catching_up(id).await?;
        if seen.catching_up {
            let slug = &loaded.settings.slug;
            let of_it = loaded.episodes.iter().filter(|episode| episode.id == *id);
            (seen.missed, seen.authors) = self.store.missed(slug, of_it).await?;
            seen.bars = self.store.bars(slug).await?;
        }
        Ok(())
    }
}

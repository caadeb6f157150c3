//! What was missed, for an organiser who asked for it.

use chat::name::EpisodeId;
use chat::{Change, Decision, Event, Seen};
use chrono::TimeDelta;
use store::{Loaded, StoreError};

use crate::Host;
use crate::answer::Outcome;

/// So long somebody who pressed a button is kept waiting while the pages go; the rest comes with the next tick.
pub(crate) const AT_ONCE: TimeDelta = TimeDelta::milliseconds(800);
/// So long a tick goes on with one episode: there may be others, and a function has fifteen seconds.
const IN_A_TICK: TimeDelta = TimeDelta::seconds(3);

/// The episode of which more was missed than this decision carries.
pub(crate) fn still_catching_up(decision: &Decision) -> Option<&EpisodeId> {
    decision.changes.iter().find_map(|change| match change {
        Change::CatchingUp { episode, more: true } => Some(episode),
        _ => None,
    })
}

impl Host {
    /// Carries the rest of what was missed in an episode, page by page, for so long at most (real time).
    pub(crate) async fn catch_up(&self, episode: &EpisodeId, budget: TimeDelta) -> Result<(), StoreError> {
        let event = Event::CatchUp(episode.clone());
        let started = self.clocks.real.now();
        while self.clocks.real.now() - started < budget {
            match self.run(&episode.chat, &event, None).await? {
                Outcome::Done(decision) if still_catching_up(&decision).is_some() => {}
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Goes on where more was missed than could be carried at once, or a machine died over it.
    pub(crate) async fn sweep_missed(&self) -> Result<(), StoreError> {
        for episode in self.store.catching_up(self.clocks.real.now()).await? {
            if let Err(error) = self.catch_up(&episode, IN_A_TICK).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%episode, error, "what was missed is not carried yet");
            }
        }
        Ok(())
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

//! The door: who waits at it, and the rest of what somebody said who was let in.

use chat::agenda::{Episode, State};
use chat::name::{EpisodeId, Person, Slug};
use chat::post::Filed;
use chat::{Change, Decision, Event, KeptOut, Uncarried};
use store::{Loaded, StoreError};

use crate::answer::Outcome;
use crate::{Host, causes};

/// The most commits that follow each other for one person; the rest comes with the next tick.
const MOST_PAGES: usize = 20;

/// Whose waiting posts were more than this decision carries.
pub(crate) fn still_letting_in(decision: &Decision) -> Option<&Person> {
    decision.changes.iter().find_map(|change| match change {
        Change::LettingIn { person, more: true } => Some(person),
        _ => None,
    })
}

/// The episodes at whose door somebody may wait: those under way and those that are over, as far as they
/// are loaded.
fn with_doors(loaded: &Loaded) -> impl Iterator<Item = &Episode> {
    loaded.episodes.iter().filter(|e| !matches!(e.state, State::Cancelled))
}

impl Host {
    /// Carries the rest of what somebody said who was let in, as far as it goes.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the next tick goes on.
    pub async fn let_in(&self, slug: &Slug, person: &Person) -> Result<(), StoreError> {
        let event = Event::Admitted(person.clone());
        for _ in 0..MOST_PAGES {
            match self.run(slug, &event).await? {
                Outcome::Done(decision) if still_letting_in(&decision).is_some() => {}
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Goes on where somebody was let in and a machine died over it.
    pub(crate) async fn sweep_door(&self) -> Result<(), StoreError> {
        for (slug, person) in self.store.letting_in(self.clocks.real.now()).await? {
            if let Err(error) = self.let_in(&slug, &person).await {
                let error = causes(&error);
                tracing::error!(chat = %slug, error, "what waited at the door is not carried yet");
            }
        }
        Ok(())
    }

    /// What waits at the door of one person, in the episodes that may matter and in the one that is named.
    pub(crate) async fn held(
        &self,
        loaded: &Loaded,
        named: Option<&EpisodeId>,
        person: &Person,
    ) -> Result<Vec<Filed>, StoreError> {
        let mut episodes: Vec<&EpisodeId> = with_doors(loaded).map(|e| &e.id).collect();
        episodes.extend(named.filter(|named| loaded.episodes.iter().all(|e| e.id != **named)));
        let mut held = Vec::new();
        for episode in episodes {
            held.extend(self.store.held(episode, person).await?);
        }
        Ok(held)
    }

    /// What was kept out of the rooms: at the door of the live episode, else of the last one, and by words
    /// and haste today.
    pub(crate) async fn kept_out(&self, loaded: &Loaded) -> Result<KeptOut, StoreError> {
        let slug = &loaded.settings.slug;
        let now = self.clocks.chat.now();
        let open = with_doors(loaded).filter(|e| e.is_live() || e.doors_open(now)).max_by_key(|e| e.starts);
        let over = |e: &&Episode| matches!(e.state, State::Closed { .. });
        let last = open.or_else(|| with_doors(loaded).filter(over).max_by_key(|e| e.starts));
        let waiting = match last {
            Some(episode) => self.store.waiting_at(&episode.id).await?.len(),
            None => 0,
        };
        let today = self.clocks.real.now().date_naive();
        let few = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(KeptOut {
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            muted: few(self.store.counted(slug, Uncarried::Muted, today).await?),
            burst: few(self.store.counted(slug, Uncarried::Burst, today).await?),
        })
    }
}

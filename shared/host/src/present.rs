//! Whether an organiser is there when an hour opens.

use chat::agenda::Episode;
use chat::name::{EpisodeId, Person};
use chat::settings::Settings;
use chat::{Event, deputy};
use chrono::{DateTime, Utc};
use store::{Loaded, StoreError};

use crate::{Host, causes};

impl Host {
    /// Notes that an organiser is there, by whatever they do: also what only shows something, and what is refused.
    /// Beside what it leads to and before it, so that a command writes no more than it did.
    pub(crate) async fn note_who_is_here(&self, loaded: &Loaded, event: &Event) {
        let (Event::Commanded(asking, _)
        | Event::Pressed(asking, _)
        | Event::Submitted(asking, _, _)
        | Event::Connected(asking, _)) = event
        else {
            return;
        };
        let now = self.clocks.chat.now();
        self.note_here(&loaded.settings, &loaded.episodes, &asking.by, now).await;
    }

    /// Notes that somebody was there at a moment of the chat's clock, where that says something: see
    /// [`deputy::counts_for`]. Also what they only looked at counts, as their home does.
    pub(crate) async fn note_here(
        &self,
        settings: &Settings,
        episodes: &[Episode],
        person: &Person,
        at: DateTime<Utc>,
    ) {
        for episode in deputy::counts_for(settings, episodes, person, at) {
            let noted = self.store.is_here(episode, person, at, self.clocks.real.now()).await;
            if let Err(error) = noted {
                // At worst another organiser is asked to look in, which harms nobody; what they did goes on.
                tracing::warn!(%episode, error = causes(&error), "it was not noted that an organiser is there");
            }
        }
    }

    /// The organisers who are there: by what they did in Slack, or by what they said in the hour.
    pub(crate) async fn present(
        &self,
        settings: &Settings,
        episode: &EpisodeId,
        start: DateTime<Utc>,
    ) -> Result<Vec<Person>, StoreError> {
        let mut present = self.store.present(episode, start - deputy::EARLY).await?;
        let owned = self.store.all_linked(&settings.slug).await?;
        for organiser in &settings.organisers {
            let accounts =
                owned.iter().filter(|(_, member)| *member == organiser).map(|(account, _)| account);
            let people: Vec<Person> = std::iter::once(organiser).chain(accounts).cloned().collect();
            let spoke = self.store.spoke_in(&people, std::slice::from_ref(episode)).await?;
            present.extend((!spoke.is_empty()).then(|| organiser.clone()));
        }
        Ok(present)
    }
}

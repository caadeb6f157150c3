//! Places that nothing gets through to: organisers are told once, in a place that still works, and once
//! more when it does again.

use chat::Decision;
use chat::delivery::{Trouble, Untaken};
use chat::name::Place;
use chat::settings::Settings;
use chat::steer::trouble::{self, Turn};
use chrono::{DateTime, Utc};
use store::{Pace, StoreError};

use crate::Host;

impl Host {
    /// A call to a place failed, and the next one may be made at `next`. `why` is what somebody has to
    /// mend; without it the place is busy, slow or down.
    pub(crate) async fn stumbled(
        &self,
        place: &Place,
        pace: &mut Pace,
        next: DateTime<Utc>,
        why: Option<Untaken>,
    ) -> Result<(), StoreError> {
        let before = pace.trouble;
        let since = before.map_or_else(|| self.clocks.real.now(), |t| t.since);
        let told = before.is_some_and(|t| t.told);
        let mut now = Trouble { since, why: why.or(before.and_then(|t| t.why)), told };
        if now.is_worth_telling(next) {
            self.tell_of_place(place, Turn::Broken, &now).await?;
            now.told = true;
        }
        if before != Some(now) {
            self.store.trouble(place, Some(&now)).await?;
            pace.trouble = Some(now);
        }
        Ok(())
    }

    /// Something got through.
    pub(crate) async fn got_through(&self, place: &Place, pace: &mut Pace) -> Result<(), StoreError> {
        let Some(over) = pace.trouble else { return Ok(()) };
        // Told first: who dies in between tells once more, under the same name. The other way round nobody
        // would hear of it.
        if over.told {
            self.tell_of_place(place, Turn::Mended, &over).await?;
        }
        self.store.trouble(place, None).await?;
        pace.trouble = None;
        Ok(())
    }

    /// Writes notes about a place for the organisers of every chat that speaks there. They are named after
    /// the moment it began, so telling twice is telling once.
    async fn tell_of_place(&self, place: &Place, turn: Turn, trouble: &Trouble) -> Result<(), StoreError> {
        let now = self.clocks.chat.now();
        // As people's clocks showed it, where the chat's is not the machine's.
        let since = now - (self.clocks.real.now() - trouble.since);
        for slug in self.store.chats_at(place).await? {
            let Some(loaded) = self.load_one(&slug, now).await? else { continue };
            let to = self.confidants(&loaded.settings, place, trouble).await?;
            if to.is_empty() {
                tracing::error!(chat = %slug, %place, "nothing gets through there, and nobody can be told");
                continue;
            }
            let effects = trouble::notes(&loaded.settings, place, (turn, trouble), &to, since, now);
            self.commit(&slug, &Decision { effects, ..Decision::default() }, None).await?;
        }
        Ok(())
    }

    /// Where organisers can be told of a place's trouble: the first of their places that has none itself.
    pub(crate) async fn confidants(
        &self,
        settings: &Settings,
        place: &Place,
        trouble: &Trouble,
    ) -> Result<Vec<Place>, StoreError> {
        for group in trouble::confidants(settings, place) {
            let mut well = Vec::new();
            for to in group {
                // A key opens a whole platform or nothing of it.
                let same_key = trouble.why == Some(Untaken::Key) && to.platform == place.platform;
                let pace = self.store.if_readable(self.store.pace(&to).await)?;
                if !same_key && pace.is_some_and(|pace| pace.trouble.is_none()) {
                    well.push(to);
                }
            }
            if !well.is_empty() {
                return Ok(well);
            }
        }
        Ok(Vec::new())
    }
}

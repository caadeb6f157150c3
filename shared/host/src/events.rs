//! Events in Discord's own lists, one for each hour to come.

use chat::delivery::Room;
use chat::events::{self, DELETED, Step};
use chat::name::EpisodeId;
use chat::{Decision, events::Shown};
use outbound::Reason;
use store::{Opened, Sent, StoreError, Waiting};

use crate::deliver::{DOUBT_FOR, LEASE, Run};
use crate::send::Came;

/// What becomes of a try that Discord did not answer is looked at again after this long.
const LOOK_AGAIN: chrono::TimeDelta = chrono::TimeDelta::seconds(20);

/// Under which id an event is known from now on; empty for none.
fn known_as(episode: &EpisodeId, id: &str) -> Option<Opened> {
    Some(Opened { room: Room::Opening(episode.clone()), thread: id.to_owned(), ready: true })
}

impl Run<'_> {
    /// Makes an episode's event what the episode is now.
    pub(crate) async fn event(&mut self, waiting: Waiting, id: &EpisodeId) -> Result<(), StoreError> {
        let (guild, real) = (waiting.delivery.to.home.clone(), self.host.clocks.real.now());
        let now = self.host.clocks.chat.now();
        let known = self.host.store.room(&waiting.delivery.to, &Room::Opening(id.clone())).await?;
        let known = known.map(|row| row.thread).filter(|event| !event.is_empty());
        let slug = waiting.slug.clone();
        let step = match self.chat(&slug).await? {
            Some(loaded) => {
                let episode = loaded.episodes.iter().find(|episode| episode.id == *id);
                events::step(&loaded.settings, episode, &guild, known.as_deref(), now)
            }
            None => Step::Nothing,
        };
        let payload = match &step {
            Step::Nothing => {
                return self
                    .host
                    .store
                    .failed(&[waiting], "there is nothing to do about it", real, &[])
                    .await;
            }
            Step::Create(shown) => wire::discord::event(shown),
            Step::Change { shown, begun } => wire::discord::event_change(shown, *begun),
            Step::Cancel => wire::discord::event_cancelled(),
        }
        .to_string();
        let claimed = self.claim(vec![waiting], Some(payload.clone()), Vec::new()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let came = match (&self.host.discord, &step, &known) {
            (None, ..) => Came::Refused { reason: None, why: "Discord is off".to_owned() },
            (Some(discord), Step::Create(Shown { .. }), _) => {
                match discord.create_event(&guild, &payload).await {
                    Ok(event) => Came::Sent { room: known_as(id, &event), external: event, pause: None },
                    Err(error) => error.into(),
                }
            }
            (Some(discord), step, known) => {
                let event = known.clone().unwrap_or_default();
                match discord.change_event(&guild, &event, &payload).await {
                    // What was cancelled cannot be brought back; where the hour is, another event is made.
                    Ok(()) if *step == Step::Cancel => {
                        Came::Sent { room: known_as(id, ""), external: event, pause: None }
                    }
                    Ok(()) => Came::sent(&event),
                    Err(error) => error.into(),
                }
            }
        };
        match came {
            // Somebody took it out of the list: theirs to decide.
            Came::Refused { reason: Some(Reason::NotFound), .. } if known.is_some() => {
                let room = known_as(id, if step == Step::Cancel { "" } else { DELETED });
                self.record(claimed, Came::Sent { external: String::new(), room, pause: None }, false).await
            }
            Came::Refused { reason, why } => {
                tracing::warn!(delivery = %claimed[0].delivery.id, why, "no event");
                if let Some(loaded) = self.chat(&slug).await? {
                    let allowed = reason != Some(Reason::NoPermission);
                    let effects = events::notes(&loaded.settings, &guild, allowed, &why, now);
                    self.host.commit(&slug, &Decision { effects, ..Decision::default() }, None).await?;
                }
                self.host.store.failed(&claimed, &why, self.host.clocks.real.now(), &[]).await
            }
            // Of changes a second one is as good as one.
            came => self.record(claimed, came, matches!(step, Step::Create(_))).await,
        }
    }

    /// Looks whether an event that may have been made is in the list.
    pub(crate) async fn look_for_event(
        &mut self,
        doubtful: Waiting,
        id: &EpisodeId,
    ) -> Result<(), StoreError> {
        let now = self.host.clocks.real.now();
        let mark = doubtful.mark.clone().unwrap_or_default();
        let message = self.host.store.message(&doubtful.delivery.to, &mark).await?;
        let payload = message.and_then(|message| message.payload).unwrap_or_else(|| "{}".to_owned());
        let guild = doubtful.delivery.to.home.clone();
        let found = match &self.host.discord {
            Some(discord) => discord.find_event(&guild, &payload).await,
            None => Ok(None),
        };
        match found {
            Ok(Some(event)) => {
                tracing::info!(delivery = %doubtful.delivery.id, "found: it was made");
                let sent =
                    Sent { mark, external: event.clone(), room: known_as(id, &event), ext: None, at: now };
                self.recorded(&[doubtful], &sent).await
            }
            Ok(None) => self.host.store.release(&[doubtful], now).await,
            Err(error) => {
                tracing::warn!(delivery = %doubtful.delivery.id, %error, "could not look");
                if now - doubtful.lease.unwrap_or(doubtful.created + LEASE) > DOUBT_FOR {
                    let why = "I could not find out whether it was made, and will not make it twice";
                    return self.host.store.failed(&[doubtful], why, now, &[]).await;
                }
                self.closed.push(doubtful.delivery.room.clone());
                self.later(now + LOOK_AGAIN);
                Ok(())
            }
        }
    }
}

//! Cues, on the second: taken up a few seconds early, claimed half a second before they are due, said
//! when they are due, everywhere or nowhere.

use std::time::Duration;

use chat::Event;
use chat::cue::CueId;
use chat::name::Place;
use chat::order;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use store::StoreError;

use crate::answer::Outcome;
use crate::{Host, causes, measure};

/// The mirror keeps off a destination this long before a cue.
const QUIET_BEFORE: TimeDelta = TimeDelta::seconds(2);
/// And at most this long after it, should nobody lift the quiet: one call's time-out and a little.
const QUIET_AFTER: TimeDelta = TimeDelta::seconds(8);
/// Text and state are read, and the cue claimed, this long before it is due.
const CLAIM: Duration = Duration::from_millis(500);
/// It is taken up this long before.
const TAKE_UP: Duration = Duration::from_secs(crate::queue::EARLY as u64);

impl Host {
    /// Fires a cue of this version, due at `due` by the chat's clock. A cue that was moved, withdrawn
    /// or fired meanwhile does nothing.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the message may be given again.
    pub async fn fire(&self, id: &CueId, rev: u64, due: DateTime<Utc>) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        let fired = Box::pin(self.fire_at(id, rev, due)).await;
        if let Err(StoreError::Unreadable { .. }) = &fired {
            // At its second and not with the next plan, which may be half an hour away.
            Box::pin(self.tell_of_unreadable(&id.episode.chat)).await;
        }
        fired
    }

    async fn fire_at(&self, id: &CueId, rev: u64, due: DateTime<Utc>) -> Result<(), StoreError> {
        self.clocks.chat.until(due, TAKE_UP).await;
        let chat = &id.episode.chat;
        let Some(loaded) = self.store.load(chat, self.clocks.chat.now()).await? else { return Ok(()) };
        let current = |c: &&chat::cue::Cue| &c.id == id;
        let alive = loaded
            .cues
            .iter()
            .find(current)
            .is_some_and(|c| c.rev == rev && c.state == chat::cue::CueState::Waiting);
        if !alive {
            return Ok(());
        }
        let places: Vec<Place> = loaded.settings.speaking().map(|d| d.place.clone()).collect();
        let until = self.clocks.chat.in_real(due, self.clocks.real.now());
        let (from, until) = (until - QUIET_BEFORE, until + QUIET_AFTER);
        for place in &places {
            if let Err(error) = self.store.quiet(place, from, until).await {
                tracing::warn!(cue = %id, %place, error = %causes(&error), "the mirror was not asked to keep off");
            }
        }
        self.clocks.chat.until(due, CLAIM).await;
        let outcome = self.run(chat, &Event::CueDue(id.clone(), rev)).await;
        if let Ok(Outcome::Done(decision)) = &outcome
            && !decision.effects.is_empty()
        {
            self.clocks.chat.until(due, Duration::ZERO).await;
            let late = self.clocks.chat.now() - due;
            measure::late_by(late);
            let mut speaking: Vec<Place> = decision.effects.iter().map(|d| d.to.clone()).collect();
            order::sort(&mut speaking);
            speaking.dedup();
            tracing::info!(cue = %id, places = speaking.len(), late_ms = late.num_milliseconds().max(0), "fired");
            self.tell(|| format!("{} goes out", spoken(id, &loaded.episodes)));
            join_all(speaking.iter().map(|place| self.deliver_urgent(place, due))).await;
        }
        if let Ok(Outcome::Done(decision)) = &outcome {
            self.publish(&decision.happened).await;
            // Last: nothing of the cue's second is for the desk.
            self.show_soon(&loaded.settings, &loaded.episodes, decision).await;
        }
        for place in &places {
            if let Err(error) = self.store.unquiet(place, until).await {
                tracing::warn!(cue = %id, %place, error = %causes(&error), "the mirror keeps off a few seconds longer");
            }
        }
        outcome.map(drop)
    }
}

fn spoken(id: &CueId, episodes: &[chat::agenda::Episode]) -> String {
    use chat::cue::Kind;
    match &id.kind {
        Kind::Reminder { before, .. } => format!("the reminder {before} minutes ahead"),
        Kind::Nudge { .. } => "a nudge to the organisers".to_owned(),
        Kind::Check { .. } => "a look at every place".to_owned(),
        Kind::Personal { .. } => "members' own reminders".to_owned(),
        Kind::Desk { .. } => "the desk's own message".to_owned(),
        Kind::Guest { .. } => "word of a guest".to_owned(),
        Kind::Deputy { .. } => "a look whether an organiser is there".to_owned(),
        Kind::Call { .. } => "a call to the organisers of a paused hour".to_owned(),
        Kind::Notice { .. } => "the notice of a changed date".to_owned(),
        Kind::Open => "the opening".to_owned(),
        Kind::Question(question) => {
            let episode = episodes.iter().find(|e| e.id == id.episode);
            let position = episode.and_then(|e| e.position(*question));
            position.map_or_else(|| "a question".to_owned(), |n| format!("Q{n}"))
        }
        Kind::Longer => "that the hour goes on a little longer".to_owned(),
        Kind::Close => "the close".to_owned(),
    }
}

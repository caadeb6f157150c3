//! What waits of rehearsals: whether it may still be said, and what becomes of one whose channel refuses it.

use chat::Event;
use chat::action::Action;
use chat::delivery::Progress;
use chat::name::{Platform, Slug};
use chat::rehearsal::{Rehearsal, is_first, run_of};
use store::{Loaded, StoreError, Waiting};

use crate::Host;
use crate::send::Came;

/// Each costs two rows of a transaction.
const MOST_AT_ONCE: usize = 40;

impl Host {
    /// What waits of rehearsals that are over: it is not said any more, and nobody need hear of it.
    pub(crate) async fn of_rehearsals_over(&self, waiting: &[Waiting]) -> Result<Vec<Waiting>, StoreError> {
        let mut known: Vec<(Slug, Option<Rehearsal>)> = Vec::new();
        let mut over = Vec::new();
        for one in waiting.iter().filter(|w| w.progress == Progress::Pending && is_rehearsed(w)) {
            if known.iter().all(|(slug, _)| *slug != one.slug) {
                known.push((one.slug.clone(), self.store.rehearsal(&one.slug).await?));
            }
            let plays = known.iter().find(|(slug, _)| *slug == one.slug).and_then(|(_, r)| r.as_ref());
            if !plays.is_some_and(|rehearsal| rehearsal.says(&one.delivery.id)) {
                over.push(one.clone());
            }
        }
        over.truncate(MOST_AT_ONCE);
        Ok(over)
    }

    /// Ends the rehearsal that this is of, since its channel does not take it; organisers are told why, once.
    pub(crate) async fn end_rehearsal(&self, gone: &Waiting, why: &str) -> Result<(), StoreError> {
        let Some(run) = run_of(&gone.delivery.id) else { return Ok(()) };
        tracing::warn!(delivery = %gone.delivery.id, why, "the rehearsal ends");
        let event = Event::Unplayed { run: run.to_owned(), why: why.to_owned() };
        self.run(&gone.slug, &event).await.map(drop)
    }

    /// Why a rehearsal must not begin here: its channel was named by a link, and a link can claim any server. With
    /// the first of its messages Discord is asked; what comes after waits for that one, or ends with it. `None`
    /// where all is well, or there is nothing to ask.
    pub(crate) async fn is_elsewhere(&self, first: &Waiting) -> Option<Came> {
        let (to, discord) = (&first.delivery.to, self.discord.as_ref()?);
        if to.platform != Platform::Discord || !is_first(&first.delivery.id) {
            return None;
        }
        match discord.server_of(&to.channel).await {
            Ok(server) if server.as_ref() == Some(&to.home) => None,
            Ok(_) => {
                let why = chat::copy::reply::rehearsal_elsewhere().to_owned();
                Some(Came::Refused { reason: None, why })
            }
            Err(error) => Some(error.into()),
        }
    }

    /// The hashtag of another chat that speaks in the channel which an event wants to rehearse in.
    pub(crate) async fn spoken_for(
        &self,
        loaded: &Loaded,
        last: Option<&Rehearsal>,
        event: &Event,
    ) -> Result<Option<String>, StoreError> {
        let settings = &loaded.settings;
        let Some(place) = chat::steer::rehearsal_wanted(settings, last, event) else { return Ok(None) };
        for slug in self.store.chats_at(&place).await?.into_iter().filter(|slug| *slug != settings.slug) {
            let other = self.store.load(&slug, self.clocks.chat.now()).await?.map(|loaded| loaded.settings);
            // Its desk is nobody's but its organisers', and one that retired speaks no more.
            if let Some(other) = other.filter(|o| !o.retired && o.destination(&place).is_some()) {
                return Ok(Some(other.hashtag));
            }
        }
        Ok(None)
    }
}

/// Whether it is of a rehearsal.
pub(crate) fn is_rehearsed(waiting: &Waiting) -> bool {
    run_of(&waiting.delivery.id).is_some()
}

/// Whether an event may begin a rehearsal, end one, or show that one plays.
pub(crate) fn concerns_rehearsals(event: &Event) -> bool {
    use chat::cue::Kind;
    match event {
        Event::Commanded(_, command) => command.changes() || shows_rehearsal(command),
        // What members do is none of it, and theirs are many.
        Event::Pressed(_, action) | Event::Submitted(_, action, _) => !matches!(
            action,
            Action::Join(_)
                | Action::Leave(_)
                | Action::Me(_)
                | Action::ForgetMe(_)
                | Action::Zone(..)
                | Action::Answer(..)
                | Action::Hello(_)
                | Action::Rehearsed(_)
        ),
        Event::Connected(..) | Event::Unplayed { .. } => true,
        // A question that comes first opens the hour.
        Event::CueDue(id, _) => matches!(id.kind, Kind::Open | Kind::Question(_)),
        Event::Membered(..)
        | Event::Posted(_)
        | Event::Removed { .. }
        | Event::Unquoted { .. }
        | Event::Plan
        | Event::Admitted(_)
        | Event::CatchUp(_)
        | Event::Greeted(..)
        | Event::Nudged(..)
        | Event::Unreached(_) => false,
    }
}

fn shows_rehearsal(command: &chat::command::Command) -> bool {
    matches!(command, chat::command::Command::Status | chat::command::Command::Rehearse(_))
}

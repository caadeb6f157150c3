//! The clock: each minute it plans, hands out the cues that fall due, and sweeps what is stuck. A tick
//! that is missed or doubled changes nothing, because it looks ahead further than a minute and
//! everything it hands out is claimed by name.

use chat::Event;
use chat::name::Slug;
use chrono::TimeDelta;
use store::StoreError;

use crate::answer::Outcome;
use crate::{Host, causes, measure};

/// Cues due within this many seconds are handed out. Two missed ticks cost nothing.
pub(crate) const AHEAD: i64 = 180;
/// Each chat is planned about this often: its horizon is 14 days.
const PLAN_EVERY: i64 = 30;
/// A plan writes what fits into one commit; so many follow each other in one tick.
const MOST_PLANS: usize = 10;
/// The most cues of one tick; the rest comes with the next.
const MOST_CUES: usize = 1_000;

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// Cues handed out.
    pub cues: usize,
    /// Destinations rung for, because something waited too long.
    pub swept: usize,
    /// Happenings told on the bus.
    pub told: usize,
    /// Searches of X handed out.
    pub searches: usize,
    /// Radars of hours that were worked out.
    pub radars: usize,
    /// Authors on X whose removals will be told from now on.
    pub watched: usize,
    /// Posts that were looked at again.
    pub looked: usize,
}

impl Host {
    /// Plans a chat until nothing is left to plan; a chat with a great many dates goes on with the next tick.
    pub(crate) async fn plan(&self, slug: &Slug) -> Result<(), StoreError> {
        for _ in 0..MOST_PLANS {
            match self.run(slug, &Event::Plan).await? {
                Outcome::Done(decision) if !decision.changes.is_empty() => {}
                _ => return Ok(()),
            }
        }
        self.planned.forget(slug);
        Ok(())
    }

    /// One tick.
    ///
    /// # Errors
    /// Where the table cannot be read; the next tick does the same again.
    pub async fn tick(&self) -> Result<Ticked, StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        let ticked = Box::pin(self.tick_once()).await?;
        measure::ticked();
        Ok(ticked)
    }

    async fn tick_once(&self) -> Result<Ticked, StoreError> {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        let mut ticked = Ticked::default();
        for line in self.chats_on().await? {
            if !self.planned.due(&line.slug, now, TimeDelta::minutes(PLAN_EVERY)) {
                continue;
            }
            // One chat that cannot be planned must not keep the others from their cues.
            match self.store.if_readable(self.plan(&line.slug).await) {
                Ok(Some(())) => {}
                Ok(None) => {
                    self.planned.forget(&line.slug);
                    self.tell_of_unreadable(&line.slug).await;
                }
                Err(error) => {
                    tracing::error!(chat = %line.slug, error = causes(&error), "not planned");
                    self.planned.forget(&line.slug);
                }
            }
        }
        for cue in self.store.cues_due(now + TimeDelta::seconds(AHEAD), MOST_CUES).await? {
            match self.queues.cue(&cue.id, cue.rev, cue.due, now).await {
                Ok(()) => ticked.cues += 1,
                Err(error) => tracing::error!(cue = %cue.id, %error, "not handed out"),
            }
        }
        if let Err(error) = self.sweep_door().await {
            // Nor may who was let in keep what waits from its rooms.
            tracing::error!(error = causes(&error), "the door was not swept");
        }
        for place in self.store.destinations_waiting(real).await? {
            match self.queues.ring(&place, &format!("sweep-{}", real.timestamp()), real).await {
                Ok(()) => ticked.swept += 1,
                Err(error) => tracing::error!(%place, %error, "not swept"),
            }
        }
        for erasure in self.store.erasures(real).await? {
            let (slug, person) = (&erasure.slug, &erasure.person);
            if let Err(error) = self.queues.erase(slug, person, real).await {
                tracing::error!(chat = %slug, %error, "not rung for what is to be erased");
            }
        }
        for gone in self.store.to_unquote(real).await? {
            if let Err(error) = self.queues.unquote(&gone, real).await {
                tracing::error!(post = %gone.post, %error, "not rung for what quotes it");
            }
        }
        for episode in self.store.catching_up(real).await? {
            if let Err(error) = self.queues.catch_up(&episode, real).await {
                tracing::error!(%episode, %error, "not rung for what was missed");
            }
        }
        let living = match self.store.all_living(real).await {
            Ok(living) => living,
            Err(error) => {
                tracing::error!(error = causes(&error), "no look at a desk was handed out");
                Vec::new()
            }
        };
        self.hand_out_desks(&living).await;
        match Box::pin(self.publish_rest()).await {
            Ok(told) => ticked.told = told,
            Err(error) => {
                tracing::error!(error = causes(&error), "what happened was not told");
            }
        }
        // Last, and on their own: what X does not answer must not keep cues from their second.
        match self.hand_out_searches().await {
            Ok(searches) => ticked.searches = searches,
            Err(error) => {
                tracing::error!(error = causes(&error), "no search was handed out");
            }
        }
        match Box::pin(self.sweep_radars(&living)).await {
            Ok(swept) => ticked.radars = swept,
            Err(error) => {
                tracing::error!(error = causes(&error), "no radar was worked out");
            }
        }
        match Box::pin(self.subscribe_some()).await {
            Ok(watched) => ticked.watched = watched,
            Err(error) => {
                tracing::error!(error = causes(&error), "nobody was subscribed to");
            }
        }
        match Box::pin(self.look_up_some()).await {
            Ok(looked) => ticked.looked = looked,
            Err(error) => {
                tracing::error!(error = causes(&error), "nothing was looked at again");
            }
        }
        // Only a tick that came to its end counts. That the note failed harms none of what it did.
        if let Err(error) = self.store.beat(self.clocks.real.now()).await {
            tracing::error!(error = causes(&error), "the beat was not noted");
        }
        Ok(ticked)
    }
}

//! The living message at the desk: posted once like any announcement, then changed in place.
//!
//! What it shows is read when it is shown, so a bell here is only a reason to look: one that is lost, doubled or late
//! harms nothing, and what one change failed to show the next one shows. It has a lease and a pace of its own, so
//! that neither what people say nor what organisers are told ever waits for it.

use std::time::Duration;

use chat::Decision;
use chat::agenda::Episode;
use chat::cost::{Account, Month};
use chat::delivery::Delivery;
use chat::desk::{self, AT_MOST_EVERY, EVERY, Phase, View};
use chat::name::{DeliveryId, EpisodeId, Place, Platform};
use chat::post::Filed;
use chat::settings::Settings;
use chat::text::Message;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use outbound::{Reason, SendError};
use sha2::{Digest, Sha256};
use store::{Hold, Limit, Living, Loaded, Pace, Standing, StoreError, Waiting};

use crate::deliver::Run;
use crate::{Host, causes};

/// Who shows a message does so alone, for this long at most: a call and what is read before it.
const HELD_FOR: TimeDelta = TimeDelta::seconds(12);
/// A look that comes too soon after another is made up for, if it need not wait longer than this.
const MADE_UP: TimeDelta = TimeDelta::seconds(10);
/// After a change that failed, this long.
const AFTER_DOUBT: TimeDelta = TimeDelta::seconds(15);
/// After one that was refused, and that somebody has to see to, this long.
const AFTER_REFUSAL: TimeDelta = TimeDelta::seconds(60);
/// Nobody reads a desk that could not be changed for so long after its hour.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(1);
/// A moment further ahead than this was not handed out by the clock.
const FURTHEST: TimeDelta = TimeDelta::minutes(2);
/// Slack takes fifty changes of messages a minute from us in a workspace, cards and corrections among them
/// (<https://docs.slack.dev/reference/methods/chat.update>, Tier 3). Living messages share forty of those.
const CHANGES: Limit = Limit { slot: TimeDelta::seconds(3), calls: 2 };
/// What Slack says where a workspace allows changes only for a while
/// (<https://docs.slack.dev/reference/methods/chat.update#errors>).
const TOO_OLD: &str = "edit_window_closed";
/// As many bells are rung side by side.
const AT_ONCE: usize = 16;
/// The name of that limit.
const SLACK_DESKS: &str = "slack-desk";

/// An hour with its chat.
type Hour = (Loaded, Episode);

/// Where the lease and the pace of a living message are kept: beside its channel's own.
fn beside(place: &Place) -> Place {
    Place::new(place.platform, place.home.clone(), format!("{}/desk", place.channel))
}

fn hash(payload: &str) -> String {
    hex::encode(&Sha256::digest(payload)[..12])
}

impl Host {
    /// Hands out the looks of the next minute, four for each of these hours, whose messages live.
    pub(crate) async fn hand_out_desks(&self, living: &[EpisodeId]) {
        let now = self.clocks.chat.now();
        // In a rehearsal that is sped up a tick comes each second, and one look with it is enough.
        let most = if self.clocks.chat.in_chat(TimeDelta::seconds(1)) > EVERY { 1 } else { usize::MAX };
        let looks: Vec<(&EpisodeId, DateTime<Utc>)> = living
            .iter()
            .flat_map(|id| desk::looks(id, now).into_iter().take(most).map(move |at| (id, at)))
            .collect();
        // Some at once: three hundred hours may run at the same time.
        for some in looks.chunks(AT_ONCE) {
            let rung = some.iter().map(|(id, at)| self.queues.desk(id, *at, now));
            for ((episode, _), rung) in some.iter().zip(join_all(rung).await) {
                if let Err(error) = rung {
                    tracing::error!(%episode, %error, "no look at the desk was handed out");
                }
            }
        }
    }

    /// A decision was written down: what it changes at the desk is shown now.
    pub(crate) async fn show_soon(&self, settings: &Settings, before: &[Episode], decision: &Decision) {
        let now = self.clocks.chat.now();
        for episode in desk::touched(settings, before, decision, now) {
            if let Err(error) = self.queues.desk(&episode, now, now).await {
                tracing::warn!(%episode, %error, "the desk shows it with the next look");
            }
        }
    }

    /// Looks at the living message of an hour, from `at` on by the chat's clock, and shows what is new.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the next look shows the same.
    pub async fn desk(&self, episode: &EpisodeId, at: DateTime<Utc>) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.look_at_desk(episode, at)).await
    }

    async fn look_at_desk(&self, id: &EpisodeId, at: DateTime<Utc>) -> Result<(), StoreError> {
        if at > self.clocks.chat.now() + FURTHEST {
            tracing::warn!(episode = %id, %at, "a look that no clock handed out");
            return Ok(());
        }
        self.clocks.chat.until(at, Duration::ZERO).await;
        let living = self.store.living(id).await?;
        let mut seen = None;
        for one in &living {
            seen = Box::pin(self.look_at_living(one)).await?.or(seen);
        }
        let hour = match seen {
            Some(hour) => Some(hour),
            None => self.hour(id).await?,
        };
        match hour {
            Some((loaded, episode)) => self.begin_where_none(&loaded, &episode, &living).await,
            None => Ok(()),
        }
    }

    /// An hour with its chat, as they are now. `None` where the chat has moved away, and its hours with it.
    async fn hour(&self, id: &EpisodeId) -> Result<Option<Hour>, StoreError> {
        let Some(loaded) = self.store.load(&id.chat, self.clocks.chat.now()).await? else { return Ok(None) };
        let known = loaded.episodes.iter().find(|e| e.id == *id).cloned();
        let episode = match known {
            Some(episode) => Some(episode),
            None => self.store.episode(id).await?,
        };
        Ok(episode.map(|episode| (loaded, episode)))
    }

    /// An hour whose doors are open has a message at its desk, whatever became of the one that was to be there: the
    /// desk was set meanwhile, or a move was taken back.
    async fn begin_where_none(
        &self,
        loaded: &Loaded,
        episode: &Episode,
        living: &[Living],
    ) -> Result<(), StoreError> {
        let now = self.clocks.chat.now();
        let Some(place) = &loaded.settings.desk else { return Ok(()) };
        if living.iter().any(|one| one.place == *place) {
            return Ok(());
        }
        let Some(begun) = desk::due(&loaded.settings, episode, now) else { return Ok(()) };
        match self.store.delivery(&begun.id).await? {
            None => self.begin(&loaded.settings, begun).await,
            // It had its last word too early. What was said twice already is not said again.
            Some(_) => match desk::anew(&loaded.settings, episode, &begun.id, place, now) {
                Some(anew) => self.begin(&loaded.settings, anew).await,
                None => Ok(()),
            },
        }
    }

    async fn begin(&self, settings: &Settings, begun: Delivery) -> Result<(), StoreError> {
        let decision = Decision { effects: vec![begun], ..Decision::default() };
        self.commit(&settings.slug, &decision, None).await.map(drop)
    }

    async fn look_at_living(&self, living: &Living) -> Result<Option<Hour>, StoreError> {
        let row = self.store.delivery(&living.delivery).await?;
        let mark = row.as_ref().and_then(|row| row.mark.clone()).unwrap_or_default();
        let external = match row.map(|row| row.standing) {
            Some(Standing::Sent { external }) => external,
            // Its channel's own run posts it.
            Some(Standing::Waiting) => return Ok(None),
            Some(Standing::Failed { .. }) | None => return self.store.lived(living).await.map(|()| None),
        };
        let (own, real) = (beside(&living.place), self.clocks.real.now());
        let holder = self.holder(&own);
        let mut pace = match self.store.hold_destination(&own, &holder, real + HELD_FOR, real).await? {
            Hold::Held(pace) => pace,
            Hold::Busy { .. } => {
                // Whoever is at it may have read before what rang this bell.
                self.look_at_desk_again(living, real + AT_MOST_EVERY).await;
                return Ok(None);
            }
        };
        let shown = Box::pin(self.show_as_it_is(living, (&external, &mark), &mut pace)).await;
        match self.store.free_destination(&own, &pace).await {
            // Somebody took over after our time; what they do is right.
            Ok(()) | Err(StoreError::Conflict) => shown,
            Err(error) => shown.and(Err(error)),
        }
    }

    /// Reads all of it once it is held: what was read before might be older than what stands there.
    async fn show_as_it_is(
        &self,
        held: &Living,
        at: (&str, &str),
        pace: &mut Pace,
    ) -> Result<Option<Hour>, StoreError> {
        let living = self.store.living(&held.episode).await?;
        let same = |one: &&Living| one.place == held.place && one.delivery == held.delivery;
        let Some(living) = living.iter().find(same) else { return Ok(None) };
        let hour = self.hour(&living.episode).await?;
        match &hour {
            Some((loaded, episode)) => self.show(loaded, episode, living, at, pace).await?,
            None => self.store.lived(living).await?,
        }
        Ok(hour)
    }

    /// Rings for another look at a moment of real time.
    async fn look_at_desk_again(&self, living: &Living, at: DateTime<Utc>) {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        let wait = self.clocks.chat.in_chat(at - real);
        // In a rehearsal that is sped up the usual looks come sooner than that.
        if wait > EVERY {
            return;
        }
        if let Err(error) = self.queues.desk(&living.episode, now + wait, now).await {
            tracing::warn!(episode = %living.episode, %error, "the desk is looked at with the next slot");
        }
    }

    /// When the next change of this message may be made, where that is not now.
    async fn not_yet(&self, living: &Living, pace: &Pace) -> Result<Option<DateTime<Utc>>, StoreError> {
        let real = self.clocks.real.now();
        // What closed the channel, or all of Slack, is true for this call too.
        let place = self.store.pace(&living.place).await?;
        let platform = self.store.pace(&Place::new(living.place.platform, "", "")).await?;
        // A channel that was written to a second ago takes a change all the same: that pace is for new messages.
        let closed = place.not_before.filter(|_| place.failures > 0);
        let gate = [pace.not_before, closed, platform.not_before].into_iter().flatten().max();
        if let Some(at) = gate.filter(|at| *at > real) {
            return Ok(Some(at));
        }
        // Where so many desks live that it is not its turn, it is at one of the next looks.
        let turn = self.store.turn_now(SLACK_DESKS, CHANGES, real).await?;
        Ok((!turn).then_some(real + EVERY))
    }

    async fn show(
        &self,
        loaded: &Loaded,
        episode: &Episode,
        living: &Living,
        (external, mark): (&str, &str),
        pace: &mut Pace,
    ) -> Result<(), StoreError> {
        let Some(slack) = &self.slack else { return self.store.lived(living).await };
        let (mut view, lately) = self.view(loaded, episode, &living.delivery, &living.place).await?;
        if episode.is_live() {
            let mut radar = self.radar(&episode.id, &lately).await?;
            self.show_people_of_slack(&mut radar).await;
            view.radar = Some(radar);
        }
        if view.now > episode.ends() + GIVEN_UP_AFTER {
            tracing::warn!(delivery = %living.delivery, "the living message never had its last word");
            return self.store.lived(living).await;
        }
        let payload = payload(&view.message());
        let shown = hash(&payload);
        if living.shown.as_ref() == Some(&shown) {
            return if view.ends() { self.store.lived(living).await } else { Ok(()) };
        }
        if let Some(at) = self.not_yet(living, pace).await? {
            if at - self.clocks.real.now() <= MADE_UP {
                self.look_at_desk_again(living, at).await;
            }
            return Ok(());
        }
        let changed = slack.update_message(&living.place.channel, external, &payload, mark).await;
        let real = self.clocks.real.now();
        match changed {
            Ok(()) => {
                tracing::debug!(delivery = %living.delivery, "shown anew");
                pace.not_before = Some(real + AT_MOST_EVERY);
                self.store.shows(living, &shown).await?;
                if view.ends() { self.store.lived(living).await } else { Ok(()) }
            }
            Err(SendError::Rejected(why)) if why.reason == Reason::NotFound || why.code == TOO_OLD => {
                // Somebody deleted it: by mistake perhaps, so once more, and then it is their wish. Or the workspace
                // lets nobody change what has stood for so long.
                tracing::info!(delivery = %living.delivery, %why, "the living message is not to be changed any more");
                let now = self.clocks.chat.now();
                let anew = desk::anew(&loaded.settings, episode, &living.delivery, &living.place, now);
                match anew.filter(|_| view.begins()) {
                    Some(anew) => self.begin(&loaded.settings, anew).await,
                    None => self.store.lived(living).await,
                }
            }
            Err(SendError::Rejected(why)) => {
                // What is wrong with the channel is told by what else is said there.
                tracing::warn!(delivery = %living.delivery, %why, "the living message cannot be changed");
                pace.not_before = Some(real + AFTER_REFUSAL);
                if view.ends() { self.store.lived(living).await } else { Ok(()) }
            }
            Err(SendError::RetryAfter { after, why, .. }) => {
                tracing::warn!(delivery = %living.delivery, ?after, why, "the living message is changed later");
                pace.not_before = Some(real + TimeDelta::from_std(after).unwrap_or(AFTER_REFUSAL));
                Ok(())
            }
            Err(SendError::Unknown { why }) => {
                // Twice is harmless; and the next look shows it anyway.
                tracing::warn!(delivery = %living.delivery, why, "the living message may have been changed");
                pace.not_before = Some(real + AFTER_DOUBT);
                Ok(())
            }
        }
    }

    /// What X has cost this month: of the account only what the message shows.
    pub(crate) async fn spent_so_far(&self, settings: &Settings) -> Result<Option<Account>, StoreError> {
        if self.config.x.is_none() {
            return Ok(None);
        }
        let month = Month::of(self.clocks.chat.now());
        let spent = self.store.spent(&settings.slug, month).await?.money;
        Ok(Some(Account { spent, searches: self.searches(), ..Account::default() }))
    }

    /// All that the message shows but for the radar, which is looked at with the posts of the last minutes that come with
    /// it: a message that begins now has it with its first look. Beside what was loaded it costs a query for each of: who spoke (a hundred bytes
    /// each), whose accounts are whose, posts of the last minutes (see [`store::Store::lately`]), and what waits for each
    /// room (nothing, mostly); and a row of the account.
    async fn view<'a>(
        &self,
        loaded: &'a Loaded,
        episode: &'a Episode,
        of: &DeliveryId,
        place: &Place,
    ) -> Result<(View<'a>, Vec<Filed>), StoreError> {
        let now = self.clocks.chat.now();
        let phase = desk::phase(&loaded.settings, episode, of, place, now);
        let mut view = View {
            settings: &loaded.settings,
            episode,
            phase,
            voices: chat::Voices::default(),
            lately: None,
            account: None,
            radar: None,
            now,
        };
        let mut read = Vec::new();
        if matches!(phase, Phase::Before | Phase::Live | Phase::Paused | Phase::Over) {
            view.voices = self.voices_of(&episode.id).await?;
            view.voices.behind = self.behind(&loaded.settings).await?;
            view.account = self.spent_so_far(&loaded.settings).await?;
        }
        if matches!(phase, Phase::Before | Phase::Live | Phase::Paused) {
            let (lately, posts) = self.store.lately(&episode.id, now).await?;
            view.lately = Some(lately);
            read = posts;
        }
        Ok((view, read))
    }
}

fn payload(message: &Message) -> String {
    wire::slack::message(message).to_string()
}

impl Run<'_> {
    /// Begins the living message of an hour, if there is still something to begin: what it says is read now.
    pub(crate) async fn begin_desk(&mut self, waiting: Waiting, id: &EpisodeId) -> Result<(), StoreError> {
        let slug = waiting.slug.clone();
        let host = self.host;
        let place = waiting.delivery.to.clone();
        let says = match self.chat(&slug).await? {
            Some(loaded) if place.platform == Platform::Slack => {
                match loaded.episodes.iter().find(|e| e.id == *id) {
                    Some(episode) => {
                        let (view, _) = host.view(loaded, episode, &waiting.delivery.id, &place).await?;
                        view.begins().then(|| payload(&view.message()))
                    }
                    None => None,
                }
            }
            _ => None,
        };
        let Some(says) = says else {
            // The hour was called off, moved or closed meanwhile, or the desk is elsewhere: nobody misses it.
            tracing::debug!(delivery = %waiting.delivery.id, "a desk is not wanted any more");
            let real = host.clocks.real.now();
            return host.store.failed(&[waiting], "it is not wanted any more", real, &[]).await;
        };
        let shown = hash(&says);
        let living =
            Living { episode: id.clone(), place, delivery: waiting.delivery.id.clone(), shown: None };
        self.say(vec![waiting], says, Vec::new(), None).await?;
        // Noted whatever came of it: if it does not stand there, nobody compares anything with this.
        if let Err(error) = host.store.shows(&living, &shown).await {
            tracing::warn!(delivery = %living.delivery, error = causes(&error), "it is shown once more than need be");
        }
        Ok(())
    }
}

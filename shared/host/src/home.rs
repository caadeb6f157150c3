//! App Home: read and published for one person when they open it, and after what they did in it.
//!
//! As at the desk, what it shows is read when it is shown, so a bell here is only a reason to look: one that is lost
//! leaves a page as old as it says it is, one that comes twice shows the same. The doors only ring: a home is read and
//! published by whoever answers the bells of `cues`, and has a lease and a pace of its own, so that nothing that is
//! said waits for it, and ten openings in a row are two calls.

use std::time::Duration;

use chat::agenda::{Episode, State};
use chat::delivery::Trouble;
use chat::home::{self, AT_MOST_EVERY, Entry, GUESTS_SINCE, Home, Known, LOOKED_AT, Role};
use chat::name::{Person, Place, Platform};
use chat::order;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use outbound::SendError;
use store::{ChatLine, Hold, Limit, Loaded, Pace, StoreError};

use crate::config::Source;
use crate::{Host, poll};

/// Who publishes a home does so alone, for this long at most: a call and what is read before it.
const HELD_FOR: TimeDelta = TimeDelta::seconds(12);
/// After a call that may have come to nothing, this long.
const AFTER_DOUBT: TimeDelta = TimeDelta::seconds(5);
/// So many calls that came to nothing, and it is left at that: whoever looks again opens it again.
const TRIES: u32 = 4;
/// Nobody looks at a tab that was opened so long ago and still shows nothing.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::minutes(10);
/// The row of a home's lease and pace, which names a person, is of no use after this.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);
/// Slack publishes a hundred homes a minute in a workspace, and more
/// (<https://docs.slack.dev/reference/methods/views.publish>, Tier 4).
const PUBLISHED: Limit = Limit { slot: TimeDelta::seconds(3), calls: 4 };
/// The name of that limit.
const SLACK_HOMES: &str = "slack-home";
/// As many chats are read side by side.
const AT_ONCE: usize = 8;

/// Where the lease and the pace of somebody's home are kept: as the desk's are, beside the places.
fn beside(person: &Person) -> Place {
    Place::new(person.platform, person.home.clone(), format!("{}/home", person.id))
}

impl Host {
    /// Rings for somebody's home, which they opened just now or did something in.
    ///
    /// # Errors
    /// Where the queue did not take the bell; the page stays as it is.
    pub(crate) async fn home_soon(&self, by: &Person) -> Result<(), crate::queue::Unrung> {
        let now = self.clocks.real.now();
        self.queues.home(by, now, now, now).await
    }

    /// Publishes somebody's home, from `at` on, unless it was since `opened`; both in real time.
    ///
    /// It costs a query for the workspace's chats, and for each of the first [`LOOKED_AT`] what loading it costs. For a
    /// chat that they steer also a row for each of its places (a handful), one of the account, and where its next hour
    /// has no guest a query for the hours of five weeks. Then one call. Around the start of an hour that they steer
    /// with others, one more row says that they were there when they opened it.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the same bell can be heard again.
    pub async fn home(
        &self,
        person: &Person,
        opened: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.look_at_home(person, opened, at)).await
    }

    async fn look_at_home(
        &self,
        person: &Person,
        opened: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let real = self.clocks.real.now();
        if at > real + GIVEN_UP_AFTER || person.platform != Platform::Slack {
            tracing::warn!(%person, %at, "a home that nobody of ours rang for");
            return Ok(());
        }
        self.clocks.real.until(at, Duration::ZERO).await;
        let (own, real) = (beside(person), self.clocks.real.now());
        if real > opened + GIVEN_UP_AFTER {
            tracing::warn!(%person, "a home was not published, and nobody waits for it any more");
            return Ok(());
        }
        let holder = self.holder(&own);
        let mut pace = match self.store.hold_destination(&own, &holder, real + HELD_FOR, real).await? {
            Hold::Held(pace) => pace,
            Hold::Busy { .. } => {
                // Whoever is at it may have read before this one was opened.
                self.home_again(person, opened, real + AT_MOST_EVERY).await;
                return Ok(());
            }
        };
        if pace.version <= 1 {
            self.store.lapses(&own, real + REMEMBERED).await?;
        }
        let shown = Box::pin(self.publish_home(person, opened, &mut pace)).await;
        match self.store.free_destination(&own, &pace).await {
            // Somebody took over after our time; what they do is right.
            Ok(()) | Err(StoreError::Conflict) => shown,
            Err(error) => shown.and(Err(error)),
        }
    }

    /// Rings for it once more, at a moment of real time.
    async fn home_again(&self, person: &Person, opened: DateTime<Utc>, at: DateTime<Utc>) {
        let real = self.clocks.real.now();
        // The longer it has taken, the longer it is left in peace.
        let at = at.max(real + (real - opened) / 2);
        if let Err(error) = self.queues.home(person, opened, at, real).await {
            tracing::warn!(%person, %error, "a home is shown when it is opened again");
        }
    }

    async fn publish_home(
        &self,
        person: &Person,
        opened: DateTime<Utc>,
        pace: &mut Pace,
    ) -> Result<(), StoreError> {
        let Some(slack) = &self.slack else { return Ok(()) };
        let began = self.clocks.real.now();
        // A call that came to nothing has set another moment.
        let last = pace.not_before.filter(|_| pace.failures == 0).map(|next| next - AT_MOST_EVERY);
        if last.is_some_and(|read| opened < read) {
            return Ok(());
        }
        let platform = self.store.pace(&Place::new(Platform::Slack, "", "")).await?;
        let gate = [pace.not_before, platform.not_before].into_iter().flatten().max();
        if let Some(at) = gate.filter(|at| *at > began) {
            self.home_again(person, opened, at).await;
            return Ok(());
        }
        if !self.store.turn_now(SLACK_HOMES, PUBLISHED, began).await? {
            self.home_again(person, opened, began + AT_MOST_EVERY).await;
            return Ok(());
        }
        let view = self.home_of(person, opened).await?;
        let published = slack.publish_home(&person.id, &view).await;
        let real = self.clocks.real.now();
        let next = match published {
            Ok(()) => {
                tracing::debug!(%person, "a home was published");
                pace.failures = 0;
                pace.not_before = Some(began + AT_MOST_EVERY);
                return Ok(());
            }
            Err(SendError::Rejected(why)) => {
                // A Home tab that is switched off, or somebody who left: nothing that another try would change.
                tracing::warn!(%person, %why, "a home was not published");
                pace.failures = 0;
                pace.not_before = Some(began + AT_MOST_EVERY);
                return Ok(());
            }
            Err(SendError::RetryAfter { after, why, .. }) => {
                tracing::warn!(%person, ?after, why, "a home is published later");
                real + TimeDelta::from_std(after).unwrap_or(GIVEN_UP_AFTER)
            }
            Err(SendError::Unknown { why }) => {
                // Twice is harmless.
                tracing::warn!(%person, why, "a home may have been published");
                real + AFTER_DOUBT
            }
        };
        pace.not_before = Some(next);
        pace.failures += 1;
        if pace.failures < TRIES {
            self.home_again(person, opened, next).await;
        }
        Ok(())
    }

    /// A home as it reads now, as Slack takes it; `opened` in real time.
    async fn home_of(&self, person: &Person, opened: DateTime<Utc>) -> Result<String, StoreError> {
        let mut lines = self.store.chats(&person.home).await?;
        lines.retain(|line| !line.retired);
        let unread = lines.len().saturating_sub(LOOKED_AT);
        lines.truncate(LOOKED_AT);
        let unsearched = self.unsearched().await?;
        // When they were there is when they opened it, and not when it came to be published.
        let opened = self.as_chats_moment(opened);
        let mut chats = Vec::new();
        for some in lines.chunks(AT_ONCE) {
            let read = some.iter().map(|line| self.entry(person, line, unsearched, opened));
            chats.extend(try_join_all(read).await?.into_iter().flatten());
        }
        let deployment = self.deployment(&person.home);
        let now = self.clocks.chat.now();
        let home = Home { by: person, chats: &chats, unread, deployment: &deployment, now };
        Ok(wire::slack::home(&home.parts()).to_string())
    }

    /// A chat of the list, with as much as this person may see of it, who `opened` their home by the chat's clock.
    /// `None` where it went away meanwhile.
    async fn entry(
        &self,
        person: &Person,
        line: &ChatLine,
        unsearched: Option<(Trouble, bool)>,
        opened: DateTime<Utc>,
    ) -> Result<Option<Entry>, StoreError> {
        let loaded = self.store.load(&line.slug, self.clocks.chat.now()).await;
        let Some(loaded) = self.store.if_readable(loaded)? else {
            return Ok(Some(Entry::Unreadable { hashtag: line.hashtag.clone() }));
        };
        let Some(loaded) = loaded.filter(|loaded| !loaded.settings.retired) else { return Ok(None) };
        let Loaded { settings, episodes, .. } = loaded;
        self.note_here(&settings, &episodes, person, opened).await;
        let known = Known { settings, episodes, trouble: Vec::new(), unsearched: None, account: None };
        if home::role(&known.settings, person) != Role::Organises {
            return Ok(Some(Entry::Read(Box::new(known))));
        }
        Ok(Some(Entry::Read(Box::new(self.in_full(known, unsearched).await?))))
    }

    /// The same with all that its organisers want to know.
    async fn in_full(
        &self,
        mut known: Known,
        unsearched: Option<(Trouble, bool)>,
    ) -> Result<Known, StoreError> {
        let now = self.clocks.chat.now();
        let settings = &known.settings;
        let alone = |e: &Episode| e.state == State::Planned && e.guests.is_empty();
        if known.next(now).is_some_and(alone) {
            let past = self.store.episodes_since(&settings.slug, now - GUESTS_SINCE).await?;
            let new: Vec<Episode> =
                past.into_iter().filter(|e| known.episodes.iter().all(|k| k.id != e.id)).collect();
            known.episodes.extend(new);
            order::sort_by_key(&mut known.episodes, |e| (e.starts, e.id.clone()));
        }
        let mut places: Vec<&Place> = settings.destinations.iter().map(|to| &to.place).collect();
        places.extend(settings.desk.as_ref().filter(|desk| settings.destination(desk).is_none()));
        for place in places {
            let pace = self.store.if_readable(self.store.pace(place).await)?;
            if let Some(trouble) = pace.and_then(|pace| pace.trouble) {
                known.trouble.push((place.clone(), self.as_chats_clock(trouble)));
            }
        }
        known.unsearched = unsearched;
        known.account = self.spent_so_far(settings).await?;
        Ok(known)
    }

    /// Where X is to be searched and cannot be: since when, and whether it also sends posts by itself.
    async fn unsearched(&self) -> Result<Option<(Trouble, bool)>, StoreError> {
        if !self.searches() {
            return Ok(None);
        }
        let pace = self.store.if_readable(self.store.pace(&poll::searching()).await)?;
        let sent = self.config.x.as_ref().is_some_and(|x| x.source != Source::Poll);
        Ok(pace.and_then(|pace| pace.trouble).map(|trouble| (self.as_chats_clock(trouble), sent)))
    }

    /// The moment it began as people's clocks showed it, where the chat's is not the machine's.
    fn as_chats_clock(&self, trouble: Trouble) -> Trouble {
        Trouble { since: self.as_chats_moment(trouble.since), ..trouble }
    }

    /// A moment of real time by the chat's clock.
    fn as_chats_moment(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        now - (real - at)
    }
}

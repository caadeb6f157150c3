//! A destination's worker: one at a time, in order, at the platform's pace.
//!
//! It holds the destination by a lease, reads what waits, claims what goes next, calls, records, and
//! goes on until nothing waits. Whatever kills it on the way leaves a claim behind whose lease runs
//! out; then somebody looks on the platform before anything is sent again.

use std::collections::HashMap;
use std::time::Duration;

use chat::delivery::{Class, Delivery, Progress, Room, Untaken, Work};
use chat::happening::{Happening, What};
use chat::lane::{self, Lane, Next};
use chat::name::{DeliveryId, Place, Platform, PostId, Slug};
use chat::noise::{self, Shown};
use chat::post::Filed;
use chat::{Decision, mirror};
use chrono::{DateTime, TimeDelta, Utc};
use outbound::{Reason, Scope};
use sha2::{Digest, Sha256};
use store::{Claim, Hold, Limit, Loaded, Pace, Sent, Standing, StoreError, Waiting};

use crate::rehearsed::is_rehearsed;
use crate::send::{self, Came};
use crate::{Host, causes, measure};

/// A claim and a hold last this long.
pub(crate) const LEASE: TimeDelta = TimeDelta::seconds(20);
/// The same.
const SPAN: Duration = Duration::from_secs(20);
/// A call takes six seconds at most; none starts with less than this of its lease left.
const LEFT_FOR_A_CALL: TimeDelta = TimeDelta::seconds(8);
/// A run ends after this long and rings for the next, well within a function's fifteen seconds.
const BUDGET: TimeDelta = TimeDelta::seconds(7);
/// A pause up to this long is waited for; a longer one is rung for.
const SHORT: TimeDelta = TimeDelta::milliseconds(1_500);
/// Answers wait this long for the thread they belong into, then go into the channel.
const THREAD_WITHIN: TimeDelta = TimeDelta::seconds(5);
/// A pause after which something that went wrong may be tried again.
const SOON: Duration = Duration::from_secs(2);
/// Each costs two rows of a transaction.
const MOST_GIVEN_UP: usize = 40;
/// A card that is to change and is not there yet is looked at again after this long.
const SETTLED_WITHIN: TimeDelta = TimeDelta::seconds(2);
/// And no later than this.
const SETTLED_AT_MOST: TimeDelta = TimeDelta::seconds(20);
/// As many rows as are looked at together: two full messages and what may be blocked before them.
const LOOK_AT: usize = 60;
/// X shows a new post in its own timeline within seconds; a "not there" before that means nothing.
const X_SHOWS_WITHIN: TimeDelta = TimeDelta::seconds(10);
/// An announcement is rendered when it is written down; without that there is nothing to say.
const WORDLESS: &str = "its words were lost";
/// What was left of a rehearsal when it ended.
const REHEARSED: &str = "the rehearsal was over";
/// A doubt that cannot be settled within this long is given up, and organisers are told.
pub(crate) const DOUBT_FOR: TimeDelta = TimeDelta::minutes(30);
/// After so many failures in a row a destination is only asked once a minute whether it is there again.
const FAILURES: u32 = 3;
/// And that is what a minute is.
const PROBE: TimeDelta = TimeDelta::seconds(60);
/// What a room refuses until somebody mends it waits so long for that: the talk of an hour is still worth
/// reading then, and its questions still open the threads that answers stand in.
const MENDED_WITHIN: TimeDelta = TimeDelta::minutes(30);
/// On X a question later than this would only confuse, as it would from the clock.
const MENDED_WITHIN_ON_X: TimeDelta = TimeDelta::minutes(5);
/// A turn that was taken for a call is good for so long.
const TURN: TimeDelta = TimeDelta::seconds(3);

/// What a whole platform takes from us. Both stay below what is documented, in slots so short that no
/// second (Discord) and no minute (Slack) can hold more, wherever it begins.
fn limit(platform: Platform) -> Option<Limit> {
    match platform {
        // <https://docs.discord.com/developers/topics/rate-limits#global-rate-limit>: 50 a second.
        Platform::Discord => Some(Limit { slot: TimeDelta::milliseconds(100), calls: 4 }),
        // <https://docs.slack.dev/apis/web-api/rate-limits>: "several hundred messages per minute".
        Platform::Slack => Some(Limit { slot: TimeDelta::seconds(1), calls: 8 }),
        Platform::X => None,
    }
}

/// Whether a call may be made.
enum May {
    /// Now.
    Call,
    /// The pace was waited for; something else may be due first by now.
    LookAgain,
    /// Not in this run; it is rung for.
    Not,
}

/// One run of a worker.
pub(crate) struct Run<'a> {
    pub(crate) host: &'a Host,
    place: &'a Place,
    /// The instant of the cue that it hurries for, by the chat's clock.
    cue: Option<DateTime<Utc>>,
    holder: String,
    pace: Pace,
    /// Rooms in which nothing can be done in this run.
    pub(crate) closed: Vec<Room>,
    /// What waits for something else first: changes of cards that are not there yet.
    pub(crate) postponed: Vec<DeliveryId>,
    /// Cards go one to a message: a shared message was refused, and one of them may be why.
    singly: bool,
    /// Until when this run holds the destination, in real time.
    held_until: DateTime<Utc>,
    /// When to ring again, if anything is left for later.
    again: Option<DateTime<Utc>>,
    /// The pace was read a moment ago, and the lease is new.
    fresh: bool,
    chats: HashMap<Slug, Loaded>,
}

impl Host {
    /// Sends what waits for a destination.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the sweep rings again.
    pub async fn deliver(&self, place: &Place) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.work(place, None)).await
    }

    /// The same at a cue's own second: announcements only, and no matter that the mirror keeps off.
    pub(crate) async fn deliver_urgent(&self, place: &Place, cue: DateTime<Utc>) {
        if let Err(error) = Box::pin(self.work(place, Some(cue))).await {
            tracing::error!(%place, error = causes(&error), "a cue's announcement is late");
            // What it says stands in the table, and nobody else was rung for it.
            self.ring_later(place, self.clocks.real.now()).await;
        }
    }

    async fn work(&self, place: &Place, cue: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let holder = self.holder(place);
        let started = self.clocks.real.now();
        loop {
            let now = self.clocks.real.now();
            match self.store.hold_destination(place, &holder, now + LEASE, now).await? {
                Hold::Held(pace) => {
                    let (closed, chats) = (Vec::new(), HashMap::new());
                    let run = Run {
                        host: self,
                        place,
                        cue,
                        holder,
                        pace,
                        closed,
                        postponed: Vec::new(),
                        singly: false,
                        held_until: now + LEASE,
                        again: None,
                        fresh: true,
                        chats,
                    };
                    return Box::pin(run.through(started)).await;
                }
                Hold::Busy { .. } if cue.is_some() && now - started < TimeDelta::seconds(8) => {
                    // The mirror was asked to keep off; its last call ends within its time-out.
                    self.clocks.real.wait(Duration::from_millis(100)).await;
                }
                Hold::Busy { until } => {
                    self.ring_later(place, until.min(now + TimeDelta::seconds(2))).await;
                    return Ok(());
                }
            }
        }
    }

    /// A name that no other run has.
    pub(crate) fn holder(&self, place: &Place) -> String {
        use std::sync::atomic::{AtomicU64, Ordering};
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let hash = Sha256::digest(format!("{place}\n{run}\n{}\n{nanos:?}", std::process::id()));
        hex::encode(&hash[..12])
    }

    async fn ring_later(&self, place: &Place, at: DateTime<Utc>) {
        if let Err(error) = self.queues.ring_at(place, at, self.clocks.real.now()).await {
            tracing::warn!(%place, %error, "what waits is left to the sweep");
        }
    }
}

/// A bell can be rung so far ahead, and no further: SQS delays a message by 15 minutes at most.
pub(crate) const FAR: TimeDelta = TimeDelta::minutes(14);

/// The row that closes a whole platform, where it asked for that.
fn whole(platform: Platform) -> Place {
    Place::new(platform, "", "")
}

impl Run<'_> {
    async fn through(mut self, started: DateTime<Utc>) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        let ended = Box::pin(self.steps(started)).await;
        // Also after a failure: a destination that is not freed would stand still for a lease.
        let freed = self.host.store.free_destination(self.place, &self.pace).await;
        if let Some(at) = self.again {
            self.host.ring_later(self.place, at).await;
        }
        ended?;
        match freed {
            // Somebody took over after our lease; what they do is right.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn steps(&mut self, started: DateTime<Utc>) -> Result<(), StoreError> {
        loop {
            let real = self.host.clocks.real.now();
            if real - started > BUDGET {
                self.later(real);
                return Ok(());
            }
            let mut waiting = self.host.store.waiting(self.place, LOOK_AT).await?;
            // A thread that is being made, or could not be made just now, holds nobody up.
            waiting.retain(|w| {
                !(is_thread(w) && matches!(w.progress, Progress::Claimed { lease } if lease > real))
            });
            let over = self.host.of_rehearsals_over(&waiting).await?;
            if !over.is_empty() {
                // Stopped on purpose, or told already: nobody misses it.
                tracing::debug!(place = %self.place, left = over.len(), "the rehearsal is over");
                self.host.store.failed(&over, REHEARSED, real, &[]).await?;
                continue;
            }
            if let Some((old, why)) = self.unmended(&waiting, real) {
                // Organisers know of the place itself; to tell them of each would be noise.
                self.give_up(&old, chat::copy::reply::untaken(why)).await?;
                continue;
            }
            waiting.retain(|w| !self.postponed.contains(&w.delivery.id));
            let lane: Vec<lane::Waiting<'_>> = waiting
                .iter()
                .map(|w| lane::Waiting {
                    room: &w.delivery.room,
                    class: w.delivery.class,
                    not_before: w.delivery.not_before,
                    expires: w.delivery.expires,
                    progress: &w.progress,
                    is_card: matches!(w.delivery.work, Work::Post(_)),
                    is_change: is_change(&w.delivery.work),
                })
                .collect();
            // At a cue's second the clock may show the instant before it.
            let now = self.host.clocks.chat.now().max(self.cue.unwrap_or(DateTime::<Utc>::MIN_UTC));
            let real = self.host.clocks.real.now();
            let rules =
                Lane { platform: self.place.platform, closed: &self.closed, lately: &self.pace.lately };
            let next = lane::next(&lane, rules, now, real);
            tracing::debug!(place = %self.place, waiting = waiting.len(), ?next, "the lane");
            if matches!(next, Next::Look(_) | Next::Send(_)) {
                match self.may_call(real).await? {
                    May::Call => {}
                    // What came meanwhile may go first.
                    May::LookAgain => continue,
                    May::Not => return Ok(()),
                }
            }
            match next {
                Next::Nothing => return Ok(()),
                Next::Later(at) => {
                    let at = self.host.clocks.chat.in_real(at, real);
                    // What is further off is found by the sweep, shortly before: to ring again and again until
                    // then would be paid for each time.
                    if at - real <= FAR || self.host.clocks.chat.is_moved() {
                        self.later(at);
                    }
                    return Ok(());
                }
                Next::Expired(n) => {
                    let gone: Vec<Waiting> = waiting.into_iter().skip(n).take(1).collect();
                    self.fail(&gone, "its moment passed before it could be posted").await?;
                }
                Next::Look(n) => {
                    if let Some(doubtful) = waiting.into_iter().nth(n) {
                        let ids = vec![doubtful.delivery.id.clone()];
                        let looked = Box::pin(self.look(doubtful)).await;
                        self.unless_unreadable(looked, ids)?;
                    }
                }
                Next::Send(which) => {
                    let picked: Vec<Waiting> =
                        which.iter().filter_map(|n| waiting.get(*n).cloned()).collect();
                    let is_post = picked.first().is_some_and(|w| w.delivery.class == Class::Post);
                    if self.cue.is_some() && is_post {
                        self.later(real);
                        return Ok(());
                    }
                    let ids = picked.iter().map(|w| w.delivery.id.clone()).collect();
                    let sent = Box::pin(self.send(picked)).await;
                    self.unless_unreadable(sent, ids)?;
                }
            }
        }
    }

    /// What needs a row that cannot be read goes on waiting, and what waits behind it goes out.
    fn unless_unreadable(
        &mut self,
        done: Result<(), StoreError>,
        ids: Vec<DeliveryId>,
    ) -> Result<(), StoreError> {
        if self.host.store.if_readable(done)?.is_none() {
            self.postponed.extend(ids);
        }
        Ok(())
    }

    /// Rings again at this moment, or earlier if something else needs it.
    pub(crate) fn later(&mut self, at: DateTime<Utc>) {
        self.again = Some(self.again.map_or(at, |again| again.min(at)));
    }

    /// Whether a call may be made now: waits for the pace of the destination and its platform where that
    /// is short. Asked only when there is something to send, so that nobody holds a destination while
    /// nothing waits.
    async fn may_call(&mut self, now: DateTime<Utc>) -> Result<May, StoreError> {
        let (host, place) = (self.host, self.place);
        if !std::mem::take(&mut self.fresh) {
            let lease = match host.store.hold_destination(place, &self.holder, now + LEASE, now).await? {
                Hold::Held(pace) => pace,
                Hold::Busy { until } => {
                    self.later(until);
                    return Ok(May::Not);
                }
            };
            self.held_until = now + LEASE;
            let failures = self.pace.failures.max(lease.failures);
            let not_before = self.pace.not_before.max(lease.not_before);
            let (lately, turn) = (std::mem::take(&mut self.pace.lately), self.pace.turn.take());
            self.pace = Pace { failures, not_before, lately, turn, ..lease };
        }
        let platform = host.store.pace(&whole(place.platform)).await?;
        let gate = [self.pace.not_before, platform.not_before].into_iter().flatten().max();
        if let Some(at) = gate.filter(|at| *at > now) {
            if at - now > SHORT {
                self.later(at);
                return Ok(May::Not);
            }
            host.clocks.real.wait((at - now).to_std().unwrap_or_default()).await;
            return Ok(May::LookAgain);
        }
        if self.cue.is_none() {
            let quiet = self.pace.quiet.filter(|(from, until)| *from <= now && now < *until);
            if let Some((_, until)) = quiet {
                self.later(until);
                return Ok(May::Not);
            }
        }
        self.turn(now).await
    }

    /// Waits for its turn at what the whole platform takes.
    async fn turn(&mut self, now: DateTime<Utc>) -> Result<May, StoreError> {
        let (host, platform) = (self.host, self.place.platform);
        let Some(limit) = limit(platform) else { return Ok(May::Call) };
        let at = match self.pace.turn.take().filter(|at| now - *at < TURN) {
            Some(at) => at,
            None => host.store.turn(platform, limit, now).await?,
        };
        // A cue has its second, and the crowd makes room: its turn is counted and not waited for.
        if at <= now || self.cue.is_some() {
            return Ok(May::Call);
        }
        self.pace.turn = Some(at);
        if at - now > SHORT {
            self.later(at);
            return Ok(May::Not);
        }
        host.clocks.real.wait((at - now).to_std().unwrap_or_default()).await;
        Ok(May::LookAgain)
    }

    pub(crate) async fn chat(&mut self, slug: &Slug) -> Result<Option<&Loaded>, StoreError> {
        if !self.chats.contains_key(slug) {
            let now = self.host.clocks.chat.now();
            let Some(loaded) = self.host.store.load(slug, now).await? else { return Ok(None) };
            self.chats.insert(slug.clone(), loaded);
        }
        Ok(self.chats.get(slug))
    }

    /// Where a delivery's room is: `Ok(None)` is the channel itself, `Err` is "not yet".
    async fn thread(&mut self, waiting: &Waiting) -> Result<Result<Option<String>, ()>, StoreError> {
        let room = &waiting.delivery.room;
        if let Some(person) = self.place.alone_with() {
            return Ok(self.host.direct(waiting, person).await?.map(Some).map_err(|_| ()));
        }
        if *room == Room::Channel {
            return Ok(Ok(None));
        }
        if let Some(row) = self.host.store.room(self.place, room).await?.filter(|row| row.ready) {
            return Ok(Ok((!row.thread.is_empty()).then_some(row.thread)));
        }
        let waited = self.host.clocks.real.now() - waiting.created;
        Ok(if waited >= THREAD_WITHIN { Ok(None) } else { Err(()) })
    }

    async fn send(&mut self, picked: Vec<Waiting>) -> Result<(), StoreError> {
        let Some(first) = picked.first().cloned() else { return Ok(()) };
        match first.delivery.work.clone() {
            Work::Announce(_) => {
                let Some(payload) = first.payload.clone() else { return self.fail(&picked, WORDLESS).await };
                if let Some(came) = self.host.is_elsewhere(&first).await {
                    let claimed = self.claim(picked, None, Vec::new()).await?;
                    return self.record(claimed, came, false).await;
                }
                self.say(picked, payload, Vec::new(), None).await
            }
            Work::Post(_) => self.cards(picked).await,
            Work::Thread { under, name } => {
                let claimed = self.claim(picked, None, Vec::new()).await?;
                let Some(one) = claimed.first() else { return Ok(()) };
                let came = self.host.start_thread(one, &under, &name).await?;
                self.record(claimed, came, false).await
            }
            Work::Edit { of, .. } => {
                let Some(payload) = first.payload.clone() else { return self.fail(&picked, WORDLESS).await };
                let claimed = self.claim(picked, Some(payload.clone()), Vec::new()).await?;
                let Some(one) = claimed.first() else { return Ok(()) };
                let came = self.host.edit(one, &of, &payload).await?;
                self.record(claimed, came, false).await
            }
            Work::Recard { of, post } => self.remake(picked, &of, Some(post)).await,
            Work::Remove { of } => self.remake(picked, &of, None).await,
            Work::Role { member, role, grant } => {
                let claimed = self.claim(picked, None, Vec::new()).await?;
                let Some(one) = claimed.first() else { return Ok(()) };
                let came = self.host.role(one, &member.id, &role, grant).await;
                self.record(claimed, came, false).await
            }
            Work::Remind { member, episode } => self.remind(first, &member, &episode).await,
            Work::Event { episode } => self.event(first, &episode).await,
            Work::Greet { member, episode } => self.greet(first, &member, &episode).await,
            Work::HandOver { person, chats, token } => self.hand_over(first, &person, &chats, &token).await,
            Work::Desk(episode) => self.begin_desk(first, &episode).await,
        }
    }

    /// Shows posts as cards, as many together as fit whole.
    async fn cards(&mut self, picked: Vec<Waiting>) -> Result<(), StoreError> {
        let Some(first) = picked.first().cloned() else { return Ok(()) };
        let Ok(thread) = self.thread(&first).await? else {
            self.closed.push(first.delivery.room.clone());
            self.later(first.created + THREAD_WITHIN);
            return Ok(());
        };
        let mut shown = Vec::new();
        let mut cards = Vec::new();
        let posts: Vec<(Waiting, PostId)> = picked
            .into_iter()
            .filter_map(|waiting| match &waiting.delivery.work {
                Work::Post(post) => Some((waiting.clone(), post.clone())),
                _ => None,
            })
            .collect();
        // Read side by side: one after the other, a full message would cost a second of a busy table's time.
        let store = &self.host.store;
        let read = posts.iter().map(|(waiting, post)| store.showable(&waiting.slug, post));
        let read = futures::future::join_all(read).await;
        for ((waiting, post), filed) in posts.into_iter().zip(read) {
            let card = match filed {
                Ok(Some(filed)) => self.card_of(&waiting.slug, filed).await,
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            };
            let Some(card) = self.host.store.if_readable(card)? else {
                // It alone: the others share a message without it.
                self.postponed.push(waiting.delivery.id);
                continue;
            };
            match card {
                Some(card) => {
                    cards.push(card);
                    shown.push((waiting, post));
                }
                None => self.fail(&[waiting], "the post is gone").await?,
            }
        }
        let fit = match self.place.platform {
            Platform::Slack => wire::slack::fit(&cards),
            Platform::Discord | Platform::X => wire::discord::fit(&cards),
        };
        let fit = if self.singly { 1 } else { fit.max(1) };
        cards.truncate(fit);
        shown.truncate(fit);
        if shown.is_empty() {
            return Ok(());
        }
        let payload = render_cards(self.place.platform, &cards);
        let (waiting, posts) = shown.into_iter().unzip();
        self.say(waiting, payload, posts, thread).await
    }

    async fn card(&mut self, slug: &Slug, post: &PostId) -> Result<Option<chat::card::Card>, StoreError> {
        match self.host.store.showable(slug, post).await? {
            Some(filed) => self.card_of(slug, filed).await,
            None => Ok(None),
        }
    }

    /// How a post looks here.
    async fn card_of(
        &mut self,
        slug: &Slug,
        mut filed: Filed,
    ) -> Result<Option<chat::card::Card>, StoreError> {
        if filed.post.id.source == Platform::Slack {
            self.host.show_as_in_slack(&mut filed.post.author).await;
        }
        let (host, place) = (self.host, self.place);
        let in_slack = place.platform == Platform::Slack;
        let Some(loaded) = self.chat(slug).await? else { return Ok(None) };
        let settings = &loaded.settings;
        let mut card = match loaded.episodes.iter().find(|e| e.id == filed.episode) {
            Some(episode) => Some(mirror::card(settings, settings.destination(place), episode, &filed)),
            // Long over, and one of its cards changes.
            None => {
                let episode = host.store.episode(&filed.episode).await?;
                episode.map(|episode| mirror::card(settings, settings.destination(place), &episode, &filed))
            }
        };
        if let Some(card) = card.as_mut().filter(|_| !in_slack) {
            // Organisers steer in Slack; a button that refuses everybody is noise elsewhere.
            (card.refile, card.hide, card.block) = (None, None, None);
        }
        Ok(card)
    }

    pub(crate) async fn say(
        &mut self,
        picked: Vec<Waiting>,
        payload: String,
        posts: Vec<PostId>,
        thread: Option<String>,
    ) -> Result<(), StoreError> {
        let claimed = self.claim(picked, Some(payload.clone()), posts).await?;
        let Some(first) = claimed.first() else { return Ok(()) };
        let mark = first.mark.clone().unwrap_or_default();
        let came = self.host.say(first, thread.as_deref(), &payload, &mark).await;
        if let (Some(_), Came::Refused { reason: Some(reason), why }) = (&thread, &came)
            && send::is_thread_gone(self.place.platform, *reason)
        {
            // Somebody removed or locked the thread, or what it hung under. The answers must not go with it.
            tracing::warn!(delivery = %first.delivery.id, why, "its thread is gone: into the channel");
            let now = self.host.clocks.real.now();
            self.host.store.room_gone(self.place, &first.delivery.room, now).await?;
            return self.host.store.release(&claimed, now).await;
        }
        self.record(claimed, came, true).await
    }

    /// Writes the claim down. Empty where somebody else was faster.
    pub(crate) async fn claim(
        &mut self,
        picked: Vec<Waiting>,
        payload: Option<String>,
        posts: Vec<PostId>,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mark = send::mark(picked.iter().map(|w| &w.delivery.id));
        let lease = self.host.clocks.real.now() + LEASE;
        let claim = Claim { mark, by: format!("{}-{}", self.holder, picked.len()), lease, payload, posts };
        match self.host.store.claim(&picked, &claim).await {
            Ok(claimed) => {
                let now = self.host.clocks.real.now();
                if room_for_a_call(self.held_until.min(lease), now) {
                    return Ok(claimed);
                }
                // The table took its time. Nothing was called, so nothing is in doubt.
                tracing::warn!(place = %self.place, "too little of the lease is left for a call");
                self.host.store.release(&claimed, now).await?;
                Ok(Vec::new())
            }
            Err(StoreError::Conflict) => {
                // Its rehearsal may have ended since it was read: looked at again, it says so.
                if let Some(first) = picked.first().filter(|first| !is_rehearsed(first)) {
                    self.closed.push(first.delivery.room.clone());
                }
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// Records what a call came to. `new` is whether it says something that could stand there twice.
    pub(crate) async fn record(
        &mut self,
        claimed: Vec<Waiting>,
        came: Came,
        new: bool,
    ) -> Result<(), StoreError> {
        let Some(first) = claimed.first().cloned() else { return Ok(()) };
        let now = self.host.clocks.real.now();
        let id = &first.delivery.id;
        match came {
            Came::Sent { external, room, pause } => {
                self.pace.failures = 0;
                self.pause(pause, now);
                let cards = claimed.iter().filter(|w| matches!(w.delivery.work, Work::Post(_))).count();
                if new && cards > 0 {
                    let at = self.host.clocks.chat.now();
                    noise::remember(
                        &mut self.pace.lately,
                        Shown { room: first.delivery.room.clone(), at, cards },
                    );
                }
                let mark = first.mark.clone().unwrap_or_default();
                let ext = send::external_of(&first);
                let sent = Sent { mark, external, room, ext, at: now };
                self.recorded(&claimed, &sent).await?;
                for shown in claimed.iter().filter(|w| new && matches!(w.delivery.work, Work::Post(_))) {
                    measure::mirrored(now - shown.created);
                }
                // A line each: somebody who looks for one card knows its own name only.
                for one in &claimed {
                    tracing::info!(delivery = %one.delivery.id, together = claimed.len(), "sent");
                }
                self.host.got_through(self.place, &mut self.pace).await?;
            }
            // A thread's own trouble is not the channel's: its claim stays until its lease ends, and what
            // waits for the thread goes on, after five seconds without it.
            Came::Later { after, scope: Scope::Destination, why } if is_thread(&first) && after < SPAN => {
                tracing::warn!(delivery = %id, why, "the thread is made later");
                self.later(now + LEASE);
            }
            Came::NotYet(why) if is_thread(&first) => {
                tracing::debug!(delivery = %id, why, "the thread is made later");
                self.later(now + LEASE);
            }
            Came::NotYet(why) => {
                tracing::debug!(delivery = %id, why, "looked at again");
                let at = now + SETTLED_WITHIN;
                self.host.store.release(&claimed, at).await?;
                self.postponed.push(id.clone());
                self.later(at);
            }
            Came::Later { after, scope, why } => {
                self.pace.failures += 1;
                let after = self.backed_off(after);
                let at = now + TimeDelta::from_std(after).unwrap_or(TimeDelta::minutes(10));
                tracing::warn!(delivery = %id, ?after, why, "again later");
                self.host.store.release(&claimed, at).await?;
                match scope {
                    Scope::Destination => {
                        self.pace.not_before = Some(self.pace.not_before.map_or(at, |b| b.max(at)));
                    }
                    Scope::Platform => {
                        self.host.store.close_destination(&whole(self.place.platform), at).await?;
                    }
                }
                self.host.store.close_destination(self.place, at).await?;
                self.later(at);
                self.host.stumbled(self.place, &mut self.pace, at, None).await?;
            }
            Came::Doubt(why) if new => {
                self.pace.failures += 1;
                tracing::warn!(delivery = %id, why, "it may have been posted");
                self.host.store.unknown(&claimed).await?;
                self.closed.push(first.delivery.room.clone());
                let at = self.doubted(now).await?;
                self.later(at);
            }
            Came::Doubt(why) => {
                // Doing it twice is the same as doing it once.
                self.pace.failures += 1;
                tracing::warn!(delivery = %id, why, "again, since twice is harmless");
                let at = now + TimeDelta::from_std(self.backed_off(SOON)).unwrap_or(PROBE);
                self.host.store.release(&claimed, at).await?;
                self.host.store.close_destination(self.place, at).await?;
                self.later(at);
                self.host.stumbled(self.place, &mut self.pace, at, None).await?;
            }
            // A channel that is only rehearsed in is nobody's trouble: it says so once, and no more is tried.
            Came::Refused { reason, why } if is_rehearsed(&first) => {
                let unseen = reason.is_some_and(|reason| send::untaken(reason) == Untaken::Gone);
                let why = if unseen { chat::copy::reply::rehearsal_unseen().to_owned() } else { why };
                self.fail(&claimed, &why).await?;
            }
            Came::Refused { reason: Some(reason), why }
                if send::is_lasting(reason) && concerns_the_place(&first, reason) =>
            {
                self.shut(claimed, send::untaken(reason), &why).await?;
            }
            Came::Refused { reason: Some(Reason::Duplicate), why } if first.attempts > 1 => {
                self.was_it_ours(claimed, &why).await?;
            }
            // One of them may be what the platform cannot stomach; the others must not go with it.
            Came::Refused { why, .. } if claimed.len() > 1 => {
                tracing::warn!(delivery = %id, together = claimed.len(), why, "one by one");
                self.singly = true;
                self.host.store.release(&claimed, now).await?;
            }
            Came::Refused { why, .. } => self.fail(&claimed, &why).await?,
        }
        Ok(())
    }

    /// Nothing will be taken there until somebody mends it: what waits goes on waiting, and the oldest of
    /// it asks once a minute.
    async fn shut(&mut self, claimed: Vec<Waiting>, why: Untaken, words: &str) -> Result<(), StoreError> {
        let now = self.host.clocks.real.now();
        let at = now + PROBE;
        self.pace.failures += 1;
        tracing::warn!(place = %self.place, why = words, "shut");
        self.host.store.release(&claimed, at).await?;
        self.host.store.close_destination(self.place, at).await?;
        self.pace.not_before = Some(at);
        self.later(at);
        self.host.stumbled(self.place, &mut self.pace, at, Some(why)).await
    }

    /// When to look after a doubt: soon at first, once a minute where a destination keeps failing.
    async fn doubted(&mut self, now: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
        let at = now + TimeDelta::from_std(self.backed_off(SOON)).unwrap_or(PROBE);
        if self.pace.failures >= FAILURES {
            self.host.store.close_destination(self.place, at).await?;
            self.pace.not_before = Some(at);
        }
        self.host.stumbled(self.place, &mut self.pace, at, None).await?;
        Ok(at)
    }

    /// What has waited too long for somebody to mend its place, with why.
    fn unmended(&self, waiting: &[Waiting], real: DateTime<Utc>) -> Option<(Vec<Waiting>, Untaken)> {
        let why = self.pace.trouble.as_ref()?.why?;
        let within = if self.place.platform == Platform::X { MENDED_WITHIN_ON_X } else { MENDED_WITHIN };
        // What is to be taken out is never left standing for having waited long.
        let old = |w: &&Waiting| {
            let removes = matches!(w.delivery.work, Work::Remove { .. });
            w.progress == Progress::Pending && !removes && real - w.created >= within
        };
        let old: Vec<Waiting> = waiting.iter().filter(old).take(MOST_GIVEN_UP).cloned().collect();
        (!old.is_empty()).then_some((old, why))
    }

    /// After an earlier try, "that was posted already" may mean ours: the timeline says. Where it does not
    /// name it in time, the text is somebody else's or too like an old one, and is refused.
    async fn was_it_ours(&mut self, claimed: Vec<Waiting>, why: &str) -> Result<(), StoreError> {
        let Some(first) = claimed.first().cloned() else { return Ok(()) };
        let now = self.host.clocks.real.now();
        let message = self.host.store.message(self.place, first.mark.as_deref().unwrap_or_default()).await?;
        match self.host.find(&first, None, message.as_ref()).await {
            Ok(Some(external)) => {
                log_found(&claimed);
                let (mark, ext) = (first.mark.clone().unwrap_or_default(), send::external_of(&first));
                self.recorded(&claimed, &Sent { mark, external, room: None, ext, at: now }).await
            }
            Ok(None) if now - first.created > LEASE + X_SHOWS_WITHIN => self.fail(&claimed, why).await,
            not_yet => {
                if let Err(error) = not_yet {
                    tracing::warn!(delivery = %first.delivery.id, %error, "could not look");
                }
                self.host.store.unknown(&claimed).await?;
                self.closed.push(first.delivery.room.clone());
                self.later(now + X_SHOWS_WITHIN);
                Ok(())
            }
        }
    }

    /// Records a sending, and does not give up at the first fault of the table: what is not recorded
    /// has to be looked for.
    pub(crate) async fn recorded(&self, claimed: &[Waiting], sent: &Sent) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.host.store.sent(claimed, sent).await {
                Err(StoreError::Unavailable(error)) if tries < 3 => {
                    tracing::warn!(error = causes(&*error), "recording again");
                }
                Ok(()) => {
                    Box::pin(self.host.sent_to_x(claimed)).await;
                    return Ok(());
                }
                other => return other,
            }
        }
    }

    fn pause(&mut self, pause: Option<Duration>, now: DateTime<Utc>) {
        if let Some(pause) = pause {
            let at = now + TimeDelta::from_std(pause).unwrap_or_default();
            self.pace.not_before = Some(at);
        }
    }

    /// What a platform asked for, or more where it keeps failing.
    fn backed_off(&self, asked: Duration) -> Duration {
        if self.pace.failures >= FAILURES { asked.max(PROBE.to_std().unwrap_or_default()) } else { asked }
    }

    /// Looks whether something that may have been sent is there.
    async fn look(&mut self, doubtful: Waiting) -> Result<(), StoreError> {
        if let Work::Event { episode } = doubtful.delivery.work.clone() {
            return self.look_for_event(doubtful, &episode).await;
        }
        let now = self.host.clocks.real.now();
        // Everything that was claimed together stands or falls together.
        let mark = doubtful.mark.clone().unwrap_or_default();
        let message = self.host.store.message(self.place, &mark).await?;
        let together: Vec<Waiting> = match &message {
            Some(message) => self
                .host
                .store
                .waiting(self.place, LOOK_AT)
                .await?
                .into_iter()
                .filter(|w| w.mark == doubtful.mark && message.deliveries.contains(&w.delivery.id))
                .collect(),
            None => vec![doubtful.clone()],
        };
        let creates = matches!(
            doubtful.delivery.work,
            Work::Announce(_) | Work::Post(_) | Work::Remind { .. } | Work::Greet { .. } | Work::Desk(_)
        );
        if !creates {
            return self.host.store.release(&together, now).await;
        }
        let room = doubtful.delivery.room.clone();
        let Ok(thread) = self.thread(&doubtful).await? else {
            self.closed.push(room);
            self.later(doubtful.created + THREAD_WITHIN);
            return Ok(());
        };
        let mut found = self.host.find(&doubtful, thread.as_deref(), message.as_ref()).await;
        if let (Ok(None), true) = (&found, thread.is_some()) {
            // The thread may have come to be after the try, which then went into the channel.
            found = self.host.find(&doubtful, None, message.as_ref()).await;
        }
        let lease_ended = doubtful.lease.unwrap_or(doubtful.created + LEASE);
        match found {
            Ok(Some(external)) => {
                log_found(&together);
                let ext = send::external_of(&doubtful);
                let room = self.host.opened_by(&doubtful, &external);
                self.recorded(&together, &Sent { mark, external, room, ext, at: now }).await
            }
            Ok(None) => {
                let shows = self.place.platform != Platform::X || now >= lease_ended + X_SHOWS_WITHIN;
                if shows {
                    tracing::info!(delivery = %doubtful.delivery.id, "not there: it goes out again");
                    return self.host.store.release(&together, now).await;
                }
                self.closed.push(room);
                self.later(lease_ended + X_SHOWS_WITHIN);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(delivery = %doubtful.delivery.id, %error, "could not look");
                self.pace.failures += 1;
                if now - lease_ended > DOUBT_FOR {
                    let why = "I could not find out whether it was posted, and will not post it twice";
                    return self.fail(&together, why).await;
                }
                self.closed.push(room);
                let (after, lasting) = match &error {
                    outbound::SendError::RetryAfter { after, .. } => (*after, None),
                    outbound::SendError::Rejected(why) if send::is_lasting(why.reason) => {
                        (SPAN, Some(send::untaken(why.reason)))
                    }
                    _ => (SPAN, None),
                };
                let at = now + TimeDelta::from_std(self.backed_off(after)).unwrap_or(PROBE);
                if self.pace.failures >= FAILURES {
                    // Every post that comes rings, and each ring would ask again.
                    self.host.store.close_destination(self.place, at).await?;
                    self.pace.not_before = Some(at);
                }
                self.later(at);
                self.host.stumbled(self.place, &mut self.pace, at, lasting).await
            }
        }
    }

    /// Changes a message of cards: one card anew, or one taken out; the last one takes the message.
    ///
    /// A card that is not there yet, because it waits or may be in flight, is looked at again in a moment,
    /// without holding anything else up; one that never came to be needs no change.
    async fn remake(
        &mut self,
        picked: Vec<Waiting>,
        of: &DeliveryId,
        anew: Option<PostId>,
    ) -> Result<(), StoreError> {
        let Some(first) = picked.first().cloned() else { return Ok(()) };
        let now = self.host.clocks.real.now();
        let row = self.host.store.delivery(of).await?;
        let mark = row.as_ref().and_then(|row| row.mark.clone()).unwrap_or_default();
        let external = match row.map(|row| row.standing) {
            Some(Standing::Sent { external }) => external,
            Some(Standing::Waiting) => {
                self.postponed.push(first.delivery.id.clone());
                // Soon at first; a doubt that lasts is not asked after every other second.
                let wait = ((now - first.created) / 4).clamp(SETTLED_WITHIN, SETTLED_AT_MOST);
                self.later(now + wait);
                return Ok(());
            }
            Some(Standing::Failed { .. }) | None => {
                tracing::info!(delivery = %first.delivery.id, "nothing stands there");
                return self.host.store.failed(&picked, "it was never posted", now, &[]).await;
            }
        };
        let Some(message) = self.host.store.message(self.place, &mark).await? else {
            return self.host.store.failed(&picked, "its message is gone", now, &[]).await;
        };
        let claimed = self.claim(picked, None, Vec::new()).await?;
        let Some(one) = claimed.first().cloned() else { return Ok(()) };
        let gone = match (&anew, of.0.split_once("/post/")) {
            (None, Some((_, rest))) => {
                let post = rest.split_once(['/', '>']).map_or(rest, |(post, _)| post);
                post.parse::<PostId>().ok()
            }
            _ => None,
        };
        if let Some(post) = anew.as_ref().or(gone.as_ref())
            && !message.posts.contains(post)
        {
            // It went with another one's removal.
            return self.record(claimed, Came::sent(""), false).await;
        }
        // The others are rendered as they are filed, which is how they stand there. One that was removed too
        // goes along; its own removal then finds nothing left to do.
        let (mut posts, mut cards) = (Vec::new(), Vec::new());
        for post in message.posts.iter().filter(|post| gone.as_ref() != Some(post)) {
            if let Some(card) = self.card(&one.slug, post).await? {
                posts.push(post.clone());
                cards.push(card);
            }
        }
        let mut came = if cards.is_empty() {
            self.host.unsay(&one, &external).await
        } else {
            let payload = render_cards(self.place.platform, &cards);
            self.host.edit_message(&one, &external, &payload, &mark).await
        };
        if let Came::Refused { reason: Some(reason), .. } = &came
            && send::is_gone(self.place.platform, *reason)
        {
            // Somebody there was faster.
            posts.clear();
            came = Came::sent("");
        }
        if matches!(came, Came::Sent { .. }) {
            self.host.store.remade(&message, &posts).await?;
        }
        self.record(claimed, came, false).await
    }

    /// Gives something up. Organisers are told of an announcement that nobody will see.
    async fn fail(&mut self, gone: &[Waiting], why: &str) -> Result<(), StoreError> {
        if let Some(first) = gone.first().filter(|first| is_rehearsed(first)) {
            self.host.end_rehearsal(first, why).await?;
            return self.host.store.failed(gone, why, self.host.clocks.real.now(), &[]).await;
        }
        // Told first: who dies in between leaves a delivery that is tried again, refused again, and told of
        // under the same name, which is known. The other way round it would have failed in silence.
        for one in gone {
            self.tell_organisers(one, why).await?;
        }
        self.give_up(gone, why).await
    }

    async fn give_up(&mut self, gone: &[Waiting], why: &str) -> Result<(), StoreError> {
        for one in gone {
            tracing::warn!(delivery = %one.delivery.id, why, "not delivered");
        }
        let at = self.host.clocks.chat.now();
        let happened: Vec<Happening> = gone
            .iter()
            .map(|one| Happening {
                chat: one.slug.clone(),
                at,
                what: What::Failed { delivery: one.delivery.id.clone(), to: one.delivery.to.clone() },
            })
            .collect();
        self.host.store.failed(gone, why, self.host.clocks.real.now(), &happened).await?;
        measure::failed(gone.len());
        self.host.publish(&happened).await;
        Ok(())
    }

    async fn tell_organisers(&mut self, gone: &Waiting, why: &str) -> Result<(), StoreError> {
        let about_announcement = matches!(gone.delivery.work, Work::Announce(_));
        let slug = gone.slug.clone();
        let now = self.host.clocks.chat.now();
        let Some(loaded) = self.chat(&slug).await? else { return Ok(()) };
        let settings = &loaded.settings;
        if let Work::Remove { .. } = gone.delivery.work {
            // What should be seen no more still stands: somebody has to take it out by hand.
            let effects = chat::steer::still_there_notes(settings, &gone.delivery, why, now);
            let decision = Decision { effects, ..Decision::default() };
            return self.host.commit(&slug, &decision, None).await.map(drop);
        }
        // A note to organisers that failed is not complained about to organisers.
        if !about_announcement || settings.destination(&gone.delivery.to).is_none() {
            return Ok(());
        }
        let notes: Vec<Delivery> = chat::steer::failure_notes(settings, &gone.delivery, why, now);
        let decision = Decision { effects: notes, ..Decision::default() };
        self.host.commit(&slug, &decision, None).await.map(drop)
    }
}

/// Whether a lasting refusal of this says something about the place, and not only about itself: a role that
/// may not be given says nothing about what may be said.
fn concerns_the_place(waiting: &Waiting, reason: Reason) -> bool {
    reason == Reason::TokenInvalid
        || matches!(waiting.delivery.work, Work::Announce(_) | Work::Post(_) | Work::Desk(_))
}

/// Whether a call, which takes six seconds at most, ends well within what is left of a lease.
fn room_for_a_call(lease: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    lease - now >= LEFT_FOR_A_CALL
}

/// As of what was sent, a line for each.
fn log_found(together: &[Waiting]) {
    for one in together {
        tracing::info!(delivery = %one.delivery.id, together = together.len(), "found: it was posted");
    }
}

fn is_thread(waiting: &Waiting) -> bool {
    matches!(waiting.delivery.work, Work::Thread { .. })
}

/// Whether it changes or removes a card.
fn is_change(work: &Work) -> bool {
    matches!(work, Work::Recard { .. } | Work::Remove { .. })
}

fn render_cards(platform: Platform, cards: &[chat::card::Card]) -> String {
    match platform {
        Platform::Slack => wire::slack::cards(cards).to_string(),
        Platform::Discord | Platform::X => wire::discord::cards(cards).to_string(),
    }
}

//! Searching X, for plans without a webhook for hashtags: four times a minute while a chat's doors are
//! open, and every ten minutes for late answers. What is found goes the very way of what the webhook
//! brings.
//!
//! Two things are written down. That a post was given today (and taken), so that overlapping searches
//! neither pay for it nor work at it twice. And how far each hashtag was searched, but only once
//! everything before that was taken: whatever ends a search early, the next one begins where the last
//! whole one ended.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chat::cost::{self, Level, Month, Spent};
use chat::name::{Place, Platform, Slug};
use chat::order;
use chat::post::Post;
use chat::search;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use outbound::{Search, SendError, XReader};
use store::{Hold, Pace, Rest, Searched, StoreError};

use crate::deaf::Went;
use crate::{Host, causes};

/// Pages of a hundred posts that one search goes through; what is left is the next one's.
const MOST_PAGES: usize = 5;
/// No page is asked for after this much of a search, in real time.
const ASK_FOR: TimeDelta = TimeDelta::seconds(20);
/// And no post is taken after this much.
const TAKE_FOR: TimeDelta = TimeDelta::seconds(40);
/// One searches at a time, for this long at most: longer than that, and the next one goes on.
const HELD_FOR: TimeDelta = TimeDelta::seconds(55);
/// A slot further ahead than this was not handed out by the clock.
const FURTHEST: TimeDelta = TimeDelta::minutes(2);
/// X searches seven days back; a minute less, so that it does not run out on the way.
const REACH: TimeDelta = TimeDelta::minutes(7 * 24 * 60 - 1);

/// The row of what X's search allows: its limit is the app's, and no room's.
pub(crate) fn searching() -> Place {
    Place::new(Platform::X, "", "search")
}

/// A chat whose posts are looked for.
struct Wanted {
    slug: Slug,
    /// When the doors opened from which posts belong to it.
    doors: DateTime<Utc>,
    /// Its hashtag, in lower case.
    tag: String,
    searched: Searched,
}

/// How one query went.
enum Ended {
    /// Everything was found and taken.
    Whole,
    /// Everything from there on was; what is older is left.
    From(DateTime<Utc>),
    /// Not all of it: the next search begins where this one did.
    Short,
}

impl Host {
    /// Hands out the slots of the next minute, where a chat is to be searched for. How many.
    pub(crate) async fn hand_out_searches(&self) -> Result<usize, StoreError> {
        if !self.searches() {
            return Ok(0);
        }
        let now = self.clocks.chat.now();
        let mut often = None;
        for line in self.chats_on().await? {
            let Some(loaded) = self.load_one(&line.slug, now).await? else { continue };
            // Doors that open within the minute are looked at now: the next tick may come late in it.
            let soon = now + TimeDelta::minutes(1);
            let wanted = [now, soon].map(|at| search::wanted(&loaded.episodes, at));
            for wanted in wanted.into_iter().flatten() {
                often = Some(often.unwrap_or(false) || wanted.often);
            }
        }
        let Some(often) = often else { return Ok(0) };
        let mut handed = 0;
        for slot in search::slots(often, now) {
            if self.store.slot_taken(slot, self.clocks.real.now()).await? {
                continue;
            }
            match self.queues.poll(slot, now).await {
                Ok(()) => handed += 1,
                Err(error) => tracing::error!(%slot, %error, "no search was handed out"),
            }
        }
        Ok(handed)
    }

    /// Searches X for every chat that is to be searched for, once for a slot however often it is asked.
    ///
    /// # Errors
    /// Where the table cannot be read or written. The slot is used up; the next search begins where this
    /// one did.
    pub async fn poll(&self, slot: DateTime<Utc>) -> Result<(), StoreError> {
        // Boxed for the stack's sake, as in `answer`.
        Box::pin(self.poll_at(slot)).await
    }

    async fn poll_at(&self, slot: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(reader) = self.reader.as_ref().filter(|_| self.searches()) else {
            tracing::warn!("asked to search X, and not set up for it");
            return Ok(());
        };
        if slot > self.clocks.chat.now() + FURTHEST {
            tracing::warn!(%slot, "a slot that no clock handed out");
            return Ok(());
        }
        self.clocks.chat.until(slot, Duration::ZERO).await;
        let real = self.clocks.real.now();
        if !self.store.take_slot(slot, real).await? {
            return Ok(());
        }
        let place = searching();
        let holder = self.holder(&place);
        let mut pace = match self.store.hold_destination(&place, &holder, real + HELD_FOR, real).await? {
            Hold::Held(pace) => pace,
            Hold::Busy { .. } => {
                tracing::info!(%slot, "the search before this one is not over");
                return Ok(());
            }
        };
        let searched = match pace.not_before.filter(|at| *at > real) {
            Some(until) => {
                tracing::info!(%slot, %until, "X was asked often enough");
                Ok(())
            }
            None => Box::pin(self.search_all(reader, real, &mut pace)).await,
        };
        match self.store.free_destination(&place, &pace).await {
            // Somebody took over after our time; what they do is right.
            Ok(()) | Err(StoreError::Conflict) => searched,
            Err(error) => searched.and(Err(error)),
        }
    }

    async fn search_all(
        &self,
        reader: &XReader,
        started: DateTime<Utc>,
        pace: &mut Pace,
    ) -> Result<(), StoreError> {
        let wanted = self.wanted().await?;
        let mut went = Went::for_chats(wanted.iter().map(|one| (one.slug.clone(), one.doors)));
        // What has to catch up has a window of its own; the others share theirs.
        let (behind, level): (Vec<Wanted>, Vec<Wanted>) =
            wanted.into_iter().partition(|one| one.searched.rest.is_some());
        let tags: Vec<String> = level.iter().map(|one| one.tag.clone()).collect();
        let mut level: Vec<Option<Wanted>> = level.into_iter().map(Some).collect();
        let mut groups: Vec<(String, Vec<Wanted>)> = Vec::new();
        for query in wire::x::queries(&tags) {
            let of = query.of.iter().filter_map(|n| level.get_mut(*n).and_then(Option::take)).collect();
            groups.push((query.text, of));
        }
        for one in behind {
            let query = wire::x::queries(std::slice::from_ref(&one.tag)).remove(0);
            groups.push((query.text, vec![one]));
        }
        for (query, of) in groups {
            if pace.not_before.is_some_and(|at| at > self.clocks.real.now()) {
                break;
            }
            let asked = self.clocks.chat.now();
            let ended = Box::pin(self.search_for(reader, started, &query, &of, pace, &mut went)).await?;
            for one in &of {
                self.remember(one, &ended, asked).await?;
            }
        }
        self.searched(&went, pace).await
    }

    /// The chats that are to be searched for now, and may be: those with money left.
    async fn wanted(&self) -> Result<Vec<Wanted>, StoreError> {
        let now = self.clocks.chat.now();
        let mut all = Vec::new();
        for line in self.chats_on().await? {
            // Nor is a chat searched for whose account cannot be read: it might have no money left.
            all.extend(self.store.if_readable(self.wanted_by(line.slug, now).await)?.flatten());
        }
        Ok(all)
    }

    async fn wanted_by(&self, slug: Slug, now: DateTime<Utc>) -> Result<Option<Wanted>, StoreError> {
        let Some(loaded) = self.store.load(&slug, now).await? else { return Ok(None) };
        let Some(wanted) = search::wanted(&loaded.episodes, now) else { return Ok(None) };
        let spent = self.store.spent(&slug, Month::of(now)).await?.money;
        if cost::level(spent, loaded.settings.budget) == Level::Spent {
            tracing::info!(chat = %slug, %spent, "not searched for: its budget is spent");
            return Ok(None);
        }
        let tag = loaded.settings.hashtag.to_lowercase();
        let from = wanted.from.max(now - REACH + search::OVERLAP);
        let known = self.store.searched(&tag).await?;
        let version = known.map_or(0, |known| known.version);
        let searched = match known {
            Some(known) if known.until > from => known,
            // The last episode's end is no beginning for this one; what was left of it is gone.
            Some(Searched { rest: Some(rest), .. }) if rest.before > from => {
                Searched { until: from, rest: Some(rest), version }
            }
            Some(Searched { rest: Some(rest), .. }) => {
                Searched { until: from.max(rest.upto), rest: None, version }
            }
            _ => Searched { until: from, rest: None, version },
        };
        Ok(Some(Wanted { slug, doors: wanted.from, tag, searched }))
    }

    /// One query to its end, or as far as it goes; then takes what was found, oldest first.
    async fn search_for(
        &self,
        reader: &XReader,
        started: DateTime<Utc>,
        query: &str,
        of: &[Wanted],
        pace: &mut Pace,
        went: &mut Went,
    ) -> Result<Ended, StoreError> {
        let from = of.iter().map(|one| one.searched.until).min().unwrap_or_default() - search::OVERLAP;
        let before = of.iter().find_map(|one| one.searched.rest).map(|rest| rest.before);
        let mut posts: Vec<Post> = Vec::new();
        let mut given: Vec<String> = Vec::new();
        let mut next: Option<String> = None;
        let mut ended = Ended::Short;
        for page in 1.. {
            let real = self.clocks.real.now();
            let search = Search { query, from, before, next: next.as_deref() };
            let answer = match reader.search(&search, real).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.put_off(&error, pace, real);
                    went.failed(&error, pace.not_before, real);
                    break;
                }
            };
            if let Some(left) = answer.pace.filter(|left| left.remaining == 0) {
                pace.not_before =
                    Some(real + TimeDelta::from_std(left.reset_after).unwrap_or(TimeDelta::minutes(15)));
            }
            let found = match wire::x::search(&answer.body) {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "X's search could not be read");
                    went.garbled(real);
                    break;
                }
            };
            went.through();
            for error in &found.malformed {
                tracing::warn!(%error, "one of several was not understood");
            }
            posts.extend(found.posts);
            given.extend(found.given);
            next = found.next;
            if next.is_none() {
                ended = Ended::Whole;
                break;
            }
            let late = self.clocks.real.now() - started > ASK_FOR;
            if page >= MOST_PAGES || late || pace.not_before.is_some_and(|at| at > real) {
                // To the whole second, and the seconds of both ends are searched twice: X takes no parts.
                let oldest = posts.iter().map(|post| post.at).min().map(|at| at.trunc_subsecs(0));
                ended = oldest.map_or(Ended::Short, |oldest| Ended::From(oldest + TimeDelta::seconds(1)));
                break;
            }
        }
        let taken = self.take(posts, given, of, started).await?;
        Ok(if taken { ended } else { Ended::Short })
    }

    /// No search before X wants to be asked again.
    fn put_off(&self, error: &SendError, pace: &mut Pace, now: DateTime<Utc>) {
        match error {
            SendError::RetryAfter { after, .. } => {
                let at = now + TimeDelta::from_std(*after).unwrap_or(TimeDelta::minutes(15));
                tracing::warn!(%error, until = %at, "X is searched later");
                pace.not_before = Some(pace.not_before.map_or(at, |before| before.max(at)));
            }
            SendError::Rejected(_) | SendError::Unknown { .. } => {
                tracing::error!(%error, "X was not searched");
            }
        }
    }

    /// Takes posts that were found, oldest first; whether all of them were. Those that were given today
    /// were taken as well, whoever brought them.
    async fn take(
        &self,
        mut posts: Vec<Post>,
        given: Vec<String>,
        of: &[Wanted],
        started: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(first) = of.first() else { return Ok(true) };
        let known = self.store.given(&given, self.clocks.chat.now()).await?;
        posts.retain(|post| !known.contains(&post.version));
        order::sort_by(&mut posts, |a, b| (a.at, &a.version).cmp(&(b.at, &b.version)));
        let mut accounts: BTreeMap<Slug, u64> = BTreeMap::new();
        let mut whole = true;
        let whose: HashMap<&str, &Slug> = of.iter().map(|one| (one.tag.as_str(), &one.slug)).collect();
        for post in &posts {
            if self.clocks.real.now() - started > TAKE_FOR {
                whole = false;
                break;
            }
            if let Err(error) = self.post(post).await {
                let id = post.id.to_string();
                tracing::error!(post = id, error = causes(&error), "not taken");
                // One that can never be taken is left behind; those behind it are not.
                if crate::doors::helps_again(&error) {
                    whole = false;
                    break;
                }
            }
            let on = post.hashtags.iter().find_map(|tag| whose.get(tag.to_lowercase().as_str()).copied());
            self.note_given(&post.version, on.unwrap_or(&first.slug), &mut accounts).await?;
        }
        // What could not be read was paid for as well.
        let read: Vec<&str> = posts.iter().map(|post| post.version.as_str()).collect();
        for id in given.iter().filter(|id| !known.contains(*id) && !read.contains(&id.as_str())) {
            self.note_given(id, &first.slug, &mut accounts).await?;
        }
        for (slug, read) in accounts {
            let money =
                self.config.x.as_ref().map_or(chat::money::Money::ZERO, |x| x.prices.read.times(read));
            self.spent(&slug, Spent { read, money, ..Spent::default() }).await;
        }
        Ok(whole)
    }

    async fn note_given(
        &self,
        version: &str,
        on: &Slug,
        accounts: &mut BTreeMap<Slug, u64>,
    ) -> Result<(), StoreError> {
        if self.store.give(version, on, self.clocks.chat.now()).await? {
            *accounts.entry(on.clone()).or_default() += 1;
        }
        Ok(())
    }

    /// Writes down how far a hashtag was searched.
    async fn remember(&self, one: &Wanted, ended: &Ended, asked: DateTime<Utc>) -> Result<(), StoreError> {
        let was = one.searched;
        let upto = was.rest.map_or(asked - search::LAG, |rest| rest.upto);
        let now = match ended {
            Ended::Short => return Ok(()),
            Ended::Whole => Searched { until: was.until.max(upto), rest: None, ..was },
            Ended::From(before) if was.rest.is_some_and(|rest| *before >= rest.before) => {
                // More in one second than a search goes through: no window is smaller than that.
                tracing::error!(chat = %one.slug, at = %before, "more posts in a second than can be looked through");
                Searched { rest: Some(Rest { before: *before - TimeDelta::seconds(1), upto }), ..was }
            }
            Ended::From(before) => Searched { rest: Some(Rest { before: *before, upto }), ..was },
        };
        if !self.store.search_done(&one.tag, &now).await? {
            tracing::info!(chat = %one.slug, "somebody else has searched meanwhile");
        }
        Ok(())
    }
}

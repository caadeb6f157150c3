//! The unheard radar: worked out by the clock every two minutes of an hour that has a desk, shown with each look at it.
//!
//! The clock does it itself, as it looks posts up again, and not the function that searches: that one listens to its
//! queue only where X is searched, and people wait for an answer everywhere. It is among the last things of a tick, for
//! a few seconds at most; what is left is done a minute later, and what is never done says "unknown" at the desk.
//!
//! X is asked with the app's token about the posts of people who wait, and about nothing else of theirs than its
//! numbers. What X gave us today costs nothing when it gives it again
//! (<https://docs.x.com/x-api/getting-started/pricing>), and an hour's posts were given today, but for an hour over
//! midnight (UTC): what has to be paid for again is asked for as far as the budget has money to spare.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chat::agenda::Episode;
use chat::cost::Spent;
use chat::name::{EpisodeId, Person, Place, Platform};
use chat::post::Filed;
use chat::radar::{self, Card, Count, Known, MOST_POSTS, MOST_UNKNOWN, Measured, Radar, Swept, Waiting};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{join_all, try_join_all};
use outbound::{SendError, XReader};
use store::{Hold, Loaded, Standing, StoreError};

use crate::heard::voices;
use crate::{Host, causes};

/// As many ids as one call takes.
const TOGETHER: usize = 100;
/// As many hours side by side.
const AT_ONCE: usize = 16;
/// No hour is begun after this much of a tick's time, in real time.
const BEGIN_FOR: TimeDelta = TimeDelta::seconds(10);
/// One clock at a time, for this long at most.
const HELD_FOR: TimeDelta = TimeDelta::seconds(50);
/// Where X says nothing of when it may be asked again.
const USUAL_WAIT: TimeDelta = TimeDelta::minutes(15);
/// The cards of so many people are looked for: of those who are shown, and of whoever is shown when they leave.
const MOST_CARDS: usize = 4 * MOST_UNKNOWN;

/// The row of what X lets us ask for here: its limit is the app's, and no room's.
fn measuring() -> Place {
    Place::new(Platform::X, "", "metrics")
}

/// From when on X may be asked again, for all who ask side by side.
struct Gate(Mutex<Option<DateTime<Utc>>>);

impl Gate {
    fn opens(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self, real: DateTime<Utc>) -> bool {
        self.opens().is_some_and(|at| at > real)
    }

    fn close_until(&self, at: DateTime<Utc>) {
        let mut gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *gate = Some(gate.map_or(at, |before| before.max(at)));
    }
}

impl Host {
    /// Works out the radar of each of these hours, whose messages live, if it is its turn. How many.
    pub(crate) async fn sweep_radars(&self, living: &[EpisodeId]) -> Result<usize, StoreError> {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        let mut hours: Vec<&EpisodeId> = Vec::new();
        for some in living.chunks(AT_ONCE) {
            let due = try_join_all(some.iter().map(|id| self.is_due(id, now, real))).await?;
            hours.extend(some.iter().zip(due).filter(|(_, due)| *due).map(|(id, _)| id));
        }
        if hours.is_empty() {
            return Ok(0);
        }
        let place = measuring();
        let holder = self.holder(&place);
        let mut pace = match self.store.hold_destination(&place, &holder, real + HELD_FOR, real).await? {
            Hold::Held(pace) => pace,
            Hold::Busy { .. } => return Ok(0),
        };
        let gate = Gate(Mutex::new(pace.not_before));
        let mut done = 0;
        for some in hours.chunks(AT_ONCE) {
            if self.clocks.real.now() - real > BEGIN_FOR {
                tracing::warn!(
                    hours = hours.len(),
                    done,
                    "the radars of the other hours are worked out later"
                );
                break;
            }
            let swept = join_all(some.iter().map(|id| Box::pin(self.sweep(id, &gate)))).await;
            for (episode, swept) in some.iter().zip(swept) {
                match swept {
                    Ok(swept) => done += usize::from(swept),
                    // Nor may one keep the others waiting.
                    Err(error) => {
                        tracing::error!(%episode, error = causes(&error), "its radar was not worked out");
                    }
                }
            }
        }
        pace.not_before = gate.opens();
        match self.store.free_destination(&place, &pace).await {
            // Somebody took over after our time; what they do is right.
            Ok(()) | Err(StoreError::Conflict) => Ok(done),
            Err(error) => Err(error),
        }
    }

    /// Whether an hour's radar is older than its last turn.
    async fn is_due(
        &self,
        id: &EpisodeId,
        now: DateTime<Utc>,
        real: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (before, _) = self.store.radar(id, real).await?;
        Ok(before.is_none_or(|before| radar::turn(id, before.at) != radar::turn(id, now)))
    }

    /// One hour, if it is live and nobody else did it meanwhile. Reads its posts once, five thousand at most, who spoke and whose accounts are whose.
    async fn sweep(&self, id: &EpisodeId, gate: &Gate) -> Result<bool, StoreError> {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        let (before, heard) = self.store.radar(id, real).await?;
        if before.is_some_and(|before| radar::turn(id, before.at) == radar::turn(id, now)) {
            return Ok(false);
        }
        let Some(loaded) = self.load_one(&id.chat, now).await? else { return Ok(false) };
        let live = |e: &&Episode| e.id == *id && e.is_live();
        let wanted = loaded.settings.desk.is_some() && !loaded.settings.retired;
        if !wanted || !loaded.episodes.iter().any(|e| live(&e)) {
            return Ok(false);
        }
        let ((posts, all_posts), spoke, owned) = tokio::try_join!(
            self.store.posts_within(id, MOST_POSTS),
            self.store.voices(id),
            self.store.all_linked(&id.chat),
        )?;
        let (voices, owned) = (voices(spoke), owned.into_iter().collect());
        let known = Known { posts: &posts, all_posts, voices: &voices, owned: &owned, heard: &heard };
        let host = self.config.x.as_ref().map(|x| Person::new(Platform::X, "", x.user_id()));
        let waiting = radar::waiting(&known, host.as_ref(), now);
        let measured = self.measured(&loaded, &waiting, gate).await?;
        let mut swept = radar::swept(&known, &waiting, &measured, now);
        self.find_cards(&loaded, &posts, &mut swept).await?;
        self.store.swept(id, &swept, real).await?;
        Ok(true)
    }

    /// What X counts at the posts of those who wait, as far as it may be asked and answers.
    async fn measured(
        &self,
        loaded: &Loaded,
        waiting: &[Waiting<'_>],
        gate: &Gate,
    ) -> Result<BTreeMap<String, Measured>, StoreError> {
        let mut measured = BTreeMap::new();
        let Some(reader) = &self.reader else { return Ok(measured) };
        let slug = &loaded.settings.slug;
        let wanted = self.affordable(loaded, radar::to_ask(waiting)).await?;
        for ids in wanted.chunks(TOGETHER) {
            if gate.is_closed(self.clocks.real.now()) {
                tracing::info!(chat = %slug, until = ?gate.opens(), "X was asked often enough");
                break;
            }
            match self.measure(reader, loaded, ids, gate).await? {
                Ok(found) => measured.extend(found),
                Err(error) => {
                    tracing::warn!(chat = %slug, %error, "whether people were answered is not known");
                    break;
                }
            }
        }
        Ok(measured)
    }

    /// Of these versions of posts those that cost nothing, since X gave them today, and as many others as the month
    /// has money for.
    async fn affordable(&self, loaded: &Loaded, wanted: Vec<String>) -> Result<Vec<String>, StoreError> {
        let now = self.clocks.chat.now();
        let given = self.store.given(&wanted, now).await?;
        let all = wanted.len();
        if given.len() >= all {
            return Ok(wanted);
        }
        let mut more = self.may_look_at(loaded.clone(), now).await?;
        let may = |id: &String| {
            given.contains(id) || {
                let may = more > 0;
                more = more.saturating_sub(1);
                may
            }
        };
        let affordable: Vec<String> = wanted.into_iter().filter(may).collect();
        if affordable.len() < all {
            let (chat, asked) = (&loaded.settings.slug, affordable.len());
            tracing::info!(%chat, posts = all, asked, "the budget has no room to ask about all who wait");
        }
        Ok(affordable)
    }

    async fn measure(
        &self,
        reader: &XReader,
        loaded: &Loaded,
        ids: &[String],
        gate: &Gate,
    ) -> Result<Result<BTreeMap<String, Measured>, SendError>, StoreError> {
        let (slug, real) = (&loaded.settings.slug, self.clocks.real.now());
        let page = match reader.metrics(ids, real).await {
            Ok(page) => page,
            Err(error) => {
                if let SendError::RetryAfter { after, .. } = &error {
                    gate.close_until(real + TimeDelta::from_std(*after).unwrap_or(USUAL_WAIT));
                }
                return Ok(Err(error));
            }
        };
        if let Some(left) = page.pace.filter(|left| left.remaining == 0) {
            gate.close_until(real + TimeDelta::from_std(left.reset_after).unwrap_or(USUAL_WAIT));
        }
        let found = match wire::x::metrics(&page.body) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(chat = %slug, %error, "what X counts could not be read");
                return Ok(Ok(BTreeMap::new()));
            }
        };
        let mut read = 0;
        for id in &found.given {
            read += u64::from(self.store.give(id, slug, self.clocks.chat.now()).await?);
        }
        if read > 0 {
            let price = self.config.x.as_ref().map_or(chat::money::Money::ZERO, |x| x.prices.read);
            self.spent(slug, Spent { read, money: price.times(read), ..Spent::default() }).await;
        }
        Ok(Ok(found.of))
    }

    /// Notes where the cards of those stand who said something in a room: of the first ones.
    async fn find_cards(
        &self,
        loaded: &Loaded,
        posts: &[Filed],
        swept: &mut Swept,
    ) -> Result<(), StoreError> {
        let in_rooms = swept.people.iter_mut().filter(|one| one.post.source != Platform::X);
        for one in in_rooms.take(MOST_CARDS) {
            let Some(filed) = posts.iter().find(|filed| filed.post.id == one.post) else { continue };
            for (delivery, place) in radar::cards(&loaded.settings, filed) {
                let row = self.store.delivery(&delivery).await?;
                if let Some(Standing::Sent { external }) = row.map(|row| row.standing) {
                    one.card = Some(Card { place, message: external });
                    break;
                }
            }
        }
        Ok(())
    }

    /// The radar of a live hour as it is now; `lately` are its posts of the last minutes. A query of a row or two, and a
    /// row for each who is on it.
    pub(crate) async fn radar(&self, id: &EpisodeId, lately: &[Filed]) -> Result<Radar, StoreError> {
        let (now, real) = (self.clocks.chat.now(), self.clocks.real.now());
        let (swept, heard) = self.store.radar(id, real).await?;
        let people = swept.as_ref().map_or(&[][..], |swept| &swept.people);
        let (stands, owned) = match people {
            [] => (Vec::new(), BTreeMap::new()),
            people => {
                let (stands, owned) = tokio::try_join!(
                    self.store.filed_here(id, people.iter().map(|one| &one.post)),
                    self.store.all_linked(&id.chat),
                )?;
                (stands, owned.into_iter().collect())
            }
        };
        Ok(radar::look(swept.as_ref(), stands, lately, &owned, &heard, now))
    }

    /// How many wait in the live hour of a chat that has a desk.
    pub(crate) async fn count_unheard(&self, loaded: &Loaded) -> Result<Option<Count>, StoreError> {
        let live = loaded.episodes.iter().find(|e| e.is_live()).filter(|_| loaded.settings.desk.is_some());
        let Some(episode) = live else { return Ok(None) };
        let (_, posts) = self.store.lately(&episode.id, self.clocks.chat.now()).await?;
        Ok(Some(self.radar(&episode.id, &posts).await?.count()))
    }
}

//! Hearing of removals: X is asked to tell of those of each author whose posts are shown, a few authors
//! with each tick. X has room for 1,500; the longest silent gives way.

use chat::name::{Person, Place, Platform};
use chat::order;
use chat::post::Post;
use chrono::{DateTime, TimeDelta, Utc};
use outbound::{Reason, SendError, XReader};
use store::{StoreError, Watch};

use crate::{Host, causes};

/// Subscriptions that an app may have (<https://docs.x.com/x-api/activity/introduction>).
const MOST: usize = 1_500;
/// Authors that are asked for with one tick: a busy hour's are all watched within minutes.
const PER_TICK: usize = 10;
/// A key that X does not take is not tried each minute.
const LOCKED_OUT: TimeDelta = TimeDelta::minutes(10);
/// What we want to be told of.
const EVENT: &str = "post.delete";

/// The row of what X's subscriptions allow.
fn subscribing() -> Place {
    Place::new(Platform::X, "", "subscriptions")
}

impl Host {
    /// Notes that a post is shown whose removal should be heard of. Best effort: a post that is carried
    /// does not wait for it, and the author's next one notes it again.
    pub(crate) async fn watch_author(&self, post: &Post) {
        if post.id.source != Platform::X || self.watcher().is_none() {
            return;
        }
        let person = &post.author.person;
        // A post whose author X did not name, and the host's own account, whose posts nobody carries.
        let ours = self.config.x.as_ref().map(crate::config::XConfig::user_id);
        if person.id.is_empty() || ours == Some(person.id.as_str()) {
            return;
        }
        if let Err(error) = self.store.watch(person, post.at).await {
            tracing::warn!(%person, error = causes(&error), "removals of theirs may go unheard");
        }
    }

    /// Whether X is asked to tell of removals.
    pub(crate) fn watches(&self) -> bool {
        self.watcher().is_some()
    }

    /// Whom to ask, and where X is to tell.
    fn watcher(&self) -> Option<(&XReader, &str)> {
        let webhook = self.config.x.as_ref()?.webhook_id.as_deref()?;
        Some((self.reader.as_deref()?, webhook))
    }

    /// Subscribes to some of the authors who wait for it. How many.
    pub(crate) async fn subscribe_some(&self) -> Result<usize, StoreError> {
        let Some((reader, webhook)) = self.watcher() else { return Ok(0) };
        let real = self.clocks.real.now();
        if self.store.pace(&subscribing()).await?.not_before.is_some_and(|at| at > real) {
            return Ok(0);
        }
        let pending = self.store.to_watch(PER_TICK).await?;
        if pending.is_empty() {
            return Ok(0);
        }
        // Read only where somebody new has come.
        let mut watched: Vec<Watch> =
            self.store.watches().await?.into_iter().filter(|watch| watch.subscription.is_some()).collect();
        order::sort_by_key(&mut watched, |watch| std::cmp::Reverse(watch.last));
        let mut subscribed = 0;
        for person in pending {
            if watched.len() >= MOST && !self.make_room(reader, &mut watched, real).await? {
                break;
            }
            let answer = match reader.subscribe(EVENT, &person.id, webhook, real).await {
                Err(error) if is_full(&error) && self.make_room(reader, &mut watched, real).await? => {
                    reader.subscribe(EVENT, &person.id, webhook, real).await
                }
                answer => answer,
            };
            let id = match answer {
                Ok(id) => id,
                Err(error) => match self.subscribed_before(reader, &person, &error, real).await? {
                    Some(id) => id,
                    None if self.given_up(&person, &error, real).await? => continue,
                    None => break,
                },
            };
            if self.store.watched(&person, &id).await? {
                tracing::info!(%person, "removals of theirs will be told");
                subscribed += 1;
                watched.insert(0, Watch { person, last: self.clocks.chat.now(), subscription: Some(id) });
            }
        }
        Ok(subscribed)
    }

    /// Ends the subscription to the longest silent; whether there is room now.
    async fn make_room(
        &self,
        reader: &XReader,
        watched: &mut Vec<Watch>,
        real: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(silent) = watched.last() else { return Ok(false) };
        let id = silent.subscription.as_deref().unwrap_or_default();
        if let Err(error) = reader.unsubscribe(id, real).await {
            tracing::warn!(person = %silent.person, %error, "a subscription was not ended");
            self.put_off_watching(&error, real).await?;
            return Ok(false);
        }
        // First there, then here: of a subscription that nobody knows of nobody would make room.
        self.store.unwatch(&silent.person).await?;
        tracing::info!(person = %silent.person, "silent the longest: watched no more");
        watched.pop();
        Ok(true)
    }

    /// X refuses what it has already: then its name is in the list.
    async fn subscribed_before(
        &self,
        reader: &XReader,
        person: &Person,
        error: &SendError,
        real: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        if !matches!(error, SendError::Rejected(_)) || error.reason() == Some(Reason::TokenInvalid) {
            return Ok(None);
        }
        match reader.subscriptions(real).await {
            Ok(all) => {
                let ours = all.into_iter().find(|one| one.event == EVENT && one.user == person.id);
                Ok(ours.map(|one| one.id))
            }
            Err(error) => {
                tracing::warn!(%error, "subscriptions could not be listed");
                Ok(None)
            }
        }
    }

    /// After a refusal: whether it concerns this author alone, who is then left alone until they post
    /// again. Anything else is tried later.
    async fn given_up(
        &self,
        person: &Person,
        error: &SendError,
        real: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let theirs = matches!(error.reason(), Some(Reason::BadPayload | Reason::NotFound | Reason::Other));
        if theirs {
            tracing::warn!(%person, %error, "X does not tell of removals of theirs");
            self.store.unwatch(person).await?;
        } else {
            tracing::warn!(%person, %error, "not subscribed to yet");
            self.put_off_watching(error, real).await?;
        }
        Ok(theirs)
    }

    async fn put_off_watching(&self, error: &SendError, real: DateTime<Utc>) -> Result<(), StoreError> {
        let after = match error {
            SendError::RetryAfter { after, .. } => TimeDelta::from_std(*after).unwrap_or(LOCKED_OUT),
            SendError::Rejected(_) | SendError::Unknown { .. } => LOCKED_OUT,
        };
        self.store.close_destination(&subscribing(), real + after).await
    }
}

/// Whether X says that there are too many. Which words it uses nobody has published.
fn is_full(error: &SendError) -> bool {
    match error {
        SendError::Rejected(rejection) => {
            let words = format!("{} {}", rejection.code, rejection.detail).to_lowercase();
            words.contains("limit") || words.contains("exceed")
        }
        SendError::RetryAfter { .. } | SendError::Unknown { .. } => false,
    }
}

//! Looking again at what is shown: once a day each post of the last thirty days whose author X tells
//! nothing of, the newest first, for as much money as the month can spare. What X shows no more is taken
//! out of the rooms, and what was edited is edited there.
//!
//! This is the second choice, where X does no batch compliance job for the app (`audit`).
//!
//! Only where the app's token is there to be read with: where X is searched, or asked to tell of removals.

use std::collections::HashSet;

use chat::cost::{self, Spent};
use chat::name::{Person, Platform, Slug};
use chat::order;
use chat::{Chat, Seen, search};
use chrono::{DateTime, TimeDelta, Utc};
use outbound::{SendError, XReader};
use store::{Loaded, StoreError};

use crate::Host;
use crate::audit::Audited;

/// Posts are looked at again for this long.
pub(crate) const DAYS: TimeDelta = TimeDelta::days(30);
/// As many ids as one call takes.
const TOGETHER: usize = 100;
/// And as many posts as are looked at for a chat on one day, whatever it may cost.
const MOST: u64 = 1_000;
/// So often is asked whether a chat's day has come.
const ASK_EVERY: TimeDelta = TimeDelta::hours(1);

impl Host {
    /// Looks again at the posts of the chats whose turn it is. How many posts.
    pub(crate) async fn look_up_some(&self) -> Result<usize, StoreError> {
        let Some(reader) = self.reader.clone().filter(|_| self.searches() || self.watches()) else {
            return Ok(0);
        };
        // First by the job that costs nothing.
        match Box::pin(self.audit(&reader)).await? {
            Audited::Job(posts) => return Ok(posts),
            Audited::Refused => {}
        }
        let now = self.clocks.chat.now();
        let mut looked = 0;
        for line in self.chats_on().await? {
            if !self.looked.due(&line.slug, now, ASK_EVERY) {
                continue;
            }
            let Some(loaded) = self.load_one(&line.slug, now).await? else { continue };
            // An hour's own posts come first, and their money too.
            if search::wanted(&loaded.episodes, now).is_some_and(|wanted| wanted.often) {
                continue;
            }
            if !self.store.take_day(&line.slug, now.date_naive(), self.clocks.real.now()).await? {
                continue;
            }
            let again = Box::pin(self.look_again(&reader, loaded, now)).await;
            looked += self.store.if_readable(again)?.unwrap_or(0);
        }
        Ok(looked)
    }

    async fn look_again(
        &self,
        reader: &XReader,
        loaded: Loaded,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let slug = loaded.settings.slug.clone();
        let most = self.may_look_at(loaded, now).await?;
        let shown = self.shown_lately(&slug, now).await?;
        let all = shown.len();
        let shown: Vec<String> =
            shown.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
        if shown.len() < all {
            tracing::info!(chat = %slug, posts = all, looked_at = shown.len(), "the budget has no room to look at all");
        }
        let mut newer = Vec::new();
        for ids in shown.chunks(TOGETHER) {
            match self.look_at(reader, &slug, ids, Some(&mut newer)).await? {
                Ok(()) => {}
                Err(error) => {
                    // They will be looked at tomorrow; nobody asks twice a day.
                    tracing::warn!(chat = %slug, %error, "not all could be looked at");
                    return Ok(shown.len());
                }
            }
        }
        for ids in newer.chunks(TOGETHER) {
            if let Err(error) = self.look_at(reader, &slug, ids, None).await? {
                tracing::warn!(chat = %slug, %error, "what was edited could not be looked at");
            }
        }
        Ok(shown.len())
    }

    /// How many posts a chat may look at today.
    pub(crate) async fn may_look_at(&self, loaded: Loaded, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let Some(account) = self.account(&loaded).await? else { return Ok(0) };
        let price = self.config.x.as_ref().map_or(chat::money::Money::ZERO, |x| x.prices.read);
        let deployment = self.deployment(&loaded.settings.workspace);
        let Loaded { settings, episodes, cues } = loaded;
        let chat = Chat { settings, episodes, cues, deployment, seen: Seen::default() };
        let forecast = cost::forecast(&account, cost::under_way(&chat, now), cost::coming(&chat, now));
        Ok(cost::spare(&chat.settings, account.spent, forecast, price, now).unwrap_or(MOST).min(MOST))
    }

    /// The versions that are shown of the posts that are to be looked at, newest first: those of authors
    /// who are not watched, that X has not given us today anyway.
    async fn shown_lately(&self, slug: &Slug, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        let watched: HashSet<Person> = self
            .store
            .watches()
            .await?
            .into_iter()
            .filter(|watch| watch.subscription.is_some())
            .map(|watch| watch.person)
            .collect();
        let mut shown: Vec<(DateTime<Utc>, String)> = Vec::new();
        for episode in self.store.episodes_since(slug, now - DAYS).await? {
            for filed in self.store.posts(&episode.id).await? {
                let post = filed.post;
                let theirs = post.id.source == Platform::X && !watched.contains(&post.author.person);
                if theirs && post.at >= now - DAYS {
                    shown.push((post.at, post.version));
                }
            }
        }
        order::sort_by(&mut shown, |a, b| b.cmp(a));
        let ids: Vec<String> = shown.into_iter().map(|(_, id)| id).collect();
        let today = self.store.given(&ids, now).await?;
        Ok(ids.into_iter().filter(|id| !today.contains(id)).collect())
    }

    /// Looks at a hundred. Versions that took the place of one of them go into `newer`; without it, these
    /// are such versions, and edit what is shown.
    async fn look_at(
        &self,
        reader: &XReader,
        slug: &Slug,
        ids: &[String],
        newer: Option<&mut Vec<String>>,
    ) -> Result<Result<(), SendError>, StoreError> {
        let page = match reader.posts(ids, self.clocks.real.now()).await {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let found = match wire::x::search(&page.body) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(chat = %slug, %error, "what was looked up could not be read");
                return Ok(Ok(()));
            }
        };
        for post in &found.gone {
            tracing::info!(chat = %slug, %post, "X shows it no more");
            self.store.if_readable(self.removed(post).await)?;
        }
        match newer {
            Some(newer) => newer.extend(found.newer),
            None => {
                for post in &found.posts {
                    self.store.if_readable(self.post(post).await)?;
                }
            }
        }
        let mut read = 0;
        for id in &found.given {
            read += u64::from(self.store.give(id, slug, self.clocks.chat.now()).await?);
        }
        if read > 0 {
            let money =
                self.config.x.as_ref().map_or(chat::money::Money::ZERO, |x| x.prices.read.times(read));
            self.spent(slug, Spent { read, money, ..Spent::default() }).await;
        }
        Ok(Ok(()))
    }
}

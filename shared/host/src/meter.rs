//! What X is paid for, noted after the fact: a post is never late on account of its price, and an account
//! that is short by a post is still an account.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use chat::cost::{self, Account, Level, Month, Spent};
use chat::delivery::Work;
use chat::name::{Platform, Slug};
use chat::{Chat, Decision, Seen, steer, weigh};
use store::{Loaded, StoreError, Waiting};

use crate::config::Source;
use crate::{Host, causes, measure};

/// Which notes this process has seen written. Only a hint that saves a transaction for each post: the
/// notes are named by month, budget and level, and stand once however often they are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told(Arc<Mutex<HashSet<String>>>);

impl Told {
    fn knows(&self, note: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(note)
    }

    fn learn(&self, note: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(note);
    }
}

impl Host {
    /// Whether X is searched by this deployment.
    pub(crate) fn searches(&self) -> bool {
        self.reader.is_some() && self.config.x.as_ref().is_some_and(|x| x.source != Source::Webhook)
    }

    /// X gave us a post, on the account of this chat. Once a day it is paid for.
    pub(crate) async fn given(&self, version: &str, to: Option<&Slug>) {
        let (Some(x), Some(to)) = (&self.config.x, to) else { return };
        match self.store.give(version, to, self.clocks.chat.now()).await {
            Ok(true) => {
                self.spent(to, Spent { read: 1, money: x.prices.read, ..Spent::default() }).await;
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(chat = %to, post = version, error = causes(&error), "not on the account");
            }
        }
    }

    /// Adds to a chat's account, and tells organisers where that brings it near the end of its budget.
    pub(crate) async fn spent(&self, on: &Slug, more: Spent) {
        measure::spent(more.read, more.written);
        let month = Month::of(self.clocks.chat.now());
        let done = match self.store.spend(on, month, more).await {
            Ok(sum) => Box::pin(self.tell_of_budget(on, month, sum)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(chat = %on, error = causes(&error), "the account may be short");
        }
    }

    async fn tell_of_budget(&self, slug: &Slug, month: Month, sum: Spent) -> Result<(), StoreError> {
        let Some(settings) = self.store.settings(slug).await? else { return Ok(()) };
        let level = cost::level(sum.money, settings.budget);
        let budget = settings.budget.unwrap_or_default().as_micros();
        let note = format!("{slug}/{month}/{budget}/{level:?}");
        if level == Level::Fine || settings.retired || self.told.knows(&note) {
            return Ok(());
        }
        let now = self.clocks.chat.now();
        let Some(loaded) = self.store.load(slug, now).await? else { return Ok(()) };
        let seen = Seen { account: self.account(&loaded).await?, ..Seen::default() };
        let deployment = self.deployment(&loaded.settings.workspace);
        let Loaded { settings, episodes, cues } = loaded;
        let effects = steer::budget_notes(&Chat { settings, episodes, cues, deployment, seen }, now);
        self.commit(slug, &Decision { effects, ..Decision::default() }, None).await?;
        self.told.learn(note);
        Ok(())
    }

    /// What a chat cost so far this month and the month before; none where X is off.
    pub(crate) async fn account(&self, loaded: &Loaded) -> Result<Option<Account>, StoreError> {
        if self.config.x.is_none() {
            return Ok(None);
        }
        let slug = &loaded.settings.slug;
        let month = Month::of(self.clocks.chat.now());
        let episodes = self.store.episodes_since(slug, month.before().begins()).await?;
        Ok(Some(Account {
            spent: self.store.spent(slug, month).await?.money,
            held: cost::held(&episodes, month),
            before: self.store.spent(slug, month.before()).await?.money,
            held_before: cost::held(&episodes, month.before()),
            searches: self.searches(),
        }))
    }

    /// Deliveries went out; those to X are paid for.
    pub(crate) async fn sent_to_x(&self, sent: &[Waiting]) {
        let Some(x) = &self.config.x else { return };
        for one in sent.iter().filter(|one| one.delivery.to.platform == Platform::X) {
            let more = match &one.delivery.work {
                Work::Announce(message) => {
                    let linked = !weigh::urls(&wire::x::text(message)).is_empty();
                    let money = if linked { x.prices.link } else { x.prices.write };
                    Spent { written: 1, money, ..Spent::default() }
                }
                Work::Remove { .. } => Spent { deleted: 1, money: x.prices.delete, ..Spent::default() },
                // X lets us edit nothing, and has neither threads nor roles.
                _ => continue,
            };
            self.spent(&one.slug, more).await;
        }
    }
}

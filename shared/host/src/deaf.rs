//! X that cannot be searched: the organisers of every chat that is searched for are told once, and once
//! more when it works again, as they are of a place that nothing gets through to (`trouble`).
//!
//! What is told goes by slots and not by queries. Where one query of a slot fails and another does not,
//! posts are missing all the same; and who told and took back with every query would tell eight times a
//! minute.

use chat::Decision;
use chat::delivery::{Trouble, Untaken};
use chat::name::Slug;
use chat::steer::trouble::{self, Turn};
use chrono::{DateTime, Utc};
use outbound::SendError;
use store::{Pace, StoreError};

use crate::config::Source;
use crate::poll::searching;
use crate::{Host, send};

/// How the searches of one slot went.
#[derive(Debug, Default)]
pub(crate) struct Went {
    /// For whom, and since when posts belong to them, by the chat's clock.
    chats: Vec<(Slug, DateTime<Utc>)>,
    /// One failed: when X may be asked again, and what somebody has to mend, if it is that.
    failed: Option<(DateTime<Utc>, Option<Untaken>)>,
    through: bool,
}

impl Went {
    pub(crate) fn for_chats(chats: impl Iterator<Item = (Slug, DateTime<Utc>)>) -> Went {
        Went { chats: chats.collect(), ..Went::default() }
    }

    /// X did not answer, or refused. `next` is when it wants to be asked again.
    pub(crate) fn failed(&mut self, error: &SendError, next: Option<DateTime<Utc>>, real: DateTime<Utc>) {
        let why = match error {
            SendError::Rejected(refusal) => Some(send::untaken(refusal.reason)),
            SendError::RetryAfter { .. } | SendError::Unknown { .. } => None,
        };
        let next = next.map_or(real, |next| next.max(real));
        self.failed = Some(match self.failed {
            Some((before, known)) => (before.max(next), known.or(why)),
            None => (next, why),
        });
    }

    /// X answered something that is no answer.
    pub(crate) fn garbled(&mut self, real: DateTime<Utc>) {
        self.failed.get_or_insert((real, None));
    }

    /// A page came and could be read.
    pub(crate) fn through(&mut self) {
        self.through = true;
    }
}

impl Host {
    /// Notes how the searches of a slot went, and tells where there is something to tell.
    pub(crate) async fn searched(&self, went: &Went, pace: &mut Pace) -> Result<(), StoreError> {
        let Some(doors) = went.chats.iter().map(|(_, doors)| *doors).min() else { return Ok(()) };
        let real = self.clocks.real.now();
        // Between hours nobody searches, and trouble of last week is no news about today's.
        let before = pace.trouble.filter(|trouble| self.as_clocks_showed(trouble) >= doors);
        let now = match went.failed {
            Some((next, why)) => {
                let since = before.map_or(real, |t| t.since);
                let told = before.is_some_and(|t| t.told);
                let mut now = Trouble { since, why: why.or(before.and_then(|t| t.why)), told };
                // Also where others were told before: a chat may have opened its doors since.
                if told || now.is_worth_telling(next) {
                    for (slug, _) in &went.chats {
                        self.tell_of_searching(slug, Turn::Broken, &now).await?;
                    }
                    now.told = true;
                }
                Some(now)
            }
            None if went.through => {
                if let Some(over) = before.filter(|t| t.told) {
                    for line in self.chats_on().await? {
                        self.tell_of_searching(&line.slug, Turn::Mended, &over).await?;
                    }
                }
                None
            }
            // X was not asked.
            None => return Ok(()),
        };
        // As in `got_through`: told first, since telling twice is telling once.
        if now != pace.trouble {
            self.store.trouble(&searching(), now.as_ref()).await?;
            pace.trouble = now;
        }
        Ok(())
    }

    /// When it began, as the chat's clock showed it.
    fn as_clocks_showed(&self, trouble: &Trouble) -> DateTime<Utc> {
        self.clocks.chat.now() - (self.clocks.real.now() - trouble.since)
    }

    /// Tells one chat's organisers: of trouble if they have not heard of it, and of its end if they have.
    async fn tell_of_searching(&self, slug: &Slug, turn: Turn, trouble: &Trouble) -> Result<(), StoreError> {
        let now = self.clocks.chat.now();
        let Some(loaded) = self.load_one(slug, now).await? else { return Ok(()) };
        let (settings, since) = (&loaded.settings, self.as_clocks_showed(trouble));
        let sent = self.config.x.as_ref().is_some_and(|x| x.source == Source::Both);
        let notes = |turn, to: &[_]| trouble::search_notes(settings, (turn, trouble), to, since, sent, now);
        // Wherever they were told: their desk may be in trouble itself by now, or have been then.
        let anywhere = trouble::confidants(settings, &searching()).concat();
        let mut heard = false;
        for note in notes(Turn::Broken, &anywhere) {
            heard = heard || self.store.delivery(&note.id).await?.is_some();
        }
        if heard != (turn == Turn::Mended) {
            return Ok(());
        }
        let to = self.confidants(settings, &searching(), trouble).await?;
        if to.is_empty() {
            tracing::error!(chat = %slug, ?turn, "X cannot be searched or can again, and nobody can be told");
            return Ok(());
        }
        let told = Decision { effects: notes(turn, &to), ..Decision::default() };
        self.commit(slug, &told, None).await.map(drop)
    }
}

//! What people suggested to ask: a row each, with its votes; and the names under questions that were
//! suggested.

use chat::agenda::Episode;
use chat::bank::{self, Idea};
use chat::name::{Person, Slug};
use chat::{Change, Undo};
use chrono::{DateTime, Utc};

use crate::commit::{Batch, gone, if_version};
use crate::items::{EpisodeItem, IdeaItem, UndoItem};
use crate::keys::{self, LAST};
use crate::table::{Range, Row, TTL, number, read, write};
use crate::{Commit, Store, StoreError};

/// How often a row is read and written anew when somebody wrote it in between.
const TRIES: u32 = 5;

/// What was taken out with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Suggestions of theirs.
    pub ideas: usize,
    /// Suggestions of others that they had voted for.
    pub votes: usize,
    /// Episodes with their name under a question.
    pub episodes: usize,
}

/// A suggestion is as it is now, if nobody wrote since it was read. What is remembered for a while only ends by
/// itself.
pub(crate) fn changed(
    batch: &mut Batch<'_>,
    slug: &Slug,
    idea: &Idea,
    real_now: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::idea(slug, idea.id);
    let mut shape = IdeaItem::from(idea);
    shape.version += 1;
    let mut row = ours(write(&key, &shape)?);
    if let Some(until) = idea.until {
        row.insert(TTL.to_owned(), number(gone(until, real_now)));
    }
    batch.put(key, row, &if_version(idea.version))
}

/// A suggestion is no more, likewise.
pub(crate) fn taken_back(batch: &mut Batch<'_>, slug: &Slug, idea: &Idea) -> Result<(), StoreError> {
    batch.delete(keys::idea(slug, idea.id), &if_version(idea.version))
}

impl Store {
    /// What people suggested in a chat, by name, whatever came of it, also what is forgotten by now
    /// ([`Idea::until`]) and whose row is still there. Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ideas(&self, slug: &Slug) -> Result<Vec<Idea>, StoreError> {
        let rows = self.query(&keys::chat(slug), &Range::Begins(keys::IDEA.to_owned()), None).await?;
        Ok(self.readable::<IdeaItem, _>(rows))
    }

    /// The episodes of a chat with somebody's name under a question, however long they are over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn credited(&self, slug: &Slug, person: &Person) -> Result<Vec<Episode>, StoreError> {
        let mut episodes = self.all_episodes(slug).await?;
        episodes.retain(|episode| uncredited(&mut episode.clone(), person));
        Ok(episodes)
    }

    async fn all_episodes(&self, slug: &Slug) -> Result<Vec<Episode>, StoreError> {
        let range = Range::Between("EP#".to_owned(), format!("EP#{LAST}"));
        let mut rows = self.query(&keys::chat(slug), &range, None).await?;
        // A signpost only says where an episode that was moved far is.
        rows.retain(|row| !row.contains_key("of"));
        rows.into_iter().map(|row| read::<EpisodeItem>(row).map(Episode::from)).collect()
    }

    /// Takes out what somebody suggested in a chat, their votes, and their name under questions: also under those
    /// that were asked, and in what Undo would bring back. The questions stay, and so does what stands in rooms
    /// and on X. `real_now` is real time. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`], and [`StoreError::Conflict`] where others keep
    /// writing the same rows: then a part is done. Call it again.
    pub async fn forget_ideas(
        &self,
        slug: &Slug,
        person: &Person,
        real_now: DateTime<Utc>,
    ) -> Result<Forgotten, StoreError> {
        // Boxed, as everything with many steps of the SDK is: see `Store::get`.
        Box::pin(self.forget(slug, person, real_now)).await
    }

    async fn forget(
        &self,
        slug: &Slug,
        person: &Person,
        real_now: DateTime<Utc>,
    ) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.forget_once(slug, person, real_now, &mut forgotten).await {
                Err(StoreError::Conflict) if tries < TRIES => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(forgotten),
            }
        }
    }

    async fn forget_once(
        &self,
        slug: &Slug,
        person: &Person,
        real_now: DateTime<Utc>,
        forgotten: &mut Forgotten,
    ) -> Result<(), StoreError> {
        let chat = keys::chat(slug);
        // Suggestions first: from then on no organiser can put the name under another question.
        for row in self.query(&chat, &Range::Begins(keys::IDEA.to_owned()), None).await? {
            let idea = Idea::from(read::<IdeaItem>(row)?);
            if !bank::is_theirs(&idea, person) {
                continue;
            }
            let (change, count) = match bank::without(&idea, person) {
                Some(left) => (Change::Idea(left), &mut forgotten.votes),
                None => (Change::IdeaGone(idea.clone()), &mut forgotten.ideas),
            };
            self.write_one(slug, change, format!("forget/{}/{}", idea.id, idea.version), real_now).await?;
            *count += 1;
        }
        for mut episode in self.credited(slug, person).await? {
            uncredited(&mut episode, person);
            // As a version of its own: whoever decides from the one before meets a conflict, and does not bring
            // the name back.
            let token = format!("forget/{}/{}", episode.id, episode.version);
            self.write_one(slug, Change::Episode(episode), token, real_now).await?;
            forgotten.episodes += 1;
        }
        for row in self.query(&chat, &Range::Begins(keys::UNDO.to_owned()), None).await? {
            let mut undo = Undo::from(read::<UndoItem>(row)?);
            let mut had = false;
            for (episode, _) in &mut undo.episodes {
                had |= uncredited(episode, person);
            }
            if had {
                let token = format!("forget/{}", undo.id);
                self.write_one(slug, Change::Undo(undo), token, real_now).await?;
            }
        }
        Ok(())
    }

    /// Under a token that says what is written and not for whom: it stays in the row.
    async fn write_one(
        &self,
        slug: &Slug,
        change: Change,
        token: String,
        real_now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let commit = Commit {
            changes: vec![change],
            deliveries: Vec::new(),
            happened: Vec::new(),
            request: None,
            real_now,
            token,
        };
        self.commit(slug, commit).await.map(drop)
    }
}

/// Takes a name from under an episode's questions; whether it stood there.
fn uncredited(episode: &mut Episode, person: &Person) -> bool {
    let mut stood = false;
    for question in episode.questions.iter_mut().chain(&mut episode.spares) {
        if question.from.as_ref().is_some_and(|from| from.by == *person) {
            question.from = None;
            stood = true;
        }
    }
    stood
}

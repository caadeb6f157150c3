//! In which hours somebody spoke, and what of it was an answer: read from the rows that their posts leave.

use std::collections::{HashMap, HashSet};

use chat::cue::{CueId, CueState, Kind};
use chat::name::{EpisodeId, Person, Slug};
use chrono::{DateTime, Utc};

use crate::commit::{Batch, Expression, MOST_ITEMS};
use crate::items::{ByItem, CueItem, FiledItem, PartItem, SpokeItem};
use crate::keys::{self, Key, LAST};
use crate::table::{Range, intent, key_of, read};
use crate::{Store, StoreError};

/// So many posts of one person are counted; who wrote more is told of so many and more.
const MOST_COUNTED: usize = 2_000;
/// So many of those that were filed before the list said what they are, are looked up: one call a hundred.
const MOST_LOOKED_UP: usize = 200;

/// How many answers somebody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answered {
    /// Posts of theirs that stand under a question.
    pub answers: u32,
    /// Whether every post of theirs was looked at.
    pub all: bool,
}

impl Store {
    /// In which of these episodes one of these people spoke. Costs a call and a read of a row for each hundred
    /// of what could be there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn spoke_in(
        &self,
        people: &[Person],
        episodes: &[EpisodeId],
    ) -> Result<HashSet<EpisodeId>, StoreError> {
        let mut wanted: HashMap<Key, &EpisodeId> = HashMap::new();
        for episode in episodes {
            wanted.extend(people.iter().map(|person| (keys::spoke(episode, person), episode)));
        }
        let rows = self.get_all(&wanted.keys().cloned().collect::<Vec<_>>()).await?;
        Ok(rows.iter().filter_map(|row| wanted.get(&key_of(row)).map(|id| (*id).clone())).collect())
    }

    /// Whether somebody spoke for the first time in an episode, by whichever of these accounts they spoke.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn came_first(&self, people: &[Person], episode: &EpisodeId) -> Result<bool, StoreError> {
        let wanted: Vec<Key> = people.iter().map(|person| keys::spoke(episode, person)).collect();
        let mut first = None;
        for row in self.get_all(&wanted).await? {
            first = Some(first.unwrap_or(true) && read::<SpokeItem>(row)?.first_time);
        }
        Ok(first.unwrap_or(false))
    }

    /// Which of these episodes were opened.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn opened(&self, episodes: &[EpisodeId]) -> Result<HashSet<EpisodeId>, StoreError> {
        let opening = |id: &EpisodeId| keys::cue(&CueId { episode: id.clone(), kind: Kind::Open });
        let rows = self.get_all(&episodes.iter().map(opening).collect::<Vec<_>>()).await?;
        let cues: Vec<chat::cue::Cue> = self.readable::<CueItem, _>(rows);
        Ok(cues.into_iter().filter(|cue| cue.state == CueState::Fired).map(|cue| cue.id.episode).collect())
    }

    /// How many answers of somebody stand in a chat.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn answered(&self, slug: &Slug, person: &Person) -> Result<Answered, StoreError> {
        let range = Range::Begins("POST#".to_owned());
        let rows = self.query(&keys::all_by(slug, person), &range, Some(MOST_COUNTED)).await?;
        let mut all = rows.len() < MOST_COUNTED;
        let posts = self.readable_by(rows, read::<ByItem>);
        let mut answers = posts.iter().filter(|post| post.part == Some(PartItem::Answer)).count();
        let old: Vec<Key> = posts
            .iter()
            .filter(|post| post.part.is_none())
            .map(|post| keys::filed(&post.episode.0, &post.post.0))
            .collect();
        all &= old.len() <= MOST_LOOKED_UP;
        let rows = self.get_all(&old[..old.len().min(MOST_LOOKED_UP)]).await?;
        let filed: Vec<chat::post::Filed> = self.readable::<FiledItem, _>(rows);
        answers += filed.iter().filter(|filed| PartItem::from(*filed) == PartItem::Answer).count();
        Ok(Answered { answers: u32::try_from(answers).unwrap_or(u32::MAX), all })
    }

    /// Takes somebody out of the lists of who spoke, of every hour of a chat: also of those in which all that
    /// they said was taken back before. `at` is real time. Repeating it is harmless.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; some of it may be done.
    pub async fn forget_voice(
        &self,
        slug: &Slug,
        person: &Person,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let all = Range::Between("EP#".to_owned(), format!("EP#{LAST}"));
        let rows = self.query(&keys::chat(slug), &all, None).await?;
        let mut theirs: Vec<Key> = Vec::new();
        for row in rows.iter().filter(|row| !row.contains_key("of")) {
            // By its key, so that an hour that cannot be read is not left out.
            let planned = key_of(row).sk;
            let planned = planned.trim_start_matches("EP#");
            if let Ok(episode) = format!("{slug}/{planned}").parse::<EpisodeId>() {
                theirs.push(keys::spoke(&episode, person));
            }
        }
        let there: Vec<Key> = self.get_all(&theirs).await?.iter().map(key_of).collect();
        for page in there.chunks(MOST_ITEMS) {
            let mut batch = Batch::new(&self.table);
            for key in page {
                batch.delete(key.clone(), &Expression::default())?;
            }
            self.settle(batch, &intent("forget-voice", at)).await?;
        }
        Ok(())
    }
}

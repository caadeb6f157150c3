//! Reading: the slice of a chat that an event needs, and what is looked up beside it.

use chat::agenda::{Episode, State};
use chat::cue::Cue;
use chat::member::{Member, Participant};
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, PostId, QuestionId, Slug};
use chat::order;
use chat::post::{Entry, Filed};
use chat::settings::Settings;
use chat::{Kept, Undo};
use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::commit::reason_key;
use crate::items::{
    CodeItem, CountedItem, CueItem, EpisodeItem, ExternalItem, FiledItem, HeldItem, KeptItem, LineItem,
    MemberItem, ParticipantItem, PointerItem, SettingsItem, SignpostItem, SlugItem, SpokeItem, UndoItem,
};
use crate::keys::{self, Key, LAST};
use crate::table::{Range, Row, over, read};
use crate::{Store, StoreError};

/// Episodes are read from this long ago by their names. What was moved further than
/// [`crate::commit::FAR`] has a signpost, and five days remain for what was not closed in time.
const NAMED_SINCE: Duration = Duration::days(45);
/// Episodes that are over matter for this long: late answers count for a day after the close.
const OVER_SINCE: Duration = Duration::hours(36);
/// Cues are read from this long ago at once; those of older episodes that still matter, one by one.
const CUES_SINCE: Duration = Duration::days(3);

/// A chat as it was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its settings.
    pub settings: Settings,
    /// Its episodes that may matter, by start: all ahead, those that are not closed, those that started
    /// within the last 36 hours, and the last one that took place.
    pub episodes: Vec<Episode>,
    /// The cues of those episodes; of one that is over for longer, none.
    pub cues: Vec<Cue>,
}

/// A chat in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLine {
    /// Its name.
    pub slug: Slug,
    /// Its hashtag, as its organiser writes it.
    pub hashtag: String,
    /// What people call it.
    pub title: String,
    /// The Slack workspace that steers it.
    pub workspace: String,
    /// Whether it plans and says nothing any more.
    pub retired: bool,
}

/// Somebody who spoke in an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoke {
    /// Who.
    pub person: Person,
    /// The name they last showed.
    pub name: String,
    /// Their handle without `@`; none in rooms.
    pub handle: Option<String>,
    /// Whether it was the first time in this chat.
    pub first_time: bool,
}

/// An announcement of ours, as a platform calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The delivery that sent it.
    pub delivery: DeliveryId,
    /// The chat it belongs to.
    pub slug: Slug,
    /// Its episode, if it has one.
    pub episode: Option<EpisodeId>,
    /// The question it asked, if it did.
    pub question: Option<QuestionId>,
}

impl From<LineItem> for ChatLine {
    fn from(i: LineItem) -> Self {
        ChatLine {
            slug: i.slug.0,
            hashtag: i.hashtag,
            title: i.title,
            workspace: i.workspace,
            retired: i.retired,
        }
    }
}

impl From<SpokeItem> for Spoke {
    fn from(i: SpokeItem) -> Self {
        Spoke { person: i.person.0, name: i.name, handle: i.handle, first_time: i.first_time }
    }
}

impl From<ExternalItem> for External {
    fn from(i: ExternalItem) -> Self {
        External {
            delivery: DeliveryId(i.delivery),
            slug: i.slug.0,
            episode: i.episode.map(|e| e.0),
            question: i.question.map(QuestionId),
        }
    }
}

/// Reads rows as shapes, and those as what they stand for.
fn all<I: serde::de::DeserializeOwned, T: From<I>>(rows: Vec<Row>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(|row| read::<I>(row).map(T::from)).collect()
}

fn some<I: serde::de::DeserializeOwned, T: From<I>>(row: Option<Row>) -> Result<Option<T>, StoreError> {
    row.map(|row| read::<I>(row).map(T::from)).transpose()
}

/// Whether an episode may still matter.
fn matters(episode: &Episode, now: DateTime<Utc>) -> bool {
    // Not closed although its time is over: its close is still to come.
    episode.is_ahead() || episode.notice.is_some() || episode.ends() >= now - OVER_SINCE
}

impl Store {
    /// Asks for a row that is never there, so that the connection stands before it is needed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Refused`].
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.get(&keys::nothing()).await.map(drop)
    }

    /// The settings, the episodes that may matter, and their cues; `None` where there is no such chat.
    /// `now` is the chat's clock. Strongly consistent per row; what is decided from rows that do not
    /// fit each other fails its conditions at the commit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Unreadable`] where one of the rows cannot be read.
    pub async fn load(&self, slug: &Slug, now: DateTime<Utc>) -> Result<Option<Loaded>, StoreError> {
        let chat = keys::chat(slug);
        let meta = keys::meta(slug);
        let episodes = Range::Between(keys::episodes_from(now - NAMED_SINCE), format!("EP#{LAST}"));
        let cues_since = now - CUES_SINCE;
        let cues = Range::Between(keys::cues_from(cues_since), format!("CUE#{LAST}"));
        let (meta, episodes, cues) = tokio::try_join!(
            self.get(&meta),
            self.query(&chat, &episodes, None),
            self.query(&chat, &cues, None),
        )?;
        let Some(meta) = meta else { return Ok(None) };
        let settings = Settings::from(read::<SettingsItem>(meta)?);

        let (signposts, rows): (Vec<Row>, Vec<Row>) =
            episodes.into_iter().partition(|row| row.contains_key("of"));
        let mut episodes: Vec<Episode> = all::<EpisodeItem, _>(rows)?;
        let mut far: Vec<Key> = Vec::new();
        for row in signposts {
            let id = read::<SignpostItem>(row)?.of.0;
            let key = keys::episode(&id);
            if !episodes.iter().any(|e| e.id == id) && !far.contains(&key) {
                far.push(key);
            }
        }
        if !far.is_empty() {
            episodes.extend(all::<EpisodeItem, Episode>(self.get_all(&far).await?)?);
        }
        // The last one that took place is what the next one's clock times are compared with.
        let took_place = |episode: &&Episode| matches!(episode.state, State::Closed { .. });
        let last = episodes.iter().filter(took_place).max_by_key(|episode| episode.starts).cloned();
        episodes.retain(|episode| matters(episode, now));
        order::sort_by(&mut episodes, |a, b| (a.starts, &a.id).cmp(&(b.starts, &b.id)));

        let mut cues: Vec<Cue> = all::<CueItem, _>(cues)?;
        for episode in episodes.iter().filter(|e| e.id.planned < cues_since) {
            let rows = self.query(&chat, &Range::Begins(keys::cues_of(&episode.id)), None).await?;
            for cue in all::<CueItem, Cue>(rows)? {
                if !cues.iter().any(|c| c.id == cue.id) {
                    cues.push(cue);
                }
            }
        }
        cues.retain(|cue| episodes.iter().any(|e| e.id == cue.id.episode));
        order::sort_by(&mut cues, |a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        episodes.extend(last.filter(|last| episodes.iter().all(|e| e.id != last.id)));
        order::sort_by(&mut episodes, |a, b| (a.starts, &a.id).cmp(&(b.starts, &b.id)));
        Ok(Some(Loaded { settings, episodes, cues }))
    }

    /// The episodes whose names are from this instant on, by start, whatever came of them.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn episodes_since(
        &self,
        slug: &Slug,
        since: DateTime<Utc>,
    ) -> Result<Vec<Episode>, StoreError> {
        let range = Range::Between(keys::episodes_from(since), format!("EP#{LAST}"));
        let mut rows = self.query(&keys::chat(slug), &range, None).await?;
        // A signpost only says where an episode that was moved far is.
        rows.retain(|row| !row.contains_key("of"));
        let mut episodes: Vec<Episode> = self.readable::<EpisodeItem, _>(rows);
        order::sort_by(&mut episodes, |a, b| (a.starts, &a.id).cmp(&(b.starts, &b.id)));
        Ok(episodes)
    }

    /// One episode, however long it is over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn episode(&self, id: &EpisodeId) -> Result<Option<Episode>, StoreError> {
        some::<EpisodeItem, _>(self.get(&keys::episode(id)).await?)
    }

    /// The chats of these hashtags, each once; case and a leading `#` do not matter.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn chats_by_tag(&self, hashtags: &[String]) -> Result<Vec<Slug>, StoreError> {
        let mut wanted: Vec<Key> = Vec::new();
        for key in hashtags.iter().map(|tag| keys::tag(tag)) {
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        let rows = self.get_all(&wanted).await?;
        let mut slugs = self.readable_by(rows, |row| Ok(read::<SlugItem>(row)?.slug.0));
        order::sort(&mut slugs);
        slugs.dedup();
        Ok(slugs)
    }

    /// The chats that have this place as a destination or as their desk.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn chats_at(&self, place: &Place) -> Result<Vec<Slug>, StoreError> {
        let rows = self.query(&keys::place(place), &Range::All, None).await?;
        Ok(self.readable_by(rows, |row| Ok(read::<SlugItem>(row)?.slug.0)))
    }

    /// The chats of a Slack workspace, by name, retired ones too.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn chats(&self, workspace: &str) -> Result<Vec<ChatLine>, StoreError> {
        Ok(self.readable::<LineItem, _>(self.query(&keys::workspace(workspace), &Range::All, None).await?))
    }

    /// Every chat, by name, retired ones too.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn all_chats(&self) -> Result<Vec<ChatLine>, StoreError> {
        Ok(self.readable::<LineItem, _>(self.query(keys::CHATS, &Range::All, None).await?))
    }

    /// Somebody who joined a chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn member(&self, slug: &Slug, person: &Person) -> Result<Option<Member>, StoreError> {
        some::<MemberItem, _>(self.get(&keys::member(slug, person)).await?)
    }

    /// Everybody who joined a chat.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn members(&self, slug: &Slug) -> Result<Vec<Member>, StoreError> {
        let range = Range::Begins("MEMBER#".to_owned());
        Ok(self.readable::<MemberItem, _>(self.query(&keys::chat(slug), &range, None).await?))
    }

    /// Somebody who posted in a chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn participant(&self, slug: &Slug, person: &Person) -> Result<Option<Participant>, StoreError> {
        some::<ParticipantItem, _>(self.get(&keys::participant(slug, person)).await?)
    }

    /// A post, as it was filed in a chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn filed(&self, slug: &Slug, post: &PostId) -> Result<Option<Filed>, StoreError> {
        let Some(row) = self.get(&keys::filed_in(post, slug)).await? else { return Ok(None) };
        let episode = read::<PointerItem>(row)?.episode.0;
        some::<FiledItem, _>(self.get(&keys::filed(&episode, post)).await?)
    }

    /// A post, as it was filed in every chat that has it: each with the chat in its episode's name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn filed_any(&self, post: &PostId) -> Result<Vec<Filed>, StoreError> {
        let rows = self.query(&keys::post(post), &Range::Begins("CHAT#".to_owned()), None).await?;
        let mut wanted = Vec::new();
        for row in rows {
            wanted.push(keys::filed(&read::<PointerItem>(row)?.episode.0, post));
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        all::<FiledItem, _>(self.get_all(&wanted).await?)
    }

    /// The posts of an episode, by their names.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn posts(&self, episode: &EpisodeId) -> Result<Vec<Filed>, StoreError> {
        let range = Range::Begins("POST#".to_owned());
        Ok(self.readable::<FiledItem, _>(self.query(&keys::of_episode(episode), &range, None).await?))
    }

    /// As [`Store::posts`], at most so many, and whether that is all of them. Which of them, where it is not, is
    /// chosen by their names and by nothing that means anything. Costs a call and about half a read a post, a
    /// megabyte a call.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn posts_within(
        &self,
        episode: &EpisodeId,
        most: usize,
    ) -> Result<(Vec<Filed>, bool), StoreError> {
        let range = Range::Begins("POST#".to_owned());
        // One more, to know whether there are more.
        let mut rows = self.query(&keys::of_episode(episode), &range, Some(most + 1)).await?;
        let all = rows.len() <= most;
        rows.truncate(most);
        Ok((self.readable::<FiledItem, _>(rows), all))
    }

    /// Who waits at an episode's door, and with which posts.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn waiting_at(&self, episode: &EpisodeId) -> Result<Vec<(Person, PostId)>, StoreError> {
        let range = Range::Begins("HELD#".to_owned());
        let rows = self.query(&keys::of_episode(episode), &range, None).await?;
        rows.into_iter().map(|row| read::<HeldItem>(row).map(|held| (held.person.0, held.post.0))).collect()
    }

    /// What one person said in an episode that still waits at its door.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn held(&self, episode: &EpisodeId, person: &Person) -> Result<Vec<Filed>, StoreError> {
        let range = Range::Begins(keys::held_of(person));
        let rows = self.query(&keys::of_episode(episode), &range, None).await?;
        let mut wanted = Vec::new();
        for row in rows {
            wanted.push(keys::filed(episode, &read::<HeldItem>(row)?.post.0));
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut held: Vec<Filed> = all::<FiledItem, _>(self.get_all(&wanted).await?)?;
        held.retain(|filed| filed.entry == Entry::Waits);
        Ok(held)
    }

    /// Who spoke in an episode.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn voices(&self, episode: &EpisodeId) -> Result<Vec<Spoke>, StoreError> {
        let range = Range::Begins("SPOKE#".to_owned());
        Ok(self.readable::<SpokeItem, _>(self.query(&keys::of_episode(episode), &range, None).await?))
    }

    /// The announcement of ours that a platform calls by this id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn external(&self, platform: Platform, id: &str) -> Result<Option<External>, StoreError> {
        some::<ExternalItem, _>(self.get(&keys::external(platform, id)).await?)
    }

    /// Whether an announcement of ours had a text of this hash in the last seven days of real time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn said(&self, hash: &str, real_now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(self.get(&keys::said(hash)).await?.is_some_and(|row| !over(&row, real_now)))
    }

    /// A change that can be taken back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn undo(&self, slug: &Slug, id: &str) -> Result<Option<Undo>, StoreError> {
        some::<UndoItem, _>(self.get(&keys::undo(slug, id)).await?)
    }

    /// What was kept for a press, while it counts by the chat's clock.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn kept(&self, slug: &Slug, id: &str, now: DateTime<Utc>) -> Result<Option<Kept>, StoreError> {
        let kept: Option<Kept> = some::<KeptItem, _>(self.get(&keys::kept(slug, id)).await?)?;
        Ok(kept.filter(|kept| kept.until > now))
    }

    /// The chat that a connect code belongs to, and until when it is good, while it is by the chat's
    /// clock.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn code(
        &self,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<(Slug, DateTime<Utc>)>, StoreError> {
        let Some(row) = self.get(&keys::code(code)).await? else { return Ok(None) };
        let item: CodeItem = read(row)?;
        Ok((item.until.0 > now).then_some((item.slug.0, item.until.0)))
    }

    /// How many posts of a day (UTC) were not carried for a reason. A few may be missing or counted
    /// twice.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn counted(
        &self,
        slug: &Slug,
        reason: chat::Uncarried,
        day: NaiveDate,
    ) -> Result<u64, StoreError> {
        match self.get(&keys::counted(slug, reason_key(reason), day)).await? {
            Some(row) => Ok(read::<CountedItem>(row)?.count),
            None => Ok(0),
        }
    }
}

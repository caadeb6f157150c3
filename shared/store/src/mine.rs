//! All that a chat keeps about one person, gathered for them.

use chat::agenda::Episode;
use chat::bank::{Idea, IdeaId};
use chat::delivery::{Room, Work};
use chat::member::{Member, Participant};
use chat::name::{EpisodeId, Person, Place, QuestionId, Slug};
use chat::order;
use chat::post::Filed;
use chat::removal::{Bar, Whom};
use chrono::{DateTime, Utc};

use crate::items::{ByItem, EpisodeItem, FiledItem, HandleItem, SpokeItem};
use crate::keys::{self, Key, LAST};
use crate::load::Spoke;
use crate::table::{Range, Row, key_of, read};
use crate::{Store, StoreError};

/// So many posts of one account are gathered: twenty calls, and some megabytes at most.
const MOST_POSTS: usize = 2_000;
/// So many deliveries that wait for somebody are looked at.
const MOST_WAITING: usize = 100;

/// A question that somebody suggested and that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of which episode.
    pub episode: EpisodeId,
    /// Which.
    pub question: QuestionId,
    /// Its words.
    pub text: String,
    /// The name that stands under it.
    pub name: String,
}

/// What is kept about somebody in a chat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mine {
    /// Their membership.
    pub member: Option<Member>,
    /// What is known of each account of theirs that spoke.
    pub participants: Vec<Participant>,
    /// Who they were in each episode in which they spoke.
    pub spoke: Vec<(EpisodeId, Spoke)>,
    /// What they posted and answered, in the order in which they wrote it; also what waits at the door.
    pub posts: Vec<Filed>,
    /// The handles under which they are known.
    pub handles: Vec<(String, Person)>,
    /// What keeps them out.
    pub bars: Vec<Bar>,
    /// What they suggested.
    pub ideas: Vec<Idea>,
    /// The suggestions they voted for.
    pub votes: Vec<IdeaId>,
    /// The questions with their name under them.
    pub asked: Vec<Asked>,
    /// When they are to be written to alone, and about which episode.
    pub reminders: Vec<(DateTime<Utc>, EpisodeId)>,
    /// The channel in which they are written to alone, as the platform calls it.
    pub direct: Option<String>,
    /// Their accounts on X of which we ask to be told what they take back.
    pub watched: Vec<Person>,
    /// Accounts of which everything is being erased.
    pub erasing: Vec<Person>,
    /// Whether this is all of it: false where somebody posted more than is gathered, or a row cannot be read.
    pub complete: bool,
}

impl Store {
    /// All that a chat keeps about somebody, by the account they ask from and the one on X that is theirs.
    /// Costs a read of each of their posts and of each episode of the chat.
    /// Rows that cannot be read are passed over, and [`Mine::complete`] says so.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mine(&self, slug: &Slug, person: &Person) -> Result<Mine, StoreError> {
        // Boxed, as everything with many steps of the SDK is: see `Store::get`.
        Box::pin(self.gather_mine(slug, person)).await
    }

    async fn gather_mine(&self, slug: &Slug, person: &Person) -> Result<Mine, StoreError> {
        let mut mine = Mine { complete: true, ..Mine::default() };
        mine.member = self.known(&mut mine.complete, self.member(slug, person).await)?.flatten();
        let account = mine.member.as_ref().and_then(|member| member.account.as_ref());
        let people: Vec<Person> =
            std::iter::once(person.clone()).chain(account.map(|account| account.person.clone())).collect();
        for person in &people {
            let known = self.participant(slug, person).await;
            mine.participants.extend(self.known(&mut mine.complete, known)?.flatten());
            self.posts_of_mine(slug, person, &mut mine).await?;
            if self.to_erase(slug, person).await?.is_some() {
                mine.erasing.push(person.clone());
            }
            if self.get(&keys::watch(person)).await?.is_some() {
                mine.watched.push(person.clone());
            }
        }
        order::sort_by(&mut mine.posts, |a, b| (a.post.at, &a.post.id).cmp(&(b.post.at, &b.post.id)));
        self.hours_of_mine(slug, &people, &mut mine).await?;
        self.handles_of_mine(slug, &people, &mut mine).await?;
        for idea in self.ideas(slug).await? {
            if idea.votes.iter().any(|vote| people.contains(vote)) {
                mine.votes.push(idea.id);
            }
            if people.contains(&idea.by) {
                mine.ideas.push(idea);
            }
        }
        let alone = Place::direct(person);
        for waiting in self.waiting(&alone, MOST_WAITING).await? {
            if let (Work::Remind { episode, .. }, true) = (&waiting.delivery.work, waiting.slug == *slug) {
                let at = waiting.delivery.not_before.unwrap_or(waiting.delivery.at);
                mine.reminders.push((at, episode.clone()));
            }
        }
        let room = self.room(&alone, &Room::Channel).await?;
        mine.direct = room.map(|room| room.thread).filter(|channel| !channel.is_empty());
        Ok(mine)
    }

    /// What was read; a row that cannot be is left out, and said to be.
    fn known<T>(&self, complete: &mut bool, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        let read = self.if_readable(read)?;
        *complete &= read.is_some();
        Ok(read)
    }

    fn all_known<T>(
        &self,
        complete: &mut bool,
        rows: Vec<Row>,
        read: impl Fn(Row) -> Result<T, StoreError>,
    ) -> Vec<T> {
        let there = rows.len();
        let known = self.readable_by(rows, read);
        *complete &= known.len() == there;
        known
    }

    async fn posts_of_mine(&self, slug: &Slug, person: &Person, mine: &mut Mine) -> Result<(), StoreError> {
        let range = Range::Begins("POST#".to_owned());
        let rows = self.query(&keys::all_by(slug, person), &range, Some(MOST_POSTS)).await?;
        mine.complete &= rows.len() < MOST_POSTS;
        let listed = self.all_known(&mut mine.complete, rows, read::<ByItem>);
        let wanted: Vec<Key> = listed.iter().map(|one| keys::filed(&one.episode.0, &one.post.0)).collect();
        let rows = self.get_all(&wanted).await?;
        mine.posts
            .extend(self.all_known(&mut mine.complete, rows, |row| read::<FiledItem>(row).map(Filed::from)));
        Ok(())
    }

    /// The episodes in which they spoke, and those with their name under a question.
    async fn hours_of_mine(&self, slug: &Slug, people: &[Person], mine: &mut Mine) -> Result<(), StoreError> {
        let all = Range::Between("EP#".to_owned(), format!("EP#{LAST}"));
        let mut rows = self.query(&keys::chat(slug), &all, None).await?;
        rows.retain(|row| !row.contains_key("of"));
        let episodes =
            self.all_known(&mut mine.complete, rows, |row| read::<EpisodeItem>(row).map(Episode::from));
        let mut wanted: Vec<Key> = Vec::new();
        for episode in &episodes {
            wanted.extend(people.iter().map(|person| keys::spoke(&episode.id, person)));
            for question in &episode.questions {
                if let Some(from) = question.from.as_ref().filter(|from| people.contains(&from.by)) {
                    mine.asked.push(Asked {
                        episode: episode.id.clone(),
                        question: question.id,
                        text: question.text.clone(),
                        name: from.name.clone(),
                    });
                }
            }
        }
        let rows = self.get_all(&wanted).await?;
        let spoke = self.all_known(&mut mine.complete, rows, |row| {
            let episode = key_of(&row).pk.trim_start_matches("EP#").parse::<EpisodeId>();
            Ok((episode, Spoke::from(read::<SpokeItem>(row)?)))
        });
        mine.spoke.extend(spoke.into_iter().filter_map(|(episode, spoke)| Some((episode.ok()?, spoke))));
        order::sort_by(&mut mine.spoke, |a, b| (&a.0, &a.1.person).cmp(&(&b.0, &b.1.person)));
        Ok(())
    }

    /// The handles that lead to them, and what keeps them out by person or by handle.
    async fn handles_of_mine(
        &self,
        slug: &Slug,
        people: &[Person],
        mine: &mut Mine,
    ) -> Result<(), StoreError> {
        let posts = mine.posts.iter().filter_map(|filed| filed.post.author.handle.clone());
        let hours = mine.spoke.iter().filter_map(|(_, spoke)| spoke.handle.clone());
        let member = mine.member.iter().flat_map(|member| {
            let account = member.account.as_ref().map(|account| account.handle.clone());
            account.into_iter().chain(member.claim.as_ref().map(|claim| claim.handle.clone()))
        });
        let mut handles: Vec<String> =
            posts.chain(hours).chain(member).map(|handle| handle.to_lowercase()).collect();
        order::sort(&mut handles);
        handles.dedup();
        let wanted: Vec<Key> = handles.iter().map(|handle| keys::handle(slug, handle)).collect();
        for row in self.get_all(&wanted).await? {
            let handle = key_of(&row).sk.trim_start_matches("HANDLE#").to_owned();
            let whose = self.known(&mut mine.complete, read::<HandleItem>(row))?.map(|item| item.person.0);
            mine.handles
                .extend(whose.filter(|person| people.contains(person)).map(|person| (handle, person)));
        }
        order::sort(&mut mine.handles);
        let theirs = |bar: &Bar| match &bar.whom {
            Whom::Person(person) => people.contains(person),
            Whom::Handle(handle) => mine.handles.iter().any(|(known, _)| known == handle),
        };
        mine.bars = self.bars(slug).await?.into_iter().filter(theirs).collect();
        Ok(())
    }
}

//! What was removed, who is barred, and what is still to be removed of theirs.
//!
//! A tombstone is one row in the post's own partition, and whoever files a post has its absence as a
//! condition: so a removal and its post can come in any order, at the same moment too.

use chat::delivery::Work;
use chat::name::{DeliveryId, Person, PostId, Slug};
use chat::order;
use chat::post::{Filed, Post};
use chat::removal::{Bar, Removal, Whom, Why};
use chrono::{DateTime, Utc};

use crate::commit::{Batch, Commit, Expression};
use crate::deliveries::{DeliveryRow, read_delivery};
use crate::items::{
    At, BarItem, ByItem, CardItem, EraseItem, FiledItem, FirstItem, GoneItem, HandleItem, Name, PartItem,
    PointerItem, VERSION,
};
use crate::keys::{self, Key, LAST};
use crate::table::{RIPE, RIPE_AT, Range, Row, key_of, number, read, text, write};
use crate::{NewDelivery, Store, StoreError, quotes};

/// The index's name for what is still to be erased.
const ERASE: &str = "ERASE";

/// Everything of somebody that is still to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// In this chat.
    pub slug: Slug,
    /// Of this person.
    pub person: Person,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToErase {
    /// Names the intent: when it was written down, in milliseconds of real time.
    pub since: i64,
    /// What was posted later, by the source's clock, stays; `None` where everything that was posted does.
    pub until: Option<DateTime<Utc>>,
}

pub(crate) fn absent() -> Expression {
    Expression::new("attribute_not_exists(#pk)")
}

/// The rows that a filed post has beside its own: where each version leads, what its author posted, who
/// they are by their handle. And what must not be there: a tombstone, or a bar.
pub(crate) fn file(
    batch: &mut Batch<'_>,
    slug: &Slug,
    filed: &Filed,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let (post, author) = (&filed.post, &filed.post.author);
    for name in post.names() {
        batch.check(keys::gone(&name), &absent())?;
        batch.check(keys::gone_in(&name, slug), &absent())?;
        if name != post.id {
            let key = keys::first(&name);
            let row = ours(write(&key, &FirstItem { first: Name(post.id.clone()) })?);
            batch.put(key, row, &Expression::default())?;
        }
    }
    batch.check(keys::bar(slug, &Whom::Person(author.person.clone())), &absent())?;
    let key = keys::by(slug, &author.person, &post.id);
    let part = Some(PartItem::from(filed));
    let shape = ByItem { post: Name(post.id.clone()), episode: Name(filed.episode.clone()), part };
    let row = ours(write(&key, &shape)?);
    batch.put(key, row, &Expression::default())?;
    if let Some(handle) = on_x(post) {
        batch.check(keys::bar(slug, &Whom::handle(handle)), &absent())?;
        let key = keys::handle(slug, handle);
        let row = ours(write(&key, &HandleItem { person: Name(author.person.clone()) })?);
        batch.put(key, row, &Expression::default())?;
    }
    quotes::file(batch, slug, filed, ours)
}

/// The author's handle, where the post is of a network that has them.
fn on_x(post: &Post) -> Option<&str> {
    post.author.handle.as_deref().filter(|_| post.author.person.platform == chat::name::Platform::X)
}

/// The row that leads from a post to one of its cards, wherever it is delivered and whatever the chat's
/// rooms are by then.
pub(crate) fn card(
    batch: &mut Batch<'_>,
    new: &NewDelivery,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let Work::Post(post) = &new.delivery.work else { return Ok(()) };
    let key = keys::card(post, &new.delivery.id);
    let row = ours(write(&key, &CardItem { delivery: new.delivery.id.0.clone() })?);
    batch.put(key, row, &Expression::default())
}

/// A tombstone. It is in the index until nobody quotes the post any more: see [`quotes`].
fn tombstone(key: &Key, why: Why, at: DateTime<Utc>) -> Result<Row, StoreError> {
    Ok(quotes::ripe(write(key, &GoneItem { why: why.into(), at: At(at) })?, at))
}

/// A post goes: tombstone in, everything personal out.
pub(crate) fn gone(
    batch: &mut Batch<'_>,
    slug: &Slug,
    removal: &Removal,
    at: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let post = &removal.post;
    for name in std::iter::once(post).chain(&removal.also) {
        let key = match removal.why {
            Why::Withdrawn => keys::gone(name),
            Why::Hidden | Why::Barred => keys::gone_in(name, slug),
        };
        batch.put(key.clone(), ours(tombstone(&key, removal.why, at)?), &Expression::default())?;
    }
    let always = Expression::default();
    if let Some(quoted) = &removal.quoted {
        quotes::let_go(batch, slug, post, quoted)?;
    }
    if let Some(episode) = &removal.episode {
        batch.delete(keys::filed(episode, post), &always)?;
        if let Some(author) = &removal.author {
            batch.delete(keys::held(episode, author, post), &always)?;
        }
    }
    let Some(author) = &removal.author else { return Ok(()) };
    batch.delete(keys::by(slug, author, post), &always)?;
    if removal.why == Why::Barred {
        if let Some(episode) = &removal.episode {
            batch.delete(keys::spoke(episode, author), &always)?;
        }
        if let Some(handle) = &removal.handle {
            batch.delete(keys::handle(slug, handle), &always)?;
        }
    }
    Ok(())
}

/// Somebody is barred.
pub(crate) fn bar(
    batch: &mut Batch<'_>,
    slug: &Slug,
    bar: &Bar,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::bar(slug, &bar.whom);
    let row = ours(write(&key, &BarItem::from(bar))?);
    batch.put(key, row, &Expression::default())
}

/// Everything of somebody is to go.
pub(crate) fn erase(
    batch: &mut Batch<'_>,
    slug: &Slug,
    person: &Person,
    until: DateTime<Utc>,
    at: DateTime<Utc>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::erase(slug, person);
    let since = at.timestamp_millis();
    let mut row = ours(write(&key, &EraseItem { since, until: Some(At(until)) })?);
    row.insert(RIPE.to_owned(), text(ERASE));
    row.insert(RIPE_AT.to_owned(), number(since));
    batch.put(key, row, &Expression::default())
}

/// Somebody is to be forgotten but for what they posted. Where everything of theirs is on its way out already, it
/// goes on being everything.
pub(crate) fn forget(
    batch: &mut Batch<'_>,
    slug: &Slug,
    person: &Person,
    commit: &Commit,
) -> Result<(), StoreError> {
    let since = commit.real_now.timestamp_millis();
    let change =
        Expression::new("SET #v = :v, #since = :since, #ripe = :ripe, #ripe_at = :since, #by = :token")
            .with(":v", number(VERSION))
            .with(":since", number(since))
            .with(":ripe", text(ERASE))
            .with(":token", text(&commit.token));
    batch.update(keys::erase(slug, person), &change, &Expression::default())
}

fn why(row: Row) -> Result<Why, StoreError> {
    Ok(read::<GoneItem>(row)?.why.into())
}

impl Store {
    /// The name of the post of which this is any version: itself where no other is known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn first_of(&self, version: &PostId) -> Result<PostId, StoreError> {
        match self.get(&keys::first(version)).await? {
            Some(row) => Ok(read::<FirstItem>(row)?.first.0),
            None => Ok(version.clone()),
        }
    }

    /// Writes the tombstone of a post that was taken back where it was written; `at` is real time. It counts
    /// for every chat and has no end. Repeating it changes nothing that anybody reads.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; write it again.
    pub async fn bury(&self, post: &PostId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let key = keys::gone(post);
        let row = tombstone(&key, Why::Withdrawn, at)?;
        let mut batch = Batch::new(&self.table);
        batch.put(key, row, &Expression::default())?;
        self.settle(batch, "bury").await
    }

    /// Why a post is not to be shown in a chat, if one of these names of it was removed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn gone(&self, slug: &Slug, names: &[PostId]) -> Result<Option<Why>, StoreError> {
        let mut wanted: Vec<Key> =
            names.iter().flat_map(|name| [keys::gone(name), keys::gone_in(name, slug)]).collect();
        // A key that is asked for twice is refused.
        order::sort_by(&mut wanted, |a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        wanted.dedup();
        let whys: Vec<Why> = self.get_all(&wanted).await?.into_iter().map(why).collect::<Result<_, _>>()?;
        // What its author took back is gone everywhere, whoever else hid it.
        Ok(whys.iter().find(|why| **why == Why::Withdrawn).or(whys.first()).copied())
    }

    /// A post as it may be shown at this moment: `None` where it is not filed, was removed, or its author is
    /// barred; without its quotation where that is so of what it quotes. To be asked at the claim.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn showable(&self, slug: &Slug, post: &PostId) -> Result<Option<Filed>, StoreError> {
        let Some(row) = self.get(&keys::filed_in(post, slug)).await? else { return Ok(None) };
        let episode = read::<PointerItem>(row)?.episode.0;
        let filed = keys::filed(&episode, post);
        let wanted = [filed.clone(), keys::gone(post), keys::gone_in(post, slug)];
        let rows = self.get_all(&wanted).await?;
        if rows.iter().any(|row| key_of(row) != filed) {
            return Ok(None);
        }
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut filed = Filed::from(read::<FiledItem>(row)?);
        let author = &filed.post.author;
        let quotes = filed.post.quoted.iter().map(|quoted| (post, quoted));
        let (bar, unquoted) = tokio::try_join!(
            self.bar(slug, &author.person, on_x(&filed.post)),
            self.unquoted_of(slug, quotes.collect()),
        )?;
        if !unquoted.is_empty() {
            filed.post.quoted = None;
        }
        Ok(bar.is_none().then_some(filed))
    }

    /// Every card of a post that was, or may yet be, delivered for this chat: what failed is left out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn cards(&self, slug: &Slug, post: &PostId) -> Result<Vec<DeliveryRow>, StoreError> {
        let rows = self.query(&keys::post(post), &Range::Begins(keys::CARD.to_owned()), None).await?;
        let mut wanted = Vec::new();
        for row in rows {
            wanted.push(keys::delivery(&DeliveryId(read::<CardItem>(row)?.delivery)));
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.get_all(&wanted).await?;
        let mut cards: Vec<DeliveryRow> = rows.into_iter().map(read_delivery).collect::<Result<_, _>>()?;
        cards.retain(|card| card.slug == *slug && !matches!(card.standing, crate::Standing::Failed { .. }));
        order::sort_by(&mut cards, |a, b| a.id.cmp(&b.id));
        Ok(cards)
    }

    /// What keeps somebody from being carried in a chat: a bar of theirs, or of the handle they post under.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn bar(
        &self,
        slug: &Slug,
        person: &Person,
        handle: Option<&str>,
    ) -> Result<Option<Bar>, StoreError> {
        let own = Whom::Person(person.clone());
        let handle = handle.map(Whom::handle);
        let wanted: Vec<Key> =
            [Some(&own), handle.as_ref()].into_iter().flatten().map(|whom| keys::bar(slug, whom)).collect();
        let mut bars: Vec<Bar> = Vec::new();
        for row in self.get_all(&wanted).await? {
            bars.push(read::<BarItem>(row)?.into());
        }
        let theirs = bars.iter().find(|bar| bar.whom == own).or(bars.first());
        Ok(theirs.cloned())
    }

    /// Everybody who is barred in a chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn bars(&self, slug: &Slug) -> Result<Vec<Bar>, StoreError> {
        let rows = self.query(&keys::chat(slug), &Range::Begins(keys::BAR.to_owned()), None).await?;
        rows.into_iter().map(|row| Ok(read::<BarItem>(row)?.into())).collect()
    }

    /// Who last posted in a chat under this handle on X, in any capitals.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn known_as(&self, slug: &Slug, handle: &str) -> Result<Option<Person>, StoreError> {
        let row = self.get(&keys::handle(slug, handle)).await?;
        row.map(|row| Ok(read::<HandleItem>(row)?.person.0)).transpose()
    }

    /// What somebody posted in a chat, by name, after this one; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn posts_by(
        &self,
        slug: &Slug,
        person: &Person,
        after: Option<&PostId>,
        limit: usize,
    ) -> Result<Vec<PostId>, StoreError> {
        // The next key behind this one: nothing sorts between a name and the same with a zero byte.
        let from = after.map_or_else(|| "POST#".to_owned(), |post| format!("POST#{post}\u{0}"));
        let range = Range::Between(from, format!("POST#{LAST}"));
        let rows = self.query(&keys::all_by(slug, person), &range, Some(limit)).await?;
        rows.into_iter().map(|row| Ok(read::<ByItem>(row)?.post.0)).collect()
    }

    /// What of somebody is still to be erased; `None` where nothing is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn to_erase(&self, slug: &Slug, person: &Person) -> Result<Option<ToErase>, StoreError> {
        let Some(row) = self.get(&keys::erase(slug, person)).await? else { return Ok(None) };
        let item: EraseItem = read(row)?;
        Ok(Some(ToErase { since: item.since, until: item.until.map(|until| until.0) }))
    }

    /// Notes that everything of somebody is gone. With `forget` their own row among those who posted goes as
    /// well. `since` is the intent that was read: a later one stays.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was asked for again since.
    pub async fn erased(
        &self,
        slug: &Slug,
        person: &Person,
        since: i64,
        forget: bool,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        let same = Expression::new("#since = :since").with(":since", number(since));
        batch.delete(keys::erase(slug, person), &same)?;
        if forget {
            batch.delete(keys::participant(slug, person), &Expression::default())?;
        }
        self.settle(batch, "erased").await
    }

    /// What is still to be erased, longest waiting first. The index runs a moment behind the table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn erasures(&self, before: DateTime<Utc>) -> Result<Vec<Erasure>, StoreError> {
        let rows = self.ripe(ERASE, before.timestamp_millis(), None).await?;
        let mut found = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match keys::read_erase(&key) {
                Ok((slug, person)) => found.push(Erasure { slug, person }),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(found)
    }
}

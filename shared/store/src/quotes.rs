//! What quotes what: the ways from a post, and from somebody, to the posts that quote them.
//!
//! They are written with the post that quotes, in a transaction that has as a condition that what it quotes was
//! not removed and its author is not barred. A tombstone stays in the index until every way from its post was
//! gone and taken away, page by page; once it stands, no new one is laid. So whoever dies over it leaves it to
//! the next tick.

use chat::name::{Person, PostId, Slug};
use chat::order;
use chat::post::{Entry, Filed, Quoted};
use chat::quotes::{Source, Unquoting};
use chat::removal::Whom;
use chrono::{DateTime, Utc};

use crate::commit::{Batch, Expression};
use crate::items::{HandleItem, Name, QuotingItem};
use crate::keys::{self, Key, LAST};
use crate::removals::absent;
use crate::table::{RIPE, RIPE_AT, Range, Row, attributes, key_of, number, read, text, write};
use crate::{Store, StoreError};

/// The index's name for the tombstones of posts that may be quoted still.
const UNQUOTE: &str = "UNQUOTE";

/// A removed post whose words may still stand in what quotes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToUnquote {
    /// One of its names.
    pub post: PostId,
    /// The chat it was removed in; `None` where it was taken back, for every chat.
    pub slug: Option<Slug>,
}

/// A post that quotes another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoting {
    /// In this chat.
    pub slug: Slug,
    /// By the first id of its edit history.
    pub by: PostId,
}

/// Puts a tombstone's row into the index.
pub(crate) fn ripe(mut row: Row, at: DateTime<Utc>) -> Row {
    row.insert(RIPE.to_owned(), text(UNQUOTE));
    row.insert(RIPE_AT.to_owned(), number(at.timestamp_millis()));
    row
}

/// The handle of a quoted post's author, where there is anything that tells them apart.
fn handle(quoted: &Quoted) -> Option<&str> {
    quoted.handle.as_deref()
}

/// The rows that must not be there where something is quoted: tombstones, and bars.
fn against(slug: &Slug, quoted: &Quoted) -> Vec<Key> {
    let gone = quoted.names.iter().flat_map(|name| [keys::gone(name), keys::gone_in(name, slug)]);
    let person = quoted.author.clone().map(Whom::Person);
    let whom = person.into_iter().chain(handle(quoted).map(Whom::handle));
    gone.chain(whom.map(|whom| keys::bar(slug, &whom))).collect()
}

/// What a filed post needs for its quotation: that nothing is against it, the ways to it, and who is quoted by
/// their handle, so that they can be blocked by it.
pub(crate) fn file(
    batch: &mut Batch<'_>,
    slug: &Slug,
    filed: &Filed,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let Some(quoted) = &filed.post.quoted else { return Ok(()) };
    for key in against(slug, quoted) {
        batch.check(key, &absent())?;
    }
    // They were laid when it came to the door, and many are let in together.
    if filed.entry == Entry::LetIn {
        return Ok(());
    }
    let by = &filed.post.id;
    for key in ways(slug, by, quoted) {
        let shape = QuotingItem { slug: Name(slug.clone()), post: Name(by.clone()) };
        batch.put(key.clone(), ours(write(&key, &shape)?), &Expression::default())?;
    }
    if let (Some(person), Some(handle)) = (&quoted.author, handle(quoted)) {
        let key = keys::handle(slug, handle);
        let row = ours(write(&key, &HandleItem { person: Name(person.clone()) })?);
        batch.put(key, row, &Expression::default())?;
    }
    Ok(())
}

/// The ways that lead to a post for what it quotes.
fn ways(slug: &Slug, by: &PostId, quoted: &Quoted) -> Vec<Key> {
    let posts = quoted.names.iter().map(|name| keys::quoting(name, slug, by));
    posts.chain(quoted.author.iter().map(|author| keys::quoting_of(slug, author, by))).collect()
}

/// A post that quoted something goes, or its quotation does: nothing leads to it any more.
pub(crate) fn let_go(
    batch: &mut Batch<'_>,
    slug: &Slug,
    by: &PostId,
    quoted: &Quoted,
) -> Result<(), StoreError> {
    ways(slug, by, quoted).into_iter().try_for_each(|key| batch.delete(key, &Expression::default()))
}

/// A quotation goes from the row of the post that quotes, if that still stands there as it was read.
pub(crate) fn unquoted(
    batch: &mut Batch<'_>,
    slug: &Slug,
    gone: &Unquoting,
    token: &str,
) -> Result<(), StoreError> {
    let way = match &gone.of {
        Source::Post(post) => keys::quoting(post, slug, &gone.post),
        Source::By(person) => keys::quoting_of(slug, person, &gone.post),
    };
    batch.delete(way, &Expression::default())?;
    let Some(stands) = &gone.stands else { return Ok(()) };
    let_go(batch, slug, &gone.post, &stands.quoted)?;
    if let (Source::By(_), Some(handle)) = (&gone.of, handle(&stands.quoted)) {
        batch.delete(keys::handle(slug, handle), &Expression::default())?;
    }
    let change = Expression::new("SET #by = :by REMOVE #post.#quoted").with(":by", text(token));
    let as_read =
        Expression::new("#post.#version = :post_version").with(":post_version", text(&stands.version));
    batch.update(keys::filed(&stands.episode, &gone.post), &change, &as_read)
}

impl Store {
    /// Of these posts of a chat, those whose quotation is not to be shown: what they quote was removed or hidden,
    /// or its author is barred, under their id or the handle that stands at the quotation.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unquoted_of(
        &self,
        slug: &Slug,
        quotes: Vec<(&PostId, &Quoted)>,
    ) -> Result<Vec<PostId>, StoreError> {
        let against: Vec<(&PostId, Vec<Key>)> =
            quotes.into_iter().map(|(post, quoted)| (post, against(slug, quoted))).collect();
        let mut wanted: Vec<Key> = against.iter().flat_map(|(_, keys)| keys).cloned().collect();
        // A key that is asked for twice is refused.
        order::sort_by(&mut wanted, |a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let there: Vec<Key> = self.get_all(&wanted).await?.iter().map(key_of).collect();
        let gone = |keys: &[Key]| keys.iter().any(|key| there.contains(key));
        Ok(against.into_iter().filter(|(_, keys)| gone(keys)).map(|(post, _)| post.clone()).collect())
    }

    /// The posts that quote one, in a chat or, without one, in all, by their names and after this one; at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn quoting(
        &self,
        quoted: &PostId,
        slug: Option<&Slug>,
        after: Option<&Quoting>,
        limit: usize,
    ) -> Result<Vec<Quoting>, StoreError> {
        let all = keys::quoting_in(slug);
        let behind = |after: &Quoting| behind(&keys::quoting(quoted, &after.slug, &after.by));
        let range = Range::Between(after.map_or_else(|| all.clone(), behind), format!("{all}{LAST}"));
        read_all(self.query(&keys::post(quoted), &range, Some(limit)).await?)
    }

    /// The posts of a chat that quote somebody, by their names and after this one; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn quoting_of(
        &self,
        slug: &Slug,
        person: &Person,
        after: Option<&PostId>,
        limit: usize,
    ) -> Result<Vec<PostId>, StoreError> {
        let all = keys::quoting_in(None);
        let behind = |after: &PostId| behind(&keys::quoting_of(slug, person, after));
        let range = Range::Between(after.map_or_else(|| all.clone(), behind), format!("{all}{LAST}"));
        let rows = self.query(&keys::all_by(slug, person), &range, Some(limit)).await?;
        Ok(read_all(rows)?.into_iter().map(|quoting| quoting.by).collect())
    }

    /// Notes that nothing quotes a removed post any more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; note it again. [`StoreError::Conflict`] where there is no such tombstone.
    pub async fn unquoted(&self, gone: &ToUnquote) -> Result<(), StoreError> {
        let key = match &gone.slug {
            Some(slug) => keys::gone_in(&gone.post, slug),
            None => keys::gone(&gone.post),
        };
        let asked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(&key)))
            .update_expression("REMOVE #ripe, #ripe_at")
            // Without it, a tombstone that is not there would become a row without a meaning.
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ripe", RIPE)
            .expression_attribute_names("#ripe_at", RIPE_AT)
            .send();
        Box::pin(asked).await.map(drop).map_err(crate::table::sort)
    }

    /// The removed posts that may be quoted still, longest waiting first. The index runs a moment behind the
    /// table.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn to_unquote(&self, before: DateTime<Utc>) -> Result<Vec<ToUnquote>, StoreError> {
        let rows = self.ripe(UNQUOTE, before.timestamp_millis(), None).await?;
        let mut found = Vec::new();
        for row in rows {
            let key = key_of(&row);
            match keys::read_gone(&key) {
                Ok((post, slug)) => found.push(ToUnquote { post, slug }),
                Err(why) => self.pass_over(&key, &why),
            }
        }
        Ok(found)
    }
}

/// The next key behind this one: nothing sorts between a name and the same with a zero byte.
fn behind(key: &Key) -> String {
    format!("{}\u{0}", key.sk)
}

fn read_all(rows: Vec<Row>) -> Result<Vec<Quoting>, StoreError> {
    let quoting = |item: QuotingItem| Quoting { slug: item.slug.0, by: item.post.0 };
    rows.into_iter().map(|row| read::<QuotingItem>(row).map(quoting)).collect()
}

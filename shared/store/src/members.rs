//! Members: writing them, and who of them is still to be reminded.

use std::collections::{HashMap, HashSet};

use chat::member::Member;
use chat::name::{DeliveryId, Person, Slug};

use crate::commit::{Batch, Expression, unconditional};
use crate::items::{DeliveryItem, MemberItem, Name, OwnedItem, ProofItem};
use crate::keys::{self, Key};
use crate::table::{Range, Row, TTL, number, read, text, write};
use crate::{Store, StoreError};

/// Writes a member, if nobody did since they were read. A row from before versions were kept counts as one of
/// version 0, like one that is not there.
pub(crate) fn changed(
    batch: &mut Batch<'_>,
    slug: &Slug,
    member: &Member,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::member(slug, &member.person);
    let mut shape = MemberItem::from(member);
    shape.version += 1;
    let unwritten = "attribute_not_exists(#version)";
    let as_read = match member.version {
        0 => Expression::new(unwritten),
        read => Expression::new("#version = :read").with(":read", number(read)),
    };
    let row = ours(write(&key, &shape)?);
    batch.put(key, row, &as_read)
}

/// A word proves a member's claim.
pub(crate) fn claimed(
    batch: &mut Batch<'_>,
    slug: &Slug,
    word: &str,
    member: &Person,
    ends: i64,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::proof(slug, word);
    let mut row = ours(write(&key, &ProofItem { member: Name(member.clone()) })?);
    row.insert(TTL.to_owned(), number(ends));
    batch.put(key, row, &unconditional())
}

/// An account is a member's, unless it is another's by now.
pub(crate) fn linked(
    batch: &mut Batch<'_>,
    slug: &Slug,
    account: &Person,
    member: &Person,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::linked(slug, account);
    let item = OwnedItem { account: Name(account.clone()), member: Name(member.clone()) };
    let row = ours(write(&key, &item)?);
    let free_or_theirs = Expression::new("attribute_not_exists(#pk) OR #member = :member")
        .with(":member", text(member.to_string()));
    batch.put(key, row, &free_or_theirs)
}

impl Store {
    /// The member whose claim a word proves, as they stand.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn claimant(&self, slug: &Slug, word: &str) -> Result<Option<Member>, StoreError> {
        let Some(row) = self.get(&keys::proof(slug, word)).await? else { return Ok(None) };
        self.member(slug, &read::<ProofItem>(row)?.member.0).await
    }

    /// Whose an account is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn linked(&self, slug: &Slug, account: &Person) -> Result<Option<Person>, StoreError> {
        let row = self.get(&keys::linked(slug, account)).await?;
        row.map(|row| read::<OwnedItem>(row).map(|item| item.member.0)).transpose()
    }

    /// Every account that is a member's, with whose it is. Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn all_linked(&self, slug: &Slug) -> Result<HashMap<Person, Person>, StoreError> {
        let rows = self.query(&keys::chat(slug), &Range::Begins("OWNED#".to_owned()), None).await?;
        let linked = self.readable_by(rows, |row| {
            let owned: OwnedItem = read(row)?;
            Ok((owned.account.0, owned.member.0))
        });
        Ok(linked.into_iter().collect())
    }

    /// Of these deliveries, those that were never written.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn unwritten<'a>(&self, ids: &[&'a DeliveryId]) -> Result<HashSet<&'a DeliveryId>, StoreError> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::delivery(id)).collect();
        let mut written = HashSet::new();
        for row in self.get_all(&wanted).await? {
            written.insert(read::<DeliveryItem>(row)?.id);
        }
        Ok(ids.iter().copied().filter(|id| !written.contains(&id.0)).collect())
    }
}

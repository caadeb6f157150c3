//! Members: writing them, and who of them is still to be reminded.

use std::collections::HashSet;

use chat::member::Member;
use chat::name::{DeliveryId, Slug};

use crate::commit::{Batch, Expression};
use crate::items::{DeliveryItem, MemberItem};
use crate::keys::{self, Key};
use crate::table::{Row, number, read, write};
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

impl Store {
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

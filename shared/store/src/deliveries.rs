//! What becomes of a delivery, from the moment it waits.
//!
//! Every step is conditional on `attempts`, which each claim raises: whoever comes back late with an
//! outdated view of a delivery changes nothing of what somebody else is doing with it. The one
//! exception is [`Store::sent`]: what was sent was sent, whoever did it.

use aws_sdk_dynamodb::types::AttributeValue;
use chat::delivery::{Delivery, Progress, Room, Work};
use chat::happening::Happening;
use chat::name::{DeliveryId, Place, PostId, Slug};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::commit::{Batch, Expression};
use crate::items::{
    At, DeliveryItem, ExternalItem, Name, ProgressItem, RoomItem, SentItem, StandingItem, WaitingItem,
    WorkKindItem, instant,
};
use crate::keys;
use crate::load::External;
use crate::table::{Outcome, Range, Row, key_of, number, read, request_token, text, write};
use crate::{Store, StoreError, outbox, rehearsals, shown};

/// The most deliveries of one claim: each costs two rows of the transaction that records the sending,
/// and DynamoDB takes a hundred.
pub const MOST_CLAIMED: usize = 48;

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The chat it belongs to.
    pub slug: Slug,
    /// The delivery.
    pub delivery: Delivery,
    /// What to send, if it was rendered when it was written down, as JSON text.
    pub payload: Option<String>,
    /// `Pending`, `Claimed` or `Unknown`; what is sent or failed does not wait any more.
    pub progress: Progress,
    /// The mark of the message it was last claimed for, by which it is looked for.
    pub mark: Option<String>,
    /// How often it was claimed.
    pub attempts: u64,
    /// When the lease of its last claim ends or ended, in real time; kept while it is in doubt, `None`
    /// while it is pending.
    pub lease: Option<DateTime<Utc>>,
    /// When it was written down, in real time.
    pub created: DateTime<Utc>,
}

/// A claim, written before the call so that a machine that dies leaves a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message's mark: its nonce, derived from what is in it.
    pub mark: String,
    /// Who claims: a name that no other run has, so that after an unknown outcome one's own claim is
    /// told from another's.
    pub by: String,
    /// Until when, in real time.
    pub lease: DateTime<Utc>,
    /// What the call will send, as JSON text.
    pub payload: Option<String>,
    /// The posts it shows.
    pub posts: Vec<PostId>,
}

/// What was sent, and how it is called there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The mark of the claim.
    pub mark: String,
    /// The platform's id of the message, thread or post; empty where there is none.
    pub external: String,
    /// The room that came to be with it.
    pub room: Option<Opened>,
    /// What replies to it belong to.
    pub ext: Option<External>,
    /// When, in real time.
    pub at: DateTime<Utc>,
}

/// A room that came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which.
    pub room: Room,
    /// The platform's id of the thread, or of the message it hangs under.
    pub thread: String,
    /// Whether it can be written into.
    pub ready: bool,
}

/// A room as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// The platform's id of the thread, or of the message it hangs under; empty where it is gone.
    pub thread: String,
    /// Whether it can be written into.
    pub ready: bool,
    /// Since when, in real time.
    pub since: DateTime<Utc>,
}

/// A message at a destination. Retries and later changes render from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Where.
    pub place: Place,
    /// Its mark.
    pub mark: String,
    /// The deliveries that it carries.
    pub deliveries: Vec<DeliveryId>,
    /// The posts that it shows.
    pub posts: Vec<PostId>,
    /// What it shows, as JSON text; of people's posts only until it was sent.
    pub payload: Option<String>,
    /// The platform's id, once it was sent.
    pub external: Option<String>,
    /// How often it was rendered.
    pub version: u64,
}

/// What a delivery does, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkKind {
    /// Says something of ours.
    Announce,
    /// Shows a person's post.
    Post,
    /// Makes a thread.
    Thread,
    /// Changes a message.
    Edit,
    /// Shows a card anew.
    Recard,
    /// Takes a message back.
    Remove,
    /// Gives or takes a role.
    Role,
    /// Reminds a member.
    Remind,
    /// Makes, changes or cancels an event.
    Event,
    /// Greets somebody after their first hour.
    Greet,
    /// Hands somebody what is kept about them.
    HandOver,
    /// Begins the living message at the desk.
    Desk,
}

/// Where a delivery stands for good, or that it still waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits; how far it is, its waiting row knows.
    Waiting,
    /// Done.
    Sent {
        /// The platform's id; empty where there is none.
        external: String,
    },
    /// Not going to happen.
    Failed {
        /// Why, for an organiser to read.
        reason: String,
    },
}

/// The permanent record of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its name.
    pub id: DeliveryId,
    /// The chat it belongs to.
    pub slug: Slug,
    /// Where.
    pub to: Place,
    /// The channel or one of its threads.
    pub room: Room,
    /// What it does.
    pub kind: WorkKind,
    /// Where it stands.
    pub standing: Standing,
    /// The mark of the message that carried it, once it was sent.
    pub mark: Option<String>,
    /// Since when it stands there, in real time.
    pub at: DateTime<Utc>,
}

fn read_waiting(row: Row) -> Result<Waiting, StoreError> {
    let key = key_of(&row).to_string();
    let item: WaitingItem = read(row)?;
    let lease = match item.lease.map(instant).transpose() {
        Ok(lease) => lease,
        Err(why) => return Err(StoreError::Unreadable { key, why }),
    };
    let progress = match (item.progress, lease) {
        (ProgressItem::Pending, _) => Progress::Pending,
        (ProgressItem::Unknown, _) => Progress::Unknown,
        (ProgressItem::Claimed, Some(lease)) => Progress::Claimed { lease },
        (ProgressItem::Claimed, None) => {
            return Err(StoreError::Unreadable { key, why: "it is claimed without a lease".to_owned() });
        }
    };
    Ok(Waiting {
        slug: item.slug.0.clone(),
        payload: item.payload.clone(),
        progress,
        mark: item.mark.clone(),
        attempts: item.attempts,
        lease,
        created: item.created.0,
        delivery: item.delivery(),
    })
}

pub(crate) fn read_delivery(row: Row) -> Result<DeliveryRow, StoreError> {
    let item: DeliveryItem = read(row)?;
    Ok(DeliveryRow {
        id: DeliveryId(item.id),
        slug: item.slug.0,
        to: item.to.0,
        room: item.room.0,
        kind: match item.kind {
            WorkKindItem::Announce => WorkKind::Announce,
            WorkKindItem::Post => WorkKind::Post,
            WorkKindItem::Thread => WorkKind::Thread,
            WorkKindItem::Edit => WorkKind::Edit,
            WorkKindItem::Recard => WorkKind::Recard,
            WorkKindItem::Remove => WorkKind::Remove,
            WorkKindItem::Role => WorkKind::Role,
            WorkKindItem::Remind => WorkKind::Remind,
            WorkKindItem::Event => WorkKind::Event,
            WorkKindItem::Greet => WorkKind::Greet,
            WorkKindItem::HandOver => WorkKind::HandOver,
            WorkKindItem::Desk => WorkKind::Desk,
        },
        standing: match item.state {
            StandingItem::Waiting => Standing::Waiting,
            StandingItem::Sent => Standing::Sent { external: item.external.unwrap_or_default() },
            StandingItem::Failed => Standing::Failed { reason: item.reason.unwrap_or_default() },
        },
        mark: item.mark,
        at: item.at.0,
    })
}

fn moment(at: DateTime<Utc>) -> AttributeValue {
    text(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Nobody has claimed it since it was read.
pub(crate) fn if_unclaimed_since(w: &Waiting, words: &str) -> Expression {
    Expression::new(words).with(":attempts", number(w.attempts))
}

impl Store {
    /// What waits for a destination, in the order in which it goes: announcements first, then by source
    /// time. At most `limit`; strongly consistent. A row that cannot be read is passed over and goes on waiting:
    /// it must not keep the destination from everybody else.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn waiting(&self, place: &Place, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.query(&keys::waits(place), &Range::All, Some(limit)).await?;
        Ok(self.readable_by(rows, read_waiting))
    }

    /// How many deliveries wait for a destination.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn behind(&self, place: &Place) -> Result<u32, StoreError> {
        self.count(&keys::waits(place)).await
    }

    /// Claims deliveries of one destination for one message, all or none, and gives them back as they
    /// are now; the later steps want them so. Writes the message's row, which must not have been sent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them is not pending any more, or is of a rehearsal that was
    /// stopped; [`StoreError::TooLarge`] above [`MOST_CLAIMED`].
    pub async fn claim(&self, waiting: &[Waiting], claim: &Claim) -> Result<Vec<Waiting>, StoreError> {
        let Some(first) = waiting.first() else { return Ok(Vec::new()) };
        if waiting.len() > MOST_CLAIMED {
            return Err(StoreError::TooLarge { items: waiting.len() });
        }
        let lease = claim.lease.timestamp_millis();
        let mut batch = Batch::new(&self.table);
        for w in waiting {
            let change = Expression::new(
                "SET #progress = :claimed, #lease = :lease, #mark = :mark, #claimed_by = :by, \
                 #attempts = :next, #ripe_at = :lease",
            )
            .with(":claimed", text("claimed"))
            .with(":lease", number(lease))
            .with(":mark", text(&claim.mark))
            .with(":by", text(&claim.by))
            .with(":next", number(w.attempts + 1));
            let only_if = if_unclaimed_since(w, "#progress = :pending AND #attempts = :attempts")
                .with(":pending", text("pending"));
            batch.update(keys::waiting(&w.delivery), &change, &only_if)?;
        }
        rehearsals::goes_on(&mut batch, waiting)?;
        let key = keys::message(&first.delivery.to, &claim.mark);
        let shape = SentItem {
            deliveries: waiting.iter().map(|w| w.delivery.id.0.clone()).collect(),
            posts: claim.posts.iter().cloned().map(Name).collect(),
            payload: claim.payload.clone(),
            mark: claim.mark.clone(),
            external: None,
            version: 1,
        };
        let only_if = Expression::new("attribute_not_exists(#pk) OR attribute_not_exists(#external)");
        batch.put(key, write(&keys::message(&first.delivery.to, &claim.mark), &shape)?, &only_if)?;

        let items = batch.items();
        let token = request_token(&claim.by, &items);
        match self.transact(items, &token).await? {
            Outcome::Done => {}
            Outcome::Failed { unsure, .. } => {
                if !(unsure && self.is_claimed(first, claim).await?) {
                    return Err(StoreError::Conflict);
                }
            }
            Outcome::Unsure(error) => {
                if !self.is_claimed(first, claim).await? {
                    return Err(error);
                }
            }
        }
        // As stored: an instant of the lease is kept to the millisecond.
        let lease = instant(lease).unwrap_or(claim.lease);
        let claimed = waiting.iter().map(|w| Waiting {
            progress: Progress::Claimed { lease },
            mark: Some(claim.mark.clone()),
            attempts: w.attempts + 1,
            lease: Some(lease),
            ..w.clone()
        });
        Ok(claimed.collect())
    }

    /// Whether this very claim is written; all of its rows are, then.
    async fn is_claimed(&self, w: &Waiting, claim: &Claim) -> Result<bool, StoreError> {
        let Some(row) = self.get(&keys::waiting(&w.delivery)).await? else { return Ok(false) };
        let by = row.get("claimed_by").and_then(|v| v.as_s().ok()).is_some_and(|by| *by == claim.by);
        let item: WaitingItem = read(row)?;
        Ok(by && item.attempts == w.attempts + 1 && item.mark.as_deref() == Some(&claim.mark))
    }

    /// Records that deliveries of one destination went out in one message. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them is recorded under another id, or was never claimed.
    pub async fn sent(&self, waiting: &[Waiting], sent: &Sent) -> Result<(), StoreError> {
        let Some(first) = waiting.first() else { return Ok(()) };
        let to = &first.delivery.to;
        let mut batch = Batch::new(&self.table);
        for w in waiting {
            let change = Expression::new(
                "SET #state = :sent, #external = :external, #mark = :mark, #at = :at REMOVE #reason",
            )
            .with(":sent", text("sent"))
            .with(":external", text(&sent.external))
            .with(":mark", text(&sent.mark))
            .with(":at", moment(sent.at));
            let only_if =
                Expression::new("attribute_exists(#pk) AND (#state <> :sent OR #external = :external)");
            batch.update(keys::delivery(&w.delivery.id), &change, &only_if)?;
            batch.delete(keys::waiting(&w.delivery), &Expression::default())?;
        }
        // What people said is kept with their posts alone, and a note at the desk may quote them: a message
        // that stands is rendered anew when it changes, and a copy here would be one more to remember when
        // something is removed.
        let change = Expression::new("SET #external = :external REMOVE #payload")
            .with(":external", text(&sent.external));
        let exists = Expression::new("attribute_exists(#pk)");
        batch.update(keys::message(to, &sent.mark), &change, &exists)?;
        let cards = waiting.iter().any(|w| matches!(w.delivery.work, Work::Post(_)));
        if cards && !sent.external.is_empty() {
            shown::stands(&mut batch, to, sent)?;
        }
        if let Some(opened) = &sent.room {
            let key = keys::room(to, &opened.room);
            let shape = RoomItem { thread: opened.thread.clone(), ready: opened.ready, since: At(sent.at) };
            let row = write(&key, &shape)?;
            batch.put(key, row, &Expression::default())?;
        }
        if let Some(ext) = sent.ext.as_ref().filter(|_| !sent.external.is_empty()) {
            let key = keys::external(to.platform, &sent.external);
            let shape = ExternalItem {
                delivery: ext.delivery.0.clone(),
                slug: Name(ext.slug.clone()),
                episode: ext.episode.clone().map(Name),
                question: ext.question.map(|q| q.0),
            };
            let row = write(&key, &shape)?;
            batch.put(key, row, &Expression::default())?;
        }
        self.settle(batch, &sent.mark).await
    }

    /// Gives deliveries up, for good, with a reason that an organiser may read. What was sent meanwhile
    /// stays sent. What that means to others (`happened`) is to be told on the bus, where there is one.
    /// Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them was claimed anew, or sent.
    pub async fn failed(
        &self,
        waiting: &[Waiting],
        reason: &str,
        at: DateTime<Utc>,
        happened: &[Happening],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        if self.tells {
            outbox::happened(&mut batch, happened, at, &|row| row)?;
        }
        for w in waiting {
            let change = Expression::new("SET #state = :failed, #reason = :reason, #at = :at")
                .with(":failed", text("failed"))
                .with(":reason", text(reason))
                .with(":at", moment(at));
            let only_if =
                Expression::new("attribute_exists(#pk) AND #state <> :sent").with(":sent", text("sent"));
            batch.update(keys::delivery(&w.delivery.id), &change, &only_if)?;
            let only_if = if_unclaimed_since(w, "attribute_not_exists(#pk) OR #attempts = :attempts");
            batch.delete(keys::waiting(&w.delivery), &only_if)?;
            self.wordless(&mut batch, w)?;
        }
        self.settle(batch, reason).await
    }

    /// Notes that claimed deliveries may have gone out: somebody must look before they are sent again.
    /// Sweeps find them from the end of their lease on. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them was claimed anew, released, sent or given up.
    pub async fn unknown(&self, waiting: &[Waiting]) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        for w in waiting {
            // The lease stays: it dates the doubt, and X shows a new post only a while after it.
            let change = Expression::new("SET #progress = :unknown").with(":unknown", text("unknown"));
            let only_if =
                if_unclaimed_since(w, "#attempts = :attempts AND #progress IN (:claimed, :unknown)")
                    .with(":claimed", text("claimed"));
            batch.update(keys::waiting(&w.delivery), &change, &only_if)?;
        }
        self.settle(batch, "unknown").await
    }

    /// Lets go of deliveries that certainly did not go out: they wait again, and a sweep looks at them
    /// from `look_at` (real time) on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them was claimed anew, sent or given up.
    pub async fn release(&self, waiting: &[Waiting], look_at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut batch = Batch::new(&self.table);
        for w in waiting {
            let change = Expression::new("SET #progress = :pending, #ripe_at = :look_at REMOVE #lease")
                .with(":pending", text("pending"))
                .with(":look_at", number(look_at.timestamp_millis()));
            let only_if = if_unclaimed_since(w, "#attempts = :attempts");
            batch.update(keys::waiting(&w.delivery), &change, &only_if)?;
            self.wordless(&mut batch, w)?;
        }
        self.settle(batch, "release").await
    }

    /// Takes the words out of the message that a delivery was last claimed for: they did not go out under
    /// that mark, the next claim renders anew, and nobody would find them when their post is removed. The
    /// posts' names stay, for a worker that comes back late and did send them.
    fn wordless(&self, batch: &mut Batch<'_>, w: &Waiting) -> Result<(), StoreError> {
        let Some(mark) = &w.mark else { return Ok(()) };
        let gone = Expression::new("REMOVE #payload");
        batch.update(keys::message(&w.delivery.to, mark), &gone, &Expression::new("attribute_exists(#pk)"))
    }

    /// Sends steps that may be repeated without harm, so an unknown outcome needs no looking back. `name` is
    /// another for what is meant anew with the same content, see [`request_token`].
    pub(crate) async fn settle(&self, batch: Batch<'_>, name: &str) -> Result<(), StoreError> {
        match batch.len() {
            0 => return Ok(()),
            items if items > 100 => return Err(StoreError::TooLarge { items }),
            _ => {}
        }
        let items = batch.items();
        let token = request_token(name, &items);
        match self.transact(items, &token).await? {
            Outcome::Done => Ok(()),
            Outcome::Failed { .. } => Err(StoreError::Conflict),
            Outcome::Unsure(error) => Err(error),
        }
    }

    /// A message at a destination, by its mark.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn message(&self, place: &Place, mark: &str) -> Result<Option<MessageRow>, StoreError> {
        let Some(row) = self.get(&keys::message(place, mark)).await? else { return Ok(None) };
        let item: SentItem = read(row)?;
        Ok(Some(MessageRow {
            place: place.clone(),
            mark: item.mark,
            deliveries: item.deliveries.into_iter().map(DeliveryId).collect(),
            posts: item.posts.into_iter().map(|p| p.0).collect(),
            payload: item.payload,
            external: item.external,
            version: item.version,
        }))
    }

    /// Records which posts a message shows after one of them was taken out. What it shows is not kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was rendered anew since it was read.
    pub async fn remade(&self, message: &MessageRow, posts: &[PostId]) -> Result<(), StoreError> {
        let key = keys::message(&message.place, &message.mark);
        let shape = SentItem {
            deliveries: message.deliveries.iter().map(|d| d.0.clone()).collect(),
            posts: posts.iter().cloned().map(Name).collect(),
            payload: None,
            mark: message.mark.clone(),
            external: message.external.clone(),
            version: message.version + 1,
        };
        let row = write(&key, &shape)?;
        let only_if = Expression::new("#version = :read").with(":read", number(message.version));
        let mut batch = Batch::new(&self.table);
        batch.put(key, row, &only_if)?;
        self.settle(batch, &message.mark).await
    }

    /// The permanent record of a delivery.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        self.get(&keys::delivery(id)).await?.map(read_delivery).transpose()
    }

    /// Notes that a room is gone: what belongs there goes into the channel from now on. The room of that
    /// name counts as ready, with an empty thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn room_gone(&self, place: &Place, room: &Room, at: DateTime<Utc>) -> Result<(), StoreError> {
        let key = keys::room(place, room);
        let row = write(&key, &RoomItem { thread: String::new(), ready: true, since: At(at) })?;
        let mut batch = Batch::new(&self.table);
        batch.put(key, row, &Expression::default())?;
        self.settle(batch, "gone").await
    }

    /// A room at a destination, once it came to be.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn room(&self, place: &Place, room: &Room) -> Result<Option<RoomRow>, StoreError> {
        let Some(row) = self.get(&keys::room(place, room)).await? else { return Ok(None) };
        let item: RoomItem = read(row)?;
        Ok(Some(RoomRow { thread: item.thread, ready: item.ready, since: item.since.0 }))
    }
}

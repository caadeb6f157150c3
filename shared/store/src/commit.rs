//! One commit: what is now true, and what to do about it, written together or not at all.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use chat::agenda::Episode;
use chat::cue::{Cue, CueState};
use chat::delivery::{Delivery, Work};
use chat::happening::Happening;
use chat::name::{DeliveryId, Person, Place, Slug};
use chat::post::{Entry, Filed};
use chat::settings::Settings;
use chat::{Change, Uncarried};
use chrono::{DateTime, Duration, Utc};

use crate::items::{
    At, CodeItem, CueItem, DeliveryItem, EpisodeItem, HeldItem, KeptItem, LineItem, Name, ParticipantItem,
    PointerItem, RequestItem, SaidItem, SettingsItem, SignpostItem, SlugItem, StandingItem, UndoItem,
    VERSION, WaitingItem, WorkKindItem, entry_name, places,
};
use crate::keys::{self, Key};
use crate::table::{
    Outcome, RIPE, RIPE_AT, Range, Row, TTL, attributes, intent, key_of, number, read, request_token, text,
    write,
};
use crate::{Store, StoreError, bank, desk, members, missed, outbox, quotes, radar, rehearsals, removals};

/// The most rows one commit may write. DynamoDB takes 100; the rest is room for what is added to a
/// commit on the way.
pub const MOST_ITEMS: usize = 80;

/// How long it is kept that a member was reminded: longer than the two days ahead in which that is laid out.
const REMINDED: Duration = Duration::days(30);

/// How long the first answer to a request is kept.
const ANSWERS: Duration = Duration::hours(48);
/// How long the text of an announcement is recognised when it comes back. X replays a day at most.
const SAID: Duration = Duration::days(7);
/// How much longer than it counts a row is kept: clocks differ, and the chat's own may be a moved one.
const SPARE: Duration = Duration::days(1);
/// An episode that starts this much later than its name says gets a signpost, so that loading finds it
/// without reading a year of episodes.
pub(crate) const FAR: Duration = Duration::days(40);

/// The attribute that says which commit wrote a row.
const BY: &str = "by";

/// What one event leads to, to be written as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// What is now true.
    pub changes: Vec<Change>,
    /// What is to be done outside.
    pub deliveries: Vec<NewDelivery>,
    /// What that means to others, to be told on the bus where there is one.
    pub happened: Vec<Happening>,
    /// The request that led to it.
    pub request: Option<Request>,
    /// Now, in real time: when a sweep may look, and when answers run out.
    pub real_now: DateTime<Utc>,
    /// Names what happened (the request, the post and its version, the cue and its revision), not the
    /// attempt: after an unknown outcome, rows that carry it are taken for this commit's own.
    pub token: String,
}

/// A request by somebody, and the answer to keep for its repeats, 48 hours long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asked.
    pub by: Person,
    /// Its name, the same when it is repeated.
    pub key: String,
    /// What they were answered.
    pub reply: String,
}

/// A delivery to write down.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// What to send, if it was rendered already, as JSON text.
    pub payload: Option<String>,
    /// A hash of the text, for an announcement on X, to know it when it comes back.
    pub said: Option<String>,
    /// From when on a sweep looks after it, in real time; `None` for at once. Only for what waits long for its
    /// own moment: until then nobody has forgotten it.
    pub look_at: Option<DateTime<Utc>>,
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It is written, by this call or by a try of it that seemed to have failed.
    Done {
        /// Destinations that got something to do. A delivery whose name was known before is not
        /// written again and does not count.
        new: Vec<Place>,
    },
    /// The request was answered before: this was the answer. Nothing was written.
    Repeat(String),
}

/// A condition or an update; every attribute stands in it as `#name`, because DynamoDB reserves words
/// like `state`, `name` and `external`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    words: String,
    values: Vec<(String, AttributeValue)>,
}

impl Expression {
    pub(crate) fn new(words: impl Into<String>) -> Expression {
        Expression { words: words.into(), values: Vec::new() }
    }

    /// Gives `:name` its value.
    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Expression {
        self.values.push((name.to_owned(), value));
        self
    }

    /// Adds words.
    pub(crate) fn and(mut self, words: &str) -> Expression {
        self.words.push_str(words);
        self
    }

    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// The values of these expressions, for one request.
    pub(crate) fn values(of: &[&Expression]) -> Option<std::collections::HashMap<String, AttributeValue>> {
        let values: std::collections::HashMap<_, _> =
            of.iter().flat_map(|e| e.values.iter().cloned()).collect();
        (!values.is_empty()).then_some(values)
    }

    /// The attributes that these expressions name, for one request.
    pub(crate) fn names(of: &[&Expression]) -> Option<std::collections::HashMap<String, String>> {
        let mut names = std::collections::HashMap::new();
        for words in of.iter().map(|e| &e.words) {
            for part in words.split('#').skip(1) {
                let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
                names.insert(format!("#{}", &part[..end]), part[..end].to_owned());
            }
        }
        (!names.is_empty()).then_some(names)
    }
}

/// What a row of a transaction is, for when its condition fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Somebody wrote in between.
    Fact,
    /// The request was answered before.
    Request,
    /// The delivery of this number was known before.
    Delivery(usize),
}

/// The rows of one transaction, each key once.
pub(crate) struct Batch<'a> {
    table: &'a str,
    rows: Vec<(Key, TransactWriteItem, Part)>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(table: &'a str) -> Batch<'a> {
        Batch { table, rows: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A transaction takes each key once: what comes later replaces what came before.
    fn add(&mut self, key: Key, item: TransactWriteItem, part: Part) {
        match self.rows.iter_mut().find(|(k, ..)| *k == key) {
            Some(row) => *row = (key, item, part),
            None => self.rows.push((key, item, part)),
        }
    }

    fn put_part(&mut self, key: Key, row: Row, only_if: &Expression, part: Part) -> Result<(), StoreError> {
        let conditional = !only_if.words.is_empty();
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(row))
            .set_condition_expression(conditional.then(|| only_if.words.clone()))
            .set_expression_attribute_names(Expression::names(&[only_if]))
            .set_expression_attribute_values(Expression::values(&[only_if]))
            .build()
            .map_err(|e| StoreError::Refused(Box::new(e)))?;
        self.add(key, TransactWriteItem::builder().put(put).build(), part);
        Ok(())
    }

    pub(crate) fn put(&mut self, key: Key, row: Row, only_if: &Expression) -> Result<(), StoreError> {
        self.put_part(key, row, only_if, Part::Fact)
    }

    pub(crate) fn delete(&mut self, key: Key, only_if: &Expression) -> Result<(), StoreError> {
        let conditional = !only_if.words.is_empty();
        let delete = Delete::builder()
            .table_name(self.table)
            .set_key(Some(attributes(&key)))
            .set_condition_expression(conditional.then(|| only_if.words.clone()))
            .set_expression_attribute_names(Expression::names(&[only_if]))
            .set_expression_attribute_values(Expression::values(&[only_if]))
            .build()
            .map_err(|e| StoreError::Refused(Box::new(e)))?;
        self.add(key, TransactWriteItem::builder().delete(delete).build(), Part::Fact);
        Ok(())
    }

    /// Writes nothing, and makes all of it depend on how another row is. A row that is written anyway
    /// carries its own condition.
    pub(crate) fn check(&mut self, key: Key, only_if: &Expression) -> Result<(), StoreError> {
        if self.rows.iter().any(|(k, ..)| *k == key) {
            return Ok(());
        }
        let check = ConditionCheck::builder()
            .table_name(self.table)
            .set_key(Some(attributes(&key)))
            .condition_expression(only_if.words.clone())
            .set_expression_attribute_names(Expression::names(&[only_if]))
            .set_expression_attribute_values(Expression::values(&[only_if]))
            .build()
            .map_err(|e| StoreError::Refused(Box::new(e)))?;
        self.add(key, TransactWriteItem::builder().condition_check(check).build(), Part::Fact);
        Ok(())
    }

    pub(crate) fn update(
        &mut self,
        key: Key,
        change: &Expression,
        only_if: &Expression,
    ) -> Result<(), StoreError> {
        let conditional = !only_if.words.is_empty();
        let update = Update::builder()
            .table_name(self.table)
            .set_key(Some(attributes(&key)))
            .update_expression(change.words.clone())
            .set_condition_expression(conditional.then(|| only_if.words.clone()))
            .set_expression_attribute_names(Expression::names(&[change, only_if]))
            .set_expression_attribute_values(Expression::values(&[change, only_if]))
            .build()
            .map_err(|e| StoreError::Refused(Box::new(e)))?;
        self.add(key, TransactWriteItem::builder().update(update).build(), Part::Fact);
        Ok(())
    }

    pub(crate) fn items(&self) -> Vec<TransactWriteItem> {
        self.rows.iter().map(|(_, item, _)| item.clone()).collect()
    }
}

pub(crate) fn unconditional() -> Expression {
    Expression::default()
}

/// The stored version is the one that was read; 0 where there was none.
pub(crate) fn if_version(version: u64) -> Expression {
    if version == 0 {
        Expression::new("attribute_not_exists(#pk)")
    } else {
        Expression::new("#version = :read").with(":read", number(version))
    }
}

/// What Settings wrote beside themselves, as their row tells.
struct Before {
    places: Vec<Place>,
    workspace: String,
    line: (String, String, bool),
}

impl Store {
    /// Writes a commit: all of it or nothing.
    ///
    /// Settings, an episode and a participant are written if their stored version is the one that was
    /// read (0: there was none), as the version after it. A cue is written if it is new, or still
    /// waiting or withdrawn at an older `rev`; it becomes `Fired` or `TooLate` only from waiting at
    /// the very same `rev`. A hashtag must be free or this chat's. A delivery whose name is known is
    /// left out, and the rest goes on. Counters are added afterwards, and may be lost.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: load and decide again. [`StoreError::TooLarge`] above [`MOST_ITEMS`]
    /// rows. [`StoreError::Unavailable`]: the outcome is unknown; repeat with the same token.
    pub async fn commit(&self, slug: &Slug, commit: Commit) -> Result<Committed, StoreError> {
        let before = self.before(&commit.changes).await?;
        let mut left_out: HashSet<usize> = HashSet::new();
        loop {
            let batch = self.assemble(slug, &commit, before.as_ref(), &left_out)?;
            if batch.len() > MOST_ITEMS {
                return Err(StoreError::TooLarge { items: batch.len() });
            }
            if batch.len() == 0 {
                break;
            }
            let items = batch.items();
            let token = request_token(&commit.token, &items);
            match self.transact(items, &token).await? {
                Outcome::Done => break,
                Outcome::Failed { items, unsure } => {
                    // Our own rows make our own conditions fail: then an earlier try was written.
                    if unsure && self.is_written(&batch, &commit.token).await? {
                        break;
                    }
                    let failed: Vec<Part> =
                        items.iter().filter_map(|n| batch.rows.get(*n)).map(|(.., part)| *part).collect();
                    if let (true, Some(asked)) = (failed.contains(&Part::Request), &commit.request) {
                        // An answer that ran out between the two reads is as good as none.
                        return match self.request(&asked.by, &asked.key, commit.real_now).await? {
                            Some(reply) => Ok(Committed::Repeat(reply)),
                            None => Err(StoreError::Conflict),
                        };
                    }
                    for part in failed {
                        match part {
                            Part::Delivery(n) => left_out.insert(n),
                            Part::Fact | Part::Request => return Err(StoreError::Conflict),
                        };
                    }
                }
                Outcome::Unsure(error) => {
                    if self.is_written(&batch, &commit.token).await? {
                        break;
                    }
                    return Err(error);
                }
            }
        }
        for change in &commit.changes {
            if let Change::Counted(reason) = change {
                self.add_count(slug, *reason, commit.real_now).await;
            }
        }
        let mut new: Vec<Place> = Vec::new();
        for (n, d) in commit.deliveries.iter().enumerate() {
            if !left_out.contains(&n) && !new.contains(&d.delivery.to) {
                new.push(d.delivery.to.clone());
            }
        }
        Ok(Committed::Done { new })
    }

    /// The first answer to a request of somebody, if it was given in the last 48 hours of real time.
    ///
    /// # Errors
    /// As for any read: [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn request(
        &self,
        by: &Person,
        key: &str,
        real_now: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        match self.get(&keys::request(by, key)).await? {
            Some(row) => {
                let item: RequestItem = read(row)?;
                Ok((item.expires_at > real_now.timestamp()).then_some(item.reply))
            }
            None => Ok(None),
        }
    }

    /// Forgets what somebody was answered `before` a moment (real time), which may repeat what they typed, whatever
    /// it was about. A repeat of such a request is decided anew then, which is harmless: what it did has its name.
    /// What they were answered when they asked for this stays, so that a repeat of that changes nothing. Calling it
    /// again is harmless.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; some of it may be done.
    pub async fn forget_answers(
        &self,
        by: &Person,
        before: DateTime<Utc>,
        real_now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let rows = self.query(&keys::requests(by), &Range::Begins(String::new()), None).await?;
        let mut old: Vec<Key> = Vec::new();
        for row in rows {
            let key = key_of(&row);
            // One that cannot be read is no answer to anybody.
            let item = read::<RequestItem>(row);
            if item.is_ok_and(|item| item.expires_at >= (before + ANSWERS).timestamp()) {
                continue;
            }
            old.push(key);
        }
        for page in old.chunks(MOST_ITEMS) {
            let mut batch = Batch::new(&self.table);
            for key in page {
                batch.delete(key.clone(), &Expression::default())?;
            }
            self.settle(batch, &intent("forget-answers", real_now)).await?;
        }
        Ok(())
    }

    /// What the stored settings wrote beside themselves. Their version is a condition of the commit, so
    /// what is taken away below is exactly what they wrote.
    async fn before(&self, changes: &[Change]) -> Result<Option<Before>, StoreError> {
        let settings = changes.iter().rev().find_map(|change| match change {
            Change::Settings(settings) if settings.version > 0 => Some(settings),
            _ => None,
        });
        let Some(settings) = settings else { return Ok(None) };
        let Some(row) = self.get(&keys::meta(&settings.slug)).await? else {
            return Err(StoreError::Conflict);
        };
        let item: SettingsItem = read(row)?;
        if item.version != settings.version {
            return Err(StoreError::Conflict);
        }
        Ok(Some(Before {
            places: item.places.into_iter().map(|p| p.0).collect(),
            workspace: item.workspace,
            line: (item.hashtag, item.title, item.retired),
        }))
    }

    /// Whether any row of the batch was written by this token; then all of them were.
    async fn is_written(&self, batch: &Batch<'_>, token: &str) -> Result<bool, StoreError> {
        let keys: Vec<Key> = batch.rows.iter().map(|(key, ..)| key.clone()).collect();
        let rows = self.get_all(&keys).await?;
        Ok(rows.iter().any(|row| row.get(BY).and_then(|by| by.as_s().ok()).is_some_and(|by| by == token)))
    }

    /// Counts what was not carried. A lost count does not undo what was committed before it.
    async fn add_count(&self, slug: &Slug, reason: Uncarried, at: DateTime<Utc>) {
        let key = keys::counted(slug, reason_key(reason), at.date_naive());
        let added = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(&key)))
            .update_expression("ADD #count :one SET #v = :v")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#v", "v")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":v", number(VERSION))
            .send()
            .await;
        if let Err(error) = added {
            tracing::warn!(
                chat = %slug,
                reason = reason_key(reason),
                error = %aws_sdk_dynamodb::error::DisplayErrorContext(&error),
                "a count was lost"
            );
        }
    }

    fn assemble(
        &self,
        slug: &Slug,
        commit: &Commit,
        before: Option<&Before>,
        left_out: &HashSet<usize>,
    ) -> Result<Batch<'_>, StoreError> {
        let mut batch = Batch::new(&self.table);
        let ours = |mut row: Row| -> Row {
            row.insert(BY.to_owned(), text(&commit.token));
            row
        };
        if let Some(Request { by, key, reply }) = &commit.request {
            let key = keys::request(by, key);
            let shape =
                RequestItem { reply: reply.clone(), expires_at: (commit.real_now + ANSWERS).timestamp() };
            let only_if = Expression::new("attribute_not_exists(#pk) OR #expires_at <= :now")
                .with(":now", number(commit.real_now.timestamp()));
            let row = ours(write(&key, &shape)?);
            batch.put_part(key, row, &only_if, Part::Request)?;
        }
        for change in &commit.changes {
            self.change(&mut batch, slug, change, commit, before, &ours)?;
        }
        let mut seen: HashSet<&DeliveryId> = HashSet::new();
        for (n, new) in commit.deliveries.iter().enumerate() {
            if left_out.contains(&n) || !seen.insert(&new.delivery.id) {
                continue;
            }
            deliver(&mut batch, slug, new, n, commit, &ours)?;
        }
        if self.tells {
            outbox::happened(&mut batch, &commit.happened, commit.real_now, &ours)?;
        }
        Ok(batch)
    }

    fn change(
        &self,
        batch: &mut Batch<'_>,
        slug: &Slug,
        change: &Change,
        commit: &Commit,
        before: Option<&Before>,
        ours: &dyn Fn(Row) -> Row,
    ) -> Result<(), StoreError> {
        match change {
            Change::Settings(settings) => change_settings(batch, settings, before, ours)?,
            Change::Episode(episode) => change_episode(batch, episode, ours)?,
            Change::Cue(cue) => change_cue(batch, cue, ours)?,
            Change::Filed(filed) => change_filed(batch, slug, filed, ours)?,
            Change::Participant(person) => {
                let key = keys::participant(slug, &person.person);
                let mut shape = ParticipantItem::from(person);
                shape.version += 1;
                let row = ours(write(&key, &shape)?);
                batch.put(key, row, &if_version(person.version))?;
            }
            Change::Gone(removal) => removals::gone(batch, slug, removal, commit.real_now, ours)?,
            Change::Unquoted(gone) => quotes::unquoted(batch, slug, gone, &commit.token)?,
            Change::Bar(bar) => removals::bar(batch, slug, bar, ours)?,
            Change::Unbar(whom) => batch.delete(keys::bar(slug, whom), &unconditional())?,
            Change::Erase { person, until } => {
                removals::erase(batch, slug, person, *until, commit.real_now, ours)?;
            }
            Change::Forget(person) => removals::forget(batch, slug, person, commit)?,
            Change::Joined(member) | Change::Member(member) => members::changed(batch, slug, member, ours)?,
            Change::Claimed { word, member, until } => {
                members::claimed(batch, slug, word, member, gone(*until, commit.real_now), ours)?;
            }
            Change::Unclaimed(word) => batch.delete(keys::proof(slug, word), &unconditional())?,
            Change::Linked { account, member } => members::linked(batch, slug, account, member, ours)?,
            Change::Unlinked(account) => batch.delete(keys::linked(slug, account), &unconditional())?,
            Change::Left(person) => batch.delete(keys::member(slug, person), &unconditional())?,
            Change::Undo(undo) => {
                let key = keys::undo(slug, &undo.id);
                let row = ours(write(&key, &UndoItem::from(undo))?);
                batch.put(key, row, &unconditional())?;
            }
            Change::Keep(kept) => {
                let key = keys::kept(slug, &kept.id);
                let mut row = ours(write(&key, &KeptItem::from(kept))?);
                row.insert(TTL.to_owned(), number(gone(kept.until, commit.real_now)));
                batch.put(key, row, &unconditional())?;
            }
            Change::Hashtag { tag, was } => {
                let key = keys::tag(tag);
                let free_or_ours = || {
                    Expression::new("attribute_not_exists(#pk) OR #slug = :slug")
                        .with(":slug", text(slug.as_str()))
                };
                if let Some(was) = was.as_ref().map(|was| keys::tag(was)).filter(|was| *was != key) {
                    batch.delete(was, &free_or_ours())?;
                }
                let row = ours(write(&key, &SlugItem { slug: Name(slug.clone()) })?);
                batch.put(key, row, &free_or_ours())?;
            }
            Change::ConnectCode { code, until } => {
                let key = keys::code(code);
                let mut row = ours(write(&key, &CodeItem { slug: Name(slug.clone()), until: At(*until) })?);
                row.insert(TTL.to_owned(), number(gone(*until, commit.real_now)));
                let only_if =
                    Expression::new("attribute_not_exists(#pk) OR #slug = :slug OR #expires_at <= :now")
                        .with(":slug", text(slug.as_str()))
                        .with(":now", number(commit.real_now.timestamp()));
                batch.put(key, row, &only_if)?;
            }
            // Gone already: somebody else used it, so whoever asks must hear that it is used up.
            Change::CodeUsed(code) => {
                batch.delete(keys::code(code), &Expression::new("attribute_exists(#pk)"))?;
            }
            // Not part of the transaction: every post of a busy minute would fight for the one counter.
            Change::Counted(_) => {}
            Change::Idea(idea) => bank::changed(batch, slug, idea, commit.real_now, ours)?,
            Change::IdeaGone(idea) => bank::taken_back(batch, slug, idea)?,
            Change::Rehearsal(rehearsal) => rehearsals::changed(batch, slug, rehearsal, ours)?,
            Change::Settled { post, version, episode, entry } => {
                missed::settled(batch, &keys::filed(episode, post), version, *entry, &commit.token)?;
            }
            Change::Heard { episode, post } => radar::ticked(batch, episode, post, commit.real_now, ours)?,
            Change::CatchingUp { episode, more } => {
                missed::catching_up(batch, episode, *more, commit.real_now, ours)?;
            }
            Change::LettingIn { person, more } => {
                let key = keys::letting_in(slug, person);
                if *more {
                    let mut row = ours(write(&key, &SlugItem { slug: Name(slug.clone()) })?);
                    row.insert(RIPE.to_owned(), text("LETIN"));
                    row.insert(RIPE_AT.to_owned(), number(commit.real_now.timestamp_millis()));
                    batch.put(key, row, &unconditional())?;
                } else {
                    batch.delete(key, &unconditional())?;
                }
            }
        }
        Ok(())
    }
}

/// When a row that counts until some instant of the chat's clock may be removed, in epoch seconds of
/// real time.
pub(crate) fn gone(until: DateTime<Utc>, real_now: DateTime<Utc>) -> i64 {
    (until.max(real_now) + SPARE).timestamp()
}

pub(crate) fn reason_key(reason: Uncarried) -> &'static str {
    match reason {
        Uncarried::Repost => "repost",
        Uncarried::Own => "own",
        Uncarried::Outside => "outside",
        Uncarried::Late => "late",
        Uncarried::Echo => "echo",
        Uncarried::Known => "known",
        Uncarried::Removed => "removed",
        Uncarried::Barred => "barred",
        Uncarried::Muted => "muted",
        Uncarried::Burst => "burst",
        Uncarried::Held => "held",
    }
}

fn change_settings(
    batch: &mut Batch<'_>,
    settings: &Settings,
    before: Option<&Before>,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let slug = &settings.slug;
    let key = keys::meta(slug);
    let mut shape = SettingsItem::from(settings);
    shape.version += 1;
    let row = ours(write(&key, &shape)?);
    batch.put(key, row, &if_version(settings.version))?;

    let now = places(settings);
    let were: &[Place] = before.map_or(&[], |b| &b.places);
    for gone in were.iter().filter(|place| !now.contains(place)) {
        batch.delete(keys::at_place(gone, slug), &unconditional())?;
    }
    for place in now.iter().filter(|place| !were.contains(place)) {
        let key = keys::at_place(place, slug);
        let row = ours(write(&key, &SlugItem { slug: Name(slug.clone()) })?);
        batch.put(key, row, &unconditional())?;
    }

    let line = (settings.hashtag.clone(), settings.title.clone(), settings.retired);
    let moved = before.filter(|b| b.workspace != settings.workspace);
    if let Some(before) = moved {
        batch.delete(keys::in_workspace(&before.workspace, slug), &unconditional())?;
    }
    if moved.is_some() || before.is_none_or(|b| b.line != line) {
        let shape = LineItem {
            slug: Name(slug.clone()),
            hashtag: line.0,
            title: line.1,
            workspace: settings.workspace.clone(),
            retired: line.2,
        };
        for key in [keys::listed(slug), keys::in_workspace(&settings.workspace, slug)] {
            let row = ours(write(&key, &shape)?);
            batch.put(key, row, &unconditional())?;
        }
    }
    Ok(())
}

fn change_episode(
    batch: &mut Batch<'_>,
    episode: &Episode,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let key = keys::episode(&episode.id);
    let mut shape = EpisodeItem::from(episode);
    shape.version += 1;
    let row = ours(write(&key, &shape)?);
    batch.put(key, row, &if_version(episode.version))?;
    if episode.starts - episode.id.planned > FAR {
        // A signpost that is left behind by another move only costs a read.
        let key = keys::signpost(&episode.id, episode.starts);
        let row = ours(write(&key, &SignpostItem { of: Name(episode.id.clone()) })?);
        batch.put(key, row, &unconditional())?;
    }
    Ok(())
}

fn change_cue(batch: &mut Batch<'_>, cue: &Cue, ours: &dyn Fn(Row) -> Row) -> Result<(), StoreError> {
    let key = keys::cue(&cue.id);
    let mut row = ours(write(&key, &CueItem::from(cue))?);
    if cue.state == CueState::Waiting {
        row.insert(RIPE.to_owned(), text("CUE"));
        row.insert(RIPE_AT.to_owned(), number(cue.due.timestamp_millis()));
    }
    let only_if = match cue.state {
        // The claim: only the revision that was read, and only once.
        CueState::Fired | CueState::TooLate => Expression::new("#state = :waiting AND #rev = :rev"),
        CueState::Waiting | CueState::Withdrawn => {
            Expression::new("attribute_not_exists(#pk) OR (#state IN (:waiting, :withdrawn) AND #rev < :rev)")
                .with(":withdrawn", text("withdrawn"))
        }
    }
    .with(":waiting", text("waiting"))
    .with(":rev", number(cue.rev));
    batch.put(key, row, &only_if)
}

fn change_filed(
    batch: &mut Batch<'_>,
    slug: &Slug,
    filed: &Filed,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let post = &filed.post;
    let key = keys::filed(&filed.episode, &post.id);
    let row = ours(write(&key, &crate::items::FiledItem::from(filed))?);
    // An edit that was decided before an organiser filed the post anew must not undo that; nor may a filing
    // that was decided before an edit bring the old words back.
    let only_if = Expression::new("attribute_not_exists(#pk) OR (#refiled <= :refiled AND #edits <= :edits)")
        .with(":refiled", number(filed.refiled))
        .with(":edits", number(post.versions.len()));
    // Nor may what was decided while it waited keep it out again, or be let in as what it was before an edit.
    let with = |words: &str| {
        Expression::new(words)
            .with(":refiled", number(filed.refiled))
            .with(":edits", number(post.versions.len()))
            .with(":waits", text("waits"))
    };
    let only_if = match filed.entry {
        Entry::Straight | Entry::TooFast => only_if,
        // Nor may an edit that was decided while it was only kept say that it still is.
        Entry::Late => Expression::new(
            "attribute_not_exists(#pk) OR (#refiled <= :refiled AND #edits <= :edits AND #entry = :late)",
        )
        .with(":refiled", number(filed.refiled))
        .with(":edits", number(post.versions.len()))
        .with(":late", text(entry_name(Entry::Late))),
        Entry::Waits => with(
            "attribute_not_exists(#pk) OR (#refiled <= :refiled AND #edits <= :edits AND #entry = :waits)",
        ),
        Entry::LetIn => with("#refiled <= :refiled AND #edits <= :edits AND #entry = :waits AND #post.#version = :post_version")
            .with(":post_version", text(&post.version)),
    };
    batch.put(key, row, &only_if)?;

    let held = keys::held(&filed.episode, &post.author.person, &post.id);
    match filed.entry {
        Entry::Straight | Entry::Late | Entry::TooFast => {}
        Entry::Waits => {
            let shape = HeldItem { person: Name(post.author.person.clone()), post: Name(post.id.clone()) };
            let row = ours(write(&held, &shape)?);
            batch.put(held, row, &unconditional())?;
        }
        Entry::LetIn => batch.delete(held, &unconditional())?,
    }

    let key = keys::filed_in(&post.id, slug);
    let row = ours(write(&key, &PointerItem { episode: Name(filed.episode.clone()) })?);
    batch.put(key, row, &unconditional())?;
    removals::file(batch, slug, filed, ours)?;

    // Who waits at the door has not spoken yet.
    if filed.entry == Entry::Waits {
        return Ok(());
    }
    // The first post of an episode knows whether its author is new; later ones do not.
    let mut change = Expression::new(
        "SET #v = :v, #person = :person, #name = :name, #first_time = if_not_exists(#first_time, :first)",
    )
    .with(":v", number(VERSION))
    .with(":person", text(post.author.person.to_string()))
    .with(":name", text(&post.author.name))
    .with(":first", AttributeValue::Bool(filed.first_time));
    if let Some(handle) = &post.author.handle {
        change = change.and(", #handle = :handle").with(":handle", text(handle));
    }
    batch.update(keys::spoke(&filed.episode, &post.author.person), &change, &unconditional())
}

fn deliver(
    batch: &mut Batch<'_>,
    slug: &Slug,
    new: &NewDelivery,
    n: usize,
    commit: &Commit,
    ours: &dyn Fn(Row) -> Row,
) -> Result<(), StoreError> {
    let d = &new.delivery;
    let key = keys::delivery(&d.id);
    let shape = DeliveryItem {
        id: d.id.0.clone(),
        slug: Name(slug.clone()),
        to: Name(d.to.clone()),
        room: Name(d.room.clone()),
        kind: WorkKindItem::from(&d.work),
        state: StandingItem::Waiting,
        external: None,
        mark: None,
        reason: None,
        at: At(commit.real_now),
    };
    let mut row = ours(write(&key, &shape)?);
    if let Work::Remind { .. } | Work::Greet { .. } | Work::HandOver { .. } = d.work {
        // It names a member, who may leave: no longer than it takes to know that it was said.
        row.insert(TTL.to_owned(), number((commit.real_now + REMINDED).timestamp()));
    }
    batch.put_part(key, row, &Expression::new("attribute_not_exists(#pk)"), Part::Delivery(n))?;

    let key = keys::waiting(d);
    let shape = WaitingItem::new(slug, d, new.payload.clone(), commit.real_now);
    let mut row = ours(write(&key, &shape)?);
    row.insert(RIPE.to_owned(), text("WAIT"));
    let look_at = new.look_at.unwrap_or(commit.real_now);
    row.insert(RIPE_AT.to_owned(), number(look_at.timestamp_millis()));
    batch.put(key, row, &unconditional())?;
    removals::card(batch, new, ours)?;
    desk::begins(batch, new, commit.real_now, ours)?;

    if let Some(hash) = &new.said {
        let key = keys::said(hash);
        let shape = SaidItem {
            slug: Name(slug.clone()),
            delivery: d.id.0.clone(),
            expires_at: (commit.real_now + SAID).timestamp(),
        };
        let row = ours(write(&key, &shape)?);
        batch.put(key, row, &unconditional())?;
    }
    Ok(())
}

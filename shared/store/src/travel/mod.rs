//! A chat moves: everything that is remembered of it, out of one table and into another.
//!
//! Found by looking through the whole table (`Scan`), because nothing lists what lies in partitions of its own:
//! a tombstone whose post nobody carried, a delivery to a room that is disconnected by now, the text of an
//! announcement. An index would have to be kept by every post of every hour, for something that is done once in a
//! chat's life, and a table of a year costs a cent to look through.

mod arrive;
mod halfway;
mod kinds;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use chat::name::{DeliveryId, Person, Place, Platform, PostId, Slug};
use chat::rehearsal::run_of;
use chat::settings::Settings;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::commit::{Batch, Expression};
use crate::items::{At, CueItem, Name, SettingsItem, SlugItem};
use crate::keys::{self, Key};
use crate::table::{
    RIPE, RIPE_AT, Range, Row, attributes, intent, key_of, number, over, read, sort, text, write,
};
use crate::{Store, StoreError};

pub use arrive::{Arrival, Changes, InTheWay, Left};
pub use halfway::Halfway;
use kinds::Whose;
pub use kinds::{Kind, Way};

/// How often something is tried again for which the table had no time.
const TRIES: u32 = 6;
/// The first pause between two tries; it doubles.
const PAUSE: Duration = Duration::from_millis(40);
/// When a chat moved away: an attribute of its row.
const WHEN: &str = "moved";
/// What is written instead of a delivery's fate that is not known, since it waits where the chat was.
const STAYED: &str = "it waited where the chat was before, and stayed there";

/// A row on its way, without what belongs to the table that it comes from: its place in the index, X's name for a
/// subscription, the words of a message in doubt.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    kind: Kind,
    key: Key,
    row: Row,
}

impl Record {
    /// What kind of row it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its two keys, as they are written in errors: `pk/sk`.
    pub fn name(&self) -> String {
        self.key.to_string()
    }

    /// All of its attributes, its keys among them, as plain values.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where it has some that plain values cannot hold.
    pub fn attributes<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_dynamo::aws_sdk_dynamodb_1::from_item(self.row.clone())
            .map_err(|why| unreadable(&self.key, &why))
    }

    /// Reads what [`attributes`](Record::attributes) gave. A record that is taken is one that this version knows,
    /// that travels, and that can be read as what it is; whose it is, is another question.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`]; [`StoreError::Unfit`] where it is no row at all.
    pub fn read<T: Serialize>(attributes: &T) -> Result<Record, StoreError> {
        let row: Row = serde_dynamo::aws_sdk_dynamodb_1::to_item(attributes)
            .map_err(|why| StoreError::Unfit(Box::new(why)))?;
        let key = key_of(&row);
        let kind = Kind::of(&key).filter(|kind| kind.way() == Way::Travels);
        let Some(kind) = kind else { return Err(unreadable(&key, &"no chat takes such a row along")) };
        kind.check(&row)?;
        let record = Record { kind, key, row };
        // Nor may it carry what never leaves a table.
        if record != Record::of(kind, record.key.clone(), record.row.clone()) {
            return Err(unreadable(&record.key, &"it holds what never travels"));
        }
        Ok(record)
    }

    fn of(kind: Kind, key: Key, mut row: Row) -> Record {
        row.remove(RIPE);
        row.remove(RIPE_AT);
        match kind {
            Kind::Watch => drop(row.remove("subscription")),
            // Words stand here only while it is not known whether they were sent.
            Kind::Message => drop(row.remove("payload")),
            Kind::Delivery if row.get("state").is_some_and(|state| *state == text("waiting")) => {
                row.insert("state".to_owned(), text("failed"));
                row.insert("reason".to_owned(), text(STAYED));
            }
            _ => {}
        }
        Record { kind, key, row }
    }

    /// When it falls due, by the chat's clock, if it is a cue that waits.
    pub fn falls_due(&self) -> Option<DateTime<Utc>> {
        if self.kind != Kind::Cue {
            return None;
        }
        // What cannot be read was not taken as a record.
        let cue = chat::cue::Cue::from(read::<CueItem>(self.row.clone()).ok()?);
        (cue.state == chat::cue::CueState::Waiting).then_some(cue.due)
    }

    /// About how large the row is, in bytes: names and values as DynamoDB counts them, or a little more
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>).
    pub fn size(&self) -> usize {
        self.row.iter().map(|(name, value)| name.len() + size(value)).sum()
    }

    fn whose(&self) -> Result<Whose, StoreError> {
        self.kind.whose(&self.key, &self.row)
    }
}

/// Whether a row is of something that waits and need not be waited for. A member's own reminder may wait for two days;
/// where the chat arrives, the next plan lays out those that are not there. What waits of a rehearsal counts for nothing,
/// and a chat that has moved plays none.
fn stays_behind(kind: Kind, row: &Row) -> bool {
    let id = row.get("id").and_then(|id| id.as_s().ok());
    let personal = id.is_some_and(|id| id.contains(PERSONAL));
    let rehearsed = id.is_some_and(|id| run_of(&DeliveryId(id.clone())).is_some());
    let waits = kind == Kind::Waiting || row.get("state") == Some(&text("waiting"));
    match kind {
        Kind::Cue => personal,
        Kind::Waiting | Kind::Delivery => (personal || rehearsed) && waits,
        _ => false,
    }
}

/// What the names of those reminders, and of the cue that lays them out, have in them: `chat::personal`.
const PERSONAL: &str = "/personal/";

fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 2,
        AttributeValue::L(all) => 3 + all.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(all) => {
            3 + all.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        _ => 1,
    }
}

fn unreadable(key: &Key, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unreadable { key: key.to_string(), why: why.to_string() }
}

/// Everything of a chat, as one look over its table found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// Its settings.
    pub settings: Settings,
    /// What travels, by kind and key.
    pub records: Vec<Record>,
    /// How many deliveries wait, by destination. They stay.
    pub waiting: Vec<(Place, usize)>,
    /// Work of other kinds that is under way and ends by itself within minutes, by its row's keys.
    pub unfinished: Vec<String>,
    /// Since when the chat is away from here, in real time; `None` where it is at home.
    pub moved: Option<DateTime<Utc>>,
}

/// The settings that a row holds: a chat's, or those of one that moved away.
fn settings(row: Row) -> Result<(Settings, Option<DateTime<Utc>>), StoreError> {
    let moved =
        row.get(WHEN).map(|at| serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value::<At>(at.clone()));
    let key = key_of(&row);
    let moved = moved.transpose().map_err(|why| unreadable(&key, &why))?;
    Ok((read::<SettingsItem>(row)?.into(), moved.map(|at| at.0)))
}

/// Of the rows that may be a chat's, those that are.
fn choose(
    slug: &Slug,
    hashtag: &str,
    found: Vec<(Record, Whose)>,
    elsewhere: &HashSet<PostId>,
) -> Vec<Record> {
    let mut posts: HashSet<PostId> = HashSet::new();
    let mut messages: HashSet<(Place, String)> = HashSet::new();
    let mut authors: HashSet<Person> = HashSet::new();
    for (record, whose) in &found {
        let (pk, sk) = (&record.key.pk, &record.key.sk);
        if !matches!(whose, Whose::Chat(_) | Whose::Chats(_)) {
            continue;
        }
        match record.kind {
            Kind::FiledIn | Kind::GoneHere | Kind::Quoting | Kind::Card => posts.extend(post_of(pk)),
            Kind::Message => {
                messages
                    .extend(pk.strip_prefix("MSG#").and_then(|p| p.parse().ok()).map(|p| (p, sk.clone())));
            }
            Kind::By => {
                let person = pk.splitn(3, '#').nth(2).and_then(|person| person.parse::<Person>().ok());
                authors.extend(person.filter(|person| person.platform == Platform::X));
            }
            _ => {}
        }
    }
    // Each version of a post that is ours is ours.
    for (record, whose) in &found {
        if let (Kind::First, Whose::Post(first)) = (record.kind, whose)
            && posts.contains(first)
        {
            posts.extend(post_of(&record.key.pk));
        }
    }
    let tag = hashtag.to_lowercase();
    let ours = |(record, whose): &(Record, Whose)| match whose {
        Whose::Chat(of) => of == slug,
        Whose::Chats(of) => of.contains(slug),
        // A removal may have come before its post, and is then nobody's yet.
        Whose::Post(post) if record.kind == Kind::Gone => posts.contains(post) || !elsewhere.contains(post),
        Whose::Post(post) => posts.contains(post),
        Whose::Message(place, mark) => messages.contains(&(place.clone(), mark.clone())),
        Whose::Hashtag(of) => *of == tag,
        Whose::Author(person) => authors.contains(person),
        Whose::Deployment => false,
    };
    let mut chosen: Vec<Record> = found.into_iter().filter(ours).map(|(record, _)| record).collect();
    chosen.sort_by(|a, b| (a.kind, &a.key.pk, &a.key.sk).cmp(&(b.kind, &b.key.pk, &b.key.sk)));
    chosen
}

fn post_of(pk: &str) -> Option<PostId> {
    pk.strip_prefix("POST#")?.parse().ok()
}

impl Store {
    /// Looks over the whole table and gathers what is a chat's. `None` where there is no such chat, and none of
    /// that name moved away from here. `real_now` is real time: what has ended by then is left out.
    ///
    /// One look is no moment: what is written meanwhile may be in it or not. Two looks with the same outcome are
    /// one: then every row stood so between them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Unreadable`] where there is a row that this version does not know.
    pub async fn gather(&self, slug: &Slug, real_now: DateTime<Utc>) -> Result<Option<Gathered>, StoreError> {
        let mut found: Vec<(Record, Whose)> = Vec::new();
        let mut first_elsewhere: Vec<(PostId, PostId)> = Vec::new();
        let mut elsewhere: HashSet<PostId> = HashSet::new();
        let mut waiting: BTreeMap<Place, usize> = BTreeMap::new();
        let mut unfinished: BTreeSet<String> = BTreeSet::new();
        let (mut at_home, mut away) = (None, None);
        let mut from = None;
        loop {
            let (rows, next) = self.look_over(from).await?;
            for row in rows {
                let key = key_of(&row);
                let Some(kind) = Kind::of(&key) else {
                    return Err(unreadable(
                        &key,
                        &"this version does not know such rows, so a newer one wrote it",
                    ));
                };
                let whose = kind.whose(&key, &row)?;
                let ours = match &whose {
                    Whose::Chat(of) => of == slug,
                    Whose::Chats(of) => of.contains(slug),
                    _ => false,
                };
                let direct = matches!(whose, Whose::Chat(_) | Whose::Chats(_));
                if direct && !ours {
                    if matches!(kind, Kind::FiledIn | Kind::GoneHere | Kind::Quoting | Kind::Card) {
                        elsewhere.extend(post_of(&key.pk));
                    }
                    continue;
                }
                if stays_behind(kind, &row) {
                    continue;
                }
                // A tombstone that quotations still wait for.
                let pending = row.contains_key(RIPE) && matches!(kind, Kind::Gone | Kind::GoneHere);
                match kind.way() {
                    Way::Unfinished if kind == Kind::Waiting => {
                        let place = key.pk.strip_prefix("WAIT#").unwrap_or_default();
                        let place = place.parse().map_err(|why| unreadable(&key, &why))?;
                        *waiting.entry(place).or_default() += 1;
                    }
                    Way::Unfinished => drop(unfinished.insert(key.to_string())),
                    Way::Anew => {}
                    Way::Stays if kind == Kind::Moved => away = Some(row),
                    Way::Stays => {}
                    Way::Travels if over(&row, real_now) => {}
                    Way::Travels => {
                        if pending {
                            unfinished.insert(key.to_string());
                        }
                        if kind == Kind::Settings {
                            at_home = Some(row.clone());
                        }
                        if let (Kind::First, Whose::Post(first)) = (kind, &whose) {
                            first_elsewhere.extend(post_of(&key.pk).map(|version| (version, first.clone())));
                        }
                        kind.check(&row)?;
                        found.push((Record::of(kind, key, row), whose));
                    }
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        for (version, first) in first_elsewhere {
            if elsewhere.contains(&first) {
                elsewhere.insert(version);
            }
        }
        let (settings, moved) = match (at_home, away) {
            (Some(row), _) => settings(row)?,
            (None, Some(mut row)) => {
                let read = settings(row.clone())?;
                let key = keys::meta(slug);
                row.remove(WHEN);
                row.extend(attributes(&key));
                found.push((Record::of(Kind::Settings, key, row), Whose::Chat(slug.clone())));
                read
            }
            (None, None) => return Ok(None),
        };
        let records = choose(slug, &settings.hashtag, found, &elsewhere);
        // Of the tombstones that wait for quotations, only those that are the chat's.
        let tombstone = |name: &String| name.starts_with("POST#");
        let names: HashSet<String> = records.iter().map(Record::name).collect();
        let unfinished =
            unfinished.into_iter().filter(|name| !tombstone(name) || names.contains(name)).collect();
        Ok(Some(Gathered { settings, records, waiting: waiting.into_iter().collect(), unfinished, moved }))
    }

    /// A page of the whole table, strongly consistent.
    async fn look_over(&self, from: Option<Row>) -> Result<(Vec<Row>, Option<Row>), StoreError> {
        let mut tries = 0;
        loop {
            let asked = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(from.clone())
                .send();
            match Box::pin(asked).await.map_err(sort) {
                Ok(page) => return Ok((page.items.unwrap_or_default(), page.last_evaluated_key)),
                Err(StoreError::Unavailable(_)) if tries < TRIES => {
                    tokio::time::sleep(PAUSE * 2_u32.pow(tries)).await;
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A chat falls silent here, because it moves: nobody finds it any more, by its name, its channels or its
    /// workspace, and nothing of it is planned or fired. Its hashtag stays taken, so that no other chat begins among
    /// its rows; those stay as well. What waits to be delivered is delivered. Whether it was at home; repeating it
    /// changes nothing.
    ///
    /// Not a setting: each version that ever runs on the table, older ones too, has to keep silent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its settings were written at that moment: again.
    pub async fn move_out(&self, slug: &Slug, real_now: DateTime<Utc>) -> Result<bool, StoreError> {
        let meta = keys::meta(slug);
        let Some(mut row) = self.get(&meta).await? else { return Ok(false) };
        let item: SettingsItem = read(row.clone())?;
        let mut batch = Batch::new(&self.table);
        let same = Expression::new("#version = :read").with(":read", number(item.version));
        batch.delete(meta, &same)?;
        batch.delete(keys::listed(slug), &Expression::default())?;
        batch.delete(keys::in_workspace(&item.workspace, slug), &Expression::default())?;
        let moved = keys::moved(slug);
        row.extend(attributes(&moved));
        let at = real_now.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        row.insert(WHEN.to_owned(), text(at));
        batch.put(moved, row, &Expression::default())?;
        let away = keys::away(slug);
        let line = write(&away, &SlugItem { slug: Name(slug.clone()) })?;
        batch.put(away, line, &Expression::default())?;
        self.settle(batch, "move-out").await?;
        Ok(true)
    }

    /// Goes on where [`move_out`](Store::move_out) ended: takes the cues of a chat that is away out of the index,
    /// where each tick would find them from their time on, and lets go of its channels. `real_now` tells it from an
    /// earlier silence of the same chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it may be called again. [`StoreError::Conflict`] where the chat is at home.
    pub async fn hush(&self, slug: &Slug, real_now: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(row) = self.get(&keys::moved(slug)).await? else { return Err(StoreError::Conflict) };
        let item: SettingsItem = read(row)?;
        let hush = intent("hush", real_now);
        let rows = self.query(&keys::chat(slug), &Range::Begins("CUE#".to_owned()), None).await?;
        for row in rows.into_iter().filter(|row| row.contains_key(RIPE)) {
            let mut batch = Batch::new(&self.table);
            let change = Expression::new("REMOVE #ripe, #ripe_at");
            batch.update(key_of(&row), &change, &Expression::new("attribute_exists(#pk)"))?;
            self.settle(batch, &hush).await?;
        }
        for place in item.places {
            let mut batch = Batch::new(&self.table);
            batch.delete(keys::at_place(&place.0, slug), &Expression::default())?;
            self.settle(batch, &hush).await?;
        }
        Ok(())
    }

    /// The chats that moved away from here, by name: their settings, and since when they are silent, in real time.
    /// Rows that cannot be read are passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn all_moved(&self) -> Result<Vec<(Settings, DateTime<Utc>)>, StoreError> {
        let lines = self.query(keys::AWAY, &Range::All, None).await?;
        let slugs = self.readable_by(lines, |row| Ok(read::<SlugItem>(row)?.slug.0));
        let keys: Vec<Key> = slugs.iter().map(keys::moved).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = self.readable_by(self.get_all(&keys).await?, settings);
        all.sort_by(|(a, _), (b, _)| a.slug.cmp(&b.slug));
        Ok(all.into_iter().filter_map(|(settings, since)| Some((settings, since?))).collect())
    }

    /// Since when a chat is away from here, in real time; `None` where nothing tells that it ever was here.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn moved(&self, slug: &Slug) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(self.moved_with(slug).await?.map(|(_, since)| since))
    }

    /// The same, with the settings that it had.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn moved_with(&self, slug: &Slug) -> Result<Option<(Settings, DateTime<Utc>)>, StoreError> {
        let Some(row) = self.get(&keys::moved(slug)).await? else { return Ok(None) };
        let (settings, since) = settings(row)?;
        Ok(since.map(|since| (settings, since)))
    }
}

//! A chat arrives: its rows are written, and last of all those that make it exist.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use chat::name::{Place, PostId, Slug};
use chat::settings::Settings;
use chrono::{DateTime, Utc};

use super::{Halfway, Kind, PAUSE, Record, TRIES, WHEN, Way, Whose, halfway, unreadable};
use crate::commit::{Batch, Expression};
use crate::items::{LineItem, Name, SettingsItem, SlugItem, WatchItem, places};
use crate::keys::{self, Key};
use crate::table::{RIPE, RIPE_AT, Range, Row, attributes, intent, key_of, number, read, sort, text, write};
use crate::{Store, StoreError};

/// DynamoDB's own limit for one BatchWriteItem
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>).
const BATCH: usize = 25;
/// And for one row.
const LARGEST: usize = 400 * 1024;
/// As many places as are written with the settings, in one transaction.
const MOST_PLACES: usize = 80;

/// What keeps a chat from arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InTheWay {
    /// A chat of that name is here already.
    Here {
        /// What people call it.
        title: String,
    },
    /// Its hashtag is another chat's.
    Hashtag {
        /// That chat.
        of: Slug,
    },
    /// What lies here of it is newer: what went since would come back, and what came would go.
    Newer {
        /// Of when it is, in real time.
        of: DateTime<Utc>,
        /// Whether it has not come here as a whole; else it moved away from here at that time.
        halfway: bool,
    },
}

/// What is left of a chat that does not live here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// How many rows.
    pub rows: usize,
    /// Its hashtag, where it moved away.
    pub hashtag: Option<String>,
    /// Where it was arriving, and did not.
    pub halfway: Option<Halfway>,
}

/// A chat that is to arrive, checked as a whole: one chat's, its settings among it, and each row once.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub(super) slug: Slug,
    pub(super) settings: Settings,
    records: Vec<Record>,
    pub(super) as_of: DateTime<Utc>,
}

/// What arriving would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Rows that are written.
    pub written: usize,
    /// Rows that stand there already, as they should.
    pub there: usize,
    /// Rows of the chat from before, which it has no more, and which go.
    pub removed: usize,
}

impl Changes {
    /// Whether all of it stands there already.
    pub fn is_nothing(&self) -> bool {
        self.written == 0 && self.removed == 0
    }
}

impl Arrival {
    /// Takes the rows of one chat together. `as_of` is of when they are, in real time: when the chat fell silent where
    /// they come from, or when a copy was made of it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] names the row that is another chat's, or comes twice, or is missing;
    /// [`StoreError::Unfit`] where one is too large.
    pub fn of(slug: &Slug, records: Vec<Record>, as_of: DateTime<Utc>) -> Result<Arrival, StoreError> {
        let mut seen: HashSet<&Key> = HashSet::new();
        let mut settings = None;
        let mut hashtag = None;
        for record in &records {
            if !seen.insert(&record.key) {
                return Err(unreadable(&record.key, &"it is there twice"));
            }
            if record.size() > LARGEST {
                return Err(StoreError::Unfit(format!("{} is larger than 400 KB", record.key).into()));
            }
            let ours = match record.whose()? {
                Whose::Chat(of) => of == *slug,
                Whose::Chats(of) => of.contains(slug),
                Whose::Hashtag(of) => {
                    hashtag = Some((of, &record.key));
                    true
                }
                Whose::Post(_) | Whose::Message(..) | Whose::Author(_) => true,
                Whose::Deployment => false,
            };
            if !ours {
                return Err(unreadable(&record.key, &format_args!("it is not a row of {slug}")));
            }
            if record.kind == Kind::Settings {
                settings = Some(Settings::from(read::<SettingsItem>(record.row.clone())?));
            }
        }
        let Some(settings) = settings.filter(|settings| settings.slug == *slug) else {
            return Err(unreadable(&keys::meta(slug), &"the settings are missing"));
        };
        if let Some((_, key)) = hashtag.filter(|(of, _)| *of != settings.hashtag.to_lowercase()) {
            return Err(unreadable(key, &"it is another hashtag's"));
        }
        Ok(Arrival { slug: slug.clone(), settings, records, as_of })
    }

    /// The chat's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Of when it is, in real time.
    pub fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    /// Its rows.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The posts that it brings with what they say: each name of each, with the first id of its edit history.
    pub fn standing_posts(&self) -> Vec<(PostId, PostId)> {
        let filed = self.records.iter().filter(|record| record.kind == Kind::Post);
        let firsts: HashSet<PostId> =
            filed.filter_map(|record| record.key.sk.strip_prefix("POST#")?.parse().ok()).collect();
        let versions = self.records.iter().filter_map(|record| match record.whose() {
            Ok(Whose::Post(first)) if record.kind == Kind::First && firsts.contains(&first) => {
                Some((super::post_of(&record.key.pk)?, first))
            }
            _ => None,
        });
        let mut names: Vec<(PostId, PostId)> = versions.collect();
        names.extend(firsts.iter().map(|first| (first.clone(), first.clone())));
        names.sort();
        names
    }
}

/// A row as it stands in a table, its place in the index included.
fn stored(record: &Record) -> Result<Row, StoreError> {
    let mut row = record.row.clone();
    match record.kind {
        Kind::Cue => {
            if let Some(due) = record.falls_due() {
                row.insert(RIPE.to_owned(), text("CUE"));
                row.insert(RIPE_AT.to_owned(), number(due.timestamp_millis()));
            }
        }
        // To be subscribed to anew: by which app, the next tick knows.
        Kind::Watch => {
            let watch: WatchItem = read(row.clone())?;
            row.insert(RIPE.to_owned(), text("WATCH"));
            row.insert(RIPE_AT.to_owned(), number(watch.last));
        }
        _ => {}
    }
    Ok(row)
}

/// Whether a row stands in a table as it should. What never travels, such as that a delivery waits here, is the table's.
fn stands(record: &Record, row: &Row) -> Result<bool, StoreError> {
    let same = *record == Record::of(record.kind, record.key.clone(), row.clone());
    // A cue that nobody finds is none.
    Ok(same && (record.kind != Kind::Cue || *row == stored(record)?))
}

/// Whether what is there already is left as it is: it is everybody's, and as good as what comes or better.
fn keeps_what_is_there(kind: Kind) -> bool {
    matches!(kind, Kind::Watch | Kind::Gone)
}

impl Store {
    /// What keeps a chat from arriving.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn in_the_way(&self, arrival: &Arrival) -> Result<Vec<InTheWay>, StoreError> {
        let settings = &arrival.settings;
        let mut found = Vec::new();
        if let Some(of) = self.moved(&settings.slug).await?.filter(|of| *of > arrival.as_of) {
            found.push(InTheWay::Newer { of, halfway: false });
        }
        let begun = self.arriving(&settings.slug).await?.and_then(|begun| begun.as_of);
        if let Some(of) = begun.filter(|of| *of > arrival.as_of) {
            found.push(InTheWay::Newer { of, halfway: true });
        }
        if let Some(row) = self.get(&keys::meta(&settings.slug)).await? {
            found.push(InTheWay::Here { title: Settings::from(read::<SettingsItem>(row)?).title });
        }
        let holders = self.chats_by_tag(std::slice::from_ref(&settings.hashtag)).await?;
        found
            .extend(holders.into_iter().filter(|of| *of != settings.slug).map(|of| InTheWay::Hashtag { of }));
        Ok(found)
    }

    /// What arriving would change here. Nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn arrival_changes(&self, arrival: &Arrival) -> Result<Changes, StoreError> {
        let todo = self.arrival_todo(arrival).await?;
        Ok(todo.changes(arrival))
    }

    /// Writes everything of a chat, and last the rows that make it exist: until then nobody finds it, and nothing of
    /// it acts. What stands here of it from before, and it has no more, goes. Killed in the middle it can be called
    /// again with the same chat and goes on. `file` names what it comes from, for whoever looks at a table in which
    /// this did not come to its end; `told` hears how many rows are done, of how many.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where [`in_the_way`](Store::in_the_way) would name something by now;
    /// [`StoreError::Unavailable`]: call it again.
    pub async fn arrive(
        &self,
        arrival: &Arrival,
        file: &str,
        real_now: DateTime<Utc>,
        told: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<Changes, StoreError> {
        if !self.in_the_way(arrival).await?.is_empty() {
            return Err(StoreError::Conflict);
        }
        let todo = self.arrival_todo(arrival).await?;
        let changes = todo.changes(arrival);
        let all = todo.write.len() + todo.remove.len();
        let mut done = 0;
        let mut batch = Batch::new(&self.table);
        let (marker, row) = halfway::marker(arrival, file, real_now)?;
        batch.put(marker, row, &Expression::default())?;
        self.settle(batch, "arriving").await?;
        // What a tick would find through the index comes last.
        let (quiet, ripe): (Vec<&Record>, Vec<&Record>) =
            todo.write.iter().partition(|record| record.kind != Kind::Cue);
        let (mut puts, mut careful) = (Vec::new(), Vec::new());
        for record in quiet.into_iter().filter(|record| record.kind != Kind::Settings) {
            if keeps_what_is_there(record.kind) { careful.push(record) } else { puts.push(record) }
        }
        for chunk in puts.chunks(BATCH) {
            let rows = chunk.iter().map(|record| stored(record)).collect::<Result<Vec<_>, _>>()?;
            self.write_all(rows.into_iter().map(put).collect::<Result<_, _>>()?).await?;
            done += chunk.len();
            told(done, all);
        }
        for record in careful {
            self.put_if(stored(record)?, &Expression::new("attribute_not_exists(#pk)")).await?;
            done += 1;
        }
        for chunk in todo.remove.chunks(BATCH) {
            self.write_all(chunk.iter().map(delete).collect::<Result<_, _>>()?).await?;
            done += chunk.len();
            told(done, all);
        }
        for chunk in ripe.chunks(BATCH) {
            let rows = chunk.iter().map(|record| stored(record)).collect::<Result<Vec<_>, _>>()?;
            self.write_all(rows.into_iter().map(put).collect::<Result<_, _>>()?).await?;
            done += chunk.len();
            told(done, all);
        }
        let record = arrival.records.iter().find(|record| record.kind == Kind::Settings);
        let Some(record) = record else {
            return Err(unreadable(&keys::meta(&arrival.slug), &"the settings are missing"));
        };
        // Whoever removed meanwhile what had come took the marker along: it is not whole, then.
        let marked = Expression::new("attribute_exists(#pk)");
        if let Err(error) = self.wake(&arrival.settings, record.row.clone(), &marked, real_now).await {
            // What was written after that is named again, so that it can be found; unless a chat lives there by now.
            if matches!(error, StoreError::Conflict) && self.get(&keys::meta(&arrival.slug)).await?.is_none()
            {
                let (_, row) = halfway::marker(arrival, file, real_now)?;
                self.write_all(vec![put(row)?]).await?;
            }
            return Err(error);
        }
        told(all, all);
        Ok(changes)
    }

    /// A chat that moved away from here lives here again, with everything as it stands: for one that is in no file.
    /// Where it lives here, nothing changes. `real_now` tells it from an earlier return of the same chat.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: call it again. [`StoreError::Conflict`] where it never was here, or its hashtag is
    /// another's by now.
    pub async fn stay(&self, slug: &Slug, real_now: DateTime<Utc>) -> Result<(), StoreError> {
        let meta = keys::meta(slug);
        if self.get(&meta).await?.is_some() {
            return Ok(());
        }
        let Some(mut row) = self.get(&keys::moved(slug)).await? else { return Err(StoreError::Conflict) };
        row.remove(WHEN);
        row.extend(attributes(&meta));
        let settings = Settings::from(read::<SettingsItem>(row.clone())?);
        for standing in self.query(&keys::chat(slug), &Range::Begins("CUE#".to_owned()), None).await? {
            let record = Record::of(Kind::Cue, key_of(&standing), standing.clone());
            let wanted = stored(&record)?;
            if wanted != standing {
                let mut batch = Batch::new(&self.table);
                batch.put(record.key, wanted, &Expression::new("attribute_exists(#pk)"))?;
                self.settle(batch, &intent("stay", real_now)).await?;
            }
        }
        self.wake(&settings, row, &Expression::default(), real_now).await
    }

    /// The rows that make a chat exist, in one transaction, if `marked` holds for the marker of its arrival.
    async fn wake(
        &self,
        settings: &Settings,
        row: Row,
        marked: &Expression,
        real_now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let slug = &settings.slug;
        let mut batch = Batch::new(&self.table);
        let absent = Expression::new("attribute_not_exists(#pk)");
        let meta = keys::meta(slug);
        batch.put(meta.clone(), row.clone(), &absent)?;
        let only_slug = SlugItem { slug: Name(slug.clone()) };
        let free_or_ours =
            Expression::new("attribute_not_exists(#pk) OR #slug = :slug").with(":slug", text(slug.as_str()));
        let tag = keys::tag(&settings.hashtag);
        batch.put(tag.clone(), write(&tag, &only_slug)?, &free_or_ours)?;
        let line = LineItem {
            slug: Name(slug.clone()),
            hashtag: settings.hashtag.clone(),
            title: settings.title.clone(),
            workspace: settings.workspace.clone(),
            retired: settings.retired,
        };
        for key in [keys::listed(slug), keys::in_workspace(&settings.workspace, slug)] {
            batch.put(key.clone(), write(&key, &line)?, &Expression::default())?;
        }
        for (n, place) in places(settings).iter().enumerate() {
            let key = keys::at_place(place, slug);
            let row = write(&key, &only_slug)?;
            if n < MOST_PLACES {
                batch.put(key, row, &Expression::default())?;
            } else {
                self.write_all(vec![put(row)?]).await?;
            }
        }
        batch.delete(keys::moved(slug), &Expression::default())?;
        batch.delete(keys::away(slug), &Expression::default())?;
        batch.delete(keys::arriving(slug), marked)?;
        let Err(error) = self.settle(batch, &intent("wake", real_now)).await else { return Ok(()) };
        // An answer that was lost, or a repeat after it: all of it is written, or none.
        match self.get_all(&[meta.clone(), keys::arriving(slug)]).await {
            Ok(rows) if rows.len() == 1 && rows[0] == row => Ok(()),
            _ => Err(error),
        }
    }

    async fn arrival_todo<'a>(&self, arrival: &'a Arrival) -> Result<Todo<'a>, StoreError> {
        // Where nothing lies under its name it was never here, and nobody looks over the whole table.
        let chat = keys::chat(&arrival.slug);
        let standing = match self.query(&chat, &Range::All, Some(1)).await?.is_empty() {
            true => HashMap::new(),
            false => self.standing(arrival).await?,
        };
        let mut write = Vec::new();
        for record in &arrival.records {
            match standing.get(&record.key) {
                Some(_) if keeps_what_is_there(record.kind) => {}
                Some(row) if stands(record, row)? => {}
                _ => write.push(record),
            }
        }
        let brought: HashSet<&Key> = arrival.records.iter().map(|record| &record.key).collect();
        let mut remove = Vec::new();
        for (key, row) in &standing {
            let Some(kind) = Kind::of(key).filter(|_| !brought.contains(key)) else { continue };
            let whole = match kind.whose(key, row)? {
                Whose::Chat(of) => of == arrival.slug,
                // A message may carry cards of another chat as well.
                Whose::Chats(of) => of.iter().all(|of| *of == arrival.slug),
                _ => false,
            };
            // What is under way here comes to its end here.
            if whole && kind.way() == Way::Travels {
                remove.push(key.clone());
            }
        }
        remove.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        Ok(Todo { write, remove })
    }

    /// What stands here of a chat, and what stands here under the keys that it brings.
    async fn standing(&self, arrival: &Arrival) -> Result<HashMap<Key, Row>, StoreError> {
        let brought: HashSet<&Key> = arrival.records.iter().map(|record| &record.key).collect();
        let mut standing = HashMap::new();
        let mut from = None;
        loop {
            let (rows, next) = self.look_over(from).await?;
            for row in rows {
                let key = key_of(&row);
                let Some(kind) = Kind::of(&key) else { continue };
                let ours = match kind.whose(&key, &row)? {
                    Whose::Chat(of) => of == arrival.slug,
                    Whose::Chats(of) => of.contains(&arrival.slug),
                    _ => false,
                };
                if ours || brought.contains(&key) {
                    standing.insert(key, row);
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => return Ok(standing),
            }
        }
    }

    /// Writes and deletes rows, twenty-five at most, until the table has taken all of them.
    async fn write_all(&self, mut open: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut tries = 0;
        while tries < TRIES {
            if tries > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(tries)).await;
            }
            tries += 1;
            let asked = self.client.batch_write_item().request_items(&self.table, open.clone()).send();
            match Box::pin(asked).await.map_err(sort) {
                Ok(answer) => {
                    let left = answer.unprocessed_items.into_iter().flatten().flat_map(|(_, left)| left);
                    let left: Vec<WriteRequest> = left.collect();
                    if left.len() < open.len() {
                        // It gets on, if slowly.
                        tries = tries.min(1);
                    }
                    open = left;
                }
                // It may have been written: writing the same again is the same.
                Err(StoreError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
            if open.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("the table had no time for some rows".into()))
    }

    /// What is left here of a chat that moved away, or came here only in part: how many rows, and with `remove` they go.
    /// `None` where neither is so: what lives here is not touched. Killed in the middle it can be called again.
    ///
    /// Tombstones that count for every chat stay, since another may meet their posts, and so does what waits to be
    /// delivered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; call it again. [`StoreError::Unreadable`].
    pub async fn left_behind(&self, slug: &Slug, remove: bool) -> Result<Option<Left>, StoreError> {
        let marks = [keys::moved(slug), keys::arriving(slug)];
        let there = self.get_all(&[&[keys::meta(slug)], &marks[..]].concat()).await?;
        let moved = there.iter().find(|row| key_of(row) == marks[0]);
        let hashtag =
            moved.map(|row| read::<SettingsItem>(row.clone())).transpose()?.map(|item| item.hashtag);
        let there: Vec<Key> = there.iter().map(key_of).collect();
        if there.is_empty() || there.contains(&keys::meta(slug)) {
            return Ok(None);
        }
        let halfway = self.arriving(slug).await?;
        let mut ours: Vec<Key> = Vec::new();
        let mut messages: HashSet<(Place, String)> = HashSet::new();
        let mut linked: Vec<(Key, (Place, String))> = Vec::new();
        let mut from = None;
        loop {
            let (rows, next) = self.look_over(from).await?;
            for row in rows {
                let key = key_of(&row);
                let Some(kind) = Kind::of(&key) else { continue };
                match kind.whose(&key, &row)? {
                    Whose::Chat(of) if of == *slug && !marks.contains(&key) && !waits(kind, &row) => {
                        ours.push(key)
                    }
                    Whose::Chats(of) if of.iter().all(|of| of == slug) => {
                        let place = key.pk.strip_prefix("MSG#").and_then(|place| place.parse().ok());
                        messages.extend(place.map(|place| (place, key.sk.clone())));
                        ours.push(key);
                    }
                    Whose::Message(place, mark) => linked.push((key, (place, mark))),
                    _ => {}
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        ours.extend(linked.into_iter().filter(|(_, to)| messages.contains(to)).map(|(key, _)| key));
        if remove {
            for chunk in ours.chunks(BATCH) {
                self.write_all(chunk.iter().map(delete).collect::<Result<_, _>>()?).await?;
            }
            // Last, so that who is killed before it can be called again.
            self.write_all(there.iter().map(delete).collect::<Result<_, _>>()?).await?;
        }
        Ok(Some(Left { rows: ours.len() + there.len(), hashtag, halfway }))
    }

    /// Of these posts, those that were taken back where they were written, as this table knows it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn taken_back(&self, posts: &[PostId]) -> Result<Vec<PostId>, StoreError> {
        let mut wanted: Vec<Key> = posts.iter().map(keys::gone).collect();
        wanted.sort_by(|a, b| a.pk.cmp(&b.pk));
        wanted.dedup();
        let rows = self.get_all(&wanted).await?;
        Ok(rows.iter().filter_map(|row| super::post_of(&key_of(row).pk)).collect())
    }
}

/// What is to be done so that a chat stands here as it comes.
struct Todo<'a> {
    write: Vec<&'a Record>,
    remove: Vec<Key>,
}

impl Todo<'_> {
    fn changes(&self, arrival: &Arrival) -> Changes {
        let (written, removed) = (self.write.len(), self.remove.len());
        Changes { written, there: arrival.records.len() - written, removed }
    }
}

/// Whether a row is that of a delivery that waits: whoever delivers it still looks for it.
fn waits(kind: Kind, row: &Row) -> bool {
    kind == Kind::Waiting || (kind == Kind::Delivery && row.get("state") == Some(&text("waiting")))
}

fn put(row: Row) -> Result<WriteRequest, StoreError> {
    let request = PutRequest::builder().set_item(Some(row)).build();
    let request = request.map_err(|why| StoreError::Refused(Box::new(why)))?;
    Ok(WriteRequest::builder().put_request(request).build())
}

fn delete(key: &Key) -> Result<WriteRequest, StoreError> {
    let request = DeleteRequest::builder().set_key(Some(attributes(key))).build();
    let request = request.map_err(|why| StoreError::Refused(Box::new(why)))?;
    Ok(WriteRequest::builder().delete_request(request).build())
}

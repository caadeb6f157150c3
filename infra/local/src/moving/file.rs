//! The file that a chat travels in: lines of JSON, for other people's tools as well. What is in it is described in
//! `docs/EXPORT.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use chat::name::Slug;
use chrono::{DateTime, SecondsFormat, Utc};
use host::moving::{Arrival, Gathered, Record, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What files of ours say of themselves first.
const KIND: &str = "chat";
/// The version of this format.
pub const FORMAT: u64 = 1;
/// As many members of one thing within another, nothing of ours has.
const DEEPEST: usize = 32;

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Always `chat`.
    pub earshot: String,
    /// The version of the format.
    pub format: u64,
    /// The chat's name in keys and commands.
    pub chat: String,
    /// Its hashtag.
    pub hashtag: String,
    /// What people call it.
    pub title: String,
    /// When it was written, in real time: RFC 3339.
    pub exported: String,
    /// By which version of Earshot.
    pub by: String,
    /// Since when the chat is silent where this comes from; `null` where it goes on there.
    pub moved: Option<String>,
    /// How many deliveries stayed where it comes from, since they waited, by destination.
    pub stayed: BTreeMap<String, usize>,
    /// How many rows there are of each kind.
    pub rows: BTreeMap<String, usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    row: Map<String, Value>,
}

/// A chat in a file, whole and checked.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What it says of itself.
    pub head: Head,
    /// What is in it.
    pub arrival: Arrival,
    /// Its digest, SHA-256 in hexadecimal digits.
    pub digest: String,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Something else than a chat's file.
    NotOurs,
    /// A newer version of Earshot wrote it.
    Newer {
        /// The format that it has.
        format: u64,
        /// The version that wrote it.
        by: String,
    },
    /// It ends before its end.
    CutShort,
    /// It was changed since it was written.
    Altered {
        /// What does not fit.
        why: String,
    },
    /// A line of it cannot be taken.
    Line {
        /// Which, counted from 1.
        number: usize,
        /// Why.
        why: String,
    },
    /// Its lines do not make a chat.
    NoChat {
        /// Why.
        why: String,
    },
}

impl Parcel {
    /// The next thing that the chat would do by itself.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        next_due(self.arrival.records())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::NotOurs => f.write_str("It is not a file of earshot export."),
            Flaw::Newer { format, by } => write!(
                f,
                "It has format {format}, written by {by}; this Earshot reads format {FORMAT}. Import it with that version, or a later one."
            ),
            Flaw::CutShort => {
                f.write_str(
                    "It does not end as it was written: something is missing there, or was added. Copy it again, or export the chat again.",
                )
            }
            Flaw::Altered { why } => {
                write!(
                    f,
                    "It was changed since it was written ({why}). Copy it again, or export the chat again."
                )
            }
            Flaw::Line { number, why } => write!(f, "Its line {number} cannot be taken: {why}."),
            Flaw::NoChat { why } => write!(f, "It is not one whole chat: {why}."),
        }
    }
}

/// What stands in a store's error, without "row … cannot be read" around it twice.
fn words(error: &StoreError) -> String {
    match error {
        StoreError::Unreadable { key, why } => format!("{key}: {why}"),
        error => crate::table::chain(error),
    }
}

/// Members in the order of their names, whatever the map underneath remembers.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(all) => {
            let mut members: Vec<(String, Value)> = all.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn end(rows: usize, digest: &str) -> String {
    format!("{{\"end\":\"{KIND}\",\"rows\":{rows},\"sha256\":\"{digest}\"}}\n")
}

/// Writes a chat down: the same chat, at the same instant, gives the same bytes.
///
/// # Errors
/// [`StoreError::Unreadable`] where a row cannot be written so that it is read back the same.
pub fn write(gathered: &Gathered, now: DateTime<Utc>) -> Result<String, StoreError> {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = String::new();
    for record in &gathered.records {
        let kind = record.kind().name();
        *rows.entry(kind.to_owned()).or_default() += 1;
        let row: Value = record.attributes()?;
        // What is written must be what will be read.
        if Record::read(&row)? != *record {
            let why = "it would not be read back as it is".to_owned();
            return Err(StoreError::Unreadable { key: record.name(), why });
        }
        lines.push_str(&format!("{{\"kind\":\"{kind}\",\"row\":{}}}\n", sorted(row)));
    }
    let settings = &gathered.settings;
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let head = Head {
        earshot: KIND.to_owned(),
        format: FORMAT,
        chat: settings.slug.to_string(),
        hashtag: settings.hashtag.clone(),
        title: settings.title.clone(),
        exported: instant(now),
        by: format!("earshot {}", env!("CARGO_PKG_VERSION")),
        moved: gathered.moved.map(instant),
        stayed: gathered.waiting.iter().map(|(place, n)| (place.to_string(), *n)).collect(),
        rows,
    };
    let first = json!(head);
    let first = format!("{{\"earshot\":\"{KIND}\",\"format\":{FORMAT},{}\n", rest_of(&first));
    let text = format!("{first}{lines}");
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    Ok(format!("{text}{}", end(gathered.records.len(), &digest)))
}

/// The members of the first line after the two that stand first, so that `head -c` tells what a file is.
fn rest_of(first: &Value) -> String {
    let mut rest = first.clone();
    if let Some(rest) = rest.as_object_mut() {
        rest.remove("earshot");
        rest.remove("format");
    }
    sorted(rest).to_string().trim_start_matches('{').to_owned()
}

/// Reads a file, whole: nothing of it is taken before all of it is known to be as it was written.
///
/// # Errors
/// [`Flaw`].
pub fn read(bytes: &[u8]) -> Result<Parcel, Flaw> {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // Told by its beginning, so that one that was cut short in its first line is known as that.
    if !bytes.starts_with(format!("{{\"earshot\":\"{KIND}\",").as_bytes()) {
        return Err(Flaw::NotOurs);
    }
    let Ok(head) = serde_json::from_slice::<Value>(first) else { return Err(Flaw::CutShort) };
    let format = head.get("format").and_then(Value::as_u64);
    let by = head.get("by").and_then(Value::as_str).unwrap_or("an unknown version").to_owned();
    if let Some(format) = format.filter(|format| *format > FORMAT) {
        return Err(Flaw::Newer { format, by });
    }
    let altered = |why: &str| Flaw::Altered { why: why.to_owned() };
    let (Some(FORMAT), Ok(head)) = (format, serde_json::from_value::<Head>(head)) else {
        return Err(altered("its first line"));
    };
    let text = std::str::from_utf8(bytes).map_err(|_| altered("it is not text"))?;
    let (body, last) = match text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n')) {
        Some((body, last)) if last.starts_with("{\"end\":") => (&text[..=body.len()], last),
        _ => return Err(Flaw::CutShort),
    };
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    let count = body.lines().count() - 1;
    if format!("{last}\n") != end(count, &digest) {
        return Err(altered("its digest"));
    }
    let mut records = Vec::with_capacity(count);
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (number, line) in (2..).zip(body.lines().skip(1)) {
        let flaw = |why: String| Flaw::Line { number, why };
        let line: Line = serde_json::from_str(line).map_err(|why| flaw(why.to_string()))?;
        let row = Value::Object(line.row);
        if depth(&row) > DEEPEST {
            return Err(flaw("it is nested too deeply".to_owned()));
        }
        let record = Record::read(&row).map_err(|error| flaw(words(&error)))?;
        if record.kind().name() != line.kind {
            return Err(flaw(format!("it is called {}, and is {}", line.kind, record.kind().name())));
        }
        *rows.entry(line.kind).or_default() += 1;
        records.push(record);
    }
    if rows != head.rows {
        return Err(altered("its number of rows"));
    }
    let no_chat = |why: String| Flaw::NoChat { why };
    let slug: Slug = head.chat.parse().map_err(|why| no_chat(format!("{why}")))?;
    let as_of = head.moved.as_ref().unwrap_or(&head.exported);
    let as_of = DateTime::parse_from_rfc3339(as_of);
    let as_of = as_of.map_err(|why| no_chat(format!("its first line does not tell of when it is: {why}")))?;
    let arrival = Arrival::of(&slug, records, as_of.to_utc()).map_err(|error| no_chat(words(&error)))?;
    if arrival.settings().hashtag != head.hashtag {
        return Err(no_chat("its first line names another hashtag".to_owned()));
    }
    Ok(Parcel { head, arrival, digest })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(all) => 1 + all.values().map(depth).max().unwrap_or(0),
        Value::Array(all) => 1 + all.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The next thing that a chat would do by itself: the time of its first cue that waits.
pub(super) fn next_due(records: &[Record]) -> Option<DateTime<Utc>> {
    records.iter().filter_map(Record::falls_due).min()
}

/// What stands in a file.
///
/// # Errors
/// Where it cannot be read. `InvalidInput` where it is no file: a folder has no content, and a device may have no end.
pub fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    // Opened, a pipe waits for whoever writes into it: asked by its name first.
    if !path.metadata()?.is_file() {
        let why = "it is no file with an end (a folder, a device, a pipe?)";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why));
    }
    std::fs::read(path)
}

/// Whether what is called so may be replaced: nothing is, or a file. Not a link, even to a file: what it leads to would
/// stay as it is, and whoever put it there wanted something else.
///
/// # Errors
/// `InvalidInput` where it may not; where it cannot be looked at.
pub fn may_replace(path: &Path) -> std::io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_file() => Ok(()),
        Ok(there) => {
            let what = if there.is_dir() {
                "a folder"
            } else if there.is_symlink() {
                "a link"
            } else {
                "a device or a pipe"
            };
            let why = format!("it is {what}, and only a file is replaced");
            Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether anything is called so, a link that leads nowhere too.
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// What exports of this file left behind when they were killed: their half files, which hold what people said. Not
/// removed here, because one of them may be running at this moment.
///
/// # Errors
/// Where the folder cannot be looked at.
pub fn left_over(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let Some(name) = path.file_name() else { return Ok(Vec::new()) };
    let begins = format!(".{}.", name.to_string_lossy());
    let is_half = |name: &str| {
        let pid = name.strip_prefix(&begins).and_then(|rest| rest.strip_suffix(".part"));
        pid.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let name = entry?.file_name();
        if is_half(&name.to_string_lossy()) {
            found.push(path.with_file_name(name));
        }
    }
    found.sort();
    Ok(found)
}

/// A file that is being written, for this user alone, under another name in the same folder. Without [`keep`](New::keep)
/// nothing of it stays.
pub struct New {
    path: PathBuf,
    temporary: PathBuf,
    file: Option<std::fs::File>,
}

impl New {
    /// Begins one, so that whether the folder takes it is known before anything else happens.
    ///
    /// # Errors
    /// Where it does not.
    pub fn begin(path: &Path) -> std::io::Result<New> {
        let name = path.file_name().ok_or_else(|| std::io::Error::other("that is no name of a file"))?;
        let temporary = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
        let temporary = path.with_file_name(temporary);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary)?;
        Ok(New { path: path.to_owned(), temporary, file: Some(file) })
    }

    /// Writes it to the disk, and only then gives it its name.
    ///
    /// # Errors
    /// Where that fails; nothing stands under its name then, or what stood there before. `AlreadyExists` where
    /// something does, and it may not be replaced.
    pub fn keep(mut self, text: &str, replacing: bool) -> std::io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        if replacing {
            may_replace(&self.path)?;
            return std::fs::rename(&self.temporary, &self.path);
        }
        // A link is made only where nothing is called so, which renaming does not ask. Where there are no links, a
        // look has to do.
        match std::fs::hard_link(&self.temporary, &self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists && !is_there(&self.path) => {
                std::fs::rename(&self.temporary, &self.path)
            }
            linked => linked,
        }
    }
}

impl Drop for New {
    fn drop(&mut self) {
        drop(self.file.take());
        // After it was renamed there is none; one that is left behind holds nothing that may be read by others.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

//! The stored shapes. They are not the domain's types: those may change with the rules, these only
//! with their version. Names are kept as people read them, instants as RFC 3339 text to the last
//! digit; what an index or a condition compares is kept as a number of milliseconds.
//!
//! A row that cannot be read is an error for whoever needs that row, never a panic: one damaged item
//! must not stop the others.

use std::fmt;
use std::str::FromStr;

use chat::agenda::{Credit, Episode, Guest, Notice, Question, State};
use chat::cue::{Cue, CueId, CueState};
use chat::delivery::{Class, Delivery, ReplyToken, Room, Trouble, Untaken, Work};
use chat::member::Participant;
use chat::money::Money;
use chat::name::{DeliveryId, EpisodeId, Person, Place, PostId, QuestionId, Slug};
use chat::noise::Shown;
use chat::post::{Author, Entry, Filed, FiledBy, Media, Post, Quoted};
use chat::schedule::{Recurrence, Slot};
use chat::settings::{Cadence, Cards, City, Destination, Door, Layout, Settings, Words};
use chat::text::{Button, Message, Span, Text, TimeStyle, Weight};
use chat::zone::Zone;
use chat::{Kept, Undo, action::Action};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SecondsFormat, Utc, Weekday};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

mod bank;
mod members;
mod removals;
#[cfg(test)]
mod tests;

pub(crate) use bank::{CreditItem, IdeaItem};
pub(crate) use members::{MemberItem, OwnedItem, ProofItem};
pub(crate) use removals::{
    BarItem, ByItem, CardItem, EraseItem, FirstItem, GoneItem, HandleItem, LinkedItem, PartItem, QuotingItem,
};

/// The version of every shape in this file. A row with another one is not read.
pub(crate) const VERSION: u64 = 1;

/// A name, stored as it is written and read back by its own parser.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Name<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Name<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map(Name).map_err(D::Error::custom)
    }
}

/// An instant, as RFC 3339 text with as many digits as it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct At(pub(crate) DateTime<Utc>);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|at| At(at.to_utc()))
            .map_err(|why| D::Error::custom(format!("{text:?} is no instant: {why}")))
    }
}

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span64(pub(crate) Duration);

impl Serialize for Span64 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0.num_milliseconds())
    }
}

impl<'de> Deserialize<'de> for Span64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let ms = i64::deserialize(from)?;
        Duration::try_milliseconds(ms).map(Span64).ok_or_else(|| D::Error::custom("span out of range"))
    }
}

/// An instant in epoch milliseconds, where conditions or the index compare it.
pub(crate) fn instant(ms: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp_millis(ms).ok_or_else(|| format!("{ms} ms is out of range"))
}

// ---- settings

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SettingsItem {
    pub(crate) slug: Name<Slug>,
    pub(crate) hashtag: String,
    pub(crate) title: String,
    pub(crate) workspace: String,
    slots: Vec<SlotItem>,
    zone: Name<Zone>,
    city: String,
    length: Span64,
    cadence: CadenceItem,
    reminders: Vec<Span64>,
    cities: Vec<CityItem>,
    destinations: Vec<DestinationItem>,
    organisers: Vec<Name<Person>>,
    #[serde(default)]
    moderators: Vec<Name<Person>>,
    #[serde(default)]
    muted: Vec<String>,
    /// Posts a minute; 0 is no limit. Absent from rows of before there was one, which get the usual.
    #[serde(default = "usual_burst")]
    burst: u32,
    #[serde(default)]
    door: DoorItem,
    desk: Option<Name<Place>>,
    words: WordsItem,
    x_approved: Option<At>,
    breaks: Vec<(Name<NaiveDate>, Name<NaiveDate>)>,
    #[serde(default)]
    budget: BudgetItem,
    #[serde(default)]
    events: bool,
    pub(crate) retired: bool,
    pub(crate) version: u64,
    /// The places whose index rows this row wrote, so that the next write knows which to take away.
    pub(crate) places: Vec<Name<Place>>,
}

/// What X may cost in a month. A variant of its own for "as much as it takes": an absent attribute means a row from
/// before there was a budget.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BudgetItem {
    Micros(u64),
    Unbounded,
}

impl Default for BudgetItem {
    fn default() -> Self {
        BudgetItem::Micros(Settings::USUAL_BUDGET.as_micros())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct SlotItem {
    recurrence: RecurrenceItem,
    time: Name<NaiveTime>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RecurrenceItem {
    Weekly { every: u32, day: Name<Weekday>, anchor: Name<NaiveDate> },
    Monthly { nth: i8, day: Name<Weekday> },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CadenceItem {
    Auto,
    Every { first: Span64, every: Span64 },
}

#[derive(Debug, Serialize, Deserialize)]
struct CityItem {
    name: String,
    zone: Name<Zone>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DestinationItem {
    place: Name<Place>,
    name: String,
    layout: LayoutItem,
    role: Option<String>,
    #[serde(default)]
    cards: CardsItem,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LayoutItem {
    Threads,
    Flat,
}

fn usual_burst() -> u32 {
    Settings::BURST
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DoorItem {
    #[default]
    Open,
    Regulars,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CardsItem {
    #[default]
    Full,
    Links,
}

#[derive(Debug, Serialize, Deserialize)]
struct WordsItem {
    opening: Option<String>,
    close: Option<String>,
    reminder: Option<String>,
}

/// Where a chat can be spoken to: its destinations and its desk, each once.
pub(crate) fn places(settings: &Settings) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for place in settings.destinations.iter().map(|d| &d.place).chain(&settings.desk) {
        if !places.contains(place) {
            places.push(place.clone());
        }
    }
    places
}

fn names<T: Clone>(of: &[T]) -> Vec<Name<T>> {
    of.iter().cloned().map(Name).collect()
}

fn unname<T>(of: Vec<Name<T>>) -> Vec<T> {
    of.into_iter().map(|n| n.0).collect()
}

fn all<'a, A, B: From<&'a A>>(of: &'a [A]) -> Vec<B> {
    of.iter().map(B::from).collect()
}

fn back<A, B: From<A>>(of: Vec<A>) -> Vec<B> {
    of.into_iter().map(B::from).collect()
}

impl From<&Settings> for SettingsItem {
    fn from(s: &Settings) -> Self {
        SettingsItem {
            slug: Name(s.slug.clone()),
            hashtag: s.hashtag.clone(),
            title: s.title.clone(),
            workspace: s.workspace.clone(),
            slots: all(&s.slots),
            zone: Name(s.zone),
            city: s.city.clone(),
            length: Span64(s.length),
            cadence: match s.cadence {
                Cadence::Auto => CadenceItem::Auto,
                Cadence::Every { first, every } => {
                    CadenceItem::Every { first: Span64(first), every: Span64(every) }
                }
            },
            reminders: s.reminders.iter().copied().map(Span64).collect(),
            cities: all(&s.cities),
            destinations: all(&s.destinations),
            organisers: names(&s.organisers),
            moderators: names(&s.moderators),
            muted: s.muted.clone(),
            burst: s.burst.unwrap_or(0),
            door: match s.door {
                Door::Open => DoorItem::Open,
                Door::Regulars => DoorItem::Regulars,
            },
            desk: s.desk.clone().map(Name),
            words: WordsItem {
                opening: s.words.opening.clone(),
                close: s.words.close.clone(),
                reminder: s.words.reminder.clone(),
            },
            x_approved: s.x_approved.map(At),
            breaks: s.breaks.iter().map(|(from, to)| (Name(*from), Name(*to))).collect(),
            budget: s.budget.map_or(BudgetItem::Unbounded, |b| BudgetItem::Micros(b.as_micros())),
            events: s.events,
            retired: s.retired,
            version: s.version,
            places: names(&places(s)),
        }
    }
}

impl From<SettingsItem> for Settings {
    fn from(i: SettingsItem) -> Self {
        Settings {
            slug: i.slug.0,
            hashtag: i.hashtag,
            title: i.title,
            workspace: i.workspace,
            slots: back(i.slots),
            zone: i.zone.0,
            city: i.city,
            length: i.length.0,
            cadence: match i.cadence {
                CadenceItem::Auto => Cadence::Auto,
                CadenceItem::Every { first, every } => Cadence::Every { first: first.0, every: every.0 },
            },
            reminders: i.reminders.into_iter().map(|r| r.0).collect(),
            cities: back(i.cities),
            destinations: back(i.destinations),
            organisers: unname(i.organisers),
            moderators: unname(i.moderators),
            muted: i.muted,
            burst: Some(i.burst).filter(|limit| *limit > 0),
            door: match i.door {
                DoorItem::Open => Door::Open,
                DoorItem::Regulars => Door::Regulars,
            },
            desk: i.desk.map(|d| d.0),
            words: Words { opening: i.words.opening, close: i.words.close, reminder: i.words.reminder },
            x_approved: i.x_approved.map(|at| at.0),
            breaks: i.breaks.into_iter().map(|(from, to)| (from.0, to.0)).collect(),
            budget: match i.budget {
                BudgetItem::Micros(micros) => Some(Money::micros(micros)),
                BudgetItem::Unbounded => None,
            },
            events: i.events,
            retired: i.retired,
            version: i.version,
        }
    }
}

impl From<&Slot> for SlotItem {
    fn from(s: &Slot) -> Self {
        let recurrence = match s.recurrence {
            Recurrence::Weekly { every, day, anchor } => {
                RecurrenceItem::Weekly { every, day: Name(day), anchor: Name(anchor) }
            }
            Recurrence::Monthly { nth, day } => RecurrenceItem::Monthly { nth, day: Name(day) },
        };
        SlotItem { recurrence, time: Name(s.time) }
    }
}

impl From<SlotItem> for Slot {
    fn from(i: SlotItem) -> Self {
        let recurrence = match i.recurrence {
            RecurrenceItem::Weekly { every, day, anchor } => {
                Recurrence::Weekly { every, day: day.0, anchor: anchor.0 }
            }
            RecurrenceItem::Monthly { nth, day } => Recurrence::Monthly { nth, day: day.0 },
        };
        Slot { recurrence, time: i.time.0 }
    }
}

impl From<&City> for CityItem {
    fn from(c: &City) -> Self {
        CityItem { name: c.name.clone(), zone: Name(c.zone) }
    }
}

impl From<CityItem> for City {
    fn from(i: CityItem) -> Self {
        City { name: i.name, zone: i.zone.0 }
    }
}

impl From<&Destination> for DestinationItem {
    fn from(d: &Destination) -> Self {
        DestinationItem {
            place: Name(d.place.clone()),
            name: d.name.clone(),
            layout: match d.layout {
                Layout::Threads => LayoutItem::Threads,
                Layout::Flat => LayoutItem::Flat,
            },
            role: d.role.clone(),
            cards: match d.cards {
                Cards::Full => CardsItem::Full,
                Cards::Links => CardsItem::Links,
            },
        }
    }
}

impl From<DestinationItem> for Destination {
    fn from(i: DestinationItem) -> Self {
        Destination {
            place: i.place.0,
            name: i.name,
            layout: match i.layout {
                LayoutItem::Threads => Layout::Threads,
                LayoutItem::Flat => Layout::Flat,
            },
            role: i.role,
            cards: match i.cards {
                CardsItem::Full => Cards::Full,
                CardsItem::Links => Cards::Links,
            },
        }
    }
}

/// A line of a list of chats, and of the index of a workspace.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LineItem {
    pub(crate) slug: Name<Slug>,
    pub(crate) hashtag: String,
    pub(crate) title: String,
    pub(crate) workspace: String,
    pub(crate) retired: bool,
}

/// A row that only names a chat.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SlugItem {
    pub(crate) slug: Name<Slug>,
}

// ---- agenda

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EpisodeItem {
    id: Name<EpisodeId>,
    starts: At,
    length: Span64,
    state: StateItem,
    topic: Option<String>,
    guests: Vec<GuestItem>,
    questions: Vec<QuestionItem>,
    /// Absent where none is kept, and from rows of before any could be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spares: Vec<QuestionItem>,
    next_question: u32,
    reminded: Option<At>,
    notice: Option<NoticeItem>,
    changes: u32,
    #[serde(default)]
    told: u32,
    /// Absent where it was not made longer, and from rows of before it could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longer: Option<At>,
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateItem {
    Planned,
    Open,
    Paused { since: At },
    Closed { at: At },
    Cancelled,
}

#[derive(Debug, Serialize, Deserialize)]
struct NoticeItem {
    was: At,
    due: At,
}

#[derive(Debug, Serialize, Deserialize)]
struct GuestItem {
    name: String,
    city: Option<CityItem>,
    line: Option<String>,
    handle: Option<String>,
    /// Absent for the whole hour, and from rows of before it could be a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct QuestionItem {
    id: u32,
    text: String,
    due: Option<At>,
    asked: Option<At>,
    /// Absent where nobody suggested it, and from rows of before anybody could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<CreditItem>,
}

impl From<&Episode> for EpisodeItem {
    fn from(e: &Episode) -> Self {
        EpisodeItem {
            id: Name(e.id.clone()),
            starts: At(e.starts),
            length: Span64(e.length),
            state: match e.state {
                State::Planned => StateItem::Planned,
                State::Open => StateItem::Open,
                State::Paused { since } => StateItem::Paused { since: At(since) },
                State::Closed { at } => StateItem::Closed { at: At(at) },
                State::Cancelled => StateItem::Cancelled,
            },
            topic: e.topic.clone(),
            guests: all(&e.guests),
            questions: all(&e.questions),
            spares: all(&e.spares),
            next_question: e.next_question,
            reminded: e.reminded.map(At),
            notice: e.notice.as_ref().map(|n| NoticeItem { was: At(n.was), due: At(n.due) }),
            changes: e.changes,
            told: e.told,
            longer: e.longer.map(At),
            version: e.version,
        }
    }
}

impl From<EpisodeItem> for Episode {
    fn from(i: EpisodeItem) -> Self {
        Episode {
            id: i.id.0,
            starts: i.starts.0,
            length: i.length.0,
            state: match i.state {
                StateItem::Planned => State::Planned,
                StateItem::Open => State::Open,
                StateItem::Paused { since } => State::Paused { since: since.0 },
                StateItem::Closed { at } => State::Closed { at: at.0 },
                StateItem::Cancelled => State::Cancelled,
            },
            topic: i.topic,
            guests: back(i.guests),
            questions: back(i.questions),
            spares: back(i.spares),
            next_question: i.next_question,
            reminded: i.reminded.map(|at| at.0),
            notice: i.notice.map(|n| Notice { was: n.was.0, due: n.due.0 }),
            changes: i.changes,
            told: i.told,
            longer: i.longer.map(|at| at.0),
            version: i.version,
        }
    }
}

impl From<&Guest> for GuestItem {
    fn from(g: &Guest) -> Self {
        GuestItem {
            name: g.name.clone(),
            city: g.city.as_ref().map(CityItem::from),
            line: g.line.clone(),
            handle: g.handle.clone(),
            from: Some(g.from).filter(|from| *from > 1),
        }
    }
}

impl From<GuestItem> for Guest {
    fn from(i: GuestItem) -> Self {
        let (city, from) = (i.city.map(City::from), i.from.unwrap_or(1));
        Guest { name: i.name, city, line: i.line, handle: i.handle, from }
    }
}

impl From<&Question> for QuestionItem {
    fn from(q: &Question) -> Self {
        QuestionItem {
            id: q.id.0,
            text: q.text.clone(),
            due: q.due.map(At),
            asked: q.asked.map(At),
            from: q.from.as_ref().map(CreditItem::from),
        }
    }
}

impl From<QuestionItem> for Question {
    fn from(i: QuestionItem) -> Self {
        Question {
            id: QuestionId(i.id),
            text: i.text,
            due: i.due.map(|at| at.0),
            asked: i.asked.map(|at| at.0),
            from: i.from.map(Credit::from),
        }
    }
}

/// Points from an episode's present start to its row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignpostItem {
    pub(crate) of: Name<EpisodeId>,
}

// ---- cues

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CueItem {
    id: Name<CueId>,
    due: At,
    rev: u64,
    state: CueStateItem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CueStateItem {
    Waiting,
    Fired,
    Withdrawn,
    TooLate,
}

impl From<&Cue> for CueItem {
    fn from(c: &Cue) -> Self {
        let state = match c.state {
            CueState::Waiting => CueStateItem::Waiting,
            CueState::Fired => CueStateItem::Fired,
            CueState::Withdrawn => CueStateItem::Withdrawn,
            CueState::TooLate => CueStateItem::TooLate,
        };
        CueItem { id: Name(c.id.clone()), due: At(c.due), rev: c.rev, state }
    }
}

impl From<CueItem> for Cue {
    fn from(i: CueItem) -> Self {
        let state = match i.state {
            CueStateItem::Waiting => CueState::Waiting,
            CueStateItem::Fired => CueState::Fired,
            CueStateItem::Withdrawn => CueState::Withdrawn,
            CueStateItem::TooLate => CueState::TooLate,
        };
        Cue { id: i.id.0, due: i.due.0, rev: i.rev, state }
    }
}

/// What the index keeps of a waiting cue, beside its key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DueItem {
    pub(crate) rev: u64,
    pub(crate) due: At,
}

// ---- people

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ParticipantItem {
    person: Name<Person>,
    name: String,
    first: Name<EpisodeId>,
    latest: Name<EpisodeId>,
    posts: u32,
    #[serde(default)]
    heard: HeardItem,
    #[serde(default)]
    admitted: Option<String>,
    /// Epoch milliseconds: numbers, because every post writes this row, and they are a third as long.
    #[serde(default)]
    recent: Vec<i64>,
    #[serde(default)]
    burst: Option<Name<EpisodeId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    said: Vec<u64>,
    pub(crate) version: u64,
}

/// Since when somebody is heard.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HeardItem {
    /// A row of before there was a door: since their first post.
    #[default]
    Always,
    /// They only ever waited at the door.
    Never,
    Since(Name<EpisodeId>),
}

impl From<&Participant> for ParticipantItem {
    fn from(p: &Participant) -> Self {
        ParticipantItem {
            person: Name(p.person.clone()),
            name: p.name.clone(),
            first: Name(p.first.clone()),
            latest: Name(p.latest.clone()),
            posts: p.posts,
            heard: p.heard.clone().map_or(HeardItem::Never, |since| HeardItem::Since(Name(since))),
            admitted: p.admitted.clone(),
            recent: p.recent.iter().map(DateTime::timestamp_millis).collect(),
            burst: p.burst.clone().map(Name),
            said: p.said.clone(),
            version: p.version,
        }
    }
}

impl From<ParticipantItem> for Participant {
    fn from(i: ParticipantItem) -> Self {
        Participant {
            heard: match i.heard {
                HeardItem::Always => Some(i.first.0.clone()),
                HeardItem::Never => None,
                HeardItem::Since(episode) => Some(episode.0),
            },
            person: i.person.0,
            name: i.name,
            first: i.first.0,
            latest: i.latest.0,
            posts: i.posts,
            admitted: i.admitted,
            // What is out of range is no moment of a post; forgotten, it limits nobody.
            recent: i.recent.into_iter().filter_map(|ms| instant(ms).ok()).collect(),
            burst: i.burst.map(|episode| episode.0),
            said: i.said,
            version: i.version,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SpokeItem {
    pub(crate) person: Name<Person>,
    pub(crate) name: String,
    pub(crate) handle: Option<String>,
    pub(crate) first_time: bool,
}

// ---- posts

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FiledItem {
    post: PostItem,
    episode: Name<EpisodeId>,
    question: Option<(u32, FiledByItem)>,
    first_time: bool,
    refiled: u32,
    /// How many versions the post had, where a condition compares it.
    #[serde(default)]
    pub(crate) edits: u32,
    #[serde(default)]
    entry: EntryItem,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EntryItem {
    #[default]
    Straight,
    Waits,
    LetIn,
    Late,
    TooFast,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FiledByItem {
    Prefix,
    Reply,
    Guess,
    Answer,
    Organiser,
}

#[derive(Debug, Serialize, Deserialize)]
struct PostItem {
    id: Name<PostId>,
    version: String,
    #[serde(default)]
    versions: Vec<String>,
    author: AuthorItem,
    text: String,
    at: At,
    hashtags: Vec<String>,
    replies_to: Option<String>,
    is_repost: bool,
    quoted: Option<QuotedItem>,
    media: Vec<MediaItem>,
    link: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AuthorItem {
    person: Name<Person>,
    name: String,
    handle: Option<String>,
    picture: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct QuotedItem {
    #[serde(default)]
    names: Vec<Name<PostId>>,
    #[serde(default)]
    author: Option<Name<Person>>,
    name: String,
    handle: Option<String>,
    text: String,
    link: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MediaItem {
    kind: String,
    url: Option<String>,
    alt: Option<String>,
}

impl From<&Filed> for FiledItem {
    fn from(f: &Filed) -> Self {
        let by = |by| match by {
            FiledBy::Prefix => FiledByItem::Prefix,
            FiledBy::Reply => FiledByItem::Reply,
            FiledBy::Guess => FiledByItem::Guess,
            FiledBy::Answer => FiledByItem::Answer,
            FiledBy::Organiser => FiledByItem::Organiser,
        };
        FiledItem {
            post: PostItem::from(&f.post),
            episode: Name(f.episode.clone()),
            question: f.question.map(|(id, how)| (id.0, by(how))),
            first_time: f.first_time,
            refiled: f.refiled,
            edits: u32::try_from(f.post.versions.len()).unwrap_or(u32::MAX),
            entry: EntryItem::from(f.entry),
        }
    }
}

impl From<Entry> for EntryItem {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Straight => EntryItem::Straight,
            Entry::Waits => EntryItem::Waits,
            Entry::LetIn => EntryItem::LetIn,
            Entry::Late => EntryItem::Late,
            Entry::TooFast => EntryItem::TooFast,
        }
    }
}

/// How an entry stands in a row, for conditions.
pub(crate) fn entry_name(entry: Entry) -> &'static str {
    match entry {
        Entry::Straight => "straight",
        Entry::Waits => "waits",
        Entry::LetIn => "let_in",
        Entry::Late => "late",
        Entry::TooFast => "too_fast",
    }
}

impl From<FiledItem> for Filed {
    fn from(i: FiledItem) -> Self {
        let by = |by| match by {
            FiledByItem::Prefix => FiledBy::Prefix,
            FiledByItem::Reply => FiledBy::Reply,
            FiledByItem::Guess => FiledBy::Guess,
            FiledByItem::Answer => FiledBy::Answer,
            FiledByItem::Organiser => FiledBy::Organiser,
        };
        Filed {
            post: Post::from(i.post),
            episode: i.episode.0,
            question: i.question.map(|(id, how)| (QuestionId(id), by(how))),
            first_time: i.first_time,
            refiled: i.refiled,
            entry: match i.entry {
                EntryItem::Straight => Entry::Straight,
                EntryItem::Waits => Entry::Waits,
                EntryItem::LetIn => Entry::LetIn,
                EntryItem::Late => Entry::Late,
                EntryItem::TooFast => Entry::TooFast,
            },
        }
    }
}

impl From<&Post> for PostItem {
    fn from(p: &Post) -> Self {
        PostItem {
            id: Name(p.id.clone()),
            version: p.version.clone(),
            versions: p.versions.clone(),
            author: AuthorItem {
                person: Name(p.author.person.clone()),
                name: p.author.name.clone(),
                handle: p.author.handle.clone(),
                picture: p.author.picture.clone(),
            },
            text: p.text.clone(),
            at: At(p.at),
            hashtags: p.hashtags.clone(),
            replies_to: p.replies_to.clone(),
            is_repost: p.is_repost,
            quoted: p.quoted.as_ref().map(|q| QuotedItem {
                names: q.names.iter().cloned().map(Name).collect(),
                author: q.author.clone().map(Name),
                name: q.name.clone(),
                handle: q.handle.clone(),
                text: q.text.clone(),
                link: q.link.clone(),
            }),
            media: p
                .media
                .iter()
                .map(|m| MediaItem { kind: m.kind.clone(), url: m.url.clone(), alt: m.alt.clone() })
                .collect(),
            link: p.link.clone(),
        }
    }
}

impl From<PostItem> for Post {
    fn from(i: PostItem) -> Self {
        Post {
            id: i.id.0,
            version: i.version,
            versions: i.versions,
            author: Author {
                person: i.author.person.0,
                name: i.author.name,
                handle: i.author.handle,
                picture: i.author.picture,
            },
            text: i.text,
            at: i.at.0,
            hashtags: i.hashtags,
            replies_to: i.replies_to,
            is_repost: i.is_repost,
            quoted: i.quoted.map(|q| Quoted {
                names: q.names.into_iter().map(|name| name.0).collect(),
                author: q.author.map(|author| author.0),
                name: q.name,
                handle: q.handle,
                text: q.text,
                link: q.link,
            }),
            media: i.media.into_iter().map(|m| Media { kind: m.kind, url: m.url, alt: m.alt }).collect(),
            link: i.link,
        }
    }
}

/// A post that waits at the door.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeldItem {
    pub(crate) person: Name<Person>,
    pub(crate) post: Name<PostId>,
}

/// Points from a post to the episode it was filed in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PointerItem {
    pub(crate) episode: Name<EpisodeId>,
}

// ---- taking back, keeping, connecting, repeating

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UndoItem {
    id: String,
    what: String,
    /// Not `by`: that attribute names the commit.
    #[serde(default)]
    who: Option<Name<Person>>,
    settings: Option<(SettingsItem, u64)>,
    episodes: Vec<(EpisodeItem, u64)>,
}

impl From<&Undo> for UndoItem {
    fn from(u: &Undo) -> Self {
        UndoItem {
            id: u.id.clone(),
            what: u.what.clone(),
            who: u.by.clone().map(Name),
            settings: u.settings.as_ref().map(|(s, made)| (SettingsItem::from(s), *made)),
            episodes: u.episodes.iter().map(|(e, made)| (EpisodeItem::from(e), *made)).collect(),
        }
    }
}

impl From<UndoItem> for Undo {
    fn from(i: UndoItem) -> Self {
        Undo {
            id: i.id,
            what: i.what,
            by: i.who.map(|who| who.0),
            settings: i.settings.map(|(s, made)| (Settings::from(s), made)),
            episodes: i.episodes.into_iter().map(|(e, made)| (Episode::from(e), made)).collect(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptItem {
    id: String,
    text: String,
    until: At,
}

impl From<&Kept> for KeptItem {
    fn from(k: &Kept) -> Self {
        KeptItem { id: k.id.clone(), text: k.text.clone(), until: At(k.until) }
    }
}

impl From<KeptItem> for Kept {
    fn from(i: KeptItem) -> Self {
        Kept { id: i.id, text: i.text, until: i.until.0 }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CodeItem {
    pub(crate) slug: Name<Slug>,
    pub(crate) until: At,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RequestItem {
    pub(crate) reply: String,
    pub(crate) expires_at: i64,
}

// ---- deliveries

/// What a delivery does, for its permanent row: the words themselves live with what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkKindItem {
    Announce,
    Post,
    Thread,
    Edit,
    Recard,
    Remove,
    Role,
    Remind,
    Event,
    Greet,
    HandOver,
    Desk,
}

impl From<&Work> for WorkKindItem {
    fn from(work: &Work) -> Self {
        match work {
            Work::Announce(_) => WorkKindItem::Announce,
            Work::Post(_) => WorkKindItem::Post,
            Work::Thread { .. } => WorkKindItem::Thread,
            Work::Edit { .. } => WorkKindItem::Edit,
            Work::Recard { .. } => WorkKindItem::Recard,
            Work::Remove { .. } => WorkKindItem::Remove,
            Work::Role { .. } => WorkKindItem::Role,
            Work::Remind { .. } => WorkKindItem::Remind,
            Work::Event { .. } => WorkKindItem::Event,
            Work::Greet { .. } => WorkKindItem::Greet,
            Work::HandOver { .. } => WorkKindItem::HandOver,
            Work::Desk(_) => WorkKindItem::Desk,
        }
    }
}

/// The permanent row of a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryItem {
    pub(crate) id: String,
    pub(crate) slug: Name<Slug>,
    pub(crate) to: Name<Place>,
    pub(crate) room: Name<Room>,
    pub(crate) kind: WorkKindItem,
    pub(crate) state: StandingItem,
    pub(crate) external: Option<String>,
    pub(crate) mark: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StandingItem {
    Waiting,
    Sent,
    Failed,
}

/// What waits for a destination: everything that delivering it needs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WaitingItem {
    pub(crate) slug: Name<Slug>,
    id: String,
    to: Name<Place>,
    room: Name<Room>,
    class: ClassItem,
    at: At,
    not_before: Option<At>,
    expires: Option<At>,
    work: WorkItem,
    pub(crate) payload: Option<String>,
    pub(crate) progress: ProgressItem,
    /// Until when it is claimed, in epoch milliseconds.
    pub(crate) lease: Option<i64>,
    pub(crate) mark: Option<String>,
    pub(crate) attempts: u64,
    pub(crate) created: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProgressItem {
    Pending,
    Claimed,
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClassItem {
    Announcement,
    Post,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkItem {
    Announce(MessageItem),
    Post(Name<PostId>),
    Thread { under: String, name: String },
    Edit { of: String, message: MessageItem },
    Recard { of: String, post: Name<PostId> },
    Remove { of: String },
    Role { member: Name<Person>, role: String, grant: bool },
    Remind { member: Name<Person>, episode: Name<EpisodeId> },
    Event { episode: Name<EpisodeId> },
    Greet { member: Name<Person>, episode: Name<EpisodeId> },
    HandOver { person: Name<Person>, chats: Vec<Name<Slug>>, token: String },
    Desk(Name<EpisodeId>),
}

impl WaitingItem {
    /// A delivery nobody has tried yet.
    pub(crate) fn new(slug: &Slug, d: &Delivery, payload: Option<String>, created: DateTime<Utc>) -> Self {
        WaitingItem {
            slug: Name(slug.clone()),
            id: d.id.0.clone(),
            to: Name(d.to.clone()),
            room: Name(d.room.clone()),
            class: match d.class {
                Class::Announcement => ClassItem::Announcement,
                Class::Post => ClassItem::Post,
            },
            at: At(d.at),
            not_before: d.not_before.map(At),
            expires: d.expires.map(At),
            work: WorkItem::from(&d.work),
            payload,
            progress: ProgressItem::Pending,
            lease: None,
            mark: None,
            attempts: 0,
            created: At(created),
        }
    }

    /// The delivery as it was asked for.
    pub(crate) fn delivery(self) -> Delivery {
        Delivery {
            id: DeliveryId(self.id),
            to: self.to.0,
            room: self.room.0,
            class: match self.class {
                ClassItem::Announcement => Class::Announcement,
                ClassItem::Post => Class::Post,
            },
            at: self.at.0,
            not_before: self.not_before.map(|at| at.0),
            expires: self.expires.map(|at| at.0),
            work: Work::from(self.work),
        }
    }
}

impl From<&Work> for WorkItem {
    fn from(work: &Work) -> Self {
        match work {
            Work::Announce(message) => WorkItem::Announce(MessageItem::from(message)),
            Work::Post(post) => WorkItem::Post(Name(post.clone())),
            Work::Thread { under, name } => WorkItem::Thread { under: under.0.clone(), name: name.clone() },
            Work::Edit { of, message } => {
                WorkItem::Edit { of: of.0.clone(), message: MessageItem::from(message) }
            }
            Work::Recard { of, post } => WorkItem::Recard { of: of.0.clone(), post: Name(post.clone()) },
            Work::Remove { of } => WorkItem::Remove { of: of.0.clone() },
            Work::Role { member, role, grant } => {
                WorkItem::Role { member: Name(member.clone()), role: role.clone(), grant: *grant }
            }
            Work::Remind { member, episode } => {
                WorkItem::Remind { member: Name(member.clone()), episode: Name(episode.clone()) }
            }
            Work::Event { episode } => WorkItem::Event { episode: Name(episode.clone()) },
            Work::Greet { member, episode } => {
                WorkItem::Greet { member: Name(member.clone()), episode: Name(episode.clone()) }
            }
            Work::HandOver { person, chats, token } => WorkItem::HandOver {
                person: Name(person.clone()),
                chats: chats.iter().cloned().map(Name).collect(),
                token: token.0.clone(),
            },
            Work::Desk(episode) => WorkItem::Desk(Name(episode.clone())),
        }
    }
}

impl From<WorkItem> for Work {
    fn from(work: WorkItem) -> Self {
        match work {
            WorkItem::Announce(message) => Work::Announce(Message::from(message)),
            WorkItem::Post(post) => Work::Post(post.0),
            WorkItem::Thread { under, name } => Work::Thread { under: DeliveryId(under), name },
            WorkItem::Edit { of, message } => {
                Work::Edit { of: DeliveryId(of), message: Message::from(message) }
            }
            WorkItem::Recard { of, post } => Work::Recard { of: DeliveryId(of), post: post.0 },
            WorkItem::Remove { of } => Work::Remove { of: DeliveryId(of) },
            WorkItem::Role { member, role, grant } => Work::Role { member: member.0, role, grant },
            WorkItem::Remind { member, episode } => Work::Remind { member: member.0, episode: episode.0 },
            WorkItem::Event { episode } => Work::Event { episode: episode.0 },
            WorkItem::Greet { member, episode } => Work::Greet { member: member.0, episode: episode.0 },
            WorkItem::HandOver { person, chats, token } => Work::HandOver {
                person: person.0,
                chats: chats.into_iter().map(|slug| slug.0).collect(),
                token: ReplyToken(token),
            },
            WorkItem::Desk(episode) => Work::Desk(episode.0),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct MessageItem {
    text: Vec<SpanItem>,
    buttons: Vec<ButtonItem>,
    ping: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SpanItem {
    Plain(String),
    Bold(String),
    Italic(String),
    Code(String),
    Time { at: At, style: StyleItem, local: String },
    Link { label: String, url: String },
    Person(Name<Person>),
    Channel(Name<Place>),
    Role(String),
    Break,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StyleItem {
    Full,
    Clock,
    Relative,
}

#[derive(Debug, Serialize, Deserialize)]
struct ButtonItem {
    label: String,
    action: Name<Action>,
    weight: WeightItem,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WeightItem {
    Usual,
    Main,
    Grave,
}

impl From<&Message> for MessageItem {
    fn from(m: &Message) -> Self {
        MessageItem { text: all(&m.text.0), buttons: all(&m.buttons), ping: m.ping.clone() }
    }
}

impl From<MessageItem> for Message {
    fn from(i: MessageItem) -> Self {
        Message { text: Text(back(i.text)), buttons: back(i.buttons), ping: i.ping }
    }
}

impl From<&Span> for SpanItem {
    fn from(s: &Span) -> Self {
        match s {
            Span::Plain(s) => SpanItem::Plain(s.clone()),
            Span::Bold(s) => SpanItem::Bold(s.clone()),
            Span::Italic(s) => SpanItem::Italic(s.clone()),
            Span::Code(s) => SpanItem::Code(s.clone()),
            Span::Time { at, style, local } => SpanItem::Time {
                at: At(*at),
                style: match style {
                    TimeStyle::Full => StyleItem::Full,
                    TimeStyle::Clock => StyleItem::Clock,
                    TimeStyle::Relative => StyleItem::Relative,
                },
                local: local.clone(),
            },
            Span::Link { label, url } => SpanItem::Link { label: label.clone(), url: url.clone() },
            Span::Person(person) => SpanItem::Person(Name(person.clone())),
            Span::Channel(place) => SpanItem::Channel(Name(place.clone())),
            Span::Role(role) => SpanItem::Role(role.clone()),
            Span::Break => SpanItem::Break,
        }
    }
}

impl From<SpanItem> for Span {
    fn from(i: SpanItem) -> Self {
        match i {
            SpanItem::Plain(s) => Span::Plain(s),
            SpanItem::Bold(s) => Span::Bold(s),
            SpanItem::Italic(s) => Span::Italic(s),
            SpanItem::Code(s) => Span::Code(s),
            SpanItem::Time { at, style, local } => Span::Time {
                at: at.0,
                style: match style {
                    StyleItem::Full => TimeStyle::Full,
                    StyleItem::Clock => TimeStyle::Clock,
                    StyleItem::Relative => TimeStyle::Relative,
                },
                local,
            },
            SpanItem::Link { label, url } => Span::Link { label, url },
            SpanItem::Person(person) => Span::Person(person.0),
            SpanItem::Channel(place) => Span::Channel(place.0),
            SpanItem::Role(role) => Span::Role(role),
            SpanItem::Break => Span::Break,
        }
    }
}

impl From<&Button> for ButtonItem {
    fn from(b: &Button) -> Self {
        ButtonItem {
            label: b.label.clone(),
            action: Name(b.action.clone()),
            weight: match b.weight {
                Weight::Usual => WeightItem::Usual,
                Weight::Main => WeightItem::Main,
                Weight::Grave => WeightItem::Grave,
            },
        }
    }
}

impl From<ButtonItem> for Button {
    fn from(i: ButtonItem) -> Self {
        Button {
            label: i.label,
            action: i.action.0,
            weight: match i.weight {
                WeightItem::Usual => Weight::Usual,
                WeightItem::Main => Weight::Main,
                WeightItem::Grave => Weight::Grave,
            },
        }
    }
}

/// One message at a destination: what it shows and how it is recognised there.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SentItem {
    pub(crate) deliveries: Vec<String>,
    pub(crate) posts: Vec<Name<PostId>>,
    pub(crate) payload: Option<String>,
    pub(crate) mark: String,
    pub(crate) external: Option<String>,
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RoomItem {
    pub(crate) thread: String,
    pub(crate) ready: bool,
    pub(crate) since: At,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExternalItem {
    pub(crate) delivery: String,
    pub(crate) slug: Name<Slug>,
    pub(crate) episode: Option<Name<EpisodeId>>,
    pub(crate) question: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SaidItem {
    pub(crate) slug: Name<Slug>,
    pub(crate) delivery: String,
    pub(crate) expires_at: i64,
}

/// A destination's pace; instants in epoch milliseconds of real time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaceItem {
    pub(crate) holder: Option<String>,
    pub(crate) held_until: Option<i64>,
    pub(crate) not_before: Option<i64>,
    pub(crate) quiet_from: Option<i64>,
    pub(crate) quiet_until: Option<i64>,
    #[serde(default)]
    pub(crate) failures: u32,
    pub(crate) trouble: Option<TroubleItem>,
    #[serde(default)]
    pub(crate) lately: Vec<ShownItem>,
    pub(crate) turn: Option<i64>,
    #[serde(default)]
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TroubleItem {
    since: At,
    why: Option<UntakenItem>,
    told: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UntakenItem {
    Key,
    Gone,
    NotAllowed,
    Archived,
    TooLong,
    Malformed,
    Duplicate,
    Blocked,
    Unpaid,
    Other,
}

impl From<&Trouble> for TroubleItem {
    fn from(t: &Trouble) -> Self {
        let why = t.why.map(|why| match why {
            Untaken::Key => UntakenItem::Key,
            Untaken::Gone => UntakenItem::Gone,
            Untaken::NotAllowed => UntakenItem::NotAllowed,
            Untaken::Archived => UntakenItem::Archived,
            Untaken::TooLong => UntakenItem::TooLong,
            Untaken::Malformed => UntakenItem::Malformed,
            Untaken::Duplicate => UntakenItem::Duplicate,
            Untaken::Blocked => UntakenItem::Blocked,
            Untaken::Unpaid => UntakenItem::Unpaid,
            Untaken::Other => UntakenItem::Other,
        });
        TroubleItem { since: At(t.since), why, told: t.told }
    }
}

impl From<TroubleItem> for Trouble {
    fn from(i: TroubleItem) -> Self {
        let why = i.why.map(|why| match why {
            UntakenItem::Key => Untaken::Key,
            UntakenItem::Gone => Untaken::Gone,
            UntakenItem::NotAllowed => Untaken::NotAllowed,
            UntakenItem::Archived => Untaken::Archived,
            UntakenItem::TooLong => Untaken::TooLong,
            UntakenItem::Malformed => Untaken::Malformed,
            UntakenItem::Duplicate => Untaken::Duplicate,
            UntakenItem::Blocked => Untaken::Blocked,
            UntakenItem::Unpaid => Untaken::Unpaid,
            UntakenItem::Other => Untaken::Other,
        });
        Trouble { since: i.since.0, why, told: i.told }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ShownItem {
    room: Name<Room>,
    at: At,
    cards: usize,
}

impl From<&Shown> for ShownItem {
    fn from(s: &Shown) -> Self {
        ShownItem { room: Name(s.room.clone()), at: At(s.at), cards: s.cards }
    }
}

impl From<ShownItem> for Shown {
    fn from(i: ShownItem) -> Self {
        Shown { room: i.room.0, at: i.at.0, cards: i.cards }
    }
}

/// How many asked for a slot of time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TurnsItem {
    pub(crate) asked: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CountedItem {
    pub(crate) count: u64,
}

// ---- X

/// A post that X gave us on a day.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GivenItem {
    pub(crate) post: String,
    pub(crate) slug: Name<Slug>,
    pub(crate) expires_at: i64,
}

/// What a chat's month came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SpentItem {
    #[serde(default)]
    pub(crate) read: u64,
    #[serde(default)]
    pub(crate) written: u64,
    #[serde(default)]
    pub(crate) deleted: u64,
    #[serde(default)]
    pub(crate) micros: u64,
}

/// A slot that somebody took.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TakenItem {
    pub(crate) expires_at: i64,
}

/// When the clock last ticked to its end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeartbeatItem {
    pub(crate) at: At,
}

/// How far a day's batch compliance job has come.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AuditItem {
    pub(crate) stage: AuditStage,
    pub(crate) next: At,
    pub(crate) tries: u32,
    pub(crate) version: u64,
    pub(crate) expires_at: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuditStage {
    Wanted,
    Made { job: String, upload: String },
    Asked { job: String, since: At, taken: u64 },
    Over,
    Refused,
}

/// How far X was searched for a hashtag.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SearchedItem {
    pub(crate) until: At,
    pub(crate) before: Option<At>,
    pub(crate) upto: Option<At>,
    pub(crate) version: u64,
}

/// An author whose removals we want to hear of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WatchItem {
    pub(crate) person: Name<Person>,
    pub(crate) last: i64,
    pub(crate) subscription: Option<String>,
}

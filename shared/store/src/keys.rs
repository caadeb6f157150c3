//! The keys of every row, in one place. Whatever occurs twice must land on the same key, so keys are
//! built from the names in [`chat::name`] and from nothing else.

use chat::bank::IdeaId;
use chat::cost::Month;
use chat::cue::CueId;
use chat::delivery::{Class, Delivery, Room};
use chat::name::{BadName, DeliveryId, EpisodeId, Person, Place, Platform, PostId, Slug, stamp};
use chat::removal::Whom;
use chrono::{DateTime, NaiveDate, Utc};

/// The partition key's attribute.
pub(crate) const PK: &str = "pk";
/// The sort key's attribute.
pub(crate) const SK: &str = "sk";
/// The sort key of rows that stand alone.
pub(crate) const ALONE: &str = "-";
/// Sorts behind every stamp and every name that follows a prefix ending in `#`.
pub(crate) const LAST: &str = "~";
/// The partition that lists every chat.
pub(crate) const CHATS: &str = "CHATS";
/// The partition of the list of chats that moved away.
pub(crate) const AWAY: &str = "AWAY";

/// Where a row lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

pub(crate) fn chat(slug: &Slug) -> String {
    format!("CHAT#{slug}")
}

pub(crate) fn meta(slug: &Slug) -> Key {
    key(chat(slug), "META")
}

/// Where a chat's settings lie once it moved away.
pub(crate) fn moved(slug: &Slug) -> Key {
    key(chat(slug), "MOVED")
}

/// A line in the list of chats that moved away. A list of its own: only the clock may look into the index.
pub(crate) fn away(slug: &Slug) -> Key {
    key(AWAY.to_owned(), slug.as_str())
}

/// That a chat is moving in, and is not here yet.
pub(crate) fn arriving(slug: &Slug) -> Key {
    key(chat(slug), "ARRIVING")
}

pub(crate) fn listed(slug: &Slug) -> Key {
    key(CHATS.to_owned(), slug.as_str())
}

pub(crate) fn workspace(team: &str) -> String {
    format!("WORKSPACE#{team}")
}

pub(crate) fn in_workspace(team: &str, slug: &Slug) -> Key {
    key(workspace(team), chat(slug))
}

pub(crate) fn episode(id: &EpisodeId) -> Key {
    key(chat(&id.chat), format!("EP#{}", stamp(id.planned)))
}

/// A signpost for an episode that was moved far from its name: it lies where the episode now starts.
pub(crate) fn signpost(id: &EpisodeId, starts: DateTime<Utc>) -> Key {
    key(chat(&id.chat), format!("EP#{}#{}", stamp(starts), stamp(id.planned)))
}

pub(crate) fn episodes_from(at: DateTime<Utc>) -> String {
    format!("EP#{}", stamp(at))
}

/// What follows `chat/planned/` in a cue's name.
fn cue_kind(id: &CueId) -> String {
    let whole = id.to_string();
    whole.splitn(3, '/').nth(2).unwrap_or_default().to_owned()
}

pub(crate) fn cue(id: &CueId) -> Key {
    key(chat(&id.episode.chat), format!("CUE#{}#{}", stamp(id.episode.planned), cue_kind(id)))
}

pub(crate) fn cues_from(at: DateTime<Utc>) -> String {
    format!("CUE#{}", stamp(at))
}

pub(crate) fn cues_of(id: &EpisodeId) -> String {
    format!("CUE#{}#", stamp(id.planned))
}

/// Reads a cue's name back from its key, which is all that the index keeps of it.
pub(crate) fn read_cue(key: &Key) -> Result<CueId, BadName> {
    let bad = || BadName(key.to_string());
    let slug = key.pk.strip_prefix("CHAT#").ok_or_else(bad)?;
    let (planned, kind) = key.sk.strip_prefix("CUE#").and_then(|s| s.split_once('#')).ok_or_else(bad)?;
    format!("{slug}/{planned}/{kind}").parse()
}

pub(crate) fn member(slug: &Slug, person: &Person) -> Key {
    key(chat(slug), format!("MEMBER#{person}"))
}

/// A word that proves a member's claim.
pub(crate) fn proof(slug: &Slug, word: &str) -> Key {
    key(chat(slug), format!("PROOF#{word}"))
}

/// An account on X that is a member's.
pub(crate) fn linked(slug: &Slug, account: &Person) -> Key {
    key(chat(slug), format!("OWNED#{account}"))
}

pub(crate) fn participant(slug: &Slug, person: &Person) -> Key {
    key(chat(slug), format!("PERSON#{person}"))
}

pub(crate) fn counted(slug: &Slug, reason: &str, day: NaiveDate) -> Key {
    key(chat(slug), format!("COUNTED#{reason}#{day}"))
}

/// Somebody who was let in, while not all that they said is carried yet.
pub(crate) fn letting_in(slug: &Slug, person: &Person) -> Key {
    key(chat(slug), format!("LETIN#{person}"))
}

/// Reads chat and person back from that key, which is all that the index keeps of it.
pub(crate) fn read_letting_in(key: &Key) -> Result<(Slug, Person), BadName> {
    let bad = || BadName(key.to_string());
    let slug = key.pk.strip_prefix("CHAT#").ok_or_else(bad)?;
    let person = key.sk.strip_prefix("LETIN#").ok_or_else(bad)?;
    Ok((slug.parse()?, person.parse()?))
}

/// An episode whose missed posts somebody asked for, while not all of them are carried yet.
pub(crate) fn catching_up(id: &EpisodeId) -> Key {
    key(chat(&id.chat), format!("CATCHUP#{}", stamp(id.planned)))
}

/// Reads the episode back from that key, which is all that the index keeps of it.
pub(crate) fn read_catching_up(key: &Key) -> Result<EpisodeId, BadName> {
    let bad = || BadName(key.to_string());
    let slug = key.pk.strip_prefix("CHAT#").ok_or_else(bad)?;
    let planned = key.sk.strip_prefix("CATCHUP#").ok_or_else(bad)?;
    format!("{slug}/{planned}").parse()
}

/// What the sort keys of an hour's living messages begin with.
pub(crate) const DESK: &str = "DESK#";

/// The living message of an hour at a desk.
pub(crate) fn desk(id: &EpisodeId, place: &Place) -> Key {
    key(of_episode(id), format!("{DESK}{place}"))
}

/// What the sort keys of who is there begin with.
pub(crate) const HERE: &str = "HERE#";

/// That an organiser is there when an hour opens.
pub(crate) fn here(id: &EpisodeId, person: &Person) -> Key {
    key(of_episode(id), format!("{HERE}{person}"))
}

/// The unheard radar of an hour; and what the sort keys of its ticks begin with.
pub(crate) const RADAR: &str = "RADAR";

pub(crate) fn radar(id: &EpisodeId) -> Key {
    key(of_episode(id), RADAR)
}

/// That the author of a post is heard, since an organiser says so.
pub(crate) fn ticked(id: &EpisodeId, post: &PostId) -> Key {
    key(of_episode(id), format!("{RADAR}#{post}"))
}

/// Reads the episode back from that key, which is all that the index keeps of it.
pub(crate) fn read_desk(key: &Key) -> Result<EpisodeId, BadName> {
    key.pk.strip_prefix("EP#").ok_or_else(|| BadName(key.to_string()))?.parse()
}

/// What the sort keys of a chat's suggestions begin with.
pub(crate) const IDEA: &str = "IDEA#";

/// A question that somebody suggested.
pub(crate) fn idea(slug: &Slug, id: IdeaId) -> Key {
    key(chat(slug), format!("{IDEA}{id}"))
}

/// A chat's rehearsal: the one that plays, or the last one.
pub(crate) fn rehearsal(slug: &Slug) -> Key {
    key(chat(slug), "REHEARSAL")
}

/// What the sort keys of a chat's changes that can be taken back begin with.
pub(crate) const UNDO: &str = "UNDO#";

pub(crate) fn undo(slug: &Slug, id: &str) -> Key {
    key(chat(slug), format!("{UNDO}{id}"))
}

pub(crate) fn kept(slug: &Slug, id: &str) -> Key {
    key(chat(slug), format!("KEPT#{id}"))
}

pub(crate) fn of_episode(id: &EpisodeId) -> String {
    format!("EP#{id}")
}

pub(crate) fn filed(episode: &EpisodeId, post: &PostId) -> Key {
    key(of_episode(episode), format!("POST#{post}"))
}

/// A post that waits at the door. By person, so that all of one person's are let in by one query.
pub(crate) fn held(episode: &EpisodeId, person: &Person, post: &PostId) -> Key {
    key(of_episode(episode), format!("HELD#{person}#{post}"))
}

pub(crate) fn held_of(person: &Person) -> String {
    format!("HELD#{person}#")
}

pub(crate) fn spoke(episode: &EpisodeId, person: &Person) -> Key {
    key(of_episode(episode), format!("SPOKE#{person}"))
}

pub(crate) fn post(post: &PostId) -> String {
    format!("POST#{post}")
}

pub(crate) fn filed_in(id: &PostId, slug: &Slug) -> Key {
    key(post(id), chat(slug))
}

/// The tombstone of a post that was taken back where it was written: for every chat.
pub(crate) fn gone(id: &PostId) -> Key {
    key(post(id), "GONE")
}

/// The tombstone of a post in one chat.
pub(crate) fn gone_in(id: &PostId, slug: &Slug) -> Key {
    key(post(id), format!("GONE#{slug}"))
}

/// Leads from a later version to the post's name.
pub(crate) fn first(version: &PostId) -> Key {
    key(post(version), "FIRST")
}

/// What the sort keys of a post's cards begin with.
pub(crate) const CARD: &str = "CARD#";

pub(crate) fn card(id: &PostId, delivery: &DeliveryId) -> Key {
    key(post(id), format!("{CARD}{delivery}"))
}

/// What the sort keys of what quotes a post, or somebody, begin with.
const QUOTED: &str = "QUOTED#";

/// Leads from a post to one that quotes it in a chat.
pub(crate) fn quoting(id: &PostId, slug: &Slug, by: &PostId) -> Key {
    key(post(id), format!("{}{by}", quoting_in(Some(slug))))
}

/// What the sort keys of what quotes a post begin with: in one chat, or in any.
pub(crate) fn quoting_in(slug: Option<&Slug>) -> String {
    slug.map_or_else(|| QUOTED.to_owned(), |slug| format!("{QUOTED}{slug}#"))
}

/// Leads from somebody to a post that quotes them in a chat.
pub(crate) fn quoting_of(slug: &Slug, person: &Person, by: &PostId) -> Key {
    key(all_by(slug, person), format!("{QUOTED}{by}"))
}

/// Reads post and chat back from a tombstone's key, which is all that the index keeps of it.
pub(crate) fn read_gone(key: &Key) -> Result<(PostId, Option<Slug>), BadName> {
    let bad = || BadName(key.to_string());
    let post = key.pk.strip_prefix("POST#").ok_or_else(bad)?.parse()?;
    match key.sk.strip_prefix("GONE").ok_or_else(bad)?.strip_prefix('#') {
        Some(slug) => Ok((post, Some(slug.parse()?))),
        None => Ok((post, None)),
    }
}

/// The partition of what somebody posted in a chat.
pub(crate) fn all_by(slug: &Slug, person: &Person) -> String {
    format!("BY#{slug}#{person}")
}

pub(crate) fn by(slug: &Slug, person: &Person, post: &PostId) -> Key {
    key(all_by(slug, person), format!("POST#{post}"))
}

/// What the sort keys of a chat's bars begin with.
pub(crate) const BAR: &str = "BAR#";

pub(crate) fn bar(slug: &Slug, whom: &Whom) -> Key {
    key(chat(slug), format!("{BAR}{whom}"))
}

pub(crate) fn handle(slug: &Slug, handle: &str) -> Key {
    key(chat(slug), format!("HANDLE#{}", handle.to_lowercase()))
}

pub(crate) fn erase(slug: &Slug, person: &Person) -> Key {
    key(chat(slug), format!("ERASE#{person}"))
}

/// Reads back from its key what is to be erased, which is all that the index keeps of it.
pub(crate) fn read_erase(key: &Key) -> Result<(Slug, Person), BadName> {
    let bad = || BadName(key.to_string());
    let slug = key.pk.strip_prefix("CHAT#").ok_or_else(bad)?;
    let person = key.sk.strip_prefix("ERASE#").ok_or_else(bad)?;
    Ok((slug.parse()?, person.parse()?))
}

/// A key under which nothing is ever written.
pub(crate) fn nothing() -> Key {
    key("NOTHING".to_owned(), ALONE)
}

pub(crate) fn happened(id: &str) -> Key {
    key(format!("HAPPENED#{id}"), ALONE)
}

pub(crate) fn tag(hashtag: &str) -> Key {
    key(format!("TAG#{}", hashtag.trim_start_matches('#').to_lowercase()), ALONE)
}

pub(crate) fn place(place: &Place) -> String {
    format!("PLACE#{place}")
}

pub(crate) fn at_place(at: &Place, slug: &Slug) -> Key {
    key(place(at), chat(slug))
}

pub(crate) fn code(code: &str) -> Key {
    key(format!("CODE#{code}"), ALONE)
}

/// What somebody was answered, which is theirs: all of it goes when they want to be forgotten.
pub(crate) fn requests(by: &Person) -> String {
    format!("REQ#{by}")
}

pub(crate) fn request(by: &Person, name: &str) -> Key {
    key(requests(by), name.to_owned())
}

pub(crate) fn delivery(id: &DeliveryId) -> Key {
    key(format!("DLV#{id}"), ALONE)
}

pub(crate) fn waits(place: &Place) -> String {
    format!("WAIT#{place}")
}

/// Sorts what waits for a destination: announcements first, then by source time.
pub(crate) fn waiting(delivery: &Delivery) -> Key {
    let class = match delivery.class {
        Class::Announcement => 0,
        Class::Post => 1,
    };
    // Before 1970 nothing was posted; a negative number would sort wrongly.
    let at = delivery.at.timestamp_millis().max(0);
    key(waits(&delivery.to), format!("{class}#{at:015}#{}", delivery.id))
}

/// The partition of all messages that went to a place.
pub(crate) fn messages(place: &Place) -> String {
    format!("MSG#{place}")
}

pub(crate) fn message(place: &Place, mark: &str) -> Key {
    key(messages(place), mark)
}

pub(crate) fn room(place: &Place, room: &Room) -> Key {
    key(format!("ROOM#{place}"), room.to_string())
}

pub(crate) fn external(platform: Platform, id: &str) -> Key {
    key(format!("EXT#{}#{id}", platform.key()), ALONE)
}

/// A message of cards as people link to it: by where it stands, a channel or a thread, and by its id there,
/// which the platform may call by both at once (`thread:id`).
pub(crate) fn shown(platform: Platform, channel: &str, id: &str) -> Key {
    let address = if id.contains(':') { id.to_owned() } else { format!("{channel}:{id}") };
    key(format!("SHOWN#{}#{address}", platform.key()), ALONE)
}

pub(crate) fn said(hash: &str) -> Key {
    key(format!("SAID#{hash}"), ALONE)
}

pub(crate) fn pace(place: &Place) -> Key {
    key(format!("DEST#{place}"), "PACE")
}

/// A slot of a whole platform's limit.
pub(crate) fn turn(of: &str, slot: i64) -> Key {
    key(format!("TURNS#{of}"), format!("{slot:015}"))
}

/// A version of a post that X gave us on a day.
pub(crate) fn given(day: NaiveDate, post: &str) -> Key {
    key(format!("GIVEN#{day}#{post}"), ALONE)
}

pub(crate) fn spent(slug: &Slug, month: Month) -> Key {
    key(chat(slug), format!("COST#{month}"))
}

pub(crate) fn slot(at: DateTime<Utc>) -> Key {
    key(format!("SLOT#{}", at.timestamp()), ALONE)
}

pub(crate) fn looked(slug: &Slug, day: NaiveDate) -> Key {
    key(chat(slug), format!("LOOKED#{day}"))
}

/// When the clock last ticked.
pub(crate) fn heartbeat() -> Key {
    key("HEARTBEAT".to_owned(), ALONE)
}

/// The batch compliance job of a day.
pub(crate) fn audit(day: NaiveDate) -> Key {
    key(format!("AUDIT#{day}"), ALONE)
}

pub(crate) fn searched(hashtag: &str) -> Key {
    key(format!("SEARCH#{}", hashtag.trim_start_matches('#').to_lowercase()), ALONE)
}

/// The partition of all authors on X whose removals we want to hear of.
pub(crate) const WATCHES: &str = "WATCH";

pub(crate) fn watch(person: &Person) -> Key {
    key(WATCHES.to_owned(), person.to_string())
}

/// Reads a destination back from the key of what waits for it.
pub(crate) fn key_of_place(key: &Key) -> Result<Place, BadName> {
    key.pk.strip_prefix("WAIT#").ok_or_else(|| BadName(key.to_string()))?.parse()
}

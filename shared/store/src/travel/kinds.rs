//! Every kind of row, whose it is, and whether it goes with its chat.
//!
//! A list that the tests hold against the keys and against the README, so that whoever thinks of a new kind of
//! row decides here what becomes of it when a chat moves.

use chat::name::{BadName, EpisodeId, Person, Place, PostId, Slug};

use crate::StoreError;
use crate::desk::LivingItem;
use crate::items::{
    AuditItem, BarItem, ByItem, CardItem, CodeItem, CountedItem, CueItem, DeliveryItem, EpisodeItem,
    EraseItem, ExternalItem, FiledItem, FirstItem, GivenItem, GoneItem, HandleItem, HeartbeatItem, HeldItem,
    IdeaItem, KeptItem, LineItem, LinkedItem, MemberItem, OwnedItem, PaceItem, ParticipantItem, PointerItem,
    ProofItem, QuotingItem, RequestItem, RoomItem, SaidItem, SearchedItem, SentItem, SettingsItem,
    SignpostItem, SlugItem, SpentItem, SpokeItem, TakenItem, TurnsItem, UndoItem, WaitingItem, WatchItem,
};
use crate::keys::Key;
use crate::outbox::HappenedItem;
use crate::present::HereItem;
use crate::radar::{RadarItem, TickedItem};
use crate::rehearsals::RehearsalItem;
use crate::table::{Row, read};

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What is set from week to week.
    Settings,
    /// An episode with its questions.
    Episode,
    /// Where an episode is that was moved far.
    Signpost,
    /// A cue.
    Cue,
    /// Who joined.
    Member,
    /// Who posted.
    Participant,
    /// A word that proves a member's claim.
    Proof,
    /// An account on X that is a member's.
    Owned,
    /// Who posts under a handle.
    Handle,
    /// Who is blocked or left out.
    Bar,
    /// A change that can be taken back.
    Undo,
    /// A question that somebody suggested, with its votes.
    Idea,
    /// The rehearsal that plays, or the last one.
    Rehearsal,
    /// What a later press needs.
    Kept,
    /// How many posts were not carried.
    Counted,
    /// That the posts were looked at again on a day.
    Looked,
    /// What a month cost.
    Spent,
    /// A post, with its words.
    Post,
    /// Who spoke in an episode.
    Spoke,
    /// A post that waits at the door.
    Held,
    /// The living message of an hour at the desk.
    Living,
    /// That an organiser is there when an hour opens.
    Here,
    /// Who is on the unheard radar of an hour.
    Radar,
    /// Somebody on it who was ticked off.
    Ticked,
    /// The episode that a post was filed in.
    FiledIn,
    /// One of a post's cards.
    Card,
    /// A post's tombstone for every chat.
    Gone,
    /// A post's tombstone in one chat.
    GoneHere,
    /// The way from a post to one that quotes it.
    Quoting,
    /// The way from a later version of a post to its name.
    First,
    /// What somebody posted.
    By,
    /// The way from somebody to a post that quotes them.
    QuotingOf,
    /// What became of a delivery.
    Delivery,
    /// A message: its posts.
    Message,
    /// The thread of a question or an opening.
    Room,
    /// An announcement, as its platform calls it.
    External,
    /// The message of cards that a link names.
    Shown,
    /// The text of an announcement.
    Said,
    /// How far X was searched for a hashtag.
    Searched,
    /// An author whose removals X tells us of.
    Watch,
    /// A line in the list of chats.
    Line,
    /// The same in the list of a workspace.
    InWorkspace,
    /// Whose a hashtag is.
    Tag,
    /// Which chats speak in a place.
    Place,
    /// Everything of somebody that is still to be removed.
    Erasing,
    /// Somebody who is being let in.
    LettingIn,
    /// An episode whose missed posts are being carried.
    CatchingUp,
    /// What waits to be delivered.
    Waiting,
    /// That a chat moved away, with its settings.
    Moved,
    /// A line in the list of chats that moved away.
    Away,
    /// That a chat is moving in.
    Arriving,
    /// A code that connects a channel.
    Code,
    /// The first answer to a request.
    Request,
    /// Who sends to a destination, and when the next call may start.
    Pace,
    /// How many asked for a slot of a platform's limit.
    Turns,
    /// A post that X gave us on a day.
    Given,
    /// A quarter of a minute in which X was searched.
    Slot,
    /// A day's batch compliance job.
    Audit,
    /// Something that is to be told on the bus.
    Happened,
    /// When the clock last ticked.
    Heartbeat,
}

/// What becomes of a kind of row when a chat moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It goes along.
    Travels,
    /// It is written anew from the settings, where the chat arrives.
    Anew,
    /// It is work under way, and has to come to its end first.
    Unfinished,
    /// It belongs to the deployment, or ends by itself.
    Stays,
}

/// Whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// A chat's own.
    Chat(Slug),
    /// Of each chat that has one of the deliveries of this message.
    Chats(Vec<Slug>),
    /// Of each chat that knows this post.
    Post(PostId),
    /// Of the chats of this message.
    Message(Place, String),
    /// Of the chat of this hashtag, in lower case.
    Hashtag(String),
    /// Of each chat that this author posts in.
    Author(Person),
    /// Nobody's but the deployment's.
    Deployment,
}

/// Every kind with the keys of its rows, as the README writes them: what is in capitals stands there as it is,
/// the rest is filled in. Longer ones before those that they begin like.
pub(super) const KINDS: [(Kind, &str, &str); 61] = [
    (Kind::Settings, "CHAT#slug", "META"),
    (Kind::Moved, "CHAT#slug", "MOVED"),
    (Kind::Arriving, "CHAT#slug", "ARRIVING"),
    (Kind::Signpost, "CHAT#slug", "EP#starts#planned"),
    (Kind::Episode, "CHAT#slug", "EP#planned"),
    (Kind::Cue, "CHAT#slug", "CUE#planned#kind"),
    (Kind::Member, "CHAT#slug", "MEMBER#person"),
    (Kind::Participant, "CHAT#slug", "PERSON#person"),
    (Kind::Proof, "CHAT#slug", "PROOF#word"),
    (Kind::Owned, "CHAT#slug", "OWNED#account"),
    (Kind::Handle, "CHAT#slug", "HANDLE#handle"),
    (Kind::Bar, "CHAT#slug", "BAR#@handle"),
    (Kind::Bar, "CHAT#slug", "BAR#person"),
    (Kind::Erasing, "CHAT#slug", "ERASE#person"),
    (Kind::Idea, "CHAT#slug", "IDEA#id"),
    (Kind::Rehearsal, "CHAT#slug", "REHEARSAL"),
    (Kind::Undo, "CHAT#slug", "UNDO#id"),
    (Kind::Kept, "CHAT#slug", "KEPT#id"),
    (Kind::LettingIn, "CHAT#slug", "LETIN#person"),
    (Kind::CatchingUp, "CHAT#slug", "CATCHUP#planned"),
    (Kind::Counted, "CHAT#slug", "COUNTED#reason#date"),
    (Kind::Looked, "CHAT#slug", "LOOKED#date"),
    (Kind::Spent, "CHAT#slug", "COST#month"),
    (Kind::Line, "CHATS", "slug"),
    (Kind::Away, "AWAY", "slug"),
    (Kind::InWorkspace, "WORKSPACE#team", "CHAT#slug"),
    (Kind::Tag, "TAG#hashtag", "-"),
    (Kind::Place, "PLACE#place", "CHAT#slug"),
    (Kind::Code, "CODE#code", "-"),
    (Kind::Request, "REQ#person", "key"),
    (Kind::Post, "EP#episode", "POST#post"),
    (Kind::Spoke, "EP#episode", "SPOKE#person"),
    (Kind::Held, "EP#episode", "HELD#person#post"),
    (Kind::Living, "EP#episode", "DESK#place"),
    (Kind::Here, "EP#episode", "HERE#person"),
    (Kind::Radar, "EP#episode", "RADAR"),
    (Kind::Ticked, "EP#episode", "RADAR#post"),
    (Kind::FiledIn, "POST#post", "CHAT#slug"),
    (Kind::Card, "POST#post", "CARD#delivery"),
    (Kind::GoneHere, "POST#post", "GONE#slug"),
    (Kind::Gone, "POST#post", "GONE"),
    (Kind::Quoting, "POST#post", "QUOTED#slug#post"),
    (Kind::First, "POST#post", "FIRST"),
    (Kind::By, "BY#slug#person", "POST#post"),
    (Kind::QuotingOf, "BY#slug#person", "QUOTED#post"),
    (Kind::Delivery, "DLV#delivery", "-"),
    (Kind::Waiting, "WAIT#place", "class#at#delivery"),
    (Kind::Message, "MSG#place", "mark"),
    (Kind::Room, "ROOM#place", "room"),
    (Kind::External, "EXT#platform#id", "-"),
    (Kind::Shown, "SHOWN#platform#channel:id", "-"),
    (Kind::Said, "SAID#hash", "-"),
    (Kind::Pace, "DEST#place", "PACE"),
    (Kind::Turns, "TURNS#platform", "slot"),
    (Kind::Given, "GIVEN#date#version", "-"),
    (Kind::Slot, "SLOT#seconds", "-"),
    (Kind::Searched, "SEARCH#hashtag", "-"),
    (Kind::Audit, "AUDIT#date", "-"),
    (Kind::Happened, "HAPPENED#id", "-"),
    (Kind::Heartbeat, "HEARTBEAT", "-"),
    (Kind::Watch, "WATCH", "person"),
];

/// The part of a pattern that is filled in has small letters.
fn fits_pattern(pattern: &str, written: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('#').collect();
    let parts: Vec<&str> = written.splitn(wanted.len(), '#').collect();
    parts.len() == wanted.len()
        && wanted.iter().zip(&parts).all(|(wanted, part)| {
            let filled_in = wanted.contains(|c: char| c.is_ascii_lowercase());
            if filled_in { !part.is_empty() } else { wanted == part }
        })
}

fn bad(key: &Key, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unreadable { key: key.to_string(), why: why.to_string() }
}

/// What follows a prefix of a key's part.
fn after<'a>(part: &'a str, prefix: &str) -> Result<&'a str, BadName> {
    part.strip_prefix(prefix).ok_or_else(|| BadName(part.to_owned()))
}

/// A delivery is named by its chat first.
fn chat_of(delivery: &str) -> Result<Slug, BadName> {
    delivery.split('/').next().unwrap_or_default().parse()
}

impl Kind {
    /// The kind of the row that lies under this key.
    pub(super) fn of(key: &Key) -> Option<Kind> {
        let fits = |(_, pk, sk): &&(Kind, &str, &str)| fits_pattern(pk, &key.pk) && fits_pattern(sk, &key.sk);
        KINDS.iter().find(fits).map(|(kind, ..)| *kind)
    }

    /// What becomes of it when its chat moves.
    pub fn way(self) -> Way {
        match self {
            Kind::Settings
            | Kind::Episode
            | Kind::Signpost
            | Kind::Cue
            | Kind::Member
            | Kind::Participant
            | Kind::Proof
            | Kind::Owned
            | Kind::Handle
            | Kind::Bar
            | Kind::Idea
            | Kind::Undo
            | Kind::Kept
            | Kind::Counted
            | Kind::Looked
            | Kind::Spent
            | Kind::Post
            | Kind::Spoke
            | Kind::Held
            | Kind::FiledIn
            | Kind::Card
            | Kind::Gone
            | Kind::GoneHere
            | Kind::Quoting
            | Kind::First
            | Kind::By
            | Kind::QuotingOf
            | Kind::Delivery
            | Kind::Message
            | Kind::Room
            | Kind::External
            | Kind::Shown
            | Kind::Said
            | Kind::Searched
            // Without X's name for the subscription, which is the app's: whoever takes the chat in asks anew.
            | Kind::Watch => Way::Travels,
            Kind::Line | Kind::InWorkspace | Kind::Tag | Kind::Place => Way::Anew,
            Kind::Erasing | Kind::LettingIn | Kind::CatchingUp | Kind::Waiting => Way::Unfinished,
            Kind::Moved
            | Kind::Away
            | Kind::Arriving
            // It plays for minutes, and what is still to be said in it is not taken along.
            | Kind::Rehearsal
            // It lives while its hour does, and where it was posted.
            | Kind::Living
            // It says where somebody is for a quarter of an hour.
            | Kind::Here
            // They are worked out anew in two minutes, and end with the day.
            | Kind::Radar
            | Kind::Ticked
            // It is good for ten minutes, and whoever has it connects a channel.
            | Kind::Code
            // Who repeats a request repeats it where it was made.
            | Kind::Request
            | Kind::Pace
            | Kind::Turns
            // What X charges for once a day it charges to the app that asked.
            | Kind::Given
            | Kind::Slot
            | Kind::Audit
            | Kind::Happened
            | Kind::Heartbeat => Way::Stays,
        }
    }

    /// How it is called in a file: `member`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Settings => "settings",
            Kind::Episode => "episode",
            Kind::Signpost => "signpost",
            Kind::Cue => "cue",
            Kind::Member => "member",
            Kind::Participant => "participant",
            Kind::Proof => "proof",
            Kind::Owned => "owned",
            Kind::Handle => "handle",
            Kind::Bar => "bar",
            Kind::Undo => "undo",
            Kind::Idea => "idea",
            Kind::Rehearsal => "rehearsal",
            Kind::Kept => "kept",
            Kind::Counted => "counted",
            Kind::Looked => "looked",
            Kind::Spent => "spent",
            Kind::Post => "post",
            Kind::Spoke => "spoke",
            Kind::Held => "held",
            Kind::Living => "living",
            Kind::Here => "here",
            Kind::Radar => "radar",
            Kind::Ticked => "ticked",
            Kind::FiledIn => "filed-in",
            Kind::Card => "card",
            Kind::Gone => "gone",
            Kind::GoneHere => "gone-here",
            Kind::Quoting => "quoting",
            Kind::First => "first",
            Kind::By => "by",
            Kind::QuotingOf => "quoting-of",
            Kind::Delivery => "delivery",
            Kind::Message => "message",
            Kind::Room => "room",
            Kind::External => "external",
            Kind::Shown => "shown",
            Kind::Said => "said",
            Kind::Searched => "searched",
            Kind::Watch => "watch",
            Kind::Line => "line",
            Kind::InWorkspace => "in-workspace",
            Kind::Tag => "tag",
            Kind::Place => "place",
            Kind::Erasing => "erasing",
            Kind::LettingIn => "letting-in",
            Kind::CatchingUp => "catching-up",
            Kind::Waiting => "waiting",
            Kind::Moved => "moved",
            Kind::Away => "away",
            Kind::Arriving => "arriving",
            Kind::Code => "code",
            Kind::Request => "request",
            Kind::Pace => "pace",
            Kind::Turns => "turns",
            Kind::Given => "given",
            Kind::Slot => "slot",
            Kind::Audit => "audit",
            Kind::Happened => "happened",
            Kind::Heartbeat => "heartbeat",
        }
    }

    /// Whether the row can be read as what it is to be.
    pub(super) fn check(self, row: &Row) -> Result<(), StoreError> {
        let row = row.clone();
        match self {
            Kind::Settings | Kind::Moved => read::<SettingsItem>(row).map(drop),
            Kind::Episode => read::<EpisodeItem>(row).map(drop),
            Kind::Signpost => read::<SignpostItem>(row).map(drop),
            Kind::Cue => read::<CueItem>(row).map(drop),
            Kind::Member => read::<MemberItem>(row).map(drop),
            Kind::Participant => read::<ParticipantItem>(row).map(drop),
            Kind::Proof => read::<ProofItem>(row).map(drop),
            Kind::Owned => read::<OwnedItem>(row).map(drop),
            Kind::Handle => read::<HandleItem>(row).map(drop),
            Kind::Bar => read::<BarItem>(row).map(drop),
            Kind::Undo => read::<UndoItem>(row).map(drop),
            Kind::Idea => read::<IdeaItem>(row).map(drop),
            Kind::Rehearsal => read::<RehearsalItem>(row).map(drop),
            Kind::Kept => read::<KeptItem>(row).map(drop),
            Kind::Counted => read::<CountedItem>(row).map(drop),
            Kind::Looked | Kind::Slot => read::<TakenItem>(row).map(drop),
            Kind::Spent => read::<SpentItem>(row).map(drop),
            Kind::Post => read::<FiledItem>(row).map(drop),
            Kind::Spoke => read::<SpokeItem>(row).map(drop),
            Kind::Held => read::<HeldItem>(row).map(drop),
            Kind::Living => read::<LivingItem>(row).map(drop),
            Kind::Here => read::<HereItem>(row).map(drop),
            Kind::Radar => read::<RadarItem>(row).map(drop),
            Kind::Ticked => read::<TickedItem>(row).map(drop),
            Kind::FiledIn => read::<PointerItem>(row).map(drop),
            Kind::Card => read::<CardItem>(row).map(drop),
            Kind::Gone | Kind::GoneHere => read::<GoneItem>(row).map(drop),
            Kind::Quoting | Kind::QuotingOf => read::<QuotingItem>(row).map(drop),
            Kind::First => read::<FirstItem>(row).map(drop),
            Kind::By => read::<ByItem>(row).map(drop),
            Kind::Delivery => read::<DeliveryItem>(row).map(drop),
            Kind::Message => read::<SentItem>(row).map(drop),
            Kind::Room => read::<RoomItem>(row).map(drop),
            Kind::External => read::<ExternalItem>(row).map(drop),
            Kind::Shown => read::<LinkedItem>(row).map(drop),
            Kind::Said => read::<SaidItem>(row).map(drop),
            Kind::Searched => read::<SearchedItem>(row).map(drop),
            Kind::Watch => read::<WatchItem>(row).map(drop),
            Kind::Line | Kind::InWorkspace => read::<LineItem>(row).map(drop),
            Kind::Tag | Kind::Place | Kind::Away | Kind::LettingIn | Kind::CatchingUp => {
                read::<SlugItem>(row).map(drop)
            }
            Kind::Erasing => read::<EraseItem>(row).map(drop),
            Kind::Waiting => read::<WaitingItem>(row).map(drop),
            Kind::Code => read::<CodeItem>(row).map(drop),
            Kind::Request => read::<RequestItem>(row).map(drop),
            Kind::Pace => read::<PaceItem>(row).map(drop),
            Kind::Turns => read::<TurnsItem>(row).map(drop),
            Kind::Given => read::<GivenItem>(row).map(drop),
            Kind::Audit => read::<AuditItem>(row).map(drop),
            Kind::Happened => read::<HappenedItem>(row).map(drop),
            Kind::Heartbeat => read::<HeartbeatItem>(row).map(drop),
            Kind::Arriving => super::halfway::check(row),
        }
    }

    /// Whose the row is.
    pub(super) fn whose(self, key: &Key, row: &Row) -> Result<Whose, StoreError> {
        let named = |whose: Result<Whose, BadName>| whose.map_err(|why| bad(key, &why));
        let chat = |slug: Result<Slug, BadName>| named(slug.map(Whose::Chat));
        match self {
            Kind::Settings
            | Kind::Moved
            | Kind::Arriving
            | Kind::Signpost
            | Kind::Episode
            | Kind::Cue
            | Kind::Member
            | Kind::Participant
            | Kind::Proof
            | Kind::Owned
            | Kind::Handle
            | Kind::Bar
            | Kind::Erasing
            | Kind::Undo
            | Kind::Idea
            | Kind::Rehearsal
            | Kind::Kept
            | Kind::LettingIn
            | Kind::CatchingUp
            | Kind::Counted
            | Kind::Looked
            | Kind::Spent => chat(after(&key.pk, "CHAT#").and_then(str::parse)),
            Kind::Line | Kind::Away => chat(key.sk.parse()),
            Kind::InWorkspace | Kind::Place | Kind::FiledIn => {
                chat(after(&key.sk, "CHAT#").and_then(str::parse))
            }
            Kind::Post
            | Kind::Spoke
            | Kind::Held
            | Kind::Living
            | Kind::Here
            | Kind::Radar
            | Kind::Ticked => {
                let episode = after(&key.pk, "EP#").and_then(str::parse::<EpisodeId>);
                chat(episode.map(|episode| episode.chat))
            }
            Kind::GoneHere => chat(after(&key.sk, "GONE#").and_then(str::parse)),
            Kind::Quoting => {
                let rest = after(&key.sk, "QUOTED#");
                chat(rest.and_then(|rest| rest.split('#').next().unwrap_or_default().parse()))
            }
            Kind::By | Kind::QuotingOf => {
                let rest = after(&key.pk, "BY#");
                chat(rest.and_then(|rest| rest.split('#').next().unwrap_or_default().parse()))
            }
            Kind::Card => chat(after(&key.sk, "CARD#").and_then(chat_of)),
            Kind::Delivery => chat(after(&key.pk, "DLV#").and_then(chat_of)),
            Kind::Waiting => Ok(Whose::Chat(read::<WaitingItem>(row.clone())?.slug.0)),
            Kind::Tag => Ok(Whose::Chat(read::<SlugItem>(row.clone())?.slug.0)),
            Kind::External => Ok(Whose::Chat(read::<ExternalItem>(row.clone())?.slug.0)),
            Kind::Said => Ok(Whose::Chat(read::<SaidItem>(row.clone())?.slug.0)),
            Kind::Message => {
                let message: SentItem = read(row.clone())?;
                let mut slugs: Vec<Slug> = Vec::new();
                for delivery in &message.deliveries {
                    let slug = chat_of(delivery).map_err(|why| bad(key, &why))?;
                    if !slugs.contains(&slug) {
                        slugs.push(slug);
                    }
                }
                Ok(Whose::Chats(slugs))
            }
            Kind::Room => match key.sk.parse().map_err(|why| bad(key, &why))? {
                chat::delivery::Room::Channel => Ok(Whose::Deployment),
                chat::delivery::Room::Opening(episode) | chat::delivery::Room::Question(episode, _) => {
                    Ok(Whose::Chat(episode.chat))
                }
            },
            Kind::First => Ok(Whose::Post(read::<FirstItem>(row.clone())?.first.0)),
            Kind::Gone => named(after(&key.pk, "POST#").and_then(str::parse).map(Whose::Post)),
            Kind::Shown => {
                let linked: LinkedItem = read(row.clone())?;
                Ok(Whose::Message(linked.place.0, linked.mark))
            }
            Kind::Searched => named(after(&key.pk, "SEARCH#").map(|tag| Whose::Hashtag(tag.to_owned()))),
            Kind::Watch => named(key.sk.parse().map(Whose::Author)),
            Kind::Code
            | Kind::Request
            | Kind::Pace
            | Kind::Turns
            | Kind::Given
            | Kind::Slot
            | Kind::Audit
            | Kind::Happened
            | Kind::Heartbeat => Ok(Whose::Deployment),
        }
    }
}

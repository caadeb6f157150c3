//! Deliveries: one outside change for one destination each, and what happens to it.
//!
//! `Pending → Claimed(lease) → Sent | Failed | Unknown`. The claim is written before the call, so that
//! a machine that dies leaves a trace; a claim whose lease ran out may have been sent, so it is
//! `Unknown`, and somebody looks before anything is sent again. A double post is worse than a late one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::name::{BadName, DeliveryId, EpisodeId, Person, Place, PostId, QuestionId, Slug};
use crate::text::Message;

/// Something to deliver, as `decide` asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its derived name.
    pub id: DeliveryId,
    /// Where.
    pub to: Place,
    /// The channel itself or one of its threads.
    pub room: Room,
    /// Announcements go before posts.
    pub class: Class,
    /// Source time: orders what waits together in one room.
    pub at: DateTime<Utc>,
    /// Not before this instant of the chat's clock: a cue claimed half a second early waits here.
    pub not_before: Option<DateTime<Utc>>,
    /// Not after this instant of the chat's clock: a reminder nobody needs any more.
    pub expires: Option<DateTime<Utc>>,
    /// What to do.
    pub work: Work,
}

/// Which goes first among what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What Earshot itself says.
    Announcement,
    /// What people say.
    Post,
}

/// A channel or one of its threads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Room {
    /// The channel.
    Channel,
    /// The thread under the opening of an episode.
    Opening(EpisodeId),
    /// The thread of a question.
    Question(EpisodeId, QuestionId),
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Room::Channel => f.write_str("channel"),
            Room::Opening(ep) => write!(f, "{ep}/open"),
            Room::Question(ep, q) => write!(f, "{ep}/q/{q}"),
        }
    }
}

impl FromStr for Room {
    type Err = BadName;
    fn from_str(s: &str) -> Result<Room, BadName> {
        if s == "channel" {
            return Ok(Room::Channel);
        }
        let bad = || BadName(s.to_owned());
        if let Some(ep) = s.strip_suffix("/open") {
            return Ok(Room::Opening(ep.parse()?));
        }
        let (ep, q) = s.rsplit_once("/q/").ok_or_else(bad)?;
        Ok(Room::Question(ep.parse()?, QuestionId(q.parse().map_err(|_| bad())?)))
    }
}

/// What finishes a slow reply: whoever has it can write to the one who asked, as us, for fifteen minutes. So it
/// is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyToken(pub String);

impl fmt::Debug for ReplyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyToken(…)")
    }
}

/// What a delivery does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Says something of ours.
    Announce(Message),
    /// Shows a person's post as a card. What is shown is read when it is claimed.
    Post(PostId),
    /// Makes the thread of a question under its announcement (Discord; Slack needs none).
    Thread {
        /// The announcement's delivery.
        under: DeliveryId,
        /// The thread's name, at most 100 characters.
        name: String,
    },
    /// Changes what a delivery said.
    Edit {
        /// That delivery.
        of: DeliveryId,
        /// What it says now.
        message: Message,
    },
    /// Shows a card anew, after it was filed under another question.
    Recard {
        /// The delivery that showed it.
        of: DeliveryId,
        /// Whose card.
        post: PostId,
    },
    /// Takes back what a delivery said.
    Remove {
        /// That delivery.
        of: DeliveryId,
    },
    /// Gives or takes the members' role.
    Role {
        /// Whose.
        member: Person,
        /// The role's id.
        role: String,
        /// Given, or taken.
        grant: bool,
    },
    /// Reminds a member of an episode, by a direct message. What it says, and whether it is still wanted, is
    /// read when it is claimed: [`crate::personal::due`].
    Remind {
        /// Whom.
        member: Person,
        /// Of what.
        episode: EpisodeId,
    },
    /// Makes the event of an episode in a server's list what the episode is by then: [`crate::events`].
    Event {
        /// Whose.
        episode: EpisodeId,
    },
    /// Greets somebody after their first hour, by a direct message. What it says, and whether it is still wanted,
    /// is read when it is claimed: [`crate::greeting`].
    Greet {
        /// Whom.
        member: Person,
        /// After which.
        episode: EpisodeId,
    },
    /// Hands somebody all that is kept about them, as a file that ends a slow reply. What is in it is read when
    /// it is claimed: [`crate::roster`].
    HandOver {
        /// Whom, and whose it is.
        person: Person,
        /// In which chats.
        chats: Vec<Slug>,
        /// Ends the reply.
        token: ReplyToken,
    },
    /// Begins the living message of an hour at the desk. What it says is read when it is claimed, and changed in
    /// place from then on: [`crate::desk`].
    Desk(EpisodeId),
}

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has tried yet.
    Pending,
    /// Somebody is at it until the lease runs out (real time).
    Claimed {
        /// Until when.
        lease: DateTime<Utc>,
    },
    /// Done; the platform calls it this.
    Sent {
        /// The platform's id of the message, thread or post; empty where there is none.
        external: String,
    },
    /// Not going to happen.
    Failed {
        /// Why, for an organiser to read.
        reason: String,
    },
    /// It may have happened: look before sending again.
    Unknown,
}

/// Something that was looked at an hour ahead, and is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// A place could not be reached.
    Place {
        /// Which.
        place: Place,
        /// Why, where the platform says; `None` where it does not answer.
        why: Option<Untaken>,
    },
    /// Posts may not come from where they come from.
    Source(Unheard),
}

/// Why posts may not come from X, as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// The app's token, which X is read with, is not accepted.
    Key {
        /// Whether X is searched with it. Otherwise its webhook brings the posts, and the token is only
        /// for what is done beside that.
        searched: bool,
    },
    /// X sends nothing: it has given up our webhook, or never knew it.
    Webhook {
        /// Whether X is searched as well, so that posts come all the same, only later.
        searched: bool,
    },
    /// X does not answer.
    Silent,
}

/// Nothing gets through to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Since the first call that failed, in real time; nothing got through after it.
    pub since: DateTime<Utc>,
    /// Why, where the platform says that it will stay so until somebody does something. `None` where it
    /// is busy, slow or down.
    pub why: Option<Untaken>,
    /// Whether organisers were told.
    pub told: bool,
}

impl Trouble {
    /// Being busy or down for so long is worth telling; shorter, people had better not be bothered.
    pub const TOLD_AFTER: TimeDelta = TimeDelta::minutes(10);

    /// Whether organisers should hear of it now, when the next try is at `next`.
    pub fn is_worth_telling(&self, next: DateTime<Utc>) -> bool {
        !self.told && (self.why.is_some() || next - self.since >= Trouble::TOLD_AFTER)
    }
}

/// Why a platform did not take something, as far as people can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Untaken {
    /// The key or token is wrong, revoked or expired.
    Key,
    /// The channel, or what was to be changed, is not there.
    Gone,
    /// Not invited, or a permission is missing.
    NotAllowed,
    /// The channel is archived.
    Archived,
    /// Too long.
    TooLong,
    /// Malformed.
    Malformed,
    /// Posted before.
    Duplicate,
    /// A server's own rules stopped it.
    Blocked,
    /// The platform wants to be paid.
    Unpaid,
    /// Anything else.
    Other,
}

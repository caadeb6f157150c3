//! Names. What happens twice must be called the same twice, so names are derived from what makes a
//! thing itself and never drawn at random: a doubled tick or a replayed webhook then writes the same
//! key and loses harmlessly.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};

/// A name could not be read back from its written form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName(pub String);

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a name Earshot wrote: {:?}", self.0)
    }
}

impl std::error::Error for BadName {}

/// A chat's name in commands and keys: lower-case letters, digits and hyphens, 1 to 40 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// The slug of a hashtag: its letters and digits in lower case (`#SMXChat` is `smxchat`).
    /// `None` where nothing remains, as for a hashtag of underscores.
    pub fn of(hashtag: &str) -> Option<Slug> {
        let slug: String = hashtag
            .chars()
            .flat_map(char::to_lowercase)
            .map(|c| if c == '_' { '-' } else { c })
            .filter(|c| c.is_alphanumeric() || *c == '-')
            .take(40)
            .collect();
        slug.chars().any(char::is_alphanumeric).then_some(Slug(slug))
    }

    /// The slug as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = BadName;
    fn from_str(s: &str) -> Result<Slug, BadName> {
        let fits = !s.is_empty()
            && s.chars().count() <= 40
            && s.chars().all(|c| c == '-' || (c.is_alphanumeric() && c.to_lowercase().eq([c])));
        fits.then(|| Slug(s.to_owned())).ok_or_else(|| BadName(s.to_owned()))
    }
}

/// An episode, named by the instant it was first planned for. Moving it does not rename it.
///
/// Written `smxchat/2026-11-24T20:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EpisodeId {
    /// The chat it belongs to.
    pub chat: Slug,
    /// The first planned start, to the minute.
    pub planned: DateTime<Utc>,
}

const STAMP: &str = "%Y-%m-%dT%H:%MZ";

/// Folds words into a number that is the same for the same words, for names (FNV-1a, 64 bits).
pub(crate) fn fold(words: &str) -> u64 {
    words.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// An instant to the minute, as it stands in names: `2026-11-24T20:00Z`.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.format(STAMP).to_string()
}

/// Reads what [`stamp`] wrote.
pub fn unstamp(s: &str) -> Result<DateTime<Utc>, BadName> {
    NaiveDateTime::parse_from_str(s, STAMP).map(|at| at.and_utc()).map_err(|_| BadName(s.to_owned()))
}

impl fmt::Display for EpisodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.chat, stamp(self.planned))
    }
}

impl FromStr for EpisodeId {
    type Err = BadName;
    fn from_str(s: &str) -> Result<EpisodeId, BadName> {
        let (chat, planned) = s.split_once('/').ok_or_else(|| BadName(s.to_owned()))?;
        Ok(EpisodeId { chat: chat.parse()?, planned: unstamp(planned)? })
    }
}

/// A question's permanent number within its episode. Its position (Q3) may change; this does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u32);

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where people talk, and where Earshot speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// x.com.
    X,
    /// A Slack workspace.
    Slack,
    /// A Discord server.
    Discord,
}

impl Platform {
    /// Every platform, in the order in which they are listed to people.
    pub const ALL: [Platform; 3] = [Platform::X, Platform::Discord, Platform::Slack];

    /// The name in keys: `x`, `slack`, `discord`.
    pub fn key(self) -> &'static str {
        match self {
            Platform::X => "x",
            Platform::Slack => "slack",
            Platform::Discord => "discord",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::X => "X",
            Platform::Slack => "Slack",
            Platform::Discord => "Discord",
        })
    }
}

impl FromStr for Platform {
    type Err = BadName;
    fn from_str(s: &str) -> Result<Platform, BadName> {
        match s.to_ascii_lowercase().as_str() {
            "x" => Ok(Platform::X),
            "slack" => Ok(Platform::Slack),
            "discord" => Ok(Platform::Discord),
            _ => Err(BadName(s.to_owned())),
        }
    }
}

/// A channel, which is also the name of the destination that delivers there: a Slack channel of a
/// workspace, a Discord channel of a server, or the host's X account.
///
/// Written `slack:T024BE7LD:C061EG9SL`, `discord:4105:4106`, `x::2244994945`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The platform.
    pub platform: Platform,
    /// Slack's team id, Discord's guild id; empty on X.
    pub home: String,
    /// Slack's or Discord's channel id; the account's user id on X.
    pub channel: String,
}

impl Place {
    /// A place from its parts.
    pub fn new(platform: Platform, home: impl Into<String>, channel: impl Into<String>) -> Place {
        Place { platform, home: home.into(), channel: channel.into() }
    }

    /// Where somebody in Discord is written to alone: `discord::@80351110224678912`. Which channel that is has
    /// to be asked for, with
    /// [Create DM](https://docs.discord.com/developers/resources/user#create-dm).
    pub fn direct(person: &Person) -> Place {
        Place::new(person.platform, person.home.clone(), format!("@{}", person.id))
    }

    /// The id of the person who is written to alone there, where this is such a place.
    pub fn alone_with(&self) -> Option<&str> {
        self.channel.strip_prefix('@').filter(|_| self.platform == Platform::Discord)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.platform.key(), self.home, self.channel)
    }
}

impl FromStr for Place {
    type Err = BadName;
    fn from_str(s: &str) -> Result<Place, BadName> {
        let mut parts = s.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(p), Some(home), Some(channel)) => Ok(Place::new(p.parse()?, home, channel)),
            _ => Err(BadName(s.to_owned())),
        }
    }
}

/// A person as a platform knows them. Written like a [`Place`]: `discord:4105:80351110224678912`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Person {
    /// The platform.
    pub platform: Platform,
    /// Slack's team id; empty on Discord and X, whose user ids are global.
    pub home: String,
    /// The user id there.
    pub id: String,
}

impl Person {
    /// A person from their parts.
    pub fn new(platform: Platform, home: impl Into<String>, id: impl Into<String>) -> Person {
        Person { platform, home: home.into(), id: id.into() }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.platform.key(), self.home, self.id)
    }
}

impl FromStr for Person {
    type Err = BadName;
    fn from_str(s: &str) -> Result<Person, BadName> {
        let place: Place = s.parse()?;
        Ok(Person { platform: place.platform, home: place.home, id: place.channel })
    }
}

/// A post, by its source and the **first** id of its edit history: an edited post on X has a new id,
/// and deleting any version deletes the chain. Written `x:2080761390344937796`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostId {
    /// Where it was written.
    pub source: Platform,
    /// The id there; for answers given with the Answer button, the id of the press.
    pub id: String,
}

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.key(), self.id)
    }
}

impl FromStr for PostId {
    type Err = BadName;
    fn from_str(s: &str) -> Result<PostId, BadName> {
        let (source, id) = s.split_once(':').ok_or_else(|| BadName(s.to_owned()))?;
        Ok(PostId { source: source.parse()?, id: id.to_owned() })
    }
}

/// A delivery's name: what it is, then where it goes, as in
/// `smxchat/2026-11-24T20:00Z/q/3>discord:4105:4106`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub String);

impl DeliveryId {
    /// The delivery of `what` to `place`.
    pub fn new(what: impl fmt::Display, place: &Place) -> DeliveryId {
        DeliveryId(format!("{what}>{place}"))
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

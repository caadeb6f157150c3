//! What a chat is from week to week: everything that an organiser sets once.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::money::Money;
use crate::name::{Person, Place, Platform, Slug};
use crate::schedule::Slot;
use crate::text::Text;
use crate::zone::Zone;

/// A chat's settings. Written only as a whole and only if nobody wrote in between (`version`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name in commands and keys.
    pub slug: Slug,
    /// The hashtag as its organiser writes it, without `#`: `SMXChat`. Compared without case.
    pub hashtag: String,
    /// What people call it; the hashtag where nobody said otherwise.
    pub title: String,
    /// The Slack workspace (team id) whose organisers steer it.
    pub workspace: String,
    /// When it recurs, in local time. Several slots for two sittings a day.
    pub slots: Vec<Slot>,
    /// The zone whose wall clock the slots follow.
    pub zone: Zone,
    /// How the zone was called when it was chosen: "London".
    pub city: String,
    /// How long an episode is.
    pub length: Duration,
    /// How questions are spread.
    pub cadence: Cadence,
    /// True durations before the start, longest first.
    pub reminders: Vec<Duration>,
    /// Cities to name in announcements on X, at most three of them in one text.
    pub cities: Vec<City>,
    /// Where it is delivered.
    pub destinations: Vec<Destination>,
    /// Who steers it (Slack users), the lead first.
    pub organisers: Vec<Person>,
    /// Who helps to keep it kind (Slack users): see [`Settings::may_moderate`].
    pub moderators: Vec<Person>,
    /// Words and phrases whose posts are neither filed nor carried, as they were typed; none twice as
    /// [`crate::muted`] reads them.
    pub muted: Vec<String>,
    /// How many posts of one person are carried within a minute at most; `None` for no limit.
    pub burst: Option<u32>,
    /// Who is carried without being let in first.
    pub door: Door,
    /// The Slack channel where organisers hear what others should know.
    pub desk: Option<Place>,
    /// Its own words, where it has some.
    pub words: Words,
    /// Since when announcements may reach X: an organiser approved a preview.
    pub x_approved: Option<DateTime<Utc>>,
    /// Ranges of local dates without episodes, both ends included.
    pub breaks: Vec<(NaiveDate, NaiveDate)>,
    /// Whether each hour to come is an event in Discord's own list: see [`crate::events`].
    pub events: bool,
    /// What X may cost in a month; `None` for as much as it takes.
    pub budget: Option<Money>,
    /// Retired chats plan nothing and speak nowhere.
    pub retired: bool,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

/// Whose posts are carried as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// Everybody's.
    #[default]
    Open,
    /// Those of people who were heard in an earlier episode, or were let in at the desk. The others' wait
    /// there, so a chat with this door has a desk.
    Regulars,
}

/// How questions are spread over the hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cadence {
    /// Q1 five minutes in, the last ten minutes before the close, the rest even, 4 to 15 minutes apart.
    Auto,
    /// Q1 after `first`, then one every `every`.
    Every {
        /// From the start to Q1.
        first: Duration,
        /// From one question to the next.
        every: Duration,
    },
}

/// A city to name beside a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct City {
    /// As people write it: "New York".
    pub name: String,
    /// Its zone.
    pub zone: Zone,
}

/// Where a chat is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The channel or account.
    pub place: Place,
    /// What people there call it: "smxchat", "@SMXChat".
    pub name: String,
    /// Whether answers go into threads.
    pub layout: Layout,
    /// The role a member gets on joining, and that the ten-minute reminder may ping (Discord).
    pub role: Option<String>,
    /// How much of what people write on X is shown there.
    pub cards: Cards,
}

/// How much of a post from X a room shows. X's terms let its posts be shown in full elsewhere only under
/// conditions (<https://docs.x.com/developer-terms/policy>), which not everybody can keep.
///
/// Of all else, answers by button among it, everything is shown: it is not X's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cards {
    /// Text, quoted post and pictures.
    #[default]
    Full,
    /// Who, when, under which question, and the way to it.
    Links,
}

/// Where answers go in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A thread per question; hellos and chatter under the opening.
    Threads,
    /// All in the channel, cards labelled `A3`.
    Flat,
}

impl Layout {
    /// The default: threads on Slack, flat on Discord and X.
    pub fn usual(platform: Platform) -> Layout {
        match platform {
            Platform::Slack => Layout::Threads,
            Platform::Discord | Platform::X => Layout::Flat,
        }
    }
}

/// A chat's own announcement texts, with `{topic} {guests} {next}` to be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Instead of the usual opening.
    pub opening: Option<String>,
    /// Instead of the usual close.
    pub close: Option<String>,
    /// Instead of the usual first reminder.
    pub reminder: Option<String>,
}

impl Settings {
    /// Doors open this long before the start: posts from then on belong to the episode.
    pub const DOORS_EARLY: Duration = Duration::minutes(10);
    /// Doors close this long after the close.
    pub const DOORS_LATE: Duration = Duration::minutes(15);
    /// What X may cost in a month where nobody said otherwise: a weekly hour of two hundred posts.
    pub const USUAL_BUDGET: Money = Money::cents(500);
    /// Late answers count for this long after the close.
    pub const LATE_ANSWERS: Duration = Duration::hours(24);

    /// The burst limit of a chat that has set none. An answer every ten seconds is faster than people write
    /// by hand, and a thread of six, posted at once, still comes through whole; what scripts and brawls send
    /// is far above it.
    pub const BURST: u32 = 6;
    /// The highest burst limit: above it, it would limit nothing that a room could still follow.
    pub const MOST_BURST: u32 = 30;
    /// The most muted words: they are read with every post, and lie in one row with all other settings.
    pub const MOST_MUTED: usize = 100;

    /// Whether `person` may keep the chat kind: hide, block, mute, mind the door and the burst limit, and
    /// hold. Organisers may, and moderators may nothing else.
    pub fn may_moderate(&self, person: &Person) -> bool {
        self.is_organiser(person) || self.moderators.contains(person)
    }

    /// Whether `person` steers this chat.
    pub fn is_organiser(&self, person: &Person) -> bool {
        self.organisers.contains(person)
    }

    /// The destination that is this channel.
    pub fn destination(&self, place: &Place) -> Option<&Destination> {
        self.destinations.iter().find(|d| &d.place == place)
    }

    /// The destinations on one platform.
    pub fn on(&self, platform: Platform) -> impl Iterator<Item = &Destination> {
        self.destinations.iter().filter(move |d| d.place.platform == platform)
    }

    /// The destinations that announcements may reach now: X only once a preview was approved.
    pub fn speaking(&self) -> impl Iterator<Item = &Destination> {
        self.destinations.iter().filter(|d| d.place.platform != Platform::X || self.x_approved.is_some())
    }

    /// The rooms posts are mirrored into: all but X.
    pub fn rooms(&self) -> impl Iterator<Item = &Destination> {
        self.destinations.iter().filter(|d| d.place.platform != Platform::X)
    }

    /// `#SMXChat`.
    pub fn tag(&self) -> String {
        format!("#{}", self.hashtag)
    }

    /// The organisers as people, joined for a sentence: "@Maya and @Sol".
    pub fn organisers_named(&self) -> Text {
        named(&self.organisers)
    }

    /// The moderators, likewise.
    pub fn moderators_named(&self) -> Text {
        named(&self.moderators)
    }
}

/// "@Maya and @Sol".
pub(crate) fn named(people: &[Person]) -> Text {
    let mut text = Text::new();
    let last = people.len().saturating_sub(1);
    for (n, person) in people.iter().enumerate() {
        if n > 0 {
            text = text.say(if n == last { " and " } else { ", " });
        }
        text = text.span(crate::text::Span::Person(person.clone()));
    }
    text
}

//! An event in Discord's own list for each hour to come, in each server that a chat speaks in: where a chat wants
//! that (`/chat set events on`). Off by itself, because it needs one more permission, and because a server's list
//! is everybody's there.
//!
//! Each is made singly. Discord's own recurring events keep to an hour of UTC and jump by one when clocks change.
//! It is made with its episode, two weeks ahead, so that nothing else has to remember when; one that was planned
//! earlier than that comes when members' reminders are laid out, two days ahead. What is shown is read when it is
//! sent, so a bell that comes twice, or too late, does no harm; who deletes one by hand does not get it back.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::copy::reply as words;
use crate::cue::{CueId, Kind};
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{DeliveryId, Place, Platform, stamp};
use crate::settings::Settings;
use crate::text::Message;
use crate::{Change, Chat, Decision, Event, order, steer};

/// How far ahead there are events: as far as episodes are planned by themselves.
pub const AHEAD: Duration = Duration::days(14);

/// So many events follow one change; what is left follows two days ahead of each.
const MOST_AT_ONCE: usize = 6;

/// Known of an event instead of its id: somebody deleted it, and it stays deleted.
pub const DELETED: &str = "-";

/// What an event shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// At most 100 characters.
    pub name: String,
    /// At most 1,000.
    pub description: String,
    /// The channel's address.
    pub location: String,
    /// When it begins.
    pub starts: DateTime<Utc>,
    /// And ends.
    pub ends: DateTime<Utc>,
}

/// What is to be done about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Make it.
    Create(Shown),
    /// It is there, and is to show this.
    Change {
        /// What.
        shown: Shown,
        /// Whether it has begun: its start is Discord's then.
        begun: bool,
    },
    /// It will not take place.
    Cancel,
}

/// Where a server's events are sent: a lane of its own, so that they keep no announcement waiting.
pub fn place(guild: &str) -> Place {
    Place::new(Platform::Discord, guild, "+events")
}

/// The servers that a chat speaks in.
fn guilds(settings: &Settings) -> Vec<&str> {
    let mut guilds: Vec<&str> = settings.on(Platform::Discord).map(|to| to.place.home.as_str()).collect();
    order::sort(&mut guilds);
    guilds.dedup();
    guilds
}

/// What a server's list is to show of an episode; `None` for nothing.
fn shown(settings: &Settings, episode: &Episode, guild: &str) -> Option<Shown> {
    let room = settings.on(Platform::Discord).find(|to| to.place.home == guild)?;
    if !settings.events || settings.retired || !episode.is_ahead() {
        return None;
    }
    let (name, description) = words::event(settings, episode);
    let location = format!("https://discord.com/channels/{guild}/{}", room.place.channel);
    Some(Shown { name, description, location, starts: episode.starts, ends: episode.ends() })
}

/// What is to be done about an episode's event in a server, of which `known` is the id, if it has one.
pub fn step(
    settings: &Settings,
    episode: Option<&Episode>,
    guild: &str,
    known: Option<&str>,
    now: DateTime<Utc>,
) -> Step {
    let Some(episode) = episode.filter(|_| known != Some(DELETED)) else { return Step::Nothing };
    let begun = episode.starts <= now;
    match (shown(settings, episode, guild), known) {
        (Some(shown), None) if !begun => Step::Create(shown),
        (Some(shown), Some(_)) => Step::Change { shown, begun },
        // What is over Discord ends by itself.
        (None, Some(_)) if !matches!(episode.state, State::Closed { .. }) => Step::Cancel,
        _ => Step::Nothing,
    }
}

/// What events follow from a decision: those of the episodes that changed so that it shows, all near ones where
/// the settings did, and those whose cue of two days ahead was fired.
pub(crate) fn follow(chat: &Chat, event: &Event, mut decision: Decision, now: DateTime<Utc>) -> Decision {
    let settings = decision.changes.iter().find_map(|change| match change {
        Change::Settings(settings) => Some(settings),
        _ => None,
    });
    let before = &chat.settings;
    let after = settings.unwrap_or(before);
    if !before.events && !after.events {
        return decision;
    }
    let mut servers = guilds(before);
    servers.extend(guilds(after));
    order::sort(&mut servers);
    servers.dedup();
    let near = |episode: &Episode| episode.starts <= now + AHEAD && episode.ends() > now;
    let changed = |id: &crate::name::EpisodeId| {
        decision.changes.iter().find_map(|change| match change {
            Change::Episode(episode) if episode.id == *id => Some(episode),
            _ => None,
        })
    };
    // The name says which change it follows, so that going back and forth is another one each time.
    let mut wanted: Vec<(Episode, String)> = Vec::new();
    for change in &decision.changes {
        let Change::Episode(episode) = change else { continue };
        let known = chat.episodes.iter().find(|known| known.id == episode.id);
        let differs = servers
            .iter()
            .any(|guild| known.and_then(|known| shown(before, known, guild)) != shown(after, episode, guild));
        // Its close is no change that anybody has to be told.
        let over = matches!(episode.state, State::Closed { .. });
        if differs && !over && (near(episode) || known.is_some_and(near)) {
            wanted.push((episode.clone(), format!("{}", episode.version + 1)));
        }
    }
    if let Some(after) = settings.filter(|_| {
        servers.iter().any(|guild| {
            chat.episodes.iter().any(|known| shown(before, known, guild) != shown(after, known, guild))
        })
    }) {
        for episode in chat.episodes.iter().filter(|episode| near(episode) && changed(&episode.id).is_none())
        {
            wanted.push((episode.clone(), format!("settings/{}", after.version + 1)));
        }
    }
    if let Event::CueDue(CueId { episode, kind: Kind::Personal { start } }, _) = event
        && let Some(episode) = chat.episodes.iter().find(|known| known.id == *episode)
        && decision.changes.iter().any(|change| matches!(change, Change::Cue(_)))
    {
        wanted.push((episode.clone(), format!("near@{}", stamp(*start))));
    }
    order::sort_by_key(&mut wanted, |(episode, _)| episode.starts);
    let deliveries = wanted.iter().flat_map(|(episode, why)| {
        servers.iter().map(move |guild| {
            let to = place(guild);
            Delivery {
                id: DeliveryId::new(format_args!("{}/event/{why}", episode.id), &to),
                to,
                room: Room::Channel,
                class: Class::Announcement,
                at: now,
                not_before: None,
                expires: Some(episode.ends().max(now + Duration::hours(1))),
                work: Work::Event { episode: episode.id.clone() },
            }
        })
    });
    let deliveries: Vec<Delivery> = deliveries.take(MOST_AT_ONCE).collect();
    decision.effects.extend(deliveries);
    decision
}

/// Tells organisers that a server takes no events from us, once.
pub fn notes(
    settings: &Settings,
    guild: &str,
    allowed: bool,
    why: &str,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let message: Message = words::no_events(settings, allowed, why).into();
    let what = format!("events/{guild}/{}", if allowed { "refused" } else { "forbidden" });
    steer::tell_desk(settings, &what, &message, now)
}

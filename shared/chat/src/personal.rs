//! Reminders that members asked for, each by a direct message at a moment that suits them.
//!
//! Two days ahead of an episode a cue lays one delivery out for each member, for a moment of their own. What
//! changes after that (the date, their wishes, whether they are a member at all) is looked at when the delivery
//! is claimed: it names its moment, and goes out only if that is still the one they want. So nobody has to find
//! and withdraw what waits. Who joins or changes their mind later gets theirs laid out then.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::Episode;
use crate::copy::reply as words;
use crate::cue::{Cue, CueState};
use crate::delivery::{Class, Delivery, Room, Work};
use crate::member::Member;
use crate::name::{DeliveryId, EpisodeId, Person, Place, Platform, stamp, unstamp};
use crate::settings::Settings;
use crate::text::Message;
use crate::{Change, Chat, Decision, greeting, zone};

/// The shortest and the longest that somebody may be reminded ahead of a start.
pub const SHORTEST: Duration = Duration::minutes(5);
/// See [`SHORTEST`].
pub const LONGEST: Duration = Duration::hours(24);

/// Reminders are laid out so long before the start: the longest there is, and a whole day of quiet hours that
/// it may have to come before.
pub const AHEAD: Duration = Duration::hours(48);

/// Before quiet hours begin somebody has these minutes to read what came.
const BEFORE_QUIET: Duration = Duration::minutes(5);

/// So many are laid out in one commit; each takes three rows of it.
pub const AT_ONCE: usize = 16;

/// What a member hears, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When the message goes out.
    pub at: DateTime<Utc>,
    /// Whether it is earlier than they asked for, because that would be inside their quiet hours.
    pub early: bool,
}

/// When a member wants to hear of an episode that starts then; `None` where they do not.
///
/// Never inside their quiet hours: a moment in them becomes the last one before they begin. Which is by their
/// own wall clock, or the chat's where they did not say where they are.
pub fn moment(settings: &Settings, member: &Member, start: DateTime<Utc>) -> Option<Moment> {
    // A direct message needs Discord; in Slack the reminder in the room is all there is.
    if member.person.platform != Platform::Discord {
        return None;
    }
    so_long_before(settings, member, start, member.wishes.remind?)
}

/// How long before a nudge comes that nobody asked a time for.
const NUDGE: Duration = Duration::hours(1);

/// The same for an episode: also where somebody is only nudged before it.
fn moment_of(settings: &Settings, member: &Member, episode: &Episode) -> Option<Moment> {
    let nudge = || greeting::is_nudged(member, &episode.id).then_some(NUDGE);
    if member.person.platform != Platform::Discord {
        return None;
    }
    so_long_before(settings, member, episode.starts, member.wishes.remind.or_else(nudge)?)
}

fn so_long_before(
    settings: &Settings,
    member: &Member,
    start: DateTime<Utc>,
    before: Duration,
) -> Option<Moment> {
    let wanted = start - before;
    let zone = member.wishes.place.as_ref().map_or(settings.zone, |place| place.zone);
    let local = wanted.with_timezone(&zone).naive_local();
    match member.wishes.quiet.filter(|quiet| quiet.covers(local.time())) {
        None => Some(Moment { at: wanted, early: false }),
        Some(quiet) => {
            let from = quiet.from;
            let date = if local.time() >= from { local.date() } else { local.date().pred_opt()? };
            let at = zone::resolve(zone, date.and_time(from)) - BEFORE_QUIET.min(quiet.unquiet());
            Some(Moment { at, early: true })
        }
    }
}

/// Whether a moment lies in a member's quiet hours, by their own wall clock, or the chat's where they did not say where
/// they are.
pub(crate) fn is_quiet(settings: &Settings, member: &Member, at: DateTime<Utc>) -> bool {
    let zone = member.wishes.place.as_ref().map_or(settings.zone, |place| place.zone);
    member.wishes.quiet.is_some_and(|quiet| quiet.covers(at.with_timezone(&zone).time()))
}

/// The name of what reminds a member of an episode at a moment.
fn what(episode: &EpisodeId, person: &Person, at: DateTime<Utc>) -> String {
    format!("{episode}/personal/{person}@{}", stamp(at))
}

/// The moment in a delivery's name.
fn named(id: &DeliveryId) -> Option<DateTime<Utc>> {
    let (what, _) = id.0.split_once('>')?;
    unstamp(what.rsplit_once('@')?.1).ok()
}

/// What reminds a member of an episode, unless their moment has passed.
pub fn delivery(
    settings: &Settings,
    member: &Member,
    episode: &Episode,
    now: DateTime<Utc>,
) -> Option<Delivery> {
    let at = moment_of(settings, member, episode).map(|moment| moment.at)?;
    if !episode.is_ahead() || episode.is_live() || at <= now {
        return None;
    }
    let to = Place::direct(&member.person);
    Some(Delivery {
        id: DeliveryId::new(what(&episode.id, &member.person, at), &to),
        to,
        room: Room::Channel,
        class: Class::Announcement,
        at,
        not_before: Some(at),
        expires: Some(episode.starts),
        work: Work::Remind { member: member.person.clone(), episode: episode.id.clone() },
    })
}

/// The reminders of the episodes that are near, for a member who joined or changed their mind.
pub(crate) fn near(chat: &Chat, member: &Member, now: DateTime<Utc>) -> Vec<Delivery> {
    let near = chat.episodes.iter().filter(|episode| episode.starts - AHEAD <= now);
    near.filter_map(|episode| delivery(&chat.settings, member, episode, now)).collect()
}

/// Lays out what is still to be laid out for an episode, a page at a time: the cue waits at a later version
/// until nobody is left.
///
/// [`crate::Seen::members`] has those whose reminder is not there yet.
pub(crate) fn lay_out(chat: &Chat, episode: &Episode, stored: &Cue, now: DateTime<Utc>) -> Decision {
    let mut missing: Vec<Delivery> = chat
        .seen
        .members
        .iter()
        .filter_map(|member| delivery(&chat.settings, member, episode, now))
        .collect();
    let more = missing.len() > AT_ONCE;
    missing.truncate(AT_ONCE);
    let cue = if more {
        Cue { rev: stored.rev + 1, ..stored.clone() }
    } else {
        Cue { state: CueState::Fired, ..stored.clone() }
    };
    Decision { changes: vec![Change::Cue(cue)], effects: missing, ..Decision::default() }
}

/// What a reminder that was laid out says now; `None` where it is not wanted any more: its member left or
/// changed their wishes, its episode was moved or is off.
pub fn due(
    settings: &Settings,
    episode: Option<&Episode>,
    member: Option<&Member>,
    id: &DeliveryId,
    now: DateTime<Utc>,
) -> Option<Message> {
    let (episode, member) = (episode?, member?);
    if settings.retired || !episode.is_ahead() || episode.is_live() || now >= episode.starts {
        return None;
    }
    let at = moment_of(settings, member, episode)?.at;
    if now > at && is_quiet(settings, member, now) {
        // It comes late, and who asked for quiet has it.
        return None;
    }
    // Names keep minutes.
    (stamp(at) == stamp(named(id)?)).then(|| words::personal(settings, episode, member, now))
}

//! The call to the next organiser, where none has been seen by the time the hour has opened.
//!
//! The hour runs by itself, so this alarms nobody: it asks whoever comes after the lead to keep an eye on it. That an
//! organiser is there is noted for each of them alone, by whatever they do in Slack for the chat from shortly before the
//! start on, opening App Home included, and is forgotten a day later. What they did before that says nothing about
//! where they are now.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::copy::reply as words;
use crate::delivery::Delivery;
use crate::name::{EpisodeId, Person, Place, Platform};
use crate::settings::Settings;
use crate::{Chat, steer};

/// Who does something from so long before the start on is there: doors are open for most of it.
pub const EARLY: Duration = Duration::minutes(15);
/// So long after the start the first call goes out: before Q1, which comes five minutes in.
const FIRST: Duration = Duration::minutes(2);
/// And so long after each call the next: time enough to read it and to press something.
const NEXT: Duration = Duration::minutes(4);
/// So many are called at most: who is called when a third of the hour is over can only read about it.
const MOST: u32 = 3;
/// A call that comes later than this is not made any more.
pub const LATEST: Duration = Duration::minutes(5);

/// When somebody is called, counted from 1.
fn due(start: DateTime<Utc>, turn: u32) -> DateTime<Utc> {
    start + FIRST + NEXT * i32::try_from(turn.saturating_sub(1)).unwrap_or(i32::MAX)
}

/// The calls there may be: the lead is called by nobody, so a chat of one organiser has none.
pub(crate) fn turns(settings: &Settings, start: DateTime<Utc>) -> Vec<(u32, DateTime<Utc>)> {
    let others = u32::try_from(settings.organisers.len().saturating_sub(1)).unwrap_or(u32::MAX);
    (1..=others.min(MOST)).map(|turn| (turn, due(start, turn))).collect()
}

/// The hours of which somebody is seen to be there by doing anything now.
pub fn counts_for<'a>(
    settings: &Settings,
    episodes: &'a [Episode],
    person: &Person,
    now: DateTime<Utc>,
) -> Vec<&'a EpisodeId> {
    if settings.organisers.len() < 2 || !settings.is_organiser(person) {
        return Vec::new();
    }
    let near = |e: &&Episode| {
        let last = turns(settings, e.starts).last().map_or(e.starts, |(_, due)| *due);
        e.is_ahead() && e.starts - EARLY <= now && now <= last + LATEST
    };
    episodes.iter().filter(near).map(|e| &e.id).collect()
}

/// Calls the organiser whose turn it is, tells the lead and the desk; nothing where one of them has been seen, or where
/// nothing was opened because there is nowhere to speak. `what` names the call.
pub(crate) fn called(
    chat: &Chat,
    episode: &Episode,
    turn: u32,
    what: &str,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let settings = &chat.settings;
    let organisers = &settings.organisers;
    let seen = organisers.iter().any(|organiser| chat.seen.present.contains(organiser));
    let (Some(next), false) = (organisers.get(turn as usize), seen) else { return Vec::new() };
    if settings.speaking().next().is_none() || matches!(episode.state, State::Paused { .. }) {
        return Vec::new();
    }
    let away = organisers.get(..turn as usize).unwrap_or_default();
    let alone = |person: &Person| Place::new(Platform::Slack, person.home.clone(), person.id.clone());
    let mut notes = vec![(alone(next), words::take_over(settings, episode, away, now))];
    if let (1, Some(lead)) = (turn, away.first()) {
        notes.push((alone(lead), words::looked_after(settings, next)));
    }
    // Without a desk there is no place where the others would read it.
    let desk = settings.desk.clone().map(|desk| (desk, words::asked_another(settings, away, next)));
    notes.extend(desk);
    let until = (now + LATEST).min(episode.ends());
    let notes = notes.into_iter().map(|(to, message)| steer::note(settings, &to, what, message, now));
    notes.map(|note| Delivery { expires: Some(until), ..note }).collect()
}

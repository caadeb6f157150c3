//! What organisers hear of a place that nothing gets through to.

use chrono::{DateTime, NaiveDate, Utc};

use super::{desk, direct, note};
use crate::copy::reply as words;
use crate::delivery::{Delivery, Trouble};
use crate::name::{Place, Platform};
use crate::settings::Settings;
use crate::text::Message;

/// What there is to tell of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing gets through.
    Broken,
    /// It works again.
    Mended,
}

/// Where organisers can be told of a place's trouble, the best first: the desk (or their direct messages,
/// where there is none), their direct messages, then each other room of the chat. Never X, which everybody
/// reads, and never the place itself.
pub fn confidants(settings: &Settings, place: &Place) -> Vec<Vec<Place>> {
    let mut groups = places(settings);
    groups.iter_mut().for_each(|group| group.retain(|other| other != place));
    groups
}

/// The same, whatever it is about.
pub(super) fn places(settings: &Settings) -> Vec<Vec<Place>> {
    let rooms = settings.destinations.iter().filter(|d| d.place.platform != Platform::X);
    let mut groups = vec![desk(settings), direct(settings)];
    groups.extend(rooms.map(|room| vec![room.place.clone()]));
    groups
}

/// A note to organisers, which says that it is for them where everybody can read it.
pub(super) fn note_at(
    settings: &Settings,
    to: &Place,
    what: &str,
    message: &Message,
    now: DateTime<Utc>,
) -> Delivery {
    let text = message.text.clone();
    let text = if settings.destination(to).is_some() { words::to_organisers(settings, text) } else { text };
    note(settings, to, what, Message { text, ..message.clone() }, now)
}

/// Notes to those `confidants` about a place. `now` and `since` are by the chat's clock; the notes are named
/// after the moment of real time at which it began, so that each is written once.
pub fn notes(
    settings: &Settings,
    place: &Place,
    (turn, trouble): (Turn, &Trouble),
    to: &[Place],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let (what, text) = match turn {
        Turn::Broken => ("broken", words::place_in_trouble(settings, place, trouble, since)),
        Turn::Mended => ("mended", words::place_works_again(settings, place, since)),
    };
    let what = format!("{what}/{place}/{}", trouble.since.timestamp());
    let message: Message = text.into();
    to.iter().map(|to| note_at(settings, to, &what, &message, now)).collect()
}

/// Trouble with searching X, likewise, for a chat that is searched for. `sent` says whether X also sends posts by
/// itself.
pub fn search_notes(
    settings: &Settings,
    (turn, trouble): (Turn, &Trouble),
    to: &[Place],
    since: DateTime<Utc>,
    sent: bool,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let (what, text) = match turn {
        Turn::Broken => ("broken", words::search_in_trouble(settings, trouble, since, sent)),
        Turn::Mended => ("mended", words::search_works_again(settings, since)),
    };
    let what = format!("{what}/search/{}", trouble.since.timestamp());
    let message: Message = text.into();
    to.iter().map(|to| note_at(settings, to, &what, &message, now)).collect()
}

/// Notes to a chat's organisers that what is written down about it cannot be read: its hour stands still, and
/// nothing else would tell them. Once a day (of real time) for as long as that lasts.
pub fn unreadable_notes(settings: &Settings, day: NaiveDate, now: DateTime<Utc>) -> Vec<Delivery> {
    let to = places(settings).into_iter().find(|group| !group.is_empty()).unwrap_or_default();
    let message: Message = words::notes_unreadable(settings).into();
    to.iter().map(|to| note_at(settings, to, &format!("unreadable/{day}"), &message, now)).collect()
}

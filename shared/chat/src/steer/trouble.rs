//! What organisers hear of a place that nothing gets through to.

use chrono::{DateTime, Utc};

use super::{desk, note};
use crate::copy::reply as words;
use crate::delivery::{Delivery, Trouble};
use crate::name::{Place, Platform};
use crate::settings::Settings;

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
    let other = |places: Vec<Place>| -> Vec<Place> { places.into_iter().filter(|p| p != place).collect() };
    let direct = desk(&Settings { desk: None, ..settings.clone() });
    let rooms = settings.destinations.iter().filter(|d| d.place.platform != Platform::X);
    let mut groups = vec![other(desk(settings)), other(direct)];
    groups.extend(rooms.map(|room| other(vec![room.place.clone()])));
    groups
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
    let told = |to: &Place| match settings.destination(to) {
        Some(_) => words::to_organisers(settings, text.clone()),
        None => text.clone(),
    };
    to.iter().map(|to| note(settings, to, &what, told(to).into(), now)).collect()
}

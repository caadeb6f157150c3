//! Guests who are on for a part of the hour: since which question, and the word to organisers shortly before it.
//!
//! Guests are on from a position, and not from a question by its permanent id: whoever invites them says "from Q3"
//! before Q3 is written, and means the same part of the hour when the questions change places.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, Guest, State};
use crate::copy::reply as words;
use crate::cue::{CueId, CueState, Kind};
use crate::text::Message;
use crate::{Chat, order};

/// Organisers hear of a guest so long before the question that they come in with: time to look for them, and to send
/// the note once more.
pub const AHEAD: Duration = Duration::minutes(3);

/// The guests who come in with the question at a position.
pub(crate) fn with(episode: &Episode, position: u32) -> Vec<&Guest> {
    episode.guests.iter().filter(|guest| guest.from == position).collect()
}

/// Those of them whom the question itself names: who is on from the start is named by the opening.
pub(crate) fn named_with(episode: &Episode, position: u32) -> Vec<&Guest> {
    if position > 1 { with(episode, position) } else { Vec::new() }
}

/// The guests who come in with a question that is not written. Who is on from the start needs none.
pub(crate) fn without_question(episode: &Episode) -> Vec<&Guest> {
    let missing = |guest: &&Guest| guest.from > 1 && episode.at(guest.from).is_none();
    episode.guests.iter().filter(missing).collect()
}

/// The positions with which guests come in and whose question is still to be asked, and when organisers hear of it.
pub(crate) fn moments(episode: &Episode) -> Vec<(u32, DateTime<Utc>)> {
    if matches!(episode.state, State::Paused { .. }) {
        return Vec::new();
    }
    let mut positions: Vec<u32> = episode.guests.iter().map(|guest| guest.from).collect();
    order::sort(&mut positions);
    positions.dedup();
    let coming = positions.into_iter().filter_map(|position| {
        let question = episode.at(position).filter(|question| question.asked.is_none())?;
        Some((position, question.due? - AHEAD))
    });
    coming.collect()
}

/// What organisers hear when a question goes out of whose guests they have not heard yet: it was asked early, or its
/// guests were invited a moment ago.
pub(crate) fn unheard(
    chat: &Chat,
    before: &Episode,
    position: u32,
    now: DateTime<Utc>,
) -> Option<(CueId, Message)> {
    let id = CueId { episode: before.id.clone(), kind: Kind::Guest { from: position } };
    let heard = chat.cues.iter().any(|cue| cue.id == id && cue.state == CueState::Fired);
    if heard || with(before, position).is_empty() {
        return None;
    }
    Some((id, words::guests_on(&chat.settings, before, position, now)))
}

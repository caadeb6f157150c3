//! The buttons of the living message at the desk: what a command would do, to what the button was about when it
//! was shown. Pressed twice, or on a message that has not caught up yet, it does what it said or nothing.

use chrono::Duration;

use super::{Draft, asking, live, may};
use crate::agenda::{Episode, State};
use crate::command::Who;
use crate::copy::reply as words;
use crate::desk::{HOLD, Press};
use crate::name::{EpisodeId, PostId, QuestionId};
use crate::{Change, Decision, Refusal};

pub(super) fn press(draft: Draft<'_>, id: &EpisodeId, press: &Press) -> Result<Decision, Refusal> {
    let who = match press {
        // As `hold` itself.
        Press::Hold(..) => Who::Moderators,
        // Whoever looks after people has answered them.
        Press::Heard(_) => Who::Moderators,
        Press::Next(_)
        | Press::Skip(_)
        | Press::Extend(..)
        | Press::Swap(..)
        | Press::Resume(_)
        | Press::Close => Who::Organisers,
    };
    may(draft.chat, draft.asking, who)?;
    let known = draft.chat.episodes.iter().find(|e| e.id == *id);
    match known.map(|e| e.state) {
        Some(State::Open | State::Paused { .. }) => {}
        Some(State::Planned) => return Err(Refusal::NotLive),
        // Also of an hour so long ago that it was not loaded.
        Some(State::Closed { .. } | State::Cancelled) | None => return Err(Refusal::Over),
    }
    let episode = draft.live()?;
    if episode.id != *id {
        // Two hours of a chat that overlap: commands mean the later one, and this button meant the other.
        return Err(Refusal::Over);
    }
    match press {
        Press::Heard(post) => Ok(heard(draft, id, post)),
        &Press::Next(question) => {
            is_next(&episode, question)?;
            live::next(draft)
        }
        &Press::Hold(question, due) => {
            is_next(&episode, question)?;
            let is = episode.upcoming().and_then(|(_, q)| q.due);
            if is.map(|at| at.timestamp_millis()) != Some(due.timestamp_millis()) {
                return Err(moved_on(&episode));
            }
            live::hold(draft, HOLD)
        }
        &Press::Skip(question) => {
            let position = is_next(&episode, question)?;
            asking::drop(draft, position, None)
        }
        &Press::Extend(ends, minutes) => {
            if episode.ends().timestamp_millis() != ends.timestamp_millis() {
                return Err(moved_on(&episode));
            }
            live::extend(draft, Duration::minutes(i64::from(minutes)))
        }
        &Press::Swap(question, spare) => {
            is_next(&episode, question)?;
            if episode.spares.first().map(|q| q.id) != Some(spare) {
                return Err(moved_on(&episode));
            }
            asking::swap(draft)
        }
        &Press::Resume(since) => match episode.state {
            State::Paused { since: is } if is.timestamp_millis() == since.timestamp_millis() => {
                live::resume(draft)
            }
            _ => Err(moved_on(&episode)),
        },
        Press::Close => live::close_asked(draft),
    }
}

/// Somebody is heard, since whoever presses says so: in the rooms nobody else could tell.
fn heard(mut draft: Draft<'_>, id: &EpisodeId, post: &PostId) -> Decision {
    let filed = draft.chat.seen.filed.as_ref().filter(|filed| filed.episode == *id && filed.post.id == *post);
    let Some(filed) = filed else { return draft.answer(words::nobody_to_tick_off()) };
    let reply = words::ticked_off(&filed.post.author.name);
    draft.decision.changes.push(Change::Heard { episode: id.clone(), post: post.clone() });
    draft.answer(reply)
}

/// The position of a question, if it is the next one to be asked.
fn is_next(episode: &Episode, question: QuestionId) -> Result<u32, Refusal> {
    let asked = episode.question(question).is_some_and(|q| q.asked.is_some());
    match (episode.upcoming(), episode.position(question)) {
        (Some((position, next)), _) if next.id == question => Ok(position),
        (_, Some(position)) if asked => Err(Refusal::AlreadyAsked(position)),
        _ => Err(moved_on(episode)),
    }
}

/// Says how things stand instead.
fn moved_on(episode: &Episode) -> Refusal {
    Refusal::MovedOn {
        next: episode.upcoming().map(|(position, question)| (position, question.due)),
        close: episode.ends(),
        paused: matches!(episode.state, State::Paused { .. }),
    }
}

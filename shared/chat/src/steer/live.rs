//! The live hour: hold, next, pause, resume, say, close.

use chrono::{DateTime, Duration, Utc};

use super::Draft;
use crate::action::Action;
use crate::agenda::{CLOSEST, Episode, LAST, State};
use crate::copy::{announce as saying, reply as words};
use crate::cue::{CueId, CueState, Kind};
use crate::desk::Press;
use crate::name::{EpisodeId, Platform};
use crate::reply::Reply;
use crate::{Change, Decision, Kept, Refusal, weigh};

/// How long `next` waits, for somebody to press Stop.
const NEXT_IN: Duration = Duration::seconds(5);
/// How long the text of `say` waits to be confirmed.
const SAY_WITHIN: Duration = Duration::minutes(30);

/// The position of a question that was taken up and goes out at this moment, beyond recall.
pub(super) fn going_out(episode: &Episode, now: DateTime<Utc>) -> Option<u32> {
    let just = |asked: DateTime<Utc>| asked >= now - Duration::seconds(1);
    episode.questions.iter().zip(1..).find(|(q, _)| q.asked.is_some_and(just)).map(|(_, n)| n)
}

pub(super) fn hold(mut draft: Draft<'_>, by: Duration) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    if let State::Paused { .. } = episode.state {
        return Err(Refusal::AlreadyPaused);
    }
    let (_, upcoming) = episode.upcoming().ok_or(Refusal::NothingLeft)?;
    let due = upcoming.due.ok_or(Refusal::NoRoom)?.max(draft.now);
    let held = |by: Duration| {
        let mut held = episode.clone();
        held.arrange(&draft.settings.cadence, Some(due + by), draft.now);
        let closes = due + by + Duration::minutes(1) >= episode.ends();
        let before = episode.questions.iter().zip(&held.questions).zip(1..);
        let lost: Vec<u32> = before
            .filter(|((was, is), _)| was.asked.is_none() && was.due.is_some() && (is.due.is_none() || closes))
            .map(|(_, n)| n)
            .collect();
        (held, lost)
    };
    let (after, lost) = held(by);
    if !lost.is_empty() {
        // Questions that people prepared for are not dropped by a number typed in a hurry.
        let shorter = (1..by.num_minutes()).rev().map(Duration::minutes);
        let fits = shorter.into_iter().find(|by| held(*by).1.is_empty());
        return Err(Refusal::HoldTooLong { by, lost, fits, close: episode.ends() });
    }
    let out = going_out(&episode, draft.now);
    episode = after;
    let reply = words::held(&draft.settings, &episode, out);
    let (id, closes) = (episode.id.clone(), episode.ends());
    draft.write(episode);
    draft.tell(words::did_hold(by));
    // The close stays unless somebody who may move it says so. By a button: no word to be found under stress.
    let later = u32::try_from(by.num_minutes()).unwrap_or_default();
    let label = words::close_later(&draft.settings, closes + by);
    let may = draft.settings.is_organiser(&draft.asking.by);
    let mut decision = draft.undoable("the hold", reply);
    if let (true, Some(Reply::Said(message))) = (may, &mut decision.reply) {
        let action = Action::Desk(id, Press::Extend(closes, later));
        *message = std::mem::take(message).button(label, action);
    }
    Ok(decision)
}

/// Makes the hour longer. What is left spreads over it, and the rooms hear of it when they expect the close.
pub(super) fn extend(mut draft: Draft<'_>, by: Duration) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    let closes = episode.ends();
    let next = super::next_after(draft.chat, episode.starts);
    if let Some(next) = next.filter(|next| closes + by > *next) {
        return Err(Refusal::IntoNext(next));
    }
    episode.length += by;
    episode.longer = episode.longer.or(Some(closes));
    episode.arrange(&draft.settings.cadence, None, draft.now);
    let told = CueId { episode: episode.id.clone(), kind: Kind::Longer };
    let told = draft.chat.cues.iter().any(|cue| cue.id == told && cue.state == CueState::Fired);
    let speaks = draft.settings.speaking().next().is_some();
    let reply = words::extended(&draft.settings, &episode, told, speaks);
    draft.tell(words::did_extend(&draft.settings, &episode, by));
    draft.write(episode);
    Ok(draft.undoable("the longer hour", reply))
}

pub(super) fn next(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    if let State::Paused { .. } = episode.state {
        return Err(Refusal::AlreadyPaused);
    }
    let (position, question) = episode.upcoming().ok_or(Refusal::NothingLeft)?;
    let soon = draft.now + NEXT_IN;
    if question.due.is_some_and(|due| due <= soon && due >= draft.now - Duration::seconds(1)) {
        let message = words::next_already(position);
        return Ok(draft.answer(message));
    }
    if soon >= episode.ends() {
        return Err(Refusal::NoRoom);
    }
    episode.arrange(&draft.settings.cadence, Some(soon), draft.now);
    let reply = words::next(position);
    draft.write(episode);
    draft.tell(words::did_next(position));
    Ok(draft.undoable_as("Stop", &format!("calling Q{position} now"), reply))
}

pub(super) fn pause(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    if let State::Paused { .. } = episode.state {
        return Err(Refusal::AlreadyPaused);
    }
    let out = going_out(&episode, draft.now);
    episode.state = State::Paused { since: draft.now };
    let reply = words::paused(&draft.settings, &episode, out);
    draft.write(episode);
    draft.tell(words::did_pause());
    Ok(draft.undoable("the pause", reply))
}

pub(super) fn resume(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    let State::Paused { since } = episode.state else {
        return Err(Refusal::NotPaused);
    };
    episode.state = State::Open;
    // The pause is added to what was left until the next question; after a long one only as much of it
    // as leaves room for what follows. At least ten seconds of warning.
    let left = i32::try_from(episode.questions.len() - episode.asked()).unwrap_or(i32::MAX);
    let due = episode.upcoming().and_then(|(_, q)| q.due);
    let next = due.map(|due| {
        let moved = due + (draft.now - since);
        let room = episode.ends() - LAST.min(episode.length / 4) - CLOSEST * (left - 1);
        // The last one alone takes nobody's place.
        let next = if left > 1 { moved.min(room.max(due)) } else { moved };
        next.max(draft.now + Duration::seconds(10))
    });
    episode.arrange(&draft.settings.cadence, next, draft.now);
    let reply = words::resumed(&draft.settings, &episode);
    draft.write(episode);
    draft.tell(words::did_resume());
    Ok(draft.undoable("the resume", reply))
}

pub(super) fn close_asked(draft: Draft<'_>) -> Result<Decision, Refusal> {
    let episode = draft.live()?;
    let message = words::close_asked(&draft.settings, &episode, draft.now);
    Ok(draft.answer(message.button("Close the hour", Action::Close(episode.id))))
}

/// Closes early: the close cue moves to now and goes its usual way, so that it is said once.
pub(super) fn close(mut draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    if &episode.id != id {
        return Err(Refusal::Expired);
    }
    let soon = draft.now + Duration::seconds(2);
    if episode.ends() > soon {
        episode.length = soon - episode.starts;
    }
    for question in episode.questions.iter_mut().filter(|q| q.asked.is_none()) {
        question.due = None;
    }
    draft.write(episode);
    draft.tell(words::did_close());
    Ok(draft.instead(words::closing()))
}

pub(super) fn status(draft: Draft<'_>) -> Decision {
    let message = words::status(draft.chat, draft.now);
    draft.answer(message)
}

/// `say`: shows how it will look and waits for a confirmation; nothing is said by a slip of the thumb.
pub(super) fn say(mut draft: Draft<'_>, text: &str) -> Result<Decision, Refusal> {
    if draft.settings.speaking().next().is_none() {
        let waits = draft.settings.on(Platform::X).next().is_some();
        return Err(if waits { Refusal::NotApproved } else { Refusal::NowhereToSpeak });
    }
    let to_x = draft.settings.speaking().find(|d| d.place.platform == Platform::X);
    let mut length = None;
    if let Some(to) = to_x {
        let on_x = saying::said(&draft.scene(&blank(&draft), to), text).text.words();
        length = Some(check_x(&on_x)?);
    }
    let id = draft.asking.key.clone();
    draft.decision.changes.push(Change::Keep(Kept {
        id: id.clone(),
        text: text.to_owned(),
        until: draft.now + SAY_WITHIN,
    }));
    let slug = draft.settings.slug.clone();
    let message = words::say_asked(&draft.settings, text, length)
        .main_button("Say it", Action::Say(slug.clone(), id.clone()))
        .button("Never mind", Action::Unsay(slug, id));
    Ok(draft.answer(message))
}

pub(super) fn said(mut draft: Draft<'_>, id: &str) -> Result<Decision, Refusal> {
    let kept = draft.chat.seen.kept.clone().filter(|k| k.id == id && k.until >= draft.now);
    let kept = kept.ok_or(Refusal::Expired)?;
    let what = format!("{}/say/{id}", draft.settings.slug);
    let episode = blank(&draft);
    let said = draft.everywhere(&episode, &what, |scene| saying::said(scene, &kept.text));
    draft.decision.effects.extend(said);
    draft.tell(words::did_say(&kept.text));
    Ok(draft.instead(words::was_said()))
}

/// `say` speaks outside any episode too; only the chat's own names are used from it.
fn blank(draft: &Draft<'_>) -> Episode {
    let id = EpisodeId { chat: draft.settings.slug.clone(), planned: draft.now };
    Episode::planned(id, draft.settings.length)
}

/// A text for X: no link, also no accidental one, and not too long. Gives its weighted length.
pub(crate) fn check_x(text: &str) -> Result<usize, Refusal> {
    if let Some(link) = weigh::urls(text).into_iter().next() {
        return Err(Refusal::Link(text.get(link).unwrap_or_default().to_owned()));
    }
    let length = weigh::weighted_length(text);
    if length > weigh::LIMIT {
        return Err(Refusal::TooLong { length, over: length - weigh::LIMIT });
    }
    Ok(length)
}

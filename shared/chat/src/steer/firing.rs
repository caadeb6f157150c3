//! What happens when a cue is fired. It is fired once: the cue's own version is the claim, and the
//! announcements are written in the same commit, so that they go out everywhere or nowhere.

use chrono::{DateTime, Duration, Utc};

use super::{desk, note, planning};
use crate::agenda::{Episode, State};
use crate::copy::{announce as saying, reply as words};
use crate::cue::{self, Cue, CueId, CueState, Kind, Timeliness};
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{DeliveryId, Platform};
use crate::settings::Layout;
use crate::text::Message;
use crate::{Change, Chat, Decision};

/// Fires a cue, if it still has this version and still waits. `now` may be the half second before it
/// is due in which it is claimed; what it leads to is dated when it is due.
pub(crate) fn cue(chat: &Chat, id: &CueId, rev: u64, now: DateTime<Utc>) -> Decision {
    let stored = chat.cues.iter().find(|c| &c.id == id && c.rev == rev && c.state == CueState::Waiting);
    let episode = chat.episodes.iter().find(|e| e.id == id.episode);
    let (Some(stored), Some(episode)) = (stored, episode) else {
        return Decision::default();
    };
    let now = now.max(stored.due);
    let timeliness = cue::timeliness(stored, now);
    let state = if timeliness == Timeliness::TooLate { CueState::TooLate } else { CueState::Fired };
    let fired = Cue { state, ..stored.clone() };
    let mut decision = Decision { changes: vec![Change::Cue(fired)], ..Decision::default() };
    if timeliness == Timeliness::TooLate {
        too_late(chat, episode, stored, now, &mut decision);
        return decision;
    }
    let mut after = episode.clone();
    let mut silent = false;
    match &stored.id.kind {
        Kind::Reminder { start, .. } => after.reminded = Some(*start),
        Kind::Nudge { before, .. } => {
            silent = true;
            if episode.questions.is_empty() {
                let message = words::nudge(&chat.settings, episode, Duration::minutes(*before), now);
                decision.effects.extend(to_desk(chat, &stored.id, &message, now));
            }
        }
        Kind::Notice { .. } => {}
        Kind::Open => after.state = State::Open,
        Kind::Question(question) => {
            if let Some(question) = after.questions.iter_mut().find(|q| q.id == *question) {
                question.asked = Some(now);
            }
            if let Timeliness::Late(late) = timeliness {
                // Asked late, and the rest move with it.
                let next = after.upcoming().and_then(|(_, q)| q.due).map(|due| due + late);
                after.arrange(&chat.settings.cadence, next, now);
            }
        }
        Kind::Close => after.state = State::Closed { at: now },
    }
    if !silent {
        let mut said = planning::said_by(chat, &after, &stored.id.kind, &stored.id.to_string(), (now, now));
        for delivery in &mut said {
            delivery.expires = expires(&stored.id.kind, now);
        }
        decision.effects.extend(said);
    }
    if let Kind::Notice { .. } = stored.id.kind {
        after.notice = None;
        if after.state == State::Planned && after.reminded.is_some() {
            after.reminded = Some(after.starts);
        }
    }
    if let Kind::Question(question) = stored.id.kind {
        decision.effects.extend(threads(chat, &after, &stored.id, question, now));
    }
    if after != *episode {
        // The cue that is being fired is written already; the others follow the changed episode.
        let others: Vec<Cue> = chat.cues.iter().filter(|c| c.id != stored.id).cloned().collect();
        let mut cues = cue::reconcile(&chat.settings, &after, &others, now);
        cues.retain(|c| c.id != stored.id);
        decision.changes.push(Change::Episode(after));
        decision.changes.extend(cues.into_iter().map(Change::Cue));
    }
    decision
}

/// A reminder nobody needs any more is not sent late by a room that was down.
fn expires(kind: &Kind, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match kind {
        Kind::Reminder { before, start } => {
            Some((now + (Duration::minutes(*before) / 4).min(Duration::hours(1))).min(*start))
        }
        Kind::Nudge { .. } | Kind::Notice { .. } | Kind::Open | Kind::Question(_) | Kind::Close => None,
    }
}

fn too_late(chat: &Chat, episode: &Episode, cue: &Cue, now: DateTime<Utc>, decision: &mut Decision) {
    let Kind::Question(question) = &cue.id.kind else { return };
    let position = episode.position(*question).unwrap_or_default();
    let message = words::too_late(&chat.settings, episode, position, now);
    decision.effects.extend(to_desk(chat, &cue.id, &message, now));
    if episode.state == State::Open {
        let mut after = episode.clone();
        after.state = State::Paused { since: cue.due };
        let others: Vec<Cue> = chat.cues.iter().filter(|c| c.id != cue.id).cloned().collect();
        let cues = cue::reconcile(&chat.settings, &after, &others, now);
        decision.changes.push(Change::Episode(after));
        decision.changes.extend(cues.into_iter().filter(|c| c.id != cue.id).map(Change::Cue));
        // The question itself waits for `resume` or `next`: its cue may be used again.
        if let Some(Change::Cue(fired)) = decision.changes.first_mut() {
            fired.state = CueState::Withdrawn;
            fired.rev += 1;
        }
    }
}

fn to_desk(chat: &Chat, id: &CueId, message: &Message, now: DateTime<Utc>) -> Vec<Delivery> {
    let what = id.to_string();
    let what = what.strip_prefix(&format!("{}/", chat.settings.slug)).unwrap_or(&what).to_owned();
    desk(&chat.settings)
        .iter()
        .map(|place| note(&chat.settings, place, &format!("desk/{what}"), message.clone(), now))
        .collect()
}

/// On Discord a question's thread is a step of its own, after its announcement.
fn threads(
    chat: &Chat,
    episode: &Episode,
    id: &CueId,
    question: crate::name::QuestionId,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let (Some(position), Some(question)) = (episode.position(question), episode.question(question)) else {
        return Vec::new();
    };
    chat.settings
        .speaking()
        .filter(|to| to.place.platform == Platform::Discord && to.layout == Layout::Threads)
        .map(|to| Delivery {
            id: DeliveryId::new(format_args!("{id}/thread"), &to.place),
            to: to.place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            // Behind its announcement among what waits together.
            at: now + Duration::milliseconds(1),
            not_before: None,
            expires: None,
            work: Work::Thread {
                under: DeliveryId::new(id, &to.place),
                name: saying::thread_name(position, question),
            },
        })
        .collect()
}

//! What happens when a cue is fired. It is fired once: the cue's own version is the claim, and the
//! announcements are written in the same commit, so that they go out everywhere or nowhere.

use chrono::{DateTime, Duration, Utc};

use super::{everywhere, note, planning, trouble};
use crate::agenda::{Episode, State};
use crate::copy::{announce as saying, reply as words};
use crate::cue::{self, Cue, CueId, CueState, Kind, Timeliness};
use crate::delivery::{Check, Class, Delivery, Room, Untaken, Work};
use crate::name::{DeliveryId, Place, Platform};
use crate::settings::Layout;
use crate::text::Message;
use crate::{Change, Chat, Decision, deputy, desk, invited, personal};

/// Fires a cue, if it still has this version and still waits. `now` may be the half second before it
/// is due in which it is claimed; what it leads to is dated when it is due.
///
/// After an outage cues arrive in any order. A question that comes before the opening opens the hour
/// first, and one that comes out of turn makes way for the one whose turn it is.
pub(crate) fn cue(chat: &Chat, id: &CueId, rev: u64, now: DateTime<Utc>) -> Decision {
    let stored = chat.cues.iter().find(|c| &c.id == id && c.rev == rev && c.state == CueState::Waiting);
    let episode = chat.episodes.iter().find(|e| e.id == id.episode);
    let (Some(stored), Some(episode)) = (stored, episode) else {
        return Decision::default();
    };
    if let Some(mended) = outdated(chat, episode, stored) {
        return mended;
    }
    if !matches!(stored.id.kind, Kind::Question(_)) {
        return fire(chat, episode, stored, now);
    }
    let opening = CueId { episode: episode.id.clone(), kind: Kind::Open };
    match waiting(chat, &opening).filter(|_| episode.state == State::Planned) {
        None => fire(chat, episode, in_turn(chat, episode).unwrap_or(stored), now),
        Some(opening) => {
            let opened = fire(chat, episode, opening, now);
            let then = after(chat, &opened);
            let open = then.episodes.iter().find(|e| e.id == episode.id && e.state == State::Open);
            match open.and_then(|episode| Some((episode, in_turn(&then, episode)?))) {
                // Behind the opening among what waits together.
                Some((episode, stored)) => {
                    let late = now.max(stored.due) + Duration::milliseconds(1);
                    both(opened, fire(&then, episode, stored, late))
                }
                None => opened,
            }
        }
    }
}

/// A cue that its episode does not want at this time, since what changed the episode left its cue to the
/// next plan: it is put right, and nothing is said.
fn outdated(chat: &Chat, episode: &Episode, stored: &Cue) -> Option<Decision> {
    let wanted = cue::wanted(&chat.settings, episode);
    let due = wanted.iter().find(|(kind, _)| kind == &stored.id.kind).map(|(_, due)| *due);
    let mended = match due {
        Some(due) if due == stored.due => return None,
        Some(due) => Cue { due, rev: stored.rev + 1, ..stored.clone() },
        None => Cue { state: CueState::Withdrawn, rev: stored.rev + 1, ..stored.clone() },
    };
    Some(Decision { changes: vec![Change::Cue(mended)], ..Decision::default() })
}

fn waiting<'a>(chat: &'a Chat, id: &CueId) -> Option<&'a Cue> {
    chat.cues.iter().find(|c| &c.id == id && c.state == CueState::Waiting)
}

/// The cue of the question whose turn it is.
fn in_turn<'a>(chat: &'a Chat, episode: &Episode) -> Option<&'a Cue> {
    let (_, question) = episode.upcoming()?;
    waiting(chat, &CueId { episode: episode.id.clone(), kind: Kind::Question(question.id) })
}

/// The chat as it will be. Versions stay those that were read, for the one commit of both.
pub(super) fn after(chat: &Chat, decision: &Decision) -> Chat {
    let mut chat = chat.clone();
    for change in &decision.changes {
        match change {
            Change::Settings(settings) => chat.settings = settings.clone(),
            Change::Episode(episode) => {
                chat.episodes.retain(|known| known.id != episode.id);
                chat.episodes.push(episode.clone());
            }
            Change::Cue(cue) => {
                chat.cues.retain(|known| known.id != cue.id);
                chat.cues.push(cue.clone());
            }
            _ => {}
        }
    }
    chat
}

/// Two decisions as one: where both write the same thing, the second knew of the first.
fn both(mut first: Decision, second: Decision) -> Decision {
    first.changes.retain(|change| {
        !second.changes.iter().any(|later| match (change, later) {
            (Change::Episode(a), Change::Episode(b)) => a.id == b.id,
            (Change::Cue(a), Change::Cue(b)) => a.id == b.id,
            _ => false,
        })
    });
    first.changes.extend(second.changes);
    first.effects.extend(second.effects);
    first
}

fn fire(chat: &Chat, episode: &Episode, stored: &Cue, now: DateTime<Utc>) -> Decision {
    let now = now.max(stored.due);
    if let Some(mended) = outdated(chat, episode, stored) {
        return mended;
    }
    // An hour that was never opened, because it was over by then, asks nothing.
    if matches!(stored.id.kind, Kind::Question(_)) && episode.state != State::Open {
        let idle = Cue { state: CueState::Withdrawn, rev: stored.rev + 1, ..stored.clone() };
        return Decision { changes: vec![Change::Cue(idle)], ..Decision::default() };
    }
    let useful_until = match stored.id.kind {
        Kind::Notice { .. } => episode.notice_until(),
        _ => episode.ends(),
    };
    let timeliness = cue::timeliness(stored, useful_until, now);
    if timeliness == Timeliness::TooLate {
        return too_late(chat, episode, stored, now);
    }
    let fired = Cue { state: CueState::Fired, ..stored.clone() };
    let mut decision = Decision { changes: vec![Change::Cue(fired)], ..Decision::default() };
    let speaks = chat.settings.speaking().next().is_some();
    let mut after = episode.clone();
    match &stored.id.kind {
        Kind::Reminder { start, .. } if speaks => after.reminded = Some(*start),
        Kind::Nudge { before, .. }
            if episode.questions.is_empty() && !outrun(chat, episode, *before, now) =>
        {
            let message = words::nudge(&chat.settings, episode, now);
            decision.effects.extend(to_desk(chat, &stored.id, &message, now));
        }
        Kind::Check { .. } => decision.effects.extend(checked(chat, episode, &stored.id, now)),
        Kind::Desk { .. } => decision.effects.extend(desk::opening(&chat.settings, episode, now)),
        Kind::Personal { .. } => return personal::lay_out(chat, episode, stored, now),
        Kind::Deputy { turn, .. } => {
            let what = format!("desk/{}", what(chat, &stored.id));
            decision.effects.extend(deputy::called(chat, episode, *turn, &what, now));
        }
        Kind::Guest { from } => {
            let message = words::guests_on(&chat.settings, episode, *from, now);
            decision.effects.extend(to_desk(chat, &stored.id, &message, now));
        }
        Kind::Call { .. } => decision.effects.extend(called(chat, episode, &stored.id, now)),
        Kind::Reminder { .. } | Kind::Nudge { .. } | Kind::Notice { .. } | Kind::Longer => {}
        Kind::Open => {
            after.state = State::Open;
            if !has_a_desk(chat, episode) {
                decision.effects.extend(desk::opening(&chat.settings, &after, now));
            }
        }
        Kind::Question(question) => {
            let unheard = episode.position(*question).and_then(|n| invited::unheard(chat, episode, n, now));
            if let Some((id, message)) = unheard {
                decision.effects.extend(to_desk(chat, &id, &message, now));
            }
            if let Some(question) = after.questions.iter_mut().find(|q| q.id == *question) {
                question.asked = Some(now);
            }
            if let Timeliness::Late(late) = timeliness {
                after.shift(&chat.settings.cadence, late, now);
            }
        }
        Kind::Close => after.state = State::Closed { at: now },
    }
    // The hour is closed however late; its thanks are for people who are still about.
    let gone = stored.id.kind == Kind::Close && now - stored.due > THANKS;
    let unopened = stored.id.kind == Kind::Close && episode.state == State::Planned;
    if unopened {
        let message = words::missed_hour(&chat.settings, episode, speaks && !gone, now);
        decision.effects.extend(to_desk(chat, &stored.id, &message, now));
    }
    if gone && episode.is_live() && speaks {
        let message = words::missed_close(&chat.settings, episode, now);
        decision.effects.extend(to_desk(chat, &stored.id, &message, now));
    }
    let what = stored.id.to_string();
    let mut said = if unopened {
        everywhere(chat, &chat.settings, &after, &what, (now, now), saying::unopened)
    } else {
        planning::said_by(chat, &after, &stored.id.kind, &what, (now, now))
    };
    for delivery in &mut said {
        delivery.expires = expires(&stored.id.kind, useful_until, now);
    }
    decision.effects.extend(said.into_iter().filter(|_| !gone));
    if let Kind::Notice { .. } = stored.id.kind {
        after.notice = None;
        after.told += u32::from(speaks);
        // Those who heard it expect the new date now: another change is told at once.
        if after.state == State::Planned && speaks {
            after.reminded = Some(after.starts);
        }
    }
    if let Kind::Question(question) = stored.id.kind {
        decision.effects.extend(threads(chat, &after, &stored.id, question, now));
    }
    if after != *episode {
        decision.changes.extend(follow(chat, stored, after, now));
    }
    decision
}

/// Whether its message lives at the desk since the doors opened. To ask for it again would be harmless, but it
/// would cost the opening a second try.
fn has_a_desk(chat: &Chat, episode: &Episode) -> bool {
    let id = CueId { episode: episode.id.clone(), kind: Kind::Desk { start: episode.starts } };
    chat.cues.iter().any(|cue| cue.id == id && cue.state == CueState::Fired)
}

/// Whether a later nudge is due by now as well, after an outage: once is enough.
fn outrun(chat: &Chat, episode: &Episode, before: i64, now: DateTime<Utc>) -> bool {
    chat.cues.iter().filter(|cue| cue.id.episode == episode.id && cue.due <= now).any(
        |cue| matches!(cue.id.kind, Kind::Nudge { before: later, start } if later < before && start == episode.starts),
    )
}

/// The changed episode and its other cues. The cue that is being fired is written already.
fn follow(chat: &Chat, fired: &Cue, after: Episode, now: DateTime<Utc>) -> Vec<Change> {
    let others: Vec<Cue> = chat.cues.iter().filter(|c| c.id != fired.id).cloned().collect();
    let cues = cue::reconcile(&chat.settings, &after, &others, now);
    let cues = cues.into_iter().filter(|c| c.id != fired.id).map(Change::Cue);
    std::iter::once(Change::Episode(after)).chain(cues).collect()
}

/// The close is said up to so much later.
const THANKS: Duration = Duration::hours(1);

/// A reminder or a notice nobody needs any more is not sent late by a room that was down.
fn expires(kind: &Kind, useful_until: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match kind {
        Kind::Reminder { before, start } => {
            Some((now + (Duration::minutes(*before) / 4).min(Duration::hours(1))).min(*start))
        }
        Kind::Notice { .. } => Some(useful_until),
        // What is wrong with a place is of no use once the hour has begun, nor is a call once it is over.
        Kind::Check { .. } | Kind::Call { .. } | Kind::Longer => Some(useful_until),
        Kind::Nudge { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Guest { .. }
        | Kind::Open
        | Kind::Question(_)
        | Kind::Close => None,
    }
}

/// Nothing is said in the rooms; organisers are told what did not happen, and what they can do.
fn too_late(chat: &Chat, episode: &Episode, cue: &Cue, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::default();
    let dropped = Cue { state: CueState::TooLate, ..cue.clone() };
    match &cue.id.kind {
        Kind::Question(question) => {
            // It waits for `resume`: withdrawn, not spent, so that it can be used again.
            let withdrawn = Cue { state: CueState::Withdrawn, rev: cue.rev + 1, ..cue.clone() };
            decision.changes.push(Change::Cue(withdrawn));
            let paused = Episode { state: State::Paused { since: cue.due }, ..episode.clone() };
            decision.changes.extend(follow(chat, cue, paused, now));
            let position = episode.position(*question).unwrap_or_default();
            let message = words::too_late(&chat.settings, episode, position, now);
            // Named with the version: after a `resume` it may come too late once more.
            let what = format!("{}/{}", what(chat, &cue.id), cue.rev);
            // It has stood still for minutes by now, so everybody is called at once.
            decision.effects.extend(call_everybody(chat, &format!("desk/{what}"), &message, now));
        }
        Kind::Reminder { before, .. } => {
            decision.changes.push(Change::Cue(dropped));
            if chat.settings.speaking().next().is_some() {
                let before = Duration::minutes(*before);
                let message = words::missed_reminder(&chat.settings, episode, before, now);
                decision.effects.extend(to_desk(chat, &cue.id, &message, now));
            }
        }
        Kind::Notice { .. } => {
            decision.changes.push(Change::Cue(dropped));
            let unsaid = Episode { notice: None, ..episode.clone() };
            decision.changes.extend(follow(chat, cue, unsaid, now));
            if chat.settings.speaking().next().is_some() {
                let message = words::missed_notice(&chat.settings, episode, now);
                decision.effects.extend(to_desk(chat, &cue.id, &message, now));
            }
        }
        // The close comes next and tells of the whole hour.
        Kind::Open
        | Kind::Nudge { .. }
        | Kind::Check { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Guest { .. }
        | Kind::Call { .. }
        | Kind::Longer
        | Kind::Close => {
            decision.changes.push(Change::Cue(dropped));
        }
    }
    decision
}

/// What was found to be wrong with the chat's places, told where it can be read.
fn checked(chat: &Chat, episode: &Episode, id: &CueId, now: DateTime<Utc>) -> Vec<Delivery> {
    let wrong = &chat.seen.checks;
    if wrong.is_empty() {
        return Vec::new();
    }
    let dead = |to: &Place| {
        wrong.iter().any(|check| match check {
            Check::Place { place, why } => {
                place == to || (*why == Some(Untaken::Key) && place.platform == to.platform)
            }
            // Nobody is told anything on X.
            Check::Source(_) => false,
        })
    };
    let groups = trouble::places(&chat.settings);
    let to = groups.into_iter().find_map(|mut group| {
        group.retain(|place| !dead(place));
        (!group.is_empty()).then_some(group)
    });
    let message: Message = words::not_ready(&chat.settings, episode, wrong).into();
    let what = format!("desk/{}", what(chat, id));
    let to = to.unwrap_or_default();
    to.iter().map(|place| trouble::note_at(&chat.settings, place, &what, &message, now)).collect()
}

fn called(chat: &Chat, episode: &Episode, id: &CueId, now: DateTime<Utc>) -> Vec<Delivery> {
    let message = words::still_paused(&chat.settings, episode, now);
    call_everybody(chat, &format!("desk/{}", what(chat, id)), &message, now)
}

/// At the desk, and everybody who steers by a message of their own: the desk may be overlooked.
fn call_everybody(chat: &Chat, what: &str, message: &Message, now: DateTime<Utc>) -> Vec<Delivery> {
    let to = chat.settings.desk.iter().cloned().chain(super::direct(&chat.settings));
    to.map(|place| note(&chat.settings, &place, what, message.clone(), now)).collect()
}

fn to_desk(chat: &Chat, id: &CueId, message: &Message, now: DateTime<Utc>) -> Vec<Delivery> {
    notes(chat, &what(chat, id), message, now)
}

fn what(chat: &Chat, id: &CueId) -> String {
    let what = id.to_string();
    what.strip_prefix(&format!("{}/", chat.settings.slug)).unwrap_or(&what).to_owned()
}

fn notes(chat: &Chat, what: &str, message: &Message, now: DateTime<Utc>) -> Vec<Delivery> {
    super::desk(&chat.settings)
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

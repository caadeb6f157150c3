//! Which episodes there are, and when: planned 14 days ahead, skipped, moved, added.

use chrono::{DateTime, Duration, NaiveTime, Utc};

use super::{Draft, ahead, everywhere, next_after, scene};
use crate::action::Action;
use crate::agenda::{Episode, Notice, Question, State};
use crate::command::{Day, When};
use crate::copy::{self, announce as saying, reply as words};
use crate::cue::{self, Kind};
use crate::name::{EpisodeId, Platform};
use crate::settings::Settings;
use crate::{Asking, Change, Chat, Decision, Refusal, Voices, schedule, zone};

/// Episodes are planned this far ahead.
pub(crate) const HORIZON: Duration = Duration::days(14);

/// Makes the episodes of the next 14 days.
pub(crate) fn plan(chat: &Chat, now: DateTime<Utc>) -> Decision {
    Decision { changes: planned(chat, &chat.settings, &chat.episodes, now), ..Decision::default() }
}

/// The episodes, with their cues, that settings ask for and that are not there yet.
pub(super) fn planned(
    chat: &Chat,
    settings: &Settings,
    episodes: &[Episode],
    now: DateTime<Utc>,
) -> Vec<Change> {
    if settings.retired {
        return Vec::new();
    }
    let due = schedule::occurrences(&settings.slots, settings.zone, &settings.breaks, now, now + HORIZON);
    let mut changes = Vec::new();
    for at in due {
        // An occurrence that became an episode is that episode, wherever it was moved since.
        let there = |e: &Episode| e.id.planned == at || (e.is_ahead() && e.starts == at);
        if episodes.iter().any(there) {
            continue;
        }
        let id = EpisodeId { chat: settings.slug.clone(), planned: at };
        let episode = Episode::planned(id, settings.length);
        let cues = cue::reconcile(settings, &episode, &chat.cues, now);
        changes.push(Change::Episode(episode));
        changes.extend(cues.into_iter().map(Change::Cue));
    }
    changes
}

/// Notes that people must be told of a change of date: at once where a reminder has gone out for the
/// date they expect, otherwise in the first reminder's place.
pub(super) fn tell_of_change(
    settings: &Settings,
    episode: &mut Episode,
    was: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    episode.changes += 1;
    let told = episode.reminded.is_some();
    let first = settings.reminders.iter().max().copied().unwrap_or_default();
    let place = was.min(episode.starts) - first;
    let due = if told { now } else { place.max(now) };
    episode.notice = Some(Notice { was, due });
}

pub(super) fn skip(mut draft: Draft<'_>, from: &Day, to: Option<&Day>) -> Result<Decision, Refusal> {
    let first = draft.date(from)?;
    let zone = draft.settings.zone;
    let Some(to) = to else {
        let mut episode = draft.on_date(first).map_or_else(|| draft.make(first, None), Ok)?;
        if episode.is_live() {
            return Err(Refusal::IsLive);
        }
        let was = episode.starts;
        episode.state = State::Cancelled;
        tell_of_change(&draft.settings, &mut episode, was, draft.now);
        return Ok(skipped(draft, vec![episode], None));
    };
    // Counted from the first day on: on 3 Jan, "22 Dec to 5 Jan" ends a year from now, not in two days.
    let last = to.find(first).map_err(Refusal::NoSuchDay)?;
    if last < first {
        return Err(Refusal::BackwardsRange);
    }
    // A break outlives what is planned: occurrences inside it are never made.
    let mut settings = draft.settings.clone();
    settings.breaks.push((first, last));
    draft.set(settings);
    let inside = |e: &&Episode| {
        let date = copy::local_date(zone, e.starts);
        first <= date && date <= last
    };
    let mut cancelled: Vec<Episode> = ahead(draft.chat).filter(inside).cloned().collect();
    if cancelled.is_empty() {
        // Not planned yet: the first one is made, so that its notice has somewhere to come from.
        let from = zone::resolve(zone, first.and_time(NaiveTime::MIN));
        let until = zone::resolve(zone, last.and_time(NaiveTime::MIN)) + Duration::hours(24);
        let at = schedule::occurrences(&draft.settings.slots, zone, &[], from.max(draft.now), until);
        if let Some(at) = at.first() {
            let id = EpisodeId { chat: draft.settings.slug.clone(), planned: *at };
            cancelled.push(Episode::planned(id, draft.settings.length));
        }
    }
    for (n, episode) in cancelled.iter_mut().enumerate() {
        let was = episode.starts;
        episode.state = State::Cancelled;
        if n == 0 {
            // One notice for the whole break: "back Tue 5 Jan".
            tell_of_change(&draft.settings, episode, was, draft.now);
        }
    }
    Ok(skipped(draft, cancelled, Some((first, last))))
}

fn skipped(
    mut draft: Draft<'_>,
    episodes: Vec<Episode>,
    range: Option<(chrono::NaiveDate, chrono::NaiveDate)>,
) -> Decision {
    let settings = draft.settings.clone();
    let after = match range {
        Some((_, last)) => zone::resolve(settings.zone, last.and_time(NaiveTime::MIN)) + Duration::hours(24),
        None => episodes.first().map_or(draft.now, |e| e.starts),
    };
    let back = next_after(draft.chat, after);
    let notice = episodes.first().and_then(|e| e.notice.clone().map(|n| (e.id.clone(), n)));
    let speaks = settings.speaking().next().is_some();
    let mut reply = words::skipped(&settings, &episodes, range, back, speaks, draft.now);
    if let Some((id, _)) = notice.filter(|(_, n)| speaks && n.due > draft.now) {
        reply = reply.button("Say now", Action::AnnounceNow(id));
    }
    for episode in episodes {
        draft.write(episode);
    }
    draft.tell(words::did_skip(&settings, range, draft.before.first().map(|(e, _)| e.starts), draft.now));
    draft.undoable("the skip", reply)
}

pub(super) fn reschedule(mut draft: Draft<'_>, day: &Day, to: &When) -> Result<Decision, Refusal> {
    let date = draft.date(day)?;
    let mut episode = draft.on_date(date).map_or_else(|| draft.make(date, None), Ok)?;
    if episode.is_live() {
        return Err(Refusal::IsLive);
    }
    let zone = draft.settings.zone;
    let was = episode.starts;
    let local = was.with_timezone(&zone);
    let (new_date, time) = match to {
        When::At(time) => (local.date_naive(), *time),
        When::On(day) => (draft.date(day)?, local.time()),
        When::OnAt(day, time) => (draft.date(day)?, *time),
    };
    let (starts, landing) = zone::resolve_with(zone, new_date.and_time(time));
    if starts <= draft.now {
        return Err(Refusal::Past);
    }
    if starts == was {
        return Err(Refusal::Unchanged);
    }
    if draft.chat.episodes.iter().any(|e| e.id != episode.id && e.is_ahead() && e.starts == starts) {
        return Err(Refusal::Taken(starts));
    }
    episode.starts = starts;
    tell_of_change(&draft.settings, &mut episode, was, draft.now);
    episode.arrange(&draft.settings.cadence, None, draft.now);
    let speaks = draft.settings.speaking().next().is_some();
    let mut reply = words::moved(&draft.settings, &episode, was, &landing, speaks, draft.now);
    if speaks && episode.notice.as_ref().is_some_and(|n| n.due > draft.now) {
        reply = reply.button("Say now", Action::AnnounceNow(episode.id.clone()));
    }
    draft.tell(words::did_move(&draft.settings, was, starts, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the move", reply))
}

pub(super) fn add(mut draft: Draft<'_>, day: &Day, time: Option<NaiveTime>) -> Result<Decision, Refusal> {
    let date = draft.date(day)?;
    if time.is_none()
        && let Some(there) = draft.on_date(date)
    {
        return Err(Refusal::Taken(there.starts));
    }
    let mut episode = draft.make(date, time)?;
    episode.arrange(&draft.settings.cadence, None, draft.now);
    let reply = words::added(&draft.settings, &episode, draft.now);
    draft.tell(words::did_add(&draft.settings, episode.starts, draft.now));
    draft.write(episode);
    Ok(draft.undoable_added(reply))
}

/// Announces a skip or a move at once: its cue moves to now.
pub(super) fn announce_now(mut draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let mut episode = draft.chat.episodes.iter().find(|e| &e.id == id).cloned().ok_or(Refusal::Expired)?;
    let notice = episode.notice.as_mut().ok_or(Refusal::Expired)?;
    notice.due = draft.now;
    draft.write(episode);
    Ok(draft.instead(words::announcing()))
}

/// Every text for every room with its time.
pub(super) fn preview(draft: Draft<'_>, on: Option<&Day>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    if episode.state == State::Planned {
        episode.arrange(&draft.settings.cadence, None, draft.now);
    }
    // A preview for somebody who is about to approve X shows X too.
    let mut settings = draft.settings.clone();
    let approved = settings.x_approved.is_some();
    settings.x_approved = settings.x_approved.or(Some(draft.now));
    let moments = moments(draft.chat, &settings, &episode, draft.now);
    let has_x = settings.on(Platform::X).next().is_some();
    let mut message = words::preview(&settings, &episode, &moments, draft.now);
    if has_x && !approved {
        message = message.main_button("Approve X", Action::ApproveX(settings.slug.clone()));
    }
    message = message.button("Edit questions", Action::Edit(episode.id.clone()));
    Ok(draft.answer(message))
}

/// A moment of an episode: when, what, and each place's text.
pub struct Moment {
    /// When.
    pub at: DateTime<Utc>,
    /// "Reminder", "Opening", "Q3", "Close".
    pub what: String,
    /// The platform, the place's name, and what is said there.
    pub said: Vec<(Platform, String, crate::text::Message)>,
}

fn moments(chat: &Chat, settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Vec<Moment> {
    cue::wanted(settings, episode)
        .into_iter()
        .filter_map(|(kind, at)| {
            let what = words::moment(episode, &kind)?;
            let said = settings
                .speaking()
                .filter_map(|to| {
                    let scene = scene(chat, settings, episode, to, at.max(now));
                    let message = message_of(&scene, &kind, &chat.seen.voices)?;
                    Some((to.place.platform, to.name.clone(), message))
                })
                .collect();
            Some(Moment { at, what, said })
        })
        .collect()
}

/// What a cue says in one place; `None` for those that speak to organisers only.
pub(super) fn message_of(
    scene: &saying::Scene<'_>,
    kind: &Kind,
    voices: &Voices,
) -> Option<crate::text::Message> {
    let episode = scene.episode;
    Some(match kind {
        Kind::Reminder { before, .. } => {
            // The last reminder within the hour is the one message of the week that may ping.
            let last = scene.settings.reminders.iter().min().map(Duration::num_minutes) == Some(*before);
            saying::reminder(scene, Duration::minutes(*before), last)
        }
        Kind::Nudge { .. } => return None,
        Kind::Notice { .. } => {
            let notice = episode.notice.as_ref()?;
            saying::notice(scene, notice.was, episode.state == State::Cancelled)
        }
        Kind::Open => saying::opening(scene),
        Kind::Question(id) => {
            let question: &Question = episode.question(*id)?;
            saying::question(scene, episode.position(*id)?, question)
        }
        Kind::Close => saying::close(scene, voices),
    })
}

/// The deliveries of a cue, to every place that may hear it.
pub(super) fn said_by(
    chat: &Chat,
    episode: &Episode,
    kind: &Kind,
    what: &str,
    at: (DateTime<Utc>, DateTime<Utc>),
) -> Vec<crate::delivery::Delivery> {
    everywhere(chat, &chat.settings, episode, what, at, |scene| {
        message_of(scene, kind, &chat.seen.voices).unwrap_or_default()
    })
}

/// Moves what is planned after the recurrence or the zone has changed: each episode to its nearest new
/// occurrence within three days, keeping its questions; where there is none it is cancelled.
pub(super) fn replan(draft: &mut Draft<'_>) {
    let settings = draft.settings.clone();
    let now = draft.now;
    let until = now + HORIZON + Duration::days(4);
    let mut free = schedule::occurrences(&settings.slots, settings.zone, &settings.breaks, now, until);
    let mut after: Vec<Episode> = draft.chat.episodes.clone();
    // Episodes that were moved by hand, or lie beyond what is planned, stay where they were put.
    let regular: Vec<Episode> = ahead(draft.chat)
        .filter(|e| e.starts == e.id.planned && e.starts < now + HORIZON && e.starts > now)
        .cloned()
        .collect();
    for mut episode in regular {
        let was = episode.starts;
        let nearest = free
            .iter()
            .enumerate()
            .filter(|(_, at)| (**at - was).abs() <= Duration::hours(84))
            .min_by_key(|(_, at)| (**at - was).abs())
            .map(|(n, _)| n);
        match nearest {
            Some(n) => episode.starts = free.remove(n),
            None => episode.state = State::Cancelled,
        }
        episode.length = settings.length;
        let changed = episode.starts != was || episode.state == State::Cancelled;
        if changed && episode.reminded.is_some() {
            tell_of_change(&settings, &mut episode, was, now);
        }
        episode.arrange(&settings.cadence, None, now);
        if let Some(there) = after.iter_mut().find(|e| e.id == episode.id) {
            *there = episode.clone();
        }
        draft.write(episode);
    }
    let more = planned(draft.chat, &settings, &after, now);
    draft.decision.changes.extend(more);
}

/// Lays out again what lies ahead, after a setting that only touches the inside of an hour.
pub(super) fn rearrange(draft: &mut Draft<'_>) {
    let settings = draft.settings.clone();
    let coming: Vec<Episode> = ahead(draft.chat).filter(|e| e.starts > draft.now).cloned().collect();
    for mut episode in coming {
        episode.length = settings.length;
        episode.arrange(&settings.cadence, None, draft.now);
        draft.write(episode);
    }
}

/// The first dates of a new chat.
pub(super) fn first_dates(settings: &Settings, _asking: &Asking, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    schedule::next(&settings.slots, settings.zone, &settings.breaks, now, 1)
}

//! Which episodes there are, and when: planned 14 days ahead, skipped, moved, added.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::{Draft, ahead, bounds, everywhere, next_after, scene, setting};
use crate::action::Action;
use crate::agenda::{Episode, Notice, Question, State};
use crate::command::{Day, When};
use crate::copy::{self, announce as saying, reply as words};
use crate::cue::{self, Kind};
use crate::name::{EpisodeId, Place, Platform};
use crate::settings::Settings;
use crate::{Change, Chat, Decision, Refusal, Voices, schedule, zone};

/// Episodes are planned this far ahead.
pub(crate) const HORIZON: Duration = Duration::days(14);

/// The most episodes that are made at once. A chat with more dates in 14 days gets the others with the
/// next plan.
const MOST_AT_ONCE: usize = 30;

/// Makes the episodes of the next 14 days, and puts right the cues of those that are there: a change of
/// many dates leaves the later ones to this.
pub(crate) fn plan(chat: &Chat, now: DateTime<Utc>) -> Decision {
    let cues = chat.episodes.iter().flat_map(|e| cue::reconcile(&chat.settings, e, &chat.cues, now));
    let mut changes: Vec<Change> = cues.map(Change::Cue).collect();
    changes.extend(planned(chat, &chat.settings, &chat.episodes, now));
    Decision { changes, ..Decision::default() }
}

/// The episodes, with their cues, that settings ask for and that are not there yet.
pub(super) fn planned(
    chat: &Chat,
    settings: &Settings,
    episodes: &[Episode],
    now: DateTime<Utc>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for episode in missing(settings, episodes, now).into_iter().take(MOST_AT_ONCE) {
        let cues = cue::reconcile(settings, &episode, &chat.cues, now);
        changes.push(Change::Episode(episode));
        changes.extend(cues.into_iter().map(Change::Cue));
    }
    changes
}

fn missing(settings: &Settings, episodes: &[Episode], now: DateTime<Utc>) -> Vec<Episode> {
    if settings.retired {
        return Vec::new();
    }
    let due = schedule::occurrences(&settings.slots, settings.zone, &settings.breaks, now, now + HORIZON);
    // An occurrence that became an episode is that episode, wherever it was moved since.
    let there =
        |at: DateTime<Utc>| episodes.iter().any(|e| e.id.planned == at || (e.is_ahead() && e.starts == at));
    due.into_iter().filter(|at| !there(*at)).map(|at| fresh(settings, at)).collect()
}

fn fresh(settings: &Settings, planned: DateTime<Utc>) -> Episode {
    Episode::planned(EpisodeId { chat: settings.slug.clone(), planned }, settings.length)
}

/// Notes that people must be told of a change of date: at once where they were told of the date they
/// expect (`at_once`), otherwise in the first reminder's place. Several changes before that are told as
/// one, from the date that people know; one that leads back to it is not told at all.
pub(super) fn tell_of_change(
    settings: &Settings,
    episode: &mut Episode,
    was: DateTime<Utc>,
    at_once: bool,
    now: DateTime<Utc>,
) {
    episode.changes += 1;
    let pending = episode.notice.take().map(|notice| notice.was);
    if pending == Some(episode.starts) && episode.state == State::Planned {
        return;
    }
    let was = pending.unwrap_or(was);
    // Without reminders a day ahead is when people would look.
    let first = settings.reminders.iter().max().copied().unwrap_or_else(|| Duration::hours(24));
    let place = was.min(episode.starts) - first;
    let due = if at_once { now } else { place.max(now) };
    episode.notice = Some(Notice { was, due });
}

/// Brings a withdrawn episode back, at this start. Where people heard that there was none, they hear
/// that there is.
pub(super) fn revive(settings: &Settings, episode: &mut Episode, at: DateTime<Utc>, now: DateTime<Utc>) {
    let told = episode.notice.is_none() && episode.changes > 0;
    let was = episode.starts;
    episode.state = State::Planned;
    episode.starts = at;
    if told || episode.notice.is_some() {
        tell_of_change(settings, episode, was, told, now);
    }
    episode.arrange(&settings.cadence, None, now);
}

pub(super) fn skip(mut draft: Draft<'_>, from: &Day, to: Option<&Day>) -> Result<Decision, Refusal> {
    let first = draft.date(from)?;
    let zone = draft.settings.zone;
    // Counted from the first day on: on 3 Jan, "22 Dec to 5 Jan" ends a year from now, not in two days.
    let last = match to {
        Some(to) => to.find(first).map_err(Refusal::NoSuchDay)?,
        None => first,
    };
    // Without a year, "5 Feb to 1 Feb" would be a break of nearly a year: it was meant the other way round.
    let year_named = !matches!(to, Some(Day::Date { year: None, .. }));
    let long = last.signed_duration_since(first).num_days() > LONGEST_BREAK;
    if last < first || (long && !year_named) {
        return Err(Refusal::BackwardsRange);
    }
    let inside = |e: &&Episode| {
        let date = copy::local_date(zone, e.starts);
        first <= date && date <= last
    };
    let mut cancelled: Vec<Episode> = ahead(draft.chat).filter(inside).cloned().collect();
    if cancelled.is_empty() {
        // Not planned yet: the first one is made, so that its notice has somewhere to come from.
        let (from, until) = bounds(zone, first, last);
        let (slots, breaks) = (&draft.settings.slots, &draft.settings.breaks);
        let known = |at: &DateTime<Utc>| draft.chat.episodes.iter().any(|e| e.id.planned == *at);
        let at = schedule::occurrences(slots, zone, breaks, from.max(draft.now), until)
            .into_iter()
            .find(|at| !known(at));
        cancelled.extend(at.map(|at| fresh(&draft.settings, at)));
    }
    if cancelled.is_empty() {
        let live = super::live_episode(draft.chat).filter(inside);
        let off = draft.settings.breaks.iter().any(|(a, b)| *a <= first && last <= *b);
        return Err(match (live, off) {
            (Some(_), _) => Refusal::IsLive,
            (None, true) => Refusal::Unchanged,
            (None, false) => Refusal::NoEpisode,
        });
    }
    // The dates themselves are off, not only what is planned on them: occurrences inside are never made,
    // also after the time of day was changed.
    let today = copy::local_date(zone, draft.now);
    let mut settings = draft.settings.clone();
    settings.breaks.retain(|(_, end)| *end >= today);
    settings.breaks.push((first, last));
    draft.set(settings);
    for (n, episode) in cancelled.iter_mut().enumerate() {
        let (was, told) = (episode.starts, episode.reminded.is_some());
        episode.state = State::Cancelled;
        if n == 0 {
            // One notice for the whole break: "back Tue 5 Jan".
            tell_of_change(&draft.settings, episode, was, told, draft.now);
        }
    }
    Ok(skipped(draft, cancelled, (first, last), to.is_some()))
}

fn skipped(
    mut draft: Draft<'_>,
    episodes: Vec<Episode>,
    (first, last): (NaiveDate, NaiveDate),
    is_range: bool,
) -> Decision {
    let settings = draft.settings.clone();
    let range = is_range.then_some((first, last));
    let (_, after) = bounds(settings.zone, first, last);
    let back = next_after(&setting::with(draft.chat, &settings), after - Duration::milliseconds(1));
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
    let mut episode = draft.of_date(draft.date(day)?)?;
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
    let told = episode.reminded.is_some();
    episode.starts = starts;
    tell_of_change(&draft.settings, &mut episode, was, told, draft.now);
    episode.arrange(&draft.settings.cadence, None, draft.now);
    vacate(&mut draft, &episode, was);
    let speaks = draft.settings.speaking().next().is_some();
    let mut reply = words::moved(&draft.settings, &episode, was, &landing, speaks, draft.now);
    if speaks && episode.notice.as_ref().is_some_and(|n| n.due > draft.now) {
        reply = reply.button("Say now", Action::AnnounceNow(episode.id.clone()));
    }
    draft.tell(words::did_move(&draft.settings, was, starts, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the move", reply))
}

/// After `set time` an episode stands for an occurrence by its start, not by its name. Once it moves away
/// from there, that occurrence would be planned anew; a withdrawn episode of that name keeps its place.
fn vacate(draft: &mut Draft<'_>, moved: &Episode, was: DateTime<Utc>) {
    let settings = &draft.settings;
    let regular = schedule::occurrences(
        &settings.slots,
        settings.zone,
        &settings.breaks,
        was,
        was + Duration::seconds(1),
    );
    if regular.contains(&was) {
        hold_place(draft, moved, was);
    }
}

fn hold_place(draft: &mut Draft<'_>, moved: &Episode, at: DateTime<Utc>) {
    if moved.id.planned == at || draft.chat.episodes.iter().any(|e| e.id.planned == at) {
        return;
    }
    let place = Episode { state: State::Cancelled, ..fresh(&draft.settings, at) };
    draft.put(place);
}

pub(super) fn add(mut draft: Draft<'_>, day: &Day, time: Option<NaiveTime>) -> Result<Decision, Refusal> {
    let date = draft.date(day)?;
    if time.is_none()
        && let Some(there) = draft.on_date(date)
    {
        return Err(Refusal::Taken(there.starts));
    }
    let mut episode = draft.make(date, time)?;
    if draft.settings.breaks.contains(&(date, date)) {
        let mut settings = draft.settings.clone();
        settings.breaks.retain(|range| *range != (date, date));
        draft.set(settings);
    }
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
    let was = notice.was;
    let reply = words::announcing(&draft.settings, &episode, was);
    draft.write(episode);
    Ok(draft.instead(reply))
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
    // Without a room there would be nothing to read: it is shown as Slack would have it.
    let mut shown = settings.clone();
    if shown.destinations.is_empty() {
        let nowhere = Place::new(Platform::Slack, shown.workspace.clone(), "");
        shown.destinations.push(setting::destination(nowhere, "not connected yet".to_owned()));
    }
    let moments = moments(draft.chat, &shown, &episode, draft.now);
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
    // A reminder whose moment has passed has gone out, or never will.
    let still = |kind: &Kind, at: DateTime<Utc>| at >= now || !matches!(kind, Kind::Reminder { .. });
    // By the close everything that has a time will have been asked: "A1 to A6".
    let mut closing = episode.clone();
    for question in &mut closing.questions {
        question.asked = question.asked.or(question.due);
    }
    cue::wanted(settings, episode)
        .into_iter()
        .filter(|(kind, at)| still(kind, *at))
        .filter_map(|(kind, at)| {
            let what = words::moment(episode, &kind)?;
            let said = settings
                .speaking()
                .filter_map(|to| {
                    let episode = if kind == Kind::Close { &closing } else { episode };
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
            if scene.settings.retired {
                return Some(saying::farewell(scene, notice.was));
            }
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
/// occurrence within three and a half days, keeping its questions; where there is none it is withdrawn.
pub(super) fn replan(draft: &mut Draft<'_>) {
    let chat = draft.chat;
    let (old, settings, now) = (&chat.settings, draft.settings.clone(), draft.now);
    let coming: Vec<Episode> = ahead(draft.chat).filter(|e| e.starts > now).cloned().collect();
    let last = coming.iter().map(|e| e.starts.max(e.id.planned)).max().unwrap_or(now).max(now + HORIZON);
    let until = last + NEAR + Duration::days(1);
    let was_regular = schedule::occurrences(&old.slots, old.zone, &old.breaks, now, until);
    let mut free = schedule::occurrences(&settings.slots, settings.zone, &settings.breaks, now, until);
    let mut take = |wish: DateTime<Utc>, near: Duration| {
        let nearest = free.iter().enumerate().min_by_key(|(_, at)| (**at - wish).abs());
        let nearest = nearest.filter(|(_, at)| (**at - wish).abs() <= near).map(|(n, _)| n);
        nearest.map(|n| free.remove(n))
    };
    // Those that stay where they are come first, or a neighbour would take their place.
    let (mut stays, mut goes, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    for episode in coming {
        match (was_regular.contains(&episode.starts), take(episode.starts, Duration::zero())) {
            (_, Some(_)) => stays.push(episode),
            (true, None) => goes.push(episode),
            (false, None) => by_hand.push(episode),
        }
    }
    let mut after: Vec<Episode> = draft.chat.episodes.clone();
    // What was moved by hand stays where it was put, and still stands for its old occurrence. What was
    // added stands for none.
    for episode in by_hand.iter().filter(|e| e.starts != e.id.planned) {
        if let Some(at) = take(episode.id.planned, NEAR) {
            hold_place(draft, episode, at);
            after.push(Episode { state: State::Cancelled, ..fresh(&settings, at) });
        }
    }
    let places: Vec<_> = stays.into_iter().map(|e| (Some(e.starts), e)).collect();
    let moves: Vec<_> = goes.into_iter().map(|e| (take(e.starts, NEAR), e)).collect();
    for (place, mut episode) in places.into_iter().chain(moves) {
        let known = episode.clone();
        let (was, told) = (episode.starts, episode.reminded.is_some());
        match place {
            Some(at) => episode.starts = at,
            None => episode.state = State::Cancelled,
        }
        let changed = episode.starts != was || episode.state == State::Cancelled;
        if changed && (told || episode.notice.is_some()) {
            tell_of_change(&settings, &mut episode, was, told, now);
        }
        if changed {
            episode.length = settings.length;
            episode.arrange(&settings.cadence, None, now);
        }
        if let Some(there) = after.iter_mut().find(|e| e.id == episode.id) {
            *there = episode.clone();
        }
        if episode != known {
            draft.write(episode);
        }
    }
    // Withdrawn by an earlier change of the time, and wanted again.
    for at in free.into_iter().filter(|at| *at < now + HORIZON) {
        let lost = after.iter_mut().find(|e| e.id.planned == at && e.state == State::Cancelled);
        if let Some(lost) = lost.filter(|e| e.version > 0) {
            revive(&settings, lost, at, now);
            draft.write(lost.clone());
        }
    }
    for episode in missing(&settings, &after, now) {
        draft.write_new(episode);
    }
}

/// In days; for a longer break the year of its end is to be named.
const LONGEST_BREAK: i64 = 200;

/// How far an episode follows a change of the recurrence.
const NEAR: Duration = Duration::hours(84);

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

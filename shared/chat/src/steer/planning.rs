//! Which episodes there are, and when: planned 14 days ahead, skipped, moved, added.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::{Draft, ahead, bounds, everywhere, next_after, scene, setting};
use crate::action::Action;
use crate::agenda::{Episode, Notice, Question, State};
use crate::command::{Day, On, When};
use crate::copy::{self, announce as saying, reply as words};
use crate::cue::{self, Kind};
use crate::name::{EpisodeId, Place, Platform};
use crate::order;
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

/// Notes that people must be told of a change of date, where they believe something else: at once where
/// they were told of the date they expect (`at_once`), otherwise in the first reminder's place. Several
/// changes before that are told as one, from the date that people know ([`Episode::believed`], asked before
/// the change); one that leads back to it is not told at all.
pub(super) fn tell_of_change(
    settings: &Settings,
    episode: &mut Episode,
    believed: Option<DateTime<Utc>>,
    at_once: bool,
    now: DateTime<Utc>,
) {
    episode.changes += 1;
    let pending = episode.notice.take();
    let is = (episode.state != State::Cancelled).then_some(episode.starts);
    if is == believed {
        return;
    }
    let was = believed.unwrap_or(episode.starts);
    // Without reminders a day ahead is when people would look.
    let first = settings.reminders.iter().max().copied().unwrap_or_else(|| Duration::hours(24));
    let place = was.min(episode.starts) - first;
    let at_once = at_once || pending.is_some_and(|notice| notice.due <= now);
    let due = if at_once { now } else { place.max(now) };
    episode.notice = Some(Notice { was, due });
}

/// Brings a withdrawn episode back, at this start. Where people heard that there was none (`heard`), they
/// hear that there is.
pub(super) fn revive(
    settings: &Settings,
    episode: &mut Episode,
    at: DateTime<Utc>,
    heard: bool,
    now: DateTime<Utc>,
) {
    // Withdrawn without a word it is missed by nobody.
    let silent = episode.notice.is_none() && !heard;
    let believed = if silent { Some(at) } else { episode.believed() };
    episode.state = State::Planned;
    episode.starts = at;
    tell_of_change(settings, episode, believed, heard, now);
    episode.arrange(&settings.cadence, None, now);
}

pub(super) fn skip(mut draft: Draft<'_>, from: &On, to: Option<&Day>) -> Result<Decision, Refusal> {
    let first = draft.date(&from.day)?;
    if from.time.is_some() {
        let one = draft.named(from)?;
        // The only one of its day is the day.
        if draft.on_date(first).len() > 1 {
            return skip_one(draft, one);
        }
    }
    let zone = draft.settings.zone;
    // Counted from the first day on: "22 Dec to 5 Jan" ends in the year after.
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
    // What is not planned yet and left out is made, so that its notice has somewhere to come from: of one
    // day all, to be named together; of a break its first date, whatever is planned later in it.
    let (begin, until) = bounds(zone, first, last);
    let known = |at: &DateTime<Utc>| {
        draft.chat.episodes.iter().any(|e| e.id.planned == *at || (e.is_ahead() && e.starts == *at))
    };
    let (slots, breaks) = (&draft.settings.slots, &draft.settings.breaks);
    let mut unplanned: Vec<DateTime<Utc>> =
        schedule::occurrences(slots, zone, breaks, begin.max(draft.now), until);
    unplanned.retain(|at| !known(at));
    if to.is_some() {
        unplanned.truncate(1);
        unplanned.retain(|at| cancelled.iter().all(|e| *at < e.starts));
    }
    cancelled.extend(unplanned.into_iter().map(|at| fresh(&draft.settings, at)));
    order::sort_by_key(&mut cancelled, |e| e.starts);
    if cancelled.is_empty() {
        let live = super::live_episode(draft.chat).filter(inside);
        let off = draft.settings.breaks.iter().any(|(a, b)| *a <= first && last <= *b);
        return Err(match (live, off) {
            (Some(_), _) => Refusal::IsLive,
            (None, true) => Refusal::Unchanged,
            (None, false) if to.is_some() => Refusal::NoEpisode,
            (None, false) => draft.nothing_on(first),
        });
    }
    // The dates themselves are off, not only what is planned on them: occurrences inside are never made,
    // also after the time of day was changed.
    let today = draft.today();
    let mut settings = draft.settings.clone();
    settings.breaks.retain(|(_, end)| *end >= today);
    settings.breaks.push((first, last));
    draft.set(settings);
    // One notice for the whole break: "back Tue 5 Jan". It comes from the first that somebody expects.
    let told = cancelled.iter().any(|e| e.reminded.is_some());
    let speaker = cancelled.iter().position(|e| e.believed().is_some()).unwrap_or_default();
    for (n, episode) in cancelled.iter_mut().enumerate() {
        let believed = episode.believed().filter(|_| n == speaker);
        episode.state = State::Cancelled;
        tell_of_change(&draft.settings, episode, believed, told, draft.now);
    }
    let (_, after) = bounds(zone, first, last);
    let range = to.is_some().then_some((first, last));
    Ok(skipped(draft, cancelled, range, false, after - Duration::milliseconds(1)))
}

/// One of several on a day. The date itself stays on.
fn skip_one(draft: Draft<'_>, mut episode: Episode) -> Result<Decision, Refusal> {
    if episode.is_live() {
        return Err(Refusal::IsLive);
    }
    let starts = episode.starts;
    let (believed, told) = (episode.believed(), episode.reminded.is_some());
    episode.state = State::Cancelled;
    tell_of_change(&draft.settings, &mut episode, believed, told, draft.now);
    Ok(skipped(draft, vec![episode], None, true, starts))
}

/// Writes what was skipped and says so. `one_of` several on its day is named with its time; what comes
/// `after` is when people are back.
fn skipped(
    mut draft: Draft<'_>,
    episodes: Vec<Episode>,
    range: Option<(NaiveDate, NaiveDate)>,
    one_of: bool,
    after: DateTime<Utc>,
) -> Decision {
    let settings = draft.settings.clone();
    let back = next_after(&setting::with(draft.chat, &settings), after);
    let notice = episodes.iter().find_map(|e| e.notice.clone().map(|n| (e.id.clone(), n)));
    let speaks = settings.speaking().next().is_some();
    let mut reply = words::skipped(&settings, &episodes, range, one_of, back, speaks, draft.now);
    if let Some((id, _)) = notice.filter(|(_, n)| speaks && n.due > draft.now) {
        reply = reply.button("Say now", Action::AnnounceNow(id));
    }
    let first = episodes.first().map(|e| e.starts);
    for episode in episodes {
        draft.write(episode);
    }
    draft.tell(words::did_skip(&settings, range, first, one_of, draft.now));
    draft.undoable("the skip", reply)
}

pub(super) fn reschedule(mut draft: Draft<'_>, on: &On, to: &When) -> Result<Decision, Refusal> {
    let mut episode = draft.named(on)?;
    if episode.is_live() {
        return Err(Refusal::IsLive);
    }
    let zone = draft.settings.zone;
    let was = episode.starts;
    let local = was.with_timezone(&zone);
    let near = |day: &Day| day.near(local.date_naive(), draft.today()).map_err(Refusal::NoSuchDay);
    let (new_date, time) = match to {
        When::At(time) => (local.date_naive(), *time),
        When::On(day) => (near(day)?, local.time()),
        When::OnAt(day, time) => (near(day)?, *time),
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
    let (believed, told) = (episode.believed(), episode.reminded.is_some());
    episode.starts = starts;
    tell_of_change(&draft.settings, &mut episode, believed, told, draft.now);
    episode.arrange(&draft.settings.cadence, None, draft.now);
    vacate(&mut draft, &episode, was);
    let speaks = draft.settings.speaking().next().is_some();
    let beside = overlapped(&draft, &episode);
    let mut reply =
        words::moved(&draft.settings, &episode, was, &landing, beside.as_ref(), speaks, draft.now);
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
        && let Some(there) = draft.on_date(date).into_iter().find(|e| e.version > 0)
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
    let beside = overlapped(&draft, &episode);
    let several = draft.on_date(date).iter().any(|e| e.id != episode.id);
    let speaks = draft.settings.speaking().next().is_some();
    let reply = words::added(&draft.settings, &episode, beside.as_ref(), several, speaks, draft.now);
    draft.tell(words::did_add(&draft.settings, episode.starts, draft.now));
    draft.write(episode);
    Ok(draft.undoable_added(reply))
}

/// An episode whose hour overlaps this one's: allowed, and pointed out.
fn overlapped(draft: &Draft<'_>, episode: &Episode) -> Option<Episode> {
    let date = copy::local_date(draft.settings.zone, episode.starts);
    let beside = draft.chat.episodes.iter().filter(|e| e.is_ahead()).cloned().chain(draft.on_date(date));
    let mut beside = beside.filter(|e| e.id != episode.id);
    beside.find(|e| e.starts < episode.ends() && episode.starts < e.ends())
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
pub(super) fn preview(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
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
    if episode.state == State::Planned {
        message = message.button("Rehearse", Action::Rehearse(episode.id.clone()));
    }
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
    moments_in(chat, settings, episode, now, |_| true)
}

/// The same in some of its places.
pub(super) fn moments_in(
    chat: &Chat,
    settings: &Settings,
    episode: &Episode,
    now: DateTime<Utc>,
    shown: impl Fn(&Place) -> bool,
) -> Vec<Moment> {
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
                .filter(|to| shown(&to.place))
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
        Kind::Nudge { .. }
        | Kind::Check { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Guest { .. }
        | Kind::Call { .. } => return None,
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
        Kind::Longer => saying::longer(scene),
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
        let believed = episode.believed();
        match place {
            Some(at) => episode.starts = at,
            None => episode.state = State::Cancelled,
        }
        let changed = episode.starts != was || episode.state == State::Cancelled;
        if changed && (told || episode.notice.is_some()) {
            tell_of_change(&settings, &mut episode, believed, told, now);
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
            let heard = lost.told > 0 && lost.notice.is_none();
            revive(&settings, lost, at, heard, now);
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

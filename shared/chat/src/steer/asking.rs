//! Topic, guests and questions.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};

use super::live::{check_x, going_out};
use super::{Draft, filed, move_card};
use crate::action::Action;
use crate::agenda::{Credit, Episode, Guest, State};
use crate::bank::{self, Compared, Earlier};
use crate::command::{Day, GuestChange, On};
use crate::copy::{announce as saying, local_date, reply as words};
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{DeliveryId, EpisodeId, Platform, PostId, QuestionId};
use crate::reply::Reply;
use crate::settings::{City, Settings};
use crate::text::Message;
use crate::{Decision, Refusal, weigh, zone};

pub(super) fn topic(mut draft: Draft<'_>, text: Option<&str>, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let topic = text.map(topic_of).transpose()?;
    if topic.is_none() && episode.topic.is_none() {
        return Err(Refusal::Unchanged);
    }
    episode.topic = topic;
    let reply = words::topic(&draft.settings, &episode, draft.now);
    draft.tell(words::did_topic(&draft.settings, &episode, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the topic", reply))
}

/// A topic that every announcement can hold.
fn topic_of(text: &str) -> Result<String, Refusal> {
    if let Some(link) = weigh::urls(text).into_iter().next() {
        return Err(Refusal::Link(text.get(link).unwrap_or_default().to_owned()));
    }
    // Announcements put names, times and a greeting around it; half of a post is what they leave.
    let room = weigh::LIMIT / 2;
    let length = weigh::weighted_length(text);
    if length > room {
        return Err(Refusal::TopicTooLong { over: length - room });
    }
    Ok(text.trim().to_owned())
}

pub(super) fn guest(
    mut draft: Draft<'_>,
    change: &GuestChange,
    on: Option<&On>,
) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    match change {
        GuestChange::Add(typed) => {
            if let Some(link) = weigh::urls(&typed.name).into_iter().next() {
                return Err(Refusal::Link(typed.name.get(link).unwrap_or_default().to_owned()));
            }
            let (name, zone) = zone::find(&typed.city).map_err(Refusal::Unplaced)?;
            // Invited again, with another city perhaps: what was not said anew still holds.
            let known = episode.guests.iter().find(|g| g.name.eq_ignore_ascii_case(&typed.name));
            let from = typed.from.or_else(|| Some(known?.from)).unwrap_or(1);
            if typed.from.is_some() {
                still_to_come(&episode, from)?;
            }
            let guest = Guest {
                name: typed.name.clone(),
                city: Some(City { name, zone }),
                line: typed.about.clone().or_else(|| known?.line.clone()),
                handle: typed.handle.clone().or_else(|| known?.handle.clone()),
                from,
            };
            let reply = words::guest(&draft.settings, &episode, &guest, draft.now);
            draft.tell(words::did_guest(&draft.settings, &episode, &guest.name, draft.now));
            episode.guests.retain(|g| !g.name.eq_ignore_ascii_case(&guest.name));
            episode.guests.push(guest);
            draft.write(episode);
            Ok(draft.undoable("the guest", reply))
        }
        GuestChange::From(name, from) => {
            let known = episode.guests.iter().position(|g| is_called(g, name));
            let known = known.ok_or(Refusal::NoGuest(name.clone()))?;
            still_to_come(&episode, *from)?;
            let guest = &mut episode.guests[known];
            if guest.from == *from {
                return Err(Refusal::Unchanged);
            }
            guest.from = *from;
            let guest = guest.clone();
            let reply = words::guest(&draft.settings, &episode, &guest, draft.now);
            draft.tell(words::did_guest_from(&draft.settings, &episode, &guest, draft.now));
            draft.write(episode);
            Ok(draft.undoable("the guest's part", reply))
        }
        GuestChange::Remove(name) => {
            let known = episode.guests.iter().position(|g| g.name.eq_ignore_ascii_case(name));
            let gone = episode.guests.remove(known.ok_or(Refusal::NoGuest(name.clone()))?);
            let reply = words::guest_gone(&draft.settings, &episode, &gone.name, draft.now);
            draft.tell(words::did_guest_gone(&draft.settings, &episode, &gone.name, draft.now));
            draft.write(episode);
            Ok(draft.undoable("removing the guest", reply))
        }
    }
}

/// Whether this is how somebody speaks of a guest: by the whole name, or by the first.
fn is_called(guest: &Guest, name: &str) -> bool {
    let first = guest.name.split_whitespace().next().unwrap_or_default();
    name.eq_ignore_ascii_case(&guest.name) || name.eq_ignore_ascii_case(first)
}

/// Nobody comes in with a question that has been asked.
fn still_to_come(episode: &Episode, position: u32) -> Result<(), Refusal> {
    let asked = episode.at(position).is_some_and(|question| question.asked.is_some());
    if asked { Err(Refusal::NoGuestFrom(position)) } else { Ok(()) }
}

/// A note for each guest, or for one of them.
pub(super) fn brief(draft: Draft<'_>, name: Option<&str>, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    if episode.state == State::Planned {
        episode.arrange(&draft.settings.cadence, None, draft.now);
    }
    let wanted = |guest: &&Guest| name.is_none_or(|name| is_called(guest, name));
    let guests: Vec<&Guest> = episode.guests.iter().filter(wanted).collect();
    let message = match (guests.as_slice(), name) {
        ([], Some(name)) => return Err(Refusal::NoGuest(name.to_owned())),
        ([], None) => words::brief_for_nobody(&draft.settings, &episode, draft.now),
        (guests, _) => words::brief(&draft.settings, &episode, guests, draft.now),
    };
    Ok(draft.answer(message))
}

/// Checks a question as it will stand on X; gives its weighted length there.
fn check(draft: &Draft<'_>, position: u32, text: &str) -> Result<usize, Refusal> {
    if weigh::is_blank(text) {
        return Err(Refusal::Empty);
    }
    check_x(&saying::question_on_x(&draft.settings.hashtag, position, text))
}

/// The question of this or another hour that has nearly the words of one. X refuses a text that it has seen,
/// and people remember what they answered.
fn asked_before(draft: &Draft<'_>, episode: &Episode, position: u32) -> Option<Earlier> {
    let question = episode.at(position)?;
    let itself = Some((&episode.id, question.id));
    let compared = Compared { text: &question.text, itself, position: Some(position), ahead: true };
    bank::earlier(draft.chat, &compared)
}

/// A question that is to be added.
pub(super) struct Added<'a> {
    /// Its words.
    pub(super) text: &'a str,
    /// Who suggested it.
    pub(super) from: Option<Credit>,
}

/// Adds a question to an episode, as its last, and says where it stands.
pub(super) fn add(
    draft: &Draft<'_>,
    episode: &mut Episode,
    added: Added<'_>,
) -> Result<(QuestionId, Message), Refusal> {
    let before: Vec<_> = episode.questions.iter().map(|q| (q.id, q.due)).collect();
    let position = episode.add_question(added.text.trim());
    let length = check(draft, position, added.text)?;
    let Some(question) = episode.questions.last_mut() else { return Err(Refusal::NoQuestion(position)) };
    question.from = added.from;
    let id = question.id;
    episode.arrange(&draft.settings.cadence, None, draft.now);
    let mut reply = words::asked(&draft.settings, episode, position, &before, length, draft.now)
        .button("Edit", Action::Edit(episode.id.clone()));
    if let Some(earlier) = asked_before(draft, episode, position) {
        reply = words::nearly(reply, &draft.settings, &earlier, draft.now);
    }
    Ok((id, reply))
}

pub(super) fn ask(mut draft: Draft<'_>, text: &str, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let (id, reply) = add(&draft, &mut episode, Added { text, from: None })?;
    let position = episode.position(id).unwrap_or_default();
    draft.tell(words::did_ask(&draft.settings, &episode, position, draft.now));
    draft.write(episode);
    Ok(draft.undoable(&format!("Q{position}"), reply))
}

pub(super) fn replace(
    mut draft: Draft<'_>,
    at: u32,
    text: &str,
    on: Option<&On>,
) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let index = index(&episode, at)?;
    not_asked(&episode, at, draft.now)?;
    let length = check(&draft, at, text)?;
    let Some(question) = episode.questions.get_mut(index) else {
        return Err(Refusal::NoQuestion(at));
    };
    question.from = bank::still_theirs(question, text);
    let was = std::mem::replace(&mut question.text, text.trim().to_owned());
    let due = question.due.filter(|_| !matches!(episode.state, State::Paused { .. }));
    let mut reply = words::replaced(&draft.settings, at, text, &was, due, length);
    if let Some(earlier) = asked_before(&draft, &episode, at) {
        reply = words::nearly(reply, &draft.settings, &earlier, draft.now);
    }
    draft.tell(words::did_replace(&draft.settings, &episode, at, draft.now));
    draft.write(episode);
    Ok(draft.undoable(&format!("the change of Q{at}"), reply))
}

fn index(episode: &Episode, at: u32) -> Result<usize, Refusal> {
    let index = (at as usize).checked_sub(1).filter(|n| *n < episode.questions.len());
    index.ok_or(Refusal::NoQuestion(at))
}

fn not_asked(episode: &Episode, at: u32, now: DateTime<Utc>) -> Result<(), Refusal> {
    if going_out(episode, now) == Some(at) {
        return Err(Refusal::GoingOut(at));
    }
    match episode.at(at) {
        Some(question) if question.asked.is_some() => Err(Refusal::AlreadyAsked(at)),
        _ => Ok(()),
    }
}

pub(super) fn reorder(
    mut draft: Draft<'_>,
    from: u32,
    to: u32,
    on: Option<&On>,
) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let (source, target) = (index(&episode, from)?, index(&episode, to)?);
    not_asked(&episode, from, draft.now).map_err(|refused| match refused {
        Refusal::AlreadyAsked(n) => Refusal::Stays(n),
        other => other,
    })?;
    not_asked(&episode, to, draft.now).map_err(|refused| match (refused, episode.upcoming()) {
        (Refusal::AlreadyAsked(asked), Some((first, _))) => {
            Refusal::NothingBefore { asked, moved: from, first }
        }
        (other, _) => other,
    })?;
    if source == target {
        return Err(Refusal::Unchanged);
    }
    // "Q10" is longer than "Q9".
    let check_all = |episode: &Episode| -> Result<(), Refusal> {
        for (question, position) in episode.questions.iter().zip(1..) {
            if question.asked.is_none() {
                check(&draft, position, &question.text)?;
            }
        }
        Ok(())
    };
    let times: Vec<_> = episode.questions.iter().map(|q| q.due).collect();
    let question = episode.questions.remove(source);
    episode.questions.insert(target, question);
    check_all(&episode)?;
    // The slots stay, the questions change places.
    for (question, due) in episode.questions.iter_mut().zip(times) {
        if question.asked.is_none() {
            question.due = due;
        }
    }
    let reply = words::reordered(&draft.settings, &episode, from, to, draft.now);
    draft.tell(words::did_reorder(&draft.settings, &episode, from, to, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the move", reply))
}

pub(super) fn drop(mut draft: Draft<'_>, at: u32, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let index = index(&episode, at)?;
    not_asked(&episode, at, draft.now)?;
    let next = episode.upcoming().and_then(|(_, q)| q.due).filter(|_| episode.is_live());
    let gone = episode.questions.remove(index);
    episode.arrange(&draft.settings.cadence, next, draft.now);
    let reply = words::dropped(&draft.settings, &episode, at, &gone.text, draft.now);
    draft.tell(words::did_drop(&draft.settings, &episode, at, &gone.text, draft.now));
    draft.write(episode);
    Ok(draft.undoable(&format!("dropping Q{at}"), reply))
}

/// Keeps a question in reserve; without a text none is kept any more.
pub(super) fn spare(mut draft: Draft<'_>, text: Option<&str>, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let Some(text) = text else {
        if episode.spares.is_empty() {
            return Err(Refusal::NoSpare);
        }
        let gone = std::mem::take(&mut episode.spares);
        let reply = words::spares_gone(&draft.settings, &episode, &gone, draft.now);
        draft.tell(words::did_spare(&draft.settings, &episode, draft.now));
        draft.write(episode);
        return Ok(draft.undoable("taking the spare questions away", reply));
    };
    // Whichever number it may get: the longest.
    let position = u32::try_from(episode.questions.len()).unwrap_or(u32::MAX).max(1);
    let length = check(&draft, position, text)?;
    let compared = Compared { text, itself: None, position: None, ahead: true };
    let earlier = bank::earlier(draft.chat, &compared);
    episode.add_spare(text.trim());
    let mut reply = words::spare(&draft.settings, &episode, length, draft.now);
    if let Some(earlier) = earlier {
        reply = words::nearly(reply, &draft.settings, &earlier, draft.now);
    }
    draft.tell(words::did_spare(&draft.settings, &episode, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the spare question", reply))
}

/// Asks the spare question in the place of the next one.
pub(super) fn swap(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let mut episode = draft.live()?;
    if episode.upcoming().is_none() {
        return Err(Refusal::NothingLeft);
    }
    let position = episode.swap_in().ok_or(Refusal::NoSpare)?;
    // "Q10" is longer than "Q9".
    check(&draft, position, episode.at(position).map_or("", |q| q.text.as_str()))?;
    let reply = words::swapped(&draft.settings, &episode, position);
    draft.tell(words::did_swap(position));
    draft.write(episode);
    Ok(draft.undoable("the swap", reply))
}

pub(super) fn questions(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
    let organiser = draft.settings.is_organiser(&draft.asking.by);
    if let (false, None) = (organiser, on) {
        let message = words::questions_asked(draft.chat, draft.now);
        return Ok(draft.answer(message));
    }
    let over = on.and_then(|on| over_on(&draft, on));
    let mut episode = match (draft.target(on), over) {
        // What is planned comes first; but not next year's, where this year's is what people remember.
        (Ok(coming), Some(over)) if coming.starts - draft.now > Duration::days(180) => over,
        // Of several to come it is asked which.
        (Err(why), Some(over)) if !matches!(why, Refusal::Several(_)) => over,
        (coming, _) => coming?,
    };
    if !organiser {
        let message = words::questions_asked_in(&draft.settings, &episode, draft.now);
        return Ok(draft.answer(message));
    }
    if !episode.is_ahead() {
        let message = words::questions(&draft.settings, &episode, draft.now);
        return Ok(draft.answer(message));
    }
    if episode.version == 0 {
        episode.arrange(&draft.settings.cadence, None, draft.now);
    }
    let message = words::questions(&draft.settings, &episode, draft.now)
        .button("Edit", Action::Edit(episode.id.clone()));
    Ok(draft.answer(message))
}

/// The hour that took place on a day, of those that are known. A weekday is the coming one everywhere, so
/// only a date looks back; and today, whose hour may be over.
fn over_on(draft: &Draft<'_>, on: &On) -> Option<Episode> {
    let zone = draft.settings.zone;
    let today = local_date(zone, draft.now);
    let date = match on.day {
        Day::Date { day, month, year, .. } => {
            let years = [year.unwrap_or(today.year()), year.unwrap_or(today.year() - 1)];
            let dates = years.into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
            dates.into_iter().find(|date| *date <= today)?
        }
        Day::Nth { day, .. } => today.iter_days().rev().take(62).find(|date| date.day() == day)?,
        Day::Weekday { .. } | Day::Today | Day::Tomorrow => on.day.resolve(today)?,
    };
    let known = draft.chat.episodes.iter().chain(&draft.chat.seen.past);
    let then = |at: DateTime<Utc>| {
        let local = at.with_timezone(&zone);
        local.date_naive() == date && on.time.is_none_or(|time| local.time() == time)
    };
    let over = |e: &&Episode| matches!(e.state, State::Closed { .. }) && then(e.starts);
    known.filter(over).max_by_key(|e| e.starts).cloned()
}

pub(super) fn edit(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
    let episode = draft.target(on)?;
    let form = words::edit_form(&draft.settings, &episode, draft.now);
    Ok(draft.form(form))
}

pub(super) fn edit_form(draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let episode = draft.chat.episodes.iter().find(|e| &e.id == id && e.is_ahead());
    let form = words::edit_form(&draft.settings, episode.ok_or(Refusal::Expired)?, draft.now);
    Ok(draft.form(form))
}

/// A text of the form that was not saved, because something else happened to its question meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaved {
    /// What happened.
    pub overtaken: Overtaken,
    /// What was typed; empty where the question was to be dropped.
    pub typed: String,
}

/// What happened to a question while somebody had it open in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overtaken {
    /// It went out, at this position.
    Out(u32),
    /// It was dropped.
    Gone,
    /// Somebody else changed it: its position and its words now.
    Changed(u32, String),
}

/// A field of the form: the question's permanent id, and what it said when the form was opened.
struct Typed<'a> {
    key: &'a str,
    id: QuestionId,
    base: Option<&'a str>,
    text: &'a str,
}

impl<'a> Typed<'a> {
    /// Reads `q3.9f86d081884c7d65`; `q3` alone, from a form that was opened before fields had a base.
    fn read((key, text): &'a (String, String)) -> Option<Typed<'a>> {
        let (id, base) = match key.strip_prefix('q')?.split_once('.') {
            Some((id, base)) => (id, Some(base)),
            None => (key.strip_prefix('q')?, None),
        };
        let text = if weigh::is_blank(text) { "" } else { text.trim() };
        Some(Typed { key, id: QuestionId(id.parse().ok()?), base, text })
    }

    /// Whether somebody touched it.
    fn changed(&self) -> bool {
        self.base.is_none_or(|base| base != base_of(self.text))
    }
}

/// What a question says, folded to the few characters that its field in the form carries. The words
/// themselves would not fit there, and nothing else is asked of them than whether they are the same.
pub(crate) fn base_of(text: &str) -> String {
    format!("{:016x}", crate::name::fold(text.trim()))
}

/// All questions at once. Fields are keyed by permanent id and by what the question said when the form
/// was opened (`q3.9f86…`), and new ones `new1`…; an emptied field drops its question. Complaints are
/// shown beside their fields and nothing is saved.
///
/// Only what was changed in the form is written. Two people may have it open, and somebody may type
/// `ask Q1 …` meanwhile: where both touched the same question the one that was saved first stands, and
/// the other text is given back. Refusing the whole form instead would punish five good fields for one.
pub(super) fn edited(
    mut draft: Draft<'_>,
    id: &EpisodeId,
    values: &[(String, String)],
) -> Result<Decision, Refusal> {
    let mut episode = super::ideas::still_ahead(&draft, id)?;
    let before = episode.clone();
    let next = episode.upcoming().and_then(|(_, q)| q.due).filter(|_| episode.is_live());
    let mut keys: Vec<(QuestionId, String)> = Vec::new();
    let mut gone = Vec::new();
    let mut overtaken: Vec<(QuestionId, &str)> = Vec::new();
    for typed in values.iter().filter_map(Typed::read).filter(Typed::changed) {
        let question = episode.questions.iter_mut().find(|q| q.id == typed.id);
        let Some(question) = question.filter(|q| q.asked.is_none()) else {
            overtaken.push((typed.id, typed.text));
            continue;
        };
        if question.text == typed.text {
            continue;
        }
        if typed.base.is_some_and(|base| base != base_of(&question.text)) {
            overtaken.push((typed.id, typed.text));
        } else if typed.text.is_empty() {
            gone.push(question.id);
        } else {
            question.from = bank::still_theirs(question, typed.text);
            question.text = typed.text.to_owned();
            keys.push((question.id, typed.key.to_owned()));
        }
    }
    episode.questions.retain(|q| !gone.contains(&q.id));
    for (key, text) in values.iter().filter(|(k, t)| k.starts_with("new") && !weigh::is_blank(t)) {
        let position = episode.add_question(text.trim());
        keys.extend(episode.at(position).map(|q| (q.id, key.clone())));
    }
    let mut complaints = Vec::new();
    for (id, key) in &keys {
        let Some((position, question)) = episode.position(*id).zip(episode.question(*id)) else { continue };
        if let Err(refusal) = check(&draft, position, &question.text) {
            complaints.push((key.clone(), words::complaint(&refusal)));
        }
    }
    if !complaints.is_empty() {
        draft.decision.reply = Some(Reply::Mend(complaints));
        return Ok(draft.decision);
    }
    let unsaved: Vec<Unsaved> = overtaken
        .into_iter()
        .filter_map(|(id, typed)| {
            let overtaken = match episode.question(id) {
                // Asked as it was typed, or dropped where it was to be dropped: nothing is lost.
                Some(question) if question.text == typed => return None,
                None if typed.is_empty() => return None,
                None => Overtaken::Gone,
                Some(question) if question.asked.is_some() => Overtaken::Out(episode.position(id)?),
                Some(question) => Overtaken::Changed(episode.position(id)?, question.text.clone()),
            };
            Some(Unsaved { overtaken, typed: typed.to_owned() })
        })
        .collect();
    let changed = episode != before;
    // What is given back is typed again for this very date.
    let elsewhere = draft.target(None).map_or(true, |usual| usual.id != episode.id);
    if changed {
        episode.arrange(&draft.settings.cadence, next, draft.now);
    }
    let mut reply = words::edited(&draft.settings, &episode, changed, &unsaved, elsewhere, draft.now);
    for position in keys.iter().filter_map(|(id, _)| episode.position(*id)) {
        if let Some(earlier) = asked_before(&draft, &episode, position) {
            reply = words::nearly_of(reply, &draft.settings, position, &earlier, draft.now);
        }
    }
    if !changed {
        return Ok(draft.answer(reply));
    }
    draft.tell(words::did_edit(&draft.settings, &episode, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the edit", reply))
}

/// Puts a question right that was asked already: in place on Discord and Slack, and with the offer of
/// a correction on X, where nothing can be edited in place.
pub(super) fn fix(mut draft: Draft<'_>, at: u32, text: &str) -> Result<Decision, Refusal> {
    let over = || draft.chat.episodes.iter().filter(|e| matches!(e.state, State::Closed { .. }));
    // As long as its late answers count, last night's hour is what people talk about.
    let fresh = |e: &&Episode| e.ends() + Settings::LATE_ANSWERS >= draft.now;
    let coming = || super::ahead(draft.chat).next().filter(|e| at as usize <= e.questions.len());
    let mut episode = draft
        .live()
        .ok()
        .or_else(|| over().filter(fresh).max_by_key(|e| e.starts).cloned())
        .or_else(|| coming().cloned())
        .or_else(|| over().max_by_key(|e| e.starts).cloned())
        .or_else(|| super::ahead(draft.chat).next().cloned())
        .ok_or(Refusal::NotLive)?;
    let index = index(&episode, at)?;
    check(&draft, at, text)?;
    let Some(question) = episode.questions.get_mut(index) else {
        return Err(Refusal::NoQuestion(at));
    };
    if question.asked.is_none() {
        return Err(Refusal::NotAskedYet(at));
    }
    if question.text == text.trim() {
        return Err(Refusal::Unchanged);
    }
    question.from = bank::still_theirs(question, text);
    let was = std::mem::replace(&mut question.text, text.trim().to_owned());
    let question = question.clone();
    let what = format!("{}/q/{}", episode.id, question.id);
    let edits: Vec<Delivery> = draft
        .settings
        .rooms()
        .map(|to| Delivery {
            id: DeliveryId::new(format_args!("{what}/fix/{}", draft.asking.key), &to.place),
            to: to.place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            at: draft.now,
            not_before: None,
            expires: None,
            work: Work::Edit {
                of: DeliveryId::new(&what, &to.place),
                message: saying::question(&draft.scene(&episode, to), at, &question),
            },
        })
        .collect();
    draft.decision.effects.extend(edits);
    let on_x = draft.settings.speaking().any(|d| d.place.platform == Platform::X);
    let correction = saying::correction(&draft.settings, &episode, at, &question);
    let mut reply = words::fixed(&draft.settings, at, &was, on_x.then_some(correction.as_str()));
    if on_x {
        reply = reply.button("Post it on X", Action::CorrectX(episode.id.clone(), question.id));
    }
    // Not undoable by a button: people may have answered what stands there now. `fix` again.
    draft.tell(words::did_fix(&draft.settings, &episode, at, draft.now));
    draft.put(episode);
    draft.decision.reply = Some(Reply::Said(reply));
    Ok(draft.decision)
}

pub(super) fn correct_x(
    mut draft: Draft<'_>,
    id: &EpisodeId,
    question: QuestionId,
) -> Result<Decision, Refusal> {
    let episode = draft.chat.episodes.iter().find(|e| &e.id == id).ok_or(Refusal::Expired)?;
    let position = episode.position(question).ok_or(Refusal::Expired)?;
    let asked = episode.question(question).ok_or(Refusal::Expired)?;
    let text = saying::correction(&draft.settings, episode, position, asked);
    check_x(&text)?;
    // Named by what it says: pressed twice it is one post, and X would refuse a second of the same text.
    let what = format!("{id}/q/{question}/correction/{:016x}", crate::name::fold(&text));
    let corrections: Vec<Delivery> = draft
        .everywhere(episode, &what, |_| crate::text::Text::plain(text.clone()).into())
        .into_iter()
        .filter(|d| d.to.platform == Platform::X)
        .collect();
    if corrections.is_empty() {
        return Err(Refusal::XNotReady);
    }
    draft.decision.effects.extend(corrections);
    Ok(draft.instead(words::correcting(position)))
}

pub(super) fn refile_menu(draft: Draft<'_>, id: &EpisodeId, post: &PostId) -> Result<Decision, Refusal> {
    let episode = draft.chat.episodes.iter().find(|e| &e.id == id).ok_or(Refusal::Expired)?;
    let name = filed(&draft)?.post.author.name.clone();
    let message = words::refile_menu(episode, post, &name);
    Ok(draft.answer(message))
}

pub(super) fn refile(
    draft: Draft<'_>,
    _episode: &EpisodeId,
    _post: &PostId,
    position: u32,
) -> Result<Decision, Refusal> {
    move_card(draft, position)
}

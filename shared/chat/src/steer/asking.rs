//! Topic, guests and questions.

use chrono::{DateTime, Utc};

use super::live::{check_x, going_out};
use super::{Draft, filed, move_card};
use crate::action::Action;
use crate::agenda::{Episode, Guest, State};
use crate::command::{GuestChange, On};
use crate::copy::{announce as saying, reply as words};
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{DeliveryId, EpisodeId, Platform, PostId, QuestionId};
use crate::reply::Reply;
use crate::settings::City;
use crate::{Decision, Refusal, weigh, zone};

pub(super) fn topic(mut draft: Draft<'_>, text: &str, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    if let Some(link) = weigh::urls(text).into_iter().next() {
        return Err(Refusal::Link(text.get(link).unwrap_or_default().to_owned()));
    }
    // Announcements put names, times and a greeting around it; half of a post is what they leave.
    let room = weigh::LIMIT / 2;
    let length = weigh::weighted_length(text);
    if length > room {
        return Err(Refusal::TopicTooLong { over: length - room });
    }
    episode.topic = Some(text.trim().to_owned());
    let reply = words::topic(&draft.settings, &episode, draft.now);
    draft.tell(words::did_topic(&draft.settings, &episode, draft.now));
    draft.write(episode);
    Ok(draft.undoable("the topic", reply))
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
            let guest = Guest {
                name: typed.name.clone(),
                city: Some(City { name, zone }),
                line: typed.about.clone(),
                handle: typed.handle.clone(),
            };
            let reply = words::guest(&draft.settings, &episode, &guest, draft.now);
            draft.tell(words::did_guest(&draft.settings, &episode, &guest.name, draft.now));
            episode.guests.retain(|g| !g.name.eq_ignore_ascii_case(&guest.name));
            episode.guests.push(guest);
            draft.write(episode);
            Ok(draft.undoable("the guest", reply))
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

/// Checks a question as it will stand on X; gives its weighted length there.
fn check(draft: &Draft<'_>, position: u32, text: &str) -> Result<usize, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    check_x(&saying::question_on_x(&draft.settings.hashtag, position, text))
}

/// When the same words stood at the same place before: X refuses a text that it has seen.
fn asked_before(draft: &Draft<'_>, id: &EpisodeId, position: u32, text: &str) -> Option<DateTime<Utc>> {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = letters(text);
    let others = draft.chat.episodes.iter().filter(|e| e.id != *id && e.state != State::Cancelled);
    others.filter(|e| e.at(position).is_some_and(|q| letters(&q.text) == wanted)).map(|e| e.starts).max()
}

pub(super) fn ask(mut draft: Draft<'_>, text: &str, on: Option<&On>) -> Result<Decision, Refusal> {
    let mut episode = draft.target(on)?;
    let before: Vec<_> = episode.questions.iter().map(|q| (q.id, q.due)).collect();
    let position = episode.add_question(text.trim());
    let length = check(&draft, position, text)?;
    episode.arrange(&draft.settings.cadence, None, draft.now);
    let mut reply = words::asked(&draft.settings, &episode, position, &before, length, draft.now)
        .button("Edit", Action::Edit(episode.id.clone()));
    if let Some(twin) = asked_before(&draft, &episode.id, position, text) {
        reply = words::asked_before(reply, &draft.settings, position, twin, draft.now);
    }
    draft.write(episode);
    draft.tell(words::did_ask(position));
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
    let was = std::mem::replace(&mut question.text, text.trim().to_owned());
    let due = question.due.filter(|_| !matches!(episode.state, State::Paused { .. }));
    let mut reply = words::replaced(&draft.settings, at, text, &was, due, length);
    if let Some(twin) = asked_before(&draft, &episode.id, at, text) {
        reply = words::asked_before(reply, &draft.settings, at, twin, draft.now);
    }
    draft.write(episode);
    draft.tell(words::did_replace(at));
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
    not_asked(&episode, from, draft.now)?;
    not_asked(&episode, to, draft.now)?;
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
    draft.write(episode);
    draft.tell(words::did_reorder(from, to));
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
    draft.write(episode);
    draft.tell(words::did_drop(at));
    Ok(draft.undoable(&format!("dropping Q{at}"), reply))
}

pub(super) fn questions(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
    if !draft.settings.is_organiser(&draft.asking.by) {
        let message = words::questions_asked(draft.chat, draft.now);
        return Ok(draft.answer(message));
    }
    let mut episode = draft.target(on)?;
    if episode.version == 0 {
        episode.arrange(&draft.settings.cadence, None, draft.now);
    }
    let message = words::questions(&draft.settings, &episode, draft.now)
        .button("Edit", Action::Edit(episode.id.clone()));
    Ok(draft.answer(message))
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

/// All questions at once. Fields are keyed by permanent id (`q3`) and new ones `new1`…; an emptied
/// field drops its question. Complaints are shown beside their fields and nothing is saved.
pub(super) fn edited(
    mut draft: Draft<'_>,
    id: &EpisodeId,
    values: &[(String, String)],
) -> Result<Decision, Refusal> {
    let found = draft.chat.episodes.iter().find(|e| &e.id == id && e.is_ahead()).cloned();
    // The form of a date that only its command named: it is made now.
    let fresh = || {
        let known = draft.chat.episodes.iter().any(|e| &e.id == id);
        (id.planned > draft.now && id.chat == draft.settings.slug && !known)
            .then(|| Episode::planned(id.clone(), draft.settings.length))
    };
    let mut episode = found.or_else(fresh).ok_or(Refusal::Over)?;
    let next = episode.upcoming().and_then(|(_, q)| q.due).filter(|_| episode.is_live());
    let mut complaints = Vec::new();
    let mut gone = Vec::new();
    // Those that went out while somebody was typing stay as they were asked.
    let out: Vec<u32> = episode
        .questions
        .iter()
        .zip(1..)
        .filter(|(q, _)| {
            let key = format!("q{}", q.id);
            q.asked.is_some() && values.iter().any(|(k, text)| *k == key && text.trim() != q.text)
        })
        .map(|(_, n)| n)
        .collect();
    for question in episode.questions.iter_mut().filter(|q| q.asked.is_none()) {
        let key = format!("q{}", question.id);
        let Some((_, text)) = values.iter().find(|(k, _)| *k == key) else { continue };
        if text.trim().is_empty() {
            gone.push(question.id);
        } else {
            question.text = text.trim().to_owned();
        }
    }
    episode.questions.retain(|q| !gone.contains(&q.id));
    let mut keys: Vec<(u32, String)> =
        episode.questions.iter().zip(1..).map(|(q, n)| (n, format!("q{}", q.id))).collect();
    for (key, text) in values.iter().filter(|(k, t)| k.starts_with("new") && !t.trim().is_empty()) {
        let position = episode.add_question(text.trim());
        keys.push((position, key.clone()));
    }
    for (position, key) in &keys {
        let Some(question) = episode.at(*position).filter(|q| q.asked.is_none()) else { continue };
        if let Err(refusal) = check(&draft, *position, &question.text) {
            complaints.push((key.clone(), words::complaint(&refusal)));
        }
    }
    if !complaints.is_empty() {
        draft.decision.reply = Some(Reply::Mend(complaints));
        return Ok(draft.decision);
    }
    episode.arrange(&draft.settings.cadence, next, draft.now);
    let reply = words::edited(&draft.settings, &episode, &out, draft.now);
    draft.write(episode);
    draft.tell(words::did_edit());
    Ok(draft.undoable("the edit", reply))
}

/// Puts a question right that was asked already: in place on Discord and Slack, and with the offer of
/// a correction on X, where nothing can be edited in place.
pub(super) fn fix(mut draft: Draft<'_>, at: u32, text: &str) -> Result<Decision, Refusal> {
    let mut episode = match draft.live() {
        Ok(episode) => episode,
        Err(_) => draft
            .chat
            .episodes
            .iter()
            .filter(|e| matches!(e.state, State::Closed { .. }))
            .max_by_key(|e| e.starts)
            .cloned()
            .ok_or(Refusal::NotLive)?,
    };
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
    draft.put(episode);
    draft.tell(words::did_fix(at));
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

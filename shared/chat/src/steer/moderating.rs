//! Keeping it kind: moderators, muted words, the door. What they do to a post is in [`crate::muted`],
//! [`crate::burst`] and [`crate::door`].

use super::Draft;
use crate::agenda::Episode;
use crate::command::OrganiserChange;
use crate::copy::reply as words;
use crate::name::{Person, Platform};
use crate::settings::{Door, Settings};
use crate::{Asking, Chat, Decision, Refusal, Undo, muted};

pub(super) fn moderator(mut draft: Draft<'_>, change: &OrganiserChange) -> Result<Decision, Refusal> {
    let (user, added) = match change {
        OrganiserChange::List => {
            let message = words::moderators(&draft.settings);
            return Ok(draft.answer(message));
        }
        OrganiserChange::Add(user) => (user, true),
        OrganiserChange::Remove(user) => (user, false),
    };
    let who = Person::new(Platform::Slack, draft.settings.workspace.clone(), user.id.clone());
    let mut settings = draft.settings.clone();
    let known = settings.moderators.contains(&who);
    match (added, known) {
        (true, true) => return Err(Refusal::Unchanged),
        (true, false) if settings.is_organiser(&who) => return Err(Refusal::SteersAlready),
        (true, false) => settings.moderators.push(who.clone()),
        (false, true) => settings.moderators.retain(|m| m != &who),
        (false, false) => return Err(Refusal::NoSuchModerator),
    }
    draft.set(settings);
    draft.tell(words::did_moderator(user.name.as_deref().unwrap_or(&who.id), added));
    let reply = words::moderator_changed(&draft.settings, &who, added);
    Ok(draft.undoable("the change of moderators", reply))
}

/// Neither the desk nor the name of what can be undone says which words: whoever reads along there need not
/// know what to write around.
pub(super) fn mute(mut draft: Draft<'_>, typed: &[String]) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    let mut added = Vec::new();
    let mut known = keys(&settings);
    for word in typed {
        let key = muted::key(word).ok_or_else(|| Refusal::NoWord(word.clone()))?;
        if is_everywhere(word, &key, &settings.tag()) {
            return Err(Refusal::MutesAll(word.clone()));
        }
        if !known.contains(&key) {
            known.push(key);
            added.push(word.clone());
        }
    }
    let Some(first) = typed.first().filter(|_| added.is_empty()) else {
        if known.len() > Settings::MOST_MUTED {
            return Err(Refusal::TooManyMuted);
        }
        settings.muted.extend(added.iter().cloned());
        draft.set(settings);
        draft.tell(words::did_mute(added.len(), draft.settings.muted.len()));
        let reply = words::now_muted(&added);
        return Ok(draft.undoable("the change of muted words", reply));
    };
    Err(Refusal::MutedAlready(first.clone()))
}

pub(super) fn unmute(mut draft: Draft<'_>, typed: &[String]) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    for word in typed {
        let key = muted::key(word).ok_or_else(|| Refusal::NotMuted(word.clone()))?;
        let before = settings.muted.len();
        settings.muted.retain(|muted| muted::key(muted).as_ref() != Some(&key));
        if settings.muted.len() == before {
            return Err(Refusal::NotMuted(word.clone()));
        }
    }
    let gone = draft.settings.muted.len() - settings.muted.len();
    draft.set(settings);
    draft.tell(words::did_unmute(gone, draft.settings.muted.len()));
    let reply = words::unmuted(typed);
    Ok(draft.undoable("the change of muted words", reply))
}

/// Whether nearly every post has it: the chat's own hashtag, an answer's or question's label, a single letter.
fn is_everywhere(word: &str, key: &str, tag: &str) -> bool {
    let is_label = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    let label = key.strip_prefix(['a', 'q']).is_some_and(is_label);
    let letter = key.len() == 1 && key.bytes().all(|b| b.is_ascii_alphanumeric());
    label || letter || muted::is_in(&[word.to_owned()], tag)
}

fn keys(settings: &Settings) -> Vec<String> {
    settings.muted.iter().filter_map(|word| muted::key(word)).collect()
}

pub(super) fn door(mut draft: Draft<'_>, change: Option<Door>) -> Result<Decision, Refusal> {
    let waiting = draft.chat.seen.kept_out.waiting;
    let Some(door) = change else {
        let message = words::door(&draft.settings, waiting);
        return Ok(draft.answer(message));
    };
    if draft.settings.door == door {
        return Err(Refusal::Unchanged);
    }
    if door == Door::Regulars && draft.settings.desk.is_none() {
        return Err(Refusal::NoDesk);
    }
    let settings = Settings { door, ..draft.settings.clone() };
    draft.set(settings);
    draft.tell(words::did_door(door));
    let reply = words::door_set(&draft.settings, waiting);
    Ok(draft.undoable("the change of the door", reply))
}

/// Whether an undo takes back what the one who asks did as a moderator, and nothing that a moderator may not
/// do: somebody who steered the chat once keeps the buttons under what they did then.
pub(super) fn takes_back(chat: &Chat, asking: &Asking) -> bool {
    let Some(undo @ Undo { by: Some(by), .. }) = &chat.seen.undo else { return false };
    let settings = undo.settings.as_ref().is_none_or(|(before, _)| {
        let now = &chat.settings;
        let muted = now.muted.clone();
        let as_now =
            Settings { muted, burst: now.burst, door: now.door, version: now.version, ..before.clone() };
        as_now == *now
    });
    let episodes = undo.episodes.iter().all(|(before, _)| {
        let now = chat.episodes.iter().find(|e| e.id == before.id);
        now.is_some_and(|now| before.is_live() && is_held(before, now))
    });
    *by == asking.by && chat.settings.may_moderate(by) && settings && episodes
}

/// Whether nothing but the moments of questions differs, as after a hold.
fn is_held(before: &Episode, now: &Episode) -> bool {
    let mut as_now = Episode { version: now.version, ..before.clone() };
    for (question, now) in as_now.questions.iter_mut().zip(&now.questions) {
        question.due = now.due;
    }
    as_now == *now
}

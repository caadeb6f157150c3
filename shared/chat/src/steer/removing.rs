//! Keeping the rooms kind: hiding a post, blocking somebody, leaving somebody out who asked for it, and
//! letting them in again.

use super::Draft;
use crate::action::Action;
use crate::command::Pointed;
use crate::copy::reply as words;
use crate::name::{Platform, PostId};
use crate::post::Filed;
use crate::removal::{self, Bar, Bars, Whom, Why};
use crate::reply::Reply;
use crate::text::Message;
use crate::{Change, Decision, Refusal};

/// `hide LINK`. A post that is not here leaves its tombstone all the same: it may be on its way.
///
/// A card's own link leads to a message, which may carry several: then a button for each, never a guess.
pub(super) fn hide(draft: Draft<'_>, what: &Pointed) -> Result<Decision, Refusal> {
    let seen = &draft.chat.seen;
    if seen.own {
        return Err(Refusal::Ours);
    }
    let typed = match what {
        Pointed::OnX(id) => id,
        Pointed::Message { .. } => return Ok(hide_from(draft)),
    };
    let named = seen.named.clone();
    let post = named.unwrap_or_else(|| PostId { source: Platform::X, id: typed.to_owned() });
    if seen.filed.is_none() && seen.gone.is_some() {
        return Ok(draft.answer(words::hidden_before()));
    }
    Ok(hidden(draft, &post))
}

/// `hide LINK` of a message.
fn hide_from(draft: Draft<'_>) -> Decision {
    let Some(posts) = draft.chat.seen.pointed.clone() else {
        let message = words::no_card_there(&draft.settings);
        return draft.answer(message);
    };
    match &posts[..] {
        [] => draft.answer(words::hidden_before()),
        [only] => hidden(draft, &only.post.id),
        several => {
            let mut message = Message::from(words::which_to_hide(several.len()));
            for (n, filed) in several.iter().enumerate() {
                let episode = draft.chat.episodes.iter().find(|episode| episode.id == filed.episode);
                let label = words::one_of_several(&draft.settings, episode, n + 1, filed);
                let action = Action::Hide(filed.episode.clone(), filed.post.id.clone());
                message = message.button(label, action);
            }
            draft.answer(message)
        }
    }
}

/// A press in a card's menu, or on Unblock.
pub(super) fn press(draft: Draft<'_>, action: &Action) -> Result<Decision, Refusal> {
    match action {
        Action::Hide(_, post) if draft.chat.seen.filed.is_some() => Ok(hidden(draft, post)),
        Action::Hide(_, _) => Ok(draft.answer(words::hidden_before())),
        Action::Block(_, _) => match draft.chat.seen.filed.clone() {
            Some(filed) if is_ours(&draft, &filed) => Err(Refusal::Ours),
            Some(filed) => {
                let whom = Whom::Person(filed.post.author.person.clone());
                let called = filed.post.author.handle.clone().unwrap_or(filed.post.author.name.clone());
                Ok(barred(draft, whom, &called, Bars::Blocked))
            }
            None => Err(Refusal::Expired),
        },
        Action::Unblock(_, whom) => {
            let bars = draft.chat.seen.bars.clone();
            let mut bars = bars.into_iter().filter(|bar| bar.whom == *whom);
            let bar = bars.next().ok_or(Refusal::Unchanged)?;
            Ok(let_in(draft, &[bar]))
        }
        _ => Err(Refusal::Expired),
    }
}

fn is_ours(draft: &Draft<'_>, filed: &Filed) -> bool {
    let author = &filed.post.author.person;
    let x = draft.chat.deployment.x.as_ref();
    x.is_some_and(|(place, _)| author.platform == place.platform && author.id == place.channel)
}

fn hidden(mut draft: Draft<'_>, post: &PostId) -> Decision {
    let by = draft.chat.seen.filed.as_ref().map(|f| f.post.author.name.clone());
    let removal = removal::removed(draft.chat, post, Why::Hidden, None, draft.now);
    draft.decision.changes.extend(removal.changes);
    draft.decision.effects.extend(removal.effects);
    draft.tell(words::did_hide(by.as_deref()));
    let rooms = draft.settings.rooms().count();
    draft.answer(words::hidden(by.as_deref(), rooms))
}

/// `block @handle`, `leave-out @handle`.
pub(super) fn bar(draft: Draft<'_>, handle: &str, why: Bars) -> Result<Decision, Refusal> {
    let own = draft.chat.deployment.x.as_ref().map(|(_, handle)| handle);
    if own.is_some_and(|own| own.eq_ignore_ascii_case(handle)) {
        return Err(Refusal::Ours);
    }
    // Somebody barred before who goes by another handle now is found under the old one too.
    let before = draft.chat.seen.bars.iter().find_map(|bar| match &bar.whom {
        Whom::Person(person) => Some(person.clone()),
        Whom::Handle(_) => None,
    });
    let person = draft.chat.seen.known_as.clone().or(before);
    let whom = person.map_or_else(|| Whom::handle(handle), Whom::Person);
    Ok(barred(draft, whom, handle, why))
}

/// Writes the bar, and that everything of theirs is to go. That is done page by page afterwards: there may
/// be years of it. What waits meets the bar at its claim.
fn barred(mut draft: Draft<'_>, whom: Whom, called: &str, why: Bars) -> Decision {
    let known = matches!(whom, Whom::Person(_));
    let on_x = match &whom {
        Whom::Person(person) => person.platform == Platform::X,
        Whom::Handle(_) => true,
    };
    let name = if on_x { format!("@{called}") } else { called.to_owned() };
    let bar = Bar { whom: whom.clone(), why, called: called.to_owned(), since: draft.now };
    draft.decision.changes.push(Change::Bar(bar));
    if let Whom::Person(person) = &whom {
        let (person, until) = (person.clone(), draft.now);
        draft.decision.changes.push(Change::Erase { person, until });
    }
    let label = match why {
        Bars::Blocked => "Unblock",
        Bars::LeftOut => "Let in again",
    };
    // Not called Undo: what was taken out does not come back. At the desk too, since a reply vanishes, and who
    // was blocked in a room has no handle to be unblocked by.
    let way_back = Action::Unblock(draft.settings.slug.clone(), whom);
    draft.tell_with(words::did_bar(&name, why), Some((label, way_back.clone())));
    let reply = words::barred(&draft.settings, &name, why, known);
    let reply = Message::from(reply).button(label, way_back);
    draft.decision.reply = Some(Reply::Said(reply));
    draft.decision
}

/// `unblock @handle`: whoever is barred under it, now or when they were.
pub(super) fn unbar(draft: Draft<'_>, handle: &str) -> Result<Decision, Refusal> {
    let bars = draft.chat.seen.bars.clone();
    if bars.is_empty() {
        return Err(Refusal::NotBarred(handle.to_owned()));
    }
    Ok(let_in(draft, &bars))
}

fn let_in(mut draft: Draft<'_>, bars: &[Bar]) -> Decision {
    let mut called = String::new();
    for bar in bars {
        draft.decision.changes.push(Change::Unbar(bar.whom.clone()));
        let elsewhere = matches!(&bar.whom, Whom::Person(person) if person.platform != Platform::X);
        called = if elsewhere { bar.called.clone() } else { format!("@{}", bar.called) };
    }
    let left_out = bars.iter().any(|bar| bar.why == Bars::LeftOut);
    draft.tell(words::did_let_in(&called));
    let reply = words::unbarred(&draft.settings, &called, left_out);
    draft.answer(reply)
}

//! `catch-up`: what was missed is counted, and carried once somebody says so. What that is, is in
//! [`crate::missed`].

use super::Draft;
use crate::action::Action;
use crate::copy::reply as words;
use crate::name::EpisodeId;
use crate::{Change, Decision, Refusal, missed};

/// `catch-up`: says how many, and asks.
pub(super) fn asked(draft: Draft<'_>) -> Result<Decision, Refusal> {
    if draft.settings.retired {
        return Err(Refusal::Retired);
    }
    let Some(episode) = missed::meant(draft.chat, draft.now) else {
        return Ok(draft.answer(words::nothing_within_reach()));
    };
    let tally = missed::tally(draft.chat, episode);
    let message = words::missed(&draft.settings, episode, tally, draft.now);
    if tally.carried == 0 || draft.settings.rooms().next().is_none() {
        return Ok(draft.answer(message));
    }
    let carry = Action::CatchUp(episode.id.clone());
    Ok(draft.answer(message.main_button("Carry them", carry)))
}

/// Carries what was missed in an episode: the first of it at once, the rest page by page. There is no Undo:
/// what people have read cannot be taken back; each card can be hidden.
pub(super) fn catch_up(mut draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let episode = missed::within_reach(&draft.chat.episodes, draft.now).find(|episode| episode.id == *id);
    let episode = episode.ok_or(Refusal::Expired)?;
    let tally = missed::tally(draft.chat, episode);
    if tally.carried == 0 || draft.settings.rooms().next().is_none() {
        let message = words::missed(&draft.settings, episode, tally, draft.now);
        return Ok(draft.instead(message));
    }
    let (page, more) = missed::page(draft.chat, episode);
    draft.decision.changes.extend(page.changes);
    draft.decision.effects.extend(page.effects);
    if more {
        draft.decision.changes.push(Change::CatchingUp { episode: id.clone(), more });
    }
    draft.tell(words::did_catch_up(&draft.settings, episode, tally.carried, draft.now));
    let message = words::catching_up(&draft.settings, episode, tally.carried, draft.now);
    Ok(draft.instead(message))
}

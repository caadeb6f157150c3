//! `heard`: who was heard in an hour, in numbers. What they count is in [`crate::heard`].

use super::Draft;
use crate::command::On;
use crate::copy::reply as words;
use crate::heard;
use crate::name::Person;
use crate::{Decision, Refusal};

/// `heard`, `heard on 24 Nov`.
pub(super) fn heard(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
    let (chat, zone) = (draft.chat, draft.settings.zone);
    let meant = heard::meant(&chat.seen.past, on, zone, draft.now)?;
    let known =
        chat.seen.heard.as_ref().filter(|known| Some(&known.episode.id) == meant.map(|hour| &hour.id));
    let Some(known) = known else {
        let message = words::nothing_heard(&draft.settings, on.map(|on| on.typed.as_str()));
        return Ok(draft.answer(message));
    };
    let host = chat.deployment.x.as_ref().map(|(place, _)| Person::new(place.platform, "", &place.channel));
    let score = heard::score(known, host.as_ref());
    let message = words::heard(&draft.settings, &known.episode, &score, host.is_some(), draft.now);
    Ok(draft.answer(message))
}

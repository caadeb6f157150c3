//! What organisers do with what people suggest.

use super::Draft;
use crate::agenda::{Credit, Episode};
use crate::bank::{self, IdeaId, State};
use crate::command::On;
use crate::copy::reply as words;
use crate::name::EpisodeId;
use crate::{Change, Decision, Refusal};

/// `ideas`: what waits, to be asked in the next episode or in the one named.
pub(super) fn ideas(draft: Draft<'_>, on: Option<&On>) -> Result<Decision, Refusal> {
    let episode = draft.target(on)?;
    let message = bank::for_organisers(draft.chat, &episode, 0, draft.now);
    Ok(draft.answer(message))
}

/// More of it.
pub(super) fn more(draft: Draft<'_>, id: &EpisodeId, from: u32) -> Result<Decision, Refusal> {
    let episode = still_ahead(&draft, id)?;
    let from = usize::try_from(from).unwrap_or(0);
    let message = bank::for_organisers(draft.chat, &episode, from, draft.now);
    Ok(draft.instead(message))
}

/// Makes a suggestion the last question of an episode. Of two organisers at the same moment one meets the
/// other's version of it, decides again, and reads that it is a question already.
pub(super) fn ask(mut draft: Draft<'_>, id: &EpisodeId, idea: IdeaId) -> Result<Decision, Refusal> {
    let idea = bank::find(draft.chat, idea).cloned().ok_or(Refusal::IdeaGone)?;
    if let State::Accepted(there, question) = &idea.state {
        let there = draft.chat.episodes.iter().find(|e| e.id == *there);
        let position = there.and_then(|e| e.position(*question).map(|n| (n, e.starts)));
        return Err(position.map_or(Refusal::IdeaGone, |(n, starts)| Refusal::IdeaTaken(n, starts)));
    }
    // What one put aside another may have on the screen still: asked, it is back.
    let mut episode = still_ahead(&draft, id)?;
    let credit = Credit { idea: idea.id, by: idea.by.clone(), name: idea.name.clone() };
    let added = super::asking::Added { text: &idea.text, from: Some(credit) };
    let (question, reply) = super::asking::add(&draft, &mut episode, added)?;
    draft.decision.changes.push(Change::Idea(idea.accepted(&episode, question, draft.now)));
    let position = episode.position(question).unwrap_or_default();
    draft.tell(words::did_ask_idea(&draft.settings, &episode, position, &idea, draft.now));
    draft.write(episode);
    Ok(draft.undoable(&format!("Q{position}, a suggestion"), reply))
}

/// Puts a suggestion aside. Nobody hears of it, neither the one who made it nor the desk.
pub(super) fn put_aside(draft: Draft<'_>, id: &EpisodeId, idea: IdeaId) -> Result<Decision, Refusal> {
    let idea = bank::find(draft.chat, idea).filter(|idea| idea.waits()).ok_or(Refusal::IdeaGone)?;
    let until = Some(draft.now + bank::REMEMBERED);
    let aside = bank::Idea { state: State::Aside, until, ..idea.clone() };
    changed(draft, id, aside, |message, id, idea| {
        let mut message = words::put_aside(message, idea);
        message.buttons.insert(
            0,
            crate::text::Button {
                label: "Bring it back".to_owned(),
                action: crate::action::Action::BringBack(id.clone(), idea.id),
                weight: crate::text::Weight::Usual,
            },
        );
        message
    })
}

/// Brings back what was put aside.
pub(super) fn bring_back(draft: Draft<'_>, id: &EpisodeId, idea: IdeaId) -> Result<Decision, Refusal> {
    let aside = |idea: &&bank::Idea| idea.state == State::Aside && !idea.is_forgotten(draft.now);
    let idea = bank::find(draft.chat, idea).filter(aside).ok_or(Refusal::IdeaGone)?;
    changed(draft, id, idea.waiting_again(), |message, _, _| message)
}

/// The list as it is after a change of one of them, in place of the one that was pressed.
fn changed(
    mut draft: Draft<'_>,
    id: &EpisodeId,
    idea: bank::Idea,
    say: impl Fn(crate::text::Message, &EpisodeId, &bank::Idea) -> crate::text::Message,
) -> Result<Decision, Refusal> {
    // For the next one, where the hour that the list was made for is over by now.
    let episode = still_ahead(&draft, id).or_else(|_| draft.target(None))?;
    draft.decision.changes.push(Change::Idea(idea.clone()));
    let after = bank::after(draft.chat, &draft.decision);
    let list = bank::for_organisers(&after, &episode, 0, draft.now);
    Ok(draft.instead(say(list, &episode.id, &idea)))
}

/// The episode that a button is about: also one that only its command named, which is made now.
pub(super) fn still_ahead(draft: &Draft<'_>, id: &EpisodeId) -> Result<Episode, Refusal> {
    match draft.chat.episodes.iter().find(|e| &e.id == id) {
        Some(known) => Some(known.clone()).filter(Episode::is_ahead),
        None => (id.planned > draft.now && id.chat == draft.settings.slug)
            .then(|| Episode::planned(id.clone(), draft.settings.length)),
    }
    .ok_or(Refusal::Over)
}

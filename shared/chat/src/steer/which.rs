//! Which episode a command means, where its words leave that open: never a guess.

use chrono::Duration;

use super::Draft;
use crate::action::Action;
use crate::command::{Command, Day, GuestChange, On};
use crate::copy::{self, refusal, reply as words};
use crate::reply::Reply;
use crate::text::Message;
use crate::{Change, Decision, Kept, Refusal};

/// How long a button under a question counts.
const ASKED_FOR: Duration = Duration::minutes(30);

/// A refusal that one press can mend is asked back instead: which of two on a day, or whether the day at
/// the end of a text belongs to it. The command is kept, and the button runs it.
pub(super) fn ask_back(
    mut draft: Draft<'_>,
    command: &Command,
    refused: Refusal,
) -> Result<Decision, Refusal> {
    let slug = draft.settings.slug.clone();
    let mut keep = |n: usize, text: String| {
        let id = format!("{}-{n}", draft.asking.key);
        let kept = Kept { id: id.clone(), text, until: draft.now + ASKED_FOR };
        draft.decision.changes.push(Change::Keep(kept));
        Action::Choose(slug.clone(), id)
    };
    let message: Message = match &refused {
        Refusal::Several(starts) => {
            let zone = draft.settings.zone;
            let mut message = words::which_of(&draft.settings, starts, draft.now);
            for (n, at) in starts.iter().enumerate() {
                let local = at.with_timezone(&zone);
                let Some(again) = command.at(local.date_naive(), local.time()) else { return Err(refused) };
                message = message.button(copy::clock(&draft.settings, *at), keep(n, again));
            }
            message
        }
        Refusal::NoSuchDay(_) | Refusal::NoEpisodeOn(_) | Refusal::Skipped(_) | Refusal::Past => {
            let (Some(on), Some(whole)) = (read_off(command), command.whole()) else { return Err(refused) };
            let why = refusal::refusal(&refused, Some(&draft.settings), draft.now);
            let (question, button) = words::or_part_of_it(why, &on.typed, command.verb());
            question.button(button, keep(0, whole))
        }
        _ => return Err(refused),
    };
    Ok(draft.answer(message))
}

/// The answer, with a word on the date that was read off the end of a text: taken for a date it is gone
/// from what people will read, and whoever typed it must see that.
pub(super) fn with_what_was_read(mut decision: Decision, command: &Command) -> Decision {
    // With its year, as a button names it, it is plainly one.
    let on = read_off(command).filter(|on| !matches!(on.day, Day::Date { year: Some(_), .. }));
    if let (Some(on), Some(Reply::Said(message))) = (on, &mut decision.reply) {
        message.text = words::read_as_date(std::mem::take(&mut message.text), &on.typed);
    }
    decision
}

/// The day that was read off the end of a free text.
fn read_off(command: &Command) -> Option<&On> {
    match command {
        Command::Topic { text: Some(_), on } | Command::Ask { on, .. } => on.as_ref(),
        Command::Guest { change: GuestChange::Add(guest), on } => {
            on.as_ref().filter(|_| guest.about.is_some())
        }
        _ => None,
    }
}

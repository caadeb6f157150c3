//! What people suggest: what an event about it needs to see, and the way through a channel of two chats.

use chat::action::Action;
use chat::agenda::Episode;
use chat::bank;
use chat::command::{Command, MemberCommand};
use chat::name::{Person, Slug};
use chat::{Decision, Event, Seen};
use store::{ChatLine, Loaded, StoreError};

use crate::Host;
use crate::answer::Answer;

/// So many edits are written down together, three rows each.
const EDITS: usize = 20;

/// What an event looks up beside the chat's slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Needs {
    /// What was suggested.
    ideas: bool,
    /// The same only where a question of the slice, or of what is undone, was suggested: the suggestion follows
    /// it.
    followed: bool,
    /// The hours of the last years, to know what was asked.
    memory: bool,
    /// Whether the one who asks is barred.
    bar: bool,
}

fn needs(event: &Event) -> Needs {
    let nothing = Needs::default();
    let suggests = Needs { ideas: true, memory: true, bar: true, ..nothing };
    let votes = Needs { ideas: true, bar: true, ..nothing };
    let asks = Needs { ideas: true, memory: true, ..nothing };
    match event {
        Event::Commanded(_, Command::Suggest { .. })
        | Event::Membered(_, MemberCommand::Suggest { .. })
        | Event::Submitted(_, Action::Suggest(_), _) => suggests,
        // Who leaves is told what goes.
        Event::Membered(_, MemberCommand::Leave) | Event::Pressed(_, Action::Leave(_)) => asks,
        Event::Commanded(_, Command::Suggestions) | Event::Membered(_, MemberCommand::Suggestions) => votes,
        Event::Commanded(_, Command::Ideas { .. }) => asks,
        Event::Commanded(_, Command::Ask { at: None, .. }) => Needs { memory: true, ..nothing },
        Event::Commanded(_, Command::Ask { at: Some(_), .. }) | Event::Submitted(_, Action::Edit(_), _) => {
            Needs { memory: true, followed: true, ..nothing }
        }
        Event::Commanded(_, Command::Drop { .. }) => Needs { followed: true, ..nothing },
        Event::Pressed(_, action) => match action {
            Action::Suggest(_) => Needs { bar: true, ..nothing },
            Action::Suggestions(..) | Action::Vote(..) | Action::Unvote(..) | Action::TakeBack(..) => votes,
            Action::Ideas(..) | Action::AskIdea(..) | Action::PutAside(..) | Action::BringBack(..) => asks,
            Action::Undo(..) => Needs { followed: true, ..nothing },
            _ => nothing,
        },
        _ => nothing,
    }
}

/// Whether a question of the slice, or one that an undo may bring back, was suggested.
fn is_anything_suggested(loaded: &Loaded, seen: &Seen) -> bool {
    let suggested = |episode: &Episode| episode.questions.iter().any(|question| question.from.is_some());
    let undone = seen.undo.iter().flat_map(|undo| &undo.episodes);
    loaded.episodes.iter().any(suggested) || undone.into_iter().any(|(episode, _)| suggested(episode))
}

impl Host {
    /// Looks up what an event about questions needs: what was suggested, what was asked, who is barred. After
    /// everything else, because an Undo may bring back a question that was suggested.
    pub(crate) async fn see_bank(
        &self,
        loaded: &Loaded,
        event: &Event,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        let (slug, needs) = (&loaded.settings.slug, needs(event));
        if needs.ideas || (needs.followed && is_anything_suggested(loaded, seen)) {
            seen.ideas = self.store.ideas(slug).await?;
        }
        if needs.memory {
            let since = self.clocks.chat.now() - bank::MEMORY;
            seen.past = self.store.episodes_since(slug, since).await?;
        }
        let asking = match event {
            Event::Commanded(asking, _)
            | Event::Membered(asking, _)
            | Event::Pressed(asking, _)
            | Event::Submitted(asking, _, _) => Some(asking).filter(|_| needs.bar),
            _ => None,
        };
        if let Some(asking) = asking {
            seen.bar = self.store.bar(slug, &asking.by, None).await?;
        }
        Ok(())
    }

    /// Takes out what somebody suggested in a chat, their votes, and their name under questions: first where it
    /// stands in rooms, then in the table, so that whoever dies in between finds it there again. Repeating it is
    /// harmless.
    ///
    /// # Errors
    /// Where the table cannot be read or written; part of it may be done.
    pub(crate) async fn forget_suggestions(&self, slug: &Slug, person: &Person) -> Result<(), StoreError> {
        let now = self.clocks.chat.now();
        let Some(Loaded { settings, .. }) = self.store.load(slug, now).await? else { return Ok(()) };
        for episode in self.store.credited(slug, person).await? {
            for effects in bank::unnamed(&settings, &episode, person, now).chunks(EDITS) {
                let decision = Decision { effects: effects.to_vec(), ..Decision::default() };
                self.commit(slug, &decision, None).await?;
            }
        }
        self.store.forget_ideas(slug, person, self.clocks.real.now()).await?;
        Ok(())
    }

    /// Somebody suggests a question in a channel of several chats: it is kept, and a button each hands it in.
    pub(crate) async fn suggest_where(
        &self,
        asking: &chat::Asking,
        text: Option<&str>,
        several: Vec<ChatLine>,
    ) -> Result<Answer, StoreError> {
        let text = text.map(str::to_owned);
        // What cannot be typed cannot be kept as a command: the form takes it.
        let command = Command::Suggest { text }.written().unwrap_or_else(|| "suggest".to_owned());
        let several: Vec<_> = several.into_iter().map(|line| (line.slug, line.hashtag)).collect();
        self.ask_which(asking, &command, &several).await
    }
}

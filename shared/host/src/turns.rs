//! Turns at one chat, for what organisers do: they write the same rows, and whoever comes second would
//! only decide anew. Only a hint that saves work within this process. What keeps two processes apart is
//! the version in the table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chat::Event;
use chat::action::Action;
use chat::name::Slug;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<Slug, Arc<Turn<()>>>>>);

impl Turns {
    /// Waits for a turn, where the event wants one: a post or an answer writes rows of its own, and a busy
    /// hour must not queue for them.
    pub(crate) async fn wait(&self, slug: &Slug, event: &Event) -> Option<OwnedMutexGuard<()>> {
        let alone = match event {
            Event::Commanded(_, command) => command.changes(),
            Event::Pressed(_, action) | Event::Submitted(_, action, _) => !matches!(
                action,
                Action::Join(_)
                    | Action::Leave(_)
                    | Action::Me(_)
                    | Action::ForgetMe(_)
                    | Action::Zone(..)
                    | Action::Answer(..)
                    | Action::Hello(_)
                    | Action::Rehearsed(_)
            ),
            Event::Connected(..) => true,
            Event::Membered(..)
            | Event::Posted(_)
            | Event::Removed { .. }
            | Event::Unquoted { .. }
            | Event::CueDue(..)
            | Event::Plan
            | Event::Admitted(_)
            | Event::CatchUp(_)
            | Event::Unreached(_)
            | Event::Greeted(..)
            | Event::Nudged(..)
            | Event::Unplayed { .. } => false,
        };
        if !alone {
            return None;
        }
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(slug.clone()).or_default())
        };
        Some(turn.lock_owned().await)
    }
}

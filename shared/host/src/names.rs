//! The names and pictures that people show in Slack. Its payloads carry only their logins, so they are
//! asked for before a card is shown, and kept by this process for an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chat::name::Platform;
use chat::post::Author;
use chrono::{DateTime, TimeDelta, Utc};
use outbound::Shown;

use crate::Host;

/// A changed name is seen after this long.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// What Slack said of somebody, and until when it counts.
type Known = (DateTime<Utc>, Option<Shown>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<String, Known>>>);

impl Names {
    fn get(&self, user: &str, now: DateTime<Utc>) -> Option<Option<Shown>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(user).filter(|(until, _)| *until > now).map(|(_, shown)| shown.clone())
    }

    fn keep(&self, user: &str, shown: Option<Shown>, now: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (until, _)| *until > now);
        known.insert(user.to_owned(), (now + KEPT, shown));
    }
}

fn show(author: &mut Author, shown: Option<Shown>) {
    if let Some(Shown { name, picture }) = shown {
        author.name = name;
        author.picture = picture.or(author.picture.take());
    }
}

impl Host {
    /// Shows an author from Slack as they show themselves; by their login where Slack does not say.
    pub(crate) async fn show_as_in_slack(&self, author: &mut Author) {
        let Some(slack) = &self.slack else { return };
        let (user, now) = (author.person.id.as_str(), self.clocks.real.now());
        let shown = match self.names.get(user, now) {
            Some(shown) => shown,
            None => {
                let shown = slack.shown_as(user).await.unwrap_or_else(|error| {
                    // A missing `users:read` is no reason to keep anybody waiting.
                    tracing::warn!(%error, "a name in Slack could not be read: the login stands for it");
                    None
                });
                self.names.keep(user, shown.clone(), now);
                shown
            }
        };
        show(author, shown);
    }

    /// The same without asking Slack, as far as this process knows: for a handler, which calls no platform.
    pub(crate) fn show_as_known(&self, author: &mut Author) {
        if author.person.platform == Platform::Slack {
            let known = self.names.get(&author.person.id, self.clocks.real.now());
            show(author, known.flatten());
        }
    }
}

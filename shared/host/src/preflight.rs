//! An hour ahead: is every place there, may we write in it, and will X's posts come?

use chat::delivery::{Check, Unheard, Untaken};
use chat::name::{Place, Platform};
use chat::settings::Settings;
use futures::future::join_all;
use outbound::{Reason, SendError};

use crate::config::Source;
use crate::{Host, send};

impl Host {
    /// Looks at all of a chat's places and at where its posts come from at once, and gives what is wrong as
    /// things stand.
    pub(crate) async fn checks(&self, settings: &Settings) -> Vec<Check> {
        let (mut wrong, source) = futures::join!(self.places(settings), self.source());
        let silent = |check: &Check| match check {
            Check::Place { place, why } => place.platform == Platform::X && why.is_none(),
            Check::Source(_) => false,
        };
        // That X does not answer is one piece of news.
        let said = source == Some(Unheard::Silent) && wrong.iter().any(silent);
        wrong.extend(source.filter(|_| !said).map(Check::Source));
        wrong
    }

    async fn places(&self, settings: &Settings) -> Vec<Check> {
        let mut places: Vec<&Place> = settings.destinations.iter().map(|d| &d.place).collect();
        places.extend(settings.desk.as_ref().filter(|desk| settings.destination(desk).is_none()));
        let looked = places.into_iter().map(|place| async move {
            let why = match self.check(place, settings).await {
                Ok(()) => return None,
                // Slack tells a channel's state only to apps that may read it; then it cannot be looked at.
                Err(SendError::Rejected(refusal)) if refusal.code == "missing_scope" => {
                    tracing::warn!(%place, "not looked at: the Slack app lacks channels:read or groups:read");
                    return None;
                }
                Err(SendError::Rejected(refusal)) => Some(send::untaken(refusal.reason)),
                Err(SendError::RetryAfter { .. } | SendError::Unknown { .. }) => None,
            };
            tracing::warn!(%place, ?why, "cannot be reached, an hour ahead");
            // What a place could not stomach as such is no news about it.
            let why = why.filter(|why| !matches!(why, Untaken::Malformed | Untaken::TooLong));
            Some(Check::Place { place: place.clone(), why })
        });
        join_all(looked).await.into_iter().flatten().collect()
    }

    /// What keeps posts from coming from X. Only who may read can look; without the app's token nothing is
    /// known, and nothing is said.
    async fn source(&self) -> Option<Unheard> {
        let (x, reader) = (self.config.x.as_ref()?, self.reader.as_ref()?);
        let searched = self.searches();
        let found = reader.webhooks(self.clocks.real.now()).await;
        let why = match &found {
            Ok(webhooks) if x.source != Source::Poll => {
                // By its name where that is set. Our own address nobody told us; an app has one webhook, or a
                // few, and one of them being well is the most that can be asked.
                let ours = x.webhook_id.as_deref();
                let well = webhooks.iter().any(|w| w.valid && ours.is_none_or(|ours| w.id == ours));
                (!well).then_some(Unheard::Webhook { searched })
            }
            Ok(_) => None,
            Err(SendError::Rejected(refusal)) => match refusal.reason {
                Reason::TokenInvalid => Some(Unheard::Key { searched }),
                // Of a plan that has no webhooks nothing else can be expected.
                Reason::NoPermission if x.source != Source::Poll => Some(Unheard::Key { searched }),
                // It was looked for in the wrong way, which says nothing about the posts.
                _ => None,
            },
            Err(SendError::RetryAfter { .. } | SendError::Unknown { .. }) => Some(Unheard::Silent),
        };
        if let Err(error) = &found {
            tracing::warn!(%error, ?why, "X's webhooks could not be looked at, an hour ahead");
        } else if why.is_some() {
            tracing::warn!(?why, "posts may not come from X, an hour ahead");
        }
        why
    }

    pub(crate) async fn check(&self, place: &Place, settings: &Settings) -> Result<(), SendError> {
        match place.platform {
            Platform::Slack => match &self.slack {
                Some(slack) => slack.check_channel(&place.channel).await,
                None => Ok(()),
            },
            Platform::Discord => match &self.discord {
                Some(discord) => discord.check_channel(&place.channel).await,
                None => Ok(()),
            },
            Platform::X => match &self.x {
                Some(x) => x.check(&format!("check {}", settings.slug), self.clocks.real.now()).await,
                None => Ok(()),
            },
        }
    }
}

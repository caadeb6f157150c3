//! An hour ahead: is every place there, and may we write in it?

use chat::delivery::{Check, Untaken};
use chat::name::{Place, Platform};
use chat::settings::Settings;
use futures::future::join_all;
use outbound::SendError;

use crate::{Host, send};

impl Host {
    /// Looks at all of a chat's places at once, and gives those that cannot be reached as things stand.
    pub(crate) async fn checks(&self, settings: &Settings) -> Vec<Check> {
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
            Some(Check { place: place.clone(), why })
        });
        join_all(looked).await.into_iter().flatten().collect()
    }

    async fn check(&self, place: &Place, settings: &Settings) -> Result<(), SendError> {
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

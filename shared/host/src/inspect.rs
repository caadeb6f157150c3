//! Looking at a chat's places on somebody's wish, with every answer as it came. An hour ahead of each
//! episode the same is done by itself ([`preflight`](crate::Host)), for the organisers' ears.

use chat::name::Place;
use chat::settings::Settings;
use futures::future::join_all;
use outbound::SendError;

use crate::Host;

impl Host {
    /// Every place that a chat writes in, its desk included, and whether it can. In a Discord channel the
    /// bot shows for a moment that it is typing.
    pub async fn look_at_places(&self, settings: &Settings) -> Vec<(Place, Result<(), SendError>)> {
        let mut places: Vec<&Place> = settings.destinations.iter().map(|d| &d.place).collect();
        places.extend(settings.desk.as_ref().filter(|desk| settings.destination(desk).is_none()));
        let looks = places.into_iter().map(async |place| (place.clone(), self.check(place, settings).await));
        join_all(looks).await
    }
}

//! Discord: signatures and interactions coming in; messages, modals and commands going out.
//!
//! <https://docs.discord.com/developers/interactions/overview>,
//! <https://docs.discord.com/developers/resources/message>

mod cards;
mod parse;
mod render;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::{Value, json};
use serenity::interactions_endpoint::Verifier;

use crate::{Unverified, signed};

pub use cards::{MOST_CARDS, cards, fit};
pub use parse::interaction;
pub use render::{commands, event, event_cancelled, event_change, message, no_choices, reply};

/// Whether Discord signed this body, within five minutes of `now`. Discord itself names no window; it
/// does send wrong signatures on purpose, and drops an endpoint that accepts one.
///
/// `public_keys` are the application's keys in hexadecimal: one, or both while one is being replaced.
///
/// The signature is Ed25519 over the timestamp and the body, checked with serenity's verifier. That one
/// checks as RFC 8032 asks without multiplying by the cofactor, and refuses a signature whose scalar is
/// not reduced, so nobody can make a second valid signature out of a seen one; it agrees with every case
/// of Wycheproof (see the tests).
///
/// # Errors
/// [`Unverified`]; the order is missing, malformed, stale, wrong.
pub fn verify(
    public_keys: &[&str],
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Unverified> {
    let signature = signed::header(headers, "x-signature-ed25519")?;
    let timestamp = signed::header(headers, "x-signature-timestamp")?;
    // serenity reads each pair of digits as a number, where `+f` would pass.
    if signature.len() != 128 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Unverified::Malformed);
    }
    signed::fresh(signed::seconds(timestamp)?, now)?;
    public_keys
        .iter()
        .filter_map(|key| verifier(key))
        .any(|key| key.verify(signature, timestamp, body).is_ok())
        .then_some(())
        .ok_or(Unverified::Wrong)
}

/// Whether this can be an application's public key: 64 hexadecimal digits that name a point on the
/// curve. To be asked once at the start, since a key that cannot be one verifies nothing for ever.
pub fn is_public_key(written: &str) -> bool {
    verifier(written).is_some()
}

fn verifier(key: &str) -> Option<Verifier> {
    let bytes: [u8; 32] = hex::decode(key.trim()).ok()?.try_into().ok()?;
    Verifier::try_new(bytes).ok()
}

/// The answer to [`crate::Inbound::Ping`].
pub fn pong() -> Value {
    json!({ "type": 1 })
}

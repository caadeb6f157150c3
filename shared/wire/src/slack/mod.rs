//! Slack: signatures, commands, interactions and events coming in; Block Kit going out.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>,
//! <https://docs.slack.dev/reference/block-kit>

mod cards;
mod parse;
mod render;

use chrono::{DateTime, Utc};
use http::HeaderMap;

use crate::{Unverified, signed};

pub use cards::{MOST_CARDS, cards, fit};
pub use parse::{command, event, interaction};
pub use render::{from_home, home, in_modal, message, reply, submitted, view};

/// Whether Slack signed this body, within five minutes of `now`.
///
/// `secrets` are the app's signing secrets: one, or both while one is being replaced. `body` are the raw
/// bytes, also for `ssl_check`, which is signed like everything else.
///
/// # Errors
/// [`Unverified`]; the order is missing, malformed, stale, wrong.
pub fn verify(
    secrets: &[&str],
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Unverified> {
    let signature = signed::header(headers, "x-slack-signature")?;
    let timestamp = signed::header(headers, "x-slack-request-timestamp")?;
    let signature =
        signature.strip_prefix("v0=").and_then(|s| hex::decode(s).ok()).ok_or(Unverified::Malformed)?;
    signed::fresh(signed::seconds(timestamp)?, now)?;
    signed::signed(secrets, &[b"v0:", timestamp.as_bytes(), b":", body], &signature)
}

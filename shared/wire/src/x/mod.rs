//! X: the challenge, signatures and posts coming in; plain words going out.
//!
//! <https://docs.x.com/x-api/webhooks/quickstart>, <https://docs.x.com/x-api/activity/event-payloads>

mod metrics;
mod parse;
mod query;
mod search;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chat::text::Message;
use http::HeaderMap;
use serde_json::json;

use crate::{Unverified, signed};

pub use metrics::{Measures, metrics};
pub use parse::{Compliance, XInbound, activity, compliance};
pub use query::{MOST_QUERY, Query, queries};
pub use search::{Found, search};

/// Whether X signed this body with one of the consumer secrets: HMAC-SHA256 over the raw bytes.
///
/// X sends no time, so a copy of a request stays valid for ever. Nothing may be done twice for it, which
/// derived names see to.
///
/// # Errors
/// [`Unverified`], never [`Unverified::Stale`].
pub fn verify(consumer_secrets: &[&str], headers: &HeaderMap, body: &[u8]) -> Result<(), Unverified> {
    let signature = signed::header(headers, "x-twitter-webhooks-signature")?;
    let signature = signature
        .strip_prefix("sha256=")
        .and_then(|s| STANDARD.decode(s).ok())
        .ok_or(Unverified::Malformed)?;
    signed::signed(consumer_secrets, &[body], &signature)
}

/// A challenge that X would not have sent. A 400, and nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a crc_token has 1 to 128 characters of A-Z a-z 0-9 + / = _ -")
    }
}

impl std::error::Error for BadToken {}

/// The body that answers X's challenge (`?crc_token=…`).
///
/// The same key signs challenges and bodies, and anyone can send a challenge. Were every token signed,
/// a stranger could send a forged body as a token and get its signature in return. So only what cannot
/// be such a body is signed: no brace, quote or space, and short.
///
/// # Errors
/// [`BadToken`] for anything else.
pub fn challenge(consumer_secret: &str, crc_token: &str) -> Result<String, BadToken> {
    let fits = (1..=128).contains(&crc_token.len())
        && crc_token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b));
    if !fits {
        return Err(BadToken);
    }
    let signature = STANDARD.encode(signed::sign(consumer_secret, &[crc_token.as_bytes()]));
    Ok(json!({ "response_token": format!("sha256={signature}") }).to_string())
}

/// A message as X gets it: the words alone, times in the chat's own wording. Buttons have no place there.
pub fn text(message: &Message) -> String {
    message.text.words().lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

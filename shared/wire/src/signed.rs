//! What the three verifications share. All of it works on bytes, before anything is parsed.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::Unverified;

/// How far a signature's time may lie from ours, in seconds, before or after. Slack recommends five
/// minutes; Discord names none and gets the same.
const WINDOW: u64 = 300;

/// The one value of a header. Twice is malformed: which of them a proxy in between checked, nobody knows.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Unverified> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Unverified::Missing(name))?;
    if values.next().is_some() {
        return Err(Unverified::Malformed);
    }
    value.to_str().map_err(|_| Unverified::Malformed)
}

/// A timestamp in Unix seconds, digits only.
pub(crate) fn seconds(written: &str) -> Result<i64, Unverified> {
    let digits = !written.is_empty() && written.len() <= 12 && written.bytes().all(|b| b.is_ascii_digit());
    if digits { written.parse().map_err(|_| Unverified::Malformed) } else { Err(Unverified::Malformed) }
}

/// Whether it was signed within the window around now.
pub(crate) fn fresh(signed: i64, now: DateTime<Utc>) -> Result<(), Unverified> {
    if now.timestamp().abs_diff(signed) <= WINDOW { Ok(()) } else { Err(Unverified::Stale) }
}

/// The HMAC-SHA256 of the parts in order.
fn hmac(secret: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// The HMAC-SHA256 of the parts in order, as bytes.
pub(crate) fn sign(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    hmac(secret, parts).finalize().into_bytes().to_vec()
}

/// Whether one of the secrets signed the parts; compared in constant time. A blank secret signs nothing:
/// one that was never set must not open the door.
pub(crate) fn signed(secrets: &[&str], parts: &[&[u8]], signature: &[u8]) -> Result<(), Unverified> {
    secrets
        .iter()
        .filter(|secret| !secret.trim().is_empty())
        .any(|secret| hmac(secret, parts).verify_slice(signature).is_ok())
        .then_some(())
        .ok_or(Unverified::Wrong)
}

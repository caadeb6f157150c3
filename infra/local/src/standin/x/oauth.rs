//! OAuth 1.0a as X checks it: the signature is computed anew from what arrived.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;

use super::Inner;
use crate::standin::call::percent_decode;
use crate::standin::{Call, lock, pairs};

impl Inner {
    /// OAuth 1.0a, RFC 5849 §3: <https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature>.
    pub(super) fn check_oauth(
        &self,
        call: &Call,
        given: &BTreeMap<String, String>,
    ) -> Result<(), &'static str> {
        let field = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
        if field("oauth_consumer_key") != self.config.consumer_key {
            return Err("another consumer key");
        }
        if field("oauth_token") != self.config.access_token {
            return Err("another token");
        }
        if field("oauth_signature_method") != "HMAC-SHA1" {
            return Err("another signature method");
        }
        if !matches!(given.get("oauth_version").map(String::as_str), None | Some("1.0")) {
            return Err("another version");
        }
        let now = self.room.now();
        let timestamp: i64 = field("oauth_timestamp").parse().map_err(|_| "no timestamp")?;
        if now.timestamp().abs_diff(timestamp) > 300 {
            return Err("the timestamp is out of bounds");
        }
        let nonce = field("oauth_nonce");
        if nonce.is_empty() {
            return Err("no nonce");
        }
        let mut parameters: Vec<(String, String)> = given
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "oauth_signature" | "realm"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        parameters.extend(form_urlencoded::parse(call.query.as_bytes()).into_owned());
        if call.is_form() {
            parameters.extend(pairs(&call.body));
        }
        let url = format!("http://{}{}", call.header("host").to_ascii_lowercase(), call.path);
        let secrets = (self.config.consumer_secret.as_str(), self.config.access_token_secret.as_str());
        if oauth_signature(call.method.as_str(), &url, &parameters, secrets) != field("oauth_signature") {
            return Err("the signature does not match");
        }
        let mut state = lock(&self.state);
        state.nonces.retain(|_, at| now - *at < TimeDelta::minutes(10));
        if state.nonces.insert(format!("{timestamp} {nonce}"), now).is_some() {
            return Err("the nonce was used before");
        }
        Ok(())
    }
}

/// RFC 3986, §2.3: everything but the unreserved.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// RFC 5849, §3.4: the signature over method, address and decoded parameters, in base64.
fn oauth_signature(
    method: &str,
    url: &str,
    parameters: &[(String, String)],
    (consumer, token): (&str, &str),
) -> String {
    let mut encoded: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let base = format!("{method}&{}&{}", encode(url), encode(&joined.join("&")));
    let key = format!("{}&{}", encode(consumer), encode(token));
    BASE64.encode(hmac_sha1(key.as_bytes(), base.as_bytes()))
}

pub(super) fn oauth_fields(header: &str) -> Option<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for field in header.split(',') {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        // A field twice is no header of ours.
        if out.insert(percent_decode(name.trim()), percent_decode(value)).is_some() {
            return None;
        }
    }
    Some(out)
}

fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let Ok(mut mac) = Hmac::<sha1::Sha1>::new_from_slice(key) else {
        // HMAC takes a key of any length.
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 5849, §1.2.
    #[test]
    fn the_signature_is_that_of_the_rfc() {
        let parameters = [
            ("file", "vacation.jpg"),
            ("size", "original"),
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
        let signature = oauth_signature("GET", "http://photos.example.net/photos", &parameters, secrets);
        assert_eq!(signature, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }
}

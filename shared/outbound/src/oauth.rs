//! OAuth 1.0a signatures (RFC 5849 §3.4, HMAC-SHA1), as X's user context asks for them:
//! <https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature>.
//!
//! Written here because the crate in use for it, `oauth1-request` 0.6, brings `rand` and a second
//! generation of `digest`, `hmac` and `sha1` into every Lambda for what is forty lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use sha1::{Digest, Sha1};
use url::Url;

use crate::x::Keys;

/// The `Authorization` header for a request whose body is not a form. X signs neither JSON bodies
/// nor anything else but the method, the address and the query.
///
/// The nonce is derived: a hash of the mark, the request and the instant to the nanosecond. X wants
/// it fresh for each request, and a derived one needs no source of randomness.
pub(crate) fn header(method: &Method, url: &Url, keys: &Keys, mark: &str, now: DateTime<Utc>) -> String {
    let mut hash = Sha1::new();
    for part in [mark, method.as_str(), url.as_str(), &now.to_rfc3339()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let nonce: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let timestamp = now.timestamp().to_string();
    signed(method, url, keys, &[], &nonce, &timestamp)
}

fn signed(
    method: &Method,
    url: &Url,
    keys: &Keys,
    form: &[(&str, &str)],
    nonce: &str,
    timestamp: &str,
) -> String {
    let protocol = [
        ("oauth_consumer_key", keys.consumer_key.expose()),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", timestamp),
        ("oauth_token", keys.access_token.expose()),
        ("oauth_version", "1.0"),
    ];
    let mut parameters: Vec<(String, String)> = protocol
        .iter()
        .chain(form)
        .map(|(name, value)| (encode(name), encode(value)))
        .chain(url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))))
        .collect();
    // Sorted by encoded name, then encoded value (§3.4.1.3.2).
    parameters.sort();
    let parameters: Vec<String> =
        parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();

    // The address without query, its host in lower case, its port only if unusual (§3.4.1.2): `Url`
    // keeps it so already.
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    let base = format!("{}&{}&{}", method.as_str(), encode(address.as_str()), encode(&parameters.join("&")));

    let key =
        format!("{}&{}", encode(keys.consumer_secret.expose()), encode(keys.access_token_secret.expose()));
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(base.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());

    let mut fields: Vec<String> =
        protocol.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value))).collect();
    fields.push(format!("oauth_signature=\"{}\"", encode(&signature)));
    format!("OAuth {}", fields.join(", "))
}

/// Percent-encoding as OAuth wants it (§3.6): everything but letters, digits, `-`, `.`, `_`, `~`. A
/// form's encoding, with `+` for a space and `*` left alone, gives signatures that X refuses.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn keys(consumer: &str, consumer_secret: &str, token: &str, token_secret: &str) -> Keys {
        Keys {
            consumer_key: Secret::new(consumer),
            consumer_secret: Secret::new(consumer_secret),
            access_token: Secret::new(token),
            access_token_secret: Secret::new(token_secret),
        }
    }

    fn signature(header: &str) -> String {
        let start = header.find("oauth_signature=\"").expect("a signature") + "oauth_signature=\"".len();
        let encoded = header[start..].split('"').next().expect("a closing quote");
        encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    }

    /// X's documentation, "Creating a signature": today's page, and as it stood for years before
    /// with the old host.
    #[test]
    fn signs_as_x_publishes_it() {
        let keys = keys(
            "xvz1evFS4wEEPTGEFPHBog",
            "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        );
        for (host, expected) in [
            ("api.x.com", "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="),
            ("api.twitter.com", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ] {
            let url = format!("https://{host}/1.1/statuses/update.json?include_entities=true");
            let header = signed(
                &Method::POST,
                &Url::parse(&url).expect("a URL"),
                &keys,
                &[("status", "Hello Ladies + Gentlemen, a signed OAuth request!")],
                "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
                "1318622958",
            );
            assert_eq!(signature(&header), expected, "{host}");
        }
    }

    /// Reserved characters, repeated names, names beyond ASCII and an unusual port; the expected
    /// value was computed with another implementation (Python's hmac and urllib).
    #[test]
    fn signs_awkward_queries() {
        let mut url = Url::parse("http://127.0.0.1:4040/2/users/42/tweets").expect("a URL");
        url.query_pairs_mut()
            .append_pair("exclude", "retweets")
            .append_pair("start_time", "2026-11-24T20:00:00Z")
            .append_pair("z", "a b+c~*")
            .append_pair("a", "2")
            .append_pair("a", "1")
            .append_pair("☃", "=&");
        let header =
            signed(&Method::GET, &url, &keys("key é", "se&cret", "tok", "t=s"), &[], "n", "1732480000");
        assert_eq!(signature(&header), "Am0WBieLvOnUV9haYCg80JxZ4rg=");
        assert!(header.starts_with("OAuth oauth_consumer_key=\"key%20%C3%A9\", "), "{header}");
    }

    #[test]
    fn the_nonce_is_derived_and_fresh_for_each_request() {
        let keys = keys("c", "cs", "t", "ts");
        let url = Url::parse("https://api.x.com/2/tweets").expect("a URL");
        let now = DateTime::from_timestamp(1_795_550_400, 5).expect("an instant");
        let of = |url: &Url, mark: &str, now| header(&Method::POST, url, &keys, mark, now);
        assert_eq!(of(&url, "m", now), of(&url, "m", now));
        let soon = now + chrono::Duration::nanoseconds(1);
        assert_ne!(of(&url, "m", now), of(&url, "m", soon), "a second try in the same second");
        assert_ne!(of(&url, "m", now), of(&url, "n", now));
    }
}

//! Signatures: whom we believe, and whom we do not.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::Value;
use wire::{Unverified, discord, slack, x};

use crate::shared;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    map
}

mod of_slack {
    use super::*;

    // Our own key and body; the signature was computed with another implementation (OpenSSL).
    const SECRET: &str = "2b7e151628aed2a6abf7158809cf4f3c";
    const TIME: i64 = 1_795_550_400;
    const BODY: &[u8] = b"team_id=T1&channel_id=C1&user_id=U1&command=%2Fchat&text=when";
    const SIGNATURE: &str = "v0=6c32cfbc70a6b36f60e53c2ebaddf06ce35e30c514c03774dd2400ad7c46cbdc";

    fn signed(signature: &str, time: &str) -> HeaderMap {
        headers(&[("x-slack-signature", signature), ("x-slack-request-timestamp", time)])
    }

    fn check(secrets: &[&str], signature: &str, time: &str, body: &[u8], now: i64) -> Result<(), Unverified> {
        slack::verify(secrets, &signed(signature, time), body, at(now))
    }

    #[test]
    fn our_own_vector() {
        assert_eq!(check(&[SECRET], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
    }

    #[test]
    fn the_published_vector() {
        let Some(file) = shared::file("samples/slack/signature-vector.json") else { return };
        let vector: Value = serde_json::from_slice(&file).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let (secret, time, body, signature) =
            (text("signing_secret"), text("timestamp"), text("body"), text("signature"));
        let now = time.parse().unwrap();
        assert_eq!(check(&[&secret], &signature, &time, body.as_bytes(), now), Ok(()));
        let altered = body.replace("text=", "text=x");
        assert_eq!(check(&[&secret], &signature, &time, altered.as_bytes(), now), Err(Unverified::Wrong));
        assert_eq!(check(&[&secret], &signature, &time, b"", now), Err(Unverified::Wrong));
    }

    #[test]
    fn five_minutes_before_and_after_and_not_a_second_more() {
        for (now, expected) in [
            (TIME - 301, Err(Unverified::Stale)),
            (TIME - 300, Ok(())),
            (TIME + 300, Ok(())),
            (TIME + 301, Err(Unverified::Stale)),
            (TIME + 600, Err(Unverified::Stale)),
        ] {
            assert_eq!(check(&[SECRET], SIGNATURE, "1795550400", BODY, now), expected, "{now}");
        }
    }

    #[test]
    fn either_secret_while_one_is_replaced() {
        assert_eq!(check(&["new", SECRET], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
        assert_eq!(check(&[SECRET, "new"], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
        assert_eq!(check(&["new"], SIGNATURE, "1795550400", BODY, TIME), Err(Unverified::Wrong));
        assert_eq!(check(&[], SIGNATURE, "1795550400", BODY, TIME), Err(Unverified::Wrong));
    }

    #[test]
    fn a_blank_secret_opens_nothing() {
        // Signed with the empty key, and with one of blanks.
        for signature in [
            "v0=b90f104487f5b474acc8c8e0e0a805e8f1021ffc51f55bf0c50824f33f880081",
            "v0=3997dc0c7a381548619ac50465f60960ba5696a450eec7ab784f067822fb716b",
        ] {
            for secret in ["", "  "] {
                assert_eq!(check(&[secret], signature, "1795550400", BODY, TIME), Err(Unverified::Wrong));
            }
        }
    }

    #[test]
    fn missing_malformed_doubled() {
        let only = |name, value| slack::verify(&[SECRET], &headers(&[(name, value)]), BODY, at(TIME));
        assert_eq!(
            only("x-slack-signature", SIGNATURE),
            Err(Unverified::Missing("x-slack-request-timestamp"))
        );
        assert_eq!(
            only("x-slack-request-timestamp", "1795550400"),
            Err(Unverified::Missing("x-slack-signature"))
        );
        let no_prefix = &SIGNATURE[3..];
        let short = &SIGNATURE[..SIGNATURE.len() - 2];
        for (signature, expected) in [
            ("v0=invalid-signature", Unverified::Malformed),
            ("v0=", Unverified::Wrong),
            ("", Unverified::Malformed),
            (no_prefix, Unverified::Malformed),
            (&SIGNATURE.replace("v0=", "v1="), Unverified::Malformed),
            (short, Unverified::Wrong),
        ] {
            assert_eq!(check(&[SECRET], signature, "1795550400", BODY, TIME), Err(expected), "{signature}");
        }
        for time in
            ["", "now", "-1795550400", "+1795550400", "1795550400.0", " 1795550400", "99999999999999999999"]
        {
            assert_eq!(check(&[SECRET], SIGNATURE, time, BODY, TIME), Err(Unverified::Malformed), "{time:?}");
        }
        let mut doubled = signed(SIGNATURE, "1795550400");
        doubled.append("x-slack-signature", HeaderValue::from_static("v0=00"));
        assert_eq!(slack::verify(&[SECRET], &doubled, BODY, at(TIME)), Err(Unverified::Malformed));
    }

    #[test]
    fn ssl_check_is_signed_like_everything_else() {
        assert_eq!(
            check(&[SECRET], SIGNATURE, "1795550400", b"ssl_check=1&token=x", TIME),
            Err(Unverified::Wrong)
        );
    }

    #[test]
    fn header_names_in_any_case() {
        let mut map = HeaderMap::new();
        map.insert(HeaderName::from_bytes(b"X-Slack-Signature").unwrap(), SIGNATURE.parse().unwrap());
        map.insert(
            HeaderName::from_bytes(b"X-Slack-Request-Timestamp").unwrap(),
            "1795550400".parse().unwrap(),
        );
        assert_eq!(slack::verify(&[SECRET], &map, BODY, at(TIME)), Ok(()));
    }
}

mod of_x {
    use super::*;

    fn check(secrets: &[&str], signature: &str, body: &[u8]) -> Result<(), Unverified> {
        x::verify(secrets, &headers(&[("x-twitter-webhooks-signature", signature)]), body)
    }

    #[test]
    fn the_published_vectors() {
        let Some(file) = shared::file("samples/x/webhook-signature-vectors.json") else { return };
        let vectors: Value = serde_json::from_slice(&file).unwrap();
        let secret = vectors["consumer_secret"].as_str().unwrap();
        let mut checked = 0;
        for vector in vectors["vectors"].as_array().unwrap() {
            let body = vector["body"].as_str().unwrap();
            let signature = vector["x-twitter-webhooks-signature"].as_str().unwrap();
            assert_eq!(check(&[secret], signature, body.as_bytes()), Ok(()));
            assert_eq!(check(&["other", secret], signature, body.as_bytes()), Ok(()));
            assert_eq!(check(&["other"], signature, body.as_bytes()), Err(Unverified::Wrong));
            assert_eq!(check(&[secret], signature, format!("{body} ").as_bytes()), Err(Unverified::Wrong));
            checked += 1;
        }
        assert_eq!(checked, 2);
    }

    #[test]
    fn missing_and_malformed() {
        assert_eq!(
            x::verify(&["secret"], &HeaderMap::new(), b"{}"),
            Err(Unverified::Missing("x-twitter-webhooks-signature"))
        );
        for signature in ["", "sha256", "sha1=AAAA", "sha256=not base64!", "sha256=AAA"] {
            assert_eq!(check(&["secret"], signature, b"{}"), Err(Unverified::Malformed), "{signature:?}");
        }
        for signature in ["sha256=", "sha256=AAAA"] {
            assert_eq!(check(&["secret"], signature, b"{}"), Err(Unverified::Wrong), "{signature:?}");
        }
        assert_eq!(
            check(&[""], "sha256=IvjuqQlACvmK3zaBqfMZI+9rf8ukq7VT2Sgjo+nVwl4=", b"{}"),
            Err(Unverified::Wrong)
        );
    }

    #[test]
    fn the_challenge_is_answered() {
        // The signature was computed with another implementation (OpenSSL).
        assert_eq!(
            x::challenge("consumer-secret", "Zm9vYmFy-_+/=09").unwrap(),
            r#"{"response_token":"sha256=wDKjkMa/QhxZqepSupxHekL/73k1ivP9qut9Miy1Zc0="}"#
        );
        assert!(x::challenge("secret", &"a".repeat(128)).is_ok());
    }

    #[test]
    fn a_token_that_x_would_not_send_is_not_signed() {
        for token in
            ["", &"a".repeat(129), "a b", "a\"b", "{}", "[1]", "a:b", "a,b", "ä", "a\0", "a\n", "%7B"]
        {
            assert_eq!(x::challenge("secret", token), Err(x::BadToken), "{token:?}");
        }
    }

    /// The attack: a stranger sends a forged post as a challenge, and its answer as a signature.
    #[test]
    fn the_challenge_signs_no_forgery() {
        let forged = r#"{"data":{"id":"1","text":"A1 #smxchat","created_at":"2026-11-24T20:06:00Z"}}"#;
        assert_eq!(x::challenge("secret", forged), Err(x::BadToken));
        // Short ones too: every body that is acted on is an object, and no token can be one.
        for body in ["{}", r#"{"data":1}"#] {
            assert_eq!(x::challenge("secret", body), Err(x::BadToken));
        }
    }

    proptest! {
        /// Whatever the challenge does sign verifies as a body, and is then no body.
        #[test]
        fn what_the_challenge_signs_is_no_body(token in "[A-Za-z0-9+/=_-]{1,128}") {
            let answer: Value = serde_json::from_str(&x::challenge("secret", &token).unwrap()).unwrap();
            let signature = answer["response_token"].as_str().unwrap();
            prop_assert_eq!(check(&["secret"], signature, token.as_bytes()), Ok(()));
            prop_assert!(x::activity(token.as_bytes()).is_err());
        }

        #[test]
        fn any_token_is_answered_or_refused(token in any::<String>()) {
            let allowed = token.len() <= 128 && !token.is_empty()
                && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b));
            prop_assert_eq!(x::challenge("secret", &token).is_ok(), allowed);
        }
    }
}

mod of_discord {
    use super::*;

    // Key, time and body are our own; the signature was computed with another implementation (OpenSSL).
    const KEY: &str = "0fa1c36e9a494609931bf4a4eeae25483669d899e68967aa6fe51169292c0405";
    const OTHER: &str = "634131b2a8261cec3dc54ac2fbc38bfd820801be3bd6891990b4c10c926fc26d";
    const TIME: i64 = 1_795_550_400;
    const BODY: &[u8] = br#"{"type":1,"id":"787053080478613555"}"#;
    const SIGNATURE: &str = "d652b437f4a534c60e9454513ba78e558e326fb3f4bb450be481e26c1665bce5fd4d67740e785338974e763edf0ff296c70ac5bcb8fe45b36f54763ba6796201";

    fn check(keys: &[&str], signature: &str, time: &str, body: &[u8], now: i64) -> Result<(), Unverified> {
        let map = headers(&[("x-signature-ed25519", signature), ("x-signature-timestamp", time)]);
        discord::verify(keys, &map, body, at(now))
    }

    #[test]
    fn our_own_vector() {
        assert_eq!(check(&[KEY], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
        assert_eq!(check(&[OTHER, KEY], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
        assert_eq!(check(&["not a key", KEY], SIGNATURE, "1795550400", BODY, TIME), Ok(()));
        assert_eq!(check(&[KEY], &SIGNATURE.to_uppercase(), "1795550400", BODY, TIME), Ok(()));
    }

    #[test]
    fn another_key_body_time_or_signature() {
        for (keys, signature, time, body) in [
            (&[OTHER][..], SIGNATURE, "1795550400", BODY),
            (&[][..], SIGNATURE, "1795550400", BODY),
            (&["", "zz"][..], SIGNATURE, "1795550400", BODY),
            (&[KEY][..], SIGNATURE, "1795550401", BODY),
            (&[KEY][..], SIGNATURE, "1795550400", &BODY[1..]),
            (&[KEY][..], SIGNATURE, "1795550400", b""),
            (&[KEY][..], &"0".repeat(128), "1795550400", BODY),
        ] {
            assert_eq!(check(keys, signature, time, body, TIME), Err(Unverified::Wrong));
        }
    }

    #[test]
    fn five_minutes_before_and_after_and_not_a_second_more() {
        for (now, expected) in [
            (TIME - 301, Err(Unverified::Stale)),
            (TIME - 300, Ok(())),
            (TIME + 300, Ok(())),
            (TIME + 301, Err(Unverified::Stale)),
            (TIME + 10_000, Err(Unverified::Stale)),
        ] {
            assert_eq!(check(&[KEY], SIGNATURE, "1795550400", BODY, now), expected, "{now}");
        }
    }

    #[test]
    fn missing_and_malformed() {
        let only = |name, value| discord::verify(&[KEY], &headers(&[(name, value)]), BODY, at(TIME));
        assert_eq!(only("x-signature-ed25519", SIGNATURE), Err(Unverified::Missing("x-signature-timestamp")));
        assert_eq!(
            only("x-signature-timestamp", "1795550400"),
            Err(Unverified::Missing("x-signature-ed25519"))
        );
        for signature in
            ["", "0", &SIGNATURE[1..], &format!("{SIGNATURE}00"), &"+f".repeat(64), &"ä".repeat(64)]
        {
            let mut map = headers(&[("x-signature-timestamp", "1795550400")]);
            map.insert("x-signature-ed25519", HeaderValue::from_bytes(signature.as_bytes()).unwrap());
            assert_eq!(discord::verify(&[KEY], &map, BODY, at(TIME)), Err(Unverified::Malformed));
        }
        for time in ["", "x", "1795550400Z"] {
            assert_eq!(check(&[KEY], SIGNATURE, time, BODY, TIME), Err(Unverified::Malformed));
        }
    }

    #[test]
    fn what_can_be_a_key() {
        assert!(discord::is_public_key(KEY));
        assert!(discord::is_public_key(&format!(" {KEY}\n")));
        for key in ["", "00", &KEY[2..], &"g".repeat(64), &format!("02{}", "0".repeat(62))] {
            assert!(!discord::is_public_key(key), "{key}");
        }
    }
}

proptest! {
    #[test]
    fn junk_is_refused_and_nothing_panics(
        signature in any::<Vec<u8>>(), time in any::<Vec<u8>>(), body in any::<Vec<u8>>(), now in 0_i64..4_000_000_000,
    ) {
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).unwrap_or(HeaderValue::from_static("?"));
        let mut map = HeaderMap::new();
        for name in ["x-slack-signature", "x-signature-ed25519", "x-twitter-webhooks-signature"] {
            map.insert(name, value(&signature));
        }
        for name in ["x-slack-request-timestamp", "x-signature-timestamp"] {
            map.insert(name, value(&time));
        }
        prop_assert!(slack::verify(&["secret"], &map, &body, at(now)).is_err());
        prop_assert!(discord::verify(&["secret"], &map, &body, at(now)).is_err());
        prop_assert!(x::verify(&["secret"], &map, &body).is_err());
    }
}

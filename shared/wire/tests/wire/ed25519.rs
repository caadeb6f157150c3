//! Discord's signatures against Wycheproof: all 151 cases of its Ed25519 set, given to the verifier behind
//! our door. The door itself puts a time before each message, which those signatures do not cover, so it
//! must refuse them all.

use chrono::DateTime;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use serenity::interactions_endpoint::Verifier;
use wire::Unverified;

use crate::shared;

fn bytes(hex_text: &Value) -> Vec<u8> {
    hex::decode(hex_text.as_str().unwrap()).unwrap()
}

#[test]
fn wycheproof() {
    let Some(file) = shared::file("specs/wycheproof-ed25519.json") else { return };
    let suite: Value = serde_json::from_slice(&file).unwrap();
    let mut cases = 0;
    let mut deviations = Vec::new();
    for group in suite["testGroups"].as_array().unwrap() {
        let key: [u8; 32] = bytes(&group["publicKey"]["pk"]).try_into().unwrap();
        let verifier = Verifier::try_new(key);
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = (bytes(&test["msg"]), test["sig"].as_str().unwrap());
            // The verifier puts the timestamp before the body, so an empty one leaves the message alone.
            let accepted = verifier.as_ref().is_ok_and(|v| v.verify(signature, "", &message).is_ok());
            if accepted != (test["result"] == "valid") {
                deviations
                    .push((test["tcId"].as_u64().unwrap(), test["comment"].as_str().unwrap().to_owned()));
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 151);
    assert_eq!(deviations, [], "serenity's verifier deviates");
}

/// The same signatures never pass our own door, whose message begins with a time.
#[test]
fn a_signature_without_a_time_is_nothing() {
    let Some(file) = shared::file("specs/wycheproof-ed25519.json") else { return };
    let suite: Value = serde_json::from_slice(&file).unwrap();
    for group in suite["testGroups"].as_array().unwrap() {
        let key = group["publicKey"]["pk"].as_str().unwrap();
        for test in group["tests"].as_array().unwrap() {
            let mut headers = HeaderMap::new();
            headers.insert("x-signature-timestamp", HeaderValue::from_static("1000"));
            let signature = HeaderValue::from_str(test["sig"].as_str().unwrap()).unwrap();
            headers.insert("x-signature-ed25519", signature);
            let now = DateTime::from_timestamp(1000, 0).unwrap();
            let result = wire::discord::verify(&[key], &headers, &bytes(&test["msg"]), now);
            assert!(matches!(result, Err(Unverified::Wrong | Unverified::Malformed)));
        }
    }
}

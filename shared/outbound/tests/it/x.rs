//! X: what is asked for, and what each refusal is called.

use std::time::Duration;

use chrono::TimeDelta;
use outbound::{Pace, Posted, Reason, Scope, SendError};
use serde_json::{Value, json};

use crate::script::{Act, Script, patient, refusal, reply};
use crate::transport::{now, x};

fn problem(status: u16, detail: &str) -> Act {
    reply(status, json!({ "detail": detail, "type": "about:blank", "title": "T", "status": status }))
}

#[tokio::test]
async fn posts_signed() {
    let reset = now().timestamp() + 900;
    let script = Script::play([
        reply(201, json!({ "data": { "id": "1590", "text": "Q1" } }))
            .with("x-rate-limit-remaining", 99)
            .with("x-rate-limit-reset", reset),
        reply(201, json!({ "data": { "id": "1591", "text": "Q1" } })),
    ]);
    let x = x(patient(), script.url.clone());
    let pace = Pace { remaining: 99, reset_after: Duration::from_millis(899_750), bucket: None };
    let posted = x.create_post("Q1. Why? & how", None, "d-1", now()).await;
    assert_eq!(posted, Ok(Posted { id: "1590".into(), channel: None, pace: Some(pace) }));
    x.create_post("And?", Some("1590"), "d-2", now()).await.expect("posted");

    let seen = script.seen();
    assert_eq!(seen[0].line, "POST /2/tweets");
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].body, json!({ "text": "Q1. Why? & how" }));
    assert_eq!(seen[1].body, json!({ "text": "And?", "reply": { "in_reply_to_tweet_id": "1590" } }));
    let header = seen[0].header("authorization");
    for part in [
        "OAuth oauth_consumer_key=\"ckey-hush\", oauth_nonce=\"",
        "oauth_signature_method=\"HMAC-SHA1\"",
        "oauth_timestamp=\"1795550400\"",
        "oauth_token=\"atok-hush\"",
        "oauth_version=\"1.0\"",
        "oauth_signature=\"",
    ] {
        assert!(header.contains(part), "{part} in {header}");
    }
    assert!(!header.contains("csec") && !header.contains("asec"), "{header}");
    assert_ne!(header, seen[1].header("authorization"));
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do_next() {
    let older = |code: u32| json!({ "errors": [{ "code": code, "message": "Words." }] });
    let credits = json!({
        "title": "CreditsDepleted", "detail": "Your account has no credits.",
        "type": "https://api.x.com/2/problems/credits",
    });
    let table = [
        (
            problem(403, "You are not allowed to create a Tweet with duplicate content."),
            (Reason::Duplicate, "http_403"),
        ),
        (reply(403, older(187)), (Reason::Duplicate, "187")),
        (
            problem(403, "Reply to this conversation is not allowed because you have not been mentioned"),
            (Reason::NoPermission, "http_403"),
        ),
        (problem(403, "Your Tweet text is too long."), (Reason::TooLong, "http_403")),
        (reply(403, older(186)), (Reason::TooLong, "186")),
        (problem(401, "Unauthorized"), (Reason::TokenInvalid, "http_401")),
        (reply(401, older(135)), (Reason::TokenInvalid, "135")),
        (reply(402, credits), (Reason::NoCredit, "credits")),
        (
            problem(400, "One or more parameters to your request was invalid."),
            (Reason::BadPayload, "http_400"),
        ),
        (problem(404, "Not found"), (Reason::NotFound, "http_404")),
        (problem(409, "Conflict"), (Reason::Other, "http_409")),
    ];
    for (act, (reason, code)) in table {
        let script = Script::play([act]);
        let answer = x(patient(), script.url).create_post("Q1", None, "d", now()).await;
        assert_eq!(refusal(answer), (reason, code.to_owned()));
    }
}

#[tokio::test]
async fn limits_say_when_and_for_whom() {
    let at = |seconds: i64| now().timestamp() + seconds;
    let limits: [(&str, Act, u64, Scope); 7] = [
        (
            "this window",
            reply(429, "").with("x-rate-limit-remaining", 0).with("x-rate-limit-reset", at(300)),
            299_750,
            Scope::Destination,
        ),
        ("a reset alone", reply(429, "").with("x-rate-limit-reset", at(300)), 299_750, Scope::Destination),
        (
            "the account's day, not the window that still has room",
            reply(429, "")
                .with("x-rate-limit-remaining", 90)
                .with("x-rate-limit-reset", at(300))
                .with("x-user-limit-24hour-remaining", 0)
                .with("x-user-limit-24hour-reset", at(7200)),
            7_199_750,
            Scope::Destination,
        ),
        (
            "the app's day",
            reply(429, "").with("x-app-limit-24hour-remaining", 0).with("x-app-limit-24hour-reset", at(3600)),
            3_599_750,
            Scope::Platform,
        ),
        ("the past", reply(429, "").with("x-rate-limit-reset", at(-60)), 1000, Scope::Destination),
        ("no hint", reply(429, "Too Many Requests"), 900_000, Scope::Destination),
        ("the guard", reply(403, "<html>Attention Required"), 600_000, Scope::Platform),
    ];
    for (name, act, millis, expected) in limits {
        let script = Script::play([act]);
        match x(patient(), script.url).create_post("Q1", None, "d", now()).await {
            Err(SendError::RetryAfter { after, scope, .. }) => {
                assert_eq!((after.as_millis(), scope), (millis.into(), expected), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn removes() {
    let script =
        Script::play([reply(200, json!({ "data": { "deleted": true } })), problem(404, "Not found")]);
    let x = x(patient(), script.url.clone());
    assert_eq!(x.delete_post("1590", now()).await, Ok(None));
    assert_eq!(x.delete_post("1590", now()).await, Ok(None), "gone already is removed");
    assert_eq!(script.seen()[0].line, "DELETE /2/tweets/1590");
}

fn timeline(posts: &[(&str, &str)], next: Option<&str>) -> Act {
    let data: Vec<Value> = posts
        .iter()
        .map(|(id, text)| json!({ "id": id, "text": text, "edit_history_tweet_ids": [id] }))
        .collect();
    let mut said = json!({ "meta": { "result_count": posts.len() } });
    if !data.is_empty() {
        said["data"] = data.into();
    }
    if let Some(next) = next {
        said["meta"]["next_token"] = next.into();
    }
    reply(200, said)
}

fn me() -> Act {
    reply(200, json!({ "data": { "id": "42", "name": "Host", "username": "host" } }))
}

#[tokio::test]
async fn finds_its_own() {
    let script = Script::play([
        me(),
        timeline(&[("9", "by hand"), ("8", "Q2. Other")], Some("page2")),
        timeline(&[("7", "Q1. Bread &amp; butter?")], None),
        timeline(&[], None),
    ]);
    let x = x(patient(), script.url.clone());
    let since = now() - TimeDelta::seconds(90);
    assert_eq!(x.find_own("Q1. Bread & butter?", since, now()).await, Ok(Some("7".into())));
    assert_eq!(x.find_own("Q1. Bread & butter?", since, now()).await, Ok(None));

    let seen = script.seen();
    let routes: Vec<&str> = seen.iter().map(|seen| seen.route()).collect();
    let timeline = "GET /2/users/42/tweets";
    assert_eq!(routes, ["GET /2/users/me", timeline, timeline, timeline], "who we are is asked once");
    let query = seen[1].query();
    assert_eq!(query["start_time"], "2026-11-24T19:58:30Z");
    assert_eq!(query["exclude"], "retweets");
    assert_eq!(query["max_results"], "100");
    assert_eq!(query.len(), 3, "{query:?}");
    assert_eq!(seen[2].query()["pagination_token"], "page2");
}

#[tokio::test]
async fn a_search_that_cannot_see_the_end_does_not_say_no() {
    let script = Script::play(
        std::iter::once(me()).chain(std::iter::repeat_with(|| timeline(&[("9", "by hand")], Some("more")))),
    );
    let found = x(patient(), script.url.clone()).find_own("Q1", now(), now()).await;
    assert!(matches!(found, Err(SendError::Unknown { .. })), "{found:?}");
    assert_eq!(script.seen().len(), 4);

    let script = Script::play([me(), reply(200, "{}")]);
    let found = x(patient(), script.url).find_own("Q1", now(), now()).await;
    assert!(matches!(found, Err(SendError::RetryAfter { .. })), "{found:?}");
}

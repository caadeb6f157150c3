//! X as the app reads it: what is asked for, under which names, and what each answer is called.

use std::time::Duration;

use chrono::TimeDelta;
use outbound::{
    Job, JobState, Pace, Reason, Scope, Search, Secret, SendError, Subscription, Webhook, XReader,
};
use serde_json::json;

use crate::script::{Script, patient, reply};
use crate::transport::now;

fn reader(script: &Script) -> XReader {
    XReader::new(patient(), script.url.clone(), Secret::new("bearer-hush"))
}

fn invalid() -> serde_json::Value {
    json!({ "title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request" })
}

fn searching(query: &str) -> Search<'_> {
    Search { query, from: now() - TimeDelta::minutes(10), before: None, next: None }
}

#[tokio::test]
async fn a_search_asks_for_all_that_the_webhook_has() {
    let reset = now().timestamp() + 600;
    let script = Script::play([
        reply(200, json!({ "meta": { "result_count": 0 } }))
            .with("x-rate-limit-remaining", 449)
            .with("x-rate-limit-reset", reset),
        reply(200, json!({ "meta": { "result_count": 0 } })),
    ]);
    let x = reader(&script);
    let page = x.search(&searching("(#a OR #b) -is:retweet"), now()).await.expect("a page");
    assert_eq!(page.body, br#"{"meta":{"result_count":0}}"#);
    let pace = Pace { remaining: 449, reset_after: Duration::from_millis(599_750), bucket: None };
    assert_eq!(page.pace, Some(pace));
    let more = Search { before: Some(now()), next: Some("t/1"), ..searching("#a") };
    assert_eq!(x.search(&more, now()).await.expect("a page").pace, None);

    let seen = script.seen();
    assert_eq!(seen[0].route(), "GET /2/tweets/search/recent");
    assert_eq!(seen[0].header("authorization"), "Bearer bearer-hush");
    let query = seen[0].query();
    for (name, value) in [
        ("query", "(#a OR #b) -is:retweet"),
        ("max_results", "100"),
        ("start_time", "2026-11-24T19:50:00Z"),
        ("post.fields", "created_at,entities,attachments,note_post"),
        ("expansions", "author_id,referenced_posts,attachments.media_keys,edit_history_post_ids"),
        ("user.fields", "name,username,profile_image_url"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!query.contains_key("end_time") && !query.contains_key("next_token"));
    let query = seen[1].query();
    assert_eq!(query.get("end_time").map(String::as_str), Some("2026-11-24T20:00:00Z"));
    assert_eq!(query.get("next_token").map(String::as_str), Some("t/1"));
}

#[tokio::test]
async fn the_names_that_x_takes_are_found_out_once() {
    let empty = || reply(200, json!({ "meta": { "result_count": 0 } }));
    let script = Script::play([reply(400, invalid()), empty(), empty()]);
    let x = reader(&script);
    x.search(&searching("#a"), now()).await.expect("a page");
    x.posts(&["1".into(), "2".into()], now()).await.expect("a page");
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[0].query().contains_key("post.fields"));
    for seen in &seen[1..] {
        assert!(seen.query()["tweet.fields"].contains("referenced_tweets"), "{}", seen.line);
        assert!(!seen.query().contains_key("post.fields"), "{}", seen.line);
    }
    assert_eq!(seen[2].query()["ids"], "1,2");
}

#[tokio::test]
async fn what_people_did_with_posts_is_asked_for_alone_and_by_both_names() {
    let empty = || reply(200, json!({ "data": [] }));
    let script = Script::play([reply(400, invalid()), empty(), empty()]);
    let x = reader(&script);
    for _ in 0..2 {
        x.metrics(&["1".into(), "2".into()], now()).await.expect("a page");
    }
    let seen = script.seen();
    for (seen, name) in seen.iter().zip(["post.fields", "tweet.fields", "tweet.fields"]) {
        assert_eq!(seen.route(), "GET /2/tweets");
        let query = seen.query();
        assert_eq!(query.keys().collect::<Vec<_>>(), ["ids", name]);
        assert_eq!((query["ids"].as_str(), query[name].as_str()), ("1,2", "public_metrics"));
    }
}

#[tokio::test]
async fn what_x_dislikes_by_either_name_is_refused_as_x_says_it() {
    let script = Script::play([reply(400, invalid()), reply(400, invalid()), reply(401, "")]);
    let x = reader(&script);
    let refused = x.search(&searching("#"), now()).await.expect_err("refused");
    assert_eq!(refused.reason(), Some(Reason::BadPayload), "{refused}");
    let refused = x.search(&searching("#a"), now()).await.expect_err("refused");
    assert_eq!(refused.reason(), Some(Reason::TokenInvalid), "{refused}");
    assert_eq!(script.seen().len(), 3, "another refusal is no matter of names");
}

#[tokio::test]
async fn too_often_says_when_and_a_stumble_is_asked_again() {
    let reset = now().timestamp() + 300;
    let script = Script::play([
        reply(429, json!({ "title": "Too Many Requests", "status": 429 }))
            .with("x-rate-limit-remaining", 0)
            .with("x-rate-limit-reset", reset),
        reply(503, ""),
        reply(402, json!({ "title": "CreditsDepleted" })),
    ]);
    let x = reader(&script);
    let SendError::RetryAfter { after, scope, .. } =
        x.search(&searching("#a"), now()).await.expect_err("429")
    else {
        panic!("a limit passes");
    };
    assert_eq!((after, scope), (Duration::from_millis(299_750), Scope::Destination));
    let stumbled = x.search(&searching("#a"), now()).await.expect_err("503");
    assert!(matches!(stumbled, SendError::RetryAfter { .. }), "{stumbled}");
    let unpaid = x.search(&searching("#a"), now()).await.expect_err("402");
    assert_eq!(unpaid.reason(), Some(Reason::NoCredit));
}

#[tokio::test]
async fn removals_are_subscribed_to_listed_and_left() {
    let script = Script::play([
        reply(
            200,
            json!({ "data": { "subscription": { "subscription_id": "77", "event_type": "post.delete" } } }),
        ),
        reply(200, json!({ "data": [{ "subscription_id": "78" }] })),
        reply(200, json!({ "data": {} })),
        reply(
            200,
            json!({ "data": [
                { "subscription_id": "77", "event_type": "post.delete", "filter": { "user_id": "21" } },
                { "subscription_id": "80", "event_type": "news.new", "filter": { "keyword": "tea" } },
            ], "meta": { "next_token": "0123456789abcdef" } }),
        ),
        reply(200, json!({ "data": [], "meta": {} })),
        reply(200, json!({ "data": { "deleted": true } })),
        reply(404, json!({ "title": "Not Found Error" })),
    ]);
    let x = reader(&script);
    assert_eq!(x.subscribe("post.delete", "21", "1460", now()).await, Ok("77".into()));
    assert_eq!(x.subscribe("post.delete", "22", "1460", now()).await, Ok("78".into()), "in the older shape");
    let unread = x.subscribe("post.delete", "23", "1460", now()).await.expect_err("no name");
    assert!(matches!(unread, SendError::RetryAfter { .. }), "twice is harmless: {unread}");
    let all = x.subscriptions(now()).await.expect("all");
    assert_eq!(all, [Subscription { id: "77".into(), event: "post.delete".into(), user: "21".into() }]);
    x.unsubscribe("77", now()).await.expect("ended");
    x.unsubscribe("77", now()).await.expect("one that is gone has ended");

    let seen = script.seen();
    assert_eq!(seen[0].line, "POST /2/activity/subscriptions");
    assert_eq!(
        seen[0].body,
        json!({ "event_type": "post.delete", "filter": { "user_id": "21" }, "webhook_id": "1460", "tag": "earshot" })
    );
    assert_eq!(seen[4].query().get("pagination_token").map(String::as_str), Some("0123456789abcdef"));
    assert_eq!(seen[5].line, "DELETE /2/activity/subscriptions/77");
}

#[tokio::test]
async fn webhooks_are_listed_with_whether_x_sends_there() {
    let script = Script::play([
        reply(
            200,
            json!({ "data": [
                { "id": "1460", "url": "https://example.org/x/webhook", "valid": true, "created_at": "2026-08-25T12:00:00.000Z" },
                { "id": "1461", "url": "https://example.org/old", "valid": false },
            ], "meta": { "result_count": 2 } }),
        ),
        reply(200, json!({ "meta": { "result_count": 0 } })),
        reply(200, json!({ "data": [{ "id": "1460" }] })),
        reply(401, json!({ "title": "Unauthorized", "status": 401 })),
    ]);
    let x = reader(&script);
    let webhook = |id: &str, path: &str, valid| Webhook {
        id: id.into(),
        url: format!("https://example.org/{path}"),
        valid,
    };
    let both = vec![webhook("1460", "x/webhook", true), webhook("1461", "old", false)];
    assert_eq!(x.webhooks(now()).await, Ok(both));
    assert_eq!(x.webhooks(now()).await, Ok(vec![]));
    let unread = x.webhooks(now()).await.expect_err("whether it is valid is not said");
    assert!(matches!(unread, SendError::RetryAfter { .. }), "{unread}");
    let refused = x.webhooks(now()).await.expect_err("refused");
    assert_eq!(refused.reason(), Some(Reason::TokenInvalid));
    assert_eq!(script.seen()[0].line, "GET /2/webhooks");
    assert_eq!(script.seen()[0].header("authorization"), "Bearer bearer-hush");
}

#[tokio::test]
async fn a_compliance_job_is_begun_given_ids_asked_about_and_fetched() {
    let lines = "{\"id\":\"2\",\"action\":\"delete\",\"reason\":\"deleted\"}\n";
    let script = Script::play([
        reply(
            200,
            json!({ "data": { "id": "77", "status": "created", "upload_url": "https://s.example.org/up?s=1" } }),
        ),
        reply(200, ""),
        reply(
            200,
            json!({ "data": { "id": "77", "status": "in_progress", "download_url": "https://s.example.org/d" } }),
        ),
        reply(
            200,
            json!({ "data": { "id": "77", "status": "complete", "download_url": "https://s.example.org/d" } }),
        ),
        reply(200, lines),
        reply(200, json!({ "data": { "id": "77", "status": "failed" } })),
        reply(200, json!({ "data": { "id": "77", "status": "complete" } })),
        reply(403, json!({ "title": "Forbidden", "detail": "not in your plan", "status": 403 })),
        reply(409, json!({ "title": "Conflict", "status": 409 })),
        reply(403, "<Error/>"),
    ]);
    let x = reader(&script);
    let job = |upload: Option<&str>, state| Job { id: "77".into(), upload: upload.map(str::to_owned), state };
    let begun = x.begin_compliance(now()).await;
    assert_eq!(begun, Ok(job(Some("https://s.example.org/up?s=1"), JobState::Waiting)));
    let elsewhere = format!("{}elsewhere?s=1", script.url);
    assert_eq!(x.upload_ids(&elsewhere, &["1".into(), "2".into()]).await, Ok(()));
    assert_eq!(x.compliance("77", now()).await, Ok(job(None, JobState::Waiting)));
    let done = x.compliance("77", now()).await;
    assert_eq!(done, Ok(job(None, JobState::Complete("https://s.example.org/d".into()))));
    assert_eq!(x.download_results(&elsewhere).await, Ok(lines.into()));
    assert_eq!(x.compliance("77", now()).await, Ok(job(None, JobState::Failed)));
    let unread = x.compliance("77", now()).await.expect_err("where the results lie is not said");
    assert!(matches!(unread, SendError::RetryAfter { .. }), "{unread}");
    let refused = x.begin_compliance(now()).await.expect_err("403");
    assert_eq!(refused.reason(), Some(Reason::NoPermission));
    let another = x.begin_compliance(now()).await.expect_err("409");
    assert_eq!(another.reason(), Some(Reason::Other));
    let expired = x.upload_ids(&elsewhere, &["1".into()]).await.expect_err("403");
    assert_eq!(expired.reason(), Some(Reason::NoPermission), "it is the storage's, and no guard of X's");

    let seen = script.seen();
    assert_eq!(seen[0].line, "POST /2/compliance/jobs");
    assert_eq!(seen[0].body, json!({ "type": "tweets", "name": "earshot" }));
    assert_eq!((seen[1].line.as_str(), &seen[1].body), ("PUT /elsewhere?s=1", &json!("1\n2")));
    assert_eq!(seen[1].header("content-type"), "text/plain");
    assert_eq!(seen[2].line, "GET /2/compliance/jobs/77");
    assert_eq!(seen[4].line, "GET /elsewhere?s=1");
    for seen in [&seen[1], &seen[4], &seen[9]] {
        assert_eq!(seen.header("authorization"), "", "the token is X's alone");
    }
}

#[tokio::test]
async fn what_lies_elsewhere_is_gone_to_only_where_it_is_safe_and_never_without_end() {
    let script = Script::play([reply(200, "x".repeat(8 * 1024 * 1024 + 1))]);
    let x = reader(&script);
    for address in ["http://s.example.org/d", "ftp://127.0.0.1/d", "file:///etc/hosts", "d", ""] {
        let refused = x.download_results(address).await.expect_err(address);
        assert_eq!(refused.reason(), Some(Reason::BadPayload), "{address}");
        assert_eq!(x.upload_ids(address, &["1".into()]).await, Err(refused), "{address}");
    }
    // With the real X, also nothing on this machine.
    let api = "https://api.x.example.org/".parse().expect("an address");
    let real = XReader::new(patient(), api, Secret::new("bearer-hush"));
    let refused = real.download_results(script.url.as_str()).await.expect_err("loopback");
    assert_eq!(refused.reason(), Some(Reason::BadPayload));
    assert!(script.seen().is_empty());
    let endless = x.download_results(script.url.as_str()).await.expect_err("too long");
    assert_eq!(endless.reason(), Some(Reason::TooLong));
}

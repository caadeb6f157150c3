//! Slack: what is asked for, and what each code is called.

use std::time::Duration;

use chrono::{DateTime, Utc};
use outbound::{Posted, Reason, Scope, SendError, Shown};
use serde_json::{Value, json};

use crate::script::{Act, Script, patient, refusal, reply};
use crate::transport::slack;

const PAYLOAD: &str =
    r#"{"text":"Q1. Why?","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*Q1.* Why?"}}]}"#;

fn ok(body: Value) -> Act {
    let mut body = body;
    body["ok"] = true.into();
    reply(200, body)
}

fn no(code: &str) -> Act {
    reply(200, json!({ "ok": false, "error": code }))
}

fn since() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_550_400, 250_000_000).expect("an instant")
}

#[tokio::test]
async fn posts_addressed_marked_and_without_previews() {
    let script = Script::play([ok(json!({ "channel": "D7", "ts": "1795550400.000100" }))]);
    let slack = slack(patient(), script.url.clone());
    let posted = slack.post_message("U5", Some("1795550000.000200"), PAYLOAD, "d-abc").await.expect("posted");
    let expected = Posted { id: "1795550400.000100".into(), channel: Some("D7".into()), pace: None };
    assert_eq!(posted, expected);

    let seen = script.only();
    assert_eq!(seen.line, "POST /chat.postMessage");
    assert_eq!(seen.header("authorization"), "Bearer xoxb-hush");
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
    assert!(seen.header("user-agent").starts_with("earshot/"), "{seen:?}");
    let mut expected: Value = serde_json::from_str(PAYLOAD).expect("JSON");
    expected["channel"] = "U5".into();
    expected["thread_ts"] = "1795550000.000200".into();
    expected["unfurl_links"] = false.into();
    expected["unfurl_media"] = false.into();
    expected["metadata"] = json!({ "event_type": "earshot_delivery", "event_payload": { "mark": "d-abc" } });
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn edits_removes_opens_and_introduces_itself() {
    let script = Script::play([
        ok(json!({ "ts": "1.2" })),
        ok(json!({})),
        no("message_not_found"),
        ok(json!({ "view": { "id": "V1" } })),
        ok(json!({ "view": { "id": "V1" } })),
        ok(json!({ "user": { "id": "U1", "name": "priya.s", "real_name": "Priya Sharma", "profile": {
            "display_name": "", "real_name": "Priya Sharma", "image_72": "https://a.example/72.png",
        } } })),
        ok(
            json!({ "user": { "id": "U2", "name": "sol", "profile": { "display_name": " Sol ", "image_72": "data:" } } }),
        ),
        ok(json!({ "user": { "id": "U3", "name": "mute" } })),
        ok(json!({})),
    ]);
    let slack = slack(patient(), script.url.clone());
    slack.update_message("C1", "1.2", PAYLOAD, "d-abc").await.expect("edited");
    slack.delete_message("C1", "1.2").await.expect("removed");
    slack.delete_message("C1", "1.2").await.expect("gone already is removed");
    slack.open_view("trigger.1", r#"{"type":"modal"}"#).await.expect("opened");
    slack.update_view("V1", r#"{"type":"modal"}"#).await.expect("changed");
    let shown = slack.shown_as("U1").await.expect("known");
    let picture = Some("https://a.example/72.png".to_owned());
    assert_eq!(shown, Some(Shown { name: "Priya Sharma".into(), picture }));
    let shown = slack.shown_as("U2").await.expect("known");
    assert_eq!(shown, Some(Shown { name: "Sol".into(), picture: None }));
    assert_eq!(slack.shown_as("U3").await, Ok(None));

    slack.publish_home("U1", r#"{"type":"home"}"#).await.expect("published");

    let seen = script.seen();
    let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
    let expected = ["POST /chat.update", "POST /chat.delete", "POST /chat.delete", "POST /views.open"];
    assert_eq!(lines[..4], expected);
    assert_eq!(lines[4..6], ["POST /views.update", "GET /users.info?user=U1"]);
    let mut edit: Value = serde_json::from_str(PAYLOAD).expect("JSON");
    edit["channel"] = "C1".into();
    edit["ts"] = "1.2".into();
    edit["metadata"] = json!({ "event_type": "earshot_delivery", "event_payload": { "mark": "d-abc" } });
    assert_eq!(seen[0].body, edit);
    assert_eq!(seen[1].body, json!({ "channel": "C1", "ts": "1.2" }));
    assert_eq!(seen[3].body, json!({ "trigger_id": "trigger.1", "view": { "type": "modal" } }));
    assert_eq!(seen[4].body, json!({ "view_id": "V1", "view": { "type": "modal" } }));
    assert_eq!(lines[8], "POST /views.publish");
    assert_eq!(seen[8].body, json!({ "user_id": "U1", "view": { "type": "home" } }));
}

#[tokio::test]
async fn a_message_has_an_address_which_is_https_or_none() {
    let address = "https://smx.slack.com/archives/C1/p1795550000000300?thread_ts=1795550000.000200&cid=C1";
    let script = Script::play([
        ok(json!({ "channel": "C1", "permalink": address })),
        ok(json!({ "channel": "C1", "permalink": "javascript:alert(1)" })),
        ok(json!({ "channel": "C1" })),
        no("message_not_found"),
        no("channel_not_found"),
    ]);
    let slack = slack(patient(), script.url.clone());
    assert_eq!(slack.permalink("C1", "1795550000.000300").await.expect("an address"), address);
    for _ in 0..2 {
        let other = slack.permalink("C1", "1795550000.000300").await;
        assert!(matches!(other, Err(SendError::RetryAfter { .. })), "{other:?}");
    }
    for (reason, code) in
        [(Reason::NotFound, "message_not_found"), (Reason::ChannelGone, "channel_not_found")]
    {
        assert_eq!(refusal(slack.permalink("C1", "1.2").await), (reason, code.to_owned()));
    }
    let seen = script.seen();
    assert_eq!(seen[0].line, "GET /chat.getPermalink?channel=C1&message_ts=1795550000.000300");
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do_next() {
    let table = [
        (Reason::TokenInvalid, "invalid_auth not_authed account_inactive token_revoked token_expired"),
        (Reason::ChannelGone, "channel_not_found user_not_found"),
        (
            Reason::NoPermission,
            "not_in_channel missing_scope restricted_action restricted_action_read_only_channel \
             restricted_action_thread_locked edit_window_closed cant_delete_message no_permission",
        ),
        (Reason::Archived, "is_archived"),
        (Reason::TooLong, "msg_too_long msg_blocks_too_long"),
        (Reason::BadPayload, "invalid_blocks no_text invalid_arguments invalid_metadata_format"),
        (Reason::NotFound, "message_not_found thread_not_found"),
        (Reason::Expired, "expired_trigger_id trigger_expired trigger_exchanged"),
        (Reason::Other, "brand_new_code"),
    ];
    for (reason, codes) in table {
        for code in codes.split_whitespace() {
            // Newer routes answer some of them with a 4xx status; the code counts all the same.
            for status in [200, 403] {
                let script = Script::play([reply(status, json!({ "ok": false, "error": code }))]);
                let answer = slack(patient(), script.url).post_message("C1", None, PAYLOAD, "m").await;
                assert_eq!(refusal(answer), (reason, code.to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn details_help_the_operator() {
    let script = Script::play([
        reply(200, json!({ "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "" })),
        reply(
            200,
            json!({
                "ok": false, "error": "invalid_blocks",
                "response_metadata": { "messages": ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0]"] },
            }),
        ),
    ]);
    let slack = slack(patient(), script.url);
    let error = slack.post_message("C1", None, PAYLOAD, "m").await.expect_err("refused");
    assert_eq!(error.to_string(), "refused: NoPermission [missing_scope] needs chat:write");
    let error = slack.post_message("C1", None, PAYLOAD, "m").await.expect_err("refused");
    assert!(error.to_string().contains("json-pointer:/blocks/0"), "{error}");
}

#[tokio::test]
async fn limits_say_when_and_for_whom() {
    let limits: [(Act, u64, Scope); 6] = [
        (reply(429, "").with("Retry-After", 30), 30, Scope::Destination),
        (reply(429, ""), 10, Scope::Destination),
        (no("ratelimited").with("Retry-After", 7), 7, Scope::Destination),
        (no("rate_limited"), 10, Scope::Destination),
        (no("message_limit_exceeded"), 60, Scope::Platform),
        (no("team_added_to_org"), 60, Scope::Platform),
    ];
    for (act, seconds, expected) in limits {
        let script = Script::play([act]);
        match slack(patient(), script.url).post_message("C1", None, PAYLOAD, "m").await {
            Err(SendError::RetryAfter { after, scope, .. }) => {
                assert_eq!((after, scope), (Duration::from_secs(seconds), expected));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_garbled_wait_closes_nothing_for_years() {
    for (header, seconds) in [("99999999999", 86_400), ("-5", 10), ("soon", 10), ("inf", 10)] {
        let script = Script::play([reply(429, "").with("Retry-After", header)]);
        match slack(patient(), script.url).post_message("C1", None, PAYLOAD, "m").await {
            Err(SendError::RetryAfter { after, .. }) => assert_eq!(after.as_secs(), seconds, "{header}"),
            other => panic!("{header}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn codes_that_may_have_posted_are_doubt_only_for_posting() {
    for code in ["fatal_error", "internal_error", "service_unavailable"] {
        let script = Script::play([no(code), no(code)]);
        let slack = slack(patient(), script.url);
        let posted = slack.post_message("C1", None, PAYLOAD, "m").await;
        assert!(matches!(posted, Err(SendError::Unknown { .. })), "{code}: {posted:?}");
        let edited = slack.update_message("C1", "1.2", PAYLOAD, "m").await;
        assert!(matches!(edited, Err(SendError::RetryAfter { .. })), "{code}: {edited:?}");
    }
    let script = Script::play([no("request_timeout")]);
    let torn = slack(patient(), script.url).post_message("C1", None, PAYLOAD, "m").await;
    assert!(matches!(torn, Err(SendError::RetryAfter { .. })), "nothing of a torn request is used: {torn:?}");
}

#[tokio::test]
async fn payloads_that_are_no_objects_are_not_sent() {
    let script = Script::play([]);
    let slack = slack(patient(), script.url.clone());
    for payload in ["", "[]", "\"text\"", "{"] {
        let refused = refusal(slack.post_message("C1", None, payload, "m").await);
        assert_eq!(refused, (Reason::BadPayload, "not_sent".into()));
    }
    assert!(script.seen().is_empty());
}

fn marked(ts: &str, mark: &str) -> Value {
    json!({
        "type": "message", "ts": ts, "bot_id": "B1", "text": "Q1",
        "metadata": { "event_type": "earshot_delivery", "event_payload": { "mark": mark } },
    })
}

#[tokio::test]
async fn finds_what_it_marked() {
    let stranger = json!({
        "ts": "9.9", "metadata": { "event_type": "other_app", "event_payload": { "mark": "d-abc" } },
    });
    let script = Script::play([
        ok(json!({
            "messages": [{ "ts": "9.8", "text": "d-abc" }, stranger, marked("9.7", "d-xyz")],
            "has_more": true, "response_metadata": { "next_cursor": "more==" },
        })),
        ok(json!({ "messages": [marked("9.6", "d-abc")], "has_more": false })),
    ]);
    let found = slack(patient(), script.url.clone()).find_message("C1", None, "d-abc", since()).await;
    assert_eq!(found, Ok(Some("9.6".into())));

    let seen = script.seen();
    assert_eq!(seen[0].route(), "GET /conversations.history");
    assert_eq!(seen[0].header("authorization"), "Bearer xoxb-hush");
    let query = seen[0].query();
    assert_eq!(query["channel"], "C1");
    assert_eq!(query["oldest"], "1795550400.250000");
    assert_eq!(query["include_all_metadata"], "true");
    assert!(!query.contains_key("cursor") && !query.contains_key("ts"), "{query:?}");
    assert_eq!(seen[1].query()["cursor"], "more==");
}

#[tokio::test]
async fn looks_in_the_thread_where_there_is_one() {
    let script = Script::play([ok(json!({
        "messages": [{ "ts": "1.1", "text": "parent" }], "response_metadata": { "next_cursor": "" },
    }))]);
    let found = slack(patient(), script.url.clone()).find_message("C1", Some("1.1"), "d-abc", since()).await;
    assert_eq!(found, Ok(None));
    let seen = script.only();
    assert_eq!(seen.route(), "GET /conversations.replies");
    assert_eq!(seen.query()["ts"], "1.1");
}

#[tokio::test]
async fn a_search_that_cannot_see_the_end_does_not_say_no() {
    let endless = std::iter::repeat_with(|| {
        ok(json!({ "messages": [], "has_more": true, "response_metadata": { "next_cursor": "more" } }))
    });
    let script = Script::play(endless);
    let found = slack(patient(), script.url.clone()).find_message("C1", None, "m", since()).await;
    assert!(matches!(found, Err(SendError::Unknown { .. })), "{found:?}");
    assert_eq!(script.seen().len(), 5);

    let broken = Script::play([ok(json!({ "messages": [], "has_more": true }))]);
    let found = slack(patient(), broken.url).find_message("C1", None, "m", since()).await;
    assert!(matches!(found, Err(SendError::RetryAfter { .. })), "{found:?}");
}

#[tokio::test]
async fn responds_to_slack_and_the_stand_in_and_nobody_else() {
    let script = Script::play([reply(200, "ok"), reply(200, r#"{"ok":true}"#)]);
    let slack = slack(patient(), script.url.clone());
    let url = script.url.join("/hooks/T1/secret").expect("a URL");
    slack.respond(url.as_str(), r#"{"text":"Saved as Q3"}"#).await.expect("answered");
    slack.respond(url.as_str(), r#"{"text":"Saved as Q4"}"#).await.expect("answered");
    let seen = script.seen();
    assert_eq!(seen[0].line, "POST /hooks/T1/secret");
    assert_eq!(seen[0].header("authorization"), "", "the token stays at home");
    assert_eq!(seen[0].body, json!({ "text": "Saved as Q3" }));

    for stranger in [
        "https://example.org/commands/T1/1/x",
        "http://hooks.slack.com/commands/T1/1/x",
        "https://hooks.slack.com.example.org/commands",
        "https://hooks.slack.com@example.org/commands",
        "https://me@hooks.slack.com/commands",
        "https://hooks.slack.com:8443/commands",
        "http://127.0.0.1:1/hooks",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "/hooks/relative",
        "",
    ] {
        let refused = refusal(slack.respond(stranger, "{}").await);
        assert_eq!(refused, (Reason::BadPayload, "not_sent".into()), "{stranger}");
    }
}

#[tokio::test]
async fn a_response_address_ends() {
    let ends = [
        (reply(404, json!({ "ok": false, "error": "used_url" })), (Reason::Expired, "used_url")),
        (reply(404, json!({ "ok": false, "error": "expired_url" })), (Reason::Expired, "expired_url")),
        (reply(404, "no_service"), (Reason::Expired, "http_404")),
        (reply(400, "invalid_payload"), (Reason::BadPayload, "http_400")),
        (no("invalid_blocks"), (Reason::BadPayload, "invalid_blocks")),
    ];
    for (act, (reason, code)) in ends {
        let script = Script::play([act]);
        let url = script.url.join("hooks").expect("a URL");
        let answer = slack(patient(), script.url).respond(url.as_str(), "{}").await;
        assert_eq!(refusal(answer), (reason, code.to_owned()));
    }
    let script = Script::play([reply(429, "").with("Retry-After", 3)]);
    let url = script.url.join("hooks").expect("a URL");
    let answer = slack(patient(), script.url).respond(url.as_str(), "{}").await;
    assert!(matches!(answer, Err(SendError::RetryAfter { after, .. }) if after.as_secs() == 3));
}

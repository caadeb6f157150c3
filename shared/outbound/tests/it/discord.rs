//! Discord: what is asked for, and what each code is called.

use std::time::Duration;

use chrono::{DateTime, Utc};
use outbound::{Pace, Posted, Reason, Scope, SendError};
use serde_json::{Value, json};

use crate::script::{Act, Script, patient, refusal, reply};
use crate::transport::discord;

const PAYLOAD: &str = r#"{"content":"**Q1.** Why?","allowed_mentions":{"parse":[]},"flags":4096}"#;
const AGENT: &str = "DiscordBot (https://github.com/earshot/earshot, 0.1.0)";

fn since() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_550_400, 250_900_000).expect("an instant")
}

/// A snowflake for an instant this many milliseconds after [`since`].
fn snowflake(millis: i64) -> String {
    (((1_795_550_400_250 + millis - 1_420_070_400_000) << 22) + 5).to_string()
}

fn paced(act: Act) -> Act {
    act.with("X-RateLimit-Limit", 5)
        .with("X-RateLimit-Remaining", 4)
        .with("X-RateLimit-Reset-After", "1.5")
        .with("X-RateLimit-Bucket", "abcd")
}

fn pace() -> Pace {
    Pace { remaining: 4, reset_after: Duration::from_millis(1500), bucket: Some("abcd".into()) }
}

#[tokio::test]
async fn creates_once() {
    let script = Script::play([paced(reply(200, json!({ "id": "77", "channel_id": "12" })))]);
    let posted = discord(patient(), script.url.clone()).create_message("12", PAYLOAD, "n-1").await;
    let expected = Posted { id: "77".into(), channel: Some("12".into()), pace: Some(pace()) };
    assert_eq!(posted, Ok(expected));

    let seen = script.only();
    assert_eq!(seen.line, "POST /channels/12/messages");
    assert_eq!(seen.header("authorization"), "Bot bot-hush");
    assert_eq!(seen.header("user-agent"), AGENT);
    assert_eq!(seen.header("content-type"), "application/json");
    let mut expected: Value = serde_json::from_str(PAYLOAD).expect("JSON");
    expected["nonce"] = "n-1".into();
    expected["enforce_nonce"] = true.into();
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn whoever_may_be_pinged_is_said_or_nothing_is_sent() {
    let script = Script::play([]);
    let discord = discord(patient(), script.url.clone());
    let not_sent = (Reason::BadPayload, "not_sent".to_owned());
    for payload in [r#"{"content":"hi"}"#, r#"{"content":"hi","allowed_mentions":null}"#, "[]"] {
        assert_eq!(refusal(discord.create_message("1", payload, "n").await), not_sent);
        assert_eq!(refusal(discord.edit_message("1", "2", payload).await), not_sent);
        assert_eq!(refusal(discord.edit_original("t", payload).await), not_sent);
        assert_eq!(refusal(discord.hand_over("t", payload, "a.json", "{}").await), not_sent);
    }
    for name in ["", "a\".json", "a\r\nb.json"] {
        assert_eq!(refusal(discord.hand_over("t", PAYLOAD, name, "{}").await), not_sent);
    }
    for nonce in ["", "a-nonce-of-26-characters-ab"] {
        assert_eq!(refusal(discord.create_message("1", PAYLOAD, nonce).await), not_sent);
    }
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn the_other_calls() {
    let script = Script::play([
        paced(reply(200, json!({ "id": "2" }))),
        paced(reply(204, "")),
        reply(404, json!({ "message": "Unknown Message", "code": 10008 })),
        reply(204, ""),
        reply(204, ""),
        reply(404, json!({ "message": "Unknown Member", "code": 10007 })),
        reply(201, json!({ "id": "31", "type": 11 })),
        reply(
            400,
            json!({ "message": "A thread has already been created for this message", "code": 160004 }),
        ),
        reply(200, json!({ "id": "5" })),
        reply(200, json!({ "id": "99", "username": "earshot", "bot": true })),
    ]);
    let discord = discord(patient(), script.url.clone());
    assert_eq!(discord.edit_message("1", "2", PAYLOAD).await, Ok(Some(pace())));
    assert_eq!(discord.delete_message("1", "2").await, Ok(Some(pace())));
    assert_eq!(discord.delete_message("1", "2").await, Ok(None), "gone already is removed");
    assert_eq!(discord.grant_role("4", "5", "6").await, Ok(None));
    assert_eq!(discord.revoke_role("4", "5", "6").await, Ok(None));
    assert_eq!(discord.revoke_role("4", "5", "6").await, Ok(None), "who left has no role");
    assert_eq!(discord.start_thread("1", "31", "Q1").await, Ok("31".into()));
    assert_eq!(discord.start_thread("1", "32", "Q2").await, Ok("32".into()), "already there is found");
    assert_eq!(discord.edit_original("aW50", PAYLOAD).await, Ok(None));
    assert_eq!(discord.me().await.expect("known").id, "99");

    let seen = script.seen();
    let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "PATCH /channels/1/messages/2",
            "DELETE /channels/1/messages/2",
            "DELETE /channels/1/messages/2",
            "PUT /guilds/4/members/5/roles/6",
            "DELETE /guilds/4/members/5/roles/6",
            "DELETE /guilds/4/members/5/roles/6",
            "POST /channels/1/messages/31/threads",
            "POST /channels/1/messages/32/threads",
            "PATCH /webhooks/900/aW50/messages/@original",
            "GET /users/@me",
        ]
    );
    assert_eq!(seen[0].body, serde_json::from_str::<Value>(PAYLOAD).expect("JSON"));
    assert_eq!(seen[6].body, json!({ "name": "Q1" }));
    assert_eq!(seen[8].header("authorization"), "", "an interaction needs no bot token");
    assert!(seen.iter().all(|seen| seen.header("user-agent") == AGENT));
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do_next() {
    let form = |code: &str| {
        let fault = json!([{ "code": code, "message": "quotes the text" }]);
        json!({
            "code": 50035, "message": "Invalid Form Body",
            "errors": { "embeds": { "0": { "description": { "_errors": fault } } } },
        })
    };
    let plain = |code: u32| json!({ "code": code, "message": "Words" });
    let table = [
        (401, plain(0), Reason::TokenInvalid, "http_401"),
        (401, plain(40001), Reason::TokenInvalid, "40001"),
        (401, plain(50014), Reason::TokenInvalid, "50014"),
        (404, plain(10003), Reason::ChannelGone, "10003"),
        (404, plain(10008), Reason::NotFound, "10008"),
        (404, plain(10007), Reason::NotFound, "10007"),
        (404, plain(0), Reason::NotFound, "http_404"),
        (403, plain(50001), Reason::NoPermission, "50001"),
        (403, plain(50013), Reason::NoPermission, "50013"),
        (403, plain(50007), Reason::NoPermission, "50007"),
        (400, plain(50083), Reason::Archived, "50083"),
        (400, plain(200_000), Reason::Blocked, "200000"),
        (400, plain(220_001), Reason::BadPayload, "220001"),
        (400, form("BASE_TYPE_MAX_LENGTH"), Reason::TooLong, "50035"),
        (400, form("BASE_TYPE_CHOICES"), Reason::BadPayload, "50035"),
        (400, plain(50035), Reason::BadPayload, "50035"),
        (413, plain(40005), Reason::TooLong, "40005"),
        (400, plain(987_654), Reason::Other, "987654"),
    ];
    for (status, body, reason, code) in table {
        let script = Script::play([reply(status, body)]);
        let answer = discord(patient(), script.url).create_message("1", PAYLOAD, "n").await;
        assert_eq!(refusal(answer), (reason, code.to_owned()));
    }

    let script = Script::play([reply(400, form("BASE_TYPE_MAX_LENGTH"))]);
    let error = discord(patient(), script.url).create_message("1", PAYLOAD, "n").await.expect_err("refused");
    let expected = "refused: TooLong [50035] Invalid Form Body: embeds.0.description: BASE_TYPE_MAX_LENGTH";
    assert_eq!(error.to_string(), expected, "where and what, without the words that may quote the text");
}

/// A token of the interaction's that is over must not look like the bot's own token being revoked.
#[tokio::test]
async fn an_interaction_that_is_over_is_not_a_revoked_bot() {
    for (status, code) in [(404, 10015), (404, 10062), (401, 50027), (401, 0), (404, 0)] {
        let script = Script::play([reply(status, json!({ "code": code, "message": "Words" }))]);
        let (reason, _) = refusal(discord(patient(), script.url).edit_original("t", PAYLOAD).await);
        assert_eq!(reason, Reason::Expired, "{status} {code}");
    }
}

#[tokio::test]
async fn limits_say_when_and_for_whom() {
    let said = |retry_after: f64, global: bool| json!({ "message": "You are being rate limited.", "retry_after": retry_after, "global": global });
    let limits: [(&str, Act, u64, Scope); 10] = [
        ("the body is finer", reply(429, said(0.25, false)).with("Retry-After", 1), 250, Scope::Destination),
        (
            "shared",
            reply(429, said(2.0, false)).with("X-RateLimit-Scope", "shared"),
            2000,
            Scope::Destination,
        ),
        ("global in the body", reply(429, said(64.5, true)), 64_500, Scope::Platform),
        (
            "global scope",
            reply(429, said(1.0, false)).with("X-RateLimit-Scope", "global"),
            1000,
            Scope::Platform,
        ),
        (
            "global flag",
            reply(429, said(1.0, false)).with("X-RateLimit-Global", "true"),
            1000,
            Scope::Platform,
        ),
        (
            "only the header",
            reply(429, "{}").with("Retry-After", 65).with("X-RateLimit-Scope", "user"),
            65_000,
            Scope::Destination,
        ),
        ("the guard", reply(429, "<html>").with("Retry-After", 90), 90_000, Scope::Platform),
        ("a ban", reply(429, "<html>error 1015"), 600_000, Scope::Platform),
        ("turned away", reply(403, "<html>error 1020"), 600_000, Scope::Platform),
        ("slow mode", reply(400, json!({ "code": 20016, "retry_after": 3.0 })), 3000, Scope::Destination),
    ];
    for (name, act, millis, expected) in limits {
        let script = Script::play([act]);
        match discord(patient(), script.url).create_message("1", PAYLOAD, "n").await {
            Err(SendError::RetryAfter { after, scope, .. }) => {
                assert_eq!((after.as_millis(), scope), (millis.into(), expected), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn me() -> Act {
    reply(200, json!({ "id": "99", "username": "earshot" }))
}

fn message(id: &str, author: &str, content: &str) -> Value {
    json!({ "id": id, "author": { "id": author }, "content": content, "embeds": [], "components": [] })
}

#[tokio::test]
async fn finds_what_looks_like_ours() {
    let wanted = json!({
        "content": " Mirrored ", "allowed_mentions": { "parse": [] },
        "embeds": [{ "url": "https://x.com/i/status/1", "description": "hello", "color": 5 }],
        "components": [{ "type": 1, "components": [{ "type": 2, "custom_id": "answer:q1", "label": "Answer" }] }],
    })
    .to_string();
    let ours = |id: &str| {
        json!({
            "id": id, "author": { "id": "99" }, "content": "Mirrored",
            "embeds": [
                { "type": "rich", "url": "https://x.com/i/status/1", "description": "hello" },
                { "type": "link", "url": "https://example.org", "description": "made by Discord" },
            ],
            "components": [{ "type": 1, "id": 1, "components": [{ "type": 2, "id": 2, "custom_id": "answer:q1" }] }],
        })
    };
    let mut stranger = ours(&snowflake(40));
    stranger["author"]["id"] = "98".into();
    let mut other_post = ours(&snowflake(30));
    other_post["embeds"][0]["url"] = "https://x.com/i/status/2".into();
    let mut other_button = ours(&snowflake(20));
    other_button["components"][0]["components"][0]["custom_id"] = "answer:q2".into();
    let found = snowflake(0);
    let page = json!([stranger, other_post, other_button, ours(&found), ours(&snowflake(-1))]);

    let script = Script::play([me(), reply(200, &page), reply(200, json!([ours(&snowflake(-1))]))]);
    let discord = discord(patient(), script.url.clone());
    assert_eq!(discord.find_message("1", &wanted, "n", since()).await, Ok(Some(found)));
    assert_eq!(discord.find_message("1", &wanted, "n", since()).await, Ok(None), "an older one is another");
    let lines: Vec<String> = script.seen().into_iter().map(|seen| seen.line).collect();
    let history = "GET /channels/1/messages?limit=100";
    assert_eq!(lines, ["GET /users/@me", history, history], "who we are is asked once");
}

#[tokio::test]
async fn finds_by_nonce_too_and_believes_the_timestamp() {
    // A stand-in's ids may be small numbers: the stated time counts before the id's.
    let mut hit = message("1001", "99", "edited meanwhile");
    hit["nonce"] = "n-1".into();
    hit["timestamp"] = "2026-11-24T20:00:01.000000+00:00".into();
    let script = Script::play([me(), reply(200, json!([hit]))]);
    let found = discord(patient(), script.url).find_message("1", PAYLOAD, "n-1", since()).await;
    assert_eq!(found, Ok(Some("1001".into())));
}

#[tokio::test]
async fn nothing_to_recognise_recognises_nothing() {
    let script = Script::play([me(), reply(200, json!([message(&snowflake(5), "99", "")]))]);
    let empty = r#"{"allowed_mentions":{"parse":[]}}"#;
    let found = discord(patient(), script.url).find_message("1", empty, "n", since()).await;
    assert_eq!(found, Ok(None));
}

#[tokio::test]
async fn pages_back_and_does_not_say_no_before_the_end() {
    let page =
        |from: i64| -> Value { (0..100).map(|i| message(&snowflake(from - i), "98", "chatter")).collect() };
    let mut acts = vec![me()];
    acts.extend((0..5).map(|n| reply(200, page(1_000_000 - n * 100))));
    let script = Script::play(acts);
    let found = discord(patient(), script.url.clone()).find_message("1", PAYLOAD, "n", since()).await;
    assert!(matches!(found, Err(SendError::Unknown { .. })), "{found:?}");
    let seen = script.seen();
    assert_eq!(seen.len(), 6);
    assert_eq!(seen[2].query()["before"], snowflake(1_000_000 - 99));

    let script = Script::play([
        me(),
        reply(200, page(1000)),
        reply(200, json!([message(&snowflake(50), "99", "**Q1.** Why?")])),
    ]);
    let found = discord(patient(), script.url).find_message("1", PAYLOAD, "n", since()).await;
    assert_eq!(found, Ok(Some(snowflake(50))));
}

#[tokio::test]
async fn a_channel_says_which_server_it_is_in() {
    let channel = |more: Value| {
        let mut channel = json!({ "id": "1", "type": 0 });
        if let Some(server) = more.as_str() {
            channel["guild_id"] = server.into();
        }
        channel
    };
    let unknown = json!({ "code": 10003, "message": "Unknown Channel" });
    let script = Script::play([
        reply(200, channel("4105".into())),
        reply(200, channel(Value::Null)),
        reply(404, unknown),
        Act::HangUp,
    ]);
    let discord = discord(patient(), script.url.clone());
    assert_eq!(discord.server_of("1").await, Ok(Some("4105".to_owned())));
    assert_eq!(discord.server_of("1").await, Ok(None));
    let gone = discord.server_of("1").await;
    assert!(
        matches!(gone, Err(SendError::Rejected(ref why)) if why.reason == Reason::ChannelGone),
        "{gone:?}"
    );
    // Asking twice is harmless, so a lost answer is no doubt.
    let lost = discord.server_of("1").await;
    assert!(matches!(lost, Err(SendError::RetryAfter { .. })), "{lost:?}");
    assert!(script.seen().iter().all(|seen| seen.line == "GET /channels/1"));
}

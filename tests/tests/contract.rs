//! A chat hour with all that it can hold, and every request of it against the platforms' documents; then
//! requests that are wrong in one thing each, to see that the check would say so.

use earshot::cast;
use earshot::standin::x::{Draft, Picture};
use earshot::standin::{Fault, Request, StandIn};
use serde_json::{Value, json};
use tests::Show;
use tests::contract::{self, Contracts};

/// A picture with words, for those who do not see it.
fn picture() -> Picture {
    Picture {
        url: "https://pbs.twimg.com/media/choir.jpg".to_owned(),
        alt: Some("A choir on a hill".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_keeps_to_the_contracts() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru, Nairobi").await;
    show.slack("set discord threads").await;
    for question in ["Who are you?", "What made you stay?", "Who kept the list?"] {
        show.slack(&format!("ask {question}")).await;
    }
    show.slack("edit").await;
    show.at("Tue 19:58").await;
    show.discord(cast::AMARA, "join").await;
    show.discord(cast::JUNO, "when").await;
    show.at("20:01").await;
    let hello = show.x("adaokafor", "Hello from Lagos! #SMXChat").await;
    show.at("20:06").await;
    show.x("brunolima", "A1 Bruno, from Recife & a book club: <b>hi</b> @everyone #SMXChat").await;
    show.x_reply("chidi_eze", "A1 Chidi here, hello Ada #SMXChat", Some(&hello)).await;
    show.answer(cast::AMARA, "Amara, Accra. A choir! @here").await;
    let quoting = Draft {
        quotes: Some(hello),
        pictures: vec![picture()],
        ..Draft::text("A1: this is us, on our hill. https://example.org/choir #SMXChat")
    };
    show.platforms.x.post("9005", quoting).await.expect("X takes it");
    show.settle().await;
    show.at("20:15").await;
    // Found again by looking: the timeline, the channel's messages, Slack's history.
    show.platforms.discord.inject_on("/messages", Fault::Drop { accepted: true }, 1);
    show.platforms.slack.inject_on("chat.postMessage", Fault::Drop { accepted: true }, 1);
    show.x("danawhit", "A1: the people. Always the people. #SMXChat").await;
    show.at("20:20").await;
    show.slack("fix Q1 Who are you, and which community is yours?").await;
    show.slack("hold 3m").await;
    show.platforms.x.inject_on("POST /2/tweets", Fault::Drop { accepted: true }, 1);
    show.at("20:50").await;
    show.discord(cast::AMARA, "leave").await;
    show.at("21:20").await;
    let Some(checked) = contract::check(&show) else { return };
    // Enough of each that the check means something; the paths say which calls were seen.
    assert!(checked.discord >= 15 && checked.slack >= 15 && checked.x >= 5, "{checked:?}");
    let called = |requests: Vec<Request>, part: &str| {
        assert!(
            requests.iter().any(|r| format!("{} {}", r.method, r.path).contains(part)),
            "this hour made no call {part:?}"
        );
    };
    let (discord, slack, x) =
        (show.platforms.discord.requests(), show.platforms.slack.requests(), show.platforms.x.requests());
    for part in [
        "/threads",
        "PUT /api/v10/guilds/",
        "DELETE /api/v10/guilds/",
        "PATCH /api/v10/channels/",
        "GET /api/v10/channels/",
    ] {
        called(discord.clone(), part);
    }
    for part in ["chat.postMessage", "chat.update", "views.open", "conversations.", "POST /actions/"] {
        called(slack.clone(), part);
    }
    for part in ["POST /2/tweets", "GET /2/users/"] {
        called(x.clone(), part);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_discord_keep_to_the_contract() {
    let Some(contracts) = contract::contracts() else { return };
    let mut show = Show::new("2026-11-24T19:00:00Z").await;
    show.set_up().await;
    show.slack("ask Who are you?").await;
    show.at("20:06").await;
    let discord = &show.platforms.discord;
    for (name, options) in [
        ("join", vec![]),
        ("join", vec![]),
        ("when", vec![]),
        ("questions", vec![]),
        ("help", vec![]),
        ("connect", vec![("code", Value::from("WRONG123"))]),
        ("leave", vec![]),
    ] {
        let answer =
            discord.command(cast::AMARA, cast::DISCORD_CHANNEL, name, &options).await.expect("an answer");
        assert_eq!(contracts.discord_answer(&answer.body), [], "/{name}: {}", answer.body);
    }
    let (pong, _) = discord.ping().await.expect("an answer");
    assert_eq!(contracts.discord_answer(&pong.body), []);
    let modal = show.discord_press(cast::AMARA, "Answer").await;
    assert_eq!(contracts.discord_answer(&modal), [], "{modal}");
}

/// A call as a stand-in writes it down.
fn request(method: &str, path: &str, query: &str, body: Value) -> Request {
    Request {
        at: tests::instant("2026-11-24T20:00:00Z"),
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: [("authorization".to_owned(), "***".to_owned())].into(),
        body,
        status: Some(200),
        answer: Value::Null,
        accepted: true,
        fault: None,
    }
}

fn discord(contracts: &Contracts, method: &str, path: &str, body: Value) -> Vec<String> {
    let found = contracts.discord(&request(method, &format!("/api/v10{path}"), "", body));
    found.into_iter().map(|c| c.at).collect()
}

#[test]
fn wrong_calls_to_discord_are_found() {
    let Some(contracts) = contract::contracts() else { return };
    let nobody = json!({"parse": []});
    let post = |body: Value| discord(contracts, "POST", "/channels/1/messages", body);
    assert_eq!(post(json!({"content": "hi", "allowed_mentions": nobody})), [""; 0]);
    assert_eq!(
        post(json!({"content": "hi", "contents": 1, "allowed_mentions": nobody})),
        [""],
        "unknown field"
    );
    assert_eq!(post(json!({"content": 7, "allowed_mentions": nobody})), ["/content"]);
    assert_eq!(post(json!({"nonce": "n".repeat(26), "allowed_mentions": nobody})), ["/nonce"]);
    assert_eq!(post(json!({"embeds": vec![json!({}); 11], "allowed_mentions": nobody})), ["/embeds"]);
    let title = json!({"embeds": [{"titel": "?"}], "allowed_mentions": nobody});
    assert_eq!(post(title), ["/embeds/0"], "unknown field within");
    assert_eq!(post(json!({"content": "hi"})), ["/allowed_mentions/parse"]);
    assert_eq!(
        post(json!({"content": "hi", "allowed_mentions": {"parse": ["users"]}})),
        ["/allowed_mentions/parse"]
    );
    assert_eq!(
        discord(contracts, "POST", "/channels/one/messages", json!({"allowed_mentions": nobody})),
        ["channel_id"]
    );
    assert_eq!(discord(contracts, "POST", "/chanels/1/messages", json!({"allowed_mentions": nobody})), [""]);
    assert_eq!(discord(contracts, "PUT", "/channels/1/messages", Value::Null), [""], "no such verb");
    assert_eq!(discord(contracts, "PUT", "/guilds/1/members/2/roles/3", json!({})), [""], "no body");
    assert_eq!(
        discord(contracts, "POST", "/channels/1/messages/2/threads", json!({})),
        [""],
        "a thread has a name"
    );
    let many = contracts.discord(&request("GET", "/api/v10/channels/1/messages", "limit=101", Value::Null));
    assert_eq!(many.len(), 1, "{many:?}");
    let answer = json!({"type": 4, "data": {"content": "hi", "flag": 64}});
    assert_eq!(contracts.discord_answer(&answer).len(), 1);
}

#[test]
fn wrong_calls_to_x_are_found() {
    let Some(contracts) = contract::contracts() else { return };
    let at = |method: &str, path: &str, query: &str, body: Value| -> Vec<String> {
        contracts.x(&request(method, path, query, body)).into_iter().map(|c| c.at).collect()
    };
    assert_eq!(at("POST", "/2/tweets", "", json!({"text": "Q1"})), [""; 0]);
    assert_eq!(at("POST", "/2/tweets", "", json!({"text": "Q1", "status": "Q1"})), [""]);
    assert_eq!(at("POST", "/2/tweets", "", json!({"text": "Q1", "reply": {}})), ["/reply"]);
    assert_eq!(at("POST", "/2/tweets", "", Value::Null), [""], "no body");
    assert_eq!(at("POST", "/1.1/statuses/update.json", "", json!({})), [""]);
    let timeline = "exclude=retweets&max_results=100&start_time=2026-11-24T20%3A00%3A00Z";
    assert_eq!(at("GET", "/2/users/1/tweets", timeline, Value::Null), [""; 0]);
    assert_eq!(at("GET", "/2/users/1/tweets", "max_results=101", Value::Null), ["max_results"]);
    assert_eq!(at("GET", "/2/users/1/tweets", "exclude=retweets,quotes", Value::Null), ["exclude/1"]);
    assert_eq!(at("GET", "/2/users/1/tweets", "count=5", Value::Null), ["count"]);
}

#[test]
fn wrong_calls_to_slack_are_found() {
    let Some(contracts) = contract::contracts() else { return };
    let at = |method: &str, path: &str, query: &str, body: Value| -> Vec<String> {
        contracts.slack(&request(method, path, query, body)).into_iter().map(|c| c.at).collect()
    };
    let post = |body: Value| at("POST", "/api/chat.postMessage", "", body);
    assert_eq!(post(json!({"channel": "C1", "text": "hi", "blocks": [], "metadata": {}})), [""; 0]);
    assert_eq!(post(json!({"text": "hi"})), ["channel"]);
    assert_eq!(post(json!({"channel": "C1", "txt": "hi"})), ["txt"]);
    assert_eq!(post(json!({"channel": "C1", "blocks": "[]"})), ["blocks"]);
    assert_eq!(post(json!({"channel": "C1", "unfurl_links": "no"})), ["unfurl_links"]);
    assert_eq!(at("POST", "/api/chat.post", "", json!({})), [""]);
    assert_eq!(at("GET", "/api/chat.delete", "ts=1.2&channel=C1", Value::Null), [""], "by POST");
    assert_eq!(at("GET", "/api/conversations.history", "channel=C1&limit=many", Value::Null), ["limit"]);
    // A token must not go to an address that came from outside.
    assert_eq!(at("POST", "/actions/T1/1/x", "", json!({"text": "hi"})), ["authorization"]);
}

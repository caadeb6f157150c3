//! What is the same for every platform: no connection, no answer, half an answer, a server that
//! stumbles, a redirect; and that no secret shows.

use std::net::TcpListener;
use std::time::Duration;

use chrono::{DateTime, Utc};
use outbound::{Discord, Keys, Reason, Scope, Secret, SendError, Slack, X};
use url::Url;

use crate::script::{Act, Script, impatient, patient, refusal, reply};

const SILENT: &str = r#"{"content":"hello","allowed_mentions":{"parse":[]}}"#;

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_550_400, 250_000_000).expect("an instant")
}

pub(crate) fn slack(http: reqwest::Client, url: Url) -> Slack {
    Slack::new(http, url, Secret::new("xoxb-hush"))
}

pub(crate) fn discord(http: reqwest::Client, url: Url) -> Discord {
    Discord::new(http, url, Secret::new("bot-hush"), "900".into())
}

pub(crate) fn x(http: reqwest::Client, url: Url) -> X {
    let keys = Keys {
        consumer_key: Secret::new("ckey-hush"),
        consumer_secret: Secret::new("csec-hush"),
        access_token: Secret::new("atok-hush"),
        access_token_secret: Secret::new("asec-hush"),
    };
    X::new(http, url, keys)
}

/// Each platform's call that shows if it is carried out twice.
async fn creates(http: &reqwest::Client, url: impl Fn() -> Url) -> Vec<Result<String, SendError>> {
    let slack = slack(http.clone(), url()).post_message("C1", None, r#"{"text":"hello"}"#, "m").await;
    let event = discord(http.clone(), url()).create_event("1", "{}").await;
    let discord = discord(http.clone(), url()).create_message("1", SILENT, "m").await;
    let x = x(http.clone(), url()).create_post("hello", None, "m", now()).await;
    let posted = [slack, discord, x].into_iter().map(|posted| posted.map(|posted| posted.id));
    posted.chain([event]).collect()
}

/// Calls that may be carried out twice.
async fn repeatables(http: &reqwest::Client, url: impl Fn() -> Url) -> Vec<Result<(), SendError>> {
    let slack = slack(http.clone(), url());
    let discord = discord(http.clone(), url());
    let x = x(http.clone(), url());
    vec![
        slack.update_message("C1", "1.2", r#"{"text":"hello"}"#, "m").await,
        slack.delete_message("C1", "1.2").await,
        slack.find_message("C1", None, "m", now()).await.map(drop),
        slack.shown_as("U1").await.map(drop),
        discord.edit_message("1", "2", SILENT).await.map(drop),
        discord.delete_message("1", "2").await.map(drop),
        discord.grant_role("1", "2", "3").await.map(drop),
        discord.revoke_role("1", "2", "3").await.map(drop),
        discord.start_thread("1", "2", "Q1").await.map(drop),
        discord.edit_original("token-hush", SILENT).await.map(drop),
        discord.hand_over("token-hush", SILENT, "a.json", "{}").await.map(drop),
        discord.change_event("1", "2", "{}").await.map(drop),
        discord.find_message("1", SILENT, "m", now()).await.map(drop),
        x.delete_post("1", now()).await.map(drop),
        x.find_own("hello", now(), now()).await.map(drop),
    ]
}

fn is_doubt<T: std::fmt::Debug>(result: &Result<T, SendError>) -> bool {
    matches!(result, Err(SendError::Unknown { .. }))
}

fn is_later<T: std::fmt::Debug>(result: &Result<T, SendError>, expected: Duration) -> bool {
    matches!(result, Err(SendError::RetryAfter { after, scope: Scope::Destination, .. }) if *after == expected)
}

#[tokio::test]
async fn without_a_connection_nothing_was_accepted() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let url = || Url::parse(&format!("http://{free}/")).expect("a URL");
    for result in creates(&patient(), url).await {
        assert!(is_later(&result, Duration::from_secs(2)), "{result:?}");
    }
    for result in repeatables(&patient(), url).await {
        assert!(is_later(&result, Duration::from_secs(2)), "{result:?}");
    }
}

#[tokio::test]
async fn no_answer_is_doubt_where_a_repeat_would_show_and_later_where_not() {
    type Fault = fn() -> Act;
    let faults: [(&str, Fault, reqwest::Client); 5] = [
        ("dropped", || Act::HangUp, patient()),
        ("silent", || Act::Silence, impatient()),
        ("torn", || Act::Torn, patient()),
        ("503", || reply(503, "<html>"), patient()),
        ("408", || reply(408, ""), patient()),
    ];
    for (name, act, http) in faults {
        let all = Script::play(std::iter::repeat_with(act));
        for result in creates(&http, || all.url.clone()).await {
            assert!(is_doubt(&result), "{name}: {result:?}");
        }
        for result in repeatables(&http, || all.url.clone()).await {
            assert!(is_later(&result, Duration::from_secs(5)), "{name}: {result:?}");
        }
        assert_eq!(all.seen().len(), 4 + 15, "{name}: one call is one request, nothing is tried again");
    }
}

#[tokio::test]
async fn a_server_that_says_when_is_believed_unless_something_may_have_been_accepted() {
    let all = Script::play(std::iter::repeat_with(|| reply(503, "").with("Retry-After", 17)));
    for result in creates(&patient(), || all.url.clone()).await {
        assert!(is_doubt(&result), "{result:?}");
    }
    for result in repeatables(&patient(), || all.url.clone()).await {
        assert!(is_later(&result, Duration::from_secs(17)), "{result:?}");
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_doubt() {
    for body in ["", "ok", "[]", "{}", r#"{"ok":true}"#, r#"{"data":{}}"#, r#"{"id":7}"#] {
        let all = Script::play(std::iter::repeat_with(move || reply(200, body)));
        for result in creates(&patient(), || all.url.clone()).await {
            assert!(is_doubt(&result), "{body:?}: {result:?}");
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let trap = Script::play(std::iter::repeat_with(|| reply(200, r#"{"ok":true,"ts":"1.2","id":"7"}"#)));
    let elsewhere = trap.url.to_string();
    let acts = std::iter::repeat_with(move || reply(307, "").with("Location", &elsewhere));
    let all = Script::play(acts);
    for result in creates(&patient(), || all.url.clone()).await {
        assert_eq!(refusal(result), (Reason::Other, "http_307".into()));
    }
    assert!(trap.seen().is_empty(), "a token was sent to an address nobody configured");
}

#[tokio::test]
async fn the_base_url_may_lack_its_last_slash() {
    let script = Script::play([reply(200, r#"{"ok":true,"ts":"1.2","channel":"C1"}"#)]);
    let base = Url::parse(script.url.as_str().trim_end_matches('/')).expect("a URL");
    let posted = slack(patient(), base).post_message("C1", None, "{}", "m").await.expect("posted");
    assert_eq!(posted.id, "1.2");
    assert_eq!(script.only().line, "POST /chat.postMessage");
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_route() {
    let script = Script::play([reply(404, "{}")]);
    let discord = discord(patient(), script.url.clone());
    for id in ["", ".", ".."] {
        let refused = refusal(discord.delete_message("1", id).await);
        assert_eq!(refused, (Reason::BadPayload, "not_sent".into()), "{id:?}");
    }
    refusal(discord.delete_message("1", "../../guilds/5?x#y").await);
    assert_eq!(script.only().line, "DELETE /channels/1/messages/..%2F..%2Fguilds%2F5%3Fx%23y");
}

/// Errors and Debug go to logs. Interaction tokens and response addresses are secrets in a path.
#[tokio::test]
async fn no_secret_shows() {
    let hung = Script::play(std::iter::repeat_with(|| Act::HangUp));
    let (slack, discord, x) = (
        slack(patient(), hung.url.clone()),
        discord(patient(), hung.url.clone()),
        x(patient(), hung.url.clone()),
    );
    let respond = hung.url.join("hooks/path-hush").expect("a URL");
    let texts = [
        format!("{slack:?} {discord:?} {x:?}"),
        format!("{:?}", discord.edit_original("token-hush", SILENT).await),
        format!("{:?}", slack.respond(respond.as_str(), "{}").await),
        format!("{:?}", x.create_post("hello", None, "m", now()).await),
        format!("{:?}", slack.post_message("C1", None, "{}", "m").await),
        discord.create_message("1", SILENT, "m").await.expect_err("no answer").to_string(),
    ];
    for text in &texts {
        assert!(!text.contains("hush"), "{text}");
    }
    assert!(texts[0].contains("Secret(…)"), "{}", texts[0]);

    let unsendable = outbound::Slack::new(patient(), hung.url.clone(), Secret::new("two\nlines-hush"));
    let error = unsendable.shown_as("U1").await.expect_err("no such header");
    assert_eq!(error.reason(), Some(Reason::TokenInvalid));
    assert!(!format!("{error:?}").contains("hush"));
}

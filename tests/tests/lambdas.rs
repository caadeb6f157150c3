//! The Lambdas as Lambda runs them: each built binary as a process of its own, before a stand-in for the
//! Runtime API, with events in the shapes that AWS gives them, and the embedded database over HTTP.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::Utc;
use earshot::cast;
use earshot::standin::StandIn;
use earshot::standin::aws::{Gateway, Made, Queued};
use earshot::standin::x::Draft;
use serde_json::{Value, json};
use tests::lambda::{self, Function, House, Once, PATH, tick};

/// The binaries, by the name of their function. Built here, because a test of one package does not build the
/// binaries of another.
static BUILT: LazyLock<HashMap<String, PathBuf>> =
    LazyLock::new(|| lambda::build(&["--workspace", "--bins", "--tests"]));

/// A function of this name, running.
async fn start(name: &str, variables: &[(&str, String)]) -> Function {
    let binary = BUILT.get(name).unwrap_or_else(|| panic!("no function is called {name}"));
    Function::start(binary, variables).await
}

#[test]
fn a_key_that_stands_twice_is_found() {
    let line = |text: &str| serde_json::from_str::<Once>(text).is_ok();
    assert!(line(r#"{"message": "a", "span": {"message": 1}, "list": [null, true, -1.5, {"message": 2}]}"#));
    assert!(!line(r#"{"message": "a", "message": "b"}"#));
    assert!(!line(r#"{"span": [{"id": 1, "id": 1}]}"#));
}

/// The line that says this.
fn line<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["message"] == message);
    found.unwrap_or_else(|| panic!("no line says {message:?}: {lines:#?}"))
}

/// A figure of CloudWatch's embedded format among printed lines.
fn figure<'a>(lines: &'a [Value], name: &str) -> Option<&'a Value> {
    lines.iter().filter(|line| line.get("_aws").is_some()).find_map(|line| line.get(name))
}

/// What was measured once: alone, or in a list of one.
fn first(figure: &Value) -> Option<f64> {
    figure.as_f64().or_else(|| figure.get(0)?.as_f64()).map(f64::trunc)
}

/// A batch as SQS gives it (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>).
fn batch(queue: &str, messages: &[(&str, Option<&str>, String)]) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|(id, group, body)| {
            let mut attributes = json!({
                "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185"
            });
            if let Some(group) = group {
                attributes["MessageGroupId"] = Value::from(*group);
            }
            json!({
                "messageId": id, "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a", "body": body,
                "attributes": attributes, "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs", "eventSourceARN": format!("arn:aws:sqs:eu-west-1:123456789012:{queue}"),
                "awsRegion": "eu-west-1"
            })
        })
        .collect();
    json!({"Records": records})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_goes_out_and_an_answer_comes_in() {
    let house = House::new().await;
    let show = &house.show;

    // The minute's tick hands the question out.
    let clock = start("clock", &house.variables).await;
    let ticked = clock.answers(tick()).await;
    assert!(ticked["cues"].as_u64() >= Some(1), "{ticked}");
    let queued = house.services.queued();
    let question = House::cue(&queued, "/q/1");
    assert_eq!(question.delay, 0, "it is due already");
    assert_eq!(figure(&clock.stop().await, "Heartbeat"), Some(&json!(1)));

    // It is asked in every room, though the message beside it is poison, and though the bell that came with it
    // cannot be handed on: that one alone comes back.
    let cues = start("cues", &house.variables).await;
    let ring = json!({"ring": {"place": "slack:T1:C1"}}).to_string();
    // Three tries of the bell, and three of the one that the question rings for the desk.
    house.services.refuse("SendMessage", 6);
    let messages = [
        ("good", None, question.body.clone()),
        ("poison", None, "{".to_owned()),
        ("ring", None, ring.clone()),
    ];
    let failures = cues.answers(batch("cues", &messages)).await;
    assert_eq!(failures, json!({"batchItemFailures": [{"itemIdentifier": "ring"}]}));
    show.assert_once_everywhere("Q1. ");
    let told = house.services.told();
    let told: Vec<(&str, Value)> = told
        .iter()
        .map(|entry| {
            assert_eq!((&entry["EventBusName"], &entry["Source"]), (&json!("earshot"), &json!("earshot")));
            let detail = entry["Detail"].as_str().expect("text");
            (entry["DetailType"].as_str().expect("text"), serde_json::from_str(detail).expect("JSON"))
        })
        .collect();
    let [(kind, detail)] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(
        (*kind, &detail["position"], &detail["chat"]),
        ("question.asked", &json!(1), &json!("smxchat"))
    );
    // Given again, each does what is left: the question is not asked twice, the bell travels on.
    let again = [("good", None, question.body), ("ring", None, ring)];
    assert_eq!(cues.answers(batch("cues", &again)).await, json!({"batchItemFailures": []}));
    show.assert_once_everywhere("Q1. ");
    let queued = house.services.queued();
    assert_eq!(
        queued
            .iter()
            .filter(|q| q.queue == "mirror.fifo" && q.group.as_deref() == Some("slack:T1:C1"))
            .count(),
        1
    );
    assert_eq!(house.services.told(), Vec::<Value>::new(), "told once");
    let lines = cues.stop().await;
    let poison = line(&lines, "acknowledged unread");
    assert_eq!((&poison["queue"], &poison["bell"]), (&json!("cues"), &json!("poison")), "{poison}");
    assert_eq!(line(&lines, "to be given again")["bell"], json!("ring"));
    let fired = line(&lines, "fired");
    assert!(fired["cue"].as_str().is_some_and(|cue| cue.ends_with("/q/1")), "{fired}");
    assert_eq!(
        fired["late_ms"].as_f64().map(f64::trunc),
        figure(&lines, "Lateness").and_then(first),
        "{fired}"
    );
    assert!(
        figure(&lines, "Lateness").is_some() && figure(&lines, "Unheard") == Some(&json!(1)),
        "{lines:#?}"
    );

    // Somebody answers on X: the webhook files it and rings, the mirror shows it.
    let webhook = start("webhook", &house.variables).await;
    let gateway = Gateway::start("prod", vec![("/x/", webhook.runtime.clone())]).await.expect("a port");
    show.platforms.x.aim(&gateway.url());
    let (_, valid) = show.platforms.x.crc("a-token").await.expect("an answer");
    assert!(valid, "X's challenge is answered as it wants it");
    let ada =
        show.platforms.x.put(tests::x_id("adaokafor"), Draft::text("A1 a choir. #SMXChat")).expect("taken");
    assert_eq!(show.platforms.x.deliver(&ada).await.expect("an answer").status, 200);
    let queued = house.services.queued();
    let rings: Vec<&Queued> = queued.iter().filter(|q| q.queue == "mirror.fifo").collect();
    assert_eq!(rings.len(), 2, "{queued:#?}");
    let mirror = start("mirror", &house.variables).await;
    for ring in rings {
        let messages = [("1", ring.group.as_deref(), ring.body.clone())];
        assert_eq!(mirror.answers(batch("mirror.fifo", &messages)).await, json!({"batchItemFailures": []}));
    }
    for room in ["discord", "slack"] {
        assert_eq!(show.said(room, "a choir.").len(), 1, "{}", show.transcript());
    }
    let lines = mirror.stop().await;
    assert_eq!(figure(&lines, "Mirrored"), Some(&json!(1)), "a line for each invocation: {lines:#?}");
    // A webhook that is not X's.
    let forged = show.platforms.x.signed("/x/webhook", bytes::Bytes::from_static(b"{}"));
    let forged = earshot::standin::Sent { body: bytes::Bytes::from_static(b"{ }"), ..forged };
    assert_eq!(show.platforms.x.repeat(&forged).await.expect("an answer").status, 401);
    // A challenge that X would not send is no better.
    let (answer, _) = show.platforms.x.crc("{}").await.expect("an answer");
    assert_eq!(answer.status, 400);
    let lines = webhook.stop().await;
    let refused: Vec<&Value> = lines.iter().filter(|line| line["Refused"] == json!(1)).collect();
    assert_eq!(refused.len(), 2, "{lines:#?}");
    let why: Vec<&Value> = lines.iter().filter(|line| line["message"] == "not believed").collect();
    assert_eq!(why.len(), 2, "{lines:#?}");
    assert!(why.iter().all(|line| line["door"] == "x" && line["error"].is_string()), "{why:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_to_the_doors() {
    let house = House::new().await;
    let show = &house.show;
    // While it is being replaced, the old secret and the new one are good.
    let old = cast::slack(&host::Clocks::default()).signing_secret;
    house.services.set_parameter(&format!("{PATH}/SLACK_SIGNING_SECRET"), &format!("brand-new,{old}"));
    let slack = start("slack", &house.variables).await;
    let discord = start("discord", &house.variables).await;
    let routes = vec![("/slack/", slack.runtime.clone()), ("/discord/", discord.runtime.clone())];
    let gateway = Gateway::start("prod", routes).await.expect("a port");
    show.platforms.slack.aim(&gateway.url());
    show.platforms.discord.aim(&gateway.url());

    // A form, which the gateway gives in base64.
    let answer = show
        .platforms
        .slack
        .slash_command(cast::MAYA, cast::SLACK_CHANNEL, "status")
        .await
        .expect("an answer");
    assert_eq!((answer.status, answer.refused), (200, None));
    assert!(answer.body.to_string().contains("Q1 at"), "{}", answer.body);
    // An empty body, unsigned.
    let sent = |body: &'static [u8]| {
        show.platforms.slack.signed(
            "/slack/commands",
            "application/x-www-form-urlencoded",
            bytes::Bytes::from_static(body),
        )
    };
    let empty = show.platforms.slack.repeat(&sent(b"")).await.expect("an answer");
    assert_eq!(empty.status, 400, "signed, and nothing in it: {empty:?}");
    let forged = earshot::standin::Sent { body: bytes::Bytes::new(), ..sent(b"text=status") };
    assert_eq!(show.platforms.slack.repeat(&forged).await.expect("an answer").status, 401);
    // Header names in any case are the same header.
    let shouted = sent(b"command=%2Fchat&ssl_check=1");
    let headers = shouted.headers.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect();
    let shouted = earshot::standin::Sent { headers, ..shouted };
    assert_eq!(show.platforms.slack.repeat(&shouted).await.expect("an answer").status, 200);

    let ping = json!({"type": 1, "id": "1", "application_id": "1", "token": "t", "version": 1}).to_string();
    let ping = show.platforms.discord.signed("/discord/interactions", bytes::Bytes::from(ping));
    let pong = show.platforms.discord.repeat(&ping);
    assert_eq!(pong.await.expect("an answer").body, json!({"type": 1}));
    let joined = show.platforms.discord.command(cast::AMARA, cast::DISCORD_CHANNEL, "join", &[]).await;
    assert_eq!(joined.expect("an answer").body.get("type"), Some(&json!(9)), "a form");
    let joined = show.platforms.discord.submit(cast::AMARA, "join|smxchat", &[("remind", "1h")]).await;
    let joined = joined.expect("an answer");
    assert!(joined.body.to_string().contains("You're in"), "{}", joined.body);
    // Nothing was told on the bus while she waited for her answer; the row that will be told stands.
    let rows = show.dump().await;
    assert!(rows.iter().any(|row| row.contains("HAPPENED#smxchat/joined/")), "{rows:#?}");
    assert_eq!(figure(&slack.stop().await, "Refused"), Some(&json!(1)));
    discord.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_secrets_a_door_is_closed_and_says_which_are_missing() {
    let house = House::new().await;
    let variables: Vec<(&str, String)> =
        house.variables.iter().filter(|(name, _)| *name != "EARSHOT_PARAMETERS").cloned().collect();
    let slack = start("slack", &variables).await;
    let gateway = Gateway::start("prod", vec![("/slack/", slack.runtime.clone())]).await.expect("a port");
    house.show.platforms.slack.aim(&gateway.url());
    let body = bytes::Bytes::from_static(b"command=%2Fchat&text=status");
    let sent =
        house.show.platforms.slack.signed("/slack/commands", "application/x-www-form-urlencoded", body);
    let answer = house.show.platforms.slack.repeat(&sent).await.expect("an answer");
    assert_eq!(answer.status, 503);
    assert!(!answer.body.to_string().contains("SLACK"), "what is missing is for the log: {}", answer.body);
    let log = format!("{:?}", slack.stop().await);
    for name in ["SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN", "X_ACCESS_TOKEN"] {
        if name.starts_with("DISCORD") {
            assert!(log.contains(name), "{name} is not named: {log}");
        }
    }
    assert!(log.contains("not set"), "{log}");

    // A queue keeps its messages meanwhile.
    let mirror = start("mirror", &variables).await;
    let messages = [("1", Some("slack:T1:C1"), json!({"ring": {"place": "slack:T1:C1"}}).to_string())];
    let made = mirror.runtime.invoke(&batch("mirror.fifo", &messages)).await.expect("it is there");
    assert!(matches!(&made, Made::Error(error) if error.to_string().contains("not set")), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn x_is_searched_and_what_nobody_knows_is_acknowledged() {
    // X's search shows a post some seconds after it was written.
    let mut house = House::after(|show| {
        let post = Draft::text("Hello, all! #SMXChat");
        show.platforms.x.put(tests::x_id("brunolima"), post).expect("taken");
    })
    .await;
    house.variables.push(("EARSHOT_X_SOURCE", "poll".to_owned()));
    let poll = start("poll", &house.variables).await;
    let slot = json!({"poll": {"slot": Utc::now().timestamp_millis()}}).to_string();
    let answer = poll.answers(batch("poll", &[("1", None, slot)])).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let queued = house.services.queued();
    assert_eq!(queued.iter().filter(|q| q.queue == "mirror.fifo").count(), 2, "{queued:#?}");
    // Something else altogether: nobody asks for it again, and somebody hears of it.
    for stray in [
        json!({}),
        json!({"Records": []}),
        json!({"source": "earshot", "detail-type": "episode.closed", "detail": {}}),
    ] {
        assert_eq!(poll.answers(stray).await, json!({"batchItemFailures": []}));
    }
    let lines = poll.stop().await;
    assert_eq!(figure(&lines, "XReads"), Some(&json!(1)), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.get("Unheard").is_some()).count(), 3, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_the_table_refuses() {
    let mut house = House::new().await;
    let row = house.show.row_with(&["\"CHATS\"", "smxchat"]).await;
    house.show.damage(&row.0, &row.1).await;
    // A row that cannot be read is named, counted, and keeps the clock from nothing.
    let clock = start("clock", &house.variables).await;
    clock.answers(tick()).await;
    let lines = clock.stop().await;
    assert_eq!(line(&lines, "a row cannot be read and is passed over")["key"], json!("CHATS/smxchat"));
    assert_eq!((figure(&lines, "Heartbeat"), figure(&lines, "Unheard")), (Some(&json!(1)), Some(&json!(1))));

    // A table that is not there and one that lets nobody in look different.
    house.variables.retain(|(name, _)| *name != "EARSHOT_TABLE");
    house.variables.push(("EARSHOT_TABLE", "nowhere".to_owned()));
    let slack = start("slack", &house.variables).await;
    let gateway = Gateway::start("prod", vec![("/slack/", slack.runtime.clone())]).await.expect("a port");
    house.show.platforms.slack.aim(&gateway.url());
    let answer = house.show.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, "status").await;
    assert!(answer.expect("an answer").body.to_string().contains("my notebook"));
    let lines = slack.stop().await;
    let error = line(&lines, "could not answer")["error"].as_str().expect("text").to_owned();
    assert!(error.starts_with("the table refuses the request: "), "{error}");
    assert!(error.contains("ResourceNotFoundException"), "{error}");
}

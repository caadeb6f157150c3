//! `earshot doctor` as an operator runs it: the real binary, against a running Earshot and platforms that
//! keep what they document. First everything is well; then one thing after another is broken, and each is
//! found and told with what to do.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use earshot::cast;
use earshot::local::{Local, Platforms};
use earshot::standin::slack::Channel;
use earshot::standin::x::Registered;
use earshot::standin::{Fault, StandIn};
use host::{Clock, Clocks};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// What the webhook of the stand-in is called.
const WEBHOOK: &str = "1460000000000000001";

struct Show {
    platforms: Platforms,
    local: Local,
}

/// A chat in all three places, and a clock that has ticked.
async fn show(data: Option<&Path>) -> Show {
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let mut discord = cast::discord(&clocks);
    discord.endpoint = Some("https://earshot.example.org/discord/interactions".to_owned());
    let (slack, x) = (cast::slack(&clocks), cast::x(&clocks));
    let mut platforms = Platforms::start_with(slack, discord, x, true).await.expect("stand-ins");
    platforms.set("X_WEBHOOK_ID", WEBHOOK);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = platforms.config().expect("settings");
    let local = Local::start(config, data, clocks, listener, Router::new()).await.expect("a host");
    platforms.aim(&local.url());
    let show = Show { platforms, local };
    show.chat("new #SMXChat every Tuesday 8pm London").await;
    show.chat("connect slack").await;
    show.chat("connect x").await;
    let reply = show.chat("connect discord").await;
    let code: String = reply.split("/connect ").nth(1).expect("a code").chars().take(8).collect();
    let discord = &show.platforms.discord;
    let options = [("code", json!(code))];
    let answer = discord.command(cast::TOMASZ, cast::DISCORD_CHANNEL, "connect", &options).await;
    assert_eq!(answer.expect("an answer").refused, None);
    show.local.host.tick().await.expect("the clock ticks");
    let (told, code) = show.run(&[], &["setup", "discord"]).await;
    assert_eq!(code, 0, "{told}");
    show
}

impl Show {
    async fn chat(&self, typed: &str) -> String {
        let answer = self.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, typed).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, &answer.refused), (200, &None), "{typed}");
        answer.body.to_string()
    }

    async fn run(&self, otherwise: &[(&str, &str)], args: &[&str]) -> (String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true).args(args);
        command.envs(self.platforms.variables().iter().map(|(name, value)| (*name, value.as_str())));
        command.envs(otherwise.iter().copied());
        let ended =
            timeout(Duration::from_secs(60), command.output()).await.expect("it ends").expect("it starts");
        let out = String::from_utf8(ended.stdout).expect("text");
        for (name, value) in self.platforms.variables() {
            let secret = ["_TOKEN", "_SECRET"].iter().any(|end| name.ends_with(end));
            assert!(!secret || !out.contains(value), "{name} is shown in: {out}");
        }
        let notes = String::from_utf8(ended.stderr).expect("text");
        (format!("{out}{notes}"), ended.status.code().expect("an exit code"))
    }

    /// Everything that can be looked at.
    async fn doctor(&self, otherwise: &[(&str, &str)]) -> (String, i32) {
        let (address, database) = (self.local.url(), self.local.database());
        self.run(otherwise, &["doctor", "--address", &address, "--database", &database]).await
    }

    /// Runs the doctor, who must find this, and only where `code` says so something to mend.
    async fn finds(&self, otherwise: &[(&str, &str)], code: i32, lines: &[&str]) {
        let (told, ended) = self.doctor(otherwise).await;
        for line in lines {
            assert!(told.contains(line), "{line:?} is not in:\n{told}");
        }
        assert_eq!(ended, code, "{told}");
    }

    /// What differs from run to run, told alike.
    fn plain(&self, told: &str) -> String {
        let told = told.replace(&self.local.url(), "http://HERE");
        let told = told.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let lines = told.lines().map(|line| {
            if line.contains("the clock ticked") {
                return "  ✓ the clock ticked a moment ago";
            }
            // These age by themselves.
            if line.contains("the rules are of") || line.contains("A newer version of Earshot") {
                return "    (the rules' age)";
            }
            if line.contains("marked with !") { line.split('.').next().unwrap_or_default() } else { line }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn stop(self) {
        self.platforms.stop().await;
        self.local.stop().await.expect("it stops");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_is_well_it_says_so_and_changes_nothing() {
    let show = show(None).await;
    let said = || (show.platforms.slack.messages().len(), show.platforms.discord.messages().len());
    let (before, posted) = (show.platforms.x.requests().len(), said());
    let (told, code) = show.doctor(&[]).await;
    assert_eq!(code, 0, "{told}");
    insta::assert_snapshot!("doctor-well", show.plain(&told));
    assert!(show.platforms.x.requests()[before..].iter().all(|request| request.method == "GET"));
    assert_eq!(said(), posted);
    let (again, code) = show.doctor(&[]).await;
    assert_eq!((show.plain(&again), code), (show.plain(&told), 0));
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_missing_or_wrong_are_named_first() {
    let show = show(None).await;
    let otherwise = [("SLACK_SIGNING_SECRET", ""), ("EARSHOT_OPERATORS", "maya"), ("X_WEBHOOK_ID", "mine")];
    let (told, code) = show.doctor(&otherwise).await;
    assert_eq!(code, 1);
    insta::assert_snapshot!("doctor-settings", show.plain(&told));
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_do_not_agree_with_the_deployed_ones_are_found_at_the_doors() {
    let show = show(None).await;
    show.finds(
        &[("SLACK_SIGNING_SECRET", "another")],
        1,
        &["/slack/commands answers 401 instead of 200", "has another SLACK_SIGNING_SECRET than is set here"],
    )
    .await;
    show.finds(&[("X_CONSUMER_SECRET", "another")], 1, &["with another secret's signature"]).await;
    // While one is being replaced both must be believed.
    let both = "stage-signing-not-a-secret,the-next-one";
    show.finds(&[("SLACK_SIGNING_SECRET", both)], 1, &["/slack/commands answers 401 instead of 200"]).await;
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    show.finds(
        &[("DISCORD_PUBLIC_KEY", other)],
        1,
        &["is another application's: nothing that Discord sends"],
    )
    .await;
    let (told, code) = show.run(&[], &["doctor", "--address", "http://127.0.0.1:9"]).await;
    assert_eq!(code, 1);
    for door in ["/slack/commands", "/discord/interactions", "/x/webhook"] {
        assert!(told.contains(&format!("http://127.0.0.1:9{door} cannot be reached")), "{told}");
    }
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_that_believe_strangers_redirect_or_are_not_ours_are_found() {
    let show = show(None).await;
    for (status, told) in [
        (200, "It believed somebody who did not sign"),
        (302, "platforms do not follow"),
        (404, "That platform is off there"),
        (503, "its log names what is missing"),
        (500, "Its log says why."),
    ] {
        let status = axum::http::StatusCode::from_u16(status).expect("a status");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let doors = Router::new().fallback(move || async move { status });
        let serving = tokio::spawn(async move { axum::serve(listener, doors).await });
        let (found, code) = show.run(&[], &["doctor", "--address", &address]).await;
        assert!(code == 1 && found.contains(told), "{status}: {found}");
        serving.abort();
    }
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_scopes_and_commands_are_looked_at() {
    let show = show(None).await;
    let platforms = &show.platforms;
    platforms.slack.inject_on("auth.test", Fault::slack("token_revoked"), 1);
    show.finds(&[], 1, &["Slack said no", "Slack does not take SLACK_BOT_TOKEN (token_revoked)"]).await;
    platforms.discord.inject_on("/users/@me", Fault::discord(401, 0, "401: Unauthorized"), 1);
    show.finds(&[], 1, &["Discord said no", "Discord does not take DISCORD_BOT_TOKEN"]).await;
    platforms.x.inject_on("/2/users/me", Fault::x(401, "Unauthorized", "Unauthorized"), 1);
    show.finds(&[], 1, &["X said no"]).await;
    platforms.x.inject_on("/2/users/me", Fault::ServerError { status: 503, accepted: false }, 1);
    show.finds(&[], 1, &["X did not answer"]).await;
    show.finds(&[("X_BEARER_TOKEN", "wrong")], 1, &["X does not take X_BEARER_TOKEN"]).await;
    let (told, code) = show.run(&[], &["setup", "discord", "--remove"]).await;
    assert_eq!(code, 0, "{told}");
    show.finds(&[], 1, &["its commands are not those of this version", "earshot setup discord shows"]).await;
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_take_nothing_are_found_with_the_way_in() {
    let show = show(None).await;
    let platforms = &show.platforms;
    let channel = Channel::new(cast::SLACK_CHANNEL, "smxchat");
    platforms.slack.set_channel(Channel { archived: true, ..channel.clone() });
    show.finds(&[], 1, &["Slack, #smxchat: is_archived", "connect another: /chat connect slack"]).await;
    platforms.slack.set_channel(Channel { joined: false, ..channel.clone() });
    show.finds(&[], 1, &["Slack, #smxchat: not_in_channel", "/invite @Earshot"]).await;
    platforms.slack.set_channel(channel);
    platforms.discord.inject_on("/typing", Fault::discord(403, 50013, "Missing Permissions"), 1);
    show.finds(&[], 1, &["Discord, #smxchat: 50013", "Give the bot View Channel"]).await;
    platforms.discord.inject_on("/typing", Fault::discord(404, 10003, "Unknown Channel"), 1);
    show.finds(&[], 1, &["Discord, #smxchat: 10003", "connect another one"]).await;
    platforms.slack.inject_on("conversations.info", Fault::slack("missing_scope"), 1);
    show.finds(&[], 0, &["Slack, #smxchat could not be looked at"]).await;
    platforms.slack.inject_on("conversations.info", Fault::ServerError { status: 500, accepted: false }, 1);
    show.finds(&[], 0, &["Slack, #smxchat did not answer"]).await;
    let without = [("DISCORD_PUBLIC_KEY", ""), ("DISCORD_BOT_TOKEN", ""), ("DISCORD_APPLICATION_ID", "")];
    show.finds(&without, 1, &["! Discord is off", "Discord, #smxchat: its platform is off"]).await;
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_x_sends_and_what_it_does_not_is_found() {
    let show = show(None).await;
    let x = &show.platforms.x;
    x.set_registered(Registered::Invalid);
    show.finds(&[], 1, &["X has given up the webhook", "has X try it again"]).await;
    x.set_registered(Registered::No);
    show.finds(
        &[],
        1,
        &["X knows no webhook of this app's that is Earshot's", "is not linked to the webhook"],
    )
    .await;
    show.finds(
        &[("EARSHOT_X_SOURCE", "poll"), ("X_WEBHOOK_ID", "")],
        0,
        &["posts are searched for while doors are open", "what is taken back on X is found once a day only"],
    )
    .await;
    x.set_registered(Registered::Valid);
    show.finds(&[], 1, &["its stream is not linked to the webhook"]).await;
    let plan = json!({"title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "Not in this plan.",
        "type": "https://api.twitter.com/2/problems/client-forbidden"});
    x.inject_on("/2/tweets/search/webhooks", Fault::Answer { status: 403, body: plan }, 1);
    show.finds(&[], 1, &["has no stream for webhooks, so no post comes", "Set EARSHOT_X_SOURCE=poll"]).await;
    show.chat("new #books every Friday 8pm London").await;
    show.finds(
        &[],
        1,
        &[
            "a rule brings #SMXChat",
            "no rule brings #books",
            "--hashtag '#books' adds it",
            "it speaks nowhere",
        ],
    )
    .await;
    let (told, code) = show.run(&[("X_BEARER_TOKEN", ""), ("X_WEBHOOK_ID", "")], &["doctor"]).await;
    assert!(told.contains("! X_BEARER_TOKEN is not set"), "{told}");
    assert!(
        told.contains("not tried") && told.contains("not looked at"),
        "what was not asked for is said: {told}"
    );
    assert_eq!(code, 0, "{told}");
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_a_running_server_is_read_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let show = show(Some(folder.path())).await;
    let data = folder.path().to_str().expect("a path");
    let (told, code) = show.run(&[], &["doctor", "--data", data]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the table answers; there is one chat"), "{told}");
    assert!(told.contains("the clock ticked"), "{told}");
    assert!(told.contains("Slack, #smxchat takes what is said"), "{told}");
    // The server goes on as before.
    show.chat("when").await;
    show.local.host.tick().await.expect("the clock ticks");
    let empty = tempfile::tempdir().expect("a folder");
    let (told, code) = show.run(&[], &["doctor", "--data", empty.path().to_str().expect("a path")]).await;
    assert!(code == 1 && told.contains("has no table in it"), "{told}");
    assert_eq!(empty.path().read_dir().expect("a folder").count(), 0, "nothing was made there");
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_never_ticked_and_a_table_that_is_not_there_are_found() {
    let show = show(None).await;
    let (told, code) =
        show.run(&[("EARSHOT_TABLE", "another")], &["doctor", "--database", &show.local.database()]).await;
    assert!(code == 1 && told.contains("the table another does not answer"), "{told}");
    let other = earshot::database::Database::start(None).await.expect("a database");
    let store = host::embedded_store(&other.endpoint(), "earshot", host::Patience::default());
    store.ensure_table().await.expect("a table");
    let (told, code) = show.run(&[], &["doctor", "--database", &other.endpoint()]).await;
    assert!(code == 1 && told.contains("the clock has never ticked"), "{told}");
    assert!(told.contains("there is no chat yet: /chat new in Slack begins one"), "{told}");
    other.stop().await.expect("it stops");
    show.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_read_are_named_and_the_rest_is_looked_at() {
    let show = show(None).await;
    // As a newer version leaves a chat's line when an older one comes back.
    let item = json!({"pk": {"S": "CHATS"}, "sk": {"S": "books"}, "v": {"N": "2"}});
    let put = reqwest::Client::new()
        .post(show.local.database())
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20261123T200000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20261123/local/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
        )
        .body(json!({"TableName": "earshot", "Item": item}).to_string())
        .send()
        .await
        .expect("the database answers");
    assert_eq!(put.status(), 200, "{:?}", put.text().await);
    show.finds(
        &[],
        1,
        &[
            "these rows cannot be read, and are left out: CHATS/books",
            "there is one chat",
            "the clock ticked",
        ],
    )
    .await;
    show.stop().await;
}

/// As much of Amazon SQS as is looked at: two queues, one of them for what the other gave up.
async fn sqs(failed: &'static str, waiting: &'static str) -> String {
    async fn answer(
        State(counts): State<Arc<[&'static str; 2]>>,
        headers: HeaderMap,
        body: String,
    ) -> axum::Json<Value> {
        let asked: Value = serde_json::from_str(&body).expect("JSON");
        let target = headers["x-amz-target"].to_str().expect("text");
        let host = headers["host"].to_str().expect("text");
        axum::Json(match target {
            "AmazonSQS.GetQueueUrl" => {
                assert_eq!(asked, json!({"QueueName": "cues-dlq", "QueueOwnerAWSAccountId": "123456789012"}));
                json!({"QueueUrl": format!("http://{host}/123456789012/cues-dlq")})
            }
            "AmazonSQS.GetQueueAttributes"
                if asked["QueueUrl"].as_str().expect("a URL").ends_with("-dlq") =>
            {
                json!({"Attributes": {"ApproximateNumberOfMessages": counts[0]}})
            }
            "AmazonSQS.GetQueueAttributes" => json!({"Attributes": {
                "ApproximateNumberOfMessages": counts[1],
                "RedrivePolicy": json!({"deadLetterTargetArn": "arn:aws:sqs:eu-west-2:123456789012:cues-dlq",
                    "maxReceiveCount": 5}).to_string(),
            }}),
            other => panic!("{other} is not asked"),
        })
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(answer).with_state(Arc::new([failed, waiting]));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn in_aws_the_table_and_the_queues_are_looked_at() {
    let show = show(None).await;
    for (failed, waiting, code, told) in [
        ("0", "2", 0, "✓ cues: 2 wait, none were given up"),
        ("3", "0", 1, "✗ cues: 3 messages were given up"),
        ("0", "101", 0, "! cues: 101 messages wait"),
    ] {
        let sqs = sqs(failed, waiting).await;
        let database = show.local.database();
        let queue = format!("{sqs}/123456789012/cues");
        let aws = [
            ("EARSHOT_TABLE", "earshot"),
            ("AWS_REGION", "eu-west-2"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &database),
            ("AWS_ENDPOINT_URL_SQS", &sqs),
            ("EARSHOT_CUES_QUEUE_URL", &queue),
        ];
        let (found, ended) = show.run(&aws, &["doctor"]).await;
        assert!(found.contains(told), "{told}: {found}");
        assert!(found.contains("the table answers; there is one chat"), "{found}");
        assert_eq!(ended, code, "{found}");
    }
    show.stop().await;
}

//! The operator's commands as an operator runs them: the real binary, against platforms that keep what they
//! document. Everything is run twice, dry runs change nothing, and what was set up can be taken back.

use std::process::{Output, Stdio};
use std::time::Duration;

use axum::Router;
use earshot::cast;
use earshot::local::{Local, Platforms};
use earshot::standin::x::{Registered, Rule};
use earshot::standin::{Fault, Request, StandIn};
use host::{Clock, Clocks};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// A name that stands for our own address at the platforms.
const ADDRESS: &str = "https://chat.example.org";

/// What came out of a command.
struct Told {
    out: String,
    notes: String,
    code: i32,
}

impl Told {
    /// Both streams, as a terminal shows them, with the exit code behind.
    fn all(&self) -> String {
        format!("{}{}(exit {})", self.out, self.notes, self.code)
    }
}

/// Runs `earshot`, and sees that no secret is in what it says.
async fn earshot(variables: &[(&str, String)], args: &[&str]) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true).args(args);
    command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
    let ended =
        timeout(Duration::from_secs(60), command.output()).await.expect("it ends").expect("it starts");
    let Output { status, stdout, stderr } = ended;
    let told = Told {
        out: String::from_utf8(stdout).expect("text"),
        notes: String::from_utf8(stderr).expect("text"),
        code: status.code().expect("an exit code"),
    };
    for (name, value) in variables {
        let secret = ["_TOKEN", "_SECRET", "_KEY"].iter().any(|end| name.ends_with(end));
        if secret && *name != "DISCORD_PUBLIC_KEY" {
            assert!(!told.all().contains(value), "{name} is shown in: {}", told.all());
        }
    }
    told
}

struct Stage {
    platforms: Platforms,
    local: Local,
}

/// Earshot running with all three platforms, and aimed at by them.
async fn stage(change: impl FnOnce(&mut Platforms)) -> Stage {
    stage_with(|_, _, _| {}, change).await
}

async fn stage_with(
    cast: impl FnOnce(
        &mut earshot::standin::slack::Config,
        &mut earshot::standin::discord::Config,
        &mut earshot::standin::x::Config,
    ),
    change: impl FnOnce(&mut Platforms),
) -> Stage {
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let (mut slack, mut discord, mut x) = (cast::slack(&clocks), cast::discord(&clocks), cast::x(&clocks));
    (x.rules, x.webhook) = (Vec::new(), false);
    cast(&mut slack, &mut discord, &mut x);
    let mut platforms = Platforms::start_with(slack, discord, x, true).await.expect("stand-ins");
    platforms.x.set_registered(Registered::No);
    change(&mut platforms);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = platforms.config().expect("settings");
    let local = Local::start(config, None, clocks, listener, Router::new()).await.expect("a host");
    platforms.aim(&local.url());
    Stage { platforms, local }
}

impl Stage {
    async fn run(&self, args: &[&str]) -> Told {
        earshot(self.platforms.variables(), args).await
    }

    /// With some variables set otherwise; an empty value is as good as none.
    async fn run_with(&self, otherwise: &[(&'static str, &str)], args: &[&str]) -> Told {
        let mut variables = self.platforms.variables().to_vec();
        for (name, value) in otherwise {
            variables.retain(|(known, _)| known != name);
            variables.push((name, (*value).to_owned()));
        }
        earshot(&variables, args).await
    }

    /// What ids X gave, out of a text.
    fn plain(&self, told: &Told) -> String {
        let mut text = told.all();
        for hook in self.platforms.x.hooks() {
            text = text.replace(&hook.id, "(id)");
        }
        text
    }

    async fn stop(self) {
        self.platforms.stop().await;
        self.local.stop().await.expect("it stops");
    }
}

fn only_looked(requests: &[Request]) -> bool {
    requests.iter().all(|request| request.method == "GET")
}

fn changes(requests: Vec<Request>) -> Vec<String> {
    let changes = requests.into_iter().filter(|request| request.method != "GET");
    changes.map(|request| format!("{} {}", request.method, request.path)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn slacks_manifest_is_printed_for_the_address_alone_on_standard_output() {
    let told = earshot(&[], &["setup", "slack", "--address", ADDRESS]).await;
    assert_eq!(told.code, 0, "{}", told.notes);
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../slack-manifest.yaml"));
    let source = source.expect("the source");
    assert_eq!(told.out, source.replace("https://earshot.example.org", ADDRESS));
    insta::assert_snapshot!("slack-manifest-next", told.notes);
    let again = earshot(&[], &["setup", "slack", "--address", ADDRESS, "--dry-run"]).await;
    assert_eq!(again.all(), told.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn slacks_scopes_are_compared_with_what_is_used() {
    let stage = stage(|_| {}).await;
    let well = stage.run(&["setup", "slack", "--address", ADDRESS]).await;
    insta::assert_snapshot!("slack-well", format!("{}(exit {})", well.notes, well.code));
    assert_eq!(stage.platforms.slack.requests().len(), 1);
    assert_eq!(stage.platforms.slack.requests()[0].path, "/api/auth.test");
    stage.platforms.slack.inject_on("auth.test", Fault::slack("token_revoked"), 1);
    let revoked = stage.run(&["setup", "slack", "--address", ADDRESS]).await;
    assert_eq!(revoked.code, 1);
    assert!(revoked.notes.contains("does not take SLACK_BOT_TOKEN (token_revoked)"), "{}", revoked.notes);
    let remove = stage.run(&["setup", "slack", "--remove"]).await;
    insta::assert_snapshot!("slack-remove", remove.all());
    stage.stop().await;

    let stage = stage_with(
        |slack, _, _| {
            slack.scopes.retain(|scope| !scope.starts_with("groups:"));
            slack.scopes.push("pins:write".to_owned());
        },
        |_| {},
    )
    .await;
    let lacking = stage.run(&["setup", "slack", "--address", ADDRESS]).await;
    insta::assert_snapshot!("slack-lacking", format!("{}(exit {})", lacking.notes, lacking.code));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_platforms_would_not_call_is_refused_before_anything_is_done() {
    for (address, why) in [
        ("http://chat.example.org", "must begin with https://"),
        ("https://chat.example.org/slack/events", "as in https://chat.example.org"),
        ("https://chat.example.org:8443", "must not name a port"),
    ] {
        for platform in ["slack", "discord", "x"] {
            let told = earshot(&[], &["setup", platform, "--address", address]).await;
            assert_eq!(told.code, 2, "{}", told.all());
            assert!(told.notes.contains(why), "{address}: {}", told.all());
        }
    }
    let told = earshot(&[], &["setup", "x", "--address", ADDRESS, "--hashtag", "#two words"]).await;
    assert!(told.code == 2 && told.notes.contains("is no hashtag on X"), "{}", told.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_where_it_comes_from() {
    let told = earshot(&[], &["setup", "discord"]).await;
    insta::assert_snapshot!("discord-missing", told.all());
    let told =
        earshot(&[("X_CONSUMER_KEY", "ckey-hush".into())], &["setup", "x", "--address", ADDRESS]).await;
    insta::assert_snapshot!("x-missing", told.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn discords_commands_are_shown_registered_once_and_taken_back() {
    let stage = stage(|_| {}).await;
    let discord = &stage.platforms.discord;
    let all = ["setup", "discord", "--address", ADDRESS];
    let dry = stage.run(&[&all[..], &["--dry-run"]].concat()).await;
    insta::assert_snapshot!("discord-dry-run", dry.all());
    assert!(only_looked(&discord.requests()));
    assert!(discord.commands(None).is_empty());

    let first = stage.run(&all).await;
    insta::assert_snapshot!("discord-first", first.all());
    let registered = discord.commands(None);
    assert_eq!(registered.len(), 12);
    // What was registered is what can be typed: the stand-in refuses any other word.
    discord.command(cast::AMARA, cast::DISCORD_CHANNEL, "when", &[]).await.expect("it can be typed");

    let before = discord.requests().len();
    let second = stage.run(&all).await;
    assert!(second.out.contains("All 12 are there as they should be: nothing to change."), "{}", second.out);
    assert_eq!(second.code, 0);
    assert!(only_looked(&discord.requests()[before..]));
    assert_eq!(discord.commands(None), registered, "not even a new version");

    let dry = stage.run(&["setup", "discord", "--remove", "--dry-run"]).await;
    assert!(dry.out.contains("  - /join\n") && dry.out.contains("dry run"), "{}", dry.out);
    assert_eq!(discord.commands(None), registered);
    let gone = stage.run(&["setup", "discord", "--remove"]).await;
    insta::assert_snapshot!("discord-remove", gone.all());
    assert!(discord.commands(None).is_empty());
    let again = stage.run(&["setup", "discord", "--remove"]).await;
    assert!(again.out.contains("nothing to remove") && again.code == 0, "{}", again.all());
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discords_other_commands_are_pointed_out_and_survive_a_removal() {
    let stage = stage(|_| {}).await;
    let discord = &stage.platforms.discord;
    stage.run(&["setup", "discord"]).await;
    // Somebody edits by hand: one is changed, one is another's.
    let mut edited = discord.commands(None);
    edited[0]["description"] = json!("Be one of us");
    edited.push(json!({"name": "dice", "description": "Roll one"}));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let variable = |name: &str| {
        let found = stage.platforms.variables().iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).expect("a variable")
    };
    let url = format!("{}applications/{}/commands", discord.api_url(), variable("DISCORD_APPLICATION_ID"));
    let put = http.put(url).header("authorization", format!("Bot {}", variable("DISCORD_BOT_TOKEN")));
    let put = put.header("user-agent", "DiscordBot (https://example.org, 1)").json(&edited);
    assert_eq!(put.send().await.expect("an answer").status(), 200);

    let told = stage.run(&["setup", "discord", "--dry-run"]).await;
    let commands = told.out.split("In the developer portal").next().expect("its beginning");
    insta::assert_snapshot!("discord-edited", commands);
    let gone = stage.run(&["setup", "discord", "--remove"]).await;
    assert!(gone.out.contains("left alone: /dice"), "{}", gone.out);
    let names: Vec<String> = discord.commands(None).iter().map(|c| c["name"].to_string()).collect();
    assert_eq!(names, ["\"dice\""]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discords_key_and_endpoint_are_compared_with_ours() {
    let endpoint = format!("{ADDRESS}/discord/interactions");
    let stage = stage_with(|_, discord, _| discord.endpoint = Some(endpoint), |_| {}).await;
    let told = stage.run(&["setup", "discord", "--address", ADDRESS]).await;
    assert!(told.out.contains("✓ DISCORD_PUBLIC_KEY is the application's key."), "{}", told.out);
    assert!(
        told.out.contains("✓ Interactions Endpoint URL is https://chat.example.org/discord/interactions")
    );
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let told = stage.run_with(&[("DISCORD_PUBLIC_KEY", other)], &["setup", "discord"]).await;
    let key = stage.platforms.discord.public_key_hex();
    assert_eq!(told.code, 1);
    assert!(told.out.contains("is another application's"), "{}", told.out);
    assert!(told.out.contains(&format!("DISCORD_PUBLIC_KEY={key}")), "{}", told.out);
    let told = stage.run_with(&[("DISCORD_APPLICATION_ID", "42")], &["setup", "discord"]).await;
    assert!(told.code == 1 && told.out.contains("DISCORD_APPLICATION_ID says 42"), "{}", told.out);
    let told = stage.run_with(&[("DISCORD_BOT_TOKEN", "wrong")], &["setup", "discord"]).await;
    assert!(told.code == 1 && told.out.contains("does not take DISCORD_BOT_TOKEN"), "{}", told.out);
    stage.stop().await;
}

const X: [&str; 6] = ["setup", "x", "--address", ADDRESS, "--hashtag", "#SMXChat"];

#[tokio::test(flavor = "multi_thread")]
async fn x_is_set_up_once_and_taken_back() {
    let stage = stage(|_| {}).await;
    let x = &stage.platforms.x;
    let dry = stage.run(&[&X[..], &["--dry-run"]].concat()).await;
    insta::assert_snapshot!("x-dry-run", dry.all());
    assert!(only_looked(&x.requests()));
    assert!(x.hooks().is_empty() && x.rules().is_empty() && x.links().is_empty());

    let first = stage.run(&X).await;
    insta::assert_snapshot!("x-first", stage.plain(&first));
    let [hook] = &x.hooks()[..] else { panic!("one webhook: {:?}", x.hooks()) };
    assert_eq!((hook.url.as_str(), hook.valid), ("https://chat.example.org/x/webhook", true));
    assert_eq!(x.links(), [hook.id.as_str()]);
    assert_eq!(x.rules()[0].value, "#SMXChat -is:retweet");
    // And so posts come.
    let posted = x.post_as(cast::ON_X[0].0, "hello #smxchat", None).await.expect("it is posted");
    assert!(matches!(posted.delivered, earshot::standin::x::Delivered::Answered(_)), "{posted:?}");

    let before = x.requests().len();
    let second = stage.run_with(&[("X_WEBHOOK_ID", &hook.id)], &X).await;
    insta::assert_snapshot!("x-second", stage.plain(&second));
    assert!(only_looked(&x.requests()[before..]));

    let more = stage.run(&[&X[..], &["--hashtag", "books"]].concat()).await;
    assert!(more.out.contains("  + rule #books -is:retweet\n"), "{}", more.out);
    assert_eq!(x.rules().len(), 2);
    let fewer = stage.run(&["setup", "x", "--address", ADDRESS, "--hashtag", "#books", "--remove"]).await;
    assert_eq!(fewer.code, 0, "{}", fewer.out);
    assert_eq!((x.rules().len(), x.hooks().len()), (1, 1), "only that rule went");

    let remove = ["setup", "x", "--address", ADDRESS, "--remove"];
    let dry = stage.run(&[&remove[..], &["--dry-run"]].concat()).await;
    assert!(dry.out.contains("dry run") && x.hooks().len() == 1, "{}", dry.out);
    let named = x.hooks()[0].id.clone();
    let gone = stage.run(&remove).await;
    insta::assert_snapshot!("x-remove", gone.all().replace(&named, "(id)"));
    assert!(x.hooks().is_empty() && x.rules().is_empty() && x.links().is_empty());
    let again = stage.run(&remove).await;
    assert!(again.out.contains("Nothing to remove") && again.code == 0, "{}", again.all());
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_rules_of_others_are_left_alone() {
    let others = Rule { id: "1".into(), tag: "cats".into(), value: "cats".into() };
    let kept = others.clone();
    let stage = stage_with(move |_, _, x| x.rules = vec![others], |_| {}).await;
    stage.run(&X).await;
    assert_eq!(stage.platforms.x.rules().len(), 2);
    let gone = stage.run(&["setup", "x", "--address", ADDRESS, "--remove"]).await;
    assert!(gone.out.contains("left alone: 1"), "{}", gone.out);
    assert_eq!(stage.platforms.x.rules(), [kept]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_tries_a_webhook_again_that_it_gave_up() {
    let stage = stage(|_| {}).await;
    stage.run(&X).await;
    let x = &stage.platforms.x;
    // Earshot is away while X asks.
    stage.platforms.aim("http://127.0.0.1:9");
    let id = x.hooks()[0].id.clone();
    let variables = stage.platforms.variables();
    let bearer = variables.iter().find(|(name, _)| *name == "X_BEARER_TOKEN").expect("a token").1.clone();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}2/webhooks/{id}", x.api_url());
    assert_eq!(http.put(url).bearer_auth(bearer).send().await.expect("an answer").status(), 400);
    assert!(!x.hooks()[0].valid);
    stage.platforms.aim(&stage.local.url());
    let before = x.requests().len();
    let told = stage.run(&X).await;
    assert!(told.out.contains("X gave it up, and is asked to try it again"), "{}", told.out);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(x.hooks()[0].valid);
    assert_eq!(changes(x.requests()[before..].to_vec()), [format!("PUT /2/webhooks/{id}")]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_challenge_that_fails_is_told_with_what_to_look_at() {
    let stage = stage(|_| {}).await;
    stage.platforms.aim("http://127.0.0.1:9");
    let told = stage.run(&X).await;
    insta::assert_snapshot!("x-challenge-failed", told.all());
    assert!(stage.platforms.x.hooks().is_empty() && stage.platforms.x.rules().is_empty());
    stage.stop().await;
    // Earshot runs there with another secret.
    let stage = stage_with(|_, _, _| {}, |platforms| platforms.set("X_CONSUMER_SECRET", "another")).await;
    let told = stage.run_with(&[("X_CONSUMER_SECRET", "stage-consumer-not-a-secret")], &X).await;
    assert!(told.code == 1 && told.out.contains("Invalid `response_token`"), "{}", told.all());
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_plan_without_a_stream_for_webhooks_is_told_how_posts_come_instead() {
    let stage = stage_with(|_, _, x| x.stream_webhooks = false, |_| {}).await;
    let x = &stage.platforms.x;
    let told = stage.run(&X).await;
    insta::assert_snapshot!("x-plan", stage.plain(&told));
    assert_eq!((x.hooks().len(), x.rules().len()), (1, 0), "removals are told; rules would bring nothing");
    let id = x.hooks()[0].id.clone();
    let before = x.requests().len();
    let again = stage.run_with(&[("X_WEBHOOK_ID", &id), ("EARSHOT_X_SOURCE", "poll")], &X).await;
    insta::assert_snapshot!("x-plan-again", stage.plain(&again));
    assert!(only_looked(&x.requests()[before..]));
    let gone = stage.run(&["setup", "x", "--address", ADDRESS, "--remove"]).await;
    assert_eq!(gone.code, 0, "{}", gone.out);
    assert!(x.hooks().is_empty());
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_limit_of_webhooks_is_told_with_the_way_out() {
    let stage = stage(|_| {}).await;
    stage.platforms.x.set_registered(Registered::Valid);
    let told = stage.run(&X).await;
    assert_eq!(told.code, 1);
    assert!(
        told.out.contains("another webhook of this app, left alone: https://earshot.example.org"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("WebhookLimitExceeded") && told.out.contains("--remove --address"),
        "{}",
        told.out
    );
    let told = stage.run(&["setup", "x", "--address", "https://earshot.example.org", "--remove"]).await;
    assert_eq!(told.code, 0, "{}", told.out);
    let told = stage.run(&X).await;
    assert_eq!(told.code, 0, "{}", told.out);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_account_is_introduced_with_what_its_bio_lacks() {
    let stage = stage_with(|_, _, x| x.bio = String::new(), |_| {}).await;
    let told = stage.run_with(&[("X_HANDLE", "@somebody")], &[&X[..], &["--dry-run"]].concat()).await;
    assert!(told.out.contains("SMX Chat (@SMXChat, 1200000000000000001) will speak on X."), "{}", told.out);
    assert!(told.out.contains("It is empty."), "{}", told.out);
    assert!(told.out.contains("Set X_HANDLE=SMXChat"), "{}", told.out);
    for (name, told_of) in
        [("X_ACCESS_TOKEN_SECRET", "X_ACCESS_TOKEN_SECRET"), ("X_BEARER_TOKEN", "X_BEARER_TOKEN")]
    {
        let told = stage.run_with(&[(name, "wrong")], &X).await;
        assert!(told.code == 1 && told.out.contains("does not take"), "{}", told.out);
        assert!(told.out.contains(told_of), "{}", told.out);
    }
    stage.stop().await;
}

//! `earshot serve` as a stranger runs it: a process of its own, its environment, and an end by SIGKILL.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use earshot::cast;
use earshot::local::Platforms;
use earshot::standin::{Change, Fault, Message, StandIn};
use host::{Clock, Clocks};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

fn earshot() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command.envs(std::env::var("RUST_LOG").ok().map(|level| ("RUST_LOG", level)));
    command
}

async fn ends(command: &mut Command) -> Output {
    timeout(Duration::from_secs(30), command.output()).await.expect("it ends").expect("it starts")
}

#[tokio::test]
async fn every_missing_name_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = earshot();
    command.args(["serve", "--port", "0", "--data"]).arg(folder.path());
    command.env("DISCORD_BOT_TOKEN", "x").env("X_ACCESS_TOKEN", "1-x").env("SLACK_BOT_TOKEN", "xoxb-x");
    let output = ends(&mut command).await;
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    for name in [
        "SLACK_SIGNING_SECRET",
        "DISCORD_PUBLIC_KEY",
        "DISCORD_APPLICATION_ID",
        "X_CONSUMER_KEY",
        "X_CONSUMER_SECRET",
        "X_ACCESS_TOKEN_SECRET",
        "EARSHOT_OPERATORS",
    ] {
        assert!(told.contains(name), "{name} is not named in: {told}");
    }
    assert!(!told.contains("SLACK_BOT_TOKEN"), "what is set is not missing: {told}");
    let from = "  SLACK_SIGNING_SECRET: https://api.slack.com/apps, your app, Basic Information";
    assert_eq!(told.matches(from).count(), 1, "where it is found: {told}");
}

#[tokio::test]
async fn a_moved_clock_is_for_stand_ins_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = earshot();
    command
        .args(["serve", "--port", "0", "--clock", "2026-11-24T19:50:00Z x60", "--data"])
        .arg(folder.path());
    command.env("SLACK_BOT_TOKEN", "xoxb-x").env("SLACK_SIGNING_SECRET", "x").env("EARSHOT_OPERATORS", "U1");
    let output = ends(&mut command).await;
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("on this machine"));
}

/// Starts a server on a folder and gives its address.
async fn serve(platforms: &Platforms, data: &Path, clock: DateTime<Utc>) -> Child {
    let clock = format!("{} x10", clock.to_rfc3339_opts(SecondsFormat::Millis, true));
    let mut command = earshot();
    command.args(["serve", "--port", "0", "--clock", &clock, "--data"]).arg(data).stdout(Stdio::piped());
    command.envs(platforms.variables().iter().map(|(name, value)| (*name, value.as_str())));
    let mut child = command.spawn().expect("it starts");
    let stdout = child.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = timeout(Duration::from_secs(30), lines.next_line()).await.expect("it says where it listens");
    let line = line.expect("it can be read").expect("it says something");
    let port = line.trim_end_matches('.').rsplit(' ').next().expect("a port").to_owned();
    platforms.aim(&format!("http://127.0.0.1:{port}"));
    child
}

async fn chat(platforms: &Platforms, text: &str) -> String {
    let answer =
        platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, text).await.expect("an answer");
    assert_eq!(answer.refused, None, "{text}");
    answer.body.to_string()
}

async fn until(changes: &mut Receiver<Change>, what: &str, wanted: impl Fn(&Message) -> bool) -> Message {
    let seen = timeout(Duration::from_secs(60), async {
        loop {
            if let Ok(Change::Posted { message }) = changes.recv().await
                && wanted(&message)
            {
                return message;
            }
        }
    });
    seen.await.unwrap_or_else(|_| panic!("{what} did not come"))
}

fn says(message: &Message, words: &str) -> bool {
    message.ephemeral_for.is_none() && message.payload.to_string().contains(words)
}

/// The process dies with a call under way that the platform has accepted and nobody has recorded, and
/// with posts waiting behind it. Started again on the same folder, it finds the one and sends the others.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_goes_on() {
    let start: DateTime<Utc> = "2026-11-24T19:59:00Z".parse().expect("an instant");
    let clocks = Clocks { chat: Clock::moved(start, 10.0), real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = serve(&platforms, folder.path(), clocks.chat.now()).await;
    chat(&platforms, "new #SMXChat every Tuesday 8pm London").await;
    chat(&platforms, "connect slack").await;
    let reply = chat(&platforms, "connect discord").await;
    let code: String = reply.split("/connect ").nth(1).expect("a code").chars().take(8).collect();
    let options = [("code", json!(code))];
    let connected = platforms.discord.command(cast::TOMASZ, cast::DISCORD_CHANNEL, "connect", &options).await;
    assert_eq!(connected.expect("an answer").refused, None);
    let mut slack = platforms.slack.changes();
    let mut discord = platforms.discord.changes();
    until(&mut slack, "the opening", |m| says(m, "Welcome")).await;

    // Slack takes the next message and never answers.
    platforms.slack.inject_on("chat.postMessage", Fault::Hang { accepted: true }, 1);
    let mut ids = Vec::new();
    for n in 1..=4 {
        let text = format!("Post number {n} #SMXChat");
        ids.push(platforms.x.post_as("9001", &text, None).await.expect("X takes it").id);
        if n == 1 {
            until(&mut slack, "the first card", |m| says(m, "number 1")).await;
        }
    }
    until(&mut discord, "the last card in Discord", |m| says(m, "number 4")).await;
    first.kill().await.expect("it dies");

    let mut second = serve(&platforms, folder.path(), clocks.chat.now() + TimeDelta::seconds(1)).await;
    until(&mut slack, "the last card", |m| says(m, "number 4")).await;
    for room in [platforms.slack.messages(), platforms.discord.messages()] {
        for id in &ids {
            let shown = room.iter().filter(|m| says(m, &format!("/status/{id}"))).count();
            assert_eq!(shown, 1, "post {id} stands {shown} times");
        }
        let welcomes = room.iter().filter(|m| says(m, "Welcome")).count();
        assert_eq!(welcomes, 1, "the opening stands once");
    }
    let all: String = platforms.slack.messages().iter().map(|m| m.payload.to_string()).collect();
    let places: Vec<Option<usize>> = (1..=4).map(|n| all.find(&format!("number {n}"))).collect();
    assert!(places.is_sorted(), "the order held");
    assert_eq!(platforms.x.messages().iter().filter(|m| m.author.bot).count(), 0, "X was not connected");
    second.kill().await.expect("it dies");
    platforms.stop().await;
}

/// Whoever runs services asks for the end with SIGTERM; and two processes never share a folder.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_it_ends_well_and_frees_its_folder() {
    let start: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().expect("an instant");
    let clocks = Clocks { chat: Clock::moved(start, 1.0), real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = serve(&platforms, folder.path(), start).await;
    chat(&platforms, "new #SMXChat every Tuesday 8pm London").await;

    let mut command = earshot();
    command.args(["serve", "--port", "0", "--data"]).arg(folder.path());
    command.envs(platforms.variables().iter().map(|(name, value)| (*name, value.as_str())));
    let refused = ends(&mut command).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("another Earshot uses"), "{told}");

    let id = first.id().expect("it runs").to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill runs");
    assert!(asked.success());
    let ended = timeout(Duration::from_secs(30), first.wait()).await.expect("it ends").expect("a status");
    assert_eq!(ended.code(), Some(0), "{ended:?}");

    let mut second = serve(&platforms, folder.path(), start).await;
    let read = chat(&platforms, "when").await;
    assert!(read.contains("24 Nov"), "what was written is there: {read}");
    second.kill().await.expect("it dies");
    platforms.stop().await;
}

#[tokio::test]
async fn a_clock_that_cannot_be_read_is_told_with_what_it_looks_like() {
    for written in ["", "tomorrow", "x-1", "x10 x20", "2026-11-24T19:50:00Z 2026-11-24T19:50:00Z"] {
        let output = ends(earshot().args(["--empty", "--port", "0", "--clock", written])).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{written:?}: {told}");
        assert!(told.contains("clock"), "{written:?}: {told}");
    }
}

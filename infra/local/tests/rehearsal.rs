//! The rehearsal is a check, so it must be able to fail: an hour is played on platforms that misbehave,
//! and the verdict has to name what became of it, and nothing else.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use earshot::cast;
use earshot::local::{Local, Platforms};
use earshot::rehearsal::Rehearsal;
use earshot::standin::{Fault, StandIn};
use earshot::worker;
use host::{Clock, Clocks};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// Late enough that the reminder of the evening before is over.
fn start() -> DateTime<Utc> {
    "2026-11-24T19:30:00Z".parse().expect("an instant")
}

async fn stage(clocks: &Clocks, data: Option<&Path>) -> (Arc<Platforms>, Local) {
    let platforms = Arc::new(Platforms::start(clocks, true).await.expect("stand-ins"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = platforms.config().expect("a configuration");
    let local = Local::start(config, data, clocks.clone(), listener, Router::new()).await.expect("a host");
    platforms.aim(&local.url());
    (platforms, local)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platforms_spoil_is_named() {
    // Slow enough for every question, also where other tests run beside this one.
    let clocks = Clocks { chat: Clock::moved(start(), 100.0), real: Clock::System };
    let (platforms, local) = stage(&clocks, None).await;
    let working = tokio::spawn(worker::work(local.host.clone()));

    // Discord gives nobody the role, X refuses the first announcement, and Slack opens no form for Sol.
    let forbidden = Fault::discord(403, 50013, "Missing Permissions");
    platforms.discord.inject_on("/roles/", forbidden, 100);
    let refused = Fault::x(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.");
    platforms.x.inject_on("POST /2/tweets", refused, 1);
    platforms.slack.inject_on("views.open", Fault::slack("expired_trigger_id"), 1);

    let lines = Mutex::new(Vec::new());
    let say = |line: String| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let rehearsal = Rehearsal { platforms: Arc::clone(&platforms), host: local.host.clone() };
    let tally = rehearsal.play(&say).await.expect("the hour is played");
    working.abort();
    platforms.stop().await;
    local.stop().await.expect("the host stops");

    assert!(!tally.is_well());
    assert_eq!(
        tally.broken,
        [
            "Sol presses Answer: the form did not open.",
            "The reminder of the last ten minutes is missing on X.",
            "Sol is missing in Discord: “Nothing, for a week. Then one of us wrote to ten, and each…”.",
            "Sol is missing in Slack: “Nothing, for a week. Then one of us wrote to ten, and each…”.",
            "Amara joined and was not given the members' role.",
            "Juno joined and was not given the members' role.",
        ]
    );
    assert_eq!((tally.counts["carried to Discord"], tally.counts["carried to Slack"]), (32, 32));
    let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(lines.iter().any(|line| line.starts_with("Somebody stumbled. Sol presses Answer")), "{lines:?}");
}

/// A folder whose chat is retired: nothing is planned, so nothing can be played, and CI is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_cannot_be_played_ends_with_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let clocks = Clocks { chat: Clock::stepped(start()), real: Clock::System };
    let (platforms, local) = stage(&clocks, Some(folder.path())).await;
    for command in ["new #SMXChat every Tuesday 8pm London", "retire"] {
        let answer = platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, command).await;
        assert_eq!(answer.expect("an answer").refused, None);
    }
    let asked = platforms.slack.messages().pop().expect("the question back");
    let button = asked.payload.pointer("/blocks/1/elements/0").expect("a button");
    let part = |key: &str| button[key].as_str().expect("a word");
    let (action, value) = (part("action_id"), part("value"));
    let slack = &platforms.slack;
    slack.press(cast::MAYA, cast::SLACK_CHANNEL, &asked.id, action, Some(value)).await.expect("an answer");
    platforms.stop().await;
    local.stop().await.expect("the host stops");

    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command.args(["--exit", "--port", "0", "--clock", "2026-11-24T19:31:00Z x10", "--data"]);
    command.arg(folder.path()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    let output =
        timeout(Duration::from_secs(60), command.output()).await.expect("it ends").expect("it starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("A chat hour plays on it, 10 times as fast as life."), "{told}");
    assert!(told.contains("BROKEN  No hour is planned, so none could be played."), "{told}");
}

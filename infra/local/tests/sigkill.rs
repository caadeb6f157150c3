//! The real process, killed by SIGKILL at every step of a delivery: while it holds a destination, claims,
//! calls, records, lets go, before and after each of them was carried out; and while it takes a post in or
//! fires a cue. Another process then goes on with the table.
//!
//! Where it is killed is seen from outside: its database lies behind a cable and its platforms are
//! stand-ins, and both can hold the one request that a step consists of and tell when they do. So a kill
//! falls into the step by its name, and not somewhere near it.
//!
//! A claim's lease is twenty seconds of real time, and no setting shortens it: a product with a knob for
//! its leases has one more way to post twice. Instead the deployments wait side by side.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use earshot::cable::{Cable, Trouble};
use earshot::cast;
use earshot::database::Database;
use earshot::local::Platforms;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, Message, StandIn};
use host::{Clock, Clocks, Patience};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// So many deployments at once: each is a process of some forty megabytes that mostly waits.
const AT_ONCE: usize = 20;

/// What the process is doing when it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum During {
    /// The opening goes out, in all three rooms.
    Opening,
    /// A card goes out, in Slack and in Discord.
    Card,
}

/// The step in which it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The commit of the post or of the cue.
    Commit,
    Hold,
    Claim,
    Send,
    Record,
    Free,
}

#[derive(Clone, Copy, Debug)]
struct Kill {
    during: During,
    step: Step,
    platform: &'static str,
    /// Whether what the step asked for was carried out first.
    done: bool,
}

fn kills() -> Vec<Kill> {
    let mut all = Vec::new();
    for done in [false, true] {
        for step in [Step::Hold, Step::Claim, Step::Send, Step::Record, Step::Free] {
            for platform in ["slack", "discord", "x"] {
                all.push(Kill { during: During::Opening, step, platform, done });
            }
            for platform in ["slack", "discord"] {
                all.push(Kill { during: During::Card, step, platform, done });
            }
        }
        for during in [During::Opening, During::Card] {
            all.push(Kill { during, step: Step::Commit, platform: "", done });
        }
    }
    all
}

/// When the chat's clock shows this, the template is set up and nothing is near.
fn afternoon() -> DateTime<Utc> {
    "2026-11-24T15:00:00Z".parse().expect("an instant")
}

/// The opening is near.
fn evening() -> DateTime<Utc> {
    "2026-11-24T19:59:57Z".parse().expect("an instant")
}

async fn serve(platforms: &Platforms, base: &[&str], chat: DateTime<Utc>) -> Child {
    let clock = format!("{} x1", chat.to_rfc3339_opts(SecondsFormat::Millis, true));
    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    command.env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "off".to_owned()));
    command.args(["serve", "--port", "0", "--clock", &clock]).args(base);
    command.envs(platforms.variables().iter().map(|(name, value)| (*name, value.as_str())));
    let mut child = command.spawn().expect("it starts");
    let stdout = child.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = timeout(Duration::from_secs(60), lines.next_line()).await.expect("it says where it listens");
    let line = line.expect("it can be read").expect("it says something");
    let port = line.trim_end_matches('.').rsplit(' ').next().expect("a port").to_owned();
    platforms.aim(&format!("http://127.0.0.1:{port}"));
    child
}

async fn chat(platforms: &Platforms, text: &str) -> String {
    let answer = platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, text).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.refused, None, "{text}");
    answer.body.to_string()
}

/// Sets a chat up in the file that every deployment starts from.
async fn template(folder: &Path) {
    let clocks = Clocks { chat: Clock::moved(afternoon(), 1.0), real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let data = folder.to_str().expect("a folder in UTF-8");
    let mut child = serve(&platforms, &["--data", data], afternoon()).await;
    chat(&platforms, "new #SMXChat every Tuesday 8pm London").await;
    chat(&platforms, "connect slack").await;
    let reply = chat(&platforms, "connect discord").await;
    let code: String = reply.split("/connect ").nth(1).expect("a code").chars().take(8).collect();
    let options = [("code", json!(code))];
    let connected = platforms.discord.command(cast::TOMASZ, cast::DISCORD_CHANNEL, "connect", &options).await;
    assert_eq!(connected.expect("an answer").refused, None);
    // Every deployment has rooms of its own, so no card may want a thread of another's.
    chat(&platforms, "set slack flat").await;
    chat(&platforms, "connect x").await;
    chat(&platforms, "set reminders none").await;
    chat(&platforms, "preview").await;
    let seen = platforms.slack.messages();
    let preview = seen.iter().rev().find(|m| m.payload.to_string().contains("Approve X"));
    let preview = preview.expect("a preview with its button");
    let (action, value) = button(&preview.payload, "Approve X").expect("the button");
    let pressed =
        platforms.slack.press(cast::MAYA, cast::SLACK_CHANNEL, &preview.id, &action, value.as_deref()).await;
    assert_eq!(pressed.expect("an answer").refused, None);
    child.kill().await.expect("it dies");
    platforms.stop().await;
}

fn button(payload: &serde_json::Value, label: &str) -> Option<(String, Option<String>)> {
    let elements = payload.get("blocks")?.as_array()?.iter().filter_map(|b| b.get("elements")?.as_array());
    let found =
        elements.flatten().find(|e| e.pointer("/text/text").and_then(|t| t.as_str()) == Some(label))?;
    let text = |name: &str| found.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    Some((text("action_id")?, text("value")))
}

/// Lays the one fault that holds the step.
fn lay(kill: Kill, cable: &Cable, platforms: &Platforms) -> tokio::sync::watch::Receiver<usize> {
    let Kill { during, step, platform, done } = kill;
    let at = |words: &str| format!("{words} WAIT#{platform}:");
    let trouble = Trouble::Hung { done };
    match (step, during) {
        (Step::Send, _) => {
            let fault = Fault::Hang { accepted: done };
            return match platform {
                "slack" => {
                    platforms.slack.inject_on("chat.postMessage", fault, 1);
                    platforms.slack.met()
                }
                "discord" => {
                    platforms.discord.inject_on("/messages", fault, 1);
                    platforms.discord.met()
                }
                _ => {
                    platforms.x.inject_on("POST /2/tweets", fault, 1);
                    platforms.x.met()
                }
            };
        }
        (Step::Commit, During::Opening) => cable.plan("TransactWriteItems /open> WAIT#", 0, 1, trouble),
        (Step::Commit, During::Card) => cable.plan("TransactWriteItems SPOKE# WAIT#", 0, 1, trouble),
        (Step::Hold, _) => {
            cable.plan(&format!("UpdateItem held_until if_not_exists DEST#{platform}:"), 0, 1, trouble)
        }
        (Step::Claim, _) => cable.plan(&at("TransactWriteItems claimed_by"), 0, 1, trouble),
        (Step::Record, _) => cable.plan(&at("TransactWriteItems REMOVE external"), 0, 1, trouble),
        (Step::Free, _) => cable.plan(&format!("UpdateItem failures REMOVE DEST#{platform}:"), 0, 1, trouble),
    }
    cable.met()
}

/// What stands in a room and contains these words.
fn standing(room: &[Message], words: &str) -> usize {
    let says = |m: &&Message| {
        m.author.bot && !m.deleted && m.ephemeral_for.is_none() && m.payload.to_string().contains(words)
    };
    room.iter().filter(says).count()
}

/// One deployment, one kill. Gives what is wrong in the end.
async fn run(kill: Kill, template: Arc<std::path::PathBuf>) -> Vec<String> {
    let clocks = Clocks { chat: Clock::moved(evening(), 1.0), real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let folder = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(template.as_path()).expect("the template").flatten() {
        if file.file_name().to_string_lossy().starts_with("earshot.sqlite") {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
        }
    }
    let database = Database::start(Some(&folder.path().join("earshot.sqlite"))).await.expect("a database");
    let cable = Cable::lay(&database.endpoint()).await.expect("a cable");
    let base = ["--database", &cable.endpoint()];
    let rooms = || {
        [
            ("slack", platforms.slack.messages()),
            ("discord", platforms.discord.messages()),
            ("x", platforms.x.messages()),
        ]
    };
    let mut met = None;
    if kill.during == During::Opening {
        met = Some(lay(kill, &cable, &platforms));
    }
    let mut first = serve(&platforms, &base, clocks.chat.now()).await;
    let mut post = None;
    if kill.during == During::Card {
        let opened = || {
            rooms()
                .iter()
                .all(|(_, room)| standing(room, "Welcome to #SMXChat") + standing(room, "Welcome!") == 1)
        };
        if !until(60, opened).await {
            return vec![format!("{kill:?}: the hour never opened")];
        }
        idle(&database.endpoint()).await;
        met = Some(lay(kill, &cable, &platforms));
        let id = platforms.x.put("9001", Draft::text("Hello from Lagos. #SMXChat")).expect("posted");
        // Where the process dies with it, no answer comes.
        let answered = platforms.x.deliver(&id);
        let mut held = met.clone().expect("laid");
        let (answer, seen) = tokio::join!(answered, async {
            let seen = timeout(Duration::from_secs(60), held.wait_for(|met| *met > 0)).await.is_ok();
            if kill.step == Step::Commit {
                first.kill().await.expect("it dies");
            }
            seen
        });
        post = Some((id, answer.is_ok_and(|answer| answer.status == 200)));
        if !seen {
            return vec![format!("{kill:?}: the step was never seen")];
        }
    }
    let mut met = met.expect("laid");
    if timeout(Duration::from_secs(60), met.wait_for(|met| *met > 0)).await.is_err() {
        return vec![format!("{kill:?}: the step was never seen")];
    }
    first.kill().await.expect("it dies");
    cable.clear();
    platforms.slack.clear_faults();
    platforms.discord.clear_faults();
    platforms.x.clear_faults();

    let mut second = serve(&platforms, &base, clocks.chat.now()).await;
    if let Some((id, false)) = &post {
        // X delivers again what was not acknowledged.
        let answer = platforms.x.deliver(id).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let mut wrong = Vec::new();
    if !idle(&database.endpoint()).await {
        wrong.push(format!("{kill:?}: something waits after two minutes"));
    }
    for (room, messages) in rooms() {
        let welcomes = standing(&messages, "Welcome to #SMXChat") + standing(&messages, "Welcome!");
        if welcomes != 1 {
            wrong.push(format!("{kill:?}: the opening stands {welcomes} times in {room}"));
        }
        if let (Some((id, _)), true) = (&post, room != "x") {
            let cards = standing(&messages, &format!("/status/{id}"));
            if cards != 1 {
                wrong.push(format!("{kill:?}: the card stands {cards} times in {room}"));
            }
        }
    }
    second.kill().await.expect("it dies");
    platforms.stop().await;
    drop(cable);
    database.stop().await.expect("the database stops");
    wrong
}

/// Whether something comes to be within so many seconds.
async fn until(seconds: u64, what: impl Fn() -> bool) -> bool {
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..seconds * 5 {
        looks.tick().await;
        if what() {
            return true;
        }
    }
    false
}

/// Whether nothing waits any more, within two minutes.
async fn idle(endpoint: &str) -> bool {
    let store = host::embedded_store(endpoint, "earshot", Patience::default());
    let mut looks = tokio::time::interval(Duration::from_millis(500));
    let far = Utc::now() + TimeDelta::days(3_650);
    let mut quiet = 0;
    for _ in 0..240 {
        looks.tick().await;
        let waiting = store.destinations_waiting(far).await.is_ok_and(|places| !places.is_empty());
        let due = store.cues_due(evening() + TimeDelta::seconds(30), 10).await;
        // Twice in a row: between a cue's commit and its index nothing shows.
        quiet = if waiting || due.is_ok_and(|cues| !cues.is_empty()) { 0 } else { quiet + 1 };
        if quiet >= 2 {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_step_it_goes_on_and_says_everything_once() {
    let folder = tempfile::tempdir().expect("a folder");
    template(folder.path()).await;
    let template = Arc::new(folder.path().to_owned());
    let all = kills();
    assert!(all.len() >= 50, "{} kills", all.len());
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let runs = all.into_iter().map(|kill| {
        let (gate, template) = (Arc::clone(&gate), Arc::clone(&template));
        tokio::spawn(async move {
            let _turn = gate.acquire().await.expect("the gate stays");
            Box::pin(run(kill, template)).await
        })
    });
    let mut wrong = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        wrong.extend(run.await.expect("a run ends"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

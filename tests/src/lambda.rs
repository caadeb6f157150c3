//! The Lambdas as Lambda runs them: each built binary as a process of its own, before a stand-in for the
//! Runtime API, with the services it calls and the embedded database over HTTP.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use earshot::standin::aws::{Made, Queued, Runtime, Services};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::Show;

/// Builds with these arguments of `cargo build`, and gives the binaries by the names of their functions.
/// Where they are built already this takes a second.
///
/// # Panics
/// Where they cannot be built; cargo says why.
#[must_use]
pub fn build(arguments: &[&str]) -> HashMap<String, PathBuf> {
    let output = Command::new(env!("CARGO"))
        .arg("build")
        .args(arguments)
        .args(["--locked", "--message-format=json"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the binaries are built");
    cargo_metadata::Message::parse_stream(output.stdout.as_slice())
        .filter_map(|message| match message.expect("cargo's own messages") {
            cargo_metadata::Message::CompilerArtifact(built) => {
                // A binary, and not the harness of its unit tests, which has the same name.
                let path = built.executable.filter(|_| !built.profile.test)?.into_std_path_buf();
                Some((built.target.name.strip_suffix("-function")?.to_owned(), path))
            }
            _ => None,
        })
        .collect()
}

/// One function, running.
pub struct Function {
    /// What hands it its events.
    pub runtime: Runtime,
    /// From its start to its first request for work.
    pub init: Duration,
    process: Child,
    printed: Arc<Mutex<Vec<String>>>,
    read: tokio::task::JoinHandle<()>,
}

impl Function {
    /// Starts it with Lambda's variables and these, and waits until it asks for work.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub async fn start(binary: &Path, variables: &[(&str, String)]) -> Function {
        let name = binary.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let runtime = Runtime::start(&name).await.expect("a port");
        let began = Instant::now();
        let mut process = tokio::process::Command::new(binary)
            .env_clear()
            .envs(runtime.variables())
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let printed: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&printed);
        let read = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        runtime.started().await.expect("it asks for work");
        Function { runtime, init: began.elapsed(), process, printed, read }
    }

    /// What it answers to an event.
    ///
    /// # Panics
    /// Where it fails instead.
    pub async fn answers(&self, event: Value) -> Value {
        match self.runtime.invoke(&event).await.expect("it is there") {
            Made::Answer(answer) => answer,
            Made::Error(error) => panic!("it failed: {error}"),
        }
    }

    /// Its process.
    ///
    /// # Panics
    /// Where it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Stops it and gives what it printed: lines of JSON, all of them, or a log could not be searched.
    ///
    /// # Panics
    /// Where a line is not JSON.
    pub async fn stop(mut self) -> Vec<Value> {
        self.process.kill().await.expect("it is there");
        self.read.await.expect("its output is read to the end");
        let lines = std::mem::take(&mut *self.printed.lock().unwrap_or_else(PoisonError::into_inner));
        lines
            .iter()
            .map(|line| {
                serde_json::from_str::<Once>(line).unwrap_or_else(|error| panic!("{error} in {line}"));
                serde_json::from_str(line).expect("JSON")
            })
            .collect()
    }
}

/// What EventBridge Scheduler sends each minute.
#[must_use]
pub fn tick() -> Value {
    json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.scheduler", "account": "123456789012", "time": "2026-11-24T20:05:00Z",
        "region": "eu-west-1", "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/clock"],
        "detail": "{}"
    })
}

/// A chat whose first question fell due within the last minute, by the real clock: Lambdas have no other.
pub struct House {
    /// The rooms, and the table.
    pub show: Show,
    /// What the functions call in AWS.
    pub services: Services,
    /// What the functions are told.
    pub variables: Vec<(&'static str, String)>,
}

/// Where the secrets lie.
pub const PATH: &str = "/earshot/test";
const SECRETS: [&str; 8] = host::SECRETS;

impl House {
    /// The chat, five minutes into its hour.
    pub async fn new() -> House {
        House::after(|_| {}).await
    }

    /// The same, after something that happened at the opening, five minutes ago.
    ///
    /// # Panics
    /// Where it cannot be set up.
    pub async fn after(earlier: impl FnOnce(&Show)) -> House {
        let question: DateTime<Utc> = Utc::now().trunc_subsecs(0);
        let question = question - TimeDelta::seconds(question.timestamp().rem_euclid(60));
        let start = question - TimeDelta::minutes(5);
        let before = start - TimeDelta::hours(2);
        let mut show = Show::new(&before.to_rfc3339()).await;
        show.live_in("Atlantic/Reykjavik".parse().expect("a zone"));
        show.set_up_as(&format!(
            "new #SMXChat every {} {} Reykjavik",
            start.format("%A"),
            start.format("%H:%M")
        ))
        .await;
        show.ask_six().await;
        show.until(start + TimeDelta::seconds(10)).await;
        show.assert_once_everywhere("Kettle on!");
        earlier(&show);
        show.sleep_to(Utc::now());
        let services = Services::start().await.expect("a port");
        let mut variables = services.variables(&show.database());
        for (name, value) in show.platforms.variables() {
            if SECRETS.contains(name) {
                services.set_parameter(&format!("{PATH}/{name}"), value);
            } else {
                variables.push((name, value.clone()));
            }
        }
        variables.push(("EARSHOT_PARAMETERS", format!("{PATH}/")));
        variables.push(("EARSHOT_METRICS", "Earshot".to_owned()));
        variables.push(("EARSHOT_BUS", "earshot".to_owned()));
        House { show, services, variables }
    }

    /// The message of a queue about a cue.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn cue(queued: &[Queued], part: &str) -> Queued {
        let found = queued.iter().find(|q| q.queue == "cues" && q.body.contains(part));
        found.unwrap_or_else(|| panic!("no cue {part} among {queued:#?}")).clone()
    }
}

/// JSON in which no object has a key twice. Of two, whoever searches a log finds one, and nobody says which.
pub struct Once;

impl<'de> serde::Deserialize<'de> for Once {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Once, D::Error> {
        from.deserialize_any(Keys).map(|()| Once)
    }
}

struct Keys;

impl<'de> serde::de::Visitor<'de> for Keys {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("the key {key} twice")));
            }
            map.next_value::<Once>()?;
        }
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<Once>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

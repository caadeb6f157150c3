//! The plain thing: one message for each post, at the pace that the platforms ask for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use earshot::cast;
use earshot::local::Platforms;
use earshot::standin::{self, discord, slack};
use serde_json::json;
use tokio::sync::mpsc;

const SLACK: &str = "C0BASELINE";
const DISCORD: &str = "4100000000000000099";

/// Whether a request was the baseline's.
pub(crate) fn is_its(request: &standin::Request) -> bool {
    request.path.contains(DISCORD) || request.body.get("channel").is_some_and(|channel| channel == SLACK)
}

/// Its channels.
pub(crate) fn furnish(slack: &mut slack::Config, discord: &mut discord::Config) {
    slack.channels.push(slack::Channel::new(SLACK, "baseline"));
    discord.channels.push(discord::Channel::new(DISCORD, "baseline", cast::SERVER));
}

/// A running baseline.
pub(crate) struct Baseline {
    rooms: Vec<Room>,
    stopped: Arc<AtomicBool>,
}

struct Room {
    name: &'static str,
    posts: mpsc::UnboundedSender<String>,
    got: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Baseline {
    pub(crate) fn start(platforms: &Platforms) -> Baseline {
        let stopped = Arc::new(AtomicBool::new(false));
        let get = |name: &str| {
            let found = platforms.variables().iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let slack = (
            format!("{}chat.postMessage", get("SLACK_API_URL")),
            format!("Bearer {}", get("SLACK_BOT_TOKEN")),
        );
        let discord = (
            format!("{}channels/{DISCORD}/messages", get("DISCORD_API_URL")),
            format!("Bot {}", get("DISCORD_BOT_TOKEN")),
        );
        let rooms = [("Slack", slack), ("Discord", discord)].into_iter().map(|(name, (url, key))| {
            let (posts, waiting) = mpsc::unbounded_channel();
            let (got, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            tokio::spawn(work(name, url, key, waiting, Arc::clone(&sent), Arc::clone(&stopped)));
            Room { name, posts, got, sent }
        });
        Baseline { rooms: rooms.collect(), stopped }
    }

    pub(crate) fn post(&self, text: &str) {
        for room in &self.rooms {
            room.got.fetch_add(1, Ordering::Relaxed);
            // Its worker lives as long as the burst.
            let _ = room.posts.send(text.to_owned());
        }
    }

    /// Stops it, and says how many of its posts each room had not shown.
    pub(crate) fn stop(self) -> Vec<(&'static str, usize)> {
        self.stopped.store(true, Ordering::Relaxed);
        let left = |room: &Room| room.got.load(Ordering::Relaxed) - room.sent.load(Ordering::Relaxed);
        self.rooms.iter().map(|room| (room.name, left(room))).collect()
    }
}

async fn work(
    name: &'static str,
    url: String,
    key: String,
    mut waiting: mpsc::UnboundedReceiver<String>,
    sent: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    while let Some(text) = waiting.recv().await {
        let body = match name {
            "Slack" => json!({"channel": SLACK, "text": text}),
            _ => json!({"content": text, "allowed_mentions": {"parse": []}}),
        };
        loop {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            let request =
                http.post(&url).header("authorization", &key).header("user-agent", "DiscordBot (x, 1)");
            let Ok(answer) = request.json(&body).send().await else { continue };
            let header = |name: &str| answer.headers().get(name)?.to_str().ok()?.parse::<f64>().ok();
            let wait = header("retry-after").or_else(|| {
                (header("x-ratelimit-remaining") == Some(0.0))
                    .then(|| header("x-ratelimit-reset-after"))
                    .flatten()
            });
            let taken = answer.status().is_success();
            if taken {
                sent.fetch_add(1, Ordering::Relaxed);
            }
            let pause = wait.unwrap_or(if name == "Slack" { 1.0 } else { 0.0 });
            tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            if taken {
                break;
            }
        }
    }
}

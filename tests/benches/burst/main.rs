//! Load, over the real protocol: a burst of posts into one chat, or a hundred chats at once, with stand-ins
//! that enforce the platforms' limits.
//!
//! ```text
//! cargo bench -p tests --bench burst                                # 400 posts a minute for ten minutes
//! cargo bench -p tests --bench burst -- --minutes 1                 # the same, shorter
//! cargo bench -p tests --bench burst -- --chats 100 --minutes 3     # a hundred chats, one of them in flood
//! ```
//!
//! The host is a process of its own, so that its time and memory are its own; the database and the stand-ins
//! are here. Beside the burst a baseline does the plain thing, one message for each post at the pace that the
//! platforms ask for, in channels of its own; it is stopped with the burst, and says what it had left.

// Its figures are what it is for.
#![allow(clippy::print_stdout)]

mod baseline;
mod crowd;
mod host;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::host::{Clock, Clocks};
use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use earshot::database::Database;
use earshot::local::Platforms;
use earshot::standin::StandIn;
use earshot::{cast, standin};

use crate::crowd::Crowd;
use crate::tally::Watch;

/// When the evening begins: half a minute before the doors of the hour have been open for ten.
const START: &str = "2026-11-24T19:59:20Z";
/// After the last post everything has to be gone within this.
const DRAIN: Duration = Duration::from_secs(60);

/// What is asked for on the command line.
#[derive(Debug, Clone, Copy)]
struct Plan {
    minutes: u32,
    chats: usize,
    /// Posts a minute in the chat that is in flood.
    flood: u32,
    /// Posts a minute in every other chat.
    calm: u32,
}

impl Plan {
    fn read() -> anyhow::Result<Plan> {
        let mut plan = Plan { minutes: 10, chats: 1, flood: 400, calm: 4 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let into = match word.as_str() {
                // Cargo says so to every bench.
                "--bench" => continue,
                "--minutes" => &mut plan.minutes,
                "--flood" => &mut plan.flood,
                "--calm" => &mut plan.calm,
                "--chats" => {
                    plan.chats = words.next().context("--chats takes a number")?.parse()?;
                    continue;
                }
                other => bail!("{other}: takes --minutes, --chats, --flood and --calm, each with a number"),
            };
            *into = words.next().with_context(|| format!("{word} takes a number"))?.parse()?;
        }
        Ok(plan)
    }
}

fn main() -> anyhow::Result<()> {
    if std::env::var_os(host::CHILD).is_some() {
        return host::run();
    }
    let plan = Plan::read()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(play(plan))
}

async fn play(plan: Plan) -> anyhow::Result<()> {
    let start: DateTime<Utc> = START.parse()?;
    let clocks = Clocks { chat: Clock::moved(start, 1.0), real: Clock::System };
    let crowd = Crowd::new(plan.chats);
    let (mut slack, mut discord, mut x) = (cast::slack(&clocks), cast::discord(&clocks), cast::x(&clocks));
    crowd.furnish(&mut slack, &mut discord, &mut x);
    let platforms = Arc::new(Platforms::start_with(slack, discord, x, true).await?);
    let database = Database::start(None).await?;
    let child = host::Child::start(&platforms, &database.endpoint(), clocks.chat.now()).await?;
    platforms.aim(child.url());

    let opening = start + TimeDelta::seconds(40);
    println!("{} chats are set up …", plan.chats);
    crowd.set_up(&platforms).await?;
    anyhow::ensure!(
        clocks.chat.now() < opening,
        "setting up took too long: fewer chats, or a faster machine"
    );
    clocks.chat.until(opening + TimeDelta::seconds(15), Duration::ZERO).await;

    let watch = Watch::on(&platforms, &crowd);
    let baseline = baseline::Baseline::start(&platforms);
    let before = child.used()?;
    let requests = (platforms.slack.requests().len(), platforms.discord.requests().len());
    println!("{} posts a minute for {} min …", plan.flood, plan.minutes);
    let began = Instant::now();
    crowd.talk(&platforms, plan.flood, plan.calm, plan.minutes, &watch, &baseline).await?;
    let last = Instant::now();
    let left = baseline.stop();
    let drained = watch.drained(last + DRAIN).await;
    let used = child.used()?;

    let calls = calls(&platforms, requests);
    let dead = crowd.dead();
    watch.print(&tally::Run {
        took: began.elapsed(),
        drained: drained.map(|at| at.saturating_duration_since(last)),
        calls,
        cpu: used.cpu.saturating_sub(before.cpu),
        memory: used.peak,
        dead,
        left,
    });
    child.stop();
    database.stop().await?;
    Ok(())
}

/// How often each platform was asked to post, and how often it said no.
fn calls(platforms: &Platforms, (slack, discord): (usize, usize)) -> BTreeMap<&'static str, (usize, usize)> {
    let count = |requests: Vec<standin::Request>, from: usize, path: fn(&str) -> bool| {
        let ours: Vec<standin::Request> = requests
            .into_iter()
            .skip(from)
            .filter(|r| r.method == "POST" && path(&r.path) && !baseline::is_its(r))
            .collect();
        (ours.len(), ours.iter().filter(|r| r.status == Some(429)).count())
    };
    BTreeMap::from([
        ("Slack", count(platforms.slack.requests(), slack, |path| path.ends_with("chat.postMessage"))),
        ("Discord", count(platforms.discord.requests(), discord, |path| path.ends_with("/messages"))),
    ])
}

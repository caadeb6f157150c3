//! What became of every post.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use earshot::local::Platforms;
use earshot::standin::{Change, Message, StandIn};

use crate::crowd::{Crowd, discord_channel, slack_channel};

/// A post: its chat and its number there.
type Post = (usize, u32);

#[derive(Default)]
struct Seen {
    posted: HashMap<Post, Instant>,
    /// By room: when each post was shown, in the order in which they were.
    shown: BTreeMap<(&'static str, usize), Vec<(u32, Instant)>>,
    messages: BTreeMap<&'static str, usize>,
}

/// Watches the rooms.
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    expected: Vec<(&'static str, usize)>,
}

/// What there is to say of a run beside what became of its posts.
pub(crate) struct Run {
    pub(crate) took: Duration,
    /// How long after the last post everything was shown; `None` where it was not within a minute.
    pub(crate) drained: Option<Duration>,
    pub(crate) calls: BTreeMap<&'static str, (usize, usize)>,
    pub(crate) cpu: Duration,
    pub(crate) memory: u64,
    pub(crate) dead: Option<usize>,
    pub(crate) left: Vec<(&'static str, usize)>,
}

fn open(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    pub(crate) fn on(platforms: &Platforms, crowd: &Crowd) -> Watch {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut expected = Vec::new();
        let mut rooms = HashMap::new();
        for chat in 0..crowd.chats() {
            rooms.insert(discord_channel(chat), chat);
            rooms.insert(slack_channel(chat), chat);
            expected.push(("Discord", chat));
            if crowd.hears_in_slack(chat) {
                expected.push(("Slack", chat));
            }
        }
        for (name, mut changes) in
            [("Slack", platforms.slack.changes()), ("Discord", platforms.discord.changes())]
        {
            let (seen, rooms) = (Arc::clone(&seen), rooms.clone());
            tokio::spawn(async move {
                loop {
                    match changes.recv().await {
                        Ok(Change::Posted { message }) => note(&seen, name, &rooms, &message),
                        Ok(_) => {}
                        Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                        Err(lagged) => panic!("the bench cannot follow: {lagged}"),
                    }
                }
            });
        }
        Watch { seen, expected }
    }

    pub(crate) fn posted(&self, chat: usize, number: u32) {
        open(&self.seen).posted.insert((chat, number), Instant::now());
    }

    /// Waits until everything was shown, and says when that was.
    pub(crate) async fn drained(&self, until: Instant) -> Option<Instant> {
        while Instant::now() < until {
            if self.missing() == 0 {
                return open(&self.seen).shown.values().flatten().map(|(_, at)| *at).max();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    fn missing(&self) -> usize {
        let seen = open(&self.seen);
        let of = |room: &(&'static str, usize)| {
            let wanted = seen.posted.keys().filter(|(chat, _)| *chat == room.1).count();
            let shown: std::collections::HashSet<u32> =
                seen.shown.get(room).into_iter().flatten().map(|(n, _)| *n).collect();
            wanted - shown.len()
        };
        self.expected.iter().map(of).sum()
    }

    pub(crate) fn print(&self, run: &Run) {
        let lost = self.missing();
        let seen = open(&self.seen);
        let posts = seen.posted.len();
        let (mut doubled, mut out_of_order) = (0, 0);
        let mut waits: BTreeMap<(&'static str, &'static str), Vec<Duration>> = BTreeMap::new();
        for ((name, chat), shown) in &seen.shown {
            let mut numbers: Vec<u32> = shown.iter().map(|(n, _)| *n).collect();
            out_of_order += numbers.windows(2).filter(|pair| pair[0] > pair[1]).count();
            numbers.sort_unstable();
            doubled += numbers.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let kind = if *chat == 0 { "flood" } else { "calm" };
            let since = |(n, at): &(u32, Instant)| {
                seen.posted.get(&(*chat, *n)).map(|posted| at.saturating_duration_since(*posted))
            };
            waits.entry((name, kind)).or_default().extend(shown.iter().filter_map(since));
        }
        println!("\n{posts} posts in {:.0} s", run.took.as_secs_f64());
        println!("lost {lost} · doubled {doubled} · out of order {out_of_order}");
        match run.drained {
            Some(after) => println!("drained {:.1} s after the last post", after.as_secs_f64()),
            None => println!("NOT drained a minute after the last post"),
        }
        println!("| room | chat | p50 | p95 | p99 | most |\n|---|---|---|---|---|---|");
        for ((name, kind), mut all) in waits {
            all.sort_unstable();
            let at = |share: usize| all.get((all.len() * share / 100).min(all.len().saturating_sub(1)));
            let [p50, p95, p99, most] =
                [50, 95, 99, 100].map(|share| at(share).map_or(0.0, Duration::as_secs_f64));
            println!("| {name} | {kind} | {p50:.2} s | {p95:.2} s | {p99:.2} s | {most:.2} s |");
        }
        for (name, (made, refused)) in &run.calls {
            let messages = seen.messages.get(name).copied().unwrap_or_default();
            println!("{name}: {made} calls, {refused} of them too fast, {messages} messages of cards");
        }
        println!(
            "host: {:.1} ms of processor time a post, {:.1} MB at most",
            run.cpu.as_secs_f64() * 1_000.0 / posts.max(1) as f64,
            run.memory as f64 / 1_024.0
        );
        if let Some(dead) = run.dead {
            println!("chat {dead} has an archived Slack channel all the while");
        }
        for (name, left) in &run.left {
            println!(
                "baseline, a message for each post of the flood: {left} not shown in {name} by the last post"
            );
        }
    }
}

fn note(seen: &Mutex<Seen>, name: &'static str, rooms: &HashMap<String, usize>, message: &Message) {
    let Some(chat) = rooms.get(&message.channel) else { return };
    let said = message.payload.to_string();
    let mark = format!("post {chat}.");
    let mut numbers: Vec<u32> = Vec::new();
    for part in said.split(&mark).skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse()
            // The summary for screen readers may say it again.
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    if numbers.is_empty() {
        return;
    }
    // In Slack the summary stands before the cards or behind them: within a message the cards' own order counts.
    let now = Instant::now();
    let mut seen = open(seen);
    *seen.messages.entry(name).or_default() += 1;
    seen.shown.entry((name, *chat)).or_default().extend(numbers.into_iter().map(|n| (n, now)));
}

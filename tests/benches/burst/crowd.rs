//! The chats and the people who talk in them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use earshot::cast;
use earshot::local::Platforms;
use earshot::standin::{Answer, Person, discord, slack, x};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::baseline::{self, Baseline};
use crate::tally::Watch;

/// So many people talk at once.
const PEOPLE: usize = 200;

/// Chats by number. The first one is in flood; of several, the second one's Slack channel is archived.
pub(crate) struct Crowd {
    chats: usize,
}

/// Where a chat is.
pub(crate) fn slack_channel(chat: usize) -> String {
    format!("C0CHAT{chat:03}")
}

/// The same in Discord.
pub(crate) fn discord_channel(chat: usize) -> String {
    format!("42000000000000{chat:05}")
}

fn hashtag(chat: usize) -> String {
    format!("BurstChat{chat}")
}

impl Crowd {
    pub(crate) fn new(chats: usize) -> Crowd {
        Crowd { chats }
    }

    /// How many there are.
    pub(crate) fn chats(&self) -> usize {
        self.chats
    }

    /// The chat one of whose rooms is closed, if there is one.
    pub(crate) fn dead(&self) -> Option<usize> {
        (self.chats > 1).then_some(1)
    }

    /// Whether a post of this chat is expected in Slack.
    pub(crate) fn hears_in_slack(&self, chat: usize) -> bool {
        self.dead() != Some(chat)
    }

    pub(crate) fn furnish(
        &self,
        slack: &mut slack::Config,
        discord: &mut discord::Config,
        x: &mut x::Config,
    ) {
        baseline::furnish(slack, discord);
        for chat in 0..self.chats {
            slack.channels.push(slack::Channel::new(&slack_channel(chat), &format!("chat-{chat}")));
            let name = format!("chat-{chat}");
            discord.channels.push(discord::Channel::new(&discord_channel(chat), &name, cast::SERVER));
            x.rules.push(x::Rule::hashtag(&format!("burst-{chat}"), &hashtag(chat)));
        }
        for n in 0..PEOPLE {
            x.people.push(Person::new(&format!("77{n:04}"), &format!("Person {n}"), &format!("person{n}")));
        }
        // Our own posts coming back are another story.
        x.echo = None;
    }

    pub(crate) async fn set_up(&self, platforms: &Platforms) -> anyhow::Result<()> {
        for chat in 0..self.chats {
            let channel = slack_channel(chat);
            let typed = |text: String| {
                let channel = channel.clone();
                async move {
                    let answer = platforms.slack.slash_command(cast::MAYA, &channel, &text).await?;
                    anyhow::ensure!(answer.status == 200, "{text}: {answer:?}");
                    anyhow::Ok(words(&answer))
                }
            };
            let made = typed(format!("new #{} every Tuesday 8pm London", hashtag(chat))).await?;
            anyhow::ensure!(made.contains("is on"), "{made}");
            let slug = hashtag(chat).to_lowercase();
            typed(format!("{slug} connect slack")).await?;
            typed(format!("{slug} ask Who are you, and which community is yours?")).await?;
            let told = typed(format!("{slug} connect discord")).await?;
            let code: String =
                told.split("/connect ").nth(1).context(told.clone())?.chars().take(8).collect();
            let options = [("code", json!(code))];
            platforms.discord.command(cast::TOMASZ, &discord_channel(chat), "connect", &options).await?;
        }
        if let Some(dead) = self.dead() {
            let channel = slack::Channel::new(&slack_channel(dead), &format!("chat-{dead}"));
            platforms.slack.set_channel(slack::Channel { archived: true, ..channel });
        }
        Ok(())
    }

    /// Everybody talks at an even pace, the flood and the calm chats side by side.
    pub(crate) async fn talk(
        &self,
        platforms: &Arc<Platforms>,
        flood: u32,
        calm: u32,
        minutes: u32,
        watch: &Watch,
        baseline: &Baseline,
    ) -> anyhow::Result<()> {
        let mut due: Vec<(Duration, usize, u32)> = Vec::new();
        for chat in 0..self.chats {
            let a_minute = if chat == 0 { flood } else { calm };
            let every = Duration::from_secs(60) / a_minute;
            // Not everybody speaks on the same beat.
            let offset = every.mul_f64(chat as f64 / self.chats as f64);
            due.extend((0..a_minute * minutes).map(|n| (every * n + offset, chat, n)));
        }
        due.sort();
        let began = Instant::now();
        let mut posting = JoinSet::new();
        for (n, (at, chat, number)) in due.into_iter().enumerate() {
            tokio::time::sleep(at.saturating_sub(began.elapsed())).await;
            let text = format!("A1 post {chat}.{number} of many, about what we keep. #{}", hashtag(chat));
            if chat == 0 {
                baseline.post(&text);
            }
            watch.posted(chat, number);
            let person = format!("77{:04}", n % PEOPLE);
            let platforms = Arc::clone(platforms);
            posting.spawn(async move { platforms.x.post_as(&person, &text, None).await });
            while let Some(posted) = posting.try_join_next() {
                taken(posted??.delivered)?;
            }
        }
        while let Some(posted) = posting.join_next().await {
            taken(posted??.delivered)?;
        }
        Ok(())
    }
}

fn taken(delivered: x::Delivered) -> anyhow::Result<()> {
    match delivered {
        x::Delivered::Answered(answer) if answer.status == 200 => Ok(()),
        other => anyhow::bail!("the webhook: {other:?}"),
    }
}

fn words(answer: &Answer) -> String {
    fn gather(value: &Value, into: &mut String) {
        match value {
            Value::String(text) => {
                into.push_str(text);
                into.push('\n');
            }
            Value::Array(all) => all.iter().for_each(|one| gather(one, into)),
            Value::Object(all) => all.values().for_each(|one| gather(one, into)),
            _ => {}
        }
    }
    let mut all = String::new();
    gather(&answer.body, &mut all);
    all
}

//! A rehearsal: a whole chat hour played on the stage by its cast, so that a newcomer sees the product
//! do its job before reading anything. It acts only as people do, and ends with a tally that is counted
//! from what the platforms received.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chat::name::Slug;
use chrono::{DateTime, TimeDelta, Utc};
use host::Host;
use serde_json::{Value, json};

use crate::cast;
use crate::local::Platforms;
use crate::standin::{Message, StandIn, x};

/// What somebody does, and when: minutes and seconds from the start of the episode.
struct Act {
    at: (i64, i64),
    what: What,
}

enum What {
    /// The organiser types `/chat …`.
    Chat(&'static str),
    /// Somebody on X posts.
    Post(usize, &'static str),
    /// Somebody on X replies to the latest question.
    Reply(usize, &'static str),
    /// Somebody on X posts a picture.
    Picture(usize, &'static str, &'static str),
    /// Somebody on X passes on the latest question.
    Repost(usize),
    /// A Discord member presses Answer and answers.
    Answer(&'static str, &'static str),
    /// A Discord member says hello with the button.
    Hello(&'static str, &'static str),
    /// A Discord member uses a command.
    Member(&'static str, &'static str),
    /// The organiser answers in Slack.
    SlackAnswer(&'static str, &'static str),
}

const fn act(minute: i64, second: i64, what: What) -> Act {
    Act { at: (minute, second), what }
}

const SET_UP: [&str; 5] = [
    "new #SMXChat every Tuesday 8pm London",
    "connect slack",
    "set desk <#C0DESK|smxchat-desk>",
    "set cities New York, Nairobi",
    "connect discord",
];

const PREPARE: [&str; 8] = [
    "topic Communities that outlive their platform",
    "guest Wanjiru Kamau, Nairobi",
    "ask Who are you, and which community do you call yours?",
    "ask What made you stay when leaving would have been easier?",
    "ask What did your community do in the week its platform changed under it?",
    "ask Who keeps the list of people, and what happens if they lose it?",
    "ask What would you carry out first if your platform were on fire?",
    "ask What will you do this week so that it lasts another year?",
];

/// The hour. Times are the chat's; the hold moves what comes after it.
fn hour() -> Vec<Act> {
    use What::*;
    vec![
        act(-9, 0, Member(cast::AMARA, "join")),
        act(-8, 0, Member(cast::JUNO, "when")),
        act(-7, 0, Member(cast::JUNO, "join")),
        act(-3, 0, Post(0, "Putting the kettle on for #SMXChat. See you in three minutes!")),
        act(1, 0, Post(0, "Hello from Lagos, Ada here. Fourth time and still nervous. #SMXChat")),
        act(1, 30, Hello(cast::AMARA, "Amara, Accra. I sing in a choir that met on three platforms so far.")),
        act(2, 10, Post(1, "Bruno, Recife. First time at #SMXChat, be gentle")),
        act(3, 20, Post(3, "Dana from Leeds, with biscuits. Hello all #SMXChat")),
        act(5, 40, Post(1, "A1 Bruno: a book club that started in a bakery queue #SMXChat")),
        act(
            6,
            10,
            Post(0, "A1: a mailing list for midwives. Yes, a mailing list, in this century. #SMXChat"),
        ),
        act(6, 40, Answer(cast::AMARA, "A choir. We lost our forum in March and sang anyway.")),
        act(7, 30, Reply(4, "The allotment next door. 43 people, one hose. #SMXChat")),
        act(9, 0, Post(6, "A1 Grace, Mombasa: teachers who swap lesson plans for mangoes #SMXChat")),
        act(11, 0, Repost(5)),
        act(14, 40, Post(3, "A2: somebody noticed when I was quiet for a week. #SMXChat")),
        act(15, 10, Post(5, "A2. The jokes. Honestly, the jokes. #SMXChat")),
        act(15, 50, Answer(cast::JUNO, "They remembered my name the second time.")),
        act(16, 30, Post(7, "A2 皆さんが待っていてくれたから。(You all waited for me.) #SMXChat 🎐")),
        act(18, 0, Post(2, "@everyone <!channel> does shouting still work? Asking for a friend. #SMXChat")),
        act(
            19,
            0,
            Picture(
                6,
                "A2 this wall. We painted it in 2019 and nobody could leave after that. #SMXChat",
                "A mural of twelve people holding one very long scarf",
            ),
        ),
        act(23, 40, Post(0, "A3 we printed the address book. On paper! #SMXChat")),
        act(24, 10, Chat("hold 3m")),
        act(
            24,
            50,
            Post(
                4,
                "A3: panicked for a day, then phoned everybody. It took four hours. Best four hours. #SMXChat",
            ),
        ),
        act(25, 40, Answer(cast::AMARA, "We met in the car park. Somebody brought soup.")),
        act(
            27,
            0,
            SlackAnswer(
                cast::SOL,
                "Nothing, for a week. Then one of us wrote to ten, and each of those to ten more.",
            ),
        ),
        act(28, 30, Post(1, "Sorry, late to this one: A1 also my street's cat group #SMXChat")),
        act(30, 0, Post(5, "Half of us came back by the weekend #SMXChat")),
        act(35, 30, Post(3, "A4 Me. It's me. It is on this laptop. Oh dear. #SMXChat")),
        act(36, 0, Post(6, "A4: three people, three countries, three copies #SMXChat")),
        act(37, 0, Member(cast::JUNO, "questions")),
        act(38, 30, Post(7, "A4 a shared notebook, and a rule: whoever joins writes the next page #SMXChat")),
        act(42, 40, Post(2, "A5 The recipes thread. Not negotiable. #SMXChat")),
        act(43, 20, Post(0, "A5: the people, and the list that finds them again #SMXChat")),
        act(44, 30, Answer(cast::JUNO, "The running jokes document. 212 pages.")),
        act(49, 50, Post(4, "A6 export the list. Tonight. Before bed. #SMXChat")),
        act(50, 30, Post(3, "A6 what Emre said, and then give it to two others #SMXChat")),
        act(51, 30, Answer(cast::AMARA, "Teach one more person where the key is.")),
        act(53, 0, Post(1, "A6 come back next Tuesday. First time, not last. #SMXChat")),
        act(56, 0, Chat("status")),
        act(58, 0, Post(5, "Thank you all, this was the best hour of my week #SMXChat")),
    ]
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// What was counted, by name.
    pub counts: BTreeMap<&'static str, usize>,
    /// What should not have happened, in words; empty where every invariant held.
    pub broken: Vec<String>,
}

impl Tally {
    /// As the page shows it.
    pub fn json(&self) -> Value {
        let text = if self.broken.is_empty() {
            "Everybody was heard, and nobody twice.".to_owned()
        } else {
            self.broken.join(" ")
        };
        json!({"tally": self.counts, "ok": self.broken.is_empty(), "text": text})
    }
}

/// Plays the hour. `say` gets a readable line for everything the cast does.
pub struct Rehearsal {
    /// The stand-ins.
    pub platforms: Arc<Platforms>,
    /// The host.
    pub host: Host,
}

impl Rehearsal {
    /// The chat that is played.
    pub fn slug() -> Slug {
        Slug::of(cast::HASHTAG).unwrap_or_else(|| unreachable!("the stage's hashtag has letters"))
    }

    /// Sets the chat up as its organisers would, in the evening before; then plays the hour.
    ///
    /// # Errors
    /// Where somebody on the stage could not do what they are to do.
    pub async fn play(&self, say: &(dyn Fn(String) + Send + Sync)) -> anyhow::Result<Tally> {
        let slug = Rehearsal::slug();
        let clock = &self.host.clocks().chat;
        match self.host.store().load(&slug, clock.now()).await? {
            None => self.set_up(say).await?,
            // A folder that was played in before: the chat is there, the next date gets its questions.
            Some(loaded) => {
                say("The chat is there already, from an earlier evening.".to_owned());
                let played = loaded.episodes.iter().filter(|e| !e.is_ahead()).map(|e| e.starts).max();
                let evening = played.map(|at| curtain(at + TimeDelta::hours(1)));
                if let Some(evening) = evening.filter(|evening| *evening > clock.now()) {
                    clock.set(evening, None);
                }
                self.host.tick().await?;
                self.prepare(say).await?;
            }
        }
        let loaded = self.host.store().load(&slug, clock.now()).await?;
        let start = loaded
            .and_then(|l| l.episodes.into_iter().filter(|e| e.is_ahead()).map(|e| e.starts).min())
            .ok_or_else(|| anyhow::anyhow!("no episode was planned"))?;
        // The reminder of the evening before is seen; the night and the day are skipped.
        clock.until(start - TimeDelta::hours(24) + TimeDelta::minutes(3), Duration::ZERO).await;
        if clock.is_moved() && clock.now() < start - TimeDelta::minutes(11) {
            // Whatever is under way belongs to the evening before.
            self.drain().await?;
            say("The night passes.".to_owned());
            clock.set(start - TimeDelta::minutes(10) - TimeDelta::seconds(45), None);
            self.host.tick().await?;
        }
        let mut carried = Vec::new();
        for Act { at: (minute, second), what } in hour() {
            let at = start + TimeDelta::minutes(minute) + TimeDelta::seconds(second);
            clock.until(at, Duration::ZERO).await;
            if let Err(error) = self.perform(what, &mut carried, say).await {
                say(format!("Somebody stumbled: {error:#}"));
            }
        }
        clock.until(start + TimeDelta::minutes(60) + TimeDelta::seconds(30), Duration::ZERO).await;
        self.drain().await?;
        Ok(self.tally(&carried))
    }

    async fn set_up(&self, say: &(dyn Fn(String) + Send + Sync)) -> anyhow::Result<()> {
        let mut code = None;
        for command in SET_UP {
            let reply = self.chat(command, say).await?;
            code =
                reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>()).or(code);
        }
        let code = code.ok_or_else(|| anyhow::anyhow!("no code came for Discord"))?;
        let options = [("code", json!(code))];
        self.platforms.discord.command(cast::TOMASZ, cast::DISCORD_CHANNEL, "connect", &options).await?;
        say(format!("Tomasz: /connect {code}"));
        self.chat(&format!("set role <@&{}>", cast::ROLE), say).await?;
        self.chat("connect x", say).await?;
        self.prepare(say).await?;
        self.chat("preview", say).await?;
        self.press("Approve X", say).await
    }

    async fn prepare(&self, say: &(dyn Fn(String) + Send + Sync)) -> anyhow::Result<()> {
        for command in PREPARE {
            self.chat(command, say).await?;
        }
        Ok(())
    }

    async fn chat(&self, command: &str, say: &(dyn Fn(String) + Send + Sync)) -> anyhow::Result<String> {
        let answer = self.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, command).await?;
        if let Some(refused) = answer.refused {
            anyhow::bail!("Slack showed no answer to /chat {command}: {refused}");
        }
        say(format!("Maya: /chat {command}"));
        Ok(answer.body.to_string())
    }

    async fn press(&self, label: &str, say: &(dyn Fn(String) + Send + Sync)) -> anyhow::Result<()> {
        let messages = self.platforms.slack.messages();
        let button = messages
            .iter()
            .rev()
            .filter(|m| m.ephemeral_for.as_deref() == Some(cast::MAYA) && !m.deleted)
            .find_map(|m| Some((m.id.clone(), button(&m.payload, label)?)));
        let (message, (action, value)) = button.ok_or_else(|| anyhow::anyhow!("no button {label}"))?;
        let slack = &self.platforms.slack;
        slack.press(cast::MAYA, cast::SLACK_CHANNEL, &message, &action, value.as_deref()).await?;
        say(format!("Maya presses {label}"));
        Ok(())
    }

    async fn perform(
        &self,
        what: What,
        carried: &mut Vec<String>,
        say: &(dyn Fn(String) + Send + Sync),
    ) -> anyhow::Result<()> {
        let on_x = |n: usize| cast::ON_X.get(n).copied().unwrap_or(("9001", "Ada Okafor", "adaokafor"));
        let x = &self.platforms.x;
        match what {
            What::Chat(command) => {
                self.chat(command, say).await?;
            }
            What::Post(who, text) => {
                carried.push(x.post_as(on_x(who).0, text, None).await?.id);
            }
            What::Reply(who, text) => {
                let question = self.latest_question();
                carried.push(x.post_as(on_x(who).0, text, question.as_deref()).await?.id);
            }
            What::Picture(who, text, alt) => {
                let picture =
                    x::Picture { url: "https://pbs.example/mural.jpg".to_owned(), alt: Some(alt.to_owned()) };
                let draft = x::Draft { pictures: vec![picture], ..x::Draft::text(text) };
                carried.push(x.post(on_x(who).0, draft).await?.id);
            }
            What::Repost(who) => {
                if let Some(question) = self.latest_question() {
                    let draft = x::Draft { reposts: Some(question), ..x::Draft::default() };
                    x.post(on_x(who).0, draft).await?;
                }
            }
            What::Member(user, command) => {
                self.platforms.discord.command(user, cast::DISCORD_CHANNEL, command, &[]).await?;
            }
            What::Answer(user, text) => self.answer(user, "Answer", text).await?,
            What::Hello(user, text) => self.answer(user, "Say hello", text).await?,
            What::SlackAnswer(user, text) => {
                let messages = self.platforms.slack.messages();
                let found = messages
                    .iter()
                    .rev()
                    .filter(|m| m.ephemeral_for.is_none())
                    .find_map(|m| Some((m.id.clone(), button(&m.payload, "Answer")?)));
                let (message, (action, value)) = found.ok_or_else(|| anyhow::anyhow!("no Answer button"))?;
                let slack = &self.platforms.slack;
                slack.press(user, cast::SLACK_CHANNEL, &message, &action, value.as_deref()).await?;
                let views = slack.views(user);
                let view = views.last().and_then(|v| v.get("id")).and_then(Value::as_str);
                let view = view.ok_or_else(|| anyhow::anyhow!("the form did not open"))?;
                slack.submit(user, view, &[("answer", text)]).await?;
            }
        }
        Ok(())
    }

    fn latest_question(&self) -> Option<String> {
        let messages = self.platforms.x.messages();
        let question = |m: &&Message| {
            let text = m.payload.get("text").and_then(Value::as_str).unwrap_or_default();
            m.author.bot && text.starts_with('Q')
        };
        messages.iter().rev().find(question).map(|m| m.id.clone())
    }

    async fn answer(&self, user: &str, label: &str, text: &str) -> anyhow::Result<()> {
        let discord = &self.platforms.discord;
        let messages = discord.messages();
        let found = messages
            .iter()
            .rev()
            .filter(|m| m.ephemeral_for.is_none() && !m.deleted)
            .find_map(|m| Some((m, component(&m.payload, label)?)));
        let (message, custom_id) = found.ok_or_else(|| anyhow::anyhow!("no button {label}"))?;
        let channel = message.thread.as_deref().unwrap_or(&message.channel);
        let modal = discord.press(user, channel, &message.id, &custom_id).await?;
        let form = modal.body.pointer("/data/custom_id").and_then(Value::as_str);
        let form = form.ok_or_else(|| anyhow::anyhow!("the form did not open"))?.to_owned();
        discord.submit(user, &form, &[("answer", text)]).await?;
        Ok(())
    }

    /// Waits until nothing waits any more, a minute at most.
    async fn drain(&self) -> anyhow::Result<()> {
        let slug = Rehearsal::slug();
        for _ in 0..120 {
            let loaded = self.host.store().load(&slug, self.host.clocks().chat.now()).await?;
            let mut behind = 0;
            for to in loaded.iter().flat_map(|l| &l.settings.destinations) {
                behind += self.host.store().behind(&to.place).await?;
            }
            if behind == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    /// Counts what the platforms received, and checks what must be true of it.
    fn tally(&self, carried: &[String]) -> Tally {
        let standing = |messages: Vec<Message>| -> Vec<Message> {
            messages.into_iter().filter(|m| !m.deleted && m.ephemeral_for.is_none()).collect()
        };
        let x = standing(self.platforms.x.messages());
        let rooms = [
            ("Discord", standing(self.platforms.discord.messages())),
            ("Slack", standing(self.platforms.slack.messages())),
        ];
        let mut broken = Vec::new();
        for (room, messages) in &rooms {
            for id in carried {
                let shown = messages
                    .iter()
                    .filter(|m| m.payload.to_string().contains(&format!("/status/{id}")))
                    .count();
                if shown != 1 {
                    broken.push(format!("Post {id} stands {shown} times in {room}."));
                }
            }
        }
        let mut all: Vec<&Message> = x.iter().chain(rooms.iter().flat_map(|(_, m)| m)).collect();
        all.retain(|m| m.author.bot);
        let mut seen: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
        for message in &all {
            *seen.entry((message.platform, &message.channel, message.payload.to_string())).or_default() += 1;
        }
        for ((platform, _, _), times) in seen.iter().filter(|(_, times)| **times > 1) {
            broken.push(format!("Something stands {times} times on {platform}."));
        }
        let pinging = all.iter().filter(|m| !m.pings.is_empty()).count();
        if pinging > 1 {
            broken.push(format!("{pinging} messages ping somebody; one may."));
        }
        let announcements = x.iter().filter(|m| m.author.bot).count();
        // Two reminders, the opening, six questions, the close.
        if announcements != 10 {
            broken.push(format!("{announcements} announcements stand on X instead of 10."));
        }
        let counts = BTreeMap::from([
            ("posts on X", x.iter().filter(|m| !m.author.bot).count()),
            ("announcements on X", announcements),
            ("carried to Discord", cards(&rooms[0].1)),
            ("carried to Slack", cards(&rooms[1].1)),
            ("messages that ping", pinging),
        ]);
        Tally { counts, broken }
    }
}

fn cards(messages: &[Message]) -> usize {
    messages
        .iter()
        .map(|m| {
            let text = m.payload.to_string();
            text.matches("View on X").count()
                + text.matches("in Discord").count()
                + text.matches("in Slack").count()
        })
        .filter(|n| *n > 0)
        .sum()
}

/// The next Tuesday, eight in the evening in London: the hour that will be played.
pub fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::{Datelike, NaiveTime, Weekday};
    let zone = chrono_tz::Europe::London;
    let today = now.with_timezone(&zone).date_naive();
    let evening = NaiveTime::from_hms_opt(20, 0, 0).unwrap_or(NaiveTime::MIN);
    let ahead = i64::from(Weekday::Tue.days_since(today.weekday()));
    let tuesday = |weeks: i64| {
        let date = today + TimeDelta::days(ahead + 7 * weeks);
        chat::zone::resolve(zone, date.and_time(evening))
    };
    if tuesday(0) > now { tuesday(0) } else { tuesday(1) }
}

/// When the curtain rises: shortly before the first reminder of the coming Tuesday's hour.
pub fn curtain(today: DateTime<Utc>) -> DateTime<Utc> {
    next_hour(today) - TimeDelta::hours(24) - TimeDelta::minutes(10)
}

fn button(value: &Value, label: &str) -> Option<(String, Option<String>)> {
    match value {
        Value::Object(map) => {
            if map.get("type").and_then(Value::as_str) == Some("button")
                && map.get("text").and_then(|t| t.get("text")).and_then(Value::as_str) == Some(label)
            {
                let id = map.get("action_id").and_then(Value::as_str)?.to_owned();
                return Some((id, map.get("value").and_then(Value::as_str).map(str::to_owned)));
            }
            map.values().find_map(|v| button(v, label))
        }
        Value::Array(list) => list.iter().find_map(|v| button(v, label)),
        _ => None,
    }
}

fn component(value: &Value, label: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            if map.get("label").and_then(Value::as_str) == Some(label) {
                return map.get("custom_id").and_then(Value::as_str).map(str::to_owned);
            }
            map.values().find_map(|v| component(v, label))
        }
        Value::Array(list) => list.iter().find_map(|v| component(v, label)),
        _ => None,
    }
}

//! A rehearsal: a whole chat hour played on the stage by its cast, so that a newcomer sees the product
//! do its job before reading anything. It acts only as people do, and ends with a verdict on what the
//! platforms received.

mod script;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use chat::cue::CueState;
use chat::name::Slug;
use chrono::{DateTime, TimeDelta, Utc};
use host::Host;
use serde_json::{Value, json};

pub use script::Moment;
use script::{Act, FURNISH, PREPARE, QUESTIONS, SET_UP, What, hour, on_x};
use verdict::quoted;
pub use verdict::{Expected, Held, Said, Tally, Through, verdict};

use crate::cast;
use crate::local::Platforms;
use crate::standin::{Answer, Message, Sent, StandIn, discord, slack, x};

/// How long the last deliveries are waited for, in half seconds.
const PATIENCE: usize = 120;

/// What everybody who watches is told, line by line.
pub type Say<'a> = &'a (dyn Fn(String) + Send + Sync);

/// Plays the hour.
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

    /// Sets the chat up as its organisers would, in the evening before; then plays the hour, and judges
    /// it. `say` gets a readable line for everything the cast does.
    ///
    /// # Errors
    /// Where the table cannot be read. What goes wrong on the stage is in the tally.
    pub async fn play(&self, say: Say<'_>) -> anyhow::Result<Tally> {
        let slug = Rehearsal::slug();
        let clock = &self.host.clocks().chat;
        let mut held = Held::default();
        let mut began = clock.now();
        match self.host.store().load(&slug, began).await? {
            None => self.set_up(&mut held, say).await,
            // A folder that was played in before: the chat is there, the next date gets its questions.
            Some(loaded) => {
                say("The chat is there already, from an earlier evening.".to_owned());
                let played = loaded.episodes.iter().filter(|e| !e.is_ahead()).map(|e| e.starts).max();
                let evening = played.map(|at| curtain(at + TimeDelta::hours(1)));
                if let Some(evening) = evening.filter(|evening| *evening > clock.now()) {
                    clock.set(evening, None);
                    began = evening;
                }
                self.host.tick().await?;
                self.prepare(&mut held, say).await;
            }
        }
        // What falls due within this second is taken up already, as the chat was before it was ready.
        let second = TimeDelta::from_std(Duration::from_secs(1).mul_f64(clock.speed())).unwrap_or_default();
        let ready = clock.now() + second;
        let loaded = self.host.store().load(&slug, clock.now()).await?;
        let ahead = loaded.into_iter().flat_map(|l| l.episodes).filter(|e| e.is_ahead());
        let Some(start) = ahead.map(|e| e.starts).min() else {
            let mut broken = held.stumbled;
            broken.push("No hour is planned, so none could be played.".to_owned());
            return Ok(Tally { counts: BTreeMap::new(), broken });
        };
        let mut expected = Expected::of(start, began, ready);
        // The reminder of the evening before is seen; the night and the day are skipped.
        clock.until(start - TimeDelta::hours(24) + TimeDelta::minutes(3), Duration::ZERO).await;
        let doors = start - TimeDelta::minutes(10) - TimeDelta::seconds(45);
        if clock.is_moved() && clock.now() < doors {
            if clock.now() < start - TimeDelta::hours(12) {
                // Whatever is under way belongs to the evening before.
                held.waiting.extend(self.drain("in the evening before").await?);
                say("The night passes.".to_owned());
            }
            // Waiting may have taken longer than the night; the clock is not set back.
            clock.set(doors.max(clock.now()), None);
            self.host.tick().await?;
        }
        let mut said = expected.said.iter_mut();
        for Act { at: (minute, second), what } in hour() {
            clock
                .until(start + TimeDelta::minutes(minute) + TimeDelta::seconds(second), Duration::ZERO)
                .await;
            let said = what.said().and_then(|_| said.next());
            if let Err(error) = self.perform(what, said, say).await {
                held.stumble(&what.told(), &error, say);
            }
        }
        clock.until(start + TimeDelta::minutes(60) + TimeDelta::seconds(30), Duration::ZERO).await;
        held.waiting.extend(self.drain("at the end").await?);
        self.look(&mut held);
        Ok(verdict(&expected, &held))
    }

    /// Looks at what the stand-ins hold.
    fn look(&self, held: &mut Held) {
        let Platforms { slack, discord, x, .. } = &*self.platforms;
        (held.x, held.discord, held.slack) = (x.messages(), discord.messages(), slack.messages());
        held.forms = discord.sent().iter().chain(&slack.sent()).filter(|sent| is_form(sent)).count();
        let everybody = [cast::TOMASZ, cast::AMARA, cast::JUNO].into_iter();
        let has_role = |user: &&str| discord.roles_of(cast::SERVER, user).iter().any(|r| r == cast::ROLE);
        held.members = everybody.filter(has_role).map(str::to_owned).collect();
    }

    async fn set_up(&self, held: &mut Held, say: Say<'_>) {
        let mut code = None;
        for (command, answer) in SET_UP {
            let reply = self.chat(command, answer, held, say).await.unwrap_or_default();
            let told = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
            code = told.or(code);
        }
        if let Some(code) = code {
            let line = format!("Tomasz: /connect {code}");
            say(line.clone());
            if let Err(error) =
                self.member(cast::TOMASZ, "connect", &[("code", json!(code))], "#SMXChat").await
            {
                held.stumble(&line, &error, say);
            }
        }
        for (command, answer) in FURNISH {
            self.chat(command, answer, held, say).await;
        }
        self.prepare(held, say).await;
        self.chat("preview", "Q6", held, say).await;
        say("Maya presses Approve X".to_owned());
        if let Err(error) = self.press("Approve X").await {
            held.stumble("Maya presses Approve X", &error, say);
        }
    }

    async fn prepare(&self, held: &mut Held, say: Say<'_>) {
        for (command, answer) in PREPARE {
            self.chat(command, answer, held, say).await;
        }
        for (n, question) in QUESTIONS.iter().enumerate() {
            self.chat(&format!("ask {question}"), &format!("Q{}. {question}", n + 1), held, say).await;
        }
    }

    /// Maya types a command and reads the answer, in which `words` must be.
    async fn chat(&self, command: &str, words: &str, held: &mut Held, say: Say<'_>) -> Option<String> {
        let line = format!("Maya: /chat {command}");
        say(line.clone());
        match self.command(command, words).await {
            Ok(reply) => Some(reply),
            Err(error) => {
                held.stumble(&line, &error, say);
                None
            }
        }
    }

    async fn command(&self, command: &str, words: &str) -> anyhow::Result<String> {
        let answer = self.platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, command).await?;
        heard(&answer, words)
    }

    async fn press(&self, label: &str) -> anyhow::Result<()> {
        let slack = &self.platforms.slack;
        let found = patiently(|| pressable(&slack.messages(), label, Some(cast::MAYA))).await;
        let (message, action, value) = found.ok_or_else(|| anyhow!("nobody offers a button {label}"))?;
        let answer =
            slack.press(cast::MAYA, cast::SLACK_CHANNEL, &message, &action, value.as_deref()).await?;
        heard(&answer, "").map(drop)
    }

    async fn perform(&self, what: What, said: Option<&mut Said>, say: Say<'_>) -> anyhow::Result<()> {
        match what {
            What::Chat(command, words) => {
                say(what.told());
                self.command(command, words).await.map(drop)
            }
            What::Post(who, text) => self.post(who, x::Draft::text(text), said).await,
            What::Reply(who, text) => {
                let question = self.question().await?;
                let draft = x::Draft { in_reply_to: Some(question), ..x::Draft::text(text) };
                self.post(who, draft, said).await
            }
            What::Picture(who, text, alt) => {
                let picture =
                    x::Picture { url: "https://pbs.example/mural.jpg".to_owned(), alt: Some(alt.to_owned()) };
                self.post(who, x::Draft { pictures: vec![picture], ..x::Draft::text(text) }, said).await
            }
            What::Repost(who) => {
                let draft = x::Draft { reposts: Some(self.question().await?), ..x::Draft::default() };
                self.post(who, draft, said).await
            }
            What::Member(user, command, words) => {
                say(what.told());
                self.member(user, command, &[], words).await
            }
            What::Answer(user, text) => self.answer(user, "Answer", text).await,
            What::Hello(user, text) => self.answer(user, "Say hello", text).await,
            What::SlackAnswer(user, text) => self.answer_in_slack(user, text).await,
        }
    }

    /// Somebody posts on X, which tells Earshot of it.
    async fn post(&self, who: usize, draft: x::Draft, said: Option<&mut Said>) -> anyhow::Result<()> {
        let reposts = draft.reposts.is_some();
        let posted = self.platforms.x.post(on_x(who).0, draft).await?;
        if let Some(said) = said {
            said.through = Through::X(Some(posted.id));
        }
        match posted.delivered {
            x::Delivered::Answered(answer) => heard(&answer, "").map(drop),
            x::Delivered::Failed(why) => bail!("Earshot did not take the post: {why}"),
            // The stage's rule leaves reposts out, as a deployment's should.
            x::Delivered::No if reposts => Ok(()),
            x::Delivered::No => bail!("X told nobody of the post"),
        }
    }

    /// The latest question on X.
    async fn question(&self) -> anyhow::Result<String> {
        let question = |m: &&Message| {
            let text = m.payload.get("text").and_then(Value::as_str).unwrap_or_default();
            m.author.bot && text.starts_with('Q')
        };
        let look = || self.platforms.x.messages().iter().rev().find(question).map(|m| m.id.clone());
        patiently(look).await.ok_or_else(|| anyhow!("no question stands on X"))
    }

    async fn member(
        &self,
        user: &str,
        command: &str,
        options: &[(&str, Value)],
        words: &str,
    ) -> anyhow::Result<()> {
        let discord = &self.platforms.discord;
        let answer = discord.command(user, cast::DISCORD_CHANNEL, command, options).await?;
        // Joining asks what one would like first; all of it may stay empty.
        match answer.body.pointer("/data/custom_id").and_then(Value::as_str) {
            Some(form) => {
                heard(&answer, "")?;
                heard(&discord.submit(user, form, &[]).await?, words).map(drop)
            }
            None => heard(&answer, words).map(drop),
        }
    }

    /// Somebody in Discord presses the latest such button, fills in the form, and is thanked.
    async fn answer(&self, user: &str, label: &str, text: &str) -> anyhow::Result<()> {
        let discord = &self.platforms.discord;
        let look = || {
            let messages = discord.messages();
            let mut seen = messages.into_iter().rev().filter(|m| m.ephemeral_for.is_none() && !m.deleted);
            seen.find_map(|m| component(&m.payload, label).map(|custom_id| (m, custom_id)))
        };
        let (message, custom_id) =
            patiently(look).await.ok_or_else(|| anyhow!("nobody offers a button {label}"))?;
        let channel = message.thread.as_deref().unwrap_or(&message.channel);
        let modal = discord.press(user, channel, &message.id, &custom_id).await?;
        heard(&modal, "")?;
        let form = modal.body.pointer("/data/custom_id").and_then(Value::as_str);
        let form = form.ok_or_else(|| anyhow!("the form did not open"))?;
        let answer = discord.submit(user, form, &[("answer", text)]).await?;
        heard(&answer, THANKS).map(drop)
    }

    async fn answer_in_slack(&self, user: &str, text: &str) -> anyhow::Result<()> {
        let slack = &self.platforms.slack;
        let found = patiently(|| pressable(&slack.messages(), "Answer", None)).await;
        let (message, action, value) = found.ok_or_else(|| anyhow!("nobody offers a button Answer"))?;
        let pressed = slack.press(user, cast::SLACK_CHANNEL, &message, &action, value.as_deref()).await?;
        heard(&pressed, "")?;
        let views = slack.views(user);
        let view = views.last().and_then(|v| v.get("id")).and_then(Value::as_str);
        let view = view.ok_or_else(|| anyhow!("the form did not open"))?;
        let answer = slack.submit(user, view, &[("answer", text)]).await?;
        heard(&answer, THANKS).map(drop)
    }

    /// Waits until everything that was due has gone out, a minute at most; what still waits then, a
    /// sentence each.
    async fn drain(&self, when: &str) -> anyhow::Result<Vec<String>> {
        let mut waiting = Vec::new();
        for _ in 0..PATIENCE {
            waiting = self.waiting(when).await?;
            if waiting.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(waiting)
    }

    async fn waiting(&self, when: &str) -> anyhow::Result<Vec<String>> {
        let (store, now) = (self.host.store(), self.host.clocks().chat.now());
        let Some(loaded) = store.load(&Rehearsal::slug(), now).await? else { return Ok(Vec::new()) };
        let mut waiting = Vec::new();
        let due = loaded.cues.iter().filter(|cue| cue.state == CueState::Waiting && cue.due <= now).count();
        if due > 0 {
            waiting.push(format!("{due} of what was due had not begun {when}."));
        }
        let desk = loaded.settings.desk.iter().map(|place| (place, "the desk".to_owned()));
        let rooms = loaded.settings.destinations.iter();
        for (place, name) in rooms.map(|to| (&to.place, to.place.platform.to_string())).chain(desk) {
            match store.behind(place).await? {
                0 => {}
                n => waiting.push(format!("{n} for {name} still waited {when}.")),
            }
        }
        Ok(waiting)
    }
}

/// Looks for what somebody waits for, as people do who see a room fill: ten seconds of real time at most.
/// On a busy machine a room may be late without being wrong; what never comes is still missed.
async fn patiently<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    for _ in 0..100 {
        if let Some(found) = look() {
            return Some(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    look()
}

impl Held {
    /// Somebody was not answered as the script has it.
    fn stumble(&mut self, act: &str, error: &anyhow::Error, say: Say<'_>) {
        let told = format!("{act}: {error:#}.");
        say(format!("Somebody stumbled. {told}"));
        self.stumbled.push(told);
    }
}

/// What somebody who answered is told.
const THANKS: &str = "on its way";

/// What somebody was answered, if they saw it and `words` are in it.
fn heard(answer: &Answer, words: &str) -> anyhow::Result<String> {
    if let Some(refused) = &answer.refused {
        bail!("the answer could not be shown: {refused}");
    }
    if answer.status >= 300 {
        bail!("the answer was an error, HTTP {}", answer.status);
    }
    let body = answer.body.to_string();
    if !body.contains(words) {
        let read = ["/text", "/data/content"].iter().find_map(|path| answer.body.pointer(path)?.as_str());
        bail!("the answer was {}, without {}", quoted(read.unwrap_or(&body), 160), quoted(words, 60));
    }
    Ok(body)
}

/// Whether somebody sent off a form with it.
fn is_form(sent: &Sent) -> bool {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    match sent.path.as_str() {
        discord::INTERACTIONS => json(&sent.body).get("type") == Some(&json!(5)),
        slack::INTERACTIONS => {
            form_urlencoded::parse(&sent.body).find(|(name, _)| name == "payload").is_some_and(
                |(_, payload)| json(payload.as_bytes()).get("type") == Some(&json!("view_submission")),
            )
        }
        _ => false,
    }
}

/// The latest button of this name in Slack, for everybody or for one: its message, action and value.
fn pressable(
    messages: &[Message],
    label: &str,
    only: Option<&str>,
) -> Option<(String, String, Option<String>)> {
    let seen = messages.iter().rev().filter(|m| m.ephemeral_for.as_deref() == only && !m.deleted);
    seen.into_iter().find_map(|m| {
        let (action, value) = button(&m.payload, label)?;
        Some((m.id.clone(), action, value))
    })
}

/// The next Tuesday, eight in the evening in London: the hour that will be played.
pub fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::{Datelike, NaiveTime, Weekday};
    let zone = cast::london();
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

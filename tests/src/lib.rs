//! The stories' stage: a whole deployment in one process, on a clock that stands still until it is
//! moved, over the real protocol. `show.at("Tue 19:00"); show.slack("ask …"); show.transcript()`.
//!
//! One thing happens at a time: the story works the queue off itself, in the order of the clock, where
//! a process would do it side by side. So a story reads the same each time it is told.

pub mod contract;
mod damage;
pub mod kept;
pub mod lambda;
mod moving;
mod table;
pub mod weather;
pub mod words;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chat::zone::Zone;
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};
use earshot::cable::Cable;
use earshot::cast;
use earshot::database::Database;
use earshot::dice::Weather;
use earshot::local::{Local, Platforms};
use earshot::standin::{Answer, Message, StandIn, x::Delivered};
use earshot::{standin, worker};
use host::{Bell, Clocks, Host, Patience, Rung};
use serde_json::Value;
use tokio::net::TcpListener;

pub use crate::moving::Behind;
use crate::weather::Mishap;

/// Six questions, for stories that are about something else.
pub const SIX: [&str; 6] = [
    "Who are you, and which community is yours?",
    "What made you stay when you could have left?",
    "What did your community do in the week its platform changed under it?",
    "Who kept the list of people, and where is it now?",
    "What would you carry out of a burning platform?",
    "What will you do this week so that it lasts?",
];

/// What a deployment is made of before it starts.
pub struct Stage {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// Whether Earshot is told about X.
    pub x: bool,
    /// Whether Earshot is told about Discord.
    pub discord: bool,
    /// Whether the table is kept in a file, so that [`Show::restart`] finds it again.
    pub kept: bool,
    /// Whether the host reaches its table over a cable on which things can go wrong, and waits for nobody
    /// long. The table is in memory and outlives a [`Show::restart`].
    pub cabled: bool,
    /// Whether somebody listens on the event bus. The table is in memory, as with a cable.
    pub told: bool,
    /// Whether the living message at the desk is looked at four times a minute, as in life. Other stories lose most
    /// of those bells, which is no loss, and takes less time.
    pub desk: bool,
    /// Variables beside the usual ones, such as `EARSHOT_X_SOURCE`.
    pub variables: &'static [(&'static str, &'static str)],
    /// Changes the cast: channels, people, limits.
    pub cast: fn(&mut standin::slack::Config, &mut standin::discord::Config, &mut standin::x::Config),
}

impl Stage {
    /// The usual cast with X, in memory.
    pub fn at(start: &str) -> Stage {
        Stage {
            start: instant(start),
            x: true,
            discord: true,
            kept: false,
            cabled: false,
            told: false,
            desk: false,
            variables: &[],
            cast: |_, _, _| {},
        }
    }
}

/// A deployment to tell a story with.
pub struct Show {
    /// The platforms' stand-ins.
    pub platforms: Platforms,
    local: Option<Local>,
    clocks: Clocks,
    pending: Vec<Rung>,
    folder: Option<tempfile::TempDir>,
    database: Option<(Database, Cable)>,
    /// A host that only looks, past the cable.
    eyes: Option<Host>,
    bells: Option<Weather<Mishap>>,
    told: Option<Arc<Mutex<Vec<host::Entry>>>>,
    stormy: bool,
    /// Whether each look at the desk is taken.
    desk: bool,
    base: String,
    zone: Zone,
    x: bool,
    discord: bool,
    /// Whether X is searched.
    searches: bool,
    /// Whether X sends posts by itself.
    sends: bool,
    /// Posts of ours that X has delivered back to us already.
    echoed: HashSet<String>,
}

/// At the end of every story, each request that Earshot made in it is held against the platforms' own
/// documents, where they lie beside the repository.
impl Drop for Show {
    fn drop(&mut self) {
        // A story that has failed already has its own complaint, and a second panic would hide it.
        if !std::thread::panicking() {
            contract::check(self);
        }
    }
}

/// Reads `2026-11-24T20:00:00Z`.
pub fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an instant in RFC 3339").to_utc()
}

impl Show {
    /// A deployment with X, at an instant, with nothing set up. Its table is in memory.
    pub async fn new(start: &str) -> Show {
        Show::on(Stage::at(start)).await
    }

    /// The same without X.
    pub async fn without_x(start: &str) -> Show {
        Show::on(Stage { x: false, ..Stage::at(start) }).await
    }

    /// The same with X and with its table in a file: it can be restarted.
    pub async fn kept(start: &str) -> Show {
        Show::on(Stage { kept: true, ..Stage::at(start) }).await
    }

    /// A deployment as it is wanted.
    pub async fn on(stage: Stage) -> Show {
        let clocks = Clocks::stepped(stage.start);
        let (mut slack, mut discord, mut x) =
            (cast::slack(&clocks), cast::discord(&clocks), cast::x(&clocks));
        // By itself the stand-in echoes in real time, which no story could wait for: see `echo`.
        x.echo = None;
        (stage.cast)(&mut slack, &mut discord, &mut x);
        let mut platforms =
            Platforms::start_with(slack, discord, x, stage.x).await.expect("stand-ins start on loopback");
        for (name, value) in stage.variables {
            platforms.set(name, value);
        }
        let source = |(name, value): &(&str, &str)| *name == "EARSHOT_X_SOURCE" && *value != "webhook";
        let mut show = Show {
            platforms,
            local: None,
            clocks,
            pending: Vec::new(),
            folder: stage.kept.then(|| tempfile::tempdir().expect("a temporary folder")),
            database: None,
            eyes: None,
            bells: None,
            told: stage.told.then(Arc::default),
            stormy: false,
            desk: stage.desk,
            base: String::new(),
            zone: cast::london(),
            x: stage.x,
            discord: stage.discord,
            searches: stage.variables.iter().any(source),
            sends: !stage.variables.contains(&("EARSHOT_X_SOURCE", "poll")),
            echoed: HashSet::new(),
        };
        if stage.cabled || stage.told {
            let database = Database::start(None).await.expect("a database in memory");
            let cable = Cable::lay(&database.endpoint()).await.expect("a cable on loopback");
            let config = show.platforms.config().expect("the stand-ins' own settings");
            show.eyes = Some(idle_host(config, &database.endpoint(), &show.clocks));
            show.database = Some((database, cable));
        }
        show.start().await;
        show
    }

    async fn start(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let mut config = self.platforms.config().expect("the stand-ins' own settings");
        if !self.discord {
            config.discord = None;
        }
        let data = self.folder.as_ref().map(|f| PathBuf::from(f.path()));
        let more = axum::Router::new();
        // Boxed, here and below: in debug builds the futures of a story add up to more than a test
        // thread's stack.
        let clocks = self.clocks.clone();
        let local = match &self.database {
            Some((_, cable)) => {
                config.patience = IMPATIENT;
                let bus = self.told.clone().map(host::Bus::Local);
                Box::pin(Local::start_at(config, &cable.endpoint(), clocks, listener, more, bus)).await
            }
            None => Box::pin(Local::start(config, data.as_deref(), clocks, listener, more)).await,
        };
        let local = local.expect("the host starts");
        self.base = local.url();
        self.platforms.aim(&self.base);
        self.local = Some(local);
    }

    /// Stops the host in the middle of things and starts another one on the same table. Everything that
    /// was only rung for, and not written down, is gone.
    pub async fn restart(&mut self) {
        let lasts = self.folder.is_some() || self.database.is_some();
        assert!(lasts, "a story with a restart begins with Show::kept, or is cabled");
        self.pending.clear();
        if let Some(local) = self.local.take() {
            local.stop().await.expect("the host stops");
        }
        self.start().await;
    }

    /// The running host.
    pub fn host(&self) -> &Host {
        &self.running().host
    }

    fn running(&self) -> &Local {
        self.local.as_ref().expect("a host is running")
    }

    /// Where it listens, such as `http://127.0.0.1:40001`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// The bus on which the hosts of this story tell what happens.
    ///
    /// # Panics
    /// Where nobody listens on it.
    pub fn bus(&self) -> host::Bus {
        host::Bus::Local(Arc::clone(
            self.told.as_ref().expect("a story about the bus begins with somebody on it"),
        ))
    }

    /// What was told on it so far, in order: kind and detail.
    pub fn told(&self) -> Vec<(String, Value)> {
        let told = self.told.as_ref().expect("somebody listens");
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |entry: &host::Entry| {
            let detail = serde_json::from_str(&entry.detail).expect("a detail is JSON");
            (entry.kind.clone(), detail)
        };
        told.iter().map(read).collect()
    }

    /// The cable to the database.
    ///
    /// # Panics
    /// Where the [`Stage`] was not cabled.
    pub fn cable(&self) -> &Cable {
        &self.database.as_ref().expect("a story with a cable begins on a cabled stage").1
    }

    /// The database itself, past every cable.
    pub fn database(&self) -> String {
        let ours = self.database.as_ref().map(|(database, _)| database.endpoint());
        ours.unwrap_or_else(|| self.running().database())
    }

    /// Another host on the same platforms and on the table at `endpoint`, with queues of its own that nobody
    /// works off: somebody to be killed.
    pub fn host_at(&self, endpoint: &str) -> Host {
        self.host_with(endpoint, |_| {})
    }

    /// The same with other settings.
    pub fn host_with(&self, endpoint: &str, change: impl FnOnce(&mut host::Config)) -> Host {
        let mut config = self.platforms.config().expect("the stand-ins' own settings");
        config.patience = IMPATIENT;
        change(&mut config);
        idle_host(config, endpoint, &self.clocks)
    }

    /// Whoever looks into the table without being part of the story.
    pub fn looking(&self) -> &Host {
        self.eyes.as_ref().unwrap_or_else(|| self.host())
    }

    /// From now on things go wrong: the story goes on where the host could not, as AWS would, which gives a
    /// message again, ticks again, and tells nobody.
    pub fn storm(&mut self, bells: Weather<Mishap>) {
        self.stormy = true;
        self.bells = Some(bells);
    }

    /// Everybody behaves again, and what was closed is open.
    pub fn calm(&mut self) {
        self.stormy = false;
        self.bells = None;
        self.platforms.slack.clear_faults();
        self.platforms.discord.clear_faults();
        self.platforms.x.clear_faults();
        self.platforms.slack.mend();
        self.platforms.discord.mend();
        self.platforms.x.mend();
        if let Some((_, cable)) = &self.database {
            cable.clear();
        }
    }

    /// Every row of the table, sorted: equal dumps, and nothing was changed.
    pub async fn dump(&self) -> Vec<String> {
        let rows = table::rows(&self.database(), "earshot").await;
        assert!(!rows.is_empty(), "an empty table proves nothing");
        rows
    }

    /// One call of the table's own interface, `UpdateItem` for example: to leave something as a machine leaves
    /// it that died over it.
    pub async fn table(&self, what: &str, mut body: Value) -> Value {
        body["TableName"] = Value::from("earshot");
        table::call(&self.running().database(), what, &body).await
    }

    /// The same without the answers that are kept for repeats (a refused request leaves one, and nothing
    /// else), without the note that the clock ticked, and without what a look at the desk, or who
    /// waits for an answer, leaves behind.
    pub async fn facts(&self) -> Vec<String> {
        const NO_FACTS: [&str; 7] = [
            "\"pk\":{\"S\":\"REQ#",
            "\"pk\":{\"S\":\"HEARTBEAT\"",
            "\"sk\":{\"S\":\"DESK#",
            "\"pk\":{\"S\":\"TURNS#slack-desk\"",
            "/desk\"},\"sk\":{\"S\":\"PACE\"",
            "\"sk\":{\"S\":\"RADAR\"",
            "\"pk\":{\"S\":\"DEST#x::metrics\"",
        ];
        let rows = self.dump().await.into_iter();
        rows.filter(|row| !NO_FACTS.iter().any(|none| row.contains(none))).collect()
    }

    /// The chat's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clocks.chat.now()
    }

    /// Reads and shows times by another city's clock than London's.
    pub fn live_in(&mut self, zone: Zone) {
        self.zone = zone;
    }

    /// Sets up #SMXChat as its organiser would: the chat, Slack, Discord, X, a desk, cities, and the
    /// approval of a preview.
    pub async fn set_up(&mut self) {
        self.set_up_as("new #SMXChat every Tuesday 8pm London").await;
    }

    /// The same, with another first command.
    pub async fn set_up_as(&mut self, new: &str) {
        self.slack(new).await;
        self.slack("connect slack").await;
        if self.discord {
            self.connect_discord().await;
            self.slack(&format!("set role <@&{}>", cast::ROLE)).await;
        }
        self.slack(&format!("set desk <#{}|smxchat-desk>", cast::DESK)).await;
        self.slack("set cities New York, Nairobi").await;
        if self.x {
            self.slack("connect x").await;
            self.slack("preview").await;
            self.press("Approve X").await;
        }
    }

    /// Connects the Discord channel with a code, as Maya and Tomasz do it together.
    pub async fn connect_discord(&mut self) -> String {
        let reply = self.slack("connect discord").await;
        let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
        let code = code.expect("the reply names a code");
        self.discord_with(cast::TOMASZ, "connect", &[("code", Value::String(code))]).await
    }

    /// Asks [`SIX`] questions for the next hour.
    pub async fn ask_six(&mut self) {
        for question in SIX {
            self.slack(&format!("ask {question}")).await;
        }
    }

    /// Lets time pass until a moment: `Tue 19:00` is the next one by the chat's wall clock, `20:23` is
    /// today's or tomorrow's; also RFC 3339.
    pub async fn at(&mut self, when: &str) {
        let to = self.moment(when);
        self.until(to).await;
    }

    /// Lets time pass in which no host runs: nothing ticks and nothing is sent. To be followed by a
    /// [`restart`](Show::restart).
    pub async fn sleep_until(&mut self, when: &str) {
        let to = self.moment(when);
        self.clocks.chat.set(to, None);
    }

    /// The same until an instant.
    pub fn sleep_to(&mut self, to: DateTime<Utc>) {
        self.clocks.chat.set(to.max(self.now()), None);
    }

    fn moment(&self, when: &str) -> DateTime<Utc> {
        if let Ok(at) = DateTime::parse_from_rfc3339(when) {
            return at.to_utc();
        }
        let (day, time) = when.split_once(' ').map_or((None, when), |(day, time)| (Some(day), time));
        let time = NaiveTime::parse_from_str(time, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"))
            .expect("a time of day");
        let weekday: Option<Weekday> = day.map(|day| day.parse().expect("a weekday"));
        let now = self.now();
        let today = now.with_timezone(&self.zone).date_naive();
        (0..8)
            .map(|ahead| today + TimeDelta::days(ahead))
            .filter(|date| weekday.is_none_or(|weekday| date.weekday() == weekday))
            .map(|date| chat::zone::resolve(self.zone, date.and_time(time)))
            .find(|at| *at >= now)
            .expect("a moment within the week")
    }

    /// Lets time pass until an instant: ticks, cues and doorbells in their order.
    pub async fn until(&mut self, to: DateTime<Utc>) {
        Box::pin(self.pass(to)).await;
    }

    async fn pass(&mut self, to: DateTime<Utc>) {
        let mut ticked: Option<DateTime<Utc>> = None;
        for _ in 0..1_000_000 {
            self.collect();
            let now = self.now();
            let next_bell = self.pending.iter().map(|rung| rung.at).min();
            if ticked.is_some() && next_bell.is_some_and(|at| at <= now) {
                self.ring().await;
                continue;
            }
            let next_tick = match ticked {
                None => Some(now),
                Some(ticked) => {
                    let usual = self.next_tick(ticked, to).await;
                    [usual, self.next_search_tick(ticked).await].into_iter().flatten().min()
                }
            };
            let Some(next) = [next_bell, next_tick].into_iter().flatten().min().filter(|at| *at <= to) else {
                break;
            };
            if Some(next) == next_tick {
                let at = next.max(now);
                self.clocks.chat.set(at, None);
                ticked = Some(at);
                self.tick().await;
            } else {
                self.ring().await;
            }
        }
        if self.now() < to {
            self.clocks.chat.set(to, None);
        }
    }

    /// The clock ticks each minute; of these ticks the ones that change nothing are left out: all but
    /// one a day, those before a cue, and those while something waits that nobody was rung for.
    async fn next_tick(&self, ticked: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let store = self.looking().store();
        let minute = ticked + TimeDelta::seconds(60);
        let idle = |bell: &Bell| match bell {
            Bell::Cue { .. } => true,
            Bell::Desk { .. } => !self.desk,
            _ => false,
        };
        if self.pending.iter().any(|rung| !idle(&rung.bell)) {
            return Some(minute).filter(|minute| *minute <= to);
        }
        let erasing = !store.erasures(to).await.expect("the table").is_empty();
        let catching_up = !store.catching_up(to).await.expect("the table").is_empty();
        let untold = self.told.is_some() && !store.untold(to, 1).await.expect("the table").is_empty();
        if erasing
            || catching_up
            || untold
            || !store.destinations_waiting(to).await.expect("the table").is_empty()
        {
            return Some(minute);
        }
        let daily = ticked + TimeDelta::hours(24);
        let due = store.cues_due(daily.min(to) + TimeDelta::seconds(180), 50).await.expect("the table");
        let known = |id: &str, r: u64| {
            let same = |p: &Rung| matches!(&p.bell, Bell::Cue { id: i, rev, .. } if i == id && *rev == r);
            self.pending.iter().any(same)
        };
        let cue = due.iter().find(|cue| !known(&cue.id.to_string(), cue.rev));
        let before = cue.map(|cue| (cue.due - TimeDelta::seconds(170)).max(minute));
        // A desk that lives has its last word once the doors are closed.
        let living = !store.all_living(to).await.expect("the table").is_empty();
        let often = if self.desk { minute } else { ticked + TimeDelta::minutes(10) };
        let looks = living.then_some(often);
        [before, looks, Some(daily)].into_iter().flatten().min()
    }

    /// Where X is searched, each tick hands out the searches of its minute: those ticks are not left out.
    async fn next_search_tick(&self, ticked: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.searches {
            return None;
        }
        let (store, minute) = (self.host().store(), ticked + TimeDelta::seconds(60));
        let mut next: Option<DateTime<Utc>> = None;
        for line in store.all_chats().await.expect("the table") {
            let loaded = store.if_readable(store.load(&line.slug, self.now()).await).expect("the table");
            let Some(loaded) = loaded.flatten() else { continue };
            let doors = |e: &chat::agenda::Episode| e.starts - chat::settings::Settings::DOORS_EARLY;
            let opening = loaded.episodes.iter().map(doors).filter(|at| *at > minute).min();
            let at = match chat::search::wanted(&loaded.episodes, minute) {
                Some(wanted) if wanted.often => Some(minute),
                // Half a minute before the next tenth minute of the hour.
                Some(_) => DateTime::from_timestamp((minute.timestamp() + 30).div_euclid(600) * 600 + 570, 0),
                None => opening,
            };
            next = [next, at].into_iter().flatten().min();
        }
        next
    }

    /// Works off everything that can be done at once, without a cue falling due: what was rung for now,
    /// and what has to wait for a platform's pace, twelve seconds at most.
    pub async fn settle(&mut self) {
        Box::pin(self.work_off()).await;
    }

    async fn work_off(&mut self) {
        let to = self.now() + TimeDelta::seconds(12);
        for _ in 0..10_000 {
            self.collect();
            // Searches and looks at the desk have their own time, and nobody waits for it.
            let now = self.now();
            let ripe =
                |rung: &&Rung| rung.at <= now || !matches!(rung.bell, Bell::Poll { .. } | Bell::Desk { .. });
            let next = self.pending.iter().filter(ripe).min_by_key(|rung| rung.at).cloned();
            match next {
                Some(Rung { bell: Bell::Cue { .. } | Bell::Poll { .. } | Bell::Desk { .. }, at })
                    if at > now =>
                {
                    return;
                }
                Some(Rung {
                    bell:
                        Bell::Ring { .. }
                        | Bell::Erase { .. }
                        | Bell::Unquote { .. }
                        | Bell::LetIn { .. }
                        | Bell::CatchUp { .. }
                        | Bell::Home { .. },
                    at,
                }) if at > to => {
                    return;
                }
                Some(rung) => self.take_up(rung).await,
                None => return,
            }
        }
    }

    /// The scheduler's minute, now.
    pub async fn tick(&mut self) {
        let host = self.host().clone();
        let ticked = Box::pin(host.tick()).await;
        assert!(self.stormy || ticked.is_ok(), "a tick: {ticked:?}");
        self.collect();
    }

    fn collect(&mut self) {
        let Some(queue) = self.local.as_ref().map(|local| Arc::clone(&local.queue)) else { return };
        for mut rung in queue.take() {
            match self.bells.as_mut().and_then(Weather::draw) {
                Some(Mishap::Lost) => continue,
                Some(Mishap::Late(by)) => rung.at = rung.at.max(self.clocks.chat.now()) + by,
                Some(Mishap::Doubled(by)) => {
                    let at = rung.at.max(self.clocks.chat.now()) + by;
                    self.pending.push(Rung { bell: rung.bell.clone(), at });
                }
                None => {}
            }
            let looks = |bell: &Bell| matches!(bell, Bell::Desk { .. });
            if looks(&rung.bell)
                && !self.desk
                && rung.at > self.clocks.chat.now()
                && self.pending.iter().any(|p| looks(&p.bell))
            {
                continue;
            }
            match self.pending.iter_mut().find(|p| p.bell == rung.bell) {
                Some(known) => known.at = known.at.min(rung.at),
                None => self.pending.push(rung),
            }
        }
    }

    /// Answers the bell that is next.
    async fn ring(&mut self) {
        if let Some(next) = self.pending.iter().min_by_key(|rung| rung.at).cloned() {
            self.take_up(next).await;
        }
    }

    async fn take_up(&mut self, rung: Rung) {
        self.pending.retain(|pending| *pending != rung);
        // A cue knows its own time and is taken up early, unless its message was late itself; a search is
        // told its moment.
        let (cue, poll) = (matches!(rung.bell, Bell::Cue { .. }), matches!(rung.bell, Bell::Poll { .. }));
        if self.now() < rung.at && !poll && (self.stormy || !cue) {
            let early = if cue { host::queue::EARLY } else { 0 };
            let at = rung.at - TimeDelta::seconds(early);
            self.clocks.chat.set(at.max(self.now()), None);
        }
        let host = self.host().clone();
        let heard = Box::pin(worker::answer(&host, &rung.bell)).await;
        assert!(self.stormy || heard.is_ok(), "the table answers: {heard:?}");
        let elsewhere = matches!(&rung.bell, Bell::Ring { place } if !place.starts_with("x:"));
        if self.x && self.sends && !elsewhere {
            Box::pin(self.echo()).await;
        }
        self.collect();
    }

    /// X delivers our own posts back to us, like anybody's. Here at once, in every story.
    async fn echo(&mut self) {
        let ours: Vec<String> = self
            .platforms
            .x
            .messages()
            .into_iter()
            .filter(|m| m.author.bot && !m.deleted && !self.echoed.contains(&m.id))
            .map(|m| m.id)
            .collect();
        for id in ours {
            let answer = self.platforms.x.deliver(&id).await;
            let is_taken = answer.as_ref().is_ok_and(|a| a.status == 200);
            assert!(self.stormy || is_taken, "{answer:?}");
            // What was not taken X delivers again.
            if is_taken {
                self.echoed.insert(id);
            }
        }
    }

    /// Maya types `/chat …` in the chat's Slack channel. Gives what she reads.
    pub async fn slack(&mut self, text: &str) -> String {
        self.slack_as(cast::MAYA, cast::SLACK_CHANNEL, text).await
    }

    /// Somebody types `/chat …` somewhere in Slack. Gives what they read: the reply, or the form that
    /// opens.
    pub async fn slack_as(&mut self, user: &str, channel: &str, text: &str) -> String {
        let forms = self.forms(user);
        let typed = self.platforms.slack.slash_command(user, channel, text);
        let answer = Box::pin(typed).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{text}: {answer:?}");
        assert_eq!(answer.refused, None, "{text}");
        self.settle().await;
        let form = self.forms(user).into_iter().find(|view| !forms.contains(view));
        form.map_or_else(|| words::slack(&answer.body), |view| words::slack_form(&view))
    }

    /// Maya presses the newest button of this label that she sees in the chat's channel.
    pub async fn press(&mut self, label: &str) -> String {
        self.press_as(cast::MAYA, cast::SLACK_CHANNEL, label).await
    }

    /// Somebody presses the newest Slack button of this label that they see in a channel, or chooses it
    /// from the newest menu. Gives what they read then.
    pub async fn press_as(&mut self, user: &str, channel: &str, label: &str) -> String {
        self.press_under(user, channel, label, "").await
    }

    /// The same under the newest message that contains these words.
    pub async fn press_under(&mut self, user: &str, channel: &str, label: &str, words: &str) -> String {
        let (ts, action_id, value) = self.slack_button(user, channel, label, words);
        let before = self.platforms.slack.messages();
        let forms = self.forms(user);
        let pressed = self.platforms.slack.press(user, channel, &ts, &action_id, value.as_deref());
        let answer = Box::pin(pressed).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{label}: {answer:?}");
        assert_eq!(answer.refused, None, "{label}");
        let after = self.platforms.slack.messages();
        let heard = after
            .iter()
            .filter(|m| m.ephemeral_for.as_deref() == Some(user))
            .find(|m| !before.contains(m))
            .map(|m| words::slack(&m.payload));
        let form = self.forms(user).into_iter().find(|view| !forms.contains(view));
        self.settle().await;
        form.map(|view| words::slack_form(&view)).or(heard).unwrap_or_default()
    }

    /// Somebody presses a button of this label in the Slack form that is open for them. Gives what the form
    /// shows then.
    pub async fn press_in_form(&mut self, user: &str, label: &str) -> String {
        let view = self.forms(user).pop().expect("a form is open");
        let id = view.get("id").and_then(Value::as_str).expect("a view has an id").to_owned();
        let (action_id, value) = words::slack_button(&view, label).expect("a button of that label");
        let pressed = self.platforms.slack.press_in_view(user, &id, &action_id, value.as_deref());
        let answer = Box::pin(pressed).await.expect("Earshot answers");
        assert_eq!((answer.status, answer.refused), (200, None), "{label}");
        self.settle().await;
        self.forms(user).pop().map(|view| words::slack(&view)).unwrap_or_default()
    }

    /// The forms that somebody has open in Slack, newest last.
    pub fn forms(&self, user: &str) -> Vec<Value> {
        let mut views = self.platforms.slack.views(user);
        views.retain(|view| view.get("type").and_then(Value::as_str) != Some("home"));
        views
    }

    /// Somebody's App Home as it was last published.
    pub fn home_view(&self, user: &str) -> Option<Value> {
        let home = |view: &Value| view.get("type").and_then(Value::as_str) == Some("home");
        self.platforms.slack.views(user).into_iter().find(home)
    }

    /// The same as it reads, its parts below each other; nothing where none was.
    pub fn home_words(&self, user: &str) -> String {
        self.home_view(user).map(|view| words::slack_home(&view)).unwrap_or_default()
    }

    /// Somebody opens their App Home in Slack. Gives what they read then.
    pub async fn home(&mut self, user: &str) -> String {
        let opened = self.platforms.slack.app_home_opened(user);
        let answer = Box::pin(opened).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{answer:?}");
        self.settle().await;
        self.home_words(user)
    }

    fn slack_button(
        &self,
        user: &str,
        channel: &str,
        label: &str,
        words: &str,
    ) -> (String, String, Option<String>) {
        let messages = self.platforms.slack.messages();
        let seen = messages.iter().rev().filter(|m| {
            m.channel == channel && !m.deleted && m.ephemeral_for.as_deref().is_none_or(|only| only == user)
        });
        for message in seen.filter(|m| words::slack(&m.payload).contains(words)) {
            if let Some((action_id, value)) = words::slack_button(&message.payload, label) {
                return (message.id.clone(), action_id, value);
            }
        }
        panic!("{user} sees no button {label:?} in {channel}:\n{}", self.transcript());
    }

    /// Whether somebody sees a button of this label anywhere in a Slack channel.
    pub fn sees_button(&self, user: &str, channel: &str, label: &str) -> bool {
        self.platforms.slack.messages().iter().any(|m| {
            m.channel == channel
                && !m.deleted
                && m.ephemeral_for.as_deref().is_none_or(|only| only == user)
                && words::slack_button(&m.payload, label).is_some()
        })
    }

    /// Submits the Slack form that is open for somebody.
    pub async fn fill_in(&mut self, user: &str, values: &[(&str, &str)]) -> Answer {
        let views = self.forms(user);
        let view = views.last().expect("a form is open");
        let id = view.get("id").and_then(Value::as_str).expect("a view has an id").to_owned();
        let answer = Box::pin(self.platforms.slack.submit(user, &id, values)).await.expect("Earshot answers");
        assert_eq!(answer.refused, None);
        self.settle().await;
        answer
    }

    /// A member uses a command in the chat's Discord channel. Gives what they read.
    pub async fn discord(&mut self, user: &str, name: &str) -> String {
        self.discord_with(user, name, &[]).await
    }

    /// The same with options.
    pub async fn discord_with(&mut self, user: &str, name: &str, options: &[(&str, Value)]) -> String {
        self.discord_in(cast::DISCORD_CHANNEL, user, name, options).await
    }

    /// The same in another channel.
    pub async fn discord_in(
        &mut self,
        channel: &str,
        user: &str,
        name: &str,
        options: &[(&str, Value)],
    ) -> String {
        let typed = self.platforms.discord.command(user, channel, name, options);
        let answer = Box::pin(typed).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "/{name}: {answer:?}");
        assert_eq!(answer.refused, None, "/{name}");
        self.settle().await;
        if name == "join" && answer.body.get("type") == Some(&Value::from(9)) {
            // Nothing in the form has to be filled in.
            return self.fill_modal(user, &answer.body, &[]).await;
        }
        words::discord(answer.body.get("data").unwrap_or(&Value::Null))
    }

    /// A member presses the newest Discord button of this label, and gives what comes back.
    pub async fn discord_press(&mut self, user: &str, label: &str) -> Value {
        let messages = self.platforms.discord.messages();
        let found = messages
            .iter()
            .rev()
            .filter(|m| !m.deleted && m.ephemeral_for.as_deref().is_none_or(|only| only == user))
            .find_map(|m| Some((m, words::discord_button(&m.payload, label)?)));
        let Some((message, custom_id)) = found else {
            panic!("no button {label:?} in Discord:\n{}", self.transcript());
        };
        let channel = message.thread.as_deref().unwrap_or(&message.channel);
        let pressed = self.platforms.discord.press(user, channel, &message.id, &custom_id);
        let answer = Box::pin(pressed).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{label}: {answer:?}");
        assert_eq!(answer.refused, None, "{label}");
        self.settle().await;
        answer.body
    }

    /// A member presses Answer under the newest question and sends an answer. Gives what they read.
    pub async fn answer(&mut self, user: &str, text: &str) -> String {
        let modal = self.discord_press(user, "Answer").await;
        self.submit_modal(user, &modal, text).await
    }

    /// A member presses Say hello under the opening and says it.
    pub async fn hello(&mut self, user: &str, text: &str) -> String {
        let modal = self.discord_press(user, "Say hello").await;
        self.submit_modal(user, &modal, text).await
    }

    /// Fills in the one field of a Discord modal for an answer.
    pub async fn submit_modal(&mut self, user: &str, modal: &Value, text: &str) -> String {
        self.fill_modal(user, modal, &[("answer", text)]).await
    }

    /// Somebody joins, and says what they would like: `place`, `remind`, `quiet`.
    pub async fn join_with(&mut self, user: &str, values: &[(&str, &str)]) -> String {
        let typed = self.platforms.discord.command(user, cast::DISCORD_CHANNEL, "join", &[]);
        let answer = Box::pin(typed).await.expect("Earshot answers");
        self.fill_modal(user, &answer.body, values).await
    }

    /// Fills in a Discord modal and submits it. Gives what comes back.
    pub async fn fill_modal(&mut self, user: &str, modal: &Value, values: &[(&str, &str)]) -> String {
        let custom_id = modal.pointer("/data/custom_id").and_then(Value::as_str).expect("a modal").to_owned();
        let submitted = self.platforms.discord.submit(user, &custom_id, values);
        let answer = Box::pin(submitted).await.expect("Earshot answers");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.refused, None);
        self.settle().await;
        words::discord(answer.body.get("data").unwrap_or(&Value::Null))
    }

    /// Somebody posts on X, by their handle. Gives the post's id.
    pub async fn x(&mut self, handle: &str, text: &str) -> String {
        self.x_reply(handle, text, None).await
    }

    /// Somebody replies on X.
    pub async fn x_reply(&mut self, handle: &str, text: &str, to: Option<&str>) -> String {
        let posted = Box::pin(self.platforms.x.post_as(x_id(handle), text, to)).await.expect("X takes it");
        if let Delivered::Answered(answer) = &posted.delivered {
            assert_eq!(answer.status, 200, "{text}: {answer:?}");
        }
        self.settle().await;
        posted.id
    }

    /// Our own announcements on X, oldest first: id and text.
    pub fn announced_on_x(&self) -> Vec<(String, String)> {
        let ours = self.platforms.x.messages().into_iter().filter(|m| m.author.bot);
        ours.map(|m| (m.id.clone(), words_of(&m))).collect()
    }

    /// Everything that stands in the rooms, as people see it.
    pub fn everything(&self) -> Vec<Message> {
        let mut all: Vec<Message> = self.platforms.x.messages();
        all.extend(self.platforms.discord.messages());
        all.extend(self.platforms.slack.messages());
        all.retain(|m| m.ephemeral_for.is_none());
        // Two channels of one workspace may be written to in either order within a second: the room decides there.
        let order = |m: &Message| {
            let platform = match m.platform {
                "x" => 0,
                "discord" => 1,
                _ => 2,
            };
            (m.at.timestamp(), platform, room_of(m).to_owned())
        };
        all.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// The messages of ours in one room whose words contain `part`: `x`, `discord`, `slack` or `desk`.
    pub fn said(&self, room: &str, part: &str) -> Vec<Message> {
        self.everything()
            .into_iter()
            .filter(|m| m.author.bot && !m.deleted && room_of(m) == room)
            .filter(|m| words_of(m).contains(part))
            .collect()
    }

    /// The messages that live at the desk, or lived there, as people see them now: with their buttons.
    pub fn desks(&self) -> Vec<String> {
        let all = self.platforms.slack.messages();
        let ours = all.iter().filter(|m| m.author.bot && !m.deleted && m.channel == cast::DESK);
        let lives = |m: &&Message| words_of(m).starts_with('#');
        ours.filter(lives).map(words_of).collect()
    }

    /// Asserts that these words stand exactly once in each of the three rooms that are on.
    pub fn assert_once_everywhere(&self, part: &str) {
        let rooms = ["x", "discord", "slack"];
        let is_on = |room: &&&str| (**room != "x" || self.x) && (**room != "discord" || self.discord);
        for room in rooms.iter().filter(is_on) {
            let said = self.said(room, part);
            assert_eq!(said.len(), 1, "{part:?} in {room}:\n{}", self.transcript());
        }
    }

    /// Asserts what every story must keep: nothing of ours stands twice in a room on a day, nothing that came from
    /// outside pings anybody, and nothing waits to be delivered.
    pub async fn assert_kept(&self) {
        let mut seen = HashSet::new();
        for message in self.everything().iter().filter(|m| m.author.bot && !m.deleted) {
            let words = words_of(message);
            if is_card(message) {
                assert_eq!(message.pings, Vec::<String>::new(), "a card pings: {words}");
            }
            // Undone and done again, the desk is told the same twice, and rightly.
            if room_of(message) == "desk" {
                continue;
            }
            let room = (message.platform, message.channel.clone(), message.thread.clone());
            let key = (room, message.at.date_naive(), words.clone());
            assert!(seen.insert(key), "twice in {}: {words}\n{}", message.platform, self.transcript());
        }
        let waiting = self.looking().store().destinations_waiting(self.now() + TimeDelta::days(1)).await;
        assert_eq!(waiting.expect("the table"), Vec::new(), "something still waits");
        let erasures = self.looking().store().erasures(self.now() + TimeDelta::days(1)).await;
        assert_eq!(erasures.expect("the table"), Vec::new(), "something is still to be erased");
        let quoted = self.looking().store().to_unquote(self.now() + TimeDelta::days(1)).await;
        assert_eq!(quoted.expect("the table"), Vec::new(), "something that is gone may still be quoted");
        let missed = self.looking().store().catching_up(self.now() + TimeDelta::days(1)).await;
        assert_eq!(
            missed.expect("the table"),
            Vec::new(),
            "something that was missed is still to be carried"
        );
    }

    /// Everything that stands in the rooms, in the order in which it was posted, as people see it.
    pub fn transcript(&self) -> String {
        self.transcript_since(DateTime::<Utc>::MIN_UTC)
    }

    /// The same from an instant on.
    pub fn transcript_since(&self, since: DateTime<Utc>) -> String {
        self.transcript_between(since, DateTime::<Utc>::MAX_UTC)
    }

    /// The same from an instant until before another.
    pub fn transcript_between(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> String {
        let all = self.everything();
        let mut text = String::new();
        for message in all.iter().filter(|m| m.at >= since && m.at < until) {
            let at = message.at.with_timezone(&self.zone).format("%a %d %b %H:%M:%S");
            let room = self.room(message, &all);
            let mut words = words_of(message);
            if message.deleted {
                words = "(removed)".to_owned();
            } else if message.edited {
                words.push_str(" (edited)");
            }
            if !message.pings.is_empty() {
                let pinged: Vec<String> = message.pings.iter().map(|id| name_of(id)).collect();
                let _ = write!(words, " (pings {})", pinged.join(", "));
            }
            let _ = writeln!(text, "{at} | {room} | {}", words.replace('\n', "\n    "));
        }
        text
    }

    fn room(&self, message: &Message, all: &[Message]) -> String {
        let who = if message.author.bot { String::new() } else { format!(" {}", message.author.name) };
        let thread = message.thread.as_ref().filter(|_| message.platform != "x").map(|thread| {
            let parent = all.iter().find(|m| m.platform == message.platform && m.id == *thread);
            let words = parent.map_or_else(|| "a thread".to_owned(), words_of);
            format!(" > {}", words.chars().filter(|c| *c != '*').take(12).collect::<String>().trim())
        });
        let room = if message.channel == cast::DESK { "desk" } else { message.platform };
        format!("{room}{}{who}", thread.unwrap_or_default())
    }
}

/// Nobody is waited for long in stories in which others hang.
const IMPATIENT: Patience = Patience {
    call: std::time::Duration::from_millis(1_000),
    attempt: std::time::Duration::from_millis(500),
};

/// A host whose queues nobody works off.
fn idle_host(config: host::Config, endpoint: &str, clocks: &Clocks) -> Host {
    let store = host::embedded_store(endpoint, &config.table, config.patience);
    let queues = host::Queues::Local(Arc::new(host::Local::default()));
    Host::new(config, store, queues, clocks.clone())
}

/// The room a message stands in: its platform, or the desk.
pub fn room_of(message: &Message) -> &'static str {
    if message.channel == cast::DESK { "desk" } else { message.platform }
}

/// What a message says, in one shape for all platforms.
pub fn words_of(message: &Message) -> String {
    match message.platform {
        "x" => message.payload.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        "discord" => words::discord(&message.payload),
        _ => words::slack(&message.payload),
    }
}

/// Whether a message of ours carries somebody's post.
pub fn is_card(message: &Message) -> bool {
    let kind = |kind: &str| {
        let blocks = message.payload.get("blocks").and_then(Value::as_array).into_iter().flatten();
        blocks.filter_map(|b| b.get("type").and_then(Value::as_str)).any(|k| k == kind)
    };
    match message.platform {
        "discord" => message.payload.get("embeds").and_then(Value::as_array).is_some_and(|e| !e.is_empty()),
        "slack" => kind("context"),
        _ => false,
    }
}

/// The id on X of somebody of the cast; the host's for anybody else.
pub fn x_id(handle: &str) -> &'static str {
    cast::ON_X.iter().find(|(_, _, h)| *h == handle).map_or(cast::ACCOUNT, |(id, ..)| *id)
}

fn name_of(id: &str) -> String {
    let names = [
        (cast::MAYA, "Maya"),
        (cast::SOL, "Sol"),
        (cast::PRIYA, "Priya"),
        (cast::ROLE, "the members"),
        (cast::TOMASZ, "Tomasz"),
        (cast::AMARA, "Amara"),
        (cast::JUNO, "Juno"),
    ];
    names.iter().find(|(known, _)| *known == id).map_or_else(|| id.to_owned(), |(_, name)| (*name).to_owned())
}

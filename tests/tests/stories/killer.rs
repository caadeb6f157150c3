//! A killer lets go of the host at some await, again and again, and somebody else goes on with the table.
//! What must hold is in `tests::kept`.
//!
//! Seeds choose what is done and at which wait the host dies. The same seed does the same again, as far as
//! the machine's sockets are ready in the same order; what a killed host did last is told with the failure.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chat::name::Place;
use chrono::{DateTime, TimeDelta, Utc};
use earshot::cable::Cable;
use earshot::cast;
use earshot::dice::Dice;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn, discord, slack, x};
use host::Host;
use tests::kept::{Carried, Far, broken};
use tests::{Show, Stage, weather, words_of, x_id};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Lets a future go at its n-th wait; gives what it came to if it was done before. Each wait is one for the
/// table or for a platform.
async fn killed<F: Future>(waits: usize, doing: F) -> Option<F::Output> {
    let mut doing = pin!(doing);
    let mut left = waits;
    std::future::poll_fn(|cx| match doing.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// One hour with a killer in it.
struct Hour {
    show: Show,
    /// The victims' own way to the table: once nobody is on it any more, all they asked for is done.
    cable: Cable,
    dice: Dice,
    carried: Vec<Carried>,
    kills: usize,
    log: Vec<String>,
    /// What organisers were told: this question, not before.
    acknowledged: BTreeMap<String, DateTime<Utc>>,
    /// Whether platforms refuse nothing for good.
    mild: bool,
}

impl Hour {
    async fn new(seed: u64) -> Hour {
        let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
        show.set_up().await;
        show.ask_six().await;
        show.at("Tue 19:58").await;
        let cable = Cable::lay(&show.database()).await.expect("a cable on loopback");
        let (carried, log, acknowledged) = (Vec::new(), Vec::new(), BTreeMap::new());
        Hour { show, cable, dice: Dice::new(seed), carried, kills: 0, log, acknowledged, mild: false }
    }

    /// Near the beginning as often as far in.
    fn waits(&mut self) -> usize {
        let most = [3, 8, 20, 60];
        let most = *self.dice.pick(&most).expect("not empty");
        self.dice.below(most)
    }

    /// A fresh host does something, and dies on the way if the dice say so. Then everybody waits until
    /// nothing that it asked for is still under way: in life a lease is longer than that.
    async fn victim<F, D>(&mut self, what: &str, doing: D)
    where
        D: FnOnce(Host) -> F,
        F: Future,
    {
        let waits = self.waits();
        let platforms = &self.show.platforms;
        let open = [platforms.slack.open(), platforms.discord.open(), platforms.x.open()];
        let before: Vec<usize> = open.iter().map(|open| *open.borrow()).collect();
        let died = Box::pin(killed(waits, doing(self.show.host_at(&self.cable.endpoint())))).await.is_none();
        self.kills += usize::from(died);
        let at = self.show.now().format("%H:%M:%S%.3f").to_string();
        self.log.push(format!("{at} {what}: {} wait {waits}", if died { "died at" } else { "done by" }));
        let urls = [platforms.slack.url(), platforms.discord.url(), platforms.x.url()];
        for ((open, before), url) in open.into_iter().zip(before).zip(urls) {
            quiet(&url, open, before).await;
        }
        quiet(&self.cable.endpoint(), self.cable.open(), 0).await;
    }

    fn inject(&mut self, place: &Place) {
        let passing = [
            Fault::Drop { accepted: true },
            Fault::Drop { accepted: false },
            Fault::ServerError { status: 502, accepted: true },
            Fault::RateLimited { retry_after: Some(Duration::from_secs(3)) },
        ];
        let platform = place.platform.key();
        let faults =
            if !self.mild && self.dice.happens(400) { weather::refusals(platform) } else { passing.to_vec() };
        let lasting = |fault: &&Fault| !matches!(fault, Fault::Revoke | Fault::Archive);
        let faults: Vec<Fault> = faults.iter().filter(lasting).cloned().collect();
        let fault = self.dice.pick(&faults).expect("not empty").clone();
        self.log.push(format!("{platform} will answer {fault:?}"));
        match platform {
            "slack" => self.show.platforms.slack.inject_on("chat.postMessage", fault, 1),
            "discord" => self.show.platforms.discord.inject_on("/messages", fault, 1),
            _ => self.show.platforms.x.inject_on("POST /2/tweets", fault, 1),
        }
    }

    async fn pass(&mut self, seconds: i64) {
        let to = self.show.now() + TimeDelta::seconds(seconds);
        self.show.until(to).await;
    }

    /// Sends what waits, or dies, some times in a row.
    async fn deliveries(&mut self) {
        for _ in 0..self.dice.below(3) + 1 {
            let far = self.show.now() + TimeDelta::days(1);
            let places = self.show.looking().store().destinations_waiting(far).await.expect("the table");
            for place in places {
                if self.dice.happens(200) {
                    self.inject(&place);
                }
                let what = format!("deliver to {place}");
                self.victim(&what, |host| async move { host.deliver(&place).await }).await;
            }
            // Dead for a moment, or until its leases have run out: nobody ticks meanwhile.
            let dead = *self.dice.pick(&[0, 1, 4, 21, 33]).expect("not empty");
            let to = self.show.now() + TimeDelta::seconds(dead);
            self.show.sleep_to(to);
        }
    }

    /// Some posts come in, through a door that may fall shut, and are shown by hosts that may die.
    async fn posts(&mut self) {
        let names = ["adaokafor", "brunolima", "chidi_eze", "danawhit"];
        for _ in 0..self.dice.below(3) + 1 {
            let turn = self.carried.len();
            let name = names[self.dice.below(names.len())];
            let text = format!("A1 number {turn} by {name}. #SMXChat");
            let id = self.show.platforms.x.put(x_id(name), Draft::text(&text)).expect("posted");
            let body = self.show.platforms.x.stream_body(&id).expect("a body");
            let sent = self.show.platforms.x.signed("/x/webhook", body.to_string().into());
            let mut request = http::Request::post("/x/webhook");
            for (name, value) in &sent.headers {
                request = request.header(name.as_str(), value.as_str());
            }
            let request = request.body(sent.body.clone()).expect("a request");
            self.victim("webhook", |host| async move { host.http(request).await }).await;
            // Without an answer X delivers it again, and so it does now and then anyway.
            let answer = self.show.platforms.x.deliver(&id).await.expect("an answer");
            assert_eq!(answer.status, 200, "{answer:?}");
            self.carried.push(Carried { id, turn });
        }
        self.deliveries().await;
        self.pass(25).await;
    }

    /// The next cue fires, or its host dies; now and then organisers hold the hour in that very moment.
    async fn cue(&mut self) -> bool {
        let far = self.show.now() + TimeDelta::minutes(30);
        let due = self.show.looking().store().cues_due(far, 1).await.expect("the table");
        let Some(cue) = due.into_iter().next().filter(|cue| !cue.id.to_string().ends_with("/close")) else {
            return false;
        };
        self.show.until(cue.due - TimeDelta::seconds(4)).await;
        if self.dice.happens(450) {
            let places = [
                format!("slack:T01:{}", cast::SLACK_CHANNEL),
                format!("discord:{}:{}", cast::SERVER, cast::DISCORD_CHANNEL),
                format!("x::{}", cast::ACCOUNT),
            ];
            let place = self.dice.pick(&places).expect("not empty").parse().expect("a place");
            self.inject(&place);
        }
        let (id, rev, at) = (cue.id.clone(), cue.rev, cue.due);
        self.victim(&format!("fire {id}"), |host| async move { host.fire(&id, rev, at).await }).await;
        if self.dice.happens(350) {
            self.hold().await;
        }
        self.deliveries().await;
        self.pass(100).await;
        true
    }

    /// Organisers hold; what they are told then must not be contradicted.
    async fn hold(&mut self) {
        let read = self.show.slack("hold 2m").await;
        self.log.push(format!("held: {read}"));
        let today = self.show.now().date_naive();
        let words: Vec<&str> = read.split([' ', ',', ';', '.', '\n']).filter(|w| !w.is_empty()).collect();
        for pair in words.windows(2) {
            let is_question = pair[0].strip_prefix('Q').is_some_and(|n| n.parse::<u32>().is_ok());
            let time = chrono::NaiveTime::parse_from_str(pair[1], "%H:%M");
            if let (true, Ok(time)) = (is_question, time) {
                // London is on UTC in November.
                // What they were told last is what they go by.
                self.acknowledged.insert(pair[0].to_owned(), today.and_time(time).and_utc());
            }
        }
    }

    /// What was acknowledged, against what stands there.
    fn contradictions(&self) -> Vec<String> {
        let early = |(question, at): (&String, &DateTime<Utc>)| {
            let said = ["x", "discord", "slack"].map(|room| self.show.said(room, &format!("{question}. ")));
            let first = said.iter().flatten().map(|m| m.at).min()?;
            // Claimed half a second early, it is said on its second.
            (first < *at).then(|| format!("{question} came at {first}, and {at} was acknowledged"))
        };
        self.acknowledged.iter().filter_map(early).collect()
    }

    async fn play(&mut self) {
        // The opening is a cue like the others; posts come once it stands.
        while self.cue().await {
            for _ in 0..5 {
                self.posts().await;
            }
        }
        self.show.calm();
        self.show.at("Wed 09:00").await;
    }
}

/// Waits until no more than so many connections are open there, those included that were made and not taken
/// up yet: they are taken up in their order, so whoever comes last and is let go knows of all before.
async fn quiet(url: &str, mut open: tokio::sync::watch::Receiver<usize>, most: usize) {
    let mut last = TcpStream::connect(url.trim_start_matches("http://")).await.expect("it listens");
    last.shutdown().await.expect("nothing more to say");
    // Closed by an end or by a reset, as the other side likes.
    let _ = last.read(&mut [0; 16]).await;
    drop(last);
    let closed = tokio::time::timeout(Duration::from_secs(20), open.wait_for(|open| *open <= most));
    closed.await.expect("a victim's connections close").expect("the other side is there");
}

async fn hours(usual: u64, from: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seeds = match number("EARSHOT_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + number("EARSHOT_SEEDS").unwrap_or(usual),
    };
    let mut kills = 0;
    for seed in seeds.clone() {
        let mut hour = Box::pin(Hour::new(seed)).await;
        Box::pin(hour.play()).await;
        let mut all = broken(&hour.show, &hour.carried, Far::Settled).await;
        all.extend(hour.contradictions());
        kills += hour.kills;
        assert!(
            all.is_empty(),
            "seed {seed} (repeat it with EARSHOT_SEED={seed}):\n{}\n\nwhat was done:\n{}\n\n{}",
            all.join("\n"),
            hour.log.join("\n"),
            hour.show.transcript()
        );
    }
    // A killer that kills nobody proves nothing.
    assert!(
        kills >= 80 * usize::try_from(seeds.end - seeds.start).expect("few"),
        "{kills} kills in {seeds:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_die_at_any_await_lose_nothing_and_double_nothing() {
    hours(9, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_neither_do_others() {
    hours(9, 2_000).await;
}

/// A rehearsal that is played by hosts which die, in a channel that may refuse what they say.
async fn rehearsal(seed: u64) -> (usize, bool) {
    const TRYOUT: &str = "C0TRYOUT";
    let cast: fn(&mut slack::Config, &mut discord::Config, &mut x::Config) =
        |slack, _, _| slack.channels.push(slack::Channel::new(TRYOUT, "tryout"));
    let mut show = Show::on(Stage { cabled: true, cast, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Sat 11:30").await;
    let cable = Cable::lay(&show.database()).await.expect("a cable on loopback");
    let (carried, log, acknowledged) = (Vec::new(), Vec::new(), BTreeMap::new());
    let (dice, mild) = (Dice::new(seed), seed.is_multiple_of(2));
    let mut hour = Hour { show, cable, dice, carried, kills: 0, log, acknowledged, mild };
    hour.show.slack(&format!("rehearse <#{TRYOUT}|tryout> 15 min")).await;
    let stood = |hour: &Hour| {
        let all = hour.show.everything().into_iter().filter(|m| m.channel == TRYOUT && !m.deleted);
        all.map(|m| words_of(&m)).collect::<Vec<String>>()
    };
    let mut stopped = None;
    let (middle, end) = (tests::instant("2026-11-21T11:37:00Z"), tests::instant("2026-11-21T11:44:00Z"));
    let mut may_stop = true;
    while hour.show.now() < end {
        // Nobody else is at it, whatever was rung for.
        let to = hour.show.now() + TimeDelta::seconds(6);
        hour.show.sleep_to(to);
        hour.deliveries().await;
        if hour.show.now() > middle && std::mem::take(&mut may_stop) && hour.dice.happens(300) {
            let read = hour.show.slack("rehearse stop").await;
            hour.log.push(read.clone());
            // What was claimed before may still be found out about; nothing else is said.
            stopped = Some(stood(&hour).len());
        }
    }
    hour.show.calm();
    hour.show.at("13:00").await;
    let said = stood(&hour);
    let mut all = broken(&hour.show, &hour.carried, Far::Settled).await;
    // The desk may have refused to hear it.
    let told = hour.show.facts().await.iter().any(|row| row.contains("/unplayed/"));
    match stopped {
        Some(before) if said.len() > before + 1 => {
            all.push(format!("{} were said after the stop", said.len() - before))
        }
        None if said.len() != 10 && !told => all.push(format!("{} moments were played", said.len())),
        _ => {}
    }
    let at = |words: &String| words.split('\n').next().map(str::to_owned);
    let order = [
        "Mon 23 Nov, 20:00",
        "19:50",
        "20:00",
        "20:05",
        "20:14",
        "20:23",
        "20:32",
        "20:41",
        "20:50",
        "21:00",
    ];
    let places: Vec<Option<usize>> = said
        .iter()
        .map(|words| {
            at(words).and_then(|mark| order.iter().position(|o| mark.ends_with(&format!("{o} London"))))
        })
        .collect();
    if !places.is_sorted_by(|a, b| a < b) {
        all.push(format!("out of order, or twice: {places:?}"));
    }
    assert!(
        all.is_empty(),
        "seed {seed}:\n{}\n\nwhat was done:\n{}\n\n{}",
        all.join("\n"),
        hour.log.join("\n"),
        hour.show.transcript()
    );
    (hour.kills, told || stopped.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_outlives_whoever_plays_it() {
    let (mut kills, mut whole) = (0, 0);
    for seed in 3_000..3_008 {
        let (killed, cut) = Box::pin(rehearsal(seed)).await;
        kills += killed;
        whole += usize::from(!cut);
    }
    // A killer that kills nobody proves nothing, and neither does a rehearsal that always ends.
    assert!(kills >= 80 && whole >= 2, "{kills} kills, {whole} played to their end");
}

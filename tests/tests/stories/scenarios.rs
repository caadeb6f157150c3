//! The fifteen failures that the design names (`reference/aws.md` §10), each as a story under its own name.
//! Other stories go further into some of them; here is the whole list.

use std::time::Duration;

use chrono::TimeDelta;
use earshot::cable::{Cable, Trouble};
use earshot::cast;
use earshot::dice::Weather;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, Sent, StandIn};
use host::{Config, Host};
use tests::kept::{Carried, Far, broken};
use tests::weather::Mishap;
use tests::{Show, Stage, instant, is_card, words_of, x_id};

async fn in_q1() -> Show {
    let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

fn cards(show: &Show, room: &str, part: &str) -> usize {
    show.said(room, part).iter().filter(|m| is_card(m)).count()
}

async fn assert_holds(show: &Show, carried: &[&str]) {
    let carried: Vec<Carried> =
        carried.iter().enumerate().map(|(turn, id)| Carried { id: (*id).to_owned(), turn }).collect();
    let broken = broken(show, &carried, Far::Settled).await;
    assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), show.transcript());
}

/// Every fact but the count of what was not carried.
async fn facts(show: &Show) -> Vec<String> {
    let counted = |row: &String| ["COUNTED#", "GIVEN#", "COST#"].iter().any(|part| row.contains(part));
    show.facts().await.into_iter().filter(|row| !counted(row)).collect()
}

/// How many posts were not carried, and for this reason.
async fn counted(show: &Show, reason: &str) -> u64 {
    let rows = show.dump().await;
    let of = rows.iter().filter(|row| row.contains(&format!("COUNTED#{reason}#")));
    let count = |row: &String| -> u64 {
        let row: serde_json::Value = serde_json::from_str(row).expect("rows are JSON");
        row.pointer("/count/N").and_then(|n| n.as_str()).and_then(|n| n.parse().ok()).unwrap_or_default()
    };
    of.map(count).sum()
}

/// X takes a post and tells nobody yet.
fn put(show: &Show, handle: &str, text: &str) -> String {
    show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted")
}

async fn deliver(show: &Show, id: &str) -> u16 {
    show.platforms.x.deliver(id).await.expect("an answer").status
}

/// A host that does something over a cable of its own until it meets trouble there, and dies in that moment.
async fn dies_when_met<F: Future + Send + 'static>(cable: &Cable, doing: F)
where
    F::Output: Send,
{
    let mut met = cable.met();
    let task = tokio::spawn(async move {
        doing.await;
    });
    let seen = tokio::time::timeout(Duration::from_secs(30), met.wait_for(|met| *met > 0)).await;
    seen.expect("the step comes").expect("the cable is there");
    task.abort();
    let _ = task.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s01_duplicate_webhook() {
    let mut show = in_q1().await;
    let id = put(&show, "adaokafor", "A1 Ada, from Lagos. #SMXChat");
    for _ in 0..3 {
        assert_eq!(deliver(&show, &id).await, 200);
    }
    show.settle().await;
    let before = facts(&show).await;
    for _ in 0..3 {
        assert_eq!(deliver(&show, &id).await, 200);
    }
    show.at("20:08").await;
    assert_eq!(facts(&show).await, before, "a repeat changes nothing");
    for room in ["discord", "slack"] {
        assert_eq!(cards(&show, room, "from Lagos"), 1, "{room}");
    }
    show.at("21:20").await;
    assert_holds(&show, &[&id]).await;
}

/// What was carried stays as it is. What was missed is stored and counted, and reaches nobody late.
#[tokio::test(flavor = "multi_thread")]
async fn s02_x_replays_a_day() {
    let mut show = in_q1().await;
    let mut seen = Vec::new();
    for name in ["adaokafor", "brunolima", "chidi_eze"] {
        seen.push(show.x(name, &format!("A1 I am {name}. #SMXChat")).await);
    }
    // While the webhook was away: written in the hour, an hour late and long before, never delivered.
    let missed = put(&show, "danawhit", "A1 nobody heard me. #SMXChat");
    show.at("Wed 12:00").await;
    let idle = put(&show, "emrekaya", "Looking forward to next week! #SMXChat");
    let before = facts(&show).await;
    let standing = show.everything();
    for _ in 0..2 {
        for id in seen.iter().chain([&idle]) {
            assert_eq!(deliver(&show, id).await, 200);
        }
    }
    assert_eq!(facts(&show).await, before, "all of it is known, or nobody's");
    assert_eq!(counted(&show, "known").await, 6);
    assert_eq!(counted(&show, "outside").await, 2);
    for _ in 0..2 {
        assert_eq!(deliver(&show, &missed).await, 200);
    }
    let stored = facts(&show).await;
    let new = stored.iter().filter(|row| row.contains(&format!("POST#x:{missed}"))).count();
    assert!(new >= 2, "it is stored where it is new: {new}");
    assert_eq!(counted(&show, "late").await, 1);
    show.at("Wed 20:00").await;
    assert_eq!(show.everything(), standing, "and nobody is shown it late");
    let ids: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_holds(&show, &ids).await;
}

/// A host on the same table whose secrets are these.
fn knowing(show: &Show, secrets: impl Fn(&str, &str) -> String) -> Host {
    let get = |name: &str| {
        let value = show.platforms.variables().iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone())?;
        Some(match name {
            "SLACK_SIGNING_SECRET" | "DISCORD_PUBLIC_KEY" | "X_CONSUMER_SECRET" => secrets(name, &value),
            _ => value,
        })
    };
    let config = Config::read(&get).expect("secrets that can be read");
    show.host_with(&show.database(), |c| *c = config)
}

async fn asked(host: &Host, sent: &Sent) -> u16 {
    let mut request = http::Request::builder().method(sent.method.clone()).uri(&sent.path);
    for (name, value) in &sent.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    let request = request.body(sent.body.clone()).expect("a request");
    Box::pin(host.http(request)).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn s03_bad_signature_or_stale_secret() {
    let mut show = in_q1().await;
    show.slack("hold 1m").await;
    show.discord(cast::AMARA, "join").await;
    show.x("adaokafor", "A1 Ada. #SMXChat").await;
    let last =
        |sent: Vec<Sent>, path: &str| sent.into_iter().rfind(|s| s.path.starts_with(path)).expect("sent");
    let all = [
        last(show.platforms.slack.sent(), "/slack/commands"),
        last(show.platforms.discord.sent(), "/discord/"),
        last(show.platforms.x.sent(), "/x/webhook"),
    ];
    // Another key of the right shape: a Discord key must be a point of the curve, so it is the neutral one.
    let other = |name: &str| match name {
        "DISCORD_PUBLIC_KEY" => format!("01{}", "00".repeat(31)),
        _ => "another-not-a-secret".to_owned(),
    };
    let stale = knowing(&show, |name, _| other(name));
    let rotating = knowing(&show, |name, old| format!("{},{old}", other(name)));
    let before = facts(&show).await;
    for sent in &all {
        assert_eq!(asked(&stale, sent).await, 401, "{}", sent.path);
    }
    let mut spoiled = all.clone();
    for sent in &mut spoiled {
        sent.body = [sent.body.as_ref(), b" "].concat().into();
        assert_eq!(asked(&rotating, sent).await, 401, "{}", sent.path);
    }
    assert_eq!(facts(&show).await, before, "nothing was queued or changed");
    for sent in &all {
        assert_eq!(asked(&rotating, sent).await, 200, "both are valid while one is replaced: {}", sent.path);
    }
    assert_eq!(facts(&show).await, before, "a valid repeat changes nothing either");
}

/// The queue is a doorbell: where it takes nothing, the next sweep finds what waits. Where the table takes
/// nothing, X is told so in time, and delivers again.
#[tokio::test(flavor = "multi_thread")]
async fn s04_the_queue_or_the_table_refuses_at_the_webhook() {
    let mut show = in_q1().await;
    show.storm(Weather::new(4, 1_000, vec![Mishap::Lost]));
    let rung_for_nobody = put(&show, "adaokafor", "A1 Ada. #SMXChat");
    assert_eq!(deliver(&show, &rung_for_nobody).await, 200);
    show.settle().await;
    assert_eq!(cards(&show, "slack", "A1 Ada."), 0);
    show.calm();
    show.at("20:08").await;
    for room in ["discord", "slack"] {
        assert_eq!(cards(&show, room, "A1 Ada."), 1, "{room}");
    }

    let refused = put(&show, "brunolima", "A1 Bruno. #SMXChat");
    for trouble in [Trouble::Throttled, Trouble::Broken { done: false }, Trouble::Cut { done: false }] {
        show.cable().plan("", 0, usize::MAX, trouble);
        let answer = show.platforms.x.deliver(&refused).await.expect("an answer, not silence");
        assert!(answer.status >= 500, "{trouble:?}: {answer:?}");
        assert!(answer.took < Duration::from_secs(3), "{trouble:?}: {answer:?}");
        show.cable().clear();
    }
    assert_eq!(deliver(&show, &refused).await, 200);
    show.at("20:10").await;
    for room in ["discord", "slack"] {
        assert_eq!(cards(&show, room, "A1 Bruno."), 1, "{room}");
    }
    show.at("21:20").await;
    assert_holds(&show, &[&rung_for_nobody, &refused]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_crash_after_posting_before_recording() {
    let mut show = in_q1().await;
    show.at("20:13:55").await;
    for platform in ["slack", "discord", "x"] {
        let due =
            show.looking().store().cues_due(show.now() + TimeDelta::minutes(20), 1).await.expect("the table");
        let cue = due.into_iter().next().expect("a question is due");
        show.until(cue.due - TimeDelta::seconds(5)).await;
        let question = format!("Q{}. ", cue.id.to_string().rsplit('/').next().expect("its number"));
        let cable = Cable::lay(&show.database()).await.expect("a cable");
        cable.plan(
            &format!("TransactWriteItems REMOVE external WAIT#{platform}:"),
            0,
            1,
            Trouble::Hung { done: false },
        );
        let host = show.host_at(&cable.endpoint());
        dies_when_met(&cable, async move { host.fire(&cue.id, cue.rev, cue.due).await }).await;
        assert_eq!(
            show.said(platform, &question).len(),
            1,
            "{question} was posted in {platform} and not recorded"
        );
        let later = show.now() + TimeDelta::minutes(2);
        show.until(later).await;
        show.assert_once_everywhere(&question);
    }
    show.at("21:20").await;
    assert_holds(&show, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s06_timeout_with_an_unknown_outcome() {
    for accepted in [true, false] {
        let mut show = in_q1().await;
        show.at("20:13:30").await;
        show.platforms.slack.inject_on("chat.postMessage", Fault::Hang { accepted }, 1);
        show.platforms.discord.inject_on("/messages", Fault::Hang { accepted }, 1);
        show.platforms.x.inject_on("POST /2/tweets", Fault::Hang { accepted }, 1);
        show.at("20:17").await;
        show.assert_once_everywhere("Q2. ");
        // It was looked for before anything was sent again.
        let (slack, x) = (show.platforms.slack.requests(), show.platforms.x.requests());
        let looked = slack.iter().any(|r| r.path.ends_with("conversations.history"));
        assert!(
            looked && x.iter().any(|r| r.method == "GET" && r.path.starts_with("/2/users/")),
            "{accepted}"
        );
        show.at("21:20").await;
        assert_holds(&show, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_discord_429() {
    let mut show = in_q1().await;
    let began = show.now();
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) };
    show.platforms.discord.inject_on("/messages", limited, 1);
    let mut ids = Vec::new();
    for name in ["adaokafor", "brunolima", "chidi_eze", "danawhit"] {
        ids.push(show.x(name, &format!("A1 I am {name}. #SMXChat")).await);
    }
    assert_eq!(cards(&show, "slack", "I am"), 4, "Slack waits for nobody");
    show.at("20:06:29").await;
    assert_eq!(cards(&show, "discord", "I am"), 0);
    show.at("20:07:30").await;
    let calls: Vec<_> = show.platforms.discord.requests();
    let calls: Vec<_> = calls.iter().filter(|r| r.path.ends_with("/messages") && r.at >= began).collect();
    assert_eq!(calls[0].status, Some(429));
    assert!(calls[1].at >= calls[0].at + TimeDelta::seconds(30), "Retry-After is honoured");
    show.at("21:20").await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // In order, each once, and nothing given up.
    assert_holds(&show, &ids).await;
    assert!(!show.dump().await.iter().any(|row| row.contains(r#""state":{"S":"failed"}"#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s08_discord_down_for_ten_minutes() {
    let mut show = in_q1().await;
    let began = show.now();
    show.platforms.discord.inject_on(
        "/messages",
        Fault::ServerError { status: 503, accepted: false },
        usize::MAX,
    );
    let mut ids = Vec::new();
    for turn in 0..12 {
        ids.push(show.x("adaokafor", &format!("A1 thought {turn}. #SMXChat")).await);
        let next = show.now() + TimeDelta::seconds(45);
        show.until(next).await;
    }
    show.at("20:16").await;
    assert_eq!(cards(&show, "slack", "thought"), 12, "Slack waits for nobody");
    let tried: Vec<_> = show
        .platforms
        .discord
        .requests()
        .into_iter()
        .filter(|r| r.path.ends_with("/messages") && r.at >= began)
        .map(|r| r.at)
        .collect();
    // It opens after three failures, and then asks once a minute: what may have been posted is looked for.
    assert!(tried.len() >= 5 && tried.len() <= 3 + 10, "{tried:?}");
    let probes = tried.windows(2).skip(3).map(|pair| pair[1] - pair[0]);
    assert!(probes.clone().all(|gap| gap >= TimeDelta::seconds(55)), "{:?}", probes.collect::<Vec<_>>());
    let told = |show: &Show| show.said("desk", "Discord").iter().filter(|m| m.at >= began).count();
    assert_eq!(told(&show), 1, "organisers are told once: {}", show.transcript_since(began));
    show.platforms.discord.clear_faults();
    show.at("20:19").await;
    assert_eq!(cards(&show, "discord", "thought 11"), 1, "caught up:\n{}", show.transcript_since(began));
    let messages = show.said("discord", "thought").len();
    assert!(messages <= 4, "several share a message: {messages}");
    assert_eq!(told(&show), 2, "and once of its recovery");
    show.at("21:20").await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_holds(&show, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s09_poison_post() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(20)) };
    show.platforms.slack.inject_on("chat.postMessage", limited, 1);
    // Ten share a message, which is refused; then the one of them that was at fault.
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("invalid_blocks"), 2);
    let mut ids = Vec::new();
    for turn in 0..10 {
        let (_, _, name) = cast::ON_X[turn % cast::ON_X.len()];
        ids.push(show.x(name, &format!("A1 thought {turn}. #SMXChat")).await);
    }
    show.at("20:09").await;
    assert_eq!(cards(&show, "slack", "thought 0."), 0);
    for turn in 1..10 {
        assert_eq!(cards(&show, "slack", &format!("thought {turn}.")), 1, "{turn}");
    }
    show.at("21:20").await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_holds(&show, &ids).await;
    let failed: Vec<String> =
        show.dump().await.into_iter().filter(|row| row.contains(r#""state":{"S":"failed"}"#)).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        failed[0].contains(&format!("/post/x:{}>slack", ids[0])) && failed[0].contains("reason"),
        "{failed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_clock_change_night() {
    // 01:30 comes twice in London on 31 October 2027 and not at all on 28 March.
    for (start, until, opens) in [
        ("2027-03-25T10:00:00Z", "2027-03-28T12:00:00Z", "2027-03-28T01:00:00Z"),
        ("2027-10-28T10:00:00Z", "2027-10-31T12:00:00Z", "2027-10-31T00:30:00Z"),
    ] {
        let mut show = Show::new(start).await;
        show.set_up_as("new #Nightowls every Sunday 1:30am London").await;
        show.at(until).await;
        for room in ["x", "discord", "slack"] {
            let at = |part: &str| show.said(room, part).iter().map(|m| m.at).collect::<Vec<_>>();
            assert_eq!(at("Welcome"), [instant(opens)], "once, in {room}");
            assert_eq!(at("Kettle"), [instant(opens) - TimeDelta::minutes(10)], "a true ten minutes");
            assert_eq!(at("Tomorrow"), [instant(opens) - TimeDelta::hours(24)], "a true day");
            assert_eq!(at("That's the hour"), [instant(opens) + TimeDelta::hours(1)]);
        }
        assert_holds(&show, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_edit_while_posting() {
    let mut show = in_q1().await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(20)) };
    show.at("20:13:30").await;
    show.platforms.slack.inject_on("chat.postMessage", limited, 1);
    show.at("20:14:05").await;
    assert_eq!(show.said("slack", "Q2. ").len(), 0, "it is still on its way there");
    let read = show.slack("ask Q2 What made you leave?").await;
    assert!(read.starts_with("Q2 has been asked.") && read.contains("/chat fix Q2"), "{read}");
    show.at("20:16").await;
    show.assert_once_everywhere("Q2. What made you stay when you could have left?");
    show.at("21:20").await;
    assert!(!show.transcript().contains("Q2. What made you leave?\n"), "{}", show.transcript());
    assert_holds(&show, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s12_pause_skip_or_extend_with_messages_in_flight() {
    // What it does to the question that is in flight: an extension moves what comes after it.
    for (command, moves) in [("pause", true), ("drop Q2", true), ("hold 3m", true), ("extend 10m", false)] {
        let mut show = in_q1().await;
        // Q2 is due at 20:14 and in everybody's hands.
        show.at("20:13:56").await;
        let due =
            show.looking().store().cues_due(instant("2026-11-24T20:14:30Z"), 5).await.expect("the table");
        let cue = due.first().expect("Q2 is due").clone();
        let read = show.slack(command).await;
        let now =
            show.looking().store().cues_due(instant("2026-11-24T20:14:30Z"), 5).await.expect("the table");
        let moved = !now.iter().any(|c| c.id == cue.id && c.rev == cue.rev);
        assert_eq!(moved, moves, "{command}: {read}");
        // What was in flight arrives all the same, and twice.
        let host = show.host().clone();
        for _ in 0..2 {
            host.fire(&cue.id, cue.rev, cue.due).await.expect("the table");
        }
        show.at("20:15").await;
        let said = show.said("x", "What made you stay").len();
        assert_eq!(said, usize::from(!moved), "{command}: {}", show.transcript());
        if command == "pause" {
            show.at("20:17").await;
            assert_eq!(show.said("x", "Q2. ").len(), 0, "nothing fires while it is paused");
            show.slack("resume").await;
            show.at("20:30").await;
            show.assert_once_everywhere("Q2. ");
        }
        show.at("21:30").await;
        // Dropped is dropped: the others move up.
        let dropped = show.said("x", "What made you stay").is_empty();
        assert_eq!(dropped, command == "drop Q2", "{command}: {}", show.transcript());
        for question in ["Q2. ", "Q3. ", "Q4. "] {
            show.assert_once_everywhere(question);
        }
        assert_holds(&show, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s13_tick_missed_for_two_or_thirty_minutes() {
    let mut show = in_q1().await;
    // Two ticks are missed: Q2 had been handed out before, and comes on its second.
    show.at("20:11:20").await;
    show.sleep_until("20:13:40").await;
    show.at("20:15").await;
    for room in ["x", "discord", "slack"] {
        let at: Vec<String> =
            show.said(room, "Q2. ").iter().map(|m| m.at.format("%H:%M:%S").to_string()).collect();
        assert_eq!(at, ["20:14:00"], "{room}");
    }
    // Half an hour without any: what was missed is not poured out.
    show.at("20:22").await;
    let since = show.now();
    show.sleep_until("20:52").await;
    show.restart().await;
    show.at("20:58").await;
    let burst: usize = ["Q3. ", "Q4. ", "Q5. ", "Q6. "].iter().map(|q| show.said("x", q).len()).sum();
    assert_eq!(burst, 0, "{}", show.transcript_since(since));
    assert_eq!(
        show.said("desk", "resume").len(),
        1,
        "organisers are asked:\n{}",
        show.transcript_since(since)
    );
    show.at("21:20").await;
    show.assert_once_everywhere("That's the hour");
    assert_holds(&show, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s14_double_tick_or_double_delivery() {
    let mut show = in_q1().await;
    show.at("20:13:54").await;
    let due = show.looking().store().cues_due(instant("2026-11-24T20:14:30Z"), 5).await.expect("the table");
    let cue = due.first().expect("Q2 is due").clone();
    let hosts: Vec<Host> = (0..4).map(|_| show.host_at(&show.database())).collect();
    let calls = |show: &Show| {
        let all = show.platforms.slack.requests().into_iter().chain(show.platforms.discord.requests());
        let all = all.chain(show.platforms.x.requests());
        let question = "What made you stay";
        all.filter(|r| r.method == "POST" && r.body.to_string().contains(question)).count()
    };
    let before = calls(&show);
    let fired = hosts.iter().map(|host| {
        let (host, cue) = (host.clone(), cue.clone());
        tokio::spawn(async move {
            host.tick().await.expect("a tick");
            host.fire(&cue.id, cue.rev, cue.due).await.expect("the table");
        })
    });
    for fired in fired.collect::<Vec<_>>() {
        fired.await.expect("it ends");
    }
    show.at("20:16").await;
    show.assert_once_everywhere("Q2. ");
    // One says it in each room; the losers call nobody. (A thread's name is a call of its own.)
    let said = calls(&show) - before;
    assert!((3..=4).contains(&said), "{said} calls");
    show.at("21:20").await;
    assert_holds(&show, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s15_own_question_returns_before_its_id_is_recorded() {
    let mut show = in_q1().await;
    show.at("20:13:54").await;
    let due = show.looking().store().cues_due(instant("2026-11-24T20:14:30Z"), 5).await.expect("the table");
    let cue = due.first().expect("Q2 is due").clone();
    let cable = Cable::lay(&show.database()).await.expect("a cable");
    cable.plan("TransactWriteItems REMOVE external WAIT#x:", 0, 1, Trouble::Hung { done: false });
    let host = show.host_at(&cable.endpoint());
    dies_when_met(&cable, async move { host.fire(&cue.id, cue.rev, cue.due).await }).await;
    let question =
        show.announced_on_x().into_iter().find(|(_, text)| text.starts_with("Q2.")).expect("Q2 on X").0;
    let unrecorded = !show.dump().await.iter().any(|row| row.contains(&format!("EXT#x#{question}")));
    assert!(unrecorded, "its id is not known yet");
    assert_eq!(deliver(&show, &question).await, 200);
    show.at("20:18").await;
    for room in ["discord", "slack"] {
        assert_eq!(cards(&show, room, "What made you stay"), 0, "{}", show.transcript());
    }
    show.assert_once_everywhere("Q2. ");
    // The same words by somebody else are somebody's post.
    let copied = show.x("adaokafor", "Q2. What made you stay when you could have left? #SMXChat").await;
    show.at("20:20").await;
    let card = show.said("slack", "What made you stay").into_iter().find(is_card_ref).map(|m| words_of(&m));
    assert!(card.is_some(), "{}", show.transcript());
    show.at("21:20").await;
    assert_holds(&show, &[&copied]).await;
}

fn is_card_ref(message: &earshot::standin::Message) -> bool {
    is_card(message)
}

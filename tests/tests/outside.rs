//! Whatever reads bytes from outside, given thousands of wrong ones: mutations of a corpus of our own, by a
//! seed. The same readers and the same corpus are fuzzed by coverage in `fuzz/`, which needs a nightly
//! compiler; this runs everywhere and always.
//!
//! `EARSHOT_SEEDS=100000` makes it long. The ignored test `gathered` writes the corpus anew, from what the
//! stand-ins send in an hour.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use earshot::cast;
use earshot::dice::Dice;
use earshot::standin::StandIn;
use earshot::standin::x::{Draft, Picture};
use host::Bell;
use host::batch::Batch;
use targets::Target;
use tests::{Show, x_id};

/// How many mutations of each reader's corpus an ordinary run tries.
const USUAL: u64 = 2_000;
/// No input may keep a reader busy; the largest that gets to one is a megabyte.
const AT_MOST: Duration = Duration::from_secs(2);

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("fuzz/corpus")
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = corpora().join(name);
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("no corpus {}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let all: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("it can be read")).collect();
    assert!(!all.is_empty(), "an empty corpus proves nothing: {name}");
    all
}

/// What turns up where something else is expected.
const ODD: [&str; 24] = [
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-1",
    "1e999",
    "99999999999999999999",
    "0.1",
    "\\u0000",
    "\\ud800",
    "%00",
    "%",
    "&",
    "<!channel>",
    "@everyone",
    "\u{202E}",
    "\u{200D}",
    "e\u{301}",
    "👩\u{200D}👧",
    "|",
    ">",
    "\n",
    "#",
];

/// One to six small injuries.
fn mutated(dice: &mut Dice, all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.pick(all).expect("a corpus").clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let to = (at + dice.below(40)).min(bytes.len());
        match dice.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let other = dice.pick(all).expect("a corpus");
                let from = dice.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            5 => {
                // A value of JSON becomes another one.
                let odd = dice.pick(&ODD).expect("not empty");
                let end =
                    bytes[at..].iter().position(|b| b",}]&".contains(b)).map_or(bytes.len(), |n| at + n);
                bytes.splice(at..end, odd.bytes());
            }
            6 => {
                let many = 1 << dice.below(13);
                let byte = *dice.pick(b"[{\"\\ a@#0<").expect("not empty");
                bytes.splice(at..at, std::iter::repeat_n(byte, many));
            }
            _ => {
                let odd = dice.pick(&ODD).expect("not empty");
                bytes.splice(at..at, odd.bytes());
            }
        }
    }
    bytes
}

/// Gives a reader every input; whatever it cannot bear is written where it can be looked at.
fn bear(name: &str, target: Target, inputs: impl Iterator<Item = (u64, Vec<u8>)>) {
    for (seed, bytes) in inputs {
        let began = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
        let took = began.elapsed();
        if held.is_err() || took > AT_MOST {
            let path = std::env::temp_dir().join(format!("earshot-{name}-{seed}"));
            std::fs::write(&path, &bytes).expect("the temporary folder can be written");
            panic!("{name} cannot bear seed {seed} ({took:?}): {}", path.display());
        }
    }
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    match number("EARSHOT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("EARSHOT_SEEDS").unwrap_or(USUAL),
    }
}

/// One reader, its whole corpus and mutations of it.
fn mutations(name: &str) {
    let (_, target) = targets::ALL.iter().find(|(n, _)| *n == name).expect("a target of that name");
    let all = corpus(name);
    bear(name, *target, (0..).zip(all.iter().cloned()));
    bear(name, *target, seeds().map(|seed| (seed, mutated(&mut Dice::new(seed), &all))));
}

#[test]
fn slack_commands() {
    mutations("slack_command");
}

#[test]
fn slack_interactions() {
    mutations("slack_interaction");
}

#[test]
fn slack_events() {
    mutations("slack_event");
}

#[test]
fn discord_interactions() {
    mutations("discord_interaction");
}

#[test]
fn x_activities() {
    mutations("x_activity");
}

#[test]
fn signatures() {
    mutations("signatures");
}

#[test]
fn commands() {
    mutations("command");
}

#[test]
fn names() {
    mutations("names");
}

#[test]
fn texts() {
    mutations("texts");
}

/// Messages of the queues: what can be read is written the same way, and a batch is read or refused whole.
fn bells(bytes: &[u8]) {
    if let Ok(bell) = serde_json::from_slice::<Bell>(bytes) {
        let written = serde_json::to_vec(&bell).expect("a bell can be written");
        assert_eq!(serde_json::from_slice::<Bell>(&written).ok(), Some(bell));
    }
    if let Ok(batch) = serde_json::from_slice::<Batch>(bytes) {
        assert_eq!(serde_json::from_slice::<Batch>(bytes).ok(), Some(batch));
    }
}

#[test]
fn bells_and_batches() {
    let bell = r#"{"cue":{"id":"smxchat/2026-11-24T20:00Z/q/3","rev":2,"due":1795551780000}}"#;
    let ring = r#"{"ring":{"place":"slack:T024BE7LD:C061EG9SL"}}"#;
    let record = |body: &str| {
        serde_json::json!({
            "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78", "body": body, "eventSource": "aws:sqs",
            "attributes": {"MessageGroupId": "slack:T024BE7LD:C061EG9SL", "ApproximateReceiveCount": "1"},
        })
    };
    let batch = serde_json::json!({"Records": [record(bell), record(ring)]}).to_string();
    let all: Vec<Vec<u8>> = [bell, ring, &batch].iter().map(|text| text.as_bytes().to_vec()).collect();
    assert!(serde_json::from_str::<Bell>(bell).is_ok() && serde_json::from_str::<Bell>(ring).is_ok());
    assert_eq!(serde_json::from_str::<Batch>(&batch).expect("a batch").records.len(), 2);
    bear("bells", bells, seeds().map(|seed| (seed, mutated(&mut Dice::new(seed), &all))));
}

/// A corpus that nobody can read would only ever test the refusal.
#[test]
fn the_corpus_is_read() {
    for body in corpus("slack_command") {
        assert!(wire::slack::command(&body).is_ok(), "{}", String::from_utf8_lossy(&body));
    }
    for body in corpus("slack_interaction") {
        // What is JSON lies in its form's field; see `targets`.
        if body.starts_with(b"{") {
            let value: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert!(value.get("type").is_some(), "{value}");
            continue;
        }
        assert!(wire::slack::interaction(&body).is_ok(), "{}", String::from_utf8_lossy(&body));
    }
    for body in corpus("discord_interaction") {
        assert!(wire::discord::interaction(&body).is_ok(), "{}", String::from_utf8_lossy(&body));
    }
    for body in corpus("x_activity") {
        assert!(wire::x::activity(&body).is_ok(), "{}", String::from_utf8_lossy(&body));
    }
    for (name, _) in targets::ALL {
        assert!(corpus(name).len() >= 3, "{name}");
    }
}

/// A form that was filled in, as Slack sends it.
const SUBMITTED: &str = r#"{"type":"view_submission","team":{"id":"T01","domain":"stage"},"user":{"id":"U0MAYA","username":"maya","name":"maya","team_id":"T01"},"api_app_id":"A01EARSHOT","trigger_id":"156772938.1827394","view":{"id":"V01","team_id":"T01","type":"modal","callback_id":"earshot","private_metadata":"answer|smxchat/2026-11-24T20:00Z|3","hash":"156663117.cd33ad1f","state":{"values":{"text":{"text":{"type":"plain_text_input","value":"A3 R&amp;D 👋"}},"empty":{"empty":{"type":"plain_text_input","value":null}},"chosen":{"chosen":{"type":"static_select","selected_option":{"value":"two"}}}}}}}"#;

/// Percent signs undone.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let digits = more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, digits.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &more[2..];
            }
            _ => {
                out.push(*first);
                rest = more;
            }
        }
    }
    out
}

/// Writes the corpus from what the stand-ins send in an hour, one file for each shape of body.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the corpus anew"]
async fn gathered() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("new").await;
    show.slack("hold about 3m please").await;
    show.slack("edit questions").await;
    show.ask_six().await;
    show.discord(cast::AMARA, "join").await;
    show.discord(cast::AMARA, "when").await;
    show.at("Tue 20:06").await;
    show.answer(cast::AMARA, "We met in the car park.").await;
    show.hello(cast::JUNO, "Hello from Lisbon!").await;
    let first = show.x("adaokafor", "A1 Ada & friends, <here> at https://example.org/a #SMXChat").await;
    show.x_reply("brunolima", "Hello Ada! 👋🏽 #SMXChat #another", Some(&first)).await;
    let post = Draft {
        text: "A1 this, every morning #SMXChat".to_owned(),
        quotes: Some(first.clone()),
        pictures: vec![Picture {
            url: "https://pbs.twimg.com/media/a.jpg".to_owned(),
            alt: Some("A harbour at dawn".to_owned()),
        }],
        ..Draft::default()
    };
    show.platforms.x.post(x_id("chidi_eze"), post).await.expect("posted");
    let long = format!("A1 {} #SMXChat", "words and words ".repeat(60));
    show.x("danawhit", &long).await;
    show.platforms
        .x
        .post_activity(x_id("emrekaya"), "Without a hashtag", Some(&first))
        .await
        .expect("posted");
    show.platforms.x.edit_as(x_id("adaokafor"), &first, "A1 Ada, put right #SMXChat").await.expect("edited");
    show.platforms.x.delete_as(x_id("danawhit"), &first, true).await.ok();
    show.slack("hold 3m").await;
    show.press("Undo").await;
    let mut found: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    let mut sent = show.platforms.slack.sent();
    sent.extend(show.platforms.discord.sent());
    sent.extend(show.platforms.x.sent());
    let (mut typed, mut signed) = (BTreeSet::new(), 0);
    for one in sent.iter().filter(|one| !one.body.is_empty()) {
        let name = match one.path.as_str() {
            "/slack/commands" => "slack_command",
            "/slack/interactions" => "slack_interaction",
            "/discord/interactions" => "discord_interaction",
            _ => "x_activity",
        };
        // A shape is which fields there are, not what is in them.
        let text = String::from_utf8_lossy(&one.body).into_owned();
        let shape: String = if !text.starts_with('{') {
            text.clone()
        } else {
            text.split(['"', '=', '&', '%'])
                .filter(|part| part.len() > 3 && part.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        let few = found.entry(name).or_default();
        if few.len() < 16 {
            few.entry(shape).or_insert_with(|| one.body.to_vec());
        }
        if let Ok(wire::Inbound::Command { text, .. }) = wire::slack::command(&one.body) {
            typed.insert(text);
        }
        let header = |part: &str| {
            one.headers.iter().find(|(n, _)| n.to_lowercase().contains(part)).map(|(_, v)| v.clone())
        };
        if signed < 6 {
            let lines = format!(
                "{}\n{}\n",
                header("signature").unwrap_or_default(),
                header("timestamp").unwrap_or_default()
            );
            found
                .entry("signatures")
                .or_default()
                .insert(format!("{signed}"), [lines.as_bytes(), &one.body].concat());
            signed += 1;
        }
    }
    let rows = show.dump().await;
    let mut words: BTreeSet<String> = BTreeSet::new();
    for row in &rows {
        words.extend(
            row.split('"').filter(|part| part.contains(['/', ':']) && part.len() < 90).map(str::to_owned),
        );
    }
    for (n, text) in typed.into_iter().enumerate() {
        found.entry("command").or_default().insert(n.to_string(), text.into_bytes());
    }
    for (n, text) in words.into_iter().step_by(7).take(40).enumerate() {
        found.entry("names").or_default().insert(n.to_string(), text.into_bytes());
    }
    let pressed = found.entry("slack_interaction").or_default();
    for (n, body) in pressed.values().cloned().collect::<Vec<_>>().into_iter().enumerate() {
        let text = String::from_utf8_lossy(&body).replace('+', " ");
        pressed.insert(format!("json {n}"), unescaped(text.trim_start_matches("payload=")));
    }
    pressed.insert("submitted".to_owned(), SUBMITTED.as_bytes().to_vec());
    let events = [
        r#"{"type":"url_verification","challenge":"3eZbrw1aB","token":"Jhj5dZrVaK7ZwHHjRyZWjbDl"}"#,
        r#"{"type":"event_callback","team_id":"T01","api_app_id":"A01","event":{"type":"app_home_opened","user":"U0MAYA","channel":"D01","tab":"home"},"event_id":"Ev01","event_time":1795550400}"#,
        r#"{"type":"event_callback","team_id":"T01","event":{"type":"app_uninstalled"},"event_id":"Ev02","event_time":1795550401}"#,
    ];
    for (n, text) in events.iter().enumerate() {
        found.entry("slack_event").or_default().insert(n.to_string(), text.as_bytes().to_vec());
    }
    let texts = [
        "A3: we printed the address book #SMXChat",
        "every other Tuesday 8pm London",
        "1/12 at 20:00",
        "Booking.com and https://example.org/a?b=c#d, @everyone <!channel> 👩‍👩‍👧‍👦",
        "#SMXChat＃another #日本語 #a_b-c",
        "مرحبا \u{202E}txt.exe\u{202C} e\u{301}e\u{301}",
    ];
    for (n, text) in texts.iter().enumerate() {
        found.entry("texts").or_default().insert(n.to_string(), text.as_bytes().to_vec());
    }
    for (name, few) in found {
        let folder = corpora().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (n, body) in few.into_values().enumerate() {
            std::fs::write(folder.join(format!("{n:02}")), body).expect("a file");
        }
    }
}

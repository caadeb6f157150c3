//! What comes to the doors and should not: nothing is changed by it, and nobody is made to send it
//! again for ever.

use bytes::Bytes;
use earshot::cast;
use earshot::standin::x::Draft;
use earshot::standin::{Sent, StandIn};
use serde_json::{Value, json};
use tests::{Show, x_id};

async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

/// Sends something as a platform, and asserts the status and that no row was changed by it.
async fn assert_changes_nothing(show: &Show, to: &dyn Repeats, sent: &Sent, status: u16, why: &str) -> Value {
    let before = show.dump().await;
    let standing = show.everything();
    let answer = to.send(sent).await;
    assert_eq!(answer.0, status, "{why}: {answer:?}");
    assert_eq!(show.dump().await, before, "{why}: the table was changed");
    assert_eq!(show.everything(), standing, "{why}: a room was changed");
    answer.1
}

/// The three stand-ins, whichever of them sends.
trait Repeats: Sync {
    fn send<'a>(
        &'a self,
        sent: &'a Sent,
    ) -> std::pin::Pin<Box<dyn Future<Output = (u16, Value)> + Send + 'a>>;
}

impl<S: StandIn + Sync> Repeats for S {
    fn send<'a>(
        &'a self,
        sent: &'a Sent,
    ) -> std::pin::Pin<Box<dyn Future<Output = (u16, Value)> + Send + 'a>> {
        Box::pin(async move {
            let answer = self.repeat(sent).await.expect("Earshot answers");
            (answer.status, answer.body)
        })
    }
}

/// Everything that can be wrong with a signature: header, and how it is changed.
fn spoiled(sent: &Sent, signature: &str, timestamp: Option<&str>) -> Vec<(String, Sent)> {
    type Headers = Vec<(String, String)>;
    let with = |why: &str, change: &dyn Fn(&mut Headers)| {
        let mut headers = sent.headers.clone();
        change(&mut headers);
        (why.to_owned(), Sent { headers, ..sent.clone() })
    };
    let flip = |value: &mut String| {
        let last = value.pop().unwrap_or('0');
        value.push(if last == '0' { '1' } else { '0' });
    };
    let named = |name: &str, header: &(String, String)| header.0.eq_ignore_ascii_case(name);
    let mut all = vec![
        with("no signature", &|headers| headers.retain(|h| !named(signature, h))),
        with("an empty signature", &|headers| {
            headers.iter_mut().filter(|h| named(signature, h)).for_each(|h| h.1.clear());
        }),
        with("another signature", &|headers| {
            headers.iter_mut().filter(|h| named(signature, h)).for_each(|h| {
                let middle = h.1.len() / 2;
                let c = if h.1.as_bytes().get(middle) == Some(&b'a') { "b" } else { "a" };
                h.1.replace_range(middle..=middle, c);
            });
        }),
    ];
    if let Some(timestamp) = timestamp {
        all.push(with("no timestamp", &|headers| headers.retain(|h| !named(timestamp, h))));
        all.push(with("another timestamp", &|headers| {
            headers.iter_mut().filter(|h| named(timestamp, h)).for_each(|h| flip(&mut h.1));
        }));
        all.push(with("no number as timestamp", &|headers| {
            headers.iter_mut().filter(|h| named(timestamp, h)).for_each(|h| h.1 = "soon".to_owned());
        }));
    }
    let mut body = sent.body.to_vec();
    body.push(b' ');
    all.push(("another body".to_owned(), Sent { body: Bytes::from(body), ..sent.clone() }));
    all
}

const SLACK: (&str, Option<&str>) = ("x-slack-signature", Some("x-slack-request-timestamp"));
const DISCORD: (&str, Option<&str>) = ("x-signature-ed25519", Some("x-signature-timestamp"));
const X: (&str, Option<&str>) = ("x-twitter-webhooks-signature", None);

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_missing_signatures() {
    let mut show = in_q1().await;
    show.slack("hold 3m").await;
    show.discord(cast::AMARA, "join").await;
    show.x("adaokafor", "A1 Ada. #SMXChat").await;
    show.settle().await;
    let slack = show.platforms.slack.sent();
    let command = slack.iter().rfind(|s| s.path == "/slack/commands").expect("a command").clone();
    let press = slack.iter().rfind(|s| s.path == "/slack/interactions").expect("a press").clone();
    let event = show.platforms.slack.signed(
        "/slack/events",
        "application/json",
        json!({"type": "url_verification", "challenge": "c"}).to_string().into(),
    );
    for sent in [command, press, event] {
        for (why, wrong) in spoiled(&sent, SLACK.0, SLACK.1) {
            let why = format!("Slack, {}: {why}", sent.path);
            assert_changes_nothing(&show, &show.platforms.slack, &wrong, 401, &why).await;
        }
    }
    let join = show.platforms.discord.sent().last().expect("a command").clone();
    for (why, wrong) in spoiled(&join, DISCORD.0, DISCORD.1) {
        assert_changes_nothing(&show, &show.platforms.discord, &wrong, 401, &format!("Discord: {why}")).await;
    }
    assert_eq!(show.platforms.discord.probe().await.expect("an answer").status, 401);
    let post = show.platforms.x.sent().last().expect("a post").clone();
    for (why, wrong) in spoiled(&post, X.0, X.1) {
        assert_changes_nothing(&show, &show.platforms.x, &wrong, 401, &format!("X: {why}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_signatures() {
    let mut show = in_q1().await;
    let at = show.now();
    show.slack("hold 3m").await;
    let command = show.platforms.slack.sent().last().expect("a command").clone();
    show.discord(cast::AMARA, "join").await;
    let join = show.platforms.discord.sent().last().expect("a command").clone();
    // Within five minutes it is a repeat, after them it is nobody's.
    show.until(at + chrono::TimeDelta::seconds(295)).await;
    assert_changes_nothing(&show, &show.platforms.slack, &command, 200, "Slack, in time").await;
    assert_changes_nothing(&show, &show.platforms.discord, &join, 200, "Discord, in time").await;
    show.until(at + chrono::TimeDelta::seconds(320)).await;
    assert_changes_nothing(&show, &show.platforms.slack, &command, 401, "Slack, stale").await;
    assert_changes_nothing(&show, &show.platforms.discord, &join, 401, "Discord, stale").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_repeat_gets_the_first_answer() {
    let mut show = in_q1().await;
    for typed in ["hold 3m", "ask One more?", "topic Old rope", "skip 1 Dec", "set cities Lagos"] {
        let first = show.slack(typed).await;
        let sent = show.platforms.slack.sent().last().expect("a command").clone();
        let again = assert_changes_nothing(&show, &show.platforms.slack, &sent, 200, typed).await;
        assert_eq!(tests::words::slack(&again), first, "{typed}");
    }
    show.press("Undo").await;
    let sent = show.platforms.slack.sent().last().expect("a press").clone();
    let before = show.dump().await;
    assert_eq!(show.platforms.slack.repeat(&sent).await.expect("an answer").status, 200);
    assert_eq!(show.dump().await, before);
    let first = show.discord(cast::AMARA, "join").await;
    let sent = show.platforms.discord.sent().last().expect("a command").clone();
    let again = assert_changes_nothing(&show, &show.platforms.discord, &sent, 200, "join").await;
    assert_eq!(tests::words::discord(again.get("data").expect("data")), first);
    let first = show.answer(cast::AMARA, "Amara, Accra!").await;
    let sent = show.platforms.discord.sent().last().expect("an answer").clone();
    let again = assert_changes_nothing(&show, &show.platforms.discord, &sent, 200, "answer").await;
    assert_eq!(tests::words::discord(again.get("data").expect("data")), first);
    show.at("21:20").await;
    assert_eq!(show.said("slack", "Amara, Accra!").len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_made_once() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    let first = show.slack("new #SMXChat every Tuesday 8pm London").await;
    let sent = show.platforms.slack.sent().last().expect("a command").clone();
    let again = assert_changes_nothing(&show, &show.platforms.slack, &sent, 200, "new").await;
    assert_eq!(tests::words::slack(&again), first);
    let taken = show.slack("new #smxchat every Monday 8pm London").await;
    assert!(taken.contains("belongs to a chat already"), "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_oversized_bodies() {
    let show = in_q1().await;
    let huge = Bytes::from(vec![b'a'; 1024 * 1024 + 1]);
    let bodies: [(&str, &[u8]); 7] = [
        ("nothing", b""),
        ("no JSON", b"{"),
        ("no UTF-8", b"\xff\xfe"),
        ("a number", b"7"),
        ("a list", b"[]"),
        ("an empty object", b"{}"),
        ("a payload of the wrong shape", b"payload=%7B%22type%22%3A%5B%5D%7D"),
    ];
    let form = "application/x-www-form-urlencoded";
    let (slack, discord, x) = (&show.platforms.slack, &show.platforms.discord, &show.platforms.x);
    let before = show.dump().await;
    for (why, body) in bodies {
        let body = Bytes::copy_from_slice(body);
        let all: [(&dyn Repeats, Sent); 5] = [
            (slack, slack.signed("/slack/commands", form, body.clone())),
            (slack, slack.signed("/slack/interactions", form, body.clone())),
            (slack, slack.signed("/slack/events", "application/json", body.clone())),
            (discord, discord.signed("/discord/interactions", body.clone())),
            (x, x.signed("/x/webhook", body.clone())),
        ];
        for (to, sent) in all {
            let (status, answer) = to.send(&sent).await;
            assert!((200..500).contains(&status), "{why} at {}: {status} {answer}", sent.path);
        }
    }
    let all: [(&dyn Repeats, Sent); 3] = [
        (slack, slack.signed("/slack/commands", form, huge.clone())),
        (discord, discord.signed("/discord/interactions", huge.clone())),
        (x, x.signed("/x/webhook", huge)),
    ];
    for (to, sent) in all {
        assert_eq!(to.send(&sent).await.0, 413, "too large at {}", sent.path);
    }
    assert_eq!(show.dump().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_given_back_where_it_was_refused() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    let long = "What would you tell a community that has just been told to leave? ".repeat(5);
    let read = show.slack(&format!("ask {long}")).await;
    assert!(read.starts_with("On X that is 366 of 280: lose 86 characters and it fits."), "{read}");
    assert!(read.contains(&format!("You typed:\n/chat ask {}", long.trim())), "{read}");
    let read = show.slack("aks What made you stay when leaving was easier?").await;
    assert!(read.contains("You typed:\n/chat aks What made you stay when leaving was easier?"), "{read}");
    // What is short is typed again faster than it is copied.
    let read = show.slack("topik x").await;
    assert!(!read.contains("You typed"), "{read}");

    // A form that comes too late.
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show.press_as(cast::PRIYA, cast::SLACK_CHANNEL, "Answer").await;
    show.at("Wed 23:00").await;
    let answer = show.fill_in(cast::PRIYA, &[("answer", "A choir that met on three platforms.")]).await;
    let read = answer.body.to_string();
    assert!(
        read.contains("That hour is over.") && read.contains("A choir that met on three platforms."),
        "{read}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_nobody_knows() {
    let show = in_q1().await;
    let (slack, discord, x) = (&show.platforms.slack, &show.platforms.discord, &show.platforms.x);
    let payload = |value: Value| -> Bytes {
        let mut form = String::from("payload=");
        for byte in value.to_string().bytes() {
            form.push_str(&format!("%{byte:02X}"));
        }
        form.into()
    };
    let form = "application/x-www-form-urlencoded";
    let user = json!({"id": cast::MAYA, "username": "maya", "team_id": "T01"});
    let event =
        |event: Value| json!({"type": "event_callback", "team_id": "T01", "event": event}).to_string();
    let interaction = |kind: u64, data: Value| {
        json!({
            "id": "7100000000000000001", "application_id": "1100000000000000001", "type": kind,
            "token": "t", "version": 1, "guild_id": cast::SERVER, "channel_id": cast::DISCORD_CHANNEL,
            "member": {"user": {"id": cast::AMARA, "username": "amara"}, "permissions": "0", "roles": []},
            "data": data, "something_new": {"nested": [1, 2, 3]},
        })
        .to_string()
    };
    let all: Vec<(&str, &dyn Repeats, Sent)> = vec![
        (
            "a Slack interaction",
            slack,
            slack.signed("/slack/interactions", form, payload(json!({"type": "dance", "user": user}))),
        ),
        (
            "a Slack button of somebody else's",
            slack,
            slack.signed(
                "/slack/interactions",
                form,
                payload(json!({
                    "type": "block_actions", "user": user, "team": {"id": "T01"}, "trigger_id": "1.2",
                    "channel": {"id": cast::SLACK_CHANNEL}, "actions": [{"action_id": "x", "value": "dance"}],
                })),
            ),
        ),
        (
            "a Slack event",
            slack,
            slack.signed("/slack/events", "application/json", event(json!({"type": "dance"})).into()),
        ),
        (
            "another kind of Slack request",
            slack,
            slack.signed("/slack/events", "application/json", r#"{"type":"app_rate_limited"}"#.into()),
        ),
        (
            "a Discord kind",
            discord,
            discord.signed("/discord/interactions", interaction(99, json!({})).into()),
        ),
        (
            "a Discord command",
            discord,
            discord.signed(
                "/discord/interactions",
                interaction(2, json!({"id": "1", "name": "dance", "type": 1})).into(),
            ),
        ),
        (
            "a Discord button",
            discord,
            discord.signed(
                "/discord/interactions",
                interaction(3, json!({"custom_id": "dance", "component_type": 2})).into(),
            ),
        ),
        (
            "an X event",
            x,
            x.signed("/x/webhook", r#"{"data":{"event_type":"profile.update.bio","payload":{}}}"#.into()),
        ),
        ("an empty X event", x, x.signed("/x/webhook", r#"{"data":null}"#.into())),
    ];
    for (why, to, sent) in all {
        let before = show.dump().await;
        let (status, answer) = to.send(&sent).await;
        assert!((200..500).contains(&status), "{why}: {status} {answer}");
        assert_eq!(show.dump().await, before, "{why}");
    }
    let (answer, valid) = show.platforms.slack.url_verification().await.expect("an answer");
    assert!(valid, "{answer:?}");
    let (answer, valid) = show.platforms.discord.ping().await.expect("an answer");
    assert!(valid, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_signs_nobodys_forgery() {
    let show = in_q1().await;
    let x = &show.platforms.x;
    let (_, valid) = x.crc("9b4507b3-9040-4669-9ca3-6b94edb50553").await.expect("an answer");
    assert!(valid);
    // The challenge is answered with the key that signs posts: an open one would sign this.
    let id = x.put(x_id("adaokafor"), Draft::text("A1 I never wrote this. #SMXChat")).expect("posted");
    let forged = x.stream_body(&id).expect("a body").to_string();
    let before = show.dump().await;
    for token in [forged.as_str(), "", "{}", "a b", "a\"b", &"a".repeat(129)] {
        let (answer, valid) = x.crc(token).await.expect("an answer");
        assert_eq!((answer.status, valid), (400, false), "{token:?}");
        assert!(!answer.body.to_string().contains("sha256"), "{answer:?}");
    }
    let (_, valid) = x.crc(&"a".repeat(128)).await.expect("an answer");
    assert!(valid);
    assert_eq!(show.dump().await, before);
}

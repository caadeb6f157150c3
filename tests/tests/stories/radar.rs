//! The unheard radar on the live desk: who waits for an answer, who leaves when they got one, and that nobody is called
//! unheard where nobody knows.

use std::time::Duration;

use chat::name::Slug;
use earshot::cast;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, Request, StandIn};
use tests::{Show, Stage, x_id};

const POLL: &[(&str, &str)] = &[("EARSHOT_X_SOURCE", "poll")];
const NOBODY: &str = "Nobody has answered yet:";
const UNKNOWN: &str = "Whether anybody answered, I can't tell:";

async fn at_the_desk(stage: Stage) -> Show {
    let mut show = Show::on(Stage { desk: true, ..stage }).await;
    show.set_up().await;
    show.ask_six().await;
    // Eight people say what a crowd would.
    show.slack("set burst off").await;
    show
}

async fn live() -> Show {
    let mut show = at_the_desk(Stage::at("2026-11-19T10:00:00Z")).await;
    show.at("Tue 20:06").await;
    show
}

/// What the living message says.
fn desk(show: &Show) -> String {
    // The desk is also told of a budget, in a message of its own.
    let lives = |words: &String| words.contains("To come: ") || words.contains("asked.");
    let desks: Vec<String> = show.desks().into_iter().filter(lives).collect();
    assert_eq!(desks.len(), 1, "{desks:?}\n{}", show.transcript());
    desks.into_iter().next().unwrap_or_default()
}

/// The lines about people at the desk, each list under its own.
fn list(show: &Show, under: &str) -> Vec<String> {
    let desk = desk(show);
    let lines = desk.lines().skip_while(|line| *line != under).skip(1);
    lines.take_while(|line| line.starts_with("• ") || line.starts_with("and ")).map(str::to_owned).collect()
}

fn unheard(show: &Show) -> Vec<String> {
    list(show, NOBODY)
}

fn unknown(show: &Show) -> Vec<String> {
    list(show, UNKNOWN)
}

fn names(lines: &[String]) -> Vec<&str> {
    let people = lines.iter().filter_map(|line| line.strip_prefix("• "));
    people.map(|line| line.trim_start_matches('*').split([' ', '*']).next().unwrap_or_default()).collect()
}

/// What X was asked to count.
fn asked(show: &Show) -> Vec<Request> {
    let all = show.platforms.x.requests().into_iter();
    all.filter(|r| r.path == "/2/tweets" && r.query.contains("public_metrics")).collect()
}

fn quietly(show: &Show, handle: &str, text: &str, to: &str) -> String {
    let draft = Draft { in_reply_to: Some(to.to_owned()), ..Draft::text(text) };
    show.platforms.x.put(x_id(handle), draft).expect("X takes it")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_whom_nobody_answers_comes_up_and_leaves_once_answered() {
    let mut show = live().await;
    let ada = show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
    show.at("20:15:50").await;
    assert!(!desk(&show).contains(NOBODY), "{}", desk(&show));
    show.at("20:18:20").await;
    let waits = desk(&show);
    assert_eq!(unheard(&show).len(), 1, "{waits}");
    assert!(unheard(&show)[0].contains("Ada Okafor") && unheard(&show)[0].contains("first time"), "{waits}");
    let payload = show.said("desk", NOBODY).pop().expect("the desk").payload.to_string();
    let link = format!("https://x.com/intent/tweet?in_reply_to={ada}&text=%20%23SMXChat");
    assert!(payload.contains(&link), "{payload}");
    let status = show.slack("status").await;
    assert!(status.contains("1 spoke, 1 for the first time, 1 unheard."), "{status}");
    // Under the hashtag it reaches us: gone with the next look.
    show.x_reply("brunolima", "Which one? #SMXChat", Some(&ada)).await;
    show.at("20:18:40").await;
    assert!(!desk(&show).contains(NOBODY), "{}", desk(&show));
    assert!(!show.slack("status").await.contains("unheard"));
    insta::assert_snapshot!(waits);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_never_reach_us_are_seen_by_what_x_counts() {
    let mut show = live().await;
    let mut posts = Vec::new();
    for handle in ["adaokafor", "brunolima", "chidi_eze", "danawhit", "emrekaya"] {
        posts.push(show.x(handle, &format!("A1 {handle} was here. #SMXChat")).await);
    }
    show.at("20:18:20").await;
    assert_eq!(names(&unheard(&show)), ["Ada", "Bruno", "Chidi", "Dana", "Emre"], "{}", desk(&show));
    quietly(&show, "freyalund", "me too, without the tag", &posts[0]);
    show.platforms.x.repost_as(x_id("freyalund"), &posts[1]).await.expect("X takes it");
    let quotes = Draft { quotes: Some(posts[2].clone()), ..Draft::text("listen to this") };
    show.platforms.x.put(x_id("freyalund"), quotes).expect("X takes it");
    // A like is no answer, nor is what Emre says to himself under the hashtag.
    show.platforms.x.like_as(x_id("freyalund"), &posts[3]).expect("X takes it");
    show.x_reply("emrekaya", "and I mean it #SMXChat", Some(&posts[4])).await;
    show.at("20:21").await;
    assert_eq!(names(&unheard(&show)), ["Dana", "Emre"], "{}", desk(&show));
    // It cost what the posts cost that X had given anyway, and they were asked for nothing else.
    let asked = asked(&show);
    assert!(!asked.is_empty());
    let fields = |r: &Request| -> Vec<String> {
        form_urlencoded::parse(r.query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
    };
    for request in &asked {
        assert!(matches!(fields(request).len(), 2), "{}", request.query);
        assert!(request.query.contains("fields=public_metrics"), "{}", request.query);
    }
    let slug: Slug = "smxchat".parse().expect("a slug");
    let month = chat::cost::Month::of(show.now());
    let spent = show.host().store().spent(&slug, month).await.expect("the table");
    assert_eq!(spent.read, show.platforms.x.bill().reads, "each post once a day");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_is_asked_every_two_minutes_of_a_live_hour_and_where_somebody_waits() {
    let mut show = live().await;
    assert_eq!(asked(&show).len(), 0);
    show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
    show.at("20:15:59").await;
    assert_eq!(asked(&show).len(), 0, "nobody waits that long");
    show.at("20:20").await;
    let begun = asked(&show).len();
    show.at("20:40").await;
    assert_eq!(asked(&show).len() - begun, 10, "twenty minutes");
    show.tick().await;
    show.tick().await;
    assert!(asked(&show).len() - begun <= 11, "however often it ticks");
    show.at("21:10").await;
    let over = asked(&show).len();
    assert!(!desk(&show).contains(NOBODY), "{}", desk(&show));
    show.at("21:30").await;
    assert_eq!(asked(&show).len(), over, "nobody looks after the close");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_desk_nobody_is_asked() {
    let mut show = at_the_desk(Stage::at("2026-11-19T10:00:00Z")).await;
    show.slack("set desk none").await;
    show.at("Tue 20:06").await;
    show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
    show.at("20:30").await;
    assert_eq!(asked(&show).len(), 0);
    assert!(show.dump().await.iter().all(|row| !row.contains("\"RADAR")), "no radar");
    let status = show.slack("status").await;
    assert!(status.contains("1 spoke, 1 for the first time. "), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_x_does_not_answer_nobody_is_called_unheard() {
    for fault in [
        Fault::ServerError { status: 503, accepted: false },
        Fault::Answer { status: 403, body: serde_json::json!({"title": "Forbidden", "status": 403}) },
        Fault::Answer { status: 200, body: serde_json::json!({"data": [{"id": "1"}, {"id": "?"}]}) },
        Fault::Answer { status: 200, body: serde_json::json!([]) },
    ] {
        let mut show = live().await;
        show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
        show.platforms.x.inject_on("public_metrics", fault.clone(), 200);
        show.at("20:20").await;
        assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec![], vec!["Ada"]), "{fault:?}");
        let status = show.slack("status").await;
        assert!(status.contains("1 unknown") && !status.contains("unheard"), "{status}");
        show.platforms.x.clear_faults();
        show.at("20:23").await;
        assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec!["Ada"], vec![]), "{fault:?}");
        // And what was known is unknown again once it is old.
        show.platforms.x.inject_on("public_metrics", fault, 200);
        show.at("20:26").await;
        assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec![], vec!["Ada"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_too_often_x_is_let_be_for_as_long_as_it_says() {
    let mut show = live().await;
    show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
    let limited = Fault::RateLimited { retry_after: Some(Duration::from_secs(600)) };
    show.platforms.x.inject_on("public_metrics", limited, 1);
    show.at("20:20").await;
    assert_eq!(asked(&show).len(), 1, "once");
    assert_eq!(names(&unknown(&show)), ["Ada"]);
    show.at("20:32").await;
    assert!(asked(&show).len() >= 2);
    assert_eq!(names(&unheard(&show)), ["Ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_have_to_be_paid_again_is_not_asked_without_money() {
    let mut show = Show::on(Stage { desk: true, variables: POLL, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up_as("new #SMXChat every Tuesday 11:30pm London").await;
    show.ask_six().await;
    show.at("Tue 23:40").await;
    show.platforms.x.put(x_id("adaokafor"), Draft::text("I keep a lighthouse. #SMXChat")).expect("posted");
    // All that was given is paid for, and half a cent is left of the month.
    show.at("23:54").await;
    assert_eq!(names(&unheard(&show)), ["Ada"], "{}", desk(&show));
    show.slack("set budget 0").await;
    show.at("23:58").await;
    assert_eq!(names(&unheard(&show)), ["Ada"], "what X gave today costs nothing: {}", desk(&show));
    let before = show.platforms.x.bill().reads;
    // Midnight: X would charge for it once more.
    show.at("00:05").await;
    assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec![], vec!["Ada"]), "{}", desk(&show));
    assert_eq!(show.platforms.x.bill().reads, before);
    show.slack("set budget $20").await;
    show.at("00:09").await;
    assert_eq!(names(&unheard(&show)), ["Ada"], "{}", desk(&show));
    assert!(show.platforms.x.bill().reads > before);
    let slug: Slug = "smxchat".parse().expect("a slug");
    let month = chat::cost::Month::of(show.now());
    let spent = show.host().store().spent(&slug, month).await.expect("the table");
    assert_eq!(spent.read, show.platforms.x.bill().reads, "all of it is on the account");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_back_is_hidden_blocked_or_forgotten_leaves() {
    let mut show = live().await;
    let ada = show.x("adaokafor", "A1 Ada's lighthouse. #SMXChat").await;
    let bruno = show.x("brunolima", "A1 Bruno's harbour. #SMXChat").await;
    show.x("chidi_eze", "A1 Chidi's market. #SMXChat").await;
    show.answer(cast::JUNO, "A garden on a roof.").await;
    show.at("20:18:20").await;
    assert_eq!(names(&unheard(&show)), ["Ada", "Bruno", "Chidi"], "{}", desk(&show));
    assert_eq!(names(&unknown(&show)), ["Juno"], "{}", desk(&show));
    // Each with the next look, before anything is worked out anew.
    show.platforms.x.delete_as(x_id("adaokafor"), &ada, true).await.expect("X tells");
    show.slack(&format!("hide https://x.com/i/status/{bruno}")).await;
    show.slack("block @chidi_eze").await;
    show.discord(cast::JUNO, "forget-me").await;
    show.discord_press(cast::JUNO, "Forget me in #SMXChat").await;
    show.settle().await;
    show.at("20:18:50").await;
    assert_eq!((unheard(&show), unknown(&show)), (vec![], vec![]), "{}", desk(&show));
    show.at("20:25").await;
    assert_eq!((unheard(&show), unknown(&show)), (vec![], vec![]), "{}", desk(&show));
    for row in show.dump().await.iter().filter(|row| row.contains("\"RADAR")) {
        for theirs in ["Juno", cast::JUNO, "Chidi", "9003", "garden", "market"] {
            assert!(!row.contains(theirs), "{theirs} in {row}");
        }
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_in_a_room_it_is_not_known_and_the_link_leads_to_its_card() {
    let mut show = live().await;
    show.answer(cast::JUNO, "A garden on a roof.").await;
    show.at("20:18:20").await;
    assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec![], vec!["Juno"]), "{}", desk(&show));
    let payload = show.said("desk", UNKNOWN).pop().expect("the desk").payload.to_string();
    let at = payload.find("https://discord.com/channels/").expect("a link");
    let link = payload[at..].split('"').next().expect("its end");
    let parts: Vec<&str> = link.trim_start_matches("https://discord.com/channels/").split('/').collect();
    assert_eq!(parts[0], cast::SERVER);
    let card = show.said("discord", "A garden on a roof.").pop().expect("a card");
    assert_eq!((parts[1], parts[2]), (card.channel.as_str(), card.id.as_str()), "{link}");
    // Nobody tells of replies in rooms; so an organiser does.
    let no = show.press_under(cast::PRIYA, cast::DESK, "Juno is heard ✓", "#SMXChat").await;
    assert!(no.contains("steers #SMXChat"), "{no}");
    assert_eq!(names(&unknown(&show)), ["Juno"]);
    let said = show.press_under(cast::MAYA, cast::DESK, "Juno is heard ✓", "#SMXChat").await;
    assert_eq!(said, "Thank you! Juno is off the list for this hour.");
    let then = show.now() + chrono::TimeDelta::seconds(4);
    show.until(then).await;
    assert!(!desk(&show).contains(UNKNOWN) && !desk(&show).contains("is heard"), "{}", desk(&show));
    show.answer(cast::JUNO, "And a shed.").await;
    show.at("20:40").await;
    assert!(!desk(&show).contains(UNKNOWN), "for the hour: {}", desk(&show));
    show.assert_kept().await;
}

/// Priya answers in Slack by its button, and nobody tells of replies there.
async fn priya_waits() -> Show {
    let mut show = live().await;
    show.press_as(cast::PRIYA, cast::SLACK_CHANNEL, "Answer").await;
    let answer = show.fill_in(cast::PRIYA, &[("answer", "A choir that met on three platforms.")]).await;
    assert_eq!(answer.status, 200);
    show
}

/// The addresses that Slack was asked for.
fn addresses_asked(show: &Show) -> usize {
    show.platforms.slack.requests().iter().filter(|r| r.path == "/api/chat.getPermalink").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_in_slack_the_link_leads_to_its_card_and_the_name_is_the_cards() {
    let mut show = priya_waits().await;
    let before = addresses_asked(&show);
    show.at("20:18:20").await;
    let waits = desk(&show);
    assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec![], vec!["Priya"]), "{waits}");
    let card = show.said("slack", "A choir that met").pop().expect("a card");
    let thread = card.thread.as_deref().expect("in the question's thread");
    let link = format!(
        "https://stage.slack.com/archives/{}/p{}?thread_ts={thread}&cid={0}",
        cast::SLACK_CHANNEL,
        card.id.replace('.', "")
    );
    let payload = show.said("desk", UNKNOWN).pop().expect("the desk").payload;
    let links = payload["blocks"].to_string();
    assert!(links.contains(&link) || links.contains(&link.replace('&', "&amp;")), "{links}");
    // However often the desk is looked at, Slack is asked once.
    show.at("20:25").await;
    assert_eq!((before, addresses_asked(&show)), (0, 1));
    let said = show.press_under(cast::MAYA, cast::DESK, "Priya is heard ✓", "#SMXChat").await;
    assert_eq!(said, "Thank you! Priya is off the list for this hour.");
    insta::assert_snapshot!(waits);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_slack_does_not_say_where_a_message_stands_the_channel_is_the_way() {
    for (fault, helps_after) in [
        (Fault::ServerError { status: 503, accepted: false }, 60),
        (Fault::slack("message_not_found"), 600),
        (Fault::RateLimited { retry_after: Some(Duration::from_secs(300)) }, 300),
        (Fault::Answer { status: 200, body: serde_json::json!({"ok": true, "permalink": "slack://"}) }, 60),
        (Fault::Hang { accepted: false }, 60),
    ] {
        let mut show = priya_waits().await;
        show.platforms.slack.inject_on("chat.getPermalink", fault.clone(), 1);
        show.at("20:15").await;
        // From look to look.
        while unknown(&show).is_empty() {
            assert_eq!(addresses_asked(&show), 0, "{fault:?}: nobody waits");
            pass(&mut show, 15).await;
        }
        let lines = unknown(&show);
        assert_eq!(names(&lines), ["Priya"], "{fault:?}");
        assert!(lines[0].contains("minutes · in #C0SMXCHAT"), "{fault:?}: {lines:?}");
        // It is not asked with each look, and is once that may help.
        pass(&mut show, helps_after - 25).await;
        assert_eq!(addresses_asked(&show), 1, "{fault:?}");
        pass(&mut show, 45).await;
        assert_eq!(addresses_asked(&show), 2, "{fault:?}");
        assert!(unknown(&show)[0].contains("Answer in Slack"), "{fault:?}: {}", desk(&show));
    }
}

async fn pass(show: &mut Show, seconds: i64) {
    let then = show.now() + chrono::TimeDelta::seconds(seconds);
    show.until(then).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_can_tell_of_is_ticked_off_beside_who_is_unheard() {
    let mut show = priya_waits().await;
    show.x("adaokafor", "A1 I keep a lighthouse. #SMXChat").await;
    show.at("20:18:20").await;
    assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec!["Ada"], vec!["Priya"]));
    let said = show.press_under(cast::MAYA, cast::DESK, "Priya is heard ✓", "#SMXChat").await;
    assert_eq!(said, "Thank you! Priya is off the list for this hour.");
    show.at("20:18:40").await;
    assert_eq!((names(&unheard(&show)), names(&unknown(&show))), (vec!["Ada"], vec![]));
    show.press_under(cast::MAYA, cast::DESK, "Ada Okafor is heard ✓", "#SMXChat").await;
    show.at("20:18:55").await;
    assert_eq!((unheard(&show), unknown(&show)), (vec![], vec![]), "{}", desk(&show));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_burst_each_of_those_whom_nobody_answers_is_on_it_once() {
    let mut show = at_the_desk(Stage { variables: POLL, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.at("Tue 20:06").await;
    let mut posts = Vec::new();
    for n in 0..160 {
        let (id, _, _) = cast::ON_X[n % cast::ON_X.len()];
        let text = format!("A1 voice-{n:03} #SMXChat");
        posts.push(show.platforms.x.put(id, Draft::text(&text)).expect("posted"));
    }
    // Of eight people three are answered: under the tag, without it, and by a boost.
    let tagged = Draft { in_reply_to: Some(posts[80].clone()), ..Draft::text("A1 quite so #SMXChat") };
    show.platforms.x.put("9002", tagged).expect("posted");
    quietly(&show, "adaokafor", "oh yes", &posts[41]);
    show.platforms.x.repost_as("9001", &posts[2]).await.expect("X takes it");
    show.at("20:20").await;
    assert_eq!(names(&unheard(&show)), ["Dana", "Emre", "Freya", "Grace", "Hiro"], "{}", desk(&show));
    assert_eq!(unknown(&show), Vec::<String>::new());
    assert_eq!(asked(&show).last().expect("asked").status, Some(200));
    show.assert_kept().await;
}

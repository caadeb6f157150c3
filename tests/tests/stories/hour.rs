//! An hour from the first command to the close, and hours in which something is missing.

use earshot::cast;
use earshot::standin::StandIn;
use tests::{SIX, Show, Stage, room_of, words_of};

/// What Maya reads for each thing she types, beside what everybody reads.
struct Told(String);

impl Told {
    async fn slack(&mut self, show: &mut Show, text: &str) -> String {
        let read = show.slack(text).await;
        self.0.push_str(&format!("/chat {text}\n    {}\n", read.replace('\n', "\n    ")));
        read
    }

    async fn press(&mut self, show: &mut Show, label: &str) -> String {
        let read = show.press(label).await;
        self.0.push_str(&format!("[{label}]\n    {}\n", read.replace('\n', "\n    ")));
        read
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_hour() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    let mut told = Told(String::new());
    told.slack(&mut show, "new #SMXChat every Tuesday 8pm London").await;
    told.slack(&mut show, "connect slack").await;
    told.slack(&mut show, "show").await;
    let read = show.connect_discord().await;
    told.0.push_str(&format!("/connect in Discord\n    {read}\n"));
    told.slack(&mut show, &format!("set role <@&{}>", cast::ROLE)).await;
    told.slack(&mut show, &format!("set desk <#{}|smxchat-desk>", cast::DESK)).await;
    told.slack(&mut show, "set cities New York, Nairobi").await;
    told.slack(&mut show, "connect x").await;
    told.slack(&mut show, "topic Communities that outlive their platform").await;
    told.slack(&mut show, "guest Wanjiru, Nairobi").await;
    for question in SIX {
        told.slack(&mut show, &format!("ask {question}")).await;
    }
    told.slack(&mut show, "questions").await;
    told.slack(&mut show, "preview").await;
    told.press(&mut show, "Approve X").await;
    told.slack(&mut show, "when").await;

    show.at("Tue 19:58").await;
    let joined = show.discord(cast::AMARA, "join").await;
    told.0.push_str(&format!("Amara: /join\n    {joined}\n"));
    assert_eq!(show.platforms.discord.roles_of(cast::SERVER, cast::AMARA), [cast::ROLE]);
    show.discord(cast::JUNO, "join").await;
    show.at("Tue 20:01").await;
    show.x("adaokafor", "Hello from Lagos! #SMXChat").await;
    show.at("20:06").await;
    show.x("brunolima", "A1 Bruno, from Recife. We run a book club. #SMXChat").await;
    show.x("chidi_eze", "Chidi here, hello all #SMXChat").await;
    let answered = show.answer(cast::AMARA, "Amara, Accra. A choir!").await;
    told.0.push_str(&format!("Amara answers in Discord\n    {answered}\n"));
    show.at("20:15").await;
    show.x("danawhit", "A2: the people. Always the people. #SMXChat").await;
    // Emre answers Q2, but forgets to say so while Q3 goes out; Maya files it from the card.
    show.at("20:24").await;
    show.x("emrekaya", "My neighbours, honestly. #SMXChat").await;
    told.slack(&mut show, "status").await;
    let offered = show
        .press_under(cast::MAYA, cast::SLACK_CHANNEL, "File under another question", "My neighbours")
        .await;
    told.0.push_str(&format!("[⋯ File under another question]\n    {offered}\n"));
    told.press(&mut show, "A2").await;
    // A typo in Q3, seen by everybody.
    told.slack(&mut show, "fix Q3 What did your community do in the week its platform changed?").await;
    let correct = "Post it on X";
    assert!(show.sees_button(cast::MAYA, cast::SLACK_CHANNEL, correct), "{}", told.0);
    told.press(&mut show, correct).await;
    show.at("20:34").await;
    told.slack(&mut show, "say Tea break for two minutes: be right back!").await;
    told.press(&mut show, "Say it").await;
    let left = show.discord(cast::JUNO, "leave").await;
    told.0.push_str(&format!("Juno: /leave\n    {left}\n"));
    assert_eq!(show.platforms.discord.roles_of(cast::SERVER, cast::JUNO), Vec::<String>::new());
    show.at("21:20").await;
    // Late, and still counted: nobody is told of it in the rooms any more.
    show.x("freyalund", "A6 write letters. #SMXChat").await;
    show.at("Wed 10:00").await;
    show.assert_kept().await;
    for (n, question) in SIX.iter().enumerate().filter(|(n, _)| *n != 2) {
        show.assert_once_everywhere(&format!("Q{}. {question}", n + 1));
    }
    insta::assert_snapshot!("a_plain_hour_read_by_its_organiser", told.0);
    insta::assert_snapshot!("a_plain_hour", show.transcript());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_nobody_touches() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:07").await;
    show.x("adaokafor", "A1 Ada, from Lagos. #SMXChat").await;
    show.at("Wed 12:00").await;
    show.assert_kept().await;
    let times: Vec<String> = show
        .everything()
        .iter()
        .filter(|m| m.author.bot && room_of(m) == "x")
        .map(|m| {
            format!("{} {}", m.at.format("%a %H:%M:%S"), words_of(m).chars().take(24).collect::<String>())
        })
        .collect();
    insta::assert_snapshot!(times.join("\n"));
    for part in ["Tomorrow", "Kettle on", "Welcome", "That's the hour"] {
        show.assert_once_everywhere(part);
    }
    for n in 1..=6 {
        show.assert_once_everywhere(&format!("Q{n}. "));
    }
    // And the next one, without a question asked so far.
    show.at("Tue 21:30").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_questions_is_an_open_floor() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    let since = show.now();
    show.at("Tue 20:20").await;
    show.x("adaokafor", "What keeps you here? #SMXChat").await;
    show.hello(cast::AMARA, "Amara, Accra!").await;
    show.at("21:20").await;
    show.assert_kept().await;
    let nudges = show.said("desk", "/chat ask");
    assert_eq!(nudges.len(), 2, "at 24 h and 2 h:\n{}", show.transcript());
    insta::assert_snapshot!(show.transcript_since(since));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_x() {
    let mut show = Show::without_x("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    let refused = show.slack("connect x").await;
    assert!(refused.contains("X"), "{refused}");
    show.slack(&format!("ask {}", SIX[0])).await;
    show.slack(&format!("ask {}", SIX[1])).await;
    let since = show.now();
    show.at("Tue 20:07").await;
    show.answer(cast::AMARA, "Amara, Accra. A choir!").await;
    show.at("21:20").await;
    show.assert_kept().await;
    assert_eq!(show.platforms.x.requests().len(), 0, "X is off and was called");
    insta::assert_snapshot!(format!("/chat connect x\n    {refused}\n{}", show.transcript_since(since)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_discord() {
    let mut show = Show::on(Stage { discord: false, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    let refused = show.slack("connect discord").await;
    assert!(refused.contains("not connected to Discord"), "{refused}");
    show.slack(&format!("ask {}", SIX[0])).await;
    show.at("Tue 20:07").await;
    show.x("adaokafor", "A1 a bookshelf made of doors #SMXChat").await;
    show.at("21:20").await;
    show.assert_once_everywhere("Q1. ");
    assert_eq!(show.said("slack", "a bookshelf").len(), 1);
    assert_eq!(show.platforms.discord.requests().len(), 0, "Discord is off and was called");
    // Its door is shut, and the house is well.
    let health = http::Request::get("/health").body(bytes::Bytes::new()).expect("a request");
    let health = show.host().http(health).await;
    assert_eq!((health.status().as_u16(), &health.body()[..]), (200, &br#"{"ok":true,"chats":1}"#[..]));
    let sent = show.platforms.discord.signed("/discord/interactions", bytes::Bytes::from_static(b"{}"));
    assert_eq!(show.platforms.discord.repeat(&sent).await.expect("an answer").status, 404);
    show.assert_kept().await;
}

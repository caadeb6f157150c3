//! Somebody leaves, and what they never said in the open goes with them.

use earshot::cast;
use serde_json::Value;
use tests::{Show, words, words_of};

const BACK: &str = "What would bring you back after a year away?";
const RULE: &str = "Which rule of your community would you drop first?";
const SILENCE: &str = "How do you notice that somebody has gone quiet?";
const LAMP: &str = "Which lamp do you leave on for latecomers?";

/// What may still name somebody who left, and why.
const MAY_NAME: [(&str, &str); 4] = [
    ("\"sk\":{\"S\":\"POST#", "what they said in the open, and the list of it"),
    ("\"sk\":{\"S\":\"SPOKE#", "that they spoke in an hour"),
    ("\"sk\":{\"S\":\"PERSON#", "the same for all hours together"),
    (
        "\"pk\":{\"S\":\"REQ#",
        "what they were answered when they left, and organisers before that, for two days",
    ),
];

/// The rows that name somebody, by id or by name, and may not.
async fn naming(show: &Show, user: &str, name: &str) -> Vec<String> {
    let may = |row: &String| MAY_NAME.iter().any(|(mark, _)| row.contains(mark));
    let rows = show.dump().await;
    rows.into_iter().filter(|row| row.contains(user) || row.contains(name)).filter(|row| !may(row)).collect()
}

/// What is kept of answers to them.
async fn answers(show: &Show, user: &str) -> usize {
    let rows = show.dump().await;
    rows.iter().filter(|row| row.contains("\"pk\":{\"S\":\"REQ#") && row.contains(user)).count()
}

async fn suggest(show: &mut Show, user: &str, text: &str) -> String {
    show.discord_with(user, "suggest", &[("question", Value::from(text))]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_named_in_no_row_but_what_they_said() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    for (at, user, text) in [
        ("10:01", cast::AMARA, BACK),
        ("10:02", cast::AMARA, RULE),
        ("10:03", cast::JUNO, SILENCE),
        ("10:04", cast::AMARA, LAMP),
    ] {
        show.at(at).await;
        suggest(&mut show, user, text).await;
    }
    show.discord(cast::AMARA, "suggestions").await;
    show.discord_press(cast::AMARA, "3: vote").await;
    // One of hers is asked on Tuesday, another is taken for the week after, and one waits.
    show.slack("ideas").await;
    show.press("2: ask it Tue 24 Nov").await;
    show.slack("ideas on 1 Dec").await;
    show.press("2: ask it Tue 1 Dec").await;
    show.slack(&format!("ask {SILENCE} on 1 Dec")).await;
    show.at("Tue 18:55").await;
    let wishes = [("place", "Accra"), ("remind", "1h"), ("welcome", "yes"), ("handle", "adaokafor")];
    show.join_with(cast::AMARA, &wishes).await;
    show.at("Tue 20:06").await;
    assert!(words_of(&show.said("discord", BACK)[0]).contains("from Amara"));
    show.answer(cast::AMARA, "Amara, and I keep bees.").await;
    show.at("Wed 09:00").await;
    show.discord(cast::AMARA, "my-data").await;
    // Reminded of the next hour already, as it is laid out two days ahead.
    show.at("Sun 20:01").await;
    assert!(!naming(&show, cast::AMARA, "Amara").await.is_empty());
    let left = show.discord(cast::AMARA, "leave").await;
    show.at("20:04").await;
    assert_eq!(naming(&show, cast::AMARA, "Amara").await, Vec::<String>::new());
    assert_eq!(answers(&show, cast::AMARA).await, 1, "that they left, and nothing they asked before");
    insta::assert_snapshot!(left);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_joined_leaves_with_what_they_suggested_and_a_lost_bell_is_no_loss() {
    let mut show = Show::kept("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    let nothing = show.discord(cast::JUNO, "leave").await;
    suggest(&mut show, cast::JUNO, SILENCE).await;
    show.at("10:01").await;
    suggest(&mut show, cast::AMARA, BACK).await;
    show.discord(cast::JUNO, "suggestions").await;
    show.discord_press(cast::JUNO, "2: vote").await;
    show.at("10:02").await;
    let typed = show.platforms.discord.command(cast::JUNO, cast::DISCORD_CHANNEL, "leave", &[]).await;
    let left = words::discord(typed.expect("an answer").body.get("data").expect("words"));
    show.restart().await;
    show.at("10:06").await;
    assert_eq!(naming(&show, cast::JUNO, "Juno").await, Vec::<String>::new());
    assert_eq!(answers(&show, cast::JUNO).await, 1);
    let ideas = show.slack("ideas").await;
    assert!(ideas.contains(BACK) && ideas.contains("no vote yet") && !ideas.contains(SILENCE), "{ideas}");
    // What they suggest from now on is new.
    suggest(&mut show, cast::JUNO, RULE).await;
    show.at("10:10").await;
    assert!(show.slack("ideas").await.contains(RULE));
    show.assert_kept().await;
    insta::assert_snapshot!([nothing, left].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_be_forgotten_is_named_nowhere() {
    let mut show = Show::new("2026-11-23T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    suggest(&mut show, cast::AMARA, BACK).await;
    show.at("Tue 18:55").await;
    show.join_with(cast::AMARA, &[("place", "Accra"), ("remind", "1h")]).await;
    show.at("20:06").await;
    show.answer(cast::AMARA, "Amara, and I keep bees.").await;
    show.at("21:30").await;
    show.discord(cast::AMARA, "forget-me").await;
    show.discord_press(cast::AMARA, "Forget me in #SMXChat").await;
    show.at("21:35").await;
    let all = show.dump().await.into_iter().filter(|row| row.contains(cast::AMARA) || row.contains("Amara"));
    let left: Vec<String> = all.filter(|row| !row.contains("\"pk\":{\"S\":\"REQ#")).collect();
    assert_eq!(left, Vec::<String>::new());
    show.assert_kept().await;
}

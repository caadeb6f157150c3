//! Somebody asks for all that is kept about them.

use earshot::cast;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn};
use serde_json::Value;
use tests::{Show, Stage, instant, words_of, x_id};

async fn show() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show
}

/// The word that somebody is to post.
fn word(said: &str) -> String {
    let at = said.find("`earshot-").expect("a word");
    said[at + 1..].split('`').next().expect("its end").to_owned()
}

/// Asks for it, and gives what is read beside the file, and the file.
async fn ask(show: &mut Show, who: &str) -> (String, String) {
    let first = show.platforms.discord.command(who, cast::DISCORD_CHANNEL, "my-data", &[]).await;
    let first = first.expect("an answer");
    assert_eq!((first.status, first.refused.clone()), (200, None));
    assert_eq!(first.body, serde_json::json!({ "type": 5, "data": { "flags": 64 } }), "for her eyes only");
    show.settle().await;
    let (name, file) = show.platforms.discord.file(who).expect("a file");
    let messages = show.platforms.discord.messages();
    let with_file = |m: &&earshot::standin::Message| m.payload["attachments"][0]["filename"] == name.as_str();
    let told = messages.iter().rev().find(with_file).expect("a message with it");
    assert_eq!(told.ephemeral_for.as_deref(), Some(who), "nobody else sees it");
    (words_of(told), file)
}

/// The chat's part of a file.
fn part(file: &str) -> Value {
    let file: Value = serde_json::from_str(file).expect("JSON");
    file["chats"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_and_nobody_elses_words() {
    let mut show = show().await;
    let wishes = [("place", "Accra"), ("handle", "adaokafor"), ("remind", "1h"), ("quiet", "22 to 8")];
    let proof = word(&show.join_with(cast::AMARA, &wishes).await);
    let suggestion = [("question", Value::from("What did your first bicycle teach you?"))];
    show.discord_with(cast::AMARA, "suggest", &suggestion).await;
    let others = [("question", Value::from("Which lighthouse would you keep?"))];
    show.discord_with(cast::JUNO, "suggest", &others).await;
    show.discord(cast::AMARA, "suggestions").await;
    show.discord_press(cast::AMARA, "2: vote").await;
    show.at("Tue 20:06").await;
    show.answer(cast::JUNO, "A garden on a roof.").await;
    let junos = show.x("brunolima", "A1 Bruno's own words #SMXChat").await;
    show.x("adaokafor", &format!("A1 we printed the address book {proof} #SMXChat")).await;
    let quoting = Draft { quotes: Some(junos), ..Draft::text("A1 this! #SMXChat") };
    let quoting = show.platforms.x.put(x_id("adaokafor"), quoting).expect("posted");
    assert_eq!(show.platforms.x.deliver(&quoting).await.expect("an answer").status, 200);
    show.settle().await;
    show.answer(cast::AMARA, "A choir of lighthouse keepers.").await;
    let (said, file) = ask(&mut show, cast::AMARA).await;
    for theirs in
        ["address book", "A1 this!", "lighthouse keepers", "first bicycle", "Accra", "adaokafor", "22:00"]
    {
        assert!(file.contains(theirs), "{theirs} is missing:\n{file}");
    }
    for anothers in ["A garden on a roof", "Bruno", "Which lighthouse", "Juno"] {
        assert!(!file.contains(anothers), "{anothers} is somebody else's:\n{file}");
    }
    // Twice is the same, and what is a number in one place is one in all.
    let (_, again) = ask(&mut show, cast::AMARA).await;
    assert_eq!(part(&again), part(&file));
    // Who only answered has a file as well; who did nothing has one that says so.
    let (_, junos) = ask(&mut show, cast::JUNO).await;
    assert!(junos.contains("A garden on a roof.") && !junos.contains("choir"), "{junos}");
    assert_eq!(part(&junos)["membership"], Value::Null);
    let (_, nothing) = ask(&mut show, cast::TOMASZ).await;
    assert_eq!(part(&nothing)["posts"], Value::from(Vec::<Value>::new()));
    // Forgotten, nothing is left to hand over.
    show.discord(cast::AMARA, "forget-me").await;
    show.discord_press(cast::AMARA, "Forget me in #SMXChat").await;
    show.at("21:20").await;
    let (_, after) = ask(&mut show, cast::AMARA).await;
    for part_of in ["membership", "accounts", "hours", "posts", "suggestions", "votes", "handles"] {
        let left = &part(&after)[part_of];
        assert!(left.is_null() || left == &Value::from(Vec::<Value>::new()), "{part_of}: {left}");
    }
    show.assert_kept().await;
    let pretty = file.replace(&proof, "earshot-…");
    insta::assert_snapshot!(format!("{said}\n{pretty}"));
}

/// Numbers from a seed, for texts that nobody thought of.
fn drawn(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn odd(seed: &mut u64) -> String {
    const PIECES: [&str; 16] = [
        "\"",
        "\\",
        "—",
        "\u{1f44b}",
        "--earshot-part-0",
        "--earshot-part-1",
        "{\"a\":1}",
        "\r\n",
        "'",
        "é",
        "…",
        "名前",
        "&amp;",
        "</script>",
        "Content-Type:",
        "%00",
    ];
    let mut text = format!("word{}", drawn(seed) % 1_000_000);
    for _ in 0..4 {
        text.push(' ');
        text.push_str(PIECES[usize::try_from(drawn(seed) % 16).unwrap_or_default()]);
    }
    text
}

/// What somebody wrote, wherever the table has it: in the rows of their posts and of their suggestions.
fn texts(row: &Value, ids: &[String]) -> Vec<String> {
    let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let of = |pointer: &str| text(pointer).is_some_and(|who| ids.contains(&who));
    let mut found = Vec::new();
    if of("/post/M/author/M/person/S") {
        found.extend(text("/post/M/text/S"));
    }
    if of("/who/S") {
        found.extend(text("/text/S"));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_of_theirs_in_the_table_is_in_the_file() {
    let seed = std::env::var("EARSHOT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(17_u64);
    let mut random = seed;
    let mut show = show().await;
    let proof = word(&show.join_with(cast::AMARA, &[("handle", "adaokafor")]).await);
    for _ in 0..3 {
        let suggestion = [("question", Value::from(format!("What of {}?", odd(&mut random))))];
        show.discord_with(cast::AMARA, "suggest", &suggestion).await;
    }
    show.at("Tue 20:06").await;
    show.x("adaokafor", &format!("A1 {proof} #SMXChat")).await;
    let mut edited = String::new();
    for n in 0..14 {
        let text = odd(&mut random);
        match drawn(&mut random) % 3 {
            0 => drop(show.answer(cast::AMARA, &text).await),
            1 => drop(show.hello(cast::AMARA, &text).await),
            _ => edited = show.x("adaokafor", &format!("A1 {text} #SMXChat")).await,
        }
        if n % 5 == 0 {
            // Some minutes on, so that not all of it is too fast to be shown.
            let later = show.now() + chrono::TimeDelta::minutes(2);
            show.at(&later.to_rfc3339()).await;
        }
    }
    if !edited.is_empty() {
        let other = format!("A1 {} edited #SMXChat", odd(&mut random));
        show.platforms.x.edit_as(x_id("adaokafor"), &edited, &other).await.expect("edited");
        show.settle().await;
    }
    let (_, file) = ask(&mut show, cast::AMARA).await;
    let file: Value = serde_json::from_str(&file).expect("JSON");
    let handed: Vec<&str> = ["posts", "suggestions"]
        .iter()
        .flat_map(|part| file["chats"][0][*part].as_array().into_iter().flatten())
        .filter_map(|one| one["text"].as_str())
        .collect();
    let ids = [format!("discord::{}", cast::AMARA), format!("x::{}", x_id("adaokafor"))];
    let mut wrote = 0;
    for row in show.dump().await {
        let row: Value = serde_json::from_str(&row).expect("a row is JSON");
        for text in texts(&row, &ids) {
            wrote += 1;
            assert!(handed.contains(&text.as_str()), "seed {seed}: {text:?} is missing");
        }
    }
    assert!(wrote >= 15, "only {wrote} texts prove little");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_over_is_not_finished() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[]).await;
    show.platforms.discord.inject_on("webhooks", Fault::ServerError { status: 503, accepted: false }, 100);
    let first = show.platforms.discord.command(cast::AMARA, cast::DISCORD_CHANNEL, "my-data", &[]).await;
    assert_eq!(first.expect("an answer").status, 200);
    show.settle().await;
    assert_eq!(show.platforms.discord.file(cast::AMARA), None);
    let later = show.now() + chrono::TimeDelta::minutes(16);
    show.at(&later.to_rfc3339()).await;
    show.platforms.discord.clear_faults();
    // Nothing waits, and nothing is said elsewhere: she was told by Discord itself, and asks again.
    show.assert_kept().await;
    assert!(!show.transcript().contains("my-data"));
    // What finishes a reply is kept nowhere once it is over.
    let token = "aW50ZXJhY3Rpb24";
    assert_eq!(show.dump().await.iter().find(|row| row.contains(token)), None);
    let (said, _) = ask(&mut show, cast::AMARA).await;
    assert!(said.contains("all that I keep about you"), "{said}");
    assert_eq!(show.dump().await.iter().find(|row| row.contains(token)), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_chats_in_a_channel_it_is_one_file() {
    let stage = Stage { start: instant("2026-11-19T10:00:00Z"), ..Stage::at("2026-11-19T10:00:00Z") };
    let mut show = Show::on(stage).await;
    show.set_up().await;
    show.slack("new #BookNight every Thursday 7pm London").await;
    let reply = show.slack("booknight connect discord").await;
    let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
    let code = Value::String(code.expect("the reply names a code"));
    show.discord_with(cast::TOMASZ, "connect", &[("code", code)]).await;
    show.discord(cast::AMARA, "join").await;
    let form = show.discord_press(cast::AMARA, "Join #BookNight").await;
    show.fill_modal(cast::AMARA, &form, &[("place", "Accra")]).await;
    let (_, file) = ask(&mut show, cast::AMARA).await;
    let file: Value = serde_json::from_str(&file).expect("JSON");
    let member = |n: usize| (file["chats"][n]["chat"].clone(), file["chats"][n]["membership"].is_null());
    assert_eq!(member(0), (Value::from("#BookNight"), false));
    assert_eq!(member(1), (Value::from("#SMXChat"), true));
    show.assert_kept().await;
}

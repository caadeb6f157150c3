//! Members: joining, what they asked for, and reminders that reach them alone.

use earshot::cast;
use earshot::doctor::Table;
use earshot::moving::export;
use earshot::standin::StandIn;
use earshot::standin::x::Draft;
use serde_json::Value;
use tests::{Show, words_of, x_id};

/// What the bot wrote to somebody alone.
fn direct(show: &Show, user: &str) -> Vec<String> {
    let channel = format!("99{user}");
    let all = show.platforms.discord.messages();
    all.iter().filter(|m| m.channel == channel && m.ephemeral_for.is_none()).map(words_of).collect()
}

async fn show() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_says_where_they_are_and_is_reminded_in_their_own_time() {
    let mut show = show().await;
    let before = show.discord(cast::AMARA, "me").await;
    let wishes = [("place", "Nairobi"), ("remind", "1 hour"), ("quiet", "10pm-8am")];
    let joined = show.join_with(cast::AMARA, &wishes).await;
    let me = show.discord(cast::AMARA, "me").await;
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru Kamau, Nairobi").await;
    // In Nairobi the hour is at 23:00, so an hour before lies in her quiet hours.
    show.at("Tue 18:54").await;
    assert_eq!(direct(&show, cast::AMARA), [""; 0]);
    show.at("Tue 18:56").await;
    let reminded = direct(&show, cast::AMARA);
    // It was laid out days ago, and comes on its second all the same.
    let came = show.said("discord", "You asked me for this").last().expect("a reminder").at;
    assert_eq!(came.format("%H:%M:%S").to_string(), "18:55:00");
    show.at("Tue 21:20").await;
    assert_eq!(direct(&show, cast::AMARA), reminded, "once");
    let after = show.discord(cast::AMARA, "me").await;
    let off = show.discord_with(cast::AMARA, "remind", &[("when", Value::from("off"))]).await;
    show.at("Tue 20:00").await;
    assert_eq!(direct(&show, cast::AMARA), reminded, "not any more");
    let left = show.discord(cast::AMARA, "leave").await;
    show.assert_kept().await;
    insta::assert_snapshot!([before, joined, me, reminded.join("\n"), after, off, left].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_costs_nothing_of_the_rest() {
    let mut show = show().await;
    let wishes = [("place", "Lodnon"), ("remind", "soon"), ("quiet", "22 to 8")];
    let joined = show.join_with(cast::JUNO, &wishes).await;
    // One of the places that may have been meant is a tap away.
    let chosen = show.discord_press(cast::JUNO, "London").await;
    let chosen = tests::words::discord(chosen.get("data").unwrap_or(&Value::Null));
    show.discord(cast::JUNO, "me").await;
    let form = show.discord_press(cast::JUNO, "Change").await;
    let changed = show.fill_modal(cast::JUNO, &form, &[("remind", "20 min")]).await;
    let odd = show.discord_with(cast::JUNO, "remind", &[("when", Value::from("3 days"))]).await;
    let how = show.discord(cast::JUNO, "remind").await;
    let me = show.discord(cast::JUNO, "me").await;
    insta::assert_snapshot!([joined, chosen, changed, odd, how, me].join("\n----\n"));
    show.at("Tue 19:41").await;
    assert_eq!(direct(&show, cast::JUNO).len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_follows_its_date() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[("remind", "1h")]).await;
    show.join_with(cast::JUNO, &[("remind", "2h")]).await;
    // Laid out by now, both.
    show.at("Tue 10:00").await;
    show.slack("reschedule 24 Nov to 24 Nov 9pm").await;
    show.at("Tue 18:30").await;
    assert_eq!((direct(&show, cast::AMARA).len(), direct(&show, cast::JUNO).len()), (0, 0), "it was moved");
    show.at("Tue 19:01").await;
    assert_eq!((direct(&show, cast::AMARA).len(), direct(&show, cast::JUNO).len()), (0, 1));
    // Called off within the hour.
    show.slack("skip 24 Nov").await;
    show.at("Wed 10:00").await;
    assert_eq!((direct(&show, cast::AMARA).len(), direct(&show, cast::JUNO).len()), (0, 1));
    // The next one is as usual.
    show.at("Tue 19:30").await;
    assert_eq!((direct(&show, cast::AMARA).len(), direct(&show, cast::JUNO).len()), (1, 2));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_messages_that_are_closed_are_said_once_and_not_tried_again() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[("remind", "1h")]).await;
    show.platforms.discord.close_direct(cast::AMARA, true);
    let tries = |show: &Show| {
        let calls = show.platforms.discord.requests();
        calls.iter().filter(|call| call.path.contains(&format!("99{}", cast::AMARA))).count()
    };
    show.at("Tue 19:10").await;
    assert_eq!(tries(&show), 1);
    let desk = show.transcript();
    assert!(!desk.contains("direct message"), "nobody else's business:\n{desk}");
    let told = show.discord(cast::AMARA, "when").await;
    let me = show.discord(cast::AMARA, "me").await;
    let again = show.discord(cast::AMARA, "me").await;
    show.at("Wed 10:00").await;
    show.at("Tue 19:10").await;
    assert_eq!(tries(&show), 1, "not tried again");
    show.platforms.discord.close_direct(cast::AMARA, false);
    let on = show.discord_with(cast::AMARA, "remind", &[("when", Value::from("30 min"))]).await;
    show.at("Tue 19:31").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 1);
    show.assert_kept().await;
    insta::assert_snapshot!([told, me, again, on].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_comes_too_late_says_so() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[]).await;
    show.discord(cast::AMARA, "me").await;
    let open = show.discord_press(cast::AMARA, "Change").await;
    show.discord(cast::AMARA, "leave").await;
    // Saving what was open is no way to join again.
    let saved = show.fill_modal(cast::AMARA, &open, &[("place", "Nairobi")]).await;
    let me = show.discord(cast::AMARA, "me").await;
    // A form of joining that was open while the chat retired.
    let typed = show.platforms.discord.command(cast::JUNO, cast::DISCORD_CHANNEL, "join", &[]).await;
    let open = typed.expect("an answer").body;
    show.slack("retire").await;
    show.press("Retire it").await;
    let late = show.fill_modal(cast::JUNO, &open, &[]).await;
    show.assert_kept().await;
    insta::assert_snapshot!([saved, me, late].join("\n----\n"));
}

/// The word that somebody is to post.
fn word(said: &str) -> String {
    let at = said.find("`earshot-").expect("a word");
    said[at + 1..].split('`').next().expect("its end").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_on_x_is_a_members_once_it_is_proved() {
    let mut show = show().await;
    let joined = show.join_with(cast::AMARA, &[("handle", "https://x.com/AdaOkafor")]).await;
    let proof = word(&joined);
    // Somebody else's post proves nothing, and neither does passing it on.
    show.at("Tue 20:03").await;
    show.x("brunolima", &format!("what is {proof}? #SMXChat")).await;
    let still = show.discord(cast::AMARA, "me").await;
    assert!(still.contains(&proof), "{still}");
    show.hello(cast::AMARA, "Amara, Accra!").await;
    show.x("adaokafor", &format!("it is me, {proof} #SMXChat")).await;
    let me = show.discord(cast::AMARA, "me").await;
    show.at("20:06").await;
    show.x("adaokafor", "A1 a choir that met on three platforms so far #SMXChat").await;
    show.answer(cast::AMARA, "And a garden.").await;
    let status = show.slack("status").await;
    assert!(
        status.contains("2 spoke, 2 for the first time"),
        "Amara and Ada are one, Bruno is the other: {status}"
    );
    // Used once.
    show.discord(cast::AMARA, "me").await;
    let form = show.discord_press(cast::AMARA, "Change").await;
    let gone = show.fill_modal(cast::AMARA, &form, &[("handle", "")]).await;
    show.x("adaokafor", &format!("A1 once more {proof} #SMXChat")).await;
    let after = show.discord(cast::AMARA, "me").await;
    assert!(!after.contains("counts as yours"), "{after}");
    let status = show.slack("status").await;
    assert!(status.contains("3 spoke"), "an account that is nobody's counts by itself: {status}");
    show.assert_kept().await;
    insta::assert_snapshot!([joined, me, gone, after].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_here_and_posted_there_stands_once() {
    let mut show = show().await;
    let proof = word(&show.join_with(cast::AMARA, &[("handle", "adaokafor")]).await);
    show.at("Tue 20:03").await;
    show.x("adaokafor", &format!("it is me, {proof} #SMXChat")).await;
    show.at("20:06").await;
    let answered = show.answer(cast::AMARA, "And a garden, two doors down.").await;
    assert!(answered.contains("/intent/tweet?text=A1%20And%20a%20garden"), "{answered}");
    let cards = |show: &Show| show.transcript().matches("a garden, two doors down").count();
    let once = cards(&show);
    // She presses the link, and X tells us of it.
    show.x("adaokafor", "A1 And a garden, two doors down. #SMXChat").await;
    assert_eq!(cards(&show), once + 1, "her post on X, and no card of it: {}", show.transcript());
    let status = show.slack("status").await;
    assert!(status.contains("1 spoke"), "{status}");
    // Other words are another answer, and so are hers from somebody else.
    show.x("adaokafor", "A1 And a bench. #SMXChat").await;
    show.x("brunolima", "A1 And a garden, two doors down. #SMXChat").await;
    let status = show.slack("status").await;
    assert!(status.contains("2 spoke"), "{status}");
    assert!(cards(&show) > once + 2, "his is carried: {}", show.transcript());
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_prove_one_account() {
    let mut show = show().await;
    let amara = word(&show.join_with(cast::AMARA, &[("handle", "@adaokafor")]).await);
    let juno = word(&show.join_with(cast::JUNO, &[("handle", "ADAOKAFOR")]).await);
    assert_ne!(amara, juno);
    show.at("Tue 20:03").await;
    show.x("adaokafor", &format!("both {amara} and {juno} #SMXChat")).await;
    show.x("adaokafor", &format!("again {juno} #SMXChat")).await;
    let (first, second) = (show.discord(cast::AMARA, "me").await, show.discord(cast::JUNO, "me").await);
    // The first lets go of it; the second claims it anew.
    show.discord(cast::AMARA, "leave").await;
    let form = show.discord_press(cast::JUNO, "Change").await;
    let anew = word(&show.fill_modal(cast::JUNO, &form, &[("handle", "adaokafor")]).await);
    show.x("adaokafor", &format!("now {anew} #SMXChat")).await;
    let third = show.discord(cast::JUNO, "me").await;
    assert!(third.contains("counts as yours"), "{third}");
    show.assert_kept().await;
    let hide = |said: String| said.replace(&juno, "earshot-…").replace(&amara, "earshot-…");
    insta::assert_snapshot!([first, second, third].map(hide).join("\n----\n"));
    // With the member goes what was kept of the account.
    show.discord(cast::JUNO, "leave").await;
    let rows = show.dump().await;
    let left =
        rows.iter().find(|row| row.contains("OWNED#") || row.contains("PROOF#") || row.contains("MEMBER#"));
    assert_eq!(left, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_be_forgotten_is() {
    let mut show = show().await;
    let joined =
        show.join_with(cast::AMARA, &[("handle", "adaokafor"), ("place", "Accra"), ("remind", "1h")]).await;
    let proof = word(&joined);
    show.at("Tue 20:06").await;
    show.x("adaokafor", &format!("A1 we printed the address book {proof} #SMXChat")).await;
    show.answer(cast::AMARA, "A choir of lighthouse keepers.").await;
    show.answer(cast::JUNO, "A garden on a roof.").await;
    let suggestion = [("question", Value::from("What did your first bicycle teach you?"))];
    show.discord_with(cast::AMARA, "suggest", &suggestion).await;
    let quoting = Draft { quotes: Some(posted(&show, "address book")), ..Draft::text("A1 this! #SMXChat") };
    let quoting = show.platforms.x.put(x_id("danawhit"), quoting).expect("posted");
    assert_eq!(show.platforms.x.deliver(&quoting).await.expect("an answer").status, 200);
    show.settle().await;
    for words in ["address book", "lighthouse keepers"] {
        assert!(!show.said("slack", words).is_empty() && !show.said("discord", words).is_empty(), "{words}");
    }
    let asked = show.discord(cast::AMARA, "forget-me").await;
    let receipt = show.discord_press(cast::AMARA, "Forget me in #SMXChat").await;
    let receipt = tests::words::discord(receipt.get("data").expect("words"));
    show.at("20:12").await;
    // In no room, also where it was quoted, in no row of the table and in no export; the others' words stand.
    let rows = show.dump().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("smxchat.jsonl");
    let options = export::Options {
        chat: "#SMXChat".to_owned(),
        at: Table::Unknown,
        table: "earshot".to_owned(),
        to: Some(file.clone()),
        moves: false,
        anyway: true,
        force: false,
    };
    let mut told = Vec::new();
    Box::pin(export::from(&show.opened(), &options, show.now(), &mut told)).await.expect("memory takes it");
    let exported = std::fs::read_to_string(&file).expect("an export");
    assert!(exported.contains("A garden on a roof."), "the others' words go along");
    for words in ["address book", "lighthouse keepers", "first bicycle", "Accra", &proof] {
        // What she alone can read is hers.
        let alone = format!("99{}", cast::AMARA);
        let theirs = |m: &earshot::standin::Message| m.ephemeral_for.is_none() && m.channel != alone;
        let public = |room: &str| show.said(room, words).iter().filter(|m| theirs(m)).count();
        assert_eq!((public("slack"), public("discord")), (0, 0), "{words}");
        let row = rows.iter().find(|row| row.contains(words));
        assert_eq!(row, None, "{words}");
        assert!(!exported.contains(words), "{words}");
    }
    assert_eq!(show.said("discord", "A garden on a roof.").len(), 1);
    assert_eq!(show.said("discord", "this! #SMXChat").len(), 1);
    let again = show.discord(cast::AMARA, "forget-me").await;
    let me = show.discord(cast::AMARA, "me").await;
    // Nothing keeps them from coming back.
    show.answer(cast::AMARA, "Hello again.").await;
    assert_eq!(show.said("slack", "Hello again.").len(), 1);
    // The desk's line of suggestions waits for the end of the hour.
    show.at("21:20").await;
    show.assert_kept().await;
    insta::assert_snapshot!([asked, receipt, again, me].join("\n----\n"));
}

/// The id of a post on X, by its words.
fn posted(show: &Show, words: &str) -> String {
    let all = show.platforms.x.messages();
    all.iter().rev().find(|m| words_of(m).contains(words)).expect("a post").id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_in_the_middle_of_the_hour_may_go_on_as_anybody() {
    let mut show = show().await;
    let wishes = [("place", "Accra"), ("remind", "5 min"), ("welcome", "yes"), ("handle", "adaokafor")];
    let proof = word(&show.join_with(cast::AMARA, &wishes).await);
    show.at("Tue 20:03").await;
    show.x("adaokafor", &format!("it is me, {proof} #SMXChat")).await;
    show.at("20:06").await;
    show.answer(cast::AMARA, "And a garden.").await;
    assert!(show.slack("status").await.contains("1 spoke"), "Amara and Ada are one");
    let told = direct(&show, cast::AMARA).len();
    // A form is open under Q1 when she leaves.
    let form = show.discord_press(cast::AMARA, "Answer").await;
    show.at("20:09").await;
    let left = show.discord(cast::AMARA, "leave").await;
    let sent = show.submit_modal(cast::AMARA, &form, "And a bench, for whoever comes by.").await;
    show.x("adaokafor", "A1 still here, as nobody's member #SMXChat").await;
    for room in ["discord", "slack"] {
        assert_eq!(show.said(room, "for whoever comes by").len(), 1, "heard in {room}");
        assert_eq!(show.said(room, "nobody's member").len(), 1, "heard in {room}");
    }
    let status = show.slack("status").await;
    assert!(status.contains("2 spoke"), "their account on X is nobody's any more: {status}");
    // No hello after the hour.
    show.at("21:20").await;
    assert_eq!(direct(&show, cast::AMARA).len(), told);
    show.assert_kept().await;
    insta::assert_snapshot!([left, sent].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_sent_twice_is_carried_once_and_one_after_the_close_says_where_it_went() {
    let mut show = show().await;
    show.at("Tue 20:06").await;
    let form = show.discord_press(cast::JUNO, "Answer").await;
    let late = show.discord_press(cast::AMARA, "Answer").await;
    let first = show.submit_modal(cast::JUNO, &form, "A lamp in the window.").await;
    // The same request once more, as Discord repeats it.
    let sent = show.platforms.discord.sent().last().expect("a form").clone();
    let repeated = show.platforms.discord.repeat(&sent).await.expect("an answer");
    assert_eq!(tests::words::discord(repeated.body.get("data").expect("data")), first);
    // It was open in another window, and is sent from there as well.
    let again = show.answer(cast::JUNO, "A lamp in the window.").await;
    for room in ["discord", "slack"] {
        let said: Vec<String> = show.said(room, "A lamp in the window").iter().map(words_of).collect();
        assert_eq!(said.join("\n").matches("A lamp in the window").count(), 1, "{}", show.transcript());
    }
    show.at("21:01").await;
    let after = show.submit_modal(cast::AMARA, &late, "A door that sticks.").await;
    let late = show.discord_press(cast::AMARA, "Answer").await;
    show.at("Wed 22:00").await;
    let over = show.submit_modal(cast::AMARA, &late, "A door that sticks, still.").await;
    show.assert_kept().await;
    insta::assert_snapshot!([first, again, after, over].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_an_account_in_their_first_hour_is_a_first_timer_still_and_greeted() {
    let mut show = show().await;
    let juno = word(&show.join_with(cast::JUNO, &[("handle", "hirotanaka"), ("welcome", "yes")]).await);
    let tomasz = word(&show.join_with(cast::TOMASZ, &[("handle", "adaokafor"), ("welcome", "yes")]).await);
    show.at("Tue 20:03").await;
    show.x("hirotanaka", &format!("it is me, {juno} #SMXChat")).await;
    show.x("adaokafor", &format!("and me, {tomasz} #SMXChat")).await;
    show.hello(cast::JUNO, "Juno, Lisbon!").await;
    let status = show.slack("status").await;
    assert!(status.contains("2 spoke, 2 for the first time"), "{status}");
    let heard = show.slack("heard").await;
    assert!(heard.contains("2 spoke, all of them for the first time"), "{heard}");
    show.at("21:20").await;
    for who in [cast::JUNO, cast::TOMASZ] {
        let told = direct(&show, who);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("your first #SMXChat"), "{told:?}");
    }
    // A week later nobody is new.
    show.at("2026-12-01T20:06:00Z").await;
    show.hello(cast::JUNO, "Again!").await;
    show.x("hirotanaka", "hello from X #SMXChat").await;
    let status = show.slack("status").await;
    assert!(status.contains("1 spoke.") && !status.contains("first time"), "{status}");
    show.assert_kept().await;
}

//! One message after somebody's first hour, one nudge before their second; nothing without a yes, and nothing on X.

use earshot::cast;
use earshot::standin::StandIn;
use serde_json::Value;
use tests::{Show, words_of};

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
async fn a_hello_after_the_first_hour_and_a_nudge_before_the_second() {
    let mut show = show().await;
    let wishes = [("place", "Accra"), ("welcome", "Yes please!")];
    let joined = show.join_with(cast::AMARA, &wishes).await;
    // Juno said nothing about it, which is a no; Tomasz has not joined at all.
    show.join_with(cast::JUNO, &[]).await;
    show.at("Tue 20:03").await;
    show.hello(cast::AMARA, "Amara, Accra!").await;
    show.hello(cast::JUNO, "Juno, Lisbon!").await;
    show.hello(cast::TOMASZ, "Tomasz!").await;
    show.x("adaokafor", "hello from the pier #SMXChat").await;
    show.at("20:06").await;
    show.answer(cast::AMARA, "A choir of lighthouse keepers.").await;
    show.at("21:14").await;
    assert_eq!(direct(&show, cast::AMARA), [""; 0], "not while doors are open");
    show.at("21:20").await;
    let greeted = direct(&show, cast::AMARA);
    assert_eq!(greeted.len(), 1);
    for other in [cast::JUNO, cast::TOMASZ] {
        assert_eq!(direct(&show, other), [""; 0]);
    }
    show.at("2026-12-01T18:59:00Z").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 1);
    show.at("2026-12-01T19:01:00Z").await;
    let nudged = direct(&show, cast::AMARA);
    assert_eq!(nudged.len(), 2, "{nudged:?}");
    show.at("2026-12-01T20:03:00Z").await;
    show.hello(cast::AMARA, "Here again!").await;
    show.at("2026-12-08T21:20:00Z").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 2, "never again");
    let on_x: Vec<String> = show.announced_on_x().into_iter().map(|(_, words)| words).collect();
    assert!(on_x.iter().all(|words| !words.contains("adaokafor")), "X's people are not written to: {on_x:?}");
    show.assert_kept().await;
    insta::assert_snapshot!([joined, greeted.join(""), nudged[1].clone()].join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_it_waits_for_the_morning() {
    let mut show = show().await;
    let wishes = [("place", "Nairobi"), ("welcome", "yes"), ("quiet", "10pm-8am"), ("remind", "1h")];
    show.join_with(cast::AMARA, &wishes).await;
    show.at("Tue 20:03").await;
    let before = direct(&show, cast::AMARA).len();
    show.hello(cast::AMARA, "Amara, Nairobi!").await;
    // It is past midnight there when the hour is over.
    show.at("Wed 04:59").await;
    assert_eq!(direct(&show, cast::AMARA).len(), before);
    show.at("Wed 05:01").await;
    assert_eq!(direct(&show, cast::AMARA).len(), before + 1);
    let said = show.said("discord", "Hello Amara").pop().expect("a hello");
    assert_eq!(said.at.format("%H:%M:%S").to_string(), "05:00:00");
    // She has a reminder of her own, so there is no nudge beside it.
    show.at("2026-12-01T20:01:00Z").await;
    let direct = direct(&show, cast::AMARA);
    assert_eq!(direct.len(), before + 2, "{direct:?}");
    assert!(direct[before + 1].contains("You asked me for this"), "{direct:?}");
    show.at("2026-12-01T21:20:00Z").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_by_then_is_not_said() {
    let mut show = show().await;
    for who in [cast::AMARA, cast::JUNO] {
        show.join_with(who, &[("welcome", "yes")]).await;
    }
    show.at("Tue 20:03").await;
    show.hello(cast::AMARA, "Amara, Accra!").await;
    show.hello(cast::JUNO, "Juno, Lisbon!").await;
    // Tomasz says something first, and joins then.
    show.hello(cast::TOMASZ, "Tomasz!").await;
    show.join_with(cast::TOMASZ, &[("welcome", "yes")]).await;
    // Amara leaves, Juno thinks better of it.
    show.discord(cast::AMARA, "leave").await;
    show.discord(cast::JUNO, "me").await;
    let form = show.discord_press(cast::JUNO, "Change").await;
    show.fill_modal(cast::JUNO, &form, &[("welcome", "no")]).await;
    show.at("21:20").await;
    let counts = |show: &Show| [cast::AMARA, cast::JUNO, cast::TOMASZ].map(|who| direct(show, who).len());
    assert_eq!(counts(&show), [0, 0, 1]);
    // Tomasz asks for a reminder himself, and has no need of a nudge.
    show.discord_with(cast::TOMASZ, "remind", &[("when", Value::from("30 min"))]).await;
    show.at("2026-12-01T19:10:00Z").await;
    assert_eq!(counts(&show), [0, 0, 1]);
    show.at("2026-12-01T19:31:00Z").await;
    assert_eq!(counts(&show), [0, 0, 2]);
    show.at("2026-12-01T21:20:00Z").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nudge_comes_before_the_next_hour_that_takes_place() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[("welcome", "yes")]).await;
    show.at("Tue 20:06").await;
    show.answer(cast::AMARA, "A choir.").await;
    show.at("21:20").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 1);
    show.slack("skip 1 Dec").await;
    show.at("2026-12-08T18:30:00Z").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 1);
    show.at("2026-12-08T19:01:00Z").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 2, "the next one that takes place");
    show.at("2026-12-15T21:20:00Z").await;
    assert_eq!(direct(&show, cast::AMARA).len(), 2);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_inbox_is_told_once_where_only_she_sees_it() {
    let mut show = show().await;
    show.join_with(cast::AMARA, &[("welcome", "yes")]).await;
    show.platforms.discord.close_direct(cast::AMARA, true);
    show.at("Tue 20:03").await;
    show.hello(cast::AMARA, "Amara, Accra!").await;
    show.at("21:20").await;
    assert_eq!(direct(&show, cast::AMARA), [""; 0]);
    let desk = show.transcript();
    assert!(!desk.contains("direct message"), "nobody else's business:\n{desk}");
    let told = show.discord(cast::AMARA, "when").await;
    assert!(told.contains("my hello after your first hour did not reach you"), "{told}");
    let again = show.discord(cast::AMARA, "when").await;
    assert!(!again.contains("By the way"), "{again}");
    show.platforms.discord.close_direct(cast::AMARA, false);
    show.at("2026-12-01T21:20:00Z").await;
    assert_eq!(direct(&show, cast::AMARA), [""; 0], "not tried again");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_at_the_door_is_greeted_once_they_are_let_in() {
    let mut show = show().await;
    show.slack("door regulars").await;
    for who in [cast::AMARA, cast::JUNO] {
        show.join_with(who, &[("welcome", "yes")]).await;
    }
    show.at("Tue 20:06").await;
    show.answer(cast::AMARA, "A choir.").await;
    show.press_as(cast::MAYA, cast::DESK, "Let in").await;
    show.answer(cast::JUNO, "A garden.").await;
    show.at("21:20").await;
    assert_eq!((direct(&show, cast::AMARA).len(), direct(&show, cast::JUNO).len()), (1, 0));
    show.assert_kept().await;
}

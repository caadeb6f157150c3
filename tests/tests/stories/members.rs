//! Members: joining, what they asked for, and reminders that reach them alone.

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

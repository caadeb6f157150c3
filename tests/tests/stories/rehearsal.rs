//! `/chat rehearse`: the next hour in one channel, in a few minutes, on the deployment as it runs.

use chrono::TimeDelta;
use earshot::cast;
use earshot::standin::{Fault, StandIn, discord, slack, x};
use tests::kept::{Far, broken};
use tests::{Show, Stage, words_of};

const TRYOUT: &str = "C0TRYOUT";
const LOCKED: &str = "C0LOCKED";
const BACKSTAGE: &str = "4100000000000000077";
const CLOSED: &str = "4100000000000000078";
const STRANGERS: &str = "4300000000000000001";
const THEIRS: &str = "4300000000000000002";

fn stage() -> Stage {
    let cast: fn(&mut slack::Config, &mut discord::Config, &mut x::Config) = |slack, discord, _| {
        slack.channels.push(slack::Channel::new(TRYOUT, "tryout"));
        let locked = slack::Channel { private: true, joined: false, ..slack::Channel::new(LOCKED, "locked") };
        slack.channels.push(locked);
        discord.guilds.push((STRANGERS.to_owned(), "Strangers".to_owned()));
        discord.channels.push(discord::Channel::new(THEIRS, "general", STRANGERS));
        discord.channels.push(discord::Channel::new(BACKSTAGE, "backstage", cast::SERVER));
        let closed =
            discord::Channel { writable: false, ..discord::Channel::new(CLOSED, "closed", cast::SERVER) };
        discord.channels.push(closed);
    };
    Stage { cast, ..Stage::at("2026-11-19T10:00:00Z") }
}

async fn planned_on(stage: Stage) -> Show {
    let mut show = Show::on(stage).await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Amina Okoth, Nairobi").await;
    show.ask_six().await;
    show
}

async fn planned() -> Show {
    planned_on(stage()).await
}

fn in_discord(channel: &str) -> String {
    format!("rehearse https://discord.com/channels/{}/{channel}", cast::SERVER)
}

/// What stands in a channel, in order: when, and its words.
fn heard(show: &Show, channel: &str) -> Vec<(chrono::DateTime<chrono::Utc>, String)> {
    let all = show.everything().into_iter().filter(|m| m.channel == channel && !m.deleted);
    all.map(|m| (m.at, words_of(&m))).collect()
}

fn rows_of(facts: &[String], what: &str) -> Vec<String> {
    facts.iter().filter(|row| row.contains(what)).cloned().collect()
}

/// Everything in the table that is not about deliveries, messages and pace, and not the rehearsal itself.
async fn what_counts(show: &Show) -> Vec<String> {
    let ways = ["\"DLV#", "\"WAIT#", "\"MSG#", "\"DEST#", "\"TURNS#", "\"REHEARSAL\""];
    let mut facts = show.facts().await;
    facts.retain(|row| !ways.iter().any(|way| row.contains(way)));
    facts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_rehearsed_in_slack_and_in_discord() {
    let mut show = planned().await;
    show.at("Sat 11:30").await;
    let (since, before) = (show.now(), what_counts(&show).await);
    let mut read = vec![show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await];
    show.at("11:31").await;
    read.push(show.slack("status").await);
    show.at("11:40").await;
    read.push(show.slack(&in_discord(BACKSTAGE)).await);
    show.at("11:45").await;
    // A button that does nothing says so, and nobody is a member by it.
    let pressed = show.discord_press(cast::AMARA, "Answer").await;
    read.push(tests::words::discord(&pressed["data"]));
    read.push(show.press_as(cast::PRIYA, TRYOUT, "Say hello").await);
    let transcript = show.transcript_since(since);
    assert!(!transcript.contains("pings"), "{transcript}");
    insta::assert_snapshot!("in_slack_and_discord", format!("{}\n\n{transcript}", read.join("\n")));
    // Nothing of it counts, and each moment came on its second.
    assert_eq!(what_counts(&show).await, before);
    assert_eq!(show.announced_on_x().len(), 0);
    for channel in [TRYOUT, BACKSTAGE] {
        let heard = heard(&show, channel);
        assert_eq!(heard.len(), 10, "{transcript}");
        let gaps = heard.windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(gaps.min() >= Some(TimeDelta::seconds(9)), "{transcript}");
        let took = heard[9].0 - heard[0].0;
        assert!((took - TimeDelta::seconds(180)).abs() <= TimeDelta::seconds(2), "{took}");
    }
    // The night itself is none the wiser.
    show.at("Wed 10:00").await;
    for part in ["Kettle", "Welcome", "Q1. ", "Q6. ", "That's the hour"] {
        let night: Vec<_> = show.everything().into_iter().filter(|m| words_of(m).contains(part)).collect();
        let in_rooms = night.iter().filter(|m| ![TRYOUT, BACKSTAGE].contains(&m.channel.as_str()));
        assert_eq!(in_rooms.count(), 3, "{part}\n{}", show.transcript());
    }
    show.assert_kept().await;
    assert_eq!(broken(&show, &[], Far::Settled).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_under_a_preview_leads_there() {
    let mut show = planned().await;
    show.slack("preview").await;
    let mut read = vec![show.press("Rehearse").await];
    show.slack(&format!("rehearse <#{TRYOUT}>")).await;
    read.push(show.press("Stop").await);
    show.slack("preview").await;
    read.push(show.press("Rehearse").await);
    read.push(show.press("Play it there").await);
    show.at("10:30").await;
    assert!(heard(&show, TRYOUT).len() > 8, "{}", show.transcript());
    insta::assert_snapshot!(read.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_is_the_end() {
    let mut show = planned().await;
    show.at("Sat 11:30").await;
    show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    show.at("11:31").await;
    let second = show.slack(&in_discord(BACKSTAGE)).await;
    let stopped = show.slack("rehearse stop").await;
    let stood = heard(&show, TRYOUT);
    assert!(!stood.is_empty() && stood.len() < 10, "{}", show.transcript());
    show.at("12:00").await;
    assert_eq!(heard(&show, TRYOUT), stood, "something was said after the stop");
    assert_eq!(heard(&show, BACKSTAGE).len(), 0);
    // Nothing is left of it that would wait.
    let waits = rows_of(&show.facts().await, "\"WAIT#");
    assert_eq!(waits, Vec::<String>::new());
    assert_eq!(broken(&show, &[], Far::Settled).await, Vec::<String>::new());
    show.assert_kept().await;
    // And the next one plays from the beginning.
    show.slack(&format!("rehearse <#{TRYOUT}|tryout> 2 min")).await;
    show.at("12:10").await;
    assert_eq!(heard(&show, TRYOUT).len(), stood.len() + 10);
    insta::assert_snapshot!(format!("{second}\n{stopped}"));
}

/// A channel in which it was just rehearsed becomes a room of the chat: what is left of the rehearsal is cleared away
/// by the next sweep, and is nothing that anybody there waits for.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_it_is_not_behind() {
    let mut show = planned().await;
    show.at("Sat 11:30").await;
    show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    show.at("11:31").await;
    // Before any bell has rung: the sweep clears it away half a minute later.
    let typed = show.platforms.slack.slash_command(cast::MAYA, TRYOUT, "smxchat connect slack");
    let connected = Box::pin(typed).await.expect("Earshot answers");
    assert_eq!(connected.status, 200, "{connected:?}");
    let waits = rows_of(&show.facts().await, "\"WAIT#");
    assert!(waits.iter().any(|row| row.contains(TRYOUT)), "nothing is left of it to be counted");
    let typed = show.platforms.slack.slash_command(cast::MAYA, TRYOUT, "smxchat status");
    let status = tests::words::slack(&Box::pin(typed).await.expect("Earshot answers").body);
    assert!(status.contains("Slack ✓") && !status.contains("behind"), "{status}");
    show.at("11:40").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_it_leaves_nothing_to_be_said() {
    for done in ["skip 24 Nov", "reschedule 24 Nov to 21:00", "retire"] {
        let mut show = planned().await;
        show.at("Sat 11:30").await;
        show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
        show.at("11:31").await;
        let mut read = show.slack(done).await;
        if done == "retire" {
            read = show.press("Retire it").await;
        }
        assert!(read.contains("The rehearsal in"), "{done}: {read}");
        let stood = heard(&show, TRYOUT).len();
        show.at("11:50").await;
        assert_eq!(heard(&show, TRYOUT).len(), stood, "{done}\n{}", show.transcript());
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_is_never_late_for_a_rehearsal() {
    let mut show = planned().await;
    show.at("Tue 19:52").await;
    let too_late = show.slack(&format!("rehearse <#{TRYOUT}|tryout> 10 min")).await;
    show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    // Pulled into its midst, the real one begins on its second, and the rehearsal is over.
    show.slack("reschedule 24 Nov to 19:54").await;
    show.at("19:54:01").await;
    let opened = show.said("slack", "Welcome");
    let opened: Vec<_> = opened.iter().filter(|m| m.channel == cast::SLACK_CHANNEL).collect();
    assert_eq!(opened.len(), 1, "{}", show.transcript());
    let late = opened[0].at - tests::instant("2026-11-24T19:54:00Z");
    assert!(late.abs() <= TimeDelta::seconds(1), "{late}");
    let stood = heard(&show, TRYOUT).len();
    let live = show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    show.at("20:10").await;
    assert_eq!(heard(&show, TRYOUT).len(), stood);
    insta::assert_snapshot!(format!("{too_late}\n{live}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_closed_to_it_is_told_of_once() {
    let mut show = planned().await;
    show.at("Sat 11:30").await;
    let since = show.now();
    show.slack(&format!("rehearse <#{LOCKED}|locked>")).await;
    show.at("11:45").await;
    show.slack(&in_discord(CLOSED)).await;
    show.at("12:00").await;
    // A link that claims our server for a channel of somebody else's, where this Earshot is too.
    show.slack(&in_discord(THEIRS)).await;
    show.at("12:45").await;
    for channel in [LOCKED, CLOSED, THEIRS] {
        assert_eq!(heard(&show, channel).len(), 0, "{channel}");
    }
    insta::assert_snapshot!("closed_channels", show.transcript_since(since));
    assert_eq!(broken(&show, &[], Far::Settled).await, Vec::<String>::new());
    // Another one may begin at once, and no place is held to be in trouble.
    show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    show.at("12:55").await;
    assert_eq!(heard(&show, TRYOUT).len(), 10);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_room_of_anybody_and_never_x() {
    let mut show = planned().await;
    show.slack_as(cast::MAYA, TRYOUT, "new #BookClub every Thursday 8pm London").await;
    show.slack_as(cast::MAYA, TRYOUT, "bookclub connect slack").await;
    let mut read = Vec::new();
    for typed in [
        format!("rehearse <#{TRYOUT}|tryout>"),
        format!("rehearse <#{}|smxchat>", cast::SLACK_CHANNEL),
        "rehearse here".to_owned(),
        in_discord(cast::DISCORD_CHANNEL),
        "rehearse https://discord.com/channels/4199999999999999999/4100000000000000077".to_owned(),
        "rehearse x".to_owned(),
        "rehearse #tryout".to_owned(),
        "rehearse discord".to_owned(),
        "rehearse".to_owned(),
    ] {
        let answer = show.slack(&typed).await;
        read.push(format!("/chat {typed}\n{answer}"));
    }
    show.at("10:30").await;
    let said = show.everything().into_iter().filter(|m| words_of(m).contains("Rehearsal ·")).count();
    assert_eq!(said, 0, "{}", show.transcript());
    insta::assert_snapshot!("nowhere", read.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_dies_in_the_middle_plays_on() {
    let mut show = planned_on(Stage { kept: true, ..stage() }).await;
    show.at("Sat 11:30").await;
    show.slack(&format!("rehearse <#{TRYOUT}|tryout>")).await;
    // Every doorbell is lost with the process; the sweep finds what waits.
    for moment in ["11:30:20", "11:31:10", "11:32:30"] {
        show.at(moment).await;
        show.restart().await;
    }
    show.at("11:40").await;
    assert_eq!(heard(&show, TRYOUT).len(), 10, "{}", show.transcript());
    show.assert_kept().await;

    // An answer that is lost, a call that hangs, a platform that is busy: each once, in order.
    let asked = show.now();
    show.slack(&in_discord(BACKSTAGE)).await;
    show.at("11:40:30").await;
    show.platforms.discord.inject_on("/messages", Fault::Drop { accepted: true }, 1);
    show.at("11:41:10").await;
    show.platforms.discord.inject_on("/messages", Fault::ServerError { status: 502, accepted: false }, 1);
    show.restart().await;
    show.at("11:55").await;
    let heard = heard(&show, BACKSTAGE);
    assert_eq!(heard.len(), 10, "{}", show.transcript_since(asked));
    let order: Vec<bool> = heard.iter().map(|(_, words)| words.contains("Q")).collect();
    assert_eq!(order.iter().filter(|q| **q).count(), 6);
    let questions: Vec<char> =
        heard.iter().filter_map(|(_, w)| w.split("Q").nth(1)?.chars().next()).collect();
    assert!(questions.is_sorted(), "{questions:?}");
    show.assert_kept().await;
    assert_eq!(broken(&show, &[], Far::Settled).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_down_too_long_is_told_of() {
    let mut show = planned().await;
    show.at("Sat 11:30").await;
    show.slack(&in_discord(BACKSTAGE)).await;
    show.at("11:31").await;
    show.platforms.discord.inject_on("/messages", Fault::ServerError { status: 503, accepted: false }, 40);
    show.at("12:30").await;
    let told = show.said("desk", "rehearsal of #SMXChat");
    assert_eq!(told.len(), 1, "{}", show.transcript());
    show.platforms.discord.clear_faults();
    let stood = heard(&show, BACKSTAGE).len();
    show.at("13:00").await;
    assert_eq!(heard(&show, BACKSTAGE).len(), stood);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_steers_nothing_rehearses_nothing() {
    let mut show = planned().await;
    let refused = show.slack_as(cast::PRIYA, TRYOUT, "smxchat rehearse here").await;
    show.slack_as(cast::MAYA, TRYOUT, "smxchat rehearse here").await;
    let stop = show.slack_as(cast::PRIYA, TRYOUT, "smxchat rehearse stop").await;
    show.at("10:30").await;
    assert_eq!(heard(&show, TRYOUT).len(), 10, "{refused}\n{stop}");
    insta::assert_snapshot!(format!("{refused}\n{stop}"));
}

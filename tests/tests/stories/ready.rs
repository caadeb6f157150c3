//! What organisers hear before it is too late: an hour ahead, and in a pause that was forgotten.

use chrono::TimeDelta;
use earshot::cast;
use earshot::standin::x::Registered;
use earshot::standin::{Fault, StandIn, discord, slack, x};
use tests::{Show, Stage, words_of};

fn at_the_desk(show: &Show, since: chrono::DateTime<chrono::Utc>) -> Vec<String> {
    let all = show.platforms.slack.messages();
    let here = all.iter().filter(|m| m.channel == cast::DESK && m.at >= since && m.ephemeral_for.is_none());
    here.map(words_of).collect()
}

async fn an_hour_and_a_half_before() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 18:30").await;
    show
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_every_place_is_looked_at_and_nothing_is_said_where_all_is_well() {
    let mut show = an_hour_and_a_half_before().await;
    let since = show.now();
    show.at("19:30").await;
    assert_eq!(at_the_desk(&show, since), Vec::<String>::new());
    let asked = |requests: Vec<earshot::standin::Request>, path: &str| {
        requests.iter().filter(|r| r.at >= since && r.path.contains(path)).count()
    };
    assert_eq!(asked(show.platforms.slack.requests(), "conversations.info"), 2, "the room and the desk");
    assert_eq!(asked(show.platforms.discord.requests(), "/typing"), 1);
    assert_eq!(asked(show.platforms.x.requests(), "/2/users/me"), 1);
    assert_eq!(asked(show.platforms.x.requests(), "/2/webhooks"), 1, "and where posts come from");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_organisers_hear_what_is_wrong() {
    let mut show = an_hour_and_a_half_before().await;
    let archived = slack::Channel { archived: true, ..slack::Channel::new(cast::SLACK_CHANNEL, "smxchat") };
    show.platforms.slack.set_channel(archived);
    let closed = discord::Channel::new(cast::DISCORD_CHANNEL, "smxchat", cast::SERVER);
    show.platforms.discord.set_channel(discord::Channel { writable: false, ..closed.clone() });
    show.platforms.x.inject_on("/2/users/me", Fault::ServerError { status: 503, accepted: false }, 1);
    let since = show.now();
    show.at("19:05").await;
    let told = at_the_desk(&show, since);
    assert_eq!(told.len(), 1, "{told:#?}");
    insta::assert_snapshot!(told[0]);
    show.platforms.slack.set_channel(slack::Channel::new(cast::SLACK_CHANNEL, "smxchat"));
    show.platforms.discord.set_channel(closed);
    show.at("21:20").await;
    show.assert_kept().await;
}

/// The desk is where organisers would be told, and it is the desk that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_desk_to_tell_them_at_they_are_told_themselves() {
    let mut show = an_hour_and_a_half_before().await;
    let archived = slack::Channel { archived: true, ..slack::Channel::new(cast::DESK, "smxchat-desk") };
    show.platforms.slack.set_channel(archived);
    let since = show.now();
    show.at("19:05").await;
    let told = show.platforms.slack.messages();
    let told: Vec<String> =
        told.iter().filter(|m| m.at >= since && m.channel.starts_with('D')).map(words_of).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("Slack (the desk): the channel is archived"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_nobody_touches_calls_every_organiser() {
    let mut show = an_hour_and_a_half_before().await;
    show.slack(&format!("organiser add <@{}>", cast::SOL)).await;
    show.at("20:10").await;
    show.slack("pause").await;
    let since = show.now();
    show.at("20:14:50").await;
    assert_eq!(at_the_desk(&show, since + TimeDelta::seconds(5)), Vec::<String>::new());
    show.at("20:16").await;
    let told = show.platforms.slack.messages();
    let told: Vec<String> = told
        .iter()
        .filter(|m| {
            m.at >= since + TimeDelta::minutes(4) && (m.channel.starts_with('D') || m.channel == cast::DESK)
        })
        .map(words_of)
        .collect();
    assert_eq!(told.len(), 3, "Maya, Sol and the desk: {told:#?}");
    insta::assert_snapshot!(told[0]);
    // Resumed and paused again, it is another pause; resumed in time, nobody is called.
    show.slack("resume").await;
    let since = show.now();
    show.slack("pause").await;
    show.at("20:19").await;
    show.slack("resume").await;
    show.at("20:30").await;
    let later = show.platforms.slack.messages();
    assert!(!later.iter().any(|m| m.at >= since && words_of(m).contains("people are waiting")));
    show.at("21:20").await;
    show.assert_kept().await;
}

/// What organisers read an hour ahead, where X is as `change` leaves it.
async fn told_an_hour_ahead(
    variables: &'static [(&'static str, &'static str)],
    change: fn(&x::X),
) -> Vec<String> {
    let mut show = Show::on(Stage { variables, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 18:30").await;
    change(&show.platforms.x);
    let since = show.now();
    show.at("19:05").await;
    let looked = show.platforms.x.requests();
    assert_eq!(looked.iter().filter(|r| r.path == "/2/webhooks" && r.at >= since).count(), 1);
    at_the_desk(&show, since)
}

fn refuse(x: &x::X, status: u16) {
    let body = serde_json::json!({"title": "No", "detail": "No", "type": "about:blank", "status": status});
    x.inject_on("/2/webhooks", Fault::Answer { status, body }, 1);
}

const POLL: &[(&str, &str)] = &[("EARSHOT_X_SOURCE", "poll")];
const BOTH: &[(&str, &str)] = &[("EARSHOT_X_SOURCE", "both")];

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_organisers_hear_that_posts_will_not_come() {
    let mut all = Vec::new();
    for (variables, change) in [
        (&[][..], (|x| x.set_registered(Registered::Invalid)) as fn(&x::X)),
        (BOTH, |x| x.set_registered(Registered::No)),
        // Valid, but not the one that this deployment was told is its own.
        (&[("X_WEBHOOK_ID", "1460000000000000002")], |_| {}),
        (&[], |x| refuse(x, 403)),
        (POLL, |x| refuse(x, 401)),
        (&[], |x| x.inject_on("/2/webhooks", Fault::ServerError { status: 503, accepted: false }, 1)),
    ] {
        let told = told_an_hour_ahead(variables, change).await;
        assert_eq!(told.len(), 1, "{variables:?}: {told:#?}");
        all.push(format!("{variables:?}\n{}", told[0]));
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_nothing_is_said_of_a_source_that_is_well() {
    for (variables, change) in [
        // Who searches needs no webhook, and a plan without any refuses to list them.
        (POLL, (|x| x.set_registered(Registered::No)) as fn(&x::X)),
        (POLL, |x| refuse(x, 403)),
        (BOTH, |_| {}),
        (&[("X_WEBHOOK_ID", "1460000000000000001")], |_| {}),
    ] {
        let told = told_an_hour_ahead(variables, change).await;
        assert_eq!(told, Vec::<String>::new(), "{variables:?}");
    }
}

/// That X does not answer is said once, though it was asked for two things.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_a_silent_x_is_one_line() {
    let told = told_an_hour_ahead(&[], |x| {
        x.inject_on("/2/", Fault::ServerError { status: 503, accepted: false }, 2);
    })
    .await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].matches("does not answer at the moment").count(), 1, "{}", told[0]);
}

/// Without the app's token nobody can look, and nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_ahead_without_a_token_the_source_is_not_looked_at() {
    let variables = &[("X_BEARER_TOKEN", "")];
    let mut show = Show::on(Stage { variables, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 18:30").await;
    show.platforms.x.set_registered(Registered::No);
    let since = show.now();
    show.at("19:05").await;
    assert_eq!(at_the_desk(&show, since), Vec::<String>::new());
    assert!(!show.platforms.x.requests().iter().any(|r| r.path == "/2/webhooks"));
}

//! What goes wrong on command.

use std::time::{Duration, Instant};

use anyhow::Result;
use earshot::dice::Weather;
use earshot::standin::slack::{Channel, Config, Slack};
use earshot::standin::{Fault, StandIn, discord, x};
use serde_json::{Value, json};

use crate::support::{Time, client};

struct Room {
    slack: Slack,
    http: reqwest::Client,
    token: String,
}

async fn room() -> Result<Room> {
    let mut config = Config::new(Time::new().clocks());
    config.channels = vec![Channel::new("C1", "smxchat")];
    let token = config.bot_token.clone();
    Ok(Room { slack: Slack::start(config).await?, http: client()?, token })
}

impl Room {
    async fn post(&self) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}chat.postMessage", self.slack.api_url());
        let body = json!({"channel": "C1", "text": "x"});
        self.http
            .post(url)
            .bearer_auth(&self.token)
            .timeout(Duration::from_millis(300))
            .json(&body)
            .send()
            .await
    }
}

#[tokio::test]
async fn answers_go_wrong_as_often_as_told() -> Result<()> {
    let room = room().await?;
    room.slack.inject(Fault::RateLimited { retry_after: Some(Duration::from_millis(6_500)) }, 1);
    room.slack.inject(Fault::RateLimited { retry_after: None }, 1);
    room.slack.inject(Fault::ServerError { status: 503, accepted: false }, 2);
    room.slack.inject(Fault::slack("fatal_error"), 1);
    let limited = room.post().await?;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str()?), (429, "7"));
    let unhinted = room.post().await?;
    assert_eq!(unhinted.status(), 429);
    assert!(!unhinted.headers().contains_key("retry-after"));
    for _ in 0..2 {
        assert_eq!(room.post().await?.status(), 503);
    }
    assert_eq!(room.post().await?.json::<Value>().await?["error"], "fatal_error");
    assert!(room.slack.messages().is_empty(), "nothing was done");
    assert_eq!(room.post().await?.json::<Value>().await?["ok"], true);
    assert_eq!(room.slack.requests().iter().filter(|r| r.fault.is_some()).count(), 5);
    Ok(())
}

#[tokio::test]
async fn a_connection_drops_before_or_after_the_deed() -> Result<()> {
    let room = room().await?;
    room.slack.inject(Fault::Drop { accepted: false }, 1);
    let error = room.post().await.err().map(|e| (e.is_timeout(), e.is_connect()));
    assert_eq!(error, Some((false, false)), "the connection was cut, not refused and not slow");
    assert!(room.slack.messages().is_empty());
    room.slack.inject(Fault::Drop { accepted: true }, 1);
    assert!(room.post().await.is_err());
    assert_eq!(room.slack.messages().len(), 1, "done all the same");
    room.slack.inject(Fault::ServerError { status: 502, accepted: true }, 1);
    assert_eq!(room.post().await?.status(), 502);
    assert_eq!(room.slack.messages().len(), 2);
    let seen = room.slack.requests();
    assert_eq!(
        seen.iter().map(|r| (r.status, r.accepted)).collect::<Vec<_>>(),
        [(None, false), (None, true), (Some(502), true)]
    );
    Ok(())
}

#[tokio::test]
async fn a_hung_call_ends_with_the_callers_patience() -> Result<()> {
    let room = room().await?;
    room.slack.inject(Fault::Hang { accepted: true }, 1);
    let began = Instant::now();
    let error = room.post().await.err();
    assert!(error.is_some_and(|e| e.is_timeout()));
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(room.slack.messages().len(), 1);
    assert_eq!(room.post().await?.status(), 200, "others are served");
    // Stopping frees whoever still hangs.
    room.slack.inject(Fault::Hang { accepted: false }, 1);
    let (answer, ()) = tokio::join!(room.post(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        room.slack.stop().await;
    });
    assert!(answer.is_err());
    Ok(())
}

#[tokio::test]
async fn a_fault_can_wait_for_its_call() -> Result<()> {
    let room = room().await?;
    room.slack.inject_on("chat.update", Fault::slack("internal_error"), 1);
    assert_eq!(room.post().await?.json::<Value>().await?["ok"], true);
    let url = format!("{}chat.update", room.slack.api_url());
    let body = json!({"channel": "C1", "ts": "1.0", "text": "x"});
    let hit = room.http.post(&url).bearer_auth(&room.token).json(&body).send().await?;
    assert_eq!(hit.json::<Value>().await?["error"], "internal_error");
    room.slack.inject(Fault::Drop { accepted: false }, usize::MAX);
    assert!(room.post().await.is_err());
    room.slack.clear_faults();
    assert_eq!(room.post().await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn each_platform_fails_in_its_own_words() -> Result<()> {
    let time = Time::new();
    let discord = discord::Discord::start(discord::Config::new(time.clocks())).await?;
    let http = client()?;
    let url = format!("{}users/@me", discord.api_url());
    discord.inject(Fault::discord(403, 50001, "Missing Access"), 1);
    discord.inject(Fault::RateLimited { retry_after: Some(Duration::from_millis(1_500)) }, 1);
    discord.inject(Fault::RateLimited { retry_after: None }, 1);
    let refused = http.get(&url).send().await?;
    assert_eq!(
        (refused.status().as_u16(), refused.json::<Value>().await?["code"].as_u64()),
        (403, Some(50001))
    );
    let limited = http.get(&url).send().await?;
    assert_eq!(limited.json::<Value>().await?["retry_after"], 1.5);
    let banned = http.get(&url).send().await?;
    assert_eq!(banned.status(), 429);
    assert!(banned.json::<Value>().await.is_err(), "the edge does not speak JSON");

    let x = x::X::start(x::Config::new(time.clocks())).await?;
    x.inject(Fault::x(403, "Forbidden", "Your account is suspended"), 1);
    x.inject(Fault::RateLimited { retry_after: Some(Duration::from_secs(60)) }, 1);
    let url = format!("{}2/users/me", x.api_url());
    assert_eq!(http.get(&url).send().await?.json::<Value>().await?["detail"], "Your account is suspended");
    let limited = http.get(&url).send().await?;
    let reset = (time.real().timestamp() + 60).to_string();
    assert_eq!(limited.headers()["x-rate-limit-reset"].to_str()?, reset);
    Ok(())
}

#[tokio::test]
async fn a_slow_answer_is_an_answer() -> Result<()> {
    let room = room().await?;
    room.slack.inject(Fault::Slow { by: Duration::from_millis(120) }, 1);
    let began = Instant::now();
    assert_eq!(room.post().await?.json::<Value>().await?["ok"], true);
    assert!(began.elapsed() >= Duration::from_millis(120), "{:?}", began.elapsed());
    assert_eq!(room.slack.messages().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_and_an_archived_channel_stay_so_until_they_are_mended() -> Result<()> {
    let room = room().await?;
    let code = async || anyhow::Ok(room.post().await?.json::<Value>().await?["error"].clone());
    for (fault, said) in [(Fault::Revoke, "token_revoked"), (Fault::Archive, "is_archived")] {
        room.slack.inject(fault, 1);
        for _ in 0..3 {
            assert_eq!(code().await?, said);
        }
        assert!(room.slack.is_barred() && room.slack.messages().is_empty());
        // An archived channel can be read.
        let url = format!("{}conversations.history?channel=C1", room.slack.api_url());
        let read = room.http.get(url).bearer_auth(&room.token).send().await?.json::<Value>().await?;
        assert_eq!(read["ok"], said == "is_archived", "{read}");
        room.slack.mend();
        assert!(!room.slack.is_barred());
    }
    assert_eq!(code().await?, Value::Null, "mended");

    let time = Time::new();
    let mut config = discord::Config::new(time.clocks());
    config.guilds = vec![("9".into(), "Kind people".into())];
    config.channels =
        vec![discord::Channel::new("1", "smxchat", "9"), discord::Channel::new("2", "other", "9")];
    let bot = format!("Bot {}", config.bot_token);
    let discord = discord::Discord::start(config).await?;
    let post = async |channel: &str| {
        let url = format!("{}channels/{channel}/messages", discord.api_url());
        let request = room.http.post(url).header("authorization", &bot);
        let request = request.header("user-agent", "DiscordBot (https://example.com, 1)");
        let answer = request.json(&json!({"content": "x", "allowed_mentions": {"parse": []}})).send().await?;
        anyhow::Ok((answer.status().as_u16(), answer.json::<Value>().await?["code"].as_u64()))
    };
    discord.inject(Fault::Archive, 1);
    assert_eq!(post("1").await?, (403, Some(50_013)));
    assert_eq!(post("1").await?, (403, Some(50_013)));
    assert_eq!(post("2").await?.0, 200, "only that channel");
    discord.mend();
    discord.inject(Fault::Revoke, 1);
    assert_eq!(post("2").await?.0, 401);
    assert_eq!(post("1").await?.0, 401);
    discord.mend();
    assert_eq!(post("1").await?.0, 200);

    let x = x::X::start(x::Config::new(time.clocks())).await?;
    x.inject(Fault::Revoke, 1);
    let ask = room.http.get(format!("{}2/users/me", x.api_url())).header("authorization", "OAuth realm=\"\"");
    assert_eq!(ask.send().await?.json::<Value>().await?["title"], "Unauthorized");
    assert!(x.is_barred());
    Ok(())
}

#[tokio::test]
async fn weather_comes_by_a_seed_and_goes_when_it_is_told() -> Result<()> {
    let play = async |seed| {
        let room = room().await?;
        let kinds = vec![Fault::slack("fatal_error"), Fault::ServerError { status: 503, accepted: false }];
        room.slack.set_weather(Weather::new(seed, 500, kinds));
        // What is planned comes first and takes nothing from the dice.
        room.slack.inject(Fault::slack("no_text"), 1);
        let mut seen = Vec::new();
        for _ in 0..24 {
            seen.push(room.post().await?.text().await?.contains("\"ok\":true"));
        }
        let met = *room.slack.met().borrow();
        assert_eq!(met, room.slack.requests().iter().filter(|r| r.fault.is_some()).count());
        room.slack.clear_faults();
        for _ in 0..8 {
            room.post().await?;
        }
        assert_eq!(*room.slack.met().borrow(), met, "fair again");
        anyhow::Ok((seen, met))
    };
    let first = play(3).await?;
    assert_eq!(first, play(3).await?, "the same seed, the same weather");
    assert_ne!(first.0, play(4).await?.0);
    assert!((6..=20).contains(&first.1), "{}", first.1);
    Ok(())
}

#[tokio::test]
async fn open_connections_are_counted() -> Result<()> {
    let room = room().await?;
    let mut open = room.slack.open();
    room.slack.inject(Fault::Hang { accepted: false }, 1);
    let mut met = room.slack.met();
    let (answer, ()) = tokio::join!(room.post(), async {
        met.wait_for(|met| *met == 1).await.expect("it hangs");
        assert_eq!(*room.slack.open().borrow(), 1);
    });
    assert!(answer.is_err());
    tokio::time::timeout(Duration::from_secs(10), open.wait_for(|open| *open == 0)).await??;
    Ok(())
}

/// Whatever comes, something is answered: a panic would close the connection.
#[tokio::test]
async fn odd_input_gets_an_answer() -> Result<()> {
    let time = Time::new();
    let slack = room().await?;
    let mut config = discord::Config::new(time.clocks());
    config.guilds = vec![("9".into(), "Kind people".into())];
    config.channels = vec![discord::Channel::new("1", "smxchat", "9")];
    config.limits.global = u32::MAX;
    config.limits.invalid = u32::MAX;
    let bot = format!("Bot {}", config.bot_token);
    let discord = discord::Discord::start(config).await?;
    let x = x::X::start(x::Config::new(time.clocks())).await?;
    let oauth = "OAuth oauth_timestamp=\"-9223372036854775808\", oauth_consumer_key=\"stage-consumer-key\", \
                 oauth_token=\"1200000000000000001-stage-token\", oauth_signature_method=\"HMAC-SHA1\"";
    let odd = [
        "",
        "null",
        "0",
        "[]",
        "[[]]",
        "{}",
        "\"",
        "{\"channel\":[]}",
        "\u{0}",
        "%ff%00&=&blocks=%5B",
        "{\"channel\":\"C1\",\"text\":\"x\",\"blocks\":[0,null,[],{\"type\":\"actions\",\"elements\":[0,{}]}]}",
        "{\"channel\":\"C1\",\"text\":\"x\",\"blocks\":[{\"type\":\"divider\",\"accessory\":5,\"element\":[]}]}",
        "{\"content\":\"x\",\"embeds\":[0],\"components\":[0]}",
        "{\"embeds\":{},\"components\":7}",
        "{\"content\":\"<@\",\"components\":[{\"type\":1,\"components\":[[]]}],\"allowed_mentions\":{\"parse\":[1]}}",
        "{\"flags\":32768,\"components\":[{\"type\":9,\"components\":[{\"type\":10}]},{\"type\":17}]}",
        "{\"flags\":18446744073709551615,\"nonce\":-1,\"content\":\"x\",\"message_reference\":3}",
        "{\"view\":{\"type\":\"home\",\"blocks\":[]},\"user_id\":\"U1\",\"trigger_id\":{}}",
        "[{\"name\":\"x\",\"description\":\"x\",\"options\":[0]}]",
        "[0]",
        "{\"name\":\"x\",\"auto_archive_duration\":-1}",
    ];
    let calls = [
        (
            slack.slack.url(),
            vec![
                "/api/chat.postMessage",
                "/api/chat.update",
                "/api/chat.delete",
                "/api/views.open",
                "/api/views.publish",
                "/api/views.update",
                "/api/conversations.history?channel=C1&cursor=after-18446744073709551615",
                "/api/conversations.replies?ts=.&channel=C1&oldest=x.y.z",
                "/api/",
                "/",
                "/actions/x",
                "/api/%ff%00",
            ],
        ),
        (
            discord.url(),
            vec![
                "/api/v10/channels/1/messages",
                "/api/v10/channels/1/messages/1",
                "/api/v10/channels/1/messages/1/threads",
                "/api/v10/channels/99/messages",
                "/api/v10/channels/1/messages?limit=1&around=18446744073709551615&before=0",
                "/api/v10/applications/1100000000000000001/commands",
                "/api/v10/guilds/9/members/1/roles/1",
                "/api/v10/users/@me/channels",
                "/api/v10/webhooks/1100000000000000001/x/messages/@original",
                "/",
                "//%2F",
            ],
        ),
        (
            x.url(),
            vec![
                "/2/tweets",
                "/2/tweets/1",
                "/2/users/1200000000000000001/tweets?max_results=-1",
                "/2/users/1200000000000000001/tweets?since_id=18446744073709551616&start_time=x",
                "/2/tweets/search/recent?query=-%23&end_time=9999-12-31T23:59:60Z",
                "/2/tweets/search/recent?query=%23a%20OR%20",
            ],
        ),
    ];
    let mut answered = 0;
    for (url, paths) in &calls {
        for path in paths {
            for method in ["GET", "POST", "PATCH", "PUT", "DELETE"] {
                for body in odd {
                    for authorization in [
                        format!("Bearer {}", slack.token),
                        bot.clone(),
                        oauth.into(),
                        "Bearer stage-bearer-not-a-secret".into(),
                    ] {
                        let form = body.starts_with('%');
                        let kind =
                            if form { "application/x-www-form-urlencoded" } else { "application/json" };
                        let sent = slack
                            .http
                            .request(method.parse()?, format!("{url}{path}"))
                            .header("user-agent", "DiscordBot (https://example.com, 1)")
                            .header("content-type", kind)
                            .header("authorization", authorization)
                            .body(body)
                            .send()
                            .await;
                        let status =
                            sent.map_err(|e| anyhow::anyhow!("{method} {path} {body:?}: {e:?}"))?.status();
                        anyhow::ensure!(!status.is_server_error(), "{method} {path} {body:?}: {status}");
                        answered += 1;
                    }
                    time.pass(20_000);
                }
            }
        }
    }
    assert!(answered > 10_000, "{answered}");
    Ok(())
}

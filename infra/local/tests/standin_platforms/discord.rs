//! Discord.

use anyhow::{Context, Result};
use earshot::standin::discord::{Channel, Config, Discord, Limits, MANAGE_CHANNELS, Member, Role};
use earshot::standin::{Change, Person, StandIn};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ear, Heard, Time, client, long};

struct Room {
    time: Time,
    discord: Discord,
    ear: Ear,
    http: reqwest::Client,
    token: String,
}

const AGENT: &str = "DiscordBot (https://example.com, 1.0)";

async fn room_with(limits: Limits) -> Result<Room> {
    let time = Time::new();
    let mut config = Config::new(time.clocks());
    config.limits = limits;
    config.guilds = vec![("900".into(), "Kind people".into())];
    config.channels = vec![Channel::new("10", "smxchat", "900"), Channel::new("11", "lounge", "900")];
    config.channels.push(Channel { visible: false, ..Channel::new("12", "hidden", "900") });
    config.channels.push(Channel { writable: false, ..Channel::new("13", "rules", "900") });
    let role = |id: &str, assignable| Role {
        id: id.into(),
        name: "members".into(),
        guild: "900".into(),
        assignable,
    };
    config.roles = vec![role("70", true), role("71", false)];
    let member = |id: &str, name: &str, permissions| Member {
        person: Person::new(id, name, &name.to_lowercase()),
        roles: Vec::new(),
        permissions,
    };
    config.members = vec![member("501", "Ada", MANAGE_CHANNELS), member("502", "Bo", 0)];
    let token = config.bot_token.clone();
    let discord = Discord::start(config).await?;
    let ear = Ear::start().await?;
    discord.aim(&ear.url);
    Ok(Room { time, discord, ear, http: client()?, token })
}

async fn room() -> Result<Room> {
    room_with(Limits::default()).await
}

impl Room {
    async fn raw(&self, method: Method, path: &str, body: Option<Value>) -> Result<reqwest::Response> {
        let url = format!("{}{path}", self.discord.api_url());
        let mut request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bot {}", self.token))
            .header("user-agent", AGENT);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?)
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Result<(u16, Value)> {
        let response = self.raw(method, path, Some(body)).await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Sends after the channel has calmed down.
    async fn send(&self, body: Value) -> Result<(u16, Value)> {
        self.time.pass(5_000);
        self.call(Method::POST, "channels/10/messages", body).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.raw(Method::GET, path, None).await?.json().await?)
    }
}

fn id_of(sent: &(u16, Value)) -> Result<String> {
    Ok(sent.1["id"].as_str().with_context(|| format!("no id in {sent:?}"))?.to_owned())
}

fn buttons(ids: &[&str]) -> Value {
    let list: Vec<Value> =
        ids.iter().map(|id| json!({"type": 2, "style": 1, "label": "Press", "custom_id": id})).collect();
    json!({"type": 1, "components": list})
}

#[tokio::test]
async fn a_message_is_sent_edited_removed_and_seen() -> Result<()> {
    let room = room().await?;
    let mut changes = room.discord.changes();
    let sent =
        room.send(json!({"content": "Hello", "nonce": "n1", "allowed_mentions": {"parse": []}})).await?;
    assert_eq!((sent.0, sent.1["nonce"].as_str()), (200, Some("n1")));
    let id = id_of(&sent)?;
    let path = format!("channels/10/messages/{id}");
    let edited = room.call(Method::PATCH, &path, json!({"content": "Hello again"})).await?;
    assert_eq!(edited.1["content"], "Hello again");
    assert!(edited.1["edited_timestamp"].is_string());
    let read = room.get(&path).await?;
    assert_eq!((read["content"].as_str(), read.get("nonce")), (Some("Hello again"), None));
    assert_eq!(room.raw(Method::DELETE, &path, None).await?.status(), 204);
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let gone = room.call(method, &path, json!({"content": "?"})).await?;
        assert_eq!((gone.0, gone.1["code"].as_u64()), (404, Some(10008)));
    }
    let messages = room.discord.messages();
    assert!(messages[0].edited && messages[0].deleted && messages[0].author.bot);
    assert!(matches!(changes.recv().await?, Change::Posted { .. }));
    assert!(matches!(changes.recv().await?, Change::Edited { .. }));
    assert!(matches!(changes.recv().await?, Change::Deleted { .. }));
    assert_eq!(room.discord.requests()[0].headers["authorization"], "Bot ***");
    Ok(())
}

#[tokio::test]
async fn a_token_and_a_real_user_agent_are_asked_for() -> Result<()> {
    let room = room().await?;
    let url = format!("{}users/@me", room.discord.api_url());
    let agentless = room.http.get(&url).header("authorization", format!("Bot {}", room.token)).send().await?;
    assert_eq!(
        (agentless.status().as_u16(), agentless.json::<Value>().await?["code"].as_u64()),
        (403, Some(40333))
    );
    for header in ["", "Bot wrong", "Bearer stage-bot-not-a-secret"] {
        let refused =
            room.http.get(&url).header("user-agent", AGENT).header("authorization", header).send().await?;
        assert_eq!(refused.status(), 401, "{header}");
    }
    assert_eq!(room.get("users/@me").await?["username"], "earshot");
    let old = room.http.get(url.replace("v10", "v6")).header("user-agent", AGENT).send().await?;
    assert_eq!(old.json::<Value>().await?["code"], 50041);
    Ok(())
}

#[tokio::test]
async fn five_messages_in_five_seconds_and_channel() -> Result<()> {
    let room = room().await?;
    let send = async |channel: u32| {
        let path = format!("channels/{channel}/messages");
        room.raw(Method::POST, &path, Some(json!({"content": "x"}))).await
    };
    for left in (0..5).rev() {
        let sent = send(10).await?;
        assert_eq!(sent.status(), 200);
        assert_eq!(sent.headers()["x-ratelimit-limit"], "5");
        assert_eq!(sent.headers()["x-ratelimit-remaining"], left.to_string());
        assert_eq!(sent.headers()["x-ratelimit-reset-after"], "5.000");
        assert!(sent.headers().contains_key("x-ratelimit-bucket"));
    }
    room.time.pass(1_500);
    let sixth = send(10).await?;
    assert_eq!(sixth.status(), 429);
    assert_eq!(sixth.headers()["retry-after"], "4");
    assert_eq!(sixth.headers()["x-ratelimit-scope"], "user");
    assert_eq!(sixth.headers()["x-ratelimit-reset-after"], "3.500");
    let body: Value = sixth.json().await?;
    assert_eq!((body["retry_after"].as_f64(), body["global"].as_bool()), (Some(3.5), Some(false)));
    assert_eq!(send(11).await?.status(), 200, "another channel has its own bucket");
    room.time.pass(3_500);
    assert_eq!(send(10).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn fifty_calls_a_second_in_all() -> Result<()> {
    let room = room().await?;
    for _ in 0..50 {
        assert_eq!(room.raw(Method::GET, "users/@me", None).await?.status(), 200);
    }
    let more = room.raw(Method::GET, "users/@me", None).await?;
    assert_eq!(more.status(), 429);
    assert_eq!(
        (&more.headers()["x-ratelimit-global"], &more.headers()["x-ratelimit-scope"]),
        (&"true".parse()?, &"global".parse()?)
    );
    assert_eq!(more.json::<Value>().await?["global"], true);
    room.time.pass(1_000);
    assert_eq!(room.raw(Method::GET, "users/@me", None).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn too_many_refusals_ban_the_address() -> Result<()> {
    let room = room_with(Limits { invalid: 3, ..Limits::default() }).await?;
    for _ in 0..3 {
        assert_eq!(room.raw(Method::GET, "channels/12", None).await?.status(), 403);
    }
    let banned = room.raw(Method::GET, "users/@me", None).await?;
    assert_eq!(banned.status(), 429);
    assert!(!banned.headers().contains_key("retry-after"), "the edge gives no hint");
    room.time.pass(600_000);
    assert_eq!(room.raw(Method::GET, "users/@me", None).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_nonce_is_enforced_for_two_minutes() -> Result<()> {
    let room = room().await?;
    let body = |content: &str| json!({"content": content, "nonce": "same", "enforce_nonce": true});
    let first = room.send(body("one")).await?;
    let second = room.send(body("one, again")).await?;
    assert_eq!(id_of(&first)?, id_of(&second)?);
    assert_eq!(second.1["content"], "one", "the first message is returned");
    room.time.pass(100_000);
    assert_eq!(id_of(&room.send(body("still")).await?)?, id_of(&first)?);
    room.time.pass(15_000);
    assert_ne!(id_of(&room.send(body("forgotten")).await?)?, id_of(&first)?);
    assert_eq!(room.discord.messages().len(), 2);

    // Without enforcement a nonce is only an echo; after a removal it finds nothing.
    let loose = json!({"content": "x", "nonce": "loose"});
    assert_ne!(id_of(&room.send(loose.clone()).await?)?, id_of(&room.send(loose).await?)?);
    let gone = room.send(json!({"content": "x", "nonce": "gone", "enforce_nonce": true})).await?;
    room.raw(Method::DELETE, &format!("channels/10/messages/{}", id_of(&gone)?), None).await?;
    let again = room.send(json!({"content": "x", "nonce": "gone", "enforce_nonce": true})).await?;
    assert_eq!((again.0, again.1["code"].as_u64()), (404, Some(10008)));
    Ok(())
}

#[tokio::test]
async fn two_with_one_nonce_at_once_are_one() -> Result<()> {
    let room = room().await?;
    let body = json!({"content": "x", "nonce": "same", "enforce_nonce": true});
    let both = tokio::join!(
        room.call(Method::POST, "channels/10/messages", body.clone()),
        room.call(Method::POST, "channels/10/messages", body),
    );
    assert_eq!(id_of(&both.0?)?, id_of(&both.1?)?);
    assert_eq!(room.discord.messages().len(), 1);
    Ok(())
}

#[tokio::test]
async fn messages_have_bounds() -> Result<()> {
    let room = room().await?;
    let embed = |field: &str, value: Value| json!({"embeds": [{"description": "d", field: value}]});
    let embeds = |n: usize, size: usize| json!({"embeds": (0..n).map(|_| json!({"description": long(size)})).collect::<Vec<_>>()});
    let with = |components: Value| json!({"content": "x", "components": components});
    let v2 = |components: Value| json!({"flags": 32768, "components": components});
    let text = |n: usize| json!({"type": 10, "content": long(n)});
    let cases = [
        (json!({}), 50006),
        (json!({"content": " "}), 50006),
        (json!({"content": long(2000)}), 0),
        (json!({"content": long(2001)}), 50035),
        (json!({"content": 5}), 50035),
        (json!({"content": "x", "nonce": long(25)}), 0),
        (json!({"content": "x", "nonce": long(26)}), 50035),
        (embeds(10, 600), 0),
        (embeds(10, 601), 50035),
        (embeds(11, 1), 50035),
        (embed("title", json!(long(256))), 0),
        (embed("title", json!(long(257))), 50035),
        (embed("description", json!(long(4097))), 50035),
        (embed("footer", json!({"text": long(2049)})), 50035),
        (embed("author", json!({"name": long(257)})), 50035),
        (embed("author", json!({"name": "a", "icon_url": "ftp://x"})), 50035),
        (embed("fields", json!([{"name": "n", "value": long(1025)}])), 50035),
        (embed("fields", json!([{"name": "n"}])), 50035),
        (embed("fields", Value::Array((0..26).map(|_| json!({"name": "n", "value": "v"})).collect())), 50035),
        (embed("timestamp", json!("yesterday")), 50035),
        (embed("color", json!(0x0100_0000)), 50035),
        (with(json!([buttons(&["1", "2", "3", "4", "5"])])), 0),
        (with(json!([buttons(&["1", "2", "3", "4", "5", "6"])])), 50035),
        (with(Value::Array((0..6).map(|n: u32| buttons(&[&n.to_string()])).collect())), 50035),
        (with(json!([buttons(&["1", "1"])])), 50035),
        (with(json!([buttons(&[&long(100)])])), 0),
        (with(json!([buttons(&[&long(101)])])), 50035),
        (with(json!([buttons(&[""])])), 50035),
        (with(json!([{"type": 2, "style": 1, "label": "bare", "custom_id": "x"}])), 50035),
        (
            with(
                json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": long(81), "custom_id": "x"}]}]),
            ),
            50035,
        ),
        (
            with(
                json!([{"type": 1, "components": [{"type": 2, "style": 5, "label": "go", "url": "https://example.com"}]}]),
            ),
            0,
        ),
        (
            with(
                json!([{"type": 1, "components": [{"type": 2, "style": 5, "label": "go", "custom_id": "x"}]}]),
            ),
            50035,
        ),
        (with(json!([text(5)])), 50035),
        (v2(json!([text(4000)])), 0),
        (v2(json!([text(2001), text(2000)])), 50035),
        (v2(Value::Array((0..40).map(|_| text(1)).collect())), 0),
        (v2(Value::Array((0..41).map(|_| text(1)).collect())), 50035),
        (json!({"flags": 32768, "content": "x", "components": [text(1)]}), 50035),
        (json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["501"]}}), 50035),
        (json!({"content": "x", "allowed_mentions": {"parse": ["nonsense"]}}), 50035),
    ];
    for (body, code) in cases {
        let shown: String = body.to_string().chars().take(120).collect();
        let sent = room.send(body).await?;
        assert_eq!(sent.1["code"].as_u64().unwrap_or(0), code, "{shown} → {:?}", sent.1);
        assert_eq!(sent.0, if code == 0 { 200 } else { 400 });
    }
    let wrong = room.send(embed("title", json!(long(257)))).await?.1;
    assert_eq!(wrong["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    Ok(())
}

#[tokio::test]
async fn whom_a_message_notifies_follows_allowed_mentions() -> Result<()> {
    let room = room().await?;
    let loud = "@everyone <@501> <@!502> <@&70>";
    let with = |allowed: Value| json!({"content": loud, "allowed_mentions": allowed});
    let cases: [(Value, &[&str]); 6] = [
        (json!({"content": loud}), &["501", "502", "70", "@everyone"]),
        (with(json!({"parse": []})), &[]),
        (with(json!({"parse": ["users"]})), &["501", "502"]),
        (with(json!({"parse": [], "roles": ["70"]})), &["70"]),
        (with(json!({"users": ["502"]})), &["502"]),
        (json!({"embeds": [{"description": loud}]}), &[]),
    ];
    for (body, pings) in cases {
        room.send(body.clone()).await?;
        let messages = room.discord.messages();
        assert_eq!(messages.last().context("one")?.pings, pings, "{body}");
    }
    // An edit without allowed_mentions falls back to the defaults.
    let quiet = room.send(with(json!({"parse": []}))).await?;
    let path = format!("channels/10/messages/{}", id_of(&quiet)?);
    room.call(Method::PATCH, &path, json!({"content": "hi <@501>"})).await?;
    assert_eq!(room.discord.messages().last().context("one")?.pings, ["501"]);
    Ok(())
}

#[tokio::test]
async fn a_message_has_one_thread() -> Result<()> {
    let room = room().await?;
    let question = id_of(&room.send(json!({"content": "Q1"})).await?)?;
    let path = format!("channels/10/messages/{question}/threads");
    for bad in
        [json!({"name": ""}), json!({"name": long(101)}), json!({"name": "Q1", "auto_archive_duration": 61})]
    {
        assert_eq!(room.call(Method::POST, &path, bad).await?.1["code"], 50035);
    }
    let begun = room.call(Method::POST, &path, json!({"name": "Q1", "auto_archive_duration": 1440})).await?;
    assert_eq!(
        (begun.0, begun.1["id"].as_str(), begun.1["type"].as_u64()),
        (201, Some(question.as_str()), Some(11))
    );
    let again = room.call(Method::POST, &path, json!({"name": "Q1"})).await?;
    assert_eq!((again.0, again.1["code"].as_u64()), (400, Some(160_004)));
    let inside =
        room.call(Method::POST, &format!("channels/{question}/messages"), json!({"content": "A1"})).await?;
    assert_eq!(inside.0, 200);
    let message = room.discord.messages().pop().context("one")?;
    assert_eq!((message.channel.as_str(), message.thread.as_deref()), ("10", Some(question.as_str())));
    assert_eq!(room.get(&format!("channels/10/messages/{question}")).await?["flags"], 32);
    let unknown = room.call(Method::POST, "channels/10/messages/1/threads", json!({"name": "x"})).await?;
    assert_eq!(unknown.1["code"], 10008);
    room.call(Method::PATCH, &format!("channels/{question}"), json!({"locked": true})).await?;
    let locked =
        room.call(Method::POST, &format!("channels/{question}/messages"), json!({"content": "x"})).await?;
    assert_eq!(locked.1["code"], 50083);
    Ok(())
}

#[tokio::test]
async fn channels_and_roles_refuse_by_name() -> Result<()> {
    let room = room().await?;
    for (channel, status, code) in [("99999", 404, 10003), ("12", 403, 50001), ("13", 403, 50013)] {
        let sent =
            room.call(Method::POST, &format!("channels/{channel}/messages"), json!({"content": "x"})).await?;
        assert_eq!((sent.0, sent.1["code"].as_u64()), (status, Some(code)));
    }
    for (path, status, code) in [
        ("guilds/900/members/501/roles/70", 204, None),
        ("guilds/901/members/501/roles/70", 404, Some(10004)),
        ("guilds/900/members/999/roles/70", 404, Some(10007)),
        ("guilds/900/members/501/roles/79", 404, Some(10011)),
        ("guilds/900/members/501/roles/71", 403, Some(50013)),
    ] {
        let done = room.call(Method::PUT, path, json!({})).await?;
        assert_eq!((done.0, done.1["code"].as_u64()), (status, code), "{path}");
    }
    assert_eq!(room.discord.roles_of("900", "501"), ["70"]);
    room.call(Method::DELETE, "guilds/900/members/501/roles/70", json!({})).await?;
    assert!(room.discord.roles_of("900", "501").is_empty());
    let direct = room.call(Method::POST, "users/@me/channels", json!({"recipient_id": "501"})).await?;
    let channel = id_of(&direct)?;
    let sent =
        room.call(Method::POST, &format!("channels/{channel}/messages"), json!({"content": "psst"})).await?;
    assert_eq!(sent.0, 200);
    Ok(())
}

#[tokio::test]
async fn messages_are_listed_newest_first() -> Result<()> {
    let room = room().await?;
    let mut ids = Vec::new();
    for n in 0..6 {
        if n == 3 {
            room.time.move_chat(chrono::TimeDelta::hours(-1));
        }
        ids.push(id_of(&room.send(json!({"content": n.to_string()})).await?)?);
    }
    let numbers: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    assert!(numbers.is_sorted() && numbers.windows(2).all(|w| w[0] != w[1]));
    let contents = |page: Value| -> String {
        page.as_array().into_iter().flatten().filter_map(|m| m["content"].as_str()).collect()
    };
    assert_eq!(contents(room.get("channels/10/messages").await?), "543210");
    assert_eq!(contents(room.get("channels/10/messages?limit=2").await?), "54");
    assert_eq!(contents(room.get(&format!("channels/10/messages?limit=2&before={}", ids[3])).await?), "21");
    assert_eq!(contents(room.get(&format!("channels/10/messages?limit=2&after={}", ids[3])).await?), "54");
    assert_eq!(contents(room.get(&format!("channels/10/messages?limit=2&after={}", ids[1])).await?), "32");
    assert_eq!(contents(room.get(&format!("channels/10/messages?limit=3&around={}", ids[3])).await?), "432");
    assert_eq!(room.get("channels/10/messages?limit=101").await?["code"], 50035);
    assert_eq!(room.get("channels/10/messages?before=x").await?["code"], 50035);
    Ok(())
}

fn verify(room: &Room, heard: &Heard) -> Result<()> {
    let key: [u8; 32] =
        hex::decode(room.discord.public_key_hex())?.try_into().map_err(|_| anyhow::anyhow!("32 bytes"))?;
    let signature: [u8; 64] = hex::decode(heard.header("x-signature-ed25519"))?
        .try_into()
        .map_err(|_| anyhow::anyhow!("64 bytes"))?;
    let timestamp = heard.header("x-signature-timestamp");
    anyhow::ensure!(timestamp == room.time.real().timestamp().to_string(), "the real clock signs");
    let signed = [timestamp.as_bytes(), &heard.body].concat();
    VerifyingKey::from_bytes(&key)
        .and_then(|key| key.verify(&signed, &Signature::from_bytes(&signature)))
        .map_err(|error| anyhow::anyhow!("{error}"))
}

#[tokio::test]
async fn interactions_are_signed_and_complete() -> Result<()> {
    let room = room().await?;
    room.ear.will_answer(200, json!({"type": 1}));
    assert!(room.discord.ping().await?.1);
    verify(&room, &room.ear.last()?)?;
    room.discord.probe().await?;
    assert!(verify(&room, &room.ear.last()?).is_err(), "a probe is badly signed");

    room.ear.will_answer(200, json!({"type": 4, "data": {"content": "Welcome, Ada!", "flags": 64}}));
    let answer = room.discord.command("501", "10", "join", &[]).await?;
    assert_eq!((answer.status, answer.refused), (200, None));
    let heard = room.ear.last()?;
    verify(&room, &heard)?;
    let body = heard.json();
    assert_eq!(heard.path, "/discord/interactions");
    assert_eq!((body["type"].as_u64(), body["data"]["name"].as_str()), (Some(2), Some("join")));
    assert_eq!((body["guild_id"].as_str(), body["channel_id"].as_str()), (Some("900"), Some("10")));
    assert_eq!(body["member"]["user"]["id"], "501");
    let permissions: u64 = body["member"]["permissions"].as_str().context("a string")?.parse()?;
    assert_ne!(permissions & MANAGE_CHANNELS, 0);
    for field in ["id", "application_id", "token", "version", "app_permissions", "context", "locale"] {
        assert!(!body[field].is_null(), "{field}");
    }
    assert!(!body["member"]["flags"].is_null());
    let shown = room.discord.messages();
    assert_eq!(shown[0].ephemeral_for.as_deref(), Some("501"));
    assert!(
        room.get("channels/10/messages").await?.as_array().is_some_and(Vec::is_empty),
        "nobody else sees it"
    );

    for (status, body) in [
        (500, Value::Null),
        (200, json!({"type": 4, "data": {}})),
        (200, json!({"type": 7, "data": {}})),
        (200, json!({})),
    ] {
        room.ear.will_answer(status, body);
        assert!(room.discord.command("502", "10", "when", &[]).await?.refused.is_some());
    }
    Ok(())
}

#[tokio::test]
async fn registered_commands_bound_what_can_be_typed() -> Result<()> {
    let room = room().await?;
    let application = "applications/1100000000000000001/commands";
    let connect = json!({"name": "connect", "description": "Join the two", "options": [
        {"type": 3, "name": "code", "description": "From Slack", "required": true}
    ]});
    let registered = room.call(Method::PUT, application, json!([connect])).await?;
    assert_eq!(registered.0, 200, "{}", registered.1);
    let id = registered.1[0]["id"].clone();
    assert!(room.discord.command("501", "10", "nonsense", &[]).await.is_err());
    assert!(room.discord.command("501", "10", "connect", &[]).await.is_err(), "the code is required");
    assert!(room.discord.command("501", "10", "connect", &[("other", json!("x"))]).await.is_err());
    room.discord.command("501", "10", "connect", &[("code", json!("K7"))]).await?;
    let data = room.ear.last()?.json()["data"].clone();
    assert_eq!(data["options"], json!([{"name": "code", "type": 3, "value": "K7"}]));
    assert_eq!(data["id"], id);
    let again = room.call(Method::PUT, application, json!([connect])).await?;
    assert_eq!(again.1[0]["id"], id, "a command keeps its id");
    let bad = |command: Value| json!([command]);
    for (commands, what) in [
        (bad(json!({"name": "Upper", "description": "x"})), "upper case"),
        (bad(json!({"name": long(33), "description": "x"})), "a long name"),
        (bad(json!({"name": "x", "description": long(101)})), "a long description"),
        (bad(json!({"name": "x", "description": ""})), "no description"),
        (json!([{"name": "x", "description": "x"}, {"name": "x", "description": "y"}]), "a name twice"),
        (
            bad(
                json!({"name": "x", "description": "x", "options": (0..26).map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "d"})).collect::<Vec<_>>()}),
            ),
            "26 options",
        ),
    ] {
        assert_eq!(room.call(Method::PUT, application, commands).await?.1["code"], 50035, "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn an_interaction_can_be_followed_up_for_fifteen_minutes() -> Result<()> {
    let room = room().await?;
    room.ear.will_answer(200, json!({"type": 5, "data": {"flags": 64}}));
    room.discord.command("501", "10", "when", &[]).await?;
    let token = room.ear.last()?.json()["token"].as_str().context("token")?.to_owned();
    let path = format!("webhooks/1100000000000000001/{token}/messages/@original");
    let url = format!("{}{path}", room.discord.api_url());
    // No bot token is asked for here.
    let patch = |text: &'static str| {
        room.http.patch(&url).header("user-agent", AGENT).json(&json!({"content": text})).send()
    };
    assert_eq!(patch("Tuesday").await?.status(), 200);
    let shown = room.discord.messages();
    assert_eq!(
        (shown.len(), shown[0].payload["content"].as_str(), shown[0].edited),
        (1, Some("Tuesday"), false)
    );
    assert_eq!(shown[0].ephemeral_for.as_deref(), Some("501"));
    assert_eq!(patch("Wednesday").await?.status(), 200);
    assert!(room.discord.messages()[0].edited);
    room.time.pass(15 * 60 * 1000 + 1);
    let late = patch("Thursday").await?;
    assert_eq!((late.status().as_u16(), late.json::<Value>().await?["code"].as_u64()), (401, Some(50027)));
    let unknown = room
        .call(Method::PATCH, "webhooks/1100000000000000001/nonsense/messages/@original", json!({}))
        .await?;
    assert_eq!((unknown.0, unknown.1["code"].as_u64()), (404, Some(10015)));
    Ok(())
}

#[tokio::test]
async fn events_have_bounds_and_there_are_a_hundred_at_most() -> Result<()> {
    let room = room_with(Limits { channel: 1_000, global: 5_000, ..Limits::default() }).await?;
    let at = |minutes: i64| (room.time.real() + chrono::TimeDelta::minutes(minutes)).to_rfc3339();
    let event = |name: &str| {
        json!({
            "name": name, "entity_type": 3, "privacy_level": 2, "entity_metadata": {"location": "here"},
            "scheduled_start_time": at(60), "scheduled_end_time": at(120),
        })
    };
    let path = "guilds/900/scheduled-events";
    let code = |sent: &(u16, Value)| (sent.0, sent.1["code"].as_u64());
    for (key, value) in [
        ("name", json!("x".repeat(101))),
        ("description", json!("x".repeat(1_001))),
        ("entity_metadata", json!({"location": "x".repeat(101)})),
        ("scheduled_start_time", json!(at(-1))),
        ("scheduled_end_time", json!(at(30))),
        ("scheduled_end_time", Value::Null),
        ("privacy_level", json!(1)),
    ] {
        let mut wrong = event("One");
        wrong[key] = value;
        assert_eq!(code(&room.call(Method::POST, path, wrong).await?), (400, Some(50035)), "{key}");
    }
    let one = room.call(Method::POST, path, event("One")).await?;
    let one = format!("{path}/{}", one.1["id"].as_str().context("an id")?);
    assert_eq!(room.call(Method::PATCH, &one, json!({"name": "Two"})).await?.1["name"], "Two");
    assert_eq!(code(&room.call(Method::PATCH, &one, json!({"status": 3})).await?), (400, Some(50035)));
    assert_eq!(room.call(Method::PATCH, &one, json!({"status": 4})).await?.0, 200);
    assert_eq!(code(&room.call(Method::PATCH, &one, json!({"status": 1})).await?), (404, Some(10070)));
    for n in 0..100 {
        assert_eq!(room.call(Method::POST, path, event(&n.to_string())).await?.0, 200);
    }
    assert_eq!(code(&room.call(Method::POST, path, event("more")).await?), (400, Some(30038)));
    assert_eq!(room.get(path).await?.as_array().context("a list")?.len(), 100);
    // They begin and end by the clock.
    room.time.move_chat(chrono::TimeDelta::minutes(121));
    assert_eq!(room.get(path).await?.as_array().context("a list")?.len(), 0);
    room.discord.allow_events(false);
    assert_eq!(code(&room.call(Method::POST, path, event("One")).await?), (403, Some(50013)));
    Ok(())
}

#[tokio::test]
async fn events_of_a_server_have_a_pace() -> Result<()> {
    let room = room().await?;
    for n in 0..6 {
        let path = "guilds/900/scheduled-events/1";
        let answer = room.call(Method::PATCH, path, json!({})).await?;
        assert_eq!(answer.0, if n < 5 { 404 } else { 429 });
    }
    Ok(())
}

#[tokio::test]
async fn a_file_ends_a_reply_unless_it_is_too_large() -> Result<()> {
    let room = room().await?;
    room.ear.will_answer(200, json!({"type": 5, "data": {"flags": 64}}));
    room.discord.command("501", "10", "when", &[]).await?;
    let token = room.ear.last()?.json()["token"].as_str().context("token")?.to_owned();
    let url = format!("{}webhooks/1100000000000000001/{token}/messages/@original", room.discord.api_url());
    let form = |file: &str, id: &str| {
        let json = json!({"content": "Here.", "attachments": [{"id": id, "filename": "a.json"}]});
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n\
             {json}\r\n--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.json\"\r\n\r\n\
             {file}\r\n--b--\r\n"
        )
    };
    let send = |body: String| {
        let request = room.http.patch(&url).header("user-agent", AGENT);
        request.header("content-type", "multipart/form-data; boundary=b").body(body).send()
    };
    let code = async |body: String| -> Result<(u16, Option<u64>)> {
        let answer = send(body).await?;
        Ok((answer.status().as_u16(), answer.json::<Value>().await?["code"].as_u64()))
    };
    assert_eq!(code(form(&"x".repeat((10 << 20) + 1), "0")).await?, (413, Some(40005)));
    assert_eq!(code(form("{}", "1")).await?, (400, Some(50035)), "an attachment needs its file");
    assert_eq!(code("--b\r\nnonsense".to_owned()).await?, (400, Some(50109)));
    assert_eq!(room.discord.file("501"), None);
    assert_eq!(send(form("{\"a\":1}\r\n", "0")).await?.status(), 200);
    assert_eq!(room.discord.file("501"), Some(("a.json".to_owned(), "{\"a\":1}\r\n".to_owned())));
    let shown = room.discord.messages();
    assert_eq!(shown[0].payload["attachments"][0]["size"].as_u64(), Some(9));
    assert_eq!(shown[0].ephemeral_for.as_deref(), Some("501"), "an ephemeral reply stays one");
    room.time.pass(15 * 60 * 1000 + 1);
    assert_eq!(code(form("{}", "0")).await?, (401, Some(50027)));
    Ok(())
}

#[tokio::test]
async fn a_button_opens_a_form_and_the_form_is_sent() -> Result<()> {
    let room = room().await?;
    let question =
        id_of(&room.send(json!({"content": "Q1", "components": [buttons(&["answer:q1"])]})).await?)?;
    let label = |custom_id: &str| {
        json!({"type": 18, "label": "Your answer", "component":
        {"type": 4, "custom_id": custom_id, "style": 2, "max_length": 10}})
    };
    let modal = |title: &str| json!({"type": 9, "data": {"title": title, "custom_id": "form:q1", "components": [label("text")]}});
    room.ear.will_answer(200, modal(&long(46)));
    assert!(
        room.discord.press("502", "10", &question, "answer:q1").await?.refused.is_some(),
        "46 is too long a title"
    );
    assert!(room.discord.press("502", "10", &question, "nonsense").await.is_err());
    room.ear.will_answer(200, modal("Q1"));
    assert_eq!(room.discord.press("502", "10", &question, "answer:q1").await?.refused, None);
    let body = room.ear.last()?.json();
    assert_eq!((body["type"].as_u64(), body["data"]["custom_id"].as_str()), (Some(3), Some("answer:q1")));
    assert_eq!(body["message"]["id"], question.as_str());
    assert_eq!(room.discord.modal("502").context("open")?["custom_id"], "form:q1");
    assert!(room.discord.submit("502", "form:q1", &[("text", "far too long for it")]).await.is_err());
    assert!(room.discord.submit("501", "form:q1", &[("text", "yes")]).await.is_err(), "not their form");
    room.ear.will_answer(200, json!({"type": 6}));
    let answer = room.discord.submit("502", "form:q1", &[("text", "yes")]).await?;
    assert_eq!(answer.refused, None);
    let body = room.ear.last()?.json();
    assert_eq!(body["type"], 5);
    assert_eq!(body["data"]["components"][0]["component"]["value"], "yes");
    assert_eq!(body["message"]["id"], question.as_str());
    assert!(room.discord.modal("502").is_none());

    // Type 7 changes the message that was pressed.
    room.ear.will_answer(200, json!({"type": 7, "data": {"content": "Q1, answered", "components": []}}));
    room.discord.press("501", "10", &question, "answer:q1").await?;
    assert_eq!(room.discord.messages()[0].payload["content"], "Q1, answered");
    assert!(room.discord.press("501", "10", &question, "answer:q1").await.is_err(), "the button is gone");
    Ok(())
}

#[tokio::test]
async fn commands_are_listed_as_discord_writes_them_and_removed_by_id() -> Result<()> {
    let room = room().await?;
    let application = "applications/1100000000000000001/commands";
    let list =
        async || -> Result<Value> { Ok(room.raw(Method::GET, application, None).await?.json().await?) };
    assert_eq!(list().await?, json!([]));
    let connect = json!({
        "name": "connect", "description": "Join the two", "default_member_permissions": 16,
        "options": [{"type": 3, "name": "code", "description": "From Slack", "required": true, "autocomplete": false}],
    });
    let when = json!({"name": "when", "description": "The dates"});
    room.call(Method::PUT, application, json!([connect, when])).await?;
    let listed = list().await?;
    assert_eq!(listed[0]["default_member_permissions"], "16", "as text");
    assert!(listed[1]["default_member_permissions"].is_null());
    assert_eq!(
        listed[0]["options"],
        json!([{"type": 3, "name": "code", "description": "From Slack", "required": true}]),
        "a flag that is not set is left out"
    );
    let id = listed[0]["id"].as_str().context("id")?.to_owned();
    for status in [204, 404] {
        let gone = room.raw(Method::DELETE, &format!("{application}/{id}"), None).await?;
        assert_eq!(gone.status(), status);
    }
    let gone = room.raw(Method::DELETE, &format!("{application}/{id}"), None).await?;
    assert_eq!(gone.json::<Value>().await?["code"], 10063);
    assert_eq!(list().await?[0]["name"], "when", "the other one stays");
    assert_eq!(room.call(Method::GET, "applications/42/commands", json!(null)).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn the_application_names_its_key_and_its_endpoint() -> Result<()> {
    let room = room().await?;
    let application: Value = room.raw(Method::GET, "applications/@me", None).await?.json().await?;
    assert_eq!(application["verify_key"], room.discord.public_key_hex().as_str());
    assert_eq!(application["id"], "1100000000000000001");
    assert!(application["interactions_endpoint_url"].is_null(), "nobody entered one");
    let url = format!("{}applications/@me", room.discord.api_url());
    let stranger = room.http.get(url).header("user-agent", AGENT).header("authorization", "Bot another");
    assert_eq!(stranger.send().await?.status(), 401);
    Ok(())
}

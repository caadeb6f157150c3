//! X.

use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use earshot::standin::x::{Bill, Config, Delivered, Draft, Hidden, Names, Picture, Registered, Rule, X};
use earshot::standin::{Change, Person, StandIn};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ear, Time, client, long};

struct Room {
    time: Time,
    x: X,
    ear: Ear,
    http: reqwest::Client,
    config: Config,
    nonce: std::cell::Cell<u32>,
}

async fn room_with(change: impl FnOnce(&mut Config)) -> Result<Room> {
    let time = Time::new();
    let mut config = Config::new(time.clocks());
    config.people = vec![Person::new("21", "Ada Byron", "ada"), Person::new("22", "Bo", "bo")];
    config.people[0].avatar = Some("https://example.com/ada.png".into());
    config.rules = vec![Rule::hashtag("7001", "SMXChat")];
    config.echo = None;
    change(&mut config);
    let x = X::start(config.clone()).await?;
    let ear = Ear::start().await?;
    x.aim(&ear.url);
    Ok(Room { time, x, ear, http: client()?, config, nonce: std::cell::Cell::new(0) })
}

async fn room() -> Result<Room> {
    room_with(|_| ()).await
}

/// Written for the test alone: RFC 3986 by way of the form encoding.
fn encode(text: &str) -> String {
    let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    form.replace('+', "%20").replace('*', "%2A").replace("%7E", "~")
}

impl Room {
    fn oauth(&self, method: &str, url: &str, query: &[(&str, &str)], secret: &str) -> Result<String> {
        self.nonce.set(self.nonce.get() + 1);
        let nonce = format!("nonce+{}", self.nonce.get());
        let timestamp = self.time.real().timestamp().to_string();
        let fields = [
            ("oauth_consumer_key", self.config.consumer_key.as_str()),
            ("oauth_nonce", &nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_token", &self.config.access_token),
            ("oauth_version", "1.0"),
        ];
        let mut all: Vec<String> =
            fields.iter().chain(query).map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        all.sort();
        let base = format!("{method}&{}&{}", encode(url), encode(&all.join("&")));
        let key = format!("{}&{}", encode(&self.config.consumer_secret), encode(secret));
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key.as_bytes())?;
        mac.update(base.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        let shown: Vec<String> = fields
            .iter()
            .chain(&[("oauth_signature", signature.as_str())])
            .map(|(k, v)| format!("{}=\"{}\"", encode(k), encode(v)))
            .collect();
        Ok(format!("OAuth {}", shown.join(", ")))
    }

    async fn user(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<reqwest::Response> {
        let url = format!("{}{path}", self.x.api_url());
        let header = self.oauth(method.as_str(), &url, query, &self.config.access_token_secret)?;
        let mut request = self.http.request(method, url).header("authorization", header);
        if !query.is_empty() {
            request = request.query(query);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?)
    }

    async fn tweet(&self, body: Value) -> Result<(u16, Value)> {
        let sent = self.user(Method::POST, "2/tweets", &[], Some(body)).await?;
        Ok((sent.status().as_u16(), sent.json().await?))
    }

    async fn read(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("{}{path}", self.x.api_url());
        Ok(self
            .http
            .get(url)
            .bearer_auth(&self.config.bearer_token)
            .query(query)
            .send()
            .await?
            .json()
            .await?)
    }
}

#[tokio::test]
async fn a_post_is_made_found_and_removed() -> Result<()> {
    let room = room().await?;
    let mut changes = room.x.changes();
    let (status, made) = room.tweet(json!({"text": "Q1. Tea & cake? #SMXChat"})).await?;
    assert_eq!((status, made["data"]["text"].as_str()), (201, Some("Q1. Tea &amp; cake? #SMXChat")));
    let id = made["data"]["id"].as_str().context("id")?.to_owned();
    let path = format!("2/users/{}/tweets", room.config.account.id);
    let found = room.read(&path, &[("max_results", "5"), ("tweet.fields", "created_at,author_id")]).await?;
    assert_eq!(found["data"][0]["id"], id.as_str());
    assert_eq!(found["data"][0]["author_id"], room.config.account.id.as_str());
    assert_eq!(found["meta"]["result_count"], 1);
    let me = room.user(Method::GET, "2/users/me", &[("user.fields", "created_at")], None).await?;
    assert_eq!(me.json::<Value>().await?["data"]["username"], "earshot_host");
    let gone = room.user(Method::DELETE, &format!("2/tweets/{id}"), &[], None).await?;
    assert_eq!(gone.json::<Value>().await?, json!({"data": {"deleted": true}}));
    assert_eq!(room.read(&path, &[]).await?["meta"]["result_count"], 0);
    assert!(matches!(changes.recv().await?, Change::Posted { .. }));
    assert!(matches!(changes.recv().await?, Change::Deleted { .. }));
    let seen = &room.x.requests()[0];
    assert_eq!((seen.path.as_str(), seen.headers["authorization"].as_str()), ("/2/tweets", "OAuth ***"));
    Ok(())
}

#[tokio::test]
async fn the_oauth_signature_is_recomputed() -> Result<()> {
    let room = room().await?;
    let url = format!("{}2/tweets", room.x.api_url());
    let send = |header: String| {
        room.http.post(&url).header("authorization", header).json(&json!({"text": "x"})).send()
    };
    let wrong = room.oauth("POST", &url, &[], "another secret")?;
    assert_eq!(send(wrong).await?.status(), 401);
    let other_method = room.oauth("GET", &url, &[], &room.config.access_token_secret)?;
    assert_eq!(send(other_method).await?.status(), 401);
    let right = room.oauth("POST", &url, &[], &room.config.access_token_secret)?;
    assert_eq!(send(right.clone()).await?.status(), 201);
    assert_eq!(send(right).await?.status(), 401, "a nonce works once");
    let stale = room.oauth("POST", &url, &[], &room.config.access_token_secret)?;
    room.time.pass(301_000);
    assert_eq!(send(stale).await?.status(), 401, "the timestamp is old");
    for header in ["", "OAuth nonsense", "OAuth a=\"1\", a=\"2\"", "Bearer wrong"] {
        assert_eq!(send(header.into()).await?.status(), 401, "{header}");
    }
    let app = send(format!("Bearer {}", room.config.bearer_token)).await?;
    assert_eq!(app.status(), 403, "an app does not post");
    // Parameters of the query are part of what is signed.
    let timeline = format!("2/users/{}/tweets", room.config.account.id);
    let read = room
        .user(Method::GET, &timeline, &[("max_results", "5"), ("tweet.fields", "created_at,author_id")], None)
        .await?;
    assert_eq!(read.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_body_has_known_fields_only() -> Result<()> {
    let room = room().await?;
    for body in [
        json!({"text": "x", "nonce": "1"}),
        json!({"text": "x", "reply": {"in_reply_to": "1"}}),
        json!({"text": "x", "reply_settings": "everyone"}),
        json!({"text": " "}),
        json!({"text": 5}),
        json!({}),
        json!([]),
    ] {
        let (status, problem) = room.tweet(body.clone()).await?;
        assert_eq!((status, problem["title"].as_str()), (400, Some("Invalid Request")), "{body}");
    }
    assert_eq!(room.tweet(json!({"text": long(25_000)})).await?.0, 201);
    assert_eq!(room.tweet(json!({"text": long(25_001)})).await?.0, 403);
    assert_eq!(
        room.tweet(json!({"text": "x", "quote_tweet_id": "1"})).await?.0,
        403,
        "quoting is for Enterprise"
    );
    Ok(())
}

#[tokio::test]
async fn the_same_text_is_refused_for_a_day_of_the_chats_clock() -> Result<()> {
    let room = room().await?;
    let body = json!({"text": "Kettle on! #SMXChat"});
    assert_eq!(room.tweet(body.clone()).await?.0, 201);
    let (status, problem) = room.tweet(body.clone()).await?;
    assert_eq!(status, 403);
    assert_eq!(
        problem,
        json!({"detail": "You are not allowed to create a Tweet with duplicate content.", "type": "about:blank",
               "title": "Forbidden", "status": 403})
    );
    room.time.move_chat(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(room.tweet(body.clone()).await?.0, 403);
    room.time.move_chat(TimeDelta::seconds(1));
    assert_eq!(room.tweet(body).await?.0, 201);
    Ok(())
}

#[tokio::test]
async fn a_hundred_posts_in_fifteen_minutes() -> Result<()> {
    let room = room().await?;
    for n in 0..100 {
        let sent = room.user(Method::POST, "2/tweets", &[], Some(json!({"text": format!("n{n}")}))).await?;
        assert_eq!(sent.status(), 201);
        assert_eq!(sent.headers()["x-rate-limit-limit"], "100");
        assert_eq!(sent.headers()["x-rate-limit-remaining"], (99 - n).to_string());
        assert_eq!(sent.headers()["x-app-limit-24hour-limit"], "10000");
    }
    let reset = (room.time.real().timestamp() + 900).to_string();
    let more = room.user(Method::POST, "2/tweets", &[], Some(json!({"text": "more"}))).await?;
    assert_eq!(
        (more.status().as_u16(), more.headers()["x-rate-limit-reset"].to_str()?),
        (429, reset.as_str())
    );
    assert_eq!(more.json::<Value>().await?["title"], "Too Many Requests");
    room.time.pass(900_000);
    assert_eq!(room.tweet(json!({"text": "more"})).await?.0, 201);
    Ok(())
}

#[tokio::test]
async fn ten_thousand_posts_a_day_and_app() -> Result<()> {
    let room = room_with(|c| c.limits.create_per_day = 2).await?;
    let mut seen = Vec::new();
    for n in 0..3 {
        seen.push(room.tweet(json!({"text": format!("n{n}")})).await?.0);
    }
    assert_eq!(seen, [201, 201, 429]);
    Ok(())
}

#[tokio::test]
async fn reading_has_its_limits_too() -> Result<()> {
    let room = room_with(|c| {
        c.limits.search_user = 1;
        c.limits.timeline = 1;
        c.limits.me = 1;
        c.limits.delete = 1;
    })
    .await?;
    let account = room.config.account.id.clone();
    for (method, path, query) in [
        (Method::GET, "2/users/me".to_owned(), vec![]),
        (Method::GET, format!("2/users/{account}/tweets"), vec![]),
        (Method::GET, "2/tweets/search/recent".to_owned(), vec![("query", "#smxchat")]),
        (Method::DELETE, "2/tweets/1".to_owned(), vec![]),
    ] {
        let first = room.user(method.clone(), &path, &query, None).await?.status().as_u16();
        assert_ne!(first, 429, "{path}");
        assert_eq!(room.user(method, &path, &query, None).await?.status(), 429, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reply_needs_a_summons() -> Result<()> {
    let room = room().await?;
    let plain = room.x.put("21", Draft::text("A1 tea"))?;
    let summoned = room.x.put("21", Draft::text("@earshot_host what time?"))?;
    let reply = |to: &str, text: &str| json!({"text": text, "reply": {"in_reply_to_tweet_id": to}});
    let (status, problem) = room.tweet(reply(&plain, "no")).await?;
    assert_eq!(status, 403);
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|d| d.starts_with("Reply to this conversation is not allowed"))
    );
    let (status, made) = room.tweet(reply(&summoned, "8pm")).await?;
    assert_eq!(status, 201);
    let own = made["data"]["id"].as_str().context("id")?;
    assert_eq!(room.tweet(reply(own, "London time")).await?.0, 201);
    assert_eq!(room.tweet(reply("1", "gone")).await?.0, 403);
    Ok(())
}

#[tokio::test]
async fn a_matching_post_reaches_the_webhook_signed() -> Result<()> {
    let room = room().await?;
    let q = room.x.put(&room.config.account.id, Draft::text("Q1. Tea or coffee? #SMXChat"))?;
    let text = "A1 Tea & <cake> @bo see https://example.com/a?b=1. #smxchat #Tea";
    let posted = room.x.post_as("21", text, Some(&q)).await?;
    assert!(matches!(posted.delivered, Delivered::Answered(ref a) if a.status == 200));
    let heard = room.ear.last()?;
    assert_eq!(heard.path, "/x/webhook");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(room.config.consumer_secret.as_bytes())?;
    mac.update(&heard.body);
    let expected = format!("sha256={}", BASE64.encode(mac.finalize().into_bytes()));
    assert_eq!(heard.header("x-twitter-webhooks-signature"), expected);
    let body = heard.json();
    let data = &body["data"];
    assert_eq!((data["id"].as_str(), data["author_id"].as_str()), (Some(posted.id.as_str()), Some("21")));
    assert_eq!(data["edit_history_tweet_ids"], json!([posted.id]));
    assert_eq!(data["referenced_tweets"], json!([{"type": "replied_to", "id": q}]));
    assert_eq!(data["conversation_id"], q.as_str());
    assert_eq!(body["matching_rules"], json!([{"id": "7001", "tag": "smxchat"}]));
    assert_eq!(body["includes"]["users"][0]["username"], "ada");
    assert_eq!(body["includes"]["users"][0]["profile_image_url"], "https://example.com/ada.png");
    // What the indices cut out is what they name.
    let shown: Vec<char> = data["text"].as_str().context("text")?.chars().collect();
    let cut = |entity: &Value| -> String {
        let (start, end) = (entity["start"].as_u64().unwrap_or(0), entity["end"].as_u64().unwrap_or(0));
        shown[start as usize..end as usize].iter().collect()
    };
    let entities = &data["entities"];
    assert!(shown.iter().collect::<String>().starts_with("A1 Tea &amp; &lt;cake&gt; @bo see https://t.co/"));
    assert_eq!(cut(&entities["hashtags"][0]), "#smxchat");
    assert_eq!(cut(&entities["hashtags"][1]), "#Tea");
    assert_eq!(cut(&entities["mentions"][0]), "@bo");
    assert_eq!(entities["urls"][0]["expanded_url"], "https://example.com/a?b=1");
    assert_eq!(cut(&entities["urls"][0]), entities["urls"][0]["url"].as_str().context("url")?);

    // Without the hashtag, or passed on, it is not the stream's.
    assert_eq!(room.x.post_as("21", "elsewhere", None).await?.delivered, Delivered::No);
    let repost = Draft { reposts: Some(posted.id.clone()), ..Draft::default() };
    assert_eq!(room.x.post("22", repost).await?.delivered, Delivered::No);
    room.x.set_webhook(false);
    assert_eq!(room.x.post_as("21", "off #smxchat", None).await?.delivered, Delivered::No);
    Ok(())
}

#[tokio::test]
async fn long_posts_pictures_and_edits_look_as_on_x() -> Result<()> {
    let room = room().await?;
    let text = format!("{} #smxchat", long(400));
    let posted = room.x.post_as("21", &text, None).await;
    assert_eq!(room.ear.heard().len(), 1, "the hashtag beyond the cut still matches");
    let body = room.ear.last()?.json();
    assert_eq!(body["data"]["note_tweet"]["text"], text.as_str());
    assert_eq!(body["data"]["note_tweet"]["entities"]["hashtags"][0]["tag"], "smxchat");
    assert!(body["data"]["text"].as_str().is_some_and(|t| t.contains("… https://t.co/")));
    let id = posted?.id;

    let draft = Draft {
        quotes: Some(id.clone()),
        pictures: vec![Picture { url: "https://example.com/p.jpg".into(), alt: Some("a kettle".into()) }],
        ..Draft::text("look #smxchat")
    };
    let second = room.x.post("22", draft).await?;
    let body = room.ear.last()?.json();
    assert_eq!(body["includes"]["media"][0]["alt_text"], "a kettle");
    assert_eq!(body["data"]["attachments"]["media_keys"][0], body["includes"]["media"][0]["media_key"]);
    assert_eq!(body["includes"]["tweets"][0]["id"], id.as_str());
    assert_eq!(body["includes"]["users"].as_array().map(Vec::len), Some(2));

    let edited = room.x.edit_as("22", &second.id, "look again #smxchat").await?;
    let body = room.ear.last()?.json();
    assert_eq!(body["data"]["edit_history_tweet_ids"], json!([second.id, edited.id]));
    let shown = room.x.messages();
    assert_eq!((shown.len(), shown[1].edited), (2, true));
    assert!(room.x.edit_as("21", &edited.id, "not mine").await.is_err());
    let told = room.x.delete_as("22", &edited.id, true).await?;
    assert!(told.is_some());
    assert_eq!(room.ear.last()?.json()["data"]["event_type"], "post.delete");
    assert!(room.x.messages()[1].deleted);
    Ok(())
}

#[tokio::test]
async fn a_post_is_edited_five_times_within_an_hour() -> Result<()> {
    let room = room().await?;
    let mut id = room.x.post_as("21", "version 0 #smxchat", None).await?.id;
    let first = id.clone();
    for n in 1..=5 {
        id = room.x.edit_as("21", &id, &format!("version {n} #smxchat")).await?.id;
    }
    assert!(room.x.edit_as("21", &id, "version 6 #smxchat").await.is_err());
    let history = room.ear.last()?.json()["data"]["edit_history_tweet_ids"].clone();
    assert_eq!((history.as_array().map(Vec::len), history[0].as_str()), (Some(6), Some(first.as_str())));
    let late = room.x.post_as("21", "of an hour ago #smxchat", None).await?.id;
    room.time.move_chat(TimeDelta::seconds(3_601));
    assert!(room.x.edit_as("21", &late, "too late #smxchat").await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_older_api_tells_of_removals_and_handles_change() -> Result<()> {
    let room = room().await?;
    let id = room.x.post_as("21", "A1 #smxchat", None).await?.id;
    room.x.rename("21", "another_name")?;
    assert!(room.x.rename("99", "nobody").is_err());
    room.x.post_as("21", "A2 #smxchat", None).await?;
    let body = room.ear.last()?.json();
    assert_eq!(
        (&body["includes"]["users"][0]["username"], &body["data"]["author_id"]),
        (&json!("another_name"), &json!("21"))
    );
    assert!(room.x.delete_as_of_old("22", &id).await.is_err(), "somebody else's");
    room.x.delete_as_of_old("21", &id).await?;
    let body = room.ear.last()?.json();
    assert_eq!(body["for_user_id"], "21");
    assert_eq!(body["tweet_delete_events"][0]["status"], json!({"id": id, "user_id": "21"}));
    assert!(body["tweet_delete_events"][0]["timestamp_ms"].is_string());
    assert!(room.x.messages().iter().find(|m| m.id == id).is_some_and(|m| m.deleted));
    Ok(())
}

#[tokio::test]
async fn the_activity_api_and_the_new_names() -> Result<()> {
    let room = room_with(|c| c.names = Names::Post).await?;
    let posted = room.x.post_activity("21", "A1 #smxchat", None).await?;
    let body = room.ear.last()?.json();
    assert_eq!(body["data"]["event_type"], "post.create");
    assert_eq!(body["data"]["filter"]["user_id"], "21");
    assert_eq!(body["data"]["payload"]["id"], posted.id.as_str());
    assert_eq!(body["data"]["payload"]["edit_history_post_ids"], json!([posted.id]));
    assert_eq!(body["data"]["includes"]["posts"][0]["id"], posted.id.as_str());
    Ok(())
}

#[tokio::test]
async fn the_challenge_is_checked() -> Result<()> {
    let room = room().await?;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(room.config.consumer_secret.as_bytes())?;
    mac.update(b"abc/+=");
    let token = format!("sha256={}", BASE64.encode(mac.finalize().into_bytes()));
    room.ear.will_answer(200, json!({"response_token": token}));
    assert!(room.x.crc("abc/+=").await?.1);
    assert_eq!(room.ear.last()?.query, "crc_token=abc%2F%2B%3D");
    room.ear.will_answer(200, json!({"response_token": "sha256=no"}));
    assert!(!room.x.crc("abc").await?.1);
    Ok(())
}

#[tokio::test]
async fn our_own_posts_come_back_after_the_answer() -> Result<()> {
    let room = room_with(|c| c.echo = Some(Duration::from_millis(20))).await?;
    let (_, made) = room.tweet(json!({"text": "Q1. Tea? #SMXChat"})).await?;
    for _ in 0..100 {
        if !room.ear.heard().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let body = room.ear.last()?.json();
    assert_eq!(body["data"]["id"], made["data"]["id"]);
    assert_eq!(body["data"]["author_id"], room.config.account.id.as_str());
    Ok(())
}

#[tokio::test]
async fn the_search_lags_and_pages() -> Result<()> {
    let room = room().await?;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(room.x.put("21", Draft::text(&format!("n{n} #smxchat")))?);
    }
    room.x.put("22", Draft::text("elsewhere"))?;
    let search = |more: Vec<(&'static str, String)>| {
        let mut query = vec![("query", "#SMXChat -is:retweet".to_owned())];
        query.extend(more);
        let room = &room;
        async move {
            let query: Vec<(&str, &str)> = query.iter().map(|(k, v)| (*k, v.as_str())).collect();
            room.read("2/tweets/search/recent", &query).await
        }
    };
    assert_eq!(search(vec![]).await?["meta"]["result_count"], 0, "thirty seconds behind");
    room.time.move_chat(TimeDelta::seconds(30));
    let first = search(vec![("max_results", "10".into()), ("expansions", "author_id".into())]).await?;
    assert_eq!(
        (first["meta"]["result_count"].as_u64(), first["meta"]["newest_id"].as_str()),
        (Some(10), Some(ids[11].as_str()))
    );
    assert_eq!(first["includes"]["users"], json!([{"id": "21", "name": "Ada Byron", "username": "ada"}]));
    let token = first["meta"]["next_token"].as_str().context("token")?.to_owned();
    let second = search(vec![("max_results", "10".into()), ("next_token", token)]).await?;
    assert_eq!(second["meta"]["result_count"], 2);
    let since = search(vec![("since_id", ids[9].clone())]).await?;
    assert_eq!(since["meta"]["result_count"], 2);
    for (name, value) in
        [("max_results", "9"), ("max_results", "101"), ("since_id", "x"), ("next_token", "x")]
    {
        assert_eq!(search(vec![(name, value.into())]).await?["title"], "Invalid Request", "{name}={value}");
    }
    let bad = room.read("2/tweets/search/recent", &[("query", &long(513))]).await?;
    assert_eq!(bad["title"], "Invalid Request");
    room.time.move_chat(TimeDelta::days(7));
    assert_eq!(search(vec![]).await?["meta"]["result_count"], 0, "seven days back");
    Ok(())
}

#[tokio::test]
async fn ids_grow_while_the_clock_stands_still() -> Result<()> {
    let room = room().await?;
    let mut ids = Vec::new();
    for n in 0..6 {
        if n == 3 {
            room.time.move_chat(TimeDelta::hours(-1));
        }
        ids.push(room.x.put("21", Draft::text("x"))?.parse::<u64>()?);
    }
    assert!(ids.is_sorted() && ids.windows(2).all(|w| w[0] != w[1]));
    Ok(())
}

#[tokio::test]
async fn a_query_has_groups_alternatives_and_denials() -> Result<()> {
    let room = room_with(|c| c.search_lag = Duration::ZERO).await?;
    room.x.put("21", Draft::text("tea #one"))?;
    room.x.put("22", Draft::text("cake #two"))?;
    let three = room.x.put("22", Draft::text("both #one #two"))?;
    room.x.put("21", Draft { reposts: Some(three), ..Draft::default() })?;
    let count = async |query: &str| -> Result<Value> {
        let body = room.read("2/tweets/search/recent", &[("query", query)]).await?;
        Ok(body.pointer("/meta/result_count").cloned().unwrap_or_else(|| body["title"].clone()))
    };
    for (query, found) in [
        ("(#one OR #two) -is:retweet", json!(3)),
        ("#one OR #two", json!(4)),
        // AND binds more tightly than OR.
        ("#one OR #two -is:retweet", json!(4)),
        ("(#one #two) -is:retweet", json!(1)),
        ("(#one OR (#two tea))", json!(3)),
        ("(#one OR #two", json!("Invalid Request")),
        ("#one) OR #two", json!("Invalid Request")),
        ("#one OR", json!("Invalid Request")),
        ("-(#one)", json!("Invalid Request")),
        ("-is:retweet", json!("Invalid Request")),
        ("#one OR -is:retweet", json!("Invalid Request")),
    ] {
        assert_eq!(count(query).await?, found, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn posts_are_looked_up_by_a_hundred() -> Result<()> {
    let room = room().await?;
    let first = room.x.put("21", Draft::text("tee #smxchat"))?;
    let gone = room.x.put("22", Draft::text("cake"))?;
    let newer = room.x.edit_as("21", &first, "tea #smxchat").await?.id;
    room.x.delete_as("22", &gone, false).await?;
    let ids = format!("{first},{gone},404");
    let found = room.read("2/tweets", &[("ids", &ids), ("expansions", "author_id")]).await?;
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["data"][0]["edit_history_tweet_ids"], json!([first, newer]));
    assert_eq!(found["includes"]["users"][0]["id"], "21");
    let missing: Vec<_> =
        found["errors"].as_array().context("errors")?.iter().map(|e| &e["resource_id"]).collect();
    assert_eq!(missing, [&json!(gone), &json!("404")]);
    for ids in ["", "x", "1,,2", &vec!["1"; 101].join(",")] {
        assert_eq!(room.read("2/tweets", &[("ids", ids)]).await?["title"], "Invalid Request", "{ids}");
    }
    Ok(())
}

#[tokio::test]
async fn what_people_did_with_a_post_is_counted_where_it_is_asked_for() -> Result<()> {
    for names in [Names::Tweet, Names::Post] {
        let room = room_with(|config| config.names = names).await?;
        let post = room.x.put("21", Draft::text("tea #smxchat"))?;
        let other = room.x.put("22", Draft::text("cake"))?;
        let plain = room.read("2/tweets", &[("ids", &post)]).await?;
        assert!(plain["data"][0].get("public_metrics").is_none(), "{plain}");

        let reply = room.x.put("22", Draft { in_reply_to: Some(post.clone()), ..Draft::text("mine too") })?;
        room.x.put("22", Draft { quotes: Some(post.clone()), ..Draft::text("look") })?;
        room.x.repost_as("22", &post).await?;
        assert!(room.x.repost_as("22", &post).await.is_err(), "once");
        for _ in 0..2 {
            room.x.like_as("22", &post)?;
        }
        let counts = async |id: &str| -> Result<[Value; 4]> {
            let (fields, reposts) = match names {
                Names::Tweet => ("tweet.fields", "retweet_count"),
                Names::Post => ("post.fields", "repost_count"),
            };
            let found = room.read("2/tweets", &[("ids", id), (fields, "public_metrics")]).await?;
            let post = &found["data"][0];
            assert!(post.get("author_id").is_none() && found.get("includes").is_none(), "no more than that");
            let of = |name: &str| post["public_metrics"][name].clone();
            Ok([of("reply_count"), of(reposts), of("quote_count"), of("like_count")])
        };
        assert_eq!(counts(&post).await?, [1, 1, 1, 1].map(|n| json!(n)));
        assert_eq!(counts(&other).await?, [0, 0, 0, 0].map(|n| json!(n)));
        room.x.delete_as("22", &reply, false).await?;
        assert_eq!(counts(&post).await?[0], json!(0), "what was taken back counts no more");
        // Each version has numbers of its own.
        let newer = room.x.edit_as("21", &post, "tea, with milk #smxchat").await?.id;
        assert_eq!(counts(&newer).await?, [0, 0, 0, 0].map(|n| json!(n)));
        assert_eq!(counts(&post).await?[1], json!(1));
        assert_eq!(room.x.bill().reads, 3, "charged like any reading, once a day");
    }
    Ok(())
}

#[tokio::test]
async fn the_bill_counts_a_post_once_a_day_and_links_apart() -> Result<()> {
    let room = room_with(|c| c.search_lag = Duration::ZERO).await?;
    room.ear.will_answer(200, json!({}));
    let posted = room.x.post_as("21", "tea #smxchat", None).await?;
    let search = [("query", "#smxchat")];
    room.read("2/tweets/search/recent", &search).await?;
    room.read("2/tweets", &[("ids", posted.id.as_str())]).await?;
    assert_eq!(room.x.bill().reads, 1, "told of, found and looked up on one day");
    room.time.move_chat(TimeDelta::days(1));
    room.read("2/tweets/search/recent", &search).await?;
    assert_eq!(room.x.bill().reads, 2);
    room.read("2/tweets/search/recent", &[("query", "#nothing")]).await?;
    let (_, made) = room.tweet(json!({"text": "plain"})).await?;
    room.tweet(json!({"text": "see https://example.com/a"})).await?;
    room.tweet(json!({"text": "plain"})).await?;
    let made = made["data"]["id"].as_str().context("id")?.to_owned();
    room.user(Method::DELETE, &format!("2/tweets/{made}"), &[], None).await?;
    let bill = room.x.bill();
    assert_eq!((bill.reads, bill.writes, bill.links, bill.deletes), (2, 1, 1, 1), "refused calls are free");
    Ok(())
}

#[tokio::test]
async fn the_app_and_the_account_search_differently_often() -> Result<()> {
    assert_eq!(
        (
            Config::new(Time::new().clocks()).limits.search,
            Config::new(Time::new().clocks()).limits.search_user
        ),
        (450, 300)
    );
    let room = room_with(|c| {
        c.limits.search = 2;
        c.limits.search_user = 1;
        c.limits.lookup = 1;
    })
    .await?;
    let search = [("query", "#smxchat")];
    for (n, status) in [(1, 200), (2, 200), (3, 429)] {
        let body = room.read("2/tweets/search/recent", &search).await?;
        assert_eq!(body["status"].as_u64().unwrap_or(200), status, "{n}");
    }
    for status in [200, 429] {
        let answer = room.user(Method::GET, "2/tweets/search/recent", &search, None).await?;
        assert_eq!(answer.status().as_u16(), status);
    }
    for status in [200, 429] {
        assert_eq!(room.read("2/tweets", &[("ids", "1")]).await?["status"].as_u64().unwrap_or(200), status);
    }
    room.time.pass(15 * 60 * 1_000);
    assert_eq!(room.read("2/tweets/search/recent", &search).await?["meta"]["result_count"], 0);
    Ok(())
}

#[tokio::test]
async fn removals_are_told_of_subscribed_authors_only() -> Result<()> {
    let room = room_with(|c| {
        c.activity = true;
        c.most_subscriptions = 1;
    })
    .await?;
    let webhook = room.config.webhook_id.clone();
    let subscribe = async |event: &str, user: &str, webhook: &str| -> Result<(u16, Value)> {
        let url = format!("{}2/activity/subscriptions", room.x.api_url());
        let body = json!({"event_type": event, "filter": {"user_id": user}, "webhook_id": webhook});
        let sent = room.http.post(url).bearer_auth(&room.config.bearer_token).json(&body).send().await?;
        Ok((sent.status().as_u16(), sent.json().await?))
    };
    let posts: Vec<String> =
        ["21", "22", "21"].iter().map(|who| room.x.put(who, Draft::text("x"))).collect::<Result<_>>()?;
    assert_eq!(room.x.delete_as("21", &posts[0], true).await?, None, "nobody has asked");
    assert_eq!(subscribe("post.delete", "nobody", &webhook).await?.0, 400);
    assert_eq!(subscribe("post.delete", "21", "1").await?.0, 400, "another webhook");
    let (status, made) = subscribe("post.delete", "21", &webhook).await?;
    assert_eq!((status, made["data"]["subscription"]["filter"]["user_id"].as_str()), (200, Some("21")));
    assert_eq!(subscribe("post.delete", "21", &webhook).await?.0, 409);
    assert_eq!(subscribe("post.delete", "22", &webhook).await?.0, 403, "as many as there may be");
    room.ear.will_answer(200, json!({}));
    assert_eq!(room.x.delete_as("22", &posts[1], true).await?, None);
    assert!(room.x.delete_as("21", &posts[2], true).await?.is_some());
    let listed = room.read("2/activity/subscriptions", &[]).await?;
    assert_eq!(listed["meta"]["total_subscriptions"], 1);
    let id = listed["data"][0]["subscription_id"].as_str().context("id")?.to_owned();
    for status in [200, 404] {
        let url = format!("{}2/activity/subscriptions/{id}", room.x.api_url());
        let sent = room.http.delete(url).bearer_auth(&room.config.bearer_token).send().await?;
        assert_eq!(sent.status().as_u16(), status);
    }
    assert_eq!(room.x.told_of(), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn webhooks_are_listed_for_the_app() -> Result<()> {
    let room = room_with(|c| c.limits.webhooks = 3).await?;
    let listed = room.read("2/webhooks", &[]).await?;
    assert_eq!(listed["data"][0]["id"], room.config.webhook_id.as_str());
    assert_eq!((&listed["data"][0]["valid"], &listed["meta"]["result_count"]), (&json!(true), &json!(1)));
    room.x.set_registered(Registered::Invalid);
    assert_eq!(room.read("2/webhooks", &[]).await?["data"][0]["valid"], json!(false));
    room.x.set_registered(Registered::No);
    assert_eq!(room.read("2/webhooks", &[]).await?, json!({"meta": {"result_count": 0}}));
    assert_eq!(room.read("2/webhooks", &[]).await?["status"], 429);
    let as_user = room.user(Method::GET, "2/webhooks", &[], None).await?;
    assert_eq!(as_user.status(), 403, "for the app alone");
    let url = format!("{}2/webhooks", room.x.api_url());
    assert_eq!(room.http.get(&url).bearer_auth("another").send().await?.status(), 401);
    assert_eq!(room.x.bill(), Bill::default());
    Ok(())
}

impl Room {
    async fn begin(&self, body: Value) -> Result<(u16, Value)> {
        let url = format!("{}2/compliance/jobs", self.x.api_url());
        let sent = self.http.post(url).bearer_auth(&self.config.bearer_token).json(&body).send().await?;
        Ok((sent.status().as_u16(), sent.json().await?))
    }

    async fn upload(&self, job: &Value, kind: &str, ids: &str) -> Result<u16> {
        let to = job["data"]["upload_url"].as_str().context("where to")?;
        let sent = self.http.put(to).header("content-type", kind).body(ids.to_owned()).send().await?;
        Ok(sent.status().as_u16())
    }
}

#[tokio::test]
async fn a_compliance_job_names_what_must_not_be_shown() -> Result<()> {
    let room = room().await?;
    let (kept, gone) = (room.x.put("21", Draft::text("kept"))?, room.x.put("21", Draft::text("gone"))?);
    let hidden = room.x.put("22", Draft::text("for my followers"))?;
    room.x.delete_as("21", &gone, false).await?;
    room.x.hide("22", Hidden::Protected);
    let (status, job) = room.begin(json!({"type": "tweets", "name": "earshot"})).await?;
    assert_eq!((status, &job["data"]["status"]), (200, &json!("created")));
    let path = format!("2/compliance/jobs/{}", job["data"]["id"].as_str().context("id")?);
    let from = job["data"]["download_url"].as_str().context("where from")?.to_owned();
    assert_eq!(room.begin(json!({"type": "tweets"})).await?.0, 409, "one at a time");
    assert_eq!(room.upload(&job, "text/plain", &format!("{kept}\n{gone}\n{hidden}\n1")).await?, 200);
    assert_eq!(room.read(&path, &[]).await?["data"]["status"], "in_progress");
    assert_eq!(room.http.get(&from).send().await?.status(), 404, "not yet");
    room.time.pass(150_000);
    assert_eq!(room.read(&path, &[]).await?["data"]["status"], "complete");
    let with_token = room.http.get(&from).bearer_auth(&room.config.bearer_token).send().await?;
    assert_eq!(with_token.status(), 400, "a token is not for there");
    let results = room.http.get(&from).send().await?.text().await?;
    let lines: Vec<Value> = results.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let said: Vec<(&str, &str)> =
        lines.iter().filter_map(|l| Some((l["id"].as_str()?, l["reason"].as_str()?))).collect();
    assert_eq!(said, [(gone.as_str(), "deleted"), (hidden.as_str(), "protected"), ("1", "deleted")]);
    assert_eq!(room.http.get(format!("{from}0")).send().await?.status(), 403, "signed");
    assert_eq!(room.x.bill(), Bill::default(), "and nothing is charged");
    let looked = room.read("2/tweets", &[("ids", hidden.as_str())]).await?;
    assert!(looked["data"].is_null(), "{looked}");
    assert_eq!(looked["errors"][0]["title"], "Authorization Error");
    Ok(())
}

#[tokio::test]
async fn a_compliance_job_keeps_its_limits() -> Result<()> {
    let room = room_with(|c| c.limits.compliance = 6).await?;
    for body in [
        json!({}),
        json!({"type": "users"}),
        json!({"type": "tweets", "ids": ["1"]}),
        json!({"type": "tweets", "name": long(65)}),
    ] {
        assert_eq!(room.begin(body.clone()).await?.0, 400, "{body}");
    }
    let (status, job) = room.begin(json!({"type": "tweets"})).await?;
    assert_eq!(status, 200);
    assert_eq!(room.upload(&job, "text/csv", "1").await?, 403, "as it was signed");
    assert_eq!(room.upload(&job, "text/plain", "1,2").await?, 400, "one a line");
    assert_eq!(room.upload(&job, "text/plain", "").await?, 400);
    room.time.pass(900_000);
    assert_eq!(room.upload(&job, "text/plain", "1").await?, 400, "a quarter of an hour, and no longer");
    let path = format!("2/compliance/jobs/{}", job["data"]["id"].as_str().context("id")?);
    assert_eq!(room.read(&path, &[]).await?["data"]["status"], "failed");
    for _ in 0..6 {
        assert_ne!(room.begin(json!({"type": "tweets"})).await?.0, 429);
    }
    assert_eq!(room.begin(json!({"type": "tweets"})).await?.0, 429);
    let as_user = room.user(Method::POST, "2/compliance/jobs", &[], Some(json!({"type": "tweets"}))).await?;
    assert_eq!(as_user.status(), 403, "for the app alone");
    let plain = room_with(|c| c.compliance = false).await?;
    assert_eq!(plain.begin(json!({"type": "tweets"})).await?.0, 403, "not in every plan");
    Ok(())
}

impl Room {
    /// A call as the app.
    async fn app(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.x.api_url());
        let mut request = self.http.request(method, url).bearer_auth(&self.config.bearer_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let sent = request.send().await?;
        Ok((sent.status().as_u16(), sent.json().await?))
    }

    async fn register(&self, url: &str) -> Result<(u16, String)> {
        let (status, said) = self.app(Method::POST, "2/webhooks", Some(json!({ "url": url }))).await?;
        let why = said["errors"][0]["message"].as_str().unwrap_or_default();
        Ok((status, why.to_owned()))
    }

    /// The next challenge is answered rightly: its token is known ahead.
    fn will_answer_challenge(&self, number: u32) -> Result<()> {
        let token = format!("crc-{number:016}");
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(self.config.consumer_secret.as_bytes())?;
        mac.update(token.as_bytes());
        let signed = format!("sha256={}", BASE64.encode(mac.finalize().into_bytes()));
        self.ear.will_answer(200, json!({ "response_token": signed }));
        Ok(())
    }
}

const HOOK: &str = "https://chat.example.org/x/webhook";

#[tokio::test]
async fn a_webhook_is_registered_once_its_challenge_is_answered() -> Result<()> {
    let room = room_with(|c| c.webhook = false).await?;
    room.x.set_registered(Registered::No);
    room.ear.will_answer(200, json!({"response_token": "sha256=AAAA"}));
    let (status, why) = room.register(HOOK).await?;
    assert_eq!(status, 400);
    assert!(why.starts_with("CrcValidationFailed") && why.contains("Invalid `response_token`"), "{why}");
    assert_eq!(room.ear.last()?.path, "/x/webhook", "asked where the address says");
    room.ear.will_answer(302, json!({}));
    let (status, why) = room.register(HOOK).await?;
    assert!(status == 400 && why.contains("Non-200 response code: 302"), "{why}");
    assert!(room.x.hooks().is_empty());
    room.will_answer_challenge(3)?;
    let (status, made) = room.app(Method::POST, "2/webhooks", Some(json!({ "url": HOOK }))).await?;
    assert_eq!((status, &made["data"]["url"], &made["data"]["valid"]), (200, &json!(HOOK), &json!(true)));
    let id = made["data"]["id"].as_str().context("id")?.to_owned();
    assert_eq!(room.read("2/webhooks", &[]).await?["data"][0]["id"], id.as_str());
    // Validated again: wrongly, then rightly.
    let path = format!("2/webhooks/{id}");
    room.ear.will_answer(500, json!({}));
    assert_eq!(room.app(Method::PUT, &path, None).await?.0, 400);
    assert!(!room.x.hooks()[0].valid, "and X sends nothing there any more");
    room.will_answer_challenge(5)?;
    assert_eq!(room.app(Method::PUT, &path, None).await?, (200, json!({"data": {"valid": true}})));
    assert!(room.x.hooks()[0].valid);
    for status in [200, 404] {
        assert_eq!(room.app(Method::DELETE, &path, None).await?.0, status);
    }
    assert_eq!(room.app(Method::PUT, &path, None).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn an_address_that_x_does_not_call_is_no_webhook() -> Result<()> {
    let room = room().await?;
    room.x.set_registered(Registered::No);
    for (url, why) in [
        ("http://chat.example.org/x/webhook".to_owned(), "UrlValidationFailed"),
        ("https://chat.example.org:8443/x/webhook".to_owned(), "UrlValidationFailed"),
        ("https:///x/webhook".to_owned(), "UrlValidationFailed"),
        (String::new(), "1 to 200 characters"),
        (format!("https://chat.example.org/{}", "x".repeat(200)), "1 to 200 characters"),
    ] {
        let (status, said) = room.register(&url).await?;
        assert!(status == 400 && said.contains(why), "{url}: {said}");
    }
    assert_eq!(room.ear.heard().len(), 0, "and nobody is asked a challenge");
    let (status, _) = room.app(Method::POST, "2/webhooks", Some(json!({"url": HOOK, "name": "x"}))).await?;
    assert_eq!(status, 400, "nothing beside it");
    room.x.set_registered(Registered::Valid);
    let (status, why) = room.register("https://earshot.example.org/x/webhook").await?;
    assert!(status == 400 && why.contains("DuplicateUrlFailed"), "{why}");
    let (status, why) = room.register(HOOK).await?;
    assert!(status == 400 && why.contains("WebhookLimitExceeded"), "{why}");
    let as_user = room.user(Method::POST, "2/webhooks", &[], Some(json!({ "url": HOOK }))).await?;
    assert_eq!(as_user.status(), 403, "stricter than X, where the account may too: ours is the app");
    Ok(())
}

#[tokio::test]
async fn the_stream_is_delivered_where_it_is_linked() -> Result<()> {
    let room = room_with(|c| c.webhook = false).await?;
    let hook = format!("2/tweets/search/webhooks/{}", room.config.webhook_id);
    assert_eq!(room.x.post_as("21", "one #smxchat", None).await?.delivered, Delivered::No);
    assert_eq!(room.read("2/tweets/search/webhooks", &[]).await?["data"]["links"], json!([]));
    let unknown = "2/tweets/search/webhooks/42";
    assert_eq!(room.app(Method::POST, unknown, None).await?.0, 400, "no such webhook");
    assert_eq!(
        room.app(Method::POST, &format!("{hook}?post.fields=text"), None).await?.0,
        400,
        "not its names"
    );
    let fields = format!("{hook}?tweet.fields=created_at&expansions=author_id&user.fields=name");
    for _ in 0..2 {
        assert_eq!(
            room.app(Method::POST, &fields, None).await?,
            (200, json!({"data": {"provisioned": true}}))
        );
    }
    let links = room.read("2/tweets/search/webhooks", &[]).await?;
    assert_eq!(links["data"]["links"][0]["webhook_id"], room.config.webhook_id.as_str());
    assert_eq!(room.x.links().len(), 1);
    assert!(matches!(room.x.post_as("21", "two #smxchat", None).await?.delivered, Delivered::Answered(_)));
    for status in [200, 404] {
        assert_eq!(room.app(Method::DELETE, &hook, None).await?.0, status);
    }
    assert_eq!(room.x.post_as("21", "three #smxchat", None).await?.delivered, Delivered::No);
    let as_user = room.user(Method::GET, "2/tweets/search/webhooks", &[], None).await?;
    assert_eq!(as_user.status(), 403, "for the app alone");
    // Only Enterprise has such links.
    let small = room_with(|c| c.stream_webhooks = false).await?;
    let (status, said) = small.app(Method::POST, &hook, None).await?;
    assert_eq!((status, said["reason"].as_str()), (403, Some("client-not-enrolled")));
    assert_eq!(small.app(Method::GET, "2/tweets/search/webhooks", None).await?.0, 403);
    Ok(())
}

#[tokio::test]
async fn rules_are_added_listed_and_removed_within_their_limits() -> Result<()> {
    let room = room_with(|c| c.most_rules = 2).await?;
    let path = "2/tweets/search/stream/rules";
    let add = async |value: &str| {
        room.app(Method::POST, path, Some(json!({"add": [{"value": value, "tag": "t"}]}))).await
    };
    let (status, made) = add("#books -is:retweet").await?;
    assert_eq!((status, &made["meta"]["summary"]["created"]), (201, &json!(1)));
    for (value, title) in [
        ("#books -is:retweet", "DuplicateRule"),
        ("lang:xx", "UnprocessableEntity"),
        (long(1_025).as_str(), "UnprocessableEntity"),
        ("#third", "RulesCapExceeded"),
    ] {
        let (status, said) = add(value).await?;
        assert_eq!((status, said["errors"][0]["title"].as_str()), (200, Some(title)), "{value}");
    }
    let listed = room.read(path, &[]).await?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2), "{listed}");
    let id = listed["data"][0]["id"].as_str().context("id")?;
    let delete = json!({"delete": {"ids": [id, "42"]}});
    let (_, tried) = room.app(Method::POST, &format!("{path}?dry_run=true"), Some(delete.clone())).await?;
    assert_eq!((&tried["meta"]["summary"]["deleted"], room.x.rules().len()), (&json!(1), 2), "only tried");
    let (status, gone) = room.app(Method::POST, path, Some(delete)).await?;
    assert_eq!((status, &gone["meta"]["summary"]), (200, &json!({"deleted": 1, "not_deleted": 1})));
    assert_eq!(room.x.rules().len(), 1);
    // What is delivered follows.
    room.ear.will_answer(200, json!({}));
    assert_eq!(room.x.post_as("21", "gone #smxchat", None).await?.delivered, Delivered::No);
    assert!(matches!(room.x.post_as("21", "new #books", None).await?.delivered, Delivered::Answered(_)));
    for body in
        [json!({}), json!({"add": [], "delete": {}}), json!({"delete": {}}), json!({"add": [{"tag": "t"}]})]
    {
        assert_eq!(room.app(Method::POST, path, Some(body.clone())).await?.0, 400, "{body}");
    }
    let as_user = room.user(Method::GET, path, &[], None).await?;
    assert_eq!(as_user.status(), 403, "for the app alone");
    Ok(())
}

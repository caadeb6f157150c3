//! A stand-in for X: the part of its API v2 that Earshot calls, its timeline, and the people who post.
//!
//! Follows <https://docs.x.com/x-api/posts/create-post>, <https://docs.x.com/x-api/fundamentals/rate-limits>,
//! <https://docs.x.com/x-api/webhooks/quickstart>, <https://docs.x.com/x-api/webhooks/stream/quickstart> and
//! <https://docs.x.com/x-api/activity/event-payloads>.
//!
//! It keeps the bill that X would write: see [`Bill`].
//!
//! What it does not check: the weighted length of a text (only that it has at most 25,000 characters,
//! the most that any account may post), the price of links, the daily caps of pay-per-use. What it
//! returns is what X returns rather than what was typed: `&`, `<`, `>` as entities, links as `t.co`, the
//! text of a long post cut with the whole in `note_tweet`, indices in Unicode characters of that text.

mod activity;
mod api;
mod bill;
mod compliance;
mod oauth;
mod posts;
mod rules;
mod text;
mod webhook;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::standin::{Answer, Clocks, Person, Room, Sent, Server, StandIn, Window, lock, snowflake};
pub use bill::Bill;
pub use compliance::Hidden;
use rules::terms;
pub use webhooks::{Hook, Registered};

/// Where Earshot takes X's challenge and X's posts.
pub const WEBHOOK: &str = "/x/webhook";

/// X waits ten seconds for a webhook's answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// 2010-11-04T01:42:54.657Z, in ms: where X's ids begin.
const EPOCH: i64 = 1_288_834_974_657;

/// The most characters that any account may post.
const LONGEST: usize = 25_000;

/// A post can be edited this often, each time with a new id
/// (<https://docs.x.com/x-api/fundamentals/edit-posts>).
const MOST_EDITS: usize = 5;

/// And for this long. That page says thirty minutes; X's payloads of July 2026 show an hour.
const EDITABLE: chrono::TimeDelta = chrono::TimeDelta::minutes(60);

/// Beyond this many characters a post is long: `text` is cut and `note_tweet` holds the whole.
const LONG: usize = 280;

/// A rule of the filtered stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The tag that deliveries carry.
    pub tag: String,
    /// Terms that must all hold, such as `#smxchat -is:retweet`; `OR` between alternatives. Known:
    /// `#tag`, `@name`, `from:`, `to:`, `conversation_id:`, `is:retweet`, `is:reply`, `is:quote`,
    /// `has:media`, words, and `-` before any of them.
    pub value: String,
}

impl Rule {
    /// A rule for one hashtag, without reposts.
    pub fn hashtag(id: &str, tag: &str) -> Self {
        let tag = tag.trim_start_matches('#');
        Self { id: id.into(), tag: tag.to_lowercase(), value: format!("#{tag} -is:retweet") }
    }
}

/// Which names X uses for fields that it is renaming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// `edit_history_tweet_ids`, `referenced_tweets`, `note_tweet`, `includes.tweets`.
    #[default]
    Tweet,
    /// `edit_history_post_ids`, `referenced_posts`, `note_post`, `includes.posts`.
    Post,
}

/// How often X may be called in 15 minutes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `POST /2/tweets`, per user.
    pub create: u32,
    /// `POST /2/tweets`, per app and 24 hours.
    pub create_per_day: u32,
    /// `DELETE /2/tweets/:id`.
    pub delete: u32,
    /// `GET /2/users/me`.
    pub me: u32,
    /// `GET /2/users/:id/tweets`.
    pub timeline: u32,
    /// `GET /2/tweets/search/recent`, per app.
    pub search: u32,
    /// The same, per user.
    pub search_user: u32,
    /// `GET /2/tweets`.
    pub lookup: u32,
    /// `/2/activity/subscriptions`, each method.
    pub subscriptions: u32,
    /// `/2/webhooks` and the stream's links to them, each method, per app.
    pub webhooks: u32,
    /// `GET /2/tweets/search/stream/rules`, per app.
    pub rules: u32,
    /// `POST /2/tweets/search/stream/rules`, per app.
    pub change_rules: u32,
    /// `/2/compliance/jobs`, each method.
    pub compliance: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            create: 100,
            create_per_day: 10_000,
            delete: 50,
            me: 75,
            timeline: 900,
            search: 450,
            search_user: 300,
            lookup: 3_500,
            subscriptions: 500,
            webhooks: 450,
            rules: 450,
            change_rules: 100,
            compliance: 150,
        }
    }
}

/// What X is like.
#[derive(Clone)]
pub struct Config {
    /// The two clocks.
    pub clocks: Clocks,
    /// The app's key (consumer key).
    pub consumer_key: String,
    /// The app's secret: it signs calls, webhooks and the challenge.
    pub consumer_secret: String,
    /// The host account's token.
    pub access_token: String,
    /// The host account's token secret.
    pub access_token_secret: String,
    /// The app-only token, for reading.
    pub bearer_token: String,
    /// The host's account.
    pub account: Person,
    /// Everybody else.
    pub people: Vec<Person>,
    /// The filtered stream's rules.
    pub rules: Vec<Rule>,
    /// Whether the stream delivers to Earshot's webhook. Off is what a plan without webhooks has.
    pub webhook: bool,
    /// Whether Earshot's own posts come back through the stream, and how long after the answer. X
    /// delivers them like anybody's.
    pub echo: Option<Duration>,
    /// Whether `post.delete` is told of authors only whom somebody subscribed to, as X does; else of all.
    pub activity: bool,
    /// How many subscriptions an app may have.
    pub most_subscriptions: usize,
    /// Whether the app's plan has batch compliance jobs.
    pub compliance: bool,
    /// How long such a job takes, in real time.
    pub compliance_takes: Duration,
    /// The id of the webhook that is registered from the beginning.
    pub webhook_id: String,
    /// How many webhooks an app may have.
    pub most_webhooks: usize,
    /// Whether the app's plan has the filtered stream delivered to a webhook.
    pub stream_webhooks: bool,
    /// How many rules the stream may have.
    pub most_rules: usize,
    /// What the host's account says of itself.
    pub bio: String,
    /// How far behind the search is.
    pub search_lag: Duration,
    /// Which field names it uses.
    pub names: Names,
    /// How often it may be called.
    pub limits: Limits,
}

impl Config {
    /// An X with made-up secrets, the host's account, and nobody else yet.
    pub fn new(clocks: Clocks) -> Self {
        Self {
            clocks,
            consumer_key: "stage-consumer-key".into(),
            consumer_secret: "stage-consumer-not-a-secret".into(),
            access_token: "1200000000000000001-stage-token".into(),
            access_token_secret: "stage-token-not-a-secret".into(),
            bearer_token: "stage-bearer-not-a-secret".into(),
            account: Person::new("1200000000000000001", "Earshot", "earshot_host"),
            people: Vec::new(),
            rules: Vec::new(),
            webhook: true,
            echo: Some(Duration::from_millis(150)),
            activity: false,
            most_subscriptions: 1_500,
            compliance: true,
            compliance_takes: compliance::TAKES,
            webhook_id: "1460000000000000001".into(),
            most_webhooks: 1,
            stream_webhooks: true,
            most_rules: 1_000,
            bio: "The chat's own voice. Automated, and minded by @adaokafor.".into(),
            search_lag: Duration::from_secs(30),
            names: Names::Tweet,
            limits: Limits::default(),
        }
    }
}

/// A picture of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its address.
    pub url: String,
    /// What it shows, in words.
    pub alt: Option<String>,
}

/// What somebody posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text as typed.
    pub text: String,
    /// The post it answers.
    pub in_reply_to: Option<String>,
    /// The post it quotes.
    pub quotes: Option<String>,
    /// The post it passes on; the text is then X's.
    pub reposts: Option<String>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

impl Draft {
    /// A plain post.
    pub fn text(text: &str) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What became of a delivery to the webhook.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivered {
    /// No rule matched, or there is no webhook.
    No,
    /// Earshot answered.
    Answered(Answer),
    /// Earshot could not be reached, or did not answer in ten seconds.
    Failed(String),
}

/// A post that somebody made.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// Its id.
    pub id: String,
    /// Whether the webhook was told.
    pub delivered: Delivered,
}

#[derive(Clone)]
struct Post {
    id: String,
    author: String,
    draft: Draft,
    at: DateTime<Utc>,
    conversation: String,
    /// All versions of this post, oldest first, itself last.
    versions: Vec<String>,
    deleted: bool,
    /// A newer version took its place.
    superseded: bool,
    payload: Value,
    pings: Vec<String>,
}

#[derive(Default)]
struct State {
    posts: Vec<Post>,
    windows: HashMap<&'static str, Window>,
    nonces: HashMap<String, DateTime<Utc>>,
    subscriptions: Vec<activity::Subscription>,
    /// Who likes a post, by its id.
    likes: BTreeMap<String, BTreeSet<String>>,
    charged: bill::Charged,
    hooks: Vec<Hook>,
    /// The webhooks that the stream is delivered to.
    links: Vec<String>,
    rules: Vec<Rule>,
    jobs: Vec<compliance::Job>,
    /// People whose posts are shown no more, by their ids.
    hidden: HashMap<String, Hidden>,
    last_id: u64,
    counter: u64,
    /// Handles that people took since, by their ids.
    handles: HashMap<String, String>,
}

impl State {
    fn id(&mut self, now: DateTime<Utc>) -> String {
        snowflake(now, EPOCH, &mut self.last_id)
    }

    fn post(&self, id: &str) -> Option<&Post> {
        self.posts.iter().rev().find(|p| p.id == id)
    }
}

struct Inner {
    config: Config,
    room: Room,
    state: Mutex<State>,
    webhook: Mutex<bool>,
    /// One post at a time, so that of two equal ones at once the second is a duplicate.
    turn: Mutex<()>,
}

/// A running X. Stops when dropped.
pub struct X {
    inner: Arc<Inner>,
    server: Server,
}

impl StandIn for X {
    fn room(&self) -> &Room {
        &self.inner.room
    }

    fn server(&self) -> &Server {
        &self.server
    }
}

impl X {
    /// Starts an X on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port is free, or a rule has a term that the stand-in does not know.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        for rule in &config.rules {
            terms(&rule.value).with_context(|| format!("the rule {}", rule.id))?;
        }
        let room = Room::new("x", config.clocks.clone(), DEADLINE)?;
        let webhook = Mutex::new(config.webhook);
        let state = State {
            rules: config.rules.clone(),
            links: config.webhook.then(|| config.webhook_id.clone()).into_iter().collect(),
            ..State::default()
        };
        let inner =
            Arc::new(Inner { config, room, state: Mutex::new(state), webhook, turn: Mutex::default() });
        let usual = inner.usual_hook(true);
        lock(&inner.state).hooks.push(usual);
        let server = Server::start(Arc::clone(&inner)).await?;
        Ok(Self { inner, server })
    }

    /// The base for `X_API_URL`, with its slash.
    pub fn api_url(&self) -> String {
        format!("{}/", self.server.url())
    }

    /// Switches the stream's deliveries to Earshot's webhook on or off.
    pub fn set_webhook(&self, on: bool) {
        *lock(&self.inner.webhook) = on;
    }

    /// Somebody posts, and the filtered stream delivers it where a rule matches.
    ///
    /// # Errors
    /// When there is no such person or parent. That the webhook failed is no error: see
    /// [`Posted::delivered`].
    pub async fn post_as(&self, user: &str, text: &str, in_reply_to: Option<&str>) -> anyhow::Result<Posted> {
        let draft = Draft { in_reply_to: in_reply_to.map(str::to_owned), ..Draft::text(text) };
        self.post(user, draft).await
    }

    /// The same with pictures, quotes and reposts.
    ///
    /// # Errors
    /// As [`post_as`](Self::post_as).
    pub async fn post(&self, user: &str, draft: Draft) -> anyhow::Result<Posted> {
        let id = self.put(user, draft)?;
        let delivered = self.inner.stream(&id).await;
        Ok(Posted { id, delivered })
    }

    /// Somebody posts, and nothing is delivered: for [`deliver`](Self::deliver) in another order, more
    /// than once, or never.
    ///
    /// # Errors
    /// When there is no such person or parent.
    pub fn put(&self, user: &str, draft: Draft) -> anyhow::Result<String> {
        self.inner.person(user)?;
        let state = lock(&self.inner.state);
        for id in [&draft.in_reply_to, &draft.quotes, &draft.reposts].into_iter().flatten() {
            state.post(id).ok_or_else(|| anyhow!("there is no post {id}"))?;
        }
        drop(state);
        Ok(self.inner.add(user, draft, None, None).id)
    }

    /// Somebody passes a post on as it is. The chat's rule leaves reposts out, so that the stream delivers none.
    ///
    /// # Errors
    /// When there is no such person or post, or they did already, which X refuses too.
    pub async fn repost_as(&self, user: &str, id: &str) -> anyhow::Result<Posted> {
        let twice =
            |post: &Post| post.author == user && !post.deleted && post.draft.reposts.as_deref() == Some(id);
        ensure!(!lock(&self.inner.state).posts.iter().any(twice), "reposted already");
        self.post(user, Draft { reposts: Some(id.to_owned()), ..Draft::default() }).await
    }

    /// Somebody likes a post. Twice is once.
    ///
    /// # Errors
    /// When there is no such person or post.
    pub fn like_as(&self, user: &str, id: &str) -> anyhow::Result<()> {
        self.inner.person(user)?;
        self.inner.found(id)?;
        lock(&self.inner.state).likes.entry(id.to_owned()).or_default().insert(user.to_owned());
        Ok(())
    }

    /// Delivers a post through the filtered stream, whether or not a rule matches.
    ///
    /// # Errors
    /// When there is no such post, or Earshot does not answer within ten seconds.
    pub async fn deliver(&self, id: &str) -> anyhow::Result<Answer> {
        let body = self.stream_body(id)?;
        self.inner.charge_read(id);
        self.inner.room.caller.send(self.inner.signed(WEBHOOK, Bytes::from(body.to_string()))).await
    }

    /// The filtered stream's body for a post.
    ///
    /// # Errors
    /// When there is no such post.
    pub fn stream_body(&self, id: &str) -> anyhow::Result<Value> {
        let post = self.inner.found(id)?;
        Ok(self.inner.stream_body(&post))
    }

    /// Somebody posts, and the X Activity API tells of it: `post.create`.
    ///
    /// # Errors
    /// As [`post_as`](Self::post_as).
    pub async fn post_activity(
        &self,
        user: &str,
        text: &str,
        in_reply_to: Option<&str>,
    ) -> anyhow::Result<Posted> {
        let draft = Draft { in_reply_to: in_reply_to.map(str::to_owned), ..Draft::text(text) };
        let id = self.put(user, draft)?;
        let body = self.activity_body(&id)?;
        self.inner.charge_read(&id);
        let sent = self.inner.signed(WEBHOOK, Bytes::from(body.to_string()));
        let delivered = match self.inner.room.caller.send(sent).await {
            Ok(answer) => Delivered::Answered(answer),
            Err(error) => Delivered::Failed(format!("{error:#}")),
        };
        Ok(Posted { id, delivered })
    }

    /// The Activity API's `post.create` for a post.
    ///
    /// # Errors
    /// When there is no such post.
    pub fn activity_body(&self, id: &str) -> anyhow::Result<Value> {
        let inner = &self.inner;
        let post = inner.found(id)?;
        let payload = inner.wire(&post);
        let mut includes = inner.includes(&post);
        includes["tweets"] = json!([payload]);
        Ok(inner.named(json!({"data": {
            "event_uuid": post.id, "filter": {"user_id": post.author}, "event_type": "post.create",
            "tag": "earshot", "payload": payload, "includes": includes,
        }})))
    }

    /// Somebody edits a post: a new id, and the stream delivers it again.
    ///
    /// # Errors
    /// When there is no such post of theirs, or X would not let them: after five edits, or after an hour.
    pub async fn edit_as(&self, user: &str, id: &str, text: &str) -> anyhow::Result<Posted> {
        let old = self.inner.found(id)?;
        if old.author != user || old.deleted || old.superseded {
            bail!("{user} has no post {id} to edit");
        }
        if old.versions.len() > MOST_EDITS {
            bail!("{id} was edited {MOST_EDITS} times, and X allows no more");
        }
        let first = old.versions.first().map_or(Ok(old.clone()), |first| self.inner.found(first))?;
        if self.inner.room.chat_now() - first.at > EDITABLE {
            bail!("{id} is too old to be edited");
        }
        let draft = Draft { text: text.into(), ..old.draft.clone() };
        let new = self.inner.add(user, draft, Some(&old), None);
        let delivered = self.inner.stream(&new.id).await;
        Ok(Posted { id: new.id, delivered })
    }

    /// Somebody removes a post, all its versions. With `tell`, the Activity API tells Earshot of it:
    /// `post.delete`.
    ///
    /// # Errors
    /// When there is no such post of theirs, or Earshot was told and does not answer in ten seconds.
    pub async fn delete_as(&self, user: &str, id: &str, tell: bool) -> anyhow::Result<Option<Answer>> {
        if self.inner.found(id)?.author != user || !self.inner.remove(id) {
            bail!("{user} has no post {id} to remove");
        }
        if !tell || !self.inner.tells_of(user) {
            return Ok(None);
        }
        let number = {
            let mut state = lock(&self.inner.state);
            state.counter += 1;
            state.counter
        };
        let body = json!({"data": {
            "event_uuid": format!("-{number}"), "filter": {"user_id": user}, "event_type": "post.delete",
            "tag": "earshot", "payload": {"id": id, "author_id": user},
        }});
        let sent = self.inner.signed(WEBHOOK, Bytes::from(body.to_string()));
        self.inner.room.caller.send(sent).await.map(Some)
    }

    /// Somebody removes a post, all its versions, and the older Account Activity API tells of it:
    /// `tweet_delete_events` (<https://docs.x.com/x-api/account-activity/introduction>).
    ///
    /// # Errors
    /// When there is no such post of theirs, or Earshot does not answer in ten seconds.
    pub async fn delete_as_of_old(&self, user: &str, id: &str) -> anyhow::Result<Answer> {
        self.delete_as(user, id, false).await?;
        let at = self.inner.room.chat_now().timestamp_millis().to_string();
        let body = json!({"for_user_id": user, "tweet_delete_events": [
            {"status": {"id": id, "user_id": user}, "timestamp_ms": at},
        ]});
        let sent = self.inner.signed(WEBHOOK, Bytes::from(body.to_string()));
        self.inner.room.caller.send(sent).await
    }

    /// Somebody goes by another handle from now on, under the same id.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn rename(&self, user: &str, handle: &str) -> anyhow::Result<()> {
        self.inner.person(user)?;
        lock(&self.inner.state).handles.insert(user.to_owned(), handle.to_owned());
        Ok(())
    }

    /// X's challenge. Answers whether the response token is right; for a token that must be refused,
    /// look at the status.
    ///
    /// # Errors
    /// When Earshot does not answer within ten seconds.
    pub async fn crc(&self, token: &str) -> anyhow::Result<(Answer, bool)> {
        self.inner.crc(WEBHOOK, token).await
    }

    /// Signs any body as X would, for tests that send something of their own through
    /// [`repeat`](StandIn::repeat).
    pub fn signed(&self, path: &str, body: Bytes) -> Sent {
        self.inner.signed(path, body)
    }
}

//! A stand-in for X: the part of its API v2 that Earshot calls, its timeline, and the people who post.
//!
//! Follows <https://docs.x.com/x-api/posts/create-post>, <https://docs.x.com/x-api/fundamentals/rate-limits>,
//! <https://docs.x.com/x-api/webhooks/quickstart>, <https://docs.x.com/x-api/webhooks/stream/quickstart> and
//! <https://docs.x.com/x-api/activity/event-payloads>.
//!
//! What it does not check: the weighted length of a text (only that it has at most 25,000 characters,
//! the most that any account may post), the price of links, the daily caps of pay-per-use. What it
//! returns is what X returns rather than what was typed: `&`, `<`, `>` as entities, links as `t.co`, the
//! text of a long post cut with the whole in `note_tweet`, indices in Unicode characters of that text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use super::{
    Answer, Author, Call, Clocks, Message, Person, Platform, Reply, Room, Sent, Server, StandIn, Window,
    hmac_sha256, length, lock, pairs, str_of,
};

/// Where Earshot takes X's challenge and X's posts.
pub const WEBHOOK: &str = "/x/webhook";

/// X waits ten seconds for a webhook's answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// 2010-11-04T01:42:54.657Z, in ms: where X's ids begin.
const EPOCH: i64 = 1_288_834_974_657;
/// The most characters that any account may post.
const LONGEST: usize = 25_000;
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
    /// `GET /2/tweets/search/recent`.
    pub search: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { create: 100, create_per_day: 10_000, delete: 50, me: 75, timeline: 900, search: 300 }
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
    last_id: u64,
    counter: u64,
}

impl State {
    /// An id that is unique and increasing, also while the clock stands still or goes back.
    fn id(&mut self, now: DateTime<Utc>) -> String {
        let ms = u64::try_from(now.timestamp_millis() - EPOCH).unwrap_or(0);
        self.last_id = (ms << 22).max(self.last_id + 1);
        self.last_id.to_string()
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

    fn url(&self) -> String {
        self.server.url()
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
        let inner =
            Arc::new(Inner { config, room, state: Mutex::default(), webhook, turn: Mutex::default() });
        let server = Server::start(Arc::clone(&inner)).await?;
        Ok(Self { inner, server })
    }

    /// The base for `X_API_URL`, with its slash.
    pub fn api_url(&self) -> String {
        format!("{}/", self.server.url())
    }

    /// Stops listening.
    pub async fn stop(&self) {
        self.server.stop().await;
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

    /// Delivers a post through the filtered stream, whether or not a rule matches.
    ///
    /// # Errors
    /// When there is no such post, or Earshot does not answer within ten seconds.
    pub async fn deliver(&self, id: &str) -> anyhow::Result<Answer> {
        let body = self.stream_body(id)?;
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
    /// When there is no such post of theirs.
    pub async fn edit_as(&self, user: &str, id: &str, text: &str) -> anyhow::Result<Posted> {
        let old = self.inner.found(id)?;
        if old.author != user || old.deleted || old.superseded {
            bail!("{user} has no post {id} to edit");
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
        if !tell {
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

    /// X's challenge. Answers whether the response token is right; for a token that must be refused,
    /// look at the status.
    ///
    /// # Errors
    /// When Earshot does not answer within ten seconds.
    pub async fn crc(&self, token: &str) -> anyhow::Result<(Answer, bool)> {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("crc_token", token).finish();
        let sent = Sent {
            method: Method::GET,
            path: format!("{WEBHOOK}?{query}"),
            headers: vec![("user-agent".into(), "Twitterbot/1.0".into())],
            body: Bytes::new(),
        };
        let answer = self.inner.room.caller.send(sent).await?;
        let expected = self.inner.signature(token.as_bytes());
        let valid = answer.status == 200 && str_of(&answer.body, "response_token") == expected;
        Ok((answer, valid))
    }

    /// Signs any body as X would, for tests that send something of their own through
    /// [`repeat`](StandIn::repeat).
    pub fn signed(&self, path: &str, body: Bytes) -> Sent {
        self.inner.signed(path, body)
    }
}

/// A problem document, with its status.
#[derive(Debug)]
struct Problem {
    status: u16,
    body: Value,
}

impl Problem {
    fn new(status: u16, title: &str, detail: &str) -> Self {
        Self {
            status,
            body: json!({"title": title, "detail": detail, "type": "about:blank", "status": status}),
        }
    }

    fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    fn forbidden(detail: &str) -> Self {
        Self::new(403, "Forbidden", detail)
    }

    /// 400 with where the trouble is.
    fn invalid(parameter: &str, message: &str) -> Self {
        let parameters = if parameter.is_empty() { json!({}) } else { json!({parameter: []}) };
        Self {
            status: 400,
            body: json!({
                "errors": [{"parameters": parameters, "message": message}],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": "https://api.twitter.com/2/problems/invalid-request",
            }),
        }
    }

    fn app_only(what: &str) -> Self {
        let detail = format!("Authenticating with {what} is forbidden for this endpoint.");
        let mut problem = Self::new(403, "Unsupported Authentication", &detail);
        problem.body["type"] = json!("https://api.twitter.com/2/problems/unsupported-authentication");
        problem
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// OAuth 1.0a, the host's account.
    User,
    /// The app's bearer token.
    App,
}

/// A text as X returns it.
struct Rendered {
    text: String,
    hashtags: Vec<Value>,
    mentions: Vec<Value>,
    urls: Vec<Value>,
}

impl Rendered {
    fn entities(&self) -> Value {
        let mut out = Map::new();
        for (key, list) in [("hashtags", &self.hashtags), ("mentions", &self.mentions), ("urls", &self.urls)]
        {
            if !list.is_empty() {
                out.insert(key.into(), json!(list));
            }
        }
        Value::Object(out)
    }
}

/// One thing in a typed text.
enum Token<'a> {
    Plain(char),
    Link(&'a str),
    Hashtag(&'a str),
    Mention(&'a str),
}

/// Links, hashtags and mentions, near enough to twitter-text for a stage. The conformance suite is held
/// against Earshot's own rules, not against these.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let free = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '&');
        let after = &rest[first.len_utf8()..];
        let taken = match first {
            'h' | 'H' if free && scheme(rest) => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let closing = ['.', ',', '!', '?', ';', ':', ')', '\'', '"', '…'];
                let link = rest[..end].trim_end_matches(closing);
                out.push(Token::Link(link));
                link.len()
            }
            '#' | '＃' if free => {
                let word = leading(after, |c| c.is_alphanumeric() || c == '_');
                let next = after[word.len()..].chars().next();
                if word.chars().any(char::is_alphabetic) && !matches!(next, Some('#' | '＃')) {
                    out.push(Token::Hashtag(word));
                    first.len_utf8() + word.len()
                } else {
                    out.push(Token::Plain(first));
                    first.len_utf8()
                }
            }
            '@' | '＠' if free => {
                let name = leading(after, |c| c.is_ascii_alphanumeric() || c == '_');
                if (1..=15).contains(&name.len()) {
                    out.push(Token::Mention(name));
                    first.len_utf8() + name.len()
                } else {
                    out.push(Token::Plain(first));
                    first.len_utf8()
                }
            }
            other => {
                out.push(Token::Plain(other));
                other.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
    out
}

fn scheme(text: &str) -> bool {
    let starts = |with: &str| text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with));
    (starts("https://") && text.len() > 8) || (starts("http://") && text.len() > 7)
}

fn leading(text: &str, fits: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    &text[..end]
}

fn short_link(of: &str) -> String {
    let mac = hmac_sha256(b"t.co", &[of.as_bytes()]);
    let code: String = BASE64.encode(mac).chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    format!("https://t.co/{code}")
}

fn display(link: &str) -> String {
    let bare = link.split_once("://").map_or(link, |(_, rest)| rest);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    if length(bare) <= 26 { bare.to_owned() } else { bare.chars().take(26).chain(['…']).collect() }
}

/// The most pieces of a rule that must hold together, and whether each is denied.
type Terms = Vec<Vec<(bool, Term)>>;

#[derive(Debug)]
enum Term {
    Hashtag(String),
    Mention(String),
    From(String),
    To(String),
    Conversation(String),
    Repost,
    Reply,
    Quote,
    Media,
    Word(String),
}

fn terms(query: &str) -> anyhow::Result<Terms> {
    let mut all = Vec::new();
    for alternative in query.split(" OR ") {
        let mut together = Vec::new();
        for word in alternative.split_whitespace() {
            let (denied, word) = match word.strip_prefix('-') {
                Some(word) => (true, word),
                None => (false, word),
            };
            if word.contains(['(', ')', '"']) {
                bail!("the stand-in reads no parentheses or quotes: {word}");
            }
            let lower = word.to_lowercase();
            let name = |name: &str| name.trim_start_matches('@').to_owned();
            let term = match lower.split_once(':') {
                Some(("from", who)) => Term::From(name(who)),
                Some(("to", who)) => Term::To(name(who)),
                Some(("conversation_id", id)) => Term::Conversation(id.to_owned()),
                Some(("is", "retweet")) => Term::Repost,
                Some(("is", "reply")) => Term::Reply,
                Some(("is", "quote")) => Term::Quote,
                Some(("has", "media" | "images")) => Term::Media,
                Some(_) => bail!("the stand-in does not know the operator {word}"),
                None => match lower.strip_prefix('#') {
                    Some(tag) => Term::Hashtag(tag.to_owned()),
                    None => match lower.strip_prefix('@') {
                        Some(who) => Term::Mention(who.to_owned()),
                        None => Term::Word(lower),
                    },
                },
            };
            together.push((denied, term));
        }
        if together.iter().all(|(denied, _)| *denied) {
            bail!("a query cannot consist of negations alone: {alternative:?}");
        }
        all.push(together);
    }
    Ok(all)
}

impl Inner {
    fn person(&self, user: &str) -> anyhow::Result<Person> {
        self.known(user).ok_or_else(|| anyhow!("nobody on this X has the id {user}"))
    }

    fn known(&self, user: &str) -> Option<Person> {
        std::iter::once(&self.config.account).chain(&self.config.people).find(|p| p.id == user).cloned()
    }

    fn by_handle(&self, handle: &str) -> Option<Person> {
        let same = |p: &&Person| p.handle.eq_ignore_ascii_case(handle);
        std::iter::once(&self.config.account).chain(&self.config.people).find(same).cloned()
    }

    fn found(&self, id: &str) -> anyhow::Result<Post> {
        lock(&self.state).post(id).cloned().ok_or_else(|| anyhow!("there is no post {id}"))
    }

    /// Puts a post into the timeline.
    fn add(&self, user: &str, draft: Draft, old: Option<&Post>, payload: Option<Value>) -> Post {
        let at = self.room.chat_now();
        let payload = payload.unwrap_or_else(|| {
            let mut body = json!({"text": draft.text});
            if let Some(parent) = &draft.in_reply_to {
                body["reply"] = json!({"in_reply_to_tweet_id": parent});
            }
            if let Some(quoted) = &draft.quotes {
                body["quote_tweet_id"] = json!(quoted);
            }
            if !draft.pictures.is_empty() {
                let pictures = draft.pictures.iter().map(|p| json!({"url": p.url, "alt_text": p.alt}));
                body["pictures"] = Value::Array(pictures.collect());
            }
            body
        });
        let named: BTreeSet<String> = tokens(&draft.text)
            .into_iter()
            .filter_map(|t| match t {
                Token::Mention(name) => self.by_handle(name).map(|p| p.id),
                _ => None,
            })
            .collect();
        let mut state = lock(&self.state);
        let id = state.id(at);
        let parent = draft.in_reply_to.as_ref().and_then(|p| state.post(p));
        let conversation = match (old, parent) {
            (Some(old), _) => old.conversation.clone(),
            (None, Some(parent)) => parent.conversation.clone(),
            (None, None) => id.clone(),
        };
        let mut versions = old.map(|o| o.versions.clone()).unwrap_or_default();
        versions.push(id.clone());
        if let Some(old) = old
            && let Some(kept) = state.posts.iter_mut().find(|p| p.id == old.id)
        {
            kept.superseded = true;
        }
        let post = Post {
            id,
            author: user.to_owned(),
            draft,
            at,
            conversation,
            versions,
            deleted: false,
            superseded: false,
            payload,
            pings: named.into_iter().collect(),
        };
        state.posts.push(post.clone());
        drop(state);
        self.room.put(self.normal(&post));
        post
    }

    fn normal(&self, post: &Post) -> Message {
        let first = post.versions.first().unwrap_or(&post.id).clone();
        let author = match self.known(&post.author) {
            Some(person) => Author::of(&person, person.id == self.config.account.id),
            None => Author::of(&Person::new(&post.author, "", ""), false),
        };
        Message {
            platform: "x",
            channel: "timeline".into(),
            thread: post.draft.in_reply_to.as_ref().map(|_| post.conversation.clone()),
            // An edited post keeps its first id here, so that it changes in place.
            id: first,
            at: post.at,
            author,
            payload: post.payload.clone(),
            edited: post.versions.len() > 1,
            deleted: post.deleted,
            ephemeral_for: None,
            pings: post.pings.clone(),
        }
    }

    /// Removes every version of a post; whether there was one.
    fn remove(&self, id: &str) -> bool {
        let mut state = lock(&self.state);
        let Some(versions) = state.post(id).filter(|p| !p.deleted).map(|p| p.versions.clone()) else {
            return false;
        };
        let first = versions.first().cloned().unwrap_or_default();
        let mut last = None;
        for post in state.posts.iter_mut().filter(|p| p.versions.first() == Some(&first)) {
            post.deleted = true;
            last = Some(post.clone());
        }
        drop(state);
        if let Some(post) = last {
            self.room.put(self.normal(&post));
        }
        true
    }

    fn render(&self, text: &str) -> Rendered {
        let mut out =
            Rendered { text: String::new(), hashtags: Vec::new(), mentions: Vec::new(), urls: Vec::new() };
        let mut at = 0;
        let mut push = |out: &mut String, piece: &str| {
            out.push_str(piece);
            let start = at;
            at += length(piece);
            (start, at)
        };
        for token in tokens(text) {
            match token {
                Token::Plain('&') => drop(push(&mut out.text, "&amp;")),
                Token::Plain('<') => drop(push(&mut out.text, "&lt;")),
                Token::Plain('>') => drop(push(&mut out.text, "&gt;")),
                Token::Plain(other) => drop(push(&mut out.text, other.encode_utf8(&mut [0; 4]))),
                Token::Hashtag(tag) => {
                    let (start, end) = push(&mut out.text, &format!("#{tag}"));
                    out.hashtags.push(json!({"start": start, "end": end, "tag": tag}));
                }
                Token::Mention(name) => {
                    let (start, end) = push(&mut out.text, &format!("@{name}"));
                    let mut mention = json!({"start": start, "end": end, "username": name});
                    if let Some(person) = self.by_handle(name) {
                        mention["id"] = json!(person.id);
                    }
                    out.mentions.push(mention);
                }
                Token::Link(link) => {
                    let short = short_link(link);
                    let (start, end) = push(&mut out.text, &short);
                    out.urls.push(json!({
                        "start": start, "end": end, "url": short, "expanded_url": link,
                        "display_url": display(link),
                    }));
                }
            }
        }
        out
    }

    /// A post as API and webhooks show it, with every field that we ask for.
    fn wire(&self, post: &Post) -> Value {
        let draft = &post.draft;
        let typed = match draft.reposts.as_ref().and_then(|id| self.found(id).ok()) {
            Some(other) => {
                let who = self.known(&other.author).map_or_else(String::new, |p| p.handle);
                format!("RT @{who}: {}", other.draft.text)
            }
            None => draft.text.clone(),
        };
        let mut whole = self.render(&typed);
        let mut out = json!({
            "id": post.id, "author_id": post.author,
            "created_at": post.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "edit_history_tweet_ids": post.versions, "conversation_id": post.conversation, "lang": "en",
            "reply_settings": "everyone", "possibly_sensitive": false,
        });
        // What hangs on a post shows as a link at its end.
        let mut hanging = Vec::new();
        if let Some(quoted) = &draft.quotes {
            hanging.push((format!("https://x.com/i/status/{quoted}"), None));
        }
        for (n, _) in draft.pictures.iter().enumerate() {
            let link = format!("https://x.com/i/status/{}/photo/{}", post.id, n + 1);
            hanging.push((link, Some(format!("3_{}{n}", post.id))));
        }
        let pictures_share = short_link(&format!("{}/photo", post.id));
        let hang = |into: &mut Rendered| {
            let mut shared = None;
            for (link, media_key) in &hanging {
                let short = if media_key.is_some() { pictures_share.clone() } else { short_link(link) };
                let (start, end) = match shared {
                    Some(place) if media_key.is_some() => place,
                    _ => {
                        if !into.text.is_empty() {
                            into.text.push(' ');
                        }
                        let start = length(&into.text);
                        into.text.push_str(&short);
                        (start, start + length(&short))
                    }
                };
                let mut url = json!({
                    "start": start, "end": end, "url": short, "expanded_url": link, "display_url": display(link),
                });
                if let Some(key) = media_key {
                    url["media_key"] = json!(key);
                    shared = Some((start, end));
                }
                into.urls.push(url);
            }
        };
        if length(&typed) > LONG && draft.reposts.is_none() {
            out["note_tweet"] = json!({"text": whole.text, "entities": whole.entities()});
            let cut: String = typed.chars().take(LONG - 5).collect();
            let mut short = self.render(cut.trim_end());
            short.text.push('…');
            hang(&mut short);
            if hanging.is_empty() {
                let link = format!("https://x.com/i/web/status/{}", post.id);
                let start = length(&short.text) + 1;
                let tco = short_link(&link);
                short.text.push(' ');
                short.text.push_str(&tco);
                short.urls.push(json!({
                    "start": start, "end": start + length(&tco), "url": tco, "expanded_url": link,
                    "display_url": display(&link),
                }));
            }
            whole = short;
        } else {
            hang(&mut whole);
        }
        out["entities"] = whole.entities();
        out["text"] = json!(whole.text);
        let mut referenced = Vec::new();
        if let Some(id) = &draft.in_reply_to {
            referenced.push(json!({"type": "replied_to", "id": id}));
            if let Ok(parent) = self.found(id) {
                out["in_reply_to_user_id"] = json!(parent.author);
            }
        }
        if let Some(id) = &draft.quotes {
            referenced.push(json!({"type": "quoted", "id": id}));
        }
        if let Some(id) = &draft.reposts {
            referenced.push(json!({"type": "retweeted", "id": id}));
        }
        if !referenced.is_empty() {
            out["referenced_tweets"] = json!(referenced);
        }
        let keys: Vec<String> = hanging.iter().filter_map(|(_, key)| key.clone()).collect();
        if !keys.is_empty() {
            out["attachments"] = json!({"media_keys": keys});
        }
        out
    }

    fn user_object(&self, person: &Person) -> Value {
        let mut out = json!({
            "id": person.id, "name": person.name, "username": person.handle, "protected": false,
            "verified": false, "created_at": "2013-12-14T04:35:55.000Z",
        });
        if let Some(avatar) = &person.avatar {
            out["profile_image_url"] = json!(avatar);
        }
        out
    }

    /// What `expansions` bring: the author, the posts it refers to with their authors, its pictures.
    fn includes(&self, post: &Post) -> Value {
        let mut users: Vec<String> = vec![post.author.clone()];
        let mut tweets = Vec::new();
        let draft = &post.draft;
        for id in [&draft.in_reply_to, &draft.quotes, &draft.reposts].into_iter().flatten() {
            if let Ok(other) = self.found(id)
                && !other.deleted
            {
                users.push(other.author.clone());
                tweets.push(self.wire(&other));
            }
        }
        let mut seen = BTreeSet::new();
        users.retain(|u| seen.insert(u.clone()));
        let users: Vec<Value> =
            users.iter().filter_map(|u| self.known(u)).map(|p| self.user_object(&p)).collect();
        let mut out = json!({"users": users});
        if !tweets.is_empty() {
            out["tweets"] = json!(tweets);
        }
        let media: Vec<Value> = draft
            .pictures
            .iter()
            .enumerate()
            .map(|(n, picture)| {
                let mut media = json!({
                    "media_key": format!("3_{}{n}", post.id), "type": "photo", "url": picture.url,
                    "width": 1200, "height": 675,
                });
                if let Some(alt) = &picture.alt {
                    media["alt_text"] = json!(alt);
                }
                media
            })
            .collect();
        if !media.is_empty() {
            out["media"] = json!(media);
        }
        out
    }

    fn stream_body(&self, post: &Post) -> Value {
        let rules: Vec<Value> =
            self.matching(post).iter().map(|rule| json!({"id": rule.id, "tag": rule.tag})).collect();
        self.named(json!({
            "data": self.wire(post), "includes": self.includes(post), "matching_rules": rules,
        }))
    }

    fn matching(&self, post: &Post) -> Vec<Rule> {
        let fits = |rule: &&Rule| terms(&rule.value).is_ok_and(|terms| self.matches(post, &terms));
        self.config.rules.iter().filter(fits).cloned().collect()
    }

    fn matches(&self, post: &Post, terms: &Terms) -> bool {
        // A repost holds what the original says.
        let original = post.draft.reposts.as_ref().and_then(|id| self.found(id).ok());
        let text = original.as_ref().map_or(&post.draft.text, |o| &o.draft.text);
        let handle = |user: &str| self.known(user).map_or_else(String::new, |p| p.handle.to_lowercase());
        let tokens = tokens(text);
        let holds = |term: &Term| match term {
            Term::Hashtag(tag) => {
                tokens.iter().any(|t| matches!(t, Token::Hashtag(found) if found.to_lowercase() == *tag))
            }
            Term::Mention(who) => {
                tokens.iter().any(|t| matches!(t, Token::Mention(found) if found.to_lowercase() == *who))
            }
            Term::From(who) => handle(&post.author) == *who || post.author == *who,
            Term::To(who) => {
                let parent = post.draft.in_reply_to.as_ref().and_then(|id| self.found(id).ok());
                parent.is_some_and(|p| handle(&p.author) == *who || p.author == *who)
            }
            Term::Conversation(id) => post.conversation == *id,
            Term::Repost => post.draft.reposts.is_some(),
            Term::Reply => post.draft.in_reply_to.is_some(),
            Term::Quote => post.draft.quotes.is_some(),
            Term::Media => !post.draft.pictures.is_empty(),
            Term::Word(word) => text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == word),
        };
        terms.iter().any(|together| together.iter().all(|(denied, term)| holds(term) != *denied))
    }

    /// The names of fields as configured.
    fn named(&self, value: Value) -> Value {
        if self.config.names == Names::Tweet {
            return value;
        }
        match value {
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| {
                        let key = match key.as_str() {
                            "edit_history_tweet_ids" => "edit_history_post_ids".into(),
                            "referenced_tweets" => "referenced_posts".into(),
                            "note_tweet" => "note_post".into(),
                            "tweets" => "posts".into(),
                            _ => key,
                        };
                        (key, self.named(value))
                    })
                    .collect(),
            ),
            Value::Array(items) => Value::Array(items.into_iter().map(|v| self.named(v)).collect()),
            other => other,
        }
    }

    fn signature(&self, bytes: &[u8]) -> String {
        format!("sha256={}", BASE64.encode(hmac_sha256(self.config.consumer_secret.as_bytes(), &[bytes])))
    }

    fn signed(&self, path: &str, body: Bytes) -> Sent {
        Sent {
            method: Method::POST,
            path: path.into(),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("user-agent".into(), "Twitterbot/1.0".into()),
                ("x-twitter-webhooks-signature".into(), self.signature(&body)),
            ],
            body,
        }
    }

    /// Delivers where there is a webhook and a rule matches.
    async fn stream(&self, id: &str) -> Delivered {
        let Ok(post) = self.found(id) else { return Delivered::No };
        if !*lock(&self.webhook) || self.matching(&post).is_empty() {
            return Delivered::No;
        }
        let body = self.stream_body(&post);
        match self.room.caller.send(self.signed(WEBHOOK, Bytes::from(body.to_string()))).await {
            Ok(answer) => Delivered::Answered(answer),
            Err(error) => Delivered::Failed(format!("{error:#}")),
        }
    }

    // The API.

    /// Who calls: OAuth 1.0a by recomputing its signature, or the bearer token.
    fn caller(&self, call: &Call) -> Result<Caller, Problem> {
        let header = call.header("authorization");
        if let Some(token) = header.strip_prefix("Bearer ") {
            return if token == self.config.bearer_token {
                Ok(Caller::App)
            } else {
                Err(Problem::unauthorized())
            };
        }
        let fields = header.strip_prefix("OAuth ").ok_or_else(Problem::unauthorized)?;
        let given = oauth_fields(fields).ok_or_else(Problem::unauthorized)?;
        self.check_oauth(call, &given).map_err(|why| {
            // The reason is for the person at the stage; X does not give one either.
            tracing::debug!(why, "a call to X was not signed as it should be");
            Problem::unauthorized()
        })?;
        Ok(Caller::User)
    }

    /// OAuth 1.0a, RFC 5849 §3: <https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature>.
    fn check_oauth(&self, call: &Call, given: &BTreeMap<String, String>) -> Result<(), &'static str> {
        let field = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
        if field("oauth_consumer_key") != self.config.consumer_key {
            return Err("another consumer key");
        }
        if field("oauth_token") != self.config.access_token {
            return Err("another token");
        }
        if field("oauth_signature_method") != "HMAC-SHA1" {
            return Err("another signature method");
        }
        if !matches!(given.get("oauth_version").map(String::as_str), None | Some("1.0")) {
            return Err("another version");
        }
        let now = self.room.now();
        let timestamp: i64 = field("oauth_timestamp").parse().map_err(|_| "no timestamp")?;
        if now.timestamp().abs_diff(timestamp) > 300 {
            return Err("the timestamp is out of bounds");
        }
        let nonce = field("oauth_nonce");
        if nonce.is_empty() {
            return Err("no nonce");
        }
        let mut parameters: Vec<(String, String)> = given
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "oauth_signature" | "realm"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        parameters.extend(form_urlencoded::parse(call.query.as_bytes()).into_owned());
        if call.is_form() {
            parameters.extend(pairs(&call.body));
        }
        let url = format!("http://{}{}", call.header("host").to_ascii_lowercase(), call.path);
        let secrets = (self.config.consumer_secret.as_str(), self.config.access_token_secret.as_str());
        if oauth_signature(call.method.as_str(), &url, &parameters, secrets) != field("oauth_signature") {
            return Err("the signature does not match");
        }
        let mut state = lock(&self.state);
        state.nonces.retain(|_, at| now - *at < TimeDelta::minutes(10));
        if state.nonces.insert(format!("{timestamp} {nonce}"), now).is_some() {
            return Err("the nonce was used before");
        }
        Ok(())
    }

    fn create(self: &Arc<Self>, call: &Call) -> Result<Value, Problem> {
        if !call.is_json() {
            return Err(Problem::new(415, "Unsupported Media Type", "Content-Type must be application/json"));
        }
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let fields =
            body.as_object().ok_or_else(|| Problem::invalid("", "Request body must be an object"))?;
        let known = [
            "card_uri",
            "community_id",
            "direct_message_deep_link",
            "edit_options",
            "for_super_followers_only",
            "geo",
            "made_with_ai",
            "media",
            "nullcast",
            "paid_partnership",
            "poll",
            "quote_tweet_id",
            "reply",
            "reply_settings",
            "share_with_followers",
            "text",
        ];
        if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!(
                "$.{unknown}: is not defined in the schema and the schema does not allow additional properties"
            );
            return Err(Problem::invalid(unknown, &message));
        }
        let text = match fields.get("text") {
            None => "",
            Some(Value::String(text)) => text,
            Some(_) => return Err(Problem::invalid("text", "$.text: must be a string")),
        };
        if text.trim().is_empty() && !fields.contains_key("media") {
            return Err(Problem::invalid("text", "$.text: is required unless media is given"));
        }
        if length(text) > LONGEST {
            return Err(Problem::forbidden("Your Tweet text is too long."));
        }
        let reply = match fields.get("reply") {
            None => None,
            Some(Value::Object(reply)) => {
                let inside =
                    ["auto_populate_reply_metadata", "exclude_reply_user_ids", "in_reply_to_tweet_id"];
                if let Some(unknown) = reply.keys().find(|key| !inside.contains(&key.as_str())) {
                    let message = format!(
                        "$.reply.{unknown}: is not defined in the schema and the schema does not allow additional properties"
                    );
                    return Err(Problem::invalid("reply", &message));
                }
                let id = reply.get("in_reply_to_tweet_id").and_then(Value::as_str);
                let id =
                    id.ok_or_else(|| Problem::invalid("reply", "$.reply.in_reply_to_tweet_id: is required"))?;
                Some(id.to_owned())
            }
            Some(_) => return Err(Problem::invalid("reply", "$.reply: must be an object")),
        };
        if let Some(settings) = fields.get("reply_settings")
            && !matches!(settings.as_str(), Some("following" | "mentionedUsers" | "subscribers" | "verified"))
        {
            return Err(Problem::invalid(
                "reply_settings",
                "$.reply_settings: is not one of the allowed values",
            ));
        }
        if fields.contains_key("quote_tweet_id") {
            // Quoting is for Enterprise.
            return Err(Problem::forbidden("You are not permitted to perform this action."));
        }
        self.check_reply(reply.as_deref())?;
        let account = &self.config.account.id;
        let turn = lock(&self.turn);
        let now = self.room.chat_now();
        let day = TimeDelta::hours(24);
        let twice = lock(&self.state).posts.iter().any(|p| {
            p.author == *account
                && !p.deleted
                && (now - p.at).abs() < day
                && p.draft.text.trim() == text.trim()
        });
        if twice {
            return Err(Problem::forbidden("You are not allowed to create a Tweet with duplicate content."));
        }
        let draft = Draft { in_reply_to: reply, ..Draft::text(text) };
        let post = self.add(account, draft, None, Some(body.clone()));
        drop(turn);
        if let Some(delay) = self.config.echo {
            let (inner, id) = (Arc::clone(self), post.id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                if let Delivered::Failed(error) = inner.stream(&id).await {
                    tracing::warn!(post = id, error, "X's own webhook delivery failed");
                }
            });
        }
        let wire = self.wire(&post);
        Ok(self.named(json!({"data": {
            "id": post.id, "text": wire["text"], "edit_history_tweet_ids": post.versions,
        }})))
    }

    /// Pay-per-use answers only who summoned it: its author mentioned or quoted the account. Threads of
    /// one's own are let pass; X's pages are silent on them.
    fn check_reply(&self, to: Option<&str>) -> Result<(), Problem> {
        let Some(id) = to else { return Ok(()) };
        let gone =
            || Problem::forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.");
        let parent = self.found(id).map_err(|_| gone())?;
        if parent.deleted {
            return Err(gone());
        }
        let account = &self.config.account;
        let quoted = parent.draft.quotes.as_ref().and_then(|q| self.found(q).ok());
        let summoned = parent.author == account.id
            || parent.pings.contains(&account.id)
            || quoted.is_some_and(|q| q.author == account.id);
        if summoned {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by \
             the author of the post you are replying to.",
        ))
    }

    fn list(&self, call: &Call, mut found: Vec<Post>, least: usize, key: &str) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let number = |name: &str| -> Result<Option<u64>, Problem> {
            let parse = |v: &String| {
                v.parse::<u64>().map_err(|_| {
                    Problem::invalid(name, &format!("The `{name}` query parameter value [{v}] is not valid"))
                })
            };
            query.get(name).map(parse).transpose()
        };
        let time = |name: &str| -> Result<Option<DateTime<Utc>>, Problem> {
            let parse = |v: &String| {
                DateTime::parse_from_rfc3339(v).map(|t| t.with_timezone(&Utc)).map_err(|_| {
                    Problem::invalid(name, &format!("The `{name}` query parameter value [{v}] is not valid"))
                })
            };
            query.get(name).map(parse).transpose()
        };
        let limit = match query.get("max_results") {
            None => 10,
            Some(given) => {
                given.parse::<usize>().ok().filter(|n| (least..=100).contains(n)).ok_or_else(|| {
                    let why = format!(
                        "The `max_results` query parameter value [{given}] is not between {least} and 100"
                    );
                    Problem::invalid("max_results", &why)
                })?
            }
        };
        let (since, until) = (number("since_id")?, number("until_id")?);
        let (start, end) = (time("start_time")?, time("end_time")?);
        let page = query.get("pagination_token").or_else(|| query.get("next_token"));
        let page = match page {
            None => None,
            Some(token) => {
                let id = token.strip_prefix("7140dibdnow").and_then(|id| id.parse::<u64>().ok());
                Some(id.ok_or_else(|| Problem::invalid(key, "The pagination token is not valid"))?)
            }
        };
        let id_of = |p: &Post| p.id.parse::<u64>().unwrap_or(0);
        found.retain(|p| {
            let id = id_of(p);
            !p.deleted
                && !p.superseded
                && since.is_none_or(|since| id > since)
                && until.is_none_or(|until| id < until)
                && page.is_none_or(|page| id < page)
                && start.is_none_or(|start| p.at >= start)
                && end.is_none_or(|end| p.at < end)
        });
        found.sort_by_key(|p| std::cmp::Reverse(id_of(p)));
        let more = found.len() > limit;
        found.truncate(limit);
        let wanted = |names: [&str; 2]| -> BTreeSet<String> {
            names.iter().filter_map(|n| query.get(*n)).flat_map(|v| v.split(',')).map(str::to_owned).collect()
        };
        let mut fields = wanted(["tweet.fields", "post.fields"]);
        let user_fields = wanted(["user.fields", "user.fields"]);
        let expansions = wanted(["expansions", "expansions"]);
        let renamed = [
            ("note_post", "note_tweet"),
            ("referenced_posts", "referenced_tweets"),
            ("edit_history_post_ids", "edit_history_tweet_ids"),
        ];
        for (new, old) in renamed {
            if fields.contains(new) {
                fields.insert(old.into());
            }
        }
        fields.extend(["id", "text", "edit_history_tweet_ids"].map(str::to_owned));
        for (expansion, field) in [
            ("author_id", "author_id"),
            ("referenced_tweets.id", "referenced_tweets"),
            ("referenced_tweets.id.author_id", "referenced_tweets"),
            ("attachments.media_keys", "attachments"),
        ] {
            let post_name = expansion.replace("tweets", "posts");
            if expansions.contains(expansion) || expansions.contains(&post_name) {
                fields.insert(field.into());
            }
        }
        let trim = |mut post: Value| {
            if let Some(object) = post.as_object_mut() {
                object.retain(|key, _| fields.contains(key));
            }
            post
        };
        let data: Vec<Value> = found.iter().map(|p| trim(self.wire(p))).collect();
        let mut meta = json!({"result_count": found.len()});
        let mut body = Map::new();
        if let (Some(newest), Some(oldest)) = (found.first(), found.last()) {
            meta["newest_id"] = json!(newest.id);
            meta["oldest_id"] = json!(oldest.id);
            if more {
                meta["next_token"] = json!(format!("7140dibdnow{}", oldest.id));
            }
            body.insert("data".into(), json!(data));
        }
        let mut includes = Map::new();
        for post in &found {
            let Value::Object(parts) = self.includes(post) else { continue };
            for (part, items) in parts {
                let asked = expansions.iter().any(|e| match part.as_str() {
                    "users" => e.ends_with("author_id"),
                    "tweets" => e.starts_with("referenced_"),
                    _ => e == "attachments.media_keys",
                });
                if !asked {
                    continue;
                }
                let list = includes.entry(part.clone()).or_insert_with(|| json!([]));
                let Some(list) = list.as_array_mut() else { continue };
                for mut item in items.as_array().cloned().unwrap_or_default() {
                    if part == "users"
                        && let Some(user) = item.as_object_mut()
                    {
                        user.retain(|k, _| {
                            matches!(k.as_str(), "id" | "name" | "username") || user_fields.contains(k)
                        });
                    }
                    if part == "tweets" {
                        item = trim(item);
                    }
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
            }
        }
        if !includes.is_empty() {
            body.insert("includes".into(), Value::Object(includes));
        }
        body.insert("meta".into(), meta);
        Ok(self.named(Value::Object(body)))
    }

    fn search(&self, call: &Call) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let asked = query.get("query").map(String::as_str).unwrap_or_default();
        if asked.is_empty() || length(asked) > 512 {
            return Err(Problem::invalid("query", "query must have 1 to 512 characters"));
        }
        let terms = terms(asked).map_err(|error| Problem::invalid("query", &error.to_string()))?;
        let now = self.room.chat_now();
        let lag = TimeDelta::from_std(self.config.search_lag).unwrap_or_default();
        let latest = if query.contains_key("end_time") { now } else { now - lag };
        let posts = lock(&self.state).posts.clone();
        let recent = |p: &Post| p.at <= latest && now - p.at < TimeDelta::days(7);
        let found = posts.into_iter().filter(|p| recent(p) && self.matches(p, &terms)).collect();
        self.list(call, found, 10, "next_token")
    }

    fn route(self: &Arc<Self>, call: &Call, path: &[&str]) -> Reply {
        let limits = &self.config.limits;
        let (name, most) = match (call.method.as_str(), path) {
            ("POST", ["2", "tweets"]) => ("create", limits.create),
            ("DELETE", ["2", "tweets", _]) => ("delete", limits.delete),
            ("GET", ["2", "users", "me"]) => ("me", limits.me),
            ("GET", ["2", "users", _, "tweets"]) => ("timeline", limits.timeline),
            ("GET", ["2", "tweets", "search", "recent"]) => ("search", limits.search),
            _ => return problem(Problem::new(404, "Not Found Error", "Not Found")),
        };
        let caller = match self.caller(call) {
            Ok(caller) => caller,
            Err(why) => return problem(why),
        };
        if caller == Caller::App && matches!(name, "create" | "delete" | "me") {
            return problem(Problem::app_only("OAuth 2.0 Application-Only"));
        }
        let now = self.room.now();
        let quarter = Duration::from_secs(15 * 60);
        let day = Duration::from_secs(24 * 3600);
        let (taken, window, daily) = {
            let mut state = lock(&self.state);
            let daily = (name == "create").then(|| {
                let window = state
                    .windows
                    .entry("create-day")
                    .or_insert_with(|| Window::new(limits.create_per_day, day));
                (window.take(now), window.clone())
            });
            let window = state.windows.entry(name).or_insert_with(|| Window::new(most, quarter));
            (window.take(now), window.clone(), daily)
        };
        let full = taken.is_err() || daily.as_ref().is_some_and(|(taken, _)| taken.is_err());
        let reply = if full { too_many() } else { self.act(call, path, name) };
        let reset = |w: &Window| now.timestamp() + i64::try_from(super::seconds_up(w.left(now))).unwrap_or(0);
        let mut reply = reply
            .with("x-rate-limit-limit", window.limit())
            .with("x-rate-limit-remaining", window.remaining())
            .with("x-rate-limit-reset", reset(&window));
        if let Some((_, daily)) = daily {
            reply = reply
                .with("x-app-limit-24hour-limit", daily.limit())
                .with("x-app-limit-24hour-remaining", daily.remaining())
                .with("x-app-limit-24hour-reset", reset(&daily));
        }
        reply
    }

    fn act(self: &Arc<Self>, call: &Call, path: &[&str], name: &str) -> Reply {
        let done = match (name, path) {
            ("create", _) => return self.create(call).map_or_else(problem, |body| Reply::json(201, body)),
            ("delete", ["2", "tweets", id]) => match self.found(id) {
                Ok(post) if post.author != self.config.account.id => {
                    Err(Problem::forbidden("You are not authorized to delete this Tweet."))
                }
                Ok(_) => Ok(json!({"data": {"deleted": self.remove(id)}})),
                Err(_) => Err(Problem::new(
                    404,
                    "Not Found Error",
                    &format!("Could not find tweet with id: [{id}]."),
                )),
            },
            ("me", _) => {
                let query = call.query_pairs();
                let fields: Vec<&str> =
                    query.get("user.fields").map(|f| f.split(',').collect()).unwrap_or_default();
                let mut me = self.user_object(&self.config.account);
                if let Some(me) = me.as_object_mut() {
                    me.retain(|k, _| {
                        matches!(k.as_str(), "id" | "name" | "username") || fields.contains(&k.as_str())
                    });
                }
                Ok(json!({"data": me}))
            }
            ("timeline", ["2", "users", user, "tweets"]) => {
                if self.known(user).is_none() {
                    Err(Problem::new(
                        404,
                        "Not Found Error",
                        &format!("Could not find user with id: [{user}]."),
                    ))
                } else {
                    let exclude = call.query_pairs().remove("exclude").unwrap_or_default();
                    let posts = lock(&self.state).posts.clone();
                    let kept = |p: &Post| {
                        p.author == *user
                            && !(exclude.contains("retweets") && p.draft.reposts.is_some())
                            && !(exclude.contains("replies") && p.draft.in_reply_to.is_some())
                    };
                    self.list(call, posts.into_iter().filter(kept).collect(), 5, "pagination_token")
                }
            }
            _ => self.search(call),
        };
        done.map_or_else(problem, |body| Reply::json(200, body))
    }
}

fn problem(problem: Problem) -> Reply {
    Reply::json(problem.status, problem.body)
}

fn too_many() -> Reply {
    Reply::json(429, Problem::new(429, "Too Many Requests", "Too Many Requests").body)
}

/// RFC 3986, §2.3: everything but the unreserved.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// RFC 5849, §3.4: the signature over method, address and decoded parameters, in base64.
fn oauth_signature(
    method: &str,
    url: &str,
    parameters: &[(String, String)],
    (consumer, token): (&str, &str),
) -> String {
    let mut encoded: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let base = format!("{method}&{}&{}", encode(url), encode(&joined.join("&")));
    let key = format!("{}&{}", encode(consumer), encode(token));
    BASE64.encode(hmac_sha1(key.as_bytes(), base.as_bytes()))
}

fn oauth_fields(header: &str) -> Option<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for field in header.split(',') {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        // A field twice is no header of ours.
        if out.insert(super::percent_decode(name.trim()), super::percent_decode(value)).is_some() {
            return None;
        }
    }
    Some(out)
}

fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let Ok(mut mac) = Hmac::<sha1::Sha1>::new_from_slice(key) else {
        // HMAC takes a key of any length.
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

impl Platform for Inner {
    fn room(&self) -> &Room {
        &self.room
    }

    fn handle(self: &Arc<Self>, call: &Call) -> Reply {
        let pieces = call.pieces();
        let path: Vec<&str> = pieces.iter().map(String::as_str).collect();
        self.route(call, &path)
    }

    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply {
        match retry_after {
            Some(wait) => {
                let reset = self.room.now().timestamp() + i64::try_from(super::seconds_up(wait)).unwrap_or(0);
                too_many()
                    .with("x-rate-limit-limit", self.config.limits.create)
                    .with("x-rate-limit-remaining", 0)
                    .with("x-rate-limit-reset", reset)
            }
            None => too_many(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 5849, §1.2.
    #[test]
    fn the_signature_is_that_of_the_rfc() {
        let parameters = [
            ("file", "vacation.jpg"),
            ("size", "original"),
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
        let signature = oauth_signature("GET", "http://photos.example.net/photos", &parameters, secrets);
        assert_eq!(signature, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }
}

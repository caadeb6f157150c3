//! X's API v2 as the app reads it, with its bearer token: searching, looking posts up, and asking to be
//! told of removals. What it asks of its webhooks and of batch compliance is in modules of their own.
//!
//! Another credential than the account's own, and another set of limits; so it is another client.
//! What X answers is given back as it is: reading it is `wire`'s.

use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use url::Url;

use crate::call::{Answer, Base, Twice, authorization, call};
use crate::error::{Reason, SendError};
use crate::x::{pace, refusal};
use crate::{Pace, Secret};

/// Pages of subscriptions that are read, of a thousand each: more than there can be.
const PAGES: usize = 5;

/// X, as the app. Every call takes `now`, the real time: X counts its limits by the clock.
#[derive(Debug)]
pub struct XReader {
    pub(crate) http: reqwest::Client,
    pub(crate) api: Base,
    bearer: Secret,
    /// Which names of fields X takes, once it is known: see [`Names`].
    names: AtomicU8,
}

/// X is renaming its fields from tweets to posts. Its specification knows the new names only, its pages
/// the old ones, and an unknown parameter is refused. Which ones it takes, the first call finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Post,
    Tweet,
}

impl Names {
    pub(crate) fn fields(self) -> [(&'static str, &'static str); 4] {
        const USER: (&str, &str) = ("user.fields", "name,username,profile_image_url");
        const MEDIA: (&str, &str) = ("media.fields", "media_key,type,url,preview_image_url,alt_text");
        match self {
            // Author, references and versions come with their expansions.
            Names::Post => [
                ("post.fields", "created_at,entities,attachments,note_post"),
                ("expansions", "author_id,referenced_posts,attachments.media_keys,edit_history_post_ids"),
                USER,
                MEDIA,
            ],
            Names::Tweet => [
                (
                    "tweet.fields",
                    "created_at,author_id,entities,attachments,note_tweet,referenced_tweets,edit_history_tweet_ids",
                ),
                (
                    "expansions",
                    "author_id,referenced_tweets.id,referenced_tweets.id.author_id,attachments.media_keys",
                ),
                USER,
                MEDIA,
            ],
        }
    }

    /// Of what people did with a post: nothing else comes along.
    pub(crate) fn metrics(self) -> [(&'static str, &'static str); 1] {
        match self {
            Names::Post => [("post.fields", "public_metrics")],
            Names::Tweet => [("tweet.fields", "public_metrics")],
        }
    }

    fn other(self) -> Names {
        match self {
            Names::Post => Names::Tweet,
            Names::Tweet => Names::Post,
        }
    }
}

/// What is to be told of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fields {
    /// Every field that a post of the webhook has.
    Whole,
    /// How often it was replied to, reposted and quoted.
    Metrics,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search<'a> {
    /// X's query, 512 characters at most
    /// (<https://docs.x.com/x-api/posts/search/integrate/build-a-query>).
    pub query: &'a str,
    /// Posts written from then on.
    pub from: DateTime<Utc>,
    /// Posts written before; without it, up to half a minute ago.
    pub before: Option<DateTime<Utc>>,
    /// Where an earlier page said to go on.
    pub next: Option<&'a str>,
}

/// What X answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The body, as it came.
    pub body: Vec<u8>,
    /// What may still be asked.
    pub pace: Option<Pace>,
}

/// A subscription to what happens at an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// X's name for it.
    pub id: String,
    /// What happens.
    pub event: String,
    /// To whom.
    pub user: String,
}

impl XReader {
    /// `api_url` as configured, by default `https://api.x.com/`.
    pub fn new(http: reqwest::Client, api_url: Url, bearer: Secret) -> Self {
        Self { http, api: Base::new(api_url), bearer, names: AtomicU8::new(0) }
    }

    /// A page of a hundred posts, newest first ([Search recent Posts]). Seven days back at most.
    ///
    /// [Search recent Posts]: https://docs.x.com/x-api/posts/search-recent-posts
    pub async fn search(&self, search: &Search<'_>, now: DateTime<Utc>) -> Result<Page, SendError> {
        let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let url = self.api.at(&["2", "tweets", "search", "recent"])?;
        let mut query = vec![
            ("query", search.query.to_owned()),
            ("max_results", "100".to_owned()),
            ("start_time", stamp(search.from)),
        ];
        query.extend(search.before.map(|before| ("end_time", stamp(before))));
        query.extend(search.next.map(|next| ("next_token", next.to_owned())));
        self.read(&url, &query, Fields::Whole, now).await
    }

    /// Posts by their ids, a hundred at most ([Get Posts by IDs]).
    ///
    /// [Get Posts by IDs]: https://docs.x.com/x-api/posts/get-posts-by-ids
    pub async fn posts(&self, ids: &[String], now: DateTime<Utc>) -> Result<Page, SendError> {
        let url = self.api.at(&["2", "tweets"])?;
        self.read(&url, &[("ids", ids.join(","))], Fields::Whole, now).await
    }

    /// How often posts were replied to, reposted and quoted ([Get Posts by IDs]), by their ids, a hundred at most. Each
    /// version of an edited post counts for itself. It is charged like any reading of a post, once a day of UTC.
    ///
    /// [Get Posts by IDs]: https://docs.x.com/x-api/posts/get-posts-by-ids
    pub async fn metrics(&self, ids: &[String], now: DateTime<Utc>) -> Result<Page, SendError> {
        let url = self.api.at(&["2", "tweets"])?;
        self.read(&url, &[("ids", ids.join(","))], Fields::Metrics, now).await
    }

    /// Asks X to tell `webhook` of what happens at an account ([Create activity subscription]), and gives
    /// the subscription's name. Asked twice it may be made twice; X then tells twice, which is harmless.
    ///
    /// [Create activity subscription]: https://docs.x.com/x-api/activity/create-x-activity-subscription
    pub async fn subscribe(
        &self,
        event: &str,
        user: &str,
        webhook: &str,
        now: DateTime<Utc>,
    ) -> Result<String, SendError> {
        let url = self.api.at(&["2", "activity", "subscriptions"])?;
        let body = json!({ "event_type": event, "filter": { "user_id": user }, "webhook_id": webhook, "tag": "earshot" });
        let answer = self.ask(Method::POST, url, Some(&body), now).await?;
        let said = answer.expect_value()?;
        let places =
            ["/data/subscription/subscription_id", "/data/subscription_id", "/data/0/subscription_id"];
        let id = places.iter().find_map(|at| said.pointer(at)).and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| answer.unreadable())
    }

    /// Ends a subscription ([Delete activity subscription]). One that is gone already counts as ended.
    ///
    /// [Delete activity subscription]: https://docs.x.com/x-api/activity/deletes-x-activity-subscription
    pub async fn unsubscribe(&self, id: &str, now: DateTime<Utc>) -> Result<(), SendError> {
        let url = self.api.at(&["2", "activity", "subscriptions", id])?;
        match self.ask(Method::DELETE, url, None, now).await {
            Ok(_) => Ok(()),
            Err(error) if error.reason() == Some(Reason::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Every subscription of the app ([Get activity subscriptions]).
    ///
    /// [Get activity subscriptions]: https://docs.x.com/x-api/activity/get-x-activity-subscriptions
    pub async fn subscriptions(&self, now: DateTime<Utc>) -> Result<Vec<Subscription>, SendError> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = self.api.at(&["2", "activity", "subscriptions"])?;
            url.query_pairs_mut().append_pair("max_results", "1000");
            if let Some(next) = &next {
                url.query_pairs_mut().append_pair("pagination_token", next);
            }
            let answer = self.ask(Method::GET, url, None, now).await?;
            let said = answer.expect_value()?;
            let text = |of: &Value, at: &str| of.pointer(at).and_then(Value::as_str).map(str::to_owned);
            for one in said.get("data").and_then(Value::as_array).into_iter().flatten() {
                let id = text(one, "/subscription_id").ok_or_else(|| answer.unreadable())?;
                let (event, user) = (text(one, "/event_type"), text(one, "/filter/user_id"));
                // Others of this app's may be about something else than an account.
                if let (Some(event), Some(user)) = (event, user) {
                    all.push(Subscription { id, event, user });
                }
            }
            next = text(&said, "/meta/next_token");
            if next.is_none() {
                return Ok(all);
            }
        }
        Err(SendError::Unknown { why: "X: more subscriptions than there may be".into() })
    }

    /// Reads with the fields that are wanted. Of the two sets of names the other one is
    /// tried where X refuses the first as malformed, until one was taken: a refused call has done nothing
    /// and costs nothing, so this repeats none.
    async fn read(
        &self,
        url: &Url,
        query: &[(&str, String)],
        fields: Fields,
        now: DateTime<Utc>,
    ) -> Result<Page, SendError> {
        let known = match self.names.load(Ordering::Relaxed) {
            1 => Some(Names::Post),
            2 => Some(Names::Tweet),
            _ => None,
        };
        let first = known.unwrap_or(Names::Post);
        match self.read_by((first, fields), url, query, now).await {
            Err(error) if known.is_none() && error.reason() == Some(Reason::BadPayload) => {
                let second = self.read_by((first.other(), fields), url, query, now).await;
                // Both refused: it is something else that X does not like, and the first answer says what.
                if second.as_ref().is_err_and(|second| second.reason() == Some(Reason::BadPayload)) {
                    return Err(error);
                }
                second
            }
            answer => answer,
        }
    }

    async fn read_by(
        &self,
        (names, fields): (Names, Fields),
        url: &Url,
        query: &[(&str, String)],
        now: DateTime<Utc>,
    ) -> Result<Page, SendError> {
        let mut url = url.clone();
        url.query_pairs_mut().extend_pairs(query);
        match fields {
            Fields::Whole => url.query_pairs_mut().extend_pairs(names.fields()),
            Fields::Metrics => url.query_pairs_mut().extend_pairs(names.metrics()),
        };
        let answer = self.ask(Method::GET, url, None, now).await?;
        self.names.store(if names == Names::Post { 1 } else { 2 }, Ordering::Relaxed);
        Ok(Page { pace: pace(&answer, now), body: answer.into_body() })
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        now: DateTime<Utc>,
    ) -> Result<Answer, SendError> {
        let bearer = authorization(&format!("Bearer {}", self.bearer.expose()))?;
        let mut request = self.http.request(method, url).header(AUTHORIZATION, bearer);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = call(request, Twice::Harmless).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer, now)) }
    }
}

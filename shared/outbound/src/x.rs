//! X's API v2, as the host's own account: <https://docs.x.com/x-api/posts/manage-tweets/introduction>.
//!
//! Signed with OAuth 1.0a user context: its tokens do not expire, so nothing needs refreshing.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::call::{Answer, Base, TURNED_AWAY, Twice, authorization, call};
use crate::error::{Reason, Scope, SendError};
use crate::{Pace, Posted, Secret, oauth};

/// Pages of our own timeline that a search reads, and posts on each.
const PAGES: usize = 3;
const PAGE: &str = "100";

/// Without a hint: X counts in windows of fifteen minutes.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// X's limits, narrowest first, and what waits when one is used up:
/// <https://docs.x.com/x-api/fundamentals/rate-limits>.
const LIMITS: [(&str, &str, Scope); 3] = [
    ("x-rate-limit-remaining", "x-rate-limit-reset", Scope::Destination),
    ("x-user-limit-24hour-remaining", "x-user-limit-24hour-reset", Scope::Destination),
    ("x-app-limit-24hour-remaining", "x-app-limit-24hour-reset", Scope::Platform),
];

/// The four keys of one X account and app.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The app's API key.
    pub consumer_key: Secret,
    /// The app's API key secret.
    pub consumer_secret: Secret,
    /// The account's access token.
    pub access_token: Secret,
    /// The account's access token secret.
    pub access_token_secret: Secret,
}

/// X, as one account. Every call takes `now`, the real time: X refuses signatures whose time is off
/// by more than some minutes, and counts its limits by the clock.
#[derive(Debug)]
pub struct X {
    http: reqwest::Client,
    pub(crate) api: Base,
    keys: Keys,
    /// Our account's id, asked for once: each asking costs a cent.
    own_id: OnceLock<String>,
}

impl X {
    /// `api_url` as configured, by default `https://api.x.com/`.
    pub fn new(http: reqwest::Client, api_url: Url, keys: Keys) -> Self {
        Self { http, api: Base::new(api_url), keys, own_id: OnceLock::new() }
    }

    /// Posts a text ([Create Post]), as a reply if asked. `mark` is the delivery's name and makes the
    /// signature's nonce its own.
    ///
    /// X has no idempotency key, but refuses an equal text as [`Reason::Duplicate`]. That is a proof
    /// of an earlier success only after doubt, and only with [`find_own`](Self::find_own).
    ///
    /// [Create Post]: https://docs.x.com/x-api/posts/create-post
    pub async fn create_post(
        &self,
        text: &str,
        in_reply_to: Option<&str>,
        mark: &str,
        now: DateTime<Utc>,
    ) -> Result<Posted, SendError> {
        let mut body = json!({ "text": text });
        if let Some(parent) = in_reply_to {
            body["reply"] = json!({ "in_reply_to_tweet_id": parent });
        }
        let url = self.api.at(&["2", "tweets"])?;
        let answer = self.ask(Method::POST, url, Some(&body), Twice::Shows, mark, now).await?;
        let id = data(&answer, "id")?.ok_or_else(|| answer.unreadable())?;
        Ok(Posted { id, channel: None, pace: pace(&answer, now) })
    }

    /// Removes a post of ours ([Delete Post]). One that is gone already counts as removed.
    ///
    /// [Delete Post]: https://docs.x.com/x-api/posts/delete-post
    pub async fn delete_post(&self, id: &str, now: DateTime<Utc>) -> Result<Option<Pace>, SendError> {
        let url = self.api.at(&["2", "tweets", id])?;
        match self.ask(Method::DELETE, url, None, Twice::Harmless, id, now).await {
            Ok(answer) => Ok(pace(&answer, now)),
            Err(error) if error.reason() == Some(Reason::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks for our post with this text since `since` in our own timeline ([Get Posts]), after a
    /// [`SendError::Unknown`]. `None` means that the timeline does not show it, which for some seconds
    /// after posting may be the timeline's delay.
    ///
    /// Texts are compared word by word: X writes `&` as `&amp;`, wraps every link as `t.co`, and may
    /// put the names of those replied to in front. No fields are asked for beyond the text, whose
    /// parameter X is renaming (`tweet.fields`, `post.fields`).
    ///
    /// [Get Posts]: https://docs.x.com/x-api/users/get-posts
    pub async fn find_own(
        &self,
        text: &str,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, SendError> {
        let own_id = self.own_id(now).await?;
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = self.api.at(&["2", "users", &own_id, "tweets"])?;
            {
                let mut query = url.query_pairs_mut();
                query.append_pair("exclude", "retweets").append_pair("max_results", PAGE);
                query.append_pair("start_time", &since.to_rfc3339_opts(SecondsFormat::Secs, true));
                if let Some(next) = &next {
                    query.append_pair("pagination_token", next);
                }
            }
            let answer = self.ask(Method::GET, url, None, Twice::Harmless, text, now).await?;
            let said = answer.expect_value()?;
            let posts = said.get("data").and_then(Value::as_array);
            // An empty timeline has no `data`, but always its `meta`.
            if posts.is_none() && said.get("meta").is_none() {
                return Err(answer.unreadable());
            }
            for post in posts.into_iter().flatten() {
                let shown = post.get("text").and_then(Value::as_str).ok_or_else(|| answer.unreadable())?;
                if same_text(text, shown) {
                    let id = post.get("id").and_then(Value::as_str);
                    return id.map(|id| Some(id.to_owned())).ok_or_else(|| answer.unreadable());
                }
            }
            next = said.pointer("/meta/next_token").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                return Ok(None);
            }
        }
        Err(SendError::Unknown { why: "X: more posts of ours since then than one search reads".into() })
    }

    /// Whether our keys are taken: asks who we are ([Get my User]), anew each time. `mark` tells this asking
    /// from others in the same second, which X would take for one that is sent again.
    ///
    /// [Get my User]: https://docs.x.com/x-api/users/get-my-user
    pub async fn check(&self, mark: &str, now: DateTime<Utc>) -> Result<(), SendError> {
        let url = self.api.at(&["2", "users", "me"])?;
        self.ask(Method::GET, url, None, Twice::Harmless, mark, now).await.map(drop)
    }

    /// The account's id ([Get my User]), asked for once.
    ///
    /// [Get my User]: https://docs.x.com/x-api/users/get-my-user
    pub async fn own_id(&self, now: DateTime<Utc>) -> Result<String, SendError> {
        if let Some(id) = self.own_id.get() {
            return Ok(id.clone());
        }
        let url = self.api.at(&["2", "users", "me"])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless, "me", now).await?;
        let id = data(&answer, "id")?.ok_or_else(|| answer.unreadable())?;
        Ok(self.own_id.get_or_init(|| id).clone())
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        twice: Twice,
        mark: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, SendError> {
        let signed = authorization(&oauth::header(&method, &url, &self.keys, mark, now))?;
        let mut request = self.http.request(method, url).header(AUTHORIZATION, signed);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = call(request, twice).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer, now)) }
    }
}

/// A text field of `data`.
fn data(answer: &Answer, key: &str) -> Result<Option<String>, SendError> {
    let said = answer.expect_value()?;
    Ok(said.pointer(&format!("/data/{key}")).and_then(Value::as_str).map(str::to_owned))
}

/// How long until an instant given in Unix seconds; at least a second, as X rounds.
fn until(epoch: f64, now: DateTime<Utc>) -> Duration {
    let millis = epoch * 1000.0 - now.timestamp_millis() as f64;
    Duration::from_millis(millis.max(1000.0) as u64)
}

pub(crate) fn pace(answer: &Answer, now: DateTime<Utc>) -> Option<Pace> {
    Some(Pace {
        remaining: answer.header("x-rate-limit-remaining")?.trim().parse().ok()?,
        reset_after: until(answer.number("x-rate-limit-reset")?, now),
        bucket: None,
    })
}

/// A refusal sorted by what to do next: <https://docs.x.com/x-api/fundamentals/response-codes-and-errors>.
/// X answers with problem documents (RFC 7807), or the older `{"errors":[{"code","message"}]}`.
pub(crate) fn refusal(answer: &Answer, now: DateTime<Utc>) -> SendError {
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        return busy(answer, now);
    }
    if answer.is_the_guards() {
        return SendError::later(TURNED_AWAY, Scope::Platform, "X: 403 from before its API");
    }
    let Some(said) = answer.value() else {
        return answer.refused_by_status();
    };
    let field = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let older = said.pointer("/errors/0/code").and_then(Value::as_i64);
    let older_words = said.pointer("/errors/0/message").and_then(Value::as_str).unwrap_or_default();
    let detail = if field("detail").is_empty() { older_words } else { field("detail") };
    let lower = detail.to_lowercase();
    let reason = if answer.status == StatusCode::UNAUTHORIZED {
        Reason::TokenInvalid
    } else if older == Some(187) || lower.contains("duplicate content") {
        Reason::Duplicate
    } else if older == Some(186) || lower.contains("too long") || lower.contains("bit shorter") {
        Reason::TooLong
    } else {
        answer.reason()
    };
    let problem = field("type").rsplit('/').next().unwrap_or_default();
    let code = match (older, problem) {
        (Some(number), _) => number.to_string(),
        (None, "" | "about:blank") => answer.status_code(),
        (None, problem) => problem.to_owned(),
    };
    // What is malformed, and why a plan is not enough, X says beside its general sentence.
    let more = [older_words, field("reason")].into_iter().filter(|more| !detail.contains(more));
    let detail = more.fold(detail.to_owned(), |detail, more| format!("{detail} {more}"));
    SendError::refused(reason, code, detail.trim())
}

/// HTTP 429. The limit that is used up says when; if none says so, the shortest window does.
fn busy(answer: &Answer, now: DateTime<Utc>) -> SendError {
    let used_up = LIMITS
        .iter()
        .filter(|(remaining, ..)| answer.number(remaining) == Some(0.0))
        .filter_map(|(_, reset, scope)| Some((until(answer.number(reset)?, now), *scope)))
        .max_by_key(|(after, _)| *after);
    let stated = || answer.number("x-rate-limit-reset").map(|reset| until(reset, now));
    let (after, scope) = used_up
        .unwrap_or_else(|| (stated().or_else(|| answer.retry_after()).unwrap_or(WINDOW), Scope::Destination));
    SendError::later(after, scope, "X: too many requests")
}

/// Is this how X shows our text?
fn same_text(ours: &str, shown: &str) -> bool {
    let shown = decoded(shown);
    let ours: Vec<&str> = ours.split_whitespace().collect();
    let mut shown: Vec<&str> = shown.split_whitespace().collect();
    while shown.len() > ours.len() && shown[0].starts_with('@') {
        shown.remove(0);
    }
    ours.len() == shown.len() && ours.iter().zip(&shown).all(|(ours, shown)| same_word(ours, shown))
}

/// Equal, or a link of ours that X wrapped, with whatever stands around it.
fn same_word(ours: &str, shown: &str) -> bool {
    if ours == shown {
        return true;
    }
    let Some(start) = shown.find("https://t.co/") else {
        return false;
    };
    let tail = &shown[start + "https://t.co/".len()..];
    let after = tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    ours.strip_prefix(&shown[..start])
        .and_then(|ours| ours.strip_suffix(after))
        .is_some_and(|link| link.contains('.'))
}

/// X escapes these three, and older posts two more.
fn decoded(text: &str) -> String {
    // `&amp;` last, so that "&amp;lt;" ends as the "&lt;" that was written.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_x_shows_them() {
        for (ours, shown) in [
            ("Q1. Bread & butter?\n\nBegin with A1", "Q1. Bread &amp; butter?\n\nBegin with A1"),
            ("a < b > c &lt;", "a &lt; b &gt; c &amp;lt;"),
            ("see (https://example.org/a?b=c).", "see (https://t.co/AbC123xyz0)."),
            ("ask Booking.com today", "ask https://t.co/AbC123xyz0 today"),
            ("thanks", "@ada @bob thanks"),
            ("@ada thanks", "@ada thanks"),
            ("two  spaces ", "two spaces"),
        ] {
            assert!(same_text(ours, shown), "{ours:?} is shown as {shown:?}");
        }
        for (ours, shown) in [
            ("Q1. Bread?", "Q2. Bread?"),
            ("Q1. Bread", "Q1. Bread and butter"),
            ("ask today", "ask https://t.co/AbC123xyz0"),
            ("thanks @ada", "@bob thanks"),
            ("", "word"),
        ] {
            assert!(!same_text(ours, shown), "{ours:?} is not {shown:?}");
        }
    }
}

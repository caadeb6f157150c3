//! X's webhook, the rules of its filtered stream, and the link between the two:
//! <https://docs.x.com/x-api/webhooks/stream/quickstart>.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::call::{Answer, Twice};
use crate::error::{Reason, SendError};
use crate::reader::{Names, XReader};
use crate::webhooks::{Webhook, webhook};
use crate::x::X;

/// Pages of rules that are read, of a thousand each: 25,000 is what X's largest plan has.
const PAGES: usize = 26;

/// The account that speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its handle, without `@`.
    pub handle: String,
    /// What it says of itself; may be empty.
    pub bio: String,
}

/// A rule of the filtered stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// X's name for it.
    pub id: String,
    /// Which posts it takes.
    pub value: String,
    /// The label that whoever made it gave it; may be empty.
    pub tag: String,
}

impl X {
    /// The account that our keys belong to ([Get my User]), asked for anew each time, with its bio. `mark`
    /// tells this asking from others in the same second, which X would take for one that is sent again.
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`], and whatever X says.
    ///
    /// [Get my User]: https://docs.x.com/x-api/users/get-my-user
    pub async fn account(&self, mark: &str, now: DateTime<Utc>) -> Result<Account, SendError> {
        let mut url = self.api.at(&["2", "users", "me"])?;
        url.query_pairs_mut().append_pair("user.fields", "description");
        let answer = self.ask(Method::GET, url, None, Twice::Harmless, mark, now).await?;
        let said = answer.expect_value()?;
        let text = |name: &str| said.pointer(&format!("/data/{name}")).and_then(Value::as_str);
        let need = |name: &str| text(name).map(str::to_owned).ok_or_else(|| answer.unreadable());
        Ok(Account {
            id: need("id")?,
            name: need("name")?,
            handle: need("username")?,
            bio: text("description").unwrap_or_default().to_owned(),
        })
    }
}

impl XReader {
    /// Registers a webhook ([Create webhook]). X asks the address its challenge before it answers, so it
    /// must be open already.
    ///
    /// # Errors
    /// [`Reason::BadPayload`] with X's words: `CrcValidationFailed` where the challenge was not answered,
    /// `UrlValidationFailed`, `DuplicateUrlFailed`, `WebhookLimitExceeded`.
    ///
    /// [Create webhook]: https://docs.x.com/x-api/webhooks/create-webhook
    pub async fn create_webhook(&self, address: &str, now: DateTime<Utc>) -> Result<Webhook, SendError> {
        let url = self.api.at(&["2", "webhooks"])?;
        let answer = self.ask(Method::POST, url, Some(&json!({ "url": address })), now).await?;
        let said = answer.expect_value()?;
        // The quickstart has it bare, the specification under `data`.
        webhook(said.get("data").unwrap_or(&said)).ok_or_else(|| answer.unreadable())
    }

    /// Has a webhook's challenge asked again, after which X sends to it once more ([Validate webhook]).
    ///
    /// # Errors
    /// [`Reason::BadPayload`] with X's words where the challenge was not answered.
    ///
    /// [Validate webhook]: https://docs.x.com/x-api/webhooks/validate-webhook
    pub async fn validate_webhook(&self, id: &str, now: DateTime<Utc>) -> Result<bool, SendError> {
        let url = self.api.at(&["2", "webhooks", id])?;
        let answer = self.ask(Method::PUT, url, None, now).await?;
        flag(&answer, "valid")
    }

    /// Takes a webhook back ([Delete webhook]). One that is gone already counts as taken back.
    ///
    /// # Errors
    /// Whatever X says.
    ///
    /// [Delete webhook]: https://docs.x.com/x-api/webhooks/delete-webhook
    pub async fn delete_webhook(&self, id: &str, now: DateTime<Utc>) -> Result<(), SendError> {
        let url = self.api.at(&["2", "webhooks", id])?;
        gone_is_fine(self.ask(Method::DELETE, url, None, now).await)
    }

    /// The rules of the app's filtered stream ([Get stream rules]).
    ///
    /// # Errors
    /// Whatever X says.
    ///
    /// [Get stream rules]: https://docs.x.com/x-api/stream/get-stream-rules
    pub async fn rules(&self, now: DateTime<Utc>) -> Result<Vec<Rule>, SendError> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = self.api.at(&["2", "tweets", "search", "stream", "rules"])?;
            if let Some(next) = &next {
                url.query_pairs_mut().append_pair("pagination_token", next);
            }
            let answer = self.ask(Method::GET, url, None, now).await?;
            let said = answer.expect_value()?;
            for one in said.get("data").and_then(Value::as_array).into_iter().flatten() {
                let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
                let need = |name: &str| text(name).ok_or_else(|| answer.unreadable());
                all.push(Rule {
                    id: need("id")?,
                    value: need("value")?,
                    tag: text("tag").unwrap_or_default(),
                });
            }
            next = said.pointer("/meta/next_token").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                return Ok(all);
            }
        }
        Err(SendError::Unknown { why: "X: more rules than there may be".into() })
    }

    /// Adds rules, each a value and a tag ([Update stream rules]). One that is there already is fine.
    ///
    /// # Errors
    /// [`Reason::BadPayload`] with X's words where it does not take one of them. The others may have been
    /// taken.
    ///
    /// [Update stream rules]: https://docs.x.com/x-api/stream/update-stream-rules
    pub async fn add_rules(&self, rules: &[(String, String)], now: DateTime<Utc>) -> Result<(), SendError> {
        let add: Vec<Value> =
            rules.iter().map(|(value, tag)| json!({ "value": value, "tag": tag })).collect();
        let answer = self.update_rules(&json!({ "add": add }), now).await?;
        let said = answer.expect_value()?;
        // What X does not take it names in an answer that is a success otherwise.
        let faults = said.get("errors").and_then(Value::as_array).into_iter().flatten();
        let text = |fault: &Value, name: &str| {
            fault.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let fault = faults
            .map(|fault| (text(fault, "title"), text(fault, "detail")))
            .find(|(title, _)| title != "DuplicateRule");
        match fault {
            None => Ok(()),
            Some((title, detail)) => Err(SendError::refused(Reason::BadPayload, title, &detail)),
        }
    }

    /// Removes rules by their ids ([Update stream rules]).
    ///
    /// # Errors
    /// Whatever X says.
    ///
    /// [Update stream rules]: https://docs.x.com/x-api/stream/update-stream-rules
    pub async fn delete_rules(&self, ids: &[String], now: DateTime<Utc>) -> Result<(), SendError> {
        self.update_rules(&json!({ "delete": { "ids": ids } }), now).await.map(drop)
    }

    async fn update_rules(&self, body: &Value, now: DateTime<Utc>) -> Result<Answer, SendError> {
        let url = self.api.at(&["2", "tweets", "search", "stream", "rules"])?;
        self.ask(Method::POST, url, Some(body), now).await
    }

    /// The webhooks that the stream is delivered to, by their ids ([Get stream links]). X's pages have the
    /// list under `data.links`, its specification directly under `data`.
    ///
    /// # Errors
    /// [`SendError::wants_another_plan`] where the app's plan has no such links.
    ///
    /// [Get stream links]: https://docs.x.com/x-api/webhooks/get-stream-links
    pub async fn stream_links(&self, now: DateTime<Utc>) -> Result<Vec<String>, SendError> {
        let url = self.api.at(&["2", "tweets", "search", "webhooks"])?;
        let answer = self.ask(Method::GET, url, None, now).await?;
        let said = answer.expect_value()?;
        let links = said.pointer("/data/links").or_else(|| said.get("data")).and_then(Value::as_array);
        let id = |link: &Value| match link.get("webhook_id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        links.into_iter().flatten().map(|link| id(link).ok_or_else(|| answer.unreadable())).collect()
    }

    /// Has the stream delivered to a webhook, with every field that a search has ([Create stream link]). Of
    /// the two sets of names X's pages have the older one here; the newer one is tried where X refuses that
    /// as malformed: a refused call has done nothing, so this repeats none.
    ///
    /// # Errors
    /// [`SendError::wants_another_plan`] where the app's plan has no such links.
    ///
    /// [Create stream link]: https://docs.x.com/x-api/webhooks/create-stream-link
    pub async fn link_stream(&self, webhook: &str, now: DateTime<Utc>) -> Result<bool, SendError> {
        match self.link_stream_by(Names::Tweet, webhook, now).await {
            Err(error) if error.reason() == Some(Reason::BadPayload) => {
                // Both refused: it is something else that X does not like, and the first answer says what.
                self.link_stream_by(Names::Post, webhook, now).await.map_err(|_| error)
            }
            answer => answer,
        }
    }

    async fn link_stream_by(
        &self,
        names: Names,
        webhook: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, SendError> {
        let mut url = self.api.at(&["2", "tweets", "search", "webhooks", webhook])?;
        url.query_pairs_mut().extend_pairs(names.fields());
        flag(&self.ask(Method::POST, url, None, now).await?, "provisioned")
    }

    /// Has the stream delivered to a webhook no more ([Delete stream link]). A link that is gone already
    /// counts as taken away.
    ///
    /// # Errors
    /// Whatever X says.
    ///
    /// [Delete stream link]: https://docs.x.com/x-api/webhooks/delete-stream-link
    pub async fn unlink_stream(&self, webhook: &str, now: DateTime<Utc>) -> Result<(), SendError> {
        let url = self.api.at(&["2", "tweets", "search", "webhooks", webhook])?;
        gone_is_fine(self.ask(Method::DELETE, url, None, now).await)
    }
}

/// A yes or no of `data`.
fn flag(answer: &Answer, name: &str) -> Result<bool, SendError> {
    let said = answer.expect_value()?;
    let found = said.pointer(&format!("/data/{name}")).or_else(|| said.get(name)).and_then(Value::as_bool);
    found.ok_or_else(|| answer.unreadable())
}

fn gone_is_fine(answer: Result<Answer, SendError>) -> Result<(), SendError> {
    match answer {
        Err(error) if error.reason() == Some(Reason::NotFound) => Ok(()),
        other => other.map(drop),
    }
}

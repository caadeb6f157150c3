//! The webhooks that X knows of the app, and whether it still sends to them.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::Value;

use crate::error::SendError;
use crate::reader::XReader;

/// A webhook of the app's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// X's name for it.
    pub id: String,
    /// Where X sends; empty where X did not say.
    pub url: String,
    /// Whether X sends to it. X gives one up that fails its challenge, redirects, or did not take
    /// anything for long, until somebody has it validated again.
    pub valid: bool,
}

impl XReader {
    /// The app's webhooks ([Get webhook]); a call that costs nothing.
    ///
    /// [Get webhook]: https://docs.x.com/x-api/webhooks/get-webhook
    pub async fn webhooks(&self, now: DateTime<Utc>) -> Result<Vec<Webhook>, SendError> {
        let url = self.api.at(&["2", "webhooks"])?;
        let answer = self.ask(Method::GET, url, None, now).await?;
        let said = answer.expect_value()?;
        // Without any, X leaves the list out.
        let all = said.get("data").and_then(Value::as_array).into_iter().flatten();
        all.map(|one| webhook(one).ok_or_else(|| answer.unreadable())).collect()
    }
}

/// A webhook as X writes it.
pub(crate) fn webhook(said: &Value) -> Option<Webhook> {
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Webhook {
        id: text("id")?,
        url: text("url").unwrap_or_default(),
        valid: said.get("valid")?.as_bool()?,
    })
}

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
        all.map(|one| {
            let id = one.get("id").and_then(Value::as_str).ok_or_else(|| answer.unreadable())?;
            let valid = one.get("valid").and_then(Value::as_bool).ok_or_else(|| answer.unreadable())?;
            Ok(Webhook { id: id.to_owned(), valid })
        })
        .collect()
    }
}

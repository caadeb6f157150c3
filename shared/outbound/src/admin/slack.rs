//! Whom Slack's token belongs to, and what it may do.

use serde_json::{Value, json};

use crate::call::Twice;
use crate::error::SendError;
use crate::slack::Slack;

/// A permission of a Slack app, and what Earshot needs it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scoped {
    /// Slack's name for it (<https://docs.slack.dev/reference/scopes>).
    pub name: &'static str,
    /// What does not work without it, in half a sentence.
    pub why: &'static str,
}

const fn scope(name: &'static str, why: &'static str) -> Scoped {
    Scoped { name, why }
}

/// The bot scopes that the calls of this crate need, and no others. `chat:write.public` is not among them:
/// an app that was not invited could post in a channel and never read there whether it did.
pub const SCOPES: [Scoped; 7] = [
    scope("commands", "the command /chat"),
    scope("chat:write", "everything that is said"),
    scope("channels:history", "finding a message again after a lost answer, in public channels"),
    scope("groups:history", "finding a message again after a lost answer, in private ones"),
    scope("channels:read", "looking an hour ahead whether a public channel takes messages"),
    scope("groups:read", "looking an hour ahead whether a private one does"),
    scope("users:read", "people under the names and pictures that they chose"),
];

/// Who we are in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workspace's name.
    pub team: String,
    /// `T…`
    pub team_id: String,
    /// The bot's login.
    pub user: String,
    /// `U…`
    pub user_id: String,
    /// `A…`, where Slack says it.
    pub app_id: Option<String>,
    /// What the token may do; none where Slack did not say.
    pub scopes: Option<Vec<String>>,
}

impl Slack {
    /// Whom the token belongs to ([auth.test]), and its scopes, which Slack tells in the header
    /// `x-oauth-scopes` of every answer.
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`](crate::Reason::TokenInvalid), and whatever Slack says.
    ///
    /// [auth.test]: https://docs.slack.dev/reference/methods/auth.test
    pub async fn identity(&self) -> Result<Identity, SendError> {
        let (answer, said) = self.post("auth.test", &json!({}), Twice::Harmless).await?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let need = |name: &str| text(name).map(str::to_owned).ok_or_else(|| answer.unreadable());
        let scopes = answer.header("x-oauth-scopes").map(|scopes| {
            scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
        });
        Ok(Identity {
            team: need("team")?,
            team_id: need("team_id")?,
            user: need("user")?,
            user_id: need("user_id")?,
            app_id: text("app_id").map(str::to_owned),
            scopes,
        })
    }
}

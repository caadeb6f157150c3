//! Discord's application and its commands.

use reqwest::Method;
use serde_json::Value;

use crate::call::Twice;
use crate::discord::Discord;
use crate::error::SendError;

/// A permission of a Discord bot, and what Earshot needs it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// What Discord calls it in a server's settings.
    pub name: &'static str,
    /// Its bit (<https://docs.discord.com/developers/topics/permissions>).
    pub bit: u64,
    /// What does not work without it, in half a sentence.
    pub why: &'static str,
}

const fn permission(name: &'static str, bit: u32, why: &'static str) -> Permission {
    Permission { name, bit: 1 << bit, why }
}

/// The permissions that the calls of this crate need, and no others. "Mention @everyone, @here, and All
/// Roles" is not among them: it would let a mistake of ours wake a whole server, where a role that may be
/// mentioned by anyone is pinged without it.
pub const PERMISSIONS: [Permission; 8] = [
    permission("View Channels", 10, "being in the channel at all"),
    permission("Send Messages", 11, "announcements and cards"),
    permission("Embed Links", 14, "cards, which are embeds"),
    permission("Read Message History", 16, "finding a message again after a lost answer"),
    permission("Manage Roles", 28, "giving the members' role, and taking it"),
    permission("Create Public Threads", 35, "a thread for each question, where a chat wants that"),
    permission("Send Messages in Threads", 38, "the cards in those threads"),
    permission("Create Events", 44, "an event for each hour, where a chat wants that"),
];

/// Our application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The key that its interactions are signed with, in hexadecimal.
    pub public_key: String,
    /// Where Discord sends its interactions, if somebody has said.
    pub endpoint: Option<String>,
}

impl Discord {
    /// Our application ([Get Current Application]).
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`](crate::Reason::TokenInvalid), and whatever Discord says.
    ///
    /// [Get Current Application]: https://docs.discord.com/developers/resources/application#get-current-application
    pub async fn application(&self) -> Result<Application, SendError> {
        let url = self.api.at(&["applications", "@me"])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
        let said = answer.expect_value()?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
        let need = |name: &str| text(name).ok_or_else(|| answer.unreadable());
        Ok(Application {
            id: need("id")?,
            name: need("name")?,
            public_key: need("verify_key")?,
            endpoint: text("interactions_endpoint_url").filter(|url| !url.is_empty()),
        })
    }

    /// The application's global commands, as Discord has them ([Get Global Application Commands]).
    ///
    /// # Errors
    /// Whatever Discord says.
    ///
    /// [Get Global Application Commands]: https://docs.discord.com/developers/interactions/application-commands#get-global-application-commands
    pub async fn commands(&self) -> Result<Vec<Value>, SendError> {
        let url = self.api.at(&["applications", &self.application, "commands"])?;
        let answer = self.ask(Method::GET, url, None, Twice::Harmless).await?;
        match answer.expect_value()? {
            Value::Array(commands) => Ok(commands),
            // So the document has it for none.
            Value::Null => Ok(Vec::new()),
            _ => Err(answer.unreadable()),
        }
    }

    /// Puts these commands in the place of all the application's global ones, others' included
    /// ([Bulk Overwrite Global Application Commands]).
    ///
    /// # Errors
    /// Whatever Discord says; then nothing has changed.
    ///
    /// [Bulk Overwrite Global Application Commands]: https://docs.discord.com/developers/interactions/application-commands#bulk-overwrite-global-application-commands
    pub async fn set_commands(&self, commands: &Value) -> Result<(), SendError> {
        let url = self.api.at(&["applications", &self.application, "commands"])?;
        self.ask(Method::PUT, url, Some(commands), Twice::Harmless).await.map(drop)
    }

    /// Removes one global command ([Delete Global Application Command]). One that is gone already (10063)
    /// counts as removed.
    ///
    /// # Errors
    /// Whatever Discord says.
    ///
    /// [Delete Global Application Command]: https://docs.discord.com/developers/interactions/application-commands#delete-global-application-command
    pub async fn remove_command(&self, id: &str) -> Result<(), SendError> {
        let url = self.api.at(&["applications", &self.application, "commands", id])?;
        match self.ask(Method::DELETE, url, None, Twice::Harmless).await {
            Err(SendError::Rejected(refusal)) if refusal.code == "10063" => Ok(()),
            other => other.map(drop),
        }
    }
}

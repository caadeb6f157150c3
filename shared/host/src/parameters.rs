//! Secrets in the Systems Manager Parameter Store, read once when a Lambda starts: SecureString parameters,
//! named like the variables they stand for, below the path that `EARSHOT_PARAMETERS` gives
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>).
//!
//! Not as variables of the function, which everybody reads who may look at its configuration; and not through
//! Lambda's extension for it, which is one more process to start before the first request.

use std::collections::HashMap;

use aws_config::SdkConfig;
use serde::Deserialize;
use serde_json::json;

use crate::Misconfigured;
use crate::signed::{SSM, Service};

/// What may be there. One call reads ten at most, so this is one call.
pub const SECRETS: [&str; 8] = [
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
    "X_CONSUMER_KEY",
    "X_CONSUMER_SECRET",
    "X_ACCESS_TOKEN",
    "X_ACCESS_TOKEN_SECRET",
    "X_BEARER_TOKEN",
];

/// The variable that gives the path.
const PATH: &str = "EARSHOT_PARAMETERS";

/// The secrets that are there, by name; none where no path is given. What is not there is simply not set:
/// whether it is needed is not known here.
///
/// # Errors
/// [`Misconfigured`] where the parameters cannot be read.
pub(crate) async fn from_env(sdk: &SdkConfig) -> Result<HashMap<String, String>, Misconfigured> {
    let path = std::env::var(PATH).unwrap_or_default();
    let path = path.trim().trim_end_matches('/');
    if path.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<String> = SECRETS.iter().map(|name| format!("{path}/{name}")).collect();
    let parameters = ParameterStore(Service::new(sdk, &SSM)).get_parameters(names).await.map_err(|why| {
        tracing::error!(why, "the parameters cannot be read");
        let why = "names parameters that cannot be read now; the log says why".to_owned();
        Misconfigured { missing: Vec::new(), wrong: vec![(PATH.to_owned(), why)] }
    })?;
    let read = parameters.into_iter().filter_map(|parameter| {
        let name = parameter.name.strip_prefix(path)?.trim_start_matches('/').to_owned();
        Some((name, parameter.value))
    });
    Ok(read.collect())
}

/// The secret for a variable, if it is meant to be used yet. Secrets are put into the store before the deploy that
/// gives Discord's id and key, which are none; between the two a machine may start at any moment, and half a Discord
/// must not keep Slack and X from starting. Only that way round: an id without its token is a token that is lost, and
/// is named.
pub(crate) fn meant(
    name: &str,
    set: &dyn Fn(&str) -> Option<String>,
    secrets: &HashMap<String, String>,
) -> Option<String> {
    let secret = secrets.get(name)?;
    let waits = name == "DISCORD_BOT_TOKEN"
        && ["DISCORD_APPLICATION_ID", "DISCORD_PUBLIC_KEY"].iter().all(|name| set(name).is_none());
    if waits {
        tracing::warn!(
            "Discord is off: its token is there, and DiscordApplicationId and DiscordPublicKey are not given yet"
        );
        return None;
    }
    Some(secret.clone())
}

/// One parameter. It has no `Debug`: what it holds is secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters {
    parameters: Vec<Parameter>,
}

/// The Parameter Store of an account's region.
struct ParameterStore(Service);

impl ParameterStore {
    /// Those of these parameters that exist, decrypted; ten at most.
    async fn get_parameters(&self, names: Vec<String>) -> Result<Vec<Parameter>, String> {
        let body = json!({"Names": names, "WithDecryption": true});
        let answer = self.0.call("GetParameters", &body).await?;
        match serde_json::from_str::<Parameters>(&answer) {
            Ok(read) => Ok(read.parameters),
            // Not the error: it could quote.
            Err(_) => Err("the answer is not one of the Parameter Store's".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_waits_for_its_application_and_keeps_nobody_from_starting() {
        let secrets: HashMap<String, String> =
            [("SLACK_SIGNING_SECRET", "s"), ("SLACK_BOT_TOKEN", "xoxb-1"), ("DISCORD_BOT_TOKEN", "t")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let read = |given: &[(&str, &str)], secrets: &HashMap<String, String>| {
            let set =
                |name: &str| given.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            crate::Config::read(&|name| set(name).or_else(|| meant(name, &set, secrets)))
        };
        let operators = ("EARSHOT_OPERATORS", "U0MAYA");
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let config = read(&[operators], &secrets).expect("Slack is there");
        assert!(config.slack.is_some() && config.discord.is_none());
        let ids = [operators, ("DISCORD_APPLICATION_ID", "1"), ("DISCORD_PUBLIC_KEY", key)];
        assert!(read(&ids, &secrets).expect("both are there").discord.is_some());
        // One that was lost is named, as is half of what a deploy gives.
        let mut lost = secrets.clone();
        lost.remove("DISCORD_BOT_TOKEN");
        assert_eq!(read(&ids, &lost).expect_err("half").missing, ["DISCORD_BOT_TOKEN"]);
        assert_eq!(read(&ids[..2], &secrets).expect_err("half").missing, ["DISCORD_PUBLIC_KEY"]);
    }
}

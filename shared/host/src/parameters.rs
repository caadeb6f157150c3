//! Secrets in the Systems Manager Parameter Store, read once when a Lambda starts: SecureString parameters,
//! named like the variables they stand for, below the path that `EARSHOT_PARAMETERS` gives
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>).
//!
//! Not as variables of the function, which everybody reads who may look at its configuration; and not through
//! Lambda's extension for it, which is one more process to start before the first request.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_ssm::error::DisplayErrorContext;

use crate::Misconfigured;

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
    let names = SECRETS.iter().map(|name| format!("{path}/{name}")).collect();
    let asked =
        aws_sdk_ssm::Client::new(sdk).get_parameters().set_names(Some(names)).with_decryption(true).send();
    // Boxed: the SDK's futures are large.
    let answer = Box::pin(asked).await.map_err(|error| {
        tracing::error!(error = %DisplayErrorContext(&error), "the parameters cannot be read");
        let why = "names parameters that cannot be read now; the log says why".to_owned();
        Misconfigured { missing: Vec::new(), wrong: vec![(PATH.to_owned(), why)] }
    })?;
    let parameters = answer.parameters.unwrap_or_default().into_iter();
    let read = parameters.filter_map(|parameter| {
        let name = parameter.name?.strip_prefix(path)?.trim_start_matches('/').to_owned();
        Some((name, parameter.value?))
    });
    Ok(read.collect())
}

//! For the operator's commands: clients of the platforms from the environment, without a host, and what
//! this code wants to find there.
//!
//! Each platform's client needs only its own variables, because people set platforms up one after the
//! other: Discord's commands can be registered before a Slack app exists.

use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use outbound::Keys;
use serde_json::Value;

use crate::Misconfigured;
use crate::config::Reader;

pub use outbound::{
    Account, Application, Discord, Identity, PERMISSIONS, Permission, Reason, Rule, SCOPES, Scoped, Secret,
    SendError, Slack, Subscription, Webhook, X, XReader,
};

/// Reads a variable by its name.
pub type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Slack, through its bot token.
///
/// # Errors
/// [`Misconfigured`], with every problem at once.
pub fn slack(get: Get<'_>) -> Result<Slack, Misconfigured> {
    let mut r = Reader::new(get);
    let url = r.url("SLACK_API_URL", "https://slack.com/api/");
    let slack = Slack::new(outbound::client(), url, r.slack_token());
    r.done(slack)
}

/// Discord, through its bot token, and the application's id.
///
/// # Errors
/// [`Misconfigured`], with every problem at once.
pub fn discord(get: Get<'_>) -> Result<(Discord, String), Misconfigured> {
    let mut r = Reader::new(get);
    let url = r.url("DISCORD_API_URL", "https://discord.com/api/v10/");
    let token = r.secret("DISCORD_BOT_TOKEN");
    let application = r.application_id();
    let discord = Discord::new(outbound::client(), url, token, application.clone());
    r.done((discord, application))
}

/// X as the account that speaks and as the app.
///
/// # Errors
/// [`Misconfigured`], with every problem at once.
pub fn x(get: Get<'_>) -> Result<(X, XReader), Misconfigured> {
    let mut r = Reader::new(get);
    let url = r.url("X_API_URL", "https://api.x.com/");
    let keys = Keys {
        consumer_key: r.secret("X_CONSUMER_KEY"),
        // Of two the first one signs, as in the host.
        consumer_secret: r.list("X_CONSUMER_SECRET").first().map_or_else(|| Secret::new(""), Secret::new),
        access_token: r.secret("X_ACCESS_TOKEN"),
        access_token_secret: r.secret("X_ACCESS_TOKEN_SECRET"),
    };
    let http = outbound::client();
    let app = XReader::new(http.clone(), url.clone(), r.secret("X_BEARER_TOKEN"));
    r.done((X::new(http, url, keys), app))
}

/// The commands that Discord is to know, in the shape of its request.
pub fn discord_commands() -> Value {
    wire::discord::commands()
}

/// The rule of X's filtered stream that brings a hashtag's posts, without reposts. The hashtag comes
/// without `#`.
pub fn stream_rule(hashtag: &str) -> String {
    let queries = wire::x::queries(&[hashtag.to_owned()]);
    queries.into_iter().next().map(|query| query.text).unwrap_or_default()
}

/// What stands in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Messages that could be taken now, about.
    pub waiting: u64,
    /// Messages that were given up, about; none where no queue takes such.
    pub failed: Option<u64>,
}

/// Looks into a queue of Amazon SQS by its address, and into the one that takes what it gives up.
///
/// # Errors
/// What AWS says, in a line.
pub async fn queue(sdk: &aws_config::SdkConfig, url: &str) -> Result<Depth, String> {
    let sqs = aws_sdk_sqs::Client::new(sdk);
    let (waiting, policy) = depth(&sqs, url).await?;
    let dead = policy.and_then(|policy| {
        let policy: Value = serde_json::from_str(&policy).ok()?;
        policy.get("deadLetterTargetArn")?.as_str().map(str::to_owned)
    });
    let Some(dead) = dead else { return Ok(Depth { waiting, failed: None }) };
    // arn:aws:sqs:eu-west-2:123456789012:earshot-cues-dlq
    let mut parts = dead.rsplit(':');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let asked = sqs.get_queue_url().queue_name(name).queue_owner_aws_account_id(account).send().await;
    let found = asked.map_err(|error| DisplayErrorContext(error).to_string())?;
    let (failed, _) = depth(&sqs, found.queue_url().unwrap_or_default()).await?;
    Ok(Depth { waiting, failed: Some(failed) })
}

/// Messages that could be taken, and the redrive policy.
async fn depth(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<(u64, Option<String>), String> {
    let count = QueueAttributeName::ApproximateNumberOfMessages;
    let policy = QueueAttributeName::RedrivePolicy;
    let asked = sqs.get_queue_attributes().queue_url(url);
    let asked = asked.attribute_names(count.clone()).attribute_names(policy.clone()).send().await;
    let answer = asked.map_err(|error| DisplayErrorContext(error).to_string())?;
    let all = answer.attributes();
    let waiting = all.and_then(|all| all.get(&count)).and_then(|count| count.parse().ok());
    let waiting = waiting.ok_or_else(|| "SQS did not say how many messages there are".to_owned())?;
    Ok((waiting, all.and_then(|all| all.get(&policy)).cloned()))
}

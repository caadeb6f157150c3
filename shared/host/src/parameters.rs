//! Secrets in the Systems Manager Parameter Store, read once when a Lambda starts: SecureString parameters,
//! named like the variables they stand for, below the path that `EARSHOT_PARAMETERS` gives
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>).
//!
//! Not as variables of the function, which everybody reads who may look at its configuration; and not through
//! Lambda's extension for it, which is one more process to start before the first request. Nor through the SDK
//! of the whole Systems Manager, which knows a hundred and fifty errors and would be a thirtieth of every
//! function, for one call: this signs it with the SDK's own signer.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::service_config::ServiceConfigKey;
use http::{Request, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use crate::{Misconfigured, Patience, aws, causes};

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
    let parameters = ParameterStore(sdk).get_parameters(names).await.map_err(|why| {
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

/// How often it is asked before it is said that the parameters cannot be read, and the first pause between:
/// many functions that start at once may together ask more often than the service allows.
const ASKED: u32 = 3;
const PAUSE: Duration = Duration::from_millis(50);

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
struct ParameterStore<'a>(&'a SdkConfig);

impl ParameterStore<'_> {
    /// Those of these parameters that exist, decrypted; ten at most.
    async fn get_parameters(&self, names: Vec<String>) -> Result<Vec<Parameter>, String> {
        let client = aws::client();
        let body = json!({"Names": names, "WithDecryption": true}).to_string();
        let mut asked = 1;
        loop {
            let (again, why) = match client.execute(self.request(&body).await?).await {
                Ok(answer) => {
                    let status = answer.status();
                    let words = answer.text().await.unwrap_or_default();
                    if status == StatusCode::OK {
                        return match serde_json::from_str::<Parameters>(&words) {
                            Ok(read) => Ok(read.parameters),
                            // Not the error: it could quote.
                            Err(_) => Err("the answer is not one of the Parameter Store's".to_owned()),
                        };
                    }
                    // `{"__type":"AccessDeniedException","message":"…"}`, which has names in it and no values.
                    (status.is_server_error() || words.contains("Throttl"), format!("{status}: {words}"))
                }
                Err(error) => (true, causes(&error)),
            };
            if !again || asked == ASKED {
                return Err(why);
            }
            tokio::time::sleep(PAUSE * 4_u32.pow(asked - 1)).await;
            asked += 1;
        }
    }

    /// The call, signed
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).
    async fn request(&self, body: &str) -> Result<reqwest::Request, String> {
        let region = self.0.region().ok_or("there is no region: AWS_REGION is not set")?.as_ref();
        let provider = self.0.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| causes(&error))?;
        let identity = credentials.into();
        let request = Request::post(self.address(region))
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.GetParameters")
            .body(body.to_owned());
        let mut request = request.map_err(|error| causes(&error))?;
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let signed = SignableRequest::new(
            "POST",
            request.uri().to_string(),
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(body.as_bytes()),
        );
        let how = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("ssm")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| causes(&error))?
            .into();
        let signature = signed.and_then(|signed| sign(signed, &how)).map_err(|error| causes(&error))?;
        signature.into_parts().0.apply_to_request_http1x(&mut request);
        let mut request: reqwest::Request =
            request.try_into().map_err(|error: reqwest::Error| causes(&error))?;
        *request.timeout_mut() = Some(Patience::default().attempt);
        Ok(request)
    }

    /// Where it is (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>): as the SDK is told of it, and
    /// otherwise as AWS names it.
    fn address(&self, region: &str) -> String {
        let key =
            ServiceConfigKey::builder().service_id("ssm").env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let of_its_own = key.build().ok().and_then(|key| self.0.service_config()?.load_config(key));
        let told = of_its_own.or_else(|| self.0.endpoint_url().map(str::to_owned));
        let told = told.map(|address| format!("{}/", address.trim_end_matches('/')));
        told.unwrap_or_else(|| {
            let china = if region.starts_with("cn-") { ".cn" } else { "" };
            format!("https://ssm.{region}.amazonaws.com{china}/")
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

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

    #[test]
    fn it_is_asked_where_it_is() {
        let config = |endpoint: Option<&str>| {
            let mut config = SdkConfig::builder().region(Region::new("eu-west-2"));
            config.set_endpoint_url(endpoint.map(str::to_owned));
            config.build()
        };
        let plain = config(None);
        assert_eq!(ParameterStore(&plain).address("eu-west-2"), "https://ssm.eu-west-2.amazonaws.com/");
        assert_eq!(ParameterStore(&plain).address("cn-north-1"), "https://ssm.cn-north-1.amazonaws.com.cn/");
        let told = config(Some("http://127.0.0.1:4566"));
        assert_eq!(ParameterStore(&told).address("eu-west-2"), "http://127.0.0.1:4566/");
    }
}

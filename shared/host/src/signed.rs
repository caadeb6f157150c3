//! Single calls of AWS services that speak its JSON protocol
//! (<https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>), signed with the SDK's own signer.
//!
//! Not through the services' own SDKs: that of the Systems Manager knows a hundred and fifty errors and was a thirtieth
//! of every function, for one call; that of SQS a fortieth, for another. The table's SDK and the bus's are worth what
//! they weigh.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::service_config::ServiceConfigKey;
use http::{Request, StatusCode, header};
use serde_json::Value;

use crate::{Patience, aws, causes};

/// What a service is called, in its three ways.
#[derive(Debug)]
pub(crate) struct Protocol {
    /// In its address and in a signature.
    name: &'static str,
    /// Before the action.
    target: &'static str,
    /// The type of what is sent.
    content: &'static str,
}

/// The Systems Manager, for its parameters
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>).
pub(crate) static SSM: Protocol =
    Protocol { name: "ssm", target: "AmazonSSM", content: "application/x-amz-json-1.1" };

/// The Simple Queue Service
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html>).
pub(crate) static SQS: Protocol =
    Protocol { name: "sqs", target: "AmazonSQS", content: "application/x-amz-json-1.0" };

/// How often it is asked before it is given up, and the first pause between: many functions that start at once may
/// together ask more often than a service allows. As the SDK asks the table.
const ASKED: u32 = 3;
const PAUSE: Duration = Duration::from_millis(50);

/// A service of an account's region.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    protocol: &'static Protocol,
    sdk: SdkConfig,
    http: reqwest::Client,
}

impl Service {
    pub(crate) fn new(sdk: &SdkConfig, protocol: &'static Protocol) -> Service {
        Service { protocol, sdk: sdk.clone(), http: aws::client() }
    }

    /// Calls an action, again where it may help. The answer's body, or what happened in words that hold no value.
    pub(crate) async fn call(&self, action: &str, body: &Value) -> Result<String, String> {
        let body = body.to_string();
        let mut asked = 1;
        loop {
            let (again, why) = match self.http.execute(self.request(action, &body).await?).await {
                Ok(answer) => {
                    let status = answer.status();
                    let words = answer.text().await;
                    match words {
                        Ok(words) if status == StatusCode::OK => return Ok(words),
                        // `{"__type":"AccessDeniedException","message":"…"}`, which has names in it and no values.
                        Ok(words) => (
                            status.is_server_error() || words.contains("Throttl"),
                            format!("{status}: {words}"),
                        ),
                        Err(error) => (true, causes(&error)),
                    }
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
    async fn request(&self, action: &str, body: &str) -> Result<reqwest::Request, String> {
        let region = self.sdk.region().ok_or("there is no region: AWS_REGION is not set")?.as_ref();
        let provider = self.sdk.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|error| causes(&error))?;
        let identity = credentials.into();
        let request = Request::post(self.address(region))
            .header(header::CONTENT_TYPE, self.protocol.content)
            .header("x-amz-target", format!("{}.{action}", self.protocol.target))
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
            .name(self.protocol.name)
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

    /// Where it is (<https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html>): as the SDK is told
    /// of it, and otherwise as AWS names it.
    fn address(&self, region: &str) -> String {
        let name = self.protocol.name;
        let key =
            ServiceConfigKey::builder().service_id(name).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let of_its_own = key.build().ok().and_then(|key| self.sdk.service_config()?.load_config(key));
        let told = of_its_own.or_else(|| self.sdk.endpoint_url().map(str::to_owned));
        let told = told.map(|address| format!("{}/", address.trim_end_matches('/')));
        told.unwrap_or_else(|| {
            let china = if region.starts_with("cn-") { ".cn" } else { "" };
            format!("https://{name}.{region}.amazonaws.com{china}/")
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;

    #[test]
    fn it_is_asked_where_it_is() {
        let service = |endpoint: Option<&str>, protocol| {
            let mut config = SdkConfig::builder().region(Region::new("eu-west-2"));
            config.set_endpoint_url(endpoint.map(str::to_owned));
            Service::new(&config.build(), protocol)
        };
        let plain = service(None, &SSM);
        assert_eq!(plain.address("eu-west-2"), "https://ssm.eu-west-2.amazonaws.com/");
        assert_eq!(plain.address("cn-north-1"), "https://ssm.cn-north-1.amazonaws.com.cn/");
        assert_eq!(service(None, &SQS).address("eu-west-2"), "https://sqs.eu-west-2.amazonaws.com/");
        let told = service(Some("http://127.0.0.1:4566"), &SQS);
        assert_eq!(told.address("eu-west-2"), "http://127.0.0.1:4566/");
    }
}

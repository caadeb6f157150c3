//! How this process reaches AWS: the SDK's configuration, and the HTTP client below it.
//!
//! The SDK speaks through the same library as everything else here, reqwest with rustls, ring and roots
//! compiled in: one TLS stack, one implementation of HTTP. Its own client would be a second copy of both,
//! some 0.3 MB of a zipped function, and reads the machine's certificates at each cold start, which takes
//! longer than everything else before the first request.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use store::Store;

use crate::Patience;

/// The SDK's configuration for whoever runs Earshot's commands: everything that AWS's own tools know, such
/// as profiles and single sign-on
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>).
pub async fn sdk_config() -> SdkConfig {
    let patience = Patience::default();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(Http::new(patience))
        .timeout_config(timeouts(patience))
        .retry_config(retries())
        .load()
        .await
}

/// The SDK's configuration in a Lambda, where region and credentials are variables
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>) and everything else that the
/// SDK knows how to look for is not there: it is left out of the function too.
pub(crate) fn lambda_config() -> SdkConfig {
    let patience = Patience::default();
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(set("AWS_REGION").map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .service_config(Variables)
        .http_client(Http::new(patience))
        .timeout_config(timeouts(patience))
        .retry_config(retries())
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new());
    config.set_endpoint_url(set("AWS_ENDPOINT_URL"));
    config.build()
}

/// The store in AWS, with the credentials and the region that the SDK finds by itself.
pub async fn aws_store(table: &str) -> Store {
    Store::new(aws_sdk_dynamodb::Client::new(&sdk_config().await), table)
}

/// A store in an embedded database on this machine, which asks for no credentials.
pub fn embedded_store(endpoint: &str, table: &str, patience: Patience) -> Store {
    let credentials = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "local");
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .timeout_config(timeouts(patience))
        .retry_config(retries())
        .http_client(Http::new(patience))
        .build();
    Store::new(aws_sdk_dynamodb::Client::from_conf(config), table)
}

/// A connection that hangs must not be waited for.
fn timeouts(patience: Patience) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(connecting(patience))
        .operation_attempt_timeout(patience.attempt)
        .build()
}

fn connecting(patience: Patience) -> Duration {
    Duration::from_secs(1).min(patience.attempt)
}

/// By itself the SDK waits up to a second before its first repeat and two before its second, which is
/// more than a door has altogether. The table answers within milliseconds, and so may be asked again soon
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
fn retries() -> RetryConfig {
    RetryConfig::standard().with_initial_backoff(Duration::from_millis(50))
}

/// What one service is told apart from the others: `AWS_ENDPOINT_URL_DYNAMODB` and its like
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        std::env::var(format!("{}_{service}", key.env())).ok().filter(|value| !value.trim().is_empty())
    }
}

/// The SDK's way out (<https://docs.aws.amazon.com/sdk-for-rust/latest/dg/http.html>).
#[derive(Debug, Clone)]
struct Http(reqwest::Client);

impl Http {
    fn new(patience: Patience) -> Http {
        Http(outbound::client_for_aws(connecting(patience)))
    }
}

/// The same client, for a call that is made without the SDK, and so has to time its attempts itself.
pub(crate) fn client() -> reqwest::Client {
    outbound::client_for_aws(connecting(Patience::default()))
}

impl HttpClient for Http {
    /// One client for all: its time to connect is the one above, and an attempt is timed by the SDK.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Http(client) = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // Every operation used here has its body in memory. One that streams would need a client that does.
            let (parts, body) = request.into_parts();
            let body =
                body.bytes().map(<[u8]>::to_vec).ok_or_else(|| ConnectorError::user("a stream".into()))?;
            let request =
                reqwest::Request::try_from(http::Request::from_parts(parts, body)).map_err(failed)?;
            let response = client.execute(request).await.map_err(failed)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = response.bytes().await.map_err(failed)?;
            let mut response = http::Response::new(SdkBody::from(body));
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK makes of it: whatever came over the wire, or did not, may be tried again.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_connect() {
        ConnectorError::io(error.into()).never_connected()
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    }
}

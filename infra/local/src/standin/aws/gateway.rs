//! An HTTP API of Amazon API Gateway: turns a request into an event of payload version 2.0, hands it to a
//! function, and turns what the function makes of it into an answer
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::LARGEST;
use super::runtime::{Made, Runtime};

struct Routes {
    stage: String,
    routes: Vec<(&'static str, Runtime)>,
}

/// The HTTP API; it stops listening when it is dropped.
pub struct Gateway {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    /// Starts it on the loopback, with a function for each beginning of a path. The stage's name comes
    /// before the path that a function sees, as with every stage but `$default`.
    ///
    /// # Errors
    /// Where no port could be had.
    pub async fn start(stage: &str, routes: Vec<(&'static str, Runtime)>) -> anyhow::Result<Gateway> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let state = Arc::new(Routes { stage: stage.to_owned(), routes });
        let app = Router::new().fallback(pass).with_state(state);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the stand-in for API Gateway stopped listening");
            }
        });
        Ok(Gateway { address, task })
    }

    /// `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn pass(State(routes): State<Arc<Routes>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Some((_, function)) = routes.routes.iter().find(|(begins, _)| path.starts_with(begins)) else {
        return (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#).into_response();
    };
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#).into_response();
    };
    // Names in lower case, and what came twice is joined, as the gateway does it.
    let mut headers = Map::new();
    for name in parts.headers.keys() {
        let values: Vec<&str> = parts.headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
        headers.insert(name.as_str().to_owned(), Value::from(values.join(",")));
    }
    // JSON and text come as they are, everything else, and so a form, as base64.
    let kind = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    let plain = kind.starts_with("text/") || kind.starts_with("application/json");
    let method = parts.method.as_str();
    let route = format!("{method} {path}");
    let event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": format!("/{}{path}", routes.stage),
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers,
        "queryStringParameters": query(parts.uri.query().unwrap_or_default()),
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "api.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "api", "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": routes.stage,
            "http": {
                "method": method, "path": format!("/{}{path}", routes.stage), "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "agent"
            },
            "time": "24/Nov/2026:20:05:00 +0000", "timeEpoch": Utc::now().timestamp_millis()
        },
        "body": match (body.is_empty(), plain) {
            (true, _) => Value::Null,
            (false, true) => Value::from(String::from_utf8_lossy(&body)),
            (false, false) => Value::from(STANDARD.encode(&body)),
        },
        "isBase64Encoded": !body.is_empty() && !plain
    });
    match function.invoke(&event).await {
        Ok(Made::Answer(answer)) => answered(&answer),
        Ok(Made::Error(_)) | Err(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#).into_response()
        }
    }
}

fn query(written: &str) -> Map<String, Value> {
    form_urlencoded::parse(written.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect()
}

fn answered(answer: &Value) -> Response {
    let status = answer.get("statusCode").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok());
    let Some(status) = status.and_then(|s| StatusCode::from_u16(s).ok()) else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "not an answer").into_response();
    };
    let text = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = match answer.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => STANDARD.decode(text).unwrap_or_default(),
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = name.parse::<http::HeaderName>();
        let value = value.as_str().and_then(|value| value.parse().ok());
        if let (Ok(name), Some(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

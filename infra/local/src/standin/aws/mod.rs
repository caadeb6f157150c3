//! What a Lambda meets on AWS beside its table: the API that hands it its events, the gateway before its
//! doors, the services it calls.
//!
//! Like the other stand-ins they take calls, keep the documented limits that concern us, and show what came.

mod gateway;
mod runtime;
mod services;

use axum::body::to_bytes;
use axum::extract::Request;
use serde_json::Value;

pub use gateway::Gateway;
pub use runtime::{Made, Runtime};
pub use services::{Queued, Services};

/// As Lambda has it: what is larger is refused before it reaches a function.
const LARGEST: usize = 6 << 20;

/// JSON, or text as a JSON string.
async fn body(request: Request) -> Value {
    let bytes = to_bytes(request.into_body(), LARGEST).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes)))
}

//! What X signs and sends to the webhook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{Delivered, Inner, Post, WEBHOOK};
use crate::standin::{Sent, hmac_sha256, lock};

impl Inner {
    pub(super) fn stream_body(&self, post: &Post) -> Value {
        let rules: Vec<Value> =
            self.matching(post).iter().map(|rule| json!({"id": rule.id, "tag": rule.tag})).collect();
        self.named(json!({
            "data": self.wire(post), "includes": self.includes(post), "matching_rules": rules,
        }))
    }

    pub(super) fn signature(&self, bytes: &[u8]) -> String {
        format!("sha256={}", BASE64.encode(hmac_sha256(self.config.consumer_secret.as_bytes(), &[bytes])))
    }

    pub(super) fn signed(&self, path: &str, body: Bytes) -> Sent {
        Sent {
            method: Method::POST,
            path: path.into(),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("user-agent".into(), "Twitterbot/1.0".into()),
                ("x-twitter-webhooks-signature".into(), self.signature(&body)),
            ],
            body,
        }
    }

    /// Delivers where there is a webhook and a rule matches.
    pub(super) async fn stream(&self, id: &str) -> Delivered {
        let Ok(post) = self.found(id) else { return Delivered::No };
        if !*lock(&self.webhook) || self.matching(&post).is_empty() {
            return Delivered::No;
        }
        self.charge_read(&post.id);
        let body = self.stream_body(&post);
        match self.room.caller.send(self.signed(WEBHOOK, Bytes::from(body.to_string()))).await {
            Ok(answer) => Delivered::Answered(answer),
            Err(error) => Delivered::Failed(format!("{error:#}")),
        }
    }
}

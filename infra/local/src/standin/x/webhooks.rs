//! The app's webhooks as X knows them. <https://docs.x.com/x-api/webhooks/quickstart>

use serde_json::{Value, json};

use super::{Inner, WEBHOOK, X};
use crate::standin::lock;

/// How Earshot's webhook stands with X.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registered {
    /// Registered, and its last challenge was answered rightly.
    #[default]
    Valid,
    /// Registered, and given up: X sends nothing there until it is validated again.
    Invalid,
    /// Not registered.
    No,
}

impl X {
    /// What X says of Earshot's webhook from now on. Whether it delivers is
    /// [`set_webhook`](X::set_webhook)'s.
    pub fn set_registered(&self, registered: Registered) {
        lock(&self.inner.state).registered = registered;
    }
}

impl Inner {
    pub(super) fn webhooks(&self) -> Value {
        let valid = match lock(&self.state).registered {
            Registered::Valid => true,
            Registered::Invalid => false,
            // An empty list is left out, as everywhere in this API.
            Registered::No => return json!({"meta": {"result_count": 0}}),
        };
        let webhook = json!({
            "id": self.config.webhook_id, "url": format!("https://earshot.example.org{WEBHOOK}"),
            "valid": valid, "created_at": "2026-08-25T12:00:00.000Z",
        });
        json!({"data": [webhook], "meta": {"result_count": 1}})
    }
}

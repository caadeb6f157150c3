//! X's Activity API: subscriptions to what happens at accounts.
//! <https://docs.x.com/x-api/activity/introduction>

use serde_json::{Value, json};

use super::api::Problem;
use super::{Inner, X};
use crate::standin::{Call, lock};

/// Somebody wants to be told.
#[derive(Clone)]
pub(super) struct Subscription {
    id: String,
    event: String,
    user: String,
    webhook: String,
}

impl Subscription {
    fn shown(&self) -> Value {
        json!({
            "subscription_id": self.id, "event_type": self.event, "filter": {"user_id": self.user},
            "webhook_id": self.webhook, "tag": "earshot",
        })
    }
}

impl X {
    /// The accounts whose removals are told of, oldest subscription first.
    pub fn told_of(&self) -> Vec<String> {
        lock(&self.inner.state).subscriptions.iter().map(|s| s.user.clone()).collect()
    }
}

impl Inner {
    /// Whether a removal of this author's posts is told of.
    pub(super) fn tells_of(&self, user: &str) -> bool {
        !self.config.activity
            || lock(&self.state).subscriptions.iter().any(|s| s.event == "post.delete" && s.user == user)
    }

    pub(super) fn subscribe(&self, call: &Call) -> Result<Value, Problem> {
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (event, user, webhook) = (text("/event_type"), text("/filter/user_id"), text("/webhook_id"));
        if event != "post.delete" {
            return Err(Problem::invalid("event_type", "the stand-in tells of post.delete only"));
        }
        if self.known(&user).is_none() {
            return Err(Problem::invalid("filter.user_id", "there is no such user"));
        }
        let known = lock(&self.state).hooks.iter().any(|hook| hook.id == webhook);
        if !known && webhook != self.config.webhook_id {
            return Err(Problem::invalid("webhook_id", "WebhookIdInvalid"));
        }
        let mut state = lock(&self.state);
        if state.subscriptions.iter().any(|s| s.event == event && s.user == user) {
            return Err(Problem::new(409, "Conflict", "DuplicateSubscriptionFailed: it exists already"));
        }
        if state.subscriptions.len() >= self.config.most_subscriptions {
            return Err(Problem::forbidden("SubscriptionLimitExceeded: the app has as many as it may have"));
        }
        state.counter += 1;
        let id = format!("{:019}", state.counter);
        let made = Subscription { id, event, user, webhook };
        state.subscriptions.push(made.clone());
        Ok(json!({"data": {"subscription": made.shown()}}))
    }

    /// A page of a thousand at most; the token is where the next one begins.
    pub(super) fn subscriptions(&self, call: &Call) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let number = |name: &str, usual: usize| match query.get(name) {
            None => Ok(usual),
            Some(given) => given
                .trim_start_matches('t')
                .parse::<usize>()
                .map_err(|_| Problem::invalid(name, &format!("[{given}] is not valid"))),
        };
        let most = number("max_results", 1_000)?;
        if !(1..=1_000).contains(&most) {
            return Err(Problem::invalid("max_results", "must be between 1 and 1000"));
        }
        let from = number("pagination_token", 0)?;
        let state = lock(&self.state);
        let page: Vec<Value> =
            state.subscriptions.iter().skip(from).take(most).map(Subscription::shown).collect();
        let mut meta = json!({"total_subscriptions": state.subscriptions.len()});
        if from + page.len() < state.subscriptions.len() {
            meta["next_token"] = json!(format!("{:t>17}", from + page.len()));
        }
        Ok(json!({"data": page, "meta": meta}))
    }

    pub(super) fn unsubscribe(&self, id: &str) -> Result<Value, Problem> {
        let mut state = lock(&self.state);
        let before = state.subscriptions.len();
        state.subscriptions.retain(|s| s.id != id);
        if state.subscriptions.len() == before {
            return Err(Problem::new(404, "Not Found Error", "There is no such subscription."));
        }
        Ok(json!({"data": {"deleted": true}}))
    }
}

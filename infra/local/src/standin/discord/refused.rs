//! How Discord says no: a status, a numbered code, and for 50035 where the trouble is.

use serde_json::{Value, json};

/// A refusal: status, numbered code, words, and for 50035 where the trouble is.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u16,
    code: u32,
    message: &'static str,
    errors: Option<Value>,
}

pub(super) const fn refused(status: u16, code: u32, message: &'static str) -> Refused {
    Refused { status, code, message, errors: None }
}

pub(super) const UNAUTHORIZED: Refused = refused(401, 0, "401: Unauthorized");

pub(super) const NOT_FOUND: Refused = refused(404, 0, "404: Not Found");

pub(super) const UNKNOWN_CHANNEL: Refused = refused(404, 10003, "Unknown Channel");

pub(super) const UNKNOWN_GUILD: Refused = refused(404, 10004, "Unknown Guild");

pub(super) const UNKNOWN_MEMBER: Refused = refused(404, 10007, "Unknown Member");

pub(super) const UNKNOWN_MESSAGE: Refused = refused(404, 10008, "Unknown Message");

pub(super) const UNKNOWN_ROLE: Refused = refused(404, 10011, "Unknown Role");

pub(super) const UNKNOWN_WEBHOOK: Refused = refused(404, 10015, "Unknown Webhook");

pub(super) const UNKNOWN_EVENT: Refused = refused(404, 10070, "Unknown Guild Scheduled Event");

pub(super) const MISSING_ACCESS: Refused = refused(403, 50001, "Missing Access");

pub(super) const NOT_THE_AUTHOR: Refused =
    refused(403, 50005, "Cannot edit a message authored by another user");

pub(super) const EMPTY: Refused = refused(400, 50006, "Cannot send an empty message");

pub(super) const CANNOT_SEND: Refused = refused(403, 50007, "Cannot send messages to this user");
pub(super) const MISSING_PERMISSIONS: Refused = refused(403, 50013, "Missing Permissions");

pub(super) const INVALID_TOKEN: Refused = refused(401, 50027, "Invalid Webhook Token");

pub(super) const ARCHIVED: Refused = refused(400, 50083, "Thread is archived");

pub(super) const NOT_JSON: Refused = refused(400, 50109, "The request body contains invalid JSON.");

pub(super) const HAS_A_THREAD: Refused =
    refused(400, 160_004, "A thread has already been created for this message");

pub(super) const TOO_LARGE: Refused = refused(413, 40005, "Request entity too large");

pub(super) const NO_USER_AGENT: Refused = refused(403, 40333, "internal network error");

impl Refused {
    /// 50035 at a path such as `embeds.0.title`.
    pub(super) fn form(path: &str, code: &str, why: &str) -> Self {
        let mut errors = json!({"_errors": [{"code": code, "message": why}]});
        for piece in path.rsplit('.').filter(|p| !p.is_empty()) {
            errors = json!({piece: errors});
        }
        Self { status: 400, code: 50035, message: "Invalid Form Body", errors: Some(errors) }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

//! Batch compliance: a file of ids goes up, X takes a while, and a file comes down that names those of them
//! that must not be shown any more.
//! <https://docs.x.com/x-api/compliance/batch-compliance/quickstart>
//!
//! Both files lie under `/storage`, which stands for the storage elsewhere that X's signed addresses lead to:
//! it asks for no token, and refuses one.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::api::Problem;
use super::{Inner, X};
use crate::standin::{Call, Reply, hmac_sha256, lock};

/// An address to upload to is good for so long.
const UPLOAD: TimeDelta = TimeDelta::minutes(15);
/// And one to download from for so long.
const DOWNLOAD: TimeDelta = TimeDelta::days(7);

/// Why somebody's posts are not shown, though they are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// They show them to their followers only.
    Protected,
    /// X has suspended them.
    Suspended,
}

/// A job.
pub(super) struct Job {
    id: String,
    name: Option<String>,
    made: DateTime<Utc>,
    uploaded: Option<(DateTime<Utc>, Vec<String>)>,
}

impl X {
    /// Somebody's posts are shown no more, from now on.
    pub fn hide(&self, user: &str, why: Hidden) {
        lock(&self.inner.state).hidden.insert(user.to_owned(), why);
    }
}

impl Inner {
    fn status(&self, job: &Job, now: DateTime<Utc>) -> &'static str {
        let takes = TimeDelta::from_std(self.config.compliance_takes).unwrap_or_default();
        match &job.uploaded {
            Some((at, _)) if now - *at >= takes => "complete",
            Some(_) => "in_progress",
            None if now - job.made >= UPLOAD => "failed",
            None => "created",
        }
    }

    fn signed_for(&self, way: &str, id: &str) -> String {
        let secret = self.config.consumer_secret.as_bytes();
        hmac_sha256(secret, &[way.as_bytes(), id.as_bytes()]).iter().map(|b| format!("{b:02x}")).collect()
    }

    fn shown_job(&self, job: &Job, call: &Call, now: DateTime<Utc>) -> Value {
        let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let address = |way: &str| {
            format!(
                "http://{}/storage/{way}/{}?signature={}",
                call.header("host"),
                job.id,
                self.signed_for(way, &job.id)
            )
        };
        let mut shown = json!({
            "id": job.id, "type": "tweets", "status": self.status(job, now), "resumable": false,
            "created_at": stamp(job.made),
            "upload_url": address("upload"), "upload_expires_at": stamp(job.made + UPLOAD),
            "download_url": address("download"), "download_expires_at": stamp(job.made + DOWNLOAD),
        });
        if let Some(name) = &job.name {
            shown["name"] = json!(name);
        }
        shown
    }

    pub(super) fn create_job(&self, call: &Call) -> Result<Value, Problem> {
        if !self.config.compliance {
            return Err(Problem::forbidden(
                "When authenticating requests to this endpoint, you must use credentials from an App with access to it.",
            ));
        }
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let fields =
            body.as_object().ok_or_else(|| Problem::invalid("", "Request body must be an object"))?;
        if let Some(unknown) =
            fields.keys().find(|key| !["name", "resumable", "type"].contains(&key.as_str()))
        {
            return Err(Problem::invalid(unknown, &format!("$.{unknown}: is not defined in the schema")));
        }
        if fields.get("type").and_then(Value::as_str) != Some("tweets") {
            return Err(Problem::invalid("type", "the stand-in has jobs of type tweets only"));
        }
        let name = match fields.get("name") {
            None => None,
            Some(Value::String(name)) if name.chars().count() <= 64 => Some(name.clone()),
            Some(_) => return Err(Problem::invalid("name", "$.name: must be at most 64 characters long")),
        };
        let now = self.room.now();
        let mut state = lock(&self.state);
        if state.jobs.iter().any(|job| matches!(self.status(job, now), "created" | "in_progress")) {
            return Err(Problem::new(409, "Conflict", "You have too many jobs of this type in progress."));
        }
        state.counter += 1;
        let job = Job { id: format!("{:019}", state.counter), name, made: now, uploaded: None };
        let shown = self.shown_job(&job, call, now);
        state.jobs.push(job);
        Ok(json!({"data": shown}))
    }

    pub(super) fn job(&self, id: &str, call: &Call) -> Result<Value, Problem> {
        let now = self.room.now();
        let state = lock(&self.state);
        let job = state.jobs.iter().find(|job| job.id == id);
        let job = job.ok_or_else(|| Problem::new(404, "Not Found Error", "There is no such job."))?;
        Ok(json!({"data": self.shown_job(job, call, now)}))
    }

    /// The storage, which knows nothing of X's tokens.
    pub(super) fn storage(&self, call: &Call, way: &str, id: &str) -> Reply {
        let no = |status, why| Reply::text(status, "application/xml", why);
        let signature = call.query_pairs().remove("signature").unwrap_or_default();
        if !call.header("authorization").is_empty() {
            return no(
                400,
                "<Error><Code>InvalidArgument</Code><Details>a token has no place here</Details></Error>",
            );
        }
        if signature != self.signed_for(way, id) {
            return no(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
        }
        let now = self.room.now();
        let mut state = lock(&self.state);
        let Some(job) = state.jobs.iter_mut().find(|job| job.id == id) else {
            return no(404, "<Error><Code>NoSuchKey</Code></Error>");
        };
        match (call.method.as_str(), way) {
            ("PUT", "upload") => {
                // The kind of the body is part of what is signed.
                if call.header("content-type") != "text/plain" {
                    return no(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
                }
                if now - job.made >= UPLOAD {
                    return no(400, "<Error><Code>ExpiredToken</Code></Error>");
                }
                let body = String::from_utf8_lossy(&call.body);
                let ids: Vec<String> = body.lines().map(str::to_owned).collect();
                let is_id =
                    |id: &String| (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
                if ids.is_empty() || !ids.iter().all(is_id) {
                    return no(400, "<Error><Details>one id a line</Details></Error>");
                }
                job.uploaded = Some((now, ids));
                Reply::nothing(200)
            }
            ("GET", "download") => {
                if self.status(job, now) != "complete" {
                    return no(404, "<Error><Code>NoSuchKey</Code></Error>");
                }
                if now - job.made >= DOWNLOAD {
                    return no(400, "<Error><Code>ExpiredToken</Code></Error>");
                }
                let ids = job.uploaded.as_ref().map(|(_, ids)| ids.clone()).unwrap_or_default();
                drop(state);
                let lines: Vec<String> =
                    ids.iter().filter_map(|id| self.affected(id)).map(|line| format!("{line}\n")).collect();
                Reply::text(200, "application/x-ndjson", &lines.concat())
            }
            _ => no(405, "<Error><Code>MethodNotAllowed</Code></Error>"),
        }
    }

    /// A line about a post that must not be shown; none about any other.
    fn affected(&self, id: &str) -> Option<Value> {
        let post = self.found(id).ok();
        let reason = match &post {
            None => "deleted",
            Some(post) if post.deleted => "deleted",
            Some(post) => match self.hidden(&post.author)? {
                Hidden::Protected => "protected",
                Hidden::Suspended => "suspended",
            },
        };
        let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let now = self.room.chat_now();
        Some(json!({
            "id": id, "action": "delete", "created_at": stamp(post.map_or(now, |post| post.at)),
            "redacted_at": stamp(now), "reason": reason,
        }))
    }

    /// Why somebody's posts are not shown.
    pub(super) fn hidden(&self, user: &str) -> Option<Hidden> {
        lock(&self.state).hidden.get(user).copied()
    }
}

/// What a job takes X where nobody says otherwise.
pub(super) const TAKES: Duration = Duration::from_secs(150);

//! Batch compliance: X is given the ids of posts in a file, and says in another which of them must not be
//! shown any more ([Batch compliance]). Unbilled, unlike looking them up.
//!
//! Both files lie elsewhere, under addresses that X gives and that carry their own signature. The app's
//! token is not sent there, and what comes from there is bounded.
//!
//! [Batch compliance]: https://docs.x.com/x-api/compliance/batch-compliance/quickstart

use chrono::{DateTime, Utc};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use url::{Host, Url};

use crate::call::{Answer, Twice, call, call_within};
use crate::error::{Reason, SendError};
use crate::reader::XReader;

/// The most bytes of results: forty thousand lines of them, and more than are ever asked about.
const MOST: usize = 8 * 1024 * 1024;

/// A job, as X tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// X's name for it.
    pub id: String,
    /// Where the ids go, for a quarter of an hour.
    pub upload: Option<String>,
    /// How far it has come.
    pub state: JobState,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// X has not finished, or not begun.
    Waiting,
    /// The results lie here, for a week.
    Complete(String),
    /// Nothing will come of it: X failed, or the ids came too late.
    Failed,
}

impl XReader {
    /// Begins a job about posts ([Create Compliance Job]). X lets one run at a time.
    ///
    /// [Create Compliance Job]: https://docs.x.com/x-api/compliance/create-compliance-job
    pub async fn begin_compliance(&self, now: DateTime<Utc>) -> Result<Job, SendError> {
        let url = self.api.at(&["2", "compliance", "jobs"])?;
        let body = json!({ "type": "tweets", "name": "earshot" });
        job(&self.ask(Method::POST, url, Some(&body), now).await?)
    }

    /// How a job stands ([Get Compliance Job by ID]).
    ///
    /// [Get Compliance Job by ID]: https://docs.x.com/x-api/compliance/get-compliance-job-by-id
    pub async fn compliance(&self, id: &str, now: DateTime<Utc>) -> Result<Job, SendError> {
        let url = self.api.at(&["2", "compliance", "jobs", id])?;
        job(&self.ask(Method::GET, url, None, now).await?)
    }

    /// Hands over the ids of posts, to where X said in [`Job::upload`].
    pub async fn upload_ids(&self, to: &str, ids: &[String]) -> Result<(), SendError> {
        let request = self.http.put(self.elsewhere(to)?).header(CONTENT_TYPE, "text/plain");
        let answer = call(request.body(ids.join("\n")), Twice::Harmless).await?;
        if answer.status.is_success() { Ok(()) } else { Err(answer.refused_by_status()) }
    }

    /// Fetches the results of a job from where X said, as they are: reading them is `wire`'s.
    pub async fn download_results(&self, from: &str) -> Result<Vec<u8>, SendError> {
        let request = self.http.get(self.elsewhere(from)?);
        let answer = call_within(request, Twice::Harmless, MOST).await?;
        if answer.status.is_success() { Ok(answer.into_body()) } else { Err(answer.refused_by_status()) }
    }

    /// An address that X gave us: a safe one, or on this machine where X itself is a stand-in there.
    fn elsewhere(&self, address: &str) -> Result<Url, SendError> {
        let bad = |why| SendError::not_sent(Reason::BadPayload, why);
        let url = Url::parse(address).map_err(|_| bad("X gave an address that is none"))?;
        let stood_in = is_loopback(self.api.url()) && is_loopback(&url);
        if url.scheme() == "https" || (url.scheme() == "http" && stood_in) {
            Ok(url)
        } else {
            Err(bad("X gave an address that is not safe"))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn job(answer: &Answer) -> Result<Job, SendError> {
    let said = answer.expect_value()?;
    let text = |name: &str| said.get("data")?.get(name)?.as_str().filter(|text| !text.is_empty());
    let id = text("id").ok_or_else(|| answer.unreadable())?.to_owned();
    let state = match (text("status"), text("download_url")) {
        (Some("complete"), Some(url)) => JobState::Complete(url.to_owned()),
        (Some("complete"), None) => return Err(answer.unreadable()),
        (Some("failed" | "expired"), _) => JobState::Failed,
        _ => JobState::Waiting,
    };
    Ok(Job { id, upload: text("upload_url").map(str::to_owned), state })
}

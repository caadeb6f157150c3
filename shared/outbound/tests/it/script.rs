//! A server that plays a script, one request for each act, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use outbound::{Reason, SendError};
use serde_json::Value;
use url::Url;

/// What the server does with one request, once it has read it.
pub(crate) enum Act {
    /// Answers.
    Reply { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// Closes the connection without an answer.
    HangUp,
    /// Keeps the connection open and says nothing.
    Silence,
    /// Says 200, and closes the connection in the middle of the body.
    Torn,
}

pub(crate) fn reply(status: u16, body: impl ToString) -> Act {
    Act::Reply { status, headers: Vec::new(), body: body.to_string() }
}

impl Act {
    pub(crate) fn with(self, name: &'static str, value: impl ToString) -> Self {
        match self {
            Self::Reply { status, mut headers, body } => {
                headers.push((name, value.to_string()));
                Self::Reply { status, headers, body }
            }
            other => other,
        }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `POST /channels/1/messages?x=y`
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        let path = self.line.split(' ').nth(1).expect("a path");
        let url = Url::parse("http://stand.in/").and_then(|base| base.join(path)).expect("a URL");
        url.query_pairs().into_owned().collect()
    }

    /// Method and path, without the query.
    pub(crate) fn route(&self) -> &str {
        self.line.split('?').next().expect("a line")
    }
}

pub(crate) struct Script {
    pub(crate) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    /// Listens below `/base`; after the last act nobody listens any more.
    pub(crate) fn play(acts: impl IntoIterator<Item = Act, IntoIter: Send + 'static>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let acts = acts.into_iter();
        let notes = Arc::clone(&seen);
        thread::spawn(move || {
            for act in acts {
                let (mut stream, _) = listener.accept().expect("a connection");
                notes.lock().expect("no panic").push(read(&stream));
                perform(act, &mut stream);
            }
        });
        Self { url: Url::parse(&format!("http://{address}/base/")).expect("a URL"), seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// The one request that arrived.
    pub(crate) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "one call is one request: {seen:#?}");
        seen.remove(0)
    }
}

fn read(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    };
    let line = next().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let line = next();
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a number"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    let body = if body.is_empty() { Value::Null } else { read_body(&body, &headers) };
    Seen { line: line.replacen("/base/", "/", 1), headers, body }
}

fn perform(act: Act, stream: &mut TcpStream) {
    let mut say = |text: &str| stream.write_all(text.as_bytes()).expect("the client reads");
    match act {
        Act::Reply { status, headers, body } => {
            let headers: String =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            say(&format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
                body.len()
            ));
        }
        Act::HangUp => {}
        Act::Torn => say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,"),
        Act::Silence => {
            // Until the client gives up.
            let _ended = stream.read(&mut [0; 1]);
        }
    }
}

/// A client whose patience is short enough for a test.
pub(crate) fn impatient() -> reqwest::Client {
    outbound::client_with(Duration::from_millis(200))
}

/// A client for scripts that do answer.
pub(crate) fn patient() -> reqwest::Client {
    outbound::client()
}

/// The reason and the platform's code of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, SendError>) -> (Reason, String) {
    match result {
        Err(SendError::Rejected(refusal)) => (refusal.reason, refusal.code),
        other => panic!("not a refusal: {other:?}"),
    }
}

/// JSON as JSON, a plain text and a form with files as they are.
fn read_body(body: &[u8], headers: &BTreeMap<String, String>) -> Value {
    if headers.get("content-type").is_some_and(|kind| kind == "text/plain" || kind.starts_with("multipart/"))
    {
        return Value::String(String::from_utf8(body.to_vec()).expect("text"));
    }
    serde_json::from_slice(body).expect("JSON")
}

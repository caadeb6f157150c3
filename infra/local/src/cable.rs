//! The cable between a host and its database, on which things go wrong on command or by chance: throttled,
//! conflicting, hung, cut before or after what was asked is done.
//!
//! It speaks no DynamoDB beyond what a fault has to say in its name
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>); everything
//! else goes through as it is.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::dice::Weather;

/// What happens to a request on the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The table has too much to do, and says so.
    Throttled,
    /// Somebody else is writing the same rows at that moment. Reads, which never conflict, are throttled.
    Contended,
    /// It fails inside.
    Broken {
        /// Whether it was done first.
        done: bool,
    },
    /// The cable is cut.
    Cut {
        /// Whether it was done first.
        done: bool,
    },
    /// No answer, until whoever asked goes away.
    Hung {
        /// Whether it was done first.
        done: bool,
    },
    /// It is done at once and answered this much later (real time).
    Slow {
        /// How much.
        by: Duration,
    },
    /// Of what a `BatchWriteItem` writes, the second half is left for the caller to ask again
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>). A batch of one, and
    /// any other request, goes through as it is.
    Partly,
}

struct Planned {
    parts: String,
    skip: usize,
    left: usize,
    trouble: Trouble,
}

struct Inner {
    far: SocketAddr,
    planned: Mutex<Vec<Planned>>,
    weather: Mutex<Option<Weather<Trouble>>>,
    met: watch::Sender<usize>,
    carried: watch::Sender<usize>,
    open: watch::Sender<usize>,
}

/// A cable; cut for good when dropped.
pub struct Cable {
    inner: Arc<Inner>,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these guard is only ever replaced whole, so a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cable {
    /// Lays a cable to the database at `endpoint`, such as `http://127.0.0.1:8000`.
    ///
    /// # Errors
    /// Where that is no address, or no port could be had.
    pub async fn lay(endpoint: &str) -> anyhow::Result<Cable> {
        let far = endpoint.trim_start_matches("http://").parse().context("not a database's address")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a cable")?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            far,
            planned: Mutex::default(),
            weather: Mutex::default(),
            met: watch::Sender::new(0),
            carried: watch::Sender::new(0),
            open: watch::Sender::new(0),
        });
        let carrying = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut lines = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let inner = Arc::clone(&carrying);
                inner.open.send_modify(|open| *open += 1);
                lines.spawn(async move {
                    if let Err(error) = carry(near, &inner).await {
                        tracing::debug!(%error, "a line of the cable ended");
                    }
                    inner.open.send_modify(|open| *open -= 1);
                });
                while lines.try_join_next().is_some() {}
            }
        });
        Ok(Cable { inner, address, task })
    }

    /// Its near end, for `endpoint_url`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next `times` requests that contain every word of `parts` meet this trouble, after `skip` of them
    /// that do not. A word is the name of an operation (`TransactWriteItems`), of an attribute, or a key.
    pub fn plan(&self, parts: &str, skip: usize, times: usize, trouble: Trouble) {
        if times > 0 {
            lock(&self.inner.planned).push(Planned { parts: parts.into(), skip, left: times, trouble });
        }
    }

    /// From now on a request that meets nothing planned may meet one of these.
    pub fn set_weather(&self, weather: Weather<Trouble>) {
        *lock(&self.inner.weather) = Some(weather);
    }

    /// Forgets what is still to go wrong.
    pub fn clear(&self) {
        lock(&self.inner.planned).clear();
        *lock(&self.inner.weather) = None;
    }

    /// How many requests have met trouble. One that hangs is counted before it hangs, so that a test can do
    /// something in that very moment.
    pub fn met(&self) -> watch::Receiver<usize> {
        self.inner.met.subscribe()
    }

    /// How many requests were carried to the database.
    pub fn carried(&self) -> usize {
        *self.inner.carried.borrow()
    }

    /// How many connections are open. None: whoever was there has gone, and all they asked for is done.
    pub fn open(&self) -> watch::Receiver<usize> {
        self.inner.open.subscribe()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    fn trouble(&self, request: &Message) -> Option<Trouble> {
        let mut planned = lock(&self.planned);
        let text = String::from_utf8_lossy(&request.bytes);
        if let Some(at) = planned.iter().position(|p| p.parts.split(' ').all(|part| text.contains(part))) {
            if planned[at].skip > 0 {
                planned[at].skip -= 1;
                return None;
            }
            let trouble = planned[at].trouble;
            planned[at].left -= 1;
            if planned[at].left == 0 {
                planned.remove(at);
            }
            return Some(trouble);
        }
        drop(planned);
        lock(&self.weather).as_mut().and_then(Weather::draw)
    }
}

/// One HTTP/1.1 message whose head tells its length.
struct Message {
    bytes: Vec<u8>,
    head: usize,
}

impl Message {
    /// The next one, or nothing where the other side has gone.
    async fn next(from: &mut TcpStream) -> anyhow::Result<Option<Message>> {
        let mut bytes = Vec::new();
        let mut some = [0; 16 * 1024];
        loop {
            if let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
                if text.contains("transfer-encoding:") {
                    bail!("a message in chunks");
                }
                let length = text.lines().find_map(|l| l.strip_prefix("content-length:"));
                let length: usize = length.map_or(Ok(0), |n| n.trim().parse()).context("no length")?;
                if bytes.len() >= head + 4 + length {
                    return Ok(Some(Message { bytes, head }));
                }
            }
            match from.read(&mut some).await? {
                0 => return Ok(None),
                n => bytes.extend_from_slice(&some[..n]),
            }
        }
    }

    /// `TransactWriteItems`, `GetItem`…
    fn operation(&self) -> String {
        let head = String::from_utf8_lossy(&self.bytes[..self.head]).into_owned();
        let target = head.lines().find(|l| l.to_lowercase().starts_with("x-amz-target:"));
        target.and_then(|line| line.rsplit('.').next()).unwrap_or_default().trim().to_owned()
    }

    /// The same request with the first half of what it writes, and the other half in the shape of `UnprocessedItems`.
    /// Nothing where there is no half.
    fn halved(&self) -> Option<(Vec<u8>, Value)> {
        let mut body: Value = serde_json::from_slice(&self.bytes[self.head + 4..]).ok()?;
        let tables = body.get_mut("RequestItems")?.as_object_mut()?;
        let (table, items) = tables.iter_mut().next()?;
        let items = items.as_array_mut()?;
        let left = items.split_off(items.len().div_ceil(2));
        let left = (!left.is_empty()).then(|| json!({table.as_str(): left}))?;
        let body = body.to_string();
        let head = String::from_utf8_lossy(&self.bytes[..self.head]).into_owned();
        let same = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length:"));
        let head = same.collect::<Vec<_>>().join("\r\n");
        Some((format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes(), left))
    }

    /// How many items a transaction has.
    fn items(&self) -> usize {
        let body: Value = serde_json::from_slice(&self.bytes[self.head + 4..]).unwrap_or_default();
        body.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len)
    }
}

fn said(status: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn named(error: &str, words: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{error}"), "message": words})
}

fn throttled() -> Vec<u8> {
    let words = "The level of configured provisioned throughput for the table was exceeded.";
    said("400 Bad Request", &named("ProvisionedThroughputExceededException", words))
}

fn contended(request: &Message) -> Vec<u8> {
    match request.operation().as_str() {
        "TransactWriteItems" => {
            let mut body = named("TransactionCanceledException", "");
            // The real thing writes this one word with a capital.
            body["Message"] = json!("Transaction cancelled, please refer cancellation reasons");
            let reason = |n| json!({"Code": if n == 0 { "TransactionConflict" } else { "None" }});
            body["CancellationReasons"] = (0..request.items()).map(reason).collect();
            said("400 Bad Request", &body)
        }
        "PutItem" | "UpdateItem" | "DeleteItem" => {
            let words = "Transaction is ongoing for the item";
            said("400 Bad Request", &named("TransactionConflictException", words))
        }
        _ => throttled(),
    }
}

async fn carry(mut near: TcpStream, inner: &Inner) -> anyhow::Result<()> {
    near.set_nodelay(true)?;
    let mut far = TcpStream::connect(inner.far).await.context("the database is not there")?;
    far.set_nodelay(true)?;
    while let Some(request) = Message::next(&mut near).await? {
        let trouble = inner.trouble(&request);
        let is_done = match trouble {
            None | Some(Trouble::Slow { .. } | Trouble::Partly) => true,
            Some(Trouble::Throttled | Trouble::Contended) => false,
            Some(Trouble::Broken { done } | Trouble::Cut { done } | Trouble::Hung { done }) => done,
        };
        let mut answer = None;
        let halved = trouble.filter(|trouble| *trouble == Trouble::Partly).and_then(|_| request.halved());
        if is_done {
            far.write_all(halved.as_ref().map_or(&request.bytes, |(half, _)| half)).await?;
            answer = Some(Message::next(&mut far).await?.context("the database has gone")?);
            inner.carried.send_modify(|carried| *carried += 1);
        }
        if trouble.is_some() {
            inner.met.send_modify(|met| *met += 1);
        }
        match trouble {
            Some(Trouble::Throttled) => near.write_all(&throttled()).await?,
            Some(Trouble::Contended) => near.write_all(&contended(&request)).await?,
            Some(Trouble::Broken { .. }) => {
                let words = "The request processing has failed because of an unknown error.";
                near.write_all(&said("500 Internal Server Error", &named("InternalServerError", words)))
                    .await?;
            }
            Some(Trouble::Cut { .. }) => return Ok(()),
            Some(Trouble::Hung { .. }) => {
                // Whoever gives up closes; anything else that comes now is not listened to either.
                let mut some = [0; 1024];
                while near.read(&mut some).await? > 0 {}
                return Ok(());
            }
            Some(Trouble::Slow { by }) => {
                tokio::time::sleep(by).await;
                near.write_all(&answer.map(|a| a.bytes).unwrap_or_default()).await?;
            }
            Some(Trouble::Partly) if halved.is_some() => {
                let left = halved.map(|(_, left)| left).unwrap_or_default();
                near.write_all(&said("200 OK", &json!({"UnprocessedItems": left}))).await?;
            }
            None | Some(Trouble::Partly) => {
                near.write_all(&answer.map(|a| a.bytes).unwrap_or_default()).await?;
            }
        }
    }
    Ok(())
}

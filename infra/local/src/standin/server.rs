//! A listening stand-in: it takes a call, plays a fault if one is planned, and records what it answered.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as AxumRequest, State};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::call::{Call, Reply, Request};
use super::cut::{Cut, Cuttable};
use super::faults::{Barred, Fault};
use super::lock;
use super::room::Room;

/// One platform's rules. Handling is synchronous: a deed is done or it is not, whatever becomes of
/// the connection.
pub(super) trait Platform: Send + Sync + 'static {
    fn room(&self) -> &Room;
    fn handle(self: &Arc<Self>, call: &Call) -> Reply;
    /// What must be asked of Earshot before a call can be handled (X's challenge), and what came of it.
    /// `None` where nothing is to be asked.
    fn challenge(self: &Arc<Self>, _: &Call) -> impl Future<Output = Option<Result<(), String>>> + Send {
        std::future::ready(None)
    }
    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply;
    /// The channel that a call would write into.
    fn written_into(&self, call: &Call) -> Option<String>;
    /// What is said to a call where our token is revoked, or the channel it writes into is closed.
    fn barred(&self, call: &Call, barred: &Barred) -> Option<Reply>;
}

/// A listening stand-in; stops when dropped.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Server {
    pub(super) async fn start<P: Platform>(platform: Arc<P>) -> anyhow::Result<Self> {
        let name = platform.room().platform;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .with_context(|| format!("the {name} stand-in could not listen on 127.0.0.1"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let served = Served { platform, stopped: stopped.clone() };
        let app = axum::Router::new().fallback(answer::<P>).with_state(served.clone());
        let listener = Cuttable { listener, open: served.platform.room().open.clone() };
        let service = app.into_make_service_with_connect_info::<Cut>();
        let task = tokio::spawn(async move {
            let ended = axum::serve(listener, service)
                .with_graceful_shutdown(async move { until(stopped).await })
                .await;
            if let Err(error) = ended {
                tracing::error!(platform = name, %error, "the stand-in stopped listening");
            }
        });
        Ok(Self { address, stop, task: Mutex::new(Some(task)) })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) async fn stop(&self) {
        let _ = self.stop.send(true);
        let task = lock(&self.task).take();
        if let Some(task) = task {
            // Connections that a client keeps open must not keep us.
            let _ = tokio::time::timeout(Duration::from_secs(2), task).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

struct Served<P> {
    platform: Arc<P>,
    stopped: watch::Receiver<bool>,
}

impl<P> Clone for Served<P> {
    fn clone(&self) -> Self {
        Self { platform: Arc::clone(&self.platform), stopped: self.stopped.clone() }
    }
}

/// The most that a stand-in reads of one body: more than any platform takes, so that each refuses it itself.
const LARGEST_BODY: usize = 32 << 20;

async fn answer<P: Platform>(
    State(served): State<Served<P>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: AxumRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Reply::text(413, "text/plain", "too large").into_response();
    };
    let mut call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        challenged: None,
    };
    let platform = &served.platform;
    call.challenged = platform.challenge(&call).await;
    let room = platform.room();
    let fault = room.take_fault(&call);
    let mut request = Request {
        at: room.now(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: call.query.clone(),
        headers: call.safe_headers(),
        body: call.recorded_body(),
        status: None,
        answer: Value::Null,
        accepted: false,
        fault: fault.clone(),
    };
    match fault {
        Some(Fault::Revoke) => lock(&room.barred).revoked = true,
        Some(Fault::Archive) => lock(&room.barred).closed.extend(platform.written_into(&call)),
        _ => {}
    }
    let mut deed = || {
        let barred = platform.barred(&call, &lock(&room.barred));
        let reply = barred.unwrap_or_else(|| platform.handle(&call));
        let refused = reply.recorded().get("ok") == Some(&Value::Bool(false));
        request.accepted = reply.status < 400 && !refused;
        reply
    };
    let met = fault.is_some();
    let mut slow = Duration::ZERO;
    let (reply, goes_away, hangs) = match fault {
        None | Some(Fault::Revoke | Fault::Archive) => (Some(deed()), false, false),
        Some(Fault::Slow { by }) => {
            slow = by;
            (Some(deed()), false, false)
        }
        Some(Fault::RateLimited { retry_after }) => (Some(platform.rate_limited(retry_after)), false, false),
        Some(Fault::ServerError { status, accepted }) => {
            if accepted {
                deed();
            }
            (Some(Reply::text(status, "text/html", "<html><h1>upstream error</h1></html>")), false, false)
        }
        Some(Fault::Answer { status, body }) => (Some(Reply::json(status, body)), false, false),
        Some(Fault::Drop { accepted }) => {
            if accepted {
                deed();
            }
            (None, true, false)
        }
        Some(Fault::Hang { accepted }) => {
            if accepted {
                deed();
            }
            (None, true, true)
        }
    };
    if let Some(reply) = &reply {
        request.status = Some(reply.status);
        request.answer = reply.recorded();
    }
    room.record(request);
    if met {
        room.met.send_modify(|met| *met += 1);
    }
    if !slow.is_zero() {
        tokio::time::sleep(slow).await;
    }
    if hangs {
        until(served.stopped.clone()).await;
    }
    if goes_away {
        cut.now();
    }
    reply.unwrap_or_else(|| Reply::nothing(200)).into_response()
}

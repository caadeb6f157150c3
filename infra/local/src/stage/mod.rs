//! The stage: one page with three rooms side by side. It acts only by signed HTTP, through the
//! stand-ins, and shows only what the stand-ins received; what is due next it reads from the table.

mod acts;
mod views;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chat::name::Slug;
use host::{Host, News};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use crate::local::Platforms;
use crate::standin::{Change, StandIn};

/// What the page needs to reach.
#[derive(Clone)]
pub struct Stage {
    inner: Arc<Inner>,
}

struct Inner {
    platforms: Arc<Platforms>,
    host: Mutex<Option<Host>>,
    slug: Slug,
    title: String,
    events: broadcast::Sender<(&'static str, Value)>,
    lines: Mutex<Vec<Value>>,
    forms: Mutex<Vec<Value>>,
    /// People whose next private reply goes under their console and not into the room as well.
    asking: Mutex<Vec<String>>,
}

impl Stage {
    /// A stage on which the chat `slug` is played. The host is handed over once it runs, because its
    /// doors and the page share a port.
    pub fn new(platforms: Arc<Platforms>, slug: Slug, title: &str) -> Stage {
        let (events, _) = broadcast::channel(4_096);
        Stage {
            inner: Arc::new(Inner {
                platforms,
                host: Mutex::new(None),
                slug,
                title: title.to_owned(),
                events,
                lines: Mutex::new(Vec::new()),
                forms: Mutex::new(Vec::new()),
                asking: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Begins to show what happens.
    pub fn begin(&self, host: &Host, news: broadcast::Receiver<News>) {
        *lock(&self.inner.host) = Some(host.clone());
        self.watch(self.inner.platforms.slack.changes());
        self.watch(self.inner.platforms.discord.changes());
        self.watch(self.inner.platforms.x.changes());
        self.read_news(news);
        self.show_time();
    }

    /// Shows one readable line, and keeps it for pages that open later.
    pub fn line(&self, line: Value) {
        let mut lines = lock(&self.inner.lines);
        lines.push(line.clone());
        let old = lines.len().saturating_sub(500);
        lines.drain(..old);
        drop(lines);
        self.tell("line", line);
    }

    /// Shows how the rehearsal ended.
    pub fn done(&self, end: Value) {
        self.tell("done", end);
    }

    fn tell(&self, name: &'static str, data: Value) {
        // Nobody watching is fine.
        let _ = self.inner.events.send((name, data));
    }

    fn host(&self) -> Option<Host> {
        lock(&self.inner.host).clone()
    }

    fn watch(&self, mut changes: broadcast::Receiver<Change>) {
        let stage = self.clone();
        tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(change) => stage.changed(change),
                    // The page reads everything again when it reconnects; here only news are missed.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }

    fn changed(&self, change: Change) {
        match change {
            Change::Posted { message } => {
                let private = message.ephemeral_for.clone();
                let asked = private.is_some_and(|user| lock(&self.inner.asking).contains(&user));
                if !asked {
                    self.tell("message", json!(message));
                }
            }
            Change::Edited { message } | Change::Deleted { message } => self.tell("message", json!(message)),
            Change::Form { platform: "slack", user, view } if view.get("type") == Some(&json!("home")) => {
                self.tell("home", json!({"user": user, "view": view}));
            }
            Change::Form { platform: "slack", user, view } => {
                let mut forms = lock(&self.inner.forms);
                let open = forms.iter().find(|f| f.get("user") == Some(&json!(user)));
                // A form that closed comes without its id: it is the one this person had open.
                let known = open.and_then(|f| f.get("view_id")).cloned();
                let id = view.get("id").cloned().or(known).unwrap_or(Value::Null);
                let form = json!({"platform": "slack", "user": user, "view": view, "view_id": id});
                forms.retain(|f| f.get("user") != form.get("user"));
                if !view.is_null() {
                    forms.push(form.clone());
                }
                drop(forms);
                self.tell("form", form);
            }
            // Discord's modals are the answer to the press that opened them.
            Change::Form { .. } | Change::Thread { .. } | Change::Role { .. } => {}
        }
    }

    fn read_news(&self, mut news: broadcast::Receiver<News>) {
        let stage = self.clone();
        tokio::spawn(async move {
            loop {
                match news.recv().await {
                    Ok(one) => stage.line(json!({"at": views::instant(one.at), "text": one.what})),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }

    /// The clock every second, and what is due whenever it changed.
    fn show_time(&self) {
        let stage = self.clone();
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_secs(1));
            let (mut due, mut tally, mut events) = (Value::Null, Value::Null, Value::Null);
            loop {
                every.tick().await;
                let Some(host) = stage.host() else { continue };
                stage.tell("clock", views::clock(&host, &stage.inner.slug).await);
                let now_due = views::due(&host, &stage.inner.slug).await;
                if now_due != due {
                    due = now_due.clone();
                    stage.tell("due", now_due);
                }
                let now_events = views::events(&stage.inner.platforms);
                if now_events != events {
                    events = now_events.clone();
                    stage.tell("events", now_events);
                }
                let now_tally = views::tally(&stage.inner.platforms);
                if now_tally != tally {
                    tally = now_tally.clone();
                    stage.tell("tally", now_tally);
                }
            }
        });
    }

    /// The page and its paths.
    pub fn routes(&self) -> Router {
        let text = |kind: &'static str, body: &'static str| {
            get(move || async move { ([(header::CONTENT_TYPE, kind)], body).into_response() })
        };
        let script = "text/javascript; charset=utf-8";
        Router::new()
            .route("/", text("text/html; charset=utf-8", include_str!("index.html")))
            .route("/stage.css", text("text/css; charset=utf-8", include_str!("stage.css")))
            .route("/stage.js", text(script, include_str!("stage.js")))
            .route("/rooms.js", text(script, include_str!("rooms.js")))
            .route("/platforms.js", text(script, include_str!("platforms.js")))
            .route("/markup.js", text(script, include_str!("markup.js")))
            .route("/consoles.js", text(script, include_str!("consoles.js")))
            .route("/modals.js", text(script, include_str!("modals.js")))
            .route("/home.js", text(script, include_str!("home.js")))
            .route("/dom.js", text(script, include_str!("dom.js")))
            .route("/stage/state", get(state))
            .route("/stage/events", get(events))
            .route("/stage/slack/command", post(acts::slack_command))
            .route("/stage/slack/press", post(acts::slack_press))
            .route("/stage/slack/press-in-view", post(acts::slack_press_in_view))
            .route("/stage/slack/submit", post(acts::slack_submit))
            .route("/stage/slack/home", post(acts::slack_home))
            .route("/stage/discord/command", post(acts::discord_command))
            .route("/stage/discord/press", post(acts::discord_press))
            .route("/stage/discord/submit", post(acts::discord_submit))
            .route("/stage/discord/file/{id}", get(file))
            .route("/stage/x/post", post(acts::x_post))
            .route("/stage/x/repost", post(acts::x_repost))
            .route("/stage/clock", post(acts::clock))
            .with_state(self.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn state(State(stage): State<Stage>) -> Response {
    let Some(host) = stage.host() else {
        return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({"error": "The stage is being set."})))
            .into_response();
    };
    let mut state = views::state(&stage.inner.platforms, &host, &stage.inner.slug).await;
    state["title"] = json!(stage.inner.title);
    state["lines"] = json!(*lock(&stage.inner.lines));
    state["forms"] = json!(*lock(&stage.inner.forms));
    axum::Json(state).into_response()
}

/// A file that somebody was handed, for the person at the page.
async fn file(State(stage): State<Stage>, Path(id): Path<String>) -> Response {
    match stage.inner.platforms.discord.attachment(&id) {
        Some(content) => ([(header::CONTENT_TYPE, "application/json")], content).into_response(),
        None => {
            (StatusCode::NOT_FOUND, axum::Json(json!({"error": "There is no such file."}))).into_response()
        }
    }
}

async fn events(State(stage): State<Stage>) -> Sse<impl futures::Stream<Item = Result<Event, Infallible>>> {
    let mut source = stage.inner.events.subscribe();
    let (send, receive) = mpsc::channel::<Event>(256);
    tokio::spawn(async move {
        loop {
            match source.recv().await {
                Ok((name, data)) => {
                    if send.send(Event::default().event(name).data(data.to_string())).await.is_err() {
                        return;
                    }
                }
                // Ending the stream makes the page reconnect and read everything again.
                Err(_) => return,
            }
        }
    });
    let stream = futures::stream::unfold(receive, |mut receive| async move {
        receive.recv().await.map(|event| (Ok(event), receive))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

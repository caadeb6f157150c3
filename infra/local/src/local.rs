//! The same host as in the Lambdas, in one process: its doors behind axum, its table in an embedded
//! database, its queues in memory.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use host::{Clocks, Config, Host, MOST_BODY, News, Queues};
use http::{Request, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::cast;
use crate::database::Database;
use crate::standin::{StandIn, discord::Discord, slack::Slack, x::X};

/// The three platforms as stand-ins.
pub struct Platforms {
    /// Slack.
    pub slack: Slack,
    /// Discord.
    pub discord: Discord,
    /// X.
    pub x: X,
    variables: Vec<(&'static str, String)>,
}

impl Platforms {
    /// Starts all three with the stage's cast. `with_x` is whether Earshot is told about X.
    ///
    /// # Errors
    /// Where no port could be had.
    pub async fn start(clocks: &Clocks, with_x: bool) -> anyhow::Result<Platforms> {
        let (slack, discord, x) = (cast::slack(clocks), cast::discord(clocks), cast::x(clocks));
        Platforms::start_with(slack, discord, x, with_x).await
    }

    /// The same with another cast.
    ///
    /// # Errors
    /// Where no port could be had.
    pub async fn start_with(
        slack: crate::standin::slack::Config,
        discord: crate::standin::discord::Config,
        x: crate::standin::x::Config,
        with_x: bool,
    ) -> anyhow::Result<Platforms> {
        let mut variables = vec![
            ("SLACK_SIGNING_SECRET", slack.signing_secret.clone()),
            ("SLACK_BOT_TOKEN", slack.bot_token.clone()),
            ("DISCORD_BOT_TOKEN", discord.bot_token.clone()),
            ("DISCORD_APPLICATION_ID", discord.application_id.clone()),
            ("EARSHOT_OPERATORS", cast::MAYA.to_owned()),
        ];
        let x_variables = vec![
            ("X_CONSUMER_KEY", x.consumer_key.clone()),
            ("X_CONSUMER_SECRET", x.consumer_secret.clone()),
            ("X_ACCESS_TOKEN", x.access_token.clone()),
            ("X_ACCESS_TOKEN_SECRET", x.access_token_secret.clone()),
            ("X_BEARER_TOKEN", x.bearer_token.clone()),
            ("X_HANDLE", x.account.handle.clone()),
        ];
        let slack = Slack::start(slack).await?;
        let discord = Discord::start(discord).await?;
        let x = X::start(x).await?;
        variables.push(("SLACK_API_URL", slack.api_url()));
        variables.push(("DISCORD_API_URL", discord.api_url()));
        variables.push(("DISCORD_PUBLIC_KEY", discord.public_key_hex()));
        if with_x {
            variables.extend(x_variables);
            variables.push(("X_API_URL", x.api_url()));
        }
        Ok(Platforms { slack, discord, x, variables })
    }

    /// Sets a variable beside those that point at them, such as `EARSHOT_X_SOURCE`.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
    }

    /// The configuration that points at them.
    ///
    /// # Errors
    /// Where the stand-ins' own settings cannot be used.
    pub fn config(&self) -> anyhow::Result<Config> {
        let get = |name: &str| self.variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        Ok(Config::read(&get)?)
    }

    /// The environment that points at them, for a process of its own.
    pub fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Tells them where Earshot listens.
    pub fn aim(&self, base: &str) {
        self.slack.aim(base);
        self.discord.aim(base);
        self.x.aim(base);
    }

    /// Stops all three.
    pub async fn stop(&self) {
        self.slack.stop().await;
        self.discord.stop().await;
        self.x.stop().await;
    }
}

/// A running host with its database and its doors.
pub struct Local {
    /// The host.
    pub host: Host,
    /// The queue, for whoever works it off.
    pub queue: Arc<host::Local>,
    /// What happens, in readable lines.
    pub news: broadcast::Sender<News>,
    /// The embedded database, where it is ours.
    database: Option<Database>,
    endpoint: String,
    address: SocketAddr,
    doors: JoinHandle<()>,
    closing: watch::Sender<bool>,
    /// Held as long as this process uses the folder.
    _lock: Option<File>,
}

/// How long requests that are under way may take to end once the doors close.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

impl Local {
    /// Starts a host at `listener`. `data` is the folder of the database; without one it is in memory.
    /// Nothing is ticked or delivered until somebody works the queue: see [`crate::worker::work`].
    ///
    /// # Errors
    /// Where the folder or the database cannot be used.
    pub async fn start(
        config: Config,
        data: Option<&Path>,
        clocks: Clocks,
        listener: TcpListener,
        more: Router,
    ) -> anyhow::Result<Local> {
        let file = data.map(|folder| folder.join("earshot.sqlite"));
        let lock = data.map(take).transpose()?;
        let database = Database::start(file.as_deref()).await?;
        let endpoint = database.endpoint();
        let local = Local::start_at(config, &endpoint, clocks, listener, more, None).await?;
        Ok(Local { database: Some(database), _lock: lock, ..local })
    }

    /// The same with a database that somebody else serves at `endpoint` (`http://127.0.0.1:8000`) and that
    /// asks for no credentials: it outlives this process, and faults can be laid between the two. With a `bus`
    /// it is told what happens.
    ///
    /// # Errors
    /// Where the table cannot be made there.
    pub async fn start_at(
        config: Config,
        endpoint: &str,
        clocks: Clocks,
        listener: TcpListener,
        more: Router,
        bus: Option<host::Bus>,
    ) -> anyhow::Result<Local> {
        let store = host::embedded_store(endpoint, &config.table, config.patience);
        store.ensure_table().await.context("cannot make the table")?;
        let queue = Arc::new(host::Local::default());
        let (news, _) = broadcast::channel(1_024);
        let host = Host::new(config, store, Queues::Local(Arc::clone(&queue)), clocks).telling(news.clone());
        let host = match bus {
            Some(bus) => host.on_bus(bus),
            None => host,
        };
        let address = listener.local_addr()?;
        let doors = doors(host.clone()).merge(more);
        let (closing, mut closed) = watch::channel(false);
        let doors = tokio::spawn(async move {
            let serving = axum::serve(listener, doors).with_graceful_shutdown(async move {
                // An error means that nobody can close them any more, which closes them too.
                let _ = closed.wait_for(|closed| *closed).await;
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the doors closed");
            }
        });
        let endpoint = endpoint.to_owned();
        Ok(Local { host, queue, news, database: None, endpoint, address, doors, closing, _lock: None })
    }

    /// `http://127.0.0.1:4040`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The database's address, for whoever wants to look into the table itself.
    pub fn database(&self) -> String {
        self.endpoint.clone()
    }

    /// Closes the doors, once requests under way are answered (three seconds at most), and the database.
    /// What was not delivered waits in the table.
    ///
    /// # Errors
    /// Where the database did not close well.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.closing.send_replace(true);
        let mut doors = self.doors;
        if tokio::time::timeout(LAST_REQUESTS, &mut doors).await.is_err() {
            // A page that watches never ends by itself.
            doors.abort();
        }
        match self.database {
            Some(database) => database.stop().await,
            None => Ok(()),
        }
    }
}

/// Makes the folder, for this user alone where it was not there (it holds names, posts and codes), and
/// takes it for this process: two on one folder would tick twice and answer each other's conflicts.
pub(crate) fn take(folder: &Path) -> anyhow::Result<File> {
    crate::private::folder(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("earshot.lock");
    let lock = File::options().create(true).append(true).open(&path);
    let lock = lock.with_context(|| format!("cannot write into {}", folder.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("another Earshot uses {}: stop it, or choose another folder", folder.display())
        }
        // Some network file systems know no locks. Going on alone is what people did before.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the folder cannot be locked: see that no other Earshot uses it");
            Ok(lock)
        }
    }
}

/// The doors of a host, at the same paths as on AWS, for whoever serves them.
pub fn doors(host: Host) -> Router {
    Router::new().fallback(door).with_state(host)
}

async fn door(State(host): State<Host>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    // One byte more than is allowed tells "too large" from "just fits".
    let Ok(bytes) = to_bytes(body, MOST_BODY + 1).await else {
        let mut response = Response::new(Body::from("More than a megabyte is more than I read."));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    let response: http::Response<Bytes> = host.http(Request::from_parts(parts, bytes)).await;
    response.map(Body::from)
}

#![doc = include_str!("../README.md")]

pub mod admin;
mod admit;
mod answer;
mod asked;
mod audit;
mod aws;
mod bank;
pub mod batch;
mod bus;
mod catchup;
mod causes;
pub mod clock;
pub mod config;
mod deaf;
mod deliver;
mod desk;
mod doors;
mod events;
mod fire;
mod heard;
mod home;
mod inspect;
mod launch;
mod lookup;
mod measure;
mod meter;
mod mine;
pub mod moving;
mod names;
mod parameters;
mod permalinks;
mod personal;
mod planned;
mod poll;
mod preflight;
mod present;
pub mod queue;
mod quotes;
mod radar;
mod readable;
mod rehearsed;
mod remove;
mod secrets;
mod send;
mod signed;
mod tick;
mod trouble;
mod turns;
mod watch;

use std::sync::Arc;

use chat::Deployment;
use outbound::{Discord, Keys, Slack, X, XReader};
use store::{Store, StoreError};

pub use aws::{aws_store, embedded_store, sdk_config};
pub use bus::Bus;
pub use causes::causes;
pub use clock::{Clock, Clocks};
pub use config::{Config, Misconfigured, Patience, Source};
pub use doors::{Body, MOST_BODY};
pub use launch::{Lambda, closed, filter, logs};
pub use measure::Figures;
pub use outbound::Entry;
pub use parameters::SECRETS;
pub use queue::{Bell, Local, Queues, Rung};
pub use secrets::secrets;
pub use tick::Ticked;

/// The shell around the rules: verifies, loads, decides, commits, delivers.
///
/// One host serves one deployment. It is cheap to clone and holds connections, not state: what must
/// not be lost is in the table.
#[derive(Debug, Clone)]
pub struct Host {
    config: Arc<Config>,
    store: Store,
    slack: Option<Arc<Slack>>,
    discord: Option<Arc<Discord>>,
    x: Option<Arc<X>>,
    reader: Option<Arc<XReader>>,
    queues: Queues,
    clocks: Clocks,
    planned: planned::Planned,
    turns: turns::Turns,
    names: names::Names,
    permalinks: permalinks::Permalinks,
    told: meter::Told,
    looked: planned::Planned,
    bus: Option<Bus>,
    news: Option<tokio::sync::broadcast::Sender<News>>,
}

/// One readable line about something that happened, for whoever watches. Ids and names only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// When, by the chat's clock.
    pub at: chrono::DateTime<chrono::Utc>,
    /// What, in words.
    pub what: String,
}

/// Something that a caller must know when a handler could not finish.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The table did not take or give something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message in a queue that nobody here wrote.
    #[error("not a message of ours: {0}")]
    NotOurs(String),
}

impl Host {
    /// A host from its parts.
    pub fn new(config: Config, store: Store, queues: Queues, clocks: Clocks) -> Host {
        let http = outbound::client_with(config.patience.call);
        let slack = config
            .slack
            .as_ref()
            .map(|s| Arc::new(Slack::new(http.clone(), s.api_url.clone(), s.bot_token.clone())));
        let discord = config.discord.as_ref().map(|d| {
            let (url, token) = (d.api_url.clone(), d.bot_token.clone());
            Arc::new(Discord::new(http.clone(), url, token, d.application_id.clone()))
        });
        let x = config.x.as_ref().and_then(|x| {
            let keys = Keys {
                consumer_key: x.consumer_key.clone(),
                consumer_secret: x.consumer_secrets.first()?.clone(),
                access_token: x.access_token.clone(),
                access_token_secret: x.access_token_secret.clone(),
            };
            Some(Arc::new(X::new(http.clone(), x.api_url.clone(), keys)))
        });
        let reader = config.x.as_ref().and_then(|x| {
            let bearer = x.bearer_token.clone()?;
            Some(Arc::new(XReader::new(http.clone(), x.api_url.clone(), bearer)))
        });
        Host {
            config: Arc::new(config),
            store,
            slack,
            discord,
            x,
            reader,
            queues,
            clocks,
            planned: planned::Planned::default(),
            turns: turns::Turns::default(),
            names: names::Names::default(),
            permalinks: permalinks::Permalinks::default(),
            told: meter::Told::default(),
            looked: planned::Planned::default(),
            bus: None,
            news: None,
        }
    }

    /// The same host, telling `news` what happens.
    #[must_use]
    pub fn telling(mut self, news: tokio::sync::broadcast::Sender<News>) -> Host {
        self.news = Some(news);
        self
    }

    /// The same host, which tells on a bus what happens.
    #[must_use]
    pub fn on_bus(mut self, bus: Bus) -> Host {
        self.store = self.store.telling();
        self.bus = Some(bus);
        self
    }

    /// A host as a Lambda runs it: everything from the environment, the SDK's own variables included.
    ///
    /// # Errors
    /// [`Misconfigured`], with every missing name at once.
    pub async fn from_env() -> Result<Host, Misconfigured> {
        let sdk = aws::lambda_config();
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let table = aws_sdk_dynamodb::Client::new(&sdk);
        // The two connections that every start needs are opened side by side.
        let warm = async {
            if let Some(name) = set("EARSHOT_TABLE") {
                warm(&Store::new(table.clone(), name)).await;
            }
        };
        let (secrets, ()) = tokio::join!(parameters::from_env(&sdk), warm);
        let secrets = secrets?;
        let config = Config::read(&|name| set(name).or_else(|| parameters::meant(name, &set, &secrets)));
        let mut missing = Vec::new();
        let mut need = |name: &str| {
            set(name).unwrap_or_else(|| {
                missing.push(name.to_owned());
                String::new()
            })
        };
        let (cues, mirror) = (need("EARSHOT_CUES_QUEUE_URL"), need("EARSHOT_MIRROR_QUEUE_URL"));
        // Only where X is searched: who has a webhook for hashtags needs no queue for it.
        let searches =
            |config: &Config| config.x.as_ref().is_some_and(|x| x.source != config::Source::Webhook);
        let poll = config.as_ref().is_ok_and(searches).then(|| need("EARSHOT_POLL_QUEUE_URL"));
        let config = match config {
            Ok(config) if missing.is_empty() => config,
            Ok(_) => return Err(Misconfigured { missing, wrong: Vec::new() }),
            Err(mut problems) => {
                problems.missing.extend(missing);
                return Err(problems);
            }
        };
        let store = Store::new(table, config.table.clone());
        let sqs = queue::Sqs::new(&sdk);
        let host = Host::new(config, store, Queues::Aws { sqs, cues, mirror, poll }, Clocks::default());
        let Some(bus) = set("EARSHOT_BUS") else { return Ok(host) };
        Ok(host.on_bus(Bus::Aws(bus::EventBridge::new(&sdk, bus))))
    }

    /// The store, for those who tend it: making the table, export and import.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The queues.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The clocks.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    fn deployment(&self, workspace: &str) -> Deployment {
        self.config.deployment(workspace)
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if let Some(news) = &self.news {
            // Nobody listening is fine.
            let _ = news.send(News { at: self.clocks.chat.now(), what: what() });
        }
    }
}

/// Opens the connection to the table ahead of its first use. Whether it succeeds is of no account here.
async fn warm(store: &Store) {
    if let Err(error) = store.warm().await {
        tracing::warn!(error = causes(&error), "the table did not answer at the start");
    }
}

//! The embedded database: DynamoDB's HTTP interface over SQLite, in this process.
//!
//! Earshot's store speaks to it with the AWS SDK, at another address, and knows no difference. On
//! file it keeps a write-ahead log, so that what was acknowledged survives the end of the process,
//! `kill -9` included (not the loss of power, for which there is AWS).

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::private;

/// A running database; stops listening when dropped.
pub struct Database {
    inner: dynoxide::Database,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<Result<(), String>>>>,
}

impl Database {
    /// Opens the database in the file at `path`, which is made for this user alone if it is not there (its
    /// folder too), or in memory, and serves it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the file is not a database, or cannot be written, or no port is free.
    pub async fn start(path: Option<&Path>) -> anyhow::Result<Self> {
        let inner = match path {
            Some(path) => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    private::folder(folder)
                        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
                }
                let name = path.to_str().ok_or_else(|| {
                    anyhow!("{} is not UTF-8; choose another folder for the data", path.display())
                })?;
                private::file(path).with_context(|| format!("cannot make the database {name}"))?;
                is_ours(path).with_context(|| format!("cannot open the database {name}"))?;
                dynoxide::Database::new(name)
                    .map_err(|error| anyhow!("cannot open the database {name}: {error}"))?
            }
            None => dynoxide::Database::memory()
                .map_err(|error| anyhow!("cannot make a database in memory: {error}"))?,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("the database could not listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (stop, mut stopped) = watch::channel(false);
        let served = inner.clone();
        let task = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, served, async move {
            // An error means that the sender is gone, which is a stop as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        }));
        Ok(Self { inner, address, stop, task: Mutex::new(Some(task)) })
    }

    /// Its address for `endpoint_url`, such as `http://127.0.0.1:40001`. Any region and any access key
    /// will do.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Removes what has outlived its time to live, and says how many items that were. DynamoDB does so
    /// by itself within days; the embedded one only when asked.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn sweep_ttl(&self) -> anyhow::Result<usize> {
        let database = self.inner.clone();
        // SQLite blocks; a sweep must not hold up a cue.
        tokio::task::spawn_blocking(move || database.sweep_ttl())
            .await
            .context("the sweep did not end")?
            .map_err(|error| anyhow!("cannot sweep what has expired: {error}"))
    }

    /// Stops taking requests, lets those under way end, and closes the file.
    ///
    /// # Errors
    /// When requests are still under way after five seconds, or the server had failed before.
    pub async fn stop(self) -> anyhow::Result<()> {
        // Nobody listening any more means that it has stopped.
        let _ = self.stop.send(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(task) = task else { return Ok(()) };
        tokio::time::timeout(Duration::from_secs(5), task)
            .await
            .context("requests to the database were still under way after five seconds")?
            .context("the database's server ended badly")?
            .map_err(|error| anyhow!("the database's server failed: {error}"))
    }
}

/// Whether a file is a SQLite database, or empty: the library's own words for one that is not speak of encryption
/// (<https://www.sqlite.org/fileformat2.html#magic_header_string>).
fn is_ours(path: &Path) -> anyhow::Result<()> {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let mut head = Vec::with_capacity(MAGIC.len());
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut head)?;
    if head.is_empty() || head == MAGIC {
        Ok(())
    } else {
        Err(anyhow!("the file is damaged, or something else"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

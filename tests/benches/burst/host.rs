//! The host in a process of its own.

use std::io::BufRead as _;
use std::process::{Child as Process, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use earshot::local::{Platforms, doors};
use earshot::worker;
use host::{Clock, Clocks, Config, Host, Local, Queues};

/// Says to this program that it is the host. Its value is where the database is.
pub(crate) const CHILD: &str = "BURST_HOST_DATABASE";
const START: &str = "BURST_HOST_START";

/// Runs the host until its parent has had enough of it.
pub(crate) fn run() -> anyhow::Result<()> {
    host::logs();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let start: DateTime<Utc> = std::env::var(START)?.parse()?;
        let config = Config::from_env()?;
        let store = host::embedded_store(&std::env::var(CHILD)?, &config.table, config.patience);
        store.ensure_table().await?;
        let clocks = Clocks { chat: Clock::moved(start, 1.0), real: Clock::System };
        let host = Host::new(config, store, Queues::Local(Arc::new(Local::default())), clocks);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        tokio::spawn(worker::work(host.clone()));
        // Its parent holds the other end, and however that ends, this ends with it.
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
        axum::serve(listener, doors(host)).await?;
        Ok(())
    })
}

/// The running host.
pub(crate) struct Child {
    process: Process,
    url: String,
}

/// What a process used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Time on a processor, in both modes.
    pub(crate) cpu: Duration,
    /// The most memory that was resident, in kilobytes.
    pub(crate) peak: u64,
}

impl Child {
    pub(crate) async fn start(
        platforms: &Platforms,
        database: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Child> {
        let mut process = Command::new(std::env::current_exe()?)
            .env(CHILD, database)
            .env(START, now.to_rfc3339())
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "error".to_owned()))
            .envs(platforms.variables().iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = process.stdout.take().context("its output")?;
        let url = tokio::task::spawn_blocking(move || {
            let (mut line, mut out) = (String::new(), std::io::BufReader::new(out));
            let read = out.read_line(&mut line).map(|_| line.trim().to_owned());
            // Whatever else it says is its log.
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::stderr()));
            read
        })
        .await??;
        anyhow::ensure!(url.starts_with("http"), "the host did not start");
        Ok(Child { process, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From `/proc`, as Linux has it (<https://docs.kernel.org/filesystems/proc.html>).
    pub(crate) fn used(&self) -> anyhow::Result<Used> {
        let id = self.process.id();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name may hold spaces; it ends with the last bracket.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<u64>().ok()).unwrap_or_default();
        // A hundred ticks a second on every Linux there is.
        let cpu = Duration::from_millis((ticks(11) + ticks(12)) * 10);
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak =
            peak.and_then(|kb| kb.trim().trim_end_matches(" kB").parse().ok()).context("its memory")?;
        Ok(Used { cpu, peak })
    }

    pub(crate) fn stop(mut self) {
        // It has nothing left to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

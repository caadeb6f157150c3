//! The start of every function, beside a Lambda that does nothing: how large it is, how long until it asks for
//! work, how long until the first request that ever comes is answered, and what it holds in memory.
//!
//! ```text
//! cargo bench -p tests --bench cold_start                      # builds the functions as a release does
//! cargo bench -p tests --bench cold_start -- --starts 50
//! cargo bench -p tests --bench cold_start -- --built target/lambda   # what `sam build` made
//! ```
//!
//! The functions are processes of their own; the database, the Runtime API and the services are here. Not
//! measured, because there is none: Lambda's sandbox, the download of the package, and TLS to AWS.

// Its figures are what it is for.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use earshot::cast;
use earshot::standin::StandIn;
use earshot::standin::aws::Gateway;
use earshot::standin::x::Draft;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use tests::lambda::{self, Function, House};

/// What the others are measured beside.
const EMPTY: &str = "empty";
/// In the order in which a chat hour meets them.
const FUNCTIONS: [&str; 7] = ["clock", "cues", "poll", "mirror", "slack", "discord", "webhook"];
/// Requests to a door once it is warm.
const WARM: usize = 200;

/// What is asked for on the command line.
struct Plan {
    starts: usize,
    built: Option<PathBuf>,
}

impl Plan {
    fn read() -> anyhow::Result<Plan> {
        let mut plan = Plan { starts: 20, built: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                // Cargo says so to every bench.
                "--bench" => {}
                "--starts" => plan.starts = words.next().context("--starts takes a number")?.parse()?,
                "--built" => plan.built = Some(words.next().context("--built takes a folder")?.into()),
                other => bail!("{other}: takes --starts with a number and --built with a folder"),
            }
        }
        ensure!(plan.starts > 0, "--starts takes a number above 0");
        Ok(plan)
    }

    /// The binaries by the names of their functions.
    fn binaries(&self) -> anyhow::Result<BTreeMap<String, PathBuf>> {
        let packages: Vec<String> = match &self.built {
            Some(_) => vec![format!("{EMPTY}-function")],
            None => FUNCTIONS.iter().chain([&EMPTY]).map(|name| format!("{name}-function")).collect(),
        };
        let mut found = BTreeMap::new();
        // Each by itself, as `sam build` does it: built together they would share features.
        for package in &packages {
            found.extend(lambda::build(&["--release", "-p", package]));
        }
        if let Some(folder) = &self.built {
            for name in FUNCTIONS {
                // Cargo runs a bench in its package; what is typed is meant from the root.
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                let binary = root.join(folder).join(format!("{name}-function")).join("bootstrap");
                let there = binary.canonicalize();
                found.insert(
                    name.to_owned(),
                    there.with_context(|| format!("{}: infra/check builds it", binary.display()))?,
                );
            }
        }
        Ok(found)
    }
}

/// What was measured of one function.
#[derive(Default)]
struct Measured {
    init: Vec<Duration>,
    memory: Vec<u64>,
    first: Vec<Duration>,
    whole: Vec<Duration>,
    warm: Vec<Duration>,
    /// Processor time of the function for one warm request.
    cpu: Vec<Duration>,
    after: Vec<u64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let plan = Plan::read()?;
    let binaries = plan.binaries()?;
    let house = House::new().await;
    let mut measured: BTreeMap<&str, Measured> = BTreeMap::new();
    // One after the other and round again, so that a machine which slows down slows all of them.
    for _ in 0..plan.starts {
        for name in FUNCTIONS.iter().chain([&EMPTY]) {
            let function = Function::start(&binaries[*name], &house.variables).await;
            let of = measured.entry(name).or_default();
            of.init.push(function.init);
            of.memory.push(memory(&function)?);
            function.stop().await;
        }
    }
    for start in 0..plan.starts {
        for door in ["slack", "webhook"] {
            let warm = if start + 1 == plan.starts { WARM } else { 0 };
            let of = measured.entry(door).or_default();
            request(&house, door, &binaries[door], warm, of).await?;
        }
    }
    report(&measured, &binaries, plan.starts)
}

/// Starts a door, sends the first request that it ever gets, and then as many as asked for.
async fn request(
    house: &House,
    door: &str,
    binary: &Path,
    warm: usize,
    of: &mut Measured,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let function = Function::start(binary, &house.variables).await;
    let prefix = if door == "slack" { "/slack/" } else { "/x/" };
    let routes = vec![(prefix, function.runtime.clone())];
    let gateway = Gateway::start("prod", routes).await?;
    let rooms = &house.show.platforms;
    rooms.slack.aim(&gateway.url());
    rooms.x.aim(&gateway.url());
    for request in 0..=warm {
        let cpu = processor(&function)?;
        let asked = Instant::now();
        let status = if door == "slack" {
            rooms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, "status").await?.status
        } else {
            let said = Draft::text(&format!("A1 what made me stay, part {request}. #SMXChat"));
            let post = rooms.x.put(tests::x_id("adaokafor"), said).context("X takes the post")?;
            rooms.x.deliver(&post).await?.status
        };
        ensure!(status == 200, "{door} answered {status}");
        let took = asked.elapsed();
        if request == 0 {
            of.first.push(took);
            of.whole.push(began.elapsed());
            of.after.push(memory(&function)?);
        } else {
            of.warm.push(took);
            of.cpu.push(processor(&function)?.saturating_sub(cpu));
        }
    }
    function.stop().await;
    Ok(())
}

/// What a process held at most so far, in KiB.
fn memory(function: &Function) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", function.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// The processor time of a process so far: `sum_exec_runtime` of its scheduler, which is finer than ticks.
fn processor(function: &Function) -> anyhow::Result<Duration> {
    let spent = std::fs::read_to_string(format!("/proc/{}/schedstat", function.id()))?;
    let nanoseconds = spent.split_whitespace().next().context("no schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// As `sam deploy` sends it: deflated, with a few hundred bytes of a zip's own.
fn zipped(binary: &Path) -> anyhow::Result<usize> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    std::io::copy(&mut std::fs::File::open(binary)?, &mut deflate)?;
    Ok(deflate.finish()?.len())
}

fn share<T: Ord + Copy>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

fn milliseconds(values: &[Duration], percent: usize) -> String {
    share(values, percent).map_or_else(|| "–".to_owned(), |d| format!("{:.1}", d.as_secs_f64() * 1000.0))
}

fn megabytes(kib: Option<u64>) -> String {
    kib.map_or_else(|| "–".to_owned(), |kib| format!("{:.1}", kib as f64 * 1024.0 / 1e6))
}

fn report(
    measured: &BTreeMap<&str, Measured>,
    binaries: &BTreeMap<String, PathBuf>,
    starts: usize,
) -> anyhow::Result<()> {
    let empty = share(&measured[EMPTY].init, 50).context("nothing was measured")?;
    let mut table = String::new();
    writeln!(
        table,
        "| function | size MB | zipped MB | exec to first /next, ms p50 (p95) | × empty | resident MB |"
    )?;
    writeln!(table, "|---|---|---|---|---|---|")?;
    for name in FUNCTIONS.iter().chain([&EMPTY]) {
        let (of, binary) = (&measured[name], &binaries[*name]);
        let times = share(&of.init, 50).unwrap_or_default().as_secs_f64() / empty.as_secs_f64();
        writeln!(
            table,
            "| {name} | {:.2} | {:.2} | {} ({}) | {times:.1} | {} |",
            std::fs::metadata(binary)?.len() as f64 / 1e6,
            zipped(binary)? as f64 / 1e6,
            milliseconds(&of.init, 50),
            milliseconds(&of.init, 95),
            megabytes(share(&of.memory, 50)),
        )?;
    }
    println!("{starts} starts of each, in turn; the database on the loopback\n\n{table}");
    for (door, what) in [("slack", "/chat status"), ("webhook", "a post that is filed")] {
        let of = &measured[door];
        println!(
            "{door}, {what}: first request ever {} ms (p95 {}), exec to its answer {} ms; \
             warm p50 {} ms, p99 {} ms, of which the function's own processor p50 {} ms, p99 {} ms ({} requests); \
             {} MB resident after the first",
            milliseconds(&of.first, 50),
            milliseconds(&of.first, 95),
            milliseconds(&of.whole, 50),
            milliseconds(&of.warm, 50),
            milliseconds(&of.warm, 99),
            milliseconds(&of.cpu, 50),
            milliseconds(&of.cpu, 99),
            of.warm.len(),
            megabytes(share(&of.after, 50)),
        );
    }
    Ok(())
}

//! `earshot`: the stage with a rehearsal; `earshot serve`: the same handlers for real use.

use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand};
use earshot::local::{Local, Platforms};
use earshot::moving::{export, forget, import};
use earshot::rehearsal::{Rehearsal, curtain};
use earshot::setup::{self, Address};
use earshot::stage::Stage;
use earshot::standin::{Change, StandIn};
use earshot::{doctor, gap, lines, worker};
use host::{Clock, Clocks, Config};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Hosts a community's hashtag chat. Without a command it sets the stage and plays a rehearsal: no
/// account needed anywhere.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    play: Play,
}

#[derive(Subcommand)]
enum Command {
    /// The same handlers for real use: platforms and secrets from the environment, no stand-ins.
    ///
    /// SLACK_SIGNING_SECRET, SLACK_BOT_TOKEN and EARSHOT_OPERATORS for Slack, DISCORD_PUBLIC_KEY,
    /// DISCORD_BOT_TOKEN and DISCORD_APPLICATION_ID for Discord, X_CONSUMER_KEY, X_CONSUMER_SECRET,
    /// X_ACCESS_TOKEN and X_ACCESS_TOKEN_SECRET for X. The README tells of the others. RUST_LOG sets how
    /// much is logged.
    Serve(Serve),
    /// Sets a platform up, or shows what would change there: first looks, then says, then does. Run again, it
    /// finds nothing to change. Needs that platform's variables only.
    #[command(subcommand)]
    Setup(Setup),
    /// Looks whether everything is ready, and says for each thing that is not what to do. Changes nothing.
    /// Ends with 1 where something is to be mended.
    Doctor(Doctor),
    /// Writes everything of a chat into a file: a copy. With --move the chat leaves, to be imported elsewhere.
    ///
    /// The file holds names and what people said, for yourself alone, and no secret. docs/EXPORT.md describes it.
    Export(Export),
    /// Takes a chat in from a file of `earshot export --move`. Killed in the middle, run it again.
    Import(Import),
    /// Removes what is left of a chat in the place that it moved away from. Without --yes it only says how much.
    Forget(Forget),
    /// Whether this is a good moment to deploy: no hour is open or near, and nothing waits to be said. Ends with 1
    /// where it is not, and says when it will be.
    MayDeploy(MayDeploy),
}

/// Where a deployment's table is.
#[derive(Args)]
struct Where {
    /// The folder of `earshot serve`.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Instead of a folder: a database on this machine, as for `earshot serve`.
    #[arg(long, value_name = "URL", conflicts_with = "data", value_parser = read_database)]
    database: Option<String>,
    /// The table in AWS. Where nothing is said and EARSHOT_TABLE is set, it is that one.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["data", "database"])]
    table: Option<String>,
}

impl Where {
    /// Where, and the table's name there.
    fn found(self) -> (doctor::Table, String) {
        let named = variable("EARSHOT_TABLE").filter(|name| !name.trim().is_empty());
        let at = match (self.data, self.database) {
            (Some(folder), _) => doctor::Table::Folder(folder),
            (None, Some(url)) => doctor::Table::Database(url),
            (None, None) if self.table.is_some() || named.is_some() => doctor::Table::Aws,
            (None, None) => doctor::Table::Unknown,
        };
        (at, self.table.or(named).unwrap_or_else(|| "earshot".to_owned()).trim().to_owned())
    }
}

#[derive(Args)]
struct Export {
    /// The chat: '#SMXChat'.
    #[arg(value_name = "'#CHAT'")]
    chat: String,
    #[command(flatten)]
    from: Where,
    /// The file to write; else CHAT-DATE.jsonl in this folder.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The chat leaves: it falls silent here, and speaks again where the file is imported.
    #[arg(long = "move")]
    moves: bool,
    /// Also while an hour is open or near, or something waits to be sent.
    #[arg(long)]
    anyway: bool,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct Import {
    /// A file of `earshot export`.
    #[arg(value_name = "FILE", value_parser = read_file)]
    file: PathBuf,
    #[command(flatten)]
    to: Where,
    /// Only say what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Bring a copy to life: only where the chat that it was made of does not live any more.
    #[arg(long)]
    revive: bool,
}

#[derive(Args)]
struct Forget {
    /// The chat: '#SMXChat'.
    #[arg(value_name = "'#CHAT'")]
    chat: String,
    #[command(flatten)]
    from: Where,
    /// Remove it, and not only say how much.
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
struct MayDeploy {
    #[command(flatten)]
    at: Where,
    /// How long before an hour to keep off: '15m', '2h'.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = read_span)]
    margin: TimeDelta,
}

#[derive(Subcommand)]
enum Setup {
    /// Prints the manifest of the Slack app for your address; with SLACK_BOT_TOKEN, looks whether the app has
    /// every scope that it needs. The manifest alone goes to standard output.
    Slack {
        /// Where Earshot is reached: 'https://chat.example.org'.
        #[arg(long, value_name = "URL", value_parser = Address::read, required_unless_present = "remove")]
        address: Option<Address>,
        /// Accepted as everywhere: nothing is ever changed here, since only a person may change an app.
        #[arg(long)]
        dry_run: bool,
        /// Say how the app is removed.
        #[arg(long)]
        remove: bool,
    },
    /// Registers the commands and prints the link by which the bot is invited.
    Discord {
        /// Where Earshot is reached, for the interactions endpoint: 'https://chat.example.org'.
        #[arg(long, value_name = "URL", value_parser = Address::read)]
        address: Option<Address>,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        /// Remove Earshot's commands, and no others.
        #[arg(long)]
        remove: bool,
    },
    /// Names the account that will speak, registers the webhook, and has X send it the posts of hashtags.
    X {
        /// Where Earshot is reached, and answers already: 'https://chat.example.org'.
        #[arg(long, value_name = "URL", value_parser = Address::read)]
        address: Address,
        /// A hashtag whose posts are to come: '#SMXChat'. May be given several times.
        #[arg(long = "hashtag", value_name = "'#TAG'", value_parser = setup::x::read_hashtag)]
        hashtags: Vec<String>,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        /// Remove the rules of these hashtags; without any, all of Earshot's rules, the link and the webhook.
        #[arg(long)]
        remove: bool,
    },
}

#[derive(Args)]
struct Doctor {
    /// Where Earshot is reached: 'https://chat.example.org', or 'http://127.0.0.1:8080' on this machine.
    #[arg(long, value_name = "URL", value_parser = Address::read_near)]
    address: Option<Address>,
    /// The folder of `earshot serve`, which may go on meanwhile.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Instead of a folder: a database on this machine, as for `earshot serve`. Where neither is given and
    /// EARSHOT_TABLE is set, the table in AWS.
    #[arg(long, value_name = "URL", conflicts_with = "data", value_parser = read_database)]
    database: Option<String>,
}

#[derive(Args)]
struct Play {
    /// The page's port; a taken one moves on.
    #[arg(long, default_value_t = 4040)]
    port: u16,
    /// Keep the table here. Without it each rehearsal takes a fresh folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the chat's clock starts and how fast it runs: '2026-11-23T19:50:00Z x60'.
    #[arg(long, value_name = "'START xSPEED'", value_parser = read_clock)]
    clock: Option<Moved>,
    /// Leave when the hour is over; fail if anything went another way than the script has it.
    #[arg(long)]
    exit: bool,
    /// Only the stage: nobody plays but you.
    #[arg(long, conflicts_with = "exit")]
    empty: bool,
}

#[derive(Args)]
struct Serve {
    /// Where to listen, on every interface; a proxy in front of it speaks TLS.
    #[arg(long)]
    port: u16,
    /// Where the embedded database keeps its file.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    /// Instead of a file: a database on this machine that speaks DynamoDB's interface and asks for no
    /// credentials, such as DynamoDB Local: 'http://127.0.0.1:8000'.
    #[arg(long, value_name = "URL", conflicts_with = "data", value_parser = read_database)]
    database: Option<String>,
    /// As for the stage; refused unless every platform's address is on this machine.
    #[arg(long, value_name = "'START xSPEED'", value_parser = read_clock)]
    clock: Option<Moved>,
}

/// A clock as it was asked for.
#[derive(Clone, Copy)]
struct Moved {
    start: Option<DateTime<Utc>>,
    speed: Option<f64>,
}

impl Moved {
    /// That clock; what was not said is `start` and `speed`.
    fn clock(self, start: DateTime<Utc>, speed: f64) -> Clock {
        Clock::moved(self.start.unwrap_or(start), self.speed.unwrap_or(speed))
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start: {error}"), 1),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Some(Command::Serve(options)) => serve(options).await,
            Some(Command::Setup(what)) => set_up(what).await,
            Some(Command::Doctor(options)) => examine(options).await,
            Some(Command::Export(options)) => send_off(options).await,
            Some(Command::Import(options)) => take_in(options).await,
            Some(Command::Forget(options)) => forget_one(options).await,
            Some(Command::MayDeploy(options)) => may_deploy(options).await,
            None => play(cli.play).await,
        }
    });
    match ended {
        Ok(code) => code,
        // Whoever reads has read enough (`| head`): nothing is wrong, and it ends as a shell counts that.
        Err(error) if is_unheard(&error) => ExitCode::from(141),
        Err(error) => complain(&format!("{error:#}"), 1),
    }
}

/// Whether nobody reads any more what is written to standard output.
fn is_unheard(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn complain(words: &str, code: u8) -> ExitCode {
    // Where nobody can read it there is nothing else to do.
    let _ = writeln!(std::io::stderr(), "earshot: {words}");
    ExitCode::from(code)
}

/// For commands that say themselves what went wrong. The embedded database has a word of its own for a table that is
/// not there yet.
const QUIET: &str = "off,dynoxide=off";

/// Logs go to standard error, so that the lines of the rehearsal stand alone.
fn logs(default: &str) {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .finish()
        .with(host::filter(default))
        .init();
}

/// Reads `2026-11-24T19:50:00Z x60`; either half may be left out.
fn read_clock(written: &str) -> Result<Moved, String> {
    let mut moved = Moved { start: None, speed: None };
    for part in written.split_whitespace() {
        if let Some(times) = part.strip_prefix(['x', 'X']) {
            let speed = times.parse().ok().filter(|s: &f64| (0.0..=3_600.0).contains(s));
            let speed = speed.ok_or_else(|| format!("{part}: a clock runs from x0 to x3600"))?;
            if moved.speed.replace(speed).is_some() {
                return Err("a clock has one speed".to_owned());
            }
        } else {
            let start = DateTime::parse_from_rfc3339(part).ok();
            let start = start.ok_or_else(|| format!("{part}: an instant looks like 2026-11-24T19:50:00Z"))?;
            if moved.start.replace(start.to_utc()).is_some() {
                return Err("a clock starts once".to_owned());
            }
        }
    }
    if moved.start.is_none() && moved.speed.is_none() {
        return Err("say where it starts, how fast it runs, or both: '2026-11-24T19:50:00Z x60'".to_owned());
    }
    Ok(moved)
}

/// Reads the address of a database on this machine. Credentials are none of its questions, so it must not
/// be anywhere else.
fn read_database(written: &str) -> Result<String, String> {
    let uri: http::Uri = written.parse().map_err(|_| "is not a web address".to_owned())?;
    let here = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if uri.scheme_str() == Some("http") && here {
        Ok(written.trim_end_matches('/').to_owned())
    } else {
        Err("must begin with http and be on this machine: http://127.0.0.1:8000".to_owned())
    }
}

/// Reads a file's name. An empty one is a variable that was not set.
fn read_file(written: &str) -> Result<PathBuf, String> {
    if written.trim().is_empty() {
        return Err("names no file: earshot import smxchat-2026-11-24.jsonl".to_owned());
    }
    Ok(PathBuf::from(written))
}

/// Reads `15m` or `2h`: up to a week.
fn read_span(written: &str) -> Result<TimeDelta, String> {
    let (digits, minutes) = match (written.strip_suffix('m'), written.strip_suffix('h')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, 60),
        _ => (written, 1),
    };
    let span = digits.parse::<i64>().ok().map(|n| TimeDelta::minutes(n.saturating_mul(minutes).min(20_000)));
    span.filter(|span| *span >= TimeDelta::zero() && *span <= TimeDelta::days(7))
        .ok_or_else(|| "a time looks like 15m or 2h, and is a week at most".to_owned())
}

/// How fast the hour will pass.
fn pace(speed: f64) -> String {
    let times = match speed {
        0.0 => return "A chat hour waits to be played: its clock stands still until you move it.".to_owned(),
        1.0 => return "A chat hour plays on it, at the pace of life.".to_owned(),
        60.0 => "sixty".to_owned(),
        _ => speed.to_string(),
    };
    format!("A chat hour plays on it, {times} times as fast as life.")
}

/// A port, or the next one that is free.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    for port in port..=port.saturating_add(19) {
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on port {port}")),
        }
        if port == 0 {
            break;
        }
    }
    bail!("every port from {port} on is taken")
}

/// A fresh folder, removed at the end.
struct Folder {
    path: PathBuf,
    fresh: bool,
}

impl Folder {
    fn new(data: Option<PathBuf>) -> anyhow::Result<Folder> {
        match data {
            Some(path) => Ok(Folder { path, fresh: false }),
            None => {
                let stamp = Utc::now().timestamp_micros();
                let path = std::env::temp_dir().join(format!("earshot-{}-{stamp}", std::process::id()));
                earshot::private::folder(&path).context("cannot make a folder for the rehearsal")?;
                Ok(Folder { path, fresh: true })
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.fresh {
            // A folder left behind in the temporary place harms nobody.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Waits for Ctrl-C, or for whoever runs services to ask for the end (SIGTERM).
async fn asked_to_leave() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut ended = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = ended.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn play(options: Play) -> anyhow::Result<ExitCode> {
    logs("warn,dynoxide=error");
    let start = curtain(Utc::now());
    // Said only where it starts, it runs like life.
    let chat = options.clock.map_or_else(|| Clock::moved(start, 60.0), |moved| moved.clock(start, 1.0));
    let clocks = Clocks { chat, real: Clock::System };
    let platforms = Arc::new(Platforms::start(&clocks, true).await?);
    let folder = Folder::new(options.data)?;
    let stage =
        Stage::new(Arc::clone(&platforms), Rehearsal::slug(), &format!("#{}", earshot::cast::HASHTAG));
    let listener = listen(options.port).await?;
    let config = platforms.config()?;
    let local = Local::start(config, Some(&folder.path), clocks, listener, stage.routes()).await?;
    platforms.aim(&local.url());
    stage.begin(&local.host, local.news.subscribe());
    let working = tokio::spawn(worker::work(local.host.clone()));
    let out = std::io::stdout();
    writeln!(out.lock(), "The stage is set: {}", local.url())?;
    if options.empty {
        writeln!(out.lock(), "Nobody plays but you. Ctrl-C closes the stage.")?;
        asked_to_leave().await?;
        working.abort();
        local.stop().await?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out.lock(), "{}\n", pace(local.host.clocks().chat.speed()))?;
    let told = [platforms.x.changes(), platforms.discord.changes(), platforms.slack.changes()];
    for changes in told {
        tokio::spawn(report(changes));
    }
    let rehearsal = Rehearsal { platforms: Arc::clone(&platforms), host: local.host.clone() };
    let clock = local.host.clocks().chat.clone();
    let say = {
        let stage = stage.clone();
        move |line: String| {
            let now = clock.now();
            let line = lines::plain(&line, now);
            lines::did(now, &line);
            let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
            stage.line(serde_json::json!({"at": at, "text": line}));
        }
    };
    let tally = tokio::select! {
        tally = rehearsal.play(&say) => tally?,
        asked = asked_to_leave() => {
            asked?;
            writeln!(out.lock(), "\nThe curtain falls in the middle of the hour.")?;
            working.abort();
            local.stop().await?;
            // As a shell counts it: ended by the interrupt key.
            return Ok(ExitCode::from(130));
        }
    };
    stage.done(tally.json());
    writeln!(out.lock())?;
    for (name, count) in &tally.counts {
        writeln!(out.lock(), "{count:>6}  {name}")?;
    }
    writeln!(out.lock(), "\n{}", tally.words())?;
    for broken in &tally.broken {
        writeln!(out.lock(), "BROKEN  {broken}")?;
    }
    let ended = if tally.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if options.exit {
        working.abort();
        platforms.stop().await;
        local.stop().await?;
        return Ok(ended);
    }
    writeln!(out.lock(), "The stage stays open at {}. Ctrl-C closes it.", local.url())?;
    asked_to_leave().await?;
    working.abort();
    local.stop().await?;
    Ok(ended)
}

/// A readable line for each thing that the platforms received.
async fn report(mut changes: broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(change) => lines::changed(&change),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// What this process is connected to, for whoever reads the log.
fn tell(config: &Config, clock_moved: bool) {
    tracing::info!(
        slack = config.slack.is_some(),
        discord = config.discord.is_some(),
        x = config.x.is_some(),
        table = config.table,
        operators = config.operators.len(),
        clock_moved,
        "configured"
    );
    if config.slack.is_none() {
        tracing::warn!("Slack is off: chats that are there go on, but nobody can create or steer one");
    }
}

/// The environment, for commands that need one platform's variables at a time.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The same, and for what is not set there the secrets of the deployment that EARSHOT_PARAMETERS names: as in a
/// Lambda, a variable counts before a parameter.
async fn with_secrets() -> Result<impl Fn(&str) -> Option<String>, ExitCode> {
    let secrets = host::secrets().await.map_err(|problems| {
        let next = "Are credentials and AWS_REGION those of the deployment, and may you read its parameters (ssm:GetParameters)? RUST_LOG=error shows more";
        complain(&format!("{problems}. {next}"), 2)
    })?;
    Ok(move |name: &str| {
        variable(name).filter(|value| !value.trim().is_empty()).or_else(|| secrets.get(name).cloned())
    })
}

async fn set_up(what: Setup) -> anyhow::Result<ExitCode> {
    logs("error");
    let variable = match with_secrets().await {
        Ok(variable) => variable,
        Err(code) => return Ok(code),
    };
    let mut out = std::io::stdout();
    let ended = match what {
        Setup::Slack { address, remove, dry_run: _ } => {
            let options = setup::slack::Options { address, remove };
            setup::slack::run(&options, &variable, &mut out, &mut std::io::stderr()).await?
        }
        Setup::Discord { address, dry_run, remove } => {
            let options = setup::discord::Options { address, dry_run, remove };
            setup::discord::run(&options, &variable, &mut out).await?
        }
        Setup::X { address, hashtags, dry_run, remove } => {
            let options = setup::x::Options { address, hashtags, dry_run, remove };
            setup::x::run(&options, &variable, &mut out).await?
        }
    };
    Ok(ExitCode::from(ended.code()))
}

async fn examine(options: Doctor) -> anyhow::Result<ExitCode> {
    logs("off");
    let table = match (options.data, options.database) {
        (Some(folder), _) => doctor::Table::Folder(folder),
        (None, Some(url)) => doctor::Table::Database(url),
        (None, None) if variable("EARSHOT_TABLE").is_some() => doctor::Table::Aws,
        (None, None) => doctor::Table::Unknown,
    };
    let variable = match with_secrets().await {
        Ok(variable) => variable,
        Err(code) => return Ok(code),
    };
    let options = doctor::Options { address: options.address, table };
    let ended = doctor::run(&options, &variable, &mut std::io::stdout()).await?;
    Ok(ExitCode::from(ended.code()))
}

async fn send_off(options: Export) -> anyhow::Result<ExitCode> {
    logs(QUIET);
    let (at, table) = options.from.found();
    let Export { chat, to, moves, anyway, force, .. } = options;
    let options = export::Options { chat, at, table, to, moves, anyway, force };
    let ended = Box::pin(export::run(&options, Utc::now(), &mut std::io::stdout())).await?;
    Ok(ExitCode::from(ended.code()))
}

async fn take_in(options: Import) -> anyhow::Result<ExitCode> {
    logs(QUIET);
    let (at, table) = options.to.found();
    let Import { file, dry_run, revive, .. } = options;
    let options = import::Options { file, at, table, dry_run, revive };
    let (mut out, mut progress) = (std::io::stdout(), std::io::stderr());
    let ended = Box::pin(import::run(&options, Utc::now(), &mut out, &mut progress)).await?;
    Ok(ExitCode::from(ended.code()))
}

async fn forget_one(options: Forget) -> anyhow::Result<ExitCode> {
    logs(QUIET);
    let (at, table) = options.from.found();
    let options = forget::Options { chat: options.chat, at, table, yes: options.yes };
    let ended = Box::pin(forget::run(&options, &mut std::io::stdout())).await?;
    Ok(ExitCode::from(ended.code()))
}

async fn may_deploy(options: MayDeploy) -> anyhow::Result<ExitCode> {
    logs(QUIET);
    let (at, table) = options.at.found();
    let options = gap::Options { at, table, margin: options.margin };
    let ended = gap::run(&options, Utc::now(), &mut std::io::stdout()).await?;
    Ok(ExitCode::from(ended.code()))
}

async fn serve(options: Serve) -> anyhow::Result<ExitCode> {
    logs("info,dynoxide=error");
    let config = match Config::from_env() {
        Ok(config) => config,
        // Exit code 2: the environment has to be mended before this can start.
        Err(problems) => {
            let told = format!("{problems}\n{}", setup::sources::lines(&problems));
            return Ok(complain(told.trim_end(), 2));
        }
    };
    let chat = match options.clock {
        Some(_) if !config.is_loopback() => {
            return Ok(complain(
                "--clock is for stand-ins: every platform's address must be on this machine",
                2,
            ));
        }
        Some(moved) => moved.clock(Utc::now(), 1.0),
        None => Clock::System,
    };
    tell(&config, chat.is_moved());
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, options.port)))
        .await
        .with_context(|| format!("cannot listen on port {}", options.port))?;
    let port = listener.local_addr()?.port();
    let clocks = Clocks { chat, real: Clock::System };
    let more = axum::Router::new();
    let local = match &options.database {
        Some(endpoint) => Local::start_at(config, endpoint, clocks, listener, more, None).await?,
        None => Local::start(config, options.data.as_deref(), clocks, listener, more).await?,
    };
    writeln!(std::io::stdout(), "Earshot listens on port {port}.")?;
    tracing::info!(port, version = env!("CARGO_PKG_VERSION"), database = local.database(), "open");
    let working = tokio::spawn(worker::work(local.host.clone()));
    asked_to_leave().await?;
    tracing::info!("closing: what was not delivered waits in the table");
    working.abort();
    local.stop().await?;
    Ok(ExitCode::SUCCESS)
}

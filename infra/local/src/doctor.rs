//! `earshot doctor`: looks at everything that must be so for the next hour to go well, from the settings to
//! the clock, and says for each thing that is not what to do about it.
//!
//! It changes nothing. What it sends to Earshot's own doors is signed as the platforms sign, with code of its
//! own: the doors' own verifier would agree with itself.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat::name::{Place, Platform};
use chat::settings::Settings;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use host::admin::{self, Get, Reason, SCOPES, SendError, XReader};
use host::moving::Halfway;
use host::{Clocks, Config, Host, Queues, Source};
use reqwest::{Method, RequestBuilder, StatusCode};

use crate::database::Database;
use crate::moving::{moved_out, stopped};
use crate::setup::{
    Address, DISCORD_TOKEN, Ended, Key, SLACK_TOKEN, X_BEARER, X_KEYS, sources::source, wait, what_next,
    x::brings,
};
use crate::table;

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where Earshot is reached.
    pub address: Option<Address>,
    /// Where its table is.
    pub table: Table,
}

/// Where the table is, as `serve` is told.
#[derive(Debug, Clone, Default)]
pub enum Table {
    /// Nobody said.
    #[default]
    Unknown,
    /// In the embedded database's folder. A process that serves it may go on meanwhile.
    Folder(PathBuf),
    /// In a database on this machine.
    Database(String),
    /// In AWS, with the credentials that its SDK finds.
    Aws,
}

/// Ticks come each minute, and two may be missed without harm.
const BEAT: TimeDelta = TimeDelta::minutes(3);
/// A queue with more than this is not keeping up: each bell is worked off in a second or two.
const MANY: u64 = 100;
/// How long a door may take; X waits longest of all platforms, ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found so far.
struct Findings<'a> {
    out: &'a mut dyn Write,
    wrong: usize,
    odd: usize,
}

impl Findings<'_> {
    fn about(&mut self, what: &str) -> std::io::Result<()> {
        writeln!(self.out, "\n{what}")
    }

    fn good(&mut self, what: &str) -> std::io::Result<()> {
        writeln!(self.out, "  ✓ {what}")
    }

    /// Something that may be meant so.
    fn odd(&mut self, what: &str, next: &str) -> std::io::Result<()> {
        self.odd += 1;
        writeln!(self.out, "  ! {what}\n    {next}")
    }

    /// Something to mend.
    fn wrong(&mut self, what: &str, next: &str) -> std::io::Result<()> {
        self.wrong += 1;
        writeln!(self.out, "  ✗ {what}\n    {next}")
    }

    /// A call that was refused, or came to nothing.
    fn refused(&mut self, error: &SendError, key: &Key) -> std::io::Result<()> {
        match error {
            SendError::Rejected(_) => {
                self.wrong(&format!("{} said no", key.platform), &what_next(error, key))
            }
            SendError::RetryAfter { .. } | SendError::Unknown { .. } => {
                self.wrong(&format!("{} did not answer", key.platform), &what_next(error, key))
            }
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// Where nothing can be written.
pub async fn run(options: &Options, get: Get<'_>, out: &mut dyn Write) -> std::io::Result<Ended> {
    let mut found = Findings { out, wrong: 0, odd: 0 };
    writeln!(found.out, "Earshot {}: is everything ready?", env!("CARGO_PKG_VERSION"))?;
    if let Some(config) = settings(get, &mut found)? {
        slack(&config, get, &mut found).await?;
        discord(&config, options, get, &mut found).await?;
        let app = x(&config, get, &mut found).await?;
        match &options.address {
            Some(address) => doors(&config, address, &mut found).await?,
            None => {
                found.about("The doors")?;
                found.odd("not tried", "Say where Earshot is reached: --address https://chat.example.org")?;
            }
        }
        let chats = table(&config, options, &mut found).await?;
        if let (Some(x), Some(app)) = (&config.x, &app) {
            stream(x, app, options, &chats, &mut found).await?;
        }
        queues(options, get, &mut found).await?;
    }
    zones(Utc::now().date_naive(), &mut found)?;
    sum(&mut found)
}

fn sum(found: &mut Findings<'_>) -> std::io::Result<Ended> {
    let odd = match found.odd {
        0 => String::new(),
        1 => " One thing is marked with ! and may be meant so.".to_owned(),
        n => format!(" {n} things are marked with ! and may be meant so."),
    };
    match found.wrong {
        0 => {
            writeln!(found.out, "\nReady when you are.{odd}")?;
            return Ok(Ended::Well);
        }
        1 => writeln!(found.out, "\nOne thing to mend, marked with ✗.{odd}")?,
        n => writeln!(found.out, "\n{n} things to mend, marked with ✗.{odd}")?,
    }
    Ok(Ended::Wanting)
}

/// The environment, if it can be used.
fn settings(get: Get<'_>, found: &mut Findings<'_>) -> std::io::Result<Option<Config>> {
    found.about("Settings")?;
    let config = match Config::read(get) {
        Ok(config) => config,
        Err(problems) => {
            for name in &problems.missing {
                let next = source(name).map(|from| format!("Where to look: {from}."));
                let next = next.as_deref().unwrap_or("The README's table says what it is.");
                found.wrong(&format!("{name} is not set"), next)?;
            }
            for (name, why) in &problems.wrong {
                let from = source(name).map(|from| format!(" Where to look: {from}.")).unwrap_or_default();
                found.wrong(
                    &format!("{name} {why}"),
                    &format!("Its value is not shown here; set it again.{from}"),
                )?;
            }
            writeln!(found.out, "  The rest is looked at once these are right.")?;
            return Ok(None);
        }
    };
    for (name, on, variables) in [
        ("Slack", config.slack.is_some(), "SLACK_SIGNING_SECRET, SLACK_BOT_TOKEN"),
        (
            "Discord",
            config.discord.is_some(),
            "DISCORD_PUBLIC_KEY, DISCORD_BOT_TOKEN, DISCORD_APPLICATION_ID",
        ),
        ("X", config.x.is_some(), "X_CONSUMER_KEY, X_CONSUMER_SECRET, X_ACCESS_TOKEN, X_ACCESS_TOKEN_SECRET"),
    ] {
        if on {
            found.good(&format!("{name} is on"))?;
        } else {
            found.odd(&format!("{name} is off"), &format!("To have it: {variables}."))?;
        }
    }
    Ok(Some(config))
}

async fn slack(config: &Config, get: Get<'_>, found: &mut Findings<'_>) -> std::io::Result<()> {
    if config.slack.is_none() {
        return Ok(());
    }
    found.about("Slack")?;
    let slack = match admin::slack(get) {
        Ok(slack) => slack,
        Err(problems) => {
            return found.wrong(&problems.to_string(), "Its value is not shown here; set it again.");
        }
    };
    let identity = match slack.identity().await {
        Ok(identity) => identity,
        Err(error) => return found.refused(&error, &SLACK_TOKEN),
    };
    found.good(&format!(
        "the token is that of @{} in the workspace {} ({})",
        identity.user, identity.team, identity.team_id
    ))?;
    let Some(scopes) = identity.scopes else {
        return found.odd(
            "Slack did not say what the app may do",
            "earshot setup slack --address … says what it needs.",
        );
    };
    let missing: Vec<&str> = SCOPES
        .iter()
        .map(|scope| scope.name)
        .filter(|name| !scopes.iter().any(|scope| scope == name))
        .collect();
    if missing.is_empty() {
        return found.good("it has every scope that Earshot uses");
    }
    found.wrong(
        &format!("the app lacks {}", missing.join(", ")),
        "earshot setup slack --address … prints the manifest: paste it, then Reinstall to Workspace.",
    )
}

async fn discord(
    config: &Config,
    options: &Options,
    get: Get<'_>,
    found: &mut Findings<'_>,
) -> std::io::Result<()> {
    let Some(set) = &config.discord else { return Ok(()) };
    found.about("Discord")?;
    let (discord, id) = match admin::discord(get) {
        Ok(both) => both,
        Err(problems) => {
            return found.wrong(&problems.to_string(), "Its value is not shown here; set it again.");
        }
    };
    match discord.me().await {
        Ok(bot) => found.good(&format!("the token is that of {} ({})", bot.username, bot.id))?,
        Err(error) => return found.refused(&error, &DISCORD_TOKEN),
    }
    let application = match discord.application().await {
        Ok(application) => application,
        Err(error) => return found.refused(&error, &DISCORD_TOKEN),
    };
    if application.id != id {
        found.wrong(
            &format!("DISCORD_APPLICATION_ID is {id}, and the token belongs to {}", application.id),
            "Set the one that is meant; they come from one page of the developer portal.",
        )?;
    }
    if set.public_keys.iter().any(|key| key.eq_ignore_ascii_case(&application.public_key)) {
        found.good("DISCORD_PUBLIC_KEY is the application's key")?;
    } else {
        found.wrong(
            "DISCORD_PUBLIC_KEY is another application's: nothing that Discord sends is believed",
            &format!("Set DISCORD_PUBLIC_KEY={}", application.public_key),
        )?;
    }
    let wanted = options.address.as_ref().map(|address| address.door("/discord/interactions"));
    match (wanted, application.endpoint) {
        (_, None) => found.wrong(
            "Discord knows no Interactions Endpoint URL: commands and buttons go nowhere",
            "earshot setup discord --address … says what belongs there.",
        )?,
        (Some(wanted), Some(there)) if wanted != there => found.odd(
            &format!("Discord sends to {there}"),
            &format!("If this is not where Earshot is: enter {wanted} in the developer portal."),
        )?,
        (_, Some(there)) => found.good(&format!("Discord sends to {there}"))?,
    }
    let there = match discord.commands().await {
        Ok(there) => there,
        Err(error) => return found.refused(&error, &DISCORD_TOKEN),
    };
    let wanted = admin::discord_commands();
    if crate::setup::discord::steps(&there, wanted.as_array().map_or(&[], Vec::as_slice)).is_empty() {
        found.good("its commands are those of this version")
    } else {
        found.wrong(
            "its commands are not those of this version",
            "earshot setup discord shows the difference, and mends it.",
        )
    }
}

/// The account's keys and the app's token. The app, where it can be asked for more.
async fn x(config: &Config, get: Get<'_>, found: &mut Findings<'_>) -> std::io::Result<Option<XReader>> {
    let Some(set) = &config.x else { return Ok(None) };
    found.about("X")?;
    // Without a token for the app the account can be asked all the same.
    let bearer = set.bearer_token.is_some();
    let with = |name: &str| match name {
        "X_BEARER_TOKEN" if !bearer => Some("none".to_owned()),
        name => get(name),
    };
    let (account, app) = match admin::x(&with) {
        Ok(both) => both,
        Err(problems) => {
            found.wrong(&problems.to_string(), "Its value is not shown here; set it again.")?;
            return Ok(None);
        }
    };
    match account.account("doctor", Utc::now()).await {
        Ok(who) => {
            found.good(&format!("the keys are those of @{} ({})", who.handle, who.id))?;
            let handle = set.handle.as_deref().unwrap_or(&who.handle);
            if !handle.eq_ignore_ascii_case(&who.handle) {
                found.odd(&format!("X_HANDLE says @{handle}"), &format!("Set X_HANDLE={}", who.handle))?;
            }
        }
        Err(error) => found.refused(&error, &X_KEYS)?,
    }
    if !bearer {
        found.odd(
            "X_BEARER_TOKEN is not set, so webhook and rules cannot be looked at, nor X be searched",
            "Set it, unless posts come well without.",
        )?;
        return Ok(None);
    }
    Ok(Some(app))
}

/// What X sends where, by which rules, and whose removals it tells.
async fn stream(
    set: &host::config::XConfig,
    app: &XReader,
    options: &Options,
    chats: &Chats,
    found: &mut Findings<'_>,
) -> std::io::Result<()> {
    found.about("Posts from X")?;
    let now = Utc::now();
    let webhooks = match app.webhooks(now).await {
        Ok(webhooks) => webhooks,
        Err(error) => return found.refused(&error, &X_BEARER),
    };
    let url = options.address.as_ref().map(|address| address.door("/x/webhook"));
    let ours = match (&set.webhook_id, &url) {
        (Some(id), _) => webhooks.iter().find(|hook| hook.id == *id),
        (None, Some(url)) => webhooks.iter().find(|hook| hook.url == *url),
        (None, None) => webhooks.first(),
    };
    match ours {
        Some(hook) if !hook.valid => found.wrong(
            &format!("X has given up the webhook {}", hook.url),
            "Once its doors answer well: earshot setup x --address … has X try it again.",
        )?,
        Some(hook) if url.as_ref().is_some_and(|url| *url != hook.url) => found.odd(
            &format!("X sends to {}", hook.url),
            "If Earshot is not there: earshot setup x --address … registers where it is.",
        )?,
        Some(hook) => found.good(&format!("X sends to {}", hook.url))?,
        None if set.source == Source::Poll && set.webhook_id.is_none() => {}
        None => found.wrong(
            "X knows no webhook of this app's that is Earshot's",
            "earshot setup x --address … --hashtag '#…' registers it.",
        )?,
    }
    if set.source == Source::Poll {
        found.good("posts are searched for while doors are open (EARSHOT_X_SOURCE=poll)")?;
    } else {
        rules(ours.map(|hook| hook.id.as_str()), app, chats, now, found).await?;
    }
    removals(set, app, chats, now, found).await
}

async fn rules(
    webhook: Option<&str>,
    app: &XReader,
    chats: &Chats,
    now: DateTime<Utc>,
    found: &mut Findings<'_>,
) -> std::io::Result<()> {
    let links = match app.stream_links(now).await {
        Ok(links) => links,
        Err(error) if error.wants_another_plan() => {
            return found.wrong(
                "the plan of this app has no stream for webhooks, so no post comes",
                "Set EARSHOT_X_SOURCE=poll: posts are searched for instead.",
            );
        }
        Err(error) => return found.refused(&error, &X_BEARER),
    };
    if webhook.is_some_and(|webhook| links.iter().any(|link| link == webhook)) {
        found.good("its stream is linked to the webhook")?;
    } else {
        found.wrong(
            "its stream is not linked to the webhook",
            "earshot setup x --address … --hashtag '#…' links it.",
        )?;
    }
    let there = match app.rules(now).await {
        Ok(there) => there,
        Err(error) => return found.refused(&error, &X_BEARER),
    };
    for tag in chats.settings.iter().map(|settings| &settings.hashtag) {
        if there.iter().any(|rule| brings(rule, tag)) {
            found.good(&format!("a rule brings #{tag}"))?;
        } else {
            found.wrong(
                &format!("no rule brings #{tag}"),
                &format!("earshot setup x --address … --hashtag '#{tag}' adds it."),
            )?;
        }
    }
    Ok(())
}

async fn removals(
    set: &host::config::XConfig,
    app: &XReader,
    chats: &Chats,
    now: DateTime<Utc>,
    found: &mut Findings<'_>,
) -> std::io::Result<()> {
    if set.webhook_id.is_none() {
        return found.odd(
            "what is taken back on X is found once a day only",
            "earshot setup x --address … prints X_WEBHOOK_ID; with it X tells within seconds.",
        );
    }
    let there = match app.subscriptions(now).await {
        Ok(there) => there,
        Err(error) => return found.refused(&error, &X_BEARER),
    };
    let lost = chats.subscribed.iter().filter(|id| !there.iter().any(|one| one.id == **id)).count();
    if chats.subscribed.is_empty() {
        found.good("X will tell what people take back, once somebody has posted")
    } else if lost == 0 {
        found.good(&format!("X tells what people take back ({} of them)", chats.subscribed.len()))
    } else {
        found.odd(
            &format!(
                "of {} people whose removals X should tell, it has forgotten {lost}",
                chats.subscribed.len()
            ),
            "What these take back is found by the daily look instead.",
        )
    }
}

/// A request to a door, and what came of it.
async fn ask(request: RequestBuilder) -> Result<(StatusCode, String), String> {
    let answer = request.send().await.map_err(|error| host::causes(&error.without_url()))?;
    let status = answer.status();
    // Whatever the body is, the status has said what matters.
    let body = answer.text().await.unwrap_or_default();
    Ok((status, body))
}

fn signature(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Asks the doors as the platforms would, and two of them as a stranger would: three requests that are not
/// believed within five minutes ring an alarm.
async fn doors(config: &Config, address: &Address, found: &mut Findings<'_>) -> std::io::Result<()> {
    found.about(&format!("The doors at {address}"))?;
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        // As for the platforms: whoever is redirected has the wrong address.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("rustls with roots compiled in reads nothing from outside that could fail");
    if let Some(slack) = &config.slack {
        let url = address.door("/slack/commands");
        let asked = |secret: &str| {
            let (body, at) = ("ssl_check=1", Utc::now().timestamp().to_string());
            let signed = signature(secret, &[b"v0:", at.as_bytes(), b":", body.as_bytes()]);
            let request = http.request(Method::POST, &url).body(body);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let request = request.header("x-slack-request-timestamp", at);
            ask(request.header("x-slack-signature", format!("v0={}", hex::encode(signed))))
        };
        let mut well = true;
        for secret in &slack.signing_secrets {
            well &=
                expect(found, &url, asked(secret.expose()).await, StatusCode::OK, "SLACK_SIGNING_SECRET")?;
        }
        if well && expect(found, &url, asked("a stranger's").await, StatusCode::UNAUTHORIZED, "")? {
            found.good("/slack/commands believes Slack, and no stranger")?;
        }
    }
    if config.discord.is_some() {
        let url = address.door("/discord/interactions");
        let ping = http.request(Method::POST, &url).header("content-type", "application/json");
        if expect(found, &url, ask(ping.body(r#"{"type":1}"#)).await, StatusCode::UNAUTHORIZED, "")? {
            found.good("/discord/interactions believes no stranger (Discord alone can sign for Discord)")?;
        }
    }
    if let Some(x) = &config.x {
        let url = address.door("/x/webhook");
        let secret = x.consumer_secrets.first().map(|secret| secret.expose()).unwrap_or_default();
        let token = format!("doctor-{}", Utc::now().timestamp());
        let answer = ask(http.get(&url).query(&[("crc_token", &token)])).await;
        let said = answer.as_ref().ok().and_then(|(_, body)| serde_json::from_str(body).ok());
        let said: serde_json::Value = said.unwrap_or_default();
        let right = format!("sha256={}", STANDARD.encode(signature(secret, &[token.as_bytes()])));
        if expect(found, &url, answer, StatusCode::OK, "X_CONSUMER_SECRET")? {
            if said["response_token"].as_str() == Some(&right) {
                found.good("/x/webhook answers X's challenge with the right signature")?;
            } else {
                found.wrong(
                    "/x/webhook answers X's challenge with another secret's signature",
                    "Give the deployed Earshot the X_CONSUMER_SECRET that is set here; of two, the first one answers.",
                )?;
            }
        }
    }
    Ok(())
}

/// Whether a door answered as it should; if not, what to do is said. `secret` is the variable whose value
/// signed the request, if it was signed.
fn expect(
    found: &mut Findings<'_>,
    url: &str,
    answer: Result<(StatusCode, String), String>,
    wanted: StatusCode,
    secret: &str,
) -> std::io::Result<bool> {
    let status = match answer {
        Ok((status, _)) if status == wanted => return Ok(true),
        Ok((status, _)) => status,
        Err(why) => {
            found.wrong(
                &format!("{url} cannot be reached: {why}"),
                "Does Earshot run, and is this its address?",
            )?;
            return Ok(false);
        }
    };
    let what = format!("{url} answers {} instead of {}", status.as_u16(), wanted.as_u16());
    let next = match status {
        StatusCode::UNAUTHORIZED => format!(
            "The deployed Earshot has another {secret} than is set here, or its clock and this one differ by five minutes."
        ),
        StatusCode::NOT_FOUND => "That platform is off there, or this is not Earshot's address.".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => {
            "Earshot is there and not set up: its log names what is missing.".to_owned()
        }
        status if status.is_redirection() => {
            "It redirects; platforms do not follow. Use the address it leads to.".to_owned()
        }
        status if status.is_success() && wanted == StatusCode::UNAUTHORIZED => {
            "It believed somebody who did not sign. Is something else than Earshot in front of it?".to_owned()
        }
        _ => "Its log says why.".to_owned(),
    };
    found.wrong(&what, &next)?;
    Ok(false)
}

/// What the table told of.
#[derive(Default)]
struct Chats {
    settings: Vec<Settings>,
    /// X's names for the subscriptions that we have.
    subscribed: Vec<String>,
    /// Chats whose import was stopped.
    halfway: Vec<Halfway>,
    /// The chats that moved away from there, and since when.
    moved: Vec<(Settings, DateTime<Utc>)>,
}

async fn table(config: &Config, options: &Options, found: &mut Findings<'_>) -> std::io::Result<Chats> {
    found.about("The table and the clock")?;
    // Held until everything was read.
    let mut database = None;
    let (store, how) = match &options.table {
        Table::Unknown => {
            found.odd(
                "not looked at",
                "Say where the table is: --data DIR, --database URL, or EARSHOT_TABLE for AWS.",
            )?;
            return Ok(Chats::default());
        }
        Table::Folder(folder) => {
            let there = table::within(folder);
            let file = match there.and_then(|there| there.ok_or_else(|| table::none(folder))) {
                Ok(file) => file,
                Err(closed) => {
                    found.wrong(&closed.what, &closed.next)?;
                    return Ok(Chats::default());
                }
            };
            // Without the folder's lock: a process that serves it goes on, and nothing is written here.
            let opened = match Database::start(Some(&file)).await {
                Ok(opened) => opened,
                Err(error) => {
                    found.wrong(
                        &format!("{} cannot be opened: {error:#}", file.display()),
                        "Whose file is it?",
                    )?;
                    return Ok(Chats::default());
                }
            };
            let store = host::embedded_store(&opened.endpoint(), &config.table, config.patience);
            database = Some(opened);
            (store, "Does earshot serve use this folder?")
        }
        Table::Database(url) => (
            host::embedded_store(url, &config.table, config.patience),
            "Does the database run, with this table in it?",
        ),
        Table::Aws => (
            host::aws_store(&config.table).await,
            "Are credentials and AWS_REGION those of the deployment, and is EARSHOT_TABLE its table (the stack's outputs)?",
        ),
    };
    let host = Host::new(config.clone(), store, Queues::Local(Arc::default()), Clocks::default());
    let chats = match look(&host).await {
        Ok((chats, beat)) => {
            match chats.settings.len() {
                0 if !chats.halfway.is_empty() => found.good("the table answers; no chat lives there yet")?,
                0 => found.good("the table answers; there is no chat yet: /chat new in Slack begins one")?,
                1 => found.good("the table answers; there is one chat")?,
                n => found.good(&format!("the table answers; there are {n} chats"))?,
            }
            for halfway in &chats.halfway {
                let (what, next) = stopped(halfway, &options.table, &config.table);
                found.wrong(&what, &next)?;
            }
            for (settings, since) in &chats.moved {
                let (what, next) = moved_out(settings, *since, &options.table, &config.table);
                found.odd(&what, &next)?;
            }
            let damaged: Vec<String> = host.store().take_passed_over().into_iter().collect();
            if !damaged.is_empty() {
                found.wrong(
                    &format!("these rows cannot be read, and are left out: {}", damaged.join(", ")),
                    "A newer Earshot wrote them, or something damaged them. Put that version back, or see docs/OPERATE.md, “A row that cannot be read”.",
                )?;
            }
            ticking(beat, Utc::now(), found)?;
            chats
        }
        Err(error) => {
            found.wrong(
                &format!("the table {} does not answer: {}", config.table, host::causes(&*error)),
                how,
            )?;
            Chats::default()
        }
    };
    for settings in &chats.settings {
        places(&host, config, settings, found).await?;
    }
    if let Some(database) = database {
        // It was only read from, so nothing is lost with an error.
        let _ = database.stop().await;
    }
    Ok(chats)
}

/// What the table tells, and when the clock last ticked.
async fn look(host: &Host) -> Result<(Chats, Option<DateTime<Utc>>), Box<dyn Error>> {
    let store = host.store();
    let now = Utc::now();
    let lines = store.all_chats().await?;
    let mut chats = Chats::default();
    for line in lines.iter().filter(|line| !line.retired) {
        let loaded = store.if_readable(store.load(&line.slug, now).await)?.flatten();
        chats.settings.extend(loaded.map(|loaded| loaded.settings));
    }
    chats.halfway = store.all_arriving().await?;
    chats.moved = store.all_moved().await?;
    let watches = store.watches().await?;
    chats.subscribed = watches.into_iter().filter_map(|watch| watch.subscription).collect();
    Ok((chats, store.heartbeat().await?))
}

fn ticking(beat: Option<DateTime<Utc>>, now: DateTime<Utc>, found: &mut Findings<'_>) -> std::io::Result<()> {
    const NEXT: &str = "On AWS: look at the log of the clock function, and whether its schedule is enabled. On a machine: does earshot serve run?";
    let Some(beat) = beat else { return found.wrong("the clock has never ticked", NEXT) };
    // A clock that is ahead of this one ticks as well.
    let ago = (now - beat).to_std().unwrap_or_default();
    if now - beat <= BEAT {
        found.good(&format!("the clock ticked {} ago", wait(ago)))
    } else {
        found.wrong(&format!("the clock has not ticked for {}", wait(ago)), NEXT)
    }
}

async fn places(
    host: &Host,
    config: &Config,
    settings: &Settings,
    found: &mut Findings<'_>,
) -> std::io::Result<()> {
    found.about(&format!("#{}", settings.hashtag))?;
    let looked = host.look_at_places(settings).await;
    if looked.is_empty() {
        found.odd("it speaks nowhere", "/chat connect slack, /chat connect discord, /chat connect x")?;
    }
    for (place, answer) in looked {
        let (name, on) = called(&place, settings, config);
        if !on {
            found.wrong(
                &format!("{name}: its platform is off"),
                "Set its variables, or /chat disconnect it.",
            )?;
            continue;
        }
        let refusal = match answer {
            Ok(()) => {
                found.good(&format!("{name} takes what is said"))?;
                continue;
            }
            Err(SendError::Rejected(refusal)) => refusal,
            Err(SendError::RetryAfter { why, .. } | SendError::Unknown { why }) => {
                found.odd(&format!("{name} did not answer: {why}"), "Run this again in a minute.")?;
                continue;
            }
        };
        let said = format!("{name}: {}", refusal.code);
        match (refusal.reason, place.platform) {
            (Reason::NoPermission, Platform::Slack) if refusal.code == "missing_scope" => found.odd(
                &format!("{name} could not be looked at: {}", refusal.detail),
                "Whether it takes messages is seen with the first one. earshot setup slack says what the app lacks.",
            )?,
            (Reason::NoPermission, Platform::Slack) => found.wrong(&said, "Invite the app there: /invite @Earshot")?,
            (Reason::NoPermission, Platform::Discord) => found.wrong(
                &said,
                "Give the bot View Channel, Send Messages, Embed Links and Read Message History in that channel.",
            )?,
            (Reason::ChannelGone | Reason::NotFound | Reason::Archived, Platform::Slack) => found.wrong(
                &said,
                "If it is private, invite the app. If it is gone or archived, connect another: /chat connect slack",
            )?,
            (Reason::ChannelGone | Reason::NotFound | Reason::Archived, _) => {
                found.wrong(&said, "It is gone: connect another one with /chat connect")?;
            }
            (Reason::TokenInvalid, _) => found.wrong(&said, "The token is not taken: see above.")?,
            _ => found.wrong(&said, &refusal.detail)?,
        }
    }
    Ok(())
}

/// What people call a place, and whether its platform is on.
fn called(place: &Place, settings: &Settings, config: &Config) -> (String, bool) {
    let name = settings.destination(place).map_or_else(|| place.channel.clone(), |to| to.name.clone());
    let name = name.trim_start_matches(['#', '@']);
    let desk = if settings.desk.as_ref() == Some(place) { ", the desk" } else { "" };
    match place.platform {
        Platform::Slack => (format!("Slack, #{name}{desk}"), config.slack.is_some()),
        Platform::Discord => (format!("Discord, #{name}{desk}"), config.discord.is_some()),
        Platform::X => (format!("X, @{name}{desk}"), config.x.is_some()),
    }
}

/// Amazon's queues, where the environment names them.
async fn queues(options: &Options, get: Get<'_>, found: &mut Findings<'_>) -> std::io::Result<()> {
    let names = [
        ("cues", "EARSHOT_CUES_QUEUE_URL"),
        ("mirror", "EARSHOT_MIRROR_QUEUE_URL"),
        ("poll", "EARSHOT_POLL_QUEUE_URL"),
    ];
    let urls = names.map(|(name, variable)| (name, get(variable).filter(|url| !url.trim().is_empty())));
    if urls.iter().all(|(_, url)| url.is_none()) {
        // On one machine there are none.
        if matches!(options.table, Table::Aws) {
            found.about("The queues")?;
            found.odd(
                "not looked at",
                "The stack's output Settings names them: docs/DEPLOY.md, Is everything ready?",
            )?;
        }
        return Ok(());
    }
    found.about("The queues")?;
    let sdk = host::sdk_config().await;
    for (name, url) in urls {
        let Some(url) = url else { continue };
        match admin::queue(&sdk, url.trim()).await {
            Err(why) => found.wrong(
                &format!("{name} cannot be looked at: {why}"),
                "Are credentials and AWS_REGION those of the deployment?",
            )?,
            Ok(depth) if depth.failed.is_some_and(|failed| failed > 0) => found.wrong(
                &format!("{name}: {} messages were given up", depth.failed.unwrap_or_default()),
                "The function's log says why. Nothing is lost, since the table is swept each minute; redrive them or purge the queue.",
            )?,
            Ok(depth) if depth.waiting > MANY => found.odd(
                &format!("{name}: {} messages wait", depth.waiting),
                "In a busy hour that passes by itself. If it stays, look at the function's errors and throttles.",
            )?,
            Ok(depth) => found.good(&format!("{name}: {} wait, none were given up", depth.waiting))?,
        }
    }
    Ok(())
}

/// Whether the time-zone rules that were compiled in may have been overtaken. New ones appear two or three
/// times a year; which were changed since cannot be known from here, so a year is let pass.
fn zones(today: NaiveDate, found: &mut Findings<'_>) -> std::io::Result<()> {
    found.about("Time zones")?;
    let version = chat::zone::version();
    if is_old(version, today) {
        found.odd(
            &format!("the rules are of {version}, more than a year old"),
            "A newer version of Earshot has newer ones. Until then, mind cities whose clocks were changed by law since.",
        )
    } else {
        found.good(&format!("the rules are of {version}"))
    }
}

/// `2025b` appeared in 2025; the year's middle stands for its day.
fn is_old(version: &str, today: NaiveDate) -> bool {
    let year = version.get(..4).and_then(|year| year.parse::<i32>().ok());
    year.is_none_or(|year| (today.year(), today.month()) >= (year + 1, 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_time_zones_age_by_the_year() {
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).expect("a day");
        assert!(!is_old("2025b", day(2025, 3)));
        assert!(!is_old("2025b", day(2026, 6)));
        assert!(is_old("2025b", day(2026, 7)));
        assert!(is_old("2025b", day(2027, 1)));
        assert!(is_old("unknown", day(2025, 3)), "what cannot be read is not trusted");
    }

    /// What the platforms publish, so that the doors are not tried with a mistake of ours.
    #[test]
    fn requests_are_signed_as_slack_publishes_it() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                    channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                    response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                    96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let parts: [&[u8]; 4] = [b"v0:", b"1531420618", b":", body.as_bytes()];
        let signed = hex::encode(signature("8f742231b10e8888abcd99yyyzzz85a5", &parts));
        assert_eq!(signed, "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }

    #[test]
    fn a_clock_may_miss_two_ticks_and_no_more() {
        let now = DateTime::from_timestamp(1_795_550_400, 0).expect("an instant");
        for (beat, told, wrong) in [
            (None, "never ticked", 1),
            (Some(now - TimeDelta::seconds(180)), "ticked 3 minutes ago", 0),
            (Some(now - TimeDelta::seconds(181)), "not ticked for 4 minutes", 1),
            (Some(now + TimeDelta::seconds(30)), "ticked a second ago", 0),
        ] {
            let mut out = Vec::new();
            let mut found = Findings { out: &mut out, wrong: 0, odd: 0 };
            ticking(beat, now, &mut found).expect("memory takes it");
            assert_eq!(found.wrong, wrong, "{beat:?}");
            let said = String::from_utf8(out).expect("text");
            assert!(said.contains(told), "{beat:?}: {said}");
        }
    }
}

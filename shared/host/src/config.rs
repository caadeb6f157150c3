//! What the environment says. Every missing name is reported at once; a platform whose variables are
//! all absent is off, and everything else works without it.

use std::fmt;
use std::time::Duration;

use chat::Deployment;
use chat::cost::Prices;
use chat::money::Money;
use chat::name::{Person, Place, Platform};
use outbound::Secret;
use url::Url;

/// Everything a host needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Slack, where it is on.
    pub slack: Option<SlackConfig>,
    /// Discord, where it is on.
    pub discord: Option<DiscordConfig>,
    /// X, where it is on.
    pub x: Option<XConfig>,
    /// The table's name (`EARSHOT_TABLE`, default `earshot`).
    pub table: String,
    /// Slack user ids that may create chats and connect X (`EARSHOT_OPERATORS`, separated by commas).
    pub operators: Vec<String>,
    /// How long others are waited for. Not to be set from outside: leases are measured by it.
    pub patience: Patience,
}

/// How long a host waits for others before it lets go of a call. All of it real time.
///
/// Leases and time-outs of functions (`deliver`, `template.yaml`) follow from the usual values, so no
/// variable changes them; shorter ones are for tests in which others hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one call to a platform, from the first packet to the last byte of its answer.
    pub call: Duration,
    /// For one attempt at the table.
    pub attempt: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { call: outbound::TIMEOUT, attempt: Duration::from_secs(2) }
    }
}

/// `SLACK_*`.
#[derive(Debug, Clone)]
pub struct SlackConfig {
    /// `SLACK_SIGNING_SECRET`; two separated by a comma while one is being replaced.
    pub signing_secrets: Vec<Secret>,
    /// `SLACK_BOT_TOKEN`.
    pub bot_token: Secret,
    /// `SLACK_API_URL`, default `https://slack.com/api/`.
    pub api_url: Url,
}

/// `DISCORD_*`.
#[derive(Debug, Clone)]
pub struct DiscordConfig {
    /// `DISCORD_PUBLIC_KEY`; two separated by a comma while one is being replaced.
    pub public_keys: Vec<String>,
    /// `DISCORD_BOT_TOKEN`.
    pub bot_token: Secret,
    /// `DISCORD_APPLICATION_ID`.
    pub application_id: String,
    /// `DISCORD_API_URL`, default `https://discord.com/api/v10/`.
    pub api_url: Url,
}

/// `X_*`.
#[derive(Debug, Clone)]
pub struct XConfig {
    /// `X_CONSUMER_KEY`.
    pub consumer_key: Secret,
    /// `X_CONSUMER_SECRET`; two separated by a comma while one is being replaced. The first one signs.
    pub consumer_secrets: Vec<Secret>,
    /// `X_ACCESS_TOKEN`, which begins with the account's user id.
    pub access_token: Secret,
    /// `X_ACCESS_TOKEN_SECRET`.
    pub access_token_secret: Secret,
    /// `X_BEARER_TOKEN`, for setting up webhooks and for polling; not needed to host.
    pub bearer_token: Option<Secret>,
    /// `X_HANDLE`, the account's name without `@`, for people to read; may be absent.
    pub handle: Option<String>,
    /// `X_API_URL`, default `https://api.x.com/`.
    pub api_url: Url,
    /// `X_WEBHOOK_ID`, X's name for the webhook that `post.delete` is told to; without it nobody's
    /// removals are subscribed to.
    pub webhook_id: Option<String>,
    /// `EARSHOT_X_SOURCE`, default `webhook`.
    pub source: Source,
    /// `EARSHOT_X_PRICES`, default as X publishes them: `read=0.005, write=0.015, link=0.2, delete=0.01`.
    pub prices: Prices,
}

/// How posts come from X. Its webhook is always open: this says whether it is relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// X's webhook sends every post with the hashtag, which is a plan of its own.
    #[default]
    Webhook,
    /// Recent search is asked four times a minute while a chat's doors are open.
    Poll,
    /// Both, so that one covers for the other.
    Both,
}

/// What is wrong with the environment: every name at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Misconfigured {
    /// Names that are needed and not set.
    pub missing: Vec<String>,
    /// Names whose value cannot be used, and why. Never the value.
    pub wrong: Vec<(String, String)>,
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.missing.is_empty() {
            write!(f, "not set: {}", self.missing.join(", "))?;
        }
        for (n, (name, why)) in self.wrong.iter().enumerate() {
            if n > 0 || !self.missing.is_empty() {
                f.write_str("; ")?;
            }
            write!(f, "{name} {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Misconfigured {}

pub(crate) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Misconfigured,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Reader<'a> {
        Reader { get, problems: Misconfigured::default() }
    }

    /// What was read, if nothing was wrong with it.
    pub(crate) fn done<T>(self, read: T) -> Result<T, Misconfigured> {
        if self.problems == Misconfigured::default() { Ok(read) } else { Err(self.problems) }
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
    }

    pub(crate) fn need(&mut self, name: &str) -> String {
        self.get(name).unwrap_or_else(|| {
            self.problems.missing.push(name.to_owned());
            String::new()
        })
    }

    /// A secret that could be one: whether it is the right one only its platform knows, but none has a blank in it
    /// or anything else that no header may carry, and every second one is copied with a line's end or a word too many.
    pub(crate) fn secret(&mut self, name: &str) -> Secret {
        let value = self.need(name);
        self.fit(name, &value);
        Secret::new(value)
    }

    fn fit(&mut self, name: &str, secret: &str) {
        if !secret.bytes().all(|b| b.is_ascii_graphic()) {
            self.wrong(
                name,
                "has a blank or a sign in it that no secret has: copy it again, and nothing else",
            );
        }
    }

    /// `SLACK_BOT_TOKEN`. Of the tokens on Slack's pages only the bot's can do what is done here
    /// (<https://docs.slack.dev/authentication/tokens>).
    pub(crate) fn slack_token(&mut self) -> Secret {
        let token = self.secret("SLACK_BOT_TOKEN");
        if !token.expose().is_empty() && !token.expose().starts_with("xoxb-") {
            self.wrong("SLACK_BOT_TOKEN", "does not begin with xoxb-, as the bot's token does");
        }
        token
    }

    /// `DISCORD_APPLICATION_ID`.
    pub(crate) fn application_id(&mut self) -> String {
        let id = self.need("DISCORD_APPLICATION_ID");
        self.number("DISCORD_APPLICATION_ID", &id, "is not the application's id, which is a number");
        id
    }

    /// A number as Discord and X give it.
    pub(crate) fn number(&mut self, name: &str, written: &str, what: &str) {
        if written.len() > 19 || !written.bytes().all(|b| b.is_ascii_digit()) {
            self.wrong(name, what);
        }
    }

    /// Values with commas between them. Nothing but commas is nothing.
    pub(crate) fn list(&mut self, name: &str) -> Vec<String> {
        let values: Vec<String> =
            self.need(name).split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect();
        if values.is_empty() && !self.problems.missing.iter().any(|missing| missing == name) {
            self.problems.missing.push(name.to_owned());
        }
        values
    }

    /// A secret, and its predecessor while it is being replaced. A third one is left over from an earlier time, and
    /// whoever knows it would be believed for as long as it stands there.
    fn pair(&mut self, name: &str) -> Vec<String> {
        let values = self.list(name);
        if values.len() > 2 {
            let many = values.len();
            self.wrong(name, &format!("has {many} values: two at most, the new one and the old one"));
        }
        if let Some(value) = values.iter().find(|value| !value.bytes().all(|b| b.is_ascii_graphic())) {
            self.fit(name, value);
        }
        values
    }

    fn wrong(&mut self, name: &str, why: &str) {
        self.problems.wrong.push((name.to_owned(), why.to_owned()));
    }

    pub(crate) fn url(&mut self, name: &str, usual: &str) -> Url {
        let written = self.get(name).unwrap_or_else(|| usual.to_owned());
        // A base without a slash at its end would lose its last part when joined.
        let slashed = if written.ends_with('/') { written } else { format!("{written}/") };
        let why = match Url::parse(&slashed) {
            Ok(url) if url.scheme() == "https" && url.host().is_some() => return url,
            Ok(url) if url.scheme() == "http" && is_loopback(&url) => return url,
            Ok(url) if url.scheme() == "http" => "must begin with https: a token travels there",
            _ => "is not a web address",
        };
        self.wrong(name, why);
        Url::parse(usual).unwrap_or_else(|_| unreachable!("the usual addresses are addresses"))
    }

    fn source(&mut self) -> Source {
        match self.get("EARSHOT_X_SOURCE").as_deref() {
            None | Some("webhook") => Source::Webhook,
            Some("poll") => Source::Poll,
            Some("both") => Source::Both,
            Some(_) => {
                self.wrong("EARSHOT_X_SOURCE", "takes webhook, poll or both");
                Source::Webhook
            }
        }
    }

    /// `read=0.005, write=0.015`: those that are not named stay as X publishes them.
    fn prices(&mut self) -> Prices {
        let mut prices = Prices::default();
        let written = self.get("EARSHOT_X_PRICES").unwrap_or_default();
        for part in written.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, price) = part.split_once('=').unwrap_or((part, ""));
            let place = match name.trim() {
                "read" => &mut prices.read,
                "write" => &mut prices.write,
                "link" => &mut prices.link,
                "delete" => &mut prices.delete,
                _ => {
                    self.wrong("EARSHOT_X_PRICES", "knows read, write, link and delete");
                    break;
                }
            };
            match Money::read(price) {
                Some(price) => *place = price,
                None => {
                    self.wrong("EARSHOT_X_PRICES", "takes dollars, such as read=0.005, write=0.015");
                    break;
                }
            }
        }
        prices
    }

    fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// [`Misconfigured`], with every problem at once.
    pub fn from_env() -> Result<Config, Misconfigured> {
        Config::read(&|name| std::env::var(name).ok())
    }

    /// Reads variables through `get`.
    ///
    /// # Errors
    /// [`Misconfigured`], with every problem at once.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Config, Misconfigured> {
        let mut r = Reader::new(get);
        let slack = r.any(&["SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"]).then(|| SlackConfig {
            signing_secrets: r.pair("SLACK_SIGNING_SECRET").iter().map(Secret::new).collect(),
            bot_token: r.slack_token(),
            api_url: r.url("SLACK_API_URL", "https://slack.com/api/"),
        });
        let discord = ["DISCORD_PUBLIC_KEY", "DISCORD_BOT_TOKEN", "DISCORD_APPLICATION_ID"];
        let discord = r.any(&discord).then(|| {
            let public_keys = r.pair("DISCORD_PUBLIC_KEY");
            if public_keys.iter().any(|key| !wire::discord::is_public_key(key)) {
                r.wrong("DISCORD_PUBLIC_KEY", "is not an Ed25519 public key of 64 hexadecimal digits");
            }
            DiscordConfig {
                public_keys,
                bot_token: r.secret("DISCORD_BOT_TOKEN"),
                application_id: r.application_id(),
                api_url: r.url("DISCORD_API_URL", "https://discord.com/api/v10/"),
            }
        });
        // Read where X is off as well: a value that means nothing would only be found out on the day it is on.
        let (source, prices) = (r.source(), r.prices());
        let x = ["X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"];
        let x = r.any(&x).then(|| XConfig {
            consumer_key: r.secret("X_CONSUMER_KEY"),
            consumer_secrets: r.pair("X_CONSUMER_SECRET").iter().map(Secret::new).collect(),
            access_token: r.secret("X_ACCESS_TOKEN"),
            access_token_secret: r.secret("X_ACCESS_TOKEN_SECRET"),
            bearer_token: r.get("X_BEARER_TOKEN").map(Secret::new),
            handle: r.get("X_HANDLE").map(|h| h.trim_start_matches('@').to_owned()),
            api_url: r.url("X_API_URL", "https://api.x.com/"),
            webhook_id: r.get("X_WEBHOOK_ID"),
            source,
            prices,
        });
        if let Some(bearer) = r.get("X_BEARER_TOKEN") {
            r.fit("X_BEARER_TOKEN", &bearer);
        }
        if let Some(x) = &x {
            let reads = x.source != Source::Webhook || x.webhook_id.is_some();
            if reads && x.bearer_token.is_none() {
                r.problems.missing.push("X_BEARER_TOKEN".to_owned());
            }
        }
        // As source and prices: read where X is off as well.
        let webhook = r.get("X_WEBHOOK_ID").unwrap_or_default();
        r.number("X_WEBHOOK_ID", &webhook, "is not the number that X gave the webhook");
        let account = |x: &XConfig| x.user_id().is_empty() && !x.access_token.expose().is_empty();
        if x.as_ref().is_some_and(account) {
            r.wrong("X_ACCESS_TOKEN", "does not begin with the account's id and a dash");
        }
        if slack.is_none() && discord.is_none() && x.is_none() {
            // With every platform off there is nobody to talk to; organisers steer in Slack.
            r.problems.missing.extend(["SLACK_SIGNING_SECRET".to_owned(), "SLACK_BOT_TOKEN".to_owned()]);
        }
        // Operators are people in Slack: without it there is nothing for them to do.
        let alone = slack.is_none() && (discord.is_some() || x.is_some());
        let operators: Vec<String> = if alone { Vec::new() } else { r.list("EARSHOT_OPERATORS") };
        if operators.iter().any(|id| !is_slack_user(id)) {
            r.wrong("EARSHOT_OPERATORS", "takes Slack user ids such as U012AB3CD, with commas between them");
        }
        let table = r.get("EARSHOT_TABLE").unwrap_or_else(|| "earshot".to_owned());
        if !is_table(&table) {
            r.wrong("EARSHOT_TABLE", "takes 3 to 255 letters, digits, dots, dashes and underscores");
        }
        if r.problems == Misconfigured::default() {
            Ok(Config { slack, discord, x, table, operators, patience: Patience::default() })
        } else {
            Err(r.problems)
        }
    }

    /// Whether every platform is a stand-in on this machine: only then may the clock be moved.
    pub fn is_loopback(&self) -> bool {
        let urls = [
            self.slack.as_ref().map(|s| &s.api_url),
            self.discord.as_ref().map(|d| &d.api_url),
            self.x.as_ref().map(|x| &x.api_url),
        ];
        urls.into_iter().flatten().all(is_loopback)
    }

    /// What the rules may know about this deployment. `workspace` is the Slack team operators are of.
    pub fn deployment(&self, workspace: &str) -> Deployment {
        Deployment {
            operators: self
                .operators
                .iter()
                .map(|id| Person::new(Platform::Slack, workspace, id.clone()))
                .collect(),
            x: self.x.as_ref().map(|x| {
                let handle = x.handle.clone().unwrap_or_else(|| x.user_id().to_owned());
                (Place::new(Platform::X, "", x.user_id()), handle)
            }),
            slack: self.slack.is_some(),
            discord: self.discord.is_some(),
        }
    }
}

impl XConfig {
    /// The account's user id, which an OAuth 1.0a access token begins with
    /// (<https://docs.x.com/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens>).
    pub fn user_id(&self) -> &str {
        let id = self.access_token.expose().split_once('-').map_or("", |(id, _)| id);
        if id.bytes().all(|b| b.is_ascii_digit()) { id } else { "" }
    }
}

/// <https://docs.slack.dev/reference/objects/user-object>: `U` or `W`, then capitals and digits.
fn is_slack_user(id: &str) -> bool {
    id.len() > 1
        && id.starts_with(['U', 'W'])
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn is_table(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Config, Misconfigured> {
        Config::read(&|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    const SLACK: [(&str, &str); 3] = [
        ("SLACK_SIGNING_SECRET", "s"),
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("EARSHOT_OPERATORS", "U0MAYA, W0SOL"),
    ];
    const X: [(&str, &str); 4] = [
        ("X_CONSUMER_KEY", "k"),
        ("X_CONSUMER_SECRET", "s"),
        ("X_ACCESS_TOKEN", "42-t"),
        ("X_ACCESS_TOKEN_SECRET", "s"),
    ];

    #[test]
    fn a_platform_that_is_not_set_is_off() {
        let config = read(&SLACK).expect("enough");
        assert!(config.slack.is_some() && config.discord.is_none() && config.x.is_none());
        assert_eq!(config.operators, ["U0MAYA", "W0SOL"]);
        assert!(read(&X).expect("enough").slack.is_none());
    }

    #[test]
    fn values_that_cannot_work_are_named_all_at_once() {
        for (name, value, why) in [
            ("SLACK_SIGNING_SECRET", ",", "not set: SLACK_SIGNING_SECRET"),
            ("EARSHOT_OPERATORS", " , ", "not set: EARSHOT_OPERATORS"),
            ("EARSHOT_OPERATORS", "maya; drop", "EARSHOT_OPERATORS takes Slack user ids"),
            ("SLACK_BOT_TOKEN", "xoxp-1", "SLACK_BOT_TOKEN does not begin with xoxb-"),
            ("SLACK_BOT_TOKEN", "xoxb-a\nb", "SLACK_BOT_TOKEN has a blank or a sign"),
            ("SLACK_SIGNING_SECRET", "sig ned", "SLACK_SIGNING_SECRET has a blank"),
            ("X_CONSUMER_KEY", "my key", "X_CONSUMER_KEY has a blank"),
            ("X_CONSUMER_SECRET", "old, n\u{a0}ew", "X_CONSUMER_SECRET has a blank"),
            ("X_BEARER_TOKEN", "Bearer AAA", "X_BEARER_TOKEN has a blank"),
            ("SLACK_API_URL", "ftp://example.org", "SLACK_API_URL is not a web address"),
            ("SLACK_API_URL", "http://example.org", "SLACK_API_URL must begin with https"),
            ("EARSHOT_TABLE", "a b", "EARSHOT_TABLE takes 3 to 255"),
            ("X_ACCESS_TOKEN", "nodash", "X_ACCESS_TOKEN does not begin with"),
            ("X_ACCESS_TOKEN", "no-dash", "X_ACCESS_TOKEN does not begin with"),
            ("EARSHOT_X_SOURCE", "stream", "EARSHOT_X_SOURCE takes webhook, poll or both"),
            ("EARSHOT_X_SOURCE", "poll", "not set: X_BEARER_TOKEN"),
            ("EARSHOT_X_SOURCE", "both", "not set: X_BEARER_TOKEN"),
            ("X_WEBHOOK_ID", "77", "not set: X_BEARER_TOKEN"),
            ("X_WEBHOOK_ID", "hook", "not set: X_BEARER_TOKEN; X_WEBHOOK_ID is not the number"),
            ("EARSHOT_X_PRICES", "read=0,005", "EARSHOT_X_PRICES knows read"),
            ("EARSHOT_X_PRICES", "read=half a cent", "EARSHOT_X_PRICES takes dollars"),
            ("EARSHOT_X_PRICES", "read", "EARSHOT_X_PRICES takes dollars"),
            ("EARSHOT_X_PRICES", "reed=0.005", "EARSHOT_X_PRICES knows read"),
        ] {
            let mut set = vec![(name, value)];
            set.extend(SLACK.iter().chain(&X).filter(|(n, _)| *n != name));
            let told = read(&set).expect_err(name).to_string();
            assert!(told.starts_with(why), "{name}={value}: {told}");
            assert!(!told.contains("maya") && !told.contains("nodash"), "never the value: {told}");
        }
        // Two while one is being replaced, and no third that nobody remembers.
        for name in ["SLACK_SIGNING_SECRET", "X_CONSUMER_SECRET", "DISCORD_PUBLIC_KEY"] {
            let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
            let with = |values: &[&str]| {
                let values = values.join(", ");
                let discord = [
                    ("DISCORD_BOT_TOKEN", "t"),
                    ("DISCORD_APPLICATION_ID", "1"),
                    ("DISCORD_PUBLIC_KEY", key),
                ];
                let mut set: Vec<(&str, &str)> = vec![(name, &values)];
                set.extend(SLACK.iter().chain(&X).chain(&discord).filter(|(n, _)| *n != name));
                read(&set)
            };
            assert!(with(&[key, key]).is_ok(), "{name}");
            let told = with(&[key, key, key]).expect_err(name).to_string();
            assert_eq!(told, format!("{name} has 3 values: two at most, the new one and the old one"));
        }
        // Also while X is off.
        for (name, value) in [("DISCORD_BOT_TOKEN", "Bot abc"), ("DISCORD_APPLICATION_ID", "earshot")] {
            let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
            let discord =
                [("DISCORD_BOT_TOKEN", "t"), ("DISCORD_APPLICATION_ID", "1"), ("DISCORD_PUBLIC_KEY", key)];
            let mut set: Vec<(&str, &str)> = vec![(name, value)];
            set.extend(SLACK.iter().chain(&discord).filter(|(n, _)| *n != name));
            let told = read(&set).expect_err(name).to_string();
            assert!(told.starts_with(name) && !told.contains(value), "{told}");
        }
        let told = read(&[SLACK[0], SLACK[1], SLACK[2], ("X_WEBHOOK_ID", "abc")]).expect_err("no number");
        assert!(told.to_string().starts_with("X_WEBHOOK_ID is not the number"), "{told}");
        for (name, value) in [("EARSHOT_X_SOURCE", "polling"), ("EARSHOT_X_PRICES", "read=cheap")] {
            let told = read(&[SLACK[0], SLACK[1], SLACK[2], (name, value)]).expect_err(name).to_string();
            assert!(told.starts_with(&format!("{name} takes ")), "{told}");
        }
        assert!(read(&[SLACK[0], SLACK[1], SLACK[2], ("EARSHOT_X_SOURCE", "poll")]).is_ok(), "X is off");
        let told =
            read(&[("SLACK_BOT_TOKEN", "xoxb-x"), ("EARSHOT_TABLE", "?")]).expect_err("little").to_string();
        assert!(told.contains("SLACK_SIGNING_SECRET, EARSHOT_OPERATORS; EARSHOT_TABLE"), "{told}");
        assert!(read(&[("SLACK_API_URL", "http://127.0.0.1:9/"), SLACK[0], SLACK[1], SLACK[2]]).is_ok());
    }

    #[test]
    fn what_x_charges_and_where_posts_come_from_can_be_set() {
        let x = |more: &[(&'static str, &'static str)]| {
            let set: Vec<_> = X.iter().chain(more).copied().collect();
            read(&set).expect("enough").x.expect("on")
        };
        let usual = x(&[]);
        assert_eq!((usual.source, usual.prices), (Source::Webhook, Prices::default()));
        let set = x(&[
            ("EARSHOT_X_SOURCE", "both"),
            ("X_BEARER_TOKEN", "b"),
            ("EARSHOT_X_PRICES", "read = $0.004, link=0.25,"),
        ]);
        assert_eq!(set.source, Source::Both);
        let expected =
            Prices { read: Money::micros(4_000), link: Money::micros(250_000), ..Prices::default() };
        assert_eq!(set.prices, expected);
    }
}

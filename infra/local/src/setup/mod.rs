//! `earshot setup …`: what an operator does once for each platform, and again whenever something there
//! does not look as it should.
//!
//! Each command first looks, then says what it would change, then changes it; run again, it finds nothing to
//! do. `--dry-run` ends before the last step, `--remove` is the way back. Tokens come from the environment
//! and are never shown.

pub mod discord;
pub mod slack;
pub mod sources;
pub mod x;

use std::fmt;
use std::io::Write;
use std::time::Duration;

use host::Misconfigured;
use host::admin::{Reason, SendError};

/// How a command of the operator's ended, which is what its exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// 0: everything is as it should be, as far as this command can make it so.
    Well,
    /// 1: somebody has to do something, and the lines say what.
    Wanting,
    /// 2: it did not begin, because a variable is missing or wrong.
    Unready,
}

impl Ended {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Ended::Well => 0,
            Ended::Wanting => 1,
            Ended::Unready => 2,
        }
    }
}

/// Where Earshot is reached from outside: `https://chat.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads an address that platforms are to call: https, a name, and nothing after it. X takes no port, so
    /// nobody gets one.
    ///
    /// # Errors
    /// What is wrong with it, in words that go on after its name.
    pub fn read(written: &str) -> Result<Address, String> {
        let written = written.trim();
        let Some(rest) = written.strip_prefix("https://") else {
            return Err("must begin with https://, because that is all that platforms call".to_owned());
        };
        let name = rest.strip_suffix('/').unwrap_or(rest);
        if name.contains('/') || name.contains(['?', '#']) {
            let host = name.split(['/', '?', '#']).next().unwrap_or_default();
            return Err(format!("must end after the name, as in https://{host}: the paths are added here"));
        }
        if name.contains(':') {
            return Err("must not name a port: X calls none but the usual one".to_owned());
        }
        let fits = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !name.contains('.') || !name.split('.').all(fits) {
            return Err("must have a name that is known everywhere: https://chat.example.org".to_owned());
        }
        Ok(Address(format!("https://{}", name.to_ascii_lowercase())))
    }

    /// Reads an address to be looked at from here, which may also be on this machine:
    /// `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_near(written: &str) -> Result<Address, String> {
        let near = written.trim().trim_end_matches('/');
        let uri: Option<http::Uri> = near.parse().ok();
        let here = |uri: &http::Uri| {
            uri.scheme_str() == Some("http")
                && matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"))
                && matches!(uri.path(), "" | "/")
        };
        if uri.as_ref().is_some_and(here) { Ok(Address(near.to_owned())) } else { Address::read(written) }
    }

    /// The address of a door there: `/slack/events`.
    pub fn door(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret that a platform gave, by the name of its variable, and where it is found.
pub(crate) struct Key {
    /// The platform.
    pub(crate) platform: &'static str,
    /// The variable.
    pub(crate) variable: &'static str,
    /// Where a person copies it from.
    pub(crate) from: &'static str,
}

pub(crate) const SLACK_TOKEN: Key = Key {
    platform: "Slack",
    variable: "SLACK_BOT_TOKEN",
    from: "https://api.slack.com/apps, your app, OAuth & Permissions (it begins with xoxb-)",
};

pub(crate) const DISCORD_TOKEN: Key = Key {
    platform: "Discord",
    variable: "DISCORD_BOT_TOKEN",
    from: "https://discord.com/developers/applications, your application, Bot, Reset Token",
};

pub(crate) const X_KEYS: Key = Key {
    platform: "X",
    variable: "X_CONSUMER_KEY, X_CONSUMER_SECRET, X_ACCESS_TOKEN or X_ACCESS_TOKEN_SECRET",
    from: "https://console.x.com, your app, Keys and tokens (the access token with read and write)",
};

pub(crate) const X_BEARER: Key = Key {
    platform: "X",
    variable: "X_BEARER_TOKEN",
    from: "https://console.x.com, your app, Keys and tokens, Bearer Token",
};

/// What went wrong with a call, and what to do next.
pub(crate) fn what_next(error: &SendError, key: &Key) -> String {
    let platform = key.platform;
    match error {
        SendError::RetryAfter { after, why, .. } => {
            format!(
                "{platform} was not reached, or wants to be asked later ({why}). Is this machine online? If it is: run this again in {}.",
                wait(*after)
            )
        }
        SendError::Unknown { why } => {
            format!(
                "what became of the last step is not known ({why}). Run this again: it does only what is left."
            )
        }
        SendError::Rejected(refusal) if refusal.reason == Reason::TokenInvalid => format!(
            "{platform} does not take {} ({}). Copy it again from {}.",
            key.variable, refusal.code, key.from
        ),
        SendError::Rejected(refusal) if refusal.reason == Reason::NoCredit => {
            format!(
                "{platform} wants to be paid first ({}). Buy credits at https://console.x.com.",
                refusal.code
            )
        }
        SendError::Rejected(refusal) if refusal.detail.is_empty() => {
            format!("{platform} refused ({}).", refusal.code)
        }
        SendError::Rejected(refusal) => format!("{platform} refused ({}): {}", refusal.code, refusal.detail),
    }
}

/// A span of time as one says it.
pub(crate) fn wait(after: Duration) -> String {
    match after.as_secs() {
        0..=1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Says what is missing or wrong in the environment, by name, and where each is found.
///
/// # Errors
/// Where nothing can be written.
pub(crate) fn unready(out: &mut dyn Write, problems: &Misconfigured) -> std::io::Result<Ended> {
    write!(out, "Not yet: {problems}.\n{}", sources::lines(problems))?;
    Ok(Ended::Unready)
}

/// What is said at the end of a dry run.
pub(crate) const DRY: &str = "\nNothing was changed: that was a dry run. Without --dry-run it is done.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_name_behind_https_and_nothing_more() {
        for (written, read) in [
            ("https://chat.example.org", "https://chat.example.org"),
            ("https://Chat.Example.org/", "https://chat.example.org"),
            (
                " https://a1.execute-api.eu-west-2.amazonaws.com ",
                "https://a1.execute-api.eu-west-2.amazonaws.com",
            ),
        ] {
            assert_eq!(Address::read(written).map(|a| a.to_string()), Ok(read.to_owned()));
        }
        for (written, why) in [
            ("http://chat.example.org", "https://"),
            ("chat.example.org", "https://"),
            ("https://chat.example.org/prod", "as in https://chat.example.org:"),
            ("https://chat.example.org//", "end after the name"),
            ("https://chat.example.org?x=1", "end after the name"),
            ("https://chat.example.org:8443", "port"),
            ("https://localhost", "known everywhere"),
            ("https://", "known everywhere"),
            ("https://a..b", "known everywhere"),
            ("https://me@chat.example.org", "known everywhere"),
        ] {
            let refused = Address::read(written).expect_err(written);
            assert!(refused.contains(why), "{written}: {refused}");
        }
    }

    #[test]
    fn from_here_an_address_may_be_on_this_machine() {
        for near in ["http://127.0.0.1:8080", "http://localhost:8080/", "https://chat.example.org"] {
            let read = Address::read_near(near).expect(near);
            assert_eq!(read.door("/x/webhook"), format!("{}/x/webhook", near.trim_end_matches('/')));
        }
        for far in ["http://chat.example.org", "http://127.0.0.1:8080/prod", "http://127.0.0.1.example.org"] {
            Address::read_near(far).expect_err(far);
        }
    }

    #[test]
    fn waits_are_said_in_round_numbers() {
        for (seconds, said) in [(0, "a second"), (2, "2 seconds"), (90, "90 seconds"), (901, "16 minutes")] {
            assert_eq!(wait(Duration::from_secs(seconds)), said);
        }
    }
}

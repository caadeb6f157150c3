//! Where each variable's value is found: one line each, for whoever is told that it is missing.

use host::Misconfigured;

/// The variables that a person has to look for, and where. In the platforms' own words for their pages, as
/// docs/DEPLOY.md goes through them.
const SOURCES: [(&str, &str); 12] = [
    (
        "SLACK_SIGNING_SECRET",
        "https://api.slack.com/apps, your app, Basic Information, App Credentials, Signing Secret",
    ),
    (
        "SLACK_BOT_TOKEN",
        "https://api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token (it begins with xoxb-)",
    ),
    (
        "EARSHOT_OPERATORS",
        "in Slack: a person's profile, ⋯, Copy member ID (U012AB3CD); commas between several",
    ),
    (
        "DISCORD_APPLICATION_ID",
        "https://discord.com/developers/applications, your application, General Information, Application ID",
    ),
    (
        "DISCORD_PUBLIC_KEY",
        "https://discord.com/developers/applications, your application, General Information, Public Key",
    ),
    ("DISCORD_BOT_TOKEN", "https://discord.com/developers/applications, your application, Bot, Reset Token"),
    ("X_CONSUMER_KEY", "https://console.x.com, your app, Keys and tokens, Consumer Keys"),
    ("X_CONSUMER_SECRET", "https://console.x.com, your app, Keys and tokens, Consumer Keys"),
    (
        "X_ACCESS_TOKEN",
        "https://console.x.com, your app, Keys and tokens, Access Token, made by the account that is to speak, with read and write",
    ),
    ("X_ACCESS_TOKEN_SECRET", "https://console.x.com, your app, Keys and tokens, beside the Access Token"),
    ("X_BEARER_TOKEN", "https://console.x.com, your app, Keys and tokens, Bearer Token"),
    ("X_WEBHOOK_ID", "earshot setup x --address … prints it"),
];

/// Where a variable's value is found; `None` for what a person chooses, such as the table's name.
pub fn source(variable: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(name, _)| *name == variable).map(|(_, from)| *from)
}

/// A line for each variable that is missing or wrong: its name, and where its value is found.
pub fn lines(problems: &Misconfigured) -> String {
    let wrong = problems.wrong.iter().map(|(name, _)| name);
    let mut named: Vec<&String> = Vec::new();
    for name in problems.missing.iter().chain(wrong) {
        if !named.contains(&name) {
            named.push(name);
        }
    }
    let line = |name: &String| source(name).map(|from| format!("  {name}: {from}\n"));
    named.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use host::Config;

    use super::*;

    /// Whatever can be missing has a line.
    #[test]
    fn whatever_is_named_as_missing_is_said_where_to_find() {
        let mut missing = BTreeSet::new();
        for one in [
            "",
            "DISCORD_PUBLIC_KEY",
            "DISCORD_BOT_TOKEN",
            "X_CONSUMER_KEY",
            "X_ACCESS_TOKEN",
            "EARSHOT_X_SOURCE",
        ] {
            let value = |name: &str| match name {
                "EARSHOT_X_SOURCE" => Some("poll".to_owned()),
                "X_CONSUMER_SECRET" if one == "EARSHOT_X_SOURCE" => Some("s".to_owned()),
                name => (name == one).then(|| "1-x".to_owned()),
            };
            missing.extend(Config::read(&value).expect_err(one).missing);
        }
        assert_eq!(missing.len(), 11, "{missing:?}");
        for name in missing {
            assert!(source(&name).is_some(), "{name}");
        }
    }
}

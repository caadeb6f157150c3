//! `earshot setup slack`: the app's manifest for an address, and whether the app that is installed has the
//! scopes that Earshot uses.
//!
//! Slack lets only a person make, change and remove an app in their workspace. So nothing is changed here:
//! what can be checked is checked, and the rest is said step by step.

use std::collections::BTreeSet;
use std::io::Write;

use host::admin::{self, Get, Identity, SCOPES};
use saphyr::{LoadableYamlNode, YamlOwned};

use super::{Address, Ended, SLACK_TOKEN, unready, what_next};

/// The manifest's source.
const SOURCE: &str = include_str!("../../../slack-manifest.yaml");

/// What stands there where the address belongs.
const ELSEWHERE: &str = "https://earshot.example.org";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where Earshot is reached; only a removal needs none.
    pub address: Option<Address>,
    /// Whether the app is to go.
    pub remove: bool,
}

/// The manifest for an address, as YAML.
pub fn manifest(address: &Address) -> String {
    SOURCE.replace(ELSEWHERE, &address.to_string())
}

/// What is wrong with a manifest for an address: lengths, addresses, scopes. Empty where it can be used.
/// (That it fits Slack's own schema is tested with the source, not asked each time.)
pub fn faults(manifest: &str, address: &Address) -> Vec<String> {
    let documents = match YamlOwned::load_from_str(manifest) {
        Ok(documents) => documents,
        Err(error) => return vec![format!("it is no YAML: {error}")],
    };
    let [app] = documents.as_slice() else { return vec!["it is not one document".to_owned()] };
    let mut faults = Vec::new();
    let at = |path: &str| path.split('.').try_fold(app, |node, part| child(node, part));
    let text = |path: &str| at(path).and_then(|node| node.as_str()).unwrap_or_default();
    // <https://docs.slack.dev/reference/app-manifest>
    for (path, least, most) in [
        ("display_information.name", 1, 35),
        ("display_information.description", 1, 140),
        ("display_information.long_description", 175, 4_000),
        ("features.bot_user.display_name", 1, 80),
        ("features.slash_commands.0.description", 1, 2_000),
        ("features.slash_commands.0.usage_hint", 1, 1_000),
    ] {
        let length = text(path).chars().count();
        if !(least..=most).contains(&length) {
            faults.push(format!("{path} has {length} characters, and {least} to {most} fit"));
        }
    }
    for (path, wanted) in [
        ("features.slash_commands.0.command", "/chat".to_owned()),
        ("features.slash_commands.0.url", address.door("/slack/commands")),
        ("settings.interactivity.request_url", address.door("/slack/interactions")),
        ("settings.event_subscriptions.request_url", address.door("/slack/events")),
    ] {
        if text(path) != wanted {
            faults.push(format!("{path} is {:?} instead of {wanted:?}", text(path)));
        }
    }
    for (path, wanted, why) in [
        ("features.slash_commands.0.should_escape", true, "people and channels would arrive without ids"),
        ("settings.interactivity.is_enabled", true, "no button would work"),
        ("features.app_home.home_tab_enabled", true, "nobody could be shown how their chats stand"),
        ("features.app_home.messages_tab_enabled", true, "nobody could be told anything in person"),
        ("settings.socket_mode_enabled", false, "Slack would call no address"),
        ("settings.token_rotation_enabled", false, "the token would end within twelve hours"),
    ] {
        if at(path).and_then(|node| node.as_bool()) != Some(wanted) {
            faults.push(format!("{path} must be {wanted}: {why}"));
        }
    }
    let events = at("settings.event_subscriptions.bot_events").and_then(|node| node.as_vec());
    if !events.into_iter().flatten().any(|event| event.as_str() == Some("app_home_opened")) {
        faults.push("the event app_home_opened is missing: the Home tab would stay empty".to_owned());
    }
    let scopes = at("oauth_config.scopes.bot").and_then(|node| node.as_vec());
    let scopes: Vec<String> =
        scopes.into_iter().flatten().filter_map(|scope| scope.as_str()).map(str::to_owned).collect();
    let (missing, superfluous) = compared(&scopes);
    faults.extend(missing.iter().map(|scope| format!("the scope {} is missing: {}", scope.0, scope.1)));
    faults.extend(superfluous.iter().map(|scope| format!("nothing of Earshot's uses the scope {scope}")));
    faults
}

/// A field of a mapping, or a place in a sequence.
fn child<'a>(node: &'a YamlOwned, part: &str) -> Option<&'a YamlOwned> {
    match part.parse::<usize>() {
        Ok(place) => node.as_sequence_get(place),
        Err(_) => node.as_mapping_get(part),
    }
}

/// What is needed and not there, with the reason; and what is there and not needed.
fn compared(scopes: &[String]) -> (Vec<(&'static str, &'static str)>, Vec<String>) {
    let there: BTreeSet<&str> = scopes.iter().map(String::as_str).collect();
    let missing = SCOPES.iter().filter(|scope| !there.contains(scope.name));
    let needed = |scope: &&str| SCOPES.iter().any(|one| one.name == *scope);
    let superfluous = there.iter().filter(|scope| !needed(scope)).map(|scope| (*scope).to_owned());
    (missing.map(|scope| (scope.name, scope.why)).collect(), superfluous.collect())
}

/// Prints the manifest to `out`, so that it can be kept in a file, and everything else to `notes`.
///
/// # Errors
/// Where nothing can be written.
pub async fn run(
    options: &Options,
    get: Get<'_>,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> std::io::Result<Ended> {
    let token = get("SLACK_BOT_TOKEN").is_some_and(|token| !token.trim().is_empty());
    if options.remove {
        return remove(token, get, notes).await;
    }
    let Some(address) = &options.address else {
        writeln!(notes, "Say where Earshot is reached: --address https://chat.example.org")?;
        return Ok(Ended::Unready);
    };
    let manifest = manifest(address);
    let faults = faults(&manifest, address);
    if !faults.is_empty() {
        writeln!(notes, "infra/slack-manifest.yaml cannot be used as it is:")?;
        for fault in faults {
            writeln!(notes, "  ✗ {fault}")?;
        }
        return Ok(Ended::Wanting);
    }
    write!(out, "{manifest}")?;
    out.flush()?;
    writeln!(
        notes,
        "\n✓ The manifest above is for {address}, and fits what Slack asks of one. Nothing was changed.\n\n\
         What it asks to be allowed, and why:"
    )?;
    for scope in SCOPES {
        writeln!(notes, "  {:<17} {}", scope.name, scope.why)?;
    }
    writeln!(notes)?;
    if token {
        return check(get, notes).await;
    }
    writeln!(
        notes,
        "Next:\n\
         \x20 1. https://api.slack.com/apps, Create New App, From a manifest: choose the workspace, paste it.\n\
         \x20    (An app that is there already: its page, App Manifest; paste it, Save Changes.)\n\
         \x20 2. Install to Workspace.\n\
         \x20 3. SLACK_BOT_TOKEN is under OAuth & Permissions and begins with xoxb-;\n\
         \x20    SLACK_SIGNING_SECRET is under Basic Information. Give both to Earshot.\n\
         \x20 4. Once it runs with them: App Manifest, “verify” beside the events address.\n\
         \x20 5. With SLACK_BOT_TOKEN set, run this again: it looks whether the app has what it needs."
    )?;
    Ok(Ended::Well)
}

/// Whether the installed app has its scopes.
async fn check(get: Get<'_>, notes: &mut dyn Write) -> std::io::Result<Ended> {
    let Some(identity) = identity(get, notes).await? else { return Ok(Ended::Wanting) };
    writeln!(
        notes,
        "✓ SLACK_BOT_TOKEN belongs to @{} ({}) in the workspace {} ({}).",
        identity.user, identity.user_id, identity.team, identity.team_id
    )?;
    let Some(scopes) = &identity.scopes else {
        writeln!(
            notes,
            "! Slack did not say what it may do. Compare OAuth & Permissions with the manifest."
        )?;
        return Ok(Ended::Wanting);
    };
    let (missing, superfluous) = compared(scopes);
    if !superfluous.is_empty() {
        writeln!(notes, "! It may do more than it needs: {}.", superfluous.join(", "))?;
        writeln!(
            notes,
            "  Nothing of Earshot's uses that. Paste the manifest again and reinstall to be rid of it."
        )?;
    }
    if missing.is_empty() {
        writeln!(notes, "✓ All {} scopes that Earshot uses are there.", SCOPES.len())?;
        writeln!(notes, "\nNext: invite it where the chat lives: /invite @{}", identity.user)?;
        return Ok(Ended::Well);
    }
    writeln!(notes, "✗ It may not do everything that it needs:")?;
    for (name, why) in missing {
        writeln!(notes, "    {name:<17} {why}")?;
    }
    writeln!(
        notes,
        "  Paste the manifest under App Manifest, then Reinstall to Workspace. The token stays the same."
    )?;
    Ok(Ended::Wanting)
}

/// How a person removes the app.
async fn remove(token: bool, get: Get<'_>, notes: &mut dyn Write) -> std::io::Result<Ended> {
    let mut page = "https://api.slack.com/apps, your app".to_owned();
    if token {
        let Some(identity) = identity(get, notes).await? else { return Ok(Ended::Wanting) };
        writeln!(
            notes,
            "The app speaks as @{} in the workspace {} ({}).",
            identity.user, identity.team, identity.team_id
        )?;
        if let Some(app) = &identity.app_id {
            page = format!("https://api.slack.com/apps/{app}");
        }
    }
    writeln!(
        notes,
        "Nothing was changed: only a person can take an app out of Slack.\n\
         \x20 - For a while: in Slack, the app's page, Configuration, Remove App.\n\
         \x20 - For good: {page}, Basic Information, Delete App.\n\
         What it said stays where it stands. Then take SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET from Earshot."
    )?;
    Ok(Ended::Well)
}

async fn identity(get: Get<'_>, notes: &mut dyn Write) -> std::io::Result<Option<Identity>> {
    let slack = match admin::slack(get) {
        Ok(slack) => slack,
        Err(problems) => {
            unready(notes, &problems)?;
            return Ok(None);
        }
    };
    match slack.identity().await {
        Ok(identity) => Ok(Some(identity)),
        Err(error) => {
            writeln!(notes, "✗ {}", what_next(&error, &SLACK_TOKEN))?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address::read("https://chat.example.org").expect("an address")
    }

    #[test]
    fn the_manifest_is_fit_for_an_address_and_names_no_other() {
        let manifest = manifest(&address());
        assert_eq!(faults(&manifest, &address()), Vec::<String>::new());
        assert!(!manifest.contains("earshot.example.org"));
    }

    #[test]
    fn a_manifest_that_was_spoiled_is_told_with_what_is_wrong() {
        let good = manifest(&address());
        for (from, to, told) in [
            (
                "name: Earshot\n",
                "name: Earshot, which hosts your hashtag chats\n",
                "display_information.name has",
            ),
            ("/slack/events", "/slack/event", "settings.event_subscriptions.request_url is"),
            (
                "chat.example.org/slack/commands",
                "other.example.org/slack/commands",
                "slash_commands.0.url is",
            ),
            ("command: /chat", "command: /chats", "instead of \"/chat\""),
            ("      - users:read\n", "", "the scope users:read is missing: people under"),
            ("      - users:read\n", "      - users:read\n      - admin\n", "uses the scope admin"),
            ("socket_mode_enabled: false", "socket_mode_enabled: true", "no address"),
            ("token_rotation_enabled: false", "token_rotation_enabled: yes please", "twelve hours"),
            ("is_enabled: true", "is_enabled: false", "no button"),
            ("should_escape: true", "should_escape: false", "without ids"),
            ("_metadata:", "_metadata: [", "no YAML"),
            ("_metadata:", "---\nx: 1\n---\n_metadata:", "not one document"),
        ] {
            let spoiled = good.replacen(from, to, 1);
            assert_ne!(spoiled, good, "{from:?} is not there to be spoiled");
            let faults = faults(&spoiled, &address());
            assert!(matches!(faults.as_slice(), [one] if one.contains(told)), "{told}: {faults:#?}");
        }
    }
}

//! `earshot setup x`: which account will speak, the webhook that X tells of posts and removals, and the rules
//! by which it knows which posts.

use std::io::Write;

use chat::weigh::hashtags;
use chrono::{DateTime, Utc};
use host::admin::{self, Account, Get, Rule, SendError, Webhook, X, XReader};

use super::{Address, DRY, Ended, X_BEARER, X_KEYS, unready, what_next};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where Earshot is reached.
    pub address: Address,
    /// Hashtags whose posts are to come, without `#`.
    pub hashtags: Vec<String>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Whether it is to go.
    pub remove: bool,
}

/// The label of a rule of ours begins so. Rules with other labels are somebody else's.
const LABEL: &str = "earshot ";

/// Reads `#SMXChat`, with or without `#`; what X takes for a hashtag, and nothing else.
///
/// # Errors
/// What is wrong with it.
pub fn read_hashtag(written: &str) -> Result<String, String> {
    let name = written.trim().trim_start_matches(['#', '＃']);
    match hashtags(&format!("#{name}")).as_slice() {
        [one] if *one == name => Ok(name.to_owned()),
        _ => Err(
            "is no hashtag on X: letters, digits and underscores, and one letter at least, as in #SMXChat"
                .to_owned(),
        ),
    }
}

fn label(hashtag: &str) -> String {
    format!("{LABEL}{}", hashtag.to_lowercase())
}

/// Whether a rule brings a hashtag's posts: by what it says, whoever made it.
pub(crate) fn brings(rule: &Rule, hashtag: &str) -> bool {
    rule.value.to_lowercase() == admin::stream_rule(hashtag).to_lowercase()
}

/// What is to be done at X.
enum Step {
    /// Register the webhook.
    Register(String),
    /// Have the webhook validated again.
    Validate(Webhook),
    /// Link the stream to the webhook.
    Link,
    /// Add these rules: value and label.
    Rules(Vec<(String, String)>),
    /// Remove a rule.
    DropRule(Rule),
    /// Take the stream's link to a webhook away.
    Unlink(Webhook),
    /// Take a webhook back.
    Withdraw(Webhook),
}

impl Step {
    fn say(&self, out: &mut dyn Write) -> std::io::Result<()> {
        match self {
            Step::Register(url) => writeln!(out, "  + webhook {url}"),
            Step::Validate(hook) => {
                writeln!(
                    out,
                    "  ~ webhook {} ({}): X gave it up, and is asked to try it again",
                    hook.url, hook.id
                )
            }
            Step::Link => writeln!(out, "  + link from the stream to the webhook"),
            Step::Rules(rules) => rules.iter().try_for_each(|(value, _)| writeln!(out, "  + rule {value}")),
            Step::DropRule(rule) => writeln!(out, "  - rule {}", rule.value),
            Step::Unlink(hook) => writeln!(out, "  - link from the stream to the webhook {}", hook.id),
            Step::Withdraw(hook) => writeln!(out, "  - webhook {} ({})", hook.url, hook.id),
        }
    }

    /// Takes the step. `webhook` is the id of ours, which registering gives and linking needs.
    async fn take(
        &self,
        app: &XReader,
        webhook: &mut Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), SendError> {
        match self {
            Step::Register(url) => {
                *webhook = Some(app.create_webhook(url, now).await?.id);
                Ok(())
            }
            Step::Validate(hook) => app.validate_webhook(&hook.id, now).await.map(drop),
            Step::Link => app.link_stream(webhook.as_deref().unwrap_or_default(), now).await.map(drop),
            Step::Rules(rules) => app.add_rules(rules, now).await,
            Step::DropRule(rule) => app.delete_rules(std::slice::from_ref(&rule.id), now).await,
            Step::Unlink(hook) => app.unlink_stream(&hook.id, now).await,
            Step::Withdraw(hook) => app.delete_webhook(&hook.id, now).await,
        }
    }
}

/// What stands at X.
struct There {
    webhooks: Vec<Webhook>,
    rules: Vec<Rule>,
    /// None where the plan has no such links.
    links: Option<Vec<String>>,
}

impl There {
    async fn look(app: &XReader, now: DateTime<Utc>) -> Result<There, SendError> {
        let webhooks = app.webhooks(now).await?;
        let links = match app.stream_links(now).await {
            Ok(links) => Some(links),
            Err(error) if error.wants_another_plan() => None,
            Err(error) => return Err(error),
        };
        // Without links nobody is sent what rules bring, and a plan may not even let them be read.
        let rules = if links.is_some() { app.rules(now).await? } else { Vec::new() };
        Ok(There { webhooks, rules, links })
    }
}

/// Does what was asked.
///
/// # Errors
/// Where nothing can be written.
pub async fn run(options: &Options, get: Get<'_>, out: &mut dyn Write) -> std::io::Result<Ended> {
    let (account, app) = match admin::x(get) {
        Ok(both) => both,
        Err(problems) => return unready(out, &problems),
    };
    let now = Utc::now();
    let who = match who(&account, now).await {
        Ok(who) => who,
        Err(error) => return failed(out, &what_next(&error, &X_KEYS)),
    };
    introduce(&who, get, out)?;
    let there = match There::look(&app, now).await {
        Ok(there) => there,
        Err(error) => return failed(out, &refused(&error, None)),
    };
    let url = options.address.door("/x/webhook");
    if options.remove {
        return remove(&app, &there, &url, options, out).await;
    }
    add(&app, &there, &url, options, get, out).await
}

async fn who(account: &X, now: DateTime<Utc>) -> Result<Account, SendError> {
    account.account("setup", now).await
}

/// Says who will speak, and what people expect of an account that a program speaks through.
fn introduce(who: &Account, get: Get<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{} (@{}, {}) will speak on X.", who.name, who.handle, who.id)?;
    let set = get("X_HANDLE").unwrap_or_default();
    let set = set.trim().trim_start_matches('@');
    if !set.is_empty() && !set.eq_ignore_ascii_case(&who.handle) {
        writeln!(out, "  ! X_HANDLE says @{set}. Set X_HANDLE={}", who.handle)?;
    }
    writeln!(
        out,
        "  ! Label it as automated, with the account of a person who runs it: on X, as @{}, Settings, Your account,\n\
         \x20   Account information, Automation. X asks that of every account that a program speaks through.",
        who.handle
    )?;
    if who.bio.contains('@') {
        writeln!(out, "  ✓ Its bio names somebody: “{}”", who.bio)
    } else {
        let now = if who.bio.is_empty() {
            "It is empty.".to_owned()
        } else {
            format!("It says: “{}”", who.bio)
        };
        writeln!(
            out,
            "  ! Let its bio say that it is automated, and who the humans are (“minded by @…”). {now}"
        )
    }
}

async fn add(
    app: &XReader,
    there: &There,
    url: &str,
    options: &Options,
    get: Get<'_>,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    writeln!(out, "\nAt X:")?;
    let mut steps = Vec::new();
    let ours = there.webhooks.iter().find(|hook| hook.url == url);
    match ours {
        None => steps.push(Step::Register(url.to_owned())),
        Some(hook) if !hook.valid => steps.push(Step::Validate(hook.clone())),
        Some(hook) => writeln!(out, "  ✓ webhook {url} ({}), and X sends to it", hook.id)?,
    }
    for other in there.webhooks.iter().filter(|hook| hook.url != url) {
        writeln!(out, "  ! another webhook of this app, left alone: {} ({})", other.url, other.id)?;
    }
    let streams = !options.hashtags.is_empty();
    if let (true, Some(links)) = (streams, &there.links) {
        match ours.filter(|hook| links.contains(&hook.id)) {
            Some(_) => writeln!(out, "  ✓ link from the stream to the webhook")?,
            None => steps.push(Step::Link),
        }
        let brought = |tag: &&String| there.rules.iter().any(|rule| brings(rule, tag));
        let (there, missing): (Vec<&String>, Vec<&String>) = options.hashtags.iter().partition(brought);
        for tag in there {
            writeln!(out, "  ✓ rule {}", admin::stream_rule(tag))?;
        }
        if !missing.is_empty() {
            let rules = missing.into_iter().map(|tag| (admin::stream_rule(tag), label(tag)));
            steps.push(Step::Rules(rules.collect()));
        }
    }
    for step in &steps {
        step.say(out)?;
    }
    if streams && there.links.is_none() {
        polling(get, out)?;
    }
    if steps.is_empty() {
        writeln!(out, "  Nothing to change.")?;
    } else if options.dry_run {
        writeln!(out, "{DRY}")?;
        return Ok(Ended::Well);
    }
    let mut webhook = ours.map(|hook| hook.id.clone());
    for step in &steps {
        match step.take(app, &mut webhook, Utc::now()).await {
            Ok(()) => {}
            // Some plans let the links be read and none be made. Rules that nobody is sent are not added.
            Err(error) if matches!(step, Step::Link) && error.wants_another_plan() => {
                polling(get, out)?;
                break;
            }
            Err(error) => return failed(out, &refused(&error, Some(url))),
        }
    }
    if !steps.is_empty() {
        writeln!(out, "\n✓ Done.")?;
    }
    let webhook = webhook.unwrap_or_default();
    if get("X_WEBHOOK_ID").is_some_and(|set| set.trim() == webhook) {
        writeln!(out, "  ✓ X_WEBHOOK_ID is set to it.")?;
    } else {
        writeln!(
            out,
            "\nSet this for Earshot, and X tells it of posts that are taken back:\n  X_WEBHOOK_ID={webhook}"
        )?;
    }
    Ok(Ended::Well)
}

/// What to do where the plan has no stream for webhooks.
fn polling(get: Get<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    let source = get("EARSHOT_X_SOURCE").unwrap_or_default();
    writeln!(
        out,
        "  ! The plan of this app does not have its stream sent to a webhook: that is X's Enterprise. So posts are searched\n\
         \x20   for instead, four times a minute while doors are open, at X's usual price for each that is found."
    )?;
    if matches!(source.trim(), "poll" | "both") {
        writeln!(out, "  ✓ EARSHOT_X_SOURCE={} is set for that.", source.trim())
    } else {
        writeln!(
            out,
            "    Set EARSHOT_X_SOURCE=poll\n    The webhook is good all the same: X tells through it what is taken back."
        )
    }
}

async fn remove(
    app: &XReader,
    there: &There,
    url: &str,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    writeln!(out, "\nAt X:")?;
    let mut steps = Vec::new();
    // With hashtags only their rules go; without, everything that this command ever made for the address.
    let all = options.hashtags.is_empty();
    let wanted: Vec<String> = options.hashtags.iter().map(|tag| label(tag)).collect();
    let ours = |rule: &&Rule| if all { rule.tag.starts_with(LABEL) } else { wanted.contains(&rule.tag) };
    steps.extend(there.rules.iter().filter(ours).cloned().map(Step::DropRule));
    if all {
        for hook in there.webhooks.iter().filter(|hook| hook.url == url) {
            if there.links.iter().flatten().any(|link| *link == hook.id) {
                steps.push(Step::Unlink(hook.clone()));
            }
            steps.push(Step::Withdraw(hook.clone()));
        }
    }
    for step in &steps {
        step.say(out)?;
    }
    let theirs = there.rules.iter().filter(|rule| !rule.tag.starts_with(LABEL)).count();
    if theirs > 0 {
        writeln!(out, "  Rules that this command did not make, and left alone: {theirs}")?;
    }
    if steps.is_empty() {
        writeln!(out, "  ✓ Nothing to remove.")?;
        return Ok(Ended::Well);
    }
    if options.dry_run {
        writeln!(out, "{DRY}")?;
        return Ok(Ended::Well);
    }
    for step in &steps {
        if let Err(error) = step.take(app, &mut None, Utc::now()).await {
            return failed(out, &refused(&error, None));
        }
    }
    writeln!(out, "\n✓ Done.")?;
    if all {
        writeln!(
            out,
            "  Take X_WEBHOOK_ID from Earshot, or it goes on asking X to tell that webhook of removals."
        )?;
    }
    Ok(Ended::Well)
}

/// What X refused, and what to look at: its words for a webhook are names
/// (<https://docs.x.com/x-api/webhooks/quickstart>).
fn refused(error: &SendError, url: Option<&str>) -> String {
    let said = what_next(error, &X_BEARER);
    let words = error.to_string();
    let url = url.unwrap_or_default();
    let more = if words.contains("CrcValidationFailed") {
        format!(
            "X asked {url} its challenge and did not get the right answer. Look, in this order:\n\
             \x20 1. Does Earshot run there? curl -i '{url}?crc_token=hello' answers 200 with a response_token.\n\
             \x20    (404: X is off there, so its variables are not set. 503: its log names what is missing.)\n\
             \x20 2. Has it the same X_CONSUMER_SECRET as this command? Where two are set, the first one answers.\n\
             \x20 3. Does anything in between redirect, or ask for a password?\n\
             `earshot doctor --address` looks at all of this."
        )
    } else if words.contains("WebhookLimitExceeded") {
        "The app has as many webhooks as its plan allows: they are listed above. One that was Earshot's at another \
         address goes with --remove --address https://…"
            .to_owned()
    } else if words.contains("UrlValidationFailed") {
        format!("X does not call {url}: it wants https, a name that is known everywhere, and no port.")
    } else if error.wants_another_plan() {
        "X says so also where the app belongs to no project yet, or has no credits: see https://console.x.com."
            .to_owned()
    } else {
        return said;
    };
    format!("{said}\n{more}")
}

fn failed(out: &mut dyn Write, told: &str) -> std::io::Result<Ended> {
    writeln!(out, "✗ {told}")?;
    Ok(Ended::Wanting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashtag_is_what_x_takes_for_one() {
        for (written, read) in [("#SMXChat", "SMXChat"), ("SMXChat", "SMXChat"), (" ＃bücher_1 ", "bücher_1")]
        {
            assert_eq!(read_hashtag(written), Ok(read.to_owned()));
        }
        for written in ["", "#", "#123", "#two words", "#a OR #b", "#a-b", "is:retweet", "#a #b"] {
            assert!(read_hashtag(written).is_err(), "{written:?}");
        }
    }

    #[test]
    fn a_rule_is_known_by_what_it_brings() {
        let rule = |value: &str| Rule { id: "1".into(), value: value.into(), tag: String::new() };
        assert!(brings(&rule("#smxchat -is:retweet"), "SMXChat"));
        assert!(!brings(&rule("#smxchat"), "SMXChat"), "reposts would be paid for");
        assert!(!brings(&rule("#smxchats -is:retweet"), "SMXChat"));
    }
}

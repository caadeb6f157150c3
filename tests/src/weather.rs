//! What can go wrong, by name: the platforms' own errors, the database's, the queues'. Each story takes the
//! lists it needs; a seed chooses among them.

use std::time::Duration;

use chrono::TimeDelta;
use earshot::cable::Trouble;
use earshot::standin::Fault;
use serde_json::json;

/// What happens to a bell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It never arrives.
    Lost,
    /// It arrives twice, the second time this much later.
    Doubled(TimeDelta),
    /// It arrives this much later.
    Late(TimeDelta),
}

/// Lost, doubled, late.
pub fn mishaps() -> Vec<Mishap> {
    vec![
        Mishap::Lost,
        Mishap::Doubled(TimeDelta::zero()),
        Mishap::Doubled(TimeDelta::seconds(40)),
        Mishap::Late(TimeDelta::seconds(3)),
        Mishap::Late(TimeDelta::seconds(75)),
    ]
}

/// What the table does wrong.
pub fn troubles() -> Vec<Trouble> {
    vec![
        Trouble::Throttled,
        Trouble::Contended,
        Trouble::Broken { done: false },
        Trouble::Broken { done: true },
        Trouble::Cut { done: false },
        Trouble::Cut { done: true },
        Trouble::Slow { by: Duration::from_millis(20) },
    ]
}

/// The same, and now and then it hangs, which takes the time of an attempt each.
pub fn hung_troubles() -> Vec<Trouble> {
    let mut all = troubles().repeat(4);
    all.extend([Trouble::Hung { done: false }, Trouble::Hung { done: true }]);
    all
}

/// What every platform does now and then, and what passes by itself.
pub fn passing() -> Vec<Fault> {
    let limited = |after: Option<u64>| Fault::RateLimited { retry_after: after.map(Duration::from_secs) };
    vec![
        limited(Some(1)),
        limited(Some(20)),
        limited(None),
        Fault::ServerError { status: 500, accepted: false },
        Fault::ServerError { status: 502, accepted: true },
        Fault::ServerError { status: 503, accepted: false },
        Fault::Drop { accepted: false },
        Fault::Drop { accepted: true },
        Fault::Slow { by: Duration::from_millis(30) },
    ]
}

/// A call that hangs takes the whole of the caller's patience.
pub fn hanging() -> Vec<Fault> {
    vec![Fault::Hang { accepted: false }, Fault::Hang { accepted: true }]
}

/// Slack's permanent errors (`reference/slack-discord.md` §2): refused for good.
pub const SLACK_PERMANENT: [&str; 14] = [
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "invalid_blocks",
    "msg_blocks_too_long",
    "no_text",
    "msg_too_long",
];

/// Slack's errors that pass: limits under their several names.
pub const SLACK_PASSING: [&str; 3] = ["ratelimited", "rate_limited", "message_limit_exceeded"];

/// Slack's errors after which the message may stand there.
pub const SLACK_AMBIGUOUS: [&str; 2] = ["fatal_error", "internal_error"];

/// Discord's permanent codes (the same reference, §3), with their statuses.
pub const DISCORD_PERMANENT: [(u16, u32, &str); 8] = [
    (404, 10_003, "Unknown Channel"),
    (404, 10_008, "Unknown Message"),
    (403, 50_001, "Missing Access"),
    (403, 50_007, "Cannot send messages to this user"),
    (403, 50_013, "Missing Permissions"),
    (400, 50_035, "Invalid Form Body"),
    (400, 200_000, "Message blocked by AutoMod"),
    (400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id"),
];

/// What Slack does wrong.
pub fn slack() -> Vec<Fault> {
    let mut all = passing();
    all.extend(SLACK_PASSING.iter().chain(&SLACK_AMBIGUOUS).map(|code| Fault::slack(code)));
    all
}

/// What Discord does wrong and lets pass.
pub fn discord() -> Vec<Fault> {
    let mut all = passing();
    all.push(Fault::Answer {
        status: 429,
        body: json!({"message": "You are being rate limited.", "retry_after": 1.5, "global": true}),
    });
    all
}

/// What X does wrong and lets pass.
pub fn x() -> Vec<Fault> {
    passing()
}

/// What does not pass: refusals for good, of this one message or of everything.
pub fn refusals(platform: &str) -> Vec<Fault> {
    match platform {
        "slack" => {
            let mut all: Vec<Fault> = SLACK_PERMANENT.iter().map(|code| Fault::slack(code)).collect();
            all.extend([Fault::Revoke, Fault::Archive]);
            all
        }
        "discord" => {
            let named = |(status, code, words): &(u16, u32, &str)| Fault::discord(*status, *code, words);
            let mut all: Vec<Fault> = DISCORD_PERMANENT.iter().map(named).collect();
            all.extend([Fault::Revoke, Fault::Archive]);
            all
        }
        _ => vec![
            Fault::x(401, "Unauthorized", "Unauthorized"),
            Fault::x(402, "CreditsDepleted", "Your enrolled account does not have any credits"),
            Fault::x(403, "Forbidden", "You are not permitted to perform this action."),
            Fault::Revoke,
        ],
    }
}

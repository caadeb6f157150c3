//! What the page is told: the rooms as the stand-ins hold them, the clock, what is due.

use chat::agenda::{Episode, State};
use chat::cue::{CueState, Kind};
use chat::name::Slug;
use chrono::{DateTime, SecondsFormat, Utc};
use host::Host;
use serde_json::{Value, json};

use crate::cast;
use crate::local::Platforms;
use crate::standin::StandIn;

/// Discord's words for where an event stands
/// (<https://docs.discord.com/developers/resources/guild-scheduled-event>).
const SCHEDULED: u64 = 1;
const ACTIVE: u64 = 2;

/// Who is in the Discord server.
const MEMBERS: [(&str, &str); 3] = [(cast::AMARA, "Amara"), (cast::TOMASZ, "Tomasz"), (cast::JUNO, "Juno")];

/// An instant as the page reads it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) async fn clock(host: &Host, slug: &Slug) -> Value {
    let now = host.clocks().chat.now();
    let zone = match host.store().load(slug, now).await {
        Ok(Some(loaded)) => loaded.settings.zone.name().to_owned(),
        _ => "Europe/London".to_owned(),
    };
    json!({"now": instant(now), "speed": host.clocks().chat.speed(), "zone": zone})
}

/// The run of show of the live episode, or of the next one, past cues included.
pub(super) async fn due(host: &Host, slug: &Slug) -> Value {
    let now = host.clocks().chat.now();
    let Ok(Some(loaded)) = host.store().load(slug, now).await else { return json!([]) };
    let Some(episode) = shown(&loaded.episodes, now) else { return json!([]) };
    let mut cues: Vec<_> = loaded
        .cues
        .iter()
        .filter(|cue| cue.id.episode == episode.id)
        .filter(|cue| matches!(cue.state, CueState::Waiting | CueState::Fired))
        .filter_map(|cue| Some((cue.due, named(episode, &cue.id.kind)?, cue.state == CueState::Fired)))
        .collect();
    cues.sort_by_key(|(at, ..)| *at);
    cues.into_iter().map(|(at, what, done)| json!({"at": instant(at), "what": what, "done": done})).collect()
}

/// The episode that is on, or the next one; after the last, the last.
fn shown(episodes: &[Episode], now: DateTime<Utc>) -> Option<&Episode> {
    let live = episodes.iter().find(|e| e.is_live());
    let just_over = episodes
        .iter()
        .filter(|e| matches!(e.state, State::Closed { at } if now - at < chrono::TimeDelta::hours(1)));
    live.or_else(|| just_over.max_by_key(|e| e.starts))
        .or_else(|| episodes.iter().filter(|e| e.state == State::Planned).min_by_key(|e| e.starts))
}

fn named(episode: &Episode, kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Reminder { before, .. } if before % 60 == 0 => format!("reminder {} h", before / 60),
        Kind::Reminder { before, .. } => format!("reminder {before} min"),
        Kind::Notice { .. } => "notice".to_owned(),
        Kind::Open => "open".to_owned(),
        Kind::Question(id) => format!("Q{}", episode.position(*id)?),
        Kind::Longer => "a little longer".to_owned(),
        Kind::Close => "close".to_owned(),
        Kind::Nudge { .. }
        | Kind::Check { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Guest { .. }
        | Kind::Call { .. } => return None,
    })
}

/// Counted from what the stand-ins hold.
pub(super) fn tally(platforms: &Platforms) -> Value {
    let standing = |messages: Vec<crate::standin::Message>| {
        messages.into_iter().filter(|m| !m.deleted && m.ephemeral_for.is_none()).collect::<Vec<_>>()
    };
    let x = standing(platforms.x.messages());
    let by_bot = |messages: &[crate::standin::Message]| messages.iter().filter(|m| m.author.bot).count();
    json!({
        "posts on X": x.iter().filter(|m| !m.author.bot).count(),
        "announcements on X": by_bot(&x),
        "messages in Discord": by_bot(&standing(platforms.discord.messages())),
        "messages in Slack": by_bot(&standing(platforms.slack.messages())),
    })
}

/// What Discord lists above the channels of a server: its events that are to come or go on, soonest first.
pub(super) fn events(platforms: &Platforms) -> Value {
    let mut events = platforms.discord.events(cast::SERVER);
    events.retain(|event| matches!(event.status, SCHEDULED | ACTIVE));
    events.sort_by(|a, b| (a.starts, &a.id).cmp(&(b.starts, &b.id)));
    let shown = |event: &crate::standin::discord::Scheduled| {
        json!({
            "id": event.id, "name": event.name, "description": event.description, "location": event.location,
            "starts": instant(event.starts), "ends": instant(event.ends), "on": event.status == ACTIVE,
        })
    };
    events.iter().map(shown).collect()
}

/// The channels of the workspace, and what the bot wrote to somebody alone.
fn slack_channels(messages: &[crate::standin::Message]) -> Vec<Value> {
    let people = [(cast::MAYA, "Maya"), (cast::SOL, "Sol"), (cast::PRIYA, "Priya")];
    let mut channels = vec![
        json!({"id": cast::SLACK_CHANNEL, "name": "smxchat"}),
        json!({"id": cast::DESK, "name": "smxchat-desk"}),
    ];
    let direct = people.map(|(user, name)| (crate::standin::slack::dm_of(user), name));
    let written = direct.iter().filter(|(id, _)| messages.iter().any(|m| m.channel == *id));
    channels.extend(written.map(|(id, name)| json!({"id": id, "name": name, "direct": true})));
    channels
}

pub(super) async fn state(platforms: &Platforms, host: &Host, slug: &Slug) -> Value {
    let slack = platforms.slack.messages();
    let discord = platforms.discord.messages();
    let mut channels = vec![json!({"id": cast::DISCORD_CHANNEL, "name": "smxchat", "thread_of": null})];
    let direct = MEMBERS.map(|(id, name)| (crate::standin::discord::direct(id), name));
    for (id, name) in direct.iter().filter(|(id, _)| discord.iter().any(|m| m.channel == *id)) {
        channels.push(json!({"id": id, "name": name, "thread_of": null, "direct": true}));
    }
    for message in &discord {
        let Some(thread) = &message.thread else { continue };
        if !channels.iter().any(|c| c.get("id").and_then(Value::as_str) == Some(thread)) {
            channels.push(json!({"id": thread, "name": "thread", "thread_of": thread}));
        }
    }
    json!({
        "clock": clock(host, slug).await,
        "hashtag": format!("#{}", cast::HASHTAG),
        "rooms": {
            "x": {
                "account": {"name": "SMX Chat", "handle": "SMXChat", "avatar": null},
                "messages": platforms.x.messages(),
            },
            "discord": {
                "server": "SMX Community",
                "channels": channels,
                "roles": [{"id": cast::ROLE, "name": cast::ROLE_NAME}],
                "messages": discord,
                "events": events(platforms),
            },
            "slack": {
                "workspace": "SMX team",
                "channels": slack_channels(&slack),
                "messages": slack,
            },
        },
        "people": {
            "slack": [
                {"id": cast::MAYA, "name": "Maya", "organiser": true},
                {"id": cast::SOL, "name": "Sol", "organiser": false},
                {"id": cast::PRIYA, "name": "Priya", "organiser": false},
            ],
            "discord": MEMBERS.map(|(id, name)| json!({"id": id, "name": name})),
            "x": cast::ON_X.iter().map(|(id, name, handle)| {
                json!({"id": id, "name": name, "handle": handle})
            }).collect::<Vec<_>>(),
        },
        "due": due(host, slug).await,
        "tally": tally(platforms),
    })
}

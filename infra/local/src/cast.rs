//! The people and places of the stage: a small community, made up, from several time zones.

use chat::zone::Zone;
use host::Clocks;

use crate::standin::{self, Person, discord, slack, x};

/// The hashtag that is played on the stage.
pub const HASHTAG: &str = "SMXChat";
/// The Slack channel of the chat.
pub const SLACK_CHANNEL: &str = "C0SMXCHAT";
/// The organisers' Slack channel.
pub const DESK: &str = "C0DESK";
/// The organiser who leads, an operator too.
pub const MAYA: &str = "U0MAYA";
/// The co-organiser.
pub const SOL: &str = "U0SOL";
/// Somebody in Slack who steers nothing.
pub const PRIYA: &str = "U0PRIYA";
/// The Discord server.
pub const SERVER: &str = "4100000000000000001";
/// The Discord channel of the chat.
pub const DISCORD_CHANNEL: &str = "4100000000000000002";
/// The members' role there.
pub const ROLE: &str = "4100000000000000003";
/// What it is called.
pub const ROLE_NAME: &str = "smxchat";
/// A member who may manage channels.
pub const TOMASZ: &str = "5100000000000000001";
/// A member.
pub const AMARA: &str = "5100000000000000002";
/// Another.
pub const JUNO: &str = "5100000000000000003";
/// People on X: id, name, handle.
pub const ON_X: [(&str, &str, &str); 8] = [
    ("9001", "Ada Okafor", "adaokafor"),
    ("9002", "Bruno Lima", "brunolima"),
    ("9003", "Chidi Eze", "chidi_eze"),
    ("9004", "Dana Whitfield", "danawhit"),
    ("9005", "Emre Kaya", "emrekaya"),
    ("9006", "Freya Lund", "freyalund"),
    ("9007", "Grace Wanjiru", "gracewanjiru"),
    ("9008", "Hiro Tanaka", "hirotanaka"),
];
/// People in Slack and Discord: id, name.
const IN_ROOMS: [(&str, &str); 6] =
    [(MAYA, "Maya"), (SOL, "Sol"), (PRIYA, "Priya"), (TOMASZ, "Tomasz"), (AMARA, "Amara"), (JUNO, "Juno")];

/// Where the community is at home: the clock on its wall.
pub fn london() -> Zone {
    Zone::named("Europe/London").expect("the database has London")
}

/// What somebody in Slack or Discord is called.
pub fn name(id: &str) -> &'static str {
    IN_ROOMS.iter().find(|(known, _)| *known == id).map_or("Somebody", |(_, name)| *name)
}

/// The host's account on X.
pub const ACCOUNT: &str = "1200000000000000001";

/// The clocks as the stand-ins take them.
pub fn clocks(clocks: &Clocks) -> standin::Clocks {
    let (real, chat) = (clocks.real.clone(), clocks.chat.clone());
    standin::Clocks {
        real: std::sync::Arc::new(move || real.now()),
        chat: std::sync::Arc::new(move || chat.now()),
    }
}

/// The Slack workspace.
pub fn slack(at: &Clocks) -> slack::Config {
    slack::Config {
        channels: vec![
            slack::Channel::new(SLACK_CHANNEL, "smxchat"),
            slack::Channel::new(DESK, "smxchat-desk"),
        ],
        people: vec![
            Person::new(MAYA, name(MAYA), "maya"),
            Person::new(SOL, name(SOL), "sol"),
            Person::new(PRIYA, name(PRIYA), "priya"),
        ],
        ..slack::Config::new(clocks(at))
    }
}

/// The Discord server.
pub fn discord(at: &Clocks) -> discord::Config {
    let member = |id: &str, handle: &str, permissions: u64| discord::Member {
        person: Person::new(id, name(id), handle),
        roles: Vec::new(),
        permissions,
    };
    discord::Config {
        guilds: vec![(SERVER.to_owned(), "SMX Community".to_owned())],
        channels: vec![discord::Channel::new(DISCORD_CHANNEL, "smxchat", SERVER)],
        roles: vec![discord::Role {
            id: ROLE.to_owned(),
            name: ROLE_NAME.to_owned(),
            guild: SERVER.to_owned(),
            assignable: true,
        }],
        members: vec![
            member(TOMASZ, "tomasz", discord::MANAGE_CHANNELS),
            member(AMARA, "amara", 0),
            member(JUNO, "juno", 0),
        ],
        ..discord::Config::new(clocks(at))
    }
}

/// X.
pub fn x(at: &Clocks) -> x::Config {
    x::Config {
        account: Person::new(ACCOUNT, "SMX Chat", "SMXChat"),
        people: ON_X.iter().map(|(id, name, handle)| Person::new(id, name, handle)).collect(),
        rules: vec![x::Rule::hashtag("1", HASHTAG)],
        ..x::Config::new(clocks(at))
    }
}

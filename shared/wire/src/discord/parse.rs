//! What Discord sends. serenity's own models are not used: they lose what is typed into a labelled input
//! without a word, and refuse interactions that Discord documents.

use std::collections::BTreeMap;

use chat::action::Action;
use chat::command::{MemberCommand, MemberVerb};
use chat::delivery::ReplyToken;
use chat::name::{Person, Place, Platform};
use serde_json::Value;

use crate::reading::{first, kind, list, object, string};
use crate::{Inbound, Malformed, Visitor};

/// An interaction: a ping, a command, a press or a submitted modal. What is not ours is ignored.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding>
///
/// # Errors
/// [`Malformed`] where it has no type, or one of ours does not say who did it, where, and with which
/// token to answer.
pub fn interaction(body: &[u8]) -> Result<Inbound, Malformed> {
    let body = object(body)?;
    let number = body.get("type").and_then(Value::as_u64).ok_or(Malformed::Missing("type"))?;
    // Webhook events share the numbers 0 and 1 but mean something else by them.
    if let Some(event) = body.get("event") {
        let event = string(event, "/type").unwrap_or_else(|| "event".to_owned());
        return Ok(Inbound::Ignored { kind: kind(&event) });
    }
    match number {
        1 => Ok(Inbound::Ping),
        2 => command(&body),
        3 => press(&body),
        4 => Ok(Inbound::Ignored { kind: "autocomplete".to_owned() }),
        5 => submit(&body),
        other => Ok(Inbound::Ignored { kind: format!("type-{other}") }),
    }
}

fn command(body: &Value) -> Result<Inbound, Malformed> {
    // Commands on messages and users are types 2 and 3, and ours is neither.
    let slash = body.pointer("/data/type").and_then(Value::as_u64).unwrap_or(1) == 1;
    let name = string(body, "/data/name").unwrap_or_default();
    let verb = MemberVerb::of(&name).filter(|_| slash);
    let typed = |verb: MemberVerb| {
        let wanted = verb.option()?.name;
        let option =
            list(body, "/data/options").iter().find(|o| string(o, "/name").is_some_and(|n| n == wanted))?;
        string(option, "/value").map(|value| value.trim().to_owned())
    };
    let token = || ReplyToken(string(body, "/token").unwrap_or_default());
    let command = verb.map(|verb| match verb {
        MemberVerb::Join => MemberCommand::Join,
        MemberVerb::Leave => MemberCommand::Leave,
        MemberVerb::Me => MemberCommand::Me,
        MemberVerb::MyData => MemberCommand::MyData { token: token(), chats: Vec::new() },
        MemberVerb::ForgetMe => MemberCommand::ForgetMe,
        MemberVerb::Remind => MemberCommand::Remind { when: typed(verb) },
        MemberVerb::When => MemberCommand::When,
        MemberVerb::Questions => MemberCommand::Questions,
        MemberVerb::Suggest => MemberCommand::Suggest { text: typed(verb).filter(|text| !text.is_empty()) },
        MemberVerb::Suggestions => MemberCommand::Suggestions,
        MemberVerb::Connect => MemberCommand::Connect { code: typed(verb).unwrap_or_default() },
        MemberVerb::Help => MemberCommand::Help,
    });
    let Some(command) = command else {
        return Ok(Inbound::Ignored { kind: "command".to_owned() });
    };
    let (id, token) = interaction_id(body)?;
    let place = place(body)?;
    let here = string(body, "/channel/id").is_none_or(|id| id == place.channel);
    let place_name = string(body, "/channel/name").filter(|_| here);
    Ok(Inbound::Member { id, by: visitor(body)?, place, place_name, command, token })
}

fn press(body: &Value) -> Result<Inbound, Malformed> {
    // In a menu, what was chosen is meant and not the menu.
    let chosen = first(body, &["/data/values/0", "/data/custom_id"]);
    let Some(action) = chosen.and_then(|written| written.parse::<Action>().ok()) else {
        return Ok(Inbound::Ignored { kind: "component".to_owned() });
    };
    const EPHEMERAL: u64 = 1 << 6;
    let (id, token) = interaction_id(body)?;
    Ok(Inbound::Press {
        id,
        by: visitor(body)?,
        place: place(body)?,
        action,
        message: string(body, "/message/id"),
        ephemeral: body
            .pointer("/message/flags")
            .and_then(Value::as_u64)
            .is_some_and(|flags| flags & EPHEMERAL != 0),
        trigger: None,
        token: Some(token),
        response_url: None,
        view: None,
        home: false,
    })
}

fn submit(body: &Value) -> Result<Inbound, Malformed> {
    let Some(action) = string(body, "/data/custom_id").and_then(|id| id.parse::<Action>().ok()) else {
        return Ok(Inbound::Ignored { kind: "modal".to_owned() });
    };
    let mut values = BTreeMap::new();
    for holder in list(body, "/data/components") {
        // A Label holds one input, an ActionRow (deprecated, still sent for older modals) several.
        let labelled = holder.get("component").into_iter();
        for input in labelled.chain(list(holder, "/components")) {
            if let Some(key) = string(input, "/custom_id") {
                values.insert(key, first(input, &["/value", "/values/0"]).unwrap_or_default());
            }
        }
    }
    let (id, token) = interaction_id(body)?;
    Ok(Inbound::Submit {
        id,
        by: visitor(body)?,
        place: Some(place(body)?),
        action,
        values,
        token: Some(token),
        home: false,
    })
}

fn interaction_id(body: &Value) -> Result<(String, String), Malformed> {
    Ok((
        string(body, "/id").ok_or(Malformed::Missing("id"))?,
        string(body, "/token").ok_or(Malformed::Missing("token"))?,
    ))
}

/// The channel, and for a thread the channel it hangs in: that is the one settings know.
fn place(body: &Value) -> Result<Place, Malformed> {
    const THREADS: [u64; 3] = [10, 11, 12];
    let thread =
        body.pointer("/channel/type").and_then(Value::as_u64).is_some_and(|kind| THREADS.contains(&kind));
    let parent = if thread { string(body, "/channel/parent_id") } else { None };
    let channel = parent
        .or_else(|| first(body, &["/channel_id", "/channel/id"]))
        .ok_or(Malformed::Missing("channel_id"))?;
    Ok(Place::new(Platform::Discord, string(body, "/guild_id").unwrap_or_default(), channel))
}

/// In a server the person is a member, in a direct message a user.
fn visitor(body: &Value) -> Result<Visitor, Malformed> {
    let user =
        body.pointer("/member/user").or_else(|| body.get("user")).ok_or(Malformed::Missing("member.user"))?;
    let id = string(user, "/id").ok_or(Malformed::Missing("member.user.id"))?;
    let name = string(body, "/member/nick")
        .or_else(|| first(user, &["/global_name", "/username"]))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| id.clone());
    const ADMINISTRATOR: u128 = 1 << 3;
    const MANAGE_CHANNELS: u128 = 1 << 4;
    let permissions: u128 =
        string(body, "/member/permissions").and_then(|bits| bits.parse().ok()).unwrap_or(0);
    Ok(Visitor {
        picture: picture(body, user, &id),
        person: Person::new(Platform::Discord, "", id),
        name,
        manages_channels: permissions & (ADMINISTRATOR | MANAGE_CHANNELS) != 0,
    })
}

/// <https://docs.discord.com/developers/reference#image-formatting>: the picture of that server, else
/// one's own, else the one of six that follows from the id.
fn picture(body: &Value, user: &Value, id: &str) -> Option<String> {
    let hash = |value: &Value, pointer: &str| {
        string(value, pointer)
            .filter(|h| !h.is_empty() && h.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let number: u64 = id.parse().ok()?;
    let guild = string(body, "/guild_id").filter(|g| g.bytes().all(|b| b.is_ascii_digit()));
    Some(match (hash(body, "/member/avatar"), guild, hash(user, "/avatar")) {
        (Some(hash), Some(guild), _) => {
            format!("https://cdn.discordapp.com/guilds/{guild}/users/{number}/avatars/{hash}.png")
        }
        (_, _, Some(hash)) => format!("https://cdn.discordapp.com/avatars/{number}/{hash}.png"),
        _ => format!("https://cdn.discordapp.com/embed/avatars/{}.png", (number >> 22) % 6),
    })
}

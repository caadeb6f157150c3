//! What Discord gets: messages, replies, modals and the list of commands.
//!
//! Buttons, menus, mentions and commands are serenity's builders. The message around them is not: the
//! same body serves creating, editing and answering, and `CreateMessage` writes fields (`tts`,
//! `attachments`, `enforce_nonce`) that edit or are refused elsewhere. Modals are ours too, since its own
//! know no labels.

use std::collections::HashSet;
use std::num::NonZeroU64;

use chat::command::MemberVerb;
use chat::events::Shown;
use chat::name::Platform;
use chat::reply::Reply;
use chat::text::{Button, Form, Message, Span, Text, TimeStyle, Weight};
use chat::weigh;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use serenity::all::{
    ButtonStyle, CommandOptionType, CreateActionRow, CreateAllowedMentions, CreateButton, CreateCommand,
    CreateCommandOption, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption, InstallationContext,
    InteractionContext, RoleId,
};

use crate::outside::{PARTED_AT, fitted, length, secure};

/// The most characters in a message's `content`.
const MOST_CONTENT: usize = 2_000;
/// The most characters in an embed's description.
pub(super) const MOST_DESCRIPTION: usize = 4_096;
const MOST_LABEL: usize = 80;
const MOST_ROWS: usize = 5;
/// Discord's page says five, its specification more: five are sure.
const MOST_FIELDS: usize = 5;
const BUTTONS_IN_A_ROW: usize = 5;
const OPTIONS_IN_A_MENU: usize = 25;

/// The body of Create Message or Edit Message: `content`, or for words beyond 2,000 characters an embed
/// with up to 4,096; buttons; and who may be pinged, which is [`Message::ping`] and nobody else.
///
/// Up to 25 buttons stand in rows of five; more become menus, five of 25 choices at most.
pub fn message(message: &Message) -> Value {
    let content = fit_content(&message.text);
    let mut body = json!({
        "allowed_mentions": mentions(message.ping.as_deref()),
        "components": rows(&message.buttons),
        "embeds": [],
    });
    if length(&content) <= MOST_CONTENT {
        body["content"] = json!(content);
    } else {
        // A role is only pinged from the content, so its mention stays there.
        body["content"] =
            json!(message.ping.as_deref().and_then(role).map_or_else(String::new, mention_role));
        body["embeds"] = json!([{ "description": content }]);
    }
    body
}

/// The body of Create Guild Scheduled Event, for what takes place in a channel of text: an external one, whose
/// place is an address.
/// <https://docs.discord.com/developers/resources/guild-scheduled-event#create-guild-scheduled-event>
pub fn event(shown: &Shown) -> Value {
    let mut body = event_change(shown, false);
    body["entity_type"] = json!(3);
    body["privacy_level"] = json!(2);
    body
}

/// The body of Modify Guild Scheduled Event. What has `begun` has no start that could be changed.
pub fn event_change(shown: &Shown, begun: bool) -> Value {
    let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut body = json!({
        "name": shown.name,
        "description": shown.description,
        "scheduled_end_time": at(shown.ends),
        "entity_metadata": { "location": shown.location },
    });
    if !begun {
        body["scheduled_start_time"] = json!(at(shown.starts));
    }
    body
}

/// The body that cancels an event.
pub fn event_cancelled() -> Value {
    json!({ "status": 4 })
}

/// The answer to an autocomplete: nothing to choose. None of our options asks for one.
pub fn no_choices() -> Value {
    json!({ "type": 8, "data": { "choices": [] } })
}

/// The answer to an interaction: words that only the one who asked sees, or a modal. A form cannot stay
/// open on Discord, so complaints are words too. [`Reply::Silent`] and [`Reply::Instead`] answer presses
/// only: there is no message yet under a command.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
pub fn reply(reply: &Reply) -> Value {
    const EPHEMERAL: u64 = 1 << 6;
    match reply {
        Reply::Said(said) => {
            let mut data = message(said);
            data["flags"] = json!(EPHEMERAL);
            json!({ "type": 4, "data": data })
        }
        Reply::Instead(said) => json!({ "type": 7, "data": message(said) }),
        Reply::Form(form) => json!({ "type": 9, "data": modal(form) }),
        Reply::Mend(complaints) => {
            let mut words = Text::new();
            for (n, (_, complaint)) in complaints.iter().enumerate() {
                if n > 0 {
                    words = words.line();
                }
                words = words.say(complaint.clone());
            }
            self::reply(&Reply::Said(words.into()))
        }
        // Of what comes later only this can be said now: that nobody else will see it.
        Reply::Later => json!({ "type": 5, "data": { "flags": EPHEMERAL } }),
        Reply::Silent => json!({ "type": 6 }),
    }
}

/// <https://docs.discord.com/developers/components/reference#label>
fn modal(form: &Form) -> Value {
    let components: Vec<Value> = form
        .fields
        .iter()
        .take(MOST_FIELDS)
        .map(|field| {
            let most = usize::from(field.max).clamp(1, 4_000);
            let mut input = json!({
                "type": 4,
                "custom_id": field.key,
                "style": if field.long { 2 } else { 1 },
                "max_length": most,
                "required": !field.optional,
            });
            if !field.value.is_empty() {
                // What people edit is theirs: nothing is added to it, and it is shown to them alone.
                input["value"] = json!(fitted(&field.value, most, |text, _| text.to_owned()));
            }
            if !field.hint.is_empty() {
                input["placeholder"] = json!(short(&field.hint, 100));
            }
            json!({ "type": 18, "label": short(&field.label, 45), "component": input })
        })
        .collect();
    json!({ "custom_id": form.action.to_string(), "title": short(&form.title, 45), "components": components })
}

/// What is registered with `PUT /applications/{id}/commands`, for servers only.
/// <https://docs.discord.com/developers/interactions/application-commands>
pub fn commands() -> Value {
    const MANAGE_CHANNELS: u64 = 1 << 4;
    let commands: Vec<Value> = MemberVerb::ALL
        .iter()
        .map(|verb| {
            let mut command = CreateCommand::new(verb.word())
                .description(verb.description())
                .contexts(vec![InteractionContext::Guild])
                .integration_types(vec![InstallationContext::Guild]);
            if let Some(wanted) = verb.option() {
                let kind = CommandOptionType::String;
                let option = CreateCommandOption::new(kind, wanted.name, wanted.description);
                command = command.add_option(option.required(wanted.required).max_length(wanted.most));
            }
            let mut command = json!(command);
            // serenity writes it for every command. Discord's specification does not know it there, and without
            // it a command is for everybody.
            if let Some(fields) = command.as_object_mut() {
                fields.remove("nsfw");
            }
            if *verb == MemberVerb::Connect {
                // serenity writes the permissions as a string, Discord's specification as a number.
                command["default_member_permissions"] = json!(MANAGE_CHANNELS);
            }
            command
        })
        .collect();
    lean(json!(commands))
}

/// Without the nulls and empty lists that serenity writes for what was not set.
pub(super) fn lean(value: Value) -> Value {
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(lean).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, lean(value)));
            Value::Object(fields.filter(|(_, value)| says_something(value)).collect())
        }
        other => other,
    }
}

/// Who may be pinged: this role if there is one, else nobody.
pub(super) fn mentions(ping: Option<&str>) -> Value {
    let nobody = CreateAllowedMentions::new();
    json!(match ping.and_then(role) {
        Some(role) => nobody.roles([RoleId::new(role.get())]),
        None => nobody,
    })
}

fn role(id: &str) -> Option<NonZeroU64> {
    id.parse().ok()
}

fn mention_role(id: NonZeroU64) -> String {
    format!("<@&{id}>")
}

/// Buttons in rows; a custom id stands once in a message, or Discord refuses it.
pub(super) fn rows(buttons: &[Button]) -> Value {
    let mut seen = HashSet::new();
    let buttons: Vec<(&Button, String)> = buttons
        .iter()
        .map(|button| (button, button.action.to_string()))
        .filter(|(_, id)| seen.insert(id.clone()))
        .collect();
    if buttons.len() > MOST_ROWS * BUTTONS_IN_A_ROW {
        return json!(menus(&buttons));
    }
    let rows: Vec<CreateActionRow> = buttons
        .chunks(BUTTONS_IN_A_ROW)
        .map(|row| {
            CreateActionRow::Buttons(
                row.iter()
                    .map(|(button, id)| {
                        let style = match button.weight {
                            Weight::Usual => ButtonStyle::Secondary,
                            Weight::Main => ButtonStyle::Primary,
                            Weight::Grave => ButtonStyle::Danger,
                        };
                        CreateButton::new(id).label(short(&button.label, MOST_LABEL)).style(style)
                    })
                    .collect(),
            )
        })
        .collect();
    json!(rows)
}

fn menus(buttons: &[(&Button, String)]) -> Vec<CreateActionRow> {
    buttons
        .chunks(OPTIONS_IN_A_MENU)
        .take(MOST_ROWS)
        .enumerate()
        .map(|(n, choices)| {
            let options = choices
                .iter()
                .map(|(button, id)| CreateSelectMenuOption::new(short(&button.label, MOST_LABEL), id))
                .collect();
            let kind = CreateSelectMenuKind::String { options };
            CreateActionRow::SelectMenu(CreateSelectMenu::new(format!("menu-{n}"), kind))
        })
        .collect()
}

/// Plain text where no markup is read: labels, titles, values.
pub(super) fn short(text: &str, most: usize) -> String {
    let short = fitted(text, most, |text, _| weigh::neutralise(text));
    if short.trim().is_empty() { "–".to_owned() } else { short }
}

/// The whole text, or as much of it as an embed holds.
fn fit_content(text: &Text) -> String {
    let mut out = String::new();
    for span in &text.0 {
        let at_start = out.rsplit('\n').next().is_none_or(|line| line.trim().is_empty());
        let mut next = span_written(span, at_start);
        if out.ends_with('*') && next.starts_with('*') {
            // Two marked spans side by side would otherwise read as other marks.
            next.insert(0, '\u{200B}');
        }
        let room = MOST_DESCRIPTION - length(&out);
        if length(&next) > room {
            // A cut must not fall into a span's markup, so only words are cut.
            if let Span::Plain(s) | Span::Bold(s) | Span::Italic(s) | Span::Code(s) = span {
                out.push_str(&fitted(s, room, |text, _| escaped(text, false)));
            }
            break;
        }
        out.push_str(&next);
    }
    out
}

fn span_written(span: &Span, line_start: bool) -> String {
    match span {
        Span::Plain(s) => escaped(s, line_start),
        Span::Bold(s) => marked("**", s),
        Span::Italic(s) => marked("*", s),
        // Inside code only the back quote means anything, and it cannot be escaped.
        Span::Code(s) if s.is_empty() => String::new(),
        Span::Code(s) => format!("`{}`", weigh::neutralise(s).replace('`', "ˋ").replace('\n', " ")),
        Span::Time { at, style, .. } => {
            let style = match style {
                TimeStyle::Full => 'F',
                TimeStyle::Clock => 't',
                TimeStyle::Relative => 'R',
            };
            format!("<t:{}:{style}>", at.timestamp())
        }
        Span::Link { label, url } => match secure(Some(url)) {
            Some(url) => masked(label, &url),
            None => escaped(&format!("{label} ({url})"), line_start),
        },
        Span::Person(p) if p.platform == Platform::Discord && is_id(&p.id) => format!("<@{}>", p.id),
        Span::Person(p) => escaped(&format!("@{}", p.id), line_start),
        Span::Channel(p) if p.platform == Platform::Discord && is_id(&p.channel) => {
            format!("<#{}>", p.channel)
        }
        Span::Channel(p) => escaped(&format!("#{}", p.channel), line_start),
        Span::Role(id) => role(id).map_or_else(String::new, mention_role),
        Span::Break => "\n".to_owned(),
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit())
}

/// Marks hold only around words: blanks at the ends stay outside, and nothing is marked where only
/// blanks are.
fn marked(mark: &str, words: &str) -> String {
    let words = escaped(words, false);
    let inner = words.trim();
    if inner.is_empty() {
        return words;
    }
    let before = &words[..words.len() - words.trim_start().len()];
    let after = &words[words.trim_end().len()..];
    format!("{before}{mark}{inner}{mark}{after}")
}

/// A link of ours under words of ours.
pub(super) fn masked(label: &str, url: &str) -> String {
    let label = escaped(label, false).replace(']', "\\]").replace('\n', " ");
    format!("[{label}]({url})")
}

/// Words as they were written, whatever is in them. A backslash before punctuation shows as nothing, so
/// this changes no word. Addresses stay bare and whole: from `http://` or `https://` on, Discord takes
/// everything up to a blank or `<` for the address, backslashes too, so nothing is escaped there.
/// <https://docs.discord.com/developers/reference#message-formatting>
pub(super) fn escaped(text: &str, line_start: bool) -> String {
    let text = weigh::neutralise(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut at_start = line_start;
    // Digits at the start of a line make a list with the point after them.
    let mut counting = line_start;
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some(address) = address(rest) {
            out.push_str(&address.replace(PARTED_AT, "%40"));
            rest = &rest[address.len()..];
            (at_start, counting) = (false, false);
            if let Some(after) = rest.strip_prefix('<') {
                // A backslash here would belong to the address, so what follows is parted instead.
                out.push_str("<\u{200B}");
                rest = after.strip_prefix('\u{200B}').unwrap_or(after);
            }
            continue;
        }
        if let Some(scheme) = barely_address(rest) {
            // With a backslash after it this would become an address.
            out.push_str(scheme);
            out.push('\u{200B}');
            rest = &rest[scheme.len()..];
            (at_start, counting) = (false, false);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let means_something = match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' => true,
            '>' | '#' | '-' | '+' => at_start,
            '.' | ')' => counting && !at_start,
            ':' => is_shortcode(rest),
            _ => false,
        };
        if means_something {
            out.push('\\');
        }
        out.push(c);
        at_start = c == '\n' || (at_start && c.is_whitespace());
        counting = at_start || (counting && c.is_ascii_digit());
    }
    out
}

/// What Discord takes for an address at the start of `text`.
fn address(text: &str) -> Option<&str> {
    let (scheme, long) = scheme(text)?;
    (text[scheme..scheme + long].chars().count() > 1).then(|| &text[..scheme + long])
}

/// The `http:` of what is one character short of an address.
fn barely_address(text: &str) -> Option<&str> {
    let (scheme, long) = scheme(text)?;
    (long > 0).then(|| &text[..scheme - "//".len()])
}

/// How long `http://` or `https://` is, and what follows it up to a blank or `<`.
fn scheme(text: &str) -> Option<(usize, usize)> {
    let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let long = after.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(after.len());
    Some((text.len() - after.len(), long))
}

/// Whether what follows a colon would make an emoji of it: `:smile:`, but not `20:24:30`.
fn is_shortcode(after: &str) -> bool {
    after.split_once(':').is_some_and(|(name, _)| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
            && name.bytes().any(|b| !b.is_ascii_digit())
    })
}

//! What Discord refuses in a payload: lengths, counts, links, components, forms, commands.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::Value;

use super::V2;
use super::refused::{EMPTY, Refused, refused};
use crate::standin::{length, str_of};

pub(super) fn within(given: &str, least: usize, most: usize, path: &str) -> Result<(), Refused> {
    let count = length(given);
    if count < least {
        let why = "This field is required";
        return Err(Refused::form(path, "BASE_TYPE_REQUIRED", why));
    }
    if count > most {
        let why = format!("Must be {most} or fewer in length.");
        return Err(Refused::form(path, "BASE_TYPE_MAX_LENGTH", &why));
    }
    Ok(())
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], Refused> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refused::form(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")),
    }
}

pub(super) fn check_message(body: &Value, flags: u64) -> Result<(), Refused> {
    if !body.is_object() {
        return Err(Refused::form("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"));
    }
    let content = match body.get("content") {
        None | Some(Value::Null) => "",
        Some(Value::String(content)) => content,
        Some(_) => {
            return Err(Refused::form("content", "STRING_TYPE_CONVERT", "Could not interpret as a string."));
        }
    };
    within(content, 0, 2000, "content")?;
    let embeds = list(body, "embeds")?;
    check_embeds(embeds)?;
    let components = list(body, "components")?;
    if flags & V2 != 0 {
        if !content.is_empty() || !embeds.is_empty() {
            let why =
                "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2";
            let path = if content.is_empty() { "embeds" } else { "content" };
            return Err(Refused::form(path, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", why));
        }
        if components.is_empty() {
            return Err(EMPTY);
        }
        check_components_v2(components)?;
    } else {
        let bare = list(body, "sticker_ids")?.is_empty()
            && list(body, "attachments")?.is_empty()
            && body.get("poll").is_none_or(Value::is_null);
        if content.trim().is_empty() && embeds.is_empty() && components.is_empty() && bare {
            return Err(EMPTY);
        }
        check_components(components)?;
    }
    check_allowed_mentions(body.get("allowed_mentions"))
}

fn check_allowed_mentions(allowed: Option<&Value>) -> Result<(), Refused> {
    let Some(allowed) = allowed.filter(|a| !a.is_null()) else { return Ok(()) };
    let parse = list(allowed, "parse")?;
    for (n, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
            let why = "Value must be one of ('users', 'everyone', 'roles').";
            return Err(Refused::form(&format!("allowed_mentions.parse.{n}"), "BASE_TYPE_CHOICES", why));
        }
    }
    for key in ["users", "roles"] {
        let ids = list(allowed, key)?;
        if ids.len() > 100 {
            return Err(Refused::form(
                &format!("allowed_mentions.{key}"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 100 or fewer in length.",
            ));
        }
        if !ids.is_empty() && parse.iter().any(|p| p.as_str() == Some(key)) {
            let why = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            return Err(Refused::form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &why));
        }
    }
    Ok(())
}

fn check_embeds(embeds: &[Value]) -> Result<(), Refused> {
    if embeds.len() > 10 {
        return Err(Refused::form("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    let mut total = 0;
    for (n, embed) in embeds.iter().enumerate() {
        let at = format!("embeds.{n}");
        if !embed.is_object() {
            return Err(Refused::form(
                &at,
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a ModelType",
            ));
        }
        let mut count = |text: &str, least: usize, most: usize, path: String| {
            total += length(text);
            within(text, least, most, &path)
        };
        count(str_of(embed, "title"), 0, 256, format!("{at}.title"))?;
        count(str_of(embed, "description"), 0, 4096, format!("{at}.description"))?;
        count(str_of(&embed["footer"], "text"), 0, 2048, format!("{at}.footer.text"))?;
        if let Some(author) = embed.get("author").filter(|a| !a.is_null()) {
            count(str_of(author, "name"), 1, 256, format!("{at}.author.name"))?;
        }
        let fields = list(embed, "fields")?;
        if fields.len() > 25 {
            return Err(Refused::form(
                &format!("{at}.fields"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            ));
        }
        for (f, field) in fields.iter().enumerate() {
            count(str_of(field, "name"), 1, 256, format!("{at}.fields.{f}.name"))?;
            count(str_of(field, "value"), 1, 1024, format!("{at}.fields.{f}.value"))?;
        }
        let links = [
            ("url", embed.get("url")),
            ("image.url", embed["image"].get("url")),
            ("thumbnail.url", embed["thumbnail"].get("url")),
            ("author.url", embed["author"].get("url")),
            ("author.icon_url", embed["author"].get("icon_url")),
            ("footer.icon_url", embed["footer"].get("icon_url")),
        ];
        for (name, link) in links {
            check_link(link, &format!("{at}.{name}"))?;
        }
        if let Some(color) = embed.get("color").filter(|c| !c.is_null())
            && color.as_u64().is_none_or(|c| c > 0xff_ffff)
        {
            return Err(Refused::form(
                &format!("{at}.color"),
                "NUMBER_TYPE_MAX",
                "int value should be less than or equal to 16777215.",
            ));
        }
        if let Some(time) = embed.get("timestamp").filter(|t| !t.is_null())
            && time.as_str().is_none_or(|t| DateTime::parse_from_rfc3339(t).is_err())
        {
            return Err(Refused::form(
                &format!("{at}.timestamp"),
                "DATE_TIME_TYPE_PARSE",
                "Could not parse. Should be ISO8601.",
            ));
        }
    }
    if total > 6000 {
        let why = "Embed size exceeds maximum size of 6000";
        return Err(Refused::form("embeds", "MAX_EMBED_SIZE_EXCEEDED", why));
    }
    Ok(())
}

fn check_link(link: Option<&Value>, path: &str) -> Result<(), Refused> {
    let Some(link) = link.filter(|l| !l.is_null()) else { return Ok(()) };
    let link = link.as_str().unwrap_or_default();
    let known =
        ["https://", "http://", "attachment://"].iter().any(|s| link.len() > s.len() && link.starts_with(s));
    if !known {
        let why = "Scheme must be one of ('http', 'https').";
        return Err(Refused::form(path, "URL_TYPE_INVALID_SCHEME", why));
    }
    within(link, 1, 2048, path)
}

fn kind_of(component: &Value) -> u64 {
    component.get("type").and_then(Value::as_u64).unwrap_or(0)
}

fn check_components(components: &[Value]) -> Result<(), Refused> {
    if components.len() > 5 {
        return Err(Refused::form(
            "components",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 5 in length.",
        ));
    }
    let mut ids = BTreeSet::new();
    for (n, row) in components.iter().enumerate() {
        let at = format!("components.{n}");
        if kind_of(row) != 1 {
            return Err(Refused::form(
                &at,
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1,).",
            ));
        }
        check_row(row, &at, &mut ids)?;
    }
    Ok(())
}

fn check_row(row: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    let inside = list(row, "components")?;
    let buttons = inside.iter().filter(|c| kind_of(c) == 2).count();
    let menus = inside.len() - buttons;
    if inside.is_empty() || buttons > 5 || menus > 1 || (menus == 1 && buttons > 0) {
        let why = "Must be between 1 and 5 in length.";
        return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
    }
    for (n, component) in inside.iter().enumerate() {
        check_interactive(component, &format!("{at}.components.{n}"), ids)?;
    }
    Ok(())
}

fn check_custom_id(component: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    let id = str_of(component, "custom_id");
    within(id, 1, 100, &format!("{at}.custom_id"))?;
    if !ids.insert(id.to_owned()) {
        let why = "Component custom id cannot be duplicated";
        return Err(Refused::form(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", why));
    }
    Ok(())
}

fn check_interactive(component: &Value, at: &str, ids: &mut BTreeSet<String>) -> Result<(), Refused> {
    match kind_of(component) {
        2 => {
            within(str_of(component, "label"), 0, 80, &format!("{at}.label"))?;
            if str_of(component, "label").is_empty() && component.get("emoji").is_none() {
                let why = "A button must have a label or emoji";
                return Err(Refused::form(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", why));
            }
            match component.get("style").and_then(Value::as_u64) {
                Some(1..=4) if component.get("url").is_none() => check_custom_id(component, at, ids),
                Some(5) if component.get("custom_id").is_none() => {
                    within(str_of(component, "url"), 1, 512, &format!("{at}.url"))?;
                    check_link(component.get("url"), &format!("{at}.url"))
                }
                Some(1..=5) => {
                    let why = "A custom id and url cannot both be specified";
                    Err(Refused::form(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", why))
                }
                _ => {
                    let why = "Value must be one of {1, 2, 3, 4, 5, 6}.";
                    Err(Refused::form(&format!("{at}.style"), "BASE_TYPE_CHOICES", why))
                }
            }
        }
        3 => {
            check_custom_id(component, at, ids)?;
            let options = list(component, "options")?;
            if options.is_empty() || options.len() > 25 {
                let why = "Must be between 1 and 25 in length.";
                return Err(Refused::form(&format!("{at}.options"), "BASE_TYPE_BAD_LENGTH", why));
            }
            for (n, option) in options.iter().enumerate() {
                within(str_of(option, "label"), 1, 100, &format!("{at}.options.{n}.label"))?;
                within(str_of(option, "value"), 1, 100, &format!("{at}.options.{n}.value"))?;
                within(str_of(option, "description"), 0, 100, &format!("{at}.options.{n}.description"))?;
            }
            within(str_of(component, "placeholder"), 0, 150, &format!("{at}.placeholder"))
        }
        5..=8 => check_custom_id(component, at, ids),
        _ => Err(Refused::form(
            at,
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).",
        )),
    }
}

fn check_components_v2(components: &[Value]) -> Result<(), Refused> {
    struct Count {
        components: usize,
        text: usize,
        ids: BTreeSet<String>,
    }
    fn walk(components: &[Value], at: &str, top: bool, count: &mut Count) -> Result<(), Refused> {
        for (n, component) in components.iter().enumerate() {
            let at = format!("{at}.{n}");
            count.components += 1;
            match kind_of(component) {
                1 => {
                    count.components += list(component, "components")?.len();
                    check_row(component, &at, &mut count.ids)?;
                }
                9 => {
                    let texts = list(component, "components")?;
                    if texts.is_empty() || texts.len() > 3 || texts.iter().any(|t| kind_of(t) != 10) {
                        let why = "Must be between 1 and 3 in length.";
                        return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
                    }
                    walk(texts, &format!("{at}.components"), false, count)?;
                    count.components += 1;
                    match kind_of(&component["accessory"]) {
                        2 => check_interactive(
                            &component["accessory"],
                            &format!("{at}.accessory"),
                            &mut count.ids,
                        )?,
                        11 => check_link(
                            component["accessory"]["media"].get("url"),
                            &format!("{at}.accessory.media.url"),
                        )?,
                        _ => {
                            return Err(Refused::form(
                                &format!("{at}.accessory"),
                                "BASE_TYPE_REQUIRED",
                                "This field is required",
                            ));
                        }
                    }
                }
                10 => {
                    let content = str_of(component, "content");
                    within(content, 1, 4000, &format!("{at}.content"))?;
                    count.text += length(content);
                }
                12 => {
                    let items = list(component, "items")?;
                    if items.is_empty() || items.len() > 10 {
                        let why = "Must be between 1 and 10 in length.";
                        return Err(Refused::form(&format!("{at}.items"), "BASE_TYPE_BAD_LENGTH", why));
                    }
                    for (i, item) in items.iter().enumerate() {
                        check_link(item["media"].get("url"), &format!("{at}.items.{i}.media.url"))?;
                        within(str_of(item, "description"), 0, 1024, &format!("{at}.items.{i}.description"))?;
                    }
                }
                13 | 14 => {}
                17 if top => walk(list(component, "components")?, &format!("{at}.components"), false, count)?,
                _ => {
                    let why = "Value of field \"type\" must be one of (1, 9, 10, 12, 13, 14, 17).";
                    return Err(Refused::form(&at, "UNION_TYPE_CHOICES", why));
                }
            }
        }
        Ok(())
    }
    let mut count = Count { components: 0, text: 0, ids: BTreeSet::new() };
    walk(components, "components", true, &mut count)?;
    if count.components > 40 {
        return Err(Refused::form(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The total number of components exceeds 40.",
        ));
    }
    if count.text > 4000 {
        return Err(Refused::form(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The total displayable text exceeds 4000.",
        ));
    }
    Ok(())
}

pub(super) fn check_modal(modal: &Value) -> Result<(), Refused> {
    within(str_of(modal, "title"), 1, 45, "title")?;
    within(str_of(modal, "custom_id"), 1, 100, "custom_id")?;
    let components = list(modal, "components")?;
    if components.is_empty() || components.len() > 5 {
        return Err(Refused::form(
            "components",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 5 in length.",
        ));
    }
    let mut ids = BTreeSet::new();
    for (n, component) in components.iter().enumerate() {
        let at = format!("components.{n}");
        match kind_of(component) {
            18 => {
                within(str_of(component, "label"), 1, 45, &format!("{at}.label"))?;
                within(str_of(component, "description"), 0, 100, &format!("{at}.description"))?;
                check_field(&component["component"], &format!("{at}.component"), &mut ids, true)?;
            }
            1 => {
                let inside = list(component, "components")?;
                if inside.len() != 1 {
                    let why = "Must be between 1 and 1 in length.";
                    return Err(Refused::form(&format!("{at}.components"), "BASE_TYPE_BAD_LENGTH", why));
                }
                check_field(&inside[0], &format!("{at}.components.0"), &mut ids, false)?;
            }
            10 => within(str_of(component, "content"), 1, 4000, &format!("{at}.content"))?,
            _ => {
                return Err(Refused::form(
                    &at,
                    "UNION_TYPE_CHOICES",
                    "Value of field \"type\" must be one of (1, 10, 18).",
                ));
            }
        }
    }
    Ok(())
}

fn check_field(field: &Value, at: &str, ids: &mut BTreeSet<String>, labelled: bool) -> Result<(), Refused> {
    match kind_of(field) {
        4 => {
            check_custom_id(field, at, ids)?;
            if labelled == field.get("label").is_some_and(|l| !l.is_null()) {
                let why = "A label is required in an action row, and refused inside a Label";
                return Err(Refused::form(&format!("{at}.label"), "BASE_TYPE_REQUIRED", why));
            }
            within(str_of(field, "label"), 0, 45, &format!("{at}.label"))?;
            within(str_of(field, "placeholder"), 0, 100, &format!("{at}.placeholder"))?;
            within(str_of(field, "value"), 0, 4000, &format!("{at}.value"))?;
            if !matches!(field.get("style").and_then(Value::as_u64), Some(1 | 2)) {
                return Err(Refused::form(
                    &format!("{at}.style"),
                    "BASE_TYPE_CHOICES",
                    "Value must be one of {1, 2}.",
                ));
            }
            let number = |key: &str| field.get(key).and_then(Value::as_u64);
            if number("min_length").is_some_and(|n| n > 4000)
                || number("max_length").is_some_and(|n| !(1..=4000).contains(&n))
            {
                return Err(Refused::form(
                    &format!("{at}.max_length"),
                    "NUMBER_TYPE_MAX",
                    "int value should be between 1 and 4000.",
                ));
            }
            Ok(())
        }
        3 | 5..=8 if labelled => check_interactive(field, at, ids),
        _ => Err(Refused::form(
            at,
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" is not one that a form takes.",
        )),
    }
}

pub(super) fn check_commands(commands: &[Value]) -> Result<(), Refused> {
    let mut names = BTreeSet::new();
    let of_kind = |wanted: u64| {
        commands.iter().filter(|c| c.get("type").and_then(Value::as_u64).unwrap_or(1) == wanted).count()
    };
    if of_kind(1) > 100 || of_kind(2) > 15 || of_kind(3) > 15 {
        return Err(refused(400, 30032, "Maximum number of application commands reached (100)"));
    }
    for (n, command) in commands.iter().enumerate() {
        let kind = command.get("type").and_then(Value::as_u64).unwrap_or(1);
        let name = str_of(command, "name");
        check_name(name, kind == 1, &format!("{n}.name"))?;
        if !names.insert((kind, name)) {
            let why = "Application command names must be unique";
            return Err(Refused::form(&n.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", why));
        }
        if kind == 1 {
            within(str_of(command, "description"), 1, 100, &format!("{n}.description"))?;
        }
        let mut total = length(name) + length(str_of(command, "description"));
        let options = list(command, "options")?;
        if options.len() > 25 {
            return Err(Refused::form(
                &format!("{n}.options"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            ));
        }
        let mut optional = false;
        for (o, option) in options.iter().enumerate() {
            let at = format!("{n}.options.{o}");
            check_name(str_of(option, "name"), true, &format!("{at}.name"))?;
            within(str_of(option, "description"), 1, 100, &format!("{at}.description"))?;
            if !(1..=11).contains(&kind_of(option)) {
                return Err(Refused::form(
                    &format!("{at}.type"),
                    "BASE_TYPE_CHOICES",
                    "Value must be one of (1, …, 11).",
                ));
            }
            let required = option.get("required") == Some(&Value::Bool(true));
            if required && optional {
                let why = "Required options must be placed before non-required options";
                return Err(Refused::form(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", why));
            }
            optional |= !required;
            let choices = list(option, "choices")?;
            if choices.len() > 25 {
                return Err(Refused::form(
                    &format!("{at}.choices"),
                    "BASE_TYPE_MAX_LENGTH",
                    "Must be 25 or fewer in length.",
                ));
            }
            total += length(str_of(option, "name")) + length(str_of(option, "description"));
            total +=
                choices.iter().map(|c| length(str_of(c, "name")) + length(str_of(c, "value"))).sum::<usize>();
        }
        if total > 8000 {
            let why = "Command exceeds maximum size (8000)";
            return Err(Refused::form(&n.to_string(), "APPLICATION_COMMAND_TOO_LARGE", why));
        }
    }
    Ok(())
}

fn check_name(name: &str, slash: bool, path: &str) -> Result<(), Refused> {
    within(name, 1, 32, path)?;
    let fits = |c: char| (c.is_alphanumeric() || c == '-' || c == '_' || c == '\'') && !c.is_uppercase();
    if slash && !name.chars().all(fits) {
        return Err(Refused::form(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"));
    }
    Ok(())
}

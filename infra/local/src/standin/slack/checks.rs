//! What Slack refuses in a payload: messages, views, blocks and elements.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Limits;
use super::api::{Refused, flag};
use crate::standin::{length, str_of};

pub(super) fn check_message(args: &Value, limits: &Limits, response: bool) -> Result<(), Refused> {
    let text = match args.get("text") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err("invalid_arguments".into()),
    };
    // `delete_original` carries nothing else.
    if text.trim().is_empty() && !(response && flag(args, "delete_original")) {
        return Err("no_text".into());
    }
    if length(text) > 40_000 {
        return Err("msg_too_long".into());
    }
    if let Some(blocks) = args.get("blocks").filter(|b| !b.is_null()) {
        check_blocks(blocks, 50, "message")?;
        if !response && block_text(blocks) > limits.block_text {
            return Err("msg_blocks_too_long".into());
        }
    }
    if let Some(metadata) = args.get("metadata").filter(|m| m.as_object().is_none_or(|m| !m.is_empty())) {
        if metadata.to_string().len() > 16_384 {
            return Err("metadata_too_large".into());
        }
        let named = metadata.get("event_type").and_then(Value::as_str).is_some_and(|n| !n.is_empty());
        if !named || !metadata.get("event_payload").is_some_and(Value::is_object) {
            return Err("invalid_metadata_format".into());
        }
    }
    Ok(())
}

fn block_text(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) if key == "text" => length(text),
                _ => block_text(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(block_text).sum(),
        _ => 0,
    }
}

pub(super) fn check_view(view: &Value, kind: &str) -> Result<(), Refused> {
    let wrong = |why: String| Err(Refused::because("invalid_arguments", why));
    if !view.is_object() {
        return wrong("[ERROR] missing required field: view".into());
    }
    if str_of(view, "type") != kind {
        return wrong(format!("[ERROR] must be a valid view of type {kind} [json-pointer:/view/type]"));
    }
    let blocks = view.get("blocks").cloned().unwrap_or(Value::Null);
    check_blocks(&blocks, 100, kind).map_err(|refused| Refused { code: "invalid_arguments", ..refused })?;
    // "greater than 250kb", of which the page does not say what it counts.
    if view.to_string().len() > 250_000 {
        return Err(Refused::from("view_too_large"));
    }
    for (key, most) in [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)] {
        if length(str_of(view, key)) > most {
            return wrong(format!(
                "[ERROR] must be less than {} characters [json-pointer:/view/{key}]",
                most + 1
            ));
        }
    }
    if kind == "modal" {
        for key in ["title", "submit", "close"] {
            match view.get(key).filter(|v| !v.is_null()) {
                Some(text) => plain(text, 24, &format!("/view/{key}")).map_err(invalid_arguments)?,
                None if key == "title" => {
                    return wrong("[ERROR] missing required field: title [json-pointer:/view]".into());
                }
                None => {}
            }
        }
        let asks = blocks.as_array().into_iter().flatten().any(|b| str_of(b, "type") == "input");
        if asks && view.get("submit").is_none_or(Value::is_null) {
            return wrong("[ERROR] submit is required when an input block is within blocks".into());
        }
    }
    Ok(())
}

fn invalid_arguments(why: String) -> Refused {
    Refused::because("invalid_arguments", why)
}

type Checked = Result<(), String>;

fn check_blocks(blocks: &Value, most: usize, place: &str) -> Result<(), Refused> {
    let bad = |why: String| Refused::because("invalid_blocks", why);
    let Some(list) = blocks.as_array() else {
        return Err(Refused::from("invalid_blocks_format"));
    };
    if list.len() > most {
        return Err(bad(format!("no more than {most} items allowed [json-pointer:/blocks]")));
    }
    let mut ids = BTreeSet::new();
    for (n, block) in list.iter().enumerate() {
        let at = format!("/blocks/{n}");
        let id = str_of(block, "block_id");
        if length(id) > 255 {
            return Err(bad(format!("must be less than 256 characters [json-pointer:{at}/block_id]")));
        }
        if !id.is_empty() && !ids.insert(id) {
            return Err(bad(format!("block_id {id} is not unique [json-pointer:{at}/block_id]")));
        }
        check_block(block, &at, place).map_err(bad)?;
    }
    Ok(())
}

fn check_block(block: &Value, at: &str, place: &str) -> Checked {
    let kind = str_of(block, "type");
    // An `action_id` is unique within its block.
    let actions = &mut BTreeSet::new();
    let items = |key: &str| block.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match kind {
        "divider" => Ok(()),
        "section" => {
            match block.get("text") {
                Some(given) => text(given, 3000, &format!("{at}/text"))?,
                None if items("fields").is_empty() => {
                    return Err(format!("missing required field: text [json-pointer:{at}]"));
                }
                None => {}
            }
            if items("fields").len() > 10 {
                return Err(format!("no more than 10 items allowed [json-pointer:{at}/fields]"));
            }
            for (n, field) in items("fields").iter().enumerate() {
                text(field, 2000, &format!("{at}/fields/{n}"))?;
            }
            match block.get("accessory") {
                Some(element) => check_element(element, &format!("{at}/accessory"), actions),
                None => Ok(()),
            }
        }
        "header" => plain(&block["text"], 150, &format!("{at}/text")),
        "context" => {
            let elements = items("elements");
            if elements.is_empty() || elements.len() > 10 {
                return Err(format!("must have 1 to 10 items [json-pointer:{at}/elements]"));
            }
            for (n, element) in elements.iter().enumerate() {
                let at = format!("{at}/elements/{n}");
                match str_of(element, "type") {
                    "image" => image(element, &at)?,
                    _ => text(element, 3000, &at)?,
                }
            }
            Ok(())
        }
        "actions" => {
            let elements = items("elements");
            if elements.is_empty() || elements.len() > 25 {
                return Err(format!("must have 1 to 25 items [json-pointer:{at}/elements]"));
            }
            for (n, element) in elements.iter().enumerate() {
                check_element(element, &format!("{at}/elements/{n}"), actions)?;
            }
            Ok(())
        }
        "image" => {
            image(block, at)?;
            match block.get("title") {
                Some(title) => plain(title, 2000, &format!("{at}/title")),
                None => Ok(()),
            }
        }
        "input" => {
            plain(&block["label"], 2000, &format!("{at}/label"))?;
            if let Some(hint) = block.get("hint") {
                plain(hint, 2000, &format!("{at}/hint"))?;
            }
            check_element(&block["element"], &format!("{at}/element"), actions)
        }
        "markdown" if place == "message" => {
            let given = str_of(block, "text");
            within(given, 1, 12_000, &format!("{at}/text"))
        }
        "rich_text" => match block.get("elements") {
            Some(Value::Array(_)) => Ok(()),
            _ => Err(format!("missing required field: elements [json-pointer:{at}]")),
        },
        _ => Err(format!("unsupported type: {kind} [json-pointer:{at}/type]")),
    }
}

fn check_element(element: &Value, at: &str, actions: &mut BTreeSet<String>) -> Checked {
    let kind = str_of(element, "type");
    let action_id = str_of(element, "action_id");
    if length(action_id) > 255 {
        return Err(format!("must be less than 256 characters [json-pointer:{at}/action_id]"));
    }
    let options = |most: usize| {
        let list = element.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() && element.get("option_groups").is_none() || list.len() > most {
            return Err(format!("must have 1 to {most} items [json-pointer:{at}/options]"));
        }
        for (n, option) in list.iter().enumerate() {
            let at = format!("{at}/options/{n}");
            text(&option["text"], 75, &format!("{at}/text"))?;
            within(str_of(option, "value"), 1, 75, &format!("{at}/value"))?;
            if let Some(more) = option.get("description") {
                text(more, 75, &format!("{at}/description"))?;
            }
        }
        Ok(())
    };
    match kind {
        "image" => return image(element, at),
        "button" => {
            plain(&element["text"], 75, &format!("{at}/text"))?;
            within(str_of(element, "value"), 0, 2000, &format!("{at}/value"))?;
            within(str_of(element, "url"), 0, 3000, &format!("{at}/url"))?;
            within(str_of(element, "accessibility_label"), 0, 75, &format!("{at}/accessibility_label"))?;
            if !matches!(str_of(element, "style"), "" | "primary" | "danger") {
                return Err(format!("must be primary or danger [json-pointer:{at}/style]"));
            }
        }
        "static_select" | "multi_static_select" => options(100)?,
        "overflow" => options(5)?,
        "checkboxes" | "radio_buttons" => options(10)?,
        "plain_text_input" => {
            let number = |key: &str| element.get(key).and_then(Value::as_u64);
            let (least, most) = (number("min_length"), number("max_length"));
            if least.is_some_and(|n| n > 3000) || most.is_some_and(|n| !(1..=3000).contains(&n)) {
                return Err(format!("lengths must be between 1 and 3000 [json-pointer:{at}/max_length]"));
            }
            let initial = length(str_of(element, "initial_value")) as u64;
            if initial > most.unwrap_or(3000) {
                return Err(format!("longer than max_length [json-pointer:{at}/initial_value]"));
            }
        }
        "datepicker"
        | "timepicker"
        | "datetimepicker"
        | "users_select"
        | "conversations_select"
        | "channels_select"
        | "number_input"
        | "email_text_input"
        | "url_text_input" => {}
        _ => return Err(format!("unsupported type: {kind} [json-pointer:{at}/type]")),
    }
    if let Some(hint) = element.get("placeholder") {
        plain(hint, 150, &format!("{at}/placeholder"))?;
    }
    if !action_id.is_empty() && !actions.insert(action_id.to_owned()) {
        return Err(format!(
            "action_id {action_id} is not unique in its block [json-pointer:{at}/action_id]"
        ));
    }
    Ok(())
}

fn within(given: &str, least: usize, most: usize, at: &str) -> Checked {
    let count = length(given);
    if count < least {
        return Err(format!("must be more than {} characters [json-pointer:{at}]", least.saturating_sub(1)));
    }
    if count > most {
        return Err(format!("must be less than {} characters [json-pointer:{at}]", most + 1));
    }
    Ok(())
}

fn text(given: &Value, most: usize, at: &str) -> Checked {
    if !matches!(str_of(given, "type"), "plain_text" | "mrkdwn") {
        return Err(format!("must be a text object [json-pointer:{at}/type]"));
    }
    if str_of(given, "type") == "mrkdwn" && given.get("emoji").is_some() {
        return Err(format!("emoji is for plain_text only [json-pointer:{at}/emoji]"));
    }
    within(str_of(given, "text"), 1, most, &format!("{at}/text"))
}

fn plain(given: &Value, most: usize, at: &str) -> Checked {
    if str_of(given, "type") != "plain_text" {
        return Err(format!("must be a plain_text object [json-pointer:{at}/type]"));
    }
    text(given, most, at)
}

fn image(given: &Value, at: &str) -> Checked {
    let url = str_of(given, "image_url");
    let file = given.get("slack_file").is_some();
    if !file && !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(format!("must be a valid URL [json-pointer:{at}/image_url]"));
    }
    within(url, 0, 3000, &format!("{at}/image_url"))?;
    within(str_of(given, "alt_text"), 1, 2000, &format!("{at}/alt_text"))
}

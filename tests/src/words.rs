//! What people read in a message, without its dialect.

use serde_json::Value;

fn text_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A Slack message as it reads: the words of its blocks, then its buttons. Times are in the chat's own
/// wording, which Slack shows where it cannot do better.
pub fn slack(payload: &Value) -> String {
    let mut words = Vec::new();
    let mut buttons = Vec::new();
    for block in list(payload, "blocks") {
        match text_at(block, "/type") {
            Some("section" | "header") => {
                words.extend(text_at(block, "/text/text").map(marked));
                buttons.extend(overflow(block.get("accessory")));
            }
            Some("context") => {
                let texts: Vec<String> = list(block, "elements")
                    .filter(|e| text_at(e, "/type") != Some("image"))
                    .filter_map(|e| text_at(e, "/text"))
                    .map(marked)
                    .collect();
                words.push(texts.join(" "));
            }
            Some("actions") => {
                for element in list(block, "elements") {
                    buttons.extend(text_at(element, "/text/text").map(str::to_owned));
                    buttons.extend(overflow(Some(element)));
                }
            }
            Some("image") => {
                words.push(format!("(picture: {})", text_at(block, "/alt_text").unwrap_or_default()));
            }
            Some("rich_text") => words.push(rich(block)),
            Some("input") => {
                let label = text_at(block, "/label/text").unwrap_or_default();
                let value = text_at(block, "/element/initial_value").unwrap_or_default();
                words.push(format!("{label}: [{value}]"));
            }
            _ => {}
        }
    }
    if words.is_empty() {
        words.extend(text_at(payload, "/text").map(marked));
    }
    with_buttons(&words.join("\n"), &buttons)
}

fn overflow(element: Option<&Value>) -> Option<String> {
    let element = element.filter(|e| text_at(e, "/type") == Some("overflow"))?;
    let options: Vec<&str> = list(element, "options").filter_map(|o| text_at(o, "/text/text")).collect();
    Some(format!("⋯ {}", options.join(" / ")))
}

/// An App Home as it reads: each part with its own buttons.
pub fn slack_home(view: &Value) -> String {
    let mut parts: Vec<Vec<Value>> = vec![Vec::new()];
    for block in list(view, "blocks") {
        match parts.last_mut() {
            Some(part) if text_at(block, "/type") != Some("divider") => part.push(block.clone()),
            _ => parts.push(Vec::new()),
        }
    }
    let parts = parts.into_iter().map(|blocks| slack(&serde_json::json!({ "blocks": blocks })));
    parts.collect::<Vec<_>>().join("\n———\n")
}

/// A Slack form as it reads, with what stands in its fields.
pub fn slack_form(view: &Value) -> String {
    let title = text_at(view, "/title/text").unwrap_or_default();
    let submit = text_at(view, "/submit/text").unwrap_or_default();
    format!("({title})\n{} [{submit}]", slack(view))
}

/// Elements of rich text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
fn rich(value: &Value) -> String {
    let text = |path: &str| text_at(value, path).unwrap_or_default();
    match text("/type") {
        "text" => text("/text").to_owned(),
        "link" => {
            let (words, url) = (text("/text"), text("/url"));
            if words.is_empty() || words == url { url.to_owned() } else { format!("{words} <{url}>") }
        }
        "date" => text("/fallback").to_owned(),
        "user" => format!("@{}", text("/user_id")),
        "channel" => format!("#{}", text("/channel_id")),
        "emoji" => format!(":{}:", text("/name")),
        "broadcast" => format!("@{}", text("/range")),
        "rich_text_quote" => {
            let inset: String = list(value, "elements").map(rich).collect();
            let lines: Vec<String> = inset.lines().map(|line| format!("> {line}")).collect();
            format!("\n{}", lines.join("\n"))
        }
        _ => list(value, "elements").map(rich).collect(),
    }
}

/// `mrkdwn` as it reads: `<!date^…|20:06>` as its fallback, `<url|words>` as words and address.
fn marked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((inside, behind)) = after.split_once('>') else { break };
        out.push_str(before);
        rest = behind;
        match inside.split_once('|') {
            Some((date, words)) if date.starts_with("!date^") => out.push_str(words),
            Some((url, words)) => out.push_str(&format!("{words} <{url}>")),
            None => out.push_str(&format!("<{inside}>")),
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A Discord message as it reads: content, embeds, buttons.
pub fn discord(payload: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(text_at(payload, "/content").filter(|c| !c.is_empty()).map(str::to_owned));
    for embed in list(payload, "embeds") {
        let lines = ["/author/name", "/title", "/description", "/footer/text"];
        let lines: Vec<&str> = lines.iter().filter_map(|path| text_at(embed, path)).collect();
        words.push(lines.join("\n"));
    }
    let mut buttons = Vec::new();
    for element in list(payload, "components").flat_map(|row| list(row, "components")) {
        buttons.extend(text_at(element, "/label").map(str::to_owned));
        buttons
            .extend(list(element, "options").filter_map(|o| text_at(o, "/label")).map(|l| format!("▾{l}")));
    }
    with_buttons(&unescaped(&words.join("\n")), &buttons)
}

/// Discord's backslashes before its marks are not seen.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(rest.next()),
            _ => out.push(c),
        }
    }
    out
}

fn with_buttons(words: &str, buttons: &[String]) -> String {
    let shown: String = buttons.iter().map(|b| format!(" [{b}]")).collect();
    format!("{words}{shown}")
}

/// A button or a menu choice of a Slack message: its `action_id` and value.
pub fn slack_button(value: &Value, label: &str) -> Option<(String, Option<String>)> {
    let own = |v: &Value, id: &str| (id.to_owned(), text_at(v, "/value").map(str::to_owned));
    match value {
        Value::Object(map) => {
            let id = text_at(value, "/action_id").unwrap_or_default();
            if text_at(value, "/type") == Some("button") && text_at(value, "/text/text") == Some(label) {
                return Some(own(value, id));
            }
            let chosen = list(value, "options").find(|o| text_at(o, "/text/text") == Some(label));
            if let Some(option) = chosen {
                return Some(own(option, id));
            }
            map.values().find_map(|v| slack_button(v, label))
        }
        Value::Array(all) => all.iter().find_map(|v| slack_button(v, label)),
        _ => None,
    }
}

/// A button of a Discord message: its `custom_id`.
pub fn discord_button(value: &Value, label: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            if text_at(value, "/label") == Some(label) {
                return text_at(value, "/custom_id").map(str::to_owned);
            }
            map.values().find_map(|v| discord_button(v, label))
        }
        Value::Array(all) => all.iter().find_map(|v| discord_button(v, label)),
        _ => None,
    }
}

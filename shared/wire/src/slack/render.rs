//! What Slack gets: messages, replies and modals.
//!
//! Words travel in `rich_text` blocks. In Slack's other text formats (`mrkdwn`) `*`, `_`, `~` and `` ` ``
//! cannot be escaped at all, so what people wrote would come out formatted, or with invisible characters
//! scattered through it. Rich text has no markup to escape from: a text element is what it says, and a
//! link, a person or a time is an element of its own.
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use chat::name::Platform;
use chat::reply::Reply;
use chat::text::{Button, Form, Message, Span, Text, TimeStyle, Weight};
use chat::weigh;
use serde_json::{Map, Value, json};

use super::parse::{CALLBACK, FROM_HOME};
use crate::outside::{Piece, cut, fitted, length, neutral, pieces, secure};

/// The most blocks in a message.
pub(super) const MOST_BLOCKS: usize = 50;
/// The most blocks in a modal or in App Home.
const MOST_IN_VIEW: usize = 100;
/// The most characters in one text; of rich text no limit is documented, so the lowest one holds.
pub(super) const MOST_TEXT: usize = 3_000;
/// The most characters in `text` beside blocks, by Slack's own advice.
pub(super) const MOST_FALLBACK: usize = 4_000;
const MOST_BUTTONS_IN_A_ROW: usize = 5;
const MOST_TITLE: usize = 24;
const MOST_BUTTON: usize = 75;

/// The body of `chat.postMessage` or `chat.update` but for the channel: `{text, blocks}`. `text` is what
/// notifications and screen readers say.
///
/// Words above 3,000 characters go into several blocks; what 50 blocks cannot hold is cut, which no words
/// of ours come near.
pub fn message(message: &Message) -> Value {
    let rows = actions(&message.buttons);
    let mut blocks = rich_text(&message.text, MOST_BLOCKS.saturating_sub(rows.len()));
    blocks.extend(rows);
    blocks.truncate(MOST_BLOCKS);
    json!({ "text": fallback(&message.text), "blocks": blocks })
}

/// The answer to a slash command (as its HTTP body, or later at its `response_url`) or to a press (always
/// at its `response_url`: Slack ignores the HTTP body there). For a submitted form see [`submitted`].
///
/// `None` where nothing is to be said: [`Reply::Silent`]; [`Reply::Form`], which is opened with [`view`];
/// and [`Reply::Mend`], which only a form can get.
pub fn reply(reply: &Reply) -> Option<Value> {
    let (message, instead) = match reply {
        Reply::Said(said) => (said, false),
        Reply::Instead(said) => (said, true),
        Reply::Form(_) | Reply::Mend(_) | Reply::Later | Reply::Silent => return None,
    };
    let mut body = self::message(message);
    body["response_type"] = json!("ephemeral");
    body["replace_original"] = json!(instead);
    Some(body)
}

/// The HTTP body that answers a submitted form, where Slack offers no other way to say something: the
/// form stays open with complaints, becomes the next form, or becomes the words of the reply. `None`
/// closes it.
///
/// A press on a button under those words is answered with [`in_modal`].
pub fn submitted(reply: &Reply) -> Option<Value> {
    match reply {
        Reply::Mend(complaints) => {
            let errors: Map<String, Value> = complaints
                .iter()
                .map(|(key, words)| (key.clone(), json!(fitted(words, MOST_TEXT, |text, _| neutral(text)))))
                .collect();
            Some(json!({ "response_action": "errors", "errors": errors }))
        }
        said => in_modal(said).map(|view| json!({ "response_action": "update", "view": view })),
    }
}

/// What a modal shows after a button in it was pressed, for `views.update`: such a press comes without a
/// channel and without a `response_url`. `None` leaves it as it is.
pub fn in_modal(reply: &Reply) -> Option<Value> {
    match reply {
        Reply::Form(form) => Some(view(form)),
        Reply::Said(said) | Reply::Instead(said) => {
            let rows = actions(&said.buttons);
            let mut blocks = rich_text(&said.text, MOST_BLOCKS.saturating_sub(rows.len()));
            blocks.extend(rows);
            blocks.truncate(MOST_BLOCKS);
            Some(json!({
                "type": "modal",
                "title": label("Earshot", MOST_TITLE),
                "close": label("Close", MOST_TITLE),
                "blocks": blocks,
            }))
        }
        Reply::Mend(_) | Reply::Later | Reply::Silent => None,
    }
}

/// A modal, for `views.open`. What submitting it means travels in `private_metadata`.
/// <https://docs.slack.dev/reference/views/modal-views>
pub fn view(form: &Form) -> Value {
    let mut blocks = rich_text(&form.intro, MOST_BLOCKS);
    blocks.extend(form.fields.iter().map(|field| {
        let most = usize::from(field.max).clamp(1, MOST_TEXT);
        let mut element = json!({
            "type": "plain_text_input",
            "action_id": field.key,
            "multiline": field.long,
            "max_length": most,
        });
        if !field.value.is_empty() {
            // What people edit is theirs: nothing is added to it, and it is shown to them alone.
            element["initial_value"] = json!(fitted(&field.value, most, |text, _| text.to_owned()));
        }
        if !field.hint.is_empty() {
            element["placeholder"] = label(&field.hint, 150);
        }
        json!({
            "type": "input",
            "block_id": field.key,
            "label": label(&field.label, 2_000),
            "element": element,
            "optional": field.optional,
        })
    }));
    json!({
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": form.action.to_string(),
        "title": label(&form.title, MOST_TITLE),
        "submit": label(&form.submit, MOST_TITLE),
        "close": label("Cancel", MOST_TITLE),
        "blocks": blocks,
    })
}

/// An App Home, for `views.publish`: a part below the other, with a line between them.
/// <https://docs.slack.dev/reference/views/home-tab-views>
///
/// What 100 blocks cannot hold is cut from the end; the words of a home are bounded, and come nowhere near.
pub fn home(parts: &[Message]) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    for part in parts {
        if !blocks.is_empty() {
            blocks.push(json!({ "type": "divider" }));
        }
        blocks.extend(rich_text(&part.text, MOST_IN_VIEW));
        blocks.extend(actions(&part.buttons));
    }
    blocks.truncate(MOST_IN_VIEW);
    json!({ "type": "home", "blocks": blocks })
}

/// Marks a view, or the answer to a submitted form that holds one, as opened from App Home: what is done in it shows
/// there, so that home is to be shown anew.
#[must_use]
pub fn from_home(mut body: Value) -> Value {
    let view = if body.get("view").is_some() { &mut body["view"] } else { &mut body };
    if view.get("type").is_some() {
        view["callback_id"] = json!(FROM_HOME);
    }
    body
}

/// `&`, `<` and `>` escaped, and nothing else, as Slack asks.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
pub(super) fn escaped(text: &str) -> String {
    weigh::neutralise(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Plain text of at most so many characters, escaped.
pub(super) fn plain(text: &str, most: usize) -> String {
    fitted(text, most, |text, _| escaped(text))
}

/// A `plain_text` object. Slack takes none that is empty, and a name may be nothing but what is not shown.
pub(super) fn label(text: &str, most: usize) -> Value {
    let shown = plain(text, most);
    let text = if shown.trim().is_empty() { "–".to_owned() } else { shown };
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// Buttons, five to a block.
fn actions(buttons: &[Button]) -> Vec<Value> {
    let numbered: Vec<(usize, &Button)> = buttons.iter().enumerate().collect();
    numbered
        .chunks(MOST_BUTTONS_IN_A_ROW)
        .map(|row| {
            let elements: Vec<Value> = row.iter().map(|(n, b)| button(*n, b)).collect();
            json!({ "type": "actions", "elements": elements })
        })
        .collect()
}

fn button(n: usize, button: &Button) -> Value {
    let action = button.action.to_string();
    // Ids must differ within a block, and two buttons may mean the same.
    let kind = action.split('|').next().unwrap_or_default();
    let mut element = json!({
        "type": "button",
        "action_id": format!("{kind}-{n}"),
        "text": { "type": "plain_text", "text": plain(&button.label, MOST_BUTTON), "emoji": true },
        "value": action,
    });
    match button.weight {
        Weight::Usual => {}
        Weight::Main => element["style"] = json!("primary"),
        Weight::Grave => element["style"] = json!("danger"),
    }
    element
}

/// The words for notifications: escaped, without marks, times in the reader's zone.
fn fallback(text: &Text) -> String {
    let mut out = String::new();
    for span in &text.0 {
        let next = match span {
            Span::Plain(s) | Span::Bold(s) | Span::Italic(s) | Span::Code(s) => escaped(s),
            Span::Time { at, style, local } => match format(*style) {
                Some(format) => date(at.timestamp(), format, local),
                None => escaped(local),
            },
            Span::Link { label, url } => match secure(Some(url)) {
                Some(url) => format!("<{}|{}>", url.replace('&', "&amp;"), in_link(label)),
                None => escaped(&format!("{label} ({url})")),
            },
            Span::Person(p) if p.platform == Platform::Slack && is_id(&p.id) => format!("<@{}>", p.id),
            Span::Person(p) => escaped(&format!("@{}", p.id)),
            Span::Channel(p) if p.platform == Platform::Slack && is_id(&p.channel) => {
                format!("<#{}>", p.channel)
            }
            Span::Channel(p) => escaped(&format!("#{}", p.channel)),
            Span::Role(_) => String::new(),
            Span::Break => "\n".to_owned(),
        };
        let room = MOST_FALLBACK - length(&out);
        if length(&next) > room {
            // A cut must not fall into a span's markup or an escape, so only words are cut.
            if let Span::Plain(s) | Span::Bold(s) | Span::Italic(s) | Span::Code(s) = span {
                out.push_str(&plain(s, room));
            }
            break;
        }
        out.push_str(&next);
    }
    let out = out.trim();
    if out.is_empty() { "–".to_owned() } else { out.to_owned() }
}

/// A date in `mrkdwn`, with the chat's own wording for clients that cannot show one.
/// <https://docs.slack.dev/messaging/formatting-message-text#date-formatting>
pub(super) fn date(at: i64, format: &str, local: &str) -> String {
    format!("<!date^{at}^{format}|{}>", in_link(local))
}

/// Escaped for a place that ends at `|` or `>`.
fn in_link(text: &str) -> String {
    escaped(text).replace(['|', '\n'], " ")
}

fn format(style: TimeStyle) -> Option<&'static str> {
    match style {
        // Not Slack's "pretty" forms: "Tomorrow: … tomorrow at 8:00 PM" says it twice, and the weekday is
        // what people plan by.
        TimeStyle::Full => Some("{date_long} at {time}"),
        TimeStyle::Clock => Some("{time}"),
        // Slack's `{ago}` only looks back, and what it once showed grows old.
        TimeStyle::Relative => None,
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The text in rich text blocks of at most 3,000 characters, at most so many.
fn rich_text(text: &Text, most: usize) -> Vec<Value> {
    let mut words = RichText::default();
    for span in &text.0 {
        words.span(span);
    }
    let mut blocks = words.blocks();
    blocks.truncate(most);
    blocks
}

/// The elements of rich text, and how long each is shown.
#[derive(Default)]
pub(super) struct RichText {
    elements: Vec<(Value, usize)>,
}

impl RichText {
    fn span(&mut self, span: &Span) {
        match span {
            Span::Plain(s) => self.words(s, None),
            Span::Bold(s) => self.words(s, Some("bold")),
            Span::Italic(s) => self.words(s, Some("italic")),
            Span::Code(s) => self.text(&weigh::neutralise(s), Some("code")),
            Span::Time { at, style, local } => match format(*style) {
                Some(format) => self.push(
                    json!({
                        "type": "date",
                        "timestamp": at.timestamp(),
                        "format": format,
                        "fallback": weigh::neutralise(local),
                    }),
                    length(local).max(length(format)),
                ),
                None => self.words(local, None),
            },
            Span::Link { label, url } => match secure(Some(url)) {
                Some(url) => self.link(&url, label),
                None => self.words(&format!("{label} ({url})"), None),
            },
            Span::Person(p) if p.platform == Platform::Slack && is_id(&p.id) => {
                self.push(json!({ "type": "user", "user_id": p.id }), 20);
            }
            Span::Person(p) => self.words(&format!("@{}", p.id), None),
            Span::Channel(p) if p.platform == Platform::Slack && is_id(&p.channel) => {
                self.push(json!({ "type": "channel", "channel_id": p.channel }), 20);
            }
            Span::Channel(p) => self.words(&format!("#{}", p.channel), None),
            Span::Role(_) => {}
            Span::Break => self.text("\n", None),
        }
    }

    /// Words of anybody's, addresses in them clickable and bare.
    pub(super) fn words(&mut self, words: &str, style: Option<&str>) {
        for piece in pieces(words) {
            match piece {
                Piece::Words(words) => self.text(&words, style),
                Piece::Address(url) => {
                    let long = length(&url);
                    self.push(json!({ "type": "link", "url": url }), long);
                }
            }
        }
    }

    /// A link of ours.
    pub(super) fn link(&mut self, url: &str, label: &str) {
        let label = weigh::neutralise(label);
        let long = length(&label);
        self.push(json!({ "type": "link", "url": url, "text": label }), long);
    }

    fn text(&mut self, mut text: &str, style: Option<&str>) {
        if self.elements.is_empty() {
            // What stood before it may have been nothing here, as a Discord role is.
            text = text.trim_start();
        }
        while !text.is_empty() {
            // A text that fills a block on its own is cut where a block may end.
            let (now, later) = text.split_at(cut(text, MOST_TEXT));
            text = later;
            let long = length(now);
            let style = style.map(|style| json!({ style: true }));
            match self.elements.last_mut() {
                Some((last, so_far))
                    if last["type"] == "text"
                        && last.get("style") == style.as_ref()
                        && *so_far + long <= MOST_TEXT =>
                {
                    let joined = format!("{}{now}", last["text"].as_str().unwrap_or_default());
                    last["text"] = json!(joined);
                    *so_far += long;
                }
                _ => {
                    let mut element = json!({ "type": "text", "text": now });
                    if let Some(style) = style {
                        element["style"] = style;
                    }
                    self.push(element, long);
                }
            }
        }
    }

    fn push(&mut self, element: Value, long: usize) {
        self.elements.push((element, long));
    }

    /// The bare elements, for a section or a quote.
    pub(super) fn elements(self) -> Vec<Value> {
        self.elements.into_iter().map(|(element, _)| element).collect()
    }

    fn blocks(self) -> Vec<Value> {
        let mut blocks: Vec<(Vec<Value>, usize)> = Vec::new();
        for (element, long) in self.elements {
            match blocks.last_mut() {
                Some((elements, so_far)) if *so_far + long <= MOST_TEXT => {
                    elements.push(element);
                    *so_far += long;
                }
                _ => blocks.push((vec![element], long)),
            }
        }
        blocks
            .into_iter()
            .map(|(elements, _)| {
                json!({
                    "type": "rich_text",
                    "elements": [{ "type": "rich_text_section", "elements": elements }],
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_never_empty() {
        for nothing in ["", "  ", "\0", "\u{7}\n"] {
            assert_eq!(label(nothing, 75)["text"], "–", "{nothing:?}");
        }
        assert_eq!(label("A3 & more", 75)["text"], "A3 &amp; more");
    }
}

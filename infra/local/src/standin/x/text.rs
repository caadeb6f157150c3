//! What X makes of a typed text: entities, `t.co` links, indices in characters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::Inner;
use crate::standin::{hmac_sha256, length};

/// A text as X returns it.
pub(super) struct Rendered {
    pub(super) text: String,
    hashtags: Vec<Value>,
    mentions: Vec<Value>,
    pub(super) urls: Vec<Value>,
}

impl Rendered {
    pub(super) fn entities(&self) -> Value {
        let mut out = Map::new();
        for (key, list) in [("hashtags", &self.hashtags), ("mentions", &self.mentions), ("urls", &self.urls)]
        {
            if !list.is_empty() {
                out.insert(key.into(), json!(list));
            }
        }
        Value::Object(out)
    }
}

/// One thing in a typed text.
pub(super) enum Token<'a> {
    Plain(char),
    Link(&'a str),
    Hashtag(&'a str),
    Mention(&'a str),
}

/// Links, hashtags and mentions, near enough to twitter-text for a stage. The conformance suite is held
/// against Earshot's own rules, not against these.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let free = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '&');
        let after = &rest[first.len_utf8()..];
        let taken = match first {
            'h' | 'H' if free && scheme(rest) => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let closing = ['.', ',', '!', '?', ';', ':', ')', '\'', '"', '…'];
                let link = rest[..end].trim_end_matches(closing);
                out.push(Token::Link(link));
                link.len()
            }
            '#' | '＃' if free => {
                let word = leading(after, |c| c.is_alphanumeric() || c == '_');
                let next = after[word.len()..].chars().next();
                if word.chars().any(char::is_alphabetic) && !matches!(next, Some('#' | '＃')) {
                    out.push(Token::Hashtag(word));
                    first.len_utf8() + word.len()
                } else {
                    out.push(Token::Plain(first));
                    first.len_utf8()
                }
            }
            '@' | '＠' if free => {
                let name = leading(after, |c| c.is_ascii_alphanumeric() || c == '_');
                if (1..=15).contains(&name.len()) {
                    out.push(Token::Mention(name));
                    first.len_utf8() + name.len()
                } else {
                    out.push(Token::Plain(first));
                    first.len_utf8()
                }
            }
            other => {
                out.push(Token::Plain(other));
                other.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
    out
}

fn scheme(text: &str) -> bool {
    let starts = |with: &str| text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with));
    (starts("https://") && text.len() > 8) || (starts("http://") && text.len() > 7)
}

fn leading(text: &str, fits: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    &text[..end]
}

pub(super) fn short_link(of: &str) -> String {
    let mac = hmac_sha256(b"t.co", &[of.as_bytes()]);
    let code: String = BASE64.encode(mac).chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    format!("https://t.co/{code}")
}

pub(super) fn display(link: &str) -> String {
    let bare = link.split_once("://").map_or(link, |(_, rest)| rest);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    if length(bare) <= 26 { bare.to_owned() } else { bare.chars().take(26).chain(['…']).collect() }
}

impl Inner {
    pub(super) fn render(&self, text: &str) -> Rendered {
        let mut out =
            Rendered { text: String::new(), hashtags: Vec::new(), mentions: Vec::new(), urls: Vec::new() };
        let mut at = 0;
        let mut push = |out: &mut String, piece: &str| {
            out.push_str(piece);
            let start = at;
            at += length(piece);
            (start, at)
        };
        for token in tokens(text) {
            match token {
                Token::Plain('&') => drop(push(&mut out.text, "&amp;")),
                Token::Plain('<') => drop(push(&mut out.text, "&lt;")),
                Token::Plain('>') => drop(push(&mut out.text, "&gt;")),
                Token::Plain(other) => drop(push(&mut out.text, other.encode_utf8(&mut [0; 4]))),
                Token::Hashtag(tag) => {
                    let (start, end) = push(&mut out.text, &format!("#{tag}"));
                    out.hashtags.push(json!({"start": start, "end": end, "tag": tag}));
                }
                Token::Mention(name) => {
                    let (start, end) = push(&mut out.text, &format!("@{name}"));
                    let mut mention = json!({"start": start, "end": end, "username": name});
                    if let Some(person) = self.by_handle(name) {
                        mention["id"] = json!(person.id);
                    }
                    out.mentions.push(mention);
                }
                Token::Link(link) => {
                    let short = short_link(link);
                    let (start, end) = push(&mut out.text, &short);
                    out.urls.push(json!({
                        "start": start, "end": end, "url": short, "expanded_url": link,
                        "display_url": display(link),
                    }));
                }
            }
        }
        out
    }
}

//! Reading JSON that others write: by pointer, tolerant of every field and type we do not need.
//!
//! Walking a [`Value`] was chosen over derived types because a derived type refuses the whole body when
//! one field it does not even use changes its shape, and platforms do that without notice.

use serde_json::Value;

use crate::Malformed;

/// The body as a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Value, Malformed> {
    let read = serde_json::from_slice(body).or_else(|error| match without_halves(body) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    });
    let value: Value = read.map_err(|e| Malformed::NotJson { line: e.line(), column: e.column() })?;
    if value.is_object() { Ok(value) } else { Err(Malformed::NotAnObject) }
}

/// The body with `\uFFFD` for each escaped half of a surrogate pair that lacks its other half; `None`
/// where there is none. Platforms that cut a text between the two write such halves, JSON allows them and
/// Rust's strings do not: a name that was cut badly must not cost a whole body.
fn without_halves(body: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u16> {
        let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut mended = Vec::with_capacity(body.len());
    let (mut at, mut any) = (0, false);
    while at < body.len() {
        let taken = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                any = true;
                mended.extend_from_slice(b"\\uFFFD");
                at += 6;
                continue;
            }
            // An escaped backslash begins no other escape.
            _ if body[at] == b'\\' => 2.min(body.len() - at),
            _ => 1,
        };
        mended.extend_from_slice(&body[at..at + taken]);
        at += taken;
    }
    any.then_some(mended)
}

/// What stands at a JSON pointer, if it is a string or a number: platforms write ids as either.
pub(crate) fn string(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The first of several pointers that holds a string or a number.
pub(crate) fn first(value: &Value, pointers: &[&str]) -> Option<String> {
    pointers.iter().find_map(|p| string(value, p))
}

/// The list at a pointer, or none.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A platform's name of a kind, fit for a log: short, and without characters that could be text.
pub(crate) fn kind(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(60).collect()
}

/// Undoes `&amp;`, `&lt;` and `&gt;`, once: `&amp;lt;` is `&lt;`, which is what was typed.
///
/// Only these three: they are the ones that Slack and X write, and undoing more would change a text
/// about HTML.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (plain, len) = entity(rest).unwrap_or(('&', 1));
        out.push(plain);
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

/// The entity that `text` begins with, and its length in bytes.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
        .into_iter()
        .find(|(written, _)| text.starts_with(written))
        .map(|(written, plain)| (plain, written.len()))
}

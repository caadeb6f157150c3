//! Reading JSON that others write: by pointer, tolerant of every field and type we do not need.
//!
//! Walking a [`Value`] was chosen over derived types because a derived type refuses the whole body when
//! one field it does not even use changes its shape, and platforms do that without notice.

use serde_json::Value;

use crate::Malformed;

/// The body as a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Value, Malformed> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| Malformed::NotJson { line: e.line(), column: e.column() })?;
    if value.is_object() { Ok(value) } else { Err(Malformed::NotAnObject) }
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

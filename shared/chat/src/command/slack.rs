//! Slack's escapes in what people type: `<#C061EG9SL|general>`, `<@U012AB3CD|maya>`,
//! `<https://example.com|example.com>`, `&amp; &lt; &gt;`
//! (<https://docs.slack.dev/interactivity/implementing-slash-commands>,
//! <https://docs.slack.dev/messaging/formatting-message-text>).

/// Something that Slack put between `<` and `>`. Labels are as Slack sent them, still escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    User {
        id: &'a str,
        label: Option<&'a str>,
    },
    Channel {
        id: &'a str,
        label: Option<&'a str>,
    },
    /// `!here`, `!subteam^S123`.
    Special {
        name: &'a str,
        label: Option<&'a str>,
    },
    Link {
        url: &'a str,
        label: Option<&'a str>,
    },
}

/// The token that `s` begins with, and its length in bytes. What only looks like one (`<3`) is none.
pub(super) fn token(s: &str) -> Option<(Token<'_>, usize)> {
    let inside = s.strip_prefix('<')?;
    let end = inside.find(['>', '<', '\n'])?;
    if !inside[end..].starts_with('>') {
        return None;
    }
    let inside = &inside[..end];
    let (name, label) = match inside.split_once('|') {
        Some((name, label)) => (name, Some(label.trim()).filter(|l| !l.is_empty())),
        None => (inside, None),
    };
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    let token = if let Some(id) = name.strip_prefix('@').filter(|id| is_id(id)) {
        Token::User { id, label }
    } else if let Some(id) = name.strip_prefix('#').filter(|id| is_id(id)) {
        Token::Channel { id, label }
    } else if let Some(name) = name.strip_prefix('!').filter(|n| !n.is_empty()) {
        Token::Special { name, label }
    } else if name.contains("://") || name.starts_with("mailto:") || name.starts_with("tel:") {
        Token::Link { url: name, label }
    } else {
        return None;
    };
    Some((token, end + 2))
}

/// The token that `s` is, if it is nothing else.
pub(super) fn only_token(s: &str) -> Option<Token<'_>> {
    token(s.trim()).filter(|(_, length)| *length == s.trim().len()).map(|(token, _)| token)
}

/// Where the words of `s` are: start and end in bytes. White space of any kind divides them, but not
/// inside a token, whose label may be "Maya Smith".
pub(super) fn words(s: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some(c) = s[at..].chars().next() {
        let length = if c == '<' { token(&s[at..]).map_or(1, |(_, length)| length) } else { c.len_utf8() };
        if c.is_whitespace() {
            if let Some(from) = start.take() {
                found.push((from, at));
            }
        } else if start.is_none() {
            start = Some(at);
        }
        at += length;
    }
    if let Some(from) = start {
        found.push((from, s.len()));
    }
    found
}

/// The first word, and what comes after it.
pub(super) fn first(s: &str) -> (&str, &str) {
    match words(s).first() {
        Some(&(start, end)) => (&s[start..end], s[end..].trim()),
        None => ("", ""),
    }
}

/// `&lt;` is `<` and so on, once: `&amp;lt;` is what somebody typed as `&lt;`.
pub(super) fn unescape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (c, length) = match &rest[at..] {
            r if r.starts_with("&amp;") => ('&', 5),
            r if r.starts_with("&lt;") => ('<', 4),
            r if r.starts_with("&gt;") => ('>', 4),
            _ => ('&', 1),
        };
        out.push(c);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// What the person typed, as far as Slack lets us know: escapes undone, a link bare. A link's label
/// stands only where it is the address itself (`Booking.com` for `http://Booking.com`), never where
/// it would hide the address.
pub(super) fn plain(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut from = 0;
    let mut at = 0;
    while let Some(open) = s[at..].find('<').map(|open| at + open) {
        let Some((token, length)) = token(&s[open..]) else {
            at = open + 1;
            continue;
        };
        out.push_str(&unescape(&s[from..open]));
        match token {
            Token::User { id, label } => {
                out.push('@');
                out.push_str(&unescape(label.unwrap_or(id).trim_start_matches('@')));
            }
            Token::Channel { id, label } => {
                out.push('#');
                out.push_str(&unescape(label.unwrap_or(id).trim_start_matches('#')));
            }
            Token::Special { name, label } => match label {
                Some(label) => out.push_str(&unescape(label)),
                None => {
                    out.push('@');
                    out.push_str(&unescape(name));
                }
            },
            Token::Link { url, label } => {
                let bare = |s: &str| {
                    let s = s.trim_start_matches("mailto:").trim_start_matches("tel:");
                    let s = s.split_once("://").map_or(s, |(_, rest)| rest);
                    s.trim_end_matches('/').to_lowercase()
                };
                let shown = label.filter(|label| bare(label) == bare(url)).unwrap_or(url);
                out.push_str(&unescape(shown));
            }
        }
        at = open + length;
        from = at;
    }
    out.push_str(&unescape(&s[from..]));
    out
}

/// Runs of spaces made one, also non-breaking ones and tabs; lines kept, at most one of them empty.
pub(super) fn tidy(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut empty = 0;
    for line in s.split('\n') {
        let line: Vec<&str> = line.split_whitespace().collect();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(&line.join(" "));
    }
    out
}

/// Without the pair of quotes that encloses all of it. Quotes that only begin and end the same text
/// (`"Yes" or "no"`) are no pair.
pub(super) fn unquote(s: &str) -> &str {
    const DOUBLE: [char; 6] = ['"', '“', '”', '„', '«', '»'];
    const SINGLE: [char; 4] = ['\'', '‘', '’', '‚'];
    let s = s.trim();
    let mut inner = s.chars();
    let (Some(open), Some(close)) = (inner.next(), inner.next_back()) else { return s };
    let inner = inner.as_str();
    let encloses = if DOUBLE.contains(&open) && DOUBLE.contains(&close) {
        !inner.contains(DOUBLE)
    } else if SINGLE.contains(&open) && SINGLE.contains(&close) && open != '’' {
        // Between letters it is an apostrophe.
        inner.char_indices().filter(|(_, c)| SINGLE.contains(c)).all(|(at, c)| {
            let before = inner[..at].chars().next_back();
            let after = inner[at + c.len_utf8()..].chars().next();
            before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
        })
    } else {
        false
    };
    if encloses { inner.trim() } else { s }
}

/// A text as its readers will see it.
pub(super) fn text(s: &str) -> String {
    unquote(&tidy(&plain(s))).to_owned()
}

/// A word for comparing: lower case, without the invisible characters that phones and copied text
/// bring along.
pub(super) fn fold(s: &str) -> String {
    s.chars()
        .filter(|c| !matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_was_typed() {
        for (sent, read) in [
            ("Q&amp;A &lt;3 &amp;lt;", "Q&A <3 &lt;"),
            ("ask <@U123|maya> or <@U123> in <#C1|general>, <#C2|>", "ask @maya or @U123 in #general, #C2"),
            ("<http://Booking.com|Booking.com> <https://x.com/>", "Booking.com https://x.com/"),
            ("<https://evil.example|a fine thing> <mailto:a@b.org|a@b.org>", "https://evil.example a@b.org"),
            ("<https://x.com/?a=1&amp;b=2>", "https://x.com/?a=1&b=2"),
            ("<!here> <!subteam^S1|@crew>", "@here @crew"),
            ("I <3 you > me <", "I <3 you > me <"),
            ("<<@U1|a>>", "<@a>"),
        ] {
            assert_eq!(plain(sent), read, "{sent}");
        }
    }

    #[test]
    fn only_an_enclosing_pair_of_quotes_goes() {
        for (typed, read) in [
            ("“What now?”", "What now?"),
            ("\"What now?\"", "What now?"),
            ("„Was nun?“", "Was nun?"),
            ("'What's up?'", "What's up?"),
            ("‘What’s up?’", "What’s up?"),
            ("«Et alors ?»", "Et alors ?"),
            ("“Yes” or “no”", "“Yes” or “no”"),
            ("'Yes' or 'no'", "'Yes' or 'no'"),
            ("What is “kind”", "What is “kind”"),
            ("\"", "\""),
            ("’tis the season’", "’tis the season’"),
        ] {
            assert_eq!(unquote(typed), read);
        }
    }

    #[test]
    fn words_keep_tokens_whole() {
        let s = "add\u{a0}<@U1|Maya Smith>,\tnow <3 x";
        let found: Vec<&str> = words(s).into_iter().map(|(a, b)| &s[a..b]).collect();
        assert_eq!(found, ["add", "<@U1|Maya Smith>,", "now", "<3", "x"]);
    }

    #[test]
    fn lines_are_kept_and_spaces_are_not() {
        assert_eq!(tidy("  One\u{a0}\t two \r\n\n\n\n three\n four  "), "One two\n\nthree\nfour");
    }
}

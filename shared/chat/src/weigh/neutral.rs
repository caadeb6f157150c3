//! Text from outside, made harmless where it is shown.

/// Stands between the parts of what would have been a mention. It has no width, and neither Discord nor
/// Slack reads across it. Taking the `@` away, or putting a look-alike in its place, would misquote.
const APART: char = '\u{200B}';

/// After an `@`, in any case, these call on many people at once: Discord knows the first two, Slack the
/// first three, and once knew the last.
const CALLS: [&str; 4] = ["everyone", "here", "channel", "group"];

/// `text` as its author wrote it, but able to ping nobody and to reorder nothing around it.
///
/// - `@everyone`, `@here`, `@channel` and `@group`, and what opens a mention in a platform's markup
///   (`<@`, `<#`, `<!`), are parted by U+200B, which cannot be seen.
/// - Every control that turns the direction of text is closed by the end of its line, and one that closes
///   what this text did not open is left out (Unicode Bidirectional Algorithm, UAX #9 section 3.3).
/// - Line breaks of every kind become `\n`; other control characters but tab are left out.
///
/// This does not escape markup: the renderer of each platform does. Neutral text stays as it is.
///
/// <https://docs.discord.com/developers/reference#message-formatting>,
/// <https://api.slack.com/docs/message-formatting>
pub fn neutralise(text: &str) -> String {
    let clean = settle(text);
    let mut out = String::with_capacity(clean.len());
    let mut chars = clean.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        let rest = chars.as_str();
        let opens = match c {
            '@' => CALLS.iter().any(|call| starts_with(rest, call)),
            '<' => rest.starts_with(['@', '#', '!']),
            _ => false,
        };
        if opens {
            out.push(APART);
        }
    }
    out
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Whether nothing of `text` would be seen: white space, controls, and what Unicode has programs leave
/// out where they cannot show it (`Default_Ignorable_Code_Point`), which phones and copied text bring along.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_ignorable(c))
}

/// What has no width and no ink: `Default_Ignorable_Code_Point`, and the empty braille pattern.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Controls and directions in order.
fn settle(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut directions = Directions::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            _ if breaks_line(c) => {
                if c == '\r' {
                    chars.next_if_eq(&'\n');
                }
                out.extend(directions.close());
                out.push('\n');
            }
            '\t' => out.push(c),
            _ if c.is_control() => {}
            _ if directions.allows(c) => out.push(c),
            _ => {}
        }
    }
    out.extend(directions.close());
    out
}

/// What closes the directions still open at the end of the last line of `text`, in order.
pub(super) fn closers(text: &str) -> impl Iterator<Item = char> {
    let mut directions = Directions::default();
    for c in text.chars() {
        if breaks_line(c) {
            directions = Directions::default();
        }
        directions.allows(c);
    }
    directions.close()
}

/// The line breaks of UAX #14 that no one can ask not to be one.
fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\u{0B}' | '\u{0C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

const END_OF_EMBEDDING: char = '\u{202C}';
const END_OF_ISOLATE: char = '\u{2069}';

/// The embeddings and isolates open at a point in a line, each as what closes it.
#[derive(Default)]
struct Directions {
    open: Vec<char>,
    isolates: usize,
}

impl Directions {
    /// Takes note of `c`; false if it would close what was not opened.
    fn allows(&mut self, c: char) -> bool {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => self.open.push(END_OF_EMBEDDING),
            '\u{2066}' | '\u{2067}' | '\u{2068}' => {
                self.open.push(END_OF_ISOLATE);
                self.isolates += 1;
            }
            END_OF_EMBEDDING => return self.open.pop_if(|closer| *closer == END_OF_EMBEDDING).is_some(),
            END_OF_ISOLATE if self.isolates == 0 => return false,
            END_OF_ISOLATE => {
                // The end of an isolate ends the embeddings left open inside it.
                while self.open.pop() == Some(END_OF_EMBEDDING) {}
                self.isolates -= 1;
            }
            _ => {}
        }
        true
    }

    fn close(&mut self) -> impl Iterator<Item = char> + use<> {
        self.isolates = 0;
        std::mem::take(&mut self.open).into_iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_what_would_ping() {
        for (text, want) in [
            ("@everyone", "@\u{200B}everyone"),
            ("hey @Here and @channel", "hey @\u{200B}Here and @\u{200B}channel"),
            (
                "<!channel> <!here|here> <!everyone>",
                "<\u{200B}!channel> <\u{200B}!here|here> <\u{200B}!everyone>",
            ),
            ("<@123> <@!123> <@&123>", "<\u{200B}@123> <\u{200B}@!123> <\u{200B}@&123>"),
            ("<@U012AB3CD> <!subteam^S1>", "<\u{200B}@U012AB3CD> <\u{200B}!subteam^S1>"),
            ("<#C1|general> <#123>", "<\u{200B}#C1|general> <\u{200B}#123>"),
            ("<@everyone>", "<\u{200B}@\u{200B}everyone>"),
            // Hidden behind what is itself left out.
            ("@\0everyone <\u{7}@1> @\u{202C}here", "@\u{200B}everyone <\u{200B}@1> @\u{200B}here"),
        ] {
            assert_eq!(neutralise(text), want);
        }
    }

    #[test]
    fn leaves_neutral_text_alone() {
        for text in [
            "",
            "Plain, with @someone and #tag\n\tand a < b > c <3",
            "שלום 👨‍👩‍👧‍👦 \u{2067}אב\u{2069} \u{202B}א\u{202C}",
            "@every one, @ here",
        ] {
            assert_eq!(neutralise(text), text);
        }
    }

    #[test]
    fn closes_directions_by_the_end_of_the_line() {
        assert_eq!(neutralise("a\u{202E}b\nc"), "a\u{202E}b\u{202C}\nc");
        assert_eq!(neutralise("\u{2066}\u{202E}x"), "\u{2066}\u{202E}x\u{202C}\u{2069}");
        // An embedding cannot be closed from inside an isolate, and an isolate's end closes what is in it.
        assert_eq!(neutralise("\u{202A}\u{2067}\u{202C}x"), "\u{202A}\u{2067}x\u{2069}\u{202C}");
        assert_eq!(neutralise("\u{2067}\u{202A}x\u{2069}y\u{202C}"), "\u{2067}\u{202A}x\u{2069}y");
        assert_eq!(neutralise("a\u{202C}b\u{2069}c"), "abc");
        assert_eq!(closers("\u{2066}a\n\u{202E}\u{2068}b").collect::<String>(), "\u{2069}\u{202C}");
    }

    #[test]
    fn keeps_lines_and_tabs_and_no_other_controls() {
        assert_eq!(neutralise("a\r\nb\rc\u{2028}d\u{2029}e\u{85}f\u{B}g"), "a\nb\nc\nd\ne\nf\ng");
        assert_eq!(neutralise("a\0b\u{1B}[31mc\u{7F}\u{9B}\td"), "ab[31mc\td");
    }

    /// Pieces that meet to make mentions, lines and directions.
    fn hostile() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                Just("@".to_owned()),
                Just("<".to_owned()),
                Just("!".to_owned()),
                Just("#".to_owned()),
                Just("&1>".to_owned()),
                Just("every".to_owned()),
                Just("one".to_owned()),
                Just("HERE".to_owned()),
                Just("channel".to_owned()),
                "[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{200B}\u{2028}\u{2029}\r\n\t\0\u{85}]",
                "\\PC",
            ],
            0..40,
        )
        .prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn is_idempotent(text in hostile()) {
            let once = neutralise(&text);
            prop_assert_eq!(neutralise(&once), once);
        }

        #[test]
        fn pings_nobody_and_leaves_nothing_open(text in hostile()) {
            let neutral = neutralise(&text);
            let lower = neutral.to_ascii_lowercase();
            for call in ["@everyone", "@here", "@channel", "<@", "<!", "<#"] {
                prop_assert!(!lower.contains(call), "{:?}", neutral);
            }
            for line in neutral.split('\n') {
                prop_assert_eq!(closers(line).count(), 0);
                prop_assert!(!line.contains(|c: char| c.is_control() && c != '\t'));
            }
        }

        #[test]
        fn adds_and_drops_only_what_cannot_be_seen(text in hostile()) {
            let seen = |text: &str| -> String {
                text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{200B}'..='\u{202E}' | '\u{2066}'..='\u{2069}')).collect()
            };
            prop_assert_eq!(seen(&neutralise(&text)), seen(&text));
        }
    }
}

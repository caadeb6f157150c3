//! Whatever people write, it is shown as they wrote it, within the limits, and calls nobody. Checked by
//! reading the output the way each platform reads it.

use chat::card::Card;
use chat::post::{Author, Media, Quoted};
use chat::text::{Message, Text};
use chat::weigh;
use proptest::prelude::*;
use serde_json::Value;
use wire::{discord, slack};

use crate::render::card;

/// Text of the kinds that platforms find something in.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 ,.!?]{1,12}",
        2 => "\\PC{0,8}",
        2 => prop::sample::select(vec![
            "@everyone", "@here", "@Channel", "<!channel>", "<!everyone|x>", "<!here>", "<@U123ABC>", "<@123456>",
            "<@!123456>", "<@&123456>", "<#C123>", "<#123>", "<!subteam^S1>", "</join:123>", "<t:1:R>", "<:a:1>",
            "<a:b:1>", "<id:browse>", "<https://evil.example|click>", "[click](https://evil.example)",
            "[a](<https://evil.example>)", "**bold**", "__u__", "_i_", "*i*", "~~s~~", "||spoiler||", "`code`",
            "```\nblock\n```", "# head", "-# small", "- item", "> quote", ">>> quote", "1. one", "2) two",
            ":smile:", ":+1:", "20:24:30", "&amp;", "&lt;!channel&gt;", "\\", "\\*", "\\\\",
            "https://example.org/a_b_c*d*", "https://x.com/@everyone", "(https://en.wikipedia.org/wiki/A_(b))",
            "http://", "http://*", "http://a", "https://localhost/_a_", "https://a.example|*x*", "ahttps://a.example/_b_",
            "\u{202E}", "\u{2066}", "\u{200B}", "\u{200D}", "e\u{301}\u{323}", "👩🏽‍🚀", "שלום", "\u{FEFF}",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\n", "\n\n", " ", "\t", "\0", "\u{2028}", "<", "@", "*", "_", "[", "]", "|"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

fn any_card() -> impl Strategy<Value = Card> {
    (
        (
            hostile(),
            prop::option::of("[a-z_]{1,15}"),
            hostile(),
            prop::option::of(hostile()),
            prop::option::of(hostile()),
        ),
        (
            0_usize..40,
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            prop::collection::vec(prop::option::of(hostile()), 0..5),
        ),
    )
        .prop_map(|((name, handle, text, quoted, label), (times, first_time, linked, refiled, alts))| {
            Card {
                author: Author { name: name.clone(), handle: handle.clone(), ..card().author },
                label,
                first_time,
                text: text.repeat(times),
                quoted: quoted.map(|text| Quoted {
                    names: Vec::new(),
                    author: None,
                    name: name.clone(),
                    handle,
                    text: text.repeat(times),
                    link: linked.then(|| "https://x.com/i/status/20".to_owned()),
                }),
                media: alts
                    .into_iter()
                    .map(|alt| Media {
                        alt,
                        url: Some(format!("https://pbs.twimg.com/{name}")),
                        ..card().media[0].clone()
                    })
                    .chain(card().media)
                    .collect(),
                link: if linked { card().link } else { None },
                refile: refiled.then_some(chat::action::Action::New),
                hide: refiled.then_some(chat::action::Action::New),
                block: refiled.then_some(chat::action::Action::New),
                ..card()
            }
        })
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Reads Discord's markdown. What is shown, or what was found in it that is more than words.
mod discord_reader {
    /// Mentions as the server finds them: it knows no backslash.
    pub(super) fn calls(content: &str) -> Option<String> {
        for mass in ["@everyone", "@here"] {
            if content.contains(mass) {
                return Some(mass.to_owned());
            }
        }
        content.match_indices("<@").find_map(|(at, _)| {
            let id = content[at + 2..].trim_start_matches(['!', '&']);
            id.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("<@{id}"))
        })
    }

    pub(super) fn shown(content: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = content;
        while let Some(c) = rest.chars().next() {
            let line_start = out.rsplit('\n').next().is_none_or(|line| line.trim().is_empty());
            let after = &rest[c.len_utf8()..];
            if c == '\\' {
                // A backslash takes effect before anything that is neither letter, digit nor blank.
                if let Some(next) = after.chars().next().filter(|n| n.is_ascii_punctuation()) {
                    out.push(next);
                    rest = &after[1..];
                    continue;
                }
            }
            if let Some(url) = url(rest) {
                out.push_str(url);
                rest = &rest[url.len()..];
                continue;
            }
            let found = match c {
                '*' | '_' | '`' | '[' => true,
                '~' => after.starts_with('~'),
                '|' => after.starts_with('|'),
                '<' => after.starts_with(['@', '#', '/', ':', 't', 'a', 'i', 'h', 's']),
                '#' | '-' | '>' | '+' if line_start => after.starts_with(['#', ' ', '>', '\t']),
                '.' if after.starts_with(' ') => {
                    let line = out.rsplit('\n').next().unwrap_or_default().trim_start();
                    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) && !out.is_empty()
                }
                ':' => after.split_once(':').is_some_and(|(name, _)| {
                    !name.is_empty()
                        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
                        && !name.bytes().all(|b| b.is_ascii_digit())
                }),
                _ => false,
            };
            if found {
                return Err(format!("{c:?} before {after:?} in {content:?}"));
            }
            out.push(c);
            rest = after;
        }
        Ok(out)
    }

    fn url(text: &str) -> Option<&str> {
        let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let end = after.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(after.len());
        (after[..end].chars().count() >= 2).then(|| &text[..text.len() - after.len() + end])
    }
}

/// Every text in a Slack body, by how Slack reads it.
mod slack_reader {
    use super::*;

    /// Escaped text in which `<…>` means something: only dates and links of ours may stand there.
    pub(super) fn markup(text: &str) -> Result<(), String> {
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let inside = rest[at + 1..].split('>').next().unwrap_or_default();
            let ours = inside.starts_with("!date^")
                || inside.starts_with("https://x.com/")
                || inside.starts_with("https://pbs.twimg.com/");
            if !ours || !rest[at + 1..].contains('>') {
                return Err(format!("<{inside}> in {text:?}"));
            }
            rest = &rest[at + 1 + inside.len() + 1..];
        }
        let lower = text.to_ascii_lowercase();
        match ["@everyone", "@here", "@channel"].iter().find(|call| lower.contains(*call)) {
            Some(call) => Err(format!("{call} in {text:?}")),
            None => Ok(()),
        }
    }

    /// The limits of every block, and that none of its elements calls anybody.
    pub(super) fn blocks(body: &Value) -> Result<(), String> {
        let blocks = body["blocks"].as_array().unwrap();
        let fallback = body["text"].as_str().unwrap();
        markup(fallback)?;
        if blocks.len() > 50 || fallback.is_empty() || units(fallback) > 4_000 {
            return Err(format!("{} blocks, text of {}", blocks.len(), units(fallback)));
        }
        blocks.iter().try_for_each(walk)
    }

    fn walk(value: &Value) -> Result<(), String> {
        let kind = value["type"].as_str().unwrap_or_default();
        let text = value["text"].as_str().unwrap_or_default();
        match kind {
            "user" | "usergroup" | "broadcast" | "channel" => return Err(format!("{kind} in {value}")),
            "mrkdwn" | "plain_text" => {
                markup(text)?;
                if text.is_empty() || units(text) > 3_000 {
                    return Err(format!("{kind} of {}", units(text)));
                }
                if kind == "plain_text" && text.contains('<') {
                    return Err(format!("unescaped: {text}"));
                }
            }
            "rich_text" => {
                let long = shown(value).map(|t| units(&t)).sum::<usize>();
                if long > 3_000 || value["elements"][0]["elements"].as_array().is_none_or(Vec::is_empty) {
                    return Err(format!("rich text of {long}"));
                }
            }
            "link" => {
                let url = value["url"].as_str().unwrap_or_default();
                if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(['<', ' ']) {
                    return Err(format!("link to {url}"));
                }
            }
            "context" if value["elements"].as_array().is_none_or(|e| e.len() > 10 || e.is_empty()) => {
                return Err("context".to_owned());
            }
            "image" => {
                let alt = value["alt_text"].as_str().unwrap_or_default();
                let url = value["image_url"].as_str().unwrap_or_default();
                if let Some(call) =
                    ["<!", "<@", "<#", "@everyone", "@here", "@channel"].iter().find(|c| alt.contains(**c))
                {
                    return Err(format!("{call} in {alt:?}"));
                }
                if alt.is_empty() || units(alt) > 2_000 || !url.starts_with("https://") {
                    return Err(format!("image {url} {alt}"));
                }
            }
            _ => {}
        }
        match value {
            Value::Array(inner) => inner.iter().try_for_each(walk),
            Value::Object(fields) => fields.values().try_for_each(walk),
            _ => Ok(()),
        }
    }

    /// What rich text shows.
    pub(super) fn shown(block: &Value) -> impl Iterator<Item = String> {
        let sections = block["elements"].as_array().unwrap().iter();
        sections.flat_map(|s| s["elements"].as_array().unwrap()).map(|e| {
            let text = if e["text"].is_string() { &e["text"] } else { &e["url"] };
            text.as_str().unwrap().to_owned()
        })
    }
}

/// As the renderers show it, but for what parts mentions: U+200B, and `%40` in an address.
fn expected(text: &str) -> String {
    weigh::neutralise(text).replace("%40", "@").replace('\u{200B}', "")
}

#[test]
fn what_people_write() {
    for (text, on_discord, on_slack) in [
        ("*a* _b_ ~~c~~ `d` ||e||", r"\*a\* \_b\_ \~\~c\~\~ \`d\` \|\|e\|\|", "*a* _b_ ~~c~~ `d` ||e||"),
        (
            "# head\n- item\n> quote\n1. one",
            "\\# head\n\\- item\n\\> quote\n1\\. one",
            "# head\n- item\n> quote\n1. one",
        ),
        (
            "hey @everyone <!channel>",
            "hey @\u{200B}everyone \\<\u{200B}!channel>",
            "hey @\u{200B}everyone <\u{200B}!channel>",
        ),
        ("<@123> <#1>", "\\<\u{200B}@123> \\<\u{200B}#1>", "<\u{200B}@123> <\u{200B}#1>"),
        ("[click](https://evil.example)", "\\[click](https://evil.example)", "[click](https://evil.example)"),
        (
            "see https://a.example/b_c_d, ok",
            "see https://a.example/b_c_d, ok",
            "see https://a.example/b_c_d, ok",
        ),
        (
            "youtube.com/@here https://youtube.com/@HereAndNow",
            "youtube.com/@\u{200B}here https://youtube.com/%40HereAndNow",
            "youtube.com/@\u{200B}here https://youtube.com/%40HereAndNow",
        ),
        (":smile: at 20:24:30", "\\:smile: at 20:24:30", ":smile: at 20:24:30"),
        (r"¯\_(ツ)_/¯", r"¯\\\_(ツ)\_/¯", r"¯\_(ツ)_/¯"),
        ("a\u{202E}b", "a\u{202E}b\u{202C}", "a\u{202E}b\u{202C}"),
    ] {
        let message = Message::from(Text::plain(text));
        assert_eq!(discord::message(&message)["content"], on_discord);
        assert_eq!(slack_reader::shown(&slack::message(&message)["blocks"][0]).collect::<String>(), on_slack);
    }
    let message = Message::from(Text::plain("R&D <!channel> <https://evil.example|click>"));
    assert_eq!(
        slack::message(&message)["text"],
        "R&amp;D &lt;\u{200B}!channel&gt; &lt;https://evil.example|click&gt;"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn discord_shows_what_was_written(text in hostile()) {
        let body = discord::message(&Message::from(Text::plain(text.clone())));
        let content = body["content"].as_str().unwrap();
        let content = if content.is_empty() { body["embeds"][0]["description"].as_str().unwrap_or_default() } else { content };
        prop_assert_eq!(discord_reader::calls(content), None);
        let shown = discord_reader::shown(content).map_err(TestCaseError::fail)?;
        prop_assert_eq!(expected(&shown), expected(&text));
    }

    #[test]
    fn discord_marks_only_what_is_ours(text in hostile()) {
        let body = discord::message(&Message::from(Text::new().bold(text)));
        let content = body["content"].as_str().unwrap();
        prop_assert_eq!(discord_reader::calls(content), None);
        let inner = content.trim();
        let inner = inner.strip_prefix("**").and_then(|c| c.strip_suffix("**")).unwrap_or(inner);
        let shown = discord_reader::shown(&format!("x{inner}"));
        prop_assert!(shown.is_ok(), "{:?}", shown);
    }

    #[test]
    fn slack_shows_what_was_written(text in hostile()) {
        let body = slack::message(&Message::from(Text::plain(text.clone())));
        slack_reader::blocks(&body).map_err(TestCaseError::fail)?;
        let shown: String = body["blocks"].as_array().unwrap().iter().flat_map(slack_reader::shown).collect();
        // Trimmed at the end of it all: what is taken away may stand before white space.
        let (shown, written) = (expected(&shown), expected(&text));
        prop_assert_eq!(shown.trim_start(), written.trim_start());
    }

    #[test]
    fn slack_messages_stay_within_the_limits(text in hostile(), times in 0_usize..60) {
        let text = text.repeat(times);
        let body = slack::message(&Message::from(Text::plain(text.clone()).bold(text.clone()).code(text)));
        slack_reader::blocks(&body).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn discord_messages_stay_within_the_limits(text in hostile(), times in 0_usize..60) {
        let text = text.repeat(times);
        let body = discord::message(&Message::from(Text::plain(text.clone()).bold(text.clone()).code(text)));
        prop_assert!(units(body["content"].as_str().unwrap()) <= 2_000);
        prop_assert!(body["embeds"].as_array().unwrap().iter().all(|e| units(e["description"].as_str().unwrap()) <= 4_096));
    }

    #[test]
    fn slack_cards(cards in prop::collection::vec(any_card(), 0..16)) {
        let body = slack::cards(&cards);
        if !cards.is_empty() {
            slack_reader::blocks(&body).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn discord_cards(cards in prop::collection::vec(any_card(), 0..14)) {
        let body = discord::cards(&cards);
        let embeds = body["embeds"].as_array().unwrap();
        prop_assert_eq!(embeds.len(), cards.len().min(discord::MOST_CARDS));
        let mut total = 0;
        for (embed, card) in embeds.iter().zip(&cards) {
            let (author, description) = (embed["author"]["name"].as_str().unwrap(), embed["description"].as_str().unwrap());
            prop_assert!(units(author) <= 256 && !author.trim().is_empty());
            prop_assert!(units(description) <= 4_096);
            total += units(author) + units(description);
            for text in [author, description] {
                prop_assert_eq!(discord_reader::calls(text), None, "{:?}", text);
            }
            // What is ours taken away, nothing but words is left.
            let ours = format!("<t:{}:t>", card.at.timestamp());
            let (words, foot) = description.rsplit_once(&ours).unwrap();
            prop_assert!(foot.starts_with(" · "), "{}", foot);
            let words: String = words
                .lines()
                .filter(|line| !line.starts_with("> **"))
                .map(|line| format!("{}\n", line.strip_prefix("> ").unwrap_or(line)))
                .collect();
            discord_reader::shown(&words).map_err(TestCaseError::fail)?;
        }
        prop_assert!(total <= 6_000, "{total}");
    }

    /// What `fit` says fits is shown whole.
    #[test]
    fn fitting_cards_are_whole(cards in prop::collection::vec(any_card(), 2..14)) {
        let whole = |fit: usize, body: Value| fit < 2 || !body.to_string().contains("(more on X)");
        let n = slack::fit(&cards);
        prop_assert!(whole(n, slack::cards(&cards[..n])) || cards[..n].iter().any(|c| units(&c.text) > 1_500));
        let n = discord::fit(&cards);
        prop_assert!(whole(n, discord::cards(&cards[..n])) || cards[..n].iter().any(|c| units(&c.text) > 1_500));
    }
}

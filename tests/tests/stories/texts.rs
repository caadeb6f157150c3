//! What people write, shown faithfully and pinging nobody.

use earshot::cast;
use earshot::standin::x::{Draft, Picture};
use tests::{Show, is_card, words_of, x_id};

async fn in_q1() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    // One person writes all of it, one after the other.
    show.slack("set burst off").await;
    show.at("Tue 20:06").await;
    show
}

/// Every card, Discord's with its backslashes: without them its reader would see marks and links.
fn cards(show: &Show) -> Vec<String> {
    let all = show.everything();
    let cards = all.iter().filter(|m| m.author.bot && is_card(m));
    cards
        .map(|m| {
            let words = match m.payload["embeds"][0]["description"].as_str() {
                Some(raw) => {
                    format!("{}\n{raw}", m.payload["embeds"][0]["author"]["name"].as_str().unwrap_or(""))
                }
                None => words_of(m),
            };
            format!("{} | {}", m.platform, words.replace('\n', "\n    "))
        })
        .collect()
}

fn assert_nobody_is_pinged(show: &Show) {
    for message in show.everything().iter().filter(|m| m.author.bot && is_card(m)) {
        assert_eq!(message.pings, Vec::<String>::new(), "{}", words_of(message));
        let raw = message.payload.to_string();
        for call in ["<!channel>", "<!here>", "<!everyone>", "<!subteam", "\"broadcast\"", "\"user_id\""] {
            assert!(!raw.contains(call), "{call} in {raw}");
        }
        if message.platform == "discord" {
            let allowed = &message.payload["allowed_mentions"];
            assert_eq!(allowed["parse"], serde_json::json!([]), "{raw}");
            for named in ["users", "roles"] {
                assert!(allowed[named].as_array().is_none_or(Vec::is_empty), "{raw}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_and_mass_mentions() {
    let mut show = in_q1().await;
    for text in [
        "A1 @everyone @here look! #SMXChat",
        "A1 <!channel> <!here> <!everyone> <@U0MAYA> <#C0DESK> <!subteam^S1> #SMXChat",
        "A1 <@5100000000000000002> <@!5100000000000000002> <@&4100000000000000003> <#4100000000000000002> #SMXChat",
        "A1 *bold* _it_ ~no~ `code` ```block``` > quote ||spoiler|| **strong** # big #SMXChat",
        "A1 [free money](https://evil.example) <https://evil.example|your bank> #SMXChat",
        "A1 a & b < c > d &amp; &lt; \\ \" ' #SMXChat",
        "A1 <t:1795550400:F> </join:1> <a:wave:1> :tada: <!date^1^{time}|now> #SMXChat",
    ] {
        show.x("adaokafor", text).await;
    }
    show.at("20:08").await;
    assert_nobody_is_pinged(&show);
    insta::assert_snapshot!(cards(&show).join("\n"));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_texts_too() {
    let mut show = in_q1().await;
    show.answer(cast::AMARA, "@everyone <!channel> hello").await;
    show.at("20:07").await;
    // In Slack, through the form of the Answer button.
    show.press_as(cast::PRIYA, cast::SLACK_CHANNEL, "Answer").await;
    let answer = show.fill_in(cast::PRIYA, &[("answer", "<!here> *Priya* from Pune & friends")]).await;
    assert_eq!(answer.status, 200);
    show.at("20:08").await;
    assert_nobody_is_pinged(&show);
    insta::assert_snapshot!(cards(&show).join("\n"));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_letters() {
    let mut show = in_q1().await;
    for text in [
        "A1 never closed: \u{202E}sdrawkcab #SMXChat",
        "A1 right to left: \u{202E}sdrawkcab\u{202C} and \u{2066}isolated\u{2069} #SMXChat",
        "A1 zero\u{200B}width\u{200D}joiner\u{FEFF} @\u{200B}everyone #SMXChat",
        "A1 é e\u{301} Z\u{351}\u{36B}\u{343}\u{32A}\u{302}a\u{308}\u{30A} #SMXChat",
        "A1 👩\u{200D}👩\u{200D}👧\u{200D}👦 🏳\u{FE0F}\u{200D}🌈 🇬🇭 👋🏾 ❤\u{FE0F} #SMXChat",
        "A1 مرحبا بالجميع من القاهرة #SMXChat",
        "A1 こんにちは、広島です ＃SMXChat",
        "A1 line\nbreaks\n\n\n\nand\ttabs\r\nhere #SMXChat",
    ] {
        show.x("adaokafor", text).await;
    }
    show.at("20:08").await;
    assert_nobody_is_pinged(&show);
    // Escaped, so that a reader of this file sees what is there.
    let shown = cards(&show).join("\n");
    let escaped: String = shown
        .chars()
        .map(|c| if c == '\n' || c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() })
        .collect();
    insta::assert_snapshot!(escaped);
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_posts_are_shortened_between_letters() {
    let mut show = in_q1().await;
    let family = "👩\u{200D}👩\u{200D}👧\u{200D}👦";
    let long = format!("A1 {} #SMXChat", "e\u{301}".repeat(2_000));
    let many = format!("A1 {} #SMXChat", family.repeat(570));
    let plain = format!("A1 {} the end. #SMXChat", "words and words ".repeat(245));
    for text in [&long, &many, &plain] {
        assert!(text.chars().count() > 3_900, "{}", text.chars().count());
        show.x("adaokafor", text).await;
        show.at(&(show.now() + chrono::TimeDelta::seconds(10)).to_rfc3339()).await;
    }
    assert_nobody_is_pinged(&show);
    let cards = cards(&show);
    assert_eq!(cards.len(), 6);
    for card in &cards {
        assert!(card.contains("View on X"), "{card}");
        let text = card.split("A1 ").nth(1).unwrap_or_default();
        let text = text.split('…').next().unwrap_or_default();
        // No half letter and no half family at the cut.
        if text.contains('\u{301}') {
            assert!(text.trim_end().ends_with('\u{301}'), "{}", &text[text.len().saturating_sub(20)..]);
        }
        if let Some(cut) = text.trim_end().rsplit(family).next().filter(|_| text.contains(family)) {
            assert_eq!(cut, "", "a family was cut");
        }
    }
    let whole: Vec<bool> = cards.iter().map(|card| card.contains("the end.")).collect();
    assert!(whole.iter().any(|w| *w), "4,000 characters fit into Discord's embed");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_and_pictures() {
    let mut show = in_q1().await;
    let quoted = show.platforms.x.put(x_id("brunolima"), Draft::text("Recife at @everyone dawn"));
    let quoted = quoted.expect("posted");
    let post = Draft {
        text: "A1 this, every morning #SMXChat".to_owned(),
        quotes: Some(quoted),
        pictures: vec![
            Picture {
                url: "https://pbs.twimg.com/media/a.jpg".to_owned(),
                alt: Some("A harbour at dawn".to_owned()),
            },
            Picture { url: "https://pbs.twimg.com/media/b.jpg".to_owned(), alt: None },
        ],
        ..Draft::default()
    };
    show.platforms.x.post(x_id("adaokafor"), post).await.expect("posted");
    show.settle().await;
    show.at("20:07").await;
    assert_nobody_is_pinged(&show);
    insta::assert_snapshot!(cards(&show).join("\n"));
}

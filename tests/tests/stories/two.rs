//! Two chats at once: in two channels, and in the same one.

use earshot::cast;
use earshot::standin::slack;
use serde_json::Value;
use tests::{Show, Stage};

const OTHER: &str = "C0BOOKS";

async fn show_with_two_channels() -> Show {
    let cast: fn(&mut slack::Config, &mut _, &mut earshot::standin::x::Config) = |slack, _, x| {
        slack.channels.push(slack::Channel::new(OTHER, "bookclub"));
        x.rules.push(earshot::standin::x::Rule::hashtag("2", "BookClub"));
    };
    Show::on(Stage { cast, ..Stage::at("2026-11-19T10:00:00Z") }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_in_two_channels_at_the_same_hour() {
    let mut show = show_with_two_channels().await;
    show.set_up().await;
    show.slack("ask What are you building?").await;
    show.slack_as(cast::MAYA, OTHER, "new #BookClub every Tuesday 8pm London").await;
    let elsewhere = show.slack_as(cast::MAYA, OTHER, "bookclub connect slack").await;
    show.slack_as(cast::MAYA, OTHER, "connect x").await;
    show.slack_as(cast::MAYA, OTHER, "preview").await;
    show.press_as(cast::MAYA, OTHER, "Approve X").await;
    // The channel chooses.
    let asked = show.slack_as(cast::MAYA, OTHER, "ask What are you reading?").await;
    let since = show.now();
    show.at("Tue 20:06").await;
    // A post with both hashtags belongs to both.
    let both = "A1 a bookshelf, and the books for it. #SMXChat #BookClub";
    show.x("adaokafor", both).await;
    show.x("brunolima", "A1 Middlemarch. #BookClub").await;
    show.at("21:20").await;
    show.assert_kept().await;
    insta::assert_snapshot!(format!("{elsewhere}\n{asked}\n{}", show.transcript_since(since)));
    let in_books = |part: &str| show.said("slack", part).iter().filter(|m| m.channel == OTHER).count();
    assert_eq!(in_books("What are you reading?"), 1);
    assert_eq!(in_books("What are you building?"), 0);
    assert_eq!(in_books("a bookshelf"), 1);
    assert_eq!(in_books("Middlemarch"), 1);
    assert_eq!(show.said("slack", "a bookshelf").len(), 2, "once in each chat");
    assert_eq!(show.said("slack", "Middlemarch").len(), 1, "in its own chat only");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_in_one_channel_ask_which() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.slack("new #SMXChat every Tuesday 8pm London").await;
    show.slack("connect slack").await;
    show.slack("new #BookClub every Thursday 8pm London").await;
    let connected = show.slack("bookclub connect slack").await;
    let which = show.slack("ask What are you reading?").await;
    let chosen = show.press("#BookClub").await;
    // Named, there is nothing to ask.
    let named = show.slack("smxchat ask What are you building?").await;
    let questions = show.slack("bookclub questions").await;
    insta::assert_snapshot!(format!("{connected}\n{which}\n{chosen}\n{named}\n{questions}"));
    assert!(questions.contains("What are you reading?") && !questions.contains("building"), "{questions}");
    show.at("Thu 20:06").await;
    assert_eq!(show.said("slack", "What are you reading?").len(), 1);
    assert_eq!(show.said("slack", "What are you building?").len(), 0);
    show.at("Tue 20:06").await;
    assert_eq!(show.said("slack", "What are you reading?").len(), 1);
    assert_eq!(show.said("slack", "What are you building?").len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_chat_leaves_its_channel_and_comes_back_when_it_is_called() {
    let mut show = show_with_two_channels().await;
    show.set_up().await;
    show.slack("new #BookClub every Thursday 8pm London").await;
    show.slack("bookclub connect slack").await;
    let reply = show.slack("bookclub connect discord").await;
    let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
    show.discord_with(cast::TOMASZ, "connect", &[("code", Value::String(code.expect("a code")))]).await;
    show.slack("bookclub ask What are you reading?").await;
    show.slack("bookclub retire").await;
    show.press("Retire it").await;
    // One chat is left here, and nothing to ask.
    let when = show.slack("when").await;
    assert!(when.starts_with("#SMXChat meets"), "{when}");
    let in_discord = show.discord(cast::AMARA, "when").await;
    assert!(in_discord.contains("#SMXChat") && !in_discord.contains("#BookClub"), "{in_discord}");
    let named = show.slack("bookclub when").await;
    let steered = show.slack("bookclub ask Anyone there?").await;
    let form = show.slack_as(cast::SOL, cast::SLACK_CHANNEL, "new #BookClub every Monday 8pm London").await;
    let back = show.slack("new #bookclub every Thursday 7pm London").await;
    let again = show.slack("new #bookclub every Thursday 7pm London").await;
    let which = show.slack("when").await;
    insta::assert_snapshot!(format!("{named}\n{steered}\n{form}\n{back}\n{again}\n{which}"));
    show.at("Thu 19:01").await;
    assert_eq!(show.said("slack", "Welcome to #BookClub!").len(), 1, "{}", show.transcript());
    assert_eq!(show.said("discord", "Welcome to #BookClub!").len(), 1);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_new_chat_stays_open_until_it_is_right() {
    let mut show = show_with_two_channels().await;
    show.slack("new #SMXChat every Tuesday 8pm London").await;
    show.slack("new").await;
    let fields = [("hashtag", "#SMXChat"), ("when", "every Monday"), ("city", "Nowhereville")];
    let wrong = show.fill_in(cast::MAYA, &fields).await;
    let fields = [("hashtag", "#smxchat"), ("when", "every Monday 8pm"), ("city", "London")];
    let taken = show.fill_in(cast::MAYA, &fields).await;
    insta::assert_snapshot!(format!("{:#}\n{:#}", wrong.body, taken.body));
    let fields = [("hashtag", "#BookClub"), ("when", "every Monday 8pm"), ("city", "London")];
    let made = show.fill_in(cast::MAYA, &fields).await;
    assert!(made.body.to_string().contains("#BookClub is on"), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_in_one_discord_channel() {
    let mut show = show_with_two_channels().await;
    show.set_up().await;
    show.slack_as(cast::MAYA, OTHER, "new #BookClub every Thursday 8pm London").await;
    show.slack_as(cast::MAYA, OTHER, "bookclub connect slack").await;
    let reply = show.slack_as(cast::MAYA, OTHER, "connect discord").await;
    let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
    show.discord_with(cast::TOMASZ, "connect", &[("code", Value::String(code.expect("a code")))]).await;
    let when = show.discord(cast::AMARA, "when").await;
    let join = show.discord(cast::AMARA, "join").await;
    let form = show.discord_press(cast::AMARA, "Join #BookClub").await;
    let joined = show.fill_modal(cast::AMARA, &form, &[]).await;
    insta::assert_snapshot!(format!("{when}\n{join}\n{joined}"));
    assert!(joined.contains("#BookClub"), "{joined}");
    show.assert_kept().await;
}

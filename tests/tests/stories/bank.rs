//! The question bank in the rooms: suggested in one, voted for in another, asked in all, with a name.

use earshot::cast;
use earshot::standin::{StandIn, slack};
use serde_json::{Value, json};
use tests::{SIX, Show, Stage, words};

const BACK: &str = "What would bring you back after a year away?";
const RULE: &str = "Which rule of your community would you drop first?";
const SILENCE: &str = "How do you notice that somebody has gone quiet?";

async fn planned() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    for question in SIX.iter().take(4) {
        show.slack(&format!("ask {question}")).await;
    }
    show
}

async fn suggest(show: &mut Show, user: &str, text: &str) -> String {
    show.discord_with(user, "suggest", &[("question", Value::from(text))]).await
}

/// Somebody presses the newest button of this label in Discord, and reads what comes of it.
async fn press(show: &mut Show, user: &str, label: &str) -> String {
    let answer = show.discord_press(user, label).await;
    words::discord(answer.get("data").unwrap_or(&Value::Null))
}

/// Sends a modal of one field in Discord.
async fn send(show: &mut Show, user: &str, modal: &Value, text: &str) -> String {
    let custom_id = modal.pointer("/data/custom_id").and_then(Value::as_str).expect("a modal").to_owned();
    let values = [("question", text)];
    let submitted = show.platforms.discord.submit(user, &custom_id, &values);
    let answer = Box::pin(submitted).await.expect("Earshot answers");
    assert_eq!((answer.status, answer.refused), (200, None));
    show.settle().await;
    words::discord(answer.body.get("data").unwrap_or(&Value::Null))
}

/// Opens the form of `/suggest` in Discord.
async fn form(show: &mut Show, user: &str) -> Value {
    let typed = show.platforms.discord.command(user, cast::DISCORD_CHANNEL, "suggest", &[]);
    let answer = Box::pin(typed).await.expect("Earshot answers");
    assert_eq!((answer.status, answer.refused), (200, None));
    answer.body
}

/// Whether anything that stands in a room says so.
fn anybody_reads(show: &Show, part: &str) -> bool {
    show.everything().iter().any(|message| message.payload.to_string().contains(part))
}

#[tokio::test(flavor = "multi_thread")]
async fn suggested_in_discord_and_slack_voted_for_and_asked_with_a_name() {
    let mut show = planned().await;
    let since = show.now();
    let mut told = vec![format!("Amara types it:\n{}", suggest(&mut show, cast::AMARA, BACK).await)];
    show.at("10:01").await;
    let modal = form(&mut show, cast::JUNO).await;
    told.push(format!("Juno fills in the form:\n{}", send(&mut show, cast::JUNO, &modal, RULE).await));
    show.at("10:02").await;
    let typed = format!("suggest {SILENCE}");
    let read = show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, &typed).await;
    told.push(format!("Priya types it in Slack:\n{read}"));
    told.push(format!("Juno:\n{}", show.discord(cast::JUNO, "suggestions").await));
    told.push(format!("votes for the first:\n{}", press(&mut show, cast::JUNO, "1: vote").await));
    show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, "suggestions").await;
    let read = show.press_as(cast::PRIYA, cast::SLACK_CHANNEL, "1: vote").await;
    told.push(format!("Priya too, in Slack:\n{read}"));
    // All of that is for their eyes only.
    for text in [BACK, RULE, SILENCE] {
        assert!(!anybody_reads(&show, text), "{text}");
    }
    told.push(format!("Maya:\n{}", show.slack("ideas").await));
    told.push(format!("takes the first:\n{}", show.press("1: ask it Tue 24 Nov").await));
    told.push(format!("and undoes it:\n{}", show.press("Undo").await));
    show.slack("ideas").await;
    show.press("1: ask it Tue 24 Nov").await;
    told.push(format!("Maya again:\n{}", show.slack("ideas").await));
    told.push(format!("puts one aside:\n{}", show.press("1: not this one").await));
    told.push(format!("and brings it back:\n{}", show.press("Bring it back").await));
    told.push(format!("Her questions:\n{}", show.slack("questions").await));
    let preview = show.slack("preview").await;
    assert_eq!(preview.matches("from Amara").count(), 3, "{preview}");
    assert!(!anybody_reads(&show, BACK), "accepted is not asked");
    show.at("Tue 21:20").await;
    told.push(format!("Juno reads:\n{}", show.discord(cast::JUNO, "questions").await));
    for room in ["x", "discord", "slack"] {
        let said = show.said(room, BACK);
        assert_eq!(said.len(), 1, "{room}:\n{}", show.transcript());
        told.push(format!("{room}: {}", tests::words_of(&said[0])));
    }
    let desk: Vec<String> =
        show.said("desk", "uggestion").iter().filter(|m| m.at >= since).map(tests::words_of).collect();
    told.push(format!("the desk:\n{}", desk.join("\n")));
    insta::assert_snapshot!(told.join("\n\n"));
    for text in [RULE, SILENCE] {
        assert!(!anybody_reads(&show, text), "{text}");
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_and_a_request_that_comes_again_are_one_suggestion() {
    let mut show = planned().await;
    let modal = form(&mut show, cast::AMARA).await;
    let first = send(&mut show, cast::AMARA, &modal, BACK).await;
    // The same request once more, as Discord repeats it: the first answer, and nothing changes.
    let sent = show.platforms.discord.sent().last().expect("a form").clone();
    let before = show.dump().await;
    let again = show.platforms.discord.repeat(&sent).await.expect("an answer");
    assert_eq!(words::discord(again.body.get("data").expect("data")), first);
    assert_eq!(show.dump().await, before);
    // The form was open in another window, and is sent from there as well.
    let other = form(&mut show, cast::AMARA).await;
    let twice = send(&mut show, cast::AMARA, &other, BACK).await;
    assert_eq!(twice, "That one I have from you already, Amara. It waits for votes under `/suggestions`.");
    // At the same moment, from two machines.
    let discord = &show.platforms.discord;
    let options = [("question", Value::from(RULE))];
    let typed = || discord.command(cast::JUNO, cast::DISCORD_CHANNEL, "suggest", &options);
    let (a, b) = tokio::join!(typed(), typed());
    for answer in [a, b] {
        assert_eq!(answer.expect("Earshot answers").status, 200);
    }
    show.settle().await;
    let ideas = show.slack("ideas").await;
    assert!(ideas.starts_with("Two suggestions"), "{ideas}");
    // The chat has retired by the time the form is sent.
    let modal = form(&mut show, cast::AMARA).await;
    show.slack("retire").await;
    show.press("Retire it").await;
    let late = send(&mut show, cast::AMARA, &modal, "And now, what comes after all of this?").await;
    assert!(late.contains("has retired"), "{late}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_votes_at_once_all_count_and_two_who_accept_ask_it_once() {
    let mut show = planned().await;
    show.slack(&format!("organiser add <@{}|sol>", cast::SOL)).await;
    suggest(&mut show, cast::AMARA, BACK).await;
    let people = [cast::JUNO, cast::TOMASZ];
    for user in people {
        show.discord(user, "suggestions").await;
    }
    show.slack_as(cast::PRIYA, cast::SLACK_CHANNEL, "suggestions").await;
    let messages = show.platforms.discord.messages();
    let vote = |user: &'static str| {
        let own = |m: &&earshot::standin::Message| m.ephemeral_for.as_deref() == Some(user);
        let found = messages.iter().rev().filter(own);
        let (message, id) = found
            .filter_map(|m| Some((m.id.clone(), words::discord_button(&m.payload, "1: vote")?)))
            .next()
            .expect("a button");
        let discord = &show.platforms.discord;
        async move { discord.press(user, cast::DISCORD_CHANNEL, &message, &id).await }
    };
    let (a, b, c, d) =
        tokio::join!(vote(cast::JUNO), vote(cast::TOMASZ), vote(cast::JUNO), vote(cast::TOMASZ));
    for answer in [a, b, c, d] {
        assert_eq!(answer.expect("Earshot answers").status, 200);
    }
    show.press_as(cast::PRIYA, cast::SLACK_CHANNEL, "1: vote").await;
    let ideas = show.slack("ideas").await;
    assert!(ideas.contains("(Amara, Thu 19 Nov, three votes)"), "{ideas}");

    show.slack_as(cast::SOL, cast::SLACK_CHANNEL, "ideas").await;
    let messages = show.platforms.slack.messages();
    let accept = |user: &'static str| {
        let own = |m: &&earshot::standin::Message| m.ephemeral_for.as_deref() == Some(user);
        let found = messages.iter().rev().filter(own);
        let (ts, (action, value)) = found
            .filter_map(|m| Some((m.id.clone(), words::slack_button(&m.payload, "Ask it Tue 24 Nov")?)))
            .next()
            .expect("a button");
        let slack = &show.platforms.slack;
        async move { slack.press(user, cast::SLACK_CHANNEL, &ts, &action, value.as_deref()).await }
    };
    let (a, b, c) = tokio::join!(accept(cast::MAYA), accept(cast::SOL), accept(cast::MAYA));
    for answer in [a, b, c] {
        assert_eq!(answer.expect("Earshot answers").status, 200);
    }
    show.settle().await;
    let questions = show.slack("questions").await;
    assert_eq!(questions.matches(BACK).count(), 1, "{questions}");
    let whispers: Vec<String> = show
        .platforms
        .slack
        .messages()
        .iter()
        .filter(|m| m.ephemeral_for.is_some())
        .map(|m| words::slack(&m.payload))
        .collect();
    let count = |part: &str| whispers.iter().filter(|words| words.contains(part)).count();
    assert_eq!(
        (count("Saved as Q5"), count("That one is Q5 of Tue 24 Nov already.")),
        (1, 2),
        "{whispers:#?}"
    );
    show.at("Tue 21:20").await;
    show.assert_once_everywhere(BACK);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisers_press_in_a_strangers_hand() {
    let mut show = planned().await;
    suggest(&mut show, cast::AMARA, BACK).await;
    show.slack("ideas").await;
    let messages = show.platforms.slack.messages();
    let shown = messages.iter().rfind(|m| m.ephemeral_for.as_deref() == Some(cast::MAYA)).expect("a list");
    let before = show.facts().await;
    let mut read = Vec::new();
    for label in ["Ask it Tue 24 Nov", "Not this one"] {
        let (_, value) = words::slack_button(&shown.payload, label).expect("a button");
        // In Slack, and in Discord by somebody who made the id up.
        let button = json!({"type": "button", "action_id": "x-0", "value": value});
        let payload = json!({
            "type": "block_actions",
            "user": {"id": cast::PRIYA, "username": "priya", "team_id": "T01"},
            "team": {"id": "T01", "domain": "stage"},
            "trigger_id": format!("1.2.{label}"),
            "channel": {"id": cast::SLACK_CHANNEL, "name": "smxchat"},
            "container": {"type": "message", "message_ts": shown.id, "channel_id": cast::SLACK_CHANNEL},
            "actions": [button],
        });
        let mut form = String::from("payload=");
        for byte in payload.to_string().bytes() {
            form.push_str(&format!("%{byte:02X}"));
        }
        let kind = "application/x-www-form-urlencoded";
        let sent = show.platforms.slack.signed("/slack/interactions", kind, form.into());
        assert_eq!(show.platforms.slack.repeat(&sent).await.expect("an answer").status, 200);
        let payload = json!({
            "id": format!("13100000000000000{}", label.len()),
            "application_id": "1", "type": 3, "token": "a-token", "version": 1,
            "guild_id": cast::SERVER, "channel_id": cast::DISCORD_CHANNEL,
            "channel": {"id": cast::DISCORD_CHANNEL, "type": 0, "name": "smxchat"},
            "member": {"user": {"id": cast::JUNO, "username": "juno"}, "permissions": "0", "roles": []},
            "message": {"id": "1", "flags": 64},
            "data": {"component_type": 2, "custom_id": value},
        });
        let sent = show.platforms.discord.signed("/discord/interactions", payload.to_string().into());
        let answer = show.platforms.discord.repeat(&sent).await.expect("an answer");
        read.push(format!("[{label}] {}", words::discord(answer.body.get("data").expect("words"))));
    }
    assert_eq!(show.facts().await, before, "something was changed");
    insta::assert_snapshot!(read.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_in_one_discord_channel_ask_which() {
    let cast: fn(&mut slack::Config, &mut _, &mut earshot::standin::x::Config) = |slack, _, x| {
        slack.channels.push(slack::Channel::new("C0BOOKS", "bookclub"));
        x.rules.push(earshot::standin::x::Rule::hashtag("2", "BookClub"));
    };
    let mut show = Show::on(Stage { cast, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.slack_as(cast::MAYA, "C0BOOKS", "new #BookClub every Thursday 8pm London").await;
    show.slack_as(cast::MAYA, "C0BOOKS", "bookclub connect slack").await;
    let reply = show.slack_as(cast::MAYA, "C0BOOKS", "connect discord").await;
    let code = reply.split("/connect ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
    show.discord_with(cast::TOMASZ, "connect", &[("code", Value::String(code.expect("a code")))]).await;
    let text = "Which <book> & \"which\" page would you lend to 'anybody'?";
    let which = suggest(&mut show, cast::AMARA, text).await;
    let chosen = press(&mut show, cast::AMARA, "#BookClub").await;
    let both = show.discord(cast::JUNO, "suggestions").await;
    let books = press(&mut show, cast::JUNO, "Suggestions for #BookClub").await;
    let modal = form(&mut show, cast::JUNO).await;
    assert!(modal.pointer("/data/custom_id").is_none(), "it is asked first: {modal}");
    insta::assert_snapshot!(format!("{which}\n\n{chosen}\n\n{both}\n\n{books}"));
    let modal = show.discord_press(cast::JUNO, "#SMXChat").await;
    send(&mut show, cast::JUNO, &modal, BACK).await;
    assert!(show.slack("smxchat ideas").await.contains(BACK));
    let books = show.slack("bookclub ideas").await;
    assert!(books.contains("lend to 'anybody'?") && !books.contains(BACK), "{books}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_weeks_ago_is_pointed_out_with_its_date() {
    let mut show = planned().await;
    show.at("Tue 21:20").await;
    show.slack("fix Q2 What made you stay, when leaving was so easy?").await;
    for _ in 0..12 {
        show.at("Tue 21:30").await;
        show.at("Wed 09:00").await;
    }
    // Twelve weeks later the hour is far outside of what is loaded for a command.
    assert_eq!(show.now().date_naive().to_string(), "2027-02-10");
    let suggested = suggest(&mut show, cast::AMARA, "So what made you stay when leaving was easy?").await;
    let asked = show.slack("ask Who are you, and which is your community?").await;
    let twin = show.slack(&format!("ask Q1 {}", SIX[0])).await;
    let ideas = show.slack("ideas").await;
    let other = show.slack("ask Which habit of your members surprised you?").await;
    insta::assert_snapshot!(format!("{suggested}\n\n{asked}\n\n{twin}\n\n{ideas}\n\n{other}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_leaves_no_suggestion_and_no_name() {
    let mut show = planned().await;
    for (at, user, text) in
        [("10:01", cast::AMARA, BACK), ("10:02", cast::AMARA, RULE), ("10:03", cast::JUNO, SILENCE)]
    {
        show.at(at).await;
        suggest(&mut show, user, text).await;
    }
    show.discord(cast::AMARA, "suggestions").await;
    press(&mut show, cast::AMARA, "3: vote").await;
    let ideas = show.slack("ideas").await;
    assert!(ideas.contains(&format!("1. {SILENCE} (Juno, Thu 19 Nov, one vote)")), "{ideas}");
    show.press("2: ask it Tue 24 Nov").await;
    show.at("Tue 20:06").await;
    show.answer(cast::AMARA, "Amara, and I keep bees.").await;
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Block this person", "I keep bees").await;
    show.at("Tue 20:10").await;
    let ideas = show.slack("ideas").await;
    assert!(ideas.contains(SILENCE) && ideas.contains("no vote yet") && !ideas.contains(RULE), "{ideas}");
    let questions = show.slack("questions").await;
    assert!(questions.contains(BACK) && !questions.contains("Amara"), "{questions}");
    let refused = suggest(&mut show, cast::AMARA, "And what if I come back with another question?").await;
    assert!(refused.starts_with("The organisers of #SMXChat have asked me not to carry"), "{refused}");
    let person = "discord::5100000000000000002";
    let rows = show.facts().await;
    // The bar itself names her, so that she stays out; membership and what waits are not what this is about.
    let left: Vec<&String> =
        rows.iter().filter(|row| row.contains(person) && row.contains("IDEA#")).collect();
    assert!(left.is_empty(), "{left:#?}");
    let credited: Vec<&String> =
        rows.iter().filter(|row| row.contains(person) && row.contains("\"from\"")).collect();
    assert!(credited.is_empty(), "{credited:#?}");
    show.at("Tue 21:20").await;
    // Not asked yet by then, it is asked without a name.
    for room in ["x", "discord", "slack"] {
        let said = show.said(room, BACK);
        assert!(said.len() == 1 && !tests::words_of(&said[0]).contains("Amara"), "{room}: {said:?}");
    }
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_goes_from_under_a_question_that_stands_in_the_rooms() {
    let mut show = planned().await;
    suggest(&mut show, cast::AMARA, BACK).await;
    show.slack("ideas").await;
    show.press("Ask it Tue 24 Nov").await;
    show.at("Tue 20:55").await;
    for room in ["discord", "slack"] {
        assert!(tests::words_of(&show.said(room, BACK)[0]).contains("from Amara"), "{room}");
    }
    show.answer(cast::AMARA, "Amara, and I keep bees.").await;
    show.press_under(cast::MAYA, cast::SLACK_CHANNEL, "Block this person", "I keep bees").await;
    show.at("20:58").await;
    for room in ["discord", "slack"] {
        let said = show.said(room, BACK);
        assert!(said.len() == 1 && said[0].edited, "{room}:\n{}", show.transcript());
        assert!(!tests::words_of(&said[0]).contains("Amara"), "{room}:\n{}", show.transcript());
    }
    // Nothing can be edited there.
    assert!(tests::words_of(&show.said("x", BACK)[0]).contains("(from Amara)"));
    let questions = show.discord(cast::JUNO, "questions").await;
    assert!(questions.contains(BACK) && !questions.contains("Amara"), "{questions}");
    show.at("21:20").await;
    show.assert_kept().await;
}

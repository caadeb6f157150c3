//! What goes out, as snapshots, and held against each platform's published rules.

use chat::action::Action;
use chat::card::Card;
use chat::name::{EpisodeId, Person, Place, Platform, PostId, QuestionId};
use chat::post::{Author, Media, Quoted};
use chat::reply::Reply;
use chat::text::{Button, Field, Form, Message, Span, Text, TimeStyle, Weight};
use chrono::{DateTime, TimeZone, Utc};
use insta::assert_snapshot;
use serde_json::{Value, json};
use wire::{discord, slack, x};

use crate::shared;

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 20, 0, 0).unwrap()
}

pub(crate) fn episode() -> EpisodeId {
    EpisodeId { chat: "smxchat".parse().unwrap(), planned: start() }
}

fn words(words: &str) -> Message {
    Message::new(Text::plain(words))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// A reminder, with every kind of span.
fn reminder() -> Message {
    Message {
        ping: Some("4110".to_owned()),
        ..Message::from(
            Text::new()
                .span(Span::Role("4110".to_owned()))
                .say(" ")
                .bold("Tomorrow: #SMXChat on R&D <3")
                .line()
                .say("With ")
                .italic("Ada_Obi")
                .say(", ")
                .time(start(), TimeStyle::Full, "Tue 24 Nov, 20:00 London")
                .say(" your time, ")
                .time(start(), TimeStyle::Relative, "in 24 hours")
                .say(", doors ")
                .time(start(), TimeStyle::Clock, "20:00")
                .say(". See https://example.org/a_b_c. Type ")
                .code("/chat when")
                .say(" in ")
                .span(Span::Channel(Place::new(Platform::Slack, "T1", "C1")))
                .span(Span::Channel(Place::new(Platform::Discord, "4105", "4106")))
                .say(" or ask ")
                .span(Span::Person(Person::new(Platform::Slack, "T1", "U1")))
                .span(Span::Person(Person::new(Platform::Discord, "", "80351110224678912")))
                .say("; ")
                .span(Span::Link {
                    label: "the recap".into(),
                    url: "https://example.org/recap?a=1&b=2".into(),
                })
                .say("."),
        )
        .main_button("Join", Action::Join("smxchat".parse().unwrap()))
        .button("Say hello", Action::Hello(episode()))
    }
}

pub(crate) fn card() -> Card {
    Card {
        author: Author {
            person: Person::new(Platform::X, "", "1111"),
            name: "Ada Obi 🌍".to_owned(),
            handle: Some("ada_obi".to_owned()),
            picture: Some("https://pbs.twimg.com/profile_images/1/face_bigger.jpg".to_owned()),
        },
        label: Some("A3".to_owned()),
        first_time: true,
        text: "A3 We moved to a *forum*, and <!channel> nobody minded: https://example.org/a_b #SMXChat"
            .to_owned(),
        quoted: Some(Quoted {
            names: Vec::new(),
            author: None,
            name: "Bo".to_owned(),
            handle: Some("bo_b".to_owned()),
            text: "What did your community do?\n# Tell @everyone".to_owned(),
            link: Some("https://x.com/bo_b/status/20".to_owned()),
        }),
        media: vec![
            Media {
                kind: "photo".to_owned(),
                url: Some("https://pbs.twimg.com/media/a.jpg".to_owned()),
                alt: Some("A kettle & two cups".to_owned()),
            },
            Media {
                kind: "video".to_owned(),
                url: Some("https://pbs.twimg.com/still.jpg".to_owned()),
                alt: None,
            },
            Media { kind: "photo".to_owned(), url: Some("https://evil.example/p.jpg".to_owned()), alt: None },
        ],
        at: Utc.with_ymd_and_hms(2026, 11, 24, 20, 24, 0).unwrap(),
        local: "20:24".to_owned(),
        link: Some("https://x.com/ada_obi/status/2080761390344937796".to_owned()),
        source: Platform::X,
        refile: None,
        hide: None,
        block: None,
    }
}

/// An answer given with the Answer button in Discord.
fn answer() -> Card {
    Card {
        author: Author {
            person: Person::new(Platform::Discord, "", "80351110224678912"),
            name: "*Nelly*".to_owned(),
            handle: None,
            picture: None,
        },
        label: Some("A3?".to_owned()),
        first_time: false,
        text: "We just kept talking.".to_owned(),
        quoted: None,
        media: vec![],
        link: None,
        source: Platform::Discord,
        refile: Some(Action::RefileMenu(
            episode(),
            PostId { source: Platform::Discord, id: "131".to_owned() },
        )),
        hide: Some(Action::Hide(episode(), PostId { source: Platform::Discord, id: "131".to_owned() })),
        block: Some(Action::Block(episode(), PostId { source: Platform::Discord, id: "131".to_owned() })),
        ..card()
    }
}

fn form() -> Form {
    Form {
        action: Action::Answer(episode(), QuestionId(3)),
        title: "Answer Q3".to_owned(),
        submit: "Send".to_owned(),
        intro: Text::new().bold("Q3. What did your community do?").say(" Every room hears you."),
        fields: vec![
            Field {
                key: "text".to_owned(),
                label: "Your answer".to_owned(),
                hint: "A3 …".to_owned(),
                value: String::new(),
                long: true,
                optional: false,
                max: 2000,
            },
            Field {
                key: "name".to_owned(),
                label: "Your name".to_owned(),
                hint: String::new(),
                value: "Nelly".to_owned(),
                long: false,
                optional: true,
                max: 40,
            },
        ],
    }
}

#[test]
fn a_message() {
    assert_snapshot!("message-slack", pretty(&slack::message(&reminder())));
    assert_snapshot!("message-discord", pretty(&discord::message(&reminder())));
    assert_snapshot!("message-x", x::text(&reminder()));
}

#[test]
fn cards() {
    assert_snapshot!("cards-slack", pretty(&slack::cards(&[card(), answer()])));
    assert_snapshot!("cards-discord", pretty(&discord::cards(&[card(), answer()])));
}

#[test]
fn a_form() {
    assert_snapshot!("form-slack", pretty(&slack::view(&form())));
    assert_snapshot!("form-discord", pretty(&discord::reply(&Reply::Form(form()))));
}

#[test]
fn commands() {
    assert_snapshot!("commands-discord", pretty(&discord::commands()));
}

#[test]
fn replies() {
    let said = words("Saved as Q3.").button("Undo", Action::Undo("smxchat".parse().unwrap(), "7".into()));
    let slack = |reply: Reply| slack::reply(&reply);
    let body = slack(Reply::Said(said.clone())).unwrap();
    assert_eq!((&body["response_type"], &body["replace_original"]), (&json!("ephemeral"), &json!(false)));
    assert_eq!(body["text"], "Saved as Q3.");
    let body = slack(Reply::Instead(said.clone())).unwrap();
    assert_eq!((&body["response_type"], &body["replace_original"]), (&json!("ephemeral"), &json!(true)));
    assert_eq!(slack(Reply::Silent), None);
    assert_eq!(slack(Reply::Form(form())), None);

    let mend = Reply::Mend(vec![
        ("text".into(), "Please lose 12 characters <3".into()),
        ("name".into(), "A name?".into()),
    ]);
    assert_eq!(
        slack::submitted(&mend),
        Some(
            json!({ "response_action": "errors", "errors": { "text": "Please lose 12 characters <3", "name": "A name?" } })
        )
    );
    assert_eq!(slack::submitted(&Reply::Silent), None);
    let body = slack::submitted(&Reply::Said(said.clone())).unwrap();
    assert_eq!(body["response_action"], "update");
    assert_eq!(body["view"]["blocks"].as_array().unwrap().len(), 2, "words and buttons");
    assert_eq!(slack::in_modal(&Reply::Instead(said.clone())).as_ref(), Some(&body["view"]));
    assert_eq!(slack::submitted(&Reply::Form(form())).unwrap()["view"], slack::view(&form()));

    let body = discord::reply(&Reply::Said(said.clone()));
    assert_eq!((&body["type"], &body["data"]["flags"]), (&json!(4), &json!(64)));
    assert_eq!(body["data"]["content"], "Saved as Q3.");
    let body = discord::reply(&Reply::Instead(said));
    assert_eq!((&body["type"], &body["data"]["flags"]), (&json!(7), &Value::Null));
    assert_eq!(discord::reply(&Reply::Silent), json!({ "type": 6 }));
    let body = discord::reply(&mend);
    assert_eq!(body["data"]["content"], "Please lose 12 characters \\<3\nA name?");
}

#[test]
fn every_button_comes_back_as_its_action() {
    let actions = [
        Action::New,
        Action::Close(episode()),
        Action::Refile(episode(), PostId { source: Platform::X, id: "2080761390344937796".into() }, 3),
    ];
    let message = actions.iter().fold(Message::default(), |m, a| m.button("Press", a.clone()));
    for (n, action) in actions.iter().enumerate() {
        let button = &slack::message(&message)["blocks"][0]["elements"][n];
        let payload = json!({
            "type": "block_actions", "team": { "id": "T" }, "user": { "id": "U" }, "trigger_id": "1",
            "actions": [button],
        });
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload.to_string())
            .finish();
        let Ok(wire::Inbound::Press { action: back, .. }) = slack::interaction(body.as_bytes()) else {
            panic!()
        };
        assert_eq!(back, *action);

        let button = &discord::message(&message)["components"][0]["components"][n];
        let body = json!({
            "id": "1", "token": "t", "type": 3, "channel_id": "2", "user": { "id": "3", "username": "u" },
            "data": { "component_type": button["type"], "custom_id": button["custom_id"] },
        });
        let Ok(wire::Inbound::Press { action: back, .. }) = discord::interaction(body.to_string().as_bytes())
        else {
            panic!()
        };
        assert_eq!(back, *action);
    }
}

#[test]
fn many_buttons() {
    let slug = || "smxchat".parse().unwrap();
    let many = |n: usize| Message {
        buttons: (0..n)
            .map(|n| Button {
                label: format!("Q{n}"),
                action: Action::Undo(slug(), n.to_string()),
                weight: Weight::Grave,
            })
            .collect(),
        ..words("Where?")
    };
    let rows = |n: usize| discord::message(&many(n))["components"].as_array().unwrap().clone();
    assert_eq!((rows(0).len(), rows(5).len(), rows(6).len(), rows(25).len()), (0, 1, 2, 5));
    assert_eq!(rows(25)[0]["components"][0]["style"], 4);
    let menus = rows(26);
    assert_eq!(menus.len(), 2);
    assert_eq!(menus[1]["components"][0]["options"][0]["value"], "undo|smxchat|25");
    // The same meaning twice would have Discord refuse the message.
    let twice = words("x").button("a", Action::New).button("b", Action::New);
    assert_eq!(discord::message(&twice)["components"][0]["components"].as_array().unwrap().len(), 1);
    assert_eq!(slack::message(&twice)["blocks"][1]["elements"][1]["action_id"], "new-1");
    let blocks = slack::message(&many(12))["blocks"].as_array().unwrap().len();
    assert_eq!(blocks, 1 + 3);
}

#[test]
fn pings_one_role_and_only_if_told_to() {
    let body = discord::message(&reminder());
    assert_eq!(body["allowed_mentions"], json!({ "parse": [], "users": [], "roles": ["4110"] }));
    let nobody = json!({ "parse": [], "users": [], "roles": [] });
    assert_eq!(discord::message(&words("hi"))["allowed_mentions"], nobody);
    for odd in ["", "0", "everyone", "-1", "99999999999999999999999"] {
        let message = Message { ping: Some(odd.to_owned()), ..words("hi") };
        assert_eq!(discord::message(&message)["allowed_mentions"], nobody, "{odd}");
    }
    assert_eq!(discord::cards(&[card()])["allowed_mentions"], nobody);
    assert_eq!(discord::cards(&[card()])["flags"], 4096);
}

#[test]
fn long_words_on_discord_go_into_an_embed() {
    let long = Message { ping: Some("4110".into()), ..Message::from(Text::plain("word ".repeat(600))) };
    let body = discord::message(&long);
    assert_eq!(body["content"], "<@&4110>");
    assert_eq!(body["embeds"][0]["description"].as_str().unwrap().trim(), "word ".repeat(600).trim());
    let longer = Message::from(Text::plain("*".repeat(6000)));
    let description = discord::message(&longer)["embeds"][0]["description"].as_str().unwrap().to_owned();
    assert!(description.chars().count() <= 4096 && description.ends_with("\\*…"), "{}", description.len());
}

#[test]
fn long_words_on_slack_go_into_several_blocks() {
    let line = "A question that goes on for a while, as questions do. ".repeat(4);
    let text = (0..40).fold(Text::new(), |t, _| t.say(line.clone()).line());
    let body = slack::message(&Message::from(text.clone()));
    let blocks = body["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 4);
    let shown: String = blocks
        .iter()
        .flat_map(|b| b["elements"][0]["elements"].as_array().unwrap())
        .map(|e| e["text"].as_str().unwrap())
        .collect();
    assert_eq!(shown, text.words());
}

#[test]
fn a_long_post_is_shortened_with_a_way_to_the_rest() {
    let long = Card { text: "👩🏽‍🚀e\u{301} ".repeat(600), quoted: None, media: vec![], ..card() };
    let body = slack::cards(std::slice::from_ref(&long));
    let text = body["blocks"][1]["elements"][0]["elements"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("e\u{301}… (more on X)") || text.ends_with("🚀… (more on X)"), "{text}");
    let body = discord::cards(&[long]);
    let text = body["embeds"][0]["description"].as_str().unwrap();
    assert!(text.contains("… (more on X)\n<t:"), "{text}");
    // A post with neither too much text nor company is whole.
    let whole = Card { text: "a_b ".repeat(600), quoted: None, media: vec![], ..card() };
    for body in [slack::cards(std::slice::from_ref(&whole)), discord::cards(std::slice::from_ref(&whole))] {
        assert!(
            !body["blocks"].to_string().contains("more on X")
                && !body["embeds"].to_string().contains("more on X")
        );
    }
}

#[test]
fn cards_that_fit_together_are_not_shortened() {
    let cards: Vec<Card> = (0..30).map(|n| Card { text: format!("A{n} ").repeat(100), ..card() }).collect();
    for (fit, body) in [
        (slack::fit(&cards), slack::cards(&cards[..slack::fit(&cards)])),
        (discord::fit(&cards), discord::cards(&cards[..discord::fit(&cards)])),
    ] {
        assert!(fit > 4, "{fit}");
        assert!(!body.to_string().contains("more on X"), "{fit}");
    }
    assert_eq!((slack::fit(&[]), discord::fit(&[])), (0, 0));
    let huge = vec![Card { text: "word ".repeat(5000), ..card() }; 3];
    assert_eq!((slack::fit(&huge[..1]), discord::fit(&huge[..1])), (1, 1));
    assert!(slack::fit(&huge) >= 1 && discord::fit(&huge) == 1);
    let short = vec![Card { text: "A1 yes".into(), quoted: None, media: vec![], ..card() }; 60];
    assert_eq!((slack::fit(&short), discord::fit(&short)), (slack::MOST_CARDS, discord::MOST_CARDS));
}

/// Rendered bodies against Discord's own specification.
#[test]
fn discord_openapi() {
    let Some(file) = shared::file("specs/discord-openapi.json") else { return };
    let spec: Value = serde_json::from_slice(&file).unwrap();
    let check = |schema: &str, body: &Value| {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{schema}"),
            "components": spec["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(body).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{body:#}");
    };
    for body in [discord::message(&reminder()), discord::cards(&[card(), answer()])] {
        check("MessageCreateRequest", &body);
        check("MessageEditRequestPartial", &body);
    }
    check("CreateMessageInteractionCallbackRequest", &discord::reply(&Reply::Said(reminder())));
    check("UpdateMessageInteractionCallbackRequest", &discord::reply(&Reply::Instead(reminder())));
    check("UpdateMessageInteractionCallbackRequest", &discord::reply(&Reply::Silent));
    check("ModalInteractionCallbackRequest", &discord::reply(&Reply::Form(form())));
    check("PongInteractionCallbackRequest", &discord::pong());
    for command in discord::commands().as_array().unwrap() {
        check("ApplicationCommandUpdateRequest", command);
    }
    // The check itself can fail.
    let validator = jsonschema::validator_for(&json!({
        "$ref": "#/components/schemas/MessageCreateRequest", "components": spec["components"],
    }));
    assert!(!validator.unwrap().is_valid(&json!({ "content": 7 })));
}

#[test]
fn an_app_home_is_its_parts_with_a_line_between_them() {
    let parts = [
        words("Hello! This is how your chat stands."),
        Message::from(
            Text::new()
                .bold("#SMXChat")
                .line()
                .say("Next: ")
                .time(start(), TimeStyle::Full, "Tue 24 Nov 20:00")
                .say(" (20:00 London)"),
        )
        .main_button("Questions", Action::Edit(episode())),
        words("What somebody wrote: <!channel> *bold* & more"),
    ];
    assert_snapshot!(pretty(&slack::home(&parts)));
}

#[test]
fn an_app_home_never_has_more_blocks_or_longer_ones_than_slack_takes() {
    let long = |n: usize| words(&"word ".repeat(n)).button("Press", Action::Edit(episode()));
    let many: Vec<Message> = (0..60).map(|n| long(n * 40)).collect();
    let home = slack::home(&many);
    let blocks = home["blocks"].as_array().expect("blocks");
    assert_eq!(blocks.len(), 100);
    for block in blocks.iter().filter(|block| block["type"] == "rich_text") {
        let texts = block["elements"][0]["elements"].as_array().expect("elements");
        let length: usize =
            texts.iter().map(|e| e["text"].as_str().unwrap_or_default().chars().count()).sum();
        assert!((1..=3_000).contains(&length), "{length}");
    }
    assert_eq!(slack::home(&[])["blocks"], json!([]));
}

#[test]
fn what_was_opened_from_app_home_says_so_when_it_comes_back() {
    let form = Form {
        action: Action::Edit(episode()),
        title: "Questions".to_owned(),
        submit: "Save".to_owned(),
        intro: Text::new(),
        fields: Vec::new(),
    };
    for (view, at) in [
        (slack::view(&form), "/callback_id"),
        (slack::in_modal(&Reply::Said(words("Saved."))).expect("a modal"), "/callback_id"),
        (slack::submitted(&Reply::Said(words("Saved."))).expect("an update"), "/view/callback_id"),
    ] {
        assert_eq!(slack::from_home(view).pointer(at), Some(&json!("earshot-home")));
    }
    // Complaints belong to a form that is open, and have no view.
    let errors = slack::submitted(&Reply::Mend(vec![("q1".to_owned(), "No".to_owned())])).expect("errors");
    assert_eq!(slack::from_home(errors.clone()), errors);
}

//! Setting up, and what was set up by mistake: rooms, the desk, organisers, a chat that retired.

use chat::action::Action;
use chat::agenda::State;
use chat::copy::refusal::refusal;
use chat::name::{Person, Place, Platform};
use chat::{Event, Refusal};

use crate::hour::evening;
use crate::sim::{Show, discord, maya, slack, sol, utc, words, x};

fn elsewhere() -> Place {
    Place::new(Platform::Slack, "T1", "C2")
}

/// Maya types in another Slack channel, #books.
fn in_books(show: &mut Show, typed: &str) -> Result<String, Refusal> {
    show.try_slack_in(&elsewhere(), "books", typed).map(|reply| words(reply.as_ref()))
}

fn refused(show: &Show, refused: &Refusal) -> String {
    refusal(refused, Some(&show.chat.settings), show.now).words()
}

#[test]
fn a_room_connected_by_mistake_is_disconnected_where_it_is() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let second = in_books(&mut show, "connect slack").expect("connected");
    assert_eq!(
        second,
        "#SMXChat speaks here now, a thread per question. It still speaks in #smxchat too; /chat disconnect \
         slack, typed there, ends that. Next: /chat topic … [Undo]"
    );
    let gone = in_books(&mut show, "disconnect slack").expect("disconnected");
    assert_eq!(gone, "#SMXChat no longer speaks in #books. What stands there stays. [Undo]");
    assert_eq!(show.chat.settings.on(Platform::Slack).count(), 1);
    show.undo().expect("back");
    assert!(show.chat.settings.destination(&elsewhere()).is_some());
    in_books(&mut show, "disconnect slack").expect("disconnected");
    show.at("2026-11-24T20:01");
    assert!(show.heard(&elsewhere(), "2026-11-21T12:00").is_empty());
    assert_eq!(show.when(&slack(), "T20:00Z/open").len(), 1);
}

#[test]
fn disconnecting_names_the_place_where_it_is_not_clear() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    // The only one there is no guess, wherever it is typed.
    let gone = in_books(&mut show, "disconnect discord").expect("the only one");
    assert_eq!(gone, "#SMXChat no longer speaks in #smxchat on Discord. What stands there stays. [Undo]");
    assert_eq!(show.refused("disconnect discord"), Refusal::NotConnected(Platform::Discord));
    show.undo_of(show.last_request() - 1).expect("back, with its role");
    assert!(show.chat.settings.destination(&discord()).is_some_and(|d| d.role.is_some()));
    in_books(&mut show, "connect slack").expect("connected");
    let third = Place::new(Platform::Slack, "T1", "C3");
    let which = show.try_slack_in(&third, "tea", "disconnect slack").expect_err("two are possible");
    assert_eq!(
        refused(&show, &which),
        "#SMXChat speaks in two places on Slack: #smxchat and #books. Which one? /chat disconnect slack #smxchat"
    );
    let gone = show.try_slack_in(&third, "tea", "disconnect slack <#C2|books>").expect("named");
    assert!(words(gone.as_ref()).starts_with("#SMXChat no longer speaks in #books."), "{gone:?}");
    let gone = show.try_slack_in(&third, "tea", "disconnect discord #SMXChat").expect("named");
    assert!(
        words(gone.as_ref()).starts_with("#SMXChat no longer speaks in #smxchat on Discord."),
        "{gone:?}"
    );
    assert!(matches!(show.refused("disconnect slack #tea"), Refusal::NoSuchRoom { .. }));
    assert!(refused(&show, &show.clone().refused("disconnect slack #tea")).contains("#smxchat"));
}

#[test]
fn after_x_was_disconnected_it_has_to_be_approved_anew() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let gone = show.slack("disconnect x");
    assert_eq!(
        gone,
        "#SMXChat no longer speaks as @SMXChat on X. What stands there stays. What people post there is still \
         carried into the rooms. [Undo]"
    );
    let disconnect = show.last_request();
    let mut other = show.clone();
    other.slack("connect x");
    assert_eq!(other.chat.settings.x_approved, None);
    show.undo_of(disconnect).expect("back");
    assert!(show.chat.settings.x_approved.is_some());
    assert!(show.chat.settings.destination(&x()).is_some());
}

#[test]
fn the_desk_as_a_room_is_pointed_out() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let desk = Place::new(Platform::Slack, "T1", "CDESK");
    let connected = show.try_slack_in(&desk, "desk", "connect slack").expect("connected");
    let connected = words(connected.as_ref());
    assert!(
        connected.contains("This is your desk too: what organisers do would stand among the posts."),
        "{connected}"
    );
    show.undo().expect("undone");
    let set = show.slack("set desk <#C1|smxchat>");
    assert!(set.contains("#SMXChat speaks there too: everybody reads what organisers do."), "{set}");
}

#[test]
fn who_removed_themselves_can_take_it_back() {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show.slack("organiser remove <@UMAYA|maya>");
    assert!(!show.chat.settings.is_organiser(&maya()));
    let back = words(show.undo().expect("back").as_ref());
    assert!(back.starts_with("Undone: the change of organisers."), "{back}");
    assert!(show.chat.settings.is_organiser(&maya()));
    // Nothing else of before comes back with it.
    show.slack("ask And seven?");
    let ask = show.last_request();
    show.slack("organiser remove <@UMAYA|maya>");
    let removed = show.last_request();
    assert_eq!(show.undo_of(ask), Err(Refusal::NotOrganiser));
    show.try_slack_as(&sol(), "set title Another").expect("set");
    assert_eq!(show.undo_of(removed), Err(Refusal::NotOrganiser));
}

#[test]
fn an_operator_can_give_a_chat_its_organisers() {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show.slack("organiser remove <@UMAYA|maya>");
    // Maya runs this Earshot.
    assert_eq!(show.refused("ask Me again?"), Refusal::NotOrganiser);
    show.slack("organiser add <@UMAYA|maya>");
    show.slack("ask Me again?");
    let stranger = Person::new(Platform::Slack, "T1", "USTRANGER");
    let added = show.try_slack_as(&stranger, "organiser add <@USTRANGER|s>");
    assert_eq!(added, Err(Refusal::NotOrganiser));
}

#[test]
fn a_retired_chat_comes_back_with_everything_it_had() {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show.press(Action::Retire(show.chat.settings.slug.clone())).expect("retires");
    assert_eq!(
        refused(&show, &show.clone().refused("ask Anyone there?")),
        "#SMXChat has retired. Everything it said is kept, and whoever runs this Earshot can bring it back: \
         /chat new #SMXChat every Tuesday 20:00 London"
    );
    let typed = "new #SMXChat every Tuesday 8pm London";
    assert_eq!(show.try_slack_as(&sol(), typed), Err(Refusal::NotOperator));
    let back = show.slack(typed);
    assert_eq!(
        back,
        "#SMXChat is back: every Tuesday 20:00 London, 60 min, first Tue 24 Nov. Its rooms, organisers and words \
         are as they were. Next: /chat preview [Undo]"
    );
    // With what was prepared.
    assert_eq!(show.episode("2026-11-24T20:00").questions.len(), 6);
    show.undo().expect("retired again");
    assert!(show.chat.settings.retired && show.starts().is_empty());
    show.slack("new #SmxChat every Thursday 7pm London");
    assert_eq!(show.chat.settings.hashtag, "SmxChat");
    assert_eq!(show.starts(), ["2026-11-26T19:00", "2026-12-03T19:00"]);
    assert!(matches!(show.episode("2026-11-24T20:00").state, State::Cancelled));
    show.at("2026-11-26T19:01");
    assert_eq!(show.when(&x(), "2026-11-26T19:00Z/open"), [utc("2026-11-26T19:00")]);
    // On again, it is nobody's to make anew.
    assert_eq!(show.refused(typed), Refusal::HashtagTaken("SmxChat".to_owned()));
}

#[test]
fn whoever_brings_a_chat_back_steers_it() {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show.slack("organiser remove <@UMAYA|maya>");
    let slug = show.chat.settings.slug.clone();
    let asking = show.asking(&sol());
    show.event(&Event::Pressed(asking, Action::Retire(slug))).expect("retires");
    show.slack("new #SMXChat every Tuesday 8pm London");
    assert_eq!(show.chat.settings.organisers, [sol(), maya()]);
}

#[test]
fn the_form_of_a_new_chat_complains_beside_the_field_that_is_meant() {
    let complaints = |hashtag: &str, when: &str, city: &str| {
        let values = [("hashtag", hashtag), ("when", when), ("city", city)];
        let values: Vec<_> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        chat::steer::new_of_form(&values).expect_err("something is wrong")
    };
    let one = |field: &str, words: &str| vec![(field.to_owned(), words.to_owned())];
    assert_eq!(
        complaints("#SMX Chat", "every Tuesday 8pm", "London"),
        one(
            "hashtag",
            "X would not read #SMX Chat as one hashtag: letters, digits and _ only, with at least one letter."
        )
    );
    assert_eq!(
        complaints("#SMXChat", "every Tuesday 8pm", "Nowhereville"),
        one(
            "city",
            "I don't know where “Nowhereville” is. A big city near it will do, or an IANA zone such as \
             Europe/London."
        )
    );
    assert_eq!(
        complaints("#SMXChat", "every Tuesday", "London"),
        one("when", "That still needs a time. For example: every Tuesday 8pm")
    );
    assert_eq!(
        complaints("#SMXChat", "8pm", "London"),
        one("when", "That still needs a day. For example: every Tuesday 8pm")
    );
    assert_eq!(
        complaints("#SMXChat", "every Tuesday 8pm sharp London", "London"),
        one("when", "I did not understand “sharp London”. For example: every Tuesday 8pm")
    );
    assert_eq!(complaints("#12", "sometimes", "Nowhereville").len(), 3);
    let values = [("hashtag", "#SMXChat"), ("when", "Tuesdays 9am and 8pm London"), ("city", "London")];
    let values: Vec<_> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let new = chat::steer::new_of_form(&values).expect("all is there");
    assert_eq!((new.hashtag.as_str(), new.slots.len(), new.city.as_str()), ("SMXChat", 2, "London"));
}

#[test]
fn without_a_room_preview_still_shows_the_words_and_names_the_next_step() {
    let mut show = Show::new("2026-11-21T12:00");
    show.slack("ask What about one?");
    let preview = show.slack("preview");
    assert!(
        preview
            .starts_with("Tue 24 Nov: five moments, no room yet, no topic yet. Next: /chat connect slack\n"),
        "{preview}"
    );
    assert!(preview.contains("Slack (not connected yet) Q1. What about one?"), "{preview}");
}

#[test]
fn where_nobody_hears_it_status_and_say_name_what_is_missing() {
    let mut show = Show::new("2026-11-21T12:00");
    let say = show.refused("say Hello!");
    assert_eq!(refused(&show, &say), "#SMXChat has no room to speak in yet: /chat connect slack");
    show.slack("connect x");
    let say = show.refused("say Hello!");
    assert_eq!(
        refused(&show, &say),
        "X waits until one of you has read what it will say, and there is no other room yet: /chat preview"
    );
    show.slack("ask What about one?");
    show.at("2026-11-24T20:06");
    let status = show.slack("status");
    assert!(
        status.starts_with("20:06, Q1 of 1, close at 21:00. Nobody hears it: /chat preview and Approve X. "),
        "{status}"
    );
}

#[test]
fn before_the_first_question_status_says_when_it_comes() {
    let mut show = evening();
    show.at("2026-11-24T20:00");
    assert!(show.slack("status").starts_with("20:00, Q1 at 20:05. "), "{}", show.slack("status"));
}

#[test]
fn a_cadence_set_during_the_hour_is_for_the_next_one() {
    let mut show = evening();
    show.at("2026-11-24T20:06");
    let before = show.live().cloned();
    let set = show.slack("set cadence every 5m");
    assert_eq!(
        set,
        "Q1 at +5m, then one every 5 minutes, from the next one on. Next: Tue 1 Dec 20:00. [Undo]"
    );
    assert_eq!(show.live().cloned(), before);
}

#[test]
fn a_hashtag_is_given_back_by_undo() {
    let mut show = evening();
    show.slack("set hashtag #SMXHour");
    assert_eq!(show.chat.settings.hashtag, "SMXHour");
    show.chat.seen.taken = true;
    assert_eq!(show.refused("set hashtag #BookClub"), Refusal::HashtagTaken("BookClub".to_owned()));
    show.slack("set hashtag #SMXHour2");
    let undone = words(show.undo().expect("undone").as_ref());
    assert_eq!(undone, "Undone: the change of hashtag. It is #SMXHour again.");
    assert_eq!(show.tags, ["smxhour"]);
    show.slack("set hashtag #SMXHour2");
    show.chat.seen.taken = true;
    assert_eq!(show.undo(), Err(Refusal::HashtagTaken("SMXHour".to_owned())));
}

#[test]
fn help_explains_everything_briefly() {
    let mut show = evening();
    let all = show.slack("help");
    assert!(all.contains("ask: adds a question."), "{all}");
    let set = show.slack("help set");
    for name in chat::command::SettingName::ALL {
        assert!(set.contains(&format!("set {name} ")), "{name}: {set}");
    }
    assert!(show.slack("help /chat ask").contains("/chat ask [Q3] TEXT"));
    assert!(show.slack("help organiser").contains("organiser add @Sol"));
    let read = |typed: &str| {
        chat::copy::misread::misread(&chat::command::parse(typed, &[]).expect_err(typed)).words()
    };
    assert_eq!(
        read("reminder 24h"),
        "I don't know reminder. Did you mean /chat set reminders or /chat words?"
    );
    assert!(read("help set foo").starts_with("There is no setting called foo. There are title, hashtag,"));
    assert_eq!(read("drop"), "Which question, please: /chat drop Q4 [on DAY]. For example /chat drop Q4");
    assert_eq!(
        read("move"),
        "Which question, please: /chat move Q3 Q1 [on DAY]. For example /chat move Q3 Q1"
    );
    assert!(read("fix").starts_with("Which question, and its words, please:"));
    assert_eq!(
        read("set discord thread"),
        "set discord does not take thread. Like this: /chat set discord flat"
    );
}

#[test]
fn a_second_room_in_discord_is_pointed_out_too() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let place = Place::new(Platform::Discord, "4105", "4107");
    let to = chat::settings::Destination {
        place,
        name: "tea".to_owned(),
        layout: chat::settings::Layout::Flat,
        role: None,
        cards: chat::settings::Cards::Full,
    };
    let asking = show.asking(&Person::new(Platform::Discord, "", "77"));
    let read = words(show.event(&Event::Connected(asking, to)).expect("connected").as_ref());
    assert!(
        read.ends_with("It still lives in #smxchat too; /chat disconnect discord in Slack ends that."),
        "{read}"
    );
}

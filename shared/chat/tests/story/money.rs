//! What X costs: what organisers read of it, and what they can do about it.

use chat::cost::{Account, Month};
use chat::delivery::Work;
use chat::mirror;
use chat::money::Money;
use chat::name::Platform;
use chat::post::Quoted;
use chat::settings::Cards;
use chat::steer::budget_notes;

use crate::people::{decided, filed, post};
use crate::sim::{Show, discord, slack};

fn dollars(written: &str) -> Money {
    Money::read(written).expect("an amount")
}

fn account(spent: &str, held: u32) -> Option<Account> {
    Some(Account { spent: dollars(spent), held, before: dollars("3"), held_before: 4, searches: true })
}

/// A weekly chat on Tuesdays, on Saturday 21 November: the 24th is its last one of the month.
fn saturday() -> Show {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.chat.seen.account = account("1.12", 3);
    show
}

fn told(show: &Show) -> Vec<(String, String)> {
    let notes = budget_notes(&show.chat, show.now);
    let words = notes.into_iter().map(|note| match note.work {
        Work::Announce(message) => (note.id.0, message.text.words()),
        other => panic!("{other:?}"),
    });
    words.collect()
}

#[test]
fn status_says_what_was_spent_and_what_the_month_will_come_to() {
    let mut show = saturday();
    let read = show.slack("status");
    assert!(read.ends_with("$1.12 of $5, about $1.49 by the end of November."), "{read}");
    show.slack("set budget none");
    let read = show.slack("status");
    assert!(read.ends_with("$1.12 on X, about $1.49 by the end of November."), "{read}");
    show.slack("set budget $5");
    show.chat.seen.account = account("5.02", 3);
    let read = show.slack("status");
    assert!(
        read.ends_with("$5.02 of $5: I search X again in December, or after /chat set budget $10."),
        "{read}"
    );
    show.chat.seen.account = None;
    assert!(!show.slack("status").contains('$'), "with X off there is no money to speak of");
}

#[test]
fn a_month_without_a_measure_makes_no_promise() {
    let mut show = saturday();
    show.chat.seen.account = Some(Account { spent: dollars("0.03"), searches: true, ..Account::default() });
    let read = show.slack("status");
    assert!(read.ends_with("$0.03 of $5."), "{read}");
}

#[test]
fn a_budget_is_set_undone_and_raised() {
    let mut show = saturday();
    let read = show.slack("set budget $4");
    assert_eq!(
        read,
        "X may cost $4 a month. $1.12 in November so far, about $1.49 by the end of November. [Undo]"
    );
    show.undo().expect("undone");
    assert_eq!(show.chat.settings.budget, Some(dollars("5")));
    show.chat.seen.account = account("5.02", 3);
    let read = show.slack("set budget 4.50 dollars");
    assert_eq!(
        read,
        "X may cost $4.50 a month. $5.02 is spent in November already: I search X again in December. Everything \
         else goes on. [Undo]"
    );
    let read = show.slack("set budget $10");
    assert_eq!(
        read,
        "X may cost $10 a month. $5.02 is spent in November: I search X again from now on. [Undo]"
    );
    let read = show.slack("set budget none");
    assert_eq!(
        read,
        "No budget: X may cost what it takes. $5.02 in November so far, about $6.69 by the end of November. [Undo]"
    );
}

#[test]
fn organisers_are_told_at_four_fifths_and_at_the_end_once_each() {
    let mut show = saturday();
    assert_eq!(told(&show), [], "well below");
    show.chat.seen.account = account("4.02", 3);
    let near = told(&show);
    assert_eq!(
        near.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(),
        [
            "#SMXChat has used four fifths of what X may cost in November: $4.02 of $5, about $5.36 by the end of \
          November. At $5 I stop searching X until December; everything else goes on. To search on: /chat set \
          budget $10"
        ]
    );
    show.chat.seen.account = account("5", 3);
    let spent = told(&show);
    assert_eq!(
        spent[0].1,
        "#SMXChat has spent November's $5 on X. I search X again in December; announcements, rooms and answers by \
         button go on as ever. To search on: /chat set budget $10"
    );
    // The name is what makes each of them come once: of the month, the budget and the level.
    show.chat.seen.account = account("4.90", 3);
    assert_eq!(told(&show)[0].0, near[0].0);
    assert_ne!(spent[0].0, near[0].0);
    show.slack("set budget $5.50");
    assert_ne!(told(&show)[0].0, near[0].0, "a raised budget has a four fifths of its own");
    show.slack("set budget none");
    assert_eq!(told(&show), []);
}

#[test]
fn where_x_sends_posts_by_itself_nothing_is_said_to_stop() {
    let mut show = saturday();
    for spent in ["4.02", "5.01"] {
        show.chat.seen.account = account(spent, 3).map(|a| Account { searches: false, ..a });
        let words = told(&show).remove(0).1;
        assert!(words.contains("by itself") && !words.contains("search"), "{words}");
    }
    let read = show.slack("status");
    assert!(read.ends_with("$5.01 of $5, about $6.68 by the end of November."), "{read}");
}

#[test]
fn amounts_are_read_as_people_type_them() {
    let mut show = saturday();
    for typed in ["$7", "7", "7 dollars", "$7.00", "US$7", "7 USD", "$7 a month", "$7/month", "$ 7 monthly"] {
        show.chat.settings.budget = None;
        show.slack(&format!("set budget {typed}"));
        assert_eq!(show.chat.settings.budget, Some(dollars("7")), "{typed}");
    }
}

#[test]
fn the_months_that_are_not_planned_yet_count_too() {
    let mut show = Show::everywhere("2026-12-01T12:00");
    // Five Tuesdays: 1, 8, 15, 22, 29; two of them are planned.
    assert_eq!(chat::cost::coming(&show.chat, show.now), 500);
    show.slack("skip 29 Dec");
    assert_eq!(chat::cost::coming(&show.chat, show.now), 400);
    show.at("2026-12-01T20:30");
    assert_eq!(chat::cost::under_way(&show.chat, show.now), 50);
    assert_eq!(chat::cost::coming(&show.chat, show.now), 350);
    assert_eq!(Month::of(show.now).to_string(), "2026-12");
}

#[test]
fn a_room_that_may_show_links_only_gets_no_words_of_xs() {
    let mut show = crate::hour::evening();
    show.at("2026-11-24T20:27");
    let read = show.slack("set discord links");
    assert_eq!(
        read,
        "Discord shows posts from X as links now: who, when and the way there. Answers by button stay whole. [Undo]"
    );
    let request = show.last_request();
    assert!(show.slack("status").contains("Discord ✓ (links)"), "{}", show.slack("status"));
    assert!(
        show.slack("preview").contains("Discord shows posts from X as links."),
        "{}",
        show.slack("preview")
    );
    let mut written = post("A3 yes", show.now);
    written.quoted = Some(Quoted {
        names: Vec::new(),
        author: None,
        name: "Bo".into(),
        handle: Some("bo".into()),
        text: "old words".into(),
        link: None,
    });
    let filed = filed(&decided(&show, written)).expect("filed");
    let card = |show: &Show, place: &chat::name::Place| {
        let settings = &show.chat.settings;
        mirror::card(settings, settings.destination(place), show.live().expect("live"), &filed)
    };
    let linked = card(&show, &discord());
    assert_eq!((linked.text.as_str(), &linked.quoted, linked.media.len()), ("", &None, 0));
    assert_eq!((linked.label.as_deref(), linked.local.as_str()), (Some("A3"), "20:27"));
    assert_eq!((&linked.author, &linked.link), (&filed.post.author, &filed.post.link));
    assert_eq!(card(&show, &slack()).text, "A3 yes", "each room for itself");
    // What was said in a room is ours, and stays whole.
    let mut ours = filed.clone();
    ours.post.id.source = Platform::Discord;
    let settings = &show.chat.settings;
    let whole = mirror::card(settings, settings.destination(&discord()), show.live().expect("live"), &ours);
    assert_eq!(whole.text, "A3 yes");
    show.undo_of(request).expect("undone");
    assert_eq!(show.chat.settings.destination(&discord()).map(|d| d.cards), Some(Cards::Full));
    show.refused("set discord full");
    assert_eq!(card(&show, &discord()).text, "A3 yes");
}

#[test]
fn what_a_search_finds_late_is_carried_all_the_same() {
    let mut show = crate::hour::evening();
    show.at("2026-11-24T21:16");
    let written = |seconds| post("last words", show.now - chrono::Duration::seconds(seconds));
    // Doors closed at 21:15. A search shows a post half a minute after it was written.
    assert_eq!(decided(&show, written(75)).effects.len(), 2);
    assert_eq!(decided(&show, written(121)).effects.len(), 0, "a replay reaches nobody late");
}

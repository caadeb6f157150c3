//! Quotations and what becomes of them, as the rules see it.

use chat::delivery::Work;
use chat::name::{DeliveryId, Platform, PostId};
use chat::post::{Entry, Filed, Post, Quoted};
use chat::quotes::{Source, Unquoting};
use chat::removal::Why;
use chat::{Change, Decision, Event, decide, mirror};
use chrono::{DateTime, Duration, Utc};

use crate::hour::evening;
use crate::moderation::{at_the_desk, filed, on_x, participant, post};
use crate::sim::{Show, discord, slack};

fn x(id: &str) -> PostId {
    PostId { source: Platform::X, id: id.to_owned() }
}

/// What Kofi said, which was edited once.
fn kofis() -> Quoted {
    Quoted {
        names: vec![x("70"), x("71")],
        author: Some(on_x("7")),
        name: "Kofi".to_owned(),
        handle: Some("kofi".to_owned()),
        text: "never again".to_owned(),
        link: None,
    }
}

fn quoting(author: &str, text: &str, at: DateTime<Utc>) -> Post {
    Post { quoted: Some(kofis()), ..post(author, text, at) }
}

/// An event, with all that the host looks up for a post and its author.
fn run(show: &mut Show, post: &Post, event: &Event) -> Decision {
    show.chat.seen.filed = filed(show, &post.id);
    show.chat.seen.participant = participant(show, &post.author.person);
    let decision = decide(&show.chat, event, show.now).expect("never refused");
    show.event(event).expect("never refused");
    decision
}

fn arrives(show: &mut Show, post: &Post) -> Decision {
    run(show, post, &Event::Posted(post.clone()))
}

fn unquoted(show: &mut Show, post: &Post, of: Source) -> Decision {
    run(show, post, &Event::Unquoted { post: post.id.clone(), of })
}

fn row(show: &Show, post: &Post) -> Filed {
    filed(show, &post.id).expect("it is filed")
}

fn change(decision: &Decision) -> Unquoting {
    match &decision.changes[..] {
        [Change::Unquoted(gone)] => gone.clone(),
        other => panic!("{other:?}"),
    }
}

/// Q1 is open.
fn in_q1() -> Show {
    let mut show = evening();
    show.at("2026-11-24T20:06");
    show
}

/// The same, and what was carried stands in Slack and waits for Discord.
fn standing(show: &mut Show, decision: &Decision) {
    for card in &decision.effects {
        let card = (card.id.clone(), card.to.clone(), card.room.clone());
        match card.1.platform {
            Platform::Slack => show.chat.seen.sent.push(card),
            _ => show.chat.seen.waiting.push(card),
        }
    }
}

#[test]
fn a_post_that_quotes_what_is_gone_goes_on_its_way_without_it() {
    let mut show = in_q1();
    let quotes = quoting("1", "A1 this!", show.now);
    show.chat.seen.unquoted = vec![quotes.id.clone()];
    let decision = arrives(&mut show, &quotes);
    let places: Vec<_> = decision.effects.iter().map(|card| card.to.clone()).collect();
    assert_eq!(places, [slack(), discord()]);
    assert_eq!((row(&show, &quotes).post.text.as_str(), row(&show, &quotes).post.quoted), ("A1 this!", None));
    // Nor does a muted word count that nobody reads.
    show.chat.settings.muted = vec!["never".to_owned()];
    let again = Post { id: x("2"), version: "2".to_owned(), ..quotes };
    show.chat.seen.unquoted = vec![again.id.clone()];
    assert_eq!(arrives(&mut show, &again).effects.len(), 2);
    show.chat.seen.unquoted.clear();
    assert_eq!(
        arrives(&mut show, &Post { id: x("3"), ..again }).effects.len(),
        0,
        "and one that is read does"
    );
}

#[test]
fn what_is_gone_goes_from_the_row_and_from_every_card() {
    for of in [Source::Post(x("70")), Source::Post(x("71")), Source::By(on_x("7"))] {
        let mut show = in_q1();
        let quotes = quoting("1", "A1 this!", show.now);
        let carried = arrives(&mut show, &quotes);
        assert_eq!(row(&show, &quotes).post.quoted, Some(kofis()));
        standing(&mut show, &carried);
        show.now += Duration::minutes(2);
        let decision = unquoted(&mut show, &quotes, of.clone());
        let stands = change(&decision).stands.expect("it stands there");
        assert_eq!((change(&decision).of, &stands.quoted), (of.clone(), &kofis()));
        assert_eq!(row(&show, &quotes).post.quoted, None);
        let cards: Vec<(DeliveryId, PostId)> = decision
            .effects
            .iter()
            .map(|change| match &change.work {
                Work::Recard { of, post } => (of.clone(), post.clone()),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<_> = carried.effects.iter().map(|c| (c.id.clone(), quotes.id.clone())).collect();
        assert_eq!(cards, expected, "what stands, and what waits: it may be in flight");
        assert!(decision.effects.iter().all(|change| change.at == quotes.at), "in the place of its card");
        // Found again, it changes the same cards under the same names, which loses harmlessly.
        standing(&mut show, &carried);
        show.chat.seen.filed = filed(&show, &quotes.id);
        let event = Event::Unquoted { post: quotes.id.clone(), of };
        let again = decide(&show.chat, &event, show.now).expect("never refused");
        assert_eq!(change(&again).stands, None);
        assert_eq!(again.effects, decision.effects);
    }
}

#[test]
fn another_quotation_stays() {
    let mut show = in_q1();
    let quotes = quoting("1", "A1 this!", show.now);
    arrives(&mut show, &quotes);
    for of in [Source::Post(x("72")), Source::By(on_x("8"))] {
        let decision = unquoted(&mut show, &quotes, of);
        assert_eq!(change(&decision).stands, None);
        assert_eq!(row(&show, &quotes).post.quoted, Some(kofis()));
    }
    // And of a post that is not there any more nothing is left to do but to forget the way to it.
    show.people.clear();
    let decision = unquoted(&mut show, &quotes, Source::Post(x("70")));
    assert_eq!((change(&decision).stands, decision.effects.len()), (None, 0));
}

#[test]
fn neither_an_edit_nor_a_filing_brings_it_back() {
    let mut show = in_q1();
    let quotes = quoting("1", "A1 this!", show.now);
    arrives(&mut show, &quotes);
    show.chat.seen.unquoted = vec![quotes.id.clone()];
    let anew = mirror::refile(&show.chat, &row(&show, &quotes), None);
    let Change::Filed(anew) = &anew.changes[0] else { panic!("{anew:?}") };
    assert_eq!((anew.refiled, &anew.post.quoted), (1, &None));
    let later = format!("{}9", quotes.version);
    let versions = vec![quotes.version.clone(), later.clone()];
    let edited = Post { version: later, versions, text: "A1 this, and that".to_owned(), ..quotes.clone() };
    arrives(&mut show, &edited);
    let row = row(&show, &quotes);
    assert_eq!((row.post.text.as_str(), row.post.quoted), ("A1 this, and that", None));
}

#[test]
fn what_waits_at_the_door_is_quoted_there_no_more() {
    let mut show = in_q1();
    show.slack("door regulars");
    let quotes = quoting("1", "A1 this!", show.now);
    let told = at_the_desk(&show).len();
    arrives(&mut show, &quotes);
    assert_eq!(row(&show, &quotes).entry, Entry::Waits);
    assert!(at_the_desk(&show)[told].contains("never again"), "{}", at_the_desk(&show)[told]);
    let decision = unquoted(&mut show, &quotes, Source::Post(x("70")));
    let note = at_the_desk(&show)[told].clone();
    assert!(note.contains("waits at the door") && !note.contains("never again"), "{note}");
    let Work::Edit { message, .. } = &decision.effects[0].work else { panic!("{decision:?}") };
    let labels: Vec<&str> = message.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Let in", "Hide", "Block"]);
    // Once somebody let it in, the note says so, and by whom as far as that is known.
    for admitted in [Some("Maya".to_owned()), None] {
        let mut chat = show.chat.clone();
        chat.seen.filed = filed(&show, &quotes.id);
        chat.seen.participant = participant(&show, &quotes.author.person);
        if let Some(filed) = &mut chat.seen.filed {
            filed.entry = Entry::LetIn;
            filed.post.quoted = Some(kofis());
        }
        if let Some(author) = &mut chat.seen.participant {
            author.admitted.clone_from(&admitted);
        }
        let event = Event::Unquoted { post: quotes.id.clone(), of: Source::Post(x("70")) };
        let decision = decide(&chat, &event, quotes.at).expect("never refused");
        let Work::Edit { message, .. } = &decision.effects[0].work else { panic!("{decision:?}") };
        let words = message.text.words();
        let by = admitted.map_or("Let in;".to_owned(), |by| format!("Let in by {by};"));
        assert!(words.contains(&by) && !words.contains("never again"), "{words}");
    }
}

#[test]
fn a_removal_names_all_that_may_be_quoted_and_what_it_quoted_itself() {
    let mut show = in_q1();
    let mut quotes = quoting("1", "A1 this!", show.now);
    quotes.version = format!("{}9", quotes.id.id);
    quotes.versions = vec![quotes.id.id.clone(), quotes.version.clone()];
    arrives(&mut show, &quotes);
    let event = Event::Removed { post: quotes.id.clone(), why: Why::Withdrawn, author: None };
    let decision = run(&mut show, &quotes, &event);
    let Change::Gone(removal) = &decision.changes[0] else { panic!("{decision:?}") };
    assert_eq!((&removal.also, &removal.quoted), (&vec![x(&quotes.version)], &Some(kofis())));
}

//! Edits, removals and bars, as the rules see them.

use chat::action::Action;
use chat::command::{Command, Pointed};
use chat::delivery::{Room, Work};
use chat::name::{DeliveryId, Person, Platform, PostId};
use chat::post::{Author, Filed, FiledBy, Post};
use chat::removal::{Bar, Bars, Removal, Whom, Why};
use chat::reply::Reply;
use chat::{Asking, Change, Decision, Event, Refusal, Uncarried, decide};
use chrono::Duration;

use crate::hour::evening;
use crate::sim::{Show, discord, maya, slack, sol};

fn ada() -> Person {
    Person::new(Platform::X, "", "9001")
}

fn live(show: &Show) -> &chat::agenda::Episode {
    show.live().expect("the hour is live")
}

fn asking(by: &Person, request: u32) -> Asking {
    Asking {
        by: by.clone(),
        name: "Maya".to_owned(),
        picture: None,
        place: None,
        place_name: None,
        key: format!("request-{request}"),
    }
}

/// A version of Ada's post, which is called by its first id.
fn version(show: &Show, versions: &[&str], text: &str) -> Post {
    let ids: Vec<String> = versions.iter().map(|id| (*id).to_owned()).collect();
    Post {
        id: PostId { source: Platform::X, id: ids[0].clone() },
        version: ids[ids.len() - 1].clone(),
        versions: ids,
        author: Author {
            person: ada(),
            name: "Ada Okafor".to_owned(),
            handle: Some("AdaOkafor".to_owned()),
            picture: None,
        },
        text: text.to_owned(),
        at: show.now,
        hashtags: vec!["SMXChat".to_owned()],
        replies_to: None,
        is_repost: false,
        quoted: None,
        media: Vec::new(),
        link: None,
    }
}

fn posted(show: &Show, post: Post) -> Decision {
    decide(&show.chat, &Event::Posted(post), show.now).expect("posts are never refused")
}

fn filed(decision: &Decision) -> Option<Filed> {
    decision.changes.iter().find_map(|change| match change {
        Change::Filed(filed) => Some(filed.clone()),
        _ => None,
    })
}

fn gone(decision: &Decision) -> Option<Removal> {
    decision.changes.iter().find_map(|change| match change {
        Change::Gone(removal) => Some(removal.clone()),
        _ => None,
    })
}

fn counted(decision: &Decision) -> Vec<Uncarried> {
    let counted = |change: &Change| match change {
        Change::Counted(why) => Some(*why),
        _ => None,
    };
    decision.changes.iter().filter_map(counted).collect()
}

fn names(decision: &Decision) -> Vec<String> {
    decision.effects.iter().map(|d| d.id.0.clone()).collect()
}

/// Q1 is open, Ada has answered it, and her card stands in Slack and waits for Discord.
fn answered() -> Show {
    let mut show = evening();
    show.at("2026-11-24T20:06");
    let post = version(&show, &["100"], "A1 on paper #SMXChat");
    let decision = posted(&show, post);
    show.chat.seen.filed = filed(&decision);
    for delivery in &decision.effects {
        let card = (delivery.id.clone(), delivery.to.clone(), delivery.room.clone());
        match delivery.to.platform {
            Platform::Slack => show.chat.seen.sent.push(card),
            _ => show.chat.seen.waiting.push(card),
        }
    }
    assert_eq!((show.chat.seen.sent.len(), show.chat.seen.waiting.len()), (1, 1));
    show
}

#[test]
fn an_edit_is_filed_in_its_place_and_shown_anew() {
    let mut show = answered();
    let known = show.chat.seen.filed.clone().expect("filed");
    show.now += Duration::minutes(3);
    let edited = posted(&show, version(&show, &["100", "200"], "A1 on paper, twice #SMXChat"));
    let anew = filed(&edited).expect("filed anew");
    assert_eq!(anew.post.text, "A1 on paper, twice #SMXChat");
    assert_eq!((anew.post.at, anew.question, anew.refiled), (known.post.at, known.question, 0));
    assert_eq!((anew.first_time, &anew.episode), (known.first_time, &known.episode));
    assert!(edited.changes.iter().all(|c| !matches!(c, Change::Participant(_))), "it is not one post more");
    // Also where the card waits: it may have been claimed a moment ago.
    assert_eq!(
        names(&edited),
        ["smxchat/recard/x:100/200>slack:T1:C1", "smxchat/recard/x:100/200>discord:4105:4106"]
    );
    for delivery in &edited.effects {
        assert!(matches!(&delivery.work, Work::Recard { post, .. } if post.id == "100"));
    }
}

#[test]
fn the_latest_version_stays_whatever_comes_late() {
    let mut show = answered();
    let third = posted(&show, version(&show, &["100", "200", "1000"], "A1 third #SMXChat"));
    show.chat.seen.filed = filed(&third);
    // Numbers, not words: 1000 is later than 200.
    for late in [&["100"][..], &["100", "200"], &["100", "200", "1000"]] {
        let decision = posted(&show, version(&show, late, "A1 late #SMXChat"));
        assert_eq!(counted(&decision), [Uncarried::Known], "{late:?}");
        assert!(decision.effects.is_empty() && filed(&decision).is_none());
    }
}

#[test]
fn an_edit_goes_where_it_says_unless_an_organiser_said_otherwise() {
    let mut show = answered();
    let seen = show.chat.seen.clone();
    show.at("2026-11-24T20:15");
    show.chat.seen = seen;
    let q2 = live(&show).questions[1].id;
    let edited = posted(&show, version(&show, &["100", "200"], "A2 on paper #SMXChat"));
    let anew = filed(&edited).expect("filed anew");
    assert_eq!((anew.question, anew.refiled), (Some((q2, FiledBy::Prefix)), 1));
    let slack_work: Vec<&Work> = edited.effects.iter().filter(|d| d.to == slack()).map(|d| &d.work).collect();
    assert!(matches!(slack_work[..], [Work::Remove { .. }, Work::Post(_)]), "from thread to thread");
    // Without a number it stays.
    let edited = posted(&show, version(&show, &["100", "200"], "on paper #SMXChat"));
    assert_eq!(filed(&edited).map(|f| f.question), show.chat.seen.filed.clone().map(|f| f.question));
    // Nor does it leave where it was put.
    let q1 = live(&show).questions[0].id;
    if let Some(filed) = &mut show.chat.seen.filed {
        filed.question = Some((q1, FiledBy::Organiser));
    }
    let edited = posted(&show, version(&show, &["100", "200"], "A2 on paper #SMXChat"));
    assert_eq!(filed(&edited).map(|f| f.question), show.chat.seen.filed.clone().map(|f| f.question));
}

#[test]
fn a_removal_takes_every_card_and_leaves_a_name() {
    let show = answered();
    let post = PostId { source: Platform::X, id: "100".to_owned() };
    let event = Event::Removed { post: post.clone(), why: Why::Withdrawn, author: None };
    let decision = decide(&show.chat, &event, show.now).expect("never refused");
    let removal = gone(&decision).expect("it goes");
    assert_eq!((removal.post, removal.why, removal.author), (post, Why::Withdrawn, Some(ada())));
    assert_eq!(removal.episode, Some(live(&show).id.clone()));
    assert_eq!(
        names(&decision),
        ["smxchat/removed/x:100>slack:T1:C1", "smxchat/removed/x:100>discord:4105:4106"]
    );
    let cards: Vec<DeliveryId> = decision
        .effects
        .iter()
        .map(|d| match &d.work {
            Work::Remove { of } => of.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(cards[0].0, "smxchat/post/x:100>slack:T1:C1");
    assert!(matches!(decision.effects[0].room, Room::Question(..)), "in its own thread");
    assert_eq!(decision.effects[1].to, discord());
    // Decided again, it has the same names, and loses harmlessly.
    assert_eq!(decide(&show.chat, &event, show.now).map(|d| names(&d)), Ok(names(&decision)));
}

#[test]
fn whoever_was_removed_stays_so() {
    let mut show = answered();
    let known = show.chat.seen.filed.take();
    show.chat.seen.gone = Some(Why::Hidden);
    let replay = posted(&show, version(&show, &["100"], "A1 on paper #SMXChat"));
    assert_eq!((counted(&replay), replay.effects.len()), (vec![Uncarried::Removed], 0));
    assert_eq!(replay.changes.len(), 1);
    // A later version was removed before it came, and the first one stands: the chain goes.
    show.chat.seen.filed = known;
    show.chat.seen.gone = Some(Why::Withdrawn);
    let late = posted(&show, version(&show, &["100", "200"], "A1 second thoughts #SMXChat"));
    assert_eq!(gone(&late).map(|r| (r.post.id, r.why)), Some(("100".to_owned(), Why::Withdrawn)));
    assert_eq!(late.effects.len(), 2);
    assert!(filed(&late).is_none());
}

#[test]
fn a_chat_that_has_retired_still_lets_go() {
    let mut show = answered();
    show.chat.settings.retired = true;
    let post = PostId { source: Platform::X, id: "100".to_owned() };
    let event = Event::Removed { post: post.clone(), why: Why::Withdrawn, author: None };
    assert_eq!(decide(&show.chat, &event, show.now).map(|d| d.effects.len()), Ok(2));
    let hide = Command::Hide { what: Pointed::OnX("100".to_owned()) };
    let decision = decide(&show.chat, &Event::Commanded(asking(&maya(), 1), hide), show.now);
    assert!(gone(&decision.expect("allowed")).is_some());
}

#[test]
fn only_organisers_hide_block_and_let_in() {
    let show = answered();
    let (episode, post) = (live(&show).id.clone(), PostId { source: Platform::X, id: "100".to_owned() });
    let slug = show.chat.settings.slug.clone();
    let handle = || "adaokafor".to_owned();
    let stranger = asking(&Person::new(Platform::Slack, "T1", "UPRIYA"), 1);
    for command in [
        Command::Hide { what: Pointed::OnX("100".to_owned()) },
        Command::Block { handle: handle() },
        Command::Unblock { handle: handle() },
        Command::LeaveOut { handle: handle() },
    ] {
        assert!(command.changes());
        let event = Event::Commanded(stranger.clone(), command);
        assert_eq!(decide(&show.chat, &event, show.now), Err(Refusal::NotOrganiser));
    }
    for action in [
        Action::Hide(episode.clone(), post.clone()),
        Action::Block(episode, post),
        Action::Unblock(slug, Whom::Person(ada())),
    ] {
        let event = Event::Pressed(stranger.clone(), action);
        assert_eq!(decide(&show.chat, &event, show.now), Err(Refusal::NotOrganiser));
    }
}

fn bars(decision: &Decision) -> Vec<Bar> {
    let bar = |change: &Change| match change {
        Change::Bar(bar) => Some(bar.clone()),
        _ => None,
    };
    decision.changes.iter().filter_map(bar).collect()
}

fn said(decision: &Decision) -> String {
    match &decision.reply {
        Some(Reply::Said(message)) => message.text.words(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_known_is_barred_by_their_id_and_who_is_not_by_their_handle() {
    let mut show = answered();
    let block = Event::Commanded(asking(&maya(), 1), Command::Block { handle: "AdaOkafor".to_owned() });
    let unknown = decide(&show.chat, &block, show.now).expect("blocked");
    assert_eq!(bars(&unknown)[0].whom, Whom::handle("adaokafor"));
    assert!(!unknown.changes.iter().any(|c| matches!(c, Change::Erase { .. })), "there is nothing to erase");
    show.chat.seen.known_as = Some(ada());
    let known = decide(&show.chat, &block, show.now).expect("blocked");
    assert_eq!((bars(&known)[0].whom.clone(), bars(&known)[0].why), (Whom::Person(ada()), Bars::Blocked));
    assert!(known.changes.contains(&Change::Erase { person: ada(), until: show.now }));
    assert!(said(&known).contains("for good"), "{}", said(&known));
    // From the menu, by whoever wrote the card.
    let (episode, post) = (live(&show).id.clone(), PostId { source: Platform::X, id: "100".to_owned() });
    let press = Event::Pressed(asking(&maya(), 2), Action::Block(episode, post));
    let pressed = decide(&show.chat, &press, show.now).expect("blocked");
    assert_eq!(bars(&pressed)[0].whom, Whom::Person(ada()));
    // The host is nobody to be blocked.
    let own = Event::Commanded(asking(&sol(), 3), Command::LeaveOut { handle: "smxchat".to_owned() });
    show.chat.settings.organisers.push(sol());
    assert_eq!(decide(&show.chat, &own, show.now), Err(Refusal::Ours));
}

#[test]
fn nobody_hears_who_is_barred_and_a_handle_finds_its_person() {
    let mut show = answered();
    show.chat.seen.filed = None;
    let bar = Bar {
        whom: Whom::handle("adaokafor"),
        why: Bars::LeftOut,
        called: "AdaOkafor".to_owned(),
        since: show.now,
    };
    show.chat.seen.bar = Some(bar.clone());
    let first = posted(&show, version(&show, &["300"], "A1 hello #SMXChat"));
    assert_eq!(counted(&first), [Uncarried::Barred]);
    assert_eq!(bars(&first), [Bar { whom: Whom::Person(ada()), ..bar.clone() }]);
    assert!(first.changes.contains(&Change::Unbar(bar.whom.clone())));
    // They may have posted under another name before.
    assert!(first.changes.contains(&Change::Erase { person: ada(), until: show.now }));
    show.chat.seen.bar = Some(Bar { whom: Whom::Person(ada()), ..bar.clone() });
    let second = posted(&show, version(&show, &["400"], "A1 hello again #SMXChat"));
    assert_eq!(second.changes, [Change::Counted(Uncarried::Barred)]);
    // In a room they are told, before they have written anything.
    let question = live(&show).questions[0].id;
    let press = Action::Answer(live(&show).id.clone(), question);
    let event = Event::Pressed(asking(&Person::new(Platform::Discord, "", "7"), 5), press);
    assert_eq!(decide(&show.chat, &event, show.now), Err(Refusal::Barred(Bars::LeftOut)));
    // And let in again by any of their names.
    let event = Event::Commanded(asking(&maya(), 6), Command::Unblock { handle: "AdaOkafor".to_owned() });
    assert_eq!(decide(&show.chat, &event, show.now), Err(Refusal::NotBarred("AdaOkafor".to_owned())));
    show.chat.seen.bars = vec![Bar { whom: Whom::Person(ada()), ..bar }];
    let decision = decide(&show.chat, &event, show.now).expect("let in");
    assert!(decision.changes.contains(&Change::Unbar(Whom::Person(ada()))));
}

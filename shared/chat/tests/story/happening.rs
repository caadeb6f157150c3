//! What others are told of a chat: by name, and each thing once.

use chat::action::Action;
use chat::command::MemberCommand;
use chat::happening::{Kind, What};
use chat::name::{Person, Platform};
use chat::{Change, Event};

use crate::hour::evening;
use crate::sim::Show;

fn names(show: &Show) -> Vec<String> {
    show.happened.iter().map(|h| format!("{} {} {}", h.at.format("%H:%M"), h.kind(), h.id())).collect()
}

#[test]
fn an_hour_as_others_hear_of_it() {
    let mut show = evening();
    show.at("2026-11-24T20:09");
    show.slack("hold 3m");
    show.slack("move Q3 to Q2");
    show.at("2026-11-24T20:20");
    assert_eq!(
        names(&show),
        [
            "20:00 episode.opened smxchat/2026-11-24T20:00Z/open",
            "20:05 question.asked smxchat/2026-11-24T20:00Z/q/1",
            "20:17 question.asked smxchat/2026-11-24T20:00Z/q/3",
        ]
    );
    // By its permanent id, and with the number that people saw.
    let asked = show.happened.last().expect("asked");
    assert!(matches!(asked.what, What::Asked { question, position: 2, .. } if question.0 == 3), "{asked:?}");
    show.at("2026-11-25T09:00");
    let closed = show.happened.iter().filter(|h| h.kind() == Kind::Closed).count();
    assert_eq!(closed, 1);
    let mut all: Vec<String> = show.happened.iter().map(chat::happening::Happening::id).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "nothing is told twice: {:#?}", names(&show));
}

#[test]
fn who_joins_again_was_a_member_all_along() {
    let mut show = evening();
    let amara = Person::new(Platform::Discord, "4105", "9");
    let asking = show.asking(&amara);
    let join = Action::Join(show.chat.settings.slug.clone());
    show.event(&Event::Submitted(asking, join, Vec::new())).expect("joined");
    let Some(Change::Joined(member)) = show.people.get(&format!("member {amara}")).cloned() else {
        panic!("a record");
    };
    show.chat.seen.member = Some(member);
    let asking = show.asking(&amara);
    show.event(&Event::Membered(asking, MemberCommand::Join)).expect("joined");
    assert_eq!(show.happened.iter().filter(|h| h.kind() == Kind::Joined).count(), 1, "{:#?}", names(&show));
}

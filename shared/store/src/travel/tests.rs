//! That every kind of row is decided: a new one is noticed in the keys, in the README, or in both.

use std::collections::BTreeSet;

use chat::cost::Month;
use chat::cue::CueId;
use chat::delivery::{Class, Delivery, Room, Work};
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, PostId, Slug};
use chat::removal::Whom;
use chrono::{DateTime, NaiveDate, Utc};

use super::kinds::{KINDS, Kind, Way};
use crate::keys::{self, Key};

/// Every function of `keys` that makes a key, once, with the kind of its row.
fn made() -> Vec<(&'static str, Key, Option<Kind>)> {
    let slug: Slug = "smxchat".parse().expect("a slug");
    let at = DateTime::<Utc>::from_timestamp(1_795_550_400, 0).expect("an instant");
    let day = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
    let episode = EpisodeId { chat: slug.clone(), planned: at };
    let place = Place::new(Platform::Discord, "4105", "4106");
    let person = Person::new(Platform::X, "", "9001");
    let post = PostId { source: Platform::X, id: "2080".to_owned() };
    let cue: CueId = format!("{episode}/q/3").parse().expect("a cue");
    let id = DeliveryId::new(&cue, &place);
    let delivery = Delivery {
        id: id.clone(),
        to: place.clone(),
        room: Room::Channel,
        class: Class::Announcement,
        at,
        not_before: None,
        expires: None,
        work: Work::Post(post.clone()),
    };
    let question = Room::Question(episode.clone(), chat::name::QuestionId(3));
    vec![
        ("meta", keys::meta(&slug), Some(Kind::Settings)),
        ("moved", keys::moved(&slug), Some(Kind::Moved)),
        ("away", keys::away(&slug), Some(Kind::Away)),
        ("arriving", keys::arriving(&slug), Some(Kind::Arriving)),
        ("listed", keys::listed(&slug), Some(Kind::Line)),
        ("in_workspace", keys::in_workspace("T01", &slug), Some(Kind::InWorkspace)),
        ("episode", keys::episode(&episode), Some(Kind::Episode)),
        ("signpost", keys::signpost(&episode, at), Some(Kind::Signpost)),
        ("cue", keys::cue(&cue), Some(Kind::Cue)),
        ("member", keys::member(&slug, &person), Some(Kind::Member)),
        ("participant", keys::participant(&slug, &person), Some(Kind::Participant)),
        ("proof", keys::proof(&slug, "earshot-k3v9x2mq"), Some(Kind::Proof)),
        ("linked", keys::linked(&slug, &person), Some(Kind::Owned)),
        ("counted", keys::counted(&slug, "late", day), Some(Kind::Counted)),
        ("letting_in", keys::letting_in(&slug, &person), Some(Kind::LettingIn)),
        ("catching_up", keys::catching_up(&episode), Some(Kind::CatchingUp)),
        ("idea", keys::idea(&slug, chat::bank::IdeaId::of(&person, "Why?")), Some(Kind::Idea)),
        ("rehearsal", keys::rehearsal(&slug), Some(Kind::Rehearsal)),
        ("undo", keys::undo(&slug, "0a1b"), Some(Kind::Undo)),
        ("kept", keys::kept(&slug, "0a1b"), Some(Kind::Kept)),
        ("filed", keys::filed(&episode, &post), Some(Kind::Post)),
        ("here", keys::here(&episode, &person), Some(Kind::Here)),
        ("desk", keys::desk(&episode, &place), Some(Kind::Living)),
        ("radar", keys::radar(&episode), Some(Kind::Radar)),
        ("ticked", keys::ticked(&episode, &post), Some(Kind::Ticked)),
        ("held", keys::held(&episode, &person, &post), Some(Kind::Held)),
        ("spoke", keys::spoke(&episode, &person), Some(Kind::Spoke)),
        ("filed_in", keys::filed_in(&post, &slug), Some(Kind::FiledIn)),
        ("gone", keys::gone(&post), Some(Kind::Gone)),
        ("gone_in", keys::gone_in(&post, &slug), Some(Kind::GoneHere)),
        ("first", keys::first(&post), Some(Kind::First)),
        ("card", keys::card(&post, &id), Some(Kind::Card)),
        ("quoting", keys::quoting(&post, &slug, &post), Some(Kind::Quoting)),
        ("quoting_of", keys::quoting_of(&slug, &person, &post), Some(Kind::QuotingOf)),
        ("by", keys::by(&slug, &person, &post), Some(Kind::By)),
        ("bar", keys::bar(&slug, &Whom::handle("adaokafor")), Some(Kind::Bar)),
        ("handle", keys::handle(&slug, "adaokafor"), Some(Kind::Handle)),
        ("erase", keys::erase(&slug, &person), Some(Kind::Erasing)),
        // Nothing is ever written there.
        ("nothing", keys::nothing(), None),
        ("happened", keys::happened("0a1b"), Some(Kind::Happened)),
        ("tag", keys::tag("SMXChat"), Some(Kind::Tag)),
        ("at_place", keys::at_place(&place, &slug), Some(Kind::Place)),
        ("code", keys::code("k7q2m9xa"), Some(Kind::Code)),
        ("request", keys::request(&person, "0a1b"), Some(Kind::Request)),
        ("delivery", keys::delivery(&id), Some(Kind::Delivery)),
        ("waiting", keys::waiting(&delivery), Some(Kind::Waiting)),
        ("message", keys::message(&place, "mark"), Some(Kind::Message)),
        ("room", keys::room(&place, &question), Some(Kind::Room)),
        ("external", keys::external(Platform::X, "2080"), Some(Kind::External)),
        ("shown", keys::shown(Platform::Slack, "C01", "1.2"), Some(Kind::Shown)),
        ("said", keys::said("0a1b"), Some(Kind::Said)),
        ("pace", keys::pace(&place), Some(Kind::Pace)),
        ("turn", keys::turn("slack", 17), Some(Kind::Turns)),
        ("given", keys::given(day, "2080"), Some(Kind::Given)),
        ("spent", keys::spent(&slug, Month::of(at)), Some(Kind::Spent)),
        ("slot", keys::slot(at), Some(Kind::Slot)),
        ("looked", keys::looked(&slug, day), Some(Kind::Looked)),
        ("heartbeat", keys::heartbeat(), Some(Kind::Heartbeat)),
        ("audit", keys::audit(day), Some(Kind::Audit)),
        ("searched", keys::searched("#SMXChat"), Some(Kind::Searched)),
        ("watch", keys::watch(&person), Some(Kind::Watch)),
    ]
}

/// The names of the functions of `keys` that make a key, read from its text.
fn functions() -> BTreeSet<&'static str> {
    let text = include_str!("../keys.rs");
    let functions = text.split("pub(crate) fn ").skip(1).filter(|rest| {
        let head = rest.split('{').next().unwrap_or_default();
        head.trim_end().ends_with("-> Key")
    });
    functions.filter_map(|rest| rest.split(['(', '<']).next()).collect()
}

#[test]
fn every_key_has_its_kind() {
    let made = made();
    let named: BTreeSet<&str> = made.iter().map(|(name, ..)| *name).collect();
    assert_eq!(functions(), named, "a new kind of row: say in `Kind` whether it travels, and name it here");
    for (name, key, kind) in &made {
        assert_eq!(Kind::of(key), *kind, "{name}: {key}");
    }
    let kinds: BTreeSet<Kind> = made.iter().filter_map(|(.., kind)| *kind).collect();
    let known: BTreeSet<Kind> = KINDS.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, known, "a kind that no key makes");
    let names: BTreeSet<&str> = known.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), known.len(), "two kinds are called alike");
}

#[test]
fn a_key_that_nobody_knows_has_no_kind() {
    for (pk, sk) in [
        ("CHAT#smxchat", "RECAP#2026-11-24T20:00Z"),
        ("CHAT#smxchat", "META#2"),
        ("CHAT#", "META"),
        ("EP#smxchat/2026-11-24T20:00Z", "RECAP"),
        ("POST#x:1", "GONE2"),
        ("LIKES#x:1", "-"),
        ("HEARTBEAT", "x"),
        ("", ""),
    ] {
        assert_eq!(Kind::of(&Key { pk: pk.to_owned(), sk: sk.to_owned() }), None, "{pk}/{sk}");
    }
}

/// The keys of every row, as the README's table lists them.
fn listed() -> BTreeSet<(String, String)> {
    let mut pk = String::new();
    let mut listed = BTreeSet::new();
    let lines = include_str!("../../README.md").lines().skip_while(|line| !line.starts_with("| `pk`"));
    for line in lines.skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').collect();
        let ticked = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        if let Some(named) = ticked(cells[1]).first() {
            pk.clone_from(named);
        }
        let sks = match ticked(cells[2]) {
            none if none.is_empty() => vec![cells[2].trim().to_owned()],
            sks => sks,
        };
        listed.extend(sks.into_iter().map(|sk| (pk.clone(), sk)));
    }
    listed
}

#[test]
fn the_readme_lists_every_kind() {
    let known: BTreeSet<(String, String)> =
        KINDS.iter().map(|(_, pk, sk)| ((*pk).to_owned(), (*sk).to_owned())).collect();
    let listed = listed();
    let missing: Vec<_> = known.difference(&listed).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
    let unknown: Vec<_> = listed.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "in the README and of no kind: say in `Kind` whether it travels: {unknown:?}"
    );
}

#[test]
fn what_holds_a_secret_or_belongs_to_a_deployment_stays() {
    for kind in [
        Kind::Code,
        Kind::Request,
        Kind::Pace,
        Kind::Turns,
        Kind::Given,
        Kind::Slot,
        Kind::Audit,
        Kind::Happened,
        Kind::Heartbeat,
        Kind::Moved,
        Kind::Away,
        Kind::Arriving,
        Kind::Rehearsal,
    ] {
        assert_eq!(kind.way(), Way::Stays, "{kind:?}");
    }
}

/// The page for people lists what travels, by the names that stand in the file.
#[test]
fn the_page_lists_what_travels() {
    let page = include_str!("../../../../docs/EXPORT.md");
    let table =
        page.split("| travels | |").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the table");
    let listed: BTreeSet<&str> = table.split('`').skip(1).step_by(2).collect();
    let travel = KINDS.iter().map(|(kind, ..)| *kind).filter(|kind| kind.way() == Way::Travels);
    assert_eq!(listed, travel.map(Kind::name).collect::<BTreeSet<_>>());
}

//! The unheard radar: what answers somebody, what does not, and that nobody is called unheard on a guess.

use std::collections::{BTreeMap, BTreeSet};

use chat::agenda::Episode;
use chat::desk::{Phase, Press};
use chat::heard::Voice;
use chat::name::{EpisodeId, Person, Platform, PostId, Slug};
use chat::post::{Entry, Filed, Quoted};
use chat::radar::{
    self, EVERY, FRESH, Known, MOST_ASKED, Measured, Radar, Swept, WAITS, look, swept, to_ask, waiting,
};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::people;
use crate::sim::*;

fn on_x(id: &str) -> Person {
    Person::new(Platform::X, "", id)
}

fn in_discord(id: &str) -> Person {
    Person::new(Platform::Discord, "", id)
}

fn host() -> Person {
    on_x("2244")
}

fn at(minute: i64) -> DateTime<Utc> {
    utc("2026-11-24T20:00") + Duration::minutes(minute)
}

fn hour() -> EpisodeId {
    EpisodeId { chat: Slug::of("#SMXChat").expect("a name"), planned: at(0) }
}

fn said(id: &str, by: &Person, minute: i64) -> Filed {
    let mut post = people::post("on paper #SMXChat", at(minute));
    post.id = PostId { source: by.platform, id: id.to_owned() };
    post.version = id.to_owned();
    post.versions = vec![id.to_owned()];
    post.author.person = by.clone();
    post.author.name = by.id.clone();
    Filed { post, episode: hour(), question: None, first_time: false, refiled: 0, entry: Entry::Straight }
}

fn reply(id: &str, by: &Person, minute: i64, to: &str) -> Filed {
    let mut filed = said(id, by, minute);
    filed.post.replies_to = Some(to.to_owned());
    filed
}

fn quotation(id: &str, by: &Person, minute: i64, of: &str) -> Filed {
    let mut filed = said(id, by, minute);
    filed.post.quoted = Some(Quoted {
        names: vec![PostId { source: Platform::X, id: of.to_owned() }],
        author: None,
        name: "Somebody".to_owned(),
        handle: None,
        text: "on paper".to_owned(),
        link: None,
    });
    filed
}

/// What is known of an hour in which nobody was answered, to be changed.
struct Hour {
    posts: Vec<Filed>,
    all_posts: bool,
    new: Vec<Person>,
    owned: BTreeMap<Person, Person>,
    heard: BTreeSet<PostId>,
    measured: BTreeMap<String, Measured>,
}

impl Hour {
    fn of(posts: Vec<Filed>) -> Hour {
        let on_x = posts.iter().filter(|filed| filed.post.id.source == Platform::X);
        let names = on_x.flat_map(|filed| filed.post.names());
        let measured = names.map(|name| (name.id, Measured::default())).collect();
        let (new, owned, heard) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Hour { posts, all_posts: true, new, owned, heard, measured }
    }

    fn voices(&self) -> Vec<Voice> {
        let people: BTreeSet<&Person> =
            self.posts.iter().filter(|f| f.entry != Entry::Waits).map(|f| &f.post.author.person).collect();
        let voice = |person: &Person| Voice { person: person.clone(), first_time: self.new.contains(person) };
        people.into_iter().map(voice).collect()
    }

    fn swept(&self, now: DateTime<Utc>) -> Swept {
        let voices = self.voices();
        let known = Known {
            posts: &self.posts,
            all_posts: self.all_posts,
            voices: &voices,
            owned: &self.owned,
            heard: &self.heard,
        };
        let waiting = waiting(&known, Some(&host()), now);
        let asked = to_ask(&waiting);
        let measured: BTreeMap<String, Measured> = self
            .measured
            .iter()
            .filter(|(id, _)| asked.contains(id))
            .map(|(id, m)| (id.clone(), *m))
            .collect();
        swept(&known, &waiting, &measured, now)
    }

    fn radar(&self, now: DateTime<Utc>) -> Radar {
        let swept = self.swept(now);
        look(Some(&swept), self.posts.clone(), &[], &self.owned, &self.heard, now)
    }

    /// "ada bruno | juno": who is unheard, and of whom it is not known.
    fn reads(&self, minute: i64) -> String {
        reads(&self.radar(at(minute)))
    }
}

fn reads(radar: &Radar) -> String {
    let names = |of: &[radar::Shown]| {
        of.iter().map(|one| one.filed.post.author.name.clone()).collect::<Vec<_>>().join(" ")
    };
    format!("{} | {}", names(&radar.unheard), names(&radar.unknown))
}

#[test]
fn somebody_waits_ten_minutes_before_anybody_is_told() {
    let hour = Hour::of(vec![said("11", &on_x("ada"), 5)]);
    assert_eq!(WAITS, Duration::minutes(10));
    assert_eq!((hour.reads(14), hour.reads(15)), (" | ".to_owned(), "ada | ".to_owned()));
}

#[test]
fn each_kind_of_answer_takes_somebody_off() {
    let (ada, bruno) = (on_x("ada"), on_x("bruno"));
    let alone = || Hour::of(vec![said("11", &ada, 0), said("12", &ada, 3)]);
    assert_eq!(alone().reads(20), "ada | ");
    // What reached us.
    for by in [&bruno, &host()] {
        for answer in [reply("21", by, 5, "12"), quotation("21", by, 5, "11")] {
            let mut hour = alone();
            hour.posts.push(answer);
            hour.measured.insert("21".to_owned(), Measured { replies: 1, ..Measured::default() });
            assert_eq!(hour.reads(20), " | ", "{:?}", hour.posts[2]);
        }
    }
    // What X counts.
    for measured in [
        Measured { replies: 1, ..Measured::default() },
        Measured { reposts: 1, ..Measured::default() },
        Measured { quotes: 1, ..Measured::default() },
    ] {
        let mut hour = alone();
        hour.measured.insert("12".to_owned(), measured);
        assert_eq!(hour.reads(20), " | ", "{measured:?}");
    }
    // What an organiser says.
    let mut hour = alone();
    hour.heard.insert(PostId { source: Platform::X, id: "12".to_owned() });
    assert_eq!(hour.reads(20), " | ");
}

#[test]
fn nobody_answers_themselves() {
    let ada = on_x("ada");
    let mut hour = Hour::of(vec![
        said("11", &ada, 0),
        reply("12", &ada, 1, "11"),
        quotation("13", &ada, 2, "11"),
        reply("14", &in_discord("amara"), 3, "none"),
    ]);
    // X counts their own as well.
    hour.measured.insert("11".to_owned(), Measured { replies: 1, reposts: 0, quotes: 1 });
    hour.heard.insert(PostId { source: Platform::Discord, id: "14".to_owned() });
    assert_eq!(hour.reads(20), "ada | ");
    hour.measured.insert("11".to_owned(), Measured { replies: 2, reposts: 0, quotes: 1 });
    assert_eq!(hour.reads(20), " | ", "one reply more than theirs");
    // Nor by an account that is proved to be theirs.
    let amara = in_discord("amara");
    let mut two = Hour::of(vec![said("11", &ada, 0), reply("12", &on_x("ada2"), 1, "11")]);
    two.measured.insert("11".to_owned(), Measured { replies: 1, ..Measured::default() });
    assert_eq!(two.reads(20), "ada2 | ", "ada was answered by somebody, as far as anybody knows");
    two.owned = BTreeMap::from([(ada, amara.clone()), (on_x("ada2"), amara)]);
    assert_eq!(two.reads(20), "ada | ", "they are one, and once on it");
}

#[test]
fn each_version_of_an_edited_post_counts_for_itself() {
    let ada = on_x("ada");
    let mut edited = said("11", &ada, 0);
    edited.post.version = "12".to_owned();
    edited.post.versions = vec!["11".to_owned(), "12".to_owned()];
    let mut hour = Hour::of(vec![edited]);
    assert_eq!(hour.reads(20), "ada | ");
    for answered in ["11", "12"] {
        let mut hour = Hour::of(hour.posts.clone());
        hour.measured.insert(answered.to_owned(), Measured { replies: 1, ..Measured::default() });
        assert_eq!(hour.reads(20), " | ", "{answered}");
        let mut hour = Hour::of(hour.posts.clone());
        hour.posts.push(reply("21", &on_x("bruno"), 19, answered));
        hour.measured.insert("21".to_owned(), Measured::default());
        assert_eq!(hour.reads(20), " | ", "a reply to {answered}");
    }
    hour.measured.remove("11");
    assert_eq!(hour.reads(20), " | ada", "of one version nothing is known");
}

#[test]
fn what_is_not_known_is_not_said() {
    let (ada, juno) = (on_x("ada"), in_discord("juno"));
    let mut hour = Hour::of(vec![
        said("11", &ada, 0),
        said("12", &ada, 1),
        said("21", &juno, 2),
        said("13", &host(), 2),
    ]);
    assert_eq!(hour.reads(20), "ada | juno", "of an answer in a room nobody tells; who hosts is nobody");
    hour.all_posts = false;
    assert_eq!(hour.reads(20), " | ada juno", "not all was read");
    hour.all_posts = true;
    hour.measured.remove("12");
    assert_eq!(hour.reads(20), " | ada juno", "X did not show one");
    hour.measured.clear();
    assert_eq!(hour.reads(20), " | ada juno", "X was not asked");
    // Who said something in a room as well may have been answered there.
    let mut both = Hour::of(vec![said("11", &ada, 0), said("21", &juno, 2)]);
    both.owned = BTreeMap::from([(ada, juno)]);
    assert_eq!(both.reads(20), " | ada");
}

#[test]
fn who_waits_at_the_door_or_is_gone_is_not_on_it() {
    let ada = on_x("ada");
    let mut waits = said("11", &ada, 0);
    waits.entry = Entry::Waits;
    assert_eq!(Hour::of(vec![waits.clone()]).reads(20), " | ");
    // Hidden, withdrawn, blocked or forgotten since: the post stands no more.
    let hour = Hour::of(vec![said("11", &ada, 0), said("21", &on_x("bruno"), 1)]);
    let swept = hour.swept(at(20));
    let stands = hour.posts[1..].to_vec();
    let radar = look(Some(&swept), stands, &[], &hour.owned, &hour.heard, at(21));
    assert_eq!(reads(&radar), "bruno | ");
    let radar = look(Some(&swept), vec![waits], &[], &hour.owned, &hour.heard, at(21));
    assert_eq!(reads(&radar), " | ");
    // Whoever has no voice any more is no speaker, whatever still stands of theirs.
    let voices = Vec::new();
    let (all_posts, owned, heard) = (true, &hour.owned, &hour.heard);
    let known = Known { posts: &hour.posts, all_posts, voices: &voices, owned, heard };
    assert_eq!(waiting(&known, None, at(20)), []);
}

#[test]
fn who_is_new_comes_first_and_then_who_waits_longest() {
    let mut hour = Hour::of(vec![
        said("11", &on_x("ada"), 0),
        said("12", &on_x("bruno"), 3),
        said("13", &on_x("chidi"), 2),
        said("14", &on_x("dana"), 4),
        said("15", &on_x("dana"), 1),
        said("21", &in_discord("juno"), 5),
    ]);
    hour.new = vec![on_x("bruno"), on_x("chidi"), in_discord("juno")];
    assert_eq!(hour.reads(20), "chidi bruno ada dana | juno");
    // X is asked about whoever waits longest first.
    let voices = hour.voices();
    let (posts, owned, heard) = (&hour.posts, &hour.owned, &hour.heard);
    let known = Known { posts, all_posts: true, voices: &voices, owned, heard };
    assert_eq!(to_ask(&waiting(&known, None, at(20))), ["11", "15", "14", "13", "12"]);
    // Somebody is new who is it by all of their accounts.
    hour.owned = BTreeMap::from([(on_x("bruno"), in_discord("amara")), (on_x("ada"), in_discord("amara"))]);
    assert!(hour.radar(at(20)).unheard.iter().filter(|one| one.first_time).count() == 1);
}

#[test]
fn x_is_asked_about_two_hundred_versions_and_all_of_somebody() {
    let many = (0..150).flat_map(|n| {
        let one = on_x(&format!("p{n:03}"));
        [said(&format!("1{n:03}"), &one, 0), said(&format!("2{n:03}"), &one, 1)]
    });
    let hour = Hour::of(many.collect());
    let swept = hour.swept(at(20));
    let sure = swept.people.iter().filter(|one| one.sure).count();
    assert_eq!((swept.people.len(), sure, MOST_ASKED), (150, 100, 200));
    assert!(swept.people.iter().take(100).all(|one| one.sure), "the longest waiting");
}

#[test]
fn who_is_answered_since_leaves_at_once() {
    let (ada, bruno) = (on_x("ada"), on_x("bruno"));
    let hour = Hour::of(vec![said("11", &ada, 0), said("12", &ada, 2)]);
    let swept = hour.swept(at(20));
    let radar = |lately: &[Filed]| {
        reads(&look(Some(&swept), hour.posts.clone(), lately, &hour.owned, &hour.heard, at(21)))
    };
    assert_eq!(radar(&hour.posts), "ada | ");
    assert_eq!(radar(&[reply("21", &bruno, 21, "12")]), " | ");
    assert_eq!(radar(&[quotation("21", &bruno, 21, "12")]), " | ");
    assert_eq!(radar(&[reply("21", &ada, 21, "12")]), "ada | ", "not by themselves");
    let mut waits = reply("21", &bruno, 21, "12");
    waits.entry = Entry::Waits;
    assert_eq!(radar(&[waits]), "ada | ", "nobody's word yet");
    let ticked = BTreeSet::from([PostId { source: Platform::X, id: "11".to_owned() }]);
    let seen = look(Some(&swept), hour.posts.clone(), &[], &hour.owned, &ticked, at(21));
    assert_eq!(reads(&seen), " | ");
}

#[test]
fn what_was_worked_out_too_long_ago_is_unknown_and_nothing_is_blind() {
    let hour = Hour::of(vec![said("11", &on_x("ada"), 0)]);
    let swept = hour.swept(at(20));
    let seen =
        |swept: Option<&Swept>, now| look(swept, hour.posts.clone(), &[], &hour.owned, &hour.heard, now);
    assert_eq!(reads(&seen(Some(&swept), at(20) + FRESH)), "ada | ");
    let late = at(20) + FRESH + Duration::seconds(1);
    assert_eq!(reads(&seen(Some(&swept), late)), " | ada");
    assert!(!seen(Some(&swept), late).blind && seen(None, late).blind);
    let empty = Swept { people: Vec::new(), ..swept };
    assert!(!seen(Some(&empty), at(20)).blind && seen(Some(&empty), late).blind);
}

#[test]
fn each_hour_has_its_turn_every_two_minutes() {
    let turns: Vec<i64> = (0..20).map(|n| radar::turn(&hour(), at(0) + Duration::seconds(30 * n))).collect();
    assert!(turns.windows(5).all(|w| w[4] == w[0] + 1), "{turns:?}");
    assert_eq!(EVERY, Duration::minutes(2));
}

// ---- as it is read, and ticked off

fn live() -> Show {
    let mut show = crate::hour::evening();
    show.at("2026-11-24T20:27");
    show
}

fn on_desk(show: &Show, radar: Radar) -> String {
    let mut view = crate::desk::view(show);
    view.radar = Some(radar);
    assert_eq!(view.phase, Phase::Live);
    words(Some(&chat::reply::Reply::Said(view.message())))
}

#[test]
fn the_desk_names_them_with_a_way_to_answer() {
    let show = live();
    let episode: &Episode = show.episode("2026-11-24T20:00");
    let mut posts: Vec<Filed> =
        (0..8).map(|n| said(&format!("208076139034493779{n}"), &on_x(&format!("ada{n}")), n)).collect();
    posts[1].question = Some((episode.questions[0].id, chat::post::FiledBy::Prefix));
    posts[1].post.author.name =
        "A very long name that somebody gave themselves <!channel> @everyone".to_owned();
    posts
        .extend((0..5).map(|n| said(&format!("13100000000000000{n}0"), &in_discord(&format!("juno{n}")), n)));
    let mut hour = Hour::of(posts);
    hour.new = vec![on_x("ada1"), in_discord("juno0")];
    let mut swept = hour.swept(show.now);
    // Of a message in Slack nobody knows the address without asking.
    let cards = [
        (chat::name::Place::new(Platform::Discord, "4105", "4106"), "1300:1301"),
        (chat::name::Place::new(Platform::Discord, "4105", "4106"), "1302"),
        (chat::name::Place::new(Platform::Slack, "T1", "C0ROOM"), "1795550400.000100"),
    ];
    let rooms = swept.people.iter_mut().filter(|one| !one.sure);
    for (one, (place, message)) in rooms.zip(cards) {
        one.card = Some(radar::Card { place, message: message.to_owned() });
    }
    let mut seen = look(Some(&swept), hour.posts.clone(), &[], &hour.owned, &hour.heard, show.now);
    let read = on_desk(&show, seen.clone());
    // Asked, Slack says it.
    let shown: Vec<&mut radar::Shown> = seen.shown().collect();
    assert_eq!(shown.len(), radar::MOST_SHOWN + radar::MOST_UNKNOWN);
    for one in shown {
        one.address = Some("https://smx.slack.com/archives/C0ROOM/p1795550400000100".to_owned());
    }
    let asked = on_desk(&show, seen);
    let linked: Vec<&str> = asked.lines().filter(|line| !read.contains(line)).collect();
    let blind = on_desk(&show, Radar { blind: true, ..Radar::default() });
    let nobody = on_desk(&show, Radar::default());
    assert!(!nobody.contains("answer") && !blind.contains("right now"), "nobody has spoken");
    assert_eq!(linked.len(), 1, "only the way to what was said in Slack is another: {linked:?}");
    insta::assert_snapshot!(format!("{read}\n\n{}\n\n{nobody}", linked.join("\n")));
}

#[test]
fn the_first_of_each_list_is_ticked_off_by_a_button_of_their_own() {
    let mut show = live();
    let radar = |unheard: &[&str], unknown: &[&str]| {
        let ada = unheard.iter().zip(0..).map(|(by, n)| said(&format!("1{n}"), &on_x(by), n));
        let juno = unknown.iter().zip(0..).map(|(by, n)| said(&format!("2{n}"), &in_discord(by), n));
        Hour::of(ada.chain(juno).collect()).radar(at(27))
    };
    let row = |show: &Show, radar: Radar| {
        let read = on_desk(show, radar);
        read[read.find(" [Ask Q4 now]").expect("its buttons")..].trim().to_owned()
    };
    let rows = [
        row(&show, radar(&["ada", "bruno"], &[])),
        row(&show, radar(&[], &["juno", "amara"])),
        row(&show, radar(&["ada", "bruno"], &["juno", "amara"])),
    ];
    // With a spare the first row is full, and the two stand in the second one.
    show.slack("spare What did nobody ask?");
    let spare = [row(&show, radar(&["ada"], &[])), row(&show, radar(&["ada"], &["juno"]))];
    insta::assert_snapshot!(format!("{}\n\n{}", rows.join("\n"), spare.join("\n")));
}

#[test]
fn how_long_people_wait_changes_once_a_minute_with_the_rest() {
    let mut show = live();
    let mut posts: Vec<Filed> =
        (0..4).map(|n| said(&format!("1{n}"), &on_x(&format!("ada{n}")), n)).collect();
    for (n, filed) in (0..).zip(&mut posts) {
        filed.post.at += Duration::seconds(14 * n);
    }
    let hour = Hour::of(posts);
    let swept = hour.swept(show.now);
    let mut read = BTreeSet::new();
    for seconds in [0, 15, 30, 45, 59] {
        show.until(utc("2026-11-24T20:28") + Duration::seconds(seconds));
        let seen = look(Some(&swept), hour.posts.clone(), &[], &hour.owned, &hour.heard, show.now);
        read.insert(on_desk(&show, seen));
    }
    assert_eq!(read.len(), 1, "{read:?}");
    assert!(read.iter().all(|read| read.contains("ada3 · 25 minutes")), "{read:?}");
}

#[test]
fn whoever_moderates_ticks_somebody_off() {
    let mut show = live();
    let post = PostId { source: Platform::Discord, id: "1310000000000000001".to_owned() };
    let episode = show.episode("2026-11-24T20:00").id.clone();
    let action = chat::action::Action::Desk(episode.clone(), Press::Heard(post.clone()));
    let gone = words(show.press(action.clone()).expect("an answer").as_ref());
    assert_eq!(gone, "What they said is gone meanwhile, and they are off the list.");
    let mut filed = said(&post.id, &in_discord("juno"), 5);
    filed.post.author.name = "Juno".to_owned();
    for _ in 0..2 {
        show.chat.seen.filed = Some(filed.clone());
        let said = words(show.press(action.clone()).expect("an answer").as_ref());
        assert_eq!(said, "Thank you! Juno is off the list for this hour.");
    }
}

// ---- whatever happens

/// By whom, on X or in a room, in which minute; and which post it replies to or quotes.
type Uttered = (u8, bool, i64, Option<(u8, bool)>);

#[derive(Debug, Clone)]
struct Happened {
    posts: Vec<Uttered>,
    counted: Vec<Option<(u32, u32, u32)>>,
    all_posts: bool,
    linked: bool,
    now: i64,
    looked: i64,
}

fn happened() -> impl Strategy<Value = Happened> {
    let post =
        (0..6u8, prop::bool::weighted(0.8), 0..30i64, prop::option::weighted(0.4, (0..24u8, any::<bool>())));
    let counts = prop::option::weighted(0.8, (0..2u32, 0..2u32, 0..2u32));
    (
        prop::collection::vec(post, 1..24),
        prop::collection::vec(counts, 24),
        prop::bool::weighted(0.9),
        any::<bool>(),
        5..40i64,
        0..9i64,
    )
        .prop_map(|(posts, counted, all_posts, linked, now, looked)| Happened {
            posts,
            counted,
            all_posts,
            linked,
            now,
            looked,
        })
}

proptest! {
    #[test]
    fn nobody_is_unheard_on_a_guess_nor_answered_and_shown_nor_shown_twice(happened in happened()) {
        let person = |n: u8, x: bool| if x { on_x(&format!("p{n}")) } else { in_discord(&format!("p{n}")) };
        let posts: Vec<Filed> = happened.posts.iter().enumerate().map(|(n, (by, x, minute, to))| {
            let id = format!("{n}");
            match to {
                Some((to, false)) => reply(&id, &person(*by, *x), *minute, &to.to_string()),
                Some((to, true)) => quotation(&id, &person(*by, *x), *minute, &to.to_string()),
                None => said(&id, &person(*by, *x), *minute),
            }
        }).collect();
        let mut hour = Hour::of(posts);
        hour.all_posts = happened.all_posts;
        hour.measured = happened.counted.iter().enumerate().filter_map(|(n, counted)| {
            counted.map(|(replies, reposts, quotes)| (n.to_string(), Measured { replies, reposts, quotes }))
        }).collect();
        if happened.linked {
            hour.owned = (0..6).map(|n| (on_x(&format!("p{n}")), in_discord(&format!("p{n}")))).collect();
        }
        let now = at(happened.now);
        let swept = hour.swept(now);
        let looked = now + Duration::minutes(happened.looked);
        let radar = look(Some(&swept), hour.posts.clone(), &hour.posts, &hour.owned, &hour.heard, looked);
        let whose = |person: &Person| hour.owned.get(person).unwrap_or(person).clone();
        let author = |filed: &Filed| whose(&filed.post.author.person);

        let all: Vec<Person> =
            radar.unheard.iter().chain(&radar.unknown).map(|one| author(&one.filed)).collect();
        let each: BTreeSet<&Person> = all.iter().collect();
        prop_assert_eq!(each.len(), all.len(), "each once");
        for one in &all {
            let theirs: Vec<&Filed> = hour.posts.iter().filter(|filed| author(filed) == *one).collect();
            let names: BTreeSet<(Platform, &str)> =
                theirs.iter().map(|f| (f.post.id.source, f.post.id.id.as_str())).collect();
            // Answered, as one would say it without the code.
            let answered = hour.posts.iter().filter(|f| author(f) != *one).any(|f| {
                let to = f.post.replies_to.as_deref().map(|id| (f.post.id.source, id));
                let of = f.post.quoted.as_ref().map(|q| (q.names[0].source, q.names[0].id.as_str()));
                [to, of].into_iter().flatten().any(|name| names.contains(&name))
            });
            prop_assert!(!answered, "{:?} was answered", one);
            prop_assert!(theirs.iter().any(|f| now - f.post.at >= WAITS));
        }
        for one in &radar.unheard {
            prop_assert!(looked - swept.at <= FRESH, "fresh");
            prop_assert!(hour.all_posts);
            for filed in hour.posts.iter().filter(|filed| author(filed) == author(&one.filed)) {
                prop_assert_eq!(filed.post.id.source, Platform::X);
                let measured = hour.measured.get(&filed.post.id.id);
                prop_assert!(measured.is_some_and(|m| m.reposts == 0), "{:?}", measured);
            }
        }
    }
}

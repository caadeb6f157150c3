//! Who was heard: each number of `docs/HEARD.md` by hand, and what must not move it.

use std::collections::BTreeMap;

use chat::Event;
use chat::agenda::{Episode, State};
use chat::heard::{self, Before, Gini, Heard, Known, Return, Voice};
use chat::member::Member;
use chat::name::{EpisodeId, Person, Platform, PostId, Slug};
use chat::post::{Entry, Filed};
use chat::{Refusal, mirror};
use chrono::{DateTime, Duration, TimeDelta, Utc};
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

/// The hour of 22 December, so many weeks on, as it is once it is over.
fn hour(week: i64) -> Episode {
    let planned = utc("2026-12-22T20:00") + TimeDelta::weeks(week);
    let id = EpisodeId { chat: Slug::of("#SMXChat").expect("a name"), planned };
    let state = State::Closed { at: planned + Duration::hours(1) };
    Episode { state, ..Episode::planned(id, Duration::hours(1)) }
}

fn said(id: &str, by: &Person, to: Option<&str>) -> Filed {
    let mut post = people::post("on paper #SMXChat", utc("2026-12-22T20:06"));
    post.id = PostId { source: by.platform, id: id.to_owned() };
    post.version = id.to_owned();
    post.versions = vec![id.to_owned()];
    post.author.person = by.clone();
    post.replies_to = to.map(str::to_owned);
    Filed { post, episode: hour(0).id, question: None, first_time: false, refiled: 0, entry: Entry::Straight }
}

fn voice(person: &Person, first_time: bool) -> Voice {
    Voice { person: person.clone(), first_time }
}

fn member(id: &str, joined: DateTime<Utc>) -> Member {
    Member::new(in_discord(id), "Somebody", "4105", joined)
}

/// The example of `docs/HEARD.md`.
fn example() -> Known {
    let (ada, amara, juno) = (on_x("ada"), in_discord("amara"), in_discord("juno"));
    let (bruno, chidi, dana) = (on_x("bruno"), on_x("chidi"), on_x("dana"));
    let (emre, freya) = (on_x("emre"), on_x("freya"));
    let before = |week: i64, voices: Vec<Voice>| Before { starts: hour(week).starts, voices };
    Known {
        episode: hour(0),
        posts: vec![
            said("1", &bruno, None),
            // Going on under one's own post is no answer.
            said("2", &bruno, Some("1")),
            said("3", &emre, None),
            said("4", &bruno, Some("3")),
            said("5", &ada, Some("1")),
            said("6", &bruno, None),
            // Amara and Ada are one person.
            said("7", &amara, None),
            said("8", &juno, None),
            // The chat's own account answers, and is no speaker.
            said("9", &host(), Some("5")),
        ],
        all_posts: true,
        voices: vec![
            voice(&ada, false),
            voice(&amara, true),
            voice(&bruno, false),
            voice(&emre, false),
            voice(&juno, true),
            voice(&host(), false),
        ],
        before: vec![
            before(-1, vec![voice(&emre, true), voice(&freya, true)]),
            before(-2, vec![voice(&amara, false)]),
            before(-3, vec![voice(&bruno, false)]),
            before(-4, vec![voice(&ada, true), voice(&bruno, true), voice(&chidi, true), voice(&dana, true)]),
        ],
        owned: BTreeMap::from([(ada, amara)]),
        members: vec![
            member("amara", hour(-5).starts),
            member("juno", hour(-1).starts),
            member("tomasz", hour(-5).starts),
            // Joined the day after: was no listener then.
            member("late", hour(0).starts + Duration::days(1)),
        ],
        reposts: 100,
    }
}

fn score(known: &Known) -> Heard {
    heard::score(known, Some(&host()))
}

#[test]
fn the_example_by_hand() {
    let expected = Heard {
        // Amara (who is Ada), Bruno, Emre, Juno.
        speakers: 4,
        // Juno. Amara's second account was new; she was not.
        first_time: 1,
        // Bruno by Ada, Emre by Bruno, Amara by the chat's own account.
        answered: 3,
        // Juno.
        only_in_rooms: 1,
        // Emre 1, Juno 1, Amara 2, Bruno 4.
        posts: 8,
        // 2 × (1·1 + 2·1 + 3·2 + 4·4) / (4 × 8) − 5/4 = 50/32 − 40/32 = 0.3125.
        concentration: Some(Gini(31)),
        // Emre, and not Freya.
        after_one: Some(Return { since: hour(-1).starts, new: 2, again: 1 }),
        // Amara and Bruno, and neither Chidi nor Dana.
        after_four: Some(Return { since: hour(-4).starts, new: 4, again: 2 }),
        // Tomasz.
        listeners: 1,
        reposts: 100,
        all_posts: true,
    };
    assert_eq!(score(&example()), expected);
}

#[test]
fn a_hundred_reposts_add_no_speaker() {
    let mut show = crate::hour::evening();
    show.at("2026-11-24T20:06");
    for n in 0..100 {
        let mut repost = people::post("RT A1 on paper #SMXChat", show.now);
        repost.is_repost = true;
        repost.id.id = format!("repost{n}");
        repost.author.person = on_x(&format!("booster{n}"));
        let decision = mirror::posted(&show.chat, &repost, show.now);
        assert_eq!(
            decision.changes,
            [chat::Change::Counted(chat::Uncarried::Repost)],
            "nobody is written down"
        );
    }
    let (with, without) = (example(), Known { reposts: 0, ..example() });
    assert_eq!(Heard { reposts: 0, ..score(&with) }, score(&without));
}

#[test]
fn what_counts_as_said_and_as_answered() {
    let (ada, bruno, emre) = (on_x("ada"), on_x("bruno"), on_x("emre"));
    let known = |posts: Vec<Filed>| Known {
        posts,
        voices: vec![voice(&ada, false), voice(&bruno, false), voice(&emre, false)],
        before: Vec::new(),
        members: Vec::new(),
        owned: BTreeMap::new(),
        ..example()
    };
    let of = |posts: Vec<Filed>| score(&known(posts));
    let enters = |entry: Entry, filed: Filed| Filed { entry, ..filed };
    let reply = || said("2", &bruno, Some("1"));
    assert_eq!(of(vec![said("1", &ada, None), reply()]).answered, 1);
    // Late, too fast or let in: it was said where people read and answer.
    for entry in [Entry::Late, Entry::TooFast, Entry::LetIn] {
        let score = of(vec![enters(entry, said("1", &ada, None)), enters(entry, reply())]);
        assert_eq!((score.answered, score.posts), (1, 2), "{entry:?}");
    }
    // What waits is nobody's word: it answers nobody, and is nothing to be answered.
    assert_eq!(of(vec![said("1", &ada, None), enters(Entry::Waits, reply())]).answered, 0);
    assert_eq!(of(vec![enters(Entry::Waits, said("1", &ada, None)), reply()]).answered, 0);
    // What was withdrawn or hidden is in no list of posts: who said it was here, and of a reply to it is not known
    // to whom it went.
    let withdrawn = of(vec![reply(), said("3", &bruno, None)]);
    assert_eq!((withdrawn.speakers, withdrawn.answered, withdrawn.posts), (3, 0, 2));
    assert_eq!(withdrawn.concentration, None, "only one of them has a post that stands");
    // A reply to any version of a post is one to the post.
    let mut edited = said("1", &ada, None);
    edited.post.versions = vec!["1".to_owned(), "1b".to_owned(), "1c".to_owned()];
    edited.post.version = "1c".to_owned();
    for version in ["1", "1b", "1c"] {
        assert_eq!(of(vec![edited.clone(), said("2", &bruno, Some(version))]).answered, 1, "{version}");
    }
    // Twice answered is answered once; an id of another network is another post.
    assert_eq!(of(vec![said("1", &ada, None), reply(), said("3", &emre, Some("1"))]).answered, 1);
    assert_eq!(of(vec![said("1", &ada, None), said("2", &in_discord("juno"), Some("1"))]).answered, 0);
    // By another account of one's own it is no answer.
    let mut two = known(vec![said("1", &ada, None), reply()]);
    two.owned = BTreeMap::from([(ada.clone(), in_discord("amara")), (bruno.clone(), in_discord("amara"))]);
    assert_eq!((score(&two).speakers, score(&two).answered), (2, 0));
    // Not all were read: what is known is still known.
    let part = score(&Known { all_posts: false, ..example() });
    assert_eq!((part.answered, part.concentration), (3, None));
}

#[test]
fn no_number_rather_than_one_that_means_nothing() {
    let nobody = Known { posts: vec![], voices: vec![], before: vec![], members: vec![], ..example() };
    let empty = score(&nobody);
    assert_eq!((empty.speakers, empty.answered, empty.concentration), (0, 0, None));
    assert_eq!((empty.after_one, empty.after_four), (None, None));
    let mut three = example();
    three.before.truncate(3);
    assert!(score(&three).after_one.is_some() && score(&three).after_four.is_none());
    // Nobody was new: none of none.
    three.before[0].voices.clear();
    assert_eq!(score(&three).after_one, Some(Return { since: hour(-1).starts, new: 0, again: 0 }));
    // The chat's own account is nobody who is new, whatever its row says.
    three.before[0].voices.push(voice(&host(), true));
    assert_eq!(score(&three).after_one.map(|one| one.new), Some(0));
}

#[test]
fn gini_by_hand() {
    for (posts, expected) in [
        (&[][..], None),
        (&[5], None),
        (&[0, 0, 5], None),
        (&[3, 3, 3], Some(0)),
        // 2 × (1 + 2·3) / (2 × 4) − 3/2 = 0.25.
        (&[1, 3], Some(25)),
        (&[3, 1], Some(25)),
        (&[4, 1, 2, 1], Some(31)),
        // 2 × (1 + 2·99) / (2 × 100) − 3/2 = 0.49.
        (&[1, 99], Some(49)),
        // 2 × (1 + 2 + 3 + 4 + 5·96) / (5 × 100) − 6/5 = 0.76.
        (&[1, 1, 1, 1, 96], Some(76)),
    ] {
        assert_eq!(Gini::of(posts), expected.map(Gini), "{posts:?}");
    }
}

proptest! {
    /// By its other definition: half of the mean difference of any two, as a share of the mean.
    #[test]
    fn gini_is_half_the_relative_mean_difference(posts in prop::collection::vec(1u64..60, 2..40)) {
        let (n, sum) = (posts.len() as u64, posts.iter().sum::<u64>());
        let apart: u64 = posts.iter().flat_map(|a| posts.iter().map(move |b| a.abs_diff(*b))).sum();
        let (above, below) = (apart, 2 * n * sum);
        let Gini(hundredths) = Gini::of(&posts).expect("two or more");
        prop_assert_eq!(u64::from(hundredths), (200 * above + below) / (2 * below));
        prop_assert!(hundredths < 100);
    }
}

#[test]
fn which_hour_is_meant() {
    let zone = Show::new("2026-11-20T10:00").chat.settings.zone;
    let now = utc("2026-12-23T10:00");
    let mut morning = hour(-1);
    morning.starts = utc("2026-12-15T10:00");
    let hours = [hour(-5), hour(-1), morning, hour(0)];
    let on = |typed: &str| match parse(typed) {
        chat::command::Command::Heard { on } => on,
        other => panic!("{other:?}"),
    };
    let meant =
        |typed: &str| heard::meant(&hours, on(typed).as_ref(), zone, now).map(|hour| hour.map(|h| h.starts));
    assert_eq!(meant("heard"), Ok(Some(hour(0).starts)));
    for back in [
        "heard on 22 Dec",
        "heard on Tuesday",
        "heard on the 22nd",
        "heard on Tue 22 Dec 2026",
        "heard 22 Dec",
    ] {
        assert_eq!(meant(back), Ok(Some(hour(0).starts)), "{back}");
    }
    assert_eq!(meant("heard on 17 Nov"), Ok(Some(hour(-5).starts)));
    for none in
        ["heard on 24 Nov", "heard on 29 Dec", "heard today", "heard tomorrow", "heard on next Tuesday"]
    {
        assert_eq!(meant(none), Ok(None), "{none}");
    }
    let several = vec![utc("2026-12-15T10:00"), utc("2026-12-15T20:00")];
    assert_eq!(meant("heard on 15 Dec"), Err(Refusal::Several(several.clone())));
    assert_eq!(meant("heard on 15 Dec at 10:00"), Ok(Some(several[0])));
    assert_eq!(meant("heard on 15 Dec at 9:00"), Err(Refusal::OtherTime(several)));
    // The live one comes first, and counts towards nobody's return yet.
    let live = Episode { state: State::Open, ..hour(1) };
    let hours = [live.clone(), hour(0)];
    assert_eq!(heard::meant(&hours, None, zone, now), Ok(Some(&live)));
    assert_eq!(heard::before(&hours, &hour(2)), [&hours[1]]);
    assert_eq!(heard::meant(&[], None, zone, now), Ok(None));
    // Four at most, the latest first.
    let many: Vec<Episode> = (-8..=0).map(hour).collect();
    let before: Vec<i64> =
        heard::before(&many, &hour(0)).iter().map(|h| (h.starts - hour(0).starts).num_weeks()).collect();
    assert_eq!(before, [-1, -2, -3, -4]);
}

#[test]
fn an_hour_over_midnight_has_two_days() {
    let day = |typed: &str| typed.parse::<chrono::NaiveDate>().expect("a day");
    assert_eq!(heard::days(&hour(0)), [day("2026-12-22")]);
    let mut late = hour(0);
    late.starts = utc("2026-12-22T23:00");
    late.state = State::Closed { at: utc("2026-12-23T00:00") };
    assert_eq!(heard::days(&late), [day("2026-12-22"), day("2026-12-23")]);
}

#[test]
fn what_the_organiser_reads() {
    let mut show = Show::everywhere("2026-12-23T10:00");
    let mut told = Vec::new();
    let mut reads = |show: &mut Show, typed: &str, known: Option<Known>| {
        show.chat.seen.past = known.iter().map(|known| known.episode.clone()).collect();
        show.chat.seen.heard = known;
        told.push(format!("{typed}\n{}", show.slack(typed)));
    };
    reads(&mut show, "heard", None);
    reads(&mut show, "heard on 24 Nov", None);
    reads(&mut show, "heard", Some(example()));
    let mut live = Known { reposts: 0, ..example() };
    live.episode.state = State::Open;
    live.before.truncate(1);
    live.before[0].voices.clear();
    live.members.clear();
    live.posts.retain(|filed| filed.post.replies_to.is_none());
    reads(&mut show, "heard", Some(live));
    let rooms = Known {
        voices: vec![voice(&in_discord("juno"), true)],
        posts: vec![said("8", &in_discord("juno"), None)],
        before: vec![],
        reposts: 1,
        ..example()
    };
    reads(&mut show, "heard on 22 Dec", Some(rooms));
    reads(&mut show, "heard", Some(Known { all_posts: false, ..example() }));
    reads(
        &mut show,
        "heard",
        Some(Known { voices: vec![], posts: vec![], before: vec![], reposts: 0, ..example() }),
    );
    // Two on a day are asked back, not guessed.
    let mut morning = hour(0);
    morning.starts = utc("2026-12-22T10:00");
    show.chat.seen.past = vec![hour(0), morning];
    told.push(show.slack("heard on 22 Dec"));
    assert_eq!(show.try_slack_as(&sol(), "heard"), Err(Refusal::NotOrganiser));
    // A retired chat still tells.
    let asking = show.asking(&maya());
    show.event(&Event::Pressed(asking, chat::action::Action::Retire(show.chat.settings.slug.clone())))
        .expect("retired");
    show.chat.seen.past = vec![hour(0)];
    show.chat.seen.heard = Some(example());
    assert!(show.slack("heard").contains("4 spoke"));
    insta::assert_snapshot!(told.join("\n----\n"));
}

//! App Home: what organisers read of their chats, what everybody else does, and what nobody reads before its time.

use chat::Deployment;
use chat::action::Action;
use chat::agenda::{Episode, Guest};
use chat::cost::{Account, Level};
use chat::delivery::{Trouble, Untaken};
use chat::home::{Entry, Home, Known, Role, Want, role};
use chat::money::Money;
use chat::name::{Person, Platform, Slug};
use chat::text::{Message, Weight};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::hour::evening;
use crate::sim::*;

const HOUR: &str = "2026-11-24T20:00";

fn priya() -> Person {
    Person::new(Platform::Slack, "T1", "UPRIYA")
}

/// The chat as the host reads it.
fn known(show: &Show) -> Known {
    Known {
        settings: show.chat.settings.clone(),
        episodes: show.chat.episodes.clone(),
        trouble: Vec::new(),
        unsearched: None,
        account: Some(Account { spent: Money::cents(112), ..Account::default() }),
    }
}

fn entry(known: Known) -> Entry {
    Entry::Read(Box::new(known))
}

fn parts(by: &Person, chats: &[Entry], deployment: &Deployment, now: DateTime<Utc>) -> Vec<Message> {
    Home { by, chats, unread: 0, deployment, now }.parts()
}

/// As it reads: parts below each other, buttons behind their part.
fn read(by: &Person, chats: &[Entry], deployment: &Deployment, now: DateTime<Utc>) -> String {
    let part = |part: &Message| {
        let buttons: Vec<String> = part
            .buttons
            .iter()
            .map(|b| format!(" [{}{}]", b.label, if b.weight == Weight::Main { "!" } else { "" }))
            .collect();
        format!("{}{}", part.text.words(), buttons.concat())
    };
    let parts: Vec<String> = parts(by, chats, deployment, now).iter().map(part).collect();
    parts.join("\n———\n")
}

/// What Maya reads, who steers it.
fn mayas(show: &Show) -> String {
    read(&maya(), &[entry(known(show))], &show.chat.deployment, show.now)
}

fn wants(show: &Show) -> Vec<Want> {
    known(show).wants(&show.chat.deployment, show.now)
}

/// An hour with all that it needs, and somebody to stand in for Maya.
fn well() -> Show {
    let mut show = evening();
    show.slack("guest Amina Okoth, Nairobi, runs the city's oldest book club");
    show.slack("organiser add <@USOL|sol>");
    show.chat.deployment.operators = vec![priya()];
    show
}

#[test]
fn all_is_well() {
    let mut show = well();
    show.slack("set title The Social Media Exchange");
    assert_eq!(wants(&show), []);
    insta::assert_snapshot!(mayas(&show));
}

#[test]
fn a_chat_that_was_made_a_minute_ago() {
    insta::assert_snapshot!(mayas(&Show::new("2026-11-21T12:00")));
}

#[test]
fn what_is_missing_and_what_to_do_about_it() {
    let mut show = well();
    show.at("2026-11-24T22:00");
    // Next week: four questions after an hour of six, and nobody invited, where somebody was.
    for question in ["this", "that", "those", "these"] {
        show.slack(&format!("ask What about {question}?"));
    }
    let mut known = known(&show);
    known.settings.x_approved = None;
    known.settings.desk = None;
    known.settings.organisers = vec![maya()];
    known.account = Some(Account { spent: Money::cents(430), searches: true, ..Account::default() });
    known.trouble = vec![
        (x(), Trouble { since: utc("2026-11-24T20:31"), why: Some(Untaken::Key), told: true }),
        (discord(), Trouble { since: utc("2026-11-24T21:45"), why: None, told: false }),
        // Busy for a moment: nobody is bothered with that.
        (slack(), Trouble { since: utc("2026-11-24T21:55"), why: None, told: false }),
    ];
    known.unsearched =
        Some((Trouble { since: utc("2026-11-24T20:31"), why: Some(Untaken::Key), told: true }, false));
    insta::assert_snapshot!(read(&maya(), &[entry(known)], &show.chat.deployment, show.now));
}

#[test]
fn an_hour_that_runs_comes_first_with_its_desk() {
    let mut show = well();
    show.at("2026-11-24T20:24");
    let running = mayas(&show);
    let without = Known { settings: settings_without_desk(&show), ..known(&show) };
    let without = read(&maya(), &[entry(without)], &show.chat.deployment, show.now);
    show.slack("moderator add <@UPRIYA|priya>");
    let priyas = read(&priya(), &[entry(known(&show))], &Deployment::default(), show.now);
    insta::assert_snapshot!([running, without, priyas].join("\n\n=====\n\n"));
}

fn settings_without_desk(show: &Show) -> chat::settings::Settings {
    chat::settings::Settings { desk: None, ..show.chat.settings.clone() }
}

#[test]
fn who_looks_after_nothing_reads_what_anybody_may() {
    let show = well();
    let nobodys = Deployment::default();
    let mut texts = vec![read(&priya(), &[entry(known(&show))], &nobodys, show.now)];
    texts.push(read(&priya(), &[], &nobodys, show.now));
    // Whoever runs it is told how to begin.
    texts.push(read(&priya(), &[], &show.chat.deployment, show.now));
    texts.push(read(&priya(), &[entry(known(&show))], &show.chat.deployment, show.now));
    insta::assert_snapshot!(texts.join("\n\n=====\n\n"));
}

/// Another chat beside #SMXChat, with this hashtag.
fn another(typed: &str, now: &str) -> Show {
    let mut show = Show::of(typed, now);
    show.slack("connect slack");
    show
}

#[test]
fn several_chats_each_with_its_name_in_every_command() {
    let show = well();
    let now = "2026-11-21T12:00";
    let books = another("new #BookHour every Sunday 6pm Nairobi", now);
    let mut walks = another("new #WalkTalk every Friday 9am London", now);
    walks.chat.settings.organisers = vec![sol(), maya()];
    let mut plants = another("new #PlantClub every Monday 9am London", now);
    plants.chat.settings.organisers = vec![sol()];
    let mut chats: Vec<Entry> =
        [&walks, &show, &plants, &books].into_iter().map(|show| entry(known(show))).collect();
    chats.push(Entry::Unreadable { hashtag: "TornPages".to_owned() });
    let page = read(&maya(), &chats, &show.chat.deployment, show.now);
    insta::assert_snapshot!(page);
    let home =
        Home { by: &maya(), chats: &chats, unread: 0, deployment: &show.chat.deployment, now: show.now };
    let led: Vec<String> = home.of(Role::Organises).iter().map(|k| k.settings.slug.to_string()).collect();
    assert_eq!(
        led,
        ["bookhour", "smxchat", "walktalk"],
        "those that she leads, by date, and then the others"
    );
}

#[test]
fn of_many_chats_the_first_are_shown_in_full_and_none_is_kept_back() {
    let now = "2026-11-21T12:00";
    let shows: Vec<Show> = (10..40)
        .map(|n| another(&format!("new #Chat{n} every Tuesday {}pm London", n % 9 + 1), now))
        .collect();
    let chats: Vec<Entry> = shows.iter().map(|show| entry(known(show))).collect();
    let home =
        Home { by: &maya(), chats: &chats, unread: 3, deployment: &shows[0].chat.deployment, now: utc(now) };
    let parts = home.parts();
    assert!(parts.len() <= 12, "{}", parts.len());
    let all: String = parts.iter().map(|part| part.text.words() + "\n").collect();
    assert_eq!(all.matches("To see to:").count(), 6);
    assert_eq!(all.matches("• #Chat").count(), 20, "{all}");
    assert!(all.contains("… and four more.") && all.contains("Three more chats live here"), "{all}");
}

#[test]
fn a_date_that_is_not_laid_out_yet_is_known_all_the_same() {
    let mut show = another("new #FullMoon first Tuesday of the month 8pm London", "2026-11-10T12:00");
    assert_eq!(known(&show).next(show.now), None, "three weeks are too far ahead");
    let read = mayas(&show);
    assert!(read.contains("Next: Tue 1 Dec 20:00 (20:00 London). I lay it out two weeks ahead"), "{read}");
    assert!(!read.contains("No date") && !read.contains("Nothing is missing"), "{read}");
    let strangers = self::read(&priya(), &[entry(known(&show))], &Deployment::default(), show.now);
    assert!(strangers.contains("#FullMoon: Tue 1 Dec 20:00 (20:00 London), in #C1."), "{strangers}");
    // Called off, it is none.
    show.slack("skip 1 Dec");
    let read = mayas(&show);
    assert!(read.contains("Next: Tue 5 Jan 2027 20:00") || read.contains("Next: Tue 5 Jan 20:00"), "{read}");
}

#[test]
fn how_many_questions_are_enough_is_what_was_enough_before() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("topic anything");
    let questions = |show: &Show| -> Vec<Want> {
        let mut wants = wants(show);
        wants.retain(|want| !want.is_a_wish());
        wants
    };
    // The first hour ever: none is missed but the first, and a long silence.
    assert_eq!(questions(&show), [Want::NoQuestions]);
    show.slack("ask One?");
    assert_eq!(questions(&show), [Want::Quiet { after: 1, from: utc("2026-11-24T20:05") }]);
    show.slack("ask Two?");
    assert_eq!(questions(&show), [Want::Quiet { after: 2, from: utc("2026-11-24T20:20") }]);
    show.slack("ask Three?");
    assert_eq!(questions(&show), []);
    // Every so many minutes, and there is an end to it.
    show.slack("set cadence every 5m");
    assert_eq!(questions(&show), [Want::Quiet { after: 3, from: utc("2026-11-24T20:15") }]);
    for n in 4..=12 {
        show.slack(&format!("ask Number {n}?"));
    }
    let without: Vec<usize> = vec![11, 12];
    assert_eq!(questions(&show), [Want::NoRoom(without)]);
    show.slack("drop Q12");
    show.slack("drop Q11");
    show.at("2026-11-25T09:00");
    // Ten were enough: two are two of ten.
    show.slack("topic anything else");
    show.slack("ask One more?");
    assert_eq!(questions(&show), [Want::Fewer { have: 1, last: 10 }]);
    assert!(
        mayas(&show).contains("No Q2 to Q10 yet; last time there were ten. /chat ask …"),
        "{}",
        mayas(&show)
    );
}

#[test]
fn a_guest_whose_question_is_not_written_is_noticed() {
    let mut show = well();
    let unwritten = |show: &Show| -> Vec<u32> {
        let from = |want| match want {
            Want::Unwritten { guest, .. } => Some(guest.from),
            _ => None,
        };
        wants(show).into_iter().filter_map(from).collect()
    };
    assert_eq!(unwritten(&show), []);
    // Six are asked; she comes in with a ninth.
    let mut told = vec![show.slack("guest Amina from Q9")];
    assert_eq!(unwritten(&show), [9]);
    let read = mayas(&show);
    told.extend(read.lines().filter(|line| line.contains("Q9")).map(str::to_owned));
    assert!(!read.contains("Nothing is missing"), "{read}");
    let note = show.slack("brief Amina");
    told.extend(note.lines().filter(|line| line.contains("Q9")).map(str::to_owned));
    show.slack("guest Amina from Q6");
    assert_eq!(unwritten(&show), []);
    // Another takes its place; the last one has none to follow it.
    show.slack("guest Bo Li, London, bakes, from Q2");
    told.push(show.slack("drop Q2"));
    assert_eq!(unwritten(&show), [6]);
    // Where nothing is written yet, that is what is missing.
    for _ in 0..5 {
        told.push(show.slack("drop Q1").lines().next().unwrap_or_default().to_owned());
    }
    assert_eq!(unwritten(&show), []);
    assert!(wants(&show).contains(&Want::NoQuestions));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_guest_is_missing_only_where_there_are_guests() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let guest = |show: &Show| -> bool { wants(show).contains(&Want::NoGuest) };
    assert!(!guest(&show), "never had one");
    show.slack("guest Amina Okoth, Nairobi");
    assert!(
        wants(&show).iter().any(|want| matches!(want, Want::Unknown(guest) if guest.name == "Amina Okoth"))
    );
    show.at("2026-11-25T09:00");
    assert!(guest(&show), "had one a week ago");
    // Four hours later without one, and it is a chat without guests.
    let mut known = known(&show);
    let mut next = Episode { guests: Vec::new(), ..show.chat.episodes[1].clone() };
    next.starts += Duration::weeks(8);
    known.episodes = vec![show.chat.episodes[0].clone(), next];
    let held = |n: i64| {
        let mut episode = show.chat.episodes[0].clone();
        episode.id.planned += Duration::weeks(n);
        episode.starts += Duration::weeks(n);
        episode.guests.clear();
        episode
    };
    known.episodes.extend((1..=3).map(held));
    let later = show.now + Duration::weeks(5);
    assert!(known.wants(&show.chat.deployment, later).contains(&Want::NoGuest), "one of the last four");
    known.episodes.push(held(4));
    assert!(!known.wants(&show.chat.deployment, later).contains(&Want::NoGuest));
}

#[test]
fn money_is_told_of_when_it_runs_short() {
    let show = well();
    let of = |cents: u64, searches| {
        let account = Some(Account { spent: Money::cents(cents), searches, ..Account::default() });
        let wants = Known { account, ..known(&show) }.wants(&show.chat.deployment, show.now);
        wants.into_iter().find_map(|want| match want {
            Want::Budget(level) => Some(level),
            _ => None,
        })
    };
    assert_eq!([of(399, true), of(400, true), of(500, true)], [None, Some(Level::Near), Some(Level::Spent)]);
}

#[test]
fn its_buttons_do_what_they_say() {
    let mut show = well();
    let home = |show: &Show, by: &Person| -> Vec<Action> {
        let chats = [entry(known(show))];
        let parts = parts(by, &chats, &show.chat.deployment, show.now);
        parts.into_iter().flat_map(|part| part.buttons).map(|button| button.action).collect()
    };
    let [edit] = <[Action; 1]>::try_from(home(&show, &maya())).expect("one button");
    let Some(chat::reply::Reply::Form(form)) = show.press(edit).expect("pressed") else { panic!("a form") };
    assert_eq!(form.title, "Questions Tue 24 Nov");
    let mut suggest = home(&show, &Person::new(Platform::Slack, "T1", "UANYBODY"));
    let suggest = suggest.pop().expect("a button");
    let by = Person::new(Platform::Slack, "T1", "UANYBODY");
    let opened = show.press_as(&by, suggest).expect("pressed");
    assert!(matches!(opened, Some(chat::reply::Reply::Form(_))), "{opened:?}");
    assert!(home(&show, &priya()).contains(&Action::New), "who runs it may make another");
}

/// Everything that can be read or pressed in a home.
fn everything(parts: &[Message]) -> String {
    format!("{parts:?}")
}

proptest! {
    #[test]
    fn nobody_reads_a_question_before_its_time(
        texts in prop::collection::vec("zz[a-z]{6,12}", 1..8),
        asked in 0usize..8,
        spares in 0usize..3,
        minute in 0i64..70,
        operator in any::<bool>(),
        moderates in any::<bool>(),
        organises in any::<bool>(),
    ) {
        let mut show = Show::everywhere("2026-11-21T12:00");
        let by = Person::new(Platform::Slack, "T1", "UANYBODY");
        let settings = &mut show.chat.settings;
        if organises {
            settings.organisers.push(by.clone());
        }
        if moderates {
            settings.moderators.push(by.clone());
        }
        if operator {
            show.chat.deployment.operators.push(by.clone());
        }
        let settings = show.chat.settings.clone();
        let mut episode: Episode = show.chat.episodes[0].clone();
        for text in &texts {
            episode.add_question(text);
        }
        episode.guests.push(Guest { name: "Amina".to_owned(), city: None, line: None, handle: None, from: 1 });
        for spare in 0..spares {
            episode.add_spare(&format!("zzspare{spare}"));
        }
        episode.arrange(&settings.cadence, None, show.now);
        let now = utc(HOUR) + Duration::minutes(minute);
        if minute > 0 {
            episode.state = chat::agenda::State::Open;
        }
        for question in episode.questions.iter_mut().take(if minute > 0 { asked } else { 0 }) {
            question.asked = question.due;
        }
        show.chat.episodes[0] = episode;
        let chats = [entry(known(&show))];
        let page = everything(&parts(&by, &chats, &show.chat.deployment, now));
        let role = role(&settings, &by);
        prop_assert_eq!(role == Role::Organises, organises);
        if role == Role::Organises {
            prop_assert!(minute > 0 || texts.iter().all(|text| page.contains(text.as_str())), "{}", page);
        } else {
            prop_assert!(!page.contains("zz"), "{}", page);
        }
        prop_assert!(!page.contains("zzspare"), "a spare is kept unseen: {}", page);
    }
}

#[test]
fn a_name_that_is_long_still_fits_its_button() {
    let mut show = well();
    show.chat.settings.hashtag = "A".repeat(120);
    let other = another("new #BookHour every Sunday 6pm Nairobi", "2026-11-21T12:00");
    let chats = [entry(known(&show)), entry(known(&other))];
    for by in [maya(), priya()] {
        for button in parts(&by, &chats, &show.chat.deployment, show.now).iter().flat_map(|p| &p.buttons) {
            assert!(button.label.chars().count() <= 75, "{}", button.label);
        }
    }
    assert!(Slug::of("BookHour").is_some());
}

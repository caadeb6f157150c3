//! A year of a weekly chat, both clock changes included.

use std::collections::{BTreeMap, HashSet};

use chat::weigh;
use chrono::{Duration, Timelike};
use chrono_tz::{America::New_York, Europe::London};

use crate::sim::{Show, utc, x};

const ASKED: [&str; 6] = [
    "What did you try this week that you had never tried before",
    "Who taught you something",
    "Which room was loudest",
    "What would you leave out next time",
    "Whom did you miss",
    "What comes next",
];

#[test]
fn fifty_two_weeks_each_thing_once_and_at_the_right_hour() {
    let mut show = Show::everywhere("2025-12-31T12:00");
    let mut week = 0;
    while show.now < utc("2027-01-02T12:00") {
        let next = show.now + Duration::days(7);
        week += 1;
        show.slack(&format!("topic Communities that outlive their platform, part {week}"));
        for question in ASKED {
            show.slack(&format!("ask {question}, in week {week}?"));
        }
        show.until(next);
    }

    // 53 Tuesdays lie between: each thing once in each of three places.
    let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
    for said in show.said.iter().filter(|s| s.message().is_some()) {
        let kind = said.what().splitn(3, '/').nth(2).unwrap_or_default().to_owned();
        let kind = kind.split('@').next().unwrap_or_default().to_owned();
        *count.entry((kind, said.to.platform.to_string())).or_default() += 1;
    }
    for kind in ["reminder/1440m", "reminder/10m", "open", "q/1", "q/2", "q/3", "q/4", "q/5", "q/6", "close"]
    {
        for platform in ["X", "Discord", "Slack"] {
            assert_eq!(count.get(&(kind.to_owned(), platform.to_owned())), Some(&53), "{kind} on {platform}");
        }
    }
    assert!(!count.keys().any(|(kind, _)| kind.starts_with("q/7")), "{count:?}");

    // On X: no two alike, none too long, none with a link.
    let mut seen = HashSet::new();
    for said in show.said.iter().filter(|s| s.to == x()) {
        let words = said.words();
        assert!(weigh::weighted_length(&words) <= weigh::LIMIT, "{words}");
        assert!(weigh::urls(&words).is_empty(), "{words}");
        assert!(weigh::is_postable(&words), "{words}");
        assert!(seen.insert(words.clone()), "twice: {words}");
    }
    assert_eq!(seen.len(), 53 * 10);

    // Local time is local; a reminder is a true duration before it.
    let mut changed = Vec::new();
    for said in show.said.iter().filter(|s| s.to == x()) {
        let words = said.words();
        if said.what().ends_with("/open") {
            let local = said.at.with_timezone(&London);
            assert_eq!((local.hour(), local.minute(), local.second()), (20, 0, 0), "{local}");
        }
        if said.what().contains("/reminder/1440m") {
            let start = said.at + Duration::hours(24);
            assert_eq!(start.with_timezone(&London).hour(), 20, "{start}");
            let there = start.with_timezone(&New_York);
            let hour = there.hour() - 12;
            assert!(words.contains(&format!("8pm London · {hour}pm New York · ")), "{words}");
            assert!(words.starts_with("Tomorrow, Tue "), "{words}");
            if let Some((_, rest)) = words.split_once("Nairobi. ")
                && rest.contains("clocks changed")
            {
                let what = rest.split(" Six questions").next().unwrap_or_default();
                changed.push(format!("{} {what}", start.format("%-d %b")));
            }
        }
    }
    assert_eq!(
        changed,
        [
            "10 Mar New York: 4pm this week, clocks changed.",
            "31 Mar New York: 3pm, Nairobi: 10pm this week, clocks changed.",
            "27 Oct New York: 4pm, Nairobi: 11pm this week, clocks changed.",
            "3 Nov New York: 3pm this week, clocks changed.",
        ]
    );
}

#[test]
fn a_reminder_across_the_change_of_clocks_is_still_a_day_ahead() {
    // Sundays at noon: clocks spring forward in the night before.
    let mut show = Show::of("new #Sunday every Sunday noon London", "2026-03-20T12:00");
    show.connect();
    show.at("2026-03-29T13:00");
    let reminder = show.when(&x(), "reminder/1440m@2026-03-29T11:00Z");
    assert_eq!(reminder, [utc("2026-03-28T11:00")]);
    assert_eq!(show.when(&x(), "2026-03-29T11:00Z/open"), [utc("2026-03-29T11:00")]);
}

#[test]
fn in_the_gap_and_in_the_fold() {
    let mut show = Show::of("new #Night every Sunday 1:30 London", "2026-03-20T12:00");
    show.connect();
    show.at("2026-03-30T00:00");
    // 01:30 does not exist on 29 March: the first instant after the gap is 02:00, which is 01:00 UTC.
    assert_eq!(show.when(&x(), "2026-03-29T01:00Z/open"), [utc("2026-03-29T01:00")]);
    let mut show = Show::of("new #Night every Sunday 1:30 London", "2026-10-20T12:00");
    show.connect();
    show.at("2026-10-26T00:00");
    assert_eq!(show.when(&x(), "2026-10-25T00:30Z/open"), [utc("2026-10-25T00:30")]);
}

#[test]
fn two_sittings_a_day_read_differently() {
    let mut show = Show::of("new #Twice every Tuesday 9am and 8pm London", "2026-11-20T12:00");
    show.connect();
    show.at("2026-11-26T12:00");
    let on_x: Vec<String> = show.said.iter().filter(|s| s.to == x()).map(crate::sim::Said::words).collect();
    let distinct: HashSet<&String> = on_x.iter().collect();
    assert_eq!((on_x.len(), distinct.len()), (8, 8), "{on_x:#?}");
    assert!(on_x.iter().any(|w| w.starts_with("Welcome to #Twice, 24 Nov, 9am! Say hello")), "{on_x:#?}");
}

#[test]
fn several_reminders_read_differently() {
    for own in [false, true] {
        let mut show = Show::everywhere("2026-11-12T12:00");
        show.slack("set reminders 3d, 50h, 48h, 30h, 24h, 6h, 2h, 1h, 10m");
        if own {
            show.slack("words reminder We meet again on {next}. Bring tea!");
        }
        show.at("2026-11-24T22:00");
        let on_x: Vec<String> = show
            .said
            .iter()
            .filter(|s| s.to == x() && s.what().contains("T20:00Z/reminder"))
            .filter(|s| s.at > utc("2026-11-20T00:00"))
            .map(crate::sim::Said::words)
            .collect();
        let distinct: HashSet<&String> = on_x.iter().collect();
        assert_eq!((on_x.len(), distinct.len()), (9, 9), "{on_x:#?}");
        if !own {
            assert!(on_x[0].starts_with("In three days, Tue 24 Nov, on #SMXChat"), "{on_x:#?}");
            assert!(on_x[4].starts_with("In 24 hours, Tue 24 Nov, on #SMXChat"), "{on_x:#?}");
        }
    }
}

//! A year of Tuesdays.

use std::collections::HashSet;

use chrono::TimeDelta;
use earshot::cast;
use tests::{Show, instant};

#[tokio::test(flavor = "multi_thread")]
async fn in_52_weeks_no_two_texts_on_x_are_equal_and_each_is_said_once() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    // Without a desk, whose notes are no part of this.
    show.slack("new #SMXChat every Tuesday 8pm London").await;
    show.slack("connect slack").await;
    show.connect_discord().await;
    show.slack("connect x").await;
    show.slack("preview").await;
    show.press("Approve X").await;
    let weeks = 52;
    for week in 1..=weeks {
        // Topics come back now and then, and so do questions in another week's place.
        if week % 3 > 0 {
            show.slack(&format!("topic Season {}", week % 4)).await;
        }
        // All six at once, in the form.
        show.slack("edit").await;
        let texts: Vec<(String, String)> =
            (1..=6).map(|n| (format!("new{}", n - 1), format!("Week {week}, what about {n}?"))).collect();
        let values: Vec<(&str, &str)> = texts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(show.fill_in(cast::MAYA, &values).await.status, 200);
        let next = instant("2026-11-25T10:00:00Z") + TimeDelta::weeks(week - 1);
        show.until(next).await;
    }
    let texts = show.announced_on_x();
    let distinct: HashSet<&String> = texts.iter().map(|(_, text)| text).collect();
    assert_eq!(distinct.len(), texts.len());
    let each_week = ["Tomorrow", "Kettle on", "Welcome", "That's the hour"];
    for room in ["x", "discord", "slack"] {
        for part in each_week {
            assert_eq!(show.said(room, part).len(), 52, "{part} in {room}");
        }
        for question in 1..=6 {
            assert_eq!(show.said(room, &format!("Q{question}. ")).len(), 52, "Q{question} in {room}");
        }
    }
    assert_eq!(texts.len(), 52 * 10);
    // Every hour began at eight on London's clock, on both sides of its two clock changes.
    let zone: chat::zone::Zone = "Europe/London".parse().expect("a zone");
    for opening in show.said("discord", "Welcome") {
        assert_eq!(opening.at.with_timezone(&zone).format("%a %H:%M:%S").to_string(), "Tue 20:00:00");
    }
    show.assert_kept().await;
}

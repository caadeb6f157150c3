//! Weeks in which clocks change.

use tests::{Show, instant, words_of};

/// The reminder a day ahead, on X and in Discord, of the chat's hour after `at`.
async fn tomorrow(show: &mut Show, at: &str) -> String {
    let since = show.now();
    show.at(at).await;
    let said = show.said("x", "Tomorrow");
    let newest = said.iter().rfind(|m| m.at >= since).expect("a reminder a day ahead");
    format!("{}  {}", newest.at.format("%Y-%m-%d %H:%MZ"), words_of(newest))
}

async fn with_questions(start: &str) -> Show {
    let mut show = Show::new(start).await;
    show.set_up().await;
    show
}

#[tokio::test(flavor = "multi_thread")]
async fn new_york_changes_its_clocks_before_london() {
    // 14 March 2027 in New York, 28 March in London.
    let mut show = with_questions("2027-03-04T10:00:00Z").await;
    let mut told = Vec::new();
    for tuesday in ["09", "16", "23", "30"] {
        show.slack(&format!("ask What is new on the {tuesday}th? on {tuesday} Mar")).await;
        told.push(tomorrow(&mut show, &format!("2027-03-{tuesday}T10:00:00Z")).await);
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(!told[0].contains("clocks changed"), "{told:#?}");
    assert!(told[1].contains("New York: 4pm this week, clocks changed."), "{told:#?}");
    assert!(told[3].contains("New York"), "{told:#?}");
    // The hour itself: 20:00 in London is 19:00Z from then on, and each cue keeps its local second.
    show.at("2027-03-31T09:00:00Z").await;
    let hour: Vec<String> = show
        .everything()
        .iter()
        .filter(|m| m.author.bot && m.platform == "x" && m.at >= instant("2027-03-29T00:00:00Z"))
        .map(|m| m.at.format("%d %b %H:%M:%SZ").to_string())
        .collect();
    let expected =
        ["29 Mar 19:00:00Z", "30 Mar 18:50:00Z", "30 Mar 19:00:00Z", "30 Mar 19:05:00Z", "30 Mar 20:00:00Z"];
    assert_eq!(hour, expected);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn autumn_in_london_and_then_in_new_york() {
    // 25 October 2026 in London, 1 November in New York.
    let mut show = with_questions("2026-10-15T10:00:00Z").await;
    let mut told = Vec::new();
    for (tuesday, month) in [("20", "10"), ("27", "10"), ("03", "11"), ("10", "11")] {
        told.push(tomorrow(&mut show, &format!("2026-{month}-{tuesday}T12:00:00Z")).await);
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(told[1].contains("clocks changed"), "{told:#?}");
    assert!(told[2].contains("New York: 3pm this week, clocks changed."), "{told:#?}");
    assert!(!told[3].contains("clocks changed"), "{told:#?}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_inside_the_gap_and_inside_the_fold() {
    // 01:30 does not exist in London on 28 March 2027, and comes twice on 31 October.
    let mut show = Show::new("2027-03-22T10:00:00Z").await;
    show.set_up_as("new #Nightowls every Sunday 1:30am London").await;
    show.at("2027-03-28T12:00:00Z").await;
    let opened = |show: &Show| -> Vec<String> {
        show.said("discord", "Welcome").iter().map(|m| m.at.format("%d %b %H:%M:%SZ").to_string()).collect()
    };
    assert_eq!(opened(&show), ["28 Mar 01:00:00Z"], "{}", show.transcript());
    let kettle = show.said("slack", "Kettle");
    assert_eq!(kettle[0].at, instant("2027-03-28T00:50:00Z"));
    show.until(instant("2027-04-04T12:00:00Z")).await;
    assert_eq!(opened(&show), ["28 Mar 01:00:00Z", "04 Apr 00:30:00Z"]);

    let mut show = Show::new("2027-10-26T10:00:00Z").await;
    show.set_up_as("new #Nightowls every Sunday 1:30am London").await;
    show.at("2027-10-31T12:00:00Z").await;
    assert_eq!(opened(&show), ["31 Oct 00:30:00Z"], "the earlier of the two: {}", show.transcript());
    show.assert_kept().await;
}

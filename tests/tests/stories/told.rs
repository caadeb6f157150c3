//! What happens is told on the event bus, for whoever hangs rules of their own on it: by name, once it is
//! true, and whatever dies in between.

use earshot::cable::{Cable, Trouble};
use earshot::cast;
use earshot::standin::{Fault, StandIn};
use tests::{Show, Stage};

/// An evening to which somebody listens.
async fn listened_to() -> Show {
    let mut show = Show::on(Stage { told: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show
}

fn names(show: &Show) -> Vec<String> {
    show.told()
        .iter()
        .map(|(kind, detail)| format!("{kind} {}", detail["id"].as_str().expect("a name")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_is_told_by_name() {
    let mut show = listened_to().await;
    show.at("Tue 19:00").await;
    show.discord(cast::AMARA, "join").await;
    show.discord(cast::AMARA, "join").await;
    show.at("Tue 20:06").await;
    // A channel that is gone for good.
    show.platforms.slack.inject_on("chat.postMessage", Fault::Archive, 1);
    show.x("adaokafor", "A1 Ada. #SMXChat").await;
    show.at("Wed 10:00").await;
    insta::assert_snapshot!(names(&show).join("\n"));
    let (_, asked) =
        show.told().into_iter().find(|(kind, _)| kind == "question.asked").expect("Q1 was asked");
    insta::assert_snapshot!(serde_json::to_string_pretty(&asked).expect("JSON"));
    // What was told is not kept, and nobody's words were told.
    let rows = show.facts().await;
    assert!(rows.iter().all(|row| !row.contains("HAPPENED")), "{rows:#?}");
    let told = format!("{:?}", show.told());
    assert!(!told.contains("Ada") && !told.contains("Who are you"), "{told}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_had_time_to_tell_is_told_by_the_next_tick() {
    let mut show = listened_to().await;
    show.at("Tue 20:04:50").await;
    let due =
        show.host().store().cues_due(tests::instant("2026-11-24T20:05:00Z"), 10).await.expect("the table");
    let cue = due.first().expect("Q1 is due").clone();
    // The host dies after it told, and before it noted that it did.
    let cable = Cable::lay(&show.database()).await.expect("a cable");
    cable.plan("TransactWriteItems HAPPENED#", 1, 1, Trouble::Hung { done: false });
    let mut met = cable.met();
    let host = show.host_at(&cable.endpoint()).on_bus(show.bus());
    let task = tokio::spawn(async move { host.fire(&cue.id, cue.rev, cue.due).await });
    met.wait_for(|met| *met > 0).await.expect("it is to be noted");
    task.abort();
    let _ = task.await;
    let once = ["question.asked smxchat/2026-11-24T20:00Z/q/1"];
    let asked =
        |show: &Show| names(show).into_iter().filter(|name| name.contains("/q/1")).collect::<Vec<_>>();
    assert_eq!(asked(&show), once);
    // Whoever listens knows it by its name.
    show.at("20:07").await;
    assert_eq!(asked(&show), [once, once].concat());
    show.at("20:10").await;
    assert_eq!(asked(&show).len(), 2, "and then it is known to be told");
    show.assert_once_everywhere("Q1. ");
    show.at("Wed 10:00").await;
    show.assert_kept().await;
}

//! The host stops in the middle of things and another one goes on with the same table: nothing is lost,
//! and nothing is said twice. (The same with a process that is killed: `infra/local`.)

use earshot::cable::{Cable, Trouble};
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn};
use host::Host;
use tests::kept::{Far, broken};
use tests::{Show, Stage, words_of, x_id};

async fn planned() -> Show {
    let mut show = Show::kept("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show
}

fn assert_whole_hour(show: &Show) {
    for part in ["Tomorrow", "Kettle", "Welcome", "That's the hour"] {
        show.assert_once_everywhere(part);
    }
    for n in 1..=6 {
        show.assert_once_everywhere(&format!("Q{n}. "));
    }
}

/// How many messages stand in all rooms.
fn standing(show: &Show) -> usize {
    show.everything().len()
}

/// Lets a host do something until the platforms have taken `more` messages, then stops it dead: the
/// calls were accepted, and no answer came.
async fn dies_after<F: Future<Output = ()> + Send + 'static>(show: &Show, more: usize, doing: F) {
    let before = standing(show);
    let task = tokio::spawn(doing);
    while standing(show) < before + more {
        assert!(!task.is_finished(), "it ended before it could die:\n{}", show.transcript());
        tokio::task::yield_now().await;
    }
    task.abort();
    let _ = task.await;
}

fn hang_everywhere(show: &Show, accepted: bool) {
    show.platforms.slack.inject_on("chat.postMessage", Fault::Hang { accepted }, 1);
    show.platforms.discord.inject_on("/messages", Fault::Hang { accepted }, 1);
    show.platforms.x.inject_on("POST /2/tweets", Fault::Hang { accepted }, 1);
}

async fn fires_next_cue(host: Host, until: &str) {
    let until = tests::instant(until);
    let due = host.store().cues_due(until, 10).await.expect("the table");
    let cue = due.first().expect("a cue is due").clone();
    host.fire(&cue.id, cue.rev, cue.due).await.expect("the table");
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_steps_of_an_hour() {
    let mut show = planned().await;
    for moment in ["Mon 19:58", "Tue 19:49:58", "20:00", "20:13:56", "20:14:00", "20:30", "20:59:59"] {
        show.at(moment).await;
        show.restart().await;
    }
    show.at("Wed 10:00").await;
    assert_whole_hour(&show);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_was_taken_and_not_shown_yet() {
    let mut show = planned().await;
    show.at("Tue 20:06").await;
    let post = show.platforms.x.put(x_id("adaokafor"), Draft::text("A1 Ada. #SMXChat")).expect("posted");
    assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
    // Its doorbell is gone with the process.
    show.restart().await;
    show.at("20:08").await;
    for room in ["discord", "slack"] {
        assert_eq!(show.said(room, "A1 Ada.").len(), 1, "{room}");
    }
    show.at("Wed 10:00").await;
    assert_whole_hour(&show);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_was_shown_and_not_recorded() {
    let mut show = planned().await;
    show.at("Tue 20:06").await;
    for name in ["adaokafor", "brunolima", "chidi_eze"] {
        let text = format!("A1 I am {name}. #SMXChat");
        let post = show.platforms.x.put(x_id(name), Draft::text(&text)).expect("posted");
        assert_eq!(show.platforms.x.deliver(&post).await.expect("an answer").status, 200);
    }
    hang_everywhere(&show, true);
    let host = show.host().clone();
    dies_after(&show, 2, async move {
        let places = host.store().destinations_waiting(tests::instant("2026-11-24T21:00:00Z")).await;
        let places = places.expect("the table");
        futures(places.iter().map(|place| host.deliver(place))).await;
    })
    .await;
    show.restart().await;
    show.at("20:10").await;
    for name in ["adaokafor", "brunolima", "chidi_eze"] {
        for room in ["discord", "slack"] {
            let told: String = show.said(room, name).iter().map(words_of).collect();
            assert_eq!(told.matches(&format!("I am {name}")).count(), 1, "{room}:\n{}", show.transcript());
        }
    }
    show.at("Wed 10:00").await;
    assert_whole_hour(&show);
    show.assert_kept().await;
}

/// All at once, as `join_all` does.
async fn futures<F: Future>(all: impl Iterator<Item = F>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|f| f.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_was_said_everywhere_and_recorded_nowhere() {
    let mut show = planned().await;
    show.at("Tue 20:04:50").await;
    hang_everywhere(&show, true);
    let host = show.host().clone();
    dies_after(&show, 3, async move { fires_next_cue(host, "2026-11-24T20:05:00Z").await }).await;
    show.restart().await;
    show.at("20:06:30").await;
    show.assert_once_everywhere("Q1. ");
    // What was found is known as ours: an answer by reply is filed, and the thread is there.
    let q1 = show.announced_on_x().into_iter().find(|(_, t)| t.starts_with("Q1.")).expect("Q1 on X").0;
    show.platforms.x.post_activity(x_id("adaokafor"), "Ada, from Lagos.", Some(&q1)).await.expect("posted");
    show.settle().await;
    let card = &show.said("slack", "Ada, from Lagos.")[0];
    assert!(words_of(card).contains("· A1") && card.thread.is_some(), "{}", show.transcript());
    show.at("Wed 10:00").await;
    assert_whole_hour(&show);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_was_claimed_and_said_nowhere() {
    let mut show = planned().await;
    show.at("Tue 20:04:50").await;
    hang_everywhere(&show, false);
    let host = show.host().clone();
    let asked = show.platforms.x.requests().len();
    let task = tokio::spawn(async move { fires_next_cue(host, "2026-11-24T20:05:00Z").await });
    // Hung calls are recorded when their caller gives up; so wait for the claims in the table.
    while show.dump().await.iter().filter(|row| row.contains("\"claimed\"")).count() < 3 {
        assert!(!task.is_finished());
    }
    task.abort();
    let _ = task.await;
    assert!(show.platforms.x.requests().len() <= asked + 1);
    show.restart().await;
    show.at("20:07").await;
    show.assert_once_everywhere("Q1. ");
    show.at("Wed 10:00").await;
    assert_whole_hour(&show);
    show.assert_kept().await;
}

/// The host dies between giving a question up and telling its organisers. Silence would be the one thing
/// that they cannot put right.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_was_not_told_yet_is_told_all_the_same() {
    for done in [false, true] {
        let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
        show.set_up().await;
        show.ask_six().await;
        show.at("Tue 20:04:50").await;
        let refused = Fault::discord(400, 50_035, "Invalid Form Body");
        show.platforms.discord.inject_on("POST /api/v10/channels/", refused, 2);
        let cable = Cable::lay(&show.database()).await.expect("a cable");
        cable.plan("TransactWriteItems /failed/", 0, 1, Trouble::Hung { done });
        let mut met = cable.met();
        let host = show.host_at(&cable.endpoint());
        let task = tokio::spawn(async move { fires_next_cue(host, "2026-11-24T20:05:00Z").await });
        met.wait_for(|met| *met > 0).await.expect("organisers are to be told");
        task.abort();
        let _ = task.await;
        show.at("20:08").await;
        assert_eq!(
            show.said("desk", "did not make it to Discord").len(),
            1,
            "{done}:\n{}",
            show.transcript()
        );
        show.at("Wed 10:00").await;
        let broken = broken(&show, &[], Far::Settled).await;
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

/// The host dies between the first message that gets through again and saying that it did.
#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_that_was_not_told_yet_is_told_all_the_same() {
    for done in [false, true] {
        let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
        show.set_up().await;
        show.ask_six().await;
        show.at("Tue 20:06").await;
        let since = show.now();
        show.platforms.discord.inject_on("POST /api/v10/channels/", Fault::Archive, 1);
        show.x("adaokafor", "A1 Ada. #SMXChat").await;
        show.at("20:09").await;
        let told = |show: &Show| show.said("desk", "Discord").iter().filter(|m| m.at >= since).count();
        assert_eq!(told(&show), 1, "{}", show.transcript_since(since));
        show.platforms.discord.mend();
        let cable = Cable::lay(&show.database()).await.expect("a cable");
        cable.plan("TransactWriteItems /mended/", 0, 1, Trouble::Hung { done });
        let mut met = cable.met();
        let far = show.now() + chrono::TimeDelta::days(1);
        let places = show.looking().store().destinations_waiting(far).await.expect("the table");
        show.sleep_until("20:10:30").await;
        let host = show.host_at(&cable.endpoint());
        let task = tokio::spawn(async move {
            for place in places {
                host.deliver(&place).await.expect("the table");
            }
        });
        met.wait_for(|met| *met > 0).await.expect("organisers are to be told");
        task.abort();
        let _ = task.await;
        show.x("brunolima", "A1 Bruno. #SMXChat").await;
        show.at("20:13").await;
        assert_eq!(told(&show), 2, "{done}:\n{}", show.transcript_since(since));
        show.at("Wed 10:00").await;
        let broken = broken(&show, &[], Far::Settled).await;
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_time_away() {
    let mut show = planned().await;
    show.at("Tue 20:10").await;
    let since = show.now();
    // Nothing runs from 20:10 to 20:31: Q2 and Q3 pass.
    show.sleep_until("20:31").await;
    show.restart().await;
    show.at("20:45").await;
    let told = show.transcript_since(since);
    let resumed = show.slack("resume").await;
    show.at("Wed 10:00").await;
    insta::assert_snapshot!(format!("{told}\n/chat resume\n    {resumed}"));
    // What was missed is asked after all, as far as the hour has room for it.
    for asked in ["Q1. ", "Q2. ", "Q3. "] {
        show.assert_once_everywhere(asked);
    }
    show.assert_once_everywhere("That's the hour");
    show.assert_kept().await;
}

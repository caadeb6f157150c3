//! What X does not show any more goes from the rooms the day after, by a job that costs nothing; where X
//! does no such jobs, by looking posts up.

use std::time::Duration;

use chat::cost::Month;
use chrono::{NaiveDate, TimeDelta};
use earshot::cast;
use earshot::standin::x::{Bill, Draft, Hidden};
use earshot::standin::{Fault, Request, StandIn, discord, slack, x};
use tests::{Show, Stage, is_card, x_id};

/// Where X sends posts, and is asked about removals.
const TOLD: &[(&str, &str)] = &[("X_WEBHOOK_ID", "1460000000000000001")];

type Cast = fn(&mut slack::Config, &mut discord::Config, &mut x::Config);

/// An hour in which five spoke. Then one takes their post back, one goes private and one is suspended, and X
/// tells nobody.
async fn after_an_hour(cast: Cast) -> Show {
    let mut show = Show::on(Stage { variables: TOLD, cast, ..Stage::at("2026-11-23T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:30").await;
    let gone = show.x("adaokafor", "A1 said in haste #SMXChat").await;
    show.x("brunolima", "A1 for my followers #SMXChat").await;
    show.x("chidi_eze", "A1 against the rules #SMXChat").await;
    show.x(cast::ON_X[3].2, "A1 said for good #SMXChat").await;
    show.at("20:40").await;
    for words in WORDS {
        assert_eq!(standing(&show, words), (1, 1), "{words}:\n{}", show.transcript());
    }
    show.platforms.x.delete_as(x_id("adaokafor"), &gone, false).await.expect("gone");
    show.platforms.x.hide(x_id("brunolima"), Hidden::Protected);
    show.platforms.x.hide(x_id("chidi_eze"), Hidden::Suspended);
    show.at("23:59").await;
    show
}

const GOES: [&str; 3] = ["said in haste", "for my followers", "against the rules"];
const WORDS: [&str; 4] = [GOES[0], GOES[1], GOES[2], "said for good"];

fn standing(show: &Show, words: &str) -> (usize, usize) {
    let in_room = |room: &str| show.said(room, words).iter().filter(|m| is_card(m)).count();
    (in_room("discord"), in_room("slack"))
}

async fn assert_gone(show: &Show) {
    for words in GOES {
        assert_eq!(standing(show, words), (0, 0), "{words}:\n{}", show.transcript());
        assert!(!show.dump().await.iter().any(|row| row.contains(words)), "{words} in the table");
    }
    assert_eq!(standing(show, "said for good"), (1, 1), "{}", show.transcript());
}

fn assert_all_stand(show: &Show) {
    for words in WORDS {
        assert_eq!(standing(show, words), (1, 1), "{words}:\n{}", show.transcript());
    }
}

fn asked(show: &Show, part: &str) -> Vec<Request> {
    let all = show.platforms.x.requests();
    all.into_iter().filter(|r| format!("{} {}", r.method, r.path).contains(part)).collect()
}

/// Posts were asked for again; what they count, for the radar of an hour, is another matter.
fn looked_up(show: &Show) -> usize {
    asked(show, "GET /2/tweets").iter().filter(|r| !r.query.contains("public_metrics")).count()
}

/// Time passes with the tick of each minute: stories usually leave out those that nothing seems to wait for.
async fn ticking(show: &mut Show, minutes: i64) {
    for _ in 0..minutes {
        let next = show.now() + TimeDelta::minutes(1);
        show.until(next).await;
    }
}

/// How far Wednesday's job has come.
async fn step(show: &Show) -> String {
    let day = NaiveDate::from_ymd_opt(2026, 11, 25).expect("a day");
    show.host()
        .store()
        .audit(day)
        .await
        .expect("the table")
        .map_or_else(String::new, |audit| format!("{:?}", audit.stage))
}

/// X charged for reading this much since, and the chat's account says the same.
async fn read_since(show: &Show, before: Bill) -> u64 {
    let bill = show.platforms.x.bill().reads;
    let slug = "smxchat".parse().expect("a slug");
    let account = show.host().store().spent(&slug, Month::of(show.now())).await.expect("the table");
    assert_eq!(account.read, bill);
    bill - before.reads
}

#[tokio::test(flavor = "multi_thread")]
async fn what_x_shows_no_more_goes_the_next_day_and_costs_nothing() {
    // Also of authors that are watched: X tells of posts that are deleted, and not of accounts that close.
    for cast in [(|_, _, x| x.activity = true) as Cast, |_, _, x| {
        (x.activity, x.most_subscriptions) = (true, 0);
    }] {
        let mut show = after_an_hour(cast).await;
        let before = show.platforms.x.bill();
        assert_eq!(
            asked(&show, "/storage/").len(),
            0,
            "once a day, and nothing was shown on the days before"
        );
        assert_all_stand(&show);
        ticking(&mut show, 11).await;
        assert_gone(&show).await;
        assert_eq!(step(&show).await, "Over");
        assert_eq!(read_since(&show, before).await, 0);
        assert_eq!(looked_up(&show), 0);
        let (up, down) = (asked(&show, "PUT /storage/upload"), asked(&show, "GET /storage/download"));
        assert_eq!((up.len(), down.len(), asked(&show, "POST /2/compliance/jobs").len()), (1, 1, 1));
        for request in up.iter().chain(&down) {
            assert!(!request.headers.contains_key("authorization"), "no token goes there: {request:?}");
        }
        show.at("12:00").await;
        assert_eq!(asked(&show, "POST /2/compliance/jobs").len(), 1, "once a day");
        show.at("Thu 00:00").await;
        ticking(&mut show, 10).await;
        assert_eq!(asked(&show, "POST /2/compliance/jobs").len(), 2);
        assert_gone(&show).await;
        show.assert_kept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_such_jobs_has_its_posts_looked_up() {
    let mut show = after_an_hour(|_, _, x| {
        (x.activity, x.most_subscriptions, x.compliance) = (true, 0, false);
    })
    .await;
    let before = show.platforms.x.bill();
    ticking(&mut show, 5).await;
    show.at("Wed 12:00").await;
    assert_gone(&show).await;
    assert_eq!(step(&show).await, "Refused");
    assert_eq!(asked(&show, "POST /2/compliance/jobs").len(), 1, "and that is remembered for the day");
    assert!(looked_up(&show) > 0);
    assert_eq!(read_since(&show, before).await, 1, "what is still shown is paid for");
    show.at("Thu 12:00").await;
    ticking(&mut show, 1).await;
    assert_eq!(asked(&show, "POST /2/compliance/jobs").len(), 2, "the plan may be another one tomorrow");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_where_something_failed() {
    for (at, fault) in [
        ("POST /2/compliance", Fault::ServerError { status: 503, accepted: false }),
        // X begins a job, and we never hear of it: until its time is up there may be no other.
        ("POST /2/compliance", Fault::Drop { accepted: true }),
        ("/storage/upload", Fault::ServerError { status: 503, accepted: false }),
        ("/storage/upload", Fault::Drop { accepted: true }),
        ("GET /2/compliance", Fault::RateLimited { retry_after: Some(Duration::from_secs(90)) }),
        ("/storage/download", Fault::Drop { accepted: true }),
    ] {
        let mut show = after_an_hour(|_, _, x| x.activity = true).await;
        show.platforms.x.inject_on(at, fault.clone(), 1);
        ticking(&mut show, 40).await;
        assert_eq!(step(&show).await, "Over", "{at} {fault:?}");
        assert_gone(&show).await;
        assert_eq!(looked_up(&show), 0, "{at} {fault:?}");
    }
}

/// A job of which nothing comes is no reason to go on showing what is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_which_nothing_comes_is_given_up_the_same_day() {
    let unwatched: Cast = |_, _, x| (x.activity, x.most_subscriptions) = (true, 0);
    for (cast, at, fault, minutes) in [
        (unwatched, "/storage/upload", Fault::Answer { status: 403, body: "no".into() }, 10),
        // An address that is not safe is not gone to.
        (
            unwatched,
            "POST /2/compliance",
            Fault::Answer {
                status: 200,
                body: serde_json::json!({"data": {"id": "7", "upload_url": "http://storage.example.org/7"}}),
            },
            10,
        ),
        (
            |_, _, x| {
                (x.activity, x.most_subscriptions) = (true, 0);
                x.compliance_takes = Duration::from_secs(24 * 3600);
            },
            "never",
            Fault::ServerError { status: 503, accepted: false },
            6 * 60 + 10,
        ),
    ] {
        let mut show = after_an_hour(cast).await;
        show.platforms.x.inject_on(at, fault.clone(), 1);
        ticking(&mut show, minutes).await;
        assert_eq!(step(&show).await, "Refused", "{at} {fault:?}");
        assert_gone(&show).await;
        assert_eq!(looked_up(&show), 1, "{at} {fault:?}");
    }
}

/// More must go than one tick takes: the next ones go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_great_many_go_over_several_ticks() {
    let mut show = after_an_hour(|_, _, x| x.activity = true).await;
    ticking(&mut show, 10).await;
    show.at("Tue 20:06").await;
    for n in 0..220 {
        let post = show.platforms.x.put(x_id("adaokafor"), Draft::text(&format!("A1 voice-{n:03} #SMXChat")));
        let told = show.platforms.x.deliver(&post.expect("posted")).await.expect("an answer");
        assert_eq!(told.status, 200);
    }
    show.at("21:30").await;
    show.platforms.x.hide(x_id("adaokafor"), Hidden::Suspended);
    show.at("Wed 00:00").await;
    let before = asked(&show, "/storage/download").len();
    ticking(&mut show, 15).await;
    assert_eq!(asked(&show, "/storage/download").len() - before, 3, "a hundred with each tick");
    let rows = show.dump().await;
    assert!(!rows.iter().any(|row| row.contains("voice-")), "nothing is left of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_cannot_be_read_keeps_no_other_standing() {
    let mut show = after_an_hour(|_, _, x| x.activity = true).await;
    let (pk, sk) = show.row_with(&["\"EP#smxchat/", "POST#x:", "said for good"]).await;
    show.damage(&pk, &sk).await;
    // Nor does one of those that go: it alone waits for somebody to mend it.
    let (pk, sk) = show.row_with(&["\"EP#smxchat/", "POST#x:", GOES[1]]).await;
    show.damage(&pk, &sk).await;
    ticking(&mut show, 11).await;
    assert_eq!(step(&show).await, "Over");
    for words in [GOES[0], GOES[2]] {
        assert_eq!(standing(&show, words), (0, 0), "{words}:\n{}", show.transcript());
    }
    show.repair(&pk, &sk).await;
    show.at("Wed 23:59").await;
    ticking(&mut show, 11).await;
    assert_eq!(standing(&show, GOES[1]), (0, 0), "asked about again the next day:\n{}", show.transcript());
}

//! X without a webhook for hashtags: searched four times a minute, carried once, paid for once, and never
//! beyond a chat's budget.

use std::time::Duration;

use chat::cost::{Month, Prices, Spent};
use chat::name::Slug;
use chrono::{DateTime, TimeDelta, Utc};
use earshot::cast;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, Request, StandIn, slack, x};
use tests::{Show, Stage, is_card, words_of, x_id};

const POLL: &[(&str, &str)] = &[("EARSHOT_X_SOURCE", "poll")];
const BOTH: &[(&str, &str)] = &[("EARSHOT_X_SOURCE", "both")];
const OTHER: &str = "C0BOOKS";

/// A deployment that searches, on Thursday.
async fn searching(variables: &'static [(&'static str, &'static str)]) -> Show {
    searching_with(variables, |_, _, x| x.webhook = false).await
}

async fn searching_with(variables: &'static [(&'static str, &'static str)], cast: Cast) -> Show {
    let mut show = Show::on(Stage { variables, cast, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    // Eight people say what a crowd would.
    show.slack("set burst off").await;
    show
}

fn cards(show: &Show, room: &str, part: &str) -> usize {
    show.said(room, part).iter().filter(|m| is_card(m)).count()
}

fn assert_carried_once(show: &Show, part: &str) {
    for room in ["discord", "slack"] {
        assert_eq!(cards(show, room, part), 1, "{part:?} in {room}:\n{}", show.transcript());
    }
}

/// How often these words stand in a room, also where several cards share a message.
fn times(show: &Show, room: &str, part: &str) -> usize {
    show.said(room, "").iter().map(|m| words_of(m).matches(part).count()).sum()
}

fn put(show: &Show, handle: &str, text: &str) -> String {
    show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted")
}

fn searches(show: &Show) -> Vec<Request> {
    let all = show.platforms.x.requests();
    all.into_iter().filter(|r| r.path == "/2/tweets/search/recent").collect()
}

fn asked(request: &Request, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

fn asked_at(request: &Request, name: &str) -> DateTime<Utc> {
    asked(request, name).expect("asked for").parse().expect("an instant")
}

async fn spent(show: &Show, slug: &str) -> Spent {
    let slug: Slug = slug.parse().expect("a slug");
    show.host().store().spent(&slug, Month::of(show.now())).await.expect("the table")
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_found_and_carried_within_a_minute() {
    let mut show = searching(POLL).await;
    show.at("Tue 20:06").await;
    put(&show, "adaokafor", "A1 on paper, in a drawer. #SMXChat");
    put(&show, "brunolima", "nothing to do with us");
    show.at("20:07").await;
    assert_carried_once(&show, "on paper");
    let card = show.said("slack", "on paper").remove(0);
    assert!(words_of(&card).contains("Ada Okafor") && words_of(&card).contains("A1"), "{}", words_of(&card));
    assert!(show.said("slack", "nothing to do").is_empty());
    show.at("20:08").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_and_search_together_carry_once() {
    let mut show = searching_with(BOTH, |_, _, _| {}).await;
    show.at("Tue 20:06").await;
    show.x("adaokafor", "A1 told of and found. #SMXChat").await;
    // X's webhook loses one.
    put(&show, "brunolima", "A1 found only. #SMXChat");
    show.at("20:08").await;
    for part in ["told of and found", "found only"] {
        assert_carried_once(&show, part);
    }
    show.at("20:10").await;
    let rows = show.dump().await;
    let known = rows.iter().filter(|row| row.contains("COUNTED#known")).count();
    assert_eq!(known, 0, "what was given today is not worked at again");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_searches_a_minute_from_doors_to_doors_and_none_before() {
    let mut show = searching(POLL).await;
    show.at("Tue 19:49").await;
    assert_eq!(searches(&show).len(), 0);
    show.at("20:10").await;
    let before = searches(&show).len();
    // However often it ticks, and however often a slot is asked for.
    for _ in 0..3 {
        show.tick().await;
    }
    show.at("20:12").await;
    let slot = "2026-11-24T20:11:45Z".parse().expect("an instant");
    for _ in 0..3 {
        show.host().poll(slot).await.expect("the table");
    }
    assert_eq!(searches(&show).len() - before, 8);
    show.at("21:17").await;
    let doors = searches(&show).len();
    show.at("22:17").await;
    assert_eq!(searches(&show).len() - doors, 6, "every ten minutes for late answers");
    put(&show, "adaokafor", "A6 late, and still counted. #SMXChat");
    show.at("22:32").await;
    assert_carried_once(&show, "late, and still counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_overlap_by_a_minute() {
    let mut show = searching(POLL).await;
    show.at("Tue 20:06").await;
    let all = searches(&show);
    assert_eq!(
        asked_at(&all[0], "start_time").to_rfc3339(),
        "2026-11-24T19:49:00+00:00",
        "doors, and a minute"
    );
    for pair in all.windows(2) {
        // What is half a minute old at a search is what it can see; the next one begins a minute before.
        assert_eq!(
            asked_at(&pair[1], "start_time"),
            (pair[0].at - TimeDelta::seconds(90)).max(asked_at(&all[0], "start_time"))
        );
    }
    assert_eq!(asked(&all[0], "query").as_deref(), Some("#smxchat -is:retweet"));
}

/// Many at once, by everybody in turn.
fn crowd(show: &Show, from: usize, to: usize) {
    for n in from..to {
        let (_, _, handle) = cast::ON_X[n % cast::ON_X.len()];
        put(show, handle, &format!("A1 voice-{n:03} #SMXChat"));
    }
}

fn assert_all_once(show: &Show, n: usize) {
    for room in ["discord", "slack"] {
        for n in 0..n {
            assert_eq!(times(show, room, &format!("voice-{n:03}")), 1, "voice-{n:03} in {room}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_followed_and_posts_keep_their_order() {
    let mut show = searching(POLL).await;
    show.at("Tue 20:06").await;
    crowd(&show, 0, 110);
    show.at("20:09").await;
    assert!(searches(&show).iter().any(|r| asked(r, "next_token").is_some()));
    assert_all_once(&show, 110);
    let words: String = show.said("slack", "voice-").iter().map(words_of).collect();
    let places: Vec<usize> = (0..110).filter_map(|n| words.find(&format!("voice-{n:03}"))).collect();
    assert!(places.is_sorted(), "oldest first");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_dies_half_way_loses_nothing() {
    for fault in [
        Fault::ServerError { status: 503, accepted: false },
        Fault::RateLimited { retry_after: Some(Duration::from_secs(30)) },
        Fault::Answer {
            status: 200,
            body: serde_json::json!({"meta": "?", "data": [{"id": "1"}, {"id": "2"}]}),
        },
    ] {
        let mut show = searching(POLL).await;
        show.at("Tue 20:06").await;
        crowd(&show, 0, 104);
        show.platforms.x.inject_on("next_token", fault.clone(), 1);
        show.at("20:09").await;
        assert_all_once(&show, 104);
        let paid = show.platforms.x.bill().reads;
        assert_eq!(spent(&show, "smxchat").await.read, paid, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_in_a_search_loses_nothing() {
    let mut show = searching(POLL).await;
    show.at("Tue 20:06").await;
    crowd(&show, 0, 104);
    show.at("20:06:31").await;
    show.platforms.x.inject_on("next_token", Fault::Hang { accepted: true }, 1);
    let before = searches(&show).len();
    let host = show.host().clone();
    let slot: DateTime<Utc> = "2026-11-24T20:06:45Z".parse().expect("an instant");
    let dying = tokio::spawn(async move { host.poll(slot).await });
    while searches(&show).len() < before + 2 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    show.at("20:10").await;
    assert_all_once(&show, 104);
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_search_cannot_finish_is_the_next_ones() {
    // Of forty calls in a quarter of an hour the last two are at 20:14:30, for the first two of three pages.
    let mut show = searching_with(POLL, |_, _, x| {
        x.webhook = false;
        x.limits.search = 40;
    })
    .await;
    show.at("Tue 20:13:55").await;
    crowd(&show, 0, 205);
    show.at("20:16").await;
    let found = (0..205).filter(|n| times(&show, "slack", &format!("voice-{n:03}")) > 0).count();
    assert_eq!(found, 199, "the newest 200, our own Q2 among them, as far as X could be asked");
    show.at("20:25").await;
    assert_all_once(&show, 205);
    assert!(
        searches(&show).iter().any(|r| asked(r, "end_time").is_some()),
        "the older part, and no more of it"
    );
    assert!(searches(&show).iter().all(|r| r.status == Some(200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_limit_is_kept_and_nothing_is_missed() {
    let mut show = searching_with(POLL, |_, _, x| {
        x.webhook = false;
        x.limits.search = 10;
    })
    .await;
    show.at("Tue 20:06").await;
    put(&show, "adaokafor", "A1 while X would not be asked. #SMXChat");
    show.at("20:20").await;
    let all = searches(&show);
    assert!(all.iter().all(|r| r.status == Some(200)), "at none remaining it does not ask");
    assert!(all.len() <= 21, "{}", all.len());
    assert_carried_once(&show, "while X would not be asked");
}

/// Two chats at the same hour, in two channels.
async fn two_chats() -> Show {
    let mut show = searching_with(POLL, |slack, _, x| {
        x.webhook = false;
        slack.channels.push(slack::Channel::new(OTHER, "bookclub"));
    })
    .await;
    show.slack_as(cast::MAYA, OTHER, "new #BookClub every Tuesday 8pm London").await;
    show.slack_as(cast::MAYA, OTHER, "bookclub connect slack").await;
    show.slack_as(cast::MAYA, OTHER, "ask What are you reading?").await;
    show
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_share_a_query_and_one_without_money_leaves_it() {
    let mut show = two_chats().await;
    show.at("Tue 20:06").await;
    put(&show, "adaokafor", "A1 Middlemarch. #BookClub");
    put(&show, "brunolima", "A1 in a drawer. #SMXChat");
    put(&show, "chidi_eze", "A1 a shelf of both. #SMXChat #BookClub");
    show.at("20:08").await;
    let query = asked(searches(&show).last().expect("searched"), "query").expect("a query");
    assert_eq!(query, "(#bookclub OR #smxchat) -is:retweet");
    let (books, smx) = (spent(&show, "bookclub").await, spent(&show, "smxchat").await);
    assert_eq!(books.read + smx.read, show.platforms.x.bill().reads, "each post on one account");
    assert_eq!(books.read, 1, "a post of both is on the account of its first hashtag: {books:?} {smx:?}");
    assert_eq!(show.said("slack", "a shelf of both").len(), 2, "and in both rooms");
    show.slack_as(cast::MAYA, OTHER, "set budget 0").await;
    show.at("20:09").await;
    let query = asked(searches(&show).last().expect("searched"), "query").expect("a query");
    assert_eq!(query, "#smxchat -is:retweet");
    put(&show, "adaokafor", "A1 unseen, for now. #BookClub");
    put(&show, "brunolima", "A1 seen all the same. #SMXChat");
    show.at("20:11").await;
    assert_carried_once(&show, "seen all the same");
    assert!(show.said("slack", "unseen, for now").is_empty());
    let raised = show.slack_as(cast::MAYA, OTHER, "set budget $5").await;
    show.at("20:12").await;
    assert_eq!(show.said("slack", "unseen, for now").len(), 1, "what was written meanwhile is found");
    insta::assert_snapshot!(raised);
}

#[tokio::test(flavor = "multi_thread")]
async fn organisers_hear_of_the_budget_and_searching_stops_with_it() {
    let dear: &[(&str, &str)] = &[
        ("EARSHOT_X_SOURCE", "poll"),
        ("EARSHOT_X_PRICES", "read=0.30, write=0.01, link=0.01, delete=0.01"),
    ];
    let mut show = searching(dear).await;
    let since = show.now();
    show.at("Tue 20:06").await;
    let before = show.slack("status").await;
    // At thirty cents each; three announcements of ours were found already.
    for n in 0..16 {
        put(&show, "adaokafor", &format!("A1 voice-{n:03} #SMXChat"));
        let next = show.now() + TimeDelta::seconds(60);
        show.until(next).await;
    }
    let stopped = searches(&show).len();
    let spoke = show.slack("status").await;
    show.at("20:30").await;
    assert_eq!(searches(&show).len(), stopped, "nothing is searched for any more");
    // Everything else goes on.
    show.answer(cast::AMARA, "I answer by button.").await;
    assert_eq!(times(&show, "slack", "I answer by button."), 1);
    assert_eq!(show.said("x", "Q3.").len(), 1);
    let raised = show.slack("set budget $20").await;
    show.at("20:32").await;
    assert!(searches(&show).len() > stopped, "at once");
    assert_all_once(&show, 16);
    let desk: Vec<String> = show
        .said("desk", "")
        .iter()
        .filter(|m| m.at >= since)
        .map(words_of)
        .filter(|words| words.contains('$'))
        .collect();
    assert_eq!(show.platforms.x.bill().reads, spent(&show, "smxchat").await.read);
    insta::assert_snapshot!(format!("{before}\n{spoke}\n{raised}\n\n{}", desk.join("\n")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_agrees_with_xs_own_to_the_cent() {
    for (variables, webhook) in [(POLL, false), (BOTH, true), (&[][..], true)] {
        let cast = if webhook { |_: &mut _, _: &mut _, _: &mut x::Config| {} } else { no_webhook };
        let mut show = searching_with(variables, cast).await;
        show.at("Tue 20:06").await;
        for n in 0..12 {
            let (_, _, handle) = cast::ON_X[n % 8];
            show.x(handle, &format!("A1 voice-{n:03} #SMXChat")).await;
        }
        show.at("20:15").await;
        let edited = show.x("adaokafor", "A2 in the begining #SMXChat").await;
        show.at("20:21").await;
        show.platforms
            .x
            .edit_as(x_id("adaokafor"), &edited, "A2 in the beginning #SMXChat")
            .await
            .expect("edited");
        show.at("20:24").await;
        let bill = show.platforms.x.bill();
        let prices = Prices::default();
        let money =
            prices.read.times(bill.reads) + prices.write.times(bill.writes) + prices.link.times(bill.links);
        let account = spent(&show, "smxchat").await;
        assert_eq!((account.read, account.written), (bill.reads, bill.writes + bill.links), "{variables:?}");
        assert_eq!(account.money, money, "{variables:?}: {bill:?}");
        assert!(bill.reads >= 14 && bill.writes >= 5, "{bill:?}");
        let status = show.slack("status").await;
        assert!(status.contains(&format!("{money} of $5")), "{status}");
    }
}

fn no_webhook(_: &mut slack::Config, _: &mut earshot::standin::discord::Config, x: &mut x::Config) {
    x.webhook = false;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_with_links_only() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    let set = show.slack("set discord links").await;
    show.at("Tue 20:06").await;
    let since = show.now();
    let quoted = put(&show, "brunolima", "an old saying");
    let draft = Draft { quotes: Some(quoted), ..Draft::text("A1 these very words #SMXChat") };
    show.platforms.x.post(x_id("adaokafor"), draft).await.expect("posted");
    show.settle().await;
    show.answer(cast::AMARA, "Whole, as I said it.").await;
    show.at("20:07").await;
    assert_eq!(
        (times(&show, "discord", "these very words"), times(&show, "slack", "these very words")),
        (0, 1)
    );
    assert_eq!((times(&show, "discord", "an old saying"), times(&show, "slack", "an old saying")), (0, 1));
    assert_eq!(times(&show, "discord", "Whole, as I said it."), 1, "what was said in a room is not X's");
    insta::assert_snapshot!(format!("{set}\n{}", show.transcript_since(since)));
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_of_authors_who_are_shown_are_subscribed_to() {
    let mut show = searching_with(TOLD, |_, _, x| {
        x.activity = true;
        x.most_subscriptions = 2;
    })
    .await;
    show.at("Tue 20:06").await;
    for handle in ["adaokafor", "brunolima"] {
        show.x(handle, "A1 here #SMXChat").await;
        show.at(if handle == "adaokafor" { "20:07" } else { "20:08" }).await;
    }
    show.tick().await;
    assert_eq!(show.platforms.x.told_of(), [x_id("adaokafor"), x_id("brunolima")]);
    show.tick().await;
    assert_eq!(show.platforms.x.told_of().len(), 2, "once each");
    // A third one comes: who was silent the longest gives way, and is back with the next post.
    show.x("chidi_eze", "A1 here too #SMXChat").await;
    show.tick().await;
    assert_eq!(show.platforms.x.told_of(), [x_id("brunolima"), x_id("chidi_eze")]);
    show.x("adaokafor", "A1 again #SMXChat").await;
    show.tick().await;
    assert_eq!(show.platforms.x.told_of(), [x_id("chidi_eze"), x_id("adaokafor")]);
    let told = show.platforms.x.delete_as(x_id("brunolima"), "1", true).await;
    assert!(told.is_err(), "there is no such post");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_there_already_is_found() {
    let mut show = searching_with(TOLD, |_, _, x| x.activity = true).await;
    show.at("Tue 20:06").await;
    // X makes it, and the answer is lost.
    show.platforms.x.inject_on("POST /2/activity", Fault::Drop { accepted: true }, 1);
    show.x("adaokafor", "A1 here #SMXChat").await;
    show.tick().await;
    assert_eq!(show.platforms.x.told_of(), [x_id("adaokafor")]);
    assert_eq!(show.host().store().to_watch(5).await.expect("the table").len(), 1, "nobody knows of it yet");
    show.at("20:08").await;
    show.tick().await;
    assert_eq!(show.host().store().to_watch(5).await.expect("the table"), [], "now it is known");
    assert_eq!(show.platforms.x.told_of().len(), 1);
}

fn look_ups(show: &Show) -> Vec<Request> {
    let all = show.platforms.x.requests();
    // What X counts at a post is asked for the radar.
    let whole = |r: &Request| r.path == "/2/tweets" && !r.query.contains("public_metrics");
    all.into_iter().filter(|r| r.method == "GET" && whole(r)).collect()
}

/// Where X sends posts, and may be asked to tell of removals.
const TOLD: &[(&str, &str)] = &[("X_WEBHOOK_ID", "1460000000000000001")];

type Cast = fn(&mut slack::Config, &mut earshot::standin::discord::Config, &mut x::Config);

/// X has no room for subscriptions of ours, and does no compliance jobs for us.
const UNWATCHED: Cast = |_, _, x| {
    x.compliance = false;
    x.activity = true;
    x.most_subscriptions = 0;
};

/// An hour in which three spoke; then one takes their post back and one edits theirs, and X tells nobody.
async fn after_an_hour(cast: Cast) -> Show {
    let mut show = searching_with(TOLD, cast).await;
    show.at("Tue 20:30").await;
    let gone = show.x("adaokafor", "A1 said in haste #SMXChat").await;
    let edited = show.x("brunolima", "A1 in the begining #SMXChat").await;
    show.x("chidi_eze", "A1 said for good #SMXChat").await;
    show.at("20:40").await;
    assert_carried_once(&show, "said in haste");
    show.platforms.x.set_webhook(false);
    show.platforms.x.delete_as(x_id("adaokafor"), &gone, false).await.expect("gone");
    show.platforms
        .x
        .edit_as(x_id("brunolima"), &edited, "A1 in the beginning #SMXChat")
        .await
        .expect("edited");
    show
}

/// A story's clock ticks only where something falls due, and each time that it is moved.
async fn the_next_day(show: &mut Show) {
    show.at("Wed 10:00").await;
    show.at("Wed 12:00").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_x_is_gone_the_next_day() {
    let mut show = after_an_hour(UNWATCHED).await;
    show.at("23:59").await;
    assert_eq!(look_ups(&show).len(), 0, "what was given today is not asked for again");
    the_next_day(&mut show).await;
    for room in ["discord", "slack"] {
        assert_eq!(cards(&show, room, "said in haste"), 0, "{room}:\n{}", show.transcript());
        assert_eq!(
            (cards(&show, room, "begining"), cards(&show, room, "in the beginning")),
            (0, 1),
            "{room}"
        );
        assert_eq!(cards(&show, room, "said for good"), 1, "{room}");
    }
    let first = look_ups(&show);
    assert_eq!(first.len(), 2, "all at once, and the new version of what was edited");
    assert_eq!(spent(&show, "smxchat").await.read, show.platforms.x.bill().reads);
    show.at("23:00").await;
    assert_eq!(look_ups(&show).len(), 2, "once a day");
    show.at("Thu 10:00").await;
    show.at("Thu 12:00").await;
    let ids = asked(look_ups(&show).last().expect("looked up"), "ids").expect("ids");
    assert_eq!(ids.split(',').count(), 2, "what is gone is asked for no more: {ids}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_money_nothing_is_looked_at_again() {
    let mut show = after_an_hour(UNWATCHED).await;
    show.slack("set budget $0").await;
    the_next_day(&mut show).await;
    assert_eq!(look_ups(&show).len(), 0);
    assert_carried_once(&show, "said in haste");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_watched_is_not_looked_up() {
    let mut show = after_an_hour(|_, _, x| (x.activity, x.compliance) = (true, false)).await;
    assert_eq!(show.platforms.x.told_of().len(), 3);
    the_next_day(&mut show).await;
    assert_eq!(look_ups(&show).len(), 0, "X tells of them by itself, and for nothing");
}

/// X answers searches like this from now on.
fn searches_end_in(show: &Show, status: u16) {
    let fault = match status {
        500.. => Fault::ServerError { status, accepted: false },
        _ => Fault::Answer {
            status,
            body: serde_json::json!({"title": "No", "detail": "No", "type": "about:blank", "status": status}),
        },
    };
    show.platforms.x.inject_on("search/recent", fault, 100_000);
}

/// What the desk of a chat was told of searching.
fn told_of_searching(show: &Show, tag: &str) -> Vec<String> {
    let all = show.platforms.slack.messages();
    let here = all.iter().filter(|m| m.ephemeral_for.is_none() && m.channel != cast::SLACK_CHANNEL);
    let desk = here.filter(|m| tag.is_empty() || m.channel.contains(tag));
    desk.map(words_of).filter(|words| words.contains("search")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_refused_is_told_once_and_once_when_it_works_again() {
    let mut all = Vec::new();
    for (variables, status) in [(POLL, 401), (POLL, 402), (POLL, 403), (BOTH, 401)] {
        let mut show = searching_with(variables, |_, _, x| x.webhook = false).await;
        show.at("Tue 20:06").await;
        searches_end_in(&show, status);
        put(&show, "adaokafor", "A1 on paper, in a drawer. #SMXChat");
        show.at("20:07").await;
        let told = told_of_searching(&show, "");
        assert_eq!(told.len(), 1, "{status}: {told:#?}");
        show.at("20:25").await;
        assert_eq!(told_of_searching(&show, "").len(), 1, "{status}: once, whatever comes after");
        assert_eq!(show.said("slack", "Q3.").len(), 1, "questions go out as ever");
        show.platforms.x.clear_faults();
        show.at("20:27").await;
        assert_carried_once(&show, "on paper");
        show.at("20:40").await;
        let told = told_of_searching(&show, "");
        assert_eq!(told.len(), 2, "{status}: {told:#?}");
        all.push(format!("{status} {variables:?}\n{}", told.join("\n")));
        show.at("21:20").await;
        show.assert_kept().await;
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_only_fails_is_told_after_ten_minutes() {
    let mut show = searching(POLL).await;
    show.at("Tue 20:06").await;
    searches_end_in(&show, 503);
    show.at("20:11").await;
    show.platforms.x.clear_faults();
    show.at("20:12").await;
    assert_eq!(told_of_searching(&show, ""), Vec::<String>::new(), "what passes is not told");
    searches_end_in(&show, 503);
    show.at("20:21").await;
    assert_eq!(told_of_searching(&show, ""), Vec::<String>::new());
    show.at("20:23").await;
    let told = told_of_searching(&show, "");
    assert_eq!(told.len(), 1, "{told:#?}");
    show.platforms.x.clear_faults();
    show.at("20:25").await;
    assert_eq!(told_of_searching(&show, "").len(), 2);
    // It breaks again, and that is told again.
    searches_end_in(&show, 503);
    show.at("20:37").await;
    assert_eq!(told_of_searching(&show, "").len(), 3);
    insta::assert_snapshot!(told[0]);
}

/// Whose doors open while it lasts hears of it then, and whose hour is tomorrow does not.
#[tokio::test(flavor = "multi_thread")]
async fn every_chat_that_is_searched_for_is_told() {
    let mut show = searching_with(POLL, |slack, _, x| {
        x.webhook = false;
        slack.channels.push(slack::Channel::new(OTHER, "bookclub"));
    })
    .await;
    for (slug, when) in [("bookclub", "every Tuesday 9:30pm"), ("teaclub", "every Wednesday 8pm")] {
        show.slack_as(cast::MAYA, OTHER, &format!("new #{slug} {when} London")).await;
        show.slack_as(cast::MAYA, OTHER, &format!("{slug} connect slack")).await;
        show.slack_as(cast::MAYA, OTHER, &format!("{slug} ask What now?")).await;
    }
    show.at("Tue 20:06").await;
    searches_end_in(&show, 401);
    show.at("21:15").await;
    let rows = async |show: &Show, what: &str| {
        let rows = show.dump().await;
        let of = |slug: &str| {
            rows.iter().filter(|row| row.contains(&format!("DLV#{slug}/{what}/search/"))).count()
        };
        (of("smxchat"), of("bookclub"), of("teaclub"))
    };
    assert_eq!(rows(&show, "broken").await, (1, 0, 0));
    show.at("21:25").await;
    assert_eq!(rows(&show, "broken").await, (1, 1, 0), "its doors opened at 21:20");
    show.platforms.x.clear_faults();
    show.at("21:45").await;
    assert_eq!(rows(&show, "broken").await, (1, 1, 0));
    assert_eq!(rows(&show, "mended").await, (1, 1, 0), "who was told of it is told of its end");
}

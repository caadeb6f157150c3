//! What was missed: kept when it comes, and carried when an organiser asks for it.

use chat::action::Action;
use chat::name::{EpisodeId, Person, Platform, PostId};
use chat::post::{Entry, Post};
use chat::removal::{Bar, Bars, Whom, Why};
use chat::reply::Reply;
use chat::{Change, Event, Refusal, Uncarried};
use chrono::{DateTime, Duration, Utc};

use crate::moderation::{
    arrives, at_2027, at_the_desk, cards, desk, filed, here, on_x, participant, post, says,
};
use crate::sim::{Show, discord, maya, slack, sol, utc, words};

/// The hour is over, and nothing reached us while it was on.
fn next_day() -> Show {
    let mut show = at_2027();
    show.at("2026-11-25T12:00");
    show
}

/// A moment of the hour, in seconds after 20:27.
fn second(n: i64) -> DateTime<Utc> {
    utc("2026-11-24T20:27") + Duration::seconds(n)
}

/// What the host looks up for whoever asks.
fn look(show: &mut Show) {
    let kept = |filed: &&chat::post::Filed| matches!(filed.entry, Entry::Late | Entry::TooFast);
    let filed = show.people.values().filter_map(|change| match change {
        Change::Filed(filed) => Some(filed),
        _ => None,
    });
    show.chat.seen.missed = filed.filter(kept).cloned().collect();
    let authors = show.chat.seen.missed.iter().map(|filed| filed.post.author.person.clone());
    let mut authors: Vec<Person> = authors.collect();
    authors.sort();
    authors.dedup();
    show.chat.seen.authors = authors.iter().filter_map(|person| participant(show, person)).collect();
    let bars = show.people.values().filter_map(|change| match change {
        Change::Bar(bar) => Some(bar.clone()),
        _ => None,
    });
    show.chat.seen.bars = bars.collect();
}

fn asks(show: &mut Show) -> String {
    look(show);
    show.slack("catch-up")
}

fn presses(show: &mut Show, by: &Person) -> Result<Option<Reply>, Refusal> {
    look(show);
    let action = Action::CatchUp(here(show));
    show.press_as(by, action)
}

fn goes_on(show: &mut Show, episode: &EpisodeId) {
    look(show);
    show.chat.seen.catching_up = show.catching_up.contains(episode);
    show.event(&Event::CatchUp(episode.clone())).expect("never refused");
}

/// As the host does it: until no more is left.
fn catches_up(show: &mut Show) -> String {
    let reply = words(presses(show, &maya()).expect("not refused").as_ref());
    for _ in 0..100 {
        let Some(episode) = show.catching_up.first().cloned() else { return reply };
        goes_on(show, &episode);
    }
    panic!("catching up never ends");
}

/// Which posts were shown in Slack since then, in that order.
fn shown(show: &Show, since: usize) -> Vec<PostId> {
    let said = show.said[since..].iter().filter(|said| said.to == slack());
    said.filter_map(|said| match &said.work {
        chat::delivery::Work::Post(id) => Some(id.clone()),
        _ => None,
    })
    .collect()
}

fn ids(posts: &[Post]) -> Vec<PostId> {
    posts.iter().map(|post| post.id.clone()).collect()
}

/// They come in, in this order, and nobody is shown them.
fn come_late(show: &mut Show, posts: &[Post]) {
    for post in posts {
        assert_eq!(arrives(show, post), (vec![], vec![Uncarried::Late]));
        assert_eq!(filed(show, &post.id).expect("filed").entry, Entry::Late);
        assert_eq!(arrives(show, post), (vec![], vec![Uncarried::Known]));
    }
}

#[test]
fn nobody_is_shown_what_was_missed_until_an_organiser_asks() {
    let mut show = next_day();
    let nothing = asks(&mut show);
    let written: Vec<Post> =
        (0..7).map(|n| post(&format!("{n}"), "A2 nobody heard me", second(60 * n))).collect();
    let mut arriving = written.clone();
    arriving.rotate_left(3);
    come_late(&mut show, &arriving);
    let (since, told) = (show.said.len(), at_the_desk(&show).len());
    let asked = asks(&mut show);
    assert_eq!(show.said.len(), since, "asking shows nothing");
    let pressed = catches_up(&mut show);
    assert_eq!(shown(&show, since), ids(&written), "in the order in which they were written");
    let rooms = cards(&show, since);
    assert_eq!(rooms.iter().filter(|to| **to == discord()).count(), 7);
    // Pressed again, asked again, and X sends the day once more: nothing changes.
    let standing = show.said.len();
    let again = catches_up(&mut show);
    let left = asks(&mut show);
    for post in &arriving {
        assert_eq!(arrives(&mut show, post), (vec![], vec![Uncarried::Known]));
    }
    assert_eq!(show.said.len(), standing);
    let desk = at_the_desk(&show)[told..].join("\n");
    insta::assert_snapshot!(
        "catching_up",
        format!("{nothing}\n{asked}\n{pressed}\n{again}\n{left}\n---\n{desk}")
    );
    // Who was carried was heard: next week they are no newcomers.
    show.slack("door regulars");
    show.at("2026-12-01T20:01");
    assert_eq!(says(&mut show, "3", "hello").0.len(), 2);
}

#[test]
fn a_whole_day_is_carried_page_by_page() {
    let mut show = next_day();
    let written: Vec<Post> =
        (0..200).map(|n| post(&format!("{}", n % 40), &format!("A1 voice {n}"), second(n * 7))).collect();
    let mut arriving = written.clone();
    arriving.sort_by_key(|post| post.id.to_string().chars().rev().collect::<String>());
    come_late(&mut show, &arriving);
    let since = show.said.len();
    // No commit too large, nothing twice: the simulation asserts both.
    presses(&mut show, &maya()).expect("not refused");
    let first = shown(&show, since).len();
    assert!(first > 0 && first < 200, "{first}");
    // Somebody presses again in the middle of it, and a sweep comes twice.
    presses(&mut show, &maya()).expect("not refused");
    let here = here(&show);
    goes_on(&mut show, &here);
    catches_up(&mut show);
    assert_eq!(shown(&show, since), ids(&written));
    assert_eq!(cards(&show, since).len(), 400);
    goes_on(&mut show, &here);
    assert_eq!(cards(&show, since).len(), 400);
}

#[test]
fn a_sweep_carries_nothing_that_nobody_asked_for() {
    let mut show = next_day();
    come_late(&mut show, &[post("1", "A1 hello", second(0))]);
    let since = show.said.len();
    let here = here(&show);
    goes_on(&mut show, &here);
    assert_eq!(show.said.len(), since);
    assert_eq!(show.catching_up, []);
}

#[test]
fn what_would_not_have_been_carried_stays_out() {
    let mut show = at_2027();
    // In the hour: six of a minute are carried, two are not.
    for n in 0..8 {
        arrives(&mut show, &post("1", "A1 shouting", second(n)));
    }
    show.slack("mute giveaway");
    show.at("2026-11-25T12:00");
    // Nine late ones of another minute, seven by somebody who was not there at all.
    let shouting: Vec<Post> = (0..9).map(|n| post("2", "A1 louder", second(100 + n))).collect();
    come_late(&mut show, &shouting);
    let quiet = post("3", "A1 a word", second(50));
    let muted = post("4", "A1 buy now", second(51));
    let blocked = post("5", "A1 harm", second(52));
    let gone = post("6", "A1 oh no", second(53));
    come_late(&mut show, &[quiet.clone(), muted, blocked, gone.clone()]);
    show.slack("mute buy now");
    let whom = Whom::Person(on_x("5"));
    let bar = Bar { whom: whom.clone(), why: Bars::Blocked, called: "p5".to_owned(), since: show.now };
    show.people.insert(format!("bar {whom}"), Change::Bar(bar));
    show.chat.seen.filed = filed(&show, &gone.id);
    let removed = Event::Removed { post: gone.id.clone(), why: Why::Withdrawn, author: None };
    show.event(&removed).expect("never refused");
    let since = show.said.len();
    let asked = asks(&mut show);
    catches_up(&mut show);
    let mut expected = vec![quiet.id.clone()];
    expected.extend(ids(&shouting[..6]));
    assert_eq!(shown(&show, since), expected);
    let after = asks(&mut show);
    insta::assert_snapshot!("what_stays_out", format!("{asked}\n{after}"));
    // Long after: what was held by the limit is not taken for something that was missed.
    show.slack("set burst off");
    assert_eq!(asks(&mut show), after);
    // Unmuted, it is.
    show.slack("unmute buy now");
    assert!(asks(&mut show).starts_with("One post of Tue 24 Nov came too late"));
}

#[test]
fn somebody_who_shouted_a_whole_hour_fits_into_commits_too() {
    let mut show = next_day();
    let mut shouting: Vec<Post> = (0..150).map(|n| post("2", "A1 louder", second(n / 5))).collect();
    for (n, post) in shouting.iter_mut().enumerate() {
        post.id.id = format!("{}{n:03}", post.id.id);
        post.version = post.id.id.clone();
    }
    shouting.push(post("3", "A1 and after that, somebody else", second(200)));
    come_late(&mut show, &shouting);
    let since = show.said.len();
    catches_up(&mut show);
    // Half a minute of it: six are carried.
    assert_eq!(shown(&show, since).len(), 7);
    assert_eq!(shown(&show, since).last(), Some(&shouting[150].id));
    assert_eq!(show.counted.iter().filter(|why| **why == Uncarried::Burst).count(), 144);
}

#[test]
fn newcomers_wait_where_newcomers_wait() {
    let mut show = at_2027();
    says(&mut show, "7", "A1 heard in this hour only");
    show.slack("door regulars");
    show.at("2026-11-25T12:00");
    let written = [post("7", "A1 again", second(60)), post("8", "A1 new", second(61))];
    come_late(&mut show, &written);
    let asked = asks(&mut show);
    assert_eq!(
        asked,
        "Nothing to carry of Tue 24 Nov: whatever may be shown is in the rooms, or on its way. What stays out: \
         two by newcomers. For newcomers too, first /chat door open."
    );
    show.slack("door open");
    let since = show.said.len();
    catches_up(&mut show);
    assert_eq!(shown(&show, since), ids(&written));
}

#[test]
fn an_edit_of_what_is_kept_is_kept_and_carried_as_it_is_then() {
    let mut show = next_day();
    let kept = post("1", "A1 hello", second(0));
    come_late(&mut show, std::slice::from_ref(&kept));
    let version = format!("{}9", kept.version);
    let versions = vec![kept.version.clone(), version.clone()];
    let edited = Post { version, versions, text: "A2 hello again".to_owned(), ..kept.clone() };
    assert_eq!(arrives(&mut show, &edited), (vec![], vec![]));
    let since = show.said.len();
    catches_up(&mut show);
    assert_eq!(shown(&show, since), std::slice::from_ref(&kept.id));
    let stands = filed(&show, &kept.id).expect("filed");
    assert_eq!((stands.entry, stands.post.text.as_str()), (Entry::Straight, "A2 hello again"));
}

#[test]
fn only_organisers_ask_and_only_for_a_day() {
    let mut show = next_day();
    come_late(&mut show, &[post("1", "A1 hello", second(0))]);
    let priya = Person::new(Platform::Slack, "T1", "UPRIYA");
    for (by, refused) in [(sol(), Refusal::Moderates), (priya, Refusal::NotOrganiser)] {
        look(&mut show);
        assert_eq!(show.try_slack_as(&by, "catch-up"), Err(refused.clone()));
        assert_eq!(presses(&mut show, &by), Err(refused));
    }
    let since = show.said.len();
    show.slack("retire");
    let retire = Action::Retire(show.chat.settings.slug.clone());
    show.press(retire).expect("retired");
    let retired = show.last_request();
    look(&mut show);
    assert_eq!(show.try_slack("catch-up"), Err(Refusal::Retired));
    assert_eq!(presses(&mut show, &maya()), Err(Refusal::Retired));
    show.undo_of(retired).expect("on again");
    show.at("2026-11-25T21:01");
    assert_eq!(
        asks(&mut show),
        "No hour is on, and none ended within the last day: there is nothing to catch up on. What is older than \
         that stays where it is."
    );
    assert_eq!(presses(&mut show, &maya()), Err(Refusal::Expired));
    assert!(cards(&show, since).is_empty());
}

#[test]
fn a_chat_in_no_room_has_nowhere_to_carry_to() {
    let mut show = next_day();
    come_late(&mut show, &[post("1", "A1 hello", second(0)), post("2", "A1 hello", second(1))]);
    show.slack("disconnect slack");
    show.slack("disconnect discord");
    let asked = asks(&mut show);
    assert_eq!(
        asked,
        "Two posts of Tue 24 Nov came too late, and there is no room to carry them to. Next: /chat connect slack"
    );
    assert_eq!(words(presses(&mut show, &maya()).expect("said").as_ref()), asked);
    assert_eq!(filed(&show, &post("1", "", second(0)).id).expect("filed").entry, Entry::Late);
}

#[test]
fn during_the_next_hour_it_is_the_last_one_that_was_missed() {
    let mut show = next_day();
    show.slack("add 25 Nov at 19:00");
    come_late(&mut show, &[post("1", "A1 hello", second(0))]);
    show.at("2026-11-25T19:30");
    assert!(show.live().is_some());
    assert!(asks(&mut show).starts_with("One post of Tue 24 Nov came too late"));
    catches_up(&mut show);
    // With nothing left of that, it is this one.
    assert!(asks(&mut show).starts_with("Nothing to carry of Wed 25 Nov"));
    assert!(at_the_desk(&show).iter().any(|note| note.contains("was missed on Tue 24 Nov")), "{:?}", desk());
}

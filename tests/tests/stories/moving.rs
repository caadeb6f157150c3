//! A chat moves: out of one deployment's table and into another's, with everything in it, and nowhere twice.

use std::path::Path;

use chat::name::Slug;
use earshot::cable::{Cable, Trouble};
use earshot::cast;
use earshot::doctor::Table;
use earshot::moving::export::{self, Options};
use earshot::moving::file::{self, Parcel};
use earshot::moving::{forget, import};
use earshot::setup::Ended;
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn};
use earshot::table::Opened;
use tests::kept::{Far, broken};
use tests::{SIX, Show, Stage, x_id};

use crate::removals::{assert_gone, cards, edit, withdraw};

fn slug() -> Slug {
    "smxchat".parse().expect("a slug")
}

async fn show() -> Show {
    Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await
}

/// The ids of the posts that later change.
struct Posts {
    ada: String,
    bruno: String,
}

/// An hour in which everything happens that leaves something behind.
async fn after_an_hour() -> (Show, Posts) {
    let mut show = show().await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru, Nairobi").await;
    show.ask_six().await;
    show.slack("mute crypto").await;
    show.at("Tue 19:58").await;
    show.discord(cast::AMARA, "join").await;
    show.discord(cast::JUNO, "join").await;
    show.at("20:06").await;
    let ada = show.x("adaokafor", "A1 we printed the adress book. #SMXChat").await;
    let ada = edit(&mut show, "adaokafor", &ada, "A1 we printed the address book. #SMXChat").await;
    let bruno = show.x("brunolima", "A1 a choir, of all things. #SMXChat").await;
    let chidi = show.x("chidi_eze", "A1 what I should not have said. #SMXChat").await;
    let quoting = Draft { quotes: Some(bruno.clone()), ..Draft::text("A1 this, exactly! #SMXChat") };
    let quoting = show.platforms.x.put(x_id("danawhit"), quoting).expect("posted");
    assert_eq!(show.platforms.x.deliver(&quoting).await.expect("an answer").status, 200);
    show.settle().await;
    show.answer(cast::AMARA, "Amara, Accra. A choir as well!").await;
    withdraw(&mut show, "chidi_eze", &chidi).await;
    show.x("emrekaya", "A1 buy my coins #SMXChat").await;
    show.slack("block emrekaya").await;
    show.at("20:24").await;
    show.discord(cast::JUNO, "leave").await;
    show.at("Wed 10:00").await;
    // For next week, with something that can still be taken back.
    for question in ["What grew?", "What went?"] {
        show.slack(&format!("ask {question}")).await;
    }
    show.slack("topic Gardens").await;
    show.at("Wed 11:00").await;
    show.assert_kept().await;
    (show, Posts { ada, bruno })
}

fn options(folder: &Path, moves: bool) -> Options {
    Options {
        chat: "#SMXChat".to_owned(),
        at: Table::Unknown,
        table: "earshot".to_owned(),
        to: Some(folder.join("smxchat.jsonl")),
        moves,
        anyway: false,
        force: false,
    }
}

/// Exports, and gives what was said, without the folder's name.
async fn exported(show: &Show, options: &Options) -> (String, Ended) {
    exported_from(&show.opened(), show, options).await
}

async fn exported_from(opened: &Opened, show: &Show, options: &Options) -> (String, Ended) {
    let mut out = Vec::new();
    let ended = Box::pin(export::from(opened, options, show.now(), &mut out)).await.expect("memory takes it");
    let folder = options.to.as_ref().and_then(|to| to.parent()).expect("a folder").display().to_string();
    (String::from_utf8(out).expect("text").replace(&format!("{folder}/"), ""), ended)
}

async fn imported(show: &Show, parcel: &Parcel) -> (String, Ended) {
    imported_with(show, parcel, false).await
}

async fn imported_with(show: &Show, parcel: &Parcel, revive: bool) -> (String, Ended) {
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let options = import::Options {
        file: "smxchat.jsonl".into(),
        at: Table::Unknown,
        table: "earshot".to_owned(),
        dry_run: false,
        revive,
    };
    let opened = show.opened();
    let importing = import::into(&opened, parcel, &options, show.now(), &mut out, &mut progress);
    let ended = Box::pin(importing).await.expect("memory takes it");
    (String::from_utf8(out).expect("text"), ended)
}

fn parcel(options: &Options) -> Parcel {
    let bytes = std::fs::read(options.to.as_ref().expect("a file")).expect("it is there");
    file::read(&bytes).expect("it is whole")
}

/// A file without its first and last line, which tell when it was written.
fn lines(options: &Options) -> Vec<String> {
    let text = std::fs::read_to_string(options.to.as_ref().expect("a file")).expect("it is there");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..lines.len() - 1].to_vec()
}

/// Who misses a chat that moved out hears when it went, and what is done about it; nobody is told that it never was.
#[tokio::test(flavor = "multi_thread")]
async fn who_misses_a_chat_that_moved_out_hears_of_it() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let asked = ["status", "when", "new #SMXChat every Tuesday 8pm London"];
    let mut read = Vec::new();
    for command in asked {
        read.push(format!("/chat {command}\n{}", show.slack(command).await));
    }
    insta::assert_snapshot!("missed_after_it_moved_out", read.join("\n\n"));
    // Another workspace's operators never heard of it.
    let elsewhere = show.looking().store().all_moved().await.expect("the table answers");
    assert_eq!(elsewhere.len(), 1, "{elsewhere:?}");
    // Back again it is as before; and where it is forgotten, its hashtag is anybody's.
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(show.slack("status").await.contains("#SMXChat"), "it is at home");
    assert_eq!(show.looking().store().all_moved().await.expect("the table answers"), []);
    let again = Options { force: true, ..leaving };
    let (told, ended) = exported(&show, &again).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let (told, ended) = forgotten(&show, true).await;
    assert!(ended == Ended::Well && told.contains(" of #SMXChat are removed"), "{told}");
    assert_eq!(show.looking().store().all_moved().await.expect("the table answers"), []);
    let none = show.slack("status").await;
    assert!(none.contains("No chat lives here yet") && !none.contains("moved out"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_moves_with_everything_in_it() {
    let (mut show, posts) = after_an_hour().await;
    let asked = ["show", "when", "questions", "questions on 24 Nov", "muted", "status"];
    let mut before = Vec::new();
    for command in asked {
        before.push(show.slack(command).await);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    insta::assert_snapshot!("moved_out", told);
    let text = std::fs::read_to_string(folder.path().join("smxchat.jsonl")).expect("a file");
    for (name, value) in show.platforms.variables() {
        let secret = ["_TOKEN", "_SECRET"].iter().any(|end| name.ends_with(end));
        assert!(!secret || !text.contains(value), "{name} is in the file");
    }
    for gone in ["should not have said", "buy my coins", "adress book"] {
        assert!(!text.contains(gone), "{gone:?} was taken back, and is in the file");
    }

    // Where it was, it is silent: nobody finds it, and nothing of it falls due.
    let spoken = show.everything().len();
    let read = show.slack("show").await;
    insta::assert_snapshot!("asked_where_it_was", read);
    let again = show.slack("new #SMXChat every Tuesday 8pm London").await;
    assert!(again.contains("its hashtag is kept for it"), "{again}");
    show.tick().await;
    show.settle().await;
    assert_eq!(show.everything().len(), spoken, "{}", show.transcript());
    let store = show.looking().store();
    assert_eq!(store.all_chats().await.expect("the table"), []);
    let soon = show.now() + chrono::TimeDelta::days(30);
    assert_eq!(store.cues_due(soon, 50).await.expect("the table"), [], "a tick would find them for ever");

    // Elsewhere it is as it was.
    let behind = show.starts_anew().await;
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    insta::assert_snapshot!("moved_in", told);
    let again = tempfile::tempdir().expect("a folder");
    let copied = options(again.path(), false);
    let (told, ended) = exported(&show, &copied).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert_eq!(lines(&copied), lines(&leaving), "out and in again, it is the same");
    for (command, before) in asked.iter().zip(&before) {
        assert_eq!(show.slack(command).await, *before, "{command}");
    }

    // What is taken back on X takes its card along, in the hour before the move too; and what quotes it.
    withdraw(&mut show, "adaokafor", &posts.ada).await;
    withdraw(&mut show, "brunolima", &posts.bruno).await;
    show.settle().await;
    let later = show.now() + chrono::TimeDelta::minutes(2);
    show.until(later).await;
    assert_gone(&show, "address book").await;
    assert_gone(&show, "of all things").await;
    for room in ["slack", "discord"] {
        assert_eq!(cards(&show, room, "this, exactly!").len(), 1, "{room}: {}", show.transcript());
    }
    // Who is blocked stays so, what was removed stays removed, members are members.
    show.x("emrekaya", "more coins #SMXChat").await;
    let left = show.discord(cast::AMARA, "leave").await;
    assert!(left.contains("Gone from the list of #SMXChat"), "{left}");
    // The last change before the move is taken back after it.
    show.press("Undo").await;

    // Next week's hour, once.
    show.at("Tue 20:10").await;
    let ticked = behind.host.tick().await.expect("the old table answers");
    assert_eq!(
        (ticked.cues, ticked.swept, ticked.searches),
        (0, 0, 0),
        "the old deployment has nothing to do"
    );
    show.x("gracewanjiru", "A1 tomatoes, mostly. #SMXChat").await;
    show.at("Wed 10:00").await;
    for question in ["What grew?", "What went?"] {
        show.assert_once_everywhere(question);
    }
    for question in SIX {
        show.assert_once_everywhere(question);
    }
    assert_eq!(cards(&show, "slack", "tomatoes").len(), 1, "{}", show.transcript());
    assert_eq!(cards(&show, "slack", "coins"), Vec::<String>::new());
    show.assert_kept().await;
    // The old table knows of none of it.
    assert!(behind.rows().await.iter().all(|row| !row.contains("tomatoes")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_leaves_the_chat_where_it_is_and_wakes_nowhere() {
    let (mut show, _) = after_an_hour().await;
    let before = show.facts().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = options(folder.path(), false);
    let (told, ended) = exported(&show, &copy).await;
    assert_eq!(ended, Ended::Well, "{told}");
    insta::assert_snapshot!("copied", told);
    assert_eq!(show.facts().await, before, "a copy changes nothing");
    // Twice, it is the same; and what is there is not replaced.
    let first = std::fs::read(folder.path().join("smxchat.jsonl")).expect("a file");
    let (told, ended) = exported(&show, &copy).await;
    assert_eq!((ended, told.contains("is there already")), (Ended::Wanting, true), "{told}");
    let (told, ended) = exported(&show, &Options { force: true, ..copy.clone() }).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert_eq!(std::fs::read(folder.path().join("smxchat.jsonl")).expect("a file"), first);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.path().join("smxchat.jsonl").metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for whoever runs it alone");
    }

    let _behind = show.starts_anew().await;
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let (now, at) = (show.now(), Table::Database(show.database()));
    let file = folder.path().join("smxchat.jsonl");
    let mut options =
        import::Options { file, at, table: "earshot".to_owned(), dry_run: false, revive: false };
    let ended = import::run(&options, now, &mut out, &mut progress).await.expect("memory takes it");
    let told = String::from_utf8(out).expect("text").replace(&folder.path().display().to_string(), "");
    assert_eq!(ended, Ended::Wanting);
    insta::assert_snapshot!("a_copy_is_not_imported", told);
    assert_eq!(show.rows().await, Vec::<String>::new(), "nothing was written");
    // Unless the chat is gone where it was.
    options.revive = true;
    for dry_run in [true, false] {
        options.dry_run = dry_run;
        let mut out = Vec::new();
        let ended = Box::pin(import::run(&options, now, &mut out, &mut progress)).await;
        let told = String::from_utf8(out).expect("text");
        assert_eq!(ended.expect("memory takes it"), Ended::Well, "{told}");
        assert_eq!(show.rows().await.is_empty(), dry_run, "{told}");
        if dry_run {
            insta::assert_snapshot!("a_copy_would_be_revived", told);
        }
    }
    assert!(show.slack("show").await.contains("#SMXChat"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_is_near_and_what_waits_are_in_the_way() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (leaving, copy) = (options(folder.path(), true), options(folder.path(), false));
    let mut all = String::new();
    for (when, of) in
        [("Mon 19:50", &leaving), ("Tue 19:46", &copy), ("Tue 20:06", &copy), ("Tue 20:59", &leaving)]
    {
        show.at(when).await;
        let (told, ended) = exported(&show, of).await;
        assert_eq!(ended, Ended::Wanting, "{told}");
        all.push_str(&format!("{when}{}\n{told}\n", if of.moves { ", --move" } else { "" }));
    }
    show.at("21:20").await;
    // Slack does not answer, and what is to be said there waits.
    show.platforms.slack.inject_on("chat.postMessage", Fault::slack("service_unavailable"), 50);
    show.slack("topic Something else").await;
    show.slack("skip 8 Dec").await;
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    all.push_str(&format!("something waits, --move\n{told}\n"));
    let (told, ended) = exported(&show, &Options { anyway: true, ..leaving.clone() }).await;
    assert_eq!(ended, Ended::Well, "{told}");
    all.push_str(&format!("--move --anyway\n{told}"));
    insta::assert_snapshot!("in_the_way", all);
    // What waited stays, and is said from where it waits; the chat knows it as not sent.
    let parcel = parcel(&leaving);
    assert!(!parcel.head.stayed.is_empty());
    let waits = show.looking().store().unsaid().await.expect("the table");
    assert!(!waits.is_empty(), "what waits is still there");
    show.platforms.slack.clear_faults();
    let later = show.now() + chrono::TimeDelta::minutes(5);
    show.until(later).await;
    let waits = show.looking().store().unsaid().await.expect("the table");
    assert_eq!(waits, [], "and was said");
    let _behind = show.starts_anew().await;
    let (told, ended) = imported(&show, &parcel).await;
    assert_eq!(ended, Ended::Well, "{told}");
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_back_as_it_is_by_then_and_not_as_it_was() {
    let (mut show, posts) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    exported(&show, &leaving).await;
    let behind = show.starts_anew().await;
    imported(&show, &parcel(&leaving)).await;
    // Elsewhere somebody leaves, something is taken back, somebody else comes.
    show.discord(cast::AMARA, "leave").await;
    show.discord(cast::JUNO, "join").await;
    withdraw(&mut show, "adaokafor", &posts.ada).await;
    let later = show.now() + chrono::TimeDelta::minutes(2);
    show.until(later).await;
    // The file from before would bring all of that back.
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!((ended, told.contains("It is here already")), (Ended::Wanting, true), "{told}");
    let back = Options { force: true, ..options(folder.path(), true) };
    let (told, ended) = exported(&show, &back).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(behind.rows().await.iter().any(|row| row.contains("address book")), "it stands there still");
    let elsewhere = show.returns_to(behind).await;
    let (told, ended) = imported(&show, &parcel(&back)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    insta::assert_snapshot!("moved_back", told);
    assert_gone(&show, "address book").await;
    let store = show.looking().store();
    let members = store.members(&slug()).await.expect("the table");
    let members: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(members, ["Juno"]);
    // It may be fetched from there once more, should the file be lost: it is silent there all the same.
    let mut fetched = back.clone();
    fetched.to = Some(folder.path().join("again.jsonl"));
    let (told, ended) = exported_from(&elsewhere.opened(), &show, &fetched).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert_eq!(lines(&fetched), lines(&back));
    show.at("Tue 21:20").await;
    show.assert_once_everywhere("What grew?");
    show.assert_kept().await;
}

/// What was hidden, blocked and left in between must not come back with a file of before.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_before_does_not_come_back_over_what_lies_here() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let named =
        |name: &str, moves| Options { to: Some(folder.path().join(name)), ..options(folder.path(), moves) };
    let (first, second, copy) =
        (named("first.jsonl", true), named("second.jsonl", true), named("copy.jsonl", false));
    exported(&show, &first).await;
    let (told, ended) = imported(&show, &parcel(&first)).await;
    assert_eq!(ended, Ended::Well, "back where it comes from: {told}");
    exported(&show, &copy).await;
    show.at("Wed 11:30").await;
    show.slack("block brunolima").await;
    show.discord(cast::AMARA, "leave").await;
    show.slack("ask What stays?").await;
    show.at("Wed 12:00").await;
    let (told, ended) = exported(&show, &second).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let before = show.rows().await;
    for (file, revive) in [(&first, false), (&copy, true)] {
        let (told, ended) = imported_with(&show, &parcel(file), revive).await;
        assert_eq!(ended, Ended::Wanting, "{told}");
        if !revive {
            insta::assert_snapshot!("older_than_what_lies_here", told);
        }
        assert!(told.contains("What lies here of it is newer"), "{told}");
        assert_eq!(show.rows().await, before, "nothing was written");
    }
    let (told, ended) = imported(&show, &parcel(&second)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(show.slack("questions").await.contains("What stays?"));
    assert!(
        show.looking().store().members(&slug()).await.expect("the table").iter().all(|m| m.name != "Amara")
    );
    show.x("brunolima", "A1 me again #SMXChat").await;
    assert_eq!(cards(&show, "slack", "me again"), Vec::<String>::new());
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_while_it_is_nowhere_goes_when_it_arrives() {
    let (mut show, posts) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    exported(&show, &leaving).await;
    let _behind = show.starts_anew().await;
    withdraw(&mut show, "adaokafor", &posts.ada).await;
    assert_eq!(cards(&show, "slack", "address book").len(), 1, "nobody knows where its card is");
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(told.contains("One post was taken back meanwhile"), "{told}");
    let later = show.now() + chrono::TimeDelta::minutes(2);
    show.until(later).await;
    assert_gone(&show, "address book").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chat_is_in_the_way_only_where_it_is() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    exported(&show, &leaving).await;
    let _behind = show.starts_anew().await;
    // Somebody begins a chat of that hashtag under another name.
    show.slack("new #Gardens every Friday 8pm London").await;
    show.slack("connect slack").await;
    show.slack("set hashtag #SMXChat").await;
    let before = show.rows().await;
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    insta::assert_snapshot!("its_hashtag_is_taken", told);
    assert_eq!(show.rows().await, before, "nothing was written");
    show.slack("set hashtag #Gardens").await;
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(told.contains("it will speak beside gardens"), "{told}");
    let chats = show.looking().store().all_chats().await.expect("the table");
    assert_eq!(chats.iter().map(|line| line.slug.as_str()).collect::<Vec<_>>(), ["gardens", "smxchat"]);
    // And goes again without touching the other one.
    let gardens = |rows: Vec<String>| {
        rows.into_iter().filter(|row| row.contains("gardens") && !row.contains("smxchat")).collect::<Vec<_>>()
    };
    let other = gardens(show.rows().await);
    let (told, ended) = exported(&show, &Options { force: true, ..leaving.clone() }).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert_eq!(gardens(show.rows().await), other);
    let text = std::fs::read_to_string(folder.path().join("smxchat.jsonl")).expect("a file");
    assert!(!text.contains("gardens"), "another chat's rows are in the file");
}

/// However far it came, the chat is nowhere until all of it is there; and then it is the same as at one go.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_is_nowhere_until_it_is_whole() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    exported(&show, &leaving).await;
    let parcel = parcel(&leaving);
    let _behind = show.starts_anew().await;
    imported(&show, &parcel).await;
    let at_one_go = show.rows().await;
    let spoken = show.everything().len();
    for steps in 0.. {
        let _behind = show.starts_anew().await;
        // A process ends wherever it is; a future that is dropped does as well. What it had asked for is done.
        let cable = Cable::lay(&show.database()).await.expect("a cable on loopback");
        let told = std::sync::atomic::AtomicUsize::new(0);
        let mut tell = |_, _| {
            told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let host = show.host_at(&cable.endpoint());
        let mut arriving =
            Box::pin(host.store().arrive(&parcel.arrival, &parcel.digest, show.now(), &mut tell));
        let done = futures::future::poll_fn(|context| {
            let polled = arriving.as_mut().poll(context).map(|done| Some(done.is_ok()));
            let enough = told.load(std::sync::atomic::Ordering::Relaxed) > steps;
            if enough && polled.is_pending() { std::task::Poll::Ready(None) } else { polled }
        });
        let done = done.await;
        drop(arriving);
        drop(host);
        cable.open().wait_for(|open| *open == 0).await.expect("the cable lies");
        let chats = show.looking().store().all_chats().await.expect("the table");
        if done.is_some() || !chats.is_empty() {
            assert!(done != Some(false) && chats.len() == 1, "{done:?} {chats:?}");
            assert!(steps > 8, "there is no middle: it is done after {steps} steps");
            break;
        }
        let half = show.rows().await;
        assert!(!half.is_empty() && half != at_one_go, "step {steps}");
        show.tick().await;
        let read = show.slack("questions").await;
        assert!(read.contains("No chat lives here yet"), "step {steps}: {read}");
        assert_eq!(show.everything().len(), spoken, "step {steps}");
        let (words, ended) = imported(&show, &parcel).await;
        assert_eq!(ended, Ended::Well, "step {steps}: {words}");
        let chat = |rows: Vec<String>| {
            let other = ["\"S\":\"REQ#", "\"S\":\"HEARTBEAT", "\"S\":\"DEST#"];
            rows.into_iter().filter(|row| !other.iter().any(|o| row.contains(o))).collect::<Vec<_>>()
        };
        assert_eq!(chat(show.rows().await), chat(at_one_go.clone()), "step {steps}");
    }
}

async fn forgotten(show: &Show, yes: bool) -> (String, Ended) {
    let mut out = Vec::new();
    let options =
        forget::Options { chat: "#SMXChat".to_owned(), at: Table::Unknown, table: "earshot".to_owned(), yes };
    let ended = forget::from(&show.opened(), &options, &mut out).await.expect("memory takes it");
    (String::from_utf8(out).expect("text"), ended)
}

/// Those that belong to the chat, and to no request.
fn chat_rows(rows: Vec<String>) -> Vec<String> {
    rows.into_iter().filter(|row| !row.contains("\"S\":\"REQ#")).collect()
}

/// Imports over the cable.
async fn imported_over_the_cable(show: &Show, parcel: &Parcel) -> (String, Ended) {
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let options = import::Options {
        file: "smxchat.jsonl".into(),
        at: Table::Aws,
        table: "earshot".to_owned(),
        dry_run: false,
        revive: false,
    };
    let opened = Opened::beside(show.host_at(&show.cable().endpoint()).store().clone(), false);
    let importing = import::into(&opened, parcel, &options, show.now(), &mut out, &mut progress);
    let ended = Box::pin(importing).await.expect("memory takes it");
    (String::from_utf8(out).expect("text"), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_has_no_time_is_asked_again() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    // Looking over it is throttled, again and again.
    show.cable().plan("Scan", 1, 5, Trouble::Throttled);
    let opened = Opened::beside(show.host_at(&show.cable().endpoint()).store().clone(), true);
    let (told, ended) = exported_from(&opened, &show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let parcel = parcel(&leaving);
    let _behind = show.starts_anew().await;
    let cable = show.cable();
    cable.plan("BatchWriteItem", 1, 4, Trouble::Partly);
    cable.plan("BatchWriteItem", 2, 4, Trouble::Throttled);
    cable.plan("BatchWriteItem", 0, 1, Trouble::Cut { done: true });
    // The last transaction is written, and nobody hears of it.
    cable.plan("TransactWriteItems META", 0, 3, Trouble::Cut { done: true });
    let (told, ended) = imported_over_the_cable(&show, &parcel).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let again = Options { force: true, moves: false, ..leaving.clone() };
    let before = lines(&leaving);
    let (told, ended) = exported(&show, &again).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert_eq!(lines(&again), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_does_not_answer_is_told_with_what_to_do() {
    let (mut show, _) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    // It falls silent, and then nothing can be read any more, nor can it be woken again.
    let opened = Opened::beside(show.host_at(&show.cable().endpoint()).store().clone(), true);
    show.cable().plan("Scan", 1, 1_000, Trouble::Broken { done: false });
    show.cable().plan("TransactWriteItems META", 1, 1_000, Trouble::Broken { done: false });
    let (told, ended) = exported_from(&opened, &show, &leaving).await;
    assert_eq!(
        (ended, told.contains("Run the same again: it goes on from there")),
        (Ended::Wanting, true),
        "{told}"
    );
    assert_eq!(show.looking().store().all_chats().await.expect("the table"), []);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "half a file is no file");
    show.cable().clear();
    let (told, ended) = exported_from(&opened, &show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let parcel = parcel(&leaving);
    let _behind = show.starts_anew().await;
    show.cable().plan("BatchWriteItem", 3, 1_000, Trouble::Broken { done: false });
    let (told, ended) = imported_over_the_cable(&show, &parcel).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    assert!(told.contains("Until it is, #SMXChat does nothing here: run the same again"), "{told}");
    assert_eq!(show.looking().store().all_chats().await.expect("the table"), []);
    show.cable().clear();
    // Without the file: it is told what lies there, by its hashtag and by its name, and it can be removed.
    let half = show.rows().await;
    let (told, ended) = exported(&show, &Options { force: true, ..leaving.clone() }).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    assert!(
        told.contains("#SMXChat is here only in part") && told.contains("Nothing was exported"),
        "{told}"
    );
    let begun = show.slack("new #SMXChat every Tuesday 8pm London").await;
    assert!(begun.contains("belongs to a chat already"), "{begun}");
    let (told, ended) = forgotten(&show, false).await;
    assert_eq!(ended, Ended::Well, "{told}");
    insta::assert_snapshot!("here_only_in_part", told.replace(|c: char| c.is_ascii_digit(), "0"));
    assert_eq!(chat_rows(show.rows().await), chat_rows(half), "nothing was removed");
    let (told, ended) = forgotten(&show, true).await;
    assert!(ended == Ended::Well && told.contains("#SMXChat is free again"), "{told}");
    let (told, ended) = forgotten(&show, true).await;
    assert_eq!((ended, told.contains("Nothing is left here")), (Ended::Wanting, true), "{told}");
    let begun = show.slack("new #SMXChat every Tuesday 8pm London").await;
    assert!(begun.contains("#SMXChat is on"), "{begun}");
    // With the file: it goes on where it was stopped.
    let _before = show.starts_anew().await;
    show.cable().plan("BatchWriteItem", 3, 1_000, Trouble::Broken { done: false });
    let (told, ended) = imported_over_the_cable(&show, &parcel).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    show.cable().clear();
    let (told, ended) = imported_over_the_cable(&show, &parcel).await;
    assert_eq!((ended, told.contains(" stood here already")), (Ended::Well, true), "{told}");
}

/// Whoever writes while it is read is in the file whole, or nothing is exported.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_one_moment() {
    let (mut show, posts) = after_an_hour().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = options(folder.path(), false);
    let opened = Opened::beside(show.host_at(&show.cable().endpoint()).store().clone(), false);
    // The second look at the table has been answered and not come back when somebody takes something back.
    let slow = std::time::Duration::from_millis(800);
    show.cable().plan("Scan", 1, 1, Trouble::Slow { by: slow });
    let mut met = show.cable().met();
    let now = show.now();
    let exporting = async {
        let mut out = Vec::new();
        let ended = Box::pin(export::from(&opened, &copy, now, &mut out)).await.expect("memory takes it");
        (String::from_utf8(out).expect("text"), ended)
    };
    let acting = async {
        met.changed().await.expect("the cable lies");
        let told = show.platforms.x.delete_as(x_id("adaokafor"), &posts.ada, true).await.expect("removed");
        assert_eq!(told.map(|answer| answer.status), Some(200));
    };
    let ((told, ended), ()) = futures::future::join(exporting, acting).await;
    // What waits by now, so that its cards go, may be found; then nothing is exported. Else the file is of after it.
    if ended == Ended::Well {
        let text = std::fs::read_to_string(folder.path().join("smxchat.jsonl")).expect("a file");
        assert!(!text.contains("address book"), "it is of before and of after");
        assert!(text.contains("\"kind\":\"gone\""), "{told}");
    } else {
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "{told}");
    }
    show.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_written_leaves_the_chat_awake() {
    let (mut show, _) = after_an_hour().await;
    let before = show.facts().await;
    let folder = tempfile::tempdir().expect("a folder");
    // A folder that is not there is found out before anything else.
    let nowhere =
        Options { to: Some(folder.path().join("none/smxchat.jsonl")), ..options(folder.path(), true) };
    let (told, ended) = exported(&show, &nowhere).await;
    assert_eq!((ended, told.contains("cannot be written")), (Ended::Wanting, true), "{told}");
    assert_eq!(show.facts().await, before);
    // A file of that name comes to be while the chat is silent and read: it is woken again, as it was.
    let leaving = options(folder.path(), true);
    let opened = Opened::beside(show.host_at(&show.cable().endpoint()).store().clone(), true);
    show.cable().plan("Scan", 1, 1, Trouble::Slow { by: std::time::Duration::from_millis(400) });
    let mut met = show.cable().met();
    let acting = async {
        met.changed().await.expect("the cable lies");
        std::fs::write(folder.path().join("smxchat.jsonl"), "mine").expect("written");
    };
    let exporting = exported_from(&opened, &show, &leaving);
    let ((told, ended), ()) = futures::future::join(exporting, acting).await;
    assert_eq!(ended, Ended::Wanting, "{told}");
    assert!(told.contains("#SMXChat speaks here again as before"), "{told}");
    assert_eq!(std::fs::read(folder.path().join("smxchat.jsonl")).expect("a file"), b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "half a file is no file");
    let plain = |rows: Vec<String>| {
        // These rows are written anew from the settings, by no commit.
        let anew = ["\"CHATS\"", "WORKSPACE#", "PLACE#", "TAG#"];
        rows.into_iter().filter(|row| !anew.iter().any(|a| row.contains(a))).collect::<Vec<_>>()
    };
    assert_eq!(plain(show.facts().await), plain(before));
    assert!(show.slack("questions").await.contains("What grew?"));
    show.at("Tue 21:20").await;
    show.assert_once_everywhere("What grew?");
    show.assert_kept().await;
}

/// Nobody should, and if they must: what was asked is not asked again, and what comes belongs to it.
#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_an_hour_it_goes_on_elsewhere() {
    let mut show = show().await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    let early = show.x("adaokafor", "A1 we printed the adress book. #SMXChat").await;
    show.at("20:25").await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = Options { anyway: true, ..options(folder.path(), true) };
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let behind = show.starts_anew().await;
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    // A reply to Q3 as it was asked before the move; it finds the question, and its thread.
    let announced = show.announced_on_x();
    let (q3, _) = announced.iter().find(|(_, text)| text.starts_with("Q3.")).expect("Q3 was asked");
    show.x_reply("brunolima", "On paper! #SMXChat", Some(q3)).await;
    let card = show.said("slack", "On paper!");
    assert_eq!(card.len(), 1, "{}", show.transcript());
    assert!(card[0].thread.is_some() && cards(&show, "slack", "On paper!")[0].contains("· A3"));
    edit(&mut show, "adaokafor", &early, "A1 we printed the address book. #SMXChat").await;
    show.at("21:20").await;
    assert_gone(&show, "adress book").await;
    assert_eq!(cards(&show, "discord", "address book").len(), 1, "{}", show.transcript());
    for (n, question) in SIX.iter().enumerate() {
        show.assert_once_everywhere(&format!("Q{}. {question}", n + 1));
    }
    show.assert_once_everywhere("That's the hour");
    show.assert_kept().await;
    assert_eq!(broken(&show, &[], Far::Settled).await, Vec::<String>::new());
    let ticked = behind.host.tick().await.expect("the old table answers");
    assert_eq!((ticked.cues, ticked.swept), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_of_a_members_own_is_laid_out_where_the_chat_arrives() {
    let mut show = show().await;
    show.set_up().await;
    show.ask_six().await;
    show.join_with(cast::AMARA, &[("remind", "1h")]).await;
    show.join_with(cast::JUNO, &[("remind", "8h")]).await;
    // Juno has hers, and Amara's waits: it keeps nobody from moving.
    show.at("Tue 13:00").await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    let direct = |show: &Show, user: &str| {
        let channel = format!("99{user}");
        show.platforms.discord.messages().iter().filter(|m| m.channel == channel).count()
    };
    show.at("Tue 14:00").await;
    assert_eq!((direct(&show, cast::AMARA), direct(&show, cast::JUNO)), (0, 1));
    show.starts_anew().await;
    let (told, ended) = imported(&show, &parcel(&leaving)).await;
    assert_eq!(ended, Ended::Well, "{told}");
    show.at("Tue 19:30").await;
    assert_eq!((direct(&show, cast::AMARA), direct(&show, cast::JUNO)), (1, 1), "once each");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_rehearsal_keeps_nobody_from_moving() {
    let mut show = show().await;
    show.set_up().await;
    show.ask_six().await;
    show.slack("rehearse #smxchat-desk 30 min").await;
    show.at("Thu 10:01").await;
    show.slack("rehearse stop").await;
    let folder = tempfile::tempdir().expect("a folder");
    let leaving = options(folder.path(), true);
    let (told, ended) = exported(&show, &leaving).await;
    assert_eq!(ended, Ended::Well, "{told}");
    assert!(!told.contains("wait"), "{told}");
}

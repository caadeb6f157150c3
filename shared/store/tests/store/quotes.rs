//! What quotes what, and that a quotation and the removal of what it quotes meet in any order.

use chat::Change;
use chat::name::PostId;
use chat::post::{Entry, Filed, Quoted};
use chat::quotes::{Source, Stands, Unquoting};
use chat::removal::{Bar, Bars, Removal, Whom, Why};
use store::{Quoting, StoreError, ToUnquote};

use crate::made::{Table, commit, episode_id, filed, now, other, person, post_id, slug};

/// What person 7 said in post 70, which is post 71 since it was edited.
fn quoted() -> Quoted {
    Quoted {
        names: vec![post_id("70"), post_id("71")],
        author: Some(person("7")),
        name: "Person 7".to_owned(),
        handle: Some("P7".to_owned()),
        text: "never again".to_owned(),
        link: None,
    }
}

fn quoting(id: &str) -> Filed {
    let mut quoting = filed(id, "1");
    quoting.post.quoted = Some(quoted());
    quoting
}

fn unquoted(id: &str, of: Source, stands: bool) -> Change {
    let stands = stands.then(|| Stands { episode: episode_id(), version: id.to_owned(), quoted: quoted() });
    Change::Unquoted(Unquoting { post: post_id(id), of, stands })
}

fn hidden(id: &str, also: &[&str]) -> Change {
    Change::Gone(Removal {
        post: post_id(id),
        also: also.iter().map(|id| post_id(id)).collect(),
        why: Why::Hidden,
        author: None,
        handle: None,
        episode: None,
        quoted: None,
    })
}

async fn ways(table: &Table, to: &str) -> Vec<PostId> {
    let found = table.store.quoting(&post_id(to), None, None, 20).await.expect("read");
    found.into_iter().map(|quoting| quoting.by).collect()
}

async fn waiting(table: &Table) -> Vec<ToUnquote> {
    table.store.to_unquote(now()).await.expect("read")
}

#[tokio::test]
async fn what_quotes_a_post_is_found_from_each_of_its_names_page_by_page() {
    let table = Table::new().await;
    for n in 1..=5 {
        table.done(vec![Change::Filed(quoting(&n.to_string()))], vec![]).await;
    }
    let mut theirs = quoting("6");
    theirs.episode.chat = other();
    table.store.commit(&other(), commit(vec![Change::Filed(theirs)], vec![])).await.expect("filed");
    for name in ["70", "71"] {
        assert_eq!(ways(&table, name).await.len(), 6, "{name}");
        let here = table.store.quoting(&post_id(name), Some(&slug()), None, 20).await.expect("read");
        assert_eq!(here.len(), 5, "in one chat");
        let after = Quoting { slug: slug(), by: post_id("2") };
        let page = table.store.quoting(&post_id(name), Some(&slug()), Some(&after), 2).await.expect("read");
        let page: Vec<PostId> = page.into_iter().map(|quoting| quoting.by).collect();
        assert_eq!(page, [post_id("3"), post_id("4")], "the next two");
    }
    let theirs = table.store.quoting_of(&slug(), &person("7"), Some(&post_id("4")), 20).await.expect("read");
    assert_eq!(theirs, [post_id("5")], "and from who is quoted");
    assert_eq!(table.store.known_as(&slug(), "p7").await.expect("read"), Some(person("7")));
    assert!(table.store.posts_by(&slug(), &person("7"), None, 20).await.expect("read").is_empty());
}

#[tokio::test]
async fn nobody_files_a_quotation_of_what_is_gone_or_of_somebody_barred() {
    let table = Table::new().await;
    let plain = || {
        let mut plain = quoting("1");
        plain.post.quoted = None;
        plain
    };
    let bar = |whom| Bar { whom, why: Bars::Blocked, called: "p7".to_owned(), since: now() };
    // Under any of its names, hidden here or taken back everywhere.
    table.done(vec![hidden("71", &[])], vec![]).await;
    table.conflicts(vec![Change::Filed(quoting("1"))]).await;
    assert_eq!(
        table.store.unquoted_of(&slug(), vec![(&post_id("1"), &quoted())]).await.expect("read"),
        [post_id("1")]
    );
    assert!(
        table.store.unquoted_of(&other(), vec![(&post_id("1"), &quoted())]).await.expect("read").is_empty()
    );
    table.done(vec![Change::Filed(plain())], vec![]).await;
    let table = Table::new().await;
    table.store.bury(&post_id("70"), now()).await.expect("buried");
    table.conflicts(vec![Change::Filed(quoting("1"))]).await;
    for whom in [Whom::Person(person("7")), Whom::handle("p7")] {
        let table = Table::new().await;
        table.done(vec![Change::Bar(bar(whom.clone()))], vec![]).await;
        table.conflicts(vec![Change::Filed(quoting("1"))]).await;
        table.conflicts(vec![Change::Filed(Filed { entry: Entry::LetIn, ..quoting("1") })]).await;
        table.done(vec![Change::Unbar(whom)], vec![]).await;
        table.done(vec![Change::Filed(quoting("1"))], vec![]).await;
    }
}

#[tokio::test]
async fn what_is_gone_is_not_shown_at_the_claim_although_its_row_still_says_it() {
    let table = Table::new().await;
    table.done(vec![Change::Filed(quoting("1"))], vec![]).await;
    let shown = || async {
        let filed = table.store.showable(&slug(), &post_id("1")).await.expect("read");
        filed.expect("the post itself is shown").post.quoted
    };
    assert_eq!(shown().await, Some(quoted()));
    table.done(vec![hidden("70", &["71"])], vec![]).await;
    assert_eq!(shown().await, None);
}

#[tokio::test]
async fn a_tombstone_waits_until_nothing_quotes_its_post() {
    let table = Table::new().await;
    table.done(vec![Change::Filed(quoting("1"))], vec![]).await;
    table.done(vec![hidden("70", &["71"])], vec![]).await;
    table.store.bury(&post_id("70"), now()).await.expect("buried");
    let here = |post: &str| ToUnquote { post: post_id(post), slug: Some(slug()) };
    let all = [here("70"), here("71"), ToUnquote { post: post_id("70"), slug: None }];
    let found = waiting(&table).await;
    assert!(found.len() == 3 && all.iter().all(|one| found.contains(one)), "{found:?}");
    // The row lets go of it, once it is as it was read; and nothing leads there any more.
    let mut edited = quoting("1");
    edited.post.version = "3".to_owned();
    edited.post.versions.push("3".to_owned());
    edited.post.quoted = None;
    table.done(vec![Change::Filed(edited.clone())], vec![]).await;
    table.conflicts(vec![unquoted("1", Source::Post(post_id("70")), true)]).await;
    table.done(vec![unquoted("1", Source::Post(post_id("70")), false)], vec![]).await;
    assert!(ways(&table, "70").await.is_empty());
    assert_eq!(ways(&table, "71").await, [post_id("1")], "it is found from there");
    table.done(vec![unquoted("1", Source::Post(post_id("71")), false)], vec![]).await;
    for gone in &all {
        table.store.unquoted(gone).await.expect("noted");
        table.store.unquoted(gone).await.expect("noted twice");
    }
    assert!(waiting(&table).await.is_empty());
    assert_eq!(table.store.gone(&slug(), &[post_id("70")]).await.expect("read"), Some(Why::Withdrawn));
    let never = ToUnquote { post: post_id("99"), slug: None };
    assert!(matches!(table.store.unquoted(&never).await, Err(StoreError::Conflict)));
    assert_eq!(table.store.gone(&slug(), &[post_id("99")]).await.expect("read"), None);
}

#[tokio::test]
async fn a_quotation_goes_from_its_row_with_all_that_leads_there() {
    for of in [Source::Post(post_id("71")), Source::By(person("7"))] {
        let table = Table::new().await;
        table.done(vec![Change::Filed(quoting("1"))], vec![]).await;
        table.done(vec![unquoted("1", of.clone(), true)], vec![]).await;
        let row = table.store.filed(&slug(), &post_id("1")).await.expect("read").expect("filed");
        assert_eq!((row.post.text.as_str(), row.post.quoted), ("A1 hello", None));
        assert!(ways(&table, "70").await.is_empty() && ways(&table, "71").await.is_empty());
        assert!(table.store.quoting_of(&slug(), &person("7"), None, 20).await.expect("read").is_empty());
        let known = table.store.known_as(&slug(), "p7").await.expect("read");
        assert_eq!(known.is_none(), matches!(of, Source::By(_)), "who is erased is known by no handle");
    }
    // And with the post itself.
    let table = Table::new().await;
    table.done(vec![Change::Filed(quoting("1"))], vec![]).await;
    let gone = Removal {
        post: post_id("1"),
        also: vec![],
        why: Why::Withdrawn,
        author: Some(person("1")),
        handle: None,
        episode: Some(episode_id()),
        quoted: Some(quoted()),
    };
    table.done(vec![Change::Gone(gone)], vec![]).await;
    assert!(ways(&table, "70").await.is_empty());
    assert!(table.store.quoting_of(&slug(), &person("7"), None, 20).await.expect("read").is_empty());
}

//! People who come again and again, and what is known of their part.

use chat::name::{Person, Platform};
use earshot::cast;
use tests::{Show, x_id};

async fn show() -> Show {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show
}

/// The word that somebody is to post.
fn word(said: &str) -> String {
    let at = said.find("`earshot-").expect("a word");
    said[at + 1..].split('`').next().expect("its end").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_in_a_row_by_two_accounts_over_a_date_that_is_off() {
    let mut show = show().await;
    let proof = word(&show.join_with(cast::AMARA, &[("handle", "adaokafor")]).await);
    let none = show.discord(cast::AMARA, "me").await;
    show.ask_six().await;
    show.at("Tue 20:02").await;
    // Before anybody knows whose account it is: it counts from the beginning once that is proved.
    show.x("adaokafor", "hello from the pier #SMXChat").await;
    show.at("20:06").await;
    show.x("adaokafor", &format!("A1 a choir, {proof} #SMXChat")).await;
    let live = show.discord(cast::AMARA, "me").await;
    show.at("21:20").await;
    show.slack("skip 1 Dec").await;
    // An open floor, where nothing is asked, is an hour like any other.
    show.at("2026-12-08T20:02:00Z").await;
    let second = show.hello(cast::AMARA, "Amara, Accra!").await;
    show.at("2026-12-15T20:02:00Z").await;
    let third = show.hello(cast::AMARA, "Me again!").await;
    let twice = show.hello(cast::AMARA, "And once more.").await;
    let junos = show.hello(cast::JUNO, "Juno, Lisbon!").await;
    let three = show.discord(cast::AMARA, "me").await;
    // She stays away for once.
    show.at("2026-12-22T21:20:00Z").await;
    let after = show.discord(cast::AMARA, "me").await;
    show.at("2026-12-29T20:02:00Z").await;
    let back = show.hello(cast::AMARA, "I missed you.").await;
    show.at("2026-12-29T21:20:00Z").await;
    show.assert_kept().await;
    let said = [none, live, second, third, twice, junos, three, after, back];
    insta::assert_snapshot!(said.join("\n----\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filed_late_twice_and_anew_is_counted_once() {
    let mut show = show().await;
    show.ask_six().await;
    show.join_with(cast::AMARA, &[]).await;
    show.at("Tue 20:06").await;
    show.answer(cast::AMARA, "A choir of lighthouse keepers.").await;
    show.hello(cast::AMARA, "Hello from Accra.").await;
    let ada = Person::new(Platform::X, "", x_id("adaokafor"));
    let id = show.x("adaokafor", "A1 the address book #SMXChat").await;
    show.x("adaokafor", "we sang #SMXChat").await;
    let answers = async |show: &Show, person: &Person| {
        let slug = chat::name::Slug::of("SMXChat").expect("a name");
        let answered = show.looking().store().answered(&slug, person).await.expect("read");
        assert!(answered.all);
        answered.answers
    };
    assert_eq!(answers(&show, &ada).await, 2, "the second by guess");
    // Given again, it is the same post.
    assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    show.settle().await;
    assert_eq!(answers(&show, &ada).await, 2);
    // Taken back, it is no answer any more; that she was here stays.
    show.platforms.x.delete_as(x_id("adaokafor"), &id, true).await.expect("X tells");
    show.settle().await;
    assert_eq!(answers(&show, &ada).await, 1);
    let me = show.discord(cast::AMARA, "me").await;
    assert!(me.contains("Hours with us: 1. Answers: one"), "{me}");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_was_never_here() {
    let mut show = show().await;
    show.ask_six().await;
    let proof = word(&show.join_with(cast::AMARA, &[("handle", "adaokafor")]).await);
    show.at("Tue 20:06").await;
    let id = show.x("adaokafor", &format!("A1 {proof} #SMXChat")).await;
    show.answer(cast::AMARA, "A choir.").await;
    // All that she said as Ada is taken back: only the list of who spoke still has her.
    show.platforms.x.delete_as(x_id("adaokafor"), &id, true).await.expect("X tells");
    show.settle().await;
    let spoke =
        |rows: &[String], who: &str| rows.iter().any(|row| row.contains("SPOKE#") && row.contains(who));
    let rows = show.dump().await;
    assert!(spoke(&rows, x_id("adaokafor")) && spoke(&rows, cast::AMARA));
    show.discord(cast::AMARA, "forget-me").await;
    show.discord_press(cast::AMARA, "Forget me in #SMXChat").await;
    show.at("20:12").await;
    let rows = show.dump().await;
    assert!(!spoke(&rows, x_id("adaokafor")) && !spoke(&rows, cast::AMARA));
    show.at("21:20").await;
    show.assert_kept().await;
}

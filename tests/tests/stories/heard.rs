//! The heard score, over five weeks: the example of `docs/HEARD.md`, by the people of the cast.

use earshot::cast;
use earshot::standin::x::Draft;
use tests::{Show, x_id};

/// The word that somebody is to post.
fn word(said: &str) -> String {
    let at = said.find("`earshot-").expect("a word");
    said[at + 1..].split('`').next().expect("its end").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_heard_in_five_weeks() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    let none = show.slack("heard").await;
    let proof = word(&show.join_with(cast::AMARA, &[("handle", "adaokafor")]).await);
    show.join_with(cast::TOMASZ, &[]).await;

    // Four are new: Amara, who is Ada on X, Bruno, Chidi and Dana.
    show.at("2026-11-24T20:03:00Z").await;
    show.x("adaokafor", &format!("hello from the pier, {proof} #SMXChat")).await;
    for handle in ["brunolima", "chidi_eze", "danawhit"] {
        show.x(handle, "hello from the harbour #SMXChat").await;
    }
    let first = show.slack("heard").await;
    // Bruno is here again on the first, Amara, in Discord, on the eighth.
    show.at("2026-12-01T20:03:00Z").await;
    show.x("brunolima", "me again #SMXChat").await;
    show.at("2026-12-08T20:03:00Z").await;
    show.hello(cast::AMARA, "Amara, Accra!").await;
    // Emre and Freya are new.
    show.at("2026-12-15T20:03:00Z").await;
    show.x("emrekaya", "hello from the ferry #SMXChat").await;
    show.x("freyalund", "hello from the fjord #SMXChat").await;
    show.join_with(cast::JUNO, &[]).await;

    // The hour that is asked about. Bruno says four things, Amara two by two accounts, Emre and Juno one each.
    show.at("2026-12-22T20:03:00Z").await;
    let paper = show.x("brunolima", "on paper #SMXChat").await;
    show.x_reply("brunolima", "good paper, too #SMXChat", Some(&paper)).await;
    let ferry = show.x("emrekaya", "on the ferry #SMXChat").await;
    show.at("20:05").await;
    show.x_reply("brunolima", "which one? #SMXChat", Some(&ferry)).await;
    let pier = show.x_reply("adaokafor", "mine is on paper as well #SMXChat", Some(&paper)).await;
    show.x("brunolima", "we should compare #SMXChat").await;
    show.hello(cast::AMARA, "Good evening from the pier.").await;
    show.hello(cast::JUNO, "Juno, Lisbon, new here!").await;
    // The chat's own account, typed by hand: an answer to Ada, and no speaker.
    show.platforms
        .x
        .post_as(cast::ACCOUNT, "Do bring it along! #SMXChat", Some(&pier))
        .await
        .expect("X takes it");
    show.settle().await;
    let live = show.slack("heard").await;
    // A hundred reposts are nobody's words, also where X sends them though it was not asked to.
    for n in 0..100 {
        let (_, _, handle) = cast::ON_X[5 + n % 3];
        let repost = Draft { reposts: Some(paper.clone()), ..Draft::default() };
        let id = show.platforms.x.put(x_id(handle), repost).expect("X takes it");
        assert_eq!(show.platforms.x.deliver(&id).await.expect("an answer").status, 200);
    }
    show.settle().await;
    show.at("21:20").await;
    let before = show.dump().await;
    let over = show.slack("heard").await;
    let earlier = show.slack("heard on 15 Dec").await;
    let other = show.slack("heard on 16 Dec").await;
    let close = show.said("slack", "That's the hour").pop().map(|m| tests::words_of(&m)).expect("the close");
    // Asking changes nothing but that it was asked.
    let asked = |row: &&String| !row.contains("REQ#");
    let after = show.dump().await;
    assert_eq!(
        after.iter().filter(asked).collect::<Vec<_>>(),
        before.iter().filter(asked).collect::<Vec<_>>()
    );

    // 1·1 + 2·1 + 3·2 + 4·4 = 25; 2 × 25 / (4 × 8) − 5/4 = 0.3125.
    for part in [
        "4 spoke, 1 of them for the first time",
        "At least 3 were answered (75%)",
        "1 of the 4 spoke in the rooms only",
        "Concentration of voice (Gini): 0.31 over 8 posts",
        "Of 2 new on Tue 15 Dec, 1 spoke again.",
        "Of 4 new on Tue 24 Nov, 2 did within four chats.",
        "About 100 reposts came in that day.",
        "One member did not speak",
    ] {
        assert!(over.contains(part), "{part}\n{over}");
    }
    assert!(close.contains("all 4 who spoke, 1 for the first time"), "the same people: {close}");
    // Ada takes her reply back: nobody answered Bruno then, and what stands is shared otherwise:
    // 1, 1, 1, 4 → 2 × (1 + 2 + 3 + 16) / (4 × 7) − 5/4 = 44/28 − 35/28 = 0.3214….
    // What she was told by the chat's own account was told to a post that is gone.
    show.platforms.x.delete_as(x_id("adaokafor"), &pier, true).await.expect("X tells");
    show.settle().await;
    let withdrawn = show.slack("heard").await;
    for part in ["4 spoke", "At least 1 was answered (25%)", "0.32 over 7 posts"] {
        assert!(withdrawn.contains(part), "{part}\n{withdrawn}");
    }
    // Amara goes, with both accounts: she was never here, and never new.
    show.discord(cast::AMARA, "forget-me").await;
    show.discord_press(cast::AMARA, "Forget me in #SMXChat").await;
    show.at("21:30").await;
    let forgotten = show.slack("heard").await;
    for part in ["3 spoke", "Of 3 new on Tue 24 Nov, 1 did within four chats."] {
        assert!(forgotten.contains(part), "{part}\n{forgotten}");
    }
    show.assert_kept().await;
    let said = [none, first, live, over, earlier, other, close, withdrawn, forgotten];
    insta::assert_snapshot!(said.join("\n----\n"));
}

//! A plain hour, from the first command to the close.

use earshot::cast;
use tests::Show;

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_hour() {
    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.slack("topic Communities that outlive their platform").await;
    show.slack("guest Wanjiru, Nairobi").await;
    for question in [
        "Who are you, and which community is yours?",
        "What made you stay when you could have left?",
        "What did your community do in the week its platform changed under it?",
        "Who kept the list of people, and where is it now?",
        "What would you carry out of a burning platform?",
        "What will you do this week so that it lasts?",
    ] {
        show.slack(&format!("ask {question}")).await;
    }
    show.at("Tue 19:58").await;
    show.discord(cast::AMARA, "join").await;
    show.at("Tue 20:01").await;
    show.x("adaokafor", "Hello from Lagos! #SMXChat").await;
    show.at("20:06").await;
    show.x("brunolima", "A1 Bruno, from Recife. We run a book club. #SMXChat").await;
    show.x("chidi_eze", "Chidi here, hello all #SMXChat").await;
    show.answer(cast::AMARA, "Amara, Accra. A choir!").await;
    show.at("20:15").await;
    show.x("danawhit", "A2: the people. Always the people. #SMXChat").await;
    show.at("21:20").await;
    insta::assert_snapshot!(show.transcript());
}

//! A guest who is on for a part of the hour, and the word to organisers when they come in.

use earshot::cast;
use tests::{Show, words_of};

const AMINA: &str = "guest Amina Okoth, Nairobi, runs the city's oldest book club, @aminareads";

async fn show() -> Show {
    let mut show = Show::new("2026-11-23T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show
}

/// What organisers heard of guests who come in, with its time.
fn on(show: &Show) -> Vec<String> {
    let said = show.said("desk", "on with Q");
    said.iter().map(|m| format!("{} {}", m.at.format("%H:%M:%S"), words_of(m))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_comes_in_with_a_question_and_everybody_reads_so() {
    let mut show = show().await;
    let mut told = vec![show.slack(&format!("{AMINA} from Q3")).await];
    told.push(show.slack("guest Bo Li, London").await);
    told.push(show.slack("guest bo from Q5").await);
    told.push(show.press("Undo").await);
    told.push(show.slack("guest Chidi from Q3").await);
    told.push(show.slack("brief Amina").await);
    told.push(show.slack("questions").await);
    let preview = show.slack("preview").await;
    assert!(preview.contains("Q3, with Amina Okoth @aminareads: What did"), "{preview}");
    show.at("Tue 20:01:30").await;
    assert_eq!(on(&show), [""; 0]);
    show.at("20:15").await;
    told.push(show.desks().join("\n"));
    let status = show.slack("status").await;
    assert!(status.contains("Q3 (with Amina Okoth) at 20:23"), "{status}");
    told.push(show.slack("guest Amina from Q2").await);
    show.at("20:40").await;
    for room in ["x", "discord", "slack"] {
        let asked = show.said(room, "What did your community do in the week");
        assert_eq!(asked.len(), 1, "{room}: {}", show.transcript());
        told.push(format!("{room}: {}", words_of(&asked[0])));
    }
    told.push(on(&show).join("\n"));
    insta::assert_snapshot!(told.join("\n\n"));
    // Who is on from the start is named by the opening, and by no question.
    assert!(!words_of(&show.said("x", "Who are you, and which")[0]).contains("Bo Li"));
    // Put right, it still names her.
    show.slack("fix Q3 What did your community do in the week when everything changed?").await;
    let fixed = show.said("slack", "when everything changed?");
    assert!(words_of(&fixed[0]).contains("Q3, with Amina Okoth: What did"), "{}", words_of(&fixed[0]));
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_follows_the_question_however_the_hour_bends() {
    let mut show = show().await;
    show.slack(&format!("{AMINA} from Q3")).await;
    show.at("Tue 20:16").await;
    show.slack("hold 3m").await;
    show.at("20:22").await;
    assert_eq!(on(&show), [""; 0], "Q3 is at 20:26 now");
    show.at("20:23:30").await;
    assert_eq!(on(&show).len(), 1);
    // Held once more, it is the same word.
    show.slack("hold 3m").await;
    show.at("20:40").await;
    assert_eq!(on(&show).len(), 1, "{:?}", on(&show));
    // Invited a moment before her question, and asked for early.
    show.slack("guest Bo Li, London from Q5").await;
    show.slack("next").await;
    show.at("20:41").await;
    show.slack("next").await;
    show.at("20:42").await;
    let heard = on(&show);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[1].contains("Bo Li is on with Q5"), "{heard:?}");
    // Paused, nobody is on; and a question that is never asked brings nobody.
    show.slack("guest Cy Young, Leeds from Q6").await;
    show.slack("pause").await;
    show.at("20:55").await;
    show.slack("close").await;
    show.press("Close the hour").await;
    show.at("21:20").await;
    assert_eq!(on(&show).len(), 2, "{:?}", on(&show));
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_on_x_is_left_out_there_alone() {
    let mut show = show().await;
    // It fits with eleven characters to spare, and not with a name.
    let mut long = "What ".to_owned() + &"old and well loved ".repeat(20);
    long.truncate(231);
    let long = format!("{}?", long.trim_end());
    show.slack(&format!("ask Q3 {long}")).await;
    show.slack(&format!("{AMINA} from Q3")).await;
    show.at("Tue 20:24").await;
    let asked = |room: &str| words_of(&show.said(room, "old and well loved")[0]);
    assert!(asked("x").starts_with("Q3. What old"), "{}", asked("x"));
    for room in ["discord", "slack"] {
        assert!(asked(room).contains("Q3, with Amina Okoth: What old"), "{}", asked(room));
    }
    let sees = show.sees_button(cast::MAYA, cast::SLACK_CHANNEL, "Answer");
    assert!(sees, "and it is answered like any other");
    show.at("21:20").await;
    show.assert_kept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rooms_read_of_a_guest_is_what_was_said_of_them_and_no_part_of_the_hour() {
    let mut show = show().await;
    let mut told = vec![show.slack("guest Amina Okoth, Nairobi, from Q2, runs a club").await];
    told.push(show.slack("guest Wanjiru Kamau, Nairobi, from question 3").await);
    told.push(show.slack("guest Bo Li, London, likes tea from Q2 to Q3").await);
    told.push(show.slack("guest Wanjiru from Q9").await);
    told.push(show.slack("brief Wanjiru").await);
    show.at("Tue 20:30").await;
    for room in ["discord", "slack"] {
        let opening = words_of(&show.said(room, "Amina Okoth: runs a club.")[0]);
        told.push(format!("{room}: {opening}"));
    }
    let all = told.join("\n\n");
    insta::assert_snapshot!(all);
    assert!(on(&show).iter().any(|word| word.contains("Amina Okoth is on with Q2")), "{:?}", on(&show));
    show.at("21:20").await;
    show.assert_kept().await;
}

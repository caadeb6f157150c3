//! The hour itself: its layout, steering it, and what people read.

use chat::Refusal;
use chat::action::Action;
use chat::agenda::State;
use chat::cue::Kind;
use chat::name::QuestionId;
use chrono::Duration;

use crate::sim::{Show, discord, slack, utc, words, x};

/// Tuesday 24 November, six questions, a topic and a guest; the clock at noon on Saturday.
pub(crate) fn evening() -> Show {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("topic communities that outlive their platform");
    show.slack("guest Amina Okoth, Nairobi");
    for question in ["one", "two", "three", "four", "five", "six"] {
        show.slack(&format!("ask What about {question}?"));
    }
    show
}

fn dues(show: &Show) -> Vec<String> {
    let episode = show.live().or(show.chat.episodes.first()).expect("an episode");
    episode
        .questions
        .iter()
        .map(|q| q.due.map_or("-".to_owned(), |due| due.format("%H:%M:%S").to_string()))
        .collect()
}

#[test]
fn the_first_commands_read_as_voice_has_them() {
    let mut show = Show::new("2026-11-21T12:00");
    assert_eq!(
        show.slack("connect slack"),
        "#SMXChat speaks here now, a thread per question. Next: /chat connect discord [Undo]"
    );
    assert_eq!(
        show.slack("topic Communities that outlive their platform"),
        "Tue 24 Nov: Communities that outlive their platform. Fits every announcement. [Undo]"
    );
    assert_eq!(
        show.slack("guest Amina Okoth, Nairobi"),
        "Amina Okoth joins Tue 24 Nov, 23:00 in Nairobi. A note to send: /chat brief [Undo]"
    );
    show.slack("ask Who are you?");
    show.slack("ask Where are you?");
    let asked = show.slack("ask What did your community do in the week its platform changed under it?");
    assert_eq!(
        asked,
        "Saved as Q3, Tue 24 Nov 20:35. X: 106/280. Nothing posted yet.\n\
         Q3. What did your community do in the week its platform changed under it? [Edit] [Undo]"
    );
    let changed = show.slack("ask Q3 What would you do differently?");
    assert_eq!(
        changed,
        "Q3 changed, in time for 20:35. X: 67/280. It was: “What did your community do in the week its \
         platform changed under it?”\nQ3. What would you do differently? [Undo]"
    );
    assert_eq!(
        show.slack("skip 29 Dec"),
        "No chat Tue 29 Dec; back Tue 5 Jan. I'll say so Mon 28 Dec, 20:00. [Say now] [Undo]"
    );
    assert_eq!(show.refused("hold 3m"), Refusal::NotLive);
}

#[test]
fn one_more_question_tells_which_others_make_room() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    for question in ["one", "two", "three", "four"] {
        let asked = show.slack(&format!("ask What about {question}?"));
        assert!(!asked.contains("make room"), "the first four lie a quarter of an hour apart: {asked}");
    }
    assert_eq!(
        show.slack("ask What about five?"),
        "Saved as Q5, Tue 24 Nov 20:49. X: 53/280. Nothing posted yet. To make room: Q2 20:16, Q3 20:27, \
         Q4 20:38.\nQ5. What about five? [Edit] [Undo]"
    );
}

#[test]
fn the_same_words_as_another_week_are_pointed_out() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("ask Who are you, and where are you from?");
    let again = show.slack("ask Who are you, and where are you from? on 1 Dec");
    let warning = "The very words of Q1 on Tue 24 Nov: X refuses a text it has seen. Change a word or two.";
    assert!(again.contains(warning), "{again}");
    let varied = show.slack("ask Q1 Who are you, and where are you writing from? on 1 Dec");
    assert!(!varied.contains("very words"), "{varied}");
    let back = show.slack("ask Q1 Who are you — and where are you from? on 1 Dec");
    assert!(back.contains(warning), "a dash is no other text: {back}");
    // At another place it begins with another number, and is another text.
    let second = show.slack("ask Who are you, and where are you from? on 1 Dec");
    assert!(!second.contains("very words"), "{second}");
}

#[test]
fn six_questions_lie_where_voice_has_them() {
    let mut show = evening();
    assert_eq!(dues(&show), ["20:05:00", "20:14:00", "20:23:00", "20:32:00", "20:41:00", "20:50:00"]);
    let preview = show.slack("preview");
    assert!(preview.starts_with("Tue 24 Nov: ten moments, three rooms, nothing missing."), "{preview}");
    assert!(!preview.contains("[Approve X]"), "approved already");
}

#[test]
fn what_people_read() {
    let mut show = evening();
    show.chat.settings.reminders = vec![Duration::hours(24), Duration::minutes(10)];
    show.at("2026-11-24T20:59");
    show.chat.seen.voices =
        chat::Voices { spoke: 43, first_time: 9, names: vec!["Amina Okoth".to_owned()], behind: Vec::new() };
    let (_, close, rev) = show.due().into_iter().next().expect("the close");
    show.now = utc("2026-11-24T21:00");
    show.fire(&close, rev);
    insta::assert_snapshot!("on_x", show.transcript(&x(), "2026-11-23T00:00"));
    insta::assert_snapshot!("on_discord", show.transcript(&discord(), "2026-11-23T00:00"));
    insta::assert_snapshot!("in_slack", show.transcript(&slack(), "2026-11-23T00:00"));
}

#[test]
fn an_open_floor_reads_like_one() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.at("2026-11-24T21:00");
    insta::assert_snapshot!("open_floor_on_x", show.transcript(&x(), "2026-11-23T00:00"));
    insta::assert_snapshot!("open_floor_on_discord", show.transcript(&discord(), "2026-11-23T00:00"));
    // Organisers were nudged at 24 h and 2 h.
    let nudges: Vec<&str> = show.said.iter().map(|s| s.what()).filter(|w| w.contains("nudge")).collect();
    assert_eq!(nudges.len(), 2, "{nudges:?}");
}

#[test]
fn no_nudge_where_questions_are_set() {
    let mut show = evening();
    show.at("2026-11-24T21:30");
    assert!(!show.said.iter().any(|s| s.what().contains("nudge")));
}

#[test]
fn only_the_last_reminder_on_discord_pings() {
    let mut show = evening();
    show.at("2026-11-24T21:30");
    let pinging: Vec<(&str, &str)> = show
        .said
        .iter()
        .filter(|s| s.message().is_some_and(|m| m.ping.is_some()))
        .map(|s| (s.to.platform.key(), s.what()))
        .collect();
    assert_eq!(pinging, [("discord", "smxchat/2026-11-24T20:00Z/reminder/10m@2026-11-24T20:00Z")]);
}

#[test]
fn hold_as_voice_has_it_and_undone() {
    let mut show = evening();
    show.at("2026-11-24T20:24");
    let before = dues(&show);
    assert_eq!(
        show.slack("hold 3m"),
        "Held. Q4 20:35, Q5 20:42, Q6 20:49; close stays 21:00. [Undo] [Close 21:03 instead]"
    );
    let undone = words(show.undo().expect("undone").as_ref());
    assert!(undone.starts_with("Undone: the hold."), "{undone}");
    assert_eq!(dues(&show), before);
    show.slack("hold 3m");
    show.at("2026-11-24T21:30");
    for (question, at) in [(4, "20:35"), (5, "20:42"), (6, "20:49")] {
        let said = show.when(&x(), &format!("T20:00Z/q/{question}"));
        assert_eq!(said, [utc(&format!("2026-11-24T{at}"))]);
    }
}

#[test]
fn hold_while_a_question_is_going_out_starts_behind_it() {
    let mut show = evening();
    show.at("2026-11-24T20:22:50Z");
    let cue = show.cue("2026-11-24T20:00", &Kind::Question(QuestionId(3))).expect("Q3").clone();
    // Claimed half a second early: it goes out on its second all the same.
    show.now = utc("2026-11-24T20:22:59Z") + Duration::milliseconds(500);
    show.fire(&cue.id, cue.rev);
    assert_eq!(show.when(&x(), "/q/3"), [utc("2026-11-24T20:23")]);
    let held = show.slack("hold 3m");
    assert!(held.starts_with("Q3 is going out now; held from Q4. Q4 20:35,"), "{held}");
    assert_eq!(show.refused("ask Q3 Something else?"), Refusal::GoingOut(3));
    let paused = show.slack("pause");
    assert!(paused.starts_with("Q3 is going out now; after it no question goes out until"), "{paused}");
}

#[test]
fn next_waits_five_seconds_and_can_be_stopped() {
    let mut show = evening();
    show.at("2026-11-24T20:25");
    let before = dues(&show);
    assert_eq!(show.slack("next"), "Q4 goes out in 5 seconds. [Stop]");
    assert_eq!(show.slack("next"), "Q4 is on its way already: it goes out within 5 seconds.");
    let request = show.last_request() - 1;
    show.undo_of(request).expect("stopped");
    assert_eq!(dues(&show), before);
    show.slack("next");
    let request = show.last_request();
    show.at("2026-11-24T20:25:05Z");
    assert_eq!(show.when(&x(), "/q/4"), [utc("2026-11-24T20:25:05Z")]);
    assert_eq!(show.undo_of(request), Err(Refusal::GoingOut(4)));
    show.at("2026-11-24T20:25:30Z");
    assert_eq!(show.undo_of(request), Err(Refusal::AlreadyAsked(4)));
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "/q/5").len(), 1);
    assert_eq!(show.when(&x(), "/q/6"), [utc("2026-11-24T20:49")]);
}

#[test]
fn a_pause_holds_everything_and_resume_adds_it() {
    let mut show = evening();
    show.at("2026-11-24T20:30");
    show.slack("pause");
    assert_eq!(show.refused("hold"), Refusal::AlreadyPaused);
    assert_eq!(show.refused("next"), Refusal::AlreadyPaused);
    show.at("2026-11-24T20:36");
    let resumed = show.slack("resume");
    assert!(resumed.starts_with("And on we go. Q4 20:38, Q5 20:44, Q6 20:50;"), "{resumed}");
    assert_eq!(show.refused("resume"), Refusal::NotPaused);
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "/q/4"), [utc("2026-11-24T20:38")]);
    assert_eq!(show.when(&x(), "/close").last(), Some(&utc("2026-11-24T21:00")));
}

#[test]
fn undoing_a_hold_or_a_pause_too_late_is_refused() {
    let mut show = evening();
    show.at("2026-11-24T20:31");
    show.slack("hold 10m");
    let hold = show.last_request();
    show.at("2026-11-24T20:33");
    // Q4 would have been due at 20:32.
    assert_eq!(show.undo_of(hold), Err(Refusal::TooLateToUndo));
    show.slack("pause");
    let pause = show.last_request();
    show.at("2026-11-24T20:50");
    assert_eq!(show.undo_of(pause), Err(Refusal::TooLateToUndo));
}

#[test]
fn the_hour_closes_when_paused_too() {
    let mut show = evening();
    show.at("2026-11-24T20:30");
    show.slack("pause");
    show.at("2026-11-24T22:00");
    assert_eq!(show.when(&x(), "T20:00Z/close"), [utc("2026-11-24T21:00")]);
    assert!(show.when(&x(), "/q/4").is_empty());
}

#[test]
fn closing_early_asks_back_and_is_said_once() {
    let mut show = evening();
    show.at("2026-11-24T20:30");
    let asked = show.slack("close");
    assert!(
        asked.starts_with("Close #SMXChat now, 30 minutes early? Three questions have not been asked."),
        "{asked}"
    );
    let id = show.live().expect("live").id.clone();
    show.press(Action::Close(id.clone())).expect("closes");
    assert_eq!(show.refused("hold"), Refusal::NoRoom);
    show.at("2026-11-24T22:00");
    assert_eq!(show.when(&x(), "T20:00Z/close"), [utc("2026-11-24T20:30:02Z")]);
    assert!(show.when(&x(), "/q/4").is_empty());
    assert_eq!(show.press(Action::Close(id)), Err(Refusal::NotLive));
}

#[test]
fn a_question_added_live_when_all_were_asked() {
    let mut show = evening();
    show.at("2026-11-24T20:51");
    let asked = show.slack("ask One more thing?");
    assert!(asked.starts_with("Saved as Q7, Tue 24 Nov 20:54."), "{asked}");
    show.at("2026-11-24T20:52");
    let late = show.slack("ask And another?");
    assert!(
        late.starts_with("Saved as Q8, but the hour has no time left for it by itself. /chat next"),
        "{late}"
    );
    show.at("2026-11-24T20:56");
    assert_eq!(show.slack("next"), "Q8 goes out in 5 seconds. [Stop]");
    show.at("2026-11-24T22:00");
    assert_eq!(show.when(&x(), "/q/7"), [utc("2026-11-24T20:54")]);
    assert_eq!(show.when(&x(), "/q/8"), [utc("2026-11-24T20:56:05Z")]);
}

#[test]
fn a_question_added_in_a_pause_waits_for_its_end() {
    let mut show = evening();
    show.at("2026-11-24T20:51");
    show.slack("pause");
    show.at("2026-11-24T20:53");
    let asked = show.slack("ask One more thing?");
    assert!(asked.starts_with("Saved as Q7. X: 52/280. It waits for /chat resume."), "{asked}");
    show.at("2026-11-24T20:54");
    show.slack("resume");
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "/q/7"), [utc("2026-11-24T20:57")]);
}

#[test]
fn a_text_changed_bumps_nothing() {
    let mut show = evening();
    let before = show.chat.cues.clone();
    show.slack("ask Q3 What about thirty-three?");
    show.slack("topic something else entirely");
    assert_eq!(show.chat.cues, before);
    show.slack("move Q1 Q2");
    assert_ne!(show.chat.cues, before);
}

#[test]
fn moving_dropping_and_taking_it_back() {
    let mut show = evening();
    let before = show.episode("2026-11-24T20:00").clone();
    show.slack("move Q6 Q1");
    let texts = |show: &Show| -> Vec<String> {
        show.episode("2026-11-24T20:00").questions.iter().map(|q| q.text.clone()).collect()
    };
    assert_eq!(texts(&show)[0], "What about six?");
    show.undo().expect("undone");
    show.slack("drop Q2");
    assert_eq!(texts(&show).len(), 5);
    show.undo().expect("undone");
    let after = show.episode("2026-11-24T20:00");
    assert_eq!((&after.questions, &after.topic), (&before.questions, &before.topic));
    // An older change cannot be undone once there is a newer one.
    show.slack("drop Q2");
    let drop = show.last_request();
    show.slack("topic another");
    assert_eq!(show.undo_of(drop), Err(Refusal::CannotUndo));
    assert_eq!(show.refused("move Q1 Q1"), Refusal::Unchanged);
    assert_eq!(show.refused("drop Q9"), Refusal::NoQuestion(9));
}

#[test]
fn the_form_of_all_questions() {
    use chat::Event;
    use chat::command::Command;
    let mut show = evening();
    show.at("2026-11-24T20:15");
    let id = show.live().expect("live").id.clone();
    let submit = |show: &mut Show, values: &[(&str, &str)]| {
        let values: Vec<_> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let asking = show.asking(&crate::sim::maya());
        show.event(&Event::Submitted(asking, Action::Edit(id.clone()), values))
    };
    assert!(matches!(crate::sim::parse("edit"), Command::Edit { .. }));
    let mended = submit(&mut show, &[("q3", "See example.com?"), ("q4", "Fine?")]).expect("complains");
    assert!(words(mended.as_ref()).contains("example.com"), "{mended:?}");
    assert_eq!(show.live().and_then(|e| e.at(4)).map(|q| q.text.as_str()), Some("What about four?"));
    let saved = submit(
        &mut show,
        &[
            ("q2", "Too late?"),
            ("q3", "Third?"),
            ("q4", ""),
            ("q5", "Fifth?"),
            ("q6", "Sixth?"),
            ("new0", "New?"),
        ],
    );
    let saved = words(saved.expect("saved").as_ref());
    assert!(
        saved.starts_with(
            "Saved: six questions. Nothing posted yet.\nQ2 went out while you were typing. To put it right: \
             /chat fix Q2 Too late?\n"
        ),
        "{saved}"
    );
    let texts: Vec<_> = show.live().expect("live").questions.iter().map(|q| q.text.as_str()).collect();
    assert_eq!(texts, ["What about one?", "What about two?", "Third?", "Fifth?", "Sixth?", "New?"]);
    show.at("2026-11-24T22:00");
    assert_eq!(submit(&mut show, &[("q2", "x?")]), Err(Refusal::Over));
}

#[test]
fn fix_edits_the_rooms_and_offers_x_a_correction() {
    use chat::delivery::Work;
    let mut show = evening();
    assert_eq!(show.refused("fix Q1 Other?"), Refusal::NotAskedYet(1));
    show.at("2026-11-24T20:06");
    assert_eq!(show.refused("fix Q2 Other?"), Refusal::NotAskedYet(2));
    assert_eq!(show.refused("ask Q1 Other?"), Refusal::AlreadyAsked(1));
    let fixed = show.slack("fix Q1 What about number one?");
    assert!(fixed.contains("Q1, put right (24 Nov): What about number one?\n\nA1 + #SMXChat"), "{fixed}");
    let edits: Vec<_> = show.said.iter().filter(|s| matches!(s.work, Work::Edit { .. })).collect();
    assert_eq!(edits.len(), 2);
    let id = show.live().expect("live").id.clone();
    show.press(Action::CorrectX(id, QuestionId(1))).expect("goes out");
    assert!(show.said.last().is_some_and(|s| s.to == x() && s.words().starts_with("Q1, put right")));
}

#[test]
fn say_is_confirmed_and_names_the_date_on_x() {
    let mut show = evening();
    show.at("2026-11-24T20:06");
    let asked = show.slack("say Our guest's train is late, so pour another cup!");
    assert!(asked.starts_with("In Discord, Slack and X, now (X: 66/280):"), "{asked}");
    let before = show.said.len();
    let key = format!("request-{}", show.last_request());
    show.press(Action::Say(show.chat.settings.slug.clone(), key)).expect("said");
    let said: Vec<String> = show.said[before..].iter().map(|s| s.words()).collect();
    assert!(
        said.contains(&"Our guest's train is late, so pour another cup! (#SMXChat, 24 Nov)".to_owned()),
        "{said:?}"
    );
    assert!(matches!(show.refused("say Look at example.com"), Refusal::Link(_)));
}

#[test]
fn status_says_where_we_are() {
    let mut show = evening();
    show.at("2026-11-24T20:27");
    show.chat.seen.voices = chat::Voices { spoke: 43, first_time: 9, ..chat::Voices::default() };
    let status = show.slack("status");
    assert_eq!(status, "20:27, Q3 of 6, Q4 at 20:32. 43 spoke, 9 for the first time. X ✓ Discord ✓ Slack ✓.");
    assert!(matches!(show.live().map(|e| e.state), Some(State::Open)));
}

#[test]
fn own_words_with_everything_filled_in() {
    let mut show = evening();
    show.slack("words opening Hello, you lovely lot! {topic}, with {guests}. Again {next}.");
    show.slack("words close Good night, {guests}! See you {next}");
    show.slack("words reminder Soon: {topic}, {next}");
    assert_eq!(show.refused("words opening {nobody}"), Refusal::UnknownPlaceholder("{nobody}".to_owned()));
    show.at("2026-11-24T21:30");
    insta::assert_snapshot!("own_words_on_x", show.transcript(&x(), "2026-11-23T00:00"));
    insta::assert_snapshot!("own_words_on_discord", show.transcript(&discord(), "2026-11-23T00:00"));
}

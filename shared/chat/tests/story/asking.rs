//! Questions in the making: forms that several people have open, and texts that came too late.

use chat::action::Action;
use chat::agenda::Episode;
use chat::name::Person;
use chat::reply::Reply;
use chat::text::Form;
use chat::{Event, Refusal};

use crate::hour::evening;
use crate::sim::{Show, maya, sol, words};

const START: &str = "2026-11-24T20:00";

/// Somebody opens the form of all questions.
fn opened(show: &mut Show, by: &Person) -> Form {
    match show.try_slack_as(by, "edit").expect("opens") {
        Some(Reply::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

/// They change the fields that begin with these keys, leave the others as they were, and save.
fn saved(show: &mut Show, by: &Person, form: &Form, typed: &[(&str, &str)]) -> Result<String, Refusal> {
    let typed_in = |key: &str| {
        let bare = key.split('.').next().unwrap_or(key);
        typed.iter().find(|(k, _)| *k == bare).map(|(_, text)| (*text).to_owned())
    };
    let values =
        form.fields.iter().map(|f| (f.key.clone(), typed_in(&f.key).unwrap_or(f.value.clone()))).collect();
    let asking = show.asking(by);
    let reply = show.event(&Event::Submitted(asking, form.action.clone(), values))?;
    Ok(words(reply.as_ref()))
}

fn texts(episode: &Episode) -> Vec<&str> {
    episode.questions.iter().map(|q| q.text.as_str()).collect()
}

fn two_organisers() -> Show {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show
}

#[test]
fn two_who_edit_at_once_lose_nothing_of_each_other() {
    let mut show = two_organisers();
    let (mayas, sols) = (opened(&mut show, &maya()), opened(&mut show, &sol()));
    saved(&mut show, &maya(), &mayas, &[("q1", "Who are you, and where is home?")]).expect("saved");
    let read = saved(&mut show, &sol(), &sols, &[("q2", "What keeps you here?")]).expect("saved");
    assert!(read.starts_with("Saved: six questions."), "{read}");
    let now = show.episode(START);
    assert_eq!(
        texts(now)[..3],
        ["Who are you, and where is home?", "What keeps you here?", "What about three?"]
    );
}

#[test]
fn where_both_changed_the_same_question_the_first_stands_and_the_other_text_is_given_back() {
    let mut show = two_organisers();
    let (mayas, sols) = (opened(&mut show, &maya()), opened(&mut show, &sol()));
    saved(&mut show, &maya(), &mayas, &[("q1", "Who are you, and where is home?")]).expect("saved");
    let typed = [("q1", "Who are you when nobody asks?"), ("q3", "Why three?")];
    let read = saved(&mut show, &sol(), &sols, &typed).expect("saved");
    assert!(read.starts_with("Saved: six questions."), "{read}");
    assert!(
        read.contains("Q1 was changed while you were typing, and stays: “Who are you, and where is home?”"),
        "{read}"
    );
    assert!(read.contains("/chat ask Q1 Who are you when nobody asks?"), "{read}");
    assert_eq!(texts(show.episode(START))[0], "Who are you, and where is home?");
    assert_eq!(texts(show.episode(START))[2], "Why three?");
}

#[test]
fn a_command_given_while_the_form_is_open_stands() {
    let mut show = evening();
    let form = opened(&mut show, &maya());
    show.slack("ask Q1 Who are you, really?");
    show.slack("ask And seven?");
    saved(&mut show, &maya(), &form, &[("q2", "Two!")]).expect("saved");
    let now = show.episode(START);
    assert_eq!(
        texts(now),
        [
            "Who are you, really?",
            "Two!",
            "What about three?",
            "What about four?",
            "What about five?",
            "What about six?",
            "And seven?"
        ]
    );
    // Emptied by one and rewritten by another: it is not dropped.
    let form = opened(&mut show, &maya());
    show.slack("ask Q2 Two, and a half?");
    let read = saved(&mut show, &maya(), &form, &[("q2", "")]).expect("read");
    assert!(read.contains("Q2 was changed while you were typing, and stays: “Two, and a half?”"), "{read}");
    assert!(read.contains("/chat drop Q2"), "{read}");
}

#[test]
fn words_for_a_question_that_was_dropped_or_went_out_are_given_back() {
    let mut show = evening();
    let form = opened(&mut show, &maya());
    show.slack("drop Q4");
    let read = saved(&mut show, &maya(), &form, &[("q4", "Who kept the list of people?")]).expect("read");
    assert!(read.starts_with("Nothing was saved."), "{read}");
    assert!(
        read.contains(
            "A question was dropped while you were typing. To bring it back: /chat ask Who kept the list"
        ),
        "{read}"
    );
    assert_eq!(show.episode(START).questions.len(), 5);
    show.at("2026-11-24T20:04");
    let form = opened(&mut show, &maya());
    show.at("2026-11-24T20:06");
    let read = saved(&mut show, &maya(), &form, &[("q1", "Who are you tonight?")]).expect("read");
    assert!(
        read.contains(
            "Q1 went out while you were typing. To put it right: /chat fix Q1 Who are you tonight?"
        ),
        "{read}"
    );
    // What nobody touched is no reason to say anything.
    let read = saved(&mut show, &maya(), &form, &[]).expect("read");
    assert!(read.starts_with("Nothing changed."), "{read}");
    assert!(!read.contains("[Undo]"), "{read}");
}

#[test]
fn a_form_of_before_the_fields_knew_what_they_had_said_is_still_taken() {
    let mut show = evening();
    let id = show.episode(START).id.clone();
    let asking = show.asking(&maya());
    let values = vec![("q2".to_owned(), "Two?".to_owned()), ("q3".to_owned(), String::new())];
    show.event(&Event::Submitted(asking, Action::Edit(id), values)).expect("saved");
    assert_eq!(texts(show.episode(START))[..3], ["What about one?", "Two?", "What about four?"]);
}

fn priya() -> Person {
    Person::new(chat::name::Platform::Slack, "T1", "UPRIYA")
}

/// What somebody who steers nothing reads.
fn priya_reads(show: &mut Show, typed: &str) -> String {
    words(show.try_slack_as(&priya(), typed).unwrap_or_else(|r| panic!("{typed}: {r:?}")).as_ref())
}

#[test]
fn just_after_the_opening_members_hear_when_the_first_question_comes() {
    let mut show = evening();
    // Last week there was an hour too.
    show.at("2026-11-24T21:30");
    show.slack("ask What about the second week?");
    show.at("2026-12-01T20:01");
    assert_eq!(priya_reads(&mut show, "questions"), "#SMXChat has just begun: Q1 comes at 20:05.");
    show.slack("pause");
    assert_eq!(priya_reads(&mut show, "questions"), "#SMXChat is on, and no question has been asked yet.");
    let mut floor = Show::everywhere("2026-11-21T12:00");
    floor.at("2026-11-24T20:01");
    assert_eq!(
        priya_reads(&mut floor, "questions"),
        "#SMXChat is on, and the floor is open: no questions, just what you would like to say."
    );
}

#[test]
fn members_who_name_a_date_read_about_that_date() {
    let mut show = evening();
    show.at("2026-11-24T21:30");
    show.slack("ask Something secret? on 8 Dec");
    assert_eq!(
        priya_reads(&mut show, "questions on 8 Dec"),
        "Tue 8 Dec, 20:00 London is still to come. Its questions are asked one by one, in the hour."
    );
    show.at("2026-12-01T22:00");
    // The latest was an open floor, and is not what was asked for.
    let asked = priya_reads(&mut show, "questions on 24 Nov");
    assert!(asked.starts_with("Asked Tue 24 Nov:\nQ1. What about one?"), "{asked}");
    assert_eq!(priya_reads(&mut show, "questions on 1 Dec"), "No question was asked on Tue 1 Dec.");
}

#[test]
fn organisers_read_an_hour_that_is_over() {
    let mut show = evening();
    show.at("2026-11-24T20:30");
    show.slack("pause");
    show.at("2026-11-24T21:30");
    for typed in ["questions on 24 Nov", "questions on today", "questions on Tuesday"] {
        let read = show.slack(typed);
        assert!(
            read.starts_with("Tue 24 Nov 20:00: communities that outlive their platform\nQ1 ✓ 20:05"),
            "{read}"
        );
        assert!(read.contains("Q4, not asked  What about four?") && !read.contains("[Edit]"), "{read}");
    }
    show.at("2026-11-26T12:00");
    assert!(show.slack("questions on 24 Nov").contains("Q1 ✓ 20:05"));
    // A weekday is the coming one, as everywhere.
    assert!(show.slack("questions on Tuesday").starts_with("Tue 1 Dec 20:00"));
    // Long ago it is looked up.
    let past = show.chat.episodes.iter().find(|e| e.starts < show.now).cloned().expect("that hour");
    show.at("2027-03-01T12:00");
    assert!(matches!(show.refused("questions on 24 Nov"), Refusal::NoEpisodeOn(_)));
    show.chat.seen.past = vec![past];
    assert!(show.slack("questions on 24 Nov").starts_with("Tue 24 Nov 20:00: communities"));
}

#[test]
fn after_a_missed_hour_its_questions_are_where_the_desk_says() {
    let mut show = evening();
    show.outage("2026-11-25T09:00");
    show.until(show.now);
    let desk = chat::name::Place::new(chat::name::Platform::Slack, "T1", "CDESK");
    let told = show.transcript(&desk, "2026-11-25T00:00");
    assert!(told.contains("Its questions are kept: /chat questions on 24 Nov"), "{told}");
    assert!(show.slack("questions on 24 Nov").contains("Q1, not asked  What about one?"));
}

#[test]
fn of_a_missed_hour_without_questions_none_are_said_to_be_kept() {
    let mut show = evening();
    for _ in 0..6 {
        show.slack("drop Q1");
    }
    show.outage("2026-11-25T09:00");
    show.until(show.now);
    let desk = chat::name::Place::new(chat::name::Platform::Slack, "T1", "CDESK");
    let told = show.transcript(&desk, "2026-11-25T00:00");
    assert!(told.contains("I was away for the whole hour"), "{told}");
    assert!(!told.contains("questions are kept"), "{told}");
}

#[test]
fn a_hold_that_would_push_questions_out_of_the_hour_is_refused_with_what_fits() {
    let mut show = evening();
    show.at("2026-11-24T20:01");
    let before = show.live().cloned();
    let refused = show.refused("hold 40m");
    assert_eq!(show.live().cloned(), before);
    let read = |show: &Show, r: &Refusal| {
        chat::copy::refusal::refusal(r, Some(&show.chat.settings), show.now).words()
    };
    assert_eq!(
        read(&show, &refused),
        "Held for 40 minutes, Q3, Q4, Q5 and Q6 would find no room before the close at 21:00. 25m fits; or \
         drop one first: /chat drop Q6, or close later: /chat extend 40m"
    );
    show.slack("hold 25m");
    assert!(show.live().is_some_and(|e| e.questions.iter().all(|q| q.due.is_some())));
    let refused = show.refused("hold 1m");
    assert_eq!(
        read(&show, &refused),
        "Held for 1 minute, Q6 would find no room before the close at 21:00. Drop one first: /chat drop Q6, or \
         close later: /chat extend 1m"
    );
    show.slack("drop Q6");
    show.slack("hold 4m");
    // The last one alone takes nobody's place.
    show.at("2026-11-24T20:51");
    show.slack("ask And the very last?");
    show.slack("hold 2m");
}

#[test]
fn what_has_no_room_is_said_once() {
    let mut show = evening();
    for n in 7..=14 {
        show.slack(&format!("ask What about {n}?"));
    }
    show.at("2026-11-24T20:01");
    show.slack("pause");
    let resumed = show.slack("resume");
    assert!(resumed.contains("Q12 20:49; no room left for Q13 and Q14; close stays 21:00."), "{resumed}");
}

#[test]
fn a_topic_and_own_words_are_taken_back_by_the_words_people_try() {
    let mut show = evening();
    for typed in ["topic none", "topic Remove", "topic -"] {
        show.slack("topic Something");
        assert_eq!(show.slack(typed), "Tue 24 Nov has no topic now. [Undo]", "{typed}");
        assert_eq!(show.episode(START).topic, None);
    }
    assert_eq!(show.refused("topic none"), Refusal::Unchanged);
    for typed in ["words close default", "words close None", "words close usual"] {
        show.slack("words close Good night! {next}");
        assert_eq!(show.slack(typed), "The close is the usual one again. [Undo]", "{typed}");
    }
}

#[test]
fn nothing_visible_is_nothing() {
    let mut show = evening();
    let missing = |typed: &str| chat::command::parse(typed, &[]).expect_err("nothing was said");
    for typed in
        ["ask \u{200B}", "ask Q2 \u{2060}\u{FEFF}", "topic \u{200B}", "say \u{3164}", "fix Q1 \u{AD}"]
    {
        assert!(matches!(missing(typed), chat::command::Misread::Missing { .. }), "{typed:?}");
    }
    let form = opened(&mut show, &maya());
    let read = saved(&mut show, &maya(), &form, &[("new0", "\u{200B}"), ("q6", " \u{200B}")]).expect("saved");
    assert!(read.starts_with("Saved: five questions."), "{read}");
}

#[test]
fn an_undo_says_what_is_now() {
    let mut show = evening();
    let undone = |show: &mut Show| words(show.undo().expect("undone").as_ref());
    show.slack("topic another");
    assert_eq!(undone(&mut show), "Undone: the topic. Tue 24 Nov: communities that outlive their platform.");
    show.slack("topic First of all on 1 Dec");
    assert_eq!(undone(&mut show), "Undone: the topic. Tue 1 Dec has no topic.");
    show.slack("guest Wanjiru Kamau, Nairobi");
    assert_eq!(undone(&mut show), "Undone: the guest. Tue 24 Nov, with Amina Okoth.");
    show.slack("guest remove Amina Okoth");
    let removal = show.last_request();
    show.undo_of(removal).expect("undone");
    show.slack("guest Sol, London on 1 Dec");
    assert_eq!(undone(&mut show), "Undone: the guest. Tue 1 Dec has no guest.");
    show.slack("ask Only one? on 1 Dec");
    assert_eq!(undone(&mut show), "Undone: Q1. Tue 1 Dec has no question.");
    show.slack("ask And seven?");
    assert!(undone(&mut show).starts_with("Undone: Q7.\nQ1 20:05"), "the list of those that are left");
    show.slack("reschedule 24 Nov to 26 Nov");
    assert_eq!(undone(&mut show), "Undone: the move. It is Tue 24 Nov 20:00 again.");
    show.at("2026-11-24T20:30");
    show.slack("pause");
    show.at("2026-11-24T20:31");
    show.slack("resume");
    assert!(undone(&mut show).starts_with("Undone: the resume. The hour is paused again.\n"));
}

#[test]
fn fix_and_move_refuse_with_what_was_meant() {
    let mut show = evening();
    let read = |show: &mut Show, typed: &str| {
        let refused = show.refused(typed);
        chat::copy::refusal::refusal(&refused, Some(&show.chat.settings), show.now).words()
    };
    let early = read(&mut show, "fix Q1 Who are you tonight?");
    assert_eq!(early, "Q1 has not been asked yet, so simply change it: /chat ask Q1 …");
    assert_eq!(show.refused("fix Q9 Who are you tonight?"), Refusal::NoQuestion(9));
    show.at("2026-11-24T20:15");
    assert_eq!(
        read(&mut show, "move Q3 Q1"),
        "Q1 has been asked, so nothing can come before it. Q3 is the next one already; /chat next asks it now."
    );
    assert_eq!(
        read(&mut show, "move Q5 Q1"),
        "Q1 has been asked, so nothing can come before it. To make Q5 the next one: /chat move Q5 Q3"
    );
    assert_eq!(read(&mut show, "move Q2 Q5"), "Q2 has been asked, and stays where it was.");
    // The day after, last night's questions can still be put right; a week later the coming ones are meant.
    show.at("2026-11-25T12:00");
    show.slack("ask What about the week after?");
    assert!(show.slack("fix Q1 Who were you last night?").starts_with("Q1 is put right"));
    show.at("2026-11-28T12:00");
    assert_eq!(show.refused("fix Q1 Who are you tonight?"), Refusal::NotAskedYet(1));
}

#[test]
fn a_guest_gets_a_note_that_fits_into_any_mail() {
    let mut show = evening();
    show.slack("guest remove Amina Okoth");
    assert_eq!(show.slack("brief"), "Nobody is invited for Tue 24 Nov yet. First: /chat guest NAME, CITY");
    show.slack("guest Sol Rivera, London");
    show.slack("guest Amina Okoth, Auckland, runs the city's oldest book club, @aminareads");
    assert_eq!(show.refused("brief Ada"), Refusal::NoGuest("Ada".to_owned()));
    let both = show.slack("brief");
    assert!(both.contains("A note for Sol Rivera") && both.contains("A note for Amina Okoth"), "{both}");
    // In Auckland it is the morning after; who is asked by a first name is found.
    insta::assert_snapshot!("a_note_for_a_guest", show.slack("brief amina"));
    insta::assert_snapshot!("a_note_for_a_guest_around_the_corner", show.slack("brief Sol Rivera"));
}

#[test]
fn a_guest_invited_again_keeps_what_was_not_said_anew() {
    let mut show = evening();
    show.slack("guest Amina Okoth, Nairobi, runs the oldest book club, @aminareads");
    let again = show.slack("guest Amina Okoth, Mombasa");
    assert_eq!(
        again,
        "Amina Okoth joins Tue 24 Nov, 23:00 in Mombasa. The rooms will read of them: “runs the oldest book club”. \
         Announcements on X mention @aminareads, as they agreed. A note to send: /chat brief [Undo]"
    );
    let guest = show.episode(START).guests[0].clone();
    assert_eq!(guest.line.as_deref(), Some("runs the oldest book club"));
    assert_eq!(guest.handle.as_deref(), Some("aminareads"));
    let mention = chat::command::parse("guest <@USOL|sol>, London", &[]).expect_err("no name");
    assert_eq!(
        chat::copy::misread::misread(&mention).words(),
        "Guests are introduced to everyone by name, so write it as it should be read, not as @sol. For example \
         /chat guest Amina Okoth, Nairobi"
    );
}

fn desk() -> chat::name::Place {
    chat::name::Place::new(chat::name::Platform::Slack, "T1", "CDESK")
}

/// What the desk was told since then, in the order in which it is sent: by instant, then by name.
fn told(show: &Show, since: usize) -> Vec<String> {
    let mut told: Vec<_> = show.said[since..].iter().filter(|s| s.to == desk()).rev().collect();
    // The request's own name at the end is a hash in life, and orders nothing.
    told.sort_by_key(|s| (s.at, s.what().rsplit_once('/').map(|(name, _)| name.to_owned())));
    told.iter().map(|s| s.words()).collect()
}

#[test]
fn the_desk_reads_what_was_done_for_which_date_and_in_order() {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    let since = show.said.len();
    for typed in [
        "ask What about seven?",
        "ask Q7 What about the seventh?",
        "move Q7 Q1",
        "drop Q1",
        "ask What is new? on 1 Dec",
        "topic none",
        "set length 90m",
        "set cadence every 8m",
        "set reminders 2h",
        "set cities none",
        "set discord threads",
        "set title The Hour",
        "set role none",
        "connect discord",
    ] {
        show.slack(typed);
    }
    let form = opened(&mut show, &maya());
    saved(&mut show, &maya(), &form, &[("q1", "One!")]).expect("saved");
    show.undo().expect("undone");
    show.slack("set time every Tuesday 9pm London");
    insta::assert_snapshot!("desk", told(&show, since).join("\n"));
}

#[test]
fn where_the_desk_is_a_room_too_no_question_is_told_before_its_time() {
    let mut show = evening();
    show.slack("set desk <#C1|smxchat>");
    let since = show.said.len();
    show.slack("ask What about a secret?");
    let form = opened(&mut show, &maya());
    saved(&mut show, &maya(), &form, &[("q1", "Another secret?")]).expect("saved");
    show.slack("ask Q2 A secret?");
    show.slack("drop Q3");
    for said in &show.said[since..] {
        assert!(!said.words().contains("secret") && !said.words().contains("three"), "{}", said.words());
    }
}

#[test]
fn what_did_not_get_through_is_quoted() {
    let mut show = evening();
    show.at("2026-11-24T20:06");
    show.slack("say Tea break!");
    let say = Action::Say(show.chat.settings.slug.clone(), format!("request-{}", show.last_request()));
    let decision = {
        let asking = show.asking(&maya());
        show.chat.seen.kept = Some(chat::Kept {
            id: format!("request-{}", show.last_request() - 1),
            text: "Tea break!".to_owned(),
            until: show.now + chrono::Duration::minutes(1),
        });
        chat::decide(&show.chat, &Event::Pressed(asking, say), show.now).expect("said")
    };
    let on_x = decision.effects.iter().find(|d| d.to == crate::sim::x()).expect("on X");
    let notes = chat::steer::failure_notes(&show.chat.settings, on_x, "they refused it", show.now);
    let note = notes.iter().find_map(|n| match &n.work {
        chat::delivery::Work::Announce(message) => Some(message.text.words()),
        _ => None,
    });
    assert_eq!(
        note.as_deref(),
        Some(
            "What you said (“Tea break! (#SMXChat, 24 Nov)”) did not make it to X (@SMXChat), and I won't try \
             again: they refused it. The other rooms are not affected."
        )
    );
}

#[test]
fn what_was_said_at_once_can_still_be_taken_back() {
    let mut show = evening();
    show.slack("skip 1 Dec");
    let id = show.episode("2026-12-01T20:00").id.clone();
    let saying = words(show.press(Action::AnnounceNow(id)).expect("says so").as_ref());
    assert_eq!(saying, "Saying so now, in every room. To have it after all: /chat add 1 Dec");
    show.until(show.now + chrono::Duration::minutes(1));
    show.slack("add 1 Dec");
    show.slack("reschedule 24 Nov to 26 Nov");
    let id = show.episode(START).id.clone();
    let saying = words(show.press(Action::AnnounceNow(id)).expect("says so").as_ref());
    assert_eq!(
        saying,
        "Saying so now, in every room. To move it back: /chat reschedule 26 Nov to 24 Nov 20:00"
    );
    show.until(show.now + chrono::Duration::minutes(1));
    show.slack("reschedule 26 Nov to 24 Nov 20:00");
    assert_eq!(show.episode(START).starts, crate::sim::utc(START));
}

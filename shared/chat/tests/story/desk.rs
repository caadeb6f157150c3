//! The desk during the hour: buttons that do what they said or nothing, an hour that gets longer, a question in
//! reserve.

use chat::Refusal;
use chat::action::Action;
use chat::agenda::Episode;
use chat::delivery::Work;
use chat::desk::{Phase, Press, View, phase};
use chat::name::Place;
use chat::reply::Reply;
use chat::settings::Settings;
use chrono::Duration;

use crate::hour::evening;
use crate::sim::{Show, discord, slack, sol, utc, words, x};

const HOUR: &str = "2026-11-24T20:00";

fn desk_of(show: &Show) -> Place {
    show.chat.settings.desk.clone().expect("a desk")
}

/// The living message as the sim's hour has it now, in the view that the host makes of it.
pub(crate) fn view(show: &Show) -> View<'_> {
    let settings = &show.chat.settings;
    let episode = show.episode(HOUR);
    let begun = show.said.iter().rev().find(|s| s.work == Work::Desk(episode.id.clone()));
    let place = desk_of(show);
    let phase = begun.map_or(Phase::Before, |s| phase(settings, episode, &s.id, &place, show.now));
    let (voices, lately, account, radar) = (chat::Voices::default(), None, None, None);
    View { settings, episode, phase, voices, lately, account, radar, now: show.now }
}

/// What its buttons mean.
pub(crate) fn presses(show: &Show) -> Vec<Action> {
    view(show).message().buttons.into_iter().map(|b| b.action).collect()
}

fn read(show: &Show) -> String {
    words(Some(&Reply::Said(view(show).message())))
}

fn button(show: &Show, label: &str) -> Action {
    let buttons = view(show).message().buttons;
    let found = buttons.iter().find(|b| b.label == label);
    found.unwrap_or_else(|| panic!("no {label} among {buttons:?}")).action.clone()
}

fn press(show: &mut Show, action: &Action) -> Result<String, Refusal> {
    show.press(action.clone()).map(|reply| words(reply.as_ref()))
}

fn at(show: &mut Show, time: &str) {
    show.at(&format!("2026-11-24T{time}"));
}

fn dues(episode: &Episode) -> String {
    let due = |at: chrono::DateTime<chrono::Utc>| at.format("%H:%M").to_string();
    let all = episode.questions.iter().map(|q| q.asked.or(q.due).map_or("-".to_owned(), due));
    all.collect::<Vec<_>>().join(" ")
}

#[test]
fn one_message_begins_at_the_doors_and_another_where_the_desk_goes() {
    let mut show = evening();
    at(&mut show, "20:30");
    let begun = |show: &Show| -> Vec<String> {
        let desks = show.said.iter().filter(|s| matches!(s.work, Work::Desk(_)));
        desks.map(|s| format!("{} {}", s.at.format("%H:%M:%S"), s.id)).collect()
    };
    let first = "19:50:00 smxchat/2026-11-24T20:00Z/desk/@2026-11-24T20:00Z>slack:T1:CDESK";
    assert_eq!(begun(&show), [first]);
    show.slack("set desk <#COTHER|other>");
    let second = "20:30:00 smxchat/2026-11-24T20:00Z/desk/@2026-11-24T20:00Z>slack:T1:COTHER";
    assert_eq!(begun(&show), [first, second]);
    // An hour that is added while its doors would be open has it at once.
    let mut show = evening();
    show.outage("2026-11-24T19:00");
    show.slack("add 24 Nov at 19:40");
    at(&mut show, "19:45");
    let late = "19:30:00 smxchat/2026-11-24T19:40Z/desk/@2026-11-24T19:40Z>slack:T1:CDESK";
    assert_eq!(begun(&show).iter().filter(|s| s.contains("19:40Z/desk")).collect::<Vec<_>>(), [late]);
}

#[test]
fn a_button_pressed_twice_does_it_once() {
    let mut show = evening();
    at(&mut show, "20:24");
    let (next, hold) = (button(&show, "Ask Q4 now"), button(&show, "Hold 3 min"));
    let (skip, longer) = (button(&show, "Leave out Q4"), button(&show, "5 min longer"));
    assert_eq!(
        press(&mut show, &hold).expect("held"),
        "Held. Q4 20:35, Q5 20:42, Q6 20:49; close stays 21:00. [Undo] [Close 21:03 instead]"
    );
    let on = |n, due: &str, close: &str| Refusal::MovedOn {
        next: Some((n, Some(utc(&format!("2026-11-24T{due}"))))),
        close: utc(&format!("2026-11-24T{close}")),
        paused: false,
    };
    assert_eq!(press(&mut show, &hold), Err(on(4, "20:35", "21:00")));
    press(&mut show, &longer).expect("longer");
    assert_eq!(press(&mut show, &longer), Err(on(4, "20:35", "21:05")));
    // The question that the button named is still the next: asked once, whatever happened beside.
    press(&mut show, &next).expect("asked");
    assert_eq!(
        press(&mut show, &next).expect("said"),
        "Q4 is on its way already: it goes out within 5 seconds."
    );
    at(&mut show, "20:24:10");
    assert_eq!(press(&mut show, &next), Err(Refusal::AlreadyAsked(4)));
    assert_eq!(press(&mut show, &skip), Err(Refusal::AlreadyAsked(4)));
    let skip = button(&show, "Leave out Q5");
    press(&mut show, &skip).expect("left out");
    let five = show.episode(HOUR).upcoming().and_then(|(_, q)| q.due).expect("a time");
    let left =
        Refusal::MovedOn { next: Some((5, Some(five))), close: utc("2026-11-24T21:05"), paused: false };
    assert_eq!(press(&mut show, &skip), Err(left));
    assert_eq!(show.episode(HOUR).questions.len(), 5, "one was left out");
}

#[test]
fn every_button_says_when_the_hour_is_over() {
    let mut show = evening();
    show.slack("spare And if all fails?");
    at(&mut show, "20:24");
    let all = presses(&show);
    assert_eq!(all.len(), 6, "{all:?}");
    at(&mut show, "21:01");
    let before = show.chat.clone();
    for action in &all {
        assert_eq!(press(&mut show, action), Err(Refusal::Over), "{action}");
    }
    assert_eq!(show.chat, before);
    assert_eq!(presses(&show), []);
}

#[test]
fn who_steers_nothing_changes_nothing_and_moderators_may_hold() {
    let mut show = evening();
    show.slack("spare And if all fails?");
    at(&mut show, "20:24");
    let before = show.chat.clone();
    for action in presses(&show) {
        assert_eq!(show.press_as(&sol(), action.clone()), Err(Refusal::NotOrganiser), "{action}");
    }
    assert_eq!(show.chat, before);
    show.slack("moderator add <@USOL|sol>");
    for action in presses(&show) {
        let held = matches!(action, Action::Desk(_, Press::Hold(..)));
        let answer = show.press_as(&sol(), action.clone()).map(|reply| words(reply.as_ref()));
        match answer {
            // To move the close is not theirs, so it is not offered.
            Ok(said) if held => {
                assert_eq!(said, "Held. Q4 20:35, Q5 20:42, Q6 20:49; close stays 21:00. [Undo]")
            }
            other => assert_eq!(other, Err(Refusal::Moderates), "{action}"),
        }
    }
}

#[test]
fn a_hold_keeps_the_close_or_moves_it() {
    let mut show = evening();
    at(&mut show, "20:24");
    let reply = show.try_slack("hold 3m").expect("held");
    let Some(Reply::Said(message)) = reply else { panic!("{reply:?}") };
    let later =
        message.buttons.iter().find(|b| b.label == "Close 21:03 instead").expect("offered").action.clone();
    assert_eq!(dues(show.episode(HOUR)), "20:05 20:14 20:23 20:35 20:42 20:49");
    let said = press(&mut show, &later).expect("moved");
    assert_eq!(
        said,
        "A little longer, then. Q4 20:35, Q5 20:44, Q6 20:53; close 21:03. I'll say so in the rooms at 21:00, when \
         they expect the close. [Undo]"
    );
    assert!(matches!(press(&mut show, &later), Err(Refusal::MovedOn { .. })));
    at(&mut show, "21:10");
    assert_eq!(show.when(&x(), "/close"), [utc("2026-11-24T21:03")]);
}

#[test]
fn the_rooms_hear_once_that_it_goes_on() {
    let mut show = evening();
    at(&mut show, "20:30");
    let first = show.slack("extend");
    assert!(first.contains("close 21:05. I'll say so in the rooms at 21:00"), "{first}");
    show.slack("extend 10m");
    at(&mut show, "21:01");
    // Told already: nothing more to say in the rooms.
    let again = show.slack("extend 3m");
    assert!(again.contains("close 21:18.") && !again.contains("I'll say so"), "{again}");
    at(&mut show, "21:30");
    assert_eq!(show.when(&x(), "/longer"), [utc("2026-11-24T21:00")]);
    assert_eq!(show.when(&x(), "/close"), [utc("2026-11-24T21:18")]);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}\n{first}\n{again}",
        show.heard(&x(), "2026-11-24T20:59").join("\n"),
        show.heard(&slack(), "2026-11-24T20:59").join("\n"),
        show.heard(&discord(), "2026-11-24T20:59").join("\n"),
    ));
}

#[test]
fn a_longer_hour_is_taken_back_before_anybody_heard_of_it() {
    let mut show = evening();
    at(&mut show, "20:30");
    let before = dues(show.episode(HOUR));
    show.slack("extend 10m");
    assert_ne!(dues(show.episode(HOUR)), before, "what is left spreads over it");
    let undone = show.undo().map(|reply| words(reply.as_ref())).expect("undone");
    assert!(undone.starts_with("Undone: the longer hour."), "{undone}");
    assert_eq!(dues(show.episode(HOUR)), before);
    at(&mut show, "21:10");
    assert!(show.when(&x(), "/longer").is_empty());
    assert_eq!(show.when(&x(), "/close"), [utc("2026-11-24T21:00")]);

    // Past the first end it would close at once, which nobody means by that.
    let mut show = evening();
    at(&mut show, "20:55");
    show.slack("extend 10m");
    let request = show.last_request();
    at(&mut show, "21:02");
    assert_eq!(show.undo_of(request).err(), Some(Refusal::TooLateToUndo));
    at(&mut show, "21:20");
    assert_eq!(show.when(&x(), "/close"), [utc("2026-11-24T21:10")]);
}

#[test]
fn an_hour_does_not_run_into_the_next() {
    let mut show = evening();
    show.slack("add 24 Nov at 21:30");
    at(&mut show, "20:30");
    assert_eq!(show.refused("extend 31m"), Refusal::IntoNext(utc("2026-11-24T21:30")));
    assert!(show.slack("extend 30m").contains("close 21:30"));
}

#[test]
fn a_spare_question_takes_a_number_and_gives_it_back() {
    let mut show = evening();
    assert_eq!(
        show.slack("spare What made you smile this week?"),
        "Kept in reserve for Tue 24 Nov. X: 67/280. Nobody sees it. During the hour /chat swap asks it in the place of \
         the next one. [Undo]"
    );
    assert_eq!(show.episode(HOUR).questions.len(), 6, "it has no number");
    assert!(show.slack("questions").ends_with("In reserve  What made you smile this week? [Edit]"));
    assert!(show.slack("preview").contains("In reserve  What made you smile this week?"));
    assert_eq!(show.refused("swap"), Refusal::NotLive);
    at(&mut show, "20:24");
    let swap = button(&show, "Spare for Q4");
    assert_eq!(
        press(&mut show, &swap).expect("swapped"),
        "Q4 is now “What made you smile this week?”, 20:32. In reserve instead: “What about four?” [Undo]"
    );
    assert!(matches!(press(&mut show, &swap), Err(Refusal::MovedOn { .. })), "once");
    at(&mut show, "20:33");
    // Nothing is lost: it can be asked after all.
    assert_eq!(
        show.slack("swap"),
        "Q5 is now “What about four?”, 20:41. In reserve instead: “What about five?” [Undo]"
    );
    at(&mut show, "21:01");
    let asked: Vec<String> = show
        .said
        .iter()
        .filter(|s| s.to == discord() && s.what().contains("20:00Z/q/"))
        .map(|s| s.words())
        .collect();
    assert_eq!(
        asked,
        [
            "Q1. What about one?",
            "Q2. What about two?",
            "Q3. What about three?",
            "Q4. What made you smile this week?",
            "Q5. What about four?",
            "Q6. What about six?",
        ]
    );
}

#[test]
fn spare_questions_are_weighed_and_taken_away() {
    let mut show = evening();
    assert_eq!(show.refused("spare none"), Refusal::NoSpare);
    assert!(matches!(show.refused("spare See Booking.com?"), Refusal::Link(_)));
    let long = "word ".repeat(60);
    assert!(matches!(show.refused(&format!("spare {long}")), Refusal::TooLong { .. }));
    let nearly = show.slack("spare What about two?");
    assert!(nearly.contains("Q2"), "{nearly}");
    show.slack("spare What made you smile this week?");
    let gone = show.slack("spare none");
    assert_eq!(
        gone,
        "Tue 24 Nov has nothing in reserve now. It was:\n“What about two?”\n“What made you smile this week?” [Undo]"
    );
    show.undo().expect("undone");
    assert_eq!(show.episode(HOUR).spares.len(), 2);
    at(&mut show, "20:24");
    show.slack("spare none");
    assert_eq!(show.refused("swap"), Refusal::NoSpare);
}

#[test]
fn the_message_says_how_the_hour_stands() {
    let mut show = evening();
    show.slack("spare And if all fails?");
    let mut all = Vec::new();
    for time in ["19:51", "20:00:30", "20:14:10"] {
        at(&mut show, time);
        all.push(read(&show));
    }
    show.slack("hold 3m");
    all.push(read(&show));
    show.slack("extend");
    all.push(read(&show));
    show.slack("swap");
    all.push(read(&show));
    show.slack("pause");
    all.push(read(&show));
    at(&mut show, "20:17");
    show.slack("resume");
    all.push(read(&show));
    at(&mut show, "21:04:30");
    all.push(read(&show));
    at(&mut show, "21:06");
    all.push(read(&show));
    insta::assert_snapshot!(all.join("\n\n"));
    // No words of a question before its time, nor of what is in reserve.
    for secret in ["What about four", "And if all"] {
        assert!(!all[..3].iter().any(|read| read.contains(secret)), "{secret}");
    }
    assert!(view(&show).phase == Phase::Over && !view(&show).ends());
    show.now += Settings::DOORS_LATE + Duration::seconds(1);
    assert!(view(&show).ends(), "late comers are still counted until the doors close");
}

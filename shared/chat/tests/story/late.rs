//! What comes late, doubled or in the wrong order.

use chat::Event;
use chat::agenda::State;
use chat::cue::{CueState, Kind};
use chat::delivery::Work;
use chat::name::QuestionId;
use chrono::Duration;

use crate::hour::evening;
use crate::sim::{Show, discord, slack, utc, x};

const START: &str = "2026-11-24T20:00";

fn reminder(before: i64) -> Kind {
    Kind::Reminder { before, start: utc(START) }
}

fn desk(show: &Show) -> Vec<String> {
    show.said
        .iter()
        .filter(|s| s.to.channel == "CDESK" && s.what().contains("/desk/") && s.message().is_some())
        // Who is on is no news here.
        .filter(|s| !s.what().contains("/guest/"))
        .map(|s| s.words())
        .collect()
}

#[test]
fn a_reminder_whose_moment_has_passed_is_dropped_and_organisers_are_told() {
    let mut show = evening();
    show.at("2026-11-23T19:00");
    show.outage("2026-11-23T21:30");
    show.until(show.now);
    assert!(show.when(&x(), "reminder/1440m@2026-11-24T20:00Z").is_empty());
    assert_eq!(show.cue(START, &reminder(1440)).map(|c| c.state), Some(CueState::TooLate));
    assert_eq!(
        desk(&show),
        [
            "I was away when people should have been reminded of #SMXChat, Tue 24 Nov 20:00, 24 hours before it starts, and \
          it is too late for those words now. To tell them in yours: /chat say …"
        ]
    );
    assert_eq!(show.episode(START).reminded, None);
}

#[test]
fn a_reminder_a_little_late_says_how_much_is_left() {
    let mut show = evening();
    show.at("2026-11-24T19:49");
    show.outage("2026-11-24T19:53");
    show.until(show.now);
    assert!(desk(&show).last().is_some_and(|w| w.contains("10 minutes before")));
    let mut show = evening();
    show.at("2026-11-24T19:49");
    show.outage("2026-11-24T19:52");
    // Two minutes are within the grace of two and a half.
    assert!(show.when(&x(), "reminder/10m@2026-11-24T20:00Z").is_empty());
    show.until(show.now);
    assert_eq!(show.when(&x(), "reminder/10m@2026-11-24T20:00Z"), [utc("2026-11-24T19:52")]);
    assert!(show.transcript(&slack(), "2026-11-24T19:52").contains("We start here in 8 minutes"));
}

#[test]
fn a_reminder_waiting_for_a_room_expires() {
    let mut show = evening();
    show.at("2026-11-23T19:59");
    let (_, id, rev) = show.due().into_iter().find(|(_, id, _)| id.kind == reminder(1440)).expect("waits");
    let now = utc("2026-11-23T20:00");
    let decision = chat::decide(&show.chat, &Event::CueDue(id, rev), now).expect("fires");
    let expiry: Vec<_> = decision.effects.iter().map(|d| d.expires).collect();
    assert_eq!(expiry, [Some(now + Duration::hours(1)); 3]);
}

#[test]
fn a_question_up_to_five_minutes_late_is_asked_and_the_rest_move() {
    let mut show = evening();
    show.at("2026-11-24T20:13");
    show.outage("2026-11-24T20:18:30Z");
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "/q/2"), [utc("2026-11-24T20:18:30Z")]);
    // 20:23 + 4½ minutes; what follows is spread over what is left and nothing comes before its old time.
    let times: Vec<String> = (3..=6)
        .flat_map(|n| show.when(&x(), &format!("/q/{n}")))
        .map(|at| at.format("%H:%M:%S").to_string())
        .collect();
    assert_eq!(times, ["20:27:30", "20:34:00", "20:41:00", "20:50:00"]);
    assert_eq!(show.when(&x(), "T20:00Z/close"), [utc("2026-11-24T21:00")]);
}

#[test]
fn later_than_that_the_hour_pauses_and_asks() {
    let mut show = evening();
    show.at("2026-11-24T20:13");
    show.outage("2026-11-24T20:20");
    show.at("2026-11-24T20:30");
    assert!(show.when(&x(), "/q/2").is_empty());
    assert!(matches!(show.live().map(|e| e.state), Some(State::Paused { .. })));
    assert_eq!(
        desk(&show),
        [
            "It is 20:20, and I could not ask Q2 of #SMXChat, due 20:14: I was away too long, and I would rather not drop it \
          into the middle of something. The hour is paused. /chat resume goes on from here, /chat close ends it."
        ]
    );
    let resumed = show.slack("resume");
    assert!(resumed.starts_with("And on we go. Q2 20:30, "), "{resumed}");
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "/q/2"), [utc("2026-11-24T20:30:10Z")]);
    assert_eq!(show.when(&x(), "/q/6").len(), 1);
    // Once more too late: told once more.
    let mut show = evening();
    show.at("2026-11-24T20:13");
    show.outage("2026-11-24T20:20");
    show.until(show.now);
    show.slack("resume");
    show.outage("2026-11-24T20:30");
    show.until(show.now);
    assert_eq!(desk(&show).len(), 2);
}

#[test]
fn away_for_the_whole_hour() {
    let mut show = evening();
    show.at("2026-11-24T19:55");
    show.outage("2026-11-24T21:10");
    show.at("2026-11-24T21:11");
    assert!(show.when(&x(), "T20:00Z/open").is_empty());
    assert!(!show.said.iter().any(|s| s.what().contains("T20:00Z/q/")));
    assert_eq!(show.when(&x(), "T20:00Z/close").len(), 1);
    assert!(desk(&show).last().is_some_and(|w| w.contains("it was never opened and no question was asked")));
    assert!(matches!(show.episode(START).state, State::Closed { .. }));
    // Nobody is thanked for an hour that was not.
    for place in [x(), discord(), slack()] {
        let last = show.heard(&place, "2026-11-24T21:00").pop().expect("they hear of it");
        assert!(last.contains("did not open") && last.contains("1 Dec"), "{last}");
    }
}

#[test]
fn a_late_nudge_tells_what_time_is_left() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.at("2026-11-23T18:00");
    show.outage("2026-11-24T18:20");
    show.at("2026-11-24T18:25");
    let told: Vec<String> = desk(&show).into_iter().filter(|w| w.contains("no question yet")).collect();
    // Both were due by then, and say the same: it is said once.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("in 1 hour 40 minutes"), "{told:?}");
}

#[test]
fn away_at_the_start_the_hour_opens_late() {
    let mut show = evening();
    show.at("2026-11-24T19:55");
    show.outage("2026-11-24T20:07");
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "T20:00Z/open"), [utc("2026-11-24T20:07")]);
    let q1 = show.when(&x(), "/q/1");
    assert_eq!(q1, [utc("2026-11-24T20:07")]);
    assert_eq!(show.when(&x(), "/q/6"), [utc("2026-11-24T20:50")]);
}

#[test]
fn a_question_that_comes_before_the_opening_opens_the_hour() {
    let mut show = evening();
    show.at("2026-11-24T19:59");
    let question = show.cue(START, &Kind::Question(QuestionId(1))).expect("waits").clone();
    show.now = utc("2026-11-24T20:06");
    show.fire(&question.id, question.rev);
    let (open, asked) = (show.when(&x(), "T20:00Z/open"), show.when(&x(), "/q/1"));
    assert_eq!((open.len(), asked.len()), (1, 1));
    assert!(open < asked, "the opening goes first");
    assert_eq!(show.live().map(|e| e.asked()), Some(1));
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "T20:00Z/open").len(), 1);
}

#[test]
fn out_of_turn_the_one_whose_turn_it_is_goes_first() {
    let mut show = evening();
    show.at("2026-11-24T20:13");
    show.now = utc("2026-11-24T20:23");
    let third = show.cue(START, &Kind::Question(QuestionId(3))).expect("waits").clone();
    show.fire(&third.id, third.rev);
    // Q2 is nine minutes late: that pauses the hour, and Q3 is not asked before it.
    assert!(matches!(show.live().map(|e| e.state), Some(State::Paused { .. })));
    assert!(show.when(&x(), "/q/3").is_empty());
}

#[test]
fn what_has_another_version_or_was_fired_does_nothing() {
    let mut show = evening();
    show.at("2026-11-24T20:22");
    let third = show.cue(START, &Kind::Question(QuestionId(3))).expect("waits").clone();
    show.slack("hold 3m");
    let said = show.said.len();
    show.now = utc("2026-11-24T20:23");
    show.fire(&third.id, third.rev);
    assert_eq!(show.said.len(), said, "in flight with the old version");
    show.at("2026-11-24T20:26");
    let third = show.cue(START, &Kind::Question(QuestionId(3))).expect("there").clone();
    assert_eq!(third.state, CueState::Fired);
    let said = show.said.len();
    show.fire(&third.id, third.rev);
    assert_eq!(show.said.len(), said, "doubled");
}

#[test]
fn made_late_only_what_is_still_to_come_is_written() {
    let show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-24T19:55");
    assert_eq!(show.starts()[0], "2026-11-24T20:00");
    let kinds: Vec<Kind> = show
        .due()
        .into_iter()
        .filter(|(_, id, _)| id.episode.planned == utc(START))
        .map(|(_, id, _)| id.kind)
        .collect();
    let start = utc(START);
    assert_eq!(kinds, [Kind::Personal { start }, Kind::Desk { start }, Kind::Open, Kind::Close]);
    assert!(
        Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-24T20:00:30")
            .episode("2026-12-01T20:00")
            .version
            == 1
    );
}

#[test]
fn a_thread_is_made_after_its_question() {
    let mut show = evening();
    show.slack("set discord threads");
    show.at("2026-11-24T20:06");
    let threads: Vec<_> = show.said.iter().filter(|s| matches!(s.work, Work::Thread { .. })).collect();
    assert_eq!(threads.len(), 1);
    assert_eq!(threads[0].what(), "smxchat/2026-11-24T20:00Z/q/1/thread");
}

#[test]
fn overlapping_hours_are_steered_and_filed_in_the_later_one() {
    let mut show = Show::of("new #Twice every Tuesday 7pm and 8pm London", "2026-11-20T12:00");
    show.connect();
    show.slack("set length 90m");
    show.slack("ask Early?");
    show.at("2026-11-24T20:10");
    assert_eq!(show.chat.episodes.iter().filter(|e| e.is_live()).count(), 2);
    show.slack("ask Later?");
    assert_eq!(show.episode(START).questions.len(), 1);
    show.at("2026-11-24T22:00");
    assert_eq!(show.when(&x(), "T19:00Z/close"), [utc("2026-11-24T20:30")]);
    assert_eq!(show.when(&x(), "T20:00Z/close"), [utc("2026-11-24T21:30")]);
}

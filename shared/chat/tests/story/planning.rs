//! Dates: skipped, moved, added, taken back; the recurrence changed; the chat retired.

use chat::Refusal;
use chat::action::Action;
use chat::agenda::State;
use chat::cue::{self, CueState, Kind};
use chrono::Duration;

use crate::hour::evening;
use crate::sim::{Show, discord, utc, words, x};

const START: &str = "2026-11-24T20:00";

fn starts(show: &mut Show) -> Vec<String> {
    show.plan();
    show.starts()
}

fn notices(show: &Show) -> Vec<(String, String)> {
    let notices = show.said.iter().filter(|s| s.to == x() && s.what().contains("/notice/"));
    notices.map(|s| (s.at.format("%d %H:%M").to_string(), s.words())).collect()
}

#[test]
fn a_skip_is_told_in_the_first_reminders_place() {
    let mut show = Show::everywhere("2026-12-01T12:00");
    let skipped = show.slack("skip 29 Dec");
    assert!(
        skipped.starts_with("No chat Tue 29 Dec; back Tue 5 Jan. I'll say so Mon 28 Dec, 20:00."),
        "{skipped}"
    );
    show.at("2026-12-30T12:00");
    assert_eq!(
        notices(&show),
        [(
            "28 20:00".to_owned(),
            "No #SMXChat on Tue 29 Dec. We're back Tue 5 Jan, 8pm London. Rest well!".to_owned()
        )]
    );
    assert!(show.when(&x(), "2026-12-29T20:00Z/open").is_empty());
    // Next year's is not meant.
    assert!(matches!(show.refused("skip 29 Dec"), Refusal::NoSuchDay(_)));
}

#[test]
fn after_the_reminder_a_skip_is_told_at_once_and_taken_back_as_publicly() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    let skipped = show.slack("skip 24 Nov");
    let request = show.last_request();
    assert!(skipped.contains("Saying so in every room now."), "{skipped}");
    show.at("2026-11-24T09:01");
    assert_eq!(notices(&show).len(), 1);
    assert_eq!(show.cue(START, &Kind::Open).map(|c| c.state), Some(CueState::Withdrawn));
    show.undo_of(request).expect("undone although it was told");
    show.at("2026-11-24T21:30");
    assert_eq!(
        notices(&show)[1].1,
        "Good news: #SMXChat is on after all, Tue 24 Nov, 8pm London. Communities that outlive their platform."
    );
    assert_eq!(show.when(&x(), "T20:00Z/open").len(), 1);
    assert_eq!(show.when(&x(), "reminder/10m@2026-11-24T20:00Z").len(), 1);
    assert_eq!(show.when(&x(), "reminder/1440m@2026-11-24T20:00Z").len(), 1);
}

#[test]
fn a_skip_undone_before_anybody_heard_is_never_told() {
    let mut show = evening();
    show.slack("skip 24 Nov");
    let undone = words(show.undo().expect("undone").as_ref());
    assert!(undone.starts_with("Undone: the skip."), "{undone}");
    show.at("2026-11-24T21:30");
    assert!(notices(&show).is_empty());
    assert_eq!(show.when(&x(), "reminder/1440m@2026-11-24T20:00Z").len(), 1);
    assert_eq!(show.when(&x(), "T20:00Z/open").len(), 1);
}

#[test]
fn a_skip_cannot_be_undone_once_its_hour_has_come() {
    let mut show = evening();
    show.slack("skip 24 Nov");
    let skip = show.last_request();
    show.at("2026-11-24T20:01");
    assert_eq!(show.undo_of(skip), Err(Refusal::TooLateToUndo));
}

#[test]
fn say_now_says_so_once() {
    let mut show = evening();
    show.slack("skip 24 Nov");
    let id = show.episode(START).id.clone();
    show.press(Action::AnnounceNow(id.clone())).expect("says so");
    show.at("2026-11-21T12:01");
    assert_eq!(notices(&show).len(), 1);
    assert_eq!(show.press(Action::AnnounceNow(id)), Err(Refusal::Expired));
    show.at("2026-11-24T21:30");
    assert_eq!(notices(&show).len(), 1);
}

#[test]
fn only_days_with_a_chat_are_skipped_moved_or_prepared() {
    let mut show = evening();
    let none = Refusal::NoEpisodeOn(chrono::NaiveDate::from_ymd_opt(2026, 11, 25).expect("a date"));
    assert_eq!(show.refused("skip 25 Nov"), none);
    assert_eq!(show.refused("reschedule 25 Nov to 26 Nov"), none);
    assert_eq!(show.refused("drop Q1 on 25 Nov"), none);
    assert_eq!(show.refused("skip 25 Nov to 30 Nov"), Refusal::NoEpisode);
    show.slack("skip 24 Nov");
    assert_eq!(show.refused("skip 24 Nov"), Refusal::Unchanged);
    assert!(matches!(show.refused("drop Q1 on 24 Nov"), Refusal::Skipped(_)));
    // A year ahead is made when it is named.
    show.slack("topic Far away on 2 Nov 2027");
    assert!(show.starts().contains(&"2027-11-02T20:00".to_owned()));
}

#[test]
fn a_break_skips_a_range_and_is_told_once() {
    let mut show = Show::everywhere("2026-12-15T21:30");
    let skipped = show.slack("skip 22 Dec to 5 Jan");
    assert!(
        skipped.starts_with(
            "No chat from Tue 22 Dec to Tue 5 Jan; back Tue 12 Jan. I'll say so Mon 21 Dec, 20:00."
        ),
        "{skipped}"
    );
    show.at("2027-01-13T12:00");
    assert_eq!(notices(&show).len(), 1);
    assert_eq!(
        notices(&show)[0].1,
        "#SMXChat takes a break from Tue 22 Dec on. We're back Tue 12 Jan, 8pm London. Rest well!"
    );
    let opened: Vec<&str> =
        show.said.iter().filter(|s| s.to == x() && s.what().ends_with("/open")).map(|s| s.what()).collect();
    assert_eq!(opened, ["smxchat/2027-01-12T20:00Z/open"]);
    assert_eq!(show.refused("skip 5 Feb to 1 Feb"), Refusal::BackwardsRange);
    assert_eq!(
        show.refused("skip 9 Feb to 2027-02-02"),
        Refusal::NoSuchDay(chat::command::NoSuchDay::Past(
            chrono::NaiveDate::from_ymd_opt(2027, 2, 2).expect("a date")
        ))
    );
}

#[test]
fn a_skipped_date_stays_skipped_when_the_time_changes() {
    let mut show = evening();
    show.slack("skip 1 Dec");
    show.slack("set time every Tuesday 7pm London");
    assert_eq!(starts(&mut show), ["2026-11-24T19:00"]);
    show.at("2026-11-26T12:00");
    assert_eq!(show.starts(), ["2026-12-08T19:00"]);
}

#[test]
fn a_move_before_any_reminder_is_told_in_its_place() {
    let mut show = evening();
    let moved = show.slack("reschedule 24 Nov to Thursday 7pm");
    assert_eq!(
        moved,
        "Tue 24 Nov 20:00 moves to Thu 26 Nov 19:00 London. I'll say so Mon 23 Nov, 20:00. [Say now] [Undo]"
    );
    show.at("2026-11-27T12:00");
    assert_eq!(
        notices(&show),
        [(
            "23 20:00".to_owned(),
            "#SMXChat moves: not Tue 24 Nov, but Thu 26 Nov, 7pm London. Communities that outlive their \
             platform. 2pm New York · 10pm Nairobi. See you there!"
                .to_owned()
        )]
    );
    assert!(show.when(&x(), "reminder/1440m@2026-11-24T20:00Z").is_empty());
    assert_eq!(show.when(&x(), "reminder/1440m@2026-11-26T19:00Z"), [utc("2026-11-25T19:00")]);
    // The name stays; the questions went along.
    assert_eq!(show.when(&x(), "2026-11-24T20:00Z/open"), [utc("2026-11-26T19:00")]);
    assert_eq!(show.when(&x(), "2026-11-24T20:00Z/q/1"), [utc("2026-11-26T19:05")]);
}

#[test]
fn a_move_after_the_reminder_is_told_at_once_and_reminded_anew() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("reschedule 24 Nov to 26 Nov");
    let request = show.last_request();
    show.at("2026-11-24T09:01");
    assert_eq!(notices(&show).len(), 1);
    // Told: another move is told at once as well, from where people expect it.
    show.slack("reschedule 26 Nov to 21:00");
    show.at("2026-11-24T09:02");
    assert!(
        notices(&show)[1].1.starts_with("#SMXChat on Thu 26 Nov starts at 9pm London this time, not 8pm.")
    );
    assert_eq!(show.undo_of(request), Err(Refusal::CannotUndo));
    show.at("2026-11-27T12:00");
    assert_eq!(show.when(&x(), "reminder/1440m@2026-11-26T21:00Z").len(), 1);
    assert_eq!(show.when(&x(), "reminder/10m@2026-11-26T21:00Z").len(), 1);
    assert!(show.when(&x(), "reminder/10m@2026-11-24T20:00Z").is_empty());
    let distinct: std::collections::HashSet<String> =
        show.said.iter().filter(|s| s.to == x()).map(|s| s.words()).collect();
    assert_eq!(distinct.len(), show.said.iter().filter(|s| s.to == x()).count());
}

#[test]
fn a_told_move_undone_is_told_back() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("reschedule 24 Nov to 26 Nov");
    let request = show.last_request();
    show.at("2026-11-24T09:01");
    show.undo_of(request).expect("undone");
    show.at("2026-11-24T09:02");
    assert!(notices(&show)[1].1.starts_with("#SMXChat moves: not Thu 26 Nov, but Tue 24 Nov, 8pm London."));
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "T20:00Z/open"), [utc(START)]);
    assert!(notices(&show).len() == 2);
}

#[test]
fn moves_before_anybody_heard_are_told_as_one() {
    let mut show = evening();
    show.slack("reschedule 24 Nov to 26 Nov");
    show.slack("reschedule 26 Nov to 27 Nov");
    show.at("2026-11-23T20:01");
    assert!(notices(&show)[0].1.starts_with("#SMXChat moves: not Tue 24 Nov, but Fri 27 Nov, 8pm London."));
    assert_eq!(notices(&show).len(), 1);
    // There and back again: nothing to tell.
    let mut show = evening();
    show.slack("reschedule 24 Nov to 26 Nov");
    let first = show.last_request();
    show.slack("reschedule 26 Nov to 24 Nov");
    assert_eq!(show.undo_of(first), Err(Refusal::CannotUndo));
    show.at("2026-11-24T21:30");
    assert!(notices(&show).is_empty());
    assert_eq!(show.when(&x(), "T20:00Z/open"), [utc(START)]);
}

#[test]
fn moving_to_and_fro_never_says_the_same_twice() {
    let mut show = evening();
    show.at("2026-11-23T21:00");
    for _ in 0..3 {
        show.slack("reschedule 24 Nov to 26 Nov");
        show.until(show.now + chrono::Duration::minutes(1));
        show.slack("reschedule 26 Nov to 24 Nov");
        show.until(show.now + chrono::Duration::minutes(1));
    }
    let told = notices(&show);
    let distinct: std::collections::HashSet<&String> = told.iter().map(|(_, words)| words).collect();
    assert_eq!((told.len(), distinct.len()), (6, 6), "{told:#?}");
}

#[test]
fn moves_that_cannot_be() {
    let mut show = evening();
    assert_eq!(show.refused("reschedule 24 Nov to 1 Dec"), Refusal::Taken(utc("2026-12-01T20:00")));
    assert_eq!(show.refused("reschedule 24 Nov to 24 Nov"), Refusal::Unchanged);
    show.at("2026-11-24T20:30");
    assert_eq!(show.refused("reschedule 24 Nov to 26 Nov"), Refusal::IsLive);
    assert_eq!(show.refused("skip 24 Nov"), Refusal::IsLive);
    assert_eq!(show.refused("reschedule 1 Dec to today 20:10"), Refusal::Past);
}

#[test]
fn moved_into_the_gap_and_the_fold_it_says_so() {
    let mut show = Show::everywhere("2026-03-20T12:00");
    let moved = show.slack("reschedule 24 Mar to 29 Mar 1:30am");
    assert!(moved.contains("Sun 29 Mar 02:00 London") && moved.contains("spring forward"), "{moved}");
    let mut show = Show::everywhere("2026-10-15T12:00");
    let moved = show.slack("reschedule 20 Oct to 25 Oct 1:30am");
    assert!(moved.contains("the time comes twice: I take the first"), "{moved}");
    assert_eq!(show.episode("2026-10-20T19:00").starts, utc("2026-10-25T00:30"));
}

#[test]
fn one_more_and_taken_back() {
    let mut show = evening();
    let added = show.slack("add 26 Nov at 7pm");
    assert_eq!(added, "Added: Thu 26 Nov 19:00 London. Next: /chat topic … on 26 Nov [Undo]");
    assert_eq!(show.starts(), ["2026-11-24T20:00", "2026-11-26T19:00", "2026-12-01T20:00"]);
    let add = show.last_request();
    assert_eq!(show.refused("add 24 Nov"), Refusal::Taken(utc(START)));
    show.undo_of(add).expect("taken back");
    assert_eq!(starts(&mut show), ["2026-11-24T20:00", "2026-12-01T20:00"]);
    // And once more: the same name comes back to life.
    show.slack("add 26 Nov at 7pm");
    assert_eq!(starts(&mut show), ["2026-11-24T20:00", "2026-11-26T19:00", "2026-12-01T20:00"]);
}

#[test]
fn what_was_skipped_can_be_added_again() {
    let mut show = evening();
    show.slack("skip 24 Nov");
    show.slack("add 24 Nov");
    show.at("2026-11-24T21:30");
    assert!(notices(&show).is_empty(), "nobody had heard of it");
    assert_eq!(show.when(&x(), "T20:00Z/q/6").len(), 1, "with its questions");
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("skip 24 Nov");
    show.at("2026-11-24T09:01");
    show.slack("add 24 Nov");
    show.at("2026-11-24T09:02");
    assert!(notices(&show)[1].1.starts_with("Good news: #SMXChat is on after all"), "{:?}", notices(&show));
    assert!(show.chat.settings.breaks.is_empty());
}

#[test]
fn a_new_time_moves_what_is_planned_with_its_questions() {
    let mut show = evening();
    show.slack("topic Far ahead on 29 Dec");
    show.slack("set time every Wednesday 7pm London");
    assert_eq!(starts(&mut show), ["2026-11-25T19:00", "2026-12-02T19:00", "2026-12-30T19:00"]);
    assert_eq!(show.episode(START).questions.len(), 6);
    assert_eq!(show.episode(START).questions[0].due, Some(utc("2026-11-25T19:05")));
    // Once more, and back: nothing is stranded.
    show.slack("set time every Thursday 7pm London");
    assert_eq!(starts(&mut show), ["2026-11-26T19:00", "2026-12-03T19:00", "2026-12-31T19:00"]);
    show.slack("set time every Tuesday 8pm London");
    assert_eq!(starts(&mut show), ["2026-11-24T20:00", "2026-12-01T20:00", "2026-12-29T20:00"]);
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "T20:00Z/q/6").len(), 1);
    assert!(notices(&show).is_empty());
}

#[test]
fn a_new_time_undone() {
    let mut show = evening();
    let before = starts(&mut show);
    show.slack("set time every Monday and Thursday 7pm London");
    let after = starts(&mut show);
    assert_eq!(after, ["2026-11-23T19:00", "2026-11-26T19:00", "2026-11-30T19:00", "2026-12-03T19:00"]);
    let set = show.last_request();
    show.undo_of(set).expect("undone");
    assert_eq!(starts(&mut show), before);
    show.slack("set time every Monday and Thursday 7pm London");
    assert_eq!(starts(&mut show), after);
}

#[test]
fn a_new_time_leaves_alone_what_was_moved_or_added_by_hand() {
    let mut show = evening();
    show.slack("reschedule 24 Nov to 26 Nov 18:00");
    show.slack("add 27 Nov at noon");
    show.slack("set time every Tuesday 7pm London");
    assert_eq!(starts(&mut show), ["2026-11-26T18:00", "2026-11-27T12:00", "2026-12-01T19:00"]);
    // Replanned first, moved by hand after.
    show.slack("reschedule 1 Dec to 2 Dec");
    assert_eq!(starts(&mut show), ["2026-11-26T18:00", "2026-11-27T12:00", "2026-12-02T19:00"]);
}

#[test]
fn fewer_sittings_keep_those_that_stay() {
    let mut show = Show::of("new #Twice every Tuesday 9am and 8pm London", "2026-11-20T12:00");
    show.connect();
    show.slack("set time every Tuesday 8pm London");
    assert_eq!(starts(&mut show), ["2026-11-24T20:00", "2026-12-01T20:00"]);
    assert_eq!(show.episode("2026-11-24T20:00").starts, utc("2026-11-24T20:00"));
}

#[test]
fn a_new_time_after_the_reminder_is_told() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("set time every Tuesday 9pm London");
    show.at("2026-11-24T09:01");
    assert!(
        notices(&show)[0].1.starts_with("#SMXChat on Tue 24 Nov starts at 9pm London this time, not 8pm.")
    );
}

#[test]
fn every_second_week_keeps_its_weeks_when_the_hour_changes() {
    let mut show = Show::of("new #Two every 2 weeks on Tuesday 8pm London", "2026-11-24T21:00");
    // Typed after this Tuesday's hour: the next one is the first.
    assert_eq!(starts(&mut show), ["2026-12-01T20:00"]);
    show.at("2026-12-07T12:00");
    show.slack("set time every 2 weeks on Tuesday 7pm London");
    assert_eq!(starts(&mut show), ["2026-12-15T19:00"]);
}

#[test]
fn near_midnight_a_date_is_the_local_one() {
    let mut show = Show::of("new #Late every Saturday 23:30 New York", "2026-10-28T12:00");
    // 23:30 in New York is the next day in London, and the clocks go back that night.
    show.slack("topic Owls on 31 Oct");
    assert_eq!(show.episode("2026-11-01T03:30").topic.as_deref(), Some("Owls"));
    show.slack("skip 31 Oct");
    assert_eq!(starts(&mut show), ["2026-11-08T04:30"]);
    let mut show = Show::of("new #Early every Sunday midnight London", "2026-10-20T12:00");
    show.slack("topic Foxes on 25 Oct");
    assert_eq!(show.episode("2026-10-24T23:00").topic.as_deref(), Some("Foxes"));
}

#[test]
fn a_retired_chat_speaks_no_more_but_says_goodbye_where_people_wait() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("skip 1 Dec");
    let slug = show.chat.settings.slug.clone();
    let before = show.said.len();
    show.press(Action::Retire(slug)).expect("retires");
    let retire = show.last_request();
    show.at("2026-11-24T09:01");
    assert_eq!(
        notices(&show).last().map(|(_, words)| words.as_str()),
        Some(
            "#SMXChat says goodbye: there is no chat on Tue 24 Nov, nor after. Thank you for all those hours!"
        )
    );
    let after = show.said.len();
    assert!(show.starts().is_empty());
    assert_eq!(show.refused("ask Anyone there?"), Refusal::Retired);
    assert!(matches!(show.slack("when").as_str(), w if w.contains("has retired")));
    let mut later = show.clone();
    later.at("2027-01-10T12:00");
    assert_eq!(later.said.len(), after, "silence, also about 1 December");
    assert!(after > before);
    // And back again, as publicly.
    show.undo_of(retire).expect("undone");
    show.at("2026-11-24T21:30");
    assert!(notices(&show).last().is_some_and(|(_, w)| w.starts_with("Good news: #SMXChat is on after all")));
    assert_eq!(show.when(&discord(), "T20:00Z/close").len(), 1);
    assert!(matches!(show.episode("2026-12-01T20:00").state, State::Cancelled));
}

#[test]
fn only_organisers_steer() {
    use chat::{Event, name::Person, name::Platform};
    let mut show = evening();
    let stranger = Person::new(Platform::Slack, "T1", "USTRANGER");
    for (typed, expected) in [
        ("ask Me?", Some(Refusal::NotOrganiser)),
        ("hold", Some(Refusal::NotOrganiser)),
        ("show", Some(Refusal::NotOrganiser)),
        ("connect x", Some(Refusal::NotOperator)),
        ("when", None),
        ("questions", None),
        ("help", None),
    ] {
        let asking = show.asking(&stranger);
        let said = show.event(&Event::Commanded(asking, crate::sim::parse(typed)));
        assert_eq!(said.as_ref().err(), expected.as_ref(), "{typed}");
        if typed == "questions" {
            let said = words(said.expect("said").as_ref());
            assert!(said.starts_with("No question has been asked yet."), "{said}");
        }
    }
    let asking = show.asking(&stranger);
    let slug = show.chat.settings.slug.clone();
    assert_eq!(show.event(&Event::Pressed(asking, Action::ApproveX(slug))), Err(Refusal::NotOrganiser));
    let only = show.refused("organiser remove <@UMAYA>");
    assert_eq!(only, Refusal::LastOrganiser);
}

#[test]
fn nothing_reaches_x_before_a_preview_was_approved() {
    let mut show = Show::new("2026-11-21T12:00");
    show.slack("connect x");
    show.slack("connect slack");
    show.at("2026-11-24T20:30");
    assert!(!show.said.iter().any(|s| s.to == x()));
    let preview = show.slack("preview on 1 Dec");
    assert!(preview.ends_with("[Approve X] [Edit questions]"), "{preview}");
    assert!(preview.contains("X (@SMXChat)"), "{preview}");
    show.press(Action::ApproveX(show.chat.settings.slug.clone())).expect("approved");
    show.at("2026-11-24T21:30");
    assert_eq!(show.when(&x(), "T20:00Z/close").len(), 1);
}

#[test]
fn settings_that_change_the_hour_are_laid_out_anew() {
    let mut show = evening();
    show.slack("set cadence every 8m from 2m");
    assert_eq!(show.episode(START).questions[5].due, Some(utc("2026-11-24T20:42")));
    show.slack("set length 30m");
    assert_eq!(show.episode(START).questions[5].due, None);
    assert!(show.slack("questions").contains("Q6, no room left"), "{}", show.slack("questions"));
    show.slack("set reminders 2h");
    let reminders = show
        .due()
        .into_iter()
        .filter(|(_, id, _)| id.episode.planned == utc(START) && matches!(id.kind, Kind::Reminder { .. }));
    assert_eq!(reminders.map(|(at, _, _)| at).collect::<Vec<_>>(), [utc("2026-11-24T18:00")]);
    assert_eq!(show.refused("set reminders 2h"), Refusal::Unchanged);
}

/// Twice a day, every day: 28 dates in the 14 days that are planned, far more rows than one commit takes.
fn busy() -> Show {
    let days = "Mondays, Tuesdays, Wednesdays, Thursdays, Fridays, Saturdays and Sundays";
    let mut show = Show::of(&format!("new #SMXChat {days} 9am and 8pm London"), "2026-11-21T12:00");
    show.connect();
    show.plan();
    show
}

/// What waits of cues and what the episodes want of them, which must be the same.
fn assert_planned(show: &Show) {
    for episode in &show.chat.episodes {
        let wanted: Vec<_> = cue::wanted(&show.chat.settings, episode)
            .into_iter()
            .filter(|(kind, due)| {
                *due >= show.now || !matches!(kind, Kind::Reminder { .. } | Kind::Nudge { .. })
            })
            .collect();
        let mut waiting: Vec<_> = show.chat.cues.iter().filter(|c| c.id.episode == episode.id).collect();
        waiting.retain(|c| c.state == CueState::Waiting);
        assert_eq!(waiting.len(), wanted.len(), "{}", episode.id);
        for (kind, due) in wanted {
            assert!(waiting.iter().any(|c| c.id.kind == kind && c.due == due), "{} {kind:?}", episode.id);
        }
    }
}

#[test]
fn a_chat_with_more_dates_than_one_commit_takes() {
    let mut show = busy();
    assert_eq!(show.starts().len(), 28);
    assert_planned(&show);
    // Each of these rewrites every date; what is nearest is right at once, the rest with the next plan.
    for typed in [
        "set time Mondays, Tuesdays, Wednesdays, Thursdays, Fridays, Saturdays and Sundays 10am and 9pm",
        "set reminders 12h, 1h",
        "set length 30m",
    ] {
        show.slack(typed);
        let soon = show.now + Duration::hours(30);
        for episode in show.chat.episodes.iter().filter(|e| e.starts < soon) {
            for (kind, due) in cue::wanted(&show.chat.settings, episode) {
                let there = show.chat.cues.iter().find(|c| c.id.episode == episode.id && c.id.kind == kind);
                // Written by the next plan: two days ahead of its date, or heard of by nobody, they are in no hurry.
                let patient = matches!(kind, cue::Kind::Personal { .. } | cue::Kind::Desk { .. });
                assert!(
                    patient || due < show.now || there.is_some_and(|c| c.due == due),
                    "{typed}: {} {kind:?}",
                    episode.id
                );
            }
        }
        show.plan();
        assert_planned(&show);
        show.undo().expect("undone");
        show.plan();
        assert_planned(&show);
    }
    show.slack("skip 23 Nov to 5 Dec");
    show.plan();
    assert_planned(&show);
    show.press(Action::Retire(show.chat.settings.slug.clone())).expect("retired");
    show.at("2026-12-20T12:00");
    assert!(
        show.chat.episodes.iter().all(|e| e.state == State::Cancelled || e.starts < utc("2026-11-23T00:00"))
    );
}

#[test]
fn a_cue_that_was_left_to_the_next_plan_says_nothing() {
    let mut show = busy();
    let days = "Mondays, Tuesdays, Wednesdays, Thursdays, Fridays, Saturdays and Sundays";
    show.slack(&format!("set time {days} 9:30am and 8:30pm"));
    let behind: Vec<_> = show
        .due()
        .into_iter()
        .filter(|(due, id, _)| {
            let episode = show.chat.episodes.iter().find(|e| e.id == id.episode).expect("an episode");
            let wanted = cue::wanted(&show.chat.settings, episode);
            !wanted.iter().any(|(kind, at)| *kind == id.kind && at == due)
        })
        .collect();
    assert!(behind.len() > 50, "{} cues were left behind", behind.len());
    for (due, id, rev) in behind {
        let said = show.said.len();
        show.now = show.now.max(due);
        show.fire(&id, rev);
        assert_eq!(show.said.len(), said, "{id} spoke");
    }
}

//! Dates as organisers name them: several on one day, behind us, in a break, at the end of a text; and
//! what people are told when they change.

use std::collections::HashSet;

use chat::Refusal;
use chat::action::Action;
use chat::agenda::State;
use chat::command::NoSuchDay;
use chat::reply::Reply;
use chrono::{Duration, NaiveDate};
use proptest::prelude::*;

use crate::hour::evening;
use crate::sim::{Show, discord, slack, utc, words, x};

/// Tuesdays at ten in the morning and at eight in the evening.
fn twice() -> Show {
    let mut show = Show::of("new #Twice every Tuesday 10am and 8pm London", "2026-11-21T12:00");
    show.connect();
    show
}

fn date(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).expect("a date")
}

/// Presses the button with this label.
fn press(show: &mut Show, reply: Option<&Reply>, label: &str) -> String {
    let Some(Reply::Said(message) | Reply::Instead(message)) = reply else { panic!("no buttons: {reply:?}") };
    let button = message.buttons.iter().find(|b| b.label == label);
    let action = button.unwrap_or_else(|| panic!("no {label}: {message:?}")).action.clone();
    words(show.press(action).unwrap_or_else(|refusal| panic!("{label}: {refusal:?}")).as_ref())
}

fn notices(show: &Show) -> Vec<(String, String)> {
    let notices = show.said.iter().filter(|s| s.to == x() && s.what().contains("/notice/"));
    notices.map(|s| (s.at.format("%d %b %H:%M").to_string(), s.words())).collect()
}

fn desk(show: &Show) -> Vec<String> {
    let at_desk = show.said.iter().filter(|s| s.to.channel == "CDESK" && s.what().contains("/desk/"));
    at_desk.map(|s| s.words()).collect()
}

#[test]
fn of_two_on_a_day_the_time_tells_which() {
    let mut show = twice();
    show.slack("topic Breakfast on 24 Nov at 10am");
    show.slack("topic Supper on 24 Nov 20:00.");
    show.slack("ask Still up? on Tue 24 Nov at 8pm");
    show.slack("guest Amina Okoth, Nairobi on 24 Nov, 8pm");
    assert_eq!(show.episode("2026-11-24T10:00").topic.as_deref(), Some("Breakfast"));
    let supper = show.episode("2026-11-24T20:00");
    assert_eq!(supper.topic.as_deref(), Some("Supper"));
    assert_eq!((supper.questions.len(), supper.guests.len()), (1, 1));
    assert!(show.slack("questions 24 Nov 8pm").contains("Still up?"));
    let other = show.refused("topic Elevenses on 24 Nov at 11am");
    assert_eq!(other, Refusal::OtherTime(vec![utc("2026-11-24T10:00"), utc("2026-11-24T20:00")]));
    // A year ahead as well, where it is made when it is named.
    show.slack("topic Leftovers on 29 Dec at 8pm");
    assert_eq!(show.episode("2026-12-29T20:00").topic.as_deref(), Some("Leftovers"));
}

#[test]
fn of_two_on_a_day_it_is_asked_which() {
    let mut show = twice();
    for typed in ["ask What <now> & \"then\"? on 24 Nov", "ask Who are you? on Tuesday."] {
        let asked = show.try_slack(typed).expect("asked back");
        assert_eq!(
            words(asked.as_ref()),
            "Two chats on Tue 24 Nov. Which one? [10:00] [20:00]",
            "nothing is guessed"
        );
        let saved = press(&mut show, asked.as_ref(), "20:00");
        assert!(saved.starts_with("Saved as Q"), "{saved}");
    }
    let supper = show.episode("2026-11-24T20:00");
    let texts: Vec<&str> = supper.questions.iter().map(|q| q.text.as_str()).collect();
    assert_eq!(texts, ["What <now> & \"then\"?", "Who are you?"]);
    assert!(show.episode("2026-11-24T10:00").questions.is_empty());
    for typed in [
        "topic Late on 24 Nov",
        "guest Amina Okoth, Nairobi, writes, a lot, @aminareads on 24 Nov",
        "guest remove Amina Okoth on 24 Nov",
        "ask Q1 What \"then\"? on 24 Nov",
        "move Q2 Q1 on 24 Nov",
        "drop Q2 on 24 Nov",
        "edit 24 Nov",
        "preview on 24 Nov",
        "questions on 24 Nov",
        "reschedule 24 Nov to Thursday 9pm",
    ] {
        let asked = show.try_slack(typed).expect("asked back");
        assert!(words(asked.as_ref()).starts_with("Two chats on Tue 24 Nov."), "{typed}");
        press(&mut show, asked.as_ref(), "20:00");
    }
    let moved = show.episode("2026-11-24T20:00");
    assert_eq!((moved.topic.as_deref(), moved.starts), (Some("Late"), utc("2026-11-26T21:00")));
}

#[test]
fn a_skip_of_a_day_with_two_takes_both_and_says_so() {
    let mut show = twice();
    let skipped = show.slack("skip 24 Nov");
    assert_eq!(
        skipped,
        "No chat Tue 24 Nov, neither 10:00 nor 20:00; back Tue 1 Dec. I'll say so Mon 23 Nov, 10:00. [Say now] \
         [Undo]"
    );
    let skip = show.last_request();
    show.at("2026-11-23T12:00");
    assert_eq!(
        notices(&show),
        [(
            "23 Nov 10:00".to_owned(),
            "No #Twice on Tue 24 Nov, neither 10am nor 8pm. We're back Tue 1 Dec, 10am London. Rest well!"
                .to_owned()
        )]
    );
    let room = show.heard(&slack(), "2026-11-23T10:00");
    assert_eq!(
        room,
        [
            "Mon 23 Nov 10:00:00 No #Twice this time. There is no chat on Tue 24 Nov, 10:00 London, nor on Tue 24 \
             Nov, 20:00 London. We're back Tue 1 Dec, 10:00 London."
        ]
    );
    show.undo_of(skip).expect("undone");
    show.at("2026-11-23T12:01");
    assert_eq!(
        notices(&show).last().map(|(_, w)| w.as_str()),
        Some("Good news: #Twice is on after all, Tue 24 Nov, 10am and 8pm London.")
    );
}

#[test]
fn one_of_two_on_a_day_is_skipped_by_its_time() {
    let mut show = twice();
    let skipped = show.slack("skip 24 Nov 10am");
    assert_eq!(
        skipped,
        "No chat Tue 24 Nov 10:00; back Tue 24 Nov 20:00. I'll say so Mon 23 Nov, 10:00. [Say now] [Undo]"
    );
    show.at("2026-11-24T22:00");
    assert_eq!(
        notices(&show),
        [(
            "23 Nov 10:00".to_owned(),
            "No #Twice on Tue 24 Nov, 10am. We're back Tue 24 Nov, 8pm London. Rest well!".to_owned()
        )]
    );
    // The only one of its day is the day, also after the hour has changed.
    let mut only = Show::everywhere("2026-11-25T12:00");
    assert!(only.slack("skip 1 Dec 8pm").starts_with("No chat Tue 1 Dec; back Tue 8 Dec."));
    only.slack("set time every Tuesday 7pm London");
    assert_eq!(only.starts(), ["2026-12-08T19:00"]);
    assert!(show.when(&x(), "T10:00Z/open").is_empty());
    assert_eq!(show.when(&x(), "2026-11-24T20:00Z/open").len(), 1);
}

#[test]
fn the_nth_is_a_day_and_a_full_stop_ends_one() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("ask What else? on the 1st");
    show.slack("ask Hmm? On 1 Dec.");
    assert_eq!(show.episode("2026-12-01T20:00").questions.len(), 2);
    assert!(show.episode("2026-11-24T20:00").questions.is_empty());
    // Half a date is asked back, and never said in public.
    let half = chat::command::parse("ask What else? on 24 Nov 10", &[]);
    assert!(matches!(half, Err(chat::command::Misread::HalfADate { .. })), "{half:?}");
}

#[test]
fn a_text_that_ends_like_a_date_is_asked_back_where_no_chat_is() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let asked = show.try_slack("ask What shall we do on Friday").expect("asked back");
    assert_eq!(
        words(asked.as_ref()),
        "#SMXChat has no date on Fri 27 Nov. /chat when shows the next ones, /chat add 27 Nov at TIME adds one. \
         Or is “on Friday” part of the question? [It is part of it]"
    );
    let saved = press(&mut show, asked.as_ref(), "It is part of it");
    assert!(saved.starts_with("Saved as Q1, Tue 24 Nov 20:05."), "{saved}");
    assert_eq!(show.episode("2026-11-24T20:00").questions[0].text, "What shall we do on Friday");
    // Where there is one, it is the date, and the answer says that it was read so.
    let saved = show.slack("ask What do you do on Tuesday");
    assert_eq!(
        saved,
        "Saved as Q2, Tue 24 Nov 20:20. X: 51/280. Nothing posted yet.\nQ2. What do you do\n\
         “on Tuesday” I took for the date; in quotes it is part of the text. [Edit] [Undo]"
    );
    let topic = show.slack("topic Communities on 1 Dec");
    assert_eq!(
        topic,
        "Tue 1 Dec: Communities. Fits every announcement. “on 1 Dec” I took for the date; in quotes it is part of \
         the text. [Undo]"
    );
    show.slack("ask \"What do you do on Tuesday\"");
    assert_eq!(show.episode("2026-11-24T20:00").questions[2].text, "What do you do on Tuesday");
    // A day that no calendar has is part of a text more often than not.
    let asked = show.try_slack("topic What happens on 30 Feb").expect("asked back");
    press(&mut show, asked.as_ref(), "It is part of it");
    assert_eq!(show.episode("2026-11-24T20:00").topic.as_deref(), Some("What happens on 30 Feb"));
    // Commands without a text are refused as before.
    assert_eq!(show.refused("preview on 25 Nov"), Refusal::NoEpisodeOn(date(2026, 11, 25)));
}

#[test]
fn a_break_is_told_before_its_first_date_whatever_is_planned_in_it() {
    let mut show = Show::everywhere("2026-12-01T21:30");
    show.slack("topic What we learned on 29 Dec");
    let skipped = show.slack("skip 22 Dec to 5 Jan");
    assert!(
        skipped.starts_with(
            "No chat from Tue 22 Dec to Tue 5 Jan; back Tue 12 Jan. I'll say so Mon 21 Dec, 20:00."
        ),
        "{skipped}"
    );
    let skip = show.last_request();
    let mut undone = show.clone();
    show.at("2027-01-13T12:00");
    assert_eq!(
        notices(&show),
        [(
            "21 Dec 20:00".to_owned(),
            "#SMXChat takes a break from Tue 22 Dec on. We're back Tue 12 Jan, 8pm London. Rest well!"
                .to_owned()
        )]
    );
    let room = show.heard(&slack(), "2026-12-21T20:00");
    assert!(
        room[0].ends_with(
            "#SMXChat takes a break. There is no chat from Tue 22 Dec, 20:00 London on. We're back Tue 12 Jan, \
             20:00 London."
        ),
        "{room:?}"
    );
    // Taken back before anybody heard, the first date is planned like any other.
    undone.undo_of(skip).expect("undone");
    undone.at("2026-12-30T12:00");
    assert!(notices(&undone).is_empty());
    assert_eq!(undone.when(&x(), "2026-12-22T20:00Z/open").len(), 1);
    assert_eq!(undone.when(&x(), "2026-12-29T20:00Z/open").len(), 1);
}

#[test]
fn a_new_time_names_the_next_date_as_it_is_now() {
    let mut show = evening();
    let set = show.slack("set time every Wednesday 7pm London");
    assert_eq!(set, "#SMXChat from now on: every Wednesday 19:00 London. Next: Wed 25 Nov 19:00. [Undo]");
    let undone = words(show.undo().expect("undone").as_ref());
    assert_eq!(
        undone,
        "Undone: the change of time. #SMXChat is back to every Tuesday 20:00 London. Next: Tue 24 Nov 20:00."
    );
    let set = show.slack("set zone New York");
    assert_eq!(set, "#SMXChat from now on: every Tuesday 20:00 New York. Next: Tue 24 Nov 20:00. [Undo]");
    let set = show.slack("set time first Thursday of the month 8pm");
    assert_eq!(
        set,
        "#SMXChat from now on: the first Thursday of the month, 20:00 New York. Next: Thu 3 Dec 20:00. [Undo]"
    );
}

#[test]
fn only_what_was_published_counts_as_a_change_of_plan() {
    let mut show = evening();
    for _ in 0..3 {
        show.slack("skip 24 Nov");
        show.undo().expect("undone");
    }
    show.slack("skip 24 Nov");
    show.at("2026-11-23T20:01");
    assert_eq!(
        notices(&show).last().map(|(_, w)| w.as_str()),
        Some("No #SMXChat on Tue 24 Nov. We're back Tue 1 Dec, 8pm London. Rest well!")
    );
    for _ in 0..3 {
        show.slack("add 24 Nov");
        show.until(show.now + Duration::minutes(1));
        show.slack("skip 24 Nov");
        show.until(show.now + Duration::minutes(1));
    }
    let told: Vec<String> = notices(&show).into_iter().map(|(_, words)| words).collect();
    let distinct: HashSet<&String> = told.iter().collect();
    assert_eq!((told.len(), distinct.len()), (7, 7), "{told:#?}");
    assert!(told[1].starts_with("Good news: #SMXChat is on after all"), "{told:#?}");
    assert!(told[2].starts_with("Plans changed again. No #SMXChat on Tue 24 Nov."), "{told:#?}");
    assert!(told[4].starts_with("Plans changed again, Mon 23 Nov 8:04pm. No #SMXChat"), "{told:#?}");
    assert!(!told.iter().any(|words| words.contains('(')), "{told:#?}");
}

#[test]
fn the_opening_names_the_hour_only_where_the_day_has_two() {
    let mut show = evening();
    show.slack("add 24 Nov at 10am");
    show.undo().expect("undone");
    show.slack("skip 24 Nov");
    show.undo().expect("undone");
    show.at("2026-11-24T21:30");
    assert!(show.heard(&x(), "2026-11-24T20:00")[0].contains("Welcome to #SMXChat, 24 Nov! "));
    // Moved within its day after "starts in 10 minutes, 24 Nov", that must not be said twice.
    let mut show = evening();
    show.at("2026-11-24T19:51");
    show.slack("reschedule 24 Nov to 9pm");
    show.at("2026-11-24T22:30");
    let kettles: Vec<String> =
        show.heard(&x(), "2026-11-24T19:00").into_iter().filter(|w| w.contains("Kettle")).collect();
    assert_eq!(kettles.len(), 2);
    assert!(kettles[1].contains("starts in 10 minutes, 24 Nov, 9pm:"), "{kettles:?}");
}

#[test]
fn a_date_that_has_just_been_is_asked_back_and_not_taken_for_next_years() {
    let mut show = evening();
    let gone = |d, next| Refusal::NoSuchDay(NoSuchDay::JustPast(d, next));
    let friday = gone(date(2026, 11, 20), date(2027, 11, 20));
    assert_eq!(show.refused("reschedule 24 Nov to 20 Nov"), friday);
    assert_eq!(show.refused("add 20 Nov"), friday);
    assert_eq!(show.refused("preview on 20 Nov"), friday);
    assert_eq!(show.refused("skip 17 Nov"), gone(date(2026, 11, 17), date(2027, 11, 17)));
    assert_eq!(
        chat::copy::refusal::refusal(&friday, Some(&show.chat.settings), show.now).words(),
        "Fri 20 Nov is behind us. Did you mean Sat 20 Nov 2027? Then name the year."
    );
    // Longer ago than that it may well be next year's; of a move never.
    show.slack("add 20 Oct");
    assert_eq!(show.refused("reschedule 24 Nov to 20 Sep"), gone(date(2026, 9, 20), date(2027, 9, 20)));
    show.slack("add 20 Nov 2027");
}

#[test]
fn where_a_chat_moves_to_is_counted_from_where_it_was() {
    for (typed, starts) in [
        ("reschedule 8 Dec to Wednesday", "2026-12-09T20:00"),
        ("reschedule 8 Dec to next Tuesday 7pm", "2026-12-15T19:00"),
        ("reschedule 8 Dec to Tuesday 7pm", "2026-12-08T19:00"),
        ("reschedule 8 Dec to the 7th", "2026-12-07T20:00"),
        ("reschedule 5 Jan to 29 Dec 7pm", "2026-12-29T19:00"),
        ("reschedule 29 Dec to 2 Jan", "2027-01-02T20:00"),
        ("reschedule 24 Nov to tomorrow", "2026-11-22T20:00"),
    ] {
        let mut show = evening();
        show.slack(typed);
        assert!(show.starts().contains(&starts.to_owned()), "{typed}: {:?}", show.starts());
    }
}

#[test]
fn hours_that_overlap_are_pointed_out() {
    let mut show = evening();
    assert_eq!(
        show.slack("add 24 Nov 20:30"),
        "Added: Tue 24 Nov 20:30 London. It overlaps Tue 24 Nov 20:00, which lasts until 21:00; while both are on, \
         commands and posts go to the later one. Next: /chat topic … on 24 Nov at 20:30 [Undo]"
    );
    let moved = show.slack("reschedule 1 Dec to 24 Nov 19:15");
    assert!(moved.contains("It overlaps Tue 24 Nov 20:00"), "{moved}");
    let apart = show.slack("add 24 Nov 22:00");
    assert!(!apart.contains("overlaps"), "{apart}");
}

#[test]
fn news_that_is_behind_us_is_not_told_and_organisers_hear_of_it() {
    let mut show = evening();
    show.slack("skip 24 Nov");
    show.slack("reschedule 1 Dec to 2 Dec");
    show.at("2026-11-22T12:00");
    show.outage("2026-12-05T12:00");
    show.until(show.now);
    assert!(notices(&show).is_empty(), "{:?}", notices(&show));
    let told = desk(&show);
    assert!(
        told.iter().any(|w| w
            == "I was away when people should have been told that there is no chat on Tue 24 Nov, and now it is \
                too late for that."),
        "{told:?}"
    );
    assert!(
        told.iter().any(|w| w
            == "I was away when people should have been told that Tue 1 Dec 20:00 moved to Wed 2 Dec 20:00, and \
                now it is too late for that."),
        "{told:?}"
    );
    // While somebody may still be waiting, it is told.
    let mut show = evening();
    show.slack("skip 24 Nov");
    show.outage("2026-11-24T20:10");
    show.until(show.now);
    assert_eq!(notices(&show).len(), 1);
}

#[test]
fn an_hour_that_ended_long_ago_is_closed_without_a_word() {
    let mut show = evening();
    show.at("2026-11-24T20:30");
    show.outage("2026-12-01T12:00");
    show.until(show.now);
    assert!(matches!(show.episode("2026-11-24T20:00").state, State::Closed { .. }));
    assert!(show.when(&x(), "2026-11-24T20:00Z/close").is_empty());
    assert!(show.when(&discord(), "2026-11-24T20:00Z/close").is_empty());
    assert!(
        desk(&show).iter().any(|w| w
            == "I was away at the end of Tue 24 Nov 20:00. The hour is closed now, too late to thank people. To do \
                that in your words: /chat say …"),
        "{:?}",
        desk(&show)
    );
    // Never opened: one note about the whole hour is enough.
    let mut show = evening();
    show.outage("2026-12-08T12:00");
    show.until(show.now);
    assert!(!show.said.iter().any(|s| s.to == x() && s.what().ends_with("/close")));
    assert!(!desk(&show).iter().any(|w| w.contains("too late to thank")), "{:?}", desk(&show));
}

#[test]
fn what_is_said_in_public_is_said_to_the_one_who_causes_it() {
    let mut show = evening();
    show.at("2026-11-24T09:00");
    show.slack("skip 24 Nov");
    let skip = show.last_request();
    show.at("2026-11-24T09:01");
    let mut added = show.clone();
    let undone = words(show.undo_of(skip).expect("undone").as_ref());
    assert!(undone.contains("Saying so in every room now."), "{undone}");
    assert_eq!(
        added.slack("add 24 Nov"),
        "Added: Tue 24 Nov 20:00 London. Saying so in every room now. Next: /chat topic … on 24 Nov [Undo]"
    );
    // There and back before anybody heard: there is nothing to say, and that is said.
    let mut show = evening();
    show.slack("reschedule 1 Dec to 2 Dec");
    assert_eq!(
        show.slack("reschedule 2 Dec to 1 Dec"),
        "Wed 2 Dec 20:00 moves to Tue 1 Dec 20:00 London. Nobody had heard of the other date, so I say nothing. \
         [Undo]"
    );
}

#[test]
fn a_skipped_date_is_called_so_and_can_be_had_back() {
    let mut show = evening();
    show.slack("topic Foo on 1 Dec");
    show.slack("skip 1 Dec");
    let asked = show.try_slack("topic Bar on 1 Dec").expect("asked back");
    assert_eq!(
        words(asked.as_ref()),
        "Tue 1 Dec is skipped. /chat add 1 Dec brings it back, with all that was prepared for it. Or is “on 1 Dec” \
         part of the topic? [It is part of it]"
    );
    assert_eq!(show.refused("preview on 1 Dec"), Refusal::Skipped(date(2026, 12, 1)));
    assert_eq!(show.refused("reschedule 1 Dec to 2 Dec"), Refusal::Skipped(date(2026, 12, 1)));
    show.slack("skip 22 Dec to 5 Jan");
    assert_eq!(show.refused("questions on 29 Dec"), Refusal::Skipped(date(2026, 12, 29)));
    show.slack("add 1 Dec");
    assert_eq!(show.episode("2026-12-01T20:00").topic.as_deref(), Some("Foo"));
}

#[test]
fn cities_are_named_once_and_their_day_where_it_is_another() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    assert_eq!(
        show.slack("set cities London, New York, new york, Nairobi, Tokyo, Sydney"),
        "Announcements on X name the time in New York, Nairobi and Tokyo. There is room for three: Sydney waits. \
         London is named anyway. [Undo]"
    );
    assert_eq!(show.refused("set cities London, NYC, Nairobi, Tokyo, Sydney"), Refusal::Unchanged);
    show.at("2026-11-23T20:01");
    let told = show.heard(&x(), "2026-11-23T20:00");
    assert!(told[0].contains("8pm London · 3pm New York · 11pm Nairobi · 5am Wed Tokyo."), "{told:?}");
    assert_eq!(show.slack("set cities Lagos"), "Announcements on X name the time in Lagos. [Undo]");
}

/// The last thing people were told of a date.
fn last_word(show: &Show, place: &chat::name::Place, id: &str) -> Option<String> {
    let notices = show.said.iter().filter(|s| &s.to == place && s.what().contains(id));
    notices.filter(|s| s.what().contains("/notice/")).map(|s| s.words()).next_back()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Skipped, said at once, added, moved and taken back in any order, with or without a moment for what
    /// is due: what people heard last is how it is, and no two texts on X are alike.
    #[test]
    fn what_people_heard_last_is_how_it_is(steps in prop::collection::vec((0u8..7, 0u8..3, any::<bool>()), 1..24)) {
        let mut show = Show::everywhere("2026-11-25T12:00");
        for (what, back, fires) in steps {
            let _ = match what {
                0 | 1 => show.try_slack("skip 1 Dec"),
                2 => show.try_slack("add 1 Dec"),
                3 => {
                    let id = show.episode("2026-12-01T20:00").id.clone();
                    show.press(Action::AnnounceNow(id))
                }
                4 => show.try_slack("reschedule 1 Dec to 2 Dec"),
                5 => show.try_slack("reschedule 2 Dec to 1 Dec"),
                _ => {
                    let request = show.last_request().saturating_sub(u32::from(back));
                    show.undo_of(request)
                }
            };
            if fires {
                show.until(show.now);
                show.until(show.now + Duration::minutes(1));
            }
        }
        show.at("2026-11-30T21:00");
        let episode = show.episode("2026-12-01T20:00").clone();
        let last = last_word(&show, &slack(), "2026-12-01T20:00Z");
        let last = last.unwrap_or_default();
        if episode.state == State::Cancelled {
            prop_assert!(last.starts_with("No #SMXChat this time."), "{:?}: {}", episode, last);
        } else {
            prop_assert!(!last.starts_with("No #SMXChat"), "{:?}: {}", episode, last);
            if episode.starts != utc("2026-12-01T20:00") {
                prop_assert!(last.contains("Now Wed 2 Dec") || last.contains("See you Wed 2 Dec"), "{}", last);
            } else {
                prop_assert!(!last.contains("Now Wed 2 Dec") && !last.contains("See you Wed 2 Dec"), "{}", last);
            }
        }
        let on_x: Vec<String> = show.said.iter().filter(|s| s.to == x()).map(crate::sim::Said::words).collect();
        let distinct: HashSet<&String> = on_x.iter().collect();
        prop_assert_eq!(on_x.len(), distinct.len(), "{:#?}", on_x);
    }
}

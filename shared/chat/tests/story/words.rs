//! What is read when nothing was done.

use chat::command::NoSuchDay;
use chat::copy::refusal::refusal;
use chat::name::Platform;
use chat::{Refusal, zone};
use chrono::NaiveDate;

use crate::sim::{Show, utc};

#[test]
fn every_refusal_says_what_happened_and_what_to_do() {
    let show = Show::everywhere("2026-11-21T12:00");
    let date = NaiveDate::from_ymd_opt(2026, 11, 17).expect("a date");
    let unplaced = |typed: &str| Refusal::Unplaced(zone::find(typed).expect_err("unknown"));
    let all = [
        Refusal::NotOrganiser,
        Refusal::NotOperator,
        Refusal::NoEpisode,
        Refusal::NoEpisodeOn(date),
        Refusal::Skipped(date),
        Refusal::Several(vec![utc("2026-11-24T10:00"), utc("2026-11-24T20:00")]),
        Refusal::OtherTime(vec![utc("2026-11-24T20:00")]),
        Refusal::NoQuestion(7),
        Refusal::AlreadyAsked(3),
        Refusal::Stays(1),
        Refusal::NothingBefore { asked: 1, moved: 5, first: 3 },
        Refusal::GoingOut(3),
        Refusal::NotAskedYet(3),
        Refusal::NotLive,
        Refusal::IsLive,
        Refusal::NotPaused,
        Refusal::AlreadyPaused,
        Refusal::NoGuestFrom(2),
        Refusal::IdeaTooLong(12),
        Refusal::IdeaLink("Booking.com".to_owned()),
        Refusal::NothingLeft,
        Refusal::TooLong { length: 281, over: 1 },
        Refusal::TooLong { length: 300, over: 20 },
        Refusal::TopicTooLong { over: 12 },
        Refusal::Link("Booking.com".to_owned()),
        Refusal::Empty,
        unplaced("Londno"),
        unplaced("Qqqqqq"),
        unplaced("EST"),
        Refusal::NoSuchDay(NoSuchDay::NotADate),
        Refusal::NoSuchDay(NoSuchDay::Past(date)),
        Refusal::NoSuchDay(NoSuchDay::JustPast(date, date + chrono::Days::new(365))),
        Refusal::NoSuchDay(NoSuchDay::TooFar),
        Refusal::NoSuchDay(NoSuchDay::OtherWeekday(date)),
        Refusal::Past,
        Refusal::BackwardsRange,
        Refusal::Taken(utc("2026-11-24T20:00")),
        Refusal::HashtagTaken("SMXChat".to_owned()),
        Refusal::MovedOut(
            "SMXChat".to_owned(),
            chrono::NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day"),
        ),
        Refusal::BadHashtag("#12".to_owned()),
        Refusal::CannotUndo,
        Refusal::TooLateToUndo,
        Refusal::Expired,
        Refusal::PlatformOff(Platform::X),
        Refusal::NotConnected(Platform::Discord),
        Refusal::WhichRoom(Platform::Slack, vec!["#smxchat".to_owned(), "#books".to_owned()]),
        Refusal::NoSuchRoom {
            platform: Platform::Slack,
            typed: "tea".to_owned(),
            rooms: vec!["#smxchat".to_owned()],
        },
        Refusal::RoleByName("members".to_owned()),
        Refusal::ChannelByName("#desk".to_owned()),
        Refusal::NoGuest("Amina".to_owned()),
        Refusal::NotHere,
        Refusal::BadCode,
        Refusal::NeedsManageChannels,
        Refusal::Retired,
        Refusal::LastOrganiser,
        Refusal::NoSuchOrganiser,
        Refusal::NowhereToSpeak,
        Refusal::NotApproved,
        Refusal::Link("https://example.com/a".to_owned()),
        Refusal::UnknownPlaceholder("{place}".to_owned()),
        Refusal::Unchanged,
        Refusal::NoRoom,
        Refusal::HoldTooLong {
            by: chrono::Duration::minutes(40),
            lost: vec![5, 6],
            fits: Some(chrono::Duration::minutes(12)),
            close: utc("2026-11-24T21:00"),
        },
        Refusal::XNotReady,
        Refusal::NoSpare,
        Refusal::IntoNext(utc("2026-11-24T21:00")),
        Refusal::MovedOn {
            next: Some((4, Some(utc("2026-11-24T20:35")))),
            close: utc("2026-11-24T21:00"),
            paused: false,
        },
        Refusal::MovedOn { next: Some((4, None)), close: utc("2026-11-24T21:00"), paused: false },
        Refusal::MovedOn { next: None, close: utc("2026-11-24T21:00"), paused: false },
        Refusal::MovedOn { next: Some((4, None)), close: utc("2026-11-24T21:00"), paused: true },
        Refusal::Over,
        Refusal::Moderates,
        Refusal::NoSuchModerator,
        Refusal::SteersAlready,
        Refusal::NoWord("—".to_owned()),
        Refusal::MutesAll("#SMXChat".to_owned()),
        Refusal::MutedAlready("scam".to_owned()),
        Refusal::NotMuted("scam".to_owned()),
        Refusal::TooManyMuted,
        Refusal::Muted,
        Refusal::NoDesk,
        Refusal::DeskNeeded,
        Refusal::NobodyWaits,
        Refusal::NoRehearsalOnX,
        Refusal::RehearseWhere(Platform::Slack),
        Refusal::RehearseWhere(Platform::Discord),
        Refusal::OwnRoom,
        Refusal::OthersRoom("BookChat".to_owned()),
        Refusal::OtherServer,
        Refusal::RehearseLive,
        Refusal::RehearseTooLate {
            opens: utc("2026-11-24T20:00"),
            takes: chrono::Duration::seconds(180),
            fits: None,
        },
        Refusal::RehearseTooLate {
            opens: utc("2026-11-24T20:00"),
            takes: chrono::Duration::minutes(10),
            fits: Some(chrono::Duration::minutes(6)),
        },
        Refusal::NotRehearsing,
        Refusal::TooManyIdeas,
        Refusal::BankFull,
        Refusal::OwnIdea,
        Refusal::NotYourIdea,
        Refusal::IdeaGone,
        Refusal::IdeaTaken(3, utc("2026-11-24T20:00")),
    ];
    let words: Vec<String> =
        all.iter().map(|r| refusal(r, Some(&show.chat.settings), show.now).words()).collect();
    insta::assert_snapshot!("refusals", words.join("\n"));
}

#[test]
fn what_show_help_and_preview_say() {
    let mut show = crate::hour::evening();
    show.slack("skip 1 Dec");
    insta::assert_snapshot!("show", show.slack("show"));
    insta::assert_snapshot!("help", show.slack("help"));
    insta::assert_snapshot!("preview", show.slack("preview"));
    insta::assert_snapshot!("questions", show.slack("questions"));
}

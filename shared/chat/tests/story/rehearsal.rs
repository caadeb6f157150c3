//! A rehearsal: every word of the next hour, in one channel, in a few minutes; and nothing of it counts.

use chat::action::Action;
use chat::delivery::Class;
use chat::name::{EpisodeId, Place, Platform, QuestionId};
use chat::rehearsal::{GAP, run_of};
use chat::text::Span;
use chat::{Change, Decision, Event, Refusal, Seen, decide};
use chrono::Duration;
use proptest::prelude::*;

use crate::hour::evening;
use crate::sim::{Said, Show, discord, maya, parse, sol, utc, words, x};

fn tryout() -> Place {
    Place::new(Platform::Slack, "T1", "CTRY")
}

fn backstage() -> Place {
    Place::new(Platform::Discord, "4105", "4199")
}

const IN_DISCORD: &str = "rehearse https://discord.com/channels/4105/4199";

/// What was said in rehearsals, in order.
fn rehearsed(show: &Show) -> Vec<&Said> {
    show.said.iter().filter(|said| run_of(&said.id).is_some()).collect()
}

/// As people in the channel read it: when, and what.
fn read(show: &Show, place: &Place) -> String {
    let said = rehearsed(show).into_iter().filter(|said| said.to == *place);
    let lines = said.map(|said| {
        let message = said.message().expect("words");
        let buttons: String = message.buttons.iter().map(|b| format!(" [{}]", b.label)).collect();
        format!("{} {}{buttons}", said.at.format("%H:%M:%S"), message.text.words())
    });
    lines.collect::<Vec<_>>().join("\n\n")
}

fn id() -> EpisodeId {
    "smxchat/2026-11-24T20:00Z".parse().expect("a name")
}

/// Half past eleven on the day before: one reminder and the hour lie ahead.
fn eve() -> Show {
    let mut show = evening();
    show.at("2026-11-22T11:30");
    show
}

#[test]
fn every_moment_is_played_where_it_was_asked_for() {
    let mut show = eve();
    let (before, said) = (show.chat.clone(), show.said.len());
    let reply = show.slack("rehearse <#CTRY|tryout>");
    insta::assert_snapshot!("rehearsal_slack", format!("{reply}\n\n{}", read(&show, &tryout())));
    assert_eq!(show.said[said..].iter().filter(|s| s.to == x()).count(), 0);
    // The desk is told, and nothing else is said anywhere.
    let elsewhere: Vec<String> =
        show.said[said..].iter().filter(|s| s.to != tryout()).map(Said::words).collect();
    assert_eq!(elsewhere, ["Maya rehearses Tue 24 Nov in #CTRY."]);
    assert_eq!((&show.chat.episodes, &show.chat.cues), (&before.episodes, &before.cues));
    assert_eq!(show.chat.settings, before.settings);

    show.until(show.now + Duration::minutes(4));
    let reply = show.slack(IN_DISCORD);
    insta::assert_snapshot!("rehearsal_discord", format!("{reply}\n\n{}", read(&show, &backstage())));
}

#[test]
fn it_takes_as_long_as_was_said() {
    for (typed, seconds) in [
        ("rehearse <#CTRY|tryout>", 180),
        ("rehearse in <#CTRY> for 5 min", 300),
        ("rehearse 1m <#CTRY>", 90),
    ] {
        let mut show = eve();
        show.slack(typed);
        let said = rehearsed(&show);
        let took = said[said.len() - 1].at - said[0].at;
        assert_eq!(took, Duration::seconds(seconds), "{typed}: {} moments", said.len());
    }
}

#[test]
fn it_says_what_the_night_says() {
    let mut show = eve();
    show.slack("rehearse <#CTRY|tryout>");
    show.slack("rehearse stop");
    show.slack(IN_DISCORD);
    let rehearsed: Vec<(Platform, String)> =
        rehearsed(&show).iter().map(|said| (said.to.platform, said.words())).collect();
    show.at("2026-11-24T22:00");
    let night: Vec<(Platform, String)> = show
        .said
        .iter()
        .filter(|s| s.what().starts_with("smxchat/2026-11-24T20:00Z/") && s.to.platform != Platform::X)
        .filter(|s| s.to == crate::sim::slack() || s.to == discord())
        .filter(|s| s.at > utc("2026-11-22T12:00") && s.message().is_some())
        .map(|s| (s.to.platform, s.words()))
        .collect();
    assert_eq!(rehearsed.len(), night.len());
    for (platform, words) in &night {
        // A role, of which these words show nothing, is named in a rehearsal.
        let found = rehearsed.iter().any(|(p, w)| {
            p == platform && w.split_once('\n').expect("marked").1.replace("@members", "") == *words
        });
        assert!(found, "{platform:?} says on the night, and not in the rehearsal:\n{words}\n{rehearsed:#?}");
    }
}

#[test]
fn each_message_is_marked_and_nobody_is_pinged() {
    let mut show = eve();
    show.slack(IN_DISCORD);
    for said in rehearsed(&show) {
        let message = said.message().expect("words");
        assert!(message.text.words().starts_with("Rehearsal · "), "{}", said.words());
        assert_eq!(message.ping, None);
        assert!(
            !message.text.0.iter().any(|s| matches!(s, Span::Role(_) | Span::Person(_))),
            "{}",
            said.words()
        );
        for button in &message.buttons {
            assert!(matches!(button.action, Action::Rehearsed(_)), "{button:?}");
        }
    }
    let labels: Vec<String> = rehearsed(&show)
        .iter()
        .flat_map(|s| s.message().expect("words").buttons.iter().map(|b| b.label.clone()))
        .collect();
    assert!(labels.contains(&"Answer".to_owned()) && labels.contains(&"Join".to_owned()), "{labels:?}");
}

#[test]
fn its_buttons_keep_nothing() {
    let mut show = eve();
    show.slack("rehearse <#CTRY|tryout>");
    let before = show.chat.clone();
    let slug = show.chat.settings.slug.clone();
    let mut told = Vec::new();
    for action in [Action::Join(slug), Action::Hello(id()), Action::Answer(id(), QuestionId(1))] {
        let reply = show.press_as(&sol(), Action::Rehearsed(Box::new(action))).expect("a friendly word");
        told.push(words(reply.as_ref()));
    }
    assert_eq!(show.chat, before);
    assert_eq!(show.people.len(), 0, "{:?}", show.people);
    insta::assert_snapshot!("rehearsal_buttons", told.join("\n"));
}

#[test]
fn a_stop_ends_it() {
    let mut show = eve();
    assert_eq!(show.refused("rehearse stop"), Refusal::NotRehearsing);
    show.slack("rehearse <#CTRY|tryout>");
    show.now += Duration::seconds(40);
    let mut read = vec![show.slack("status"), show.slack("rehearse <#COTHER|other>"), show.slack("rehearse")];
    read.push(show.slack("rehearse stop"));
    assert!(!show.rehearsal.as_ref().expect("a row").on);
    assert_eq!(show.refused("rehearse stop"), Refusal::NotRehearsing);
    assert!(!show.slack("status").contains("rehearsal"));
    read.push(show.slack("rehearse <#COTHER|other>"));
    let slug = show.chat.settings.slug.clone();
    read.push(words(show.press(Action::StopRehearsal(slug)).expect("stopped").as_ref()));
    insta::assert_snapshot!("rehearsal_stopped", read.join("\n"));
}

#[test]
fn it_is_over_by_itself() {
    let mut show = eve();
    show.slack("rehearse <#CTRY|tryout>");
    show.now = show.rehearsal.as_ref().expect("it plays").ends() + Duration::seconds(10);
    assert_eq!(show.refused("rehearse stop"), Refusal::NotRehearsing);
    show.slack("rehearse <#CTRY|tryout>");
}

#[test]
fn where_it_may_play() {
    let mut show = eve();
    assert_eq!(show.refused("rehearse <#C1|smxchat>"), Refusal::OwnRoom);
    assert_eq!(show.refused("rehearse https://discord.com/channels/4105/4106"), Refusal::OwnRoom);
    assert_eq!(show.refused("rehearse here"), Refusal::OwnRoom);
    for typed in [
        "rehearse x",
        "rehearse on X",
        "rehearse twitter",
        "rehearse @SMXChat",
        "rehearse https://x.com/SMXChat",
    ] {
        assert_eq!(show.refused(typed), Refusal::NoRehearsalOnX, "{typed}");
    }
    assert_eq!(show.refused("rehearse discord"), Refusal::RehearseWhere(Platform::Discord));
    assert_eq!(show.refused("rehearse slack"), Refusal::RehearseWhere(Platform::Slack));
    assert_eq!(show.refused("rehearse #tryout"), Refusal::ChannelByName("tryout".to_owned()));
    assert_eq!(show.refused("rehearse https://discord.com/channels/9999/4199"), Refusal::OtherServer);
    show.chat.seen.spoken_for = Some("BookChat".to_owned());
    assert_eq!(show.refused("rehearse <#CBOOKS|books>"), Refusal::OthersRoom("BookChat".to_owned()));
    assert_eq!(rehearsed(&show).len(), 0);
    // A link to a channel of the workspace, the channel it is typed in, and the desk will do.
    show.slack("rehearse https://smx.slack.com/archives/CTRY");
    show.slack("rehearse stop");
    show.try_slack_in(&tryout(), "tryout", "rehearse here").expect("played");
    show.slack("rehearse stop");
    show.slack("rehearse <#CDESK|desk>");
    assert!(rehearsed(&show).iter().any(|said| said.to.channel == "CDESK"));

    let mut without = Show::new("2026-11-21T12:00");
    without.slack("connect slack");
    assert_eq!(without.refused(IN_DISCORD), Refusal::NotConnected(Platform::Discord));
}

#[test]
fn a_chat_that_speaks_nowhere_yet_can_be_rehearsed() {
    let mut show = Show::new("2026-11-24T19:40");
    show.slack("ask What made you stay?");
    show.slack("ask What would you do again?");
    // The last reminder, the opening, two questions, the close.
    let reply = show.slack("rehearse here");
    assert!(reply.starts_with("Playing Tue 24 Nov in #C1: five moments in three minutes"), "{reply}");
    assert_eq!(rehearsed(&show).len(), 5);
    // Without a desk organisers hear by a direct message that it was refused.
    let run = show.rehearsal.as_ref().expect("it plays").run.clone();
    show.event(&Event::Unplayed { run, why: "the channel is archived".to_owned() }).expect("never refused");
    let told = show.said.last().expect("told");
    assert!(told.to.channel == "UMAYA" && told.words().contains("archived"), "{told:?}");
}

#[test]
fn the_button_under_a_preview_asks_where() {
    let mut show = eve();
    let preview = show.slack("preview");
    assert!(preview.contains("[Rehearse]"), "{preview}");
    let mut read = Vec::new();
    let asked = show.press(Action::Rehearse(id())).expect("asked");
    read.push(words(asked.as_ref()));
    let played = show.press(Action::RehearseThere(id())).expect("at the desk");
    read.push(words(played.as_ref()));
    show.slack("rehearse stop");
    show.slack("rehearse <#CTRY|tryout>");
    show.slack("rehearse stop");
    read.push(show.slack("rehearse"));
    let played = show.press(Action::RehearseThere(id())).expect("where it was");
    read.push(words(played.as_ref()));
    show.slack("rehearse stop");
    show.slack("set desk none");
    // Meanwhile people meet there.
    show.try_slack_in(&tryout(), "tryout", "connect slack").expect("connected");
    read.push(words(show.press(Action::RehearseThere(id())).expect("asked again").as_ref()));
    insta::assert_snapshot!("rehearsal_where", read.join("\n"));
}

#[test]
fn questions_that_nobody_has_written_yet_have_stand_ins() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    let reply = show.slack("rehearse <#CTRY|tryout>");
    insta::assert_snapshot!("rehearsal_unwritten", format!("{reply}\n\n{}", read(&show, &tryout())));
    assert!(show.chat.episodes.iter().all(|e| e.questions.is_empty()), "a stand-in was kept");
}

#[test]
fn without_a_date_it_says_what_to_do() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("rehearse <#CTRY|tryout> on 1 Dec");
    assert!(rehearsed(&show)[0].words().contains("30 Nov"), "{}", rehearsed(&show)[0].words());
    show.slack("rehearse stop");
    assert!(matches!(show.refused("rehearse <#CTRY|tryout> on 2 Dec"), Refusal::NoEpisodeOn(_)));
    show.slack("retire");
    show.press(Action::Retire(show.chat.settings.slug.clone())).expect("retired");
    assert_eq!(show.refused("rehearse <#CTRY|tryout>"), Refusal::Retired);
    assert_eq!(show.refused("rehearse"), Refusal::Retired);
}

#[test]
fn the_real_one_goes_first() {
    let mut show = evening();
    // Three minutes, five seconds and a clear minute do not fit any more.
    show.at("2026-11-24T19:56");
    let minutes = |n| Some(Duration::minutes(n));
    assert!(
        matches!(show.refused("rehearse <#CTRY|tryout>"), Refusal::RehearseTooLate { fits, .. } if fits == minutes(2))
    );
    let mut earlier = evening();
    earlier.at("2026-11-24T19:52");
    let refused = earlier.refused("rehearse <#CTRY|tryout> 10 min");
    assert!(matches!(refused, Refusal::RehearseTooLate { fits, .. } if fits == minutes(6)), "{refused:?}");
    earlier.slack("rehearse <#CTRY|tryout> 6 min");
    show.at("2026-11-24T19:59");
    let refused = show.refused("rehearse <#CTRY|tryout>");
    assert!(matches!(refused, Refusal::RehearseTooLate { fits: None, .. }), "{refused:?}");
    show.at("2026-11-24T20:20");
    assert_eq!(show.refused("rehearse <#CTRY|tryout>"), Refusal::RehearseLive);
    assert_eq!(show.refused("rehearse <#CTRY|tryout> on 1 Dec"), Refusal::RehearseLive);
    show.at("2026-11-24T21:10");
    show.slack("rehearse <#CTRY|tryout>");

    // Moved into its midst, the opening ends it.
    let mut show = evening();
    show.at("2026-11-24T10:00");
    show.slack("rehearse <#CTRY|tryout> 10 min on 1 Dec");
    show.slack("reschedule 24 Nov to 10:03");
    assert!(show.rehearsal.as_ref().is_some_and(|r| r.on), "that one plays another date");
    show.at("2026-11-24T10:04");
    assert!(show.live().is_some());
    assert!(show.rehearsal.as_ref().is_some_and(|r| !r.on));
}

#[test]
fn what_takes_its_ground_away_ends_it() {
    let slug = eve().chat.settings.slug;
    type Done = fn(&mut Show) -> String;
    let cases: [(&str, Done); 4] = [
        ("skip", |show| show.slack("skip 24 Nov")),
        ("move", |show| show.slack("reschedule 24 Nov to 21:00")),
        ("retire", |show| {
            show.slack("retire");
            words(show.press(Action::Retire(show.chat.settings.slug.clone())).expect("retired").as_ref())
        }),
        ("connect", |show| {
            words(show.try_slack_in(&tryout(), "tryout", "connect slack").expect("connected").as_ref())
        }),
    ];
    let mut told = Vec::new();
    for (what, done) in cases {
        let mut show = eve();
        show.slack("rehearse <#CTRY|tryout>");
        told.push(format!("{what}: {}", done(&mut show)));
        assert!(!show.rehearsal.as_ref().expect("a row").on, "{what}");
        assert_eq!(show.chat.settings.slug, slug);
    }
    insta::assert_snapshot!("rehearsal_cut", told.join("\n"));
}

#[test]
fn it_plays_what_stood_when_it_began() {
    let mut show = eve();
    show.slack("rehearse <#CTRY|tryout>");
    let before = read(&show, &tryout());
    let reply = show.slack("ask Q3 What would you do differently?");
    assert!(!reply.contains("rehearsal"), "{reply}");
    let asked = show.last_request();
    assert!(show.rehearsal.as_ref().is_some_and(|r| r.on));
    assert_eq!(read(&show, &tryout()), before);
    // What is for a live hour is refused as ever.
    for typed in ["pause", "next", "hold 3m", "close"] {
        assert_eq!(show.refused(typed), Refusal::NotLive, "{typed}");
    }
    // Undo is of the question, and not of the rehearsal.
    show.undo_of(asked).expect("undone");
    assert!(show.rehearsal.as_ref().is_some_and(|r| r.on));
}

#[test]
fn a_channel_that_refuses_it_ends_it_and_the_desk_hears_why() {
    let mut show = eve();
    show.slack("rehearse <#CTRY|tryout>");
    let run = show.rehearsal.as_ref().expect("it plays").run.clone();
    let said = show.said.len();
    let refused = Event::Unplayed { run: run.clone(), why: "the channel is archived".to_owned() };
    show.event(&refused).expect("never refused");
    let told: Vec<(String, String)> =
        show.said[said..].iter().map(|s| (s.to.channel.clone(), s.words())).collect();
    insta::assert_snapshot!("rehearsal_refused", format!("{told:?}"));
    assert!(!show.rehearsal.as_ref().expect("a row").on);
    // Told once, and of this one only.
    show.event(&refused).expect("never refused");
    show.slack("rehearse <#CTRY|tryout>");
    show.event(&refused).expect("never refused");
    assert!(show.rehearsal.as_ref().is_some_and(|r| r.on));
    assert_eq!(show.said[said..].iter().filter(|s| s.words().contains("archived")).count(), 1);
}

#[test]
fn a_day_of_many_questions_is_shortened() {
    let mut show = Show::everywhere("2026-11-21T12:00");
    show.slack("set length 3h");
    for n in 1..=40 {
        show.slack(&format!("ask Question number {n}?"));
    }
    let reply = show.slack("rehearse <#CTRY|tryout> 10 min");
    let said = rehearsed(&show);
    assert_eq!(said.len(), 24, "{reply}");
    assert!(reply.contains("24 moments (without") && said[23].words().contains("That's the hour"), "{reply}");
}

fn decided(show: &Show, typed: &str) -> Result<Decision, Refusal> {
    let mut show = show.clone();
    let asking = show.asking(&maya());
    let chat = chat::Chat {
        seen: Seen { rehearsal: show.rehearsal.clone(), ..Seen::default() },
        ..show.chat.clone()
    };
    decide(&chat, &Event::Commanded(asking, parse(typed)), show.now)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However many questions, whatever length, wherever, at whatever time of the week.
    #[test]
    fn any_rehearsal_keeps_order_and_gaps_and_speaks_in_its_channel_alone(
        questions in 0usize..30, minutes in 1i64..31, hour in 0i64..160, place in 0usize..5, reminders in 0usize..3,
    ) {
        let mut show = Show::everywhere("2026-11-20T12:00");
        show.slack(["set reminders none", "set reminders 24h, 5m", "set reminders 6d, 3d, 24h, 1h, 5m"][reminders]);
        show.slack("set length 2h");
        for n in 0..questions {
            show.slack(&format!("ask Question number {n}?"));
        }
        show.until(show.now + Duration::hours(hour));
        let room = ["<#CTRY>", "<#CDESK>", "<#C1>", "https://discord.com/channels/4105/4199", "https://discord.com/channels/4105/4106"][place];
        let decision = match decided(&show, &format!("rehearse {room} {minutes} min")) {
            Ok(decision) => decision,
            Err(refused) => {
                let expected = matches!(refused, Refusal::OwnRoom | Refusal::RehearseLive | Refusal::RehearseTooLate { .. });
                prop_assert!(expected, "{refused:?}");
                return Ok(());
            }
        };
        let [Change::Rehearsal(rehearsal)] = &decision.changes[..] else {
            return Err(TestCaseError::fail(format!("{:?}", decision.changes)));
        };
        prop_assert!(decision.happened.is_empty());
        prop_assert!(decision.changes.len() + 3 * decision.effects.len() <= 80);
        let said: Vec<_> = decision.effects.iter().filter(|d| run_of(&d.id).is_some()).collect();
        let told: Vec<_> = decision.effects.iter().filter(|d| run_of(&d.id).is_none()).collect();
        prop_assert!(told.iter().all(|d| Some(&d.to) == show.chat.settings.desk.as_ref()));
        prop_assert!(!said.is_empty());
        let moments: Vec<_> = said.iter().filter_map(|d| d.not_before).collect();
        prop_assert_eq!(&moments, &rehearsal.moments);
        prop_assert!(moments.windows(2).all(|pair| pair[1] - pair[0] >= GAP), "{:?}", moments);
        prop_assert!(moments[0] > show.now);
        for delivery in &said {
            prop_assert_eq!(&delivery.to, &rehearsal.place);
            prop_assert!(delivery.to.platform != Platform::X);
            prop_assert!(show.chat.settings.destination(&delivery.to).is_none());
            prop_assert_eq!(delivery.class, Class::Announcement);
            prop_assert_eq!(Some(delivery.at), delivery.not_before);
            prop_assert!(rehearsal.says(&delivery.id));
        }
        // In the order of the night, and over before the next one opens.
        let names: Vec<_> = said.iter().map(|d| d.id.clone()).collect();
        prop_assert!(names.is_sorted(), "{:?}", names);
        let opens = show.chat.episodes.iter().filter(|e| e.is_ahead()).map(|e| e.starts).min();
        prop_assert!(opens.is_none_or(|opens| opens > rehearsal.ends()));
    }
}

//! Reminders of members' own: their moment, their quiet hours, and that nobody hears what they no longer want.

use chat::delivery::Work;
use chat::member::{Member, Quiet, Whereabouts, Wishes};
use chat::name::{Person, Platform};
use chat::{Change, personal};
use chrono::{DateTime, Duration, NaiveTime, Utc};
use proptest::prelude::*;

use crate::sim::*;

fn amara() -> Person {
    Person::new(Platform::Discord, "", "4301")
}

fn member(place: &str, remind: Duration, quiet: Option<(u32, u32)>) -> Member {
    let (name, zone) = chat::zone::find(place).expect("a place");
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    let quiet = quiet.map(|(from, until)| Quiet { from: time(from), until: time(until) });
    let wishes =
        Wishes { place: Some(Whereabouts { name, zone }), remind: Some(remind), quiet, ..Wishes::default() };
    Member { wishes, ..Member::new(amara(), "Amara", "4105", utc("2026-11-20T12:00")) }
}

/// When an hour on Tue 24 Nov, 20:00 London is announced to somebody.
fn heard(member: &Member) -> (DateTime<Utc>, bool) {
    let show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    let moment = personal::moment(&show.chat.settings, member, utc("2026-11-24T20:00")).expect("a wish");
    (moment.at, moment.early)
}

#[test]
fn a_reminder_keeps_out_of_quiet_hours() {
    // In Nairobi the hour is at 23:00.
    assert_eq!(heard(&member("Nairobi", Duration::hours(1), None)), (utc("2026-11-24T19:00"), false));
    assert_eq!(heard(&member("Nairobi", Duration::hours(1), Some((22, 8)))), (utc("2026-11-24T18:55"), true));
    // The quiet hours end when they end.
    assert_eq!(
        heard(&member("Nairobi", Duration::hours(1), Some((9, 22)))),
        (utc("2026-11-24T19:00"), false)
    );
    // In Auckland it is Wednesday, 9 in the morning; an hour before, they are still asleep.
    assert_eq!(
        heard(&member("Auckland", Duration::hours(1), Some((23, 9)))),
        (utc("2026-11-24T09:55"), true)
    );
    // A whole day but an hour.
    assert_eq!(
        heard(&member("London", Duration::hours(24), Some((21, 20)))),
        (utc("2026-11-23T20:00"), false)
    );
    assert_eq!(
        heard(&member("London", Duration::hours(23), Some((21, 22)))),
        (utc("2026-11-23T20:55"), true)
    );
}

#[test]
fn many_members_are_laid_out_page_by_page() {
    let mut show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    show.connect();
    let start = utc("2026-11-24T20:00");
    show.at("2026-11-22T19:59");
    let mut waiting: Vec<Member> = (0..40)
        .map(|n| {
            let person = Person::new(Platform::Discord, "", format!("{}", 4400 + n));
            Member { person, ..member("Nairobi", Duration::hours(1), None) }
        })
        .collect();
    show.now = start - personal::AHEAD;
    let mut pages = Vec::new();
    loop {
        let personal = |id: &chat::cue::CueId| id.to_string().contains("/personal/");
        let Some((_, id, rev)) = show.due().into_iter().find(|(due, id, _)| *due <= show.now && personal(id))
        else {
            break;
        };
        // What the host reads anew each time: those whose reminder is not there.
        let laid_out = |m: &Member| {
            show.said
                .iter()
                .any(|said| matches!(&said.work, Work::Remind { member, .. } if *member == m.person))
        };
        waiting.retain(|m| !laid_out(m));
        show.chat.seen.members = waiting.clone();
        let before = show.said.len();
        show.fire(&id, rev);
        pages.push(show.said.len() - before);
        assert!(pages.len() < 10, "{pages:?}");
    }
    assert_eq!(pages, [16, 16, 8]);
    let reminders = show.said.iter().filter(|said| matches!(said.work, Work::Remind { .. }));
    let to: std::collections::HashSet<_> = reminders.map(|said| said.to.clone()).collect();
    assert_eq!(to.len(), 40, "each once");
}

#[test]
fn what_changed_meanwhile_is_not_said() {
    let mut show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    show.connect();
    show.at("2026-11-23T12:00");
    let start = utc("2026-11-24T20:00");
    let amara = member("Nairobi", Duration::hours(1), None);
    let episode = show.chat.episodes.iter().find(|e| e.starts == start).expect("planned").clone();
    let delivery = personal::delivery(&show.chat.settings, &amara, &episode, show.now).expect("a wish");
    let due = |episode, member: Option<&Member>| {
        personal::due(&show.chat.settings, episode, member, &delivery.id, utc("2026-11-24T19:00"))
    };
    assert!(due(Some(&episode), Some(&amara)).is_some());
    assert!(due(Some(&episode), None).is_none(), "she left");
    let off = Member { wishes: Wishes { remind: None, ..amara.wishes.clone() }, ..amara.clone() };
    assert!(due(Some(&episode), Some(&off)).is_none(), "she wants none");
    let earlier = member("Nairobi", Duration::hours(2), None);
    assert!(due(Some(&episode), Some(&earlier)).is_none(), "she wants it at another time");
    let moved = chat::agenda::Episode { starts: start + Duration::hours(1), ..episode.clone() };
    assert!(due(Some(&moved), Some(&amara)).is_none(), "it was moved");
    let off = chat::agenda::Episode { state: chat::agenda::State::Cancelled, ..episode.clone() };
    assert!(due(Some(&off), Some(&amara)).is_none(), "it is off");
}

#[test]
fn a_closed_door_is_knocked_at_once_and_told_of_once() {
    let mut show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    show.connect();
    let known = member("Nairobi", Duration::hours(1), None);
    let record = Member { version: 1, ..known };
    show.people.insert(format!("member {}", amara()), Change::Joined(record.clone()));
    show.chat.seen.member = Some(record);
    show.event(&chat::Event::Unreached(amara())).expect("noted");
    let Some(Change::Joined(closed)) = show.people.get(&format!("member {}", amara())).cloned() else {
        panic!("a member");
    };
    assert_eq!(closed.wishes.remind, None);
    show.chat.seen.member = Some(closed);
    let mut ask = |command| {
        let asking = show.asking(&amara());
        let said = show.event(&chat::Event::Membered(asking, command)).expect("said");
        if let Some(Change::Joined(now)) = show.people.get(&format!("member {}", amara())).cloned() {
            show.chat.seen.member = Some(now);
        }
        words(said.as_ref())
    };
    let first = ask(chat::command::MemberCommand::Me);
    assert!(first.contains("let no direct message of mine through"), "{first}");
    let second = ask(chat::command::MemberCommand::Me);
    assert!(!second.contains("direct message of mine"), "{second}");
    let again = ask(chat::command::MemberCommand::Remind { when: Some("1h".to_owned()) });
    assert!(again.contains("Reminder: 1 hour before"), "{again}");
}

proptest! {
    /// Whatever zone, hour and quiet hours: never inside them, never later than asked, never more than a day
    /// earlier, and inside the two days in which reminders are laid out.
    #[test]
    fn no_reminder_is_ever_inside_quiet_hours(
        place in prop::sample::select(vec!["London", "New York", "Auckland", "Kathmandu", "Nairobi", "Lord Howe"]),
        before in 5_i64..=1440,
        (from, until) in (0_u32..1440, 0_u32..1440),
        minute in 0_i64..(400 * 24 * 60),
    ) {
        prop_assume!(from != until);
        let time = |m: u32| NaiveTime::from_hms_opt(m / 60, m % 60, 0).expect("a time");
        let quiet = Quiet { from: time(from), until: time(until) };
        let mut amara = member("London", Duration::minutes(before), None);
        let Ok((name, zone)) = chat::zone::find(place) else { return Ok(()) };
        amara.wishes.place = Some(Whereabouts { name, zone });
        amara.wishes.quiet = Some(quiet);
        let start = utc("2026-01-01T00:00") + Duration::minutes(minute);
        let show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
        let at = personal::moment(&show.chat.settings, &amara, start).expect("a wish").at;
        let asked = start - Duration::minutes(before);
        prop_assert!(at <= asked, "{at} {asked}");
        prop_assert!(at >= start - personal::AHEAD - Duration::hours(1) - Duration::minutes(5), "{at} {start}");
        // In a night that a change of clocks makes longer, an hour of it may be what is left of the day.
        let free = (i64::from(from) - i64::from(until)).rem_euclid(1440);
        if at < asked && free > 60 {
            prop_assert!(!quiet.covers(at.with_timezone(&zone).time()), "{at}");
        }
    }
}

#[test]
fn what_comes_late_keeps_out_of_quiet_hours_too() {
    let mut show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    show.connect();
    show.at("2026-11-23T12:00");
    let start = utc("2026-11-24T20:00");
    let mut episode = show.chat.episodes.iter().find(|e| e.starts == start).expect("planned").clone();
    // In Lagos, an hour ahead of London, quiet begins at 18:00: five minutes before that is her moment.
    let amara = member("Lagos", Duration::hours(1), Some((18, 22)));
    let delivery = personal::delivery(&show.chat.settings, &amara, &episode, show.now).expect("a wish");
    assert_eq!(delivery.at, utc("2026-11-24T16:55"));
    let due = |at| {
        personal::due(&show.chat.settings, Some(&episode), Some(&amara), &delivery.id, utc(at)).is_some()
    };
    assert!(due("2026-11-24T16:55") && due("2026-11-24T16:59"));
    assert!(!due("2026-11-24T17:00") && !due("2026-11-24T19:30"), "she asked for quiet");
    // The hello that an outage kept until her night began comes in the morning.
    episode.state = chat::agenda::State::Closed { at: utc("2026-11-24T21:00") };
    let amara = member("Lagos", Duration::hours(1), Some((23, 7)));
    let due = |at| chat::greeting::due(&show.chat.settings, &episode, &amara, utc(at));
    assert_eq!(due("2026-11-24T21:20"), Ok(()));
    assert_eq!(due("2026-11-24T23:30"), Err(utc("2026-11-25T06:00")));
    assert_eq!(due("2026-11-25T06:00"), Ok(()));
}

#[test]
fn a_hello_after_the_first_hour_keeps_out_of_quiet_hours() {
    let show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    let ends = utc("2026-11-24T21:00");
    let at = |place: &str, quiet| {
        chat::greeting::moment(&show.chat.settings, &member(place, Duration::hours(1), quiet), ends)
    };
    assert_eq!(at("Nairobi", None), utc("2026-11-24T21:15"));
    // There it is a quarter past midnight, in London not yet ten, in Auckland ten in the morning.
    assert_eq!(at("Nairobi", Some((22, 8))), utc("2026-11-25T05:00"));
    assert_eq!(at("London", Some((22, 8))), utc("2026-11-24T21:15"));
    assert_eq!(at("London", Some((20, 8))), utc("2026-11-25T08:00"));
    assert_eq!(at("Auckland", Some((9, 17))), utc("2026-11-25T04:00"));
}

#[test]
fn who_was_here_again_needs_no_nudge() {
    let mut show = Show::of("new #SMXChat every Tuesday 8pm London", "2026-11-20T12:00");
    show.connect();
    show.at("2026-11-23T12:00");
    let [first, second] = ["2026-11-24T20:00", "2026-12-01T20:00"].map(|at| {
        let of = |e: &&chat::agenda::Episode| e.starts == utc(at);
        show.chat.episodes.iter().find(of).expect("planned").clone()
    });
    let known = Member {
        wishes: Wishes { welcome: true, ..Wishes::default() },
        greeted: Some(first.id.clone()),
        ..Member::new(amara(), "Amara", "4105", utc("2026-11-20T12:00"))
    };
    let spoke = chat::member::Participant {
        person: amara(),
        name: "Amara".to_owned(),
        first: first.id.clone(),
        latest: first.id.clone(),
        posts: 1,
        heard: None,
        admitted: None,
        recent: Vec::new(),
        burst: None,
        said: vec![],
        version: 1,
    };
    let mut nudged = |known: &Member, latest: &chat::name::EpisodeId| {
        show.chat.seen.member = Some(known.clone());
        show.chat.seen.participant =
            Some(chat::member::Participant { latest: latest.clone(), ..spoke.clone() });
        let event = chat::Event::Nudged(amara(), second.id.clone());
        chat::decide(&show.chat, &event, utc("2026-12-01T19:00")).expect("never refused").reply.is_some()
    };
    assert!(nudged(&known, &first.id));
    assert!(!nudged(&known, &second.id), "she spoke before the doors opened");
    let noted = Member { nudged: Some(second.id.clone()), ..known.clone() };
    assert!(nudged(&noted, &first.id), "noted, and not said yet");
    let earlier = Member { nudged: Some(first.id.clone()), ..known.clone() };
    assert!(!nudged(&earlier, &first.id), "once");
    let unmet = Member { greeted: None, ..known.clone() };
    assert!(!nudged(&unmet, &first.id), "who was not greeted is not nudged either");
}

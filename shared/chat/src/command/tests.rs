//! What people type, and how it is read.

use chrono::{Duration, NaiveTime, Weekday};
use proptest::prelude::*;

use super::*;

fn chats() -> Vec<Slug> {
    ["smxchat", "bookhour", "next"].map(|slug| slug.parse().expect("a slug")).to_vec()
}

fn read(text: &str) -> Result<Command, Misread> {
    parse(text, &chats()).map(|parsed| {
        assert_eq!(parsed.chat, None, "{text:?} names no chat");
        parsed.command
    })
}

#[track_caller]
fn check(table: impl IntoIterator<Item = (&'static str, Command)>) {
    for (typed, meant) in table {
        assert_eq!(read(typed), Ok(meant), "{typed:?}");
    }
}

#[track_caller]
fn check_misread(table: impl IntoIterator<Item = (&'static str, Misread)>) {
    for (typed, why) in table {
        assert_eq!(read(typed), Err(why), "{typed:?}");
    }
}

fn date(day: u32, month: u32) -> Day {
    Day::Date { weekday: None, day, month, year: None }
}

fn dated(day: u32, month: u32, year: i32) -> Day {
    Day::Date { weekday: None, day, month, year: Some(year) }
}

fn at(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
}

fn mins(minutes: i64) -> Duration {
    Duration::minutes(minutes)
}

fn s(text: &str) -> String {
    text.to_owned()
}

/// The episode of a day, typed so.
fn on(typed: &str, day: Day) -> Option<On> {
    Some(On { day, time: None, typed: s(typed) })
}

fn add(text: &str, on: Option<On>) -> Command {
    Command::Ask { at: None, text: s(text), on }
}

fn replace(at: u32, text: &str, on: Option<On>) -> Command {
    Command::Ask { at: Some(at), text: s(text), on }
}

fn weekly(every: u32, day: Weekday, time: NaiveTime) -> SlotTyped {
    SlotTyped { every: RecurrenceTyped::Weekly { every, day }, time }
}

fn monthly(nth: i8, day: Weekday, time: NaiveTime) -> SlotTyped {
    SlotTyped { every: RecurrenceTyped::Monthly { nth, day }, time }
}

fn chat(slots: &[SlotTyped], city: &str) -> Command {
    Command::New(Some(NewChat { hashtag: s("SMXChat"), slots: slots.to_vec(), city: s(city), title: None }))
}

fn verbs(all: &[Verb]) -> Vec<About> {
    all.iter().map(|verb| About::Verb(*verb)).collect()
}

fn unknown(typed: &str, nearest: &[Verb]) -> Misread {
    Misread::UnknownVerb { typed: s(typed), nearest: verbs(nearest) }
}

#[test]
fn every_example_in_help_is_understood_and_means_its_verb() {
    for verb in Verb::ALL {
        let help = help(*verb);
        assert!(!help.examples.is_empty() && !help.does.is_empty());
        for example in help.examples {
            let command = read(example).unwrap_or_else(|why| panic!("{example:?}: {why:?}"));
            assert_eq!(command.verb(), *verb, "{example:?}");
        }
        let after = help.usage.strip_prefix(verb.word()).expect("a usage begins with its verb");
        assert!(after.is_empty() || after.starts_with(' '), "{}", help.usage);
        // A usage without a placeholder is a command, and so is one whose brackets are left out.
        if !after.contains(|c: char| c.is_ascii_uppercase() || c == '|')
            || after.trim_start().starts_with('[')
        {
            let literal = if after.contains('[') { verb.word() } else { help.usage };
            match read(literal) {
                Ok(command) => assert_eq!(command.verb(), *verb, "{literal:?}"),
                // `ask [Q3] TEXT` still needs its text.
                Err(why) => assert_eq!(why, Misread::Missing { verb: *verb, piece: Piece::Text }),
            }
        }
    }
}

#[test]
fn every_choice_in_a_usage_is_understood() {
    for typed in [
        "connect slack",
        "connect discord",
        "connect x",
        "disconnect slack",
        "disconnect discord",
        "disconnect x",
        "set discord threads",
        "set slack flat",
    ] {
        assert!(read(typed).is_ok(), "{typed}");
    }
    for which in WordsFor::ALL {
        assert_eq!(read(&format!("words {which}")), Ok(Command::Words(WordsChange::Show(*which))));
        assert_eq!(read(&format!("words {which} usual")), Ok(Command::Words(WordsChange::Usual(*which))));
    }
}

#[test]
fn every_setting_has_an_example_that_sets_it() {
    for name in SettingName::ALL {
        let help = help_setting(*name);
        assert!(help.usage.starts_with(&format!("set {name} ")));
        match read(help.example) {
            Ok(Command::Set(setting)) => assert_eq!(setting.name(), *name),
            other => panic!("{}: {other:?}", help.example),
        }
        assert_eq!(
            read(&format!("help set {name}")),
            Ok(Command::Help { about: Some(About::Setting(*name)) })
        );
        assert_eq!(
            read(&format!("set {name}")),
            Err(Misread::Missing { verb: Verb::Set, piece: Piece::Value(*name) })
        );
    }
}

#[test]
fn suggesting() {
    let suggest = |text: &str| Command::Suggest { text: Some(s(text)) };
    check([
        ("suggest", Command::Suggest { text: None }),
        ("suggest What made you stay?", suggest("What made you stay?")),
        ("suggest “What made you stay?”", suggest("What made you stay?")),
        // Neither a place nor a date is for the one who suggests to choose: all of it is the question.
        ("suggest Q3 What now?", suggest("Q3 What now?")),
        ("suggest Where will you be on 8 Dec", suggest("Where will you be on 8 Dec")),
        ("suggestions", Command::Suggestions),
        ("ideas", Command::Ideas { on: None }),
        ("idea", Command::Ideas { on: None }),
        ("ideas on 8 Dec", Command::Ideas { on: on("on 8 Dec", date(8, 12)) }),
        ("heard", Command::Heard { on: None }),
        ("heard on 24 Nov", Command::Heard { on: on("on 24 Nov", date(24, 11)) }),
    ]);
    check_misread([
        ("suggest \u{200B}", Misread::Missing { verb: Verb::Suggest, piece: Piece::Text }),
        ("suggestions please", Misread::Extra { verb: Verb::Suggestions, words: s("please") }),
        ("ideas Q3", Misread::Extra { verb: Verb::Ideas, words: s("Q3") }),
        ("heard Ada", Misread::Extra { verb: Verb::Heard, words: s("Ada") }),
    ]);
    // As it is kept for the button under "Which one?".
    for text in ["What made you stay?", "\"Yes\" or 'no', & <3?", "“Quoted”", "on 8 Dec"] {
        let written = suggest(text).written().expect("it can be typed");
        assert_eq!(read(&written), Ok(suggest(text)), "{written}");
    }
}

#[test]
fn words_stand_for_one_thing_each() {
    for verb in Verb::ALL {
        assert_eq!(Verb::of(verb.word()), Some(*verb));
        assert_eq!(
            read(&format!("help {}", verb.word().to_uppercase())),
            Ok(Command::Help { about: Some(About::Verb(*verb)) })
        );
    }
    assert_eq!(Verb::ALL.iter().collect::<std::collections::HashSet<_>>().len(), Verb::ALL.len());
}

#[test]
fn who_may() {
    for verb in Verb::ALL {
        let who = match verb {
            Verb::When | Verb::Questions | Verb::Help | Verb::Suggest | Verb::Suggestions => Who::Everyone,
            Verb::New => Who::Operators,
            Verb::Hide | Verb::Block | Verb::Unblock | Verb::LeaveOut => Who::Moderators,
            Verb::Hold | Verb::Mute | Verb::Unmute | Verb::Muted | Verb::Door => Who::Moderators,
            _ => Who::Organisers,
        };
        assert_eq!(verb.who(), who, "{verb}");
    }
    assert_eq!(read("connect x").map(|c| c.who()), Ok(Who::Operators));
    assert_eq!(read("connect slack").map(|c| c.who()), Ok(Who::Organisers));
    assert_eq!(read("set burst 10").map(|c| c.who()), Ok(Who::Moderators));
    assert_eq!(read("set length 60m").map(|c| c.who()), Ok(Who::Organisers));
}

#[test]
fn looking_changes_nothing() {
    for typed in [
        "",
        "help",
        "new",
        "show",
        "organiser",
        "moderator",
        "muted",
        "door",
        "words",
        "words close",
        "edit",
        "preview",
        "brief",
        "when",
        "questions",
        "status",
    ] {
        assert!(!read(typed).expect(typed).changes(), "{typed}");
    }
    for typed in [
        "mute scam",
        "unmute scam",
        "door open",
        "set burst off",
        "moderator add <@U1>",
        "ask Why?",
        "set length 60m",
        "words close Bye",
        "organiser add <@U1>",
        "next",
        "say Hi",
        "retire",
    ] {
        assert!(read(typed).expect(typed).changes(), "{typed}");
    }
}

#[test]
fn a_chat_is_chosen_by_its_first_word() {
    let chosen = |text: &str| parse(text, &chats()).map(|p| (p.chat.map(|c| c.to_string()), p.command));
    for typed in [
        "smxchat when",
        "#SMXChat when",
        "＃SMXChat when",
        "SMXCHAT  When",
        "<#C061EG9SL|smxchat> when",
        "\u{a0}smxchat\twhen",
    ] {
        assert_eq!(chosen(typed), Ok((Some(s("smxchat")), Command::When)), "{typed}");
    }
    assert_eq!(chosen("smxchat"), Ok((Some(s("smxchat")), Command::Help { about: None })));
    // Verbs win; a hashtag is no verb.
    assert_eq!(chosen("next"), Ok((None, Command::Next)));
    assert_eq!(chosen("#next next"), Ok((Some(s("next")), Command::Next)));
    assert_eq!(chosen("smxchat tpoic x"), Err(unknown("tpoic", &[Verb::Topic])));
    assert_eq!(
        chosen("smxcaht topic x"),
        Err(Misread::UnknownChat { typed: s("smxcaht"), nearest: Some("smxchat".parse().expect("a slug")) })
    );
    // The chat may also stand behind a command that takes nothing.
    let show = Ok((Some(s("smxchat")), Command::Show));
    for typed in ["#SMXChat show", "show #SMXChat", "show <#C024|smxchat>"] {
        assert_eq!(chosen(typed), show, "{typed}");
    }
    assert_eq!(chosen("show #knitting"), Err(Misread::UnknownChat { typed: s("#knitting"), nearest: None }));
    let text = chosen("topic #SMXChat").expect("a topic may be a hashtag");
    assert!(matches!(text, (None, Command::Topic { text: Some(_), .. })), "{text:?}");
    assert_eq!(chosen("#knitting when"), Err(Misread::UnknownChat { typed: s("#knitting"), nearest: None }));
}

#[test]
fn unknown_words_are_asked_back() {
    check_misread([
        ("topik Cats", unknown("topik", &[Verb::Topic])),
        ("aks Why?", unknown("aks", &[Verb::Ask])),
        ("resched 24 Dec", unknown("resched", &[Verb::Reschedule])),
        ("cancel", unknown("cancel", &[Verb::Skip, Verb::Drop])),
        ("start", unknown("start", &[Verb::Next, Verb::New])),
        ("delay 3m", unknown("delay", &[Verb::Hold])),
        ("list", unknown("list", &[Verb::Questions])),
        ("xyzzyqwerty", unknown("xyzzyqwerty", &[])),
        ("&lt;b&gt;", unknown("<b>", &[])),
        (
            "reminders 1h",
            Misread::UnknownVerb {
                typed: s("reminders"),
                nearest: vec![About::Setting(SettingName::Reminders)],
            },
        ),
        ("join", Misread::InDiscord { verb: MemberVerb::Join }),
        ("forget-me", Misread::InDiscord { verb: MemberVerb::ForgetMe }),
        ("my-data", Misread::InDiscord { verb: MemberVerb::MyData }),
        ("help cancel", unknown("cancel", &[Verb::Skip, Verb::Drop])),
    ]);
    assert_eq!(About::Setting(SettingName::Reminders).to_string(), "set reminders");
}

#[test]
fn more_than_a_command_takes_is_asked_back() {
    for (typed, verb, words) in [
        ("next please", Verb::Next, "please"),
        ("pause 3m", Verb::Pause, "3m"),
        ("close Q3", Verb::Close, "Q3"),
        ("retire #SMXChat", Verb::Retire, "#SMXChat"),
        ("connect slack <#C1|smx>", Verb::Connect, "#smx"),
        ("when on 8 Dec", Verb::When, "on 8 Dec"),
    ] {
        assert_eq!(read(typed), Err(Misread::Extra { verb, words: s(words) }), "{typed}");
    }
}

#[test]
fn asking() {
    check([
        ("ask What did you do?", add("What did you do?", None)),
        ("ASK: What did you do?", add("What did you do?", None)),
        ("ask “What did you do?”", add("What did you do?", None)),
        ("ask\u{a0}What \u{a0} did\tyou do?", add("What did you do?", None)),
        ("ask A3 is a paper size. Why?", add("A3 is a paper size. Why?", None)),
        ("ask Q: what is it for?", add("Q: what is it for?", None)),
        ("ask Q&amp;A or lecture?", add("Q&A or lecture?", None)),
        ("ask Q3-results: good or bad?", add("Q3-results: good or bad?", None)),
        ("ask \"Q3 results, good or bad?\"", add("Q3 results, good or bad?", None)),
        ("ask ask ask?", add("ask ask?", None)),
        ("ask Q3 What would you do?", replace(3, "What would you do?", None)),
        ("ask q3 What?", replace(3, "What?", None)),
        ("ask Q3. What?", replace(3, "What?", None)),
        ("ask Q3: What?", replace(3, "What?", None)),
        ("ask Q3:What?", replace(3, "What?", None)),
        ("ask Q12 “What?”", replace(12, "What?", None)),
        ("ask Q3 What? on 8 Dec", replace(3, "What?", on("on 8 Dec", date(8, 12)))),
        (
            "ask Ask <@U1|maya> in <#C2|general>, or see <http://Booking.com|Booking.com>?",
            add("Ask @maya in #general, or see Booking.com?", None),
        ),
    ]);
    check_misread([
        ("ask", Misread::Missing { verb: Verb::Ask, piece: Piece::Text }),
        ("ask Q3", Misread::Missing { verb: Verb::Ask, piece: Piece::Text }),
        ("ask Q3:", Misread::Missing { verb: Verb::Ask, piece: Piece::Text }),
        ("ask Q3 on 8 Dec", Misread::Missing { verb: Verb::Ask, piece: Piece::Text }),
        ("ask “”", Misread::Missing { verb: Verb::Ask, piece: Piece::Text }),
        ("ask Q0 What?", Misread::NotAQuestion { verb: Verb::Ask, typed: s("Q0") }),
        ("ask Q100 What?", Misread::NotAQuestion { verb: Verb::Ask, typed: s("Q100") }),
    ]);
}

#[test]
fn a_closing_day_chooses_the_episode_and_other_words_do_not() {
    let q = "What next?";
    for (closing, day) in [
        ("on 8 Dec", date(8, 12)),
        ("on Tue 8 Dec", Day::Date { weekday: Some(Weekday::Tue), day: 8, month: 12, year: None }),
        ("on 2026-12-08", dated(8, 12, 2026)),
        ("on 8 December 2027", dated(8, 12, 2027)),
        ("on Dec 8", date(8, 12)),
        ("On the 8th of December", date(8, 12)),
        ("on tomorrow", Day::Tomorrow),
        ("on Tuesday", Day::Weekday { day: Weekday::Tue, next: false }),
        ("on next Tuesday", Day::Weekday { day: Weekday::Tue, next: true }),
        ("on\u{a0}25/12", date(25, 12)),
        ("on the 12th", Day::Nth { weekday: None, day: 12 }),
        ("on Tuesday the 1st", Day::Nth { weekday: Some(Weekday::Tue), day: 1 }),
        ("on 8 Dec.", date(8, 12)),
        ("On Tuesday.", Day::Weekday { day: Weekday::Tue, next: false }),
        ("on 8.12.", date(8, 12)),
    ] {
        let on = on(&closing.replace('\u{a0}', " "), day);
        assert_eq!(read(&format!("ask {q} {closing}")), Ok(add(q, on.clone())), "{closing}");
        assert_eq!(
            read(&format!("topic “{q}” {closing}")),
            Ok(Command::Topic { text: Some(s(q)), on: on.clone() })
        );
        assert_eq!(read(&format!("questions {closing}")), Ok(Command::Questions { on: on.clone() }));
        assert_eq!(
            read(&format!("move Q2 Q1 {closing}")),
            Ok(Command::Move { from: 2, to: 1, on: on.clone() })
        );
        assert_eq!(read(&format!("drop q2 {closing}")), Ok(Command::Drop { at: 2, on }));
    }
    for text in [
        "What are you working on",
        "Whom do you count on tomorrow?",
        "Which side are you on 100%",
        "What goes on on Mars",
        "Where will you be on 8 Dec?",
        "We met on 8 Dec, 10 of us, to talk",
        "What changed on 24 Nov in Paris",
        "Who won on 24 Nov 10%",
        "on and on",
        "What do you do tomorrow",
        "Lights on 8.12",
    ] {
        assert_eq!(read(&format!("ask {text}")), Ok(add(text, None)));
    }
    check([
        ("questions tomorrow", Command::Questions { on: on("tomorrow", Day::Tomorrow) }),
        ("edit 8 Dec", Command::Edit { on: on("8 Dec", date(8, 12)) }),
        ("preview", Command::Preview { on: None }),
        ("brief", Command::Brief { name: None, on: None }),
        (
            "brief Amina Okoth on 8 Dec",
            Command::Brief { name: Some("Amina Okoth".to_owned()), on: on("on 8 Dec", date(8, 12)) },
        ),
        (
            "topic “Where we were on 8 Dec”",
            Command::Topic { text: Some(s("Where we were on 8 Dec")), on: None },
        ),
        ("fix Q3 What do you do on Tuesday", Command::Fix { at: 3, text: s("What do you do on Tuesday") }),
        ("say We are back on Tuesday", Command::Say { text: s("We are back on Tuesday") }),
    ]);
    let readings = |year| {
        let day = |day, month| Day::Date { weekday: None, day, month, year };
        [day(1, 12), day(12, 1)]
    };
    check_misread([
        ("ask Why? on 1/12", Misread::AmbiguousDate { typed: s("1/12"), readings: readings(None) }),
        (
            "skip 01/12/2026",
            Misread::AmbiguousDate { typed: s("01/12/2026"), readings: readings(Some(2026)) },
        ),
        ("ask Why? on 24 Nov 10", Misread::HalfADate { verb: Verb::Ask, typed: s("on 24 Nov 10") }),
        (
            "topic Owls on Tue 24 Nov in the evening.",
            Misread::HalfADate { verb: Verb::Topic, typed: s("on Tue 24 Nov in the evening.") },
        ),
        ("preview on whenever", Misread::NotADay { verb: Verb::Preview, typed: s("on whenever") }),
        ("topic on 8 Dec", Misread::Missing { verb: Verb::Topic, piece: Piece::Text }),
    ]);
}

#[test]
fn of_two_on_a_day_a_time_chooses() {
    let evening = |typed: &str| Some(On { day: date(24, 11), time: Some(at(20, 0)), typed: s(typed) });
    for typed in
        ["on 24 Nov at 8pm", "on 24 Nov, 8 pm", "on 24 Nov 20:00.", "on 8pm 24 Nov", "at 8pm on 24 Nov"]
    {
        assert_eq!(read(&format!("ask Who? {typed}")), Ok(add("Who?", evening(typed))), "{typed}");
    }
    let midday = "Where will you be at noon";
    assert_eq!(read(&format!("ask {midday} on 24 Nov")), Ok(add(midday, on("on 24 Nov", date(24, 11)))));
    check([
        ("preview 24 Nov 8pm", Command::Preview { on: evening("24 Nov 8pm") }),
        (
            "move Q3 Q1 on 24 Nov at 20:00",
            Command::Move { from: 3, to: 1, on: evening("on 24 Nov at 20:00") },
        ),
    ]);
}

#[test]
fn questions_are_moved_dropped_and_fixed() {
    check([
        ("move Q3 Q1", Command::Move { from: 3, to: 1, on: None }),
        ("move q3 to q1", Command::Move { from: 3, to: 1, on: None }),
        ("move 3 → 1", Command::Move { from: 3, to: 1, on: None }),
        ("move Q3 -&gt; Q1 tomorrow", Command::Move { from: 3, to: 1, on: on("tomorrow", Day::Tomorrow) }),
        ("drop Q4", Command::Drop { at: 4, on: None }),
        ("drop 4", Command::Drop { at: 4, on: None }),
        ("fix Q3: What?", Command::Fix { at: 3, text: s("What?") }),
    ]);
    let missing = |verb, piece| Misread::Missing { verb, piece };
    check_misread([
        ("move", missing(Verb::Move, Piece::Question)),
        ("move Q3", missing(Verb::Move, Piece::Position)),
        ("move Q3 to", missing(Verb::Move, Piece::Position)),
        ("drop Q3 and Q4", Misread::Extra { verb: Verb::Drop, words: s("and Q4") }),
        ("preview Q3", Misread::Extra { verb: Verb::Preview, words: s("Q3") }),
        ("move Q3 up", Misread::NotAQuestion { verb: Verb::Move, typed: s("up") }),
        ("drop", missing(Verb::Drop, Piece::Question)),
        ("drop everything", Misread::NotAQuestion { verb: Verb::Drop, typed: s("everything") }),
        ("fix What?", missing(Verb::Fix, Piece::Question)),
        ("fix Q3", missing(Verb::Fix, Piece::Text)),
        ("drop 29 Dec", Misread::Instead { verb: Verb::Drop, instead: Verb::Skip, words: s("29 Dec") }),
        ("drop 4 Dec", Misread::Instead { verb: Verb::Drop, instead: Verb::Skip, words: s("4 Dec") }),
        ("skip Q4", Misread::Instead { verb: Verb::Skip, instead: Verb::Drop, words: s("Q4") }),
        (
            "move 24 Dec to 26 Dec",
            Misread::Instead { verb: Verb::Move, instead: Verb::Reschedule, words: s("24 Dec to 26 Dec") },
        ),
    ]);
}

#[test]
fn dates_are_skipped_moved_and_added() {
    let skip = |typed: &str, day, to| Command::Skip { from: on(typed, day).expect("a day"), to };
    let of = |typed: &str, day| on(typed, day).expect("a day");
    let thursday = Day::Weekday { day: Weekday::Thu, next: false };
    check([
        ("skip 29 Dec", skip("29 Dec", date(29, 12), None)),
        ("skip on 2026-12-29", skip("2026-12-29", dated(29, 12, 2026), None)),
        ("skip Thursday", skip("Thursday", thursday, None)),
        ("skip 22 Dec to 5 Jan", skip("22 Dec", date(22, 12), Some(date(5, 1)))),
        ("skip from 22 Dec until 5 Jan", skip("22 Dec", date(22, 12), Some(date(5, 1)))),
        ("skip 22 Dec - 5 Jan", skip("22 Dec", date(22, 12), Some(date(5, 1)))),
        ("skip 22 Dec–5 Jan", skip("22 Dec", date(22, 12), Some(date(5, 1)))),
        ("skip 22-29 Dec", skip("22", date(22, 12), Some(date(29, 12)))),
        ("skip 22 to 29 Dec", skip("22", date(22, 12), Some(date(29, 12)))),
        ("skip the 22nd to 29 Dec", skip("the 22nd", date(22, 12), Some(date(29, 12)))),
        (
            "skip 29 Dec at 8pm",
            Command::Skip {
                from: On { day: date(29, 12), time: Some(at(20, 0)), typed: s("29 Dec at 8pm") },
                to: None,
            },
        ),
        ("skip 2026-12-22 – 2027-01-05", skip("2026-12-22", dated(22, 12, 2026), Some(dated(5, 1, 2027)))),
        (
            "reschedule 24 Dec to 26 Dec 19:00",
            Command::Reschedule { on: of("24 Dec", date(24, 12)), to: When::OnAt(date(26, 12), at(19, 0)) },
        ),
        (
            "reschedule 24 Dec to 19h00",
            Command::Reschedule { on: of("24 Dec", date(24, 12)), to: When::At(at(19, 0)) },
        ),
        (
            "reschedule 24 Dec to Thursday",
            Command::Reschedule { on: of("24 Dec", date(24, 12)), to: When::On(thursday) },
        ),
        (
            "reschedule Thursday -&gt; 7 pm tomorrow",
            Command::Reschedule { on: of("Thursday", thursday), to: When::OnAt(Day::Tomorrow, at(19, 0)) },
        ),
        ("add 3 Dec", Command::Add { day: date(3, 12), time: None }),
        ("add 3 Dec at 7pm", Command::Add { day: date(3, 12), time: Some(at(19, 0)) }),
        ("add tomorrow noon", Command::Add { day: Day::Tomorrow, time: Some(at(12, 0)) }),
    ]);
    let missing = |verb, piece| Misread::Missing { verb, piece };
    check_misread([
        ("skip", missing(Verb::Skip, Piece::Day)),
        ("skip 22 Dec to", missing(Verb::Skip, Piece::Day)),
        ("skip next", Misread::NotADay { verb: Verb::Skip, typed: s("next") }),
        ("skip next week", Misread::NotADay { verb: Verb::Skip, typed: s("next week") }),
        ("skip 1/12-5/12", Misread::AmbiguousDate { typed: s("5/12"), readings: [date(5, 12), date(12, 5)] }),
        ("reschedule", missing(Verb::Reschedule, Piece::Day)),
        ("reschedule to 19:00", missing(Verb::Reschedule, Piece::Day)),
        ("reschedule 24 Dec", missing(Verb::Reschedule, Piece::When)),
        ("reschedule 24 Dec to", missing(Verb::Reschedule, Piece::When)),
        ("reschedule 24 Dec to later", Misread::NotAWhen { verb: Verb::Reschedule, typed: s("later") }),
        ("reschedule 24 Dec to 7", Misread::NotAWhen { verb: Verb::Reschedule, typed: s("7") }),
        ("add", missing(Verb::Add, Piece::Day)),
        ("add 7pm", missing(Verb::Add, Piece::Day)),
        ("add Why is that?", Misread::NotAWhen { verb: Verb::Add, typed: s("Why is that?") }),
    ]);
}

#[test]
fn guests() {
    let guest = |name: &str, city: &str, about: Option<&str>, handle: Option<&str>| {
        GuestChange::Add(GuestTyped {
            name: s(name),
            city: s(city),
            about: about.map(s),
            handle: handle.map(s),
            from: None,
        })
    };
    let from = |change: GuestChange, position: u32| match change {
        GuestChange::Add(guest) => GuestChange::Add(GuestTyped { from: Some(position), ..guest }),
        other => other,
    };
    check([
        (
            "guest Amina Okoth, Nairobi",
            Command::Guest { change: guest("Amina Okoth", "Nairobi", None, None), on: None },
        ),
        (
            "guest Amina Okoth, in Nairobi, runs a club, and a bakery, @aminareads on 8 Dec",
            Command::Guest {
                change: guest(
                    "Amina Okoth",
                    "Nairobi",
                    Some("runs a club, and a bakery"),
                    Some("aminareads"),
                ),
                on: on("on 8 Dec", date(8, 12)),
            },
        ),
        // Slack took the handle for one of its own people.
        (
            "guest Sol, @sol, Leeds",
            Command::Guest { change: guest("Sol", "Leeds", None, Some("sol")), on: None },
        ),
        (
            "guest Sol, Leeds, <@U1|sol>",
            Command::Guest { change: guest("Sol", "Leeds", None, Some("sol")), on: None },
        ),
        (
            "guest Amina Okoth, Nairobi, runs a club from 3, @aminareads from q3 on 8 Dec",
            Command::Guest {
                change: from(
                    guest("Amina Okoth", "Nairobi", Some("runs a club from 3"), Some("aminareads")),
                    3,
                ),
                on: on("on 8 Dec", date(8, 12)),
            },
        ),
        (
            "guest Amina Okoth, Nairobi, on 8 Dec from Q3.",
            Command::Guest {
                change: from(guest("Amina Okoth", "Nairobi", None, None), 3),
                on: on("on 8 Dec", date(8, 12)),
            },
        ),
        (
            "guest Amina Okoth, Nairobi, at Q12",
            Command::Guest { change: from(guest("Amina Okoth", "Nairobi", None, None), 12), on: None },
        ),
        ("guest Amina from Q3", Command::Guest { change: GuestChange::From(s("Amina"), 3), on: None }),
        (
            "guest Amina Okoth at Q1 on 8 Dec",
            Command::Guest {
                change: GuestChange::From(s("Amina Okoth"), 1),
                on: on("on 8 Dec", date(8, 12)),
            },
        ),
        // Wherever it stands, and however it is written.
        (
            "guest Amina Okoth, Nairobi, from Q2, runs a club",
            Command::Guest {
                change: from(guest("Amina Okoth", "Nairobi", Some("runs a club"), None), 2),
                on: None,
            },
        ),
        (
            "guest Amina Okoth, from Q2 on, Nairobi, runs a club, @amina",
            Command::Guest {
                change: from(guest("Amina Okoth", "Nairobi", Some("runs a club"), Some("amina")), 2),
                on: None,
            },
        ),
        (
            "guest Amina Okoth at Q2, Nairobi",
            Command::Guest { change: from(guest("Amina Okoth", "Nairobi", None, None), 2), on: None },
        ),
        (
            "guest Amina Okoth, Nairobi from Q 2, runs a club, and a bakery",
            Command::Guest {
                change: from(guest("Amina Okoth", "Nairobi", Some("runs a club, and a bakery"), None), 2),
                on: None,
            },
        ),
        (
            "guest Amina Okoth, Nairobi, runs a club from Question 2, @amina on 8 Dec",
            Command::Guest {
                change: from(guest("Amina Okoth", "Nairobi", Some("runs a club"), Some("amina")), 2),
                on: on("on 8 Dec", date(8, 12)),
            },
        ),
        (
            "guest Wanjiru Kamau, Nairobi, @wanjiru from q2, runs a club",
            Command::Guest {
                change: from(guest("Wanjiru Kamau", "Nairobi", Some("runs a club"), Some("wanjiru")), 2),
                on: None,
            },
        ),
        (
            "guest Wanjiru Kamau, Nairobi, from question 3",
            Command::Guest { change: from(guest("Wanjiru Kamau", "Nairobi", None, None), 3), on: None },
        ),
        ("guest Amina, from Q3 on", Command::Guest { change: GuestChange::From(s("Amina"), 3), on: None }),
        (
            "guest Amina from question 3 on 8 Dec",
            Command::Guest { change: GuestChange::From(s("Amina"), 3), on: on("on 8 Dec", date(8, 12)) },
        ),
        // No question is meant, and the text stays as it is.
        (
            "guest Sol, Leeds, works at Q2 Labs, writes from 2 to 3, asks questions",
            Command::Guest {
                change: guest(
                    "Sol",
                    "Leeds",
                    Some("works at Q2 Labs, writes from 2 to 3, asks questions"),
                    None,
                ),
                on: None,
            },
        ),
        (
            "guest \"Sol, Leeds, known from Q2 to Q3\" from Q4",
            Command::Guest {
                change: from(guest("Sol", "Leeds", Some("known from Q2 to Q3"), None), 4),
                on: None,
            },
        ),
        (
            "guest remove Amina Okoth",
            Command::Guest { change: GuestChange::Remove(s("Amina Okoth")), on: None },
        ),
    ]);
    let missing = |piece| Misread::Missing { verb: Verb::Guest, piece };
    let part = |typed: &str| Misread::NotAPart { typed: s(typed) };
    check_misread([
        ("guest", missing(Piece::Name)),
        ("guest remove", missing(Piece::Name)),
        ("guest <@U1|maya>, Nairobi", Misread::NotAName { typed: s("@maya") }),
        ("guest Amina", missing(Piece::City)),
        ("guest from Q3", missing(Piece::Name)),
        ("guest Amina from Q0", Misread::NotAQuestion { verb: Verb::Guest, typed: s("Q0") }),
        ("guest Amina, Nairobi from Q100", Misread::NotAQuestion { verb: Verb::Guest, typed: s("Q100") }),
        ("guest remove Amina from Q3", Misread::Extra { verb: Verb::Guest, words: s("from Q3") }),
        ("guest remove Amina from Q3 on 8 Dec", Misread::Extra { verb: Verb::Guest, words: s("from Q3") }),
        ("guest from Q3, Amina, Nairobi", missing(Piece::Name)),
        (
            "guest Amina, Nairobi, from question 100, runs a club",
            Misread::NotAQuestion { verb: Verb::Guest, typed: s("question 100") },
        ),
        ("guest Amina, Nairobi, likes tea from Q2 to Q3", part("from Q2 to Q3")),
        ("guest Amina, Nairobi, at Q2 and Q3, likes tea", part("at Q2 and Q3")),
        ("guest Amina, Nairobi, from Q2-Q3 on 8 Dec", part("from Q2-Q3")),
        ("guest Amina from questions 2 to 3", part("from questions 2 to 3")),
        ("guest Amina, Nairobi, from Q2 runs a club", part("from Q2 runs a club")),
        ("guest Amina, from Q2, Nairobi from Q3", part("from Q2 and from Q3")),
        ("guest Amina, @amina from Q3", missing(Piece::City)),
        ("guest Amina, @amina", missing(Piece::City)),
        ("guest Amina, Nairobi, @amina okoth", Misread::NotAHandle { typed: s("@amina okoth") }),
    ]);
}

#[test]
fn holding() {
    let hold = |minutes| Command::Hold { by: mins(minutes) };
    check([
        ("hold", hold(3)),
        ("hold 3m", hold(3)),
        ("hold 5", hold(5)),
        ("hold for 10 minutes", hold(10)),
        ("hold 1h", hold(60)),
        ("hold a minute", hold(1)),
    ]);
    let out = |typed| Misread::OutOfBounds { measure: Measure::Hold, typed: s(typed) };
    check_misread([
        ("hold 0", out("0")),
        ("hold 1h30", out("1h30")),
        ("hold 90s", Misread::Seconds { typed: s("90s") }),
        ("hold on", Misread::NotALength { verb: Verb::Hold, typed: s("on") }),
    ]);
}

#[test]
fn new_chats() {
    let tuesday = weekly(1, Weekday::Tue, at(20, 0));
    check([
        ("new", Command::New(None)),
        ("new #SMXChat every Tuesday 8pm London", chat(&[tuesday], "London")),
        ("new ＃SMXChat each tues at 8 pm, in London", chat(&[tuesday], "London")),
        ("new SMXChat Tuesdays 20:00 London time", chat(&[tuesday], "London")),
        ("new #SMXChat 8pm every Tuesday London", chat(&[tuesday], "London")),
        ("new #SMXChat London every Tuesday 8pm", chat(&[tuesday], "London")),
        ("new every Tuesday 8pm London #SMXChat", chat(&[tuesday], "London")),
        ("new #SMXChat weekly on Tuesday 8pm London, UK", chat(&[tuesday], "London, UK")),
        ("new #SMXChat every week on Tuesday 8pm Dar es Salaam", chat(&[tuesday], "Dar es Salaam")),
        (
            "new #SMXChat every second Tuesday 20:00 London",
            chat(&[weekly(2, Weekday::Tue, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat every other Tuesday 20:00 London",
            chat(&[weekly(2, Weekday::Tue, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat every 2 weeks on Tuesday 20:00 London",
            chat(&[weekly(2, Weekday::Tue, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat Tuesdays 20:00 every three weeks London",
            chat(&[weekly(3, Weekday::Tue, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat fortnightly on Tuesdays 8pm London",
            chat(&[weekly(2, Weekday::Tue, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat first Thursday of the month 19:30 Europe/London",
            chat(&[monthly(1, Weekday::Thu, at(19, 30))], "Europe/London"),
        ),
        (
            "new #SMXChat last Friday monthly noon New York",
            chat(&[monthly(-1, Weekday::Fri, at(12, 0))], "New York"),
        ),
        (
            "new #SMXChat every last Friday 12:00 New York",
            chat(&[monthly(-1, Weekday::Fri, at(12, 0))], "New York"),
        ),
        (
            "new #SMXChat every third Thursday of the month 7pm Oslo",
            chat(&[monthly(3, Weekday::Thu, at(19, 0))], "Oslo"),
        ),
        (
            "new #SMXChat monthly on the 2nd Tuesday 7pm Oslo",
            chat(&[monthly(2, Weekday::Tue, at(19, 0))], "Oslo"),
        ),
        (
            "new #SMXChat first and third Thursdays 7pm Oslo",
            chat(&[monthly(1, Weekday::Thu, at(19, 0)), monthly(3, Weekday::Thu, at(19, 0))], "Oslo"),
        ),
        (
            "new #SMXChat every 1st and the last Thursday of the month 7pm Oslo",
            chat(&[monthly(1, Weekday::Thu, at(19, 0)), monthly(-1, Weekday::Thu, at(19, 0))], "Oslo"),
        ),
        (
            "new #SMXChat every Tuesday 8pm and every Wednesday 9am London",
            chat(&[tuesday, weekly(1, Weekday::Wed, at(9, 0))], "London"),
        ),
        (
            "new #SMXChat Tuesdays 9am and 8pm London",
            chat(&[weekly(1, Weekday::Tue, at(9, 0)), tuesday], "London"),
        ),
        (
            "new #SMXChat Tuesdays &amp; Thursdays 8pm London",
            chat(&[tuesday, weekly(1, Weekday::Thu, at(20, 0))], "London"),
        ),
        (
            "new #SMXChat 8pm Tuesdays and 9am Wednesdays London",
            chat(&[tuesday, weekly(1, Weekday::Wed, at(9, 0))], "London"),
        ),
    ]);
    let titled = |typed: &str, hashtag: &str| match read(typed) {
        Ok(Command::New(Some(new))) => {
            assert_eq!(
                (new.hashtag.as_str(), new.slots.as_slice(), new.city.as_str()),
                (hashtag, &[tuesday][..], "London")
            );
            new.title
        }
        other => panic!("{typed}: {other:?}"),
    };
    assert_eq!(
        titled("new #SMXChat “Social Media Hour” every Tuesday 8pm London", "SMXChat"),
        Some(s("Social Media Hour"))
    );
    assert_eq!(
        titled("new #SMXChat every Tuesday 8pm London called \"SMX, every day\"", "SMXChat"),
        Some(s("SMX, every day"))
    );
    assert_eq!(titled("new <#C1|smxchat> every Tuesday 8pm London", "smxchat"), None);
}

#[test]
fn what_a_new_chat_still_needs_is_named() {
    use NewPiece::{City, Day, Hashtag, Time};
    for (typed, hashtag, missing, stray) in [
        ("new #SMXChat", Some("SMXChat"), vec![Day, Time, City], None),
        ("new #SMXChat every Tuesday", Some("SMXChat"), vec![Time, City], None),
        ("new #SMXChat 8pm London", Some("SMXChat"), vec![Day], None),
        ("new #SMXChat every Tuesday 8pm", Some("SMXChat"), vec![City], None),
        ("new #SMXChat every Tuesday London", Some("SMXChat"), vec![Time], None),
        ("new every Tuesday 8pm London", None, vec![Hashtag], None),
        ("new <#C1|> every Tuesday 8pm London", None, vec![Hashtag], None),
        ("new #SMXChat Tuesdayish 8pm London", Some("SMXChat"), vec![Day], Some("Tuesdayish")),
        ("new #SMXChat every Tuesday 8 London", Some("SMXChat"), vec![Time], None),
    ] {
        assert_eq!(
            read(typed),
            Err(Misread::NewIncomplete { hashtag: hashtag.map(s), missing, stray: stray.map(s) }),
            "{typed}"
        );
    }
    let unclear = |words| Misread::Unclear { verb: Verb::New, words: s(words) };
    check_misread([
        (
            "new #SMXChat every third Thursday 8pm London",
            Misread::AmbiguousEvery { nth: 3, day: Weekday::Thu },
        ),
        ("new #SMXChat every Tuesday from 8pm to 9pm London", unclear("to")),
        ("new Social Media Hour every Tuesday 8pm London", unclear("Media Hour")),
        ("new #SMXChat monthly Tuesday 8pm London", unclear("monthly Tuesday 8pm London")),
        ("new #SMX-Chat every Tuesday 8pm London", Misread::NotAHashtag { typed: s("#SMX-Chat") }),
        ("new #2026 every Tuesday 8pm London", Misread::NotAHashtag { typed: s("#2026") }),
    ]);
}

#[test]
fn settings() {
    let set = |setting| Command::Set(setting);
    check([
        ("set title “The Hour”", set(Setting::Title(s("The Hour")))),
        ("set hashtag #SMXHour", set(Setting::Hashtag(s("SMXHour")))),
        ("set hashtag Straßenchat", set(Setting::Hashtag(s("Straßenchat")))),
        (
            "set time every Wednesday 7pm London",
            set(Setting::Time { slots: vec![weekly(1, Weekday::Wed, at(19, 0))], city: Some(s("London")) }),
        ),
        (
            "set time Wednesdays 7pm",
            set(Setting::Time { slots: vec![weekly(1, Weekday::Wed, at(19, 0))], city: None }),
        ),
        ("set zone London", set(Setting::Zone(s("London")))),
        ("set zone Europe/London", set(Setting::Zone(s("Europe/London")))),
        ("set length 60m", set(Setting::Length(mins(60)))),
        ("set length 90", set(Setting::Length(mins(90)))),
        ("set cadence auto", set(Setting::Cadence(CadenceTyped::Auto))),
        ("set cadence every 8m", set(Setting::Cadence(CadenceTyped::Every { first: None, every: mins(8) }))),
        (
            "set cadence every 8 min from 5 min",
            set(Setting::Cadence(CadenceTyped::Every { first: Some(mins(5)), every: mins(8) })),
        ),
        ("set reminders 24h, 10m", set(Setting::Reminders(vec![mins(1440), mins(10)]))),
        ("set reminders 10m and 24 h", set(Setting::Reminders(vec![mins(1440), mins(10)]))),
        ("set reminders 24 h 10 m", set(Setting::Reminders(vec![mins(1440), mins(10)]))),
        ("set reminders a day, 1h30, 90m", set(Setting::Reminders(vec![mins(1440), mins(90)]))),
        ("set reminders none", set(Setting::Reminders(vec![]))),
        (
            "set cities London, New York and Nairobi",
            set(Setting::Cities(vec![s("London"), s("New York"), s("Nairobi")])),
        ),
        ("set cities None", set(Setting::Cities(vec![]))),
        (
            "set discord threads",
            set(Setting::Layout { platform: Platform::Discord, layout: Layout::Threads }),
        ),
        ("set Slack FLAT", set(Setting::Layout { platform: Platform::Slack, layout: Layout::Flat })),
        (
            "set role &lt;@&amp;41771983423143936&gt;",
            set(Setting::Role(Some(RoleTyped::Id(s("41771983423143936"))))),
        ),
        ("set role <@&41771983423143936>", set(Setting::Role(Some(RoleTyped::Id(s("41771983423143936")))))),
        ("set role @SMX members", set(Setting::Role(Some(RoleTyped::Name(s("SMX members")))))),
        ("set role none", set(Setting::Role(None))),
        (
            "set desk <#C061EG9SL|smx-desk>",
            set(Setting::Desk(Some(ChannelTyped::Id { id: s("C061EG9SL"), name: Some(s("smx-desk")) }))),
        ),
        (
            "set desk <#C061EG9SL|>",
            set(Setting::Desk(Some(ChannelTyped::Id { id: s("C061EG9SL"), name: None }))),
        ),
        ("set desk #SMX-desk", set(Setting::Desk(Some(ChannelTyped::Name(s("smx-desk")))))),
        ("set desk none", set(Setting::Desk(None))),
        ("set budget $5", set(Setting::Budget(Some(Money::cents(500))))),
        ("set budget none", set(Setting::Budget(None))),
        ("set Discord links", set(Setting::Cards { platform: Platform::Discord, cards: Cards::Links })),
        ("set slack full", set(Setting::Cards { platform: Platform::Slack, cards: Cards::Full })),
    ]);
    let value = |setting, typed: &str| Misread::NotAValue { setting, typed: s(typed) };
    check_misread([
        ("set", Misread::Missing { verb: Verb::Set, piece: Piece::Setting }),
        (
            "set timezone London",
            Misread::UnknownSetting { typed: s("timezone"), nearest: Some(SettingName::Zone) },
        ),
        (
            "set lenght 60m",
            Misread::UnknownSetting { typed: s("lenght"), nearest: Some(SettingName::Length) },
        ),
        ("set x threads", Misread::UnknownSetting { typed: s("x"), nearest: None }),
        ("set budget a lot", value(SettingName::Budget, "a lot")),
        ("set budget $0.005", value(SettingName::Budget, "$0.005")),
        ("set budget -1", value(SettingName::Budget, "-1")),
        ("set discord thread", value(SettingName::Discord, "thread")),
        ("set cadence 8m", value(SettingName::Cadence, "8m")),
        ("set cadence every 8 moons", Misread::NotALength { verb: Verb::Set, typed: s("8 moons") }),
        ("set cadence every 2h", Misread::OutOfBounds { measure: Measure::Cadence, typed: s("2h") }),
        ("set length 5m", Misread::OutOfBounds { measure: Measure::Length, typed: s("5m") }),
        ("set reminders 24, 10m", Misread::NotALength { verb: Verb::Set, typed: s("24") }),
        ("set reminders 2 weeks", Misread::OutOfBounds { measure: Measure::Reminder, typed: s("2 weeks") }),
        ("set role <@U123|maya>", value(SettingName::Role, "@maya")),
        ("set role @everyone", value(SettingName::Role, "@everyone")),
        ("set desk <@U123|maya>", value(SettingName::Desk, "@maya")),
        ("set desk the usual one", value(SettingName::Desk, "the usual one")),
        ("set hashtag SMX Chat", Misread::NotAHashtag { typed: s("SMX Chat") }),
        ("set time 7pm", Misread::TimeIncomplete { missing: vec![NewPiece::Day], stray: None }),
        (
            "set time sometimes",
            Misread::TimeIncomplete {
                missing: vec![NewPiece::Day, NewPiece::Time],
                stray: Some(s("sometimes")),
            },
        ),
    ]);
}

#[test]
fn people_rooms_and_words() {
    let maya = UserTyped { id: s("U012AB3CD"), name: Some(s("maya")) };
    check([
        ("organiser", Command::Organiser(OrganiserChange::List)),
        ("Organizers", Command::Organiser(OrganiserChange::List)),
        ("organiser add <@U012AB3CD|maya>", Command::Organiser(OrganiserChange::Add(maya.clone()))),
        (
            "organiser remove <@U012AB3CD>",
            Command::Organiser(OrganiserChange::Remove(UserTyped { name: None, ..maya })),
        ),
        ("connect Slack", Command::Connect { platform: Platform::Slack }),
        ("connect x", Command::Connect { platform: Platform::X }),
        ("disconnect x", Command::Disconnect { platform: Platform::X, room: None }),
        ("disconnect Slack here", Command::Disconnect { platform: Platform::Slack, room: None }),
        (
            "disconnect slack from <#C2|books>",
            Command::Disconnect {
                platform: Platform::Slack,
                room: Some(ChannelTyped::Id { id: s("C2"), name: Some(s("books")) }),
            },
        ),
        (
            "disconnect discord #book club",
            Command::Disconnect {
                platform: Platform::Discord,
                room: Some(ChannelTyped::Name(s("book club"))),
            },
        ),
        ("words", Command::Words(WordsChange::List)),
        ("words opening", Command::Words(WordsChange::Show(WordsFor::Opening))),
        (
            "words close That’s it! {next}",
            Command::Words(WordsChange::Change(WordsFor::Close, s("That’s it! {next}"))),
        ),
        ("words reminder Usual", Command::Words(WordsChange::Usual(WordsFor::Reminder))),
        ("/chat when", Command::When),
        ("say “Back in\n\nfive”", Command::Say { text: s("Back in\n\nfive") }),
        ("help", Command::Help { about: None }),
        ("  \u{a0}\t", Command::Help { about: None }),
        ("help set", Command::Help { about: Some(About::Verb(Verb::Set)) }),
        ("help reminders", Command::Help { about: Some(About::Setting(SettingName::Reminders)) }),
    ]);
    check_misread([
        ("organiser add", Misread::Missing { verb: Verb::Organiser, piece: Piece::Person }),
        ("organiser add @maya", Misread::NotAPerson { typed: s("@maya") }),
        ("organiser <@U1|maya>", Misread::Missing { verb: Verb::Organiser, piece: Piece::AddOrRemove }),
        ("organiser add <@U1|maya> <@U2|sol>", Misread::Extra { verb: Verb::Organiser, words: s("@sol") }),
        ("connect", Misread::Missing { verb: Verb::Connect, piece: Piece::Platform }),
        (
            "connect twitter",
            Misread::UnknownPlatform { verb: Verb::Connect, typed: s("twitter"), nearest: Some(Platform::X) },
        ),
        (
            "disconnect dicsord",
            Misread::UnknownPlatform {
                verb: Verb::Disconnect,
                typed: s("dicsord"),
                nearest: Some(Platform::Discord),
            },
        ),
        ("disconnect", Misread::Missing { verb: Verb::Disconnect, piece: Piece::Platform }),
        ("disconnect slack <@U1|maya>", Misread::Extra { verb: Verb::Disconnect, words: s("@maya") }),
        ("words farewell Bye", Misread::UnknownWords { typed: s("farewell") }),
        ("say", Misread::Missing { verb: Verb::Say, piece: Piece::Text }),
    ]);
}

#[test]
fn discord_shows_every_member_command() {
    for verb in MemberVerb::ALL {
        let texts = [Some(verb.description()), verb.option().map(|option| option.description)];
        for text in texts.into_iter().flatten() {
            assert!((1..=100).contains(&text.chars().count()), "{text}");
        }
        assert!(verb.word().len() <= 32 && verb.word().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    }
    assert_eq!(MemberCommand::Connect { code: s("K7Q2") }.name(), "connect");
}

/// A verb in any capitals, then any of what commands are made of, whole or broken.
fn typed() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Q3",
        "q0",
        "on",
        "to",
        "-",
        "–",
        "8 Dec",
        "1/12",
        "30 Feb",
        "2026-12-08",
        "Tuesday",
        "every",
        "second",
        "last",
        "2 weeks",
        "8pm",
        "20:00",
        "é",
        "24h",
        "10m",
        "1h30",
        "and",
        ",",
        "#SMXChat",
        "＃x",
        "<#C1|smx>",
        "<#C1|>",
        "<@U1|maya>",
        "<",
        ">",
        "<https://x.com|x>",
        "&amp;",
        "&lt;",
        "“",
        "”",
        "'",
        "none",
        "in",
        "time",
        "London",
        "remove",
        "add",
        "@maya",
        "\u{a0}",
        "\n",
        "🎉",
        "opening",
        "usual",
        "reminders",
        "cadence",
        "hashtag",
        "role",
        "desk",
        "cities",
        "smxchat",
    ]);
    let verb = prop::sample::select(Verb::ALL.to_vec());
    (verb, prop::collection::vec((pieces, prop::sample::select(vec![" ", "", "\u{a0} "])), 0..9)).prop_map(
        |(verb, pieces)| pieces.into_iter().fold(format!("{verb} "), |all, (piece, gap)| all + piece + gap),
    )
}

proptest! {
    #[test]
    fn nothing_typed_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text, &chats());
    }

    #[test]
    fn nothing_like_a_command_makes_it_panic(text in typed()) {
        if let Ok(parsed) = parse(&text, &chats()) {
            // A verb is never taken for another.
            prop_assert!(text.starts_with(parsed.command.verb().word()));
        }
    }

    #[test]
    fn neither_spaces_nor_capitals_matter(text in typed(), loud in any::<bool>()) {
        let (word, rest) = text.split_once(' ').expect("a verb and a space");
        let word = if loud { word.to_uppercase() } else { word.to_owned() };
        prop_assert_eq!(
            parse(&format!("\u{a0}\t {word} \u{2003}\u{a0}{rest}  "), &chats()),
            parse(&text, &chats())
        );
    }

    #[test]
    fn positions_in_all_their_spellings(n in 1u32..100, q in "[Qq]0?", end in "[.:]?") {
        prop_assert_eq!(read(&format!("ask {q}{n}{end} What?")), Ok(replace(n, "What?", None)));
        prop_assert_eq!(read(&format!("drop {q}{n}{end}")), Ok(Command::Drop { at: n, on: None }));
    }

    #[test]
    fn a_question_is_added_as_it_was_typed(text in "[A-PR-Z][a-z]{1,9}( [a-z&<>']{1,9}){0,9}\\?") {
        let sent = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        prop_assert_eq!(read(&format!("ask {sent}")), Ok(add(&text, None)));
    }

    /// What a button runs is what was typed, for the episode that was chosen.
    #[test]
    fn a_command_is_written_out_for_another_episode(
        text in "[A-PR-Za-z&<>\"' ]{1,30}[?.]", closing in "on (24 Nov|Tuesday|the 12th)( at 8pm)?\\.?", n in 1u32..9,
    ) {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date");
        let sent = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for typed in [
            format!("ask {sent} {closing}"), format!("ask Q{n} {sent} {closing}"), format!("topic {sent} {closing}"),
            format!("guest Amina, Nairobi, {sent}, @amina {closing}"),
            format!("guest Amina, Nairobi, {sent} from Q{n} {closing}"), format!("guest Amina from Q{n} {closing}"), format!("drop Q{n} {closing}"),
            format!("preview {closing}"), format!("reschedule {closing} to Thursday at 9pm"),
        ] {
            let Ok(command) = read(&typed) else { continue };
            let Some(again) = command.at(date, at(10, 0)) else {
                prop_assert!(text.contains(['"', '\'']), "{typed}");
                continue;
            };
            let clear = On { day: dated(24, 11, 2026), time: Some(at(10, 0)), typed: s("on 24 Nov 2026 at 10:00") };
            let expected = match command.clone() {
                Command::Ask { at, text, .. } => Command::Ask { at, text, on: Some(clear) },
                Command::Topic { text, .. } => Command::Topic { text, on: Some(clear) },
                Command::Guest { change, .. } => Command::Guest { change, on: Some(clear) },
                Command::Drop { at, .. } => Command::Drop { at, on: Some(clear) },
                Command::Preview { .. } => Command::Preview { on: Some(clear) },
                Command::Reschedule { to, .. } => Command::Reschedule { on: clear, to },
                other => other,
            };
            prop_assert_eq!(read(&again), Ok(expected), "{}", &typed);
            // And with the day as part of the text.
            if let (Some(whole), Command::Ask { at, text, on: Some(on) }) = (command.whole(), &command) {
                let text = format!("{text} {}", on.typed);
                prop_assert_eq!(read(&whole), Ok(Command::Ask { at: *at, text, on: None }));
            }
        }
    }

    #[test]
    fn days_are_read_back_and_lie_within_a_year(
        today in (2020i32..2100, 1u32..366).prop_map(|(y, d)| chrono::NaiveDate::from_yo_opt(y, d).expect("a date")),
        day in 1u32..32, month in 1u32..13, year in proptest::option::of(2020i32..2100),
    ) {
        let typed = Day::Date { weekday: None, day, month, year };
        prop_assert_eq!(read_day(&typed.to_string()), Some(typed));
        if let Some(date) = typed.resolve(today) {
            prop_assert!(date >= today && date <= today + Duration::days(366));
            prop_assert_eq!(date.format("%-d/%-m").to_string(), format!("{day}/{month}"));
        }
    }
}

#[test]
fn moderation() {
    let s = str::to_owned;
    let maya = UserTyped { id: s("U012AB3CD"), name: Some(s("maya")) };
    let add = Command::Moderator(OrganiserChange::Add(maya.clone()));
    assert_eq!(read("moderator"), Ok(Command::Moderator(OrganiserChange::List)));
    for typed in
        ["moderator add <@U012AB3CD|maya>", "Moderators: add <@U012AB3CD|maya>", "mod add <@U012AB3CD|maya>"]
    {
        assert_eq!(read(typed), Ok(add.clone()), "{typed}");
    }
    let remove = Command::Moderator(OrganiserChange::Remove(maya));
    assert_eq!(read("mods remove <@U012AB3CD|maya>"), Ok(remove));
    let mute = |words: &[&str]| Ok(Command::Mute(words.iter().map(|w| s(w)).collect()));
    for (typed, words) in [
        ("mute scam", &["scam"][..]),
        ("mute crypto  giveaway", &["crypto giveaway"]),
        ("mute scam, crypto giveaway", &["scam", "crypto giveaway"]),
        ("mute “scam”, 'giveaway'", &["scam", "giveaway"]),
        ("mute \"scam, and worse\"", &["scam, and worse"]),
        ("mute scam, scam,", &["scam"]),
        ("mute #scam", &["#scam"]),
        ("mute <#C061EG9SL|scam>", &["#scam"]),
        ("mute Q&amp;A", &["Q&A"]),
        ("mute <http://scam.example|scam.example>", &["scam.example"]),
        ("mute 詐欺", &["詐欺"]),
    ] {
        assert_eq!(read(typed), mute(words), "{typed}");
    }
    assert_eq!(read("unmute scam"), Ok(Command::Unmute(vec![s("scam")])));
    assert_eq!(read("muted"), Ok(Command::Muted));
    for (typed, change) in [
        ("door", None),
        ("door open", Some(Door::Open)),
        ("door Regulars", Some(Door::Regulars)),
        ("door regulars only.", Some(Door::Regulars)),
        ("door everyone", Some(Door::Open)),
    ] {
        assert_eq!(read(typed), Ok(Command::Door(change)), "{typed}");
    }
    for (typed, limit) in [
        ("set burst 10", Some(10)),
        ("set burst 1", Some(1)),
        ("set burst 30", Some(30)),
        ("set burst 10 a minute", Some(10)),
        ("set burst 10/min", Some(10)),
        ("set burst 10 posts per minute", Some(10)),
        ("set burst off", None),
        ("set burst none", None),
    ] {
        assert_eq!(read(typed), Ok(Command::Set(Setting::Burst(limit))), "{typed}");
    }
    for (typed, wrong) in [
        ("moderator add", Misread::Missing { verb: Verb::Moderator, piece: Piece::Person }),
        ("moderator <@U1|maya>", Misread::Missing { verb: Verb::Moderator, piece: Piece::AddOrRemove }),
        ("moderator add @maya", Misread::NotAPerson { typed: s("@maya") }),
        ("mute", Misread::Missing { verb: Verb::Mute, piece: Piece::Word }),
        ("mute , ", Misread::Missing { verb: Verb::Mute, piece: Piece::Word }),
        ("unmute", Misread::Missing { verb: Verb::Unmute, piece: Piece::Word }),
        ("muted scam", Misread::Instead { verb: Verb::Muted, instead: Verb::Mute, words: s("scam") }),
        ("door ajar", Misread::NotADoor { typed: s("ajar") }),
        ("set burst 0", Misread::NotAValue { setting: SettingName::Burst, typed: s("0") }),
        ("set burst 31", Misread::NotAValue { setting: SettingName::Burst, typed: s("31") }),
        ("set burst -1", Misread::NotAValue { setting: SettingName::Burst, typed: s("-1") }),
        (
            "set burst ten an hour",
            Misread::NotAValue { setting: SettingName::Burst, typed: s("ten an hour") },
        ),
        ("set burst", Misread::Missing { verb: Verb::Set, piece: Piece::Value(SettingName::Burst) }),
    ] {
        assert_eq!(read(typed), Err(wrong), "{typed}");
    }
    let nearest = |typed: &str| match read(typed) {
        Err(Misread::UnknownVerb { nearest, .. }) => nearest,
        other => panic!("{typed}: {other:?}"),
    };
    for (typed, meant) in [
        ("mutte scam", About::Verb(Verb::Mute)),
        ("silence scam", About::Verb(Verb::Mute)),
        ("moderater", About::Verb(Verb::Moderator)),
        ("doors", About::Verb(Verb::Door)),
        ("regulars", About::Verb(Verb::Door)),
        ("burst 10", About::Setting(SettingName::Burst)),
    ] {
        assert_eq!(nearest(typed), [meant], "{typed}");
    }
}

#[test]
fn rehearsals() {
    let s = str::to_owned;
    let tryout = RoomTyped::Slack(ChannelTyped::Id { id: s("C0TRY"), name: Some(s("tryout")) });
    let play = |room: &RoomTyped, length: Option<i64>| {
        let length = length.map(Duration::minutes);
        Command::Rehearse(Rehearse::Play { room: Some(room.clone()), length, on: None })
    };
    let there = RoomTyped::Discord { server: s("4105"), channel: s("4106") };
    let by_link = RoomTyped::Slack(ChannelTyped::Id { id: s("C0TRY"), name: None });
    check([
        ("rehearse", Command::Rehearse(Rehearse::Play { room: None, length: None, on: None })),
        ("rehearse <#C0TRY|tryout>", play(&tryout, None)),
        ("rehearsal in <#C0TRY|tryout>", play(&tryout, None)),
        ("rehearse <#C0TRY|tryout> 5 min", play(&tryout, Some(5))),
        ("rehearse <#C0TRY|tryout> 5", play(&tryout, Some(5))),
        ("rehearse 5m in <#C0TRY|tryout>", play(&tryout, Some(5))),
        ("rehearse on <#C0TRY|tryout> for 30 minutes", play(&tryout, Some(30))),
        ("rehearse <https://discord.com/channels/4105/4106>", play(&there, None)),
        ("rehearse https://ptb.discord.com/channels/4105/4106/4107 2m", play(&there, Some(2))),
        ("rehearse <https://smx.slack.com/archives/C0TRY>", play(&by_link, None)),
        ("rehearse here 1m", play(&RoomTyped::Here, Some(1))),
        ("rehearse X", play(&RoomTyped::On(Platform::X), None)),
        ("rehearse @SMXChat", play(&RoomTyped::On(Platform::X), None)),
        ("rehearse https://x.com/SMXChat", play(&RoomTyped::On(Platform::X), None)),
        ("rehearse discord", play(&RoomTyped::On(Platform::Discord), None)),
        ("rehearse #tryout", play(&RoomTyped::Slack(ChannelTyped::Name(s("tryout"))), None)),
        ("rehearse stop", Command::Rehearse(Rehearse::Stop)),
        ("rehearse Stop!", Command::Rehearse(Rehearse::Stop)),
    ]);
    for (typed, name) in [("tryout", "tryout"), ("in Try-out for 5 min", "try-out"), ("tryout 5m", "tryout")]
    {
        let asked_back = Err(Misread::BareChannel { typed: s(name) });
        assert_eq!(read(&format!("rehearse {typed}")), asked_back, "{typed}");
    }
    for typed in ["#tryout soonish", "5 o'clock", "a while longer", "tryout now"] {
        let read = read(&format!("rehearse {typed}"));
        assert!(matches!(read, Err(Misread::NotALength { .. })), "{typed}: {read:?}");
    }
    let dated = read("rehearse <#C0TRY|tryout> 5 min on 8 Dec").expect("understood");
    let on = on("on 8 Dec", date(8, 12));
    let length = Some(Duration::minutes(5));
    assert_eq!(dated, Command::Rehearse(Rehearse::Play { room: Some(tryout), length, on }));
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 8).expect("a date");
    for typed in [
        "rehearse on 8 Dec",
        "rehearse <#C0TRY|tryout> 5 min on 8 Dec",
        "rehearse <#C0TRY> on 8 Dec",
        "rehearse https://discord.com/channels/4105/4106 on 8 Dec",
        "rehearse here on 8 Dec",
    ] {
        let again = read(typed).expect("understood").at(day, at(10, 0));
        assert!(again.is_some_and(|again| again.ends_with("on 8 Dec 2026 at 10:00")), "{typed}");
    }
    let verb = Verb::Rehearse;
    let bounds = |typed: &str| Misread::OutOfBounds { measure: Measure::Rehearsal, typed: s(typed) };
    check_misread([
        ("rehearse <#C1> <#C2|books>", Misread::Extra { verb, words: s("#books") }),
        ("rehearse <#C1> soon", Misread::NotALength { verb, typed: s("soon") }),
        ("rehearse <#C1> 90s", Misread::Seconds { typed: s("90s") }),
        ("rehearse <#C1> 31 min", bounds("31 min")),
        ("rehearse <#C1> 0", bounds("0")),
        ("try", unknown("try", &[Verb::Preview, Verb::Rehearse])),
        ("rehaerse", unknown("rehaerse", &[Verb::Rehearse])),
    ]);
}

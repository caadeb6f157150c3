//! Topic, guests and questions.

use chrono::{DateTime, Utc};

use crate::Refusal;
use crate::action::Action;
use crate::agenda::{Episode, Guest, Question, State};
use crate::copy::announce::position_at;
use crate::copy::{clock, day, day_and_clock, local_date, refusal};
use crate::invited;
use crate::name::{Platform, PostId, QuestionId};
use crate::order;
use crate::settings::Settings;
use crate::steer::{Overtaken, Unsaved};
use crate::text::{Field, Form, Message, Text};
use crate::weigh;

/// After `topic`.
pub fn topic(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    let on = day(settings, episode.starts, now);
    let Some(topic) = &episode.topic else {
        return Text::plain(format!("{on} has no topic now.")).into();
    };
    Text::plain(format!("{on}: ")).italic(topic.clone()).say(". Fits every announcement.").into()
}

/// After `guest`.
pub fn guest(settings: &Settings, episode: &Episode, guest: &Guest, now: DateTime<Utc>) -> Message {
    let there = guest.city.as_ref().map(|city| {
        let local = episode.starts.with_timezone(&city.zone);
        let other_day = local.date_naive() != local_date(settings.zone, episode.starts);
        let weekday = if other_day { format!("{} ", local.format("%a")) } else { String::new() };
        format!(", {weekday}{} in {}", crate::zone::clock24(local.time()), city.name)
    });
    let handle = match &guest.handle {
        Some(handle) => format!(" Announcements on X mention @{handle}, as they agreed."),
        None => String::new(),
    };
    let there = there.unwrap_or_default();
    let there = match (guest.from, part(settings, episode, guest)) {
        (1, _) => there,
        (n, Some(due)) => format!(" from Q{n}, about {due}"),
        (n, None) if episode.at(n).is_none() => format!("{there}, from Q{n}, which is not written yet"),
        (n, None) => format!("{there}, from Q{n}, which has no time yet"),
    };
    // What nobody meant to say of them is seen here, before the rooms see it.
    let line = match &guest.line {
        Some(line) => format!(" The rooms will read of them: “{line}”."),
        None => String::new(),
    };
    Text::plain(format!(
        "{} joins {}{there}.{line}{handle} A note to send: ",
        guest.name,
        day(settings, episode.starts, now),
    ))
    .code("/chat brief")
    .into()
}

/// "22:23 in Nairobi": when a guest's part begins, on their own wall, if that is known.
fn part(settings: &Settings, episode: &Episode, guest: &Guest) -> Option<String> {
    let due = episode.at(guest.from)?.due?;
    let (zone, city) = match &guest.city {
        Some(city) => (city.zone, &city.name),
        None => (settings.zone, &settings.city),
    };
    let local = due.with_timezone(&zone);
    let other_day = local.date_naive() != local_date(settings.zone, due);
    let weekday = if other_day { format!("{} ", local.format("%a")) } else { String::new() };
    Some(format!("{weekday}{} in {city}", crate::zone::clock24(local.time())))
}

/// After `brief` where nobody is invited.
pub fn brief_for_nobody(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    Text::plain(format!("Nobody is invited for {} yet. First: ", day(settings, episode.starts, now)))
        .code("/chat guest NAME, CITY")
        .into()
}

/// After `brief`: a note for each guest, as it is pasted into a mail.
pub fn brief(settings: &Settings, episode: &Episode, guests: &[&Guest], now: DateTime<Utc>) -> Message {
    let mut text = Text::new();
    for (n, guest) in guests.iter().enumerate() {
        if n > 0 {
            text = text.line().line();
        }
        text = text.italic(format!("A note for {}, to paste into any mail:", guest.name));
        for line in note(settings, episode, guest, now) {
            text = text.line().say(line);
        }
    }
    text.into()
}

/// The lines of a note for a guest. It goes to one person who was asked to come, so it may be longer than what is
/// said in a room, and may name times: it says that they can move.
fn note(settings: &Settings, episode: &Episode, guest: &Guest, now: DateTime<Utc>) -> Vec<String> {
    let tag = settings.tag();
    // The clock on the guest's own wall, and the day where it is another one.
    let there = |at: DateTime<Utc>| {
        let zone = guest.city.as_ref().map_or(settings.zone, |city| city.zone);
        let local = at.with_timezone(&zone);
        let other_day = local.date_naive() != local_date(settings.zone, at);
        let weekday = if other_day { format!("{} ", local.format("%a")) } else { String::new() };
        format!("{weekday}{}", crate::zone::clock24(local.time()))
    };
    let start = match &guest.city {
        Some(city) if city.zone != settings.zone => format!(
            "{} in {} ({} {})",
            there(episode.starts),
            city.name,
            clock(settings, episode.starts),
            settings.city
        ),
        _ => format!("{} in {}", clock(settings, episode.starts), settings.city),
    };
    let topic = episode.topic.as_ref().map(|topic| format!(" about “{topic}”")).unwrap_or_default();
    let minutes = episode.length.num_minutes();
    let mut lines = vec![
        String::new(),
        format!("Hello {},", guest.name),
        String::new(),
        format!(
            "thank you for joining {tag}! It is {minutes} minutes{topic}, on {}.",
            day(settings, episode.starts, now)
        ),
        format!("We begin at {start}. Ten minutes early is a good time to settle in."),
    ];
    if guest.from > 1 {
        let about = match part(settings, episode, guest) {
            Some(due) => format!(", about {due}"),
            None if episode.at(guest.from).is_none() => ", once it is set".to_owned(),
            None => String::new(),
        };
        lines.push(format!("You are on from Q{}{about}.", guest.from));
    }
    lines.push(String::new());
    if episode.questions.is_empty() {
        lines.push("The questions will follow; until then the floor is yours.".to_owned());
    } else {
        lines.push("What will be asked, and about when where you are:".to_owned());
        for (position, question) in (1_u32..).zip(&episode.questions) {
            let at = question.due.map(|due| format!(" ({})", there(due))).unwrap_or_default();
            lines.push(format!("Q{position}{at}: {}", question.text));
        }
    }
    lines.push(String::new());
    let x = settings.on(Platform::X).next().is_some();
    if x {
        lines.push(format!(
            "To answer on X: begin with A1 for Q1, A2 for Q2, and put {tag} in every post, or nobody finds it. On a \
             phone: search for {tag}, choose Latest, and reply to the question."
        ));
    }
    if settings.on(Platform::Discord).next().is_some() {
        let or = if x { "Or come to our Discord" } else { "Come to our Discord" };
        lines.push(format!(
            "{or}: under each question press Answer, and every room hears you. It works from a phone, and needs no \
             account on X."
        ));
    }
    let known = match &guest.line {
        Some(line) => format!("The rooms read of you: “{}: {line}”. ", guest.name),
        None => String::new(),
    };
    let mention = match (&guest.handle, x) {
        (Some(handle), true) => format!("On X you are mentioned as @{handle}, as agreed."),
        (None, true) => "If you would like to be mentioned on X, send me your handle.".to_owned(),
        (_, false) => String::new(),
    };
    let about = format!("{known}{mention}");
    if !about.is_empty() {
        lines.push(about.trim_end().to_owned());
    }
    lines.extend([String::new(), "See you there!".to_owned()]);
    lines
}

/// After `guest remove`.
pub fn guest_gone(settings: &Settings, episode: &Episode, name: &str, now: DateTime<Utc>) -> Message {
    Text::plain(format!("{name} is off the list for {}.", day(settings, episode.starts, now))).into()
}

/// After `ask`: the question as it will look, where it stands, what it weighs, and which others moved for
/// it. `before` is when each was due until then.
pub fn asked(
    settings: &Settings,
    episode: &Episode,
    position: u32,
    before: &[(QuestionId, Option<DateTime<Utc>>)],
    length: usize,
    now: DateTime<Utc>,
) -> Message {
    let question = episode.at(position);
    let words = question.map(|q| q.text.clone()).unwrap_or_default();
    let due = question.and_then(|q| q.due);
    let paused = matches!(episode.state, State::Paused { .. });
    let mut text = match due {
        Some(_) if paused => {
            Text::plain(format!("Saved as Q{position}. X: {length}/{}. It waits for ", weigh::LIMIT))
                .code("/chat resume")
                .say(".")
        }
        None if episode.is_live() => {
            Text::plain(format!("Saved as Q{position}, but the hour has no time left for it by itself. ",))
                .code("/chat next")
                .say(format!(" asks it when its turn comes. X: {length}/{}.", weigh::LIMIT))
        }
        Some(due) => Text::plain(format!(
            "Saved as Q{position}, {}. X: {length}/{}. Nothing posted yet.",
            day_and_clock(settings, due, now),
            weigh::LIMIT
        )),
        None => Text::plain(format!(
            "Saved as Q{position}, but {} is full: {} fit. Drop one, or give the hour more room with ",
            day(settings, episode.starts, now),
            episode.questions.iter().filter(|q| q.due.is_some()).count()
        ))
        .code("/chat set length 90m")
        .say(format!(". X: {length}/{}.", weigh::LIMIT)),
    };
    // One more question brings the others closer together; nobody should be surprised.
    let moved: Vec<String> = episode
        .questions
        .iter()
        .zip(1_u32..)
        .filter(|(q, _)| q.asked.is_none() && before.iter().any(|(id, due)| *id == q.id && *due != q.due))
        .map(|(q, n)| position_at(settings, n, q.due))
        .collect();
    if !moved.is_empty() && !paused {
        text = text.say(format!(" To make room: {}.", moved.join(", ")));
    }
    let text = text.line().bold(format!("Q{position}. {words}"));
    match question.map(super::credit) {
        Some(from) if !from.is_empty() => text.say(from).into(),
        _ => text.into(),
    }
}

/// After `ask Q3`.
pub fn replaced(
    settings: &Settings,
    position: u32,
    text: &str,
    was: &str,
    due: Option<DateTime<Utc>>,
    length: usize,
) -> Message {
    let in_time = due.map(|due| format!(", in time for {}", clock(settings, due))).unwrap_or_default();
    Text::plain(format!("Q{position} changed{in_time}. X: {length}/{}. It was: “{was}”", weigh::LIMIT))
        .line()
        .bold(format!("Q{position}. {}", text.trim()))
        .into()
}

/// After `move`.
pub fn reordered(settings: &Settings, episode: &Episode, from: u32, to: u32, now: DateTime<Utc>) -> Message {
    Text::plain(format!("Q{from} is Q{to} now.")).line().then(listed(settings, episode, now)).into()
}

/// After `drop`.
pub fn dropped(
    settings: &Settings,
    episode: &Episode,
    position: u32,
    was: &str,
    now: DateTime<Utc>,
) -> Message {
    let lead = Text::plain(format!("Dropped Q{position}: “{was}”"));
    if episode.questions.is_empty() {
        return lead.say(" None are left: the hour opens as an open floor.").into();
    }
    let lead = left_without(lead, episode, position);
    lead.line().then(listed(settings, episode, now)).into()
}

/// What a dropped question means for the guests who came in with it, or with the last one.
fn left_without(text: Text, episode: &Episode, dropped: u32) -> Text {
    let names = |guests: &[&Guest]| -> Vec<String> { guests.iter().map(|g| g.name.clone()).collect() };
    let is = |guests: &[&Guest]| if guests.len() == 1 { "is" } else { "are" };
    let text = match invited::named_with(episode, dropped) {
        guests if guests.is_empty() || episode.at(dropped).is_none() => text,
        guests => text.say(format!(
            " {} {} on with the new Q{dropped} now.",
            crate::copy::list(&names(&guests)),
            is(&guests)
        )),
    };
    let guests = invited::without_question(episode);
    let Some(first) = guests.first() else { return text };
    let each: Vec<String> =
        guests.iter().map(|g| format!("{} {} on from Q{}", g.name, is(&[*g]), g.from)).collect();
    let none = if guests.len() == 1 { "which is not there" } else { "which are not there" };
    let text = text.say(format!(" {}, {none}: ", crate::copy::list(&each))).code("/chat ask …");
    // Nobody comes in with a question that has been asked.
    match (1_u32..).zip(&episode.questions).last().filter(|(_, last)| last.asked.is_none()) {
        Some((last, _)) => text.say(" or ").code(format!("/chat guest {} from Q{last}", first.name)).say("."),
        None => text.say("."),
    }
}

/// After `spare TEXT`.
pub fn spare(settings: &Settings, episode: &Episode, length: usize, now: DateTime<Utc>) -> Message {
    let kept = match episode.spares.len() {
        0 | 1 => String::new(),
        n => format!(" You have {} in reserve now.", crate::copy::number(n)),
    };
    Text::plain(format!(
        "Kept in reserve for {}. X: {length}/{}. Nobody sees it.{kept} During the hour ",
        day(settings, episode.starts, now),
        weigh::LIMIT
    ))
    .code("/chat swap")
    .say(" asks it in the place of the next one.")
    .into()
}

/// After `spare none`.
pub fn spares_gone(settings: &Settings, episode: &Episode, gone: &[Question], now: DateTime<Utc>) -> Message {
    let on = day(settings, episode.starts, now);
    let text = Text::plain(format!("{on} has nothing in reserve now. It was:"));
    gone.iter().fold(text, |text, question| text.line().say(format!("“{}”", question.text))).into()
}

/// After `swap`.
pub fn swapped(settings: &Settings, episode: &Episode, position: u32) -> Message {
    let paused = matches!(episode.state, State::Paused { .. });
    let (words, due) = episode.at(position).map_or(("", None), |q| (q.text.as_str(), q.due));
    let when = match due {
        _ if paused => ", after the pause".to_owned(),
        Some(due) => format!(", {}", clock(settings, due)),
        None => String::new(),
    };
    let text = Text::plain(format!("Q{position} is now “{words}”{when}."));
    match episode.spares.last() {
        Some(out) => text.say(format!(" In reserve instead: “{}”", out.text)).into(),
        None => text.into(),
    }
}

/// What is kept in reserve, below a list.
pub(super) fn in_reserve(mut text: Text, episode: &Episode) -> Text {
    for question in &episode.spares {
        text = text.line().say(format!("In reserve  {}{}", question.text, super::credit(question)));
    }
    text
}

/// Every question with its time.
pub fn questions(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    let lead = day_and_clock(settings, episode.starts, now);
    let lead = match &episode.topic {
        Some(topic) => format!("{lead}: {topic}"),
        None => lead,
    };
    if episode.questions.is_empty() {
        let text = Text::new()
            .bold(lead)
            .line()
            .say("No questions yet. ")
            .code("/chat ask …")
            .say(" adds one; without any the hour opens as an open floor.");
        return in_reserve(text, episode).into();
    }
    in_reserve(Text::new().bold(lead).line().then(listed(settings, episode, now)), episode).into()
}

fn listed(settings: &Settings, episode: &Episode, _now: DateTime<Utc>) -> Text {
    let mut text = Text::new();
    for (question, n) in episode.questions.iter().zip(1..) {
        if n > 1 {
            text = text.line();
        }
        let when = match question.asked {
            Some(asked) => format!("Q{n} ✓ {}", clock(settings, asked)),
            None if matches!(episode.state, State::Paused { .. }) => format!("Q{n} after the pause"),
            None if matches!(episode.state, State::Closed { .. }) => format!("Q{n}, not asked"),
            None => position_at(settings, n, question.due),
        };
        let with = crate::copy::coming_in(episode, n);
        text = text.say(format!("{when}  {}{}{with}", question.text, super::credit(question)));
    }
    text
}

/// After the form of all questions: whether anything was `changed`, and what was not saved although
/// somebody typed it. `elsewhere` where a command without a date means another episode than this one.
pub fn edited(
    settings: &Settings,
    episode: &Episode,
    changed: bool,
    unsaved: &[Unsaved],
    elsewhere: bool,
    now: DateTime<Utc>,
) -> Message {
    let lead = match (changed, unsaved, episode.questions.len()) {
        (false, [], _) => "Nothing changed.".to_owned(),
        (false, _, _) => "Nothing was saved.".to_owned(),
        (true, _, 0) => "No questions now: the hour opens as an open floor.".to_owned(),
        (true, _, 1) => "Saved: one question. Nothing posted yet.".to_owned(),
        (true, _, n) => format!("Saved: {} questions. Nothing posted yet.", crate::copy::number(n)),
    };
    let mut text = Text::plain(lead);
    for Unsaved { overtaken, typed } in unsaved {
        let (what, command) = match (overtaken, typed.is_empty()) {
            (Overtaken::Out(n), false) => (
                format!("Q{n} went out while you were typing. To put it right: "),
                Some(format!("/chat fix Q{n} {typed}")),
            ),
            (Overtaken::Out(n), true) => {
                (format!("Q{n} went out while you were typing, so it was not dropped."), None)
            }
            (Overtaken::Gone, _) => (
                "A question was dropped while you were typing. To bring it back: ".to_owned(),
                Some(format!("/chat ask {typed}")),
            ),
            (Overtaken::Changed(n, is), false) => (
                format!("Q{n} was changed while you were typing, and stays: “{is}”. To have yours instead: "),
                Some(format!("/chat ask Q{n} {typed}")),
            ),
            (Overtaken::Changed(n, is), true) => (
                format!(
                    "Q{n} was changed while you were typing, and stays: “{is}”. To drop it all the same: "
                ),
                Some(format!("/chat drop Q{n}")),
            ),
        };
        text = text.line().say(what);
        if let Some(command) = command {
            // `fix` takes no date: it means the hour that is on.
            let dated = elsewhere && !matches!(overtaken, Overtaken::Out(_));
            let on = local_date(settings.zone, episode.starts).format(" on %-d %b");
            text = text.code(if dated { format!("{command}{on}") } else { command });
        }
    }
    text.line().then(listed(settings, episode, now)).into()
}

/// The form that holds all questions at once: those still to be asked, and room for three more. Each
/// field carries what its question says now, to know on saving whether somebody changed it meanwhile.
pub fn edit_form(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Form {
    let field = |key: String, label: String, value: String| Field {
        key,
        label,
        hint: "Empty drops it".to_owned(),
        long: true,
        optional: true,
        // X counts a family of emoji as two; a field that cut them off would change what nobody touched.
        max: u16::try_from(value.chars().count()).unwrap_or(280).max(280),
        value,
    };
    let mut fields: Vec<Field> = episode
        .questions
        .iter()
        .zip(1_u32..)
        .filter(|(q, _)| q.asked.is_none())
        .map(|(q, n)| {
            let key = format!("q{}.{}", q.id, crate::steer::base_of(&q.text));
            field(key, position_at(settings, n, q.due), q.text.clone())
        })
        .collect();
    let spare = if fields.is_empty() { 6 } else { 3 };
    let next = episode.questions.len() + 1;
    fields.extend((0..spare).map(|n| Field {
        hint: "One more question".to_owned(),
        ..field(format!("new{n}"), format!("Q{} (new)", next + n), String::new())
    }));
    Form {
        action: Action::Edit(episode.id.clone()),
        title: format!("Questions {}", local_date(settings.zone, episode.starts).format("%a %-d %b")),
        submit: "Save".to_owned(),
        intro: Text::plain(format!(
            "{}. Each goes out as “Q3. …”, then “Begin with A3 and keep {}”.",
            day_and_clock(settings, episode.starts, now),
            settings.tag()
        )),
        fields,
    }
}

/// A complaint beside a field.
pub fn complaint(refusal: &Refusal) -> String {
    refusal::short(refusal)
}

/// After `fix`.
pub fn fixed(settings: &Settings, position: u32, was: &str, correction: Option<&str>) -> Message {
    let mut rooms: Vec<String> = settings.rooms().map(|d| d.place.platform.to_string()).collect();
    rooms.sort();
    rooms.dedup();
    let rooms = if rooms.is_empty() { String::new() } else { format!(" in {}", crate::copy::list(&rooms)) };
    let text = Text::plain(format!("Q{position} is put right{rooms}. It was: “{was}”"));
    match correction {
        Some(correction) => text
            .line()
            .say("X cannot be edited from here. A correction, if you want one:")
            .line()
            .italic(correction)
            .into(),
        None => text.into(),
    }
}

/// The correction goes out.
pub fn correcting(position: u32) -> Message {
    Text::plain(format!("The correction of Q{position} is on its way to X.")).into()
}

/// The questions that a post can be filed under.
pub fn refile_menu(episode: &Episode, post: &PostId, name: &str) -> Message {
    if episode.asked() == 0 {
        return Text::plain(format!(
            "No question has been asked yet. Once one is, {name}'s post can go under it."
        ))
        .into();
    }
    let mut message = Message::new(Text::plain(format!("Where does {name}'s post belong?")));
    for (question, n) in episode.questions.iter().zip(1..) {
        if question.asked.is_some() {
            message = message.button(format!("A{n}"), Action::Refile(episode.id.clone(), post.clone(), n));
        }
    }
    message.button("No question", Action::Refile(episode.id.clone(), post.clone(), 0))
}

/// After filing a post anew.
pub fn refiled(name: &str, position: u32) -> Text {
    Text::plain(match position {
        0 => format!("{name}'s post stands on its own now."),
        n => format!("{name}'s post is filed under Q{n} now."),
    })
}

/// After an undo: what is true again. `before` are the settings until now; `restored` are the episodes that it changed, as they were until now
/// and as they are from now on.
pub fn undone(
    before: &Settings,
    settings: &Settings,
    what: &str,
    restored: &[(Episode, Episode)],
    now: DateTime<Utc>,
) -> Message {
    let text = Text::plain(format!("Undone: {what}."));
    match restored {
        [] if before.hashtag != settings.hashtag => {
            text.say(format!(" It is {} again.", settings.tag())).into()
        }
        [] => text.into(),
        [(was, is)] => again(settings, text, was, is, now).into(),
        several => {
            let moved = several.iter().map(|(was, is)| (was, is)).filter(|(was, is)| is_elsewhere(was, is));
            let mut dates: Vec<DateTime<Utc>> = moved.map(|(_, is)| is.starts).collect();
            order::sort(&mut dates);
            let dates: Vec<String> = dates.into_iter().map(|at| day_and_clock(settings, at, now)).collect();
            match dates.as_slice() {
                [] => text,
                [first, second, third, _, ..] => {
                    let more = crate::copy::count(dates.len() - 3, "more date", "more dates");
                    text.say(format!(" Again: {first}, {second}, {third} and {more}."))
                }
                few => text.say(format!(" Again: {}.", crate::copy::list(few))),
            }
            .into()
        }
    }
}

/// Whether an undo brings people to another moment than they were called to.
fn is_elsewhere(was: &Episode, is: &Episode) -> bool {
    is.is_ahead() && (!was.is_ahead() || was.starts != is.starts)
}

/// What an undo changed in one episode.
fn again(settings: &Settings, mut text: Text, was: &Episode, is: &Episode, now: DateTime<Utc>) -> Text {
    if !is.is_ahead() {
        return text;
    }
    let on = day(settings, is.starts, now);
    if is_elsewhere(was, is) {
        let with = match (was.is_ahead(), is.questions.len()) {
            (true, _) | (_, 0) => String::new(),
            (false, n) => format!(", with its {}", crate::copy::count(n, "question", "questions")),
        };
        return text.say(format!(" It is {} again{with}.", day_and_clock(settings, is.starts, now)));
    }
    match (was.state, is.state) {
        (State::Open, State::Paused { .. }) => text = text.say(" The hour is paused again."),
        (State::Paused { .. }, State::Open) => text = text.say(" The hour goes on."),
        _ => {}
    }
    if was.topic != is.topic {
        text = match &is.topic {
            Some(topic) => text.say(format!(" {on}: ")).italic(topic.clone()).say("."),
            None => text.say(format!(" {on} has no topic.")),
        };
    }
    if was.guests != is.guests {
        text = match is.guests.as_slice() {
            [] => text.say(format!(" {on} has no guest.")),
            _ => text.say(format!(" {on}, with {}.", crate::copy::guests(is, false))),
        };
    }
    if was.spares != is.spares && was.questions == is.questions {
        text = match is.spares.as_slice() {
            [] => text.say(format!(" {on} has nothing in reserve.")),
            _ => in_reserve(text, is),
        };
    }
    if was.questions != is.questions || was.state != is.state {
        text = match is.questions.as_slice() {
            [] => text.say(format!(" {on} has no question.")),
            _ => text.line().then(listed(settings, is, now)),
        };
    }
    text
}

//! App Home: what somebody looks after, what their chats lack, and what there is for everybody else.

use chrono::{DateTime, Utc};

use super::cost::{more, of};
use super::desk::{called, untaken};
use super::place_name;
use crate::action::Action;
use crate::agenda::{Episode, State};
use crate::copy::{clock, count, day_and_clock, guests, list, number, sentence};
use crate::cost::{Level, Month};
use crate::delivery::Untaken;
use crate::home::{Home, IN_FULL, Known, Role, Want};
use crate::name::Platform;
use crate::settings::Settings;
use crate::text::{Message, Span, Text, TimeStyle};
use crate::weigh;

/// As many questions are written out.
const QUESTIONS: usize = 12;
/// As many chats of others are listed, and as many have a button.
const LISTED: usize = 20;
const BUTTONS: usize = 5;

/// A message for each part of the page.
pub fn home(home: &Home<'_>) -> Vec<Message> {
    let (mine, helped) = (home.of(Role::Organises), home.of(Role::Moderates));
    let others = home.of(Role::Reads);
    let mut parts = vec![Message::new(greeting(home, &mine, &helped))];
    for known in mine.iter().take(IN_FULL) {
        parts.push(steered(home, known));
    }
    if mine.len() > IN_FULL {
        parts.push(briefly(home, "And these are yours too:", mine.get(IN_FULL..).unwrap_or_default()).into());
    }
    for known in helped.iter().take(IN_FULL) {
        parts.push(Message::new(helped_with(home, known)));
    }
    if helped.len() > IN_FULL {
        let rest = helped.get(IN_FULL..).unwrap_or_default();
        parts.push(briefly(home, "You help to keep these kind too:", rest).into());
    }
    if !others.is_empty() {
        parts.push(open_to_all(home, &others, mine.is_empty() && helped.is_empty()));
    }
    parts.extend(unreadable(home).map(Message::new));
    if home.unread > 0 {
        let more = count(home.unread, "more chat lives", "more chats live");
        parts.push(
            Text::plain(format!("{} here, more than I can show. ", sentence(&more)))
                .say("Of each, in its channel: ")
                .code("/chat when")
                .into(),
        );
    }
    if home.operates() {
        parts.push(operators());
    }
    let looked = home.now.format("%-d %b, %H:%M UTC").to_string();
    let foot = Text::plain("Looked at ").time(home.now, TimeStyle::Full, looked);
    parts.push(foot.say(". Open this tab again and I look anew.").into());
    parts
}

fn greeting(home: &Home<'_>, mine: &[&Known], helped: &[&Known]) -> Text {
    let hello = Text::plain("Hello ").span(Span::Person(home.by.clone()));
    let live = mine.iter().chain(helped).find(|known| known.next(home.now).is_some_and(Episode::is_live));
    if let Some(known) = live {
        return hello.say("! ").bold(format!("{} is on right now.", known.settings.tag()));
    }
    match (mine.len(), helped.len()) {
        (0, 0) if home.chats.is_empty() => hello.say("! No chat lives here yet."),
        (0, 0) => hello.say(
            "! I host hashtag chats: an hour, a few good questions, and everybody within earshot. You need nothing to \
             take part but to turn up.",
        ),
        (0, 1) => hello.say("! This is the chat you help to keep kind."),
        (0, _) => hello.say("! These are the chats you help to keep kind."),
        (1, _) => hello.say("! This is how your chat stands."),
        _ => hello.say("! This is how your chats stand."),
    }
}

/// "#SMXChat · The Social Media Exchange"
fn titled(settings: &Settings) -> Text {
    let title = Text::new().bold(settings.tag());
    if settings.title.eq_ignore_ascii_case(&settings.hashtag) || settings.title == settings.tag() {
        title
    } else {
        title.say(format!(" · {}", settings.title))
    }
}

/// When, in the reader's own time, with the chat's.
fn starts(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    let there = format!(" ({} {})", clock(settings, at), settings.city);
    Text::new().time(at, TimeStyle::Full, day_and_clock(settings, at, now)).say(there)
}

/// A command as it can be typed anywhere: with its chat, where there are several.
fn typed(home: &Home<'_>, settings: &Settings, words: &str) -> String {
    if home.has_several() { format!("/chat {} {words}", settings.slug) } else { format!("/chat {words}") }
}

/// "Now: Q3 of six, Q4 at 20:32, close 21:00."
fn live(settings: &Settings, episode: &Episode) -> String {
    let all = episode.questions.len();
    let at = match (all, episode.asked()) {
        (0, _) => "an open floor".to_owned(),
        (_, 0) => "before Q1".to_owned(),
        (_, asked) => format!("Q{asked} of {}", number(all)),
    };
    let then = match (episode.state, episode.upcoming()) {
        (State::Paused { since }, _) => format!(", paused since {}", clock(settings, since)),
        (_, Some((n, question))) => match question.due {
            Some(due) => format!(", Q{n} at {}", clock(settings, due)),
            None => format!(", no room for Q{n}"),
        },
        (_, None) => String::new(),
    };
    format!("{at}{then}, close {}.", clock(settings, episode.ends()))
}

fn now_live(home: &Home<'_>, settings: &Settings, episode: &Episode, what: &str) -> Text {
    let text = Text::new().bold("On now: ").say(live(settings, episode));
    match &settings.desk {
        Some(desk) => text.say(format!(" {what} ")).span(Span::Channel(desk.clone())).say("."),
        None => text.say(" How it goes: ").code(typed(home, settings, "status")).say("."),
    }
}

/// A chat for whoever steers it.
fn steered(home: &Home<'_>, known: &Known) -> Message {
    let (settings, now) = (&known.settings, home.now);
    let mut text = titled(settings).line();
    let next = known.next(now);
    match next {
        Some(episode) if episode.is_live() => {
            text = text.then(now_live(home, settings, episode, "Steer it from"));
        }
        Some(episode) => text = text.then(next_hour(settings, episode, now)),
        None => match known.promised(now) {
            Some(at) => {
                text = text.say("Next: ").then(starts(settings, at, now));
                text = text.say(". I lay it out two weeks ahead; sooner: ").code(typed(
                    home,
                    settings,
                    "topic … on DAY",
                ));
            }
            None => text = text.say("No date is planned."),
        },
    }
    let wants = known.wants(home.deployment, now);
    let (wishes, missing): (Vec<&Want>, Vec<&Want>) = wants.iter().partition(|want| want.is_a_wish());
    let live = next.is_some_and(Episode::is_live);
    if missing.is_empty() && next.is_some() && !live {
        text = text.line().line().say("Nothing is missing. All that is left is to look forward to it.");
    } else if !missing.is_empty() {
        text =
            text.line().line().bold(if missing.len() == 1 { "One thing to see to:" } else { "To see to:" });
        for want in &missing {
            text = text.line().say("• ").then(wanted(home, known, want));
        }
    }
    for (n, wish) in wishes.into_iter().enumerate() {
        text = if n == 0 { text.line() } else { text };
        text = text.line().then(wanted(home, known, wish));
    }
    let message = Message::new(text);
    let Some(episode) = next.filter(|e| e.state == State::Planned) else { return message };
    let lacks = |want: &&Want| matches!(want, Want::NoQuestions | Want::Fewer { .. } | Want::Quiet { .. });
    let action = Action::Edit(episode.id.clone());
    let label = if home.of(Role::Organises).len() > 1 {
        format!("Questions for {}", settings.tag())
    } else {
        "Questions".to_owned()
    };
    let label = weigh::shorten(&label, 75, weigh::Unit::Chars);
    if wants.iter().any(|want| lacks(&want)) {
        message.main_button(label, action)
    } else {
        message.button(label, action)
    }
}

/// "Next: Tuesday 24 November, 20:00 (20:00 London): *topic*, with Amina Okoth.", and its questions.
fn next_hour(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Text {
    let due = now >= episode.starts;
    let mut text =
        Text::plain(if due { "Due to open: " } else { "Next: " }).then(starts(settings, episode.starts, now));
    if let Some(topic) = &episode.topic {
        text = text.say(" · ").italic(topic.clone());
    }
    if !episode.guests.is_empty() {
        text = text.say(format!(", with {}", guests(episode, false)));
    }
    if episode.questions.is_empty() {
        return text;
    }
    let all = count(episode.questions.len(), "question", "questions");
    text = text.line().say(format!("{}:", sentence(&all)));
    for (question, n) in episode.questions.iter().zip(1_usize..).take(QUESTIONS) {
        let at = question.due.map(|due| format!(" {}", clock(settings, due))).unwrap_or_default();
        let words = weigh::shorten(&question.text, 100, weigh::Unit::Chars);
        text = text.line().say(format!("Q{n}{at} ")).italic(words);
    }
    let rest = episode.questions.len().saturating_sub(QUESTIONS);
    if rest > 0 {
        text = text.line().say(format!("… and {} more.", number(rest)));
    }
    match episode.spares.len() {
        0 => text,
        n => text.line().say(format!("In reserve: {}.", count(n, "question", "questions"))),
    }
}

/// "No Q5, no Q6 yet"
fn no_more(have: usize, last: usize) -> String {
    match last - have {
        1 => format!("No Q{last} yet"),
        2 | 3 => {
            let each: Vec<String> = (have + 1..=last).map(|n| format!("no Q{n}")).collect();
            format!("{} yet", sentence(&each.join(", ")))
        }
        _ => format!("No Q{} to Q{last} yet", have + 1),
    }
}

/// What is wanted, with the one thing to do about it.
fn wanted(home: &Home<'_>, known: &Known, want: &Want) -> Text {
    let (settings, now) = (&known.settings, home.now);
    let type_ = |text: Text, words: &str| text.code(typed(home, settings, words));
    match want {
        Want::Trouble(place, trouble) => {
            let (name, since) = (called(settings, place), day_and_clock(settings, trouble.since, now));
            Text::plain(match trouble.why {
                Some(why) => format!("Nothing of mine gets into {name} since {since}: {}.", untaken(why)),
                None => format!(
                    "{name} has taken nothing from me since {since}. I go on trying, and what waits follows then."
                ),
            })
        }
        Want::Unsearched(trouble, sent) => {
            let since = day_and_clock(settings, trouble.since, now);
            let why = match trouble.why {
                Some(Untaken::Key) => {
                    ": the token I read it with is not accepted any more, and whoever runs me has to renew X_BEARER_TOKEN"
                }
                Some(Untaken::Unpaid) => ": it wants to be paid first; whoever runs me can see to that",
                Some(_) => ": it refuses, and whoever runs me finds the reason in the log",
                None => ": it does not answer, and I go on trying",
            };
            let missing = if *sent { "" } else { " Until then posts from X are missing; they follow." };
            Text::plain(format!("I cannot search X since {since}{why}.{missing}"))
        }
        Want::Nowhere => {
            type_(Text::plain("It speaks nowhere yet. In the channel where it lives: "), "connect slack")
        }
        Want::Unapproved => {
            type_(Text::plain("Nobody has approved X, so nothing goes there. Read it first: "), "preview")
        }
        Want::NoDate => type_(Text::plain("One more hour: "), "add DAY"),
        Want::NoQuestions => {
            type_(Text::plain("No question yet; without one the hour opens as an open floor. "), "ask …")
        }
        Want::Fewer { have, last } => {
            let lead = format!("{}; last time there were {}. ", no_more(*have, *last), number(*last));
            type_(Text::plain(lead), "ask …")
        }
        Want::Quiet { after, from } => {
            let ends = known.next(now).map(|e| clock(settings, e.ends())).unwrap_or_default();
            let from = clock(settings, *from);
            type_(Text::plain(format!("After Q{after} at {from} nothing is asked until {ends}. ")), "ask …")
        }
        Want::NoRoom(without) => {
            let each: Vec<String> = without.iter().map(|n| format!("Q{n}")).collect();
            let first = without.first().copied().unwrap_or_default();
            let drop = format!("drop Q{first}");
            type_(Text::plain(format!("The hour has no room for {}. ", list(&each))), &drop)
        }
        Want::NoTopic => type_(Text::plain("No topic yet. "), "topic …"),
        Want::NoGuest => type_(Text::plain("No guest yet, and you often have one. "), "guest NAME, CITY"),
        Want::Unknown(guest) => {
            let city = guest.city.as_ref().map_or("CITY", |city| city.name.as_str());
            let handle = guest.handle.as_ref().map(|handle| format!(", @{handle}")).unwrap_or_default();
            let from = if guest.from > 1 { format!(" from Q{}", guest.from) } else { String::new() };
            let command = format!("guest {}, {city}, WHO THEY ARE{handle}{from}", guest.name);
            type_(Text::plain(format!("Who is {}? Nobody has told me yet. ", guest.name)), &command)
        }
        Want::Unwritten { guest, last } => {
            let lead = format!("{} is on from Q{}, which is not written yet. ", guest.name, guest.from);
            let text = type_(Text::plain(lead), "ask …").say(" or ");
            type_(text, &format!("guest {} from Q{last}", guest.name))
        }
        Want::NoDesk => type_(
            Text::plain("A channel of your own, where I tell you things and you steer the hour: "),
            "set desk #channel",
        ),
        Want::Budget(level) => budget(home, known, *level),
        Want::NoX => type_(Text::plain("It is not on X yet. Whoever runs me can change that: "), "connect x"),
        Want::Alone => {
            type_(Text::plain("You steer it alone. For the day you cannot: "), "organiser add @somebody")
        }
    }
}

fn budget(home: &Home<'_>, known: &Known, level: Level) -> Text {
    let settings = &known.settings;
    let (Some(account), Some(budget)) = (known.account, settings.budget) else { return Text::new() };
    let (month, so_far) = (Month::of(home.now), of(account.spent, settings.budget));
    let lead = match level {
        Level::Spent if account.searches => {
            format!("X has cost {so_far} in {}: I search it again in {}.", month.name(), month.next().name())
        }
        Level::Spent => format!("X has cost {so_far} in {}. Nothing stops for that.", month.name()),
        _ => format!("X has cost {so_far} in {}.", month.name()),
    };
    let command = format!("set budget {}", more(budget));
    Text::plain(format!("{lead} To allow more: ")).code(typed(home, settings, &command))
}

/// A chat for whoever helps to keep it kind. Nothing of what is to be asked.
fn helped_with(home: &Home<'_>, known: &Known) -> Text {
    let (settings, now) = (&known.settings, home.now);
    let text = titled(settings).line();
    let text = match known.next(now) {
        Some(episode) if episode.is_live() => {
            text.then(now_live(home, settings, episode, "You are needed in"))
        }
        Some(episode) => text.say("Next: ").then(starts(settings, episode.starts, now)).say("."),
        None => match known.promised(now) {
            Some(at) => text.say("Next: ").then(starts(settings, at, now)).say("."),
            None => text.say("No date is planned."),
        },
    };
    text.line()
        .say("You keep it kind: ")
        .code(typed(home, settings, "hide LINK"))
        .say(", ")
        .code(typed(home, settings, "block @HANDLE"))
        .say(", ")
        .code(typed(home, settings, "mute WORD"))
        .say(".")
}

/// Chats in a line each, with when they are.
fn briefly(home: &Home<'_>, lead: &str, chats: &[&Known]) -> Text {
    let mut text = Text::new().bold(lead);
    for known in chats.iter().take(LISTED) {
        text = text.line().say("• ").then(line(home, known));
    }
    let rest = chats.len().saturating_sub(LISTED);
    if rest > 0 { text.line().say(format!("… and {} more.", number(rest))) } else { text }
}

/// "#SMXChat: Tuesday … (20:00 London), in #smxchat"
fn line(home: &Home<'_>, known: &Known) -> Text {
    let settings = &known.settings;
    let text = titled(settings).say(": ");
    let text = match known.next(home.now) {
        Some(episode) if episode.is_live() => text.bold("on now"),
        Some(episode) => text.then(starts(settings, episode.starts, home.now)),
        None => match known.promised(home.now) {
            Some(at) => text.then(starts(settings, at, home.now)),
            None => text.say("no date yet"),
        },
    };
    let here = settings.on(Platform::Slack).next();
    match (here, settings.rooms().next()) {
        (Some(to), _) => text.say(", in ").span(Span::Channel(to.place.clone())).say("."),
        (None, Some(to)) => text.say(format!(", on {} ({}).", to.place.platform, place_name(to))),
        (None, None) => text.say("."),
    }
}

/// What lives here, for everybody: what anybody may read of it, and whom to ask.
fn open_to_all(home: &Home<'_>, others: &[&Known], alone: bool) -> Message {
    let lead = if alone { "What lives here" } else { "Also here" };
    let text = briefly(home, lead, others);
    let text = if alone {
        let text =
            text.line().say("When one is on, answer in its channel, or on X with its hashtag. All dates: ");
        let text = match others {
            [one] => text.code(typed(home, &one.settings, "when")),
            _ => text.code("/chat when").say(" in its channel"),
        };
        // Of one chat, by name: whoever would like to help has somebody to ask.
        match others {
            [one] => {
                let plan = if one.settings.organisers.len() == 1 { "plans" } else { "plan" };
                let text = text.say(". ").then(one.settings.organisers_named());
                text.say(format!(" {plan} it from this very page."))
            }
            _ => text.say(". Whoever organises one plans it from this very page."),
        }
    } else {
        text
    };
    let mut message = Message::new(text);
    for known in others.iter().take(BUTTONS) {
        let label = format!("Suggest a question for {}", known.settings.tag());
        let label = weigh::shorten(&label, 75, weigh::Unit::Chars);
        message = message.button(label, Action::Suggest(known.settings.slug.clone()));
    }
    message
}

fn unreadable(home: &Home<'_>) -> Option<Text> {
    let tags: Vec<String> = home.unreadable().into_iter().map(|tag| format!("#{tag}")).collect();
    (!tags.is_empty()).then(|| {
        Text::plain(format!(
            "I cannot read one of my own notes about {}, so I show nothing of it, and nothing is asked there until it is \
             mended. Whoever runs me finds which one in the log, and by earshot doctor.",
            list(&tags)
        ))
    })
}

fn operators() -> Message {
    Message::new(
        Text::plain("You run me here, so you can start a chat: ")
            .code("/chat new #SMXChat every Tuesday 8pm London")
            .say(". Whoever starts it is its first organiser."),
    )
    .button("A new chat", Action::New)
}

//! Setting up: a new chat, its settings and places; help.

use chrono::{DateTime, Utc};

use crate::Chat;
use crate::action::Action;
use crate::command::{self, About, Group, NewPiece, SettingName, Verb, Who, WordsFor};
use crate::copy::{count, day, day_and_clock, list, short_span, span, ticked};
use crate::name::{Person, Platform};
use crate::order;
use crate::removal::{Bar, Bars, Whom};
use crate::schedule;
use crate::settings::{Cadence, Cards, City, Destination, Door, Layout, Settings};
use crate::text::{Field, Form, Message, Span, Text};

/// "Tuesdays 20:00 London", in one line.
pub(crate) fn rhythm(settings: &Settings) -> String {
    let slots: Vec<String> = settings.slots.iter().map(schedule::in_words).collect();
    format!("{} {}", list(&slots), settings.city)
}

/// After `new`.
pub fn created(settings: &Settings, first: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Message {
    let first = first.map(|at| format!(", first {}", day(settings, at, now))).unwrap_or_default();
    Text::plain(format!(
        "{} is on: {}, {} min{first}. It speaks nowhere yet. Next: ",
        settings.tag(),
        rhythm(settings),
        settings.length.num_minutes()
    ))
    .code("/chat connect slack")
    .into()
}

/// After `new` with the hashtag of a retired chat.
pub fn brought_back(settings: &Settings, first: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Message {
    let first = first.map(|at| format!(", first {}", day(settings, at, now))).unwrap_or_default();
    Text::plain(format!(
        "{} is back: {}, {} min{first}. Its rooms, organisers and words are as they were. Next: ",
        settings.tag(),
        rhythm(settings),
        settings.length.num_minutes()
    ))
    .code(if settings.destinations.is_empty() { "/chat connect slack" } else { "/chat preview" })
    .into()
}

/// The form behind `/chat new`.
pub fn new_form() -> Form {
    let field = |key: &str, label: &str, hint: &str| Field {
        key: key.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: String::new(),
        long: false,
        optional: false,
        max: 150,
    };
    Form {
        action: Action::New,
        title: "A new chat".to_owned(),
        submit: "Start it".to_owned(),
        intro: Text::plain("It speaks nowhere until you connect a room."),
        fields: vec![
            field("hashtag", "Hashtag", "#SMXChat"),
            field("when", "When", "every Tuesday 8pm"),
            field("city", "Whose clock", "London"),
        ],
    }
}

/// A complaint beside the field that asks when a new chat meets: what is missing, and what was not
/// understood.
pub fn complaint_when(missing: &[NewPiece], stray: Option<&str>) -> String {
    let missing: Vec<&str> = missing
        .iter()
        .filter_map(|piece| match piece {
            NewPiece::Day => Some("a day"),
            NewPiece::Time => Some("a time"),
            // Fields of their own.
            NewPiece::Hashtag | NewPiece::City => None,
        })
        .collect();
    let missing = match missing.as_slice() {
        [] => String::new(),
        some => format!("That still needs {}. ", some.join(" and ")),
    };
    let stray = stray.map(|words| format!("I did not understand “{words}”. ")).unwrap_or_default();
    format!("{missing}{stray}For example: {} {}", NewPiece::Day.example(), NewPiece::Time.example())
}

/// `show`.
pub fn show(chat: &Chat, now: DateTime<Utc>) -> Message {
    let settings = &chat.settings;
    let title = if settings.title == settings.tag() {
        settings.tag()
    } else {
        format!("{} ({})", settings.title, settings.tag())
    };
    let mut text = Text::new().bold(title);
    if settings.retired {
        text = text.say(" has retired.");
    }
    let mut row = |label: &str, words: String| {
        let old = std::mem::take(&mut text);
        text = old.line().say(format!("{label}: {words}"));
    };
    row("When", format!("{}, {}", rhythm(settings), span(settings.length)));
    row(
        "Questions",
        match &settings.cadence {
            Cadence::Auto => "spread over the hour".to_owned(),
            Cadence::Every { first, every } => {
                format!("from {} in, every {}", span(*first), span(*every))
            }
        },
    );
    let reminders: Vec<String> = settings.reminders.iter().map(|r| short_span(*r)).collect();
    row("Reminders", if reminders.is_empty() { "none".to_owned() } else { reminders.join(", ") });
    if !settings.cities.is_empty() {
        row("Cities", settings.cities.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(", "));
    }
    let mut places = Vec::new();
    for to in &settings.destinations {
        let how = match (to.place.platform, to.layout) {
            (Platform::X, _) if settings.x_approved.is_none() => ", silent until a preview is approved",
            (Platform::X, _) => "",
            (_, Layout::Threads) => ", a thread per question",
            (_, Layout::Flat) => ", flat",
        };
        let links = if to.cards == Cards::Links { ", links only" } else { "" };
        places.push(format!("{} {}{how}{links}", to.place.platform, place_name(to)));
    }
    row("Speaks in", if places.is_empty() { "no room yet".to_owned() } else { places.join("; ") });
    for (from, to) in
        settings.breaks.iter().filter(|(_, to)| *to >= now.with_timezone(&settings.zone).date_naive())
    {
        let range = if from == to {
            from.format("%-d %b").to_string()
        } else {
            format!("{} to {}", from.format("%-d %b"), to.format("%-d %b"))
        };
        row("Break", range);
    }
    if settings.events {
        row("Events in Discord", "on".to_owned());
    }
    row("Burst limit", super::burst_in_short(settings.burst));
    if settings.on(Platform::X).next().is_some() {
        let budget = settings.budget.map_or_else(|| "none".to_owned(), |money| format!("{money} a month"));
        row("Budget for X", budget);
    }
    if settings.door == Door::Regulars {
        row("Door", "newcomers wait at the desk".to_owned());
    }
    match settings.muted.len() {
        0 => {}
        n => row("Muted", count(n, "word", "words")),
    }
    for (why, label) in [(Bars::Blocked, "Blocked"), (Bars::LeftOut, "Left out")] {
        let bars = chat.seen.bars.iter().filter(|bar| bar.why == why);
        let mut called: Vec<String> = bars.map(called).collect();
        order::sort(&mut called);
        called.dedup();
        if !called.is_empty() {
            row(label, called.join(", "));
        }
    }
    text = text.line().say("Steered by ").then(settings.organisers_named());
    if !settings.moderators.is_empty() {
        text = text.say(", kept kind with ").then(settings.moderators_named());
    }
    if let Some(desk) = &settings.desk {
        text = text.say(", desk ").span(Span::Channel(desk.clone()));
    }
    let next = crate::steer::next_after(chat, now);
    if let Some(next) = next {
        text = text.line().say(format!("Next: {}", day_and_clock(settings, next, now)));
    }
    text.into()
}

/// Somebody who is kept out, as they are called there.
fn called(bar: &Bar) -> String {
    let elsewhere = matches!(&bar.whom, Whom::Person(person) if person.platform != Platform::X);
    if elsewhere { bar.called.clone() } else { format!("@{}", bar.called) }
}

/// After `set`.
pub fn set(
    settings: &Settings,
    name: SettingName,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Message {
    let next = next.map(|at| format!(" Next: {}.", day_and_clock(settings, at, now))).unwrap_or_default();
    let platform = |platform: Platform| {
        let flat = settings.on(platform).all(|d| d.layout == Layout::Flat);
        if flat {
            format!("{platform} is flat now, cards labelled A3.")
        } else {
            format!("{platform} has a thread per question now.")
        }
    };
    let words = match name {
        SettingName::Title => format!("It is called {} now.", settings.title),
        SettingName::Hashtag => {
            format!(
                "The hashtag is {} now. The commands still know it as `{}`.",
                settings.tag(),
                settings.slug
            )
        }
        SettingName::Time | SettingName::Zone => {
            format!("{} from now on: {}.{next}", settings.tag(), rhythm(settings))
        }
        SettingName::Length => {
            format!("{} lasts {} from the next one on.{next}", settings.tag(), span(settings.length))
        }
        SettingName::Cadence => match &settings.cadence {
            Cadence::Auto => format!("Questions spread evenly over the hour, from the next one on.{next}"),
            Cadence::Every { first, every } => format!(
                "Q1 at +{}, then one every {}, from the next one on.{next}",
                short_span(*first),
                span(*every)
            ),
        },
        SettingName::Reminders => {
            let all: Vec<String> = settings.reminders.iter().map(|r| span(*r)).collect();
            if all.is_empty() {
                "No reminders.".to_owned()
            } else {
                format!("I remind people {} before.", list(&all))
            }
        }
        SettingName::Cities => cities(settings),
        SettingName::Discord => platform(Platform::Discord),
        SettingName::Slack => platform(Platform::Slack),
        SettingName::Role => match settings.on(Platform::Discord).find_map(|d| d.role.as_ref()) {
            Some(_) => "Members get that role when they join, and the last reminder pings it.".to_owned(),
            None => "No role: joining gives none, and nothing pings.".to_owned(),
        },
        SettingName::Events if settings.events => format!(
            "Each hour of the next two weeks stands among the events in Discord from now on, and moves with it. I need \
             Create Events in that server; if I may not, I'll say so.{next}"
        ),
        SettingName::Events => "No events in Discord's list: those that stood there go.".to_owned(),
        SettingName::Burst => super::burst(settings.burst),
        SettingName::Desk => match &settings.desk {
            Some(desk) => {
                let also = match settings.destination(desk) {
                    Some(_) => {
                        format!(" {} speaks there too: everybody reads what organisers do.", settings.tag())
                    }
                    None => String::new(),
                };
                format!(
                    "That is the desk now: what organisers should know appears there. Invite me to it if it \
                     is private.{also}"
                )
            }
            None => "No desk: I write to each organiser in person.".to_owned(),
        },
        // With what was spent it is said by `budget_set`; this is for where X is off.
        SettingName::Budget => match settings.budget {
            Some(budget) => format!("X may cost {budget} a month."),
            None => "No budget: X may cost what it takes.".to_owned(),
        },
    };
    Text::plain(words).into()
}

/// Which cities X names, and which it does not: it has room for three beside the chat's own.
fn cities(settings: &Settings) -> String {
    let names = |cities: &[&City]| cities.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let (home, away): (Vec<&City>, Vec<&City>) =
        settings.cities.iter().partition(|city| city.zone == settings.zone);
    let (named, waiting) = away.split_at(away.len().min(3));
    let mut words = match named {
        [] if home.is_empty() => return "No cities named.".to_owned(),
        [] => String::new(),
        named => format!("Announcements on X name the time in {}.", list(&names(named))),
    };
    if !waiting.is_empty() {
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        words.push_str(&format!(" There is room for three: {} {verb}.", list(&names(waiting))));
    }
    // Where the wall shows what it shows at home.
    if !home.is_empty() {
        let verb = if home.len() == 1 { "is" } else { "are" };
        words.push_str(&format!(" {} {verb} named anyway.", list(&names(&home))));
    }
    words.trim_start().to_owned()
}

/// After undoing `set time` or `set zone`.
pub fn undone_time(
    settings: &Settings,
    what: &str,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Message {
    let next = next.map(|at| format!(" Next: {}.", day_and_clock(settings, at, now))).unwrap_or_default();
    Text::plain(format!("Undone: {what}. {} is back to {}.{next}", settings.tag(), rhythm(settings))).into()
}

/// After `connect discord`: the code.
pub fn connect_discord(code: &str) -> Message {
    Text::plain("In the Discord channel, somebody who manages channels types ")
        .code(format!("/connect {code}"))
        .say(" within ten minutes.")
        .into()
}

/// "#smxchat", "@SMXChat": what people in a place call it.
pub fn place_name(to: &Destination) -> String {
    match to.place.platform {
        Platform::X => to.name.clone(),
        Platform::Discord | Platform::Slack => format!("#{}", to.name.trim_start_matches('#')),
    }
}

/// After `connect slack` and `connect x`: `to` is the new place.
pub fn connected(settings: &Settings, to: &Destination) -> Message {
    match to.place.platform {
        Platform::X => Text::plain(format!(
            "{} is connected, and stays silent until you have seen what it will say: ",
            place_name(to)
        ))
        .code("/chat preview")
        .into(),
        Platform::Slack => {
            let mut text =
                Text::plain(format!("{} speaks here now, a thread per question. ", settings.tag()));
            // Connecting a second room is more often a slip than a wish.
            let others: Vec<String> =
                settings.on(Platform::Slack).filter(|d| d.place != to.place).map(place_name).collect();
            if !others.is_empty() {
                text = text
                    .say(format!("It still speaks in {} too; ", list(&others)))
                    .code("/chat disconnect slack")
                    .say(", typed there, ends that. ");
            }
            if settings.desk.as_ref() == Some(&to.place) {
                text = text
                    .say("This is your desk too: what organisers do would stand among the posts. Another desk: ")
                    .code("/chat set desk #channel")
                    .say(". ");
            }
            text.say("Next: ")
                .code(if settings.on(Platform::Discord).next().is_none() {
                    "/chat connect discord"
                } else {
                    "/chat topic …"
                })
                .into()
        }
        Platform::Discord => discord_connected(settings, to),
    }
}

/// After `disconnect`.
pub fn disconnected(settings: &Settings, gone: &Destination) -> Message {
    let (tag, name) = (settings.tag(), place_name(gone));
    let stays = "What stands there stays.";
    let text = Text::plain(match gone.place.platform {
        Platform::Slack => format!("{tag} no longer speaks in {name}. {stays}"),
        Platform::Discord => format!("{tag} no longer speaks in {name} on Discord. {stays}"),
        Platform::X => format!(
            "{tag} no longer speaks as {name} on X. {stays} What people post there is still carried into the \
             rooms."
        ),
    });
    if settings.destinations.is_empty() {
        return text.say(" It speaks nowhere now. Next: ").code("/chat connect slack").into();
    }
    text.into()
}

/// Said in Discord, to the one who confirmed the code.
pub fn discord_connected(settings: &Settings, to: &Destination) -> Message {
    let text = Text::plain(format!("{} lives here now. People join with ", settings.tag()))
        .code("/join")
        .say(" and see the dates with ")
        .code("/when")
        .say(".");
    let others: Vec<String> =
        settings.on(Platform::Discord).filter(|d| d.place != to.place).map(place_name).collect();
    if others.is_empty() {
        return text.into();
    }
    text.say(format!(" It still lives in {} too; ", list(&others)))
        .code("/chat disconnect discord")
        .say(" in Slack ends that.")
        .into()
}

/// X was approved.
pub fn approved(settings: &Settings, next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Message {
    let next = next.map(|at| format!(", starting with {}", day(settings, at, now))).unwrap_or_default();
    Text::plain(format!("Approved: {} speaks on X from now on{next}.", settings.tag())).into()
}

/// `organiser`.
pub fn organisers(settings: &Settings) -> Message {
    settings
        .organisers_named()
        .say(format!(
            " {} {}.",
            if settings.organisers.len() == 1 { "steers" } else { "steer" },
            settings.tag()
        ))
        .into()
}

/// After `organiser add` and `remove`.
pub fn organiser_changed(settings: &Settings, who: &Person, added: bool) -> Message {
    let text = Text::new().span(Span::Person(who.clone()));
    if added {
        text.say(format!(" steers {} with you now. What they can do: ", settings.tag()))
            .code("/chat help")
            .into()
    } else {
        text.say(format!(" no longer steers {}.", settings.tag())).into()
    }
}

fn words_of(settings: &Settings, which: WordsFor) -> Option<&String> {
    match which {
        WordsFor::Opening => settings.words.opening.as_ref(),
        WordsFor::Close => settings.words.close.as_ref(),
        WordsFor::Reminder => settings.words.reminder.as_ref(),
    }
}

/// `words`.
pub fn own_words(settings: &Settings) -> Message {
    let mut text = Text::new().bold("Own words");
    for which in WordsFor::ALL {
        text = text.line().say(format!("{which}: "));
        text = match words_of(settings, *which) {
            Some(words) => text.italic(words.clone()),
            None => text.say("the usual"),
        };
    }
    text.line()
        .say("Change one with ")
        .code("/chat words opening …")
        .say("; {topic} {guests} {next} are filled in.")
        .into()
}

/// `words opening`.
pub fn own_words_of(settings: &Settings, which: WordsFor) -> Message {
    match words_of(settings, which) {
        Some(words) => Text::plain(format!("The {which}: "))
            .italic(words.clone())
            .line()
            .code(format!("/chat words {which} usual"))
            .say(" goes back to the usual.")
            .into(),
        None => Text::plain(format!("The {which} is the usual one; see it in "))
            .code("/chat preview")
            .say(".")
            .into(),
    }
}

/// After `words opening …`.
pub fn own_words_set(which: WordsFor, text: Option<&str>) -> Message {
    match text {
        Some(words) => Text::plain(format!("The {which} says now: "))
            .italic(words.to_owned())
            .say(" See it in ")
            .code("/chat preview")
            .say(".")
            .into(),
        None => Text::plain(format!("The {which} is the usual one again.")).into(),
    }
}

/// Asks back before retiring.
pub fn retire_asked(settings: &Settings) -> Message {
    Text::plain(format!(
        "Retire {}? Everything planned is withdrawn and it speaks no more. Nothing is deleted.",
        settings.tag()
    ))
    .into()
}

/// Retired.
pub fn retired(settings: &Settings) -> Message {
    Text::plain(format!("{} has retired. Thank you for all those hours.", settings.tag())).into()
}

/// `help`, and `help COMMAND`.
pub fn help(about: Option<About>, who: Who) -> Message {
    match about {
        Some(About::Verb(verb)) => help_verb(verb),
        Some(About::Setting(setting)) => {
            let help = command::help_setting(setting);
            Text::new()
                .code(format!("/chat {}", help.usage))
                .line()
                .then(ticked(help.does))
                .line()
                .say("For example ")
                .code(format!("/chat {}", help.example))
                .into()
        }
        None => help_all(who),
    }
}

fn help_verb(verb: Verb) -> Message {
    let help = command::help(verb);
    let mut text = Text::new().code(format!("/chat {}", help.usage)).line().then(ticked(help.does));
    if verb == Verb::Set {
        for setting in SettingName::ALL {
            text = text.line().code(format!("/chat {}", command::help_setting(*setting).usage));
        }
        text = text.line().say("For example");
    }
    for example in help.examples {
        text = text.line().code(format!("/chat {example}"));
    }
    let who = match help.who {
        Who::Everyone => None,
        Who::Moderators => Some("For organisers and moderators."),
        Who::Organisers => Some("For organisers."),
        Who::Operators => Some("For those who run this Earshot."),
    };
    if let Some(who) = who {
        text = text.line().italic(who);
    }
    text.into()
}

/// The first thing a help text says, to stand behind its word: "adds a question."
fn brief(does: &str) -> String {
    let ends = [". ", ": ", "; "].iter().filter_map(|end| does.find(end)).min().unwrap_or(does.len());
    let first = does.get(..ends).unwrap_or(does).trim_end_matches('.');
    let mut chars = first.chars();
    let begin: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
    format!("{begin}{}.", chars.as_str())
}

/// All that somebody may type, in short.
fn help_all(who: Who) -> Message {
    let mut text = Text::new();
    let groups = [
        (Group::Anyone, "For everyone"),
        (Group::Planning, "Planning"),
        (Group::Live, "During the hour"),
        (Group::Keeping, "Keeping it kind"),
        (Group::SettingUp, "Setting up"),
    ];
    let may = |verb: &&Verb| match who {
        Who::Organisers | Who::Operators => true,
        Who::Moderators => matches!(command::help(**verb).who, Who::Everyone | Who::Moderators),
        Who::Everyone => command::help(**verb).who == Who::Everyone,
    };
    for (group, title) in groups {
        let mut verbs = Verb::ALL.iter().filter(may).filter(|v| command::help(**v).when == group).peekable();
        if verbs.peek().is_none() {
            continue;
        }
        if !text.is_empty() {
            text = text.line();
        }
        text = text.bold(title);
        for verb in verbs {
            text = text.line().code(verb.word()).say(": ").then(ticked(&brief(command::help(*verb).does)));
        }
        if group == Group::Keeping {
            // The one setting that moderators have, and would find nowhere else.
            let burst = brief(command::help_setting(SettingName::Burst).does);
            text = text.line().code("set burst").say(": ").then(ticked(&burst));
        }
    }
    let example = if who == Who::Moderators { "/chat help mute" } else { "/chat help ask" };
    text.line().say("More about one: ").code(example).into()
}

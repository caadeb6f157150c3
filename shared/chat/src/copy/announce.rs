//! What Earshot says in the rooms and on X: reminders, the opening, questions, the close, notices.
//!
//! On X every text but a question names its date, so that no two weeks are equal: X refuses a text it
//! has seen from the same account. Questions go to X alone and without links. No public text prints a
//! time that `hold` can falsify.

use chrono::{DateTime, Duration, Timelike, Utc};

use super::{
    clock, count, day, guests, local_date, long_local, named, near_day, number, sentence, short_date, span,
    when,
};
use crate::action::Action;
use crate::agenda::{Episode, Guest, Question};
use crate::name::Platform;
use crate::order;
use crate::settings::{City, Destination, Layout, Settings};
use crate::text::{Message, Span, Text, TimeStyle};
use crate::{Voices, weigh, zone};

/// What an announcement is about and where it is said.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// The chat.
    pub settings: &'a Settings,
    /// The episode.
    pub episode: &'a Episode,
    /// The start of the episode before this one, if there was one: for "clocks changed".
    pub before: Option<DateTime<Utc>>,
    /// The start of the next one, if it is known.
    pub next: Option<DateTime<Utc>>,
    /// The starts of the other episodes on the same local date, so that the date alone does not tell them
    /// apart.
    pub same_day: Vec<DateTime<Utc>>,
    /// The starts of those that are called off together with it, where the whole day is.
    pub off_that_day: Vec<DateTime<Utc>>,
    /// Whether it lies in a break of several dates.
    pub in_break: bool,
    /// How many notices of that day's episodes were published.
    pub told: u32,
    /// Where it is said.
    pub to: &'a Destination,
    /// The chat's clock.
    pub now: DateTime<Utc>,
}

impl<'a> Scene<'a> {
    /// Without the dates around it, for what names none: a question.
    pub(crate) fn alone(
        settings: &'a Settings,
        episode: &'a Episode,
        to: &'a Destination,
        now: DateTime<Utc>,
    ) -> Scene<'a> {
        Scene {
            settings,
            episode,
            before: None,
            next: None,
            same_day: Vec::new(),
            off_that_day: Vec::new(),
            in_break: false,
            told: 0,
            to,
            now,
        }
    }
}

impl Scene<'_> {
    fn tag(&self) -> String {
        self.settings.tag()
    }

    /// "24 Nov", and the hour where the day has another episode.
    fn date(&self) -> String {
        let date = short_date(self.settings, self.episode.starts);
        if self.same_day.is_empty() { date } else { format!("{date}, {}", self.hour()) }
    }

    /// The same for what is said again where an episode moves: within its day only the hour differs.
    fn date_again(&self) -> String {
        let date = short_date(self.settings, self.episode.starts);
        if self.told > 0 { format!("{date}, {}", self.hour()) } else { self.date() }
    }

    /// "8pm", in the chat's own zone.
    fn hour(&self) -> String {
        zone::clock12(self.episode.starts.with_timezone(&self.settings.zone).time())
    }

    /// "Tonight", or "Today" where the hour is not in the evening.
    fn tonight(&self) -> &'static str {
        if self.episode.starts.with_timezone(&self.settings.zone).hour() >= 17 { "Tonight" } else { "Today" }
    }

    /// The cities to name: three at most, and none that reads the chat's own clock.
    fn named(&self) -> impl Iterator<Item = &City> {
        self.settings.cities.iter().filter(|city| city.zone != self.settings.zone).take(3)
    }

    /// "8pm London · 3pm New York · 11pm Nairobi": the chat's own zone first, then up to three cities.
    fn cities(&self, at: DateTime<Utc>) -> String {
        let home = at.with_timezone(&self.settings.zone).time();
        let home = format!("{} {}", zone::clock12(home), self.settings.city);
        std::iter::once(home).chain(self.others(at)).collect::<Vec<_>>().join(" · ")
    }

    /// "3pm New York", "11pm Nairobi", "5am Wed Tokyo".
    fn others(&self, at: DateTime<Utc>) -> Vec<String> {
        let home = local_date(self.settings.zone, at);
        let there = |city: &City| {
            let local = at.with_timezone(&city.zone);
            let day =
                if local.date_naive() == home { String::new() } else { format!(" {}", local.format("%a")) };
            format!("{}{day} {}", zone::clock12(local.time()), city.name)
        };
        self.named().map(there).collect()
    }

    /// "New York: 4pm this week, clocks changed.", for the cities whose hour differs from last time.
    fn clocks_changed(&self) -> Option<String> {
        let before = self.before?;
        let start = self.episode.starts;
        let same_local = start.with_timezone(&self.settings.zone).time()
            == before.with_timezone(&self.settings.zone).time();
        let changed: Vec<String> = self
            .named()
            .filter(|city| same_local && zone::clocks_changed(city.zone, self.settings.zone, start, before))
            .map(|city| format!("{}: {}", city.name, zone::clock12(start.with_timezone(&city.zone).time())))
            .collect();
        let this = if start - before <= Duration::days(8) { "this week" } else { "this time" };
        (!changed.is_empty()).then(|| format!("{} {this}, clocks changed.", changed.join(", ")))
    }

    fn with_guests(&self) -> String {
        let handles = self.to.place.platform == Platform::X;
        match guests(self.episode, handles) {
            names if names.is_empty() => String::new(),
            names => format!(", with {names}"),
        }
    }

    fn about(&self) -> String {
        self.episode.topic.as_ref().map(|t| format!(": {t}")).unwrap_or_default()
    }

    /// "Six questions, one friendly hour."
    fn shape(&self) -> String {
        let hour = if self.episode.length == Duration::hours(1) {
            "one friendly hour".to_owned()
        } else {
            format!("{} among friends", span(self.episode.length))
        };
        match self.episode.questions.len() {
            0 => format!("An open floor, {hour}."),
            n => format!("{}, {hour}.", sentence(&count(n, "question", "questions"))),
        }
    }
}

/// The placeholders that a chat's own words may hold.
pub const PLACEHOLDERS: [&str; 3] = ["{topic}", "{guests}", "{next}"];

/// A chat's own words, filled in. `next` is the date that they mean by it: of a reminder the one it
/// announces, else the one after.
fn fill(scene: &Scene<'_>, words: &str, next: Option<DateTime<Utc>>) -> Text {
    let on_x = scene.to.place.platform == Platform::X;
    let mut text = Text::new();
    let mut rest = words;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        text = text.say(before);
        let known = PLACEHOLDERS.into_iter().find(|known| from.starts_with(known));
        text = match (known, next) {
            (Some("{topic}"), _) => {
                text.say(scene.episode.topic.clone().unwrap_or_else(|| "an open floor".to_owned()))
            }
            (Some("{guests}"), _) => text.say(match guests(scene.episode, on_x) {
                names if names.is_empty() => "all of you".to_owned(),
                names => names,
            }),
            (Some("{next}"), Some(at)) if on_x => text.say(next_words(scene, at)),
            (Some("{next}"), Some(at)) => text.then(when(scene.settings, at, scene.now)),
            (Some("{next}"), None) => text.say("soon"),
            _ => text.say("{"),
        };
        rest = from.get(known.map_or(1, str::len)..).unwrap_or_default();
    }
    text.say(rest)
}

fn next_words(scene: &Scene<'_>, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&scene.settings.zone);
    format!("{}, {} {}", day(scene.settings, at, scene.now), zone::clock12(local.time()), scene.settings.city)
}

/// Ends a sentence that may have an end already: a topic is often a question.
fn stop(words: &str) -> String {
    if words.ends_with(['.', '!', '?', '…']) { words.to_owned() } else { format!("{words}.") }
}

/// The first of several wordings, richest first, that fits X; the last one is shortened if need be.
fn fit(wordings: &[String]) -> Text {
    let tidy = |words: &String| words.split_whitespace().collect::<Vec<_>>().join(" ");
    let fitting = wordings.iter().map(tidy).find(|words| weigh::weighted_length(words) <= weigh::LIMIT);
    let last =
        || wordings.last().map(|words| weigh::shorten(&tidy(words), weigh::LIMIT, weigh::Unit::Weighted));
    Text::plain(fitting.or_else(last).unwrap_or_default())
}

/// A chat's own words must name the date on X as well, or the second week would be refused there; so
/// it is the words that are shortened, if a topic or a guest's name is longer than they allow for.
fn own(scene: &Scene<'_>, words: &str, next: Option<DateTime<Utc>>, date: &str) -> Message {
    let text = fill(scene, words, next);
    if scene.to.place.platform != Platform::X {
        return Message::new(text);
    }
    let date = format!(" ({}, {date})", scene.tag());
    let room = weigh::LIMIT.saturating_sub(weigh::weighted_length(&date));
    let words = weigh::shorten(&text.words(), room, weigh::Unit::Weighted);
    Message::new(Text::plain(format!("{words}{date}")))
}

/// A reminder `before` ahead of the start: the long one, or within the hour the short one, whose last
/// is the only message of the week that may ping (`ping`).
pub fn reminder(scene: &Scene<'_>, before: Duration, ping: bool) -> Message {
    if before <= Duration::hours(1) {
        // A little late, it says how much is really left.
        let left = scene.episode.starts - scene.now;
        let on_time = (left - before).abs() < Duration::minutes(1);
        let left = Duration::minutes((left.num_seconds() + 59) / 60).max(Duration::minutes(1));
        kettle(scene, if on_time { before } else { left }, ping)
    } else {
        ahead(scene, before)
    }
}

/// How far off the day is: "Tomorrow", "In three days"; in hours where a longer reminder went out on the
/// same day and would read the same.
fn how_far(scene: &Scene<'_>, before: Duration) -> String {
    let (settings, start) = (scene.settings, scene.episode.starts);
    let told_on = |before: Duration| local_date(settings.zone, start - before);
    let again = settings.reminders.iter().any(|r| *r > before && told_on(*r) == told_on(before));
    let days = local_date(settings.zone, start).signed_duration_since(local_date(settings.zone, scene.now));
    match near_day(settings, start, scene.now) {
        _ if again => format!("In {}", span(before)),
        Some(near) => near.to_owned(),
        None => format!("In {} days", number(usize::try_from(days.num_days()).unwrap_or_default())),
    }
}

fn ahead(scene: &Scene<'_>, before: Duration) -> Message {
    if let Some(words) = &scene.settings.words.reminder {
        // Where there are several such reminders, X must not see the same text twice.
        let several = scene.settings.reminders.iter().any(|r| *r > before);
        let more = if several { format!(", in {}", span(before)) } else { String::new() };
        let date = format!("{}{more}", scene.date_again());
        let message = own(scene, words, Some(scene.episode.starts), &date);
        return joinable(scene, message);
    }
    let (settings, start) = (scene.settings, scene.episode.starts);
    let near = near_day(settings, start, scene.now);
    let (about, with) = (scene.about(), scene.with_guests());
    match scene.to.place.platform {
        Platform::X => {
            let date = day(settings, start, scene.now);
            let lead = format!("{}, {date}, on {}", how_far(scene, before), scene.tag());
            let (cities, shape) = (scene.cities(start), scene.shape());
            let changed = scene.clocks_changed().unwrap_or_default();
            let welcome = "First time? You're exactly who we hoped for.";
            let home = format!("{} {}", scene.hour(), settings.city);
            let (all, plain) = (stop(&format!("{lead}{about}{with}")), stop(&format!("{lead}{about}")));
            Message::new(fit(&[
                format!("{all} {cities}. {changed} {shape} {welcome}"),
                format!("{all} {cities}. {changed} {shape}"),
                format!("{all} {cities}. {changed}"),
                format!("{all} {cities}."),
                format!("{all} {home}."),
                format!("{plain} {home}."),
            ]))
        }
        Platform::Discord | Platform::Slack => {
            let lead = near.map_or_else(|| day(settings, start, scene.now), str::to_owned);
            let mut text = Text::new().bold(match &scene.episode.topic {
                Some(topic) => format!("{lead}: {} on “{topic}”", scene.tag()),
                None => format!("{lead}: {}", scene.tag()),
            });
            text = text.line();
            if !scene.episode.guests.is_empty() {
                text = text.say(format!("With {}, ", guests(scene.episode, false)));
            }
            text = text.then(when(settings, start, scene.now));
            if scene.to.place.platform == Platform::Discord {
                text = text.say(" your time");
            }
            text = text.say(format!(". {} First time? Perfect.", scene.shape()));
            if let Some(changed) = scene.clocks_changed() {
                text = text.line().italic(changed);
            }
            joinable(scene, Message::new(text))
        }
    }
}

fn kettle(scene: &Scene<'_>, before: Duration, ping: bool) -> Message {
    let (about, with) = (scene.about(), scene.with_guests());
    match scene.to.place.platform {
        Platform::X => {
            let (tag, date) = (scene.tag(), scene.date_again());
            let start = format!("Kettle on! {tag} starts in {}, {date}", span(before));
            let lead = stop(&format!("{start}{about}{with}"));
            Message::new(fit(&[
                format!("{lead} Put {tag} in every post so that everyone hears you."),
                lead,
                stop(&format!("{start}{about}")),
            ]))
        }
        Platform::Discord => {
            let mut text = Text::new();
            let role = scene.to.role.as_ref().filter(|_| ping);
            if let Some(role) = role {
                text = text.span(Span::Role(role.clone())).say(" ");
            }
            text = text.say("Kettle on! We start here ").time(
                scene.episode.starts,
                TimeStyle::Relative,
                format!("in {}", span(before)),
            );
            text = text.say(stop(&format!("{with}{about}")));
            let mut message = joinable(scene, Message::new(text));
            message.ping = role.cloned();
            message
        }
        Platform::Slack => {
            let threads = match (scene.to.layout, scene.episode.questions.is_empty()) {
                (Layout::Threads, false) => " Each question opens a thread.",
                _ => "",
            };
            let words = stop(&format!("Kettle on! We start here in {}{with}{about}", span(before)));
            Message::new(Text::plain(format!("{words}{threads}")))
        }
    }
}

/// The opening of the hour.
pub fn opening(scene: &Scene<'_>) -> Message {
    let hello = |message: Message| match scene.to.place.platform {
        Platform::X => message,
        _ => message.main_button("Say hello", Action::Hello(scene.episode.id.clone())),
    };
    if let Some(words) = &scene.settings.words.opening {
        return hello(own(scene, words, scene.next, &scene.date()));
    }
    let (with, tag, tonight) = (scene.with_guests(), scene.tag(), scene.tonight());
    let open_floor = scene.episode.questions.is_empty();
    match scene.to.place.platform {
        Platform::X => {
            let date = scene.date();
            let greeting = format!("Welcome to {tag}, {date}!");
            let tonight = match &scene.episode.topic {
                Some(topic) => stop(&format!("{tonight}: {topic}{with}")),
                None if with.is_empty() => String::new(),
                None => format!("{tonight}{with}."),
            };
            let hello = "Say hello: name, place.";
            let answers = if open_floor {
                format!("The floor is yours: keep {tag}.")
            } else {
                format!("Q1 is coming; begin answers A1 and keep {tag}.")
            };
            let rooms = carried_to(scene.settings)
                .map(|rooms| format!("Your {tag} posts also appear in our {rooms}."))
                .unwrap_or_default();
            Message::new(fit(&[
                format!("{greeting} {tonight} {hello} {answers} {rooms}"),
                format!("{greeting} {tonight} {answers} {rooms}"),
                format!("{greeting} {answers} {rooms}"),
            ]))
        }
        Platform::Discord | Platform::Slack => {
            let mut text = Text::new().bold(match &scene.episode.topic {
                Some(topic) => stop(&format!("Welcome! {tonight}: {topic}{with}")),
                None => format!("Welcome to {tag}{with}!"),
            });
            text = text.line();
            // Who they are, in the words that `guest` was given. On X there is no room for it.
            for guest in &scene.episode.guests {
                if let Some(line) = &guest.line {
                    text = text.say(stop(&format!("{}: {line}", guest.name))).line();
                }
            }
            let threads = scene.to.layout == Layout::Threads;
            text = text.say(if threads && scene.to.place.platform == Platform::Slack {
                "Say hello in this thread: name, place. "
            } else {
                "Say hello: name, place. "
            });
            text = text.say(if open_floor {
                "No questions this time, the floor is yours. Press Say hello and every room hears you; \
                 plain typing stays here. Be kind."
            } else {
                "Press Answer under a question and every room hears you; plain typing stays here. Be kind."
            });
            hello(Message::new(text))
        }
    }
}

/// "Discord and Slack": where posts on X are carried to.
fn carried_to(settings: &Settings) -> Option<String> {
    let mut rooms: Vec<String> = settings.rooms().map(|d| d.place.platform.to_string()).collect();
    rooms.sort();
    rooms.dedup();
    (!rooms.is_empty()).then(|| super::list(&rooms))
}

/// A question's text on X, as long as it will be: what `ask` measures.
pub fn question_on_x(hashtag: &str, position: u32, text: &str) -> String {
    led_on_x(hashtag, position, ".", text)
}

fn led_on_x(hashtag: &str, position: u32, with: &str, text: &str) -> String {
    format!("Q{position}{with} {text}\n\nBegin with A{position} and keep #{hashtag}")
}

/// What follows a question's number: ", with Amina Okoth:" where guests come in with it, else ".".
fn with(guests: &[&Guest], handles: bool) -> String {
    if guests.is_empty() { ".".to_owned() } else { format!(", with {}:", named(guests, handles)) }
}

/// A name as people show it, in one line; no longer than a line needs.
pub(crate) fn shown_name(name: &str) -> String {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    weigh::shorten(&line, 40, weigh::Unit::Chars)
}

/// Whether a name is nothing but one: on X it stands in a post of ours, where it may mention nobody, make no hashtag
/// and no link, and have no muted word in it.
fn is_name(settings: &Settings, name: &str) -> bool {
    !weigh::is_blank(name)
        && !name.contains(['@', '＠', '#', '＃', '$'])
        && !crate::muted::is_in(&settings.muted, name)
}

/// A question on X with the guests who come in with it and with the name of whoever suggested it, where that fits.
/// Guests go before whoever suggested it: people look for them.
fn named_on_x(scene: &Scene<'_>, position: u32, question: &Question) -> String {
    let settings = scene.settings;
    let mut guests = crate::invited::named_with(scene.episode, position);
    if !guests.iter().all(|guest| is_name(settings, &guest.name)) {
        guests.clear();
    }
    let suggested = question.from.as_ref().map(|from| shown_name(&from.name));
    let suggested = suggested.filter(|name| is_name(settings, name));
    let credited = suggested.map(|name| format!("{} (from {name})", question.text));
    let plain = with(&[], false);
    let leads = [with(&guests, true), with(&guests, false), plain];
    let texts = || credited.iter().chain(std::iter::once(&question.text));
    let all = leads
        .iter()
        .flat_map(|lead| texts().map(move |text| led_on_x(&settings.hashtag, position, lead, text)));
    all.into_iter()
        .find(|whole| weigh::is_postable(whole) && weigh::urls(whole).is_empty())
        .unwrap_or_else(|| question_on_x(&settings.hashtag, position, &question.text))
}

/// A question.
pub fn question(scene: &Scene<'_>, position: u32, question: &Question) -> Message {
    let text = &question.text;
    match scene.to.place.platform {
        Platform::X => Message::new(Text::plain(named_on_x(scene, position, question))),
        platform => {
            let lead = with(&crate::invited::named_with(scene.episode, position), false);
            let mut words = Text::new().bold(format!("Q{position}{lead} {text}"));
            if let Some(from) = &question.from {
                words = words.line().italic(format!("from {}", shown_name(&from.name)));
            }
            if platform == Platform::Slack && scene.to.layout == Layout::Threads {
                words = words.line().say("Answers gather in this thread.");
            }
            Message::new(words).main_button("Answer", Action::Answer(scene.episode.id.clone(), question.id))
        }
    }
}

/// A thread's name: "Q3. What did your community do…", at most 100 characters.
pub fn thread_name(position: u32, question: &Question) -> String {
    weigh::shorten(&format!("Q{position}. {}", question.text), 100, weigh::Unit::Chars)
}

/// A correction of a question, for X, where nothing can be edited in place.
pub fn correction(settings: &Settings, episode: &Episode, position: u32, question: &Question) -> String {
    let date = short_date(settings, episode.starts);
    // Not longer than the question was, so that whatever could be asked can be put right.
    let text =
        format!("Q{position}, put right ({date}): {}\n\nA{position} + {}", question.text, settings.tag());
    weigh::shorten(&text, weigh::LIMIT, weigh::Unit::Weighted)
}

/// The close. Thanks only guests who spoke.
pub fn close(scene: &Scene<'_>, voices: &Voices) -> Message {
    if let Some(words) = &scene.settings.words.close {
        return joinable(scene, own(scene, words, scene.next, &scene.date()));
    }
    let (settings, tag) = (scene.settings, scene.tag());
    let spoke = |name: &str, handle: Option<&String>| {
        voices.names.iter().any(|said| {
            said.eq_ignore_ascii_case(name) || handle.is_some_and(|h| said.eq_ignore_ascii_case(h))
        })
    };
    let thanked: Vec<String> = scene
        .episode
        .guests
        .iter()
        .filter(|g| spoke(&g.name, g.handle.as_ref()))
        .map(|g| g.name.clone())
        .collect();
    let first = match voices.first_time {
        0 => String::new(),
        2 if voices.spoke == 2 => ", both for the first time".to_owned(),
        n if n == voices.spoke => ", every one for the first time".to_owned(),
        n => format!(", {n} for the first time"),
    };
    let spoke = usize::try_from(voices.spoke).unwrap_or(usize::MAX);
    let thanks = match (thanked.is_empty(), spoke) {
        (true, 0) => "Thank you for being here.".to_owned(),
        (true, 1) => "Thank you to the one who spoke.".to_owned(),
        (true, 2) => format!("Thank you both who spoke{first}."),
        (true, n) => format!("Thank you, all {n} who spoke{first}."),
        (false, n) if n <= thanked.len() => format!("Thank you, {}.", super::list(&thanked)),
        (false, n) => format!("Thank you, {} and all {n} who spoke{first}.", super::list(&thanked)),
    };
    let asked = scene.episode.asked();
    let until = scene.episode.ends().max(scene.now) + Settings::LATE_ANSWERS;
    let on_x = settings.speaking().any(|to| to.place.platform == Platform::X);
    // Without a question there is nothing that a late answer could be filed under.
    let range = match asked {
        0 => None,
        1 => Some("A1".to_owned()),
        n => Some(format!("A1 to A{n}")),
    };
    match scene.to.place.platform {
        Platform::X => {
            let date = scene.date();
            let lead = format!("That's the hour, {date}! {thanks}");
            let late_until = {
                let local = until.with_timezone(&settings.zone);
                format!("{} {} {}", local.format("%a"), zone::clock12(local.time()), settings.city)
            };
            let late = range
                .map(|range| format!("Late thought? {range} + {tag} counts until {late_until}."))
                .unwrap_or_default();
            let next = scene.next.map(|at| format!("Next: {}.", next_words(scene, at))).unwrap_or_default();
            Message::new(fit(&[
                format!("{lead} {late} {next} Bring a friend."),
                format!("{lead} {late} {next}"),
                format!("{lead} {tag} {next}"),
                format!("{lead} {tag}"),
            ]))
        }
        Platform::Discord | Platform::Slack => {
            let mut text = Text::new().bold("That's the hour!").say(format!(" {thanks}")).line();
            if let Some(range) = range {
                // The button carries a late answer into every room; a late post on X is filed, not carried.
                text = text.say("Late thought? Press Answer until ").then(when(settings, until, scene.now));
                text = text.say(if on_x {
                    format!("; on X, {range} + {tag} counts as long. ")
                } else {
                    ". ".to_owned()
                });
            }
            if let Some(next) = scene.next {
                text = text.say("Next: ").then(when(settings, next, scene.now)).say(". Bring a friend.");
            }
            joinable(scene, Message::new(text))
        }
    }
}

/// Instead of the close, for an hour that never opened because its host was away.
pub fn unopened(scene: &Scene<'_>) -> Message {
    let tag = scene.tag();
    match scene.to.place.platform {
        Platform::X => {
            let next = scene.next.map(|at| format!(" Next: {}.", next_words(scene, at))).unwrap_or_default();
            let lead = format!(
                "{tag} did not open, {}: its host was away. We are sorry, and we missed you!",
                scene.date()
            );
            Message::new(fit(&[format!("{lead}{next}"), lead]))
        }
        Platform::Discord | Platform::Slack => {
            let mut text = Text::new().bold("We are sorry!").say(format!(" {tag} did not open "));
            text = text.then(when(scene.settings, scene.episode.starts, scene.now));
            text = text.say(": its host was away. We missed you.").line();
            if let Some(next) = scene.next {
                text =
                    text.say("Next: ").then(when(scene.settings, next, scene.now)).say(". Bring a friend.");
            }
            joinable(scene, Message::new(text))
        }
    }
}

/// A skip, a move or a restored date.
pub fn notice(scene: &Scene<'_>, was: DateTime<Utc>, cancelled: bool) -> Message {
    let (settings, tag, now) = (scene.settings, scene.tag(), scene.now);
    let start = scene.episode.starts;
    let local_clock = |at: DateTime<Utc>| zone::clock12(at.with_timezone(&settings.zone).time());
    // Those of its day, in their order.
    let with = |others: &[DateTime<Utc>]| {
        let mut all = others.to_vec();
        all.push(start);
        order::sort(&mut all);
        all
    };
    let off = with(&scene.off_that_day);
    let coming: Vec<_> = scene.same_day.iter().copied().filter(|at| *at > now).collect();
    let on = with(&coming);
    let clocks = |all: &[DateTime<Utc>]| all.iter().map(|at| local_clock(*at)).collect::<Vec<_>>();
    match scene.to.place.platform {
        Platform::X => {
            let words = if cancelled {
                let back = match scene.next {
                    Some(at) => format!("We're back {}.", next_words(scene, at)),
                    None => "We'll say here when we're back.".to_owned(),
                };
                let date = day(settings, was, now);
                let off = if scene.in_break {
                    format!("{tag} takes a break from {date} on.")
                } else if off.len() > 1 {
                    format!("No {tag} on {date}, {}.", super::neither(&clocks(&off)))
                } else if scene.same_day.is_empty() {
                    format!("No {tag} on {date}.")
                } else {
                    format!("No {tag} on {date}, {}.", local_clock(was))
                };
                vec![format!("{off} {back} Rest well!")]
            } else if was == start {
                let about = scene.episode.topic.as_ref().map(|t| format!(" {}", stop(&sentence(t))));
                vec![format!(
                    "Good news: {tag} is on after all, {}, {} {}.{}",
                    day(settings, start, now),
                    super::list(&clocks(&on)),
                    settings.city,
                    about.unwrap_or_default(),
                )]
            } else {
                moved_on_x(scene, was)
            };
            let again = again(scene);
            Message::new(fit(&words.iter().map(|words| format!("{again}{words}")).collect::<Vec<_>>()))
        }
        Platform::Discord | Platform::Slack => {
            let text = if cancelled {
                let text = if scene.in_break {
                    Text::new()
                        .bold(format!("{tag} takes a break."))
                        .say(" There is no chat from ")
                        .then(when(settings, was, now))
                        .say(" on.")
                } else {
                    let text = Text::new().bold(format!("No {tag} this time.")).say(" There is no chat on ");
                    let each = if off.len() > 1 { off } else { vec![was] };
                    let each = each.into_iter().enumerate().fold(text, |text, (n, at)| {
                        if n > 0 { text.say(", nor on ") } else { text }.then(when(settings, at, now))
                    });
                    each.say(".")
                };
                match scene.next {
                    Some(next) => text.say(" We're back ").then(when(settings, next, now)).say("."),
                    None => text,
                }
            } else if was == start {
                let text = Text::new().bold(format!("{tag} is on after all.")).say(" See you ");
                let each = on.iter().enumerate().fold(text, |text, (n, at)| {
                    if n > 0 { text.say(" and ") } else { text }.then(when(settings, *at, now))
                });
                each.say(".")
            } else {
                Text::new()
                    .bold(format!("{tag} moves."))
                    .say(" Now ")
                    .then(when(settings, start, now))
                    .say(", instead of ")
                    .say(long_local(settings, was, now))
                    .say(".")
            };
            if cancelled { Message::new(text) } else { joinable(scene, Message::new(text)) }
        }
    }
}

/// Before the third notice of a day and those after it: changed to and fro, X would get the same words
/// twice. The second cannot be like the first, and from the fifth on the moment tells them apart. A count
/// would as well, but only of what people have read does "again" make sense to them.
fn again(scene: &Scene<'_>) -> String {
    let (settings, now) = (scene.settings, scene.now);
    match scene.told {
        0 | 1 => String::new(),
        2 | 3 => "Plans changed again. ".to_owned(),
        _ => {
            let clock = zone::clock12(now.with_timezone(&settings.zone).time());
            format!("Plans changed again, {} {clock}. ", day(settings, now, now))
        }
    }
}

fn moved_on_x(scene: &Scene<'_>, was: DateTime<Utc>) -> Vec<String> {
    let (settings, tag, now) = (scene.settings, scene.tag(), scene.now);
    let start = scene.episode.starts;
    let local_clock = |at: DateTime<Utc>| zone::clock12(at.with_timezone(&settings.zone).time());
    let same_day = local_date(settings.zone, was) == local_date(settings.zone, start);
    let lead = if same_day {
        format!(
            "{tag} on {} starts at {} {} this time, not {}.",
            day(settings, start, now),
            local_clock(start),
            settings.city,
            local_clock(was)
        )
    } else {
        format!(
            "{tag} moves: not {}, but {}, {} {}.",
            day(settings, was, now),
            day(settings, start, now),
            local_clock(start),
            settings.city
        )
    };
    let about = scene.episode.topic.as_deref().map(|t| stop(&sentence(t))).unwrap_or_default();
    let cities = scene.others(start);
    let cities = if cities.is_empty() { String::new() } else { stop(&cities.join(" · ")) };
    vec![format!("{lead} {about} {cities} See you there!"), format!("{lead} {about}"), lead]
}

/// The last words of a chat that retired after people had been told of a date.
pub fn farewell(scene: &Scene<'_>, was: DateTime<Utc>) -> Message {
    let (settings, tag, now) = (scene.settings, scene.tag(), scene.now);
    match scene.to.place.platform {
        Platform::X => Message::new(fit(&[format!(
            "{tag} says goodbye: there is no chat on {}, nor after. Thank you for all those hours!",
            day(settings, was, now)
        )])),
        Platform::Discord | Platform::Slack => Message::new(
            Text::new()
                .bold(format!("{tag} says goodbye."))
                .say(" There is no chat on ")
                .then(when(settings, was, now))
                .say(", nor after. Thank you for all those hours!"),
        ),
    }
}

/// When people expect the close, and the hour goes on. Without a time: it may get longer still.
pub fn longer(scene: &Scene<'_>) -> Message {
    let more = match scene.episode.upcoming() {
        Some(_) => "There is more to come, so stay with us.",
        None => "Say what you still want to say.",
    };
    match scene.to.place.platform {
        Platform::X => {
            let (tag, date) = (scene.tag(), short_date(scene.settings, scene.now));
            Text::plain(format!(
                "This is too good to stop on the minute: {tag}, {date}, goes on a little longer. {more}"
            ))
            .into()
        }
        _ => Text::new()
            .bold("We go on a little longer.")
            .say(" This is too good to stop on the minute. ")
            .say(more)
            .into(),
    }
}

/// Something an organiser says in all rooms, in their words. On X the date comes with it, so that what is
/// said every week is not refused as said before.
pub fn said(scene: &Scene<'_>, words: &str) -> Message {
    match scene.to.place.platform {
        Platform::X => {
            let (tag, date) = (scene.tag(), short_date(scene.settings, scene.now));
            let has_tag = weigh::hashtags(words).iter().any(|h| same_tag(h, &scene.settings.hashtag));
            let around = if has_tag { date } else { format!("{tag}, {date}") };
            Message::new(Text::plain(format!("{words} ({around})")))
        }
        _ => Message::new(Text::plain(words)),
    }
}

/// Join under reminders and the close, in Discord, where the community joins. In Slack the button
/// says how: members of a workspace are in the room already.
fn joinable(scene: &Scene<'_>, message: Message) -> Message {
    match scene.to.place.platform {
        Platform::X => message,
        _ => message.button("Join", Action::Join(scene.settings.slug.clone())),
    }
}

/// "Q3 at 20:23", for lists.
pub fn position_at(settings: &Settings, position: u32, due: Option<DateTime<Utc>>) -> String {
    due.map_or_else(
        || format!("Q{position}, no room left"),
        |due| format!("Q{position} {}", clock(settings, due)),
    )
}

/// Whether two hashtags are the same to a reader: in whatever capitals.
fn same_tag(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// How many questions, for a sentence: "Six questions".
pub fn questions(n: usize) -> String {
    sentence(&format!("{} {}", number(n), if n == 1 { "question" } else { "questions" }))
}

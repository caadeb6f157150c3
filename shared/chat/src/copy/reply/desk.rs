//! What others should know of what somebody did, at the desk.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::agenda::{Episode, Guest, State};
use crate::command::{SettingName, WordsFor};
use crate::copy::{clock, day, day_and_clock, list, local_date, number, short_date, span};
use crate::delivery::{Check, Trouble, Unheard, Untaken};
use crate::name::{DeliveryId, Place, Platform};
use crate::settings::{Cadence, Destination, Layout, Settings};
use crate::text::{Message, Span, Text};
use crate::{weigh, zone};

/// "Maya moved Q3."
///
/// By name and not as a mention: the desk is told what somebody did, and nobody is called for it.
pub fn did(name: &str, what: Text) -> Text {
    Text::new().bold(name).say(" ").then(what)
}

/// After an undo, of the episode that starts then if it changed one alone.
pub fn did_undo(settings: &Settings, what: &str, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Text {
    let on = at.map(|at| format!(" ({})", day(settings, at, now))).unwrap_or_default();
    Text::plain(format!("undid {what}{on}."))
}

/// After `hold`.
pub fn did_hold(by: Duration) -> Text {
    Text::plain(format!("held the next question by {}.", span(by)))
}

/// After `extend`.
pub fn did_extend(settings: &Settings, episode: &Episode, by: Duration) -> Text {
    Text::plain(format!("made the hour {} longer: close {}.", span(by), clock(settings, episode.ends())))
}

/// After `next`.
pub fn did_next(position: u32) -> Text {
    Text::plain(format!("called Q{position} now."))
}

/// After `pause`.
pub fn did_pause() -> Text {
    Text::plain("paused the hour. Questions wait for ").code("/chat resume").say(".")
}

/// After `resume`.
pub fn did_resume() -> Text {
    Text::plain("resumed the hour.")
}

/// After closing early.
pub fn did_close() -> Text {
    Text::plain("closed the hour early.")
}

/// After `say`.
pub fn did_say(text: &str) -> Text {
    Text::plain("said in every room: ").italic(text)
}

/// After `skip`. `one_of` several on its day is named with its time.
pub fn did_skip(
    settings: &Settings,
    range: Option<(NaiveDate, NaiveDate)>,
    at: Option<DateTime<Utc>>,
    one_of: bool,
    now: DateTime<Utc>,
) -> Text {
    let today = local_date(settings.zone, now);
    Text::plain(match (range, at) {
        (Some((from, to)), _) => {
            format!("put a break from {} to {}.", zone::day(from, today), zone::day(to, today))
        }
        (None, Some(at)) if one_of => format!("skipped {}.", day_and_clock(settings, at, now)),
        (None, Some(at)) => format!("skipped {}.", day(settings, at, now)),
        (None, None) => "skipped a date.".to_owned(),
    })
}

/// After `reschedule`.
pub fn did_move(settings: &Settings, was: DateTime<Utc>, is: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    Text::plain(format!("moved {} to {}.", day(settings, was, now), day_and_clock(settings, is, now)))
}

/// After `add`.
pub fn did_add(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    Text::plain(format!("added {}.", day_and_clock(settings, at, now)))
}

/// After `topic`.
pub fn did_topic(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Text {
    let on = day(settings, episode.starts, now);
    match &episode.topic {
        Some(topic) => Text::plain(format!("set the topic of {on}: ")).italic(topic.clone()),
        None => Text::plain(format!("took away the topic of {on}.")),
    }
}

/// After `guest`.
pub fn did_guest(settings: &Settings, episode: &Episode, name: &str, now: DateTime<Utc>) -> Text {
    Text::plain(format!("invited {name} for {}.", day(settings, episode.starts, now)))
}

/// After `guest NAME from Q3`.
pub fn did_guest_from(settings: &Settings, episode: &Episode, guest: &Guest, now: DateTime<Utc>) -> Text {
    let (day, name, from) = (day(settings, episode.starts, now), &guest.name, guest.from);
    Text::plain(format!("put {name} on from Q{from}, {day}."))
}

/// Guests are on with a question: shortly before it, or as it goes out.
pub fn guests_on(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Message {
    let guests = crate::invited::with(episode, position);
    let names: Vec<String> = guests.iter().map(|guest| guest.name.clone()).collect();
    let are = if guests.len() == 1 { "is" } else { "are" };
    let due = episode.at(position).and_then(|question| question.due).filter(|due| *due > now);
    let when = due.map_or_else(|| "now".to_owned(), |due| format!("at {}", clock(settings, due)));
    let mut text =
        Text::new().bold(crate::copy::list(&names)).say(format!(" {are} on with Q{position} {when}. "));
    for handle in guests.iter().filter_map(|guest| guest.handle.as_ref()) {
        let (label, url) = (format!("@{handle} on X"), format!("https://x.com/{handle}"));
        text = text.span(Span::Link { label, url }).say(". ");
    }
    let note = match &names[..] {
        [one] => format!("/chat brief {one}"),
        _ => "/chat brief".to_owned(),
    };
    text.say("The note for them: ").code(note).into()
}

/// After `guest remove`.
pub fn did_guest_gone(settings: &Settings, episode: &Episode, name: &str, now: DateTime<Utc>) -> Text {
    Text::plain(format!("took {name} off the list for {}.", day(settings, episode.starts, now)))
}

/// ": “What made you stay?”", to end a line at the desk, once it has been asked. Anybody may be in that
/// channel, and only organisers read a question before its time.
fn quoted(episode: &Episode, words: &str) -> String {
    let asked = episode.questions.iter().any(|q| q.asked.is_some() && q.text == words);
    if asked { format!(": “{words}”") } else { ".".to_owned() }
}

fn quoted_at(episode: &Episode, position: u32) -> String {
    quoted(episode, episode.at(position).map_or("", |q| q.text.as_str()))
}

/// After `ask`.
pub fn did_ask(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Text {
    let words = quoted_at(episode, position);
    Text::plain(format!("added Q{position} for {}{words}", day(settings, episode.starts, now)))
}

/// After `ask Q3`.
pub fn did_replace(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Text {
    let words = quoted_at(episode, position);
    Text::plain(format!("changed Q{position} for {}{words}", day(settings, episode.starts, now)))
}

/// After `move`.
pub fn did_reorder(settings: &Settings, episode: &Episode, from: u32, to: u32, now: DateTime<Utc>) -> Text {
    let words = quoted_at(episode, to);
    Text::plain(format!("moved Q{from} to Q{to} for {}{words}", day(settings, episode.starts, now)))
}

/// After `drop`.
pub fn did_drop(
    settings: &Settings,
    episode: &Episode,
    position: u32,
    was: &str,
    now: DateTime<Utc>,
) -> Text {
    let words = quoted(episode, was);
    Text::plain(format!("dropped Q{position} for {}{words}", day(settings, episode.starts, now)))
}

/// After `spare`. Its words are for organisers alone.
pub fn did_spare(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Text {
    let on = day(settings, episode.starts, now);
    Text::plain(match episode.spares.len() {
        0 => format!("keeps no question in reserve for {on} any more."),
        1 => format!("keeps a question in reserve for {on}."),
        n => format!("keeps {} questions in reserve for {on}.", number(n)),
    })
}

/// After `swap`.
pub fn did_swap(position: u32) -> Text {
    Text::plain(format!("swapped the spare question in as Q{position}."))
}

/// After the form of all questions.
pub fn did_edit(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Text {
    let on = day(settings, episode.starts, now);
    let left = match episode.questions.len() {
        0 => "none".to_owned(),
        n => number(n),
    };
    Text::plain(format!("edited the questions for {on}; {left} now."))
}

/// After `fix`.
pub fn did_fix(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Text {
    let words = quoted_at(episode, position);
    Text::plain(format!("put Q{position} of {} right{words}", day(settings, episode.starts, now)))
}

/// After `set`: which setting, and what it is now.
pub fn did_set(settings: &Settings, name: SettingName) -> Text {
    let none = |words: String| if words.is_empty() { "none".to_owned() } else { words };
    let layout = |platform| match settings.on(platform).all(|d| d.layout == Layout::Flat) {
        true => "flat".to_owned(),
        false => "threads".to_owned(),
    };
    let (what, value) = match name {
        SettingName::Title => ("the title", settings.title.clone()),
        SettingName::Hashtag => ("the hashtag", settings.tag()),
        SettingName::Time => ("the time", super::rhythm(settings)),
        SettingName::Zone => ("the zone", settings.city.clone()),
        SettingName::Length => ("the length", span(settings.length)),
        SettingName::Cadence => (
            "the cadence",
            match &settings.cadence {
                Cadence::Auto => "auto".to_owned(),
                Cadence::Every { first, every } => format!("every {} from {}", span(*every), span(*first)),
            },
        ),
        SettingName::Reminders => {
            ("the reminders", none(list(&settings.reminders.iter().map(|r| span(*r)).collect::<Vec<_>>())))
        }
        SettingName::Cities => {
            ("the cities", none(list(&settings.cities.iter().map(|c| c.name.clone()).collect::<Vec<_>>())))
        }
        SettingName::Discord => ("Discord", layout(Platform::Discord)),
        SettingName::Slack => ("Slack", layout(Platform::Slack)),
        SettingName::Role => (
            "the role",
            none(settings.on(Platform::Discord).find_map(|d| d.role.clone()).unwrap_or_default()),
        ),
        // Without a desk nobody is told.
        SettingName::Desk => ("the desk", "here".to_owned()),
        SettingName::Events => ("events in Discord", if settings.events { "on" } else { "off" }.to_owned()),
        SettingName::Burst => ("the burst limit", super::burst_in_short(settings.burst)),
        SettingName::Budget => {
            ("the budget for X", settings.budget.map_or_else(|| "none".to_owned(), |b| b.to_string()))
        }
    };
    Text::plain(format!("set {what}: {value}."))
}

/// After `connect`.
pub fn did_connect(to: &Destination) -> Text {
    Text::plain(format!("connected {} ({}).", to.place.platform, super::place_name(to)))
}

/// After `disconnect`.
pub fn did_disconnect(to: &Destination) -> Text {
    Text::plain(format!("disconnected {} ({}).", to.place.platform, super::place_name(to)))
}

/// After approving X.
pub fn did_approve() -> Text {
    Text::plain("approved the texts for X.")
}

/// After `organiser`.
/// By name, for a mention would call whoever it is.
pub fn did_organiser(name: &str, added: bool) -> Text {
    Text::plain(format!("{} {name} as organiser.", if added { "added" } else { "removed" }))
}

/// After `words`.
pub fn did_words(which: WordsFor) -> Text {
    Text::plain(format!("changed the words of the {which}."))
}

/// After `new` with the hashtag of a retired chat.
pub fn did_bring_back() -> Text {
    Text::plain("brought the chat back.")
}

/// After `retire`.
pub fn did_retire() -> Text {
    Text::plain("retired the chat.")
}

/// A notice of a change came too late to help anybody.
pub fn missed_notice(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    let was = episode.notice.as_ref().map_or(episode.starts, |notice| notice.was);
    let news = if episode.state == State::Cancelled {
        format!("there is no chat on {}", day(settings, was, now))
    } else if was == episode.starts {
        format!("{} is on after all", day_and_clock(settings, was, now))
    } else {
        format!(
            "{} moved to {}",
            day_and_clock(settings, was, now),
            day_and_clock(settings, episode.starts, now)
        )
    };
    Text::plain(format!(
        "I was away when people should have been told that {news}, and now it is too late for that."
    ))
    .into()
}

/// The hour was closed so late that nobody was thanked.
pub fn missed_close(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    Text::plain(format!(
        "I was away at the end of {}. The hour is closed now, too late to thank people. To do that in your \
         words: ",
        day_and_clock(settings, episode.starts, now)
    ))
    .code("/chat say …")
    .into()
}

/// No question is set and the hour comes near.
pub fn nudge(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    // What is left, and not what was planned: after an outage it comes late.
    let left = Duration::minutes((episode.starts - now + Duration::seconds(30)).num_minutes().max(1));
    Text::plain(format!(
        "{} is on {}, in {}, and has no question yet. ",
        settings.tag(),
        day_and_clock(settings, episode.starts, now),
        span(left)
    ))
    .say("Start with ")
    .code("/chat ask …")
    .say(". Without one the hour opens as an open floor, which can be lovely too.")
    .into()
}

/// A reminder's moment passed before it could be sent.
pub fn missed_reminder(
    settings: &Settings,
    episode: &Episode,
    before: Duration,
    now: DateTime<Utc>,
) -> Message {
    Text::plain(format!(
        "I was away when people should have been reminded of {}, {}, {} before it starts, and it is too late \
         for those words now. To tell them in yours: ",
        settings.tag(),
        day_and_clock(settings, episode.starts, now),
        span(before)
    ))
    .code("/chat say …")
    .into()
}

/// A whole hour passed while nothing could be said. `told` is whether the rooms have heard of it.
pub fn missed_hour(settings: &Settings, episode: &Episode, told: bool, now: DateTime<Utc>) -> Message {
    let told = if told { " I have said so in every room, with the next date." } else { "" };
    let text = Text::plain(format!(
        "I was away for the whole hour of {}, {}: it was never opened and no question was asked. I am \
         sorry.{told}",
        settings.tag(),
        day_and_clock(settings, episode.starts, now)
    ));
    if episode.questions.is_empty() {
        return text.into();
    }
    text.say(" Its questions are kept: ")
        .code(format!("/chat questions on {}", short_date(settings, episode.starts)))
        .into()
}

/// A question came too late and the hour has paused.
pub fn too_late(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Message {
    let due = episode.at(position).and_then(|q| q.due).map(|due| clock(settings, due));
    let due = due.map(|due| format!(", due {due}")).unwrap_or_default();
    Text::plain(format!(
        "It is {}, and I could not ask Q{position} of {}{due}: I was away too long, and I would rather not drop \
         it into the middle of something. The hour is paused. ",
        clock(settings, now),
        settings.tag()
    ))
    .code("/chat resume")
    .say(" goes on from here, ")
    .code("/chat close")
    .say(" ends it.")
    .into()
}

/// An announcement did not reach a room, and will not. `said` is what it would have said.
pub fn not_delivered(
    platform: Platform,
    name: &str,
    what: &DeliveryId,
    said: Option<&Text>,
    why: &str,
) -> Text {
    let what = what.0.split('>').next().unwrap_or_default();
    let parts: Vec<&str> = what.splitn(3, '/').collect();
    let what = match parts.as_slice() {
        [_, "say", _] => "what you said".to_owned(),
        [_, _, "open"] => "the opening".to_owned(),
        [_, _, "close"] => "the close".to_owned(),
        [_, _, rest] if rest.starts_with("reminder") => "a reminder".to_owned(),
        [_, _, rest] if rest.starts_with("notice") => "the notice of a changed date".to_owned(),
        [_, _, rest] if rest.contains("/correction/") || rest.contains("/fix/") => "a correction".to_owned(),
        [_, _, rest] if rest.starts_with("q/") => "a question".to_owned(),
        _ => "something of mine".to_owned(),
    };
    // Enough of it to know which one; below the first line stands how to answer.
    let said = said
        .map(|text| weigh::shorten(text.words().lines().next().unwrap_or_default(), 90, weigh::Unit::Chars));
    let said = said.filter(|words| !words.is_empty()).map(|w| format!(" (“{w}”)")).unwrap_or_default();
    Text::plain(format!(
        "{}{said} did not make it to {platform} ({name}), and I won't try again: {why}. The other rooms are not \
         affected.",
        crate::copy::sentence(&what)
    ))
}

pub(super) fn called(settings: &Settings, place: &Place) -> String {
    match settings.destination(place) {
        Some(to) => format!("{} ({})", place.platform, to.name),
        None if settings.desk.as_ref() == Some(place) => format!("{} (the desk)", place.platform),
        None => place.platform.to_string(),
    }
}

/// Nothing gets through to a place, for so long or so surely that somebody should know.
///
/// `since` is the moment it began, by the chat's clock.
pub fn place_in_trouble(settings: &Settings, place: &Place, trouble: &Trouble, since: DateTime<Utc>) -> Text {
    let (name, since) = (called(settings, place), clock(settings, since));
    Text::plain(match trouble.why {
        Some(why) => {
            let waits = if place.platform == Platform::X { "five minutes" } else { "half an hour" };
            format!(
                "Since {since} nothing of mine gets into {name}: {}. What there is to say there waits {waits} for \
                 that. Once it is mended I go on by myself; the other rooms go on as ever.",
                untaken(why)
            )
        }
        None => format!(
            "{name} has taken nothing from me since {since}. There is nothing to do but wait: I try once a minute, \
             and what waits then goes out in order. The other rooms go on as ever."
        ),
    })
}

/// X cannot be searched, for so long or so surely that somebody should know.
///
/// `since` is the moment it began, by the chat's clock. `sent` says whether X also sends posts by itself.
pub fn search_in_trouble(settings: &Settings, trouble: &Trouble, since: DateTime<Utc>, sent: bool) -> Text {
    let since = clock(settings, since);
    let (what, until) = match trouble.why {
        Some(Untaken::Key) => (
            format!("Since {since} I cannot search X: the token I read it with is not accepted any more."),
            "until whoever runs me renews X_BEARER_TOKEN",
        ),
        Some(Untaken::Unpaid) => (
            format!("Since {since} I cannot search X: it wants to be paid first."),
            "until whoever runs me buys it credit",
        ),
        Some(_) => (
            format!("Since {since} X refuses to be searched."),
            "until whoever runs me has put that right, and the reason is in the log",
        ),
        None => {
            (format!("X has not answered my searches since {since}."), "until it does, and I go on trying")
        }
    };
    let missing = if sent { "What X does not send by itself is missing" } else { "Posts from X are missing" };
    Text::plain(format!(
        "{what} {missing} {until}; then they follow, in order. Questions go out as ever, and who answers here is \
         heard."
    ))
}

/// What is written down about a chat cannot be read, so nothing can be decided there.
pub fn notes_unreadable(settings: &Settings) -> Text {
    Text::plain(format!(
        "I cannot read one of my own notes about #{}, so nothing is planned, asked or changed there until it is mended. \
         Whoever runs me finds which one in the log, and by earshot doctor; then I go on where I stopped. Is the hour \
         on? Please ask by hand meanwhile.",
        settings.hashtag
    ))
}

/// X can be searched again.
pub fn search_works_again(settings: &Settings, since: DateTime<Utc>) -> Text {
    let since = clock(settings, since);
    Text::plain(format!(
        "I can search X again. Posts I have missed there since {since} are on their way, in order; nothing to do."
    ))
}

/// An hour ahead: what cannot be reached as things stand.
pub fn not_ready(settings: &Settings, episode: &Episode, wrong: &[Check]) -> Text {
    let begins = clock(settings, episode.starts);
    let mut text = Text::plain(format!("{} begins at {begins}, and I looked around:", settings.tag()));
    for check in wrong {
        text = text.line().say(match check {
            Check::Place { place, why } => {
                let why = why.map_or("it does not answer at the moment; I go on trying", untaken);
                format!("• {}: {why}.", called(settings, place))
            }
            Check::Source(why) => format!("• Posts from X: {}.", unheard(*why)),
        });
    }
    text.line().say("Put right by then, nothing will be missed. Everything else is ready.")
}

/// Why posts may not come from X, to follow "Posts from X: ".
fn unheard(why: Unheard) -> &'static str {
    match why {
        Unheard::Key { searched: true } => {
            "the token I read X with is not accepted any more, so I would find none; whoever runs me has to renew \
             X_BEARER_TOKEN"
        }
        Unheard::Key { searched: false } => {
            "the token I check X with is not accepted any more, so I cannot tell whether they will come; \
             whoever runs me has to renew X_BEARER_TOKEN"
        }
        Unheard::Webhook { searched: false } => {
            "X sends me none, because it has no valid webhook of mine; whoever runs me has to register it again"
        }
        Unheard::Webhook { searched: true } => {
            "X sends me none, because it has no valid webhook of mine, so they come by search alone, up to a minute \
             late; whoever runs me has to register it again"
        }
        Unheard::Silent => "X does not answer at the moment; I go on trying",
    }
}

/// Nobody touched a paused hour.
pub fn still_paused(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    let since = match episode.state {
        State::Paused { since } => clock(settings, since),
        _ => clock(settings, now),
    };
    Text::plain(format!("{} is paused since {since}, and people are waiting. ", settings.tag()))
        .code("/chat resume")
        .say(" goes on from here, ")
        .code("/chat close")
        .say(" ends it.")
        .into()
}

/// Where a note to organisers can be read by everybody.
pub fn to_organisers(settings: &Settings, text: Text) -> Text {
    Text::plain(format!("A word to the organisers of #{}. ", settings.hashtag)).then(text)
}

/// Something gets through again.
pub fn place_works_again(settings: &Settings, place: &Place, since: DateTime<Utc>) -> Text {
    let (name, since) = (called(settings, place), clock(settings, since));
    Text::plain(format!(
        "{name} works again. What has waited there since {since} is on its way, in order; nothing to do."
    ))
}

/// Why a platform did not take something, to follow "…, and I won't try again: ".
pub fn untaken(why: Untaken) -> &'static str {
    match why {
        Untaken::Key => "my key there is not accepted any more, and whoever runs me has to renew it",
        Untaken::Gone => "I cannot find the channel any more",
        Untaken::NotAllowed => "I am not allowed to post there; invite me, or give me that permission back",
        Untaken::Archived => "the channel is archived",
        Untaken::TooLong => "it was longer than they take",
        Untaken::Malformed => {
            "they could not read it, which is a mistake of mine; whoever runs me finds it in the log"
        }
        Untaken::Duplicate => "they hold that it was posted before",
        Untaken::Blocked => "the rules of that server stopped it",
        Untaken::Unpaid => "they want to be paid first; whoever runs me can see to that",
        Untaken::Other => "they refused it; whoever runs me finds the reason in the log",
    }
}

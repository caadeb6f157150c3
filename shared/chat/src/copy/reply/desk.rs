//! What others should know of what somebody did, at the desk.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::agenda::{Episode, State};
use crate::command::{SettingName, WordsFor};
use crate::copy::{clock, day, day_and_clock, local_date, span};
use crate::delivery::Untaken;
use crate::name::{DeliveryId, Person, Platform};
use crate::settings::Settings;
use crate::text::{Message, Span, Text};
use crate::zone;

/// "Maya moved Q3."
///
/// By name and not as a mention: the desk is told what somebody did, and nobody is called for it.
pub fn did(name: &str, what: Text) -> Text {
    Text::new().bold(name).say(" ").then(what)
}

/// After an undo.
pub fn did_undo(what: &str) -> Text {
    Text::plain(format!("undid {what}."))
}

/// After `hold`.
pub fn did_hold(by: Duration) -> Text {
    Text::plain(format!("held the next question by {}.", span(by)))
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
    let topic = episode.topic.clone().unwrap_or_default();
    Text::plain(format!("set the topic of {}: ", day(settings, episode.starts, now))).italic(topic)
}

/// After `guest`.
pub fn did_guest(settings: &Settings, episode: &Episode, name: &str, now: DateTime<Utc>) -> Text {
    Text::plain(format!("invited {name} for {}.", day(settings, episode.starts, now)))
}

/// After `guest remove`.
pub fn did_guest_gone(settings: &Settings, episode: &Episode, name: &str, now: DateTime<Utc>) -> Text {
    Text::plain(format!("took {name} off the list for {}.", day(settings, episode.starts, now)))
}

/// After `ask`.
pub fn did_ask(position: u32) -> Text {
    Text::plain(format!("added Q{position}."))
}

/// After `ask Q3`.
pub fn did_replace(position: u32) -> Text {
    Text::plain(format!("changed Q{position}."))
}

/// After `move`.
pub fn did_reorder(from: u32, to: u32) -> Text {
    Text::plain(format!("moved Q{from} to Q{to}."))
}

/// After `drop`.
pub fn did_drop(position: u32) -> Text {
    Text::plain(format!("dropped Q{position}."))
}

/// After the form of all questions.
pub fn did_edit() -> Text {
    Text::plain("edited the questions.")
}

/// After `fix`.
pub fn did_fix(position: u32) -> Text {
    Text::plain(format!("put Q{position} right."))
}

/// After `set`.
pub fn did_set(name: SettingName) -> Text {
    Text::plain(format!("changed the {name}."))
}

/// After `connect`.
pub fn did_connect(platform: Platform) -> Text {
    Text::plain(format!("connected {platform}."))
}

/// After approving X.
pub fn did_approve() -> Text {
    Text::plain("approved the texts for X.")
}

/// After `organiser`.
pub fn did_organiser(who: &Person, added: bool) -> Text {
    let verb = if added { "added " } else { "removed " };
    Text::plain(verb).span(Span::Person(who.clone())).say(" as organiser.")
}

/// After `words`.
pub fn did_words(which: WordsFor) -> Text {
    Text::plain(format!("changed the words of the {which}."))
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
pub fn nudge(settings: &Settings, episode: &Episode, before: Duration, now: DateTime<Utc>) -> Message {
    Text::plain(format!(
        "{} is on {}, in {}, and has no question yet. ",
        settings.tag(),
        day_and_clock(settings, episode.starts, now),
        span(before)
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
        "I was away when people should have been reminded of {}, {} before it starts, and it is too late for \
         those words now. To tell them in yours: ",
        day_and_clock(settings, episode.starts, now),
        span(before)
    ))
    .code("/chat say …")
    .into()
}

/// A whole hour passed while nothing could be said.
pub fn missed_hour(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Message {
    Text::plain(format!(
        "I was away for the whole hour of {}: it was never opened and no question was asked. I am sorry. I \
         have said goodbye in every room, with the next date. Its questions are kept: ",
        day_and_clock(settings, episode.starts, now)
    ))
    .code("/chat questions")
    .into()
}

/// A question came too late and the hour has paused.
pub fn too_late(settings: &Settings, episode: &Episode, position: u32, now: DateTime<Utc>) -> Message {
    let due = episode.at(position).and_then(|q| q.due).map(|due| clock(settings, due));
    let due = due.map(|due| format!(", due {due}")).unwrap_or_default();
    Text::plain(format!(
        "It is {}, and I could not ask Q{position}{due}: I was away too long, and I would rather not drop \
         it into the middle of something. The hour is paused. ",
        clock(settings, now)
    ))
    .code("/chat resume")
    .say(" goes on from here, ")
    .code("/chat close")
    .say(" ends it.")
    .into()
}

/// An announcement did not reach a room, and will not.
pub fn not_delivered(platform: Platform, name: &str, what: &DeliveryId, why: &str, lasting: bool) -> Text {
    let what = what.0.split('>').next().unwrap_or_default();
    let what = match what.splitn(3, '/').nth(2) {
        Some("open") => "the opening".to_owned(),
        Some("close") => "the close".to_owned(),
        Some(rest) if rest.starts_with("reminder") => "a reminder".to_owned(),
        Some(rest) if rest.starts_with("notice") => "the notice of a changed date".to_owned(),
        Some(rest) if rest.starts_with("q/") => "a question".to_owned(),
        _ => "something of mine".to_owned(),
    };
    let rest = if lasting {
        "What follows won't get there either until that is mended. The other rooms are not affected."
    } else {
        "The other rooms are not affected."
    };
    Text::plain(format!(
        "{} did not make it to {platform} ({name}), and I won't try again: {why}. {rest}",
        crate::copy::sentence(&what)
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

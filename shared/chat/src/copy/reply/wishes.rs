//! What members asked for, and what reaches them alone.

use chrono::{DateTime, Utc};

use crate::action::Action;
use crate::agenda::Episode;
use crate::attendance::{self, Attendance};
use crate::command::Unread;
use crate::copy::{count, day, guests, list, local_date, number, refusal, sentence, short_span, span};
use crate::member::{Claim, Member, Notice, Participant, Quiet, Wishes};
use crate::name::Platform;
use crate::personal::{self, Moment};
use crate::settings::Settings;
use crate::text::{Button, Field, Form, Message, Span, Text, TimeStyle, Weight};
use crate::weigh;
use crate::zone::{self, Zone};

/// The form that joining and changing one's mind opens. All of it may stay empty.
pub fn member_form(settings: &Settings, member: Option<&Member>) -> Form {
    let usual = Wishes::default();
    let wishes = member.map_or(&usual, |member| &member.wishes);
    let field = |key: &str, label: &str, hint: &str, value: String, max| Field {
        key: key.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value,
        long: false,
        optional: true,
        max,
    };
    let slug = settings.slug.clone();
    let (action, title, submit) = match member {
        None => (Action::Join(slug), format!("Join {}", settings.tag()), "Join"),
        Some(_) => (Action::Me(slug), format!("You in {}", settings.tag()), "Save"),
    };
    let place = wishes.place.as_ref().map(|place| place.name.clone()).unwrap_or_default();
    let account = member.and_then(|member| member.account.as_ref().map(|account| &account.handle));
    let claim = member.and_then(|member| member.claim.as_ref().map(|claim| &claim.handle));
    let handle = claim.or(account).map(|handle| format!("@{handle}")).unwrap_or_default();
    let quiet = wishes.quiet.map(|quiet| stretch(&quiet)).unwrap_or_default();
    Form {
        action,
        title,
        submit: submit.to_owned(),
        intro: Text::new(),
        fields: vec![
            field("place", "Where are you? Your city, or its time zone", "Nairobi, London, UTC+2", place, 80),
            field("handle", "Your handle on X, if you have one", "@yourname. No account needed", handle, 60),
            field(
                "remind",
                "A direct message before each hour: how long?",
                "1 hour, 10 min, a day. Empty: none",
                wishes.remind.map(short_span).unwrap_or_default(),
                40,
            ),
            field("quiet", "Hours in which I'd never write to you", "22:00 to 08:00", quiet, 40),
            field(
                "welcome",
                "A message after your first hour? yes or no",
                "yes: one hello from me after it, and one nudge before the next. Empty: no",
                if wishes.welcome { "yes".to_owned() } else { String::new() },
                20,
            ),
        ],
    }
}

fn stretch(quiet: &Quiet) -> String {
    format!("{} to {}", zone::clock24(quiet.from), zone::clock24(quiet.until))
}

/// What is kept of a member, for their eyes.
pub fn me(
    settings: &Settings,
    member: &Member,
    spoke: &[&Participant],
    part: Option<&Attendance>,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Message {
    let zone = zone_of(settings, member);
    let wishes = &member.wishes;
    let mut text = Text::new().bold(format!("You in {}", settings.tag())).say(format!(
        ", {}, since {}",
        member.name,
        local_date(zone, member.joined).format("%-d %b %Y")
    ));
    text = text.line().say(match &wishes.place {
        Some(place) => {
            format!("Where: {}, where it is {}", place.name, zone::clock24(now.with_timezone(&zone).time()))
        }
        None => format!("Where: you haven't said, so {} time counts", settings.city),
    });
    text = text.line().then(reminded(settings, member, next, now));
    text = text.line().say(match &wishes.quiet {
        Some(quiet) => format!("Quiet: {}", stretch(quiet)),
        None => "Quiet: no hours".to_owned(),
    });
    if wishes.welcome && member.greeted.is_none() {
        text = text.line().say("After your first hour: a hello from me, as you asked");
    }
    text = text.line().say("X: ");
    text = match (&member.account, &member.claim) {
        (_, Some(claim)) => text.then(prove(settings, claim, now)),
        (Some(account), None) => {
            text.say(format!("@{}, so what you post there counts as yours", account.handle))
        }
        (None, None) => text.say("no account, and none needed"),
    };
    let posts: u32 = spoke.iter().map(|known| known.posts).sum();
    let first = spoke.iter().map(|known| known.first.planned).min();
    text = text.line().say(match first {
        Some(first) => format!(
            "Said so far: {}, the first on {}",
            if posts == 1 { "one thing".to_owned() } else { format!("{posts} things") },
            local_date(zone, first).format("%-d %b %Y"),
        ),
        None => "Said so far: nothing yet, and listening counts too".to_owned(),
    });
    if let Some(part) = part.filter(|part| part.attended() > 0) {
        text = text.line().say(taken_part(part, first));
    }
    let slug = settings.slug.clone();
    Message::new(text).main_button("Change", Action::Me(slug.clone())).button("Leave", Action::Leave(slug))
}

/// In how many hours somebody took part, how many of them in a row, and how many answers they gave. `first` is
/// when they first spoke.
fn taken_part(part: &Attendance, first: Option<DateTime<Utc>>) -> String {
    let attended = part.attended();
    let mut words = format!("Hours with us: {attended}");
    // What was before is not known, which is not the same as nothing.
    let earlier = first.is_some_and(|first| first < part.since);
    if earlier {
        words.push_str(" in the last two years");
    }
    let streak = part.streak();
    if streak.hours > 1 {
        let more = if streak.or_more && earlier { " or more" } else { "" };
        if streak.hours == attended && !earlier {
            words.push_str(", every one in a row");
        } else {
            words = format!("{words}, the last {}{more} in a row", streak.hours);
        }
    }
    match (part.answers, part.counted_all) {
        (0, _) => words,
        (1, true) => words + ". Answers: one",
        (n, true) => format!("{words}. Answers: {n}"),
        (n, false) => format!("{words}. Answers: {n} and more"),
    }
}

/// What somebody who comes again and again hears with their hello.
pub fn regular(part: &Attendance) -> Option<Text> {
    let hours = part.streak().hours;
    let words = || format!("That's {} in a row: how good to have you!", number(hours as usize));
    (hours >= attendance::REGULAR).then(|| Text::plain(words()))
}

/// How a claim is proved.
pub fn prove(settings: &Settings, claim: &Claim, now: DateTime<Utc>) -> Text {
    Text::plain(format!("To show that @{} is yours, put ", claim.handle)).code(&claim.word).say(format!(
        " into any post of yours with {}, by {}. During the hour is a good moment.",
        settings.tag(),
        day(settings, claim.until, now)
    ))
}

fn zone_of(settings: &Settings, member: &Member) -> Zone {
    member.wishes.place.as_ref().map_or(settings.zone, |place| place.zone)
}

/// How a member is reminded, and when the next time is.
fn reminded(settings: &Settings, member: &Member, next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Text {
    let Some(before) = member.wishes.remind else {
        return Text::plain("Reminder: none. ").code("/remind 1h").say(" asks for one");
    };
    if member.person.platform != Platform::Discord {
        return Text::plain("Reminder: where everybody reads it");
    }
    let text = Text::plain(format!("Reminder: {} before, by a direct message", span(before)));
    match next.and_then(|start| personal::moment(settings, member, start)) {
        Some(Moment { at, .. }) if at <= now => text.say("; for the next hour that moment has passed"),
        Some(Moment { at, early }) => {
            let local = own_time(settings, member, at, now);
            let text = text.say("; next ").time(at, TimeStyle::Full, local);
            if early { text.say(", before your quiet hours") } else { text }
        }
        None => text,
    }
}

/// "Tue 24 Nov, 23:00 in Nairobi": by a member's own clock.
fn own_time(settings: &Settings, member: &Member, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let zone = zone_of(settings, member);
    let place = member.wishes.place.as_ref().map_or(&settings.city, |place| &place.name);
    format!(
        "{}, {} in {place}",
        zone::day(local_date(zone, at), local_date(zone, now)),
        zone::clock24(at.with_timezone(&zone).time()),
    )
}

/// What could not be read of what a member typed. What was read is kept; places that were meant, perhaps, are
/// a tap away.
pub fn unread(settings: &Settings, unread: &[Unread]) -> Message {
    let mut message = Message::default();
    for why in unread {
        let words = match why {
            Unread::Place(unplaced) => {
                let (zone::Unplaced::Unknown { nearest: meant, .. }
                | zone::Unplaced::Ambiguous { choices: meant, .. }) = unplaced;
                for name in meant {
                    if let Ok((_, zone)) = zone::find(name) {
                        let there = Action::Zone(settings.slug.clone(), zone.name().to_owned());
                        message = message.button(name.clone(), there);
                    }
                }
                refusal::unplaced_words(unplaced)
            }
            Unread::Handle { typed } => Text::plain(format!(
                "“{typed}” is no handle on X: those have up to 15 letters, digits and underscores. Yours stays as it was."
            )),
            Unread::Remind { typed } => Text::plain(format!("“{typed}” is no length of time I know; "))
                .code("1h")
                .say(" or ")
                .code("10 min")
                .say(", say. Your reminder stays as it was."),
            Unread::RemindBounds { typed } => Text::plain(format!(
                "“{typed}”? I remind people 5 minutes to 24 hours ahead. Your reminder stays as it was."
            )),
            Unread::Welcome { typed } => Text::plain(format!("“{typed}” after your first hour? I read "))
                .code("yes")
                .say(" or ")
                .code("no")
                .say(" there. It stays as it was."),
            Unread::Quiet { typed } => Text::plain(format!("“{typed}” is no stretch of a day I can read; "))
                .code("22:00 to 08:00")
                .say(", say. Your quiet hours stay as they were."),
        };
        message.text = if message.text.is_empty() { words } else { message.text.line().then(words) };
    }
    message
}

/// After a change of a member's wishes.
pub fn wished(settings: &Settings, member: &Member, next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Text {
    let wishes = &member.wishes;
    let mut text = Text::plain("Noted. ");
    if let Some(place) = &wishes.place {
        let there = zone::clock24(now.with_timezone(&place.zone).time());
        text = text.say(format!("It is {there} in {}. ", place.name));
    }
    text = text.then(reminded(settings, member, next, now)).say(".");
    if let Some(claim) = &member.claim {
        text = text.say(" ").then(prove(settings, claim, now));
    }
    if let Some(quiet) = wishes.quiet.as_ref().filter(|_| wishes.remind.is_some()) {
        let place = wishes.place.as_ref().map_or(&settings.city, |place| &place.name);
        text = text.say(format!(" Never from {}, {place} time.", stretch(quiet)));
    }
    text
}

/// The answer to `/remind` by itself.
pub fn how_reminded(
    settings: &Settings,
    member: &Member,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Text {
    let text = reminded(settings, member, next, now).say(".");
    match member.wishes.remind {
        Some(_) => text.say(" ").code("/remind off").say(" ends it."),
        None => text,
    }
}

/// Asks back before somebody is forgotten.
pub fn forget_me(settings: &Settings, said: u32) -> Message {
    let tag = settings.tag();
    let what = match said {
        0 => "What you suggested".to_owned(),
        1 => "The one thing you said, what you suggested".to_owned(),
        n => format!("The {n} things you said, what you suggested"),
    };
    let mut message = Message::new(Text::plain(format!(
        "Forget you in {tag}? {what}, your votes, your membership, reminders and handle go from Discord, from Slack and \
         from my memory, for good. A question of yours that was asked stays, without your name. Posts on X itself stay \
         until you delete them there."
    )));
    let action = Action::ForgetMe(settings.slug.clone());
    message.buttons.push(Button { label: format!("Forget me in {tag}"), action, weight: Weight::Grave });
    message
}

/// What was, and is being, removed of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// How many posts of theirs were known.
    pub said: u32,
    /// Where they stood.
    pub rooms: Vec<Platform>,
    /// Whether they were a member.
    pub member: bool,
    /// The account on X that was theirs.
    pub account: Option<String>,
    /// Until when copies that are kept for emergencies hold it.
    pub backups: DateTime<Utc>,
}

/// The receipt.
pub fn forgotten(settings: &Settings, gone: &Forgotten, now: DateTime<Utc>) -> Message {
    let mut rooms: Vec<String> = Vec::new();
    for platform in &gone.rooms {
        let name = platform.to_string();
        if !rooms.contains(&name) {
            rooms.push(name);
        }
    }
    rooms.push("my memory".to_owned());
    let mut text = Text::new().bold("Forgotten.");
    if gone.member {
        let account = gone.account.as_ref().map(|h| format!(", that @{h} is you")).unwrap_or_default();
        text = text
            .line()
            .say(format!("Gone: your membership, your reminders, what you told me about you{account}."));
    }
    text = text.line().say(match gone.said {
        0 => format!("Being taken out of {}: what you suggested, if anything.", list(&rooms)),
        n => format!(
            "Being taken out of {}, which takes a minute or two: {}, also where others quoted you, and what you \
             suggested.",
            list(&rooms),
            if n == 1 { "the one thing you said".to_owned() } else { format!("the {n} things you said") }
        ),
    });
    text = text.line().say(format!(
        "Copies that are kept for emergencies hold it until {}, and nobody looks into them but to repair something.",
        day(settings, gone.backups, now)
    ));
    text.line()
        .say(format!("What you say with {} from now on is new. You're welcome any time.", settings.tag()))
        .into()
}

/// Beside the file of all that is kept about somebody.
pub fn my_data(complete: bool) -> Text {
    let text = Text::plain(
        "Here is all that I keep about you, as JSON. Only you see this, and the file goes when you dismiss it, so \
         save it if you want it.",
    );
    let text = if complete {
        text
    } else {
        text.say(" You said more than one file takes: an organiser can get you the rest.")
    };
    text.say(" ").code("/forget-me").say(" takes all of it out.")
}

/// A choice of place that came without a membership, or a form that was left open while somebody left.
pub fn no_member(settings: &Settings) -> Text {
    Text::plain(format!("You're not in {} at the moment. ", settings.tag()))
        .code("/join")
        .say(" takes a second!")
}

/// A reminder of a member's own.
pub fn personal(settings: &Settings, episode: &Episode, member: &Member, now: DateTime<Utc>) -> Message {
    let text = about_to_start(settings, episode, member, now);
    text.line().say("You asked me for this. In the server, ").code("/remind off").say(" ends it.").into()
}

fn about_to_start(settings: &Settings, episode: &Episode, member: &Member, now: DateTime<Utc>) -> Text {
    let start = episode.starts;
    let mut text = Text::new().bold(settings.tag()).say(format!(", {}: ", member.name)).time(
        start,
        TimeStyle::Relative,
        format!("in {}", span(start - now)),
    );
    text = text.say(", ").say(own_time(settings, member, start, now)).say(".");
    if let Some(topic) = &episode.topic {
        let with = guests(episode, false);
        text = text.say(" On ").italic(topic);
        text = if with.is_empty() { text.say(".") } else { text.say(format!(", with {with}.")) };
    }
    let room = settings.on(Platform::Discord).find(|to| to.place.home == member.home);
    if let Some(room) = room {
        text = text.say(" We meet in ").span(Span::Channel(room.place.clone())).say(".");
    }
    text
}

/// The event of an episode in Discord's list: its name, and what stands under it.
pub fn event(settings: &Settings, episode: &Episode) -> (String, String) {
    let name = match &episode.topic {
        Some(topic) => format!("{}: {topic}", settings.tag()),
        None => settings.tag(),
    };
    let with = guests(episode, false);
    let mut words = if with.is_empty() { String::new() } else { format!("With {with}. ") };
    let asked = match episode.questions.len() {
        0 => "An hour of talk".to_owned(),
        n => format!("{}, one friendly hour", sentence(&count(n, "question", "questions"))),
    };
    words.push_str(&asked);
    words.push_str(". First time? Perfect. We meet in the channel; press Answer under a question, and every room hears you.");
    (weigh::shorten(&name, 100, weigh::Unit::Chars), weigh::shorten(&words, 1_000, weigh::Unit::Chars))
}

/// To organisers, once: a server takes no events from us.
pub fn no_events(settings: &Settings, allowed: bool, why: &str) -> Text {
    let tag = settings.tag();
    let what = if allowed {
        format!("Discord did not take the event of {tag}: {why}. The hour itself is not touched by that.")
    } else {
        format!(
            "I may not make events in Discord, so {tag} does not stand in that server's list. Give my role Create \
             Events there, and the next one will. Everything else goes on."
        )
    };
    Text::plain(what)
        .say(" ")
        .code("/chat set events off")
        .say(" if you'd rather have none. I won't say this again.")
}

/// To who joins and would like to be greeted.
pub fn will_greet() -> Text {
    Text::plain("Once your first hour is over I'll say hello, in a message of your own.")
}

/// What greets somebody after their first hour.
pub fn greeting(
    settings: &Settings,
    member: &Member,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Message {
    let mut text = Text::new()
        .bold(format!("Hello {}, and thank you!", member.name))
        .say(format!(" That was your first {}, and we heard you.", settings.tag()));
    if let Some(next) = next {
        text = text
            .say(" The next one is ")
            .time(next, TimeStyle::Full, own_time(settings, member, next, now))
            .say(".");
    }
    text = match member.wishes.remind {
        Some(_) => text.say(" I'll remind you, as you asked."),
        None => text
            .say(" I'll nudge you once before it, and never again unless you ask. In the server, ")
            .code("/remind 1h")
            .say(" asks."),
    };
    text.line().say("You said yes to this message when you joined; there won't be another like it.").into()
}

/// The one nudge before somebody's second hour.
pub fn nudge_back(settings: &Settings, episode: &Episode, member: &Member, now: DateTime<Utc>) -> Message {
    let mut text = about_to_start(settings, episode, member, now);
    text =
        text.line().say("This is the one nudge I promised, and the last. In the server, ").code("/remind 1h");
    text.say(" asks for one before every hour.").into()
}

/// What a member has to be told, with whatever they asked.
pub fn notices(settings: &Settings, notices: &[Notice]) -> Text {
    let mut text = Text::new();
    for notice in notices {
        let words = match notice {
            Notice::Closed => Text::plain(format!(
                "By the way: Discord let no direct message of mine through to you, so your reminder of {} is \
                 off. Allow direct messages from this server in its privacy settings, then ",
                settings.tag()
            ))
            .code("/remind 1h")
            .say("."),
            Notice::Unmet => Text::plain(
                "By the way: Discord let no direct message of mine through to you, so my hello after your first \
                 hour did not reach you. How good that you came!",
            ),
            Notice::Proved { handle } => Text::plain(format!(
                "@{handle} is yours: what you post there and what you answer here count as one person."
            )),
            Notice::Taken { handle } => Text::plain(format!(
                "@{handle} is another member's account here already, so it is not yours yet. Is that you as well? \
                 Take it out there first, with "
            ))
            .code("/me")
            .say("."),
        };
        text = if text.is_empty() { words } else { text.line().then(words) };
    }
    text
}

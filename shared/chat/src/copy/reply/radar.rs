//! Whom nobody has answered yet, at the desk; and what is said to whoever ticks somebody off.

use chrono::{DateTime, Duration, Utc};

use crate::copy::span;
use crate::desk::{Press, View};
use crate::intent;
use crate::name::Platform;
use crate::radar::{self, Card, Count, MOST_SHOWN, MOST_UNKNOWN, Shown};
use crate::text::{Message, Span, Text, Weight};
use crate::weigh::{self, Unit};

/// So much of a name is shown.
const NAME: usize = 40;
/// And so much of it on a button, which has no room for more.
const NAME_ON_A_BUTTON: usize = 20;

/// The lines of the living message about people; none where everybody was heard.
pub(super) fn radar(view: &View<'_>, text: Text) -> Text {
    let Some(radar) = &view.radar else { return text };
    let text = list(view, text, "Nobody has answered yet:", &radar.unheard, MOST_SHOWN);
    let text = list(view, text, "Whether anybody answered, I can't tell:", &radar.unknown, MOST_UNKNOWN);
    let since = view.episode.starts + radar::WAITS + radar::EVERY * 2;
    if radar.blind && view.voices.spoke > 0 && view.now >= since {
        return text.line().say("Who still waits for an answer, I can't tell right now.");
    }
    text
}

fn list(view: &View<'_>, text: Text, intro: &str, people: &[Shown], most: usize) -> Text {
    if people.is_empty() {
        return text;
    }
    let text = people.iter().take(most).fold(text.line().say(intro), |text, one| line(view, text, one));
    match people.len() - most.min(people.len()) {
        0 => text,
        more => text.line().say(format!("and {more} more")),
    }
}

/// "• Juno 👋 first time · A2 · 14 minutes · Reply on X"
fn line(view: &View<'_>, text: Text, one: &Shown) -> Text {
    let post = &one.filed.post;
    let mut text = text.line().say("• ").bold(name(one, NAME));
    if one.first_time {
        text = text.say(" 👋 first time");
    }
    let asked = one.filed.question.and_then(|(question, _)| view.episode.position(question));
    if let Some(position) = asked {
        text = text.say(format!(" · A{position}"));
    }
    let text = text.say(format!(" · {}", waited(post.at, view.now)));
    match (post.id.source, &one.card) {
        (Platform::X, _) => {
            let url = intent::reply_on_x(&post.version, &view.settings.tag());
            text.say(" · ").span(Span::Link { label: "Reply on X".to_owned(), url })
        }
        (_, Some(card)) => there(text.say(" · "), card, one.address.as_deref()),
        (platform, None) => text.say(format!(" · in {platform}")),
    }
}

/// The way to a card. Slack says under which address a message stands only when it is asked
/// (<https://docs.slack.dev/reference/methods/chat.getPermalink>); where it did not say, it is the channel, and the time
/// tells which of its messages.
fn there(text: Text, card: &Card, address: Option<&str>) -> Text {
    let place = &card.place;
    match (place.platform, address) {
        (Platform::Discord, _) => {
            let (channel, id) = card.message.split_once(':').unwrap_or((&place.channel, &card.message));
            let url = format!("https://discord.com/channels/{}/{channel}/{id}", place.home);
            text.span(Span::Link { label: "Answer in Discord".to_owned(), url })
        }
        (Platform::Slack, Some(url)) => {
            text.span(Span::Link { label: "Answer in Slack".to_owned(), url: url.to_owned() })
        }
        (Platform::Slack | Platform::X, _) => text.say("in ").span(Span::Channel(place.clone())),
    }
}

fn name(one: &Shown, most: usize) -> String {
    weigh::shorten(&one.filed.post.author.name, most, Unit::Chars)
}

/// From minute to minute of the clock, so that all of them change with the rest of the message: each by its own seconds,
/// they would have it changed with every look.
fn waited(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minute = |at: DateTime<Utc>| at.timestamp().div_euclid(60);
    span(Duration::minutes((minute(now) - minute(since)).max(1)))
}

/// The buttons that tick off whoever comes first in each list: for who is in the second one nothing else does.
pub(super) fn tick_off(view: &View<'_>) -> Vec<(String, Press, Weight)> {
    let Some(radar) = &view.radar else { return Vec::new() };
    let first = [radar.unheard.first(), radar.unknown.first()];
    let ticks = first.into_iter().flatten().map(|one| {
        let label = format!("{} is heard ✓", name(one, NAME_ON_A_BUTTON));
        (label, Press::Heard(one.filed.post.id.clone()), Weight::Usual)
    });
    ticks.collect()
}

/// "Thank you! Juno is off the list for this hour."
pub fn ticked_off(name: &str) -> Message {
    let name = weigh::shorten(name, NAME, Unit::Chars);
    Text::plain("Thank you! ").bold(name).say(" is off the list for this hour.").into()
}

/// What they said is not there any more.
pub fn nobody_to_tick_off() -> Message {
    Text::plain("What they said is gone meanwhile, and they are off the list.").into()
}

/// ", 6 unheard, 2 unknown", behind who spoke; nothing where there is nobody.
pub(super) fn counted(count: Option<Count>) -> String {
    let Count { unheard, unknown } = count.unwrap_or_default();
    let parts = [(unheard, "unheard"), (unknown, "unknown")];
    parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}")).collect()
}

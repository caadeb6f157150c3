//! What is read about what was taken out. None of it quotes what is gone.

use chrono::{DateTime, Utc};

use crate::agenda::Episode;
use crate::copy::{clock, count, day_and_clock};
use crate::name::Platform;
use crate::post::Filed;
use crate::removal::Bars;
use crate::settings::Settings;
use crate::text::Text;
use crate::weigh;

/// After `hide`, of a post by somebody; `None` where it is not here.
pub fn hidden(by: Option<&str>, rooms: usize) -> Text {
    let everywhere = match rooms {
        0 | 1 => "the room",
        2 => "both rooms",
        _ => "every room",
    };
    Text::plain(match by {
        Some(by) => format!(
            "{by}'s post is on its way out of {everywhere}. It is gone for good: I keep no copy, so there is \
             no Undo."
        ),
        None => "That post isn't here. Should it still come, it stays out, and no card quotes it.".to_owned(),
    })
}

/// After `hide` of a post that was removed before.
pub fn hidden_before() -> Text {
    Text::plain("That post is gone already, and stays gone.")
}

/// After `hide` with the link of a message that shows several posts.
pub fn which_to_hide(posts: usize) -> Text {
    Text::plain(format!(
        "That message carries {}; these are they, from the top. Which one goes, for good?",
        count(posts, "post", "posts")
    ))
}

/// One of them, on its button: who and when, and not what it says. An answer is kept for two days, in case its
/// request is repeated, and what is hidden must not stand in it.
pub fn one_of_several(settings: &Settings, episode: Option<&Episode>, n: usize, filed: &Filed) -> String {
    let name = weigh::shorten(&filed.post.author.name, 40, weigh::Unit::Chars);
    let position = filed.question.and_then(|(id, _)| episode?.position(id));
    let label = position.map(|n| format!(", A{n}")).unwrap_or_default();
    format!("{n}. {name}{label}, {}", clock(settings, filed.post.at))
}

/// After `hide` with the link of a message that is none of ours, or carries nobody's post.
pub fn no_card_there(settings: &Settings) -> Text {
    Text::plain(format!(
        "Nobody's post stands in that message, as far as I know: not as a card of {}. The link of the card itself \
         would do, or that of the post on X; Hide behind the dots on the card does too.",
        settings.tag()
    ))
}

/// After `hide`, for the desk.
pub fn did_hide(by: Option<&str>) -> Text {
    Text::plain(match by {
        Some(by) => format!("hid a post by {by}, in every room."),
        None => "hid a post before it came.".to_owned(),
    })
}

/// After `block` or `leave-out`. `known` is whether they ever posted here.
pub fn barred(settings: &Settings, name: &str, why: Bars, known: bool) -> Text {
    let tag = settings.tag();
    let undo = format!("/chat unblock {name}");
    match (why, known) {
        (Bars::Blocked, true) => Text::plain(format!(
            "{name} is blocked in {tag}. All they posted is on its way out of every room, for good, and \
             nothing new comes in."
        )),
        (Bars::Blocked, false) => Text::plain(format!(
            "{name} is blocked in {tag}. They haven't posted here, and now nothing of theirs comes in. "
        ))
        .code(undo)
        .say(" changes that."),
        (Bars::LeftOut, true) => Text::plain(format!(
            "{name} is left out of {tag} from now on. All they posted is on its way out of every room and out of \
             my memory, for good. No hard feelings: they are welcome back any time."
        )),
        (Bars::LeftOut, false) => Text::plain(format!(
            "{name} is left out of {tag} from now on: should they post, I won't carry or keep it. No hard \
             feelings; "
        ))
        .code(undo)
        .say(" is the way back."),
    }
}

/// After `block` or `leave-out`, for the desk.
pub fn did_bar(name: &str, why: Bars) -> Text {
    Text::plain(match why {
        Bars::Blocked => format!("blocked {name}. What they posted goes from every room."),
        Bars::LeftOut => format!("left {name} out, as they asked. What they posted goes from every room."),
    })
}

/// After `unblock`.
pub fn unbarred(settings: &Settings, name: &str, left_out: bool) -> Text {
    let tag = settings.tag();
    let asked = if left_out { " They had asked to be left out, so be sure they want this." } else { "" };
    Text::plain(format!(
        "{name} is heard in {tag} again, from the next post on. What was taken out stays out.{asked}"
    ))
}

/// After `unblock`, for the desk.
pub fn did_let_in(name: &str) -> Text {
    Text::plain(format!("let {name} in again."))
}

/// A card that was to go, and could not be taken out. `name` is what people call the room; none once it was
/// disconnected. `at` is when the post was written, by which it is found there.
pub fn still_there(
    settings: &Settings,
    platform: Platform,
    name: Option<&str>,
    at: DateTime<Utc>,
    why: &str,
    now: DateTime<Utc>,
) -> Text {
    let room =
        name.map_or_else(|| format!("a {platform} room I have left"), |name| format!("{platform} ({name})"));
    let when = day_and_clock(settings, at, now);
    Text::plain(format!(
        "A post of {when} is to be seen no more, but its card still stands in {room}: {why}. Please remove it there by \
         hand."
    ))
}

/// What stands in the place of a card where Slack lets us change a message but not remove it.
pub fn removed_card() -> Text {
    Text::plain("(removed)")
}

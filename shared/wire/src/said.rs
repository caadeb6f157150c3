//! The few words that belong to a card's own layout, the same on every platform.

use chat::card::Card;
use chat::name::Platform;
use chat::post::Media;
use chat::weigh;

use crate::outside::secure;

/// Further pictures that are linked one by one; X allows four in all.
pub(crate) const MOST_LINKED: usize = 3;

/// What opens the choice of questions.
pub(crate) const REFILE: &str = "File under another question";

/// What takes a post out of every room.
pub(crate) const HIDE: &str = "Hide this post";

/// What takes everything of its author out, and keeps them out.
pub(crate) const BLOCK: &str = "Block this person";

/// The name, or the handle where somebody's name is blank.
pub(crate) fn name<'a>(name: &'a str, handle: Option<&'a str>) -> &'a str {
    Some(name).filter(|name| shown(name)).or(handle.filter(|handle| shown(handle))).unwrap_or("someone")
}

/// Whether anything of it can be seen.
pub(crate) fn shown(text: &str) -> bool {
    weigh::neutralise(text).chars().any(|c| {
        !c.is_whitespace() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    })
}

/// `@handle · A3 · 👋 first time`, as much of it as there is.
pub(crate) fn after_name(card: &Card) -> String {
    let handle = card.author.handle.as_ref().map(|handle| format!("@{handle}"));
    let first = card.first_time.then(|| "👋 first time".to_owned());
    handle.into_iter().chain(card.label.clone()).chain(first).collect::<Vec<_>>().join(" · ")
}

/// A text that was shortened says where the rest is.
pub(crate) fn perhaps_more(text: &str, shortened: bool, card: &Card) -> String {
    match card.link {
        Some(_) if shortened => format!("{text} (more on {})", card.source),
        _ => text.to_owned(),
    }
}

/// "View on X".
pub(crate) fn view_on(source: Platform) -> String {
    format!("View on {source}")
}

/// What stands in its place under an answer given in a room.
pub(crate) fn said_in(source: Platform) -> String {
    format!("in {source}")
}

fn medium(kind: &str) -> &'static str {
    match kind {
        "video" => "video",
        "animated_gif" => "GIF",
        _ => "picture",
    }
}

/// "picture 2".
pub(crate) fn numbered(kind: &str, number: usize) -> String {
    format!("{} {number}", medium(kind))
}

/// What a picture shows, as its author says, or that they did not say.
pub(crate) fn described(media: &Media) -> &str {
    if let Some(alt) = media.alt.as_ref().filter(|alt| shown(alt)) {
        return alt;
    }
    match medium(&media.kind) {
        "video" => "A still of a video, without a description",
        "GIF" => "A GIF without a description",
        _ => "A picture without a description",
    }
}

/// An address that X itself gave to a picture: that one may stand under words of ours. One of anybody
/// else's would be a masked link.
pub(crate) fn own_address(url: Option<&String>) -> Option<String> {
    let url = secure(url)?;
    let host = url.strip_prefix("https://")?.split('/').next()?;
    matches!(host, "pbs.twimg.com" | "video.twimg.com").then_some(url)
}

//! A post as a room shows it: picture, name, handle, label, text, time, link.

use chrono::{DateTime, Utc};

use crate::action::Action;
use crate::name::Platform;
use crate::post::{Author, Media, Quoted};

/// Everything a renderer needs to show one post. All of it came from outside and can ping nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Who wrote it.
    pub author: Author,
    /// "A3", or "A3?" where it was filed by guess.
    pub label: Option<String>,
    /// The author's first post in this chat: shown as "👋 first time".
    pub first_time: bool,
    /// The whole text; the renderer shortens it where a platform's limit demands, with a link.
    pub text: String,
    /// A quoted post, inset.
    pub quoted: Option<Quoted>,
    /// The first picture is shown with its description, the others are linked.
    pub media: Vec<Media>,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The same in the chat's own zone: "20:24".
    pub local: String,
    /// Where it can be seen at its source ("View on X"); none for answers given in a room.
    pub link: Option<String>,
    /// Where it was written.
    pub source: Platform,
    /// Opens the choice of questions to file it under, where organisers can press it.
    pub refile: Option<Action>,
    /// Takes it out of every room, where organisers can press it.
    pub hide: Option<Action>,
    /// The same with everything of its author, and keeps them out.
    pub block: Option<Action>,
}

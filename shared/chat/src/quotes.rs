//! Quotations: somebody's words inside another one's card. They go when the post goes that they were taken from,
//! and the post that quotes them goes on its way without them.
//!
//! Whoever files a post that quotes another one leaves a way back from that one, and has as a condition that it
//! was neither removed nor hidden and that its author is not barred. So a quotation and the removal of what it
//! quotes can come in any order, at the same moment too.
//!
//! An edit of what is quoted changes no quotation: X quotes a version, by its id, and goes on showing that one
//! (<https://docs.x.com/x-api/fundamentals/edit-posts>).

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::delivery::Work;
use crate::name::{EpisodeId, Person, PostId};
use crate::post::{Filed, Post, Quoted};
use crate::{Change, Chat, Decision, door, removal};

/// What is quoted no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// One post, under any of its names.
    Post(PostId),
    /// All that somebody wrote.
    By(Person),
}

impl Source {
    /// Whether a quotation is taken from there.
    pub fn is_of(&self, quoted: &Quoted) -> bool {
        match self {
            Source::Post(post) => quoted.names.contains(post),
            Source::By(person) => quoted.author.as_ref() == Some(person),
        }
    }
}

/// A quotation that goes: everything that the table needs to know to let go of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unquoting {
    /// The post that quotes, by the first id of its edit history.
    pub post: PostId,
    /// What it quotes, or whom.
    pub of: Source,
    /// Where the quotation stands: absent where the post is not filed any more, or quotes nothing of the kind.
    pub stands: Option<Stands>,
}

/// A quotation in the row of a filed post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// The episode in which the post is filed.
    pub episode: EpisodeId,
    /// The id of the version that was read. After an edit it has to be read again.
    pub version: String,
    /// The quotation.
    pub quoted: Quoted,
}

/// A post as it is filed and shown: without its quotation, where what it quotes is to be seen no more.
pub(crate) fn shown<'a>(chat: &Chat, post: &'a Post) -> Cow<'a, Post> {
    if post.quoted.is_some() && chat.seen.unquoted.contains(&post.id) {
        Cow::Owned(Post { quoted: None, ..post.clone() })
    } else {
        Cow::Borrowed(post)
    }
}

/// The same of one that is filed already.
pub(crate) fn shown_filed(chat: &Chat, filed: &Filed) -> Filed {
    Filed { post: shown(chat, &filed.post).into_owned(), ..filed.clone() }
}

/// What follows for a post that quotes something, or did: its row lets go of those words, and each of its cards
/// is shown anew, like after an edit. So is its note at the desk, where it waited at the door.
///
/// The cards change also where the row has let go of the words before: it may have been filed under another
/// question meanwhile, which does not reach the rooms that were disconnected.
pub(crate) fn gone(chat: &Chat, post: &PostId, of: &Source, now: DateTime<Utc>) -> Decision {
    let filed = chat.seen.filed.as_ref().filter(|filed| filed.post.id == *post);
    let stands = filed.and_then(|filed| {
        let quoted = filed.post.quoted.clone().filter(|quoted| of.is_of(quoted))?;
        Some(Stands { episode: filed.episode.clone(), version: filed.post.version.clone(), quoted })
    });
    let takes_out = stands.is_some();
    let unquoting = Unquoting { post: post.clone(), of: of.clone(), stands };
    let mut decision = Decision { changes: vec![Change::Unquoted(unquoting)], ..Decision::default() };
    let Some(filed) = filed else { return decision };
    let mut without = filed.clone();
    if takes_out {
        without.post.quoted = None;
    }
    let (slug, at) = (&chat.settings.slug, filed.post.at);
    decision.effects = removal::cards(chat)
        .map(|(id, to, room)| {
            let work = Work::Recard { of: id.clone(), post: post.clone() };
            removal::change(slug, "unquoted", (id, to, room), &filed.post.version, at, work)
        })
        .collect();
    decision.effects.extend(door::said_without_quotation(chat, &without, now));
    decision
}

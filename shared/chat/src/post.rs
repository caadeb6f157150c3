//! Posts by people: what came in, and where it was filed.

use chrono::{DateTime, Utc};

use crate::name::{EpisodeId, Person, PostId, QuestionId};

/// A message by a person, as `wire` read it from a source network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Source and first id of the edit history.
    pub id: PostId,
    /// The id of this version; the same as `id.id` unless the post was edited.
    pub version: String,
    /// The ids of all its versions as far as they are known, oldest first, this one last.
    pub versions: Vec<String>,
    /// Who wrote it.
    pub author: Author,
    /// Full text, entities decoded, `t.co` links expanded; as written otherwise.
    pub text: String,
    /// When, by the source's clock.
    pub at: DateTime<Utc>,
    /// Hashtags without `#`: from the source's entities, else by twitter-text's rules.
    pub hashtags: Vec<String>,
    /// The id of the post it answers, if any.
    pub replies_to: Option<String>,
    /// Whether it only passes on somebody else's post.
    pub is_repost: bool,
    /// The post it quotes, where the source sent it along.
    pub quoted: Option<Quoted>,
    /// Pictures and other media.
    pub media: Vec<Media>,
    /// Where people can see it at its source; absent for answers typed in a room.
    pub link: Option<String>,
}

impl Post {
    /// Whether this is a later version than the other one. X's ids grow with time.
    pub fn is_newer_than(&self, other: &Post) -> bool {
        let order = |id: &str| (id.len(), id.to_owned());
        order(&self.version) > order(&other.version)
    }

    /// Its names: one for each version, first the one it is known by.
    pub fn names(&self) -> Vec<PostId> {
        let mut names = vec![self.id.clone()];
        for id in self.versions.iter().chain([&self.version]) {
            let name = PostId { source: self.id.source, id: id.clone() };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Who wrote a post, as the source shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub person: Person,
    /// The name they show.
    pub name: String,
    /// Their handle without `@`; none in rooms.
    pub handle: Option<String>,
    /// Their picture, an `https` address.
    pub picture: Option<String>,
}

/// A quoted post, inset. It has an author and a life of its own: see [`crate::quotes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// What it is called: first by the first id of its edit history, then by those of its later versions, as
    /// far as the source gave them. Empty where it gave none, and in rows from before this was kept.
    pub names: Vec<PostId>,
    /// Who wrote it, where the source says.
    pub author: Option<Person>,
    /// The name its author shows, or their handle.
    pub name: String,
    /// Their handle without `@`.
    pub handle: Option<String>,
    /// Its text, decoded like a post's.
    pub text: String,
    /// Where to see it.
    pub link: Option<String>,
}

/// A picture, film or other attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// `photo`, `video`, `animated_gif`, as the source calls it.
    pub kind: String,
    /// The picture itself or a still of it; `https`.
    pub url: Option<String>,
    /// What its author says it shows.
    pub alt: Option<String>,
}

/// How a post came under its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiledBy {
    /// It began with `A3`.
    Prefix,
    /// It replies to the question or to an answer filed there.
    Reply,
    /// It was written while the question was open.
    Guess,
    /// Its author pressed Answer under the question.
    Answer,
    /// An organiser filed it.
    Organiser,
}

/// A post that belongs to an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The post.
    pub post: Post,
    /// The episode.
    pub episode: EpisodeId,
    /// Its question, unless it is a hello or chatter.
    pub question: Option<(QuestionId, FiledBy)>,
    /// Whether this is the first post its author ever made in this chat.
    pub first_time: bool,
    /// How often it was filed anew; a card moved to another thread is another delivery.
    pub refiled: u32,
    /// How it came through the door.
    pub entry: Entry,
}

/// How a post came through the chat's door: see [`crate::door`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Entry {
    /// Nobody kept it.
    #[default]
    Straight,
    /// It waits at the desk: filed, counted among nobody's words, and not carried.
    Waits,
    /// It waited, and somebody let its author in.
    LetIn,
    /// It came too late to be carried, unless an organiser asks for what was missed: see [`crate::missed`].
    Late,
    /// Its author wrote more within a minute than is carried.
    TooFast,
}

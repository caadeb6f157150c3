//! People who joined or spoke.

use chrono::{DateTime, Utc};

use crate::name::{EpisodeId, Person};

/// Somebody who joined, with their consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// The name they show there.
    pub name: String,
    /// The server they joined in.
    pub home: String,
    /// Since when.
    pub joined: DateTime<Utc>,
}

/// Somebody who posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: Person,
    /// The name they last showed.
    pub name: String,
    /// The first episode they spoke in.
    pub first: EpisodeId,
    /// The latest.
    pub latest: EpisodeId,
    /// How many posts.
    pub posts: u32,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

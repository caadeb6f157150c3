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
    /// The first episode in which a post of theirs was not kept at the door.
    pub heard: Option<EpisodeId>,
    /// Who let them in at the desk, by the name they showed there.
    pub admitted: Option<String>,
    /// When they wrote their latest posts that counted towards the burst limit, by the source's clock, in
    /// order: see [`crate::burst`].
    pub recent: Vec<DateTime<Utc>>,
    /// The latest episode in which the desk was told that they write faster than is carried.
    pub burst: Option<EpisodeId>,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

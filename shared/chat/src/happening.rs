//! What others may want to know of a chat: the moments on which people hang rules of their own.
//!
//! A happening carries names and ids only. Whoever wants the words reads them where they stand, so that
//! what is erased stays erased, in every archive too.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::agenda::Episode;
use crate::cue::{CueId, CueState, Kind as CueKind};
use crate::name::{DeliveryId, EpisodeId, Person, Place, QuestionId, Slug};
use crate::{Change, Chat};

/// Something that happened, told once it is written down. It may be told twice, under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The chat.
    pub chat: Slug,
    /// When, by the chat's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An hour began.
    Opened {
        /// Which.
        episode: EpisodeId,
    },
    /// A question was asked.
    Asked {
        /// In which hour.
        episode: EpisodeId,
        /// Its permanent id.
        question: QuestionId,
        /// The number people saw: 3 for Q3.
        position: u32,
    },
    /// An hour ended.
    Closed {
        /// Which.
        episode: EpisodeId,
    },
    /// Something was given up: it does not stand where it should.
    Failed {
        /// What.
        delivery: DeliveryId,
        /// Where.
        to: Place,
    },
    /// Somebody joined.
    Joined {
        /// Who.
        person: Person,
    },
}

/// What sort of thing happened: what rules match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`What::Opened`].
    Opened,
    /// [`What::Asked`].
    Asked,
    /// [`What::Closed`].
    Closed,
    /// [`What::Failed`].
    Failed,
    /// [`What::Joined`].
    Joined,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Opened, Kind::Asked, Kind::Closed, Kind::Failed, Kind::Joined];
}

/// As rules match it: `question.asked`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Opened => "episode.opened",
            Kind::Asked => "question.asked",
            Kind::Closed => "episode.closed",
            Kind::Failed => "delivery.failed",
            Kind::Joined => "member.joined",
        })
    }
}

impl Happening {
    /// What sort of thing it is.
    pub fn kind(&self) -> Kind {
        match &self.what {
            What::Opened { .. } => Kind::Opened,
            What::Asked { .. } => Kind::Asked,
            What::Closed { .. } => Kind::Closed,
            What::Failed { .. } => Kind::Failed,
            What::Joined { .. } => Kind::Joined,
        }
    }

    /// Its name, the same each time it is told: `smxchat/2026-11-24T20:00Z/q/3`. Who joins, leaves and joins
    /// again did so twice, so the moment is part of that name.
    pub fn id(&self) -> String {
        let cue = |episode: &EpisodeId, kind| CueId { episode: episode.clone(), kind }.to_string();
        match &self.what {
            What::Opened { episode } => cue(episode, CueKind::Open),
            What::Asked { episode, question, .. } => cue(episode, CueKind::Question(*question)),
            What::Closed { episode } => cue(episode, CueKind::Close),
            What::Failed { delivery, .. } => format!("{delivery}/failed"),
            What::Joined { person } => {
                format!("{}/joined/{person}/{}", self.chat, self.at.timestamp_millis())
            }
        }
    }
}

/// What a decision's changes mean to others.
pub fn happenings(chat: &Chat, changes: &[Change], now: DateTime<Utc>) -> Vec<Happening> {
    let slug = &chat.settings.slug;
    let tell = |at, what| Happening { chat: slug.clone(), at, what };
    let mut told = Vec::new();
    for change in changes {
        match change {
            Change::Cue(cue) if cue.state == CueState::Fired => {
                let episode = cue.id.episode.clone();
                // It is claimed half a second early, and goes out when it is due.
                let now = now.max(cue.due);
                match cue.id.kind {
                    CueKind::Open => told.push(tell(now, What::Opened { episode })),
                    CueKind::Close => told.push(tell(now, What::Closed { episode })),
                    CueKind::Question(question) => {
                        let position = position(chat, changes, &episode, question);
                        told.extend(
                            position.map(|position| tell(now, What::Asked { episode, question, position })),
                        );
                    }
                    CueKind::Reminder { .. }
                    | CueKind::Nudge { .. }
                    | CueKind::Check { .. }
                    | CueKind::Personal { .. }
                    | CueKind::Desk { .. }
                    | CueKind::Deputy { .. }
                    | CueKind::Guest { .. }
                    | CueKind::Call { .. }
                    | CueKind::Notice { .. }
                    | CueKind::Longer => {}
                }
            }
            // Who joins again was a member all along.
            Change::Joined(member) if chat.seen.member.is_none() => {
                told.push(tell(member.joined, What::Joined { person: member.person.clone() }));
            }
            _ => {}
        }
    }
    told
}

/// Where a question stands in its hour, as the decision leaves it.
fn position(chat: &Chat, changes: &[Change], id: &EpisodeId, question: QuestionId) -> Option<u32> {
    let changed = changes.iter().rev().find_map(|change| match change {
        Change::Episode(episode) if episode.id == *id => Some(episode),
        _ => None,
    });
    let loaded = || chat.episodes.iter().find(|episode| episode.id == *id);
    changed.or_else(loaded).and_then(|episode: &Episode| episode.position(question))
}

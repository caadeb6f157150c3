//! What people suggested, as it is stored.

use chat::agenda::Credit;
use chat::bank::{Idea, IdeaId, State};
use chat::name::{EpisodeId, Person, QuestionId};
use serde::{Deserialize, Serialize};

use super::{At, Name};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdeaItem {
    id: Name<IdeaId>,
    text: String,
    /// Not `by`: that attribute names the commit.
    who: Name<Person>,
    name: String,
    at: At,
    state: StateItem,
    votes: Vec<Name<Person>>,
    until: Option<At>,
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateItem {
    Waiting,
    Accepted { episode: Name<EpisodeId>, question: u32 },
    Aside,
}

/// Who suggested a question, in the row of its episode.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CreditItem {
    idea: Name<IdeaId>,
    who: Name<Person>,
    name: String,
}

impl From<&Idea> for IdeaItem {
    fn from(i: &Idea) -> Self {
        IdeaItem {
            id: Name(i.id),
            text: i.text.clone(),
            who: Name(i.by.clone()),
            name: i.name.clone(),
            at: At(i.at),
            state: match &i.state {
                State::Waiting => StateItem::Waiting,
                State::Accepted(episode, question) => {
                    StateItem::Accepted { episode: Name(episode.clone()), question: question.0 }
                }
                State::Aside => StateItem::Aside,
            },
            votes: i.votes.iter().cloned().map(Name).collect(),
            until: i.until.map(At),
            version: i.version,
        }
    }
}

impl From<IdeaItem> for Idea {
    fn from(i: IdeaItem) -> Self {
        Idea {
            id: i.id.0,
            text: i.text,
            by: i.who.0,
            name: i.name,
            at: i.at.0,
            state: match i.state {
                StateItem::Waiting => State::Waiting,
                StateItem::Accepted { episode, question } => State::Accepted(episode.0, QuestionId(question)),
                StateItem::Aside => State::Aside,
            },
            votes: i.votes.into_iter().map(|voter| voter.0).collect(),
            until: i.until.map(|at| at.0),
            version: i.version,
        }
    }
}

impl From<&Credit> for CreditItem {
    fn from(c: &Credit) -> Self {
        CreditItem { idea: Name(c.idea), who: Name(c.by.clone()), name: c.name.clone() }
    }
}

impl From<CreditItem> for Credit {
    fn from(i: CreditItem) -> Self {
        Credit { idea: i.idea.0, by: i.who.0, name: i.name }
    }
}

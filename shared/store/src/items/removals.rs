//! The stored shapes of what was removed and of who is barred: names and reasons, never words.

use chat::name::{EpisodeId, Person, Place, PostId, Slug};
use chat::post::{Entry, Filed};
use chat::removal::{Bar, Bars, Whom, Why};
use serde::{Deserialize, Serialize};

use super::{At, Name};

/// What stands where a post was removed. It has no end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GoneItem {
    pub(crate) why: WhyItem,
    pub(crate) at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhyItem {
    Withdrawn,
    Hidden,
    Barred,
}

impl From<Why> for WhyItem {
    fn from(why: Why) -> Self {
        match why {
            Why::Withdrawn => WhyItem::Withdrawn,
            Why::Hidden => WhyItem::Hidden,
            Why::Barred => WhyItem::Barred,
        }
    }
}

impl From<WhyItem> for Why {
    fn from(why: WhyItem) -> Self {
        match why {
            WhyItem::Withdrawn => Why::Withdrawn,
            WhyItem::Hidden => Why::Hidden,
            WhyItem::Barred => Why::Barred,
        }
    }
}

/// Leads from the id of a later version to the post's name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FirstItem {
    pub(crate) first: Name<PostId>,
}

/// A post in the list of what somebody posted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ByItem {
    pub(crate) post: Name<PostId>,
    pub(crate) episode: Name<EpisodeId>,
    /// What it was filed as; unknown in rows from before this was kept.
    #[serde(default)]
    pub(crate) part: Option<PartItem>,
}

/// What a post is in its hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartItem {
    /// It stands under a question.
    Answer,
    /// A hello, or talk between questions.
    Word,
    /// It waits at the door.
    Waits,
}

impl From<&Filed> for PartItem {
    fn from(filed: &Filed) -> PartItem {
        match (filed.entry, filed.question) {
            (Entry::Waits, _) => PartItem::Waits,
            (_, Some(_)) => PartItem::Answer,
            (_, None) => PartItem::Word,
        }
    }
}

/// Who last posted under a handle.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HandleItem {
    pub(crate) person: Name<Person>,
}

/// One of a post's cards.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CardItem {
    pub(crate) delivery: String,
}

/// One of the posts that quote a post, or somebody.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct QuotingItem {
    pub(crate) slug: Name<Slug>,
    /// Not `by`: that attribute names the commit.
    pub(crate) post: Name<PostId>,
}

/// Where the row of a message of cards is, from what the platform calls it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LinkedItem {
    pub(crate) place: Name<Place>,
    pub(crate) mark: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BarItem {
    whom: Name<Whom>,
    why: BarsItem,
    called: String,
    since: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BarsItem {
    Blocked,
    LeftOut,
}

impl From<&Bar> for BarItem {
    fn from(b: &Bar) -> Self {
        BarItem {
            whom: Name(b.whom.clone()),
            why: match b.why {
                Bars::Blocked => BarsItem::Blocked,
                Bars::LeftOut => BarsItem::LeftOut,
            },
            called: b.called.clone(),
            since: At(b.since),
        }
    }
}

impl From<BarItem> for Bar {
    fn from(i: BarItem) -> Self {
        Bar {
            whom: i.whom.0,
            why: match i.why {
                BarsItem::Blocked => Bars::Blocked,
                BarsItem::LeftOut => Bars::LeftOut,
            },
            called: i.called,
            since: i.since.0,
        }
    }
}

/// That everything of somebody is to be removed, or all but what they posted. In the index until it is done.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EraseItem {
    /// Real time in epoch milliseconds: tells one intent from a later one of the same person.
    pub(crate) since: i64,
    /// What was posted later stays; absent where all that they posted does.
    #[serde(default)]
    pub(crate) until: Option<At>,
}

//! Members as they are stored.

use chat::member::{Account, Claim, Member, Notice, Quiet, Whereabouts, Wishes};
use chat::name::{EpisodeId, Person};
use chat::zone::Zone;
use chrono::{Duration, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use super::{At, Name};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MemberItem {
    person: Name<Person>,
    name: String,
    home: String,
    joined: At,
    #[serde(default)]
    place: Option<WhereaboutsItem>,
    /// In minutes before the start.
    #[serde(default)]
    remind: Option<i64>,
    #[serde(default)]
    quiet: Option<QuietItem>,
    #[serde(default)]
    account: Option<AccountItem>,
    #[serde(default)]
    claim: Option<ClaimItem>,
    #[serde(default)]
    untold: Vec<NoticeItem>,
    #[serde(default)]
    welcome: bool,
    #[serde(default)]
    greeted: Option<Name<EpisodeId>>,
    #[serde(default)]
    nudged: Option<Name<EpisodeId>>,
    #[serde(default)]
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct WhereaboutsItem {
    name: String,
    zone: Name<Zone>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AccountItem {
    person: Name<Person>,
    handle: String,
    since: At,
}

#[derive(Debug, Serialize, Deserialize)]
struct ClaimItem {
    handle: String,
    word: String,
    until: At,
}

/// The row of an account on X that is a member's.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OwnedItem {
    pub(crate) account: Name<Person>,
    pub(crate) member: Name<Person>,
}

/// The row of a word that proves a member's claim.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProofItem {
    pub(crate) member: Name<Person>,
}

/// In minutes after midnight.
#[derive(Debug, Serialize, Deserialize)]
struct QuietItem {
    from: u32,
    until: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NoticeItem {
    Closed,
    Unmet,
    Proved { handle: String },
    Taken { handle: String },
}

impl From<&Notice> for NoticeItem {
    fn from(notice: &Notice) -> Self {
        match notice.clone() {
            Notice::Closed => NoticeItem::Closed,
            Notice::Unmet => NoticeItem::Unmet,
            Notice::Proved { handle } => NoticeItem::Proved { handle },
            Notice::Taken { handle } => NoticeItem::Taken { handle },
        }
    }
}

impl From<NoticeItem> for Notice {
    fn from(item: NoticeItem) -> Self {
        match item {
            NoticeItem::Closed => Notice::Closed,
            NoticeItem::Unmet => Notice::Unmet,
            NoticeItem::Proved { handle } => Notice::Proved { handle },
            NoticeItem::Taken { handle } => Notice::Taken { handle },
        }
    }
}

fn minutes(time: NaiveTime) -> u32 {
    time.num_seconds_from_midnight() / 60
}

fn time(minutes: u32) -> Option<NaiveTime> {
    NaiveTime::from_num_seconds_from_midnight_opt(minutes.checked_mul(60)?, 0)
}

impl From<&Member> for MemberItem {
    fn from(m: &Member) -> Self {
        let wishes = &m.wishes;
        let place =
            |place: &Whereabouts| WhereaboutsItem { name: place.name.clone(), zone: Name(place.zone) };
        let quiet = |quiet: &Quiet| QuietItem { from: minutes(quiet.from), until: minutes(quiet.until) };
        MemberItem {
            person: Name(m.person.clone()),
            name: m.name.clone(),
            home: m.home.clone(),
            joined: At(m.joined),
            place: wishes.place.as_ref().map(place),
            remind: wishes.remind.map(|before| before.num_minutes()),
            quiet: wishes.quiet.as_ref().map(quiet),
            account: m.account.as_ref().map(|account| AccountItem {
                person: Name(account.person.clone()),
                handle: account.handle.clone(),
                since: At(account.since),
            }),
            claim: m.claim.as_ref().map(|claim| ClaimItem {
                handle: claim.handle.clone(),
                word: claim.word.clone(),
                until: At(claim.until),
            }),
            untold: m.untold.iter().map(NoticeItem::from).collect(),
            welcome: wishes.welcome,
            greeted: m.greeted.clone().map(Name),
            nudged: m.nudged.clone().map(Name),
            version: m.version,
        }
    }
}

impl From<MemberItem> for Member {
    fn from(i: MemberItem) -> Self {
        Member {
            person: i.person.0,
            name: i.name,
            home: i.home,
            joined: i.joined.0,
            wishes: Wishes {
                place: i.place.map(|place| Whereabouts { name: place.name, zone: place.zone.0 }),
                remind: i.remind.and_then(Duration::try_minutes),
                // What is no time of day is no wish that could be kept.
                quiet: i
                    .quiet
                    .and_then(|quiet| Some(Quiet { from: time(quiet.from)?, until: time(quiet.until)? })),
                welcome: i.welcome,
            },
            account: i.account.map(|account| Account {
                person: account.person.0,
                handle: account.handle,
                since: account.since.0,
            }),
            claim: i.claim.map(|claim| Claim {
                handle: claim.handle,
                word: claim.word,
                until: claim.until.0,
            }),
            untold: i.untold.into_iter().map(Notice::from).collect(),
            greeted: i.greeted.map(|episode| episode.0),
            nudged: i.nudged.map(|episode| episode.0),
            version: i.version,
        }
    }
}

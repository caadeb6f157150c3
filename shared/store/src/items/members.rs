//! Members as they are stored.

use chat::member::{Member, Notice, Quiet, Whereabouts, Wishes};
use chat::name::Person;
use chrono::{Duration, NaiveTime, Timelike};
use chrono_tz::Tz;
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
    untold: Vec<NoticeItem>,
    #[serde(default)]
    pub(crate) version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct WhereaboutsItem {
    name: String,
    zone: Name<Tz>,
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
            untold: m
                .untold
                .iter()
                .map(|notice| match notice {
                    Notice::Closed => NoticeItem::Closed,
                })
                .collect(),
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
            },
            untold: i
                .untold
                .into_iter()
                .map(|notice| match notice {
                    NoticeItem::Closed => Notice::Closed,
                })
                .collect(),
            version: i.version,
        }
    }
}

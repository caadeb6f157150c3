//! The live desk: one message at the organisers' desk for each hour, which says how things stand and carries the
//! buttons to steer by. It is posted once and changed in place.
//!
//! It is a view: what it shows follows from what is remembered, at the moment it is shown. So nothing has to be
//! committed for it, a bell that is lost or rung twice is no loss, and a change that failed costs nothing: the next
//! look shows everything.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::copy::reply as words;
use crate::cost::Account;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{BadName, DeliveryId, EpisodeId, Place, PostId, QuestionId, fold, stamp};
use crate::radar::Radar;
use crate::settings::Settings;
use crate::text::Message;
use crate::{Change, Decision, Voices};

/// How long a hold by its button is.
pub const HOLD: Duration = Duration::minutes(3);
/// How much longer the hour gets by its button.
pub const EXTEND: Duration = Duration::minutes(5);
/// How far back posts are counted, for how many come in a minute.
pub const LATELY: Duration = Duration::minutes(5);
/// The message is looked at so often while it lives, beside each decision that changes what it shows.
pub const EVERY: Duration = Duration::seconds(15);
/// It is changed no more often than this, whatever happens.
pub const AT_MOST_EVERY: Duration = Duration::seconds(3);

/// What a button of the living message does, and what it was about when it was shown: pressed later than that it
/// does what it said, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Press {
    /// Asks this question now.
    Next(QuestionId),
    /// Holds this question, which is due then, by [`HOLD`].
    Hold(QuestionId, DateTime<Utc>),
    /// Leaves this question out.
    Skip(QuestionId),
    /// Makes the hour, which closes then, so many minutes longer.
    Extend(DateTime<Utc>, u32),
    /// Asks this spare question in the place of that one.
    Swap(QuestionId, QuestionId),
    /// Goes on after the pause that began then.
    Resume(DateTime<Utc>),
    /// The author of this post is heard: somebody answered them where nobody tells us of it.
    Heard(PostId),
    /// Asks back whether the hour is to be closed.
    Close,
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Press::Next(q) => write!(f, "next|{q}"),
            // To the millisecond: two holds within one second are two.
            Press::Hold(q, due) => write!(f, "hold|{q}|{}", due.timestamp_millis()),
            Press::Skip(q) => write!(f, "skip|{q}"),
            Press::Extend(ends, minutes) => write!(f, "extend|{}|{minutes}", ends.timestamp_millis()),
            Press::Swap(q, spare) => write!(f, "swap|{q}|{spare}"),
            Press::Resume(since) => write!(f, "resume|{}", since.timestamp_millis()),
            Press::Heard(post) => write!(f, "heard|{post}"),
            Press::Close => f.write_str("close"),
        }
    }
}

impl FromStr for Press {
    type Err = BadName;

    fn from_str(s: &str) -> Result<Press, BadName> {
        let bad = || BadName(s.to_owned());
        let question = |s: &str| s.parse().map(QuestionId).map_err(|_| bad());
        let at = |s: &str| s.parse().ok().and_then(DateTime::from_timestamp_millis).ok_or_else(bad);
        let parts: Vec<&str> = s.split('|').collect();
        Ok(match parts.as_slice() {
            ["next", q] => Press::Next(question(q)?),
            ["hold", q, due] => Press::Hold(question(q)?, at(due)?),
            ["skip", q] => Press::Skip(question(q)?),
            ["extend", ends, minutes] => Press::Extend(at(ends)?, minutes.parse().map_err(|_| bad())?),
            ["swap", q, spare] => Press::Swap(question(q)?, question(spare)?),
            ["resume", since] => Press::Resume(at(since)?),
            ["heard", post] => Press::Heard(post.parse()?),
            ["close"] => Press::Close,
            _ => return Err(bad()),
        })
    }
}

/// What the message is about at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The hour is still to come. Its doors may be open.
    Before,
    /// It runs.
    Live,
    /// It is paused.
    Paused,
    /// It is over.
    Over,
    /// It does not take place.
    Off,
    /// It starts at another time than when the message was posted for.
    Moved,
    /// The desk is another channel by now, or none.
    Elsewhere,
}

/// All that the message shows.
#[derive(Debug, Clone, PartialEq)]
pub struct View<'a> {
    /// The chat.
    pub settings: &'a Settings,
    /// The hour.
    pub episode: &'a Episode,
    /// What about it.
    pub phase: Phase,
    /// Who spoke so far, and what still waits for each room.
    pub voices: Voices,
    /// Posts of the last minutes.
    pub lately: Option<Lately>,
    /// What X has cost this month.
    pub account: Option<Account>,
    /// Whom nobody answered yet, and of whom that is not known; none where it is not looked at.
    pub radar: Option<Radar>,
    /// When it is looked at.
    pub now: DateTime<Utc>,
}

/// How many posts came lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lately {
    /// So many.
    pub posts: u32,
    /// Within this time.
    pub within: Duration,
}

impl Lately {
    /// Posts a minute, in tenths.
    pub fn tenths_a_minute(&self) -> u32 {
        let seconds = u64::try_from(self.within.num_seconds()).unwrap_or(0).max(1);
        u32::try_from((u64::from(self.posts) * 600 + seconds / 2) / seconds).unwrap_or(u32::MAX)
    }
}

/// What the message in a place, posted under this name, is about now.
pub fn phase(
    settings: &Settings,
    episode: &Episode,
    of: &DeliveryId,
    place: &Place,
    now: DateTime<Utc>,
) -> Phase {
    let mine = *of == name(settings, episode, place) || *of == again(settings, episode, place);
    match episode.state {
        State::Cancelled => Phase::Off,
        _ if settings.desk.as_ref() != Some(place) || settings.retired => Phase::Elsewhere,
        State::Closed { .. } => Phase::Over,
        State::Paused { .. } => Phase::Paused,
        State::Open => Phase::Live,
        State::Planned if mine || now >= episode.starts => Phase::Before,
        State::Planned => Phase::Moved,
    }
}

impl View<'_> {
    /// What the message says.
    pub fn message(&self) -> Message {
        words::living(self)
    }

    /// Whether there is something to begin a message with: nobody needs one of an hour that is over.
    pub fn begins(&self) -> bool {
        matches!(self.phase, Phase::Before | Phase::Live | Phase::Paused)
    }

    /// Whether what it says now is its last word.
    pub fn ends(&self) -> bool {
        match self.phase {
            Phase::Before | Phase::Live | Phase::Paused => false,
            // Who comes late is still counted; and what was changed may be taken back.
            Phase::Over | Phase::Off | Phase::Elsewhere => {
                let over = match self.episode.state {
                    State::Closed { at } => at,
                    _ => self.episode.ends(),
                };
                self.now > over + Settings::DOORS_LATE
            }
            Phase::Moved => true,
        }
    }
}

/// The name of the message in a place. With the start that it was posted for: a moved hour has another one.
fn name(settings: &Settings, episode: &Episode, place: &Place) -> DeliveryId {
    debug_assert_eq!(settings.slug, episode.id.chat, "an episode of this chat");
    DeliveryId::new(format_args!("{}/desk/@{}", episode.id, stamp(episode.starts)), place)
}

/// The same for the one that takes the place of a message which somebody deleted.
fn again(settings: &Settings, episode: &Episode, place: &Place) -> DeliveryId {
    debug_assert_eq!(settings.slug, episode.id.chat, "an episode of this chat");
    DeliveryId::new(format_args!("{}/desk/@{}/again", episode.id, stamp(episode.starts)), place)
}

/// The living message of an hour whose doors open, where the chat has a desk.
pub(crate) fn opening(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Option<Delivery> {
    let place = settings.desk.as_ref()?;
    Some(delivery(name(settings, episode, place), place, episode, now))
}

/// A message in the place of the one of this name, which somebody deleted. `None` where that was the second one
/// already: somebody does not want it.
pub fn anew(
    settings: &Settings,
    episode: &Episode,
    gone: &DeliveryId,
    place: &Place,
    now: DateTime<Utc>,
) -> Option<Delivery> {
    let id = again(settings, episode, place);
    (*gone == name(settings, episode, place)).then(|| delivery(id, place, episode, now))
}

fn delivery(id: DeliveryId, place: &Place, episode: &Episode, at: DateTime<Utc>) -> Delivery {
    Delivery {
        id,
        to: place.clone(),
        room: Room::Channel,
        class: Class::Announcement,
        at,
        not_before: Some(at),
        expires: Some(episode.ends() + Settings::DOORS_LATE),
        work: Work::Desk(episode.id.clone()),
    }
}

/// The message that an hour is to have now, since its doors are open.
pub fn due(settings: &Settings, episode: &Episode, now: DateTime<Utc>) -> Option<Delivery> {
    let doors = episode.starts - Settings::DOORS_EARLY;
    let open = episode.is_live() || (episode.state == State::Planned && doors <= now && now < episode.ends());
    opening(settings, episode, now).filter(|_| open && !settings.retired)
}

/// The messages that a new desk gets: of hours that have opened their doors, which the old desk has.
pub(crate) fn at_new_desk(settings: &Settings, episodes: &[Episode], now: DateTime<Utc>) -> Vec<Delivery> {
    episodes.iter().filter_map(|e| due(settings, e, now)).collect()
}

/// When the message of an hour is looked at in the minute from `now` on. By the clock and the hour's name, so that two
/// ticks name the same moments, and hours that run at the same time have different ones: Slack takes only so many
/// changes at once.
pub fn looks(episode: &EpisodeId, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let every = EVERY.num_seconds();
    let turn = i64::try_from(fold(&episode.to_string()) % every.unsigned_abs()).unwrap_or_default();
    let from = now.timestamp() + i64::from(now.timestamp_subsec_nanos() > 0);
    let first = from + (turn - from).rem_euclid(every);
    let all = (0..).map(|n| first + n * every).take_while(|at| *at < from + 60);
    all.filter_map(|at| DateTime::from_timestamp(at, 0)).collect()
}

/// The hours whose message shows something else after a decision.
pub fn touched(
    settings: &Settings,
    before: &[Episode],
    decision: &Decision,
    now: DateTime<Utc>,
) -> Vec<EpisodeId> {
    let about = |e: &Episode| {
        let doors = e.starts - Settings::DOORS_EARLY;
        e.is_live() || (doors <= now && now <= e.ends() + Settings::DOORS_LATE)
    };
    let known = |id: &EpisodeId| before.iter().any(|e| e.id == *id && about(e));
    let mut touched: Vec<EpisodeId> = Vec::new();
    for change in &decision.changes {
        match change {
            Change::Heard { episode, .. } => touched.push(episode.clone()),
            Change::Episode(episode) if about(episode) || known(&episode.id) => {
                touched.push(episode.id.clone());
            }
            Change::Settings(now) if now.desk != settings.desk || now.retired != settings.retired => {
                touched.extend(before.iter().filter(|e| about(e)).map(|e| e.id.clone()));
            }
            _ => {}
        }
    }
    touched.dedup();
    touched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_come_back_as_they_went() {
        let at = DateTime::from_timestamp_millis(1_795_550_400_123).expect("an instant");
        for press in [
            Press::Next(QuestionId(3)),
            Press::Hold(QuestionId(3), at),
            Press::Skip(QuestionId(3)),
            Press::Extend(at, 5),
            Press::Swap(QuestionId(3), QuestionId(12)),
            Press::Resume(at),
            Press::Heard("discord:1310000000000000001".parse().expect("a post")),
            Press::Close,
        ] {
            assert_eq!(press.to_string().parse(), Ok(press));
        }
        for bad in
            ["", "next", "next|x", "hold|3", "hold|3|x", "extend|1", "swap|1", "resume", "close|1", "jump|1"]
        {
            assert!(bad.parse::<Press>().is_err(), "{bad}");
        }
    }

    #[test]
    fn looks_are_four_a_minute_and_each_hour_has_its_own() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().expect("an instant");
        let episode: EpisodeId = "smxchat/2026-11-24T20:00Z".parse().expect("a name");
        let mut all: Vec<DateTime<Utc>> = Vec::new();
        // However ticks fall, no look is left out.
        for tick in ["20:00:00.5", "20:00:59", "20:01:30", "20:02:15"] {
            let looks = looks(&episode, at(&format!("2026-11-24T{tick}Z")));
            assert_eq!(looks.len(), 4, "{looks:?}");
            all.extend(looks);
        }
        all.sort();
        all.dedup();
        assert!(all.windows(2).all(|w| w[1] - w[0] == EVERY), "{all:?}");
        let others =
            (10..60).map(|n| looks(&format!("chat{n}/2026-11-24T20:00Z").parse().expect("a name"), all[0]));
        let moments: std::collections::HashSet<DateTime<Utc>> = others.flatten().collect();
        assert!(moments.len() > 40, "{}", moments.len());
    }

    #[test]
    fn posts_are_counted_by_the_minute() {
        let rate = |posts, seconds| Lately { posts, within: Duration::seconds(seconds) }.tenths_a_minute();
        assert_eq!(
            [rate(0, 300), rate(1, 300), rate(12, 300), rate(100, 15), rate(3, 0)],
            [0, 2, 24, 4000, 1800]
        );
    }
}

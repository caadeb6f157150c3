//! How much a room may buzz. A room that buzzes too much is muted, and then nobody is heard.
//!
//! Counted by the chat's clock: it is about what people bear, not about what a platform takes, and in a
//! rehearsal at forty times its speed an hour's posts are still an hour's posts.

use chrono::{DateTime, Duration, Utc};

use crate::delivery::Room;
use crate::mirror;
use crate::name::Platform;

/// A message of cards that was shown lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In which room.
    pub room: Room,
    /// When, by the chat's clock.
    pub at: DateTime<Utc>,
    /// How many cards it had.
    pub cards: usize,
}

/// Above so many cards a minute, cards share messages.
pub const CARDS_A_MINUTE: usize = 10;
/// Then a room gets a message this often.
pub const EVERY: Duration = Duration::seconds(15);
/// How long back cards are counted.
const MINUTE: Duration = Duration::seconds(60);

/// Whether cards may be shown in a room now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearable {
    /// Each by itself, as far as the platform's pace allows.
    Freely,
    /// Together, as many as fit.
    Together,
    /// From this instant of the chat's clock on, together.
    From(DateTime<Utc>),
}

/// Whether `waiting` cards may be shown in a room now, after those of `lately`.
///
/// Above ten cards a minute a Discord room gets one message every 15 seconds, which holds all that came
/// meanwhile. A message that would be full goes at once: waiting would not make one message fewer. Slack
/// rooms are threads, which buzz for nobody but those who follow them.
pub fn bearable(
    platform: Platform,
    room: &Room,
    waiting: usize,
    lately: &[Shown],
    now: DateTime<Utc>,
) -> Bearable {
    if platform != Platform::Discord {
        return Bearable::Freely;
    }
    let here = || lately.iter().filter(|shown| shown.room == *room && now - shown.at < MINUTE);
    let cards: usize = here().map(|shown| shown.cards).sum();
    if cards + waiting <= CARDS_A_MINUTE {
        return Bearable::Freely;
    }
    // A clock that was set back must not keep a room waiting for longer than it ever would.
    let last = here().map(|shown| shown.at.min(now)).max();
    match last.map(|last| last + EVERY).filter(|at| *at > now) {
        Some(at) if waiting < mirror::most_together(platform) => Bearable::From(at),
        _ => Bearable::Together,
    }
}

/// Drops what is too long ago to matter, and remembers one more message.
pub fn remember(lately: &mut Vec<Shown>, shown: Shown) {
    let at = shown.at;
    lately.retain(|old| at - old.at < MINUTE);
    lately.push(shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_550_400 + seconds, 0).expect("a valid instant")
    }

    fn shown(seconds: i64, cards: usize) -> Shown {
        Shown { room: Room::Channel, at: at(seconds), cards }
    }

    fn asked(waiting: usize, lately: &[Shown], now: i64) -> Bearable {
        bearable(Platform::Discord, &Room::Channel, waiting, lately, at(now))
    }

    #[test]
    fn ten_cards_a_minute_are_shown_one_by_one_and_the_eleventh_waits_for_others() {
        let ten: Vec<Shown> = (0..10).map(|n| shown(n * 5, 1)).collect();
        assert_eq!(asked(1, &ten[..9], 44), Bearable::Freely);
        assert_eq!(asked(1, &ten, 50), Bearable::From(at(60)));
        assert_eq!(asked(3, &ten, 60), Bearable::Together, "the wait is over, and three come together");
        assert_eq!(asked(1, &ten, 110), Bearable::Freely, "a minute later the room is quiet again");
    }

    #[test]
    fn a_full_message_waits_for_nobody() {
        let busy = [shown(0, 10), shown(1, 10)];
        assert_eq!(asked(9, &busy, 2), Bearable::From(at(16)));
        assert_eq!(asked(10, &busy, 2), Bearable::Together);
    }

    #[test]
    fn a_room_pays_for_itself_alone_and_slack_for_nothing() {
        let busy = [shown(0, 10), shown(1, 10)];
        let slack = bearable(Platform::Slack, &Room::Channel, 2, &busy, at(2));
        assert_eq!(slack, Bearable::Freely);
        let chat = crate::name::EpisodeId { chat: "x".parse().expect("a slug"), planned: at(0) };
        let other = bearable(Platform::Discord, &Room::Opening(chat), 2, &busy, at(2));
        assert_eq!(other, Bearable::Freely);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut lately = vec![shown(0, 1), shown(30, 2)];
        remember(&mut lately, shown(75, 3));
        assert_eq!(lately, [shown(30, 2), shown(75, 3)]);
    }
}

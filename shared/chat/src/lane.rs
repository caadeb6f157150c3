//! A destination's lane: of all that waits for it, what goes next.
//!
//! Order holds per room, by source time; announcements before posts. A call takes from the room with
//! the oldest head. A head of which nobody knows whether it was sent blocks its room, and only its
//! room; a failed one has left the lane and blocks nothing.

use chrono::{DateTime, Utc};

use crate::delivery::{Class, Progress, Room};
use crate::mirror;
use crate::name::Platform;
use crate::noise::{self, Bearable, Shown};

/// One delivery that waits, as the lane needs to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The channel or thread.
    pub room: &'a Room,
    /// Announcements go before posts.
    pub class: Class,
    /// Not before this instant of the chat's clock.
    pub not_before: Option<DateTime<Utc>>,
    /// Not after this instant of the chat's clock.
    pub expires: Option<DateTime<Utc>>,
    /// Where it stands.
    pub progress: &'a Progress,
    /// A card, which can share a message with others.
    pub is_card: bool,
    /// It changes or removes a card that stands already: no doubt about another one holds it up.
    pub is_change: bool,
}

/// What to do with a lane now. Numbers are positions in what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing can be done.
    Nothing,
    /// Nothing yet; something may go from this instant of the chat's clock.
    Later(DateTime<Utc>),
    /// It may have been sent: look, then say so or try again.
    Look(usize),
    /// Nobody needs it any more.
    Expired(usize),
    /// Send these in one message.
    Send(Vec<usize>),
}

/// What holds for a destination as a whole while it is worked off.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a> {
    /// Where it is.
    pub platform: Platform,
    /// Rooms in which nothing can be done at the moment.
    pub closed: &'a [Room],
    /// Cards that its rooms were shown lately, for the noise rule.
    pub lately: &'a [Shown],
}

/// What goes next of `waiting`, which is in lane order (class, source time, name). `now` is the chat's
/// clock, `real` the machine's.
pub fn next(waiting: &[Waiting<'_>], lane: Lane<'_>, now: DateTime<Utc>, real: DateTime<Utc>) -> Next {
    let mut blocked: Vec<&Room> = lane.closed.iter().collect();
    let mut soonest: Option<DateTime<Utc>> = None;
    for (n, one) in waiting.iter().enumerate() {
        if !one.is_change && blocked.contains(&one.room) {
            continue;
        }
        match one.progress {
            Progress::Sent { .. } | Progress::Failed { .. } => continue,
            Progress::Unknown => return sooner(waiting, n).unwrap_or(Next::Look(n)),
            Progress::Claimed { lease } if *lease <= real => {
                return sooner(waiting, n).unwrap_or(Next::Look(n));
            }
            Progress::Claimed { .. } if one.is_change => continue,
            Progress::Claimed { .. } => {
                blocked.push(one.room);
                continue;
            }
            Progress::Pending => {}
        }
        if one.expires.is_some_and(|at| at < now) {
            return Next::Expired(n);
        }
        if let Some(at) = one.not_before.filter(|at| *at > now) {
            soonest = Some(soonest.map_or(at, |s| s.min(at)));
            continue;
        }
        if !one.is_card {
            return Next::Send(vec![n]);
        }
        let (run, most) = (run(waiting, n), mirror::most_together(lane.platform));
        match noise::bearable(lane.platform, one.room, run.len(), lane.lately, now) {
            Bearable::Freely => return Next::Send(together(waiting, run, most)),
            Bearable::Together => return Next::Send(run.into_iter().take(most).collect()),
            Bearable::From(at) => {
                soonest = Some(soonest.map_or(at, |s| s.min(at)));
                blocked.push(one.room);
            }
        }
    }
    soonest.map_or(Next::Nothing, Next::Later)
}

/// What goes before a doubt is looked into: changes of cards, whatever room they are in. Where a look fails,
/// the place is asked again a minute later only, and what is to be seen no more must not wait for that.
fn sooner(waiting: &[Waiting<'_>], doubt: usize) -> Option<Next> {
    let behind = waiting.iter().enumerate().skip(doubt + 1);
    let mut changes = behind.filter(|(_, one)| one.is_change && one.progress == &Progress::Pending);
    changes.next().map(|(n, _)| Next::Send(vec![n]))
}

fn is_ready(one: &Waiting<'_>) -> bool {
    one.is_card && one.progress == &Progress::Pending
}

/// The cards that can share a message with the one at `head`, itself among them: those behind it in its
/// room, as far as nothing else stands between them.
fn run(waiting: &[Waiting<'_>], head: usize) -> Vec<usize> {
    let Some(first) = waiting.get(head) else { return Vec::new() };
    let behind = waiting.iter().enumerate().skip(head).filter(|(_, one)| one.room == first.room);
    behind.take_while(|(_, one)| is_ready(one)).map(|(n, _)| n).collect()
}

/// As many of them as have to share.
fn together(waiting: &[Waiting<'_>], run: Vec<usize>, most: usize) -> Vec<usize> {
    let in_destination = waiting.iter().filter(|one| is_ready(one)).count();
    let most = mirror::share(in_destination, run.len(), most).max(1);
    run.into_iter().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_550_400, 0).expect("a valid instant")
    }

    fn card<'a>(room: &'a Room, progress: &'a Progress) -> Waiting<'a> {
        Waiting {
            room,
            class: Class::Post,
            not_before: None,
            expires: None,
            progress,
            is_card: true,
            is_change: false,
        }
    }

    fn check(waiting: &[Waiting<'_>], closed: &[Room], wanted: &Next) {
        let lane = Lane { platform: Platform::Slack, closed, lately: &[] };
        assert_eq!(&next(waiting, lane, now(), now()), wanted);
    }

    #[test]
    fn a_room_that_buzzes_waits_and_holds_no_other_up() {
        let episode = crate::name::EpisodeId { chat: "x".parse().expect("a slug"), planned: now() };
        let (loud, calm, fresh) = (Room::Channel, Room::Opening(episode), Progress::Pending);
        let last = now() - TimeDelta::seconds(5);
        let lately = [Shown { room: Room::Channel, at: last, cards: 10 }];
        let lane = Lane { platform: Platform::Discord, closed: &[], lately: &lately };
        let later = Next::Later(last + noise::EVERY);
        assert_eq!(next(&vec![card(&loud, &fresh); 2], lane, now(), now()), later);
        let both = [card(&loud, &fresh), card(&calm, &fresh)];
        assert_eq!(next(&both, lane, now(), now()), Next::Send(vec![1]));
        // After the wait two share one message, though two alone would not have to.
        let then = last + noise::EVERY;
        assert_eq!(next(&vec![card(&loud, &fresh); 2], lane, then, now()), Next::Send(vec![0, 1]));
    }

    #[test]
    fn a_single_post_is_its_own_message_and_a_crowd_shares() {
        let (room, fresh) = (Room::Channel, Progress::Pending);
        check(&[], &[], &Next::Nothing);
        check(&[card(&room, &fresh)], &[], &Next::Send(vec![0]));
        check(&vec![card(&room, &fresh); 2], &[], &Next::Send(vec![0]));
        check(&vec![card(&room, &fresh); 3], &[], &Next::Send(vec![0, 1, 2]));
        check(&vec![card(&room, &fresh); 40], &[], &Next::Send((0..12).collect()));
    }

    #[test]
    fn doubt_blocks_its_own_room_only() {
        let episode = crate::name::EpisodeId { chat: "x".parse().expect("a slug"), planned: now() };
        let (a, b) = (Room::Channel, Room::Opening(episode));
        let (fresh, unknown) = (Progress::Pending, Progress::Unknown);
        check(&[card(&a, &unknown), card(&a, &fresh)], &[], &Next::Look(0));
        check(&[card(&a, &unknown), card(&b, &fresh)], std::slice::from_ref(&a), &Next::Send(vec![1]));
        let held = Progress::Claimed { lease: now() + TimeDelta::seconds(9) };
        check(&[card(&a, &held), card(&a, &fresh), card(&b, &fresh)], &[], &Next::Send(vec![2]));
        let stale = Progress::Claimed { lease: now() };
        check(&[card(&a, &stale)], &[], &Next::Look(0));
    }

    #[test]
    fn a_removal_waits_for_nobodys_doubt_and_holds_nobody_up() {
        let room = Room::Channel;
        let (fresh, unknown) = (Progress::Pending, Progress::Unknown);
        let held = Progress::Claimed { lease: now() + TimeDelta::seconds(9) };
        let removal = |progress| Waiting { is_card: false, is_change: true, ..card(&room, progress) };
        let closed = std::slice::from_ref(&room);
        check(&[card(&room, &unknown), removal(&fresh)], closed, &Next::Send(vec![1]));
        check(&[card(&room, &held), removal(&fresh), card(&room, &fresh)], &[], &Next::Send(vec![1]));
        check(&[removal(&held), card(&room, &fresh)], &[], &Next::Send(vec![1]));
        // Not even for the look into it, which may fail for minutes.
        check(&[card(&room, &unknown), card(&room, &fresh), removal(&fresh)], &[], &Next::Send(vec![2]));
    }

    #[test]
    fn what_has_a_time_waits_for_it_and_holds_nobody_up() {
        let (room, fresh) = (Room::Channel, Progress::Pending);
        let soon = now() + TimeDelta::seconds(3);
        let cue = Waiting {
            class: Class::Announcement,
            not_before: Some(soon),
            is_card: false,
            ..card(&room, &fresh)
        };
        check(std::slice::from_ref(&cue), &[], &Next::Later(soon));
        check(&[cue.clone(), card(&room, &fresh)], &[], &Next::Send(vec![1]));
        let gone = Waiting { not_before: None, expires: Some(now() - TimeDelta::seconds(1)), ..cue };
        check(&[gone], &[], &Next::Expired(0));
    }
}

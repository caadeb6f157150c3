//! Whoever spoke for the first time, and said beforehand that they would like it, gets one message after the
//! hour, and one nudge before the next: a direct message in Discord, and never anything on X, whose rules forbid
//! writing to people who did not ask for it.
//!
//! The message is laid out with the post, or with the membership where that comes second, for a moment after the
//! close. What changes until then is looked at when it is claimed, as with reminders ([`crate::personal`]): whether
//! they are still here, still want it, and are heard at all, for who waits at the door has not spoken yet. That it
//! was said is noted with the member before it is sent: once ever, whatever happens in between.
//!
//! A cue after the close, which looks who is new, would be the other way: it reads every member and everybody who
//! spoke, each week, for one or two people.

use chrono::{DateTime, Utc};

use crate::agenda::{Episode, State};
use crate::copy::reply as words;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::member::{Member, Notice, Wishes};
use crate::name::{DeliveryId, EpisodeId, Person, Place, Platform};
use crate::reply::Reply;
use crate::settings::Settings;
use crate::{Change, Chat, Decision, personal, steer, zone};

/// When somebody hears from us after an hour that ends then: once its doors are closed, and not in their quiet
/// hours; what falls into those waits for their end.
pub fn moment(settings: &Settings, member: &Member, ends: DateTime<Utc>) -> DateTime<Utc> {
    out_of_quiet(settings, member, ends + Settings::DOORS_LATE)
}

/// This moment, or the end of the quiet hours that it lies in.
fn out_of_quiet(settings: &Settings, member: &Member, at: DateTime<Utc>) -> DateTime<Utc> {
    let zone = member.wishes.place.as_ref().map_or(settings.zone, |place| place.zone);
    let local = at.with_timezone(&zone).naive_local();
    match member.wishes.quiet.filter(|quiet| quiet.covers(local.time())) {
        None => at,
        Some(quiet) => {
            let today = local.date();
            let tomorrow = today.succ_opt().unwrap_or(today);
            let date = if local.time() < quiet.until { today } else { tomorrow };
            zone::resolve(zone, date.and_time(quiet.until)).max(at)
        }
    }
}

/// What greets somebody after an episode.
fn delivery(settings: &Settings, person: &Person, episode: &Episode, at: DateTime<Utc>) -> Delivery {
    let to = Place::direct(person);
    Delivery {
        id: DeliveryId::new(format_args!("{}/greet/{person}", settings.slug), &to),
        to,
        room: Room::Channel,
        class: Class::Announcement,
        at,
        not_before: Some(at),
        // A day later it is no answer to the hour any more.
        expires: Some(at + chrono::Duration::days(1)),
        work: Work::Greet { member: person.clone(), episode: episode.id.clone() },
    }
}

fn wants(member: &Member) -> bool {
    member.person.platform == Platform::Discord && member.wishes.welcome && member.greeted.is_none()
}

/// Lays it out with somebody's first post.
pub(crate) fn follow(chat: &Chat, mut decision: Decision) -> Decision {
    let first = decision.changes.iter().find_map(|change| match change {
        Change::Filed(filed) if filed.first_time => Some(filed),
        _ => None,
    });
    let Some(filed) = first else { return decision };
    let Some(episode) = chat.episodes.iter().find(|episode| episode.id == filed.episode) else {
        return decision;
    };
    let author = &filed.post.author.person;
    // Of whose account on X it is only their name is known here; what they want is looked at when it is due.
    let own = chat.seen.member.as_ref().filter(|member| member.person == *author && wants(member));
    let linked = chat.seen.linked.as_ref().filter(|member| member.platform == Platform::Discord);
    // And with this very post it may become theirs.
    let proves = |member: &Member| {
        let linked = |change: &Change| matches!(change, Change::Linked { account, member: of } if account == author && *of == member.person);
        decision.changes.iter().any(linked)
    };
    let own = own.or_else(|| chat.seen.claimant.as_ref().filter(|member| wants(member) && proves(member)));
    let greeted = match (own, linked) {
        (Some(member), _) => Some(delivery(
            &chat.settings,
            &member.person,
            episode,
            moment(&chat.settings, member, episode.ends()),
        )),
        (None, Some(person)) => {
            Some(delivery(&chat.settings, person, episode, episode.ends() + Settings::DOORS_LATE))
        }
        (None, None) => None,
    };
    decision.effects.extend(greeted);
    decision
}

/// The same where somebody spoke first, and joins or asks for it in the same hour.
pub(crate) fn near(chat: &Chat, member: &Member, now: DateTime<Utc>) -> Option<Delivery> {
    let spoke = chat.seen.participant.as_ref().filter(|p| p.person == member.person && wants(member))?;
    let episode =
        chat.episodes.iter().find(|episode| episode.id == spoke.first && spoke.latest == episode.id)?;
    let at = moment(&chat.settings, member, ended(episode));
    (at > now).then(|| delivery(&chat.settings, &member.person, episode, at))
}

/// When an episode was over, or will be.
fn ended(episode: &Episode) -> DateTime<Utc> {
    match episode.state {
        State::Closed { at } => at,
        _ => episode.ends(),
    }
}

/// Whether what greets somebody is due, and until when it waits where it is not: the hour went on for longer, or
/// their quiet hours are others by now.
pub fn due(
    settings: &Settings,
    episode: &Episode,
    member: &Member,
    now: DateTime<Utc>,
) -> Result<(), DateTime<Utc>> {
    let at = moment(settings, member, ended(episode)).max(if episode.is_ahead() {
        // It is not over yet.
        now + chrono::Duration::minutes(1)
    } else {
        DateTime::<Utc>::MIN_UTC
    });
    // Who was kept waiting for longer, by an outage, may be in their quiet hours by now.
    let at = at.max(out_of_quiet(settings, member, now));
    if at <= now { Ok(()) } else { Err(at) }
}

/// What greets a member after their first hour, as the reply; none where it is not wanted any more, or they were
/// greeted before. [`crate::Seen::came_first`] is the truth about the hour.
pub(crate) fn greeted(chat: &Chat, id: &EpisodeId, now: DateTime<Utc>) -> Decision {
    let Some(known) = &chat.seen.member else { return Decision::default() };
    let episode = chat.episodes.iter().find(|episode| episode.id == *id);
    let before = known.greeted.as_ref().is_some_and(|before| before != id);
    let settings = &chat.settings;
    let over = episode.is_some_and(|episode| matches!(episode.state, State::Closed { .. }));
    if settings.retired
        || !over
        || !known.wishes.welcome
        || before
        || !chat.seen.came_first
        || chat.seen.bar.is_some()
    {
        return Decision::default();
    }
    let next = steer::next_after(chat, now);
    let reply = Some(Reply::Said(words::greeting(settings, known, next, now)));
    if known.greeted.is_some() {
        // Noted by whoever tried before.
        return Decision { reply, ..Decision::default() };
    }
    let member = Member { greeted: Some(id.clone()), ..known.clone() };
    Decision {
        // Where the next hour is near, its nudge would have been laid out by now.
        effects: personal::near(chat, &member, now),
        changes: vec![Change::Member(member)],
        reply,
        ..Decision::default()
    }
}

/// Whether an episode is the one before which somebody is nudged, though they asked for no reminder: the next one
/// after they were greeted, once.
pub(crate) fn is_nudged(member: &Member, episode: &EpisodeId) -> bool {
    let first = member.greeted.as_ref().is_some_and(|first| first != episode);
    let once = member.nudged.as_ref().is_none_or(|nudged| nudged == episode);
    member.wishes.welcome && member.wishes.remind.is_none() && first && once
}

/// The nudge before somebody's second hour, as the reply; none where it is not wanted any more: they asked for a
/// reminder since, or were here again.
pub(crate) fn nudged(chat: &Chat, id: &EpisodeId, now: DateTime<Utc>) -> Decision {
    let Some(known) = chat.seen.member.as_ref().filter(|known| is_nudged(known, id)) else {
        return Decision::default();
    };
    let Some(episode) = chat.episodes.iter().find(|episode| episode.id == *id) else {
        return Decision::default();
    };
    let mut spoke = [&chat.seen.participant, &chat.seen.also].into_iter().flatten();
    if spoke.any(|spoke| Some(&spoke.latest) != known.greeted.as_ref()) {
        return Decision::default();
    }
    let reply = Some(Reply::Said(words::nudge_back(&chat.settings, episode, known, now)));
    let noted = known.nudged.is_some();
    let member = Member { nudged: Some(id.clone()), ..known.clone() };
    let changes = if noted { Vec::new() } else { vec![Change::Member(member)] };
    Decision { changes, reply, ..Decision::default() }
}

/// A direct message to a member was refused: nobody writes to them again until they ask for it, and they are
/// told where they see it.
pub(crate) fn closed(known: &Member) -> Option<Member> {
    let wishes = &known.wishes;
    let notice = match (wishes.remind, wishes.welcome) {
        (Some(_), _) => Notice::Closed,
        (None, true) => Notice::Unmet,
        (None, false) => return None,
    };
    let wishes = Wishes { remind: None, welcome: false, ..wishes.clone() };
    Some(Member { wishes, untold: vec![notice], ..known.clone() })
}

//! `rehearse`: an episode's moments, said in one channel that an organiser names, a few seconds apart.

use chrono::{DateTime, Duration, Utc};

use super::{Draft, ahead, live_episode, planning, setting};
use crate::action::Action;
use crate::agenda::{Episode, State};
use crate::command::{ChannelTyped, Command, On, Rehearse, RoomTyped};
use crate::copy::reply as words;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{EpisodeId, Place, Platform};
use crate::rehearsal::{self, CLEAR, LATEST, MOST, Rehearsal, SOON, USUAL};
use crate::settings::Settings;
use crate::text::{Message, Span, TimeStyle};
use crate::{Asking, Change, Chat, Decision, Event, Refusal};

/// How many stand-ins there are for questions that nobody has written yet.
const STAND_INS: u32 = 3;

pub(super) fn rehearse(draft: Draft<'_>, how: &Rehearse) -> Result<Decision, Refusal> {
    match how {
        Rehearse::Stop => stop(draft),
        Rehearse::Play { room, length, on } => {
            let episode = target(&draft, on.as_ref())?;
            match room {
                None => where_to(draft, &episode),
                Some(room) => {
                    let place = place_of(&draft.settings, draft.asking, room)?;
                    play(draft, place, *length, episode)
                }
            }
        }
    }
}

/// The button under a preview.
pub(super) fn asked(draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let episode = of_name(&draft, id)?;
    where_to(draft, &episode)
}

/// The button under the question where.
pub(super) fn there(draft: Draft<'_>, id: &EpisodeId) -> Result<Decision, Refusal> {
    let episode = of_name(&draft, id)?;
    match rehearse_in(&draft.settings, draft.chat.seen.rehearsal.as_ref()) {
        Some(place) => play(draft, place, None, episode),
        None => where_to(draft, &episode),
    }
}

/// The channel that is offered for a rehearsal: that of the last one, else the desk.
fn rehearse_in(settings: &Settings, last: Option<&Rehearsal>) -> Option<Place> {
    let last = last.map(|rehearsal| rehearsal.place.clone());
    // Since then it may have become a room of the chat.
    let free = |place: &Place| settings.destination(place).is_none();
    last.filter(free).or_else(|| settings.desk.clone().filter(free))
}

/// Asks for a channel, and offers one.
fn where_to(draft: Draft<'_>, episode: &Episode) -> Result<Decision, Refusal> {
    if draft.settings.retired {
        return Err(Refusal::Retired);
    }
    if let Some(plays) = playing(&draft) {
        return Ok(draft.answer(plays));
    }
    let offered = rehearse_in(&draft.settings, draft.chat.seen.rehearsal.as_ref());
    let mut message: Message = words::rehearse_where(&draft.settings, episode, offered.as_ref(), draft.now);
    if offered.is_some() {
        message = message.button("Play it there", Action::RehearseThere(episode.id.clone()));
    }
    Ok(draft.answer(message))
}

/// What is said while another rehearsal plays, with both ways out.
fn playing(draft: &Draft<'_>) -> Option<Message> {
    let plays = draft.chat.seen.rehearsal.as_ref().filter(|r| r.plays(draft.now))?;
    let message = words::rehearsal_plays(&draft.settings, plays);
    Some(message.button("Stop it", Action::StopRehearsal(draft.settings.slug.clone())))
}

/// The channel that was named.
fn place_of(settings: &Settings, asking: &Asking, room: &RoomTyped) -> Result<Place, Refusal> {
    match room {
        RoomTyped::Slack(ChannelTyped::Id { id, .. }) => {
            Ok(Place::new(Platform::Slack, settings.workspace.clone(), id.clone()))
        }
        RoomTyped::Slack(ChannelTyped::Name(name)) => Err(Refusal::ChannelByName(name.clone())),
        // Earshot may be in servers of other people's chats. Which one a channel is in only its link says, and
        // whoever forges one could post there: so the name of a server that is not the chat's stops here.
        RoomTyped::Discord { server, channel } => match settings.on(Platform::Discord).next() {
            None => Err(Refusal::NotConnected(Platform::Discord)),
            Some(_) if settings.on(Platform::Discord).any(|to| to.place.home == *server) => {
                Ok(Place::new(Platform::Discord, server.clone(), channel.clone()))
            }
            Some(_) => Err(Refusal::OtherServer),
        },
        RoomTyped::On(Platform::X) => Err(Refusal::NoRehearsalOnX),
        RoomTyped::On(platform) => Err(Refusal::RehearseWhere(*platform)),
        RoomTyped::Here => asking.place.clone().ok_or(Refusal::NotHere),
    }
}

/// The channel that an event wants a rehearsal in, for whoever looks up who speaks there. `last` is the chat's
/// last rehearsal.
pub fn rehearsal_wanted(settings: &Settings, last: Option<&Rehearsal>, event: &Event) -> Option<Place> {
    match event {
        Event::Commanded(asking, Command::Rehearse(Rehearse::Play { room: Some(room), .. })) => {
            place_of(settings, asking, room).ok()
        }
        Event::Pressed(_, Action::RehearseThere(_)) => rehearse_in(settings, last),
        _ => None,
    }
}

/// The episode that is rehearsed: of the day named, else the next.
fn target(draft: &Draft<'_>, on: Option<&On>) -> Result<Episode, Refusal> {
    match on {
        Some(on) => draft.named(on),
        None => ahead(draft.chat).next().cloned().map_or_else(|| draft.make_next(), Ok),
    }
}

/// An episode by its name, also one that was previewed before it was planned.
fn of_name(draft: &Draft<'_>, id: &EpisodeId) -> Result<Episode, Refusal> {
    match draft.chat.episodes.iter().find(|e| e.id == *id) {
        Some(episode) if episode.is_ahead() => Ok(episode.clone()),
        None if id.planned > draft.now => Ok(Episode::planned(id.clone(), draft.settings.length)),
        Some(_) | None => Err(Refusal::Expired),
    }
}

fn play(
    mut draft: Draft<'_>,
    place: Place,
    length: Option<Duration>,
    mut episode: Episode,
) -> Result<Decision, Refusal> {
    let (now, settings) = (draft.now, draft.settings.clone());
    if let Some(plays) = playing(&draft) {
        return Ok(draft.answer(plays));
    }
    if settings.destination(&place).is_some() {
        return Err(Refusal::OwnRoom);
    }
    if let Some(hashtag) = &draft.chat.seen.spoken_for {
        return Err(Refusal::OthersRoom(hashtag.clone()));
    }
    if live_episode(draft.chat).is_some() {
        return Err(Refusal::RehearseLive);
    }
    let unwritten = episode.questions.is_empty();
    if unwritten {
        for n in 1..=STAND_INS {
            episode.add_question(&words::stand_in(n));
        }
    }
    if episode.state == State::Planned {
        episode.arrange(&settings.cadence, None, now);
    }
    let (said, left_out) = shortened(said(draft.chat, &settings, &place, &episode, now));
    let due: Vec<DateTime<Utc>> = said.iter().map(|(at, _)| *at).collect();
    let paced = rehearsal::paced(&due, length.unwrap_or(USUAL));
    let moments: Vec<DateTime<Utc>> = paced.iter().map(|after| now + SOON + *after).collect();
    let takes = paced.last().copied().unwrap_or_default();
    let ends = now + SOON + takes;
    let opens = ahead(draft.chat).map(|e| e.starts).min().filter(|opens| *opens < ends + CLEAR);
    if let Some(opens) = opens {
        let over = |minutes: i64| {
            let paced = rehearsal::paced(&due, Duration::minutes(minutes));
            now + SOON + paced.last().copied().unwrap_or_default() + CLEAR <= opens
        };
        let fits = (1..takes.num_minutes()).rev().find(|minutes| over(*minutes)).map(Duration::minutes);
        return Err(Refusal::RehearseTooLate { opens, takes, fits });
    }
    let run = draft.asking.key.clone();
    for (n, ((due, message), at)) in (1..).zip(said.iter().zip(&moments)) {
        let at = *at;
        draft.decision.effects.push(Delivery {
            id: rehearsal::name(&settings, &run, n, &place),
            to: place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            at,
            not_before: Some(at),
            expires: Some(ends + LATEST),
            work: Work::Announce(as_rehearsed(&settings, *due, message.clone(), now)),
        });
    }
    let version = draft.chat.seen.rehearsal.as_ref().map_or(0, |last| last.version);
    let (id, starts) = (episode.id.clone(), episode.starts);
    let rehearsal = Rehearsal { run, place, episode: id, starts, moments, on: true, version };
    let played = words::Played { moments: said.len(), left_out, takes, unwritten };
    let reply = words::rehearsing(&settings, &episode, &rehearsal.place, played, now);
    if settings.desk.as_ref() != Some(&rehearsal.place) {
        draft.tell(words::did_rehearse(&settings, &episode, &rehearsal.place, now));
    }
    draft.decision.changes.push(Change::Rehearsal(rehearsal));
    let stop = Action::StopRehearsal(settings.slug.clone());
    Ok(draft.answer(reply.button("Stop", stop)))
}

/// What is said in a place at each moment of an episode: the texts of its preview, in the layout that the chat's
/// rooms of that platform have.
fn said(
    chat: &Chat,
    settings: &Settings,
    place: &Place,
    episode: &Episode,
    now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, Message)> {
    // The other rooms stay: some words name them, as the close names X.
    let mut shown = settings.clone();
    match shown.destinations.iter_mut().find(|to| to.place.platform == place.platform) {
        Some(like) => like.place = place.clone(),
        None => shown.destinations.push(setting::destination(place.clone(), String::new())),
    }
    let moments = planning::moments_in(chat, &shown, episode, now, |to| to == place).into_iter();
    let said = moments.flat_map(|moment| moment.said.into_iter().map(move |(_, _, said)| (moment.at, said)));
    said.filter(|(_, message)| !message.text.is_empty()).collect()
}

/// Of too many moments the first and the last; and how many were left out.
fn shortened(mut said: Vec<(DateTime<Utc>, Message)>) -> (Vec<(DateTime<Utc>, Message)>, usize) {
    let left_out = said.len().saturating_sub(MOST);
    let close = said.split_off(said.len().saturating_sub(1));
    said.truncate(MOST.saturating_sub(close.len()));
    said.extend(close);
    (said, left_out)
}

/// A message as it stands in a rehearsal: marked, with the time of the night, and without anything that counts.
fn as_rehearsed(settings: &Settings, due: DateTime<Utc>, message: Message, now: DateTime<Utc>) -> Message {
    let mut text = words::rehearsal_mark(settings, due, now);
    text.0.extend(message.text.0.into_iter().map(|span| match span {
        // In a rehearsal a role is named, not pinged.
        Span::Role(_) => Span::Plain("@members".to_owned()),
        // "In 10 minutes", and not in the days that it is from now.
        Span::Time { style: TimeStyle::Relative, local, .. } => Span::Plain(local),
        other => other,
    }));
    let mut buttons = message.buttons;
    for button in &mut buttons {
        button.action = Action::Rehearsed(Box::new(button.action.clone()));
    }
    Message { text, buttons, ping: None }
}

pub(super) fn stop(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let plays = draft.chat.seen.rehearsal.clone().filter(|r| r.plays(draft.now));
    let rehearsal = plays.ok_or(Refusal::NotRehearsing)?;
    let reply = words::rehearsal_stopped(&rehearsal, draft.now);
    draft.tell(words::did_stop_rehearsing());
    draft.decision.changes.push(Change::Rehearsal(Rehearsal { on: false, ..rehearsal }));
    Ok(draft.answer(reply))
}

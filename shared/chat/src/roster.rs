//! Members and those who take part from a room: joining, leaving, answering.

use chrono::{DateTime, Utc};

use crate::agenda::State;
use crate::command::MemberCommand;
use crate::copy::reply as words;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::door::{self, Passed};
use crate::member::Member;
use crate::mirror;
use crate::name::{DeliveryId, EpisodeId, Platform, PostId, QuestionId};
use crate::post::{Author, FiledBy, Post};
use crate::reply::Reply;
use crate::{Asking, Change, Chat, Decision, Refusal, bank, muted};

/// A member's command in Discord.
pub(crate) fn member(
    chat: &Chat,
    asking: &Asking,
    command: &MemberCommand,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    match command {
        MemberCommand::Join => join(chat, asking, now),
        MemberCommand::Leave => Ok(leave(chat, asking, now)),
        MemberCommand::When => Ok(said(words::when(chat, now))),
        MemberCommand::Questions => Ok(said(words::questions_asked(chat, now))),
        MemberCommand::Suggest { text } => bank::suggest(chat, asking, text.as_deref(), now),
        MemberCommand::Suggestions => bank::suggestions(chat, asking),
        MemberCommand::Help => Ok(said(words::member_help(&chat.settings))),
        // A right code was turned into `Connected` before it came here.
        MemberCommand::Connect { .. } => Err(Refusal::BadCode),
    }
}

fn said(message: impl Into<crate::text::Message>) -> Decision {
    Decision { reply: Some(Reply::Said(message.into())), ..Decision::default() }
}

/// Joins: keeps a record, gives the role where there is one, answers warmly.
pub(crate) fn join(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    let home = asking.place.as_ref().map(|p| p.home.clone()).unwrap_or_default();
    let known = chat.seen.member.as_ref();
    let member = Member {
        person: asking.by.clone(),
        name: asking.name.clone(),
        home,
        joined: known.map_or(now, |m| m.joined),
    };
    let again = known.is_some();
    Ok(Decision {
        changes: vec![Change::Joined(member)],
        effects: roles(chat, asking, true, now),
        reply: Some(Reply::Said(words::joined(chat, &asking.name, again, now))),
        ..Decision::default()
    })
}

/// Leaves: the record goes, and the role with it.
pub(crate) fn leave(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Decision {
    if chat.seen.member.is_none() {
        return said(words::was_no_member(&chat.settings));
    }
    Decision {
        changes: vec![Change::Left(asking.by.clone())],
        effects: roles(chat, asking, false, now),
        reply: Some(Reply::Said(words::left(&chat.settings, &asking.name))),
        ..Decision::default()
    }
}

fn roles(chat: &Chat, asking: &Asking, grant: bool, now: DateTime<Utc>) -> Vec<Delivery> {
    let here = asking.place.as_ref();
    chat.settings
        .on(Platform::Discord)
        .filter(|d| {
            here.is_some_and(|place| place.platform == Platform::Discord && place.home == d.place.home)
        })
        .filter_map(|d| Some((d, d.role.clone()?)))
        .map(|(d, role)| Delivery {
            id: DeliveryId::new(
                format_args!("{}/role/{}/{}", chat.settings.slug, asking.by, asking.key),
                &d.place,
            ),
            to: d.place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            at: now,
            not_before: None,
            expires: None,
            work: Work::Role { member: asking.by.clone(), role, grant },
        })
        .collect()
}

/// The Answer button: the form, if the question can still be answered.
pub(crate) fn answer_form(
    chat: &Chat,
    episode: &EpisodeId,
    question: Option<QuestionId>,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let (episode, position) = answerable(chat, episode, question, now)?;
    carried(chat)?;
    let form = words::answer_form(&chat.settings, episode, question.zip(position));
    Ok(Decision { reply: Some(Reply::Form(form)), ..Decision::default() })
}

/// The answer itself: it counts like a post on X, under the person's name, in every room.
pub(crate) fn answer(
    chat: &Chat,
    asking: &Asking,
    episode: &EpisodeId,
    question: Option<QuestionId>,
    text: &str,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let (episode, position) = answerable(chat, episode, question, now)?;
    carried(chat)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    let post = Post {
        id: PostId { source: asking.by.platform, id: asking.key.clone() },
        version: asking.key.clone(),
        versions: vec![asking.key.clone()],
        author: Author {
            person: asking.by.clone(),
            name: asking.name.clone(),
            handle: None,
            picture: asking.picture.clone(),
        },
        text: text.to_owned(),
        at: now,
        hashtags: Vec::new(),
        replies_to: None,
        is_repost: false,
        quoted: None,
        media: Vec::new(),
        link: None,
    };
    if muted::is_in_post(&chat.settings.muted, &post) {
        return Err(Refusal::Muted);
    }
    let taken = mirror::take(chat, episode, &post, question.map(|q| (q, FiledBy::Answer)));
    let (mut decision, passed) = door::pass(chat, episode, taken, now);
    decision.reply = Some(Reply::Said(match passed {
        Passed::Carried => words::answered(&chat.settings, &asking.name, position),
        Passed::TooFast => words::answered_too_fast(&asking.name, position),
        Passed::Waits => words::answer_waits(&chat.settings, &asking.name, position),
    }));
    Ok(decision)
}

/// Whether the one who answers is carried at all.
fn carried(chat: &Chat) -> Result<(), Refusal> {
    chat.seen.bar.as_ref().map_or(Ok(()), |bar| Err(Refusal::Barred(bar.why)))
}

fn answerable<'a>(
    chat: &'a Chat,
    episode: &EpisodeId,
    question: Option<QuestionId>,
    now: DateTime<Utc>,
) -> Result<(&'a crate::agenda::Episode, Option<u32>), Refusal> {
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    let episode = chat.episodes.iter().find(|e| &e.id == episode).ok_or(Refusal::Over)?;
    // An answer in a room counts as long as a late one on X does.
    let open = match episode.state {
        State::Closed { at } => now <= at + crate::settings::Settings::LATE_ANSWERS,
        State::Cancelled => false,
        State::Planned | State::Open | State::Paused { .. } => true,
    };
    if !open {
        return Err(Refusal::Over);
    }
    let position = match question {
        None => None,
        Some(id) => Some(episode.position(id).ok_or(Refusal::Over)?),
    };
    Ok((episode, position))
}

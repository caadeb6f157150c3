//! The question bank: what people suggest, what others would like to be asked, and what was asked before.
//!
//! A suggestion is one row with its votes in it. A row for each vote would let two people vote at the same
//! instant without one of them deciding anew; but then a suggestion that is taken back would leave hundreds of
//! rows to be removed with it, and a list of them would read all of those.
//!
//! What was asked before is read from the episodes themselves, which stay: a memory beside them would be a
//! second truth, to be kept up by `fix` and by whoever forgets somebody, and would know nothing of the years
//! before it was there.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};

use crate::action::Action;
use crate::agenda::{self, Credit, Episode, Question};
use crate::alike::Gist;
use crate::copy::announce::{self as saying, Scene};
use crate::copy::reply as words;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{BadName, DeliveryId, EpisodeId, Person, QuestionId};
use crate::reply::Reply;
use crate::settings::Settings;
use crate::text::Message;
use crate::{Asking, Change, Chat, Decision, Refusal, muted, name, steer, weigh};

/// So many suggestions of one person wait at most.
pub const MOST_OF_ONE: usize = 5;
/// So many wait in a chat at most: no organiser reads more, and nobody is to fill the table.
pub const MOST: usize = 200;
/// How many are shown at once: with two buttons each, two even rows of five.
pub const PAGE: usize = 5;
/// How long what organisers put aside can be brought back, and what was accepted goes back when its question
/// is dropped: so long after the hour it was accepted for.
pub const REMEMBERED: Duration = Duration::days(30);
/// How far back a question is compared with what was asked.
pub const MEMORY: Duration = Duration::days(2 * 366);

/// A suggestion's name: derived from who made it and what it says, so that the same form sent twice is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdeaId(u64);

impl IdeaId {
    /// The name of what somebody suggests. Capitals and punctuation make no other suggestion of it.
    pub fn of(by: &Person, text: &str) -> IdeaId {
        let gist = Gist::of(text);
        let letters = if gist.letters().is_empty() { text } else { gist.letters() };
        IdeaId(name::fold(&format!("{by}\n{letters}")))
    }
}

impl fmt::Display for IdeaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for IdeaId {
    type Err = BadName;

    fn from_str(s: &str) -> Result<IdeaId, BadName> {
        let written = s.len() == 16 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(s, 16).ok().filter(|_| written);
        number.map(IdeaId).ok_or_else(|| BadName(s.to_owned()))
    }
}

/// A question that somebody suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idea {
    /// Its name.
    pub id: IdeaId,
    /// The question, in one line.
    pub text: String,
    /// Who suggested it.
    pub by: Person,
    /// The name they showed then.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub state: State,
    /// Who would like it to be asked, beside the one who suggested it.
    pub votes: Vec<Person>,
    /// Until when it is remembered, by the chat's clock; `None` while it waits.
    pub until: Option<DateTime<Utc>>,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

/// What became of a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It waits for votes, and for an organiser.
    Waiting,
    /// It is a question of an episode.
    Accepted(EpisodeId, QuestionId),
    /// Organisers will not ask it.
    Aside,
}

impl Idea {
    pub(crate) fn waits(&self) -> bool {
        self.state == State::Waiting
    }

    /// Whether it counts as gone, although its row may still be there.
    pub(crate) fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    pub(crate) fn has_vote_of(&self, person: &Person) -> bool {
        self.votes.contains(person)
    }

    pub(crate) fn accepted(&self, episode: &Episode, question: QuestionId, now: DateTime<Utc>) -> Idea {
        Idea {
            state: State::Accepted(episode.id.clone(), question),
            until: Some(episode.starts.max(now) + REMEMBERED),
            ..self.clone()
        }
    }

    pub(crate) fn waiting_again(&self) -> Idea {
        Idea { state: State::Waiting, until: None, ..self.clone() }
    }
}

/// Those that wait, the most wanted first, then the oldest.
pub(crate) fn waiting(chat: &Chat) -> Vec<&Idea> {
    let mut waiting: Vec<&Idea> = chat.seen.ideas.iter().filter(|idea| idea.waits()).collect();
    waiting.sort_by_key(|idea| (std::cmp::Reverse(idea.votes.len()), idea.at, idea.id));
    waiting
}

pub(crate) fn find(chat: &Chat, id: IdeaId) -> Option<&Idea> {
    chat.seen.ideas.iter().find(|idea| idea.id == id)
}

/// A suggestion that waits.
fn find_waiting(chat: &Chat, id: IdeaId) -> Result<&Idea, Refusal> {
    find(chat, id).filter(|idea| idea.waits()).ok_or(Refusal::IdeaGone)
}

// ---- what was asked before

/// A question that was asked, or is to be, in nearly the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Where it stands in its hour.
    pub position: u32,
    /// When that hour starts, or started.
    pub starts: DateTime<Utc>,
    /// Its words.
    pub text: String,
    /// Whether it was asked.
    pub asked: bool,
    /// How near it is.
    pub how: Near,
}

/// How near another question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Word for word, and at the same place: on X it is the same text, which X refuses.
    Twin,
    /// Word for word.
    Same,
    /// Nearly.
    Nearly,
}

/// What a question is compared for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared<'a> {
    /// Its words.
    pub(crate) text: &'a str,
    /// Where it stands itself, if it does: there it is not found.
    pub(crate) itself: Option<(&'a EpisodeId, QuestionId)>,
    /// At which place it is to be asked, if that is known.
    pub(crate) position: Option<u32>,
    /// Whether what is still to be asked may be pointed at: not to people who steer nothing.
    pub(crate) ahead: bool,
}

/// The question that is most like this one: among those asked in the episodes that were loaded, and those
/// ahead. The same text on X comes first, then the nearest, then the latest.
pub(crate) fn earlier(chat: &Chat, compared: &Compared<'_>) -> Option<Earlier> {
    let gist = Gist::of(compared.text);
    let mut found: Vec<(usize, Earlier)> = Vec::new();
    let past = chat.seen.past.iter().filter(|e| chat.episodes.iter().all(|known| known.id != e.id));
    for episode in chat.episodes.iter().chain(past) {
        let here = compared.itself.filter(|(id, _)| **id == episode.id);
        for (question, position) in episode.questions.iter().zip(1..) {
            let asked = question.asked.is_some();
            let shown = asked || (compared.ahead && episode.is_ahead());
            if !shown || here.is_some_and(|(_, id)| id == question.id) {
                continue;
            }
            let other = Gist::of(&question.text);
            let (score, how) = match gist.is_same(&other) {
                // Twice within an hour it has two numbers.
                true if compared.position == Some(position) && here.is_none() => (102, Near::Twin),
                true => (101, Near::Same),
                false if gist.is_near(&other) => (gist.nearness(&other), Near::Nearly),
                false => continue,
            };
            let (starts, text) = (episode.starts, question.text.clone());
            found.push((score, Earlier { position, starts, text, asked, how }));
        }
    }
    found.into_iter().max_by_key(|(score, e)| (*score, e.asked, e.starts)).map(|(_, earlier)| earlier)
}

/// Who suggested a question is still named once it was put in other words, as long as those are nearly theirs.
pub(crate) fn still_theirs(was: &Question, text: &str) -> Option<Credit> {
    was.from.clone().filter(|_| Gist::of(&was.text).is_near(&Gist::of(text)))
}

/// Suggestions follow their questions, in the same commit: whose question was dropped, or is undone, waits
/// again; whose question is back is accepted.
pub(crate) fn follow(chat: &Chat, mut decision: Decision, now: DateTime<Utc>) -> Decision {
    let mut follows = Vec::new();
    for idea in &chat.seen.ideas {
        let written = |change: &Change| match change {
            Change::Idea(other) | Change::IdeaGone(other) => other.id == idea.id,
            _ => false,
        };
        if decision.changes.iter().any(written) {
            continue;
        }
        let changed = decision.changes.iter().filter_map(|change| match change {
            Change::Episode(episode) => Some(episode),
            _ => None,
        });
        let asks = |episode: &Episode| {
            let of_idea = |q: &&Question| q.from.as_ref().is_some_and(|from| from.idea == idea.id);
            // Also one in reserve: it may be asked yet.
            episode.questions.iter().chain(&episode.spares).find(of_idea).map(|q| q.id)
        };
        let (mut gone, mut back) = (false, None);
        for episode in changed {
            match (asks(episode), &idea.state) {
                (Some(question), state) if *state != State::Accepted(episode.id.clone(), question) => {
                    back = Some(idea.accepted(episode, question, now));
                }
                (None, State::Accepted(id, _)) if *id == episode.id => gone = true,
                _ => {}
            }
        }
        follows.extend(back.or_else(|| gone.then(|| idea.waiting_again())).map(Change::Idea));
    }
    decision.changes.extend(follows);
    decision
}

// ---- what anybody may do

fn said(message: impl Into<Message>) -> Decision {
    Decision { reply: Some(Reply::Said(message.into())), ..Decision::default() }
}

/// Who is not carried here has no say in what is asked either.
fn may_take_part(chat: &Chat) -> Result<(), Refusal> {
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    chat.seen.bar.as_ref().map_or(Ok(()), |bar| Err(Refusal::Barred(bar.why)))
}

/// `suggest`: keeps a question, or opens the form for one.
pub(crate) fn suggest(
    chat: &Chat,
    asking: &Asking,
    text: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    may_take_part(chat)?;
    match text {
        Some(text) => suggested(chat, asking, text, now),
        None => Ok(Decision {
            reply: Some(Reply::Form(words::suggest_form(&chat.settings))),
            ..Decision::default()
        }),
    }
}

/// Keeps a question that somebody suggests, as it would be asked.
pub(crate) fn suggested(
    chat: &Chat,
    asking: &Asking,
    text: &str,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    may_take_part(chat)?;
    if weigh::is_blank(text) {
        return Err(Refusal::Empty);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // At which place it will stand nobody knows; no number is longer than this.
    let on_x = saying::question_on_x(&chat.settings.hashtag, 99, &text);
    steer::check_x(&on_x).map_err(|refused| match refused {
        Refusal::TooLong { over, .. } => Refusal::IdeaTooLong(over),
        Refusal::Link(link) => Refusal::IdeaLink(link),
        other => other,
    })?;
    if muted::is_in(&chat.settings.muted, &text) {
        return Err(Refusal::Muted);
    }
    let id = IdeaId::of(&asking.by, &text);
    let known = find(chat, id);
    if let Some(known) = known.filter(|known| !known.is_forgotten(now)) {
        // Also where organisers put it aside: of that nobody hears.
        return Ok(said(words::suggested_already(&chat.settings, asking, known.waits())));
    }
    let all = waiting(chat);
    if all.iter().filter(|idea| idea.by == asking.by).count() >= MOST_OF_ONE {
        return Err(Refusal::TooManyIdeas);
    }
    if all.len() >= MOST {
        return Err(Refusal::BankFull);
    }
    let idea = Idea {
        id,
        text,
        by: asking.by.clone(),
        name: asking.name.clone(),
        at: now,
        state: State::Waiting,
        votes: Vec::new(),
        until: None,
        version: known.map_or(0, |forgotten| forgotten.version),
    };
    let compared = Compared { text: &idea.text, itself: None, position: None, ahead: false };
    let earlier = earlier(chat, &compared);
    let gist = Gist::of(&idea.text);
    let twin = all.iter().find(|other| other.by != idea.by && gist.is_near(&Gist::of(&other.text)));
    let slug = &chat.settings.slug;
    let mut message = words::suggested(&chat.settings, asking, &idea);
    if let Some(earlier) = &earlier {
        message = words::nearly(message, &chat.settings, earlier, now);
    }
    if let Some(twin) = twin {
        message = words::nearly_suggested(message, twin);
        if !twin.has_vote_of(&asking.by) {
            message = message.button("Vote for that one", Action::Vote(slug.clone(), twin.id));
        }
    }
    let message = message.button("Take it back", Action::TakeBack(slug.clone(), id));
    let effects = told(chat, all.len() + 1, now);
    Ok(Decision {
        changes: vec![Change::Idea(idea)],
        effects,
        reply: Some(Reply::Said(message)),
        ..Decision::default()
    })
}

/// One quiet line for organisers, once a day however many come: it is called by its day, and what is called
/// like something that was sent is not sent. Not during the hour, when nobody has time for it.
fn told(chat: &Chat, waiting: usize, now: DateTime<Utc>) -> Vec<Delivery> {
    let today = crate::copy::local_date(chat.settings.zone, now);
    let message = Message::from(words::ideas_wait(waiting));
    let mut told = steer::at_the_desk(&chat.settings, &format!("ideas/{today}"), &message, now);
    let live = steer::live_episode(chat).map(agenda::Episode::ends);
    for note in &mut told {
        note.not_before = live;
    }
    told
}

/// `suggestions`: what waits, for the one who asks.
pub(crate) fn suggestions(chat: &Chat, asking: &Asking) -> Result<Decision, Refusal> {
    may_take_part(chat)?;
    Ok(said(listed(chat, asking, 0)))
}

/// What waits from one rank on, each with what the one who asks can do about it.
fn listed(chat: &Chat, asking: &Asking, from: usize) -> Message {
    let all = waiting(chat);
    let (page, more) = page(&all, from);
    let mut message = words::suggestions(&chat.settings, asking, all.len(), &page);
    let slug = &chat.settings.slug;
    for (rank, idea) in page {
        let (label, action) = if idea.by == asking.by {
            (format!("{rank}: take back"), Action::TakeBack(slug.clone(), idea.id))
        } else if idea.has_vote_of(&asking.by) {
            (format!("{rank}: unvote"), Action::Unvote(slug.clone(), idea.id))
        } else {
            (format!("{rank}: vote"), Action::Vote(slug.clone(), idea.id))
        };
        message = message.button(label, action);
    }
    match more {
        Some(next) => message.button("More", Action::Suggestions(slug.clone(), next)),
        None => message,
    }
}

/// The page that a rank is on, counted from 0, with each one's rank from 1, and where the next page begins.
/// Past the end it is the first: what stood there is gone.
fn page<'a>(all: &[&'a Idea], from: usize) -> (Vec<(usize, &'a Idea)>, Option<u32>) {
    let from = if from < all.len() { from } else { 0 };
    let page = all.iter().copied().enumerate().skip(from).take(PAGE).map(|(n, idea)| (n + 1, idea));
    let next = (from + PAGE < all.len()).then(|| u32::try_from(from + PAGE).unwrap_or(0));
    (page.collect(), next)
}

/// The same after a change: what was written is shown as it is now, on the page it is on.
fn listed_after(chat: &Chat, asking: &Asking, decision: &Decision, id: IdeaId) -> Message {
    let after = after(chat, decision);
    let rank = waiting(&after).iter().position(|idea| idea.id == id).unwrap_or(0);
    listed(&after, asking, rank - rank % PAGE)
}

/// The chat's suggestions as they will be.
pub(crate) fn after(chat: &Chat, decision: &Decision) -> Chat {
    let mut chat = chat.clone();
    for change in &decision.changes {
        match change {
            Change::Idea(idea) => {
                chat.seen.ideas.retain(|known| known.id != idea.id);
                chat.seen.ideas.push(idea.clone());
            }
            Change::IdeaGone(idea) => chat.seen.ideas.retain(|known| known.id != idea.id),
            _ => {}
        }
    }
    chat
}

/// A member's press under a list of suggestions.
pub(crate) fn press(chat: &Chat, asking: &Asking, action: &Action) -> Result<Decision, Refusal> {
    may_take_part(chat)?;
    let (id, change) = match action {
        Action::Suggestions(_, from) => {
            let message = listed(chat, asking, usize::try_from(*from).unwrap_or(0));
            return Ok(Decision { reply: Some(Reply::Instead(message)), ..Decision::default() });
        }
        Action::Vote(_, id) => {
            let idea = find_waiting(chat, *id)?;
            if idea.by == asking.by {
                return Err(Refusal::OwnIdea);
            }
            let mut voted = idea.clone();
            voted.votes.push(asking.by.clone());
            (*id, (!idea.has_vote_of(&asking.by)).then_some(Change::Idea(voted)))
        }
        Action::Unvote(_, id) => {
            let idea = find_waiting(chat, *id)?;
            let mut unvoted = idea.clone();
            unvoted.votes.retain(|person| *person != asking.by);
            (*id, idea.has_vote_of(&asking.by).then_some(Change::Idea(unvoted)))
        }
        Action::TakeBack(_, id) => {
            let idea = find_waiting(chat, *id)?;
            if idea.by != asking.by {
                return Err(Refusal::NotYourIdea);
            }
            (*id, Some(Change::IdeaGone(idea.clone())))
        }
        _ => return Err(Refusal::Expired),
    };
    // Pressed twice it is one vote.
    let mut decision = Decision { changes: change.into_iter().collect(), ..Decision::default() };
    decision.reply = Some(Reply::Instead(listed_after(chat, asking, &decision, id)));
    Ok(decision)
}

/// Whether somebody has said or wanted something here that is to go with them.
pub fn is_theirs(idea: &Idea, person: &Person) -> bool {
    idea.by == *person || idea.has_vote_of(person)
}

/// What goes with somebody who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Theirs {
    /// Suggestions of theirs that were not asked.
    pub(crate) ideas: usize,
    /// Their votes.
    pub(crate) votes: usize,
    /// Questions that were asked with their name under them.
    pub(crate) named: usize,
}

/// Counts it. A question that was taken from theirs and is still to be asked counts as what they know it to be: a
/// suggestion.
pub(crate) fn theirs(chat: &Chat, person: &Person, now: DateTime<Utc>) -> Theirs {
    let past = chat.seen.past.iter().filter(|e| chat.episodes.iter().all(|known| known.id != e.id));
    let asked = chat.episodes.iter().chain(past).flat_map(|episode| &episode.questions);
    let asked =
        asked.filter(|question| question.asked.is_some()).filter_map(|question| question.from.as_ref());
    let named: Vec<IdeaId> = asked.filter(|from| from.by == *person).map(|from| from.idea).collect();
    let ideas = chat.seen.ideas.iter().filter(|idea| !idea.is_forgotten(now));
    Theirs {
        ideas: ideas.clone().filter(|idea| idea.by == *person && !named.contains(&idea.id)).count(),
        votes: ideas.filter(|idea| idea.has_vote_of(person)).count(),
        named: named.len(),
    }
}

/// Takes somebody's name from under the questions of an hour that stand in its rooms. On X nothing can be edited
/// from here. Each is called by its question: asked for again, it is done once.
pub fn unnamed(settings: &Settings, episode: &Episode, person: &Person, now: DateTime<Utc>) -> Vec<Delivery> {
    let named = |q: &&Question| q.asked.is_some() && q.from.as_ref().is_some_and(|from| from.by == *person);
    let mut edits = Vec::new();
    for question in episode.questions.iter().filter(named) {
        let Some(position) = episode.position(question.id) else { continue };
        let what = format!("{}/q/{}", episode.id, question.id);
        let nameless = Question { from: None, ..question.clone() };
        edits.extend(settings.rooms().map(|to| Delivery {
            id: DeliveryId::new(format_args!("{what}/unnamed"), &to.place),
            to: to.place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            at: now,
            not_before: None,
            expires: None,
            work: Work::Edit {
                of: DeliveryId::new(&what, &to.place),
                message: saying::question(&Scene::alone(settings, episode, to, now), position, &nameless),
            },
        }));
    }
    edits
}

/// What is left of a suggestion once somebody has gone: nothing of their own, and no vote of theirs.
pub fn without(idea: &Idea, person: &Person) -> Option<Idea> {
    let mut left = idea.clone();
    left.votes.retain(|voter| voter != person);
    (idea.by != *person).then_some(left)
}

// ---- what organisers do

/// What the organisers read of one suggestion.
pub(crate) struct Shown<'a> {
    /// Its rank, from 1.
    pub(crate) rank: usize,
    /// The suggestion.
    pub(crate) idea: &'a Idea,
    /// What it is nearly.
    pub(crate) earlier: Option<Earlier>,
}

/// What waits from one rank on, with where it would be asked.
pub(crate) fn for_organisers(chat: &Chat, episode: &Episode, from: usize, now: DateTime<Utc>) -> Message {
    let all = waiting(chat);
    let (page, more) = page(&all, from);
    let shown: Vec<Shown<'_>> = page
        .into_iter()
        .map(|(rank, idea)| {
            let compared = Compared { text: &idea.text, itself: None, position: None, ahead: true };
            Shown { rank, idea, earlier: earlier(chat, &compared) }
        })
        .collect();
    let mut message = words::ideas(&chat.settings, all.len(), &shown, now);
    let one = all.len() == 1;
    for Shown { rank, idea, .. } in &shown {
        let label = words::ask_idea(&chat.settings, episode, (!one).then_some(*rank), now);
        message = message.main_button(label, Action::AskIdea(episode.id.clone(), idea.id));
    }
    for Shown { rank, idea, .. } in &shown {
        let label = words::not_idea((!one).then_some(*rank));
        message = message.button(label, Action::PutAside(episode.id.clone(), idea.id));
    }
    match more {
        Some(next) => message.button("More", Action::Ideas(episode.id.clone(), next)),
        None => message,
    }
}

//! What a press means. An action travels to a platform and back as a short string, so it carries
//! names only, never text; Discord's `custom_id` allows 100 characters.

use std::fmt;
use std::str::FromStr;

use crate::bank::IdeaId;
use crate::desk::Press;
use crate::name::{BadName, EpisodeId, PostId, QuestionId, Slug};
use crate::removal::Whom;

/// The meaning of a button, a menu choice or a modal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Undo the change of this name.
    Undo(Slug, String),
    /// Join the chat.
    Join(Slug),
    /// Leave the chat: asked where several live in one channel.
    Leave(Slug),
    /// Forget everything of whoever presses it, asked back.
    ForgetMe(Slug),
    /// Open the form of what a member asked for; as a form, what they ask for now.
    Me(Slug),
    /// Be in this zone, by its IANA name: chosen where a place was unknown or had several.
    Zone(Slug, String),
    /// Open the answer form of a question; as a form, the answer itself.
    Answer(EpisodeId, QuestionId),
    /// Say hello at the opening: the answer form without a question.
    Hello(EpisodeId),
    /// Edit all questions at once: opens the form; as a form, the new texts.
    Edit(EpisodeId),
    /// The form that makes a chat.
    New,
    /// Nothing reaches X until an organiser pressed this under a preview.
    ApproveX(Slug),
    /// Say what was typed with `say`, whose text is kept under this name.
    Say(Slug, String),
    /// Throw the text typed with `say` away.
    Unsay(Slug, String),
    /// Announce a skip or a move at once.
    AnnounceNow(EpisodeId),
    /// Run the command kept under this name for the chat chosen.
    Choose(Slug, String),
    /// File a post under a question (position), or under none with 0.
    Refile(EpisodeId, PostId, u32),
    /// Offer the questions a post can be filed under.
    RefileMenu(EpisodeId, PostId),
    /// Take a post out of every room.
    Hide(EpisodeId, PostId),
    /// Block the author of a post.
    Block(EpisodeId, PostId),
    /// Let somebody in again.
    Unblock(Slug, Whom),
    /// Post a correction on X after `fix`.
    CorrectX(EpisodeId, QuestionId),
    /// Close the live hour, asked back.
    Close(EpisodeId),
    /// Retire the chat, asked back.
    Retire(Slug),
    /// Let the author of a post that waits at the door in.
    LetIn(EpisodeId, PostId),
    /// Carry what was missed in an episode.
    CatchUp(EpisodeId),
    /// Rehearse an episode: asks in which channel.
    Rehearse(EpisodeId),
    /// Rehearse it in the channel that was offered.
    RehearseThere(EpisodeId),
    /// Stop the rehearsal.
    StopRehearsal(Slug),
    /// The form for a question that somebody suggests; as a form, the question.
    Suggest(Slug),
    /// More of what was suggested, from this rank on.
    Suggestions(Slug, u32),
    /// Would like a suggested question to be asked.
    Vote(Slug, IdeaId),
    /// Takes that vote back.
    Unvote(Slug, IdeaId),
    /// Takes one's own suggestion back.
    TakeBack(Slug, IdeaId),
    /// More of what was suggested, for organisers who would ask it in an episode.
    Ideas(EpisodeId, u32),
    /// Makes a suggestion a question of an episode.
    AskIdea(EpisodeId, IdeaId),
    /// Puts a suggestion aside.
    PutAside(EpisodeId, IdeaId),
    /// Brings it back.
    BringBack(EpisodeId, IdeaId),
    /// A button of the living message at the desk, or one that does the same.
    Desk(EpisodeId, Press),
    /// In a rehearsal, where it does nothing: the button as it will be on the night.
    Rehearsed(Box<Action>),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Undo(chat, id) => write!(f, "undo|{chat}|{id}"),
            Action::Join(chat) => write!(f, "join|{chat}"),
            Action::Leave(chat) => write!(f, "leave|{chat}"),
            Action::Me(chat) => write!(f, "me|{chat}"),
            Action::ForgetMe(chat) => write!(f, "forget-me|{chat}"),
            Action::Zone(chat, zone) => write!(f, "zone|{chat}|{zone}"),
            Action::Answer(ep, q) => write!(f, "answer|{ep}|{q}"),
            Action::Hello(ep) => write!(f, "hello|{ep}"),
            Action::Edit(ep) => write!(f, "edit|{ep}"),
            Action::New => f.write_str("new"),
            Action::ApproveX(chat) => write!(f, "approve-x|{chat}"),
            Action::Say(chat, id) => write!(f, "say|{chat}|{id}"),
            Action::Unsay(chat, id) => write!(f, "unsay|{chat}|{id}"),
            Action::AnnounceNow(ep) => write!(f, "announce-now|{ep}"),
            Action::Choose(chat, id) => write!(f, "choose|{chat}|{id}"),
            Action::Refile(ep, post, n) => write!(f, "refile|{ep}|{post}|{n}"),
            Action::RefileMenu(ep, post) => write!(f, "refile-menu|{ep}|{post}"),
            Action::Hide(ep, post) => write!(f, "hide|{ep}|{post}"),
            Action::Block(ep, post) => write!(f, "block|{ep}|{post}"),
            Action::Unblock(chat, whom) => write!(f, "unblock|{chat}|{whom}"),
            Action::CorrectX(ep, q) => write!(f, "correct-x|{ep}|{q}"),
            Action::Close(ep) => write!(f, "close|{ep}"),
            Action::Retire(chat) => write!(f, "retire|{chat}"),
            Action::LetIn(ep, post) => write!(f, "let-in|{ep}|{post}"),
            Action::CatchUp(ep) => write!(f, "catch-up|{ep}"),
            Action::Rehearse(ep) => write!(f, "rehearse|{ep}"),
            Action::RehearseThere(ep) => write!(f, "rehearse-there|{ep}"),
            Action::StopRehearsal(chat) => write!(f, "stop-rehearsal|{chat}"),
            Action::Suggest(chat) => write!(f, "suggest|{chat}"),
            Action::Suggestions(chat, from) => write!(f, "suggestions|{chat}|{from}"),
            Action::Vote(chat, idea) => write!(f, "vote|{chat}|{idea}"),
            Action::Unvote(chat, idea) => write!(f, "unvote|{chat}|{idea}"),
            Action::TakeBack(chat, idea) => write!(f, "take-back|{chat}|{idea}"),
            Action::Ideas(ep, from) => write!(f, "ideas|{ep}|{from}"),
            Action::AskIdea(ep, idea) => write!(f, "ask-idea|{ep}|{idea}"),
            Action::PutAside(ep, idea) => write!(f, "put-aside|{ep}|{idea}"),
            Action::BringBack(ep, idea) => write!(f, "bring-back|{ep}|{idea}"),
            Action::Desk(ep, press) => write!(f, "{DESK}{ep}|{press}"),
            Action::Rehearsed(action) => write!(f, "{REHEARSED}{action}"),
        }
    }
}

/// What a button of the living message begins with.
const DESK: &str = "desk|";
/// What a button in a rehearsal begins with.
const REHEARSED: &str = "rehearsed|";

impl FromStr for Action {
    type Err = BadName;

    fn from_str(s: &str) -> Result<Action, BadName> {
        let bad = || BadName(s.to_owned());
        // Once only: what is rehearsed is a button of the night, and no rehearsal.
        if let Some(inner) = s.strip_prefix(REHEARSED) {
            let inner = Some(inner).filter(|inner| !inner.starts_with(REHEARSED)).ok_or_else(bad)?;
            return Ok(Action::Rehearsed(Box::new(inner.parse()?)));
        }
        if let Some((episode, press)) = s.strip_prefix(DESK).and_then(|rest| rest.split_once('|')) {
            return Ok(Action::Desk(episode.parse()?, press.parse()?));
        }
        let parts: Vec<&str> = s.split('|').collect();
        Ok(match parts.as_slice() {
            ["undo", chat, id] => Action::Undo(chat.parse()?, (*id).to_owned()),
            ["join", chat] => Action::Join(chat.parse()?),
            ["leave", chat] => Action::Leave(chat.parse()?),
            ["me", chat] => Action::Me(chat.parse()?),
            ["forget-me", chat] => Action::ForgetMe(chat.parse()?),
            ["zone", chat, zone] => Action::Zone(chat.parse()?, (*zone).to_owned()),
            ["answer", ep, q] => Action::Answer(ep.parse()?, QuestionId(q.parse().map_err(|_| bad())?)),
            ["hello", ep] => Action::Hello(ep.parse()?),
            ["edit", ep] => Action::Edit(ep.parse()?),
            ["new"] => Action::New,
            ["approve-x", chat] => Action::ApproveX(chat.parse()?),
            ["say", chat, id] => Action::Say(chat.parse()?, (*id).to_owned()),
            ["unsay", chat, id] => Action::Unsay(chat.parse()?, (*id).to_owned()),
            ["announce-now", ep] => Action::AnnounceNow(ep.parse()?),
            ["choose", chat, id] => Action::Choose(chat.parse()?, (*id).to_owned()),
            ["refile", ep, post, n] => {
                Action::Refile(ep.parse()?, post.parse()?, n.parse().map_err(|_| bad())?)
            }
            ["refile-menu", ep, post] => Action::RefileMenu(ep.parse()?, post.parse()?),
            ["hide", ep, post] => Action::Hide(ep.parse()?, post.parse()?),
            ["block", ep, post] => Action::Block(ep.parse()?, post.parse()?),
            ["unblock", chat, whom] => Action::Unblock(chat.parse()?, whom.parse()?),
            ["correct-x", ep, q] => Action::CorrectX(ep.parse()?, QuestionId(q.parse().map_err(|_| bad())?)),
            ["close", ep] => Action::Close(ep.parse()?),
            ["retire", chat] => Action::Retire(chat.parse()?),
            ["let-in", ep, post] => Action::LetIn(ep.parse()?, post.parse()?),
            ["catch-up", ep] => Action::CatchUp(ep.parse()?),
            ["rehearse", ep] => Action::Rehearse(ep.parse()?),
            ["rehearse-there", ep] => Action::RehearseThere(ep.parse()?),
            ["stop-rehearsal", chat] => Action::StopRehearsal(chat.parse()?),
            ["suggest", chat] => Action::Suggest(chat.parse()?),
            ["suggestions", chat, n] => Action::Suggestions(chat.parse()?, n.parse().map_err(|_| bad())?),
            ["vote", chat, idea] => Action::Vote(chat.parse()?, idea.parse()?),
            ["unvote", chat, idea] => Action::Unvote(chat.parse()?, idea.parse()?),
            ["take-back", chat, idea] => Action::TakeBack(chat.parse()?, idea.parse()?),
            ["ideas", ep, n] => Action::Ideas(ep.parse()?, n.parse().map_err(|_| bad())?),
            ["ask-idea", ep, idea] => Action::AskIdea(ep.parse()?, idea.parse()?),
            ["put-aside", ep, idea] => Action::PutAside(ep.parse()?, idea.parse()?),
            ["bring-back", ep, idea] => Action::BringBack(ep.parse()?, idea.parse()?),
            _ => return Err(bad()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Platform;

    #[test]
    fn every_action_comes_back_as_it_went() {
        let slug = Slug::of("SMXChat").expect("a slug");
        let episode: EpisodeId = "smxchat/2026-11-24T20:00Z".parse().expect("a name");
        let idea = IdeaId::of(&crate::name::Person::new(Platform::X, "", "14"), "What made you stay?");
        let post = PostId { source: Platform::X, id: "2080761390344937796".to_owned() };
        for action in [
            Action::Undo(slug.clone(), "abc".to_owned()),
            Action::Join(slug.clone()),
            Action::Leave(slug.clone()),
            Action::Me(slug.clone()),
            Action::ForgetMe(slug.clone()),
            Action::Zone(slug.clone(), "America/Argentina/ComodRivadavia".to_owned()),
            Action::Answer(episode.clone(), QuestionId(3)),
            Action::Hello(episode.clone()),
            Action::Edit(episode.clone()),
            Action::New,
            Action::ApproveX(slug.clone()),
            Action::Say(slug.clone(), "abc".to_owned()),
            Action::Unsay(slug.clone(), "abc".to_owned()),
            Action::AnnounceNow(episode.clone()),
            Action::Choose(slug.clone(), "abc".to_owned()),
            Action::Refile(episode.clone(), post.clone(), 3),
            Action::RefileMenu(episode.clone(), post.clone()),
            Action::Hide(episode.clone(), post.clone()),
            Action::Block(episode.clone(), post.clone()),
            Action::Unblock(slug.clone(), Whom::handle("adaokafor")),
            Action::Unblock(slug.clone(), Whom::Person(crate::name::Person::new(Platform::X, "", "14"))),
            Action::LetIn(episode.clone(), post.clone()),
            Action::CatchUp(episode.clone()),
            Action::CorrectX(episode.clone(), QuestionId(3)),
            Action::Rehearse(episode.clone()),
            Action::RehearseThere(episode.clone()),
            Action::StopRehearsal(slug.clone()),
            Action::Suggest(slug.clone()),
            Action::Suggestions(slug.clone(), 5),
            Action::Vote(slug.clone(), idea),
            Action::Unvote(slug.clone(), idea),
            Action::TakeBack(slug.clone(), idea),
            Action::Ideas(episode.clone(), 5),
            Action::AskIdea(episode.clone(), idea),
            Action::PutAside(episode.clone(), idea),
            Action::BringBack(episode.clone(), idea),
            Action::Desk(episode.clone(), Press::Next(QuestionId(3))),
            Action::Desk(episode.clone(), Press::Close),
            Action::Rehearsed(Box::new(Action::Join(slug.clone()))),
            Action::Rehearsed(Box::new(Action::Answer(episode.clone(), QuestionId(3)))),
            Action::Close(episode),
            Action::Retire(slug),
        ] {
            let written = action.to_string();
            assert!(written.len() <= 100, "{written}");
            assert_eq!(written.parse(), Ok(action), "{written}");
        }
        for bad in [
            "",
            "undo",
            "undo|A B|x",
            "answer|smxchat|1",
            "refile|smxchat/2026-11-24T20:00Z|x:1|many",
            "nonsense|x",
            "vote|smxchat|12",
            "vote|smxchat|00000000000000+1",
            "vote|smxchat|00000000000000AB",
            "desk|smxchat/2026-11-24T20:00Z",
            "desk|smxchat|close",
            "rehearsed|",
            "rehearsed|rehearsed|join|smxchat",
        ] {
            assert!(bad.parse::<Action>().is_err(), "{bad}");
        }
    }
}

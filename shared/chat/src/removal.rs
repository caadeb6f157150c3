//! What is taken out again: posts whose authors took them back, posts that organisers hide, and
//! everything of somebody who is blocked or asked to be left out.
//!
//! A removal is known by the first id of a post's edit history and leaves a tombstone, which outlives
//! the text: whatever brings the post again (a replay, an edit that was late, a search) meets it. So a
//! removal may as well come before its post.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{BadName, DeliveryId, EpisodeId, Person, Place, PostId, Slug};
use crate::{Change, Chat, Decision, Uncarried, door};

/// Why a post is not shown any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It was taken back where it was written: by its author, or by the platform. Counts for every chat.
    Withdrawn,
    /// An organiser hid it in this chat.
    Hidden,
    /// Its author is blocked in this chat, or asked to be left out.
    Barred,
}

/// A post that goes: everything that the table needs to know to let go of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The post, by the first id of its edit history.
    pub post: PostId,
    /// Why.
    pub why: Why,
    /// Who wrote it, as far as that is known.
    pub author: Option<Person>,
    /// The handle they had then, without `@`.
    pub handle: Option<String>,
    /// The episode it was filed in, if it was.
    pub episode: Option<EpisodeId>,
}

/// Why somebody's posts are not carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bars {
    /// An organiser blocked them, for harm.
    Blocked,
    /// They asked to be left out.
    LeftOut,
}

/// Who is barred: somebody known, or a handle on X under which nobody has posted here yet.
///
/// Written `x::1400000000000000001` or `@adaokafor`; handles in lower case, because X compares them so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whom {
    /// By their id, which outlives a change of name.
    Person(Person),
    /// By their handle without `@`.
    Handle(String),
}

impl Whom {
    /// A handle on X, in any capitals.
    pub fn handle(handle: &str) -> Whom {
        Whom::Handle(handle.to_lowercase())
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whom::Person(person) => write!(f, "{person}"),
            Whom::Handle(handle) => write!(f, "@{handle}"),
        }
    }
}

impl FromStr for Whom {
    type Err = BadName;

    fn from_str(s: &str) -> Result<Whom, BadName> {
        match s.strip_prefix('@') {
            Some(handle) if !handle.is_empty() => Ok(Whom::handle(handle)),
            Some(_) => Err(BadName(s.to_owned())),
            None => s.parse().map(Whom::Person),
        }
    }
}

/// Somebody whose posts are neither filed nor carried in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Who.
    pub whom: Whom,
    /// Why.
    pub why: Bars,
    /// What organisers call them: the handle without `@` on X, their name elsewhere.
    pub called: String,
    /// Since when, by the chat's clock.
    pub since: DateTime<Utc>,
}

/// What follows from a post's removal: the tombstone, the end of its text, and a removal of each of its
/// cards that stands or may yet come to stand. One that was claimed a moment ago may be in flight, so what
/// waits gets its removal too; it looks again until that is settled.
pub fn removed(
    chat: &Chat,
    post: &PostId,
    why: Why,
    author: Option<&Person>,
    now: DateTime<Utc>,
) -> Decision {
    let filed = chat.seen.filed.as_ref();
    let removal = Removal {
        post: post.clone(),
        why,
        author: filed.map(|f| f.post.author.person.clone()).or_else(|| author.cloned()),
        handle: filed.and_then(|f| f.post.author.handle.clone()),
        episode: filed.map(|f| f.episode.clone()),
    };
    let at = filed.map_or(now, |f| f.post.at);
    let mut effects: Vec<Delivery> = cards(chat)
        .map(|(of, to, room)| {
            let work = Work::Remove { of: of.clone() };
            change(&chat.settings.slug, "removed", (of, to, room), "", at, work)
        })
        .collect();
    effects.extend(filed.map(|filed| door::taken_out(chat, filed, now)).unwrap_or_default());
    Decision { changes: vec![Change::Gone(removal)], effects, ..Decision::default() }
}

/// Every card of the post, also those that wait.
pub(crate) fn cards(chat: &Chat) -> impl Iterator<Item = (&DeliveryId, &Place, &Room)> {
    chat.seen.sent.iter().chain(&chat.seen.waiting).map(|(of, to, room)| (of, to, room))
}

/// A change of a card. Its name sorts behind the card's own, whose source time it shares: where both
/// wait, the card is settled first.
pub(crate) fn change(
    chat: &Slug,
    what: &str,
    (of, to, room): (&DeliveryId, &Place, &Room),
    version: &str,
    at: DateTime<Utc>,
    work: Work,
) -> Delivery {
    let card = of.0.strip_suffix(&format!(">{to}")).unwrap_or(&of.0);
    let card = card.strip_prefix(&format!("{chat}/post/")).unwrap_or(card);
    let slash = if version.is_empty() { "" } else { "/" };
    Delivery {
        id: DeliveryId::new(format_args!("{chat}/{what}/{card}{slash}{version}"), to),
        to: to.clone(),
        room: room.clone(),
        class: Class::Post,
        at,
        not_before: None,
        expires: None,
        work,
    }
}

/// What follows from a post by somebody who is barred: it is counted. A handle that was barred before
/// anybody posted under it has a person now, who stays barred under another name too; and may have posted
/// under another one before.
pub(crate) fn barred(bar: &Bar, author: &Person, now: DateTime<Utc>) -> Decision {
    let mut changes = vec![Change::Counted(Uncarried::Barred)];
    if let Whom::Handle(_) = &bar.whom {
        changes.push(Change::Bar(Bar { whom: Whom::Person(author.clone()), ..bar.clone() }));
        changes.push(Change::Unbar(bar.whom.clone()));
        changes.push(Change::Erase { person: author.clone(), until: now });
    }
    Decision { changes, ..Decision::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Platform;

    #[test]
    fn who_is_barred_comes_back_as_written() {
        for whom in [
            Whom::Person(Person::new(Platform::X, "", "14")),
            Whom::Person(Person::new(Platform::Slack, "T1", "U1")),
            Whom::handle("AdaOkafor"),
        ] {
            assert_eq!(whom.to_string().parse(), Ok(whom.clone()), "{whom}");
        }
        assert_eq!(Whom::handle("AdaOkafor").to_string(), "@adaokafor");
        assert!("@".parse::<Whom>().is_err());
        assert!("adaokafor".parse::<Whom>().is_err());
    }

    #[test]
    fn a_change_of_a_card_sorts_behind_it() {
        let slug: Slug = "smxchat".parse().expect("a slug");
        let place = Place::new(Platform::Slack, "T1", "C1");
        for card in ["smxchat/post/x:1", "smxchat/post/x:1/refiled/2"] {
            let of = DeliveryId::new(card, &place);
            let at = DateTime::UNIX_EPOCH;
            let (room, work) = (Room::Channel, Work::Remove { of: of.clone() });
            let recard = change(&slug, "recard", (&of, &place, &room), "x:2", at, work.clone());
            let removed = change(&slug, "removed", (&of, &place, &room), "", at, work);
            assert!(of < recard.id && recard.id < removed.id, "{of} {} {}", recard.id, removed.id);
        }
    }
}

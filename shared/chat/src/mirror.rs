//! Which posts are carried into the rooms, under which question, and how they look there.

use chrono::{DateTime, Duration, Utc};

use crate::action::Action;
use crate::agenda::{Episode, State};
use crate::card::Card;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::member::Participant;
use crate::name::{DeliveryId, Person, Place, Platform, PostId, QuestionId, Slug};
use crate::post::{Entry, Filed, FiledBy, Post};
use crate::removal;
use crate::settings::{Cards, Destination, Layout, Settings};
use crate::{Change, Chat, Decision, Uncarried, copy, door, echo, muted, quotes};

/// X's search shows a post half a minute late, and is asked every quarter of a minute: what was written at
/// the last moment is still carried this long after it.
const FOUND_WITHIN: Duration = Duration::minutes(2);

/// What follows from a person's post.
///
/// Reposts are not carried, nor our own announcements coming back (known by id, or by author and
/// text, never by author alone: the host posts by hand too). A post belongs to the episode whose
/// doors were open when it was written; it is carried only while they still are, or, for a numbered
/// answer of the day after, while it is fresh, so that a replayed day reaches nobody late unless an
/// organiser asks for it ([`crate::missed`]).
pub fn posted(chat: &Chat, post: &Post, now: DateTime<Utc>) -> Decision {
    let counted = |why| Decision { changes: vec![Change::Counted(why)], ..Decision::default() };
    // What it quotes may be gone; the post itself goes on its way.
    let post = &*quotes::shown(chat, post);
    if post.is_repost {
        return counted(Uncarried::Repost);
    }
    if chat.seen.own {
        return counted(Uncarried::Own);
    }
    if let Some(why) = chat.seen.gone {
        // A later version than the one that was removed stands for the whole chain, and goes with it.
        let mut decision = match &chat.seen.filed {
            Some(_) => removal::removed(chat, &post.id, why, None, now),
            None => Decision::default(),
        };
        decision.changes.push(Change::Counted(Uncarried::Removed));
        return decision;
    }
    if let Some(bar) = &chat.seen.bar {
        return removal::barred(bar, &post.author.person, now);
    }
    // Before it is known: an edit that brings a muted word in is not shown either.
    if muted::is_in_post(&chat.settings.muted, post) {
        let mut decision = match &chat.seen.filed {
            // What stands there is an earlier version of this: as if an organiser had hidden it.
            Some(known) if post.is_newer_than(&known.post) => {
                removal::removed(chat, &post.id, removal::Why::Hidden, None, now)
            }
            _ => Decision::default(),
        };
        decision.changes.push(Change::Counted(Uncarried::Muted));
        return decision;
    }
    if let Some(known) = &chat.seen.filed {
        return if post.is_newer_than(&known.post) {
            edited(chat, known, post)
        } else {
            counted(Uncarried::Known)
        };
    }
    if chat.settings.retired {
        return counted(Uncarried::Outside);
    }
    if let Some(episode) = attending(&chat.episodes, post.at) {
        if echo::is_echo(chat, episode, post) {
            return counted(Uncarried::Echo);
        }
        let question = file(chat, episode, post);
        let mut decision = take(chat, episode, post, question);
        if episode.doors_open(now) || now - post.at <= FOUND_WITHIN {
            return door::pass(chat, episode, decision, now).0;
        }
        late(&mut decision);
        return decision;
    }
    let after = chat.episodes.iter().rev().find(|episode| match episode.state {
        State::Closed { at } => post.at >= at && post.at <= at + Settings::LATE_ANSWERS,
        _ => false,
    });
    // After the doors have closed only a numbered answer counts; the hashtag's idle talk does not.
    match after.and_then(|episode| Some((episode, by_prefix(episode, post)?))) {
        Some((episode, question)) => {
            let mut decision = take(chat, episode, post, Some((question, FiledBy::Prefix)));
            // Fresh it is carried, as an answer by button is: people were told that it counts.
            let fresh = now - post.at <= Settings::DOORS_LATE;
            if fresh {
                return door::pass(chat, episode, decision, now).0;
            }
            late(&mut decision);
            decision
        }
        None => counted(Uncarried::Outside),
    }
}

/// What was taken is only kept: it came too late.
fn late(decision: &mut Decision) {
    for change in &mut decision.changes {
        if let Change::Filed(filed) = change {
            filed.entry = Entry::Late;
        }
    }
    decision.changes.push(Change::Counted(Uncarried::Late));
}

/// The episode whose doors were open at this moment; of two, the later one.
pub fn attending(episodes: &[Episode], at: DateTime<Utc>) -> Option<&Episode> {
    episodes.iter().filter(|episode| episode.doors_open(at)).max_by_key(|episode| episode.starts)
}

/// Whether somebody is the host's own account on X.
pub(crate) fn is_host(chat: &Chat, person: &Person) -> bool {
    chat.deployment
        .x
        .as_ref()
        .is_some_and(|(place, _)| person.platform == place.platform && person.id == place.channel)
}

/// Files a post: its own record and its author's, never a counter on the chat or the episode, so that
/// a busy hour does not contend.
pub fn take(
    chat: &Chat,
    episode: &Episode,
    post: &Post,
    question: Option<(QuestionId, FiledBy)>,
) -> Decision {
    let known = chat.seen.participant.as_ref();
    let host = is_host(chat, &post.author.person);
    let filed = Filed {
        post: post.clone(),
        episode: episode.id.clone(),
        question,
        // The host's own account is nobody's first time.
        // Nor is it if they spoke in an earlier hour as who they are elsewhere.
        first_time: !host
            && chat.seen.also.as_ref().is_none_or(|also| also.first == episode.id)
            && known.is_none_or(|p| p.first == episode.id && p.posts == 0),
        refiled: 0,
        entry: Entry::Straight,
    };
    let participant = Participant {
        person: post.author.person.clone(),
        name: post.author.name.clone(),
        first: known.map_or_else(|| episode.id.clone(), |p| p.first.clone()),
        latest: episode.id.clone(),
        posts: known.map_or(0, |p| p.posts) + 1,
        heard: known.and_then(|p| p.heard.clone()),
        admitted: known.and_then(|p| p.admitted.clone()),
        recent: known.map(|p| p.recent.clone()).unwrap_or_default(),
        burst: known.and_then(|p| p.burst.clone()),
        said: known.filter(|p| p.latest == episode.id).map(|p| p.said.clone()).unwrap_or_default(),
        version: known.map_or(0, |p| p.version),
    };
    Decision { changes: vec![Change::Filed(filed), Change::Participant(participant)], ..Decision::default() }
}

/// Where a post belongs: under the question its prefix names, else the one of the post it replies to,
/// else the open one, marked as guessed. Before the first question it is a hello.
fn file(chat: &Chat, episode: &Episode, post: &Post) -> Option<(QuestionId, FiledBy)> {
    if let Some(id) = by_prefix(episode, post) {
        return Some((id, FiledBy::Prefix));
    }
    if let Some(parent) = chat.seen.parent.as_ref().filter(|p| p.episode == episode.id) {
        return parent.question.map(|id| (id, FiledBy::Reply));
    }
    episode.open_question(post.at).map(|q| (q.id, FiledBy::Guess))
}

fn by_prefix(episode: &Episode, post: &Post) -> Option<QuestionId> {
    let position = prefix(&post.text)?;
    let question = episode.at(position)?;
    // "A7" while only three were asked is a slip or a joke; the other rules decide.
    question.asked.map(|_| question.id)
}

/// The number of an answer's prefix: `A3`, `a3:`, `A.3`, `A3)`, `(A3)`, `Q3 -`, `A 3:`, `#A3`, `A③`,
/// `Answer 3:`, also behind leading hashtags and mentions. `A 3 year old` is not one.
pub fn prefix(text: &str) -> Option<u32> {
    let mut rest = text.trim_start();
    loop {
        let trimmed = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '#' | '＃' | '@' | '＠'))
        });
        if trimmed.starts_with(['#', '＃', '@', '＠']) {
            let tag = trimmed.strip_prefix(['#', '＃']).and_then(|tag| tag.split(char::is_whitespace).next());
            // `#A3` is meant as one; a chat's own hashtag never looks like it.
            if let Some(number) = tag.and_then(numbered) {
                return Some(number);
            }
            rest = trimmed.split_once(char::is_whitespace)?.1;
        } else {
            rest = trimmed;
            break;
        }
    }
    numbered(rest)
}

/// The number that a text begins with as an answer does: `A3`, `Q3`, `Answer 3:`.
fn numbered(rest: &str) -> Option<u32> {
    let mut chars = rest.chars();
    if !matches!(chars.next()?, 'A' | 'a' | 'Q' | 'q' | 'Ａ' | 'ａ' | 'Ｑ' | 'ｑ') {
        return None;
    }
    let after = chars.as_str();
    let lower = after.get(..7.min(after.len())).unwrap_or_default().to_ascii_lowercase();
    let word =
        ["nswer", "ns", "uestion"].into_iter().find(|word| lower.starts_with(word)).map_or(0, str::len);
    let after = &after[word..];
    let spaced = after.trim_start_matches(['.', ':', ' ', '#', '-', '\u{a0}']);
    let gap = after.get(..after.len() - spaced.len())?;
    let digit = |c: char| match c {
        // Full-width digits, from keyboards set for Japanese.
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
        '①'..='⑨' => char::from_u32(u32::from(c) - u32::from('①') + u32::from('1')),
        c => Some(c).filter(char::is_ascii_digit),
    };
    let digits: String = spaced.chars().map_while(digit).collect();
    let behind = spaced.chars().nth(digits.len());
    let apart = gap.contains([' ', '\u{a0}']);
    let ends = match behind {
        None => true,
        Some(c) if apart => matches!(c, ':' | '.' | ')' | '-' | '–' | '—' | '/'),
        Some(c) => !c.is_alphanumeric(),
    };
    if digits.is_empty() || digits.len() > 2 || !ends {
        return None;
    }
    digits.parse().ok().filter(|n| *n > 0)
}

/// The deliveries that carry a filed post into every room of the chat.
pub fn carry(settings: &Settings, episode: &Episode, filed: &Filed) -> Vec<Delivery> {
    settings.rooms().map(|to| card_delivery(settings, to, episode, filed)).collect()
}

fn card_delivery(settings: &Settings, to: &Destination, episode: &Episode, filed: &Filed) -> Delivery {
    Delivery {
        id: card_name(&settings.slug, filed, &to.place),
        to: to.place.clone(),
        room: room(to, episode, filed),
        class: Class::Post,
        at: filed.post.at,
        not_before: None,
        expires: None,
        work: Work::Post(filed.post.id.clone()),
    }
}

/// The name of the delivery that shows a post in a place. Filed anew, it is another one where it moves
/// to another thread.
pub fn card_name(chat: &Slug, filed: &Filed, place: &Place) -> DeliveryId {
    card_name_of(chat, &filed.post.id, filed.refiled, place)
}

fn card_name_of(chat: &Slug, post: &PostId, refiled: u32, place: &Place) -> DeliveryId {
    match refiled {
        0 => DeliveryId::new(format_args!("{chat}/post/{post}"), place),
        n => DeliveryId::new(format_args!("{chat}/post/{post}/refiled/{n}"), place),
    }
}

/// Where in a destination a post is shown: its question's thread; hellos and chatter under the opening
/// on Slack, which is there once the hour has opened; all in the channel where the layout is flat.
pub fn room(to: &Destination, episode: &Episode, filed: &Filed) -> Room {
    match (to.layout, to.place.platform, filed.question) {
        (Layout::Flat, _, _) | (Layout::Threads, Platform::Discord | Platform::X, None) => Room::Channel,
        (Layout::Threads, _, Some((question, _))) => Room::Question(filed.episode.clone(), question),
        // Who comes early waits for nothing: there is no opening to stand under yet.
        (Layout::Threads, Platform::Slack, None) if episode.state == State::Planned => Room::Channel,
        (Layout::Threads, Platform::Slack, None) => Room::Opening(filed.episode.clone()),
    }
}

/// How a filed post looks in one of the chat's rooms. Where posts from X are shown as links, the way there
/// stands in place of what was written.
///
/// `to` is `None` where the room was disconnected meanwhile: nobody can say any more how much of X may be
/// shown there, so it gets the link.
pub fn card(settings: &Settings, to: Option<&Destination>, episode: &Episode, filed: &Filed) -> Card {
    let whole = whole_card(settings, episode, filed);
    match to.map_or(Cards::Links, |to| to.cards) {
        Cards::Links if whole.source == Platform::X => {
            Card { text: String::new(), quoted: None, media: Vec::new(), ..whole }
        }
        Cards::Links | Cards::Full => whole,
    }
}

fn whole_card(settings: &Settings, episode: &Episode, filed: &Filed) -> Card {
    let label = filed.question.and_then(|(id, by)| {
        let position = episode.position(id)?;
        Some(if by == FiledBy::Guess { format!("A{position}?") } else { format!("A{position}") })
    });
    // Also before the first question: a hello is often an answer that came early.
    let can_refile = !episode.questions.is_empty();
    Card {
        author: filed.post.author.clone(),
        label,
        first_time: filed.first_time,
        text: close_up(&filed.post.text),
        quoted: filed.post.quoted.clone(),
        media: filed.post.media.clone(),
        at: filed.post.at,
        local: copy::clock(settings, filed.post.at),
        link: filed.post.link.clone(),
        source: filed.post.id.source,
        hide: Some(Action::Hide(filed.episode.clone(), filed.post.id.clone())),
        block: Some(Action::Block(filed.episode.clone(), filed.post.id.clone())),
        refile: can_refile.then(|| Action::RefileMenu(filed.episode.clone(), filed.post.id.clone())),
    }
}

/// At most one empty line at a stretch: a post of a thousand of them would push everybody else out of
/// sight.
fn close_up(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for (n, line) in text.lines().enumerate() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty > 1 {
            continue;
        }
        if n > 0 {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}

/// Files a post under another question (0: under none) and moves its cards: in a flat room the label
/// changes in place, in threads the card goes from one to the other.
pub fn refile(chat: &Chat, filed: &Filed, question: Option<QuestionId>) -> Decision {
    let filed = &quotes::shown_filed(chat, filed);
    let anew = Filed {
        question: question.map(|id| (id, FiledBy::Organiser)),
        refiled: filed.refiled + 1,
        ..filed.clone()
    };
    moved(chat, filed, anew)
}

/// What follows from an edited version of a post that was filed: what was mirrored shows the new words,
/// in its place and under its time.
///
/// It stays under its question, unless it now begins with the number of another one, which moves it as an
/// organiser's filing does. What an organiser filed stays where they put it.
fn edited(chat: &Chat, known: &Filed, post: &Post) -> Decision {
    let mut anew = Filed { post: Post { at: known.post.at, ..post.clone() }, ..known.clone() };
    let settled = known.question.is_some_and(|(_, by)| by == FiledBy::Organiser);
    let episode = chat.episodes.iter().find(|e| e.id == known.episode).filter(|_| !settled);
    let named = episode.and_then(|episode| by_prefix(episode, post));
    if let Some(id) = named.filter(|id| known.question.map(|(id, _)| id) != Some(*id)) {
        anew.question = Some((id, FiledBy::Prefix));
        anew.refiled += 1;
        return moved(chat, known, anew);
    }
    if let Some(id) = named {
        // It said A3? as a guess, and says so itself by now.
        anew.question = Some((id, FiledBy::Prefix));
    }
    // A card that waits is rendered when it is claimed; that may have been a moment ago.
    let effects = removal::cards(chat)
        .map(|(of, to, room)| {
            let work = Work::Recard { of: of.clone(), post: known.post.id.clone() };
            let (slug, at) = (&chat.settings.slug, known.post.at);
            removal::change(slug, "recard", (of, to, room), &post.version, at, work)
        })
        .collect();
    Decision { changes: vec![Change::Filed(anew)], effects, ..Decision::default() }
}

/// A post under another question: its cards change their label, or move from one thread to the other.
fn moved(chat: &Chat, filed: &Filed, anew: Filed) -> Decision {
    let mut decision = Decision { changes: vec![Change::Filed(anew.clone())], ..Decision::default() };
    let slug = &chat.settings.slug;
    let Some(episode) = chat.episodes.iter().find(|e| e.id == filed.episode) else { return decision };
    for to in chat.settings.rooms() {
        // The card that stands there now is the last one that was sent for this post.
        let standing = (0..=filed.refiled)
            .rev()
            .map(|n| card_name_of(slug, &filed.post.id, n, &to.place))
            .find_map(|name| chat.seen.sent.iter().find(|(sent, _, _)| *sent == name));
        let shown = |work, room, suffix: &str| Delivery {
            id: DeliveryId::new(
                format_args!("{slug}/post/{}/{suffix}/{}", filed.post.id, anew.refiled),
                &to.place,
            ),
            to: to.place.clone(),
            room,
            class: Class::Post,
            at: filed.post.at,
            not_before: None,
            expires: None,
            work,
        };
        let into = room(to, episode, &anew);
        match standing {
            Some((of, _, from)) if *from == into => {
                let work = Work::Recard { of: of.clone(), post: filed.post.id.clone() };
                decision.effects.push(shown(work, into, "recard"));
            }
            Some((of, _, from)) => {
                decision.effects.push(shown(Work::Remove { of: of.clone() }, from.clone(), "remove"));
                decision.effects.push(card_delivery(&chat.settings, to, episode, &anew));
            }
            // Not shown yet: what waits is rendered when it is claimed and will carry the new label.
            None => {}
        }
    }
    decision
}

/// The most posts that one message of a platform shows: Discord's embeds, Slack's blocks at four a card.
pub fn most_together(platform: Platform) -> usize {
    match platform {
        Platform::Slack => 12,
        Platform::Discord | Platform::X => 10,
    }
}

/// How many of the posts waiting for a destination go into the next message, of `most`.
///
/// Posts share a message only while they have to: with one call a second, up to two waiting are each
/// their own message within two seconds; beyond that as many as fit go together.
pub fn share(waiting_in_destination: usize, waiting_in_room: usize, most: usize) -> usize {
    if waiting_in_destination <= 2 { waiting_in_room.min(1) } else { waiting_in_room.min(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_in_its_usual_spellings() {
        for (text, expected) in [
            ("A3 at night", Some(3)),
            ("a3: at night", Some(3)),
            ("A.3 at night", Some(3)),
            ("A3) at night", Some(3)),
            ("(A3) at night", Some(3)),
            ("[A3] at night", Some(3)),
            ("Q3 - at night", Some(3)),
            ("Q3- at night", Some(3)),
            ("A-3 at night", Some(3)),
            ("A#3 at night", Some(3)),
            ("A 3: yes", Some(3)),
            ("A 3) yes", Some(3)),
            ("A. 3: yes", Some(3)),
            ("A3", Some(3)),
            ("A 3", Some(3)),
            ("A3…", Some(3)),
            ("A3 3\u{fe0f}\u{20e3} things", Some(3)),
            ("A3️⃣ things", Some(3)),
            ("Ａ３：全角", Some(3)),
            ("A12 the last", Some(12)),
            ("A1/A2: both", Some(1)),
            ("#SMXChat A3 yes", Some(3)),
            ("#SMXChat: A3 yes", Some(3)),
            ("#SMXChat\nA3\nyes", Some(3)),
            ("@amina @kofi A3 yes", Some(3)),
            ("@amina #SMXChat — A3 yes", Some(3)),
            ("👋 A3 yes", Some(3)),
            ("\u{200b}A3 yes", Some(3)),
            ("  A3 yes", Some(3)),
            ("A 3 year old said so", None),
            ("A. 3 people said so", None),
            ("A3b", None),
            ("A3rd of us", None),
            ("A123", None),
            ("A0", None),
            ("A 0: nothing", None),
            ("A", None),
            ("All of us, A3", None),
            ("B3 or not", None),
            ("3 of us", None),
            ("#A3", Some(3)),
            ("#SMXChat #A3 yes", Some(3)),
            ("#A3team", None),
            ("#A3 yes", Some(3)),
            ("A:3 yes", Some(3)),
            ("A③ yes", Some(3)),
            ("Answer 3: yes", Some(3)),
            ("answer3 yes", Some(3)),
            ("Ans. 3: yes", Some(3)),
            ("Question 3: yes", Some(3)),
            ("Answer 3 people gave", None),
            ("Answers: 3 of them", None),
            ("Anserine 3", None),
            ("#SMXChat", None),
            ("@a3 hello", None),
            ("", None),
            ("…", None),
        ] {
            assert_eq!(prefix(text), expected, "{text:?}");
        }
    }

    #[test]
    fn empty_lines_close_up() {
        assert_eq!(close_up("A1 yes\n\n\n\n \nno\nmaybe\n\n"), "A1 yes\n\nno\nmaybe\n");
        assert_eq!(close_up("one line"), "one line");
        assert!(close_up(&format!("A1{}x", "\n".repeat(3_900))).len() < 10);
    }

    #[test]
    fn posts_share_a_message_only_while_they_have_to() {
        for (in_destination, in_room, together) in
            [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 3), (40, 1, 1), (40, 12, 10), (40, 0, 0)]
        {
            assert_eq!(share(in_destination, in_room, 10), together, "{in_destination} {in_room}");
        }
    }
}

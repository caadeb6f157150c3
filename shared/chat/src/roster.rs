//! Members and those who take part from a room: joining, leaving, answering.

use chrono::{DateTime, Duration, Utc};

use crate::agenda::State;
use crate::command::{self, MemberCommand, Unread};
use crate::copy::reply as words;
use crate::delivery::{Class, Delivery, ReplyToken, Room, Work};
use crate::door::{self, Passed};
use crate::member::{Member, Wishes};
use crate::mirror;
use crate::name::{DeliveryId, EpisodeId, Place, Platform, PostId, QuestionId, Slug};
use crate::post::{Author, FiledBy, Post};
use crate::reply::Reply;
use crate::settings::Settings;
use crate::text::Message;
use crate::{
    Asking, Change, Chat, Decision, Refusal, bank, echo, greeting, intent, muted, personal, proof, steer,
};

/// A member's command in Discord.
pub(crate) fn member(
    chat: &Chat,
    asking: &Asking,
    command: &MemberCommand,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    match command {
        MemberCommand::Join => joining(chat, asking, now),
        MemberCommand::Me => Ok(me(chat, now)),
        MemberCommand::MyData { token, chats } => Ok(my_data(chat, asking, token, chats, now)),
        MemberCommand::ForgetMe => Ok(said(words::forget_me(&chat.settings, said_so_far(chat)))),
        MemberCommand::Remind { when } => remind(chat, when.as_deref(), now),
        MemberCommand::Leave => Ok(leave(chat, asking, now)),
        MemberCommand::When => Ok(for_anybody(chat, words::when(chat, now))),
        MemberCommand::Questions => Ok(for_anybody(chat, words::questions_asked(chat, now))),
        MemberCommand::Suggest { text } => bank::suggest(chat, asking, text.as_deref(), now),
        MemberCommand::Suggestions => bank::suggestions(chat, asking),
        MemberCommand::Help => Ok(for_anybody(chat, words::member_help(&chat.settings))),
        // A right code was turned into `Connected` before it came here.
        MemberCommand::Connect { .. } => Err(Refusal::BadCode),
    }
}

fn said(message: impl Into<crate::text::Message>) -> Decision {
    Decision { reply: Some(Reply::Said(message.into())), ..Decision::default() }
}

/// Joining: in Discord a form asks first what they would like; in Slack, whose reminders reach everybody in the
/// room, nothing is to be asked.
pub(crate) fn joining(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    if asking.by.platform == Platform::Discord { me_form(chat, asking) } else { join(chat, asking, &[], now) }
}

/// The form of what somebody would like, with what they asked for before.
pub(crate) fn me_form(chat: &Chat, asking: &Asking) -> Result<Decision, Refusal> {
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    let known = chat.seen.member.as_ref().filter(|member| member.person == asking.by);
    let form = words::member_form(&chat.settings, known);
    Ok(Decision { reply: Some(Reply::Form(form)), ..Decision::default() })
}

/// Joins: keeps a record with what was asked for (`values` by the form's keys), gives the role where there is
/// one, answers warmly. Who is in already stays in, and asks for something else.
pub(crate) fn join(
    chat: &Chat,
    asking: &Asking,
    values: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    let home = asking.place.as_ref().map(|p| p.home.clone()).unwrap_or_default();
    let known = chat.seen.member.as_ref();
    let before = known.map(|member| member.wishes.clone()).unwrap_or_default();
    let (wishes, mut unread) = if values.is_empty() { (before, Vec::new()) } else { typed(values, &before) };
    let member = Member {
        person: asking.by.clone(),
        name: asking.name.clone(),
        home,
        joined: known.map_or(now, |m| m.joined),
        wishes,
        account: known.and_then(|m| m.account.clone()),
        claim: known.and_then(|m| m.claim.clone()),
        untold: Vec::new(),
        greeted: known.and_then(|m| m.greeted.clone()),
        nudged: known.and_then(|m| m.nudged.clone()),
        version: known.map_or(0, |m| m.version),
    };
    let (member, claims) = claimed(member, asking, values, &mut unread, now);
    let mut message = words::joined(chat, &asking.name, known.is_some(), now);
    if member.wishes.remind.is_some() {
        let next = steer::next_after(chat, now);
        message.text = message.text.line().then(words::how_reminded(&chat.settings, &member, next, now));
    }
    if member.wishes.welcome && member.greeted.is_none() {
        message.text = message.text.line().then(words::will_greet());
    }
    if let Some(claim) = &member.claim {
        message.text = message.text.line().then(words::prove(&chat.settings, claim, now));
    }
    let reply = also(&chat.settings, message, &unread, known);
    let mut effects = roles(chat, asking, true, now);
    effects.extend(personal::near(chat, &member, now));
    effects.extend(greeting::near(chat, &member, now));
    Ok(Decision {
        changes: [vec![Change::Joined(member)], claims].concat(),
        effects,
        reply: Some(Reply::Said(reply)),
        ..Decision::default()
    })
}

fn typed(values: &[(String, String)], before: &Wishes) -> (Wishes, Vec<Unread>) {
    let value = |key: &str| values.iter().find(|(k, _)| k == key).map_or(String::new(), |(_, v)| v.clone());
    command::read_wishes(value, before)
}

/// An answer, with what could not be read of what was typed, and with what its reader has not been told yet.
fn also(settings: &Settings, mut said: Message, unread: &[Unread], known: Option<&Member>) -> Message {
    let complaints = words::unread(settings, unread);
    let notices = words::notices(settings, known.map_or(&[][..], |member| &member.untold));
    for more in [complaints.text, notices] {
        if !more.is_empty() {
            said.text = said.text.line().then(more);
        }
    }
    said.buttons.extend(complaints.buttons);
    said
}

/// The form of a member, submitted.
pub(crate) fn wished(
    chat: &Chat,
    asking: &Asking,
    values: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let Some(known) = &chat.seen.member else { return Ok(said(words::no_member(&chat.settings))) };
    let (wishes, mut unread) = typed(values, &known.wishes);
    let member = Member { name: asking.name.clone(), wishes, ..known.clone() };
    let (member, claims) = claimed(member, asking, values, &mut unread, now);
    let mut decision = changed(chat, known, member, &unread, now);
    decision.changes.extend(claims);
    Ok(decision)
}

/// The account on X that a member typed: theirs already, to be proved, or none any more. One that is proved stays
/// theirs until another is.
fn claimed(
    mut member: Member,
    asking: &Asking,
    values: &[(String, String)],
    unread: &mut Vec<Unread>,
    now: DateTime<Utc>,
) -> (Member, Vec<Change>) {
    let typed = values.iter().find(|(key, _)| key == "handle").map(|(_, typed)| typed.as_str());
    let handle = match typed.map(command::read_handle) {
        None => return (member, Vec::new()),
        Some(Err(why)) => {
            unread.push(why);
            return (member, Vec::new());
        }
        Some(Ok(handle)) => handle,
    };
    let Some(handle) = handle else {
        let gone = proof::let_go(&member);
        (member.account, member.claim) = (None, None);
        return (member, gone);
    };
    let is = |known: &str| known.eq_ignore_ascii_case(&handle);
    let before = member.claim.take();
    if member.account.as_ref().is_some_and(|account| is(&account.handle)) {
        return (member, before.map(|claim| Change::Unclaimed(claim.word)).into_iter().collect());
    }
    if let Some(claim) = before.as_ref().filter(|claim| is(&claim.handle) && claim.until > now) {
        member.claim = Some(claim.clone());
        return (member, Vec::new());
    }
    let claim = proof::claim(&member.person, &handle, &asking.key, now);
    let mut changes: Vec<Change> = before.map(|old| Change::Unclaimed(old.word)).into_iter().collect();
    let (word, until) = (claim.word.clone(), claim.until);
    changes.push(Change::Claimed { word, member: member.person.clone(), until });
    member.claim = Some(claim);
    (member, changes)
}

/// A place that was chosen among several.
pub(crate) fn in_zone(
    chat: &Chat,
    asking: &Asking,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let known = chat.seen.member.as_ref().filter(|member| member.person == asking.by);
    let Some(known) = known else { return Ok(said(words::no_member(&chat.settings))) };
    let place = command::read_place(zone).map_err(|_| Refusal::Expired)?;
    let wishes = Wishes { place, ..known.wishes.clone() };
    Ok(changed(chat, known, Member { wishes, ..known.clone() }, &[], now))
}

/// `/remind`.
fn remind(chat: &Chat, when: Option<&str>, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    let settings = &chat.settings;
    if settings.retired {
        return Err(Refusal::Retired);
    }
    let Some(known) = &chat.seen.member else { return Ok(said(words::no_member(settings))) };
    let Some(when) = when.filter(|when| !when.is_empty()) else {
        let next = steer::next_after(chat, now);
        return Ok(told(chat, known, words::how_reminded(settings, known, next, now).into()));
    };
    match command::read_remind(when) {
        Ok(remind) => {
            let wishes = Wishes { remind, ..known.wishes.clone() };
            let mut decision = changed(chat, known, Member { wishes, ..known.clone() }, &[], now);
            if let Some(Change::Member(member)) = decision.changes.first() {
                // Only what was asked for.
                let next = steer::next_after(chat, now);
                let text = words::how_reminded(settings, member, next, now);
                decision.reply = Some(Reply::Said(also(settings, text.into(), &[], Some(known))));
            }
            Ok(decision)
        }
        Err(why) => Ok(told(chat, known, words::unread(settings, &[why]))),
    }
}

/// What a member asks for now, and the reminders that follow from it.
fn changed(chat: &Chat, known: &Member, member: Member, unread: &[Unread], now: DateTime<Utc>) -> Decision {
    let settings = &chat.settings;
    let member = Member { untold: Vec::new(), ..member };
    let next = steer::next_after(chat, now);
    let text = words::wished(settings, &member, next, now);
    let mut effects = personal::near(chat, &member, now);
    effects.extend(greeting::near(chat, &member, now));
    Decision {
        effects,
        changes: vec![Change::Member(member)],
        reply: Some(Reply::Said(also(settings, text.into(), unread, Some(known)))),
        ..Decision::default()
    }
}

/// An answer to a member, with what they have not been told yet; told once.
fn told(chat: &Chat, known: &Member, message: Message) -> Decision {
    let mut decision = said(also(&chat.settings, message, &[], Some(known)));
    if !known.untold.is_empty() {
        decision.changes.push(Change::Member(Member { untold: Vec::new(), ..known.clone() }));
    }
    decision
}

/// An answer that everybody may have; a member hears with it what they have not been told yet.
fn for_anybody(chat: &Chat, message: impl Into<Message>) -> Decision {
    match &chat.seen.member {
        Some(known) => told(chat, known, message.into()),
        None => said(message),
    }
}

/// `/me`.
fn me(chat: &Chat, now: DateTime<Utc>) -> Decision {
    let Some(known) = &chat.seen.member else { return said(words::no_member(&chat.settings)) };
    let next = steer::next_after(chat, now);
    let spoke = [&chat.seen.participant, &chat.seen.also].into_iter().flatten().collect::<Vec<_>>();
    let part = chat.seen.attendance.as_ref();
    let message = words::me(&chat.settings, known, &spoke, part, next, now);
    told(chat, known, message)
}

/// A direct message to a member was refused: nobody writes to them again until they ask for it, and they are
/// told where they see it.
pub(crate) fn closed(chat: &Chat) -> Decision {
    let member = chat.seen.member.as_ref().and_then(greeting::closed);
    Decision { changes: member.map(Change::Member).into_iter().collect(), ..Decision::default() }
}

/// Leaves: the record goes, and the role with it; then what they suggested, their votes, and their name under
/// questions. What they said in the open stays. Who never joined may have suggested something all the same.
pub(crate) fn leave(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Decision {
    let known = chat.seen.member.as_ref();
    let theirs = bank::theirs(chat, &asking.by, now);
    if known.is_none() && theirs == bank::Theirs::default() {
        return said(words::was_no_member(&chat.settings));
    }
    let mut changes = vec![Change::Forget(asking.by.clone())];
    changes.extend(known.map(|_| Change::Left(asking.by.clone())));
    changes.extend(known.map(proof::let_go).unwrap_or_default());
    Decision {
        changes,
        effects: if known.is_some() { roles(chat, asking, false, now) } else { Vec::new() },
        reply: Some(Reply::Said(words::left(&chat.settings, &asking.name, known.is_some(), &theirs))),
        ..Decision::default()
    }
}

/// How many posts of theirs are known, by both their accounts.
fn said_so_far(chat: &Chat) -> u32 {
    [&chat.seen.participant, &chat.seen.also].into_iter().flatten().map(|known| known.posts).sum()
}

/// How long the table's past is kept for emergencies (`template.yaml`, point-in-time recovery).
const BACKUPS: Duration = Duration::days(14);

/// A slow reply can be finished within fifteen minutes; what comes in the last of them comes too late.
const REPLY_WITHIN: Duration = Duration::minutes(14);

/// All that is kept about somebody, as a file: it is read and sent in a moment, for a door has two seconds.
fn my_data(chat: &Chat, asking: &Asking, token: &ReplyToken, chats: &[Slug], now: DateTime<Utc>) -> Decision {
    let slug = &chat.settings.slug;
    let to = Place::direct(&asking.by);
    let chats = if chats.is_empty() { vec![slug.clone()] } else { chats.to_vec() };
    let work = Work::HandOver { person: asking.by.clone(), chats, token: token.clone() };
    Decision {
        effects: vec![Delivery {
            id: DeliveryId::new(format_args!("{slug}/my-data/{}/{}", asking.by, asking.key), &to),
            to,
            room: Room::Channel,
            class: Class::Announcement,
            at: now,
            not_before: None,
            expires: Some(now + REPLY_WITHIN),
            work,
        }],
        reply: Some(Reply::Later),
        ..Decision::default()
    }
}

/// Forgets somebody: their membership at once, and page by page what they said, by both their accounts.
pub(crate) fn forget(chat: &Chat, asking: &Asking, now: DateTime<Utc>) -> Decision {
    let known = chat.seen.member.as_ref();
    let account = known.and_then(|member| member.account.as_ref()).map(|account| account.person.clone());
    let mut changes: Vec<Change> = std::iter::once(asking.by.clone())
        .chain(account)
        .map(|person| Change::Erase { person, until: now })
        .collect();
    changes.extend(known.map(|_| Change::Left(asking.by.clone())));
    changes.extend(known.map(proof::let_go).unwrap_or_default());
    let effects = if known.is_some() { roles(chat, asking, false, now) } else { Vec::new() };
    let receipt = words::forgotten(
        &chat.settings,
        &words::Forgotten {
            said: said_so_far(chat),
            rooms: chat.settings.rooms().map(|to| to.place.platform).collect(),
            member: known.is_some(),
            account: known.and_then(|member| member.account.as_ref()).map(|account| account.handle.clone()),
            backups: now + BACKUPS,
        },
        now,
    );
    Decision { changes, effects, reply: Some(Reply::Instead(receipt)), ..Decision::default() }
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
                // By the request, which is theirs alone: its row stays, and whoever leaves is named in none.
                format_args!("{}/role/{}", chat.settings.slug, asking.key),
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
    if echo::is_repeat(chat, episode, question, text) {
        return Ok(for_anybody(chat, words::answered_already(&asking.name)));
    }
    let mut taken = mirror::take(chat, episode, &post, question.map(|q| (q, FiledBy::Answer)));
    echo::remember(&mut taken, text);
    let (mut decision, passed) = door::pass(chat, episode, taken, now);
    if !matches!(passed, Passed::TooFast) {
        // What was not carried may be sent again.
        echo::remember_under(&mut decision, question, text);
    }
    let heard = for_anybody(
        chat,
        match passed {
            Passed::Carried => {
                let x =
                    chat.deployment.x.is_some().then(|| intent::to_x(position, text, &chat.settings.tag()));
                let mut said = words::answered(&chat.settings, &asking.name, position, x);
                // Who said something before in this hour was greeted then.
                let part = chat.seen.attendance.as_ref().filter(|_| question.is_none());
                let part = part.and_then(|part| part.with(episode));
                if let Some(greeting) = part.and_then(|part| words::regular(&part)) {
                    said.text = said.text.say(" ").then(greeting);
                }
                said
            }
            Passed::TooFast => words::answered_too_fast(&asking.name, position),
            Passed::Waits => words::answer_waits(&chat.settings, &asking.name, position),
        },
    );
    decision.changes.extend(heard.changes);
    decision.reply = heard.reply;
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

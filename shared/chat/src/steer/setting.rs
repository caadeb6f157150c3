//! Setting up: a new chat, its settings, its places, its organisers, its own words.

use chrono::{DateTime, Duration, Utc};

use super::planning::{self, planned, rearrange, replan};
use super::{Draft, firing, may};
use crate::action::Action;
use crate::agenda::Episode;
use crate::command::{
    self, CadenceTyped, ChannelTyped, Misread, NewChat, OrganiserChange, RecurrenceTyped, RoleTyped, Setting,
    SlotTyped, Who, WordsChange, WordsFor,
};
use crate::copy::{announce::PLACEHOLDERS, local_date, misread::misread, reply as words};
use crate::name::{Person, Place, Platform, Slug};
use crate::order;
use crate::reply::Reply;
use crate::schedule::{self, Recurrence, Slot};
use crate::settings::{Cadence, Cards, City, Destination, Door, Layout, Settings, Words};
use crate::{Asking, Change, Chat, Decision, Deployment, Refusal, Seen, cue, desk, weigh, zone};

/// Creates a chat. Its first episodes are planned at once; it speaks nowhere yet.
///
/// # Errors
/// Only operators may; the hashtag must be one by X's rules and free, the city known.
pub fn create(
    deployment: &Deployment,
    asking: &Asking,
    typed: &NewChat,
    taken: bool,
    now: DateTime<Utc>,
) -> Result<(Slug, Decision), Refusal> {
    if !deployment.operators.contains(&asking.by) {
        return Err(Refusal::NotOperator);
    }
    let hashtag = hashtag(&typed.hashtag)?;
    if taken {
        return Err(Refusal::HashtagTaken(hashtag));
    }
    let slug = Slug::of(&hashtag).ok_or_else(|| Refusal::BadHashtag(hashtag.clone()))?;
    let (city, zone) = zone::find(&typed.city).map_err(Refusal::Unplaced)?;
    let settings = Settings {
        slug: slug.clone(),
        hashtag: hashtag.clone(),
        title: typed.title.clone().unwrap_or_else(|| format!("#{hashtag}")),
        workspace: asking.by.home.clone(),
        slots: typed.slots.iter().map(|slot| anchored(slot, &[], zone, now)).collect(),
        zone,
        city,
        length: Duration::hours(1),
        cadence: Cadence::Auto,
        reminders: vec![Duration::hours(24), Duration::minutes(10)],
        cities: Vec::new(),
        destinations: Vec::new(),
        organisers: vec![asking.by.clone()],
        moderators: Vec::new(),
        muted: Vec::new(),
        burst: Some(Settings::BURST),
        door: Door::Open,
        desk: None,
        words: Words::default(),
        x_approved: None,
        breaks: Vec::new(),
        budget: Some(Settings::USUAL_BUDGET),
        events: false,
        retired: false,
        version: 0,
    };
    let empty = Chat {
        settings: settings.clone(),
        episodes: Vec::new(),
        cues: Vec::new(),
        deployment: deployment.clone(),
        seen: Seen::default(),
    };
    let first = schedule::next(&settings.slots, zone, &[], now, 1).into_iter().next();
    let reply = words::created(&settings, first, now);
    let tag = hashtag.to_lowercase();
    let mut changes = vec![Change::Hashtag { tag, was: None }, Change::Settings(settings.clone())];
    changes.extend(planned(&empty, &settings, &[], now));
    let decision = Decision { changes, reply: Some(Reply::Said(reply)), ..Decision::default() };
    Ok((slug, decision.bounded()))
}

/// What the form of a new chat asks for.
///
/// # Errors
/// Complaints, each with the key of the field that it is about: all at once, so that nobody mends one
/// after the other.
pub fn new_of_form(values: &[(String, String)]) -> Result<NewChat, Vec<(String, String)>> {
    let value = |key: &str| values.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.trim());
    let mut complaints = Vec::new();
    let mut complain = |key: &str, words: String| complaints.push((key.to_owned(), words));
    let tag = command::read_hashtag(value("hashtag"))
        .map_err(|wrong| misread(&wrong).words())
        .and_then(|tag| hashtag(&tag).map_err(|wrong| words::complaint(&wrong)));
    let city = zone::find(value("city")).map_err(|wrong| words::complaint(&Refusal::Unplaced(wrong)));
    // A city beside the time does no harm where it is the same; anything else there was not understood.
    let same = |typed: &str| match (zone::find(typed), &city) {
        (Ok((_, typed)), Ok((_, zone))) => typed == *zone,
        _ => false,
    };
    let when = match command::read_schedule(value("when")) {
        Ok((_, Some(stray))) if !same(&stray) => Err(words::complaint_when(&[], Some(&stray))),
        Ok((slots, _)) => Ok(slots),
        Err(Misread::TimeIncomplete { missing, stray }) => {
            Err(words::complaint_when(&missing, stray.as_deref()))
        }
        Err(wrong) => Err(misread(&wrong).words()),
    };
    match (tag, when, city) {
        (Ok(hashtag), Ok(slots), Ok((city, _))) => Ok(NewChat { hashtag, slots, city, title: None }),
        (tag, when, city) => {
            tag.err().into_iter().for_each(|words| complain("hashtag", words));
            when.err().into_iter().for_each(|words| complain("when", words));
            city.err().into_iter().for_each(|words| complain("city", words));
            Err(complaints)
        }
    }
}

/// Brings a retired chat back with the times that were typed: its hashtag is its own, so who types `new`
/// with it can only mean this chat. Rooms, organisers, words and what was prepared are as they were.
///
/// A word of its own for this would be one to know for once in a chat's life; and a second chat of the same
/// hashtag would leave the first one's rooms and members behind.
pub(super) fn bring_back(mut draft: Draft<'_>, typed: &NewChat) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    let tag = hashtag(&typed.hashtag)?;
    if tag.to_lowercase() != settings.hashtag.to_lowercase() {
        return Err(Refusal::HashtagTaken(tag));
    }
    let (city, zone) = zone::find(&typed.city).map_err(Refusal::Unplaced)?;
    let before = settings.slots.clone();
    settings.slots = typed.slots.iter().map(|slot| anchored(slot, &before, zone, draft.now)).collect();
    (settings.city, settings.zone) = (city, zone);
    let untitled = settings.title == settings.tag();
    // Typed in passing, or picked as a channel, it has lost the capitals that its organisers gave it.
    if tag != tag.to_lowercase() {
        settings.hashtag = tag;
    }
    match &typed.title {
        Some(title) => settings.title.clone_from(title),
        None if untitled => settings.title = settings.tag(),
        None => {}
    }
    settings.retired = false;
    // As whoever makes a chat, they can go on at once.
    if !settings.is_organiser(&draft.asking.by) {
        settings.organisers.push(draft.asking.by.clone());
    }
    draft.set(settings);
    replan(&mut draft);
    let first =
        schedule::next(&draft.settings.slots, draft.settings.zone, &draft.settings.breaks, draft.now, 1);
    let reply = words::brought_back(&draft.settings, first.first().copied(), draft.now);
    draft.tell(words::did_bring_back());
    Ok(draft.undoable("bringing the chat back", reply))
}

fn hashtag(typed: &str) -> Result<String, Refusal> {
    let bare = typed.trim().trim_start_matches(['#', '＃']);
    // It is a hashtag if X would read it as one, whole.
    match weigh::hashtags(&format!("#{bare}")).as_slice() {
        [one] if one == bare => Ok(one.clone()),
        _ => Err(Refusal::BadHashtag(typed.to_owned())),
    }
}

/// A slot as typed. Its phase is that of the slot it follows, where that had the same rhythm: a chat
/// every second Tuesday that moves to another hour keeps its Tuesdays. Else the next such day from today
/// on fixes it, whose time is still to come.
fn anchored(typed: &SlotTyped, before: &[Slot], zone: zone::Zone, now: DateTime<Utc>) -> Slot {
    let recurrence = match typed.every {
        RecurrenceTyped::Weekly { every, day } => {
            let kept = before.iter().find_map(|slot| match slot.recurrence {
                Recurrence::Weekly { every: e, day: d, anchor } if (e, d) == (every, day) => Some(anchor),
                _ => None,
            });
            let today = local_date(zone, now);
            let first = schedule::next(
                &[Slot { recurrence: Recurrence::Weekly { every: 1, day, anchor: today }, time: typed.time }],
                zone,
                &[],
                now,
                1,
            );
            let first = first.first().map_or(today, |at| local_date(zone, *at));
            Recurrence::Weekly { every, day, anchor: kept.unwrap_or(first) }
        }
        RecurrenceTyped::Monthly { nth, day } => Recurrence::Monthly { nth, day },
    };
    Slot { recurrence, time: typed.time }
}

pub(super) fn set(mut draft: Draft<'_>, setting: &Setting) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    enum Follow {
        Nothing,
        Rearrange,
        Replan,
    }
    let follow = match setting {
        Setting::Title(title) => {
            settings.title = title.trim().to_owned();
            Follow::Nothing
        }
        Setting::Hashtag(typed) => {
            let tag = hashtag(typed)?;
            let was = settings.hashtag.to_lowercase();
            if settings.title == settings.tag() {
                settings.title = format!("#{tag}");
            }
            settings.hashtag = tag.clone();
            // What is prepared must still fit, with the hashtag in every question.
            for episode in draft.chat.episodes.iter().filter(|e| e.is_ahead()) {
                for (question, n) in episode.questions.iter().zip(1..).filter(|(q, _)| q.asked.is_none()) {
                    let on_x = crate::copy::announce::question_on_x(&tag, n, &question.text);
                    super::live::check_x(&on_x)?;
                }
            }
            let tag = tag.to_lowercase();
            if tag != was {
                if draft.chat.seen.taken {
                    return Err(Refusal::HashtagTaken(settings.hashtag));
                }
                draft.decision.changes.push(Change::Hashtag { tag, was: Some(was) });
            }
            Follow::Nothing
        }
        Setting::Time { slots, city } => {
            if let Some(city) = city {
                (settings.city, settings.zone) = zone::find(city).map_err(Refusal::Unplaced)?;
            }
            let (zone, before) = (settings.zone, settings.slots.clone());
            settings.slots = slots.iter().map(|slot| anchored(slot, &before, zone, draft.now)).collect();
            Follow::Replan
        }
        Setting::Zone(city) => {
            (settings.city, settings.zone) = zone::find(city).map_err(Refusal::Unplaced)?;
            Follow::Replan
        }
        Setting::Length(length) => {
            settings.length = *length;
            Follow::Rearrange
        }
        Setting::Cadence(cadence) => {
            settings.cadence = match cadence {
                CadenceTyped::Auto => Cadence::Auto,
                CadenceTyped::Every { first, every } => {
                    Cadence::Every { first: first.unwrap_or(crate::agenda::FIRST), every: *every }
                }
            };
            Follow::Rearrange
        }
        Setting::Reminders(reminders) => {
            settings.reminders.clone_from(reminders);
            order::sort_by(&mut settings.reminders, |a, b| b.cmp(a));
            settings.reminders.dedup();
            Follow::Rearrange
        }
        Setting::Cities(names) => {
            let found: Result<Vec<City>, _> =
                names.iter().map(|name| zone::find(name).map(|(name, zone)| City { name, zone })).collect();
            settings.cities = Vec::new();
            for city in found.map_err(Refusal::Unplaced)? {
                if !settings.cities.contains(&city) {
                    settings.cities.push(city);
                }
            }
            Follow::Nothing
        }
        Setting::Layout { platform, layout } => {
            let mut any = false;
            for to in settings.destinations.iter_mut().filter(|d| d.place.platform == *platform) {
                to.layout = *layout;
                any = true;
            }
            if !any {
                return Err(Refusal::NotConnected(*platform));
            }
            Follow::Nothing
        }
        Setting::Cards { platform, cards } => {
            let mut any = false;
            for to in settings.destinations.iter_mut().filter(|d| d.place.platform == *platform) {
                to.cards = *cards;
                any = true;
            }
            if !any {
                return Err(Refusal::NotConnected(*platform));
            }
            Follow::Nothing
        }
        Setting::Budget(budget) => {
            settings.budget = *budget;
            Follow::Nothing
        }
        Setting::Events(on) => {
            if *on && settings.on(Platform::Discord).next().is_none() {
                return Err(Refusal::NotConnected(Platform::Discord));
            }
            settings.events = *on;
            Follow::Nothing
        }
        Setting::Role(role) => {
            let role = match role {
                None => None,
                Some(RoleTyped::Id(id)) => Some(id.clone()),
                Some(RoleTyped::Name(name)) => return Err(Refusal::RoleByName(name.clone())),
            };
            let mut any = false;
            for to in settings.destinations.iter_mut().filter(|d| d.place.platform == Platform::Discord) {
                to.role.clone_from(&role);
                any = true;
            }
            if !any {
                return Err(Refusal::NotConnected(Platform::Discord));
            }
            Follow::Nothing
        }
        Setting::Desk(desk) => {
            settings.desk = match desk {
                None if settings.door == Door::Regulars => return Err(Refusal::DeskNeeded),
                None => None,
                Some(ChannelTyped::Id { id, .. }) => {
                    Some(Place::new(Platform::Slack, settings.workspace.clone(), id.clone()))
                }
                Some(ChannelTyped::Name(name)) => return Err(Refusal::ChannelByName(name.clone())),
            };
            Follow::Nothing
        }
        Setting::Burst(limit) => {
            settings.burst = *limit;
            Follow::Nothing
        }
    };
    if settings == draft.settings {
        return Err(Refusal::Unchanged);
    }
    if settings.desk != draft.settings.desk {
        let opened = desk::at_new_desk(&settings, &draft.chat.episodes, draft.now);
        draft.decision.effects.extend(opened);
    }
    draft.set(settings);
    match follow {
        Follow::Nothing => {}
        Follow::Rearrange => rearrange(&mut draft),
        Follow::Replan => replan(&mut draft),
    }
    let next = super::next_after(&firing::after(draft.chat, &draft.decision), draft.now);
    let reply = match (setting, draft.chat.seen.account) {
        (Setting::Cards { platform, cards }, _) => words::cards_set(*platform, *cards),
        (Setting::Budget(budget), Some(account)) => {
            words::budget_set(draft.chat, draft.chat.settings.budget, *budget, &account, draft.now)
        }
        _ => words::set(&draft.settings, setting.name(), next, draft.now),
    };
    draft.tell(match setting {
        Setting::Cards { platform, cards } => words::did_cards(*platform, *cards),
        _ => words::did_set(&draft.settings, setting.name()),
    });
    Ok(draft.undoable(&format!("the change of {}", setting.name()), reply))
}

pub(super) fn with(chat: &Chat, settings: &Settings) -> Chat {
    Chat { settings: settings.clone(), ..chat.clone() }
}

pub(super) fn connect(mut draft: Draft<'_>, platform: Platform) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    match platform {
        Platform::Slack => {
            let here = draft.asking.place.clone().filter(|p| p.platform == Platform::Slack);
            let here = here.ok_or(Refusal::NotHere)?;
            if here.channel.starts_with('D') {
                return Err(Refusal::NotHere);
            }
            if settings.destination(&here).is_some() {
                return Err(Refusal::Unchanged);
            }
            let name = draft.asking.place_name.clone().unwrap_or_else(|| here.channel.clone());
            settings.destinations.push(destination(here, name));
        }
        Platform::Discord => {
            if !draft.chat.deployment.discord {
                return Err(Refusal::PlatformOff(Platform::Discord));
            }
            let code = code(&draft.asking.key);
            let until = draft.now + Duration::minutes(10);
            draft.decision.changes.push(Change::ConnectCode { code: code.clone(), until });
            let message = words::connect_discord(&code);
            return Ok(draft.answer(message));
        }
        Platform::X => {
            let (place, handle) = draft.chat.deployment.x.clone().ok_or(Refusal::PlatformOff(Platform::X))?;
            if settings.destination(&place).is_some() {
                return Err(Refusal::Unchanged);
            }
            settings.destinations.push(destination(place, format!("@{handle}")));
        }
    }
    draft.set(settings);
    let Some(to) = draft.settings.destinations.last().cloned() else { return Err(Refusal::Unchanged) };
    let reply = words::connected(&draft.settings, &to);
    draft.tell(words::did_connect(&to));
    Ok(draft.undoable(&format!("connecting {platform}"), reply))
}

/// Takes the chat out of a room: the one named, else the channel it is typed in, else the only one there
/// is. What stands there stays: taking it down would take people's answers with it.
pub(super) fn disconnect(
    mut draft: Draft<'_>,
    platform: Platform,
    room: Option<&ChannelTyped>,
) -> Result<Decision, Refusal> {
    let there: Vec<Destination> = draft.settings.on(platform).cloned().collect();
    let names = || there.iter().map(words::place_name).collect::<Vec<_>>();
    let bare = |name: &str| name.trim_start_matches(['#', '@']).to_lowercase();
    let here = draft.asking.place.as_ref();
    let gone = match (there.as_slice(), room) {
        ([], _) => return Err(Refusal::NotConnected(platform)),
        (_, Some(typed)) => {
            let is = |to: &&Destination| match typed {
                ChannelTyped::Id { id, .. } => to.place.channel == *id,
                ChannelTyped::Name(name) => bare(&to.name) == bare(name),
            };
            let mut named = there.iter().filter(is);
            match (named.next(), named.next(), typed) {
                (Some(one), None, _) => one,
                (Some(_), Some(_), _) => return Err(Refusal::WhichRoom(platform, names())),
                (None, _, ChannelTyped::Id { name: Some(typed), .. } | ChannelTyped::Name(typed)) => {
                    return Err(Refusal::NoSuchRoom { platform, typed: typed.clone(), rooms: names() });
                }
                (None, _, ChannelTyped::Id { id, name: None }) => {
                    return Err(Refusal::NoSuchRoom { platform, typed: id.clone(), rooms: names() });
                }
            }
        }
        ([one], None) => one,
        (several, None) => several
            .iter()
            .find(|to| Some(&to.place) == here)
            .ok_or_else(|| Refusal::WhichRoom(platform, names()))?,
    };
    let mut settings = draft.settings.clone();
    settings.destinations.retain(|to| to.place != gone.place);
    if platform == Platform::X {
        // Whoever connects X again shall see what it will say first.
        settings.x_approved = None;
    }
    draft.set(settings);
    let reply = words::disconnected(&draft.settings, gone);
    draft.tell(words::did_disconnect(gone));
    Ok(draft.undoable(&format!("disconnecting {}", words::place_name(gone)), reply))
}

pub(super) fn destination(place: Place, name: String) -> Destination {
    Destination { layout: Layout::usual(place.platform), place, name, role: None, cards: Cards::Full }
}

/// Eight letters and digits that cannot be taken for one another, from the request's own name: a
/// repeated request gives the same code. The request's name holds the platform's signature over the
/// request, which nobody outside can know.
fn code(key: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    // The key is a hash already; this only folds it to forty bits.
    let folded = crate::name::fold(key);
    (0..8).map(|n| char::from(LETTERS[usize::try_from((folded >> (n * 5)) & 31).unwrap_or(0)])).collect()
}

/// A Discord channel was confirmed with a code by somebody who manages its channels.
pub(crate) fn connected(
    chat: &Chat,
    asking: &Asking,
    to: &Destination,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(chat, asking, now);
    if draft.settings.retired {
        return Err(Refusal::Retired);
    }
    if draft.settings.destination(&to.place).is_some() {
        return Err(Refusal::Unchanged);
    }
    let mut settings = draft.settings.clone();
    settings.destinations.push(to.clone());
    draft.set(settings);
    draft.tell(words::did_connect(to));
    let message = words::discord_connected(&draft.settings, to);
    Ok(draft.answer(message))
}

pub(super) fn approve_x(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    if draft.settings.on(Platform::X).next().is_none() {
        return Err(Refusal::XNotReady);
    }
    if draft.settings.x_approved.is_some() {
        return Err(Refusal::Unchanged);
    }
    let mut settings = draft.settings.clone();
    settings.x_approved = Some(draft.now);
    draft.set(settings);
    draft.tell(words::did_approve());
    let next = super::next_after(draft.chat, draft.now);
    let reply = words::approved(&draft.settings, next, draft.now);
    Ok(draft.instead(reply))
}

pub(super) fn organiser(mut draft: Draft<'_>, change: &OrganiserChange) -> Result<Decision, Refusal> {
    let person = |id: &str| Person::new(Platform::Slack, draft.settings.workspace.clone(), id.to_owned());
    let mut settings = draft.settings.clone();
    let (who, added) = match change {
        OrganiserChange::List => {
            let message = words::organisers(&draft.settings);
            return Ok(draft.answer(message));
        }
        OrganiserChange::Add(user) => {
            let who = person(&user.id);
            if settings.is_organiser(&who) {
                return Err(Refusal::Unchanged);
            }
            settings.organisers.push(who.clone());
            (who, true)
        }
        OrganiserChange::Remove(user) => {
            let who = person(&user.id);
            if !settings.is_organiser(&who) {
                return Err(Refusal::NoSuchOrganiser);
            }
            if settings.organisers.len() == 1 {
                return Err(Refusal::LastOrganiser);
            }
            settings.organisers.retain(|o| o != &who);
            (who, false)
        }
    };
    let called = match change {
        OrganiserChange::Add(user) | OrganiserChange::Remove(user) => user.name.clone(),
        OrganiserChange::List => None,
    };
    draft.set(settings);
    // Whom an hour may call follows from who there is: the next plan may come too late for one that is near.
    let (settings, chat) = (&draft.settings, draft.chat);
    let ahead = chat.episodes.iter().filter(|e| e.is_ahead());
    let cues = ahead.flat_map(|e| cue::reconcile(settings, e, &chat.cues, draft.now));
    let cues: Vec<Change> = cues.map(Change::Cue).collect();
    draft.decision.changes.extend(cues);
    draft.tell(words::did_organiser(called.as_deref().unwrap_or(&who.id), added));
    let reply = words::organiser_changed(&draft.settings, &who, added);
    Ok(draft.undoable("the change of organisers", reply))
}

pub(super) fn own_words(mut draft: Draft<'_>, change: &WordsChange) -> Result<Decision, Refusal> {
    let mut settings = draft.settings.clone();
    let (which, text) = match change {
        WordsChange::List => {
            let message = words::own_words(&draft.settings);
            return Ok(draft.answer(message));
        }
        WordsChange::Show(which) => {
            let message = words::own_words_of(&draft.settings, *which);
            return Ok(draft.answer(message));
        }
        WordsChange::Change(which, text) => (*which, Some(checked(&draft, text)?)),
        WordsChange::Usual(which) => (*which, None),
    };
    let place = match which {
        WordsFor::Opening => &mut settings.words.opening,
        WordsFor::Close => &mut settings.words.close,
        WordsFor::Reminder => &mut settings.words.reminder,
    };
    if *place == text {
        return Err(Refusal::Unchanged);
    }
    place.clone_from(&text);
    draft.set(settings);
    draft.tell(words::did_words(which));
    let reply = words::own_words_set(which, text.as_deref());
    Ok(draft.undoable(&format!("the words of the {which}"), reply))
}

/// A chat's own words: known placeholders only, no link, and room for what is filled in.
fn checked(draft: &Draft<'_>, text: &str) -> Result<String, Refusal> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
        let placeholder = format!("{{{inside}}}");
        if !PLACEHOLDERS.contains(&placeholder.as_str()) {
            return Err(Refusal::UnknownPlaceholder(placeholder));
        }
        rest = behind;
    }
    // What stands around it on X: the hashtag and the date, so that no two weeks are equal.
    let around = format!(" ({}, 30 Nov)", draft.settings.tag());
    let filled = text
        .replace("{topic}", &"t".repeat(60))
        .replace("{guests}", &"g".repeat(24))
        .replace("{next}", "Tue 30 Nov, 10:30pm London");
    super::live::check_x(&format!("{filled}{around}"))?;
    Ok(text.trim().to_owned())
}

pub(super) fn retire_asked(draft: Draft<'_>) -> Result<Decision, Refusal> {
    let slug = draft.settings.slug.clone();
    let message = words::retire_asked(&draft.settings).button("Retire it", Action::Retire(slug));
    Ok(draft.answer(message))
}

/// Retires the chat: what is planned is withdrawn, the hashtag stays its own, nothing is deleted.
pub(super) fn retire(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    may(draft.chat, draft.asking, Who::Organisers)?;
    if draft.settings.retired {
        return Err(Refusal::Unchanged);
    }
    if draft.live().is_ok() {
        return Err(Refusal::IsLive);
    }
    let mut settings = draft.settings.clone();
    settings.retired = true;
    draft.set(settings);
    let coming: Vec<_> = super::ahead(draft.chat).cloned().collect();
    for mut episode in coming {
        let (believed, told) = (episode.believed(), episode.reminded.is_some());
        episode.state = crate::agenda::State::Cancelled;
        // Its last words: whoever was told of a date hears that it is off. Nobody else is disturbed.
        if told {
            planning::tell_of_change(&draft.settings, &mut episode, believed, true, draft.now);
        } else {
            episode.notice = None;
        }
        draft.write(episode);
    }
    let pending = |e: &&Episode| e.state == crate::agenda::State::Cancelled && e.notice.is_some();
    for mut episode in draft.chat.episodes.iter().filter(pending).cloned().collect::<Vec<_>>() {
        episode.notice = None;
        draft.write(episode);
    }
    draft.tell(words::did_retire());
    let reply = words::retired(&draft.settings);
    Ok(draft.undoable("retiring the chat", reply))
}

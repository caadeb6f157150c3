//! Reads what was typed after `/chat`.
#![deny(clippy::wildcard_enum_match_arm)]

use chrono::{Duration, NaiveTime, Weekday};

use super::day::{self, NotADay, NotALength};
use super::part;
use super::slack::{Token, first, fold, only_token, plain, text, tidy, unquote, words};
use super::whom;
use super::{
    About, CadenceTyped, ChannelTyped, Command, Day, GuestChange, GuestTyped, Measure, MemberVerb, Misread,
    NewChat, NewPiece, On, OrganiserChange, Parsed, Piece, RecurrenceTyped, Rehearse, RoleTyped, RoomTyped,
    Setting, SettingName, SlotTyped, UserTyped, Verb, When, WordsChange, WordsFor,
};
use crate::desk::EXTEND;
use crate::money::Money;
use crate::name::{Platform, Slug};
use crate::order;
use crate::settings::{Cards, Door, Layout, Settings};
use crate::weigh;

/// Reads the text of a `/chat` command as Slack sends it, escapes and all. A first word that is one of
/// `chats` (also written as its hashtag or its channel) chooses that chat, unless it is a verb. Nothing
/// at all is `help`.
pub fn parse(text: &str, chats: &[Slug]) -> Result<Parsed, Misread> {
    let (word, rest) = match first(text) {
        // Pasted whole, as our own replies print it.
        ("/chat", rest) => first(rest),
        other => other,
    };
    if word.is_empty() {
        return Ok(Parsed { chat: None, command: Command::Help { about: None } });
    }
    if let Some(verb) = verb(word) {
        return match command(verb, rest) {
            Ok(command) => Ok(Parsed { chat: None, command }),
            Err(why) => named_last(verb, rest, chats).unwrap_or(Err(why)),
        };
    }
    let typed = plain(word);
    if let Some(slug) = Slug::of(hash(&typed).unwrap_or(&typed)).filter(|slug| chats.contains(slug)) {
        let (word, rest) = first(rest);
        let command = match verb(word) {
            Some(verb) => command(verb, rest)?,
            None if word.is_empty() => Command::Help { about: None },
            None => return Err(unknown_verb(word)),
        };
        return Ok(Parsed { chat: Some(slug), command });
    }
    // `/chat smxcaht topic …`: a verb comes after it, so the chat is what is wrong.
    let near = nearest_slug(&typed, chats);
    if hash(&typed).is_some() || (near.is_some() && verb(first(rest).0).is_some()) {
        return Err(Misread::UnknownChat { typed, nearest: near });
    }
    Err(unknown_verb(word))
}

/// `/chat show #SMXChat`: a command that takes nothing, and the chat behind it. Looked for only where the command
/// itself does not know what to do with it, so nobody's hashtag is taken out of a text; and only for what shows:
/// whoever retires a chat names it where a chat is always named.
fn named_last(verb: Verb, rest: &str, chats: &[Slug]) -> Option<Result<Parsed, Misread>> {
    let typed = plain(rest);
    let tag = hash(&typed).filter(|tag| !tag.contains(char::is_whitespace))?;
    let shows = |command: &Command| !command.changes() && !matches!(verb, Verb::New | Verb::Help);
    let command = command(verb, "").ok().filter(shows)?;
    let slug = Slug::of(tag)?;
    if chats.contains(&slug) {
        return Some(Ok(Parsed { chat: Some(slug), command }));
    }
    let nearest = nearest_slug(&typed, chats);
    Some(Err(Misread::UnknownChat { typed, nearest }))
}

/// A command as its writer typed it, without Slack's escapes: to be given back where it was refused.
pub fn as_typed(text: &str) -> String {
    let typed = shown(text);
    if typed.starts_with("/chat") { typed } else { format!("/chat {typed}") }
}

/// Reads a day and nothing else, for forms.
pub fn read_day(text: &str) -> Option<Day> {
    day::day(&plain(text)).ok()
}

/// Reads a hashtag and nothing else, with or without `#`: letters, digits and underscores, at least
/// one letter. Gives it without `#`. What X takes for a hashtag is judged by twitter-text's rules later.
pub fn read_hashtag(text: &str) -> Result<String, Misread> {
    let typed = tidy(&plain(text));
    let tag = hash(&typed).unwrap_or(&typed);
    let fits = |c: char| {
        c.is_alphanumeric()
            || c == '_'
            // Marks and joiners of scripts that need them; not punctuation, not symbols, not emoji.
            || matches!(c, '\u{0300}'..='\u{036F}' | '\u{0900}'..='\u{1CFF}' | '\u{200C}' | '\u{200D}')
    };
    let is_tag = tag.chars().all(fits) && tag.chars().any(char::is_alphabetic) && Slug::of(tag).is_some();
    // A channel whose name Slack kept to itself is no hashtag.
    let nameless = matches!(only_token(text), Some(Token::Channel { label: None, .. } | Token::User { .. }));
    if is_tag && !nameless { Ok(tag.to_owned()) } else { Err(Misread::NotAHashtag { typed }) }
}

/// Reads days, times and a city: `every Tuesday 8pm London`, `Tuesdays 9am and 8pm`. For `set time` and
/// for forms.
pub fn read_schedule(text: &str) -> Result<(Vec<SlotTyped>, Option<String>), Misread> {
    let read = schedule(&plain(text), Verb::Set)?;
    let missing = read.missing();
    if missing.is_empty() {
        Ok((read.slots, read.city))
    } else {
        // What stands there instead of a day is no city.
        let stray = read.stray.or(read.city);
        Err(Misread::TimeIncomplete { missing, stray })
    }
}

/// The hashtag's name after `#` or the full-width `＃`.
fn hash(s: &str) -> Option<&str> {
    s.strip_prefix(['#', '＃'])
}

/// A verb in any capitals, with the colon that some put after it.
fn verb(word: &str) -> Option<Verb> {
    let word = fold(word);
    match word.trim_end_matches(':') {
        // The same word as spelt elsewhere, and as one says it of several.
        "organizer" | "organizers" | "organisers" => Some(Verb::Organiser),
        "leaveout" => Some(Verb::LeaveOut),
        "catchup" => Some(Verb::CatchUp),
        "moderators" | "mod" | "mods" => Some(Verb::Moderator),
        "rehearsal" => Some(Verb::Rehearse),
        "idea" => Some(Verb::Ideas),
        word => Verb::of(word),
    }
}

fn command(verb: Verb, rest: &str) -> Result<Command, Misread> {
    let bare = |command: Command| if rest.is_empty() { Ok(command) } else { Err(extra(verb, rest)) };
    match verb {
        Verb::New => new(rest),
        Verb::Show => bare(Command::Show),
        Verb::Set => set(rest).map(Command::Set),
        Verb::Connect => connect(rest),
        Verb::Disconnect => disconnect(rest),
        Verb::Organiser => organiser(verb, rest).map(Command::Organiser),
        Verb::Moderator => organiser(verb, rest).map(Command::Moderator),
        Verb::Words => own_words(rest).map(Command::Words),
        Verb::Retire => bare(Command::Retire),
        Verb::Topic => {
            let (topic, on) = split_on(verb, rest)?;
            let text = if is_nothing(topic) { None } else { Some(some_text(verb, topic)?) };
            Ok(Command::Topic { text, on })
        }
        Verb::Guest => guest(rest),
        Verb::Ask => {
            let (rest, on) = split_on(verb, rest)?;
            let (at, rest) = leading_question(verb, rest)?;
            Ok(Command::Ask { at, text: some_text(verb, rest)?, on })
        }
        Verb::Edit => Ok(Command::Edit { on: only_on(verb, rest)? }),
        Verb::Move => move_question(rest),
        Verb::Drop => {
            let (word, after) = first(rest);
            if numbered(word).is_none() && is_day(rest) {
                return Err(instead(verb, Verb::Skip, rest));
            }
            Ok(Command::Drop { at: some_position(verb, word, Piece::Question)?, on: only_on(verb, after)? })
        }
        Verb::Spare => {
            let (question, on) = split_on(verb, rest)?;
            let text = if is_nothing(question) { None } else { Some(some_text(verb, question)?) };
            Ok(Command::Spare { text, on })
        }
        Verb::Swap => bare(Command::Swap),
        Verb::Ideas => Ok(Command::Ideas { on: only_on(verb, rest)? }),
        Verb::Brief => {
            let (rest, on) = split_on(verb, rest)?;
            let name = text(rest);
            Ok(Command::Brief { name: Some(name).filter(|name| !name.is_empty()), on })
        }
        Verb::Preview => Ok(Command::Preview { on: only_on(verb, rest)? }),
        Verb::Rehearse => rehearse(rest).map(Command::Rehearse),
        Verb::Skip => skip(rest),
        Verb::Reschedule => reschedule(rest),
        Verb::Add => {
            if rest.is_empty() {
                return Err(Misread::Missing { verb, piece: Piece::Day });
            }
            match when(rest)? {
                Some(When::On(day)) => Ok(Command::Add { day, time: None }),
                Some(When::OnAt(day, time)) => Ok(Command::Add { day, time: Some(time) }),
                Some(When::At(_)) => Err(Misread::Missing { verb, piece: Piece::Day }),
                None => Err(Misread::NotAWhen { verb, typed: shown(rest) }),
            }
        }
        Verb::Status => bare(Command::Status),
        Verb::Hold => {
            let (word, after) = first(rest);
            let typed = if fold(word) == "for" { after } else { rest };
            if typed.is_empty() {
                return Ok(Command::Hold { by: Duration::minutes(3) });
            }
            Ok(Command::Hold { by: measured(verb, Measure::Hold, typed)? })
        }
        Verb::Extend => {
            let (word, after) = first(rest);
            let typed = if matches!(fold(word).as_str(), "by" | "for") { after } else { rest };
            if typed.is_empty() {
                return Ok(Command::Extend { by: EXTEND });
            }
            Ok(Command::Extend { by: measured(verb, Measure::Extension, typed)? })
        }
        Verb::Next => bare(Command::Next),
        Verb::Pause => bare(Command::Pause),
        Verb::Resume => bare(Command::Resume),
        Verb::Say => Ok(Command::Say { text: some_text(verb, rest)? }),
        Verb::Fix => {
            let (at, after) = leading_question(verb, rest)?;
            match at {
                Some(at) => Ok(Command::Fix { at, text: some_text(verb, after)? }),
                None => Err(Misread::Missing { verb, piece: Piece::Question }),
            }
        }
        Verb::Close => bare(Command::Close),
        Verb::CatchUp => bare(Command::CatchUp),
        Verb::Heard => Ok(Command::Heard { on: only_on(verb, rest)? }),
        Verb::Hide => Ok(Command::Hide { what: whom::post(verb, rest)? }),
        Verb::Block => Ok(Command::Block { handle: whom::handle(verb, rest)? }),
        Verb::Unblock => Ok(Command::Unblock { handle: whom::called(verb, rest)? }),
        Verb::LeaveOut => Ok(Command::LeaveOut { handle: whom::handle(verb, rest)? }),
        Verb::Mute => some_words(verb, rest).map(Command::Mute),
        Verb::Unmute => some_words(verb, rest).map(Command::Unmute),
        // `muted scam` is more likely meant as `mute` than as a question.
        Verb::Muted if !rest.is_empty() => Err(instead(verb, Verb::Mute, rest)),
        Verb::Muted => Ok(Command::Muted),
        Verb::Door => door(rest).map(Command::Door),
        Verb::When => bare(Command::When),
        Verb::Questions => Ok(Command::Questions { on: only_on(verb, rest)? }),
        Verb::Suggest if rest.is_empty() => Ok(Command::Suggest { text: None }),
        Verb::Suggest => Ok(Command::Suggest { text: Some(some_text(verb, rest)?) }),
        Verb::Suggestions => bare(Command::Suggestions),
        Verb::Help => help(rest),
    }
}

// Small pieces.

fn shown(s: &str) -> String {
    tidy(&plain(s))
}

fn extra(verb: Verb, rest: &str) -> Misread {
    Misread::Extra { verb, words: shown(rest) }
}

fn instead(verb: Verb, instead: Verb, rest: &str) -> Misread {
    Misread::Instead { verb, instead, words: shown(rest) }
}

/// What people type to take something away. In quotes it is meant as it stands.
fn is_nothing(rest: &str) -> bool {
    matches!(fold(rest).as_str(), "none" | "remove" | "clear" | "-" | "–" | "—")
}

fn some_text(verb: Verb, rest: &str) -> Result<String, Misread> {
    let text = text(rest);
    if weigh::is_blank(&text) { Err(Misread::Missing { verb, piece: Piece::Text }) } else { Ok(text) }
}

/// `Q3`, `q3`, `Q3.`, `Q3:`, and for commands that take nothing else `3`. 1 to 99; `Some(None)` for
/// a number that no question has.
pub(super) fn numbered(word: &str) -> Option<Option<u32>> {
    let digits = word.strip_prefix(['q', 'Q'])?.trim_end_matches(['.', ':', ')', ',']);
    let fits = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok().filter(|n| (1..=99).contains(n)))
}

fn position(word: &str) -> Option<u32> {
    numbered(word).or_else(|| numbered(&format!("Q{word}"))).flatten()
}

fn some_position(verb: Verb, word: &str, piece: Piece) -> Result<u32, Misread> {
    match position(word) {
        Some(at) => Ok(at),
        None if word.is_empty() => Err(Misread::Missing { verb, piece }),
        None => Err(Misread::NotAQuestion { verb, typed: shown(word) }),
    }
}

/// The question that a text begins with, if it does: `Q3 TEXT`, `Q3: TEXT`, `Q3:TEXT`.
fn leading_question(verb: Verb, rest: &str) -> Result<(Option<u32>, &str), Misread> {
    let (word, after) = first(rest);
    let (word, after) = match word.find(':') {
        Some(colon) if numbered(&word[..colon]).is_some() => {
            let end = colon + 1;
            (&word[..end], rest.trim_start().get(end..).unwrap_or("").trim())
        }
        _ => (word, after),
    };
    match numbered(word) {
        Some(Some(at)) => Ok((Some(at), after)),
        Some(None) => Err(Misread::NotAQuestion { verb, typed: shown(word) }),
        None => Ok((None, rest)),
    }
}

fn ambiguous(typed: &str, readings: [Day; 2]) -> Misread {
    Misread::AmbiguousDate { typed: shown(typed), readings }
}

/// A day where one is expected, perhaps with an `on` before it.
fn some_day(verb: Verb, typed: &str) -> Result<Day, Misread> {
    match some_on(verb, typed)? {
        On { day, time: None, .. } => Ok(day),
        On { .. } => Err(Misread::NotADay { verb, typed: shown(typed) }),
    }
}

/// The same with the time that tells two on one day apart: `24 Nov 10am`.
fn some_on(verb: Verb, typed: &str) -> Result<On, Misread> {
    let bare = strip_word(typed, &["on"]);
    if bare.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Day });
    }
    let (day, time) = day_and_time(bare)?.ok_or_else(|| Misread::NotADay { verb, typed: shown(typed) })?;
    Ok(On { day, time, typed: shown(typed) })
}

/// A day, perhaps with a time, perhaps with the full stop of a sentence.
fn day_and_time(typed: &str) -> Result<Option<(Day, Option<NaiveTime>)>, Misread> {
    let read = |typed: &str| {
        when(typed).map(|read| match read {
            Some(When::On(day)) => Some((day, None)),
            Some(When::OnAt(day, time)) => Some((day, Some(time))),
            Some(When::At(_)) | None => None,
        })
    };
    match (read(typed)?, typed.strip_suffix('.')) {
        (None, Some(bare)) => read(bare),
        (found, _) => Ok(found),
    }
}

/// Whether a day stands here, also one that must be asked back, or a range that begins with one.
fn is_day(typed: &str) -> bool {
    let (start, _) = separated(typed, RANGE).unwrap_or((typed, ""));
    match day::day(&plain(strip_word(start, &["on"]))) {
        Ok(_) | Err(NotADay::Two(_)) => true,
        Err(NotADay::No) => false,
    }
}

fn when(typed: &str) -> Result<Option<When>, Misread> {
    day::when(&plain(typed)).map_err(|readings| ambiguous(typed, readings))
}

/// `rest` without its first word, where that is one of these.
fn strip_word<'a>(rest: &'a str, drop: &[&str]) -> &'a str {
    let (word, after) = first(rest);
    if drop.contains(&fold(word).as_str()) { after } else { rest.trim() }
}

/// The episode that comes after a command that takes nothing else: `on 8 Dec`, `8 Dec at 8pm`, nothing.
fn only_on(verb: Verb, rest: &str) -> Result<Option<On>, Misread> {
    if rest.is_empty() {
        return Ok(None);
    }
    match some_on(verb, rest) {
        // `preview Q3` was not meant as a day.
        Err(Misread::NotADay { .. }) if fold(first(rest).0) != "on" => Err(extra(verb, rest)),
        read => read.map(Some),
    }
}

/// Takes a closing `on DAY` off a text, with the time of day before or after it. What is no day belongs to
/// the text, and so does a day that a question ends with (`… on Tuesday?`). Half a date is neither: taken
/// for text it would be read in public, so it is asked back.
fn split_on(verb: Verb, rest: &str) -> Result<(&str, Option<On>), Misread> {
    let found = words(rest).into_iter().rev().take(12).find(|&(start, end)| fold(&rest[start..end]) == "on");
    let Some((start, end)) = found else { return Ok((rest, None)) };
    let typed = rest[end..].trim();
    if typed.ends_with(',') {
        return Ok((rest, None));
    }
    let Some((day, time)) = day_and_time(typed)? else {
        return if is_half_a_date(typed) {
            Err(Misread::HalfADate { verb, typed: shown(&rest[start..]) })
        } else {
            Ok((rest, None))
        };
    };
    let text = rest[..start].trim();
    let (text, time) = match (time, time_behind(text)) {
        (None, Some((text, time))) => (text, Some(time)),
        (time, _) => (text, time),
    };
    Ok((text, Some(On { day, time, typed: shown(&rest[text.len()..]) })))
}

/// `Who? at 8pm` without its time: only behind a whole sentence, or "Where are you at noon" would lose its
/// point.
fn time_behind(text: &str) -> Option<(&str, NaiveTime)> {
    let (start, end) = words(text)
        .into_iter()
        .rev()
        .take(3)
        .find(|&(start, end)| matches!(&text[start..end], "at" | "@"))?;
    let before = text[..start].trim_end();
    let whole = before.ends_with(['?', '!', '.', '…', '"', '”', '»']);
    day::time(&plain(&text[end..])).filter(|_| whole).map(|time| (before, time))
}

/// A date with a month, and behind it what may be a time: `24 Nov 10`, `8 Dec, 8ish`, `24 Nov in the evening`.
fn is_half_a_date(typed: &str) -> bool {
    let spans = words(typed);
    (2..=4.min(spans.len().saturating_sub(1))).any(|n| {
        let (date, more) = (&typed[..spans[n - 1].1], &typed[spans[n].0..]);
        let more = fold(more.trim_end_matches('.'));
        let more: Vec<&str> = more
            .split_whitespace()
            .skip_while(|w| matches!(*w, "at" | "@" | "in" | "the" | "around"))
            .collect();
        let like_a_time = match more.as_slice() {
            ["morning" | "afternoon" | "evening" | "night" | "lunchtime"] => true,
            [word] | [word, "o'clock" | "o’clock"] => {
                word.starts_with(|c: char| c.is_ascii_digit()) && !word.ends_with(['?', '!', '%'])
            }
            _ => false,
        };
        like_a_time && matches!(day::day(&plain(date)), Ok(Day::Date { .. }))
    })
}

/// A length within bounds; a bare number is minutes, but not for reminders, where it might be hours.
fn measured(verb: Verb, measure: Measure, typed: &str) -> Result<Duration, Misread> {
    let shown = shown(typed);
    let length = day::length(&shown, measure != Measure::Reminder).map_err(|why| match why {
        NotALength::No => Misread::NotALength { verb, typed: shown.clone() },
        NotALength::Seconds => Misread::Seconds { typed: shown.clone() },
    })?;
    let (least, most) = measure.bounds();
    if (least..=most).contains(&length) {
        Ok(length)
    } else {
        Err(Misread::OutOfBounds { measure, typed: shown })
    }
}

// Verbs.

fn new(rest: &str) -> Result<Command, Misread> {
    if rest.is_empty() {
        return Ok(Command::New(None));
    }
    let (title, rest) = take_title(rest);
    let spans = words(&rest);
    let marked = |&&(start, end): &&(usize, usize)| {
        let word = &rest[start..end];
        hash(word).is_some() || matches!(only_token(word), Some(Token::Channel { .. }))
    };
    // Without `#` only the first word can be it, and only if it is no part of a schedule.
    let unmarked = || {
        let tag = spans.first().filter(|&&(start, end)| hash(&rest[start..end]).is_none())?;
        let folded: Vec<String> = spans.iter().map(|&(start, end)| fold(&rest[start..end])).collect();
        let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
        (recurrence(&folded).is_none() && day::clock(&folded).is_none()).then_some(tag)
    };
    let found = spans.iter().find(marked).or_else(unmarked);
    let (hashtag, around) = match found {
        Some(&(start, end)) => {
            let word = rest[start..end].trim_end_matches([',', ':']);
            let nameless = matches!(only_token(word), Some(Token::Channel { label: None, .. }));
            let hashtag = if nameless { None } else { Some(read_hashtag(word)?) };
            (hashtag, format!("{} {}", &rest[..start], &rest[end..]))
        }
        None => (None, rest),
    };
    let read = schedule(&plain(&around), Verb::New)?;
    let mut missing = read.missing();
    if hashtag.is_none() {
        missing.insert(0, NewPiece::Hashtag);
    }
    if read.city.is_none() {
        missing.push(NewPiece::City);
    }
    match (hashtag, read.city) {
        (Some(hashtag), Some(city)) if missing.is_empty() => {
            Ok(Command::New(Some(NewChat { hashtag, slots: read.slots, city, title })))
        }
        (hashtag, _) => Err(Misread::NewIncomplete { hashtag, missing, stray: read.stray }),
    }
}

/// Takes a title in double quotes out of `new`, with a word like `called` before it.
fn take_title(rest: &str) -> (Option<String>, String) {
    const QUOTES: [char; 4] = ['"', '“', '”', '„'];
    let taken = rest.char_indices().find(|(_, c)| QUOTES.contains(c)).and_then(|(open, c)| {
        let inside = open + c.len_utf8();
        let close = inside + rest[inside..].find(QUOTES)?;
        let after = rest[close..].chars().next().map_or(close, |c| close + c.len_utf8());
        let title = text(&rest[inside..close]);
        let mut before = rest[..open].trim_end();
        if let Some(&(start, end)) = words(before).last()
            && matches!(fold(&before[start..end]).as_str(), "called" | "titled" | "named")
        {
            before = &before[..start];
        }
        (!title.is_empty()).then(|| (title, format!("{before} {}", &rest[after..])))
    });
    match taken {
        Some((title, rest)) => (Some(title), rest),
        None => (None, rest.to_owned()),
    }
}

fn connect(rest: &str) -> Result<Command, Misread> {
    let (platform, after) = some_platform(Verb::Connect, rest)?;
    if after.is_empty() { Ok(Command::Connect { platform }) } else { Err(extra(Verb::Connect, after)) }
}

fn disconnect(rest: &str) -> Result<Command, Misread> {
    let verb = Verb::Disconnect;
    let (platform, after) = some_platform(verb, rest)?;
    let after = strip_word(after, &["from", "in"]);
    let room = match only_token(after) {
        _ if after.is_empty() || fold(after) == "here" => None,
        Some(Token::Channel { id, label }) => Some(channel_token(id, label)),
        Some(Token::User { .. } | Token::Special { .. } | Token::Link { .. }) => {
            return Err(extra(verb, after));
        }
        // Slack does not know Discord's channels, nor the account on X.
        None => Some(ChannelTyped::Name(shown(after).trim_start_matches(['#', '＃', '@']).to_owned())),
    };
    Ok(Command::Disconnect { platform, room })
}

fn some_platform(verb: Verb, rest: &str) -> Result<(Platform, &str), Misread> {
    let (word, after) = first(rest);
    if word.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Platform });
    }
    let typed = shown(word);
    let platform = fold(&typed).parse::<Platform>().map_err(|_| {
        let nearest = match fold(&typed).trim_start_matches('@') {
            "twitter" | "x.com" | "twitter.com" => Some(Platform::X),
            word => near(word, Platform::ALL.iter().map(|p| (p.key(), *p))),
        };
        Misread::UnknownPlatform { verb, typed: typed.clone(), nearest }
    })?;
    Ok((platform, after))
}

fn channel_token(id: &str, label: Option<&str>) -> ChannelTyped {
    let name = label.map(|l| plain(l).trim_start_matches('#').to_owned());
    ChannelTyped::Id { id: id.to_owned(), name }
}

/// `#tryout`, `in #tryout for 5 min on 8 Dec`, `stop`: the channel and how long, in either order.
fn rehearse(rest: &str) -> Result<Rehearse, Misread> {
    let verb = Verb::Rehearse;
    if matches!(fold(rest).trim_end_matches(['.', '!']), "stop" | "end" | "cancel" | "off") {
        return Ok(Rehearse::Stop);
    }
    let (rest, on) = split_on(verb, rest)?;
    let (mut room, mut length) = (None, String::new());
    for (start, end) in words(rest) {
        let word = &rest[start..end];
        match room_of(word) {
            Some(one) if room.is_none() => room = Some(one),
            Some(_) => return Err(extra(verb, word)),
            None if matches!(fold(word).as_str(), "in" | "on" | "for" | "to" | "at") => {}
            None => length = format!("{length} {word}"),
        }
    }
    let length = match length.trim() {
        "" => None,
        typed => Some(measured(verb, Measure::Rehearsal, typed).map_err(|why| {
            let channel = typed.split(' ').next().unwrap_or_default();
            if room.is_none() && is_bare_channel(typed) {
                Misread::BareChannel { typed: shown(channel).to_lowercase() }
            } else {
                why
            }
        })?),
    };
    Ok(Rehearse::Play { room, length, on })
}

/// `tryout`, `tryout 5m`: no length of time, and a channel that lacks its `#`. Slack's names of channels begin with
/// a letter here, so that `5 mins of it` stays what it is.
/// <https://docs.slack.dev/reference/methods/conversations.create#naming>
fn is_bare_channel(typed: &str) -> bool {
    let (word, length) = first(typed);
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let named = word.starts_with(char::is_alphabetic) && word.chars().all(fits);
    named && (length.is_empty() || day::length(&shown(length), true).is_ok())
}

/// One word that names a channel, or a platform where one belongs.
fn room_of(word: &str) -> Option<RoomTyped> {
    match only_token(word) {
        Some(Token::Channel { id, label }) => return Some(RoomTyped::Slack(channel_token(id, label))),
        Some(Token::User { .. } | Token::Special { .. }) => return None,
        Some(Token::Link { .. }) | None => {}
    }
    let typed = shown(word);
    if let Some(room) = whom::room(&typed) {
        return Some(room);
    }
    if let Some(name) = hash(&typed).filter(|name| !name.is_empty()) {
        return Some(RoomTyped::Slack(ChannelTyped::Name(name.to_lowercase())));
    }
    let folded = fold(&typed);
    match folded.as_str() {
        "here" => Some(RoomTyped::Here),
        "twitter" => Some(RoomTyped::On(Platform::X)),
        // An account, or what looks like one.
        word if word.len() > 1 && word.starts_with(['@', '＠']) => Some(RoomTyped::On(Platform::X)),
        word => word.parse().ok().map(RoomTyped::On),
    }
}

fn organiser(verb: Verb, rest: &str) -> Result<OrganiserChange, Misread> {
    let (word, after) = first(rest);
    let change: fn(UserTyped) -> OrganiserChange = match fold(word).as_str() {
        "" => return Ok(OrganiserChange::List),
        "add" => OrganiserChange::Add,
        "remove" => OrganiserChange::Remove,
        _ if user(word).is_some() => return Err(Misread::Missing { verb, piece: Piece::AddOrRemove }),
        _ => return Err(extra(verb, rest)),
    };
    let (word, more) = first(after);
    if word.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Person });
    }
    let user = user(word).ok_or_else(|| Misread::NotAPerson { typed: shown(after) })?;
    if more.is_empty() { Ok(change(user)) } else { Err(extra(verb, more)) }
}

fn user(word: &str) -> Option<UserTyped> {
    match only_token(word) {
        Some(Token::User { id, label }) => Some(UserTyped { id: id.to_owned(), name: label.map(plain) }),
        Some(Token::Channel { .. } | Token::Special { .. } | Token::Link { .. }) | None => None,
    }
}

/// Words and phrases: divided by commas, unless all of it stands in quotes.
fn some_words(verb: Verb, rest: &str) -> Result<Vec<String>, Misread> {
    let whole = tidy(&plain(rest));
    let typed = if unquote(&whole) == whole { listed(&whole, &[",", "，", ";"]) } else { vec![whole] };
    let mut found: Vec<String> = Vec::new();
    for word in typed.iter().map(|word| unquote(word).to_owned()) {
        if !weigh::is_blank(&word) && !found.contains(&word) {
            found.push(word);
        }
    }
    if found.is_empty() { Err(Misread::Missing { verb, piece: Piece::Word }) } else { Ok(found) }
}

fn door(rest: &str) -> Result<Option<Door>, Misread> {
    match fold(rest).trim_end_matches(['.', '!']) {
        "" => Ok(None),
        "open" | "open to all" | "all" | "everyone" | "everybody" => Ok(Some(Door::Open)),
        "regulars" | "regular" | "for regulars" | "regulars only" => Ok(Some(Door::Regulars)),
        _ => Err(Misread::NotADoor { typed: shown(rest) }),
    }
}

fn own_words(rest: &str) -> Result<WordsChange, Misread> {
    let (word, after) = first(rest);
    if word.is_empty() {
        return Ok(WordsChange::List);
    }
    let which = WordsFor::of(fold(word).trim_end_matches(':'))
        .ok_or_else(|| Misread::UnknownWords { typed: shown(word) })?;
    if after.is_empty() {
        return Ok(WordsChange::Show(which));
    }
    if is_nothing(after) || matches!(fold(after).as_str(), "usual" | "default" | "reset") {
        return Ok(WordsChange::Usual(which));
    }
    some_text(Verb::Words, after).map(|text| WordsChange::Change(which, text))
}

fn guest(rest: &str) -> Result<Command, Misread> {
    let verb = Verb::Guest;
    // In either order: `… from Q3 on 8 Dec`, `… on 8 Dec from Q3`.
    let (before, last) = part::closing(rest)?;
    let (rest, on) = split_on(verb, before)?;
    let (word, after) = first(rest);
    if fold(word) == "remove" {
        let name = text(after);
        let (name, from) = if is_quoted(after) { (name.as_str(), None) } else { part::within(&name)? };
        if name.is_empty() {
            return Err(Misread::Missing { verb, piece: Piece::Name });
        }
        if let Some(from) = last.or(from) {
            return Err(extra(verb, &format!("from Q{from}")));
        }
        return Ok(Command::Guest { change: GuestChange::Remove(name.to_owned()), on });
    }
    let line = text(rest);
    let (mut parts, mut from) = (Vec::new(), last);
    for typed in line.split([',', '，']).map(str::trim).filter(|p| !p.is_empty()) {
        // In quotes it is meant as it stands.
        let (part, position) = if is_quoted(rest) { (typed, None) } else { part::within(typed)? };
        if let (Some(position), Some(other)) = (position, from) {
            return Err(Misread::NotAPart { typed: format!("from Q{position} and from Q{other}") });
        }
        from = from.or(position);
        parts.push(part);
    }
    // What is left of `from Q3` alone is nothing, which is no name, and says nothing behind one.
    let mut parts = parts.into_iter();
    let name = parts.next().filter(|name| !name.is_empty());
    let name = name.ok_or(Misread::Missing { verb, piece: Piece::Name })?.to_owned();
    let parts = parts.filter(|part| !part.is_empty());
    // A mention is no name: it would ping somebody on X who may not have agreed to it. Nor does Slack tell
    // more of somebody picked from its list than what they sign in as.
    if name.starts_with(['@', '＠']) {
        return Err(Misread::NotAName { typed: name });
    }
    let (mut handle, mut others) = (None, Vec::new());
    for part in parts {
        match part.strip_prefix(['@', '＠']) {
            Some(typed) if handle.is_none() => {
                let fits = (1..=15).contains(&typed.len())
                    && typed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                if !fits {
                    return Err(Misread::NotAHandle { typed: part.to_owned() });
                }
                handle = Some(typed.to_owned());
            }
            _ => others.push(part),
        }
    }
    let mut others = others.into_iter();
    let city = others.next().map(bare_city).filter(|city| !city.is_empty());
    if let (None, None, Some(from)) = (city, &handle, from) {
        return Ok(Command::Guest { change: GuestChange::From(name, from), on });
    }
    let city = city.ok_or(Misread::Missing { verb, piece: Piece::City })?.to_owned();
    let about = others.collect::<Vec<_>>().join(", ");
    let guest = GuestTyped { name, city, about: Some(about).filter(|a| !a.is_empty()), handle, from };
    Ok(Command::Guest { change: GuestChange::Add(guest), on })
}

/// Whether a text stands in quotes as a whole.
fn is_quoted(rest: &str) -> bool {
    tidy(&plain(rest)) != text(rest)
}

fn move_question(rest: &str) -> Result<Command, Misread> {
    let verb = Verb::Move;
    let (word, after) = first(rest);
    if numbered(word).is_none() && is_day(rest) {
        return Err(instead(verb, Verb::Reschedule, rest));
    }
    let from = some_position(verb, word, Piece::Question)?;
    let (word, after) = first(strip_word(after, &["to", "->", "→", "-&gt;"]));
    let to = some_position(verb, word, Piece::Position)?;
    Ok(Command::Move { from, to, on: only_on(verb, after)? })
}

/// Words between the two ends of a range of days.
const RANGE: &[&str] = &["to", "until", "till", "through", "-", "–", "—"];

/// What stands before and after the first of these words.
fn separated<'a>(rest: &'a str, by: &[&str]) -> Option<(&'a str, &'a str)> {
    words(rest)
        .into_iter()
        .find(|&(start, end)| by.contains(&fold(&rest[start..end]).as_str()))
        .map(|(start, end)| (rest[..start].trim(), rest[end..].trim()))
}

fn skip(rest: &str) -> Result<Command, Misread> {
    let verb = Verb::Skip;
    let rest = strip_word(rest, &["from", "on"]);
    if numbered(first(rest).0).is_some() {
        return Err(instead(verb, Verb::Drop, rest));
    }
    let range = |from: Day, typed: &str, to| Command::Skip {
        from: On { day: from, time: None, typed: shown(typed) },
        to: Some(to),
    };
    if let Some((from, to)) = separated(rest, RANGE) {
        let to = some_day(verb, to)?;
        return Ok(range(first_of_range(verb, from, to)?, from, to));
    }
    let why = match some_on(verb, rest) {
        Ok(from) => return Ok(Command::Skip { from, to: None }),
        Err(why) => why,
    };
    // `22 Dec–5 Jan`, `22-29 Dec`: a dash without spaces, which a date may have of its own.
    for (dash, c) in rest.char_indices().filter(|(_, c)| matches!(c, '-' | '–' | '—')) {
        let ends = some_day(verb, &rest[dash + c.len_utf8()..])
            .and_then(|to| first_of_range(verb, &rest[..dash], to).map(|from| (from, to)));
        match ends {
            Ok((from, to)) => return Ok(range(from, &rest[..dash], to)),
            Err(why) if matches!(why, Misread::AmbiguousDate { .. }) => return Err(why),
            // This dash may belong to a date; the next one may not.
            Err(_) => {}
        }
    }
    Err(why)
}

/// The first day of a range, which borrows month and year from the last: `22 to 29 Dec`.
fn first_of_range(verb: Verb, typed: &str, to: Day) -> Result<Day, Misread> {
    let typed = plain(typed);
    let Day::Date { month, year, .. } = to else { return some_day(verb, &typed) };
    match (typed.trim().parse::<u32>(), some_day(verb, &typed)) {
        (Ok(day @ 1..=31), _) => Ok(Day::Date { weekday: None, day, month, year }),
        (_, Ok(Day::Nth { weekday, day })) => Ok(Day::Date { weekday, day, month, year }),
        (_, read) => read,
    }
}

fn reschedule(rest: &str) -> Result<Command, Misread> {
    let verb = Verb::Reschedule;
    if rest.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Day });
    }
    let Some((day, to)) = separated(rest, &["to", "->", "→", "-&gt;"]) else {
        some_on(verb, strip_word(rest, &["from"]))?;
        return Err(Misread::Missing { verb, piece: Piece::When });
    };
    let on = some_on(verb, strip_word(day, &["from"]))?;
    if to.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::When });
    }
    let to = when(to)?.ok_or_else(|| Misread::NotAWhen { verb, typed: shown(to) })?;
    Ok(Command::Reschedule { on, to })
}

fn help(rest: &str) -> Result<Command, Misread> {
    let (word, after) = match first(rest) {
        // As our own replies print it.
        ("/chat", rest) => first(rest),
        other => other,
    };
    if word.is_empty() {
        return Ok(Command::Help { about: None });
    }
    let folded = fold(word);
    let about = match (verb(word), SettingName::of(&folded)) {
        (Some(Verb::Set), _) if after.is_empty() => About::Verb(Verb::Set),
        (Some(Verb::Set), _) => About::Setting(setting_name(first(after).0)?),
        (Some(verb), _) => About::Verb(verb),
        (None, Some(setting)) => About::Setting(setting),
        (None, None) => return Err(unknown_verb(word)),
    };
    Ok(Command::Help { about: Some(about) })
}

// Settings.

fn setting_name(word: &str) -> Result<SettingName, Misread> {
    let folded = fold(word);
    SettingName::of(folded.trim_end_matches([':', '='])).ok_or_else(|| {
        let nearest = match folded.as_str() {
            "timezone" | "tz" => Some(SettingName::Zone),
            "day" | "days" | "start" | "times" => Some(SettingName::Time),
            "duration" => Some(SettingName::Length),
            "name" => Some(SettingName::Title),
            "tag" => Some(SettingName::Hashtag),
            "pace" | "spacing" => Some(SettingName::Cadence),
            "channel" => Some(SettingName::Desk),
            "limit" | "flood" | "rate" => Some(SettingName::Burst),
            "cap" | "cost" | "costs" | "money" => Some(SettingName::Budget),
            word => near(word, SettingName::ALL.iter().map(|s| (s.word(), *s))),
        };
        Misread::UnknownSetting { typed: shown(word), nearest }
    })
}

fn set(rest: &str) -> Result<Setting, Misread> {
    let verb = Verb::Set;
    let (word, value) = first(rest);
    if word.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Setting });
    }
    let setting = setting_name(word)?;
    let read = text(value);
    if read.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Value(setting) });
    }
    let not_a_value = || Misread::NotAValue { setting, typed: read.clone() };
    let none = fold(&read) == "none";
    let layout = |platform| match fold(&read).as_str() {
        "threads" => Ok(Setting::Layout { platform, layout: Layout::Threads }),
        "flat" => Ok(Setting::Layout { platform, layout: Layout::Flat }),
        "links" | "links only" | "link" => Ok(Setting::Cards { platform, cards: Cards::Links }),
        "full" | "full text" => Ok(Setting::Cards { platform, cards: Cards::Full }),
        _ => Err(not_a_value()),
    };
    match setting {
        SettingName::Title => Ok(Setting::Title(read)),
        SettingName::Hashtag => read_hashtag(unquote(value)).map(Setting::Hashtag),
        SettingName::Time => read_schedule(&read).map(|(slots, city)| Setting::Time { slots, city }),
        SettingName::Zone => Ok(Setting::Zone(bare_city(&read).to_owned())),
        SettingName::Length => measured(verb, Measure::Length, &read).map(Setting::Length),
        SettingName::Cadence => cadence(&read, not_a_value).map(Setting::Cadence),
        SettingName::Reminders if none => Ok(Setting::Reminders(Vec::new())),
        SettingName::Reminders => {
            let mut all = Vec::new();
            for typed in listed(&read, &[",", ";", "and", "&", "+"]).iter().flat_map(|part| by_length(part)) {
                all.push(measured(verb, Measure::Reminder, &typed)?);
            }
            order::sort_by(&mut all, |a, b| b.cmp(a));
            all.dedup();
            if all.is_empty() { Err(not_a_value()) } else { Ok(Setting::Reminders(all)) }
        }
        SettingName::Cities if none => Ok(Setting::Cities(Vec::new())),
        SettingName::Cities => {
            let cities = listed(&read, &[",", ";", "·", "and", "&"]);
            if cities.is_empty() { Err(not_a_value()) } else { Ok(Setting::Cities(cities)) }
        }
        SettingName::Discord => layout(Platform::Discord),
        SettingName::Slack => layout(Platform::Slack),
        SettingName::Budget if none => Ok(Setting::Budget(None)),
        SettingName::Budget => {
            budget(&read).map(|money| Setting::Budget(Some(money))).ok_or_else(not_a_value)
        }
        SettingName::Role if none => Ok(Setting::Role(None)),
        SettingName::Role => match only_token(value) {
            // Slack's own people and channels are nobody's Discord role.
            Some(Token::User { .. } | Token::Channel { .. } | Token::Special { .. } | Token::Link { .. }) => {
                Err(not_a_value())
            }
            None => role(&read).map(|role| Setting::Role(Some(role))).ok_or_else(not_a_value),
        },
        SettingName::Events => match fold(&read).as_str() {
            "on" | "yes" => Ok(Setting::Events(true)),
            "off" | "no" | "none" => Ok(Setting::Events(false)),
            _ => Err(not_a_value()),
        },
        SettingName::Burst => burst(&read).map(Setting::Burst).ok_or_else(not_a_value),
        SettingName::Desk if none => Ok(Setting::Desk(None)),
        SettingName::Desk => match only_token(value) {
            Some(Token::Channel { id, label }) => Ok(Setting::Desk(Some(channel_token(id, label)))),
            Some(Token::User { .. } | Token::Special { .. } | Token::Link { .. }) => Err(not_a_value()),
            None => {
                let name = hash(&read).unwrap_or(&read);
                // Slack's channel names: lower case, no spaces, no points.
                let fits =
                    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || ".,#@<>".contains(c));
                if fits {
                    Ok(Setting::Desk(Some(ChannelTyped::Name(name.to_lowercase()))))
                } else {
                    Err(not_a_value())
                }
            }
        },
    }
}

/// `$5`, `5`, `4.50`, `5 dollars`, `$5 a month`.
fn budget(read: &str) -> Option<Money> {
    let folded = fold(read);
    let bare = ["a month", "per month", "monthly", "/month"].iter().find_map(|end| folded.strip_suffix(end));
    let bare = bare.unwrap_or(&folded).trim();
    let units = ["us dollars", "dollars", "dollar", "usd", "us$", "$"];
    let bare = units.iter().find_map(|unit| bare.strip_suffix(unit)).unwrap_or(bare).trim();
    let bare = ["us$", "usd"].iter().find_map(|unit| bare.strip_prefix(unit)).unwrap_or(bare);
    // Nobody pays parts of a cent, and what has them is more likely a slip.
    Money::read(bare).filter(|money| money.as_micros() % Money::cents(1).as_micros() == 0)
}

fn cadence(read: &str, not_a_value: impl Fn() -> Misread) -> Result<CadenceTyped, Misread> {
    let verb = Verb::Set;
    let (word, after) = first(read);
    match fold(word).as_str() {
        "auto" if after.is_empty() => Ok(CadenceTyped::Auto),
        "every" if !after.is_empty() => {
            let (every, first) = match separated(after, &["from"]) {
                Some((every, first)) => (every, Some(measured(verb, Measure::Cadence, first)?)),
                None => (after, None),
            };
            Ok(CadenceTyped::Every { first, every: measured(verb, Measure::Cadence, every)? })
        }
        _ => Err(not_a_value()),
    }
}

/// `10`, `10 a minute`, `off`.
fn burst(read: &str) -> Option<Option<u32>> {
    let folded = fold(read);
    if matches!(folded.as_str(), "off" | "none" | "no" | "unlimited") {
        return Some(None);
    }
    let number = folded.split_whitespace().next()?;
    let rest: Vec<&str> = folded.split_whitespace().skip(1).collect();
    let minute = matches!(
        rest.as_slice(),
        [] | ["posts"] | ["posts", "a" | "per", "minute"] | ["a" | "per", "minute"]
    );
    let limit = number.strip_suffix("/min").unwrap_or(number).parse().ok()?;
    (minute && (1..=Settings::MOST_BURST).contains(&limit)).then_some(Some(limit))
}

fn role(read: &str) -> Option<RoleTyped> {
    let digits = read.strip_prefix("<@&").and_then(|s| s.strip_suffix('>')).unwrap_or(read);
    // Discord's ids are 17 to 20 digits; a shorter number may be a name.
    let least = if digits.len() == read.len() { 15 } else { 1 };
    if (least..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(RoleTyped::Id(digits.to_owned()));
    }
    let name = read.strip_prefix(['@', '＠']).unwrap_or(read).trim();
    let fits = !name.is_empty() && !name.starts_with('<') && !matches!(name, "everyone" | "here");
    fits.then(|| RoleTyped::Name(name.to_owned()))
}

/// The parts of a list, without what divides them: signs anywhere, words between spaces.
fn listed(read: &str, by: &[&str]) -> Vec<String> {
    let signs: Vec<char> =
        by.iter().filter_map(|b| b.chars().next().filter(|c| !c.is_alphabetic())).collect();
    let mut parts = Vec::new();
    for part in read.split(|c| c == '\n' || signs.contains(&c)) {
        let mut rest = part;
        while let Some((before, after)) = separated(rest, by) {
            parts.push(before.to_owned());
            rest = after;
        }
        parts.push(rest.trim().to_owned());
    }
    parts.retain(|p| !p.is_empty());
    parts
}

/// `24h 10m` is two reminders; `1h30` is one, and so is `1 h`.
fn by_length(part: &str) -> Vec<String> {
    let mut lengths: Vec<String> = Vec::new();
    for word in part.split_whitespace() {
        let unit = word.chars().all(char::is_alphabetic);
        match lengths.last_mut() {
            Some(last) if unit && !last.contains(' ') && day::length(last, false).is_err() => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lengths.push(word.to_owned()),
        }
    }
    let each = lengths.iter().all(|l| !matches!(day::length(l, false), Err(NotALength::No)));
    if each { lengths } else { vec![part.to_owned()] }
}

// Days, times and city of a chat.

/// `in London`, `London time` and `London` are the same place.
fn bare_city(typed: &str) -> &str {
    let typed = strip_word(typed, &["in"]);
    match words(typed).as_slice() {
        [.., (_, end), (start, last)] if fold(&typed[*start..*last]) == "time" => typed[..*end].trim(),
        _ => typed,
    }
    .trim_matches(|c: char| c == ',' || c.is_whitespace())
}

#[derive(Debug, Default)]
struct Schedule {
    slots: Vec<SlotTyped>,
    city: Option<String>,
    stray: Option<String>,
    no_day: bool,
    no_time: bool,
}

impl Schedule {
    fn missing(&self) -> Vec<NewPiece> {
        let day = self.no_day.then_some(NewPiece::Day);
        day.into_iter().chain(self.no_time.then_some(NewPiece::Time)).collect()
    }
}

/// Days and times that belong together: `Tuesdays and Thursdays 9am and 8pm`.
#[derive(Debug, Default)]
struct Sitting {
    days: Vec<Typed>,
    times: Vec<NaiveTime>,
    time_first: bool,
}

/// What was said about one day before it is clear what it means.
#[derive(Debug, Clone, Copy)]
struct Typed {
    day: Weekday,
    /// `second`, `last`.
    nth: Option<i8>,
    /// `every`.
    every: bool,
    /// `every 2 weeks`, `fortnightly`.
    weeks: Option<u32>,
    /// `of the month`, `monthly`.
    monthly: bool,
}

impl Typed {
    fn concluded(self) -> Result<Option<RecurrenceTyped>, Misread> {
        let Typed { day, nth, every, weeks, monthly } = self;
        Ok(match (nth, weeks, monthly) {
            (None, weeks, false) => Some(RecurrenceTyped::Weekly { every: weeks.unwrap_or(1), day }),
            (Some(nth), None, true) => Some(RecurrenceTyped::Monthly { nth, day }),
            // "every second Tuesday" is every other one; "second Tuesday" is the month's.
            (Some(2), None, false) if every => Some(RecurrenceTyped::Weekly { every: 2, day }),
            (Some(nth @ 3..=5), None, false) if every => {
                return Err(Misread::AmbiguousEvery { nth: nth.unsigned_abs().into(), day });
            }
            (Some(nth), None, false) => Some(RecurrenceTyped::Monthly { nth, day }),
            (None, _, true) | (Some(_), Some(_), _) => None,
        })
    }
}

fn is_link(word: &str) -> bool {
    matches!(word, "and" | "," | ";" | "&" | "+" | "at" | "@" | "on" | "from")
}

/// Reads days, times and city in any order that people write them. What is in between and is none of
/// them is stray, and never left out silently.
fn schedule(typed: &str, verb: Verb) -> Result<Schedule, Misread> {
    // Commas stand by themselves; `Europe/London` and `9.30` stay whole.
    let spaced = typed.replace(['，', ','], " , ").replace(';', " ; ");
    let folded: Vec<String> = spaced.split_whitespace().map(fold).collect();
    let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
    let written: Vec<&str> = spaced.split_whitespace().collect();

    let mut sittings: Vec<Sitting> = Vec::new();
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    let mut last_read = None;
    let mut at = 0;
    while at < folded.len() {
        if let Some((found, taken)) = recurrence(&folded[at..]) {
            match sittings.last_mut() {
                Some(open) if open.times.is_empty() || (open.time_first && open.days.is_empty()) => {
                    open.days.extend(found);
                }
                _ => sittings.push(Sitting { days: found, ..Sitting::default() }),
            }
            at += taken;
            last_read = Some(at);
        } else if let Some((time, taken)) = day::clock(&folded[at..]) {
            match sittings.last_mut() {
                Some(open) if !open.time_first || open.days.is_empty() => open.times.push(time),
                _ => sittings.push(Sitting { times: vec![time], time_first: true, ..Sitting::default() }),
            }
            at += taken;
            last_read = Some(at);
        } else if let Some((rhythm, taken)) = rhythm(&folded[at..])
            && let Some(open) = sittings.last_mut().filter(|s| !s.days.is_empty())
        {
            // After the time: `last Friday 8pm every month`.
            open.days.iter_mut().for_each(|day| rhythm.said_of(day));
            at += taken;
            last_read = Some(at);
        } else if is_link(folded[at]) {
            at += 1;
        } else {
            // A run goes on across a comma or an `and`: `London, UK`, `Trinidad and Tobago`.
            match runs.last_mut() {
                Some(run) if last_read.is_none_or(|read| read <= run.start) => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
            at += 1;
        }
    }

    let mut read =
        Schedule { no_day: sittings.is_empty(), no_time: sittings.is_empty(), ..Schedule::default() };
    for sitting in &sittings {
        read.no_day |= sitting.days.is_empty();
        read.no_time |= sitting.times.is_empty();
        for day in &sitting.days {
            let every = day.concluded()?.ok_or_else(|| Misread::Unclear { verb, words: tidy(typed) })?;
            read.slots.extend(sitting.times.iter().map(|&time| SlotTyped { every, time }));
        }
    }
    let words_of =
        |run: &std::ops::Range<usize>| written[run.clone()].join(" ").replace(" ,", ",").replace(" ;", ";");
    let complete = !read.no_day && !read.no_time;
    let (city, strays) = match runs.split_last() {
        // At the end it is the city; alone and earlier too, if nothing else is missing.
        Some((last, before))
            if last_read.is_none_or(|r| r <= last.start) || (complete && before.is_empty()) =>
        {
            (Some(last), before)
        }
        _ => (None, runs.as_slice()),
    };
    read.city = city.map(|run| bare_city(&words_of(run)).to_owned()).filter(|c| !c.is_empty());
    read.stray = Some(strays.iter().map(words_of).collect::<Vec<_>>().join(" ")).filter(|s| !s.is_empty());
    match &read.stray {
        Some(words) if complete => Err(Misread::Unclear { verb, words: words.clone() }),
        _ => Ok(read),
    }
}

fn nth(word: &str) -> Option<i8> {
    Some(match word {
        "first" | "1st" => 1,
        "second" | "2nd" => 2,
        "third" | "3rd" => 3,
        "fourth" | "4th" => 4,
        "fifth" | "5th" => 5,
        "last" => -1,
        _ => return None,
    })
}

fn count(word: &str) -> Option<u32> {
    day::number_word(word).or_else(|| word.parse().ok()).filter(|n| (1..=52).contains(n))
}

/// How often, said apart from the day.
#[derive(Debug, Clone, Copy)]
enum Rhythm {
    Weeks(u32),
    Monthly,
}

impl Rhythm {
    fn said_of(self, day: &mut Typed) {
        match self {
            Rhythm::Weeks(weeks) => day.weeks = Some(weeks),
            Rhythm::Monthly => day.monthly = true,
        }
    }
}

/// `weekly`, `fortnightly`, `every 2 weeks`, `every other week`, `of the month`, `every month`.
fn rhythm(words: &[&str]) -> Option<(Rhythm, usize)> {
    let each = |w: &str| matches!(w, "every" | "each");
    match words {
        ["weekly", ..] => Some((Rhythm::Weeks(1), 1)),
        ["fortnightly", ..] => Some((Rhythm::Weeks(2), 1)),
        ["monthly", ..] => Some((Rhythm::Monthly, 1)),
        ["of" | "in", "the" | "each" | "every", "month", ..] => Some((Rhythm::Monthly, 3)),
        ["a", "month", ..] => Some((Rhythm::Monthly, 2)),
        [e, "month", ..] if each(e) => Some((Rhythm::Monthly, 2)),
        [e, "week", ..] if each(e) => Some((Rhythm::Weeks(1), 2)),
        [e, "fortnight", ..] if each(e) => Some((Rhythm::Weeks(2), 2)),
        [e, "other" | "second" | "2nd", "week", ..] if each(e) => Some((Rhythm::Weeks(2), 3)),
        [e, n, "weeks" | "week", ..] if each(e) => Some((Rhythm::Weeks(count(n)?), 3)),
        _ => None,
    }
}

/// The day that folded words begin with, with all that is said about how often; and how many words
/// that takes. More than one only for `first and third Thursday`.
fn recurrence(words: &[&str]) -> Option<(Vec<Typed>, usize)> {
    let mut at = 0;
    let word = |at: usize| words.get(at).copied().unwrap_or("");
    let mut before = None;
    if let Some((rhythm, taken)) = rhythm(words) {
        before = Some(rhythm);
        at += taken;
        while matches!(word(at), "on" | ",") {
            at += 1;
        }
    }
    let mut every = false;
    let mut numbers: Vec<i8> = Vec::new();
    loop {
        match word(at) {
            "the" => {}
            "every" | "each" if numbers.is_empty() => every = true,
            "other" if every && numbers.is_empty() => numbers.push(2),
            "and" | "," | "&"
                if !numbers.is_empty() && (nth(word(at + 1)).is_some() || word(at + 1) == "the") => {}
            word => match nth(word) {
                Some(number) => numbers.push(number),
                None => break,
            },
        }
        at += 1;
    }
    let name = word(at);
    let day = day::weekday(name).or_else(|| day::weekday(name.strip_suffix('s')?))?;
    at += 1;
    let several = numbers.len() > 1;
    let typed = |nth| Typed { day, nth, every, weeks: None, monthly: several };
    let mut found: Vec<Typed> = match numbers.as_slice() {
        [] => vec![typed(None)],
        numbers => numbers.iter().map(|&number| typed(Some(number))).collect(),
    };
    if let Some(rhythm) = before {
        found.iter_mut().for_each(|typed| rhythm.said_of(typed));
    }
    if let Some((rhythm, taken)) = rhythm(&words[at..]) {
        // In `Tuesdays and every 2 weeks on Friday` the rhythm is Friday's.
        let next_day = words.get(at + taken) == Some(&"on")
            && words.get(at + taken + 1).is_some_and(|w| day::weekday(w).is_some());
        if !next_day {
            found.iter_mut().for_each(|typed| rhythm.said_of(typed));
            at += taken;
        }
    }
    Some((found, at))
}

// What may have been meant.

/// The nearest word: one that begins so, or one that is a slip or two away.
fn near<'a, T>(typed: &str, among: impl Iterator<Item = (&'a str, T)> + Clone) -> Option<T> {
    let length = typed.chars().count();
    if length >= 3 {
        let mut beginning = among.clone().filter(|(word, _)| word.starts_with(typed));
        if let (Some((_, one)), None) = (beginning.next(), beginning.next()) {
            return Some(one);
        }
    }
    let slips = match length {
        0..=1 => return None,
        2..=3 => 1,
        4..=6 => 2,
        7..=24 => 3,
        _ => return None,
    };
    among
        .map(|(word, meant)| (strsim::osa_distance(typed, word), meant))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, meant)| meant)
}

fn nearest_slug(typed: &str, chats: &[Slug]) -> Option<Slug> {
    let typed = Slug::of(hash(typed).unwrap_or(typed))?;
    near(typed.as_str(), chats.iter().map(|slug| (slug.as_str(), slug))).cloned()
}

fn unknown_verb(word: &str) -> Misread {
    let typed = shown(word);
    let folded = fold(&typed);
    let folded = folded.trim_start_matches('/').trim_end_matches([':', '.', '!']);
    match folded {
        "join" => return Misread::InDiscord { verb: MemberVerb::Join },
        "leave" => return Misread::InDiscord { verb: MemberVerb::Leave },
        "me" => return Misread::InDiscord { verb: MemberVerb::Me },
        "remind" => return Misread::InDiscord { verb: MemberVerb::Remind },
        "my-data" | "mydata" => return Misread::InDiscord { verb: MemberVerb::MyData },
        "forget-me" | "forgetme" => return Misread::InDiscord { verb: MemberVerb::ForgetMe },
        _ => {}
    }
    let nearest = meant(folded);
    Misread::UnknownVerb { typed, nearest }
}

/// Words that people use for what is called something else here. Each is asked back: a chat that was
/// cancelled when only a question should go is worse than one more line.
fn meant(word: &str) -> Vec<About> {
    let verbs: &[Verb] = match word {
        "cancel" | "delete" | "remove" => &[Verb::Skip, Verb::Drop],
        "begin" | "start" => &[Verb::Next, Verb::New],
        "delay" | "wait" | "later" | "more" => &[Verb::Hold],
        "reserve" | "backup" => &[Verb::Spare, Verb::Swap],
        "switch" | "exchange" | "instead" => &[Verb::Swap],
        "longer" | "overtime" | "prolong" | "lengthen" => &[Verb::Extend],
        "postpone" | "shift" => &[Verb::Hold, Verb::Reschedule],
        "break" | "holiday" | "holidays" | "vacation" => &[Verb::Skip],
        "suggestion" | "propose" | "proposal" => &[Verb::Suggest, Verb::Suggestions],
        "vote" | "votes" | "upvote" => &[Verb::Suggestions],
        "list" | "agenda" => &[Verb::Questions],
        "question" => &[Verb::Ask, Verb::Questions],
        "schedule" | "dates" | "calendar" | "upcoming" => &[Verb::When],
        "stop" | "halt" => &[Verb::Pause, Verb::Close],
        "end" | "finish" | "done" => &[Verb::Close],
        "unpause" | "continue" | "go" => &[Verb::Resume],
        "swap" | "reorder" | "order" => &[Verb::Move],
        "change" | "update" => &[Verb::Edit, Verb::Set],
        "correct" | "amend" | "typo" => &[Verb::Fix],
        "announce" | "post" | "tell" | "send" | "broadcast" => &[Verb::Say],
        "host" | "hosts" | "admin" | "owner" => &[Verb::Organiser],
        "moderate" => &[Verb::Moderator],
        "silence" | "filter" => &[Verb::Mute],
        "newcomers" | "regulars" | "admit" => &[Verb::Door],
        "open" => &[Verb::Door, Verb::Next],
        "invite" => &[Verb::Guest, Verb::Organiser],
        "guests" | "speaker" => &[Verb::Guest, Verb::Brief],
        "note" | "mail" | "letter" | "invitation" => &[Verb::Brief],
        "theme" | "subject" => &[Verb::Topic],
        "create" | "setup" => &[Verb::New],
        "settings" | "config" => &[Verb::Show, Verb::Set],
        "info" => &[Verb::Show, Verb::Status],
        "test" | "draft" | "try" | "tryout" => &[Verb::Preview, Verb::Rehearse],
        "play" | "dress" => &[Verb::Rehearse],
        "welcome" | "text" | "texts" | "opening" => &[Verb::Words],
        "closing" => &[Verb::Words, Verb::Close],
        "link" | "discord" | "slack" | "x" | "twitter" => &[Verb::Connect],
        "unlink" | "detach" => &[Verb::Disconnect],
        "archive" => &[Verb::Retire],
        "catch" | "missed" | "missing" | "replay" | "late" => &[Verb::CatchUp],
        "score" | "stats" | "report" | "numbers" => &[Verb::Heard],
        "ban" | "kick" => &[Verb::Block],
        "unban" => &[Verb::Unblock],
        "optout" | "opt-out" | "leave" | "exclude" | "forget" => &[Verb::LeaveOut],
        "?" | "commands" | "usage" => &[Verb::Help],
        "reminder" | "remind" => {
            return vec![About::Setting(SettingName::Reminders), About::Verb(Verb::Words)];
        }
        "burst" | "flood" | "limit" => return vec![About::Setting(SettingName::Burst)],
        "rename" => return vec![About::Setting(SettingName::Title)],
        "timezone" => return vec![About::Setting(SettingName::Zone)],
        "duration" => return vec![About::Setting(SettingName::Length)],
        word => {
            let all = Verb::ALL.iter().map(|v| (v.word(), About::Verb(*v)));
            let settings = SettingName::ALL.iter().map(|s| (s.word(), About::Setting(*s)));
            return SettingName::of(word)
                .map(About::Setting)
                .or_else(|| near(word, all))
                .or_else(|| near(word, settings))
                .into_iter()
                .collect();
        }
    };
    verbs.iter().map(|verb| About::Verb(*verb)).collect()
}

//! What is said when nothing was done: what happened, and what to do next.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::{clock, day, day_and_clock, list, local_date, number, sentence};
use crate::Refusal;
use crate::command::{NoSuchDay, Verb, Who};
use crate::name::Platform;
use crate::removal::Bars;
use crate::settings::Settings;
use crate::text::{Message, Text};
use crate::zone::{self, Unplaced};

/// A refusal, for the one who asked. `settings` are those of the chat, where there is one.
pub fn refusal(refusal: &Refusal, settings: Option<&Settings>, now: DateTime<Utc>) -> Text {
    let tag = settings.map_or_else(|| "this chat".to_owned(), Settings::tag);
    let today = settings.map(|s| local_date(s.zone, now));
    match refusal {
        Refusal::NotOrganiser => settings
            .map(|s| {
                s.organisers_named().say(format!(
                    " {} {}. You can: ",
                    if s.organisers.len() == 1 { "steers" } else { "steer" },
                    s.tag()
                ))
            })
            .unwrap_or_else(|| Text::plain("Only organisers do that. You can: "))
            .code("/chat when")
            .say(", ")
            .code("/chat questions")
            .say(", ")
            .code("/chat suggest")
            .say(", ")
            .code("/chat help")
            .say("."),
        Refusal::NotOperator => Text::plain(
            "Only those who run this Earshot create chats and connect X. Ask whoever installed me; from \
             there on the chat is yours.",
        ),
        Refusal::NoEpisode => Text::plain(format!("{tag} has no date there. "))
            .code("/chat when")
            .say(" shows the next ones, ")
            .code("/chat add DATE at TIME")
            .say(" adds one."),
        Refusal::NoEpisodeOn(date) => Text::plain(match today {
            Some(today) => format!("{tag} has no date on {}. ", zone::day(*date, today)),
            None => format!("{tag} has no date there. "),
        })
        .code("/chat when")
        .say(" shows the next ones, ")
        .code(format!("/chat add {} at TIME", typed_date(*date, today)))
        .say(" adds one."),
        Refusal::Skipped(date) => Text::plain(match today {
            Some(today) => format!("{} is skipped. ", zone::day(*date, today)),
            None => "That date is skipped. ".to_owned(),
        })
        .code(format!("/chat add {}", typed_date(*date, today)))
        .say(" brings it back, with all that was prepared for it."),
        Refusal::Several(starts) => {
            let example = starts.first().zip(settings).map_or_else(
                || "24 Nov at 20:00".to_owned(),
                |(at, s)| format!("{} at {}", typed_date(local_date(s.zone, *at), today), clock(s, *at)),
            );
            Text::plain(format!("{} Say which: ", several(starts, settings, now))).code(format!("on {example}"))
        }
        Refusal::OtherTime(starts) => {
            Text::plain(format!("Nothing starts then. {}", several(starts, settings, now)))
        }
        Refusal::NoQuestion(n) => Text::plain(format!("There is no Q{n}. "))
            .code("/chat questions")
            .say(" lists them."),
        Refusal::AlreadyAsked(n) => Text::plain(format!("Q{n} has been asked. To put its words right: "))
            .code(format!("/chat fix Q{n} …")),
        Refusal::Stays(n) => Text::plain(format!("Q{n} has been asked, and stays where it was.")),
        Refusal::NothingBefore { asked, moved, first } => {
            let text = Text::plain(format!("Q{asked} has been asked, so nothing can come before it. "));
            if moved == first {
                text.say(format!("Q{moved} is the next one already; ")).code("/chat next").say(" asks it now.")
            } else {
                text.say(format!("To make Q{moved} the next one: ")).code(format!("/chat move Q{moved} Q{first}"))
            }
        }
        // Where X hears it the most depends on it: there it cannot be put right in place.
        Refusal::GoingOut(n) => Text::plain(format!("Too late{}, Q{n} is going out now. To put it right: ", for_x(settings)))
            .code(format!("/chat fix Q{n} …")),
        Refusal::NotAskedYet(n) => Text::plain(format!("Q{n} has not been asked yet, so simply change it: "))
            .code(format!("/chat ask Q{n} …")),
        Refusal::NotLive => Text::plain(format!("{tag} is not on at the moment. ")).code("/chat when").say(" says when it is."),
        Refusal::IsLive => Text::plain(format!("{tag} is on right now. To end it early: ")).code("/chat close"),
        Refusal::NotPaused => Text::plain("It isn't paused: the hour runs."),
        Refusal::AlreadyPaused => Text::plain("The hour is paused. ").code("/chat resume").say(" goes on."),
        Refusal::NothingLeft => Text::plain("Every question has been asked. One more? ").code("/chat ask …"),
        Refusal::TooLong { length, over } => Text::plain(format!(
            "On X that is {length} of 280: lose {over} {} and it fits. Nothing was saved.",
            characters(*over)
        )),
        Refusal::TopicTooLong { over } => Text::plain(format!(
            "A topic shares its announcements with names and times: lose {over} {} and it fits.",
            characters(*over)
        )),
        Refusal::Link(link) => Text::plain(format!(
            "X would make a link of “{link}”, and a post with a link costs thirteen times as much. {}",
            without(link)
        )),
        // What X counts and charges is for those who steer.
        Refusal::IdeaTooLong(over) => {
            Text::plain(format!("A little long for one question: lose {over} {} and it fits.", characters(*over)))
        }
        Refusal::IdeaLink(link) => Text::plain(format!(
            "“{link}” would become a link, and a question goes better without. {}",
            without(link)
        )),
        Refusal::Empty => Text::plain("There were no words in it, so nothing was done."),
        Refusal::Unplaced(unplaced) => unplaced_words(unplaced),
        Refusal::NoSuchDay(why) => Text::plain(match (why, today) {
            (NoSuchDay::NotADate, _) => "No calendar has that day.".to_owned(),
            (NoSuchDay::Past(date), Some(today)) => {
                format!("{} is behind us.", zone::day(*date, today))
            }
            (NoSuchDay::JustPast(was, next), Some(today)) => format!(
                "{} is behind us. Did you mean {} {}? Then name the year.",
                zone::day(*was, today),
                next.format("%a %-d %b"),
                next.year()
            ),
            (NoSuchDay::Past(_) | NoSuchDay::JustPast(..), None) => "That day is behind us.".to_owned(),
            (NoSuchDay::TooFar, _) => "That is more than a year ahead; I plan up to a year.".to_owned(),
            (NoSuchDay::OtherWeekday(date), Some(today)) => {
                format!("That date is a {}: {}. Which did you mean?", date.format("%A"), zone::day(*date, today))
            }
            (NoSuchDay::OtherWeekday(date), None) => format!("That date is a {}.", date.format("%A")),
        }),
        Refusal::Past => Text::plain("That moment is behind us. Name one that is still to come."),
        Refusal::BackwardsRange => Text::plain("The break ends before it begins. First the first day, then the last."),
        Refusal::Taken(at) => Text::plain(match settings {
            Some(s) => format!("There is one already: {}.", day_and_clock(s, *at, now)),
            None => "There is one already.".to_owned(),
        }),
        Refusal::HashtagTaken(tag) => {
            Text::plain(format!("#{} belongs to a chat already. A hashtag has one home.", tag.trim_start_matches('#')))
        }
        Refusal::MovedOut(tag, on) => moved_out(tag, *on, today.unwrap_or(now.date_naive())),
        Refusal::BadHashtag(typed) => Text::plain(format!(
            "X would not read “{typed}” as one hashtag: letters, digits and _ only, with at least one letter."
        )),
        Refusal::CannotUndo => Text::plain("Something was changed after that, so I leave it as it is. ")
            .code("/chat questions")
            .say(" and ")
            .code("/chat show")
            .say(" say how things stand."),
        Refusal::TooLateToUndo => Text::plain("The moment it would go back to has passed, so I leave it as it is. ")
            .code("/chat status")
            .say(" and ")
            .code("/chat when")
            .say(" say how things stand."),
        Refusal::Expired => Text::plain("That offer has run out. Ask again and I'll make it anew."),
        Refusal::PlatformOff(platform) => Text::plain(format!(
            "This Earshot is not connected to {platform}. Whoever runs it sets that up; all else works without."
        )),
        Refusal::NotConnected(platform) => Text::plain(format!("{tag} has no place on {platform} yet: "))
            .code(format!("/chat connect {}", platform.key())),
        Refusal::NotHere => Text::plain("Type that in the channel that is to hear the chat; I can't live in a direct message."),
        Refusal::BadCode => super::ticked(
            "I don't know that code. They last ten minutes: a fresh one comes from `/chat connect discord` in Slack.",
        ),
        Refusal::NeedsManageChannels => {
            Text::plain("Connecting needs the permission to manage channels. Somebody who has it can type the same.")
        }
        Refusal::WhichRoom(platform, rooms) => Text::plain(format!(
            "{tag} speaks in {} places on {platform}: {}. Which one? ",
            super::number(rooms.len()),
            list(rooms)
        ))
        .code(format!("/chat disconnect {} {}", platform.key(), rooms.first().cloned().unwrap_or_default())),
        Refusal::NoSuchRoom { platform: Platform::X, rooms, .. } => Text::plain(format!(
            "{tag} speaks as {} on X: ",
            list(rooms)
        ))
        .code("/chat disconnect x"),
        Refusal::NoSuchRoom { platform, typed, rooms } => Text::plain(format!(
            "{tag} does not speak in #{typed} on {platform}, but in {}: ",
            list(rooms)
        ))
        .code(format!("/chat disconnect {} {}", platform.key(), rooms.first().cloned().unwrap_or_default())),
        Refusal::Retired => {
            let text = Text::plain(format!("{tag} has retired. Everything it said is kept"));
            match settings {
                Some(s) => text
                    .say(", and whoever runs this Earshot can bring it back: ")
                    .code(format!("/chat new {tag} {}", super::reply::rhythm(s))),
                None => text.say("."),
            }
        }
        Refusal::LastOrganiser => Text::plain("Then nobody would steer it any more. First add another: ")
            .code("/chat organiser add @name"),
        Refusal::NoSuchOrganiser => Text::plain("They don't steer this chat."),
        Refusal::NoGuestFrom(n) => Text::plain(format!(
            "Q{n} has been asked, so nobody can come in with it. With one that is still to come: "
        ))
        .code("/chat guest NAME from Q…"),
        Refusal::NoGuest(name) => Text::plain(format!("{name} is not on the list of guests.")),
        Refusal::NotApproved => Text::plain(
            "X waits until one of you has read what it will say, and there is no other room yet: ",
        )
        .code("/chat preview"),
        Refusal::NowhereToSpeak => Text::plain(format!("{tag} has no room to speak in yet: ")).code("/chat connect slack"),
        Refusal::UnknownPlaceholder(typed) => Text::plain(format!(
            "I can't fill in {typed}. I know {}.",
            list(&super::announce::PLACEHOLDERS.map(str::to_owned))
        )),
        Refusal::RoleByName(name) => Text::plain(format!(
            "Discord tells me roles by their id only. In Discord, switch on Developer Mode, right-click {name} \
             and copy its id: "
        ))
        .code("/chat set role 123456789012345678"),
        Refusal::ChannelByName(name) => Text::plain(format!("Pick #{} from the list that Slack offers while you type it, so that I know which one it is.", name.trim_start_matches('#'))),
        Refusal::Unchanged => Text::plain("That is how it is already. ")
            .code("/chat show")
            .say(" and ")
            .code("/chat questions")
            .say(" say how things stand."),
        Refusal::NoRehearsalOnX => super::ticked(
            "X is never part of a rehearsal: everybody would read it. `/chat preview` shows what is said there; to \
             see it come by, name a channel: `/chat rehearse #channel`",
        ),
        Refusal::RehearseWhere(Platform::Discord) => super::ticked(
            "In which channel there? Right click it in Discord, Copy Link, and paste that: `/chat rehearse LINK`",
        ),
        Refusal::RehearseWhere(_) => super::ticked("In which channel there? `/chat rehearse #channel`"),
        Refusal::OwnRoom => Text::plain(format!(
            "That is one of {tag}'s own rooms, where people would take it for real. Name another channel that I am in: "
        ))
        .code("/chat rehearse #channel"),
        Refusal::OthersRoom(hashtag) => Text::plain(format!(
            "That is where #{hashtag} meets, and people there would take it for real. Name another channel that I am in: "
        ))
        .code("/chat rehearse #channel"),
        Refusal::OtherServer => Text::plain(format!(
            "{tag} has no place in that server, so I do not speak there for it. Take a channel of its own server, or \
             one in Slack."
        )),
        Refusal::RehearseLive => super::ticked(&format!(
            "{tag} is on right now: this is no rehearsal any more. `/chat status` says where we are; once it is over, \
             I gladly play the next one."
        )),
        Refusal::RehearseTooLate { opens, takes, fits } => {
            let text = Text::plain(format!(
                "{tag} opens{}, and a rehearsal takes {}: too close, and the real one goes first. ",
                settings.map(|s| format!(" at {}", clock(s, *opens))).unwrap_or_default(),
                super::span(*takes + chrono::Duration::seconds(59)),
            ));
            match fits {
                Some(fits) => text
                    .say("A shorter one fits: ")
                    .code(format!("/chat rehearse #channel {}", super::short_span(*fits))),
                None => text.code("/chat preview").say(" shows all it will say."),
            }
        }
        Refusal::NotRehearsing => Text::plain("No rehearsal plays. To begin one: ").code("/chat rehearse #channel"),
        Refusal::NoRoom => Text::plain("The hour has no room for that: it closes before. ")
            .code("/chat status")
            .say(" shows where we are."),
        Refusal::HoldTooLong { by, lost, fits, close } => {
            let names: Vec<String> = lost.iter().map(|n| format!("Q{n}")).collect();
            let close = settings.map(|s| format!(" at {}", super::clock(s, *close))).unwrap_or_default();
            let fits = fits.map_or_else(
                || "Drop one first: ".to_owned(),
                |fits| format!("{} fits; or drop one first: ", super::short_span(fits)),
            );
            Text::plain(format!(
                "Held for {}, {} would find no room before the close{close}. {fits}",
                super::span(*by),
                list(&names)
            ))
            .code(format!("/chat drop {}", names.last().cloned().unwrap_or_default()))
            .say(", or close later: ")
            .code(format!("/chat extend {}", super::short_span(*by)))
        }
        Refusal::XNotReady => Text::plain("X is not ready: connect it with ")
            .code("/chat connect x")
            .say(" and approve a ")
            .code("/chat preview")
            .say("."),
        Refusal::Barred(Bars::Blocked) => Text::plain(format!(
            "The organisers of {tag} have asked me not to carry your words. Talk to them if that surprises you."
        )),
        Refusal::Barred(Bars::LeftOut) => Text::plain(format!(
            "You asked to be left out of {tag}, so I carry nothing of yours. Changed your mind? Tell an organiser."
        )),
        Refusal::NotBarred(handle) => {
            Text::plain(format!("“{handle}” is neither blocked nor left out in {tag}. "))
                .code("/chat show")
                .say(" says who is.")
        }
        Refusal::Ours => Text::plain(format!(
            "That is {tag}'s own account. What I announced myself is corrected with "
        ))
        .code("/chat fix")
        .say(", or deleted on X by hand."),
        Refusal::NoSpare => Text::plain("No question is kept in reserve. ").code("/chat spare …").say(" keeps one."),
        Refusal::IntoNext(at) => {
            let at = settings.map(|s| format!(", at {}", super::clock(s, *at))).unwrap_or_default();
            Text::plain(format!("That would run into the next {tag}{at}. A few minutes less?"))
        }
        Refusal::MovedOn { next, close, paused } => {
            let at = |at: &DateTime<Utc>| settings.map(|s| super::clock(s, *at));
            let next = match next {
                _ if *paused => "The hour is paused".to_owned(),
                Some((n, due)) => match due.as_ref().and_then(at) {
                    Some(due) => format!("Q{n} comes at {due}"),
                    None => format!("Q{n} comes next"),
                },
                None => "Every question has been asked".to_owned(),
            };
            let close = at(close).map(|close| format!(", close {close}")).unwrap_or_default();
            Text::plain(format!("The hour has moved on since that button was made, so I left it be. {next}{close}. "))
                .say("The message at the desk catches up in a moment.")
        }
        Refusal::Over => Text::plain("That hour is over. See you at the next one!"),
        Refusal::Moderates => {
            let who = match settings {
                Some(s) if s.organisers.len() == 1 => s.organisers_named().say(format!(" steers {tag}")),
                Some(s) => s.organisers_named().say(format!(" steer {tag}")),
                None => Text::plain("Only organisers do that"),
            };
            let may = Verb::ALL.iter().filter(|verb| verb.who() == Who::Moderators);
            let text = may.fold(who.say(". You keep it kind with "), |text, verb| {
                text.code(format!("/chat {verb}")).say(", ")
            });
            text.code("/chat set burst").say(".")
        }
        Refusal::NoSuchModerator => {
            Text::plain(format!("They are no moderator of {tag}. ")).code("/chat moderator").say(" says who is.")
        }
        Refusal::SteersAlready => {
            Text::plain(format!("They steer {tag}, so they can do all that a moderator can."))
        }
        Refusal::NoWord(typed) => Text::plain(format!(
            "I can't look for “{typed}” in posts. A word or a short phrase will do, up to {} characters.",
            crate::muted::LONGEST
        )),
        Refusal::MutesAll(word) => Text::plain(format!(
            "“{word}” stands in nearly every post of {tag}: muted, it would keep everybody out. A longer word or phrase?"
        )),
        Refusal::MutedAlready(word) => {
            Text::plain(format!("“{word}” is muted already. ")).code("/chat muted").say(" lists what is.")
        }
        Refusal::NotMuted(word) => {
            Text::plain(format!("“{word}” is not muted. ")).code("/chat muted").say(" lists what is.")
        }
        Refusal::TooManyMuted => Text::plain(format!(
            "More than {} muted words I can't keep in mind. Let one go first: ",
            Settings::MOST_MUTED
        ))
        .code("/chat unmute WORD"),
        Refusal::Muted => Text::plain(format!(
            "There is a word in it that {tag} keeps out, so it went nowhere. Put it in other words, and send it \
             again."
        )),
        Refusal::NoDesk => Text::plain("Newcomers wait at the desk, and there is none yet: ")
            .code("/chat set desk #channel")
            .say(", then ")
            .code("/chat door regulars")
            .say(" again."),
        Refusal::DeskNeeded => Text::plain("Newcomers wait at the desk, so it stays while they do. First: ")
            .code("/chat door open"),
        Refusal::TooManyIdeas => Text::plain(format!(
            "{} of your suggestions wait already, and each of them is read. Take one back to make room for this.",
            sentence(&number(crate::bank::MOST_OF_ONE))
        )),
        Refusal::BankFull => Text::plain(format!(
            "{tag} has as many suggestions as anybody can read. Vote for one of them, or come back when the \
             organisers have been through."
        )),
        Refusal::OwnIdea => Text::plain(
            "That one is yours, so I take it that you would like it asked. Votes are for those of others.",
        ),
        Refusal::NotYourIdea => Text::plain("That is somebody else's, so it is theirs to take back."),
        Refusal::IdeaGone => {
            Text::plain("That suggestion does not wait any more: taken up, taken back or put aside.")
        }
        Refusal::IdeaTaken(n, starts) => Text::plain(match settings {
            Some(s) => format!("That one is Q{n} of {} already.", day(s, *starts, now)),
            None => format!("That one is Q{n} already."),
        }),
        Refusal::NobodyWaits => Text::plain("Nobody waits there any more: the post was taken away."),
    }
}

fn for_x(settings: Option<&Settings>) -> &'static str {
    let on_x = settings.is_some_and(|s| s.speaking().any(|to| to.place.platform == Platform::X));
    if on_x { " for X" } else { "" }
}

/// A date as it is typed: "8 Dec", and with the year where it is a far one.
fn typed_date(date: NaiveDate, today: Option<NaiveDate>) -> String {
    let far = today.is_some_and(|today| date.signed_duration_since(today).num_days() > 335);
    date.format(if far { "%-d %b %Y" } else { "%-d %b" }).to_string()
}

/// "Two chats on Tue 24 Nov, at 10:00 and 20:00." Of the one: "On Tue 24 Nov it is at 20:00."
fn several(starts: &[DateTime<Utc>], settings: Option<&Settings>, now: DateTime<Utc>) -> String {
    let Some((s, first)) = settings.zip(starts.first()) else { return "There are several.".to_owned() };
    let times = list(&starts.iter().map(|at| clock(s, *at)).collect::<Vec<_>>());
    let day = day(s, *first, now);
    match starts.len() {
        1 => format!("On {day} it is at {times}."),
        n => format!("{} chats on {day}: at {times}.", sentence(&number(n))),
    }
}

/// What to do about a link: an accidental one can be written otherwise, an address cannot.
fn without(link: &str) -> &'static str {
    if link.contains("://") { "Leave it out." } else { "Write it without the dot, or leave it out." }
}

fn characters(n: usize) -> &'static str {
    if n == 1 { "character" } else { "characters" }
}

pub(super) fn unplaced_words(unplaced: &Unplaced) -> Text {
    match unplaced {
        Unplaced::Unknown { typed, nearest } if nearest.is_empty() => Text::plain(format!(
            "I don't know where “{typed}” is. A big city near it will do, or an IANA zone such as Europe/London."
        )),
        Unplaced::Unknown { typed, nearest } => {
            Text::plain(format!("I don't know where “{typed}” is. Did you mean {}?", or(nearest)))
        }
        Unplaced::Ambiguous { typed, choices } => {
            Text::plain(format!("“{typed}” can mean several places: {}. Which one?", or(choices)))
        }
    }
}

fn or(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Below so many characters something is typed again faster than it is copied.
const WORTH_GIVING_BACK: usize = 24;

/// What was typed, under the words of why it was not done: Slack and Discord forget a command or a form
/// once it is sent, and a question that took ten minutes to write must not go with it.
#[must_use]
pub fn giving_back(mut message: Message, typed: &[String]) -> Message {
    let long: Vec<&str> =
        typed.iter().map(|t| t.trim()).filter(|t| t.chars().count() >= WORTH_GIVING_BACK).collect();
    if long.is_empty() {
        return message;
    }
    let mut text = message.text.line().say("You typed:");
    for typed in long {
        text = text.line().code(typed);
    }
    message.text = text;
    message
}

/// A refusal in plain words, for the small print beside a form's field.
pub fn short(refused: &Refusal) -> String {
    refusal(refused, None, DateTime::UNIX_EPOCH).words()
}

/// That a chat moved away from here on a day, and what whoever runs this Earshot does about it.
fn moved_out(tag: &str, on: NaiveDate, today: NaiveDate) -> Text {
    let tag = tag.trim_start_matches('#');
    Text::plain(format!(
        "#{tag} moved out on {}: it is silent here, and its hashtag is kept for it. Whoever runs this Earshot brings it back with its file (",
        zone::day(on, today)
    ))
    .code("earshot import FILE")
    .say("), or gives the hashtag free once it speaks elsewhere (")
    .code(format!("earshot forget '#{tag}'"))
    .say(").")
}

/// A command where no chat is known: in a channel without one, or in a workspace without any. `away` are the chats
/// that moved away from here, by their hashtags, and on which day.
pub fn no_chat(chats: &[String], away: &[(String, NaiveDate)], today: NaiveDate) -> Text {
    let mut gone = away.iter().map(|(tag, on)| moved_out(tag, *on, today));
    let Some(first) = gone.next() else { return nowhere(chats) };
    let text = gone.fold(first, |text, next| text.line().then(next));
    if chats.is_empty() { text } else { text.line().then(nowhere(chats)) }
}

fn nowhere(chats: &[String]) -> Text {
    match chats {
        [] => Text::plain("No chat lives here yet. Whoever runs this Earshot starts one: ")
            .code("/chat new #Hashtag every Tuesday 8pm London"),
        chats => {
            Text::plain(format!("No chat lives in this channel. Say which one you mean ({}): ", list(chats)))
                .code(format!("/chat {} when", chats.first().cloned().unwrap_or_default()))
        }
    }
}

/// A member's command in a Discord channel where no chat lives.
pub fn no_chat_in_discord(chats: &[String]) -> Text {
    match chats {
        [] => Text::plain("No chat lives here yet. An organiser connects one with ")
            .code("/connect CODE")
            .say("."),
        chats => {
            Text::plain(format!("No chat lives in this channel. Try it in the channel of {}.", list(chats)))
        }
    }
}

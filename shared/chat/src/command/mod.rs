//! What an organiser types after `/chat`, and what a member may call in Discord.
//!
//! One word, one meaning. The grammar is one enum, [`Command`], and its verbs are another, [`Verb`]:
//! reading ([`parse`]), help ([`help`]), permission ([`Verb::who`]) are exhaustive matches over it, so
//! that a verb without its help text does not compile.
//!
//! Nothing is guessed. What can be read in two ways is asked back as a [`Misread`], which carries
//! data only; its words are in `copy`. Zones stay as typed here and are looked up in `decide`; so are
//! days, because only `decide` knows what today is.

use std::fmt;

use chrono::{Duration, NaiveTime, Weekday};

use crate::money::Money;
use crate::name::{Platform, Slug};
use crate::settings::{Cards, Door, Layout};

mod again;
mod day;
mod help;
mod parse;
mod part;
mod slack;
#[cfg(test)]
mod tests;
mod whom;
mod wishes;

pub use day::{Day, NoSuchDay, On, When};
pub use help::{Group, Help, OptionHelp, SettingHelp, Who, help, help_setting};
pub use parse::{as_typed, parse, read_day, read_hashtag, read_schedule};
pub use wishes::{
    Unread, handle as read_handle, place as read_place, remind as read_remind, wishes as read_wishes,
};

/// Defines a fieldless enum together with the list of all its variants and the word for each, so that
/// none of the three can fall behind the others.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every one, in the order in which they are shown.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word that people type.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The one that is typed with exactly this word, in lower case.
            pub fn of(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// The first word of a command. In the order in which help lists them.
    Verb {
        /// Makes a chat.
        New = "new",
        /// Shows a chat's settings.
        Show = "show",
        /// Changes a setting.
        Set = "set",
        /// Brings a chat to a platform.
        Connect = "connect",
        /// Takes a chat out of a room.
        Disconnect = "disconnect",
        /// Lists and changes who steers a chat.
        Organiser = "organiser",
        /// Lists and changes who helps to keep a chat kind.
        Moderator = "moderator",
        /// A chat's own announcement texts.
        Words = "words",
        /// Ends a chat for good.
        Retire = "retire",
        /// What an episode is about.
        Topic = "topic",
        /// Who is coming.
        Guest = "guest",
        /// Adds or replaces a question.
        Ask = "ask",
        /// All questions at once, in a form.
        Edit = "edit",
        /// Puts a question elsewhere in the order.
        Move = "move",
        /// Takes a question out.
        Drop = "drop",
        /// Keeps a question in reserve.
        Spare = "spare",
        /// What people suggested to ask.
        Ideas = "ideas",
        /// A note for a guest, to paste into any mail.
        Brief = "brief",
        /// Every text for every room with its time.
        Preview = "preview",
        /// Plays an episode in a channel, sped up.
        Rehearse = "rehearse",
        /// Leaves out an episode or a range of dates.
        Skip = "skip",
        /// Moves an episode.
        Reschedule = "reschedule",
        /// One more episode.
        Add = "add",
        /// How the live hour is going.
        Status = "status",
        /// Gives the current question more time.
        Hold = "hold",
        /// Lets the hour close later.
        Extend = "extend",
        /// Asks the next question now.
        Next = "next",
        /// Asks the spare question instead of the next one.
        Swap = "swap",
        /// Halts the live hour.
        Pause = "pause",
        /// Goes on after a pause.
        Resume = "resume",
        /// Says something in all rooms.
        Say = "say",
        /// Corrects a question that was asked.
        Fix = "fix",
        /// Ends the live hour.
        Close = "close",
        /// Carries what came too late.
        CatchUp = "catch-up",
        /// Who was heard in an hour.
        Heard = "heard",
        /// Takes a post out of every room.
        Hide = "hide",
        /// Takes somebody's posts out, and keeps them out.
        Block = "block",
        /// Lets somebody in again.
        Unblock = "unblock",
        /// The same as a block, without the blame: they asked for it.
        LeaveOut = "leave-out",
        /// Carries no post with a word.
        Mute = "mute",
        /// Carries them again.
        Unmute = "unmute",
        /// Lists the muted words.
        Muted = "muted",
        /// Whose posts wait at the desk.
        Door = "door",
        /// Shows the next dates.
        When = "when",
        /// Lists the questions.
        Questions = "questions",
        /// Suggests a question.
        Suggest = "suggest",
        /// What was suggested, to vote for.
        Suggestions = "suggestions",
        /// Explains.
        Help = "help",
    }
}

words! {
    /// What `set` can change.
    SettingName {
        /// What people call the chat.
        Title = "title",
        /// The hashtag.
        Hashtag = "hashtag",
        /// Days and times.
        Time = "time",
        /// The zone whose wall clock the times follow.
        Zone = "zone",
        /// How long an episode is.
        Length = "length",
        /// How questions are spread over it.
        Cadence = "cadence",
        /// How long before the start it is announced.
        Reminders = "reminders",
        /// Cities named beside the time on X.
        Cities = "cities",
        /// Threads or flat in Discord.
        Discord = "discord",
        /// Threads or flat in Slack.
        Slack = "slack",
        /// The Discord role that members get.
        Role = "role",
        /// The Slack channel where organisers hear what others did.
        Desk = "desk",
        /// Whether each hour is an event in Discord's own list.
        Events = "events",
        /// How many posts of one person are carried within a minute.
        Burst = "burst",
        /// What X may cost in a month.
        Budget = "budget",
    }
}

words! {
    /// The texts that a chat can replace with its own.
    WordsFor {
        /// The welcome at the start.
        Opening = "opening",
        /// The thanks at the end.
        Close = "close",
        /// The first reminder.
        Reminder = "reminder",
    }
}

words! {
    /// A Discord command, without what is typed after it. Registered under this word
    /// (<https://discord.com/developers/docs/interactions/application-commands>).
    MemberVerb {
        /// Become a member.
        Join = "join",
        /// Stop being one.
        Leave = "leave",
        /// What is kept of oneself, and changing it.
        Me = "me",
        /// A reminder of one's own.
        Remind = "remind",
        /// All that is kept of oneself, as a file.
        MyData = "my-data",
        /// Take everything of oneself out.
        ForgetMe = "forget-me",
        /// The next dates.
        When = "when",
        /// The questions asked so far.
        Questions = "questions",
        /// Suggest a question.
        Suggest = "suggest",
        /// What was suggested, to vote for.
        Suggestions = "suggestions",
        /// Confirm a code from Slack.
        Connect = "connect",
        /// Explain.
        Help = "help",
    }
}

/// What was typed after `/chat`, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The chat named before the command; where none is, the channel chooses.
    pub chat: Option<Slug>,
    /// What to do.
    pub command: Command,
}

/// What a link leads to, as people copy it where they read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointed {
    /// A post on X, by the id of any version of it.
    OnX(String),
    /// A message in a room, which may be a card, or several in one.
    Message {
        /// In Slack or Discord.
        platform: Platform,
        /// The channel; in Discord, of what stands in a thread, the thread.
        channel: String,
        /// What the platform calls it there.
        id: String,
    },
}

/// A `/chat` command. Texts are as their readers will see them: Slack's escapes undone, an enclosing
/// pair of quotes removed, runs of spaces made one. Positions count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `new` alone opens a form; otherwise all that a chat needs.
    New(Option<NewChat>),
    /// `show`.
    Show,
    /// `set reminders 24h, 10m`.
    Set(Setting),
    /// `connect discord`.
    Connect {
        /// What to connect.
        platform: Platform,
    },
    /// `disconnect slack`, `disconnect slack #books`.
    Disconnect {
        /// From what.
        platform: Platform,
        /// From which of its places there; the channel it is typed in, or the only one, where none is named.
        room: Option<ChannelTyped>,
    },
    /// `organiser`, `organiser add @maya`.
    Organiser(OrganiserChange),
    /// `moderator`, `moderator add @sol`.
    Moderator(OrganiserChange),
    /// `words`, `words opening TEXT`.
    Words(WordsChange),
    /// `retire`, asked back.
    Retire,
    /// `topic TEXT [on DAY [at TIME]]`, `topic none [on DAY]`.
    Topic {
        /// What the episode is about; `None` takes the topic away.
        text: Option<String>,
        /// The episode; the next one where no day is named. So for every `on`.
        on: Option<On>,
    },
    /// `guest NAME, CITY[, ABOUT][, @handle] [from Q3] [on DAY]`, `guest NAME from Q3 [on DAY]`, `guest remove NAME
    /// [on DAY]`.
    Guest {
        /// Who comes or does not.
        change: GuestChange,
        /// The episode.
        on: Option<On>,
    },
    /// `ask TEXT [on DAY]` adds; `ask Q3 TEXT [on DAY]` replaces.
    Ask {
        /// The position to replace, 1 to 99; `None` adds at the end.
        at: Option<u32>,
        /// The question.
        text: String,
        /// The episode.
        on: Option<On>,
    },
    /// `edit [on DAY]`: a form with all questions.
    Edit {
        /// The episode.
        on: Option<On>,
    },
    /// `move Q3 Q1 [on DAY]`.
    Move {
        /// Where the question is, 1 to 99.
        from: u32,
        /// Where it will be.
        to: u32,
        /// The episode.
        on: Option<On>,
    },
    /// `drop Q4 [on DAY]`.
    Drop {
        /// Its position, 1 to 99.
        at: u32,
        /// The episode.
        on: Option<On>,
    },
    /// `spare TEXT [on DAY]`, `spare none [on DAY]`.
    Spare {
        /// The question; `None` takes all away that are kept.
        text: Option<String>,
        /// The episode.
        on: Option<On>,
    },
    /// `ideas [on DAY]`: what was suggested, to be asked in that episode.
    Ideas {
        /// The episode.
        on: Option<On>,
    },
    /// `brief`, `brief Amina Okoth on 8 Dec`.
    Brief {
        /// Whom it is for; `None` means whoever is invited.
        name: Option<String>,
        /// The episode.
        on: Option<On>,
    },
    /// `preview [on DAY]`.
    Preview {
        /// The episode.
        on: Option<On>,
    },
    /// `rehearse #tryout`, `rehearse stop`.
    Rehearse(Rehearse),
    /// `skip 29 Dec`, `skip 29 Dec 8pm`, `skip 22 Dec to 5 Jan`. Never without a date.
    Skip {
        /// The day, or the first of the range, which has no time then. All of the day where no time is
        /// named.
        from: On,
        /// The last day of the range, to be resolved with `from` as its today.
        to: Option<Day>,
    },
    /// `reschedule 24 Dec to 26 Dec 19:00`.
    Reschedule {
        /// The episode as it is planned now.
        on: On,
        /// The new day, time, or both.
        to: When,
    },
    /// `add 3 Dec at 7pm`.
    Add {
        /// The day.
        day: Day,
        /// The local time; the chat's usual time where none is given.
        time: Option<NaiveTime>,
    },
    /// `status`.
    Status,
    /// `hold 3m`.
    Hold {
        /// 1 to 60 whole minutes; 3 where nothing was typed.
        by: Duration,
    },
    /// `extend 10m`.
    Extend {
        /// 1 to 60 whole minutes; 5 where nothing was typed.
        by: Duration,
    },
    /// `next`.
    Next,
    /// `swap`.
    Swap,
    /// `pause`.
    Pause,
    /// `resume`.
    Resume,
    /// `say TEXT`, asked back.
    Say {
        /// What to say.
        text: String,
    },
    /// `fix Q3 TEXT`.
    Fix {
        /// Its position, 1 to 99.
        at: u32,
        /// The corrected question.
        text: String,
    },
    /// `close`, asked back.
    Close,
    /// `catch-up`, asked back.
    CatchUp,
    /// `heard [on DAY]`: of an hour that goes on or is over.
    Heard {
        /// The day, looked for behind us; the live hour, else the latest, where none is named.
        on: Option<On>,
    },
    /// `hide LINK`.
    Hide {
        /// What the link leads to.
        what: Pointed,
    },
    /// `block @handle`.
    Block {
        /// Without `@`, as typed.
        handle: String,
    },
    /// `unblock @handle`, of somebody who was left out too.
    Unblock {
        /// Without `@`, as typed.
        handle: String,
    },
    /// `leave-out @handle`.
    LeaveOut {
        /// Without `@`, as typed.
        handle: String,
    },
    /// `mute scam`, `mute "crypto giveaway", scam`: words and phrases, at least one.
    Mute(Vec<String>),
    /// `unmute scam`, likewise.
    Unmute(Vec<String>),
    /// `muted`.
    Muted,
    /// `door regulars`, `door open`; `None` shows how it is.
    Door(Option<Door>),
    /// `when`.
    When,
    /// `questions [on DAY]`.
    Questions {
        /// The episode.
        on: Option<On>,
    },
    /// `suggest TEXT`; `suggest` alone opens a form.
    Suggest {
        /// The question.
        text: Option<String>,
    },
    /// `suggestions`.
    Suggestions,
    /// Nothing, `help`, `help ask`, `help set reminders`.
    Help {
        /// What to explain; everything in short where nothing was named.
        about: Option<About>,
    },
}

impl Command {
    /// The verb it was typed with.
    pub fn verb(&self) -> Verb {
        match self {
            Command::New(_) => Verb::New,
            Command::Show => Verb::Show,
            Command::Set(_) => Verb::Set,
            Command::Connect { .. } => Verb::Connect,
            Command::Disconnect { .. } => Verb::Disconnect,
            Command::Organiser(_) => Verb::Organiser,
            Command::Moderator(_) => Verb::Moderator,
            Command::Mute(_) => Verb::Mute,
            Command::Unmute(_) => Verb::Unmute,
            Command::Muted => Verb::Muted,
            Command::Door(_) => Verb::Door,
            Command::Words(_) => Verb::Words,
            Command::Retire => Verb::Retire,
            Command::Topic { .. } => Verb::Topic,
            Command::Guest { .. } => Verb::Guest,
            Command::Ask { .. } => Verb::Ask,
            Command::Edit { .. } => Verb::Edit,
            Command::Move { .. } => Verb::Move,
            Command::Drop { .. } => Verb::Drop,
            Command::Spare { .. } => Verb::Spare,
            Command::Ideas { .. } => Verb::Ideas,
            Command::Brief { .. } => Verb::Brief,
            Command::Preview { .. } => Verb::Preview,
            Command::Rehearse(_) => Verb::Rehearse,
            Command::Skip { .. } => Verb::Skip,
            Command::Reschedule { .. } => Verb::Reschedule,
            Command::Add { .. } => Verb::Add,
            Command::Status => Verb::Status,
            Command::Hold { .. } => Verb::Hold,
            Command::Extend { .. } => Verb::Extend,
            Command::Next => Verb::Next,
            Command::Swap => Verb::Swap,
            Command::Pause => Verb::Pause,
            Command::Resume => Verb::Resume,
            Command::Say { .. } => Verb::Say,
            Command::Fix { .. } => Verb::Fix,
            Command::Close => Verb::Close,
            Command::CatchUp => Verb::CatchUp,
            Command::Heard { .. } => Verb::Heard,
            Command::Hide { .. } => Verb::Hide,
            Command::Block { .. } => Verb::Block,
            Command::Unblock { .. } => Verb::Unblock,
            Command::LeaveOut { .. } => Verb::LeaveOut,
            Command::When => Verb::When,
            Command::Questions { .. } => Verb::Questions,
            Command::Suggest { .. } => Verb::Suggest,
            Command::Suggestions => Verb::Suggestions,
            Command::Help { .. } => Verb::Help,
        }
    }

    /// Who may give it. As [`Verb::who`], but for `connect x`, which is for operators, and `set burst`, which
    /// is for moderators too.
    pub fn who(&self) -> Who {
        match self {
            Command::Connect { platform: Platform::X } => Who::Operators,
            Command::Set(Setting::Burst(_)) => Who::Moderators,
            other => other.verb().who(),
        }
    }

    /// Whether giving it can change anything. What only shows something or opens a form does not;
    /// what is asked back first does, because something is kept until the answer.
    pub fn changes(&self) -> bool {
        match self {
            Command::New(chat) => chat.is_some(),
            Command::Organiser(OrganiserChange::List) => false,
            Command::Moderator(OrganiserChange::List) | Command::Muted | Command::Door(None) => false,
            Command::Words(WordsChange::List | WordsChange::Show(_)) => false,
            Command::Rehearse(Rehearse::Play { room: None, .. }) => false,
            Command::Show
            | Command::Edit { .. }
            | Command::Ideas { .. }
            | Command::Suggestions
            | Command::Suggest { text: None }
            | Command::Brief { .. }
            | Command::Preview { .. }
            | Command::Status
            | Command::CatchUp
            | Command::Heard { .. }
            | Command::When
            | Command::Questions { .. }
            | Command::Help { .. } => false,
            Command::Set(_)
            | Command::Connect { .. }
            | Command::Disconnect { .. }
            | Command::Organiser(OrganiserChange::Add(_) | OrganiserChange::Remove(_))
            | Command::Moderator(OrganiserChange::Add(_) | OrganiserChange::Remove(_))
            | Command::Mute(_)
            | Command::Unmute(_)
            | Command::Door(Some(_))
            | Command::Words(WordsChange::Change(..) | WordsChange::Usual(_))
            | Command::Rehearse(Rehearse::Play { room: Some(_), .. } | Rehearse::Stop)
            | Command::Retire
            | Command::Topic { .. }
            | Command::Guest { .. }
            | Command::Ask { .. }
            | Command::Suggest { text: Some(_) }
            | Command::Move { .. }
            | Command::Drop { .. }
            | Command::Skip { .. }
            | Command::Reschedule { .. }
            | Command::Add { .. }
            | Command::Hold { .. }
            | Command::Extend { .. }
            | Command::Next
            | Command::Spare { .. }
            | Command::Swap
            | Command::Pause
            | Command::Resume
            | Command::Say { .. }
            | Command::Fix { .. }
            | Command::Close
            | Command::Hide { .. }
            | Command::Block { .. }
            | Command::Unblock { .. }
            | Command::LeaveOut { .. } => true,
        }
    }
}

/// All that a new chat needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChat {
    /// Without `#`, in its organiser's capitals. Slack lowers those of a hashtag that is also the name
    /// of a channel.
    pub hashtag: String,
    /// At least one.
    pub slots: Vec<SlotTyped>,
    /// The city or IANA zone as typed.
    pub city: String,
    /// In quotes after the hashtag; the hashtag serves where nothing was said.
    pub title: Option<String>,
}

/// A time that recurs, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotTyped {
    /// How often.
    pub every: RecurrenceTyped,
    /// Local time.
    pub time: NaiveTime,
}

/// How often, before a date fixes its phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceTyped {
    /// `every Tuesday`, `every 2 weeks on Tuesday`.
    Weekly {
        /// In weeks, 1 to 52.
        every: u32,
        /// On which day.
        day: Weekday,
    },
    /// `first Thursday of the month`, `last Friday monthly`.
    Monthly {
        /// 1 to 5, or -1 for the last.
        nth: i8,
        /// Of which day.
        day: Weekday,
    },
}

/// One setting and its new value. Lengths are whole minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `set title Social Media Exchange`.
    Title(String),
    /// `set hashtag #SMXChat`, without `#`.
    Hashtag(String),
    /// `set time every Wednesday 7pm London`.
    Time {
        /// At least one.
        slots: Vec<SlotTyped>,
        /// The city or zone as typed; the zone stays where none is.
        city: Option<String>,
    },
    /// `set zone London`, as typed.
    Zone(String),
    /// `set length 60m`: 10 minutes to 12 hours.
    Length(Duration),
    /// `set cadence auto`, `set cadence every 8m`.
    Cadence(CadenceTyped),
    /// `set reminders 24h, 10m`: 1 minute to 13 days each, longest first, none twice. Empty for `none`.
    Reminders(Vec<Duration>),
    /// `set cities London, New York`, as typed. Empty for `none`.
    Cities(Vec<String>),
    /// `set discord threads`, `set slack flat`.
    Layout {
        /// Slack or Discord.
        platform: Platform,
        /// Where answers go.
        layout: Layout,
    },
    /// `set discord links`, `set slack full`.
    Cards {
        /// Slack or Discord.
        platform: Platform,
        /// How much of a post from X is shown there.
        cards: Cards,
    },
    /// `set role @members`; `None` for `none`.
    Role(Option<RoleTyped>),
    /// `set desk #channel`; `None` for `none`.
    Desk(Option<ChannelTyped>),
    /// `set events on`.
    Events(bool),
    /// `set burst 10`, 1 to [`crate::settings::Settings::MOST_BURST`]; `None` for `off`.
    Burst(Option<u32>),
    /// `set budget $5`: a month's; `None` for `none`.
    Budget(Option<Money>),
}

impl Setting {
    /// Which setting it is.
    pub fn name(&self) -> SettingName {
        match self {
            Setting::Title(_) => SettingName::Title,
            Setting::Hashtag(_) => SettingName::Hashtag,
            Setting::Time { .. } => SettingName::Time,
            Setting::Zone(_) => SettingName::Zone,
            Setting::Length(_) => SettingName::Length,
            Setting::Cadence(_) => SettingName::Cadence,
            Setting::Reminders(_) => SettingName::Reminders,
            Setting::Cities(_) => SettingName::Cities,
            Setting::Layout { platform, .. } | Setting::Cards { platform, .. } => match platform {
                Platform::Discord => SettingName::Discord,
                // X has nothing of the kind to set; `set x` is not in the grammar.
                Platform::Slack | Platform::X => SettingName::Slack,
            },
            Setting::Role(_) => SettingName::Role,
            Setting::Desk(_) => SettingName::Desk,
            Setting::Events(_) => SettingName::Events,
            Setting::Burst(_) => SettingName::Burst,
            Setting::Budget(_) => SettingName::Budget,
        }
    }
}

/// How questions are spread, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CadenceTyped {
    /// `auto`.
    Auto,
    /// `every 8m`, `every 8m from 5m`.
    Every {
        /// From the start to Q1, up to 60 minutes, where it was said.
        first: Option<Duration>,
        /// From one question to the next, 1 to 60 minutes.
        every: Duration,
    },
}

/// A Discord role, as typed in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleTyped {
    /// By its id, from `<@&ID>` or the bare number.
    Id(String),
    /// By its name, without `@`.
    Name(String),
}

/// A channel, as typed in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelTyped {
    /// Slack escaped it: `<#C061EG9SL|general>`.
    Id {
        /// The channel's id.
        id: String,
        /// Its name, where Slack said it (it does not for private channels).
        name: Option<String>,
    },
    /// Slack did not: the name without `#`.
    Name(String),
}

/// What `rehearse` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearse {
    /// `rehearse #tryout [5 min] [on DAY]`.
    Play {
        /// In which channel; where none is named, the answer says how.
        room: Option<RoomTyped>,
        /// How long it takes, 1 to 30 whole minutes.
        length: Option<Duration>,
        /// The episode.
        on: Option<On>,
    },
    /// `rehearse stop`.
    Stop,
}

/// A channel on any platform, as typed in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomTyped {
    /// A channel of the workspace.
    Slack(ChannelTyped),
    /// A channel of a Discord server, by its link: `https://discord.com/channels/4105/4106`.
    Discord {
        /// The server's id.
        server: String,
        /// The channel's.
        channel: String,
    },
    /// A platform and no channel: `x`, `discord`.
    On(Platform),
    /// `here`: the channel it is typed in.
    Here,
}

/// A Slack user, as Slack escapes one: `<@U012AB3CD|maya>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTyped {
    /// The user's id.
    pub id: String,
    /// Their name, where Slack said it.
    pub name: Option<String>,
}

/// What `organiser` and `moderator` do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganiserChange {
    /// Names them.
    List,
    /// One more.
    Add(UserTyped),
    /// One fewer.
    Remove(UserTyped),
}

/// What `words` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordsChange {
    /// Shows all of them.
    List,
    /// Shows one.
    Show(WordsFor),
    /// Replaces one.
    Change(WordsFor, String),
    /// Goes back to Earshot's own.
    Usual(WordsFor),
}

/// What `guest` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestChange {
    /// They are coming. A guest of the same name is replaced.
    Add(GuestTyped),
    /// They come in with another question: the name as typed, and the position.
    From(String, u32),
    /// They are not: the name as typed.
    Remove(String),
}

/// A guest, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestTyped {
    /// Their name.
    pub name: String,
    /// The city or zone in which they will read the clock, as typed.
    pub city: String,
    /// One line about them.
    pub about: Option<String>,
    /// Their handle on X, without `@`: given only if they agreed to it.
    pub handle: Option<String>,
    /// The position of the question that they come in with, 1 to 99, if it was said.
    pub from: Option<u32>,
}

/// What help or a suggestion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A verb.
    Verb(Verb),
    /// A setting, typed after `set`.
    Setting(SettingName),
}

impl fmt::Display for About {
    /// As typed after `/chat`: `skip`, `set reminders`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Verb(verb) => write!(f, "{verb}"),
            About::Setting(setting) => write!(f, "set {setting}"),
        }
    }
}

/// A part that a command cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// What to say or ask.
    Text,
    /// Which question: `Q3`.
    Question,
    /// Where the question goes: the second position of `move`.
    Position,
    /// Which day.
    Day,
    /// The new day or time of `reschedule`.
    When,
    /// Whose name.
    Name,
    /// A guest's city.
    City,
    /// Which Slack user.
    Person,
    /// Which post: its link on X.
    Link,
    /// Who on X.
    Handle,
    /// `add` or `remove`.
    AddOrRemove,
    /// `slack`, `discord` or `x`.
    Platform,
    /// What to mute.
    Word,
    /// What to set.
    Setting,
    /// What to set it to.
    Value(SettingName),
}

/// A part of a chat's description: of `new #SMXChat every Tuesday 8pm London`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NewPiece {
    /// `#SMXChat`.
    Hashtag,
    /// `every Tuesday`.
    Day,
    /// `8pm`.
    Time,
    /// `London`.
    City,
}

impl NewPiece {
    /// What one looks like.
    pub fn example(self) -> &'static str {
        match self {
            NewPiece::Hashtag => "#SMXChat",
            NewPiece::Day => "every Tuesday",
            NewPiece::Time => "8pm",
            NewPiece::City => "London",
        }
    }
}

/// What has bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// `hold`.
    Hold,
    /// `extend`.
    Extension,
    /// `set length`.
    Length,
    /// `set cadence every`.
    Cadence,
    /// One of `set reminders`.
    Reminder,
    /// `rehearse`.
    Rehearsal,
}

impl Measure {
    /// The least and the most, both allowed.
    pub fn bounds(self) -> (Duration, Duration) {
        match self {
            Measure::Hold | Measure::Extension | Measure::Cadence => {
                (Duration::minutes(1), Duration::minutes(60))
            }
            Measure::Length => (Duration::minutes(10), Duration::hours(12)),
            // Episodes are planned 14 days ahead: a reminder of 14 days would be late half of the time.
            Measure::Reminder => (Duration::minutes(1), Duration::days(13)),
            // Who follows longer than that might as well be at the chat.
            Measure::Rehearsal => (Duration::minutes(1), Duration::minutes(30)),
        }
    }
}

/// Why a command was not understood: one variant for each thing that a person can mend. Carries what
/// was typed, for readers' eyes (Slack's escapes undone, still to be escaped for where it is shown).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// The first word is no verb and no chat.
    UnknownVerb {
        /// The word.
        typed: String,
        /// What may have been meant: none to three. Never done without asking.
        nearest: Vec<About>,
    },
    /// The first word looks like a chat, but there is none.
    UnknownChat {
        /// The word.
        typed: String,
        /// What may have been meant.
        nearest: Option<Slug>,
    },
    /// It is typed in Discord.
    InDiscord {
        /// As which command there.
        verb: MemberVerb,
    },
    /// Something is missing.
    Missing {
        /// From what.
        verb: Verb,
        /// The first thing that is.
        piece: Piece,
    },
    /// There is more than the command takes; perhaps something else was meant.
    Extra {
        /// The command.
        verb: Verb,
        /// What is too much.
        words: String,
    },
    /// Another verb does that: `skip Q4`, `drop 29 Dec`, `move 24 Dec to 26 Dec`.
    Instead {
        /// What was typed.
        verb: Verb,
        /// What does it.
        instead: Verb,
        /// The rest, which the other verb takes.
        words: String,
    },
    /// Not a day.
    NotADay {
        /// The command that takes one.
        verb: Verb,
        /// What stands there.
        typed: String,
    },
    /// A text that ends in a date and something that may be its time: `… on 24 Nov 10`.
    HalfADate {
        /// The command.
        verb: Verb,
        /// From `on` to the end.
        typed: String,
    },
    /// Neither a day nor a time nor both.
    NotAWhen {
        /// The command that takes one.
        verb: Verb,
        /// What stands there.
        typed: String,
    },
    /// Two dates: `1/12` is 1 December here and January 12 there.
    AmbiguousDate {
        /// What was typed.
        typed: String,
        /// With the day first, then with the month first.
        readings: [Day; 2],
    },
    /// `every third Thursday`: every three weeks, or the third of the month?
    AmbiguousEvery {
        /// 3 to 5.
        nth: u32,
        /// The day.
        day: Weekday,
    },
    /// Not a length of time.
    NotALength {
        /// The command that takes one.
        verb: Verb,
        /// What stands there.
        typed: String,
    },
    /// A channel's name without its `#`, where the channel of a rehearsal belongs.
    BareChannel {
        /// The name.
        typed: String,
    },
    /// A length of time with seconds: minutes are as fine as it gets.
    Seconds {
        /// What was typed.
        typed: String,
    },
    /// Too short or too long; see [`Measure::bounds`].
    OutOfBounds {
        /// What has bounds.
        measure: Measure,
        /// What was typed.
        typed: String,
    },
    /// Not the position of a question (`Q1` to `Q99`).
    NotAQuestion {
        /// The command that takes one.
        verb: Verb,
        /// What stands there.
        typed: String,
    },
    /// A chat cannot be made of this yet.
    NewIncomplete {
        /// The hashtag, if there was one.
        hashtag: Option<String>,
        /// What is missing, at least one.
        missing: Vec<NewPiece>,
        /// Words that were not understood.
        stray: Option<String>,
    },
    /// `set time` needs a day and a time.
    TimeIncomplete {
        /// What is missing, at least one.
        missing: Vec<NewPiece>,
        /// Words that were not understood.
        stray: Option<String>,
    },
    /// Words among days, times and city whose meaning is not clear.
    Unclear {
        /// `new` or `set`.
        verb: Verb,
        /// The words.
        words: String,
    },
    /// `set` knows no such setting.
    UnknownSetting {
        /// The word.
        typed: String,
        /// What may have been meant.
        nearest: Option<SettingName>,
    },
    /// The setting has no such value.
    NotAValue {
        /// Which setting.
        setting: SettingName,
        /// What stands there.
        typed: String,
    },
    /// Not a hashtag.
    NotAHashtag {
        /// What stands there.
        typed: String,
    },
    /// A guest is introduced by name, and a mention is none.
    NotAName {
        /// What stands there.
        typed: String,
    },
    /// A guest comes in with one question and stays; this says something else.
    NotAPart {
        /// What stands there.
        typed: String,
    },
    /// Not a Slack user that Slack knows; names are picked from Slack's list.
    NotAPerson {
        /// What stands there.
        typed: String,
    },
    /// Not a handle on X: 1 to 15 letters, digits and underscores.
    NotAHandle {
        /// What stands there.
        typed: String,
    },
    /// Somebody of the Slack workspace where somebody on X is meant.
    NotOnX {
        /// What stands there.
        typed: String,
    },
    /// Not the link of a post on X.
    NotAPost {
        /// What stands there.
        typed: String,
    },
    /// Not a platform.
    UnknownPlatform {
        /// `connect` or `disconnect`.
        verb: Verb,
        /// What stands there.
        typed: String,
        /// What may have been meant.
        nearest: Option<Platform>,
    },
    /// `words` knows no such text.
    UnknownWords {
        /// What stands there.
        typed: String,
    },
    /// The door is open, or for regulars.
    NotADoor {
        /// What stands there.
        typed: String,
    },
}

/// A member's command in Discord, with what was typed after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberCommand {
    /// `/join`.
    Join,
    /// `/leave`.
    Leave,
    /// `/me`.
    Me,
    /// `/remind`, `/remind 1h`, `/remind off`.
    Remind {
        /// How long before, as typed; without it the answer says how things stand.
        when: Option<String>,
    },
    /// `/my-data`.
    MyData {
        /// Ends the reply.
        token: crate::delivery::ReplyToken,
        /// Of which chats, where the channel has several; of the one it is asked in where none is named.
        chats: Vec<Slug>,
    },
    /// `/forget-me`, asked back.
    ForgetMe,
    /// `/when`.
    When,
    /// `/questions`: those asked.
    Questions,
    /// `/suggest [QUESTION]`.
    Suggest {
        /// The question, as typed; a form asks for it where none is.
        text: Option<String>,
    },
    /// `/suggestions`.
    Suggestions,
    /// `/connect CODE`, by a person with Manage Channels.
    Connect {
        /// The code from Slack, as typed.
        code: String,
    },
    /// `/help`.
    Help,
}

impl MemberCommand {
    /// The command without what was typed after it.
    pub fn verb(&self) -> MemberVerb {
        match self {
            MemberCommand::Join => MemberVerb::Join,
            MemberCommand::Leave => MemberVerb::Leave,
            MemberCommand::Me => MemberVerb::Me,
            MemberCommand::MyData { .. } => MemberVerb::MyData,
            MemberCommand::ForgetMe => MemberVerb::ForgetMe,
            MemberCommand::Remind { .. } => MemberVerb::Remind,
            MemberCommand::When => MemberVerb::When,
            MemberCommand::Questions => MemberVerb::Questions,
            MemberCommand::Suggest { .. } => MemberVerb::Suggest,
            MemberCommand::Suggestions => MemberVerb::Suggestions,
            MemberCommand::Connect { .. } => MemberVerb::Connect,
            MemberCommand::Help => MemberVerb::Help,
        }
    }

    /// The name it is registered under.
    pub fn name(&self) -> &'static str {
        self.verb().word()
    }

    /// What Discord shows beside it, at most 100 characters.
    pub fn description(&self) -> &'static str {
        self.verb().description()
    }
}

//! What each verb is for. The matches are exhaustive and without `_`: a verb or a setting without its
//! help text does not compile. Every example is one that `parse` understands; a test holds them to it.
#![deny(clippy::wildcard_enum_match_arm)]

use super::{MemberVerb, SettingName, Verb};

/// What there is to know about a verb. All texts are typed after `/chat `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Help {
    /// Its form: `[…]` may be left out, capitals stand for something of one's own, `|` is a choice.
    pub usage: &'static str,
    /// What it does, in a sentence or two.
    pub does: &'static str,
    /// At least one.
    pub examples: &'static [&'static str],
    /// Who may use it.
    pub who: Who,
    /// When one needs it.
    pub when: Group,
}

/// What there is to know about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingHelp {
    /// As [`Help::usage`], from `set` on.
    pub usage: &'static str,
    /// What it does, in a sentence.
    pub does: &'static str,
    /// One that can be typed as it is.
    pub example: &'static str,
}

/// Who may use a verb. Operators may do what organisers may, where they are that too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Everyone in the workspace.
    Everyone,
    /// Those who steer the chat.
    Organisers,
    /// Those who keep it kind, and those who steer it: [`crate::settings::Settings::may_moderate`].
    Moderators,
    /// Those who run this Earshot.
    Operators,
}

/// When one needs a verb; help lists them under these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Once, and when something about the chat changes.
    SettingUp,
    /// Between episodes.
    Planning,
    /// During the hour.
    Live,
    /// When somebody is unkind, and before.
    Keeping,
    /// Always, by anyone.
    Anyone,
}

impl Verb {
    /// Who may use it. `connect x` is stricter and `set burst` less so: see [`super::Command::who`].
    pub fn who(self) -> Who {
        help(self).who
    }
}

/// Explains a verb.
pub fn help(verb: Verb) -> Help {
    match verb {
        Verb::New => Help {
            usage: "new [#HASHTAG every DAY TIME CITY]",
            does: "Starts a chat. On its own it opens a form.",
            examples: &[
                "new",
                "new #SMXChat every Tuesday 8pm London",
                "new #SMXChat every 2 weeks on Tuesday 20:00 London",
                "new #SMXChat first Thursday of the month 19:30 Europe/London",
                "new #SMXChat Tuesdays 9am and 8pm London",
            ],
            who: Who::Operators,
            when: Group::SettingUp,
        },
        Verb::Show => Help {
            usage: "show",
            does: "Shows all I know about the chat: times, rooms, reminders, people.",
            examples: &["show"],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Set => Help {
            usage: "set SETTING VALUE",
            does: "Changes one thing about the chat; `help set reminders` explains one setting.",
            examples: &[
                "set reminders 24h, 10m",
                "set cities London, New York, Nairobi",
                "set time every Wednesday 7pm London",
                "set length 60m",
                "set discord threads",
            ],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Connect => Help {
            usage: "connect slack|discord|x",
            does: "Brings the chat to a room. Slack: the channel you type this in. Discord: I give you a \
                   code to use there. X: operators only, and silent until a preview is approved.",
            examples: &["connect slack", "connect discord", "connect x"],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Disconnect => Help {
            usage: "disconnect slack|discord|x [#CHANNEL]",
            does: "Takes the chat out of a room: the channel you type this in, or the one you name. What \
                   stands there stays.",
            examples: &["disconnect slack", "disconnect discord #smxchat", "disconnect x"],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Organiser => Help {
            usage: "organiser [add|remove @PERSON]",
            does: "Names those who steer the chat, or changes who they are: `organiser add @Sol`, `organiser \
                   remove @Sol`. Type @ and pick the person from Slack's list. Where the first of them is not seen \
                   when an hour opens, I ask the next to keep an eye on it.",
            // Slack turns a picked name into its own escape; one typed out here would not be read.
            examples: &["organiser"],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Moderator => Help {
            usage: "moderator [add|remove @PERSON]",
            does: "Names those who help you keep the chat kind, or changes who they are: `moderator add @Sol`. \
                   They mute, mind the door and the burst limit, hide, block and `hold`, and nothing else.",
            // As for organisers.
            examples: &["moderator"],
            who: Who::Organisers,
            when: Group::Keeping,
        },
        Verb::Words => Help {
            usage: "words [opening|close|reminder [TEXT|usual]]",
            does: "Lets the chat say it in its own words. {topic}, {guests} and {next} are filled in.",
            examples: &[
                "words",
                "words opening",
                "words opening Hello, you lovely lot! Tonight: {topic}, with {guests}.",
                "words opening usual",
            ],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Retire => Help {
            usage: "retire",
            does: "Says goodbye to the chat for good. I ask first, and keep what was said.",
            examples: &["retire"],
            who: Who::Organisers,
            when: Group::SettingUp,
        },
        Verb::Topic => Help {
            usage: "topic TEXT|none [on DAY]",
            does: "Says what the next chat is about, or the one on that day.",
            examples: &[
                "topic Communities that outlive their platform",
                "topic What we learned this year on 29 Dec",
            ],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Guest => Help {
            usage: "guest NAME, CITY[, ABOUT THEM][, @HANDLE] [from Q3] [on DAY]",
            does: "Invites a guest; the city tells me their clock. Add an @handle only if they agreed to \
                   it. With `from Q3` they come in with that question, also later on: `guest Amina from Q3`. The desk \
                   hears three minutes before. `guest remove NAME` takes them off again.",
            examples: &[
                "guest Amina Okoth, Nairobi",
                "guest Amina Okoth, Nairobi, runs the city's oldest book club, @aminareads on 8 Dec",
                "guest Amina Okoth from Q3",
                "guest remove Amina Okoth",
            ],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Ask => Help {
            usage: "ask [Q3] TEXT [on DAY [at TIME]]",
            does: "Adds a question. With Q3 in front it replaces that one. A text that itself ends in a date \
                   goes in quotes.",
            examples: &[
                "ask What did your community do in the week its platform changed?",
                "ask Q3 What would you do differently?",
                "ask Where does your community meet when nobody organises it? on 8 Dec",
            ],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Edit => Help {
            usage: "edit [on DAY]",
            does: "Opens all questions at once, to write and rewrite in peace.",
            examples: &["edit", "edit on 8 Dec"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Move => Help {
            usage: "move Q3 Q1 [on DAY]",
            does: "Puts a question elsewhere in the order.",
            examples: &["move Q3 Q1", "move Q3 to Q1 on 8 Dec"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Drop => Help {
            usage: "drop Q4 [on DAY]",
            does: "Takes a question out. For a whole evening it is `skip`.",
            examples: &["drop Q4", "drop Q4 on Tuesday"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Spare => Help {
            usage: "spare TEXT [on DAY], or spare none [on DAY]",
            does: "Keeps a question in reserve, unseen and without a number. During the hour `swap` asks it instead of \
                   the next one.",
            examples: &["spare What made you smile this week?", "spare none"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Ideas => Help {
            usage: "ideas [on DAY]",
            does: "Shows what people suggested to ask, the most wanted first; one press makes it a question of the \
                   next chat, or of the one on that day.",
            examples: &["ideas", "ideas on 8 Dec"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Brief => Help {
            usage: "brief [NAME] [on DAY]",
            does: "Writes a note for your guest, to paste into any mail: when it is where they are, the questions, \
                   and how to answer from a phone.",
            examples: &["brief", "brief Amina Okoth", "brief on 8 Dec"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Preview => Help {
            usage: "preview [on DAY]",
            does: "Shows every word I will say, in which room and when.",
            examples: &["preview", "preview on 8 Dec"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Rehearse => Help {
            usage: "rehearse [here|#CHANNEL [MINUTES] [on DAY]|stop]",
            does: "Plays the next chat in one channel, every word of it, in three minutes or as many as you say. \
                   Nothing of it counts, nobody is pinged, and X hears nothing. A channel in Discord goes by its \
                   link.",
            examples: &[
                "rehearse here",
                "rehearse #tryout 5 min",
                "rehearse #tryout on 8 Dec",
                "rehearse stop",
            ],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Skip => Help {
            usage: "skip DAY [TIME] [to DAY]",
            does: "Leaves out a date, one of two on a date, or a whole break, and tells everyone when we are \
                   back.",
            examples: &["skip 29 Dec", "skip 22 Dec to 5 Jan", "skip 29 Dec 10am"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Reschedule => Help {
            usage: "reschedule DAY to [DAY] [TIME]",
            does: "Moves one chat to another day, another time, or both.",
            examples: &[
                "reschedule 24 Dec to 26 Dec 19:00",
                "reschedule 24 Dec to 19:00",
                "reschedule 24 Dec to Thursday",
            ],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Add => Help {
            usage: "add DAY [at TIME]",
            does: "Adds one more chat, at the usual time or another.",
            examples: &["add 3 Dec", "add 3 Dec at 7pm"],
            who: Who::Organisers,
            when: Group::Planning,
        },
        Verb::Status => Help {
            usage: "status",
            does: "Where we are: the question, the next one, who spoke, how the rooms are doing.",
            examples: &["status"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Hold => Help {
            usage: "hold [MINUTES]",
            does: "Gives this question more time: 3 minutes, or as many as you say, up to 60.",
            examples: &["hold", "hold 3m"],
            who: Who::Moderators,
            when: Group::Live,
        },
        Verb::Extend => Help {
            usage: "extend [MINUTES]",
            does: "Lets the hour close later: by 5 minutes, or as many as you say, up to 60. What is left spreads over it.",
            examples: &["extend", "extend 10m"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Next => Help {
            usage: "next",
            does: "Asks the next question in five seconds, with a Stop button until then.",
            examples: &["next"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Swap => Help {
            usage: "swap",
            does: "Asks the spare question in the place of the next one, which is kept in reserve instead.",
            examples: &["swap"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Pause => Help {
            usage: "pause",
            does: "Stops asking until you `resume`. Posts keep flowing.",
            examples: &["pause"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Resume => Help {
            usage: "resume",
            does: "Goes on where `pause` stopped.",
            examples: &["resume"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Say => Help {
            usage: "say TEXT",
            does: "Says something in all rooms, once you have confirmed it.",
            examples: &["say Our guest's train is late, so pour another cup. We start at Q2!"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Fix => Help {
            usage: "fix Q3 TEXT",
            does: "Corrects a question that is already out: in place on Discord and Slack; for X I offer \
                   a correction.",
            examples: &["fix Q3 What did your community do that week?"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Close => Help {
            usage: "close",
            does: "Thanks everyone and ends the hour now. I ask first.",
            examples: &["close"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::CatchUp => Help {
            usage: "catch-up",
            does: "Carries the posts that reached me too late for this hour, or for the one that ended within the \
                   last day. I say how many, and ask first.",
            examples: &["catch-up"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Heard => Help {
            usage: "heard [on DAY]",
            does: "Says who was heard, in numbers, while the hour goes on or after it: how many spoke, were answered, \
                   came back, and how evenly it was shared.",
            examples: &["heard", "heard on 24 Nov"],
            who: Who::Organisers,
            when: Group::Live,
        },
        Verb::Hide => Help {
            usage: "hide LINK",
            does: "Takes a post out of every room, for good: copy its link on X, or that of its card here or in \
                   Discord. Hide behind the dots on its card does the same.",
            examples: &["hide https://x.com/adaokafor/status/2080761390344937796"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Block => Help {
            usage: "block @HANDLE",
            does: "Keeps somebody out: all they posted here goes from every room, for good, and nothing of \
                   theirs is carried any more. For those who asked for it themselves there is `leave-out`.",
            examples: &["block @adaokafor"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Unblock => Help {
            usage: "unblock @HANDLE",
            does: "Lets somebody in again who was blocked or left out. What was taken out stays out.",
            examples: &["unblock @adaokafor"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::LeaveOut => Help {
            usage: "leave-out @HANDLE",
            does: "For somebody who would rather not be carried: nothing of theirs is shown or kept, and what \
                   was goes from every room.",
            examples: &["leave-out @adaokafor"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Mute => Help {
            usage: "mute WORD OR PHRASE[, ANOTHER]",
            does: "Keeps posts with a word out, wherever it stands as a whole word: any capitals, with or \
                   without #. Only you read which words those are.",
            examples: &["mute giveaway", "mute free crypto", "mute giveaway, airdrop"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Unmute => Help {
            usage: "unmute WORD OR PHRASE[, ANOTHER]",
            does: "Lets posts with a muted word through again, from then on.",
            examples: &["unmute giveaway"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Muted => Help {
            usage: "muted",
            does: "Lists the muted words, for your eyes only.",
            examples: &["muted"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::Door => Help {
            usage: "door [regulars|open]",
            does: "Says who comes straight in. With `door regulars`, posts of people who were never here before \
                   wait at the desk for one tap, until `door open`.",
            examples: &["door", "door regulars", "door open"],
            who: Who::Moderators,
            when: Group::Keeping,
        },
        Verb::When => Help {
            usage: "when",
            does: "Shows the next dates, in your own time.",
            examples: &["when"],
            who: Who::Everyone,
            when: Group::Anyone,
        },
        Verb::Questions => Help {
            usage: "questions [on DAY]",
            does: "Lists the questions asked so far; organisers also see what is still to come.",
            examples: &["questions", "questions on 8 Dec"],
            who: Who::Everyone,
            when: Group::Anyone,
        },
        Verb::Suggest => Help {
            usage: "suggest [QUESTION]",
            does: "Suggests a question to the organisers. If it is asked, your name stands under it. On its own it \
                   opens a form.",
            examples: &["suggest", "suggest What made you stay?"],
            who: Who::Everyone,
            when: Group::Anyone,
        },
        Verb::Suggestions => Help {
            usage: "suggestions",
            does: "Shows what others would ask, to vote for, and what you suggested yourself.",
            examples: &["suggestions"],
            who: Who::Everyone,
            when: Group::Anyone,
        },
        Verb::Help => Help {
            usage: "help [COMMAND]",
            does: "Explains every command briefly, or one properly.",
            examples: &["help", "help ask", "help set reminders"],
            who: Who::Everyone,
            when: Group::Anyone,
        },
    }
}

/// Explains a setting.
pub fn help_setting(setting: SettingName) -> SettingHelp {
    match setting {
        SettingName::Title => SettingHelp {
            usage: "set title TEXT",
            does: "What people call the chat.",
            example: "set title The Social Media Exchange",
        },
        SettingName::Hashtag => SettingHelp {
            usage: "set hashtag #HASHTAG",
            does: "The hashtag that everyone puts in their posts.",
            example: "set hashtag #SMXChat",
        },
        SettingName::Time => SettingHelp {
            usage: "set time every DAY TIME [CITY]",
            does: "When the chat meets; several times with `and`.",
            example: "set time every Wednesday 7pm London",
        },
        SettingName::Zone => SettingHelp {
            usage: "set zone CITY",
            does: "Whose clock the chat keeps: a city, or a name like Europe/London.",
            example: "set zone London",
        },
        SettingName::Length => SettingHelp {
            usage: "set length MINUTES",
            does: "How long a chat lasts: 10 minutes to 12 hours.",
            example: "set length 60m",
        },
        SettingName::Cadence => SettingHelp {
            usage: "set cadence auto|every MINUTES [from MINUTES]",
            does: "How questions are spread: `auto` fits them to the hour; `every 8m from 5m` is Q1 after \
                   five minutes, then one every eight.",
            example: "set cadence every 8m",
        },
        SettingName::Reminders => SettingHelp {
            usage: "set reminders LENGTH, LENGTH|none",
            does: "How long before the start I remind people.",
            example: "set reminders 24h, 10m",
        },
        SettingName::Cities => SettingHelp {
            usage: "set cities CITY, CITY|none",
            does: "Cities whose time I name on X, the first three of them in a post.",
            example: "set cities London, New York, Nairobi",
        },
        SettingName::Discord => SettingHelp {
            usage: "set discord threads|flat|links|full",
            does: "Whether each question opens a thread in Discord, or all stays in the channel; and whether \
                   posts from X are shown in full there, or as links.",
            example: "set discord flat",
        },
        SettingName::Slack => SettingHelp {
            usage: "set slack threads|flat|links|full",
            does: "Whether each question opens a thread in Slack, or all stays in the channel; and whether \
                   posts from X are shown in full there, or as links.",
            example: "set slack threads",
        },
        SettingName::Role => SettingHelp {
            usage: "set role ROLE-ID|none",
            does: "The Discord role that members get, by its id, and that the last reminder pings.",
            example: "set role 123456789012345678",
        },
        SettingName::Desk => SettingHelp {
            usage: "set desk #CHANNEL|none",
            does: "The Slack channel where organisers hear what the others changed.",
            example: "set desk #smx-desk",
        },
        SettingName::Burst => SettingHelp {
            usage: "set burst POSTS|off",
            does: "How many posts of one person I carry within a minute, 1 to 30. What is above it is kept, and \
                   not carried. Moderators may set it too.",
            example: "set burst 10",
        },
        SettingName::Events => SettingHelp {
            usage: "set events on|off",
            does: "Whether each hour of the next two weeks stands among the events of the Discord server, moved and \
                   cancelled with it. I need Create Events there. Off unless you say so.",
            example: "set events on",
        },
        SettingName::Budget => SettingHelp {
            usage: "set budget AMOUNT|none",
            does: "What X may cost in a month. At four fifths I tell organisers; when it is spent I search X no \
                   more that month, and everything else goes on.",
            example: "set budget $5",
        },
    }
}

impl MemberVerb {
    /// What Discord shows beside the command: at most 100 characters
    /// (<https://discord.com/developers/docs/interactions/application-commands#application-command-object>).
    pub fn description(self) -> &'static str {
        match self {
            MemberVerb::Join => "Be one of us: I'll save you a seat",
            MemberVerb::Leave => "Say goodbye; I'll forget what I kept about you",
            MemberVerb::Me => "What I keep about you, and how to change it",
            MemberVerb::MyData => "All that I keep about you, as a file that only you see",
            MemberVerb::ForgetMe => "Take all you said and all I keep about you out, everywhere",
            MemberVerb::Remind => "A direct message before each hour: 5 minutes to a day ahead, or off",
            MemberVerb::When => "The next dates, in your own time",
            MemberVerb::Questions => "The questions asked so far",
            MemberVerb::Suggest => "Suggest a question; if it is asked, your name stands under it",
            MemberVerb::Suggestions => "What others would ask, to vote for, and what you suggested",
            MemberVerb::Connect => {
                "Bring a chat to this channel, with the code from Slack. Needs Manage Channels"
            }
            MemberVerb::Help => "What I do, and what you can do here",
        }
    }

    /// What may be typed after it: Discord's one string option.
    pub fn option(self) -> Option<OptionHelp> {
        match self {
            MemberVerb::Connect => Some(OptionHelp {
                name: "code",
                description: "The code that /chat connect discord gave in Slack",
                required: true,
                most: 40,
            }),
            MemberVerb::Remind => Some(OptionHelp {
                name: "when",
                description: "How long before: 1h, 10 min, a day; or off",
                required: false,
                most: 40,
            }),
            MemberVerb::Suggest => Some(OptionHelp {
                name: "question",
                description: "What you would ask; leave it out and I open a form",
                required: false,
                // Room for more than fits, so that it is refused in words and given back.
                most: 1_000,
            }),
            MemberVerb::Join
            | MemberVerb::Leave
            | MemberVerb::Me
            | MemberVerb::MyData
            | MemberVerb::ForgetMe
            | MemberVerb::When
            | MemberVerb::Questions
            | MemberVerb::Suggestions
            | MemberVerb::Help => None,
        }
    }
}

/// The option of a Discord command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionHelp {
    /// Its name, at most 32 characters.
    pub name: &'static str,
    /// What Discord shows beside it, at most 100 characters.
    pub description: &'static str,
    /// Whether the command needs it.
    pub required: bool,
    /// The most characters it takes.
    pub most: u16,
}

#![doc = include_str!("../README.md")]

pub mod action;
pub mod agenda;
pub mod alike;
pub mod attendance;
pub mod bank;
pub mod burst;
pub mod card;
pub mod command;
pub mod copy;
pub mod cost;
pub mod cue;
pub mod delivery;
pub mod deputy;
pub mod desk;
pub mod door;
mod echo;
pub mod events;
pub mod greeting;
pub mod happening;
pub mod heard;
pub mod home;
pub mod intent;
pub mod invited;
pub mod lane;
pub mod member;
pub mod mirror;
pub mod missed;
pub mod money;
pub mod muted;
pub mod name;
pub mod noise;
pub mod order;
pub mod personal;
pub mod post;
pub mod proof;
pub mod quotes;
pub mod radar;
pub mod rehearsal;
pub mod removal;
pub mod reply;
pub mod roster;
pub mod schedule;
pub mod search;
pub mod settings;
pub mod steer;
pub mod text;
pub mod weigh;
pub mod zone;

use chrono::{DateTime, NaiveDate, Utc};

use action::Action;
use agenda::Episode;
use bank::Idea;
use command::{Command, MemberCommand};
use cue::{Cue, CueId, CueState};
use delivery::Delivery;
use happening::Happening;
use member::{Member, Participant};
use name::{DeliveryId, EpisodeId, Person, Place, PostId, QuestionId};
use post::{Filed, Post};
use quotes::{Source, Unquoting};
use rehearsal::Rehearsal;
use removal::{Bar, Removal, Whom, Why};
use reply::Reply;
use settings::{Destination, Settings};

/// What the rules may look at: the slice of a chat that one event needs, as it was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    /// What is set from week to week.
    pub settings: Settings,
    /// The episodes that may matter, by start: all ahead, and the last few over.
    pub episodes: Vec<Episode>,
    /// The stored cues of those episodes.
    pub cues: Vec<Cue>,
    /// What this deployment is connected to.
    pub deployment: Deployment,
    /// What else was looked up for this event.
    pub seen: Seen,
}

/// One deployment: one Slack workspace, one X account, any number of Discord servers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deployment {
    /// Slack users who may create chats and connect X.
    pub operators: Vec<Person>,
    /// The host's account on X, where X is on: its place and its handle without `@`.
    pub x: Option<(Place, String)>,
    /// Whether Slack is on.
    pub slack: bool,
    /// Whether Discord is on.
    pub discord: bool,
}

/// What was looked up for one event, beside the chat itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// The member who acts.
    pub member: Option<Member>,
    /// Those who want to be reminded of an episode and whose reminder is not laid out yet, for its cue.
    pub members: Vec<Member>,
    /// The member whose claim a word in the post proves.
    pub claimant: Option<Member>,
    /// Whose account the author's is.
    pub linked: Option<Person>,
    /// The same person by their other account: the member whose account the author's is, or the account of the
    /// member who acts.
    pub also: Option<Participant>,
    /// The author of the post.
    pub participant: Option<Participant>,
    /// The post, if it was filed before.
    pub filed: Option<Filed>,
    /// How many wait for an answer in the live hour; none where nobody looks.
    pub radar: Option<radar::Count>,
    /// What the post replies to, if that is known.
    pub parent: Option<Parent>,
    /// Whether the post is one of our own announcements coming back.
    pub own: bool,
    /// The change that is to be undone.
    pub undo: Option<Undo>,
    /// What was kept under the name a press carries: the text of `say`, a command to choose for.
    pub kept: Option<Kept>,
    /// The deliveries of a question's announcement, or of a post's cards, that were sent.
    pub sent: Vec<(DeliveryId, Place, delivery::Room)>,
    /// The deliveries of a post's cards that wait, or may be in flight.
    pub waiting: Vec<(DeliveryId, Place, delivery::Room)>,
    /// Why the post is not to be shown, if it was removed before.
    pub gone: Option<Why>,
    /// Of the posts that were looked up, those whose quotation is not to be shown: what they quote was removed
    /// or hidden, or its author is barred.
    pub unquoted: Vec<PostId>,
    /// What keeps the author, or the one who acts, from being carried.
    pub bar: Option<Bar>,
    /// Who is barred under the handle that was typed, however long ago they had it.
    pub bars: Vec<Bar>,
    /// Who last posted here under the handle that was typed.
    pub known_as: Option<Person>,
    /// The post that was named by a link, by the first id of its edit history.
    pub named: Option<PostId>,
    /// The posts on the message of ours that was named by a link, in its order: those that stand in this chat.
    /// `None` where no cards of this chat are there.
    pub pointed: Option<Vec<Filed>>,
    /// How many people have spoken in the live episode, and how many of them for the first time.
    pub voices: Voices,
    /// Whether the hashtag that is to be set, or to be set again, belongs to another chat.
    pub taken: bool,
    /// The chat's places that cannot be reached as things stand, and what keeps posts from coming, where
    /// that was looked into.
    pub checks: Vec<delivery::Check>,
    /// Episodes that were over before those of the slice, for who asks about a date behind us.
    pub past: Vec<Episode>,
    /// The posts of one person that wait at the door, for whoever lets them in.
    pub held: Vec<Filed>,
    /// What was kept out of the rooms lately, for whoever asks how things stand.
    pub kept_out: KeptOut,
    /// What X has cost so far this month, where X is on.
    pub account: Option<cost::Account>,
    /// The posts of recent episodes that came too late or too fast to be carried, for whoever asks for what
    /// was missed.
    pub missed: Vec<Filed>,
    /// Their authors.
    pub authors: Vec<Participant>,
    /// Whether somebody asked for what was missed in the episode that the event is about, and not all of it is
    /// carried yet.
    pub catching_up: bool,
    /// The chat's rehearsal, where one may begin or end by the event: the one that plays, or the last one.
    pub rehearsal: Option<Rehearsal>,
    /// The hashtag of another chat that speaks in the channel that a rehearsal is to play in.
    pub spoken_for: Option<String>,
    /// What people suggested to ask, where the event may concern it.
    pub ideas: Vec<Idea>,
    /// Whether the member spoke for the first time in the episode that the event is about, and is heard.
    pub came_first: bool,
    /// In which hours the one who asks took part, where they may read of it.
    pub attendance: Option<attendance::Attendance>,
    /// What is known of the hour that somebody asks about, where it is one; then [`Seen::past`] are those that were
    /// held or go on.
    pub heard: Option<heard::Known>,
    /// The organisers who have been seen since shortly before the start, for the cue that calls another one.
    pub present: Vec<Person>,
}

/// What was kept out of the rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptOut {
    /// Posts of the live episode, or of the last one, that wait at the door.
    pub waiting: u32,
    /// Posts of today (UTC) with muted words, about: a repeat counts again.
    pub muted: u32,
    /// Posts of today above the burst limit, about.
    pub burst: u32,
}

/// Who spoke in an episode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Voices {
    /// People who posted.
    pub spoke: u32,
    /// Of them, those whose first post in this chat it was.
    pub first_time: u32,
    /// The names and handles that posted, for thanking guests who spoke.
    pub names: Vec<String>,
    /// Deliveries that wait, by destination.
    pub behind: Vec<(Place, u32)>,
}

/// What a post replies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The episode it belongs to.
    pub episode: EpisodeId,
    /// Its question, if it has one.
    pub question: Option<QuestionId>,
}

/// A change that can be taken back as long as nothing was changed after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// Its name.
    pub id: String,
    /// What was done, for "Undone: …".
    pub what: String,
    /// Who did it; unknown of changes from before this was kept.
    pub by: Option<Person>,
    /// The settings before, and the version that the change made.
    pub settings: Option<(Settings, u64)>,
    /// The episodes before, and the versions that the change made.
    pub episodes: Vec<(Episode, u64)>,
}

/// Something kept for a later press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// The text.
    pub text: String,
    /// Until when it counts.
    pub until: DateTime<Utc>,
}

/// Something that happened, or fell due.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A `/chat` command in Slack.
    Commanded(Asking, Command),
    /// A command of a member in Discord.
    Membered(Asking, MemberCommand),
    /// A button or a menu choice.
    Pressed(Asking, Action),
    /// A submitted form: its meaning and its values by key.
    Submitted(Asking, Action, Vec<(String, String)>),
    /// A person's post arrived from a source network.
    Posted(Post),
    /// A post is to be shown no more.
    Removed {
        /// By the first id of its edit history.
        post: PostId,
        /// Why.
        why: Why,
        /// Who wrote it, where whoever removes it knows.
        author: Option<Person>,
    },
    /// What a post quotes is to be shown no more, or all that somebody wrote is.
    Unquoted {
        /// The post that quotes it, by the first id of its edit history.
        post: PostId,
        /// What, or whose.
        of: Source,
    },
    /// A cue is to be fired, if it still has this version.
    CueDue(CueId, u64),
    /// Time to plan: make the episodes of the next 14 days, and write the cues that are still missing.
    /// Again, until it changes nothing.
    Plan,
    /// A channel was connected with a code: the destination to add.
    Connected(Asking, Destination),
    /// Somebody was let in who had said more than one commit carries: the next of it. Again, until it
    /// changes nothing.
    Admitted(Person),
    /// An organiser asked for what was missed in an episode, and it was more than one commit carries: the next
    /// of it. Again, until it changes nothing.
    CatchUp(EpisodeId),
    /// A member's first hour, this one, is over, and it is time to greet them.
    Greeted(Person, EpisodeId),
    /// It is time to nudge a member who was greeted, before this episode.
    Nudged(Person, EpisodeId),
    /// Somebody takes no direct messages from us.
    Unreached(Person),
    /// A rehearsal's channel does not take what is said there.
    Unplayed {
        /// Which rehearsal.
        run: String,
        /// Why, for an organiser to read.
        why: String,
    },
}

impl Event {
    /// Whether somebody waits for an answer to it. What nobody waits for is decided by [`decide_unasked`] too.
    pub fn is_asked(&self) -> bool {
        match self {
            Event::Commanded(..)
            | Event::Membered(..)
            | Event::Pressed(..)
            | Event::Submitted(..)
            | Event::Connected(..) => true,
            Event::Posted(_)
            | Event::Removed { .. }
            | Event::Unquoted { .. }
            | Event::CueDue(..)
            | Event::Plan
            | Event::Admitted(_)
            | Event::CatchUp(_)
            | Event::Greeted(..)
            | Event::Nudged(..)
            | Event::Unreached(_)
            | Event::Unplayed { .. } => false,
        }
    }
}

/// Who asks, where, and under which name: a repeated request has the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// Who.
    pub by: Person,
    /// The name they show.
    pub name: String,
    /// Their picture.
    pub picture: Option<String>,
    /// In which channel.
    pub place: Option<Place>,
    /// What people call that channel, where the platform said.
    pub place_name: Option<String>,
    /// A name for the request, the same when it is repeated; names what follows from it.
    pub key: String,
}

/// What an event leads to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// What is now true. Committed as one.
    pub changes: Vec<Change>,
    /// What to do outside. Each is written down in the same commit before it is done.
    pub effects: Vec<Delivery>,
    /// What the one who asked sees.
    pub reply: Option<Reply>,
    /// What all of it means to others.
    pub happened: Vec<Happening>,
}

/// Something that is now true.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The settings, if nobody wrote since (`version` is the one that was read).
    Settings(Settings),
    /// An episode, likewise.
    Episode(Episode),
    /// A cue, if its stored version is still below this one and it was not fired.
    Cue(Cue),
    /// A post that belongs to an episode.
    Filed(Filed),
    /// A post goes: its text, and what else is personal about it. A tombstone stays.
    Gone(Removal),
    /// A post is filed without its quotation from now on, if it still stands there as it was read.
    Unquoted(Unquoting),
    /// Somebody's posts are not carried any more.
    Bar(Bar),
    /// They are again.
    Unbar(Whom),
    /// Everything that this person posted until then is to be removed, page by page.
    Erase {
        /// Who.
        person: Person,
        /// By the source's clock. What they post later, once they are let in again, stays.
        until: DateTime<Utc>,
    },
    /// What this person suggested is to go, with their votes, their name under questions, and what is kept of what
    /// they were told alone. What they posted stays.
    Forget(Person),
    /// Somebody who posted, likewise by version.
    Participant(Participant),
    /// Somebody joined, or joined again; by version, like [`Change::Member`].
    Joined(Member),
    /// What a member asked for, or has to be told, if nobody wrote it since.
    Member(Member),
    /// Somebody left, and their record goes.
    Left(Person),
    /// A word proves a member's claim from now on.
    Claimed {
        /// The word.
        word: String,
        /// Whose claim.
        member: Person,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A word proves nothing any more.
    Unclaimed(String),
    /// An account is a member's from now on, if it is nobody else's.
    Linked {
        /// The account.
        account: Person,
        /// Whose.
        member: Person,
    },
    /// An account is nobody's any more.
    Unlinked(Person),
    /// Something to take back.
    Undo(Undo),
    /// Something to keep for a later press.
    Keep(Kept),
    /// A hashtag now belongs to this chat, if it is free; the one before it is freed.
    Hashtag {
        /// The hashtag, in lower case.
        tag: String,
        /// The one it replaces.
        was: Option<String>,
    },
    /// The author of a post counts as heard in this hour, since an organiser says so.
    Heard {
        /// The hour.
        episode: EpisodeId,
        /// The post.
        post: PostId,
    },
    /// A code that connects a Discord channel, good until then.
    ConnectCode {
        /// What is typed.
        code: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A connect code was used up.
    CodeUsed(String),
    /// Something was not mirrored; counted by reason.
    Counted(Uncarried),
    /// Somebody was let in who said more while they waited than one commit carries. Until no more is left a
    /// sweep goes on with it ([`Event::Admitted`]).
    LettingIn {
        /// Who.
        person: Person,
        /// Whether more is left.
        more: bool,
    },
    /// A post that came late is carried after all ([`post::Entry::Straight`]), or is not because its author
    /// wrote too fast ([`post::Entry::TooFast`]); if it still stands there as late, and as what was read.
    Settled {
        /// The post, by the first id of its edit history.
        post: PostId,
        /// The id of its version that was read.
        version: String,
        /// The episode it was filed in.
        episode: EpisodeId,
        /// How it stands now.
        entry: post::Entry,
    },
    /// What was missed in an episode is being carried. Until no more is left a sweep goes on with it
    /// ([`Event::CatchUp`]).
    CatchingUp {
        /// Which.
        episode: EpisodeId,
        /// Whether more is left.
        more: bool,
    },
    /// A rehearsal begins or ends, likewise by version.
    Rehearsal(Rehearsal),
    /// Something was suggested, voted for, accepted or put aside, likewise by version.
    Idea(Idea),
    /// A suggestion was taken back, likewise.
    IdeaGone(Idea),
}

/// Why a post was not carried into the rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Uncarried {
    /// It only passes on somebody else's post.
    Repost,
    /// It is our own announcement coming back.
    Own,
    /// No episode had its doors open.
    Outside,
    /// It is a late answer: filed, not carried.
    Late,
    /// It was known already.
    Known,
    /// Its author said it in a room before, and it was carried from there.
    Echo,
    /// It was removed: by its author, or hidden by an organiser.
    Removed,
    /// Its author is blocked, or asked to be left out.
    Barred,
    /// It has a muted word.
    Muted,
    /// Its author wrote more within a minute than is carried: filed, not carried.
    Burst,
    /// Its author is new and waits at the door: filed, not carried.
    Held,
}

/// Why nothing was done. Worded in `copy`, for the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Not an organiser.
    NotOrganiser,
    /// Not an operator.
    NotOperator,
    /// No episode matches.
    NoEpisode,
    /// None is on that local date.
    NoEpisodeOn(chrono::NaiveDate),
    /// That local date was skipped, or lies in a break.
    Skipped(chrono::NaiveDate),
    /// Several are on the date that was named; these are their starts.
    Several(Vec<DateTime<Utc>>),
    /// None on the date that was named starts at that time; these are their starts.
    OtherTime(Vec<DateTime<Utc>>),
    /// There is no such question.
    NoQuestion(u32),
    /// The question has been asked.
    AlreadyAsked(u32),
    /// The question has been asked, and cannot be moved.
    Stays(u32),
    /// A question cannot be moved before one that has been asked.
    NothingBefore {
        /// The one that has been asked.
        asked: u32,
        /// The one to be moved.
        moved: u32,
        /// The first place that is left.
        first: u32,
    },
    /// The question is going out at this moment.
    GoingOut(u32),
    /// The question has not been asked yet, so there is nothing to fix.
    NotAskedYet(u32),
    /// Nothing is live.
    NotLive,
    /// The hour is under way, and this is for before it.
    IsLive,
    /// The hour is not paused.
    NotPaused,
    /// It is paused already.
    AlreadyPaused,
    /// Every question has been asked.
    NothingLeft,
    /// Longer than X allows: so many characters too many.
    TooLong {
        /// The weighted length of the whole text on X.
        length: usize,
        /// How many to lose.
        over: usize,
    },
    /// A suggestion that is longer than a question may be: how many characters to lose.
    IdeaTooLong(usize),
    /// A suggestion with something that would become a link: this.
    IdeaLink(String),
    /// A topic leaves no room for the rest of an announcement.
    TopicTooLong {
        /// How many characters to lose.
        over: usize,
    },
    /// A link would cost thirteen times as much on X: this is what X would link.
    Link(String),
    /// Empty, or nothing but marks.
    Empty,
    /// No such place.
    Unplaced(zone::Unplaced),
    /// Not a date from today to a year ahead.
    NoSuchDay(command::NoSuchDay),
    /// It lies in the past.
    Past,
    /// A break that ends before it begins.
    BackwardsRange,
    /// There is an episode at that moment already.
    Taken(DateTime<Utc>),
    /// The hashtag belongs to another chat.
    HashtagTaken(String),
    /// The hashtag belongs to a chat that moved away from here, and since when: the day there.
    MovedOut(String, NaiveDate),
    /// Not a hashtag by X's rules.
    BadHashtag(String),
    /// Something was changed since, so it cannot be undone.
    CannotUndo,
    /// What undoing would bring back has passed meanwhile.
    TooLateToUndo,
    /// The button's offer has run out.
    Expired,
    /// The deployment is not connected to that platform.
    PlatformOff(name::Platform),
    /// The chat has no destination on that platform.
    NotConnected(name::Platform),
    /// It has several there, and none was named: what they are called.
    WhichRoom(name::Platform, Vec<String>),
    /// It has none there of that name.
    NoSuchRoom {
        /// On which platform.
        platform: name::Platform,
        /// As typed.
        typed: String,
        /// What those it has are called.
        rooms: Vec<String>,
    },
    /// A Discord role was named; only its id tells which one it is.
    RoleByName(String),
    /// A Slack channel was named without Slack saying which one it is.
    ChannelByName(String),
    /// There is no such guest.
    NoGuest(String),
    /// A guest comes in with a question that is still to come, and this one has been asked.
    NoGuestFrom(u32),
    /// Only in a Slack channel.
    NotHere,
    /// The code is wrong or has run out.
    BadCode,
    /// Connecting needs the permission to manage channels.
    NeedsManageChannels,
    /// The chat is retired.
    Retired,
    /// It would have no organiser left.
    LastOrganiser,
    /// They are one already, or are not one.
    NoSuchOrganiser,
    /// Nothing is connected that it could be said in.
    NowhereToSpeak,
    /// Only X is connected, and nobody has approved it.
    NotApproved,
    /// An unknown placeholder in a chat's own words.
    UnknownPlaceholder(String),
    /// Nothing to change.
    Unchanged,
    /// The hour has no room for so much more.
    NoRoom,
    /// Held for so long, these questions would find no room before the close.
    HoldTooLong {
        /// How long.
        by: chrono::Duration,
        /// The positions of those questions, at least one.
        lost: Vec<u32>,
        /// The longest hold that leaves room for all, if there is one.
        fits: Option<chrono::Duration>,
        /// When the hour closes.
        close: DateTime<Utc>,
    },
    /// X was not approved or connected.
    XNotReady,
    /// The form came too late: the hour is over.
    Over,
    /// Nothing of theirs is carried here, and why.
    Barred(removal::Bars),
    /// Nobody of that handle is barred.
    NotBarred(String),
    /// It is Earshot's own post or account.
    Ours,
    /// Not an organiser, but a moderator.
    Moderates,
    /// They are no moderator.
    NoSuchModerator,
    /// They are an organiser, who may do all that a moderator may.
    SteersAlready,
    /// Nothing that could be found in a post.
    NoWord(String),
    /// A word that nearly every post of the chat has in it.
    MutesAll(String),
    /// Muted already.
    MutedAlready(String),
    /// Not muted.
    NotMuted(String),
    /// As many are muted as there may be.
    TooManyMuted,
    /// What somebody wrote has a muted word in it.
    Muted,
    /// Newcomers would wait at the desk, and there is none.
    NoDesk,
    /// Newcomers wait at the desk, so it stays.
    DeskNeeded,
    /// Nobody waits at the door by that post: it was taken away.
    NobodyWaits,
    /// X is no part of a rehearsal.
    NoRehearsalOnX,
    /// A platform was named, and not which channel there.
    RehearseWhere(name::Platform),
    /// The channel is one of the chat's own rooms.
    OwnRoom,
    /// The channel is a room of the chat of this hashtag.
    OthersRoom(String),
    /// The channel is in a server that the chat is not in.
    OtherServer,
    /// The hour is under way, so it is too late to rehearse.
    RehearseLive,
    /// An hour opens before a rehearsal would be over.
    RehearseTooLate {
        /// When it opens.
        opens: DateTime<Utc>,
        /// How long the rehearsal would take.
        takes: chrono::Duration,
        /// The longest that would be over in time, in minutes as it is typed, if there is one.
        fits: Option<chrono::Duration>,
    },
    /// No rehearsal plays.
    NotRehearsing,
    /// As many suggestions of theirs wait as there may be.
    TooManyIdeas,
    /// As many wait in the chat as there may be.
    BankFull,
    /// A vote for one's own suggestion.
    OwnIdea,
    /// Only who made a suggestion takes it back.
    NotYourIdea,
    /// The suggestion does not wait any more.
    IdeaGone,
    /// The suggestion is a question already: its position, and the start of its hour.
    IdeaTaken(u32, DateTime<Utc>),
    /// No question is kept in reserve.
    NoSpare,
    /// Made so much longer, the hour would run into the next one, which starts then.
    IntoNext(DateTime<Utc>),
    /// The hour has moved on since the button was shown, so it does not do what it said.
    MovedOn {
        /// The next question, with its time if it has one; `None` where all have been asked.
        next: Option<(u32, Option<DateTime<Utc>>)>,
        /// When the hour closes.
        close: DateTime<Utc>,
        /// Whether it is paused.
        paused: bool,
    },
}

impl Refusal {
    /// Whether the same person can type what they like here: then it need not be given back to them, nor
    /// kept with the answer.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Refusal::NotOrganiser
                | Refusal::NotOperator
                | Refusal::Retired
                | Refusal::Moderates
                | Refusal::Barred(_)
        )
    }
}

/// The one decision: pure, synchronous, total. The same input gives the same output.
///
/// # Errors
/// A [`Refusal`], where nothing is to be done and the one who asked should know why.
pub fn decide(chat: &Chat, event: &Event, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    if event.is_asked() { decide_asked(chat, event, now) } else { Ok(decide_unasked(chat, event, now)) }
}

/// What follows from a request: the same as [`decide`] says, and nothing of what fires by the clock comes with it into
/// a binary that never meets a cue.
///
/// # Errors
/// As for [`decide`].
pub fn decide_asked(chat: &Chat, event: &Event, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    let decision = match event {
        Event::Commanded(asking, command) => steer::command(chat, asking, command, now)?,
        Event::Membered(asking, command) => roster::member(chat, asking, command, now)?,
        Event::Pressed(asking, action) => steer::press(chat, asking, action, now)?,
        Event::Submitted(asking, action, values) => steer::submit(chat, asking, action, values, now)?,
        Event::Connected(asking, destination) => steer::connected(chat, asking, destination, now)?,
        Event::Posted(_)
        | Event::Removed { .. }
        | Event::Unquoted { .. }
        | Event::CueDue(..)
        | Event::Plan
        | Event::Admitted(_)
        | Event::CatchUp(_)
        | Event::Greeted(..)
        | Event::Nudged(..)
        | Event::Unreached(_)
        | Event::Unplayed { .. } => {
            debug_assert!(false, "what nobody asked for is decided by `decide_unasked`");
            Decision::default()
        }
    };
    Ok(followed(chat, event, decision, now))
}

/// What follows from an event that nobody asked for, which is never refused: the same as [`decide`] says, and none of
/// the commands, the buttons and their answers come with it into a binary that never meets one. Of a request nothing
/// follows here.
pub fn decide_unasked(chat: &Chat, event: &Event, now: DateTime<Utc>) -> Decision {
    followed(chat, event, unasked(chat, event, now), now)
}

fn unasked(chat: &Chat, event: &Event, now: DateTime<Utc>) -> Decision {
    match event {
        Event::Posted(post) => {
            let mut decision = mirror::posted(chat, post, now);
            decision.changes.extend(proof::proved(chat, post, now));
            decision
        }
        Event::Removed { post, why, author } => removal::removed(chat, post, *why, author.as_ref(), now),
        Event::Unquoted { post, of } => quotes::gone(chat, post, of, now),
        Event::CueDue(id, rev) => steer::cue(chat, id, *rev, now),
        Event::Plan => steer::plan(chat, now),
        Event::Admitted(person) => door::admitted(chat, person, now),
        Event::CatchUp(episode) => missed::go_on(chat, episode),
        Event::Greeted(_, episode) => greeting::greeted(chat, episode, now),
        Event::Nudged(_, episode) => greeting::nudged(chat, episode, now),
        Event::Unreached(_) => roster::closed(chat),
        Event::Unplayed { run, why } => rehearsal::unplayed(chat, run, why, now),
        Event::Commanded(..)
        | Event::Membered(..)
        | Event::Pressed(..)
        | Event::Submitted(..)
        | Event::Connected(..) => {
            debug_assert!(false, "a request is decided by `decide`");
            Decision::default()
        }
    }
}

/// With what follows from a decision whatever it was: what greetings, suggestions, the servers' lists of events and
/// rehearsals make of it, no more than one
/// commit carries, and what others are told.
fn followed(chat: &Chat, event: &Event, decision: Decision, now: DateTime<Utc>) -> Decision {
    let decision = match event {
        Event::Posted(_) | Event::Submitted(_, Action::Answer(..) | Action::Hello(_), _) => {
            greeting::follow(chat, decision)
        }
        _ => decision,
    };
    let decision = bank::follow(chat, decision, now);
    let decision = events::follow(chat, event, decision, now);
    let mut decision = rehearsal::follow(chat, decision, now).bounded();
    decision.happened = happening::happenings(chat, &decision.changes, now);
    decision
}

impl Decision {
    /// About how many rows one decision may become: a transaction takes a hundred at most.
    const MOST_ROWS: usize = 72;

    /// Leaves away what need not be written with the rest: the last of the cues, where a change touches
    /// many dates. They follow from their episodes, so the next [`Event::Plan`] writes them, and a cue
    /// that its episode no longer wants at that time does nothing until then. The nearest come first.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Decision {
        // Settings keep a few rows beside themselves, a delivery three at most.
        let (mut cues, others): (Vec<Change>, Vec<Change>) =
            self.changes.into_iter().partition(|change| matches!(change, Change::Cue(_)));
        let rows = 10 + others.len() + 3 * self.effects.len();
        let room = Decision::MOST_ROWS.saturating_sub(rows).max(4);
        if cues.len() > room {
            order::sort_by_key(&mut cues, |change| match change {
                Change::Cue(cue) => {
                    let due = match cue.id.kind {
                        // Two days ahead of what the others are for, and in no hurry.
                        cue::Kind::Personal { start } => start,
                        // Nothing is said by it, and the plan that writes it comes within a minute.
                        cue::Kind::Desk { start } => start + chrono::Duration::days(2),
                        _ => cue.due,
                    };
                    (matches!(cue.state, CueState::Waiting | CueState::Withdrawn), due)
                }
                _ => (true, DateTime::<Utc>::MAX_UTC),
            });
            cues.truncate(room);
        }
        self.changes = others;
        self.changes.extend(cues);
        self
    }
}

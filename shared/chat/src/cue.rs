//! Timed things Earshot will do. The cues of an episode follow from its settings and its agenda;
//! what is stored beside that is only whether each was fired, and which version of it is in flight.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};

use crate::agenda::{Episode, State};
use crate::deputy;
use crate::invited;
use crate::name::{BadName, EpisodeId, QuestionId, stamp, unstamp};
use crate::order;
use crate::personal;
use crate::settings::Settings;

/// What a cue does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Announces the start `before` ahead of it. Named with the instant it announces, so that a
    /// moved episode is announced again.
    Reminder {
        /// In minutes before the start.
        before: i64,
        /// The start it announces.
        start: DateTime<Utc>,
    },
    /// Tells organisers that no question is set.
    Nudge {
        /// In minutes before the start.
        before: i64,
        /// The start.
        start: DateTime<Utc>,
    },
    /// Looks whether every place can be reached, an hour ahead.
    Check {
        /// The start.
        start: DateTime<Utc>,
    },
    /// Lays out the reminders that members asked for, each for the moment that suits them.
    Personal {
        /// The start.
        start: DateTime<Utc>,
    },
    /// Begins the living message at the desk, when the doors open.
    Desk {
        /// The start.
        start: DateTime<Utc>,
    },
    /// Calls the organiser who comes after the lead, where nobody who steers was seen: see [`crate::deputy`].
    Deputy {
        /// The start.
        start: DateTime<Utc>,
        /// Whose turn it is: 1 for the one after the lead.
        turn: u32,
    },
    /// Calls organisers to an hour that was paused and that nobody touched since.
    Call {
        /// When it was paused.
        since: DateTime<Utc>,
    },
    /// Tells people of a skip or a move.
    Notice {
        /// Which change of the episode.
        change: u32,
    },
    /// Opens the hour.
    Open,
    /// Tells organisers that guests are on with the question at this position: see [`crate::invited`].
    Guest {
        /// The position, from 1.
        from: u32,
    },
    /// Asks a question.
    Question(QuestionId),
    /// Tells the rooms that the hour goes on a little longer, when they expect its close.
    Longer,
    /// Closes the hour.
    Close,
}

/// A cue's name: `smxchat/2026-11-24T20:00Z/q/3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CueId {
    /// The episode.
    pub episode: EpisodeId,
    /// What it does.
    pub kind: Kind,
}

impl fmt::Display for CueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.episode)?;
        match &self.kind {
            Kind::Reminder { before, start } => write!(f, "reminder/{before}m@{}", stamp(*start)),
            Kind::Nudge { before, start } => write!(f, "nudge/{before}m@{}", stamp(*start)),
            Kind::Check { start } => write!(f, "check/@{}", stamp(*start)),
            Kind::Personal { start } => write!(f, "personal/@{}", stamp(*start)),
            Kind::Desk { start } => write!(f, "desk/@{}", stamp(*start)),
            Kind::Deputy { start, turn } => write!(f, "deputy/{turn}@{}", stamp(*start)),
            // To the second: an hour can be paused twice within a minute.
            Kind::Call { since } => write!(f, "call/{}", since.timestamp()),
            Kind::Notice { change } => write!(f, "notice/{change}"),
            Kind::Open => f.write_str("open"),
            Kind::Guest { from } => write!(f, "guest/{from}"),
            Kind::Question(id) => write!(f, "q/{id}"),
            Kind::Longer => f.write_str("longer"),
            Kind::Close => f.write_str("close"),
        }
    }
}

impl FromStr for CueId {
    type Err = BadName;

    fn from_str(s: &str) -> Result<CueId, BadName> {
        let bad = || BadName(s.to_owned());
        let mut parts = s.splitn(3, '/');
        let (chat, planned, kind) = match (parts.next(), parts.next(), parts.next()) {
            (Some(c), Some(p), Some(k)) => (c, p, k),
            _ => return Err(bad()),
        };
        let episode = EpisodeId { chat: chat.parse()?, planned: unstamp(planned)? };
        let timed = |rest: &str| -> Result<(i64, DateTime<Utc>), BadName> {
            let (before, start) = rest.split_once("m@").ok_or_else(bad)?;
            Ok((before.parse().map_err(|_| bad())?, unstamp(start)?))
        };
        let kind = match kind.split_once('/') {
            None if kind == "open" => Kind::Open,
            None if kind == "longer" => Kind::Longer,
            None if kind == "close" => Kind::Close,
            Some(("q", id)) => Kind::Question(QuestionId(id.parse().map_err(|_| bad())?)),
            Some(("guest", n)) => Kind::Guest { from: n.parse().map_err(|_| bad())? },
            Some(("notice", n)) => Kind::Notice { change: n.parse().map_err(|_| bad())? },
            Some(("check", rest)) => Kind::Check { start: unstamp(rest.strip_prefix('@').ok_or_else(bad)?)? },
            Some(("personal", rest)) => {
                Kind::Personal { start: unstamp(rest.strip_prefix('@').ok_or_else(bad)?)? }
            }
            Some(("desk", rest)) => Kind::Desk { start: unstamp(rest.strip_prefix('@').ok_or_else(bad)?)? },
            Some(("deputy", rest)) => {
                let (turn, start) = rest.split_once('@').ok_or_else(bad)?;
                Kind::Deputy { turn: turn.parse().map_err(|_| bad())?, start: unstamp(start)? }
            }
            Some(("call", since)) => {
                let since = since.parse().ok().and_then(|s| DateTime::from_timestamp(s, 0));
                Kind::Call { since: since.ok_or_else(bad)? }
            }
            Some(("reminder", rest)) => {
                let (before, start) = timed(rest)?;
                Kind::Reminder { before, start }
            }
            Some(("nudge", rest)) => {
                let (before, start) = timed(rest)?;
                Kind::Nudge { before, start }
            }
            _ => return Err(bad()),
        };
        Ok(CueId { episode, kind })
    }
}

/// A cue as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Its name.
    pub id: CueId,
    /// When, by the chat's clock.
    pub due: DateTime<Utc>,
    /// Raised whenever `due` changes or the cue is withdrawn: a message in flight with an older one
    /// does nothing.
    pub rev: u64,
    /// What became of it.
    pub state: CueState,
}

/// What became of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CueState {
    /// Still to come.
    Waiting,
    /// Taken up: it goes out now, everywhere or nowhere, and no command stops it.
    Fired,
    /// Withdrawn by a command.
    Withdrawn,
    /// Its moment passed before it could be fired.
    TooLate,
}

/// Organisers are nudged for questions this many minutes before the start.
const NUDGES: [i64; 2] = [24 * 60, 2 * 60];

/// Places are looked at this long before the start: time enough to put right what is wrong.
const CHECK: Duration = Duration::hours(1);
/// A pause that nobody touches for so long was forgotten.
const CALL: Duration = Duration::minutes(5);

/// Everything an episode still has to do, with its time.
pub fn wanted(settings: &Settings, episode: &Episode) -> Vec<(Kind, DateTime<Utc>)> {
    let mut cues = Vec::new();
    if let Some(notice) = &episode.notice {
        cues.push((Kind::Notice { change: episode.changes }, notice.due));
    }
    let start = episode.starts;
    if episode.state == State::Planned {
        for before in &settings.reminders {
            let kind = Kind::Reminder { before: before.num_minutes(), start };
            cues.push((kind, start - *before));
        }
        for before in NUDGES {
            cues.push((Kind::Nudge { before, start }, start - Duration::minutes(before)));
        }
        cues.push((Kind::Personal { start }, start - personal::AHEAD));
        cues.push((Kind::Check { start }, start - CHECK));
        cues.push((Kind::Desk { start }, start - Settings::DOORS_EARLY));
        cues.push((Kind::Open, start));
    }
    // Whoever paused it is there.
    if matches!(episode.state, State::Planned | State::Open) {
        let turns = deputy::turns(settings, start).into_iter();
        let turns = turns.filter(|(_, due)| *due < episode.ends());
        cues.extend(turns.map(|(turn, due)| (Kind::Deputy { start, turn }, due)));
    }
    if let State::Paused { since } = episode.state {
        // Cut to what the name keeps, so that the name is read back as it was written.
        let since = DateTime::from_timestamp(since.timestamp(), 0).unwrap_or(since);
        cues.push((Kind::Call { since }, since + CALL));
    }
    if episode.is_ahead() {
        let guests = invited::moments(episode).into_iter();
        cues.extend(guests.map(|(from, due)| (Kind::Guest { from }, due)));
        if !matches!(episode.state, State::Paused { .. }) {
            for question in episode.questions.iter().filter(|q| q.asked.is_none()) {
                if let Some(due) = question.due {
                    cues.push((Kind::Question(question.id), due));
                }
            }
        }
        // Once, however often it is made longer: it has one name.
        if let Some(expected) = episode.longer.filter(|at| episode.is_live() && *at < episode.ends()) {
            cues.push((Kind::Longer, expected));
        }
        cues.push((Kind::Close, episode.ends()));
    }
    order::sort_by_key(&mut cues, |(_, due)| *due);
    cues
}

/// What must be written so that the stored cues of an episode become what it wants.
///
/// A cue that was fired stays as it is: what has gone out has gone out. A reminder or a nudge whose
/// moment has passed when it is first wanted, or wanted again, is not written at all: nobody missed it.
pub fn reconcile(settings: &Settings, episode: &Episode, stored: &[Cue], now: DateTime<Utc>) -> Vec<Cue> {
    let wanted = wanted(settings, episode);
    let mut writes = Vec::new();
    for (kind, due) in &wanted {
        let id = CueId { episode: episode.id.clone(), kind: kind.clone() };
        let gone = match kind {
            Kind::Reminder { .. }
            | Kind::Nudge { .. }
            | Kind::Check { .. }
            | Kind::Deputy { .. }
            | Kind::Call { .. }
            | Kind::Longer => *due < now,
            // Invited a moment before their question: they are still to come.
            Kind::Guest { .. } => *due + invited::AHEAD <= now,
            // An episode that comes about a day ahead is still in time for who wants to hear an hour ahead; and
            // behind doors that are open already there is a desk too.
            Kind::Personal { start } | Kind::Desk { start } => *start <= now,
            Kind::Notice { .. } | Kind::Open | Kind::Question(_) | Kind::Close => false,
        };
        match stored.iter().find(|cue| cue.id == id) {
            None if gone => {}
            None => writes.push(Cue { id, due: *due, rev: 1, state: CueState::Waiting }),
            Some(cue) => match cue.state {
                CueState::Waiting if cue.due == *due => {}
                CueState::Withdrawn if gone => {}
                CueState::Waiting | CueState::Withdrawn => {
                    writes.push(Cue { id, due: *due, rev: cue.rev + 1, state: CueState::Waiting });
                }
                CueState::Fired | CueState::TooLate => {}
            },
        }
    }
    for cue in stored.iter().filter(|cue| cue.id.episode == episode.id) {
        let still = wanted.iter().any(|(kind, _)| kind == &cue.id.kind);
        if cue.state == CueState::Waiting && !still {
            writes.push(Cue { rev: cue.rev + 1, state: CueState::Withdrawn, ..cue.clone() });
        }
    }
    writes
}

/// Whether a cue that is fired at `now` is still worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeliness {
    /// On time, or near enough.
    OnTime,
    /// Late, but still asked; what follows moves by this much.
    Late(Duration),
    /// Not any more.
    TooLate,
}

/// The lateness rules: a reminder whose moment has passed is dropped, and so is a notice once nobody can
/// act on it (`ends`); word of a guest is dropped once their question is due, which brings it itself; a call to another organiser is dropped after five minutes; a question up to five minutes
/// late is asked and the rest move with it; the opening happens while there is an hour left to open
/// (`ends`), and the close always.
pub fn timeliness(cue: &Cue, ends: DateTime<Utc>, now: DateTime<Utc>) -> Timeliness {
    let late = now - cue.due;
    if late < Duration::seconds(30) {
        return Timeliness::OnTime;
    }
    match &cue.id.kind {
        Kind::Reminder { before, start } => {
            // "Starts in 10 minutes" helps little with five left; "tomorrow" an hour late is still true.
            let grace = (Duration::minutes(*before) / 4).min(Duration::hours(1));
            if late > grace || now >= *start { Timeliness::TooLate } else { Timeliness::Late(late) }
        }
        Kind::Nudge { start, .. }
        | Kind::Check { start }
        | Kind::Personal { start }
        | Kind::Desk { start }
            if now >= *start =>
        {
            Timeliness::TooLate
        }
        Kind::Question(_) if late > Duration::minutes(5) => Timeliness::TooLate,
        Kind::Guest { .. } if late > invited::AHEAD || now >= ends => Timeliness::TooLate,
        Kind::Deputy { .. } if late > deputy::LATEST || now >= ends => Timeliness::TooLate,
        Kind::Open | Kind::Notice { .. } | Kind::Call { .. } | Kind::Longer if now >= ends => {
            Timeliness::TooLate
        }
        Kind::Nudge { .. }
        | Kind::Check { .. }
        | Kind::Personal { .. }
        | Kind::Desk { .. }
        | Kind::Deputy { .. }
        | Kind::Call { .. }
        | Kind::Notice { .. }
        | Kind::Open
        | Kind::Guest { .. }
        | Kind::Question(_)
        | Kind::Longer
        | Kind::Close => Timeliness::Late(late),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Slug;

    fn at(s: &str) -> DateTime<Utc> {
        s.parse().expect("an instant")
    }

    fn id(kind: Kind) -> CueId {
        let chat = Slug::of("SMXChat").expect("a slug");
        CueId { episode: EpisodeId { chat, planned: at("2026-11-24T20:00:00Z") }, kind }
    }

    #[test]
    fn names_are_read_back() {
        let start = at("2026-11-26T19:30:00Z");
        for (kind, name) in [
            (
                Kind::Reminder { before: 1440, start },
                "smxchat/2026-11-24T20:00Z/reminder/1440m@2026-11-26T19:30Z",
            ),
            (Kind::Nudge { before: 120, start }, "smxchat/2026-11-24T20:00Z/nudge/120m@2026-11-26T19:30Z"),
            (Kind::Check { start }, "smxchat/2026-11-24T20:00Z/check/@2026-11-26T19:30Z"),
            (Kind::Personal { start }, "smxchat/2026-11-24T20:00Z/personal/@2026-11-26T19:30Z"),
            (Kind::Desk { start }, "smxchat/2026-11-24T20:00Z/desk/@2026-11-26T19:30Z"),
            (Kind::Deputy { start, turn: 2 }, "smxchat/2026-11-24T20:00Z/deputy/2@2026-11-26T19:30Z"),
            (Kind::Call { since: at("2026-11-24T20:31:07Z") }, "smxchat/2026-11-24T20:00Z/call/1795552267"),
            (Kind::Notice { change: 2 }, "smxchat/2026-11-24T20:00Z/notice/2"),
            (Kind::Open, "smxchat/2026-11-24T20:00Z/open"),
            (Kind::Guest { from: 3 }, "smxchat/2026-11-24T20:00Z/guest/3"),
            (Kind::Question(QuestionId(3)), "smxchat/2026-11-24T20:00Z/q/3"),
            (Kind::Longer, "smxchat/2026-11-24T20:00Z/longer"),
            (Kind::Close, "smxchat/2026-11-24T20:00Z/close"),
        ] {
            assert_eq!(id(kind.clone()).to_string(), name);
            assert_eq!(name.parse(), Ok(id(kind)));
        }
        for bad in [
            "",
            "smxchat",
            "smxchat/2026-11-24T20:00Z",
            "smxchat/2026-11-24T20:00Z/q/x",
            "a/b/open",
            "x/y/z/w",
        ] {
            assert!(bad.parse::<CueId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn how_late_is_too_late() {
        let start = at("2026-11-24T20:00:00Z");
        let ends = start + Duration::hours(1);
        let late = |kind: Kind, seconds: i64| {
            let due = match &kind {
                Kind::Reminder { before, start } => *start - Duration::minutes(*before),
                _ => start,
            };
            let cue = Cue { id: id(kind), due, rev: 1, state: CueState::Waiting };
            match timeliness(&cue, ends, due + Duration::seconds(seconds)) {
                Timeliness::OnTime => "on time",
                Timeliness::Late(_) => "late",
                Timeliness::TooLate => "too late",
            }
        };
        let day = Kind::Reminder { before: 1440, start };
        let ten = Kind::Reminder { before: 10, start };
        let question = Kind::Question(QuestionId(1));
        for (kind, seconds, expected) in [
            (day.clone(), -1, "on time"),
            (day.clone(), 29, "on time"),
            (day.clone(), 3600, "late"),
            (day, 3601, "too late"),
            (ten.clone(), 150, "late"),
            (ten, 151, "too late"),
            (question.clone(), 29, "on time"),
            (question.clone(), 300, "late"),
            (question, 301, "too late"),
            (Kind::Deputy { start, turn: 1 }, 300, "late"),
            (Kind::Deputy { start, turn: 1 }, 301, "too late"),
            (Kind::Guest { from: 3 }, 180, "late"),
            (Kind::Guest { from: 3 }, 181, "too late"),
            (Kind::Open, 3599, "late"),
            (Kind::Open, 3600, "too late"),
            (Kind::Close, 400_000, "late"),
            (Kind::Notice { change: 1 }, 3599, "late"),
            (Kind::Notice { change: 1 }, 3600, "too late"),
            (Kind::Nudge { before: 120, start }, 0, "on time"),
            (Kind::Nudge { before: 120, start }, 60, "too late"),
        ] {
            assert_eq!(late(kind.clone(), seconds), expected, "{kind:?} {seconds} s late");
        }
    }
}

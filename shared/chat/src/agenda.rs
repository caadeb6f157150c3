//! An episode and its questions: who speaks when, and how the hour bends without breaking.

use chrono::{DateTime, Duration, DurationRound, Utc};

use crate::bank::IdeaId;
use crate::name::{EpisodeId, Person, QuestionId};
use crate::settings::{Cadence, City, Settings};

/// One occurrence of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// Its name, which outlives being moved.
    pub id: EpisodeId,
    /// When it starts.
    pub starts: DateTime<Utc>,
    /// How long it is.
    pub length: Duration,
    /// Where it is in its life.
    pub state: State,
    /// What it is about.
    pub topic: Option<String>,
    /// Who is invited.
    pub guests: Vec<Guest>,
    /// In the order in which they are asked; Q3 is the third.
    pub questions: Vec<Question>,
    /// Kept in reserve, unseen: the first of them takes the place of a question that is swapped out, which goes behind
    /// the others.
    pub spares: Vec<Question>,
    /// The permanent id the next added question gets.
    pub next_question: u32,
    /// The start that the last reminder announced: a change after it is told at once.
    pub reminded: Option<DateTime<Utc>>,
    /// A skip or a move that people have not been told of yet.
    pub notice: Option<Notice>,
    /// How often it was skipped, moved or restored; names its notices.
    pub changes: u32,
    /// How many of those people have read of: X must not get the same text twice.
    pub told: u32,
    /// When people expect it to close, where it was made longer while it ran.
    pub longer: Option<DateTime<Utc>>,
    /// How often it was written; 0 before the first time.
    pub version: u64,
}

/// Where an episode is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Still to come.
    Planned,
    /// Under way.
    Open,
    /// Under way, with no question going out until somebody resumes.
    Paused {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Over.
    Closed {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// Will not take place.
    Cancelled,
}

/// What people are to be told about a change of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The start they expect.
    pub was: DateTime<Utc>,
    /// When to tell them.
    pub due: DateTime<Utc>,
}

/// A guest of an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Their name.
    pub name: String,
    /// Where they are, for their local time.
    pub city: Option<City>,
    /// Who they are, in one line.
    pub line: Option<String>,
    /// Their X handle without `@`, only if they agreed to be mentioned.
    pub handle: Option<String>,
    /// The position of the question that they come in with; 1 for the whole hour.
    pub from: u32,
}

/// A question of an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its permanent id.
    pub id: QuestionId,
    /// Its words, without `Q3.`.
    pub text: String,
    /// When it is to be asked; `None` where it does not fit into the hour.
    pub due: Option<DateTime<Utc>>,
    /// When it was asked.
    pub asked: Option<DateTime<Utc>>,
    /// Who suggested it, where an organiser took it from the suggestions.
    pub from: Option<Credit>,
}

/// Who is named under a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The suggestion it was.
    pub idea: IdeaId,
    /// Who made it.
    pub by: Person,
    /// The name they showed then.
    pub name: String,
}

/// The shortest time between two questions.
pub const CLOSEST: Duration = Duration::minutes(4);
/// The longest, so that a short list does not leave long silences.
pub const WIDEST: Duration = Duration::minutes(15);
/// From the start to Q1.
pub const FIRST: Duration = Duration::minutes(5);
/// From the last question to the close.
pub const LAST: Duration = Duration::minutes(10);

impl Episode {
    /// A newly planned episode.
    pub fn planned(id: EpisodeId, length: Duration) -> Episode {
        Episode {
            starts: id.planned,
            id,
            length,
            state: State::Planned,
            topic: None,
            guests: Vec::new(),
            questions: Vec::new(),
            spares: Vec::new(),
            next_question: 1,
            reminded: None,
            notice: None,
            changes: 0,
            told: 0,
            longer: None,
            version: 0,
        }
    }

    /// When it closes.
    pub fn ends(&self) -> DateTime<Utc> {
        self.starts + self.length
    }

    /// The start that people expect by what they were told so far; `None` where they expect nothing.
    pub fn believed(&self) -> Option<DateTime<Utc>> {
        match &self.notice {
            // That it is on after all: they have not read it yet.
            Some(notice) if self.state == State::Planned && notice.was == self.starts => None,
            Some(notice) => Some(notice.was),
            None => (self.state != State::Cancelled).then_some(self.starts),
        }
    }

    /// Until when it helps anybody to read what its notice says: while the hour that they expect, or the
    /// one there is instead, is not over.
    pub fn notice_until(&self) -> DateTime<Utc> {
        match &self.notice {
            Some(notice) if self.state == State::Cancelled => notice.was + self.length,
            _ => self.ends(),
        }
    }

    /// Open or paused.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Open | State::Paused { .. })
    }

    /// Neither over nor cancelled.
    pub fn is_ahead(&self) -> bool {
        self.is_live() || self.state == State::Planned
    }

    /// Whether a post of this moment belongs to it: doors open early and close late.
    pub fn doors_open(&self, at: DateTime<Utc>) -> bool {
        let closed = match self.state {
            State::Cancelled => return false,
            State::Closed { at } => at.max(self.starts),
            _ => self.ends(),
        };
        self.starts - Settings::DOORS_EARLY <= at && at <= closed + Settings::DOORS_LATE
    }

    /// The question at a position, counted from 1.
    pub fn at(&self, position: u32) -> Option<&Question> {
        self.questions.get((position as usize).checked_sub(1)?)
    }

    /// A question's position, counted from 1.
    pub fn position(&self, id: QuestionId) -> Option<u32> {
        self.questions.iter().position(|q| q.id == id).and_then(|p| u32::try_from(p + 1).ok())
    }

    /// A question by its permanent id.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.questions.iter().find(|q| q.id == id)
    }

    /// The question people are answering at this moment: the last one asked by then.
    pub fn open_question(&self, at: DateTime<Utc>) -> Option<&Question> {
        self.questions.iter().filter(|q| q.asked.is_some_and(|asked| asked <= at)).max_by_key(|q| q.asked)
    }

    /// The next one to be asked, with its position.
    pub fn upcoming(&self) -> Option<(u32, &Question)> {
        self.questions.iter().zip(1..).find(|(q, _)| q.asked.is_none()).map(|(q, n)| (n, q))
    }

    /// How many have been asked.
    pub fn asked(&self) -> usize {
        self.questions.iter().filter(|q| q.asked.is_some()).count()
    }

    /// Adds a question at the end and gives its position.
    pub fn add_question(&mut self, text: &str) -> u32 {
        let id = QuestionId(self.next_question);
        self.next_question += 1;
        self.questions.push(Question { id, text: text.to_owned(), due: None, asked: None, from: None });
        u32::try_from(self.questions.len()).unwrap_or(u32::MAX)
    }

    /// Keeps a question in reserve.
    pub fn add_spare(&mut self, text: &str) {
        let id = QuestionId(self.next_question);
        self.next_question += 1;
        self.spares.push(Question { id, text: text.to_owned(), due: None, asked: None, from: None });
    }

    /// Asks the first spare question in the place of the next one, which is kept in its turn. The position; `None` where
    /// there is no spare one, or nothing left to be asked.
    pub fn swap_in(&mut self) -> Option<u32> {
        let (position, _) = self.upcoming()?;
        if self.spares.is_empty() {
            return None;
        }
        let mut spare = self.spares.remove(0);
        let place = self.questions.get_mut((position as usize).checked_sub(1)?)?;
        spare.due = place.due;
        let out = std::mem::replace(place, spare);
        self.spares.push(Question { due: None, ..out });
        Some(position)
    }

    /// Spreads the questions that are still to be asked.
    ///
    /// Before the hour all are laid out from the start. During it the next one stays where it is
    /// (or goes to `next`, after a hold or `next`), and the rest are spread evenly between it and the
    /// last slot, in whole minutes, so that the hour still closes on time. What does not fit has no
    /// time: it is kept, and said where it is asked for.
    pub fn arrange(&mut self, cadence: &Cadence, next: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let live = self.is_live();
        let close = self.ends();
        let last_asked = self.questions.iter().filter_map(|q| q.asked).max();
        let (first_offset, fixed_gap) = match cadence {
            Cadence::Auto => (FIRST, None),
            Cadence::Every { first, every } => (*first, Some(*every)),
        };
        let kept = self.upcoming().and_then(|(_, q)| q.due);
        let first = match (live, next) {
            (_, Some(next)) => next,
            (false, None) => self.starts + first_offset,
            (true, None) => kept
                .unwrap_or_else(|| {
                    let after = last_asked.map_or(self.starts + first_offset, |at| at + CLOSEST);
                    // A pause is added when it ends, to whatever was due; so it is left out here.
                    let now = match self.state {
                        State::Paused { since } => since,
                        _ => now,
                    };
                    after.max(whole_minute(now) + Duration::minutes(1))
                })
                .max(self.starts),
        };
        let last_slot = close - LAST.min(self.length / 4);
        let remaining = self.questions.iter().filter(|q| q.asked.is_none()).count();
        let gap = fixed_gap.unwrap_or_else(|| {
            let between = i32::try_from(remaining.saturating_sub(1)).unwrap_or(i32::MAX).max(1);
            let even = (last_slot - first).max(Duration::zero()) / between;
            Duration::minutes(even.num_minutes()).clamp(CLOSEST, WIDEST)
        });
        let mut at = first;
        for (n, question) in self.questions.iter_mut().filter(|q| q.asked.is_none()).enumerate() {
            // The next question may run into the last ten minutes after a hold; the ones behind it
            // may not push further, or the close would be crowded.
            let fits = if n == 0 { at < close } else { at <= last_slot };
            question.due = fits.then_some(at);
            at = whole_minute(at) + gap;
        }
    }
}

impl Episode {
    /// Moves what is still to be asked because the question before it was asked `late`. Nothing moves
    /// forward: people were told those times. Where the even spread has no room left a question still
    /// goes out that much later, if four minutes remain to answer it.
    pub fn shift(&mut self, cadence: &Cadence, late: Duration, now: DateTime<Utc>) {
        let told: Vec<_> = self.questions.iter().map(|q| q.due).collect();
        let next = self.upcoming().and_then(|(_, q)| q.due).map(|due| due + late);
        self.arrange(cadence, next, now);
        let latest = self.ends() - CLOSEST;
        for (question, told) in self.questions.iter_mut().zip(told).filter(|(q, _)| q.asked.is_none()) {
            question.due = match (told, question.due) {
                (Some(told), Some(due)) => Some(due.max(told)),
                (Some(told), None) => {
                    Some(whole_minute(told + late + Duration::seconds(59))).filter(|at| *at <= latest)
                }
                // It had no room, and people were told so.
                (None, _) => None,
            };
        }
    }
}

/// The minute an instant lies in.
pub fn whole_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    // Truncating to minutes fails only for spans beyond i64 nanoseconds from 1970 (year 2262).
    at.duration_trunc(Duration::minutes(1)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::Slug;

    fn start() -> DateTime<Utc> {
        "2026-11-24T20:00:00Z".parse().expect("an instant")
    }

    fn episode(minutes: i64, questions: usize) -> Episode {
        let chat = Slug::of("SMXChat").expect("a slug");
        let mut episode = Episode::planned(EpisodeId { chat, planned: start() }, Duration::minutes(minutes));
        for n in 0..questions {
            episode.add_question(&format!("Question {n}?"));
        }
        episode
    }

    /// Minutes after the start; -1 for no room.
    fn laid_out(episode: &Episode) -> Vec<i64> {
        episode.questions.iter().map(|q| q.due.map_or(-1, |due| (due - start()).num_minutes())).collect()
    }

    #[test]
    fn spread_evenly_four_to_fifteen_minutes_apart() {
        for (minutes, questions, expected) in [
            (60, 0, vec![]),
            (60, 1, vec![5]),
            (60, 2, vec![5, 20]),
            (60, 3, vec![5, 20, 35]),
            (60, 4, vec![5, 20, 35, 50]),
            (60, 5, vec![5, 16, 27, 38, 49]),
            (60, 6, vec![5, 14, 23, 32, 41, 50]),
            (60, 12, vec![5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49]),
            (60, 13, vec![5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49, -1]),
            (90, 6, vec![5, 20, 35, 50, 65, 80]),
            (10, 3, vec![5, -1, -1]),
        ] {
            let mut episode = episode(minutes, questions);
            episode.arrange(&Cadence::Auto, None, start());
            assert_eq!(laid_out(&episode), expected, "{minutes} min, {questions} questions");
        }
    }

    #[test]
    fn every_so_many_minutes() {
        let mut episode = episode(60, 7);
        let every = Cadence::Every { first: Duration::zero(), every: Duration::minutes(8) };
        episode.arrange(&every, None, start());
        assert_eq!(laid_out(&episode), [0, 8, 16, 24, 32, 40, 48]);
        let beyond = Cadence::Every { first: Duration::minutes(60), every: Duration::minutes(8) };
        episode.arrange(&beyond, None, start());
        assert_eq!(laid_out(&episode), [-1; 7]);
    }

    #[test]
    fn doors_follow_the_close() {
        let mut episode = episode(60, 0);
        let at = |minutes: i64| start() + Duration::minutes(minutes);
        assert!(!episode.doors_open(at(-11)) && episode.doors_open(at(-10)) && episode.doors_open(at(75)));
        episode.state = State::Closed { at: at(30) };
        assert!(episode.doors_open(at(45)) && !episode.doors_open(at(46)));
        episode.state = State::Cancelled;
        assert!(!episode.doors_open(at(30)));
    }

    proptest! {
        #[test]
        fn in_order_within_the_hour_and_never_crowded(
            minutes in 10i64..720,
            questions in 0usize..99,
            held in 0i64..3600,
            asked in 0usize..5,
        ) {
            let mut episode = episode(minutes, questions);
            episode.arrange(&Cadence::Auto, None, start());
            episode.state = State::Open;
            for question in episode.questions.iter_mut().take(asked) {
                question.asked = question.due;
            }
            let next = start() + Duration::seconds(held);
            episode.arrange(&Cadence::Auto, Some(next), start());
            let left: Vec<_> = episode.questions.iter().filter(|q| q.asked.is_none()).map(|q| q.due).collect();
            let first_without = left.iter().position(Option::is_none).unwrap_or(left.len());
            prop_assert!(left[first_without..].iter().all(Option::is_none));
            let due: Vec<_> = left.into_iter().flatten().collect();
            prop_assert!(due.iter().all(|due| *due < episode.ends()));
            prop_assert!(due.windows(2).all(|w| whole_minute(w[1]) - whole_minute(w[0]) >= CLOSEST));
        }

        #[test]
        fn lateness_moves_nothing_forward(questions in 1usize..20, late in 0i64..300, asked in 0usize..6) {
            let mut episode = episode(60, questions);
            episode.arrange(&Cadence::Auto, None, start());
            episode.state = State::Open;
            for question in episode.questions.iter_mut().take(asked) {
                question.asked = question.due.map(|due| due + Duration::seconds(late));
            }
            let before = episode.questions.clone();
            episode.shift(&Cadence::Auto, Duration::seconds(late), start());
            for (was, is) in before.iter().zip(&episode.questions) {
                prop_assert!(is.due.is_none() || (was.due.is_some() && is.due >= was.due) || is.asked.is_some());
            }
            let due: Vec<_> =
                episode.questions.iter().filter(|q| q.asked.is_none()).filter_map(|q| q.due).collect();
            prop_assert!(due.windows(2).all(|w| w[0] < w[1]));
        }
    }
}

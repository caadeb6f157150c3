//! Whatever organisers do in whatever order, and however late or doubled cues arrive: each question is
//! asked at most once, in order, never before the time that was last acknowledged, never after the close;
//! and the hour always closes.

use std::collections::BTreeMap;

use chat::Refusal;
use chat::action::Action;
use chat::agenda::{Episode, Question, State};
use chat::cue::{CueId, Kind};
use chat::desk::Press;
use chat::name::QuestionId;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::hour::evening;
use crate::sim::{Show, utc, x};

#[derive(Debug, Clone)]
enum Op {
    Hold(u8),
    Next,
    Pause,
    Resume,
    Ask,
    Replace(u8),
    Drop(u8),
    Move(u8, u8),
    Undo(u8),
    Close,
    Extend(u8),
    Spare,
    Swap,
    /// Invites a guest from a question on, or puts one on from another.
    Guest(bool, u8),
    /// Presses a button of the living message, as it is now or as it was some time ago.
    Press(u8),
    /// Lets cues fire on time for so many seconds.
    Run(u16),
    /// Nothing fires for so many seconds; then what fell due arrives, this one first.
    Outage(u16, u8),
    /// An old message arrives once more.
    Stale(u8),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (1u8..25).prop_map(Op::Hold),
        3 => Just(Op::Next),
        2 => Just(Op::Pause),
        3 => Just(Op::Resume),
        3 => Just(Op::Ask),
        1 => (1u8..9).prop_map(Op::Replace),
        2 => (1u8..9).prop_map(Op::Drop),
        2 => (1u8..9, 1u8..9).prop_map(|(a, b)| Op::Move(a, b)),
        3 => (0u8..3).prop_map(Op::Undo),
        1 => Just(Op::Close),
        1 => (1u8..12).prop_map(Op::Extend),
        1 => Just(Op::Spare),
        2 => Just(Op::Swap),
        3 => (any::<bool>(), 1u8..9).prop_map(|(known, from)| Op::Guest(known, from)),
        5 => any::<u8>().prop_map(Op::Press),
        8 => (0u16..900).prop_map(Op::Run),
        2 => (0u16..900, any::<u8>()).prop_map(|(s, n)| Op::Outage(s, n)),
        2 => any::<u8>().prop_map(Op::Stale),
    ];
    prop::collection::vec(op, 1..40)
}

/// What people see of an episode.
fn seen(episode: &Episode) -> (State, DateTime<Utc>, Duration, Vec<Question>, Vec<Question>) {
    (episode.state, episode.starts, episode.length, episode.questions.clone(), episode.spares.clone())
}

struct Watch {
    show: Show,
    /// The earliest moment each question may go out, as last acknowledged. None while paused or closed.
    told: BTreeMap<QuestionId, Option<DateTime<Utc>>>,
    /// How the episode was before each change that can be undone.
    before: BTreeMap<u32, Episode>,
    said: usize,
    stale: Vec<(CueId, u64)>,
    /// When the hour closes, as last acknowledged.
    closes: DateTime<Utc>,
    /// Whether something may be late by now.
    late: bool,
    /// The buttons of the living message that anybody may still see.
    buttons: Vec<Action>,
}

impl Watch {
    fn episode(&self) -> &Episode {
        self.show.episode("2026-11-24T20:00")
    }

    fn acknowledge(&mut self) {
        let episode = self.episode().clone();
        self.closes = episode.ends();
        self.told = episode
            .questions
            .iter()
            .filter(|q| q.asked.is_none())
            .map(|q| (q.id, q.due.filter(|_| !matches!(episode.state, State::Paused { .. }))))
            .collect();
    }

    /// Looks at everything that was said since the last look.
    fn look(&mut self) {
        let episode = self.episode().clone();
        for said in &self.show.said[self.said..] {
            // Once for each question, which the stage looks after, and never behind it.
            if let Some((_, position)) = said.what().split_once("desk/2026-11-24T20:00Z/guest/") {
                let asked = episode.at(position.parse().expect("a number")).and_then(|q| q.asked);
                assert!(asked.is_none_or(|asked| said.at <= asked), "{} after {asked:?}", said.id);
            }
            if said.to != x() {
                continue;
            }
            if said.what().ends_with("2026-11-24T20:00Z/close") {
                let closes = self.closes;
                assert!(
                    said.at == closes || (self.late && said.at > closes),
                    "closed {}, told {closes}",
                    said.at
                );
            }
            if said.what().ends_with("2026-11-24T20:00Z/longer") {
                assert!(said.at < episode.ends(), "longer at {}, ends {}", said.at, episode.ends());
            }
            let Some((_, id)) = said.what().split_once("2026-11-24T20:00Z/q/") else { continue };
            let id = QuestionId(id.parse().expect("a number"));
            let told = self.told.get(&id).copied().flatten();
            assert!(told.is_some_and(|told| said.at >= told), "{} at {}, told {told:?}", said.id, said.at);
            let closed = self.show.when(&x(), "2026-11-24T20:00Z/close");
            assert!(closed.iter().all(|closed| said.at <= *closed), "{} after the close", said.id);
        }
        self.said = self.show.said.len();
        // Those asked come first, in the order in which they were asked.
        let asked: Vec<_> = episode.questions.iter().map(|q| q.asked).collect();
        let first_left = asked.iter().position(Option::is_none).unwrap_or(asked.len());
        assert!(asked[first_left..].iter().all(Option::is_none), "{asked:?}");
        assert!(asked[..first_left].is_sorted(), "{asked:?}");
        let dues: Vec<_> = episode.questions[first_left..].iter().filter_map(|q| q.due).collect();
        assert!(dues.is_sorted(), "{dues:?}");
        assert!(dues.iter().all(|due| *due < episode.ends() || !episode.is_ahead()), "{dues:?}");
    }

    fn command(&mut self, typed: &str) {
        let before = self.episode().clone();
        match self.show.try_slack(typed) {
            Ok(_) => {
                if self.episode().version != before.version {
                    self.before.insert(self.show.last_request(), before);
                }
                self.acknowledge();
            }
            Err(_) => assert_eq!(self.episode(), &before, "refused, and yet changed"),
        }
    }

    /// What a button means is what it does: nobody's question is asked, held or left out but the one it names.
    fn press(&mut self, action: &Action) {
        let Action::Desk(_, press) = action else { return };
        let before = self.episode().clone();
        let done = self.show.press(action.clone());
        let after = self.episode().clone();
        if done.is_err() {
            assert_eq!(after, before, "refused, and yet changed: {action}");
            return;
        }
        let next = |e: &Episode| e.upcoming().map(|(_, q)| q.id);
        match press {
            Press::Next(question)
            | Press::Hold(question, _)
            | Press::Skip(question)
            | Press::Swap(question, _) => {
                assert_eq!(next(&before), Some(*question), "{action}");
            }
            Press::Extend(ends, minutes) => {
                assert_eq!(before.ends(), *ends);
                assert_eq!(after.ends(), *ends + Duration::minutes(i64::from(*minutes)));
            }
            Press::Resume(_) | Press::Heard(_) | Press::Close => {}
        }
        match press {
            Press::Skip(question) => assert!(after.question(*question).is_none()),
            Press::Swap(question, spare) => {
                assert!(after.question(*question).is_none());
                assert_eq!(next(&after), Some(*spare));
                assert_eq!(after.questions.len(), before.questions.len());
            }
            _ => {}
        }
        if after.version != before.version {
            self.before.insert(self.show.last_request(), before);
        }
        self.acknowledge();
    }

    fn undo(&mut self, nth: u8) {
        let Some(request) = self.before.keys().rev().nth(usize::from(nth)).copied() else { return };
        let now = self.episode().clone();
        match self.show.undo_of(request) {
            Ok(_) => {
                assert_eq!(seen(self.episode()), seen(&self.before[&request]), "undone, but not as it was");
                self.acknowledge();
            }
            Err(refusal) => {
                assert!(
                    matches!(
                        refusal,
                        Refusal::CannotUndo
                            | Refusal::TooLateToUndo
                            | Refusal::GoingOut(_)
                            | Refusal::AlreadyAsked(_)
                    ),
                    "{refusal:?}"
                );
                assert_eq!(self.episode(), &now);
            }
        }
    }

    fn apply(&mut self, op: &Op) {
        self.buttons.extend(crate::desk::presses(&self.show));
        self.stale.extend(self.show.due().into_iter().take(3).map(|(_, id, rev)| (id, rev)));
        match op {
            Op::Hold(n) => self.command(&format!("hold {n}m")),
            Op::Next => self.command("next"),
            Op::Pause => self.command("pause"),
            Op::Resume => self.command("resume"),
            Op::Ask => self.command("ask And what else?"),
            Op::Replace(n) => self.command(&format!("ask Q{n} What instead?")),
            Op::Drop(n) => self.command(&format!("drop Q{n}")),
            Op::Move(a, b) => self.command(&format!("move Q{a} Q{b}")),
            Op::Undo(n) => self.undo(*n),
            Op::Close => {
                let id = self.episode().id.clone();
                if self.show.press(Action::Close(id)).is_ok() {
                    self.told.clear();
                    self.closes = self.episode().ends();
                }
            }
            Op::Extend(n) => self.command(&format!("extend {n}m")),
            Op::Spare => self.command("spare And if all fails?"),
            Op::Swap => self.command("swap"),
            Op::Guest(true, from) => self.command(&format!("guest Amina from Q{from}")),
            Op::Guest(false, from) => self.command(&format!("guest Bo Li, Lagos from Q{from}")),
            Op::Press(n) => {
                // The latest ones are pressed more often than those of long ago.
                let count = self.buttons.len();
                let back = (usize::from(*n) * usize::from(*n) / 256).min(count.saturating_sub(1));
                if let Some(action) = self.buttons.get(count.wrapping_sub(1 + back)).cloned() {
                    self.press(&action);
                }
            }
            Op::Run(seconds) => {
                let until = self.show.now + Duration::seconds(i64::from(*seconds));
                // Look after each cue, so that what was told is compared with the moment it was true.
                while let Some((at, _, _)) =
                    self.show.due().first().filter(|(at, _, _)| *at <= until).cloned()
                {
                    self.show.until(at.max(self.show.now));
                    self.look();
                }
                self.show.until(until);
            }
            Op::Outage(seconds, first) => {
                self.late = true;
                self.show.now += Duration::seconds(i64::from(*seconds));
                let due: Vec<_> =
                    self.show.due().into_iter().filter(|(at, _, _)| *at <= self.show.now).collect();
                if !due.is_empty() {
                    let (_, id, rev) = due[usize::from(*first) % due.len()].clone();
                    self.show.fire(&id, rev);
                    self.look();
                }
                self.show.until(self.show.now);
            }
            Op::Stale(n) => {
                let (id, rev) = self.stale[usize::from(*n) % self.stale.len()].clone();
                let waits = self.show.chat.cues.iter().any(|c| {
                    c.id == id
                        && c.rev == rev
                        && c.state == chat::cue::CueState::Waiting
                        && c.due > self.show.now
                });
                // The host fires nothing before its time; a current message is no stale one.
                if !waits {
                    self.show.fire(&id, rev);
                }
            }
        }
        self.look();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nothing_ever_contradicts_what_was_acknowledged(start in 0u16..5400, ops in ops()) {
        let mut show = evening();
        show.at("2026-11-24T19:30");
        // Nobody is seen here, so she is called, and once.
        show.slack("organiser add <@USOL|sol>");
        let mut watch = Watch { show, told: BTreeMap::new(), before: BTreeMap::new(), said: 0, stale: Vec::new(), closes: utc("2026-11-24T21:00"), late: false, buttons: Vec::new() };
        watch.said = watch.show.said.len();
        watch.acknowledge();
        watch.apply(&Op::Run(start));
        for op in &ops {
            watch.apply(op);
        }
        watch.apply(&Op::Run(0));
        watch.show.until(watch.show.now.max(watch.episode().ends()) + Duration::hours(1));
        watch.look();
        prop_assert_eq!(watch.show.when(&x(), "2026-11-24T20:00Z/close").len(), 1);
        let closed = matches!(watch.episode().state, State::Closed { .. });
        prop_assert!(closed);
        let waits = watch.show.due().into_iter().filter(|(_, id, _)| id.episode == watch.episode().id).count();
        prop_assert_eq!(waits, 0);
    }

    /// Dates changed in any order: nobody is left with an hour that was called off, nor without word.
    #[test]
    fn dates_end_where_the_last_word_put_them(
        steps in prop::collection::vec((0u8..7, 0u8..4, 0u16..4000), 1..16),
    ) {
        let mut show = evening();
        let days = ["24 Nov", "26 Nov", "1 Dec", "3 Dec"];
        for (what, day, minutes) in steps {
            let day = days[usize::from(day)];
            let other = days[usize::from((what + 1) % 4)];
            let _ = match what {
                0 => show.try_slack(&format!("skip {day}")),
                1 => show.try_slack(&format!("reschedule {day} to {other}")),
                2 => show.try_slack(&format!("add {day}")),
                3 => show.try_slack("set time every Tuesday 7pm London"),
                4 => show.try_slack("set time every Thursday 8pm London"),
                5 => show.try_slack(&format!("topic Something new on {day}")),
                _ => show.undo(),
            };
            show.until(show.now + Duration::minutes(i64::from(minutes)));
            // No two at the same moment, and none that is both planned and in a break of its own date.
            let starts = show.starts();
            let distinct: std::collections::HashSet<&String> = starts.iter().collect();
            prop_assert_eq!(distinct.len(), starts.len());
            for episode in show.chat.episodes.iter().filter(|e| e.state == State::Planned) {
                let opens = show.cue(&episode.id.planned.format("%Y-%m-%dT%H:%M").to_string(), &Kind::Open);
                prop_assert_eq!(opens.map(|c| c.due), Some(episode.starts));
            }
        }
        show.until(show.now + Duration::days(20));
        show.until(show.live().map_or(show.now, Episode::ends));
        // Every hour that was opened was closed, and opened when it was planned to be.
        for said in show.said.iter().filter(|s| s.to == x() && s.what().ends_with("/open")) {
            let close = said.what().replace("/open", "/close");
            prop_assert_eq!(show.when(&x(), &close).len(), 1, "{}", close);
        }
        let on_x: Vec<String> = show.said.iter().filter(|s| s.to == x()).map(crate::sim::Said::words).collect();
        for words in &on_x {
            prop_assert!(chat::weigh::is_postable(words) && chat::weigh::urls(words).is_empty(), "{}", words);
        }
    }
}

//! Two clocks. Cues, episodes and posts follow the **chat's** clock, which a rehearsal may move and
//! speed up; signatures, leases, time-outs and pacing follow **real** time. In a story both are one
//! stepped clock, so that a year passes without a second of waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// Started at another time, running at another speed; may be moved while it runs.
    Moved(Arc<Moved>),
    /// Stands still until somebody waits or moves it; waiting takes no time.
    Stepped(Arc<Mutex<DateTime<Utc>>>),
}

/// A clock that was moved.
#[derive(Debug)]
pub struct Moved {
    state: Mutex<Setting>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Setting {
    shown: DateTime<Utc>,
    at: DateTime<Utc>,
    speed: f64,
}

impl Setting {
    fn now(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        let passed = (real - self.at).num_microseconds().unwrap_or(i64::MAX);
        // A rehearsal's hours fit an f64 to the microsecond.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let shown = (passed as f64 * self.speed) as i64;
        self.shown + TimeDelta::microseconds(shown)
    }
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is ever half written under these locks, so a panic elsewhere does not spoil them.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clock {
    /// A clock that shows `start` now and runs `speed` times as fast as real time.
    pub fn moved(start: DateTime<Utc>, speed: f64) -> Clock {
        let setting = Setting { shown: start, at: Utc::now(), speed };
        Clock::Moved(Arc::new(Moved { state: Mutex::new(setting), changed: Notify::new() }))
    }

    /// A clock that stands still at `start`.
    pub fn stepped(start: DateTime<Utc>) -> Clock {
        Clock::Stepped(Arc::new(Mutex::new(start)))
    }

    /// The time it shows.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => Utc::now(),
            Clock::Moved(moved) => open(&moved.state).now(Utc::now()),
            Clock::Stepped(now) => *open(now),
        }
    }

    /// How fast it runs beside real time; a stepped clock stands still.
    pub fn speed(&self) -> f64 {
        match self {
            Clock::System => 1.0,
            Clock::Moved(moved) => open(&moved.state).speed,
            Clock::Stepped(_) => 0.0,
        }
    }

    /// Whether it may show another time than the machine's.
    pub fn is_moved(&self) -> bool {
        !matches!(self, Clock::System)
    }

    /// Moves it to `to`, and to another speed where one is given. The machine's own clock stays put.
    pub fn set(&self, to: DateTime<Utc>, speed: Option<f64>) {
        match self {
            Clock::System => {}
            Clock::Moved(moved) => {
                {
                    let mut state = open(&moved.state);
                    let speed = speed.unwrap_or(state.speed);
                    *state = Setting { shown: to, at: Utc::now(), speed };
                }
                moved.changed.notify_waiters();
            }
            Clock::Stepped(now) => *open(now) = to,
        }
    }

    /// Waits until `lead` of **real** time before it shows `at`.
    pub async fn until(&self, at: DateTime<Utc>, lead: Duration) {
        let lead = TimeDelta::from_std(lead).unwrap_or_default();
        match self {
            Clock::System => sleep(at - lead - Utc::now()).await,
            Clock::Stepped(now) => {
                let mut now = open(now);
                *now = (*now).max(at - lead);
            }
            Clock::Moved(moved) => loop {
                // Armed before the time is read, so that a move in between is not missed.
                let changed = moved.changed.notified();
                let setting = *open(&moved.state);
                let left = at - setting.now(Utc::now());
                let wait = real(left, setting.speed) - lead;
                if wait <= TimeDelta::zero() {
                    return;
                }
                tokio::select! {
                    () = sleep(wait) => {}
                    () = changed => {}
                }
            },
        }
    }

    /// The real instant at which it will show `at`, if nobody moves it; `real` is the real time now.
    pub fn in_real(&self, at: DateTime<Utc>, real_now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Clock::System | Clock::Stepped(_) => at,
            Clock::Moved(_) => real_now + real(at - self.now(), self.speed()),
        }
    }

    /// How much further it shows after so long in real time, if nobody moves it.
    pub fn in_chat(&self, span: TimeDelta) -> TimeDelta {
        match self {
            Clock::System | Clock::Stepped(_) => span,
            Clock::Moved(_) => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
                let millis = (span.num_milliseconds() as f64 * self.speed()) as i64;
                TimeDelta::milliseconds(millis)
            }
        }
    }

    /// Waits this long.
    pub async fn wait(&self, span: Duration) {
        let span = TimeDelta::from_std(span).unwrap_or_default();
        match self {
            Clock::Stepped(now) => {
                let mut now = open(now);
                *now += span;
            }
            Clock::System | Clock::Moved(_) => sleep(span).await,
        }
    }
}

fn real(shown: TimeDelta, speed: f64) -> TimeDelta {
    if speed <= 0.0 {
        return TimeDelta::hours(1);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let micros = (shown.num_microseconds().unwrap_or(i64::MAX) as f64 / speed) as i64;
    TimeDelta::microseconds(micros.min(3_600_000_000))
}

async fn sleep(span: TimeDelta) {
    if let Ok(span) = span.to_std() {
        tokio::time::sleep(span).await;
    }
}

/// Both clocks.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    /// For cues, episodes and post times.
    pub chat: Clock,
    /// For signatures, leases, time-outs and pacing.
    pub real: Clock,
}

impl Clocks {
    /// One stepped clock for both: a story's.
    pub fn stepped(start: DateTime<Utc>) -> Clocks {
        let clock = Clock::stepped(start);
        Clocks { chat: clock.clone(), real: clock }
    }
}

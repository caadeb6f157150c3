//! How often a platform lets itself be called.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// At most `limit` calls in each `window`, counted from the window's first call, as Discord and X
/// count them.
#[derive(Clone, Debug)]
pub(super) struct Window {
    limit: u32,
    window: Duration,
    began: Option<DateTime<Utc>>,
    used: u32,
}

impl Window {
    pub(super) fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, began: None, used: 0 }
    }

    /// Takes one place; without one, how long until the window begins again.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let elapsed = self.began.map(|began| (now - began).to_std().unwrap_or_default());
        if elapsed.is_none_or(|elapsed| elapsed >= self.window) {
            self.began = Some(now);
            self.used = 0;
        }
        if self.used >= self.limit {
            return Err(self.left(now));
        }
        self.used += 1;
        Ok(())
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    pub(super) fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// How long until the window begins again.
    pub(super) fn left(&self, now: DateTime<Utc>) -> Duration {
        let elapsed = self.began.map_or(Duration::ZERO, |began| (now - began).to_std().unwrap_or_default());
        self.window.saturating_sub(elapsed)
    }
}

/// A bucket that holds `size` and regains one each `every`, as Slack paces a channel.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    size: u32,
    every: Duration,
    /// The instant at which the bucket would be full again.
    full_at: Option<DateTime<Utc>>,
}

impl Bucket {
    pub(super) fn new(size: u32, every: Duration) -> Self {
        Self { size, every, full_at: None }
    }

    /// Takes one; when empty, how long until there is one.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let missing =
            self.full_at.map_or(Duration::ZERO, |full_at| (full_at - now).to_std().unwrap_or_default());
        let room = self.every * self.size.saturating_sub(1);
        if missing > room {
            return Err(missing - room);
        }
        self.full_at =
            now.checked_add_signed(chrono::TimeDelta::from_std(missing + self.every).unwrap_or_default());
        Ok(())
    }
}

/// Whole seconds, rounded up, and never none.
pub(super) fn seconds_up(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

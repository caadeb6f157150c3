//! When each chat was last planned by this process. Only a hint that saves reads: planning twice
//! writes nothing twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chat::name::Slug;
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Debug, Clone, Default)]
pub(crate) struct Planned(Arc<Mutex<HashMap<Slug, DateTime<Utc>>>>);

impl Planned {
    /// Whether it is time again; if so, it counts as done from now on.
    pub(crate) fn due(&self, slug: &Slug, now: DateTime<Utc>, every: TimeDelta) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.get(slug).is_none_or(|at| now >= *at + every || now < *at);
        if due {
            last.insert(slug.clone(), now);
        }
        due
    }

    pub(crate) fn forget(&self, slug: &Slug) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(slug);
    }
}

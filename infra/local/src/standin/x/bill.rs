//! What X would charge: <https://docs.x.com/x-api/getting-started/pricing>. Counted here from what was
//! given and taken, apart from what Earshot believes to have paid.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Inner, X};
use crate::standin::lock;

/// A bill, in things rather than money: prices change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Posts given, by whichever product, each once a day of UTC.
    pub reads: u64,
    /// Posts made without a link.
    pub writes: u64,
    /// Posts made with one.
    pub links: u64,
    /// Posts removed through the API.
    pub deletes: u64,
}

/// What has been charged.
#[derive(Default)]
pub(super) struct Charged {
    reads: BTreeSet<(NaiveDate, String)>,
    bill: Bill,
}

impl X {
    /// The bill so far.
    pub fn bill(&self) -> Bill {
        let state = lock(&self.inner.state);
        Bill { reads: state.charged.reads.len() as u64, ..state.charged.bill }
    }
}

impl Inner {
    /// A post is given: charged for once a day. Every version of an edited post is a post.
    pub(super) fn charge_read(&self, id: &str) {
        let day = self.room.chat_now().date_naive();
        lock(&self.state).charged.reads.insert((day, id.to_owned()));
    }

    pub(super) fn charge_write(&self, text: &str) {
        let mut state = lock(&self.state);
        if super::text::tokens(text).iter().any(|t| matches!(t, super::text::Token::Link(_))) {
            state.charged.bill.links += 1;
        } else {
            state.charged.bill.writes += 1;
        }
    }

    pub(super) fn charge_delete(&self) {
        lock(&self.state).charged.bill.deletes += 1;
    }
}

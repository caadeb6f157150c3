//! Rows that are there and cannot be read: a newer version wrote them, or something damaged them. Who reads a
//! list passes them over, says so by their keys, and goes on, so that one of them stops nobody else.
//!
//! Not so where a row keeps something out or decides what is true: what a chat is decided from (`load`),
//! bars, tombstones, cards. Without one of those somebody's words could come back, or a date be planned twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use crate::table::{Row, read};
use crate::{Store, StoreError};

/// The keys of what was passed over, until somebody asks for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct PassedOver(Arc<Mutex<BTreeSet<String>>>);

impl Store {
    /// The keys, `pk/sk`, of the rows that were passed over since this was last asked, each once: for operators,
    /// who alone can mend them.
    pub fn take_passed_over(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.passed_over.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was read; `None` where a row of it is there and cannot be read. That stops only who needed it: it is
    /// logged by its key, and kept for [`Store::take_passed_over`].
    ///
    /// # Errors
    /// Every other one: a table that does not answer is nobody's own trouble.
    pub fn if_readable<T>(&self, done: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match done {
            Ok(what) => Ok(Some(what)),
            Err(StoreError::Unreadable { key, why }) => {
                self.pass_over(&key, &why);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes a row that cannot be read. `why` must not quote it.
    pub(crate) fn pass_over(&self, key: &impl ToString, why: &impl ToString) {
        let (key, why) = (key.to_string(), why.to_string());
        tracing::error!(key, why, "a row cannot be read and is passed over");
        self.passed_over.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// Of these rows those that can be read.
    pub(crate) fn readable<I: DeserializeOwned, T: From<I>>(&self, rows: Vec<Row>) -> Vec<T> {
        self.readable_by(rows, |row| read::<I>(row).map(T::from))
    }

    /// The same with a reader of its own.
    pub(crate) fn readable_by<T>(
        &self,
        rows: Vec<Row>,
        read: impl Fn(Row) -> Result<T, StoreError>,
    ) -> Vec<T> {
        // No row is asked for in between, so there is no other error.
        rows.into_iter().filter_map(|row| self.if_readable(read(row)).ok().flatten()).collect()
    }
}

/// What is wrong with a row, without what stands in it: serde quotes values.
pub(crate) fn without_values(why: &str) -> String {
    if why.starts_with("missing field") {
        return why.to_owned();
    }
    let mut words = String::new();
    let mut inside: Option<char> = None;
    for c in why.chars() {
        match inside {
            Some(quote) if c == quote => inside = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => {
                inside = Some(c);
                words.push('…');
            }
            None => words.push(c),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_what_stands_there() {
        for (said, kept) in [
            ("missing field `due`", "missing field `due`"),
            ("Expected string", "Expected string"),
            ("\"tea at 8\" is no instant: too short", "… is no instant: too short"),
            (
                "Failed to parse 'tea' as an integer: invalid digit",
                "Failed to parse … as an integer: invalid digit",
            ),
            ("unknown variant `tea`, expected `a` or `b`", "unknown variant …, expected … or …"),
            ("never closed: \"tea", "never closed: …"),
        ] {
            assert_eq!(without_values(said), kept);
        }
    }
}

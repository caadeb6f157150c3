//! What stands in the log of an error: with all that led to it. JSON has one field for an error and no room
//! for its sources, so "the table refuses the request" alone would be all that is left of a missing
//! permission, of a missing table and of a key that ran out.

use std::error::Error;

/// A platform's words are not ours to trust with a line of the log.
const MOST: usize = 800;

/// An error and its causes in one line, outermost first. Their words only, never their insides: `Debug` would
/// show a request or an answer whole.
pub fn causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        // Many errors repeat their cause in their own words.
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match words.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use store::StoreError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("service error")]
    struct Service(#[source] Denied);

    #[derive(Debug, thiserror::Error)]
    #[error("AccessDeniedException: not authorized to perform dynamodb:Query")]
    struct Denied;

    #[derive(Debug, thiserror::Error)]
    #[error("it failed: {0}")]
    struct Repeats(#[source] Denied);

    #[test]
    fn the_last_cause_is_named_and_none_twice() {
        let refused = StoreError::Refused(Box::new(Service(Denied)));
        let whole = "the table refuses the request: service error: \
                     AccessDeniedException: not authorized to perform dynamodb:Query";
        assert_eq!(causes(&refused), whole);
        let repeats = "it failed: AccessDeniedException: not authorized to perform dynamodb:Query";
        assert_eq!(causes(&Repeats(Denied)), repeats);
    }

    #[test]
    fn a_line_has_an_end() {
        let long = StoreError::Unavailable(format!("two\nlines, {}", "ü".repeat(5_000)).into());
        let words = causes(&long);
        assert_eq!(words.chars().count(), MOST + 1);
        assert!(words.ends_with('…') && words.contains("two lines"), "{words}");
    }
}

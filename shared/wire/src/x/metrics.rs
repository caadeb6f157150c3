//! What people did with posts, as X counts it.
//!
//! <https://docs.x.com/x-api/fundamentals/metrics>

use std::collections::BTreeMap;

use chat::radar::Measured;
use serde_json::Value;

use super::parse::is_id;
use crate::Malformed;
use crate::reading::{first, list, object, string};

/// What one page says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measures {
    /// By the id of a post's version. A post whose numbers are not all there is not in it: what is not known is no
    /// nought.
    pub of: BTreeMap<String, Measured>,
    /// The ids of all posts of the page, also of those whose numbers could not be read: X charges for each.
    pub given: Vec<String>,
}

/// Reads posts that were looked up for their numbers.
///
/// # Errors
/// [`Malformed`] where it is not a JSON object.
pub fn metrics(body: &[u8]) -> Result<Measures, Malformed> {
    let whole = object(body)?;
    let mut found = Measures::default();
    for post in list(&whole, "/data") {
        let Some(id) = string(post, "/id").filter(|id| is_id(id)) else { continue };
        if let Some(measured) = measured(post) {
            found.of.insert(id.clone(), measured);
        }
        found.given.push(id);
    }
    Ok(found)
}

fn measured(post: &Value) -> Option<Measured> {
    let count = |names: &[&str]| first(post, names)?.parse::<u32>().ok();
    Some(Measured {
        replies: count(&["/public_metrics/reply_count"])?,
        // X is renaming what it calls a repost.
        reposts: count(&["/public_metrics/repost_count", "/public_metrics/retweet_count"])?,
        quotes: count(&["/public_metrics/quote_count"])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_under_both_names_and_no_guess_where_one_is_missing() {
        let body = br#"{"data": [
            {"id": "11", "text": "a", "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4}},
            {"id": "12", "public_metrics": {"repost_count": 0, "reply_count": "5", "like_count": 3, "quote_count": 0}},
            {"id": "13", "public_metrics": {"reply_count": 0, "quote_count": 0}},
            {"id": "14", "public_metrics": {"reply_count": -1, "quote_count": 0, "repost_count": 0}},
            {"id": "15"},
            {"id": "1 6"}
        ], "errors": [{"value": "16", "type": "https://api.twitter.com/2/problems/resource-not-found"}]}"#;
        let found = metrics(body).expect("a page");
        let known = [
            ("11".to_owned(), Measured { replies: 2, reposts: 1, quotes: 4 }),
            ("12".to_owned(), Measured { replies: 5, reposts: 0, quotes: 0 }),
        ];
        assert_eq!(found.of, BTreeMap::from(known));
        assert_eq!(found.given, ["11", "12", "13", "14", "15"]);
        assert_eq!(metrics(br#"{"errors": []}"#), Ok(Measures::default()));
        assert!(metrics(b"[]").is_err());
    }
}

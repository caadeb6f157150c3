//! Answers of recent search and of looking posts up by their ids: the same posts as in the webhook, and
//! beside them where to go on, and what is not there any more.
//!
//! <https://docs.x.com/x-api/posts/search/introduction>, <https://docs.x.com/x-api/posts/lookup/introduction>

use chat::name::{Platform, PostId};
use chat::post::Post;

use super::parse::{XInbound, activity, is_id};
use crate::Malformed;
use crate::reading::{first, list, object, string};

/// What one page holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Posts, in X's order: a search has the newest first.
    pub posts: Vec<Post>,
    /// The ids of all posts of the page, those among them that could not be read: X charges for each.
    pub given: Vec<String>,
    /// Of those that were edited since, the newest version: a post that is looked up by an older one says so,
    /// and not what it says now.
    pub newer: Vec<String>,
    /// What could not be read; the others are taken all the same.
    pub malformed: Vec<Malformed>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// Posts that were asked for by their ids, and that X does not show any more: removed, or their author
    /// is gone, suspended or keeps them private.
    pub gone: Vec<PostId>,
}

/// Reads a page of recent search, or posts that were looked up.
///
/// # Errors
/// [`Malformed`] where it is not a JSON object, or holds posts of which none can be read: then where the
/// next page begins cannot be trusted either.
pub fn search(body: &[u8]) -> Result<Found, Malformed> {
    let whole = object(body)?;
    let given: Vec<String> =
        list(&whole, "/data").iter().filter_map(|post| string(post, "/id")).filter(|id| is_id(id)).collect();
    let XInbound { posts, malformed, .. } = match activity(body) {
        Ok(inbound) => inbound,
        // One bad post alone on a page must not keep the search at it for ever: it is named, and passed.
        Err(why) if given.len() == 1 => XInbound { malformed: vec![why], ..XInbound::default() },
        Err(why) => return Err(why),
    };
    let next = first(&whole, &["/meta/next_token"]).filter(|token| !token.is_empty() && token.len() <= 512);
    let gone = list(&whole, "/errors").iter().filter(|error| is_gone(error)).filter_map(|error| {
        let id = first(error, &["/resource_id", "/value"]).filter(|id| is_id(id))?;
        Some(PostId { source: Platform::X, id })
    });
    let newer = list(&whole, "/data").iter().filter_map(newest).collect();
    Ok(Found { posts, given, newer, malformed, next, gone: gone.collect() })
}

/// The last of a post's versions, where that is not itself.
fn newest(post: &serde_json::Value) -> Option<String> {
    let last = ["/edit_history_tweet_ids", "/edit_history_post_ids"]
        .into_iter()
        .find_map(|at| list(post, at).last());
    let last = last?.as_str().filter(|id| is_id(id))?;
    (string(post, "/id").as_deref() != Some(last)).then(|| last.to_owned())
}

/// Problems about a post itself. A quoted post that is gone is a problem too, of something that was not
/// asked for by its id; and a missing field is none of a post.
fn is_gone(error: &serde_json::Value) -> bool {
    let kind = string(error, "/type").unwrap_or_default();
    let about = string(error, "/resource_type").unwrap_or_default();
    let asked = string(error, "/parameter").unwrap_or_default();
    let missing = kind.ends_with("/resource-not-found") || kind.ends_with("/not-authorized-for-resource");
    missing && matches!(about.as_str(), "tweet" | "post") && matches!(asked.as_str(), "ids" | "id")
}

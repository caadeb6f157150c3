//! `earshot export` and `earshot import`: a chat moves with everything in it, from a folder to AWS or back.
//!
//! Two deployments must never both speak for one chat, and nothing tells one of the other. So the order of things
//! keeps them apart. An export without more is a copy: the chat goes on where it is, and the copy wakes nowhere, unless
//! somebody says that the other one is gone. With `--move` the chat falls silent first, then is read, and the file
//! says so; such a file wakes where it is imported. Between the two the chat is nowhere, which loses less than being
//! in two places: a reminder, where there may be two of everything. To come back, import the file where it comes
//! from.
//!
//! Not both awake and one of them asleep by a setting: then each version that ever runs on the old table would have
//! to know that setting.

pub mod export;
pub mod file;
pub mod forget;
pub mod import;

use chat::name::Slug;
use host::moving::{Kind, Record, Store, StoreError};

/// What a chat brings, in words: "26 members, 512 posts".
fn contents(records: &[Record]) -> String {
    let count = |kind: Kind| records.iter().filter(|record| record.kind() == kind).count();
    let all = [
        (count(Kind::Episode), "episode", "episodes"),
        (count(Kind::Post), "post", "posts"),
        (count(Kind::Participant), "person who posted", "people who posted"),
        (count(Kind::Member), "member", "members"),
    ];
    let some: Vec<String> = all
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
        .collect();
    if some.is_empty() { "nothing but its settings".to_owned() } else { some.join(", ") }
}

/// A chat by what is typed for it: its hashtag or its name, and also one that moved away.
async fn find(store: &Store, typed: &str) -> Result<Option<Slug>, StoreError> {
    let bare = typed.trim().trim_start_matches(['#', '＃']).to_lowercase();
    if let Some(slug) = store.chats_by_tag(std::slice::from_ref(&bare)).await?.into_iter().next() {
        return Ok(Some(slug));
    }
    let Ok(slug) = bare.parse::<Slug>() else { return Ok(None) };
    let known = store.settings(&slug).await?.is_some() || store.moved(&slug).await?.is_some();
    Ok(known.then_some(slug))
}

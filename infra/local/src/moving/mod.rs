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
use chat::settings::Settings;
use chrono::{DateTime, SecondsFormat, Utc};
use host::moving::{Halfway, Kind, Record, Store, StoreError};

use crate::doctor::Table;

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

/// Where the table is, as the arguments that say so: ` --data DIR`. What is printed to be run again has to find the
/// same table.
pub(crate) fn place(at: &Table, table: &str) -> String {
    match at {
        Table::Folder(folder) => format!(" --data {}", quoted(&folder.display().to_string())),
        Table::Database(url) => format!(" --database {}", quoted(url)),
        Table::Aws => format!(" --table {}", quoted(table)),
        Table::Unknown => String::new(),
    }
}

/// The doctor's command for that table, which it is told in its own way.
fn doctor(at: &Table, table: &str) -> String {
    match at {
        Table::Aws => format!("EARSHOT_TABLE={} earshot doctor", quoted(table)),
        at => format!("earshot doctor{}", place(at, table)),
    }
}

/// A word as a shell takes it for one.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// An instant as the first line of a file has it, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What there is to say of a chat whose import was stopped, and what to do: `at` and `table` say where it lies.
pub(crate) fn stopped(halfway: &Halfway, at: &Table, table: &str) -> (String, String) {
    let (tag, place) = (&halfway.hashtag, place(at, table));
    (
        format!(
            "#{tag} is here only in part: its import, begun {}, did not come to its end",
            instant(halfway.begun)
        ),
        format!(
            "If none runs at this moment, run it again with the same file: earshot import FILE{place}. Or remove what came of it, which frees its hashtag: earshot forget '#{tag}'{place} --yes"
        ),
    )
}

/// What there is to say of a chat that moved away, and what to do: `at` and `table` say where it was.
pub(crate) fn moved_out(
    settings: &Settings,
    since: DateTime<Utc>,
    at: &Table,
    table: &str,
) -> (String, String) {
    let (tag, place) = (settings.tag(), place(at, table));
    (
        format!("{tag} moved out on {}: it is silent here", crate::gap::both(settings, since, since)),
        format!(
            "Where it is to live: earshot import FILE. Once it speaks there, what is left here goes, and its hashtag is free: earshot forget '{tag}'{place} --yes"
        ),
    )
}

/// A chat by what is typed for it: its hashtag or its name, and also one that moved away, or came only in part.
async fn find(store: &Store, typed: &str) -> Result<Option<Slug>, StoreError> {
    let bare = typed.trim().trim_start_matches(['#', '＃']).to_lowercase();
    if let Some(slug) = store.chats_by_tag(std::slice::from_ref(&bare)).await?.into_iter().next() {
        return Ok(Some(slug));
    }
    if let Ok(slug) = bare.parse::<Slug>()
        && (store.settings(&slug).await?.is_some()
            || store.moved(&slug).await?.is_some()
            || store.arriving(&slug).await?.is_some())
    {
        return Ok(Some(slug));
    }
    // Its hashtag is nobody's until it is here as a whole.
    let arriving = store.all_arriving().await?;
    Ok(arriving
        .into_iter()
        .find(|halfway| halfway.hashtag.to_lowercase() == bare)
        .map(|halfway| halfway.slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_to_be_run_again_is_one_word_to_a_shell() {
        for (folder, said) in [
            ("/var/lib/earshot", " --data /var/lib/earshot"),
            ("my data", " --data 'my data'"),
            ("it's", r" --data 'it'\''s'"),
            ("$(x)", " --data '$(x)'"),
        ] {
            assert_eq!(place(&Table::Folder(folder.into()), "earshot"), said);
        }
        assert_eq!(place(&Table::Aws, "stack-Table"), " --table stack-Table");
        assert_eq!(
            place(&Table::Database("http://127.0.0.1:8000".to_owned()), "earshot"),
            " --database http://127.0.0.1:8000"
        );
        assert_eq!(doctor(&Table::Aws, "stack-Table"), "EARSHOT_TABLE=stack-Table earshot doctor");
    }
}

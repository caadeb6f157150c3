//! `earshot forget`: removes what is left of a chat in the place that it moved away from, or what came of one whose
//! import was stopped.

use std::io::Write;

use chat::copy;
use chat::name::Slug;
use host::moving::{Left, StoreError};

use crate::doctor::Table;
use crate::setup::Ended;
use crate::table::{self, Opened, Wanted};

/// What to remove.
#[derive(Debug, Clone)]
pub struct Options {
    /// The chat, as somebody types it: `#SMXChat`.
    pub chat: String,
    /// Where the table is.
    pub at: Table,
    /// Its name.
    pub table: String,
    /// Whether it is done, and not only said.
    pub yes: bool,
}

/// Says what is left, and removes it where that is wanted.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn run(options: &Options, out: &mut dyn Write) -> std::io::Result<Ended> {
    let wanted = if options.yes { Wanted::Alone } else { Wanted::Reading };
    let opened = match table::open(&options.at, &options.table, wanted).await {
        Ok(opened) => opened,
        Err(closed) => {
            writeln!(out, "{closed}\nNothing was removed.")?;
            return Ok(Ended::Unready);
        }
    };
    let ended = from(&opened, options, out).await;
    // What was removed was acknowledged; a database that does not close well has not got it back.
    let _ = opened.close().await;
    ended
}

/// The same in a table that is open.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn from(opened: &Opened, options: &Options, out: &mut dyn Write) -> std::io::Result<Ended> {
    match look(opened, options).await {
        Ok(None) => {
            writeln!(
                out,
                "Nothing is left here of a chat {} that moved away. One that lives here is not touched: export it with --move first.",
                options.chat
            )?;
            Ok(Ended::Wanting)
        }
        Ok(Some((_, Left { rows, halfway: Some(halfway), .. }))) => {
            let (rows, tag) = (copy::count(rows, "row", "rows"), &halfway.hashtag);
            if options.yes {
                writeln!(
                    out,
                    "{} of it are removed. Nothing is left here, and #{tag} is free again; its file can be imported anew.",
                    copy::sentence(&rows)
                )?;
            } else {
                let (what, next) = super::stopped(&halfway, &options.at, &options.table);
                writeln!(out, "{what}. {} of it are here. {next}", copy::sentence(&rows))?;
            }
            Ok(Ended::Well)
        }
        Ok(Some((slug, Left { rows, hashtag, halfway: None }))) => {
            let rows = copy::count(rows, "row", "rows");
            let chat = hashtag.map_or_else(|| slug.to_string(), |tag| format!("#{tag}"));
            if options.yes {
                writeln!(
                    out,
                    "{} of {chat} are removed. Nothing of it is left here, and its hashtag is free again.",
                    copy::sentence(&rows)
                )?;
            } else {
                writeln!(
                    out,
                    "{} of {chat} are left here. Once it speaks elsewhere as it should, remove them with --yes; there is no way back but its file.",
                    copy::sentence(&rows)
                )?;
            }
            Ok(Ended::Well)
        }
        Err(error) => {
            let (why, next) = (table::chain(&error), table::why_not(&options.at));
            writeln!(
                out,
                "The table {}: {why}. {next} Run the same again: it does what is left.",
                options.table
            )?;
            Ok(Ended::Wanting)
        }
    }
}

async fn look(opened: &Opened, options: &Options) -> Result<Option<(Slug, Left)>, StoreError> {
    let Some(slug) = super::find(&opened.store, &options.chat).await? else { return Ok(None) };
    let left = opened.store.left_behind(&slug, options.yes).await?;
    Ok(left.map(|left| (slug, left)))
}

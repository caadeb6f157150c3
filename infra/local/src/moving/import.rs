//! `earshot import`: a chat out of a file into this deployment.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;

use chat::copy;
use chat::name::PostId;
use chrono::{DateTime, Utc};
use host::moving::{Changes, InTheWay, StoreError};
use host::{Clocks, Config, Host, Patience, Queues};

use super::file::{self, Parcel};
use crate::doctor::Table;
use crate::gap;
use crate::setup::Ended;
use crate::table::{self, Opened, Wanted};

/// A line about how far it is, after so many rows.
const TOLD_AFTER: usize = 1_000;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file.
    pub file: PathBuf,
    /// Where the table is.
    pub at: Table,
    /// Its name.
    pub table: String,
    /// Whether it is only said what would be written.
    pub dry_run: bool,
    /// Whether a copy is to live, since the chat that it was made of does not any more.
    pub revive: bool,
}

/// Imports a chat. How far it is goes to `progress`.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn run(
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
    progress: &mut (dyn Write + Send),
) -> std::io::Result<Ended> {
    let Some(parcel) = unpacked(options, out)? else { return Ok(Ended::Wanting) };
    let wanted = if options.dry_run { Wanted::Reading } else { Wanted::Made };
    // A dry run makes no table. Where there is none, everything would be written.
    // Where it cannot be known, opening it says why.
    let new = match &options.at {
        Table::Folder(folder) if table::within(folder) == Ok(None) => Some(folder.display()),
        _ => None,
    };
    if let (true, Some(folder)) = (options.dry_run, &new) {
        let changes = Changes { written: rows(&parcel), there: 0, removed: 0 };
        writeln!(out, "There is no table in {folder} yet; one would be made.")?;
        told_dry(&parcel, &changes, out)?;
        return Ok(Ended::Well);
    }
    let opened = match table::open(&options.at, &options.table, wanted).await {
        Ok(opened) => opened,
        Err(closed) => {
            writeln!(out, "{closed}\nNothing was written.")?;
            return Ok(Ended::Unready);
        }
    };
    // Whoever mistyped the folder finds out here, and not when serve knows no chat.
    if let Some(folder) = &new {
        writeln!(out, "There was no table in {folder}: a new one was made there.")?;
    }
    let ended = into(&opened, &parcel, options, now, out, progress).await;
    // What was written was acknowledged; a database that does not close well has lost none of it.
    let _ = opened.close().await;
    ended
}

fn rows(parcel: &Parcel) -> usize {
    parcel.head.rows.values().sum()
}

/// The file, whole, if it may be imported.
fn unpacked(options: &Options, out: &mut dyn Write) -> std::io::Result<Option<Parcel>> {
    let path = options.file.display();
    let bytes = match file::bytes(&options.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            writeln!(out, "{path} cannot be read: {error}. Nothing was written.")?;
            return Ok(None);
        }
    };
    let parcel = match file::read(&bytes) {
        Ok(parcel) => parcel,
        Err(flaw) => {
            writeln!(out, "{path} is not imported. {flaw} Nothing was written.")?;
            return Ok(None);
        }
    };
    let head = &parcel.head;
    if head.moved.is_none() && !options.revive {
        writeln!(
            out,
            "{path} is a copy of #{}, made {}: the chat went on where it was, and two of it would say everything twice.\n\
             To move it, export it there once more with --move. If it does not live there any more and never will, bring this copy to life with --revive. Nothing was written.",
            head.hashtag,
            super::instant(parcel.arrival.as_of())
        )?;
        return Ok(None);
    }
    Ok(Some(parcel))
}

/// Imports a chat into a table that is open.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn into(
    opened: &Opened,
    parcel: &Parcel,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
    progress: &mut (dyn Write + Send),
) -> std::io::Result<Ended> {
    match import(opened, parcel, options, now, out, progress).await {
        Ok(ended) => Ok(ended),
        Err(Trouble::Out(error)) => Err(error),
        Err(Trouble::Table(begun, error)) => {
            let (why, next) = (table::chain(&error), table::why_not(&options.at));
            writeln!(out, "The table {}: {why}. {next}", options.table)?;
            if begun {
                writeln!(
                    out,
                    "It was not finished. Until it is, #{} does nothing here: run the same again, it goes on from there.",
                    parcel.head.hashtag
                )?;
            } else {
                writeln!(out, "Nothing was written.")?;
            }
            Ok(Ended::Wanting)
        }
    }
}

enum Trouble {
    Out(std::io::Error),
    /// Whether writing had begun.
    Table(bool, StoreError),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Out(error)
    }
}

async fn import(
    opened: &Opened,
    parcel: &Parcel,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
    progress: &mut (dyn Write + Send),
) -> Result<Ended, Trouble> {
    let store = &opened.store;
    let reading = |error| Trouble::Table(false, error);
    let settings = parcel.arrival.settings();
    let tag = settings.tag();
    let in_the_way = store.in_the_way(&parcel.arrival).await.map_err(reading)?;
    if !in_the_way.is_empty() {
        // What was interrupted after its last row, or is run again to be sure.
        let only_here = in_the_way.iter().all(|what| matches!(what, InTheWay::Here { .. }));
        if only_here && store.arrival_changes(&parcel.arrival).await.map_err(reading)?.is_nothing() {
            writeln!(out, "{tag} is here already, with everything in this file. Nothing was left to write.")?;
            return Ok(Ended::Well);
        }
        writeln!(out, "{tag} cannot come here:")?;
        for what in in_the_way {
            match what {
                InTheWay::Here { title } => writeln!(
                    out,
                    "  It is here already, as {title}. If it came with this file, all is done. Else see which of the two is to live, and move that one."
                )?,
                InTheWay::Newer { of, halfway } => newer(of, halfway, parcel, options, out)?,
                InTheWay::Hashtag { of } => writeln!(
                    out,
                    "  Its hashtag is that of the chat {of} here. Give that one another first: /chat {of} set hashtag …"
                )?,
            }
        }
        writeln!(out, "Nothing was written.")?;
        return Ok(Ended::Wanting);
    }
    for destination in &settings.destinations {
        let others = store.chats_at(&destination.place).await.map_err(reading)?;
        let others: Vec<String> =
            others.iter().filter(|of| **of != settings.slug).map(ToString::to_string).collect();
        if !others.is_empty() {
            let (room, others) = (gap::room(&destination.place), others.join(", "));
            writeln!(out, "In {room}, it will speak beside {others}.")?;
        }
    }
    if options.dry_run {
        let changes = store.arrival_changes(&parcel.arrival).await.map_err(reading)?;
        told_dry(parcel, &changes, out)?;
        return Ok(Ended::Well);
    }
    let mut told = 0;
    let mut lost = None;
    let mut tell = |done: usize, all: usize| {
        if done >= told + TOLD_AFTER && done < all {
            told = done;
            // Nobody hears it: then that is said at the end.
            lost = writeln!(progress, "  {done} of {all} rows")
                .and_then(|()| progress.flush())
                .err()
                .or(lost.take());
        }
    };
    let arrived = store.arrive(&parcel.arrival, &parcel.digest, now, &mut tell).await;
    let changes = arrived.map_err(|error| Trouble::Table(true, error))?;
    if let Some(error) = lost {
        return Err(Trouble::Out(error));
    }
    let taken_back = take_back(opened, parcel, options, now).await;
    told_done(parcel, &changes, *taken_back.as_ref().unwrap_or(&0), options, now, out)?;
    if let Err(error) = taken_back {
        writeln!(
            out,
            "What was taken back meanwhile could not be looked for: {}. The daily look at what is shown finds it.",
            table::chain(&error)
        )?;
    }
    Ok(Ended::Well)
}

/// What lies here is newer than the file. Whether the file moves the chat or is a copy that is to live, it is the same:
/// who was blocked since would be let in, and what was removed would be shown.
fn newer(
    of: DateTime<Utc>,
    halfway: bool,
    parcel: &Parcel,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let place = super::place(&options.at, &options.table);
    let (tag, of, file) =
        (parcel.arrival.settings().tag(), super::instant(of), super::instant(parcel.arrival.as_of()));
    if halfway {
        return writeln!(
            out,
            "  A newer file of it was being imported here, of {of}; this one is of {file}. Import that one again. Or remove what came of it: earshot forget '{tag}'{place} --yes"
        );
    }
    writeln!(
        out,
        "  What lies here of it is newer: it moved out on {of}, and this file is of {file}. What was removed in between would be back, and so would who was blocked or left. Import the file of {of}, or a later one.\n  Is it lost, and {tag} lives nowhere else? Then this writes it again: earshot export '{tag}' --move{place}"
    )
}

/// Posts that were taken back while the chat was nowhere, as far as this deployment heard of it: their cards go with
/// the next tick. What nobody heard of is found by the daily look at what is shown.
async fn take_back(
    opened: &Opened,
    parcel: &Parcel,
    options: &Options,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let standing = parcel.arrival.standing_posts();
    let names: Vec<PostId> = standing.iter().map(|(name, _)| name.clone()).collect();
    let gone = opened.store.taken_back(&names).await?;
    // No platform is called: what is to be done there is written down, and done where Earshot runs.
    let config = Config {
        slack: None,
        discord: None,
        x: None,
        table: options.table.clone(),
        operators: Vec::new(),
        patience: Patience::default(),
    };
    let queues = Queues::Local(std::sync::Arc::default());
    let host = Host::new(config, opened.store.clone(), queues, Clocks::stepped(now));
    let mut firsts: HashSet<&PostId> = HashSet::new();
    for post in &gone {
        host.removed(post).await?;
        firsts.extend(standing.iter().filter(|(name, _)| name == post).map(|(_, first)| first));
    }
    Ok(firsts.len())
}

/// What is no news in most cases.
fn beside(changes: &Changes) -> String {
    let mut words = String::new();
    if changes.there > 0 {
        words.push_str(&format!("; {} stood here already", changes.there));
    }
    if changes.removed > 0 {
        let gone = match changes.removed {
            1 => "1 row of before is not its any more, and goes".to_owned(),
            n => format!("{n} rows of before are not its any more, and go"),
        };
        words.push_str(&format!("; {gone}"));
    }
    words
}

fn told_dry(parcel: &Parcel, changes: &Changes, out: &mut dyn Write) -> std::io::Result<()> {
    let tag = parcel.arrival.settings().tag();
    writeln!(
        out,
        "{tag} would come here: {}. {} rows would be written{}.",
        super::contents(parcel.arrival.records()),
        changes.written,
        beside(changes)
    )?;
    writeln!(out, "{}", crate::setup::DRY.trim_start())
}

fn told_done(
    parcel: &Parcel,
    changes: &Changes,
    taken_back: usize,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let settings = parcel.arrival.settings();
    let tag = settings.tag();
    writeln!(
        out,
        "{tag} is here: {}. {} rows were written{}.",
        super::contents(parcel.arrival.records()),
        changes.written,
        beside(changes)
    )?;
    if taken_back > 0 {
        writeln!(
            out,
            "{} taken back meanwhile; what shows it goes with the next tick.",
            copy::sentence(&copy::count(taken_back, "post was", "posts were"))
        )?;
    }
    if settings.retired {
        writeln!(out, "It has retired: it says nothing until somebody brings it back.")?;
    } else {
        let next = parcel.next_due();
        match next {
            Some(due) if due > now => {
                writeln!(
                    out,
                    "It speaks where Earshot runs with this table. Next: {}.",
                    gap::both(settings, due, now)
                )?;
            }
            Some(_) => writeln!(
                out,
                "It speaks where Earshot runs with this table. Something fell due meanwhile; what is too late for that is left out, and its organisers are told."
            )?,
            None => {
                writeln!(out, "It speaks where Earshot runs with this table. Nothing of it is planned yet.")?
            }
        }
    }
    writeln!(
        out,
        "\nNext: {} says whether every place can be written in. Then delete the file: what is taken back from now on is not taken out of it.",
        super::doctor(&options.at, &options.table)
    )
}

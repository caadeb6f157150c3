//! `earshot export`: everything of a chat into a file, and with `--move` out of this deployment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chat::copy;
use chat::cue::CueState;
use chat::name::{Place, Platform, Slug};
use chat::settings::Settings;
use chrono::{DateTime, Utc};
use host::moving::{Gathered, Loaded, StoreError};

use super::file::{self, New};
use crate::doctor::Table;
use crate::gap;
use crate::setup::Ended;
use crate::table::{self, Opened, Wanted};

/// What is under way in a deployment when its chat falls silent ends within this long: a function has fifteen
/// seconds.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// Somebody writes at each look? Then it is no good moment.
const MOST_LOOKS: u32 = 6;

/// What to export, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The chat, as somebody types it: `#SMXChat`.
    pub chat: String,
    /// Where the table is.
    pub at: Table,
    /// Its name.
    pub table: String,
    /// The file; else it is called after the chat and the day, in the folder where the command runs.
    pub to: Option<PathBuf>,
    /// Whether the chat leaves.
    pub moves: bool,
    /// Whether it is done although an hour is near or something waits.
    pub anyway: bool,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

/// Exports a chat.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn run(options: &Options, now: DateTime<Utc>, out: &mut dyn Write) -> std::io::Result<Ended> {
    // A copy is read beside whoever serves the folder. Who moves out writes, and nobody else may.
    let wanted = if options.moves { Wanted::Alone } else { Wanted::Reading };
    let opened = match table::open(&options.at, &options.table, wanted).await {
        Ok(opened) => opened,
        Err(closed) => {
            writeln!(out, "{closed}\nNothing was exported.")?;
            return Ok(Ended::Unready);
        }
    };
    let ended = from(&opened, options, now, out).await;
    // What was written was acknowledged; a database that does not close well has lost none of it.
    let _ = opened.close().await;
    ended
}

/// Exports a chat from a table that is open.
///
/// # Errors
/// Where nothing can be written to `out`.
pub async fn from(
    opened: &Opened,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    let mut silent = None;
    let ended = export(opened, options, now, out, &mut silent).await;
    let trouble = match ended {
        Ok(Ended::Well) => return Ok(Ended::Well),
        // It is said what is in the way.
        Ok(_) => None,
        Err(trouble) => Some(trouble),
    };
    match trouble {
        None => {}
        Some(Trouble::Out(error)) => return Err(error),
        Some(Trouble::Table(error)) => {
            let (why, next) = (table::chain(&error), table::why_not(&options.at));
            writeln!(out, "The table {}: {why}. {next}", options.table)?;
        }
        Some(Trouble::File(path, error)) => {
            writeln!(out, "{} cannot be written: {error}.", path.display())?;
        }
        Some(Trouble::Restless(tag)) => writeln!(
            out,
            "{tag} is written to all the time, so that no two looks at it were the same. Try a quieter minute."
        )?,
    }
    match silent {
        None => writeln!(out, "Nothing was exported.")?,
        // It is in no file, so it goes on where it is.
        Some((slug, tag)) => match opened.store.stay(&slug, now).await {
            Ok(()) => writeln!(out, "Nothing was exported, and {tag} speaks here again as before.")?,
            Err(error) => writeln!(
                out,
                "No file was written, and {tag} is silent here by now ({}). Run the same again: it goes on from there.",
                table::chain(&error)
            )?,
        },
    }
    Ok(Ended::Wanting)
}

enum Trouble {
    Out(std::io::Error),
    Table(StoreError),
    File(PathBuf, std::io::Error),
    Restless(String),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Out(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Table(error)
    }
}

async fn export(
    opened: &Opened,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
    silent: &mut Option<(Slug, String)>,
) -> Result<Ended, Trouble> {
    let store = &opened.store;
    let found = super::find(store, &options.chat).await?;
    if let Some(slug) = &found
        && let Some(halfway) = store.arriving(slug).await?
    {
        // Where it moved out before, half of it is of then and half of now.
        let (what, next) = super::stopped(&halfway, &options.at, &options.table);
        writeln!(out, "{what}. {next}")?;
        return Ok(Ended::Wanting);
    }
    let found = match found {
        Some(slug) => store.gather(&slug, now).await?.map(|gathered| (slug, gathered)),
        None => None,
    };
    let Some((slug, first)) = found else {
        return unknown(opened, options, out).await;
    };
    let tag = first.settings.tag();
    if let (Some(since), false) = (first.moved, options.moves) {
        let since = gap::both(&first.settings, since, now);
        writeln!(
            out,
            "{tag} moved out on {since}: what lies here is of then, and a copy is made where it lives now. Was the file lost that it left with, and does it live nowhere else? Then this writes that file again: earshot export '{tag}' --move{}",
            super::place(&options.at, &options.table)
        )?;
        return Ok(Ended::Wanting);
    }
    let path = options.to.clone().unwrap_or_else(|| usual_name(&slug, now));
    if options.force {
        file::may_replace(&path).map_err(|error| Trouble::File(path.clone(), error))?;
    } else if file::is_there(&path) {
        writeln!(
            out,
            "{} is there already. Name another with --to, or replace it with --force.",
            path.display()
        )?;
        return Ok(Ended::Wanting);
    }
    if first.moved.is_none()
        && let Some(ended) = good_moment(opened, options, &slug, &first, now, out).await?
    {
        return Ok(ended);
    }
    if first.moved.is_none() && !unfinished(&first, options, out)? {
        return Ok(Ended::Wanting);
    }
    let halves = file::left_over(&path).map_err(|error| Trouble::File(path.clone(), error))?;
    if !halves.is_empty() {
        let names: Vec<String> =
            halves.iter().map(|half| super::quoted(&half.display().to_string())).collect();
        writeln!(
            out,
            "An export that was killed left half a file, with what people said in it. If none runs at this moment, remove it: rm {}",
            names.join(" ")
        )?;
    }
    // Begun before the chat falls silent: a folder that takes nothing is found out in time.
    let new = New::begin(&path).map_err(|error| Trouble::File(path.clone(), error))?;
    if options.moves {
        // Only one that was at home until now may be woken again: another may live elsewhere since.
        if first.moved.is_none() {
            silent.replace((slug.clone(), tag.clone()));
        }
        if !store.move_out(&slug, now).await? {
            silent.take();
        } else if !opened.alone {
            let seconds = ENDS_WITHIN.as_secs();
            writeln!(
                out,
                "{tag} is silent here from now on. Waiting {seconds} seconds for what is under way…"
            )?;
            tokio::time::sleep(ENDS_WITHIN).await;
        }
        store.hush(&slug, now).await?;
    }
    let Some(gathered) = steady(opened, &slug, now).await? else { return Err(Trouble::Restless(tag)) };
    // Meanwhile something may have come to wait, or begun.
    let waits = if options.anyway { Vec::new() } else { waiting(&gathered) };
    if !waits.is_empty() {
        refuse(&waits, options, out)?;
        return Ok(Ended::Wanting);
    }
    if !unfinished(&gathered, options, out)? {
        return Ok(Ended::Wanting);
    }
    let text = file::write(&gathered, now)?;
    new.keep(&text, options.force).map_err(|error| Trouble::File(path.clone(), error))?;
    silent.take();
    if let Some(since) = first.moved {
        let since = gap::both(&first.settings, since, now);
        writeln!(
            out,
            "It moved out before, on {since}. Is it somewhere else by now? Then this file is of before that, and must not be imported anywhere."
        )?;
    }
    told(&gathered, &path, options, now, out)?;
    Ok(Ended::Well)
}

/// Two looks one after the other with the same outcome are one moment: every row stood so between them.
async fn steady(opened: &Opened, slug: &Slug, now: DateTime<Utc>) -> Result<Option<Gathered>, Trouble> {
    let mut before: Option<Gathered> = None;
    for _ in 0..MOST_LOOKS {
        let gathered = opened.store.gather(slug, now).await?;
        let Some(gathered) = gathered else { return Err(Trouble::Table(StoreError::Conflict)) };
        if before.as_ref() == Some(&gathered) {
            return Ok(before);
        }
        before = Some(gathered);
    }
    Ok(None)
}

fn usual_name(slug: &Slug, now: DateTime<Utc>) -> PathBuf {
    PathBuf::from(format!("{slug}-{}.jsonl", now.format("%Y-%m-%d")))
}

async fn unknown(opened: &Opened, options: &Options, out: &mut dyn Write) -> Result<Ended, Trouble> {
    let lines = opened.store.all_chats().await?;
    let names: Vec<String> = lines.iter().map(|line| format!("#{}", line.hashtag)).collect();
    let names = match names.as_slice() {
        [] => "There is none here.".to_owned(),
        names => format!("Here: {}.", names.join(", ")),
    };
    writeln!(out, "There is no chat {}. {names}", options.chat)?;
    Ok(Ended::Wanting)
}

/// Says what is in the way, if anything is, and ends there unless it is to be done anyway.
async fn good_moment(
    opened: &Opened,
    options: &Options,
    slug: &Slug,
    gathered: &Gathered,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> Result<Option<Ended>, Trouble> {
    let mut reasons = Vec::new();
    if let Some(loaded) = opened.store.load(slug, now).await? {
        let hours = gap::hours(&loaded, now);
        let near = hours.iter().filter(|hour| hour.is_near(gap::MARGIN, now));
        reasons.extend(near.map(|hour| hour.words(now)));
        if reasons.is_empty() && options.moves {
            reasons.extend(due_soon(&loaded, now));
        }
    }
    reasons.extend(waiting(gathered));
    if reasons.is_empty() {
        return Ok(None);
    }
    if options.anyway {
        writeln!(out, "Going on all the same:")?;
        reasons.iter().try_for_each(|reason| writeln!(out, "  {reason}"))?;
        return Ok(None);
    }
    refuse(&reasons, options, out)?;
    Ok(Some(Ended::Wanting))
}

/// What waits to be delivered, in words.
fn waiting(gathered: &Gathered) -> Vec<String> {
    let line = |(place, n): &(Place, usize)| {
        let many = copy::sentence(&copy::count(*n, "delivery waits", "deliveries wait"));
        format!("{many} for {}.", gap::room(place))
    };
    gathered.waiting.iter().map(line).collect()
}

fn refuse(reasons: &[String], options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "Not now:")?;
    reasons.iter().try_for_each(|reason| writeln!(out, "  {reason}"))?;
    let meaning = if options.moves {
        "It would fall silent in the middle, and what waits would stay behind"
    } else {
        "What happens meanwhile would be missing in the copy"
    };
    writeln!(out, "{meaning}. Wait until it is over, or say --anyway.")
}

/// The next thing that the chat would do by itself, with its time.
fn next_due(loaded: &Loaded) -> Option<DateTime<Utc>> {
    let waiting = loaded.cues.iter().filter(|cue| cue.state == CueState::Waiting);
    waiting.map(|cue| cue.due).min()
}

fn due_soon(loaded: &Loaded, now: DateTime<Utc>) -> Option<String> {
    let due = next_due(loaded).filter(|due| *due <= now + gap::MARGIN)?;
    let settings = &loaded.settings;
    Some(format!("Something of {} falls due {}.", settings.tag(), gap::both(settings, due, now)))
}

/// Work that a host ends within minutes, and that would be torn in two. In a chat that is silent already nobody ends
/// it any more: there it may be left undone, if somebody says so.
fn unfinished(gathered: &Gathered, options: &Options, out: &mut dyn Write) -> std::io::Result<bool> {
    if gathered.unfinished.is_empty() {
        return Ok(true);
    }
    let silent = gathered.moved.is_some();
    let things = copy::count(gathered.unfinished.len(), "thing is", "things are");
    let tag = gathered.settings.tag();
    if silent && options.anyway {
        writeln!(out, "{} left undone: {}.", copy::sentence(&things), gathered.unfinished.join(", "))?;
        return Ok(true);
    }
    let next = if silent {
        "It is silent here, so nobody ends that; --anyway leaves it undone."
    } else {
        "Earshot ends that within minutes, where it runs."
    };
    writeln!(
        out,
        "Not now: {things} still being worked off in {tag} (somebody's posts are removed or let in). {next}"
    )?;
    Ok(false)
}

fn told(
    gathered: &Gathered,
    path: &Path,
    options: &Options,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let settings = &gathered.settings;
    let (tag, file) = (settings.tag(), path.display());
    let typed = super::quoted(&file.to_string());
    writeln!(
        out,
        "{tag} is in {file}: {}; {} rows.",
        super::contents(&gathered.records),
        gathered.records.len()
    )?;
    for (place, n) in &gathered.waiting {
        writeln!(
            out,
            "Not in it: {} for {}.",
            copy::count(*n, "delivery that waits", "deliveries that wait"),
            gap::room(place)
        )?;
    }
    if gathered.moved.is_none() {
        writeln!(out, "It is a copy: {tag} goes on here. To move it, export it with --move.")?;
    } else {
        let place = super::place(&options.at, &options.table);
        writeln!(out, "{tag} has moved out: here it is silent, and it speaks again where you import it.")?;
        writeln!(out, "{}", until(gathered, now))?;
        writeln!(out, "\nNext:")?;
        writeln!(
            out,
            "  1. Where it goes to: earshot import {typed} --data DIR (in AWS: --table NAME in place of --data DIR)"
        )?;
        writeln!(out, "  2. {}", addresses(settings))?;
        writeln!(out, "  3. There: earshot doctor --data DIR (in AWS: EARSHOT_TABLE=NAME earshot doctor)")?;
        writeln!(
            out,
            "To have it back here: earshot import {typed}{place}. It must be imported in one place only."
        )?;
        if options.moves {
            writeln!(
                out,
                "What was said stays in this table until you remove it, once all is well elsewhere: earshot forget '{tag}'{place}"
            )?;
        }
    }
    writeln!(
        out,
        "\nThe file holds names and what people said. Keep it for yourself, and delete it once it is imported (docs/EXPORT.md)."
    )
}

/// Until when nobody misses the chat.
fn until(gathered: &Gathered, now: DateTime<Utc>) -> String {
    let settings = &gathered.settings;
    match file::next_due(&gathered.records) {
        Some(due) if due > now => {
            format!("Nothing of it falls due before {}: import it by then.", gap::both(settings, due, now))
        }
        Some(_) => "Something of it is due already: import it now.".to_owned(),
        None => "Nothing of it is planned.".to_owned(),
    }
}

/// Where the platforms must be told that it lives elsewhere.
fn addresses(settings: &Settings) -> String {
    let mut all: Vec<&str> = vec!["earshot setup slack"];
    let on = |platform| settings.on(platform).next().is_some();
    if on(Platform::Discord) {
        all.push("earshot setup discord");
    }
    if on(Platform::X) {
        all.push("earshot setup x");
    }
    format!("Send the platforms there, unless they go there already: {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_file_is_called_after_its_chat_and_the_day() {
        let slug: Slug = "smxchat".parse().expect("a slug");
        let now =
            DateTime::<Utc>::from_timestamp(1_795_550_400, 0).expect("an instant") + TimeDelta::hours(1);
        assert_eq!(usual_name(&slug, now), PathBuf::from("smxchat-2026-11-24.jsonl"));
    }
}

//! `earshot may-deploy`: whether this is a good moment to change a deployment, and when the next one is.
//!
//! A deploy in the middle of an hour rarely harms it: what is under way ends, and what was not done is found in the
//! table. But a new version may fail to start, and then an hour is a bad time to find out.

use std::io::Write;

use chat::agenda::{Episode, State};
use chat::copy;
use chat::name::{Place, Platform};
use chat::settings::Settings;
use chrono::{DateTime, TimeDelta, Utc};
use host::moving::{Loaded, Store, StoreError, Unsaid};

use crate::doctor::Table;
use crate::setup::Ended;
use crate::table;

/// What is left free before an hour, unless another margin is asked for.
pub const MARGIN: TimeDelta = TimeDelta::minutes(15);

/// An hour of a chat that is to come or under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    /// The chat.
    pub settings: Settings,
    /// When it opens or opened.
    pub opens: DateTime<Utc>,
    /// When it closes.
    pub closes: DateTime<Utc>,
    /// Whether it is under way.
    pub open: bool,
}

impl Hour {
    /// From when on nobody should disturb it.
    fn from(&self, margin: TimeDelta) -> DateTime<Utc> {
        if self.open { DateTime::<Utc>::MIN_UTC } else { self.opens - margin }
    }

    /// Whether it is under way, or opens within the margin.
    pub fn is_near(&self, margin: TimeDelta, now: DateTime<Utc>) -> bool {
        self.from(margin) <= now
    }

    /// What is said of it where it is in the way.
    pub fn words(&self, now: DateTime<Utc>) -> String {
        let (tag, closes) = (self.settings.tag(), both(&self.settings, self.closes, now));
        match self.open {
            true if self.closes <= now => format!("{tag} is open; it was to close {closes}."),
            true => format!("{tag} is open until {closes}."),
            false if self.opens <= now => format!("{tag} was to open already, and lasts until {closes}."),
            false => {
                format!("{tag} opens {}, and lasts until {closes}.", both(&self.settings, self.opens, now))
            }
        }
    }
}

/// "Tue 24 Nov, 21:00 London (21:00 UTC)".
pub(crate) fn both(settings: &Settings, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ({} UTC)", copy::long_local(settings, at, now), at.format("%H:%M"))
}

/// The hours of a chat that are under way or ahead, by start.
pub fn hours(loaded: &Loaded, now: DateTime<Utc>) -> Vec<Hour> {
    let is_to_be = |episode: &&Episode| match episode.state {
        State::Open | State::Paused { .. } => true,
        // One that nobody opened in its time is not opened any more.
        State::Planned => episode.ends() > now && !loaded.settings.retired,
        State::Closed { .. } | State::Cancelled => false,
    };
    let hour = |episode: &Episode| Hour {
        settings: loaded.settings.clone(),
        opens: episode.starts,
        closes: episode.ends(),
        open: episode.is_live(),
    };
    loaded.episodes.iter().filter(is_to_be).map(hour).collect()
}

/// How a moment looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Hours that are in the way, by their close.
    pub near: Vec<Hour>,
    /// Announcements that wait.
    pub unsaid: Vec<(String, Unsaid)>,
    /// The hour after which the next gap begins, where hours are in the way: its close is the moment.
    pub gap: Option<Hour>,
    /// The first hour that is not in the way.
    pub next: Option<Hour>,
}

impl Moment {
    /// Whether a deployment may be changed now.
    pub fn is_good(&self) -> bool {
        self.near.is_empty() && self.unsaid.is_empty()
    }
}

/// Looks at every chat of a deployment.
///
/// # Errors
/// Where the table does not answer.
pub async fn look(store: &Store, margin: TimeDelta, now: DateTime<Utc>) -> Result<Moment, StoreError> {
    let mut all: Vec<Hour> = Vec::new();
    let lines = store.all_chats().await?;
    for line in &lines {
        if let Some(loaded) = store.load(&line.slug, now).await? {
            all.extend(hours(&loaded, now));
        }
    }
    let mut unsaid = Vec::new();
    for one in store.unsaid().await? {
        // What is to be said much later is not waited for.
        if one.not_before.is_none_or(|at| at <= now + margin) {
            let line = lines.iter().find(|line| line.slug == one.slug);
            let tag = line.map_or_else(|| one.slug.to_string(), |line| format!("#{}", line.hashtag));
            unsaid.push((tag, one));
        }
    }
    all.sort_by_key(|hour| (hour.opens, hour.closes));
    let (mut near, later): (Vec<Hour>, Vec<Hour>) =
        all.into_iter().partition(|hour| hour.is_near(margin, now));
    near.sort_by_key(|hour| hour.closes);
    // Hours that follow each other too closely leave no gap between them.
    let mut gap = near.last().cloned();
    let mut next = None;
    for hour in later {
        match &gap {
            Some(last) if hour.from(margin) <= last.closes.max(now) => {
                if hour.closes > last.closes {
                    gap = Some(hour);
                }
            }
            _ => {
                next = Some(hour);
                break;
            }
        }
    }
    Ok(Moment { near, unsaid, gap, next })
}

/// What to look at.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the table is.
    pub at: Table,
    /// Its name.
    pub table: String,
    /// What is left free before an hour.
    pub margin: TimeDelta,
}

/// Looks, and says whether this is a good moment: one line if it is.
///
/// # Errors
/// Where nothing can be written.
pub async fn run(options: &Options, now: DateTime<Utc>, out: &mut dyn Write) -> std::io::Result<Ended> {
    let opened = match table::open(&options.at, &options.table, table::Wanted::Reading).await {
        Ok(opened) => opened,
        Err(closed) => {
            writeln!(out, "{closed}")?;
            return Ok(Ended::Unready);
        }
    };
    let looked = look(&opened.store, options.margin, now).await;
    // It was only read from, so nothing is lost with an error.
    let _ = opened.close().await;
    match looked {
        Ok(moment) => say(&moment, options.margin, now, out),
        Err(error) => {
            let (why, next) = (table::chain(&error), table::why_not(&options.at));
            writeln!(out, "The table {} does not answer: {why}. {next}", options.table)?;
            Ok(Ended::Unready)
        }
    }
}

/// Says how a moment looks.
///
/// # Errors
/// Where nothing can be written.
pub fn say(
    moment: &Moment,
    margin: TimeDelta,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    let free = copy::span(margin);
    if moment.is_good() {
        let next = moment.next.as_ref().map_or_else(
            || "No hour is planned.".to_owned(),
            |next| format!("Next: {}, {}.", next.settings.tag(), both(&next.settings, next.opens, now)),
        );
        let within = if margin.is_zero() { String::new() } else { format!(" or opens within {free}") };
        writeln!(out, "A good moment: no hour is open{within}, and nothing waits to be said. {next}")?;
        return Ok(Ended::Well);
    }
    writeln!(out, "Not now:")?;
    for hour in &moment.near {
        writeln!(out, "  {}", hour.words(now))?;
    }
    for (tag, unsaid) in &moment.unsaid {
        writeln!(out, "  Something of {tag} waits to be said in {}.", room(&unsaid.place))?;
    }
    match &moment.gap {
        Some(last) if last.closes > now => {
            let (begins, tag) = (both(&last.settings, last.closes, now), last.settings.tag());
            let ends = moment.next.as_ref().map_or_else(String::new, |next| {
                let (tag, ends) = (next.settings.tag(), both(&next.settings, next.opens - margin, now));
                if margin.is_zero() {
                    format!(" It ends with the opening of {tag}, {ends}.")
                } else {
                    format!(" It ends {free} before {tag}, {ends}.")
                }
            });
            writeln!(out, "The next gap begins {begins}, when {tag} closes.{ends}")?;
        }
        Some(_) => {
            writeln!(out, "The next gap begins when it has closed: within a minute, if the clock ticks.")?
        }
        None => writeln!(
            out,
            "What waits is mostly said within a minute. If it stays, earshot doctor says what keeps it."
        )?,
    }
    Ok(Ended::Wanting)
}

/// A place as its platform calls it.
pub(crate) fn room(place: &Place) -> String {
    match place.platform {
        Platform::Slack => format!("Slack, channel {}", place.channel),
        Platform::Discord => format!("Discord, channel {}", place.channel),
        Platform::X => "X".to_owned(),
    }
}

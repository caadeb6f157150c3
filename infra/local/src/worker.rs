//! What AWS's scheduler and queues do for the Lambdas, for one process: ticks, cues and doorbells.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use host::{Bell, Host, Local, Queues};
use tokio::task::JoinSet;

/// How often it ticks: with the machine's clock like the scheduler's minute, thrice; faster where the
/// chat's clock runs faster.
fn between_ticks(host: &Host) -> Duration {
    if host.clocks().chat.is_moved() { Duration::from_secs(1) } else { Duration::from_secs(20) }
}

/// Reads a bell that was rung in this process and does what it says.
///
/// # Errors
/// Where the table could not be read or written, or the bell is not ours.
pub async fn answer(host: &Host, bell: &Bell) -> Result<(), host::HostError> {
    match bell {
        Bell::Cue { id, rev, due } => {
            let cue = id.parse().map_err(|_| host::HostError::NotOurs(id.clone()))?;
            let due =
                DateTime::from_timestamp_millis(*due).ok_or_else(|| host::HostError::NotOurs(id.clone()))?;
            Ok(host.fire(&cue, *rev, due).await?)
        }
        Bell::Poll { slot } => {
            let slot = DateTime::from_timestamp_millis(*slot)
                .ok_or_else(|| host::HostError::NotOurs(format!("a search at {slot}")))?;
            Ok(host.poll(slot).await?)
        }
        Bell::Ring { place } => {
            let to = place.parse().map_err(|_| host::HostError::NotOurs(place.clone()))?;
            Ok(host.deliver(&to).await?)
        }
        Bell::Erase { chat, person } => {
            let slug = chat.parse().map_err(|_| host::HostError::NotOurs(chat.clone()))?;
            let person = person.parse().map_err(|_| host::HostError::NotOurs(person.clone()))?;
            Ok(host.erase(&slug, &person).await?)
        }
        Bell::Unquote { post, chat } => {
            let gone = Bell::to_unquote(post, chat.as_deref())
                .ok_or_else(|| host::HostError::NotOurs(format!("{post} in {chat:?}")))?;
            Ok(host.unquote(&gone).await?)
        }
        Bell::LetIn { chat, person } => {
            let slug = chat.parse().map_err(|_| host::HostError::NotOurs(chat.clone()))?;
            let person = person.parse().map_err(|_| host::HostError::NotOurs(person.clone()))?;
            Ok(host.let_in(&slug, &person).await?)
        }
        Bell::CatchUp { episode } => {
            let id = episode.parse().map_err(|_| host::HostError::NotOurs(episode.clone()))?;
            Ok(host.catch_up(&id).await?)
        }
        Bell::Desk { episode, at } => {
            let id = episode.parse().map_err(|_| host::HostError::NotOurs(episode.clone()))?;
            let at = DateTime::from_timestamp_millis(*at)
                .ok_or_else(|| host::HostError::NotOurs(format!("a look at {at}")))?;
            Ok(host.desk(&id, at).await?)
        }
        Bell::Home { person, opened, at } => {
            let not_ours = || host::HostError::NotOurs(format!("the home of {person} at {at}"));
            let instant = |ms: &i64| DateTime::from_timestamp_millis(*ms).ok_or_else(not_ours);
            let whose = person.parse().map_err(|_| not_ours())?;
            Ok(host.home(&whose, instant(opened)?, instant(at)?).await?)
        }
    }
}

/// Works until it is dropped. One worker a destination, like a FIFO queue's groups; cues side by side.
pub async fn work(host: Host) {
    let Queues::Local(queue) = host.queues().clone() else { return };
    let mut running: JoinSet<Bell> = JoinSet::new();
    let mut rings: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let mut busy: HashSet<String> = HashSet::new();
    let mut cues: HashSet<Bell> = HashSet::new();
    let mut ticks = tokio::time::interval(between_ticks(&host));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let next = next_ring(&rings, &busy);
        tokio::select! {
            _ = ticks.tick() => {
                if let Err(error) = host.tick().await {
                    tracing::error!(error = host::causes(&error), "a tick failed; the next comes soon");
                }
            }
            () = queue.news() => {}
            () = until(next) => {}
            Some(done) = running.join_next(), if !running.is_empty() => {
                match done {
                    Ok(Bell::Ring { place }) => { busy.remove(&place); }
                    Ok(cue) => { cues.remove(&cue); }
                    // A panic stops its own message only; what it left behind is swept.
                    Err(error) => {
                        tracing::error!(%error, "a worker panicked");
                        busy.clear();
                    }
                }
            }
        }
        take(&queue, &host, &mut rings, &mut cues, &mut running);
        let now = host.clocks().real.now();
        let due: Vec<String> = rings
            .iter()
            .filter(|(p, at)| **at <= now && !busy.contains(*p))
            .map(|(p, _)| p.clone())
            .collect();
        for place in due {
            rings.remove(&place);
            busy.insert(place.clone());
            start(&host, Bell::Ring { place }, &mut running);
        }
    }
}

fn take(
    queue: &Local,
    host: &Host,
    rings: &mut BTreeMap<String, DateTime<Utc>>,
    cues: &mut HashSet<Bell>,
    running: &mut JoinSet<Bell>,
) {
    for rung in queue.take() {
        match rung.bell {
            Bell::Ring { place } => {
                let at = rings.entry(place).or_insert(rung.at);
                *at = (*at).min(rung.at);
            }
            // A cue waits for its own moment, by the chat's clock, which may be moved meanwhile; what takes
            // many pages begins at once.
            cue => {
                if cues.insert(cue.clone()) {
                    start(host, cue, running);
                }
            }
        }
    }
}

fn start(host: &Host, bell: Bell, running: &mut JoinSet<Bell>) {
    let host = host.clone();
    running.spawn(async move {
        if let Err(error) = answer(&host, &bell).await {
            tracing::error!(error = host::causes(&error), "left to the sweep");
        }
        bell
    });
}

fn next_ring(rings: &BTreeMap<String, DateTime<Utc>>, busy: &HashSet<String>) -> Option<DateTime<Utc>> {
    rings.iter().filter(|(place, _)| !busy.contains(*place)).map(|(_, at)| *at).min()
}

async fn until(at: Option<DateTime<Utc>>) {
    let wait = at.map_or(TimeDelta::hours(1), |at| at - Utc::now());
    tokio::time::sleep(wait.to_std().unwrap_or_default()).await;
}

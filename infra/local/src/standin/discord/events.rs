//! Scheduled events of a server.
//! <https://docs.discord.com/developers/resources/guild-scheduled-event>

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::{Value, json};

use super::Inner;
use super::checks::within;
use super::refused::{MISSING_PERMISSIONS, NOT_FOUND, Refused, UNKNOWN_EVENT, UNKNOWN_GUILD, refused};
use crate::standin::{Reply, lock, str_of};

/// So many may be scheduled or under way in one server.
const MOST: usize = 100;

const SCHEDULED: u64 = 1;
const ACTIVE: u64 = 2;
const COMPLETED: u64 = 3;
const CANCELED: u64 = 4;

/// An event as a server's list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// A snowflake.
    pub id: String,
    /// Its server.
    pub guild: String,
    /// Its name.
    pub name: String,
    /// What stands under it.
    pub description: String,
    /// Where it takes place.
    pub location: String,
    /// When it begins.
    pub starts: DateTime<Utc>,
    /// And ends.
    pub ends: DateTime<Utc>,
    /// 1 scheduled, 2 active, 3 completed, 4 cancelled.
    pub status: u64,
}

fn instant(body: &Value, key: &str) -> Result<Option<DateTime<Utc>>, Refused> {
    match body.get(key).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            let read = value.as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
            let why = "Could not parse. Should be ISO8601.";
            read.map(|at| Some(at.to_utc())).ok_or_else(|| Refused::form(key, "DATE_TIME_TYPE_PARSE", why))
        }
    }
}

fn required(key: &str) -> Refused {
    Refused::form(key, "BASE_TYPE_REQUIRED", "This field is required")
}

impl Scheduled {
    /// External events begin and end by the clock.
    fn at(&self, now: DateTime<Utc>) -> Scheduled {
        let status = match self.status {
            SCHEDULED | ACTIVE if self.ends <= now => COMPLETED,
            SCHEDULED if self.starts <= now => ACTIVE,
            other => other,
        };
        Scheduled { status, ..self.clone() }
    }

    fn is_listed(&self) -> bool {
        matches!(self.status, SCHEDULED | ACTIVE)
    }
}

impl Inner {
    fn event_object(&self, event: &Scheduled) -> Value {
        let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, false);
        json!({
            "id": event.id, "guild_id": event.guild, "channel_id": null, "creator_id": self.config.bot.id,
            "name": event.name, "description": event.description, "scheduled_start_time": at(event.starts),
            "scheduled_end_time": at(event.ends), "privacy_level": 2, "status": event.status, "entity_type": 3,
            "entity_id": null, "recurrence_rule": null, "guild_scheduled_event_exceptions": [],
            "entity_metadata": {"location": event.location},
        })
    }

    /// The events of a server, whatever came of them, in the order in which they were made.
    pub(super) fn scheduled(&self, guild: &str) -> Vec<Scheduled> {
        let now = self.room.chat_now();
        let state = lock(&self.state);
        state.events.iter().filter(|event| event.guild == guild).map(|event| event.at(now)).collect()
    }

    pub(super) fn scheduled_events(
        &self,
        method: &Method,
        guild: &str,
        rest: &[&str],
        body: &Value,
    ) -> Result<Reply, Refused> {
        if !self.config.guilds.iter().any(|(id, _)| id == guild) {
            return Err(UNKNOWN_GUILD);
        }
        let listed: Vec<Scheduled> = self.scheduled(guild).into_iter().filter(Scheduled::is_listed).collect();
        let found = |id: &str| listed.iter().find(|event| event.id == id).cloned().ok_or(UNKNOWN_EVENT);
        if *method != Method::GET && lock(&self.state).no_events {
            return Err(MISSING_PERMISSIONS);
        }
        match (method.as_str(), rest) {
            ("GET", []) => {
                Ok(Reply::json(200, listed.iter().map(|event| self.event_object(event)).collect()))
            }
            ("GET", [id]) => Ok(Reply::json(200, self.event_object(&found(id)?))),
            ("POST", []) => {
                if listed.len() >= MOST {
                    return Err(refused(
                        400,
                        30038,
                        "Maximum number of uncompleted guild scheduled events reached (100)",
                    ));
                }
                Ok(Reply::json(200, self.create_event(guild, body)?))
            }
            ("PATCH", [id]) => Ok(Reply::json(200, self.change_event(found(id)?, body)?)),
            ("DELETE", [id]) => {
                found(id)?;
                lock(&self.state).events.retain(|event| event.id != *id);
                Ok(Reply::nothing(204))
            }
            _ => Err(NOT_FOUND),
        }
    }

    fn create_event(&self, guild: &str, body: &Value) -> Result<Value, Refused> {
        if body["entity_type"].as_u64() != Some(3) || body["privacy_level"].as_u64() != Some(2) {
            let why = "This stand-in knows external events, seen in their server only.";
            return Err(Refused::form("entity_type", "BASE_TYPE_CHOICES", why));
        }
        let event = Scheduled {
            id: self.fresh_id(),
            guild: guild.to_owned(),
            name: str_of(body, "name").to_owned(),
            description: str_of(body, "description").to_owned(),
            location: str_of(&body["entity_metadata"], "location").to_owned(),
            starts: instant(body, "scheduled_start_time")?.ok_or_else(|| required("scheduled_start_time"))?,
            // What takes place elsewhere says when it ends.
            ends: instant(body, "scheduled_end_time")?.ok_or_else(|| required("scheduled_end_time"))?,
            status: SCHEDULED,
        };
        self.check_event(&event)?;
        if event.starts <= self.room.chat_now() {
            let why = "Cannot schedule event in the past.";
            return Err(Refused::form("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", why));
        }
        lock(&self.state).events.push(event.clone());
        Ok(self.event_object(&event))
    }

    fn check_event(&self, event: &Scheduled) -> Result<(), Refused> {
        within(&event.name, 1, 100, "name")?;
        within(&event.description, 0, 1000, "description")?;
        within(&event.location, 1, 100, "entity_metadata.location")?;
        if event.ends <= event.starts {
            let why = "Cannot set the end before the start.";
            return Err(Refused::form("scheduled_end_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_END", why));
        }
        Ok(())
    }

    fn change_event(&self, mut event: Scheduled, body: &Value) -> Result<Value, Refused> {
        let now = self.room.chat_now();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(starts) = instant(body, "scheduled_start_time")?.filter(|at| *at != event.starts) {
            if event.status != SCHEDULED || starts <= now {
                let why = "Cannot change when it begins.";
                return Err(Refused::form(
                    "scheduled_start_time",
                    "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST",
                    why,
                ));
            }
            event.starts = starts;
        }
        if let Some(ends) = instant(body, "scheduled_end_time")? {
            event.ends = ends;
        }
        event.name = text("name").unwrap_or(event.name);
        event.description = text("description").unwrap_or(event.description);
        event.location = body["entity_metadata"]["location"].as_str().map_or(event.location, str::to_owned);
        self.check_event(&event)?;
        if let Some(status) = body.get("status").and_then(Value::as_u64) {
            // Scheduled becomes active or cancelled, active becomes completed; nothing comes back.
            let may = matches!((event.status, status), (SCHEDULED, ACTIVE | CANCELED) | (ACTIVE, COMPLETED));
            if !may {
                let why = "Invalid status transition.";
                return Err(Refused::form("status", "TRANSITION_STATUS_INVALID", why));
            }
            event.status = status;
        }
        let mut state = lock(&self.state);
        if let Some(known) = state.events.iter_mut().find(|known| known.id == event.id) {
            *known = event.clone();
        }
        drop(state);
        Ok(self.event_object(&event))
    }
}

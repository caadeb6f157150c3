//! One call to one platform, and what it came to.

use std::time::Duration;

use chat::cue::{CueId, Kind};
use chat::delivery::{Delivery, Room, Untaken, Work};
use chat::name::{DeliveryId, Platform};
use chat::text::Message;
use outbound::{Reason, Scope, SendError};
use sha2::{Digest, Sha256};
use store::{External, MessageRow, NewDelivery, Opened, Standing, StoreError, Waiting};

use crate::Host;

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Came {
    /// It is there.
    Sent {
        /// How the platform calls it; empty where it has no name. In a Discord thread `thread:id`.
        external: String,
        /// The room that came to be with it.
        room: Option<Opened>,
        /// How long the platform asks us to wait before the next call.
        pause: Option<Duration>,
    },
    /// Nothing was accepted; again after this long.
    Later { after: Duration, scope: Scope, why: String },
    /// Nothing was called: what it is about is not there yet.
    NotYet(&'static str),
    /// It will not be accepted.
    Refused { reason: Option<Reason>, why: String },
    /// It may have been accepted.
    Doubt(String),
}

impl Came {
    pub(crate) fn sent(external: impl Into<String>) -> Came {
        Came::Sent { external: external.into(), room: None, pause: None }
    }

    fn refused(why: impl Into<String>) -> Came {
        Came::Refused { reason: None, why: why.into() }
    }
}

impl From<SendError> for Came {
    fn from(error: SendError) -> Came {
        match error {
            SendError::RetryAfter { after, scope, why } => Came::Later { after, scope, why },
            SendError::Unknown { why } => Came::Doubt(why),
            SendError::Rejected(rejection) => {
                // The platform's own words are for the log; organisers read ours.
                tracing::warn!(%rejection, "refused");
                let why = chat::copy::reply::untaken(untaken(rejection.reason)).to_owned();
                Came::Refused { reason: Some(rejection.reason), why }
            }
        }
    }
}

pub(crate) fn untaken(reason: Reason) -> Untaken {
    match reason {
        Reason::TokenInvalid => Untaken::Key,
        Reason::ChannelGone | Reason::NotFound => Untaken::Gone,
        Reason::NoPermission => Untaken::NotAllowed,
        Reason::Archived => Untaken::Archived,
        Reason::TooLong => Untaken::TooLong,
        Reason::BadPayload => Untaken::Malformed,
        Reason::Duplicate => Untaken::Duplicate,
        Reason::Blocked => Untaken::Blocked,
        Reason::NoCredit => Untaken::Unpaid,
        Reason::Expired | Reason::Other => Untaken::Other,
    }
}

/// Whether everything else that is sent there will be refused likewise, until somebody does something.
pub(crate) fn is_lasting(reason: Reason) -> bool {
    match reason {
        Reason::TokenInvalid
        | Reason::ChannelGone
        | Reason::NoPermission
        | Reason::Archived
        | Reason::NoCredit => true,
        Reason::TooLong
        | Reason::BadPayload
        | Reason::Duplicate
        | Reason::Blocked
        | Reason::NotFound
        | Reason::Expired
        | Reason::Other => false,
    }
}

/// Whether a refusal is about us and not about where it was said: another place would refuse it likewise.
pub(crate) fn is_ours(reason: Reason) -> bool {
    matches!(reason, Reason::TokenInvalid | Reason::NoCredit)
}

/// Whether a refusal of something said in a thread means that this thread cannot be written into any more,
/// while the channel may be. Discord's "not found" is about the message's nonce, Slack's about the thread.
pub(crate) fn is_thread_gone(platform: Platform, reason: Reason) -> bool {
    match platform {
        Platform::Slack => reason == Reason::NotFound,
        Platform::Discord => {
            // Threads have a permission of their own (SEND_MESSAGES_IN_THREADS).
            matches!(reason, Reason::ChannelGone | Reason::Archived | Reason::NoPermission)
        }
        Platform::X => false,
    }
}

/// Whether a refusal of a change means that what was to be changed is not there any more. Slack calls a
/// channel gone that it only does not show us, so what stands there may still stand.
pub(crate) fn is_gone(platform: Platform, reason: Reason) -> bool {
    reason == Reason::NotFound || (platform == Platform::Discord && reason == Reason::ChannelGone)
}

/// Slack's names for a message that may not be removed, although it may be changed.
const KEPT_BY_SLACK: [&str; 2] = ["cant_delete_message", "compliance_exports_prevent_deletion"];

/// A delivery with what it will say, rendered in its platform's own form.
pub(crate) fn prepared(delivery: Delivery) -> NewDelivery {
    let platform = delivery.to.platform;
    let (payload, heard) = match &delivery.work {
        Work::Announce(message) => {
            let heard = (platform == Platform::X).then(|| said(&wire::x::text(message)));
            (Some(rendered(platform, message)), heard)
        }
        Work::Edit { message, .. } => (Some(rendered(platform, message)), None),
        Work::Post(_)
        | Work::Thread { .. }
        | Work::Recard { .. }
        | Work::Remove { .. }
        | Work::Role { .. }
        | Work::Remind { .. }
        | Work::Event { .. }
        | Work::Greet { .. }
        | Work::HandOver { .. }
        | Work::Desk(_) => (None, None),
    };
    NewDelivery { delivery, payload, said: heard, look_at: None }
}

fn rendered(platform: Platform, message: &Message) -> String {
    match platform {
        Platform::X => serde_json::Value::String(wire::x::text(message)).to_string(),
        Platform::Slack => wire::slack::message(message).to_string(),
        Platform::Discord => wire::discord::message(message).to_string(),
    }
}

/// The words for X, as they were rendered. Anything else than a text was not written by us, and is not
/// posted for all to see.
fn x_text(payload: &str) -> Option<String> {
    serde_json::from_str(payload).ok()
}

/// A text by its letters and digits only: X gives it back with other spaces, and links of its own.
pub(crate) fn said(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    hex::encode(Sha256::digest(letters))
}

/// A message's mark: its nonce on Discord, its metadata on Slack. Derived from what it carries, at most
/// 25 characters.
pub(crate) fn mark<'a>(deliveries: impl Iterator<Item = &'a DeliveryId>) -> String {
    let mut hash = Sha256::new();
    for delivery in deliveries {
        hash.update(delivery.0.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(&hash.finalize()[..12])
}

/// The cue that a delivery announces, if it does.
fn cue_of(delivery: &Delivery) -> Option<CueId> {
    let what = delivery.id.0.strip_suffix(&format!(">{}", delivery.to))?;
    what.strip_suffix("/thread").unwrap_or(what).parse().ok()
}

fn room_of(cue: &CueId) -> Option<Room> {
    match cue.kind {
        Kind::Open => Some(Room::Opening(cue.episode.clone())),
        Kind::Question(id) => Some(Room::Question(cue.episode.clone(), id)),
        _ => None,
    }
}

/// What replies to an announcement belong to.
pub(crate) fn external_of(waiting: &Waiting) -> Option<External> {
    let delivery = &waiting.delivery;
    if delivery.to.platform != Platform::X || !matches!(delivery.work, Work::Announce(_)) {
        return None;
    }
    let cue = cue_of(delivery);
    let question = cue.as_ref().and_then(|cue| match cue.kind {
        Kind::Question(id) => Some(id),
        _ => None,
    });
    Some(External {
        delivery: delivery.id.clone(),
        slug: waiting.slug.clone(),
        episode: cue.map(|cue| cue.episode),
        question,
    })
}

/// Where a message stands: in a thread, or in the channel itself.
pub(crate) fn address<'a>(channel: &'a str, external: &'a str) -> (&'a str, &'a str) {
    external.split_once(':').unwrap_or((channel, external))
}

impl Host {
    /// The thread that an announcement opens by standing there, where the platform works that way.
    pub(crate) fn opened_by(&self, waiting: &Waiting, external: &str) -> Option<Opened> {
        let slack = waiting.delivery.to.platform == Platform::Slack;
        let announces = matches!(waiting.delivery.work, Work::Announce(_));
        let room = cue_of(&waiting.delivery).as_ref().and_then(room_of)?;
        (slack && announces).then(|| Opened { room, thread: external.to_owned(), ready: true })
    }

    /// Says something new: an announcement or cards, in the channel or in a thread.
    pub(crate) async fn say(
        &self,
        waiting: &Waiting,
        thread: Option<&str>,
        payload: &str,
        mark: &str,
    ) -> Came {
        let delivery = &waiting.delivery;
        let channel = delivery.to.channel.as_str();
        match delivery.to.platform {
            Platform::Slack => {
                let Some(slack) = &self.slack else { return Came::refused("Slack is off") };
                match slack.post_message(channel, thread, payload, mark).await {
                    Ok(posted) => Came::Sent {
                        room: self.opened_by(waiting, &posted.id),
                        external: posted.id,
                        // Slack names no pace; it takes about one message a second and channel.
                        pause: Some(Duration::from_secs(1)),
                    },
                    Err(error) => error.into(),
                }
            }
            Platform::Discord => {
                let Some(discord) = &self.discord else { return Came::refused("Discord is off") };
                match discord.create_message(thread.unwrap_or(channel), payload, mark).await {
                    Ok(posted) => Came::Sent {
                        external: match thread {
                            Some(thread) => format!("{thread}:{}", posted.id),
                            None => posted.id,
                        },
                        room: None,
                        pause: posted.pace.filter(|p| p.remaining == 0).map(|p| p.reset_after),
                    },
                    Err(error) => error.into(),
                }
            }
            Platform::X => {
                let Some(x) = &self.x else { return Came::refused("X is off") };
                let Some(text) = x_text(payload) else { return Came::refused("its words cannot be read") };
                match x.create_post(&text, None, mark, self.clocks.real.now()).await {
                    Ok(posted) => Came::Sent {
                        external: posted.id,
                        room: None,
                        pause: posted.pace.filter(|p| p.remaining == 0).map(|p| p.reset_after),
                    },
                    Err(error) => error.into(),
                }
            }
        }
    }

    /// Looks whether a message with this mark is there already, since it was first tried.
    pub(crate) async fn find(
        &self,
        waiting: &Waiting,
        thread: Option<&str>,
        message: Option<&MessageRow>,
    ) -> Result<Option<String>, SendError> {
        let delivery = &waiting.delivery;
        let channel = delivery.to.channel.as_str();
        let mark = waiting.mark.as_deref().unwrap_or_default();
        let payload = message.and_then(|m| m.payload.clone()).or_else(|| waiting.payload.clone());
        let payload = payload.unwrap_or_default();
        // By the chat's clock, which the platforms share (a rehearsal's stand-ins too): nothing was said
        // before its own source time. Clocks may differ by a little.
        let since = delivery.at - chrono::TimeDelta::seconds(30);
        match delivery.to.platform {
            Platform::Slack => match &self.slack {
                Some(slack) => slack.find_message(channel, thread, mark, since).await,
                None => Ok(None),
            },
            Platform::Discord => match &self.discord {
                Some(discord) => {
                    let at = thread.unwrap_or(channel);
                    let found = discord.find_message(at, &payload, mark, since).await?;
                    Ok(found.map(|id| thread.map_or_else(|| id.clone(), |t| format!("{t}:{id}"))))
                }
                None => Ok(None),
            },
            Platform::X => match &self.x {
                Some(x) => match x_text(&payload) {
                    Some(text) => x.find_own(&text, since, self.clocks.real.now()).await,
                    None => Ok(None),
                },
                None => Ok(None),
            },
        }
    }

    /// Makes a Discord thread under an announcement.
    pub(crate) async fn start_thread(
        &self,
        waiting: &Waiting,
        under: &DeliveryId,
        name: &str,
    ) -> Result<Came, StoreError> {
        let Some(discord) = &self.discord else { return Ok(Came::refused("Discord is off")) };
        let parent = match self.store.delivery(under).await?.map(|row| row.standing) {
            Some(Standing::Sent { external }) => external,
            Some(Standing::Waiting) => return Ok(Came::NotYet("its announcement is not there yet")),
            Some(Standing::Failed { .. }) | None => {
                return Ok(Came::refused("its announcement was not posted"));
            }
        };
        let (channel, message) = address(&waiting.delivery.to.channel, &parent);
        Ok(match discord.start_thread(channel, message, name).await {
            Ok(thread) => {
                let room = cue_of(&waiting.delivery).as_ref().and_then(room_of);
                let opened = room.map(|room| Opened { room, thread: thread.clone(), ready: true });
                Came::Sent { external: thread, room: opened, pause: None }
            }
            Err(error) => error.into(),
        })
    }

    /// Changes what a delivery said.
    pub(crate) async fn edit(
        &self,
        waiting: &Waiting,
        of: &DeliveryId,
        payload: &str,
    ) -> Result<Came, StoreError> {
        let (external, mark) = match self.standing(of).await? {
            Ok(found) => found,
            Err(came) => return Ok(came),
        };
        Ok(self.edit_message(waiting, &external, payload, &mark).await)
    }

    pub(crate) async fn edit_message(
        &self,
        waiting: &Waiting,
        external: &str,
        payload: &str,
        mark: &str,
    ) -> Came {
        let to = &waiting.delivery.to;
        let (channel, id) = address(&to.channel, external);
        match to.platform {
            Platform::Slack => match &self.slack {
                Some(slack) => match slack.update_message(channel, id, payload, mark).await {
                    Ok(()) => Came::sent(external),
                    Err(error) => error.into(),
                },
                None => Came::refused("Slack is off"),
            },
            Platform::Discord => match &self.discord {
                Some(discord) => match discord.edit_message(channel, id, payload).await {
                    Ok(pace) => Came::Sent {
                        external: external.to_owned(),
                        room: None,
                        pause: pace.filter(|p| p.remaining == 0).map(|p| p.reset_after),
                    },
                    Err(error) => error.into(),
                },
                None => Came::refused("Discord is off"),
            },
            Platform::X => Came::refused("X lets us edit nothing"),
        }
    }

    /// Takes a whole message back.
    pub(crate) async fn unsay(&self, waiting: &Waiting, external: &str) -> Came {
        let to = &waiting.delivery.to;
        let (channel, id) = address(&to.channel, external);
        match to.platform {
            Platform::Slack => match &self.slack {
                Some(slack) => match slack.delete_message(channel, id).await {
                    Ok(()) => Came::sent(""),
                    // Seen in July 2025 for weeks (slackapi/python-slack-sdk#1717): the words go all the same.
                    Err(SendError::Rejected(refusal)) if KEPT_BY_SLACK.contains(&refusal.code.as_str()) => {
                        tracing::warn!(%refusal, "emptied instead");
                        let message = Message::new(chat::copy::reply::removed_card());
                        let payload = rendered(Platform::Slack, &message);
                        let mark = waiting.mark.as_deref().unwrap_or_default();
                        let emptied = slack.update_message(channel, id, &payload, mark).await;
                        emptied.map_or_else(Came::from, |()| Came::sent(""))
                    }
                    Err(error) => error.into(),
                },
                None => Came::refused("Slack is off"),
            },
            Platform::Discord => match &self.discord {
                Some(discord) => {
                    discord.delete_message(channel, id).await.map_or_else(Came::from, |_| Came::sent(""))
                }
                None => Came::refused("Discord is off"),
            },
            Platform::X => match &self.x {
                Some(x) => {
                    let now = self.clocks.real.now();
                    x.delete_post(id, now).await.map_or_else(Came::from, |_| Came::sent(""))
                }
                None => Came::refused("X is off"),
            },
        }
    }

    /// Gives or takes the members' role.
    pub(crate) async fn role(&self, waiting: &Waiting, member: &str, role: &str, grant: bool) -> Came {
        let Some(discord) = &self.discord else { return Came::refused("Discord is off") };
        let guild = &waiting.delivery.to.home;
        let asked = if grant {
            discord.grant_role(guild, member, role).await
        } else {
            discord.revoke_role(guild, member, role).await
        };
        asked.map_or_else(Came::from, |_| Came::sent(""))
    }

    /// How a delivery that is to be changed is called, with its mark; or why nothing can be changed yet.
    pub(crate) async fn standing(
        &self,
        of: &DeliveryId,
    ) -> Result<Result<(String, String), Came>, StoreError> {
        let Some(row) = self.store.delivery(of).await? else {
            return Ok(Err(Came::refused("there is nothing to change")));
        };
        let mark = row.mark.unwrap_or_default();
        Ok(match row.standing {
            Standing::Sent { external } => Ok((external, mark)),
            Standing::Waiting => Err(Came::NotYet("what it changes is not there yet")),
            Standing::Failed { .. } => Err(Came::refused("what it changes was never posted")),
        })
    }
}

//! A command written out once more, clearer than it was typed: what a button under "Which one?" runs.

use chrono::{Datelike, NaiveDate, NaiveTime};

use super::{ChannelTyped, Command, Day, GuestChange, On, Parsed, Rehearse, RoomTyped, When, parse};
use crate::zone::clock24;

impl Command {
    /// The same command for the episode that starts at this local time, as it can be typed. `None` where a
    /// command means no single episode, or where no way of writing it reads back as the same.
    pub fn at(&self, date: NaiveDate, time: NaiveTime) -> Option<String> {
        let day = Day::Date { weekday: None, day: date.day(), month: date.month(), year: Some(date.year()) };
        let clear = On { day, time: Some(time), typed: format!("on {day} at {}", clock24(time)) };
        let mut same = self.clone();
        match &mut same {
            Command::Topic { on, .. }
            | Command::Guest { on, .. }
            | Command::Ask { on, .. }
            | Command::Edit { on }
            | Command::Move { on, .. }
            | Command::Drop { on, .. }
            | Command::Spare { on, .. }
            | Command::Ideas { on }
            | Command::Heard { on }
            | Command::Brief { on, .. }
            | Command::Preview { on }
            | Command::Rehearse(Rehearse::Play { on, .. })
            | Command::Questions { on } => *on = Some(clear),
            Command::Reschedule { on, .. } => *on = clear,
            _ => return None,
        }
        same.written()
    }

    /// The same command with the day at its end as part of its text. `None` where it has no text, or no day.
    pub fn whole(&self) -> Option<String> {
        let mut same = self.clone();
        let (text, on) = match &mut same {
            Command::Topic { text: Some(text), on }
            | Command::Ask { text, on, .. }
            | Command::Spare { text: Some(text), on } => (text, on),
            Command::Guest { change: GuestChange::Add(guest), on } => (guest.about.as_mut()?, on),
            _ => return None,
        };
        *text = format!("{text} {}", on.take()?.typed);
        same.written()
    }

    /// Itself as it can be typed; `None` of commands of which nobody needs that. Several ways are tried: whether quotes are needed, and which, is for the
    /// grammar to say.
    pub fn written(&self) -> Option<String> {
        let ending = |on: &Option<On>| on.as_ref().map(|on| format!(" {}", on.typed)).unwrap_or_default();
        let ways = match self {
            Command::Topic { text: Some(text), on } => quoted("topic ", text, &ending(on)),
            Command::Topic { text: None, on } => vec![format!("topic none{}", ending(on))],
            Command::Guest { change: GuestChange::Add(guest), on } => {
                let handle = guest.handle.as_ref().map(|handle| format!("@{handle}"));
                let parts = [Some(guest.name.clone()), Some(guest.city.clone()), guest.about.clone(), handle];
                let from = guest.from.map(|n| format!(" from Q{n}")).unwrap_or_default();
                let ending = format!("{from}{}", ending(on));
                quoted("guest ", &parts.into_iter().flatten().collect::<Vec<_>>().join(", "), &ending)
            }
            Command::Guest { change: GuestChange::From(name, from), on } => {
                quoted("guest ", name, &format!(" from Q{from}{}", ending(on)))
            }
            Command::Guest { change: GuestChange::Remove(name), on } => {
                quoted("guest remove ", name, &ending(on))
            }
            Command::Ask { at, text, on } => {
                let at = at.map(|n| format!("Q{n} ")).unwrap_or_default();
                quoted(&format!("ask {at}"), text, &ending(on))
            }
            Command::Edit { on } => vec![format!("edit{}", ending(on))],
            Command::Move { from, to, on } => vec![format!("move Q{from} Q{to}{}", ending(on))],
            Command::Drop { at, on } => vec![format!("drop Q{at}{}", ending(on))],
            Command::Spare { text: Some(text), on } => quoted("spare ", text, &ending(on)),
            Command::Spare { text: None, on } => vec![format!("spare none{}", ending(on))],
            Command::Ideas { on } => vec![format!("ideas{}", ending(on))],
            Command::Heard { on } => vec![format!("heard{}", ending(on))],
            Command::Suggest { text: Some(text) } => quoted("suggest ", text, ""),
            Command::Suggest { text: None } => vec!["suggest".to_owned()],
            Command::Brief { name, on } => {
                let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
                vec![format!("brief{name}{}", ending(on))]
            }
            Command::Preview { on } => vec![format!("preview{}", ending(on))],
            Command::Rehearse(Rehearse::Play { room, length, on }) => {
                let room = room.as_ref().map(|room| format!(" {}", room_typed(room))).unwrap_or_default();
                let length = length.map(|l| format!(" {}m", l.num_minutes())).unwrap_or_default();
                vec![format!("rehearse{room}{length}{}", ending(on))]
            }
            Command::Questions { on } => vec![format!("questions{}", ending(on))],
            Command::Reschedule { on, to } => {
                let to = match to {
                    When::At(time) => clock24(*time),
                    When::On(day) => day.to_string(),
                    When::OnAt(day, time) => format!("{day} at {}", clock24(*time)),
                };
                vec![format!("reschedule {} to {to}", on.typed)]
            }
            _ => Vec::new(),
        };
        let same = |typed: &String| {
            parse(typed, &[]).is_ok_and(|Parsed { chat, command }| chat.is_none() && command == *self)
        };
        ways.into_iter().find(same)
    }
}

/// A channel as Slack would send it.
fn room_typed(room: &RoomTyped) -> String {
    match room {
        RoomTyped::Slack(ChannelTyped::Id { id, name }) => {
            let name = name.as_ref().map(|name| format!("|{name}")).unwrap_or_default();
            format!("<#{id}{name}>")
        }
        RoomTyped::Slack(ChannelTyped::Name(name)) => format!("#{name}"),
        RoomTyped::Discord { server, channel } => format!("https://discord.com/channels/{server}/{channel}"),
        RoomTyped::On(platform) => platform.key().to_owned(),
        RoomTyped::Here => "here".to_owned(),
    }
}

/// A text as Slack would send it, bare and in either kind of quotes.
fn quoted(before: &str, text: &str, after: &str) -> Vec<String> {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    ["", "\"", "'"].iter().map(|quote| format!("{before}{quote}{text}{quote}{after}")).collect()
}

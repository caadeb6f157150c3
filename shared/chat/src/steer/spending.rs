//! What organisers are told of the money that X takes.

use chrono::{DateTime, Utc};

use super::{desk, note};
use crate::Chat;
use crate::copy::reply as words;
use crate::cost::{self, Level, Month};
use crate::delivery::Delivery;

/// Tells organisers that the month's budget is nearly spent, or spent: once each for a month and a
/// budget, since the notes are named by both. A budget that was raised has levels of its own.
///
/// `chat.seen.account` says what was spent. Empty where there is nothing to tell.
pub fn budget_notes(chat: &Chat, now: DateTime<Utc>) -> Vec<Delivery> {
    let (Some(account), Some(budget)) = (chat.seen.account, chat.settings.budget) else { return Vec::new() };
    let level = cost::level(account.spent, Some(budget));
    let Some(message) = words::budget_note(chat, budget, &account, level, now) else { return Vec::new() };
    let step = if level == Level::Near { "near" } else { "spent" };
    let what = format!("budget/{}/{}/{step}", Month::of(now), budget.as_micros());
    desk(&chat.settings)
        .iter()
        .map(|place| note(&chat.settings, place, &what, message.clone(), now))
        .collect()
}

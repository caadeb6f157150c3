//! What X costs, and what is done about it.

use chrono::{DateTime, Utc};

use crate::Chat;
use crate::cost::{self, Account, Level, Month};
use crate::money::Money;
use crate::name::Platform;
use crate::settings::{Cards, Destination, Settings};
use crate::text::{Message, Text};

/// Twice as much, in whole dollars: what is suggested where a budget is too small.
pub(super) fn more(budget: Money) -> Money {
    Money::cents((budget.times(2).as_micros() / 1_000_000).max(1) * 100)
}

/// "$1.12 of $5"
pub(super) fn of(spent: Money, budget: Option<Money>) -> String {
    match budget {
        Some(budget) => format!("{spent} of {budget}"),
        None => format!("{spent} on X"),
    }
}

/// ", about $3.40 by the end of November", where that can be told.
fn by_the_end(forecast: Option<Money>, month: Month) -> String {
    forecast.map(|sum| format!(", about {sum} by the end of {}", month.name())).unwrap_or_default()
}

fn forecast(chat: &Chat, account: &Account, now: DateTime<Utc>) -> Option<Money> {
    cost::forecast(account, cost::under_way(chat, now), cost::coming(chat, now))
}

/// What `status` says of the money: "$1.12 of $5, about $3.40 by the end of November." Nothing where X is
/// off, or is neither spoken to nor read.
pub(crate) fn spending(chat: &Chat, now: DateTime<Utc>) -> Option<String> {
    let account = chat.seen.account?;
    let (settings, month) = (&chat.settings, Month::of(now));
    if account.spent == Money::ZERO && settings.on(Platform::X).next().is_none() && !account.searches {
        return None;
    }
    let so_far = of(account.spent, settings.budget);
    Some(match (cost::level(account.spent, settings.budget), settings.budget) {
        (Level::Spent, Some(budget)) if account.searches => format!(
            "{so_far}: I search X again in {}, or after `/chat set budget {}`.",
            month.next().name(),
            more(budget)
        ),
        _ => format!("{so_far}{}.", by_the_end(forecast(chat, &account, now), month)),
    })
}

/// After `set budget`; `was` is the budget before.
pub fn budget_set(
    chat: &Chat,
    was: Option<Money>,
    budget: Option<Money>,
    account: &Account,
    now: DateTime<Utc>,
) -> Message {
    let month = Month::of(now);
    let (spent, name) = (account.spent, month.name());
    let Some(budget) = budget else {
        return Text::plain(format!(
            "No budget: X may cost what it takes. {spent} in {name} so far{}.",
            by_the_end(forecast(chat, account, now), month)
        ))
        .into();
    };
    let lead = format!("X may cost {budget} a month.");
    let stood = account.searches && cost::level(spent, was) == Level::Spent;
    let words = match cost::level(spent, Some(budget)) {
        Level::Spent if account.searches => format!(
            "{lead} {spent} is spent in {name} already: I search X again in {}. Everything else goes on.",
            month.next().name()
        ),
        Level::Spent => {
            format!("{lead} {spent} is spent in {name} already. Posts go on coming: X sends them by itself.")
        }
        _ if stood => format!("{lead} {spent} is spent in {name}: I search X again from now on."),
        _ => format!("{lead} {spent} in {name} so far{}.", by_the_end(forecast(chat, account, now), month)),
    };
    Text::plain(words).into()
}

/// Tells organisers that a month's budget is four fifths spent, or all of it. Nothing for
/// [`Level::Fine`].
pub(crate) fn budget_note(
    chat: &Chat,
    budget: Money,
    account: &Account,
    level: Level,
    now: DateTime<Utc>,
) -> Option<Message> {
    let month = Month::of(now);
    let (spent, name, tag) = (account.spent, month.name(), chat.settings.tag());
    let ahead = by_the_end(forecast(chat, account, now), month);
    let then = if account.searches {
        format!("At {budget} I stop searching X until {}; everything else goes on.", month.next().name())
    } else {
        "Nothing stops at the end of it: X sends posts by itself.".to_owned()
    };
    let words = match level {
        Level::Fine => return None,
        Level::Near => {
            format!(
                "{tag} has used four fifths of what X may cost in {name}: {spent} of {budget}{ahead}. {then}"
            )
        }
        Level::Spent if account.searches => format!(
            "{tag} has spent {name}'s {budget} on X. I search X again in {}; announcements, rooms and answers by \
             button go on as ever.",
            month.next().name()
        ),
        Level::Spent => {
            format!(
                "{tag} has spent {name}'s {budget} on X: {spent} so far. Posts go on coming: X sends them by itself."
            )
        }
    };
    let offer = if account.searches { " To search on: " } else { " To allow more: " };
    Some(Text::plain(words).say(offer).code(format!("/chat set budget {}", more(budget))).into())
}

/// After `set discord links` or `full`.
pub fn cards_set(platform: Platform, cards: Cards) -> Message {
    Text::plain(match cards {
        Cards::Links => format!(
            "{platform} shows posts from X as links now: who, when and the way there. Answers by button stay whole."
        ),
        Cards::Full => format!("{platform} shows posts from X in full now."),
    })
    .into()
}

/// The same, at the desk.
pub fn did_cards(platform: Platform, cards: Cards) -> Text {
    Text::plain(match cards {
        Cards::Links => format!("set {platform}: posts from X as links."),
        Cards::Full => format!("set {platform}: posts from X in full."),
    })
}

/// "Discord shows posts from X as links.", for a preview; nothing where all is shown.
pub(crate) fn as_links(settings: &Settings) -> Option<String> {
    let linked = |d: &&Destination| d.cards == Cards::Links;
    let mut rooms: Vec<String> =
        settings.rooms().filter(linked).map(|d| d.place.platform.to_string()).collect();
    rooms.dedup();
    let verb = if rooms.len() == 1 { "shows" } else { "show" };
    (!rooms.is_empty()).then(|| format!("{} {verb} posts from X as links.", crate::copy::list(&rooms)))
}

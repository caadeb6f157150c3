//! How the hour ended: what the script led to expect is held against what the stand-ins hold. Pure, so
//! that each way of going wrong can be shown to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chat::weigh::{Unit, shorten};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::script::{Moment, What, hour};
use crate::cast;
use crate::standin::Message;

/// How many characters of somebody's words are repeated in a sentence.
const GIST: usize = 60;

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// What was counted, by name.
    pub counts: BTreeMap<&'static str, usize>,
    /// What went another way than the script has it, a sentence each; empty where all was well.
    pub broken: Vec<String>,
}

impl Tally {
    /// Whether the hour went as the script has it.
    pub fn is_well(&self) -> bool {
        self.broken.is_empty()
    }

    /// How it ended, in a sentence.
    pub fn words(&self) -> String {
        match self.broken.len() {
            0 => "Everybody was heard, and nobody twice.".to_owned(),
            1 => "One thing went another way than the script has it.".to_owned(),
            n => format!("{n} things went another way than the script has them."),
        }
    }

    /// As the page shows it.
    pub fn json(&self) -> Value {
        json!({"tally": self.counts, "ok": self.is_well(), "text": self.words(), "broken": self.broken})
    }
}

/// Where somebody wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// On X, under this id; none where X did not take it.
    X(Option<String>),
    /// Into a form in Slack or Discord.
    Form,
}

/// What somebody writes, and every room is to show once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub who: &'static str,
    /// What.
    pub words: &'static str,
    /// Where.
    pub through: Through,
}

/// What the hour is to lead to.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What people write.
    pub said: Vec<Said>,
    /// What is announced, and how often it may stand in each room and on X.
    pub moments: Vec<(Moment, RangeInclusive<usize>)>,
    /// Who joins, by id.
    pub members: Vec<&'static str>,
}

impl Expected {
    /// Worked out from the script, for an hour that starts at `start`. The chat was set up between
    /// `began` and `ready`: what was due before is not announced any more, what fell due meanwhile may be.
    pub fn of(start: DateTime<Utc>, began: DateTime<Utc>, ready: DateTime<Utc>) -> Expected {
        let times = |moment: Moment| match start + moment.due() {
            due if due < began => 0..=0,
            due if due <= ready => 0..=1,
            _ => 1..=1,
        };
        let (mut said, mut members) = (Vec::new(), Vec::new());
        for act in hour() {
            if let Some((who, words)) = act.what.said() {
                let through = match act.what {
                    What::Answer(..) | What::Hello(..) | What::SlackAnswer(..) => Through::Form,
                    _ => Through::X(None),
                };
                said.push(Said { who, words, through });
            }
            if let What::Member(who, "join", _) = act.what {
                members.push(who);
            }
        }
        Expected { said, moments: Moment::all().map(|m| (m, times(m))).collect(), members }
    }

    fn times(&self, wanted: Moment) -> RangeInclusive<usize> {
        self.moments.iter().find(|(moment, _)| *moment == wanted).map_or(0..=0, |(_, times)| times.clone())
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// What X holds.
    pub x: Vec<Message>,
    /// What Discord holds.
    pub discord: Vec<Message>,
    /// What Slack holds.
    pub slack: Vec<Message>,
    /// How many forms were sent off. More than the script has are a visitor's, who is heard as well.
    pub forms: usize,
    /// Who has the members' role, by id.
    pub members: BTreeSet<String>,
    /// What was not answered as the script has it, a sentence each.
    pub stumbled: Vec<String>,
    /// What still waited when nobody waited any longer, a sentence each.
    pub waiting: Vec<String>,
}

/// Holds what came of the hour against what it was to lead to.
pub fn verdict(expected: &Expected, held: &Held) -> Tally {
    let x = standing(&held.x, "timeline");
    let rooms = [
        ("Discord", standing(&held.discord, cast::DISCORD_CHANNEL)),
        ("Slack", standing(&held.slack, cast::SLACK_CHANNEL)),
    ];
    let mut broken = [held.stumbled.clone(), held.waiting.clone()].concat();
    announcements(expected, "on X", &x, &mut broken);
    let mut carried = Vec::new();
    for (room, messages) in &rooms {
        let shown: Vec<Card> = messages.iter().flat_map(|m| cards(m)).collect();
        announcements(expected, &format!("in {room}"), messages, &mut broken);
        voices(expected, held, room, &shown, &mut broken);
        carried.push(shown.len());
    }
    for who in expected.members.iter().filter(|who| !held.members.contains(**who)) {
        broken.push(format!("{} joined and was not given the members' role.", cast::name(who)));
    }
    let pinging = calls(expected, held, &mut broken);
    let by_bot = |messages: &[&Message]| messages.iter().filter(|m| m.author.bot).count();
    let counts = BTreeMap::from([
        ("posts on X", x.len() - by_bot(&x)),
        ("announcements on X", by_bot(&x)),
        ("carried to Discord", carried[0]),
        ("carried to Slack", carried[1]),
        ("messages that ping", pinging),
    ]);
    Tally { counts, broken }
}

/// What everybody sees in a channel now.
fn standing<'a>(messages: &'a [Message], channel: &str) -> Vec<&'a Message> {
    messages.iter().filter(|m| m.channel == channel && !m.deleted && m.ephemeral_for.is_none()).collect()
}

/// Each moment as often as it is to stand, and nothing that is none.
fn announcements(expected: &Expected, wher: &str, messages: &[&Message], broken: &mut Vec<String>) {
    let said: Vec<String> =
        messages.iter().filter(|m| m.author.bot && cards(m).is_empty()).map(|m| opening_words(m)).collect();
    for (moment, times) in &expected.moments {
        let (begins, named) = (moment.begins(), moment.named());
        let stands = said.iter().filter(|words| words.starts_with(&begins)).count();
        if times.contains(&stands) {
            continue;
        }
        broken.push(sentence(&match stands {
            0 => format!("{named} is missing {wher}."),
            1 => format!("{named} stands {wher}, although its moment had passed."),
            n => format!("{named} stands {n} times {wher}."),
        }));
    }
    let known: Vec<String> = expected.moments.iter().map(|(moment, _)| moment.begins()).collect();
    for words in said.iter().filter(|words| !known.iter().any(|begins| words.starts_with(begins))) {
        broken.push(format!("Nobody planned what stands {wher}: {}.", quoted(words, GIST)));
    }
}

/// Everybody's words once in a room, and nobody's words that nobody wrote.
fn voices(expected: &Expected, held: &Held, room: &str, shown: &[Card], broken: &mut Vec<String>) {
    let mut found = 0;
    for said in &expected.said {
        let stands = shown.iter().filter(|card| card.shows(said)).count();
        found += stands;
        match stands {
            1 => {}
            0 => broken.push(format!("{} is missing in {room}: {}.", said.who, quoted(said.words, GIST))),
            n => {
                broken.push(format!("{} stands {n} times in {room}: {}.", said.who, quoted(said.words, GIST)))
            }
        }
    }
    // Whoever plays along on the page is heard too, once.
    let forms = expected.said.iter().filter(|said| said.through == Through::Form).count();
    let mut guests = held.forms.saturating_sub(forms);
    let scripted = |m: &Message| {
        expected.said.iter().any(|said| matches!(&said.through, Through::X(Some(id)) if *id == m.id))
    };
    for post in held.x.iter().filter(|m| !m.author.bot && !scripted(m)) {
        match shown.iter().filter(|card| card.links_to(&post.id)).count() {
            0 => {}
            1 => guests += 1,
            n => {
                guests += n;
                broken.push(format!(
                    "{} stands {n} times in {room}: {}.",
                    post.author.name,
                    quoted(text_of(post), GIST)
                ));
            }
        }
    }
    match shown.len().saturating_sub(found + guests) {
        0 => {}
        1 => broken.push(format!("{room} shows a card of something that nobody wrote.")),
        n => broken.push(format!("{room} shows {n} cards of something that nobody wrote.")),
    }
}

/// Who is called: the members, by the last reminder in Discord, and nobody else.
fn calls(expected: &Expected, held: &Held, broken: &mut Vec<String>) -> usize {
    let all = [&held.x, &held.discord, &held.slack];
    let calling: Vec<&Message> = all
        .into_iter()
        .flatten()
        .filter(|m| m.author.bot && !m.deleted && m.ephemeral_for.is_none() && !m.pings.is_empty())
        .collect();
    let begins = Moment::Kettle.begins();
    let is_kettle = |m: &Message| m.platform == "discord" && opening_words(m).starts_with(&begins);
    let (kettles, others): (Vec<&Message>, Vec<&Message>) =
        calling.iter().partition(|m| is_kettle(m) && m.pings == [cast::ROLE]);
    for message in others {
        broken.push(format!("{} pings {}.", quoted(&opening_words(message), GIST), message.pings.join(", ")));
    }
    // Where the reminder may be left out, it calls wherever it stands all the same.
    let stands = standing(&held.discord, cast::DISCORD_CHANNEL).into_iter().filter(|m| is_kettle(m)).count();
    let wanted = if *expected.times(Moment::Kettle).start() == 1 { 1 } else { stands };
    if kettles.len() != wanted {
        broken.push(format!(
            "The last reminder in Discord calls the members {} times instead of {wanted}.",
            kettles.len()
        ));
    }
    calling.len()
}

/// Somebody's words as a room shows them.
#[derive(Debug)]
struct Card {
    words: String,
    /// Where they come from: a link to X, or a room's name.
    foot: String,
}

impl Card {
    fn links_to(&self, post: &str) -> bool {
        self.foot.contains(&format!("/status/{post}"))
    }

    fn shows(&self, said: &Said) -> bool {
        match &said.through {
            Through::X(Some(id)) => self.links_to(id),
            Through::X(None) => false,
            Through::Form => !self.foot.contains("/status/") && self.words.contains(said.words),
        }
    }
}

/// The cards of a message: an embed each in Discord, in Slack some blocks with a foot.
fn cards(message: &Message) -> Vec<Card> {
    let list = |key: &str| message.payload.get(key).and_then(Value::as_array).into_iter().flatten();
    if message.platform == "discord" {
        let described = list("embeds").filter_map(|embed| embed.get("description")?.as_str());
        return described
            .map(|text| {
                let (words, foot) = text.rsplit_once('\n').unwrap_or(("", text));
                Card { words: words.to_owned(), foot: foot.to_owned() }
            })
            .collect();
    }
    let (mut cards, mut words) = (Vec::new(), String::new());
    for block in list("blocks") {
        let mut said = Vec::new();
        texts(block, &mut said);
        match said.iter().find(|text| is_foot(text)) {
            Some(foot) => {
                cards.push(Card { words: std::mem::take(&mut words), foot: (*foot).to_owned() });
            }
            None => words.extend(said),
        }
    }
    cards
}

/// `<!date^…> · <https://x.com/…|View on X>`, or `<!date^…> · in Discord`.
fn is_foot(text: &str) -> bool {
    text.starts_with("<!date^")
        && (text.ends_with("|View on X>") || text.ends_with("in Discord") || text.ends_with("in Slack"))
}

fn texts<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if key == "text" => out.push(text),
                    _ => texts(value, out),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| texts(value, out)),
        _ => {}
    }
}

/// What a message says, as somebody reads it who sees neither bold nor whom it calls.
fn opening_words(message: &Message) -> String {
    let words = text_of(message).replace("**", "");
    match words.strip_prefix("<@&").and_then(|rest| rest.split_once("> ")) {
        Some((_, rest)) => rest.to_owned(),
        None => words,
    }
}

fn text_of(message: &Message) -> &str {
    let key = if message.platform == "discord" { "content" } else { "text" };
    message.payload.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Somebody's words in a sentence, on one line and not too long.
pub(super) fn quoted(words: &str, most: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("“{}”", shorten(&line, most, Unit::Chars))
}

fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::standin::Author;

    fn start() -> DateTime<Utc> {
        "2026-11-24T20:00:00Z".parse().expect("an instant")
    }

    fn message(platform: &'static str, channel: &str, id: &str, payload: Value) -> Message {
        let author = Author {
            id: "1".to_owned(),
            name: "Earshot".to_owned(),
            handle: "earshot".to_owned(),
            avatar: None,
            bot: true,
        };
        Message {
            platform,
            channel: channel.to_owned(),
            thread: None,
            id: id.to_owned(),
            at: start(),
            author,
            payload,
            edited: false,
            deleted: false,
            ephemeral_for: None,
            pings: Vec::new(),
        }
    }

    fn in_discord(payload: Value) -> Message {
        message("discord", cast::DISCORD_CHANNEL, "d", payload)
    }

    fn in_slack(payload: Value) -> Message {
        message("slack", cast::SLACK_CHANNEL, "s", payload)
    }

    fn on_x(id: &str, text: &str, bot: bool) -> Message {
        let mut post = message("x", "timeline", id, json!({"text": text}));
        post.author.bot = bot;
        post.author.name = if bot { "SMX Chat" } else { "Ada Okafor" }.to_owned();
        post
    }

    fn discord_card(words: &str, foot: &str) -> Message {
        in_discord(json!({"embeds": [{"description": format!("{words}\n<t:1:t> · {foot}")}]}))
    }

    fn slack_card(words: &str, foot: &str) -> Message {
        let said =
            json!({"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": words}]}]});
        let foot = json!({"type": "context", "elements": [{"text": format!("<!date^1> · {foot}")}]});
        in_slack(json!({"text": words, "blocks": [said, foot]}))
    }

    /// The hour as the script has it, and all that it leads to.
    fn hour_that_went_well() -> (Expected, Held) {
        let ready = start() - TimeDelta::hours(25);
        let mut expected = Expected::of(start(), ready, ready);
        let mut held = Held::default();
        for (n, said) in expected.said.iter_mut().enumerate() {
            let (mut discord, mut slack) = ("in Discord".to_owned(), "in Discord".to_owned());
            if said.through == Through::Form {
                held.forms += 1;
            } else {
                let id = format!("900{n:02}");
                discord = format!("[View on X](https://x.com/a/status/{id})");
                slack = format!("<https://x.com/a/status/{id}|View on X>");
                held.x.push(on_x(&id, said.words, false));
                said.through = Through::X(Some(id));
            }
            held.discord.push(discord_card(said.words, &discord));
            held.slack.push(slack_card(said.words, &slack));
        }
        for moment in Moment::all() {
            let begins = moment.begins();
            held.x.push(on_x("1", &format!("{begins} and more"), true));
            held.slack.push(in_slack(json!({"text": format!("{begins} and more")})));
            let mut said = in_discord(json!({"content": format!("**{begins}** and more")}));
            if moment == Moment::Kettle {
                said.payload = json!({"content": format!("<@&{}> {begins}", cast::ROLE)});
                said.pings = vec![cast::ROLE.to_owned()];
            }
            held.discord.push(said);
        }
        held.members = [cast::AMARA, cast::JUNO].map(str::to_owned).into();
        (expected, held)
    }

    fn broken(change: impl FnOnce(&mut Expected, &mut Held)) -> Vec<String> {
        let (mut expected, mut held) = hour_that_went_well();
        change(&mut expected, &mut held);
        verdict(&expected, &held).broken
    }

    fn without(messages: &mut Vec<Message>, words: &str) {
        let before = messages.len();
        messages.retain(|m| !m.payload.to_string().contains(words));
        assert_eq!(messages.len(), before - 1, "{words}");
    }

    fn again(messages: &mut Vec<Message>, words: &str) {
        let found = messages.iter().find(|m| m.payload.to_string().contains(words)).cloned();
        messages.push(found.expect("it stands there"));
    }

    #[test]
    fn an_hour_that_went_well() {
        let (expected, held) = hour_that_went_well();
        let tally = verdict(&expected, &held);
        assert_eq!(tally.broken, Vec::<String>::new());
        let counts = [
            ("announcements on X", 10),
            ("carried to Discord", 33),
            ("carried to Slack", 33),
            ("messages that ping", 1),
            ("posts on X", 26),
        ];
        assert_eq!(tally.counts, BTreeMap::from(counts));
        assert_eq!(tally.words(), "Everybody was heard, and nobody twice.");
        assert_eq!(expected.members, [cast::AMARA, cast::JUNO]);
    }

    #[test]
    fn an_hour_that_nobody_played() {
        let (expected, _) = hour_that_went_well();
        let tally = verdict(&expected, &Held::default());
        // Thirty-three voices in two rooms, ten moments in three places, two members, one call.
        assert_eq!(tally.broken.len(), 33 * 2 + 10 * 3 + 2 + 1, "{:#?}", tally.broken);
        assert!(!tally.is_well());
        assert_eq!(tally.words(), "99 things went another way than the script has them.");
    }

    #[test]
    fn whoever_stumbled_and_what_still_waits_is_told() {
        let told = broken(|_, held| {
            held.stumbled.push("Sol presses Answer: the form did not open.".to_owned());
            held.waiting.push("3 for Slack still waited at the end.".to_owned());
        });
        assert_eq!(
            told,
            ["Sol presses Answer: the form did not open.", "3 for Slack still waited at the end."]
        );
    }

    #[test]
    fn each_voice_stands_once_in_each_room() {
        let soup = "We met in the car park";
        assert_eq!(
            broken(|_, held| without(&mut held.slack, soup)),
            ["Amara is missing in Slack: “We met in the car park. Somebody brought soup.”."]
        );
        assert_eq!(
            broken(|_, held| again(&mut held.discord, soup)),
            ["Amara stands 2 times in Discord: “We met in the car park. Somebody brought soup.”."]
        );
        let recipes = "The recipes thread";
        assert_eq!(
            broken(|_, held| without(&mut held.discord, recipes)),
            ["Chidi Eze is missing in Discord: “A5 The recipes thread. Not negotiable. #SMXChat”."]
        );
        assert_eq!(
            broken(|_, held| again(&mut held.slack, recipes)),
            ["Chidi Eze stands 2 times in Slack: “A5 The recipes thread. Not negotiable. #SMXChat”."]
        );
    }

    #[test]
    fn a_removed_or_private_card_is_none() {
        let hidden = |hide: fn(&mut Message)| {
            let soup = "We met in the car park";
            broken(|_, held| {
                let card = held.slack.iter_mut().find(|m| m.payload.to_string().contains(soup));
                hide(card.expect("it stands there"));
            })
        };
        assert_eq!(hidden(|card| card.deleted = true).len(), 1);
        assert_eq!(hidden(|card| card.ephemeral_for = Some(cast::MAYA.to_owned())).len(), 1);
        assert_eq!(hidden(|card| card.channel = cast::DESK.to_owned()).len(), 1);
    }

    #[test]
    fn a_post_that_x_did_not_take_is_missed_in_the_rooms() {
        let told = broken(|expected, _| expected.said[0].through = Through::X(None));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("Ada Okafor is missing in Discord"), "{told:?}");
    }

    #[test]
    fn a_card_of_what_nobody_wrote() {
        let told = broken(|_, held| {
            held.slack.push(slack_card("Boo!", "in Discord"));
            held.discord.push(discord_card("Boo!", "[View on X](https://x.com/a/status/666)"));
            held.discord.push(discord_card("Boo!", "in Slack"));
        });
        assert_eq!(
            told,
            [
                "Discord shows 2 cards of something that nobody wrote.",
                "Slack shows a card of something that nobody wrote."
            ]
        );
    }

    #[test]
    fn a_visitor_who_plays_along_is_no_fault() {
        let visit = |held: &mut Held| {
            held.x.push(on_x("777", "Hello from the page #SMXChat", false));
            held.forms += 1;
            for room in ["Hello from the page #SMXChat", "Me too!"] {
                let from_x = room.contains('#');
                let discord = if from_x { "[View on X](https://x.com/a/status/777)" } else { "in Slack" };
                let slack = if from_x { "<https://x.com/a/status/777|View on X>" } else { "in Slack" };
                held.discord.push(discord_card(room, discord));
                held.slack.push(slack_card(room, slack));
            }
        };
        assert_eq!(broken(|_, held| visit(held)), Vec::<String>::new());
        let told = broken(|_, held| {
            visit(held);
            again(&mut held.slack, "status/777");
        });
        assert_eq!(told, ["Ada Okafor stands 2 times in Slack: “Hello from the page #SMXChat”."]);
    }

    #[test]
    fn each_moment_stands_once_in_each_place() {
        for moment in Moment::all() {
            let (begins, named) = (moment.begins(), sentence(&moment.named()));
            let told = broken(|_, held| without(&mut held.x, &begins));
            assert_eq!(told, [format!("{named} is missing on X.")]);
            let told = broken(|_, held| without(&mut held.slack, &begins));
            assert_eq!(told, [format!("{named} is missing in Slack.")]);
            let told = broken(|_, held| without(&mut held.discord, &begins));
            assert_eq!(told[0], format!("{named} is missing in Discord."));
            let told = broken(|_, held| again(&mut held.slack, &begins));
            assert_eq!(told, [format!("{named} stands 2 times in Slack.")]);
        }
    }

    #[test]
    fn an_announcement_that_nobody_planned() {
        let told = broken(|_, held| held.x.push(on_x("2", "Plans changed again.", true)));
        assert_eq!(told, ["Nobody planned what stands on X: “Plans changed again.”."]);
    }

    #[test]
    fn a_chat_that_began_late_is_not_asked_for_what_was_over() {
        let began = start() - TimeDelta::minutes(10);
        let late = |ready: TimeDelta| Expected::of(start(), began, began + ready);
        let (_, mut held) = hour_that_went_well();
        let expected = Expected { said: hour_that_went_well().0.said, ..late(TimeDelta::minutes(1)) };
        let told = verdict(&expected, &held).broken;
        let passed = "The reminder of the evening before stands";
        assert_eq!(
            told,
            ["on X", "in Discord", "in Slack"]
                .map(|at| format!("{passed} {at}, although its moment had passed."))
        );
        for messages in [&mut held.x, &mut held.discord, &mut held.slack] {
            without(messages, "Tomorrow");
        }
        assert_eq!(verdict(&expected, &held).broken, Vec::<String>::new());
        // The last reminder fell due while the chat was set up: it may be left out, but not its call.
        let kettle = held.discord.iter_mut().find(|m| !m.pings.is_empty()).expect("the reminder");
        kettle.pings.clear();
        assert_eq!(
            verdict(&expected, &held).broken,
            ["The last reminder in Discord calls the members 0 times instead of 1."]
        );
        for messages in [&mut held.x, &mut held.discord, &mut held.slack] {
            without(messages, "Kettle on!");
        }
        assert_eq!(verdict(&expected, &held).broken, Vec::<String>::new());
    }

    #[test]
    fn nobody_is_called_but_the_members_once() {
        let told = broken(|_, held| {
            let kettle = held.discord.iter_mut().find(|m| !m.pings.is_empty());
            kettle.expect("the reminder").pings.clear();
        });
        assert_eq!(told, ["The last reminder in Discord calls the members 0 times instead of 1."]);
        let told = broken(|_, held| {
            let kettle = held.discord.iter_mut().find(|m| !m.pings.is_empty());
            kettle.expect("the reminder").pings.push("@everyone".to_owned());
        });
        assert_eq!(
            told,
            [
                "“Kettle on!” pings 4100000000000000003, @everyone.",
                "The last reminder in Discord calls the members 0 times instead of 1."
            ]
        );
        let told = broken(|_, held| {
            let opening = held.slack.iter_mut().find(|m| m.payload.to_string().contains("Welcome"));
            opening.expect("the opening").pings.push("@here".to_owned());
        });
        assert_eq!(told, ["“Welcome and more” pings @here."]);
    }

    #[test]
    fn a_member_without_the_role() {
        let told = broken(|_, held| {
            held.members.remove(cast::JUNO);
        });
        assert_eq!(told, ["Juno joined and was not given the members' role."]);
    }
}

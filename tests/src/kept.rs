//! What must hold whatever goes wrong, checked over the whole table and everything that stands in the
//! rooms: DESIGN's first, second and sixth invariant, and that no delivery is left without a way out.
//!
//! It knows rows and messages, and none of the code that wrote them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use earshot::cast;
use earshot::standin::{Message, StandIn};
use serde_json::Value;

use crate::{Show, room_of, words_of};

/// A post that was sent in and acknowledged.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Its id on X.
    pub id: String,
    /// Its turn among those that must keep their order: all of one story that were acknowledged one after
    /// the other, or before anything was sent.
    pub turn: usize,
}

/// How far things should be by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// Deliveries may still be on their way.
    Underway,
    /// Everything had the time it needs.
    Settled,
}

struct Row(Value);

impl Row {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|v| v.get("S")).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A delivery's permanent record.
struct Delivery {
    id: String,
    to: String,
    kind: String,
    state: String,
    external: String,
    reason: String,
}

impl Delivery {
    fn says(&self) -> bool {
        matches!(self.kind.as_str(), "announce" | "post")
    }

    fn of_the_desk(&self) -> bool {
        self.to.ends_with(cast::DESK)
    }

    fn platform(&self) -> &str {
        self.to.split(':').next().unwrap_or_default()
    }
}

/// Everything that does not hold, in words; nothing where all is well.
pub async fn broken(show: &Show, carried: &[Carried], far: Far) -> Vec<String> {
    let rows: Vec<Row> =
        show.dump().await.iter().map(|row| Row(serde_json::from_str(row).expect("rows are JSON"))).collect();
    let of = |prefix: &'static str| rows.iter().filter(move |row| row.text("pk").starts_with(prefix));
    let deliveries: Vec<Delivery> = of("DLV#")
        .map(|row| Delivery {
            id: row.text("id").to_owned(),
            to: row.text("to").to_owned(),
            kind: row.text("kind").to_owned(),
            state: row.text("state").to_owned(),
            external: row.text("external").to_owned(),
            reason: row.text("reason").to_owned(),
        })
        .collect();
    let standing = standing(show);
    let mut broken = Vec::new();
    ways_out(&deliveries, &rows, far, &mut broken);
    as_recorded(&deliveries, &standing, &mut broken);
    nothing_twice(&standing, &mut broken);
    failures_are_told(&deliveries, &mut broken);
    posts(&deliveries, &standing, carried, &mut broken);
    cues(&rows, &deliveries, show.now(), &mut broken);
    broken
}

/// What of ours everybody can see.
fn standing(show: &Show) -> Vec<Message> {
    let seen = |m: &Message| m.author.bot && !m.deleted && m.ephemeral_for.is_none();
    let mut all = show.platforms.slack.messages();
    all.extend(show.platforms.discord.messages());
    all.extend(show.platforms.x.messages());
    all.retain(seen);
    all
}

/// Every delivery is sent, failed with a reason that a person can read, or on its way where a sweep finds it.
fn ways_out(deliveries: &[Delivery], rows: &[Row], far: Far, broken: &mut Vec<String>) {
    let mut waiting: BTreeMap<String, &Row> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.text("pk").starts_with("WAIT#")) {
        // `class#at#delivery`
        let id = row.text("sk").splitn(3, '#').nth(2).unwrap_or_default().to_owned();
        if row.text("ripe") != "WAIT" {
            broken.push(format!("{id} waits where no sweep looks"));
        }
        waiting.insert(id, row);
    }
    for one in deliveries {
        let waits = waiting.remove(&one.id);
        match one.state.as_str() {
            "sent" | "failed" if waits.is_some() => {
                broken.push(format!("{} is {} and waits all the same", one.id, one.state));
            }
            "sent" => {}
            "failed" if is_readable(&one.reason) => {}
            "failed" => broken.push(format!("{} failed for {:?}, which nobody can read", one.id, one.reason)),
            "waiting" if waits.is_none() => broken.push(format!("{} waits for nothing", one.id)),
            "waiting" if far == Far::Settled => {
                let row = waits.map(|row| row.0.to_string()).unwrap_or_default();
                broken.push(format!("{} still waits: {row}", one.id));
            }
            "waiting" => {}
            other => broken.push(format!("{} is {other:?}", one.id)),
        }
    }
    broken.extend(waiting.keys().map(|id| format!("{id} waits without a record")));
}

fn is_readable(reason: &str) -> bool {
    let machine = ["{", "}", "_", "::", "http", "Error", "error:"];
    reason.split_whitespace().count() >= 3 && !machine.iter().any(|part| reason.contains(part))
}

/// What is recorded as said stands there, under its name, in its place.
fn as_recorded(deliveries: &[Delivery], standing: &[Message], broken: &mut Vec<String>) {
    let by_id: HashMap<(&str, &str), &Message> =
        standing.iter().map(|m| ((m.platform, m.id.as_str()), m)).collect();
    for one in deliveries.iter().filter(|d| d.says() && d.state == "sent") {
        let id = one.external.rsplit(':').next().unwrap_or_default();
        match by_id.get(&(one.platform(), id)) {
            None => broken.push(format!("{} was recorded as sent, and does not stand there", one.id)),
            Some(m) if one.platform() != "x" && !one.to.ends_with(&m.channel) && !is_direct(m) => {
                broken.push(format!("{} stands in {}", one.id, m.channel));
            }
            Some(_) => {}
        }
    }
}

/// A direct message: Slack opens a conversation `D…` for a person `U…`.
fn is_direct(message: &Message) -> bool {
    message.platform == "slack" && message.channel.starts_with('D')
}

/// Nothing of ours stands twice in a room: no mark, and outside the desk, where the same may be told twice
/// and rightly, no text on one day.
fn nothing_twice(standing: &[Message], broken: &mut Vec<String>) {
    let mut marks = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for m in standing {
        let mark = match m.platform {
            "slack" => m.payload.pointer("/metadata/event_payload/mark"),
            _ => m.payload.get("nonce"),
        };
        if let Some(mark) = mark.and_then(Value::as_str)
            && !marks.insert((m.platform, mark))
        {
            broken.push(format!("twice in {}: {} (mark {mark})", m.platform, words_of(m)));
        }
        let room = (m.platform, m.channel.clone(), m.thread.clone());
        let words = words_of(m);
        // What organisers are told of troubles may come again with the trouble.
        let for_organisers = room_of(m) == "desk"
            || is_direct(m)
            || words.contains("A word to the organisers")
            || words.is_empty();
        if !for_organisers && !texts.insert((room, m.at.date_naive(), words.clone())) {
            broken.push(format!("twice in {}: {words}", m.platform));
        }
    }
}

/// Of an announcement that will not appear, organisers were told, or are about to be.
fn failures_are_told(deliveries: &[Delivery], broken: &mut Vec<String>) {
    // Of a note to organisers that failed, organisers cannot be told; where the desk is what fails, the note
    // goes elsewhere.
    let is_note = |d: &Delivery| ["/failed/", "/broken/", "/mended/"].iter().any(|part| d.id.contains(part));
    let failed =
        |d: &&Delivery| d.kind == "announce" && d.state == "failed" && !d.of_the_desk() && !is_note(d);
    // What was left of a rehearsal that somebody ended; of one that ended because it failed they are told once.
    let over = |d: &Delivery| d.id.contains("/rehearsal/") && d.reason == "the rehearsal was over";
    for one in deliveries.iter().filter(failed).filter(|d| !over(d)) {
        let alone = format!("/failed/{}>", one.id);
        let whole_place = format!("/broken/{}/", one.to);
        let unplayed = one.id.split('/').nth(2).map(|run| format!("/unplayed/{run}>"));
        let unplayed = unplayed.filter(|_| one.id.contains("/rehearsal/"));
        let told = |d: &&Delivery| {
            let whole = unplayed.as_ref().is_some_and(|unplayed| d.id.contains(unplayed));
            d.id.contains(&alone) || d.id.contains(&whole_place) || whole
        };
        if !deliveries.iter().any(|d| told(&d)) {
            broken.push(format!("{} failed ({}) and no organiser was told", one.id, one.reason));
        }
    }
}

/// Each post once per room that took it, in order.
fn posts(deliveries: &[Delivery], standing: &[Message], carried: &[Carried], broken: &mut Vec<String>) {
    // A room is a platform, a channel and perhaps a thread; in it, whose turn stands at which place.
    type Room = (String, String, Option<String>);
    let mut rooms: BTreeMap<Room, Vec<(usize, usize)>> = BTreeMap::new();
    for post in carried {
        let of: Vec<&Delivery> = deliveries
            .iter()
            .filter(|d| d.kind == "post" && d.id.contains(&format!("/post/x:{}>", post.id)))
            .collect();
        if of.is_empty() {
            broken.push(format!("post {} was acknowledged and goes nowhere", post.id));
        }
        for one in of {
            let link = format!("/status/{}", post.id);
            let shows: Vec<(usize, &Message)> = standing
                .iter()
                .enumerate()
                .filter(|(_, m)| m.platform == one.platform() && one.to.ends_with(&m.channel))
                .filter(|(_, m)| shows(m, &link))
                .collect();
            let times: usize = shows.len();
            match one.state.as_str() {
                "sent" if times == 1 => {}
                "sent" => broken.push(format!("post {} stands {times} times in {}", post.id, one.to)),
                _ if times > 1 => broken.push(format!("post {} stands {times} times in {}", post.id, one.to)),
                _ => {}
            }
            for (n, m) in shows {
                let within = place_in(m, &link);
                let key = (m.platform.to_owned(), m.channel.clone(), m.thread.clone());
                rooms.entry(key).or_default().push((post.turn, n * 100 + within));
            }
        }
    }
    for (room, mut places) in rooms {
        places.sort_unstable();
        if !places.is_sorted_by_key(|(_, at)| *at) {
            broken.push(format!("out of order in {room:?}: {places:?}"));
        }
    }
}

/// Whether a message shows the post of this link as a card: in the card's own place for it, not in a text.
fn shows(message: &Message, link: &str) -> bool {
    links(message).iter().any(|found| found.ends_with(link))
}

fn place_in(message: &Message, link: &str) -> usize {
    links(message).iter().position(|found| found.ends_with(link)).unwrap_or_default()
}

/// Every address in a message, in the order of reading.
fn links(message: &Message) -> Vec<String> {
    let text = message.payload.to_string();
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "/:._-".contains(c));
    text.match_indices("https://")
        .map(|(at, _)| text[at..].split(ends).next().unwrap_or_default().to_owned())
        .collect()
}

/// No cue is left behind, and one that was fired speaks in every room.
fn cues(rows: &[Row], deliveries: &[Delivery], now: DateTime<Utc>, broken: &mut Vec<String>) {
    let known: BTreeSet<&str> = deliveries.iter().map(|d| d.id.as_str()).collect();
    for row in rows.iter().filter(|row| row.text("sk").starts_with("CUE#")) {
        let (id, state) = (row.text("id"), row.text("state"));
        let due = DateTime::parse_from_rfc3339(row.text("due")).map(|at| at.to_utc());
        let long_past = due.is_ok_and(|due| due < now - TimeDelta::minutes(10));
        if due.is_err() || (state == "waiting" && long_past) {
            broken.push(format!("cue {id} was due at {} and still waits", row.text("due")));
        }
        let speaks = ["/open", "/close"].iter().any(|end| id.ends_with(end)) || id.contains("/q/");
        if state != "fired" || !speaks {
            continue;
        }
        let chat = row.text("pk");
        let places = rows.iter().filter(|r| r.text("pk").starts_with("PLACE#") && r.text("sk") == chat);
        for place in
            places.map(|r| r.text("pk").trim_start_matches("PLACE#")).filter(|p| !p.ends_with(cast::DESK))
        {
            if !known.contains(format!("{id}>{place}").as_str()) {
                broken.push(format!("cue {id} was fired and says nothing in {place}"));
            }
        }
    }
}

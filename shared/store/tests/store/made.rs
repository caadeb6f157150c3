//! What the tests are made of: a database, a wire that can be cut, and a chat.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use chat::Change;
use chat::agenda::Episode;
use chat::cue::{Cue, CueId, CueState, Kind};
use chat::delivery::{Class, Delivery, Room, Work};
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, PostId, Slug};
use chat::post::{Author, Entry, Filed, Post};
use chat::schedule::{Recurrence, Slot};
use chat::settings::{Cadence, Cards, Destination, Door, Layout, Settings, Words};
use chat::text::{Message, Text};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use dynoxide::Database;
use store::{Commit, Committed, NewDelivery, Store, StoreError};

/// A database of its own for each test.
pub(crate) struct Table {
    pub(crate) store: Store,
    pub(crate) client: Client,
    address: SocketAddr,
}

fn client(address: SocketAddr) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

impl Table {
    pub(crate) async fn new() -> Table {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let database = Database::memory().expect("a database");
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()));
        let client = client(address);
        let store = Store::new(client.clone(), "earshot");
        store.ensure_table().await.expect("the table is made");
        Table { store, client, address }
    }

    /// The same table, over a wire on which transactions meet these faults, one each.
    pub(crate) fn over(&self, faults: &[Fault]) -> (Store, Wire) {
        let wire = Wire::new(self.address, faults);
        (Store::new(client(wire.address), "earshot"), wire)
    }

    /// Commits changes and deliveries, which must be done.
    pub(crate) async fn done(&self, changes: Vec<Change>, deliveries: Vec<NewDelivery>) -> Vec<Place> {
        match self.store.commit(&slug(), commit(changes, deliveries)).await.expect("committed") {
            Committed::Done { new } => new,
            Committed::Repeat(reply) => panic!("a repeat of {reply}"),
        }
    }

    /// Commits changes, which must conflict.
    pub(crate) async fn conflicts(&self, changes: Vec<Change>) {
        let answer = self.store.commit(&slug(), commit(changes, vec![])).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }
}

/// What happens to a transaction on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is written, and the answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
    /// The table has too much to do.
    Busy,
    /// Another transaction is writing the same rows.
    Contended,
    /// It arrives, but the table has forgotten its token, as it does after ten minutes.
    Forgotten,
}

/// A wire to the database.
pub(crate) struct Wire {
    address: SocketAddr,
    left: Arc<Mutex<Vec<Fault>>>,
    sent: Arc<Mutex<u32>>,
}

impl Wire {
    fn new(to: SocketAddr, faults: &[Fault]) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let left = Arc::new(Mutex::new(faults.iter().rev().copied().collect::<Vec<_>>()));
        let sent = Arc::new(Mutex::new(0));
        let (faults, count) = (left.clone(), sent.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = TcpStream::connect(to).expect("the database is there");
                let (faults, count) = (faults.clone(), count.clone());
                std::thread::spawn(move || carry(near, far, &faults, &count));
            }
        });
        Wire { address, left, sent }
    }

    /// How many transactions went over it; every fault must have happened.
    pub(crate) fn transactions(&self) -> u32 {
        assert!(self.left.lock().expect("not poisoned").is_empty(), "not every fault happened");
        *self.sent.lock().expect("not poisoned")
    }
}

/// One HTTP message with its length in its head, or nothing where the line is closed.
fn take(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let mut some = [0; 65536];
    loop {
        if let Some(head) = all.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&all[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|l| l.strip_prefix("content-length:"))
                .map_or(0, |n| n.trim().parse::<usize>().expect("a length"));
            if all.len() >= head + 4 + length {
                return Some(all);
            }
        }
        match from.read(&mut some) {
            Ok(0) | Err(_) => return None,
            Ok(n) => all.extend_from_slice(&some[..n]),
        }
    }
}

/// The same request under another token of the same length.
fn forget(request: Vec<u8>) -> Vec<u8> {
    let name = b"\"ClientRequestToken\":\"";
    let place = request.windows(name.len()).position(|w| w == name).expect("it has a token") + name.len();
    let mut request = request;
    request[place..place + 8].copy_from_slice(b"forgetit");
    request
}

fn refuse(to: &mut TcpStream, body: &str) {
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = to.write_all(answer.as_bytes());
}

fn carry(mut near: TcpStream, mut far: TcpStream, faults: &Mutex<Vec<Fault>>, count: &Mutex<u32>) {
    while let Some(request) = take(&mut near) {
        let transaction = String::from_utf8_lossy(&request).contains("TransactWriteItems");
        let mut fault = None;
        if transaction {
            *count.lock().expect("not poisoned") += 1;
            fault = faults.lock().expect("not poisoned").pop();
        }
        match fault {
            Some(Fault::Lost) => return,
            Some(Fault::Busy) => refuse(
                &mut near,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"later"}"#,
            ),
            Some(Fault::Contended) => refuse(
                &mut near,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message":"contended","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}"#,
            ),
            Some(Fault::AnswerLost | Fault::Forgotten) | None => {
                let request = if fault == Some(Fault::Forgotten) { forget(request) } else { request };
                let Ok(()) = far.write_all(&request) else { return };
                let Some(answer) = take(&mut far) else { return };
                if fault == Some(Fault::AnswerLost) {
                    return;
                }
                let Ok(()) = near.write_all(&answer) else { return };
            }
        }
    }
}

// ---- a chat

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an instant").to_utc()
}

/// Tuesday, an hour before the chat.
pub(crate) fn now() -> DateTime<Utc> {
    at("2026-11-24T19:00:00Z")
}

pub(crate) fn slug() -> Slug {
    "smxchat".parse().expect("a slug")
}

pub(crate) fn other() -> Slug {
    "teachchat".parse().expect("a slug")
}

pub(crate) fn discord() -> Place {
    Place::new(Platform::Discord, "4105", "4106")
}

pub(crate) fn slack() -> Place {
    Place::new(Platform::Slack, "T024BE7LD", "C061EG9SL")
}

pub(crate) fn x() -> Place {
    Place::new(Platform::X, "", "2244994945")
}

pub(crate) fn person(id: &str) -> Person {
    Person::new(Platform::X, "", id)
}

pub(crate) fn destination(place: Place) -> Destination {
    Destination { place, name: "smxchat".to_owned(), layout: Layout::Flat, role: None, cards: Cards::Full }
}

pub(crate) fn settings() -> Settings {
    Settings {
        slug: slug(),
        hashtag: "SMXChat".to_owned(),
        title: "SMX Chat".to_owned(),
        workspace: "T024BE7LD".to_owned(),
        slots: vec![Slot {
            recurrence: Recurrence::Weekly {
                every: 1,
                day: Weekday::Tue,
                anchor: NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day"),
            },
            time: NaiveTime::from_hms_opt(20, 0, 0).expect("a time"),
        }],
        zone: "Europe/London".parse().expect("a zone"),
        city: "London".to_owned(),
        length: Duration::hours(1),
        cadence: Cadence::Auto,
        reminders: vec![Duration::days(1), Duration::minutes(10)],
        cities: vec![],
        destinations: vec![destination(discord()), destination(slack())],
        organisers: vec![Person::new(Platform::Slack, "T024BE7LD", "U1")],
        moderators: vec![],
        muted: vec![],
        burst: Some(Settings::BURST),
        door: Door::Open,
        desk: None,
        words: Words::default(),
        x_approved: None,
        breaks: vec![],
        budget: Some(Settings::USUAL_BUDGET),
        events: false,
        retired: false,
        version: 0,
    }
}

pub(crate) fn tag(tag: &str, was: Option<&str>) -> Change {
    Change::Hashtag { tag: tag.to_owned(), was: was.map(str::to_owned) }
}

pub(crate) fn episode_id() -> EpisodeId {
    EpisodeId { chat: slug(), planned: at("2026-11-24T20:00:00Z") }
}

pub(crate) fn episode(planned: &str) -> Episode {
    let id = EpisodeId { chat: slug(), planned: at(planned) };
    Episode::planned(id, Duration::hours(1))
}

pub(crate) fn cue(kind: Kind, due: DateTime<Utc>) -> Cue {
    Cue { id: CueId { episode: episode_id(), kind }, due, rev: 1, state: CueState::Waiting }
}

pub(crate) fn post_id(id: &str) -> PostId {
    PostId { source: Platform::X, id: id.to_owned() }
}

pub(crate) fn filed(id: &str, author: &str) -> Filed {
    let post = Post {
        id: post_id(id),
        version: id.to_owned(),
        versions: vec![id.to_owned()],
        author: Author {
            person: person(author),
            name: format!("Person {author}"),
            handle: Some(format!("p{author}")),
            picture: None,
        },
        text: "A1 hello".to_owned(),
        at: now(),
        hashtags: vec!["SMXChat".to_owned()],
        replies_to: None,
        is_repost: false,
        quoted: None,
        media: vec![],
        link: None,
    };
    Filed {
        post,
        episode: episode_id(),
        question: None,
        first_time: false,
        refiled: 0,
        entry: Entry::Straight,
    }
}

/// A delivery of this name to a place, ordered by its class and second.
pub(crate) fn delivery(what: &str, to: Place, class: Class, second: i64) -> NewDelivery {
    let delivery = Delivery {
        id: DeliveryId::new(what, &to),
        to,
        room: Room::Channel,
        class,
        at: now() + Duration::seconds(second),
        not_before: None,
        expires: None,
        work: Work::Announce(Message::new(Text::plain(what))),
    };
    NewDelivery { delivery, payload: None, said: None, look_at: None }
}

/// An announcement to Discord.
pub(crate) fn announcement(what: &str) -> NewDelivery {
    delivery(what, discord(), Class::Announcement, 0)
}

/// A commit with a name of its own.
pub(crate) fn commit(changes: Vec<Change>, deliveries: Vec<NewDelivery>) -> Commit {
    static COUNT: Mutex<u32> = Mutex::new(0);
    let mut count = COUNT.lock().expect("not poisoned");
    *count += 1;
    Commit {
        changes,
        deliveries,
        happened: Vec::new(),
        request: None,
        real_now: now(),
        token: format!("test {count}"),
    }
}

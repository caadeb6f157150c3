//! What X sends: the body of a filtered-stream webhook, the envelope of the Activity API, the older
//! Account Activity bodies, and answers of recent search, which have the first one's shape.
//!
//! X is renaming its fields from tweets to posts, in some places and not in others, so both names are
//! read everywhere.

use chat::name::{Person, Platform, PostId};
use chat::post::{Author, Media, Post, Quoted};
use chat::weigh;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::Malformed;
use crate::reading::{entity, first, kind, list, object, string, unescaped};

/// What one body from X holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct XInbound {
    /// Posts, in the order in which they stood.
    pub posts: Vec<Post>,
    /// Posts that were deleted. The id is the one X names, which may be that of any version of an edited
    /// post.
    pub removed: Vec<PostId>,
    /// Kinds nothing is done about.
    pub ignored: Vec<String>,
    /// What stood beside those and could not be read; the others are taken all the same.
    pub malformed: Vec<Malformed>,
}

/// The most posts of one body: X's webhook sends one, a page of its search a hundred.
const MOST_POSTS: usize = 100;
/// X's ids are numbers of up to nineteen digits; room for what it may think of next.
const MOST_ID: usize = 64;
/// X lets a post be edited five times: <https://docs.x.com/x-api/fundamentals/edit-posts>.
const MOST_VERSIONS: usize = 12;
/// Each is a few rows where it is quoted, and the one that is quoted comes on top.
const MOST_QUOTED_VERSIONS: usize = 6;
/// X's longest post, with room: <https://docs.x.com/fundamentals/counting-characters>.
const MOST_TEXT: usize = 30_000;
/// X's names have fifty characters at most.
const MOST_NAME: usize = 200;
/// A description of a picture has a thousand characters on X.
const MOST_ALT: usize = 2_000;
/// A post has four pictures.
const MOST_MEDIA: usize = 8;
/// More than a post of 280 characters can hold; and none of them is longer than that.
const MOST_TAGS: usize = 100;

/// Reads a body of X's webhook, or of a recent search.
///
/// Whatever is longer than X allows is cut, so that what is stored of it has bounds.
///
/// # Errors
/// [`Malformed`] where it is not a JSON object, or where nothing in it can be read: a post without an id,
/// or without a time that could be derived from it. Unknown kinds are not an error but
/// [`XInbound::ignored`].
pub fn activity(body: &[u8]) -> Result<XInbound, Malformed> {
    let body = object(body)?;
    let mut inbound = XInbound::default();
    for event in list(&body, "/tweet_delete_events") {
        let id = first(event, &["/status/id", "/status/id_str"]).filter(|id| is_id(id));
        match id.ok_or(Malformed::Missing("tweet_delete_events.status.id")) {
            Ok(id) => inbound.removed.push(post_id(id)),
            Err(why) => inbound.malformed.push(why),
        }
    }
    match body.get("data") {
        Some(data @ Value::Object(_)) if data.get("event_type").is_some() => {
            envelope(&body, data, &mut inbound);
        }
        Some(data @ Value::Object(_)) if looks_like_post(data) => {
            inbound.read(data, body.get("includes"));
        }
        Some(Value::Array(posts)) => {
            for data in posts.iter().take(MOST_POSTS) {
                inbound.read(data, body.get("includes"));
            }
            if posts.len() > MOST_POSTS {
                inbound.ignored.push(format!("{}-more-posts", posts.len() - MOST_POSTS));
            }
        }
        Some(Value::Object(_)) => inbound.ignored.push("data".to_owned()),
        _ => {}
    }
    if inbound.posts.is_empty()
        && inbound.removed.is_empty()
        && let Some(why) = inbound.malformed.first()
    {
        return Err(*why);
    }
    if inbound == XInbound::default() {
        let nothing_of_it = ["for_user_id", "data", "includes", "matching_rules", "meta", "users", "apps"];
        let kinds = body.as_object().into_iter().flat_map(|fields| fields.keys());
        inbound.ignored = kinds.filter(|k| !nothing_of_it.contains(&k.as_str())).map(|k| kind(k)).collect();
    }
    Ok(inbound)
}

/// What a batch compliance job found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compliance {
    /// Posts that must not be shown any more: deleted, or their account protected, suspended or closed. The
    /// id is the one that was asked about, which may be that of any version.
    pub removed: Vec<PostId>,
    /// Actions nothing is done about, such as taking a place off a post, which we never show.
    pub ignored: Vec<String>,
    /// Lines that could not be read; the others are taken all the same.
    pub malformed: Vec<Malformed>,
}

/// Reads the result of a batch compliance job: a JSON object on each line, for affected posts only
/// (<https://docs.x.com/x-api/compliance/batch-compliance/quickstart>).
pub fn compliance(ndjson: &[u8]) -> Compliance {
    let mut found = Compliance::default();
    for line in ndjson.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line = match object(line) {
            Ok(line) => line,
            Err(why) => {
                found.malformed.push(why);
                continue;
            }
        };
        let (action, reason) = (string(&line, "/action"), string(&line, "/reason"));
        match (action.as_deref(), reason.as_deref()) {
            // The post itself may stay; what goes is where it was written.
            (_, Some("scrub_geo")) => found.ignored.push("scrub_geo".to_owned()),
            (Some("delete"), _) => match string(&line, "/id").filter(|id| is_id(id)) {
                Some(id) => found.removed.push(post_id(id)),
                None => found.malformed.push(Malformed::Missing("id")),
            },
            (other, _) => found.ignored.push(kind(other.unwrap_or_default())),
        }
    }
    found
}

impl XInbound {
    fn read(&mut self, data: &Value, includes: Option<&Value>) {
        match post(data, includes) {
            Ok(post) => self.posts.push(post),
            Err(why) => self.malformed.push(why),
        }
    }
}

pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MOST_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn most(text: String, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

fn envelope(body: &Value, data: &Value, inbound: &mut XInbound) {
    let event = string(data, "/event_type").unwrap_or_default();
    let payload = data.get("payload").filter(|p| p.as_object().is_some_and(|fields| !fields.is_empty()));
    // `post.create`, and `post.reply.create`, `post.mention.create`… for those who subscribed to them:
    // the same post may come more than once, and has the same name each time.
    let created = event == "post.create" || (event.starts_with("post.") && event.ends_with(".create"));
    match payload {
        Some(payload) if created => {
            inbound.read(payload, data.get("includes").or_else(|| body.get("includes")));
        }
        Some(payload) if event == "post.delete" => match string(payload, "/id").filter(|id| is_id(id)) {
            Some(id) => inbound.removed.push(post_id(id)),
            None => inbound.malformed.push(Malformed::Missing("payload.id")),
        },
        _ => inbound.ignored.push(kind(&event)),
    }
}

fn looks_like_post(data: &Value) -> bool {
    data.get("id").is_some() && data.get("text").is_some()
}

fn post_id(id: String) -> PostId {
    PostId { source: Platform::X, id }
}

fn post(data: &Value, includes: Option<&Value>) -> Result<Post, Malformed> {
    let includes = includes.unwrap_or(&Value::Null);
    let version = string(data, "/id").filter(|id| is_id(id)).ok_or(Malformed::Missing("post id"))?;
    let id = first(data, &["/edit_history_tweet_ids/0", "/edit_history_post_ids/0"])
        .filter(|id| is_id(id))
        .unwrap_or_else(|| version.clone());
    let versions = versions(data, &version, MOST_VERSIONS);
    let at = string(data, "/created_at")
        .and_then(|written| DateTime::parse_from_rfc3339(&written).ok())
        .map(|at| at.to_utc())
        .or_else(|| time_of(&version))
        .ok_or(Malformed::Missing("created_at"))?;
    let author_id = string(data, "/author_id").filter(|id| is_id(id)).unwrap_or_default();
    let author = author(&author_id, string(data, "/username"), includes);
    let replies_to = referenced(data, "replied_to").or_else(|| {
        first(data, &["/in_reply_to_tweet_id", "/in_reply_to_post_id", "/in_reply_to_status_id_str"])
    });
    let replies_to = replies_to.filter(|id| is_id(id));
    let quoted_post = referenced(data, "quoted").and_then(|id| included(includes, &id));
    let media = media(data, includes);
    let written = Written::of(data);
    let text = written.shown(|link| {
        (quoted_post.is_some() && link.leads_to_quoted(data)) || (!media.is_empty() && link.is_media())
    });
    Ok(Post {
        id: post_id(id),
        link: Some(link(author.handle.as_deref(), &version)),
        version,
        versions,
        author,
        text,
        at,
        hashtags: written.hashtags(),
        replies_to,
        is_repost: referenced(data, "retweeted").is_some(),
        quoted: quoted_post.map(|quoted| self::quoted(quoted, includes)),
        media,
    })
}

/// The ids of a post's edit history, oldest first, as far as they came along; this version's among them.
fn versions(data: &Value, version: &str, most: usize) -> Vec<String> {
    let mut versions: Vec<String> = ["/edit_history_tweet_ids", "/edit_history_post_ids"]
        .into_iter()
        .flat_map(|pointer| list(data, pointer))
        .filter_map(|id| id.as_str().map(str::to_owned))
        .filter(|id| is_id(id))
        .take(most)
        .collect();
    if !versions.iter().any(|id| id == version) {
        versions.push(version.to_owned());
    }
    versions
}

/// An id carries its time: milliseconds since X's epoch, above 22 bits of others.
fn time_of(id: &str) -> Option<DateTime<Utc>> {
    const EPOCH_MS: i64 = 1_288_834_974_657;
    let id: i64 = id.parse().ok().filter(|id| *id > 1 << 22)?;
    DateTime::from_timestamp_millis(EPOCH_MS)?.checked_add_signed(TimeDelta::milliseconds(id >> 22))
}

/// A referenced id of this kind: `replied_to`, `quoted`, `retweeted`.
fn referenced(data: &Value, wanted: &str) -> Option<String> {
    ["/referenced_tweets", "/referenced_posts"]
        .into_iter()
        .flat_map(|pointer| list(data, pointer))
        .find(|r| string(r, "/type").is_some_and(|kind| kind == wanted))
        .and_then(|r| string(r, "/id"))
}

/// A post that came along.
fn included<'a>(includes: &'a Value, id: &str) -> Option<&'a Value> {
    ["/tweets", "/posts"]
        .into_iter()
        .flat_map(|pointer| list(includes, pointer))
        .map(|post| post.get("data").unwrap_or(post))
        .find(|post| string(post, "/id").is_some_and(|i| i == id))
}

fn author(id: &str, named: Option<String>, includes: &Value) -> Author {
    // Deletions wrap each user in another `data`.
    let users = list(includes, "/users").iter().map(|user| user.get("data").unwrap_or(user));
    let user = users
        .into_iter()
        .find(|user| !id.is_empty() && string(user, "/id").is_some_and(|i| i == id))
        .unwrap_or(&Value::Null);
    let handle = string(user, "/username").or(named).filter(|h| is_handle(h));
    let name = string(user, "/name").map(|n| most(n, MOST_NAME)).filter(|name| !name.trim().is_empty());
    Author {
        person: Person::new(Platform::X, "", id),
        name: name.or_else(|| handle.clone()).unwrap_or_else(|| "someone on X".to_owned()),
        handle,
        picture: string(user, "/profile_image_url").filter(|url| is_address(url)).map(bigger),
    }
}

/// X names the 48-pixel picture; the 73-pixel one is the next larger.
fn bigger(picture: String) -> String {
    match picture.rsplit_once("_normal.") {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem}_bigger.{ending}"),
        _ => picture,
    }
}

fn is_address(url: &str) -> bool {
    url.starts_with("https://") && url.len() <= 2_000
}

fn is_handle(written: &str) -> bool {
    !written.is_empty()
        && written.len() <= MOST_ID
        && written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn link(handle: Option<&str>, id: &str) -> String {
    format!("https://x.com/{}/status/{id}", handle.unwrap_or("i"))
}

fn quoted(data: &Value, includes: &Value) -> Quoted {
    let id = string(data, "/id").unwrap_or_default();
    let author_id = string(data, "/author_id").filter(|id| is_id(id)).unwrap_or_default();
    let author = author(&author_id, string(data, "/username"), includes);
    let mut names: Vec<PostId> = Vec::new();
    for id in versions(data, &id, MOST_QUOTED_VERSIONS).into_iter().filter(|id| is_id(id)) {
        let name = post_id(id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Quoted {
        names,
        // Without its id nobody is known by anything that lasts.
        author: (!author_id.is_empty()).then(|| author.person.clone()),
        link: Some(link(author.handle.as_deref(), &id)),
        name: author.name,
        handle: author.handle,
        text: Written::of(data).shown(|link| link.is_media()),
    }
}

fn media(data: &Value, includes: &Value) -> Vec<Media> {
    let known = list(includes, "/media");
    list(data, "/attachments/media_keys")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|key| known.iter().find(|m| string(m, "/media_key").is_some_and(|k| k == key)))
        .take(MOST_MEDIA)
        .map(|m| Media {
            kind: string(m, "/type").map_or_else(|| "photo".to_owned(), |kind| most(kind, 40)),
            url: first(m, &["/url", "/preview_image_url"]).filter(|url| is_address(url)),
            alt: string(m, "/alt_text")
                .map(|alt| most(unescaped(&alt), MOST_ALT))
                .filter(|alt| !alt.trim().is_empty()),
        })
        .collect()
}

/// A text as X wrote it, with what X says stands in it.
struct Written<'a> {
    text: String,
    entities: &'a Value,
}

/// A `t.co` link, and what it stands for.
struct Link<'a> {
    entity: &'a Value,
    short: String,
}

impl<'a> Written<'a> {
    /// A long post's whole text stands in its note, with entities of its own.
    fn of(data: &'a Value) -> Written<'a> {
        let note = ["note_tweet", "note_post"].into_iter().find_map(|name| data.get(name));
        if let Some(text) = note.and_then(|note| string(note, "/text")) {
            let text = most(text, MOST_TEXT);
            return Written { text, entities: note.and_then(|n| n.get("entities")).unwrap_or(&Value::Null) };
        }
        Written {
            text: most(string(data, "/text").unwrap_or_default(), MOST_TEXT),
            entities: data.get("entities").unwrap_or(&Value::Null),
        }
    }

    fn links(&self) -> impl Iterator<Item = Link<'a>> + use<'a> {
        list(self.entities, "/urls").iter().filter_map(|entity| {
            let short = string(entity, "/url").filter(|url| url.starts_with("http"))?;
            Some(Link { entity, short })
        })
    }

    /// Entities decoded once and links expanded, in one pass, so that an address with `&amp;` in it is
    /// not decoded along. Links at the end that are shown in another form are taken away.
    ///
    /// Links are found by what they are, not by their positions: X counts those in code points of a text
    /// that may or may not be decoded.
    fn shown(&self, shown_otherwise: impl Fn(&Link<'_>) -> bool) -> String {
        let links: Vec<Link<'_>> = self.links().collect();
        let mut text = self.text.trim_end();
        while let Some(link) = links.iter().find(|l| ends_with_word(text, &l.short) && shown_otherwise(l)) {
            text = text[..text.len() - link.short.len()].trim_end();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(link) = links.iter().find(|l| begins_with_word(rest, &l.short)) {
                out.push_str(&link.expanded());
                rest = &rest[link.short.len()..];
            } else if let Some((plain, len)) = entity(rest) {
                out.push(plain);
                rest = &rest[len..];
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    }

    /// From the entities, else by twitter-text's rules over the text with its links still short, since
    /// a `#` in an address makes no hashtag.
    fn hashtags(&self) -> Vec<String> {
        let tags: Vec<String> = match self.entities.get("hashtags").and_then(Value::as_array) {
            Some(tags) => tags.iter().filter_map(|tag| first(tag, &["/tag", "/text"])).collect(),
            None => weigh::hashtags(&unescaped(&self.text)),
        };
        // Longer than a short post, it is nobody's hashtag.
        tags.into_iter().filter(|tag| tag.len() <= 280).take(MOST_TAGS).collect()
    }
}

/// `https://t.co/ab` does not stand in `https://t.co/abc`.
fn begins_with_word(text: &str, short: &str) -> bool {
    text.strip_prefix(short).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn ends_with_word(text: &str, short: &str) -> bool {
    text.strip_suffix(short).is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()))
}

impl Link<'_> {
    /// Where it leads: past other shorteners if X followed them. As written where X does not say, or
    /// says something that is no web address.
    fn expanded(&self) -> String {
        ["/unwound_url", "/expanded_url"]
            .into_iter()
            .filter_map(|pointer| string(self.entity, pointer))
            .find(|url| {
                (url.starts_with("https://") || url.starts_with("http://"))
                    && !url.chars().any(|c| c.is_whitespace() || c.is_control())
            })
            .unwrap_or_else(|| self.short.clone())
    }

    fn path(&self) -> Vec<String> {
        let expanded = string(self.entity, "/expanded_url").unwrap_or_default();
        expanded.split(['?', '#']).next().unwrap_or_default().split('/').skip(2).map(str::to_owned).collect()
    }

    fn on_x(&self, path: &[String]) -> bool {
        let host = path.first().map(String::as_str).unwrap_or_default();
        matches!(host, "x.com" | "twitter.com" | "www.x.com" | "www.twitter.com" | "mobile.twitter.com")
    }

    /// `x.com/{user}/status/{id}`, with the quoted id.
    fn leads_to_quoted(&self, data: &Value) -> bool {
        let path = self.path();
        let quoted = referenced(data, "quoted");
        self.on_x(&path) && path.len() >= 4 && path[2] == "status" && Some(&path[3]) == quoted.as_ref()
    }

    /// `x.com/{user}/status/{id}/photo/1`, as X writes for pictures of the post itself.
    fn is_media(&self) -> bool {
        let path = self.path();
        let pictured = path.len() >= 6 && path[2] == "status" && (path[4] == "photo" || path[4] == "video");
        self.entity.get("media_key").is_some() || (self.on_x(&path) && pictured)
    }
}

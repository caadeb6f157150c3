//! Every request that Earshot made, against what the platforms publish: Discord's OpenAPI 3.1 and X's
//! OpenAPI 3.0 in full, and Slack's method list, which was frozen in 2021.
//!
//! The documents are read from `../shared/specs` beside the repository. Where that is absent nothing is
//! checked, which is said aloud, unless `EARSHOT_REQUIRE` contains `shared`: then it is a failure.
//!
//! Stricter than the documents in one way: a field they do not name is a complaint, though Discord would
//! ignore it, because a field that is ignored is a mistake of ours.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use earshot::standin::{Request, StandIn};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::Show;

/// How many requests were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// Discord's.
    pub discord: usize,
    /// X's.
    pub x: usize,
    /// Slack's methods and `response_url`s.
    pub slack: usize,
}

/// Checks every request that the show's platforms received. `None` where `../shared` is absent.
///
/// # Panics
/// With every complaint at once, if there is one; or where `../shared` is required and absent.
pub fn check(show: &Show) -> Option<Checked> {
    let platforms = &show.platforms;
    let (discord, x, slack) =
        (platforms.discord.requests(), platforms.x.requests(), platforms.slack.requests());
    let contracts = contracts()?;
    let mut complaints = Vec::new();
    for request in &discord {
        complaints.extend(contracts.discord(request));
    }
    for request in &x {
        complaints.extend(contracts.x(request));
    }
    for request in &slack {
        complaints.extend(contracts.slack(request));
    }
    complaints.dedup();
    let all = complaints.iter().map(Complaint::to_string).collect::<Vec<_>>().join("\n");
    assert!(complaints.is_empty(), "requests that the platforms' documents do not allow:\n{all}");
    Some(Checked { discord: discord.len(), x: x.len(), slack: slack.len() })
}

/// One thing that a platform's document does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `POST /channels/1/messages`.
    pub request: String,
    /// Where in it, as a JSON pointer or a parameter's name.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.request, self.at, self.what)
    }
}

/// The platforms' documents.
pub struct Contracts {
    discord: OpenApi,
    x: OpenApi,
    slack: Value,
}

/// The documents, read once. `None`, said aloud, where `../shared` is absent.
///
/// # Panics
/// Where `EARSHOT_REQUIRE` contains `shared` and they are absent, or where one cannot be read.
pub fn contracts() -> Option<&'static Contracts> {
    static CONTRACTS: OnceLock<Option<Contracts>> = OnceLock::new();
    CONTRACTS
        .get_or_init(|| {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
            let required =
                std::env::var("EARSHOT_REQUIRE").is_ok_and(|v| v.split(',').any(|w| w.trim() == "shared"));
            if !folder.is_dir() && !required {
                say_skipped();
                return None;
            }
            let read = |name: &str| -> Value {
                let text = std::fs::read(folder.join(name))
                    .unwrap_or_else(|e| panic!("../shared/specs/{name}: {e}"));
                serde_json::from_slice(&text).unwrap_or_else(|e| panic!("../shared/specs/{name}: {e}"))
            };
            Some(Contracts {
                discord: OpenApi::new(read("discord-openapi.json"), "/api/v10"),
                x: OpenApi::new(read("x-openapi.json"), ""),
                slack: read("slack_web_openapi_v2.json"),
            })
        })
        .as_ref()
}

#[allow(clippy::print_stderr, reason = "a skipped check must be seen by whoever runs the tests")]
fn say_skipped() {
    eprintln!("skipped: ../shared is absent, so no request was checked against the platforms' documents");
}

impl Contracts {
    /// What Discord's document has against a request, and what our own rule has: whatever is said names
    /// whom it may ping, and by default that is nobody.
    pub fn discord(&self, request: &Request) -> Vec<Complaint> {
        let mut complaints = self.discord.check(request);
        let speaks = request.path.contains("/messages") && !request.path.ends_with("/threads");
        if speaks && matches!(request.method.as_str(), "POST" | "PATCH") {
            let parse = request.body.pointer("/allowed_mentions/parse");
            if parse != Some(&json!([])) {
                complaints.push(complaint(
                    request,
                    "/allowed_mentions/parse",
                    "must be [], so that no text can ping",
                ));
            }
        }
        complaints
    }

    /// What Discord's document has against an answer to an interaction.
    pub fn discord_answer(&self, answer: &Value) -> Vec<Complaint> {
        let kind = match answer["type"].as_u64() {
            Some(1) => "PongInteractionCallbackRequest",
            Some(4 | 5) => "CreateMessageInteractionCallbackRequest",
            Some(6 | 7) => "UpdateMessageInteractionCallbackRequest",
            _ => "ModalInteractionCallbackRequest",
        };
        let pointer = format!("/components/schemas/{kind}");
        let words = "an answer to an interaction".to_owned();
        self.discord
            .faults(&pointer, answer)
            .into_iter()
            .map(|(at, what)| Complaint { request: words.clone(), at, what })
            .collect()
    }

    /// What X's document has against a request.
    pub fn x(&self, request: &Request) -> Vec<Complaint> {
        // Where X's compliance jobs have their files: signed addresses elsewhere, of which its document
        // says nothing.
        if request.path.starts_with("/storage/") {
            return Vec::new();
        }
        let mut complaints = self.x.check(request);
        // Which fields come with the stream is said in the query of the link. X's pages have it, and so has
        // its document of version 2.166; the one of 2.167 leaves it out.
        if request.method == "POST" && request.path.starts_with("/2/tweets/search/webhooks/") {
            let known = ["expansions", "tweet.fields", "post.fields", "user.fields", "media.fields"];
            complaints.retain(|complaint| !known.contains(&complaint.at.as_str()));
        }
        complaints
    }

    /// What Slack's method list has against a request.
    pub fn slack(&self, request: &Request) -> Vec<Complaint> {
        match request.path.strip_prefix("/api/") {
            Some(method) => self.slack_method(method, request),
            None => response_url(request),
        }
    }

    fn slack_method(&self, method: &str, request: &Request) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let mut wrong = |at: &str, what: &str| complaints.push(complaint(request, at, what));
        let Some(verbs) = self.slack["paths"].get(format!("/{method}")).and_then(Value::as_object) else {
            wrong("", "Slack has no such method");
            return complaints;
        };
        let Some((verb, operation)) = verbs.iter().next() else {
            wrong("", "this method has no verb");
            return complaints;
        };
        let posted = POSTED.contains(&method) && request.method == "POST";
        if !posted && !request.method.eq_ignore_ascii_case(verb) {
            wrong("", &format!("this method is called by {}", verb.to_uppercase()));
        }
        if !request.headers.contains_key("authorization") {
            wrong("authorization", "the token belongs into this header");
        }
        let named: BTreeMap<&str, &Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| Some((p["name"].as_str()?, p)))
            .filter(|(name, _)| *name != "token")
            .collect();
        let given = arguments(request);
        for (name, parameter) in &named {
            if parameter["required"] == json!(true) && !given.contains_key(*name) {
                wrong(name, "is required");
            }
        }
        for (name, value) in &given {
            let newer = NEWER.iter().find(|newer| newer.method == method && newer.argument == name);
            match (named.get(name.as_str()), newer) {
                (_, Some(newer)) => {
                    if !newer.kind.fits(value) {
                        wrong(name, &format!("is not {} ({})", newer.kind, newer.why));
                    }
                }
                (Some(parameter), None) => {
                    let kind = Kind::of(parameter["type"].as_str().unwrap_or_default());
                    if !kind.fits(value) {
                        wrong(name, &format!("is not {kind}"));
                    }
                }
                (None, None) => wrong(name, "this method has no such argument"),
            }
        }
        complaints
    }
}

/// Methods that the frozen list calls with GET, having no body of arguments then, and that take POST with
/// a JSON body today (<https://docs.slack.dev/apis/web-api/#post-bodies>).
const POSTED: [&str; 4] = ["views.open", "views.update", "views.publish", "auth.test"];

/// What an argument may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
    Object,
    Array,
}

impl Kind {
    fn of(name: &str) -> Kind {
        match name {
            "number" | "integer" => Kind::Number,
            "boolean" => Kind::Flag,
            "object" => Kind::Object,
            "array" => Kind::Array,
            _ => Kind::Text,
        }
    }

    /// In a query everything is text.
    fn fits(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Kind::Text => text.is_some(),
            // A `ts` is called a number in the list and is text in every example beside it.
            Kind::Number => value.is_number() || text.is_some_and(|t| t.parse::<f64>().is_ok()),
            Kind::Flag => {
                value.is_boolean() || text.is_some_and(|t| matches!(t, "true" | "false" | "0" | "1"))
            }
            Kind::Object => value.is_object(),
            Kind::Array => value.is_array(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Text => "text",
            Kind::Number => "a number",
            Kind::Flag => "true or false",
            Kind::Object => "an object",
            Kind::Array => "a list",
        })
    }
}

/// An argument that the list of 2021 does not have, or has in another shape.
struct Newer {
    method: &'static str,
    argument: &'static str,
    kind: Kind,
    why: &'static str,
}

const fn newer(method: &'static str, argument: &'static str, kind: Kind, why: &'static str) -> Newer {
    Newer { method, argument, kind, why }
}

const IN_JSON: &str = "a JSON body carries the list itself; only a form carries it as text";
const METADATA: &str = "message metadata came in 2022: https://docs.slack.dev/messaging/message-metadata/";

const NEWER: [Newer; 10] = [
    newer("chat.postMessage", "blocks", Kind::Array, IN_JSON),
    newer("chat.update", "blocks", Kind::Array, IN_JSON),
    newer("views.open", "view", Kind::Object, IN_JSON),
    newer("views.update", "view", Kind::Object, IN_JSON),
    newer("views.publish", "view", Kind::Object, IN_JSON),
    newer("chat.postMessage", "metadata", Kind::Object, METADATA),
    newer("chat.update", "metadata", Kind::Object, METADATA),
    newer("conversations.history", "include_all_metadata", Kind::Flag, METADATA),
    newer("conversations.replies", "include_all_metadata", Kind::Flag, METADATA),
    newer("chat.update", "link_names", Kind::Flag, "a flag everywhere else"),
];

/// Fields that an answer through a `response_url` may have. No document lists them; they are on
/// <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>.
const RESPONSE: [(&str, Kind); 9] = [
    ("text", Kind::Text),
    ("blocks", Kind::Array),
    ("attachments", Kind::Array),
    ("response_type", Kind::Text),
    ("replace_original", Kind::Flag),
    ("delete_original", Kind::Flag),
    ("thread_ts", Kind::Text),
    ("unfurl_links", Kind::Flag),
    ("unfurl_media", Kind::Flag),
];

fn response_url(request: &Request) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut wrong = |at: &str, what: String| complaints.push(complaint(request, at, &what));
    if request.method != "POST" {
        wrong("", "a response_url is called by POST".to_owned());
    }
    if request.headers.contains_key("authorization") {
        wrong("authorization", "a response_url needs no token, and should see none".to_owned());
    }
    let Some(fields) = request.body.as_object() else {
        wrong("", "a response_url takes an object".to_owned());
        return complaints;
    };
    for (name, value) in fields {
        match RESPONSE.iter().find(|(known, _)| known == name) {
            None => wrong(name, "a response_url knows no such field".to_owned()),
            Some((_, kind)) if !kind.fits(value) => wrong(name, format!("is not {kind}")),
            Some(_) => {}
        }
    }
    let kind = fields.get("response_type").and_then(Value::as_str);
    if kind.is_some_and(|kind| !matches!(kind, "ephemeral" | "in_channel")) {
        wrong("response_type", "is ephemeral or in_channel".to_owned());
    }
    complaints
}

fn complaint(request: &Request, at: &str, what: &str) -> Complaint {
    let request = format!("{} {}", request.method, request.path);
    Complaint { request, at: at.to_owned(), what: what.to_owned() }
}

/// A call's arguments, wherever they were put.
fn arguments(request: &Request) -> Map<String, Value> {
    let mut given: Map<String, Value> = pairs(&request.query).map(|(k, v)| (k, Value::String(v))).collect();
    given.extend(request.body.as_object().cloned().unwrap_or_default());
    given
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescaped(name), unescaped(value))
    })
}

/// Undoes `%2C` and `+`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(other),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A document in OpenAPI 3, with validators of the schemas that were asked for so far.
struct OpenApi {
    document: Value,
    prefix: &'static str,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl OpenApi {
    fn new(mut document: Value, prefix: &'static str) -> OpenApi {
        tighten(&mut document, false);
        OpenApi { document, prefix, validators: Mutex::default() }
    }

    fn check(&self, request: &Request) -> Vec<Complaint> {
        let wrong = |at: &str, what: &str| complaint(request, at, what);
        let Some(path) = request.path.strip_prefix(self.prefix) else {
            return vec![wrong("", &format!("is not below {}", self.prefix))];
        };
        let verb = request.method.to_lowercase();
        let Some((template, values)) = self.route(path, &verb) else {
            return vec![wrong("", "the document has no such operation")];
        };
        let item = format!("/paths/{}", escaped(&template));
        let operation = format!("{item}/{verb}");
        let mut complaints = Vec::new();
        let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs(&request.query) {
            query.entry(name).or_default().push(value);
        }
        for pointer in self.parameters(&item).into_iter().chain(self.parameters(&operation)) {
            let parameter = self.document.pointer(&pointer).unwrap_or(&Value::Null);
            let name = parameter["name"].as_str().unwrap_or_default();
            let given = match parameter["in"].as_str() {
                Some("query") => query.remove(name),
                Some("path") => values.get(name).map(|value| vec![value.clone()]),
                Some("header") => request.headers.get(&name.to_lowercase()).map(|value| vec![value.clone()]),
                _ => None,
            };
            let Some(given) = given else {
                if parameter["required"] == json!(true) {
                    complaints.push(wrong(name, "is required"));
                }
                continue;
            };
            let schema = format!("{pointer}/schema");
            let value = self.read(&self.resolved(&schema), &given);
            complaints.extend(
                self.faults(&schema, &value).iter().map(|(at, what)| wrong(&format!("{name}{at}"), what)),
            );
        }
        complaints.extend(query.keys().map(|name| wrong(name, "the operation has no such parameter")));
        let body = self.resolved(&format!("{operation}/requestBody"));
        match (self.document.pointer(&body), &request.body) {
            (None, Value::Null) => {}
            (None, _) => complaints.push(wrong("", "the operation takes no body")),
            (Some(described), Value::Null) => {
                if described["required"] == json!(true) {
                    complaints.push(wrong("", "the operation wants a body"));
                }
            }
            (Some(_), given) => {
                let schema = format!("{body}/content/application~1json/schema");
                complaints.extend(self.faults(&schema, given).iter().map(|(at, what)| wrong(at, what)));
            }
        }
        complaints
    }

    /// The template that fits a path best, with the values of its parameters: the one with the fewest
    /// parameters, so that `@me` is not taken for an id.
    fn route(&self, path: &str, verb: &str) -> Option<(String, BTreeMap<String, String>)> {
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &str| {
            let mut values = BTreeMap::new();
            let (mut ours, mut theirs) = (path.split('/'), template.split('/'));
            loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => return Some(values),
                    (Some(value), Some(part)) => {
                        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                            Some(name) if !value.is_empty() => {
                                values.insert(name.to_owned(), unescaped(value));
                            }
                            _ if part == unescaped(value) => {}
                            _ => return None,
                        }
                    }
                    _ => return None,
                }
            }
        };
        let known = paths.iter().filter(|(_, item)| item.get(verb).is_some());
        let fitting = known.filter_map(|(template, _)| Some((template.clone(), fits(template)?)));
        fitting.min_by_key(|(_, values)| values.len())
    }

    /// Pointers to the parameters of an operation or a path.
    fn parameters(&self, of: &str) -> Vec<String> {
        let list = self.document.pointer(&format!("{of}/parameters")).and_then(Value::as_array);
        (0..list.map_or(0, Vec::len)).map(|n| self.resolved(&format!("{of}/parameters/{n}"))).collect()
    }

    /// Follows references.
    fn resolved(&self, pointer: &str) -> String {
        let target = self.document.pointer(pointer).and_then(|v| v.get("$ref")).and_then(Value::as_str);
        match target.and_then(|target| target.strip_prefix('#')) {
            Some(target) => self.resolved(target),
            None => pointer.to_owned(),
        }
    }

    /// What a parameter's text means where its schema wants a number, a flag or a list.
    fn read(&self, schema: &str, given: &[String]) -> Value {
        let described = self.document.pointer(schema).unwrap_or(&Value::Null);
        let kinds = match &described["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            Value::String(kind) => vec![kind.as_str()],
            _ => Vec::new(),
        };
        let text = given.join(",");
        if kinds.contains(&"array") {
            let items = self.resolved(&format!("{schema}/items"));
            return text.split(',').map(|one| self.read(&items, &[one.to_owned()])).collect();
        }
        let number = kinds.iter().any(|kind| matches!(*kind, "integer" | "number"));
        let plain =
            (number || kinds.contains(&"boolean")).then(|| serde_json::from_str(&text).ok()).flatten();
        plain.unwrap_or(Value::String(text))
    }

    /// What a schema of the document has against a value: where and what.
    fn faults(&self, pointer: &str, value: &Value) -> Vec<(String, String)> {
        let validator = {
            let mut known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(pointer.to_owned()).or_insert_with(|| Arc::new(self.validator(pointer))))
        };
        let faults = validator.iter_errors(value);
        faults.map(|fault| (fault.instance_path().to_string(), brief(&fault.to_string()))).collect()
    }

    fn validator(&self, pointer: &str) -> Validator {
        let described = self.document.pointer(pointer);
        let mut schema =
            described.cloned().unwrap_or_else(|| panic!("the document has nothing at {pointer}"));
        // References are written from the document's root.
        schema["components"] = json!({"schemas": self.document["components"]["schemas"]});
        jsonschema::draft202012::options()
            .should_validate_formats(false)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{pointer} is not a schema: {error}"))
    }
}

fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// Refuses fields that an object's schema does not name, and writes OpenAPI 3.0's `nullable` as JSON
/// Schema does. Parts of an `allOf` are left open: each sees the fields of the others.
fn tighten(schema: &mut Value, part: bool) {
    match schema {
        Value::Object(map) => {
            let names = map.get("properties").is_some_and(Value::is_object);
            if names && !part && map.get("type").is_none_or(|kind| kind != "array") {
                map.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            if map.get("nullable") == Some(&Value::Bool(true))
                && let Some(Value::String(kind)) = map.get("type").cloned()
            {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            for (key, value) in map.iter_mut() {
                match (key.as_str(), value) {
                    ("allOf", Value::Array(parts)) => parts.iter_mut().for_each(|one| tighten(one, true)),
                    // Fields have names of people's choosing, `properties` among them.
                    ("properties", Value::Object(fields)) => {
                        fields.values_mut().for_each(|f| tighten(f, false))
                    }
                    (_, other) => tighten(other, false),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| tighten(one, false)),
        _ => {}
    }
}

/// A complaint repeats the whole value it is about; its beginning is enough to find it by.
fn brief(words: &str) -> String {
    const MOST: usize = 400;
    if words.chars().count() <= MOST {
        return words.to_owned();
    }
    let begin: String = words.chars().take(MOST / 2).collect();
    let end: Vec<char> = words.chars().rev().take(MOST / 2).collect();
    format!("{begin} … {}", end.into_iter().rev().collect::<String>())
}

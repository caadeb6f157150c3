//! Every request that these calls make exists in the platforms' own specifications, with the same
//! method, path, query and fields. (Whole payloads are checked in the stories, against the schemas.)

use std::path::Path;

use outbound::{Search, Secret, XReader};
use serde_json::{Value, json};

use crate::script::{Act, Script, Seen, patient, reply};
use crate::transport::{discord, now, slack, x};

const PAYLOAD: &str = r#"{"content":"hello","allowed_mentions":{"parse":[]}}"#;

/// A specification, or `None` with a line that says so. `EARSHOT_REQUIRE=shared` forbids the `None`.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests' own")]
fn specification(name: &str) -> Option<Value> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.is_dir() {
        let required = std::env::var("EARSHOT_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|word| word == "shared"), "EARSHOT_REQUIRE: ../shared is absent");
        #[allow(clippy::print_stderr, reason = "a skip is said aloud")]
        {
            eprintln!("skipped: ../shared is absent, so requests were not compared with {name}");
        }
        return None;
    }
    let path = shared.join("specs").join(name);
    let text = std::fs::read_to_string(&path).expect("the specification");
    Some(serde_json::from_str(&text).expect("JSON"))
}

/// The operation for a request, by matching its path against the templates.
fn operation<'a>(specification: &'a Value, seen: &Seen) -> &'a Value {
    let (method, path) = seen.route().split_once(' ').expect("method and path");
    let asked: Vec<&str> = path.split('/').collect();
    let paths = specification["paths"].as_object().expect("paths");
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        let alike = |(wanted, asked): (&&str, &&str)| wanted == asked || wanted.starts_with('{');
        wanted.len() == asked.len() && wanted.iter().zip(&asked).all(alike)
    };
    // The most literal template wins: /users/@me before /users/{user_id}.
    let best = paths.keys().filter(|template| fits(template)).min_by_key(|path| path.matches('{').count());
    let best = best.unwrap_or_else(|| panic!("no such path: {}", seen.line));
    let operation = &paths[best][method.to_lowercase()];
    assert!(operation.is_object(), "no such method: {}", seen.line);
    operation
}

fn resolved<'a>(specification: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => specification.pointer(reference.trim_start_matches('#')).expect("a reference"),
        None => value,
    }
}

fn check(specification: &Value, seen: &Seen) {
    let operation = operation(specification, seen);
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    for name in seen.query().keys() {
        let known = parameters.iter().any(|parameter| resolved(specification, parameter)["name"] == **name);
        assert!(known, "{}: {name}", seen.line);
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if let Some(body) = seen.body.as_object() {
        let schema = resolved(specification, schema);
        for (field, value) in body {
            let inner = schema["properties"].get(field);
            let inner = inner.unwrap_or_else(|| panic!("{}: {field}", seen.line));
            for nested in value.as_object().into_iter().flatten().map(|(nested, _)| nested) {
                let inner = match inner["oneOf"].as_array() {
                    Some(choices) => choices.iter().find(|choice| choice.get("$ref").is_some()),
                    None => Some(inner),
                };
                let inner = resolved(specification, inner.expect("an object's schema"));
                assert!(inner["properties"].get(nested).is_some(), "{}: {field}.{nested}", seen.line);
            }
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(body.contains_key(required.as_str().expect("a name")), "{}: {required}", seen.line);
        }
    } else {
        assert!(!operation["requestBody"]["required"].as_bool().unwrap_or(false), "{}", seen.line);
    }
}

fn yes() -> impl Iterator<Item = Act> + Send {
    std::iter::repeat_with(|| {
        reply(200, json!({ "id": "1", "ok": true, "ts": "1.2", "data": { "id": "1" } }))
    })
}

#[tokio::test]
async fn discord_knows_every_request() {
    let Some(specification) = specification("discord-openapi.json") else {
        return;
    };
    let script = Script::play(yes());
    let discord = discord(patient(), script.url.clone());
    discord.create_message("1", PAYLOAD, "n").await.expect("created");
    discord.edit_message("1", "2", PAYLOAD).await.expect("edited");
    discord.delete_message("1", "2").await.expect("removed");
    discord.start_thread("1", "2", "Q1").await.expect("started");
    discord.grant_role("1", "2", "3").await.expect("granted");
    discord.revoke_role("1", "2", "3").await.expect("revoked");
    discord.edit_original("token", PAYLOAD).await.expect("edited");
    discord.find_message("1", PAYLOAD, "n", now()).await.expect_err("the script's answer is no list");
    discord.application().await.expect_err("the script's answer names no key");
    discord.commands().await.expect_err("the script's answer is no list");
    discord.remove_command("1").await.expect("removed");
    let seen = script.seen();
    assert_eq!(seen.len(), 12, "with users/@me");
    for seen in &seen {
        check(&specification, seen);
    }
}

#[tokio::test]
async fn x_knows_every_request() {
    let Some(specification) = specification("x-openapi.json") else {
        return;
    };
    let script = Script::play(yes());
    let x = x(patient(), script.url.clone());
    x.create_post("hello", Some("1"), "m", now()).await.expect("created");
    x.delete_post("1", now()).await.expect("removed");
    x.find_own("hello", now(), now()).await.expect_err("the script's answer is no timeline");
    let reader = XReader::new(patient(), script.url.clone(), Secret::new("bearer-hush"));
    let search = Search { query: "#a", from: now(), before: Some(now()), next: Some("t") };
    reader.search(&search, now()).await.expect("searched");
    reader.posts(&["1".into()], now()).await.expect("looked up");
    reader.subscribe("post.delete", "1", "2", now()).await.expect_err("the script's answer names none");
    reader.unsubscribe("1", now()).await.expect("ended");
    reader.subscriptions(now()).await.expect("listed");
    x.account("m", now()).await.expect_err("the script's answer names nobody");
    reader.webhooks(now()).await.expect("the script's answer has none");
    reader.create_webhook("https://example.org/x/webhook", now()).await.expect_err("no such webhook");
    reader.validate_webhook("1", now()).await.expect_err("whether it is valid is not said");
    reader.delete_webhook("1", now()).await.expect("taken back");
    reader.rules(now()).await.expect("listed");
    reader.add_rules(&[("#a".into(), "b".into())], now()).await.expect("added");
    reader.delete_rules(&["1".into()], now()).await.expect("removed");
    reader.stream_links(now()).await.expect("listed");
    reader.unlink_stream("1", now()).await.expect("unlinked");
    let seen = script.seen();
    assert_eq!(seen.len(), 19, "with users/me");
    for seen in &seen {
        check(&specification, seen);
    }
}

/// Slack's specification is frozen at 2021: it lacks `metadata` and `include_all_metadata`, and its
/// forms are not schemas. It still knows the methods and older arguments.
#[tokio::test]
async fn slack_knows_every_method() {
    let Some(specification) = specification("slack_web_openapi_v2.json") else {
        return;
    };
    let script = Script::play(yes());
    let slack = slack(patient(), script.url.clone());
    let payload = r#"{"text":"hello","blocks":[]}"#;
    slack.post_message("C1", Some("1.1"), payload, "m").await.expect("posted");
    slack.update_message("C1", "1.2", payload, "m").await.expect("edited");
    slack.delete_message("C1", "1.2").await.expect("removed");
    slack.open_view("t", "{}").await.expect("opened");
    slack.find_message("C1", None, "m", now()).await.expect_err("the script's answer has no messages");
    slack.find_message("C1", Some("1.1"), "m", now()).await.expect_err("nor here");
    slack.shown_as("U1").await.expect("nobody in particular");
    slack.identity().await.expect_err("the script's answer names nobody");
    let newer = ["metadata", "include_all_metadata"];
    for seen in script.seen() {
        let operations = specification["paths"].as_object().expect("paths");
        let (_, path) = seen.route().split_once(' ').expect("method and path");
        let operation = operations.get(path).unwrap_or_else(|| panic!("no such method: {path}"));
        let operation = operation.get("post").or_else(|| operation.get("get")).expect("an operation");
        let known = |name: &str| {
            newer.contains(&name)
                || operation["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == name)
        };
        let mut names: Vec<String> = seen.query().into_keys().collect();
        names.extend(seen.body.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        for name in names {
            assert!(known(&name), "{path}: {name}");
        }
    }
}

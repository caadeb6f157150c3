//! What the operator's commands send, against the platforms' documents; and the Slack app's manifest against
//! Slack's own schemas.

use std::path::PathBuf;

use axum::Router;
use earshot::cast;
use earshot::local::{Local, Platforms};
use earshot::setup::{self, Address, Ended};
use earshot::standin::StandIn;
use earshot::standin::x::Registered;
use host::{Clock, Clocks};
use saphyr::{LoadableYamlNode, YamlOwned};
use serde_json::{Map, Value};
use tests::contract;
use tokio::net::TcpListener;

/// Everything that can be set up, and everything taken back.
#[tokio::test(flavor = "multi_thread")]
async fn setting_up_keeps_to_the_contracts() {
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    platforms.x.set_registered(Registered::No);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = platforms.config().expect("settings");
    let local = Local::start(config, None, clocks, listener, Router::new()).await.expect("a host");
    platforms.aim(&local.url());
    let get = |name: &str| {
        let found = platforms.variables().iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    let address = Address::read("https://chat.example.org").expect("an address");
    let mut told = Vec::new();
    let slack = setup::slack::Options { address: Some(address.clone()), remove: false };
    let ended = setup::slack::run(&slack, &get, &mut Vec::new(), &mut told).await.expect("written");
    assert_eq!(ended, Ended::Well);
    let hashtags = vec![cast::HASHTAG.to_owned(), "books".to_owned()];
    for remove in [false, true] {
        let discord = setup::discord::Options { address: Some(address.clone()), dry_run: false, remove };
        let ended = setup::discord::run(&discord, &get, &mut told).await.expect("written");
        assert_eq!(ended, Ended::Well, "{}", String::from_utf8_lossy(&told));
        let hashtags = if remove { Vec::new() } else { hashtags.clone() };
        let x = setup::x::Options { address: address.clone(), hashtags, dry_run: false, remove };
        let ended = setup::x::run(&x, &get, &mut told).await.expect("written");
        assert_eq!(ended, Ended::Well, "{}", String::from_utf8_lossy(&told));
    }
    let (discord, x, slack) =
        (platforms.discord.requests(), platforms.x.requests(), platforms.slack.requests());
    let called = |part: &str| {
        let mut all = discord.iter().chain(&x).chain(&slack);
        assert!(
            all.any(|r| format!("{} {}", r.method, r.path).starts_with(part)),
            "no call {part:?} was made, so it was not checked"
        );
    };
    for part in [
        "GET /api/v10/applications/@me",
        "GET /api/v10/applications/1",
        "PUT /api/v10/applications/1",
        "DELETE /api/v10/applications/1",
        "GET /2/users/me",
        "GET /2/webhooks",
        "POST /2/webhooks",
        "DELETE /2/webhooks/",
        "GET /2/tweets/search/webhooks",
        "POST /2/tweets/search/webhooks/",
        "DELETE /2/tweets/search/webhooks/",
        "GET /2/tweets/search/stream/rules",
        "POST /2/tweets/search/stream/rules",
        "POST /api/auth.test",
    ] {
        called(part);
    }
    platforms.stop().await;
    local.stop().await.expect("it stops");
    let Some(contracts) = contract::contracts() else { return };
    let complaints: Vec<String> = (discord.iter().flat_map(|r| contracts.discord(r)))
        .chain(x.iter().flat_map(|r| contracts.x(r)))
        .chain(slack.iter().flat_map(|r| contracts.slack(r)))
        .map(|complaint| complaint.to_string())
        .collect();
    assert_eq!(complaints, Vec::<String>::new());
}

/// YAML as JSON, as Slack reads it.
fn json(node: &YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => match scalar {
            saphyr::ScalarOwned::Null => Value::Null,
            saphyr::ScalarOwned::Boolean(flag) => Value::Bool(*flag),
            saphyr::ScalarOwned::Integer(number) => Value::from(*number),
            saphyr::ScalarOwned::String(text) => Value::String(text.clone()),
            saphyr::ScalarOwned::FloatingPoint(number) => Value::from(number.into_inner()),
        },
        YamlOwned::Sequence(list) => list.iter().map(json).collect(),
        YamlOwned::Mapping(fields) => {
            let name = |node: &YamlOwned| node.as_str().expect("fields have names").to_owned();
            Value::Object(fields.iter().map(|(key, value)| (name(key), json(value))).collect::<Map<_, _>>())
        }
        other => panic!("a manifest has no {other:?}"),
    }
}

/// Slack's schemas, of which `../shared` has a copy.
fn schemas() -> Option<Vec<(&'static str, Value)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    // Says aloud that it is skipped, and fails where it may not be.
    contract::contracts()?;
    let names = [
        "slack-manifest.schema.1.0.0.json",
        "slack-manifest.schema.2.0.0.json",
        "slack-app-manifest.schemastore.json",
    ];
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    Some(names.into_iter().map(|name| (name, read(name))).collect())
}

#[test]
fn the_slack_manifest_fits_slacks_schemas() {
    let address = Address::read("https://chat.example.org").expect("an address");
    let manifest = setup::slack::manifest(&address);
    let documents = YamlOwned::load_from_str(&manifest).expect("YAML");
    let manifest = json(&documents[0]);
    let Some(schemas) = schemas() else { return };
    for (name, schema) in schemas {
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|e| panic!("{name}: {e}"));
        let faults: Vec<String> =
            validator.iter_errors(&manifest).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        // And it would say so.
        for (pointer, wrong) in [
            ("/display_information/name", Value::from("n".repeat(36))),
            ("/features/slash_commands/0/command", Value::from("chat")),
            ("/settings/interactivity/is_enabled", Value::from("yes")),
        ] {
            let mut spoiled = manifest.clone();
            *spoiled.pointer_mut(pointer).expect("it is there") = wrong;
            assert!(!validator.is_valid(&spoiled), "{name} lets {pointer} pass");
        }
    }
}

//! The events on the bus: their schemas are schemas, their examples fit, nothing personal fits, and
//! docs/EVENTS.md shows the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::read;

/// What is said on the bus. `detail-type` is the name.
const EVENTS: [&str; 5] =
    ["delivery.failed", "episode.closed", "episode.opened", "member.joined", "question.asked"];

/// What nobody may find in an archive: whatever says who, or in whose words.
const PERSONAL: [(&str, &str); 6] = [
    ("member", "discord::80351110224678912"),
    ("person", "x::2244994945"),
    ("name", "Amara"),
    ("handle", "adaokafor"),
    ("text", "We met in the car park."),
    ("post", "x:2080761390344937796"),
];

fn schemas() -> BTreeMap<String, Value> {
    let folder = crate::root().join("infra/events");
    let files = std::fs::read_dir(&folder).expect("infra/events").map(|entry| entry.expect("a file").file_name());
    let schemas = files.filter_map(|file| {
        let name = file.into_string().expect("a plain name").strip_suffix(".schema.json")?.to_owned();
        let schema = serde_json::from_str(&read(&format!("infra/events/{name}.schema.json")));
        Some((name.clone(), schema.unwrap_or_else(|error| panic!("{name}: {error}"))))
    });
    schemas.collect()
}

/// What is wrong with a schema or its examples.
fn faults(name: &str, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" || schema["title"] != name {
        faults.push(format!("{name} does not say which draft it follows, or what it is the schema of"));
    }
    if !jsonschema::draft202012::meta::is_valid(schema) {
        faults.push(format!("{name} is no schema"));
        return faults;
    }
    let examples: &[Value] = schema["examples"].as_array().map_or(&[], Vec::as_slice);
    if examples.is_empty() {
        faults.push(format!("{name} has no example"));
    }
    let validator = jsonschema::draft202012::new(schema).expect("it was found to be a schema");
    for example in examples {
        faults.extend(validator.iter_errors(example).map(|error| format!("{name}: {error} in {example}")));
        for (field, value) in PERSONAL {
            let mut told = example.clone();
            told[field] = json!(value);
            if validator.is_valid(&told) {
                faults.push(format!("{name} takes a {field}: what is erased would stay in the archive"));
            }
        }
        for required in ["version", "id", "chat"] {
            let mut less = example.clone();
            less.as_object_mut().expect("an object").remove(required);
            if validator.is_valid(&less) {
                faults.push(format!("{name} goes without its {required}"));
            }
        }
    }
    faults
}

#[test]
fn events_are_as_their_schemas_say() {
    let schemas = schemas();
    assert_eq!(schemas.keys().collect::<Vec<_>>(), EVENTS);
    let faults: Vec<String> = schemas.iter().flat_map(|(name, schema)| faults(name, schema)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_name_that_holds_a_person_or_a_post_is_refused() {
    let schemas = schemas();
    let refused = |event: &str, field: &str, value: &str| {
        let mut example = schemas[event]["examples"][0].clone();
        example[field] = json!(value);
        !jsonschema::draft202012::new(&schemas[event]).expect("a schema").is_valid(&example)
    };
    for (event, field, value) in [
        ("member.joined", "id", "smxchat/joined/discord::80351110224678912"),
        ("delivery.failed", "id", "smxchat/role/discord::80351110224678912/3f9a>discord:4105:4106"),
        ("delivery.failed", "cue", "smxchat/post/x:2080761390344937796"),
        ("delivery.failed", "reason", "Amara has blocked us"),
        ("delivery.failed", "place", "discord::"),
        ("question.asked", "id", "smxchat/2026-11-24T20:00Z/open"),
        ("episode.opened", "episode", "smxchat/Tuesday"),
    ] {
        assert!(refused(event, field, value), "{event} takes {value} as its {field}");
    }
    // Hashtags are not only Latin, and a moved episode keeps its name.
    for (field, value) in [("chat", "чат-7"), ("id", "чат-7/2026-11-24T20:00Z/open")] {
        assert!(!refused("episode.opened", field, value), "episode.opened refuses {value} as its {field}");
    }
}

#[test]
fn the_page_for_people_shows_each_event_as_it_is() {
    let page = read("docs/EVENTS.md");
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let shown: Vec<Value> =
        blocks.map(|block| serde_json::from_str(block).unwrap_or_else(|e| panic!("{block}: {e}"))).collect();
    for (name, schema) in schemas() {
        assert!(page.contains(&format!("`{name}`")), "docs/EVENTS.md does not name {name}");
        let example = &schema["examples"][0];
        assert!(shown.contains(example), "docs/EVENTS.md does not show {name} as {example}");
    }
}

#[test]
fn a_bad_schema_is_noticed() {
    let good = schemas().remove("delivery.failed").expect("a schema");
    assert_eq!(faults("delivery.failed", &good), Vec::<String>::new());
    let after = |change: &dyn Fn(&mut Value)| {
        let mut schema = good.clone();
        change(&mut schema);
        faults("delivery.failed", &schema).join("\n")
    };
    for (said, fault) in [
        ("no schema", after(&|schema| schema["properties"]["place"]["type"] = json!("words"))),
        ("which draft", after(&|schema| schema["$schema"] = json!("http://json-schema.org/draft-07/schema#"))),
        ("no example", after(&|schema| schema["examples"] = json!([]))),
        ("\"elsewhere\"", after(&|schema| schema["examples"][0]["place"] = json!("elsewhere"))),
        ("takes a member", after(&|schema| schema["additionalProperties"] = json!(true))),
        ("takes a text", after(&|schema| schema["properties"]["text"] = json!({"type": "string"}))),
        ("without its id", after(&|schema| schema["required"] = json!(["version", "chat"]))),
    ] {
        assert!(fault.contains(said), "{said:?}: {fault}");
    }
}

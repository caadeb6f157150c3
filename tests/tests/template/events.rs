//! The events on the bus: their schemas are schemas, what the code tells fits them, words do not, and
//! docs/EVENTS.md shows the same.

use std::collections::BTreeMap;

use chat::happening::{Happening, Kind, What};
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, QuestionId, Slug};
use serde_json::{Value, json};

use crate::read;

/// What nobody may find in an archive: words, and how people call themselves.
const PERSONAL: [(&str, &str); 4] = [
    ("name", "Amara"),
    ("handle", "adaokafor"),
    ("text", "We met in the car park."),
    ("reason", "Amara has blocked us"),
];

fn schemas() -> BTreeMap<String, Value> {
    let folder = crate::root().join("infra/events");
    let files =
        std::fs::read_dir(&folder).expect("infra/events").map(|entry| entry.expect("a file").file_name());
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
    let mut kinds: Vec<String> = Kind::ALL.iter().map(ToString::to_string).collect();
    kinds.sort();
    assert_eq!(schemas.keys().cloned().collect::<Vec<_>>(), kinds);
    let faults: Vec<String> = schemas.iter().flat_map(|(name, schema)| faults(name, schema)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// One of each kind, with names of every form that is told.
fn happenings() -> Vec<Happening> {
    let at = "2026-11-24T20:05:00Z".parse().expect("an instant");
    let mut happenings = Vec::new();
    // Hashtags are not only Latin.
    for chat in ["smxchat", "чат-7"] {
        let chat: Slug = chat.parse().expect("a slug");
        let episode = EpisodeId { chat: chat.clone(), planned: at };
        let mut whats = vec![
            What::Opened { episode: episode.clone() },
            What::Asked { episode: episode.clone(), question: QuestionId(7), position: 3 },
            What::Closed { episode: episode.clone() },
        ];
        for place in ["slack:T024BE7LD:C061EG9SL", "discord:4105:4106", "x::2244994945"] {
            let to: Place = place.parse().expect("a place");
            let card = DeliveryId::new(format_args!("{chat}/post/x:2080761390344937796"), &to);
            let removal = DeliveryId::new(format_args!("{chat}/gone/{card}"), &to);
            let question = DeliveryId::new(format_args!("{episode}/q/7"), &to);
            for delivery in [card, removal, question] {
                whats.push(What::Failed { delivery, to: to.clone() });
            }
        }
        for (platform, home) in [(Platform::Discord, ""), (Platform::Slack, "T024BE7LD")] {
            whats.push(What::Joined { person: Person::new(platform, home, "80351110224678912") });
        }
        happenings.extend(whats.into_iter().map(|what| Happening { chat: chat.clone(), at, what }));
    }
    happenings
}

#[test]
fn what_the_code_tells_fits_its_schema_and_no_other() {
    let schemas = schemas();
    for happening in happenings() {
        let (kind, detail) = (happening.kind().to_string(), wire::bus::detail(&happening));
        for (name, schema) in &schemas {
            let validator = jsonschema::draft202012::new(schema).expect("a schema");
            let errors: Vec<String> = validator.iter_errors(&detail).map(|error| error.to_string()).collect();
            assert_eq!(errors.is_empty(), *name == kind, "{kind} as {name}: {errors:?} in {detail}");
        }
    }
}

#[test]
fn a_name_of_another_form_is_refused() {
    let schemas = schemas();
    for (event, field, value) in [
        ("member.joined", "id", "smxchat/joined/Amara"),
        ("member.joined", "member", "Amara"),
        ("delivery.failed", "id", "smxchat/2026-11-24T20:00Z/q/3>discord:4105:4106"),
        ("delivery.failed", "delivery", "smxchat/post/x:2080761390344937796"),
        ("delivery.failed", "place", "discord::"),
        ("question.asked", "id", "smxchat/2026-11-24T20:00Z/open"),
        ("question.asked", "at", "Tuesday"),
        ("episode.opened", "episode", "smxchat/Tuesday"),
        ("episode.closed", "chat", "#SMXChat"),
    ] {
        let validator = jsonschema::draft202012::new(&schemas[event]).expect("a schema");
        let mut example = schemas[event]["examples"][0].clone();
        assert!(validator.is_valid(&example), "{event}");
        example[field] = json!(value);
        assert!(!validator.is_valid(&example), "{event} takes {value} as its {field}");
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
        (
            "which draft",
            after(&|schema| schema["$schema"] = json!("http://json-schema.org/draft-07/schema#")),
        ),
        ("no example", after(&|schema| schema["examples"] = json!([]))),
        ("\"elsewhere\"", after(&|schema| schema["examples"][0]["place"] = json!("elsewhere"))),
        ("takes a reason", after(&|schema| schema["additionalProperties"] = json!(true))),
        ("takes a text", after(&|schema| schema["properties"]["text"] = json!({"type": "string"}))),
        ("without its id", after(&|schema| schema["required"] = json!(["version", "chat"]))),
    ] {
        assert!(fault.contains(said), "{said:?}: {fault}");
    }
}

//! `template.yaml` as data, and what it lets each function do.

use std::collections::{BTreeMap, BTreeSet};

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

/// CloudFormation's short forms that stand before one word or line. The reader of YAML forgets what it
/// does not know before a scalar, so they are made part of it: `!Ref Cues` is read as `Ref=Cues`.
const SHORT: [&str; 3] = ["Ref", "Sub", "GetAtt"];

/// The template.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    all: Value,
}

/// One permission: an action, and the resource it is for, as the template writes it.
pub(crate) type Permission = (String, String);

/// A function of the template.
#[derive(Debug, Clone)]
pub(crate) struct Function<'a> {
    /// Its logical name.
    pub(crate) name: &'a str,
    /// Its properties.
    pub(crate) properties: &'a Value,
    /// Its `Metadata`.
    pub(crate) metadata: &'a Value,
}

impl Page {
    /// Reads it.
    ///
    /// # Panics
    /// Where it is no YAML, or not one document.
    pub(crate) fn of(text: &str) -> Page {
        let mut text = text.to_owned();
        for form in SHORT {
            text = text.replace(&format!("!{form} "), &format!("{form}="));
            // Before a block of lines the form goes, and the lines stay.
            text = text.replace(&format!("{form}=|\n"), "|\n");
        }
        let documents = YamlOwned::load_from_str(&text).expect("the template is YAML");
        assert_eq!(documents.len(), 1, "the template is one document");
        Page { all: value(&documents[0]) }
    }

    /// What stands at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.all.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The resources of a type: logical name, resource.
    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.at("/Resources").as_object().into_iter().flatten();
        all.filter(move |(_, one)| one["Type"] == kind).map(|(name, one)| (name.as_str(), one))
    }

    /// The functions.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let all = self.of_type("AWS::Serverless::Function");
        all.map(|(name, one)| Function { name, properties: &one["Properties"], metadata: &one["Metadata"] })
            .collect()
    }

    /// A property of a function, its own or everybody's.
    pub(crate) fn property<'a>(&'a self, function: &Function<'a>, name: &str) -> &'a Value {
        let own = &function.properties[name];
        if own.is_null() { self.at(&format!("/Globals/Function/{name}")) } else { own }
    }

    /// The variables that are set for every function, or for some.
    pub(crate) fn variables(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        let everybody = self.at("/Globals/Function").clone();
        let own = self.functions().into_iter().map(|function| function.properties.clone());
        for properties in own.chain([everybody]) {
            let set = properties["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
            all.extend(set);
        }
        all
    }

    /// Every statement of a policy anywhere in the template: where it stands, and what it says.
    pub(crate) fn statements(&self) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for (name, one) in self.at("/Resources").as_object().into_iter().flatten() {
            collect(name, one, &mut found);
        }
        found
    }

    /// What a function may do, by its role's own policies and those that it shares.
    pub(crate) fn permissions(&self, function: &Function<'_>) -> BTreeSet<Permission> {
        let role = words(&function.properties["Role"], "GetAtt=").replace(".Arn", "");
        let role = &self.at("/Resources")[&role]["Properties"];
        let shared = list(&role["ManagedPolicyArns"]);
        let shared = shared
            .iter()
            .map(|policy| &self.at("/Resources")[words(policy, "Ref=")]["Properties"]["PolicyDocument"]);
        let own = role["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
        let mut permissions = BTreeSet::new();
        for statement in own.chain(shared).flat_map(|document| list(&document["Statement"])) {
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    permissions.insert((text(&action), text(&resource)));
                }
            }
        }
        permissions
    }
}

/// A statement may hang on a condition; then it counts.
fn collect(name: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("Effect") {
                found.push((name.to_owned(), value.clone()));
            }
            map.values().for_each(|value| collect(name, value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(name, value, found)),
        _ => {}
    }
}

/// One or several; of `!If [condition, this, that]` both.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(many) => many.iter().flat_map(list).collect(),
        Value::Object(map) if map.contains_key("If") => {
            list(&Value::Array(map["If"].as_array().into_iter().flatten().skip(1).cloned().collect()))
        }
        Value::String(one) if one == "Ref=AWS::NoValue" => Vec::new(),
        one => vec![one.clone()],
    }
}

/// A string as it is, anything else as JSON.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What follows a short form.
pub(crate) fn words(value: &Value, form: &str) -> String {
    value.as_str().and_then(|value| value.strip_prefix(form)).unwrap_or_default().to_owned()
}

fn value(yaml: &YamlOwned) -> Value {
    match yaml {
        YamlOwned::Value(ScalarOwned::String(text)) => json!(text),
        YamlOwned::Value(ScalarOwned::Integer(number)) => json!(number),
        YamlOwned::Value(ScalarOwned::Boolean(yes)) => json!(yes),
        YamlOwned::Value(ScalarOwned::FloatingPoint(number)) => json!(number.into_inner()),
        YamlOwned::Value(ScalarOwned::Null) => Value::Null,
        YamlOwned::Sequence(list) => Value::Array(list.iter().map(value).collect()),
        YamlOwned::Mapping(map) => Value::Object(
            map.iter()
                .map(|(key, one)| (key.as_str().expect("a key is a word").to_owned(), value(one)))
                .collect::<Map<_, _>>(),
        ),
        YamlOwned::Tagged(tag, inner) => json!({ tag.suffix.as_str(): value(inner) }),
        other => panic!("this has no place in a template: {other:?}"),
    }
}

#[test]
fn short_forms_are_kept() {
    let page = Page::of(
        "Resources:
  A:
    Type: T
    Sub: !Sub a/${B}
    Flow: {Ref: !Ref B, List: [!GetAtt B.Arn, 3, 'OFF', true]}
  B:
    Type: U
    Body: !Sub |
      {\"a\": \"${A}\"}
    If: !If [C, [!Ref A], !Ref AWS::NoValue]
",
    );
    let a = page.at("/Resources/A");
    let flow = json!({"Ref": "Ref=B", "List": ["GetAtt=B.Arn", 3, "OFF", true]});
    assert_eq!(*a, json!({"Type": "T", "Sub": "Sub=a/${B}", "Flow": flow}));
    assert_eq!(*page.at("/Resources/B/Body"), json!("{\"a\": \"${A}\"}\n"));
    assert_eq!(list(page.at("/Resources/B/If")), [json!("Ref=A")]);
    assert_eq!(page.of_type("U").count(), 1);
}

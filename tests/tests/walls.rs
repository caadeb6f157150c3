//! The walls of the house: who may depend on whom, read from `cargo metadata`, and the few rules about
//! manifests that nothing else keeps. Each wall is also pulled down once, in a copy, to see that it
//! would be noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, PackageId, TargetKind};

/// The single process; with the functions it is what people run.
const LAPTOP: &str = "earshot";

/// What the rules of a chat must never reach: no async, no serialisation, no network, no randomness.
const NOT_IN_CHAT: [&str; 17] = [
    "async-trait",
    "aws-*",
    "fastrand",
    "futures",
    "futures-*",
    "getrandom",
    "http",
    "hyper",
    "hyper-*",
    "rand",
    "reqwest",
    "rustls",
    "serde",
    "serde_*",
    "serenity",
    "tokio",
    "tokio-*",
];

/// What `wire` must never reach: it reads and writes bytes, and calls nobody.
const NOT_IN_WIRE: [&str; 6] = ["aws-*", "hyper", "reqwest", "rustls", "tokio-rustls", "tokio-tungstenite"];

/// What belongs to the single process only.
const LAPTOP_ONLY: [&str; 5] = ["axum", "clap", "dynoxide-rs", "libsqlite3-sys", "rusqlite"];

/// What a `main.rs` may join to the host.
const IN_A_FUNCTION: [&str; 8] = [
    "bytes",
    "http",
    "lambda_http",
    "lambda_runtime",
    "serde_json",
    "tokio",
    "tracing",
    "tracing-subscriber",
];

/// Of these there is one version: a second one is a second pool, a second handshake, a second set of roots.
const ONE_OF_EACH: [&str; 8] =
    ["h2", "http", "hyper", "reqwest", "ring", "rustls", "rustls-webpki", "tokio-rustls"];

/// Other ways to TLS, none of which may come in.
const OTHER_TLS: [&str; 8] = [
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "boring-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
];

/// What a bench measures the functions beside: a Lambda that does nothing.
const EMPTY: &str = "empty-function";

/// A `main.rs` of a function has fewer lines than this.
const LINES: usize = 40;

/// A package of this workspace.
#[derive(Debug, Clone, Default)]
struct Member {
    /// From the root: `functions/slack`.
    folder: String,
    /// Names of what it depends on, not counting tests and build scripts.
    direct: BTreeSet<String>,
    /// Names and versions of everything it needs to run.
    reached: BTreeSet<(String, String)>,
    manifest: String,
    /// `src/main.rs` of a function.
    main: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct House {
    members: BTreeMap<String, Member>,
    /// What `cargo run` and `cargo build` mean.
    default: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The house as it stands.
fn house() -> House {
    let root = root();
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml"));
    // For what is deployed; what a Mac or Windows would add is not.
    let platforms = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
    command.other_options(
        ["--locked"]
            .into_iter()
            .chain(platforms.iter().flat_map(|platform| ["--filter-platform", platform]))
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    );
    let metadata = command.exec().expect("cargo metadata reads the workspace");
    let resolve = metadata.resolve.as_ref().expect("dependencies are resolved");
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let packages: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    // A macro's own dependencies run in the compiler, not in what it builds.
    let is_macro = |id: &PackageId| {
        packages[id].targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro))
    };
    let needs = |id| {
        let normal =
            |dep: &&cargo_metadata::NodeDep| dep.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal);
        nodes[id]
            .deps
            .iter()
            .filter(normal)
            .map(|dep| &dep.pkg)
            .filter(|id| !is_macro(id))
            .collect::<Vec<_>>()
    };
    let members = metadata.workspace_packages().into_iter().map(|package| {
        let mut reached = BTreeSet::new();
        let mut seen = BTreeSet::from([&package.id]);
        let mut next = vec![&package.id];
        while let Some(id) = next.pop() {
            for id in needs(id) {
                if seen.insert(id) {
                    reached.insert((packages[id].name.to_string(), packages[id].version.to_string()));
                    next.push(id);
                }
            }
        }
        let normal = package.dependencies.iter().filter(|dep| dep.kind == DependencyKind::Normal);
        let folder = package.manifest_path.parent().expect("a folder");
        let member = Member {
            folder: folder.strip_prefix(&root).expect("within the workspace").to_string(),
            direct: normal.map(|dep| dep.name.clone()).collect(),
            reached,
            manifest: std::fs::read_to_string(&package.manifest_path).expect("a manifest"),
            main: std::fs::read_to_string(folder.join("src/main.rs")).ok(),
        };
        (package.name.to_string(), member)
    });
    let default = metadata.workspace_default_packages().iter().map(|p| p.name.to_string()).collect();
    House { members: members.collect(), default }
}

/// Whether a name is one of these, some of which end in `*`.
fn among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|one| one.strip_suffix('*').map_or(name == *one, |begin| name.starts_with(begin)))
}

impl Member {
    fn is_function(&self) -> bool {
        self.folder.starts_with("functions/")
    }

    fn is_shared(&self) -> bool {
        self.folder.starts_with("shared/")
    }

    fn reaches(&self, names: &[&str]) -> Vec<&str> {
        self.reached.iter().map(|(name, _)| name.as_str()).filter(|name| among(name, names)).collect()
    }
}

impl House {
    /// Every wall that is broken, and how to mend it.
    fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (name, member) in &self.members {
            self.arrows(name, member, &mut broken);
            kept_apart(self, name, member, &mut broken);
            if member.is_function() || name == LAPTOP {
                one_tls(name, member, &mut broken);
            }
            manifests(name, member, &mut broken);
        }
        if self.default != [LAPTOP] {
            broken.push(format!(
                "`cargo run` must play, so default-members in Cargo.toml is [\"infra/local\"]; it is {:?}",
                self.default
            ));
        }
        broken
    }

    /// `functions/* → host → {wire, store, outbound} → chat`; `infra/local → host`, and the words it
    /// speaks with; `tests` → all but functions.
    fn arrows(&self, name: &str, member: &Member, broken: &mut Vec<String>) {
        let allowed: &[&str] = match name {
            "chat" => &[],
            "wire" | "store" | "outbound" => &["chat"],
            "host" => &["wire", "store", "outbound", "chat"],
            LAPTOP => &["host", "chat"],
            "tests" => &[LAPTOP, "host", "wire", "chat"],
            EMPTY => &[],
            _ if member.is_function() => &["host"],
            _ => {
                broken.push(format!(
                    "{name} ({}) has no place in the house: give it one here and in ARCHITECTURE.md",
                    member.folder
                ));
                return;
            }
        };
        for other in member.direct.iter().filter(|other| self.members.contains_key(*other)) {
            if !allowed.contains(&other.as_str()) {
                let mend = match (name, other.as_str()) {
                    _ if member.is_function() && self.members[other].is_function() => {
                        "functions share nothing but the host: move what both need into shared/host"
                    }
                    _ if member.is_function() => {
                        "a function only joins Lambda to a Host entry: call it through the host"
                    }
                    ("wire" | "store" | "outbound", "wire" | "store" | "outbound") => {
                        "these know chat and never each other: let the host carry it from one to the other"
                    }
                    ("chat", _) => "the rules know nobody: hand them what they need as an argument",
                    _ => "an arrow points the wrong way: move the code to the side that may know the other",
                };
                broken.push(format!("{name} → {other}: {mend}"));
            }
        }
    }
}

fn kept_apart(house: &House, name: &str, member: &Member, broken: &mut Vec<String>) {
    let mut never = |names: &[&str], mend: &str| {
        for reached in member.reaches(names) {
            broken.push(format!(
                "{name} reaches {reached}: {mend} (cargo tree -p {name} -e normal -i {reached})"
            ));
        }
    };
    if name == "chat" {
        never(
            &NOT_IN_CHAT,
            "the rules are pure; do this in the host, or turn the feature off that brings it",
        );
    }
    if name == "wire" {
        never(&NOT_IN_WIRE, "wire reads and writes bytes; calls are made by outbound");
    }
    if member.is_function() || member.is_shared() {
        never(&LAPTOP_ONLY, "this belongs to infra/local, and would be paid for in every cold start");
    }
    for other in &member.direct {
        if member.is_function() && !among(other, &IN_A_FUNCTION) && !house.members.contains_key(other) {
            broken.push(format!(
                "{name} → {other}: a function only joins Lambda to the host; use this in the host"
            ));
        }
        if among(other, &["lambda_*"]) && !member.is_function() && name != "host" && name != EMPTY {
            broken.push(format!("{name} → {other}: only functions know Lambda; put it behind a Host entry"));
        }
    }
}

fn one_tls(name: &str, member: &Member, broken: &mut Vec<String>) {
    for other in member.reaches(&OTHER_TLS) {
        broken.push(format!(
            "{name} reaches {other}: TLS is rustls with ring; turn off the feature that brings it \
             (cargo tree -p {name} -e normal,features -i {other})"
        ));
    }
    for one in ONE_OF_EACH {
        let versions: Vec<&str> =
            member.reached.iter().filter(|(n, _)| n == one).map(|(_, version)| version.as_str()).collect();
        if versions.len() != 1 {
            broken.push(format!(
                "{name} has {one} {versions:?}, and wants exactly one: align what brings them (cargo tree -d -i {one})"
            ));
        }
    }
}

fn manifests(name: &str, member: &Member, broken: &mut Vec<String>) {
    let path = format!("{}/Cargo.toml", member.folder);
    let mut section = "";
    let mut lints = false;
    for line in
        member.manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line.starts_with('[') {
            section = line;
        } else if section == "[lints]" {
            lints |= line == "workspace = true";
        } else if section.ends_with("dependencies]") && !line.contains("workspace = true") {
            broken.push(format!(
                "{path}: `{line}` has a version of its own; the workspace's list is the only one"
            ));
        }
    }
    if !lints {
        broken.push(format!("{path}: the workspace's lints are off; add `[lints]` with `workspace = true`"));
    }
    if member.is_function() {
        let lines = member.main.as_ref().map_or(usize::MAX, |main| main.lines().count());
        if lines >= LINES {
            broken.push(format!(
                "{}/src/main.rs has {lines} lines; below {LINES} it only joins Lambda to the host: move the rest there",
                member.folder
            ));
        }
        if name != member.folder.replace("functions/", "") + "-function" {
            broken
                .push(format!("{path}: the package of a function is named after its folder, with -function"));
        }
    }
}

#[test]
fn the_walls_stand() {
    let house = house();
    let functions = house.members.values().filter(|member| member.is_function()).count();
    let shared = house.members.values().filter(|member| member.is_shared()).count();
    assert!(functions >= 6 && shared == 5, "{functions} functions and {shared} shared packages were found");
    let broken = house.broken();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What is said when one thing is changed about a member.
fn after(house: &House, name: &str, change: impl FnOnce(&mut Member)) -> Vec<String> {
    let mut house = house.clone();
    change(house.members.get_mut(name).expect("a member of this name"));
    house.broken()
}

/// Fails unless exactly one wall is said to be broken, in words that begin like this.
fn only(broken: &[String], begins: &str) {
    assert!(matches!(broken, [one] if one.starts_with(begins)), "{begins}: {broken:#?}");
}

#[test]
fn each_wall_is_noticed_when_it_falls() {
    let house = house();
    for (from, to) in [
        ("slack-function", "discord-function"),
        ("clock-function", "store"),
        ("mirror-function", "aws-sdk-sqs"),
        ("wire", "store"),
        ("store", "outbound"),
        ("outbound", "wire"),
        ("chat", "wire"),
        ("host", "earshot"),
        ("earshot", "store"),
        ("tests", "slack-function"),
        ("store", "lambda_runtime"),
        ("earshot", "lambda_http"),
    ] {
        let broken = after(&house, from, |member| {
            member.direct.insert(to.to_owned());
        });
        only(&broken, &format!("{from} → {to}: "));
    }
    for (from, to) in [
        ("chat", "tokio"),
        ("chat", "serde"),
        ("chat", "serde_json"),
        ("chat", "aws-sdk-dynamodb"),
        ("chat", "rand"),
        ("wire", "reqwest"),
        ("host", "axum"),
        ("store", "dynoxide-rs"),
        ("cues-function", "clap"),
        ("cues-function", "aws-lc-rs"),
        ("earshot", "openssl-sys"),
    ] {
        let broken = after(&house, from, |member| {
            member.reached.insert((to.to_owned(), "9.9.9".to_owned()));
        });
        only(&broken, &format!("{from} reaches {to}: "));
    }
    for (from, to) in [("webhook-function", "rustls"), ("earshot", "reqwest"), ("clock-function", "hyper")] {
        let broken = after(&house, from, |member| {
            member.reached.insert((to.to_owned(), "0.0.1".to_owned()));
        });
        only(&broken, &format!("{from} has {to} "));
    }
    let without = |member: &mut Member| member.reached.retain(|(name, _)| name != "rustls");
    only(&after(&house, "slack-function", without), "slack-function has rustls []");
}

#[test]
fn each_rule_about_manifests_is_noticed() {
    let house = house();
    let broken = after(&house, "chat", |m| m.manifest = m.manifest.replace("[lints]\nworkspace = true", ""));
    only(&broken, "shared/chat/Cargo.toml: the workspace's lints are off");
    let broken = after(&house, "host", |m| m.manifest.push_str("\n[dependencies]\nrand = \"0.9\"\n"));
    only(&broken, "shared/host/Cargo.toml: `rand = \"0.9\"` has a version of its own");
    let long = "//\n".repeat(LINES);
    only(&after(&house, "cues-function", |m| m.main = Some(long)), "functions/cues/src/main.rs has 40 lines");
    only(
        &after(&house, "cues-function", |m| m.folder = "functions/queue".into()),
        "functions/queue/Cargo.toml: ",
    );
    let mut more = house.clone();
    more.members.insert(
        "utils".to_owned(),
        Member { manifest: "[lints]\nworkspace = true\n".into(), ..Member::default() },
    );
    only(&more.broken(), "utils () has no place in the house");
    only(&House { default: Vec::new(), ..house }.broken(), "`cargo run` must play");
}

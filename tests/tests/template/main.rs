//! `template.yaml` against the code: packages, doors, variables, permissions, keys of the table; and against
//! what AWS's own linters let pass: misspelt properties of events, runtimes that do not exist, permissions
//! that are too wide. Each check is seen to fail once, on a copy with one thing changed.
//!
//! What AWS itself has to say about the template is asked by `infra/check`.

mod events;
mod page;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use page::{Function, Page, Permission, list, text, words};
use serde_json::{Value, json};
use source::{Act, Code, Source, files};

/// What may be said about a function. A property that is not here is misspelt, or new and wants thought.
const FUNCTION: [&str; 12] = [
    "CodeUri",
    "Description",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "FunctionName",
    "MemorySize",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "Timeout",
    "Tracing",
];

/// The same for what is said about all of them.
const EVERY_FUNCTION: [&str; 6] =
    ["Architectures", "Environment", "Handler", "LoggingConfig", "Runtime", "Tracing"];

/// What may be said about an event, by its type: all that SAM knows, whose own check lets anything pass.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>
const EVENTS: [(&str, &[&str]); 3] = [
    (
        "ScheduleV2",
        &[
            "DeadLetterConfig",
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "GroupName",
            "Input",
            "KmsKeyArn",
            "Name",
            "OmitName",
            "PermissionsBoundary",
            "RetryPolicy",
            "RoleArn",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
        ],
    ),
    (
        "SQS",
        &[
            "BatchSize",
            "Enabled",
            "FilterCriteria",
            "FunctionResponseTypes",
            "KmsKeyArn",
            "MaximumBatchingWindowInSeconds",
            "MetricsConfig",
            "ProvisionedPollerConfig",
            "Queue",
            "ScalingConfig",
        ],
    ),
    (
        "HttpApi",
        &["ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "TimeoutInMillis"],
    ),
];

/// Rust has one runtime: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-rust.html>.
const RUNTIMES: [&str; 1] = ["provided.al2023"];
const ARCHITECTURES: [&str; 2] = ["arm64", "x86_64"];

/// Permissions that name no resource, each with the reason why it cannot.
const WIDE: [(&str, &str, &str); 2] = [
    ("xray:PutTraceSegments", "*", "traces have no resources"),
    ("xray:PutTelemetryRecords", "*", "traces have no resources"),
];

/// How many alarms CloudWatch gives for nothing.
const MOST_ALARMS: usize = 10;

/// What Lambda needs to take from a queue: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>.
const TAKE: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// The house as its code has it.
#[derive(Debug, Clone)]
struct House {
    /// Folders below `functions`, and what each asks of AWS.
    functions: BTreeMap<String, BTreeSet<Act>>,
    variables: BTreeSet<String>,
    /// Paths that the doors serve: `/slack/commands`.
    doors: BTreeSet<String>,
    /// Key names, types, index and time-to-live, as the template should write them.
    table: Value,
    /// Metrics that infra/README.md explains.
    metrics: BTreeSet<String>,
    /// Those of them that the code names.
    measured: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl House {
    fn as_it_stands() -> House {
        let code = Code::read(&root());
        let folders = std::fs::read_dir(root().join("functions")).expect("functions");
        let functions = folders.map(|entry| {
            let name = entry.expect("a folder").file_name().into_string().expect("a plain name");
            let main = Source::of(&read(&format!("functions/{name}/src/main.rs")));
            (name, code.asked_by(&main))
        });
        let host: Vec<Source> =
            files(&root().join("shared/host/src")).iter().map(|(_, text)| Source::of(text)).collect();
        let door = |words: &str| {
            let known = ["slack ", "discord ", "x "].iter().any(|begin| words.starts_with(begin));
            known && words.bytes().all(|b| b.is_ascii_lowercase() || b == b' ')
        };
        let doors = Source::of(&read("shared/host/src/doors.rs")).strings_that(door);
        let metrics = documented_metrics(&read("infra/README.md"));
        House {
            functions: functions.collect(),
            variables: host.iter().flat_map(Source::variables).collect(),
            doors: doors.iter().map(|words| format!("/{}", words.replace(' ', "/"))).collect(),
            table: table(
                &Source::of(&read("shared/store/src/table.rs")),
                &Source::of(&read("shared/store/src/keys.rs")),
            ),
            measured: metrics.iter().filter(|name| host.iter().any(|s| s.says(name))).cloned().collect(),
            metrics,
        }
    }
}

/// The table as `Store::ensure_table` makes it.
fn table(table: &Source, keys: &Source) -> Value {
    let named = |name: &str| {
        let found = table.constant(name).or_else(|| keys.constant(name));
        found.unwrap_or_else(|| panic!("the store has no {name}")).to_owned()
    };
    let kinds: Vec<Value> = ["PK", "SK", "RIPE", "RIPE_AT"]
        .iter()
        .map(|name| {
            let at = format!("attribute({name}, ScalarAttributeType::");
            let kind = table.code.split(&at).nth(1).and_then(|rest| rest.chars().next());
            let kind = kind.unwrap_or_else(|| panic!("the store does not say what {name} is")).to_string();
            json!({"AttributeName": named(name), "AttributeType": kind})
        })
        .collect();
    let keyed = |hash: &str, range: &str| {
        json!([
            {"AttributeName": named(hash), "KeyType": "HASH"},
            {"AttributeName": named(range), "KeyType": "RANGE"},
        ])
    };
    json!({
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": kinds,
        "KeySchema": keyed("PK", "SK"),
        "GlobalSecondaryIndexes": [{
            "IndexName": named("INDEX"),
            "KeySchema": keyed("RIPE", "RIPE_AT"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": table.constants("CARRIED")},
        }],
        "TimeToLiveSpecification": {"AttributeName": named("TTL"), "Enabled": true},
    })
}

/// Names in the first column of the table under "What is measured".
fn documented_metrics(readme: &str) -> BTreeSet<String> {
    let section = readme.split("# What is measured").nth(1).expect("infra/README.md says what is measured");
    let section = section.split("\n# ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

/// Everything that is wrong with a template, and how to mend it.
fn faults(template: &str, house: &House) -> Vec<String> {
    let page = Page::of(template);
    let mut faults = Vec::new();
    packages(&page, house, &mut faults);
    properties(&page, &mut faults);
    doors(&page, house, &mut faults);
    variables(&page, house, &mut faults);
    permissions(&page, house, &mut faults);
    queues(&page, house, &mut faults);
    keeping(&page, house, &mut faults);
    watching(&page, house, &mut faults);
    faults
}

/// The folder below `functions` that a function is built from.
fn folder(function: &Function<'_>) -> String {
    let uri = text(&function.properties["CodeUri"]);
    uri.strip_prefix("functions/").unwrap_or(&uri).trim_end_matches('/').to_owned()
}

fn packages(page: &Page, house: &House, faults: &mut Vec<String>) {
    let mut built = BTreeSet::new();
    for function in page.functions() {
        let (name, folder) = (function.name, folder(&function));
        if !house.functions.contains_key(&folder) {
            faults.push(format!("{name} is built from functions/{folder}, which is no package"));
        }
        if !built.insert(folder.clone()) {
            faults.push(format!("{name} is built from functions/{folder}, as another function is"));
        }
        if function.metadata["BuildMethod"] != "rust-cargolambda" {
            faults.push(format!("{name} is not built by cargo-lambda: Metadata wants BuildMethod"));
        }
    }
    for folder in house.functions.keys().filter(|folder| !built.contains(*folder)) {
        faults.push(format!("functions/{folder} is deployed nowhere: no function has it as its CodeUri"));
    }
}

fn properties(page: &Page, faults: &mut Vec<String>) {
    let mut known = |place: &str, value: &Value, names: &[&str]| {
        for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
            if !names.contains(&name.as_str()) {
                faults.push(format!("{place} has no property {name}"));
            }
        }
    };
    known("Globals.Function", page.at("/Globals/Function"), &EVERY_FUNCTION);
    for function in page.functions() {
        known(function.name, function.properties, &FUNCTION);
        for (event, one) in function.properties["Events"].as_object().into_iter().flatten() {
            let place = format!("{}.{event}", function.name);
            known(&place, one, &["Type", "Properties"]);
            match EVENTS.iter().find(|(kind, _)| one["Type"] == *kind) {
                Some((_, names)) => known(&place, &one["Properties"], names),
                None => known(&place, &json!({ text(&one["Type"]): "a type of event" }), &[]),
            }
        }
    }
    for function in page.functions() {
        let runtime = text(page.property(&function, "Runtime"));
        if !RUNTIMES.contains(&runtime.as_str()) {
            faults.push(format!("{} runs on {runtime}, which is no runtime for Rust", function.name));
        }
        if *page.property(&function, "Architectures") != json!(["Ref=Architecture"]) {
            faults.push(format!("{}: its architecture is the parameter's to choose", function.name));
        }
        for what in ["Timeout", "MemorySize"] {
            if page.property(&function, what).as_u64().is_none() {
                faults.push(format!("{} does not say its {what}", function.name));
            }
        }
    }
    let architectures = page.at("/Parameters/Architecture");
    if architectures["AllowedValues"] != json!(ARCHITECTURES) || architectures["Default"] != "arm64" {
        faults.push("Architecture is one of arm64 and x86_64, and arm64 by default".to_owned());
    }
}

fn doors(page: &Page, house: &House, faults: &mut Vec<String>) {
    let mut open = BTreeSet::new();
    for function in page.functions() {
        let folder = folder(&function);
        for event in function.properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event) {
            let properties = &event["Properties"];
            if event["Type"] != "HttpApi" {
                continue;
            }
            let (method, path) = (text(&properties["Method"]), text(&properties["Path"]));
            if !house.doors.contains(&path) {
                faults.push(format!("{path} is a route, and the host serves no such door"));
            }
            // X's webhook is the only door that is not named after its platform.
            let whose =
                path.split('/').nth(1).map(|platform| if platform == "x" { "webhook" } else { platform });
            if whose != Some(folder.as_str()) {
                faults.push(format!("{path} leads to functions/{folder}"));
            }
            if properties["ApiId"] != "Ref=Doors" {
                faults.push(format!("{path} is not behind Doors, where requests are counted and held back"));
            }
            open.insert((method, path));
        }
    }
    for path in &house.doors {
        let methods: &[&str] = if path.starts_with("/x/") { &["GET", "POST"] } else { &["POST"] };
        let found: Vec<&str> =
            open.iter().filter(|(_, other)| other == path).map(|(method, _)| method.as_str()).collect();
        if found != methods {
            faults.push(format!("{path} takes {methods:?}; the template opens it for {found:?}"));
        }
        let address =
            format!("Sub=https://${{Doors}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}{path}");
        let outputs = page.at("/Outputs").as_object().into_iter().flatten();
        if outputs.filter(|(_, output)| output["Value"] == address.as_str()).count() != 1 {
            faults.push(format!("{path} is no output: nobody could tell the platform where it is"));
        }
    }
    let settings = page.at("/Resources/Doors/Properties/DefaultRouteSettings");
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        if settings[limit].as_u64().is_none_or(|limit| limit == 0) {
            faults.push(format!("Doors has no {limit}"));
        }
    }
    let format = text(page.at("/Resources/Doors/Properties/AccessLogSettings/Format"));
    let logged: Vec<&str> = format.split('$').skip(1).collect();
    if logged.is_empty() || serde_json::from_str::<Value>(&format).is_err() {
        faults.push("the log of the doors is not JSON".to_owned());
    }
    // The query string holds X's challenge, and only these are known to leave it out.
    let harmless = [
        "context.identity.sourceIp",
        "context.integrationStatus",
        "context.requestId",
        "context.requestTime",
        "context.responseLatency",
        "context.responseLength",
        "context.routeKey",
        "context.status",
    ];
    for one in logged {
        let name = one.split('"').next().unwrap_or_default();
        if !harmless.contains(&name) {
            faults.push(format!("the log of the doors has ${name}: is there no secret in it?"));
        }
    }
}

/// The secrets that functions may read, by the last part of their names.
fn secrets(page: &Page) -> BTreeSet<String> {
    let allowed =
        page.statements().into_iter().filter(|(_, one)| one["Action"] == json!(["ssm:GetParameters"]));
    let names = allowed.flat_map(|(_, one)| list(&one["Resource"]));
    names.map(|name| text(&name).rsplit('/').next().unwrap_or_default().to_owned()).collect()
}

fn variables(page: &Page, house: &House, faults: &mut Vec<String>) {
    let (set, secrets) = (page.variables(), secrets(page));
    for name in &house.variables {
        if !set.contains_key(name) && !secrets.contains(name) {
            faults.push(format!("{name} is read, and neither set nor among the secrets"));
        }
    }
    for name in set.keys().chain(&secrets) {
        if !house.variables.contains(name) {
            faults.push(format!("{name} is set, and nobody reads it"));
        }
    }
    for name in host::SECRETS.iter().filter(|name| !secrets.contains(**name)) {
        faults.push(format!("{name} is a secret that no function may read"));
    }
    for name in secrets.iter().filter(|name| !host::SECRETS.contains(&name.as_str())) {
        faults.push(format!("{name} may be read as a secret, and never is"));
    }
    for name in set.keys().filter(|name| secrets.contains(*name)) {
        faults.push(format!("{name} is a secret, and would stand in the console for everybody to read"));
    }
    // A secret by any other road.
    for (name, value) in &set {
        if ["TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word)) {
            faults.push(format!("{name} is set to {}, and sounds like a secret", text(value)));
        }
    }
}

/// The permission that an act takes.
fn permission(page: &Page, act: &Act) -> BTreeSet<Permission> {
    let variables = page.variables();
    let arn_of = |variable: &str| {
        let named = variables.get(variable).map(|value| words(value, "Ref=")).unwrap_or_default();
        format!("GetAtt={named}.Arn")
    };
    let one = |action: &str, resource: String| BTreeSet::from([(action.to_owned(), resource)]);
    match act {
        Act::Table(operation) => one(&format!("dynamodb:{operation}"), arn_of("EARSHOT_TABLE")),
        Act::Index => {
            let table = variables.get("EARSHOT_TABLE").map(|value| words(value, "Ref=")).unwrap_or_default();
            let index = text(page.at("/Resources/Table/Properties/GlobalSecondaryIndexes/0/IndexName"));
            one("dynamodb:Query", format!("Sub=${{{table}.Arn}}/index/{index}"))
        }
        Act::Send(queue) => {
            one("sqs:SendMessage", arn_of(&format!("EARSHOT_{}_QUEUE_URL", queue.to_uppercase())))
        }
        Act::PutEvents => one("events:PutEvents", arn_of("EARSHOT_BUS")),
        Act::GetParameters => {
            let below =
                variables.get("EARSHOT_PARAMETERS").map(|value| words(value, "Sub=")).unwrap_or_default();
            let arn = "Sub=arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter";
            let named = secrets(page).into_iter();
            named.map(|name| ("ssm:GetParameters".to_owned(), format!("{arn}{below}/{name}"))).collect()
        }
        Act::Unknown(operation) => one(&format!("dynamodb:{operation}?"), String::new()),
    }
}

fn permissions(page: &Page, house: &House, faults: &mut Vec<String>) {
    for function in page.functions() {
        let name = function.name;
        let mut asked: BTreeSet<Permission> = BTreeSet::new();
        for act in house.functions.get(&folder(&function)).into_iter().flatten() {
            asked.extend(permission(page, act));
        }
        // What Lambda itself does for it.
        for event in function.properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event) {
            if event["Type"] == "SQS" {
                let queue = text(&event["Properties"]["Queue"]);
                asked.extend(TAKE.iter().map(|action| ((*action).to_owned(), queue.clone())));
            }
        }
        let log =
            text(&page.property(&function, "LoggingConfig")["LogGroup"]).replace("Ref=", "GetAtt=") + ".Arn";
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            asked.insert((action.to_owned(), log.clone()));
        }
        if *page.property(&function, "Tracing") == "Active" {
            asked.extend(WIDE.iter().map(|(action, all, _)| ((*action).to_owned(), (*all).to_owned())));
        }
        // A key of one's own is needed once it is given.
        asked.insert(("kms:Decrypt".to_owned(), "Ref=KmsKeyArn".to_owned()));

        let given = page.permissions(&function);
        for (action, resource) in asked.difference(&given) {
            faults.push(format!("{name} needs {action} on {resource}, and may not"));
        }
        for (action, resource) in given.difference(&asked) {
            faults.push(format!("{name} may {action} on {resource}, and never does"));
        }
    }
    for (place, statement) in page.statements() {
        for action in list(&statement["Action"]).iter().map(text) {
            for resource in list(&statement["Resource"]).iter().map(text) {
                let wide = action.contains('*') || resource.contains('*');
                if wide && !WIDE.iter().any(|(a, r, _)| *a == action && *r == resource) {
                    faults.push(format!("{place} allows {action} on {resource}: name what it is for"));
                }
            }
        }
        if statement["Effect"] != "Allow"
            || !statement["NotAction"].is_null()
            || !statement["NotResource"].is_null()
        {
            faults.push(format!("{place} has a statement that does not say plainly what is allowed"));
        }
    }
    // A managed policy of AWS's grants what this page does not show.
    for (role, one) in page.of_type("AWS::IAM::Role") {
        for policy in list(&one["Properties"]["ManagedPolicyArns"]) {
            if !matches!(text(&policy).as_str(), "Ref=Launch" | "Ref=Decide") {
                faults.push(format!("{role} has the policy {}, which is not written here", text(&policy)));
            }
        }
    }
}

const DAY: u64 = 24 * 60 * 60;

fn queues(page: &Page, house: &House, faults: &mut Vec<String>) {
    let queue = |arn: &Value| {
        let name = words(arn, "GetAtt=").replace(".Arn", "");
        let properties = page.at("/Resources")[&name]["Properties"].clone();
        (name, properties)
    };
    let mut taken = BTreeSet::new();
    for function in page.functions() {
        for event in function.properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event) {
            if event["Type"] != "SQS" {
                continue;
            }
            let (name, properties) = queue(&event["Properties"]["Queue"]);
            taken.insert(name.clone());
            let variable = format!("EARSHOT_{}_QUEUE_URL", folder(&function).to_uppercase());
            if page.variables().get(&variable) != Some(&json!(format!("Ref={name}"))) {
                faults.push(format!("{} takes from {name}, and {variable} is another queue", function.name));
            }
            if event["Properties"]["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
                faults.push(format!(
                    "{name}: without ReportBatchItemFailures a bad message takes others with it"
                ));
            }
            let seconds = |value: &Value| value.as_u64().unwrap_or_default();
            if seconds(&properties["VisibilityTimeout"]) < seconds(&function.properties["Timeout"]) {
                faults.push(format!("{name}: AWS refuses a visibility shorter than its function's time-out"));
            }
            if properties["FifoQueue"] == true && event["Properties"]["BatchSize"] != 1 {
                faults.push(format!(
                    "{name}: a batch would hold several destinations, and all wait for the slowest"
                ));
            }
            let (dead, graveyard) = queue(&properties["RedrivePolicy"]["deadLetterTargetArn"]);
            if seconds(&properties["RedrivePolicy"]["maxReceiveCount"]) == 0 || graveyard.is_null() {
                faults.push(format!("{name} has nowhere to give up to"));
            } else if graveyard["FifoQueue"] != properties["FifoQueue"] {
                faults.push(format!("{name} and {dead} must both be FIFO, or neither"));
            }
            if seconds(&properties["MessageRetentionPeriod"]) != 4 * DAY
                || seconds(&graveyard["MessageRetentionPeriod"]) != 14 * DAY
            {
                faults.push(format!("{name} keeps for four days, {dead} for fourteen"));
            }
        }
    }
    loops(page, house, faults);
    for name in ["Cues", "Poll", "Mirror"].iter().filter(|name| !taken.contains(**name)) {
        faults.push(format!("nobody takes from {name}"));
    }
}

/// Whose bells come back to themselves. Lambda stops such a chain after sixteen turns unless it is told that
/// it is meant: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>.
fn loops(page: &Page, house: &House, faults: &mut Vec<String>) {
    // A function is called like the queue that it takes from.
    let rings = |function: &str| -> BTreeSet<String> {
        let acts = house.functions.get(function).into_iter().flatten();
        acts.filter_map(|act| if let Act::Send(queue) = act { Some(queue.clone()) } else { None }).collect()
    };
    for function in page.functions() {
        let own = folder(&function);
        let mut reached = rings(&own);
        loop {
            let further: BTreeSet<String> = reached.iter().flat_map(|queue| rings(queue)).collect();
            if further.is_subset(&reached) {
                break;
            }
            reached.extend(further);
        }
        match (reached.contains(&own), function.properties["RecursiveLoop"] == "Allow") {
            (true, false) => faults.push(format!(
                "{} is rung for by what it rings for: without RecursiveLoop, Allow, Lambda stops it after sixteen turns",
                function.name
            )),
            (false, true) => {
                faults.push(format!("{} is in no loop, and RecursiveLoop would hide one", function.name));
            }
            _ => {}
        }
    }
}

fn keeping(page: &Page, house: &House, faults: &mut Vec<String>) {
    let table = page.at("/Resources/Table");
    for (name, wanted) in house.table.as_object().into_iter().flatten() {
        if table["Properties"][name] != *wanted {
            let found = &table["Properties"][name];
            faults.push(format!("the table's {name} is {found}; the store makes it {wanted}"));
        }
    }
    let safe = table["DeletionPolicy"] == "Retain"
        && table["UpdateReplacePolicy"] == "Retain"
        && table["Properties"]["DeletionProtectionEnabled"] == true
        && table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true;
    if !safe {
        faults.push("the table can be lost: retain it, protect it, keep its past".to_owned());
    }
    for (name, group) in page.of_type("AWS::Logs::LogGroup") {
        if group["Properties"]["RetentionInDays"] != 30 {
            faults.push(format!("{name} keeps logs for another time than thirty days"));
        }
    }
    let archive = page.at("/Resources/BusArchive/Properties");
    if archive["SourceArn"] != "GetAtt=Bus.Arn" || archive["RetentionDays"] != 30 {
        faults.push("the bus is not kept for thirty days".to_owned());
    }
}

/// Where figures of our own go: of two stacks in one account and region each has its own.
const OURS: &str = "Earshot/${AWS::StackName}";

/// Our own metrics that something shows, in an alarm or in the dashboard.
fn shown(page: &Page) -> (BTreeSet<String>, BTreeSet<String>) {
    let alarms = page.of_type("AWS::CloudWatch::Alarm").map(|(_, alarm)| &alarm["Properties"]);
    let alarmed = alarms
        .filter(|alarm| alarm["Namespace"] == format!("Sub={OURS}"))
        .map(|alarm| text(&alarm["MetricName"]));
    let body: Value = serde_json::from_str(&text(page.at("/Resources/Dashboard/Properties/DashboardBody")))
        .unwrap_or_default();
    let rows = body["widgets"].as_array().into_iter().flatten();
    let rows = rows.flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten());
    let charted = rows.filter(|row| row[0] == OURS).map(|row| text(&row[1]));
    (alarmed.collect(), charted.collect())
}

fn watching(page: &Page, house: &House, faults: &mut Vec<String>) {
    let alarms: Vec<_> = page.of_type("AWS::CloudWatch::Alarm").collect();
    if alarms.len() > MOST_ALARMS {
        faults.push(format!("{} alarms are more than the {MOST_ALARMS} that cost nothing", alarms.len()));
    }
    for (name, alarm) in alarms {
        let properties = &alarm["Properties"];
        if properties["AlarmActions"] != json!(["Ref=Alarms"]) {
            faults.push(format!("{name} tells nobody"));
        }
        if text(&properties["AlarmDescription"]).len() < 80 {
            faults.push(format!("{name} does not say what it asks of whoever hears it"));
        }
        // Silence of the clock is the alarm itself; everywhere else it means that nothing happened.
        let missing = if name == "ClockStopped" { "breaching" } else { "notBreaching" };
        if properties["TreatMissingData"] != missing {
            faults.push(format!("{name}: where nothing is measured, that is {missing}"));
        }
    }
    if page.at("/Globals/Function/Environment/Variables/EARSHOT_METRICS") != &json!(format!("Sub={OURS}")) {
        faults.push(format!("figures do not go to {OURS}, where alarms and dashboard look"));
    }
    let (alarmed, charted) = shown(page);
    // Elsewhere nobody measures anything, and an alarm on it would never ring.
    let strays = page.of_type("AWS::CloudWatch::Alarm").filter(|(_, alarm)| {
        let namespace = alarm["Properties"]["Namespace"].as_str();
        namespace.is_some_and(|name| !name.starts_with("AWS/") && name != format!("Sub={OURS}"))
    });
    faults.extend(strays.map(|(name, _)| format!("{name} watches figures that nobody writes")));
    for name in alarmed.union(&charted).filter(|name| !house.metrics.contains(*name)) {
        faults.push(format!("infra/README.md does not say what {name} is"));
    }
    for name in house.metrics.difference(&charted) {
        faults.push(format!("{name} is measured, and the dashboard does not show it"));
    }
    for name in house.metrics.difference(&house.measured) {
        faults.push(format!("infra/README.md explains {name}, which no code measures"));
    }
}

#[test]
fn template_packages_and_code_agree() {
    let house = House::as_it_stands();
    let faults = faults(&read("template.yaml"), &house);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// SAM gives the values that stand there with every deploy, and leaves alone what nobody names: a line with the first
/// day's empty values would close all doors.
#[test]
fn a_deploy_changes_no_parameter_that_nobody_names() {
    let settings = read("samconfig.toml");
    let lines: Vec<&str> = settings.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    assert!(lines.contains(&"[default.deploy.parameters]") && lines.contains(&"stack_name = \"earshot\""));
    assert!(!lines.iter().any(|line| line.contains("parameter_overrides")), "{lines:?}");
}

#[test]
fn the_house_was_read() {
    let house = House::as_it_stands();
    let names: Vec<&str> = house.functions.keys().map(String::as_str).collect();
    assert_eq!(names, ["clock", "cues", "discord", "mirror", "poll", "slack", "webhook"]);
    assert_eq!(house.doors.len(), 5, "{:?}", house.doors);
    assert!(house.variables.len() >= 20, "{:?}", house.variables);
    assert!(house.metrics.len() >= 9, "{:?}", house.metrics);
    for (name, acts) in &house.functions {
        // Whoever decides something commits it, and rings for it.
        for act in [Act::Table("PutItem"), Act::Table("ConditionCheckItem"), Act::Send("mirror".to_owned())] {
            assert!(acts.contains(&act), "{name} {acts:?}");
        }
        assert_eq!(acts.contains(&Act::Index), name == "clock", "{name} {acts:?}");
        assert_eq!(acts.contains(&Act::Send("poll".to_owned())), name == "clock", "{name} {acts:?}");
        assert!(!acts.contains(&Act::Table("CreateTable")), "{name} {acts:?}");
        // A door leaves it to the next tick: somebody waits for an answer. So does a search, which fires nothing
        // and gives nothing up.
        let tells = ["clock", "cues", "mirror"].contains(&name.as_str());
        assert_eq!(acts.contains(&Act::PutEvents), tells, "{name} {acts:?}");
        assert!(acts.contains(&Act::GetParameters), "{name} {acts:?}");
    }
}

/// What is said when one piece of the template is replaced.
fn after(house: &House, from: &str, to: &str) -> Vec<String> {
    let template = read("template.yaml");
    assert!(template.contains(from), "the template has no {from:?}");
    faults(&template.replacen(from, to, 1), house)
}

/// Fails unless something is said, and all that is said begins like one of these.
#[track_caller]
fn only(said: &[String], begins: &[&str]) {
    let fits = |one: &String| begins.iter().any(|begin| one.starts_with(begin));
    assert!(!said.is_empty() && said.iter().all(fits), "{begins:?}: {said:#?}");
    for begin in begins {
        assert!(said.iter().any(|one| one.starts_with(begin)), "{begin:?} was not said: {said:#?}");
    }
}

#[test]
fn a_changed_template_is_noticed() {
    let house = House::as_it_stands();
    for (from, to, said) in [
        // Packages.
        (
            "CodeUri: functions/clock/",
            "CodeUri: functions/clocks/",
            "Clock is built from functions/clocks, which is no package",
        ),
        ("CodeUri: functions/poll/", "CodeUri: functions/cues/", "functions/poll is deployed nowhere"),
        (
            "CodeUri: functions/poll/",
            "CodeUri: functions/cues/",
            "PollFunction is built from functions/cues, as another",
        ),
        (
            "Metadata: {BuildMethod: rust-cargolambda}",
            "Metadata: {BuildMethod: makefile}",
            "Clock is not built by cargo-lambda",
        ),
        // Names that the linters let pass.
        ("BatchSize: 10", "BatchSise: 10", "CuesFunction.Cue has no property BatchSise"),
        ("Type: ScheduleV2", "Type: ScheduleV3", "Clock.Minute has no property ScheduleV3"),
        ("Runtime: provided.al2023", "Runtime: nodejs99", "Clock runs on nodejs99"),
        ("Timeout: 55", "TimeOut: 55", "Clock has no property TimeOut"),
        ("    Tracing: Active", "    Traceing: Active", "Globals.Function has no property Traceing"),
        ("AllowedValues: [arm64, x86_64]", "AllowedValues: [arm64, riscv]", "Architecture is one of"),
        ("Architectures: [!Ref Architecture]", "Architectures: [x86_64]", "Clock: its architecture"),
        // Doors.
        ("Path: /slack/events", "Path: /slack/event", "/slack/event is a route, and the host"),
        (
            "Method: GET, Path: /x/webhook",
            "Method: PUT, Path: /x/webhook",
            "/x/webhook takes [\"GET\", \"POST\"]",
        ),
        (
            "${AWS::URLSuffix}/discord/interactions",
            "${AWS::URLSuffix}/discord",
            "/discord/interactions is no output",
        ),
        ("ThrottlingRateLimit: 50", "ThrottlingRateLimit: 0", "Doors has no ThrottlingRateLimit"),
        ("$context.routeKey", "$context.rawQuery", "the log of the doors has $context.rawQuery"),
        // Variables.
        ("        X_HANDLE: !Ref XHandle\n", "", "X_HANDLE is read, and neither set"),
        (
            "        X_HANDLE:",
            "        X_HANDEL: x\n        X_HANDLE:",
            "X_HANDEL is set, and nobody reads it",
        ),
        (
            "${AWS::StackName}/X_BEARER_TOKEN",
            "${AWS::StackName}/X_HANDLE",
            "X_BEARER_TOKEN is a secret that no",
        ),
        (
            "${AWS::StackName}/X_BEARER_TOKEN",
            "${AWS::StackName}/X_HANDLE",
            "X_HANDLE may be read as a secret",
        ),
        ("        X_HANDLE:", "        SLACK_BOT_TOKEN: x\n        X_HANDLE:", "SLACK_BOT_TOKEN is "),
        // Permissions.
        (
            "              - dynamodb:BatchGetItem\n",
            "",
            "Clock needs dynamodb:BatchGetItem on GetAtt=Table.Arn",
        ),
        ("dynamodb:GetItem", "dynamodb:GetItem\n              - dynamodb:Scan", "Clock may dynamodb:Scan"),
        ("dynamodb:GetItem", "dynamodb:*", "Decide allows dynamodb:* on GetAtt=Table.Arn"),
        ("Resource: !Sub ${Table.Arn}/index/ripe", "Resource: '*'", "ClockRole allows dynamodb:Query on *"),
        (
            "Resource: !Sub ${Table.Arn}/index/ripe",
            "Resource: !GetAtt Table.Arn",
            "Clock needs dynamodb:Query on Sub=${Table.Arn}/index/ripe",
        ),
        (
            "Resource: !GetAtt Poll.Arn",
            "Resource: !GetAtt PollDead.Arn",
            "Clock needs sqs:SendMessage on GetAtt=Poll.Arn",
        ),
        (
            "[!GetAtt Cues.Arn, !GetAtt Mirror.Arn]",
            "[!GetAtt Cues.Arn]",
            "Clock needs sqs:SendMessage on GetAtt=Mirror.Arn",
        ),
        ("sqs:DeleteMessage, ", "", "CuesFunction needs sqs:DeleteMessage on GetAtt=Cues.Arn"),
        (
            "ManagedPolicyArns: [!Ref Launch, !Ref Decide]",
            "ManagedPolicyArns: [!Ref Launch, !Ref Decide, AdministratorAccess]",
            "ClockRole has the policy AdministratorAccess",
        ),
        (
            "Effect: Allow\n            Action: [sqs:SendMessage]",
            "Effect: Deny\n            Action: [sqs:SendMessage]",
            "Decide has a statement",
        ),
        // Queues.
        (
            "FunctionResponseTypes: [ReportBatchItemFailures]",
            "FunctionResponseTypes: []",
            "Cues: without ReportBatchItemFailures",
        ),
        ("VisibilityTimeout: 20", "VisibilityTimeout: 10", "Mirror: AWS refuses"),
        (
            "BatchSize: 1\n            FunctionResponseTypes: [ReportBatchItemFailures]\n\n  Slack",
            "BatchSize: 10\n            FunctionResponseTypes: [ReportBatchItemFailures]\n\n  Slack",
            "Mirror: a batch would hold",
        ),
        ("maxReceiveCount: 50", "maxReceiveCount: 0", "Mirror has nowhere"),
        ("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600", "Cues keeps for four days"),
        (
            "EARSHOT_CUES_QUEUE_URL: !Ref Cues",
            "EARSHOT_CUES_QUEUE_URL: !Ref Poll",
            "CuesFunction takes from Cues",
        ),
        ("      RecursiveLoop: Allow\n", "", "CuesFunction is rung for by what it rings for"),
        (
            "      Timeout: 60\n",
            "      Timeout: 60\n      RecursiveLoop: Allow\n",
            "PollFunction is in no loop",
        ),
        // What is kept.
        (
            "{AttributeName: ripe_at, AttributeType: N}",
            "{AttributeName: ripe_at, AttributeType: S}",
            "the table's AttributeDefinitions",
        ),
        ("NonKeyAttributes: [rev, due]", "NonKeyAttributes: [rev]", "the table's GlobalSecondaryIndexes"),
        ("AttributeName: expires_at", "AttributeName: expires", "the table's TimeToLiveSpecification"),
        ("DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false", "the table can be lost"),
        ("DeletionPolicy: Retain", "DeletionPolicy: Delete", "the table can be lost"),
        ("RetentionInDays: 30", "RetentionInDays: 365", "Logs keeps logs"),
        ("RetentionDays: 30", "RetentionDays: 3", "the bus is not kept"),
        // What is watched.
        ("MetricName: Heartbeat", "MetricName: Hartbeat", "infra/README.md does not say what Hartbeat is"),
        ("${AWS::StackName}\", \"XWrites\"", "${AWS::StackName}\", \"XReads\"", "XWrites is measured"),
        ("[[\"Earshot/${AWS::StackName}\", \"XReads\"", "[[\"Earshot\", \"XReads\"", "XReads is measured"),
        (
            "EARSHOT_METRICS: !Sub Earshot/${AWS::StackName}",
            "EARSHOT_METRICS: Earshot",
            "figures do not go to",
        ),
        ("Namespace: !Sub Earshot/${AWS::StackName}", "Namespace: Earshot", "ClockStopped watches figures"),
        ("AlarmActions: [!Ref Alarms]", "AlarmActions: []", "ClockStopped tells nobody"),
        (
            "TreatMissingData: breaching",
            "TreatMissingData: notBreaching",
            "ClockStopped: where nothing is measured",
        ),
    ] {
        let heard = after(&house, from, to);
        assert!(heard.iter().any(|one| one.starts_with(said)), "{said:?}: {heard:#?}");
    }
}

#[test]
fn a_changed_house_is_noticed() {
    let house = House::as_it_stands();
    let template = read("template.yaml");
    let after = |change: &dyn Fn(&mut House)| {
        let mut house = house.clone();
        change(&mut house);
        faults(&template, &house)
    };
    let recap = after(&|house| {
        house.functions.insert("recap".to_owned(), BTreeSet::new());
    });
    only(&recap, &["functions/recap is deployed nowhere"]);
    let read = after(&|house| {
        house.variables.insert("EARSHOT_MOOD".to_owned());
    });
    only(&read, &["EARSHOT_MOOD is read, and neither set"]);
    let unread = after(&|house| {
        house.variables.remove("X_HANDLE");
    });
    only(&unread, &["X_HANDLE is set, and nobody reads it"]);
    let door = after(&|house| {
        house.doors.insert("/slack/options".to_owned());
    });
    only(&door, &["/slack/options takes", "/slack/options is no output"]);
    let act = |act: Act| {
        after(&move |house| {
            house.functions.get_mut("slack").expect("a door").insert(act.clone());
        })
    };
    only(&act(Act::Table("Scan")), &["Slack needs dynamodb:Scan on GetAtt=Table.Arn"]);
    only(&act(Act::Index), &["Slack needs dynamodb:Query on Sub=${Table.Arn}/index/ripe"]);
    only(&act(Act::Send("poll".to_owned())), &["Slack needs sqs:SendMessage on GetAtt=Poll.Arn"]);
    only(&act(Act::Unknown("export_table".to_owned())), &["Slack needs dynamodb:export_table?"]);
    let idle = after(&|house| {
        house.functions.get_mut("slack").expect("a door").remove(&Act::Table("DeleteItem"));
    });
    only(&idle, &["Slack may dynamodb:DeleteItem on GetAtt=Table.Arn, and never does"]);
    let metric = after(&|house| {
        house.metrics.insert("Laughter".to_owned());
    });
    assert!(
        metric.iter().any(|one| one.starts_with("Laughter is measured, and the dashboard")),
        "{metric:#?}"
    );
}

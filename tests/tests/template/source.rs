//! What the code does with AWS, read from its text: which variables it names, and which operations each
//! function's entry leads to.
//!
//! A scan and no compiler: it knows words, strings, comments and braces, and follows calls by their names.
//! Where two methods of a crate share a name it follows both, so it rather finds a call too many than one too
//! few. It does not see functions that are handed on without being called, nor methods of the host on what is
//! called otherwise than in `OWN`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Beginnings of variables that are ours to set.
const OURS: [&str; 5] = ["EARSHOT_", "SLACK_", "DISCORD_", "X_", "RUST_"];

/// Code without comments, tests and the insides of strings, and those strings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) code: String,
    pub(crate) strings: Vec<String>,
}

impl Source {
    /// Reads Rust.
    pub(crate) fn of(text: &str) -> Source {
        let mut source = Source::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let rest = &text[at..];
            if rest.starts_with("//") {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if let Some(string) = raw_string(rest).filter(|_| !in_a_word(&source.code)) {
                at += string.len();
                let inside = string.trim_start_matches(['b', 'r']).trim_matches('#');
                source.keep(inside[1..inside.len() - 1].to_owned());
            } else if byte == b'"' {
                let end = string_end(rest);
                source.keep(rest[1..end - 1].to_owned());
                at += end;
            } else if let Some(length) = character(rest) {
                source.code.push_str("' '");
                at += length;
            } else {
                let next = rest.chars().next().expect("there is a byte, so there is a character");
                source.code.push(next);
                at += next.len_utf8();
            }
        }
        source.code = without_tests(&source.code);
        source
    }

    /// What stands in a string's place says where it was kept, so that strings of tests go with them.
    fn keep(&mut self, string: String) {
        self.code.push_str(&format!("\"{}\"", self.strings.len()));
        self.strings.push(string);
    }

    /// The strings that are left once tests are taken out.
    fn kept(&self) -> impl Iterator<Item = &str> {
        self.code
            .split('"')
            .skip(1)
            .step_by(2)
            .filter_map(|n| self.strings.get(n.parse::<usize>().ok()?))
            .map(String::as_str)
    }

    /// Variables that the code names.
    pub(crate) fn variables(&self) -> BTreeSet<String> {
        let ours = |name: &&str| {
            OURS.iter().any(|begin| name.len() > begin.len() && name.starts_with(begin))
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        self.kept().filter(ours).map(str::to_owned).collect()
    }

    /// Whether the code has exactly this string.
    pub(crate) fn says(&self, string: &str) -> bool {
        self.kept().any(|kept| kept == string)
    }

    /// Strings of the code that `wanted` takes.
    pub(crate) fn strings_that(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        self.kept().filter(|string| wanted(string)).map(str::to_owned).collect()
    }

    /// The value of `const NAME: … = "value"`.
    pub(crate) fn constant(&self, name: &str) -> Option<&str> {
        let begin = self.code.find(&format!("const {name}:"))?;
        self.code[begin..]
            .split('"')
            .nth(1)?
            .parse::<usize>()
            .ok()
            .and_then(|n| self.strings.get(n))
            .map(String::as_str)
    }

    /// The values of `const NAME: … = ["one", "two"]`.
    pub(crate) fn constants(&self, name: &str) -> Vec<&str> {
        let Some(begin) = self.code.find(&format!("const {name}:")) else { return Vec::new() };
        let value = self.code[begin..].split(';').take(2).collect::<String>();
        value
            .split('"')
            .skip(1)
            .step_by(2)
            .filter_map(|n| self.strings.get(n.parse::<usize>().ok()?))
            .map(String::as_str)
            .collect()
    }
}

fn in_a_word(code: &str) -> bool {
    code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// `r"…"`, `r#"…"#`, `br"…"`.
fn raw_string(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = rest.len() - inside.len() + inside.find(&end)? + end.len();
    Some(&rest[..length])
}

/// Where a string that begins here ends, its quotes included.
fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (n, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return n + 1,
            _ => {}
        }
    }
    rest.len()
}

/// How long a character in single quotes is; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let length = match inside.strip_prefix('\\') {
        // What is escaped may be the quote itself.
        Some(escaped) => 1 + escaped.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0,
        None => inside.chars().next()?.len_utf8(),
    };
    inside[length..].starts_with('\'').then_some(length + 2)
}

fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(begin) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..begin]);
        let item = &rest[begin..];
        let end = match (item.find('{'), item.find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|semicolon| brace < semicolon) => {
                brace + block(&item[brace..]).len()
            }
            (_, Some(semicolon)) => semicolon + 1,
            _ => item.len(),
        };
        rest = &item[end..];
    }
    kept + rest
}

/// The block that begins here, its braces included.
fn block(code: &str) -> &str {
    let mut depth = 0_usize;
    for (n, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return &code[..=n];
                }
            }
            _ => {}
        }
    }
    code
}

/// The part of the house that a function belongs to. The queues have methods of the same names as the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Host,
    Queues,
    Store,
    Outbound,
}

/// Something that is asked of AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// An operation on the table, by the name of its permission.
    Table(&'static str),
    /// `Query` on the index.
    Index,
    /// A message to the queue that is called so in `Queues`.
    Send(String),
    /// An event to the bus.
    PutEvents,
    /// The secrets.
    GetParameters,
    /// An operation that this scan does not know: give it a permission's name in `OPERATIONS`.
    Unknown(String),
}

/// Operations of the table's client, and the permission that each takes. A transaction takes those of what
/// is in it: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>.
const OPERATIONS: [(&str, Option<&str>); 14] = [
    ("get_item", Some("GetItem")),
    ("batch_get_item", Some("BatchGetItem")),
    ("query", Some("Query")),
    ("scan", Some("Scan")),
    ("put_item", Some("PutItem")),
    ("update_item", Some("UpdateItem")),
    ("delete_item", Some("DeleteItem")),
    ("batch_write_item", Some("BatchWriteItem")),
    ("transact_get_items", None),
    ("transact_write_items", None),
    ("describe_table", Some("DescribeTable")),
    ("create_table", Some("CreateTable")),
    ("describe_time_to_live", Some("DescribeTimeToLive")),
    ("update_time_to_live", Some("UpdateTimeToLive")),
];

/// What may be in a transaction.
const ITEMS: [(&str, &str); 5] = [
    ("ConditionCheck::builder()", "ConditionCheckItem"),
    ("Get::builder()", "GetItem"),
    ("Put::builder()", "PutItem"),
    ("Update::builder()", "UpdateItem"),
    ("Delete::builder()", "DeleteItem"),
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    name: String,
    /// What stands before the dot, where there is one.
    on: Option<String>,
    /// What stands before `::`, where that does.
    path: Option<String>,
}

#[derive(Debug, Default)]
struct Body {
    acts: BTreeSet<Act>,
    calls: BTreeSet<Call>,
}

/// Functions by the part they are in, their name, and whether they are methods; what they ask and call.
#[derive(Debug, Default)]
pub(crate) struct Code {
    bodies: BTreeMap<(Part, String, bool), Vec<Body>>,
}

impl Code {
    /// Every crate that may ask something of AWS.
    pub(crate) fn read(root: &Path) -> Code {
        let mut code = Code::default();
        for (folder, part) in [("host", Part::Host), ("store", Part::Store), ("outbound", Part::Outbound)] {
            for (path, text) in files(&root.join("shared").join(folder).join("src")) {
                let part = if path.ends_with("host/src/queue.rs") { Part::Queues } else { part };
                code.add(part, &Source::of(&text));
            }
        }
        code
    }

    pub(crate) fn add(&mut self, part: Part, source: &Source) {
        for (name, method, body) in functions(&source.code) {
            let body: String = body.split_whitespace().collect();
            let body = Body { acts: acts(part, &body), calls: calls(&body) };
            self.bodies.entry((part, name, method)).or_default().push(body);
        }
    }

    /// What the entries of the host that a `main.rs` calls lead to. Its other calls are the runtime's.
    pub(crate) fn asked_by(&self, main: &Source) -> BTreeSet<Act> {
        let body: String = main.code.split_whitespace().collect();
        let mut seen = BTreeSet::new();
        let mut acts = BTreeSet::new();
        for call in calls(&body) {
            if call.on.is_some() {
                self.follow((Part::Host, call.name.clone(), true), &mut seen, &mut acts);
            }
            if call.path.is_some() {
                self.follow((Part::Host, call.name.clone(), false), &mut seen, &mut acts);
            }
        }
        acts
    }

    fn follow(
        &self,
        at: (Part, String, bool),
        seen: &mut BTreeSet<(Part, String, bool)>,
        acts: &mut BTreeSet<Act>,
    ) {
        let Some(bodies) = self.bodies.get(&at) else { return };
        if !seen.insert(at.clone()) {
            return;
        }
        for body in bodies {
            acts.extend(body.acts.iter().cloned());
            for call in &body.calls {
                for next in from(at.0, call) {
                    self.follow(next, seen, acts);
                }
            }
        }
    }
}

/// What the host calls that which has its methods. The SDK has a `send` as well, and so have channels.
/// Without white space a word before it is part of it: `matchself`.
const OWN: [&str; 5] = ["self", "host", "run", "lambda", "bus"];

/// Where a call may lead.
fn from(part: Part, call: &Call) -> Vec<(Part, String, bool)> {
    let to = |part, method| (part, call.name.clone(), method);
    match (part, call.on.as_deref()) {
        (Part::Host, Some("store" | "store()")) => vec![to(Part::Store, true)],
        (Part::Host, Some("queues" | "queues()")) => vec![to(Part::Queues, true)],
        (Part::Host, Some(on)) if OWN.iter().any(|own| on.ends_with(own)) => {
            vec![to(Part::Host, true), to(Part::Outbound, true)]
        }
        (Part::Host, Some(_)) => vec![to(Part::Outbound, true)],
        (part, Some(_)) => vec![to(part, true)],
        // `Self::name(…)` and `Host::name(…)` may be a method's; `keys::name(…)` may not.
        (part, None) if call.path.as_deref().is_some_and(|path| path.starts_with(char::is_uppercase)) => {
            vec![to(part, true), to(part, false)]
        }
        (part, None) => vec![to(part, false)],
    }
}

fn acts(part: Part, body: &str) -> BTreeSet<Act> {
    let mut acts = BTreeSet::new();
    if part == Part::Store {
        for asked in body.split("client.").skip(1) {
            let name: String = asked.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            match OPERATIONS.iter().find(|(operation, _)| *operation == name) {
                Some(("query", _)) if body.contains(".index_name(") => {
                    acts.insert(Act::Index);
                }
                Some((_, permission)) => acts.extend(permission.map(Act::Table)),
                None => {
                    acts.insert(Act::Unknown(name));
                }
            }
        }
        for (item, permission) in ITEMS {
            let whole = |at: usize| !in_a_word(&body[..at]);
            if body.match_indices(item).any(|(at, _)| whole(at)) {
                acts.insert(Act::Table(permission));
            }
        }
    }
    if body.contains(".send_message()") || body.contains(".send_message_batch()") {
        let queues = body.split(".queue_url(").skip(1).filter_map(|rest| rest.split(')').next());
        acts.extend(queues.map(|queue| Act::Send(queue.trim_start_matches('&').to_owned())));
    }
    if body.contains(".put_events()") {
        acts.insert(Act::PutEvents);
    }
    if body.contains(".get_parameters(") {
        acts.insert(Act::GetParameters);
    }
    acts
}

/// Every function: its name, whether it is a method, its body.
fn functions(code: &str) -> Vec<(String, bool, &str)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if in_a_word(&code[..at]) {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = rest.find('(').filter(|_| !name.is_empty()) else { continue };
        let arguments: String = rest[open + 1..].chars().take(40).collect();
        let first = arguments.split([',', ')', ':']).next().unwrap_or_default();
        let method =
            first.split_whitespace().next_back().is_some_and(|last| last.trim_matches('&') == "self");
        // A `;` ends a signature without a body; within brackets it belongs to an array's type.
        let mut depth = 0_i32;
        let begin = rest.char_indices().find(|(_, c)| {
            depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
            matches!(c, '{') || (*c == ';' && depth == 0)
        });
        if let Some((begin, '{')) = begin {
            found.push((name, method, block(&rest[begin..])));
        }
    }
    found
}

/// Every call in a body that has no white space any more.
fn calls(body: &str) -> BTreeSet<Call> {
    let mut calls = BTreeSet::new();
    for (at, _) in body.match_indices('(') {
        let name = last_word(&body[..at]);
        if name.is_empty() {
            continue;
        }
        let before = &body[..at - name.len()];
        let on = before.strip_suffix('.').map(|before| match before.strip_suffix("()") {
            Some(getter) => format!("{}()", last_word(getter)),
            None => last_word(before).to_owned(),
        });
        let path = before.strip_suffix("::").map(|before| last_word(before).to_owned());
        calls.insert(Call { name: name.to_owned(), on, path });
    }
    calls
}

fn last_word(code: &str) -> &str {
    let begin = code.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric() || *c == '_').last();
    begin.map_or("", |(begin, _)| &code[begin..])
}

/// Every Rust file below a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            found.push((path.to_string_lossy().into_owned(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn comments_tests_and_strings_are_told_from_code() {
    let source = Source::of(
        r##"
        // "X_COMMENT" and fn not_this() {
        fn a<'a>(x: &'a str) -> char { need("X_ONE", r#"say "X_TWO""#, '"', '\'', b"{"); '}' }
        /* "X_BLOCK" */
        const KNOWN: [&str; 2] = ["rev", "due"]; const PK: &str = "pk";
        #[cfg(test)]
        mod tests { fn b() { need("X_THREE") } }
        #[cfg(test)]
        mod more;
        fn c() -> [u8; 2] { any(&["EARSHOT_FOUR", "X_lower", "X_", "MAX_5"], "X_SIX\"") }
        "##,
    );
    let variables: Vec<String> = source.variables().into_iter().collect();
    assert_eq!(variables, ["EARSHOT_FOUR", "X_ONE"]);
    let functions = functions(&source.code);
    assert_eq!(functions.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(source.constants("KNOWN"), ["rev", "due"]);
    assert_eq!(source.constant("PK"), Some("pk"));
    assert!(source.says("rev") && !source.says("X_THREE") && !source.says("X_COMMENT"));
}

#[test]
fn an_act_is_found_through_the_calls_that_lead_to_it() {
    let mut code = Code::default();
    let host = "
        impl Host {
            pub async fn tick(&self) { Box::pin(self.once()).await }
            async fn once(&self) { self.store.due(1).await; Self::quietly(self); }
            fn quietly(host: &Host) { host.queues.poll(1) }
            async fn look(&self) { self.store().all().await; self.queues().ring(); request.send() }
            async fn send(&self) { match self.put() {} }
            fn put(&self) { client.put_events() }
        }
        impl Lambda { pub async fn start() -> Lambda { from_env().await } pub fn host(&self) {} }
        async fn from_env() { ssm.get_parameters().send().await }
        pub async fn run() { bus.put_events() }";
    let queues = "impl Queues {
        fn poll(&self) { sqs.send_message().queue_url(poll).send() }
        fn ring(&self) { self.at_once() }
        fn at_once(&self) { sqs.send_message().queue_url(mirror).send() } }";
    let store = "impl Store {
        fn due(&self) { self.ripe() }
        fn ripe(&self) { self
            .client
            .query()
            .index_name(INDEX) }
        fn all(&self) { self.client.query(); write(&keys::tidy()) }
        fn tidy(&self) { self.client.scan() }
        fn odd(&self) { self.client.export_table() } }
        fn write() { InnerPut::builder(); Update::builder() }
        fn tidy() {}";
    code.add(Part::Host, &Source::of(host));
    code.add(Part::Queues, &Source::of(queues));
    code.add(Part::Store, &Source::of(store));
    let asked = |main: &str| code.asked_by(&Source::of(main)).into_iter().collect::<Vec<_>>();
    let send = |queue: &str| Act::Send(queue.to_owned());
    assert_eq!(asked("fn main() { lambda.host().await?.tick() }"), [Act::Index, send("poll")]);
    assert_eq!(
        asked("fn main() { Lambda::start(); run(|| host.look()) }"),
        [Act::Table("Query"), Act::Table("UpdateItem"), send("mirror"), Act::GetParameters]
    );
    assert_eq!(asked("fn main() { host.send() }"), [Act::PutEvents]);
    assert_eq!(asked("fn main() { tick() }"), []);
    assert_eq!(
        code.bodies[&(Part::Store, "odd".to_owned(), true)][0].acts,
        BTreeSet::from([Act::Unknown("export_table".to_owned())])
    );
}

//! `earshot export`, `import` and `may-deploy` as an operator runs them: the real binary, on folders and on a table
//! that is reached as AWS's is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use chrono::{TimeDelta, Utc};
use earshot::cast;
use earshot::database::Database;
use earshot::local::{Local, Platforms};
use earshot::moving::file::{self, Flaw};
use host::{Clock, Clocks, Patience};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// A host on a folder, with a chat that meets so many minutes from now, once a week.
async fn running(folder: &Path, minutes: i64) -> (Platforms, Local) {
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = platforms.config().expect("settings");
    let local = Local::start(config, Some(folder), clocks, listener, Router::new()).await.expect("a host");
    platforms.aim(&local.url());
    let meets = (Utc::now() + TimeDelta::minutes(minutes)).with_timezone(&cast::london());
    for typed in [
        &format!("new #SMXChat every {} London", meets.format("%A %H:%M")),
        "connect slack",
        "ask Who are you?",
    ] {
        let answer = platforms.slack.slash_command(cast::MAYA, cast::SLACK_CHANNEL, typed).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, &answer.refused), (200, &None), "{typed}");
    }
    local.host.tick().await.expect("the clock ticks");
    // What the desk is told is said, so that nothing waits.
    for rung in local.queue.take() {
        earshot::worker::answer(&local.host, &rung.bell).await.expect("the table answers");
    }
    (platforms, local)
}

/// A chat in a folder that nobody uses, three days before its next hour.
async fn resting(folder: &Path) {
    let (platforms, local) = running(folder, 3 * 24 * 60).await;
    local.stop().await.expect("it stops");
    platforms.stop().await;
}

fn earshot(args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true).args(args).envs(variables.iter().copied());
    command
}

async fn run(args: &[&str], variables: &[(&str, &str)]) -> (String, i32) {
    let ended = timeout(Duration::from_secs(120), earshot(args, variables).output()).await;
    let ended = ended.expect("it ends").expect("it starts");
    let told = [ended.stdout, ended.stderr].map(|told| String::from_utf8(told).expect("text")).concat();
    (told, ended.status.code().expect("an exit code"))
}

/// What differs from run to run, told alike.
fn plain(told: &str, folder: &Path) -> String {
    let told = told.replace(&folder.display().to_string(), "DIR");
    let words: Vec<String> = told
        .split_inclusive(' ')
        .map(|word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            if digits >= 4 && word.contains(':') { "(A TIME) ".to_owned() } else { word.to_owned() }
        })
        .collect();
    let lines = words.concat();
    let before = |line: &str| match line.split_once(" before ") {
        Some((begin, rest)) if rest.contains("London") => format!("{begin} before (A TIME). …"),
        _ => line.to_owned(),
    };
    let next = |line: String| match line.split_once("Next: ") {
        Some((begin, rest)) if rest.contains("London") => format!("{begin}Next: (A TIME)."),
        _ => line,
    };
    lines.lines().map(before).map(next).collect::<Vec<_>>().join("\n")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The lines of a file that hold rows.
fn rows(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("it is there");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..lines.len() - 1].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_folder_to_aws_and_back() {
    let home = tempfile::tempdir().expect("a folder");
    let (data, out) = (home.path().join("data"), home.path().join("smxchat.jsonl"));
    let mut all = String::new();
    let mut tell = |what: &str, told: &str| all.push_str(&format!("$ earshot {what}\n{told}\n"));

    // While it runs, a copy can be had; the chat cannot leave.
    let (platforms, local) = running(&data, 3 * 24 * 60).await;
    let copy = home.path().join("copy.jsonl");
    let (told, code) = run(&["export", "#smxchat", "--data", path(&data), "--to", path(&copy)], &[]).await;
    assert_eq!(code, 0, "{told}");
    tell("export '#SMXChat' --data DIR/data --to DIR/copy.jsonl", &plain(&told, home.path()));
    let leave = ["export", "#SMXChat", "--data", path(&data), "--to", path(&out), "--move"];
    let (told, code) = run(&leave, &[]).await;
    assert_eq!((code, out.exists()), (2, false), "{told}");
    tell("export '#SMXChat' --data DIR/data --to DIR/smxchat.jsonl --move", &plain(&told, home.path()));
    local.stop().await.expect("it stops");
    platforms.stop().await;

    let (told, code) = run(&["export", "#Gardens", "--data", path(&data)], &[]).await;
    assert_eq!(code, 1, "{told}");
    tell("export '#Gardens' --data DIR/data", &told);
    let (told, code) = run(&leave, &[]).await;
    assert_eq!(code, 0, "{told}");
    tell("export '#SMXChat' --data DIR/data --to DIR/smxchat.jsonl --move", &plain(&told, home.path()));
    assert_eq!(rows(&out), rows(&copy), "nothing happened in between");
    // The file is lost? It can be had again.
    std::fs::remove_file(&out).expect("it was there");
    let (told, code) = run(&leave, &[]).await;
    assert!(code == 0 && told.contains("It moved out before, on "), "{told}");
    assert_eq!(rows(&out), rows(&copy));

    // A table that is reached as the one in AWS is.
    let aws = Database::start(None).await.expect("a database");
    let store = host::embedded_store(&aws.endpoint(), "earshot", Patience::default());
    store.ensure_table().await.expect("a table");
    let endpoint = aws.endpoint();
    let variables = [
        ("AWS_REGION", "eu-west-2"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()),
    ];
    let (told, code) = run(&["import", path(&out), "--table", "earshot", "--dry-run"], &variables).await;
    assert_eq!(code, 0, "{told}");
    tell("import DIR/smxchat.jsonl --table earshot --dry-run", &plain(&told, home.path()));
    assert_eq!(store.all_chats().await.expect("the table"), [], "nothing was written");
    let with_table = [&variables[..], &[("EARSHOT_TABLE", "earshot")]].concat();
    let (told, code) = run(&["import", path(&out)], &with_table).await;
    assert_eq!(code, 0, "{told}");
    tell("import DIR/smxchat.jsonl", &plain(&told, home.path()));
    assert_eq!(store.all_chats().await.expect("the table").len(), 1);
    // Once more, to be sure: there is nothing to do, and nothing is wrong.
    let (told, code) = run(&["import", path(&out)], &with_table).await;
    assert_eq!(code, 0, "{told}");
    tell("import DIR/smxchat.jsonl", &plain(&told, home.path()));
    // What lies where it came from is of before it moved: no copy is made of that.
    let (told, code) =
        run(&["export", "#SMXChat", "--data", path(&data), "--to", path(&home.path().join("old"))], &[])
            .await;
    assert_eq!(code, 1, "{told}");
    tell("export '#SMXChat' --data DIR/data", &plain(&told, home.path()));

    // From there into a folder that nobody has used: a copy, which is brought to life.
    let fetched = home.path().join("fetched.jsonl");
    let (told, code) = run(&["export", "smxchat", "--to", path(&fetched)], &with_table).await;
    assert_eq!(code, 0, "{told}");
    assert_eq!(rows(&fetched), rows(&copy), "there and back it is the same");
    let other = home.path().join("other");
    for (more, code) in [(&["--dry-run", "--revive"][..], 0), (&[], 1), (&["--revive"], 0)] {
        let args = [&["import", path(&fetched), "--data", path(&other)], more].concat();
        let (told, ended) = run(&args, &[]).await;
        assert_eq!(ended, code, "{told}");
        assert_eq!(other.exists(), more == ["--revive"], "only then is anything made there: {told}");
    }
    let (told, code) = run(&["may-deploy", "--data", path(&other)], &[]).await;
    assert_eq!(code, 0, "{told}");
    tell("may-deploy --data DIR/other", &plain(&told, home.path()));
    // What is left where it was goes when somebody says so; what lives is not touched.
    let forget = ["forget", "#SMXChat", "--data", path(&data)];
    for args in [&forget[..], &[&forget[..], &["--yes"]].concat(), &[&forget[..], &["--yes"]].concat()] {
        let (told, _) = run(args, &[]).await;
        tell(&args.join(" ").replace(path(&data), "DIR/data"), &told);
    }
    let (told, code) = run(&["forget", "#SMXChat", "--yes"], &with_table).await;
    assert!(code == 1 && told.contains("One that lives here is not touched"), "{told}");
    insta::assert_snapshot!("from_a_folder_to_aws_and_back", all);

    // A database on this machine gets its table, as from `serve`.
    let local = Database::start(None).await.expect("a database");
    let endpoint = local.endpoint();
    let (told, code) = run(&["import", path(&out), "--database", &endpoint], &[]).await;
    assert_eq!(code, 0, "{told}");
    let (told, code) = run(&["may-deploy", "--database", &endpoint], &[]).await;
    assert!(code == 0 && told.contains("Next: #SMXChat"), "{told}");
    local.stop().await.expect("it stops");

    // Nobody said where, or where nobody is, or something that is no table.
    let spoiled = home.path().join("spoiled");
    std::fs::create_dir(&spoiled).expect("a folder");
    std::fs::write(spoiled.join("earshot.sqlite"), [7; 9_000]).expect("a file");
    for (args, words) in [
        (vec!["export", "#SMXChat"], "Nobody said where the table is"),
        (vec!["may-deploy"], "Nobody said where the table is"),
        (vec!["may-deploy", "--data", path(home.path())], "has no table in it"),
        (vec!["export", "#SMXChat", "--data", path(home.path())], "has no table in it"),
        (vec!["may-deploy", "--data", path(&spoiled)], "the file is damaged, or something else"),
    ] {
        let (told, code) = run(&args, &[]).await;
        assert!(code == 2 && told.contains(words), "{args:?}: {told}");
    }
    let (told, code) = run(&["may-deploy", "--table", "another"], &variables).await;
    assert!(code == 2 && told.contains("The table another does not answer"), "{told}");
    let (told, code) = run(&["import", path(&out), "--table", "another"], &variables).await;
    assert!(code == 1 && told.contains("Nothing was written"), "{told}");
    aws.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_is_near_is_no_time_to_deploy() {
    let folder = tempfile::tempdir().expect("a folder");
    let (platforms, local) = running(folder.path(), 5).await;
    let data = path(folder.path());
    let (told, code) = run(&["may-deploy", "--data", data], &[]).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.starts_with("Not now:\n  #SMXChat "), "{told}");
    assert!(told.contains("The next gap begins "), "{told}");
    let (told, code) = run(&["may-deploy", "--data", data, "--margin", "0m"], &[]).await;
    // Four minutes before it, and not a minute after.
    assert!(code == 0 && told.starts_with("A good moment: "), "{told}");
    let (told, code) = run(&["may-deploy", "--data", data, "--margin", "soon"], &[]).await;
    assert!(code == 2 && told.contains("15m or 2h"), "{told}");
    local.stop().await.expect("it stops");
    platforms.stop().await;
}

/// A file as somebody else's tool would write it: these rows, with a first line and an end that fit.
fn sealed(first: &str, rows: &[String]) -> String {
    let mut head: Value = serde_json::from_str(first).expect("JSON");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let row: Value = serde_json::from_str(row).expect("JSON");
        *counts.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    head["rows"] = json!(counts);
    let mut rest = head.as_object().expect("an object").clone();
    let begin = format!("{{\"earshot\":{},\"format\":{},", rest["earshot"], rest["format"]);
    rest.remove("earshot");
    rest.remove("format");
    let first = format!("{begin}{}", Value::Object(rest).to_string().trim_start_matches('{'));
    let body = format!("{first}\n{}\n", rows.join("\n"));
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    format!("{body}{{\"end\":\"chat\",\"rows\":{},\"sha256\":\"{digest}\"}}\n", rows.len())
}

async fn a_file(home: &Path) -> PathBuf {
    let (data, out) = (home.join("data"), home.join("smxchat.jsonl"));
    resting(&data).await;
    let (told, code) =
        run(&["export", "#SMXChat", "--data", path(&data), "--to", path(&out), "--move"], &[]).await;
    assert_eq!(code, 0, "{told}");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_as_it_was_written_is_not_imported() {
    let home = tempfile::tempdir().expect("a folder");
    let out = a_file(home.path()).await;
    let bytes = std::fs::read(&out).expect("it is there");
    file::read(&bytes).expect("it is whole");
    // Wherever it ends before its end.
    for length in (0..bytes.len()).step_by(23).chain(bytes.len() - 200..bytes.len()) {
        let flaw = file::read(&bytes[..length]).expect_err("cut short");
        let told = matches!(flaw, Flaw::CutShort) || (length < 18 && flaw == Flaw::NotOurs);
        assert!(told, "after {length} bytes: {flaw:?}");
    }
    // Wherever one of its bits is another; each place with another bit.
    for at in (0..bytes.len()).step_by(17).chain(bytes.len() - 150..bytes.len()) {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        file::read(&altered).expect_err(&format!("altered at {at}"));
    }
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (first, rows) = (&lines[0], &lines[1..lines.len() - 1]);
    assert_eq!(sealed(first, rows), text, "the format is the one that is described");
    // Sealed anew by somebody who knows how: then each row has to be one that this chat may bring.
    let code = r#"{"kind":"code","row":{"pk":"CODE#k7q2m9xa","sk":"-","slug":"smxchat","until":"2030-01-01T00:00:00Z","v":1}}"#;
    let other =
        r#"{"kind":"counted","row":{"count":1,"pk":"CHAT#gardens","sk":"COUNTED#late#2026-11-24","v":1}}"#;
    let odd = r#"{"kind":"counted","row":{"count":"one","pk":"CHAT#smxchat","sk":"COUNTED#late#2026-11-24","v":1}}"#;
    let newer =
        r#"{"kind":"counted","row":{"count":1,"pk":"CHAT#smxchat","sk":"COUNTED#late#2026-11-24","v":2}}"#;
    let called =
        r#"{"kind":"member","row":{"count":1,"pk":"CHAT#smxchat","sk":"COUNTED#late#2026-11-24","v":1}}"#;
    let due = r#"{"kind":"counted","row":{"count":1,"pk":"CHAT#smxchat","ripe":"CUE","ripe_at":1,"sk":"COUNTED#late#2026-11-24","v":1}}"#;
    let many = format!(
        r#"{{"kind":"counted","row":{{"count":1,"pk":"CHAT#smxchat","sk":"COUNTED#late#x","v":1,"x":"{}"}}}}"#,
        "x".repeat(410_000)
    );
    let twice = rows.last().expect("a row").clone();
    for (more, why) in [
        (code, "no chat takes such a row along"),
        (other, "it is not a row of smxchat"),
        (odd, "Expected num"),
        (newer, "its version is"),
        (called, "it is called member, and is counted"),
        (due, "it holds what never travels"),
        (&many, "larger than 400 KB"),
        (&twice, "it is there twice"),
    ] {
        let with = [rows, &[more.to_owned()]].concat();
        let flaw = file::read(sealed(first, &with).as_bytes()).expect_err(why).to_string();
        assert!(flaw.contains(why), "{why}: {flaw}");
    }
    let without: Vec<String> = rows.iter().filter(|row| !row.contains("\"settings\"")).cloned().collect();
    let flaw = file::read(sealed(first, &without).as_bytes()).expect_err("no settings").to_string();
    assert!(flaw.contains("the settings are missing"), "{flaw}");
    let newer = sealed(&first.replace("\"format\":1", "\"format\":2"), rows);
    let other = sealed(&first.replace("\"chat\":\"smxchat\"", "\"chat\":\"gardens\""), rows);
    // As it is told, with nothing written.
    let target = home.path().join("target");
    let mut all = String::new();
    for (name, content) in [
        ("empty", ""),
        ("a picture", "\u{89}PNG\r\n"),
        ("another's", "{\"Item\":{\"pk\":{\"S\":\"CHAT#smxchat\"}}}\n"),
        ("cut short", &text[..text.len() / 2]),
        ("altered", &text.replace("Who are you?", "Who am I?")),
        ("newer", &newer),
        ("of another chat", &other),
    ] {
        let file = home.path().join("given.jsonl");
        std::fs::write(&file, content).expect("written");
        let (told, code) = run(&["import", path(&file), "--data", path(&target)], &[]).await;
        assert_eq!(code, 1, "{name}: {told}");
        let told = plain(&told, home.path()).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        all.push_str(&format!("{name}: {told}\n"));
    }
    assert!(!target.exists(), "nothing was made");
    let (told, code) = run(&["import", "/nowhere/at-all", "--data", path(&target)], &[]).await;
    assert!(code == 1 && told.contains("cannot be read"), "{told}");
    insta::assert_snapshot!("not_imported", all);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_goes_on_when_it_is_run_again() {
    let home = tempfile::tempdir().expect("a folder");
    let out = a_file(home.path()).await;
    // Larger than a page of the table, so that there is a middle: 12,000 things that were left out.
    let text = std::fs::read_to_string(&out).expect("it is there");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut rows = lines[1..lines.len() - 1].to_vec();
    let more = (0..12_000).map(|n| {
        let sk = format!("COUNTED#reason{n:05}#2026-11-24");
        let pad = "x".repeat(100);
        format!(r#"{{"kind":"counted","row":{{"count":{n},"pad":"{pad}","pk":"CHAT#smxchat","sk":"{sk}","v":1}}}}"#)
    });
    rows.extend(more);
    let large = home.path().join("large.jsonl");
    std::fs::write(&large, sealed(&lines[0], &rows)).expect("written");
    let target = home.path().join("target");
    let mut importing = earshot(&["import", path(&large), "--data", path(&target)], &[]);
    let mut importing = importing.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    let mut told = BufReader::new(importing.stderr.take().expect("it is piped")).lines();
    let line = timeout(Duration::from_secs(60), told.next_line()).await.expect("it is told how far it is");
    let line = line.expect("text").expect("a line");
    assert!(line.contains(" rows"), "{line}");
    importing.kill().await.expect("it is killed");
    // Nobody finds it there.
    let (told, code) = run(&["export", "#SMXChat", "--data", path(&target)], &[]).await;
    assert!(code == 1 && told.contains("#SMXChat is here only in part"), "{told}");
    assert!(told.contains(&format!("earshot forget '#SMXChat' --data {} --yes", path(&target))), "{told}");
    // The doctor lists it as well.
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let variables: Vec<(&str, &str)> =
        platforms.variables().iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (told, code) = run(&["doctor", "--data", path(&target)], &variables).await;
    assert!(code == 1 && told.contains("✗ #SMXChat is here only in part"), "{told}");
    assert!(told.contains("no chat lives there yet") && !told.contains("/chat new in Slack"), "{told}");
    platforms.stop().await;
    // Of before what is on its way: it must not go on from there.
    let before = lines[0].replacen("\"moved\":\"20", "\"moved\":\"19", 1);
    let older = home.path().join("older.jsonl");
    std::fs::write(&older, sealed(&before, &rows)).expect("written");
    let (told, code) = run(&["import", path(&older), "--data", path(&target)], &[]).await;
    assert!(code == 1 && told.contains("A newer file of it was being imported here"), "{told}");
    let (told, code) = run(&["forget", "#SMXChat", "--data", path(&target)], &[]).await;
    assert!(code == 0 && told.contains("did not come to its end"), "{told}");
    let (told, code) = run(&["import", path(&large), "--data", path(&target), "--dry-run"], &[]).await;
    assert!(code == 0 && told.contains(" stood here already"), "what is there is not written again: {told}");
    let (told, code) = run(&["import", path(&large), "--data", path(&target)], &[]).await;
    assert_eq!(code, 0, "{told}");
    // All pages of it.
    let again = home.path().join("again.jsonl");
    let (told, code) = run(&["export", "#SMXChat", "--data", path(&target), "--to", path(&again)], &[]).await;
    assert_eq!(code, 0, "{told}");
    let (mut before, mut after) = (rows, self::rows(&again));
    before.sort();
    after.sort();
    assert!(before == after, "it is not the same");
}

/// `/dev/full` is a device that anybody may open, and none of those that may be harmed.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_a_file_is_read_and_only_a_file_is_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    resting(&data).await;
    let (file, link, folder) =
        (home.path().join("mine.jsonl"), home.path().join("link"), home.path().join("folder"));
    std::fs::write(&file, "mine").expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    std::fs::create_dir(&folder).expect("a folder");
    let socket = home.path().join("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    for (to, what) in [(&link, "a link"), (&folder, "a folder"), (&socket, "a device or a pipe")] {
        for moves in [&[][..], &["--move"]] {
            let args =
                [&["export", "#SMXChat", "--data", path(&data), "--to", path(to), "--force"], moves].concat();
            let (told, code) = run(&args, &[]).await;
            assert_eq!(code, 1, "{told}");
            assert!(told.contains(&format!("it is {what}, and only a file is replaced")), "{told}");
            assert!(told.contains("Nothing was exported."), "{told}");
        }
    }
    assert!(link.is_symlink() && folder.is_dir() && std::fs::read(&file).expect("it is there") == b"mine");
    let export = ["export", "#SMXChat", "--data", path(&data), "--to", path(&file), "--force"];
    let (told, code) = run(&export, &[]).await;
    assert_eq!(code, 0, "it never fell silent, and a file is replaced: {told}");
    file::read(&std::fs::read(&file).expect("it is there")).expect("it is whole");
    // A link to a file is read like the file; what has no end is not begun.
    let other = home.path().join("other");
    for from in [&folder, &socket, Path::new("/dev/zero")] {
        let (told, code) = run(&["import", path(from), "--data", path(&other), "--revive"], &[]).await;
        assert!(code == 1 && told.contains("it is no file with an end"), "{told}");
    }
    assert!(!other.exists(), "nothing was made");
    let (told, code) = run(&["import", path(&link), "--data", path(&other), "--revive"], &[]).await;
    let made = format!("There was no table in {}: a new one was made there.", other.display());
    assert!(code == 0 && told.starts_with(&made), "{told}");
}

/// A folder that is not there has no table in it; one that may not be read may have one.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_read_is_told_as_that() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    let out = a_file(home.path()).await;
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("they are ours");
    };
    let root = home.path().metadata().expect("it is there").uid() == 0;
    // Root may read everything: then somebody else asks, who needs the program and the file within reach.
    let program = home.path().join("earshot");
    std::fs::copy(env!("CARGO_BIN_EXE_earshot"), &program).expect("copied");
    mode(home.path(), 0o755);
    mode(&out, 0o644);
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    for (closed, open) in [(&data, 0o755), (&data.join("earshot.sqlite"), 0o644)] {
        mode(&data, 0o755);
        mode(closed, 0);
        for args in [
            &["export", "#SMXChat"][..],
            &["forget", "#SMXChat"],
            &["forget", "#SMXChat", "--yes"],
            &["may-deploy"],
            &["import", path(&out)],
            &["import", path(&out), "--dry-run"],
        ] {
            let mut command = Command::new(&program);
            command
                .env_clear()
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .args(args)
                .args(["--data", path(&data)]);
            if root {
                command.uid(65_534).gid(65_534);
            }
            let ended = timeout(Duration::from_secs(60), command.output()).await;
            let ended = ended.expect("it ends").expect("it starts");
            let told = String::from_utf8(ended.stdout).expect("text");
            assert!(told.contains("may not be read by you: permission denied"), "{args:?}: {told}");
            assert!(!told.contains("has no table in it"), "{args:?}: {told}");
            let code = if args == ["doctor"] { 1 } else { 2 };
            assert_eq!(ended.status.code(), Some(code), "{told}");
        }
        mode(closed, open);
    }
    platforms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_of_a_chat_that_moved_out() {
    let home = tempfile::tempdir().expect("a folder");
    let (data, out) = (home.path().join("data"), home.path().join("smxchat.jsonl"));
    resting(&data).await;
    // Half a file of an export that was killed is told of, and left to whoever may be writing it.
    let half = home.path().join(".smxchat.jsonl.4242.part");
    std::fs::write(&half, "half").expect("written");
    std::fs::write(home.path().join(".smxchat.jsonl.mine.part"), "").expect("written");
    let leave = ["export", "#SMXChat", "--data", path(&data), "--to", path(&out), "--move"];
    let (told, code) = run(&leave, &[]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("remove it: rm {}\n", path(&half))), "{told}");
    assert!(half.exists(), "it may be somebody's");
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let variables: Vec<(&str, &str)> =
        platforms.variables().iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (told, _) = run(&["doctor", "--data", path(&data)], &variables).await;
    assert!(told.contains("! #SMXChat moved out on "), "{told}");
    assert!(told.contains(&format!("earshot forget '#SMXChat' --data {} --yes", path(&data))), "{told}");
    platforms.stop().await;
    let (told, code) = run(&["forget", "#SMXChat", "--data", path(&data)], &[]).await;
    assert!(code == 0 && told.contains(" rows of #SMXChat are left here."), "{told}");
    let (told, code) = run(&["import", "", "--data", path(&data)], &[]).await;
    assert!(code == 2 && told.contains("names no file"), "{told}");
}

/// `earshot export '#None' | head -0`: whoever reads no more is told of no error, and a shell that looks knows.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_no_more_is_told_of_no_error() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    resting(&data).await;
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = earshot(&["export", "#None", "--data", path(&data)], &[]);
    let running = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("it starts");
    let ended = timeout(Duration::from_secs(60), running.wait_with_output()).await;
    let output = ended.expect("it ends").expect("it runs");
    assert_eq!(output.status.code(), Some(141), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

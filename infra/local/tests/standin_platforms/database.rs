//! The embedded database: it answers as DynamoDB, and keeps what it acknowledged.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use earshot::database::Database;
use serde_json::{Value, json};

use crate::support::client;

/// Set for the process that is killed: the folder it shares with the test.
const CHILD: &str = "EARSHOT_TEST_DATABASE_CHILD";

async fn call(endpoint: &str, operation: &str, body: Value) -> Result<Value> {
    let credential = "AWS4-HMAC-SHA256 Credential=local/20261123/eu-west-2/dynamodb/aws4_request, \
                      SignedHeaders=host, Signature=00";
    let response = client()?
        .post(endpoint)
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20261123T200000Z")
        .header("authorization", credential)
        .body(body.to_string())
        .send()
        .await?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{operation}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}

async fn table(endpoint: &str) -> Result<()> {
    let body = json!({
        "TableName": "earshot", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    call(endpoint, "CreateTable", body).await.map(|_| ())
}

async fn put(endpoint: &str, key: &str, expires: Option<i64>) -> Result<()> {
    let mut item = json!({"pk": {"S": key}});
    if let Some(expires) = expires {
        item["ttl"] = json!({"N": expires.to_string()});
    }
    call(endpoint, "PutItem", json!({"TableName": "earshot", "Item": item})).await.map(|_| ())
}

async fn count(endpoint: &str) -> Result<u64> {
    let found = call(endpoint, "Scan", json!({"TableName": "earshot", "Select": "COUNT"})).await?;
    found["Count"].as_u64().context("a count")
}

#[tokio::test]
async fn it_serves_and_sweeps_and_stops() -> Result<()> {
    let database = Database::start(None).await?;
    let endpoint = database.endpoint();
    table(&endpoint).await?;
    let ttl =
        json!({"TableName": "earshot", "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": true}});
    call(&endpoint, "UpdateTimeToLive", ttl).await?;
    put(&endpoint, "kept", None).await?;
    put(&endpoint, "expired", Some(1_600_000_000)).await?;
    assert_eq!(count(&endpoint).await?, 2);
    assert_eq!(database.sweep_ttl().await?, 1);
    assert_eq!(count(&endpoint).await?, 1);
    database.stop().await?;
    assert!(count(&endpoint).await.is_err(), "nobody listens any more");
    Ok(())
}

#[tokio::test]
async fn a_file_keeps_what_was_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("new/folder/earshot.db");
    let first = Database::start(Some(&path)).await?;
    table(&first.endpoint()).await?;
    put(&first.endpoint(), "a", None).await?;
    first.stop().await?;
    let second = Database::start(Some(&path)).await?;
    assert_eq!(count(&second.endpoint()).await?, 1);
    std::fs::write(
        folder.path().join("not-a-database"),
        "words, words, words, and not one table among them",
    )?;
    assert!(Database::start(Some(&folder.path().join("not-a-database"))).await.is_err());
    Ok(())
}

/// It holds what people wrote, and others may have an account on the machine.
#[cfg(unix)]
#[tokio::test]
async fn its_files_are_for_its_user_alone() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).map(|file| file.permissions().mode() & 0o777);
    let folder = tempfile::tempdir()?;
    let open = folder.path().join("of-everybody");
    std::fs::create_dir(&open)?;
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o755))?;
    for (path, of_folder) in [("new/earshot.sqlite", 0o700), ("of-everybody/earshot.sqlite", 0o755)] {
        let path = folder.path().join(path);
        let database = Database::start(Some(&path)).await?;
        table(&database.endpoint()).await?;
        put(&database.endpoint(), "a", None).await?;
        assert_eq!(mode(path.parent().context("a folder")?)?, of_folder);
        for end in ["", "-wal", "-shm"] {
            let file = format!("{}{end}", path.display());
            assert_eq!(mode(Path::new(&file)).with_context(|| file.clone())?, 0o600, "{file}");
        }
        database.stop().await?;
    }
    Ok(())
}

/// Killed without a word while rows are being written: every acknowledged one is there afterwards.
#[tokio::test]
async fn it_survives_being_killed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "database::the_process_that_is_killed", "--ignored"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let endpoint = wait_for(&folder.path().join("endpoint")).await?;
    table(&endpoint).await?;
    let (written, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let writer = tokio::spawn(async move {
        let mut n = 0_u64;
        while put(&endpoint, &format!("row{n}"), None).await.is_ok() {
            n += 1;
            if written.send(n).is_err() {
                break;
            }
        }
    });
    let mut rows = 0;
    while rows < 100 {
        rows = acknowledged.recv().await.context("the writer ended too early")?;
    }
    // SIGKILL.
    child.kill()?;
    child.wait()?;
    writer.await?;
    while let Ok(more) = acknowledged.try_recv() {
        rows = more;
    }
    let again = Database::start(Some(&folder.path().join("earshot.db"))).await?;
    let kept = count(&again.endpoint()).await?;
    // One more may have been written whose acknowledgement was lost.
    assert!(kept == rows || kept == rows + 1, "{rows} acknowledged, {kept} kept");
    Ok(())
}

async fn wait_for(file: &Path) -> Result<String> {
    for _ in 0..600 {
        if let Ok(text) = std::fs::read_to_string(file)
            && text.starts_with("http")
        {
            return Ok(text);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the other process did not start")
}

/// Not a test of its own: the other half of [`it_survives_being_killed`].
#[tokio::test]
#[ignore = "run by another test"]
async fn the_process_that_is_killed() -> Result<()> {
    let Some(folder) = std::env::var_os(CHILD) else { return Ok(()) };
    let folder = Path::new(&folder);
    let database = Database::start(Some(&folder.join("earshot.db"))).await?;
    // Written beside and moved, so that nobody reads half an address.
    std::fs::write(folder.join("endpoint.new"), database.endpoint())?;
    std::fs::rename(folder.join("endpoint.new"), folder.join("endpoint"))?;
    tokio::time::sleep(Duration::from_secs(60)).await;
    Ok(())
}

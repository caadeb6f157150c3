//! The cable to the database: what goes wrong on it is what DynamoDB's own clients know.

use std::time::{Duration, Instant};

use anyhow::Result;
use earshot::cable::{Cable, Trouble};
use earshot::database::Database;
use earshot::dice::Weather;
use serde_json::{Value, json};

use crate::support::client;

struct Line {
    database: Database,
    cable: Cable,
    http: reqwest::Client,
}

async fn line() -> Result<Line> {
    let database = Database::start(None).await?;
    let cable = Cable::lay(&database.endpoint()).await?;
    let line = Line { database, cable, http: client()? };
    let table = json!({
        "TableName": "earshot", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    line.call(&line.database.endpoint(), "CreateTable", table).await?;
    Ok(line)
}

impl Line {
    async fn call(&self, endpoint: &str, operation: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let credential = "AWS4-HMAC-SHA256 Credential=local/20261123/eu-west-2/dynamodb/aws4_request, \
                          SignedHeaders=host, Signature=00";
        let answer = self
            .http
            .post(endpoint)
            .timeout(Duration::from_millis(500))
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20261123T200000Z")
            .header("authorization", credential)
            .body(body.to_string())
            .send()
            .await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    async fn put(&self, name: &str) -> reqwest::Result<(u16, Value)> {
        let put = json!({"Put": {"TableName": "earshot", "Item": {"pk": {"S": name}}}});
        let body = json!({"TransactItems": [put, {"Put": {
            "TableName": "earshot", "Item": {"pk": {"S": format!("{name} too")}}
        }}]});
        self.call(&self.cable.endpoint(), "TransactWriteItems", body).await
    }

    /// Whether it is there, asked past the cable.
    async fn has(&self, name: &str) -> Result<bool> {
        let body = json!({"TableName": "earshot", "Key": {"pk": {"S": name}}, "ConsistentRead": true});
        Ok(self.call(&self.database.endpoint(), "GetItem", body).await?.1.get("Item").is_some())
    }
}

#[tokio::test]
async fn refusals_have_the_shapes_of_dynamodb() -> Result<()> {
    let line = line().await?;
    line.cable.plan("TransactWriteItems", 0, 1, Trouble::Throttled);
    line.cable.plan("TransactWriteItems", 0, 1, Trouble::Contended);
    let (status, said) = line.put("a").await?;
    assert_eq!(status, 400);
    assert!(said["__type"].as_str().unwrap_or_default().ends_with("#ProvisionedThroughputExceededException"));
    let (status, said) = line.put("a").await?;
    assert_eq!(status, 400);
    assert!(said["__type"].as_str().unwrap_or_default().ends_with("#TransactionCanceledException"));
    assert_eq!(said["CancellationReasons"], json!([{"Code": "TransactionConflict"}, {"Code": "None"}]));
    assert!(!line.has("a").await?, "nothing was written");
    assert_eq!(line.put("a").await?.0, 200);
    assert!(line.has("a").await? && line.has("a too").await?);

    let update = json!({
        "TableName": "earshot", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    });
    line.cable.plan("UpdateItem", 0, 1, Trouble::Contended);
    let (_, said) = line.call(&line.cable.endpoint(), "UpdateItem", update).await?;
    assert!(said["__type"].as_str().unwrap_or_default().ends_with("#TransactionConflictException"), "{said}");
    let read = json!({"TableName": "earshot", "Key": {"pk": {"S": "a"}}});
    line.cable.plan("GetItem", 0, 1, Trouble::Contended);
    let (_, said) = line.call(&line.cable.endpoint(), "GetItem", read).await?;
    assert!(
        said["__type"].as_str().unwrap_or_default().contains("Throughput"),
        "reads never conflict: {said}"
    );
    Ok(())
}

#[tokio::test]
async fn of_a_batch_half_may_be_left() -> Result<()> {
    let line = line().await?;
    let put = |name: &str| json!({"PutRequest": {"Item": {"pk": {"S": name}}}});
    let batch = |names: &[&str]| {
        let items: Vec<Value> = names.iter().map(|name| put(name)).collect();
        json!({"RequestItems": {"earshot": items}})
    };
    line.cable.plan("BatchWriteItem", 0, 2, Trouble::Partly);
    let cable = line.cable.endpoint();
    let (status, said) = line.call(&cable, "BatchWriteItem", batch(&["a", "b", "c"])).await?;
    assert_eq!((status, &said["UnprocessedItems"]), (200, &json!({"earshot": [put("c")]})));
    assert!(line.has("a").await? && line.has("b").await? && !line.has("c").await?);
    let (status, said) = line.call(&cable, "BatchWriteItem", batch(&["c"])).await?;
    assert_eq!((status, &said["UnprocessedItems"]), (200, &json!({})), "one is written or not");
    assert!(line.has("c").await?);
    Ok(())
}

#[tokio::test]
async fn a_cable_breaks_before_or_after_what_was_asked() -> Result<()> {
    let line = line().await?;
    for (n, trouble) in [
        Trouble::Broken { done: false },
        Trouble::Broken { done: true },
        Trouble::Cut { done: false },
        Trouble::Cut { done: true },
        Trouble::Hung { done: false },
        Trouble::Hung { done: true },
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("row {n}");
        line.cable.plan(&name, 0, 1, trouble);
        let answer = line.put(&name).await;
        match trouble {
            Trouble::Broken { .. } => assert_eq!(answer?.0, 500),
            Trouble::Hung { .. } => assert!(answer.is_err_and(|error| error.is_timeout())),
            _ => assert!(answer.is_err_and(|error| !error.is_timeout() && !error.is_connect())),
        }
        assert_eq!(line.has(&name).await?, n % 2 == 1, "{trouble:?}");
        assert_eq!(line.put(&name).await?.0, 200, "the next one goes through");
    }
    let began = Instant::now();
    line.cable.plan("slow", 0, 1, Trouble::Slow { by: Duration::from_millis(80) });
    assert_eq!(line.put("slow").await?.0, 200);
    assert!(began.elapsed() >= Duration::from_millis(80));
    Ok(())
}

#[tokio::test]
async fn trouble_finds_its_request_and_tells_when_it_does() -> Result<()> {
    let line = line().await?;
    // Both words, and the second of those.
    line.cable.plan("TransactWriteItems wanted", 1, 1, Trouble::Throttled);
    assert_eq!(line.put("another").await?.0, 200);
    assert_eq!(line.put("wanted").await?.0, 200);
    assert_eq!(line.put("wanted").await?.0, 400);
    assert_eq!(line.put("wanted").await?.0, 200);
    assert_eq!(*line.cable.met().borrow(), 1);
    assert_eq!(line.cable.carried(), 3);

    line.cable.set_weather(Weather::new(1, 1_000, vec![Trouble::Throttled]));
    assert_eq!(line.put("b").await?.0, 400);
    line.cable.clear();
    assert_eq!(line.put("b").await?.0, 200);

    line.cable.plan("held", 0, 1, Trouble::Hung { done: true });
    let (mut met, mut open) = (line.cable.met(), line.cable.open());
    let before = *met.borrow();
    let (answer, ()) = tokio::join!(line.put("held"), async {
        met.wait_for(|met| *met > before).await.expect("it is held");
        assert!(line.has("held").await.expect("the database answers"), "done, and not answered");
    });
    assert!(answer.is_err());
    // Once its caller has gone, nothing of it is under way.
    drop(line.http);
    tokio::time::timeout(Duration::from_secs(10), open.wait_for(|open| *open == 0)).await??;
    Ok(())
}

//! The table as it is, row by row, to show that something changed nothing.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Every row of a table in the embedded database, as JSON text, sorted.
pub(crate) async fn rows(endpoint: &str, table: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut from = Value::Null;
    loop {
        let mut ask = json!({"TableName": table, "ConsistentRead": true});
        if !from.is_null() {
            ask["ExclusiveStartKey"] = from;
        }
        let page = call(endpoint, "Scan", &ask).await;
        let items = page.get("Items").and_then(Value::as_array).expect("a scan gives items");
        rows.extend(items.iter().map(Value::to_string));
        from = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
        if from.is_null() {
            rows.sort();
            return rows;
        }
    }
}

/// One call of DynamoDB's HTTP interface, by hand: the tests need no SDK for looking.
pub(crate) async fn call(endpoint: &str, what: &str, body: &Value) -> Value {
    let host = endpoint.trim_start_matches("http://");
    let body = body.to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.{what}\r\nX-Amz-Date: 20260101T000000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("the database listens");
    stream.write_all(request.as_bytes()).await.expect("the database reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the database answers in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).expect("the database answers in JSON")
}

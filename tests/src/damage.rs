//! Rows that cannot be read, as a newer version leaves them when an older one comes back.

use serde_json::{Value, json};

use crate::Show;

impl Show {
    /// Makes the row of these keys unreadable.
    ///
    /// # Panics
    /// Where there is no such row: a story about nothing proves nothing.
    pub async fn damage(&self, pk: &str, sk: &str) {
        self.set_version(pk, sk, 99).await;
    }

    /// Makes it readable again.
    pub async fn repair(&self, pk: &str, sk: &str) {
        self.set_version(pk, sk, 1).await;
    }

    /// The keys of the only row in whose text all of these stand.
    ///
    /// # Panics
    /// Where there is none, or another one.
    pub async fn row_with(&self, parts: &[&str]) -> (String, String) {
        let mut rows = self.dump().await;
        rows.retain(|row| parts.iter().all(|part| row.contains(part)));
        let [row] = rows.as_slice() else { panic!("{parts:?} in {rows:#?}") };
        let row: Value = serde_json::from_str(row).expect("JSON");
        let key = |name: &str| row[name]["S"].as_str().expect("a key").to_owned();
        (key("pk"), key("sk"))
    }

    async fn set_version(&self, pk: &str, sk: &str, version: u64) {
        let update = json!({
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": "SET #v = :v",
            "ConditionExpression": "attribute_exists(#v)",
            "ExpressionAttributeNames": {"#v": "v"},
            "ExpressionAttributeValues": {":v": {"N": version.to_string()}},
        });
        self.table("UpdateItem", update).await;
    }
}

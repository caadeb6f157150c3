//! The clock as a Lambda: every minute it plans, hands out the cues that fall due, sweeps what is stuck.

use host::Lambda;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lambda = &Lambda::start().await;
    run(service_fn(move |_: LambdaEvent<Value>| async move {
        let ticked = lambda.host().await?.tick().await;
        lambda.done();
        let ticked = ticked?;
        Ok::<_, Error>(json!({"cues": ticked.cues, "swept": ticked.swept}))
    }))
    .await
}

//! The queue `poll` as a Lambda: searches X while a chat's doors are open.

use host::Lambda;
use host::batch::Batch;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lambda = &Lambda::start().await;
    run(service_fn(move |event: LambdaEvent<Batch>| async move {
        // Without its settings it fails, and the queue keeps the messages.
        let failures = lambda.host().await?.poll_batch(event.payload).await;
        lambda.done();
        Ok::<_, Error>(failures)
    }))
    .await
}

//! The queue `poll` as a Lambda: searches X while a chat's doors are open.

use host::batch::Batch;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Without its settings it does not start, and the queue keeps the messages.
    let host = &host::launch().await?;
    run(service_fn(move |event: LambdaEvent<Batch>| async move {
        Ok::<_, Error>(host.poll_batch(event.payload).await)
    }))
    .await
}

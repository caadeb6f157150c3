//! The queue `mirror.fifo` as a Lambda: sends what waits for a destination.

use host::batch::Batch;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Without its settings it does not start, and the queue keeps the messages.
    let host = &host::launch().await?;
    run(service_fn(move |event: LambdaEvent<Batch>| async move {
        Ok::<_, Error>(host.mirror_batch(event.payload).await)
    }))
    .await
}

//! X's door as a Lambda behind an HTTP API: the challenge, and signed posts.

use host::Lambda;
use lambda_http::{Body, Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lambda = &Lambda::start().await;
    run(service_fn(move |request: Request| async move {
        let answer = match lambda.host().await {
            // The raw bytes are what was signed; base64 is undone by then.
            Ok(host) => host.webhook(request.map(|body| host::Body::copy_from_slice(&body))).await,
            Err(problem) => host::closed(&problem),
        };
        lambda.done();
        Ok::<_, Error>(answer.map(|body| Body::from(body.to_vec())))
    }))
    .await
}

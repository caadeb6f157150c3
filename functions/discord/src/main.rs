//! Discord's door as a Lambda behind an HTTP API: interactions.

use lambda_http::{Body, Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let host = &host::launch().await;
    run(service_fn(move |request: Request| async move {
        let answer = match host {
            // The raw bytes are what was signed; base64 is undone by then.
            Ok(host) => host.discord(request.map(|body| host::Body::copy_from_slice(&body))).await,
            Err(problem) => host::closed(problem),
        };
        Ok::<_, Error>(answer.map(|body| Body::from(body.to_vec())))
    }))
    .await
}

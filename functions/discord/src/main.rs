//! Discord's door as a Lambda behind an HTTP API: interactions.

use std::future::{Future, ready};
use std::pin::Pin;

use host::Lambda;
use lambda_http::{Body, Error, IntoResponse, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let lambda = &Lambda::start().await;
    run(service_fn(move |request: Request| async move {
        let answer = match lambda.host().await {
            // The raw bytes are what was signed; base64 is undone by then.
            Ok(host) => host.discord(request.map(|body| host::Body::copy_from_slice(&body))).await,
            Err(problem) => host::closed(&problem),
        };
        lambda.done();
        Ok::<_, Error>(Answer(answer))
    }))
    .await
}

/// What was answered, as it is. lambda_http's own way decodes a text by the charset that its header names,
/// and for that carries tables of every charset there is; ours are all UTF-8.
struct Answer(Response<host::Body>);

impl IntoResponse for Answer {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        let answer = self.0.map(|body| String::from_utf8_lossy(&body).into_owned().into());
        Box::pin(ready(answer))
    }
}

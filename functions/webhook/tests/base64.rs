//! An HTTP API hands a body over in base64 where it takes it for binary. What X signed are the bytes
//! before that (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).

const SIGNED: &str = "{\"data\":{\"id\":\"1\",\"text\":\"A1 naïve café 👋 #SMXChat\"}}";
/// The same in base64.
const ENCODED: &str = "eyJkYXRhIjp7ImlkIjoiMSIsInRleHQiOiJBMSBuYcOvdmUgY2Fmw6kg8J+RiyAjU01YQ2hhdCJ9fQ==";

fn event(body: &str, encoded: bool) -> String {
    let body = body.replace('"', "\\\"");
    format!(
        r#"{{
            "version": "2.0", "routeKey": "POST /x/webhook", "rawPath": "/x/webhook", "rawQueryString": "",
            "headers": {{"x-twitter-webhooks-signature": "sha256=AAAA", "content-type": "application/json"}},
            "requestContext": {{
                "accountId": "1", "apiId": "a", "domainName": "a.example", "domainPrefix": "a",
                "http": {{
                    "method": "POST", "path": "/x/webhook", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                    "userAgent": "x"
                }},
                "requestId": "r", "routeKey": "POST /x/webhook", "stage": "$default",
                "time": "24/Nov/2026:20:06:00 +0000", "timeEpoch": 1795550760000
            }},
            "body": "{body}", "isBase64Encoded": {encoded}
        }}"#
    )
}

#[test]
fn the_bytes_that_were_signed_arrive() {
    for (body, encoded) in [(ENCODED, true), (SIGNED, false)] {
        let request = lambda_http::request::from_str(&event(body, encoded)).expect("an event");
        assert_eq!(&request.body()[..], SIGNED.as_bytes(), "base64: {encoded}");
        assert_eq!(request.headers()["x-twitter-webhooks-signature"], "sha256=AAAA");
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/x/webhook"));
    }
}

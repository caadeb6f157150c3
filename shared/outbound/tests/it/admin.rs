//! What an operator sets up: whom a token belongs to, Discord's commands, X's webhook and stream.

use outbound::{Account, PERMISSIONS, Reason, Rule, SCOPES, Secret, SendError, Webhook, XReader};
use serde_json::json;

use crate::script::{Script, patient, refusal, reply};
use crate::transport::{discord, now, slack, x};

fn reader(script: &Script) -> XReader {
    XReader::new(patient(), script.url.clone(), Secret::new("bearer-hush"))
}

#[tokio::test]
async fn slack_says_whom_the_token_belongs_to_and_what_it_may_do() {
    let said = json!({ "ok": true, "team": "stage", "team_id": "T1", "user": "earshot", "user_id": "U1" });
    let script = Script::play([
        reply(200, said.clone()).with("x-oauth-scopes", "commands,chat:write, users:read"),
        reply(200, said),
        reply(200, json!({ "ok": false, "error": "token_revoked" })),
        reply(200, json!({ "ok": true, "team": "stage" })),
    ]);
    let slack = slack(patient(), script.url.clone());
    let first = slack.identity().await.expect("an identity");
    assert_eq!((first.team.as_str(), first.user_id.as_str(), first.app_id), ("stage", "U1", None));
    assert_eq!(first.scopes.expect("scopes"), ["commands", "chat:write", "users:read"]);
    let second = slack.identity().await.expect("an identity");
    assert_eq!(second.scopes, None, "not said is not none");
    let refused = slack.identity().await;
    assert_eq!(refusal(refused), (Reason::TokenInvalid, "token_revoked".into()));
    let unread = slack.identity().await.expect_err("of nobody");
    assert!(matches!(unread, SendError::RetryAfter { .. }), "{unread}");
    let seen = script.seen();
    assert_eq!(seen[0].line, "POST /auth.test");
    assert_eq!(seen[0].header("authorization"), "Bearer xoxb-hush", "and nowhere else");
}

#[test]
fn scopes_and_permissions_are_each_there_once_and_say_why() {
    for (n, scope) in SCOPES.iter().enumerate() {
        assert!(!scope.why.is_empty());
        assert!(SCOPES[..n].iter().all(|other| other.name != scope.name), "{}", scope.name);
    }
    let all = PERMISSIONS.iter().fold(0, |bits, one| {
        assert!(one.bit.is_power_of_two() && bits & one.bit == 0 && !one.why.is_empty(), "{}", one.name);
        bits | one.bit
    });
    assert_eq!(all, 17_901_692_210_176_u64, "the eight bits of Discord's page, summed by hand");
}

#[tokio::test]
async fn discords_application_and_commands_are_read_and_replaced() {
    let script = Script::play([
        reply(
            200,
            json!({ "id": "900", "name": "Earshot", "verify_key": "ab", "interactions_endpoint_url": null }),
        ),
        reply(200, json!([{ "id": "1", "name": "join" }])),
        reply(200, json!([])),
        reply(200, json!(null)),
        reply(
            400,
            json!({ "code": 50035, "message": "Invalid Form Body", "errors": { "0": { "name": { "_errors": [{ "code": "APPLICATION_COMMAND_INVALID_NAME" }] } } } }),
        ),
        reply(404, json!({ "code": 10063, "message": "Unknown application command" })),
        reply(401, json!({ "code": 0, "message": "401: Unauthorized" })),
    ]);
    let discord = discord(patient(), script.url.clone());
    let application = discord.application().await.expect("an application");
    assert_eq!((application.public_key.as_str(), application.endpoint), ("ab", None));
    assert_eq!(discord.commands().await.expect("a list")[0]["name"], "join");
    discord.set_commands(&json!([{ "name": "join" }])).await.expect("taken");
    assert_eq!(discord.commands().await, Ok(vec![]));
    let refused = discord.set_commands(&json!([{ "name": "JOIN" }])).await;
    let Err(SendError::Rejected(refused)) = refused else { panic!("{refused:?}") };
    assert!(refused.detail.contains("0.name: APPLICATION_COMMAND_INVALID_NAME"), "{refused}");
    discord.remove_command("1").await.expect("gone is fine");
    assert_eq!(refusal(discord.application().await).0, Reason::TokenInvalid);
    let lines: Vec<String> = script.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "GET /applications/@me",
            "GET /applications/900/commands",
            "PUT /applications/900/commands",
            "GET /applications/900/commands",
            "PUT /applications/900/commands",
            "DELETE /applications/900/commands/1",
            "GET /applications/@me",
        ]
    );
    assert_eq!(script.seen()[2].body, json!([{ "name": "join" }]));
}

#[tokio::test]
async fn x_names_the_account_that_speaks() {
    let script = Script::play([
        reply(
            200,
            json!({ "data": { "id": "12", "name": "SMX", "username": "SMXChat", "description": "By @maya" } }),
        ),
        reply(200, json!({ "data": { "id": "12", "name": "SMX", "username": "SMXChat" } })),
    ]);
    let x = x(patient(), script.url.clone());
    let account = |bio: &str| Account {
        id: "12".into(),
        name: "SMX".into(),
        handle: "SMXChat".into(),
        bio: bio.into(),
    };
    assert_eq!(x.account("setup", now()).await, Ok(account("By @maya")));
    assert_eq!(x.account("setup 2", now()).await, Ok(account("")));
    assert_eq!(script.seen()[0].line, "GET /2/users/me?user.fields=description");
    assert!(script.seen()[0].header("authorization").starts_with("OAuth "));
}

#[tokio::test]
async fn a_webhook_is_registered_validated_and_taken_back() {
    let made = json!({ "id": "77", "url": "https://a.example/x/webhook", "valid": true, "created_at": "2026-11-24T20:00:00.000Z" });
    let script = Script::play([
        reply(200, json!({ "data": made })),
        reply(200, made),
        reply(
            400,
            json!({
                "errors": [{ "message": "CrcValidationFailed: URL returned bad response during CRC" }],
                "title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
                "type": "https://api.x.com/2/problems/invalid-request",
            }),
        ),
        reply(200, json!({ "data": { "valid": true } })),
        reply(200, json!({ "data": { "deleted": true } })),
        reply(404, json!({ "title": "Not Found Error", "detail": "gone", "status": 404 })),
    ]);
    let x = reader(&script);
    let address = "https://a.example/x/webhook";
    let webhook = Webhook { id: "77".into(), url: address.into(), valid: true };
    assert_eq!(x.create_webhook(address, now()).await, Ok(webhook.clone()));
    assert_eq!(x.create_webhook(address, now()).await, Ok(webhook), "without data around it");
    let refused = x.create_webhook(address, now()).await;
    let Err(SendError::Rejected(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.reason, Reason::BadPayload);
    assert!(refused.detail.contains("CrcValidationFailed"), "X's own words reach the operator: {refused}");
    assert_eq!(x.validate_webhook("77", now()).await, Ok(true));
    x.delete_webhook("77", now()).await.expect("taken back");
    x.delete_webhook("77", now()).await.expect("gone is fine");
    let seen = script.seen();
    assert_eq!(seen[0].body, json!({ "url": address }));
    let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
    assert_eq!(lines[3..5], ["PUT /2/webhooks/77", "DELETE /2/webhooks/77"]);
    assert_eq!(seen[3].body, json!(null));
}

#[tokio::test]
async fn rules_are_listed_over_pages_added_and_removed() {
    let rule = |id: &str| json!({ "id": id, "value": "#a -is:retweet", "tag": "earshot a" });
    let script = Script::play([
        reply(200, json!({ "data": [rule("1")], "meta": { "next_token": "0123456789abcdef" } })),
        reply(200, json!({ "data": [{ "id": "2", "value": "cats" }], "meta": {} })),
        reply(201, json!({ "data": [rule("3")], "meta": { "summary": { "created": 1 } } })),
        reply(200, json!({ "errors": [{ "title": "DuplicateRule", "value": "#a -is:retweet", "id": "3" }] })),
        reply(200, json!({ "errors": [{ "title": "UnprocessableEntity", "detail": "no such operator" }] })),
        reply(200, json!({ "meta": { "summary": { "deleted": 1 } } })),
    ]);
    let x = reader(&script);
    let listed = x.rules(now()).await.expect("both pages");
    let expected = Rule { id: "1".into(), value: "#a -is:retweet".into(), tag: "earshot a".into() };
    assert_eq!(listed[0], expected);
    assert_eq!((listed[1].id.as_str(), listed[1].tag.as_str()), ("2", ""));
    let add = [("#a -is:retweet".to_owned(), "earshot a".to_owned())];
    x.add_rules(&add, now()).await.expect("added");
    x.add_rules(&add, now()).await.expect("there already is fine");
    let refused = x.add_rules(&add, now()).await;
    assert_eq!(refusal(refused), (Reason::BadPayload, "UnprocessableEntity".into()));
    x.delete_rules(&["3".into()], now()).await.expect("removed");
    let seen = script.seen();
    assert_eq!(seen[1].query()["pagination_token"], "0123456789abcdef");
    assert_eq!(seen[2].body, json!({ "add": [{ "value": "#a -is:retweet", "tag": "earshot a" }] }));
    assert_eq!(seen[5].body, json!({ "delete": { "ids": ["3"] } }));
}

#[tokio::test]
async fn the_stream_is_linked_with_the_names_that_x_takes_or_not_at_all_in_this_plan() {
    let plan = json!({
        "client_id": "1", "title": "Client Forbidden", "required_enrollment": "Appropriate Level of API Access",
        "detail": "This endpoint needs another level.", "reason": "client-not-enrolled",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
    });
    let malformed = json!({
        "errors": [{ "message": "unknown parameter tweet.fields" }], "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.x.com/2/problems/invalid-request",
    });
    let script = Script::play([
        reply(200, json!({ "data": { "links": [{ "webhook_id": "77", "instance_id": "1" }] } })),
        reply(200, json!({ "data": [{ "webhook_id": "78" }] })),
        reply(200, json!({ "meta": {} })),
        reply(400, malformed.clone()),
        reply(200, json!({ "data": { "provisioned": true } })),
        reply(400, malformed.clone()),
        reply(400, malformed),
        reply(403, plan.clone()),
        reply(403, plan),
        reply(200, json!({ "data": { "deleted": true } })),
    ]);
    let x = reader(&script);
    assert_eq!(x.stream_links(now()).await, Ok(vec!["77".to_owned()]), "as the pages have it");
    assert_eq!(x.stream_links(now()).await, Ok(vec!["78".to_owned()]), "as the specification has it");
    assert_eq!(x.stream_links(now()).await, Ok(vec![]));
    assert_eq!(x.link_stream("77", now()).await, Ok(true), "by the newer names");
    let refused = x.link_stream("77", now()).await.expect_err("by neither");
    assert!(!refused.wants_another_plan() && refused.to_string().contains("tweet.fields"), "{refused}");
    for refused in [
        x.link_stream("77", now()).await.expect_err("not in this plan"),
        x.stream_links(now()).await.expect_err("not in this plan"),
    ] {
        assert!(refused.wants_another_plan() && refused.to_string().contains("not-enrolled"), "{refused}");
    }
    x.unlink_stream("77", now()).await.expect("unlinked");
    let seen = script.seen();
    let names: Vec<String> = [3, 4].iter().map(|n: &usize| seen[*n].query().into_keys().collect()).collect();
    assert!(names[0].contains("tweet.fields") && names[1].contains("post.fields"), "{names:?}");
}

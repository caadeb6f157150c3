//! What X sends, and what we make of it.

use chat::name::{Person, Platform, PostId};
use chat::post::{Media, Post};
use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::Malformed;
use wire::x::{self, XInbound};

use crate::shared;

fn read(value: &Value) -> XInbound {
    x::activity(value.to_string().as_bytes()).unwrap()
}

fn one(value: &Value) -> Post {
    let inbound = read(value);
    assert_eq!((inbound.posts.len(), inbound.removed.len(), inbound.ignored.len()), (1, 0, 0), "{inbound:?}");
    inbound.posts.into_iter().next().unwrap()
}

fn x_id(id: &str) -> PostId {
    PostId { source: Platform::X, id: id.to_owned() }
}

fn ada() -> Value {
    json!({
        "id": "1111",
        "name": "Ada Obi \u{1F30D}",
        "username": "ada_obi",
        "profile_image_url": "https://pbs.twimg.com/profile_images/1/face_normal.jpg",
    })
}

/// A filtered-stream body around one post.
fn streamed(data: Value) -> Value {
    json!({ "data": data, "includes": { "users": [ada()] }, "matching_rules": [{ "id": "1", "tag": "smxchat" }] })
}

fn plain(text: &str) -> Value {
    json!({ "id": "2080761390344937796", "author_id": "1111", "created_at": "2026-11-24T20:06:01.000Z", "text": text })
}

#[test]
fn a_streamed_post() {
    let post = one(&streamed(plain("A1 Hello from Accra! #SMXChat")));
    assert_eq!(post.id, x_id("2080761390344937796"));
    assert_eq!(post.version, "2080761390344937796");
    assert_eq!(post.author.person, Person::new(Platform::X, "", "1111"));
    assert_eq!(post.author.name, "Ada Obi \u{1F30D}");
    assert_eq!(post.author.handle.as_deref(), Some("ada_obi"));
    assert_eq!(
        post.author.picture.as_deref(),
        Some("https://pbs.twimg.com/profile_images/1/face_bigger.jpg")
    );
    assert_eq!(post.text, "A1 Hello from Accra! #SMXChat");
    assert_eq!(post.at, Utc.with_ymd_and_hms(2026, 11, 24, 20, 6, 1).unwrap());
    assert_eq!(post.hashtags, ["SMXChat"]);
    assert_eq!(post.link.as_deref(), Some("https://x.com/ada_obi/status/2080761390344937796"));
    assert_eq!((post.replies_to, post.is_repost, post.quoted, post.media), (None, false, None, vec![]));
}

#[test]
fn an_activity_envelope_is_the_same_post() {
    let streamed = one(&streamed(plain("A1 yes #smxchat")));
    for kind in ["post.create", "post.reply.create", "post.mention.create", "post.quote.create"] {
        // Users come bare or wrapped in another `data`.
        for user in [ada(), json!({ "data": ada() })] {
            let body = json!({ "data": {
                "event_uuid": "-2781149976877970683",
                "filter": { "user_id": "1111" },
                "event_type": kind,
                "tag": "posts",
                "payload": plain("A1 yes #smxchat"),
                "includes": { "users": [user] },
            } });
            assert_eq!(one(&body), streamed, "{kind}");
        }
    }
}

#[test]
fn both_names_of_every_field() {
    let body = |(history, references, note, quoted, reply): (&str, &str, &str, &str, &str)| {
        json!({
            "data": {
                "id": "30", "author_id": "1111", "created_at": "2026-11-24T20:06:01Z", "text": "cut…",
                history: ["28", "30"],
                references: [{ "type": "quoted", "id": "20" }],
                note: { "text": "the whole long text #smxchat" },
                reply: "10",
            },
            "includes": {
                "users": [ada()],
                quoted: [{ "id": "20", "author_id": "2222", "text": "what was said", history: ["18", "20"] }],
            },
        })
    };
    let old =
        body(("edit_history_tweet_ids", "referenced_tweets", "note_tweet", "tweets", "in_reply_to_tweet_id"));
    let new =
        body(("edit_history_post_ids", "referenced_posts", "note_post", "posts", "in_reply_to_post_id"));
    let post = one(&old);
    assert_eq!(post, one(&new));
    assert_eq!((post.id, post.version.as_str()), (x_id("28"), "30"));
    assert_eq!(post.text, "the whole long text #smxchat");
    assert_eq!(post.replies_to.as_deref(), Some("10"));
    assert_eq!(post.link.as_deref(), Some("https://x.com/ada_obi/status/30"));
    let quoted = post.quoted.unwrap();
    assert_eq!(
        (quoted.name.as_str(), quoted.handle, quoted.text.as_str()),
        ("someone on X", None, "what was said")
    );
    assert_eq!(quoted.link.as_deref(), Some("https://x.com/i/status/20"));
    assert_eq!(quoted.names, [x_id("18"), x_id("20")], "under each of its names");
    assert_eq!(quoted.author, Some(Person::new(Platform::X, "", "2222")));
}

#[test]
fn reposts_and_replies() {
    let mut data = plain("RT @ada_obi: A1 yes");
    data["referenced_tweets"] = json!([{ "type": "retweeted", "id": "5" }]);
    assert!(one(&streamed(data)).is_repost);
    let mut data = plain("@ada_obi A1 yes");
    data["referenced_tweets"] = json!([{ "type": "replied_to", "id": 5 }]);
    let post = one(&streamed(data));
    assert_eq!((post.is_repost, post.replies_to.as_deref()), (false, Some("5")));
    assert_eq!(post.text, "@ada_obi A1 yes");
}

#[test]
fn entities_are_decoded_once() {
    for (written, read) in [
        ("R&amp;D &lt;3 &gt; 2", "R&D <3 > 2"),
        ("&amp;lt; stays", "&lt; stays"),
        ("&quot; &#39; &nbsp; &amp &", "&quot; &#39; &nbsp; &amp &"),
        ("👩🏽‍🚀&amp;👩🏽‍🚀", "👩🏽‍🚀&👩🏽‍🚀"),
    ] {
        assert_eq!(one(&streamed(plain(written))).text, read);
    }
}

fn with_links(text: &str, urls: Value) -> Value {
    let mut data = plain(text);
    data["entities"] = json!({ "urls": urls });
    data
}

#[test]
fn links_are_expanded() {
    let urls = json!([
        // The positions are nonsense on purpose.
        { "start": 900, "end": -4, "url": "https://t.co/ab", "expanded_url": "https://example.org/?a=1&amp;b=2#smxchat", "display_url": "example.org" },
        { "url": "https://t.co/abc", "expanded_url": "https://bit.ly/x", "unwound_url": "https://example.com/long" },
        { "url": "https://t.co/bad", "expanded_url": "javascript:alert(1)" },
        { "url": "https://t.co/spaced", "expanded_url": "https://example.com/a b" },
        { "url": "https://t.co/none" },
        { "url": "" }, {}, 7,
    ]);
    let post = one(&streamed(with_links(
        "👋🏽 https://t.co/abc https://t.co/ab, https://t.co/bad https://t.co/spaced https://t.co/none &amp; https://t.co/new",
        urls,
    )));
    assert_eq!(
        post.text,
        "👋🏽 https://example.com/long https://example.org/?a=1&amp;b=2#smxchat, https://t.co/bad https://t.co/spaced https://t.co/none & https://t.co/new"
    );
    assert_eq!(post.hashtags, [""; 0], "a # in an address is no hashtag");
}

#[test]
fn a_quoted_post_is_inset_and_its_link_taken_away() {
    let mut data = with_links(
        "A2 This. https://t.co/q1",
        json!([{ "url": "https://t.co/q1", "expanded_url": "https://twitter.com/bo/status/20?s=20" }]),
    );
    data["referenced_tweets"] = json!([{ "type": "quoted", "id": "20" }]);
    let mut body = streamed(data);
    body["includes"]["tweets"] = json!([{
        "id": "20", "author_id": "2222", "text": "Kindness scales &amp; so do we https://t.co/pic",
        "entities": { "urls": [{ "url": "https://t.co/pic", "expanded_url": "https://x.com/bo/status/20/photo/1" }] },
    }]);
    body["includes"]["users"] = json!([ada(), { "id": "2222", "name": "Bo", "username": "bo" }]);
    let post = one(&body);
    assert_eq!(post.text, "A2 This.");
    let quoted = post.quoted.unwrap();
    assert_eq!((quoted.name.as_str(), quoted.handle.as_deref()), ("Bo", Some("bo")));
    assert_eq!(quoted.names, [x_id("20")], "X did not say of how many versions");
    assert_eq!(quoted.text, "Kindness scales & so do we");
    assert_eq!(quoted.link.as_deref(), Some("https://x.com/bo/status/20"));

    // Not sent along: then the link is all there is, and stays.
    body["includes"]["tweets"] = json!([]);
    let post = one(&body);
    assert_eq!(post.text, "A2 This. https://twitter.com/bo/status/20?s=20");
    assert_eq!(post.quoted, None);
}

#[test]
fn pictures() {
    let mut data = with_links(
        "Look https://t.co/p1",
        json!([{ "url": "https://t.co/p1", "expanded_url": "https://x.com/ada_obi/status/1/photo/1", "media_key": "3_1" }]),
    );
    data["attachments"] = json!({ "media_keys": ["3_1", "7_2", "3_gone", 5] });
    let mut body = streamed(data);
    body["includes"]["media"] = json!([
        { "media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.twimg.com/still.jpg" },
        { "media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/a.jpg", "alt_text": "A kettle &amp; two cups" },
    ]);
    let post = one(&body);
    assert_eq!(post.text, "Look");
    assert_eq!(
        post.media,
        [
            Media {
                kind: "photo".into(),
                url: Some("https://pbs.twimg.com/media/a.jpg".into()),
                alt: Some("A kettle & two cups".into())
            },
            Media { kind: "video".into(), url: Some("https://pbs.twimg.com/still.jpg".into()), alt: None },
        ]
    );
    // Without the expansion the link is all there is.
    body["includes"]["media"] = json!(null);
    assert_eq!(one(&body).text, "Look https://x.com/ada_obi/status/1/photo/1");
}

#[test]
fn hashtags_from_entities_of_the_text_that_is_shown() {
    let mut data = plain("A1 cut #one…");
    data["entities"] = json!({ "hashtags": [{ "start": 7, "end": 11, "tag": "one" }] });
    assert_eq!(one(&streamed(data.clone())).hashtags, ["one"]);
    data["note_tweet"] = json!({ "text": "A1 whole #one and #two", "entities": { "hashtags": [{ "tag": "one" }, { "tag": "two" }] } });
    assert_eq!(one(&streamed(data.clone())).hashtags, ["one", "two"]);
    data["note_tweet"] = json!({ "text": "A1 whole #one and #three" });
    assert_eq!(one(&streamed(data)).hashtags, ["one", "three"]);
    assert_eq!(one(&streamed(plain("R&amp;D #caf\u{E9} &lt;#x&gt;"))).hashtags, ["caf\u{E9}", "x"]);
}

#[test]
fn an_author_who_was_not_sent_along() {
    let mut body = streamed(plain("A1"));
    body["includes"] = json!(null);
    let post = one(&body);
    assert_eq!(post.author.name, "someone on X");
    assert_eq!(post.author.person, Person::new(Platform::X, "", "1111"));
    assert_eq!((post.author.handle, post.author.picture), (None, None));
    assert_eq!(post.link.as_deref(), Some("https://x.com/i/status/2080761390344937796"));
    // The newer schema may carry the handle with the post.
    body["data"]["username"] = json!("ada_obi");
    let post = one(&body);
    assert_eq!((post.author.name.as_str(), post.author.handle.as_deref()), ("ada_obi", Some("ada_obi")));
}

#[test]
fn the_time_stands_in_the_id_as_well() {
    let mut data = plain("A1");
    data.as_object_mut().unwrap().remove("created_at");
    let post = one(&streamed(data.clone()));
    assert_eq!(post.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true), "2026-07-24T21:05:48.792Z");
    data["id"] = json!("notanumber");
    assert_eq!(x::activity(streamed(data).to_string().as_bytes()), Err(Malformed::Missing("created_at")));
}

#[test]
fn removals() {
    let delete = |payload: Value| json!({ "data": { "event_type": "post.delete", "payload": payload } });
    assert_eq!(read(&delete(json!({ "id": "7", "author_id": "1" }))).removed, [x_id("7")]);
    assert_eq!(
        x::activity(delete(json!({ "author_id": "1" })).to_string().as_bytes()),
        Err(Malformed::Missing("payload.id"))
    );
    let older = json!({ "for_user_id": "1", "tweet_delete_events": [
        { "status": { "id": "8", "user_id": "1" }, "timestamp_ms": "1432228155593" }, { "status": { "id": 9 } },
    ] });
    assert_eq!(read(&older).removed, [x_id("8"), x_id("9")]);
}

#[test]
fn what_nothing_is_done_about() {
    for (body, kinds) in [
        (json!({ "replay_job_status": { "job_state": "Complete" } }), &["replay_job_status"][..]),
        (json!({ "for_user_id": "1", "follow_events": [] }), &["follow_events"]),
        (json!({ "data": { "event_type": "like.create", "payload": { "id": "1" } } }), &["like.create"]),
        (json!({ "data": { "event_type": "post.create", "payload": {} } }), &["post.create"]),
        (json!({ "data": { "event_type": "post.create" } }), &["post.create"]),
        (json!({ "data": { "id": "1", "valid": true } }), &["data"]),
        (json!({ "meta": { "result_count": 0 } }), &[]),
        (json!({}), &[]),
    ] {
        let inbound = read(&body);
        assert_eq!((inbound.posts.len(), inbound.removed.len()), (0, 0), "{body}");
        assert_eq!(inbound.ignored, kinds, "{body}");
    }
}

#[test]
fn malformed() {
    for (body, error) in [
        ("", Malformed::NotJson { line: 1, column: 0 }),
        ("{\"data\":", Malformed::NotJson { line: 1, column: 8 }),
        ("[]", Malformed::NotAnObject),
        ("\"token\"", Malformed::NotAnObject),
        (r#"{"data":{"event_type":"post.create","payload":{"text":"x"}}}"#, Malformed::Missing("post id")),
        (r#"{"data":[{"text":"x"}]}"#, Malformed::Missing("post id")),
    ] {
        assert_eq!(x::activity(body.as_bytes()), Err(error), "{body}");
    }
}

#[test]
fn one_bad_post_does_not_take_the_others_with_it() {
    let good =
        |id: &str| json!({ "id": id, "text": "A1 here #SMXChat", "created_at": "2026-11-24T20:06:00Z" });
    let long = "7".repeat(3_000);
    for bad in [
        json!({ "text": "no id" }),
        json!({ "id": "x", "text": "no time" }),
        json!({ "id": long, "text": "an id that nobody has", "created_at": "2026-11-24T20:06:00Z" }),
        json!("not a post"),
        json!(null),
    ] {
        let inbound = read(&json!({ "data": [good("1"), bad, good("3")] }));
        let ids: Vec<_> = inbound.posts.iter().map(|p| p.id.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"], "{bad}");
        assert_eq!(inbound.malformed.len(), 1, "{bad}");
    }
}

#[test]
fn what_is_longer_than_x_allows_has_bounds() {
    let long = "b".repeat(400_000);
    let media: Vec<Value> =
        (0..50).map(|n| json!({ "media_key": n.to_string(), "alt_text": long })).collect();
    let keys: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let data = json!({
        "id": "1", "author_id": "9".repeat(3_000), "created_at": "2026-11-24T20:06:00Z",
        "text": format!("A1 {long} https://t.co/a"), "referenced_tweets": [{ "type": "replied_to", "id": long }],
        "edit_history_tweet_ids": [long], "attachments": { "media_keys": keys },
        "entities": {
            "hashtags": [{ "tag": "SMXChat" }, { "tag": long }],
            "urls": [{ "url": "https://t.co/a", "expanded_url": format!("https://example.org/{long}") }],
        },
    });
    let post = one(&json!({ "data": data, "includes": { "media": media } }));
    assert_eq!(post.hashtags, ["SMXChat"]);
    assert_eq!((post.id.id.as_str(), post.author.person.id.as_str(), post.replies_to), ("1", "", None));
    assert!(post.text.chars().count() <= 30_000 && post.media.len() <= 8);
    assert!(post.media.iter().all(|m| m.alt.as_ref().is_some_and(|alt| alt.len() <= 2_000)));

    let data = json!({ "id": "1", "author_id": "9", "text": "A1", "created_at": "2026-11-24T20:06:00Z" });
    let users = json!([{ "id": "9", "name": long, "username": long, "profile_image_url": format!("https://{long}") }]);
    let author = one(&json!({ "data": data, "includes": { "users": users } })).author;
    assert_eq!((author.name.len(), author.handle, author.picture), (200, None, None));

    // A hashtag of two thousand letters, where X sends no entities.
    let tag = format!("A1 #SMXChat #{}", "a".repeat(2_100));
    let post = one(&streamed(json!({ "id": "1", "text": tag, "created_at": "2026-11-24T20:06:00Z" })));
    assert_eq!(post.hashtags, ["SMXChat"]);
}

#[test]
fn half_a_pair_of_surrogates_is_shown_as_a_gap() {
    for (written, read) in [
        (r"A1 \ud83d lone", "A1 \u{FFFD} lone"),
        (r"A1 \ud83d\ude00 whole", "A1 😀 whole"),
        (r"A1 \ude00\ud83d twice", "A1 \u{FFFD}\u{FFFD} twice"),
        (r"A1 \\ud83d typed", r"A1 \ud83d typed"),
        (r"A1 \ud83d", "A1 \u{FFFD}"),
    ] {
        let body =
            format!(r#"{{"data":{{"id":"1","text":"{written}","created_at":"2026-11-24T20:06:00Z"}}}}"#);
        let inbound = x::activity(body.as_bytes()).expect(written);
        assert_eq!(inbound.posts[0].text, read, "{written}");
    }
}

type Sample = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Every published X sample that can arrive at us or that a search answers, and what becomes of it:
/// posts, removals, ignored kinds. The others are answers of X's API.
const SAMPLES: [Sample; 38] = [
    ("aaa-direct-message-events.json", &[], &[], &["direct_message_events"]),
    ("aaa-direct-message-indicate-typing-events.json", &[], &[], &["direct_message_indicate_typing_events"]),
    ("aaa-direct-message-mark-read-events.json", &[], &[], &["direct_message_mark_read_events"]),
    ("aaa-tweet-delete-events.json", &[], &["1045405559317569537"], &[]),
    ("aaa-user-event.json", &[], &[], &["user_event"]),
    ("filtered-stream-webhook-post.json", &["1346889436626259968"], &[], &[]),
    ("post-lookup-edit-history.json", &["1234567890"], &[], &[]),
    ("search-recent-response.json", &["1234567890123456789"], &[], &[]),
    ("webhook-replay-job-status-complete.json", &[], &[], &["replay_job_status"]),
    ("webhook-replay-job-status-incomplete.json", &[], &[], &["replay_job_status"]),
    ("xaa-broadcast-chat.json", &[], &[], &["broadcast.chat"]),
    ("xaa-broadcast-end.json", &[], &[], &["broadcast.end"]),
    ("xaa-broadcast-start.json", &[], &[], &["broadcast.start"]),
    ("xaa-chat-received.json", &[], &[], &["chat.received"]),
    ("xaa-chat-sent.json", &[], &[], &["chat.sent"]),
    ("xaa-dm-received.json", &[], &[], &["dm.received"]),
    ("xaa-dm-sent.json", &[], &[], &["dm.sent"]),
    ("xaa-event-envelope.json", &[], &[], &["post.create"]),
    ("xaa-follow-follow.json", &[], &[], &["follow.follow"]),
    ("xaa-follow-unfollow.json", &[], &[], &["follow.unfollow"]),
    ("xaa-like-create.json", &[], &[], &["like.create"]),
    ("xaa-news-new.json", &[], &[], &["news.new"]),
    ("xaa-oauth-revoke.json", &[], &[], &["oauth.revoke"]),
    ("xaa-post-create.json", &["2080761390344937796"], &[], &[]),
    ("xaa-post-delete.json", &[], &["2080761269309813134"], &[]),
    ("xaa-post-mention-create.json", &["2080765813578191303"], &[], &[]),
    ("xaa-post-quote-create.json", &["2090000000000000002"], &[], &[]),
    ("xaa-post-reply-create.json", &["2090000000000000001"], &[], &[]),
    ("xaa-post-repost-create.json", &["2090000000000000003"], &[], &[]),
    ("xaa-profile-update-banner-picture.json", &[], &[], &["profile.update.banner_picture"]),
    ("xaa-profile-update-bio.json", &[], &[], &["profile.update.bio"]),
    ("xaa-profile-update-geo.json", &[], &[], &["profile.update.geo"]),
    ("xaa-profile-update-profile-picture.json", &[], &[], &["profile.update.profile_picture"]),
    ("xaa-profile-update-screenname.json", &[], &[], &["profile.update.screenname"]),
    ("xaa-profile-update-url.json", &[], &[], &["profile.update.url"]),
    ("xaa-spaces-end.json", &[], &[], &["spaces.end"]),
    ("xaa-spaces-start.json", &[], &[], &["spaces.start"]),
    ("webhook-create-response.json", &[], &[], &["data"]),
];

#[test]
fn published_samples() {
    for (name, posts, removed, ignored) in SAMPLES {
        let Some(file) = shared::file(&format!("samples/x/{name}")) else { return };
        let inbound = x::activity(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let ids: Vec<&str> = inbound.posts.iter().map(|p| p.id.id.as_str()).collect();
        assert_eq!(ids, posts, "{name}");
        assert_eq!(inbound.removed.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), removed, "{name}");
        assert_eq!(inbound.ignored, ignored, "{name}");
    }
}

#[test]
fn published_posts_in_full() {
    let Some(file) = shared::file("samples/x/xaa-post-create.json") else { return };
    let post = x::activity(&file).unwrap().posts.remove(0);
    assert_eq!(
        (post.author.name.as_str(), post.author.handle.as_deref()),
        ("Example User", Some("ExampleUser"))
    );
    assert_eq!(post.text, "Hello from the Activity API");

    let Some(file) = shared::file("samples/x/xaa-post-quote-create.json") else { return };
    let post = x::activity(&file).unwrap().posts.remove(0);
    assert_eq!(
        post.text,
        "Adding some context to this. https://twitter.com/ExampleUser/status/2080761390344937796"
    );

    let Some(file) = shared::file("samples/x/xaa-post-repost-create.json") else { return };
    assert!(x::activity(&file).unwrap().posts[0].is_repost);

    let Some(file) = shared::file("samples/x/post-lookup-edit-history.json") else { return };
    let post = x::activity(&file).unwrap().posts.remove(0);
    assert_eq!((post.id.id.as_str(), post.version.as_str()), ("1234567890", "1234567891"));
    assert_eq!(post.versions, ["1234567890", "1234567891"]);

    let Some(file) = shared::file("samples/x/compliance-job-results.ndjson") else { return };
    let found = x::compliance(&file);
    assert_eq!(found.removed, [x_id("1234567890"), x_id("1234567891")]);
    assert_eq!((found.ignored.len(), found.malformed.len()), (0, 0));
}

#[test]
fn a_posts_versions_are_all_its_names() {
    let mut data =
        json!({ "id": "30", "text": "third", "created_at": "2026-11-24T20:00:00Z", "author_id": "1" });
    let versions = |data: &Value| read(&json!({ "data": data })).posts.remove(0).versions;
    assert_eq!(versions(&data), ["30"]);
    data["edit_history_post_ids"] = json!(["10", "20", "30"]);
    assert_eq!(versions(&data), ["10", "20", "30"]);
    // Without itself, and with what is none.
    data["edit_history_post_ids"] = json!(["10", 20, "", "a b"]);
    assert_eq!(versions(&data), ["10", "30"]);
}

#[test]
fn the_results_of_a_compliance_job() {
    let lines = [
        r#"{"id":"1","action":"delete","created_at":"2026-11-24T20:00:00.000Z","reason":"deleted"}"#,
        "",
        r#"{"id":"2","action":"delete","reason":"protected"}"#,
        "not JSON",
        r#"{"action":"delete","reason":"suspended"}"#,
        r#"{"id":"3","action":"delete","reason":"scrub_geo"}"#,
        r#"{"id":"4","action":"modify","reason":"new"}"#,
        "[]",
        r#"{"id":"5","action":"delete"}"#,
    ];
    let found = x::compliance(lines.join("\r\n").as_bytes());
    assert_eq!(found.removed, [x_id("1"), x_id("2"), x_id("5")]);
    assert_eq!(found.ignored, ["scrub_geo", "modify"]);
    assert_eq!(found.malformed.len(), 3, "{:?}", found.malformed);
    assert_eq!(x::compliance(b""), x::Compliance::default());
}

proptest! {
    #[test]
    fn nothing_panics(body in any::<Vec<u8>>(), text in any::<String>(), short in "https://t.co/\\PC{0,3}") {
        let _ = x::activity(&body);
        let _ = x::compliance(&body);
        let mut data = with_links(&format!("{text}{short}{text}{short}"), json!([{ "url": short, "expanded_url": text }]));
        data["note_tweet"] = json!(text);
        data["attachments"] = json!(text);
        let _ = read(&streamed(data));
        let _ = x::activity(json!({ "data": { "event_type": text, "payload": { "id": text }, "includes": [text] } }).to_string().as_bytes());
    }
}

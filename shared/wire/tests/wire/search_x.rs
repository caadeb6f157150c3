//! X's search: what is asked for, and what its pages hold.

use chat::name::{Platform, PostId};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::Malformed;
use wire::x::{Found, MOST_QUERY, queries, search};

fn read(value: &Value) -> Found {
    search(value.to_string().as_bytes()).unwrap()
}

fn x_id(id: &str) -> PostId {
    PostId { source: Platform::X, id: id.to_owned() }
}

fn tweet(id: &str, text: &str) -> Value {
    json!({ "id": id, "author_id": "1111", "created_at": "2026-11-24T20:06:01.000Z", "text": text,
            "edit_history_tweet_ids": [id] })
}

#[test]
fn hashtags_share_a_query() {
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    assert_eq!(queries(&[]), []);
    let one = queries(&tags(&["SMXChat"]));
    assert_eq!((one[0].text.as_str(), one[0].of.as_slice()), ("#SMXChat -is:retweet", &[0][..]));
    let two = queries(&tags(&["SMXChat", "茶会"]));
    assert_eq!((two.len(), two[0].text.as_str()), (1, "(#SMXChat OR #茶会) -is:retweet"));
}

proptest! {
    #[test]
    fn every_hashtag_is_in_one_query_and_none_is_too_long(tags in proptest::collection::vec("[a-zé茶]{1,100}", 0..40)) {
        let queries = queries(&tags);
        let covered: Vec<usize> = queries.iter().flat_map(|query| query.of.clone()).collect();
        prop_assert_eq!(covered, (0..tags.len()).collect::<Vec<_>>());
        for query in &queries {
            prop_assert!(query.text.chars().count() <= MOST_QUERY, "{}", query.text);
            for n in &query.of {
                let tag = format!("#{}", tags[*n]);
                prop_assert!(query.text.split(['(', ')', ' ']).any(|word| word == tag), "{}", query.text);
            }
        }
        // As few as possible: no two neighbours would have fitted into one.
        for pair in queries.windows(2) {
            let first = pair[1].of.first().map_or(0, |n| tags[*n].chars().count());
            // What a further hashtag adds: its sign and " OR ", and the parentheses where it is the second.
            let more = first + 5 + if pair[0].of.len() == 1 { 2 } else { 0 };
            prop_assert!(pair[0].text.chars().count() + more > MOST_QUERY);
        }
    }
}

#[test]
fn a_page_says_what_it_gave_and_where_to_go_on() {
    let page = read(&json!({
        "data": [tweet("2080761390344937797", "A2 two #SMXChat"), tweet("2080761390344937796", "A1 one #SMXChat")],
        "includes": { "users": [{ "id": "1111", "name": "Ada", "username": "ada_obi" }] },
        "meta": { "newest_id": "2", "oldest_id": "1", "result_count": 2, "next_token": "b26v89c19zqg8o3f" },
    }));
    let texts: Vec<&str> = page.posts.iter().map(|post| post.text.as_str()).collect();
    assert_eq!(texts, ["A2 two #SMXChat", "A1 one #SMXChat"], "X's order");
    assert_eq!(page.posts[0].author.handle.as_deref(), Some("ada_obi"));
    assert_eq!(page.given, ["2080761390344937797", "2080761390344937796"]);
    assert_eq!(page.next.as_deref(), Some("b26v89c19zqg8o3f"));
    assert_eq!((page.gone, page.malformed), (vec![], vec![]));
    // Nothing found: no data at all.
    assert_eq!(read(&json!({ "meta": { "result_count": 0 } })), Found::default());
}

#[test]
fn the_newer_names_are_read_as_well() {
    let mut long = tweet("2080761390344937797", "A1 cut…");
    long["note_post"] = json!({ "text": "A1 the whole of it #SMXChat" });
    long["edit_history_post_ids"] = json!(["2080761390344937000", "2080761390344937797"]);
    long["edit_history_tweet_ids"].take();
    long["referenced_posts"] = json!([{ "type": "replied_to", "id": "2080761390344930000" }]);
    let page = read(&json!({ "data": [long], "meta": {} }));
    assert_eq!(page.posts[0].text, "A1 the whole of it #SMXChat");
    assert_eq!(page.posts[0].id, x_id("2080761390344937000"));
    assert_eq!(page.posts[0].version, "2080761390344937797");
    assert_eq!(page.newer, [""; 0], "it is the newest itself");
    assert_eq!(page.posts[0].replies_to.as_deref(), Some("2080761390344930000"));
}

#[test]
fn what_was_looked_up_and_is_gone_is_named() {
    let problem = |kind: &str, parameter: &str, id: &str| {
        json!({ "value": id, "resource_id": id, "resource_type": "tweet", "parameter": parameter, "title": "T",
                "detail": "D", "type": format!("https://api.twitter.com/2/problems/{kind}") })
    };
    let page = read(&json!({
        "data": [tweet("2080761390344937797", "A2 two #SMXChat")],
        "errors": [
            problem("resource-not-found", "ids", "11"),
            problem("not-authorized-for-resource", "ids", "12"),
            // What it quotes is gone, not the post; a missing field is none of a post.
            problem("resource-not-found", "referenced_tweets.id", "13"),
            problem("not-authorized-for-field", "ids", "14"),
            problem("resource-not-found", "ids", "drop table"),
        ],
    }));
    assert_eq!((page.posts.len(), page.gone), (1, vec![x_id("11"), x_id("12")]));
}

#[test]
fn an_older_version_names_the_newest() {
    let mut old = tweet("2080761390344937000", "A1 helo #SMXChat");
    old["edit_history_tweet_ids"] = json!(["2080761390344937000", "2080761390344937797"]);
    assert_eq!(read(&json!({ "data": [old] })).newer, ["2080761390344937797"]);
}

#[test]
fn one_bad_post_does_not_stop_the_others() {
    let bad = json!({ "id": "12", "text": "no time in this id, and none beside it" });
    let page =
        read(&json!({ "data": [bad, tweet("2080761390344937797", "A2")], "meta": { "next_token": "t" } }));
    assert_eq!((page.posts.len(), page.given.len(), page.malformed.len()), (1, 2, 1));
    let alone = read(&json!({ "data": [bad], "meta": { "next_token": "t" } }));
    assert_eq!((alone.posts.len(), alone.given.len(), alone.next.as_deref()), (0, 1, Some("t")));
    let all = json!({ "data": [bad, bad] }).to_string();
    assert_eq!(search(all.as_bytes()), Err(Malformed::Missing("created_at")));
    assert!(search(b"[]").is_err() && search(b"").is_err());
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = search(&body);
    }
}

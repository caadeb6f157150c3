//! `chat::weigh` against the published conformance suite of twitter-text, X's own text rules.
//!
//! The suite is read from `../shared/specs/twitter-text` beside the repository. Where it is absent these
//! tests say so and pass, unless `EARSHOT_REQUIRE` contains `shared`.
//!
//! Left out, because Earshot has no such rule: mentions, lists, replies, user names and cashtags;
//! `validate.yml`'s `urls`, which judges a string that is an address and nothing else, by another grammar
//! than the one that finds links in a text; `permillage` and the display and valid ranges, which serve a
//! composer's gauge.

use std::path::Path;

use chat::weigh;
use saphyr::{LoadableYamlNode, YamlOwned};

/// Written when a post held 140 characters; the suite never took them out. They call two texts too long
/// that are half as long as a post may be.
const OF_140_CHARACTERS: [&str; 2] =
    ["Invalid Tweet: 141 characters", "Invalid Tweet: 141 characters (due to newline)"];

/// Figures of configuration 2, to which every code point of an emoji had its own weight. The same texts
/// stand in `WeightedTweetsWithDiscountedEmojiCounterTest` with the figures of configuration 3, X's own now,
/// and there they pass.
const OF_CONFIGURATION_2: [&str; 2] = [
    "Count a mix of single byte single word, and double word unicode characters",
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers",
];

#[test]
fn lengths() {
    let Some(suite) = suite("validate.yml") else { return };
    let weigh = |group: &str| {
        run(&suite, group, |text, expected| {
            let length = expected["weightedLength"].as_integer().expect("a length");
            let valid = expected["valid"].as_bool().expect("a verdict");
            let found = (weigh::weighted_length(text), weigh::is_postable(text));
            differs(&found, &(usize::try_from(length).expect("not negative"), valid))
        })
    };
    assert_eq!(weigh("WeightedTweetsWithDiscountedEmojiCounterTest"), (22, vec![]));
    assert_eq!(weigh("UnicodeDirectionalMarkerCounterTest"), (2, vec![]));
    let (cases, failures) = weigh("WeightedTweetsCounterTest");
    assert_eq!((cases, named(&failures)), (20, OF_CONFIGURATION_2.to_vec()), "{failures:#?}");
}

#[test]
fn posts() {
    let Some(suite) = suite("validate.yml") else { return };
    let (cases, failures) = run(&suite, "tweets", |text, expected| {
        differs(&weigh::is_postable(text), &expected.as_bool().expect("a verdict"))
    });
    assert_eq!((cases, named(&failures)), (8, OF_140_CHARACTERS.to_vec()), "{failures:#?}");
}

#[test]
fn hashtags() {
    let Some(suite) = suite("extract.yml") else { return };
    let extract = |group: &str| {
        run(&suite, group, |text, expected| differs(&weigh::hashtags(text), &strings(expected)))
    };
    assert_eq!(extract("hashtags"), (65, vec![]));
    assert_eq!(extract("hashtags_from_astral"), (3, vec![]));
    let with_indices = run(&suite, "hashtags_with_indices", |text, expected| {
        let found: Vec<_> = weigh::hashtags_with_indices(text)
            .into_iter()
            .map(|(tag, range)| (tag, characters(text, range.start), characters(text, range.end)))
            .collect();
        differs(&found, &placed(expected, "hashtag"))
    });
    assert_eq!(with_indices, (8, vec![]));
}

#[test]
fn whole_hashtags() {
    let Some(suite) = suite("validate.yml") else { return };
    let outcome = run(&suite, "hashtags", |text, expected| {
        let whole = weigh::hashtags_with_indices(text).iter().any(|(_, range)| *range == (0..text.len()));
        differs(&whole, &expected.as_bool().expect("a verdict"))
    });
    assert_eq!(outcome, (7, vec![]));
}

#[test]
fn links() {
    let Some(suite) = suite("extract.yml") else { return };
    let extract = |group: &str| {
        run(&suite, group, |text, expected| {
            let found: Vec<_> = weigh::urls(text).into_iter().map(|range| text[range].to_owned()).collect();
            differs(&found, &strings(expected))
        })
    };
    assert_eq!(extract("urls"), (91, vec![]));
    assert_eq!(extract("tco_urls_with_params"), (5, vec![]));
    let with_indices = |group: &str| {
        run(&suite, group, |text, expected| {
            let found: Vec<_> = weigh::urls(text)
                .into_iter()
                .map(|at| (text[at.clone()].to_owned(), characters(text, at.start), characters(text, at.end)))
                .collect();
            differs(&found, &placed(expected, "url"))
        })
    };
    assert_eq!(with_indices("urls_with_indices"), (10, vec![]));
    assert_eq!(with_indices("urls_with_directional_markers"), (2, vec![]));
}

#[test]
fn whole_links_without_a_scheme() {
    let Some(suite) = suite("validate.yml") else { return };
    let outcome = run(&suite, "urls_without_protocol", |text, expected| {
        let whole = weigh::urls(text).contains(&(0..text.len()));
        differs(&whole, &expected.as_bool().expect("a verdict"))
    });
    assert_eq!(outcome, (5, vec![]));
}

/// A case that came out otherwise than the suite says: its description, and how.
type Failure = (String, String);

/// How many cases `group` has, and those that `check` finds fault with.
fn run(
    suite: &YamlOwned,
    group: &str,
    check: impl Fn(&str, &YamlOwned) -> Option<String>,
) -> (usize, Vec<Failure>) {
    let cases = suite["tests"][group].as_sequence().expect("a group is a list of cases");
    let failures = cases.iter().filter_map(|case| {
        let fault = check(case["text"].as_str().expect("a text"), &case["expected"])?;
        Some((case["description"].as_str().expect("a description").to_owned(), fault))
    });
    (cases.len(), failures.collect())
}

fn differs<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T) -> Option<String> {
    (found != wanted).then(|| format!("{found:?} instead of {wanted:?}"))
}

fn named(failures: &[Failure]) -> Vec<&str> {
    failures.iter().map(|(description, _)| description.as_str()).collect()
}

fn strings(list: &YamlOwned) -> Vec<String> {
    let list = list.as_sequence().expect("a list").iter();
    list.map(|item| item.as_str().expect("a string").to_owned()).collect()
}

/// A list of what was found and where, in characters.
fn placed(list: &YamlOwned, key: &str) -> Vec<(String, usize, usize)> {
    let list = list.as_sequence().expect("a list").iter();
    list.map(|item| {
        let index = |at: usize| {
            usize::try_from(item["indices"][at].as_integer().expect("an index")).expect("not negative")
        };
        (item[key].as_str().expect("what was found").to_owned(), index(0), index(1))
    })
    .collect()
}

fn characters(text: &str, byte: usize) -> usize {
    text[..byte].chars().count()
}

/// A file of the suite, or `None` where the suite is absent and need not be there.
fn suite(name: &str) -> Option<YamlOwned> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs/twitter-text").join(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let required = std::env::var("EARSHOT_REQUIRE").is_ok_and(|wanted| wanted.contains("shared"));
            assert!(!required, "cannot read {}: {error}", path.display());
            say(&format!("skipped: {} is absent", path.display()));
            return None;
        }
    };
    let mut documents = YamlOwned::load_from_str(&text).expect("the suite is YAML");
    assert_eq!(documents.len(), 1, "{name} holds one document");
    documents.pop()
}

#[expect(clippy::print_stderr, reason = "a test that checked nothing has to say so")]
fn say(words: &str) {
    eprintln!("{words}");
}

//! Queries of X's search: several hashtags in one, because calls are limited and posts are paid for
//! once, however many searches find them.

/// The most characters of a query for who is not Enterprise
/// (<https://docs.x.com/x-api/posts/search/introduction>).
pub const MOST_QUERY: usize = 512;

/// A query, and which of the hashtags it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In X's grammar: `(#SMXChat OR #books) -is:retweet`.
    pub text: String,
    /// Places in the list that was given.
    pub of: Vec<usize>,
}

/// As few queries as these hashtags fit into, each hashtag in one of them, in their order. Reposts are
/// left out: they are not carried, and would be paid for.
///
/// A hashtag is given without `#`, and is one by X's rules: it holds nothing that a query could take for
/// an operator.
pub fn queries(hashtags: &[String]) -> Vec<Query> {
    let mut queries: Vec<Query> = Vec::new();
    for (n, tag) in hashtags.iter().enumerate() {
        let with_it = |of: &[usize]| {
            let tags: Vec<&str> = of.iter().map(|n| hashtags[*n].as_str()).chain([tag.as_str()]).collect();
            written(&tags)
        };
        match queries.last_mut() {
            Some(last) if with_it(&last.of).chars().count() <= MOST_QUERY => {
                last.text = with_it(&last.of);
                last.of.push(n);
            }
            _ => queries.push(Query { text: written(&[tag]), of: vec![n] }),
        }
    }
    queries
}

fn written(tags: &[&str]) -> String {
    let tags: Vec<String> = tags.iter().map(|tag| format!("#{tag}")).collect();
    match tags.as_slice() {
        [one] => format!("{one} -is:retweet"),
        many => format!("({}) -is:retweet", many.join(" OR ")),
    }
}

//! The filtered stream's rules, and which posts they match.

use anyhow::bail;

use super::text::{Token, tokens};
use super::{Inner, Post, Rule};

/// A query: what must hold of a post. `AND` binds more tightly than `OR`, as in X's queries
/// (<https://docs.x.com/x-api/posts/search/integrate/build-a-query>).
#[derive(Debug)]
pub(super) enum Terms {
    /// Each of these.
    All(Vec<Terms>),
    /// Any of these.
    Any(Vec<Terms>),
    /// Not this one.
    Not(Term),
    /// This one.
    One(Term),
}

#[derive(Debug)]
pub(super) enum Term {
    Hashtag(String),
    Mention(String),
    From(String),
    To(String),
    Conversation(String),
    Repost,
    Reply,
    Quote,
    Media,
    Word(String),
}

pub(super) fn terms(query: &str) -> anyhow::Result<Terms> {
    let spaced = query.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let terms = any(&mut rest)?;
    if let Some(word) = rest.first() {
        bail!("a parenthesis too many: {word}");
    }
    if !terms.asks() {
        bail!("a query cannot consist of negations alone: {query:?}");
    }
    Ok(terms)
}

/// Alternatives, up to the end or a closing parenthesis.
fn any(rest: &mut &[&str]) -> anyhow::Result<Terms> {
    let mut alternatives = vec![all(rest)?];
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        alternatives.push(all(rest)?);
    }
    Ok(if alternatives.len() == 1 { alternatives.remove(0) } else { Terms::Any(alternatives) })
}

fn all(rest: &mut &[&str]) -> anyhow::Result<Terms> {
    let mut together = Vec::new();
    while let Some(word) = rest.first().copied().filter(|word| !matches!(*word, "OR" | ")")) {
        *rest = &rest[1..];
        together.push(match word {
            "(" => {
                let inside = any(rest)?;
                if rest.first() != Some(&")") {
                    bail!("a parenthesis is not closed");
                }
                *rest = &rest[1..];
                inside
            }
            "-" => bail!("X denies no groups"),
            word => match word.strip_prefix('-') {
                Some(word) => Terms::Not(term(word)?),
                None => Terms::One(term(word)?),
            },
        });
    }
    if together.is_empty() {
        bail!("nothing stands between two operators");
    }
    Ok(Terms::All(together))
}

fn term(word: &str) -> anyhow::Result<Term> {
    if word.contains('"') {
        bail!("the stand-in reads no quotes: {word}");
    }
    let lower = word.to_lowercase();
    let name = |name: &str| name.trim_start_matches('@').to_owned();
    Ok(match lower.split_once(':') {
        Some(("from", who)) => Term::From(name(who)),
        Some(("to", who)) => Term::To(name(who)),
        Some(("conversation_id", id)) => Term::Conversation(id.to_owned()),
        Some(("is", "retweet")) => Term::Repost,
        Some(("is", "reply")) => Term::Reply,
        Some(("is", "quote")) => Term::Quote,
        Some(("has", "media" | "images")) => Term::Media,
        Some(_) => bail!("the stand-in does not know the operator {word}"),
        None => match lower.strip_prefix('#') {
            Some(tag) => Term::Hashtag(tag.to_owned()),
            None => match lower.strip_prefix('@') {
                Some(who) => Term::Mention(who.to_owned()),
                None => Term::Word(lower),
            },
        },
    })
}

impl Terms {
    /// Whether it asks for something, in each alternative.
    fn asks(&self) -> bool {
        match self {
            Terms::All(terms) => terms.iter().any(Terms::asks),
            Terms::Any(terms) => terms.iter().all(Terms::asks),
            Terms::Not(_) => false,
            Terms::One(_) => true,
        }
    }

    fn hold(&self, holds: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Terms::All(terms) => terms.iter().all(|term| term.hold(holds)),
            Terms::Any(terms) => terms.iter().any(|term| term.hold(holds)),
            Terms::Not(term) => !holds(term),
            Terms::One(term) => holds(term),
        }
    }
}

impl Inner {
    pub(super) fn matching(&self, post: &Post) -> Vec<Rule> {
        let fits = |rule: &&Rule| terms(&rule.value).is_ok_and(|terms| self.matches(post, &terms));
        self.config.rules.iter().filter(fits).cloned().collect()
    }

    pub(super) fn matches(&self, post: &Post, terms: &Terms) -> bool {
        // A repost holds what the original says.
        let original = post.draft.reposts.as_ref().and_then(|id| self.found(id).ok());
        let text = original.as_ref().map_or(&post.draft.text, |o| &o.draft.text);
        let handle = |user: &str| self.known(user).map_or_else(String::new, |p| p.handle.to_lowercase());
        let tokens = tokens(text);
        let holds = |term: &Term| match term {
            Term::Hashtag(tag) => {
                tokens.iter().any(|t| matches!(t, Token::Hashtag(found) if found.to_lowercase() == *tag))
            }
            Term::Mention(who) => {
                tokens.iter().any(|t| matches!(t, Token::Mention(found) if found.to_lowercase() == *who))
            }
            Term::From(who) => handle(&post.author) == *who || post.author == *who,
            Term::To(who) => {
                let parent = post.draft.in_reply_to.as_ref().and_then(|id| self.found(id).ok());
                parent.is_some_and(|p| handle(&p.author) == *who || p.author == *who)
            }
            Term::Conversation(id) => post.conversation == *id,
            Term::Repost => post.draft.reposts.is_some(),
            Term::Reply => post.draft.in_reply_to.is_some(),
            Term::Quote => post.draft.quotes.is_some(),
            Term::Media => !post.draft.pictures.is_empty(),
            Term::Word(word) => text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == word),
        };
        terms.hold(&holds)
    }
}

//! The filtered stream's rules, and which posts they match.

use anyhow::bail;

use super::text::{Token, tokens};
use super::{Inner, Post, Rule};

/// The most pieces of a rule that must hold together, and whether each is denied.
type Terms = Vec<Vec<(bool, Term)>>;

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
    let mut all = Vec::new();
    for alternative in query.split(" OR ") {
        let mut together = Vec::new();
        for word in alternative.split_whitespace() {
            let (denied, word) = match word.strip_prefix('-') {
                Some(word) => (true, word),
                None => (false, word),
            };
            if word.contains(['(', ')', '"']) {
                bail!("the stand-in reads no parentheses or quotes: {word}");
            }
            let lower = word.to_lowercase();
            let name = |name: &str| name.trim_start_matches('@').to_owned();
            let term = match lower.split_once(':') {
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
            };
            together.push((denied, term));
        }
        if together.iter().all(|(denied, _)| *denied) {
            bail!("a query cannot consist of negations alone: {alternative:?}");
        }
        all.push(together);
    }
    Ok(all)
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
        terms.iter().any(|together| together.iter().all(|(denied, term)| holds(term) != *denied))
    }
}

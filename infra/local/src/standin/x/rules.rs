//! The filtered stream's rules, and which posts they match.

use anyhow::bail;

use serde_json::{Value, json};

use super::api::Problem;
use super::text::{Token, tokens};
use super::{Inner, Post, Rule, X};
use crate::standin::{Call, length, lock};

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

/// The most characters of a rule, for who is not Enterprise
/// (<https://docs.x.com/x-api/posts/filtered-stream/introduction>).
const LONGEST_RULE: usize = 1_024;

impl Rule {
    fn shown(&self) -> Value {
        json!({"id": self.id, "value": self.value, "tag": self.tag})
    }
}

impl X {
    /// The rules of the filtered stream, oldest first.
    pub fn rules(&self) -> Vec<Rule> {
        lock(&self.inner.state).rules.clone()
    }
}

impl Inner {
    pub(super) fn rules(&self) -> Value {
        let rules = lock(&self.state).rules.clone();
        let shown: Vec<Value> = rules.iter().map(Rule::shown).collect();
        let meta = json!({"sent": self.room.now().to_rfc3339(), "result_count": shown.len()});
        // An empty list is left out, as everywhere in this API.
        if shown.is_empty() { json!({"meta": meta}) } else { json!({"data": shown, "meta": meta}) }
    }

    /// Adds or deletes rules; with `dry_run` only says what would come of it.
    pub(super) fn update_rules(&self, call: &Call) -> Result<(u16, Value), Problem> {
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let fields = body.as_object().filter(|fields| fields.len() == 1);
        let dry = call.query_pairs().get("dry_run").is_some_and(|dry| dry == "true");
        match fields.and_then(|fields| fields.iter().next()) {
            Some((name, Value::Array(wanted))) if name == "add" => self.add_rules(wanted, dry),
            Some((name, Value::Object(which))) if name == "delete" => {
                let ids = which.get("ids").and_then(Value::as_array).filter(|_| which.len() == 1);
                let ids = ids.ok_or_else(|| Problem::invalid("delete", "$.delete.ids: is required"))?;
                Ok((200, self.delete_rules(ids, dry)))
            }
            _ => Err(Problem::invalid("", "Exactly one of `add` and `delete` must be given")),
        }
    }

    fn add_rules(&self, wanted: &[Value], dry: bool) -> Result<(u16, Value), Problem> {
        let (mut made, mut faults) = (Vec::new(), Vec::new());
        let at = self.room.now();
        let mut state = lock(&self.state);
        for one in wanted {
            let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (value, tag) = (text("value"), text("tag"));
            let fits =
                one.as_object().is_some_and(|f| f.keys().all(|k| matches!(k.as_str(), "value" | "tag")));
            if !fits || value.is_empty() {
                return Err(Problem::invalid("add", "$.add: a rule has a value, and may have a tag"));
            }
            let fault = |title: &str, detail: &str| {
                json!({
                    "title": title, "detail": detail, "value": value,
                    "type": "https://api.twitter.com/2/problems/invalid-rules",
                })
            };
            if state.rules.iter().any(|rule| rule.value == value) {
                faults.push(fault("DuplicateRule", "The rule is there already"));
            } else if length(&value) > LONGEST_RULE {
                faults.push(fault("UnprocessableEntity", "Rule is too long"));
            } else if let Err(error) = terms(&value) {
                faults.push(fault("UnprocessableEntity", &error.to_string()));
            } else if state.rules.len() >= self.config.most_rules {
                faults.push(fault("RulesCapExceeded", "The app has as many rules as it may have"));
            } else {
                let rule = Rule { id: state.id(at), value: value.clone(), tag };
                made.push(rule.shown());
                if !dry {
                    state.rules.push(rule);
                }
            }
        }
        let summary = json!({"created": made.len(), "not_created": faults.len()});
        let mut body = json!({"meta": {"sent": at.to_rfc3339(), "summary": summary}});
        let status = if made.is_empty() { 200 } else { 201 };
        for (name, list) in [("data", made), ("errors", faults)] {
            if !list.is_empty() {
                body[name] = Value::Array(list);
            }
        }
        Ok((status, body))
    }

    fn delete_rules(&self, ids: &[Value], dry: bool) -> Value {
        let mut state = lock(&self.state);
        let gone = |rule: &Rule| ids.iter().any(|id| id.as_str() == Some(&rule.id));
        let deleted = state.rules.iter().filter(|rule| gone(rule)).count();
        if !dry {
            state.rules.retain(|rule| !gone(rule));
        }
        let summary = json!({"deleted": deleted, "not_deleted": ids.len() - deleted});
        json!({"meta": {"sent": self.room.now().to_rfc3339(), "summary": summary}})
    }

    pub(super) fn matching(&self, post: &Post) -> Vec<Rule> {
        let fits = |rule: &&Rule| terms(&rule.value).is_ok_and(|terms| self.matches(post, &terms));
        let rules = lock(&self.state).rules.clone();
        rules.iter().filter(fits).cloned().collect()
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

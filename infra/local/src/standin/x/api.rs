//! X's API v2: its routes, who may call them and how often, and its problem documents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::oauth::oauth_fields;
use super::rules::terms;
use super::{Delivered, Draft, Inner, LONGEST, Post};
use crate::standin::{Barred, Call, Platform, Reply, Room, Window, length, lock, seconds_up};

/// A problem document, with its status.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    body: Value,
}

impl Problem {
    pub(super) fn new(status: u16, title: &str, detail: &str) -> Self {
        Self {
            status,
            body: json!({"title": title, "detail": detail, "type": "about:blank", "status": status}),
        }
    }

    fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn forbidden(detail: &str) -> Self {
        Self::new(403, "Forbidden", detail)
    }

    /// 400 with where the trouble is.
    pub(super) fn invalid(parameter: &str, message: &str) -> Self {
        let parameters = if parameter.is_empty() { json!({}) } else { json!({parameter: []}) };
        Self {
            status: 400,
            body: json!({
                "errors": [{"parameters": parameters, "message": message}],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": "https://api.twitter.com/2/problems/invalid-request",
            }),
        }
    }

    /// 403 for what the app's plan does not have.
    pub(super) fn plan() -> Self {
        Self {
            status: 403,
            body: json!({
                "client_id": "1", "title": "Client Forbidden", "reason": "client-not-enrolled",
                "detail": "This endpoint is not part of the access that your App has.",
                "required_enrollment": "Appropriate Level of API Access", "status": 403,
                "type": "https://api.twitter.com/2/problems/client-forbidden",
            }),
        }
    }

    fn app_only(what: &str) -> Self {
        let detail = format!("Authenticating with {what} is forbidden for this endpoint.");
        let mut problem = Self::new(403, "Unsupported Authentication", &detail);
        problem.body["type"] = json!("https://api.twitter.com/2/problems/unsupported-authentication");
        problem
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// OAuth 1.0a, the host's account.
    User,
    /// The app's bearer token.
    App,
}

impl Inner {
    /// Who calls: OAuth 1.0a by recomputing its signature, or the bearer token.
    fn caller(&self, call: &Call) -> Result<Caller, Problem> {
        let header = call.header("authorization");
        if let Some(token) = header.strip_prefix("Bearer ") {
            return if token == self.config.bearer_token {
                Ok(Caller::App)
            } else {
                Err(Problem::unauthorized())
            };
        }
        let fields = header.strip_prefix("OAuth ").ok_or_else(Problem::unauthorized)?;
        let given = oauth_fields(fields).ok_or_else(Problem::unauthorized)?;
        self.check_oauth(call, &given).map_err(|why| {
            // The reason is for the person at the stage; X does not give one either.
            tracing::debug!(why, "a call to X was not signed as it should be");
            Problem::unauthorized()
        })?;
        Ok(Caller::User)
    }

    fn create(self: &Arc<Self>, call: &Call) -> Result<Value, Problem> {
        if !call.is_json() {
            return Err(Problem::new(415, "Unsupported Media Type", "Content-Type must be application/json"));
        }
        let body = call.json().ok_or_else(|| Problem::invalid("", "Request body must be valid JSON"))?;
        let fields =
            body.as_object().ok_or_else(|| Problem::invalid("", "Request body must be an object"))?;
        let known = [
            "card_uri",
            "community_id",
            "direct_message_deep_link",
            "edit_options",
            "for_super_followers_only",
            "geo",
            "made_with_ai",
            "media",
            "nullcast",
            "paid_partnership",
            "poll",
            "quote_tweet_id",
            "reply",
            "reply_settings",
            "share_with_followers",
            "text",
        ];
        if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!(
                "$.{unknown}: is not defined in the schema and the schema does not allow additional properties"
            );
            return Err(Problem::invalid(unknown, &message));
        }
        let text = match fields.get("text") {
            None => "",
            Some(Value::String(text)) => text,
            Some(_) => return Err(Problem::invalid("text", "$.text: must be a string")),
        };
        if text.trim().is_empty() && !fields.contains_key("media") {
            return Err(Problem::invalid("text", "$.text: is required unless media is given"));
        }
        if length(text) > LONGEST {
            return Err(Problem::forbidden("Your Tweet text is too long."));
        }
        let reply = match fields.get("reply") {
            None => None,
            Some(Value::Object(reply)) => {
                let inside =
                    ["auto_populate_reply_metadata", "exclude_reply_user_ids", "in_reply_to_tweet_id"];
                if let Some(unknown) = reply.keys().find(|key| !inside.contains(&key.as_str())) {
                    let message = format!(
                        "$.reply.{unknown}: is not defined in the schema and the schema does not allow additional properties"
                    );
                    return Err(Problem::invalid("reply", &message));
                }
                let id = reply.get("in_reply_to_tweet_id").and_then(Value::as_str);
                let id =
                    id.ok_or_else(|| Problem::invalid("reply", "$.reply.in_reply_to_tweet_id: is required"))?;
                Some(id.to_owned())
            }
            Some(_) => return Err(Problem::invalid("reply", "$.reply: must be an object")),
        };
        if let Some(settings) = fields.get("reply_settings")
            && !matches!(settings.as_str(), Some("following" | "mentionedUsers" | "subscribers" | "verified"))
        {
            return Err(Problem::invalid(
                "reply_settings",
                "$.reply_settings: is not one of the allowed values",
            ));
        }
        if fields.contains_key("quote_tweet_id") {
            // Quoting is for Enterprise.
            return Err(Problem::forbidden("You are not permitted to perform this action."));
        }
        self.check_reply(reply.as_deref())?;
        let account = &self.config.account.id;
        let turn = lock(&self.turn);
        let now = self.room.chat_now();
        let day = TimeDelta::hours(24);
        let twice = lock(&self.state).posts.iter().any(|p| {
            p.author == *account
                && !p.deleted
                && (now - p.at).abs() < day
                && p.draft.text.trim() == text.trim()
        });
        if twice {
            return Err(Problem::forbidden("You are not allowed to create a Tweet with duplicate content."));
        }
        let draft = Draft { in_reply_to: reply, ..Draft::text(text) };
        let post = self.add(account, draft, None, Some(body.clone()));
        drop(turn);
        self.charge_write(text);
        if let Some(delay) = self.config.echo {
            let (inner, id) = (Arc::clone(self), post.id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                if let Delivered::Failed(error) = inner.stream(&id).await {
                    tracing::warn!(post = id, error, "X's own webhook delivery failed");
                }
            });
        }
        let wire = self.wire(&post);
        Ok(self.named(json!({"data": {
            "id": post.id, "text": wire["text"], "edit_history_tweet_ids": post.versions,
        }})))
    }

    /// Pay-per-use answers only who summoned it: its author mentioned or quoted the account. Threads of
    /// one's own are let pass; X's pages are silent on them.
    fn check_reply(&self, to: Option<&str>) -> Result<(), Problem> {
        let Some(id) = to else { return Ok(()) };
        let gone =
            || Problem::forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.");
        let parent = self.found(id).map_err(|_| gone())?;
        if parent.deleted {
            return Err(gone());
        }
        let account = &self.config.account;
        let quoted = parent.draft.quotes.as_ref().and_then(|q| self.found(q).ok());
        let summoned = parent.author == account.id
            || parent.pings.contains(&account.id)
            || quoted.is_some_and(|q| q.author == account.id);
        if summoned {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by \
             the author of the post you are replying to.",
        ))
    }

    fn list(&self, call: &Call, mut found: Vec<Post>, least: usize, key: &str) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let number = |name: &str| -> Result<Option<u64>, Problem> {
            let parse = |v: &String| {
                v.parse::<u64>().map_err(|_| {
                    Problem::invalid(name, &format!("The `{name}` query parameter value [{v}] is not valid"))
                })
            };
            query.get(name).map(parse).transpose()
        };
        let time = |name: &str| -> Result<Option<DateTime<Utc>>, Problem> {
            let parse = |v: &String| {
                DateTime::parse_from_rfc3339(v).map(|t| t.with_timezone(&Utc)).map_err(|_| {
                    Problem::invalid(name, &format!("The `{name}` query parameter value [{v}] is not valid"))
                })
            };
            query.get(name).map(parse).transpose()
        };
        let limit = match query.get("max_results") {
            None => 10,
            Some(given) => {
                given.parse::<usize>().ok().filter(|n| (least..=100).contains(n)).ok_or_else(|| {
                    let why = format!(
                        "The `max_results` query parameter value [{given}] is not between {least} and 100"
                    );
                    Problem::invalid("max_results", &why)
                })?
            }
        };
        let (since, until) = (number("since_id")?, number("until_id")?);
        let (start, end) = (time("start_time")?, time("end_time")?);
        let page = query.get("pagination_token").or_else(|| query.get("next_token"));
        let page = match page {
            None => None,
            Some(token) => {
                let id = token.strip_prefix("7140dibdnow").and_then(|id| id.parse::<u64>().ok());
                Some(id.ok_or_else(|| Problem::invalid(key, "The pagination token is not valid"))?)
            }
        };
        let id_of = |p: &Post| p.id.parse::<u64>().unwrap_or(0);
        found.retain(|p| {
            let id = id_of(p);
            !p.deleted
                && !p.superseded
                && self.hidden(&p.author).is_none()
                && since.is_none_or(|since| id > since)
                && until.is_none_or(|until| id < until)
                && page.is_none_or(|page| id < page)
                && start.is_none_or(|start| p.at >= start)
                && end.is_none_or(|end| p.at < end)
        });
        found.sort_by_key(|p| std::cmp::Reverse(id_of(p)));
        let more = found.len() > limit;
        found.truncate(limit);
        let mut meta = json!({"result_count": found.len()});
        if let (Some(newest), Some(oldest)) = (found.first(), found.last()) {
            meta["newest_id"] = json!(newest.id);
            meta["oldest_id"] = json!(oldest.id);
            if more {
                meta["next_token"] = json!(format!("7140dibdnow{}", oldest.id));
            }
        }
        let mut body = self.shown(&query, &found);
        body.insert("meta".into(), meta);
        Ok(self.named(Value::Object(body)))
    }

    /// Posts as they were asked for: `data` where there are any, and what comes along.
    fn shown(&self, query: &BTreeMap<String, String>, found: &[Post]) -> Map<String, Value> {
        let wanted = |names: [&str; 2]| -> BTreeSet<String> {
            names.iter().filter_map(|n| query.get(*n)).flat_map(|v| v.split(',')).map(str::to_owned).collect()
        };
        let mut fields = wanted(["tweet.fields", "post.fields"]);
        let user_fields = wanted(["user.fields", "user.fields"]);
        let expansions = wanted(["expansions", "expansions"]);
        let renamed = [
            ("note_post", "note_tweet"),
            ("referenced_posts", "referenced_tweets"),
            ("edit_history_post_ids", "edit_history_tweet_ids"),
        ];
        for (new, old) in renamed {
            if fields.contains(new) {
                fields.insert(old.into());
            }
        }
        fields.extend(["id", "text", "edit_history_tweet_ids"].map(str::to_owned));
        for (expansion, field) in [
            ("author_id", "author_id"),
            ("referenced_tweets.id", "referenced_tweets"),
            ("referenced_tweets.id.author_id", "referenced_tweets"),
            ("attachments.media_keys", "attachments"),
        ] {
            let post_name = expansion.replace("tweets", "posts");
            // The newer expansion has no `.id`.
            let bare = post_name.strip_suffix(".id").unwrap_or(&post_name);
            if expansions.contains(expansion) || expansions.contains(&post_name) || expansions.contains(bare)
            {
                fields.insert(field.into());
            }
        }
        let counted = fields.contains("public_metrics");
        let trim = |mut post: Value| {
            if counted {
                post["public_metrics"] = self.metrics(post["id"].as_str().unwrap_or_default());
            }
            if let Some(object) = post.as_object_mut() {
                object.retain(|key, _| fields.contains(key));
            }
            post
        };
        let mut body = Map::new();
        if !found.is_empty() {
            let data: Vec<Value> = found.iter().map(|p| trim(self.wire(p))).collect();
            body.insert("data".into(), json!(data));
        }
        let mut includes = Map::new();
        for post in found {
            let Value::Object(parts) = self.includes(post) else { continue };
            for (part, items) in parts {
                let asked = expansions.iter().any(|e| match part.as_str() {
                    "users" => e.ends_with("author_id"),
                    "tweets" => e.starts_with("referenced_"),
                    _ => e == "attachments.media_keys",
                });
                if !asked {
                    continue;
                }
                let list = includes.entry(part.clone()).or_insert_with(|| json!([]));
                let Some(list) = list.as_array_mut() else { continue };
                for mut item in items.as_array().cloned().unwrap_or_default() {
                    if part == "users"
                        && let Some(user) = item.as_object_mut()
                    {
                        user.retain(|k, _| {
                            matches!(k.as_str(), "id" | "name" | "username") || user_fields.contains(k)
                        });
                    }
                    if part == "tweets" {
                        item = trim(item);
                    }
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
            }
        }
        if !includes.is_empty() {
            body.insert("includes".into(), Value::Object(includes));
        }
        body
    }

    fn search(&self, call: &Call) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let asked = query.get("query").map(String::as_str).unwrap_or_default();
        if asked.is_empty() || length(asked) > 512 {
            return Err(Problem::invalid("query", "query must have 1 to 512 characters"));
        }
        let terms = terms(asked).map_err(|error| Problem::invalid("query", &error.to_string()))?;
        let now = self.room.chat_now();
        let lag = TimeDelta::from_std(self.config.search_lag).unwrap_or_default();
        let latest = if query.contains_key("end_time") { now } else { now - lag };
        let posts = lock(&self.state).posts.clone();
        let recent = |p: &Post| p.at <= latest && now - p.at < TimeDelta::days(7);
        let found = posts.into_iter().filter(|p| recent(p) && self.matches(p, &terms)).collect();
        let page = self.list(call, found, 10, "next_token")?;
        self.charge_page(&page);
        Ok(page)
    }

    /// A page was given.
    fn charge_page(&self, page: &Value) {
        for post in page.get("data").and_then(Value::as_array).into_iter().flatten() {
            self.charge_read(post.get("id").and_then(Value::as_str).unwrap_or_default());
        }
    }

    /// Posts by their ids; those that are not there are problems beside the others.
    fn lookup(&self, call: &Call) -> Result<Value, Problem> {
        let query = call.query_pairs();
        let ids: Vec<&str> = query.get("ids").map(|ids| ids.split(',').collect()).unwrap_or_default();
        let number = |id: &&str| (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        if !(1..=100).contains(&ids.len()) || !ids.iter().all(number) {
            return Err(Problem::invalid("ids", "The `ids` query parameter takes 1 to 100 ids"));
        }
        let mut found = Vec::new();
        let mut errors = Vec::new();
        for id in ids {
            match self.found(id) {
                // As X says it of accounts that are protected or suspended alike.
                Ok(post) if !post.deleted && self.hidden(&post.author).is_some() => errors.push(json!({
                    "value": id, "resource_id": id, "parameter": "ids", "resource_type": "tweet",
                    "title": "Authorization Error",
                    "detail": format!("Sorry, you are not authorized to see the Tweet with ids: [{id}]."),
                    "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
                })),
                Ok(post) if !post.deleted => found.push(post),
                _ => errors.push(json!({
                    "value": id, "resource_id": id, "parameter": "ids", "resource_type": "tweet",
                    "title": "Not Found Error", "detail": format!("Could not find tweet with ids: [{id}]."),
                    "type": "https://api.twitter.com/2/problems/resource-not-found",
                })),
            }
        }
        let mut body = self.shown(&query, &found);
        // A version that was replaced names those that followed it.
        for (shown, post) in
            body.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten().zip(&found)
        {
            let state = lock(&self.state);
            let newest = state.posts.iter().rev().find(|p| p.versions.first() == post.versions.first());
            shown["edit_history_tweet_ids"] = json!(newest.map(|p| &p.versions));
        }
        if !errors.is_empty() {
            body.insert("errors".into(), json!(errors));
        }
        let body = self.named(Value::Object(body));
        self.charge_page(&body);
        Ok(body)
    }

    fn route(self: &Arc<Self>, call: &Call, path: &[&str]) -> Reply {
        let limits = &self.config.limits;
        let (name, most) = match (call.method.as_str(), path) {
            ("POST", ["2", "tweets"]) => ("create", limits.create),
            ("DELETE", ["2", "tweets", _]) => ("delete", limits.delete),
            ("GET", ["2", "users", "me"]) => ("me", limits.me),
            ("GET", ["2", "users", _, "tweets"]) => ("timeline", limits.timeline),
            ("GET", ["2", "tweets", "search", "recent"]) => ("search", limits.search),
            ("GET", ["2", "tweets"]) => ("lookup", limits.lookup),
            ("POST", ["2", "activity", "subscriptions"]) => ("subscribe", limits.subscriptions),
            ("GET", ["2", "activity", "subscriptions"]) => ("subscriptions", limits.subscriptions),
            ("DELETE", ["2", "activity", "subscriptions", _]) => ("unsubscribe", limits.subscriptions),
            // Elsewhere, and not X's API.
            (_, ["storage", way @ ("upload" | "download"), id]) => return self.storage(call, way, id),
            ("POST", ["2", "compliance", "jobs"]) => ("begin-job", limits.compliance),
            ("GET", ["2", "compliance", "jobs", _]) => ("job", limits.compliance),
            ("GET", ["2", "webhooks"]) => ("webhooks", limits.webhooks),
            ("POST", ["2", "webhooks"]) => ("create-webhook", limits.webhooks),
            ("PUT", ["2", "webhooks", _]) => ("validate-webhook", limits.webhooks),
            ("DELETE", ["2", "webhooks", _]) => ("delete-webhook", limits.webhooks),
            ("GET", ["2", "tweets", "search", "webhooks"]) => ("links", limits.webhooks),
            ("POST", ["2", "tweets", "search", "webhooks", _]) => ("link", limits.webhooks),
            ("DELETE", ["2", "tweets", "search", "webhooks", _]) => ("unlink", limits.webhooks),
            ("GET", ["2", "tweets", "search", "stream", "rules"]) => ("rules", limits.rules),
            ("POST", ["2", "tweets", "search", "stream", "rules"]) => ("change-rules", limits.change_rules),
            _ => return problem(Problem::new(404, "Not Found Error", "Not Found")),
        };
        let caller = match self.caller(call) {
            Ok(caller) => caller,
            Err(why) => return problem(why),
        };
        if caller == Caller::App && matches!(name, "create" | "delete" | "me") {
            return problem(Problem::app_only("OAuth 2.0 Application-Only"));
        }
        // A search counts for the account or for the app, and they may search differently often.
        let (name, most) = match (name, caller) {
            ("search", Caller::User) => ("search-user", limits.search_user),
            other => (other.0, most),
        };
        let of_the_app = [
            "subscribe",
            "unsubscribe",
            "webhooks",
            "create-webhook",
            "validate-webhook",
            "delete-webhook",
            "links",
            "link",
            "unlink",
            "rules",
            "change-rules",
            "begin-job",
            "job",
        ];
        if caller == Caller::User && of_the_app.contains(&name) {
            return problem(Problem::app_only("OAuth 1.0a User Context"));
        }
        let now = self.room.now();
        let quarter = Duration::from_secs(15 * 60);
        let day = Duration::from_secs(24 * 3600);
        let (taken, window, daily) = {
            let mut state = lock(&self.state);
            let daily = (name == "create").then(|| {
                let window = state
                    .windows
                    .entry("create-day")
                    .or_insert_with(|| Window::new(limits.create_per_day, day));
                (window.take(now), window.clone())
            });
            let window = state.windows.entry(name).or_insert_with(|| Window::new(most, quarter));
            (window.take(now), window.clone(), daily)
        };
        let full = taken.is_err() || daily.as_ref().is_some_and(|(taken, _)| taken.is_err());
        let reply = if full { too_many() } else { self.act(call, path, name) };
        let reset = |w: &Window| now.timestamp() + i64::try_from(seconds_up(w.left(now))).unwrap_or(0);
        let mut reply = reply
            .with("x-rate-limit-limit", window.limit())
            .with("x-rate-limit-remaining", window.remaining())
            .with("x-rate-limit-reset", reset(&window));
        if let Some((_, daily)) = daily {
            reply = reply
                .with("x-app-limit-24hour-limit", daily.limit())
                .with("x-app-limit-24hour-remaining", daily.remaining())
                .with("x-app-limit-24hour-reset", reset(&daily));
        }
        reply
    }

    fn act(self: &Arc<Self>, call: &Call, path: &[&str], name: &str) -> Reply {
        let done = match (name, path) {
            ("create", _) => return self.create(call).map_or_else(problem, |body| Reply::json(201, body)),
            ("change-rules", _) => {
                return self
                    .update_rules(call)
                    .map_or_else(problem, |(status, body)| Reply::json(status, body));
            }
            ("delete", ["2", "tweets", id]) => match self.found(id) {
                Ok(post) if post.author != self.config.account.id => {
                    Err(Problem::forbidden("You are not authorized to delete this Tweet."))
                }
                Ok(_) => {
                    self.charge_delete();
                    Ok(json!({"data": {"deleted": self.remove(id)}}))
                }
                Err(_) => Err(Problem::new(
                    404,
                    "Not Found Error",
                    &format!("Could not find tweet with id: [{id}]."),
                )),
            },
            ("me", _) => {
                let query = call.query_pairs();
                let fields: Vec<&str> =
                    query.get("user.fields").map(|f| f.split(',').collect()).unwrap_or_default();
                let mut me = self.user_object(&self.config.account);
                me["description"] = json!(self.config.bio);
                if let Some(me) = me.as_object_mut() {
                    me.retain(|k, _| {
                        matches!(k.as_str(), "id" | "name" | "username") || fields.contains(&k.as_str())
                    });
                }
                Ok(json!({"data": me}))
            }
            ("timeline", ["2", "users", user, "tweets"]) => {
                if self.known(user).is_none() {
                    Err(Problem::new(
                        404,
                        "Not Found Error",
                        &format!("Could not find user with id: [{user}]."),
                    ))
                } else {
                    let exclude = call.query_pairs().remove("exclude").unwrap_or_default();
                    let posts = lock(&self.state).posts.clone();
                    let kept = |p: &Post| {
                        p.author == *user
                            && !(exclude.contains("retweets") && p.draft.reposts.is_some())
                            && !(exclude.contains("replies") && p.draft.in_reply_to.is_some())
                    };
                    self.list(call, posts.into_iter().filter(kept).collect(), 5, "pagination_token")
                }
            }
            ("lookup", _) => self.lookup(call),
            ("subscribe", _) => self.subscribe(call),
            ("subscriptions", _) => self.subscriptions(call),
            ("begin-job", _) => self.create_job(call),
            ("job", [_, _, _, id]) => self.job(id, call),
            ("webhooks", _) => Ok(self.webhooks()),
            ("create-webhook", _) => self.create_webhook(call),
            ("validate-webhook", [_, _, id]) => self.validate_webhook(id, call),
            ("delete-webhook", [_, _, id]) => self.delete_webhook(id),
            ("links", _) => self.stream_links(),
            ("link", [_, _, _, _, id]) => self.link_stream(id, call),
            ("unlink", [_, _, _, _, id]) => self.unlink_stream(id),
            ("rules", _) => Ok(self.rules()),
            ("unsubscribe", [_, _, _, id]) => self.unsubscribe(id),
            _ => self.search(call),
        };
        done.map_or_else(problem, |body| Reply::json(200, body))
    }
}

fn problem(problem: Problem) -> Reply {
    Reply::json(problem.status, problem.body)
}

fn too_many() -> Reply {
    Reply::json(429, Problem::new(429, "Too Many Requests", "Too Many Requests").body)
}

impl Platform for Inner {
    fn room(&self) -> &Room {
        &self.room
    }

    fn handle(self: &Arc<Self>, call: &Call) -> Reply {
        let pieces = call.pieces();
        let path: Vec<&str> = pieces.iter().map(String::as_str).collect();
        self.route(call, &path)
    }

    async fn challenge(self: &Arc<Self>, call: &Call) -> Option<Result<(), String>> {
        self.challenge_for(call).await
    }

    fn rate_limited(&self, retry_after: Option<Duration>) -> Reply {
        match retry_after {
            Some(wait) => {
                let reset = self.room.now().timestamp() + i64::try_from(seconds_up(wait)).unwrap_or(0);
                too_many()
                    .with("x-rate-limit-limit", self.config.limits.create)
                    .with("x-rate-limit-remaining", 0)
                    .with("x-rate-limit-reset", reset)
            }
            None => too_many(),
        }
    }

    fn written_into(&self, _: &Call) -> Option<String> {
        None
    }

    fn barred(&self, call: &Call, barred: &Barred) -> Option<Reply> {
        let ours = call.header("authorization").starts_with("OAuth ");
        let Problem { status, body } = Problem::unauthorized();
        (barred.revoked && ours).then(|| Reply::json(status, body))
    }
}

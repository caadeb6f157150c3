//! The timeline: what stands there, and how the API and webhooks show it.

use std::collections::BTreeSet;

use anyhow::anyhow;
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::text::{Rendered, Token, display, short_link, tokens};
use super::{Draft, Inner, LONG, Names, Post};
use crate::standin::{Author, Message, Person, length, lock};

impl Inner {
    pub(super) fn person(&self, user: &str) -> anyhow::Result<Person> {
        self.known(user).ok_or_else(|| anyhow!("nobody on this X has the id {user}"))
    }

    pub(super) fn known(&self, user: &str) -> Option<Person> {
        let all = std::iter::once(&self.config.account).chain(&self.config.people);
        let mut person = all.into_iter().find(|p| p.id == user).cloned()?;
        if let Some(handle) = lock(&self.state).handles.get(user) {
            person.handle.clone_from(handle);
        }
        Some(person)
    }

    pub(super) fn by_handle(&self, handle: &str) -> Option<Person> {
        let same = |p: &&Person| p.handle.eq_ignore_ascii_case(handle);
        std::iter::once(&self.config.account).chain(&self.config.people).find(same).cloned()
    }

    pub(super) fn found(&self, id: &str) -> anyhow::Result<Post> {
        lock(&self.state).post(id).cloned().ok_or_else(|| anyhow!("there is no post {id}"))
    }

    /// Puts a post into the timeline.
    pub(super) fn add(&self, user: &str, draft: Draft, old: Option<&Post>, payload: Option<Value>) -> Post {
        let at = self.room.chat_now();
        let payload = payload.unwrap_or_else(|| {
            let mut body = json!({"text": draft.text});
            if let Some(parent) = &draft.in_reply_to {
                body["reply"] = json!({"in_reply_to_tweet_id": parent});
            }
            if let Some(quoted) = &draft.quotes {
                body["quote_tweet_id"] = json!(quoted);
            }
            if let Some(passed_on) = &draft.reposts {
                body["reposts"] = json!(passed_on);
            }
            if !draft.pictures.is_empty() {
                let pictures = draft.pictures.iter().map(|p| json!({"url": p.url, "alt_text": p.alt}));
                body["pictures"] = Value::Array(pictures.collect());
            }
            body
        });
        let named: BTreeSet<String> = tokens(&draft.text)
            .into_iter()
            .filter_map(|t| match t {
                Token::Mention(name) => self.by_handle(name).map(|p| p.id),
                _ => None,
            })
            .collect();
        let mut state = lock(&self.state);
        let id = state.id(at);
        let parent = draft.in_reply_to.as_ref().and_then(|p| state.post(p));
        let conversation = match (old, parent) {
            (Some(old), _) => old.conversation.clone(),
            (None, Some(parent)) => parent.conversation.clone(),
            (None, None) => id.clone(),
        };
        let mut versions = old.map(|o| o.versions.clone()).unwrap_or_default();
        versions.push(id.clone());
        if let Some(old) = old
            && let Some(kept) = state.posts.iter_mut().find(|p| p.id == old.id)
        {
            kept.superseded = true;
        }
        let post = Post {
            id,
            author: user.to_owned(),
            draft,
            at,
            conversation,
            versions,
            deleted: false,
            superseded: false,
            payload,
            pings: named.into_iter().collect(),
        };
        state.posts.push(post.clone());
        drop(state);
        self.room.put(self.normal(&post));
        post
    }

    fn normal(&self, post: &Post) -> Message {
        let first = post.versions.first().unwrap_or(&post.id).clone();
        let author = match self.known(&post.author) {
            Some(person) => Author::of(&person, person.id == self.config.account.id),
            None => Author::of(&Person::new(&post.author, "", ""), false),
        };
        Message {
            platform: "x",
            channel: "timeline".into(),
            thread: post.draft.in_reply_to.as_ref().map(|_| post.conversation.clone()),
            // An edited post keeps its first id here, so that it changes in place.
            id: first,
            at: post.at,
            author,
            payload: post.payload.clone(),
            edited: post.versions.len() > 1,
            deleted: post.deleted,
            ephemeral_for: None,
            pings: post.pings.clone(),
        }
    }

    /// Removes every version of a post; whether there was one.
    pub(super) fn remove(&self, id: &str) -> bool {
        let mut state = lock(&self.state);
        let Some(versions) = state.post(id).filter(|p| !p.deleted).map(|p| p.versions.clone()) else {
            return false;
        };
        let first = versions.first().cloned().unwrap_or_default();
        let mut last = None;
        for post in state.posts.iter_mut().filter(|p| p.versions.first() == Some(&first)) {
            post.deleted = true;
            last = Some(post.clone());
        }
        drop(state);
        if let Some(post) = last {
            self.room.put(self.normal(&post));
        }
        true
    }

    /// A post as API and webhooks show it, with every field that we ask for.
    pub(super) fn wire(&self, post: &Post) -> Value {
        let draft = &post.draft;
        let typed = match draft.reposts.as_ref().and_then(|id| self.found(id).ok()) {
            Some(other) => {
                let who = self.known(&other.author).map_or_else(String::new, |p| p.handle);
                format!("RT @{who}: {}", other.draft.text)
            }
            None => draft.text.clone(),
        };
        let mut whole = self.render(&typed);
        let mut out = json!({
            "id": post.id, "author_id": post.author,
            "created_at": post.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "edit_history_tweet_ids": post.versions, "conversation_id": post.conversation, "lang": "en",
            "reply_settings": "everyone", "possibly_sensitive": false,
        });
        // What hangs on a post shows as a link at its end.
        let mut hanging = Vec::new();
        if let Some(quoted) = &draft.quotes {
            hanging.push((format!("https://x.com/i/status/{quoted}"), None));
        }
        for (n, _) in draft.pictures.iter().enumerate() {
            let link = format!("https://x.com/i/status/{}/photo/{}", post.id, n + 1);
            hanging.push((link, Some(format!("3_{}{n}", post.id))));
        }
        let pictures_share = short_link(&format!("{}/photo", post.id));
        let hang = |into: &mut Rendered| {
            let mut shared = None;
            for (link, media_key) in &hanging {
                let short = if media_key.is_some() { pictures_share.clone() } else { short_link(link) };
                let (start, end) = match shared {
                    Some(place) if media_key.is_some() => place,
                    _ => {
                        if !into.text.is_empty() {
                            into.text.push(' ');
                        }
                        let start = length(&into.text);
                        into.text.push_str(&short);
                        (start, start + length(&short))
                    }
                };
                let mut url = json!({
                    "start": start, "end": end, "url": short, "expanded_url": link, "display_url": display(link),
                });
                if let Some(key) = media_key {
                    url["media_key"] = json!(key);
                    shared = Some((start, end));
                }
                into.urls.push(url);
            }
        };
        if length(&typed) > LONG && draft.reposts.is_none() {
            out["note_tweet"] = json!({"text": whole.text, "entities": whole.entities()});
            let cut: String = typed.chars().take(LONG - 5).collect();
            let mut short = self.render(cut.trim_end());
            short.text.push('…');
            hang(&mut short);
            if hanging.is_empty() {
                let link = format!("https://x.com/i/web/status/{}", post.id);
                let start = length(&short.text) + 1;
                let tco = short_link(&link);
                short.text.push(' ');
                short.text.push_str(&tco);
                short.urls.push(json!({
                    "start": start, "end": start + length(&tco), "url": tco, "expanded_url": link,
                    "display_url": display(&link),
                }));
            }
            whole = short;
        } else {
            hang(&mut whole);
        }
        out["entities"] = whole.entities();
        out["text"] = json!(whole.text);
        let mut referenced = Vec::new();
        if let Some(id) = &draft.in_reply_to {
            referenced.push(json!({"type": "replied_to", "id": id}));
            if let Ok(parent) = self.found(id) {
                out["in_reply_to_user_id"] = json!(parent.author);
            }
        }
        if let Some(id) = &draft.quotes {
            referenced.push(json!({"type": "quoted", "id": id}));
        }
        if let Some(id) = &draft.reposts {
            referenced.push(json!({"type": "retweeted", "id": id}));
        }
        if !referenced.is_empty() {
            out["referenced_tweets"] = json!(referenced);
        }
        let keys: Vec<String> = hanging.iter().filter_map(|(_, key)| key.clone()).collect();
        if !keys.is_empty() {
            out["attachments"] = json!({"media_keys": keys});
        }
        out
    }

    /// What people did with a post, at the time of asking. Each version of an edited post has its own
    /// (<https://docs.x.com/x-api/fundamentals/edit-posts>); a quotation is no repost
    /// (<https://docs.x.com/x-api/fundamentals/metrics>). Nobody looks at posts here, or bookmarks them.
    pub(super) fn metrics(&self, id: &str) -> Value {
        let state = lock(&self.state);
        let count = |names: fn(&Draft) -> Option<&String>| {
            let there = |post: &&Post| {
                !post.deleted
                    && !post.superseded
                    && !state.hidden.contains_key(&post.author)
                    && names(&post.draft).is_some_and(|of| of == id)
            };
            state.posts.iter().filter(there).count()
        };
        json!({
            "retweet_count": count(|draft| draft.reposts.as_ref()),
            "reply_count": count(|draft| draft.in_reply_to.as_ref()),
            "quote_count": count(|draft| draft.quotes.as_ref()),
            "like_count": state.likes.get(id).map_or(0, BTreeSet::len),
            "bookmark_count": 0,
            "impression_count": 0,
        })
    }

    pub(super) fn user_object(&self, person: &Person) -> Value {
        let mut out = json!({
            "id": person.id, "name": person.name, "username": person.handle, "protected": false,
            "verified": false, "created_at": "2013-12-14T04:35:55.000Z",
        });
        if let Some(avatar) = &person.avatar {
            out["profile_image_url"] = json!(avatar);
        }
        out
    }

    /// What `expansions` bring: the author, the posts it refers to with their authors, its pictures.
    pub(super) fn includes(&self, post: &Post) -> Value {
        let mut users: Vec<String> = vec![post.author.clone()];
        let mut tweets = Vec::new();
        let draft = &post.draft;
        for id in [&draft.in_reply_to, &draft.quotes, &draft.reposts].into_iter().flatten() {
            if let Ok(other) = self.found(id)
                && !other.deleted
            {
                users.push(other.author.clone());
                tweets.push(self.wire(&other));
            }
        }
        let mut seen = BTreeSet::new();
        users.retain(|u| seen.insert(u.clone()));
        let users: Vec<Value> =
            users.iter().filter_map(|u| self.known(u)).map(|p| self.user_object(&p)).collect();
        let mut out = json!({"users": users});
        if !tweets.is_empty() {
            out["tweets"] = json!(tweets);
        }
        let media: Vec<Value> = draft
            .pictures
            .iter()
            .enumerate()
            .map(|(n, picture)| {
                let mut media = json!({
                    "media_key": format!("3_{}{n}", post.id), "type": "photo", "url": picture.url,
                    "width": 1200, "height": 675,
                });
                if let Some(alt) = &picture.alt {
                    media["alt_text"] = json!(alt);
                }
                media
            })
            .collect();
        if !media.is_empty() {
            out["media"] = json!(media);
        }
        out
    }

    /// The names of fields as configured.
    pub(super) fn named(&self, value: Value) -> Value {
        if self.config.names == Names::Tweet {
            return value;
        }
        match value {
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| {
                        let key = match key.as_str() {
                            "edit_history_tweet_ids" => "edit_history_post_ids".into(),
                            "referenced_tweets" => "referenced_posts".into(),
                            "note_tweet" => "note_post".into(),
                            "tweets" => "posts".into(),
                            "retweet_count" => "repost_count".into(),
                            _ => key,
                        };
                        (key, self.named(value))
                    })
                    .collect(),
            ),
            Value::Array(items) => Value::Array(items.into_iter().map(|v| self.named(v)).collect()),
            other => other,
        }
    }
}

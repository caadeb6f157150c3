//! Somebody's own data, handed over as a file: `docs/MY-DATA.md` says what is in it.

use chat::bank::State;
use chat::copy::reply as words;
use chat::delivery::ReplyToken;
use chat::member::{Member, Notice};
use chat::name::{Person, Platform, Slug};
use chat::post::{Entry, Filed, FiledBy};
use chat::removal::Bars;
use chrono::{DateTime, Utc};
use outbound::Reason;
use serde_json::{Map, Value, json};
use store::{Mine, StoreError, Waiting};

use crate::Host;
use crate::deliver::Run;
use crate::send::Came;

/// Discord takes files of ten megabytes from everybody
/// (<https://docs.discord.com/developers/reference#uploading-files>); the form around it needs some room.
const MOST_BYTES: usize = 9 * 1024 * 1024;

impl Run<'_> {
    /// Hands somebody all that is kept about them.
    pub(crate) async fn hand_over(
        &mut self,
        waiting: Waiting,
        person: &Person,
        chats: &[Slug],
        token: &ReplyToken,
    ) -> Result<(), StoreError> {
        let now = self.host.clocks.chat.now();
        // Read before it is claimed: some seconds of reading are better not taken from the lease.
        let (file, complete) = self.host.file_of(person, chats, now).await?;
        let claimed = self.claim(vec![waiting], None, Vec::new()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let name = match chats {
            [one] => format!("{one}-my-data.json"),
            _ => "my-data.json".to_owned(),
        };
        let payload = wire::discord::message(&words::my_data(complete).into()).to_string();
        let came = match &self.host.discord {
            Some(discord) => {
                let ended = discord.hand_over(&token.0, &payload, &name, &file).await;
                ended.map_or_else(Came::from, |_| Came::sent(""))
            }
            None => Came::Refused { reason: None, why: "Discord is off".to_owned() },
        };
        match came {
            // Discord has told them that nothing came; they can ask again.
            Came::Refused { reason: Some(Reason::Expired), why } => {
                tracing::info!(delivery = %claimed[0].delivery.id, why, "the reply was over before it was ready");
                let real = self.host.clocks.real.now();
                self.host.store.failed(&claimed, &why, real, &[]).await
            }
            came => self.record(claimed, came, false).await,
        }
    }
}

impl Host {
    /// All that is kept about somebody in these chats, as JSON, and whether that is all.
    async fn file_of(
        &self,
        person: &Person,
        chats: &[Slug],
        now: DateTime<Utc>,
    ) -> Result<(String, bool), StoreError> {
        let mut complete = true;
        let mut all = Vec::new();
        for slug in chats {
            let mine = self.store.mine(slug, person).await?;
            complete &= mine.complete;
            let loaded = self.store.load(slug, now).await?;
            let hashtag = loaded.map_or_else(|| slug.to_string(), |loaded| loaded.settings.hashtag);
            all.push(chat_of(&hashtag, &mine));
        }
        let whole = json!({
            "about": "All that Earshot keeps about you. What each part means: docs/MY-DATA.md in its source.",
            "made_at": at(now),
            "you": person.to_string(),
            "complete": complete,
            "chats": all,
        });
        Ok(cut(whole, complete))
    }
}

/// Written for people to read. Where it would be more than Discord takes, the oldest posts are left away.
fn cut(mut whole: Value, mut complete: bool) -> (String, bool) {
    loop {
        let written = serde_json::to_string_pretty(&whole).unwrap_or_else(|_| whole.to_string());
        if written.len() <= MOST_BYTES {
            return (written, complete);
        }
        complete = false;
        whole["complete"] = json!(false);
        let chats = whole["chats"].as_array_mut().into_iter().flatten();
        let posts = chats.filter_map(|chat| chat["posts"].as_array_mut());
        let mut left = false;
        for posts in posts {
            left |= !posts.is_empty();
            posts.drain(..posts.len().div_ceil(4));
        }
        if !left {
            return (written, complete);
        }
    }
}

fn chat_of(hashtag: &str, mine: &Mine) -> Value {
    let hours = mine.spoke.iter().map(|(episode, spoke)| {
        json!({
            "episode": episode.to_string(), "account": spoke.person.to_string(), "name": spoke.name,
            "handle": spoke.handle, "first_time": spoke.first_time,
        })
    });
    let accounts = mine.participants.iter().map(|known| {
        json!({
            "account": known.person.to_string(), "name": known.name, "first_episode": known.first.to_string(),
            "latest_episode": known.latest.to_string(), "posts_so_far": known.posts,
            "heard_since": known.heard.as_ref().map(ToString::to_string),
            "let_in_by_an_organiser": known.admitted.is_some(), "latest_posts_at": known.recent.iter().copied().map(at).collect::<Vec<_>>(),
            "told_that_they_write_fast_in": known.burst.as_ref().map(ToString::to_string),
        })
    });
    let suggestions = mine.ideas.iter().map(|idea| {
        let (state, question) = match &idea.state {
            State::Waiting => ("waiting", None),
            State::Accepted(episode, _) => ("accepted", Some(episode.to_string())),
            State::Aside => ("put aside", None),
        };
        json!({
            "id": idea.id.to_string(), "text": idea.text, "name": idea.name, "at": at(idea.at), "state": state,
            "episode": question, "votes": idea.votes.len(), "kept_until": idea.until.map(at),
        })
    });
    let asked = mine
        .asked
        .iter()
        .map(|asked| json!({ "episode": asked.episode.to_string(), "text": asked.text, "name": asked.name }));
    let kept_out = mine.bars.iter().map(|bar| {
        let why = match bar.why {
            Bars::Blocked => "blocked",
            Bars::LeftOut => "left out, as asked",
        };
        json!({ "who": bar.whom.to_string(), "name": bar.called, "why": why, "since": at(bar.since) })
    });
    let reminders =
        mine.reminders.iter().map(|(due, episode)| json!({ "at": at(*due), "episode": episode.to_string() }));
    json!({
        "chat": format!("#{hashtag}"),
        "membership": mine.member.as_ref().map(membership),
        "accounts": accounts.collect::<Vec<_>>(),
        "handles": mine.handles.iter().map(|(handle, whose)| json!({ "handle": handle, "account": whose.to_string() })).collect::<Vec<_>>(),
        "hours": hours.collect::<Vec<_>>(),
        "posts": mine.posts.iter().map(post).collect::<Vec<_>>(),
        "suggestions": suggestions.collect::<Vec<_>>(),
        "votes": mine.votes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "asked_in_your_name": asked.collect::<Vec<_>>(),
        "kept_out": kept_out.collect::<Vec<_>>(),
        "messages_to_you": { "channel": mine.direct, "waiting": reminders.collect::<Vec<_>>() },
        "deletions_heard_of": mine.watched.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "being_erased": mine.erasing.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// An instant as people and programs read it.
fn at(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn membership(member: &Member) -> Value {
    let wishes = &member.wishes;
    let told = member.untold.iter().map(|notice| match notice {
        Notice::Unmet => "that my hello did not reach you".to_owned(),
        Notice::Closed => "that no direct message reached you".to_owned(),
        Notice::Proved { handle } => format!("that @{handle} is yours"),
        Notice::Taken { handle } => format!("that @{handle} is somebody else's already"),
    });
    json!({
        "name": member.name,
        "server": member.home,
        "since": at(member.joined),
        "place": wishes.place.as_ref().map(|place| json!({
            "name": place.name, "time_zone": place.zone.to_string(),
        })),
        "reminder_minutes_before": wishes.remind.map(|before| before.num_minutes()),
        "quiet_hours": wishes.quiet.map(|quiet| json!({
            "from": quiet.from.format("%H:%M").to_string(), "until": quiet.until.format("%H:%M").to_string(),
        })),
        "account_on_x": member.account.as_ref().map(|account| json!({
            "handle": account.handle, "account": account.person.to_string(), "since": at(account.since),
        })),
        "claimed_on_x": member.claim.as_ref().map(|claim| json!({
            "handle": claim.handle, "word": claim.word, "until": at(claim.until),
        })),
        "message_after_first_hour": wishes.welcome,
        "greeted_after": member.greeted.as_ref().map(ToString::to_string),
        "nudged_before": member.nudged.as_ref().map(ToString::to_string),
        "still_to_be_told": told.collect::<Vec<_>>(),
    })
}

/// What somebody said. What they quoted is another's, and only mentioned.
fn post(filed: &Filed) -> Value {
    let post = &filed.post;
    let mut out = Map::new();
    out.insert("id".into(), json!(post.id.to_string()));
    out.insert("at".into(), json!(at(post.at)));
    out.insert("episode".into(), json!(filed.episode.to_string()));
    out.insert("text".into(), json!(post.text));
    out.insert("account".into(), json!(post.author.person.to_string()));
    out.insert("name".into(), json!(post.author.name));
    out.insert("handle".into(), json!(post.author.handle));
    out.insert("picture".into(), json!(post.author.picture));
    out.insert("link".into(), json!(post.link));
    out.insert("first_time".into(), json!(filed.first_time));
    out.insert(
        "written_in".into(),
        json!(match post.id.source {
            Platform::X => "X",
            Platform::Slack => "Slack",
            Platform::Discord => "Discord",
        }),
    );
    let by = |by: FiledBy| match by {
        FiledBy::Prefix => "its number",
        FiledBy::Reply => "what it replies to",
        FiledBy::Guess => "the time it was written",
        FiledBy::Answer => "the Answer button",
        FiledBy::Organiser => "an organiser",
    };
    out.insert(
        "answers_question".into(),
        filed.question.map_or(Value::Null, |(id, how)| json!({ "id": id.0, "filed_by": by(how) })),
    );
    out.insert(
        "shown".into(),
        json!(match filed.entry {
            Entry::Straight | Entry::LetIn => "yes",
            Entry::Waits => "not yet: it waits at the door",
            Entry::Late => "no: it came too late, unless an organiser asked for what was missed",
            Entry::TooFast => "no: more within a minute than is carried",
        }),
    );
    out.insert("hashtags".into(), json!(post.hashtags));
    out.insert("replies_to".into(), json!(post.replies_to));
    out.insert("versions".into(), json!(post.versions));
    out.insert("quotes_a_post".into(), json!(post.quoted.is_some()));
    let media =
        post.media.iter().map(|one| json!({ "kind": one.kind, "url": one.url, "description": one.alt }));
    out.insert("media".into(), Value::Array(media.collect()));
    Value::Object(out)
}

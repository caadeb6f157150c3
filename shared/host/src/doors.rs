//! The doors: signed HTTP in, an answer out, each within its platform's three seconds.
//!
//! Whatever comes is verified over its raw bytes first: a wrong, missing or stale signature gets 401,
//! one log line, and changes nothing. What is valid but of no use is acknowledged, because anything but
//! a 2xx makes a platform send it again.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chat::action::Action;
use chat::command::{self, MemberCommand};
use chat::copy::{refusal, reply::Trouble};
use chat::name::{Person, Place, Platform, Slug};
use chat::order;
use chat::post::Post;
use chat::reply::Reply;
use chat::settings::{Cards, Destination, Layout};
use chat::text::Message;
use chat::{Asking, Event, Refusal, steer};
use http::{Method, Request, Response, StatusCode, header};
use store::StoreError;
use wire::{Inbound, Visitor};

use crate::answer::{Answer, Outcome, Render, asking, chat_of, not_retired};
use crate::{Host, causes, measure};

/// A request's or an answer's body.
pub type Body = Bytes;

/// Nothing a platform sends us comes near this many bytes.
pub const MOST_BODY: usize = 1024 * 1024;

fn plain(status: StatusCode, words: &str) -> Response<Body> {
    let mut response = Response::new(Bytes::copy_from_slice(words.as_bytes()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn json(body: String) -> Response<Body> {
    let mut response = Response::new(Bytes::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

fn done() -> Response<Body> {
    Response::new(Bytes::new())
}

/// Slack and Discord wait three seconds for an answer; the way there and back takes some of them.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_000);
/// The same where Slack is called before the answer: a form is opened, a press is answered.
const CALL_WITHIN: Duration = Duration::from_millis(2_600);

/// An answer, or none in time.
type InTime = Option<Result<Answer, StoreError>>;

/// Real time, because it is a platform that waits.
async fn in_time(answer: impl Future<Output = Result<Answer, StoreError>>) -> InTime {
    tokio::time::timeout(ANSWER_WITHIN, answer).await.ok()
}

/// What is left of the time for a call that is made before the answer.
fn left(began: Instant) -> Duration {
    CALL_WITHIN.saturating_sub(began.elapsed())
}

/// What the one who asked has to know of an error of the table.
fn trouble(error: &StoreError) -> Trouble {
    match error {
        StoreError::Conflict => Trouble::Crowded,
        StoreError::TooLarge { .. } => Trouble::TooMuch,
        StoreError::Unavailable(_) | StoreError::Refused(_) => Trouble::Away,
        StoreError::Unfit(_) | StoreError::Unreadable { .. } => Trouble::Unfit,
    }
}

impl Host {
    /// Every path of every door, for a process that serves them all.
    pub async fn http(&self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path().trim_end_matches('/');
        // A stage prefix (`/prod/slack/commands`) is the gateway's, not ours.
        let door = ["/slack/", "/discord/", "/x/"].into_iter().find_map(|door| {
            path.find(door).map(|at| door.trim_matches('/').to_owned() + " " + &path[at + door.len()..])
        });
        match door.as_deref() {
            // Boxed for the stack's sake, as in `answer`.
            Some("slack commands" | "slack interactions" | "slack events") => {
                Box::pin(self.slack(request)).await
            }
            Some("discord interactions") => Box::pin(self.discord(request)).await,
            Some("x webhook") => Box::pin(self.webhook(request)).await,
            _ if path.ends_with("/health") => self.health().await,
            _ => plain(StatusCode::NOT_FOUND, "No such door."),
        }
    }

    /// Whether the table answers.
    pub async fn health(&self) -> Response<Body> {
        match self.store.all_chats().await {
            Ok(chats) => json(format!(r#"{{"ok":true,"chats":{}}}"#, chats.len())),
            Err(error) => {
                tracing::error!(error = %causes(&error), "the table does not answer");
                plain(StatusCode::SERVICE_UNAVAILABLE, "The table does not answer.")
            }
        }
    }

    /// Slack's door: slash commands, interactions, events.
    pub async fn slack(&self, request: Request<Body>) -> Response<Body> {
        let (Some(config), Some(_)) = (&self.config.slack, &self.slack) else {
            return plain(StatusCode::NOT_FOUND, "Slack is off.");
        };
        if let Some(refused) = wrong_kind(&request, &Method::POST) {
            return refused;
        }
        let (parts, body) = request.into_parts();
        let secrets: Vec<&str> = config.signing_secrets.iter().map(outbound::Secret::expose).collect();
        if let Err(error) = wire::slack::verify(&secrets, &parts.headers, &body, self.clocks.real.now()) {
            tracing::warn!(door = "slack", %error, "not believed");
            measure::refused();
            return plain(StatusCode::UNAUTHORIZED, "Not signed by Slack.");
        }
        let path = parts.uri.path().trim_end_matches('/');
        let parsed = match path.rsplit('/').next() {
            Some("commands") => wire::slack::command(&body),
            Some("interactions") => wire::slack::interaction(&body),
            Some("events") => wire::slack::event(&body),
            _ => return plain(StatusCode::NOT_FOUND, "No such door."),
        };
        match parsed {
            Ok(inbound) => self.slack_says(inbound).await,
            Err(error) => {
                tracing::warn!(door = "slack", %error, "not understood");
                plain(StatusCode::BAD_REQUEST, "That could not be read.")
            }
        }
    }

    async fn slack_says(&self, inbound: Inbound) -> Response<Body> {
        let began = Instant::now();
        let written = |reply: &Reply| wire::slack::reply(reply).map(|v| v.to_string()).unwrap_or_default();
        match inbound {
            Inbound::Challenge(words) => plain(StatusCode::OK, &words),
            Inbound::Command { id, by, place, channel_name, text, trigger, .. } => {
                let asking = asking(&by, Some(&place), Some(&channel_name), &id);
                let typed = [command::as_typed(&text)];
                let render = Render { written: &written, typed: &typed };
                let answer = in_time(self.command(asking, &text, render)).await;
                match self.heard("slack", answer, &typed) {
                    Heard::Say(Reply::Form(form)) => match self.open_form(&trigger, &form, began).await {
                        None => done(),
                        Some(sorry) => body_or_done(wire::slack::reply(&sorry)),
                    },
                    Heard::Say(reply) => body_or_done(wire::slack::reply(&reply)),
                    Heard::Again(first) if first.is_empty() => done(),
                    Heard::Again(first) => json(first),
                }
            }
            // In a modal, or in App Home: neither has a place for an answer but a modal.
            Inbound::Press { id, by, place, action, view, home, trigger, .. } if home || view.is_some() => {
                let asking = asking(&by, Some(&place), None, &id);
                let written = |reply: &Reply| as_view(wire::slack::in_modal(reply), home);
                let render = Render { written: &written, typed: &[] };
                let answer = in_time(self.pressed(asking, action, render)).await;
                let heard = self.heard("slack", answer, &[]);
                // A form that opens has changed nothing yet.
                let changes = home && !matches!(heard, Heard::Say(Reply::Form(_)));
                let shown = match heard {
                    Heard::Say(reply) => written(&reply),
                    Heard::Again(first) => first,
                };
                if changes {
                    // Nobody is the worse for a bell that was not heard but the page, which says how old it is.
                    self.home_changes(&by.person, began).await;
                }
                match view {
                    Some(view) => self.show_in_modal(&view, &shown, began).await,
                    None => self.show_over_home(trigger.as_deref(), &shown, began).await,
                }
                done()
            }
            Inbound::Press { id, by, place, action, trigger, response_url, .. } => {
                let asking = asking(&by, Some(&place), None, &id);
                let render = Render { written: &written, typed: &[] };
                let answer = in_time(self.pressed(asking, action, render)).await;
                match self.heard("slack", answer, &[]) {
                    Heard::Say(Reply::Form(form)) => {
                        let sorry =
                            self.open_form(trigger.as_deref().unwrap_or_default(), &form, began).await;
                        if let (Some(sorry), Some(url)) = (sorry, &response_url) {
                            self.respond(url, written(&sorry), began).await;
                        }
                    }
                    Heard::Say(reply) => {
                        // Slack ignores the body of an answer to a press; only this address is read.
                        if let Some(url) = &response_url {
                            self.respond(url, written(&reply), began).await;
                        }
                    }
                    Heard::Again(first) => {
                        if let Some(url) = &response_url {
                            self.respond(url, first, began).await;
                        }
                    }
                }
                done()
            }
            Inbound::Submit { id, by, place, action, values, home, .. } => {
                let asking = asking(&by, place.as_ref(), None, &id);
                let written = |reply: &Reply| as_view(wire::slack::submitted(reply), home);
                let typed: Vec<String> = values.values().cloned().collect();
                let values: Vec<(String, String)> = values.into_iter().collect();
                let render = Render { written: &written, typed: &typed };
                let answer = in_time(self.submitted(asking, action, values, render)).await;
                let said = match self.heard("slack", answer, &typed) {
                    Heard::Say(reply) => written(&reply),
                    Heard::Again(first) => first,
                };
                if home {
                    self.home_changes(&by.person, began).await;
                }
                if said.is_empty() { done() } else { json(said) }
            }
            // Where nobody heard of it Slack sends it again, thrice.
            Inbound::HomeOpened { by } => match self.home_changes(&by, began).await {
                true => done(),
                false => plain(StatusCode::SERVICE_UNAVAILABLE, "Please send that again."),
            },
            Inbound::MessagesOpened => done(),
            Inbound::Ignored { kind } => {
                tracing::info!(door = "slack", kind, "nothing is done about this");
                measure::unheard();
                done()
            }
            Inbound::SslCheck | Inbound::Ping | Inbound::Member { .. } => done(),
        }
    }

    /// Opens a modal while its trigger lives. The words are what is said where that failed.
    async fn open_form(&self, trigger: &str, form: &chat::text::Form, began: Instant) -> Option<Reply> {
        let slack = self.slack.as_ref()?;
        let view = wire::slack::view(form).to_string();
        match tokio::time::timeout(left(began), slack.open_view(trigger, &view)).await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => tracing::warn!(%error, "a form did not open"),
            Err(_) => tracing::warn!(after = ?CALL_WITHIN, "a form did not open"),
        }
        Some(chat::copy::reply::form_closed())
    }

    /// The answer to a press in a modal goes where it was pressed.
    async fn show_in_modal(&self, id: &str, view: &str, began: Instant) {
        if view.is_empty() {
            return;
        }
        let Some(slack) = &self.slack else { return };
        // Somebody who closed it in that second loses the words; what they did is done.
        match tokio::time::timeout(left(began), slack.update_view(id, view)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a form did not change"),
            Err(_) => tracing::warn!(after = ?CALL_WITHIN, "a form did not change"),
        }
    }

    /// The answer to a press in App Home, which has no place for it, opens above it.
    async fn show_over_home(&self, trigger: Option<&str>, view: &str, began: Instant) {
        if view.is_empty() {
            return;
        }
        let (Some(slack), Some(trigger)) = (&self.slack, trigger) else { return };
        // What was pressed is done and written down, and the home shows it.
        match tokio::time::timeout(left(began), slack.open_view(trigger, view)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "an answer did not open above a home"),
            Err(_) => tracing::warn!(after = ?CALL_WITHIN, "an answer did not open above a home"),
        }
    }

    /// Somebody opened their App Home, or did something in it: rings for it. Whether that was heard.
    async fn home_changes(&self, by: &Person, began: Instant) -> bool {
        match tokio::time::timeout(left(began), self.home_soon(by)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::warn!(%error, "a home is shown anew when it is opened again"),
            Err(_) => tracing::warn!(after = ?CALL_WITHIN, "a home is shown anew when it is opened again"),
        }
        false
    }

    async fn respond(&self, url: &str, payload: String, began: Instant) {
        if payload.is_empty() {
            return;
        }
        let Some(slack) = &self.slack else { return };
        // What was pressed is done and written down; pressed again, it gets the same answer.
        match tokio::time::timeout(left(began), slack.respond(url, &payload)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "an answer to a press was not taken"),
            Err(_) => tracing::warn!(after = ?CALL_WITHIN, "an answer to a press was not taken"),
        }
    }

    /// Discord's door.
    pub async fn discord(&self, request: Request<Body>) -> Response<Body> {
        let Some(config) = &self.config.discord else {
            return plain(StatusCode::NOT_FOUND, "Discord is off.");
        };
        if let Some(refused) = wrong_kind(&request, &Method::POST) {
            return refused;
        }
        let (parts, body) = request.into_parts();
        let keys: Vec<&str> = config.public_keys.iter().map(String::as_str).collect();
        if let Err(error) = wire::discord::verify(&keys, &parts.headers, &body, self.clocks.real.now()) {
            tracing::warn!(door = "discord", %error, "not believed");
            measure::refused();
            return plain(StatusCode::UNAUTHORIZED, "Not signed by Discord.");
        }
        let inbound = match wire::discord::interaction(&body) {
            Ok(inbound) => inbound,
            Err(error) => {
                tracing::warn!(door = "discord", %error, "not understood");
                return plain(StatusCode::BAD_REQUEST, "That could not be read.");
            }
        };
        let written = |reply: &Reply| wire::discord::reply(reply).to_string();
        let typed: Vec<String> = match &inbound {
            Inbound::Submit { values, .. } => values.values().cloned().collect(),
            Inbound::Member { command: MemberCommand::Suggest { text: Some(text) }, .. } => {
                vec![text.clone()]
            }
            _ => Vec::new(),
        };
        let render = Render { written: &written, typed: &typed };
        let answer = match inbound {
            Inbound::Ping => return json(wire::discord::pong().to_string()),
            Inbound::Member { id, by, place, place_name, command, .. } => {
                let asking = asking(&by, Some(&place), place_name.as_deref(), &id);
                in_time(self.member(&by, &place, asking, command, render)).await
            }
            Inbound::Press { id, by, place, action, .. } => {
                in_time(self.pressed(asking(&by, Some(&place), None, &id), action, render)).await
            }
            Inbound::Submit { id, by, place, action, values, .. } => {
                let asking = asking(&by, place.as_ref(), None, &id);
                in_time(self.submitted(asking, action, values.into_iter().collect(), render)).await
            }
            Inbound::Ignored { kind } => {
                tracing::info!(door = "discord", kind, "nothing is done about this");
                measure::unheard();
                return json(match kind.as_str() {
                    "autocomplete" => wire::discord::no_choices().to_string(),
                    "command" => written(&chat::copy::reply::unknown_command()),
                    _ => written(&chat::copy::reply::unknown_button()),
                });
            }
            Inbound::Challenge(_)
            | Inbound::SslCheck
            | Inbound::Command { .. }
            | Inbound::HomeOpened { .. }
            | Inbound::MessagesOpened => return done(),
        };
        match self.heard("discord", answer, &typed) {
            Heard::Say(reply) => json(wire::discord::reply(&reply).to_string()),
            Heard::Again(first) => json(first),
        }
    }

    /// A member's command. The channel chooses the chat; in a server that has one chat, any channel.
    async fn member(
        &self,
        by: &Visitor,
        place: &Place,
        asking: Asking,
        command: MemberCommand,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        if let MemberCommand::Connect { code } = &command {
            return self.connect_discord(by, place, &asking, code, render).await;
        }
        let lines = self.store.all_chats().await?;
        let here = not_retired(self.store.chats_at(place).await?, &lines);
        let on: Vec<&store::ChatLine> = lines.iter().filter(|line| !line.retired).collect();
        let slug = match (here.as_slice(), on.as_slice()) {
            ([one], _) => one.clone(),
            ([], [one]) => one.slug.clone(),
            ([], all) => {
                let names: Vec<String> = all.iter().map(|line| format!("#{}", line.hashtag)).collect();
                return Ok(Answer::No(refusal::no_chat_in_discord(&names).into()));
            }
            ([_, _, ..], _) => return self.member_choice(&asking, &command, &here, render).await,
        };
        let event = Event::Membered(asking.clone(), command);
        self.answer(&slug, &event, &asking, render).await
    }

    /// Several chats live in this channel. Joining, leaving and suggestions are offered for each; dates and questions of
    /// all are shown, each under its name, for nobody is harmed by reading more.
    async fn member_choice(
        &self,
        asking: &Asking,
        command: &MemberCommand,
        here: &[Slug],
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        let lines = self.store.all_chats().await?;
        let here = lines.into_iter().filter(|line| here.contains(&line.slug)).take(5);
        if let MemberCommand::MyData { token, .. } = command {
            // Of all of them in one file: one reply has one end.
            let chats: Vec<Slug> = here.map(|line| line.slug).collect();
            let Some(first) = chats.first().cloned() else {
                return Ok(self.refusal(None, &Refusal::Expired).await);
            };
            let command = MemberCommand::MyData { token: token.clone(), chats };
            let event = Event::Membered(asking.clone(), command);
            return self.answer(&first, &event, asking, render).await;
        }
        if let MemberCommand::Suggest { text } = command {
            return self.suggest_where(asking, text.as_deref(), here.collect()).await;
        }
        let mut message = Message::default();
        for line in here {
            let button = match command {
                MemberCommand::Join => Some(("Join", Action::Join(line.slug.clone()))),
                MemberCommand::Leave => Some(("Leave", Action::Leave(line.slug.clone()))),
                // Two lists would have two buttons "1: vote".
                MemberCommand::Suggestions => {
                    Some(("Suggestions for", Action::Suggestions(line.slug.clone(), 0)))
                }
                _ => None,
            };
            if let Some((label, action)) = button {
                message = message.button(format!("{label} #{}", line.hashtag), action);
                continue;
            }
            let event = Event::Membered(asking.clone(), command.clone());
            if let Outcome::Done(decision) = self.run_asked(&line.slug, &event, None).await?
                && let Some(Reply::Said(one)) = decision.reply
            {
                let before = std::mem::take(&mut message.text);
                let before = if before.is_empty() { before } else { before.line().line() };
                message.text = before.bold(format!("#{}", line.hashtag)).line().then(one.text);
                message.buttons.extend(one.buttons);
            }
        }
        if message.text.is_empty() {
            message.text = chat::copy::reply::which_one();
        }
        Ok(Answer::Say(Reply::Said(message)))
    }

    async fn connect_discord(
        &self,
        by: &Visitor,
        place: &Place,
        asking: &Asking,
        code: &str,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        if !by.manages_channels {
            return Ok(self.refusal(None, &Refusal::NeedsManageChannels).await);
        }
        let code = code.trim().to_ascii_uppercase();
        let Some((slug, _)) = self.store.code(&code, self.clocks.chat.now()).await? else {
            return Ok(self.refusal(None, &Refusal::BadCode).await);
        };
        let to = Destination {
            place: place.clone(),
            name: asking.place_name.clone().unwrap_or_else(|| place.channel.clone()),
            layout: Layout::usual(Platform::Discord),
            role: None,
            cards: Cards::Full,
        };
        let event = Event::Connected(asking.clone(), to);
        self.answer(&slug, &event, asking, render).await
    }

    /// A button, on any platform.
    async fn pressed(
        &self,
        asking: Asking,
        action: Action,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        match (&action, chat_of(&action)) {
            // A button where operators are told that they may.
            (Action::New, _) => self.new_form(&asking).await,
            (Action::Choose(slug, id), _) => {
                let (slug, id) = (slug.clone(), id.clone());
                self.chosen(asking, &slug, &id, render).await
            }
            (_, Some(slug)) => {
                let event = Event::Pressed(asking.clone(), action);
                self.answer(&slug, &event, &asking, render).await
            }
            (_, None) => Ok(self.refusal(None, &Refusal::Expired).await),
        }
    }

    /// A form, on any platform.
    async fn submitted(
        &self,
        asking: Asking,
        action: Action,
        values: Vec<(String, String)>,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        match (&action, chat_of(&action)) {
            (Action::New, _) => match steer::new_of_form(&values) {
                // When and where are understood by now: what is refused is the hashtag, and the form stays
                // open with what was typed in it.
                Ok(new) => Ok(match self.create(&asking, &new, render).await? {
                    Answer::No(refused) => {
                        Answer::Say(Reply::Mend(vec![("hashtag".to_owned(), refused.text.words())]))
                    }
                    answer => answer,
                }),
                Err(complaints) => Ok(Answer::Say(Reply::Mend(complaints))),
            },
            (_, Some(slug)) => {
                let event = Event::Submitted(asking.clone(), action, values);
                self.answer(&slug, &event, &asking, render).await
            }
            (_, None) => Ok(self.refusal(None, &Refusal::Expired).await),
        }
    }

    /// What is answered, whatever it came to. Where nothing was done, what was `typed` is given back.
    fn heard(&self, door: &'static str, answer: InTime, typed: &[String]) -> Heard {
        let refused = match answer {
            Some(Ok(Answer::Say(reply))) => return Heard::Say(reply),
            Some(Ok(Answer::Again(first))) => return Heard::Again(first),
            Some(Ok(Answer::No(refused))) => refused,
            Some(Err(error)) => {
                tracing::error!(door, error = causes(&error), "could not answer");
                chat::copy::reply::trouble(trouble(&error))
            }
            None => {
                tracing::error!(door, after = ?ANSWER_WITHIN, "no answer in time");
                chat::copy::reply::trouble(Trouble::Slow)
            }
        };
        Heard::Say(Reply::Said(refusal::giving_back(refused, typed)))
    }

    /// X's door: the challenge (GET) and signed posts (POST).
    pub async fn webhook(&self, request: Request<Body>) -> Response<Body> {
        let Some(config) = &self.config.x else {
            return plain(StatusCode::NOT_FOUND, "X is off.");
        };
        if request.method() == Method::GET {
            return challenge(config.consumer_secrets.first(), &request);
        }
        if let Some(refused) = wrong_kind(&request, &Method::POST) {
            return refused;
        }
        let (parts, body) = request.into_parts();
        let secrets: Vec<&str> = config.consumer_secrets.iter().map(outbound::Secret::expose).collect();
        if let Err(error) = wire::x::verify(&secrets, &parts.headers, &body) {
            tracing::warn!(door = "x", %error, "not believed");
            measure::refused();
            return plain(StatusCode::UNAUTHORIZED, "Not signed by X.");
        }
        let inbound = match wire::x::activity(&body) {
            Ok(inbound) => inbound,
            Err(error) => {
                tracing::warn!(door = "x", %error, "not understood");
                return plain(StatusCode::BAD_REQUEST, "That could not be read.");
            }
        };
        for kind in &inbound.ignored {
            tracing::info!(door = "x", kind, "nothing is done about this");
            measure::unheard();
        }
        for error in &inbound.malformed {
            tracing::warn!(door = "x", %error, "one of several was not understood");
        }
        let mut again = false;
        for post in inbound.posts {
            let chats = match self.post(&post).await {
                Ok(chats) => chats,
                Err(error) => {
                    let post = post.id.to_string();
                    tracing::error!(door = "x", post, error = causes(&error), "not taken");
                    // One that can never be taken is left behind; those behind it are not.
                    again |= helps_again(&error);
                    continue;
                }
            };
            // Paid for when it was given; noted once it was taken, so that no search passes over it before.
            self.given(&post.version, chats.first()).await;
        }
        // After the posts: a body that brings a post and its end leaves nothing behind.
        for post in &inbound.removed {
            if let Err(error) = self.removed(post).await {
                tracing::error!(door = "x", %post, error = causes(&error), "not removed");
                again |= helps_again(&error);
            }
        }
        if again {
            // X sends it again; what was taken is known by its name.
            return plain(StatusCode::SERVICE_UNAVAILABLE, "Please send that again.");
        }
        done()
    }

    /// A post from a source network: one event for each chat it belongs to, by its hashtags or by what
    /// it replies to. Gives those chats.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the same post can be given again.
    pub async fn post(&self, post: &Post) -> Result<Vec<Slug>, StoreError> {
        let mut slugs = self.store.chats_by_tag(&post.hashtags).await?;
        if let Some(parent) = &post.replies_to {
            if let Some(ours) = self.store.external(post.id.source, parent).await? {
                slugs.push(ours.slug);
            }
            let id = chat::name::PostId { source: post.id.source, id: parent.clone() };
            let id = self.store.first_of(&id).await?;
            slugs.extend(self.store.filed_any(&id).await?.into_iter().map(|filed| filed.episode.chat));
        }
        if post.versions.len() > 1 {
            // An edit may have lost the hashtag; what was mirrored of it is edited all the same.
            slugs.extend(self.store.filed_any(&post.id).await?.into_iter().map(|filed| filed.episode.chat));
        }
        order::sort(&mut slugs);
        slugs.dedup();
        for slug in &slugs {
            let outcome = self.run(slug, &Event::Posted(post.clone())).await?;
            if let Outcome::Done(decision) = &outcome {
                tracing::info!(chat = %slug, post = %post.id, rooms = decision.effects.len(), "a post");
            }
            if let Outcome::Done(decision) = &outcome
                && !decision.effects.is_empty()
            {
                self.tell(|| format!("{} posted on {}", post.author.name, post.id.source));
                self.watch_author(post).await;
            }
        }
        Ok(slugs)
    }
}

/// Whether the same post may be taken when it comes again.
pub(crate) fn helps_again(error: &StoreError) -> bool {
    match error {
        StoreError::Conflict | StoreError::Unavailable(_) | StoreError::Refused(_) => true,
        StoreError::TooLarge { .. } | StoreError::Unfit(_) | StoreError::Unreadable { .. } => false,
    }
}

/// An answer as a door gives it.
enum Heard {
    Say(Reply),
    /// The same as the first time, as it was written down.
    Again(String),
}

fn challenge(secret: Option<&outbound::Secret>, request: &Request<Body>) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default();
    let token = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "crc_token");
    let answer = match (secret, token) {
        (Some(secret), Some((_, token))) => wire::x::challenge(secret.expose(), &token).ok(),
        _ => None,
    };
    match answer {
        Some(answer) => json(answer),
        None => {
            tracing::warn!(door = "x", error = "a challenge that X would not send", "not believed");
            measure::refused();
            plain(StatusCode::BAD_REQUEST, "Not a challenge.")
        }
    }
}

fn wrong_kind(request: &Request<Body>, method: &Method) -> Option<Response<Body>> {
    if request.method() != method {
        return Some(plain(StatusCode::METHOD_NOT_ALLOWED, "This door takes POST."));
    }
    if request.body().len() > MOST_BODY {
        return Some(plain(StatusCode::PAYLOAD_TOO_LARGE, "More than a megabyte is more than I read."));
    }
    None
}

/// A view, or an answer with one in it, as it is written; of App Home's it is known where it came from.
fn as_view(body: Option<serde_json::Value>, home: bool) -> String {
    let body = body.map(|body| if home { wire::slack::from_home(body) } else { body });
    body.map(|body| body.to_string()).unwrap_or_default()
}

fn body_or_done(body: Option<serde_json::Value>) -> Response<Body> {
    body.map_or_else(done, |value| json(value.to_string()))
}

//! The doors: signed HTTP in, an answer out, each within its platform's three seconds.
//!
//! Whatever comes is verified over its raw bytes first: a wrong, missing or stale signature gets 401,
//! one log line, and changes nothing. What is valid but of no use is acknowledged, because anything but
//! a 2xx makes a platform send it again.

use bytes::Bytes;
use chat::action::Action;
use chat::command::{self, MemberCommand};
use chat::copy::refusal;
use chat::name::{Place, Platform, Slug};
use chat::post::Post;
use chat::reply::Reply;
use chat::settings::{Destination, Layout};
use chat::text::Message;
use chat::{Asking, Event, Refusal, steer};
use http::{Method, Request, Response, StatusCode, header};
use store::StoreError;
use wire::{Inbound, Visitor};

use crate::Host;
use crate::answer::{Answer, Outcome, asking, chat_of, not_retired};

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

/// What the one who asked reads when the table cannot be reached. Nothing was changed, or it is not
/// known; either way a second try is safe.
fn out_of_reach() -> Message {
    Message::new("I can't reach my notebook at the moment. Please try that again in a minute.".into())
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
                tracing::error!(%error, "the table does not answer");
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
        let written = |reply: &Reply| wire::slack::reply(reply).map(|v| v.to_string()).unwrap_or_default();
        match inbound {
            Inbound::Challenge(words) => plain(StatusCode::OK, &words),
            Inbound::Command { id, by, place, channel_name, text, trigger, .. } => {
                let asking = asking(&by, Some(&place), Some(&channel_name), &id);
                let answer = self.command(asking, &text, &written).await;
                match self.heard("slack", answer, &[command::as_typed(&text)]) {
                    Heard::Say(Reply::Form(form)) => match self.open_form(&trigger, &form).await {
                        None => done(),
                        Some(sorry) => body_or_done(wire::slack::reply(&sorry)),
                    },
                    Heard::Say(reply) => body_or_done(wire::slack::reply(&reply)),
                    Heard::Again(first) if first.is_empty() => done(),
                    Heard::Again(first) => json(first),
                }
            }
            Inbound::Press { id, by, place, action, view: Some(view), .. } => {
                let asking = asking(&by, Some(&place), None, &id);
                let written =
                    |reply: &Reply| wire::slack::in_modal(reply).map(|v| v.to_string()).unwrap_or_default();
                let answer = self.pressed(asking, action, &written).await;
                let shown = match self.heard("slack", answer, &[]) {
                    Heard::Say(reply) => written(&reply),
                    Heard::Again(first) => first,
                };
                self.show_in_modal(&view, &shown).await;
                done()
            }
            Inbound::Press { id, by, place, action, trigger, response_url, .. } => {
                let asking = asking(&by, Some(&place), None, &id);
                let answer = self.pressed(asking, action, &written).await;
                match self.heard("slack", answer, &[]) {
                    Heard::Say(Reply::Form(form)) => {
                        let sorry = self.open_form(trigger.as_deref().unwrap_or_default(), &form).await;
                        if let (Some(sorry), Some(url)) = (sorry, &response_url) {
                            self.respond(url, written(&sorry)).await;
                        }
                    }
                    Heard::Say(reply) => {
                        // Slack ignores the body of an answer to a press; only this address is read.
                        if let Some(url) = &response_url {
                            self.respond(url, written(&reply)).await;
                        }
                    }
                    Heard::Again(first) => {
                        if let Some(url) = &response_url {
                            self.respond(url, first).await;
                        }
                    }
                }
                done()
            }
            Inbound::Submit { id, by, place, action, values, .. } => {
                let asking = asking(&by, place.as_ref(), None, &id);
                let written =
                    |reply: &Reply| wire::slack::submitted(reply).map(|v| v.to_string()).unwrap_or_default();
                let typed: Vec<String> = values.values().cloned().collect();
                let values: Vec<(String, String)> = values.into_iter().collect();
                let answer = self.submitted(asking, action, values, &written).await;
                match self.heard("slack", answer, &typed) {
                    Heard::Say(reply) => body_or_done(wire::slack::submitted(&reply)),
                    Heard::Again(first) if first.is_empty() => done(),
                    Heard::Again(first) => json(first),
                }
            }
            Inbound::Ignored { kind } => {
                tracing::info!(door = "slack", kind, "nothing is done about this");
                done()
            }
            Inbound::SslCheck | Inbound::Ping | Inbound::Member { .. } => done(),
        }
    }

    /// Opens a modal while its trigger lives. The words are what is said where that failed.
    async fn open_form(&self, trigger: &str, form: &chat::text::Form) -> Option<Reply> {
        let slack = self.slack.as_ref()?;
        let view = wire::slack::view(form).to_string();
        match slack.open_view(trigger, &view).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(%error, "a form did not open");
                Some(chat::copy::reply::only("Slack did not open the form in time. Please try once more."))
            }
        }
    }

    /// The answer to a press in a modal goes where it was pressed.
    async fn show_in_modal(&self, id: &str, view: &str) {
        if view.is_empty() {
            return;
        }
        let Some(slack) = &self.slack else { return };
        // Somebody who closed it in that second loses the words; what they did is done.
        if let Err(error) = slack.update_view(id, view).await {
            tracing::warn!(%error, "a form did not change");
        }
    }

    async fn respond(&self, url: &str, payload: String) {
        if payload.is_empty() {
            return;
        }
        let Some(slack) = &self.slack else { return };
        if let Err(error) = slack.respond(url, &payload).await {
            tracing::warn!(%error, "an answer to a press was not taken");
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
        let mut typed = Vec::new();
        let answer = match inbound {
            Inbound::Ping => return json(wire::discord::pong().to_string()),
            Inbound::Member { id, by, place, place_name, command, .. } => {
                let asking = asking(&by, Some(&place), place_name.as_deref(), &id);
                self.member(&by, &place, asking, command, &written).await
            }
            Inbound::Press { id, by, place, action, .. } => {
                self.pressed(asking(&by, Some(&place), None, &id), action, &written).await
            }
            Inbound::Submit { id, by, place, action, values, .. } => {
                let asking = asking(&by, place.as_ref(), None, &id);
                typed.extend(values.values().cloned());
                self.submitted(asking, action, values.into_iter().collect(), &written).await
            }
            Inbound::Ignored { kind } => {
                tracing::info!(door = "discord", kind, "nothing is done about this");
                Ok(Answer::Say(chat::copy::reply::only("That button has no meaning any more.")))
            }
            Inbound::Challenge(_) | Inbound::SslCheck | Inbound::Command { .. } => return done(),
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
        render: crate::answer::Render<'_>,
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
            ([_, _, ..], _) => return self.member_choice(&asking, &command, &here).await,
        };
        let event = Event::Membered(asking.clone(), command);
        self.answer(&slug, &event, &asking, render).await
    }

    /// Several chats live in this channel. Joining is offered for each; dates and questions of all are
    /// shown, for nobody is harmed by reading more.
    async fn member_choice(
        &self,
        asking: &Asking,
        command: &MemberCommand,
        here: &[Slug],
    ) -> Result<Answer, StoreError> {
        let mut message = Message::default();
        if matches!(command, MemberCommand::Join) {
            let lines = self.store.all_chats().await?;
            for line in lines.iter().filter(|line| here.contains(&line.slug)).take(5) {
                let action = Action::Join(line.slug.clone());
                message = message.button(format!("Join #{}", line.hashtag), action);
            }
        }
        for slug in here.iter().take(5).filter(|_| !matches!(command, MemberCommand::Join)) {
            let event = Event::Membered(asking.clone(), command.clone());
            if let Outcome::Done(decision) = self.run(slug, &event, None).await?
                && let Some(Reply::Said(one)) = decision.reply
            {
                let text = std::mem::take(&mut message.text);
                message.text = if text.is_empty() { one.text } else { text.line().then(one.text) };
                message.buttons.extend(one.buttons);
            }
        }
        if message.text.is_empty() {
            message.text = "Which one?".into();
        }
        Ok(Answer::Say(Reply::Said(message)))
    }

    async fn connect_discord(
        &self,
        by: &Visitor,
        place: &Place,
        asking: &Asking,
        code: &str,
        render: crate::answer::Render<'_>,
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
        };
        let event = Event::Connected(asking.clone(), to);
        self.answer(&slug, &event, asking, render).await
    }

    /// A button, on any platform.
    async fn pressed(
        &self,
        asking: Asking,
        action: Action,
        render: crate::answer::Render<'_>,
    ) -> Result<Answer, StoreError> {
        match (&action, chat_of(&action)) {
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
        render: crate::answer::Render<'_>,
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
    fn heard(&self, door: &'static str, answer: Result<Answer, StoreError>, typed: &[String]) -> Heard {
        let refused = match answer {
            Ok(Answer::Say(reply)) => return Heard::Say(reply),
            Ok(Answer::Again(first)) => return Heard::Again(first),
            Ok(Answer::No(refused)) => refused,
            Err(error) => {
                tracing::error!(door, error = &error as &dyn std::error::Error, "could not answer");
                out_of_reach()
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
        }
        for post in inbound.posts {
            if let Err(error) = self.post(&post).await {
                // X sends it again; what was taken before the failure is known by its name.
                let post = post.id.to_string();
                tracing::error!(door = "x", post, error = &error as &dyn std::error::Error, "not taken");
                return plain(StatusCode::SERVICE_UNAVAILABLE, "Please send that again.");
            }
        }
        done()
    }

    /// A post from a source network: one event for each chat it belongs to, by its hashtags or by what
    /// it replies to.
    ///
    /// # Errors
    /// Where the table cannot be read or written; the same post can be given again.
    pub async fn post(&self, post: &Post) -> Result<(), StoreError> {
        let mut slugs = self.store.chats_by_tag(&post.hashtags).await?;
        if let Some(parent) = &post.replies_to {
            if let Some(ours) = self.store.external(post.id.source, parent).await? {
                slugs.push(ours.slug);
            }
            let id = chat::name::PostId { source: post.id.source, id: parent.clone() };
            slugs.extend(self.store.filed_any(&id).await?.into_iter().map(|filed| filed.episode.chat));
        }
        slugs.sort();
        slugs.dedup();
        for slug in slugs {
            let outcome = self.run(&slug, &Event::Posted(post.clone()), None).await?;
            if let Outcome::Done(decision) = &outcome
                && !decision.effects.is_empty()
            {
                self.tell(|| format!("{} posted on {}", post.author.name, post.id.source));
            }
        }
        Ok(())
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
            tracing::warn!(door = "x", "a challenge that X would not send");
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

fn body_or_done(body: Option<serde_json::Value>) -> Response<Body> {
    body.map_or_else(done, |value| json(value.to_string()))
}

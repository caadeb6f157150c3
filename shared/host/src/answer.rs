//! Load, decide, commit: what every event goes through, and the answer to the one who asked.

use std::collections::HashMap;

use chat::action::Action;
use chat::command::{self, Command, Who};
use chat::copy::{misread::misread, refusal};
use chat::name::{EpisodeId, Person, Place, Platform, PostId, Slug};
use chat::post::Post;
use chat::reply::Reply;
use chat::settings::Settings;
use chat::text::Message;
use chat::{Asking, Change, Chat, Decision, Event, Kept, Refusal, Seen, Voices, steer};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use store::{ChatLine, Commit, Committed, Loaded, NewDelivery, Request, Spoke, Standing, StoreError};
use wire::Visitor;

use crate::Host;
use crate::admit::still_letting_in;
use crate::catchup::still_catching_up;
use crate::rehearsed::concerns_rehearsals;

/// A delivery whose moment is further off than this is expected then, and not now.
const LONG: TimeDelta = TimeDelta::seconds(5);
/// A tick comes within this time.
const SHORTLY: TimeDelta = TimeDelta::seconds(70);
/// How often a decision is made anew when somebody wrote in between.
const TRIES: u32 = 8;

/// Lets others finish first: a few milliseconds, more each time, and not the same for everybody who came
/// at once. Real time, for it is the table that is waited for.
async fn pause(tries: u32) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static TURNS: AtomicU64 = AtomicU64::new(0);
    // Spread by the golden ratio: whoever comes next waits differently from whoever came before.
    let turn = TURNS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    let most = 4 << tries.min(5);
    tokio::time::sleep(std::time::Duration::from_millis(1 + turn * most / 256)).await;
}

/// What an event came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Decided and written down.
    Done(Decision),
    /// Refused: why, for a person to read, with what they typed.
    Refused(Message),
    /// It had been done before; this was the first answer.
    Before(String),
    /// The chat is not there.
    NoChat,
}

/// How an answer to a request is written down, to be given again if the request is repeated.
#[derive(Clone, Copy)]
pub(crate) struct Render<'a> {
    /// In its platform's own form.
    pub(crate) written: &'a (dyn Fn(&Reply) -> String + Sync),
    /// What the one who asks typed, to be given back where it is refused.
    pub(crate) typed: &'a [String],
}

type Deciding = fn(&Chat, &Event, &[String], DateTime<Utc>) -> (Decision, Option<Message>);
type Looking<'a> = BoxFuture<'a, Result<Seen, StoreError>>;

/// The way of an event: what it looks up, and by which rules it is decided. There are two, chosen by whoever runs the
/// event, so that a Lambda behind a queue holds none of what answers people: a function is fetched before it starts,
/// and the commands are a tenth of it.
pub(crate) struct Way {
    see: for<'a> fn(&'a Host, &'a Loaded, &'a Event) -> Looking<'a>,
    /// What follows; where that is a refusal, also its words.
    decide: Deciding,
}

/// Nobody asked: a cue, a post, a removal, a plan.
static UNASKED: Way = Way {
    see: |host, loaded, event| Box::pin(host.seen(loaded, event)),
    decide: |chat, event, _, now| (chat::decide_unasked(chat, event, now), None),
};

/// Somebody waits for an answer: a command, a button, a form.
static ASKED: Way = Way {
    see: |host, loaded, event| Box::pin(host.seen_asked(loaded, event)),
    decide: |chat, event, typed, now| match chat::decide_asked(chat, event, now) {
        Ok(decision) => (decision, None),
        Err(refused) => {
            let words = refusal::refusal(&refused, Some(&chat.settings), now);
            let typed = if refused.is_final() { &[][..] } else { typed };
            let words: Message = refusal::giving_back(words.into(), typed);
            (Decision { reply: Some(Reply::Said(words.clone())), ..Decision::default() }, Some(words))
        }
    },
};

impl Host {
    /// Runs one event of a chat that nobody asked for: load, decide, commit, ring. Repeats when somebody wrote in
    /// between.
    ///
    /// Boxed, like [`Host::commit`]: the SDK's futures are large, and nested in every caller they would
    /// not fit a thread's stack.
    pub(crate) fn run<'a>(
        &'a self,
        slug: &'a Slug,
        event: &'a Event,
    ) -> BoxFuture<'a, Result<Outcome, StoreError>> {
        Box::pin(self.try_run(&UNASKED, slug, event, None))
    }

    /// The same of one that somebody asked for, under the name of the request, if its answer is kept.
    pub(crate) fn run_asked<'a>(
        &'a self,
        slug: &'a Slug,
        event: &'a Event,
        request: Option<(&'a Asking, Render<'a>)>,
    ) -> BoxFuture<'a, Result<Outcome, StoreError>> {
        Box::pin(self.try_run(&ASKED, slug, event, request))
    }

    async fn try_run(
        &self,
        way: &'static Way,
        slug: &Slug,
        event: &Event,
        request: Option<(&Asking, Render<'_>)>,
    ) -> Result<Outcome, StoreError> {
        let mut tries = 0;
        let _turn = self.turns.wait(slug, event).await;
        loop {
            tries += 1;
            let now = self.clocks.chat.now();
            let Some(loaded) = self.store.load(slug, now).await? else {
                return Ok(Outcome::NoChat);
            };
            let deployment = self.deployment(&loaded.settings.workspace);
            let seen = (way.see)(self, &loaded, event).await?;
            let Loaded { settings, episodes, cues, .. } = loaded;
            let chat = Chat { settings, episodes, cues, deployment, seen };
            let typed = request.map_or(&[][..], |(_, render)| render.typed);
            let (decision, why) = (way.decide)(&chat, event, typed, now);
            match self.write(slug, &decision, request, why.is_some()).await {
                Ok(Committed::Done { .. }) if why.is_some() => {
                    return Ok(Outcome::Refused(why.unwrap_or_default()));
                }
                Ok(Committed::Done { new }) => {
                    // What a cue says is sent by the one who fires it, on its second.
                    if !matches!(event, Event::CueDue(..)) {
                        self.ring_at(&new, &token(slug, &decision, self.clocks.real.now())).await;
                        self.show_soon(&chat.settings, &chat.episodes, &decision).await;
                    }
                    return Ok(Outcome::Done(decision));
                }
                Ok(Committed::Repeat(first)) => return Ok(Outcome::Before(first)),
                Err(StoreError::Conflict) if tries < TRIES => pause(tries).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a decision down, then rings for what it leads to. Every delivery stands in the table
    /// before anything is rung, so a bell that is lost costs only time.
    pub(crate) async fn commit(
        &self,
        slug: &Slug,
        decision: &Decision,
        request: Option<(&Asking, Render<'_>)>,
    ) -> Result<Committed, StoreError> {
        let committed = self.write(slug, decision, request, false).await?;
        if let Committed::Done { new } = &committed {
            self.ring_at(new, &token(slug, decision, self.clocks.real.now())).await;
        }
        Ok(committed)
    }

    /// Writes a decision down, and hands out the cues that are near. Of a refusal (`refused`) only the
    /// answer is kept: what was refused once must not act when it is repeated later.
    fn write<'a>(
        &'a self,
        slug: &'a Slug,
        decision: &'a Decision,
        request: Option<(&'a Asking, Render<'a>)>,
        refused: bool,
    ) -> BoxFuture<'a, Result<Committed, StoreError>> {
        Box::pin(self.write_down(slug, decision, request, refused))
    }

    async fn write_down(
        &self,
        slug: &Slug,
        decision: &Decision,
        request: Option<(&Asking, Render<'_>)>,
        refused: bool,
    ) -> Result<Committed, StoreError> {
        let real = self.clocks.real.now();
        if decision.changes.is_empty() && decision.effects.is_empty() && !(refused && request.is_some()) {
            // What was done already looks like nothing to do, and what is shown may have changed: a
            // repeat gets the first answer all the same.
            if let Some((asking, _)) = request
                && let Some(first) = self.store.request(&asking.by, &asking.key, real).await?
            {
                return Ok(Committed::Repeat(first));
            }
            return Ok(Committed::Done { new: Vec::new() });
        }
        let written = |render: Render<'_>| decision.reply.as_ref().map(render.written).unwrap_or_default();
        let request = request.map(|(asking, render)| Request {
            by: asking.by.clone(),
            key: asking.key.clone(),
            reply: written(render),
        });
        let deliveries =
            decision.effects.iter().map(|d| self.waits(crate::send::prepared(d.clone()), real)).collect();
        let token = token(slug, decision, real);
        let commit = Commit {
            changes: decision.changes.clone(),
            deliveries,
            happened: decision.happened.clone(),
            request,
            real_now: real,
            token,
        };
        let committed = self.store.commit(slug, commit).await?;
        if matches!(committed, Committed::Done { .. }) {
            self.hand_out(slug, decision).await;
        }
        Ok(committed)
    }

    /// What waits long for its own moment is looked after by the sweep from then on only, and not each minute
    /// until then. A cue's half second is none of that.
    fn waits(&self, mut new: NewDelivery, real: DateTime<Utc>) -> NewDelivery {
        let moment = new.delivery.not_before.map(|at| self.clocks.chat.in_real(at, real));
        new.look_at = match moment {
            // Where the clock is moved or sped up, nobody knows now when its moment comes.
            _ if self.clocks.chat.is_moved() => None,
            // Too far off for a bell: the sweep finds it shortly before, and rings for its second.
            Some(at) if at - real > crate::deliver::FAR => Some(at - SHORTLY),
            moment => moment.filter(|at| *at - real > LONG).map(|at| at + LONG),
        };
        new
    }

    /// Hands out the cues of a decision that fall due before the next tick would, and rings for what it
    /// wants erased and for those who quote what it removed.
    async fn hand_out(&self, slug: &Slug, decision: &Decision) {
        let now = self.clocks.chat.now();
        for change in &decision.changes {
            if let Change::Erase { person, .. } | Change::Forget(person) = change
                && let Err(error) = self.queues.erase(slug, person, self.clocks.real.now()).await
            {
                tracing::warn!(chat = %slug, %error, "what is to be erased waits for the next tick");
            }
            let Change::Cue(cue) = change else { continue };
            let near = cue.due <= now + TimeDelta::seconds(crate::tick::AHEAD);
            if cue.state == chat::cue::CueState::Waiting
                && near
                && let Err(error) = self.queues.cue(&cue.id, cue.rev, cue.due, now).await
            {
                tracing::warn!(cue = %cue.id, %error, "a near cue waits for the next tick");
            }
        }
        for gone in crate::quotes::removed_by(slug, decision) {
            self.unquote_soon(&gone).await;
        }
    }

    /// Rings for destinations that got something to do.
    async fn ring_at(&self, places: &[Place], commit: &str) {
        let real = self.clocks.real.now();
        for place in places {
            if let Err(error) = self.queues.ring(place, commit, real).await {
                tracing::warn!(%place, %error, "what waits is left to the sweep");
            }
        }
    }

    /// What an event that nobody asked for looks up beside the chat's slice.
    async fn seen(&self, loaded: &Loaded, event: &Event) -> Result<Seen, StoreError> {
        let slug = &loaded.settings.slug;
        let mut seen = Seen::default();
        if concerns_rehearsals(event) {
            seen.rehearsal = self.store.rehearsal(slug).await?;
        }
        match event {
            Event::Greeted(person, episode) => self.see_greeted(slug, person, episode, &mut seen).await?,
            Event::Nudged(person, _) => {
                seen.member = self.store.member(slug, person).await?;
                seen.participant = self.store.participant(slug, person).await?;
                self.see_account(slug, &mut seen).await?;
            }
            Event::Unreached(person) => seen.member = self.store.member(slug, person).await?,
            Event::Removed { post, .. } => {
                self.seen_post(slug, post, std::slice::from_ref(post), &mut seen).await?;
            }
            Event::Unquoted { post, .. } => {
                self.seen_post(slug, post, std::slice::from_ref(post), &mut seen).await?;
                if let Some(filed) = &seen.filed {
                    // For its note at the desk, which names who let it in and under which question it stands.
                    let author = filed.post.author.person.clone();
                    let over = loaded.episodes.iter().all(|episode| episode.id != filed.episode);
                    let episode = filed.episode.clone();
                    seen.participant = self.store.participant(slug, &author).await?;
                    if over {
                        seen.past.extend(self.store.episode(&episode).await?);
                    }
                }
            }
            Event::Posted(post) => {
                // Side by side: a post has a few milliseconds of the table's time, not one after the other.
                let (author, names) = (&post.author, post.names());
                let (participant, (), bar, own, parent) = tokio::try_join!(
                    self.store.participant(slug, &author.person),
                    self.seen_post(slug, &post.id, &names, &mut seen),
                    self.store.bar(slug, &author.person, author.handle.as_deref()),
                    self.is_own(post),
                    self.parent(slug, post),
                )?;
                (seen.participant, seen.bar, seen.own, seen.parent) = (participant, bar, own, parent);
                self.see_owner(slug, post, &mut seen).await?;
            }
            Event::Admitted(person) => {
                seen.participant = self.store.participant(slug, person).await?;
                seen.held = self.held(loaded, None, person).await?;
            }
            Event::CatchUp(episode) => self.see_asked_for(loaded, episode, &mut seen).await?,
            Event::CueDue(id, _) => match id.kind {
                chat::cue::Kind::Close => seen.voices = self.voices_of(&id.episode).await?,
                chat::cue::Kind::Personal { .. } => {
                    seen.members = self.to_remind(loaded, &id.episode).await?;
                }
                chat::cue::Kind::Deputy { start, .. } => {
                    seen.present = self.present(&loaded.settings, &id.episode, start).await?;
                }
                chat::cue::Kind::Check { .. } => seen.checks = self.checks(&loaded.settings).await,
                _ => {}
            },
            Event::Plan | Event::Unplayed { .. } => {}
            // Those are seen by [`Host::seen_asked`].
            Event::Commanded(..)
            | Event::Membered(..)
            | Event::Pressed(..)
            | Event::Submitted(..)
            | Event::Connected(..) => {}
        }
        seen.unquoted = self.unquoted(slug, event, &seen).await?;
        Ok(seen)
    }

    /// Of the posts that may be filed now, those whose quotation is not to be shown.
    pub(crate) async fn unquoted(
        &self,
        slug: &Slug,
        event: &Event,
        seen: &Seen,
    ) -> Result<Vec<PostId>, StoreError> {
        let posts: Vec<&Post> = match event {
            // What stands there is an earlier version of it, with a quotation of its own.
            Event::Posted(post) => vec![post],
            _ => seen.filed.iter().chain(&seen.held).map(|filed| &filed.post).collect(),
        };
        let quotes = posts.into_iter().filter_map(|post| Some((&post.id, post.quoted.as_ref()?)));
        self.store.unquoted_of(slug, quotes.collect()).await
    }

    /// A post as it stands in a chat: filed, or removed under one of its names, and where its cards are.
    pub(crate) async fn seen_post(
        &self,
        slug: &Slug,
        post: &PostId,
        names: &[PostId],
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        (seen.gone, seen.filed) =
            tokio::try_join!(self.store.gone(slug, names), self.store.filed(slug, post))?;
        if seen.filed.is_none() && seen.gone.is_none() {
            return Ok(());
        }
        for card in self.store.cards(slug, post).await? {
            let shown = (card.id, card.to, card.room);
            match card.standing {
                Standing::Sent { .. } => seen.sent.push(shown),
                Standing::Waiting => seen.waiting.push(shown),
                Standing::Failed { .. } => {}
            }
        }
        Ok(())
    }

    pub(crate) async fn kept(&self, slug: &Slug, id: &str) -> Result<Option<Kept>, StoreError> {
        self.store.kept(slug, id, self.clocks.chat.now()).await
    }

    /// How many deliveries wait for each of a chat's rooms, up to 200 each: one query a room.
    pub(crate) async fn behind(&self, settings: &Settings) -> Result<Vec<(Place, u32)>, StoreError> {
        let mut behind = Vec::new();
        for to in &settings.destinations {
            // What is left of a rehearsal is no part of the night: stopped, it waits for the sweep to clear it away.
            let waiting = self.store.waiting(&to.place, 200).await?;
            let waiting =
                waiting.iter().filter(|w| chat::rehearsal::run_of(&w.delivery.id).is_none()).count();
            behind.push((to.place.clone(), u32::try_from(waiting).unwrap_or(u32::MAX)));
        }
        Ok(behind)
    }

    pub(crate) async fn voices_of(&self, episode: &EpisodeId) -> Result<Voices, StoreError> {
        let (spoke, owned) =
            tokio::try_join!(self.store.voices(episode), self.store.all_linked(&episode.chat))?;
        let mut voices = Voices::default();
        // Who speaks here and on X is one person, and new if they are in both places.
        let mut people: HashMap<&Person, bool> = HashMap::new();
        // Who hosts is thanked by nobody, and counts as nobody who came.
        let host = self.config.x.as_ref().map(crate::config::XConfig::user_id);
        let hosts = |one: &&Spoke| one.person.platform == Platform::X && host == Some(one.person.id.as_str());
        for one in spoke.iter().filter(|one| !hosts(one)) {
            let person = owned.get(&one.person).unwrap_or(&one.person);
            let new = people.entry(person).or_insert(true);
            *new &= one.first_time;
            voices.names.push(one.name.clone());
            voices.names.extend(one.handle.clone());
        }
        let count = |people: usize| u32::try_from(people).unwrap_or(u32::MAX);
        voices.spoke = count(people.len());
        voices.first_time = count(people.values().filter(|new| **new).count());
        Ok(voices)
    }

    /// Whether a post is one of our own announcements coming back: by its id, or, before that is
    /// recorded, by author and text. Never by author alone: the host posts by hand too.
    async fn is_own(&self, post: &Post) -> Result<bool, StoreError> {
        if self.store.external(post.id.source, &post.id.id).await?.is_some() {
            return Ok(true);
        }
        let ours = self.config.x.as_ref().map(crate::config::XConfig::user_id);
        if post.id.source != Platform::X || ours != Some(post.author.person.id.as_str()) {
            return Ok(false);
        }
        self.store.said(&crate::send::said(&post.text), self.clocks.real.now()).await
    }

    /// What a post replies to: a question of ours, or a post that was filed.
    async fn parent(&self, slug: &Slug, post: &Post) -> Result<Option<chat::Parent>, StoreError> {
        let Some(parent) = &post.replies_to else { return Ok(None) };
        if let Some(ours) = self.store.external(post.id.source, parent).await?
            && let (true, Some(episode)) = (ours.slug == *slug, ours.episode)
        {
            return Ok(Some(chat::Parent { episode, question: ours.question }));
        }
        // It may name any version of what it replies to.
        let id = self.store.first_of(&PostId { source: post.id.source, id: parent.clone() }).await?;
        let filed = self.store.filed(slug, &id).await?;
        Ok(filed.map(|f| chat::Parent { episode: f.episode, question: f.question.map(|(q, _)| q) }))
    }

    /// The words for a refusal.
    pub(crate) async fn refusal(&self, slug: Option<&Slug>, refused: &Refusal) -> Answer {
        let now = self.clocks.chat.now();
        let settings = match slug {
            // A refusal is worded without names where the table cannot be read.
            Some(slug) => self.store.load(slug, now).await.ok().flatten().map(|l| l.settings),
            None => None,
        };
        let words = refusal::refusal(refused, settings.as_ref(), now).into();
        if refused.is_final() { Answer::Say(Reply::Said(words)) } else { Answer::No(words) }
    }

    /// A `/chat` command: which chat it means, and what comes of it.
    pub(crate) async fn command(
        &self,
        asking: Asking,
        text: &str,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        let workspace = asking.by.home.clone();
        let lines = self.store.chats(&workspace).await?;
        let slugs: Vec<Slug> = lines.iter().map(|line| line.slug.clone()).collect();
        let parsed = match command::parse(text, &slugs) {
            Ok(parsed) => parsed,
            Err(misunderstood) => return Ok(Answer::No(misread(&misunderstood).into())),
        };
        match &parsed.command {
            Command::New(Some(new)) => return self.create(&asking, new, render).await,
            Command::New(None) => return self.new_form(&asking).await,
            Command::Help { about } if parsed.chat.is_none() && slugs.is_empty() => {
                return Ok(Answer::Say(Reply::Said(chat::copy::reply::help(*about, Who::Organisers))));
            }
            _ => {}
        }
        let slug = match self.which(&asking, parsed.chat.clone(), &lines).await? {
            Which::One(slug) => slug,
            Which::None => {
                let on = lines.iter().filter(|line| !line.retired);
                let names: Vec<String> = on.map(|line| line.slug.to_string()).collect();
                let moved = self.store.all_moved().await?;
                let ours = moved.into_iter().filter(|(settings, _)| settings.workspace == workspace);
                let away: Vec<_> = ours
                    .map(|(settings, since)| {
                        (settings.hashtag, since.with_timezone(&settings.zone).date_naive())
                    })
                    .collect();
                let today = self.clocks.chat.now().date_naive();
                return Ok(Answer::No(refusal::no_chat(&names, &away, today).into()));
            }
            Which::Several(several) => {
                let several: Vec<(Slug, String)> = lines
                    .into_iter()
                    .filter(|line| several.contains(&line.slug))
                    .map(|line| (line.slug, line.hashtag))
                    .collect();
                return self.ask_which(&asking, text, &several).await;
            }
        };
        let event = Event::Commanded(asking.clone(), parsed.command);
        self.answer(&slug, &event, &asking, render).await
    }

    /// The form that makes a chat, for who may.
    pub(crate) async fn new_form(&self, asking: &Asking) -> Result<Answer, StoreError> {
        if !self.deployment(&asking.by.home).operators.contains(&asking.by) {
            return Ok(self.refusal(None, &Refusal::NotOperator).await);
        }
        Ok(Answer::Say(Reply::Form(chat::copy::reply::new_form())))
    }

    /// Runs an event and words what came of it.
    pub(crate) async fn answer(
        &self,
        slug: &Slug,
        event: &Event,
        asking: &Asking,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        Ok(match self.run_asked(slug, event, Some((asking, render))).await? {
            Outcome::Done(decision) => {
                tracing::info!(chat = %slug, request = asking.key, what = what(event), "done");
                // A change of many dates leaves the cues of the later ones to the next tick's plan.
                if decision.changes.len() > 20 {
                    self.planned.forget(slug);
                }
                self.tell_of(event);
                // By a bell, and not here: so nothing of what nobody asks for comes into a function that answers.
                if let Some(person) = still_letting_in(&decision)
                    && let Err(error) = self.queues.let_in(slug, person, self.clocks.real.now()).await
                {
                    tracing::warn!(chat = %slug, %error, "the rest of what waited is left to the sweep");
                }
                if let Some(episode) = still_catching_up(&decision)
                    && let Err(error) = self.queues.catch_up(episode, self.clocks.real.now()).await
                {
                    tracing::warn!(chat = %slug, %error, "the rest of what was missed waits for the next tick");
                }
                Answer::Say(decision.reply.unwrap_or(Reply::Silent))
            }
            Outcome::Refused(words) => Answer::Say(Reply::Said(words)),
            Outcome::Before(first) => Answer::Again(first),
            Outcome::NoChat => self.refusal(None, &Refusal::Expired).await,
        })
    }

    fn tell_of(&self, event: &Event) {
        let line = match event {
            Event::Commanded(asking, command) if command.changes() => {
                Some(format!("{} used /chat {}", asking.name, command.verb()))
            }
            Event::Membered(asking, command) => Some(format!("{} used /{}", asking.name, command.name())),
            Event::Submitted(asking, Action::Answer(..), _) => Some(format!("{} answered", asking.name)),
            Event::Submitted(asking, Action::Hello(_), _) => Some(format!("{} said hello", asking.name)),
            _ => None,
        };
        if let Some(line) = line {
            self.tell(|| line);
        }
    }

    async fn which(
        &self,
        asking: &Asking,
        named: Option<Slug>,
        all: &[ChatLine],
    ) -> Result<Which, StoreError> {
        if let Some(slug) = named {
            return Ok(Which::One(slug));
        }
        let here = match &asking.place {
            Some(place) => self.store.chats_at(place).await?,
            None => Vec::new(),
        };
        // The channel chooses; where it says nothing, one chat alone is no guess.
        let everywhere = || all.iter().map(|line| line.slug.clone()).collect();
        let candidates = not_retired(if here.is_empty() { everywhere() } else { here }, all);
        Ok(match candidates.as_slice() {
            [] => Which::None,
            [one] => Which::One(one.clone()),
            _ => Which::Several(candidates),
        })
    }

    /// Several chats are possible: the command is kept, and a button each runs it.
    pub(crate) async fn ask_which(
        &self,
        asking: &Asking,
        text: &str,
        several: &[(Slug, String)],
    ) -> Result<Answer, StoreError> {
        let mut message = Message::new(chat::copy::reply::which_chat());
        let until = self.clocks.chat.now() + TimeDelta::minutes(30);
        for (slug, hashtag) in several.iter().take(10) {
            let kept = Kept { id: asking.key.clone(), text: text.to_owned(), until };
            let decision = Decision { changes: vec![Change::Keep(kept)], ..Decision::default() };
            self.commit(slug, &decision, None).await?;
            message = message.button(format!("#{hashtag}"), Action::Choose(slug.clone(), asking.key.clone()));
        }
        Ok(Answer::Say(Reply::Said(message)))
    }

    /// A chosen chat: runs the command that was kept.
    pub(crate) async fn chosen(
        &self,
        asking: Asking,
        slug: &Slug,
        id: &str,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        let Some(kept) = self.kept(slug, id).await? else {
            return Ok(self.refusal(Some(slug), &Refusal::Expired).await);
        };
        match command::parse(&kept.text, std::slice::from_ref(slug)) {
            Ok(parsed) => {
                let event = Event::Commanded(asking.clone(), parsed.command);
                // A press brings no words of its own: what was typed stands further up, if at all.
                let typed = [command::as_typed(&kept.text)];
                let render = Render { typed: &typed, ..render };
                self.answer(slug, &event, &asking, render).await
            }
            Err(misunderstood) => Ok(Answer::No(misread(&misunderstood).into())),
        }
    }

    pub(crate) async fn create(
        &self,
        asking: &Asking,
        new: &command::NewChat,
        render: Render<'_>,
    ) -> Result<Answer, StoreError> {
        let now = self.clocks.chat.now();
        let deployment = self.deployment(&asking.by.home);
        let tag = new.hashtag.trim_start_matches(['#', '＃']).to_lowercase();
        let holders = self.store.chats_by_tag(std::slice::from_ref(&tag)).await?;
        let lines = self.store.chats(&asking.by.home).await?;
        // A retired chat is brought back by whoever would make it; a repeated request finds it on again,
        // and its first answer below.
        if let Some(line) = lines.iter().find(|line| line.retired && holders.contains(&line.slug)) {
            let event = Event::Commanded(asking.clone(), Command::New(Some(new.clone())));
            return self.answer(&line.slug, &event, asking, render).await;
        }
        match steer::create(&deployment, asking, new, !holders.is_empty(), now) {
            Ok((slug, decision)) => {
                match self.commit(&slug, &decision, Some((asking, render))).await {
                    Ok(Committed::Done { .. }) => {
                        self.tell(|| format!("{} started #{slug}", asking.name));
                        Ok(Answer::Say(decision.reply.unwrap_or(Reply::Silent)))
                    }
                    Ok(Committed::Repeat(first)) => Ok(Answer::Again(first)),
                    // Somebody was faster with the same hashtag.
                    Err(StoreError::Conflict) => {
                        let refused = Refusal::HashtagTaken(new.hashtag.clone());
                        Ok(self.refusal(None, &refused).await)
                    }
                    Err(error) => Err(error),
                }
            }
            Err(refused) => {
                // A repeated request finds its own chat there: the first answer stands.
                if let Some(first) =
                    self.store.request(&asking.by, &asking.key, self.clocks.real.now()).await?
                {
                    return Ok(Answer::Again(first));
                }
                let refused = match refused {
                    Refusal::HashtagTaken(tag) => self.taken_by(&holders, tag).await?,
                    refused => refused,
                };
                Ok(self.refusal(None, &refused).await)
            }
        }
    }

    /// Why a hashtag is not to be had: somebody has it here, or had it and moved away.
    async fn taken_by(&self, holders: &[Slug], tag: String) -> Result<Refusal, StoreError> {
        for holder in holders {
            if let Some((settings, since)) = self.store.moved_with(holder).await? {
                let day = since.with_timezone(&settings.zone).date_naive();
                return Ok(Refusal::MovedOut(settings.hashtag, day));
            }
        }
        Ok(Refusal::HashtagTaken(tag))
    }
}

/// What was asked for, for the log: a word, and nothing that anybody typed.
fn what(event: &Event) -> String {
    match event {
        Event::Commanded(_, command) => format!("/chat {}", command.verb()),
        Event::Membered(_, command) => format!("/{}", command.name()),
        Event::Pressed(_, action) => format!("press {}", kind(action)),
        Event::Submitted(_, action, _) => format!("form {}", kind(action)),
        Event::Connected(..) => "connected".to_owned(),
        Event::Posted(_) => "post".to_owned(),
        Event::Removed { .. } => "removal".to_owned(),
        Event::Unquoted { .. } => "end of a quotation".to_owned(),
        Event::CueDue(..) => "cue".to_owned(),
        Event::Plan => "plan".to_owned(),
        Event::Admitted(_) => "admitted".to_owned(),
        Event::CatchUp(_) => "catch-up".to_owned(),
        Event::Greeted(..) => "greeting".to_owned(),
        Event::Nudged(..) => "nudge".to_owned(),
        Event::Unreached(_) => "unreached".to_owned(),
        Event::Unplayed { .. } => "end of a rehearsal".to_owned(),
    }
}

fn kind(action: &Action) -> String {
    action.to_string().split('|').next().unwrap_or_default().to_owned()
}

enum Which {
    One(Slug),
    Several(Vec<Slug>),
    None,
}

/// Those of these chats that are on. Where all of them have retired, all: in the channel of a chat that
/// retired, its own last word is worth more than another chat's dates.
pub(crate) fn not_retired(chats: Vec<Slug>, lines: &[ChatLine]) -> Vec<Slug> {
    let retired = |slug: &Slug| lines.iter().any(|line| line.retired && line.slug == *slug);
    if chats.iter().all(retired) {
        return chats;
    }
    chats.into_iter().filter(|slug| !retired(slug)).collect()
}

/// What is answered to the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// This.
    Say(Reply),
    /// Nothing was done, and this is why. Whoever knows what was typed gives it back with it.
    No(Message),
    /// The same as the first time, as it was written down.
    Again(String),
}

/// Who asks, from what a platform told.
pub(crate) fn asking(by: &Visitor, place: Option<&Place>, place_name: Option<&str>, id: &str) -> Asking {
    Asking {
        by: by.person.clone(),
        name: by.name.clone(),
        picture: by.picture.clone(),
        place: place.filter(|p| !p.channel.is_empty()).cloned(),
        place_name: place_name.map(str::to_owned),
        key: key(&by.person, id),
    }
}

/// A name for a request: sixteen characters, the same when it is repeated, unknown to anybody else.
fn key(by: &Person, id: &str) -> String {
    let hash = Sha256::digest(format!("{by}\n{id}"));
    hex::encode(&hash[..8])
}

/// Names a commit, so that the same one can be repeated where its outcome is not known.
fn token(slug: &Slug, decision: &Decision, at: DateTime<Utc>) -> String {
    let at = at.timestamp_micros();
    let hash = Sha256::digest(format!("{slug}\n{at}\n{decision:?}"));
    hex::encode(&hash[..18])
}

/// The chat that an action is about, if it names one.
pub(crate) fn chat_of(action: &Action) -> Option<Slug> {
    match action {
        Action::Undo(slug, _)
        | Action::Join(slug)
        | Action::Me(slug)
        | Action::ForgetMe(slug)
        | Action::Zone(slug, _)
        | Action::Leave(slug)
        | Action::ApproveX(slug)
        | Action::Say(slug, _)
        | Action::Unsay(slug, _)
        | Action::Choose(slug, _)
        | Action::Unblock(slug, _)
        | Action::StopRehearsal(slug)
        | Action::Suggest(slug)
        | Action::Suggestions(slug, _)
        | Action::Vote(slug, _)
        | Action::Unvote(slug, _)
        | Action::TakeBack(slug, _)
        | Action::Retire(slug) => Some(slug.clone()),
        Action::Rehearsed(button) => chat_of(button),
        Action::Answer(episode, _)
        | Action::Hello(episode)
        | Action::Edit(episode)
        | Action::AnnounceNow(episode)
        | Action::Refile(episode, _, _)
        | Action::RefileMenu(episode, _)
        | Action::Hide(episode, _)
        | Action::Block(episode, _)
        | Action::LetIn(episode, _)
        | Action::CorrectX(episode, _)
        | Action::CatchUp(episode)
        | Action::Rehearse(episode)
        | Action::RehearseThere(episode)
        | Action::Ideas(episode, _)
        | Action::AskIdea(episode, _)
        | Action::PutAside(episode, _)
        | Action::BringBack(episode, _)
        | Action::Desk(episode, _)
        | Action::Close(episode) => Some(episode.chat.clone()),
        Action::New => None,
    }
}

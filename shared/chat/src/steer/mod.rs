//! What organisers do: setting up, planning, and steering the live hour.

mod asking;
mod firing;
mod hearing;
mod ideas;
mod live;
mod missing;
mod moderating;
mod planning;
mod pressing;
mod rehearsing;
mod removing;
mod setting;
mod spending;
pub mod trouble;
mod which;

use chrono::{DateTime, NaiveDate, Utc};

pub(crate) use asking::base_of;
pub use asking::{Overtaken, Unsaved};
pub(crate) use firing::cue;
pub(crate) use live::check_x;
pub use planning::Moment;
pub(crate) use planning::plan;
pub use rehearsing::rehearsal_wanted;
pub(crate) use setting::connected;
pub use setting::{create, new_of_form};
pub use spending::budget_notes;

use crate::action::Action;
use crate::agenda::Episode;
use crate::bank;
use crate::command::{Command, Day, On, Who};
use crate::copy::{self, announce::Scene, reply as words};
use crate::cue;
use crate::delivery::{Class, Delivery, Room, Work};
use crate::name::{DeliveryId, EpisodeId, Place, Platform};
use crate::order;
use crate::removal::Bars;
use crate::reply::Reply;
use crate::settings::{Destination, Settings};
use crate::text::{Form, Message, Text};
use crate::zone::Zone;
use crate::{Asking, Change, Chat, Decision, Refusal, Undo, door, mirror, roster, schedule};

/// A `/chat` command.
pub(crate) fn command(
    chat: &Chat,
    asking: &Asking,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    // A chat whose organisers have all gone would be nobody's for ever: who runs this Earshot may name others.
    let gives_away = matches!(command, Command::Organiser(_)) && operates(chat, asking);
    if !gives_away {
        may(chat, asking, command.who())?;
    }
    let draft = Draft::new(chat, asking, now);
    // What must go, goes from a chat that has retired too.
    let keeps_kind = command.who() == Who::Moderators;
    if chat.settings.retired && command.changes() && !keeps_kind {
        return match command {
            Command::New(Some(new)) => setting::bring_back(draft, new),
            _ => Err(Refusal::Retired),
        };
    }
    match obey(draft, command) {
        Ok(decision) => Ok(which::with_what_was_read(decision, command)),
        Err(refusal) => which::ask_back(Draft::new(chat, asking, now), command, refusal),
    }
}

fn obey(draft: Draft<'_>, command: &Command) -> Result<Decision, Refusal> {
    let (chat, asking, now) = (draft.chat, draft.asking, draft.now);
    match command {
        // `create` has made the chat, or the grammar's form was opened, before it comes here.
        Command::New(_) => Err(Refusal::HashtagTaken(chat.settings.hashtag.clone())),
        Command::Show => Ok(draft.answer(words::show(chat, now))),
        Command::Set(setting) => setting::set(draft, setting),
        Command::Connect { platform } => setting::connect(draft, *platform),
        Command::Disconnect { platform, room } => setting::disconnect(draft, *platform, room.as_ref()),
        Command::Organiser(change) => setting::organiser(draft, change),
        Command::Moderator(change) => moderating::moderator(draft, change),
        Command::Mute(words) => moderating::mute(draft, words),
        Command::Unmute(words) => moderating::unmute(draft, words),
        Command::Muted => Ok(draft.answer(words::muted(&chat.settings))),
        Command::Door(change) => moderating::door(draft, *change),
        Command::Words(change) => setting::own_words(draft, change),
        Command::Retire => setting::retire_asked(draft),
        Command::Topic { text, on } => asking::topic(draft, text.as_deref(), on.as_ref()),
        Command::Guest { change, on } => asking::guest(draft, change, on.as_ref()),
        Command::Ask { at: None, text, on } => asking::ask(draft, text, on.as_ref()),
        Command::Ask { at: Some(at), text, on } => asking::replace(draft, *at, text, on.as_ref()),
        Command::Edit { on } => asking::edit(draft, on.as_ref()),
        Command::Move { from, to, on } => asking::reorder(draft, *from, *to, on.as_ref()),
        Command::Drop { at, on } => asking::drop(draft, *at, on.as_ref()),
        Command::Spare { text, on } => asking::spare(draft, text.as_deref(), on.as_ref()),
        Command::Swap => asking::swap(draft),
        Command::Ideas { on } => ideas::ideas(draft, on.as_ref()),
        Command::Brief { name, on } => asking::brief(draft, name.as_deref(), on.as_ref()),
        Command::Preview { on } => planning::preview(draft, on.as_ref()),
        Command::Rehearse(how) => rehearsing::rehearse(draft, how),
        Command::Skip { from, to } => planning::skip(draft, from, to.as_ref()),
        Command::Reschedule { on, to } => planning::reschedule(draft, on, to),
        Command::Add { day, time } => planning::add(draft, day, *time),
        Command::Status => Ok(live::status(draft)),
        Command::Hold { by } => live::hold(draft, *by),
        Command::Extend { by } => live::extend(draft, *by),
        Command::Next => live::next(draft),
        Command::Pause => live::pause(draft),
        Command::Resume => live::resume(draft),
        Command::Say { text } => live::say(draft, text),
        Command::Fix { at, text } => asking::fix(draft, *at, text),
        Command::Close => live::close_asked(draft),
        Command::CatchUp => missing::asked(draft),
        Command::Heard { on } => hearing::heard(draft, on.as_ref()),
        Command::Hide { what } => removing::hide(draft, what),
        Command::Block { handle } => removing::bar(draft, handle, Bars::Blocked),
        Command::LeaveOut { handle } => removing::bar(draft, handle, Bars::LeftOut),
        Command::Unblock { handle } => removing::unbar(draft, handle),
        Command::When => Ok(draft.answer(words::when(chat, now))),
        Command::Questions { on } => asking::questions(draft, on.as_ref()),
        Command::Suggest { text } => bank::suggest(chat, asking, text.as_deref(), now),
        Command::Suggestions => bank::suggestions(chat, asking),
        Command::Help { about } => {
            let who = match &chat.settings {
                settings if settings.is_organiser(&asking.by) => Who::Organisers,
                settings if settings.may_moderate(&asking.by) => Who::Moderators,
                _ => Who::Everyone,
            };
            Ok(draft.answer(words::help(*about, who)))
        }
    }
}

/// A button or a menu choice.
pub(crate) fn press(
    chat: &Chat,
    asking: &Asking,
    action: &Action,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let draft = Draft::new(chat, asking, now);
    // Anybody may press what stands in a rehearsal, whatever became of the chat: it does nothing.
    if let Action::Rehearsed(button) = action {
        return Ok(draft.answer(words::rehearsed(&chat.settings, button)));
    }
    // A retired chat speaks no more; only taking that back is left. `join` and the answers say so themselves.
    let revives = matches!(
        action,
        Action::Undo(_, _) | Action::Retire(_) | Action::Join(_) | Action::Leave(_) | Action::Me(_)
    );
    let keeps_kind = matches!(
        action,
        Action::Hide(_, _) | Action::Block(_, _) | Action::Unblock(_, _) | Action::ForgetMe(_)
    );
    if chat.settings.retired && !revives && !keeps_kind {
        return Err(Refusal::Retired);
    }
    match action {
        Action::Join(_) => roster::joining(chat, asking, now),
        Action::Me(_) => roster::me_form(chat, asking),
        Action::ForgetMe(_) => Ok(roster::forget(chat, asking, now)),
        Action::Zone(_, zone) => roster::in_zone(chat, asking, zone, now),
        Action::Leave(_) => Ok(roster::leave(chat, asking, now)),
        Action::Answer(episode, question) => roster::answer_form(chat, episode, Some(*question), now),
        Action::Hello(episode) => roster::answer_form(chat, episode, None, now),
        Action::Hide(_, _) | Action::Block(_, _) | Action::Unblock(_, _) => {
            may(chat, asking, Who::Moderators)?;
            removing::press(draft, action)
        }
        Action::Desk(episode, press) => pressing::press(draft, episode, press),
        Action::LetIn(_, _) => door::let_in(chat, asking, now),
        Action::Suggest(_) => bank::suggest(chat, asking, None, now),
        Action::Suggestions(_, _) | Action::Vote(_, _) | Action::Unvote(_, _) | Action::TakeBack(_, _) => {
            bank::press(chat, asking, action)
        }
        _ => {
            let takes_back = gives_back(chat, asking) || moderating::takes_back(chat, asking);
            if !(matches!(action, Action::Undo(_, _)) && takes_back) {
                may(chat, asking, Who::Organisers)?;
            }
            match action {
                Action::Undo(_, _) => undo(draft),
                Action::Edit(episode) => asking::edit_form(draft, episode),
                Action::ApproveX(_) => setting::approve_x(draft),
                Action::Say(_, id) => live::said(draft, id),
                Action::Unsay(_, _) => Ok(draft.instead(words::unsaid())),
                Action::AnnounceNow(episode) => planning::announce_now(draft, episode),
                Action::RefileMenu(episode, post) => asking::refile_menu(draft, episode, post),
                Action::Refile(episode, post, position) => asking::refile(draft, episode, post, *position),
                Action::CorrectX(episode, question) => asking::correct_x(draft, episode, *question),
                Action::Close(episode) => live::close(draft, episode),
                Action::CatchUp(episode) => missing::catch_up(draft, episode),
                Action::Rehearse(episode) => rehearsing::asked(draft, episode),
                Action::RehearseThere(episode) => rehearsing::there(draft, episode),
                Action::StopRehearsal(_) => rehearsing::stop(draft),
                Action::Ideas(episode, from) => ideas::more(draft, episode, *from),
                Action::AskIdea(episode, idea) => ideas::ask(draft, episode, *idea),
                Action::PutAside(episode, idea) => ideas::put_aside(draft, episode, *idea),
                Action::BringBack(episode, idea) => ideas::bring_back(draft, episode, *idea),
                Action::Retire(_) => setting::retire(draft),
                // `Choose` is resolved by the host, which runs the command that was kept.
                Action::Choose(_, _) | Action::New => Err(Refusal::Expired),
                Action::Join(_)
                | Action::Leave(_)
                | Action::Me(_)
                | Action::ForgetMe(_)
                | Action::Zone(_, _)
                | Action::Answer(_, _)
                | Action::Hello(_)
                | Action::Hide(_, _)
                | Action::Block(_, _)
                | Action::Unblock(_, _)
                | Action::LetIn(_, _)
                | Action::Suggest(_)
                | Action::Suggestions(_, _)
                | Action::Vote(_, _)
                | Action::Unvote(_, _)
                | Action::TakeBack(_, _)
                | Action::Desk(_, _)
                | Action::Rehearsed(_) => Ok(Decision::default()),
            }
        }
    }
}

/// A submitted form.
pub(crate) fn submit(
    chat: &Chat,
    asking: &Asking,
    action: &Action,
    values: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    let value = |key: &str| values.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str());
    if chat.settings.retired {
        return Err(Refusal::Retired);
    }
    match action {
        Action::Answer(episode, question) => {
            roster::answer(chat, asking, episode, Some(*question), value("answer"), now)
        }
        Action::Hello(episode) => roster::answer(chat, asking, episode, None, value("answer"), now),
        Action::Join(_) => roster::join(chat, asking, values, now),
        Action::Me(_) => roster::wished(chat, asking, values, now),
        Action::Suggest(_) => bank::suggested(chat, asking, value("question"), now),
        Action::Edit(episode) => {
            may(chat, asking, Who::Organisers)?;
            asking::edited(Draft::new(chat, asking, now), episode, values)
        }
        _ => Err(Refusal::Expired),
    }
}

fn operates(chat: &Chat, asking: &Asking) -> bool {
    chat.deployment.operators.contains(&asking.by)
}

/// Whether an undo does nothing but change the organisers back, for somebody who was one or who may name
/// them: whoever removed themselves by a slip of the finger is offered Undo, and must be able to press it.
fn gives_back(chat: &Chat, asking: &Asking) -> bool {
    let Some(Undo { settings: Some((before, _)), episodes, .. }) = &chat.seen.undo else { return false };
    let organisers = chat.settings.organisers.clone();
    let as_now = Settings { organisers, version: chat.settings.version, ..before.clone() };
    let theirs = before.is_organiser(&asking.by) || operates(chat, asking);
    episodes.is_empty() && as_now == chat.settings && theirs
}

/// Whether the one who asks may do this. Operators may not steer a chat that is not theirs: they made
/// it, its organisers run it.
pub(crate) fn may(chat: &Chat, asking: &Asking, who: Who) -> Result<(), Refusal> {
    match who {
        Who::Everyone => Ok(()),
        Who::Moderators if chat.settings.may_moderate(&asking.by) => Ok(()),
        Who::Organisers if chat.settings.is_organiser(&asking.by) => Ok(()),
        Who::Organisers if chat.settings.may_moderate(&asking.by) => Err(Refusal::Moderates),
        Who::Organisers | Who::Moderators => Err(Refusal::NotOrganiser),
        Who::Operators if operates(chat, asking) => Ok(()),
        Who::Operators => Err(Refusal::NotOperator),
    }
}

/// A decision in the making: collects changes, keeps what is needed to undo them, and makes the cues
/// follow their episodes.
pub(crate) struct Draft<'a> {
    chat: &'a Chat,
    asking: &'a Asking,
    now: DateTime<Utc>,
    settings: Settings,
    before: Vec<(Episode, u64)>,
    before_settings: Option<(Settings, u64)>,
    decision: Decision,
}

impl<'a> Draft<'a> {
    fn new(chat: &'a Chat, asking: &'a Asking, now: DateTime<Utc>) -> Draft<'a> {
        Draft {
            chat,
            asking,
            now,
            settings: chat.settings.clone(),
            before: Vec::new(),
            before_settings: None,
            decision: Decision::default(),
        }
    }

    /// An answer that changes nothing.
    fn answer(mut self, message: impl Into<Message>) -> Decision {
        self.decision.reply = Some(Reply::Said(message.into()));
        self.decision
    }

    /// An answer in place of the message whose button was pressed.
    fn instead(mut self, message: impl Into<Message>) -> Decision {
        self.decision.reply = Some(Reply::Instead(message.into()));
        self.decision
    }

    fn form(mut self, form: Form) -> Decision {
        self.decision.reply = Some(Reply::Form(form));
        self.decision
    }

    /// Writes an episode and the cues that follow from it.
    fn write(&mut self, episode: Episode) {
        let known = self.chat.episodes.iter().find(|e| e.id == episode.id);
        let before = known.cloned().unwrap_or_else(|| Episode::planned(episode.id.clone(), episode.length));
        self.before.push((before, episode.version + 1));
        self.put(episode);
    }

    /// Writes an episode that there was not; taking it back withdraws it.
    fn write_new(&mut self, episode: Episode) {
        let before = Episode { state: crate::agenda::State::Cancelled, ..episode.clone() };
        self.before.push((before, episode.version + 1));
        self.put(episode);
    }

    fn put(&mut self, episode: Episode) {
        let cues = cue::reconcile(&self.settings, &episode, &self.chat.cues, self.now);
        self.decision.changes.push(Change::Episode(episode));
        self.decision.changes.extend(cues.into_iter().map(Change::Cue));
    }

    /// Writes the settings; cues of episodes follow where `put` is called for them.
    fn set(&mut self, settings: Settings) {
        self.before_settings = Some((self.chat.settings.clone(), settings.version + 1));
        self.settings = settings.clone();
        self.decision.changes.push(Change::Settings(settings));
    }

    /// Ends with a reply that can be undone.
    fn undoable(self, what: &str, reply: Message) -> Decision {
        self.undoable_as("Undo", what, reply)
    }

    /// The same for a date that was added: taking it back withdraws it.
    fn undoable_added(mut self, reply: Message) -> Decision {
        if let Some((before, _)) = self.before.last_mut() {
            before.state = crate::agenda::State::Cancelled;
        }
        self.undoable("the added date", reply)
    }

    fn undoable_as(mut self, label: &str, what: &str, reply: Message) -> Decision {
        let id = self.asking.key.clone();
        let slug = self.settings.slug.clone();
        self.decision.changes.push(Change::Undo(Undo {
            id: id.clone(),
            what: what.to_owned(),
            by: Some(self.asking.by.clone()),
            settings: self.before_settings.take(),
            episodes: std::mem::take(&mut self.before),
        }));
        let reply = reply.button(label, Action::Undo(slug, id));
        self.decision.reply = Some(Reply::Said(reply));
        self.decision
    }

    /// Tells the desk what somebody did, where there is a desk.
    ///
    /// What waits for one place goes by its instant, then by its name. Two commands can have the same
    /// instant, where the clock stands or stutters, and a request's name is a hash: so the number of changes
    /// until now comes before it, which only goes up.
    fn tell(&mut self, what: Text) {
        self.tell_with(what, None);
    }

    /// The same with a button, for what another organiser may want to take back later.
    fn tell_with(&mut self, what: Text, button: Option<(&str, Action)>) {
        let changes = self.chat.settings.version + self.chat.episodes.iter().map(|e| e.version).sum::<u64>();
        let key = format!("did/{changes:08}/{}", self.asking.key);
        if let Some(desk) = self.settings.desk.clone() {
            let mut message = Message::new(words::did(&self.asking.name, what));
            if let Some((label, action)) = button {
                message = message.button(label, action);
            }
            self.decision.effects.push(note(&self.settings, &desk, &key, message, self.now));
        }
    }

    /// The live episode.
    fn live(&self) -> Result<Episode, Refusal> {
        live_episode(self.chat).cloned().ok_or(Refusal::NotLive)
    }

    /// The episode a planning command means: of the day named, made if need be; else the live one,
    /// else the next.
    fn target(&self, on: Option<&On>) -> Result<Episode, Refusal> {
        match on {
            Some(on) => self.named(on),
            None => live_episode(self.chat)
                .or_else(|| ahead(self.chat).next())
                .cloned()
                .map_or_else(|| self.make_next(), Ok),
        }
    }

    /// The one episode of a local date, made where the recurrence has one that is not planned yet. A date
    /// without one is refused, lest a slip of the finger calls people together on a Wednesday; `add` is
    /// the word for that. Of several the time of day chooses.
    fn named(&self, on: &On) -> Result<Episode, Refusal> {
        let date = self.date(&on.day)?;
        let mut there = self.on_date(date);
        if there.is_empty() {
            return Err(self.nothing_on(date));
        }
        if let Some(time) = on.time {
            let starts: Vec<_> = there.iter().map(|e| e.starts).collect();
            there.retain(|e| e.starts.with_timezone(&self.settings.zone).time() == time);
            if there.is_empty() {
                return Err(Refusal::OtherTime(starts));
            }
        }
        match there.as_slice() {
            [one] => Ok(one.clone()),
            several => Err(Refusal::Several(several.iter().map(|e| e.starts).collect())),
        }
    }

    /// What is still ahead on a local date, planned or not planned yet, by start.
    fn on_date(&self, date: NaiveDate) -> Vec<Episode> {
        let on = |e: &&Episode| copy::local_date(self.settings.zone, e.starts) == date;
        let mut there: Vec<Episode> =
            self.chat.episodes.iter().filter(|e| e.is_ahead()).filter(on).cloned().collect();
        for at in self.occurrences(date, &self.settings.breaks).into_iter().filter(|at| *at > self.now) {
            let known = self.chat.episodes.iter().any(|e| e.id.planned == at);
            if !known && there.iter().all(|e| e.starts != at) {
                there.push(Episode::planned(self.name(at), self.settings.length));
            }
        }
        order::sort_by_key(&mut there, |e| e.starts);
        there
    }

    /// Why nothing is ahead on a local date.
    fn nothing_on(&self, date: NaiveDate) -> Refusal {
        let regular = self.occurrences(date, &[]);
        let in_break = self.settings.breaks.iter().any(|(a, b)| *a <= date && date <= *b);
        let on = |e: &&Episode| copy::local_date(self.settings.zone, e.starts) == date;
        // Who only held the place of one that was moved was never skipped.
        let skipped = self.chat.episodes.iter().filter(on).any(|e| {
            e.state == crate::agenda::State::Cancelled && e.starts > self.now && (in_break || e.changes > 0)
        });
        if skipped || (in_break && regular.iter().any(|at| *at > self.now)) {
            Refusal::Skipped(date)
        } else if !regular.is_empty() && regular.iter().all(|at| *at <= self.now) {
            Refusal::Past
        } else {
            Refusal::NoEpisodeOn(date)
        }
    }

    fn date(&self, day: &Day) -> Result<NaiveDate, Refusal> {
        day.ahead(self.today()).map_err(Refusal::NoSuchDay)
    }

    fn today(&self) -> NaiveDate {
        copy::local_date(self.settings.zone, self.now)
    }

    fn name(&self, planned: DateTime<Utc>) -> EpisodeId {
        EpisodeId { chat: self.settings.slug.clone(), planned }
    }

    /// What the recurrence has on a local date.
    fn occurrences(&self, date: NaiveDate, breaks: &[(NaiveDate, NaiveDate)]) -> Vec<DateTime<Utc>> {
        let (from, until) = bounds(self.settings.zone, date, date);
        schedule::occurrences(&self.settings.slots, self.settings.zone, breaks, from, until)
    }

    /// One more episode on a date: at the time named, else at the usual one. A withdrawn one is revived.
    fn make(&self, date: NaiveDate, time: Option<chrono::NaiveTime>) -> Result<Episode, Refusal> {
        let zone = self.settings.zone;
        let usual = self.occurrences(date, &[]);
        let usual = usual.iter().find(|at| **at > self.now).or(usual.first());
        let at = match (time, usual, self.settings.slots.first()) {
            (Some(time), _, _) => crate::zone::resolve(zone, date.and_time(time)),
            (None, Some(at), _) => *at,
            (None, None, Some(slot)) => crate::zone::resolve(zone, date.and_time(slot.time)),
            (None, None, None) => return Err(Refusal::NoEpisode),
        };
        if at <= self.now {
            return Err(Refusal::Past);
        }
        let heard = self.heard_off(date);
        if self.chat.episodes.iter().any(|e| e.is_ahead() && e.starts == at) {
            return Err(Refusal::Taken(at));
        }
        match self.chat.episodes.iter().find(|e| e.id.planned == at) {
            None => {
                let mut new = Episode::planned(self.name(at), self.settings.length);
                if heard {
                    planning::tell_of_change(&self.settings, &mut new, None, true, self.now);
                }
                Ok(new)
            }
            Some(there) if there.state == crate::agenda::State::Cancelled => {
                // A day with two is called off in one notice, of the first.
                let on =
                    |e: &&Episode| copy::local_date(zone, e.starts) == copy::local_date(zone, there.starts);
                let heard = heard || self.chat.episodes.iter().filter(on).any(|e| e.told > 0);
                let mut there = there.clone();
                planning::revive(&self.settings, &mut there, at, heard, self.now);
                Ok(there)
            }
            Some(_) => Err(Refusal::Taken(at)),
        }
    }

    /// Whether people have read that there is nothing on a local date: of a whole day, or of a break, the
    /// notice of the first date speaks for all.
    fn heard_off(&self, date: NaiveDate) -> bool {
        let breaks = self.settings.breaks.iter().filter(|(a, b)| *a <= date && date <= *b);
        breaks.into_iter().any(|(a, b)| {
            self.chat.episodes.iter().any(|e| {
                let off = copy::local_date(self.settings.zone, e.starts);
                e.state == crate::agenda::State::Cancelled
                    && e.told > 0
                    && e.notice.is_none()
                    && *a <= off
                    && off <= *b
            })
        })
    }

    fn make_next(&self) -> Result<Episode, Refusal> {
        let s = &self.settings;
        let at = schedule::next(&s.slots, s.zone, &s.breaks, self.now, 8)
            .into_iter()
            .find(|at| !self.chat.episodes.iter().any(|e| e.id.planned == *at))
            .ok_or(Refusal::NoEpisode)?;
        Ok(Episode::planned(EpisodeId { chat: s.slug.clone(), planned: at }, s.length))
    }

    /// The same thing said in every place that may hear it, in each one's own dialect.
    fn everywhere(
        &self,
        episode: &Episode,
        what: &str,
        say: impl Fn(&Scene<'_>) -> Message,
    ) -> Vec<Delivery> {
        everywhere(self.chat, &self.settings, episode, what, (self.now, self.now), say)
    }

    fn scene<'b>(&'b self, episode: &'b Episode, to: &'b Destination) -> Scene<'b> {
        scene(self.chat, &self.settings, episode, to, self.now)
    }
}

/// Where an announcement is made, with the dates around it.
fn scene<'b>(
    chat: &Chat,
    settings: &'b Settings,
    episode: &'b Episode,
    to: &'b Destination,
    now: DateTime<Utc>,
) -> Scene<'b> {
    let before = chat
        .episodes
        .iter()
        .filter(|e| e.starts < episode.starts && e.state != crate::agenda::State::Cancelled)
        .map(|e| e.starts)
        .max();
    let zone = settings.zone;
    let date = copy::local_date(zone, episode.starts);
    let day_of = |e: &&Episode| e.id != episode.id && copy::local_date(zone, e.starts) == date;
    let cancelled = |e: &&Episode| e.state == crate::agenda::State::Cancelled;
    let starts = |e: &Episode| e.starts;
    // What was added and taken back was never heard of; what was skipped has changed.
    let off = |e: &&Episode| cancelled(e) && e.changes > 0;
    let breaks: Vec<_> = settings.breaks.iter().filter(|(a, b)| *a <= date && date <= *b).collect();
    let in_break = breaks.iter().any(|(a, b)| {
        let (from, until) = bounds(zone, *a, *b);
        let dates: std::collections::BTreeSet<NaiveDate> =
            schedule::occurrences(&settings.slots, zone, &[], from, until)
                .into_iter()
                .map(|at| copy::local_date(zone, at))
                .collect();
        dates.len() > 1
    });
    let whole_day = !breaks.is_empty();
    Scene {
        settings,
        episode,
        before,
        next: next_after(chat, episode.starts.max(now)),
        same_day: chat.episodes.iter().filter(day_of).filter(|e| !cancelled(e)).map(starts).collect(),
        off_that_day: chat.episodes.iter().filter(|e| whole_day && day_of(e) && off(e)).map(starts).collect(),
        in_break,
        told: episode.told + chat.episodes.iter().filter(day_of).map(|e| e.told).sum::<u32>(),
        to,
        now,
    }
}

/// The next start after a moment, planned or regular.
pub(crate) fn next_after(chat: &Chat, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let settings = &chat.settings;
    if settings.retired {
        return None;
    }
    let planned = chat.episodes.iter().filter(|e| e.is_ahead() && e.starts > after).map(|e| e.starts).min();
    // At worst every known episode hides one occurrence.
    let enough = chat.episodes.len() + 1;
    let regular = schedule::next(&settings.slots, settings.zone, &settings.breaks, after, enough)
        .into_iter()
        // An occurrence that became an episode counts as that episode: moved, or cancelled.
        .find(|at| !chat.episodes.iter().any(|e| e.id.planned == *at));
    planned.into_iter().chain(regular).min()
}

/// The live episode; of two whose hours overlap the later one, where posts go too.
pub(crate) fn live_episode(chat: &Chat) -> Option<&Episode> {
    chat.episodes.iter().filter(|e| e.is_live()).max_by_key(|e| e.starts)
}

/// From the first instant of a local date until the first after another.
fn bounds(zone: Zone, first: NaiveDate, last: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |date: NaiveDate| crate::zone::resolve(zone, date.and_time(chrono::NaiveTime::MIN));
    (midnight(first), midnight(last.succ_opt().unwrap_or(last)))
}

fn ahead(chat: &Chat) -> impl Iterator<Item = &Episode> {
    let mut ahead: Vec<&Episode> =
        chat.episodes.iter().filter(|e| e.state == crate::agenda::State::Planned).collect();
    order::sort_by_key(&mut ahead, |e| e.starts);
    ahead.into_iter()
}

/// The same thing said in every place that may hear it: at `at`, in the words of `now`.
fn everywhere(
    chat: &Chat,
    settings: &Settings,
    episode: &Episode,
    what: &str,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
    say: impl Fn(&Scene<'_>) -> Message,
) -> Vec<Delivery> {
    settings
        .speaking()
        .map(|to| (to, say(&scene(chat, settings, episode, to, now))))
        .filter(|(_, message)| !message.text.is_empty())
        .map(|(to, message)| Delivery {
            id: DeliveryId::new(what, &to.place),
            to: to.place.clone(),
            room: Room::Channel,
            class: Class::Announcement,
            at,
            not_before: Some(at),
            expires: None,
            work: Work::Announce(message),
        })
        .collect()
}

/// Tells organisers something that nobody did by a command, wherever they are told things. Told again under
/// the same name it is said once.
pub(crate) fn at_the_desk(
    settings: &Settings,
    what: &str,
    message: &Message,
    at: DateTime<Utc>,
) -> Vec<Delivery> {
    desk(settings).iter().map(|place| note(settings, place, what, message.clone(), at)).collect()
}

/// A note to the organisers at a Slack channel (or a person's direct messages).
pub(crate) fn note(
    settings: &Settings,
    to: &Place,
    what: &str,
    message: Message,
    at: DateTime<Utc>,
) -> Delivery {
    Delivery {
        id: DeliveryId::new(format_args!("{}/{what}", settings.slug), to),
        to: to.clone(),
        room: Room::Channel,
        class: Class::Announcement,
        at,
        not_before: None,
        expires: None,
        work: Work::Announce(message),
    }
}

/// Where organisers are told things: the desk; without one, each organiser's direct messages.
pub(crate) fn desk(settings: &Settings) -> Vec<Place> {
    match &settings.desk {
        Some(desk) => vec![desk.clone()],
        None => direct(settings),
    }
}

/// Each organiser's direct messages: Slack opens them where a user id stands for the channel.
fn direct(settings: &Settings) -> Vec<Place> {
    let in_slack = settings.organisers.iter().filter(|p| p.platform == Platform::Slack);
    in_slack.map(|p| Place::new(Platform::Slack, p.home.clone(), p.id.clone())).collect()
}

/// Tells organisers something at their desk, under this name.
pub(crate) fn tell_desk(
    settings: &Settings,
    what: &str,
    message: &Message,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    desk(settings).iter().map(|place| note(settings, place, what, message.clone(), now)).collect()
}

/// Tells organisers that an announcement will not be seen in one place, once.
pub fn failure_notes(settings: &Settings, gone: &Delivery, why: &str, now: DateTime<Utc>) -> Vec<Delivery> {
    let name = settings.destination(&gone.to).map_or_else(|| gone.to.to_string(), |d| d.name.clone());
    let said = match &gone.work {
        Work::Announce(message) | Work::Edit { message, .. } => Some(&message.text),
        _ => None,
    };
    let message: Message = words::not_delivered(gone.to.platform, &name, &gone.id, said, why).into();
    let what = format!("failed/{}", gone.id);
    desk(settings)
        .iter()
        .filter(|place| **place != gone.to)
        .map(|place| note(settings, place, &what, message.clone(), now))
        .collect()
}

/// Tells organisers that a card could not be taken out of a room: somebody has to do it by hand. Once for
/// each card.
pub fn still_there_notes(
    settings: &Settings,
    removal: &Delivery,
    why: &str,
    now: DateTime<Utc>,
) -> Vec<Delivery> {
    let name = settings.destination(&removal.to).map(|d| d.name.clone());
    let message: Message = {
        let (to, at) = (removal.to.platform, removal.at);
        words::still_there(settings, to, name.as_deref(), at, why, now).into()
    };
    let what = format!("still-there/{}", removal.id);
    desk(settings).iter().map(|place| note(settings, place, &what, message.clone(), now)).collect()
}

/// Takes a change back, if nothing was changed after it.
fn undo(mut draft: Draft<'_>) -> Result<Decision, Refusal> {
    let undo = draft.chat.seen.undo.clone().ok_or(Refusal::Expired)?;
    if let Some((settings, version)) = &undo.settings {
        if draft.chat.settings.version != *version {
            return Err(Refusal::CannotUndo);
        }
        // A hashtag is claimed by a row of its own, which follows the settings.
        let (tag, was) = (settings.hashtag.to_lowercase(), draft.chat.settings.hashtag.to_lowercase());
        if tag != was {
            if draft.chat.seen.taken {
                return Err(Refusal::HashtagTaken(settings.hashtag.clone()));
            }
            draft.decision.changes.push(Change::Hashtag { tag, was: Some(was) });
        }
        draft.set(Settings { version: *version, ..settings.clone() });
    }
    let mut restored = Vec::new();
    for (before, version) in &undo.episodes {
        let current = draft.chat.episodes.iter().find(|e| e.id == before.id).ok_or(Refusal::CannotUndo)?;
        if !untouched(current, before, *version) {
            if let Some(n) = live::going_out(current, draft.now) {
                return Err(Refusal::GoingOut(n));
            }
            // What would be taken back during the hour is out: that says more than "something was changed".
            let since = before.upcoming().filter(|(_, q)| before.is_live() && asked(current, q.id));
            return Err(since.map_or(Refusal::CannotUndo, |(n, _)| Refusal::AlreadyAsked(n)));
        }
        let mut episode = Episode {
            version: current.version,
            // Notices are named by the change they tell of, cues by their question: the counts only go up.
            changes: current.changes,
            told: current.told,
            next_question: current.next_question.max(before.next_question),
            ..before.clone()
        };
        if gone_by(current, &episode, draft.now) {
            return Err(Refusal::TooLateToUndo);
        }
        // What was told must be taken back as publicly.
        if current.told != before.told {
            episode.notice = None;
            episode.reminded = current.reminded.or(before.reminded).or(Some(current.starts));
            planning::tell_of_change(&draft.settings, &mut episode, current.believed(), true, draft.now);
        }
        restored.push((current.clone(), episode.clone()));
        draft.put(episode);
    }
    let of_one = match restored.as_slice() {
        [(_, one)] => Some(one.starts),
        _ => None,
    };
    draft.tell(words::did_undo(&draft.settings, &undo.what, of_one, draft.now));
    let was = &draft.chat.settings;
    let retimed = (&was.slots, was.zone) != (&draft.settings.slots, draft.settings.zone);
    let mut message = if retimed {
        let next = next_after(&firing::after(draft.chat, &draft.decision), draft.now);
        words::undone_time(&draft.settings, &undo.what, next, draft.now)
    } else {
        words::undone(was, &draft.settings, &undo.what, &restored, draft.now)
    };
    let speaks = draft.settings.speaking().next().is_some();
    if let Some((_, episode)) = restored.iter().find(|(_, e)| e.notice.is_some()) {
        message.text = words::and_say_so(message.text, &draft.settings, episode, speaks, draft.now);
    }
    Ok(draft.instead(message))
}

fn asked(episode: &Episode, question: crate::name::QuestionId) -> bool {
    episode.question(question).is_some_and(|q| q.asked.is_some())
}

/// Whether nothing happened to an episode since a change made this version of it, but that the change
/// itself was announced: a notice that fires writes the episode once more.
fn untouched(current: &Episode, before: &Episode, version: u64) -> bool {
    let announced = current.notice.is_none() && current.changes == before.changes + 1;
    let withdrawn = current.state == crate::agenda::State::Cancelled;
    current.version == version || (announced && (withdrawn || current.version == version + 1))
}

/// Whether going back would call for something whose moment has passed meanwhile.
fn gone_by(current: &Episode, back: &Episode, now: DateTime<Utc>) -> bool {
    if back.state == crate::agenda::State::Planned {
        return (current.state != back.state || current.starts != back.starts) && back.starts <= now;
    }
    // Made longer, and past its first end by now: going back would close it at once.
    if current.is_live() && back.ends() <= now && now < current.ends() {
        return true;
    }
    let due =
        |e: &Episode| e.upcoming().filter(|_| e.state == crate::agenda::State::Open).map(|(_, q)| q.due);
    let then = due(back);
    then != due(current) && then.flatten().is_some_and(|due| due <= now)
}

/// Whether a post was filed, for the actions on its card.
fn filed<'a>(draft: &Draft<'a>) -> Result<&'a crate::post::Filed, Refusal> {
    draft.chat.seen.filed.as_ref().ok_or(Refusal::Expired)
}

/// Files a post anew.
fn move_card(draft: Draft<'_>, position: u32) -> Result<Decision, Refusal> {
    let filed = filed(&draft)?;
    let episode = draft.chat.episodes.iter().find(|e| e.id == filed.episode).ok_or(Refusal::Expired)?;
    let question = match position {
        0 => None,
        n => Some(episode.at(n).filter(|q| q.asked.is_some()).ok_or(Refusal::NoQuestion(n))?.id),
    };
    // Where it stands already, unless that was a guess: then it is confirmed.
    if filed.question.map(|(id, _)| id) == question
        && filed.question.is_none_or(|(_, by)| by != crate::post::FiledBy::Guess)
    {
        return Err(Refusal::Unchanged);
    }
    let mut decision = mirror::refile(draft.chat, filed, question);
    decision.reply = Some(Reply::Said(words::refiled(&filed.post.author.name, position).into()));
    Ok(decision)
}

//! A chat's life in memory: a store that keeps to the versions, and a clock that fires what falls due.

use std::collections::{BTreeMap, HashSet};

use chat::action::Action;
use chat::agenda::{Episode, State};
use chat::bank::{Idea, IdeaId};
use chat::command::{Command, NewChat};
use chat::cue::{CueState, Kind};
use chat::delivery::{Delivery, Work};
use chat::member::Member;
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform};
use chat::post::Entry;
use chat::rehearsal::Rehearsal;
use chat::reply::Reply;
use chat::settings::{Cards, Destination, Layout, Settings};
use chat::text::Message;
use chat::{
    Asking, Change, Chat, Decision, Deployment, Event, Kept, Refusal, Seen, Undo, decide, decide_unasked,
    steer,
};
use chrono::{DateTime, Duration, Utc};

pub(crate) fn utc(s: &str) -> DateTime<Utc> {
    let zoned = if s.ends_with('Z') { s.to_owned() } else { format!("{s}Z") };
    let full = if zoned.len() == "2026-11-24T20:00Z".len() { zoned.replace('Z', ":00Z") } else { zoned };
    full.replace(' ', "T").parse().expect("an instant")
}

pub(crate) fn maya() -> Person {
    Person::new(Platform::Slack, "T1", "UMAYA")
}

pub(crate) fn sol() -> Person {
    Person::new(Platform::Slack, "T1", "USOL")
}

pub(crate) fn slack() -> Place {
    Place::new(Platform::Slack, "T1", "C1")
}

pub(crate) fn discord() -> Place {
    Place::new(Platform::Discord, "4105", "4106")
}

pub(crate) fn x() -> Place {
    Place::new(Platform::X, "", "2244")
}

/// Something that was asked to be delivered, as the test reads it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) id: DeliveryId,
    pub(crate) to: Place,
    /// When it goes out: when it was decided, or the moment it is due if that is later.
    pub(crate) at: DateTime<Utc>,
    pub(crate) work: Work,
}

impl Said {
    pub(crate) fn message(&self) -> Option<&Message> {
        match &self.work {
            Work::Announce(message) => Some(message),
            _ => None,
        }
    }

    pub(crate) fn words(&self) -> String {
        self.message().map(|m| m.text.words()).unwrap_or_default()
    }

    /// What it is, without the place: `smxchat/2026-11-24T20:00Z/open`.
    pub(crate) fn what(&self) -> &str {
        self.id.0.split('>').next().unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Show {
    pub(crate) chat: Chat,
    pub(crate) now: DateTime<Utc>,
    pub(crate) said: Vec<Said>,
    pub(crate) people: BTreeMap<String, Change>,
    pub(crate) counted: Vec<chat::Uncarried>,
    /// What others were told.
    pub(crate) happened: Vec<chat::happening::Happening>,
    /// Who was let in while more of theirs waited than one commit carries.
    pub(crate) letting_in: Vec<Person>,
    /// The episodes of which more was missed than one commit carries.
    pub(crate) catching_up: Vec<EpisodeId>,
    /// The hashtags that belong to the chat.
    pub(crate) tags: Vec<String>,
    pub(crate) rehearsal: Option<Rehearsal>,
    /// What was suggested.
    pub(crate) ideas: BTreeMap<IdeaId, Idea>,
    undos: BTreeMap<String, Undo>,
    kept: BTreeMap<String, Kept>,
    names: HashSet<String>,
    requests: u32,
}

impl Show {
    /// #SMXChat, Tuesdays at 8pm in London, made by Maya, speaking nowhere.
    pub(crate) fn new(now: &str) -> Show {
        Show::of("new #SMXChat every Tuesday 8pm London", now)
    }

    pub(crate) fn of(typed: &str, now: &str) -> Show {
        let now = utc(now);
        let deployment = Deployment {
            operators: vec![maya()],
            x: Some((x(), "SMXChat".to_owned())),
            slack: true,
            discord: true,
        };
        let asking = asking(&maya(), 0);
        let (slug, decision) =
            steer::create(&deployment, &asking, &new_chat(typed), false, now).expect("made");
        let settings = decision.changes.iter().find_map(|c| match c {
            Change::Settings(settings) => Some(settings.clone()),
            _ => None,
        });
        let mut show = Show {
            chat: Chat {
                settings: settings.clone().expect("settings"),
                episodes: Vec::new(),
                cues: Vec::new(),
                deployment,
                seen: Seen::default(),
            },
            now,
            said: Vec::new(),
            people: BTreeMap::new(),
            counted: Vec::new(),
            happened: Vec::new(),
            letting_in: Vec::new(),
            catching_up: Vec::new(),
            tags: Vec::new(),
            rehearsal: None,
            ideas: BTreeMap::new(),
            undos: BTreeMap::new(),
            kept: BTreeMap::new(),
            names: HashSet::new(),
            requests: 0,
        };
        assert_eq!(slug.as_str(), show.chat.settings.slug.as_str());
        show.apply(decision);
        show
    }

    /// The same, speaking in Slack (threads), Discord (flat, with a role) and on X, with a desk.
    pub(crate) fn everywhere(now: &str) -> Show {
        let mut show = Show::new(now);
        show.connect();
        show
    }

    pub(crate) fn connect(&mut self) {
        self.slack("connect slack");
        let there = Destination {
            place: discord(),
            name: "smxchat".to_owned(),
            layout: Layout::Flat,
            role: None,
            cards: Cards::Full,
        };
        let asking = self.asking(&Person::new(Platform::Discord, "", "77"));
        self.event(&Event::Connected(asking, there)).expect("connected");
        self.slack("connect x");
        self.press(Action::ApproveX(self.chat.settings.slug.clone())).expect("approved");
        self.slack("set role 123456789012345678");
        self.slack("set desk <#CDESK|desk>");
        self.slack("set cities New York, Nairobi");
    }

    pub(crate) fn asking(&mut self, by: &Person) -> Asking {
        self.requests += 1;
        asking(by, self.requests)
    }

    /// Types a command as Maya and reads the words of the reply.
    pub(crate) fn slack(&mut self, typed: &str) -> String {
        let reply = self.try_slack(typed).unwrap_or_else(|refusal| panic!("{typed}: {refusal:?}"));
        words(reply.as_ref())
    }

    pub(crate) fn refused(&mut self, typed: &str) -> Refusal {
        match self.try_slack(typed) {
            Err(refusal) => refusal,
            Ok(reply) => panic!("{typed} was not refused: {}", words(reply.as_ref())),
        }
    }

    pub(crate) fn try_slack(&mut self, typed: &str) -> Result<Option<Reply>, Refusal> {
        self.try_slack_as(&maya(), typed)
    }

    /// Types a command as somebody else.
    pub(crate) fn try_slack_as(&mut self, by: &Person, typed: &str) -> Result<Option<Reply>, Refusal> {
        let command = parse(typed);
        let asking = self.asking(by);
        self.event(&Event::Commanded(asking, command))
    }

    /// Types a command as Maya in another channel.
    pub(crate) fn try_slack_in(
        &mut self,
        place: &Place,
        name: &str,
        typed: &str,
    ) -> Result<Option<Reply>, Refusal> {
        let command = parse(typed);
        let asking =
            Asking { place: Some(place.clone()), place_name: Some(name.to_owned()), ..self.asking(&maya()) };
        self.event(&Event::Commanded(asking, command))
    }

    pub(crate) fn press(&mut self, action: Action) -> Result<Option<Reply>, Refusal> {
        self.press_as(&maya(), action)
    }

    /// Presses a button as somebody else.
    pub(crate) fn press_as(&mut self, by: &Person, action: Action) -> Result<Option<Reply>, Refusal> {
        let asking = self.asking(by);
        match &action {
            Action::Undo(_, id) => self.chat.seen.undo = self.undos.get(id).cloned(),
            Action::Say(_, id) => self.chat.seen.kept = self.kept.get(id).cloned(),
            // As the host does it: the command that was kept is run.
            Action::Choose(_, id) => {
                let kept = self.kept.get(id).expect("a command was kept").text.clone();
                return self.event(&Event::Commanded(asking, parse(&kept)));
            }
            _ => {}
        }
        self.event(&Event::Pressed(asking, action))
    }

    /// Presses Undo under the last reply that had it.
    pub(crate) fn undo(&mut self) -> Result<Option<Reply>, Refusal> {
        self.undo_of(self.requests)
    }

    /// Presses the Undo of the request of this number.
    pub(crate) fn undo_of(&mut self, request: u32) -> Result<Option<Reply>, Refusal> {
        self.press(Action::Undo(self.chat.settings.slug.clone(), key(request)))
    }

    pub(crate) fn last_request(&self) -> u32 {
        self.requests
    }

    pub(crate) fn event(&mut self, event: &Event) -> Result<Option<Reply>, Refusal> {
        self.chat.seen.rehearsal.clone_from(&self.rehearsal);
        if let Event::Membered(asking, _) | Event::Pressed(asking, _) | Event::Submitted(asking, ..) = event
            && let Some(Change::Joined(member)) = self.people.get(&format!("member {}", asking.by))
        {
            self.chat.seen.member = Some(member.clone());
        }
        self.chat.seen.ideas = self.ideas.values().cloned().collect();
        let decided = decide(&self.chat, event, self.now);
        assert_eq!(decided, decide(&self.chat, event, self.now), "the same input, the same output");
        if !event.is_asked() {
            // What a Lambda behind a queue decides by.
            assert_eq!(decided, Ok(decide_unasked(&self.chat, event, self.now)), "and never refused");
        }
        // What was looked up is for one event; what X cost is so for all of them.
        self.chat.seen = Seen { account: self.chat.seen.account, ..Seen::default() };
        let decision = decided?;
        let reply = decision.reply.clone();
        self.apply(decision);
        Ok(reply)
    }

    /// Lets time pass: fires what falls due in its order, and plans every six hours.
    pub(crate) fn at(&mut self, until: &str) {
        self.until(utc(until));
    }

    pub(crate) fn until(&mut self, until: DateTime<Utc>) {
        assert!(until >= self.now, "time goes on");
        let step = Duration::hours(6);
        loop {
            let due = self.due().into_iter().next();
            let plan = self.now + step;
            match due {
                Some((at, id, rev)) if at <= until && at <= plan => {
                    self.now = self.now.max(at);
                    self.fire(&id, rev);
                }
                _ if plan <= until => {
                    self.now = plan;
                    self.plan();
                }
                _ => break,
            }
        }
        self.now = until;
    }

    /// Time passes and nothing runs.
    pub(crate) fn outage(&mut self, until: &str) {
        self.now = utc(until);
    }

    /// Plans until nothing is left to plan.
    pub(crate) fn plan(&mut self) {
        for _ in 0..20 {
            let before = self.chat.clone();
            self.event(&Event::Plan).expect("plans");
            if (&self.chat.episodes, &self.chat.cues) == (&before.episodes, &before.cues) {
                self.forget();
                return;
            }
        }
        panic!("planning never ends");
    }

    pub(crate) fn fire(&mut self, id: &chat::cue::CueId, rev: u64) {
        self.event(&Event::CueDue(id.clone(), rev)).expect("cues are never refused");
    }

    /// What waits, by time.
    pub(crate) fn due(&self) -> Vec<(DateTime<Utc>, chat::cue::CueId, u64)> {
        let mut due: Vec<_> = self
            .chat
            .cues
            .iter()
            .filter(|c| c.state == CueState::Waiting)
            .map(|c| (c.due, c.id.clone(), c.rev))
            .collect();
        due.sort();
        due
    }

    /// As the host loads it: what is ahead and the last few over.
    fn forget(&mut self) {
        let old = self.now - Duration::days(21);
        self.chat.episodes.retain(|e| e.is_ahead() || e.starts > old || e.id.planned > old);
        let kept: HashSet<EpisodeId> = self.chat.episodes.iter().map(|e| e.id.clone()).collect();
        self.chat.cues.retain(|c| kept.contains(&c.id.episode));
    }

    fn apply(&mut self, decision: Decision) {
        let rows = decision.changes.len() + 3 * decision.effects.len();
        assert!(rows <= 80, "{rows} rows are more than one transaction takes");
        let mut written = HashSet::new();
        self.happened.extend(decision.happened);
        for change in decision.changes {
            match change {
                Change::Settings(settings) => {
                    assert!(written.insert("settings".to_owned()), "settings written twice");
                    assert_eq!(settings.version, self.chat.settings.version, "settings' version");
                    self.chat.settings = Settings { version: settings.version + 1, ..settings };
                }
                Change::Episode(episode) => {
                    assert!(written.insert(episode.id.to_string()), "{} written twice", episode.id);
                    let stored = self.chat.episodes.iter().position(|e| e.id == episode.id);
                    let version = stored.map_or(0, |n| self.chat.episodes[n].version);
                    assert_eq!(episode.version, version, "version of {}", episode.id);
                    let episode = Episode { version: version + 1, ..episode };
                    match stored {
                        Some(n) => self.chat.episodes[n] = episode,
                        None => self.chat.episodes.push(episode),
                    }
                    self.chat.episodes.sort_by_key(|e| e.starts);
                }
                Change::Cue(cue) => {
                    assert!(written.insert(cue.id.to_string()), "{} written twice", cue.id);
                    match self.chat.cues.iter_mut().find(|c| c.id == cue.id) {
                        Some(stored) => {
                            assert_ne!(stored.state, CueState::Fired, "{} was fired", cue.id);
                            if matches!(cue.state, CueState::Fired | CueState::TooLate) {
                                assert_eq!((stored.state, stored.rev), (CueState::Waiting, cue.rev));
                            } else {
                                assert!(cue.rev > stored.rev, "{cue:?} after {stored:?}");
                            }
                            *stored = cue;
                        }
                        None => self.chat.cues.push(cue),
                    }
                }
                Change::Undo(undo) => {
                    self.undos.insert(undo.id.clone(), undo);
                }
                Change::Rehearsal(rehearsal) => {
                    assert_eq!(rehearsal.version, self.rehearsal.as_ref().map_or(0, |r| r.version));
                    self.rehearsal = Some(Rehearsal { version: rehearsal.version + 1, ..rehearsal });
                }
                Change::Idea(idea) => {
                    assert!(written.insert(format!("idea {}", idea.id)), "{idea:?} written twice");
                    assert_eq!(idea.version, self.ideas.get(&idea.id).map_or(0, |i| i.version), "{idea:?}");
                    self.ideas.insert(idea.id, Idea { version: idea.version + 1, ..idea });
                }
                Change::IdeaGone(idea) => {
                    assert!(written.insert(format!("idea {}", idea.id)), "{idea:?} written twice");
                    let gone = self.ideas.remove(&idea.id).expect("it was there");
                    assert_eq!(gone.version, idea.version, "{idea:?}");
                }
                Change::Keep(kept) => {
                    self.kept.insert(kept.id.clone(), kept);
                }
                Change::Counted(why) => self.counted.push(why),
                Change::Gone(removal) => {
                    self.people.remove(&format!("filed {}", removal.post));
                }
                Change::Unquoted(gone) => {
                    let filed = self.people.get_mut(&format!("filed {}", gone.post));
                    if let (Some(stands), Some(Change::Filed(filed))) = (gone.stands, filed) {
                        assert_eq!((&filed.episode, &filed.post.version), (&stands.episode, &stands.version));
                        assert_eq!(filed.post.quoted.take(), Some(stands.quoted));
                    }
                }
                Change::Bar(bar) => {
                    self.people.insert(format!("bar {}", bar.whom), Change::Bar(bar));
                }
                Change::Unbar(whom) => {
                    self.people.remove(&format!("bar {whom}"));
                }
                Change::Erase { .. } | Change::Forget(_) => {}
                Change::Filed(filed) => {
                    self.people.insert(format!("filed {}", filed.post.id), Change::Filed(filed));
                }
                Change::Participant(p) => {
                    self.people.insert(format!("participant {}", p.person), Change::Participant(p));
                }
                Change::Joined(member) | Change::Member(member) => {
                    let known = match self.people.get(&format!("member {}", member.person)) {
                        Some(Change::Joined(known)) => known.version,
                        _ => 0,
                    };
                    assert_eq!(member.version, known, "version of {}", member.person);
                    let member = Member { version: member.version + 1, ..member };
                    self.people.insert(format!("member {}", member.person), Change::Joined(member));
                }
                Change::Left(person) => {
                    self.people.remove(&format!("member {person}"));
                }
                Change::Hashtag { tag, was } => {
                    self.tags.retain(|t| Some(t) != was.as_ref());
                    self.tags.push(tag);
                }
                Change::ConnectCode { .. } | Change::CodeUsed(_) => {}
                Change::Claimed { .. }
                | Change::Unclaimed(_)
                | Change::Linked { .. }
                | Change::Unlinked(_) => {}
                Change::Settled { post, version, episode, entry } => {
                    let filed = self.people.get_mut(&format!("filed {post}")).expect("it is filed");
                    let Change::Filed(filed) = filed else { panic!("{filed:?}") };
                    assert_eq!((&filed.episode, filed.entry), (&episode, Entry::Late), "{post}");
                    assert_eq!(filed.post.version, version, "{post}");
                    filed.entry = entry;
                }
                // Whom the desk names is worked out by the host.
                Change::Heard { .. } => {}
                Change::CatchingUp { episode, more } => {
                    self.catching_up.retain(|e| *e != episode);
                    if more {
                        self.catching_up.push(episode);
                    }
                }
                Change::LettingIn { person, more } => {
                    self.letting_in.retain(|p| *p != person);
                    if more {
                        self.letting_in.push(person);
                    }
                }
            }
        }
        for delivery in decision.effects {
            self.deliver(delivery);
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        let new = self.names.insert(delivery.id.0.clone());
        // One line a day is meant to be called alike, for the table to leave out the others.
        if !new && (delivery.id.0.contains("/ideas/") || matches!(delivery.work, Work::Desk(_))) {
            return;
        }
        assert!(new, "{} delivered twice", delivery.id);
        let at = delivery.not_before.map_or(self.now, |at| at.max(self.now));
        self.said.push(Said { id: delivery.id, to: delivery.to, at, work: delivery.work });
    }

    /// What was said in a place since then, with its local time.
    pub(crate) fn heard(&self, place: &Place, since: &str) -> Vec<String> {
        let since = utc(since);
        self.said
            .iter()
            .filter(|s| &s.to == place && s.at >= since && s.message().is_some())
            .map(|s| {
                let local = s.at.with_timezone(&self.chat.settings.zone);
                format!("{} {}", local.format("%a %-d %b %H:%M:%S"), s.words())
            })
            .collect()
    }

    pub(crate) fn transcript(&self, place: &Place, since: &str) -> String {
        self.heard(place, since).join("\n\n")
    }

    /// When each of these announcements went out to a place: by the end of its name.
    pub(crate) fn when(&self, place: &Place, what: &str) -> Vec<DateTime<Utc>> {
        self.said.iter().filter(|s| &s.to == place && s.what().ends_with(what)).map(|s| s.at).collect()
    }

    pub(crate) fn episode(&self, planned: &str) -> &Episode {
        let planned = utc(planned);
        self.chat.episodes.iter().find(|e| e.id.planned == planned).expect("that episode")
    }

    pub(crate) fn live(&self) -> Option<&Episode> {
        self.chat.episodes.iter().find(|e| e.is_live())
    }

    pub(crate) fn starts(&self) -> Vec<String> {
        let planned = self.chat.episodes.iter().filter(|e| e.state == State::Planned);
        planned.map(|e| e.starts.format("%Y-%m-%dT%H:%M").to_string()).collect()
    }

    pub(crate) fn cue(&self, planned: &str, kind: &Kind) -> Option<&chat::cue::Cue> {
        let planned = utc(planned);
        self.chat.cues.iter().find(|c| c.id.episode.planned == planned && &c.id.kind == kind)
    }
}

fn key(request: u32) -> String {
    format!("request-{request}")
}

fn asking(by: &Person, request: u32) -> Asking {
    Asking {
        by: by.clone(),
        name: "Maya".to_owned(),
        picture: None,
        place: Some(match by.platform {
            Platform::Discord => discord(),
            _ => slack(),
        }),
        place_name: Some("smxchat".to_owned()),
        key: key(request),
    }
}

pub(crate) fn parse(typed: &str) -> Command {
    chat::command::parse(typed, &[]).unwrap_or_else(|m| panic!("{typed}: {m:?}")).command
}

fn new_chat(typed: &str) -> NewChat {
    match parse(typed) {
        Command::New(Some(new)) => new,
        other => panic!("{other:?}"),
    }
}

/// A reply as it is read, with its buttons.
pub(crate) fn words(reply: Option<&Reply>) -> String {
    match reply {
        Some(Reply::Said(message) | Reply::Instead(message)) => {
            let buttons: String = message.buttons.iter().map(|b| format!(" [{}]", b.label)).collect();
            format!("{}{buttons}", message.text.words())
        }
        Some(Reply::Form(form)) => format!("(form) {}", form.title),
        Some(Reply::Mend(complaints)) => format!("{complaints:?}"),
        Some(Reply::Later | Reply::Silent) | None => String::new(),
    }
}

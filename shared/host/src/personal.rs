//! Members: reminders that they asked for, and which account on X is whose.

use chat::agenda::{Episode, State};
use chat::attendance::{self, Attendance};
use chat::delivery::Room;
use chat::member::Member;
use chat::name::Slug;
use chat::name::{EpisodeId, Person};
use chat::post::Post;
use chat::reply::Reply;
use chat::text::Message;
use chat::{Decision, Event, Seen, greeting, personal, proof};
use store::{Loaded, Opened, StoreError, Waiting};

use crate::Host;
use crate::answer::Outcome;
use crate::deliver::Run;
use crate::send::{self, Came};

impl Host {
    /// The members who want to be reminded of an episode, and whose reminder is not laid out yet.
    pub(crate) async fn to_remind(
        &self,
        loaded: &Loaded,
        episode: &EpisodeId,
    ) -> Result<Vec<Member>, StoreError> {
        let Some(episode) = loaded.episodes.iter().find(|e| e.id == *episode) else { return Ok(Vec::new()) };
        let now = self.clocks.chat.now();
        let wanted: Vec<_> = self
            .store
            .members(&loaded.settings.slug)
            .await?
            .into_iter()
            .filter_map(|member| {
                let id = personal::delivery(&loaded.settings, &member, episode, now)?.id;
                Some((member, id))
            })
            .collect();
        let ids: Vec<_> = wanted.iter().map(|(_, id)| id).collect();
        let missing = self.store.unwritten(&ids).await?;
        Ok(wanted.iter().filter(|(_, id)| missing.contains(id)).map(|(member, _)| member.clone()).collect())
    }

    /// Whose account a post comes from, and whose claim it proves.
    pub(crate) async fn see_owner(
        &self,
        slug: &Slug,
        post: &Post,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        seen.linked = self.store.linked(slug, &post.author.person).await?;
        if let Some(member) = &seen.linked {
            seen.also = self.store.participant(slug, member).await?;
        }
        for word in proof::words_in(&post.text) {
            if seen.claimant.is_none() {
                seen.claimant = self.store.claimant(slug, &word).await?;
            }
        }
        Ok(())
    }

    /// Whether somebody's first hour was this one, and whether they are still carried.
    pub(crate) async fn see_greeted(
        &self,
        slug: &Slug,
        person: &Person,
        episode: &EpisodeId,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        seen.member = self.store.member(slug, person).await?;
        let account = seen.member.as_ref().and_then(|member| member.account.as_ref());
        let people: Vec<Person> =
            std::iter::once(person.clone()).chain(account.map(|account| account.person.clone())).collect();
        seen.came_first = self.store.came_first(&people, episode).await?;
        for person in &people {
            seen.bar = seen.bar.take().or(self.store.bar(slug, person, None).await?);
        }
        Ok(())
    }

    /// What the member who acts said by their account on X.
    pub(crate) async fn see_account(&self, slug: &Slug, seen: &mut Seen) -> Result<(), StoreError> {
        let account = seen.member.as_ref().and_then(|member| member.account.as_ref());
        if let Some(account) = account {
            seen.also = self.store.participant(slug, &account.person).await?;
        }
        Ok(())
    }

    /// In which hours somebody took part, by what they said here and on X. Reads the episodes of two years and
    /// a row for each and account: a few hundred reads, where somebody asks what is known of them.
    pub(crate) async fn see_attendance(
        &self,
        loaded: &Loaded,
        person: &Person,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        let slug = &loaded.settings.slug;
        let account = seen.member.as_ref().and_then(|member| member.account.as_ref());
        let people: Vec<Person> =
            std::iter::once(person.clone()).chain(account.map(|account| account.person.clone())).collect();
        let since = self.clocks.chat.now() - attendance::MEMORY;
        let mut episodes = self.store.episodes_since(slug, since).await?;
        episodes.retain(|episode| !matches!(episode.state, State::Cancelled));
        let ids: Vec<EpisodeId> = episodes.iter().map(|episode| episode.id.clone()).collect();
        // Where nothing was asked, only its cue knows whether the hour was opened.
        let silent = episodes
            .iter()
            .filter(|episode| matches!(episode.state, State::Closed { .. }) && episode.asked() == 0);
        let silent: Vec<EpisodeId> = silent.map(|episode| episode.id.clone()).collect();
        let answered = people.iter().map(|person| self.store.answered(slug, person));
        let (spoke, opened, answered) = tokio::try_join!(
            self.store.spoke_in(&people, &ids),
            self.store.opened(&silent),
            futures::future::try_join_all(answered),
        )?;
        let hour = |episode: &Episode| {
            let (opened, spoke) = (opened.contains(&episode.id), spoke.contains(&episode.id));
            attendance::hour(episode, opened, spoke)
        };
        seen.attendance = Some(Attendance {
            hours: episodes.iter().filter_map(hour).collect(),
            since,
            answers: answered.iter().map(|by_one| by_one.answers).sum(),
            counted_all: answered.iter().all(|by_one| by_one.all),
        });
        Ok(())
    }

    /// The channel in which somebody in Discord is written to alone. Asking for it twice gives the same one,
    /// so it is only kept to save the call.
    pub(crate) async fn direct(
        &self,
        waiting: &Waiting,
        person: &str,
    ) -> Result<Result<String, Came>, StoreError> {
        let known = self.store.room(&waiting.delivery.to, &Room::Channel).await?;
        if let Some(row) = known.filter(|row| !row.thread.is_empty()) {
            return Ok(Ok(row.thread));
        }
        let Some(discord) = &self.discord else {
            return Ok(Err(Came::Refused { reason: None, why: "Discord is off".to_owned() }));
        };
        Ok(discord.open_direct(person).await.map_err(Came::from))
    }
}

impl Run<'_> {
    /// Reminds a member, if they still want it: what it says is read now.
    pub(crate) async fn remind(
        &mut self,
        waiting: Waiting,
        person: &Person,
        episode: &EpisodeId,
    ) -> Result<(), StoreError> {
        let slug = waiting.slug.clone();
        let member = self.host.store.member(&slug, person).await?;
        let now = self.host.clocks.chat.now();
        let message = match self.chat(&slug).await? {
            Some(loaded) => {
                let episode = loaded.episodes.iter().find(|e| e.id == *episode);
                personal::due(&loaded.settings, episode, member.as_ref(), &waiting.delivery.id, now)
            }
            None => None,
        };
        // Who asked for no reminder is nudged once, and that is noted before it is said.
        let nudged = member.as_ref().is_some_and(|member| member.wishes.remind.is_none());
        let message = match message {
            Some(_) if nudged => self.worded(&slug, &Event::Nudged(person.clone(), episode.clone())).await?,
            message => message,
        };
        self.say_alone(waiting, person, message).await
    }

    /// Greets a member after their first hour, if they still want it.
    pub(crate) async fn greet(
        &mut self,
        waiting: Waiting,
        person: &Person,
        episode: &EpisodeId,
    ) -> Result<(), StoreError> {
        let slug = waiting.slug.clone();
        let member = self.host.store.member(&slug, person).await?;
        let now = self.host.clocks.chat.now();
        if let (Some(member), Some(loaded)) = (&member, self.chat(&slug).await?)
            && let Some(episode) = loaded.episodes.iter().find(|e| e.id == *episode)
            && let Err(at) = greeting::due(&loaded.settings, episode, member, now)
        {
            // The hour goes on for longer than it was to, or they have other quiet hours by now. A bell that is
            // too far off is left to the sweep.
            tracing::debug!(delivery = %waiting.delivery.id, %at, "it is not time yet");
            let real = self.host.clocks.real.now();
            let at = self.host.clocks.chat.in_real(at, real);
            self.postponed.push(waiting.delivery.id);
            self.later(at.min(real + crate::deliver::FAR));
            return Ok(());
        }
        let message = self.worded(&slug, &Event::Greeted(person.clone(), episode.clone())).await?;
        self.say_alone(waiting, person, message).await
    }

    /// What an event leads to for one person, in words; none where it is not wanted any more.
    async fn worded(&self, slug: &Slug, event: &Event) -> Result<Option<Message>, StoreError> {
        Ok(match self.host.run(slug, event).await? {
            Outcome::Done(Decision { reply: Some(Reply::Said(message)), .. }) => Some(message),
            _ => None,
        })
    }

    /// Writes to somebody alone.
    async fn say_alone(
        &mut self,
        waiting: Waiting,
        person: &Person,
        message: Option<Message>,
    ) -> Result<(), StoreError> {
        let slug = waiting.slug.clone();
        let Some(message) = message else {
            // They changed their mind, or the date did: nobody misses it.
            tracing::debug!(delivery = %waiting.delivery.id, "it is not wanted any more");
            let real = self.host.clocks.real.now();
            return self.host.store.failed(&[waiting], "it is not wanted any more", real, &[]).await;
        };
        let payload = wire::discord::message(&message).to_string();
        let claimed = self.claim(vec![waiting], Some(payload.clone()), Vec::new()).await?;
        let Some(first) = claimed.first().cloned() else { return Ok(()) };
        let came = match self.host.direct(&first, &person.id).await? {
            Ok(channel) => {
                let mark = first.mark.clone().unwrap_or_default();
                match self.host.say(&first, Some(&channel), &payload, &mark).await {
                    Came::Sent { external, pause, .. } => {
                        let room = Opened { room: Room::Channel, thread: channel, ready: true };
                        Came::Sent { external, room: Some(room), pause }
                    }
                    other => other,
                }
            }
            Err(came) => came,
        };
        match came {
            // Theirs to decide: nobody else is told, and nothing is tried again.
            Came::Refused { reason, why } if reason.is_none_or(|reason| !send::is_ours(reason)) => {
                tracing::info!(delivery = %first.delivery.id, why, "no direct message gets through");
                let real = self.host.clocks.real.now();
                self.host.store.failed(&claimed, &why, real, &[]).await?;
                self.host.run(&slug, &Event::Unreached(person.clone())).await.map(drop)
            }
            came => self.record(claimed, came, true).await,
        }
    }
}

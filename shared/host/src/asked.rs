//! What an event that somebody asked for needs to see. Apart from [`answer`](crate::answer), so that a Lambda that
//! answers nobody has none of it.

use chat::action::Action;
use chat::command::{self, Command, MemberCommand, Pointed};
use chat::desk::Press;
use chat::name::{DeliveryId, Place, Platform, PostId, Slug};
use chat::post::Filed;
use chat::removal::Whom;
use chat::{Event, Seen, Voices};
use chrono::TimeDelta;
use store::{Loaded, Standing, StoreError};

use crate::Host;
use crate::rehearsed::concerns_rehearsals;

impl Host {
    /// What an event that somebody asked for looks up beside the chat's slice.
    pub(crate) async fn seen_asked(&self, loaded: &Loaded, event: &Event) -> Result<Seen, StoreError> {
        let slug = &loaded.settings.slug;
        self.note_who_is_here(loaded, event).await;
        let mut seen = Seen::default();
        if concerns_rehearsals(event) {
            seen.rehearsal = self.store.rehearsal(slug).await?;
            seen.spoken_for = self.spoken_for(loaded, seen.rehearsal.as_ref(), event).await?;
        }
        match event {
            Event::Commanded(_, command @ (Command::Status | Command::Preview { .. })) => {
                seen.voices = self.voices(loaded).await?;
                if *command == Command::Status {
                    seen.radar = self.count_unheard(loaded).await?;
                    seen.kept_out = self.kept_out(loaded).await?;
                }
                seen.account = self.account(loaded).await?;
            }
            Event::Commanded(_, Command::Set(command::Setting::Budget(_))) => {
                seen.account = self.account(loaded).await?;
            }
            Event::Commanded(_, Command::Door(_)) => seen.kept_out = self.kept_out(loaded).await?,
            Event::Commanded(_, Command::Set(command::Setting::Hashtag(tag))) => {
                seen.taken = self.is_taken(slug, tag).await?;
            }
            Event::Commanded(_, Command::Questions { on: Some(_) }) => {
                let a_year_ago = self.clocks.chat.now() - TimeDelta::days(366);
                seen.past = self.store.episodes_since(slug, a_year_ago).await?;
            }
            Event::Commanded(_, Command::Hide { what: Pointed::Message { platform, channel, id } }) => {
                self.seen_message(slug, *platform, (channel, id), &mut seen).await?;
            }
            Event::Commanded(_, Command::Hide { what: Pointed::OnX(post) }) => {
                let version = PostId { source: Platform::X, id: post.clone() };
                let first = self.store.first_of(&version).await?;
                seen.own = self.store.external(Platform::X, post).await?.is_some();
                self.seen_post(slug, &first, &[first.clone(), version], &mut seen).await?;
                seen.named = Some(first);
            }
            Event::Commanded(
                _,
                Command::Block { handle } | Command::LeaveOut { handle } | Command::Unblock { handle },
            ) => {
                seen.known_as = self.store.known_as(slug, handle).await?;
                let known = seen.known_as.clone().map(Whom::Person);
                let all = self.store.bars(slug).await?;
                let mut bars = all.clone();
                let typed = Whom::handle(handle);
                bars.retain(|bar| {
                    let on_x = !matches!(&bar.whom, Whom::Person(p) if p.platform != Platform::X);
                    bar.whom == typed
                        || Some(&bar.whom) == known.as_ref()
                        || (on_x && bar.called.eq_ignore_ascii_case(handle))
                });
                // Who has no account on X was blocked by their card, and is let in by their name.
                if bars.is_empty() && matches!(event, Event::Commanded(_, Command::Unblock { .. })) {
                    let name = handle.to_lowercase();
                    bars = all.into_iter().filter(|bar| bar.called.to_lowercase() == name).collect();
                }
                seen.bars = bars;
            }
            Event::Commanded(_, Command::Show) => seen.bars = self.store.bars(slug).await?,
            Event::Commanded(_, Command::CatchUp) => self.see_missed(loaded, &mut seen).await?,
            Event::Commanded(_, Command::Heard { on }) => {
                self.see_heard(loaded, on.as_ref(), &mut seen).await?;
            }
            Event::Membered(asking, command) => {
                seen.member = self.store.member(slug, &asking.by).await?;
                if matches!(command, MemberCommand::Me | MemberCommand::ForgetMe) {
                    seen.participant = self.store.participant(slug, &asking.by).await?;
                    self.see_account(slug, &mut seen).await?;
                }
                if *command == MemberCommand::Me {
                    self.see_attendance(loaded, &asking.by, &mut seen).await?;
                }
            }
            Event::Pressed(asking, action) => match action {
                Action::Join(_) | Action::Leave(_) | Action::Me(_) | Action::Zone(..) => {
                    seen.member = self.store.member(slug, &asking.by).await?
                }
                Action::ForgetMe(_) => {
                    seen.member = self.store.member(slug, &asking.by).await?;
                    seen.participant = self.store.participant(slug, &asking.by).await?;
                    self.see_account(slug, &mut seen).await?;
                }
                Action::Undo(_, id) => {
                    seen.undo = self.store.undo(slug, id).await?;
                    if let Some((settings, _)) = seen.undo.as_ref().and_then(|undo| undo.settings.as_ref()) {
                        seen.taken = self.is_taken(slug, &settings.hashtag).await?;
                    }
                }
                Action::Say(_, id) => seen.kept = self.kept(slug, id).await?,
                Action::LetIn(_, post) => {
                    seen.filed = self.store.filed(slug, post).await?;
                    if let Some(filed) = &seen.filed {
                        let (episode, author) = (filed.episode.clone(), filed.post.author.person.clone());
                        seen.participant = self.store.participant(slug, &author).await?;
                        seen.held = self.held(loaded, Some(&episode), &author).await?;
                    }
                }
                Action::CatchUp(_) => self.see_missed(loaded, &mut seen).await?,
                Action::RefileMenu(_, post) => seen.filed = self.store.filed(slug, post).await?,
                Action::Desk(_, Press::Heard(post)) => {
                    seen.filed = self.store.filed(slug, post).await?;
                    if let Some(filed) = &mut seen.filed {
                        // They are thanked for whom the button named.
                        self.show_as_known(&mut filed.post.author);
                    }
                }
                Action::Refile(_, post, _) => {
                    seen.filed = self.store.filed(slug, post).await?;
                    if let Some(filed) = &seen.filed {
                        seen.sent = self.shown(loaded, filed).await?;
                    }
                }
                Action::Hide(_, post) => {
                    self.seen_post(slug, post, std::slice::from_ref(post), &mut seen).await?;
                }
                Action::Block(_, post) => seen.filed = self.store.filed(slug, post).await?,
                Action::Unblock(_, whom) => {
                    seen.bars = self.store.bars(slug).await?;
                    seen.bars.retain(|bar| bar.whom == *whom);
                }
                Action::Answer(..) | Action::Hello(_) => {
                    seen.bar = self.store.bar(slug, &asking.by, None).await?;
                }
                _ => {}
            },
            Event::Submitted(asking, Action::Join(_) | Action::Me(_), _) => {
                seen.member = self.store.member(slug, &asking.by).await?;
                seen.participant = self.store.participant(slug, &asking.by).await?;
            }
            Event::Submitted(asking, action @ (Action::Answer(..) | Action::Hello(_)), _) => {
                seen.member = self.store.member(slug, &asking.by).await?;
                seen.participant = self.store.participant(slug, &asking.by).await?;
                seen.bar = self.store.bar(slug, &asking.by, None).await?;
                self.see_account(slug, &mut seen).await?;
                // Nobody is a regular who was never here.
                if matches!(action, Action::Hello(_)) && (seen.participant.is_some() || seen.also.is_some()) {
                    self.see_attendance(loaded, &asking.by, &mut seen).await?;
                }
            }
            Event::Submitted(..) => {}
            Event::Commanded(..) | Event::Connected(..) => {}
            // Those nobody asks for.
            Event::Posted(_)
            | Event::Removed { .. }
            | Event::Unquoted { .. }
            | Event::CueDue(..)
            | Event::Plan
            | Event::Admitted(_)
            | Event::CatchUp(_)
            | Event::Greeted(..)
            | Event::Nudged(..)
            | Event::Unreached(_)
            | Event::Unplayed { .. } => {}
        }
        self.see_bank(loaded, event, &mut seen).await?;
        seen.unquoted = self.unquoted(slug, event, &seen).await?;
        Ok(seen)
    }

    /// The posts of a chat that a message shows. Of one alone, where all its cards are.
    async fn seen_message(
        &self,
        slug: &Slug,
        platform: Platform,
        (channel, id): (&str, &str),
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        let Some(message) = self.store.shown(platform, channel, id).await? else { return Ok(()) };
        // Another chat may speak in the same channel.
        let ours = format!("{slug}/");
        if !message.deliveries.iter().any(|delivery| delivery.0.starts_with(&ours)) {
            return Ok(());
        }
        let mut pointed = Vec::new();
        for post in &message.posts {
            pointed.extend(self.store.filed(slug, post).await?);
        }
        if let [only] = &pointed[..] {
            let post = &only.post.id;
            self.seen_post(slug, post, std::slice::from_ref(post), seen).await?;
        }
        seen.pointed = Some(pointed);
        Ok(())
    }

    /// Whether a hashtag belongs to another chat than this one.
    async fn is_taken(&self, slug: &Slug, tag: &str) -> Result<bool, StoreError> {
        let tag = tag.trim_start_matches(['#', '＃']).to_lowercase();
        let holders = self.store.chats_by_tag(std::slice::from_ref(&tag)).await?;
        Ok(holders.iter().any(|holder| holder != slug))
    }

    async fn voices(&self, loaded: &Loaded) -> Result<Voices, StoreError> {
        let live = loaded.episodes.iter().find(|e| e.is_live());
        let mut voices = match live {
            Some(episode) => self.voices_of(&episode.id).await?,
            None => Voices::default(),
        };
        voices.behind = self.behind(&loaded.settings).await?;
        Ok(voices)
    }

    /// The deliveries that show a post's card now.
    async fn shown(
        &self,
        loaded: &Loaded,
        filed: &Filed,
    ) -> Result<Vec<(DeliveryId, Place, chat::delivery::Room)>, StoreError> {
        let mut shown = Vec::new();
        for to in loaded.settings.rooms() {
            for refiled in 0..=filed.refiled {
                let version = Filed { refiled, ..filed.clone() };
                let name = chat::mirror::card_name(&loaded.settings.slug, &version, &to.place);
                let row = self.store.delivery(&name).await?;
                if let Some(row) = row.filter(|row| matches!(row.standing, Standing::Sent { .. })) {
                    shown.push((name, to.place.clone(), row.room));
                }
            }
        }
        Ok(shown)
    }
}

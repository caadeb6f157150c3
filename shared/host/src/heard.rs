//! The heard score, for an organiser who asks for it.

use std::collections::HashSet;

use chat::agenda::{Episode, State};
use chat::command::On;
use chat::heard::{self, Before, Known, MOST_POSTS, Voice};
use chat::name::EpisodeId;
use chat::{Seen, Uncarried};
use futures::future::try_join_all;
use store::{Loaded, Spoke, StoreError};

use crate::Host;

pub(crate) fn voices(spoke: Vec<Spoke>) -> Vec<Voice> {
    spoke.into_iter().map(|one| Voice { person: one.person, first_time: one.first_time }).collect()
}

impl Host {
    /// The hour that is meant, and what is known of it. Reads the chat's episodes of two years, its members and
    /// their accounts, who spoke in five hours at most, and of the one its posts, five thousand at most: in a big
    /// hour half a dozen calls one after the other, and as a rule one. All of it is for somebody who asks.
    pub(crate) async fn see_heard(
        &self,
        loaded: &Loaded,
        on: Option<&On>,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        let (slug, now) = (&loaded.settings.slug, self.clocks.chat.now());
        let mut hours = self.store.episodes_since(slug, now - heard::MEMORY).await?;
        // Where nothing was asked, only its cue knows whether the hour was opened.
        let silent = |hour: &&Episode| matches!(hour.state, State::Closed { .. }) && hour.asked() == 0;
        let silent: Vec<EpisodeId> = hours.iter().filter(silent).map(|hour| hour.id.clone()).collect();
        let opened: HashSet<EpisodeId> = self.store.opened(&silent).await?;
        hours.retain(|hour| hour.is_live() || heard::held(hour, opened.contains(&hour.id)));
        // Which of several is asked back by whoever decides.
        let meant = heard::meant(&hours, on, loaded.settings.zone, now).ok().flatten().cloned();
        if let Some(episode) = meant {
            // Boxed for the stack's sake, as in `answer`.
            seen.heard = Some(Box::pin(self.known_of(&hours, episode)).await?);
        }
        seen.past = hours;
        Ok(())
    }

    async fn known_of(&self, hours: &[Episode], episode: Episode) -> Result<Known, StoreError> {
        let (slug, before) = (&episode.id.chat, heard::before(hours, &episode));
        let spoke = try_join_all(before.iter().map(|hour| self.store.voices(&hour.id)));
        let days = heard::days(&episode);
        let reposts = days.iter().map(|day| self.store.counted(slug, Uncarried::Repost, *day));
        let ((posts, all_posts), now, spoke, owned, members, reposts) = tokio::try_join!(
            self.store.posts_within(&episode.id, MOST_POSTS),
            self.store.voices(&episode.id),
            spoke,
            self.store.all_linked(slug),
            self.store.members(slug),
            try_join_all(reposts),
        )?;
        let before = before.iter().zip(spoke);
        Ok(Known {
            posts,
            all_posts,
            voices: voices(now),
            before: before
                .map(|(hour, spoke)| Before { starts: hour.starts, voices: voices(spoke) })
                .collect(),
            owned: owned.into_iter().collect(),
            members,
            reposts: reposts.iter().sum(),
            episode,
        })
    }
}

//! The event bus: what a happening looks like to whoever hangs rules on it.
//!
//! The shapes are promised: `docs/EVENTS.md` tells of them, `infra/events/*.schema.json` are their schemas.
//! A field may come to them, none goes or changes its meaning without another `version`.

use chat::happening::{Happening, What};
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// Who tells, which is what rules match first.
pub const SOURCE: &str = "earshot";

/// The version of the shapes below.
const VERSION: u32 = 1;

/// What stands in the event's `detail`. Ids only: whoever wants words reads them where they stand.
pub fn detail(happening: &Happening) -> Value {
    let mut detail = json!({
        "version": VERSION,
        "id": happening.id(),
        "chat": happening.chat.as_str(),
        "at": happening.at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    let more = match &happening.what {
        What::Opened { episode } | What::Closed { episode } => json!({"episode": episode.to_string()}),
        What::Asked { episode, question, position } => {
            json!({"episode": episode.to_string(), "question": question.0, "position": position})
        }
        What::Failed { delivery, to } => json!({"delivery": delivery.0, "place": to.to_string()}),
        What::Joined { person } => json!({"member": person.to_string()}),
    };
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
        detail.extend(more);
    }
    detail
}

#[cfg(test)]
mod tests {
    use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, QuestionId, Slug};
    use chrono::{DateTime, Utc};

    use super::*;

    #[test]
    fn each_tells_what_happened_by_name() {
        let chat: Slug = "smxchat".parse().expect("a slug");
        let at: DateTime<Utc> = "2026-11-24T20:05:00Z".parse().expect("an instant");
        let episode: EpisodeId = "smxchat/2026-11-24T20:00Z".parse().expect("an episode");
        let to = Place::new(Platform::Slack, "T1", "C1");
        let tell = |what| detail(&Happening { chat: chat.clone(), at, what });
        let asked = tell(What::Asked { episode: episode.clone(), question: QuestionId(7), position: 3 });
        assert_eq!(
            asked,
            json!({
                "version": 1, "id": "smxchat/2026-11-24T20:00Z/q/7", "chat": "smxchat",
                "at": "2026-11-24T20:05:00.000Z", "episode": "smxchat/2026-11-24T20:00Z",
                "question": 7, "position": 3
            })
        );
        let opened = tell(What::Opened { episode: episode.clone() });
        assert_eq!(opened["id"], "smxchat/2026-11-24T20:00Z/open");
        let closed = tell(What::Closed { episode });
        assert_eq!(closed["id"], "smxchat/2026-11-24T20:00Z/close");
        let delivery = DeliveryId::new("smxchat/post/x:1", &to);
        let failed = tell(What::Failed { delivery: delivery.clone(), to: to.clone() });
        assert_eq!((&failed["delivery"], &failed["place"]), (&json!(delivery.0), &json!("slack:T1:C1")));
        let joined = tell(What::Joined { person: Person::new(Platform::Discord, "4105", "9") });
        assert_eq!(joined["id"], format!("smxchat/joined/discord:4105:9/{}", at.timestamp_millis()));
    }
}

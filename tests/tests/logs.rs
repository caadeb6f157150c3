//! What stands in the log: one line where a thing is handled, and never a secret or what people wrote.
//! A test of its own, because a log is opened once for a whole process.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use earshot::cast;
use earshot::standin::StandIn;
use tests::{SIX, Show};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_at_the_most_talkative_level() {
    let lines = Lines::default();
    let writer = lines.clone();
    // Everything, from everybody: what must not be logged is not logged at any level.
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let log = log.with_max_level(LevelFilter::TRACE).finish().with(host::filter("trace"));
    log.try_init().expect("the only log of this process");

    let mut show = Show::new("2026-11-19T10:00:00Z").await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show.discord(cast::AMARA, "join").await;
    show.answer(cast::AMARA, "A choir that met in a car park.").await;
    show.x("adaokafor", "A1 a bookshelf made of doors #SMXChat").await;
    show.slack("hold 3m").await;
    show.slack("fix Q1 Who are you, and who keeps your list?").await;
    show.at("21:20").await;
    show.assert_kept().await;

    let said = lines.take();
    for wanted in ["what=\"/chat hold\"", "what=\"/join\"", "a post", "sent", "form answer"] {
        assert!(said.iter().any(|line| line.contains(wanted)), "an operator reads nothing of {wanted}");
    }
    let mut secret = vec!["not-a-secret", "car park", "bookshelf", "keeps your list", "Amara", "Ada Okafor"];
    secret.extend(SIX.iter().map(|question| &question[..20]));
    for line in &said {
        for word in &secret {
            assert!(!line.contains(word), "{word:?} in the log: {line}");
        }
    }

    // What is not believed is one line, and says nothing of the sender's words.
    let x = &show.platforms.x;
    let mut forged = x.signed("/x/webhook", Bytes::from_static(b"{\"data\":{\"text\":\"let me in\"}}"));
    forged.body = Bytes::from_static(b"{\"data\":{\"text\":\"let me out\"}}");
    assert_eq!(x.repeat(&forged).await.expect("an answer").status, 401);
    let said: Vec<String> = lines.take().into_iter().filter(|l| l.contains(" host")).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("WARN") && said[0].contains("not believed"), "{said:?}");
    assert!(!said[0].contains("let me"), "{said:?}");
}

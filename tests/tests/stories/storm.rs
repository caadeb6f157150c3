//! An hour in which everything that can go wrong does so by chance: platforms, table and queues at once.
//! What must hold is in `tests::kept`.

use chrono::TimeDelta;
use earshot::dice::{Dice, Weather};
use earshot::standin::x::Draft;
use earshot::standin::{Fault, StandIn};
use tests::kept::{Carried, Far, broken};
use tests::{Show, Stage, weather, x_id};

/// How many seeds are played, and from which on: `EARSHOT_SEEDS=200` plays more, `EARSHOT_SEED=17` that one.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    match number("EARSHOT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("EARSHOT_SEEDS").unwrap_or(usual),
    }
}

/// An hour with its Q1 asked in fair weather, so that every room and thread is known.
async fn in_q1() -> Show {
    let mut show = Show::on(Stage { cabled: true, ..Stage::at("2026-11-19T10:00:00Z") }).await;
    show.set_up().await;
    show.ask_six().await;
    show.at("Tue 20:06").await;
    show
}

/// X delivers a post until it is taken, as X does; nothing else happens in between.
async fn posted(show: &mut Show, handle: &str, text: &str) -> String {
    let id = show.platforms.x.put(x_id(handle), Draft::text(text)).expect("posted");
    for _ in 0..200 {
        if show.platforms.x.deliver(&id).await.is_ok_and(|answer| answer.status == 200) {
            return id;
        }
    }
    panic!("Earshot never takes {text:?}");
}

/// Twelve minutes of posts in this weather, then calm until the next morning.
async fn weathered(seed: u64, refusals: bool) -> Vec<String> {
    let mut show = in_q1().await;
    let mut dice = Dice::new(seed);
    let mut kinds = |platform: &str, passing: Vec<Fault>| {
        let mut kinds = passing;
        kinds.extend(weather::hanging());
        if refusals {
            kinds.extend(weather::refusals(platform));
        }
        Weather::new(dice.roll(), 250, kinds)
    };
    let (slack, discord, x) =
        (kinds("slack", weather::slack()), kinds("discord", weather::discord()), kinds("x", weather::x()));
    show.platforms.slack.set_weather(slack);
    show.platforms.discord.set_weather(discord);
    show.platforms.x.set_weather(x);
    show.cable().set_weather(Weather::new(dice.roll(), 60, weather::hung_troubles()));
    show.storm(Weather::new(dice.roll(), 400, weather::mishaps()));
    let names = ["adaokafor", "brunolima", "chidi_eze", "danawhit", "emrekaya"];
    let mut carried = Vec::new();
    for turn in 0..18 {
        let name = names[dice.below(names.len())];
        let id = posted(&mut show, name, &format!("A1 number {turn} by {name}. #SMXChat")).await;
        carried.push(Carried { id, turn });
        let next = show.now() + TimeDelta::seconds(1 + i64::try_from(dice.below(80)).expect("small"));
        show.until(next).await;
        if dice.happens(150) {
            // Somebody mends what was revoked or closed, and it may break again.
            show.platforms.slack.mend();
            show.platforms.discord.mend();
            show.platforms.x.mend();
        }
        if dice.happens(60) {
            Box::pin(show.restart()).await;
        }
    }
    let mut all = broken(&show, &carried, Far::Underway).await;
    show.calm();
    show.at("Wed 09:00").await;
    all.extend(broken(&show, &carried, Far::Settled).await);
    if !all.is_empty() {
        all.push(show.transcript());
    }
    all
}

async fn hold_in(usual: u64, refusals: bool) {
    for seed in seeds(usual) {
        let broken = Box::pin(weathered(seed, refusals)).await;
        assert!(
            broken.is_empty(),
            "seed {seed} (repeat it with EARSHOT_SEED={seed}):\n{}",
            broken.join("\n")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_by_itself_loses_nothing_and_doubles_nothing() {
    hold_in(3, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_told_and_stops_only_itself() {
    hold_in(3, true).await;
}

//! Keeping it kind: who may, which posts go nowhere, which are too many, and whose wait at the door.

use std::collections::{BTreeMap, BTreeSet};

use chat::action::Action;
use chat::agenda::Episode;
use chat::command::{Verb, Who};
use chat::delivery::{Room, Work};
use chat::desk::Press;
use chat::member::Participant;
use chat::name::{EpisodeId, Person, Place, Platform, PostId, QuestionId};
use chat::post::{Author, Entry, Filed, Media, Post, Quoted};
use chat::reply::Reply;
use chat::settings::{Door, Settings};
use chat::{Change, Event, Refusal, Uncarried};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::hour::evening;
use crate::sim::{Show, discord, maya, parse, slack, sol, utc, words};

const START: &str = "2026-11-24T20:00";

pub(crate) fn desk() -> Place {
    Place::new(Platform::Slack, "T1", "CDESK")
}

pub(crate) fn here(show: &Show) -> EpisodeId {
    EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc(START) }
}

pub(crate) fn on_x(id: &str) -> Person {
    Person::new(Platform::X, "", id)
}

/// A post of somebody, by their id, at a moment.
pub(crate) fn post(author: &str, text: &str, at: DateTime<Utc>) -> Post {
    let id = format!("{}{author}", at.timestamp_millis());
    Post {
        id: PostId { source: Platform::X, id: id.clone() },
        version: id.clone(),
        versions: Vec::new(),
        author: Author {
            person: on_x(author),
            name: format!("Person {author}"),
            handle: Some(format!("p{author}")),
            picture: None,
        },
        text: text.to_owned(),
        at,
        hashtags: vec!["SMXChat".to_owned()],
        replies_to: None,
        is_repost: false,
        quoted: None,
        media: Vec::new(),
        link: Some(format!("https://x.com/p{author}/status/{id}")),
    }
}

fn quoted(name: &str, text: &str) -> Quoted {
    let (name, text) = (name.to_owned(), text.to_owned());
    Quoted { names: Vec::new(), author: None, name, handle: None, text, link: None }
}

pub(crate) fn participant(show: &Show, person: &Person) -> Option<Participant> {
    match show.people.get(&format!("participant {person}")) {
        Some(Change::Participant(p)) => Some(p.clone()),
        _ => None,
    }
}

pub(crate) fn filed(show: &Show, post: &PostId) -> Option<Filed> {
    match show.people.get(&format!("filed {post}")) {
        Some(Change::Filed(filed)) => Some(filed.clone()),
        _ => None,
    }
}

fn held(show: &Show, person: &Person) -> Vec<Filed> {
    let all = show.people.values().filter_map(|change| match change {
        Change::Filed(filed) => Some(filed.clone()),
        _ => None,
    });
    all.filter(|filed| filed.entry == Entry::Waits && filed.post.author.person == *person).collect()
}

/// What became of it, with all that the host looks up for it: the rooms it was carried into, and what was
/// counted.
pub(crate) fn arrives(show: &mut Show, post: &Post) -> (Vec<Place>, Vec<Uncarried>) {
    show.chat.seen.participant = participant(show, &post.author.person);
    show.chat.seen.filed = filed(show, &post.id);
    let (said, counted) = (show.said.len(), show.counted.len());
    show.event(&Event::Posted(post.clone())).expect("posts are never refused");
    (cards(show, said), show.counted[counted..].to_vec())
}

/// The same of a post that is written now.
pub(crate) fn says(show: &mut Show, author: &str, text: &str) -> (Vec<Place>, Vec<Uncarried>) {
    let post = post(author, text, show.now);
    arrives(show, &post)
}

/// Where cards were put since then, in that order.
pub(crate) fn cards(show: &Show, since: usize) -> Vec<Place> {
    let cards = show.said[since..].iter().filter(|said| matches!(said.work, Work::Post(_)));
    cards.map(|said| said.to.clone()).collect()
}

fn let_in_by(show: &mut Show, by: &Person, post: &Post) -> Result<Option<Reply>, Refusal> {
    show.chat.seen.filed = filed(show, &post.id);
    show.chat.seen.participant = participant(show, &post.author.person);
    show.chat.seen.held = held(show, &post.author.person);
    let action = Action::LetIn(here(show), post.id.clone());
    show.press_as(by, action)
}

/// As the host does it: until no more is left.
fn let_in(show: &mut Show, post: &Post) -> String {
    let reply = words(let_in_by(show, &maya(), post).expect("let in").as_ref());
    for _ in 0..100 {
        let Some(person) = show.letting_in.first().cloned() else { return reply };
        show.chat.seen.participant = participant(show, &person);
        show.chat.seen.held = held(show, &person);
        show.event(&Event::Admitted(person)).expect("never refused");
    }
    panic!("letting in never ends");
}

/// What the desk reads now: what was said there, as it was changed since.
pub(crate) fn at_the_desk(show: &Show) -> Vec<String> {
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    let mut order = Vec::new();
    for said in show.said.iter().filter(|said| said.to == desk()) {
        match &said.work {
            Work::Announce(_) => {
                order.push(said.id.0.clone());
                let buttons = said.message().into_iter().flat_map(|m| &m.buttons);
                let buttons: String = buttons.map(|b| format!(" [{}]", b.label)).collect();
                notes.insert(said.id.0.clone(), format!("{}{buttons}", said.words()));
            }
            Work::Edit { of, message } => {
                assert!(notes.insert(of.0.clone(), message.text.words()).is_some(), "{of} was never said");
            }
            _ => {}
        }
    }
    order.iter().map(|id| notes[id].clone()).collect()
}

/// Q1, Q2 and Q3 asked; Sol moderates, and everybody is heard.
pub(crate) fn at_2027() -> Show {
    let mut show = evening();
    show.slack("moderator add <@USOL|sol>");
    show.at("2026-11-24T20:27");
    show
}

#[test]
fn moderators_come_and_go() {
    let mut show = evening();
    assert_eq!(
        show.slack("moderator"),
        "Nobody yet: those who steer #SMXChat keep it kind themselves. To get help: /chat moderator add @name"
    );
    assert_eq!(show.refused("moderator remove <@USOL|sol>"), Refusal::NoSuchModerator);
    assert_eq!(show.refused("moderator add <@UMAYA|maya>"), Refusal::SteersAlready);
    assert_eq!(
        show.slack("moderator add <@USOL|sol>"),
        "@USOL helps you keep #SMXChat kind now. What they can do: /chat help [Undo]"
    );
    let added = show.last_request();
    assert!(show.chat.settings.may_moderate(&sol()) && !show.chat.settings.is_organiser(&sol()));
    assert_eq!(show.refused("moderator add <@USOL|sol>"), Refusal::Unchanged);
    assert_eq!(show.slack("moderator"), "@USOL helps to keep #SMXChat kind.");
    assert!(show.slack("show").contains("Steered by @UMAYA, kept kind with @USOL, desk #CDESK"));
    assert_eq!(at_the_desk(&show).last().expect("told"), "Maya added sol as moderator.");
    show.undo_of(added).expect("undone");
    assert!(!show.chat.settings.may_moderate(&sol()));
    show.slack("moderator add <@USOL|sol>");
    assert_eq!(show.slack("moderator remove <@USOL|sol>"), "@USOL moderates #SMXChat no more. [Undo]");
    assert_eq!(show.try_slack_as(&sol(), "mute scam"), Err(Refusal::NotOrganiser));
}

#[test]
fn a_moderators_help_lists_what_they_may() {
    let mut show = at_2027();
    let help = words(show.try_slack_as(&sol(), "help").expect("help").as_ref());
    insta::assert_snapshot!("moderators_help", help);
    let all = show.slack("help");
    assert!(help.contains("\nset burst: how many posts of one person I carry within a minute"), "{help}");
    for line in help.lines().filter(|line| !line.starts_with("More about one")) {
        assert!(all.contains(line), "{line} is in organisers' help too");
    }
}

#[test]
fn a_moderator_holds_and_takes_it_back() {
    let mut show = at_2027();
    let dues = |show: &Show| show.episode(START).questions.iter().map(|q| q.due).collect::<Vec<_>>();
    let before = dues(&show);
    show.try_slack_as(&sol(), "hold 3m").expect("held");
    let held = show.last_request();
    assert_ne!(dues(&show), before);
    let undo = |show: &Show, n: u32| Action::Undo(show.chat.settings.slug.clone(), format!("request-{n}"));
    let action = undo(&show, held);
    show.press_as(&sol(), action).expect("undone");
    assert_eq!(dues(&show), before);
    // What an organiser did is not a moderator's to take back, the same hold neither.
    show.slack("hold 3m");
    let action = undo(&show, show.last_request());
    assert_eq!(show.press_as(&sol(), action), Err(Refusal::Moderates));
    // Nor what they did themselves when they still steered it.
    show.slack("organiser add <@USOL|sol>");
    show.try_slack_as(&sol(), "topic Mine").expect("set");
    let action = undo(&show, show.last_request());
    show.slack("organiser remove <@USOL|sol>");
    assert!(show.chat.settings.may_moderate(&sol()));
    assert_eq!(show.press_as(&sol(), action), Err(Refusal::Moderates));
    let refused = show.try_slack_as(&sol(), "next");
    assert_eq!(refused, Err(Refusal::Moderates));
}

/// At least one of each verb, as a moderator might try it.
const COMMANDS: &[&str] = &[
    "new #SMXChat every Tuesday 8pm London",
    "show",
    "set length 90m",
    "set title Mine",
    "set desk none",
    "set cadence every 6m",
    "set burst 10",
    "set burst off",
    "connect slack",
    "connect discord",
    "connect x",
    "disconnect slack",
    "organiser add <@USOL|sol>",
    "organiser remove <@UMAYA|maya>",
    "organiser",
    "moderator add <@UOTHER|other>",
    "moderator remove <@USOL|sol>",
    "moderator",
    "words opening Mine now!",
    "words close usual",
    "retire",
    "topic Mine",
    "guest Mine, London",
    "ask Mine?",
    "ask Q5 Mine?",
    "edit",
    "move Q5 Q4",
    "drop Q6",
    "brief",
    "spare Mine?",
    "spare none",
    "preview",
    "rehearse",
    "rehearse <#CTRY|tryout>",
    "rehearse stop",
    "skip 1 Dec",
    "reschedule 1 Dec to 3 Dec",
    "add 3 Dec",
    "status",
    "hold 3m",
    "hold 1m",
    "next",
    "extend",
    "swap",
    "pause",
    "resume",
    "say Mine",
    "fix Q1 Mine?",
    "close",
    "catch-up",
    "heard",
    "heard on 24 Nov",
    "hide https://x.com/adaokafor/status/2080761390344937796",
    "block @adaokafor",
    "unblock @adaokafor",
    "leave-out @adaokafor",
    "mute scam",
    "mute giveaway, airdrop",
    "unmute scam",
    "muted",
    "door regulars",
    "door open",
    "door",
    "when",
    "questions",
    "suggest",
    "suggest What made you stay?",
    "suggestions",
    "ideas",
    "ideas on 1 Dec",
    "help",
];

/// Every button, as it might be pressed.
fn actions(show: &Show) -> Vec<Action> {
    let (slug, here) = (show.chat.settings.slug.clone(), here(show));
    let post = PostId { source: Platform::X, id: "1".to_owned() };
    // What the moderator suggests among the commands.
    let idea = chat::bank::IdeaId::of(&sol(), "What made you stay?");
    vec![
        Action::Edit(here.clone()),
        Action::New,
        Action::ApproveX(slug.clone()),
        Action::Say(slug.clone(), "request-1".to_owned()),
        Action::Unsay(slug.clone(), "request-1".to_owned()),
        Action::AnnounceNow(here.clone()),
        Action::Refile(here.clone(), post.clone(), 1),
        Action::RefileMenu(here.clone(), post.clone()),
        Action::CorrectX(here.clone(), QuestionId(1)),
        Action::Close(here.clone()),
        Action::CatchUp(here.clone()),
        Action::Rehearse(here.clone()),
        Action::RehearseThere(here.clone()),
        Action::StopRehearsal(slug.clone()),
        Action::Rehearsed(Box::new(Action::Join(slug.clone()))),
        Action::Retire(slug.clone()),
        Action::LetIn(here.clone(), post.clone()),
        Action::Hide(here.clone(), post.clone()),
        Action::Block(here.clone(), post),
        Action::Unblock(slug.clone(), chat::removal::Whom::handle("adaokafor")),
        Action::Answer(here.clone(), QuestionId(1)),
        Action::Suggest(slug.clone()),
        Action::Suggestions(slug.clone(), 0),
        Action::Vote(slug.clone(), idea),
        Action::Unvote(slug.clone(), idea),
        Action::TakeBack(slug.clone(), idea),
        Action::Ideas(here.clone(), 0),
        Action::AskIdea(here.clone(), idea),
        Action::PutAside(here.clone(), idea),
        Action::BringBack(here.clone(), idea),
        Action::Desk(here.clone(), Press::Next(QuestionId(4))),
        Action::Desk(here.clone(), Press::Hold(QuestionId(4), show.now)),
        Action::Desk(here.clone(), Press::Skip(QuestionId(4))),
        Action::Desk(here.clone(), Press::Swap(QuestionId(4), QuestionId(7))),
        Action::Desk(here.clone(), Press::Extend(show.now, 5)),
        Action::Desk(here.clone(), Press::Resume(show.now)),
        Action::Desk(here.clone(), Press::Heard("x:2080761390344937796".parse().expect("a post"))),
        Action::Desk(here.clone(), Press::Close),
        Action::Hello(here),
        Action::Join(slug.clone()),
        Action::Leave(slug),
    ]
}

/// Everything there is, but what a moderator may change: muted words, burst limit, door, and the moments of
/// questions; and what everybody may: joining.
fn rest(show: &Show) -> (Settings, Vec<Episode>, Vec<String>, Vec<String>) {
    let settings = Settings {
        muted: Vec::new(),
        burst: None,
        door: Door::Open,
        version: 0,
        ..show.chat.settings.clone()
    };
    let mut episodes = show.chat.episodes.clone();
    for episode in &mut episodes {
        episode.version = 0;
        episode.questions.iter_mut().for_each(|q| q.due = None);
    }
    // Whoever may speak here may suggest a question, of which organisers hear once a day.
    let heard = show.said.iter().filter(|said| {
        let suggested = said.id.0.starts_with("smxchat/ideas/");
        said.to != desk() && !suggested && !matches!(said.work, Work::Role { .. })
    });
    (settings, episodes, show.tags.clone(), heard.map(|said| said.id.0.clone()).collect())
}

#[test]
fn the_moderators_test_knows_every_verb() {
    let tried: BTreeSet<Verb> = COMMANDS.iter().map(|typed| parse(typed).verb()).collect();
    assert_eq!(tried, Verb::ALL.iter().copied().collect());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever a moderator types and presses, in the middle of whatever an organiser does: nothing changes
    /// but what is theirs to change, and what is not is refused.
    #[test]
    fn a_moderator_changes_nothing_else(
        steps in prop::collection::vec((any::<bool>(), 0..COMMANDS.len() + 40, 0u32..40, 0i64..200), 1..40),
    ) {
        let mut show = at_2027();
        for (organiser, what, nth, seconds) in steps {
            let by = if organiser { maya() } else { sol() };
            // Somebody who is an organiser by now, or no moderator any more, is not who this is about.
            let moderates = show.chat.settings.may_moderate(&by) && !show.chat.settings.is_organiser(&by);
            let before = rest(&show);
            let outcome = match COMMANDS.get(what) {
                Some(typed) => show.try_slack_as(&by, typed),
                None => match actions(&show).get(what - COMMANDS.len()) {
                    // The buttons are for the moderator to try; organisers' own have their own tests.
                    Some(_) if organiser || show.chat.settings.is_organiser(&by) => continue,
                    Some(action) => { let action = action.clone(); show.press_as(&by, action) }
                    None => {
                        let id = format!("request-{}", show.last_request().saturating_sub(nth));
                        let action = Action::Undo(show.chat.settings.slug.clone(), id);
                        show.press_as(&by, action)
                    }
                },
            };
            if moderates {
                prop_assert_eq!(rest(&show), before, "{:?}", what);
                if let Some(typed) = COMMANDS.get(what) {
                    let may = matches!(parse(typed).who(), Who::Everyone | Who::Moderators);
                    let refused = matches!(outcome, Err(Refusal::Moderates | Refusal::NotOperator));
                    prop_assert_eq!(refused, !may, "{}: {:?}", typed, outcome);
                }
            }
            // Who waits at the door has somewhere to wait.
            prop_assert!(show.chat.settings.door == Door::Open || show.chat.settings.desk.is_some());
            show.until(show.now + Duration::seconds(seconds));
        }
    }
}

#[test]
fn a_muted_word_keeps_a_post_out() {
    let mut show = at_2027();
    insta::assert_snapshot!(
        "muting",
        [
            "mute giveaway",
            "mute #SCAM, free crypto",
            "muted",
            "unmute scam",
            "muted",
            "unmute giveaway, free crypto",
            "muted",
        ]
        .map(|typed| format!("/chat {typed}\n{}", show.slack(typed)))
        .join("\n")
    );
    assert!(
        at_the_desk(&show).iter().all(|note| !note.to_lowercase().contains("scam")),
        "the desk reads which"
    );
    show.slack("mute scam, free crypto");
    assert_eq!(show.refused("mute Scam"), Refusal::MutedAlready("Scam".to_owned()));
    assert_eq!(show.refused("unmute spam"), Refusal::NotMuted("spam".to_owned()));
    assert_eq!(show.refused("mute —"), Refusal::NoWord("—".to_owned()));
    // A slip that would keep everybody out.
    for everybody in ["#SMXChat", "smxchat", "A1", "q12", "a"] {
        assert_eq!(show.refused(&format!("mute {everybody}")), Refusal::MutesAll(everybody.to_owned()));
    }
    assert!(show.slack("mute A1 Motors").contains("A1 Motors"));
    show.undo().expect("undone");
    let now = show.now;
    let out = (vec![], vec![Uncarried::Muted]);
    for (n, text) in ["A1 what a SCAM", "A1 Free, crypto!", "#scam"].iter().enumerate() {
        let post = post("1", text, now + Duration::milliseconds(i64::try_from(n).expect("few")));
        assert_eq!(arrives(&mut show, &post), out, "{text}");
        assert_eq!((filed(&show, &post.id), participant(&show, &on_x("1"))), (None, None), "{text}");
    }
    let quoting = quoted("Q", "a scam");
    let alt = Media { kind: "photo".to_owned(), url: None, alt: Some("a scam".to_owned()) };
    assert_eq!(arrives(&mut show, &Post { quoted: Some(quoting), ..post("2", "A1 look", now) }), out);
    assert_eq!(arrives(&mut show, &Post { media: vec![alt], ..post("3", "A1 look", now) }), out);
    assert_eq!(arrives(&mut show, &post("4", "A1 scammers", now)).0, [slack(), discord()]);
    // Our own words come back as ours, and a word in somebody's name is no word of theirs.
    show.chat.seen.own = true;
    let own = show.counted.len();
    show.event(&Event::Posted(post("2244", "Q3. Is it a scam?", now))).expect("counted");
    assert_eq!(show.counted[own..], [Uncarried::Own]);
    let mut named = post("5", "A1 hello", now);
    named.author.name = "Scam".to_owned();
    assert_eq!(arrives(&mut show, &named).0.len(), 2);
}

#[test]
fn an_edit_that_brings_a_muted_word_in_is_not_shown() {
    let mut show = at_2027();
    let first = post("1", "A1 hello", show.now);
    arrives(&mut show, &first);
    show.slack("mute scam");
    let edit = Post { version: "2".to_owned(), text: "A1 a scam".to_owned(), ..first.clone() };
    assert_eq!(arrives(&mut show, &edit), (vec![], vec![Uncarried::Muted]));
    assert_eq!(filed(&show, &first.id).expect("filed").post.text, "A1 hello");
}

#[test]
fn no_more_than_a_hundred_words() {
    let mut show = evening();
    let words =
        |from: usize, to: usize| (from..to).map(|n| format!("word{n}")).collect::<Vec<_>>().join(", ");
    show.slack(&format!("mute {}", words(0, 100)));
    assert_eq!(show.refused("mute one more"), Refusal::TooManyMuted);
    assert_eq!(show.chat.settings.muted.len(), 100);
    show.slack("unmute word7");
    show.slack("mute one more");
}

fn answer(show: &mut Show, by: &Person, text: &str) -> Result<String, Refusal> {
    show.chat.seen.participant = participant(show, by);
    let asking = show.asking(by);
    let values = vec![("answer".to_owned(), text.to_owned())];
    let action = Action::Answer(here(show), QuestionId(2));
    show.event(&Event::Submitted(asking, action, values)).map(|reply| words(reply.as_ref()))
}

#[test]
fn answers_by_button_keep_to_it_too() {
    let mut show = at_2027();
    show.slack("mute scam");
    let ada = Person::new(Platform::Discord, "", "80351110224678912");
    assert_eq!(answer(&mut show, &ada, "Such a scam."), Err(Refusal::Muted));
    assert_eq!(participant(&show, &ada), None);
    for n in 0..6 {
        let said = answer(&mut show, &ada, &format!("Thought {n}.")).expect("answered");
        assert!(said.contains("is on its way into Discord and Slack."), "{said}");
    }
    assert_eq!(
        answer(&mut show, &ada, "And another.").expect("kept"),
        "Thank you, Maya! That was quicker than the rooms can read, so your A2 is kept and not carried. Take a \
         breath, and the next one is."
    );
    assert_eq!(
        at_the_desk(&show).last().map(String::as_str),
        Some(
            "Maya (Discord) writes more than six posts within a minute. What is above that is kept, and not \
             carried. If it is harm, Block is in the menu of their cards. If it is not: /chat set burst 12"
        )
    );
    show.slack("door regulars");
    let juno = Person::new(Platform::Discord, "", "80351110224678913");
    assert_eq!(
        answer(&mut show, &juno, "Me too.").expect("waits"),
        "Thank you, Maya! This time newcomers are let in one by one, so your A2 waits for a nod. Then it goes \
         into Discord and Slack by itself, and all you say after it goes straight there."
    );
    // Who steers or keeps the chat needs no nod.
    let said = answer(&mut show, &sol(), "Sol here.").expect("answered");
    assert!(said.contains("is on its way"), "{said}");
}

#[test]
fn six_posts_a_minute_of_one_person_and_the_desk_hears_it_once() {
    let mut show = at_2027();
    let start = show.now;
    let told = at_the_desk(&show).len();
    let mut carried = 0;
    for n in 0..20 {
        let post = post("1", "A1 me again", start + Duration::seconds(n));
        let (rooms, counted) = arrives(&mut show, &post);
        carried += usize::from(!rooms.is_empty());
        assert_eq!(counted, if n < 6 { vec![] } else { vec![Uncarried::Burst] }, "{n}");
        assert!(filed(&show, &post.id).is_some(), "it was said");
    }
    assert_eq!((carried, participant(&show, &on_x("1")).expect("known").posts), (6, 20));
    assert_eq!(
        at_the_desk(&show)[told..],
        ["Person 1 (@p1) writes more than six posts within a minute. What is above that is kept, and not \
          carried. If it is harm: /chat block @p1. If it is not: /chat set burst 12"]
    );
    // Somebody else is not less heard for that, and a minute later neither are they.
    assert_eq!(arrives(&mut show, &post("2", "A1 hello", start)).0.len(), 2);
    show.until(start + Duration::seconds(61));
    assert_eq!(says(&mut show, "1", "A1 calmer now").0.len(), 2);
    // By when it was written, however late it comes.
    assert_eq!(
        arrives(&mut show, &post("1", "A1 late", start + Duration::seconds(30))).1,
        [Uncarried::Burst]
    );
    // In another hour it is another story.
    show.at("2026-12-01T20:01");
    let now = show.now;
    for n in 0..8 {
        arrives(&mut show, &post("1", "hello", now + Duration::seconds(n)));
    }
    let told = at_the_desk(&show).into_iter().filter(|note| note.contains("writes more than")).count();
    assert_eq!(told, 2);
}

#[test]
fn the_limit_is_the_chats_own_and_hosts_and_guests_have_none() {
    let mut show = at_2027();
    let start = show.now;
    let burst = |show: &mut Show, by: &str, from: i64| {
        let carried = (0..12).filter(|n| {
            let post = post(by, "A1 yes", start + Duration::seconds(from + n));
            !arrives(show, &post).0.is_empty()
        });
        carried.count()
    };
    assert_eq!(burst(&mut show, "2244", 0), 12, "the host's own account");
    show.slack("guest Grace, Nairobi, @P7");
    assert_eq!(burst(&mut show, "7", 0), 12, "a guest");
    assert_eq!(burst(&mut show, "8", 0), 6);
    assert_eq!(
        show.slack("set burst 10"),
        "I carry up to ten posts of one person within a minute. What is above that is kept, and not carried. [Undo]"
    );
    assert!(at_the_desk(&show).last().expect("told").contains("set the burst limit: ten posts a minute."));
    assert_eq!(burst(&mut show, "9", 0), 10);
    assert!(show.slack("show").contains("Burst limit: ten posts a minute"));
    assert_eq!(show.slack("set burst off"), "No limit: I carry what people write, however fast. [Undo]");
    assert_eq!(burst(&mut show, "10", 0), 12);
    show.undo_of(show.last_request()).expect("undone");
    assert_eq!(show.chat.settings.burst, Some(10));
}

#[test]
fn a_door_needs_a_desk() {
    let mut show = Show::new("2026-11-21T12:00");
    show.slack("connect slack");
    assert_eq!(show.refused("door regulars"), Refusal::NoDesk);
    show.slack("set desk <#CDESK|desk>");
    insta::assert_snapshot!(
        "door",
        ["door", "door regulars", "door", "door open"]
            .map(|typed| format!("/chat {typed}\n{}", show.slack(typed)))
            .join("\n")
    );
    assert_eq!(show.refused("door open"), Refusal::Unchanged);
    show.slack("door regulars");
    assert_eq!(show.refused("set desk none"), Refusal::DeskNeeded);
    show.undo_of(show.last_request() - 1).expect("undone");
    show.slack("set desk none");
}

#[test]
fn newcomers_wait_and_regulars_do_not() {
    let mut show = evening();
    show.slack("guest Grace, Nairobi, @P7");
    show.at("2026-11-24T20:27");
    let week_one = show.now;
    assert_eq!(arrives(&mut show, &post("1", "A1 a regular to be", week_one)).0.len(), 2);
    show.at("2026-12-01T20:01");
    let now = show.now;
    assert_eq!(arrives(&mut show, &post("5", "in before the door", now)).0.len(), 2);
    show.slack("door regulars");
    let waits = (vec![], vec![Uncarried::Held]);
    let second = |n: i64| now + Duration::seconds(n);
    assert_eq!(arrives(&mut show, &post("2", "hello, new here", second(1))), waits);
    assert_eq!(arrives(&mut show, &post("1", "hello again", second(2))).0.len(), 2, "a regular");
    assert_eq!(arrives(&mut show, &post("2244", "the host", second(3))).0.len(), 2, "the host");
    assert_eq!(
        arrives(&mut show, &post("7", "last week's guest", second(4))),
        waits,
        "invited to another hour"
    );
    assert_eq!(
        arrives(&mut show, &post("5", "more of it", second(5))),
        waits,
        "heard only in this very hour"
    );
    show.slack("guest Grace, Nairobi, @P7 on 8 Dec");
    show.at("2026-12-08T20:01");
    let now = show.now;
    assert_eq!(arrives(&mut show, &post("7", "here at last", now)).0.len(), 2, "tonight's guest");
    assert_eq!(arrives(&mut show, &post("2", "still new", now)), waits, "who only waited was never heard");
    assert_eq!(arrives(&mut show, &post("5", "back", now)).0.len(), 2, "heard in an earlier hour");
    show.slack("door open");
    assert_eq!(arrives(&mut show, &post("2", "and now?", now + Duration::seconds(1))).0.len(), 2);
}

#[test]
fn let_in_with_all_that_waits_in_its_place_and_for_good() {
    let mut show = at_2027();
    show.slack("door regulars");
    let start = show.now;
    // The note of a post with all there may be.
    let first =
        Post { quoted: Some(quoted("Kofi", "Why?")), ..post("2", "A2 because of\nthe people", start) };
    let told = at_the_desk(&show).len();
    arrives(&mut show, &first);
    let later: Vec<Post> =
        (1..=3).map(|n| post("2", &format!("A3 and {n}"), start + Duration::seconds(20 * n))).collect();
    later.iter().for_each(|post| drop(arrives(&mut show, post)));
    let other = post("3", "A1 somebody else", start);
    arrives(&mut show, &other);
    let before = at_the_desk(&show)[told..].join("\n");
    show.until(start + Duration::minutes(2));
    let since = show.said.len();
    let reply = let_in(&mut show, &later[1]);
    let order: Vec<DateTime<Utc>> = show.said[since..]
        .iter()
        .filter_map(|said| match &said.work {
            Work::Post(id) if said.to == slack() => Some(filed(&show, id).expect("filed").post.at),
            _ => None,
        })
        .collect();
    assert_eq!(order, [0, 20, 40, 60].map(|n| start + Duration::seconds(n)));
    let rooms: BTreeSet<Place> = cards(&show, since).into_iter().collect();
    assert_eq!(rooms, BTreeSet::from([slack(), discord()]));
    assert!(held(&show, &on_x("2")).is_empty());
    assert_eq!(filed(&show, &first.id).expect("filed").entry, Entry::LetIn);
    assert_eq!(held(&show, &on_x("3")).len(), 1, "nobody else was let in");
    let again = let_in_by(&mut show, &sol(), &first).expect("said");
    insta::assert_snapshot!(
        "let_in",
        format!(
            "{before}\n---\n{reply}\n{}\n---\n{}",
            words(again.as_ref()),
            at_the_desk(&show)[told..].join("\n")
        )
    );
    // From now on they come straight in, this week and next.
    assert_eq!(says(&mut show, "2", "A3 straight").0.len(), 2);
    show.at("2026-12-01T20:01");
    assert_eq!(says(&mut show, "2", "hello").0.len(), 2);
}

#[test]
fn who_said_much_is_let_in_page_by_page() {
    let mut show = at_2027();
    show.slack("set burst off");
    show.slack("door regulars");
    let start = show.now;
    let posts: Vec<Post> = (0..50).map(|n| post("2", "A1 more", start + Duration::seconds(n))).collect();
    posts.iter().for_each(|post| drop(arrives(&mut show, post)));
    show.until(start + Duration::minutes(2));
    let since = show.said.len();
    let reply = let_in(&mut show, &posts[0]);
    assert_eq!(
        reply,
        "Person 2 is in, for good. 50 posts are on their way, and what comes next needs no tap."
    );
    // No commit too large, nothing twice (the simulation asserts both), and nothing left.
    assert_eq!(cards(&show, since).len(), 100);
    assert!(held(&show, &on_x("2")).is_empty() && show.letting_in.is_empty());
    assert!(at_the_desk(&show).iter().all(|note| !note.ends_with("[Let in]")));
    // Nobody is let in by a sweep that nobody let in by hand.
    let stranger = post("3", "A1 hello", show.now);
    arrives(&mut show, &stranger);
    show.chat.seen.participant = participant(&show, &on_x("3"));
    show.chat.seen.held = held(&show, &on_x("3"));
    show.event(&Event::Admitted(on_x("3"))).expect("nothing");
    assert_eq!(held(&show, &on_x("3")).len(), 1);
}

#[test]
fn what_waits_too_long_stays_held_and_its_author_is_let_in_for_the_next() {
    let mut show = at_2027();
    show.slack("door regulars");
    let first = post("2", "A1 anybody there?", show.now);
    arrives(&mut show, &first);
    show.at("2026-11-24T21:20");
    assert_eq!(held(&show, &on_x("2")).len(), 1);
    let since = show.said.len();
    assert_eq!(
        let_in(&mut show, &first),
        "Person 2 is in, for good. What waited comes too late for the rooms and is only kept; from now on they \
         come straight in."
    );
    assert_eq!(cards(&show, since), []);
    assert!(
        at_the_desk(&show).last().expect("a note").ends_with("this one was not carried, what comes next is.")
    );
    show.at("2026-12-01T20:01");
    assert_eq!(says(&mut show, "2", "hello").0.len(), 2);
    // A late answer of a newcomer waits as well, and is carried while it is fresh.
    show.at("2026-12-01T21:30");
    let late = post("4", "A1 late", show.now);
    let asked = show.chat.episodes.iter().any(|e| e.id.planned == utc("2026-12-01T20:00") && e.asked() > 0);
    assert!(!asked, "an hour without questions takes no late answer");
    assert_eq!(arrives(&mut show, &late).1, [Uncarried::Outside]);
}

#[test]
fn a_late_answer_of_a_newcomer_waits_while_it_is_fresh() {
    let mut show = at_2027();
    show.slack("door regulars");
    show.at("2026-11-25T12:00");
    let late = post("4", "A1 late", show.now);
    assert_eq!(arrives(&mut show, &late).1, [Uncarried::Held]);
    show.until(show.now + Duration::minutes(10));
    let since = show.said.len();
    let_in(&mut show, &late);
    assert_eq!(cards(&show, since).len(), 2);
    assert_eq!(show.said[since].id.0.split('>').next(), Some(format!("smxchat/post/{}", late.id).as_str()));
}

#[test]
fn only_who_keeps_the_chat_lets_in() {
    let mut show = at_2027();
    show.slack("door regulars");
    let first = post("2", "A1 hello", show.now);
    arrives(&mut show, &first);
    let priya = Person::new(Platform::Slack, "T1", "UPRIYA");
    assert_eq!(let_in_by(&mut show, &priya, &first), Err(Refusal::NotOrganiser));
    assert_eq!(held(&show, &on_x("2")).len(), 1);
    // Taken away meanwhile.
    let gone = Action::LetIn(here(&show), PostId { source: Platform::X, id: "404".to_owned() });
    assert_eq!(show.press_as(&sol(), gone), Err(Refusal::NobodyWaits));
    // What was muted since is not carried by the way.
    show.slack("mute hello");
    let since = show.said.len();
    let_in_by(&mut show, &sol(), &first).expect("let in");
    assert_eq!(cards(&show, since), []);
    assert!(held(&show, &on_x("2")).is_empty());
}

#[test]
fn who_floods_does_not_flood_the_desk() {
    let mut show = at_2027();
    show.slack("door regulars");
    let (start, told) = (show.now, at_the_desk(&show).len());
    for n in 0..30 {
        arrives(&mut show, &post("2", "A1 buy this", start + Duration::seconds(n)));
    }
    assert_eq!(held(&show, &on_x("2")).len(), 6);
    assert_eq!(at_the_desk(&show).len(), told + 7, "six that wait, and one line on the rest");
}

#[test]
fn status_says_what_was_kept_out() {
    let mut show = at_2027();
    show.chat.seen.kept_out = chat::KeptOut { waiting: 3, muted: 2, burst: 4 };
    let live = show.slack("status");
    assert!(
        live.contains(" 3 posts wait at the door. Not carried today: 2 muted, 4 too fast. X ✓"),
        "{live}"
    );
    show.at("2026-11-24T22:00");
    show.chat.seen.kept_out = chat::KeptOut { waiting: 1, muted: 0, burst: 0 };
    let over = show.slack("status");
    assert!(over.contains(" 1 post stayed at the door. X ✓"), "{over}");
}

#[test]
fn a_card_that_waited_goes_where_it_belongs() {
    let mut show = at_2027();
    show.slack("door regulars");
    let first = post("2", "A2 in a thread", show.now);
    arrives(&mut show, &first);
    show.chat.seen.filed = filed(&show, &first.id);
    show.chat.seen.participant = participant(&show, &on_x("2"));
    show.chat.seen.held = held(&show, &on_x("2"));
    let asking = show.asking(&maya());
    let action = Action::LetIn(here(&show), first.id.clone());
    let decision = chat::decide(&show.chat, &Event::Pressed(asking, action), show.now).expect("let in");
    let card = decision.effects.iter().find(|d| d.to == slack()).expect("a card");
    assert_eq!((&card.room, card.at), (&Room::Question(here(&show), QuestionId(2)), first.at));
}

//! Posts by people, and the members of a Discord server.

use chat::action::Action;
use chat::command::MemberCommand;
use chat::delivery::{Delivery, Room, Work};
use chat::member::{Member, Participant};
use chat::name::{DeliveryId, EpisodeId, Person, Place, Platform, PostId, QuestionId};
use chat::post::{Author, Filed, FiledBy, Post};
use chat::reply::Reply;
use chat::{Change, Decision, Event, Parent, Refusal, Uncarried, decide, mirror};
use chrono::{DateTime, Duration, Utc};

use crate::hour::evening;
use crate::sim::{Show, discord, slack, utc, words};

const START: &str = "2026-11-24T20:00";

pub(crate) fn post(text: &str, at: DateTime<Utc>) -> Post {
    Post {
        id: PostId { source: Platform::X, id: format!("{}", at.timestamp()) },
        version: format!("{}", at.timestamp()),
        versions: vec![format!("{}", at.timestamp())],
        author: Author {
            person: Person::new(Platform::X, "", "9001"),
            name: "Kofi".to_owned(),
            handle: Some("kofi".to_owned()),
            picture: None,
        },
        text: text.to_owned(),
        at,
        hashtags: vec!["SMXChat".to_owned()],
        replies_to: None,
        is_repost: false,
        quoted: None,
        media: Vec::new(),
        link: Some("https://x.com/kofi/status/1".to_owned()),
    }
}

pub(crate) fn decided(show: &Show, post: Post) -> Decision {
    decide(&show.chat, &Event::Posted(post), show.now).expect("posts are never refused")
}

pub(crate) fn filed(decision: &Decision) -> Option<Filed> {
    decision.changes.iter().find_map(|c| match c {
        Change::Filed(filed) => Some(filed.clone()),
        _ => None,
    })
}

fn question(decision: &Decision) -> Option<(QuestionId, FiledBy)> {
    filed(decision).expect("filed").question
}

fn counted(decision: &Decision) -> Vec<Uncarried> {
    let counted = decision.changes.iter().filter_map(|c| match c {
        Change::Counted(why) => Some(*why),
        _ => None,
    });
    counted.collect()
}

/// Q1, Q2 and Q3 asked.
fn at_2027() -> Show {
    let mut show = evening();
    show.at("2026-11-24T20:27");
    show
}

#[test]
fn by_prefix_then_by_reply_then_by_guess() {
    let mut show = at_2027();
    let here = EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc(START) };
    let says = |show: &Show, text: &str| question(&decided(show, post(text, show.now)));
    assert_eq!(says(&show, "A2: at night #SMXChat"), Some((QuestionId(2), FiledBy::Prefix)));
    assert_eq!(says(&show, "at night #SMXChat"), Some((QuestionId(3), FiledBy::Guess)));
    // Not asked yet: a slip.
    assert_eq!(says(&show, "A5 at night #SMXChat"), Some((QuestionId(3), FiledBy::Guess)));
    show.chat.seen.parent = Some(Parent { episode: here.clone(), question: Some(QuestionId(1)) });
    assert_eq!(says(&show, "at night"), Some((QuestionId(1), FiledBy::Reply)));
    assert_eq!(says(&show, "(A2) at night"), Some((QuestionId(2), FiledBy::Prefix)));
    // A reply to a hello is a hello.
    show.chat.seen.parent = Some(Parent { episode: here, question: None });
    assert_eq!(says(&show, "hello you"), None);
    // A reply to something of last week is filed by this week's rules.
    let before = EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc("2026-11-17T20:00") };
    show.chat.seen.parent = Some(Parent { episode: before, question: Some(QuestionId(1)) });
    assert_eq!(says(&show, "still thinking"), Some((QuestionId(3), FiledBy::Guess)));
    show.chat.seen.parent = None;
    // By when it was written, not by when it arrived.
    let early = question(&decided(&show, post("just in", utc("2026-11-24T20:06"))));
    assert_eq!(early, Some((QuestionId(1), FiledBy::Guess)));
    let hello = decided(&show, post("hello from Accra", utc("2026-11-24T20:02")));
    assert_eq!(question(&hello), None);
}

#[test]
fn carried_into_every_room_but_x_and_into_the_right_thread() {
    let show = at_2027();
    let decision = decided(&show, post("A3 yes", show.now));
    let to: Vec<(&Place, &Room)> = decision.effects.iter().map(|d| (&d.to, &d.room)).collect();
    let here = EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc(START) };
    assert_eq!(to, [(&slack(), &Room::Question(here.clone(), QuestionId(3))), (&discord(), &Room::Channel)]);
    let hello = decided(&show, post("hello", utc("2026-11-24T20:02")));
    assert_eq!(hello.effects[0].room, Room::Opening(here));
    let settings = &show.chat.settings;
    let to = settings.destination(&discord());
    let card = mirror::card(settings, to, show.episode(START), &filed(&decision).expect("filed"));
    assert_eq!((card.label.as_deref(), card.local.as_str(), card.first_time), (Some("A3"), "20:27", true));
    let guess = filed(&decided(&show, post("yes", show.now))).expect("filed");
    assert_eq!(mirror::card(settings, to, show.episode(START), &guess).label.as_deref(), Some("A3?"));
}

#[test]
fn doors_open_ten_minutes_early_and_close_fifteen_late() {
    let mut show = evening();
    let carried = |show: &mut Show, at: &str| {
        show.until(utc(at).max(show.now));
        let decision = decided(show, post("hello", utc(at)));
        (!decision.effects.is_empty(), counted(&decision))
    };
    assert_eq!(carried(&mut show, "2026-11-24T19:49:59Z"), (false, vec![Uncarried::Outside]));
    assert_eq!(carried(&mut show, "2026-11-24T19:50:00Z"), (true, vec![]));
    assert_eq!(carried(&mut show, "2026-11-24T21:15:00Z"), (true, vec![]));
    assert_eq!(carried(&mut show, "2026-11-24T21:15:01Z"), (false, vec![Uncarried::Outside]));
}

#[test]
fn late_answers_count_for_a_day_and_are_carried_while_fresh() {
    let mut show = evening();
    show.at("2026-11-25T20:59");
    let late = decided(&show, post("A6: at last #SMXChat", show.now));
    assert_eq!(question(&late), Some((QuestionId(6), FiledBy::Prefix)));
    assert_eq!((late.effects.len(), counted(&late)), (2, vec![]));
    let stale = decided(&show, post("A6: at last #SMXChat", show.now - Duration::minutes(16)));
    assert_eq!((stale.effects.len(), counted(&stale)), (0, vec![Uncarried::Late]));
    assert_eq!(counted(&decided(&show, post("what a night #SMXChat", show.now))), [Uncarried::Outside]);
    show.at("2026-11-25T21:01");
    assert_eq!(counted(&decided(&show, post("A6: too late", show.now))), [Uncarried::Outside]);
    // Written in time, arriving after the doors closed: filed, and nobody is disturbed.
    let replayed = decided(&show, post("A2: replayed", utc("2026-11-24T20:30")));
    assert_eq!((replayed.effects.len(), counted(&replayed)), (0, vec![Uncarried::Late]));
}

#[test]
fn what_is_never_carried() {
    let mut show = at_2027();
    let repost = Post { is_repost: true, ..post("RT", show.now) };
    assert_eq!(counted(&decided(&show, repost)), [Uncarried::Repost]);
    show.chat.seen.own = true;
    assert_eq!(counted(&decided(&show, post("Q3. What about three?", show.now))), [Uncarried::Own]);
    show.chat.seen.own = false;
    show.chat.seen.filed = filed(&decided(&show, post("A1 yes", show.now)));
    let known = decided(&show, post("A1 yes", show.now));
    assert_eq!((counted(&known), known.changes.len()), (vec![Uncarried::Known], 1));
}

#[test]
fn an_authors_row_counts_their_posts() {
    let mut show = at_2027();
    let person = |d: &Decision| -> Participant {
        let found = d.changes.iter().find_map(|c| match c {
            Change::Participant(p) => Some(p.clone()),
            _ => None,
        });
        found.expect("a participant")
    };
    let first = person(&decided(&show, post("A1 yes", show.now)));
    assert_eq!((first.posts, first.version), (1, 0));
    show.chat.seen.participant = Some(Participant { version: 1, ..first });
    let again = decided(&show, post("A2 yes", show.now));
    assert_eq!((person(&again).posts, person(&again).version), (2, 1));
    assert!(!filed(&again).expect("filed").first_time);
}

fn refile(show: &mut Show, known: &Filed, position: u32) -> Result<Decision, Refusal> {
    show.chat.seen.filed = Some(known.clone());
    let asking = show.asking(&crate::sim::maya());
    let action = Action::Refile(known.episode.clone(), known.post.id.clone(), position);
    decide(&show.chat, &Event::Pressed(asking, action), show.now)
}

#[test]
fn refiled_a_flat_card_changes_its_label_and_a_threaded_one_moves() {
    let mut show = at_2027();
    let known = filed(&decided(&show, post("yes", show.now))).expect("filed");
    let sent = |place: Place, n: u32| {
        let name =
            mirror::card_name(&show.chat.settings.slug, &Filed { refiled: n, ..known.clone() }, &place);
        (name, place, Room::Channel)
    };
    show.chat.seen.sent = vec![sent(slack(), 0), sent(discord(), 0)];
    let moved = refile(&mut show, &known, 1).expect("filed anew");
    let anew = filed(&moved).expect("filed");
    assert_eq!((anew.question, anew.refiled), (Some((QuestionId(1), FiledBy::Organiser)), 1));
    let works: Vec<(&Place, &Work)> = moved.effects.iter().map(|d: &Delivery| (&d.to, &d.work)).collect();
    let [(a, Work::Remove { of }), (b, Work::Post(_)), (c, Work::Recard { of: flat, .. })] = works.as_slice()
    else {
        panic!("{works:?}");
    };
    assert_eq!((*a, *b, *c), (&slack(), &slack(), &discord()));
    assert!(of.0.ends_with(&format!("{}", slack())) && flat.0.ends_with(&format!("{}", discord())));
    assert_eq!(moved.effects[1].room, Room::Question(known.episode.clone(), QuestionId(1)));
    // Under none, and where it stands already.
    assert_eq!(filed(&refile(&mut show, &known, 0).expect("filed")).expect("filed").question, None);
    assert_eq!(refile(&mut show, &anew, 1), Err(Refusal::Unchanged));
    assert_eq!(refile(&mut show, &known, 5), Err(Refusal::NoQuestion(5)));
    assert!(refile(&mut show, &known, 3).is_ok(), "a guess is confirmed");
    show.chat.seen.sent = Vec::new();
    let waiting = refile(&mut show, &known, 1).expect("filed anew");
    assert!(waiting.effects.is_empty(), "what waits is rendered when it is claimed");
    show.chat.seen.filed = Some(known.clone());
    let menu = show.press(Action::RefileMenu(known.episode.clone(), known.post.id.clone())).expect("a menu");
    assert_eq!(words(menu.as_ref()), "Where does Kofi's post belong? [A1] [A2] [A3] [No question]");
}

fn ada() -> Person {
    Person::new(Platform::Discord, "", "80351110224678912")
}

#[test]
fn joining_and_leaving() {
    let mut show = evening();
    let join = Action::Join(show.chat.settings.slug.clone());
    // A form first, in which nothing has to be filled in.
    let asking = show.asking(&ada());
    let form = show.event(&Event::Membered(asking, MemberCommand::Join)).expect("a form");
    assert_eq!(words(form.as_ref()), "(form) Join #SMXChat");
    let asking = show.asking(&ada());
    let joined = show.event(&Event::Submitted(asking, join.clone(), Vec::new())).expect("joined");
    let joined = words(joined.as_ref());
    assert_eq!(
        joined,
        "You're in, Maya. Lovely to have you! The next #SMXChat is Tue 24 Nov, 20:00 London (in 3 days). Lurking is \
         welcome too."
    );
    let role = show.said.last().expect("a role").work.clone();
    assert_eq!(role, Work::Role { member: ada(), role: "123456789012345678".to_owned(), grant: true });
    let Some(Change::Joined(member)) = show.people.get(&format!("member {}", ada())).cloned() else {
        panic!("a record");
    };
    assert_eq!(member, Member { version: 1, ..Member::new(ada(), "Maya", "4105", show.now) });
    // Again, by the button under a reminder.
    show.chat.seen.member = Some(member.clone());
    let asking = show.asking(&ada());
    let again = show.event(&Event::Submitted(asking, join, Vec::new()));
    assert!(
        words(again.expect("joined").as_ref()).starts_with("You were in already, Maya, and you still are.")
    );
    let asking = show.asking(&Person::new(Platform::Discord, "", "4399"));
    let stranger = show.event(&Event::Membered(asking, MemberCommand::Leave)).expect("said");
    assert!(words(stranger.as_ref()).starts_with("You hadn't joined #SMXChat"));
    show.chat.seen.member = Some(member);
    let asking = show.asking(&ada());
    show.event(&Event::Membered(asking, MemberCommand::Leave)).expect("left");
    assert!(!show.people.contains_key(&format!("member {}", ada())));
    assert!(matches!(show.said.last().expect("a role").work, Work::Role { grant: false, .. }));
    let asking = show.asking(&ada());
    let code = MemberCommand::Connect { code: "WRONG".to_owned() };
    assert_eq!(show.event(&Event::Membered(asking, code)), Err(Refusal::BadCode));
}

#[test]
fn when_and_questions_for_everyone() {
    let mut show = evening();
    let member = |show: &mut Show, command: MemberCommand| {
        let asking = show.asking(&ada());
        words(show.event(&Event::Membered(asking, command)).expect("said").as_ref())
    };
    show.slack("skip 1 Dec");
    show.slack("reschedule 8 Dec to 9 Dec 7pm");
    assert_eq!(
        member(&mut show, MemberCommand::When),
        "#SMXChat meets Tue 24 Nov, 20:00 London (in 3 days): communities that outlive their platform\n\
         Wed 9 Dec, 19:00 London (in 18 days)\n\
         Tue 15 Dec, 20:00 London (in 24 days)\n\
         Tue 22 Dec, 20:00 London (in 31 days)"
    );
    show.at("2026-11-24T20:27");
    let live = member(&mut show, MemberCommand::When);
    assert!(live.starts_with("#SMXChat is on right now, until 21:00: communities"), "{live}");
    assert!(live.contains("\nWed 9 Dec, 19:00"), "{live}");
    assert_eq!(
        member(&mut show, MemberCommand::Questions),
        "Asked so far, on “communities that outlive their platform”:\nQ1. What about one?\nQ2. What about two?\n\
         Q3. What about three?"
    );
    show.at("2026-11-25T12:00");
    assert!(member(&mut show, MemberCommand::Questions).starts_with("Asked Tue 24 Nov:\nQ1."));
    let help = member(&mut show, MemberCommand::Help);
    assert!(help.contains("/join") && help.contains("/when"), "{help}");
}

fn answer(show: &mut Show, question: u32, text: &str) -> Result<Option<Reply>, Refusal> {
    let here = EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc(START) };
    let asking = show.asking(&ada());
    let values = vec![("answer".to_owned(), text.to_owned())];
    show.event(&Event::Submitted(asking, Action::Answer(here, QuestionId(question)), values))
}

#[test]
fn an_answer_given_in_a_room_is_heard_in_all() {
    let mut show = at_2027();
    let here = EpisodeId { chat: show.chat.settings.slug.clone(), planned: utc(START) };
    let asking = show.asking(&ada());
    let form =
        show.event(&Event::Pressed(asking, Action::Answer(here.clone(), QuestionId(2)))).expect("a form");
    let Some(Reply::Form(form)) = form else { panic!("{form:?}") };
    assert_eq!((form.title.as_str(), form.fields[0].label.as_str()), ("Answer Q2", "Your A2"));
    let before = show.said.len();
    let said = answer(&mut show, 2, "  At night.  ").expect("answered");
    let said = words(said.as_ref());
    // Nothing is posted in anybody's name: X opens with it, ready.
    let (told, ready) = said.split_once(" (https://x.com/intent/tweet?text=A2%20").expect("a link");
    assert_eq!(
        told,
        "Thank you, Maya! Your A2 is on its way into Discord and Slack. On X as well, in your own name? It is ready there"
    );
    assert!(ready.ends_with("%20%23SMXChat)."), "{ready}");
    assert_eq!(show.said.len(), before + 2);
    assert_eq!(answer(&mut show, 2, "   "), Err(Refusal::Empty));
    assert_eq!(answer(&mut show, 99, "What?"), Err(Refusal::Over));
    show.at("2026-11-25T20:59");
    assert!(answer(&mut show, 2, "Still in time.").is_ok());
    show.at("2026-11-25T21:01");
    assert_eq!(answer(&mut show, 2, "Too late."), Err(Refusal::Over));
    let asking = show.asking(&ada());
    assert_eq!(show.event(&Event::Pressed(asking, Action::Hello(here))), Err(Refusal::Over));
}

#[test]
fn a_retired_chat_takes_no_answers_and_no_members() {
    let mut show = evening();
    show.at("2026-11-24T22:00");
    show.press(Action::Retire(show.chat.settings.slug.clone())).expect("retired");
    assert_eq!(answer(&mut show, 2, "Hello?"), Err(Refusal::Retired));
    let asking = show.asking(&ada());
    assert_eq!(show.event(&Event::Membered(asking, MemberCommand::Join)), Err(Refusal::Retired));
    // Leaving is always possible.
    show.chat.seen.member = Some(Member::new(ada(), "Ada", "4105", show.now));
    let asking = show.asking(&ada());
    assert!(show.event(&Event::Membered(asking, MemberCommand::Leave)).is_ok());
    assert_eq!(counted(&decided(&show, post("A2 yes", show.now))), [Uncarried::Outside]);
}

#[test]
fn of_two_overlapping_hours_a_post_belongs_to_the_later() {
    let mut show = Show::of("new #Twice every Tuesday 7pm and 8pm London", "2026-11-20T12:00");
    show.connect();
    show.at("2026-11-24T19:51");
    // The later one's doors are open from ten to.
    let filed = filed(&decided(&show, post("hello", show.now))).expect("filed");
    assert_eq!(filed.episode.planned, utc(START));
    let name = |n: u32| {
        mirror::card_name(&show.chat.settings.slug, &Filed { refiled: n, ..filed.clone() }, &slack())
    };
    assert_eq!(name(0), DeliveryId(format!("twice/post/{}>slack:T1:C1", filed.post.id)));
    assert_ne!(name(0), name(1));
}

#[test]
fn a_moved_episode_opens_its_doors_where_it_went() {
    let mut show = evening();
    show.slack("reschedule 24 Nov to 26 Nov");
    show.at("2026-11-24T20:10");
    assert_eq!(counted(&decided(&show, post("anyone?", show.now))), [Uncarried::Outside]);
    show.at("2026-11-26T20:10");
    assert!(filed(&decided(&show, post("hello", show.now - Duration::minutes(1)))).is_some());
}

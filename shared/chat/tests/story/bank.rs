//! The question bank: what people suggest, who votes, what becomes of it, and what was asked before.

use chat::action::Action;
use chat::agenda::{Episode, State as Hour};
use chat::bank::{Idea, IdeaId, State};
use chat::command::MemberCommand;
use chat::name::{EpisodeId, Person, Platform};
use chat::removal::{Bar, Bars, Whom};
use chat::reply::Reply;
use chat::{Asking, Event, Refusal};
use chrono::Duration;

use crate::hour::evening;
use crate::sim::{Show, discord, maya, slack, sol, utc, words, x};

const START: &str = "2026-11-24T20:00";
const STAY: &str = "What would bring you back after a year away?";

fn amara() -> Person {
    Person::new(Platform::Discord, "", "5102")
}

fn juno() -> Person {
    Person::new(Platform::Discord, "", "5103")
}

fn tomasz() -> Person {
    Person::new(Platform::Discord, "", "5101")
}

fn named(show: &mut Show, by: &Person) -> Asking {
    let known =
        [(amara(), "Amara"), (juno(), "Juno"), (tomasz(), "Tomasz"), (maya(), "Maya"), (sol(), "Sol")];
    let name = known.iter().find(|(person, _)| person == by).map_or("Somebody", |(_, name)| *name);
    Asking { name: name.to_owned(), ..show.asking(by) }
}

fn member(show: &mut Show, by: &Person, command: MemberCommand) -> Result<Option<Reply>, Refusal> {
    let asking = named(show, by);
    show.event(&Event::Membered(asking, command))
}

/// Somebody types `/suggest TEXT` in Discord.
fn suggest(show: &mut Show, by: &Person, text: &str) -> String {
    let command = MemberCommand::Suggest { text: Some(text.to_owned()) };
    words(member(show, by, command).unwrap_or_else(|r| panic!("{text}: {r:?}")).as_ref())
}

fn refused(show: &mut Show, by: &Person, text: &str) -> Refusal {
    let command = MemberCommand::Suggest { text: Some(text.to_owned()) };
    match member(show, by, command) {
        Err(refusal) => refusal,
        Ok(reply) => panic!("{text}: {}", words(reply.as_ref())),
    }
}

fn listed(show: &mut Show, by: &Person) -> String {
    words(member(show, by, MemberCommand::Suggestions).expect("listed").as_ref())
}

fn press(show: &mut Show, by: &Person, action: Action) -> Result<String, Refusal> {
    let asking = Asking { place: None, ..named(show, by) };
    let reply = match &action {
        Action::Undo(_, _) => show.press_as(by, action)?,
        _ => show.event(&Event::Pressed(asking, action))?,
    };
    Ok(words(reply.as_ref()))
}

fn slug(show: &Show) -> chat::name::Slug {
    show.chat.settings.slug.clone()
}

fn here(show: &Show) -> EpisodeId {
    EpisodeId { chat: slug(show), planned: utc(START) }
}

fn id(by: &Person, text: &str) -> IdeaId {
    IdeaId::of(by, text)
}

fn vote(show: &mut Show, by: &Person, idea: IdeaId) -> Result<String, Refusal> {
    let action = Action::Vote(slug(show), idea);
    press(show, by, action)
}

fn ask(show: &mut Show, idea: IdeaId) -> Result<String, Refusal> {
    let action = Action::AskIdea(here(show), idea);
    press(show, &maya(), action)
}

fn idea<'a>(show: &'a Show, id: &IdeaId) -> &'a Idea {
    show.ideas.get(id).expect("it is kept")
}

fn texts(episode: &Episode) -> Vec<&str> {
    episode.questions.iter().map(|q| q.text.as_str()).collect()
}

/// Four days ahead, with six questions.
fn saturday() -> Show {
    evening()
}

#[test]
fn from_a_suggestion_to_a_question_with_a_name_under_it() {
    let mut show = saturday();
    let mut told = Vec::new();
    told.push(suggest(&mut show, &amara(), STAY));
    told.push(suggest(&mut show, &juno(), "Which rule of your community would you drop first?"));
    let (hers, junos) =
        (id(&amara(), STAY), id(&juno(), "Which rule of your community would you drop first?"));
    told.push(listed(&mut show, &juno()));
    told.push(vote(&mut show, &juno(), hers).expect("voted"));
    told.push(vote(&mut show, &tomasz(), hers).expect("voted"));
    told.push(listed(&mut show, &amara()));
    told.push(show.slack("ideas"));
    told.push(ask(&mut show, hers).expect("asked"));
    told.push(show.slack("ideas"));
    told.push(show.slack("questions"));
    assert_eq!(idea(&show, &junos).state, State::Waiting);
    show.at("2026-11-24T20:59");
    told.push(words(member(&mut show, &juno(), MemberCommand::Questions).expect("listed").as_ref()));
    for place in [x(), discord(), slack()] {
        let said = show.heard(&place, "2026-11-24T20:00").into_iter().find(|said| said.contains(STAY));
        told.push(format!("{}: {}", place.platform, said.expect("it was asked")));
    }
    insta::assert_snapshot!("from_a_suggestion", told.join("\n\n"));
}

#[test]
fn a_vote_is_one_a_person_none_for_ones_own_and_can_be_taken_back() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    assert_eq!(vote(&mut show, &amara(), hers), Err(Refusal::OwnIdea));
    let once = vote(&mut show, &juno(), hers).expect("voted");
    let version = idea(&show, &hers).version;
    // Pressed twice, and pressed again from a list of before.
    assert_eq!(vote(&mut show, &juno(), hers).expect("voted"), once);
    assert_eq!((idea(&show, &hers).votes.as_slice(), idea(&show, &hers).version), (&[juno()][..], version));
    vote(&mut show, &tomasz(), hers).expect("voted");
    assert_eq!(idea(&show, &hers).votes.len(), 2);
    let unvote = Action::Unvote(slug(&show), hers);
    press(&mut show, &juno(), unvote.clone()).expect("taken back");
    press(&mut show, &juno(), unvote).expect("taken back already");
    assert_eq!(idea(&show, &hers).votes, [tomasz()]);
    // In Slack too, by anybody there.
    let slack = show.try_slack_as(&sol(), "suggestions").expect("listed");
    assert!(words(slack.as_ref()).contains("[1: vote]"), "{slack:?}");
    press(&mut show, &sol(), Action::Vote(hers_chat(), hers)).expect("voted");
    assert_eq!(idea(&show, &hers).votes, [tomasz(), sol()]);
}

fn hers_chat() -> chat::name::Slug {
    "smxchat".parse().expect("a slug")
}

#[test]
fn the_most_wanted_come_first_and_then_the_oldest() {
    let mut show = saturday();
    let asked = ["Alpha beta?", "Gamma delta?", "Epsilon zeta?", "Eta theta?", "Iota kappa?"];
    for text in asked {
        suggest(&mut show, &amara(), text);
        show.now += Duration::minutes(1);
    }
    suggest(&mut show, &juno(), "Lambda mu?");
    let wanted = [(asked[2], 2), (asked[1], 1)];
    for (text, votes) in wanted {
        for voter in [&juno(), &tomasz()].into_iter().take(votes) {
            vote(&mut show, voter, id(&amara(), text)).expect("voted");
        }
    }
    let read = listed(&mut show, &tomasz());
    let order: Vec<usize> = ["Epsilon", "Gamma", "Alpha", "Eta", "Iota"]
        .iter()
        .map(|word| read.find(word).unwrap_or_else(|| panic!("{word} in {read}")))
        .collect();
    assert!(order.is_sorted(), "{read}");
    assert!(
        read.starts_with("Six suggestions") && !read.contains("Lambda") && read.contains("[More]"),
        "{read}"
    );
    let action = Action::Suggestions(slug(&show), 5);
    let more = press(&mut show, &tomasz(), action).expect("more");
    assert!(more.contains("6. Lambda mu? (Juno, no vote yet)") && !more.contains("[More]"), "{more}");
    // What is voted for on the second page, and what organisers are offered, five at a time.
    let more = vote(&mut show, &tomasz(), id(&juno(), "Lambda mu?")).expect("voted");
    assert!(more.contains("3. Lambda mu? (Juno, one vote, yours)"), "{more}");
    let ideas = show.slack("ideas");
    assert!(
        ideas.contains("[5: ask it Tue 24 Nov]") && ideas.contains("[5: not this one] [More]"),
        "{ideas}"
    );
    let more = press(&mut show, &maya(), Action::Ideas(here(&saturday()), 5)).expect("more");
    assert!(more.contains("6. ") && more.contains("[6: ask it Tue 24 Nov]"), "{more}");
}

#[test]
fn what_is_refused_with_the_reason() {
    let mut show = saturday();
    show.slack("mute giveaway");
    assert_eq!(refused(&mut show, &amara(), " \u{200B} "), Refusal::Empty);
    assert_eq!(
        refused(&mut show, &amara(), "Seen Booking.com?"),
        Refusal::IdeaLink("Booking.com".to_owned())
    );
    assert_eq!(refused(&mut show, &amara(), "Which #giveaway was the best?"), Refusal::Muted);
    // As on X: "Q99. …", a line between, "Begin with A99 and keep #SMXChat" are 39 of 280.
    let fits = "x".repeat(280 - 39);
    assert!(suggest(&mut show, &amara(), &fits).starts_with("Thank you, Amara!"));
    let too_long = format!("{fits}y");
    assert_eq!(refused(&mut show, &amara(), &too_long), Refusal::IdeaTooLong(1));
    for text in ["One alpha?", "Two beta?", "Three gamma?", "Four delta?"] {
        suggest(&mut show, &amara(), text);
    }
    assert_eq!(refused(&mut show, &amara(), "Five epsilon?"), Refusal::TooManyIdeas);
    // Somebody else's are counted by themselves, and one's own that is taken back makes room.
    suggest(&mut show, &juno(), "Five epsilon?");
    let back = Action::TakeBack(slug(&show), id(&amara(), "Two beta?"));
    assert_eq!(press(&mut show, &juno(), back.clone()), Err(Refusal::NotYourIdea));
    press(&mut show, &amara(), back.clone()).expect("taken back");
    assert_eq!(press(&mut show, &amara(), back), Err(Refusal::IdeaGone));
    suggest(&mut show, &amara(), "Six zeta?");
    assert_eq!(show.ideas.len(), 6);
}

#[test]
fn who_is_barred_has_no_say() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    let bar =
        Bar { whom: Whom::Person(juno()), why: Bars::Blocked, called: "Juno".to_owned(), since: show.now };
    let mut barred = |event: &Event| {
        show.chat.seen.bar = Some(bar.clone());
        show.event(event)
    };
    let asking = |key: &str| Asking {
        by: juno(),
        name: "Juno".to_owned(),
        picture: None,
        place: Some(discord()),
        place_name: None,
        key: key.to_owned(),
    };
    for (n, event) in [
        Event::Membered(asking("a"), MemberCommand::Suggest { text: Some("Why not me?".to_owned()) }),
        Event::Membered(asking("b"), MemberCommand::Suggest { text: None }),
        Event::Membered(asking("c"), MemberCommand::Suggestions),
        Event::Pressed(asking("d"), Action::Vote(hers_chat(), hers)),
        Event::Pressed(asking("e"), Action::Suggest(hers_chat())),
        Event::Submitted(
            asking("f"),
            Action::Suggest(hers_chat()),
            vec![("question".to_owned(), "Why not me?".to_owned())],
        ),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(barred(event), Err(Refusal::Barred(Bars::Blocked)), "{n}");
    }
    assert_eq!(show.ideas.len(), 1);
    assert!(idea(&show, &hers).votes.is_empty());
}

#[test]
fn a_form_sent_twice_is_one_suggestion_and_one_sent_after_the_end_is_none() {
    let mut show = saturday();
    let form = match member(&mut show, &amara(), MemberCommand::Suggest { text: None }).expect("opens") {
        Some(Reply::Form(form)) => form,
        other => panic!("{other:?}"),
    };
    assert_eq!((form.action.clone(), form.fields.len()), (Action::Suggest(slug(&show)), 1));
    let send = |show: &mut Show, text: &str| {
        let asking = named(show, &amara());
        let values = vec![(form.fields[0].key.clone(), text.to_owned())];
        show.event(&Event::Submitted(asking, form.action.clone(), values)).map(|r| words(r.as_ref()))
    };
    let first = send(&mut show, &format!("  {}\n", STAY.replace("after", "\n after"))).expect("kept");
    assert!(first.starts_with(&format!("Thank you, Amara! I keep it for #SMXChat: {STAY}\n")), "{first}");
    // Sent again, and typed again with other capitals.
    for again in [STAY.to_owned(), STAY.to_uppercase()] {
        let read = send(&mut show, &again).expect("read");
        assert_eq!(read, "That one I have from you already, Amara. It waits for votes under /suggestions.");
    }
    assert_eq!(show.ideas.len(), 1);
    // Put aside, nobody is told.
    let aside = Action::PutAside(here(&show), id(&amara(), STAY));
    press(&mut show, &maya(), aside).expect("aside");
    let read = send(&mut show, STAY).expect("read");
    assert_eq!(read, "That one I have from you already, Amara. The organisers of #SMXChat know it.");
    // A month later it is forgotten, and may be suggested anew, although its row may still be there.
    show.now += Duration::days(30);
    let read = send(&mut show, STAY).expect("read");
    assert!(read.starts_with("Thank you, Amara!"), "{read}");
    assert_eq!(idea(&show, &id(&amara(), STAY)).state, State::Waiting);
    show.slack("retire");
    show.press(Action::Retire(slug(&show))).expect("retired");
    assert_eq!(send(&mut show, "And now?"), Err(Refusal::Retired));
    assert_eq!(vote(&mut show, &juno(), id(&amara(), STAY)), Err(Refusal::Retired));
}

#[test]
fn two_organisers_who_accept_add_it_once() {
    let mut show = saturday();
    show.slack("organiser add <@USOL|sol>");
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    let read = ask(&mut show, hers).expect("asked");
    assert!(read.starts_with("Saved as Q7"), "{read}");
    let action = Action::AskIdea(here(&show), hers);
    assert_eq!(press(&mut show, &sol(), action), Err(Refusal::IdeaTaken(7, utc(START))));
    assert_eq!(texts(show.episode(START)).iter().filter(|text| **text == STAY).count(), 1);
    // What is a question has had its votes, and is not for its author to take back.
    assert_eq!(vote(&mut show, &juno(), hers), Err(Refusal::IdeaGone));
    let back = Action::TakeBack(slug(&show), hers);
    assert_eq!(press(&mut show, &amara(), back), Err(Refusal::IdeaGone));
    assert!(listed(&mut show, &juno()).starts_with("No suggestion waits"));
}

#[test]
fn who_steers_nothing_accepts_nothing() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    for action in [
        Action::AskIdea(here(&show), hers),
        Action::PutAside(here(&show), hers),
        Action::BringBack(here(&show), hers),
        Action::Ideas(here(&show), 0),
    ] {
        for person in [sol(), amara()] {
            assert_eq!(press(&mut show, &person, action.clone()), Err(Refusal::NotOrganiser), "{action}");
        }
    }
    assert_eq!(show.try_slack_as(&sol(), "ideas"), Err(Refusal::NotOrganiser));
    assert_eq!(idea(&show, &hers).state, State::Waiting);
}

#[test]
fn a_suggestion_follows_its_question() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    ask(&mut show, hers).expect("asked");
    let accepted = idea(&show, &hers).state.clone();
    assert!(matches!(&accepted, State::Accepted(id, _) if *id == here(&show)), "{accepted:?}");
    // Undone, it waits again.
    let read = words(show.undo().expect("undone").as_ref());
    assert!(read.starts_with("Undone: Q7, a suggestion."), "{read}");
    assert_eq!(idea(&show, &hers).state, State::Waiting);
    ask(&mut show, hers).expect("asked again");
    // Dropped likewise, and back with the undo of that.
    show.slack("drop Q7");
    assert_eq!(idea(&show, &hers).state, State::Waiting);
    show.undo().expect("undone");
    assert!(matches!(idea(&show, &hers).state, State::Accepted(..)));
    // In nearly the same words it is still hers; in others it is not, and hers waits again.
    let polished = "What would bring you back, after more than a year away?";
    show.slack(&format!("ask Q7 {polished}"));
    let from = |show: &Show| show.episode(START).questions[6].from.clone().map(|from| from.name);
    assert_eq!(from(&show).as_deref(), Some("Amara"));
    assert!(matches!(idea(&show, &hers).state, State::Accepted(..)));
    show.slack("ask Q7 Which tool do you use every day?");
    assert_eq!((from(&show), &idea(&show, &hers).state), (None, &State::Waiting));
    show.undo().expect("undone");
    assert_eq!(from(&show).as_deref(), Some("Amara"));
    assert!(matches!(idea(&show, &hers).state, State::Accepted(..)));
    // Moved within its hour it is the same question.
    show.slack("move Q7 Q1");
    assert_eq!(show.episode(START).questions[0].from.as_ref().map(|from| from.idea), Some(hers));
    assert!(matches!(idea(&show, &hers).state, State::Accepted(..)));
}

#[test]
fn put_aside_without_a_word_and_brought_back() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let hers = id(&amara(), STAY);
    let said = show.said.len();
    let aside = Action::PutAside(here(&show), hers);
    let read = press(&mut show, &maya(), aside.clone()).expect("aside");
    assert!(
        read.starts_with(&format!("Put aside: “{STAY}” Nobody hears of it.\nNo suggestion waits.")),
        "{read}"
    );
    assert!(read.ends_with("[Bring it back]"), "{read}");
    assert_eq!(show.said.len(), said, "nobody is told");
    assert_eq!(press(&mut show, &maya(), aside), Err(Refusal::IdeaGone));
    assert!(!listed(&mut show, &amara()).contains(STAY));
    let back = Action::BringBack(here(&show), hers);
    let read = press(&mut show, &maya(), back.clone()).expect("back");
    assert!(read.contains(STAY) && read.contains("[Ask it Tue 24 Nov]"), "{read}");
    assert_eq!(press(&mut show, &maya(), back), Err(Refusal::IdeaGone));
    assert!(listed(&mut show, &amara()).contains(STAY));
}

#[test]
fn the_desk_hears_of_suggestions_once_a_day_and_not_during_the_hour() {
    let mut show = saturday();
    let notes = |show: &Show| -> Vec<String> {
        let said = show.said.iter().filter(|said| said.what().contains("/ideas/"));
        said.map(|said| format!("{} {}", said.at.format("%d %H:%M"), said.words())).collect()
    };
    let day = show.now.format("%d").to_string();
    suggest(&mut show, &amara(), "One alpha?");
    assert_eq!(notes(&show), [format!("{day} 12:00 One suggestion waits: /chat ideas")]);
    // The others of the day have the same name: the table writes it once.
    let asking = named(&mut show, &juno());
    let event = Event::Membered(asking, MemberCommand::Suggest { text: Some("Two beta?".to_owned()) });
    show.chat.seen.ideas = show.ideas.values().cloned().collect();
    let decision = chat::decide(&show.chat, &event, show.now).expect("kept");
    let again: Vec<&str> = decision.effects.iter().map(|d| d.id.0.as_str()).collect();
    assert!(again.len() == 1 && show.said.iter().any(|said| said.id.0 == again[0]), "{again:?}");
    show.at("2026-11-24T20:30");
    suggest(&mut show, &juno(), "Two beta?");
    assert_eq!(notes(&show)[1..], ["24 21:00 Two suggestions wait: /chat ideas".to_owned()]);
}

#[test]
fn a_name_stands_on_x_only_as_a_name_and_where_it_fits() {
    let on_x = |name: &str, text: &str| {
        let mut show = saturday();
        show.slack("mute giveaway");
        let asking = Asking { name: name.to_owned(), ..show.asking(&amara()) };
        let command = MemberCommand::Suggest { text: Some(text.to_owned()) };
        show.event(&Event::Membered(asking, command)).expect("kept");
        ask(&mut show, id(&amara(), text)).expect("asked");
        show.at("2026-11-24T20:59");
        let said = show.heard(&x(), "2026-11-24T20:00");
        let said = said.iter().find(|said| said.contains(text)).expect("asked").clone();
        let rooms = show.heard(&discord(), "2026-11-24T20:00");
        let room = rooms.iter().find(|said| said.contains(text)).expect("asked").clone();
        (said.contains("(from "), room.lines().nth(1).map(str::to_owned))
    };
    assert_eq!(on_x("Amara", STAY), (true, Some("from Amara".to_owned())));
    for (name, shown) in [
        // A mention, a hashtag, a price, a link, a muted word: the rooms show it, harmless as all names there.
        ("@elonmusk", "from @elonmusk"),
        ("＠amara", "from ＠amara"),
        ("#win", "from #win"),
        ("$TSLA", "from $TSLA"),
        ("amara.com", "from amara.com"),
        ("Giveaway!", "from Giveaway!"),
    ] {
        assert_eq!(on_x(name, STAY), (false, Some(shown.to_owned())), "{name}");
    }
    // "Q7. …", a line between, "Begin with A7 and keep #SMXChat" are 37; " (from Amara)" is 13.
    let long = "x".repeat(280 - 37 - 13);
    assert!(on_x("Amara", &long).0);
    assert!(!on_x("Amara", &format!("{long}y")).0);
}

#[test]
fn what_was_asked_before_is_pointed_out_with_its_date() {
    let mut show = saturday();
    show.at("2026-11-25T09:00");
    // Asked yesterday, as Q2 "What about two?"; said once more by an organiser, in the form, and by anybody.
    let asked = show.slack("ask So, what about two?");
    assert!(asked.contains("\nNearly Q2 of Tue 24 Nov: “What about two?”"), "{asked}");
    let same = show.slack("ask Q1 What — about TWO");
    assert!(same.contains("\nThe same as Q2 of Tue 24 Nov."), "{same}");
    let suggested = suggest(&mut show, &amara(), "So, what about two?");
    assert!(suggested.contains("\nNearly Q2 of Tue 24 Nov: “What about two?”"), "{suggested}");
    let ideas = show.slack("ideas");
    assert!(ideas.contains("\nNearly Q2 of Tue 24 Nov: “What about two?”"), "{ideas}");
    let other = show.slack("ask What else should be said?");
    assert!(!other.contains("Nearly") && !other.contains("same as"), "{other}");
    // At the same place it is the same text on X.
    let twin = show.slack("ask Q2 What about two?");
    assert!(twin.contains("The very words of Q2 on Tue 24 Nov: X refuses a text it has seen."), "{twin}");
}

#[test]
fn the_form_of_all_questions_points_it_out_too_and_keeps_the_name() {
    let mut show = saturday();
    show.at("2026-11-25T09:00");
    suggest(&mut show, &amara(), STAY);
    let next = EpisodeId { chat: slug(&show), planned: utc("2026-12-01T20:00") };
    press(&mut show, &maya(), Action::AskIdea(next.clone(), id(&amara(), STAY))).expect("asked");
    let form = match show.try_slack("edit").expect("opens") {
        Some(Reply::Form(form)) => form,
        other => panic!("{other:?}"),
    };
    let polished = "What would bring you back, after one whole year away?";
    let values = vec![
        (form.fields[0].key.clone(), polished.to_owned()),
        ("new0".to_owned(), "So, what about two?".to_owned()),
    ];
    let asking = named(&mut show, &maya());
    let reply = show.event(&Event::Submitted(asking, form.action, values)).expect("saved");
    let read = words(reply.as_ref());
    assert!(read.contains(&format!("{polished} (from Amara)")), "{read}");
    assert!(read.contains("\nQ2. Nearly Q2 of Tue 24 Nov: “What about two?” [Undo]"), "{read}");
    assert!(matches!(idea(&show, &id(&amara(), STAY)).state, State::Accepted(..)));
    // Put right once it was asked, it is hers as well; as another question it is nobody's.
    show.at("2026-12-01T20:30");
    let from = |show: &Show| show.episode("2026-12-01T20:00").questions[0].from.clone();
    show.slack("fix Q1 What would bring you back after one year away?");
    assert!(from(&show).is_some());
    show.slack("fix Q1 Which tool do you use every day?");
    assert_eq!(from(&show), None);
}

#[test]
fn an_hour_of_last_year_is_remembered_from_its_own_row() {
    let mut show = saturday();
    let starts = utc("2025-11-04T20:00");
    let mut past = Episode::planned(EpisodeId { chat: slug(&show), planned: starts }, Duration::hours(1));
    past.add_question("Who kept the list of people, and where is it now?");
    past.questions[0].asked = Some(starts + Duration::minutes(5));
    past.add_question("Which question was never asked in that hour?");
    past.state = Hour::Closed { at: starts + Duration::hours(1) };
    show.chat.seen.past = vec![past.clone()];
    let read =
        suggest(&mut show, &amara(), "Who keeps the list of people? Who kept it, and where is it now?");
    let hint = "Nearly Q1 of Tue 4 Nov 2025: “Who kept the list of people, and where is it now?”";
    assert!(read.contains(hint), "{read}");
    show.chat.seen.past = vec![past];
    let read = show.slack("ask Which question was never asked in that hour?");
    assert!(
        !read.contains("same as") && !read.contains("Nearly"),
        "what was not asked is not remembered: {read}"
    );
}

#[test]
fn who_steers_nothing_is_pointed_at_nothing_that_is_still_to_come() {
    let mut show = saturday();
    show.slack("ask Which rule of your community would you drop first?");
    let text = "Which rule of your own community would you drop first?";
    let read = suggest(&mut show, &amara(), text);
    assert!(!read.contains("Q7") && !read.contains("planned"), "{read}");
    assert!(!listed(&mut show, &juno()).contains("planned"));
    let ideas = show.slack("ideas");
    assert!(ideas.contains("Nearly Q7 that is planned for Tue 24 Nov"), "{ideas}");
}

#[test]
fn nearly_the_same_suggestion_is_pointed_out_to_vote_for() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    let read = suggest(&mut show, &juno(), "What would bring you back, after a year away from here?");
    assert!(read.contains(&format!("\nAmara suggested nearly the same: “{STAY}”")), "{read}");
    assert!(read.ends_with("[Vote for that one] [Take it back]"), "{read}");
    vote(&mut show, &juno(), id(&amara(), STAY)).expect("voted");
    assert_eq!(show.ideas.len(), 2, "a hint, and no refusal");
}

#[test]
fn what_is_left_of_somebody_who_goes() {
    let mut show = saturday();
    suggest(&mut show, &amara(), STAY);
    vote(&mut show, &juno(), id(&amara(), STAY)).expect("voted");
    let hers = idea(&show, &id(&amara(), STAY)).clone();
    assert!(chat::bank::is_theirs(&hers, &amara()) && chat::bank::is_theirs(&hers, &juno()));
    assert!(!chat::bank::is_theirs(&hers, &tomasz()));
    assert_eq!(chat::bank::without(&hers, &amara()), None);
    assert_eq!(chat::bank::without(&hers, &juno()), Some(Idea { votes: Vec::new(), ..hers.clone() }));
    assert_eq!(chat::bank::without(&hers, &tomasz()), Some(hers));
}

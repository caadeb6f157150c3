//! Questions in the making: forms that several people have open, and texts that came too late.

use chat::action::Action;
use chat::agenda::Episode;
use chat::name::Person;
use chat::reply::Reply;
use chat::text::Form;
use chat::{Event, Refusal};

use crate::hour::evening;
use crate::sim::{Show, maya, sol, words};

const START: &str = "2026-11-24T20:00";

/// Somebody opens the form of all questions.
fn opened(show: &mut Show, by: &Person) -> Form {
    match show.try_slack_as(by, "edit").expect("opens") {
        Some(Reply::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

/// They change the fields that begin with these keys, leave the others as they were, and save.
fn saved(show: &mut Show, by: &Person, form: &Form, typed: &[(&str, &str)]) -> Result<String, Refusal> {
    let typed_in = |key: &str| {
        let bare = key.split('.').next().unwrap_or(key);
        typed.iter().find(|(k, _)| *k == bare).map(|(_, text)| (*text).to_owned())
    };
    let values =
        form.fields.iter().map(|f| (f.key.clone(), typed_in(&f.key).unwrap_or(f.value.clone()))).collect();
    let asking = show.asking(by);
    let reply = show.event(&Event::Submitted(asking, form.action.clone(), values))?;
    Ok(words(reply.as_ref()))
}

fn texts(episode: &Episode) -> Vec<&str> {
    episode.questions.iter().map(|q| q.text.as_str()).collect()
}

fn two_organisers() -> Show {
    let mut show = evening();
    show.slack("organiser add <@USOL|sol>");
    show
}

#[test]
fn two_who_edit_at_once_lose_nothing_of_each_other() {
    let mut show = two_organisers();
    let (mayas, sols) = (opened(&mut show, &maya()), opened(&mut show, &sol()));
    saved(&mut show, &maya(), &mayas, &[("q1", "Who are you, and where is home?")]).expect("saved");
    let read = saved(&mut show, &sol(), &sols, &[("q2", "What keeps you here?")]).expect("saved");
    assert!(read.starts_with("Saved: six questions."), "{read}");
    let now = show.episode(START);
    assert_eq!(
        texts(now)[..3],
        ["Who are you, and where is home?", "What keeps you here?", "What about three?"]
    );
}

#[test]
fn where_both_changed_the_same_question_the_first_stands_and_the_other_text_is_given_back() {
    let mut show = two_organisers();
    let (mayas, sols) = (opened(&mut show, &maya()), opened(&mut show, &sol()));
    saved(&mut show, &maya(), &mayas, &[("q1", "Who are you, and where is home?")]).expect("saved");
    let typed = [("q1", "Who are you when nobody asks?"), ("q3", "Why three?")];
    let read = saved(&mut show, &sol(), &sols, &typed).expect("saved");
    assert!(read.starts_with("Saved: six questions."), "{read}");
    assert!(
        read.contains("Q1 was changed while you were typing, and stays: “Who are you, and where is home?”"),
        "{read}"
    );
    assert!(read.contains("/chat ask Q1 Who are you when nobody asks?"), "{read}");
    assert_eq!(texts(show.episode(START))[0], "Who are you, and where is home?");
    assert_eq!(texts(show.episode(START))[2], "Why three?");
}

#[test]
fn a_command_given_while_the_form_is_open_stands() {
    let mut show = evening();
    let form = opened(&mut show, &maya());
    show.slack("ask Q1 Who are you, really?");
    show.slack("ask And seven?");
    saved(&mut show, &maya(), &form, &[("q2", "Two!")]).expect("saved");
    let now = show.episode(START);
    assert_eq!(
        texts(now),
        [
            "Who are you, really?",
            "Two!",
            "What about three?",
            "What about four?",
            "What about five?",
            "What about six?",
            "And seven?"
        ]
    );
    // Emptied by one and rewritten by another: it is not dropped.
    let form = opened(&mut show, &maya());
    show.slack("ask Q2 Two, and a half?");
    let read = saved(&mut show, &maya(), &form, &[("q2", "")]).expect("read");
    assert!(read.contains("Q2 was changed while you were typing, and stays: “Two, and a half?”"), "{read}");
    assert!(read.contains("/chat drop Q2"), "{read}");
}

#[test]
fn words_for_a_question_that_was_dropped_or_went_out_are_given_back() {
    let mut show = evening();
    let form = opened(&mut show, &maya());
    show.slack("drop Q4");
    let read = saved(&mut show, &maya(), &form, &[("q4", "Who kept the list of people?")]).expect("read");
    assert!(read.starts_with("Nothing was saved."), "{read}");
    assert!(
        read.contains(
            "A question was dropped while you were typing. To bring it back: /chat ask Who kept the list"
        ),
        "{read}"
    );
    assert_eq!(show.episode(START).questions.len(), 5);
    show.at("2026-11-24T20:04");
    let form = opened(&mut show, &maya());
    show.at("2026-11-24T20:06");
    let read = saved(&mut show, &maya(), &form, &[("q1", "Who are you tonight?")]).expect("read");
    assert!(
        read.contains(
            "Q1 went out while you were typing. To put it right: /chat fix Q1 Who are you tonight?"
        ),
        "{read}"
    );
    // What nobody touched is no reason to say anything.
    let read = saved(&mut show, &maya(), &form, &[]).expect("read");
    assert!(read.starts_with("Nothing changed."), "{read}");
    assert!(!read.contains("[Undo]"), "{read}");
}

#[test]
fn a_form_of_before_the_fields_knew_what_they_had_said_is_still_taken() {
    let mut show = evening();
    let id = show.episode(START).id.clone();
    let asking = show.asking(&maya());
    let values = vec![("q2".to_owned(), "Two?".to_owned()), ("q3".to_owned(), String::new())];
    show.event(&Event::Submitted(asking, Action::Edit(id), values)).expect("saved");
    assert_eq!(texts(show.episode(START))[..3], ["What about one?", "Two?", "What about four?"]);
}

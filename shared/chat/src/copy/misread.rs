//! What is said when a command was not understood: never a guess, always the next thing to type.

use crate::command::{self, About, Measure, MemberVerb, Misread, NewPiece, Piece, SettingName, Verb};
use crate::copy::{list, span};
use crate::text::Text;

/// Words for a misread command.
pub fn misread(misread: &Misread) -> Text {
    match misread {
        Misread::UnknownVerb { typed, nearest } => {
            let text = Text::plain("I don't know ").code(typed).say(". ");
            match nearest.as_slice() {
                [] => text.code("/chat help").say(" lists what I do know."),
                nearest => did_you_mean(text, nearest),
            }
        }
        Misread::UnknownChat { typed, nearest } => {
            let text = Text::plain("I know no chat called ").code(typed).say(". ");
            match nearest {
                Some(slug) => text.say("Did you mean ").code(format!("/chat {slug} …")).say("?"),
                None => text.code("/chat help").say(" lists what I do know."),
            }
        }
        Misread::InDiscord { verb } => Text::plain("That one is for Discord: type ").code(format!("/{verb}")).say(
            match verb {
                MemberVerb::MyData | MemberVerb::ForgetMe => {
                    " there. What you answered in Slack an organiser takes out of every room, by the ⋯ on its card."
                }
                MemberVerb::Me | MemberVerb::Remind => {
                    " there. In Slack I know nothing of you but what you answer."
                }
                _ => " there. In Slack you are in already.",
            },
        ),
        Misread::Missing { verb, piece } => Text::plain(format!("{}, please: ", wanted(*verb, *piece)))
            .code(format!("/chat {}", command::help(*verb).usage))
            .say(". For example ")
            .code(format!("/chat {}", example(*verb, *piece))),
        Misread::Extra { verb, words } => Text::plain("I know what ")
            .code(verb.word())
            .say(" is, but not what to do with ")
            .code(words)
            .say(". It goes like this: ")
            .code(format!("/chat {}", command::help(*verb).usage)),
        Misread::Instead { verb, instead, words } => Text::new()
            .code(verb.word())
            .say(" is for something else. Did you mean ")
            .code(format!("/chat {instead} {words}"))
            .say("?"),
        Misread::NotADay { verb, typed } => Text::plain("I can't read ")
            .code(typed)
            .say(" as a day. Try ")
            .code("8 Dec")
            .say(", ")
            .code("Tuesday")
            .say(" or ")
            .code("2026-12-08")
            .say(": ")
            .code(first_example(*verb)),
        Misread::HalfADate { verb, typed } => Text::plain("Is ")
            .code(typed)
            .say(" the date, or part of the text? The date is written like ")
            .code("on 24 Nov at 10am")
            .say("; a text that ends like one goes in quotes: ")
            .code(format!("/chat {verb} \"…\""))
            .say("."),
        Misread::NotAWhen { verb, typed } => Text::plain("I can't read ")
            .code(typed)
            .say(" as a day or a time. Like this: ")
            .code(first_example(*verb)),
        Misread::AmbiguousDate { typed, readings: [first, second] } => Text::new().code(typed).say(format!(
            " is one date here and another elsewhere: {first} or {second}? Write the month as a word."
        )),
        Misread::AmbiguousEvery { nth, day } => {
            let ordinal = ["zeroth", "first", "second", "third", "fourth", "fifth"];
            let ordinal = ordinal.get(*nth as usize).copied().unwrap_or("next");
            Text::plain("Every so many weeks, or once a month? Write ")
                .code(format!("every {nth} weeks on {day}"))
                .say(" or ")
                .code(format!("{ordinal} {day} of the month"))
                .say(".")
        }
        Misread::NotALength { verb, typed } => Text::plain("I can't read ")
            .code(typed)
            .say(" as a length of time. ")
            .code("3m")
            .say(", ")
            .code("24h")
            .say(" and ")
            .code("1h30")
            .say(" I understand: ")
            .code(first_example(*verb)),
        Misread::BareChannel { typed } => Text::plain("Is ")
            .code(typed)
            .say(" a channel? With its # I know it for one: ")
            .code(format!("/chat rehearse #{typed}"))
            .say("."),
        Misread::Seconds { typed } => {
            Text::plain("I count in minutes; ").code(typed).say(" is finer than that. ").code("3m").say("?")
        }
        Misread::OutOfBounds { measure, typed } => {
            let (least, most) = measure.bounds();
            let what = match measure {
                Measure::Hold => "A hold",
                Measure::Extension => "A longer hour",
                Measure::Length => "The hour",
                Measure::Cadence => "The time between questions",
                Measure::Reminder => "A reminder",
                Measure::Rehearsal => "A rehearsal",
            };
            let bounds = if *measure == Measure::Reminder {
                format!("{what} comes {} to {} days before the start; ", span(least), most.num_days())
            } else {
                format!("{what} takes {} to {}; ", span(least), span(most))
            };
            Text::plain(bounds).code(typed).say(" is outside that.")
        }
        Misread::NotAQuestion { verb, typed } => Text::plain("I can't read ")
            .code(typed)
            .say(" as a question's number. ")
            .code("Q3")
            .say(" is the third: ")
            .code(first_example(*verb)),
        Misread::NewIncomplete { hashtag, missing, stray } => {
            let all = [NewPiece::Hashtag, NewPiece::Day, NewPiece::Time, NewPiece::City];
            let whole: Vec<String> = all
                .iter()
                .map(|piece| match (piece, hashtag) {
                    (NewPiece::Hashtag, Some(tag)) => format!("#{}", tag.trim_start_matches('#')),
                    _ => piece.example().to_owned(),
                })
                .collect();
            incomplete("A new chat", missing, stray.as_ref()).code(format!("/chat new {}", whole.join(" ")))
        }
        Misread::TimeIncomplete { missing, stray } => {
            incomplete("The time of the chat", missing, stray.as_ref())
                .code("/chat set time every Tuesday 8pm London")
        }
        Misread::Unclear { verb, words } => Text::plain("I'm not sure what ")
            .code(words)
            .say(" means there. Like this I understand it: ")
            .code(first_example(*verb)),
        Misread::UnknownSetting { typed, nearest } => {
            let text = Text::plain("There is no setting called ").code(typed).say(". ");
            match nearest {
                Some(name) => text.say("Did you mean ").code(format!("/chat set {name}")).say("?"),
                None => {
                    let all: Vec<String> = SettingName::ALL.iter().map(ToString::to_string).collect();
                    text.say(format!("There are {}.", list(&all)))
                }
            }
        }
        Misread::NotAValue { setting, typed } => {
            let help = command::help_setting(*setting);
            Text::new()
                .code(format!("set {setting}"))
                .say(" does not take ")
                .code(typed)
                .say(". Like this: ")
                .code(format!("/chat {}", help.example))
        }
        Misread::NotAHashtag { typed } => Text::plain("X would not read ")
            .code(typed)
            .say(" as one hashtag: letters, digits and _ only, with at least one letter."),
        Misread::NotAPerson { typed } => Text::plain("I don't know who ")
            .code(typed)
            .say(" is. Pick them from the list that Slack offers while you type their name."),
        Misread::NotAName { typed } => Text::plain(
            "Guests are introduced to everyone by name, so write it as it should be read, not as ",
        )
        .code(typed)
        .say(". For example ")
        .code(format!("/chat {}", example(Verb::Guest, Piece::Name))),
        Misread::NotAPart { typed } => Text::plain("Guests come in with one question and stay to the end, so ")
            .code(typed)
            .say(" is more than I can keep. Write the one, like ")
            .code("from Q3")
            .say(", between commas or at the end."),
        Misread::NotAHandle { typed } => {
            Text::new().code(typed).say(" is not a handle on X: 1 to 15 letters, digits and _.")
        }
        Misread::NotOnX { typed } => Text::plain("I take people by their handle on X, and ")
            .code(typed)
            .say(" is somebody in Slack. For what was said here or in Discord, choose Hide or Block behind the dots on its card."),
        Misread::NotAPost { typed } => Text::new()
            .code(typed)
            .say(" is no link to a post. On X it looks like ")
            .code("https://x.com/adaokafor/status/2080761390344937796")
            .say(" (Share, Copy link); the link of its card here or in Discord will do too. So does Hide, behind the dots on the card."),
        Misread::UnknownPlatform { verb, typed, nearest } => {
            let text = Text::plain("I know no platform called ").code(typed).say(". ");
            match nearest {
                Some(platform) => {
                    text.say("Did you mean ").code(format!("/chat {verb} {}", platform.key())).say("?")
                }
                None => text.say("I know slack, discord and x."),
            }
        }
        Misread::UnknownWords { typed } => {
            Text::plain("I have no words called ").code(typed).say("; there are opening, close and reminder.")
        }
        Misread::NotADoor { typed } => Text::plain("The door can't be ")
            .code(typed)
            .say(". With ")
            .code("/chat door regulars")
            .say(" newcomers wait at the desk for one tap; ")
            .code("/chat door open")
            .say(" lets everybody in."),
    }
}

fn did_you_mean(text: Text, nearest: &[About]) -> Text {
    let mut text = text.say("Did you mean ");
    for (n, about) in nearest.iter().enumerate() {
        if n > 0 {
            text = text.say(if n + 1 == nearest.len() { " or " } else { ", " });
        }
        text = text.code(format!("/chat {about}"));
    }
    text.say("?")
}

fn first_example(verb: Verb) -> String {
    format!("/chat {}", command::help(verb).examples.first().copied().unwrap_or(verb.word()))
}

fn example(verb: Verb, piece: Piece) -> &'static str {
    if let Piece::Value(setting) = piece {
        return command::help_setting(setting).example;
    }
    command::help(verb).examples.iter().find(|e| e.contains(' ')).copied().unwrap_or(verb.word())
}

fn wanted(verb: Verb, piece: Piece) -> &'static str {
    match piece {
        Piece::Text => "Some words",
        Piece::Question if verb == Verb::Fix => "Which question, and its words",
        Piece::Question => "Which question",
        Piece::Position => "Which question",
        Piece::Day => "Which day",
        Piece::When => "To when",
        Piece::Name => "Whose name",
        Piece::City => "And their city, for the time there",
        Piece::Person => "Who",
        Piece::Link => "Which post",
        Piece::Handle => "Who on X",
        Piece::AddOrRemove => "Add or remove",
        Piece::Platform => "Which platform",
        Piece::Word => "Which word or phrase",
        Piece::Setting => "Which setting",
        Piece::Value(_) => "And to what",
    }
}

fn incomplete(what: &str, missing: &[NewPiece], stray: Option<&String>) -> Text {
    let names: Vec<String> = missing
        .iter()
        .map(|piece| {
            match piece {
                NewPiece::Hashtag => "a hashtag",
                NewPiece::Day => "a day",
                NewPiece::Time => "a time of day",
                NewPiece::City => "a city",
            }
            .to_owned()
        })
        .collect();
    let mut text = Text::plain(format!("{what} still needs {}. ", list(&names)));
    if let Some(words) = stray {
        text = text.say("I did not understand ").code(words).say(". ");
    }
    text.say("For example ")
}

//! Whatever the rules can hold survives being stored.

use chat::agenda::{Credit, Episode, Guest, Notice, Question, State};
use chat::bank::{Idea, IdeaId};
use chat::cue::{Cue, CueId, CueState, Kind};
use chat::member::{Account, Claim, Member, Notice as Told, Quiet, Whereabouts, Wishes};
use chat::name::Platform;
use chat::post::{Author, Entry, Filed, FiledBy, Media, Post, Quoted};
use chat::schedule::{Recurrence, Slot};
use chat::settings::{Cadence, Cards, City, Destination, Door, Layout, Settings, Words};
use chat::text::{Button, Message, Span, Text, TimeStyle, Weight};
use chrono::{NaiveDate, TimeDelta, TimeZone};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::StoreError;
use crate::keys::Key;
use crate::table::{number, read, text, write};

fn key() -> Key {
    Key { pk: "A".to_owned(), sk: "B".to_owned() }
}

fn there_and_back<D, I>(domain: &D) -> D
where
    I: for<'a> From<&'a D> + serde::Serialize + serde::de::DeserializeOwned,
    D: From<I>,
{
    let row = write(&key(), &I::from(domain)).expect("it can be written");
    D::from(read::<I>(row).expect("it can be read"))
}

/// Words as people and platforms write them: empty, with marks of other formats, in any script.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("{\"v\": 2} #name \u{1F44B}\n".to_owned()), "\\PC{0,20}"]
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..4_000_000_000, prop_oneof![Just(0_u32), Just(500_000_000), 0_u32..1_000_000_000])
        .prop_map(|(secs, nanos)| Utc.timestamp_opt(secs, nanos).single().expect("in range"))
}

/// As numbers of milliseconds keep it.
fn millisecond() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..4_000_000_000_000).prop_map(|ms| DateTime::from_timestamp_millis(ms).expect("in range"))
}

fn minute() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..60_000_000).prop_map(|m| Utc.timestamp_opt(m * 60, 0).single().expect("in range"))
}

fn span() -> impl Strategy<Value = Duration> {
    (0_i64..10_000_000_000).prop_map(Duration::milliseconds)
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (2000_i32..2100, 1_u32..366).prop_map(|(y, d)| NaiveDate::from_yo_opt(y, d).expect("a day"))
}

fn zone() -> impl Strategy<Value = Zone> {
    proptest::sample::select(Zone::all().collect::<Vec<_>>())
}

fn platform() -> impl Strategy<Value = Platform> {
    prop_oneof![Just(Platform::X), Just(Platform::Slack), Just(Platform::Discord)]
}

fn place() -> impl Strategy<Value = Place> {
    (platform(), "[A-Z0-9]{0,9}", "[A-Z0-9]{1,19}").prop_map(|(p, home, id)| Place::new(p, home, id))
}

fn person() -> impl Strategy<Value = Person> {
    (platform(), "[A-Z0-9]{0,9}", "[A-Z0-9]{1,19}").prop_map(|(p, home, id)| Person::new(p, home, id))
}

fn slug() -> impl Strategy<Value = Slug> {
    "[a-zäß0-9][a-z0-9-]{0,38}".prop_map(|s| s.parse().expect("a slug"))
}

fn episode_id() -> impl Strategy<Value = EpisodeId> {
    (slug(), minute()).prop_map(|(chat, planned)| EpisodeId { chat, planned })
}

fn weekday() -> impl Strategy<Value = Weekday> {
    (0_u8..7).prop_map(|n| Weekday::try_from(n).expect("a weekday"))
}

fn slot() -> impl Strategy<Value = Slot> {
    let weekly = (1_u32..9, weekday(), date()).prop_map(|(every, day, anchor)| Recurrence::Weekly {
        every,
        day,
        anchor,
    });
    let monthly = (-1_i8..6, weekday()).prop_map(|(nth, day)| Recurrence::Monthly { nth, day });
    (prop_oneof![weekly, monthly], 0_u32..86_400).prop_map(|(recurrence, s)| Slot {
        recurrence,
        time: NaiveTime::from_num_seconds_from_midnight_opt(s, 0).expect("a time"),
    })
}

fn city() -> impl Strategy<Value = City> {
    (words(), zone()).prop_map(|(name, zone)| City { name, zone })
}

fn moderation() -> impl Strategy<Value = (Vec<Person>, Vec<String>, Option<u32>, Door)> {
    let door = prop_oneof![Just(Door::Open), Just(Door::Regulars)];
    (vec(person(), 0..3), vec(words(), 0..3), of(1_u32..=Settings::MOST_BURST), door)
}

fn destination() -> impl Strategy<Value = Destination> {
    (place(), words(), any::<bool>(), of(words()), any::<bool>()).prop_map(
        |(place, name, flat, role, links)| Destination {
            place,
            name,
            layout: if flat { Layout::Flat } else { Layout::Threads },
            role,
            cards: if links { Cards::Links } else { Cards::Full },
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let cadence = prop_oneof![
        Just(Cadence::Auto),
        (span(), span()).prop_map(|(first, every)| Cadence::Every { first, every })
    ];
    let own = (of(words()), of(words()), of(words())).prop_map(|(opening, close, reminder)| Words {
        opening,
        close,
        reminder,
    });
    let one = (slug(), words(), words(), words(), vec(slot(), 0..3), zone(), words(), span(), cadence);
    let two = (
        vec(span(), 0..4),
        vec(city(), 0..3),
        vec(destination(), 0..4),
        vec(person(), 0..3),
        of(place()),
        own,
        of(instant()),
        vec((date(), date()), 0..3),
        (any::<bool>(), any::<bool>(), of(any::<u64>().prop_map(Money::micros))),
        any::<u64>(),
    );
    (one, two, moderation()).prop_map(|(one, two, (moderators, muted, burst, door))| {
        let (slug, hashtag, title, workspace, slots, zone, city, length, cadence) = one;
        let (reminders, cities, destinations, organisers, desk, words, x_approved, breaks, more, version) =
            two;
        let (retired, events, budget) = more;
        Settings {
            slug,
            hashtag,
            title,
            workspace,
            slots,
            zone,
            city,
            length,
            cadence,
            reminders,
            cities,
            destinations,
            organisers,
            moderators,
            muted,
            burst,
            door,
            desk,
            words,
            x_approved,
            breaks,
            events,
            budget,
            retired,
            version,
        }
    })
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Planned),
        Just(State::Open),
        instant().prop_map(|since| State::Paused { since }),
        instant().prop_map(|at| State::Closed { at }),
        Just(State::Cancelled),
    ]
}

fn idea() -> impl Strategy<Value = Idea> {
    use chat::bank::State;
    let state = prop_oneof![
        Just(State::Waiting),
        (episode_id(), any::<u32>()).prop_map(|(id, question)| State::Accepted(id, QuestionId(question))),
        Just(State::Aside),
    ];
    ((person(), words(), words(), instant()), (state, vec(person(), 0..4), of(instant()), any::<u64>()))
        .prop_map(|((by, name, text, at), (state, votes, until, version))| {
            let id = IdeaId::of(&by, &text);
            Idea { id, text, by, name, at, state, votes, until, version }
        })
}

fn episode() -> impl Strategy<Value = Episode> {
    let guest = (words(), of(city()), of(words()), of(words()), 1_u32..100)
        .prop_map(|(name, city, line, handle, from)| Guest { name, city, line, handle, from });
    let credit = (person(), words()).prop_map(|(by, name)| Credit { idea: IdeaId::of(&by, &name), by, name });
    let question = (any::<u32>(), words(), of(instant()), of(instant()), of(credit))
        .prop_map(|(id, text, due, asked, from)| Question { id: QuestionId(id), text, due, asked, from })
        .boxed();
    let notice = (instant(), instant()).prop_map(|(was, due)| Notice { was, due });
    (
        (
            episode_id(),
            instant(),
            span(),
            state(),
            of(words()),
            vec(guest, 0..3),
            vec(question.clone(), 0..5),
        ),
        (any::<u32>(), of(instant()), of(notice), any::<u32>(), any::<u32>(), any::<u64>()),
        (vec(question, 0..2), of(instant())),
    )
        .prop_map(|(one, two, (spares, longer))| {
            let (id, starts, length, state, topic, guests, questions) = one;
            let (next_question, reminded, notice, changes, told, version) = two;
            Episode {
                id,
                starts,
                length,
                state,
                topic,
                guests,
                questions,
                spares,
                next_question,
                reminded,
                notice,
                changes,
                told,
                longer,
                version,
            }
        })
}

fn cue() -> impl Strategy<Value = Cue> {
    let kind = prop_oneof![
        (0_i64..9999, minute()).prop_map(|(before, start)| Kind::Reminder { before, start }),
        (0_i64..9999, minute()).prop_map(|(before, start)| Kind::Nudge { before, start }),
        minute().prop_map(|start| Kind::Check { start }),
        minute().prop_map(|start| Kind::Desk { start }),
        (minute(), any::<u32>()).prop_map(|(start, turn)| Kind::Deputy { start, turn }),
        any::<u32>().prop_map(|from| Kind::Guest { from }),
        Just(Kind::Longer),
        minute().prop_map(|since| Kind::Call { since }),
        any::<u32>().prop_map(|change| Kind::Notice { change }),
        Just(Kind::Open),
        any::<u32>().prop_map(|id| Kind::Question(QuestionId(id))),
        Just(Kind::Close),
    ];
    let state = prop_oneof![
        Just(CueState::Waiting),
        Just(CueState::Fired),
        Just(CueState::Withdrawn),
        Just(CueState::TooLate)
    ];
    (episode_id(), kind, instant(), any::<u64>(), state).prop_map(|(episode, kind, due, rev, state)| Cue {
        id: CueId { episode, kind },
        due,
        rev,
        state,
    })
}

fn post_id() -> impl Strategy<Value = PostId> {
    (platform(), "[0-9]{1,19}").prop_map(|(source, id)| PostId { source, id })
}

fn filed() -> impl Strategy<Value = Filed> {
    let author = (person(), words(), of(words()), of(words()))
        .prop_map(|(person, name, handle, picture)| Author { person, name, handle, picture });
    let quoted = (vec(post_id(), 0..3), of(person()), words(), of(words()), words(), of(words())).prop_map(
        |(names, author, name, handle, text, link)| Quoted { names, author, name, handle, text, link },
    );
    let media = (words(), of(words()), of(words())).prop_map(|(kind, url, alt)| Media { kind, url, alt });
    let post = (
        (post_id(), words(), vec(words(), 0..3), author, words(), instant(), vec(words(), 0..3)),
        (of(words()), any::<bool>(), of(quoted), vec(media, 0..3), of(words())),
    )
        .prop_map(|(one, two)| {
            let (id, version, versions, author, text, at, hashtags) = one;
            let (replies_to, is_repost, quoted, media, link) = two;
            Post {
                id,
                version,
                versions,
                author,
                text,
                at,
                hashtags,
                replies_to,
                is_repost,
                quoted,
                media,
                link,
            }
        });
    let by = prop_oneof![
        Just(FiledBy::Prefix),
        Just(FiledBy::Reply),
        Just(FiledBy::Guess),
        Just(FiledBy::Answer),
        Just(FiledBy::Organiser)
    ];
    let question = of((any::<u32>().prop_map(QuestionId), by));
    let entry = prop_oneof![
        Just(Entry::Straight),
        Just(Entry::Waits),
        Just(Entry::LetIn),
        Just(Entry::Late),
        Just(Entry::TooFast)
    ];
    (post, episode_id(), question, any::<bool>(), any::<u32>(), entry).prop_map(
        |(post, episode, question, first_time, refiled, entry)| Filed {
            post,
            episode,
            question,
            first_time,
            refiled,
            entry,
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let style = prop_oneof![Just(TimeStyle::Full), Just(TimeStyle::Clock), Just(TimeStyle::Relative)];
    let span = prop_oneof![
        words().prop_map(Span::Plain),
        words().prop_map(Span::Bold),
        words().prop_map(Span::Italic),
        words().prop_map(Span::Code),
        (instant(), style, words()).prop_map(|(at, style, local)| Span::Time { at, style, local }),
        (words(), words()).prop_map(|(label, url)| Span::Link { label, url }),
        person().prop_map(Span::Person),
        place().prop_map(Span::Channel),
        words().prop_map(Span::Role),
        Just(Span::Break),
    ];
    let action = prop_oneof![
        (episode_id(), any::<u32>()).prop_map(|(ep, q)| Action::Answer(ep, QuestionId(q))),
        slug().prop_map(Action::Join),
        (slug(), "[a-z0-9]{1,12}").prop_map(|(chat, id)| Action::Undo(chat, id)),
        Just(Action::New),
    ];
    let weight = prop_oneof![Just(Weight::Usual), Just(Weight::Main), Just(Weight::Grave)];
    let button =
        (words(), action, weight).prop_map(|(label, action, weight)| Button { label, action, weight });
    (vec(span, 0..5), vec(button, 0..3), of(words())).prop_map(|(spans, buttons, ping)| Message {
        text: Text(spans),
        buttons,
        ping,
    })
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let time =
        || (0u32..1440).prop_map(|m| NaiveTime::from_hms_opt(m / 60, m % 60, 0).expect("a time of day"));
    let quiet = (time(), time()).prop_map(|(from, until)| Quiet { from, until });
    let place = (words(), zone()).prop_map(|(name, zone)| Whereabouts { name, zone });
    let before = (5i64..=1440).prop_map(TimeDelta::minutes);
    (of(place), of(before), of(quiet), any::<bool>()).prop_map(|(place, remind, quiet, welcome)| Wishes {
        place,
        remind,
        quiet,
        welcome,
    })
}

fn notice() -> impl Strategy<Value = Told> {
    prop_oneof![
        Just(Told::Closed),
        Just(Told::Unmet),
        words().prop_map(|handle| Told::Proved { handle }),
        words().prop_map(|handle| Told::Taken { handle }),
    ]
}

fn delivery_id() -> impl Strategy<Value = DeliveryId> {
    "[a-z0-9/:>-]{1,60}".prop_map(DeliveryId)
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let work = prop_oneof![
        message().prop_map(Work::Announce),
        post_id().prop_map(Work::Post),
        (delivery_id(), words()).prop_map(|(under, name)| Work::Thread { under, name }),
        (delivery_id(), message()).prop_map(|(of, message)| Work::Edit { of, message }),
        (delivery_id(), post_id()).prop_map(|(of, post)| Work::Recard { of, post }),
        delivery_id().prop_map(|of| Work::Remove { of }),
        (person(), words(), any::<bool>()).prop_map(|(member, role, grant)| Work::Role {
            member,
            role,
            grant
        }),
        (person(), episode_id()).prop_map(|(member, episode)| Work::Remind { member, episode }),
        episode_id().prop_map(|episode| Work::Event { episode }),
        (person(), episode_id()).prop_map(|(member, episode)| Work::Greet { member, episode }),
        (person(), proptest::collection::vec(slug(), 0..3), "[a-z]{0,9}").prop_map(
            |(person, chats, token)| { Work::HandOver { person, chats, token: ReplyToken(token) } }
        ),
        episode_id().prop_map(Work::Desk),
    ];
    let room = prop_oneof![
        Just(Room::Channel),
        episode_id().prop_map(Room::Opening),
        (episode_id(), any::<u32>()).prop_map(|(ep, q)| Room::Question(ep, QuestionId(q))),
    ];
    let class = prop_oneof![Just(Class::Announcement), Just(Class::Post)];
    (delivery_id(), place(), room, class, instant(), of(instant()), of(instant()), work).prop_map(
        |(id, to, room, class, at, not_before, expires, work)| Delivery {
            id,
            to,
            room,
            class,
            at,
            not_before,
            expires,
            work,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settings_survive(domain in settings()) {
        prop_assert_eq!(there_and_back::<Settings, SettingsItem>(&domain), domain);
    }

    #[test]
    fn episodes_survive(domain in episode()) {
        prop_assert_eq!(there_and_back::<Episode, EpisodeItem>(&domain), domain);
    }

    #[test]
    fn cues_survive_and_their_keys_name_them(domain in cue()) {
        prop_assert_eq!(&there_and_back::<Cue, CueItem>(&domain), &domain);
        prop_assert_eq!(crate::keys::read_cue(&crate::keys::cue(&domain.id)), Ok(domain.id));
    }

    #[test]
    fn posts_survive(domain in filed()) {
        prop_assert_eq!(there_and_back::<Filed, FiledItem>(&domain), domain);
    }

    #[test]
    fn deliveries_survive(domain in delivery(), payload in of(words()), chat in slug(), at in instant()) {
        let row = write(&key(), &WaitingItem::new(&chat, &domain, payload.clone(), at)).expect("written");
        let item: WaitingItem = read(row).expect("read");
        prop_assert_eq!(&item.payload, &payload);
        prop_assert_eq!(item.delivery(), domain);
    }

    #[test]
    fn suggestions_survive(domain in idea()) {
        prop_assert_eq!(there_and_back::<Idea, IdeaItem>(&domain), domain);
    }

    #[test]
    fn undoing_survives(
        before in of((settings(), any::<u64>())),
        episodes in vec((episode(), any::<u64>()), 0..3),
        (id, what, by) in (words(), words(), of(person())),
    ) {
        let domain = Undo { id, what, by, settings: before, episodes };
        prop_assert_eq!(there_and_back::<Undo, UndoItem>(&domain), domain);
    }

    #[test]
    fn people_survive(
        (person, name, home, at) in (person(), words(), words(), instant()),
        (first, latest, posts, version) in (episode_id(), episode_id(), any::<u32>(), any::<u64>()),
        (heard, admitted, recent, burst) in
            (of(episode_id()), of(words()), vec(millisecond(), 0..4), of(episode_id())),
        (id, text) in (words(), words()),
        wishes in wishes(),
        untold in vec(notice(), 0..3),
        account in of((person(), words(), instant())),
        claim in of((words(), words(), instant())),
        (greeted, nudged, said) in (of(episode_id()), of(episode_id()), vec(any::<u64>(), 0..3)),
    ) {
        let account = account.map(|(person, handle, since)| Account { person, handle, since });
        let claim = claim.map(|(handle, word, until)| Claim { handle, word, until });
        let member =
            Member { person: person.clone(), name: name.clone(), home, joined: at, wishes, account, claim, untold, greeted, nudged, version };
        prop_assert_eq!(&there_and_back::<Member, MemberItem>(&member), &member);
        let spoke =
            Participant { person, name, first, latest, posts, heard, admitted, recent, burst, said, version };
        prop_assert_eq!(&there_and_back::<Participant, ParticipantItem>(&spoke), &spoke);
        let kept = Kept { id, text, until: at };
        prop_assert_eq!(&there_and_back::<Kept, KeptItem>(&kept), &kept);
    }

    /// Rows of before there were moderators, a burst limit and a door: nobody is a newcomer for that.
    #[test]
    fn what_was_stored_before_there_was_a_door(
        settings in settings(),
        filed in filed(),
        (first, latest) in (episode_id(), episode_id()),
    ) {
        fn without<I: serde::Serialize + serde::de::DeserializeOwned>(item: &I, gone: &[&str]) -> I {
            let mut row = write(&key(), item).expect("written");
            for name in gone {
                assert!(row.remove(*name).is_some(), "{name} is no attribute");
            }
            read(row).expect("read")
        }
        let old = without(&SettingsItem::from(&settings), &["moderators", "muted", "burst", "door"]);
        let expected =
            Settings { moderators: vec![], muted: vec![], burst: Some(6), door: Door::Open, ..settings };
        prop_assert_eq!(Settings::from(old), expected);
        let old = without(&FiledItem::from(&filed), &["entry"]);
        prop_assert_eq!(Filed::from(old), Filed { entry: Entry::Straight, ..filed.clone() });
        let spoke = Participant {
            person: filed.post.author.person,
            name: String::new(),
            first,
            latest: latest.clone(),
            posts: 3,
            heard: None,
            admitted: Some("Maya".to_owned()),
            recent: vec![DateTime::UNIX_EPOCH],
            burst: Some(latest),
            said: vec![7],
            version: 3,
        };
        let old = without(&ParticipantItem::from(&spoke), &["heard", "admitted", "recent", "burst", "said"]);
        let expected = Participant {
            heard: Some(spoke.first.clone()),
            admitted: None,
            recent: vec![],
            burst: None,
            said: vec![],
            ..spoke
        };
        prop_assert_eq!(Participant::from(old), expected);
    }

    /// Whatever one attribute is replaced with, reading answers; it does not panic.
    #[test]
    fn damage_is_an_error(domain in episode(), which in 0_usize..20, number_instead in any::<bool>()) {
        let mut row = write(&key(), &EpisodeItem::from(&domain)).expect("written");
        let names: Vec<String> = row.keys().filter(|k| *k != "pk" && *k != "sk").cloned().collect();
        let damage = if number_instead { number(-1) } else { text("\u{0} nonsense") };
        row.insert(names[which % names.len()].clone(), damage);
        match read::<EpisodeItem>(row) {
            // Free text takes any text.
            Ok(item) => { let _ = Episode::from(item); }
            Err(StoreError::Unreadable { key, .. }) => prop_assert_eq!(key, "A/B"),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn a_row_of_another_version_is_not_read() {
    let mut row =
        write(&key(), &SlugItem { slug: Name("smxchat".parse().expect("a slug")) }).expect("written");
    row.insert("v".to_owned(), number(2));
    assert!(matches!(read::<SlugItem>(row.clone()), Err(StoreError::Unreadable { .. })));
    row.remove("v");
    assert!(matches!(read::<SlugItem>(row), Err(StoreError::Unreadable { .. })));
}

#[test]
fn what_is_absent_leaves_no_attribute() {
    let shape = SentItem {
        deliveries: vec![],
        posts: vec![],
        payload: None,
        mark: "m".to_owned(),
        external: None,
        version: 1,
    };
    let row = write(&key(), &shape).expect("written");
    assert!(!row.contains_key("external"));
}

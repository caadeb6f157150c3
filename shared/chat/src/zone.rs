//! Clocks on walls: from local time to instants, from what people call a place to its zone, and times
//! and days as people read them.
//!
//! The rules of every zone come from the IANA time zone database inside `chrono-tz`; its changes of the
//! clocks reach to the end of 2099.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike, Utc,
};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

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
pub fn resolve(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    resolve_with(zone, local).0
}

/// As [`resolve`], and what became of the local time, for telling the organiser.
pub fn resolve_with(zone: Tz, local: NaiveDateTime) -> (DateTime<Utc>, Landing) {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => (at.to_utc(), Landing::Plain),
        LocalResult::Ambiguous(first, _) => (first.to_utc(), Landing::InFold),
        LocalResult::None => match GapInfo::new(&local, &zone).and_then(|gap| gap.end) {
            Some(end) => (end.to_utc(), Landing::InGap { shown: end.naive_local() }),
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
pub fn clocks_changed(city: Tz, home: Tz, now: DateTime<Utc>, before: DateTime<Utc>) -> bool {
    let offset = |zone: Tz, at: DateTime<Utc>| {
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
pub fn find(name: &str) -> Result<(String, Tz), Unplaced> {
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
fn from_greenwich(typed: &str) -> Option<(String, Tz)> {
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
        return Some(("UTC".to_owned(), Tz::UTC));
    }
    let zone = format!("Etc/GMT{}{hours}", if ahead { '-' } else { '+' }).parse().ok()?;
    Some((format!("UTC{}{hours}", if ahead { '+' } else { '-' }), zone))
}

fn by_iana_name(typed: &str) -> Option<(String, Tz)> {
    let zone = Tz::from_str_insensitive(&typed.replace(' ', "_")).ok()?;
    if let Some((_, city)) = LEGACY.iter().find(|(legacy, _)| *legacy == zone) {
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
fn within_country(typed: &str) -> Option<(String, Tz)> {
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
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
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
fn last_part(zone: Tz) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// Every name that has one meaning, by key.
static INDEX: LazyLock<HashMap<String, (String, Tz)>> = LazyLock::new(|| {
    let mut index = HashMap::new();
    for (name, zone, others) in CITIES.iter().chain(COUNTRIES) {
        let names = [*name].into_iter().chain(others.iter().copied());
        for key in names.map(key).filter(|k| !MEANINGS.contains_key(k.as_str())) {
            index.insert(key, ((*name).to_owned(), *zone));
        }
    }
    // Then the database's own cities. Where two zones share one, they are one place under an old and a
    // new name: the longer is the newer ("America/Argentina/Buenos_Aires"), but for Istanbul and Nicosia,
    // whose clocks are the same under both continents.
    let mut zones: Vec<Tz> =
        TZ_VARIANTS.into_iter().filter(|z| z.name().contains('/') && !has_region(*z)).collect();
    zones.sort_by_key(|zone| (std::cmp::Reverse(zone.name().len()), zone.name()));
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
fn has_region(zone: Tz) -> bool {
    zone.name().starts_with("Etc/") || LEGACY.iter().any(|(legacy, _)| *legacy == zone)
}

/// A name as people write it, its zone, and what else it is called.
type Named = (&'static str, Tz, &'static [&'static str]);

/// Cities that the database lacks or writes otherwise, and abbreviations that people say for them.
static CITIES: &[Named] = {
    use Tz::*;
    &[
        ("UTC", UTC, &["Z", "Zulu", "UCT", "Universal", "Coordinated Universal"]),
        ("GMT", GMT, &["Greenwich", "Greenwich Mean", "GMT0", "Etc/GMT0"]),
        // Britain and Ireland.
        ("Manchester", Europe__London, &[]),
        ("Liverpool", Europe__London, &[]),
        ("Leeds", Europe__London, &[]),
        ("Sheffield", Europe__London, &[]),
        ("Bristol", Europe__London, &[]),
        ("Nottingham", Europe__London, &[]),
        ("Leicester", Europe__London, &[]),
        ("Birmingham", Europe__London, &["Birmingham, UK", "Birmingham, England"]),
        ("Newcastle", Europe__London, &["Newcastle, UK", "Newcastle upon Tyne"]),
        ("Brighton", Europe__London, &[]),
        ("Oxford", Europe__London, &[]),
        ("Cambridge", Europe__London, &["Cambridge, UK", "Cambridge, England"]),
        ("Edinburgh", Europe__London, &[]),
        ("Glasgow", Europe__London, &[]),
        ("Aberdeen", Europe__London, &[]),
        ("Cardiff", Europe__London, &[]),
        ("Swansea", Europe__London, &[]),
        ("Cork", Europe__Dublin, &[]),
        ("Galway", Europe__Dublin, &[]),
        // Western and northern Europe.
        ("Lyon", Europe__Paris, &[]),
        ("Marseille", Europe__Paris, &["Marseilles"]),
        ("Toulouse", Europe__Paris, &[]),
        ("Nice", Europe__Paris, &[]),
        ("Bordeaux", Europe__Paris, &[]),
        ("Lille", Europe__Paris, &[]),
        ("Nantes", Europe__Paris, &[]),
        ("Strasbourg", Europe__Paris, &[]),
        ("Antwerp", Europe__Brussels, &["Antwerpen"]),
        ("Ghent", Europe__Brussels, &["Gent"]),
        ("Rotterdam", Europe__Amsterdam, &[]),
        ("The Hague", Europe__Amsterdam, &["Den Haag", "Hague"]),
        ("Utrecht", Europe__Amsterdam, &[]),
        ("Eindhoven", Europe__Amsterdam, &[]),
        ("Munich", Europe__Berlin, &["München", "Muenchen"]),
        ("Hamburg", Europe__Berlin, &[]),
        ("Cologne", Europe__Berlin, &["Köln", "Koeln"]),
        ("Frankfurt", Europe__Berlin, &["Frankfurt am Main"]),
        ("Stuttgart", Europe__Berlin, &[]),
        ("Düsseldorf", Europe__Berlin, &["Duesseldorf"]),
        ("Leipzig", Europe__Berlin, &[]),
        ("Dresden", Europe__Berlin, &[]),
        ("Bonn", Europe__Berlin, &[]),
        ("Zürich", Europe__Zurich, &["Zuerich"]),
        ("Geneva", Europe__Zurich, &["Genève", "Genf"]),
        ("Basel", Europe__Zurich, &[]),
        ("Bern", Europe__Zurich, &["Berne"]),
        ("Lausanne", Europe__Zurich, &[]),
        ("Vienna", Europe__Vienna, &["Wien"]),
        ("Graz", Europe__Vienna, &[]),
        ("Salzburg", Europe__Vienna, &[]),
        ("Barcelona", Europe__Madrid, &[]),
        ("Valencia", Europe__Madrid, &[]),
        ("Seville", Europe__Madrid, &["Sevilla"]),
        ("Málaga", Europe__Madrid, &[]),
        ("Bilbao", Europe__Madrid, &[]),
        ("Palma", Europe__Madrid, &["Mallorca", "Majorca"]),
        ("Córdoba", Europe__Madrid, &["Córdoba, Spain"]),
        ("Canary Islands", Atlantic__Canary, &["Las Palmas", "Tenerife"]),
        ("Porto", Europe__Lisbon, &["Oporto"]),
        ("Lisbon", Europe__Lisbon, &["Lisboa", "WET"]),
        ("Azores", Atlantic__Azores, &[]),
        ("Milan", Europe__Rome, &["Milano"]),
        ("Naples", Europe__Rome, &["Napoli"]),
        ("Turin", Europe__Rome, &["Torino"]),
        ("Florence", Europe__Rome, &["Firenze"]),
        ("Venice", Europe__Rome, &["Venezia"]),
        ("Bologna", Europe__Rome, &[]),
        ("Rome", Europe__Rome, &["Roma"]),
        ("Gothenburg", Europe__Stockholm, &["Göteborg"]),
        ("Malmö", Europe__Stockholm, &["Malmoe"]),
        ("Uppsala", Europe__Stockholm, &[]),
        ("Bergen", Europe__Oslo, &[]),
        ("Trondheim", Europe__Oslo, &[]),
        ("Aarhus", Europe__Copenhagen, &["Århus"]),
        ("Copenhagen", Europe__Copenhagen, &["København", "Koebenhavn"]),
        ("Tampere", Europe__Helsinki, &[]),
        ("Espoo", Europe__Helsinki, &[]),
        ("Reykjavík", Atlantic__Reykjavik, &[]),
        // Central and eastern Europe.
        ("Kraków", Europe__Warsaw, &["Cracow"]),
        ("Gdańsk", Europe__Warsaw, &[]),
        ("Wrocław", Europe__Warsaw, &[]),
        ("Poznań", Europe__Warsaw, &[]),
        ("Łódź", Europe__Warsaw, &[]),
        ("Warsaw", Europe__Warsaw, &["Warszawa"]),
        ("Brno", Europe__Prague, &[]),
        ("Prague", Europe__Prague, &["Praha"]),
        ("Cluj", Europe__Bucharest, &["Cluj-Napoca"]),
        ("Thessaloniki", Europe__Athens, &["Salonica"]),
        ("Athens", Europe__Athens, &["Athína"]),
        ("Kyiv", Europe__Kyiv, &["Kiev"]),
        ("Lviv", Europe__Kyiv, &[]),
        ("Odesa", Europe__Kyiv, &["Odessa"]),
        ("Kharkiv", Europe__Kyiv, &[]),
        ("Chișinău", Europe__Chisinau, &["Kishinev"]),
        ("Moscow", Europe__Moscow, &["MSK", "Moskva"]),
        ("St Petersburg", Europe__Moscow, &["Saint Petersburg"]),
        ("Ankara", Europe__Istanbul, &[]),
        ("Izmir", Europe__Istanbul, &[]),
        ("Istanbul", Europe__Istanbul, &["TRT"]),
        ("Nicosia", Asia__Nicosia, &[]),
        ("Pristina", Europe__Belgrade, &["Prishtina"]),
        // Africa.
        ("Abuja", Africa__Lagos, &[]),
        ("Ibadan", Africa__Lagos, &[]),
        ("Kano", Africa__Lagos, &[]),
        ("Port Harcourt", Africa__Lagos, &[]),
        ("Lagos", Africa__Lagos, &["WAT", "West Africa"]),
        ("Kumasi", Africa__Accra, &[]),
        ("Mombasa", Africa__Nairobi, &[]),
        ("Kisumu", Africa__Nairobi, &[]),
        ("Nairobi", Africa__Nairobi, &["EAT", "East Africa"]),
        ("Dodoma", Africa__Dar_es_Salaam, &[]),
        ("Arusha", Africa__Dar_es_Salaam, &[]),
        ("Zanzibar", Africa__Dar_es_Salaam, &[]),
        ("Harare", Africa__Harare, &["CAT", "Central Africa"]),
        ("Cape Town", Africa__Johannesburg, &["Kaapstad"]),
        ("Durban", Africa__Johannesburg, &[]),
        ("Pretoria", Africa__Johannesburg, &["Tshwane"]),
        ("Johannesburg", Africa__Johannesburg, &["Joburg", "SAST"]),
        ("Alexandria", Africa__Cairo, &[]),
        ("Giza", Africa__Cairo, &[]),
        ("Rabat", Africa__Casablanca, &[]),
        ("Marrakesh", Africa__Casablanca, &["Marrakech"]),
        ("Yaoundé", Africa__Douala, &[]),
        // Asia.
        ("Dubai", Asia__Dubai, &["GST"]),
        ("Abu Dhabi", Asia__Dubai, &[]),
        ("Sharjah", Asia__Dubai, &[]),
        ("Doha", Asia__Qatar, &[]),
        ("Manama", Asia__Bahrain, &[]),
        ("Jeddah", Asia__Riyadh, &["Jiddah"]),
        ("Mecca", Asia__Riyadh, &["Makkah"]),
        ("Tel Aviv", Asia__Jerusalem, &["Tel Aviv-Yafo"]),
        ("Haifa", Asia__Jerusalem, &[]),
        ("Ramallah", Asia__Hebron, &[]),
        ("Mumbai", Asia__Kolkata, &["Bombay"]),
        ("Delhi", Asia__Kolkata, &["New Delhi"]),
        ("Bengaluru", Asia__Kolkata, &["Bangalore"]),
        ("Chennai", Asia__Kolkata, &["Madras"]),
        ("Hyderabad", Asia__Kolkata, &["Hyderabad, India"]),
        ("Pune", Asia__Kolkata, &["Poona"]),
        ("Ahmedabad", Asia__Kolkata, &[]),
        ("Jaipur", Asia__Kolkata, &[]),
        ("Kochi", Asia__Kolkata, &["Cochin"]),
        ("Kolkata", Asia__Kolkata, &["Calcutta"]),
        ("Kathmandu", Asia__Kathmandu, &["NPT"]),
        ("Karachi", Asia__Karachi, &["PKT"]),
        ("Lahore", Asia__Karachi, &[]),
        ("Islamabad", Asia__Karachi, &[]),
        ("Rawalpindi", Asia__Karachi, &[]),
        ("Chittagong", Asia__Dhaka, &["Chattogram"]),
        ("Bangkok", Asia__Bangkok, &["ICT"]),
        ("Chiang Mai", Asia__Bangkok, &[]),
        ("Ho Chi Minh City", Asia__Ho_Chi_Minh, &["Ho Chi Minh", "Saigon", "HCMC"]),
        ("Hanoi", Asia__Ho_Chi_Minh, &[]),
        ("Da Nang", Asia__Ho_Chi_Minh, &[]),
        ("Singapore", Asia__Singapore, &["SGT"]),
        ("Penang", Asia__Kuala_Lumpur, &["George Town"]),
        ("Kuala Lumpur", Asia__Kuala_Lumpur, &["KL", "MYT"]),
        ("Jakarta", Asia__Jakarta, &["WIB"]),
        ("Bandung", Asia__Jakarta, &[]),
        ("Surabaya", Asia__Jakarta, &[]),
        ("Bali", Asia__Makassar, &["Denpasar", "WITA"]),
        ("Manila", Asia__Manila, &["PHT"]),
        ("Cebu", Asia__Manila, &["Cebu City"]),
        ("Davao", Asia__Manila, &[]),
        ("Beijing", Asia__Shanghai, &["Peking"]),
        ("Shenzhen", Asia__Shanghai, &[]),
        ("Guangzhou", Asia__Shanghai, &["Canton"]),
        ("Chengdu", Asia__Shanghai, &[]),
        ("Hangzhou", Asia__Shanghai, &[]),
        ("Nanjing", Asia__Shanghai, &["Nanking"]),
        ("Wuhan", Asia__Shanghai, &[]),
        ("Ürümqi", Asia__Urumqi, &[]),
        ("Hong Kong", Asia__Hong_Kong, &["HK", "HKT"]),
        ("Macau", Asia__Macau, &["Macao"]),
        ("Kaohsiung", Asia__Taipei, &[]),
        ("Tokyo", Asia__Tokyo, &["JST"]),
        ("Osaka", Asia__Tokyo, &[]),
        ("Kyoto", Asia__Tokyo, &[]),
        ("Yokohama", Asia__Tokyo, &[]),
        ("Nagoya", Asia__Tokyo, &[]),
        ("Sapporo", Asia__Tokyo, &[]),
        ("Fukuoka", Asia__Tokyo, &[]),
        ("Seoul", Asia__Seoul, &["KST"]),
        ("Busan", Asia__Seoul, &["Pusan"]),
        ("Astana", Asia__Almaty, &["Nur-Sultan"]),
        // Australia and the Pacific.
        ("Canberra", Australia__Sydney, &[]),
        ("Gold Coast", Australia__Brisbane, &[]),
        ("Cairns", Australia__Brisbane, &[]),
        ("Perth", Australia__Perth, &["AWST"]),
        ("Newcastle", Australia__Sydney, &["Newcastle, Australia"]),
        ("Wellington", Pacific__Auckland, &[]),
        ("Christchurch", Pacific__Auckland, &[]),
        ("Dunedin", Pacific__Auckland, &[]),
        ("Auckland", Pacific__Auckland, &["NZST", "NZDT", "NZT"]),
        ("Suva", Pacific__Fiji, &[]),
        ("American Samoa", Pacific__Pago_Pago, &[]),
        ("Honolulu", Pacific__Honolulu, &["Hawaii", "HST"]),
        // The Americas.
        (
            "New York",
            America__New_York,
            &["NYC", "NY", "New York City", "Manhattan", "Brooklyn", "ET", "US Eastern"],
        ),
        ("Boston", America__New_York, &[]),
        ("Cambridge", America__New_York, &["Cambridge, Massachusetts", "Cambridge, MA"]),
        ("Philadelphia", America__New_York, &["Philly"]),
        ("Washington", America__New_York, &["Washington DC", "DC"]),
        ("Baltimore", America__New_York, &[]),
        ("Pittsburgh", America__New_York, &[]),
        ("Atlanta", America__New_York, &[]),
        ("Miami", America__New_York, &[]),
        ("Orlando", America__New_York, &[]),
        ("Tampa", America__New_York, &[]),
        ("Charlotte", America__New_York, &[]),
        ("Raleigh", America__New_York, &[]),
        ("Cleveland", America__New_York, &[]),
        ("Cincinnati", America__New_York, &[]),
        ("Columbus", America__New_York, &[]),
        ("Buffalo", America__New_York, &[]),
        ("Portland", America__New_York, &["Portland, Maine"]),
        ("Chicago", America__Chicago, &["CT", "US Central"]),
        ("Austin", America__Chicago, &[]),
        ("Dallas", America__Chicago, &["Fort Worth"]),
        ("Houston", America__Chicago, &[]),
        ("San Antonio", America__Chicago, &[]),
        ("Nashville", America__Chicago, &[]),
        ("Memphis", America__Chicago, &[]),
        ("New Orleans", America__Chicago, &[]),
        ("Minneapolis", America__Chicago, &["St Paul"]),
        ("Milwaukee", America__Chicago, &[]),
        ("Madison", America__Chicago, &[]),
        ("St Louis", America__Chicago, &["Saint Louis"]),
        ("Kansas City", America__Chicago, &[]),
        ("Oklahoma City", America__Chicago, &[]),
        ("Birmingham", America__Chicago, &["Birmingham, Alabama"]),
        ("Denver", America__Denver, &["MT", "US Mountain", "Mountain"]),
        ("Salt Lake City", America__Denver, &["SLC"]),
        ("Albuquerque", America__Denver, &[]),
        ("Phoenix", America__Phoenix, &["Arizona"]),
        ("Tucson", America__Phoenix, &[]),
        ("Los Angeles", America__Los_Angeles, &["LA", "PT", "US Pacific", "Pacific", "Hollywood"]),
        ("San Francisco", America__Los_Angeles, &["SF", "Bay Area", "Silicon Valley"]),
        ("San Jose", America__Los_Angeles, &["San Jose, California"]),
        ("Oakland", America__Los_Angeles, &[]),
        ("San Diego", America__Los_Angeles, &[]),
        ("Sacramento", America__Los_Angeles, &[]),
        ("California", America__Los_Angeles, &[]),
        ("Seattle", America__Los_Angeles, &[]),
        ("Portland", America__Los_Angeles, &["Portland, Oregon"]),
        ("Las Vegas", America__Los_Angeles, &["Vegas"]),
        ("Alaska", America__Anchorage, &[]),
        ("Ottawa", America__Toronto, &[]),
        ("Montreal", America__Toronto, &[]),
        ("Quebec", America__Toronto, &["Quebec City"]),
        ("Calgary", America__Edmonton, &[]),
        ("Victoria", America__Vancouver, &["Victoria, Canada", "Victoria, British Columbia"]),
        ("St John's", America__St_Johns, &["Newfoundland", "Saint John's"]),
        ("Saskatoon", America__Regina, &["Saskatchewan"]),
        ("Guadalajara", America__Mexico_City, &[]),
        ("Mexico City", America__Mexico_City, &["CDMX", "Ciudad de México"]),
        ("Cancún", America__Cancun, &[]),
        ("San José", America__Costa_Rica, &["San José, Costa Rica"]),
        ("San Juan", America__Puerto_Rico, &["San Juan, Puerto Rico"]),
        ("Santo Domingo", America__Santo_Domingo, &[]),
        ("Kingston", America__Jamaica, &[]),
        ("Bogotá", America__Bogota, &[]),
        ("Medellín", America__Bogota, &[]),
        ("Cali", America__Bogota, &[]),
        ("Quito", America__Guayaquil, &[]),
        ("São Paulo", America__Sao_Paulo, &["Sampa"]),
        ("Rio de Janeiro", America__Sao_Paulo, &["Rio"]),
        ("Brasília", America__Sao_Paulo, &["BRT"]),
        ("Belo Horizonte", America__Sao_Paulo, &[]),
        ("Porto Alegre", America__Sao_Paulo, &[]),
        ("Curitiba", America__Sao_Paulo, &[]),
        ("Salvador", America__Bahia, &[]),
        ("Buenos Aires", America__Argentina__Buenos_Aires, &["ART"]),
        ("Córdoba", America__Argentina__Cordoba, &["Córdoba, Argentina"]),
        ("San Juan", America__Argentina__San_Juan, &["San Juan, Argentina"]),
        ("Rosario", America__Argentina__Cordoba, &[]),
        ("Valparaíso", America__Santiago, &[]),
        ("Asunción", America__Asuncion, &[]),
    ]
};

/// Countries that have one zone, or one that everybody there means by the country's name: Spain is
/// Madrid's time although the Canary Islands keep another.
static COUNTRIES: &[Named] = {
    use Tz::*;
    &[
        ("UK", Europe__London, &["United Kingdom", "Britain", "Great Britain", "GB", "British", "GB-Eire"]),
        ("England", Europe__London, &[]),
        ("Scotland", Europe__London, &[]),
        ("Wales", Europe__London, &[]),
        ("Northern Ireland", Europe__London, &[]),
        ("Ireland", Europe__Dublin, &["Eire", "Irish"]),
        ("France", Europe__Paris, &[]),
        ("Belgium", Europe__Brussels, &[]),
        ("Netherlands", Europe__Amsterdam, &["Holland", "NL"]),
        ("Germany", Europe__Berlin, &["Deutschland"]),
        ("Switzerland", Europe__Zurich, &[]),
        ("Austria", Europe__Vienna, &[]),
        ("Spain", Europe__Madrid, &["España"]),
        ("Portugal", Europe__Lisbon, &[]),
        ("Italy", Europe__Rome, &["Italia"]),
        ("Sweden", Europe__Stockholm, &[]),
        ("Norway", Europe__Oslo, &[]),
        ("Denmark", Europe__Copenhagen, &[]),
        ("Finland", Europe__Helsinki, &[]),
        ("Iceland", Atlantic__Reykjavik, &[]),
        ("Estonia", Europe__Tallinn, &[]),
        ("Latvia", Europe__Riga, &[]),
        ("Lithuania", Europe__Vilnius, &[]),
        ("Poland", Europe__Warsaw, &["Polska"]),
        ("Czechia", Europe__Prague, &["Czech Republic"]),
        ("Slovakia", Europe__Bratislava, &[]),
        ("Hungary", Europe__Budapest, &[]),
        ("Romania", Europe__Bucharest, &[]),
        ("Bulgaria", Europe__Sofia, &[]),
        ("Greece", Europe__Athens, &[]),
        ("Croatia", Europe__Zagreb, &[]),
        ("Slovenia", Europe__Ljubljana, &[]),
        ("Serbia", Europe__Belgrade, &[]),
        ("Bosnia", Europe__Sarajevo, &["Bosnia and Herzegovina"]),
        ("Montenegro", Europe__Podgorica, &[]),
        ("Kosovo", Europe__Belgrade, &[]),
        ("North Macedonia", Europe__Skopje, &[]),
        ("Albania", Europe__Tirane, &["Tirana"]),
        ("Ukraine", Europe__Kyiv, &[]),
        ("Moldova", Europe__Chisinau, &[]),
        ("Belarus", Europe__Minsk, &[]),
        ("Turkey", Europe__Istanbul, &["Türkiye"]),
        ("Cyprus", Asia__Nicosia, &[]),
        ("Armenia", Asia__Yerevan, &[]),
        ("Azerbaijan", Asia__Baku, &[]),
        ("Georgia", Asia__Tbilisi, &["Georgia, Caucasus"]),
        ("Georgia", America__New_York, &["Georgia, USA"]),
        ("Nigeria", Africa__Lagos, &[]),
        ("Ghana", Africa__Accra, &[]),
        ("Senegal", Africa__Dakar, &[]),
        ("Ivory Coast", Africa__Abidjan, &["Côte d'Ivoire"]),
        ("Cameroon", Africa__Douala, &[]),
        ("Kenya", Africa__Nairobi, &[]),
        ("Uganda", Africa__Kampala, &[]),
        ("Tanzania", Africa__Dar_es_Salaam, &[]),
        ("Rwanda", Africa__Kigali, &[]),
        ("Ethiopia", Africa__Addis_Ababa, &[]),
        ("Somalia", Africa__Mogadishu, &[]),
        ("Sudan", Africa__Khartoum, &[]),
        ("Egypt", Africa__Cairo, &[]),
        ("Libya", Africa__Tripoli, &[]),
        ("Tunisia", Africa__Tunis, &[]),
        ("Algeria", Africa__Algiers, &[]),
        ("Morocco", Africa__Casablanca, &[]),
        ("Zambia", Africa__Lusaka, &[]),
        ("Zimbabwe", Africa__Harare, &[]),
        ("Malawi", Africa__Blantyre, &[]),
        ("Mozambique", Africa__Maputo, &[]),
        ("Botswana", Africa__Gaborone, &[]),
        ("Namibia", Africa__Windhoek, &[]),
        ("Angola", Africa__Luanda, &[]),
        ("South Africa", Africa__Johannesburg, &["ZA"]),
        ("Israel", Asia__Jerusalem, &[]),
        ("Palestine", Asia__Hebron, &[]),
        ("Lebanon", Asia__Beirut, &[]),
        ("Jordan", Asia__Amman, &[]),
        ("Syria", Asia__Damascus, &[]),
        ("Iraq", Asia__Baghdad, &[]),
        ("Iran", Asia__Tehran, &[]),
        ("Saudi Arabia", Asia__Riyadh, &["KSA"]),
        ("UAE", Asia__Dubai, &["United Arab Emirates", "Emirates"]),
        ("Oman", Asia__Muscat, &[]),
        ("Yemen", Asia__Aden, &[]),
        ("Afghanistan", Asia__Kabul, &[]),
        ("Pakistan", Asia__Karachi, &[]),
        ("Hyderabad", Asia__Karachi, &["Hyderabad, Pakistan"]),
        ("India", Asia__Kolkata, &["Bharat"]),
        ("Nepal", Asia__Kathmandu, &[]),
        ("Bhutan", Asia__Thimphu, &[]),
        ("Bangladesh", Asia__Dhaka, &[]),
        ("Sri Lanka", Asia__Colombo, &[]),
        ("Myanmar", Asia__Yangon, &["Burma"]),
        ("Thailand", Asia__Bangkok, &[]),
        ("Laos", Asia__Vientiane, &[]),
        ("Cambodia", Asia__Phnom_Penh, &[]),
        ("Vietnam", Asia__Ho_Chi_Minh, &[]),
        ("Malaysia", Asia__Kuala_Lumpur, &[]),
        ("Philippines", Asia__Manila, &["Pilipinas"]),
        ("China", Asia__Shanghai, &["PRC"]),
        ("Taiwan", Asia__Taipei, &["ROC"]),
        ("Japan", Asia__Tokyo, &["Nippon"]),
        ("South Korea", Asia__Seoul, &["Korea", "ROK"]),
        ("North Korea", Asia__Pyongyang, &[]),
        ("Kazakhstan", Asia__Almaty, &[]),
        ("Uzbekistan", Asia__Tashkent, &[]),
        ("Kyrgyzstan", Asia__Bishkek, &[]),
        ("Tajikistan", Asia__Dushanbe, &[]),
        ("Turkmenistan", Asia__Ashgabat, &[]),
        ("New Zealand", Pacific__Auckland, &["NZ", "Aotearoa"]),
        ("Papua New Guinea", Pacific__Port_Moresby, &["PNG"]),
        ("Western Samoa", Pacific__Apia, &[]),
        ("Tonga", Pacific__Tongatapu, &[]),
        ("Guatemala", America__Guatemala, &[]),
        ("Honduras", America__Tegucigalpa, &[]),
        ("Nicaragua", America__Managua, &[]),
        ("Cuba", America__Havana, &[]),
        ("Haiti", America__PortauPrince, &[]),
        ("Dominican Republic", America__Santo_Domingo, &[]),
        ("Trinidad", America__Port_of_Spain, &["Trinidad and Tobago"]),
        ("Bahamas", America__Nassau, &[]),
        ("Colombia", America__Bogota, &[]),
        ("Venezuela", America__Caracas, &[]),
        ("Ecuador", America__Guayaquil, &[]),
        ("Peru", America__Lima, &[]),
        ("Bolivia", America__La_Paz, &[]),
        ("Paraguay", America__Asuncion, &[]),
        ("Uruguay", America__Montevideo, &[]),
        ("Chile", America__Santiago, &[]),
        ("Argentina", America__Argentina__Buenos_Aires, &[]),
    ]
};

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
static LEGACY: &[(Tz, &str)] = {
    use Tz::*;
    &[
        (US__Alaska, "Anchorage"),
        (US__Aleutian, "Adak"),
        (US__Arizona, "Phoenix"),
        (US__Central, "Chicago"),
        (US__EastIndiana, "Indianapolis"),
        (US__Eastern, "New York"),
        (US__Hawaii, "Honolulu"),
        (US__IndianaStarke, "Knox"),
        (US__Michigan, "Detroit"),
        (US__Mountain, "Denver"),
        (US__Pacific, "Los Angeles"),
        (US__Samoa, "Pago Pago"),
        (Canada__Atlantic, "Halifax"),
        (Canada__Central, "Winnipeg"),
        (Canada__Eastern, "Toronto"),
        (Canada__Mountain, "Edmonton"),
        (Canada__Newfoundland, "St John's"),
        (Canada__Pacific, "Vancouver"),
        (Canada__Saskatchewan, "Regina"),
        (Canada__Yukon, "Whitehorse"),
        (Brazil__Acre, "Rio Branco"),
        (Brazil__DeNoronha, "Noronha"),
        (Brazil__East, "São Paulo"),
        (Brazil__West, "Manaus"),
        (Chile__Continental, "Santiago"),
        (Chile__EasterIsland, "Easter"),
        (Mexico__BajaNorte, "Tijuana"),
        (Mexico__BajaSur, "Mazatlan"),
        (Mexico__General, "Mexico City"),
        (Australia__ACT, "Sydney"),
        (Australia__LHI, "Lord Howe"),
        (Australia__NSW, "Sydney"),
        (Australia__North, "Darwin"),
        (Australia__Queensland, "Brisbane"),
        (Australia__South, "Adelaide"),
        (Australia__Tasmania, "Hobart"),
        (Australia__Victoria, "Melbourne"),
        (Australia__West, "Perth"),
        (Australia__Yancowinna, "Broken Hill"),
        (America__Knox_IN, "Knox"),
        (Pacific__Samoa, "Pago Pago"),
        (CST6CDT, "Chicago"),
        (MST7MDT, "Denver"),
        (PST8PDT, "Los Angeles"),
        (NZCHAT, "Chatham"),
        (Navajo, "Denver"),
        (WSU, "Moscow"),
        (Hongkong, "Hong Kong"),
    ]
};

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

    #[test]
    fn each_local_time_has_one_instant() {
        let check = |zone: Tz, wall: &str, at: &str, landing: Landing| {
            assert_eq!(resolve_with(zone, local(wall)), (utc(at), landing), "{zone} {wall}");
            assert_eq!(resolve(zone, local(wall)), utc(at));
        };
        let gap = |shown: &str| Landing::InGap { shown: local(shown) };
        use Landing::{InFold, Plain};

        let zone = Tz::Europe__London;
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
        let zone = Tz::America__New_York;
        check(zone, "2026-03-08 02:30", "2026-03-08T07:00:00Z", gap("2026-03-08 03:00"));
        check(zone, "2026-11-01 01:30", "2026-11-01T05:30:00Z", InFold);
        check(zone, "2026-11-01 02:30", "2026-11-01T07:30:00Z", Plain);
        let zone = Tz::Australia__Lord_Howe;
        check(zone, "2026-10-04 02:15", "2026-10-03T15:30:00Z", gap("2026-10-04 02:30"));
        check(zone, "2026-10-04 02:30", "2026-10-03T15:30:00Z", Plain);
        check(zone, "2026-04-05 01:45", "2026-04-04T14:45:00Z", InFold);
        check(zone, "2026-04-05 01:15", "2026-04-04T14:15:00Z", Plain);
        let zone = Tz::Africa__Casablanca;
        check(zone, "2026-02-15 02:30", "2026-02-15T01:30:00Z", InFold);
        check(zone, "2026-03-22 02:30", "2026-03-22T02:00:00Z", gap("2026-03-22 03:00"));
        check(Tz::Asia__Kathmandu, "2026-03-29 01:30", "2026-03-28T19:45:00Z", Plain);
        let zone = Tz::America__Sao_Paulo;
        check(zone, "2018-11-04 00:00", "2018-11-04T03:00:00Z", gap("2018-11-04 01:00"));
        check(zone, "2019-02-16 23:30", "2019-02-17T01:30:00Z", InFold);
        check(zone, "2026-11-01 00:00", "2026-11-01T03:00:00Z", Plain);
        let zone = Tz::Pacific__Apia;
        check(zone, "2011-12-29 23:59", "2011-12-30T09:59:00Z", Plain);
        check(zone, "2011-12-30 00:00", "2011-12-30T10:00:00Z", gap("2011-12-31 00:00"));
        check(zone, "2011-12-30 23:59", "2011-12-30T10:00:00Z", gap("2011-12-31 00:00"));
        check(zone, "2011-12-31 00:00", "2011-12-30T10:00:00Z", Plain);
        // The database's changes reach this far.
        check(Tz::Europe__London, "2099-07-07 20:00", "2099-07-07T19:00:00Z", Plain);
        // And the ends of the calendar cost an answer, no panic.
        for zone in TZ_VARIANTS {
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
        for zone in TZ_VARIANTS {
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
        let check = |home: Tz, city: Tz, before: &str, now: &str, changed: bool| {
            let at = |day: &str| resolve(home, local(&format!("{day} 20:00")));
            let (before, now) = (at(before), at(now));
            assert_eq!(clocks_changed(city, home, now, before), changed, "{city} {now}");
        };
        use Tz::{Africa__Casablanca, America__New_York, Asia__Kolkata, Europe__London, Europe__Paris};
        // New York changes three weeks before London in spring and a week after it in autumn.
        check(Europe__London, America__New_York, "2026-03-03", "2026-03-10", true);
        check(Europe__London, America__New_York, "2026-03-10", "2026-03-17", false);
        check(Europe__London, America__New_York, "2026-03-24", "2026-03-31", true);
        check(Europe__London, America__New_York, "2026-10-20", "2026-10-27", true);
        check(Europe__London, America__New_York, "2026-10-27", "2026-11-03", true);
        check(Europe__London, America__New_York, "2026-11-03", "2026-11-10", false);
        check(Europe__London, America__New_York, "2026-03-03", "2026-03-31", false);
        check(Europe__London, Europe__Paris, "2026-03-24", "2026-03-31", false);
        check(Europe__London, Asia__Kolkata, "2026-03-24", "2026-03-31", true);
        check(Europe__London, Africa__Casablanca, "2026-02-10", "2026-02-17", true);
        check(Europe__London, Tz::Australia__Lord_Howe, "2026-09-29", "2026-10-06", true);
        // A chat moved by an hour shows another hour everywhere, though no clock changed.
        let (tuesday, moved) = (utc("2026-11-24T20:00:00Z"), utc("2026-12-01T19:00:00Z"));
        assert!(!clocks_changed(America__New_York, Europe__London, moved, tuesday));
    }

    #[test]
    fn places_are_found_as_people_write_them() {
        let check = |typed: &str, city: &str, zone: Tz| {
            assert_eq!(find(typed), Ok((city.to_owned(), zone)), "{typed}");
        };
        use Tz::*;
        check("London", "London", Europe__London);
        check("  lONDON ", "London", Europe__London);
        check("Europe/London", "London", Europe__London);
        check("europe/london", "London", Europe__London);
        check("London time", "London", Europe__London);
        check("London, UK", "London", Europe__London);
        check("Paris, France", "Paris", Europe__Paris);
        check("Sydney, Australia", "Sydney", Australia__Sydney);
        check("Boston, USA", "Boston", America__New_York);
        check("Mumbai,India", "Mumbai", Asia__Kolkata);
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
            check(typed, "New York", America__New_York);
        }
        check("San Francisco", "San Francisco", America__Los_Angeles);
        check("SF", "San Francisco", America__Los_Angeles);
        check("Mumbai", "Mumbai", Asia__Kolkata);
        check("bombay", "Mumbai", Asia__Kolkata);
        check("Nairobi", "Nairobi", Africa__Nairobi);
        check("UK", "UK", Europe__London);
        check("the UK", "UK", Europe__London);
        check("UK time", "UK", Europe__London);
        check("U.K.", "UK", Europe__London);
        check("India", "India", Asia__Kolkata);
        check("The Netherlands", "Netherlands", Europe__Amsterdam);
        check("the hague", "The Hague", Europe__Amsterdam);
        check("Belfast", "Belfast", Europe__Belfast);
        check("Kampala", "Kampala", Africa__Kampala);
        check("buenos aires", "Buenos Aires", America__Argentina__Buenos_Aires);
        check("America/Argentina/Buenos_Aires", "Buenos Aires", America__Argentina__Buenos_Aires);
        check("sao paulo", "São Paulo", America__Sao_Paulo);
        check("America/Sao_Paulo", "São Paulo", America__Sao_Paulo);
        check("zurich", "Zürich", Europe__Zurich);
        check("Malmo\u{308}", "Malmö", Europe__Stockholm);
        check("St. John\u{2019}s", "St John's", America__St_Johns);
        check("saint louis", "St Louis", America__Chicago);
        check("Port-au-Prince", "Port-au-Prince", America__PortauPrince);
        check("Dar es Salaam", "Dar es Salaam", Africa__Dar_es_Salaam);
        check("Lord Howe", "Lord Howe", Australia__Lord_Howe);
        check("Hyderabad, Pakistan", "Hyderabad", Asia__Karachi);
        check("birmingham, uk", "Birmingham", Europe__London);
        check("UTC", "UTC", UTC);
        check("utc", "UTC", UTC);
        check("GMT", "GMT", GMT);
        check("JST", "Tokyo", Asia__Tokyo);
        check("UTC+2", "UTC+2", Etc__GMTMinus2);
        check("gmt -05:00", "UTC-5", Etc__GMTPlus5);
        check("Etc/GMT-2", "UTC+2", Etc__GMTMinus2);
        check("UTC+0", "UTC", UTC);
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
            assert!(same_clocks(zone, *legacy), "{legacy} is not {city}");
        }
        // Whatever a name leads to can be typed back, unless it has two meanings.
        for (city, zone) in INDEX.values().filter(|(city, _)| !MEANINGS.contains_key(key(city).as_str())) {
            assert_eq!(find(city), Ok((city.clone(), *zone)));
        }
        assert!(CITIES.len() >= 150 && INDEX.len() > 900, "{} cities, {} names", CITIES.len(), INDEX.len());
    }

    /// Whether two zones have shown the same time since 2000, and will. Looks at each Tuesday noon.
    fn same_clocks(a: Tz, b: Tz) -> bool {
        let offset = |zone: Tz, at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix();
        let start = local("2020-01-07 12:00");
        a == b
            || (0..52 * 30).all(|week| {
                let at = start + Days::new(7 * week);
                offset(a, at) == offset(b, at)
            })
    }

    #[test]
    fn every_zone_is_found_by_its_iana_name() {
        for zone in TZ_VARIANTS {
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
            zone in proptest::sample::select(TZ_VARIANTS.to_vec()),
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

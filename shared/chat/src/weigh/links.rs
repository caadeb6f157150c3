//! Where X makes a link. The rules are those of twitter-text 3.1, found by reading labels once from the
//! right instead of by its regular expressions, which back-track.

use std::ops::Range;

use super::tables::{is_directional, is_latin_accent, is_refused, is_space};

/// The places in `text` that X would turn into links, as byte ranges, in order and apart.
///
/// With a scheme (`https://example.org/talk`) or without one (`Booking.com`): X links any name that ends
/// in a top-level domain. A link in a post costs thirteen times a plain post, so this errs on X's side.
///
/// <https://docs.x.com/fundamentals/counting-characters>
pub fn urls(text: &str) -> Vec<Range<usize>> {
    // Every link has a dot.
    if !text.contains('.') {
        return Vec::new();
    }
    Page::new(text).links()
}

/// The longest address X takes for one, in UTF-16 units, its scheme counted.
const MAX_URL: usize = 4096;
/// The longest name between two dots that the domain name system has room for (RFC 1035 2.3.4).
const MAX_LABEL: usize = 63;
/// The longest path X's own shortener hands out.
const MAX_TCO_SLUG: usize = 40;
/// No top-level domain written in its own script is longer, in characters.
const MAX_UNICODE_TLD: usize = 24;

/// A text cut into the labels that domains are made of.
struct Page {
    chars: Vec<char>,
    /// Where each character starts, in bytes, and after them the length of the text.
    offsets: Vec<usize>,
    labels: Vec<Label>,
    /// For each character, the label it lies in.
    label_at: Vec<Option<usize>>,
}

/// A run of characters that may stand between two dots of a domain. Positions count characters.
struct Label {
    start: usize,
    end: usize,
    /// The label after exactly one dot.
    next: Option<usize>,
    /// How many characters at the start are a top-level domain.
    tld: usize,
    last_underscore: Option<usize>,
    /// The last label at which a domain that begins with the whole of this one may end.
    reach: Option<usize>,
}

/// What X's expression would match, before it is judged. Positions count characters.
struct Match {
    start: usize,
    domain: Range<usize>,
    has_path: bool,
    end: usize,
}

impl Page {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut page = Self { label_at: vec![None; chars.len()], chars, offsets, labels: Vec::new() };
        page.find_labels();
        page.find_reaches();
        page
    }

    fn find_labels(&mut self) {
        let mut at = 0;
        while at < self.chars.len() {
            let start = at;
            let mut last_underscore = None;
            while let Some(&c) = self.chars.get(at).filter(|c| is_label_char(**c)) {
                if c == '_' {
                    last_underscore = Some(at);
                }
                self.label_at[at] = Some(self.labels.len());
                at += 1;
            }
            if at == start {
                at += 1;
                continue;
            }
            let follows = self.labels.last().is_some_and(|l| l.end + 1 == start && self.chars[l.end] == '.');
            let tld = if follows { self.tld(start, at, self.chars.len()) } else { 0 };
            if follows {
                let this = self.labels.len();
                self.labels[this - 1].next = Some(this);
            }
            self.labels.push(Label { start, end: at, next: None, tld, last_underscore, reach: None });
        }
    }

    fn find_reaches(&mut self) {
        for at in (0..self.labels.len()).rev() {
            self.labels[at].reach = self.reach_from(self.labels[at].start);
        }
    }

    /// The last label at which a domain that begins at the character `start` may end.
    fn reach_from(&self, start: usize) -> Option<usize> {
        let label = &self.labels[self.label_at[start]?];
        let next = label.next?;
        if !is_domain_char(self.chars[start]) || !is_domain_char(self.chars[label.end - 1]) {
            return None;
        }
        // An underscore is allowed in a subdomain, not in the name that was registered.
        let registrable = label.last_underscore.is_none_or(|at| at < start);
        self.labels[next].reach.or((registrable && self.labels[next].tld > 0).then_some(next))
    }

    /// How many characters from `start` are a top-level domain, looking no further than `end` for it
    /// and no further than `horizon` for what follows it.
    fn tld(&self, start: usize, end: usize, horizon: usize) -> usize {
        let stands_alone = |at: usize| {
            at >= horizon || !matches!(self.chars[at], '0'..='9' | 'a'..='z' | 'A'..='Z' | '@' | '+' | '-')
        };
        let label = &self.chars[start..end];
        let ascii = label.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        if (2..=MAX_LABEL).contains(&ascii) && stands_alone(start + ascii) {
            let name: String = label[..ascii].iter().map(char::to_ascii_lowercase).collect();
            if tld::exist(&name) {
                return ascii;
            }
        }
        let most = label.len().min(MAX_UNICODE_TLD);
        if let Some(first) = label[..most].iter().position(|c| !c.is_ascii()) {
            for length in (first + 1..=most).rev().filter(|length| stands_alone(start + length)) {
                let name: Vec<char> = label[..length].iter().map(|c| lower(*c)).collect();
                if tld::exist(&format!("xn--{}", punycode(&name))) {
                    return length;
                }
            }
        }
        // X takes any name in punycode for a top-level domain, whether or not there is one.
        let is_punycode = label.len() > 4
            && label.iter().zip("xn--".chars()).all(|(have, want)| have.eq_ignore_ascii_case(&want));
        let punycode = label.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '-').count();
        if is_punycode && punycode > 4 { punycode } else { 0 }
    }

    fn links(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.chars.len() {
            let c = self.chars[at];
            // X reads UTF-16, so the halves of a character beyond U+FFFF are to it the character before a
            // link and the first of the link.
            let starts = [
                (c > '\u{FFFF}').then_some((at, Some(c))),
                may_precede(c).then_some((at + 1, Some(c))),
                (at == 0).then_some((0, None)),
            ];
            let mut starts = starts.into_iter().flatten();
            let matched = starts.find_map(|(start, before)| Some((self.match_at(start)?, before)));
            let Some((matched, before)) = matched else {
                at += 1;
                continue;
            };
            if self.is_address(&matched) {
                self.keep(&matched, before, &mut found);
            }
            at = matched.end;
        }
        found.into_iter().map(|link| self.offsets[link.start]..self.offsets[link.end]).collect()
    }

    fn match_at(&self, start: usize) -> Option<Match> {
        let domain = self
            .after_scheme(start)
            .and_then(|after| self.domain_at(after))
            .or_else(|| self.domain_at(start))?;
        let mut end = domain.end;
        let digits = self.count(end + 1, |c| c.is_ascii_digit());
        if self.chars.get(end) == Some(&':') && digits > 0 {
            end += 1 + digits;
        }
        let has_path = self.chars.get(end) == Some(&'/');
        if has_path {
            end = self.path_end(end + 1);
        }
        end = self.query_end(end);
        Some(Match { start, domain, has_path, end })
    }

    fn after_scheme(&self, start: usize) -> Option<usize> {
        let eat = |at: usize, want: &str| {
            let have = self.chars.get(at..at + want.len())?;
            have.iter().zip(want.chars()).all(|(a, b)| a.eq_ignore_ascii_case(&b)).then_some(at + want.len())
        };
        let http = eat(start, "http")?;
        eat(eat(http, "s").unwrap_or(http), "://")
    }

    fn domain_at(&self, start: usize) -> Option<Range<usize>> {
        self.label_at.get(start)?.as_ref()?;
        let last = &self.labels[self.reach_from(start)?];
        Some(start..last.start + last.tld)
    }

    fn count(&self, start: usize, wanted: impl Fn(char) -> bool) -> usize {
        self.chars.iter().skip(start).take_while(|c| wanted(**c)).count()
    }

    /// Where a path ends that begins at `start`: after its last character that may end one. Brackets
    /// belong to it in pairs, one pair inside another at most.
    fn path_end(&self, start: usize) -> usize {
        let mut end = start;
        let mut at = start;
        while let Some(&c) = self.chars.get(at) {
            if is_path_char(c) {
                at += 1;
                if ends_path(c) {
                    end = at;
                }
            } else if let Some(closed) = self.brackets_end(at) {
                if at == end {
                    end = closed;
                }
                at = closed;
            } else {
                break;
            }
        }
        end
    }

    fn brackets_end(&self, start: usize) -> Option<usize> {
        let is = |at: usize, c: char| self.chars.get(at) == Some(&c);
        if !is(start, '(') {
            return None;
        }
        let outer = self.count(start + 1, is_path_char);
        let mut at = start + 1 + outer;
        if is(at, '(') {
            let inner = self.count(at + 1, is_path_char);
            at += 1 + inner;
            if inner == 0 || !is(at, ')') {
                return None;
            }
            at += 1;
            at += self.count(at, is_path_char);
        } else if outer == 0 {
            return None;
        }
        is(at, ')').then_some(at + 1)
    }

    /// Where a query ends that begins at `start`, or `start` if none does.
    fn query_end(&self, start: usize) -> usize {
        if self.chars.get(start) != Some(&'?') {
            return start;
        }
        let query = &self.chars[start + 1..start + 1 + self.count(start + 1, is_query_char)];
        query.iter().rposition(|c| ends_query(*c)).map_or(start, |last| start + 2 + last)
    }

    /// Whether the domain's labels fit the domain name system, and the whole fits X.
    fn is_address(&self, matched: &Match) -> bool {
        let domain = &self.chars[matched.domain.clone()];
        let scheme = match matched.domain.start - matched.start {
            0 => "https://".len(),
            length => length,
        };
        let length: usize = self.chars[matched.start..matched.end].iter().map(|c| c.len_utf16()).sum();
        domain.split(|c| *c == '.').all(|label| (1..=MAX_LABEL).contains(&label_length(label)))
            && (!domain.starts_with(&['x', 'n', '-', '-']) || !self.ascii_domains(&matched.domain).is_empty())
            && scheme + length <= MAX_URL
    }

    fn keep(&self, matched: &Match, before: Option<char>, found: &mut Vec<Range<usize>>) {
        if matched.domain.start > matched.start {
            found.extend(self.trim_tco(matched));
            return;
        }
        // Without a scheme these make what follows a part of something else: a path, a file's name.
        if matches!(before, Some('-' | '_' | '.' | '/')) {
            return;
        }
        // Without a scheme only the names in plain or accented Latin become links, and the last of them
        // has the path.
        let mut names = self.ascii_domains(&matched.domain);
        if let Some(last) = names.last_mut().filter(|_| matched.has_path) {
            last.end = matched.end;
        }
        found.extend(names);
    }

    /// X's own short links are their slug and query, whatever else follows; with a slug too long to be
    /// one they are no link at all.
    fn trim_tco(&self, matched: &Match) -> Option<Range<usize>> {
        let whole = matched.start..matched.end;
        let host: String = self.chars[matched.domain.clone()].iter().collect();
        if !host.eq_ignore_ascii_case("t.co") || self.chars.get(matched.domain.end) != Some(&'/') {
            return Some(whole);
        }
        let start = matched.domain.end + 1;
        match self.count(start, |c| c.is_ascii_alphanumeric()) {
            0 => Some(whole),
            slug if slug > MAX_TCO_SLUG => None,
            slug => Some(matched.start..self.query_end(start + slug)),
        }
    }

    /// The parts of a domain that are domains in plain or accented Latin letters.
    fn ascii_domains(&self, domain: &Range<usize>) -> Vec<Range<usize>> {
        let in_name = |c: char| c == '-' || c.is_ascii_alphanumeric() || is_latin_accent(c);
        let within = |at: usize| (at < domain.end).then(|| self.chars[at]);
        let mut found = Vec::new();
        let mut at = domain.start;
        while at < domain.end {
            let start = at;
            let mut end = None;
            loop {
                let name = at;
                while within(at).is_some_and(in_name) {
                    at += 1;
                }
                if at == name || within(at) != Some('.') {
                    break;
                }
                at += 1;
                let label = (at..domain.end).find(|i| self.chars[*i] == '.').unwrap_or(domain.end);
                let tld = self.tld(at, label, domain.end);
                if tld > 0 {
                    end = Some(at + tld);
                }
            }
            if let Some(end) = end {
                found.push(start..end);
            }
            at = end.unwrap_or(at.max(start + 1));
        }
        found
    }
}

/// May stand in a domain: anything but punctuation, spaces, and marks of direction.
fn is_domain_char(c: char) -> bool {
    is_label_char(c) && !matches!(c, '-' | '_')
}

fn is_label_char(c: char) -> bool {
    match c {
        '-' | '_' | '"' | '`' => true,
        _ if c.is_ascii_punctuation() => false,
        _ => !is_space(c) && !is_refused(c) && !is_directional(c),
    }
}

/// A link starts after anything but a letter, a digit, or what makes it a mention, a hashtag or a cashtag.
fn may_precede(c: char) -> bool {
    !c.is_ascii_alphanumeric() && !matches!(c, '@' | '＠' | '$' | '#' | '＃') && !is_refused(c)
}

fn is_path_char(c: char) -> bool {
    ends_path(c)
        || matches!(
            c,
            '!' | '*' | '\'' | ';' | ':' | ',' | '.' | '$' | '%' | '[' | ']' | '–' | '~' | '@' | '|' | '&'
        )
}

fn ends_path(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '+' | '-' | '=' | '_' | '#' | '/' | '\u{0400}'..='\u{04FF}')
        || is_latin_accent(c)
}

fn is_query_char(c: char) -> bool {
    ends_query(c)
        || matches!(
            c,
            '!' | '?'
                | '*'
                | '\''
                | '@'
                | '('
                | ')'
                | ';'
                | ':'
                | '+'
                | '$'
                | '%'
                | '['
                | ']'
                | '.'
                | ','
                | '~'
                | '|'
        )
}

fn ends_query(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '&' | '=' | '#' | '/')
}

/// The lower-case letter, where that is one character.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// How long a label is to the domain name system, in bytes. Asian full stops part a label as dots do.
fn label_length(label: &[char]) -> usize {
    // The encoded form is never shorter, and need not be worked out to know that it is too long.
    if label.len() > MAX_LABEL {
        return label.len();
    }
    let parts = label.split(|c| matches!(c, '。' | '．' | '｡'));
    let (parts, length) = parts.fold((0, 0), |(parts, length), part| {
        let part_length =
            if part.iter().all(char::is_ascii) { part.len() } else { "xn--".len() + punycode(part).len() };
        (parts + 1, length + part_length)
    });
    length + parts - 1
}

/// RFC 3492 section 6.3, for labels of at most [`MAX_LABEL`] characters: within that no sum here can
/// come near overflowing.
fn punycode(label: &[char]) -> String {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    const DAMP: u32 = 700;
    const SKEW: u32 = 38;
    const INITIAL_BIAS: u32 = 72;
    const FIRST: u32 = 0x80;

    let mut out: String = label.iter().filter(|c| c.is_ascii()).collect();
    let plain = u32::try_from(out.len()).unwrap_or(u32::MAX);
    if plain > 0 {
        out.push('-');
    }
    let (mut done, mut next, mut delta, mut bias) = (plain, FIRST, 0_u32, INITIAL_BIAS);
    while let Some(least) = label.iter().map(|c| u32::from(*c)).filter(|c| *c >= next).min() {
        delta += (least - next) * (done + 1);
        next = least;
        for c in label.iter().map(|c| u32::from(*c)) {
            if c < next {
                delta += 1;
            }
            if c != next {
                continue;
            }
            let mut rest = delta;
            for place in (BASE..).step_by(BASE as usize) {
                let threshold = place.saturating_sub(bias).clamp(T_MIN, T_MAX);
                if rest < threshold {
                    break;
                }
                out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
                rest = (rest - threshold) / (BASE - threshold);
            }
            out.push(digit(rest));
            delta = if done == plain { delta / DAMP } else { delta / 2 };
            delta += delta / (done + 1);
            bias = 0;
            while delta > (BASE - T_MIN) * T_MAX / 2 {
                delta /= BASE - T_MIN;
                bias += BASE;
            }
            bias += (BASE - T_MIN + 1) * delta / (delta + SKEW);
            delta = 0;
            done += 1;
        }
        delta += 1;
        next += 1;
    }
    out
}

/// Punycode's digits: `a` to `z`, then `0` to `9`.
fn digit(value: u32) -> char {
    char::from_digit((value + 10) % 36, 36).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        urls(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn finds_links_with_and_without_a_scheme() {
        assert_eq!(found("See https://example.org/a?b=c."), ["https://example.org/a?b=c"]);
        assert_eq!(found("Is Booking.com worth it?"), ["Booking.com"]);
        assert_eq!(found("MOZ.COM, or moz.com!"), ["MOZ.COM", "moz.com"]);
        assert_eq!(found("(docs.rs)"), ["docs.rs"]);
    }

    #[test]
    fn leaves_what_is_no_link() {
        for text in [
            "",
            ".",
            "...",
            "A1. Yes.Maybe!",
            "Node.js? e.g. i.e. U.S.A.",
            "v1.2.3 costs 3.50",
            "mail me@example.com",
            "#example.com @example.com $example.com",
            "http://",
            "https://localhost:8080/x",
            "http://192.168.0.1/",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn takes_a_missing_space_for_a_link_as_x_does() {
        // "So" and "it" are countries: this is the surprise that makes a post dear.
        assert_eq!(found("I like it.So do you"), ["it.So"]);
    }

    #[test]
    fn knows_top_level_domains_in_other_scripts() {
        assert_eq!(found("http://пример.РФ/путь"), ["http://пример.РФ/путь"]);
        assert_eq!(found("example.みんなの"), ["example.みんな"]);
        assert_eq!(found("x.vermögensberatung"), ["x.vermögensberatung"]);
        assert_eq!(found("a.xn--fiqs8s"), ["a.xn--fiqs8s"]);
    }

    #[test]
    fn encodes_the_samples_of_rfc_3492() {
        let encode = |text: &str| punycode(&text.chars().collect::<Vec<_>>());
        // Section 7.1 (B), (I), (L) and (S).
        assert_eq!(encode("他们为什么不说中文"), "ihqwcrb4cv8a8dqg056pqjye");
        assert_eq!(encode("почемужеонинеговорятпорусски"), "b1abfaaepdrnnbgefbadotcwatmq2g4l");
        assert_eq!(encode("3年B組金八先生"), "3B-ww4c5e180e575a65lsy2b");
        assert_eq!(encode("-> $1.00 <-"), "-> $1.00 <--");
    }

    #[test]
    fn reads_long_texts_of_every_hard_kind() {
        // Not timed: each of these would take minutes if any part of it were read again for every start.
        for part in [
            "a.",
            "a",
            "a_",
            "http://",
            "http://a.co/!(",
            "a.co/((",
            "中.",
            "a.co?",
            "ああ。",
            "a.com中",
            "-",
        ] {
            let text = part.repeat(100_000 / part.len());
            assert!(urls(&text).iter().all(|link| text.get(link.clone()).is_some()), "{part}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_apart_and_on_characters(text in "([a-z.:/@#?()-]|co|http://|example\\.com|あ|\\PC){0,60}") {
            let mut last = 0;
            for range in urls(&text) {
                prop_assert!(range.start >= last && range.end > range.start);
                prop_assert!(text.get(range.clone()).is_some_and(|link| link.contains('.')));
                last = range.end;
            }
        }
    }
}

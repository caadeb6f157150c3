//! Who is meant on X, and which post: handles and links as people copy them.

use super::slack::{Token, only_token, plain, tidy};
use super::{Misread, Piece, Verb};

/// A handle on X, without `@` and in the capitals it was typed in: `@adaokafor`, `adaokafor`,
/// `https://x.com/adaokafor`, also the link of one of their posts.
pub(super) fn handle(verb: Verb, rest: &str) -> Result<String, Misread> {
    if rest.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Handle });
    }
    let typed = tidy(&plain(rest));
    // Slack turned it into somebody of the workspace, whose name may be anybody's handle on X.
    if let Some(Token::User { .. }) = only_token(rest) {
        return Err(Misread::NotOnX { typed });
    }
    let written = match on_x(&typed) {
        Some(path) => path.split('/').next().unwrap_or_default(),
        None => typed.strip_prefix(['@', '＠']).unwrap_or(&typed),
    };
    let fits =
        (1..=15).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // `x.com/i/status/…` names nobody.
    let nobody = on_x(&typed).is_some() && written.eq_ignore_ascii_case("i");
    if fits && !nobody { Ok(written.to_owned()) } else { Err(Misread::NotAHandle { typed }) }
}

/// The id of a post on X from its link, whichever version of it that names:
/// `https://x.com/adaokafor/status/2080761390344937796?s=20`, `twitter.com/i/web/status/…`.
pub(super) fn post(verb: Verb, rest: &str) -> Result<String, Misread> {
    if rest.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Link });
    }
    let typed = tidy(&plain(rest));
    let id = on_x(&typed).and_then(|path| {
        let mut parts = path.split('/').skip_while(|part| !matches!(*part, "status" | "statuses"));
        parts.nth(1).map(str::to_owned)
    });
    let is_id = |id: &String| (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    id.filter(is_id).ok_or(Misread::NotAPost { typed })
}

/// What follows the host in an address on X, without what was asked of it.
fn on_x(typed: &str) -> Option<&str> {
    let bare = strip(typed, "https://").or_else(|| strip(typed, "http://")).unwrap_or(typed);
    let (host, path) = bare.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let host = ["www.", "mobile.", "m."].iter().find_map(|sub| host.strip_prefix(sub)).unwrap_or(&host);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    matches!(host, "x.com" | "twitter.com").then_some(path)
}

fn strip<'a>(typed: &'a str, scheme: &str) -> Option<&'a str> {
    let begins = typed.get(..scheme.len())?.eq_ignore_ascii_case(scheme);
    begins.then(|| &typed[scheme.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_in_any_spelling() {
        for typed in [
            "@AdaOkafor",
            "AdaOkafor",
            "＠AdaOkafor",
            " @AdaOkafor ",
            "https://x.com/AdaOkafor",
            "<https://x.com/AdaOkafor>",
            "<https://x.com/AdaOkafor|x.com/AdaOkafor>",
            "x.com/AdaOkafor/",
            "HTTPS://X.com/AdaOkafor",
            "https://www.twitter.com/AdaOkafor?lang=en",
            "https://mobile.twitter.com/AdaOkafor/status/12?s=20",
        ] {
            assert_eq!(handle(Verb::Block, typed), Ok("AdaOkafor".to_owned()), "{typed}");
        }
        for typed in ["@ada okafor", "@adaokaforadaokafor", "https://x.com/i/status/12", "ada@x.com", "a.b"] {
            let read = handle(Verb::Block, typed);
            assert!(matches!(read, Err(Misread::NotAHandle { .. })), "{typed}: {read:?}");
        }
        assert_eq!(
            handle(Verb::Block, "<@U123|ada>"),
            Err(Misread::NotOnX { typed: "@ada".to_owned() }),
            "somebody of the workspace is nobody on X"
        );
    }

    #[test]
    fn posts_by_any_link() {
        for typed in [
            "https://x.com/AdaOkafor/status/2080761390344937796",
            "<https://x.com/AdaOkafor/status/2080761390344937796?s=20&amp;t=abc>",
            "x.com/AdaOkafor/status/2080761390344937796/photo/1",
            "http://twitter.com/AdaOkafor/statuses/2080761390344937796",
            "https://x.com/i/web/status/2080761390344937796#m",
            "https://mobile.twitter.com/i/status/2080761390344937796",
        ] {
            assert_eq!(post(Verb::Hide, typed), Ok("2080761390344937796".to_owned()), "{typed}");
        }
        for typed in [
            "2080761390344937796",
            "https://x.com/AdaOkafor",
            "https://example.com/AdaOkafor/status/2080761390344937796",
            "https://x.com.example.com/a/status/2080761390344937796",
            "https://team.slack.com/archives/C1/p1795550400000100",
            "https://x.com/AdaOkafor/status/abc",
            "that one",
        ] {
            let read = post(Verb::Hide, typed);
            assert!(matches!(read, Err(Misread::NotAPost { .. })), "{typed}: {read:?}");
        }
    }
}

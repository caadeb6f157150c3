//! Who is meant on X, and which post: handles and links as people copy them.

use super::slack::{Token, only_token, plain, tidy};
use super::{ChannelTyped, Misread, Piece, Pointed, RoomTyped, Verb};
use crate::name::Platform;

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
    read_handle(&typed).ok_or(Misread::NotAHandle { typed })
}

/// The same, of what was typed by itself; `None` where it is no handle.
pub(super) fn read_handle(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let written = match on_x(typed) {
        Some(path) => path.split('/').next().unwrap_or_default(),
        None => typed,
    };
    let written = written.strip_prefix(['@', '＠']).unwrap_or(written);
    let fits =
        (1..=15).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // `x.com/i/status/…` names nobody.
    let nobody = on_x(typed).is_some() && written.eq_ignore_ascii_case("i");
    (fits && !nobody).then(|| written.to_owned())
}

/// Somebody by what they are called where they are kept out: a handle on X, or the name of somebody who was
/// blocked by their card.
pub(super) fn called(verb: Verb, rest: &str) -> Result<String, Misread> {
    match handle(verb, rest) {
        Err(Misread::NotAHandle { typed }) => Ok(typed.trim_start_matches('@').to_owned()),
        read => read,
    }
}

/// A post by its link, or by that of its card: on X whichever version that names
/// (`https://x.com/adaokafor/status/2080761390344937796?s=20`, `twitter.com/i/web/status/…`), in Slack
/// `https://smx.slack.com/archives/C0123/p1795550400000100?thread_ts=…`, in Discord
/// `https://discord.com/channels/SERVER/CHANNEL/MESSAGE`.
pub(super) fn post(verb: Verb, rest: &str) -> Result<Pointed, Misread> {
    if rest.is_empty() {
        return Err(Misread::Missing { verb, piece: Piece::Link });
    }
    let typed = tidy(&plain(rest));
    let pointed = on_x(&typed).and_then(status).or_else(|| in_a_room(&typed));
    pointed.ok_or(Misread::NotAPost { typed })
}

/// `adaokafor/status/2080761390344937796`.
fn status(path: &str) -> Option<Pointed> {
    let mut parts = path.split('/').skip_while(|part| !matches!(*part, "status" | "statuses"));
    parts.nth(1).filter(|id| is_number(id)).map(|id| Pointed::OnX(id.to_owned()))
}

/// A message in Slack or Discord.
fn in_a_room(typed: &str) -> Option<Pointed> {
    let (host, path) = address(typed)?;
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let (platform, channel, id) = match parts[..] {
        // Slack writes a message's time without its point, six digits from the end.
        ["archives", channel, message] if host.ends_with(".slack.com") => {
            let digits = message.strip_prefix('p').filter(|digits| is_number(digits) && digits.len() > 6)?;
            let (seconds, rest) = digits.split_at(digits.len() - 6);
            (Platform::Slack, channel, format!("{seconds}.{rest}"))
        }
        ["channels", server, channel, message] if is_discord(&host) => {
            // A direct message has `@me` for its server, and no card of ours.
            [server, channel, message].iter().all(|id| is_number(id)).then_some(())?;
            (Platform::Discord, channel, message.to_owned())
        }
        _ => return None,
    };
    let is_name = !channel.is_empty() && channel.bytes().all(|b| b.is_ascii_alphanumeric());
    is_name.then(|| Pointed::Message { platform, channel: channel.to_owned(), id })
}

/// A channel by its link, or by that of a message in it: `https://discord.com/channels/4105/4106`,
/// `https://smx.slack.com/archives/C0123`. X has none.
pub(super) fn room(typed: &str) -> Option<RoomTyped> {
    if on_x(typed).is_some() {
        return Some(RoomTyped::On(Platform::X));
    }
    let (host, path) = address(typed)?;
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match parts[..] {
        ["archives", channel] | ["archives", channel, _] if host.ends_with(".slack.com") => {
            let is_id = !channel.is_empty() && channel.bytes().all(|b| b.is_ascii_alphanumeric());
            is_id.then(|| RoomTyped::Slack(ChannelTyped::Id { id: channel.to_owned(), name: None }))
        }
        ["channels", server, channel] | ["channels", server, channel, _] if is_discord(&host) => {
            (is_number(server) && is_number(channel))
                .then(|| RoomTyped::Discord { server: server.to_owned(), channel: channel.to_owned() })
        }
        _ => None,
    }
}

/// Its test versions too.
fn is_discord(host: &str) -> bool {
    let host = ["www.", "ptb.", "canary."].iter().find_map(|sub| host.strip_prefix(sub)).unwrap_or(host);
    matches!(host, "discord.com" | "discordapp.com")
}

fn is_number(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

/// What follows the host in an address on X, without what was asked of it.
fn on_x(typed: &str) -> Option<&str> {
    let (host, path) = address(typed)?;
    let host = ["www.", "mobile.", "m."].iter().find_map(|sub| host.strip_prefix(sub)).unwrap_or(&host);
    matches!(host, "x.com" | "twitter.com").then_some(path)
}

/// An address on the web: its host in lower case, and what follows it, without what was asked of it.
fn address(typed: &str) -> Option<(String, &str)> {
    let bare = strip(typed, "https://").or_else(|| strip(typed, "http://")).unwrap_or(typed);
    let (host, path) = bare.split_once('/')?;
    Some((host.to_ascii_lowercase(), path.split(['?', '#']).next().unwrap_or_default()))
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
            "twitter.com/@AdaOkafor",
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
            let read = post(Verb::Hide, typed);
            assert_eq!(read, Ok(Pointed::OnX("2080761390344937796".to_owned())), "{typed}");
        }
        for typed in [
            "2080761390344937796",
            "https://x.com/AdaOkafor",
            "https://example.com/AdaOkafor/status/2080761390344937796",
            "https://x.com.example.com/a/status/2080761390344937796",
            "https://x.com/AdaOkafor/status/abc",
            "https://team.slack.com/archives/C1",
            "https://team.slack.com/archives/C1/1795550400000100",
            "https://team.slack.com/archives/C1/p1",
            "https://slack.com.example.com/archives/C1/p1795550400000100",
            "https://discord.com/channels/@me/4106/4107",
            "https://discord.com/channels/4105/4106",
            "https://discord.example.com/channels/4105/4106/4107",
            "that one",
        ] {
            let read = post(Verb::Hide, typed);
            assert!(matches!(read, Err(Misread::NotAPost { .. })), "{typed}: {read:?}");
        }
    }

    #[test]
    fn cards_by_the_link_of_their_message() {
        let message = |platform, channel: &str, id: &str| {
            Ok(Pointed::Message { platform, channel: channel.to_owned(), id: id.to_owned() })
        };
        for typed in [
            "https://smx.slack.com/archives/C0SMXCHAT/p1795550400000100",
            "<https://smx.slack.com/archives/C0SMXCHAT/p1795550400000100?thread_ts=1795550000.000200&amp;cid=C0SMXCHAT>",
            "SMX.slack.com/archives/C0SMXCHAT/p1795550400000100/",
            "https://smx.enterprise.slack.com/archives/C0SMXCHAT/p1795550400000100",
        ] {
            let expected = message(Platform::Slack, "C0SMXCHAT", "1795550400.000100");
            assert_eq!(post(Verb::Hide, typed), expected, "{typed}");
        }
        for typed in [
            "https://discord.com/channels/4105/4106/4107",
            "<https://discord.com/channels/4105/4106/4107>",
            "https://ptb.discord.com/channels/4105/4106/4107",
            "canary.discordapp.com/channels/4105/4106/4107?x=1",
        ] {
            assert_eq!(post(Verb::Hide, typed), message(Platform::Discord, "4106", "4107"), "{typed}");
        }
    }
}

// Three dialects of text, each to nodes: Slack's mrkdwn, Discord's Markdown, and X's plain text.
// Formats: https://docs.slack.dev/messaging/formatting-message-text,
// https://docs.discord.com/developers/reference#message-formatting

import { h, link } from "./dom.js";

// ---- times ----------------------------------------------------------------------------------------------

const locale = undefined; // the reader's own
const format = (date, options) => new Intl.DateTimeFormat(locale, options).format(date);
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** "in 10 minutes", by the chat's clock: in a rehearsal the reader's own is not the one that counts. */
export function ago(date, now) {
  const seconds = (date - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return relative.format(Math.round(seconds), "second");
  if (size < 45 * 60) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 22 * 3600) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86400), "day");
}

const discordStyles = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

function chip(date, words, scene, live) {
  const there = format(date, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: scene.zone() });
  return h("time", {
    class: "when",
    datetime: date.toISOString(),
    title: `Your time. For the chat (${scene.zone()}): ${there}`,
    data: live ? { live: "" } : {},
  }, words);
}

function discordTime(seconds, style, scene) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  if (style === "R") return chip(date, ago(date, scene.now()), scene, true);
  return chip(date, format(date, discordStyles[style] ?? discordStyles.f), scene, false);
}

function slackTime(seconds, pattern, fallback, scene) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  const day = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const parts = {
    date_num: () => format(date, { dateStyle: "short" }),
    date: () => format(date, { month: "long", day: "numeric", year: "numeric" }),
    date_short: () => format(date, { month: "short", day: "numeric", year: "numeric" }),
    date_long: () => format(date, day),
    time: () => format(date, { timeStyle: "short" }),
    time_secs: () => format(date, { timeStyle: "medium" }),
    ago: () => ago(date, scene.now()),
  };
  let known = true;
  const words = pattern.replace(/\{(\w+)\}/gu, (whole, name) => {
    const part = parts[name.replace(/_pretty$/u, "")];
    known &&= Boolean(part);
    return part ? part() : whole;
  });
  return known ? chip(date, words, scene, false) : fallback;
}

// ---- one scanner for all three ---------------------------------------------------------------------------

/** Tries each sticky rule at each place; what no rule takes is text. A rule may decline with null. */
function scan(text, rules, leaf = (words) => words) {
  const out = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) out.push(leaf(plain));
    plain = "";
  };
  while (at < text.length) {
    let taken = false;
    for (const [pattern, make] of rules) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match || match[0].length === 0) continue;
      const index = at;
      const made = make(match, index);
      if (made === null) continue;
      if (typeof made === "string") plain += made;
      else {
        flush();
        out.push(made);
      }
      at = index + match[0].length;
      taken = true;
      break;
    }
    if (!taken) {
      const char = String.fromCodePoint(text.codePointAt(at));
      plain += char;
      at += char.length;
    }
  }
  flush();
  return out;
}

/** Splits off fenced code, then hands each remaining line to `line`. */
function lines(text, line, fence = (code) => code) {
  const out = [];
  String(text ?? "").split("```").forEach((piece, index, all) => {
    if (index % 2 === 1 && index < all.length - 1) {
      out.push(h("pre", {}, fence(piece.replace(/^\w*\n/u, "").replace(/\n$/u, ""))));
      return;
    }
    // A fence that is never closed is three backticks, as both platforms show it.
    const words = index % 2 === 1 ? "```" + piece : piece;
    const trimmed = index > 0 && index % 2 === 0 ? words.replace(/^\n/u, "") : words;
    if (trimmed) out.push(...line(trimmed.split("\n")));
  });
  return out;
}

function joined(rows, inline) {
  return rows.flatMap((row, index) => (index ? [h("br"), ...inline(row)] : inline(row)));
}

function mention(words, loud = false) {
  return h("span", { class: loud ? "mention loud" : "mention" }, words);
}

// ---- Slack -----------------------------------------------------------------------------------------------

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const shortcodes = {
  wave: "👋", tada: "🎉", coffee: "☕", tea: "🍵", heart: "❤️", smile: "😄", clap: "👏", eyes: "👀", bell: "🔔",
  warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", question: "❓", speech_balloon: "💬",
  thread: "🧵", sparkles: "✨", raised_hands: "🙌", thumbsup: "👍", "+1": "👍", microphone: "🎤", ear: "👂",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", calendar: "📅", point_down: "👇", star: "⭐", rocket: "🚀",
};

/** Slack's mrkdwn to nodes. */
export function mrkdwn(text, scene) {
  const rules = [
    [/<!date\^(\d+)\^([^|^>]*)(?:\^([^|>]*))?(?:\|([^>]*))?>/yu, (m) => {
      const time = slackTime(m[1], unescape(m[2]), unescape(m[4] ?? ""), scene);
      return m[3] ? link(unescape(m[3]), time) : time;
    }],
    [/<@(\w+)(?:\|([^>]*))?>/yu, (m) => mention(`@${scene.person("slack", m[1]) ?? m[2] ?? m[1]}`)],
    [/<#(\w+)(?:\|([^>]*))?>/yu, (m) => mention(`#${scene.channel("slack", m[1]) ?? (m[2] || m[1])}`)],
    [/<!(?:subteam\^\w+\|?@?)?(\w[\w -]*)(?:\|[^>]*)?>/yu, (m) => mention(`@${m[1]}`, true)],
    [/<((?:https?:|mailto:)[^|>]+)(?:\|([^>]*))?>/yu, (m) => link(unescape(m[1]), unescape(m[2] || m[1]))],
    [/`([^`\n]+)`/yu, (m) => h("code", {}, unescape(m[1]))],
    [/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}*])/yu, (m) => h("b", {}, inline(m[1]))],
    [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])/yu, (m) => h("i", {}, inline(m[1]))],
    [/(?<![\p{L}\p{N}~])~(?=[^\s~])([^~\n]*[^\s~])~(?![\p{L}\p{N}~])/yu, (m) => h("s", {}, inline(m[1]))],
    [/(?<![\p{L}\p{N}]):([a-z0-9_+-]+):/yu, (m) => shortcodes[m[1]] ?? null],
  ];
  const inline = (words) => scan(words, rules, unescape);
  return lines(text, (rows) => quoted(rows, /^&gt; ?/u, inline), unescape);
}

/** Newlines inside a piece of text are line breaks. */
const broken = (words) => joined(String(words ?? "").split("\n"), (row) => [row]);

/** One element of Slack's rich text. Nothing in it is markup: what looks like `*this*` is shown so. */
function richElement(element, scene) {
  const { bold, italic, strike, code } = element.style ?? {};
  const styled = (nodes) => {
    if (code) nodes = [h("code", {}, nodes)];
    if (strike) nodes = [h("s", {}, nodes)];
    if (italic) nodes = [h("i", {}, nodes)];
    return bold ? [h("b", {}, nodes)] : nodes;
  };
  switch (element.type) {
    case "text": return styled(broken(element.text));
    case "link": return styled([link(element.url, element.text ?? element.url)]);
    case "date": return styled([slackTime(element.timestamp, element.format ?? "", element.fallback ?? "", scene)]);
    case "user": return [mention(`@${scene.person("slack", element.user_id) ?? element.user_id}`)];
    case "channel": return [mention(`#${scene.channel("slack", element.channel_id) ?? element.channel_id}`)];
    case "broadcast": return [mention(`@${element.range}`, true)];
    case "emoji": return [shortcodes[element.name] ?? `:${element.name}:`];
    default: return [element.text ?? ""];
  }
}

/** Slack's rich_text block to nodes: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export function richText(block, scene) {
  const inside = (part) => (part.elements ?? []).flatMap((element) => richElement(element, scene));
  return (block.elements ?? []).map((part) => {
    switch (part.type) {
      case "rich_text_quote": return h("blockquote", {}, inside(part));
      case "rich_text_preformatted": return h("pre", {}, inside(part));
      case "rich_text_list":
        return h(part.style === "ordered" ? "ol" : "ul", {},
          (part.elements ?? []).map((item) => h("li", {}, inside(item))));
      default: return h("div", {}, inside(part));
    }
  });
}

/** Slack's plain_text: no markup but emoji names, and unescaped. */
export function plainText(text) {
  const words = unescape(String(text ?? ""));
  return words.replace(/:([a-z0-9_+-]+):/gu, (whole, name) => shortcodes[name] ?? whole);
}

function quoted(rows, mark, inline) {
  const out = [];
  let run = [];
  let inQuote = false;
  const flush = () => {
    if (run.length) out.push(inQuote ? h("blockquote", {}, joined(run, inline)) : h("div", {}, joined(run, inline)));
    run = [];
  };
  for (const row of rows) {
    const is = mark.test(row);
    if (is !== inQuote) {
      flush();
      inQuote = is;
    }
    run.push(is ? row.replace(mark, "") : row);
  }
  flush();
  return out;
}

// ---- Discord ---------------------------------------------------------------------------------------------

/** Discord's Markdown to nodes. */
export function markdown(text, scene) {
  const rules = [
    [/\\([^\p{L}\p{N}\s])/yu, (m) => m[1]],
    [/``([^\n]+?)``|`([^`\n]+)`/yu, (m) => h("code", {}, (m[1] ?? m[2]).trim())],
    [/<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/yu, (m) => discordTime(m[1], m[2] ?? "f", scene)],
    [/<@&(\d+)>/yu, (m) => mention(`@${scene.role(m[1])}`, true)],
    [/<@!?(\d+)>/yu, (m) => mention(`@${scene.person("discord", m[1]) ?? "someone"}`)],
    [/<#(\d+)>/yu, (m) => mention(`#${scene.channel("discord", m[1]) ?? "channel"}`)],
    [/<\/([\w -]+):\d+>/yu, (m) => mention(`/${m[1]}`)],
    [/<a?:(\w+):\d+>/yu, (m) => `:${m[1]}:`],
    [/@(?:everyone|here)\b/yu, (m) => mention(m[0], true)],
    [/\[((?:\\.|[^\]\n\\])+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: "[^"]*")?\)/yu, (m) => link(m[2], inline(m[1]))],
    [/<(https?:\/\/[^\s>]+)>/yu, (m) => link(m[1], m[1])],
    [/https?:\/\/[^\s<]*[^\s<.,:;"'!?)\]]/yu, (m) => link(m[0], m[0])],
    [/\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/yus, (m) => h("b", {}, inline(m[1]))],
    [/__((?:\\.|[^\\])+?)__(?!_)/yus, (m) => h("u", {}, inline(m[1]))],
    [/~~((?:\\.|[^\\])+?)~~/yus, (m) => h("s", {}, inline(m[1]))],
    [/\|\|((?:\\.|[^\\])+?)\|\|/yus, (m) => h("span", { class: "spoiler", tabindex: "0" }, inline(m[1]))],
    [/\*(?=[^\s*])((?:\\.|[^*\\])+?)(?<!\s)\*(?!\*)/yus, (m) => h("i", {}, inline(m[1]))],
    [/(?<![\p{L}\p{N}_])_(?=[^\s_])((?:\\.|[^_\\])+?)_(?![\p{L}\p{N}_])/yus, (m) => h("i", {}, inline(m[1]))],
  ];
  const inline = (words) => scan(words, rules);
  const block = (row) => {
    const small = /^-# (.*)$/u.exec(row);
    if (small) return h("small", { class: "subtext" }, inline(small[1]));
    const heading = /^(#{1,3}) (.*)$/u.exec(row);
    if (heading) return h("strong", { class: `h${heading[1].length}` }, inline(heading[2]));
    const item = /^\s*[-*] (.*)$/u.exec(row);
    if (item) return h("span", { class: "bullet" }, inline(item[1]));
    return null;
  };
  return lines(text, (rows) => {
    const out = [];
    let run = [];
    const flush = () => {
      if (run.length) out.push(...quoted(run, /^> /u, inline));
      run = [];
    };
    for (const row of rows) {
      const special = block(row);
      if (special) {
        flush();
        out.push(special);
      } else run.push(row);
    }
    flush();
    return out;
  });
}

// ---- X ---------------------------------------------------------------------------------------------------

/** A post's text to nodes: hashtags, mentions and links in colour, nothing else. */
export function postText(text) {
  const rules = [
    [/(?<![\p{L}\p{N}_&])[#＃][\p{L}\p{M}\p{N}_]*[\p{L}\p{M}][\p{L}\p{M}\p{N}_]*/yu, (m) => h("span", { class: "tag" }, m[0])],
    [/(?<![\p{L}\p{N}_@])@\w{1,15}/yu, (m) => h("span", { class: "tag" }, m[0])],
    [/https?:\/\/[^\s<]*[^\s<.,:;"'!?)\]]/yu, (m) => link(m[0], m[0].replace(/^https?:\/\//u, ""))],
  ];
  return scan(String(text ?? ""), rules);
}

const clusters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A post's length as X counts it, near enough to type by: an address is 23, an emoji 2, most letters 1.
 * The chat's own rule is exact and lives elsewhere; this one only colours a counter.
 */
export function weigh(text) {
  const bare = text.normalize("NFC").replace(/https?:\/\/\S+/gu, "x".repeat(23));
  let length = 0;
  for (const { segment } of clusters.segment(bare)) {
    if (/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(segment)) length += 2;
    else {
      for (const char of segment) {
        const code = char.codePointAt(0);
        const light = code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223)
          || (code >= 8242 && code <= 8247);
        length += light ? 1 : 2;
      }
    }
  }
  return length;
}

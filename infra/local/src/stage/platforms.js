// What each platform makes of the bodies it receives: a post, a message with embeds and components, blocks.
// Shapes: https://docs.slack.dev/reference/block-kit/blocks,
// https://docs.discord.com/developers/resources/message, https://docs.discord.com/developers/components/reference
//
// Every button here needs `act`: `act(button, problem, what)` presses it as the person chosen in that room.

import { face, h, icon, link, ownPicture } from "./dom.js";
import { markdown, mrkdwn, plainText, postText, richText } from "./markup.js";

const icons = {
  reply: "M9 17l-5-5 5-5M4 12h9a7 7 0 0 1 7 7",
  boost: "M17 2l4 4-4 4M3 11V9a3 3 0 0 1 3-3h15M7 22l-4-4 4-4M21 13v2a3 3 0 0 1-3 3H3",
  silent: "M6 9a6 6 0 0 1 9-5M18 10c0 5 2 6 2 6H8M4 4l16 16M10.5 20h3",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  out: "M9 5h10v10M19 5L6 18",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 17h6",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v5M16 3v5",
};
export { icons };

/** A picture: shown where this process serves it, else its alternative text in a frame. */
function picture(url, alt, kind) {
  const own = ownPicture(url);
  if (own) return h("img", { class: `picture ${kind}`, src: own, alt: alt ?? "" });
  return h("span", { class: `picture frame ${kind}` }, icon(icons.picture, 18),
    url ? link(url, alt || "A picture, without a description") : h("span", {}, alt || "A picture"));
}

function unknown(what) {
  return h("p", { class: "unknown" }, `(${what}: this page has no drawing for it)`);
}

/** Buttons share one line for what went wrong. */
function controls(className, fill) {
  const problem = h("p", { class: "problem", role: "alert" });
  return h("div", { class: "controls-of" }, h("div", { class: className }, fill(problem)), problem);
}

// ---- X ---------------------------------------------------------------------------------------------------

/** An X post's body. `parent` is the post it replies to, or passes on, where this room has it. */
export function xBody(payload, parent) {
  const answers = payload.reply?.in_reply_to_tweet_id;
  const out = [];
  const whose = h("span", { class: "tag" }, parent ? `@${parent.author.handle ?? parent.author.name}` : "a post");
  const begins = parent && h("span", { class: "faint" }, ` · ${firstWords(parent.payload.text, 42)}`);
  if (payload.reposts) return [h("p", { class: "replying" }, "Boosted ", whose, begins)];
  if (answers) {
    out.push(h("p", { class: "replying" }, "Replying to ", whose, begins));
  }
  out.push(h("div", { class: "text" }, postText(payload.text ?? "")));
  return out;
}

/** The beginning of a text, cut between words where one is near. */
export function firstWords(text, length) {
  const flat = String(text ?? "").replace(/\s+/gu, " ").trim();
  if (flat.length <= length) return flat;
  const cut = flat.slice(0, length);
  return `${cut.slice(0, cut.lastIndexOf(" ") > length / 2 ? cut.lastIndexOf(" ") : length)}…`;
}

// ---- Slack -----------------------------------------------------------------------------------------------

function slackText(text, scene) {
  if (!text) return null;
  if (typeof text === "string") return mrkdwn(text, scene);
  return text.type === "plain_text" ? plainText(text.text) : mrkdwn(text.text, scene);
}

const words = (text) => (typeof text === "string" ? text : plainText(text?.text ?? ""));

function slackElement(element, block, scene, act, problem) {
  const press = (value, text) => (event) => act(event.currentTarget, problem, {
    block_id: block.block_id, action_id: element.action_id, value, text, confirm: element.confirm,
  });
  switch (element.type) {
    case "button":
      if (element.url && !element.action_id && !element.value) return link(element.url, words(element.text));
      return h("button", {
        type: "button", class: `btn ${element.style ?? ""}`, "aria-label": element.accessibility_label,
        on: { click: press(element.value ?? "", words(element.text)) },
      }, words(element.text), element.url && icon(icons.out, 12));
    case "overflow":
      return h("details", { class: "more" }, h("summary", { "aria-label": "More", class: "btn" }, "⋯"),
        h("div", { class: "more-list" }, (element.options ?? []).map((option) => h("button", {
          type: "button", class: "btn", on: { click: press(option.value ?? "", words(option.text)) },
        }, words(option.text)))));
    case "static_select": {
      const options = element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
      return h("select", {
        class: "btn", "aria-label": words(element.placeholder) || "Choose",
        on: { change: (event) => event.target.value && act(event.target, problem, {
          block_id: block.block_id, action_id: element.action_id, value: event.target.value,
        }) },
      }, h("option", { value: "" }, words(element.placeholder) || "Choose…"),
      options.map((option) => h("option", {
        value: option.value, selected: option.value === element.initial_option?.value,
      }, words(option.text))));
    }
    case "image":
      return picture(element.image_url ?? element.slack_file?.url, element.alt_text, "small");
    default:
      return unknown(element.type);
  }
}

/** One Block Kit block of a message or a modal. `input` draws input blocks, where there is a form around. */
export function slackBlock(block, scene, act, input) {
  switch (block.type) {
    case "section":
      return controls("section", (problem) => [
        h("div", { class: "section-text" },
          block.text && h("div", { class: "text" }, slackText(block.text, scene)),
          block.fields && h("div", { class: "fields" },
            block.fields.map((field) => h("div", { class: "text" }, slackText(field, scene))))),
        block.accessory && slackElement(block.accessory, block, scene, act, problem),
      ]);
    case "context":
      return h("div", { class: "context" }, (block.elements ?? []).map((element) => (element.type === "image"
        ? face(element.alt_text, element.image_url, { alt: element.alt_text })
        : h("span", {}, slackText(element, scene)))));
    case "actions":
      return controls("buttons", (problem) =>
        (block.elements ?? []).map((element) => slackElement(element, block, scene, act, problem)));
    case "rich_text":
      return h("div", { class: "section" }, h("div", { class: "text" }, richText(block, scene)));
    case "divider":
      return h("hr");
    case "header":
      return h("p", { class: "block-header" }, words(block.text));
    case "image":
      return h("figure", {}, block.title && h("figcaption", {}, words(block.title)),
        picture(block.image_url ?? block.slack_file?.url, block.alt_text, "large"));
    case "input":
      return input ? input(block) : unknown("input");
    default:
      return unknown(block.type);
  }
}

/** A Slack message's body: its blocks, or its text where it has none. */
export function slackBody(payload, scene, act) {
  const blocks = payload.blocks?.length
    ? payload.blocks.map((block) => slackBlock(block, scene, act))
    : [h("div", { class: "text" }, mrkdwn(payload.text ?? "", scene))];
  const attachments = (payload.attachments ?? []).map((attachment) => h("div", {
    class: "attachment", vars: attachment.color ? { "--bar": attachment.color } : {},
  }, attachment.blocks?.length
    ? attachment.blocks.map((block) => slackBlock(block, scene, act))
    : h("div", { class: "text" }, mrkdwn(attachment.text ?? attachment.fallback ?? "", scene))));
  return [...blocks, ...attachments];
}

// ---- Discord ---------------------------------------------------------------------------------------------

const buttonStyles = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "outward", 6: "primary" };

/** A name without the handle that a card may print after it, so that initials and colour are the person's. */
export const bare = (name) => String(name ?? "").replace(/\s*[·(]?\s*@\w+\)?\s*$/u, "") || String(name ?? "");

function discordEmbed(embed, scene) {
  const color = embed.color > 0 ? `#${embed.color.toString(16).padStart(6, "0")}` : undefined;
  const author = embed.author;
  const stamp = embed.timestamp && new Date(embed.timestamp);
  const foot = [embed.footer?.text, stamp && !Number.isNaN(stamp.getTime()) && scene.stamp(stamp)].filter(Boolean);
  return h("article", { class: "embed", vars: color ? { "--bar": color } : {} },
    author && h("p", { class: "embed-author" }, face(bare(author.name), author.icon_url),
      author.url ? link(author.url, author.name) : h("span", {}, author.name)),
    embed.title && h("p", { class: "embed-title" },
      embed.url ? link(embed.url, ...markdown(embed.title, scene)) : markdown(embed.title, scene)),
    embed.description && h("div", { class: "text" }, markdown(embed.description, scene)),
    embed.fields?.length && h("div", { class: "fields" }, embed.fields.map((field) => h("div", {
      class: field.inline ? "inline" : "",
    }, h("b", {}, field.name), h("div", { class: "text" }, markdown(field.value, scene))))),
    embed.image && picture(embed.image.url, embed.image.description ?? embed.image.alt, "large"),
    embed.thumbnail && picture(embed.thumbnail.url, embed.thumbnail.description, "small"),
    foot.length > 0 && h("p", { class: "embed-foot" }, foot.join(" • ")));
}

function discordComponent(component, scene, act, problem) {
  switch (component.type) {
    case 2: {
      const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
      if (component.style === 5) {
        const out = link(component.url, label, icon(icons.out, 12));
        out.classList.add("btn", "outward");
        return out;
      }
      return h("button", {
        type: "button", class: `btn ${buttonStyles[component.style] ?? "secondary"}`, disabled: component.disabled,
        on: { click: (event) => act(event.currentTarget, problem, { custom_id: component.custom_id, text: label }) },
      }, label);
    }
    case 3: {
      const many = (component.max_values ?? 1) > 1;
      const send = (event) => {
        const values = [...event.target.selectedOptions].map((option) => option.value).filter(Boolean);
        if (values.length >= (component.min_values ?? 1)) {
          act(event.target, problem, { custom_id: component.custom_id, values });
        }
      };
      return h("select", {
        class: "btn", "aria-label": component.placeholder ?? "Choose", multiple: many, disabled: component.disabled,
        on: { change: send },
      }, many ? null : h("option", { value: "" }, component.placeholder ?? "Choose…"),
      (component.options ?? []).map((option) => h("option", {
        value: option.value, selected: option.default, title: option.description,
      }, option.label)));
    }
    default:
      return unknown(`component ${component.type}`);
  }
}

function discordComponents(components, scene, act) {
  return (components ?? []).map((row) => {
    if (row.type === 10) return h("div", { class: "text" }, markdown(row.content, scene));
    if (row.type === 14) return h("hr");
    if (row.type === 17) return h("div", { class: "embed" }, discordComponents(row.components, scene, act));
    if (row.type !== 1) return unknown(`component ${row.type}`);
    return controls("buttons", (problem) =>
      (row.components ?? []).map((component) => discordComponent(component, scene, act, problem)));
  });
}

/** A file that came with a message, to be opened where it lies. */
function discordFile(file) {
  const inside = h("pre", { class: "inside", tabindex: "0" }, "…");
  const address = `/stage/discord/file/${encodeURIComponent(file.id)}`;
  const kept = h("a", { href: address, download: file.filename }, "Save");
  const box = h("details", { class: "file" },
    h("summary", {}, icon(icons.file, 18), h("b", {}, file.filename), h("span", { class: "faint" }, size(file.size))),
    inside, kept);
  box.addEventListener("toggle", async () => {
    if (!box.open || inside.dataset.read) return;
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`The process answered ${response.status}.`);
      inside.textContent = await response.text();
      inside.dataset.read = "yes";
    } catch (error) {
      inside.textContent = error.message;
    }
  });
  return box;
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KB`);

/** A server's events as Discord has them above its channels: the next one, and how many more there are. */
export function discordEvents([next, ...more], scene) {
  if (!next) return [];
  const after = more.map((event) => `${scene.date(new Date(event.starts))}: ${event.name}`).join("\n");
  return [h("li", { class: next.on ? "happening on" : "happening", title: `${next.description}\n${next.location}` },
    icon(icons.calendar, 17),
    h("span", { class: "main" }, h("b", {}, next.name),
      h("span", { class: "faint" }, next.on ? "Happening now" : scene.date(new Date(next.starts)))),
    more.length > 0 && h("span", { class: "faint", title: after }, `+${more.length}`))];
}

/** A Discord message's body: content, files, embeds, components. */
export function discordBody(payload, scene, act) {
  return [
    payload.content && h("div", { class: "text" }, markdown(payload.content, scene)),
    ...(payload.attachments ?? []).map(discordFile),
    ...(payload.embeds ?? []).map((embed) => discordEmbed(embed, scene)),
    ...discordComponents(payload.components, scene, act),
  ];
}

// ---- what a card carries -----------------------------------------------------------------------------------

const statusId = (url) => /\/status(?:es)?\/(\d+)/u.exec(url ?? "")?.[1];

/** The ids of the X posts that a Discord or Slack message carries: those its cards link to. */
export function carried(message) {
  const ids = new Set();
  const add = (url) => {
    const id = statusId(url);
    if (id) ids.add(id);
  };
  if (message.platform === "discord") {
    for (const embed of message.payload.embeds ?? []) {
      add(embed.url);
      for (const m of (embed.description ?? "").matchAll(/\[[^\]]* on X\]\(<?([^\s)>]+)/gu)) add(m[1]);
    }
    for (const row of message.payload.components ?? []) for (const one of row.components ?? []) add(one.url);
    for (const m of (message.payload.content ?? "").matchAll(/\[[^\]]* on X\]\(<?([^\s)>]+)/gu)) add(m[1]);
  }
  if (message.platform === "slack") {
    // A quoted post is linked too, by its address; only "View on X" says that this card is that post.
    const texts = JSON.stringify(message.payload.blocks ?? message.payload.text ?? "");
    for (const m of texts.matchAll(/<([^|>\s]+)\|[^>]* on X>/gu)) add(m[1]);
    for (const block of message.payload.blocks ?? []) {
      for (const one of [...(block.elements ?? []), block.accessory]) if (one?.url) add(one.url);
    }
  }
  return [...ids];
}

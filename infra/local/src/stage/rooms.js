// A room: its channels, its messages in order, its threads, and what is new while one looks elsewhere.

import { byId, face, h, icon } from "./dom.js";
import { bare, carried, discordBody, firstWords, icons, slackBody, xBody } from "./platforms.js";

const shownReplies = 3; // of a folded thread: enough to follow the talk, few enough to see the next question

const empty = {
  x: ["Quiet so far.", "Posts with the chat’s hashtag appear here."],
  discord: ["Nobody has said a word yet.", "Reminders, questions and cards arrive here by themselves."],
  slack: ["Nothing here yet.", "Set the chat up below; what it says appears here."],
};

export class Room {
  /** `scene` knows people, channels and the clock; `act` presses a button of this room's as its chosen person. */
  constructor(platform, scene, act) {
    this.platform = platform;
    this.scene = scene;
    this.act = act;
    this.feed = byId(`${platform}-feed`);
    this.messages = new Map();
    this.lists = new Map();
    this.channels = [];
    this.current = null;
    this.channel = null; // the last channel that was shown: where a command is typed from a tab that is none
    this.tab = null;
    this.fresh = 0;
    this.count = 0;
    this.onArrival = () => {};
    this.onReply = () => {};
    this.onBoost = () => {};
    this.hint = h("div", { class: "empty" }, h("b", {}, empty[platform][0]), h("span", {}, empty[platform][1]));
    this.pill = h("button", { type: "button", class: "pill", hidden: true, on: { click: () => this.toEnd() } });
    this.feed.append(this.hint);
    this.feed.after(this.pill);
    // Only a reader who scrolls up leaves the end; a smooth scroll on its way there passes the same places.
    let before = 0;
    this.feed.addEventListener("scroll", () => {
      const top = this.feed.scrollTop;
      if (this.nearEnd()) {
        this.stuck = true;
        this.clearPill();
      } else if (top < before - 1) this.stuck = false;
      before = top;
    }, { passive: true });
    // The console below may grow (an answer, an error): a reader at the end stays there.
    new ResizeObserver(() => {
      if (this.stuck) this.toEnd(true);
    }).observe(this.feed);
    this.stuck = true;
  }

  /** A tab beside the channels, for what is no messages: its panel is shown, and whoever fills it is told. */
  addTab(tab) {
    this.tab = tab;
    this.feed.append(tab.panel);
    this.drawChannels();
  }

  reset() {
    if (this.tab) this.tab.panel.hidden = true;
    for (const { list } of this.lists.values()) list.remove();
    this.messages.clear();
    this.lists.clear();
    this.current = null;
    this.fresh = 0;
    this.stuck = true;
    this.clearPill();
  }

  setChannels(channels) {
    this.channels = channels;
    for (const channel of channels) if (!channel.thread_of) this.list(channel.id);
    // What came before its thread was known lies by itself: hang it where it belongs.
    for (const [key, record] of [...this.messages]) {
      const { parent } = this.place(record.message);
      if (record.under || !parent || !this.find(parent)) continue;
      record.el.remove();
      this.messages.delete(key);
      this.put(record.message, false);
    }
    for (const [id, { list }] of [...this.lists]) {
      if (list.childElementCount > 0 || !channels.some((channel) => channel.id === id && channel.thread_of)) continue;
      list.remove();
      this.lists.delete(id);
      if (this.current === id) this.show([...this.lists.keys()][0]);
    }
    this.drawChannels();
  }

  /** The top channel a message is shown in, and the message it hangs under. */
  place(message) {
    const channel = this.channels.find((one) => one.id === message.channel);
    let parent = message.thread ?? null;
    let top = message.channel ?? "timeline";
    if (this.platform === "discord") {
      const thread = this.channels.find((one) => one.id === (message.thread ?? message.channel) && one.thread_of);
      // A thread made from a message has that message's id: enough to go by before the list is read again.
      parent = thread?.thread_of ?? message.thread ?? null;
      if (channel?.thread_of || !channel) top = this.find(parent)?.top ?? top;
    }
    if (parent === message.id) parent = null;
    return { top, parent };
  }

  find(id) {
    if (!id) return undefined;
    for (const record of this.messages.values()) if (record.message.id === id) return record;
    return undefined;
  }

  list(id) {
    let entry = this.lists.get(id);
    if (!entry) {
      entry = { list: h("ol", { class: "messages", hidden: true }), unread: 0, name: id };
      this.lists.set(id, entry);
      this.feed.append(entry.list);
      if (this.current === null) this.show(id);
    }
    return entry;
  }

  show(id) {
    if (this.tab && id === this.tab.id) {
      this.current = id;
      for (const { list } of this.lists.values()) list.hidden = true;
      this.hint.hidden = true;
      this.tab.panel.hidden = false;
      this.stuck = false;
      this.clearPill();
      this.drawChannels();
      this.feed.scrollTo({ top: 0, behavior: "instant" });
      this.tab.opened();
      return;
    }
    if (!this.lists.has(id)) return;
    if (this.tab) this.tab.panel.hidden = true;
    this.current = id;
    this.channel = id;
    for (const [other, entry] of this.lists) entry.list.hidden = other !== id;
    this.lists.get(id).unread = 0;
    this.hint.hidden = this.lists.get(id).list.childElementCount > 0;
    this.drawChannels();
    this.toEnd(true);
  }

  drawChannels() {
    const bar = byId(`${this.platform}-channels`);
    if (!bar) return;
    const tops = this.channels.filter((channel) => !channel.thread_of);
    const held = bar.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    const tab = this.tab && h("button", {
      type: "button", data: { channel: this.tab.id }, "aria-pressed": String(this.tab.id === this.current),
      on: { click: () => this.show(this.tab.id) },
    }, this.tab.name);
    bar.replaceChildren(...(tab ? [tab] : []), ...tops.map((channel) => {
      const unread = this.lists.get(channel.id)?.unread ?? 0;
      return h("button", {
        type: "button", data: { channel: channel.id }, "aria-pressed": String(channel.id === this.current),
        on: { click: () => this.show(channel.id) },
      }, h("span", { "aria-hidden": "true", class: "hash" }, channel.direct ? "✉" : "#"),
      channel.direct ? `to ${channel.name}` : channel.name,
      unread > 0 && h("i", { class: "badge", "aria-label": `${unread} new` }, unread));
    }));
    if (held) [...bar.children].find((tab) => tab.dataset.channel === held)?.focus();
  }

  nearEnd() {
    return this.feed.scrollHeight - this.feed.scrollTop - this.feed.clientHeight < 90;
  }

  toEnd(now = false) {
    const smooth = !now && !matchMedia("(prefers-reduced-motion: reduce)").matches && document.visibilityState === "visible";
    this.feed.scrollTo({ top: this.feed.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.stuck = true;
    this.clearPill();
  }

  clearPill() {
    this.fresh = 0;
    this.pill.hidden = true;
  }

  /** A message, new or again. `live`: it arrived just now, rather than with the first load. */
  put(message, live) {
    const key = `${message.channel}/${message.id}`;
    const known = this.messages.get(key);
    if (known) {
      known.message = message;
      this.draw(known);
      if (live) flash(known.el, "changed");
      return known;
    }
    const { top, parent } = this.place(message);
    const entry = this.list(top);
    const el = h("li", { class: "message" });
    const record = { message, el, top, body: h("div", { class: "body" }), at: Date.parse(message.at) };
    el.append(record.body);
    el.record = record;
    this.messages.set(key, record);
    this.draw(record);
    const stuck = this.stuck;
    const under = parent && this.find(parent);
    if (under) this.reply(under, record);
    else insert(entry.list, el, record.at);
    group(el);
    if (el.nextElementSibling) group(el.nextElementSibling);
    if (top === this.current) this.hint.hidden = true;
    if (live) {
      this.count += 1;
      el.classList.add("arriving");
      if (top !== this.current) {
        entry.unread += 1;
        this.drawChannels();
      } else if (stuck) this.toEnd();
      else {
        this.fresh += 1;
        this.pill.textContent = `${this.fresh} new ↓`;
        this.pill.hidden = false;
      }
      this.onArrival(record);
    } else if (stuck) this.feed.scrollTop = this.feed.scrollHeight;
    return record;
  }

  /** Takes a message out that is shown elsewhere: a private answer may arrive here before what it answers. */
  drop(id) {
    for (const [key, record] of this.messages) {
      if (record.message.id !== id) continue;
      const next = record.el.nextElementSibling;
      record.el.remove();
      this.messages.delete(key);
      if (next) group(next);
    }
  }

  reply(under, record) {
    if (!under.thread) {
      const list = h("ol", { class: "replies folded" });
      const toggle = h("button", { type: "button", class: "thread-toggle", "aria-expanded": "false", on: { click: () => {
        const folded = list.classList.toggle("folded");
        toggle.setAttribute("aria-expanded", String(!folded));
        this.drawThread(under);
      } } });
      under.thread = { list, toggle };
      under.el.append(h("div", { class: "thread" }, toggle, list));
    }
    record.under = under;
    if (under.el.nextElementSibling) group(under.el.nextElementSibling);
    insert(under.thread.list, record.el, record.at);
    this.drawThread(under);
  }

  drawThread({ thread }) {
    const all = [...thread.list.children];
    const faces = [...new Map(all.map(({ record }) => {
      const who = this.speaker(record.message);
      return [who.name, who];
    })).values()].slice(0, 4);
    const hidden = Math.max(0, all.length - shownReplies);
    const folded = thread.list.classList.contains("folded");
    const words = all.length === 1 ? "1 reply" : `${all.length} replies`;
    thread.toggle.replaceChildren(h("span", { class: "pile" }, faces.map((who) => face(who.name, who.avatar))),
      h("b", {}, words),
      h("span", { class: "faint" }, hidden === 0 ? "" : folded ? `show ${hidden} earlier` : "show the latest only"));
    thread.toggle.disabled = hidden === 0;
  }

  /** Whose words these are: a card's author rather than the bot that carried it. */
  speaker({ author, payload }) {
    const embed = payload.embeds?.length === 1 && payload.embeds[0].author;
    if (embed) return { name: bare(embed.name), avatar: embed.icon_url };
    const picture = author.bot && payload.blocks?.find((block) => block.type === "context")?.elements
      ?.find((element) => element.type === "image");
    if (picture) return { name: picture.alt_text, avatar: picture.image_url };
    return author;
  }

  draw(record) {
    const { message, el, body } = record;
    const ids = carried(message);
    if (message.platform === "x") el.dataset.x = message.id;
    else if (ids.length) el.dataset.x = ids.join(" ");
    record.carries = message.deleted ? [] : ids;
    el.classList.toggle("gone", message.deleted === true);
    el.classList.toggle("private", Boolean(message.ephemeral_for));
    el.classList.toggle("by-bot", message.author.bot === true);
    body.replaceChildren(...this.parts(record).filter(Boolean));
    if (message.edited && !message.deleted) {
      const last = [...body.querySelectorAll(".text")].pop();
      last?.append(h("span", { class: "edited" }, " (edited)"));
    }
  }

  parts(record) {
    const { message } = record;
    const { author, payload } = message;
    const at = new Date(message.at);
    const stamp = h("time", { class: "stamp", datetime: message.at, title: this.scene.fullStamp(at) }, this.scene.stamp(at));
    const act = (button, problem, what) => this.act(button, problem, { ...what, record });
    const picture = h("div", { class: "avatar" }, face(author.name, author.avatar, { host: author.bot }));

    if (this.platform === "x") {
      record.heard = h("span", { class: "heard" });
      const words = message.deleted
        ? [h("p", { class: "tombstone" }, "This post was removed by its author.")]
        : xBody(payload, this.find(payload.reposts ?? payload.reply?.in_reply_to_tweet_id)?.message);
      return [picture, h("div", { class: "main" },
        h("p", { class: "who" }, h("b", {}, author.name), author.bot && h("span", { class: "app" }, "host"),
          h("span", { class: "faint" }, `@${author.handle ?? author.name}`), h("span", { class: "faint dot" }, "·"), stamp),
        ...words,
        !message.deleted && h("p", { class: "post-foot" }, h("button", {
          type: "button", class: "post-reply", "aria-label": `Reply to ${author.name}`, on: { click: () => this.onReply(message) },
        }, icon(icons.reply, 15), "Reply"), !payload.reposts && h("button", {
          type: "button", class: "post-reply", "aria-label": `Boost ${author.name}`, on: { click: (event) => this.onBoost(message, event.currentTarget) },
        }, icon(icons.boost, 15), "Boost"), record.heard))];
    }

    const name = message.ephemeral_for && (this.scene.person(this.platform, message.ephemeral_for) ?? "one person");
    const silent = this.platform === "discord" && (payload.flags & 4096) !== 0;
    const words = message.deleted
      ? [h("p", { class: "tombstone" }, "This message was removed.")]
      : (this.platform === "slack" ? slackBody : discordBody)(payload, this.scene, act);
    return [picture, h("div", { class: "main" },
      name && this.platform === "slack" && h("p", { class: "only" }, icon(icons.eye, 13), `Only ${name} sees this`),
      h("p", { class: "who" }, h("b", {}, author.name), author.bot && h("span", { class: "app" }, "app"), stamp,
        silent && h("span", { class: "quiet", title: "Sent silently: it rings nowhere" }, icon(icons.silent, 13),
          h("span", { class: "hidden" }, "sent silently"))),
      ...words,
      name && this.platform === "discord" && h("p", { class: "only" }, icon(icons.eye, 13), `Only ${name} can see this`))];
  }

  /** One line for those who listen instead of look. */
  spoken({ message }) {
    const { payload } = message;
    const text = payload.text || payload.content || payload.embeds?.[0]?.description || payload.embeds?.[0]?.title || "";
    const plain = String(text).replace(/<[^>|]*\|([^>]*)>/gu, "$1").replace(/[*_`~]|<[^>]*>|\[([^\]]*)\]\([^)]*\)/gu, "$1");
    return `${this.speaker(message).name}: ${firstWords(plain, 140)}`;
  }

  reveal(record) {
    this.show(record.top);
    const thread = record.under?.thread;
    if (thread?.list.classList.contains("folded")) {
      thread.list.classList.remove("folded");
      thread.toggle.setAttribute("aria-expanded", "true");
      this.drawThread(record.under);
    }
    byId(`room-${this.platform}`).scrollIntoView({ block: "nearest", inline: "center" });
    record.el.scrollIntoView({ block: "nearest" });
    this.stuck = this.nearEnd();
    flash(record.el, "found");
  }
}

/** Restarts a short animation. */
export function flash(el, name) {
  el.classList.remove(name);
  void el.offsetWidth;
  el.classList.add(name);
}

/** In order of time; those of the same time in order of arrival. */
function insert(list, el, at) {
  let before = list.lastElementChild;
  while (before && before.record.at > at) before = before.previousElementSibling;
  if (before) before.after(el);
  else list.prepend(el);
}

/** Marks a message that goes on where the one before left off, and the first of each day. */
function group(el) {
  const { message, at } = el.record;
  const before = el.previousElementSibling?.record;
  const room = el.closest(".feed");
  const day = room && message.platform !== "x" && !el.record.under && dayOf(at);
  const other = !before || dayOf(before.at) !== dayOf(at);
  if (day && other) el.dataset.day = day;
  else delete el.dataset.day;
  el.classList.toggle("same", Boolean(before) && !other && kind(message) !== "said" && kind(message) === kind(before.message)
    && before.message.author.name === message.author.name
    && !before.thread && !before.message.ephemeral_for && !message.ephemeral_for
    && message.platform !== "x" && at - before.at < 5 * 60_000);
}

/** A bot's cards run on in a stack; what it says itself stands alone, so that a question is never overlooked. */
function kind({ author, payload }) {
  if (!author.bot) return "person";
  const card = payload.blocks ? payload.blocks[0]?.type === "context" : payload.embeds?.length > 0 && !payload.content;
  return card ? "card" : "said";
}

// The reader's own days, as their times are.
const days = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayOf = (at) => days.format(at);

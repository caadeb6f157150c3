// The stage: one page with three rooms. It shows only what the stand-ins received, and acts only through
// /stage/…, which turns each act into the signed HTTP that the platform would send.

import { attempt, byId, h, post } from "./dom.js";
import { discordConsole, fillPeople, slackConsole, xConsole } from "./consoles.js";
import { slackHome } from "./home.js";
import { ago } from "./markup.js";
import { discordEvents } from "./platforms.js";
import { Room, flash } from "./rooms.js";

const platforms = ["x", "discord", "slack"];
const names = { x: "X", discord: "Discord", slack: "Slack" };
let state = { clock: { now: new Date().toISOString(), speed: 1, zone: "UTC" }, people: {}, rooms: {}, due: [] };

// ---- the clock -------------------------------------------------------------------------------------------

const clock = { base: Date.now(), since: performance.now(), speed: 1, zone: "UTC" };
const now = () => clock.base + (performance.now() - clock.since) * clock.speed;
let lastSpeed = 60;

function setClock(next) {
  const at = Date.parse(next.now);
  const speed = next.speed ?? clock.speed;
  // A tick that agrees with ours within its own travelling time would only make the seconds stutter.
  const same = speed === clock.speed && next.zone === clock.zone && Math.abs(at - now()) < 400 * Math.max(1, speed);
  if (!same) Object.assign(clock, { base: at, since: performance.now(), speed, zone: next.zone ?? clock.zone });
  if (speed > 0) lastSpeed = speed;
  for (const button of byId("speeds").children) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
  }
  tick();
}

const formats = new Map();
function say(date, zone, options) {
  const key = `${zone}/${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }));
  return formats.get(key).format(date);
}
const hm = { hour: "2-digit", minute: "2-digit" };
const hms = { ...hm, second: "2-digit" };
const long = { weekday: "short", day: "numeric", month: "short", ...hm };
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ownTime = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const narrow = matchMedia("(max-width: 699px)");
const city = (zone) => zone.split("/").pop().replaceAll("_", " ");

function put(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

function tick() {
  const at = now();
  put("clock-day", say(at, clock.zone, narrow.matches
    ? { weekday: "short", day: "numeric", month: "short" }
    : { weekday: "long", day: "numeric", month: "long", year: "numeric" }));
  put("clock-hm", say(at, clock.zone, hm));
  // Above ten times as fast the seconds are a blur that says nothing.
  put("clock-ss", clock.speed > 10 ? "" : say(at, clock.zone, hms).slice(-3));
  const local = say(at, here, hm);
  const same = local === say(at, clock.zone, hm) && say(at, here, { day: "numeric" }) === say(at, clock.zone, { day: "numeric" });
  const yours = say(at, here, { weekday: "short", ...hm });
  put("clock-zone", same ? `in ${city(clock.zone)}, and where you are` : narrow.matches
    ? `${city(clock.zone)} · you ${local}`
    : `in ${city(clock.zone)} · ${yours} where you are`);
  byId("clock-time").setAttribute("datetime", new Date(at).toISOString().slice(0, 19) + "Z");
  drawProgress(at);
  for (const time of document.querySelectorAll("time[data-live]")) {
    const words = ago(new Date(time.dateTime), at);
    if (time.textContent !== words) time.textContent = words;
  }
}

// ---- the run of the show ---------------------------------------------------------------------------------

const hour = 3600_000;
let run = []; // every cue known, past ones too: { at, what, ms, done }

function setDue(due) {
  const at = now();
  const next = due.map((one) => ({ ...one, ms: Date.parse(one.at) })).filter((one) => !Number.isNaN(one.ms));
  const has = new Set(next.map((one) => `${one.what}/${one.ms}`));
  const again = new Set(next.map((one) => one.what));
  // What is no longer due and whose time has come was fired; what went away before its time was moved or dropped.
  const fired = run.filter((one) => !has.has(`${one.what}/${one.ms}`)
    && (one.ms <= at + 1000 * Math.max(2, clock.speed) && !(again.has(one.what) && one.ms > at - 5000)));
  run = [...fired.map((one) => ({ ...one, done: true })), ...next].sort((a, b) => a.ms - b.ms);
  drawShow();
}

/** One evening's worth: what lies behind within a day and a half, what lies ahead up to its close. */
function evening(at) {
  const behind = run.filter((one) => past(one, at) && at - one.ms < 36 * hour);
  const ahead = run.filter((one) => !past(one, at));
  const over = behind.length && /close/iu.test(behind[behind.length - 1].what) && at - behind[behind.length - 1].ms < 6 * hour;
  if (over) return [...behind, ...ahead.slice(0, 1)];
  const close = ahead.findIndex((one) => /close/iu.test(one.what));
  return [...behind, ...ahead.slice(0, close < 0 ? 12 : close + 1)];
}

const past = (one, at) => one.done === true || one.ms <= at;

function label(what) {
  const words = String(what).trim();
  const reminder = /remind/iu.test(words);
  if (reminder) return words.replace(/reminders?|before/giu, "").replace(/[(),]/gu, "").trim() || "Bell";
  return words.charAt(0).toUpperCase() + words.slice(1);
}

let shownStops = [];
function drawShow() {
  const list = byId("show");
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  shownStops = evening(now());
  list.style.setProperty("--stops", Math.max(1, shownStops.length));
  list.hidden = shownStops.length === 0;
  list.replaceChildren(...shownStops.map((one) => {
    const date = new Date(one.ms);
    const far = Math.abs(one.ms - now()) > 12 * hour;
    const time = say(date, clock.zone, far ? { weekday: "short", ...hm } : hm);
    return h("li", { class: /remind/iu.test(one.what) ? "stop bell" : "stop" }, h("button", {
      type: "button", data: { key: `${one.what}/${one.ms}` }, title: `${one.what}, ${say(date, clock.zone, long)}`,
      on: { click: () => goTo(one) },
    }, h("span", { class: "dot-mark", "aria-hidden": "true" }), h("span", { class: "stop-name" }, label(one.what)), " ",
    h("span", { class: "stop-time" }, time), " ", h("span", { class: "hidden" })));
  }));
  if (held) [...list.querySelectorAll("button")].find((button) => button.dataset.key === held)?.focus();
  drawnNext = null;
  drawProgress(now());
}

let drawnNext = null;
function drawProgress(at) {
  const list = byId("show");
  const done = shownStops.filter((one) => past(one, at)).length;
  const next = shownStops[done];
  if (shownStops.length > 1) {
    const before = shownStops[done - 1];
    const share = before && next ? Math.min(1, Math.max(0, (at - before.ms) / (next.ms - before.ms || 1))) : 0;
    const fill = Math.max(0, done - 1 + share) / (shownStops.length - 1);
    list.style.setProperty("--fill", fill.toFixed(4));
  }
  const button = byId("next-cue");
  button.disabled = !next;
  put("next-cue", next ? `To ${/remind/iu.test(next.what) ? "reminder" : label(next.what)} ▸` : "No cue");
  put("next-line", next ? nextWords(next, at) : "Nothing is due.");
  if (drawnNext === done) return;
  drawnNext = done;
  [...list.children].forEach((stop, index) => {
    stop.classList.toggle("past", index < done);
    stop.classList.toggle("next", index === done);
    const control = stop.firstElementChild;
    control.disabled = index < done;
    control.lastElementChild.textContent = index < done ? "done" : "move the clock there";
  });
  // On a narrow screen the strip is longer than the page: keep what is next in sight, without moving the page.
  const stop = list.children[Math.min(done, list.children.length - 1)];
  const strip = list.parentElement;
  if (stop && strip.scrollWidth > strip.clientWidth) {
    strip.scrollLeft = stop.offsetLeft - strip.clientWidth / 2 + stop.offsetWidth / 2;
  }
}

function nextWords(next, at) {
  const when = say(next.ms, clock.zone, Math.abs(next.ms - at) > 12 * hour ? { weekday: "short", ...hm } : hm);
  return `Next: ${/remind/iu.test(next.what) ? `reminder ${label(next.what)}` : label(next.what)} at ${when}, ${ago(new Date(next.ms), at)}`;
}

async function moveClock(body, control) {
  const next = await attempt(control, byId("clock-problem"), () => post("clock", body));
  if (next?.now) setClock(next);
}

/** Lands about a second before the cue, so that one sees it fire; when paused, on it. */
function goTo(cue) {
  const at = Math.max(now(), cue.ms - 1000 * Math.min(60, clock.speed));
  moveClock({ at: new Date(at).toISOString() }, byId("next-cue"));
}

// ---- the rooms -------------------------------------------------------------------------------------------

const scene = {
  now,
  zone: () => clock.zone,
  // The reader's own time, as the platforms' own apps show it; the clock above is the chat's, and says both.
  stamp: (date) => ownTime.format(date),
  date: (date) => say(date, here, long),
  fullStamp: (date) => `${say(date, clock.zone, { ...long, year: "numeric" })} in ${city(clock.zone)}`,
  hashtag: () => state.hashtag ?? /#\w+/u.exec(state.title ?? "")?.[0] ?? "#SMXChat",
  person: (platform, id) => state.people?.[platform]?.find((one) => one.id === id)?.name,
  role: (id) => state.rooms?.discord?.roles?.find((one) => one.id === id)?.name ?? "members",
  channel: (platform, id) => state.rooms?.[platform]?.channels?.find((one) => one.id === id)?.name,
  formClosed: (id) => slack.closed(id),
};

const presses = {};
const rooms = Object.fromEntries(platforms.map((platform) => [
  platform, new Room(platform, scene, (...press) => presses[platform](...press)),
]));
const x = xConsole(scene);
const slack = slackConsole(scene, rooms.slack);
const home = slackHome(scene, rooms.slack, slack.acting);
const discord = discordConsole(scene, rooms.discord);
presses.slack = slack.press;
presses.discord = discord.press;
rooms.x.onReply = (message) => x.setReply(message);
rooms.x.onBoost = (message, button) => x.boost(message, button);

// Who was heard where: an X post names the rooms that carry it, and leads there.
const heard = new Map(); // X id -> Map(platform -> record)

function noteHeard(record) {
  const { platform } = record.message;
  if (platform === "x") {
    drawHeard(record.message.id);
    return;
  }
  for (const [id, where] of heard) {
    if (where.get(platform) === record && !record.carries.includes(id)) {
      where.delete(platform);
      drawHeard(id);
    }
  }
  for (const id of record.carries) {
    if (!heard.has(id)) heard.set(id, new Map());
    if (!heard.get(id).has(platform)) heard.get(id).set(platform, record);
    drawHeard(id);
  }
}

function drawHeard(id) {
  const post = rooms.x.find(id);
  if (!post?.heard) return;
  const where = [...(heard.get(id) ?? [])].sort(([a], [b]) => a.localeCompare(b));
  post.heard.replaceChildren(...(where.length ? [h("span", { class: "faint" }, "heard in")] : []),
    ...where.map(([platform, record]) => h("button", {
      type: "button", class: `heard-in ${platform}`, "aria-label": `${names[platform]}: heard there, show it`,
      on: { click: () => rooms[platform].reveal(record) },
    }, names[platform])));
}

// The same post lights up in all three rooms under the pointer or the keyboard.
let lit = [];
function light(target) {
  const ids = target?.closest?.("[data-x]")?.dataset.x?.split(" ") ?? [];
  for (const el of lit) el.classList.remove("echo");
  lit = ids.length === 0 ? [] : [...document.querySelectorAll("[data-x]")].filter((el) =>
    el.dataset.x.split(" ").some((id) => ids.includes(id)));
  if (lit.length < 2) lit = [];
  for (const el of lit) el.classList.add("echo");
}
byId("rooms").addEventListener("pointerover", (event) => light(event.target));
byId("rooms").addEventListener("focusin", (event) => light(event.target));
byId("rooms").addEventListener("pointerleave", () => light(null));

// In a rehearsal what leads to X leads across the page: "View on X" to the post, since a stand-in's id would be a
// stranger's on the real X, and a text that is ready to be posted into this page's own window for it. The address of
// a message in Slack leads to that message.
byId("rooms").addEventListener("click", (event) => {
  const ready = event.target.closest("a")?.href ?? "";
  const inSlack = /^https:\/\/[^/]+\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?|$)/u.exec(ready);
  if (inSlack) {
    const said = rooms.slack.find(`${inSlack[2]}.${inSlack[3]}`);
    if (said?.message.channel !== inSlack[1]) return;
    event.preventDefault();
    rooms.slack.reveal(said);
    return;
  }
  if (ready.startsWith("https://x.com/intent/")) {
    event.preventDefault();
    const asked = new URL(ready).searchParams;
    x.ready(asked.get("text") ?? "", rooms.x.find(asked.get("in_reply_to"))?.message);
    return;
  }
  const id = /\/status(?:es)?\/(\d+)/u.exec(event.target.closest("a")?.href ?? "")?.[1];
  const record = id && rooms.x.find(id);
  if (!record) return;
  event.preventDefault();
  rooms.x.reveal(record);
});

function setEvents(events) {
  byId("discord-events").replaceChildren(...discordEvents(events ?? [], scene));
}

function show(message, live) {
  if (!rooms[message.platform]) return;
  if (message.platform === "slack" && slack.takes(message)) return;
  if (message.platform === "discord" && discord.takes(message)) return;
  const known = message.platform === "x" || state.rooms[message.platform]?.channels?.some((one) => one.id === message.channel);
  if (!known || (message.platform === "discord" && message.thread && !scene.channel("discord", message.thread))) {
    askChannels();
  }
  noteHeard(rooms[message.platform].put(message, live));
}

/** A channel this page has not heard of, such as a new thread: its name is in the state. */
let asking = null;
function askChannels() {
  asking ??= setTimeout(async () => {
    try {
      const next = await (await fetch("/stage/state")).json();
      state.rooms = next.rooms;
      for (const platform of ["discord", "slack"]) rooms[platform].setChannels(next.rooms[platform]?.channels ?? []);
    } catch (error) {
      console.warn("The channels could not be read again; the next message will ask once more.", error);
    } finally {
      asking = null;
    }
  }, 600);
}

// ---- saying it aloud -------------------------------------------------------------------------------------

// Three busy feeds read out line by line would drown a listener: at most one sentence every three seconds.
const arrived = new Map();
let speaking = null;
for (const platform of platforms) {
  rooms[platform].onArrival = (record) => {
    const entry = arrived.get(platform) ?? { count: 0, last: null };
    arrived.set(platform, { count: entry.count + 1, last: record });
    if (platform === "x") flash(byId("logo"), "ripple");
    speaking ??= setTimeout(speak, 1200);
    const tab = document.querySelector(`#tabs [data-room="${platform}"]`);
    if (tab.getAttribute("aria-current") !== "true") badge(tab, Number(tab.dataset.fresh ?? 0) + 1);
  };
}

function speak() {
  const parts = [...arrived].map(([platform, { count, last }]) => (count === 1
    ? `${names[platform]}: ${rooms[platform].spoken(last)}`
    : `${names[platform]}: ${count} new, the latest from ${rooms[platform].spoken(last)}`));
  arrived.clear();
  byId("live").textContent = parts.join(". ");
  speaking = setTimeout(() => {
    speaking = null;
    if (arrived.size) speak();
  }, 3000);
}

// ---- tabs on a narrow screen -----------------------------------------------------------------------------

function badge(tab, count) {
  tab.dataset.fresh = count;
  const mark = tab.querySelector(".badge");
  mark.hidden = count === 0;
  mark.textContent = count > 99 ? "99+" : count;
  mark.setAttribute("aria-label", `${count} new`);
}

const track = byId("rooms");
byId("tabs").addEventListener("click", (event) => {
  const tab = event.target.closest("[data-room]");
  if (!tab) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const section = byId(`room-${tab.dataset.room}`);
  track.scrollTo({ left: section.offsetLeft - track.offsetLeft, behavior: still ? "instant" : "smooth" });
});

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const tab = document.querySelector(`#tabs [data-room="${entry.target.id.slice(5)}"]`);
    tab.setAttribute("aria-current", String(entry.isIntersecting));
    if (entry.isIntersecting) badge(tab, 0);
  }
}, { root: track, threshold: 0.6 });
for (const platform of platforms) watcher.observe(byId(`room-${platform}`));

// ---- the log, the tally, the end -------------------------------------------------------------------------

const keptLines = 500;
function addLine({ at, text }) {
  const log = byId("log");
  const end = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(h("li", {}, h("time", { datetime: at }, say(Date.parse(at), clock.zone, hms)), h("span", {}, text)));
  while (log.childElementCount > keptLines) log.firstElementChild.remove();
  byId("log-last").replaceChildren(h("time", {}, say(Date.parse(at), clock.zone, hm)), ` ${text}`);
  if (end) log.scrollTop = log.scrollHeight;
}

byId("log-toggle").addEventListener("click", () => {
  const log = byId("log");
  log.hidden = !log.hidden;
  byId("log-toggle").setAttribute("aria-expanded", String(!log.hidden));
  log.scrollTop = log.scrollHeight;
});

const spaced = (name) => name.replace(/[_-]+/gu, " ").replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase()
  .replace(/\bx\b/gu, "X").replace(/\b(discord|slack)\b/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1));

function numbers(tally) {
  return Object.entries(tally ?? {}).filter(([, value]) => typeof value === "number");
}

function setTally(tally) {
  byId("tally").replaceChildren(...numbers(tally).map(([name, value]) => h("div", {}, h("dt", {}, spaced(name)), h("dd", {}, value))));
}

function end({ tally, ok, text, broken }) {
  if (tally) setTally(tally);
  const box = byId("curtain");
  const close = h("button", { type: "button", class: "go", on: { click: () => {
    box.classList.remove("up");
    box.replaceChildren();
    byId("rooms").focus({ preventScroll: true });
  } } }, ok ? "Back to the rooms" : "Look at the rooms");
  box.classList.toggle("broken", ok === false);
  box.replaceChildren(h("h2", {}, ok === false ? "Something broke" : "That’s the hour!"), h("p", {}, text ?? ""),
    h("ul", {}, (broken ?? []).map((line) => h("li", {}, line))),
    h("dl", {}, numbers(tally).map(([name, value]) => h("div", {}, h("dd", {}, value), h("dt", {}, spaced(name))))), close);
  box.classList.add("up");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && byId("curtain").classList.contains("up") && !byId("modal").open) {
    byId("curtain").querySelector("button").click();
  }
});

// ---- beginning, and listening ----------------------------------------------------------------------------

let held = []; // events that arrive while the state is being read; null once it is on the page

async function load() {
  held ??= [];
  const response = await fetch("/stage/state");
  if (!response.ok) throw new Error(`The process answered ${response.status}.`);
  state = await response.json();
  setClock(state.clock);
  put("title", state.title ?? "Earshot");
  document.title = `${state.title ?? "Earshot"} · Earshot`;
  put("x-sub", state.rooms.x?.account ? `Latest ${scene.hashtag()} · hosted by @${state.rooms.x.account.handle}` : "Latest");
  put("discord-sub", state.rooms.discord?.server ?? "");
  put("discord-icon", (state.rooms.discord?.server ?? "D").split(/\s+/u).map((word) => word[0]).join("").slice(0, 3));
  put("slack-sub", state.rooms.slack?.workspace ?? "");
  fillPeople(byId("x-user"), state.people.x ?? [], (one) => `${one.name} @${one.handle}`);
  fillPeople(byId("discord-user"), state.people.discord ?? [], (one) => one.name);
  fillPeople(byId("slack-user"), state.people.slack ?? [], (one) => (one.organiser ? `${one.name}, organiser` : one.name));
  heard.clear();
  for (const platform of platforms) {
    rooms[platform].reset();
    rooms[platform].setChannels(state.rooms[platform]?.channels ?? []);
    for (const message of state.rooms[platform]?.messages ?? []) show({ platform, ...message }, false);
  }
  for (const platform of ["discord", "slack"]) {
    // Open on the channel where the talk is, rather than on an empty first one.
    const room = rooms[platform];
    const busiest = [...room.lists].sort(([, a], [, b]) => b.list.childElementCount - a.list.childElementCount)[0];
    if (busiest) room.show(busiest[0]);
  }
  byId("log").replaceChildren();
  for (const line of state.lines ?? []) addLine(line);
  run = [];
  setDue(state.due ?? []);
  setTally(state.tally);
  setEvents(state.rooms.discord?.events);
  for (const form of state.forms ?? []) slack.form(form);
  x.prefill();
  // The state holds some of what was held back; played again in its order, it ends the same.
  const late = held;
  held = null;
  for (const take of late) take();
}

function listen() {
  const events = new EventSource("/stage/events");
  const on = (name, take) => events.addEventListener(name, (event) => {
    const play = () => {
      try {
        take(JSON.parse(event.data));
      } catch (error) {
        console.error(`The event ${name} could not be shown.`, error, event.data);
      }
    };
    if (held) held.push(play);
    else play();
  });
  on("message", (message) => show(message, true));
  on("clock", setClock);
  on("due", setDue);
  on("events", setEvents);
  on("tally", setTally);
  on("form", slack.form);
  on("home", home.take);
  on("line", addLine);
  on("done", end);
  let lost = false;
  events.addEventListener("error", () => {
    lost = true;
    offline("The process has stopped answering. Start it again with cargo run; this page finds it by itself.");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
  events.addEventListener("open", async () => {
    offline("");
    if (!lost) return;
    lost = false;
    try {
      await load();
    } catch (error) {
      offline(error.message);
    }
  });
}

function offline(words) {
  byId("offline").hidden = !words;
  put("offline", words);
}

// Listen first and load second, so that nothing falls between the two.
listen();
load().catch((error) => offline(`${error.message} Is the process running?`));
setInterval(tick, 200);
byId("speeds").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const speed = Number(button.dataset.speed);
  // Pressing pause again goes on as before.
  moveClock({ speed: speed === 0 && clock.speed === 0 ? lastSpeed : speed }, button);
});
for (const button of document.querySelectorAll("[data-jump]")) {
  button.addEventListener("click", () => moveClock({ jump: Number(button.dataset.jump) }, button));
}
byId("next-cue").addEventListener("click", () => {
  const next = shownStops.find((one) => !past(one, now()));
  if (next) goTo(next);
});

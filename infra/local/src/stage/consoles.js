// What a person can do in each room: type a command, press a button, post. Each acts as somebody.

import { attempt, byId, h, icon, post } from "./dom.js";
import { weigh } from "./markup.js";
import { confirmed, openModal, openView } from "./modals.js";
import { discordBody, firstWords, icons, slackBody } from "./platforms.js";

/** Fills a list of people, keeping who was chosen. */
export function fillPeople(select, people, words) {
  const chosen = select.value;
  select.replaceChildren(...people.map((person) => h("option", { value: person.id }, words(person))));
  if (people.some((person) => person.id === chosen)) select.value = chosen;
}


/** Arrow up and down walk through what was typed before, as in a terminal. */
function history(input) {
  const past = [];
  let at = 0;
  let draft = "";
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const next = at + (event.key === "ArrowUp" ? -1 : 1);
    if (next < 0 || next > past.length) return;
    event.preventDefault();
    if (at === past.length) draft = input.value;
    at = next;
    input.value = at === past.length ? draft : past[at];
    input.setSelectionRange(input.value.length, input.value.length);
  });
  return (line) => {
    if (line && past[past.length - 1] !== line) past.push(line);
    at = past.length;
    draft = "";
  };
}

/** The answer that only the person who acted can see. */
function answerBox(box, name, parts, dismissed) {
  box.replaceChildren(h("p", { class: "only" }, icon(icons.eye, 13), `Only ${name} sees this`,
    h("button", { type: "button", class: "dismiss", on: { click: () => {
      box.hidden = true;
      box.replaceChildren();
      dismissed();
    } } }, "Dismiss")), h("div", { class: "answer-body" }, parts));
  box.hidden = false;
  box.scrollTop = 0;
}

// ---- X ---------------------------------------------------------------------------------------------------

export function xConsole(scene) {
  const form = byId("x-form");
  const text = byId("x-text");
  const count = byId("x-count");
  const banner = byId("x-reply-to");
  let replyTo = null;

  const measure = () => {
    const length = weigh(text.value);
    const share = Math.min(1, length / 280);
    count.style.setProperty("--share", share);
    count.classList.toggle("near", length > 260);
    count.classList.toggle("over", length > 280);
    count.textContent = length > 280 ? `${length} of 280, a long post` : `${length} of 280`;
  };
  const prefill = () => {
    text.value = ` ${scene.hashtag()}`;
    measure();
  };
  const caretFirst = () => {
    if (text.value === ` ${scene.hashtag()}`) text.setSelectionRange(0, 0);
  };
  const setReply = (message) => {
    replyTo = message;
    banner.hidden = !message;
    banner.replaceChildren();
    if (!message) return;
    banner.append(h("span", {}, "Replying to ", h("b", {}, `@${message.author.handle ?? message.author.name}`),
      h("span", { class: "faint" }, ` · ${firstWords(message.payload.text, 50)}`)),
    h("button", { type: "button", class: "dismiss", "aria-label": "Stop replying", on: { click: () => {
      setReply(null);
      text.focus();
    } } }, "×"));
    text.focus();
  };

  text.addEventListener("input", measure);
  text.addEventListener("focus", () => setTimeout(caretFirst));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = byId("x-problem");
    if (!text.value.replace(scene.hashtag(), "").trim()) {
      problem.textContent = "Write a few words first.";
      text.focus();
      return;
    }
    const body = { user: byId("x-user").value, text: text.value.trim() };
    if (replyTo) body.in_reply_to = replyTo.id;
    const done = await attempt(byId("x-post"), problem, () => post("x/post", body));
    if (!done) return;
    setReply(null);
    prefill();
    text.focus();
  });
  prefill();
  /** A text that a link brought along, to be posted or not; the cursor stands where it can be added to. */
  const ready = (words, message) => {
    setReply(message ?? null);
    byId("room-x").scrollIntoView({ block: "nearest", inline: "center" });
    text.value = words;
    measure();
    text.focus();
    if (message) setTimeout(() => text.setSelectionRange(0, 0));
  };
  // Passed on by whoever is chosen to post; what it does is seen at the desk, where nobody waits for an answer any more.
  const boost = (message, button) => attempt(button, byId("x-problem"), () =>
    post("x/repost", { user: byId("x-user").value, id: message.id }));
  return { setReply, prefill, ready, boost };
}

// ---- Slack -----------------------------------------------------------------------------------------------

export function slackConsole(scene, room) {
  const form = byId("slack-form");
  const input = byId("slack-text");
  const user = byId("slack-user");
  const box = byId("slack-answer");
  const notes = byId("slack-forms");
  const remember = history(input);
  const open = new Map();
  let shown = null; // the ephemeral answer on show: { ts, user }
  let acted = 0; // when this page last did something that may open a form

  const show = (answer, who) => {
    if (answer.delete_original) {
      box.hidden = true;
      shown = null;
      return;
    }
    if (!answer.text && !answer.blocks?.length) return;
    if (answer.response_type === "in_channel") return; // it arrives in the channel as a message
    shown = { ts: answer.ts ?? answer.message_ts ?? shown?.ts ?? "", user: who };
    room.drop(shown.ts);
    const act = (button, problem, what) => press(button, problem, { ...what, message: shown?.ts ?? "", ephemeral: true });
    answerBox(box, scene.person("slack", who), slackBody(answer, scene, act), () => {
      shown = null;
      input.focus();
    });
  };

  const press = async (button, problem, { record, message, confirm, ephemeral, block_id, action_id, value, text }) => {
    if (confirm && !(await confirmed(confirm))) return;
    const who = user.value;
    acted = Date.now();
    const answer = await attempt(button, problem, () => post("slack/press", {
      user: who, channel: record?.message.channel ?? room.channel, message: message ?? record.message.id,
      block_id, action_id, value, ...(text ? { text } : {}),
    }));
    if (!answer) return;
    if (ephemeral || answer.response_type === "ephemeral") show(answer, who);
  };

  const run = async (line, control) => {
    const typed = line.trim();
    const [, command, text] = /^(\/\S+)?\s*(.*)$/su.exec(typed);
    const who = user.value;
    remember(typed);
    input.value = "";
    acted = Date.now();
    shown = null;
    const answer = await attempt(control, byId("slack-problem"), () => post("slack/command", {
      user: who, channel: room.channel, command: command ?? "/chat", text,
    }));
    if (!answer) {
      input.value = typed;
      return;
    }
    box.hidden = true;
    show(answer, who);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(input.value || "help", byId("slack-go"));
  });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-say]");
    if (chip) run(chip.dataset.say, chip);
  });

  const drawNotes = () => {
    notes.replaceChildren(...[...open.values()].map((one) => h("p", { class: "note" },
      h("span", {}, `${scene.person("slack", one.user)} has a form open: `, h("b", {}, one.view.title?.text ?? "")),
      h("button", { type: "button", class: "btn", on: { click: () => openView(one, scene) } }, "Show"),
      h("button", { type: "button", class: "dismiss", "aria-label": "Put this note away", on: { click: () => closed(one.view_id) } }, "×"))));
  };
  const closed = (id) => {
    open.delete(id);
    drawNotes();
  };
  /** A modal was opened for somebody. It covers the page only if this page asked for it as that person. */
  const form_ = (one) => {
    if (!one.view) {
      closed(one.view_id);
      return;
    }
    if (one.user === user.value && Date.now() - acted < 8000) {
      openView(one, scene);
      return;
    }
    open.set(one.view_id, one);
    drawNotes();
  };
  /** True where an ephemeral message belongs to the answer on show rather than in the room. */
  const takes = (message) => {
    if (!message.ephemeral_for || shown?.user !== message.ephemeral_for || !shown.ts || shown.ts !== message.id) return false;
    if (message.deleted) box.hidden = true;
    else show({ ...message.payload, ts: message.id }, message.ephemeral_for);
    return true;
  };
  /** This page did something elsewhere that may open a form. */
  const acting = () => {
    acted = Date.now();
  };
  return { press, form: form_, closed, takes, acting };
}

// ---- Discord ---------------------------------------------------------------------------------------------

/** `/connect CODE` or `/when chat:smxchat`: named options by `name:value`, the rest under the command's own. */
const LOOSE = { connect: "code", remind: "when", suggest: "question" };

function discordOptions(name, rest) {
  const options = {};
  const loose = rest.replace(/(?:^|\s)([a-z_]+):(\S+)/gu, (whole, key, value) => {
    if (/^https?$/u.test(key)) return whole;
    options[key] = value;
    return "";
  }).trim();
  if (loose) options[LOOSE[name] ?? "text"] = loose;
  return options;
}

export function discordConsole(scene, room) {
  const form = byId("discord-form");
  const input = byId("discord-text");
  const user = byId("discord-user");
  const box = byId("discord-answer");
  const remember = history(input);
  let shown = null; // the answer on show: { id, user, waiting }

  /** What Discord would do with the answer to an interaction. */
  const take = (answer, context) => {
    const data = answer.data ?? {};
    if (answer.type === 9) {
      openModal(data, context, scene, (next) => take(next, context));
      return;
    }
    if (answer.type === 5) {
      shown = { id: answer.id ?? "", user: context.user, waiting: true };
      answerBox(box, scene.person("discord", context.user), h("p", { class: "faint" }, "Earshot is thinking…"), forget);
      return;
    }
    // Types 6 and 7 change the message that was pressed: that arrives as an event, unless it is this answer.
    if (answer.type === 7 && !context.own) return;
    if (answer.type !== 4 && answer.type !== 7) return;
    if (answer.type === 4 && (data.flags & 64) === 0) return; // everybody sees it, so it arrives in the channel
    shown = { id: answer.id ?? data.id ?? (answer.type === 7 ? shown?.id : "") ?? "", user: context.user, waiting: false };
    room.drop(shown.id);
    const act = (button, problem, what) => press(button, problem, { ...what, message: shown?.id ?? "", own: true });
    answerBox(box, scene.person("discord", context.user), discordBody(data, scene, act), forget);
  };
  const forget = () => {
    shown = null;
    input.focus();
  };

  const press = async (button, problem, { record, message, own, custom_id, values }) => {
    const context = {
      user: user.value, channel: record?.message.channel ?? room.current, message: message ?? record.message.id, own,
    };
    const answer = await attempt(button, problem, () => post("discord/press", {
      user: context.user, channel: context.channel, message: context.message, custom_id, ...(values ? { values } : {}),
    }));
    if (answer) take(answer, context);
  };

  const run = async (line, control) => {
    const typed = line.trim();
    const problem = byId("discord-problem");
    const match = /^\/([\w-]+)\s*(.*)$/su.exec(typed);
    if (!match) {
      problem.textContent = typed
        ? "Earshot hears commands and the Answer button; plain typing stays among members. Try /when."
        : "Type a command, such as /when.";
      return;
    }
    const [, name, rest] = match;
    const context = { user: user.value, channel: room.current };
    remember(typed);
    const answer = await attempt(control, problem, () => post("discord/command", {
      ...context, name, options: discordOptions(name, rest),
    }));
    if (!answer) return;
    input.value = "";
    take(answer, context);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(input.value, byId("discord-go"));
  });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-say]");
    if (chip) run(chip.dataset.say, chip);
  });

  const takes = (message) => {
    if (!message.ephemeral_for || shown?.user !== message.ephemeral_for) return false;
    if (!shown.waiting && (!shown.id || shown.id !== message.id)) return false;
    if (message.deleted) box.hidden = true;
    else {
      const context = { user: message.ephemeral_for, channel: message.channel, own: true };
      take({ type: 4, id: message.id, data: { ...message.payload, flags: 64 } }, context);
    }
    return true;
  };
  return { press, takes };
}

// Modals: Slack views (https://docs.slack.dev/surfaces/modals) and Discord's
// (https://docs.discord.com/developers/components/reference), both as one accessible <dialog>.

import { attempt, byId, h, post } from "./dom.js";
import { markdown, plainText } from "./markup.js";
import { slackBlock } from "./platforms.js";

const dialog = byId("modal");
let fields = []; // what the open form holds: { id, read(), problem }
let count = 0;

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

const words = (text) => (typeof text === "string" ? text : plainText(text?.text ?? ""));

/** A labelled field; `read` gives its value. */
function field(id, { label, hint, optional, control, read, name }) {
  count += 1;
  const problem = h("p", { class: "problem", role: "alert", id: `field-${count}-problem` });
  const described = [problem.id];
  const own = control.matches("input, textarea, select");
  if (own) control.id = `field-${count}`;
  if (name) control.setAttribute("name", name);
  const hintNode = hint && h("p", { class: "hint", id: `field-${count}-hint` }, hint);
  if (hintNode) described.push(hintNode.id);
  control.setAttribute("aria-describedby", described.join(" "));
  if (!optional && own) control.setAttribute("aria-required", "true");
  fields.push({ id, read, problem, control, optional });
  const title = [label, optional && h("span", { class: "faint" }, " (optional)")];
  return own
    ? h("div", { class: "field" }, h("label", { for: control.id }, title), control, hintNode, problem)
    : h("fieldset", { class: "field" }, h("legend", {}, title), control, hintNode, problem);
}

function choice(type, options, chosen) {
  count += 1;
  const name = `choice-${count}`;
  const box = h("div", { class: "choices" }, options.map((option) => h("label", {}, h("input", {
    type, name, value: option.value, checked: chosen.includes(option.value),
  }), words(option.text ?? option.label))));
  const picked = () => [...box.querySelectorAll("input:checked")].map((input) => input.value);
  return { box, picked };
}

function slackInput(block) {
  const element = block.element ?? {};
  const shared = {
    label: words(block.label), hint: block.hint && words(block.hint), optional: block.optional, name: block.block_id,
  };
  const options = element.options ?? [];
  const placeholder = element.placeholder && words(element.placeholder);
  const plain = (type) => {
    const control = element.multiline
      ? h("textarea", { rows: 4, placeholder, maxlength: element.max_length, value: element.initial_value ?? "" })
      : h("input", { type, placeholder, maxlength: element.max_length,
        value: element.initial_value ?? element.initial_date ?? element.initial_time ?? "" });
    return field(block.block_id, { ...shared, control, read: () => control.value });
  };
  switch (element.type) {
    case "static_select": {
      const control = h("select", {}, h("option", { value: "" }, placeholder ?? "Choose…"), options.map((option) => h(
        "option", { value: option.value, selected: option.value === element.initial_option?.value }, words(option.text))));
      return field(block.block_id, { ...shared, control, read: () => control.value });
    }
    case "radio_buttons": {
      const { box, picked } = choice("radio", options, [element.initial_option?.value]);
      return field(block.block_id, { ...shared, control: box, read: () => picked()[0] ?? "" });
    }
    case "checkboxes": {
      const { box, picked } = choice("checkbox", options, (element.initial_options ?? []).map((one) => one.value));
      return field(block.block_id, { ...shared, control: box, read: picked });
    }
    case "datepicker": return plain("date");
    case "timepicker": return plain("time");
    case "number_input": return plain("number");
    case "url_text_input": return plain("url");
    case "email_text_input": return plain("email");
    default: return plain("text");
  }
}

function discordInput(component, label, hint) {
  const required = component.required !== false;
  if (component.type === 3) {
    const control = h("select", { multiple: (component.max_values ?? 1) > 1 }, (component.options ?? []).map((option) => h(
      "option", { value: option.value, selected: option.default }, option.label)));
    const read = () => [...control.selectedOptions].map((option) => option.value);
    return field(component.custom_id, { label, hint, optional: !required, control, read, name: component.custom_id });
  }
  if (component.type !== 4) return h("p", { class: "unknown" }, `(component ${component.type}: no drawing for it)`);
  const shared = {
    placeholder: component.placeholder, maxlength: component.max_length, value: component.value ?? "",
  };
  const control = component.style === 2 ? h("textarea", { rows: 5, ...shared }) : h("input", { type: "text", ...shared });
  return field(component.custom_id, {
    label: label ?? component.label, hint, optional: !required, control, read: () => control.value, name: component.custom_id,
  });
}

/** Shows a form; `submit(values)` resolves to errors by field, or to nothing when the form may close. */
function open(kind, { title, body, submitLabel, closeLabel, submit, as }) {
  const problem = h("p", { class: "problem", role: "alert" });
  const go = submit && h("button", { type: "submit", class: "go" }, submitLabel);
  const form = h("form", { novalidate: true, on: { submit: async (event) => {
    event.preventDefault();
    for (const one of fields) one.problem.textContent = "";
    const missing = fields.filter((one) => !one.optional && one.read().length === 0);
    for (const one of missing) one.problem.textContent = "Please fill this in.";
    if (missing.length) {
      missing[0].control.focus();
      return;
    }
    const values = Object.fromEntries(fields.map((one) => [one.id, one.read()]));
    const errors = await attempt(go, problem, () => submit(values));
    if (!errors) return;
    const wrong = fields.filter((one) => errors[one.id]);
    for (const one of wrong) one.problem.textContent = errors[one.id];
    wrong[0]?.control.focus();
  } } },
  h("header", {}, h("h2", { id: "modal-title" }, title),
    h("button", { type: "button", class: "x-close", "aria-label": "Close", on: { click: () => dialog.close() } }, "×")),
  h("div", { class: "modal-body" }, body),
  problem,
  h("footer", {}, as && h("span", { class: "faint as-who" }, `as ${as}`),
    h("button", { type: "button", class: "btn", on: { click: () => dialog.close() } }, closeLabel), go));
  dialog.className = `modal ${kind}`;
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  (fields[0]?.control ?? go)?.focus();
}

/** A Slack view, opened for a person. */
export function openView({ view, view_id: id, user }, scene) {
  fields = [];
  const press = async (button, problem, { action_id, value }) => {
    const answer = await attempt(button, problem, () => post("slack/press-in-view", { user, view_id: id, action_id, value }));
    if (answer?.view) openView({ view: answer.view, view_id: id, user }, scene);
  };
  open("slack", {
    title: words(view.title),
    as: scene.person("slack", user),
    body: (view.blocks ?? []).map((block) => slackBlock(block, scene, press, slackInput)),
    submitLabel: words(view.submit) || "Submit",
    closeLabel: words(view.close) || "Cancel",
    submit: view.submit && (async (values) => {
      const answer = await post("slack/submit", { user, view_id: id, values });
      if (answer.response_action === "errors") return answer.errors;
      if (answer.response_action === "update" || answer.response_action === "push") {
        openView({ view: answer.view, view_id: answer.view.id ?? id, user }, scene);
        return undefined;
      }
      dialog.close();
      scene.formClosed(id);
      return undefined;
    }),
  });
}

/** A Discord modal, which comes as the answer to a press or a command. `done` gets the answer to its submission. */
export function openModal(data, { user, channel, message }, scene, done) {
  fields = [];
  const body = (data.components ?? []).flatMap((row) => {
    if (row.type === 18) return [discordInput(row.component ?? {}, row.label, row.description)];
    if (row.type === 1) return (row.components ?? []).map((component) => discordInput(component));
    if (row.type === 10) return [h("div", { class: "text" }, markdown(row.content, scene))];
    return [h("p", { class: "unknown" }, `(component ${row.type}: no drawing for it)`)];
  });
  open("discord", {
    title: data.title ?? "",
    as: scene.person("discord", user),
    body,
    submitLabel: "Submit",
    closeLabel: "Cancel",
    submit: async (values) => {
      const answer = await post("discord/submit", { user, channel, message, custom_id: data.custom_id, values });
      dialog.close();
      done(answer);
    },
  });
}

/** Asks before a press that Slack would ask before. Resolves to whether to go on. */
export function confirmed({ title, text, confirm, deny }) {
  return new Promise((resolve) => {
    fields = [];
    let yes = false;
    open("slack confirm", {
      title: words(title) || "Are you sure?",
      body: h("p", { class: "text" }, words(text)),
      submitLabel: words(confirm) || "Yes",
      closeLabel: words(deny) || "Cancel",
      submit: async () => {
        yes = true;
        dialog.close();
      },
    });
    dialog.addEventListener("close", () => resolve(yes), { once: true });
  });
}

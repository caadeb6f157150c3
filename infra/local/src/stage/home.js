// App Home (https://docs.slack.dev/surfaces/app-home): what Earshot last published for the person chosen in Slack. It is
// a tab beside the channels, and opening it is an event to Earshot, as in Slack.

import { attempt, byId, h, post } from "./dom.js";
import { slackBlock } from "./platforms.js";

export function slackHome(scene, room, acting) {
  const user = byId("slack-user");
  const body = h("div", { class: "home-body" });
  const problem = h("p", { class: "problem", role: "alert" });
  const panel = h("div", { class: "home-tab", hidden: true, role: "region", "aria-label": "Earshot’s Home tab" }, body, problem);
  const views = new Map(); // user -> what was published for them

  const draw = () => {
    const who = user.value;
    const view = views.get(who);
    if (!view) {
      body.replaceChildren(h("p", { class: "faint" }, `Nothing is published for ${scene.person("slack", who) ?? "them"} yet.`));
      return;
    }
    const press = (button, trouble, { action_id, value }) => {
      acting();
      return attempt(button, trouble, () => post("slack/press-in-view", { user: who, view_id: view.id, action_id, value }));
    };
    // Whoever went there with the keyboard stays on the same button.
    const held = body.contains(document.activeElement) ? document.activeElement.textContent : null;
    body.replaceChildren(...(view.blocks ?? []).map((block) => slackBlock(block, scene, press)));
    if (held) [...body.querySelectorAll("button")].find((one) => one.textContent === held)?.focus();
  };

  const open = async () => {
    draw();
    const who = user.value;
    const answer = await attempt(null, problem, () => post("slack/home", { user: who }));
    if (answer?.view && !views.has(who)) take({ user: who, view: answer.view });
  };

  /** Something was published for somebody. */
  const take = (one) => {
    views.set(one.user, one.view);
    if (one.user === user.value) draw();
  };

  room.addTab({ id: "home", name: "Home", panel, opened: open });
  user.addEventListener("change", () => {
    if (room.current === "home") open();
  });
  return { take };
}

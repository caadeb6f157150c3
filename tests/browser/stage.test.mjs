// The stage, used as its people would: the organiser asks, somebody answers on X, and the answer is found in both rooms.
// Pictures go to target/browser; with EARSHOT_PICTURE=1 the README's one is written to docs/stage.png.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { answer, curtain, open, picture, pictures, playUntil, setUp, skip, stage, type } from "./stage.mjs";

test("asks a question, hears the answer on X, and finds it in both rooms", { skip, timeout: 120_000 }, async (t) => {
  const { address, close } = await stage("--empty", "--clock", "2026-11-24T19:40:00Z x1");
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  await curtain(page);
  await setUp(page);

  const asked = await type(page, "slack", "ask What made you smile this week?");
  assert.match(asked, /What made you smile this week\?/u, "the organiser sees the question");
  assert.match(asked, /\b67\/280\b/u, "and how long it is on X");

  // All questions at once, in a form; and taken back where it was saved.
  await page.fill("#slack-text", "edit");
  await page.click("#slack-go");
  const form = page.locator("dialog.modal");
  await form.locator("textarea").first().fill("What made you frown this week?");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("What made you frown this week?").waitFor();
  await form.getByRole("button", { name: "Undo" }).click();
  await form.getByText("Undone").waitFor();
  await form.getByText("What made you smile this week?").waitFor();
  await form.locator(".x-close").click();

  await page.selectOption("#discord-user", { label: "Amara" });
  const old = page.locator("#discord-answer .dismiss");
  if (await old.count()) await old.click();
  await page.fill("#discord-text", "/join");
  await page.click("#discord-go");
  const wishes = page.locator("dialog.modal");
  await wishes.getByText("Where are you?").waitFor();
  await wishes.locator("input").first().fill("Accra");
  await wishes.getByRole("button", { name: "Submit" }).click();
  const joined = await answer(page, "discord");
  assert.match(joined, /#?SMXChat/u, "joining is answered");
  assert.match(joined, /20:00|8:00|8pm/u, "with the next date in her own time");

  await playUntil(page, "discord", "What made you smile this week?");
  await playUntil(page, "slack", "What made you smile this week?");
  await playUntil(page, "x", "What made you smile this week?");

  const words = "A1 my neighbour's tomatoes, still green, still trying #SMXChat";
  await page.fill("#x-text", words);
  await page.click("#x-post");
  const posted = page.locator("#x-feed [data-x]", { hasText: "still trying" });
  await posted.waitFor();
  const id = await posted.getAttribute("data-x");
  for (const room of ["discord", "slack"]) {
    const card = page.locator(`#${room}-feed [data-x~="${id}"]`);
    await card.waitFor({ state: "attached" });
    const text = await card.innerText();
    for (const part of ["my neighbour's tomatoes", "@adaokafor", "A1"]) {
      assert.ok(text.includes(part), `the card in ${room} says ${part}: ${text}`);
    }
  }
  await page.screenshot({ path: join(pictures, "answered.png") });

  const unnamed = await page.evaluate(() => [...document.querySelectorAll("img")]
    .filter((picture) => !picture.hasAttribute("alt")).map((picture) => picture.outerHTML.slice(0, 200)));
  assert.deepEqual(unnamed, [], "every picture has its words, or says that it needs none");
  const mute = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea")]
    .filter((one) => one.checkVisibility() && !(one.getAttribute("aria-label") || one.labels?.length || one.innerText?.trim()
      || one.textContent.trim() || one.title)).map((one) => one.outerHTML.slice(0, 200)));
  assert.deepEqual(mute, [], "everything that can be used has a name");
  assert.deepEqual(wrong, []);
});

test("steers the hour from the desk, whose message is changed in place", { skip, timeout: 120_000 }, async (t) => {
  const { address, close } = await stage("--empty", "--clock", "2026-11-24T19:40:00Z x1");
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  await curtain(page);
  await setUp(page);
  await type(page, "slack", "set desk #smxchat-desk");
  for (const word of ["smile", "frown"]) await type(page, "slack", `ask What made you ${word} this week?`);
  await page.locator("#slack-channels").getByText("smxchat-desk").click();
  const desk = page.locator("#slack-feed .message", { hasText: "#SMXChat" }).filter({ hasText: "close 21:0" });
  await playUntil(page, "slack", "We begin at 20:00");
  await desk.waitFor();
  await playUntil(page, "slack", "To come: Q1");
  await desk.getByRole("button", { name: "5 min longer" }).click();
  await page.locator("#slack-feed").getByText(/A little longer, then\. .*close 21:05/u).waitFor();
  await desk.getByText("close 21:05 (5 minutes longer)").waitFor();
  assert.equal(await desk.count(), 1, "one message, changed in place");
  await desk.scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(pictures, "desk.png") });
  // Somebody who steers nothing is told so.
  await page.selectOption("#slack-user", { label: "Priya" });
  await desk.getByRole("button", { name: "Ask Q1 now" }).click();
  await page.locator("#slack-feed").getByText("steers #SMXChat").waitFor();
  assert.deepEqual(wrong, []);
});

test("leads from the desk to what somebody said in Slack", { skip, timeout: 120_000 }, async (t) => {
  const { address, close } = await stage("--empty", "--clock", "2026-11-24T19:50:00Z x1");
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  await curtain(page);
  await setUp(page);
  await type(page, "slack", "set desk #smxchat-desk");
  for (const word of ["smile", "frown"]) await type(page, "slack", `ask What made you ${word} this week?`);
  await playUntil(page, "slack", "What made you smile this week?");
  await page.selectOption("#slack-user", { label: "Priya" });
  const asked = page.locator("#slack-feed .message", { hasText: "made you smile" }).last();
  await asked.getByRole("button", { name: "Answer" }).click();
  const form = page.locator("dialog.modal");
  await form.locator("textarea").fill("A choir that met on three platforms.");
  await form.getByRole("button", { name: "Send", exact: true }).click();
  const said = page.locator("#slack-feed .message", { hasText: "A choir that met" }).last();
  await said.waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await page.locator("#slack-channels").getByText("smxchat-desk").click();
  await page.click('#speeds [data-speed="60"]');
  const way = page.locator("#slack-feed").getByRole("link", { name: "Answer in Slack" });
  await way.waitFor({ timeout: 40_000 });
  await page.click('#speeds [data-speed="1"]');
  assert.match(await way.getAttribute("href"), /\/archives\/C0SMXCHAT\/p\d+\?thread_ts=/u);
  assert.equal(await said.isVisible(), false, "it stands in another channel");
  await way.click();
  await said.waitFor({ state: "visible" });
  assert.deepEqual(wrong, []);
});

test("shows each person their own Home, whose buttons work", { skip, timeout: 120_000 }, async (t) => {
  const { address, close } = await stage("--empty", "--clock", "2026-11-24T19:00:00Z x1");
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  await curtain(page);
  await setUp(page);
  const home = page.locator(".home-tab");
  const tab = page.locator("#slack-channels").getByRole("button", { name: "Home" });
  await tab.click();
  await home.getByText("This is how your chat stands.").waitFor();
  await home.getByText("No question yet").waitFor();
  await page.screenshot({ path: join(pictures, "home.png") });
  await home.getByRole("button", { name: "Questions" }).click();
  const form = page.locator("#modal");
  await form.getByLabel("Q1 (new)").fill("What made you smile this week?");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("What made you smile").first().waitFor();
  await page.keyboard.press("Escape");
  // It changes by itself, for it was done from there.
  await home.getByText("One question:").waitFor();
  // A command typed meanwhile goes to the channel that was shown before.
  await type(page, "slack", "topic Small joys");
  await page.selectOption("#slack-user", { label: "Priya" });
  await home.getByText("What lives here").waitFor();
  assert.equal(await home.getByText("What made you smile").count(), 0, "a question before its time");
  await page.locator('#slack-channels [data-channel="C0SMXCHAT"]').click();
  assert.equal(await home.isVisible(), false);
  assert.deepEqual(wrong, []);
});

test("is played with the keyboard alone", { skip, timeout: 60_000 }, async (t) => {
  const { address, close } = await stage("--empty", "--clock", "2026-11-24T19:40:00Z x1");
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  await curtain(page);
  const focused = () => page.evaluate(() => document.activeElement.id);
  for (let presses = 0; presses < 80 && (await focused()) !== "slack-text"; presses += 1) {
    await page.keyboard.press("Tab");
    const ring = await page.evaluate(() => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
      return document.activeElement === document.body || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    });
    assert.ok(ring, `the focus is seen on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120))}`);
  }
  assert.equal(await focused(), "slack-text", "Tab reaches the Slack console");
  await page.keyboard.type("help");
  await page.keyboard.press("Enter");
  assert.match(await answer(page, "slack"), /ask/u);
  assert.deepEqual(wrong, []);
});

test("fits a phone, and looks like a chat hour", { skip, timeout: 180_000 }, async (t) => {
  const { address, close } = await stage();
  t.after(close);
  const { page, wrong } = await open(address, 1400, 900);
  // The rehearsal plays by itself: half an hour into it a question has been answered in every way there is.
  for (const [room, words] of [["discord", "Best four hours"], ["discord", "Somebody brought soup"], ["slack", "Somebody brought soup"]]) {
    await page.locator(`#${room}-feed .message`, { hasText: words }).first().waitFor({ state: "attached", timeout: 120_000 });
  }
  await curtain(page);
  await picture(page, "stage");

  const phone = await open(address, 360, 740);
  await curtain(phone.page);
  for (const room of ["x", "discord", "slack"]) {
    await phone.page.click(`#tabs [data-room="${room}"]`);
    await phone.page.locator(`#${room}-feed .message`).first().waitFor({ state: "attached" });
    const { wide, most } = await phone.page.evaluate(() => ({
      wide: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
      most: document.documentElement.clientWidth,
    }));
    assert.ok(wide <= most && most <= 360, `${room} is ${wide} wide on a screen of ${most}`);
    const box = await phone.page.locator(`#room-${room}`).boundingBox();
    assert.ok(box && box.x >= -1 && box.x + box.width <= 361, `${room} lies within the screen: ${JSON.stringify(box)}`);
    await phone.page.screenshot({ path: join(pictures, `phone-${room}.png`) });
  }
  assert.deepEqual([...wrong, ...phone.wrong], []);
});

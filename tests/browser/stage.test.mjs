// The stage in a headless Chromium, used as its people would: the organiser asks, somebody answers on X,
// and the answer is found in both rooms. Needs a built `earshot` (EARSHOT_BIN, or the debug build) and a
// Chromium (CHROMIUM, or the usual places). Where there is none it says so and passes, unless
// EARSHOT_REQUIRE contains `chromium`.
//
// Pictures go to target/browser; with EARSHOT_PICTURE=1 the README's one is written to docs/stage.png.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const pictures = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "browser");
const earshot = process.env.EARSHOT_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/earshot");
const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => place && existsSync(place));
const required = (process.env.EARSHOT_REQUIRE ?? "").split(",").map((word) => word.trim()).includes("chromium");
const skip = !executablePath && !required ? "skipped: there is no Chromium here" : false;

let browser;
const running = new Set();

before(async () => {
  if (skip) return;
  assert.ok(executablePath, "a Chromium is required (EARSHOT_REQUIRE) and none was found: install it, or name it in CHROMIUM");
  assert.ok(existsSync(earshot), `${earshot} is not built: cargo build --workspace`);
  mkdirSync(pictures, { recursive: true });
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(async () => {
  for (const process of running) process.kill("SIGKILL");
  await browser?.close();
});

/** Starts the stage and gives its address. */
function stage(...options) {
  const child = spawn(earshot, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const said = [];
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the stage was not set in 20 s; it said:\n${said.join("")}`)), 20_000);
    child.on("error", reject);
    child.on("exit", (code) => {
      running.delete(child);
      reject(new Error(`earshot left with ${code}; it said:\n${said.join("")}`));
    });
    child.stdout.on("data", (words) => {
      said.push(words);
      const address = /The stage is set: (http:\S+)/u.exec(said.join(""));
      if (!address) return;
      clearTimeout(late);
      resolve({ address: address[1], close: () => child.kill("SIGKILL") });
    });
  });
}

/** A page of a reader in London, which notes whatever goes wrong in it. */
async function open(address, width, height) {
  const context = await browser.newContext({
    viewport: { width, height }, locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (line) => { if (line.type() === "error") wrong.push(`console: ${line.text()}`); });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("data:")) wrong.push(`asked another host: ${url}`);
  });
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector("#slack-user").options.length > 0);
  return { page, wrong };
}

/** Puts the curtain away, should the page greet its visitor with one. */
async function curtain(page) {
  const button = page.locator("#curtain.up button");
  if (await button.count()) await button.first().click();
}

/** The words of the answer that only this person sees. */
async function answer(page, room) {
  const box = page.locator(`#${room}-answer`);
  await box.waitFor({ state: "visible" });
  return box.innerText();
}

/** Types a command and gives what came back. */
async function type(page, room, text, who) {
  if (who) await page.selectOption(`#${room}-user`, { label: who });
  const old = await page.locator(`#${room}-answer .dismiss`).count();
  if (old) await page.locator(`#${room}-answer .dismiss`).click();
  await page.fill(`#${room}-text`, text);
  await page.click(`#${room}-go`);
  return answer(page, room);
}

/** Sets up #SMXChat as its organiser would, X included. */
async function setUp(page) {
  await type(page, "slack", "new #SMXChat every Tuesday 8pm London");
  await type(page, "slack", "connect slack");
  const code = /\/connect ([A-Z0-9]{8})/u.exec(await type(page, "slack", "connect discord"))?.[1];
  assert.ok(code, "connect discord gives a code");
  await type(page, "discord", `/connect ${code}`, "Tomasz");
  await type(page, "slack", "connect x");
  await type(page, "slack", "preview");
  await page.locator("#slack-answer").getByRole("button", { name: "Approve X" }).click();
}

/** Moves the clock from cue to cue until a text stands in a room. */
async function playUntil(page, room, text) {
  const found = page.locator(`#${room}-feed .message`, { hasText: text }).first();
  for (let moves = 0; moves < 8 && !(await found.isVisible()); moves += 1) {
    await page.click("#next-cue");
    await found.waitFor({ state: "visible", timeout: 6_000 }).catch(() => {});
  }
  await found.waitFor({ state: "visible" });
}

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
  await page.screenshot({ path: join(pictures, "stage.png") });
  if (process.env.EARSHOT_PICTURE) {
    mkdirSync(join(root, "docs"), { recursive: true });
    copyFileSync(join(pictures, "stage.png"), join(root, "docs/stage.png"));
  }

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

// The stage in a headless Chromium, and how people use it. Needs a built `earshot` (EARSHOT_BIN, or the debug build)
// and a Chromium (CHROMIUM, or the usual places). Where there is none it says so and passes, unless EARSHOT_REQUIRE
// contains `chromium`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const pictures = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "browser");
const earshot = process.env.EARSHOT_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/earshot");
const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => place && existsSync(place));
const required = (process.env.EARSHOT_REQUIRE ?? "").split(",").map((word) => word.trim()).includes("chromium");
export const skip = !executablePath && !required ? "skipped: there is no Chromium here" : false;

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
export function stage(...options) {
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
export async function open(address, width, height) {
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
export async function curtain(page) {
  const button = page.locator("#curtain.up button");
  if (await button.count()) await button.first().click();
}

/** The words of the answer that only this person sees. */
export async function answer(page, room) {
  const box = page.locator(`#${room}-answer`);
  await box.waitFor({ state: "visible" });
  return box.innerText();
}

/** Types a command and gives what came back. */
export async function type(page, room, text, who) {
  if (who) await page.selectOption(`#${room}-user`, { label: who });
  const old = await page.locator(`#${room}-answer .dismiss`).count();
  if (old) await page.locator(`#${room}-answer .dismiss`).click();
  await page.fill(`#${room}-text`, text);
  await page.click(`#${room}-go`);
  return answer(page, room);
}

/** Sets up #SMXChat as its organiser would, X included. */
export async function setUp(page) {
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
export async function playUntil(page, room, text) {
  const found = page.locator(`#${room}-feed .message`, { hasText: text }).first();
  for (let moves = 0; moves < 8 && !(await found.isVisible()); moves += 1) {
    await page.click("#next-cue");
    await found.waitFor({ state: "visible", timeout: 6_000 }).catch(() => {});
  }
  await found.waitFor({ state: "visible" });
}

/** Keeps a picture in target/browser, and with EARSHOT_PICTURE=1 in the documents too. */
export async function picture(of, name, kept = name) {
  const path = join(pictures, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await of.screenshot({ path });
  if (!process.env.EARSHOT_PICTURE) return;
  const place = join(root, "docs", `${kept}.png`);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(path, place);
}

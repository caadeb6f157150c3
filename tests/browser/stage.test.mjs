// The stage in a real browser: a question is asked, an answer is posted on X, and its card is found in
// both rooms; at phone width nothing hangs over the edge. Pictures go to target/browser.
//
// It needs Chromium. Without one it says so and is skipped; EARSHOT_REQUIRE=chromium makes that a failure.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const earshot = process.env.EARSHOT_BIN ?? join(root, "target", "debug", "earshot");
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const pictures = join(root, "target", "browser");
const required = (process.env.EARSHOT_REQUIRE ?? "").split(",").includes("chromium");

/** Starts the stage and gives its address as soon as it is told. */
async function stage(...options) {
  const child = spawn(earshot, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /The stage is set: (\S+)/u.exec(line)?.[1];
    if (address) {
      child.stdout.resume();
      return { address, close: () => child.kill("SIGKILL") };
    }
  }
  throw new Error("the stage did not open");
}

test("a question, an answer, and its card in both rooms", {
  skip: !existsSync(browser) && !required && "no Chromium here: set CHROMIUM to one",
  timeout: 180_000,
}, async (t) => {
  const { chromium } = await import("playwright-core");
  mkdirSync(pictures, { recursive: true });
  const { address, close } = await stage();
  const opened = await chromium.launch({
    executablePath: browser,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  t.after(async () => {
    await opened.close();
    close();
  });
  const context = await opened.newContext({
    viewport: { width: 1400, height: 900 }, locale: "en-GB", timezoneId: "Europe/London",
  });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(address);

  await t.test("the hour opens and the first question is asked", async () => {
    await page.locator("#x-feed .message", { hasText: "Q1." }).waitFor({ timeout: 90_000 });
    await page.locator("#discord-feed .message", { hasText: "Q1." }).first().waitFor({ timeout: 15_000 });
    await page.locator("#slack-feed .message", { hasText: "Q1." }).first().waitFor({ timeout: 15_000 });
  });

  await t.test("the organiser adds a question and reads where it stands", async () => {
    await page.locator("#slack-text").fill("ask What would you ask yourself next year?");
    await page.locator("#slack-go").click();
    const answer = page.locator("#slack-answer");
    await answer.getByText("Saved as Q7").waitFor({ timeout: 15_000 });
    assert.match(await answer.innerText(), /X: \d+\/280/u);
  });

  await t.test("a post on X is carried into Discord and Slack, once each", async () => {
    const words = `A1 I am the browser, and I belong to nobody. #SMXChat`;
    await page.locator("#x-text").fill(words);
    await page.locator("#x-post").click();
    const post = page.locator("#x-feed .message", { hasText: "I am the browser" });
    await post.waitFor({ timeout: 15_000 });
    for (const feed of ["#discord-feed", "#slack-feed"]) {
      const card = page.locator(`${feed} .message`, { hasText: "I am the browser" });
      await card.first().waitFor({ timeout: 30_000 });
      // A thread's parent holds its replies too: the innermost element with these words is the card.
      const inner = await page.locator(feed).getByText("A1 I am the browser").count();
      assert.equal(inner, 1, `${feed} shows it ${inner} times`);
    }
  });

  await t.test("a member joins in Discord and is welcomed", async () => {
    await page.locator("#discord-text").fill("/join");
    await page.locator("#discord-go").click();
    await page.locator("#discord-answer").getByText(/You('re| were) in/u).waitFor({ timeout: 15_000 });
  });

  await page.screenshot({ path: join(pictures, "stage-1400.png") });

  await t.test("nothing hangs over the edge of a phone, and the keyboard has a focus to see", async () => {
    await page.setViewportSize({ width: 360, height: 760 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `the page is ${wide} wide`);
    await page.keyboard.press("Tab");
    const outlined = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return document.activeElement !== document.body
        && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    });
    assert.ok(outlined, "what has the focus shows it");
    const silent = await page.evaluate(() => [...document.images].filter((image) => !image.hasAttribute("alt")).length);
    assert.equal(silent, 0, "every picture has words");
    await page.screenshot({ path: join(pictures, "stage-360.png") });
  });

  assert.deepEqual(errors, [], "no script failed");
});

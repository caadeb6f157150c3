// The walk of docs/TOUR.md: an organiser's evening and a member's, step by step as it is told there. Each picture of it
// is taken here; with EARSHOT_PICTURE=1 they are written to docs/tour.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, curtain, open, picture, playUntil, setUp, skip, stage, type } from "./stage.mjs";

const questions = [
  "What made you smile this week?", "Which small thing do you do that nobody sees?", "What would you tell yourself a year ago?",
];

/** A stage on which only we play, from this moment of the chat's clock on. */
async function begin(t, at) {
  const { address, close } = await stage("--empty", "--clock", `${at} x1`);
  t.after(close);
  const { page, wrong } = await open(address, 1400, 1000);
  page.setDefaultTimeout(30_000);
  await curtain(page);
  await setUp(page);
  await type(page, "slack", "set desk #smxchat-desk");
  await type(page, "slack", "topic Small kindnesses");
  return { page, wrong };
}

const feed = (page, room, words) => page.locator(`#${room}-feed .message`, { hasText: words }).last();
const channel = (page, room, name) => page.locator(`#${room}-channels button`, { hasText: name }).first().click();

async function dismiss(page, room) {
  const button = page.locator(`#${room}-answer .dismiss`);
  if (await button.isVisible()) await button.click();
}

/** Types a command in Discord which opens a form. */
async function opens(page, command, words) {
  await dismiss(page, "discord");
  await page.fill("#discord-text", command);
  await page.click("#discord-go");
  const form = page.locator("dialog.modal");
  await form.getByText(words).waitFor();
  return form;
}

/** Answers by the button under a question, as whoever is chosen in Discord. */
async function answers(page, question, words, pictured) {
  await dismiss(page, "discord");
  await feed(page, "discord", question).getByRole("button", { name: "Answer" }).click();
  const form = page.locator("dialog.modal");
  await form.locator("textarea").fill(words);
  if (pictured) await picture(form, pictured);
  await form.getByRole("button", { name: "Submit" }).click();
  await page.locator("#discord-answer").getByText("on its way").waitFor();
}

/** Posts on X as somebody. */
async function posts(page, who, words) {
  await page.selectOption("#x-user", { label: who });
  await page.fill("#x-text", "");
  await page.fill("#x-text", words);
  await page.click("#x-post");
  await feed(page, "x", words.slice(0, 20)).waitFor();
}

/** Lets the clock run at sixty times its speed until something stands in a room, or at most so many minutes of it. */
async function run(page, found, seconds = 40) {
  await page.click('#speeds [data-speed="60"]');
  await found.waitFor({ timeout: seconds * 1000 });
  await page.click('#speeds [data-speed="1"]');
}

test("an organiser's evening", { skip, timeout: 300_000 }, async (t) => {
  const { page, wrong } = await begin(t, "2026-11-24T19:40:00Z");
  const slack = page.locator("#room-slack");

  // Questions, typed one by one; each answer says how it will look, and how long it is on X.
  for (const question of questions) await type(page, "slack", `ask ${question}`);
  await dismiss(page, "slack");
  assert.match(await type(page, "slack", "spare What are you looking forward to?"), /Kept in reserve/u);
  await type(page, "slack", "guest Amina Okoth, Nairobi from Q2");

  // Home says what is missing.
  await page.locator("#slack-channels").getByRole("button", { name: "Home" }).click();
  await page.locator(".home-tab").getByText("Amina Okoth").first().waitFor();
  await dismiss(page, "slack");
  await picture(slack, "tour/home");
  await channel(page, "slack", "smxchat");
  await type(page, "slack", "guest Amina Okoth, Nairobi, runs the city's oldest book club, from Q2");
  await dismiss(page, "slack");
  const all = await type(page, "slack", "questions");
  for (const question of questions) assert.ok(all.includes(question), all);
  await picture(slack, "tour/questions");
  await type(page, "slack", "brief");
  await picture(slack, "tour/brief");
  await dismiss(page, "slack");

  // The doors: one message at the desk, and the welcome in every room.
  await channel(page, "slack", "smxchat-desk");
  await playUntil(page, "slack", "We begin at 20:00");
  await playUntil(page, "discord", "Welcome! Tonight");
  await channel(page, "slack", "smxchat");
  await feed(page, "slack", "Welcome! Tonight").waitFor();
  await picture(page, "tour/opening");

  // Q1, and people.
  await playUntil(page, "discord", questions[0]);
  await posts(page, "Ada Okafor @adaokafor", "A1 my neighbour's tomatoes, still green, still trying #SMXChat");
  await feed(page, "discord", "still trying").waitFor();
  await page.selectOption("#discord-user", { label: "Juno" });
  await answers(page, questions[0], "My daughter taught the cat to high-five.");
  await dismiss(page, "discord");
  await channel(page, "slack", "smxchat-desk");
  const desk = page.locator("#slack-feed .message").filter({ hasText: "close 21:0" }).first();
  await desk.getByText("To come: Q2").waitFor();
  await desk.getByText("2 spoke").waitFor();
  await picture(slack, "tour/desk");

  // It goes well: three minutes more for Q1, and everything after it moves along.
  await desk.getByRole("button", { name: "Hold 3 min" }).click();
  await desk.getByText("Q2 20:23").waitFor();
  await feed(page, "slack", "close stays 21:00").waitFor();
  await picture(slack, "tour/hold");

  // Ten minutes later nobody has answered Ada. A reply is one tap away, and she leaves the list.
  await page.click("[data-jump='600']");
  await run(page, desk.getByText("Nobody has answered yet"));
  await desk.getByRole("button", { name: "Ada Okafor is heard" }).waitFor();
  await picture(slack, "tour/unheard");
  await desk.getByRole("link", { name: "Reply on X" }).click();
  await page.selectOption("#x-user", { label: "Bruno Lima @brunolima" });
  await page.locator("#x-reply-to").getByText("@adaokafor").waitFor();
  await page.keyboard.type("Green ones make the best chutney, Ada!");
  await picture(page.locator("#room-x"), "tour/reply");
  await page.click("#x-post");
  await feed(page, "x", "best chutney").waitFor();
  await run(page, desk.filter({ hasNotText: "Nobody has answered yet" }));
  await picture(slack, "tour/answered-her");

  // Another question than planned.
  await playUntil(page, "discord", questions[1]);
  await desk.getByRole("button", { name: "Spare for Q3" }).click();
  await playUntil(page, "discord", "What are you looking forward to?");
  await playUntil(page, "discord", "That's the hour");
  await dismiss(page, "slack");
  assert.match(await type(page, "slack", "heard"), /3 spoke[\s\S]*At least 1 was answered/u);
  await picture(slack, "tour/heard");
  assert.deepEqual(wrong, []);
});

test("a member's evening", { skip, timeout: 300_000 }, async (t) => {
  const { page, wrong } = await begin(t, "2026-11-24T19:40:00Z");
  const discord = page.locator("#room-discord");
  await type(page, "slack", "set events on");
  await type(page, "slack", `ask ${questions[0]}`);
  await dismiss(page, "slack");

  // Juno joins; everything in the form may stay empty.
  await page.selectOption("#discord-user", { label: "Juno" });
  const join = await opens(page, "/join", "Where are you?");
  for (const [n, words] of ["Lagos", "", "5 min", "23:00 to 07:00", "yes"].entries()) {
    if (words) await join.locator("input").nth(n).fill(words);
  }
  await picture(join, "tour/join");
  await join.getByRole("button", { name: "Submit" }).click();
  assert.match(await answer(page, "discord"), /You're in, Juno/u);
  await page.locator("#discord-events", { hasText: "Small kindnesses" }).waitFor();
  await picture(discord, "tour/joined");

  // A question of hers for the bank, a vote, and Maya takes it.
  await dismiss(page, "discord");
  const suggested = await type(page, "discord", "/suggest Who taught you to listen?");
  assert.match(suggested, /Who taught you to listen/u);
  await type(page, "slack", "ideas");
  await picture(page.locator("#room-slack"), "tour/ideas");
  await page.locator("#slack-answer").getByRole("button", { name: /Ask it/u }).click();
  await feed(page, "slack", "from Juno").waitFor();
  await dismiss(page, "slack");
  await dismiss(page, "discord");

  // Five minutes before, a message of her own; then the hour.
  await run(page, page.locator("#discord-channels button", { hasText: "Juno" }));
  await channel(page, "discord", "Juno");
  await picture(discord, "tour/reminder");
  await channel(page, "discord", "smxchat");
  await playUntil(page, "discord", questions[0]);
  await answers(page, questions[0], "My daughter taught the cat to high-five. Badly, and with great joy.", "tour/answer");
  await channel(page, "slack", "smxchat");
  await feed(page, "slack", "high-five").waitFor();
  await picture(page, "tour/answered");

  // Her own question is asked, with her name under it; after the hour a word for her first time.
  await dismiss(page, "discord");
  await playUntil(page, "discord", "Who taught you to listen?");
  await picture(discord, "tour/credited");
  await playUntil(page, "discord", "That's the hour");
  await run(page, page.locator("#discord-channels button", { hasText: "Juno" }).locator(".badge"));
  await channel(page, "discord", "Juno");
  await picture(discord, "tour/hello");
  assert.match(await type(page, "discord", "/me"), /Hours with us: 1/u);
  await picture(discord, "tour/me");

  // What is kept of her, as a file; and gone.
  await dismiss(page, "discord");
  await type(page, "discord", "/my-data");
  const file = page.locator("#discord-answer .file");
  await file.locator("summary").click();
  await file.getByText("high-five").waitFor();
  await picture(discord, "tour/my-data");
  await dismiss(page, "discord");
  await type(page, "discord", "/forget-me");
  await page.locator("#discord-answer").getByRole("button", { name: "Forget me" }).click();
  await page.locator("#discord-answer").getByText(/removed|gone/iu).first().waitFor();
  await picture(discord, "tour/forgotten");
  assert.deepEqual(wrong, []);
});

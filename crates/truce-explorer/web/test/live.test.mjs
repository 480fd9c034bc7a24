/**
 * A running explorer: EXPLORER is its address, such as http://127.0.0.1:8417. Pages of records all over the log must be
 * green in Chromium, in every language, saved files too.
 */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "node:test";
import { browserOrReason, launch, verdict } from "./browser.mjs";

const address = process.env.EXPLORER;
const { chromium, why } = await browserOrReason();
const options = { skip: address ? why : "EXPLORER does not name an address" };

test("records of a running explorer are green, in every language, and saved", options, async (t) => {
  const browser = await launch(chromium);
  t.after(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const size = Number((await (await fetch(`${address}/checkpoint`)).text()).split("\n")[1]);
  const step = Math.max(1, Math.floor(size / 60));
  const positions = [...Array(Math.min(size, 12)).keys()];
  for (let position = 12; position < size; position += step) positions.push(position);
  for (const [i, position] of positions.entries()) {
    const lang = ["en", "fr", "ru", "ar", "es"][i % 5];
    await page.goto(`${address}/records/${position}?lang=${lang}`);
    const found = await verdict(page);
    assert.equal(found.verdict, "good", `${position} ${lang}: ${found.text} ${found.why}`);
  }
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-evidence")]);
  const path = join(mkdtempSync(join(tmpdir(), "truce-live-")), "saved.html");
  await download.saveAs(path);
  await context.setOffline(true);
  await page.goto(pathToFileURL(path).href);
  assert.equal((await verdict(page)).verdict, "good");
  t.diagnostic(`${positions.length} of ${size} records`);
});

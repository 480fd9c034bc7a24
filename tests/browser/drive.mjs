/**
 * Hands of the program `liar`: opens pages as it is told, one JSON line each, and answers with what the page said.
 *
 *   {"do":"visit","url":"...","fresh":true}   a page, in a browser that remembers nothing where `fresh` is true
 *   {"do":"save"}                              presses "Save as evidence", opens the file without a network
 *   {"do":"end"}
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { start, verdict } from "./chromium.mjs";

const browser = await start();
const folder = mkdtempSync(join(tmpdir(), "truce-saved-"));
let context = null;
let page = null;

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function visit({ url, fresh, lang = "en" }) {
  if (fresh || !context) {
    await context?.close();
    context = await browser.newContext({ locale: lang, viewport: { width: 1280, height: 900 } });
  } else {
    await page.close();
  }
  page = await context.newPage();
  try {
    const response = await page.goto(url, { waitUntil: "load", timeout: 20_000 });
    return { status: response?.status() ?? 0, ...(await verdict(page, 8_000)) };
  } catch (error) {
    return { status: 0, verdict: "refused", first: String(error.message).split("\n")[0], failed: [] };
  }
}

/** The saved file as it is, or with `from` replaced by `to` in it. */
async function save({ from, to }) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-evidence")]);
  const file = join(folder, "evidence.html");
  await download.saveAs(file);
  if (from) writeFileSync(file, readFileSync(file, "utf8").replaceAll(from, to));
  const offline = await browser.newContext({ offline: true });
  const saved = await offline.newPage();
  await saved.goto(pathToFileURL(file).href);
  const said = await verdict(saved, 8_000);
  await offline.close();
  return said;
}

answer({ ready: browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.do === "end") break;
  try {
    answer(await (order.do === "save" ? save(order) : visit(order)));
  } catch (error) {
    answer({ verdict: "broken", first: String(error.message).split("\n")[0], failed: [] });
  }
}
await browser.close();
rmSync(folder, { recursive: true, force: true });
// The other end still holds the pipe that this one reads.
process.exit(0);

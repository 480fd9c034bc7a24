/**
 * Chromium, driven by playwright-core: how it is started, and how long a page is waited for. The packages lie outside
 * the checkout, in the folder that TRUCE_BROWSER names; `cargo xtask browser` puts them there.
 * @module
 */

import { createRequire } from "node:module";
import { join } from "node:path";

const home = process.env.TRUCE_BROWSER;
if (!home) {
  console.error("TRUCE_BROWSER does not say where the packages are; run this through `cargo xtask browser`");
  process.exit(2);
}
const require = createRequire(join(home, "package.json"));
const { chromium } = require("playwright-core");

/** Source of axe-core, to be run inside a page. */
export const axeSource = require("axe-core").source;

const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** The last two: whatever a page asks for from elsewhere fails at once, and never leaves the machine. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

/** A browser with an empty profile of its own, which is removed when it is closed. */
export const start = () => chromium.launch({ executablePath: PROGRAM, headless: true, args: FLAGS });

/**
 * Waits until the verifier of a page has spoken, where the page has one.
 * @returns {Promise<{verdict: string, first: string, steps: Record<string, string>, failed: string[], why: string}|null>}
 */
export async function verdict(page, within = 15_000) {
  if ((await page.locator("#verdict").count()) === 0) return null;
  const spoken = () => {
    const aside = document.getElementById("verdict");
    const record = document.querySelector('main[data-page="record"]');
    const steps = [...document.querySelectorAll("#proof > ol > li")];
    return !!aside?.querySelector("strong") && (!record || (steps.length > 0 && steps.every((li) => li.dataset.state)));
  };
  // What does not speak in time has not been checked, and counts as that.
  await page.waitForFunction(spoken, null, { timeout: within }).catch(() => {});
  return page.evaluate(() => {
    const aside = document.getElementById("verdict");
    const steps = [...document.querySelectorAll("#proof > ol > li")];
    const failed = steps.filter((li) => li.dataset.state === "fail");
    return {
      verdict: aside?.dataset.verdict ?? "none",
      first: aside?.querySelector("strong")?.textContent ?? "",
      steps: Object.fromEntries(steps.map((li) => [li.dataset.step, li.dataset.state ?? ""])),
      failed: failed.map((li) => li.dataset.step),
      why: failed[0]?.querySelector("p")?.textContent ?? "",
    };
  });
}

/** Chromium for the tests. Where there is none, they are skipped and say so. */
import { existsSync } from "node:fs";

const PATH = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @returns {Promise<{chromium: any, why: string|false}>} */
export async function browserOrReason() {
  if (!existsSync(PATH)) return { why: `no Chromium at ${PATH}; set CHROMIUM` };
  try {
    return { chromium: (await import("playwright-core")).chromium, why: false };
  } catch {
    return { why: "playwright-core is not installed: npm ci in this folder" };
  }
}

export const launch = (chromium) => chromium.launch({ executablePath: PATH, args: FLAGS });

/** Waits until the verifier has spoken, and returns verdict, first sentence and the states of the steps. */
export async function verdict(page) {
  await page.waitForFunction(
    () => {
      const aside = document.getElementById("verdict");
      return (
        aside.querySelector("strong") &&
        !document.body.dataset.busy &&
        document.querySelectorAll("#proof li").length > 0
      );
    },
    null,
    { timeout: 20_000 },
  );
  return page.evaluate(() => ({
    verdict: document.getElementById("verdict").dataset.verdict,
    first: document.querySelector("#verdict strong").textContent,
    text: document.getElementById("verdict").textContent,
    steps: Object.fromEntries(
      [...document.querySelectorAll("#proof li")].map((li) => [li.dataset.step, li.dataset.state]),
    ),
    why: document.querySelector("#proof li[data-state=fail]")?.textContent,
  }));
}

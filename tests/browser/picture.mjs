/**
 * Takes the picture of the explorer for the README: the newest daily report of the demonstration, once the browser has
 * checked it. EXPLORER is the address of an explorer over it, PICTURE the file to write.
 * @module
 */

import { start, verdict } from "./chromium.mjs";

const { EXPLORER, PICTURE } = process.env;
const size = { width: 1120, height: 1060 };

const list = await (await fetch(`${EXPLORER}/api/v1/records?kind=report&limit=1`)).json();
const position = list.rows[0].position;
const browser = await start();
try {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: "light",
    locale: "en",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(`${EXPLORER}/en/records/${position}`);
  const found = await verdict(page);
  if (found?.verdict !== "good") throw new Error(`the page is ${found?.verdict}: ${found?.why}`);
  await page.screenshot({ path: PICTURE, scale: "css" });
  console.log(`record ${position}: ${found.first}`);
} finally {
  await browser.close();
}

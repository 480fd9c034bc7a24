/**
 * What is looked for on a page: each function returns sentences about what is wrong, none where nothing is.
 * @module
 */

import { axeSource } from "./chromium.mjs";

/** WCAG 2.2 at level AA with all it builds on, and what axe-core calls best practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/**
 * Listens to a page from before its first request.
 * @param {import("playwright-core").Page} page @param {string} origin
 * @param {{status?: number}} [expected] the status of the page itself, where it is an error on purpose
 */
export function listen(page, origin, { status = 200 } = {}) {
  const heard = { outside: [], console: [], failed: [] };
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) heard.outside.push(url);
  });
  page.on("response", (response) => {
    const wanted = response.request().isNavigationRequest() ? status : 200;
    if (![wanted, 304].includes(response.status())) heard.failed.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    // What the page was still fetching when the test left it is no fault of the page.
    const error = request.failure()?.errorText;
    if (error !== "net::ERR_ABORTED") heard.failed.push(`${error} ${request.url()}`);
  });
  page.on("pageerror", (error) => heard.console.push(`uncaught: ${error.message}`));
  page.on("dialog", (dialog) => {
    heard.console.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => {
    // A page that is not there says so in the console by itself.
    const own = status !== 200 && /status of 4\d\d/.test(message.text());
    if (["error", "warning", "assert"].includes(message.type()) && !own) {
      heard.console.push(`${message.type()}: ${message.text()}`);
    }
  });
  return () => [
    ...heard.outside.map((url) => `request outside the origin: ${url}`),
    ...heard.console.map((text) => `console: ${text}`),
    ...heard.failed.map((text) => `request failed: ${text}`),
  ];
}

/** Bytes that come over the wire for a page, heads included. Needs a context that has fetched nothing yet. */
export async function weigh(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  return () => bytes;
}

/** Violations of accessibility rules, with the first places of each. */
export async function accessibility(page) {
  // As a page's script the content security policy would refuse it; as the debugger's it does not.
  await page.evaluate(axeSource);
  const found = await page.evaluate(
    async (rules) => {
      const { violations } = await globalThis.axe.run(document, {
        runOnly: { type: "tag", values: rules },
        resultTypes: ["violations"],
      });
      return violations.map(({ id, help, nodes }) => ({
        id,
        help,
        count: nodes.length,
        where: nodes.slice(0, 3).map((node) => `${node.target.join(" ")} {${node.html.slice(0, 120)}}`),
        why: nodes[0].failureSummary?.split("\n").slice(1).join(" ").trim(),
      }));
    },
    RULES,
  );
  return found.map((v) => `axe ${v.id} ×${v.count}: ${v.help}; ${v.where.join(" | ")}; ${v.why}`);
}

/**
 * Whether the page has to be moved sideways, and by what; or is so narrow somewhere that words stand one letter under
 * the other. Wide things that scroll by themselves are fine.
 */
export async function sideways(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const name = (node) => `${node.tagName.toLowerCase()}${node.className ? `.${node.className}` : ""}`;
    const thin = [...document.querySelectorAll("main *")].filter((node) => {
      const own = [...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data.trim()).join("");
      const box = node.getBoundingClientRect();
      return own.length > 12 && box.width > 2 && box.width < 40 && box.height > 5 * box.width && node.checkVisibility();
    });
    const columns = thin.slice(0, 2).map((node) => `a column of letters: ${name(node)}`);
    const wide = root.scrollWidth - root.clientWidth;
    if (wide <= 0) return columns;
    const scrolls = (node) => {
      for (let above = node.parentElement; above && above !== root; above = above.parentElement) {
        if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(above).overflowX)) return true;
      }
      return false;
    };
    const over = [...document.body.querySelectorAll("*")].filter((node) => {
      const box = node.getBoundingClientRect();
      return (box.right > root.clientWidth + 1 || box.left < -1) && box.width > 0 && !scrolls(node);
    });
    return [...columns, `wider than the window by ${wide} px: ${over.slice(0, 4).map(name).join(", ")}`];
  });
}

/** Words, headings and structure that no page may lack, and traces of words that were not found. */
export async function form(page, { lang, dir }) {
  return page.evaluate(
    ([lang, dir]) => {
      const wrong = [];
      const root = document.documentElement;
      if (root.lang !== lang) wrong.push(`lang is ${root.lang}, not ${lang}`);
      if (root.dir !== dir) wrong.push(`dir is ${root.dir}, not ${dir}`);
      if (document.querySelectorAll("h1").length !== 1) wrong.push("not exactly one h1");
      if (document.title.trim() === "") wrong.push("no title");
      const text = document.body.innerText;
      for (const trace of ["undefined", "NaN", "[object", "{$", "{ $", "\u{2068}{"]) {
        if (text.includes(trace)) wrong.push(`the text has ${JSON.stringify(trace)}`);
      }
      const inline = document.querySelectorAll("[style], style, script:not([src]):not([type='application/json'])");
      if (inline.length > 0) wrong.push(`inline style or script: ${inline[0].outerHTML.slice(0, 80)}`);
      const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
      const twice = ids.find((id, i) => ids.indexOf(id) !== i);
      if (twice) wrong.push(`the id ${twice} stands twice`);
      return wrong;
    },
    [lang, dir],
  );
}

/**
 * Walks a page that nothing has had the focus on yet with the Tab key: everything that can be worked, as far as `most`,
 * in the order of the page, each with a mark that can be seen.
 * @returns {Promise<{wrong: string[], stops: number}>}
 */
export async function keyboard(page, most = 120) {
  const wrong = [];
  const expected = await page.evaluate((most) => {
    const able = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const seen = (node) => {
      const skip = node.matches(".skip");
      return skip || (node.checkVisibility({ visibilityProperty: true }) && !node.disabled && node.tabIndex >= 0);
    };
    // Inside a closed block nothing can be reached, nor need be.
    const shut = (node) => {
      const block = node.parentElement?.closest("details:not([open])");
      return block && !(node.tagName === "SUMMARY" && node.parentElement === block);
    };
    const all = [...document.querySelectorAll(able)].filter((node) => seen(node) && !shut(node));
    // Not marked in the page itself: the verifier would see it, and check again.
    globalThis.testStops = all;
    if (document.querySelector("[tabindex]:not([tabindex='0']):not([tabindex='-1'])")) return -1;
    return Math.min(all.length, most);
  }, most);
  if (expected === -1) return { wrong: ["a tabindex above 0 changes the order"], stops: 0 };
  const reached = [];
  // A field for a date is several stops, one for each of its parts.
  for (let i = 0; i < 3 * expected + 5 && reached.length < expected; i += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(async () => {
      const node = document.activeElement;
      if (!node || node === document.body) return null;
      // The page is moved to what has the focus with the next picture.
      const seen = () => node.getBoundingClientRect().bottom > 0 && node.getBoundingClientRect().top < innerHeight;
      const limit = performance.now() + 1000;
      while (!seen() && performance.now() < limit) await new Promise((next) => requestAnimationFrame(next));
      const style = getComputedStyle(node);
      const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      const box = node.getBoundingClientRect();
      const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      return {
        number: globalThis.testStops.indexOf(node),
        marked: outlined || style.boxShadow !== "none",
        visible: inside && box.width > 0 && box.height > 0,
        what: node.outerHTML.replace(/\s+/g, " ").slice(0, 80),
      };
    });
    if (!stop) break;
    // A box that scrolls by itself is a stop in Chromium though nothing says so.
    if (stop.number === reached.at(-1)) continue;
    if (stop.number >= 0) reached.push(stop.number);
    if (!stop.marked) wrong.push(`no visible focus on ${stop.what}`);
    if (!stop.visible) wrong.push(`focus goes out of sight at ${stop.what}`);
  }
  const order = reached.findIndex((number, i) => number !== i);
  if (order !== -1) wrong.push(`stop ${order} is element ${reached[order]}: not the order of the page`);
  if (reached.length < expected) wrong.push(`${expected - reached.length} of ${expected} things are not reached by Tab`);
  return { wrong: wrong.slice(0, 5), stops: reached.length };
}

/**
 * The first stop of a page that nothing has had the focus on yet leads past the navigation, and can be seen while it has
 * the focus.
 */
export async function skipLink(page) {
  await page.keyboard.press("Tab");
  const link = await page.evaluate(() => {
    const node = document.activeElement;
    const box = node.getBoundingClientRect();
    return { skip: node.matches("a.skip"), to: node.getAttribute("href"), seen: box.top >= 0 && box.height > 10 };
  });
  if (!link.skip) return ["the first stop is not the link past the navigation"];
  const wrong = link.seen ? [] : ["the link past the navigation cannot be seen"];
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(() => {
    const main = document.getElementById("main");
    const node = document.activeElement;
    // Where there is nothing to work in the content, the next stop is wherever the page goes on.
    if (![...main.querySelectorAll("a[href], button, input, select, summary")].some((one) => one.checkVisibility())) {
      return location.hash === "#main";
    }
    return node === document.body || main.contains(node) || !!(main.compareDocumentPosition(node) & 4);
  });
  return inside ? wrong : [...wrong, "it does not lead into the page's own content"];
}

/** What a page says, for comparison: with and without scripts it must be the same. */
export async function content(page) {
  return page.evaluate(() => {
    const own = "#verdict, #proof, .local, noscript, #drop-results, #save-evidence";
    const main = document.querySelector("main").cloneNode(true);
    main.querySelectorAll(own).forEach((node) => node.remove());
    const words = (nodes) => [...nodes].map((node) => node.textContent.replace(/\s+/g, " ").trim());
    return {
      headings: words(main.querySelectorAll("h1, h2, h3, h4")),
      leaves: words(main.querySelectorAll("dt, dd")),
      cells: words(main.querySelectorAll("th, td")),
      text: words(main.querySelectorAll("p, li")),
      links: [...document.querySelectorAll("a[href]:not(main *)")].map((a) => a.getAttribute("href")),
      forms: [...main.querySelectorAll("form")].map((one) => `${one.method} ${one.getAttribute("action")}`),
    };
  });
}

/** On paper: content there, navigation not, dark on light, nothing wider than the sheet. */
export async function printed(page) {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const wrong = await page.evaluate(() => {
    const wrong = [];
    const shown = (selector) => [...document.querySelectorAll(selector)].some((node) => node.checkVisibility());
    if (!shown("main")) wrong.push("in print the content is gone");
    if (shown("nav.rooms, nav.languages, .skip")) wrong.push("in print the navigation stays");
    const light = (text) => (text.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    const { color, backgroundColor } = getComputedStyle(document.body);
    const paper = backgroundColor === "rgba(0, 0, 0, 0)" ? 765 : light(backgroundColor);
    if (paper < 700 || light(color) > 200) wrong.push(`in print ${color} on ${backgroundColor}`);
    return wrong;
  });
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  return wrong;
}

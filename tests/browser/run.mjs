/**
 * Every page of the explorer in a real browser (`cargo xtask browser`). Told by the environment:
 *
 * - EXPLORER: address of an explorer over the demonstration's ledger; DEMO: the demonstration's folder
 * - HOSTILE: address of an explorer over a log full of hostile texts
 * - ARTEFACTS: folder for screenshots
 *
 * `--all` opens every record, not a sample. The last line counts pages, checks and failures; exit code 1 with any.
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { start, verdict } from "./chromium.mjs";
import { signedFiles } from "./files.mjs";
import * as look from "./look.mjs";

const origin = process.env.EXPLORER.replace(/\/$/, "");
const hostile = process.env.HOSTILE.replace(/\/$/, "");
const demo = process.env.DEMO;
const artefacts = process.env.ARTEFACTS;
const all = process.argv.includes("--all");
mkdirSync(artefacts, { recursive: true });

/** Most bytes of a page, the map's apart. */
const WEIGHT = 200_000;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const DIRECTION = { ar: "rtl" };

const api = async (path, at = origin) => (await fetch(`${at}/api/v1/${path}`)).json();

let checks = 0;
const failures = [];
function note(what, where, wrong) {
  checks += 1;
  for (const sentence of wrong) {
    failures.push(`${where}: ${what}: ${sentence}`);
    console.log(`  FAILED ${where}: ${what}: ${sentence}`);
  }
}

const browser = await start();

/** Opens `path` and looks at it with `each`, in a browser of its own that has seen nothing. */
async function open(at, path, options, each) {
  const { lang = "en", status = 200, ...context } = options;
  const own = await browser.newContext({ viewport: DESKTOP, locale: lang, timezoneId: "UTC", ...context });
  const page = await own.newPage();
  const complaints = look.listen(page, at, { status });
  const weight = await look.weigh(page);
  try {
    const response = await page.goto(at + path, { waitUntil: "load" });
    const said = context.javaScriptEnabled === false ? null : await verdict(page);
    return await each({ page, said, weight, complaints, status: response.status() });
  } finally {
    await own.close();
  }
}

/** `work` over `items`, two at a time: there are two cores at least. */
async function inPairs(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

const inLanguage = (lang, path) => (lang === "en" ? path : `/${lang}${path}`);
const shot = (page, name) => page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true, timeout: 20_000 });

// ---- The pages: every room, every kind of record, and addresses that lead nowhere.

const facets = await api("facets");
const kinds = facets.kinds.map((kind) => kind.kind ?? kind);
const newest = async (query, at) => (await api(`records?${query}&limit=1`, at)).rows[0]?.position;
const records = [];
for (const kind of kinds) records.push({ kind, position: await newest(`kind=${kind}`) });
const status = await api("status");
const mission = await api("parties/mission");
const [{ kid }] = mission.keys;

const pages = [
  { name: "overview", path: "/" },
  { name: "timeline", path: "/timeline" },
  { name: "timeline-of-region", path: "/timeline?class=mission&step=month&live-fire=without" },
  { name: "map", path: "/map", map: true },
  { name: "calendar", path: "/calendar" },
  { name: "records", path: "/records" },
  { name: "records-found", path: "/records?kind=report&party=mission&q=explosions" },
  { name: "records-none", path: "/records?q=nothingofthekind" },
  { name: "records-bad", path: "/records?from=yesterday" },
  { name: "parties", path: "/parties" },
  { name: "party", path: "/parties/mission" },
  { name: "key", path: `/keys/${kid}` },
  { name: "checkpoints", path: "/checkpoints" },
  { name: "verify", path: "/verify" },
  { name: "data", path: "/data" },
  { name: "about", path: "/about" },
  { name: "nowhere", path: "/nowhere", status: 404 },
  { name: "record-nowhere", path: `/records/${status.size}`, status: 404 },
  ...records.map(({ kind, position }) => ({ name: `record-${kind}`, path: `/records/${position}`, record: kind })),
];
/** Records differ in their fields alone: these stand for all where a check takes long. */
const STAND_IN = ["report", "charter", "notification"];
const thorough = pages.filter((one) => !one.record || STAND_IN.includes(one.record));

console.log(`${pages.length} pages in ${browser.version()}, ${kinds.length} kinds of records`);

// ---- First: a page with every fault there can be, to know that each is seen.

await seesFaults();
async function seesFaults() {
  const own = await browser.newContext({ viewport: PHONE });
  const page = await own.newPage();
  const faults =
    '<img src="http://elsewhere.invalid/x.png"><div style="width:900px">wide</div><div style="width:9px;overflow-wrap:anywhere">one under the other</div><p style="color:#bbb;background:#fff">faint</p>' +
    '<button id="b" tabindex="5" style="outline:none">x</button><script>console.warn("w"); throw new Error("e")</script>' +
    '<a href="/" style="outline:none;box-shadow:none">plain</a>';
  await page.route("**/about", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers() };
    delete headers["content-security-policy"];
    const body = (await response.text()).replace("</main>", `${faults}</main>`).replace('class="skip"', 'class="no"');
    await route.fulfill({ response, headers, body });
  });
  const complaints = look.listen(page, origin);
  await page.goto(`${origin}/about`, { waitUntil: "load" });
  const seen = [
    ...complaints(),
    ...(await look.accessibility(page)),
    ...(await look.sideways(page)),
    ...(await look.form(page, { lang: "en", dir: "rtl" })),
    ...(await look.skipLink(page)),
    ...(await look.keyboard(page)).wrong,
  ].join("\n");
  const faultsSeen = [
    "outside the origin",
    "console: warning",
    "console: uncaught",
    "axe image-alt",
    "axe color-contrast",
    "wider than the window",
    "a column of letters",
    "inline style",
    "dir is ltr",
    "a tabindex above 0",
    "the first stop is not",
  ];
  note("sees faults", "spoiled page", faultsSeen.filter((fault) => !seen.includes(fault)).map((f) => `not seen: ${f}`));
  await page.goto(`${origin}/about`, { waitUntil: "load" });
  await page.evaluate(() => document.getElementById("b").removeAttribute("tabindex"));
  const walked = (await look.keyboard(page)).wrong.join("\n");
  note("sees faults", "spoiled page", walked.includes("no visible focus") ? [] : ["not seen: no visible focus"]);
  await own.close();
}

// ---- Every page, at a desk.

const weights = [];
const found = new Map();
await inPairs(pages, async ({ name, path, status = 200, map, record }) => {
  await open(origin, path, { status }, async (seen) => {
    const { page, said } = seen;
    note("status", path, seen.status === status ? [] : [`${seen.status}, not ${status}`]);
    if (said) note("verdict", path, said.verdict === "good" ? [] : [`${said.verdict}: ${said.first} ${said.why}`]);
    if (record) note("steps", path, Object.keys(said.steps).length === 12 ? [] : ["not twelve steps"]);
    const bytes = seen.weight();
    weights.push({ name, bytes });
    if (!map) note("weight", path, bytes < WEIGHT ? [] : [`${bytes} bytes`]);
    note("form", path, await look.form(page, { lang: "en", dir: "ltr" }));
    note("accessibility", path, await look.accessibility(page));
    note("sideways", path, await look.sideways(page));
    await shot(page, `desktop-${name}`);
    if (thorough.some((one) => one.name === name)) {
      note("print", path, await look.printed(page));
      note("way past the navigation", path, await look.skipLink(page));
      await page.goto(origin + path, { waitUntil: "load" });
      await verdict(page);
      note("keyboard", path, (await look.keyboard(page)).wrong);
    }
    // A page that says there is nothing offers its own address in other languages, where there is nothing either.
    const links = status === 200 ? await page.evaluate(() => [...document.links].map((a) => a.href)) : [];
    for (const href of links) found.set(href, path);
    note("quiet", path, seen.complaints());
  });
});
weights.sort((a, b) => b.bytes - a.bytes);
console.log(`heaviest: ${weights.slice(0, 3).map(({ name, bytes }) => `${name} ${Math.ceil(bytes / 1000)} kB`).join(", ")}`);

// ---- In the dark, on a phone, in Arabic, in the other languages.

const variants = [
  { label: "dark", colorScheme: "dark", lang: "en", axe: true },
  { label: "phone", viewport: PHONE, lang: "en", axe: true, mobile: true },
  { label: "arabic", lang: "ar", axe: true },
  { label: "arabic-phone", viewport: PHONE, lang: "ar", mobile: true },
];
for (const variant of variants) {
  const { label, lang, axe, mobile, ...context } = variant;
  await inPairs(thorough, async ({ name, path, status = 200 }) => {
    const options = { ...context, lang, status, ...(mobile ? { isMobile: true, hasTouch: true } : {}) };
    const where = `${label} ${path}`;
    await open(origin, inLanguage(lang, path), options, async ({ page, said, complaints }) => {
      if (said) note("verdict", where, said.verdict === "good" ? [] : [`${said.verdict}: ${said.first} ${said.why}`]);
      note("form", where, await look.form(page, { lang, dir: DIRECTION[lang] ?? "ltr" }));
      note("sideways", where, await look.sideways(page));
      if (axe) note("accessibility", where, await look.accessibility(page));
      note("quiet", where, complaints());
      await shot(page, `${label}-${name}`);
    });
  });
}
const others = thorough.filter(({ name }) => ["overview", "timeline", "records", "record-report", "calendar"].includes(name));
for (const lang of ["fr", "ru", "es"]) {
  await inPairs(others, async ({ name, path }) => {
    const where = `${lang} ${path}`;
    await open(origin, inLanguage(lang, path), { lang, viewport: PHONE }, async ({ page, said, complaints }) => {
      if (said) note("verdict", where, said.verdict === "good" ? [] : [`${said.verdict}: ${said.first} ${said.why}`]);
      note("form", where, await look.form(page, { lang, dir: "ltr" }));
      note("sideways", where, await look.sideways(page));
      note("quiet", where, complaints());
      if (name === "overview") await shot(page, `${lang}-${name}`);
    });
  });
}

// ---- Without scripts every page says the same, and says that nothing was checked.

await inPairs(thorough, async ({ path, status = 200 }) => {
  const scripted = await open(origin, path, { status }, ({ page }) => look.content(page));
  await open(origin, path, { status, javaScriptEnabled: false }, async ({ page }) => {
    const plain = await look.content(page);
    const lost = Object.keys(scripted).flatMap((part) => {
      const here = new Set(plain[part]);
      return scripted[part].filter((text) => !here.has(text)).slice(0, 2).map((text) => `${part}: ${text.slice(0, 80)}`);
    });
    note("without scripts", path, lost.map((one) => `missing: ${one}`));
    const banner = await page.evaluate(() => document.getElementById("verdict")?.dataset.verdict);
    note("without scripts", path, [undefined, "unchecked"].includes(banner) ? [] : [`claims ${banner}`]);
  });
});

// ---- Records, one after the other in one browser that remembers: a sample, or with --all each.

const step = all ? 1 : Math.max(1, Math.floor(status.size / 40));
const sample = Array.from({ length: Math.ceil(status.size / step) }, (_, i) => i * step);
{
  const own = await browser.newContext({ viewport: DESKTOP });
  let good = 0;
  await inPairs(sample, async (position) => {
    const page = await own.newPage();
    const complaints = look.listen(page, origin);
    await page.goto(`${origin}/records/${position}`, { waitUntil: "load" });
    const said = await verdict(page);
    if (said.verdict === "good") good += 1;
    note("verdict", `/records/${position}`, said.verdict === "good" ? [] : [`${said.verdict}: ${said.first} ${said.why}`]);
    note("quiet", `/records/${position}`, complaints());
    await page.close();
  });
  console.log(`records: ${good} of ${sample.length} checked by the browser are good`);
  await own.close();
}

// ---- A saved file, offline: good as it is, bad with one digit changed.

const reports = records.find(({ kind }) => kind === "report");
await savedEvidence();
async function savedEvidence() {
  await open(origin, `/records/${reports.position}`, { acceptDownloads: true }, async ({ page }) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-evidence")]);
    const file = join(artefacts, "evidence.html");
    await download.saveAs(file);
    const text = readFileSync(file, "utf8");
    const spoiled = join(artefacts, "evidence-spoiled.html");
    writeFileSync(spoiled, text.replace(/(data-path="\/body\/[^"]*"[^>]*>[^<]*?)([0-9])/, (_, before, digit) => `${before}${(Number(digit) + 1) % 10}`));
    for (const [path, wanted] of [
      [file, "good"],
      [spoiled, "bad"],
    ]) {
      const own = await browser.newContext({ offline: true, viewport: DESKTOP });
      const saved = await own.newPage();
      const complaints = look.listen(saved, "file://");
      await saved.goto(pathToFileURL(path).href);
      const said = await verdict(saved);
      note("saved evidence", wanted, said?.verdict === wanted ? [] : [`${said?.verdict}: ${said?.first}`]);
      if (wanted === "good") {
        note("saved evidence", "accessibility", await look.accessibility(saved));
        note("saved evidence", "quiet", complaints());
        await shot(saved, "saved-evidence");
      }
      await own.close();
    }
  });
}

// ---- Files given to the page that verifies: nothing is sent, and each is told for what it is.

/** What the page says of a fraud proof that is refused with a code. */
const REFUSED = { "malformed-fraud-proof": "drop.fraud.bad", "nothing-proven": "drop.fraud.nothing" };
await dropped();
async function dropped() {
  const file = (name) => join(demo, name);
  const statement = readFileSync(file("entry-20.cose"));
  const proof = readFileSync(file("entry-20.tlog-proof"), "utf8");
  const flipped = (content, fromEnd) => {
    const bytes = Buffer.from(content);
    bytes[bytes.length - fromEnd] ^= 1;
    return bytes;
  };
  const as = (name, content) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
  const held = (name) => as(name.split("/").at(-1), readFileSync(file(name)));
  const forged = as("forged.cose", flipped(statement, 100));
  const charter = held("ledger/charter.cose");
  const evidence = await (await fetch(`${origin}/api/v1/records/20/evidence`)).text();
  const logKey = file("ledger/log.pem");
  const { receipt, transparent, fraud } = signedFiles({ statement, proof, charter: charter.buffer, logKey });
  const vectors = JSON.parse(readFileSync(new URL("../../fixtures/vectors/fraud-proof.json", import.meta.url)));
  const [seen, onFile] = [held("entry-20.cose"), held("entry-20.tlog-proof")];
  const cases = [
    ["a statement with its proof", [charter, seen, onFile], "pass", "drop.proof"],
    ["its evidence", [as("e.json", evidence)], "pass", "drop.evidence.good"],
    ["a saved file", [as("evidence.html", readFileSync(join(artefacts, "evidence.html")))], "pass", "drop.evidence.good"],
    ["the log's checkpoint", [charter, held("published/checkpoint")], "pass", "drop.checkpoint"],
    ["a forged statement with the proof", [charter, forged, onFile], "fail", ""],
    ["evidence with one bit turned", [as("e.json", turned(evidence))], "fail", "drop.evidence.bad"],
    ["a receipt", [seen, as("entry-20.receipt", receipt)], "pass", "drop.receipt"],
    ["a receipt with its signature altered", [seen, as("entry-20.receipt", flipped(receipt, 1))], "fail", "drop.receipt.bad"],
    ["a receipt with its checkpoint altered", [seen, as("entry-20.receipt", flipped(receipt, 100))], "fail", "drop.receipt"],
    ["a receipt and an altered statement", [as("s.cose", flipped(statement, 1)), as("s.receipt", receipt)], "fail", "drop.receipt.bad"],
    ["a statement with its receipt in it", [as("entry-20.cose", transparent)], "pass", "drop.receipt"],
    ["the same forged", [as("entry-20.cose", flipped(transparent, 1))], "fail", "drop.receipt.bad"],
    ["a fraud proof", [as("x.fraud-proof", fraud)], "pass", "drop.fraud", "drop.fraud.own"],
    ["a fraud proof with a word altered", [as("x.fraud-proof", fraud.replace("different", "other"))], "fail", "drop.fraud.bad"],
    ["a fraud proof with a signature altered", [as("x.fraud-proof", resigned(fraud))], "fail", "drop.fraud.nothing"],
    ...vectors.accepted.map(({ name, file }) => [`of another log: ${name}`, [as(name, file)], "pass", "drop.fraud", "drop.fraud.other"]),
    ...vectors.refused.map(({ name, code, file }) => [name, [as(`${name}.fraud-proof`, file)], "fail", REFUSED[code]]),
  ];
  const results = async (page, files) => {
    await page.evaluate(() => document.getElementById("drop-results").replaceChildren());
    await page.setInputFiles("#drop-file", files);
    await page.waitForFunction(() => document.querySelector("#drop-results li"), null, { timeout: 8_000 }).catch(() => {});
    return page.$$eval("#drop-results li", (items) =>
      items.map((li) => ({ state: li.dataset.state, key: li.dataset.key, colour: getComputedStyle(li.firstChild).color, text: li.textContent })),
    );
  };
  await open(origin, "/verify", {}, async ({ page, complaints }) => {
    // The page takes files as soon as its words have come.
    await page.waitForLoadState("networkidle");
    const sent = [];
    page.on("request", (request) => sent.push(request));
    for (const [what, files, state, key, then] of cases) {
      const lines = await results(page, files);
      const fits = lines.some((line) => line.state === state && line.key.startsWith(key));
      const clean = state === "fail" || !lines.some((line) => line.state === "fail" && line.key !== then);
      const followed = then === undefined || lines.some((line) => line.key === then);
      note("files", what, fits && clean && followed ? [] : [JSON.stringify(lines).slice(0, 300)]);
    }
    for (const { name, ended, doubt, file } of vectors.ended) {
      const doubted = await page.evaluate(
        async ({ ended, file }) => {
          const { decideFraud, isInDoubt } = await import("/assets/verify/fraud.js");
          const { parseVkey } = await import("/assets/verify/note.js");
          const claim = await decideFraud(new TextEncoder().encode(file));
          const witnesses = await Promise.all(ended.witnesses.map(parseVkey));
          return isInDoubt(claim, { until: BigInt(ended.until), replaced: ended.replaced_ms, witnesses });
        },
        { ended, file },
      );
      note("files", `by an ended key: ${name}`, doubted === (doubt !== null) ? [] : [`in doubt: ${doubted}`]);
    }
    const [good, bad] = await results(page, [as("x.fraud-proof", fraud)]);
    note("files", "green and red", good.colour !== bad.colour && good.state === "pass" && bad.state === "fail" ? [] : [JSON.stringify([good, bad])]);
    note("files", "accessibility of the results", await look.accessibility(page));
    note("files", "nothing is sent", sent.filter((one) => one.method() !== "GET" || one.postData()).map((one) => one.url()));
    note("files", "quiet", complaints());
    await results(page, [charter, seen, as("entry-20.receipt", receipt), as("x.fraud-proof", fraud), as("y.fraud-proof", resigned(fraud))]);
    await shot(page, "desktop-verify-results");
  });
  // The longest words and the keys, where there is little room, from left to right and from right to left.
  for (const [label, lang] of [["phone", "en"], ["arabic-phone", "ar"]]) {
    await open(origin, inLanguage(lang, "/verify"), { lang, viewport: PHONE }, async ({ page, complaints }) => {
      await page.waitForLoadState("networkidle");
      await results(page, [charter, seen, as("entry-20.receipt", receipt), as("x.fraud-proof", fraud), as("y.fraud-proof", resigned(fraud))]);
      note("files", `${label}: sideways`, await look.sideways(page));
      note("files", `${label}: accessibility of the results`, await look.accessibility(page));
      note("files", `${label}: quiet`, complaints());
      await shot(page, `${label}-verify-results`);
    });
  }
}
/** The same text with another byte in the signature at its end. */
function resigned(text) {
  const at = text.lastIndexOf(" ") + 12;
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
}
function turned(evidence) {
  const document = JSON.parse(evidence);
  const bytes = Buffer.from(document.entry, "base64");
  bytes[bytes.length >> 1] ^= 1;
  return JSON.stringify({ ...document, entry: bytes.toString("base64") });
}

// ---- The reader's zone beside UTC; the language that the browser asks for.

await open(origin, "/", { timezoneId: "Asia/Tokyo" }, async ({ page }) => {
  const times = await page.$$eval("time[datetime*='T']", (all) => all.map((time) => [time.textContent, time.nextElementSibling?.className]));
  note("times", "/", times.length > 0 && times.every(([, own]) => own === "local") ? [] : ["no time of the reader's own beside UTC"]);
  note("times", "/", times.every(([utc]) => /UTC|\d\d:\d\d/.test(utc)) ? [] : ["UTC is gone"]);
});
for (const lang of ["fr", "ar", "ru", "es"]) {
  await open(origin, "/", { lang, locale: lang }, async ({ page }) => {
    note("language asked for", lang, (await page.evaluate(() => document.documentElement.lang)) === lang ? [] : ["another"]);
  });
}

// ---- Hostile texts: inert, marked, and nothing runs out of the page.

const strange = (await api("records?limit=200", hostile)).rows.map((row) => row.position);
await inPairs(strange, async (position) => {
  for (const [label, options] of [["desk", {}], ["phone", { viewport: PHONE }], ["ar", { lang: "ar", viewport: PHONE }]]) {
    const where = `hostile ${label} /records/${position}`;
    await open(hostile, inLanguage(options.lang ?? "en", `/records/${position}`), options, async ({ page, said, complaints }) => {
      note("verdict", where, said.verdict === "good" ? [] : [`${said.verdict}: ${said.first} ${said.why}`]);
      note("sideways", where, await look.sideways(page));
      if (label === "phone") {
        note("accessibility", where, await look.accessibility(page));
        await shot(page, `hostile-${position}`);
      }
      note("inert", where, (await page.evaluate(() => globalThis.hostile)) === undefined ? [] : ["a statement's text ran"]);
      note("quiet", where, complaints());
    });
  }
});
for (const path of ["/", "/records", "/map", "/timeline", "/calendar", "/parties"]) {
  await open(hostile, path, { viewport: PHONE }, async ({ page, complaints }) => {
    note("sideways", `hostile ${path}`, await look.sideways(page));
    note("accessibility", `hostile ${path}`, await look.accessibility(page));
    note("quiet", `hostile ${path}`, complaints());
    if (path === "/records") await shot(page, "hostile-records");
  });
}

// ---- Every link of every page leads to a page of a kind that was looked at.

const shape = (href) => {
  const { pathname } = new URL(href);
  return pathname
    .replace(/^\/(en|fr|ru|ar|es)(?=\/|$)/, "")
    .replace(/[0-9a-f]{64}/, "HASH")
    .replace(/\/records\/\d+$/, "/records/N")
    .replace(/^\/parties\/[a-z0-9-]+$/, "/parties/ID")
    .replace(/^$/, "/");
};
const looked = new Set([...pages.map(({ path }) => shape(origin + path)), "/statements/HASH"]);
const unseen = [...found].filter(([href]) => href.startsWith(`${origin}/`) && !looked.has(shape(href)) && !/^\/(api|checkpoint|tile|assets|feed\.atom)(\/|$)/.test(shape(href)));
note("links", "all pages", [...new Set(unseen.map(([href, from]) => `${shape(href)} on ${from} was not looked at`))]);
const outside = [...found].filter(([href]) => /^https?:/.test(href) && !href.startsWith(`${origin}/`));
note("links", "all pages", [...new Set(outside.map(([href, from]) => `${href} on ${from} leads outside`))]);
const dead = [];
const inside = [...new Map([...found].filter(([href]) => href.startsWith(`${origin}/`)).map(([href, from]) => [href.split("#")[0], from]))];
// One of each shape is enough: a record's link is like another's.
const one = [...new Map(inside.map(([href, from]) => [shape(href) + new URL(href).search, [href, from]])).values()];
await inPairs(one, async ([href, from]) => {
  const response = await fetch(href, { headers: { connection: "keep-alive" } });
  if (response.status >= 400) dead.push(`${response.status} ${href} on ${from}`);
  await response.body?.cancel();
});
note("links", "all pages", dead);

await browser.close();
console.log(`screenshots: ${artefacts}`);
console.log(`pages ${pages.length + strange.length}, checks ${checks}, failed ${failures.length}`);
process.exit(failures.length === 0 ? 0 : 1);

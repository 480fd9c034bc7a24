/**
 * The page in a real browser: a sound page is green; every alteration of what it shows is red, at the step
 * `page`.
 */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test, { after, before } from "node:test";
import { addAltered, ALTERATIONS } from "./alterations.mjs";
import { browserOrReason, launch, verdict } from "./browser.mjs";
import { recordPage, serve } from "./site.mjs";
import { consistency, Log, ORIGIN, root, sha256, signedNote, toBase64, toHex, world } from "./world.mjs";

const { chromium, why } = await browserOrReason();
const options = { skip: why };
const made = world();
const AGREEMENT = toHex(sha256(made.statements[0]));
const report = made.log.evidence(5, { feed: 2, keys: [0, 1, 6] });
const hostile = made.log.evidence(7, { keys: [0, 4] });
const notice = made.log.evidence(8, { keys: [0, 3] });
let browser;
let site;
let altered;

before(async () => {
  if (why) return;
  browser = await launch(chromium);
  site = await serve({
    "/records/5": await recordPage(report),
    "/records/7": await recordPage(hostile),
    "/records/8": await recordPage(notice),
    "/api/v1/consistency": (url) => [
      200,
      "application/json",
      JSON.stringify({ from: 9, to: 9, hashes: [], asked: url.search }),
    ],
  });
  for (const lang of ["fr", "ru", "ar", "es"])
    site.routes[`/${lang}/records/8`] = await recordPage(notice, { lang });
  altered = await addAltered(site.routes, (extra) => recordPage(report, { extra }));
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Opens a page in a browser that remembers nothing. */
async function open(path, use, setup = async () => {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await setup(page, context);
  await page.goto(path.startsWith("file:") ? path : site.origin + path);
  try {
    return await use(page, errors, context);
  } finally {
    await context.close();
  }
}

test("sound pages are green, also in other languages and with hostile text", options, async () => {
  for (const path of [
    "/records/5",
    "/records/7",
    "/records/8",
    "/fr/records/8",
    "/ru/records/8",
    "/ar/records/8",
    "/es/records/8",
  ]) {
    await open(path, async (page, errors) => {
      const found = await verdict(page);
      assert.equal(found.verdict, "good", `${path}: ${found.text} ${found.why}`);
      assert.deepEqual(errors, []);
    });
  }
});

test("the first line says what was done, and a first visit says so", options, () =>
  open("/records/5", async (page) => {
    const found = await verdict(page);
    assert.equal(found.first, "Your browser checked this record itself: 11 of 11 checks passed.");
    assert.equal(found.steps.cosignatures, "none");
    assert.match(await page.textContent('[data-step="memory"]'), /first time/);
  }),
);

test("a record dated ahead of the device's clock is good and says so", options, async () => {
  const before = (page) => page.clock.setFixedTime(new Date("2020-01-01T00:00:00Z"));
  for (const [path, said] of [
    ["/records/5", /later than the clock of your device/],
    ["/fr/records/8", /en avance sur l’horloge de votre appareil/],
  ]) {
    await open(
      path,
      async (page) => {
        const found = await verdict(page);
        assert.equal(found.verdict, "good", found.text);
        assert.match(found.text, said);
      },
      before,
    );
  }
  await open("/records/5", async (page) => assert.doesNotMatch((await verdict(page)).text, /clock of your device/));
});

test("there are at least twenty alterations", () => assert.ok(Object.keys(ALTERATIONS).length >= 20));
for (const name of Object.keys(ALTERATIONS)) {
  test(`alteration: ${name}`, options, () =>
    open(altered.get(name), async (page) => {
      const found = await verdict(page);
      assert.equal(found.verdict, "bad");
      assert.equal(found.steps.page, "fail", found.text);
      assert.equal(Object.values(found.steps).filter((state) => state === "fail").length, 1);
    }),
  );
}

test("a change after the check is checked again", options, () =>
  open("/records/5", async (page) => {
    assert.equal((await verdict(page)).verdict, "good");
    await page.evaluate(() => {
      document.querySelector('[data-path="/body/number"]').textContent = "31/2021";
    });
    await page.waitForFunction(() => document.getElementById("verdict").dataset.verdict === "bad");
  }),
);

test("evidence altered on the page is red at its own step", options, async () => {
  const forged = structuredClone(report);
  const bytes = Buffer.from(forged.entry, "base64");
  bytes[bytes.length - 3] ^= 1;
  forged.entry = toBase64(bytes);
  site.routes["/records/bad"] = (await recordPage(report)).replace(
    JSON.stringify(report),
    JSON.stringify(forged),
  );
  await open("/records/bad", async (page) => {
    const found = await verdict(page);
    assert.equal(found.verdict, "bad");
    assert.equal(found.steps.signature, "fail");
  });
});

test("the page of another record than the address names is red", options, async () => {
  for (const path of ["/records/6", "/fr/records/6", "/records/05", "/records/"]) {
    site.routes[path] = await recordPage(report, { lang: path.startsWith("/fr") ? "fr" : "en" });
    await open(path, async (page) => {
      const found = await verdict(page);
      assert.equal(found.verdict, "bad", path);
      assert.equal(found.steps.page, "fail", path);
    });
  }
});

test("without storage the check goes on", options, () =>
  open(
    "/records/5",
    async (page) => {
      const found = await verdict(page);
      assert.equal(found.verdict, "good", found.text);
      assert.equal(found.steps.memory, "none");
    },
    (page) =>
      page.addInitScript(() => {
        Object.defineProperty(window, "localStorage", {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }),
  ),
);

/** The log of the tests, shorter: its checkpoint is one that the log signed earlier. */
const earlier = (size) => {
  const note = signedNote(ORIGIN, size, root(made.hashes.slice(0, size)), made.vkey, made.keys.log);
  return new Log(made.log.entries.slice(0, size), note);
};
const memoryCase = (name, { stored, answer, state, message, verdict: expected }) =>
  test(`memory: ${name}`, options, async () => {
    site.routes["/api/v1/consistency"] = (url) => answer?.(url) ?? [404, "application/json", "{}"];
    const setup = (page) =>
      page.addInitScript(
        ([origin, kept]) => {
          localStorage.setItem(`truce:${origin}`, JSON.stringify(kept));
        },
        [ORIGIN, stored()],
      );
    await open(
      "/records/5",
      async (page) => {
        const found = await verdict(page);
        assert.equal(found.steps.memory, state, found.text);
        assert.equal(found.verdict, expected);
        assert.match(await page.textContent('[data-step="memory"]'), message);
        if (state === "fail") assert.equal(await page.locator('[data-step="memory"] button').count(), 1);
      },
      setup,
    );
  });
const kept =
  (over = {}, log = earlier(4)) =>
  () => ({
    agreement: AGREEMENT,
    vkey: made.vkey.text,
    size: String(log.entries.length),
    root: toHex(root(log.hashes)),
    note: log.note,
    ...over,
  });
const rightly = (url) => [
  200,
  "application/json",
  JSON.stringify({ from: 4, to: 9, asked: url.search, hashes: consistency(4, made.hashes).map(toHex) }),
];
memoryCase("the log has grown", {
  stored: kept(),
  answer: rightly,
  state: "pass",
  message: /from 4 to 9/,
  verdict: "good",
});
memoryCase("the same again", {
  stored: kept({}, earlier(9)),
  state: "pass",
  message: /same state/,
  verdict: "good",
});
memoryCase("another history of the same size", {
  stored: kept({ size: "9", root: "11".repeat(32) }),
  state: "fail",
  message: /two different histories/,
  verdict: "bad",
});
memoryCase("another history before", {
  stored: kept({ root: "11".repeat(32) }),
  answer: rightly,
  state: "fail",
  message: /not shown that this history goes on/,
  verdict: "bad",
});
memoryCase("a wrong proof", {
  stored: kept(),
  answer: () => [200, "application/json", '{"hashes":["00"]}'],
  state: "fail",
  message: /not shown/,
  verdict: "bad",
});
memoryCase("no proof", { stored: kept(), state: "fail", message: /does not prove/, verdict: "bad" });
memoryCase("rolled back, and no proof", {
  stored: kept({ size: "12" }),
  state: "fail",
  message: /does not prove/,
  verdict: "bad",
});
/** The log of the tests, three entries later. */
const later = [...made.hashes, ...["a", "b", "c"].map((name) => sha256(new TextEncoder().encode(name)))];
memoryCase("rolled back, with a proof that it agrees", {
  stored: kept({ size: "12", root: toHex(root(later)) }),
  answer: (url) => [
    200,
    "application/json",
    JSON.stringify({ from: 9, to: 12, asked: url.search, hashes: consistency(9, later).map(toHex) }),
  ],
  state: "skip",
  message: /earlier state/,
  verdict: "unchecked",
});
memoryCase("another agreement under this name", {
  stored: kept({ agreement: "22".repeat(32) }),
  state: "fail",
  message: /another agreement/,
  verdict: "bad",
});
memoryCase("another key under this name", {
  stored: kept({ vkey: "x" }),
  state: "fail",
  message: /another key/,
  verdict: "bad",
});

test("a page that shows the checkpoint alone", options, async () => {
  const shown = { charter: report.keys[0].entry, charter_proof: report.keys[0].proof, note: made.log.note };
  const page = (
    size,
  ) => `<!doctype html><html lang="en"><link rel="stylesheet" href="/style.css"><script type="module" src="/assets/verify/page.js"></script>
<main data-page="overview"><aside id="verdict" data-verdict="unchecked"></aside><p data-path="/checkpoint/size">${size}</p>
<p data-path="/checkpoint/root">${toHex(root(made.hashes))}</p><p data-path="/checkpoint/origin">${ORIGIN}</p><p data-path="/checkpoint/agreement">${AGREEMENT}</p>
<script type="application/json" id="checkpoint">${JSON.stringify(shown)}</script></main></html>`;
  Object.assign(site.routes, { "/": page(9), "/lying": page(10) });
  const spoken = (p) =>
    p
      .waitForFunction(() => document.querySelector("#verdict strong"))
      .then(() => p.getAttribute("#verdict", "data-verdict"));
  await open("/", async (p) => assert.equal(await spoken(p), "good", await p.textContent("#verdict")));
  await open("/lying", async (p) => assert.equal(await spoken(p), "bad"));
});

test("files given to the verify page are checked here, and nothing is sent", options, async () => {
  const shown = { charter: report.keys[0].entry, charter_proof: report.keys[0].proof, note: made.log.note };
  site.routes["/verify"] = `<!doctype html><html lang="en"><link rel="stylesheet" href="/style.css">
<script type="module" src="/assets/verify/page.js"></script><main data-page="verify"><aside id="verdict" data-verdict="unchecked"></aside>
<div id="drop"><input type="file" multiple id="drop-file"></div><div id="drop-results"></div>
<script type="application/json" id="checkpoint">${JSON.stringify(shown)}</script></main></html>`;
  await open("/verify", async (page, errors) => {
    await page.waitForFunction(() => document.querySelector("#verdict strong"));
    const before = site.asked.length;
    const file = (name, content) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(content),
    });
    await page.setInputFiles("#drop-file", [
      file("accession.cose", made.statements[1]),
      file("seen.cose", made.statements[2]),
      file("seen.tlog-proof", made.log.item(2).proof),
      file("<img src=x onerror=alert(1)>.txt", "hello"),
    ]);
    await page.waitForSelector("#drop-results li");
    const keys = await page.$$eval("#drop-results li", (items) =>
      items.map((li) => `${li.dataset.state} ${li.dataset.key}`),
    );
    for (const line of ["pass drop.signature.granted", "pass drop.proof", "none drop.hash"])
      assert.ok(keys.includes(line), keys.join());
    assert.ok(!keys.some((line) => line.startsWith("fail")));
    assert.match(await page.textContent("#drop-results"), /nothing is sent/);
    assert.equal(await page.locator("#drop-results img").count(), 0);
    assert.equal(site.asked.length, before);
    assert.deepEqual(errors, []);
  });
});

test(
  "saved as evidence, a file checks itself without a network, and notices when it is altered",
  options,
  async () => {
    const file = await open("/records/5", async (page) => {
      assert.equal((await verdict(page)).verdict, "good");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-evidence")]);
      assert.match(download.suggestedFilename(), /^truce-evidence-5-[0-9a-f]{8}\.html$/);
      const chunks = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    });
    const folder = mkdtempSync(join(tmpdir(), "truce-evidence-"));
    const read = async (name, text) => {
      writeFileSync(join(folder, name), text);
      const asked = [];
      return open(
        pathToFileURL(join(folder, name)).href,
        async (page, errors) => ({
          ...(await verdict(page)),
          errors,
          asked,
          premises: await page.textContent("#premises"),
        }),
        async (page, context) => {
          await context.setOffline(true);
          page.on("request", (request) => {
            if (!request.url().startsWith("file:")) asked.push(request.url());
          });
        },
      );
    };
    const sound = await read("sound.html", file);
    assert.equal(sound.verdict, "good", sound.text);
    assert.deepEqual(sound.errors, []);
    assert.deepEqual(sound.asked, []);
    assert.ok(sound.premises.includes(AGREEMENT) && sound.premises.includes(made.vkey.text));
    assert.equal(sound.first, "Your browser checked this record itself: 10 of 10 checks passed.");
    for (const [from, to] of [
      [">10</dd>", ">11</dd>"],
      ["30/2021", "31/2021"],
      ["Donetsk", "Luhansk"],
      ['"position":5', '"position":4'],
    ]) {
      assert.ok(file.includes(from), from);
      const changed = await read("altered.html", file.replace(from, to));
      assert.equal(changed.verdict, "bad", from);
    }
  },
);

/**
 * The same pages in Firefox, driven by WebDriver BiDi without a library. Needs Firefox (FIREFOX names it) and a Node with
 * WebSocket: 22 or later, or 20 with --experimental-websocket. Otherwise skipped.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test, { after, before } from "node:test";
import { addAltered, ALTERATIONS } from "./alterations.mjs";
import { browserOrReason, launch, verdict } from "./browser.mjs";
import { recordPage, serve } from "./site.mjs";
import { world } from "./world.mjs";

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
const why = !existsSync(FIREFOX)
  ? `no Firefox at ${FIREFOX}; set FIREFOX`
  : !globalThis.WebSocket && "this Node has no WebSocket";
const options = { skip: why };
const made = world();
const report = made.log.evidence(5, { feed: 2, keys: [0, 1, 6] });
let firefox;
let site;
let altered;
let context;
let socket;
const waiting = new Map();

const send = (method, params) =>
  new Promise((done) => {
    const id = waiting.size + 1;
    waiting.set(id, done);
    socket.send(JSON.stringify({ id, method, params }));
  });

before(async () => {
  if (why) return;
  site = await serve({
    "/records/5": await recordPage(report),
    "/ar": await recordPage(report, { lang: "ar" }),
  });
  altered = await addAltered(site.routes, (extra) => recordPage(report, { extra }));
  const profile = mkdtempSync(join(tmpdir(), "truce-firefox-"));
  firefox = spawn(
    FIREFOX,
    ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
    {
      env: { ...process.env, HOME: profile },
    },
  );
  const address = await new Promise((done) => {
    let said = "";
    firefox.stderr.on("data", (chunk) => {
      said += chunk;
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said);
      if (found) done(found[1]);
    });
  });
  socket = new WebSocket(`${address}/session`);
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(data);
    waiting.get(answer.id)?.(answer);
  };
  await new Promise((done) => (socket.onopen = done));
  await send("session.new", { capabilities: {} });
  ({ context } = (await send("browsingContext.getTree", {})).result.contexts[0]);
});
after(async () => {
  socket?.close();
  firefox?.kill();
  await site?.close();
});

/** Opens a page; verdict and failing steps once the verifier has spoken. */
async function open(url) {
  await send("browsingContext.navigate", { context, url, wait: "complete" });
  const expression = `JSON.stringify([document.getElementById("verdict").dataset.verdict,
    [...document.querySelectorAll("#proof li[data-state=fail]")].map((li) => li.dataset.step), document.querySelectorAll("#proof li").length])`;
  for (let tries = 0; tries < 200; tries++) {
    const { result } = await send("script.evaluate", {
      expression,
      target: { context },
      awaitPromise: false,
    });
    const [found, failed, steps] = JSON.parse(result.result.value);
    if (steps > 0 && found !== "unchecked") return { verdict: found, failed };
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${url}: no verdict`);
}

test("Firefox: a sound page is green, twice, and from right to left", options, async () => {
  for (const path of ["/records/5", "/records/5", "/ar"]) {
    assert.deepEqual(await open(site.origin + path), { verdict: "good", failed: [] });
  }
});

for (const name of Object.keys(ALTERATIONS)) {
  test(`Firefox: alteration: ${name}`, options, async () => {
    assert.deepEqual(await open(site.origin + altered.get(name)), { verdict: "bad", failed: ["page"] });
  });
}

test("Firefox: a file saved in Chromium checks itself", options, async (t) => {
  const { chromium, why: none } = await browserOrReason();
  if (none) return t.skip(none);
  const browser = await launch(chromium);
  const page = await browser.newPage();
  await page.goto(`${site.origin}/records/5`);
  await verdict(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-evidence")]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  await browser.close();
  const path = join(mkdtempSync(join(tmpdir(), "truce-evidence-")), "saved.html");
  const file = Buffer.concat(chunks).toString("utf8");
  writeFileSync(path, file);
  assert.deepEqual(await open(pathToFileURL(path).href), { verdict: "good", failed: [] });
  writeFileSync(path, file.replace(">10</dd>", ">11</dd>"));
  assert.deepEqual(await open(pathToFileURL(path).href), { verdict: "bad", failed: ["page"] });
});

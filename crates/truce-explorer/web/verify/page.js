/**
 * Entry point of every page: finds out what the page shows, checks it in this browser, says so. What is
 * checked is in check.js (docs/spec/publication.md and docs/spec/register.md), dom.js (the page) and
 * memory.js (earlier visits).
 * @module
 */

import { check } from "./check.js";
import { difference } from "./dom.js";
import { compare, fetchConsistency, forget, storage } from "./memory.js";
import { banner, element, loadWords, say, showBanner, stepItem } from "./words.js";

/** Nothing in the two sections may change after the check. */
let watcher = null;

start();

async function start() {
  let words;
  try {
    words = await loadWords();
  } catch {
    return; // The server's own sentence stays: this page has not been checked.
  }
  try {
    if (!globalThis.crypto?.subtle)
      return showBanner("unchecked", [say(words, "verdict.insecure"), say(words, "do.insecure")]);
    if (!Element.prototype.checkVisibility)
      return showBanner("unchecked", [say(words, "verdict.old"), say(words, "do.open")]);
    const main = document.querySelector("main[data-page]");
    if (main?.dataset.page === "record") await recordPage(words, main);
    else if (main?.dataset.page === "verify") (await import("./drop.js")).dropPage(words);
    if (main?.dataset.page !== "record" && document.getElementById("checkpoint")) {
      await (await import("./shown.js")).checkpointPage(words);
    }
  } catch (error) {
    showBanner("bad", [
      say(words, "verdict.broken", { why: String(error?.message ?? error) }),
      say(words, "do"),
    ]);
  }
}

/** @param {import("./words.js").Words} words @param {HTMLElement} main */
async function recordPage(words, main) {
  const data = document.querySelectorAll('script[id="evidence"]');
  const evidence = data.length === 1 ? readJson(data[0]) : null;
  const saved = document.getElementById("words") !== null;
  const page = async (record) => {
    const at = [main.dataset.position, ...askedFor()];
    const found = at.every((one) => one === String(record.position))
      ? difference(main, record, words.labels)
      : { code: "position", why: at.join(", ") };
    const { code, ...values } = found ?? {};
    return found ? { state: "fail", code, values } : {};
  };
  const memory = saved ? undefined : (facts) => compare(facts, storage(), fetchConsistency);
  const outcome = await check(evidence, { page, memory });
  const steps = outcome.steps.map((step) => stepItem(words, step));
  document.querySelector("#proof > ol")?.replaceChildren(...steps);
  offerToForget(words, outcome);
  showBanner(outcome.verdict, banner(words, outcome));
  if (saved && outcome.facts) statePremises(words, outcome.facts);
  offerToSave(words, evidence, outcome);
  watch(words, main);
}

/** The position in the address that the reader asked for, where it names one: another record's page is not an answer. */
function askedFor() {
  const [, position] = /\/records\/([^/]*)\/?$/.exec(location.protocol === "file:" ? "" : location.pathname) ?? [];
  return position === undefined ? [] : [position];
}

/** @param {Element} data */
function readJson(data) {
  try {
    return JSON.parse(data.textContent);
  } catch {
    return null;
  }
}

/**
 * Whoever has good reason to start anew (another exercise under the same name) can make the browser forget.
 */
function offerToForget(words, { steps, facts }) {
  const step = steps.find((one) => one.step === "memory");
  if (step.state !== "fail" || !facts) return;
  const button = element("button", { type: "button" }, say(words, "memory.forget"));
  button.addEventListener("click", () => {
    forget(storage(), facts.origin);
    location.reload();
  });
  document.querySelector('[data-step="memory"] details')?.append(element("p", {}, button));
}

/** @param {import("./words.js").Words} words @param {import("./check.js").Facts} facts */
function statePremises(words, { agreement, vkey }) {
  const list = document.getElementById("premises");
  list?.replaceChildren(
    element("dt", {}, say(words, "value.agreement")),
    element("dd", {}, element("code", { dir: "ltr" }, agreement)),
    element("dt", {}, say(words, "value.vkey")),
    element("dd", {}, element("code", { dir: "ltr" }, vkey)),
  );
}

function offerToSave(words, evidence, { record, facts, verdict }) {
  const button = document.getElementById("save-evidence");
  if (!button || !record || !facts || verdict === "bad") return;
  button.hidden = false;
  button.onclick = async () => (await import("./evidence.js")).save(words, evidence, record, facts);
}

/** Checks again what is changed after the check, by whatever script. */
function watch(words, main) {
  watcher?.disconnect();
  watcher = new MutationObserver(() => {
    watcher.disconnect();
    showBanner("unchecked", [say(words, "verdict.running")]);
    recordPage(words, main);
  });
  for (const section of main.querySelectorAll("#signed, #recorded")) {
    watcher.observe(section, { attributes: true, characterData: true, childList: true, subtree: true });
  }
}

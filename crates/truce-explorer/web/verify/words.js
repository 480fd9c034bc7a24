/**
 * The words of a reader's language, and the list of steps in them. Every text that a reader sees comes from
 * messages.LANGUAGE.json and labels.LANGUAGE.json, chosen by `<html lang>`; a saved file carries its own.
 * docs/spec/publication.md, section 7, and docs/spec/formats.md, section 5, say what the findings mean.
 * @module
 */

const LANGUAGES = ["en", "fr", "ru", "ar", "es"];

/** @typedef {{messages: Record<string, string>, labels: Record<string, string>, language: string}} Words */

/** @returns {Promise<Words>} */
export async function loadWords() {
  const carried = document.getElementById("words");
  if (carried) return JSON.parse(carried.textContent);
  const asked = (document.documentElement.lang || "en").toLowerCase().split("-")[0];
  const language = LANGUAGES.includes(asked) ? asked : "en";
  const [messages, labels] = await Promise.all([
    fetchJson(new URL(`messages.${language}.json`, import.meta.url)),
    fetchJson(new URL(`../labels.${language}.json`, import.meta.url)),
  ]);
  return { messages, labels, language };
}

/** @param {URL|string} url @returns {Promise<any>} */
export async function fetchJson(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** A message with its values filled in; the key itself where there is none. */
export function say({ messages }, key, values = {}) {
  return (messages[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** @param {string} tag @param {object} [properties] @param {...(Node|string)} children */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("data-") || name === "dir" || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

/** Difference of two clocks that nobody is told of, milliseconds. */
const TOLERANCE = 60_000;

/**
 * Whether a time of receipt is ahead of the clock of this machine: RFC 3339, or milliseconds where no calendar has it.
 * @param {string} [received]
 */
export function isAhead(received = "") {
  const [, ms] = /^(\d+) ms$/.exec(received) ?? [];
  return (ms === undefined ? Date.parse(received) : Number(ms)) > Date.now() + TOLERANCE;
}

/** Values that a reader may want to compare by eye, or to keep. */
const SHOWN = ["id", "stated", "hash", "key", "origin", "root", "vkey", "agreement", "why"];
const KEPT = ["kept_note", "note"];

/** One step as an item of a list. @param {Words} words @param {import("./check.js").Step} step */
export function stepItem(words, { step, state, code, values }) {
  const t = (key) => say(words, key, values);
  const parts = [element("p", {}, t(state === "skip" && code === "skip" ? "skip" : `${step}.${code}`))];
  if (state === "fail")
    parts.push(element("p", {}, t(`means.${step}`)), element("p", {}, t(doFor(words, step))));
  const list = element("dl");
  for (const name of [...SHOWN, ...(state === "fail" ? KEPT : [])]) {
    if (!values[name]) continue;
    const tag = KEPT.includes(name) ? "pre" : "code";
    list.append(
      element("dt", {}, say(words, `value.${name}`)),
      element("dd", {}, element(tag, { dir: "ltr" }, values[name])),
    );
  }
  if (list.childNodes.length > 0) parts.push(list);
  const summary = element(
    "summary",
    {},
    element("strong", {}, t(`step.${step}`)),
    " — ",
    t(`state.${state}`),
  );
  const details = element("details", { open: state === "fail" }, summary, ...parts);
  return element("li", { "data-step": step, "data-state": state }, details);
}

const doFor = (words, step) => (words.messages[`do.${step}`] ? `do.${step}` : "do");

/** The banner: one sentence first. @param {Words} words @param {import("./check.js").Outcome} outcome */
export function banner(words, { verdict, steps, record }) {
  const counted = steps.filter((step) => step.state !== "none");
  const values = { passed: counted.filter((step) => step.state === "pass").length, total: counted.length };
  const failed = steps.find((step) => step.state === "fail");
  if (failed) {
    return [
      say(words, "verdict.bad", {
        ...values,
        what: say(words, `${failed.step}.${failed.code}`, failed.values),
      }),
      say(words, `means.${failed.step}`, failed.values),
      say(words, doFor(words, failed.step), failed.values),
    ];
  }
  const received = record?.received;
  const ahead = isAhead(received) ? [say(words, "verdict.ahead", { received })] : [];
  if (verdict === "unchecked") {
    const stale = steps.find((step) => step.code === "ok-older");
    if (stale) return [say(words, "memory.ok-older", stale.values), say(words, "do.open"), ...ahead];
    const early = steps.some((step) => step.code === "no-checkpoint");
    return [
      say(words, early ? "verdict.early" : "verdict.open", values),
      say(words, early ? "do.early" : "do.open"),
      ...ahead,
    ];
  }
  return [say(words, "verdict.good", values), say(words, "verdict.good.means"), ...ahead];
}

/** Writes sentences into the banner. @param {"good"|"bad"|"unchecked"} verdict @param {string[]} sentences */
export function showBanner(verdict, sentences) {
  const aside = document.getElementById("verdict");
  if (!aside) return;
  aside.dataset.verdict = verdict;
  aside.replaceChildren(
    ...sentences.map((text, i) => element("p", {}, i === 0 ? element("strong", {}, text) : text)),
  );
}

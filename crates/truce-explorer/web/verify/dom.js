/**
 * Compares what a page shows with the record recomputed from the signed bytes: every leaf once, in its place,
 * under its label, readable, and nothing else. The form of the two sections is the explorer's page contract;
 * what stands in the leaves is docs/spec/kinds.md, sections 2 and 4 (draft.js).
 * @module
 */

import { label, labelKey, leaves, unmark } from "./draft.js";

const BY_LOG = ["/position", "/received", "/id", "/entry", "/prev"];
const ELEMENTS = new Set([
  "DL",
  "DIV",
  "DT",
  "DD",
  "SPAN",
  "BDI",
  "CODE",
  "TIME",
  "A",
  "BR",
  "WBR",
  "H2",
  "H3",
  "H4",
  "H5",
  "P",
  "UL",
  "OL",
  "LI",
  "SECTION",
  "HEADER",
]);
const ATTRIBUTES = /^(class|id|dir|lang|href|datetime|translate|tabindex|data-.*)$/;
/**
 * What turns text around, joins it or cannot be seen: every page marks these. A dd that has one unmarked may read
 * otherwise than it is stored.
 */
const TURNING =
  /[\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{10ffff}]/u;

/** Codes that have words of their own; all others are something that does not belong there. */
const REPORTED = ["differs", "missing", "label", "order", "hidden"];

/** @typedef {{code: string, why: string, path: string, label: string}} Difference */

/**
 * @param {Element} main with the sections `#signed` and `#recorded`
 * @param {object} record the record document
 * @param {Record<string, string>} labels
 * @returns {Difference|null} the first difference
 */
export function difference(main, record, labels) {
  const wrong = (why, path = "") => ({
    code: REPORTED.includes(why) ? why : "extra",
    why,
    path,
    label: path ? label(labels, labelKey(path)) : "",
  });
  const sections = ["signed", "recorded"].map((id) => main.querySelectorAll(`[id="${id}"]`));
  if (
    sections.some((found) => found.length !== 1) ||
    document.querySelectorAll("#signed, #recorded").length !== 2
  ) {
    return wrong("sections");
  }
  const expected = new Map(leaves(record));
  const seen = new Set();
  for (const [section] of sections) {
    const shown = [...section.querySelectorAll("[data-path]")];
    for (const dd of shown) {
      const path = dd.dataset.path;
      if (!expected.has(path)) return wrong("extra", path);
      if (seen.has(path)) return wrong("twice", path);
      seen.add(path);
      if (!inPlace(path, section.id)) return wrong("section", path);
      if (dd.tagName !== "DD" || textOf(dd) !== expected.get(path)) return wrong("differs", path);
      if (!hasLabel(dd, path, labels)) return wrong("label", path);
    }
    const pointers = shown.map((dd) => dd.dataset.path);
    const broken = outOfOrder(pointers);
    if (broken !== null) return wrong("order", broken);
    const flaw = strayContent(section, labels, pointers) ?? hiddenLeaf(section, main);
    if (flaw) return wrong(flaw.code, flaw.path);
    const under = coveredLeaf(section);
    if (under !== null) return wrong("hidden", under);
  }
  for (const path of expected.keys()) if (!seen.has(path)) return wrong("missing", path);
  const outside = document.querySelectorAll("[data-path]").length - seen.size;
  return outside > document.querySelectorAll('[data-path^="/checkpoint/"]').length ? wrong("extra") : null;
}

/** @param {string} path @param {string} section */
function inPlace(path, section) {
  if (BY_LOG.includes(path)) return section === "recorded";
  return !/^\/(header|body)\//.test(path) || section === "signed";
}

/**
 * The text of a leaf, with marks turned back into the characters they stand for; null where a mark is none.
 */
function textOf(node) {
  let text = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      if (TURNING.test(child.data)) return null;
      text += child.data;
    } else if (child.nodeType === Node.ELEMENT_NODE) {
      const part = child.matches("span[data-char]") ? markOf(child) : textOf(child);
      if (part === null) return null;
      text += part;
    }
  }
  return text;
}

/** @param {HTMLElement} span */
const markOf = (span) => unmark(span.dataset.char, span.textContent);

/** @param {Element} dd @param {string} path @param {Record<string, string>} labels */
function hasLabel(dd, path, labels) {
  const terms = [...dd.parentElement.children].filter((child) => child.tagName === "DT");
  const values = [...dd.parentElement.children].filter((child) => child.tagName === "DD");
  const key = labelKey(path);
  return (
    dd.parentElement.tagName === "DIV" &&
    terms.length === 1 &&
    values.length === 1 &&
    terms[0].nextElementSibling === dd &&
    terms[0].dataset.label === key &&
    terms[0].textContent.trim() === label(labels, key)
  );
}

/**
 * Labels leave item numbers out, so order says which item a leaf belongs to: leaves of one part stand
 * together, and the items of a list in their order.
 * @param {string[]} pointers
 * @returns {string|null} the first one out of order
 */
function outOfOrder(pointers) {
  const closed = new Set();
  const counters = new Map();
  let open = [];
  for (const pointer of pointers) {
    const parts = pointer.split("/").slice(1);
    const prefixes = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
    for (const prefix of open) if (!prefixes.includes(prefix)) closed.add(prefix);
    if (prefixes.some((prefix) => closed.has(prefix))) return pointer;
    for (const [i, part] of parts.entries()) {
      if (!/^[0-9]+$/.test(part)) continue;
      const list = parts.slice(0, i).join("/");
      if (Number(part) < (counters.get(list) ?? 0)) return pointer;
      counters.set(list, Number(part));
    }
    open = prefixes;
  }
  return null;
}

/** Anything in a section that is no label, value, heading or white space. */
function strayContent(section, labels, pointers) {
  for (const element of [section, ...section.querySelectorAll("*")]) {
    const path = element.closest("[data-path]")?.dataset.path ?? "";
    if (element !== section && !ELEMENTS.has(element.tagName)) return { code: "element", path };
    if (element.namespaceURI !== "http://www.w3.org/1999/xhtml" || element.shadowRoot)
      return { code: "element", path };
    const attributes = [...element.attributes].filter(
      (attribute) => attribute.name !== "aria-labelledby" || element !== section,
    );
    if (attributes.some((attribute) => !ATTRIBUTES.test(attribute.name))) return { code: "attribute", path };
    if (element.matches("dd:not([data-path]), dt:not([data-label])")) return { code: "text", path };
    const { label: key, group } = element.dataset;
    if (group !== undefined && !isGroup(element, group, labels, pointers))
      return { code: "heading", path: group };
    if (key !== undefined && element.tagName !== "DT") {
      if (!/^section\./.test(key) || element.textContent.trim() !== label(labels, key))
        return { code: "heading", path };
    }
    if (element.tagName === "DT" && !element.nextElementSibling?.matches("dd[data-path]"))
      return { code: "text", path };
  }
  const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const home = node.parentElement.closest("dd[data-path], dt[data-label], [data-group], [data-label]");
    if (/\S/.test(node.data) && !(home && section.contains(home))) return { code: "text", path: "" };
  }
  return null;
}

/** A heading names a part of the record, with the number of a list's item, and stands before its leaves. */
function isGroup(element, group, labels, pointers) {
  const [, item] = /\/([0-9]+)$/.exec(group) ?? [];
  const text = label(labels, labelKey(group)) + (item === undefined ? "" : ` ${Number(item) + 1}`);
  const following = [...element.closest("#signed, #recorded").querySelectorAll("[data-path]")].find(
    (dd) => element.compareDocumentPosition(dd) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const only =
    element.closest("#signed, #recorded").querySelectorAll(`[data-group="${CSS.escape(group)}"]`).length ===
    1;
  const first = pointers.find((pointer) => pointer.startsWith(`${group}/`));
  return (
    only &&
    element.textContent.trim() === text &&
    element.closest("dd") === null &&
    first !== undefined &&
    following?.dataset.path === first
  );
}

/** A label or value that a reader does not see as it is written. */
function hiddenLeaf(section, main) {
  for (const leaf of section.querySelectorAll("dt, dd, [data-group]")) {
    const path = leaf.dataset.path ?? leaf.nextElementSibling?.dataset?.path ?? leaf.dataset.group;
    if (!isSeen(leaf, main)) return { code: "hidden", path };
    for (let element = leaf; element && element !== main.parentElement; element = element.parentElement) {
      if (!isPlain(element, section.contains(element))) return { code: "hidden", path };
    }
    for (const inner of leaf.querySelectorAll("*")) {
      const empty = inner.matches("br, wbr") || inner.textContent === "";
      if (!empty && (!isSeen(inner, main) || !isPlain(inner, true))) return { code: "hidden", path };
    }
  }
  return null;
}

/**
 * A leaf that something lies over: a part of the page that is neither around the section nor in it, what a style
 * writes before or behind such a part, or another leaf. In the flow of a page nothing lies over anything.
 * @param {Element} section
 * @returns {string|null} its path
 */
function coveredLeaf(section) {
  const leaves = [...section.querySelectorAll("dt, dd")].map((leaf) => ({
    box: leaf.getBoundingClientRect(),
    path: leaf.dataset.path ?? leaf.nextElementSibling?.dataset?.path ?? "",
  }));
  const over = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  const floats = (element) =>
    ["::before", "::after"].some((pseudo) => {
      const { content, position } = getComputedStyle(element, pseudo);
      return !["", "none", "normal"].includes(content) && ["absolute", "fixed"].includes(position);
    });
  const frame = section.getBoundingClientRect();
  for (const element of [document.documentElement, document.body, ...document.body.querySelectorAll("*")]) {
    if (section.contains(element)) continue;
    if (floats(element)) return leaves[0]?.path ?? "";
    if (element.contains(section)) continue;
    const box = element.getBoundingClientRect();
    const under = over(frame, box) && element.checkVisibility() && leaves.find((leaf) => over(leaf.box, box));
    if (under) return under.path;
  }
  leaves.sort((a, b) => a.box.top - b.box.top);
  for (const [i, { box }] of leaves.entries()) {
    for (let j = i + 1; j < leaves.length && leaves[j].box.top < box.bottom; j += 1) {
      if (over(box, leaves[j].box)) return leaves[j].path;
    }
  }
  return null;
}

/** @param {Element} element @param {Element} main */
function isSeen(element, main) {
  const options = {
    opacityProperty: true,
    visibilityProperty: true,
    contentVisibilityAuto: false,
    checkOpacity: true,
    checkVisibilityCSS: true,
  };
  if (!element.checkVisibility(options)) return false;
  const box = element.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) return false;
  const page = document.documentElement;
  const rightToLeft = getComputedStyle(page).direction === "rtl";
  const start = rightToLeft ? page.clientWidth - page.scrollWidth : 0;
  const [left, top] = [box.left + scrollX, box.top + scrollY];
  if (left + box.width <= start || left >= start + page.scrollWidth || top + box.height <= 0) return false;
  for (
    let above = element.parentElement;
    above && above !== main.parentElement;
    above = above.parentElement
  ) {
    const { overflowX, overflowY } = getComputedStyle(above);
    const frame = above.getBoundingClientRect();
    const cut = (way, from, to, low, high) =>
      ["hidden", "clip"].includes(way) && (from < low - 2 || to > high + 2);
    if (cut(overflowX, box.left, box.right, frame.left, frame.right)) return false;
    if (cut(overflowY, box.top, box.bottom, frame.top, frame.bottom)) return false;
  }
  return true;
}

/**
 * Set in type that can be read, and by no style that writes, turns or veils.
 * @param {boolean} inside of a section
 */
function isPlain(element, inside) {
  const style = getComputedStyle(element);
  const none = (value) => value === undefined || value === "" || value === "none" || value === "normal";
  if (Number(style.opacity) < 0.6 || !none(style.filter) || !none(style.clipPath) || style.clip !== "auto")
    return false;
  if (!none(style.maskImage) || !none(style.transform) || !none(style.rotate) || !none(style.scale))
    return false;
  if (!none(style.textTransform) || !none(style.webkitTextSecurity)) return false;
  if (["bidi-override", "isolate-override"].includes(style.unicodeBidi)) return false;
  if (inside && ["absolute", "fixed"].includes(style.position)) return false;
  if (Math.abs(parseFloat(style.textIndent)) > 100 || parseFloat(style.fontSize) < 7) return false;
  if (inside && ["::before", "::after"].some((pseudo) => !none(getComputedStyle(element, pseudo).content)))
    return false;
  return !inside || contrast(element) >= 2;
}

/** The contrast of an element's text with what is behind it (WCAG 2), as far as plain colours tell. */
function contrast(element) {
  const style = getComputedStyle(element);
  const ink = colour(style.webkitTextFillColor || style.color);
  let behind = element;
  while (behind && (colour(getComputedStyle(behind).backgroundColor)?.[3] ?? 0) < 0.5)
    behind = behind.parentElement;
  const dark =
    getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
    matchMedia("(prefers-color-scheme: dark)").matches;
  const paper = behind
    ? colour(getComputedStyle(behind).backgroundColor)
    : dark
      ? [18, 18, 18, 1]
      : [255, 255, 255, 1];
  if (!ink || !paper) return 21;
  if (ink[3] < 0.5) return 1;
  const [a, b] = [ink, paper].map(luminance).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

/**
 * @param {string} text
 * @returns {number[]|null} red, green, blue, alpha; null for a notation that is not read here
 */
function colour(text) {
  const parts = /^rgba?\(([^)]+)\)$/
    .exec(text)?.[1]
    .split(/[,/ ]+/)
    .map(Number);
  return parts && parts.every((part) => !Number.isNaN(part)) ? [...parts.slice(0, 3), parts[3] ?? 1] : null;
}

function luminance([r, g, b]) {
  const [R, G, B] = [r, g, b].map((v) =>
    v / 255 <= 0.03928 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * R + 0.7152 * G + 0.0722 * B;
}

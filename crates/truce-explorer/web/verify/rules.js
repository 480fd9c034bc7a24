/**
 * The rules inside one body. docs/spec/kinds.md: "Rules" of section 5 wherever a shape stands in kinds of
 * sections 7 to 10, and those of each kind of sections 6 to 10. Whoever breaks one is refused with
 * `invalid-body`.
 * @module
 */

import { hex, need } from "./bytes.js";
import { CHOICES, OWN, parseField, SHAPES } from "./kinds.js";
import { localDay, ms, yearOf } from "./units.js";

/** @param {string} kind @param {Map<string, any>} body typed already */
export function checkRules(kind, body) {
  if (kind !== "charter") visit(body, kind, "body");
  const rule = KIND_RULES[kind];
  if (rule) for (const [name, holds] of Object.entries(rule)) need(holds(reader(body)), "invalid-body", name);
}

/** `f.name` reads a field; what is absent is undefined. @param {Map<string, any>} map */
function reader(map) {
  return Object.fromEntries(map);
}

/** Walks a value of a shape and holds every shape in it to its rules. */
function visit(value, shape, where) {
  for (const [name, item] of value) {
    const { type } = parseField(SHAPES[shape][name]);
    const many = Array.isArray(item) && parseField(SHAPES[shape][name]).list ? item : [item];
    many.forEach((one) => enter(one, type, `${where}.${name}`));
  }
  const holds = SHAPE_RULES[shape];
  if (holds) need(holds(reader(value)), "invalid-body", where);
}

function enter(value, type, where) {
  if (!(value instanceof Map)) return;
  if (Object.hasOwn(SHAPES, type)) return visit(value, type, where);
  const [[name, contents]] = value;
  const { type: inner, list } = parseField(CHOICES[type][name]);
  (list ? contents : [contents]).forEach((one) => enter(one, inner, `${where}.${name}`));
}

const given = (value) => value !== undefined;
/** Holds where one of the two is not given or not known. */
const atMost = (a, b) => typeof a !== "number" || typeof b !== "number" || a <= b;
const inOrder = (period) => ms(period.get("from")) <= ms(period.get("to"));
const daysInOrder = (f) => f.from <= f.to;
const distances = (f) => atMost(f.km_min, f.km_max) && (!given(f.km_min) || given(f.km_max));
const number = (count) => (count instanceof Map ? count.get("n") : undefined);
const once = (items) => new Set(items).size === items.length;
const field = (items, name) => items.map((item) => item.get(name));
const noOwnKinds = (kinds) => !kinds || !kinds.some((kind) => OWN.includes(kind));

const SHAPE_RULES = {
  Place: (f) => f.name !== "not-known" || [f.from, f.zone, f.admin, f.point, f.control].some(given),
  From: distances,
  Bearing: (f) => distances(f) && (given(f.km_max) || given(f.direction)),
  Area: (f) => [f.name, f.place, f.outline].some(given),
  Period: (f) => ms(f.from) <= ms(f.to),
  Days: daysInOrder,
  PartOfDay: daysInOrder,
  KeyGrant: (f) => noOwnKinds(f.kinds),
  RegionTotal: (f) =>
    atMost(f.explosions, f.violations) &&
    atMost(f.live_fire, f.violations) &&
    given(f.previous) === given(f.previous_basis),
  Coverage: (f) => atMost(f.cameras_out, f.cameras),
  Deaths: (f) => f.low <= f.best && f.best <= f.high,
  Strength: (f) => Object.keys(f).length > 0,
  Clock: (f) =>
    (f.changes ?? []).every((change, i, all) => i === 0 || ms(all[i - 1].get("at")) < ms(change.get("at"))),
  Figure: (f) => [f.found, f.declared, f.required].some(given),
  Range: (f) => f.low <= f.high,
};

/** Exactly the rules of each kind, by a name for whoever reads the refusal. */
const KIND_RULES = {
  charter: {
    log: (f) => /^[^+]+\+[0-9a-fA-F]{8}\+[^]+$/.test(f.log),
    parties: (f) =>
      f.parties.length <= 128 && once(field(f.parties, "id")) && once(field(f.parties, "root").map(hex)),
    zones: (f) => once(field(f.zones ?? [], "id")),
    roles: (f) => once(field(f.roles ?? [], "kind")) && noOwnKinds(field(f.roles ?? [], "kind")),
    amended_by: (f) => !given(f.amended_by) || (f.amended_by >= 1 && f.amended_by <= f.parties.length),
  },
  // Whether `next` is a sound vkey in full takes a hash: statement.js.
  amendment: {
    log: (f) => given(f.log) || given(f.witnesses),
    next: (f) => !given(f.log) || /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/.test(f.log.get("next")),
  },
  accession: { keys: (f) => (f.keys ?? []).length <= 16 && once(field(f.keys ?? [], "key").map(hex)) },
  "key-grant": { kinds: (f) => noOwnKinds(f.kinds) },
  report: {
    cutoff: (f) => localDay(f.cutoff) <= f.issued,
    period: (f) => ms(f.period.get("to")) <= ms(f.cutoff),
    cutoff_printed: (f) => !given(f.cutoff_printed) || String(f.cutoff_printed) !== String(f.cutoff),
    regions: (f) => once(field(f.regions, "region")),
  },
  observation: {
    place: (f) => given(f.place) || given(f.position),
    bearing: (f) => !given(f.bearing) || given(f.position),
    explosions: (f) => atMost(f.explosions, number(f.count)),
  },
  restriction: {
    when: (f) => given(f.arrived) !== given(f.when),
    times: (f) =>
      [f.arrived, f.decided, f.left].filter(given).every((at, i, all) => i === 0 || ms(all[i - 1]) <= ms(at)),
  },
  weapons: {
    serials: (f) =>
      f.count === "not-known" || f.count.has("about") || atMost((f.serials ?? []).length, number(f.count)),
  },
  harm: { contents: (f) => [f.people, f.objects, f.deaths].some(given) },
  notification: {
    phases: (f) => (f.phases ?? []).every((phase) => within(phase.get("period"), f.period)),
  },
  calendar: {
    planned: (f) =>
      f.planned === "nil-return" ||
      f.planned
        .get("activities")
        .every((activity) =>
          ["from", "to"].every((end) => yearOf(activity.get("window").get(end)) === f.year),
        ),
  },
  commitment: {
    valid_until: (f) => ms(f.valid_from) < ms(f.valid_until),
    review_by: (f) => !given(f.review_by) || valid(f, f.review_by),
    schedule: (f) =>
      !(f.schedule instanceof Map) || !f.schedule.has("once") || valid(f, f.schedule.get("once").get("due")),
  },
  delivery: { contents: (f) => given(f.summary) || given(f.artefacts) },
  document: {
    contents: (f) => (f.class === "retraction" ? given(f.reason) : given(f.text) || given(f.file)),
  },
  finding: { breach: (f) => !given(f.breach) || given(f.rule) },
};

const within = (inner, outer) =>
  inOrder(inner) &&
  ms(outer.get("from")) <= ms(inner.get("from")) &&
  ms(inner.get("to")) <= ms(outer.get("to"));
const valid = (f, at) => ms(f.valid_from) <= ms(at) && ms(at) <= ms(f.valid_until);

/**
 * Units: what may stand in a field in the signed bytes, and how people read it. docs/spec/kinds.md, section
 * 4.
 *
 * Each unit has `takes`, whether a value of CBOR is one, and `shows`, the value of the draft in JSON.
 * @module
 */

import { hex, utf8 } from "./bytes.js";
import { keyPoint } from "./ed25519.js";

const DAY_MS = 86_400_000;
const FIRST_DAY = -25_567;
const LAST_DAY = 84_005;
const OFFSET_MAX = 1080;
const POINTS = "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split(" ");

const isText = (value) => typeof value === "string";
const whole = (value, least, most) => typeof value === "number" && value >= least && value <= most;
const is32 = (value) => value instanceof Uint8Array && value.length === 32;
const asIs = (value) => value;

/** Text that says something and hides nothing. @param {unknown} value @param {number} most bytes of UTF-8 */
function says(value, most) {
  return (
    isText(value) &&
    utf8(value).length <= most &&
    /\P{White_Space}/u.test(value) &&
    !/[\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]/.test(value)
  );
}

/** A key that is met must be sound (formats.md, section 2). @param {unknown} value */
function isKey(value) {
  try {
    return is32(value) && !!keyPoint(value);
  } catch {
    return false;
  }
}

/** @param {unknown} value @returns {value is number|[number, number]} */
function isStamp(value) {
  const [ms, offset] = Array.isArray(value) ? value : [value, 0];
  if (Array.isArray(value) && (value.length !== 2 || offset === 0 || !whole(offset, -OFFSET_MAX, OFFSET_MAX)))
    return false;
  const local = typeof ms === "number" ? ms + offset * 60_000 : NaN;
  return local >= FIRST_DAY * DAY_MS && local < (LAST_DAY + 1) * DAY_MS;
}

/** @param {unknown} value */
function isDirection(value) {
  const parts = isText(value) ? value.split("-") : [];
  return (
    parts.length >= 1 && parts.length <= 2 && parts.every((p) => POINTS.includes(p)) && parts[0] !== parts[1]
  );
}

const two = (n) => String(n).padStart(2, "0");

/** @param {number} minutes east of UTC */
function showOffset(minutes) {
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** @param {number|[number, number]} stamp */
function showStamp(stamp) {
  const [ms, offset] = Array.isArray(stamp) ? stamp : [stamp, 0];
  return new Date(ms + offset * 60_000).toISOString().replace(/(\.000)?Z$/, "") + showOffset(offset);
}

/** Milliseconds UTC of a stamp. @param {number|[number, number]} stamp */
export function ms(stamp) {
  return Array.isArray(stamp) ? stamp[0] : stamp;
}

/** The day on the stamp's own clock. @param {number|[number, number]} stamp */
export function localDay(stamp) {
  return Math.floor((ms(stamp) + (Array.isArray(stamp) ? stamp[1] : 0) * 60_000) / DAY_MS);
}

/** The calendar year of a date. @param {number} days */
export function yearOf(days) {
  return new Date(days * DAY_MS).getUTCFullYear();
}

/** @param {number} least @param {number} most @param {number} [scale] units in one of what people write */
function number(least, most, scale = 1) {
  return { takes: (value) => whole(value, least, most), shows: (value) => value / scale };
}

/** @param {(value: any) => boolean} takes */
const text = (takes) => ({ takes, shows: asIs });

/** @type {Record<string, {takes: (value: any) => boolean, shows: (value: any) => any}>} */
export const UNITS = {
  Text: text((v) => says(v, 4000)),
  LongText: text((v) => says(v, 32_000)),
  Name: text((v) => says(v, 240)),
  Word: text((v) => isText(v) && /^(?!-)[a-z0-9-]{1,48}(?<!-)$/.test(v)),
  Language: text((v) => isText(v) && v.length <= 35 && /^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(v)),
  PartyId: text((v) => isText(v) && /^[a-z][a-z0-9-]{1,31}$/.test(v)),
  Direction: text(isDirection),
  True: text((v) => v === true),
  PublicKey: { takes: isKey, shows: hex },
  Hash: { takes: is32, shows: hex },
  Proof: { takes: (v) => v instanceof Uint8Array && v.length === 64, shows: hex },
  Stamp: { takes: isStamp, shows: showStamp },
  Date: {
    takes: (v) => whole(v, FIRST_DAY, LAST_DAY),
    shows: (v) => new Date(v * DAY_MS).toISOString().slice(0, 10),
  },
  ClockTime: { takes: (v) => whole(v, 0, 1439), shows: (v) => `${two(Math.floor(v / 60))}:${two(v % 60)}` },
  Offset: { takes: (v) => whole(v, -OFFSET_MAX, OFFSET_MAX), shows: showOffset },
  Latitude: number(-900_000_000, 900_000_000, 1e7),
  Longitude: number(-1_800_000_000, 1_800_000_000, 1e7),
  Km: number(0, 20_000_000, 1000),
  Calibre: number(0, 200_000, 100),
  Metres: number(0, 20_000_000),
  Tally: number(0, 100_000_000),
  Percent: number(0, 100),
  Minutes: number(0, 527_040),
  Shift: number(-3660, 3660),
  Year: number(1900, 2199),
  Step: number(1, 999),
  Ordinal: number(1, 100_000),
  Entries: number(0, 1_000_000),
  FileSize: number(0, 1e15),
  Score: number(0, 99),
  Skew: number(0, 4_294_967_295),
};

// Adds the reader's own time beside each time in UTC. The UTC stays where it was.
// Nothing is added to the two sections that are compared with the signed bytes.

const lang = document.documentElement.lang;
// How long ago: the largest unit of which there is at least one.
const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const ago = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
for (const time of document.querySelectorAll("time[data-since]")) {
  const seconds = (Date.now() - new Date(time.dateTime).getTime()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  const since = document.createElement("span");
  since.className = "local";
  since.textContent = ` · ${ago.format(-Math.round(seconds / length), unit)}`;
  time.after(since);
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone !== "UTC") {
  const clock = new Intl.DateTimeFormat(lang, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
  for (const time of document.querySelectorAll("time[datetime*='T']")) {
    if (time.closest("#signed, #recorded, [data-path]")) continue;
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const own = document.createElement("span");
    own.className = "local";
    own.textContent = ` (${clock.format(moment)})`;
    time.after(own);
  }
}

// Adds the reader's own time beside each time in UTC. The UTC stays where it was.
// Nothing is added to the two sections that are compared with the signed bytes.

const lang = document.documentElement.lang;
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

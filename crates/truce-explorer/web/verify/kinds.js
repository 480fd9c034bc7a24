/**
 * The bodies of all kinds as tables, in the order of docs/spec/kinds.md, to be read beside it: section 1
 * (kinds and who signs them), 3 (relations), 5 (shared shapes), 6 to 10 (kinds).
 *
 * A field is a name and a `Type`, or `Type~` where it may be "not-known", with `[a-b]` where it is a list of a
 * to b items, and `?` where it may be left out. A type is a shape, a word list or a choice of this file, or a
 * unit of units.js.
 * @module
 */

const EVERY = ["state", "mission", "guarantor", "civil"];
const WATCH = ["mission", "guarantor", "civil"];

/**
 * Section 1: kinds in their order, with the roles that sign them by default; none for those that root keys
 * sign.
 */
export const SIGNED_BY = {
  charter: [],
  accession: [],
  "key-grant": [],
  "key-revocation": [],
  amendment: [],
  endorsement: [],
  report: WATCH,
  observation: WATCH,
  restriction: WATCH,
  weapons: WATCH,
  harm: WATCH,
  signal: WATCH,
  notification: ["state"],
  calendar: ["state"],
  commitment: ["state"],
  delivery: ["state"],
  inquiry: EVERY,
  reply: EVERY,
  response: EVERY,
  document: EVERY,
  finding: ["mission", "guarantor"],
};

/** The agreement's own kinds, section 6: signed by root keys, and nothing else is. */
export const OWN = ["charter", "accession", "key-grant", "key-revocation", "amendment", "endorsement"];

/** Lists of words. `Relation` is section 3. */
export const WORDS = {
  Kind: Object.keys(SIGNED_BY),
  Role: EVERY,
  ...table(
    `
  Relation: corrects retracts answers fulfils disputes supports about
  // Section 5
  Part: day morning afternoon evening night evening-and-night
  // Section 6
  RevocationReason: superseded ceased lost compromised
  // Section 7
  PreviousBasis: previous-reporting-period previous-24-hours
  What: explosion projectile tracer-round burst shot burst-and-shot muzzle-flash illumination-flare flare
    gunfire violation mine uav-targeted uav-lost uav-damaged uav-emergency-landing threat other
  Means: saw heard saw-and-heard recorded uav satellite sensor
  Description: undetermined impact outgoing incoming airburst in-flight in-vertical-flight
  Outcome: denied delayed conditional resumed
  YesNo: yes no
  WeaponsCategory: in-violation-of-withdrawal-lines beyond-lines-outside-storage not-verified-as-withdrawn
    missing-from-holding-area missing-from-permanent-storage inside-security-zone
  AgeGroup: child adult older
  Sex: female male
  Effect: killed injured killed-or-injured missing
  Standing: civilian combatant mission relief
  ObjectClass: civilian-property protected-object critical-infrastructure mission-property
  SignalTopic: military environmental health cyber other
  Urgency: routine urgent immediate
  // Section 8
  Level: battalion regiment brigade division corps above-corps regional-air-command fleet other
  Activity: field-exercise live-firing amphibious-landing heliborne-landing parachute-drop transfer
    concentration alert air-exercise naval-exercise movement missile-launch command-post-exercise other
  Topic: data-sharing restraint pause local-ceasefire corridor force-limit meeting channel-test access
    assessment assistance action other
  Span: days weeks months years
  // Section 9
  InquiryTopic: clarification unusual-activity hazardous-incident visit hotline complaint relief
  Position: accepts accepts-in-part disputes comments
  DocumentClass: minutes criteria mandate assessment protocol guidance lesson audit-report
    legal-justification decision retraction other
  // Section 10
  Breach: breached not-breached not-determined
  StandardOfProof: reasonable-suspicion reasonable-grounds-to-believe balance-of-probabilities
    clear-and-convincing beyond-reasonable-doubt
`,
    (words) => words.split(" "),
  ),
};

/** Choices: a name without contents is a word, one with contents a map of one pair. */
export const CHOICES = {
  When: { at: "Stamp", "as-of": "Stamp", between: "Period", days: "Days", "part-of-day": "PartOfDay" },
  Amount: { exactly: "Tally", about: "Tally", between: "Range" },
  Planned: { "nil-return": null, activities: "PlannedActivity[1-200]" },
  Schedule: { standing: null, once: "Once", every: "Every" },
  Answer: {
    answered: "Answered",
    "partly-answered": "Answered",
    declined: "Declined",
    "needs-more-time": "NeedsMoreTime",
  },
  FindingOutcome: {
    observed: null,
    corroborated: null,
    "not-corroborated": null,
    inconclusive: null,
    suspended: "Suspended",
  },
  Attribution: { "not-made": null, "not-possible": null, party: "Attributed" },
};

/** Maps with named fields. Those in lower case are the bodies of the kinds. */
export const SHAPES = table(
  `
  // Section 5
  Place: from From?, name Name~, zone Word?, admin Name[1-6]?, point Point?, control Word?
  From: of Name, km_max Km?, km_min Km?, direction Direction?
  Bearing: km_max Km?, km_min Km?, direction Direction?
  Point: lat Latitude, lon Longitude, precision_m Metres~
  Area: name Name?, place Place?, outline Corner[3-512]?
  Corner: lat Latitude, lon Longitude
  Period: to Stamp, from Stamp
  Days: to Date, from Date
  PartOfDay: to Date, from Date, part Part
  Count: n Tally, about True?
  Range: low Tally, high Tally
  Evidence: note Text?, bytes FileSize, device Name?, sha256 Hash, captured Stamp?, media_type Name
  Clock: name Name?, offset Offset, changes ClockChange[1-64]?
  ClockChange: at Stamp, offset Offset
  // Section 6
  charter: log Text, drill True?, roles MaySign[1-512]?, title Text, zones Zone[1-512]?,
    parties Founder[1-512], review_by Stamp?, witnesses Text?, amended_by Skew?, valid_until Stamp?, clock_skew_s Skew?,
    proof_of_possession True?
  MaySign: kind Kind, roles Role[1-512]
  Zone: id Word, area Area?, name Text
  Founder: id PartyId, name Text, role Role, root PublicKey
  accession: keys KeyGrant[1-512]?, note Text?, drill True?
  KeyGrant: key PublicKey, drill True?, kinds Kind[1-512]?, label Text?, proof Proof?, valid_until Stamp?
  key-grant: key PublicKey, drill True?, kinds Kind[1-512]?, label Text?, proof Proof?, valid_until Stamp?
  key-revocation: key Hash, note Text?, drill True?, reason RevocationReason, suspect_since Stamp?
  amendment: log NextLogKey?, drill True?, title Name, reason Text?, witnesses Text?
  NextLogKey: next Text, overlap Entries
  endorsement: note Text?, drill True?
  // Section 7
  report: note Text?, drill True?, cutoff Stamp, issued Date, number Name, period Period, source Text?,
    regions RegionTotal[1-64], coverage Coverage?, evidence Evidence[1-64]?, cutoff_assumed True?,
    cutoff_printed Stamp?
  RegionTotal: note Text?, region Name, previous Tally?, live_fire Tally?, explosions Tally?,
    violations Tally~, previous_basis PreviousBasis?
  Coverage: note Text?, posts Tally?, cameras Tally?, patrols Tally?, cameras_out Tally?,
    uav_flights Tally?, restrictions Tally?
  observation: note Text?, what What, when When, count Count~, drill True?, means Means?, place Place?,
    flight Flight?, report Name?, source Text?, status Word?, weapon Name~?, bearing Bearing?,
    evidence Evidence[1-64]?, position Place?, calibre_mm Calibre?, confidence Percent?, explosions Tally?,
    assessed_as Word?, description Description~?
  Flight: to Direction, from Direction, mostly True?
  restriction: by Name?, left Stamp?, note Text?, when When?, drill True?, place Place, people Tally~?,
    reason Text?, report Name?, source Text?, status Word?, arrived Stamp?, decided Stamp?,
    outcome Outcome~, evidence Evidence[1-64]?, vehicles Tally~?, travelling Name?,
    announced_before YesNo~?, delay_printed_min Minutes?
  weapons: note Text?, when When, count Count~, drill True?, means Means?, place Place, report Name?,
    source Text?, status Word?, weapon Name~, serials Hash[1-256]?, category WeaponsCategory,
    evidence Evidence[1-64]?, calibre_mm Calibre?
  harm: note Text?, when When, cause Name~?, drill True?, place Place, coding Coding?, deaths Deaths?,
    people PeopleHarmed[1-32]?, report Name?, source Text?, status Word?, objects ObjectHarmed[1-32]?,
    parties Parties?, evidence Evidence[1-64]?, external External?
  Coding: clarity Score?, sources Tally?, date_precision Score?, place_precision Score?
  Deaths: low Tally, best Tally, high Tally, side_a Tally?, side_b Tally?, unknown Tally?, civilians Tally?
  PeopleHarmed: age AgeGroup~, sex Sex~, count Count~, effect Effect, standing Standing~?
  ObjectHarmed: what Name, class ObjectClass, count Count~?, damage Text?
  Parties: dyad Named?, side_a Name, side_b Name, conflict Named?, violence Score?
  Named: id Name, name Name
  External: id Name, scheme Word, related Name?
  signal: note Text?, when When?, drill True?, known Text, place Place?, title Name, topic SignalTopic,
    source Text?, horizon Period?, urgency Urgency, evidence Evidence[1-64]?, not_known Text?
  // Section 8
  notification: note Text?, areas Area[1-32], drill True?, given Date?, level Level?, linked Name[1-32]?,
    period Period, phases Phase[1-32]?, source Text?, line_km Km?, purpose Text?, activity Activity,
    evidence Evidence[1-64]?, strength Strength, live_fire YesNo?, designation Name,
    participants Participant[1-64]?, short_notice True?, calendar_change Text?, observers_invited YesNo?
  Phase: name Name, period Period, purpose Text?
  Strength: ships Count?, troops Count?, artillery Artillery?, formations Count?, helicopters Count?,
    battle_tanks Count?, combat_aircraft Count?, armoured_vehicles Count?, fixed_wing_sorties Count?,
    rotary_wing_sorties Count?
  Artillery: pieces Count, from_calibre_mm Calibre
  Participant: state Name, strength Strength?
  calendar: note Text?, year Year, drill True?, source Text?, planned Planned, evidence Evidence[1-64]?
  PlannedActivity: areas Area[1-32]?, level Level?, window Days, purpose Text?, activity Activity,
    strength Strength?, designation Name, duration_days Tally?
  commitment: to PartyId[1-128], note Text?, text Text?, zone Word?, drill True?, title Name, topic Topic,
    format Name?, source Text?, channel Name?, evidence Evidence[1-64]?, schedule Schedule,
    review_by Stamp?, valid_from Stamp, valid_until Stamp
  Once: due Stamp, grace_min Minutes
  Every: n Step, unit Span, clock Clock, first Date, due_at ClockTime, due_days Shift, grace_min Minutes
  delivery: item Ordinal, note Text?, drill True?, source Text?, summary Text?, artefacts Evidence[1-64]?,
    delivered Stamp?
  // Section 9
  inquiry: to PartyId[1-128], note Text?, when When?, drill True?, place Place?, title Name,
    topic InquiryTopic, source Text?, urgency Urgency?, evidence Evidence[1-64]?, question Text,
    answer_by Stamp?
  reply: note Text?, drill True?, answer Answer, source Text?, evidence Evidence[1-64]?
  Answered: text Text
  Declined: reason Text?
  NeedsMoreTime: until Stamp, reason Text?
  response: note Text?, text Text, drill True?, source Text?, evidence Evidence[1-64]?, position Position
  document: date Date?, file Evidence?, note Text?, text LongText?, class DocumentClass, drill True?,
    title Name, number Name?, reason Text?, source Text?, language Language, replaces Hash?
  // Section 10
  finding: note Text?, rule Rule?, when When?, drill True?, place Place?, breach Breach?, source Text?,
    dissent Dissent[1-128]?, figures Figure[1-64]?, outcome FindingOutcome, subject Name?, summary Text,
    concerns Name[1-128]?, evidence Evidence[1-64]?, confidence Percent?, attribution Attribution
  Rule: id Name, regime Name?, version Name?, paragraph Name?
  Dissent: by PartyId, text Text
  Figure: note Name?, unit Word?, what Word, found Amount?, declared Amount?, required Amount?
  Suspended: reason Text
  Attributed: party PartyId, standard StandardOfProof
`,
  (fields) => Object.fromEntries(fields.split(", ").map((field) => field.split(" "))),
);

/**
 * Reads a table of names, each with what is written behind it, going on in lines further in.
 * @template T @param {string} text @param {(contents: string) => T} read @returns {Record<string, T>}
 */
function table(text, read) {
  const lines = text
    .replace(/^ *\/\/.*$/gm, "")
    .replace(/\n {4,}/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [name, contents] = line.trim().split(": ");
      return [name, read(contents)];
    }),
  );
}

/**
 * Reads `Type~[a-b]?`.
 * @param {string} field
 * @returns {{type: string, unknown: boolean, least: number, most: number, list: boolean, optional: boolean}}
 */
export function parseField(field) {
  const [, type, unknown, , least, most, optional] = /^([\w-]+)(~)?(\[(\d+)-(\d+)\])?(\?)?$/.exec(field);
  return {
    type,
    unknown: !!unknown,
    list: !!most,
    least: Number(least),
    most: Number(most),
    optional: !!optional,
  };
}

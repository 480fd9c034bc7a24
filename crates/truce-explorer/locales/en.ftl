# Words of the explorer. The five files have the same keys with the same variables; a test holds them to it.
# Register: that of the OSCE and the United Nations. The explorer never says who is right.

## Frame
brand-of = Ledger explorer
skip = Skip to content
nav-rooms = Sections
nav-languages = Language
nav-overview = Overview
nav-timeline = Timeline
nav-map = Map
nav-calendar = Calendar
nav-records = Records
nav-parties = Parties and keys
nav-checkpoints = Checkpoints
nav-verify = Verify
nav-data = Data
nav-about = How to check this
foot-said = The explorer shows who stated what, and when. It does not say that a statement is true, and never who broke an agreement.
foot-times = Times are given in UTC, as “year-month-day hour:minute”. Your own time is shown beside them where your browser can.
foot-readonly = Read-only. No cookies, no accounts, no requests to other sites.

## Status line
status-label = State of verification
status-green = Verified
status-amber = Attention
status-red = Does not verify
status-verified = This explorer checked all { $size } entries of the log up to its last checkpoint, every signature included, and found them in order ({ $when }).
status-catching-up = The log has more entries than are shown: { $size } are verified, { $published } are published. The rest is being checked.
status-unreachable = The log cannot be read at the moment. What is shown was verified before: { $size } entries ({ $when }).
status-witnesses = Fewer witnesses than the agreement asks for have cosigned the checkpoint: { $have } of { $asked }. The { $size } entries themselves are verified ({ $when }).
status-broken = Part of the log does not verify. What is shown verified before that: { $size } entries ({ $when }).
status-starting = The log is being read and checked for the first time: { $done } of { $total } entries.
status-waiting = The log is being read for the first time.
status-no-checkpoint = The log has no checkpoint yet: nobody has signed for its entries, so none is shown.
status-stale = The source shows an older state of the log than the one verified here. What is shown is the newer one: { $size } entries ({ $when }).
status-copy-failed = The explorer cannot write its copy of the log. What is shown was verified before: { $size } entries ({ $when }).
status-ahead = The newest entries are dated ahead of this explorer’s clock ({ $n } of them, up to { $when }). Either the log’s clock is wrong or this one. Signatures and order are not affected.
status-at = at entry { $position }
status-found-when = found { $when }

## Verdict of the browser
verdict-unchecked-title = Not yet checked by your browser
verdict-unchecked = Your browser checks this page itself, from the signed bytes, when JavaScript is on. Until it says so here, you rely on this server.

## Words used everywhere
word-any = Any
word-none = None
word-not-stated = Not stated
word-position = Position
word-received = Received
word-party = Party
word-role = Role
word-kind = Kind
word-zone = Zone or region
word-what = What it says
word-when = When
word-from = From
word-to = To
word-state = State
word-key = Key
word-keys = Keys
word-records = Records
word-record-n = Record { $position }
word-region = Region
word-size = Size
word-root = Root
word-origin = Origin
word-agreement = Agreement
word-older = Older
word-newest = Newest
word-more = Show all
word-about-n = about { $n }
word-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
records-count = { $n ->
    [one] { $n } record
   *[other] { $n } records
}
records-at-least = At least { $n } records
drill = Exercise
drill-note = An exercise of the system itself. It counts nowhere.

## Roles and kinds
role-state = State
role-mission = Mission
role-guarantor = Guarantor
role-civil = Civil society
kind-charter = Charter
kind-accession = Accession
kind-key-grant = Key grant
kind-key-revocation = Key revocation
kind-amendment = Amendment
kind-endorsement = Endorsement
kind-report = Report
kind-observation = Observation
kind-restriction = Restriction of movement
kind-weapons = Weapons
kind-harm = Harm
kind-signal = Early warning
kind-notification = Notification
kind-calendar = Annual calendar
kind-commitment = Commitment
kind-delivery = Delivery
kind-inquiry = Inquiry
kind-reply = Reply
kind-response = Response
kind-document = Document
kind-finding = Finding

## States of a record
flag-corrected = Corrected
flag-retracted = Retracted
flag-replied = Replied to
flag-answered = Answered
flag-disputed = Disputed
flag-supported = Supported
flag-examined = Subject of a finding
flag-suspect = Key suspect
flag-drill = Exercise
flag-late = Recorded late
flag-ahead = Dated ahead
flag-correction = Correction
flag-retraction = Retraction

## Relations
relation-corrects = corrects
relation-retracts = retracts
relation-answers = answers
relation-fulfils = fulfils
relation-disputes = disputes
relation-supports = supports
relation-about = concerns
relation-corrects-by = corrected by
relation-retracts-by = retracted by
relation-answers-by = answered by
relation-fulfils-by = fulfilled by
relation-disputes-by = disputed by
relation-supports-by = supported by
relation-about-by = referred to by

## Overview
overview-title = Overview
overview-lead = An agreement, what its parties have stated under it, and how far that has been verified.
overview-drill = This agreement is an exercise. Nothing in it binds anybody.
overview-force-yes = In force: every founding party has acceded.
overview-force-no = Not in force for all: { $acceded } of { $parties } founding parties have acceded.
overview-review = To be reviewed by { $when }
overview-until = Lapses on { $when } unless renewed
overview-no-until = No date of expiry is stated.
overview-no-review = No date of review is stated.
overview-figure-records = Records verified
overview-figure-checkpoint = Last checkpoint
overview-figure-witnesses = Witnesses
overview-figure-week = Received this week
overview-figure-week-more = { $n } in the week before
overview-figure-disputes = Disputes without an answer in the log
witnesses-none = none asked for
witnesses-of = { $have } of { $asked }
overview-week = Recorded by week
overview-week-note = Weeks run from Monday to Sunday, UTC.
overview-week-caption = Records received in each week, by kind
overview-week-of = Week from
overview-week-total = Total
overview-disputes = Open disputes
overview-disputes-none = No statement is disputed at present.
overview-inquiries = Inquiries without a reply
overview-inquiries-none = Every inquiry has been answered.
overview-newest = Newest records
overview-parties = Parties to the agreement
overview-acceded = Acceded
overview-not-acceded = Has not acceded
overview-last = Last statement
overview-checkpoint = Last checkpoint
overview-checkpoint-note = Compare these values with those that somebody else has: with the same agreement, size and root, you look at the same log.

## Records
records-title = Records
records-lead = Every statement in the log, newest first. Each record is proved on its own page.
records-filter = Choose records
records-text = Words in the text
records-period = Event between
records-status = State of the record
records-zones = Zone
records-apply = Apply
records-clear = Clear
records-none = No record meets these conditions.
records-bad-query = The conditions cannot be understood: { $what }
records-formats = The same selection as data
records-caption = Records that meet the conditions, newest first
records-local = no time stated

## Record
record-title = Record { $position }
record-lead = Below, what was signed, word for word, and what the log added; beside it, the proof of both.
record-save = Save as evidence
record-previous = Previous record
record-next = Next record
record-feed-previous = Previous statement by the same key
record-gloss = In the explorer’s words
record-gloss-note = Not signed. This part is written by the explorer from other records, and changes as records are added.
record-state = How it stands
record-stands = It stands: the log holds no correction or retraction of it.
record-is-corrected = It has been corrected. A later statement takes its place.
record-is-retracted = It has been retracted by its author.
record-is-suspect = Received at a time for which its key has been declared suspect.
record-ahead = The log dates this entry later than this explorer’s clock shows. Either the log’s clock is wrong or this one. The signature and the order of the entries are not affected.
record-is-disputed = Another statement in the log disputes it.
record-trail = Trail
record-trail-note = Statements that this one refers to, and those that refer to it.
record-trail-none = It refers to no other statement, and none refers to it.
record-not-in-log = not in this log
record-discrepancies = Discrepancies in the statement itself
record-discrepancies-note = Sources err, and a mission records what was printed. Nothing has been changed.
record-discrepancy = { $path }: printed { $printed }, derived { $derived }
record-mixed = Words of mixed scripts
record-mixed-note = Letters of one script can look like those of another.
record-mixed-word = mixes { $scripts }
record-unseen = The text has characters that cannot be seen. Each is shown as a mark with its Unicode number.
record-data = The same record as data
record-bytes = Entry as recorded, { $n } bytes
record-proof = Proof
record-proof-note = The server’s own findings. Your browser replaces this list with what it finds itself.
script-latin = Latin
script-cyrillic = Cyrillic
script-greek = Greek
script-armenian = Armenian
script-cherokee = Cherokee

## Steps of a proof
step-page = The page shows what was signed
step-page-more = Only your browser can check this: it recomputes the record from the bytes and compares it with every line of the page.
step-entry = The entry is well formed
step-entry-more = { $n } bytes: hash of the entry before, time received, statement.
step-statement = The statement is well formed
step-statement-more = Canonical form, header and body of its kind.
step-id = The identifier is the hash of the statement
step-signature = The signature holds
step-signature-more = Ed25519, verified strictly over the statement’s bytes.
step-key = The party had granted this key
step-key-granted = Granted at position { $position }
step-key-root = It is the party’s root key, named in the charter.
step-key-until = Valid until { $when }
step-key-revoked = Revoked at position { $position }
step-feed = The statement follows the one before by the same key
step-feed-more = Number { $seq } of this key; the one before stands at position { $position }.
step-feed-first = The first statement of this key.
step-chain = The entry follows the entry before
step-chain-more = It carries the hash of the entry at position { $position }.
step-chain-first = The first entry of the log.
step-inclusion = The entry is in the tree
step-inclusion-more = { $n } hashes lead from entry { $position } to the root of the tree of { $size } entries.
step-checkpoint = The log has signed the root
step-cosignatures = Witnesses have cosigned
step-cosignatures-none = The agreement asks for no witnesses.
step-memory = The log has not changed since your last visit
step-memory-more = Only your browser can check this: it remembers the last checkpoint it saw here.

## Parties and keys
parties-title = Parties and keys
parties-lead = Who could sign what, and when. The root key speaks for a party and grants its other keys.
parties-caption = Parties named in the charter
log-keys = Keys of the log
log-keys-caption = Which key signs checkpoints of which size
log-key-sizes = Signs checkpoints of
log-key-from = { $from } entries and more
log-key-between = { $from } to { $until } entries
log-key-by = Brought in by
log-key-signs = signs
log-key-ended = ended
log-witnesses = Witnesses in force
log-witnesses-none = The parties have agreed on no witnesses.
log-proposed = Proposed, not in force
log-proposed-by = { $assents } of { $needed } parties have assented: { $who }
party-keys = Keys
party-keys-caption = Keys of this party, in the order in which they were granted
party-root = Root key
party-root-note = Signs the accession, key grants and key revocations, and nothing else.
party-kinds = Statements by kind
party-newest = Newest statements
party-none = No statement yet.
key-title = Key { $short }
key-label = Held by
key-public = Public key
key-id = Identifier
key-may-sign = May sign
key-may-all = every kind that its party may sign
key-granted = Granted
key-until = Valid until
key-no-until = no end stated
key-revoked = Revoked
key-not-revoked = not revoked
key-suspect = Suspect since { $when }
key-suspect-note = Statements received from that moment on are shown as suspect. They stay valid.
key-statements = Statements
key-feed = Its statements, newest first
key-state-good = In use
key-state-revoked = Revoked
reason-superseded = another key has taken its place
reason-ceased = the holder no longer has the function
reason-lost = nobody holds it any more
reason-compromised = somebody else may hold it

## Checkpoints
checkpoints-title = Checkpoints and witnesses
checkpoints-lead = A checkpoint is the log’s signature over everything it holds. Whoever has kept an earlier one can show whether the log was rewritten.
checkpoints-caption = Checkpoints that this explorer has seen and verified, newest first
checkpoints-seen = Seen
checkpoints-new = New entries
checkpoints-witnesses = Cosigned by
checkpoints-gap = { $hours ->
    [one] { $hours } hour after the one before
   *[other] { $hours } hours after the one before
}
checkpoints-disagreements = Disagreements and failures
checkpoints-disagreements-none = None: every checkpoint that was seen is consistent with those before.
checkpoints-note = The newest, as signed
checkpoints-policy = Witnesses that the agreement asks for
checkpoints-policy-none = The charter names no witnesses. The time and the uniqueness of the log rest on those who keep checkpoints.
checkpoints-ledger = History begins when this explorer first read the log.

## Timeline
timeline-title = Timeline
timeline-lead = What was reported, region by region, and on how many days anybody reported at all.
timeline-filter = Choose a period
timeline-bucket = Step
bucket-day = Day
bucket-week = Week
bucket-month = Month
timeline-class = Class of source
timeline-live-fire = Live-fire training
timeline-live-with = counted
timeline-live-without = left out, where the source says how much
timeline-violations = Ceasefire violations
timeline-of-which-explosions = of which explosions
timeline-live-fire-of = of which live-fire training
timeline-coverage = Coverage
timeline-coverage-of = { $days } of { $total } days
timeline-observations = Observations
timeline-restrictions = Restrictions
timeline-notifications = Notifications
timeline-reports = Reports
timeline-nobody = nobody reported
timeline-not-known = not known
timeline-zero-note = “0” means that somebody watched and counted none. “Nobody reported” means that no report covers the days. “Not known” means that a report says it could not be known.
timeline-none = Nothing was reported in this period.
timeline-chart = { $region }, { $role }: ceasefire violations
timeline-chart-note = Bars: violations in each step; hatched: nobody reported. The green line below a bar is as long as the share of days that were reported on. The figures stand in the table.
timeline-caption = { $region }, as reported by: { $role }

## Map
map-title = Map
map-lead = Zones of the agreement, and events whose sources give coordinates, as precisely as they give them.
map-figure = Map of zones and events
map-note = A circle is as large as the stated precision: the event lies somewhere in it. A dashed circle: the source does not say how precise the position is. Boundaries and coasts: Natural Earth. They do not imply acceptance or recognition of any boundary by anybody.
map-none = No record of this period gives coordinates. Missions often publish distance and direction from a place instead.
map-zones = Zones
map-zones-caption = Zones of the agreement
map-zone-outline = Outline
map-zone-no-outline = no outline agreed
map-zone-corners = { $n } corners
map-events = Events on the map
map-events-caption = The events drawn above, newest first
map-more = There are more in this period; the newest are drawn. Choose a shorter period to see the others.
map-latitude = Latitude
map-longitude = Longitude
map-precision = Precision
map-metres = within { $n } m
map-legend-zone = Zone
map-legend-event = Event, with its precision
map-legend-vague = Event, precision not stated
map-legend-boundary = Boundary between states

## Calendar
calendar-title = Calendar
calendar-lead = Military activities as notified, and the notice that was given.
calendar-caption = Notified activities, by start
calendar-designation = Activity
calendar-start = Start
calendar-end = End
calendar-given = Notice given
calendar-given-record = recorded
calendar-given-other = through another channel
calendar-lead-time = Notice
calendar-lead-after = { $n ->
    [one] { $n } day after the start
   *[other] { $n } days after the start
}
calendar-short-notice = without advance notice to the troops
calendar-troops = Troops
calendar-changed = changed
calendar-cancelled = cancelled
calendar-none = No activity was notified in this period.
calendar-plans = Annual calendars
calendar-plans-caption = Calendars of planned activities, by year
calendar-year = Year
calendar-nil = nothing planned
calendar-planned = { $n ->
    [one] { $n } activity planned
   *[other] { $n } activities planned
}
calendar-rule = The explorer computes the days between notice and start. Whether a rule asks for more is for findings to say.

## Verify
verify-title = Verify a file
verify-lead = Drop a statement, a proof, a receipt, a fraud proof, an evidence file or two checkpoints. Your browser checks them here; nothing is uploaded.
verify-drop = Drop files here, or choose them
verify-results = Results
verify-needs-js = This page needs JavaScript, since your own browser does the checking. Without it, use the command line.
verify-offline = On your own machine, without this site
verify-what = What can be checked
verify-statement = A statement (.cose) with its proof (.tlog-proof) or receipt (.receipt)
verify-statement-more = who signed it, that the log holds it, and whether that is final; the receipt may also stand inside the statement
verify-evidence = An evidence file saved from this explorer (.html or .json)
verify-evidence-more = everything that its page showed
verify-checkpoints = Two checkpoints of one log
verify-checkpoints-more = whether they contradict each other, which proves that the log was forked
verify-fraud = A fraud proof (.fraud-proof)
verify-fraud-more = whether it convicts the holder of a log’s key, of what, and whether that key belongs to this log or to another
verify-log = The log against which files are checked
verify-log-more = A statement, proof or receipt counts by the keys of this log, unless you drop the charter of another. Compare the agreement with what you hold from the parties.

## Data
data-title = Data
data-lead = Everything shown here can be fetched, mirrored and checked without this site.
data-log = The log itself
data-log-note = In the layout of c2sp.org/tlog-tiles. Any reader of that format works.
data-checkpoint = Last checkpoint, as signed
data-tiles = Tiles of hashes, and bundles of entries
data-archive = The whole log in one file
data-mirror = Keep a verified copy
data-mirror-note = The command checks every signature and hash as it copies, and resumes where it stopped.
data-exports = Exports
data-exports-note = Each takes the same conditions as the list of records, by the same names.
data-times = Where whole days were signed, days are given, and the last day is included; where instants were signed, they are given in UTC. In CSV and GeoJSON, days are in “first_day” and “last_day”, instants in “from” and “to”.
data-csv = Table (CSV)
data-csv-excel = The same table for Excel (with a byte order mark)
data-jsonl = Records with their signed fields (JSON Lines)
data-geojson = Events with coordinates (GeoJSON)
data-follow = Follow
data-atom = New records (Atom feed)
data-events = New records as they are verified (server-sent events)
data-api = Interface for programs
data-openapi = Description (OpenAPI 3.1)
data-schemas = Schemas of the statements (JSON Schema)
data-what = What
data-where = Address

## About
about-title = How to check this yourself
about-lead = You do not have to trust this site. This page says what its signs mean, what they do not mean, and how to do without it.
about-green = What “verified” means
about-green-1 = This explorer fetched every entry of the log, checked every signature and every hash, applied the rules of the agreement again, and came to the root that the log has signed.
about-green-2 = So each statement was signed with a key that its party had granted; nothing was altered, inserted, dropped or put in another order since.
about-not = What it does not mean
about-not-1 = It does not mean that a statement is true. Who states something answers for it.
about-not-2 = It does not mean that everything submitted was recorded. Whoever submits a statement should keep its receipt.
about-not-3 = It does not say when a statement was made beyond the word of the depositary and the order of entries, unless independent witnesses cosign.
about-not-4 = It does not say who broke the agreement.
about-amber = Attention, and does not verify
about-amber-1 = “Attention”: what is shown was verified, but it may not be the newest, or fewer witnesses than agreed have signed.
about-amber-2 = “Does not verify”: the log contradicts itself, its signatures or what was seen before. The explorer shows what held before that, and says what it found and where.
about-liar = A server that lies
about-liar-1 = Your browser checks each record page itself. But the program that checks comes from this server, and a server that lies could send a program that lies.
about-liar-2 = If that matters to you, use one of the following. None of them relies on this server.
about-own = Run an explorer of your own
about-own-note = It reads the log from here or from any mirror, and believes nothing that it has not checked.
about-command = Check on the command line
about-command-note = The agreement’s identifier comes from the parties, not from this site.
about-evidence = Keep a record as evidence
about-evidence-note = “Save as evidence” on a record page makes one file that shows the record and checks it offline. A colleague can compare the agreement’s identifier in it with the one from the parties.
about-compare = Compare checkpoints
about-compare-note = Two people who see the same size and the same root of the same agreement see the same log.
about-own-code = Trust no code of ours
about-own-code-note = The formats are published, with test vectors; a verifier can be written from them in any language.

## Problems
problem-404-title = There is no such page
problem-404 = The address leads to nothing in this log. Records are numbered from 0.
problem-400-title = The address cannot be understood
problem-400 = Something in the address is wrong.
problem-503-title = The log is being checked
problem-503 = This explorer shows only what it has verified, and it has not finished its first pass. This page reloads by itself.
problem-500-title = The page could not be made
problem-500 = Something in the copy of the log could not be read. What was verified is not in doubt; the copy can be made anew.
problem-code = Code
problem-home = Go to the overview

## Parts of a summary, and words of the specification
part-parties = { $n ->
    [one] { $n } party
   *[other] { $n } parties
}
part-keys = { $n ->
    [one] { $n } key
   *[other] { $n } keys
}
part-deaths = { $n ->
    [one] { $n } death
   *[other] { $n } deaths
}
part-item = item { $n }
part-activities = { $n } planned
part-until = until { $when }
value-explosion = explosion
value-projectile = projectile in flight
value-tracer-round = tracer round
value-burst = burst of fire
value-shot = single shot
value-burst-and-shot = bursts and shots
value-muzzle-flash = muzzle flash
value-illumination-flare = illumination flare
value-flare = flare
value-gunfire = gunfire
value-violation = ceasefire violation
value-mine = mines or unexploded ordnance
value-uav-targeted = fire at an unmanned aircraft of the mission
value-uav-lost = unmanned aircraft of the mission lost
value-uav-damaged = unmanned aircraft of the mission damaged
value-uav-emergency-landing = emergency landing of an unmanned aircraft of the mission
value-threat = threat to members of the mission
value-other = other
value-not-known = not known
value-denied = denied
value-delayed = delayed
value-conditional = let through on a condition
value-resumed = restriction lifted
value-observed = observed
value-corroborated = corroborated
value-not-corroborated = not corroborated
value-inconclusive = inconclusive
value-suspended = suspended
value-in-violation-of-withdrawal-lines = in violation of withdrawal lines
value-beyond-lines-outside-storage = beyond withdrawal lines, outside storage
value-not-verified-as-withdrawn = not verified as withdrawn
value-missing-from-holding-area = missing from a holding area
value-missing-from-permanent-storage = missing from permanent storage
value-inside-security-zone = inside the security zone
value-killed = killed
value-injured = injured
value-killed-or-injured = killed or injured
value-missing = missing
value-routine = routine
value-urgent = urgent
value-immediate = immediate
value-field-exercise = field exercise
value-live-firing = live firing
value-amphibious-landing = amphibious landing
value-heliborne-landing = heliborne landing
value-parachute-drop = parachute drop
value-transfer = transfer of forces
value-concentration = concentration of forces
value-alert = alert exercise
value-air-exercise = air exercise
value-naval-exercise = naval exercise
value-movement = movement of troops
value-missile-launch = launch of a missile or space vehicle
value-command-post-exercise = command post exercise
value-nil-return = nothing planned
value-data-sharing = data sharing
value-restraint = restraint
value-pause = pause in fighting
value-local-ceasefire = local ceasefire
value-corridor = corridor
value-force-limit = limit on forces
value-meeting = meeting
value-channel-test = test of a channel
value-access = access
value-assessment = assessment
value-assistance = assistance
value-action = single action
value-military = military
value-environmental = environmental
value-health = health
value-cyber = networks and systems
value-clarification = clarification
value-unusual-activity = unusual military activity
value-hazardous-incident = hazardous incident
value-visit = request for a visit
value-hotline = call on a hotline
value-complaint = complaint
value-relief = relief or passage
value-answered = answered
value-partly-answered = answered in part
value-declined = declined
value-needs-more-time = more time needed
value-accepts = accepts
value-accepts-in-part = accepts in part
value-disputes = disputes
value-comments = comments
value-minutes = minutes
value-criteria = criteria
value-mandate = mandate
value-protocol = protocol
value-guidance = guidance
value-lesson = lesson learned
value-audit-report = audit report
value-legal-justification = legal justification
value-decision = decision
value-retraction = retraction
value-live-fire-training = live-fire training
value-disengagement-breach = breach of disengagement
value-superseded = superseded
value-ceased = function ceased
value-lost = lost
value-compromised = compromised

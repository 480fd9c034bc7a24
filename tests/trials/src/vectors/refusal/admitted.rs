//! Logs that are admitted whole, with the register that each makes.

use super::super::craft::EPOCH;
use super::super::logs::{DAYS, MINUTE, Scene, report, retraction, small, start, with_refs, with_roles};
use super::super::statement::draft;
use super::Logs;
use serde_json::json;
use truce_statement::{Kind, Seen};

impl Logs {
    pub(super) fn accepted(&mut self) {
        self.accept("charter", &Scene::chartered());
        self.accept("founded", &Scene::founded());
        let mut scene = Scene::founded();
        for kind in [Kind::Observation, Kind::Restriction, Kind::Weapons, Kind::Harm, Kind::Signal] {
            scene.say(&format!("{kind}-of-mission"), "mission", &draft(kind));
        }
        scene.say("calendar-of-north", "north", &draft(Kind::Calendar));
        let notice = scene.say("notification-of-north", "north", &draft(Kind::Notification));
        let cancelled = with_refs(draft(Kind::Notification), &[("retracts", notice.id())]);
        scene.say("notification-of-north-cancelled", "north", &cancelled);
        let commitment = scene.say("commitment-of-north", "north", &draft(Kind::Commitment));
        let delivery = with_refs(draft(Kind::Delivery), &[("fulfils", commitment.id())]);
        scene.say("delivery-of-north", "north", &delivery);
        let inquiry = scene.say("inquiry-of-south", "south", &draft(Kind::Inquiry));
        let reply = with_refs(draft(Kind::Reply), &[("answers", inquiry.id())]);
        scene.say("reply-of-north", "north", &reply);
        let harm = scene.say("harm-of-civil", "civil", &draft(Kind::Harm));
        scene.say(
            "response-of-south",
            "south",
            &with_refs(draft(Kind::Response), &[("disputes", harm.id())]),
        );
        scene.say(
            "finding-of-mission",
            "mission",
            &with_refs(draft(Kind::Finding), &[("about", harm.id()), ("supports", harm.id())]),
        );
        let first = scene.say("signal-of-civil", "civil", &small(Kind::Signal));
        let second = scene.say(
            "signal-of-civil-corrected",
            "civil",
            &with_refs(small(Kind::Signal), &[("corrects", first.id())]),
        );
        scene.say("signal-of-civil-retracted", "civil", &retraction(second.id()));
        let log = scene.log();
        scene.work("mission").seen = Some(Seen(3, log.root(3)));
        scene.say("observation-that-saw-3-entries", "mission", &draft(Kind::Observation));
        let all = log.entries.len() + 1;
        let log = scene.log();
        scene.work("mission").seen = Some(Seen(all as u64, log.root(all)));
        scene.say("observation-that-saw-every-entry", "mission", &draft(Kind::Observation));
        self.accept("every-kind", &scene);

        let mut scene = Scene::founded();
        for (number, days, violations, previous) in [
            ("1", [0, 1], 40, None),
            ("2", [1, 2], 8, Some((40, "previous-reporting-period"))),
            ("3", [2, 3], 349, Some((8, "previous-24-hours"))),
        ] {
            scene.say(
                &format!("report-{number}"),
                "mission",
                &report(number, DAYS[days[0]], DAYS[days[1]], violations, previous),
            );
        }
        // Of the civil-society body's own: its figures are apart from the mission's.
        scene.say(
            "report-2-of-civil",
            "civil",
            &report("2", DAYS[1], DAYS[2], 9, Some((3, "previous-reporting-period"))),
        );
        self.accept("reports-in-sequence", &scene);

        let mut scene = Scene::founded();
        let mut pen = scene.grant(
            "grant-of-a-second-key",
            0x40,
            &json!({ "kinds": ["signal"], "valid_until": "2021-02-09T00:00:00Z" }),
        );
        let signal = pen.say(&small(Kind::Signal));
        scene.add("signal-with-the-second-key", signal.bytes());
        // The last moment is still good.
        let until = start() - MINUTE + 86_400_000;
        let last = pen.say(&small(Kind::Signal));
        scene.add_at("signal-at-the-last-moment", last.bytes(), until);
        let revoked = scene.revoke("mission", 0x30, "compromised");
        scene.add("revocation-of-the-first-key", revoked.bytes());
        self.accept("keys-granted-and-revoked", &scene);

        let mut scene = Scene::founded();
        let next = scene.lines.last().expect("entries").received + MINUTE;
        scene.work("mission").iat = u64::try_from(next).expect("positive") / 1000 + 600;
        scene.say("signal-as-early-as-can-be", "mission", &small(Kind::Signal));
        scene.work("civil").iat = EPOCH - 600;
        scene.say("signal-as-late-as-can-be", "civil", &small(Kind::Signal));
        let same = scene.lines.last().expect("entries").received;
        let signed = scene.work("south").say(&small(Kind::Document));
        scene.add_at("document-in-the-same-millisecond", signed.bytes(), same);
        self.accept("times-at-their-limits", &scene);

        let mut scene = Scene::with_charter("charter-with-roles", with_roles());
        scene.accede("-with-roles");
        scene.say("notification-of-mission", "mission", &draft(Kind::Notification));
        self.accept("roles-of-the-charter", &scene);
    }
}

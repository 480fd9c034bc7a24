//! The log's own key is in the liar's hands: what it lays out is chained, hashed and signed as it should be, and the page
//! is made for it. What stands against it in one record is what parties signed.

use super::Expected::Red;
use super::page::{rewrite, showing};
use super::scene::{MISSION, NORTH, fresh, report};
use super::{Attacks, record};
use truce_statement::{Entry, EntryHash};
use truce_tests::http;
use truce_tests::scene::{Line, chain};
use truce_tests::world::{self, observation};

const WHO: &str = "depositary";

/// The false log's page of `at`, made from the true page of `like`: both have the same fields.
fn forged(
    attacks: &mut Attacks<'_>,
    name: &'static str,
    step: &'static str,
    like: usize,
    at: usize,
    lines: &[Line],
) {
    entries(attacks, name, step, like, at, chain(lines));
}

fn entries(
    attacks: &mut Attacks<'_>,
    name: &'static str,
    step: &'static str,
    like: usize,
    at: usize,
    entries: Vec<Vec<u8>>,
) {
    let scene = attacks.scene;
    let history = super::scene::History::new(entries, &scene.world.log);
    let (old, new, evidence) = (scene.truth().document(like), history.document(at), history.evidence(at));
    let (honest, path) = (scene.honest.url().to_owned(), record(at));
    let wanted = path.clone();
    attacks.answers(WHO, name, Red(step), path, move |asked, answer| {
        if asked == wanted {
            *answer = http::get(&honest, &record(like)).expect("the explorer answers");
            rewrite(answer, |html| showing(html, &old, &new, &evidence));
        }
    });
}

pub(super) fn all(attacks: &mut Attacks<'_>) {
    let scene = attacks.scene;
    let lines = &scene.lines;
    let without = |i: usize| [&lines[..i], &lines[i + 1..]].concat();
    let at = scene.after_correction;
    forged(
        attacks,
        "a correction dropped, the next statement moved up",
        "feed",
        at,
        at - 1,
        &without(scene.correction),
    );
    forged(attacks, "a report dropped long before", "feed", at, at - 1, &without(at - 1));
    forged(attacks, "two statements of one feed exchanged", "feed", scene.late, scene.late - 1, &{
        let mut lines = lines.clone();
        lines.swap(scene.late, scene.late - 1);
        let received = lines[scene.late].received;
        lines[scene.late].received = lines[scene.late - 1].received;
        lines[scene.late - 1].received = received;
        lines
    });
    forged(
        attacks,
        "a figure changed, the log hashed and signed anew",
        "signature",
        scene.report,
        scene.report,
        &{
            let mut lines = lines.clone();
            let statement = &mut lines[scene.report].statement;
            let at = statement.windows(10).position(|w| w == b"violations").expect("the figure's name") + 10;
            statement[at] ^= 1;
            lines
        },
    );
    forged(attacks, "a record dated back before the one before it", "chain", scene.late, scene.late, &{
        let mut lines = lines.clone();
        lines[scene.late].received -= 5_000;
        lines
    });
    entries(attacks, "a record that does not carry the hash before it", "chain", scene.late, scene.late, {
        let mut entries = chain(lines);
        let entry = Entry::parse(&entries[scene.late]).expect("an entry");
        let cut = Entry { prev: EntryHash::ZERO, ..entry }.encode();
        entries[scene.late] = cut;
        entries
    });
    invented(attacks);
}

/// Statements that the party never made, put in at the place of a true one.
fn invented(attacks: &mut Attacks<'_>) {
    let scene = attacks.scene;
    let late = scene.late;
    let put = |statement: &[u8]| {
        let mut lines = scene.lines.clone();
        lines[late].statement = statement.to_vec();
        lines
    };
    let like = scene.pen_behind(late - 1);
    let mut stranger = fresh(scene, MISSION, world::key(4246));
    (stranger.seq, stranger.prev, stranger.clock) = (like.seq, like.prev, like.clock);
    let signed = stranger.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(attacks, "a statement by a key that nobody granted", "key", late, late, &put(signed.bytes()));

    let mut state = fresh(scene, NORTH, world::key(101));
    state.clock = like.clock;
    let signed = state.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(
        attacks,
        "a state's statement of a kind that states may not sign",
        "key",
        late,
        late,
        &put(signed.bytes()),
    );

    let mut other = fresh(scene, NORTH, world::key(100));
    other.clock = like.clock;
    let signed = other.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(attacks, "one party's key used in the name of another", "key", late, late, &put(signed.bytes()));

    let mut early = scene.pen_behind(late - 1);
    early.clock += 90 * 86_400;
    let signed = early.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(
        attacks,
        "a statement issued months after it was received",
        "key",
        late,
        late,
        &put(signed.bytes()),
    );

    let mut gap = scene.pen_behind(late - 1);
    gap.seq += 5;
    let signed = gap.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(
        attacks,
        "a statement whose number leaves a gap in its feed",
        "feed",
        late,
        late,
        &put(signed.bytes()),
    );

    let mut root = fresh(scene, MISSION, world::key(0));
    root.clock = like.clock;
    let signed = root.sign(report(2, 1), Vec::new()).expect("sound");
    let mut lines = scene.lines.clone();
    lines[scene.report].statement = signed.bytes().to_vec();
    forged(attacks, "a report signed with a root key", "key", scene.report, scene.report, &lines);

    let mut elsewhere = fresh(scene, MISSION, world::key(100));
    elsewhere.subject = truce_statement::Subject::Agreement(super::scene::foreign_agreement());
    (elsewhere.seq, elsewhere.prev, elsewhere.clock) = (like.seq, like.prev, like.clock);
    let signed = elsewhere.sign(observation(7, "invented"), Vec::new()).expect("sound");
    forged(attacks, "a statement made under another agreement", "key", late, late, &put(signed.bytes()));
}

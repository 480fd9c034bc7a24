//! `truce import --ledger`: rows are held against the register before they are signed for good, then recorded.

use super::{GROUP, Signing, summary};
use crate::args::ImportArgs;
use crate::exit::{Exit, Failure};
use crate::import::Row;
use crate::output::{Output, columns, short, utc};
use crate::progress::Meter;
use crate::sign::{Origin, Signer};
use crate::{files, submit};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use truce_log::{Clock as _, Depositary, LogError, Receipt, SystemClock};
use truce_register::{Misfit, Recall, Register};
use truce_statement::{EntryHash, RootHash, Signed};
use truce_store::{Space, Store};

/// Signs and records the rows.
pub(super) fn run(args: &ImportArgs, ledger: &Path, rows: &[Row], output: Output) -> Result<(), Failure> {
    let depositary = submit::open(ledger, &args.log, &args.passphrase).map_err(|failure| {
        let next = "sign into a folder and hand in through the depositary that has it: the same command with --out FOLDER \
                    in place of --ledger, then `truce submit --to URL FOLDER/*.cose`";
        failure.instead("store-locked", next)
    })?;
    let signer = open_signer(args, &depositary, output)?;
    let mut signing = Signing { args, signer, ids: BTreeMap::new(), refused: Vec::new(), left_out: 0 };
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
    }
    let mut preview = Preview::of(&depositary);
    let mut meter = Meter::new("recording", rows.len() as u64);
    let mut done: Vec<(u64, Receipt)> = Vec::new();
    for (group, start) in rows.chunks(GROUP).zip((0..).step_by(GROUP)) {
        let mut admitted: Vec<(u64, Signed)> = Vec::new();
        for (index, row) in (start..).zip(group) {
            let statement = signing.row(index, row, |signed| preview.admit(signed));
            admitted.extend(statement.map(|statement| (row.line, statement)));
        }
        signing.signer.feed.commit(&admitted.iter().map(|(_, signed)| (signed, None)).collect::<Vec<_>>())?;
        if let Some(folder) = &args.out {
            let files: Vec<_> = admitted
                .iter()
                .map(|(_, s)| (folder.join(format!("{:06}-{}.cose", s.seq(), s.kind())), s.bytes()))
                .collect();
            files::create_all(files.iter().map(|(file, bytes)| (file.as_path(), *bytes)))?;
        }
        // All are handed in before the first receipt is waited for, so that they are written in one go.
        let mut pending = Vec::with_capacity(admitted.len());
        for (line, signed) in admitted {
            pending.push((line, depositary.enqueue_blocking(signed.into_statement().bytes().to_vec())?));
        }
        for (line, pending) in pending {
            done.push((line, pending.receipt_blocking()?));
        }
        signing.signer.feed.handed_out()?;
        meter.at((start + group.len()) as u64, rows.len() as u64);
    }
    meter.finish();
    let size = depositary.checkpoint().map(|c| c.size());
    depositary.close();
    let text = || {
        let mut table = vec![["line", "position", "received", "id"].map(str::to_owned).to_vec()];
        table.extend(done.iter().map(|(line, receipt)| {
            vec![
                line.to_string(),
                receipt.position.to_string(),
                utc(receipt.received),
                short(&receipt.statement),
            ]
        }));
        format!("{}{} recorded, {} refused\n", columns(&table), done.len(), signing.refused.len())
    };
    let value = || {
        let receipts = done.iter().map(|(line, receipt)| {
            let mut value = submit::in_json(receipt, None, None, size);
            if let Value::Object(fields) = &mut value {
                fields.insert("line".to_owned(), (*line).into());
            }
            value
        });
        summary("receipts", &receipts.collect::<Vec<_>>(), &signing)
    };
    output.result(text, value)?;
    signing.finish(rows.len(), output)
}

/// The signer, whose feed must stand where the ledger has it; a key that is new here takes its place from the ledger.
fn open_signer(args: &ImportArgs, depositary: &Depositary, output: Output) -> Result<Signer, Failure> {
    let register = depositary.register();
    let agreement = register.agreement();
    let passphrases = (&args.passphrase).into();
    let known = |id: &truce_statement::KeyId| register.keys().find(|(key, _, _)| *key == id);
    let fresh = truce_field::feed::load(&truce_field::feed::file_of(&args.key))?.is_none();
    let party = match (&args.party, fresh) {
        (None, true) => {
            let key = crate::passphrase::Passphrases::from(&args.passphrase).open(&args.key)?;
            known(&key.public().id()).map(|(_, party, _)| party.id.clone())
        }
        (party, _) => party.clone(),
    };
    let mut signer =
        Signer::with(&args.key, &passphrases, (agreement, party.as_ref()), None, Origin::Caller, output)?;
    let (here, prev) = (signer.feed.place().next_seq, signer.feed.place().prev);
    let Some((_, _, there)) = known(&signer.key.public().id()) else {
        return Err(Failure::new(
            Exit::Refused,
            "unknown-key",
            "the signing key has not been granted to this party",
        )
        .next("have the party's root key sign an accession or a key-grant for it, and submit that first"));
    };
    if fresh && here == 0 {
        signer.feed.move_to(there.next_seq, there.last)?;
    } else if here != there.next_seq || prev != there.last {
        let message =
            format!("the next number of this key is {here} here, and {} in the ledger", there.next_seq);
        return Err(Failure::new(Exit::Refused, "feed-gap", message).next(way_on(
            args,
            here,
            there.next_seq,
        )));
    }
    Ok(signer)
}

/// The next command, where the feed of the key does not stand where the ledger has it.
fn way_on(args: &ImportArgs, here: u64, there: u64) -> String {
    let key = args.key.display();
    let ledger = args.ledger.as_deref().unwrap_or(Path::new("LEDGER")).display();
    let take_up = format!("`truce feed take-up {key} {ledger}`");
    let Some(last) = here.checked_sub(1).filter(|last| *last >= there) else { return take_up };
    let folder = args.key.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beginning = format!("{}.", args.key.file_name().unwrap_or_default().to_string_lossy());
    // What an interrupted command left unsent has been written out beside the key.
    let left = std::fs::read_dir(folder).into_iter().flatten().flatten().any(|file| {
        let name = file.file_name();
        name.to_string_lossy().starts_with(&beginning) && name.to_string_lossy().ends_with(".cose")
    });
    if left {
        return format!("`truce submit {ledger} {key}.*.cose`, then the same command again");
    }
    format!(
        "submit the statements numbered {there} to {last} of this key: `truce submit {ledger} FILE...`; to give them up, \
         {take_up} --withdraw"
    )
}

/// A preview of the ledger's answers: the same fold, run ahead of it on the same register.
struct Preview<'a> {
    register: Register,
    store: &'a dyn Store,
    facts: HashMap<Vec<u8>, Vec<u8>>,
    checkpoint: Option<(u64, RootHash)>,
}

impl<'a> Preview<'a> {
    fn of(depositary: &'a Depositary) -> Self {
        let checkpoint =
            depositary.checkpoint().map(|c| (c.size(), RootHash::from_bytes(c.root().to_bytes())));
        Self {
            register: (*depositary.register()).clone(),
            store: depositary.store(),
            facts: HashMap::new(),
            checkpoint,
        }
    }

    fn admit(&mut self, signed: &Signed) -> Result<(), Failure> {
        let received = SystemClock.now_ms().max(self.register.received());
        let step = match self.register.step(signed, received, self) {
            Ok(step) => step,
            Err(Misfit::Refused(refusal)) => return Err(refusal.into()),
            Err(Misfit::Recall(error)) => return Err(error.into()),
            Err(other) => {
                return Err(
                    Failure::new(Exit::Refused, "misfit", other).next("run `truce verify` on the ledger")
                );
            }
        };
        for fact in step.facts() {
            self.facts.insert(fact.key.clone(), fact.value.clone());
        }
        // The hash of an entry that nobody has written decides nothing about the next one.
        self.register.apply(&step, EntryHash::ZERO);
        Ok(())
    }
}

impl Recall for Preview<'_> {
    type Error = LogError;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        match self.facts.get(key) {
            Some(value) => Ok(Some(value.clone())),
            None => Ok(self.store.get(Space::Facts, key)?),
        }
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, LogError> {
        Ok(self.checkpoint.filter(|known| known.0 == size).map(|known| known.1))
    }
}

//! Signing: drafts and accessions become statements, offline.

use crate::args::{AccedeArgs, RefArgs, SignArgs, SignerArgs};
use crate::exit::{Exit, Failure};
use crate::named::Named;
use crate::output::{Output, Table, write_bytes};
use crate::passphrase::Passphrases;
use crate::source::{FeedInLog, Log};
use crate::{draft, files, possession, source, vkey};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use truce_field::{Feed, SeenCheckpoint, feed};
use truce_statement::body::agreement::Accession;
use truce_statement::statement::Reference;
use truce_statement::unit::{NonEmpty, Text, True};
use truce_statement::{AgreementId, Kind, PartyId, Relation, RootHash, Saying, SecretKey, Seen, Signed};
use truce_tlog::SignedCheckpoint;

/// `truce sign`.
pub(crate) fn sign(args: &SignArgs, output: Output) -> Result<(), Failure> {
    let draft = draft::read(&args.draft)?;
    if draft.kind() == Kind::Charter {
        return Err(Failure::usage("charter", "a charter is signed when its ledger is made")
            .next("use `truce init LEDGER --charter DRAFT`"));
    }
    let mut saying = draft.into_saying();
    let log = args.signer.ledger.as_deref().map(source::open).transpose()?;
    saying.refs.extend(references(&args.refs, log.as_deref())?);
    saying.body = possession::put_in(saying.body, &args.proof)?;
    if !saying.body.grants().is_empty() {
        possession::must_fit(&saying.body, possession::asked(&args.signer)?)?;
    }
    let out = match &args.out {
        Some(out) => out.clone(),
        None if args.draft.as_os_str() == "-" => PathBuf::from("-"),
        None => args.draft.with_extension("cose"),
    };
    let seen = match (&args.seen, &args.log) {
        (Some(path), Some(log)) => {
            let bytes = files::read(path)?;
            let signed = SignedCheckpoint::parse(&bytes, &vkey::named(log)?, &[])
                .map_err(|e| Failure::unverified("bad-checkpoint", format!("{}: {e}", path.display()))
                    .next("check that --log is this log's vkey, as `truce status` prints it, or get the checkpoint again"))?;
            Some(signed)
        }
        _ => None,
    };
    let signer = Signer::open(&args.signer, log.as_deref(), seen.as_ref(), output)?;
    signer.hand_out(saying, &out, output)
}

/// `truce accede`.
pub(crate) fn accede(args: &AccedeArgs, output: Output) -> Result<(), Failure> {
    let named =
        args.grant.iter().map(|text| possession::Named::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let asked = if named.is_empty() { Some(false) } else { possession::asked(&args.signer)? };
    let asked = asked.ok_or_else(|| {
        let message =
            "only the charter says whether the keys granted must prove possession, and it is not given";
        Failure::usage("charter-needed", message)
            .next("give its file, --agreement CHARTER.cose, or the log, --ledger SOURCE")
    })?;
    let note = args.note.as_deref().map(|note| text(note, "--note")).transpose()?;
    let log = args.signer.ledger.as_deref().map(source::open).transpose()?;
    let signer = Signer::open(&args.signer, log.as_deref(), None, output)?;
    let place = signer.feed.place();
    let grants = named.into_iter().map(|key| {
        if asked {
            key.proven(&place.party, place.agreement, &args.signer.passphrase)
        } else {
            Ok(key.bare())
        }
    });
    let grants = grants.collect::<Result<Vec<_>, _>>()?;
    let keys = if grants.is_empty() {
        None
    } else {
        Some(NonEmpty::new(grants).map_err(|e| {
            Failure::usage("bad-grant", format!("--grant: {e}"))
                .next("grant some of the keys later: `truce draft key-grant`")
        })?)
    };
    let body = Accession { keys, note, drill: args.drill.then_some(True) };
    let out = match &args.out {
        Some(out) => out.clone(),
        None => PathBuf::from(format!("{}-accession.cose", signer.feed.place().party)),
    };
    signer.hand_out(Saying { refs: Vec::new(), body: body.into() }, &out, output)
}

/// A key with its feed, ready to sign.
pub(crate) struct Signer {
    pub(crate) key: SecretKey,
    pub(crate) feed: Feed,
    pub(crate) seen: Option<Seen>,
}

impl Signer {
    fn open(
        args: &SignerArgs,
        log: Option<&dyn Log>,
        seen: Option<&SignedCheckpoint>,
        output: Output,
    ) -> Result<Self, Failure> {
        let agreement = args.agreement.as_deref().map(files::agreement_id).transpose()?;
        let (agreement, known) = match log {
            Some(log) => {
                if let Some(other) = agreement.filter(|id| *id != log.agreement()) {
                    let message = format!("the log holds agreement {}, not {other}", log.agreement());
                    return Err(Failure::usage("other-agreement", message)
                        .next("leave out --agreement, or name the log of that agreement with --ledger"));
                }
                (Some(log.agreement()), log.checkpoint())
            }
            None => (agreement, None),
        };
        let place = match (log, &args.ledger) {
            (Some(log), Some(path)) => Origin::Log(log, path),
            _ => Origin::Unknown,
        };
        let passphrases = (&args.passphrase).into();
        Self::with(&args.key, &passphrases, (agreement, args.party.as_ref()), seen.or(known), place, output)
    }

    /// Opens the key and its feed. The first time, `agreement` and `party` must be known.
    pub(crate) fn with(
        path: &Path,
        passphrases: &Passphrases<'_>,
        (agreement, party): (Option<AgreementId>, Option<&PartyId>),
        checkpoint: Option<&SignedCheckpoint>,
        origin: Origin<'_>,
        output: Output,
    ) -> Result<Self, Failure> {
        let key = passphrases.open(path)?;
        let there = match origin {
            Origin::Log(log, _) => log.feed(key.public().id())?,
            Origin::Caller | Origin::Unknown => None,
        };
        let fresh = feed::load(&feed::file_of(path))?.is_none();
        let mut feed = Feed::open(path, &key, || {
            match (agreement, party.or(there.as_ref().map(|there| &there.party))) {
            (Some(agreement), Some(party)) => Ok((agreement, party.clone())),
            _ => Err(Failure::usage("first-use", "this key has not signed anything on this machine yet")
                .next("say whose it is and for which agreement: --party ID, and --agreement ID or --ledger SOURCE")),
        }
        })?;
        feed.expect(agreement, party)?;
        for file in feed.recover()? {
            output.note(&format!(
                "a statement signed before, by a command that was interrupted, was written to {}",
                file.display()
            ));
        }
        match (origin, there) {
            (Origin::Log(_, source), Some(there)) => {
                follow(&mut feed, fresh, &there, (path, source), output)?;
            }
            (Origin::Unknown, _) if fresh => output.note(&first_use(path)),
            _ => {}
        }
        let seen = checkpoint.map(|c| (c.size(), RootHash::from_bytes(c.root().to_bytes())));
        if let Some((size, root)) = seen {
            feed.saw(SeenCheckpoint { size, root })?;
        }
        Ok(Self { key, feed, seen: seen.map(|(size, root)| Seen(size, root)) })
    }

    /// Signs one statement and writes it to `out`.
    fn hand_out(mut self, saying: Saying, out: &Path, output: Output) -> Result<(), Failure> {
        let to_stdout = out.as_os_str() == "-";
        if to_stdout && output.json {
            return Err(Failure::usage(
                "json-and-bytes",
                "standard output cannot carry both the statement and JSON",
            )
            .next("name a file with --out"));
        }
        if !to_stdout {
            files::must_be_new(out)?;
        }
        let signed = self.feed.sign(&self.key, saying, self.seen)?;
        self.feed.commit(&[(&signed, (!to_stdout).then_some(out))])?;
        if to_stdout {
            write_bytes(signed.bytes())?;
        } else {
            files::create(out, signed.bytes())?;
        }
        self.feed.handed_out()?;
        if to_stdout {
            return Ok(());
        }
        output.result(|| in_words(&signed, out), || in_json(&signed, Some(out)))
    }
}

/// The source of a key's place in its feed.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// A log, and the path that names it.
    Log(&'a dyn Log, &'a Path),
    /// The caller sees to it.
    #[cfg_attr(not(feature = "ledger"), expect(dead_code, reason = "such a build imports into no ledger"))]
    Caller,
    /// The feed file alone.
    Unknown,
}

/// Holds a feed to the log: one that is new here takes its place from there, one that contradicts it is refused.
fn follow(
    feed: &mut Feed,
    fresh: bool,
    there: &FeedInLog,
    (key, source): (&Path, &Path),
    output: Output,
) -> Result<(), Failure> {
    let here = feed.place().next_seq;
    let command = format!("truce feed take-up {} {}", key.display(), source.display());
    if fresh && here == 0 {
        if there.next_seq > 0 {
            feed.move_to(there.next_seq, there.last)?;
            output.note(&format!(
                "{} continues after the {} statement(s) of it that {} has",
                key.display(),
                there.next_seq,
                source.display()
            ));
        }
        return Ok(());
    }
    if there.next_seq > here {
        let message = format!(
            "the next number of this key is {here} here, and {} in {}: it has signed elsewhere",
            there.next_seq,
            source.display()
        );
        return Err(Failure::new(Exit::Refused, "feed-behind", message).next(format!("`{command}`")));
    }
    let own = there.next_seq.checked_sub(1).and_then(|seq| Some((seq, feed.place().own_at(seq)?)));
    if let Some((seq, _)) = own.filter(|(_, id)| *id != there.last) {
        let message = format!("number {seq} in {} is not the one signed here", source.display());
        return Err(Failure::new(Exit::Refused, "feed-fork", message)
            .next(format!("`{command}` says which numbers are in conflict, and how to continue")));
    }
    Ok(())
}

/// The warning before a key signs where it has never signed.
fn first_use(key: &Path) -> String {
    let key = key.display();
    format!(
        "{key} signs here for the first time and begins at number 0; if it has signed elsewhere, submit nothing, and take its \
         place in the feed from the log, or from its depositary by URL: `truce feed take-up {key} SOURCE --withdraw`"
    )
}

/// Describes what was signed, for people.
fn in_words(signed: &Signed, file: &Path) -> String {
    let mut table = Table::default();
    table.row("signed", format!("{} of `{}`", signed.kind(), signed.header().iss));
    table.row("statement", signed.id());
    table.row("number", format!("{} in the feed of key {}", signed.seq(), signed.header().kid));
    table.row("size", format!("{} bytes", signed.bytes().len()));
    table.row("file", file.display());
    table.render()
}

/// Describes what was signed, for programs.
pub(crate) fn in_json(signed: &Signed, file: Option<&Path>) -> Value {
    json!({
        "statement": signed.id(),
        "kind": signed.kind(),
        "party": signed.header().iss,
        "agreement": signed.agreement(),
        "key_id": signed.header().kid,
        "seq": signed.seq(),
        "bytes": signed.bytes().len(),
        "file": file,
    })
}

fn references(args: &RefArgs, log: Option<&dyn Log>) -> Result<Vec<Reference>, Failure> {
    let given = [
        (Relation::Corrects, &args.corrects),
        (Relation::Retracts, &args.retracts),
        (Relation::Answers, &args.answers),
        (Relation::Fulfils, &args.fulfils),
        (Relation::Disputes, &args.disputes),
        (Relation::Supports, &args.supports),
        (Relation::About, &args.about),
    ];
    let mut refs = Vec::new();
    for (relation, ids) in given {
        for id in ids {
            let id = match log {
                Some(log) => source::statement_id(log, id)?,
                None => Named::read(id)?.whole()?,
            };
            refs.push(Reference(relation, id));
        }
    }
    Ok(refs)
}

fn text(given: &str, option: &str) -> Result<Text, Failure> {
    Text::new(given).map_err(|e| {
        Failure::usage("bad-text", format!("{option}: {e}")).next("shorten the text, or leave it out")
    })
}

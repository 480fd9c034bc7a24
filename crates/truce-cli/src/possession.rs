//! Proofs of possession: made where a working key is, put into a grant where the root key is.
//!
//! ```text
//! hub.pem --truce key prove--> hub.pem.proof --(mail, stick, radio)--> truce accede --grant hub.pem.proof --> accession
//! ```
//! Where both keys lie on one machine, `truce accede --grant hub.pem.pub` makes the proof by itself.

use crate::args::{PassphraseArgs, ProveKeyArgs, SignerArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::{files, keys, source};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use truce_statement::body::agreement::{KeyGrant, NO_PROOF};
use truce_statement::unit::{NonEmpty, Text};
use truce_statement::{AgreementId, Body, PartyId, PossessionProof, PublicKey, Refusal, Statement};

/// Contents of a proof file, as JSON: all that the holder of the root key needs to grant the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofFile {
    key: PublicKey,
    party: PartyId,
    agreement: AgreementId,
    proof: PossessionProof,
}

impl ProofFile {
    /// Reads the file at `path`; `None` where it holds something else than JSON.
    fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let text = files::read_text(path)?;
        if !text.trim_start().starts_with('{') {
            return Ok(None);
        }
        let fault = |e| {
            Failure::content(path, "not-a-proof", format!("this is no proof of possession: {e}"))
                .next("make it with `truce key prove`, and copy it whole")
        };
        serde_json::from_str(&text).map(Some).map_err(fault)
    }

    fn is_for(&self, party: &PartyId, agreement: AgreementId) -> bool {
        self.party == *party && self.agreement == agreement
    }
}

/// `truce key prove`.
pub(crate) fn prove(args: &ProveKeyArgs, output: Output) -> Result<(), Failure> {
    let agreement = match (&args.agreement, &args.ledger) {
        (Some(agreement), _) => files::agreement_id(agreement)?,
        (None, Some(log)) => source::open(log)?.agreement(),
        (None, None) => {
            return Err(Failure::usage("agreement", "a proof is made for one agreement")
                .next("say which: --agreement CHARTER.cose, or --ledger SOURCE"));
        }
    };
    let out = args.out.clone().unwrap_or_else(|| truce_file::beside(&args.file, ".proof"));
    files::must_be_new(&out)?;
    let key = Passphrases::from(&args.passphrase).open(&args.file)?;
    let proof = PossessionProof::new(&key, &args.party, agreement);
    let file = ProofFile { key: key.public().clone(), party: args.party.clone(), agreement, proof };
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    files::create(&out, text.as_bytes())?;
    let text = || {
        let mut table = Table::default();
        table.row("key id", file.key.id()).row("public key", &file.key);
        table.row("party", &file.party).row("agreement", file.agreement);
        table.row("proof", file.proof).row("file", out.display());
        format!(
            "{}Next: give the file to whoever holds the root key of `{}` (`truce accede --grant {}`).\n",
            table.render(),
            file.party,
            out.display()
        )
    };
    let value = || {
        json!({
            "key_id": file.key.id(), "public_key": file.key, "party": file.party,
            "agreement": file.agreement, "proof": file.proof, "file": out,
        })
    };
    output.result(text, value)
}

/// Tells whether the charter that the signer names asks for proofs; `None` where only its id is known.
pub(crate) fn asked(args: &SignerArgs) -> Result<Option<bool>, Failure> {
    let charter = |statement: &Statement| match statement.body() {
        Body::Charter(charter) => Some(charter.proof_of_possession.is_some()),
        _ => None,
    };
    if let Some(log) = &args.ledger {
        return Ok(charter(source::open(log)?.charter()));
    }
    match args.agreement.as_deref().map(Path::new) {
        Some(path) if path.is_file() => Ok(charter(&files::read_statement(path)?)),
        _ => Ok(None),
    }
}

/// A key that a command line grants: `FILE[:LABEL]` or `64 hex digits[:LABEL]`.
#[derive(Debug)]
pub(crate) struct Named {
    given: String,
    key: PublicKey,
    /// The proof, where the file named is one.
    proof: Option<ProofFile>,
    label: Option<Text>,
}

impl Named {
    /// Reads the key that `given` names.
    pub(crate) fn parse(given: &str) -> Result<Self, Failure> {
        let (name, label) = match given.split_once(':') {
            Some((name, label)) if !Path::new(given).is_file() => (name, Some(label)),
            _ => (given, None),
        };
        let label = label.map(|label| {
            Text::new(label).map_err(|e| {
                Failure::usage("bad-text", format!("--grant: {e}"))
                    .next("shorten what stands behind the colon")
            })
        });
        let path = Path::new(name);
        let proof = if path.is_file() { ProofFile::read(path)? } else { None };
        let key = match &proof {
            Some(proof) => proof.key.clone(),
            None => keys::named(name)?,
        };
        Ok(Self { given: name.to_owned(), key, proof, label: label.transpose()? })
    }

    /// The grant of the key without a proof.
    pub(crate) fn bare(self) -> KeyGrant {
        KeyGrant {
            key: self.key,
            drill: None,
            kinds: None,
            label: self.label,
            proof: None,
            valid_until: None,
        }
    }

    /// The grant of the key to `party`, with a proof: from the file named, from the one beside it, or made with the private
    /// key beside it.
    pub(crate) fn proven(
        self,
        party: &PartyId,
        agreement: AgreementId,
        passphrase: &PassphraseArgs,
    ) -> Result<KeyGrant, Failure> {
        let proof = self.proof(party, agreement, passphrase)?;
        Ok(KeyGrant { proof: Some(proof), ..self.bare() })
    }

    fn proof(
        &self,
        party: &PartyId,
        agreement: AgreementId,
        passphrase: &PassphraseArgs,
    ) -> Result<PossessionProof, Failure> {
        if let Some(file) = &self.proof {
            return self.of(file, Path::new(&self.given), party, agreement);
        }
        let missing = |why: String, key: &Path| {
            let remedy = format!(
                "where the private key is: truce key prove {} --party {party} --agreement {agreement}; then --grant KEY.proof",
                key.display()
            );
            Failure::new(Exit::Refused, "key-not-proven", why).next(remedy)
        };
        let public = Path::new(&self.given);
        if !public.is_file() {
            let why =
                format!("the charter asks every key to prove possession, and {} proves nothing", self.given);
            return Err(missing(why, Path::new("KEY.pem")));
        }
        // As `truce key new` and `truce key prove` name the files of one key.
        let private = Path::new(self.given.strip_suffix(".pub").unwrap_or("KEY.pem"));
        let beside = match self.given.strip_suffix(".pub") {
            Some(private) => truce_file::beside(Path::new(private), ".proof"),
            None => truce_file::beside(public, ".proof"),
        };
        let stored = if beside.is_file() { ProofFile::read(&beside)? } else { None };
        if let Some(file) = &stored
            && (file.is_for(party, agreement) || !private.is_file())
        {
            return self.of(file, &beside, party, agreement);
        }
        if !private.is_file() {
            let why = format!(
                "the charter asks every key to prove possession, and beside {} lies neither {} nor {}",
                public.display(),
                beside.display(),
                private.display()
            );
            return Err(missing(why, private));
        }
        let key = Passphrases::from(passphrase).open(private).map_err(|failure| {
            failure.next(format!(
                "make its proof by itself: truce key prove {} --party {party} --agreement {agreement}",
                private.display()
            ))
        })?;
        if *key.public() != self.key {
            let why = format!("{} is not the private half of {}", private.display(), public.display());
            return Err(missing(why, private));
        }
        Ok(PossessionProof::new(&key, party, agreement))
    }

    /// The proof in `file`, if it is of this key, for this party and agreement.
    fn of(
        &self,
        file: &ProofFile,
        path: &Path,
        party: &PartyId,
        agreement: AgreementId,
    ) -> Result<PossessionProof, Failure> {
        let refuse = |why: String| {
            let remedy = format!(
                "where the private key is: truce key prove KEY.pem --party {party} --agreement {agreement}"
            );
            Err(Failure::new(Exit::Refused, "key-not-proven", format!("{}: {why}", path.display()))
                .next(remedy))
        };
        if file.key != self.key {
            return refuse(format!("this is the proof of key {}, not of {}", file.key.id(), self.key.id()));
        }
        if !file.is_for(party, agreement) {
            return refuse(format!(
                "this proof is for `{}` in agreement {}, not for `{party}` in {agreement}",
                file.party, file.agreement
            ));
        }
        if !file.proof.holds(&self.key, party, agreement) {
            return refuse("the signature does not verify: the file was altered".to_owned());
        }
        Ok(file.proof)
    }
}

/// Puts the proofs in `paths` into the grants of `body` that they are for.
pub(crate) fn put_in(body: Body, paths: &[PathBuf]) -> Result<Body, Failure> {
    let mut grants = body.grants().to_vec();
    for path in paths {
        let file = ProofFile::read(path)?.ok_or_else(|| {
            Failure::content(path, "not-a-proof", "this is no proof of possession")
                .next("make it with `truce key prove`")
        })?;
        let grant = grants.iter_mut().find(|grant| grant.key == file.key).ok_or_else(|| {
            let message = format!("{}: the draft does not grant key {}", path.display(), file.key);
            Failure::new(Exit::Refused, "key-not-proven", message)
                .next("grant that key in the draft, or leave this --proof out")
        })?;
        grant.proof = Some(file.proof);
    }
    Ok(match body {
        Body::KeyGrant(_) => grants.into_iter().next().map_or(body, Body::from),
        Body::Accession(mut accession) => {
            accession.keys = NonEmpty::new(grants).ok();
            Body::Accession(accession)
        }
        other => other,
    })
}

/// Refuses, before a number of the feed is used up, what a log with this charter would refuse.
pub(crate) fn must_fit(body: &Body, asked: Option<bool>) -> Result<(), Failure> {
    let Some(asked) = asked else { return Ok(()) };
    let Some(index) = body.grants().iter().position(|grant| grant.proof.is_some() != asked) else {
        return Ok(());
    };
    let refusal =
        if asked { Refusal::not_proven(body, index, NO_PROOF) } else { Refusal::unasked_proof(body, index) };
    Err(refusal.into())
}

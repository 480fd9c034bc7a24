//! Passphrases: from a file, the environment or the terminal; never from the command line, where others could see it.

#[cfg(feature = "ledger")]
use crate::args::LogKeyArgs;
use crate::args::PassphraseArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use truce_statement::SecretKey;
use zeroize::Zeroizing;

/// Sources of the passphrase of one key, in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Passphrases<'a> {
    files: Vec<&'a Path>,
    variables: Vec<&'static str>,
}

type Passphrase = Zeroizing<Vec<u8>>;

impl<'a> From<&'a PassphraseArgs> for Passphrases<'a> {
    fn from(args: &'a PassphraseArgs) -> Self {
        Self {
            files: args.passphrase_file.as_deref().into_iter().collect(),
            variables: vec!["TRUCE_PASSPHRASE"],
        }
    }
}

#[cfg(feature = "ledger")]
impl<'a> Passphrases<'a> {
    /// For the log's key, which may share the passphrase of the party that runs it.
    pub(crate) fn of_log(log: &'a LogKeyArgs, party: &'a PassphraseArgs) -> Self {
        Self {
            files: log
                .log_passphrase_file
                .as_deref()
                .or(party.passphrase_file.as_deref())
                .into_iter()
                .collect(),
            variables: vec!["TRUCE_LOG_PASSPHRASE", "TRUCE_PASSPHRASE"],
        }
    }
}

impl Passphrases<'_> {
    /// Reads the private key in `path`.
    pub(crate) fn open(&self, path: &Path) -> Result<SecretKey, Failure> {
        let pem = files::read_secret(path)?;
        self.read(path, files::text(path, &pem)?)
    }

    /// Reads the private key in `pem`, the content of `path`.
    pub(crate) fn read(&self, path: &Path, pem: &str) -> Result<SecretKey, Failure> {
        files::warn_if_shared(path);
        if !SecretKey::is_encrypted(pem) {
            return SecretKey::from_pem(pem, None).map_err(|e| Failure::from(e).in_file(path));
        }
        let passphrase = match self.given()? {
            Some(passphrase) => passphrase,
            None => ask(&format!("Passphrase of {}: ", path.display()))?,
        };
        SecretKey::from_pem(pem, Some(&passphrase)).map_err(|e| Failure::from(e).in_file(path))
    }

    /// The passphrase for a key that is being made; asked twice on a terminal.
    pub(crate) fn choose(&self, path: &Path) -> Result<Passphrase, Failure> {
        let passphrase = if let Some(passphrase) = self.given()? {
            passphrase
        } else {
            let first = ask(&format!("New passphrase for {}: ", path.display()))?;
            if *first != *ask("The same again: ")? {
                return Err(Failure::usage("passphrases-differ", "the two passphrases are not the same")
                    .next("run the command again"));
            }
            first
        };
        if passphrase.is_empty() {
            return Err(Failure::usage("empty-passphrase", "the passphrase is empty")
                .next("give one, or say --no-passphrase if the key shall not be encrypted"));
        }
        Ok(passphrase)
    }

    fn given(&self) -> Result<Option<Passphrase>, Failure> {
        if let Some(path) = self.files.first() {
            let secret = files::read_secret(path)?;
            let line = files::text(path, &secret)?.lines().next().unwrap_or_default();
            return Ok(Some(Zeroizing::new(line.as_bytes().to_vec())));
        }
        let set = self.variables.iter().find_map(std::env::var_os);
        Ok(set.map(|value| Zeroizing::new(value.into_encoded_bytes())))
    }
}

fn ask(prompt: &str) -> Result<Passphrase, Failure> {
    if !io::stderr().is_terminal() {
        return Err(Failure::new(
            Exit::Io,
            "passphrase-needed",
            "a passphrase is needed, and there is no terminal to ask on",
        )
        .next("give --passphrase-file, or set TRUCE_PASSPHRASE; --no-passphrase makes a key without one"));
    }
    let line = rpassword::prompt_password(prompt).map_err(|e| {
        Failure::new(Exit::Io, "passphrase-needed", format!("the terminal could not be asked: {e}"))
            .next("give --passphrase-file, or set TRUCE_PASSPHRASE")
    })?;
    Ok(Zeroizing::new(line.into_bytes()))
}

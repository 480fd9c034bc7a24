//! `truce key`: making, showing and proving keys.

use crate::args::{KeyCommand, PassphraseArgs};
use crate::exit::Failure;
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::{files, possession};
use serde_json::json;
use std::path::Path;
use truce_statement::{PublicKey, SecretKey};
use truce_tlog::{KeyType, VKey};

pub(crate) fn run(command: &KeyCommand, output: Output) -> Result<(), Failure> {
    match command {
        KeyCommand::New { file, no_passphrase, passphrase } => new(file, *no_passphrase, passphrase, output),
        KeyCommand::Show { file, pem, origin, passphrase } => {
            show(file, *pem, origin.as_deref(), passphrase, output)
        }
        KeyCommand::Prove(args) => possession::prove(args, output),
    }
}

fn new(file: &Path, plain: bool, passphrase: &PassphraseArgs, output: Output) -> Result<(), Failure> {
    let key = make(file, plain, &passphrase.into())?;
    let public_file = public_file(file);
    let text = || {
        let mut table = Table::default();
        table.row("key id", key.public().id()).row("public key", key.public());
        table.row(
            "private",
            format!("{} ({})", file.display(), if plain { "NOT encrypted" } else { "encrypted" }),
        );
        table.row("public", public_file.display());
        table.render()
    };
    let value = || {
        json!({
            "key_id": key.public().id(), "public_key": key.public(), "encrypted": !plain,
            "private_file": file, "public_file": public_file,
        })
    };
    output.result(text, value)
}

/// Makes a key and writes both files; neither may exist.
pub(crate) fn make(file: &Path, plain: bool, passphrases: &Passphrases<'_>) -> Result<SecretKey, Failure> {
    let public_file = public_file(file);
    files::must_be_new(file)?;
    files::must_be_new(&public_file)?;
    let passphrase = if plain { None } else { Some(passphrases.choose(file)?) };
    let key = SecretKey::generate()?;
    files::create_secret(file, key.to_pem(passphrase.as_ref().map(|p| p.as_slice()))?.as_bytes())?;
    files::create(&public_file, key.public().to_pem()?.as_bytes())?;
    Ok(key)
}

fn public_file(file: &Path) -> std::path::PathBuf {
    truce_file::beside(file, ".pub")
}

fn show(
    file: &Path,
    pem: bool,
    origin: Option<&str>,
    passphrase: &PassphraseArgs,
    output: Output,
) -> Result<(), Failure> {
    let key = public(file, &passphrase.into())?;
    let spki = key.to_pem()?;
    let vkey = origin
        .map(|origin| {
            VKey::new(origin, KeyType::Ed25519, key.as_bytes())
                .map_err(|e| crate::vkey::bad_origin(origin, &e))
        })
        .transpose()?
        .map(|vkey| vkey.to_string());
    let text = || {
        if pem {
            return spki.clone();
        }
        let mut table = Table::default();
        table.row("key id", key.id()).row("public key", &key);
        if let Some(vkey) = &vkey {
            table.row("vkey", vkey);
        }
        table.render()
    };
    output.result(text, || json!({ "key_id": key.id(), "public_key": key, "pem": spki, "vkey": vkey }))
}

/// The public half of the key in `file`, which may hold either half.
fn public(file: &Path, passphrases: &Passphrases<'_>) -> Result<PublicKey, Failure> {
    // It may hold either half.
    let bytes = files::read_secret(file)?;
    let pem = files::text(file, &bytes)?;
    if pem.contains("PRIVATE KEY-----") {
        return Ok(passphrases.read(file, pem)?.public().clone());
    }
    PublicKey::from_pem(pem).map_err(|e| Failure::from(e).in_file(file))
}

/// A public key: 64 hex digits or a PEM file.
pub(crate) fn named(text: &str) -> Result<PublicKey, Failure> {
    let path = Path::new(text);
    if path.is_file() {
        return PublicKey::from_pem(&files::read_text(path)?).map_err(|e| Failure::from(e).in_file(path));
    }
    text.parse().map_err(|e| {
        Failure::usage(
            "bad-key",
            format!("`{text}` is neither a public key file nor a key in 64 hex digits: {e}"),
        )
        .next("`truce key show` prints keys")
    })
}

//! Help, completions, man pages, templates.

use crate::desk::Desk;

#[test]
fn completions_for_every_shell() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(["completions", shell]).good().out;
        assert!(script.contains("truce") && script.contains("accede"), "{shell}");
    }
}

#[test]
fn a_page_for_every_command() {
    let desk = Desk::new();
    desk.run(["man", "pages"]).good();
    let pages: Vec<String> = std::fs::read_dir(desk.path("pages"))
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    for command in
        ["", "-init", "-sign", "-submit", "-verify", "-mirror", "-key-new", "-charter-check", "-feed-take-up"]
    {
        let page = format!("truce{command}.1");
        assert!(pages.contains(&page), "{page} is missing from {pages:?}");
    }
    let sign = std::fs::read_to_string(desk.path("pages/truce-sign.1")).unwrap();
    assert!(sign.contains("truce") && sign.contains("corrects"));
}

/// The private half of the key that the templates grant: the third of RFC 8032, section 7.1.
const EXAMPLE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3
-----END PRIVATE KEY-----
";

#[test]
fn every_template_is_a_draft_that_can_be_signed() {
    let desk = Desk::with_ledger();
    std::fs::write(desk.path("example.pem"), EXAMPLE).unwrap();
    desk.run(["key", "prove", "example.pem", "--party", "north", "--ledger", "ledger"]).good();
    let kinds = desk.run(["draft", "--list", "--json"]).good().json();
    let kinds = kinds["kinds"].as_array().unwrap();
    assert_eq!(kinds.len(), 21);
    for kind in kinds {
        let kind = kind["kind"].as_str().unwrap();
        let schema = desk.run(["draft", kind, "--schema", "--json"]).good().json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        if kind != "charter" {
            let name = format!("{kind}.jsonc");
            desk.draft(kind, &name);
            let key = match kind {
                "accession" | "key-grant" | "key-revocation" | "amendment" | "endorsement" => {
                    "north-root.pem"
                }
                _ => "hq.pem",
            };
            let sign =
                ["sign", &name, "--key", key, "--party", "north", "--agreement", "ledger/charter.cose"];
            let grants = matches!(kind, "accession" | "key-grant");
            let proof: &[&str] = if grants { &["--proof", "example.pem.proof"] } else { &[] };
            desk.run(sign.into_iter().chain(proof.iter().copied())).good();
            let shown = desk.run(["show", &format!("{kind}.cose")]).good().out;
            assert!(shown.contains(&format!("kind       {kind}\n")), "{shown}");
        }
    }
}

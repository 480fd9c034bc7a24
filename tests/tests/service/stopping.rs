//! Stopping, restarting, TLS.

use crate::client::{Scene, agent, id};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use truce_statement::Role;
use truce_tests::service::Service;
use truce_tests::world::{World, observation};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

#[test]
fn stopping_under_load_loses_nothing_that_was_acknowledged() {
    let mut world = World::default();
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    truce_tests::service::found(&mut world, &ledger);
    let mut service = Service::start(&ledger, &["--address-rate", "1000000", "--key-rate", "1000000"]);
    let (url, acknowledged) = (service.url().to_owned(), Mutex::new(Vec::new()));
    let (over, url) = (AtomicBool::new(false), &url);
    std::thread::scope(|scope| {
        let reporters = world.members.iter_mut().filter(|m| matches!(m.role, Role::Mission | Role::Civil));
        for member in reporters {
            let (acknowledged, over) = (&acknowledged, &over);
            scope.spawn(move || {
                let agent = agent();
                for n in 0.. {
                    let signed = member.work.sign(observation(n, "under load"), Vec::new());
                    let Ok(signed) = signed else { return };
                    let answer = agent
                        .post(format!("{url}/entries"))
                        .header("content-type", "application/cose")
                        .send(signed.bytes());
                    match answer {
                        Ok(answer) if answer.status() == 201 => {
                            acknowledged.lock().unwrap().push(signed.bytes().to_vec());
                        }
                        // Sent away, or the service is gone.
                        _ if over.load(Ordering::SeqCst) => return,
                        Ok(answer) => panic!("{}", answer.status()),
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 200 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        over.store(true, Ordering::SeqCst);
        service.ask_to_stop();
        assert!(service.wait().success());
    });
    let again = Service::start(&ledger, &[]);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= 200);
    for statement in acknowledged {
        let answer = agent().get(format!("{}/entries/{}", again.url(), id(&statement))).call().unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(again.stop().success());
}

#[test]
fn killed_and_started_again_it_goes_on() {
    let mut scene = Scene::new(&[]);
    let first = scene.statement();
    assert_eq!(scene.post(&first, &[]).status, 201);
    // Dropped means killed.
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    scene.service = Service::start(&ledger, &[]);
    assert_eq!(scene.post(&first, &[]).status, 200);
    let second = scene.statement();
    assert_eq!(scene.post(&second, &[]).status, 201);
}

#[test]
fn it_speaks_tls_with_files_on_disk() {
    let tls = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/service/tls");
    let (certificate, key) = (format!("{tls}/cert.pem"), format!("{tls}/key.pem"));
    let mut scene = Scene::new(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert!(scene.service.url().starts_with("https://127.0.0.1:"));
    let pem = std::fs::read(&certificate).unwrap();
    let roots: Vec<_> = parse_pem(&pem)
        .map(|item| match item.unwrap() {
            PemItem::Certificate(certificate) => certificate,
            _ => panic!("a certificate"),
        })
        .collect();
    let agent = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
        .build()
        .new_agent();
    let statement = scene.statement();
    let answer = agent
        .post(format!("{}/entries", scene.service.url()))
        .header("content-type", "application/cose")
        .send(&statement[..])
        .unwrap();
    assert_eq!(answer.status(), 201);
    // Who does not know the certificate, or speaks no TLS, gets nothing.
    assert!(crate::client::agent().get(format!("{}/healthz", scene.service.url())).call().is_err());
    let plain = format!("http://{}/healthz", scene.service.address());
    assert!(crate::client::agent().get(plain).call().is_err());
    let failed =
        Service::try_start(&scene.folder.path().join("ledger"), &["--tls-cert", &key, "--tls-key", &key]);
    assert_eq!(failed.err().unwrap().code, Some(4));
}

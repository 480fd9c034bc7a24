//! The webhook: where alarms go, and where they do not.
#![allow(clippy::unwrap_used)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use truce_monitor::{Alarm, Hooks};

/// Starts a server that answers every request with `head`, and counts them.
fn server(head: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, asked)
}

fn alarm() -> Alarm {
    let said = |text: &str| text.to_owned();
    Alarm {
        code: said("stale-checkpoint"),
        sentence: said("The log shows nothing new."),
        next: said("ask the depositary"),
        place: said("https://log.example"),
        since: 0,
        proof: None,
    }
}

#[test]
fn an_alarm_follows_no_redirect_to_another_host() {
    let (other, asked_there) = server("204 No Content".to_owned());
    let (own, asked) = server(format!("307 Temporary Redirect\r\nLocation: http://{other}/"));
    let hooks = Hooks::start(None, Some(format!("http://{own}/")));
    assert_eq!(hooks.raise(&alarm()), 0);
    assert!(hooks.finish(Duration::from_secs(60)).is_err(), "the alarm counts as told");
    assert!(asked.load(Ordering::SeqCst) > 0, "the webhook was not asked");
    assert_eq!(asked_there.load(Ordering::SeqCst), 0, "the alarm went to another host");
}

#[test]
fn an_alarm_reaches_the_webhook_that_was_named() {
    let (own, asked) = server("204 No Content".to_owned());
    let hooks = Hooks::start(None, Some(format!("http://{own}/")));
    assert_eq!(hooks.raise(&alarm()), 0);
    assert!(hooks.finish(Duration::from_secs(60)).is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

//! A client that looks at everything in an answer.

use std::time::Duration;
use truce_statement::{Entry, Statement};
use truce_tests::service::Service;
use truce_tests::world::{ORIGIN, World, observation};
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _, Policy, ProofFile, VKey, VerifiedProof, leaf_hash};
use ureq::http::Response;

pub(crate) const PROOF: (&str, &str) = ("accept", "text/x.tlog.proof");

/// A ledger, who may sign in it, and its service.
pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) world: World,
    pub(crate) service: Service,
    n: u32,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Scene {
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::of(World::default(), args)
    }

    pub(crate) fn of(mut world: World, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        truce_tests::service::found(&mut world, &folder.path().join("ledger"));
        let service = Service::start(&folder.path().join("ledger"), args);
        Self { folder, world, service, n: 0 }
    }

    /// The next statement of the mission.
    pub(crate) fn statement(&mut self) -> Vec<u8> {
        self.n += 1;
        let work = &mut self.world.members[0].work;
        work.sign(observation(self.n, "seen"), Vec::new()).unwrap().bytes().to_vec()
    }

    pub(crate) fn post(&self, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        self.post_to("/entries", "application/cose", body, headers)
    }

    pub(crate) fn post_to(&self, path: &str, kind: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let mut request = agent().post(format!("{}{path}", self.service.url())).header("content-type", kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send(body).unwrap())
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = agent().get(format!("{}{path}", self.service.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.call().unwrap())
    }

    pub(crate) fn log(&self) -> VKey {
        Ed25519NoteSigner::from_seed(ORIGIN, &self.world.log.seed()).unwrap().vkey().clone()
    }

    /// Checks a proof for a statement, under a policy.
    pub(crate) fn verify(&self, statement: &[u8], proof: &[u8], policy: &str) -> VerifiedProof {
        let proof = ProofFile::parse(proof).unwrap();
        let entry = Entry::from_extra(proof.extra().unwrap(), statement).unwrap();
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        proof.verify_for(&policy, &self.log(), &leaf_hash(&entry.encode())).unwrap()
    }
}

impl Answer {
    fn of(mut response: Response<ureq::Body>) -> Self {
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Self { status: response.status().as_u16(), head: response.headers().clone(), body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A problem: its status, and its code, which has all that a problem has to have.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        for field in ["type", "title", "remedy"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        (self.status, problem["code"].as_str().unwrap().to_owned())
    }
}

/// Hands one statement in at `url`.
pub(crate) fn post_statement(url: &str, statement: &[u8]) -> Answer {
    let request = agent().post(format!("{url}/entries")).header("content-type", "application/cose");
    Answer::of(request.send(statement).unwrap())
}

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .new_agent()
}

pub(crate) fn id(statement: &[u8]) -> String {
    Statement::parse(statement).unwrap().id().to_string()
}

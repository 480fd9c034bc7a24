//! The service: put together, started in the order that loses nothing, and closed.

use crate::backup;
use crate::error::ServiceError;
use crate::finality::Standing;
use crate::intake::{self, Intake, Problem};
use crate::metrics::{self, Metrics};
use crate::openapi;
use crate::publish::{self, Published};
use crate::quorum::Quorum;
use crate::served;
use crate::settings::Settings;
use crate::witnesses::{self, Board};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use truce_http::Sender;
use truce_log::{Clock, Depositary, Folder, Ledger, LogError};
use truce_statement::SecretKey;
use truce_tlog::SignedCheckpoint;
use truce_witness::WitnessClient;

/// A depositary at work: its intake, its publication, its witnesses.
pub struct Service {
    folder: PathBuf,
    intake: Arc<Intake>,
    metrics: Arc<Metrics>,
    depositary: Arc<Depositary>,
    stop: watch::Sender<bool>,
    publisher: JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
}

impl Service {
    /// Opens the ledger in `folder` and starts. `keys` are the log's: the one in force, and the next one where there is to
    /// be one.
    ///
    /// Before anything is signed, the store is held against what the world has seen: the published checkpoint, and those
    /// that witnesses say they have cosigned. A store that is behind, or has another tree, is not opened for writing.
    ///
    /// # Errors
    /// [`ServiceError`]; nothing was signed then.
    pub async fn start(
        folder: &Path,
        keys: Vec<SecretKey>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Result<Self, ServiceError> {
        let given = settings.policy.as_deref();
        let (quorum, ledger) = {
            let ledger = Ledger::open(folder)?;
            (Quorum::of_register(ledger.register(), given)?, ledger)
        };
        let witnesses = witnesses::all(&quorum, settings.witness_within).map_err(ServiceError::Policy)?;
        if !quorum.asks_for_none() && witnesses.is_empty() {
            return Err(ServiceError::Policy("it asks for witnesses, and gives no address of any".into()));
        }
        let published = match &settings.publish {
            Some(target) => {
                let standing = Published::checkpoint(target, &quorum).await?;
                if let Some(standing) = &standing {
                    stands_behind(&ledger, &standing.checkpoint, target.place())?;
                }
                let target = target.clone().tried().await?;
                Some(Published::take_up(target, folder.join("published"), standing))
            }
            None => None,
        };
        for (witness, checkpoint) in asked(&witnesses, &quorum).await {
            stands_behind(&ledger, &checkpoint, &format!("witness {witness}"))?;
        }
        drop(ledger);
        let opened = folder.to_owned();
        let depositary = tokio::task::spawn_blocking(move || {
            Depositary::open_with(&opened, &keys.iter().collect::<Vec<_>>(), clock)
        });
        let depositary = depositary.await.map_err(|e| LogError::Task(e.to_string()))??;
        let depositary = Arc::new(depositary);
        let standing = Arc::new(Standing::new(Arc::clone(&depositary), quorum, settings.policy.clone()));
        let metrics = Arc::new(Metrics::new());
        let (stop, stopped) = watch::channel(false);
        // Also where there are no witnesses: an amendment may bring some.
        let board = Board::new();
        let mut others = vec![tokio::spawn(witnesses::run(
            board.clone(),
            Arc::clone(&standing),
            settings.witness_within,
            Arc::clone(&metrics),
            stopped.clone(),
        ))];
        // The store is this process's now, and so is the socket. Without it there are backups of a stopped one only.
        match backup::listen(&Folder::new(folder).control()) {
            Ok(listener) => {
                others.push(tokio::spawn(backup::run(listener, Arc::clone(&depositary), stopped.clone())));
            }
            Err(error) => tracing::warn!(%error, "no socket for backups of the open ledger"),
        }
        let showing = tokio::spawn(publish::show(
            Arc::clone(&standing),
            board,
            settings.clone(),
            Arc::clone(&metrics),
            stopped.clone(),
        ));
        let publishing = match published {
            Some(published) => tokio::spawn(publish::run(
                Arc::clone(&standing),
                Arc::clone(&depositary),
                published,
                settings.clone(),
                Arc::clone(&metrics),
                showing,
                stopped,
            )),
            None => showing,
        };
        let intake = Arc::new(Intake::new(standing, settings, Arc::clone(&metrics)));
        Ok(Self {
            folder: folder.to_owned(),
            intake,
            metrics,
            depositary,
            stop,
            publisher: publishing,
            others,
        })
    }

    /// Intake, published log, description, health and readiness; with `metrics` the figures too, for this machine alone.
    pub fn app(&self, metrics: bool) -> Router {
        let routes = intake::routes(&self.intake)
            .merge(served::routes(&self.intake.standing))
            .route("/openapi.json", get(described));
        let routes = routes.merge(self.health());
        let routes = if metrics {
            routes.merge(self.figures().layer(axum::middleware::from_fn(near)))
        } else {
            routes
        };
        routes
            .fallback(|request: Request| async move {
                let path: String = request.uri().path().chars().take(80).collect();
                Problem::not_found(format!("no `{path}`"), "see /openapi.json for what there is")
            })
            .method_not_allowed_fallback(|| async { Problem::method() })
    }

    /// Health, readiness and metrics, for a listener of their own.
    pub fn admin(&self) -> Router {
        self.health().merge(self.figures())
    }

    fn figures(&self) -> Router {
        let (metrics, intake) = (Arc::clone(&self.metrics), Arc::clone(&self.intake));
        let answer = move || async move {
            let size = intake.standing.depositary().checkpoint().map_or(0, |c| c.size());
            metrics.size.set(i64::try_from(size).unwrap_or(i64::MAX));
            metrics.clock_behind.set(intake.standing.depositary().clock_behind().unwrap_or(0) / 1000);
            if let Some(last) = intake.standing.last() {
                metrics.last.set(i64::try_from(last.size()).unwrap_or(i64::MAX));
            }
            ([(header::CONTENT_TYPE, metrics::KIND)], metrics.text())
        };
        Router::new().route("/metrics", get(answer))
    }

    fn health(&self) -> Router {
        let intake = Arc::clone(&self.intake);
        let ready = move || async move {
            match intake.unready() {
                None => match intake.standing.depositary().clock_behind() {
                    None => plain("ready\n"),
                    Some(behind) => text(format!(
                        "ready\nthe last entry is dated {} ahead of the clock: entries take its time until then\n",
                        truce_clock::Span(behind)
                    )),
                },
                Some(problem) => problem.into_response(),
            }
        };
        Router::new().route("/healthz", get(|| async { plain("alive\n") })).route("/readyz", get(ready))
    }

    /// Waits until the depositary has stopped because its disk was full, and there is room again. Then the service is to be
    /// closed and started anew: opening the store settles what was written. Until then it goes on answering readers,
    /// and sends submitters away.
    pub async fn has_room_again(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if !self.depositary.wants_room() {
                continue;
            }
            let file = self.folder.join("room");
            let tried = tokio::task::spawn_blocking(move || {
                let tried = try_room(&file);
                let _ = std::fs::remove_file(&file);
                tried
            });
            match tried.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => tracing::debug!(%error, "there is no room yet"),
                Err(error) => tracing::warn!(%error, "it could not be tried whether the disk has room"),
            }
        }
    }

    /// Takes no more statements. What is on its way finds its place.
    pub fn stop(&self) {
        self.intake.stop();
    }

    /// Publishes what is not published yet, and closes the ledger. To be called when no request is being answered.
    pub async fn close(self) {
        self.intake.stop();
        let _ = self.stop.send(true);
        if let Err(error) = self.publisher.await {
            tracing::error!(%error, "the task that publishes has failed");
        }
        for other in self.others {
            let _ = other.await;
        }
        drop(self.intake);
        match Arc::try_unwrap(self.depositary) {
            Ok(depositary) => {
                let _ = tokio::task::spawn_blocking(move || depositary.close()).await;
            }
            // A connection outlived the farewell; what it was told is durable all the same.
            Err(_) => {
                tracing::warn!("the ledger is still being read; it is closed by the end of the process");
            }
        }
    }
}

/// Lets requests of this machine through: figures tell an enemy what hurts.
async fn near(request: Request, next: Next) -> Response {
    if Sender::of(request.extensions()).is_loopback() {
        return next.run(request).await;
    }
    let remedy = "ask from the machine itself, or have the operator give a listener with --admin";
    Problem::not_found("figures are for the machine itself", remedy).into_response()
}

/// Between two looks at whether the disk has room again.
const LOOK: Duration = Duration::from_millis(500);
/// Room that must be there before the store is opened again, bytes: some groups of statements, and the store's own files.
const ROOM: usize = 8 << 20;

/// Writes as much as should be free, and sees it at rest.
fn try_room(file: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::create(file)?;
    file.write_all(&vec![0x5a; ROOM])?;
    file.sync_all()
}

/// Checks that the store holds what a checkpoint that somebody else has was signed for.
fn stands_behind(ledger: &Ledger, seen: &SignedCheckpoint, place: &str) -> Result<(), ServiceError> {
    let (signed, size) = (seen.size(), ledger.size());
    let place = place.to_owned();
    if signed > size {
        return Err(ServiceError::Behind { place, signed, size });
    }
    if ledger.root_at(signed)?.as_bytes() != seen.root().as_bytes() {
        return Err(ServiceError::Differs { place, signed });
    }
    Ok(())
}

/// Checkpoints that witnesses say they have cosigned. One that does not answer says nothing.
async fn asked(witnesses: &[WitnessClient], quorum: &Quorum) -> Vec<(String, SignedCheckpoint)> {
    let asked = witnesses.iter().map(|witness| async move {
        let checkpoint = witnesses::shown(witness, &quorum.log).await?;
        Some((witness.name().to_owned(), checkpoint))
    });
    futures_util::future::join_all(asked).await.into_iter().flatten().collect()
}

async fn described() -> Response {
    let mut response = openapi::document().to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn plain(text: &'static str) -> Response {
    self::text(text.to_owned())
}

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

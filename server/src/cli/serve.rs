//! `quell serve`: the portal with its loops, until a signal ends it.

use std::{io::Write as _, sync::Arc, time::Duration};

use clap::Args;
use quell_core::Portal;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

use super::Context;
use crate::{
    checkpoints::Checkpoints,
    config::{Overrides, PublicUrl},
    failure::Failure,
    http, log,
    wiring::{self, Wired},
};

/// How often the head of the audit trail is written down beside the database.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
/// How long loops may take to end after a signal. What they leave behind is picked up at the next start.
const PATIENCE: Duration = Duration::from_secs(10);

/// Run the portal.
#[derive(Args)]
pub struct Serve {
    /// Where to listen, for example 127.0.0.1:8080.
    #[arg(long)]
    listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.load(&Overrides { listen: self.listen })?;
        log::start(&config);
        let wired = wiring::open(&config).await?;
        wiring::make_evidence_folder(&config)?;
        wired.migrate().await?;
        wired.portal.seed_policy().await?;
        wired.portal.seed_playbooks().await?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| Failure::new(format!("Nothing can listen on {}: {error}.", config.listen)))?;
        let address =
            listener.local_addr().map_err(|error| Failure::new(format!("The listener has no address: {error}.")))?;
        let public_url = config.public_url.clone().unwrap_or_else(|| PublicUrl::local(address.port()));
        let (stop, shutdown) = watch::channel(false);
        let app = http::app(&wired, &config, &public_url, address, shutdown.clone())?;
        let mut loops = loops(&wired, &shutdown);

        say(&format!("Quell listens on {} ({address})", public_url.origin()));
        if let Some(token) = wired.portal.offer_setup().await? {
            say("There is no admin yet. Create the first one within 24 hours at:");
            say(&format!("set-up: {}/setup/{token}", public_url.origin()));
        }

        let places = http::Places::new(config.trusted_proxies.clone());
        let server = tokio::spawn(http::serve(listener, app, places, shutdown.clone()));
        let early = tokio::select! {
            signal = signalled() => signal.err(),
            // Half a portal is worse than none: whoever watches it starts it again.
            ended = loops.join_next() => {
                let cause = ended.and_then(Result::err).map_or_else(|| "it returned".to_owned(), |error| error.to_string());
                tracing::error!(cause, "a loop of the portal ended");
                Some(Failure::new("A part of the portal ended by itself. The log says why."))
            }
        };
        tracing::info!("stopping");
        // Nobody listening any more is fine.
        let _ = stop.send(true);
        let ended = tokio::time::timeout(PATIENCE, async {
            let _ = server.await;
            while loops.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("some work did not end in time; it goes on at the next start");
        }
        checkpoint(&wired.portal, &wired.checkpoints, &mut None).await;
        early.map_or(Ok(()), Err)
    }
}

/// The portal runs on when nobody reads its output.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Starts every loop once.
fn loops(wired: &Wired, shutdown: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    let portal = &wired.portal;
    loops.spawn(portal.clone().run_intake(shutdown.clone()));
    loops.spawn(portal.clone().run_correlator(shutdown.clone()));
    loops.spawn(portal.clone().run_worker(quell_core::ids::mint(), shutdown.clone()));
    loops.spawn(portal.clone().run_watch(quell_core::ids::mint(), shutdown.clone()));
    loops.spawn(portal.clone().run_gate_watch(shutdown.clone()));
    loops.spawn(portal.clone().run_live(shutdown.clone()));
    loops.spawn(keep_checkpoints(portal.clone(), wired.checkpoints.clone(), shutdown.clone()));
    loops
}

async fn signalled() -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::new(format!("Signals cannot be received: {error}."));
    let mut term = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn keep_checkpoints(portal: Arc<Portal>, checkpoints: Checkpoints, mut shutdown: watch::Receiver<bool>) {
    let mut last = None;
    let mut every = tokio::time::interval(CHECKPOINT_EVERY);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = shutdown.wait_for(|end| *end) => return,
        }
        checkpoint(&portal, &checkpoints, &mut last).await;
    }
}

/// Writes the head down when it moved. Failing must not stop the portal: the chain itself is in the database.
async fn checkpoint(portal: &Portal, checkpoints: &Checkpoints, last: &mut Option<i64>) {
    match portal.audit_head().await {
        Ok((seq, hash)) if *last != Some(seq) => match checkpoints.append(seq, &hash, portal.now()) {
            Ok(()) => *last = Some(seq),
            Err(error) => tracing::error!(%error, "the audit checkpoint cannot be written"),
        },
        Ok(_) => {}
        Err(problem) => tracing::error!(%problem, "the head of the audit trail cannot be read"),
    }
}

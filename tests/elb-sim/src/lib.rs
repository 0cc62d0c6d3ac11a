//! `elb-sim`: simulates the load balancer's and the identity service's interfaces of a cloud, strictly.
//!
//! It is written from the reference, not from any client, and shares no code with the product: a client that gets along
//! with it has understood the interface. It verifies signatures, dates and tokens, keeps state, pages, looks at bodies
//! field by field, and answers with the vendor's error shapes. Where the reference says nothing, it refuses. Through
//! [`control`], it can be told to throttle, conflict, hang, lie, and more.
//!
//! Start it as a program (see its `--help`), or in the process of a test with [`Simulator::start`].

#![forbid(unsafe_code)]

mod addresses;
mod apis;
mod call;
mod calls;
pub mod clock;
pub mod control;
mod elb;
pub mod faults;
mod fields;
mod gateway;
mod iam;
mod ids;
mod list;
mod reply;
mod request;
mod seed;
mod serve;
pub mod settings;
pub mod sign;
mod v2;
mod v3;
mod wire;
mod world;

use std::{io, net::SocketAddr, sync::Arc};

use axum::{Router, extract::State, http};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use serve::Shared;

pub use seed::Seed;

/// A simulator that runs; it ends with this value.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<io::Result<()>>,
}

impl Simulator {
    /// Listens on a free port of this machine only.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub async fn start(seed: Seed) -> io::Result<Self> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), seed).await
    }

    /// Listens on this address.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub async fn listen(address: SocketAddr, seed: Seed) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(seed.world()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared, task })
    }

    /// `http://127.0.0.1:40000`: both services answer here.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a call of [`control`] does, without the network: `sim.control("POST", "faults", &json!({"fault":
    /// "hang"}))`.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the call.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        match control::answer(&self.shared, method, &parts, body.to_string().as_bytes()) {
            (200, told) => Ok(told),
            (_, told) => Err(told["error"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Runs until it fails.
    ///
    /// # Errors
    ///
    /// Why it failed.
    pub async fn run(mut self) -> io::Result<()> {
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.end();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    request: http::Request<axum::body::Body>,
) -> http::Response<axum::body::Body> {
    shared.answer(request).await
}

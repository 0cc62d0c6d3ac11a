//! The outside world as the use cases see it: container engines, load balancers, the evidence store, password hashing, sealed
//! secrets, passkeys, the clock.
//!
//! Owns: the engine's protocol (the only room with bollard and hyper-to-engine), the load balancers' (the only room with
//! reqwest), files of the evidence store, argon2, the key file, `WebAuthn`.
//! Must not know: SQL, people, permission, incidents, Leptos. It decides nothing and repeats nothing by itself.

#![forbid(unsafe_code)]

mod cause;
mod clock;
mod engine;
mod files;
mod gate;
mod hasher;
mod passkeys;
mod sealer;
mod vault;

pub use clock::SystemClock;
pub use engine::DockerEngines;
pub use gate::{Balancers, Patience};
pub use hasher::Argon2Hasher;
pub use passkeys::WebauthnPasskeys;
pub use sealer::KeyFile;
pub use vault::FolderVault;

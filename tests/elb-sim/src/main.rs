//! `elb-sim`: the simulator as a program of its own.
//!
//! ```text
//! $ elb-sim --listen 127.0.0.1:9000 --ak MYKEY --sk mysecret --members 300
//! http://127.0.0.1:9000
//! ```
//!
//! Both services, the load balancer and the identity service, answer at that one base URL, over plain HTTP. Point a
//! client's endpoints there, and give it the project `0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d` of the seed that is built in
//! (account
//! `acme-account`, user `soc-portal`, password `example-portal-password`, key `HPQ7EXAMPLEACCESSKEY`: see
//! `seeds/builtin.json`, which is also the form of a seed of your own).
//!
//! While it runs, `/_sim/` is its control (see the module `control`):
//!
//! ```text
//! $ curl http://127.0.0.1:9000/_sim/calls
//! $ curl http://127.0.0.1:9000/_sim/faults -d '{"fault": "throttle", "times": 2, "path": "/v3/*/elb/listeners*"}'
//! $ curl http://127.0.0.1:9000/_sim/faults -d '{"fault": "drop", "method": "PUT"}'
//! $ curl -X PATCH http://127.0.0.1:9000/_sim/listeners/d1ff2ba5-da7b-46c8-a7b0-c3a30fbc8f76 -d '{"ipgroup": null}'
//! ```
//!
//! `fault` is one of `throttle`, `conflict`, `error500`, `hang` (until `POST /_sim/release`), `drop` and `lie`.

#![forbid(unsafe_code)]

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use elb_sim::{Seed, Simulator};

/// Simulates the load balancer's and the identity service's interfaces of a cloud, strictly.
#[derive(Debug, Parser)]
#[command(name = "elb-sim", version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What to begin with, in the form of `seeds/builtin.json`.
    #[arg(long, value_name = "FILE.json")]
    seed: Option<PathBuf>,
    /// The name of the access key, in place of the seed's.
    #[arg(long, requires = "sk", env = "ELB_SIM_AK")]
    ak: Option<String>,
    /// The secret of the access key.
    #[arg(long, requires = "ak", env = "ELB_SIM_SK", hide_env_values = true)]
    sk: Option<String>,
    /// Adds a pool with so many members.
    #[arg(long, value_name = "N")]
    members: Option<u16>,
    /// Prints the address alone, as `127.0.0.1:40000`, in place of the base URL.
    #[arg(long)]
    print_address: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("elb-sim: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let mut seed = match &arguments.seed {
        None => Seed::builtin(),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            Seed::read(&text).map_err(|why| format!("{}: {why}", path.display()))?
        }
    };
    if let (Some(access), Some(secret)) = (&arguments.ak, &arguments.sk) {
        seed = seed.with_key(access, secret);
    }
    if let Some(members) = arguments.members {
        seed = seed.with_members(members);
    }
    let listen = arguments.listen;
    let simulator =
        Simulator::listen(listen, seed).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let url = simulator.url();
    println!("{}", if arguments.print_address { url.trim_start_matches("http://") } else { &url });
    simulator.run().await.map_err(|error| error.to_string())
}

//! The command line. Each area has its file under `cli`; all of them act as the local operator, through the portal.
//!
//! Exit codes: 0 done, 1 failed, 2 asked wrongly. What a script reads is the last line on standard output.

/// Says a line on standard output. Whoever reads it may have gone away; then there is nobody left to answer to.
macro_rules! tell {
    ($($words:tt)*) => {
        if std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($words)*))).is_err() {
            std::process::exit(1);
        }
    };
}

mod audit;
mod balancer;
mod config;
mod healthcheck;
mod node;
mod routes;
mod serve;
mod source;
mod token;
mod user;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{Config, Overrides},
    failure::Failure,
    log,
    wiring::{self, Wired},
};

/// Quell: a portal for answering container intrusions.
#[derive(Parser)]
#[command(name = "quell", version, about, disable_help_subcommand = true)]
struct Cli {
    /// Configuration file (TOML).
    #[arg(long, global = true, env = "QUELL_CONFIG")]
    config: Option<PathBuf>,
    /// Data folder: database, evidence and checkpoints.
    #[arg(long, global = true, env = "QUELL_DATA", default_value = "quell-data")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal.
    Serve(serve::Serve),
    /// Bring the database to this version.
    Migrate,
    /// The configuration.
    #[command(subcommand)]
    Config(config::Config),
    /// People and their roles.
    #[command(subcommand)]
    User(user::User),
    /// Alarm sources.
    #[command(subcommand)]
    Source(source::Source),
    /// Tokens of people's scripts.
    #[command(subcommand)]
    Token(token::Token),
    /// Nodes and their engines.
    #[command(subcommand)]
    Node(node::Node),
    /// Load balancers and their gates.
    #[command(subcommand)]
    Balancer(balancer::Balancer),
    /// The audit trail.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Ask a running portal whether it is ready.
    Healthcheck(healthcheck::Healthcheck),
    /// List every route and who may use it.
    Routes,
}

/// What every command gets.
struct Context {
    config: Option<PathBuf>,
    data: PathBuf,
}

impl Context {
    /// Reads the configuration.
    fn load(&self, overrides: &Overrides) -> Result<Config, Failure> {
        Config::load(self.config.as_deref(), &self.data, overrides).map_err(Failure::usage)
    }

    /// Opens the portal on its database, which is brought to this version first.
    async fn open(&self) -> Result<Wired, Failure> {
        let config = self.load(&Overrides::default())?;
        let wired = wiring::open(&config).await?;
        wired.migrate().await?;
        Ok(wired)
    }
}

/// Reads the arguments and runs the command.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let context = Context { config: cli.config, data: cli.data };
    if !matches!(cli.command, Command::Serve(_)) {
        log::start_quiet();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Fewer workers than this can stall rendering (Leptos issue 4647).
        .worker_threads(std::thread::available_parallelism().map_or(4, |n| n.get().max(4)))
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(cli.command, &context)),
        Err(error) => Err(Failure::new(format!("No threads can be started: {error}."))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit)
        }
    }
}

async fn dispatch(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Serve(serve) => serve.run(context).await,
        Command::Migrate => {
            context.open().await?;
            tell!("The database is at this version.");
            Ok(())
        }
        Command::Config(command) => command.run(context),
        Command::User(command) => command.run(context).await,
        Command::Source(command) => command.run(context).await,
        Command::Token(command) => command.run(context).await,
        Command::Node(command) => command.run(context).await,
        Command::Balancer(command) => command.run(context).await,
        Command::Audit(command) => command.run(context).await,
        Command::Healthcheck(command) => command.run(context).await,
        Command::Routes => {
            routes::print();
            Ok(())
        }
    }
}

/// Text from the database for a terminal: nothing that moves the cursor or hides.
fn shown(text: &str) -> String {
    quell_domain::text::visible(text)
}

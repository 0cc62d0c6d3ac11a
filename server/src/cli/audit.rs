//! `quell audit`: check the trail, or write it to a file that can be checked elsewhere.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use clap::Subcommand;
use futures::TryStreamExt as _;
use quell_core::{Caller, Grant, grant::may};

use super::Context;
use crate::{
    checkpoints::Checkpoints,
    config::Overrides,
    export,
    failure::Failure,
    verify,
    wiring::{self, Wired},
};

/// The audit trail.
#[derive(Subcommand)]
pub enum Audit {
    /// Check every entry, the head and the checkpoints. Changes nothing, not even the trail.
    Verify {
        /// Check this export instead of the database.
        #[arg(long)]
        file: Option<PathBuf>,
        /// Checkpoints to meet; without it, those in the data folder, when there are any.
        #[arg(long)]
        checkpoints: Option<PathBuf>,
    },
    /// Write every entry as NDJSON.
    Export {
        /// Where to; without it, standard output.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Verify { file, checkpoints } => {
                let elsewhere = checkpoints.is_some();
                let known = match checkpoints {
                    Some(path) if !path.is_file() => {
                        return Err(Failure::usage(vec![format!("There is no file {}.", path.display())]));
                    }
                    Some(path) => Checkpoints::at(path),
                    None => Checkpoints::in_folder(&context.data),
                };
                let known =
                    known.read().map_err(|error| Failure::new(format!("The checkpoints cannot be read: {error}")))?;
                let found = match file {
                    Some(file) => {
                        let reader = File::open(&file).map_err(|error| {
                            Failure::usage(vec![format!("{} cannot be opened: {error}.", file.display())])
                        })?;
                        quell_verify::verify_export(BufReader::with_capacity(1 << 20, reader), known)
                    }
                    None => {
                        let store = wiring::to_read(&context.load(&Overrides::default())?).await?;
                        // Without the folder there are no checkpoints, and a trail that was cut would look whole.
                        if !elsewhere {
                            wiring::must_be_folder(&context.data)?;
                        }
                        verify::database(Arc::new(store), known).await?
                    }
                };
                match found {
                    Ok(summary) => {
                        tell!("{summary}");
                        Ok(())
                    }
                    Err(finding) => Err(Failure::new(finding.to_string())),
                }
            }
            Self::Export { out } => {
                let wired = wiring::open_existing(&context.load(&Overrides::default())?).await?;
                match out {
                    Some(path) => {
                        let file = File::create(&path).map_err(|error| unwritable(&error))?;
                        write(&wired, file).await?;
                        tell!("Written to {}.", path.display());
                        Ok(())
                    }
                    None => write(&wired, io::stdout()).await,
                }
            }
        }
    }
}

async fn write(wired: &Wired, out: impl Write) -> Result<(), Failure> {
    let grant: Grant<may::ReadAudit> = wired.portal.authorise(&Caller::Operator).await?;
    let (rows, head) = wired.portal.export_audit(grant).await?;
    let mut lines = export::lines(rows, head);
    let mut out = BufWriter::with_capacity(1 << 18, out);
    while let Some(line) = lines.try_next().await? {
        out.write_all(&line).map_err(|error| unwritable(&error))?;
    }
    out.flush().map_err(|error| unwritable(&error))
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::new(format!("The export cannot be written: {error}."))
}

//! One server of a back end: out of service, back, and the end of its connections.

use quell_core::ports::{Done, GateError};
use quell_domain::{gate::Member, ids::GateKey};

use super::{
    Haproxy,
    answer::{counted, done, refused, silent},
    sess::Server,
    stat::{Kind, Row},
    wire::Command,
};

impl Haproxy {
    /// Weight 0 is HAProxy's maintenance: in its drain, and with its weight 0, clients still reach a server that their
    /// cookie or a table names.
    pub(in crate::gate) async fn weigh(&self, gate: &GateKey, member: &Member, weight: u16) -> Result<Done, GateError> {
        let server = self.server(gate, member)?;
        let path = server.path();
        let row = self.row(server).await?;
        let is_done = |row: &Row| row.share() == weight && (weight != 0 || row.is_out());
        if weight == 0 {
            if !row.is_out() {
                self.set(&path, "state", "maint").await?;
            }
        } else {
            let weighed = row.weight != weight;
            if weighed {
                self.set(&path, "weight", &weight.to_string()).await?;
            }
            if row.share() == 0 {
                let ready = self.set(&path, "state", "ready").await;
                ready.map_err(|error| if weighed { unread(&error) } else { error })?;
            }
        }
        // From here on a failure must not say that nothing was done: what there was would be forgotten.
        let sent = !is_done(&row);
        let row = self.row(server).await.map_err(|error| if sent { unread(&error) } else { error })?;
        if !is_done(&row) {
            let words = format!("{path} is {} with weight {} after that", row.status, row.weight);
            return Err(if sent { GateError::NoAnswer(words) } else { refused(&words) });
        }
        Ok(done(match weight {
            0 => format!(
                "{path} is in maintenance: nobody is led to it any more. What stands was left: {}.",
                counted(row.sessions.unwrap_or_default(), "connection")
            ),
            _ => format!("{path} is ready with weight {weight}: new connections are led to it."),
        }))
    }

    /// Ends what stands to one server, from every front end, on every worker that can be reached.
    pub(in crate::gate) async fn cut(&self, gate: &GateKey, member: &Member) -> Result<Done, GateError> {
        let server = self.server(gate, member)?;
        self.row(server).await?;
        let mut ended = server.cut(&self.wire).await?;
        for worker in self.former_workers().await? {
            match server.cut(&worker).await {
                Ok(count) => ended += count,
                // It knows no such server, or is gone itself, and its connections with it.
                Err(GateError::NotFound | GateError::Unreachable(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let count = counted(ended, "connection");
        Ok(done(format!("{count} to {} stood and were ended; HAProxy lists none of them any more.", server.path())))
    }

    /// A server behind this gate, and no other.
    fn server<'a>(&self, gate: &GateKey, member: &'a Member) -> Result<Server<'a>, GateError> {
        let route = self.route(gate)?;
        let behind = route.backends.contains(&member.pool);
        behind.then_some(Server { pool: &member.pool, name: &member.id }).ok_or(GateError::NotFound)
    }

    async fn row(&self, server: Server<'_>) -> Result<Row, GateError> {
        let is_it = |row: &Row| row.kind == Kind::Server && row.proxy == server.pool && row.name == server.name;
        self.rows().await?.into_iter().find(is_it).ok_or(GateError::NotFound)
    }

    async fn set(&self, path: &str, what: &str, value: &str) -> Result<(), GateError> {
        let command = Command::of("set server").word(path)?.word(what)?.word(value)?;
        silent(&self.wire.tell(command).await?)
    }
}

/// A change that was taken is only known once it has been read back.
fn unread(error: &GateError) -> GateError {
    GateError::NoAnswer(format!("it took the change, but it could not be read back: {error}"))
}

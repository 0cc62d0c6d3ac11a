//! One command to HAProxy's command line and its answer, over a Unix socket: a connection each.
//!
//! Owns: what a command may hold, so that nobody's name or entry becomes a second command; limits of time and length; what
//! a lost answer means. Must not know: what any command does.
//!
//! Written from HAProxy's management guide, chapter 9.3, and checked against 2.6: a command is one line, `;` divides
//! commands, `\` escapes, `<<` at the end of the line begins a payload that an empty line ends. In the payload nothing else
//! has a meaning. An answer ends with an empty line and then the connection does.

use std::{io::ErrorKind, path::PathBuf, time::Duration};

use quell_core::ports::GateError;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use super::answer::barred;

/// Longest wait for a connection; a socket on the same machine takes microseconds.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for a whole answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes: some ten thousand servers or sessions.
const LONGEST: u64 = 16 * 1_024 * 1_024;

/// A command, made of our own words and of names that were checked.
#[derive(Debug, Clone)]
pub(super) struct Command(String);

impl Command {
    /// Begins with our own words.
    pub(super) fn of(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Adds a name, a path or a number.
    ///
    /// # Errors
    /// Garbled when it could be read as anything else than one word.
    pub(super) fn word(mut self, word: &str) -> Result<Self, GateError> {
        let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic() && !b";\\\"'<".contains(&b));
        if !is_word {
            return Err(GateError::Garbled(format!("{word:?} is no name that can be sent")));
        }
        self.0.push(' ');
        self.0.push_str(word);
        Ok(self)
    }

    /// Ends it with lines that are taken as they are.
    ///
    /// # Errors
    /// Garbled when one of them is empty or more than one.
    pub(super) fn payload(mut self, lines: &[String]) -> Result<Self, GateError> {
        self.0.push_str(" <<\n");
        for line in lines {
            if line.is_empty() || line.contains(['\n', '\r', '\0']) {
                return Err(GateError::Garbled(format!("{line:?} is no entry that can be sent")));
            }
            self.0.push_str(line);
            self.0.push('\n');
        }
        Ok(self)
    }
}

/// What has become of a command whose answer was lost.
#[derive(Debug, Clone, Copy)]
enum Lost {
    /// It changes nothing, so nothing was changed.
    Harmless,
    /// Nobody knows.
    Unknown,
}

/// A HAProxy process that is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    socket: PathBuf,
    /// Whom the master hands commands on to: `@1 `, `@!4711 `; empty on a worker's own socket.
    to: String,
}

impl Wire {
    /// The worker that takes new connections.
    pub(super) fn worker(socket: &str, master: bool) -> Self {
        Self { socket: PathBuf::from(socket), to: if master { "@1 ".to_owned() } else { String::new() } }
    }

    /// The master itself, whose socket this is.
    pub(super) fn master(&self) -> Self {
        Self { to: String::new(), ..self.clone() }
    }

    /// A worker of before a reload that still serves its connections.
    pub(super) fn former(&self, pid: u32) -> Self {
        Self { to: format!("@!{pid} "), ..self.clone() }
    }

    /// Is there a master, who knows former workers?
    pub(super) fn has_master(&self) -> bool {
        !self.to.is_empty()
    }

    /// Is it such a worker, which ends by itself when its last connection does?
    pub(super) fn is_former(&self) -> bool {
        self.to.starts_with("@!")
    }

    /// Sends what changes nothing that counts.
    ///
    /// # Errors
    /// Barred, when the socket is; unreachable, when no whole answer came; garbled.
    pub(super) async fn ask(&self, command: Command) -> Result<String, GateError> {
        self.send(command, Lost::Harmless).await
    }

    /// Sends a change. Gives HAProxy's words, which are none when it did what was asked.
    ///
    /// # Errors
    /// Barred or unreachable, and nothing was sent; no answer, and nobody knows; garbled.
    pub(super) async fn tell(&self, command: Command) -> Result<String, GateError> {
        self.send(command, Lost::Unknown).await
    }

    async fn send(&self, command: Command, lost: Lost) -> Result<String, GateError> {
        let mut stream = self.connect().await?;
        let line = format!("{}{}\n", self.to, command.0);
        let lost = |why: String| match lost {
            Lost::Harmless => GateError::Unreachable(why),
            Lost::Unknown => GateError::NoAnswer(why),
        };
        let mut bytes = Vec::new();
        let talk = async {
            stream.write_all(line.as_bytes()).await?;
            // The master waits for more commands until it hears that there are none.
            stream.shutdown().await?;
            (&mut stream).take(LONGEST + 1).read_to_end(&mut bytes).await
        };
        match tokio::time::timeout(ANSWER, talk).await {
            Err(_) => return Err(lost(format!("no whole answer within {} seconds", ANSWER.as_secs()))),
            Ok(Err(cause)) => return Err(lost(cause.to_string())),
            Ok(Ok(_)) if bytes.len() as u64 > LONGEST => {
                return Err(GateError::Garbled(format!("an answer of more than {LONGEST} bytes")));
            }
            Ok(Ok(_)) => {}
        }
        let text = String::from_utf8(bytes).map_err(|cause| GateError::Garbled(cause.to_string()))?;
        if self.has_master() && text.starts_with("Can't find the target") {
            return Err(GateError::Unreachable("HAProxy's master has no such worker now".to_owned()));
        }
        whole(&text).map(str::to_owned).ok_or_else(|| lost("the connection ended before the answer did".to_owned()))
    }

    async fn connect(&self) -> Result<UnixStream, GateError> {
        let shown = self.socket.display();
        let cause = match tokio::time::timeout(CONNECT, UnixStream::connect(&self.socket)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(cause)) => cause,
            Err(_) => return Err(GateError::Unreachable(format!("{shown}: nobody accepts the connection"))),
        };
        let words = match cause.kind() {
            ErrorKind::NotFound => "There is no such socket on the portal's machine.",
            ErrorKind::PermissionDenied => "The portal's user may not open this socket.",
            _ => return Err(GateError::Unreachable(format!("{shown}: {cause}"))),
        };
        Err(barred("socket", words, format!("{shown}: {cause}")))
    }
}

/// The answer without the empty line at its end; none when that is missing.
fn whole(text: &str) -> Option<&str> {
    if text == "\n" { Some("") } else { text.strip_suffix("\n\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_second_command() {
        let command = |word: &str| Command::of("show map").word(word);
        assert_eq!(command("/etc/haproxy/quell/shop.map").expect("a path").0, "show map /etc/haproxy/quell/shop.map");
        for word in ["", "a b", "a;b", "a\nb", "a\\", "<<", "a\"", "a\u{a0}b", "a\0"] {
            assert!(command(word).is_err(), "{word:?}");
        }
        let lines = |line: &str| Command::of("add map").payload(&["10.0.0.1 open".to_owned(), line.to_owned()]);
        // These mean nothing there: HAProxy takes them as they are.
        assert_eq!(lines("10.0.0.2 a;b\\ c").expect("lines").0, "add map <<\n10.0.0.1 open\n10.0.0.2 a;b\\ c\n");
        for line in ["", "10.0.0.2 open\nshow info", "a\r", "a\0"] {
            assert!(lines(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn an_answer_without_its_end_is_none() {
        for (text, answer) in [
            ("\n", Some("")),
            ("admin\n\n", Some("admin")),
            ("one\ntwo\n\n", Some("one\ntwo")),
            ("", None),
            ("adm", None),
            ("one\n", None),
        ] {
            assert_eq!(whole(text), answer, "{text:?}");
        }
    }
}

//! Whether a container engine answers. Compiled into the project's commands too, so it uses the standard library only.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// True when the engine at this socket says OK to a ping.
pub fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ping().is_ok_and(|answer| answer.contains(" 200 "))
}

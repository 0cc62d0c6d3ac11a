//! Kept bytes on their way out, hashed once more while they flow. The last part goes out only when the hash is the sealed
//! one: whoever got all bytes got the right ones.

use std::io;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use quell_domain::ids::Digest;
use sha2::{Digest as _, Sha256};

use crate::ports::ByteStream;

/// Called with the hash that was found instead.
pub(crate) type OnDifference = Box<dyn FnOnce(Digest) -> BoxFuture<'static, ()> + Send>;

struct Flow {
    bytes: ByteStream,
    hasher: Sha256,
    /// Waits until something follows it, or all of it was right.
    held: Option<Bytes>,
    sealed: Digest,
    differs: OnDifference,
}

/// The same bytes; when they are not those that were sealed, `differs` is told and the stream ends with an error.
pub(crate) fn checked(bytes: ByteStream, sealed: Digest, differs: OnDifference) -> ByteStream {
    let flow = Flow { bytes, hasher: Sha256::new(), held: None, sealed, differs };
    stream::try_unfold(Some(flow), |flow| async move {
        let Some(mut flow) = flow else { return Ok(None) };
        while let Some(part) = flow.bytes.try_next().await? {
            flow.hasher.update(&part);
            if let Some(before) = flow.held.replace(part) {
                return Ok(Some((before, Some(flow))));
            }
        }
        let found = Digest::from_bytes(flow.hasher.finalize().into());
        if found == flow.sealed {
            return Ok(flow.held.map(|last| (last, None)));
        }
        (flow.differs)(found).await;
        Err(io::Error::new(io::ErrorKind::InvalidData, "the kept bytes are not those that were sealed"))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::FutureExt as _;

    use super::*;

    /// What came out, whether it ended well, and what was found instead.
    fn flow(parts: &[&'static [u8]], sealed: &[u8]) -> (Vec<Bytes>, bool, Option<Digest>) {
        let (sender, found) = mpsc::channel();
        let parts: Vec<io::Result<Bytes>> = parts.iter().map(|part| Ok(Bytes::from_static(part))).collect();
        let differs: OnDifference = Box::new(move |digest| async move { sender.send(digest).expect("heard") }.boxed());
        let stream = checked(stream::iter(parts).boxed(), Digest::of(sealed), differs);
        let out: Vec<io::Result<Bytes>> = stream.collect().now_or_never().expect("nothing waits");
        let whole = out.iter().all(Result::is_ok);
        (out.into_iter().flatten().collect(), whole, found.try_recv().ok())
    }

    #[test]
    fn the_sealed_bytes_come_out_whole() {
        assert_eq!(
            flow(&[b"one", b"two", b"three"], b"onetwothree"),
            (vec!["one".into(), "two".into(), "three".into()], true, None)
        );
        assert_eq!(flow(&[b"one"], b"one"), (vec!["one".into()], true, None));
        assert_eq!(flow(&[], b""), (vec![], true, None));
    }

    #[test]
    fn other_bytes_never_come_out_whole() {
        assert_eq!(flow(&[b"one", b"twX"], b"onetwo"), (vec!["one".into()], false, Some(Digest::of(b"onetwX"))));
        assert_eq!(flow(&[b"onX"], b"one"), (vec![], false, Some(Digest::of(b"onX"))));
        assert_eq!(flow(&[b"one"], b"onetwo"), (vec![], false, Some(Digest::of(b"one"))));
    }
}

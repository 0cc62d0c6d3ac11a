//! Secrets sealed with AES-256-GCM-SIV and a key in a file of its own: whoever has only the database has none of them.
//!
//! The file is made at the first start, readable by its owner only. Portals that share a database share it.

use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use quell_core::ports::{SealError, Sealer};

/// Bytes of the key.
const KEY_LENGTH: usize = 32;
/// The first byte of what is sealed: how it was done.
const FORMAT: u8 = 1;

/// The portal's key.
pub struct KeyFile(RandomizedNonceKey);

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").finish_non_exhaustive()
    }
}

impl KeyFile {
    /// Reads the key, and makes it when there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, others may read it, or it is no key.
    pub fn open(file: &Path) -> io::Result<Self> {
        if !file.exists() {
            make(file)?;
        }
        if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
            return Err(wrong("others can read it; allow that to its owner only (chmod 600)"));
        }
        let text = fs::read_to_string(file)?;
        let key = hex::decode(text.trim()).ok().filter(|key| key.len() == KEY_LENGTH);
        let key = key.ok_or_else(|| wrong("it must hold 64 hexadecimal digits and nothing else"))?;
        RandomizedNonceKey::new(&AES_256_GCM_SIV, &key).map(Self).map_err(|_| wrong("the key cannot be used"))
    }
}

/// Makes it whole under another name first. When another portal was faster, its key is taken.
fn make(file: &Path) -> io::Result<()> {
    let mut key = [0u8; KEY_LENGTH];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut suffix = [0u8; 8];
    getrandom::fill(&mut suffix).map_err(io::Error::other)?;
    let half = folder.join(format!(".key-{}", hex::encode(suffix)));
    let mut writer = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
    let written = writeln!(writer, "{}", hex::encode(key))
        .and_then(|()| writer.sync_all())
        .and_then(|()| fs::hard_link(&half, file));
    fs::remove_file(&half)?;
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(folder)?.sync_all(),
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Sealer for KeyFile {
    fn seal(&self, plain: &[u8], about: &str) -> Result<Vec<u8>, SealError> {
        let mut body = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(about), &mut body).map_err(|_| SealError)?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    fn open(&self, sealed: &[u8], about: &str) -> Result<Vec<u8>, SealError> {
        let (format, rest) = sealed.split_first().ok_or(SealError)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
        if *format != FORMAT {
            return Err(SealError);
        }
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.0.open_in_place(nonce, Aad::from(about), &mut body).map_err(|_| SealError)?;
        Ok(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secrets.key");
        let sealed = KeyFile::open(&file).expect("made").seal(b"secret", "a").expect("sealed");
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(KeyFile::open(&file).expect("read").open(&sealed, "a"), Ok(b"secret".to_vec()), "the same key");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
        assert!(KeyFile::open(&file).is_err_and(|error| error.to_string().contains("chmod 600")));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        fs::write(&file, "abc").expect("written");
        assert!(KeyFile::open(&file).is_err(), "half a key is none");
    }

    #[test]
    fn many_that_start_together_get_one_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secrets.key");
        let keys: Vec<KeyFile> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| KeyFile::open(&file).expect("a key"))).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        let sealed = keys[0].seal(b"secret", "a").expect("sealed");
        assert!(keys.iter().all(|key| key.open(&sealed, "a").is_ok()));
    }

    #[test]
    fn what_was_touched_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyFile::open(&folder.path().join("one")).expect("a key");
        let other = KeyFile::open(&folder.path().join("other")).expect("a key");
        let sealed = key.seal(b"secret", "a").expect("sealed");
        assert_ne!(sealed, key.seal(b"secret", "a").expect("sealed"), "never twice the same");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert_eq!(key.open(&flipped, "a"), Err(SealError), "byte {at}");
            assert_eq!(key.open(&sealed[..at], "a"), Err(SealError), "cut at {at}");
        }
        assert_eq!(key.open(&sealed, "b"), Err(SealError), "about something else");
        assert_eq!(other.open(&sealed, "a"), Err(SealError), "another key");
    }
}

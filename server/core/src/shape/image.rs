//! A saved image: a tar archive whose parts are named after their hashes, and which names them all in its manifest.
//!
//! Engines from 25 on write `blobs/sha256/<hash>` (the OCI layout); older ones a configuration `<hash>.json`, which gives the
//! hash of every layer. Owns: telling whether every part is there and is what it is said to be, in bounded memory.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{grouped, quoted, tar::Listener};

/// Most entries of a saved image; one with the most layers that engines allow has about five hundred.
const ENTRIES: usize = 4_096;
/// Most bytes of all descriptions together.
const DESCRIPTIONS: usize = 4 << 20;
/// Longest name of an entry.
const NAME: usize = 512;
const BLOBS: &str = "blobs/sha256/";

/// What is known of the archive so far.
#[derive(Debug, Default)]
pub(super) struct Parts {
    now: Option<Part>,
    /// Lower-case hex by name.
    hashes: BTreeMap<String, String>,
    /// Names that stand for other names.
    links: BTreeMap<String, String>,
    descriptions: BTreeMap<String, Vec<u8>>,
    described: usize,
}

/// The file that is flowing.
#[derive(Debug)]
struct Part {
    name: String,
    hasher: Sha256,
    description: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: String,
    layers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Configuration {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

impl Listener for Parts {
    fn entry(&mut self, name: &[u8], link: Option<&[u8]>) -> Result<(), String> {
        if self.hashes.len() + self.links.len() >= ENTRIES {
            return Err(format!("The archive has more than {} entries, which no image has", grouped(ENTRIES as u64)));
        }
        let name = text(name)?;
        if let Some(target) = link {
            // Equal layers are kept once: `../<other>/layer.tar`.
            self.links.insert(name, text(target)?.trim_start_matches("../").to_owned());
            self.now = None;
        } else {
            let described = matches!(name.as_str(), "manifest.json" | "index.json") || is_configuration(&name);
            self.now = Some(Part { name, hasher: Sha256::new(), description: described.then(Vec::new) });
        }
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(part) = &mut self.now else { return Ok(()) };
        part.hasher.update(bytes);
        if let Some(description) = &mut part.description {
            self.described += bytes.len();
            if self.described > DESCRIPTIONS {
                return Err("The image's own descriptions are too large to be checked".to_owned());
            }
            description.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Part { name, hasher, description }) = self.now.take() else { return Ok(()) };
        let hash = hex::encode(hasher.finalize());
        let expected = name.strip_prefix(BLOBS).or_else(|| name.strip_suffix(".json").filter(|name| is_hash(name)));
        if expected.is_some_and(|expected| expected != hash) {
            return Err(format!(
                "The image's part {} does not have the hash that is its name",
                quoted(name.as_bytes())
            ));
        }
        if let Some(description) = description {
            self.descriptions.insert(name.clone(), description);
        }
        self.hashes.insert(name, hash);
        Ok(())
    }

    fn finish(self, found: String) -> Result<String, String> {
        let images: Option<Vec<Image>> = self.read("manifest.json")?;
        let images = images.filter(|images| !images.is_empty()).ok_or("The image does not say what is in it")?;
        let mut parts = 0_u64;
        for Image { config, layers } in &images {
            self.hash_of(config)?;
            let layers = layers.as_deref().unwrap_or_default();
            parts += 1 + layers.len() as u64;
            // A blob was compared with its name already; it may be compressed, which the configuration's hashes are not of.
            let configuration: Option<Configuration> = if is_configuration(config) { self.read(config)? } else { None };
            let declared = configuration.map(|it| it.rootfs.diff_ids.unwrap_or_default());
            if declared.as_ref().is_some_and(|declared| declared.len() != layers.len()) {
                return Err("The image's manifest and its configuration name different layers".to_owned());
            }
            for (at, layer) in layers.iter().enumerate() {
                let hash = self.hash_of(layer)?;
                let declared = declared.as_ref().and_then(|declared| declared.get(at));
                if declared.is_some_and(|declared| declared.strip_prefix("sha256:") != Some(hash)) {
                    let layer = quoted(layer.as_bytes());
                    return Err(format!(
                        "The image's layer {layer} does not have the hash that its configuration gives"
                    ));
                }
            }
        }
        if let Some(index) = self.read::<Index>("index.json")? {
            for Descriptor { digest } in &index.manifests {
                self.hash_of(&format!("{BLOBS}{}", digest.strip_prefix("sha256:").unwrap_or(digest)))?;
            }
        }
        Ok(format!("{found}; all {} parts that its manifest names are there and match their hashes", grouped(parts)))
    }
}

impl Parts {
    /// A description, when there is one of that name.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(bytes) = self.descriptions.get(name) else { return Ok(None) };
        serde_json::from_slice(bytes)
            .map(Some)
            .map_err(|_| format!("The image's description {} cannot be read", quoted(name.as_bytes())))
    }

    /// The hash of a part that must be there.
    fn hash_of(&self, name: &str) -> Result<&str, String> {
        let name = self.links.get(name).map_or(name, String::as_str);
        self.hashes
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| format!("The image names the part {}, which is not in the archive", quoted(name.as_bytes())))
    }
}

fn text(name: &[u8]) -> Result<String, String> {
    std::str::from_utf8(name)
        .ok()
        .filter(|name| name.len() <= NAME)
        .map(str::to_owned)
        .ok_or_else(|| format!("The archive has a name that no image has: {}", quoted(name)))
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `<hash>.json` beside the manifest.
fn is_configuration(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(is_hash)
}

#[cfg(test)]
mod tests;

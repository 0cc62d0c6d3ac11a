//! The folder `site`: `pkg/` with content-hashed, precompressed files, and `assets.json` that maps plain to hashed names.
//!
//! The names carry the content, so the server may let browsers keep them for ever.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    css,
    wasm::{self, Bound},
};
use crate::sh;

/// The folder of hashed files below the site.
pub const PKG: &str = "pkg";
/// The map from plain to hashed names.
pub const ASSETS: &str = "assets.json";
const FINGERPRINT: &str = ".fingerprint";
/// Raise when this code writes something else from the same sources.
const FORMAT: &str = "1";

/// Everything the site is made from.
pub struct Sources {
    /// The module as the compiler left it.
    pub wasm: Vec<u8>,
    boot: Vec<u8>,
    /// `main.css` bundled; URLs as written.
    style: String,
    /// Base name → bytes: fonts, `icons.svg`, and scripts that refer to no other file.
    plain: BTreeMap<String, Vec<u8>>,
}

impl Sources {
    /// Reads them from the checkout.
    pub fn read(root: &Path, wasm: Vec<u8>) -> sh::Result<Self> {
        let style = root.join("style");
        let text = |path: PathBuf| sh::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let sheet = css::bundle(&text(style.join("main.css"))?, |name| text(style.join(name)))?;
        let mut plain = BTreeMap::new();
        plain.insert("icons.svg".to_owned(), sh::read(&style.join("icons.svg"))?);
        for script in ["passkeys.js", "select.js"] {
            plain.insert(script.to_owned(), sh::read(&root.join("frontend").join(script))?);
        }
        let fonts = fs::read_dir(style.join("fonts")).into_iter().flatten();
        for file in fonts.filter_map(Result::ok).map(|entry| entry.path()) {
            let woff = file.extension().is_some_and(|extension| extension == "woff2");
            if let Some(name) = file.file_name().and_then(|name| name.to_str()).filter(|_| woff) {
                plain.insert(name.to_owned(), sh::read(&file)?);
            }
        }
        Ok(Self { wasm, boot: sh::read(&root.join("frontend/boot.js"))?, style: sheet, plain })
    }

    /// Changes when any source or the way of building changes.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        let shrink = [u8::from(wasm::can_shrink())];
        let own: [&[u8]; 5] = [FORMAT.as_bytes(), &shrink, &self.wasm, &self.boot, self.style.as_bytes()];
        let rest = self.plain.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]);
        for part in own.into_iter().chain(rest) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hex::encode(hasher.finalize())
    }
}

/// One file of `pkg/`.
#[derive(Debug, PartialEq, Eq)]
pub struct Asset {
    /// `quell.css`
    pub plain: String,
    /// `quell.0123456789abcdef.css`
    pub hashed: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Asset {
    fn new(plain: &str, bytes: Vec<u8>) -> Self {
        let digest = hex::encode(Sha256::digest(&bytes));
        let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, "bin"));
        Self { plain: plain.to_owned(), hashed: format!("{stem}.{}.{extension}", &digest[..16]), bytes }
    }
}

/// Names and links the files: who refers to another is hashed after it.
pub fn assemble(sources: &Sources, bound: &Bound) -> sh::Result<Vec<Asset>> {
    let mut assets: Vec<Asset> = sources.plain.iter().map(|(name, bytes)| Asset::new(name, bytes.clone())).collect();
    let sheet = css::rename_urls(&sources.style, |name| {
        assets.iter().find(|asset| asset.plain == name).map(|asset| asset.hashed.clone())
    });
    let wasm = Asset::new("quell.wasm", bound.wasm.clone());
    let js = Asset::new("quell.js", bound.js.replace("quell_bg.wasm", &wasm.hashed).into_bytes());
    let boot = String::from_utf8_lossy(&sources.boot);
    if !boot.contains("__JS__") || !boot.contains("__WASM__") {
        return Err("frontend/boot.js must contain __JS__ and __WASM__".into());
    }
    let boot = boot.replace("__JS__", &js.hashed).replace("__WASM__", &wasm.hashed);
    assets.push(Asset::new("boot.js", boot.into_bytes()));
    assets.push(Asset::new("quell.css", sheet.into_bytes()));
    assets.extend([wasm, js]);
    Ok(assets)
}

/// True when the folder was written from exactly these sources and is whole.
pub fn is_current(folder: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(folder.join(FINGERPRINT)).is_ok_and(|found| found == fingerprint)
        && fs::read(folder.join(ASSETS))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<BTreeMap<String, String>>(&bytes).ok())
            .is_some_and(|names| names.values().all(|name| folder.join(PKG).join(name).is_file()))
}

/// Writes a fresh folder and puts it in the place of the old one; the fingerprint comes last.
pub fn write(folder: &Path, assets: &[Asset], fingerprint: &str) -> sh::Result<()> {
    let _ = fs::remove_dir_all(folder);
    let pkg = folder.join(PKG);
    sh::make_dir(&pkg)?;
    for asset in assets {
        sh::write(&pkg.join(&asset.hashed), &asset.bytes)?;
        if [".js", ".css", ".svg", ".wasm"].iter().any(|ending| asset.plain.ends_with(ending)) {
            sh::write(&pkg.join(format!("{}.br", asset.hashed)), &brotli(&asset.bytes)?)?;
            sh::write(&pkg.join(format!("{}.gz", asset.hashed)), &gzip(&asset.bytes)?)?;
        }
    }
    let names: BTreeMap<&str, &str> = assets.iter().map(|a| (a.plain.as_str(), a.hashed.as_str())).collect();
    let map = serde_json::to_vec_pretty(&names).map_err(|error| error.to_string())?;
    sh::write(&folder.join(ASSETS), &map)?;
    sh::write(&folder.join(FINGERPRINT), fingerprint.as_bytes())
}

fn brotli(bytes: &[u8]) -> sh::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 1 << 16, 11, 22);
    writer.write_all(bytes).map_err(|error| format!("brotli: {error}"))?;
    drop(writer);
    Ok(out)
}

fn gzip(bytes: &[u8]) -> sh::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).and_then(|()| writer.finish()).map_err(|error| format!("gzip: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        Sources {
            wasm: b"raw".to_vec(),
            boot: b"import('./__JS__');fetch('./__WASM__')".to_vec(),
            style: "a{src:url(fonts/a.woff2)}".into(),
            plain: BTreeMap::from([("a.woff2".into(), b"font".to_vec()), ("icons.svg".into(), b"<svg/>".to_vec())]),
        }
    }

    fn bound() -> Bound {
        Bound { js: "new URL('quell_bg.wasm')".into(), wasm: b"bound".to_vec() }
    }

    #[test]
    fn every_reference_is_to_a_hashed_name() {
        let assets = assemble(&sources(), &bound()).unwrap();
        let hashed = |plain: &str| assets.iter().find(|a| a.plain == plain).unwrap().hashed.clone();
        let text =
            |plain: &str| String::from_utf8(assets.iter().find(|a| a.plain == plain).unwrap().bytes.clone()).unwrap();
        assert_eq!(text("quell.js"), format!("new URL('{}')", hashed("quell.wasm")));
        assert_eq!(text("boot.js"), format!("import('./{}');fetch('./{}')", hashed("quell.js"), hashed("quell.wasm")));
        assert_eq!(text("quell.css"), format!("a{{src:url({})}}", hashed("a.woff2")));
        assert_eq!(hashed("quell.css").len(), "quell..css".len() + 16);
    }

    #[test]
    fn a_boot_module_without_its_tokens_is_refused() {
        let mut broken = sources();
        broken.boot = b"import('./quell.js')".to_vec();
        assert!(assemble(&broken, &bound()).is_err());
    }

    #[test]
    fn a_written_folder_is_current_until_a_source_or_a_file_changes() {
        let folder = std::env::temp_dir().join(format!("quell-xtask-site-{}", std::process::id()));
        let (assets, fingerprint) = (assemble(&sources(), &bound()).unwrap(), sources().fingerprint());
        write(&folder, &assets, &fingerprint).unwrap();
        assert!(is_current(&folder, &fingerprint));
        let mut changed = sources();
        changed.style.push(' ');
        assert!(!is_current(&folder, &changed.fingerprint()));
        fs::remove_file(folder.join(PKG).join(&assets[0].hashed)).unwrap();
        assert!(!is_current(&folder, &fingerprint));
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! Where the built files are: their names carry a hash of their content, so that a browser may keep them for ever.

use std::{collections::BTreeMap, sync::Arc};

/// Plain name → name with hash, as `assets.json` of the build says. Provided in context by the server.
#[derive(Debug, Clone, Default)]
pub struct Assets(pub Arc<BTreeMap<String, String>>);

impl Assets {
    /// From the map of the build.
    #[must_use]
    pub fn new(names: BTreeMap<String, String>) -> Self {
        Self(Arc::new(names))
    }

    /// `/pkg/quell.<hash>.css` for `quell.css`; the plain name when the build does not know it.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("/pkg/{}", self.0.get(name).map_or(name, String::as_str))
    }
}

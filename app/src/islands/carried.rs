//! How an island's first data travels: as JSON in a text. The browser then has one decoder for it and for later
//! answers; two kinds of input would put every decoder into the WASM twice.

#[cfg(feature = "ssr")]
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Data as the text that an island takes.
#[cfg(feature = "ssr")]
#[must_use]
pub fn pack<T: Serialize>(data: &T) -> String {
    serde_json::to_string(data).unwrap_or_else(|error| {
        tracing::error!(%error, "a page cannot be handed to its island");
        String::new()
    })
}

/// The data of such a text; none when it is not one.
#[must_use]
pub fn unpack<T: DeserializeOwned>(text: &str) -> Option<T> {
    // From text, as Leptos reads the other props: the same decoder.
    serde_json::from_str(text).ok()
}

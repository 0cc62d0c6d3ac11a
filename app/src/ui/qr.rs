//! QR codes as plain SVG: drawn on the server, in black on white whatever the theme, with the quiet edge that readers need.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around it.
const QUIET: usize = 4;

/// The code of a text; nothing when the text is too long for one.
pub fn qr(text: &str, label: &'static str) -> Option<impl IntoView + use<>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width() + 2 * QUIET;
    let dark = path(&code);
    Some(view! {
        <svg class="qr" role="img" aria-label=label width="220" height="220" viewBox=format!("0 0 {side} {side}") shape-rendering="crispEdges">
            <rect width=side height=side fill="#fff"></rect>
            <path d=dark fill="#000"></path>
        </svg>
    })
}

/// One bar for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run[0] == Color::Dark {
                path.push_str(&format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()));
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_is_that_of_every_code() {
        let code = QrCode::with_error_correction_level("otpauth://totp/x", EcLevel::M).expect("a code");
        // Seven dark modules begin and end the first row: two of the three marks.
        let path = path(&code);
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(path.contains(&format!("M{} 4h7v1h-7z", code.width() - 7 + QUIET)), "{path}");
    }
}

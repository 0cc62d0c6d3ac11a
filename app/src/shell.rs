//! The HTML document around every page. No inline style, and no script but one module file.

use leptos::{html::link, prelude::*};
use leptos_meta::MetaTags;

use crate::{Assets, guard, pages::App};

/// The mark, for the browser's tab.
const MARK: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%232B50CC' stroke-width='1.5' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='M8 1.6 13.6 4v4.2c0 3-2.3 5.2-5.6 6.2-3.3-1-5.6-3.2-5.6-6.2V4z'/%3E%3Cpath d='M4.9 6.5h6.2M4.9 9.3h6.2'/%3E%3C/svg%3E";

/// The whole document. Reads the names of built files, and the theme, from context.
pub fn shell() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let theme = guard::theme();
    // `as` is no word that the view macro can spell.
    let font = link()
        .rel("preload")
        .attr("as", "font")
        .r#type("font/woff2")
        .crossorigin("anonymous")
        .href(assets.url("inter-latin-wght-normal.woff2"));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=(!theme.is_empty()).then_some(theme) data-icons=assets.url("icons.svg")>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=if theme.is_empty() { "light dark" } else { theme }/>
                <link rel="icon" type="image/svg+xml" href=MARK/>
                {font}
                <link rel="stylesheet" href=assets.url("quell.css")/>
                <script type="module" src=assets.url("boot.js")></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

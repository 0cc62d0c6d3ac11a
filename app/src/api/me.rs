//! One's own account and how the portal looks.

use leptos::prelude::*;
use quell_domain::view;
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;

/// Who is looking, with roles and the number of open incidents.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "me/show", input = GetUrl, output = Json)]
pub async fn show() -> Result<view::Me, ApiError> {
    let (portal, grant) = crate::guard::guard::<quell_core::grant::may::OwnAccount>().await?;
    Ok(portal.me(grant).await?)
}

/// Chooses `light`, `dark` or `auto` for this browser. Works without signing in.
///
/// # Errors
/// Invalid, naming `theme`.
#[server(prefix = "/api/v1", endpoint = "me/theme", input = PostUrl, output = Json)]
pub async fn theme(theme: String, #[server(default)] back: String) -> Result<view::Next, ApiError> {
    let cookie = match theme.as_str() {
        "light" => "quell_theme=light; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        "dark" => "quell_theme=dark; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        "auto" => "quell_theme=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly",
        _ => return Err(quell_domain::Problem::field("theme", "Use light, dark or auto.").into()),
    };
    crate::guard::header(http::header::SET_COOKIE, http::HeaderValue::from_static(cookie));
    Ok(view::Next::to(crate::guard::own_path(&back).unwrap_or("/"), ""))
}

/// Changes one's own password. All sessions of the person end, this one too.
///
/// # Errors
/// Invalid, naming `current` or `password`.
#[server(prefix = "/api/v1", endpoint = "me/password", input = PostUrl, output = Json)]
pub async fn password(current: String, password: String) -> Result<view::Next, ApiError> {
    let (portal, grant) = crate::guard::guard::<quell_core::grant::may::OwnAccount>().await?;
    portal.change_password(grant, current.into(), password.into()).await?;
    crate::guard::end().await?;
    Ok(view::Next::to("/login", "Your password was changed. Sign in with the new one."))
}

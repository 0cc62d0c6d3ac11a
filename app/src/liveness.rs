//! How fresh a page is, in words.

use quell_domain::Timestamp;

use crate::ui::moment::clock;

/// How fresh the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// No live stream: scripts are off, or not running yet, or the portal has no room for another.
    Off,
    /// Changes arrive.
    Live,
    /// The stream broke a moment ago.
    Reconnecting,
    /// No sign of life for 30 seconds, since this moment.
    Stale(Timestamp),
    /// The session ended.
    SignedOut,
    /// Whoever looks may no longer see this page.
    Refused,
}

impl Liveness {
    /// Nothing more will come.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::SignedOut | Self::Refused)
    }

    /// What the page says.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Off => "Live updates are off.".to_owned(),
            Self::Live => "Live".to_owned(),
            Self::Reconnecting => "Reconnecting".to_owned(),
            Self::Stale(since) => format!("Not live since {}. Actions check again before they run.", clock(since)),
            Self::SignedOut => "You are signed out.".to_owned(),
            Self::Refused => "You may no longer see this page.".to_owned(),
        }
    }

    /// Where a reader goes who does not get changes by themselves.
    #[must_use]
    pub fn way_out(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Live | Self::Reconnecting => None,
            Self::SignedOut => Some(("/login", "Sign in")),
            Self::Refused => Some(("/", "Go to the start page")),
            Self::Off | Self::Stale(_) => Some(("", "Refresh")),
        }
    }
}

//! Tokens of people's scripts.

use serde::{Deserialize, Serialize};

use crate::{time::Timestamp, token::ApiToken};

/// One's own tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensPage {
    /// Newest first: those that are good, and those that ended lately.
    pub tokens: Vec<ApiToken>,
    /// When this was so.
    pub now: Timestamp,
}

//! Where the built browser part lies: the configured folder, or where a build or a package puts it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Only a built browser part holds it.
pub const LIST: &str = "assets.json";

/// The folders that are looked into, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(Vec<PathBuf>);

impl Site {
    /// The configured folder unless empty, then beside the program, then beside its folder, then in the project's folder.
    #[must_use]
    pub fn of(configured: &str) -> Self {
        Self::around(configured, std::env::current_exe().ok().as_deref())
    }

    fn around(configured: &str, exe: Option<&Path>) -> Self {
        let configured = Some(configured).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let beside = exe.into_iter().flat_map(|exe| exe.ancestors().skip(1).take(2).map(|folder| folder.join("site")));
        Self(configured.into_iter().chain(beside).chain([PathBuf::from("target/site")]).collect())
    }

    /// The first folder that holds a built browser part.
    #[must_use]
    pub fn found(&self) -> Option<&Path> {
        self.0.iter().map(PathBuf::as_path).find(|folder| folder.join(LIST).is_file())
    }
}

/// The folder in use, or all that were tried.
impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = self.found() {
            return write!(f, "{}", folder.display());
        }
        let tried: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
        write!(f, "none of {}", tried.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_tried_in_order() {
        let found = |configured| Site::around(configured, Some(Path::new("/opt/quell/bin/quell"))).0;
        let rest = ["/opt/quell/bin/site", "/opt/quell/site", "target/site"].map(PathBuf::from);
        assert_eq!(found(""), rest);
        assert_eq!(found("/srv/site"), [&[PathBuf::from("/srv/site")], &rest[..]].concat());
    }
}

//! Named points at every arrow of a flow, where a test may stop the portal and kill it.
//!
//! Only in builds with debug assertions, and only when `QUELL_FAILPOINT` names the point: the portal then says so on
//! standard error and stands still there, for good, or as long as the file exists that `QUELL_FAILPOINT_WHILE` names.
//! In release builds nothing happens.

/// Every point, in the order of the flows. Tests go through this table.
pub const POINTS: &[&str] = &[
    "intake.before_commit",
    "intake.after_commit",
    "correlate.before_commit",
    "correlate.after_commit",
    "action.after_request",
    "approval.after_decision",
    "action.before_consume",
    "action.after_consume",
    "action.after_inspect",
    "action.after_attempted",
    "action.after_engine",
    "action.before_concluded",
    "action.after_concluded",
    "action.after_verify_read",
    "action.after_verified",
    "gate.after_read",
    "gate.after_call",
    "evidence.after_request",
    "evidence.after_attempted",
    "evidence.after_commit",
    "evidence.mid_stream",
    "evidence.after_stream",
    "evidence.before_name",
    "evidence.after_seal",
    "evidence.after_concluded",
    "evidence.after_done",
];

/// Stands still here when a test asked for it.
pub async fn hit(point: &'static str) {
    #[cfg(debug_assertions)]
    if wanted(point) {
        while stands() {
            tokio::time::sleep(LOOK).await;
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}

/// The same on a thread of its own, where nothing can be awaited.
pub fn hit_blocking(point: &'static str) {
    #[cfg(debug_assertions)]
    if wanted(point) {
        while stands() {
            std::thread::sleep(LOOK);
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);

#[cfg(debug_assertions)]
fn wanted(point: &'static str) -> bool {
    debug_assert!(POINTS.contains(&point), "{point} is missing in the table");
    let wanted = std::env::var("QUELL_FAILPOINT").is_ok_and(|wanted| wanted == point) && stands();
    if wanted {
        eprintln!("failpoint {point} reached");
    }
    wanted
}

/// Until it is killed; or as long as a file exists, when one is named.
#[cfg(debug_assertions)]
fn stands() -> bool {
    std::env::var_os("QUELL_FAILPOINT_WHILE").is_none_or(|file| std::path::Path::new(&file).exists())
}

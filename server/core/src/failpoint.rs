//! Named points at every arrow of a flow, where a test may stop the portal and kill it.
//!
//! Only in builds with debug assertions, and only when `QUELL_FAILPOINT` names the point: the portal then says so on
//! standard error and stands still there. In release builds [`hit`] is empty.

/// Every point, in the order of the flows. Tests go through this table.
pub const POINTS: &[&str] = &[
    "intake.before_commit",
    "intake.after_commit",
    "correlate.before_commit",
    "correlate.after_commit",
    "action.after_request",
    "action.after_consume",
    "action.after_inspect",
    "action.after_attempted",
    "action.after_engine",
    "action.after_concluded",
    "action.after_verify_read",
    "action.after_verified",
    "evidence.after_request",
    "evidence.after_attempted",
    "evidence.mid_stream",
    "evidence.after_stream",
    "evidence.after_seal",
    "evidence.after_concluded",
    "evidence.after_done",
];

/// Stands still here when a test asked for it.
pub async fn hit(point: &'static str) {
    #[cfg(debug_assertions)]
    {
        debug_assert!(POINTS.contains(&point), "{point} is missing in the table");
        if std::env::var("QUELL_FAILPOINT").is_ok_and(|wanted| wanted == point) {
            eprintln!("failpoint {point} reached");
            std::future::pending::<()>().await;
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = point;
}

//! What must stay fast with a hundred thousand incidents and a million alarms: on SQLite every such question goes
//! through an index, and none sorts. (Timings are measured elsewhere; a plan cannot be slow by chance.)

use quell_store::statements;

use super::backend::Backend;

const FAST: [&str; 34] = [
    "WATCH_LIST",
    "QUEUE_NEEDS_ACTION",
    "QUEUE_NEEDS_ACTION_CLASS",
    "QUEUE_MINE",
    "QUEUE_UNASSIGNED",
    "QUEUE_CONTAINED",
    "QUEUE_CLOSED",
    "COUNT_ALL",
    "COUNT_MINE",
    "CLASSES_NEEDS_ACTION",
    "CONTAINED_SINCE",
    "INCIDENT_BY_ID",
    "INCIDENT_BY_NUMBER",
    "INCIDENT_OPEN",
    "INCIDENTS_WITH",
    "INCIDENTS_OF",
    "INCIDENT_NEXT_NUMBER",
    "ALARMS_UNMAPPED",
    "ALARMS_OF",
    "MOVE_NEXT",
    "MOVE_COUNTS",
    "GIVE_BACK_NOTE",
    "GIVE_BACK_ENDS",
    "GIVE_BACK",
    "JOB_CANDIDATES",
    "ENTRIES_OF",
    "ENTRIES_SINCE",
    "ENTRY",
    "ENTRIES_OF_NUMBER",
    "CHANGES_AFTER",
    "AUDIT_ROWS",
    "REQUEST_OPEN",
    "COLLECTING",
    "SOURCE_BY_TOKEN",
];

#[tokio::test]
async fn what_must_be_fast_uses_an_index() {
    let backend = Backend::sqlite().await;
    for name in FAST {
        let statement = statements().into_iter().find(|it| it.name == name).unwrap();
        let plan = backend.plan(statement.sql).await;
        for step in &plan {
            // Reading a whole index that holds only what is counted is what it is for; sources are few, and what waits
            // to be mapped is its own index.
            let scans = step.starts_with("SCAN")
                && !step.contains(" INDEX ")
                && !step.ends_with("source")
                && !step.ends_with("alarm_unmapped")
                && !step.starts_with("SCAN CONSTANT");
            assert!(!scans && !step.contains("TEMP B-TREE"), "{name}: {plan:#?}");
        }
        assert!(!plan.is_empty());
    }
}

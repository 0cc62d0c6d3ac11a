//! What axe-core finds on a page: the rules of WCAG 2.2 level AA and the good practices (ux, section 5.5).

use serde_json::Value;

use crate::tab::Tab;

/// axe-core 4.14.1, MPL-2.0, unchanged; its licence is beside it.
const AXE: &str = include_str!("vendor/axe.min.js");

const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
        result => done(result.violations.flatMap(broken => broken.nodes.map(node =>
            `${broken.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`))),
        error => done([`axe itself failed: ${error}`]));
";

/// Every violation on the page as it stands.
pub async fn violations(tab: &Tab) -> Vec<String> {
    let client = tab.browser.raw();
    if tab.run("return typeof axe === 'undefined'").await == Value::Bool(true) {
        // Through the driver and not as an element of the page, which the content policy would rightly refuse.
        client.execute(AXE, vec![]).await.unwrap();
    }
    let found = client.execute_async(RUN, vec![]).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}

//! Text that an attacker wrote, in every field of an alarm: it is shown with its hidden characters made visible, and nothing
//! of it runs, becomes an element, or breaks the page.

use quell_tests::{Scripts, wait_for};
use serde_json::{Value, json};

use crate::{
    stage::{ALL_ROLES, Stage},
    tab::{LIMIT, Tab},
};

/// Runs if anything is markup, turns text around if bidi gets through, colours a terminal, ends a string.
const EVIL: &str = "</textarea></script><script>window.quellOwned=1</script><img src=x onerror=window.quellOwned=1>\
                    \u{202E}gnp.exe\u{2066}\u{200B}\u{1b}[31m\u{7}'\"`$(reboot);--\u{feff}\r\n<b>bold</b>";

/// What of it a person must be able to read.
const VISIBLE: &[&str] = &["<script>window.quellOwned=1</script>", "\\u202E", "\\u001B[31m", "<b>bold</b>"];

/// Elements and raw characters that only hostile text could have made.
const BROKEN: &str = "
    const main = document.querySelector('main');
    const found = [];
    if (window.quellOwned) found.push('a script ran');
    for (const tag of ['script:not([src^=\"/pkg/\"])', 'img', 'bdi b', 'iframe', 'object', 'style']) if (main.querySelector(tag)) found.push(tag);
    const raw = /[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]/;
    if (raw.test(main.textContent)) found.push('a raw hidden character');
    for (const element of main.querySelectorAll('*'))
        for (const { name, value } of element.attributes)
            if (name.startsWith('on') || (name !== 'data-props' && raw.test(value))) found.push(`${element.tagName} ${name}`);
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('sideways scrolling');
    return found;
";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_stays_text_on_every_page() {
    let stage = Stage::set("hostile").await;
    let password = stage.person("one", "Analyst One", ALL_ROLES);
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    let long = format!("{EVIL}{}", "A".repeat(64 * 1024));
    // One about a container that nobody knows, so that every hint is shown; one that joins the victim's incident.
    stage.post("application/json", alarm(EVIL, EVIL, EVIL).to_string()).await;
    // A body has room for half of the fields at this length.
    for (even, odd) in [(&*long, EVIL), (EVIL, &*long)] {
        stage.post("application/json", alarm(even, odd, &stage.victim).to_string()).await;
        stage.post("application/json", alarm(even, odd, even).to_string()).await;
    }
    stage.post("application/json", format!("{{\"rule\": \"{EVIL}")).await;
    let numbers = wait_for("the incidents", LIMIT, async || {
        let queue = stage.ask(&client, "/api/v1/incidents/queue?view=unassigned&class=&q=&after=").await;
        let rows = queue["rows"].as_array()?;
        let numbers: Vec<i64> = rows.iter().filter_map(|row| row["number"].as_i64()).collect();
        (numbers.len() >= 3).then_some(numbers)
    })
    .await;

    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    for width in [1440, 320] {
        tab.size(width, 900).await;
        check(&tab, "/incidents?view=unassigned").await;
        for number in &numbers {
            check(&tab, &format!("/incidents/{number}")).await;
            check(&tab, &format!("/incidents/{number}/actions/pause")).await;
            check(&tab, &format!("/incidents/{number}/life/close")).await;
        }
        check(&tab, "/audit").await;
        check(&tab, "/admin/sources").await;
        // A search that finds nothing comes back as text as well.
        check(&tab, "/incidents?q=%3Cscript%3Ewindow.quellOwned%3D1%3C%2Fscript%3E%E2%80%AE").await;
    }

    tab.goto(&format!("/incidents/{}", numbers.iter().min().unwrap())).await;
    tab.run("document.querySelectorAll('details').forEach(part => part.open = true)").await;
    let text = tab.run("return document.querySelector('main').textContent").await;
    for part in VISIBLE {
        assert!(text.as_str().unwrap().contains(part), "{part} cannot be read on the page");
    }

    // What a person typed and sent is no better.
    tab.run("document.querySelectorAll('details').forEach(part => part.open = false)").await;
    let note = "</textarea><script>window.quellOwned=1</script>\u{202E}";
    client.post_form("/api/v1/incidents/note", &[("number", "1"), ("text", note)]).await;
    check(&tab, "/incidents/1").await;
}

async fn check(tab: &Tab, path: &str) {
    tab.goto(path).await;
    let found = tab.run(BROKEN).await;
    assert_eq!(found, json!([]), "on {path}");
}

/// A Falco alarm with hostile text wherever a detector puts text: one in every second field, another in the rest.
fn alarm(even: &str, odd: &str, container: &str) -> Value {
    let fields = [
        "container.name",
        "container.image.repository",
        "container.image.tag",
        "container.image.digest",
        "k8s.ns.name",
        "k8s.pod.name",
        "proc.cmdline",
        "proc.pcmdline",
        "proc.exepath",
        "proc.name",
        "proc.pname",
        "proc.aname[2]",
        "user.name",
        "fd.name",
        "fd.sip",
        "evt.type",
        "evt.res",
    ];
    let mut known = json!({ "container.id": container, "container.full_id": container, "proc.pid": 7 });
    for (at, field) in fields.into_iter().enumerate() {
        known[field] = json!(if at % 2 == 0 { even } else { odd });
    }
    json!({
        "hostname": even, "output": odd, "rule": even, "source": "syscall", "priority": "Critical", "tags": [odd, "T1059"],
        "time": quell_tests::fixtures::rfc3339(std::time::SystemTime::now()), "output_fields": known,
    })
}

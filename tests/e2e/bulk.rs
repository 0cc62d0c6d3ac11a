//! Several incidents in one go, as a person does it: on a desk and on a phone, with scripts on and off.

use fantoccini::Locator;
use quell_tests::{Scripts, engine::IDLE, wait_for};
use serde_json::json;

use crate::{
    axe,
    stage::Stage,
    tab::{LIMIT, Tab},
};

const DESK: (u32, u32) = (1440, 1000);
const PHONE: (u32, u32) = (390, 844);

const ACKNOWLEDGE: &str = "//form[@id='bulk']//button[@value='acknowledge']";

/// Numbers of the ticked incidents, in the order of the rows.
const TICKED: &str = "return [...document.querySelectorAll('table.q input[name=n]:checked')].map(box => box.value)";
/// Does the page scroll sideways?
const WIDE: &str = "return document.documentElement.scrollWidth > window.innerWidth";

#[tokio::test(flavor = "multi_thread")]
async fn on_a_desk_with_scripts_on() {
    whole(Scripts::On, DESK, "bulk-desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_with_scripts_on() {
    whole(Scripts::On, PHONE, "bulk-phone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_desk_with_scripts_off() {
    whole(Scripts::Off, DESK, "bulk-off").await;
}

/// A portal with three incidents, and a browser on its queue.
async fn three(scripts: Scripts, name: &str) -> (Stage, Tab, Vec<String>) {
    let stage = Stage::set(name).await;
    let password = stage.person("responder", "Responder One", &["analyst", "responder"]);
    let mut victims = vec![stage.victim.clone()];
    stage.alarm("falco-http-output-full-id.json").await;
    let client = stage.portal.client();
    client.sign_in("responder", &password).await;
    stage.in_queue(&client, name).await;
    for more in ["second", "third"] {
        let name = format!("{name}-{more}");
        let victim = stage.engine.victim(&name, IDLE);
        stage.alarm_about("falco-http-output-full-id.json", &victim, &name).await;
        stage.in_queue(&client, &name).await;
        victims.push(victim);
    }
    let tab = Tab::signed_in(&stage.portal.base(), scripts, "responder", &password).await;
    (stage, tab, victims)
}

fn tick(number: i64) -> String {
    format!("//input[@aria-label='Select INC-{number}']")
}

/// Ticks an incident; what lies under the bar is brought into sight first, as a person does.
async fn pick(tab: &Tab, number: i64) {
    let css = format!("document.querySelector('input[aria-label=\"Select INC-{number}\"]')");
    tab.run(&format!("{css}.scrollIntoView({{ block: 'center' }})")).await;
    tab.click(&tick(number)).await;
}

async fn sound(tab: &Tab, what: &str) {
    // axe is a script that the page would have to run.
    if !tab.runs_scripts() {
        return;
    }
    assert_eq!(axe::violations(tab).await, Vec::<String>::new(), "{what}");
    assert_eq!(tab.run(WIDE).await, json!(false), "{what} scrolls sideways");
}

async fn whole(scripts: Scripts, (width, height): (u32, u32), name: &str) {
    let (stage, tab, victims) = three(scripts, name).await;
    tab.size(width, height).await;
    tab.goto("/incidents").await;
    // The bar says what ticks are for, and offers nothing before there is one.
    assert!(tab.main().await.contains("Tick incidents in the list"), "{}", tab.main().await);
    assert!(tab.shown(ACKNOWLEDGE).await.is_none());
    for number in [1, 3] {
        pick(&tab, number).await;
    }
    assert!(!tab.main().await.contains("Tick incidents in the list"), "{}", tab.main().await);
    assert_eq!(tab.run(TICKED).await.as_array().map(Vec::len), Some(2));
    if scripts == Scripts::On {
        tab.until("#bulk output", "2 selected").await;
    }
    sound(&tab, "the queue with ticks").await;

    tab.leave(ACKNOWLEDGE).await;
    assert!(tab.main().await.contains("2 incidents acknowledged."), "{}", tab.main().await);
    assert_eq!(tab.browser.path().await, "/incidents");
    sound(&tab, "the queue with what was done").await;
    tab.press("Undo").await;
    assert!(tab.main().await.contains("2 incidents undone."), "{}", tab.main().await);

    // As few clicks as for one: a tick for each, Isolate…, and the button.
    for number in [1, 3] {
        pick(&tab, number).await;
    }
    tab.take_clicks();
    tab.press("Isolate…").await;
    let mut clicks = tab.take_clicks();
    let page = tab.main().await;
    for part in
        [name, &*format!("{name}-third"), &victims[0][..12], &*stage.node, "No approval needed", "Memory is kept"]
    {
        assert!(page.contains(part), "no {part} on the page: {page}");
    }
    assert!(!page.contains(&format!("{name}-second")), "{page}");
    let boxes = tab.browser.raw().find_all(Locator::Css("main input[name=n]:checked")).await.unwrap();
    assert_eq!(boxes.len(), 2, "each has a box of its own, ticked beforehand");
    sound(&tab, "the page that asks").await;
    // The button names no number that is not true.
    let button = "form[action='/api/v1/bulk/isolate'] button[type=submit]";
    for words in ["Request isolation of the ticked", "Request isolation of 2 containers"] {
        tab.run("document.querySelector('main input[name=n][value=\"3\"]').scrollIntoView({ block: 'center' })").await;
        tab.click("//main//input[@name='n'][@value='3']").await;
        assert_eq!(tab.browser.text(button).await, words);
    }
    tab.take_clicks();
    tab.press("Request isolation of 2 containers").await;
    clicks += tab.take_clicks();
    assert_eq!(clicks, 2, "clicks from the ticks to the requests");

    assert!(tab.browser.path().await.starts_with("/incidents/bulk/"));
    wait_for("both verified", LIMIT, async || {
        if scripts == Scripts::Off {
            tab.reload().await;
        }
        (tab.main().await.matches("Verified").count() == 2).then_some(())
    })
    .await;
    sound(&tab, "the results").await;
    let states: Vec<String> = victims.iter().map(|victim| stage.engine.state(victim)).collect();
    assert_eq!(states, ["paused", "running", "paused"]);
    tab.browser.close().await;
}

/// All, a range, the key, and that ticks stay with their incidents when the list changes.
#[tokio::test(flavor = "multi_thread")]
async fn ticks_follow_the_pointer_the_keys_and_their_incidents() {
    let (stage, tab, _) = three(Scripts::On, "bulk-ticks").await;
    tab.goto("/incidents").await;
    tab.until("header.top [role=status]", "Live").await;
    let order = tab.run("return [...document.querySelectorAll('table.q input[name=n]')].map(box => box.value)").await;
    let order: Vec<String> = serde_json::from_value(order).unwrap();
    assert_eq!(order.len(), 3);

    tab.click("//input[@data-all]").await;
    assert_eq!(tab.run(TICKED).await, json!(order));
    tab.until("#bulk output", "3 selected").await;
    tab.click("//button[@data-clear]").await;
    assert_eq!(tab.run(TICKED).await, json!([]));

    // The first, then the last with Shift.
    tab.click(&tick(order[0].parse().unwrap())).await;
    tab.run(
        "const boxes = [...document.querySelectorAll('table.q input[name=n]')]; \
             boxes[2].dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true }))",
    )
    .await;
    assert_eq!(tab.run(TICKED).await, json!(order));
    tab.run("document.activeElement.blur(); document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))")
        .await;
    assert_eq!(tab.run(TICKED).await, json!([]));

    // The key works where the focus is in a row, and nowhere else.
    let key = |css: &str| {
        format!(
            "document.querySelector('{css}').dispatchEvent(new KeyboardEvent('keydown', {{ key: 'x', bubbles: true, cancelable: true }}))"
        )
    };
    tab.run(&key("input[type=search]")).await;
    assert_eq!(tab.run(TICKED).await, json!([]));
    tab.run(&key("table.q tbody tr:nth-child(2) a.ttl")).await;
    assert_eq!(tab.run(TICKED).await, json!([order[1]]));

    // A worse alarm goes before the others once somebody asks for it: the tick stays with its incident.
    let fourth = stage.engine.victim("bulk-ticks-fourth", IDLE);
    stage.alarm_about("falco-least-metadata.json", &fourth, "bulk-ticks-fourth").await;
    tab.until("main", "1 new incident").await;
    tab.click("//main//a[normalize-space(.)='Show new']").await;
    tab.until("table.q", "bulk-ticks-fourth").await;
    wait_for("the tick beside its incident", LIMIT, async || {
        (tab.run(TICKED).await == json!([order[1]])).then_some(())
    })
    .await;
    tab.until("#bulk output", "1 selected").await;
    tab.browser.close().await;
}

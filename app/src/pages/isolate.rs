//! `/incidents/isolate?n=…`: one measure for several containers. Each stands here with its facts and a box of its own, and
//! becomes a request of its own (ux, sections 3.2 and 3.6).

use leptos::prelude::*;
use quell_domain::{
    action::Action,
    text::{self, count, percent},
    time::span,
    view::{ConfirmPage, IsolatePage},
};

use super::{
    asking,
    bulk::refused,
    container_facts,
    fields::Form,
    frame::{Here, Page, framed},
    queries, query,
};
use crate::{
    api,
    endpoints::ISOLATE,
    flash::Flash,
    guard::own_queue,
    islands::carried::pack,
    ui::{action_icon, hidden, hostile_words, icon, icon_small, severity},
};

/// Bytes of shown facts that go along with the form: more would not fit it. Without them a refusal says that something
/// changed, and not what.
const ROOM: usize = 20_000;

/// The page.
pub fn page() -> impl IntoView {
    let (numbers, measure, back) = (queries("n").join(" "), query("measure"), query("back"));
    framed(Here::Incidents, move |flash| async move {
        let body = match api::bulk::confirm(numbers.clone(), measure).await {
            Ok(page) => body(&page, own_queue(&back), &flash),
            Err(error) if !error.0.fields.is_empty() => refused(&error.0, "Isolate containers", &back, &numbers),
            Err(error) => return Err(error),
        };
        Ok(Page::new("Isolate containers", body).below("Incidents", "/incidents", "Isolate"))
    })
}

/// The page, as a pure function; `back` is the view of the queue.
#[must_use]
pub fn body(page: &IsolatePage, back: &str, flash: &Flash) -> AnyView {
    let form = Form::new(&ISOLATE, flash);
    let possible = page.targets.iter().filter(|target| target.can.allowed).count();
    let asks = page.can.allowed && possible > 0;
    let many = count(possible, "container");
    let verb = verb(page.action);
    let in_short = match page.action {
        Action::Disconnect => {
            "They reach nothing and nothing reaches them. Their processes run on. The networks can be given back, after another person agrees."
        }
        _ => {
            "All their processes stop where they are. Memory is kept. Nothing is deleted. Each can be resumed, after another person agrees."
        }
    };
    let title = if asks { format!("{verb} {many}?") } else { format!("{verb} containers: not possible") };
    let numbers: Vec<String> = page.targets.iter().map(|target| target.incident.number.to_string()).collect();
    let measures = Action::MEASURES.iter().map(|measure| {
        let here =
            format!("/incidents/isolate?measure={}&n={}&back={}", measure.word(), numbers.join("&n="), percent(back));
        view! { <a href=here aria-current=(*measure == page.action).then_some("page")>{measure.label()}</a> }
    });
    let missing = page.missing.iter().map(|number| {
        view! { <div class="note warn mb3">{icon("alert")}<span>{format!("There is no INC-{number}. It is left out.")}</span></div> }
    });
    // The form came back: what was ticked then, and be it nothing.
    let ticked = (flash.endpoint == ISOLATE.path).then(|| flash.values.get("n").map_or("", String::as_str));
    let ticked: Option<Vec<&str>> = ticked.map(|numbers| numbers.split_whitespace().collect());
    let mut room = ROOM;
    let targets = page.targets.iter().map(|it| target(it, ticked.as_deref(), &mut room)).collect::<Vec<_>>();
    let way_back = format!("{back}&pick={}", numbers.join("+"));
    let inside = if asks {
        let effects = page.effects.iter().map(|effect| view! { <li>{effect.clone()}</li> }).collect::<Vec<_>>();
        let wrong = form.remedy("n").map(|remedy| view! { <p class="err">{remedy}</p> });
        // Of the words on the button the style shows the first while all boxes are ticked, else the second.
        view! {
            <form class="stack wide" method="post" action=ISOLATE.path>
                {hidden("measure", page.action.word().to_owned())}
                <fieldset class="field" id="f-n"><legend class="vh">"Containers"</legend><div class="tgs">{targets}</div>{wrong}</fieldset>
                <div class="br"><h2>{icon_small("flow")}"What it does and does not do, to each"</h2><ul class="dots sm">{effects}</ul></div>
                <div class="stack">{asking::reason(form, page.tier())}{asking::impact(form, page.tier(), "I have read what it does and does not do")}</div>
                <div class="sft card">
                    <div class="xs mut">{format!("Each is recorded as a request of {}", text::visible(&page.recorded_as))}</div>
                    <span class="sp"></span>
                    <a class="btn lg" href=way_back>"Cancel"</a>
                    <button class="btn dan lg" type="submit">{icon(action_icon(page.action))}<span class="every">{format!("Request isolation of {many}")}</span>" "<span class="those">"Request isolation of the ticked"</span></button>
                </div>
            </form>
        }
        .into_any()
    } else {
        let why = if page.can.allowed {
            "None of them can be isolated like this now; each says why below. Nothing was asked for.".to_owned()
        } else {
            page.can.why_not.clone()
        };
        view! {
            <div class="note warn mb3">{icon("alert")}<span>{why}</span><span class="sp"></span><a class="btn sm" href=way_back>{icon("queue")}"Back to the queue"</a></div>
            <div class="tgs">{targets}</div>
        }
        .into_any()
    };
    view! {
        <div class="hd"><h1>{title}</h1></div>
        {asks.then(|| view! { <p class="t2">{in_short}</p> })}
        <nav class="tabs mt3 mb3" aria-label="Measure">{measures.collect::<Vec<_>>()}</nav>
        {missing.collect::<Vec<_>>()}
        {inside}
    }
    .into_any()
}

/// What is done, before the number of containers.
pub(super) fn verb(action: Action) -> &'static str {
    match action {
        Action::Disconnect => "Disconnect the networks of",
        _ => "Pause",
    }
}

/// One container: its box, its facts, and what stands in the way.
fn target(page: &ConfirmPage, ticked: Option<&[&str]>, room: &mut usize) -> impl IntoView + use<> {
    let number = page.incident.number.to_string();
    let checked = page.can.allowed && ticked.is_none_or(|ticked| ticked.contains(&number.as_str()));
    let trouble = page.trouble.iter().chain((!page.can.allowed && page.trouble.is_none()).then_some(&page.can.why_not));
    let trouble =
        trouble.map(|why| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> });
    let warnings = page.warnings.iter().filter(|_| page.can.allowed);
    let warnings =
        warnings.map(|why| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> });
    let approvals = page.can.allowed.then(|| match page.needs.approvals {
        0 => "No approval needed: it runs at once.".to_owned(),
        1 => format!("Needs the approval of another person, within {}.", span(page.needs.valid_for)),
        many => format!("Needs the approvals of {many} other people, within {}.", span(page.needs.valid_for)),
    });
    let carried = page.container.as_ref().filter(|_| page.can.allowed).map(|container| {
        let shown = format!("{number}:{}", pack(&container.seen()));
        // In a form each byte of JSON may take three.
        let fits = *room >= shown.len();
        *room -= if fits { shown.len() } else { 0 };
        view! {
            {hidden("facts", format!("{number}:{}", container.fingerprint()))}
            {fits.then(|| hidden("shown", shown))}
        }
    });
    let facts = page.container.as_ref().map(|container| {
        view! {
            {container_facts::few(page, container)}
            <details class="more"><summary>"More about the container"</summary>{container_facts::more(page, container)}</details>
        }
    });
    let box_ = page.can.allowed.then(|| {
        view! { <input class="ck" type="checkbox" name="n" value=number.clone() checked=checked/> }
    });
    view! {
        <section class="card tg" aria-label=format!("INC-{number}")>
            <header>
                <label class="row1">{box_}<span><b class="b">{format!("INC-{number}")}</b>" · "{hostile_words(&page.incident.title)}</span></label>
                <span class="sp"></span>
                {severity(page.incident.severity)}
                <a class="sm" href=page.incident.path()>"Open"<span class="vh">{format!(" INC-{number}")}</span></a>
            </header>
            <div class="bd stack">
                {trouble.collect::<Vec<_>>()}
                {asking::already(page.open.as_ref(), false)}
                {warnings.collect::<Vec<_>>()}
                {facts}
                {approvals.map(|words| view! { <p class="sm">{words}</p> })}
                {carried}
            </div>
        </section>
    }
}

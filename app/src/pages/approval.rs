//! `/approvals/{request}`: request and reason, what changed since, what it does, and the decision (ux, section 3.7).

use leptos::prelude::*;
use quell_domain::{action::RequestState, approval::Decision, text::middle, view::ApprovalPage};

use super::{
    by_others::by_others,
    facts::compared,
    fields::Form,
    frame::{Here, Page, framed},
    gates::told::change,
    param,
};
use crate::{
    api,
    endpoints::{DECIDE, REVIEW, WITHDRAW},
    flash::Flash,
    islands::{Countdown, LivePage},
    ui::{
        avatar,
        chips::request_chip,
        hidden, hostile_line, hostile_lines, hostile_words, icon, icon_small,
        moment::{long_moment, moment},
        post_button, severity, why_not,
    },
};

/// The page.
pub fn page() -> impl IntoView {
    let request = param("request");
    framed(Here::Approvals, move |flash| async move {
        let approval = api::approvals::show(request).await?;
        let title = format!("{} {}", approval.request.action.label(), approval.incident.label());
        Ok(Page::new(&title, body(&approval, &flash)).below("Approvals", "/approvals", &title).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ApprovalPage, flash: &Flash) -> AnyView {
    let request = &page.request;
    let waiting = request.state == RequestState::AwaitingApproval;
    let clock = waiting.then(|| view! { <Countdown until=page.ends_at as_of=page.as_of/> });
    let count = waiting
        .then(|| view! { <span class="sm t2 num">{format!("{} of {} approvals", page.approvals, page.quorum)}</span> });
    let glass = request.break_glass.then(|| view! {
        <div class="note bad mt3">{icon("alert")}<span>"Break-glass: this ran without the approvals that the policy asks for. Another person must review it before the incident is closed."</span></div>
    });
    let warnings = page
        .warnings
        .iter()
        .map(|warning| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(warning)}</span></div> })
        .collect::<Vec<_>>();
    let effects = page.effects.iter().map(|effect| view! { <li>{effect.clone()}</li> }).collect::<Vec<_>>();
    view! {
        <div class="hd">
            <h1>{request.action.label()}" "{hostile_line(&request.object())}</h1>
            <span data-live="state" data-waiting=waiting>{request_chip(request.action, request.state)}</span>
            {count}
            <span class="sp"></span>
            {clock}
        </div>
        <p class="t2 mt1">
            "For "<a href=page.incident.path()>{page.incident.label()}" "{hostile_words(&page.incident.title)}</a>" "
            {severity(page.incident.severity)}" on "{hostile_line(&page.incident.place.node_name)}
        </p>
        {glass}
        <LivePage watch=format!("incident:{}", page.incident.id) wait=false/>
        <div class="grid2 mt4">
            <div class="stack">
                {asked(page)}
                {request.parameters.gate.as_deref().map(|it| change(it, page.gate.as_ref()))}
                {compared(page)}
                <section class="card" aria-labelledby="h-ef">
                    <header><h2 id="h-ef">"What it does, and does not"</h2></header>
                    <div class="bd stack">{warnings}<ul class="dots sm">{effects}</ul></div>
                </section>
            </div>
            <div class="stack">
                {waiting.then(|| decision(page, flash))}
                {review(page, flash)}
                {votes(page)}
                {outcome(page)}
            </div>
        </div>
    }
    .into_any()
}

fn asked(page: &ApprovalPage) -> impl IntoView + use<> {
    let request = &page.request;
    let withdraw = page.can_withdraw.allowed.then(|| {
        let fields = vec![("request", request.id.to_string())];
        post_button(WITHDRAW.path, fields, "btn sm", Some("undo"), "Withdraw", String::new(), &page.can_withdraw)
    });
    view! {
        <section class="card" aria-labelledby="h-rq">
            <header><h2 id="h-rq">"Request"</h2><span class="sp"></span>{withdraw}</header>
            <div class="bd row1">
                {avatar(&request.requester_name)}
                <div>
                    <p><b class="b">{hostile_words(&request.requester_name)}</b><span class="t2">" asked "{long_moment(request.created_at)}" UTC"</span></p>
                    <p>"“"{hostile_lines(&request.reason)}"”"</p>
                </div>
            </div>
        </section>
    }
}

fn decision(page: &ApprovalPage, flash: &Flash) -> impl IntoView + use<> {
    let request = &page.request;
    if !page.can_decide.allowed {
        return by_others(&page.can_decide, &page.deciders, "Nobody else may decide on it now: it will expire.");
    }
    let form = Form::new(&DECIDE, flash);
    let last = page.approvals + 1 >= page.quorum;
    let approve = if last {
        "You are the last approver needed. It runs at once."
    } else {
        "Another approver is needed before it runs."
    };
    let stopped = page.trouble.clone().or_else(|| (!page.possible.allowed).then(|| page.possible.why_not.clone()));
    let stopped = stopped.or_else(|| {
        page.other_container
            .then(|| "It is another container than the one that was asked for: it cannot be approved.".to_owned())
    });
    let stopped =
        stopped.map(|why| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(&why)}</span></div> });
    let seen = page.changed.iter().map(|difference| {
        let name = match difference.fact.as_str() {
            "Name" => "seen_name",
            "Image" => "seen_image",
            "Started" => "seen_started",
            "Restarts" => "seen_restarts",
            _ => "seen_mounts",
        };
        let checked = !form.value(name, "").is_empty();
        view! {
            <label class="row1 sm">
                <input class="ck" type="checkbox" name=name value="yes" checked=checked/>
                <span>"I have seen that “"{difference.fact.clone()}"” changed"</span>
            </label>
        }
    });
    let seen = (!page.other_container).then(|| seen.collect::<Vec<_>>());
    let unseen = form.remedy("changed").map(|remedy| view! { <p class="err" id="f-changed">{remedy}</p> });
    let waive = page.needs_waiver.then(|| view! {
        <label class="row1 sm">
            <input class="ck" type="checkbox" name="waives_evidence" value="yes"/>
            <span>"I waive the evidence: nothing of this run is sealed, and memory, open files and connections will be lost"</span>
        </label>
    });
    let button = if last { "Decide; an approval runs it now" } else { "Decide (1 more approval needed)" };
    let choices = [
        (Decision::Approve, approve),
        (Decision::SendBack, "Nothing runs. Ask for a new request."),
        (Decision::Deny, "Nothing runs. The request is over."),
    ];
    let choices = choices.map(|(decision, then)| (decision.word(), decision.label(), then));
    view! {
        <form class="card" method="post" action=DECIDE.path aria-labelledby="h-dc">
            <header><h2 id="h-dc">"Your decision"</h2></header>
            <div class="bd stack">
                {hidden("request", request.id.to_string())}
                {hidden("fingerprint", page.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default())}
                {stopped}
                {form.decision("decision", &choices)}
                {form.lines("f-reason", "reason", "Reason (required)", "", 3)}
                {seen}{unseen}{waive}
                <button class="btn pri lg w" type="submit">{icon("approve")}{button}</button>
                <p class="xs mut">
                    "An approval covers exactly these facts, fingerprint "<span class="mono">{middle(request.digest.as_str())}</span>
                    ". If one changes, it is void and nothing runs."
                </p>
            </div>
        </form>
    }
    .into_any()
}

fn review(page: &ApprovalPage, flash: &Flash) -> impl IntoView + use<> {
    let request = &page.request;
    let done = page.review.as_ref().map(|review| view! {
        <p><b class="b">{hostile_words(&review.person_name)}</b><span class="t2">" reviewed it "{long_moment(review.at)}" UTC"</span></p>
        <p>"“"{hostile_lines(&review.note)}"”"</p>
    });
    let form = Form::new(&REVIEW, flash);
    let ask = page.can_review.allowed.then(|| view! {
        <form method="post" action=REVIEW.path>
            {hidden("request", request.id.to_string())}
            {form.lines("f-note", "note", "What did you find? (required)", "Was it right to act alone? What should follow?", 3)}
            <button class="btn pri" type="submit">{icon("check")}"Record the review"</button>
        </form>
    });
    let why = (page.review.is_none() && !page.can_review.allowed).then(|| why_not(&page.can_review));
    request.break_glass.then(|| {
        view! {
            <section class="card" aria-labelledby="h-rv">
                <header><h2 id="h-rv">"Review"</h2></header>
                <div class="bd stack">{done}{ask}{why}</div>
            </section>
        }
    })
}

fn votes(page: &ApprovalPage) -> impl IntoView + use<> {
    let request = &page.request;
    let rows = page
        .votes
        .iter()
        .map(|vote| {
            let (class, name) = match vote.decision {
                Decision::Approve if vote.digest == request.digest => ("chip st ok", "check"),
                Decision::Approve => ("chip st done", "minus"),
                Decision::SendBack => ("chip st amber", "undo"),
                Decision::Deny => ("chip st bad", "x"),
            };
            let words = match vote.decision {
                Decision::Approve if vote.digest == request.digest => "Approved",
                Decision::Approve => "Void: facts changed",
                Decision::SendBack => "Sent back",
                Decision::Deny => "Denied",
            };
            let waives = vote.waives_evidence.then_some(" Waived the evidence.");
            view! {
                <li>
                    {avatar(&vote.person_name)}
                    <span class="who">{hostile_words(&vote.person_name)}<small>{moment(vote.at)}" “"{hostile_lines(&vote.reason)}"”"{waives}</small></span>
                    <span class=class>{icon_small(name)}{words}</span>
                </li>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <section class="card" data-live="votes" aria-labelledby="h-qu">
            <header><h2 id="h-qu">"Approvals"</h2><span class="sp"></span><span class="sm t2 num">{format!("{} of {}", page.approvals, page.quorum)}</span></header>
            <div class="bd">
                <ul class="quo">
                    {rows}
                    <li>
                        {avatar(&request.requester_name)}
                        <span class="who t2">{hostile_words(&request.requester_name)}<small>"Made the request, cannot approve"</small></span>
                        <span class="chip st done">{icon_small("minus")}"Excluded"</span>
                    </li>
                </ul>
            </div>
        </section>
    }
}

/// What came of it, or what does if nobody decides.
fn outcome(page: &ApprovalPage) -> impl IntoView + use<> {
    let request = &page.request;
    let (heading, body) = if request.state == RequestState::AwaitingApproval {
        let who = if page.deciders.is_empty() { "nobody".to_owned() } else { page.deciders.join(", ") };
        let words = format!(
            "At {} UTC the request expires and nothing runs. It can be decided by: {who}.",
            page.ends_at.clock()
        );
        ("If nobody decides", words)
    } else {
        let run = page.execution.as_ref().map(|run| run.detail.clone()).unwrap_or_default();
        let words = if request.detail.is_empty() { run } else { request.detail.clone() };
        ("What came of it", if words.is_empty() { "A worker takes it at once.".to_owned() } else { words })
    };
    view! {
        <section class="card" data-live="outcome" aria-labelledby="h-ex">
            <header><h2 id="h-ex">{heading}</h2></header>
            <div class="bd sm t2">{hostile_words(&body)}</div>
        </section>
    }
}

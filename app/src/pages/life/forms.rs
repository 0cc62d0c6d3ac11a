//! The forms of the steps, one function each: what will happen, and what to fill in.

use leptos::prelude::*;
use quell_domain::{
    incident::{Closing, IncidentState, Verdict},
    text,
    view::{LifePage, LifeStep, Relation},
};

use super::{hindrances, is_merged, sheet, stays};
use crate::{
    endpoints::{ASSIGN, CLOSE, FINISH_ANALYSIS, MERGE, REOPEN, START_ANALYSIS, UNMERGE},
    flash::Flash,
    pages::fields::Form,
    ui::{hidden, hostile_words, icon},
};

/// To whom, and what they must know.
pub(super) fn hand_over(page: &LifePage, flash: &Flash) -> AnyView {
    let form = Form::new(&ASSIGN, flash);
    let mut people: Vec<(String, String)> = page
        .owners
        .iter()
        .filter(|owner| page.incident.owner.as_ref() != Some(&owner.id))
        .map(|owner| (owner.id.to_string(), text::visible(&text::cut(&owner.name, 80))))
        .collect();
    // Nobody is chosen beforehand, and this is no person: sent as it is, it comes back with what is wrong.
    people.insert(0, ("-".to_owned(), "Choose a person".to_owned()));
    let now = if page.owner_name.is_empty() {
        view! { <p class="sm">"Nobody owns it now."</p> }.into_any()
    } else {
        view! { <p class="sm">"Owned by "{hostile_words(&page.owner_name)}" now."</p> }.into_any()
    };
    let fields = view! {
        {now}
        {form.select("to", "To whom", "Whoever may triage and is not disabled. It stands under Mine in their queue.", people)}
        {form.lines("f-note", "note", "What is done, and what is open", "The new owner reads it in the timeline.", 4)}
    };
    sheet(page, ASSIGN.path, &page.may(LifeStep::HandOver), "Hand over", fields.into_any())
}

/// Begins it, or ends it with what was found.
pub(super) fn analysis(page: &LifePage, flash: &Flash) -> AnyView {
    let can = page.may(LifeStep::Analysis);
    if page.incident.state == IncidentState::Analysing {
        let form = Form::new(&FINISH_ANALYSIS, flash);
        let fields = view! {
            <p class="sm">"The container stays contained until somebody releases it."</p>
            {form.lines("f-findings", "findings", "What was found", "How they came in, what they did, what they reached. It cannot be changed later.", 6)}
        };
        return sheet(page, FINISH_ANALYSIS.path, &can, "Analysis done", fields.into_any());
    }
    let before = page.incident.analysed_at.map(|at| {
        view! { <p class="sm">"It was analysed before, until "{crate::ui::moment::long_moment(at)}"."</p> }
    });
    let fields = view! {
        <p class="sm">"Says that people find out what happened. The container stays contained and watched."</p>
        {before}
    };
    sheet(page, START_ANALYSIS.path, &can, "Start analysis", fields.into_any())
}

/// Into which.
pub(super) fn merge(page: &LifePage, flash: &Flash) -> AnyView {
    let form = Form::new(&MERGE, flash);
    let alarms = text::count(page.incident.alarm_count, "alarm");
    let fields = view! {
        <p class="sm">{format!("{alarms} will move to the other incident, and later ones about the same go there too. This incident is closed. Its timeline, action requests and evidence stay here, and each links to the other. It can be unmerged.")}</p>
        {form.line("into", "Into which incident", "text", "off", "The number of an open incident, such as INC-12.")}
        {form.lines("f-reason", "reason", "Why, optional", "", 2)}
    };
    view! { <div class="bd stack">{hindrances(page)}{stays(page)}</div>{sheet(page, MERGE.path, &page.may(LifeStep::Merge), "Merge", fields.into_any())} }.into_any()
}

/// What comes back.
pub(super) fn unmerge(page: &LifePage, flash: &Flash) -> AnyView {
    let form = Form::new(&UNMERGE, flash);
    let fields = view! {
        <p class="sm">"The alarms that came with it, and later ones about the same as it, come back if they are still there, and both incidents are counted anew. Both timelines keep everything."</p>
        {form.lines("f-reason", "reason", "Why, optional", "", 2)}
    };
    sheet(page, UNMERGE.path, &page.may(LifeStep::Unmerge), "Unmerge", fields.into_any())
}

/// Why it is over.
pub(super) fn close(page: &LifePage, flash: &Flash) -> AnyView {
    let form = Form::new(&CLOSE, flash);
    let incident = &page.incident;
    let fits = |closing: &&Closing| incident.may_close_as(**closing).is_ok();
    let offered: Vec<(&str, &str)> =
        Closing::CHOICES.iter().filter(fits).map(|closing| (closing.word(), closing.label())).collect();
    let first = incident.may_close_as(Closing::TruePositiveImpact).err().map(|why| {
        view! { <p class="sm t2">{why}" "<a href=format!("{}#verdict", incident.path())>"Go to the verdict"</a></p> }
    });
    let revised = (incident.verdict == Some(Verdict::Confirmed)).then(|| {
        view! { <p class="xs mut">"The verdict is: intrusion confirmed. A reason that says otherwise replaces it; both stay in the timeline."</p> }
    });
    let lacking = incident.lacks_evidence(Closing::TruePositiveImpact) && incident.verdict == Some(Verdict::Confirmed);
    let lacking = lacking.then(|| view! {
        <div class="note warn">{icon("alert")}<span><b class="b">"Nothing is sealed as evidence. "</b>"What is not kept now may be gone soon."</span></div>
        {form.tick("without_evidence", "Close it as an intrusion without evidence")}
    });
    let fields = view! {
        {form.radios("closing", "Why is it over?", "rad", "", &offered)}
        {first}
        {revised}
        {form.line("of", "For a duplicate: of which incident", "text", "off", "Its number, such as INC-12. Nothing moves; each links to the other.")}
        {form.lines("f-reason", "reason", "In words", "What happened, and why nothing is left to do.", 4)}
        {lacking}
    };
    view! {
        <div class="bd stack">{hindrances(page)}{stays(page)}</div>
        {sheet(page, CLOSE.path, &page.may(LifeStep::Close), "Close incident", fields.into_any())}
    }
    .into_any()
}

/// What it is opened to, and what if another is open already.
pub(super) fn reopen(page: &LifePage, flash: &Flash) -> AnyView {
    let form = Form::new(&REOPEN, flash);
    let incident = &page.incident;
    let to = if incident.is_held() {
        "It goes on as contained: Quell looks at the container at once, and says so if that does not hold."
    } else if incident.measures.is_empty() {
        "It goes on in triage."
    } else {
        "It goes on with containing: a gate is restricted, and the container itself is not contained."
    };
    let taken_back = incident.verdict.filter(|verdict| *verdict != Verdict::Confirmed).map(|verdict| {
        view! { <p class="sm">{format!("The verdict “{}” is taken back.", verdict.label())}</p> }
    });
    let fields = view! {
        <p class="sm">{to}" Its clock goes on from the first alarm."</p>
        {taken_back}
        {form.lines("f-reason", "reason", "Why is it opened again?", "", 3)}
    };
    let unmerge = is_merged(page).then(|| {
        view! { <div class="bd"><a class="btn" href=format!("{}/life/unmerge", incident.path())>"Unmerge…"</a></div> }
    });
    view! { {rival(page)}{unmerge}{sheet(page, REOPEN.path, &page.may(LifeStep::Reopen), "Reopen", fields.into_any())} }
        .into_any()
}

/// Another incident about the same is open: it can become part of this one, which opens this one.
fn rival(page: &LifePage) -> Option<AnyView> {
    let other = page.links.iter().find(|link| link.relation == Relation::Open)?;
    let offered = (page.can.allowed && page.incident.closed_at.is_some() && !is_merged(page)).then(|| {
        view! {
            <form class="acts mt2" method="post" action=MERGE.path>
                {hidden("number", other.number.to_string())}
                {hidden("into", page.incident.label())}
                {hidden("reason", format!("{} is opened again.", page.incident.label()))}
                <button class="btn" type="submit">{icon("link")}{format!("Merge INC-{} into this one and reopen it", other.number)}</button>
            </form>
        }
    });
    let href = format!("/incidents/{}", other.number);
    Some(
        view! {
            <div class="bd">
                <a href=href>{format!("INC-{} ", other.number)}{hostile_words(&other.title)}</a>" is open about the same."
                {offered}
            </div>
        }
        .into_any(),
    )
}

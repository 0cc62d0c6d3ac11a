//! `/admin/balancers`: the load balancers whose gates Quell may restrict, and what they said.

use leptos::prelude::*;
use quell_domain::{
    gate::{Balancer, BalancerAccess, BalancerFacts, BalancerForm},
    policy::Can,
    text::visible,
    view::BalancersPage,
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
};
use crate::{
    api,
    endpoints::{ADD_BALANCER, BALANCER_ACCESS, CHECK_BALANCER, REMOVE_BALANCER},
    flash::Flash,
    islands::LivePage,
    ui::{
        hidden, hostile_line, hostile_words, icon, icon_large, moment::long_moment, post_button, text_area::list_area,
    },
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Balancers, |flash| async move {
        let balancers = api::balancers::list().await?;
        Ok(Page::new("Load balancers", body(&balancers, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &BalancersPage, flash: &Flash) -> AnyView {
    let none = page.balancers.is_empty().then(|| {
        view! {
            <div class="card empty" id="none">
                {icon_large("swap")}
                <h2>"No load balancer yet"</h2>
                <p class="t2">"Without one no gate is found, and inbound traffic cannot be kept off a container."</p>
            </div>
        }
    });
    let cards = page.balancers.iter().map(|balancer| card(balancer, flash)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Load balancers"</h1></div>
        <LivePage watch="balancers".to_owned() wait=false/>
        <div class="grid2 mt3"><div class="stack" data-live="balancers">{none}{cards}</div>{add(flash)}</div>
    }
    .into_any()
}

fn card(balancer: &Balancer, flash: &Flash) -> impl IntoView + use<> {
    let heading = format!("h-{}", balancer.id);
    let id = balancer.id.to_string();
    let may = Can { allowed: true, why_not: String::new() };
    let trouble = balancer.trouble.as_ref().map(|why| {
        view! { <div class="note bad">{icon("alert")}<span>"The last check failed: "{hostile_words(why)}</span></div> }
    });
    let warnings = balancer.facts.iter().flat_map(|facts| &facts.warnings).map(|warning| {
        view! { <div class="note warn">{icon("alert")}<span>{hostile_words(warning)}</span></div> }
    });
    let field = || vec![("balancer", id.clone())];
    view! {
        <section class="card" id=format!("b-{}", balancer.id) aria-labelledby=heading>
            <header>
                <h2 id=heading.clone() class="mono">{hostile_words(&balancer.name)}</h2>
                <span class="sp"></span>
                {post_button(CHECK_BALANCER.path, field(), "btn sm", Some("undo"), "Check again", visible(&balancer.name), &may)}
                {post_button(REMOVE_BALANCER.path, field(), "btn sm", None, "Remove", visible(&balancer.name), &may)}
            </header>
            <div class="bd stack">
                {trouble}
                {warnings.collect::<Vec<_>>()}
                <dl class="kv">
                    <dt>"Reached at"</dt><dd>{hostile_words(&balancer.access.to_string())}</dd>
                    {way(&balancer.access)}
                    {balancer.facts.as_ref().map(facts)}
                    <dt>"Added"</dt><dd>{long_moment(balancer.created_at)}</dd>
                </dl>
                {access(balancer, flash)}
            </div>
        </section>
    }
}

/// What belongs to the way besides its address. Of credentials the place, never what is there.
fn way(access: &BalancerAccess) -> impl IntoView + use<> {
    let rows = match access {
        BalancerAccess::Haproxy { routes, .. } => {
            routes.iter().map(|route| ("Front end", route.to_string())).collect::<Vec<_>>()
        }
        BalancerAccess::Elb { iam_base, credentials, classic, ca, .. } => {
            let interface = if *classic { "v2, classic shared load balancers" } else { "v3" };
            let mut rows = vec![("Interface", interface.to_owned()), ("Credentials from", credentials.clone())];
            rows.extend(iam_base.clone().map(|base| ("IAM", base)));
            rows.extend(ca.clone().map(|ca| ("CA certificate", ca)));
            rows
        }
    };
    rows.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{hostile_words(&value)}</dd> }).collect::<Vec<_>>()
}

fn facts(facts: &BalancerFacts) -> impl IntoView + use<> {
    let gates = facts.gates.iter().map(|gate| view! { <li>{hostile_line(gate)}</li> }).collect::<Vec<_>>();
    let none = gates.is_empty().then_some("None");
    view! {
        <dt>"Version"</dt><dd>{hostile_line(&facts.version)}</dd>
        <dt>"Gates"</dt><dd>{none}<ul>{gates}</ul></dd>
        <dt>"Asked"</dt><dd>{long_moment(facts.checked_at)}</dd>
    }
}

/// A field of the form: name, label, hint, and whether it takes several lines.
type Field = (&'static str, &'static str, &'static str, bool);

const FIELDS: &[Field] = &[
    (
        "socket",
        "HAProxy: socket",
        "Whole path of its Runtime API's socket, of level admin; master: before it for the master's socket.",
        false,
    ),
    (
        "routes",
        "HAProxy: front ends",
        "One a line: shop = shop_be, api_be @ /etc/haproxy/quell/shop.map, and on 203.0.113.5:80 after it where HAProxy does not tell.",
        true,
    ),
    ("elb_base", "ELB: base address", "https://elb.cn-north-4.myhuaweicloud.com, or that of a private region.", false),
    ("iam_base", "ELB: base address of IAM", "Only when a user and password are exchanged for tokens.", false),
    ("project", "ELB: project id", "32 hex digits.", false),
    (
        "credentials",
        "ELB: credentials from",
        "Whole path of a TOML file on the portal's machine, or env: and the name of a variable. Never the secret itself.",
        false,
    ),
    ("ca", "ELB: CA certificate file", "For private regions only.", false),
];

const KINDS: &[(&str, &str)] = &[("haproxy", "HAProxy"), ("elb", "Huawei Cloud ELB")];
const GENERATIONS: &[(&str, &str)] = &[("v3", "v3: IP groups"), ("v2", "v2: whitelists of classic shared ones")];

/// The way to it, all of it: what does not apply is empty.
fn access(balancer: &Balancer, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&BALANCER_ACCESS, flash);
    let mine = form.value("balancer", "") == balancer.id.as_str();
    let now = balancer.access.form();
    let open = mine
        && ["kind", "generation"]
            .iter()
            .chain(FIELDS.iter().map(|(name, ..)| name))
            .any(|name| form.remedy(name).is_some());
    let fields = FIELDS.iter().map(|field| own(balancer, form, mine, field, &today(&now, field.0)));
    view! {
        <details class="more" open=open>
            <summary>"Change how it is reached"<span class="vh">{format!(" of {}", visible(&balancer.name))}</span></summary>
            <form class="stack mt2" method="post" action=BALANCER_ACCESS.path>
                {hidden("balancer", balancer.id.to_string())}
                {hidden("kind", now.kind.clone())}
                {fields.collect::<Vec<_>>()}
                {choice(balancer, form, mine, &now.generation)}
                <div class="acts"><button class="btn sm" type="submit">"Save the way"</button></div>
            </form>
        </details>
    }
}

/// What cannot be seen whole is not offered for sending again.
fn today(form: &BalancerForm, field: &str) -> String {
    let value = match field {
        "socket" => &form.socket,
        "routes" => &form.routes,
        "elb_base" => &form.elb_base,
        "iam_base" => &form.iam_base,
        "project" => &form.project,
        "credentials" => &form.credentials,
        _ => &form.ca,
    };
    let whole = value.lines().all(|line| visible(line) == line);
    if whole { value.clone() } else { String::new() }
}

/// A field of the form that each load balancer has: what was typed comes back in the one that it was typed in.
fn own(
    balancer: &Balancer,
    form: Form<'_>,
    mine: bool,
    (name, label, _, many): &'static Field,
    today: &str,
) -> impl IntoView + use<> {
    // What is of the other kind stays out of the way.
    let other = matches!(balancer.access, BalancerAccess::Haproxy { .. }) != label.starts_with("HAProxy");
    let value = if mine { form.value(name, today) } else { today.to_owned() };
    let remedy = form.remedy(name).filter(|_| mine);
    let id = format!("{name}-{}", balancer.id);
    let error = format!("e-{id}");
    let described = remedy.is_some().then(|| error.clone());
    let wrong = remedy.is_some();
    (!other || wrong).then(|| {
        let input = if *many {
            list_area(id.clone(), *name, &value, 3, described, wrong)
        } else {
            let invalid = wrong.then_some("true");
            view! { <input type="text" id=id.clone() name=*name value=value autocomplete="off" aria-describedby=described aria-invalid=invalid/> }
                .into_any()
        };
        view! {
            <div class="field">
                <label for=id>{*label}</label>
                {input}
                {remedy.map(|remedy| view! { <p class="err" id=error>{remedy}</p> })}
            </div>
        }
    })
}

/// Which interface of ELB.
fn choice(balancer: &Balancer, form: Form<'_>, mine: bool, today: &str) -> impl IntoView + use<> {
    let chosen = if mine { form.value("generation", today) } else { today.to_owned() };
    matches!(balancer.access, BalancerAccess::Elb { .. }).then(|| {
        let id = format!("generation-{}", balancer.id);
        let options = GENERATIONS.iter().map(|&(word, label)| {
            let selected = word == chosen;
            view! { <option value=word selected=selected>{label}</option> }
        });
        view! {
            <div class="field">
                <label for=id.clone()>"ELB: interface"</label>
                <select class="sel" id=id name="generation">{options.collect::<Vec<_>>()}</select>
            </div>
        }
    })
}

fn add(flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&ADD_BALANCER, flash);
    let fields = |haproxy: bool| {
        let of_it = FIELDS.iter().filter(move |(_, label, ..)| label.starts_with("HAProxy") == haproxy);
        let fields = of_it.map(|&(name, label, hint, many)| match many {
            true => form.list(name, label, hint, ""),
            false => form.line(name, label, "text", "off", hint),
        });
        fields.collect::<Vec<_>>()
    };
    // The style sheet folds what the chosen kind does not need, unless something in it is wrong.
    view! {
        <section class="card" aria-labelledby="h-ab">
            <header><h2 id="h-ab">"Add a load balancer"</h2></header>
            <form class="bd stack" method="post" action=ADD_BALANCER.path>
                {form.line("name", "Name", "text", "off", "What people call it. Quell asks it at once.")}
                {form.radios("kind", "Kind", "pre", "haproxy", KINDS)}
                <div class="stack of-haproxy">{fields(true)}</div>
                <div class="stack of-elb">
                    {fields(false)}
                    {form.radios("generation", "ELB: interface", "pre", "v3", GENERATIONS)}
                </div>
                <p class="xs mut">"Quell restricts gates and restores them, weighs and drains single back ends, and ends connections. It changes nothing else there."</p>
                <div class="acts"><button class="btn pri" type="submit">{icon("plus")}"Add load balancer"</button></div>
            </form>
        </section>
    }
}

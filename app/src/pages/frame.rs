//! The frame around every page of a signed-in person: navigation, who they are, what the last form came to, and the
//! page or why there is none.

use std::future::Future;

use leptos::prelude::*;
use leptos_meta::Title;
use quell_domain::{
    Code, Problem, Timestamp,
    policy::{self, Permission},
    view::Me,
};

use super::fields::{once, said};
use crate::{
    api, endpoints,
    error::ApiError,
    flash::{self, Flash},
    guard,
    islands::{LiveBadge, OpenCount},
    ui::{avatar, hidden, hostile_words, icon, icon_large, icon_small},
};

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// Incidents.
    Incidents,
    /// Requests that wait for others, and past ones.
    Approvals,
    /// The audit trail.
    Audit,
    /// People.
    People,
    /// Nodes.
    Nodes,
    /// Load balancers.
    Balancers,
    /// The policy.
    Policy,
    /// The playbooks.
    Playbooks,
    /// Changes that take two admins.
    Changes,
    /// Alarm sources.
    Sources,
    /// One's own account.
    Me,
    /// None of them.
    Nowhere,
}

/// A loaded page.
pub struct Page {
    /// The document's title.
    pub title: String,
    /// The way here: words and address; the page itself has none.
    pub crumbs: Vec<(String, Option<String>)>,
    /// Narrow navigation, for pages that need the room.
    pub slim: bool,
    /// It follows changes.
    pub live: bool,
    /// What the page shows.
    pub body: AnyView,
}

impl Page {
    /// A page of its own with wide navigation.
    #[must_use]
    pub fn new(title: &str, body: AnyView) -> Self {
        Self { title: title.to_owned(), crumbs: vec![(title.to_owned(), None)], slim: false, live: false, body }
    }

    /// A page below an incident, with narrow navigation.
    #[must_use]
    pub fn of_incident(label: &str, here: Option<&str>, body: AnyView) -> Self {
        let mut crumbs = vec![("Incidents".to_owned(), Some("/incidents".to_owned()))];
        let number = label.trim_start_matches("INC-");
        crumbs.push((label.to_owned(), here.map(|_| format!("/incidents/{number}"))));
        crumbs.extend(here.map(|here| (here.to_owned(), None)));
        let title = here.map_or_else(|| label.to_owned(), |here| format!("{here}, {label}"));
        Self { title, crumbs, slim: true, live: false, body }
    }

    /// The same, below another page: what that is called, where it is, and what this one is called in the way here.
    #[must_use]
    pub fn below(self, over: &str, path: &str, here: &str) -> Self {
        let crumbs = vec![(over.to_owned(), Some(path.to_owned())), (here.to_owned(), None)];
        Self { crumbs, ..self }
    }

    /// The same, of a page whose islands follow changes.
    #[must_use]
    pub fn live(self) -> Self {
        Self { live: true, ..self }
    }
}

/// Loads a page and frames it. `load` gets what the last form came to.
pub fn framed<F, Fut>(here: Here, load: F) -> impl IntoView
where
    F: FnOnce(Flash) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Page, ApiError>> + Send + 'static,
{
    let whole = async move {
        let me = match api::me::show().await {
            Ok(me) => me,
            Err(ApiError(problem)) => return bare("Quell", explained(&problem)).into_any(),
        };
        let now = guard::asking().await.map_or(Timestamp(0), |(portal, _)| portal.now());
        let flash = flash::take().await;
        let told = view! { {glass(&me)}{said(&flash)}{once(&flash)} }.into_any();
        let page = match load(flash).await {
            Ok(page) => page,
            Err(ApiError(problem)) => Page::new(heading(problem.code), explained(&problem)),
        };
        frame(here, &me, now, told, page).into_any()
    };
    view! { <Suspense>{Suspend::new(whole)}</Suspense> }
}

/// A page without navigation, for who is not signed in.
pub fn bare(title: &str, body: AnyView) -> impl IntoView + use<> {
    view! {
        <Title text=format!("{title} · Quell")/>
        <main class="bare" id="main">
            <p class="brand">{icon_large("mark")}"Quell"</p>
            {body}
        </main>
    }
}

/// A framed page, as a pure function of what was loaded.
pub fn frame(here: Here, me: &Me, now: Timestamp, told: AnyView, page: Page) -> impl IntoView + use<> {
    let app = if page.slim { "app slim" } else { "app" };
    view! {
        <Title text=format!("{} · Quell", page.title)/>
        <a class="skip" href="#main">"Skip to content"</a>
        <div class=app>
            <aside class="rail" aria-label="Main">
                <a class="brand" href="/" aria-label="Quell, home">{icon_large("mark")}<span class="lb">"Quell"</span></a>
                <nav class="nav" aria-label="Primary">{links(here, me)}</nav>
                {who(me)}
            </aside>
            <div class="side">
                <header class="top">
                    {menu(here, me)}
                    {crumbs(page.crumbs)}
                    <span class="sp"></span>
                    <LiveBadge as_of=now follows=page.live/>
                    {theme_button()}
                </header>
                <main class="page" id="main">{told}{page.body}</main>
            </div>
        </div>
    }
}

/// Told to everybody who may review it, on every page, until somebody has.
fn glass(me: &Me) -> impl IntoView + use<> {
    (me.to_review > 0).then(|| {
        view! {
            <div class="note bad mb3" role="status">
                {icon("alert")}
                <span><b class="b">"Break-glass was used. "</b>"What ran without approval waits for a review by another person."</span>
                <span class="sp"></span>
                <a class="btn sm" href="/approvals">"Review"</a>
            </div>
        }
    })
}

fn links(here: Here, me: &Me) -> impl IntoView + use<> {
    let may = |permission| policy::decide(&me.roles, permission).is_ok();
    let entry =
        |place: Here, permission, href: &'static str, name: &'static str, label: &'static str, count: Option<i64>| {
            may(permission).then(|| {
                let of = if place == Here::Changes {
                    "changes"
                } else if place == Here::Approvals {
                    "approvals"
                } else {
                    "incidents"
                };
                let count = count.map(|count| view! { <OpenCount of=of.to_owned() count=count/> });
                view! {
                    <a href=href aria-current=(here == place).then_some("page") title=label>
                        {icon(name)}<span class="lb">{label}</span>{count}
                    </a>
                }
            })
        };
    let admin = [
        Permission::ManagePeople,
        Permission::ManageNodes,
        Permission::ManageGates,
        Permission::ManageSources,
        Permission::ManagePolicy,
    ]
    .into_iter()
    .any(may);
    view! {
        {entry(Here::Incidents, Permission::ReadIncidents, "/incidents", "queue", "Incidents", me.need_action)}
        {entry(Here::Approvals, Permission::ReadIncidents, "/approvals", "approve", "Approvals", me.to_decide)}
        {entry(Here::Audit, Permission::ReadAudit, "/audit", "scroll", "Audit trail", None)}
        {admin.then(|| view! { <p class="cap">"Administration"</p> })}
        {entry(Here::People, Permission::ManagePeople, "/admin/people", "key", "People", None)}
        {entry(Here::Nodes, Permission::ManageNodes, "/admin/nodes", "node", "Nodes", None)}
        {entry(Here::Balancers, Permission::ManageGates, "/admin/balancers", "swap", "Load balancers", None)}
        {entry(Here::Sources, Permission::ManageSources, "/admin/sources", "bell", "Alarm sources", None)}
        {entry(Here::Policy, Permission::ManagePolicy, "/admin/policy", "shield", "Policy", None)}
        {entry(Here::Playbooks, Permission::ManagePolicy, "/admin/playbooks", "layers", "Playbooks", None)}
        {entry(Here::Changes, Permission::ManagePolicy, "/admin/changes", "flow", "Changes", me.changes)}
    }
}

fn who(me: &Me) -> impl IntoView + use<> {
    let roles = me.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", ");
    view! {
        <div class="me">
            <a class="meln" href="/me" title="Your account">
                {avatar(&me.name)}
                <span class="lb"><strong>{hostile_words(&me.name)}</strong>{roles}</span>
            </a>
            <form method="post" action=endpoints::SIGN_OUT.path>
                <button class="btn quiet ico" type="submit" aria-label="Sign out" title="Sign out">{icon("out")}</button>
            </form>
        </div>
    }
}

/// The navigation of a phone: opens without scripts.
fn menu(here: Here, me: &Me) -> impl IntoView + use<> {
    view! {
        <details class="menu">
            <summary class="btn sm">{icon_small("dens")}"Menu"</summary>
            <nav class="nav" aria-label="Menu">{links(here, me)}</nav>
            {who(me)}
        </details>
    }
}

fn crumbs(crumbs: Vec<(String, Option<String>)>) -> impl IntoView + use<> {
    let parts = crumbs
        .into_iter()
        .enumerate()
        .map(|(at, (words, href))| {
            let arrow = (at > 0).then(|| icon_small("right"));
            let part = match href {
                Some(href) => view! { <a href=href>{words}</a> }.into_any(),
                None => view! { <strong class="num" aria-current="page">{words}</strong> }.into_any(),
            };
            view! { {arrow}{part} }
        })
        .collect::<Vec<_>>();
    view! { <nav class="crumb" aria-label="Breadcrumb">{parts}</nav> }
}

/// Switches between light and dark; the third choice, to follow the system, is on the account page.
fn theme_button() -> impl IntoView {
    let (next, label) =
        if guard::theme() == "dark" { ("light", "Use the light theme") } else { ("dark", "Use the dark theme") };
    let back = use_context::<http::request::Parts>()
        .and_then(|parts| parts.uri.path_and_query().map(|path| path.as_str().to_owned()))
        .unwrap_or_default();
    view! {
        <form method="post" action=endpoints::THEME.path>
            {hidden("theme", next.to_owned())}
            {hidden("back", guard::own_path(&back).unwrap_or("/").to_owned())}
            <button class="btn quiet ico" type="submit" aria-label=label title=label>{icon("sun")}</button>
        </form>
    }
}

fn heading(code: Code) -> &'static str {
    match code {
        Code::NotFound => "Not found",
        Code::Forbidden => "Not allowed",
        Code::StepUp => "Prove that it is you",
        Code::Unauthenticated => "Please sign in",
        Code::Unavailable => "Not available at the moment",
        _ => "This did not work",
    }
}

/// Why there is no page: what happened, who may instead, where to go on.
#[must_use]
pub fn explained(problem: &Problem) -> AnyView {
    let quote = problem.correlation_id.clone().map(|id| {
        view! { <p class="sm mut">"When you report this, quote "<code>{id}</code>"."</p> }
    });
    let next = match problem.code {
        Code::Unauthenticated => ("/login", "Sign in"),
        Code::StepUp => ("/me/prove", "Prove it"),
        _ => ("/", "Go to the start page"),
    };
    view! {
        <section class="card empty">
            {icon_large(if problem.code == Code::Forbidden { "lock" } else { "alert" })}
            <h1>{heading(problem.code)}</h1>
            <p class="t2">{problem.message.clone()}</p>
            {quote}
            <p class="mt3"><a class="btn" href=next.0>{next.1}</a></p>
        </section>
    }
    .into_any()
}

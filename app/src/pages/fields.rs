//! Fields of forms that keep what was typed and say what is wrong with it, and the messages above a page.

use leptos::prelude::*;
use quell_domain::Problem;

use crate::{
    endpoints::Endpoint,
    flash::Flash,
    ui::{
        icon,
        text_area::{list_area, text_area},
    },
};

/// One form of a page, with what its last answer was.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    endpoint: &'a Endpoint,
    flash: &'a Flash,
}

impl<'a> Form<'a> {
    /// The form that posts to an endpoint.
    #[must_use]
    pub fn new(endpoint: &'a Endpoint, flash: &'a Flash) -> Self {
        Self { endpoint, flash }
    }

    /// What was typed before, or a first value.
    #[must_use]
    pub fn value(self, name: &str, first: &str) -> String {
        if self.flash.endpoint == self.endpoint.path && self.flash.values.contains_key(name) {
            self.flash.value(self.endpoint.path, name)
        } else {
            first.to_owned()
        }
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn remedy(self, name: &str) -> Option<String> {
        self.flash.remedy(self.endpoint.path, name)
    }

    /// One line of text. `kind` is the input's type, `complete` what a password manager may put there.
    pub fn line(
        self,
        name: &'static str,
        label: &'static str,
        kind: &'static str,
        complete: &'static str,
        hint: &'static str,
    ) -> AnyView {
        let remedy = self.remedy(name);
        let (id, described) = ids(name, !hint.is_empty(), remedy.is_some());
        let value = (kind != "password").then(|| self.value(name, ""));
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input type=kind id=id name=name value=value autocomplete=complete aria-describedby=described aria-invalid=remedy.is_some().then_some("true")/>
                {below(name, hint, remedy)}
            </div>
        }
        .into_any()
    }

    /// Several lines of text. `id` must be the only one of its kind on the page.
    pub fn lines(
        self,
        id: &'static str,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        rows: u8,
    ) -> AnyView {
        let remedy = self.remedy(name);
        let (_, described) = ids(name, !hint.is_empty(), remedy.is_some());
        view! {
            <div class="field">
                <label for=id>{label}</label>
                {text_area(id, name, &self.value(name, ""), rows, described, remedy.is_some())}
                {below(name, hint, remedy)}
            </div>
        }
        .into_any()
    }

    /// A list with a line for each entry, and a first value.
    pub fn list(self, name: &'static str, label: &'static str, hint: &'static str, first: &str) -> AnyView {
        let remedy = self.remedy(name);
        let (id, described) = ids(name, !hint.is_empty(), remedy.is_some());
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                {list_area(id, name, &self.value(name, first), 4, described, remedy.is_some())}
                {below(name, hint, remedy)}
            </div>
        }
        .into_any()
    }

    /// A choice of one from a short list: word, label, what it means. `first` is chosen beforehand, unless empty.
    pub fn radios(
        self,
        name: &'static str,
        legend: &'static str,
        class: &'static str,
        first: &str,
        choices: &[(&str, &str)],
    ) -> AnyView {
        let remedy = self.remedy(name);
        let chosen = self.value(name, first);
        let labels = choices
            .iter()
            .map(|(word, label)| {
                let checked = *word == chosen;
                view! { <label><input type="radio" name=name value=(*word).to_owned() checked=checked/><span>{(*label).to_owned()}</span></label> }
            })
            .collect::<Vec<_>>();
        let described = remedy.is_some().then(|| format!("e-{name}"));
        view! {
            <fieldset class="field" id=format!("f-{name}") aria-describedby=described>
                <legend>{legend}</legend>
                <div class=class>{labels}</div>
                {below(name, "", remedy)}
            </fieldset>
        }
        .into_any()
    }

    /// A choice that decides something: word, label, what follows from it. Nothing is chosen beforehand.
    pub fn decision(self, name: &'static str, choices: &[(&'static str, &'static str, &'static str)]) -> AnyView {
        let remedy = self.remedy(name);
        let chosen = self.value(name, "");
        let cards = choices.iter().map(|(word, label, then)| {
            let checked = *word == chosen;
            view! {
                <label>
                    <input type="radio" name=name value=*word checked=checked/>
                    <span><b>{*label}</b><span>{*then}</span></span>
                </label>
            }
        });
        let described = remedy.is_some().then(|| format!("e-{name}"));
        view! {
            <fieldset class="field" id=format!("f-{name}") aria-describedby=described>
                <legend class="vh">"Decision"</legend>
                <div class="rad">{cards.collect::<Vec<_>>()}</div>
                {below(name, "", remedy)}
            </fieldset>
        }
        .into_any()
    }

    /// A box to tick.
    pub fn tick(self, name: &'static str, words: &'static str) -> AnyView {
        let checked = !self.value(name, "").is_empty();
        let remedy = self.remedy(name);
        let described = remedy.is_some().then(|| format!("e-{name}"));
        view! {
            <div class="field" id=format!("f-{name}")>
                <label class="row1 sm"><input class="ck" type="checkbox" name=name value="yes" checked=checked aria-describedby=described/><span>{words}</span></label>
                {below(name, "", remedy)}
            </div>
        }
        .into_any()
    }

    /// A choice of one from a list: word and label.
    pub fn select(
        self,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        choices: Vec<(String, String)>,
    ) -> AnyView {
        let remedy = self.remedy(name);
        let (id, described) = ids(name, !hint.is_empty(), remedy.is_some());
        let chosen = self.value(name, "");
        let options = choices
            .into_iter()
            .map(|(word, label)| {
                let selected = word == chosen;
                view! { <option value=word selected=selected>{label}</option> }
            })
            .collect::<Vec<_>>();
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <select class="sel" id=id name=name aria-describedby=described>{options}</select>
                {below(name, hint, remedy)}
            </div>
        }
        .into_any()
    }
}

fn ids(name: &str, hint: bool, wrong: bool) -> (String, Option<String>) {
    let mut described = Vec::new();
    if hint {
        described.push(format!("h-{name}"));
    }
    if wrong {
        described.push(format!("e-{name}"));
    }
    (format!("f-{name}"), (!described.is_empty()).then(|| described.join(" ")))
}

fn below(name: &str, hint: &'static str, remedy: Option<String>) -> impl IntoView + use<> {
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("h-{name}")>{hint}</p> });
    let remedy = remedy.map(|remedy| view! { <p class="err" id=format!("e-{name}")>{remedy}</p> });
    view! { {hint}{remedy} }
}

/// What the last form came to: what was done, or what was wrong with links to the fields.
pub fn said(flash: &Flash) -> impl IntoView + use<> {
    let notice = (!flash.notice.is_empty()).then(|| {
        view! { <div class="note ok mb3" role="status">{icon("check")}<span>{flash.notice.clone()}</span></div> }
    });
    view! { {notice}{flash.problem.as_ref().map(problem)} }
}

/// A problem in a box.
pub fn problem(problem: &Problem) -> impl IntoView + use<> {
    let fields = problem
        .fields
        .iter()
        .map(|field| view! { <li><a href=format!("#f-{}", field.field)>{field.remedy.clone()}</a></li> })
        .collect::<Vec<_>>();
    let fields = (!fields.is_empty()).then(|| view! { <ul class="dots">{fields}</ul> });
    let quote =
        problem.correlation_id.clone().map(|id| view! { <span class="xs">" Quote "<code>{id}</code>"."</span> });
    view! {
        <div class="note bad mb3" role="alert">
            {icon("alert")}
            <div><b class="b">{problem.message.clone()}</b>{quote}{fields}</div>
        </div>
    }
}

/// Something that is shown only now, or that it is gone.
pub fn once(flash: &Flash) -> impl IntoView + use<> {
    flash.once.clone().map(|once| {
        let body = match once.value {
            Some(value) => {
                let example = (!once.example.is_empty()).then(|| view! {
                    <p class="sm mt2">"Try it. "{once.effect}</p>
                    <p class="once sm"><code>{format!("{} {value}", once.example)}</code></p>
                });
                view! {
                    {value.lines().map(|line| view! { <p class="once"><code>{line.to_owned()}</code></p> }).collect::<Vec<_>>()}
                    <p class="xs">"Shown only now and kept nowhere. Copy it before you leave this page."</p>
                    {example}
                }
            }
            .into_any(),
            None => view! {
                <p class="sm">"It can no longer be shown: it is kept in the portal's memory for a few minutes only, or the portal was restarted. "{once.again}</p>
            }
            .into_any(),
        };
        view! {
            <div class="note wait mb3" role="status">
                {icon("key")}
                <div><b class="b">{once.label}</b>{body}</div>
            </div>
        }
    })
}

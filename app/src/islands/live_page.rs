//! Keeps a plain page as a reload would show it. The page stays HTML from the server; when what it is about changed, it
//! is asked for again, through the same gate and guards, and its marked parts (`data-live`) take over what differs.
//! Forms outside of these parts are not touched, so nothing typed is lost.

use leptos::prelude::*;

use crate::ui::icon;

/// The live part of a plain page. `watch` holds what it is about: kinds of changes, or `kind:id`, parted by blanks.
/// With `wait`, new entries are only announced: nothing moves under a reader's eyes.
#[island]
pub fn LivePage(watch: String, wait: bool) -> impl IntoView {
    let news = RwSignal::new(0_u32);
    #[cfg(feature = "hydrate")]
    follow(watch, wait, news);
    #[cfg(not(feature = "hydrate"))]
    let _ = (watch, wait);
    move || {
        let news = news.get();
        (news > 0).then(|| {
            let words = if news == 1 { "1 new entry".to_owned() } else { format!("{news} new entries") };
            view! {
                <div class="note mb3" role="status">
                    {icon("bell")}
                    <span><b class="b">{words}</b>" since you opened this page."</span>
                    <span class="sp"></span>
                    <a class="btn sm" href="">"Show new"</a>
                </div>
            }
        })
    }
}

#[cfg(feature = "hydrate")]
fn follow(watch: String, wait: bool, news: RwSignal<u32>) {
    let wants = move |change: &quell_domain::view::Change| {
        watch.split(' ').any(|wanted| match wanted.split_once(':') {
            Some((kind, id)) => change.kind == kind && change.id == id,
            None => change.kind == wanted,
        })
    };
    crate::live::follow(wants, move || async move {
        let page = renew::again().await?;
        if wait {
            news.set(renew::new_entries(&page));
        } else {
            renew::take_over(&page);
        }
        Ok(())
    });
}

#[cfg(feature = "hydrate")]
mod renew {
    use leptos::prelude::{document, window};
    use quell_domain::Code;
    use wasm_bindgen::JsCast as _;
    use web_sys::{Document, DomParser, Element, SupportedType};

    use crate::live::ask;

    /// The page as it is now.
    pub async fn again() -> Result<Document, Code> {
        let here = window().location();
        let path = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
        let text = ask::text(&path).await?;
        // A parsed document runs no scripts.
        let parsed = DomParser::new().and_then(|parser| parser.parse_from_string(&text, SupportedType::TextHtml));
        parsed.map_err(|_| Code::Internal)
    }

    /// Pairs of a marked part and what it is on the new page.
    fn parts(page: &Document) -> Vec<(Element, Element)> {
        let marked = |page: &Document| {
            let found = page.query_selector_all("[data-live]").ok();
            let length = found.as_ref().map_or(0, web_sys::NodeList::length);
            let nodes = (0..length).filter_map(move |at| found.as_ref()?.item(at)?.dyn_into::<Element>().ok());
            nodes.collect::<Vec<_>>()
        };
        let mut new = marked(page);
        let mut pairs = Vec::new();
        for old in marked(&document()) {
            let name = old.get_attribute("data-live");
            if let Some(at) = new.iter().position(|new| new.get_attribute("data-live") == name) {
                pairs.push((old, new.swap_remove(at)));
            }
        }
        pairs
    }

    /// Children of marked parts that were not there before.
    pub fn new_entries(page: &Document) -> u32 {
        let new =
            |(old, new): (Element, Element)| children(&new).filter(|entry| named(&old, &entry.id()).is_none()).count();
        parts(page).into_iter().map(new).sum::<usize>().try_into().unwrap_or(u32::MAX)
    }

    /// Every marked part becomes what it is on the new page.
    pub fn take_over(page: &Document) {
        for (old, new) in parts(page) {
            if same(&old, &new) {
                continue;
            }
            let mut ids = children(&old).chain(children(&new)).map(|child| child.id()).peekable();
            if ids.peek().is_some() && ids.all(|id| !id.is_empty()) {
                merge(&old, &new);
            } else {
                // It only fails for a node without a parent.
                let _ = old.replace_with_with_node_1(&new);
            }
        }
    }

    /// Children with ids: what is the same stays as it is, with its focus and what is unfolded in it.
    fn merge(old: &Element, new: &Element) {
        let mut at = old.first_element_child();
        while let Some(child) = new.first_element_child() {
            let known = named(old, &child.id());
            if known.is_some() && known == at {
                at = at.and_then(|at| at.next_element_sibling());
            } else {
                let place = at.as_ref().map(AsRef::as_ref);
                let _ = old.insert_before(known.as_ref().unwrap_or(&child), place);
            }
            match known {
                Some(known) if same(&known, &child) => child.remove(),
                Some(known) => drop(known.replace_with_with_node_1(&child)),
                None => {}
            }
        }
        while let Some(gone) = at {
            at = gone.next_element_sibling();
            gone.remove();
        }
    }

    fn children(part: &Element) -> impl Iterator<Item = Element> + use<> {
        let children = part.children();
        (0..children.length()).filter_map(move |at| children.item(at))
    }

    fn named(part: &Element, id: &str) -> Option<Element> {
        children(part).find(|child| child.id() == id)
    }

    /// Does it say the same? What a reader unfolded does not count.
    fn same(old: &Element, new: &Element) -> bool {
        let Some(plain) = old.clone_node_with_deep(true).ok().and_then(|copy| copy.dyn_into::<Element>().ok()) else {
            return false;
        };
        while let Ok(Some(unfolded)) = plain.query_selector("details[open]") {
            if unfolded.remove_attribute("open").is_err() {
                return false;
            }
        }
        plain.is_equal_node(Some(new))
    }
}

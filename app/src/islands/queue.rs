//! The queue: numbers, tabs and table. Rows that are shown change in place; new ones wait until somebody asks for them,
//! so that nothing moves under a pointer (ux, section 3.5).

pub mod head;
pub mod links;
pub mod row;
pub mod table;

use leptos::prelude::*;
use quell_domain::view::{QueuePage, QueueRow};

use super::{carried, clock::Clock};

/// What the list shows, next to what a reload would show.
#[derive(Clone, Copy)]
struct Queue {
    /// The last answer.
    latest: RwSignal<QueuePage>,
    /// The rows on the page, in the order they had when they were loaded, and whether they left the view since.
    shown: RwSignal<Vec<(QueueRow, bool)>>,
}

impl Queue {
    fn new(page: &QueuePage) -> Self {
        Self { latest: RwSignal::new(page.clone()), shown: RwSignal::new(fresh(page)) }
    }

    /// Rows of the last answer that are not on the page, and rows on the page that left the view.
    fn news(self) -> (usize, usize) {
        self.shown.with(|shown| self.latest.with(|page| news(shown, page)))
    }

    /// Takes a new answer: rows on the page change in place.
    #[cfg(feature = "hydrate")]
    fn take(self, page: QueuePage) {
        self.shown.update(|shown| merge(shown, &page));
        self.latest.set(page);
    }

    /// Shows what a reload would show.
    fn show_all(self) {
        self.shown.set(self.latest.with(fresh));
    }
}

fn news(shown: &[(QueueRow, bool)], page: &QueuePage) -> (usize, usize) {
    let new = page.rows.iter().filter(|row| shown.iter().all(|(known, _)| known.id != row.id)).count();
    (new, shown.iter().filter(|(_, left)| *left).count())
}

/// Rows on the page take what an answer says of them, and stay where they are.
#[cfg(any(test, feature = "hydrate"))]
fn merge(shown: &mut [(QueueRow, bool)], page: &QueuePage) {
    for (row, left) in shown {
        match page.rows.iter().find(|now| now.id == row.id) {
            Some(now) => (*row, *left) = (now.clone(), false),
            // Only an answer that holds the whole view can say that a row is no longer in it.
            None => *left = page.next.is_none() && page.filter.after.is_none(),
        }
    }
}

fn fresh(page: &QueuePage) -> Vec<(QueueRow, bool)> {
    page.rows.iter().map(|row| (row.clone(), false)).collect()
}

/// The live queue. `page` is a packed [`QueuePage`]; `picked` the numbers that are ticked to begin with, or `all`;
/// `children` is the search form, which is never rendered again.
#[island]
pub fn QueueLive(page: String, picked: String, children: Children) -> impl IntoView {
    carried::unpack::<QueuePage>(&page).map(|page| {
        let clock = Clock::at(page.as_of);
        let queue = Queue::new(&page);
        #[cfg(feature = "hydrate")]
        follow(queue, clock);
        view! {
            {move || queue.latest.with(|page| head::head(page, clock.now()))}
            {children()}
            {move || queue.latest.with(head::notices)}
            {move || head::news(queue.news(), queue.latest.with(|page| links::view(&page.filter)), move || queue.show_all())}
            {move || queue.latest.with(|page| queue.shown.with(|rows| table::table(page, rows, &picked, clock.now())))}
        }
    })
}

#[cfg(feature = "hydrate")]
fn follow(queue: Queue, clock: Clock) {
    crate::live::follow(
        // Nodes that do not answer are named above the list.
        |change| change.kind == "queue" || change.kind == "nodes",
        move || async move {
            let query = queue.latest.with_untracked(|page| links::query(&page.filter));
            let page: QueuePage = crate::live::ask::data(&(crate::endpoints::QUEUE.path.to_owned() + &query)).await?;
            clock.set(page.as_of);
            queue.take(page);
            Ok(())
        },
    );
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use quell_domain::{ids::IncidentId, incident::IncidentState};

    use super::*;
    use crate::tests::fixtures::queue_page;

    #[test]
    fn rows_change_in_place_and_new_ones_wait() {
        let mut page = queue_page("x");
        let mut shown = fresh(&page);
        page.rows[0].state = IncidentState::Containing;
        let mut newer = page.rows[0].clone();
        newer.id = IncidentId::new("newer");
        page.rows.insert(0, newer);
        merge(&mut shown, &page);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].0.state, IncidentState::Containing);
        assert_eq!(news(&shown, &page), (1, 0));
    }

    #[test]
    fn a_row_has_left_only_when_the_whole_view_is_known() {
        let mut page = queue_page("x");
        let mut shown = fresh(&page);
        page.rows.clear();
        page.next = Some((1, 1));
        merge(&mut shown, &page);
        assert_eq!(news(&shown, &page), (0, 0));
        page.next = None;
        merge(&mut shown, &page);
        assert_eq!(news(&shown, &page), (0, 1));
    }
}

//! The queue: numbers, tabs and table. Rows that are shown change in place; new ones wait until somebody asks for them,
//! so that nothing moves under a pointer (ux, section 3.5).

pub mod head;
pub mod links;
pub mod row;
pub mod table;

use leptos::prelude::*;
use quell_domain::view::{QueuePage, QueueRow};

use super::clock::Clock;

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
        self.shown.with(|shown| {
            let left = shown.iter().filter(|(_, left)| *left).count();
            let new = self.latest.with(|page| {
                page.rows.iter().filter(|row| shown.iter().all(|(known, _)| known.id != row.id)).count()
            });
            (new, left)
        })
    }

    /// Takes a new answer: rows on the page change in place.
    #[cfg(feature = "hydrate")]
    fn take(self, page: QueuePage) {
        self.shown.update(|shown| {
            for (row, left) in shown {
                match page.rows.iter().find(|now| now.id == row.id) {
                    Some(now) => (*row, *left) = (now.clone(), false),
                    // Only an answer that holds the whole view can say that a row is no longer in it.
                    None => *left = page.next.is_none() && page.filter.after.is_none(),
                }
            }
        });
        self.latest.set(page);
    }

    /// Shows what a reload would show.
    fn show_all(self) {
        self.shown.set(self.latest.with(fresh));
    }
}

fn fresh(page: &QueuePage) -> Vec<(QueueRow, bool)> {
    page.rows.iter().map(|row| (row.clone(), false)).collect()
}

/// The live queue. `children` is the search form, which is never rendered again.
#[island]
pub fn QueueLive(page: QueuePage, children: Children) -> impl IntoView {
    let clock = Clock::at(page.as_of);
    let queue = Queue::new(&page);
    #[cfg(feature = "hydrate")]
    follow(queue, clock);
    view! {
        {move || queue.latest.with(|page| head::head(page, clock.now()))}
        {children()}
        {move || queue.latest.with(|page| head::notices(page))}
        {move || head::news(queue.news(), queue.latest.with(|page| links::view(&page.filter)), move || queue.show_all())}
        {move || queue.latest.with(|page| queue.shown.with(|rows| table::table(page, rows, clock.now())))}
    }
}

#[cfg(feature = "hydrate")]
fn follow(queue: Queue, clock: Clock) {
    crate::live::follow(
        |change| change.kind == "queue" || change.kind == "incident",
        move || async move {
            let filter = queue.latest.with_untracked(|page| page.filter.clone());
            let (view, class, q, after) = links::words(&filter);
            let page = crate::api::incidents::queue(view, class, q, after).await?;
            clock.set(page.as_of);
            queue.take(page);
            Ok(())
        },
    );
}

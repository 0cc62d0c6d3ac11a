//! Action requests: one open one for a container, one consumption, one run.

use quell_core::ports::{Reads as _, Thing};
use quell_domain::{
    action::{Action, ActionRequest, RequestState},
    approval::{Decision, Review, Vote},
    changeset::Op,
    execution::{Execution, Outcome},
    ids::{Digest, ExecutionId, VoteId},
    time::MINUTE,
};

use super::{
    backend::on_both,
    world::{NOW, World, change, container, request, vote},
};

fn execution(id: &str, request: &ActionRequest) -> Execution {
    Execution {
        id: ExecutionId::new(id),
        request: request.id.clone(),
        attempted_at: NOW,
        concluded_at: None,
        outcome: None,
        detail: String::new(),
    }
}

fn conclude(id: &str, outcome: Outcome) -> Op {
    Op::ConcludeExecution {
        execution: ExecutionId::new(id),
        outcome,
        detail: outcome.word().to_owned(),
        at: NOW.plus(1),
    }
}

on_both! {
    a_request_runs_once(backend) {
        let world = World::new(backend).await;
        let mut asked = request(&world.incident, &world.person, 'a');
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        let store = &backend.store;
        assert_eq!(store.request(&asked.id).await.unwrap(), Some(asked.clone()));
        assert_eq!(store.open_request(&world.node.id, &container('a'), Action::Pause, None).await.unwrap(), Some(asked.clone()));
        assert_eq!(store.open_request(&world.node.id, &container('b'), Action::Pause, None).await.unwrap(), None);
        backend.duplicates(change(Op::AddRequest(request(&world.incident, &world.person, 'a'))), Thing::ActionRequest).await;

        let consume = |digest: &Digest, at: i64| Op::Consume {
            request: asked.id.clone(),
            digest: digest.clone(),
            execution: ExecutionId::new("run-1"),
            now: NOW.plus(at),
        };
        // Nothing may begin before the approval is consumed.
        backend.conflicts(change(Op::AddExecution(execution("run-1", &asked))), Thing::ActionRequest).await;
        backend.conflicts(change(consume(&Digest::of(b"other facts"), 0)), Thing::ActionRequest).await;
        backend.conflicts(change(consume(&asked.digest, 15 * MINUTE)), Thing::ActionRequest).await;
        backend.done(change(consume(&asked.digest, 0))).await;
        backend.conflicts(change(consume(&asked.digest, 0)), Thing::ActionRequest).await;
        backend.conflicts(change(Op::AddExecution(execution("run-2", &asked))), Thing::ActionRequest).await;
        backend.done(change(Op::ExpectNotAttempted(asked.id.clone()))).await;
        backend.done(change(Op::AddExecution(execution("run-1", &asked)))).await;
        backend.conflicts(change(Op::ExpectNotAttempted(asked.id.clone())), Thing::Execution).await;
        backend.duplicates(change(Op::AddExecution(execution("run-1", &asked))), Thing::Execution).await;

        let run = store.execution_of(&asked.id).await.unwrap().unwrap();
        assert_eq!(run, execution("run-1", &asked));
        asked.state = RequestState::Running;
        asked.execution = Some(ExecutionId::new("run-1"));
        assert_eq!(store.requests_of(&world.incident.id).await.unwrap(), [(asked, Some(run))]);
    }

    an_answer_is_written_once(backend) {
        let world = World::new(backend).await;
        let asked = request(&world.incident, &world.person, 'a');
        let consume = Op::Consume {
            request: asked.id.clone(),
            digest: asked.digest.clone(),
            execution: ExecutionId::new("run"),
            now: NOW,
        };
        backend.done(change(Op::AddRequest(asked.clone())).with(consume).with(Op::AddExecution(execution("run", &asked)))).await;
        backend.done(change(conclude("run", Outcome::Unknown))).await;
        backend.done(change(conclude("run", Outcome::Verified))).await;
        backend.conflicts(change(conclude("run", Outcome::Failed)), Thing::Execution).await;
        backend.conflicts(change(conclude("none", Outcome::Failed)), Thing::Execution).await;
        let run = backend.store.execution_of(&asked.id).await.unwrap().unwrap();
        assert_eq!((run.outcome, run.detail.as_str(), run.concluded_at), (Some(Outcome::Verified), "verified", Some(NOW.plus(1))));
    }

    a_request_moves_only_from_where_it_is(backend) {
        let world = World::new(backend).await;
        let asked = request(&world.incident, &world.person, 'a');
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        let set = |from: &[RequestState], to| Op::SetRequest {
            request: asked.id.clone(),
            from: from.to_vec(),
            to,
            detail: "as told \0".to_owned(),
        };
        backend.conflicts(change(set(&[], RequestState::Void)), Thing::ActionRequest).await;
        backend.conflicts(change(set(&[RequestState::Running, RequestState::Unknown], RequestState::Void)), Thing::ActionRequest).await;
        let every: Vec<RequestState> = RequestState::ALL.to_vec();
        backend.done(change(set(&every, RequestState::Expired))).await;
        let found = backend.store.request(&asked.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.detail.as_str()), (RequestState::Expired, "as told \u{2400}"));
        // Closed: the next may come.
        backend.done(change(Op::AddRequest(request(&world.incident, &world.person, 'a')))).await;
        assert_eq!(backend.store.requests_of(&world.incident.id).await.unwrap().len(), 2);
    }

    every_state_that_counts_as_open_keeps_others_out(backend) {
        let world = World::new(backend).await;
        for (digit, state) in "0123456789abcdef".chars().zip(RequestState::ALL) {
            let mut first = request(&world.incident, &world.person, digit);
            first.state = *state;
            backend.done(change(Op::AddRequest(first))).await;
            let second = change(Op::AddRequest(request(&world.incident, &world.person, digit)));
            let open = backend.store.open_request(&world.node.id, &container(digit), Action::Pause, None).await.unwrap();
            assert_eq!(open.is_some(), state.is_open(), "{state:?}");
            if state.is_open() {
                backend.duplicates(second, Thing::ActionRequest).await;
            } else {
                backend.done(second).await;
            }
        }
    }

    a_decision_is_written_once_on_what_it_was_made_on(backend) {
        let world = World::new(backend).await;
        let mut asked = request(&world.incident, &world.person, 'a');
        asked.state = RequestState::AwaitingApproval;
        let yes = vote(&asked, &world.person, Decision::Approve);
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        let store = &backend.store;
        assert_eq!(store.waiting_requests().await.unwrap(), [asked.clone()]);
        let decide = |revision: i64, state| Op::DecideRequest {
            revision,
            request: ActionRequest { state, detail: "as told".to_owned(), ..asked.clone() },
        };
        backend.conflicts(change(decide(1, RequestState::Approved)), Thing::ActionRequest).await;
        let stands = Op::ExpectPerson(world.person.id.clone(), world.person.roles.clone());
        let fell = Op::ExpectPerson(world.person.id.clone(), Vec::new());
        let approve = decide(0, RequestState::AwaitingApproval);
        backend.conflicts(change(fell).with(approve.clone()), Thing::Person).await;
        backend.done(change(stands).with(approve).with(Op::AddVote(yes.clone()))).await;
        backend.conflicts(change(decide(0, RequestState::Denied)), Thing::ActionRequest).await;
        let again = Vote { id: VoteId::new("again"), ..yes.clone() };
        backend.duplicates(change(Op::AddVote(again)), Thing::Vote).await;
        assert_eq!(store.votes_of(&asked.id).await.unwrap(), [yes]);
        backend.done(change(decide(1, RequestState::Denied))).await;
        backend.conflicts(change(decide(2, RequestState::Approved)), Thing::ActionRequest).await;
        let found = store.request(&asked.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.revision, found.detail.as_str()), (RequestState::Denied, 2, "as told"));
        assert!(store.waiting_requests().await.unwrap().is_empty());
        assert_eq!(store.newest_requests(None, 9).await.unwrap(), std::slice::from_ref(&found));
        assert!(store.newest_requests(Some((found.created_at, found.id)), 9).await.unwrap().is_empty());
    }

    what_ran_without_asking_waits_for_one_review(backend) {
        let world = World::new(backend).await;
        let asked = ActionRequest { break_glass: true, ..request(&world.incident, &world.person, 'a') };
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        let store = &backend.store;
        assert_eq!(store.requests_to_review().await.unwrap(), std::slice::from_ref(&asked));
        let review = Review {
            request: asked.id.clone(),
            person: world.person.id.clone(),
            person_name: world.person.name.clone(),
            note: "it was right".to_owned(),
            at: NOW,
        };
        backend.done(change(Op::AddReview(review.clone()))).await;
        backend.conflicts(change(Op::AddReview(review.clone())), Thing::Review).await;
        assert_eq!(store.review_of(&asked.id).await.unwrap(), Some(review));
        assert!(store.requests_to_review().await.unwrap().is_empty());
    }
}

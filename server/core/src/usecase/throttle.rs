//! How guessing is slowed: which tries count together, how many of them are free, how long the next one waits.
//!
//! A try is counted before it is made, so that guesses made at the same time do not get past; what was no wrong guess is
//! given back. Owns these rules. Must not know: passwords, tokens, and where the counts are kept.

use quell_domain::{
    Code, Problem,
    audit::{Actor, Event, codes},
    text,
    time::{self, DAY, MINUTE, SECOND},
};

use super::refusals::network;
use crate::{Portal, ports::Throttle};

/// Tries that are free for one account from one network.
const FREE_PER_PAIR: i64 = 5;
/// Tries that are free from one network, whatever the account.
const FREE_PER_NETWORK: i64 = 30;
/// Tries that are free for one account from everywhere it is not used to be signed in from.
const FREE_PER_ACCOUNT: i64 = 20;
/// The longest wait, seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// How long a network stays one from which an account is used to be signed in.
const USUAL_FOR: i64 = 30 * DAY;

/// What a try counts towards.
pub(super) struct Limit {
    key: String,
    free: i64,
}

impl Limit {
    /// Current passwords of an account, asked for by somebody who is signed in.
    pub(super) fn of_password(account: &str) -> Self {
        Self { key: format!("password:{account}"), free: FREE_PER_PAIR }
    }

    /// Proofs of a person by code: from one network, and from everywhere.
    pub(super) fn of_codes(person: &str, address: Option<&str>) -> Vec<Self> {
        vec![
            Self { key: format!("code:{person}:{}", network(address)), free: FREE_PER_PAIR },
            Self { key: format!("codes:{person}"), free: FREE_PER_ACCOUNT },
        ]
    }

    /// Proofs of a person by passkey, from one network. Nobody guesses those: who guesses codes elsewhere does not keep
    /// the owner of a passkey out.
    pub(super) fn of_passkeys(person: &str, address: Option<&str>) -> Vec<Self> {
        vec![Self { key: format!("passkey:{person}:{}", network(address)), free: FREE_PER_PAIR }]
    }

    /// Tokens of scripts that nobody has, from one network.
    pub(super) fn of_token(address: Option<&str>) -> Self {
        Self { key: format!("token:{}", network(address)), free: FREE_PER_NETWORK }
    }

    /// Tokens of set-up links, from one network.
    pub(super) fn of_setup(address: Option<&str>) -> Self {
        Self { key: format!("setup:{}", network(address)), free: FREE_PER_PAIR }
    }
}

/// Where a sign-in's account and network are among its limits.
const PAIR: usize = 1;

/// One sign-in: what it counts towards, and where it comes from.
pub(super) struct SignInTry {
    limits: Vec<Limit>,
    place: String,
}

impl Portal {
    /// Counts a sign-in, or refuses it. Known and unknown names are treated alike.
    ///
    /// Guesses from everywhere add up for an account, so that many addresses help little. They do not keep its owner out:
    /// a network from which the account signed in lately is counted on its own.
    pub(super) async fn count_sign_in(&self, login: &str, address: Option<&str>) -> Result<SignInTry, Problem> {
        let network = network(address);
        let place = format!("{}:{network}", text::cut(login, 64));
        // The network first: while it waits, names made up there leave no counts of their own.
        let mut limits = vec![
            Limit { key: format!("network:{network}"), free: FREE_PER_NETWORK },
            Limit { key: format!("pair:{place}"), free: FREE_PER_PAIR },
        ];
        let since = self.now().plus(-USUAL_FOR);
        if !self.store.is_usual_place(&place, since).await? {
            limits.push(Limit { key: format!("account:{}", text::cut(login, 64)), free: FREE_PER_ACCOUNT });
        }
        let actor = Actor::anonymous(address.map(str::to_owned));
        self.count_tries(&limits, actor, "sign-in", login).await?;
        Ok(SignInTry { limits, place })
    }

    /// The password was right: earlier failures from there are forgotten, and the place is remembered.
    pub(super) async fn forgive_sign_in(&self, made: &SignInTry) -> Result<(), Problem> {
        self.give_back(&made.limits).await?;
        self.forget_tries(&made.limits[PAIR]).await?;
        Ok(self.store.remember_place(&made.place, self.now()).await?)
    }

    /// Nothing was guessed after all.
    pub(super) async fn give_back_sign_in(&self, made: &SignInTry) -> Result<(), Problem> {
        self.give_back(&made.limits).await
    }

    /// Counts a try under every limit, or under none when one of them says to wait; that leaves an entry in the trail,
    /// unless there are many like it. `login` may be hostile text.
    pub(super) async fn count_tries(
        &self,
        limits: &[Limit],
        actor: Actor,
        what: &str,
        login: &str,
    ) -> Result<(), Problem> {
        let refusal =
            Event::new(self.now(), actor, codes::THROTTLED).fact("what", what).fact("login", text::cut(login, 64));
        self.count_tries_or(limits, refusal).await
    }

    /// The same with another entry for the trail.
    pub(super) async fn count_tries_or(&self, limits: &[Limit], refusal: Event) -> Result<(), Problem> {
        for (counted, limit) in limits.iter().enumerate() {
            let Err(problem) = self.count_try(limit).await else { continue };
            self.give_back(&limits[..counted]).await?;
            if problem.code == Code::Throttled {
                self.record_refused(refusal).await?;
            }
            return Err(problem);
        }
        Ok(())
    }

    async fn count_try(&self, limit: &Limit) -> Result<(), Problem> {
        loop {
            let seen = self.store.throttle(&limit.key).await?;
            let now = self.now();
            let left = open_at(seen, limit.free, now.0) - now.0;
            if left > 0 {
                let wait = time::span(left + SECOND);
                return Err(Problem::new(
                    Code::Throttled,
                    format!("Too many failed tries. Wait {wait} and try again."),
                ));
            }
            if self.store.count_try(&limit.key, seen, now).await? {
                return Ok(());
            }
            // Somebody else was counted in between: look again.
        }
    }

    /// Takes back what was counted.
    pub(super) async fn give_back(&self, limits: &[Limit]) -> Result<(), Problem> {
        for limit in limits {
            self.store.give_back_try(&limit.key).await?;
        }
        Ok(())
    }

    /// Begins anew under a limit.
    pub(super) async fn forget_tries(&self, limit: &Limit) -> Result<(), Problem> {
        Ok(self.store.forget_tries(&limit.key).await?)
    }
}

/// The moment from which on the next try may be made: each failure that is not free doubles the wait. A failure from
/// well after now was counted before the clock was set back, and must not be waited for.
fn open_at(seen: Throttle, free: i64, now: i64) -> i64 {
    let over = seen.failures - free;
    if over < 0 || seen.last_at > now.saturating_add(MINUTE) {
        return 0;
    }
    let wait = 2i64.saturating_pow(u32::try_from(over.min(30)).unwrap_or(30)).min(LONGEST_WAIT);
    seen.last_at.saturating_add(wait * SECOND)
}

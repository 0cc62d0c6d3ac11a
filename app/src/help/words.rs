//! What every endpoint does and what its fields mean. A test compares this with the table of endpoints: nothing may be
//! missing, and nothing said to be left out that must be there.

use quell_domain::{
    action::Action,
    alarm::AlarmClass,
    audit::{EventOutcome, codes},
    evidence::ItemKind,
    incident::Verdict,
    source::SourceKind,
    view::QueueView,
};

use super::{Field, Kind, Said};
use crate::endpoints as e;

const fn said(endpoint: &'static e::Endpoint, what: &'static str, optional: &'static [&'static str]) -> Said {
    Said { endpoint, what, optional }
}

const fn field(name: &'static str, kind: Kind, what: &'static str, example: &'static str) -> Field {
    Field { name, kind, what, example }
}

/// The words of a closed set, less those that nobody may give.
macro_rules! words {
    ($all:expr) => {
        Kind::OneOf(|| $all.iter().map(|one| one.word()).collect())
    };
}

const ROLES: &[&str] = &["analyst", "responder", "approver", "auditor", "admin"];

/// By endpoint: what it does, and which fields may be left out.
pub const SAID: &[Said] = &[
    said(&e::SIGN_IN, "Signs in: the answer sets the session cookie.", &["next"]),
    said(&e::SIGN_OUT, "Signs out and ends the session.", &[]),
    said(&e::SETUP, "Creates the first admin with the set-up link's token, and signs them in.", &[]),
    said(&e::ME, "Says who is signed in, with roles.", &[]),
    said(&e::THEME, "Chooses the theme of this browser.", &["back"]),
    said(&e::PASSWORD, "Changes your password. All your sessions and tokens end.", &[]),
    said(&e::FACTORS, "Lists your second factors, and how many recovery codes are left.", &[]),
    said(&e::RENAME_FACTOR, "Calls one of your second factors something else.", &[]),
    said(&e::REMOVE_FACTOR, "Takes one of your second factors away. Needs a fresh proof.", &[]),
    said(
        &e::MAKE_RECOVERY,
        "Makes new recovery codes, which are in the answer's once.value. Needs a fresh proof.",
        &[],
    ),
    said(&e::CODE_APP, "Shows the secret of a code app that is being added.", &[]),
    said(&e::BEGIN_CODE_APP, "Begins to add a code app.", &[]),
    said(&e::ADD_CODE_APP, "Adds the code app, with its first code.", &[]),
    said(&e::PASSKEY, "Gives what a browser needs to make a passkey.", &[]),
    said(&e::BEGIN_PASSKEY, "Begins to add a passkey.", &[]),
    said(&e::ADD_PASSKEY, "Adds the passkey that the browser made.", &[]),
    said(&e::PROOF, "Says how you can prove that it is you, and when you last did.", &[]),
    said(&e::PROVE, "Proves that it is you, by password and code, or a recovery code.", &["next"]),
    said(&e::PROVE_BY_PASSKEY, "Proves that it is you, by passkey.", &["next"]),
    said(&e::TOKENS, "Lists your tokens: scopes, expiry and last use, never the secrets.", &[]),
    said(
        &e::CREATE_TOKEN,
        "Makes a token. The secret is in the answer's once.value, and is not shown again.",
        &["days"],
    ),
    said(&e::REVOKE_TOKEN, "Refuses one of your tokens from now on.", &[]),
    said(&e::REVOKE_TOKENS, "Refuses every token of a person from now on.", &[]),
    said(
        &e::QUEUE,
        "Lists incidents, the most urgent first; the answer's next, when there is one, is where to go on.",
        &["view", "class", "q", "after"],
    ),
    said(&e::INCIDENT, "Shows an incident: alarms, playbook, actions, evidence and timeline.", &[]),
    said(&e::CHOICES, "Lists the containers that an incident may be about.", &[]),
    said(&e::ACKNOWLEDGE, "Says that you look at an incident.", &[]),
    said(&e::ASSIGN, "Makes you the owner of an incident.", &[]),
    said(&e::VERDICT, "Records whether it was an intrusion. Anything but confirmed closes the incident.", &["reason"]),
    said(&e::NOTE, "Adds a note to the timeline of an incident.", &[]),
    said(&e::CHOOSE, "Says which container an incident is about.", &[]),
    said(
        &e::CONFIRM,
        "Reads from the engine what an action would be done to. The answer's fingerprint is what you confirm.",
        &["seen"],
    ),
    said(
        &e::REQUEST,
        "Requests an action on exactly the container that was confirmed. It runs when nobody else has to agree, or when \
         they have.",
        &["preset", "detail", "accepts_impact", "typed", "break_glass", "seen"],
    ),
    said(
        &e::APPROVALS,
        "Lists requests: what waits, what is to be reviewed, and every outcome, the newest first.",
        &["before"],
    ),
    said(
        &e::APPROVAL,
        "Shows a request: its facts when it was asked for and now, the decisions, and who may decide.",
        &[],
    ),
    said(
        &e::DECIDE,
        "Decides on another person's request. Each changed fact must be ticked as seen to approve.",
        &["fingerprint", "seen_name", "seen_image", "seen_started", "seen_restarts", "seen_mounts", "waives_evidence"],
    ),
    said(&e::WITHDRAW, "Takes your own request back before it runs.", &[]),
    said(&e::REVIEW, "Says what you found about an action that ran without approval (break-glass).", &[]),
    said(&e::ITEM, "Shows an item of evidence and who had it in hand.", &[]),
    said(&e::COLLECT, "Starts to collect evidence of an incident's container.", &["kind"]),
    said(&e::CANCEL, "Cancels what of a pack of evidence is not collected yet.", &[]),
    said(
        &e::AUDIT,
        "Lists entries of the audit trail, the newest first, at most 100.",
        &["actor", "code", "incident", "outcome", "before"],
    ),
    said(&e::VERIFY, "Checks the whole chain of the audit trail. Answers with conflict when it does not hold.", &[]),
    said(&e::PEOPLE, "Lists everybody with their sign-in names and roles.", &[]),
    said(
        &e::CREATE_PERSON,
        "Adds a person. The password is in the answer's once.value, and is not shown again.",
        ROLES,
    ),
    said(&e::ROLES, "Gives a person exactly the roles that are ticked.", ROLES),
    said(&e::DISABLE, "Cuts a person off: their sessions and tokens end.", &[]),
    said(&e::ENABLE, "Lets a disabled person sign in again.", &[]),
    said(&e::RESET_FACTORS, "Takes all second factors from a person who lost them. Takes two admins.", &[]),
    said(
        &e::RESET_PASSWORD,
        "Gives a person a new password, which is in the answer's once.value. Their sessions and tokens end.",
        &[],
    ),
    said(&e::NODES, "Lists the nodes and what their engines said of themselves.", &[]),
    said(&e::ADD_NODE, "Adds a node after asking its engine.", &["name", "ca", "certificate", "key", "host_key"]),
    said(
        &e::NODE_ACCESS,
        "Another way to a node's engine, which must answer there.",
        &["ca", "certificate", "key", "host_key"],
    ),
    said(&e::CHECK_NODE, "Asks a node's engine again.", &[]),
    said(&e::ACCEPT_ENGINE, "Takes the engine that answers now for the node's own.", &[]),
    said(&e::REMOVE_NODE, "Stops using a node. What is recorded about it stays.", &[]),
    said(
        &e::NODE_LABELS,
        "Gives a node the labels by which the policy tells nodes apart. Takes two admins.",
        &["labels"],
    ),
    said(&e::POLICY, "Shows the policy of today and every version before.", &[]),
    said(&e::DRAFT, "Shows the policy that you are writing, with what it would change.", &[]),
    said(&e::SAVE_DRAFT, "Keeps the policy that you are writing, or proposes it.", &["rules", "press"]),
    said(&e::CHANGES, "Lists changes that wait for a second admin, and past ones.", &[]),
    said(&e::CHANGE, "Shows a change, and who may decide.", &[]),
    said(&e::DECIDE_CHANGE, "Decides on another admin's change. Needs a fresh proof.", &[]),
    said(&e::WITHDRAW_CHANGE, "Takes your own change back.", &[]),
    said(&e::SOURCES, "Lists alarm sources, and what came from them and could not be read.", &["before"]),
    said(
        &e::ADD_SOURCE,
        "Adds an alarm source. Its address is in the answer's once.value, and is not shown again.",
        &["node"],
    ),
    said(&e::REVOKE_SOURCE, "Refuses an alarm source's token from now on.", &[]),
];

/// By name. A name with an endpoint before it, `nodes/add.name`, stands for that endpoint only.
pub const FIELDS: &[Field] = &[
    field("accepts_impact", Kind::Tick, "You know what the action does; needed from tier 2 on.", ""),
    field("action", words!(Action::ALL), "The action.", "pause"),
    field("actor", Kind::Text, "Only what this person or part did; a piece of the name is enough.", ""),
    field("admin", Kind::Tick, "Gives the role admin.", ""),
    field("after", Kind::Text, "Go on behind this place: next of an earlier answer.", ""),
    field("analyst", Kind::Tick, "Gives the role analyst.", "on"),
    field("approver", Kind::Tick, "Gives the role approver.", ""),
    field("auditor", Kind::Tick, "Gives the role auditor.", ""),
    field("back", Kind::Text, "The page that a browser goes back to.", ""),
    field(
        "break_glass",
        Kind::Tick,
        "Runs without the approvals, and is reviewed afterwards; for containing only.",
        "",
    ),
    field("before", Kind::Text, "Only what is older than this place: next of an earlier answer.", ""),
    field("ca", Kind::Text, "For tcp: the file with the certificate that the engine's is signed by.", ""),
    field("certificate", Kind::Text, "For tcp: the file with Quell's certificate.", ""),
    field("change", Kind::Text, "The change's id.", "CHANGE"),
    field("changes/decide.decision", Kind::OneOf(|| vec!["approve", "refuse"]), "What you say.", "refuse"),
    field("changes/decide.reason", Kind::Text, "Why, in your words.", "not on a Friday"),
    field("class", words!(AlarmClass::ALL), "Only incidents of this class.", ""),
    field("code", Kind::OneOf(|| codes::ALL.iter().map(|(code, _)| *code).collect()), "Only entries of this kind.", ""),
    field("credential", Kind::Text, "What the browser's passkey answered, as JSON.", "CREDENTIAL"),
    field("current", Kind::Text, "Your password up to now.", "PASSWORD"),
    field("days", Kind::Number, "In how many days it expires, at most 365; 30 when left out.", "30"),
    field(
        "decision",
        Kind::OneOf(|| quell_domain::approval::Decision::ALL.iter().map(|one| one.word()).collect()),
        "What you say.",
        "denied",
    ),
    field("detail", Kind::Text, "More about why, in your words.", "seen by the night shift"),
    field("endpoint", Kind::Text, "Where the engine listens.", "unix:///var/run/docker.sock"),
    field("engine", Kind::Text, "The id of the engine that answers now.", "ENGINE"),
    field("host_key", Kind::Text, "For ssh: the machine's key, or a known_hosts file.", ""),
    field("key", Kind::Text, "For tcp and ssh: the file with the private key.", ""),
    field("factor", Kind::Text, "The id of the second factor.", "FACTOR"),
    field(
        "approvals/decide.fingerprint",
        Kind::Text,
        "fingerprint of the answer of approvals/show; needed to approve.",
        "",
    ),
    field("fingerprint", Kind::Text, "fingerprint of the answer of actions/confirm.", "FINGERPRINT"),
    field("id", Kind::Text, "The token's id, from the list; not its secret.", "ID"),
    field("incident", Kind::Text, "Only entries about the incident of this number.", ""),
    field("item", Kind::Text, "The id of the item of evidence.", "ITEM"),
    field("kind", words!(ItemKind::ALL), "One kind of evidence; all kinds when left out.", ""),
    field("sources/add.kind", words!(SourceKind::ALL), "What the detector sends.", "falco"),
    field("people/create.login", Kind::Text, "Their sign-in name.", "bea"),
    field("labels", Kind::Text, "Words with commas between them.", "production"),
    field("login", Kind::Text, "The sign-in name.", "ann"),
    field("name", Kind::Text, "A name, as it shall be shown.", "Night shift"),
    field("nodes/add.name", Kind::Text, "A name; the engine's own host name when left out.", ""),
    field("next", Kind::Text, "The page that a browser goes on to.", ""),
    field("node", Kind::Text, "The node's id.", "NODE"),
    field("sources/add.node", Kind::Text, "The id of the node that alarms are about which name none.", ""),
    field("note", Kind::Text, "What you found.", "It was right."),
    field("number", Kind::Number, "The number of the incident, without INC-.", "1"),
    field("outcome", words!(EventOutcome::ALL), "Only what ended so.", ""),
    field("pack", Kind::Text, "The id of the pack of evidence.", "PACK"),
    field("passcode", Kind::Text, "The code of the app, or a recovery code.", "CODE"),
    field("password", Kind::Text, "The password.", "PASSWORD"),
    field("tokens/create.password", Kind::Text, "Your password, once more.", "PASSWORD"),
    field("me/password.password", Kind::Text, "The new password: 12 to 256 characters.", "NEW_PASSWORD"),
    field("session/setup.password", Kind::Text, "Your password from now on: 12 to 256 characters.", "PASSWORD"),
    field("person", Kind::Text, "The person's id.", "PERSON"),
    field(
        "preset",
        Kind::OneOf(|| crate::api::actions::PRESETS.iter().map(|(word, _)| *word).collect()),
        "Why, in one word.",
        "precaution",
    ),
    field("press", Kind::Text, "The button of the form that was pressed.", ""),
    field("q", Kind::Text, "Only incidents with this text in title, container, image or node.", ""),
    field("reason", Kind::Text, "Why, in your words; needed unless an intrusion is confirmed.", "nightly scan"),
    field("approvals/decide.reason", Kind::Text, "Why, in your words.", "not before the memory is read"),
    field("request", Kind::Text, "The request's id.", "REQUEST"),
    field("rules", Kind::Text, "Fields of the form's rows, rules[0][approvals] and so on.", ""),
    field("responder", Kind::Tick, "Gives the role responder.", ""),
    field(
        "scope",
        Kind::Text,
        "read, respond, or permissions with blanks between them: what the token may do.",
        "read",
    ),
    field("seen", Kind::Text, "What an earlier answer showed, as JSON: the new answer says what changed since.", ""),
    field("seen_image", Kind::Tick, "You have seen that the image reference changed.", ""),
    field("seen_mounts", Kind::Tick, "You have seen that the mounts changed.", ""),
    field("seen_name", Kind::Tick, "You have seen that the name changed.", ""),
    field("seen_restarts", Kind::Tick, "You have seen that it was restarted more often.", ""),
    field("seen_started", Kind::Tick, "You have seen that it is another run.", ""),
    field("source", Kind::Text, "The alarm source's id.", "SOURCE"),
    field("target", Kind::Text, "The node's id, a colon, and the full id of the container.", "NODE:CONTAINER"),
    field("text", Kind::Text, "The note.", "Asked the team of the shop."),
    field("theme", Kind::OneOf(|| vec!["light", "dark", "auto"]), "The theme.", "dark"),
    field("token", Kind::Text, "The token at the end of the set-up link.", "SETUP_TOKEN"),
    field("typed", Kind::Text, "The last 4 characters of the container's id; needed in tier 3.", ""),
    field("verdict", words!(Verdict::CHOICES), "What it was.", "false_positive"),
    field("waives_evidence", Kind::Tick, "A kill may go ahead though nothing is sealed.", ""),
    field("view", words!(QueueView::ALL), "Which incidents; those that need action when left out.", "action"),
];

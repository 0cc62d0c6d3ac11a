-- The first schema for SQLite. The other database has a migration of the same number, name and meaning.
--
-- Times are microseconds since 1970, UTC. Ids are text. Words of closed sets have a CHECK; sets that grow with the
-- product (action, class, kind, state) have none, because SQLite would have to rebuild the table to change it: readers refuse words they do not know.

-- People and how they sign in.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    login TEXT NOT NULL,
    password_hash TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_login ON account (login);
CREATE INDEX account_person ON account (person_id);

-- What people prove themselves with besides the password. `data` is the sealed secret of a code app or the public key of
-- a passkey. `counter` is the last step of which a code was taken, or what the passkey counts; `challenge` is the digest
-- of the last one answered.
CREATE TABLE factor (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name TEXT NOT NULL,
    data BLOB NOT NULL,
    handle TEXT,
    counter INTEGER NOT NULL,
    challenge TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX factor_person ON factor (person_id, added_at);
CREATE UNIQUE INDEX factor_handle ON factor (handle);

-- Codes for when no factor is at hand: only hashes. Used ones stay, those replaced go.
CREATE TABLE recovery_code (
    digest TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    made_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_code_person ON recovery_code (person_id);
-- Tokens of people's scripts. The secret itself is kept nowhere; `scopes` is JSON.
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    last_used_from TEXT,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_token_hash ON api_token (hash);
CREATE INDEX api_token_person ON api_token (person_id, created_at);

-- The one set-up link: only its hash.
CREATE TABLE setup_link (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- Machines with an engine. `access`, `labels`, `addresses`, `facts` and `stranger` are JSON; `access` names files and holds nothing of them.
CREATE TABLE node (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    access TEXT NOT NULL,
    labels TEXT NOT NULL,
    addresses TEXT NOT NULL,
    facts TEXT,
    stranger TEXT,
    trouble TEXT,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX node_name_in_use ON node (LOWER(name)) WHERE removed_at IS NULL;

-- Load balancers' interfaces. `access` and `facts` are JSON; `access` names files and holds nothing of them.
CREATE TABLE balancer (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    access TEXT NOT NULL,
    facts TEXT,
    trouble TEXT,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX balancer_name_in_use ON balancer (LOWER(name)) WHERE removed_at IS NULL;

-- Detectors. The token itself is kept nowhere.
CREATE TABLE source (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    default_node_id TEXT REFERENCES node (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_alarm_at INTEGER,
    sensor_at INTEGER,
    sensor_said TEXT
) STRICT;
CREATE UNIQUE INDEX source_name ON source (name);
CREATE UNIQUE INDEX source_token_hash ON source (token_hash);
-- Quell's own watch over containments. No token has this hash, and it is in no list of sources.
INSERT INTO source (id, name, kind, token_hash, created_at) VALUES ('quell', 'Quell itself', 'own', 'none', 0);

-- The ticket. `key_digest` is the SHA-256 of `key`: keys hold text of any length that an attacker chose, and an index
-- must not fail on it. `search` is what the queue's text filter looks into, lower-cased.
-- `urgency` is the queue's order: the deadline, and for what is contained a number after all deadlines. `unknown_…` is
-- set while it cannot be read whether a containment holds. `course` is JSON: the steps and targets that it follows, and
-- what was left out; `playbook`, the version of that, and `acknowledge_by` are in it too. `needs_action` is 1 or 0.
CREATE TABLE incident (
    id TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    key TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    title TEXT NOT NULL,
    class TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
    state TEXT NOT NULL,
    verdict TEXT,
    verdict_reason TEXT NOT NULL,
    node_id TEXT REFERENCES node (id),
    node_name TEXT NOT NULL,
    container TEXT,
    container_name TEXT NOT NULL,
    image TEXT NOT NULL,
    image_id TEXT NOT NULL,
    method TEXT NOT NULL,
    reason TEXT NOT NULL,
    owner_id TEXT REFERENCES person (id),
    first_alarm_at INTEGER NOT NULL,
    last_alarm_at INTEGER NOT NULL,
    alarm_count INTEGER NOT NULL,
    contain_by INTEGER NOT NULL,
    acknowledged_at INTEGER,
    measures TEXT NOT NULL,
    contained_at INTEGER,
    evidence_at INTEGER,
    analysed_at INTEGER,
    closed_at INTEGER,
    closing TEXT,
    closing_reason TEXT NOT NULL,
    of_id TEXT REFERENCES incident (id),
    reopened_at INTEGER,
    search TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    unknown_since INTEGER,
    unknown_reason TEXT,
    course TEXT NOT NULL,
    playbook INTEGER NOT NULL,
    acknowledge_by INTEGER NOT NULL,
    needs_action INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX incident_number ON incident (number);
CREATE UNIQUE INDEX incident_open_key ON incident (key_digest) WHERE closed_at IS NULL;
-- The newest about the same, open or closed; and what was merged into an incident or duplicates it.
CREATE INDEX incident_key ON incident (key_digest, number);
CREATE INDEX incident_of ON incident (of_id, number) WHERE of_id IS NOT NULL;
-- The views of the queue and the numbers above it. The class at an index's end is only to be counted.
CREATE INDEX incident_needs_action ON incident (urgency, number)
    WHERE needs_action = 1;
CREATE INDEX incident_needs_action_class ON incident (class, urgency, number)
    WHERE needs_action = 1;
CREATE INDEX incident_owner ON incident (owner_id, urgency, number) WHERE closed_at IS NULL;
CREATE INDEX incident_unassigned ON incident (urgency, number, class) WHERE closed_at IS NULL AND owner_id IS NULL;
CREATE INDEX incident_contained ON incident (urgency, number, class) WHERE closed_at IS NULL AND contained_at IS NOT NULL;
CREATE INDEX incident_containing ON incident (number) WHERE closed_at IS NULL AND contained_at IS NULL AND state = 'containing';
CREATE INDEX incident_closed ON incident (number, class) WHERE closed_at IS NOT NULL;
CREATE INDEX incident_unacknowledged ON incident (first_alarm_at) WHERE closed_at IS NULL AND acknowledged_at IS NULL;
CREATE INDEX incident_acknowledge_by ON incident (acknowledge_by) WHERE closed_at IS NULL AND acknowledged_at IS NULL;
CREATE INDEX incident_playbook ON incident (playbook, class) WHERE closed_at IS NULL;
CREATE INDEX incident_contained_at ON incident (contained_at, first_alarm_at) WHERE contained_at IS NOT NULL;

-- Which portal watches the contained containers of a node, and when it last had a look at all of them.
CREATE TABLE node_watch (
    node_id TEXT NOT NULL PRIMARY KEY REFERENCES node (id),
    owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    looked_at INTEGER
) STRICT;

-- One finding, written once and never again: these rows are wide. `body` is the alarm as JSON, `raw` the bytes as they
-- came. The source is no reference: it is looked at once for a batch instead of once for each of thousands of rows, and
-- sources are never deleted. `severity` and `class` are what it says of the intrusion, when it says something. Append-only.
CREATE TABLE alarm (
    id TEXT NOT NULL PRIMARY KEY,
    source_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    severity TEXT,
    class TEXT,
    dedupe_key TEXT NOT NULL,
    body TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX alarm_dedupe_key ON alarm (dedupe_key);

-- Alarms that belong to no incident yet: written with the alarm, taken away when it is mapped.
CREATE TABLE alarm_unmapped (
    alarm_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- To which incident an alarm belongs, and how that is known. Alarms are no references here and above: whoever writes
-- these rows has just written or found the alarm, and alarms are never deleted. Ids of alarms sort by time.
CREATE TABLE alarm_mapping (
    alarm_id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incident (id),
    method TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_mapping_incident ON alarm_mapping (incident_id, alarm_id);

-- Each move of an alarm from one incident to another when these were merged, and how it was found until then; all of one
-- merge have the same number. When alarms go back, `undoes` names the move with which they had left: that one, and those
-- after it, count no more. Append-only.
CREATE TABLE alarm_moved (
    move INTEGER NOT NULL,
    alarm_id TEXT NOT NULL,
    from_id TEXT NOT NULL REFERENCES incident (id),
    to_id TEXT NOT NULL REFERENCES incident (id),
    undoes INTEGER,
    method TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (move, alarm_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_moved_to ON alarm_moved (to_id);

-- The moves that count still: what unmerging goes by, however often the same alarms moved before.
CREATE TABLE alarm_away (
    alarm_id TEXT NOT NULL,
    move INTEGER NOT NULL,
    from_id TEXT NOT NULL REFERENCES incident (id),
    PRIMARY KEY (alarm_id, move)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_away_from ON alarm_away (from_id, alarm_id);

CREATE TABLE dead_letter (
    id TEXT NOT NULL PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES source (id),
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE INDEX dead_letter_received_at ON dead_letter (received_at, id);

-- What shall be done, to exactly what. `parameters`, `facts`, `facts_asked` and `needs` are JSON. `gate` says
-- which gate of which load balancer it is about; it is empty when it is about the container itself. Never deleted.
CREATE TABLE action_request (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incident (id),
    node_id TEXT NOT NULL REFERENCES node (id),
    action TEXT NOT NULL,
    container TEXT NOT NULL,
    gate TEXT NOT NULL,
    parameters TEXT NOT NULL,
    facts TEXT NOT NULL,
    facts_asked TEXT NOT NULL,
    reason TEXT NOT NULL,
    requester_id TEXT NOT NULL REFERENCES person (id),
    requester_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    needs TEXT NOT NULL,
    break_glass INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    execution_id TEXT,
    detail TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX action_request_open ON action_request (node_id, container, action, gate)
    WHERE state IN ('awaiting_approval', 'approved', 'running', 'unknown');
CREATE INDEX action_request_incident ON action_request (incident_id, created_at);
CREATE INDEX action_request_created ON action_request (created_at, id);
CREATE INDEX action_request_awaiting ON action_request (expires_at) WHERE state = 'awaiting_approval';

-- Other people's decisions on a request. Append-only.
CREATE TABLE approval_vote (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES action_request (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    person_name TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('approved', 'denied', 'sent_back')),
    reason TEXT NOT NULL,
    waives_evidence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX approval_vote_request ON approval_vote (request_id, at);
-- A person counts once for what they saw.
CREATE UNIQUE INDEX approval_vote_once ON approval_vote (request_id, person_id, digest);

-- Another person's look at what was done without approval. Append-only.
CREATE TABLE action_review (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES action_request (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    person_name TEXT NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- Every version of the policy. `body` is JSON. Append-only.
CREATE TABLE policy (
    version INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

-- Every version of the playbooks. `body` is JSON. Append-only.
CREATE TABLE playbooks (
    version INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

-- A next version that somebody is writing, as they typed it: JSON.
CREATE TABLE draft (
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('policy', 'playbooks')),
    body TEXT NOT NULL,
    PRIMARY KEY (person_id, kind)
) STRICT;

-- Changes that take two admins, and what became of each. `body` is JSON. Never deleted.
CREATE TABLE admin_change (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    summary TEXT NOT NULL,
    proposer_id TEXT NOT NULL REFERENCES person (id),
    proposer_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'refused', 'withdrawn', 'expired', 'void')),
    decider_id TEXT REFERENCES person (id),
    decider_name TEXT NOT NULL,
    decided_at INTEGER,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX admin_change_created ON admin_change (created_at, id);
CREATE INDEX admin_change_pending ON admin_change (created_at) WHERE state = 'pending';

-- One row from the moment on at which there were two enabled admins: set-up mode is over, and never returns.
CREATE TABLE two_admins (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1)
) STRICT;

-- One run of a request.
CREATE TABLE execution (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES action_request (id),
    attempted_at INTEGER NOT NULL,
    concluded_at INTEGER,
    outcome TEXT CHECK (outcome IN ('done', 'verified', 'failed', 'unknown')),
    detail TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX execution_request ON execution (request_id);

-- Which incident holds which gate, and what there was before: written before the load balancer is asked. `body` is the hold
-- as JSON; `state`, `since` and `version` are in it too. Never deleted.
CREATE TABLE gate_hold (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES action_request (id),
    incident_id TEXT NOT NULL REFERENCES incident (id),
    balancer_id TEXT NOT NULL REFERENCES balancer (id),
    gate TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('taking', 'held', 'lost', 'releasing', 'released', 'dropped')),
    since INTEGER NOT NULL,
    looked_at INTEGER,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX gate_hold_gate ON gate_hold (balancer_id, gate, since);
CREATE INDEX gate_hold_incident ON gate_hold (incident_id, since);
CREATE INDEX gate_hold_watched ON gate_hold (looked_at) WHERE state = 'held';

-- When the gates in front of an incident's container were last looked for, and how many there were.
CREATE TABLE gate_look (
    incident_id TEXT NOT NULL PRIMARY KEY REFERENCES incident (id),
    looked_at INTEGER NOT NULL,
    found INTEGER NOT NULL
) STRICT;

CREATE TABLE evidence_pack (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incident (id),
    node_id TEXT NOT NULL REFERENCES node (id),
    facts TEXT NOT NULL,
    requester_id TEXT NOT NULL REFERENCES person (id),
    requester_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE UNIQUE INDEX evidence_pack_open ON evidence_pack (incident_id) WHERE done_at IS NULL;
CREATE INDEX evidence_pack_incident ON evidence_pack (incident_id, created_at);

-- An item while it is worked on.
CREATE TABLE evidence_task (
    id TEXT NOT NULL PRIMARY KEY,
    pack_id TEXT NOT NULL REFERENCES evidence_pack (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    total INTEGER,
    started_at INTEGER,
    heartbeat_at INTEGER,
    note TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX evidence_task_kind ON evidence_task (pack_id, kind);

-- What was kept of it. Append-only.
CREATE TABLE evidence_item (
    id TEXT NOT NULL PRIMARY KEY REFERENCES evidence_task (id),
    pack_id TEXT NOT NULL REFERENCES evidence_pack (id),
    incident_id TEXT NOT NULL REFERENCES incident (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT,
    object TEXT,
    method TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    checked TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX evidence_item_pack ON evidence_item (pack_id);
CREATE INDEX evidence_item_incident ON evidence_item (incident_id);

-- Who had it in hand. `actor` is JSON. Append-only.
CREATE TABLE custody_step (
    id INTEGER NOT NULL PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES evidence_item (id),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    sha256 TEXT
) STRICT;
CREATE INDEX custody_step_item ON custody_step (item_id, id);

-- The chain. `canonical` is what is hashed; the other columns are for searching, and a verifier compares them with it.
-- `actor_name` is lower-cased. Nothing is referenced: a record must stand when everything else is gone. Append-only.
CREATE TABLE audit_event (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    incident_id TEXT,
    canonical BLOB NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_incident ON audit_event (incident_id, seq) WHERE incident_id IS NOT NULL;

-- The end of the chain, and the lock under which it grows.
CREATE TABLE audit_head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Background work.
CREATE TABLE job (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    incident_id TEXT REFERENCES incident (id),
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'done')),
    epoch INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER
) STRICT;
CREATE INDEX job_due ON job (due_at, id) WHERE state = 'ready';

-- Counted tries; the key is hashed: what strangers type as a name may be a password.
CREATE TABLE throttle (
    key_digest TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_last_at ON throttle (last_at);

-- From where accounts signed in lately: account and network, hashed.
CREATE TABLE usual_place (
    key_digest TEXT NOT NULL PRIMARY KEY,
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX usual_place_last_at ON usual_place (last_at);

-- Sign-ins. `id` is the SHA-256 of the cookie's value, `data` is JSON.
CREATE TABLE web_session (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT,
    data TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX web_session_person ON web_session (person_id);
CREATE INDEX web_session_expires_at ON web_session (expires_at);

-- Append-only. The third trigger of each table is needed because INSERT OR REPLACE goes past the delete trigger.
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER approval_vote_no_update BEFORE UPDATE ON approval_vote BEGIN SELECT RAISE(ABORT, 'approval_vote is append-only'); END;
CREATE TRIGGER approval_vote_no_delete BEFORE DELETE ON approval_vote BEGIN SELECT RAISE(ABORT, 'approval_vote is append-only'); END;
CREATE TRIGGER approval_vote_no_replace BEFORE INSERT ON approval_vote WHEN EXISTS (SELECT 1 FROM approval_vote WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'approval_vote is append-only'); END;
CREATE TRIGGER action_review_no_update BEFORE UPDATE ON action_review BEGIN SELECT RAISE(ABORT, 'action_review is append-only'); END;
CREATE TRIGGER action_review_no_delete BEFORE DELETE ON action_review BEGIN SELECT RAISE(ABORT, 'action_review is append-only'); END;
CREATE TRIGGER action_review_no_replace BEFORE INSERT ON action_review WHEN EXISTS (SELECT 1 FROM action_review WHERE request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'action_review is append-only'); END;
CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER policy_no_replace BEFORE INSERT ON policy WHEN EXISTS (SELECT 1 FROM policy WHERE version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'policy is append-only'); END;
CREATE TRIGGER playbooks_no_update BEFORE UPDATE ON playbooks BEGIN SELECT RAISE(ABORT, 'playbooks is append-only'); END;
CREATE TRIGGER playbooks_no_delete BEFORE DELETE ON playbooks BEGIN SELECT RAISE(ABORT, 'playbooks is append-only'); END;
CREATE TRIGGER playbooks_no_replace BEFORE INSERT ON playbooks WHEN EXISTS (SELECT 1 FROM playbooks WHERE version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'playbooks is append-only'); END;
CREATE TRIGGER evidence_item_no_update BEFORE UPDATE ON evidence_item BEGIN SELECT RAISE(ABORT, 'evidence_item is append-only'); END;
CREATE TRIGGER evidence_item_no_delete BEFORE DELETE ON evidence_item BEGIN SELECT RAISE(ABORT, 'evidence_item is append-only'); END;
CREATE TRIGGER evidence_item_no_replace BEFORE INSERT ON evidence_item WHEN EXISTS (SELECT 1 FROM evidence_item WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'evidence_item is append-only'); END;
CREATE TRIGGER custody_step_no_update BEFORE UPDATE ON custody_step BEGIN SELECT RAISE(ABORT, 'custody_step is append-only'); END;
CREATE TRIGGER custody_step_no_delete BEFORE DELETE ON custody_step BEGIN SELECT RAISE(ABORT, 'custody_step is append-only'); END;
CREATE TRIGGER custody_step_no_replace BEFORE INSERT ON custody_step WHEN EXISTS (SELECT 1 FROM custody_step WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'custody_step is append-only'); END;
CREATE TRIGGER alarm_moved_no_update BEFORE UPDATE ON alarm_moved BEGIN SELECT RAISE(ABORT, 'alarm_moved is append-only'); END;
CREATE TRIGGER alarm_moved_no_delete BEFORE DELETE ON alarm_moved BEGIN SELECT RAISE(ABORT, 'alarm_moved is append-only'); END;
CREATE TRIGGER alarm_moved_no_replace BEFORE INSERT ON alarm_moved WHEN EXISTS (SELECT 1 FROM alarm_moved WHERE move = NEW.move AND alarm_id = NEW.alarm_id)
BEGIN SELECT RAISE(ABORT, 'alarm_moved is append-only'); END;
-- An alarm that is known is left out, whatever the statement says: a REPLACE must not put another in its place.
CREATE TRIGGER alarm_no_update BEFORE UPDATE ON alarm BEGIN SELECT RAISE(ABORT, 'alarm is append-only'); END;
CREATE TRIGGER alarm_no_delete BEFORE DELETE ON alarm BEGIN SELECT RAISE(ABORT, 'alarm is append-only'); END;
CREATE TRIGGER alarm_no_replace BEFORE INSERT ON alarm BEGIN
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM alarm WHERE dedupe_key = NEW.dedupe_key);
    SELECT RAISE(ABORT, 'alarm is append-only') WHERE EXISTS (SELECT 1 FROM alarm WHERE id = NEW.id);
END;

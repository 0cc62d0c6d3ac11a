//! Second factors and recovery codes.

use crate::stmt::stmts;

stmts! {
    FACTORS_OF(1) -> ["id", "person_id", "kind", "name", "data", "handle", "counter", "added_at", "last_used_at"],
        "SELECT id, person_id, kind, name, data, handle, counter, added_at, last_used_at FROM factor \
         WHERE person_id = $1 ORDER BY added_at, id";
    FACTOR_COUNT(1) -> ["n"], "SELECT COUNT(*) AS n FROM factor WHERE person_id = $1";
    RECOVERY_LEFT(1) -> ["n"], "SELECT COUNT(*) AS n FROM recovery_code WHERE person_id = $1 AND used_at IS NULL";
    PROOF_KEPT(2) -> ["n"],
        "SELECT (SELECT COUNT(*) FROM factor WHERE person_id = $1 AND id = $2) \
         + (SELECT COUNT(*) FROM recovery_code WHERE person_id = $1 AND digest = $2 AND used_at IS NOT NULL) AS n";

    FACTOR_ADD(9) -> [],
        "INSERT INTO factor (id, person_id, kind, name, data, handle, counter, challenge, added_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9)";
    FACTOR_NAME(3) -> [], "UPDATE factor SET name = $3 WHERE person_id = $1 AND id = $2";
    FACTOR_REMOVE(2) -> [], "DELETE FROM factor WHERE person_id = $1 AND id = $2";
    /// A code is taken once, and none from before it afterwards.
    FACTOR_STEP(3) -> [], "UPDATE factor SET counter = $2, last_used_at = $3 WHERE id = $1 AND kind = 'totp' AND counter < $2";
    /// A challenge is answered once. A count that does not grow is that of a copy; many passkeys always say 0.
    FACTOR_ANSWER(5) -> [],
        "UPDATE factor SET data = $2, counter = $3, challenge = $4, last_used_at = $5 \
         WHERE id = $1 AND kind = 'passkey' AND challenge <> $4 AND (counter < $3 OR (counter = 0 AND $3 = 0))";
    FACTORS_CLEAR(1) -> [], "DELETE FROM factor WHERE person_id = $1";

    RECOVERY_ADD(3) -> [],
        "INSERT INTO recovery_code (digest, person_id, made_at, used_at) VALUES ($1, $2, $3, NULL)";
    RECOVERY_USE(3) -> [],
        "UPDATE recovery_code SET used_at = $3 WHERE person_id = $1 AND digest = $2 AND used_at IS NULL";
    RECOVERY_DROP(1) -> [], "DELETE FROM recovery_code WHERE person_id = $1 AND used_at IS NULL";
    RECOVERY_CLEAR(1) -> [], "DELETE FROM recovery_code WHERE person_id = $1";
}

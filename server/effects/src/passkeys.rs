//! Passkeys by `webauthn-rs`: user verification required, origin and counts checked, no attestation asked for.

use std::fmt;

use quell_core::ports::{Answered, Ceremony, PasskeyError, Passkeys};
use quell_domain::ids::{Digest, PersonId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration, Url, Uuid, WebauthnError},
};

/// The portal as passkeys know it.
pub struct WebauthnPasskeys(Result<Webauthn, String>);

impl fmt::Debug for WebauthnPasskeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebauthnPasskeys").finish_non_exhaustive()
    }
}

impl WebauthnPasskeys {
    /// For the portal at this origin. `any_port`: its port is not known yet.
    #[must_use]
    pub fn at(origin: &str, any_port: bool) -> Self {
        Self(build(origin, any_port))
    }

    fn offered(&self) -> Result<&Webauthn, PasskeyError> {
        self.0.as_ref().map_err(|why| PasskeyError::Broken(why.clone()))
    }
}

fn build(origin: &str, any_port: bool) -> Result<Webauthn, String> {
    let unusable = |_| "Passkeys are not offered: the portal's address cannot be used for them.".to_owned();
    let url = Url::parse(origin).map_err(|error| unusable(error.to_string()))?;
    let Some(name) = url.domain() else {
        return Err("Passkeys are not offered: browsers make them only for a name, and this portal's address is a number. An admin can give it a name in server.public_url.".to_owned());
    };
    WebauthnBuilder::new(name, &url)
        .and_then(|builder| builder.rp_name("Quell").allow_any_port(any_port).build())
        .map_err(|error| unusable(error.to_string()))
}

impl Passkeys for WebauthnPasskeys {
    fn why_not(&self) -> Option<String> {
        self.0.as_ref().err().cloned()
    }

    fn ask_new(&self, person: &PersonId, login: &str, name: &str, known: &[Vec<u8>]) -> Result<Ceremony, PasskeyError> {
        let person = Uuid::parse_str(person.as_str()).map_err(|error| PasskeyError::Broken(error.to_string()))?;
        let known = read(known)?.into_iter().map(|passkey| passkey.cred_id().clone()).collect();
        let asked = self.offered()?.start_passkey_registration(person, login, name, Some(known));
        let (challenge, state) = asked.map_err(|error| broken(&error))?;
        ceremony(&challenge, &state)
    }

    fn check_new(&self, state: &str, answer: &str) -> Result<Answered, PasskeyError> {
        let state: PasskeyRegistration = kept(state.as_bytes())?;
        let passkey = self.offered()?.finish_passkey_registration(&sent(answer)?, &state).map_err(|e| wrong(&e))?;
        answered(&passkey)
    }

    fn ask_proof(&self, known: &[Vec<u8>]) -> Result<Ceremony, PasskeyError> {
        let asked = self.offered()?.start_passkey_authentication(&read(known)?);
        let (challenge, state) = asked.map_err(|error| broken(&error))?;
        ceremony(&challenge, &state)
    }

    fn check_proof(&self, state: &str, answer: &str, known: &[Vec<u8>]) -> Result<Answered, PasskeyError> {
        let state: PasskeyAuthentication = kept(state.as_bytes())?;
        let result = self.offered()?.finish_passkey_authentication(&sent(answer)?, &state).map_err(|e| wrong(&e))?;
        if !result.user_verified() {
            return Err(PasskeyError::Wrong("the person was not verified".to_owned()));
        }
        let found = read(known)?.into_iter().find(|passkey| passkey.cred_id() == result.cred_id());
        let mut passkey = found.ok_or_else(|| PasskeyError::Wrong("the passkey was removed meanwhile".to_owned()))?;
        passkey.update_credential(&result);
        Ok(Answered { counter: i64::from(result.counter()), ..answered(&passkey)? })
    }
}

/// The browser takes what is under `publicKey`.
fn ceremony(challenge: &impl Serialize, state: &impl Serialize) -> Result<Ceremony, PasskeyError> {
    let options = serde_json::to_value(challenge).map_err(|error| PasskeyError::Broken(error.to_string()))?;
    let options = options.get("publicKey").cloned().unwrap_or(Value::Null).to_string();
    let state = serde_json::to_string(state).map_err(|error| PasskeyError::Broken(error.to_string()))?;
    Ok(Ceremony { options, state })
}

fn answered(passkey: &Passkey) -> Result<Answered, PasskeyError> {
    let data = serde_json::to_vec(passkey).map_err(|error| PasskeyError::Broken(error.to_string()))?;
    Ok(Answered { handle: Digest::of(passkey.cred_id().as_ref()), data, counter: 0 })
}

fn read(known: &[Vec<u8>]) -> Result<Vec<Passkey>, PasskeyError> {
    known.iter().map(|data| kept(data)).collect()
}

/// Ours.
fn kept<T: DeserializeOwned>(json: &[u8]) -> Result<T, PasskeyError> {
    serde_json::from_slice(json).map_err(|error| PasskeyError::Broken(error.to_string()))
}

/// A stranger's.
fn sent<T: DeserializeOwned>(json: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(json).map_err(|error| PasskeyError::Wrong(error.to_string()))
}

fn broken(error: &WebauthnError) -> PasskeyError {
    PasskeyError::Broken(error.to_string())
}

fn wrong(error: &WebauthnError) -> PasskeyError {
    PasskeyError::Wrong(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_no_name() {
        for address in ["http://127.0.0.1:8080", "https://[::1]", "https://192.0.2.1"] {
            let why = WebauthnPasskeys::at(address, false).why_not();
            assert!(why.is_some_and(|why| why.contains("only for a name")), "{address}");
        }
        for name in ["http://localhost:8080", "https://quell.example.org"] {
            assert_eq!(WebauthnPasskeys::at(name, false).why_not(), None, "{name}");
        }
    }

    #[test]
    fn a_person_must_be_verified_and_the_challenge_is_new() {
        let passkeys = WebauthnPasskeys::at("http://localhost:8080", false);
        let person = PersonId::new("0199f0c2-0000-7000-8000-000000000001");
        let ask = || passkeys.ask_new(&person, "ann", "Ann", &[]).expect("asked");
        let (one, two) = (ask(), ask());
        let options: Value = serde_json::from_str(&one.options).expect("JSON");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["rp"]["id"], "localhost");
        assert_eq!(options["attestation"], "none");
        assert_ne!(one, two);
        for answer in ["", "{}", "null", "[1]"] {
            let refused = passkeys.check_new(&one.state, answer);
            assert!(matches!(refused, Err(PasskeyError::Wrong(_))), "{refused:?}");
        }
    }
}

//! Second factors and the fresh proof over HTTP: the session that remembers it, the way there and back, what is refused.

use std::time::{SystemTime, UNIX_EPOCH};

use quell_core::totp;
use quell_domain::proof::STEP_SECONDS;
use quell_tests::{Client, Page, Portal, client::send, portal::labelled};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, COOKIE, ORIGIN, REFERER, SET_COOKIE},
};
use serde_json::Value;

use super::{ask, ledger};

const REMOVE: &str = "/api/v1/factors/remove";
const RENAME: &str = "/api/v1/factors/rename";
const RECOVERY: &str = "/api/v1/factors/recovery";
const GIVE: &str = "/api/v1/proof/give";

/// The step of now. Its code is taken until the end of the next one, the next one's from now on.
fn step() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    i64::try_from(now).expect("a number") / STEP_SECONDS
}

/// Somebody with a code app, in a browser that has just proved it; the code of the step given is used up.
struct Ann {
    client: Client,
    password: String,
    secret: Vec<u8>,
    step: i64,
}

impl Ann {
    async fn on(portal: &Portal) -> Self {
        let password = portal.add_person("ann", &["analyst"]);
        let client = portal.client();
        client.sign_in("ann", &password).await;
        let page = client.post_form("/api/v1/code_app/begin", &[("current", &password), ("name", "phone")]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/me/code-app")), "{}", page.text());
        let letters =
            ask(&client, "/api/v1/code_app/show").await.json()["secret"].as_str().expect("letters").to_owned();
        let html = client.read("/me/code-app").await;
        assert!(html.contains("class=\"qr\"") && html.contains(&letters[..4]), "{html}");
        let (secret, step) = (totp::from_letters(&letters).expect("a secret"), step());
        let wrong = client.post_json_answer("/api/v1/code_app/add", &[("passcode", "000000")]).await;
        assert_eq!(wrong.json()["fields"][0]["field"], "passcode");
        let page = client.post_form("/api/v1/code_app/add", &[("passcode", &totp::code(&secret, step))]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/me")), "{}", page.text());
        assert!(client.read("/me/code-app").await.contains("First, your password"), "nothing is left of it");
        Self { client, password, secret, step }
    }

    async fn again(&self, portal: &Portal) -> Client {
        let client = portal.client();
        client.sign_in("ann", &self.password).await;
        client
    }

    fn next_code(&self) -> String {
        totp::code(&self.secret, self.step + 1)
    }

    async fn prove(&self, client: &Client, code: &str, next: &str) -> Page {
        client.post_json_answer(GIVE, &[("password", &self.password), ("passcode", code), ("next", next)]).await
    }
}

fn is_asked(page: &Page) -> bool {
    page.status == StatusCode::FORBIDDEN && page.json()["code"] == "step_up"
}

async fn factors(client: &Client) -> Value {
    ask(client, "/api/v1/factors/list").await.json()
}

async fn codes(client: &Client) -> Vec<String> {
    let page = client.post_json_answer(RECOVERY, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.json()["once"]["value"].as_str().expect("codes").lines().map(str::to_owned).collect()
}

/// The cookie of an answer.
fn cookie(page: &Page) -> String {
    let lines = page.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let line = lines.into_iter().find(|line| line.starts_with("quell=")).unwrap_or_else(|| panic!("no session"));
    line.split(';').next().expect("a pair").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_remembered_by_a_new_session_only() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let browser = portal.client();
    let before = cookie(&browser.try_sign_in("ann", &ann.password).await);
    let factor = factors(&browser).await["factors"][0]["id"].as_str().expect("an id").to_owned();
    for (path, fields) in [(RECOVERY, &[][..]), (REMOVE, &[("factor", factor.as_str())][..])] {
        assert!(is_asked(&browser.post_json_answer(path, fields).await), "{path}");
    }
    let given = ann.prove(&browser, &ann.next_code(), "/incidents?view=mine").await;
    assert_eq!((given.status, given.json()["path"].as_str()), (StatusCode::OK, Some("/incidents?view=mine")));
    let after = cookie(&given);
    assert_ne!(before, after);
    let thief = reqwest::Client::builder().no_proxy().build().expect("client");
    let stolen = thief.get(format!("{}/api/v1/me/show", portal.base())).header(COOKIE, before);
    let answer = stolen.header(ACCEPT, "application/json").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "the id from before is worth nothing");
    assert_eq!(codes(&browser).await.len(), 10);
    assert_ne!(factors(&browser).await["proved_until"], Value::Null);

    // Another browser of the same person has no part in it, and the code is used.
    let other = ann.again(&portal).await;
    assert!(is_asked(&other.post_json_answer(RECOVERY, &[]).await));
    let twice = ann.prove(&other, &ann.next_code(), "").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);

    // As if six minutes had passed.
    let old = "UPDATE web_session SET data = REPLACE(data, '\"proof\":{\"at\":', '\"proof\":{\"at\":1,\"x\":')";
    assert!(ledger(&portal).await.tamper(old).await >= 1);
    assert!(is_asked(&browser.post_json_answer(RECOVERY, &[]).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_comes_back_from_the_proof_with_what_was_typed() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let spare = codes(&ann.client).await;
    let browser = ann.again(&portal).await;
    let page = "/me/code-app";
    let request = browser.request(Method::POST, "/api/v1/code_app/begin").header(ACCEPT, "text/html");
    let request = request.header(ORIGIN, portal.base()).header(REFERER, format!("{}{page}", portal.base()));
    let fields = [("current", "canary-7711"), ("name", "my <b>tablet</b>")];
    let sent = send(request.form(&fields)).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, Some("/me/prove?next=/me/code-app")));
    let html = browser.read("/me/prove?next=/me/code-app").await;
    assert!(html.contains("name=\"passcode\"") && html.contains("value=\"/me/code-app\""), "{html}");
    // A wrong code leads back to the proof, which still knows where to.
    let wrong = [("password", ann.password.as_str()), ("passcode", "000000"), ("next", page)];
    let request = browser.request(Method::POST, GIVE).header(ACCEPT, "text/html").header(ORIGIN, portal.base());
    let sent =
        send(request.header(REFERER, format!("{}/me/prove?next=/me/code-app", portal.base())).form(&wrong)).await;
    assert_eq!(sent.location(), Some("/me/prove?next=/me/code-app"));
    let html = browser.read("/me/prove?next=/me/code-app").await;
    assert!(html.contains("did not prove") && !html.contains("000000"), "{html}");
    let right = [("password", ann.password.as_str()), ("passcode", spare[0].as_str()), ("next", page)];
    let sent = browser.post_form(GIVE, &right).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, Some(page)), "{}", sent.text());
    let html = browser.read(page).await;
    assert!(html.contains("my &lt;b&gt;tablet&lt;/b&gt;") && html.contains("Nothing was done yet"), "{html}");
    assert!(!browser.read(page).await.contains("tablet"), "only once");
    for secret in ["canary-7711", spare[0].as_str()] {
        assert!(!portal.log().contains(secret));
    }
    // Nobody is led elsewhere, and what was kept for one page is not shown on another.
    let elsewhere = [("password", ann.password.as_str()), ("passcode", &spare[1]), ("next", "//evil.example")];
    assert_eq!(browser.post_form(GIVE, &elsewhere).await.location(), Some("/me"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_slowed_down_and_recorded() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let thief = ann.again(&portal).await;
    let mut answers = Vec::new();
    for n in 0..7 {
        answers.push(ann.prove(&thief, &format!("00000{n}"), "").await.status.as_u16());
    }
    assert_eq!(answers, [422, 422, 422, 422, 422, 429, 429]);
    let ledger = ledger(&portal).await;
    assert_eq!(ledger.count("SELECT COUNT(*) FROM audit_event WHERE code = 'proof.refused'").await, 5);
    assert_eq!(ledger.count("SELECT COUNT(*) FROM audit_event WHERE code = 'proof.throttled'").await, 2);
    let entry = &ledger.texts("SELECT CAST(canonical AS TEXT) FROM audit_event WHERE code = 'proof.refused'").await[0];
    assert!(
        entry.contains("\"outcome\":\"denied\"") && entry.contains("127.0.0.1") && !entry.contains("000000"),
        "{entry}"
    );
    assert_eq!(thief.post_json_answer(RECOVERY, &[]).await.json()["code"], "step_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_answer_must_be_one() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let begun =
        ann.client.post_json_answer("/api/v1/passkey/begin", &[("current", &ann.password), ("name", "key")]).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
    let page = ask(&ann.client, "/api/v1/passkey/show").await.json();
    let options: Value = serde_json::from_str(page["options"].as_str().expect("options")).expect("JSON");
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&"localhost".into(), &"ann".into()));
    for (answer, status) in [("{\"id\":1}", 422), ("{}", 409)] {
        let made = ann.client.post_json_answer("/api/v1/passkey/add", &[("credential", answer)]).await;
        assert_eq!(made.status.as_u16(), status, "the second time nothing is asked any more: {}", made.text());
    }
    let unasked = ann.client.post_json_answer("/api/v1/proof/passkey", &[("credential", "{}"), ("next", "")]).await;
    assert_eq!(unasked.status, StatusCode::CONFLICT);
    assert_eq!(factors(&ann.client).await["factors"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_number_passkeys_are_not_offered() {
    let portal = Portal::builder().prepare();
    let address = format!("http://{}", portal.address());
    let mut portal = portal;
    portal.set_env("QUELL__SERVER__PUBLIC_URL", Some(&address));
    portal.serve().await;
    let password = portal.add_person("ann", &["analyst"]);
    let ann = portal.client();
    ann.sign_in("ann", &password).await;
    assert!(ann.read("/me").await.contains("only for a name"));
    let begun = ann.post_json_answer("/api/v1/passkey/begin", &[("current", &password), ("name", "key")]).await;
    assert_eq!(begun.status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_named_removed_and_reset() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let id = factors(&ann.client).await["factors"][0]["id"].as_str().expect("an id").to_owned();
    let named = ann.client.post_form(RENAME, &[("factor", &id), ("name", "tablet")]).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER);
    assert!(ann.client.read("/me").await.contains("tablet"));
    let bob = portal.person("bob", &["analyst"]).await;
    let theirs = bob.post_json_answer(RENAME, &[("factor", &id), ("name", "mine")]).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let removed = ann.client.post_json_answer(REMOVE, &[("factor", &id)]).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
    assert!(is_asked(&ann.client.post_json_answer(RECOVERY, &[]).await), "the proof went with it");
    assert!(ann.client.read("/me/prove").await.contains("no second factor"));

    // By the operator: the person is signed out, and the factors are gone.
    let begun =
        ann.client.post_json_answer("/api/v1/code_app/begin", &[("current", &ann.password), ("name", "x")]).await;
    assert_eq!(begun.status, StatusCode::OK);
    let letters =
        ask(&ann.client, "/api/v1/code_app/show").await.json()["secret"].as_str().expect("letters").to_owned();
    let code = totp::code(&totp::from_letters(&letters).expect("a secret"), step());
    assert_eq!(
        ann.client.post_json_answer("/api/v1/code_app/add", &[("passcode", &code)]).await.status,
        StatusCode::OK
    );
    assert!(portal.quell(&["user", "reset-factors", "Ann"]).contains("no second factor"));
    assert_eq!(ann.client.get("/me").await.status, StatusCode::SEE_OTHER);
    let again = ann.again(&portal).await;
    assert_eq!(factors(&again).await["factors"].as_array().map(Vec::len), Some(0));
    assert_eq!(portal.try_quell(&["user", "reset-factors", "nobody"]).status.code(), Some(1));
    let reset = "SELECT COUNT(*) FROM audit_event WHERE code = 'factor.reset'";
    assert_eq!(ledger(&portal).await.count(reset).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_secret_lies_in_the_data_folder_and_the_key_is_its_owners() {
    let portal = Portal::start().await;
    let ann = Ann::on(&portal).await;
    let spare = codes(&ann.client).await;
    let pending =
        ann.client.post_json_answer("/api/v1/code_app/begin", &[("current", &ann.password), ("name", "x")]).await;
    assert_eq!(pending.status, StatusCode::OK, "{}", pending.text());
    let letters =
        ask(&ann.client, "/api/v1/code_app/show").await.json()["secret"].as_str().expect("letters").to_owned();
    let waiting = totp::from_letters(&letters).expect("a secret");
    let files = std::fs::read_dir(portal.data()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let kept: Vec<u8> =
        files.filter(|file| file.is_file()).flat_map(|file| std::fs::read(file).expect("readable")).collect();
    let holds = |part: &[u8]| kept.windows(part.len()).any(|bytes| bytes == part);
    assert!(holds(b"phone"), "the rest is there");
    for secret in [&ann.secret, &waiting] {
        for form in [secret.clone(), hex::encode(secret).into_bytes(), totp::letters(secret).into_bytes()] {
            assert!(!holds(&form));
        }
    }
    assert!(!spare.iter().any(|code| holds(code.as_bytes()) || holds(code.replace('-', "").as_bytes())));
    let key = portal.data().join("secrets.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).expect("a key").permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(labelled(&portal.quell(&["config", "check"]), "secrets.key_file = ").ends_with("secrets.key"));
}

//! The signing vectors, which the vendor's own signer made.

use elb_sim::sign::{Signed, payload_hash};
use serde_json::Value;

const VECTORS: &str = include_str!("../../fixtures/sdk_hmac_sha256_vectors.json");

#[test]
fn every_vector_is_reproduced_from_the_request_on_the_wire() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let sent = vector["headers_out"].as_object().unwrap();
        let signed_names = text("authorization").split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
        let header =
            |name: &str| sent.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).unwrap().1.as_str().unwrap();
        let headers: Vec<(String, String)> =
            signed_names.split(';').map(|name| (name.to_owned(), header(name).to_owned())).collect();
        let (path, query) = text("request_target").split_once('?').unwrap_or((text("request_target"), ""));
        let payload_hash = payload_hash(text("body").as_bytes(), None);
        let signed = Signed { method: text("method"), path, query, headers: &headers, payload_hash: &payload_hash };
        let date = header("x-sdk-date");
        assert_eq!(signed.canonical(), text("canonical_request"), "{}", text("name"));
        assert_eq!(signed.string_to_sign(date), text("string_to_sign"), "{}", text("name"));
        assert_eq!(signed.signature(text("sk"), date), text("signature"), "{}", text("name"));
        assert_eq!(signed.authorization(text("ak"), text("sk"), date), text("authorization"), "{}", text("name"));
        assert!(signed.is_signature(text("signature"), text("sk"), date), "{}", text("name"));
        assert!(!signed.is_signature(&text("signature").to_uppercase(), text("sk"), date), "{}", text("name"));
        assert!(!signed.is_signature(text("signature"), "another", date), "{}", text("name"));
    }
}

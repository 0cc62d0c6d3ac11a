//! Images made by hand here, in both layouts; images of a real engine are walked in the engine tests.

use quell_domain::ids::Digest;
use serde_json::json;

use super::super::{
    tar::tests::{end, entry, pax},
    tests::check,
};
use crate::ports::Shape;

const LAYERS: [&[u8]; 2] = [b"the first layer, as a tar would be", b"the second"];

fn hash(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

fn blob(bytes: &[u8]) -> (String, Vec<u8>) {
    (format!("blobs/sha256/{}", hash(bytes)), bytes.to_vec())
}

fn configuration() -> Vec<u8> {
    let ids: Vec<String> = LAYERS.iter().map(|layer| format!("sha256:{}", hash(layer))).collect();
    json!({"architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ids}}).to_string().into_bytes()
}

/// As engines from 25 on write it.
fn with_blobs() -> Vec<(String, Vec<u8>)> {
    let (config, first, second) = (blob(&configuration()), blob(LAYERS[0]), blob(LAYERS[1]));
    let manifest = blob(&json!({"schemaVersion": 2, "config": {"digest": "sha256:…"}}).to_string().into_bytes());
    let index = json!({"manifests": [{"digest": format!("sha256:{}", &manifest.0[13..])}]}).to_string().into_bytes();
    let list = json!([{"Config": config.0, "RepoTags": null, "Layers": [first.0, second.0]}]).to_string().into_bytes();
    let (index, list) = (("index.json".to_owned(), index), ("manifest.json".to_owned(), list));
    vec![config, first, second, manifest, index, list, ("oci-layout".to_owned(), b"{}".to_vec())]
}

/// As older engines write it.
fn with_layers() -> Vec<(String, Vec<u8>)> {
    let config = (format!("{}.json", hash(&configuration())), configuration());
    let layer = |at: usize| (format!("{}/layer.tar", at.to_string().repeat(64)), LAYERS[at].to_vec());
    let list = json!([{"Config": config.0, "RepoTags": ["a:b"], "Layers": [layer(0).0, layer(1).0]}]);
    vec![layer(0), layer(1), config, ("manifest.json".to_owned(), list.to_string().into_bytes())]
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let folder = entry("blobs/", b'5', b"");
    let files = files.iter().flat_map(|(name, data)| entry(name, b'0', data));
    folder.into_iter().chain(files).chain(end()).collect()
}

fn walk(files: &[(String, Vec<u8>)]) -> Result<String, String> {
    check(Shape::Image, &archive(files), 700)
}

#[test]
fn a_whole_image_passes_however_it_is_cut() {
    for files in [with_blobs(), with_layers()] {
        for step in [1, 511, 513, 100_000] {
            let found = check(Shape::Image, &archive(&files), step).expect("whole");
            assert!(found.ends_with("all 3 parts that its manifest names are there and match their hashes"), "{found}");
        }
    }
}

#[test]
fn one_flipped_byte_in_any_part_fails() {
    for files in [with_blobs(), with_layers()] {
        let parts =
            files.iter().filter(|(name, _)| name.contains("blobs/") || name.contains("layer") || name.len() > 64);
        for (part, _) in parts.clone() {
            let mut bad = files.clone();
            let data = bad.iter_mut().find(|(name, _)| name == part).expect("the part");
            *data.1.last_mut().expect("a byte") ^= 1;
            let said = walk(&bad).expect_err(part);
            assert!(said.contains("does not have the hash"), "{said}");
        }
        assert!(parts.count() >= 3);
    }
}

#[test]
fn every_missing_part_is_missed() {
    for files in [with_blobs(), with_layers()] {
        for (at, (part, _)) in files.iter().enumerate().filter(|(_, (name, _))| {
            // What nobody names is not missed.
            name != "oci-layout" && name != "index.json"
        }) {
            let mut bad = files.clone();
            bad.remove(at);
            let said = walk(&bad).expect_err(part);
            let names = said.contains("not in the archive") && said.contains(part);
            assert!(names || said == "The image does not say what is in it", "{part}: {said}");
        }
    }
    assert!(check(Shape::Image, &end(), 99).is_err(), "an empty archive is no image");
}

#[test]
fn equal_layers_may_be_kept_once() {
    let mut files = with_layers();
    let (first, second) = (files[0].0.clone(), files[1].0.clone());
    // Both layers are the first.
    let twice = vec![format!("sha256:{}", hash(LAYERS[0])); 2];
    let config = json!({"rootfs": {"diff_ids": twice}}).to_string().into_bytes();
    let list = json!([{"Config": format!("{}.json", hash(&config)), "Layers": [first, second]}]).to_string();
    files.truncate(1);
    files.extend([(format!("{}.json", hash(&config)), config), ("manifest.json".to_owned(), list.into_bytes())]);
    assert!(walk(&files).is_err(), "the second is nowhere");
    let mut link = entry(&second, b'2', b"");
    let target = format!("../{first}");
    link[157..157 + target.len()].copy_from_slice(target.as_bytes());
    link[148..156].fill(b' ');
    let sum: u32 = link.iter().map(|&b| u32::from(b)).sum();
    link[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert!(check(Shape::Image, &[link, archive(&files)].concat(), 99).is_ok());
}

#[test]
fn a_part_cannot_hide_behind_another_name() {
    // The name that counts is the pax one.
    let (name, data) = blob(b"something");
    let hidden = [pax("path", &name), entry("short", b'0', b"something else"), archive(&with_blobs())].concat();
    assert!(check(Shape::Image, &hidden, 99).is_err());
    let good = [pax("path", &name), entry("short", b'0', &data), archive(&with_blobs())].concat();
    assert!(check(Shape::Image, &good, 99).is_ok());
}

#[test]
fn what_is_no_description_fails_and_takes_no_memory() {
    for bad in ["", "{}", "[]", "[{\"Config\":1}]", "null"] {
        let mut files = with_blobs();
        files.iter_mut().find(|(name, _)| name == "manifest.json").expect("it").1 = bad.as_bytes().to_vec();
        assert!(walk(&files).is_err(), "{bad}");
    }
    let mut files = with_blobs();
    files[4].1 = vec![b' '; super::DESCRIPTIONS + 1];
    assert!(walk(&files).is_err_and(|said| said.contains("too large")));
    let many: Vec<_> = (0..=super::ENTRIES).map(|n| (format!("file-{n}"), Vec::new())).collect();
    assert!(walk(&many).is_err_and(|said| said.contains("more than 4,096 entries")));
}

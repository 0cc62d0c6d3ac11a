//! Everything else that Falco says about an event.

use quell_domain::alarm::AlarmDetail;

use super::tail;
use crate::{
    falcosidekick,
    fields::{Fields, known},
};

/// Ancestors are asked for up to this many generations back.
const GENERATIONS: [&str; 8] = [
    "proc.aname[2]",
    "proc.aname[3]",
    "proc.aname[4]",
    "proc.aname[5]",
    "proc.aname[6]",
    "proc.aname[7]",
    "proc.aname[8]",
    "proc.aname[9]",
];

/// Numbers that mean "no such user".
const NOBODY: [&str; 2] = ["-1", "4294967295"];

/// Did the sensor know neither command nor process, although it has the fields? That happens when it lost events; its other
/// fields cannot be trusted then either.
pub(super) fn is_blank(fields: Fields<'_>) -> bool {
    (fields.has("proc.cmdline") || fields.has("proc.name"))
        && fields.first(&["proc.cmdline", "proc.name", "proc.exepath"]).is_none()
}

/// Reads the detail; the ATT&CK ids and the confidence are the caller's.
pub(super) fn read(fields: Fields<'_>, output: &str, message: Option<&str>) -> AlarmDetail {
    let object = fields.text("fd.name");
    let (namespace_of_name, pod_of_name) = of_kubernetes_name(fields.text("container.name").as_deref());
    let pod = fields.text("k8s.pod.name").or(pod_of_name).or_else(|| {
        fields.text("ka.target.name").filter(|_| fields.text("ka.target.resource").as_deref() == Some("pods"))
    });
    let mut detail = AlarmDetail {
        message: tail::sentence(message.unwrap_or(tail::without_clock(output))).to_owned(),
        image: image(fields),
        process: fields.first(&["proc.name", "proc.exepath"]),
        command: fields.first(&["proc.cmdline", "ka.uri.param[command]"]),
        ancestors: fields.first(&["proc.pname", "proc.aname[1]"]).into_iter().collect(),
        pid: fields.text("proc.pid"),
        user: fields
            .first(&["user.name", "user.loginname", "ka.user.name"])
            .or_else(|| fields.text("user.uid").filter(|uid| !NOBODY.contains(&uid.as_str()))),
        file: object.clone().filter(|name| name.starts_with('/')).or_else(|| {
            let path = fields.first(&["evt.arg.path", "evt.arg.target", "evt.arg.oldpath", "evt.arg.newpath"]);
            path.or_else(|| fields.first(&["evt.arg.linkpath", "fs.path.name"]))
        }),
        connection: object.filter(|name| name.contains("->")).or_else(|| fields.text("fd.sip")),
        pod,
        namespace: fields.first(&["k8s.ns.name", "ka.target.namespace"]).or(namespace_of_name),
        techniques: Vec::new(),
        succeeded: fields
            .text("evt.res")
            .map(|result| result == "SUCCESS" || result.bytes().all(|b| b.is_ascii_digit())),
        low_confidence: false,
        replaces: None,
    };
    if !detail.ancestors.is_empty() {
        detail.ancestors.extend(GENERATIONS.iter().map_while(|name| fields.text(name)));
    }
    // Only where the fields got lost: where they say that they do not know, the text does not know either.
    let lost = !["proc.cmdline", "proc.name"].iter().any(|name| fields.has(name));
    if lost && detail.command.is_none() && !falcosidekick::was_cut(output) {
        from_text(&mut detail, output);
    }
    detail
}

fn image(fields: Fields<'_>) -> Option<String> {
    if let Some(whole) = fields.text("container.image") {
        return Some(whole);
    }
    let repository = fields.text("container.image.repository")?;
    Some(match (fields.text("container.image.tag"), fields.text("container.image.digest")) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, Some(digest)) => format!("{repository}@{digest}"),
        (None, None) => repository,
    })
}

/// Namespace and pod of `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`.
fn of_kubernetes_name(name: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(rest) = name.and_then(|name| name.strip_prefix("k8s_")) else { return (None, None) };
    let parts: Vec<&str> = rest.split('_').collect();
    match parts[..] {
        [_container, pod, namespace, _uid, _attempt] => (known(namespace), known(pod)),
        _ => (None, None),
    }
}

/// The text's own words, for events that lost their fields on the way. Only for reading.
fn from_text(detail: &mut AlarmDetail, output: &str) {
    let last = |key: &str| tail::last(output, key).and_then(known);
    let phrase = |key: &str| tail::phrase(output, key).and_then(known);
    detail.process = phrase("process").or_else(|| phrase("proc_exepath"));
    detail.command = phrase("command").or_else(|| phrase("cmdline"));
    detail.user = detail.user.take().or_else(|| phrase("user"));
    detail.file = detail.file.take().or_else(|| phrase("file"));
    detail.connection = detail.connection.take().or_else(|| phrase("connection"));
    detail.pod = detail.pod.take().or_else(|| last("k8s_pod_name"));
    detail.namespace = detail.namespace.take().or_else(|| last("k8s_ns_name"));
    if detail.ancestors.is_empty() {
        detail.ancestors.extend(phrase("parent"));
    }
    if detail.image.is_none() {
        let tag = last("container_image_tag").map_or(String::new(), |tag| format!(":{tag}"));
        detail.image = last("container_image_repository").map(|repository| repository + &tag);
    }
}

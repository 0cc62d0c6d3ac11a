//! What HAProxy's `show stat` says of front ends, their listeners, and servers.
//!
//! Written from HAProxy's management guide, chapter 9.1: comma-separated values, the first line names the columns. Fields in
//! quotes hold what back ends answered to health checks: whoever controls a back end writes there, so quotes are read
//! exactly.

use std::net::{IpAddr, SocketAddr};

use quell_core::ports::GateError;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Frontend,
    Backend,
    Server,
    Listener,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The front end or back end that it is, or belongs to.
    pub proxy: String,
    /// The server's or listener's own name.
    pub name: String,
    pub kind: Kind,
    /// `OPEN`, `UP`, `DOWN`, `MAINT (via b/s)`, `no check`, …
    pub status: String,
    /// `http` or `tcp`.
    pub mode: String,
    /// Of a server as people set it, whatever its state.
    pub weight: u16,
    /// `203.0.113.5:80`, `[2001:db8::5]:80`, `unix`; empty when it is not known, or not for the socket's level.
    pub address: String,
    /// Connections that stand.
    pub sessions: Option<u64>,
    /// Requests a second, or new connections where it knows no requests.
    pub rate: Option<u64>,
}

impl Row {
    /// The share of new connections that a server gets in its state.
    pub(super) fn share(&self) -> u16 {
        if self.is_out() || self.status.starts_with("DRAIN") { 0 } else { self.weight }
    }

    /// Is it in maintenance: does it get no connection at all?
    pub(super) fn is_out(&self) -> bool {
        self.status.starts_with("MAINT")
    }

    /// Address and port apart; what is no address of a network stays as it is, with port 0.
    pub(super) fn place(&self) -> (String, u16) {
        match self.address.parse::<SocketAddr>() {
            Ok(place) => (place.ip().to_canonical().to_string(), place.port()),
            Err(_) => (self.address.clone(), 0),
        }
    }

    /// Where a listener waits: its port, and its address unless that is every address.
    pub(super) fn listens(&self) -> Option<(Option<IpAddr>, u16)> {
        let place = self.address.parse::<SocketAddr>().ok()?;
        Some((Some(place.ip().to_canonical()).filter(|ip| !ip.is_unspecified()), place.port()))
    }
}

/// Reads all of it.
///
/// # Errors
/// Garbled when a column that is needed is missing, or a line is too short.
pub(super) fn read(text: &str) -> Result<Vec<Row>, GateError> {
    let garbled = |what: &str| GateError::Garbled(format!("show stat: {what}"));
    let mut lines = records(text.strip_prefix("# ").ok_or_else(|| garbled("no line of names"))?).into_iter();
    let names = lines.next().unwrap_or_default();
    let column = |name: &str| names.iter().position(|it| it == name);
    let need = |name: &str| column(name).ok_or_else(|| garbled(&format!("no column {name}")));
    let (proxy, name, kind, status) = (need("pxname")?, need("svname")?, need("type")?, need("status")?);
    let (sessions, address, mode, rate) = (need("scur")?, need("addr")?, need("mode")?, need("rate")?);
    let (requests, weight) = (need("req_rate")?, column("uweight").map_or_else(|| need("weight"), Ok)?);
    let mut rows = Vec::new();
    for line in lines {
        let at = |column: usize| line.get(column).map(String::as_str).ok_or_else(|| garbled("a line is too short"));
        let kind = match at(kind)? {
            "0" => Kind::Frontend,
            "1" => Kind::Backend,
            "2" => Kind::Server,
            "3" => Kind::Listener,
            _ => return Err(garbled("a line is of no known type")),
        };
        let rate = if at(mode)? == "http" && kind == Kind::Frontend { at(requests)? } else { at(rate)? };
        rows.push(Row {
            proxy: at(proxy)?.to_owned(),
            name: at(name)?.to_owned(),
            kind,
            status: at(status)?.to_owned(),
            mode: at(mode)?.to_owned(),
            weight: at(weight)?.parse().unwrap_or_default(),
            address: at(address)?.to_owned(),
            sessions: at(sessions)?.parse().ok(),
            rate: rate.parse().ok(),
        });
    }
    Ok(rows)
}

/// Comma-separated values: fields may stand in quotes, and hold commas, line ends and doubled quotes there. Empty lines are
/// none.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().chain(['\n']).peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                if !(record.is_empty() && field.is_empty()) {
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
            }
            letter => field.push(letter),
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: &str = "# pxname,svname,scur,status,weight,type,rate,req_rate,last_chk,addr,mode,uweight,\n";

    #[test]
    fn what_a_back_end_answers_to_its_check_stays_in_its_field() {
        let evil = r#""no, ""x"",2,MAINT
shop,fake,9,UP,1,2,0,,,198.51.100.1:1,http,1,""#;
        let text = format!("{NAMES}shop_be,a,3,DOWN,0,2,7,,{evil},10.0.0.5:8080,http,10,\n");
        let rows = read(&text).expect("rows");
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        assert_eq!((row.name.as_str(), row.status.as_str(), row.mode.as_str()), ("a", "DOWN", "http"));
        assert_eq!((row.weight, row.sessions, row.rate), (10, Some(3), Some(7)));
        assert_eq!(row.place(), ("10.0.0.5".to_owned(), 8_080));
    }

    #[test]
    fn states_and_places_are_told_apart() {
        let row = |status: &str, address: &str| {
            let text = format!("{NAMES}shop_be,a,3,{status},5,2,7,,,{address},tcp,5,\n");
            read(&text).expect("rows").remove(0)
        };
        for (status, share, out) in [
            ("UP 1/3", 5, false),
            ("no check", 5, false),
            ("DOWN", 5, false),
            ("DRAIN", 0, false),
            ("MAINT", 0, true),
            ("MAINT (via shop_be/b)", 0, true),
        ] {
            assert_eq!((row(status, "").share(), row(status, "").is_out()), (share, out), "{status}");
        }
        for (address, host, port) in
            [("[2001:db8::5]:80", "2001:db8::5", 80), ("10.0.0.5:0", "10.0.0.5", 0), ("unix", "unix", 0), ("", "", 0)]
        {
            assert_eq!(row("UP", address).place(), (host.to_owned(), port));
        }
        assert_eq!(row("OPEN", "[::]:443").listens(), Some((None, 443)));
        assert_eq!(row("OPEN", "203.0.113.5:80").listens(), Some(("203.0.113.5".parse().ok(), 80)));
    }

    #[test]
    fn what_is_no_table_is_garbled() {
        for text in ["", "x", "# pxname,svname\n", &format!("{NAMES}a,b\n"), &format!("{NAMES}a,b,1,UP,1,9,,,,,,,\n")] {
            assert!(matches!(read(text), Err(GateError::Garbled(_))), "{text:?}");
        }
        assert_eq!(read(NAMES).expect("an empty table"), []);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*|[\",\n#a-z0-9 ]*") {
            let _ = read(&text);
            let _ = read(&format!("{NAMES}{text}"));
        }

        #[test]
        fn any_field_comes_back(fields in prop::collection::vec(".*|[\",\n]*", 1..5)) {
            let line = fields.iter().map(|it| format!("\"{}\"", it.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            let back = records(&line);
            prop_assert!(back == [fields.clone()] || fields == [""]);
        }
    }
}

//! Lines that do not begin with an object: the detector's own log, a shipper's prefix, or what nobody can read.

/// What a line is.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Falco's own log between its alarms.
    Noise,
    /// An object behind a known prefix, beginning at this byte.
    Prefixed(usize),
    /// Nothing that can be read.
    Junk(&'static str),
}

const TEXT_OUTPUT: &str = "This looks like Falco's text output. Set json_output to true in its configuration.";
const UNKNOWN: &str = "This is not JSON.";

/// Falco prints these between alarms when it writes to a file or the console.
const NOISE: &[&str] = &[
    "Events detected:",
    "Rule counts by severity:",
    "Triggered rules by rule name:",
    "Syscall event drop monitoring:",
];

/// Falco's log lines carry its own clock in front, then one of these.
const LOG_NOISE: &[&str] = &[
    "Falco version",
    "Falco initialized with",
    "Falco configuration file",
    "Loading rules",
    "Loading plugin",
    "Hostname value has been overridden",
    "System info:",
    "Starting health webserver",
    "Enabled event sources",
    "Loaded event sources",
    "Opening '",
    "Opening source",
    "The chosen syscall buffer",
    "Setting metadata download",
    "Closing syscall source",
    "SIGINT received",
    "SIGHUP received",
    "SIGTERM received",
    "Restarting",
];

/// No prefix of a shipper is longer.
const LONGEST_PREFIX: usize = 200;

/// The end of the line that `at` stands in: the line feed, or the end of the body.
pub(super) fn end(body: &[u8], at: usize) -> usize {
    body[at..].iter().position(|b| *b == b'\n').map_or(body.len(), |offset| at + offset)
}

/// Looks at one line, its leading blanks already gone.
pub(super) fn read(line: &[u8], indented: bool) -> Line {
    if let Some(skip) = after_prefix(line) {
        return Line::Prefixed(skip);
    }
    let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST_PREFIX)]);
    let text = text.trim();
    if NOISE.iter().any(|start| text.starts_with(start)) || (indented && is_count(text)) {
        return Line::Noise;
    }
    if let Some(message) = after_clock(text) {
        return if LOG_NOISE.iter().any(|start| message.starts_with(start)) {
            Line::Noise
        } else if crate::falco::priority(message.split(' ').next().unwrap_or_default()).is_some() {
            Line::Junk(TEXT_OUTPUT)
        } else {
            Line::Junk(UNKNOWN)
        };
    }
    Line::Junk(UNKNOWN)
}

/// `NOTICE: 1`, `Terminal shell in container: 1`: a name and a number, the indented lines under Falco's closing counts.
fn is_count(text: &str) -> bool {
    text.rsplit_once(": ").is_some_and(|(name, count)| {
        !name.is_empty()
            && !name.contains(['{', '"', '='])
            && !count.is_empty()
            && count.bytes().all(|b| b.is_ascii_digit())
    })
}

/// What follows `13:12:32.137: `, `2025-10-26T16:15:25+0000: ` or `Sun Oct 26 16:15:25 2025: `.
fn after_clock(text: &str) -> Option<&str> {
    let (clock, message) = text.split_once(": ")?;
    let digits = clock.bytes().filter(u8::is_ascii_digit).count();
    (digits >= 6 && clock.len() <= 40 && clock.contains(':')).then_some(message)
}

/// Where the object begins behind a CRI prefix (`<time> stdout F `) or a syslog one (`Feb 28 13:14:04 host falco: `).
///
/// Strict on purpose: in text output the command line is the attacker's, and an object in there must not become an alarm.
pub(crate) fn after_prefix(line: &[u8]) -> Option<usize> {
    let open = line.iter().take(LONGEST_PREFIX).position(|b| *b == b'{')?;
    let prefix = std::str::from_utf8(&line[..open]).ok()?;
    let mut words =
        prefix.trim_start().trim_start_matches(|c: char| c == '<' || c.is_ascii_digit()).split_ascii_whitespace();
    // A syslog priority such as `<134>` is glued to the first word; a CRI line begins with its time, which the line above
    // must not eat.
    let words: Vec<&str> = if prefix.trim_start().starts_with('<') {
        let rest = words.next()?.strip_prefix('>')?;
        std::iter::once(rest).chain(words).filter(|word| !word.is_empty()).collect()
    } else {
        prefix.split_ascii_whitespace().collect()
    };
    let falco = |word: &str| {
        let name = word.trim_end_matches(':');
        name == "falco"
            || name
                .strip_prefix("falco[")
                .is_some_and(|pid| pid.trim_end_matches(']').bytes().all(|b| b.is_ascii_digit()))
    };
    let known = match words.as_slice() {
        [] => true,
        [time, "stdout" | "stderr", "F" | "P"] => is_date_time(time),
        [month, day, clock, _host, name] => is_month(month) && is_number(day) && is_clock(clock) && falco(name),
        [month, day, clock, name] => is_month(month) && is_number(day) && is_clock(clock) && falco(name),
        [time, _host, name] => is_date_time(time) && falco(name),
        // RFC 5424: version, time, host, name, process, message id, no structured data.
        [version, time, _host, name, _pid, _id, "-"] => {
            is_number(version.trim_start_matches('>')) && is_date_time(time) && falco(name)
        }
        _ => false,
    };
    known.then_some(open)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_month(text: &str) -> bool {
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].contains(&text)
}

fn is_clock(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
}

fn is_date_time(text: &str) -> bool {
    text.len() >= 19 && text.as_bytes()[10] == b'T' && !text.ends_with(':') && text.as_bytes()[0].is_ascii_digit()
}

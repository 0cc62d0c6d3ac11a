//! Where a JSON value ends, by brackets and strings alone. No recursion: nesting costs memory of one byte a level, no stack.

/// How the search ended.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// Just behind the value.
    Whole(usize),
    /// A bracket does not match, or a line ends within a string, which JSON does not allow. The end of that line.
    Broken(usize),
    /// The body ended first.
    Open,
}

/// The end of the object or array that begins at `at`.
pub(super) fn end_of_value(body: &[u8], at: usize) -> End {
    let mut closers = Vec::new();
    let mut i = at;
    while let Some(byte) = body.get(i) {
        match byte {
            b'"' => match end_of_string(body, i) {
                Ok(end) => {
                    i = end;
                    continue;
                }
                Err(end) => return if end < body.len() { End::Broken(end) } else { End::Open },
            },
            b'{' => closers.push(b'}'),
            b'[' => closers.push(b']'),
            b'}' | b']' => {
                if closers.pop() != Some(*byte) {
                    return End::Broken(super::line::end(body, i));
                }
                if closers.is_empty() {
                    return End::Whole(i + 1);
                }
            }
            _ => {}
        }
        i += 1;
    }
    End::Open
}

/// The end of an element of an array that is no object: the next comma or closing bracket on its own level.
pub(super) fn end_of_element(body: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while let Some(byte) = body.get(i) {
        match byte {
            b'"' => match end_of_string(body, i) {
                Ok(end) => {
                    i = end;
                    continue;
                }
                Err(end) => return end,
            },
            b'{' | b'[' => depth += 1,
            b',' if depth == 0 => return i,
            b']' if depth == 0 => return i,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        i += 1;
    }
    body.len()
}

/// Just behind the string that begins at `at`, or where a line end or the body's end cut it off.
fn end_of_string(body: &[u8], at: usize) -> Result<usize, usize> {
    let mut i = at + 1;
    while let Some(byte) = body.get(i) {
        match byte {
            b'"' => return Ok(i + 1),
            b'\\' if body.get(i + 1) != Some(&b'\n') => i += 1,
            b'\n' => return Err(i),
            _ => {}
        }
        i += 1;
    }
    Err(body.len())
}

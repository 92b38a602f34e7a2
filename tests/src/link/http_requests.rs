//! Counts HTTP/1 requests in the bytes that go up one connection.
//!
//! It only looks: what it does not understand (TLS, another protocol, a broken request) it stops looking at.

/// A longer head is not one that this project sends.
const HEAD_BYTES_MAX: usize = 64 * 1_024;
const HEADERS_MAX: usize = 100;

#[derive(Debug, Default)]
pub(super) struct HttpRequests {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// In a head, or before one: what has come of it.
    Head(Vec<u8>),
    /// In a body or a chunk of it, with so many bytes to come.
    Body { left: u64, then: Then },
    /// In the line before a chunk: what has come of it.
    ChunkLine(Vec<u8>),
    /// In the lines behind the last chunk: what has come of the present one.
    Trailer(Vec<u8>),
    /// Not HTTP/1.
    Opaque,
}

impl Default for Place {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

#[derive(Debug, Clone, Copy)]
enum Then {
    Head,
    ChunkLine,
}

impl HttpRequests {
    /// Looks at the next bytes and tells how many heads became complete in them.
    pub(super) fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            let taken = match &mut self.place {
                Place::Opaque => return found,
                Place::Body { left, then } => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left = left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
                    if *left == 0 {
                        self.place = match then {
                            Then::Head => Place::default(),
                            Then::ChunkLine => Place::ChunkLine(Vec::new()),
                        };
                    }
                    taken
                }
                Place::Head(head) => {
                    let taken = take_line(head, bytes);
                    if head.ends_with(b"\n") {
                        let next = after_head(head);
                        found += u64::from(matches!(next, Some(Place::Head(_) | Place::Body { .. } | Place::ChunkLine(_))));
                        self.place = next.unwrap_or_else(|| Place::Head(std::mem::take(head)));
                    } else if head.len() > HEAD_BYTES_MAX {
                        self.place = Place::Opaque;
                    }
                    taken
                }
                Place::ChunkLine(line) => {
                    let taken = take_line(line, bytes);
                    if line.ends_with(b"\n") {
                        self.place = after_chunk_line(line);
                    } else if line.len() > HEAD_BYTES_MAX {
                        self.place = Place::Opaque;
                    }
                    taken
                }
                Place::Trailer(line) => {
                    let taken = take_line(line, bytes);
                    if line.ends_with(b"\n") {
                        let last = matches!(line.as_slice(), b"\r\n" | b"\n");
                        self.place = if last { Place::default() } else { Place::Trailer(Vec::new()) };
                    } else if line.len() > HEAD_BYTES_MAX {
                        self.place = Place::Opaque;
                    }
                    taken
                }
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        found
    }

    /// Whether all that was begun is complete.
    pub(super) fn is_between(&self) -> bool {
        matches!(&self.place, Place::Head(head) if head.is_empty())
    }
}

/// Moves bytes up to and with the next line feed to `line` and tells how many.
fn take_line(line: &mut Vec<u8>, bytes: &[u8]) -> usize {
    let part = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    line.extend_from_slice(part);
    part.len()
}

/// Where a head leads, or nothing when it is not complete yet.
fn after_head(head: &[u8]) -> Option<Place> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) if head.len() <= HEAD_BYTES_MAX => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) | Err(_) => return Some(Place::Opaque),
    }
    let value = |name: &str| {
        let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    };
    if value("Transfer-Encoding").is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked")) {
        return Some(Place::ChunkLine(Vec::new()));
    }
    match value("Content-Length").map_or(Ok(0), |length| length.trim().parse()) {
        Ok(0) => Some(Place::default()),
        Ok(left) => Some(Place::Body { left, then: Then::Head }),
        Err(_) => Some(Place::Opaque),
    }
}

fn after_chunk_line(line: &[u8]) -> Place {
    match httparse::parse_chunk_size(line) {
        Ok(httparse::Status::Complete((_, 0))) => Place::Trailer(Vec::new()),
        // The chunk and the line end behind it.
        Ok(httparse::Status::Complete((_, size))) => Place::Body { left: size.saturating_add(2), then: Then::ChunkLine },
        Ok(httparse::Status::Partial) | Err(_) => Place::Opaque,
    }
}

#[cfg(test)]
mod tests {
    use super::HttpRequests;

    const THREE: &[u8] = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n\
        POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n\
        POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;q=1\r\nGET /\r\n0\r\nT: 1\r\n\r\n";

    #[test]
    fn requests_are_counted_however_the_bytes_are_cut() {
        for size in 1..THREE.len() {
            let mut requests = HttpRequests::default();
            let found: u64 = THREE.chunks(size).map(|part| requests.count(part)).sum();
            assert_eq!(found, 3, "in parts of {size} bytes");
            assert!(requests.is_between(), "in parts of {size} bytes");
        }
    }

    #[test]
    fn bytes_that_are_not_http_count_nothing() {
        let mut requests = HttpRequests::default();
        assert_eq!(requests.count(b"\x16\x03\x01\x02\x00\x01\x00\x01\n\xfc\x03\x03\n"), 0);
        assert_eq!(requests.count(b"GET / HTTP/1.1\r\n\r\n"), 0, "it does not start to look again");
    }
}

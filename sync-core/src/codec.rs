//! Reading and writing the bytes of the wire, bounded.

/// Bytes that do not say what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end too early.
    #[error("the bytes end in the middle of {0}")]
    Truncated(&'static str),
    /// A number or length is above its limit.
    #[error("{0} is above its limit")]
    TooLarge(&'static str),
    /// They have no meaning here.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// Something follows where nothing may.
    #[error("bytes are left over after {0}")]
    Trailing(&'static str),
}

/// Appends values to bytes.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    /// LEB128: seven bits a byte, lowest first.
    pub(crate) fn number(&mut self, mut number: u64) {
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            if number == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }
    pub(crate) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }
    /// Zigzag: small negative numbers are short too.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }
    /// Length first.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// Takes values from bytes that a peer sent: every length is held against a limit before anything is reserved.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
    pub(crate) fn end(&self, what: &'static str) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(what)) }
    }
    pub(crate) fn raw(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated(what))?;
        self.rest = rest;
        Ok(taken)
    }
    pub(crate) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        self.raw(N, what)?.try_into().map_err(|_| DecodeError::Truncated(what))
    }
    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(what).map(|[byte]| byte)
    }
    pub(crate) fn number(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(DecodeError::TooLarge(what));
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                // One number has one spelling: else the same message could be signed in two forms.
                return if byte == 0 && shift > 0 { Err(DecodeError::Invalid(what)) } else { Ok(number) };
            }
        }
        Err(DecodeError::TooLarge(what))
    }
    pub(crate) fn number_up_to(&mut self, most: u64, what: &'static str) -> Result<u64, DecodeError> {
        self.number(what).and_then(|number| if number <= most { Ok(number) } else { Err(DecodeError::TooLarge(what)) })
    }
    pub(crate) fn length(&mut self, most: usize, what: &'static str) -> Result<usize, DecodeError> {
        usize::try_from(self.number_up_to(most as u64, what)?).map_err(|_| DecodeError::TooLarge(what))
    }
    pub(crate) fn signed(&mut self, what: &'static str) -> Result<i64, DecodeError> {
        let number = self.number(what)?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }
    pub(crate) fn bytes(&mut self, most: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let length = self.length(most, what)?;
        self.raw(length, what)
    }
    pub(crate) fn text(&mut self, most: usize, what: &'static str) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes(most, what)?).map_err(|_| DecodeError::Invalid(what))
    }
    pub(crate) fn flag(&mut self, what: &'static str) -> Result<bool, DecodeError> {
        match self.byte(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError::Invalid(what)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn numbers_survive() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(number.cast_signed());
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.number("a number").unwrap(), number);
            assert_eq!(reader.signed("a number").unwrap(), number.cast_signed());
            reader.end("two numbers").unwrap();
        }
    }

    #[test]
    fn a_number_has_one_spelling_and_an_end() {
        for bytes in [&[0x80, 0][..], &[0xff; 10], &[0xff; 9], &[0x80], &[]] {
            assert!(Reader::new(bytes).number("a number").is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_length_above_its_limit_reserves_nothing() {
        let mut writer = Writer::default();
        writer.number(1 << 40);
        assert_eq!(Reader::new(&writer.into_bytes()).bytes(100, "a text"), Err(DecodeError::TooLarge("a text")));
    }
}

//! Answers that nobody signs: for what comes from no device that is known here.

use sync_core::exchange::MessageError;

use crate::ServerError;

/// Why a request got no signed reply. A device treats it like a link that failed: nothing that it keeps depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// Larger than any message.
    TooLarge,
    /// Not a message.
    NotAMessage,
    /// A version of the protocol, or a critical section, that is not spoken here.
    UnknownVersion,
    /// No such device here.
    UnknownDevice,
    /// The claimed device did not sign it.
    WrongSignature,
    /// It was made for a bundle, and did not come in one.
    ByFile,
    /// The database cannot answer now.
    Unavailable(ServerError),
}

impl Rejection {
    /// Stable, for machines; also the whole body of the HTTP answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotAMessage => "not-a-message",
            Self::UnknownVersion => "unknown-version",
            Self::UnknownDevice => "unknown-device",
            Self::WrongSignature => "wrong-signature",
            Self::ByFile => "by-file",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Rejection {}

impl From<MessageError> for Rejection {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::TooLarge => Self::TooLarge,
            MessageError::Version | MessageError::Critical(_) => Self::UnknownVersion,
            MessageError::Signature => Self::WrongSignature,
            MessageError::Decode(_) => Self::NotAMessage,
        }
    }
}

impl From<ServerError> for Rejection {
    fn from(error: ServerError) -> Self {
        Self::Unavailable(error)
    }
}

//! Questions: what became of what is held, or was refused. A device asks, two an exchange, until it is settled.

mod unsettled;

pub use unsettled::Unsettled;

use automerge::ChangeHash;

use super::Label;
use crate::codec::{DecodeError, Reader, Writer};
use crate::proof::Token;
use crate::{ReportId, UnitCode, limits};

/// What became of these changes of a report? Whoever asks names their whole hashes: he has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The report.
    pub report: ReportId,
    /// The heads of what is held, or the roots of what was refused; never empty.
    pub heads: Vec<ChangeHash>,
}

/// The answer for all heads of a question; where they differ, the safe one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server has them, and all that they were made on; the label of the newest, and the token for these heads.
    Shared(Label, Token),
    /// They wait for a supervisor.
    Held,
    /// They were refused.
    Refused {
        /// The number of the [`Refusal`](crate::Refusal).
        number: u8,
        /// What a supervisor said when he discarded them; else empty.
        reason: String,
    },
    /// The server does not have them, or it is not for this device to know.
    Unknown,
}

pub(crate) fn encode_questions(questions: &[Question]) -> Writer {
    let mut out = Writer::default();
    for question in questions {
        out.raw(&question.report.to_bytes());
        out.length(question.heads.len());
        question.heads.iter().for_each(|head| out.raw(&head.0));
    }
    out
}

pub(crate) fn decode_questions(bytes: &[u8]) -> Result<Vec<Question>, DecodeError> {
    let (mut reader, mut questions) = (Reader::new(bytes), Vec::new());
    while !reader.is_empty() {
        if questions.len() == limits::QUESTIONS_MAX {
            return Err(DecodeError::TooLarge("questions"));
        }
        let report = ReportId::from_bytes(reader.array("a report")?);
        let count = reader.length(limits::CHANGE_DEPENDENCIES_MAX, "a question")?;
        let heads = (0..count).map(|_| reader.array("a head").map(ChangeHash)).collect::<Result<Vec<_>, _>>()?;
        if heads.is_empty() {
            return Err(DecodeError::Invalid("a question"));
        }
        questions.push(Question { report, heads });
    }
    Ok(questions)
}

pub(crate) fn encode_answers(answers: &[Answer]) -> Writer {
    let mut out = Writer::default();
    for answer in answers {
        match answer {
            Answer::Unknown => out.byte(0),
            Answer::Shared(label, _) => {
                out.byte(1);
                label.partition.encode(&mut out);
                out.number(label.sequence);
            }
            Answer::Held => out.byte(2),
            Answer::Refused { number, reason } => {
                out.raw(&[3, *number]);
                out.text(reason);
            }
        }
    }
    out
}

pub(crate) fn decode_answers(bytes: &[u8]) -> Result<Vec<Answer>, DecodeError> {
    let (mut reader, mut answers) = (Reader::new(bytes), Vec::new());
    while !reader.is_empty() {
        if answers.len() == limits::QUESTIONS_MAX {
            return Err(DecodeError::TooLarge("answers"));
        }
        answers.push(match reader.byte("an answer")? {
            0 => Answer::Unknown,
            1 => {
                let label = Label { partition: UnitCode::decode(&mut reader)?, sequence: reader.number("a sequence")? };
                Answer::Shared(label, Token::COMING)
            }
            2 => Answer::Held,
            3 => {
                let number = reader.byte("a refusal")?;
                Answer::Refused { number, reason: reader.text(limits::DISCARD_REASON_BYTES_MAX, "a reason")?.to_owned() }
            }
            _ => return Err(DecodeError::Invalid("an answer")),
        });
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_back_as_they_were() {
        let one = |byte: u8| Question { report: ReportId::from_bytes([byte; 16]), heads: vec![ChangeHash([byte; 32])] };
        let questions = vec![one(1), Question { heads: vec![ChangeHash([2; 32]), ChangeHash([3; 32])], ..one(2) }];
        let bytes = encode_questions(&questions).into_bytes();
        assert_eq!(bytes.len(), 49 + 81, "a question with one head has 49 bytes");
        assert_eq!(decode_questions(&bytes), Ok(questions));
        let label = Label { partition: UnitCode::COUNTRY, sequence: 300 };
        for answer in [
            Answer::Unknown,
            Answer::Shared(label, Token::COMING),
            Answer::Held,
            Answer::Refused { number: 250, reason: String::new() },
            Answer::Refused { number: 20, reason: "Sudah dilaporkan petugas baru.".to_owned() },
        ] {
            let answers = vec![answer.clone(), Answer::Held];
            assert_eq!(decode_answers(&encode_answers(&answers).into_bytes()), Ok(answers));
        }
    }

    #[test]
    fn what_is_no_question_is_none() {
        let one = Question { report: ReportId::from_bytes([1; 16]), heads: vec![ChangeHash([1; 32])] };
        let three = encode_questions(&[one.clone(), one.clone(), one.clone()]).into_bytes();
        assert!(decode_questions(&three).is_err(), "two an exchange");
        assert!(decode_questions(&encode_questions(&[Question { heads: Vec::new(), ..one }]).into_bytes()).is_err());
        assert!(decode_answers(&[4]).is_err());
        assert!(decode_answers(&[3, 20, 0xff, 0x7f]).is_err(), "a reason of 16,383 bytes");
    }
}

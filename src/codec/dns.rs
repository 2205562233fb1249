//! DNS messages (RFC 1035) as bytes: one question, and what an answer says to it.

use std::net::IpAddr;

use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, Query},
    rr::{Name, RData, RecordType},
};

use crate::model::host::Family;

/// Answer of a resolver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The response code: 0 no error, 2 server failure, 3 no such name, 5 refused.
    pub rcode: u16,
    /// The addresses in the answer, of whichever name an alias led to.
    pub addrs: Vec<IpAddr>,
    /// The answer did not fit and must be asked for over TCP.
    pub truncated: bool,
}

/// Reason why bytes are no answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// They answer another question: a late packet, or a forged one.
    NotOurs,
    /// They are no DNS message.
    Malformed,
}

/// The bytes of a question for the addresses of `name`; `None` when that is no DNS name.
pub fn question(id: u16, name: &str, family: Family) -> Option<Vec<u8>> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(query(name, family)?);
    message.to_vec().ok()
}

fn query(name: &str, family: Family) -> Option<Query> {
    let mut name = Name::from_ascii(name).ok()?;
    name.set_fqdn(true);
    let record = if family == Family::V4 { RecordType::A } else { RecordType::AAAA };
    Some(Query::query(name, record))
}

/// Reads the answer to [`question`] with the same arguments.
///
/// # Errors
///
/// When the bytes are no DNS message, or answer something else.
pub fn answer(bytes: &[u8], id: u16, name: &str, family: Family) -> Result<Answer, NoAnswer> {
    // The first two bytes tell whether it is worth reading on, and are readable in any message.
    match bytes {
        [high, low, ..] if u16::from_be_bytes([*high, *low]) != id => return Err(NoAnswer::NotOurs),
        _ => {}
    }
    let Ok(message) = Message::from_vec(bytes) else { return Err(NoAnswer::Malformed) };
    // Some resolvers leave out the question when they refuse.
    let asks_ours = match message.queries.as_slice() {
        [] => true,
        [asked] => query(name, family).is_some_and(|ours| {
            ours.name.to_lowercase() == asked.name.to_lowercase() && ours.query_type == asked.query_type
        }),
        _ => false,
    };
    if message.metadata.message_type != MessageType::Response || !asks_ours {
        return Err(NoAnswer::NotOurs);
    }
    let addrs = message.answers.iter().filter_map(|record| match &record.data {
        RData::A(addr) => Some(IpAddr::V4(addr.0)),
        RData::AAAA(addr) => Some(IpAddr::V6(addr.0)),
        _ => None,
    });
    Ok(Answer {
        rcode: message.metadata.response_code.into(),
        addrs: addrs.collect(),
        truncated: message.metadata.truncation,
    })
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::{Record, rdata};
    use proptest::prelude::*;

    use super::*;

    fn response(id: u16, name: &str, addr: [u8; 4]) -> Vec<u8> {
        let mut message = Message::response(id, OpCode::Query);
        message.add_query(query(name, Family::V4).unwrap());
        let name = Name::from_ascii(name).unwrap();
        message.add_answer(Record::from_rdata(name, 60, RData::A(rdata::A(addr.into()))));
        message.to_vec().unwrap()
    }

    #[test]
    fn an_answer_is_read_whatever_the_case_of_its_name() {
        let answer = answer(&response(7, "Example.COM.", [192, 0, 2, 1]), 7, "example.com", Family::V4).unwrap();
        assert_eq!((0, vec!["192.0.2.1".parse().unwrap()]), (answer.rcode, answer.addrs));
    }

    #[test]
    fn answers_to_other_questions_are_not_ours() {
        let bytes = response(7, "example.com.", [192, 0, 2, 1]);
        assert_eq!(Err(NoAnswer::NotOurs), answer(&bytes, 8, "example.com", Family::V4));
        assert_eq!(Err(NoAnswer::NotOurs), answer(&bytes, 7, "example.org", Family::V4));
        assert_eq!(Err(NoAnswer::NotOurs), answer(&bytes, 7, "example.com", Family::V6));
        let question = question(7, "example.com", Family::V4).unwrap();
        assert_eq!(Err(NoAnswer::NotOurs), answer(&question, 7, "example.com", Family::V4), "an echo of the question");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(noise: Vec<u8>, cut in 0_usize..60, flip in 0_usize..45, with: u8, name in ".{0,80}") {
            let mut bytes = response(7, "example.com.", [192, 0, 2, 1]);
            bytes[flip] ^= with;
            bytes.truncate(cut);
            bytes.extend(&noise);
            drop(answer(&bytes, 7, "example.com", Family::V4));
            drop(answer(&noise, 7, &name, Family::V6));
            question(7, &name, Family::V4);
        }
    }
}

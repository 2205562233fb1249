//! Mail submission (RFC 5321, RFC 6409): commands and replies, without a connection.

use super::public_key::base64;

/// Longest reply, in bytes; RFC 5321, section 4.5.3.1.5 grants a line 512.
pub const MAX_REPLY: usize = 64 * 1024;

/// Reply of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpReply {
    /// Code, 200..=599.
    pub code: u16,
    /// Text of each line.
    pub lines: Vec<String>,
}

/// State of a reply that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpParse {
    /// Not all of it is there.
    Incomplete,
    /// All of it, with its length in bytes.
    Complete(SmtpReply, usize),
    /// No reply of a mail server.
    Malformed,
}

impl SmtpReply {
    /// Reads a reply from the beginning of `bytes`.
    pub fn parse(bytes: &[u8]) -> SmtpParse {
        let mut lines = Vec::new();
        let mut code = None;
        let mut at = 0;
        while let Some(length) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
            let line = bytes.get(at..at + length).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some((line_code, is_last, text)) = split(line) else { return SmtpParse::Malformed };
            if *code.get_or_insert(line_code) != line_code {
                return SmtpParse::Malformed;
            }
            lines.push(text);
            at += length + 1;
            if is_last {
                return SmtpParse::Complete(Self { code: line_code, lines }, at);
            }
        }
        let is_begun = bytes.get(at..).unwrap_or_default().iter().take(3).all(u8::is_ascii_digit);
        if bytes.len() > MAX_REPLY || !is_begun { SmtpParse::Malformed } else { SmtpParse::Incomplete }
    }

    /// True for success and for "go on" (2xx, 3xx).
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// True where the same may succeed later (4xx).
    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Words behind a keyword in the reply to EHLO; `None` where the server does not offer it.
    pub fn extension(&self, keyword: &str) -> Option<Vec<String>> {
        self.lines.iter().skip(1).find_map(|line| {
            let mut words = line.split([' ', '=']);
            let is_it = words.next().is_some_and(|word| word.eq_ignore_ascii_case(keyword));
            is_it.then(|| words.map(str::to_ascii_uppercase).collect())
        })
    }

    /// Code and text in one line.
    pub fn text(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }
}

/// Code, whether the line is the last one, and its text.
fn split(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code: u16 = std::str::from_utf8(code).ok()?.parse().ok()?;
    let is_last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned();
    (200..600).contains(&code).then_some((code, is_last, text))
}

/// Way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpLogin {
    /// PLAIN (RFC 4616): one command.
    Plain,
    /// LOGIN: the user and the password after a question each.
    Login,
}

/// The way to log in that the server offers in its reply to EHLO; `None` where it offers neither.
pub fn login(ehlo: &SmtpReply) -> Option<SmtpLogin> {
    let offered = ehlo.extension("AUTH")?;
    let offers = |name: &str| offered.iter().any(|word| word == name);
    if offers("PLAIN") { Some(SmtpLogin::Plain) } else { offers("LOGIN").then_some(SmtpLogin::Login) }
}

/// Commands that log in, one after the other, each without its end of line. They hold the password.
pub fn login_commands(login: SmtpLogin, user: &str, password: &str) -> Vec<String> {
    match login {
        SmtpLogin::Plain => vec![format!("AUTH PLAIN {}", base64(format!("\0{user}\0{password}").as_bytes()))],
        SmtpLogin::Login => vec!["AUTH LOGIN".into(), base64(user.as_bytes()), base64(password.as_bytes())],
    }
}

/// The content as it is sent: lines end with CR LF, a line that begins with a dot gets another one, and a line with a dot
/// alone ends it (RFC 5321, section 4.5.2).
pub fn content(mail: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(mail.len() + 8);
    for line in mail.strip_suffix(b"\n").unwrap_or(mail).split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            sent.push(b'.');
        }
        sent.extend_from_slice(line);
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b".\r\n");
    sent
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(text: &str) -> SmtpReply {
        match SmtpReply::parse(text.as_bytes()) {
            SmtpParse::Complete(reply, length) => {
                assert_eq!(text.len(), length);
                reply
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn replies_of_several_lines_are_read() {
        let ehlo = reply("250-mail.example\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n");
        assert_eq!((250, true), (ehlo.code, ehlo.is_positive()));
        assert_eq!(Some(vec![]), ehlo.extension("starttls"));
        assert_eq!(None, ehlo.extension("8BITMIME"));
        assert_eq!(Some(SmtpLogin::Plain), login(&ehlo));
        assert_eq!(Some(SmtpLogin::Login), login(&reply("250-x\r\n250 AUTH=LOGIN CRAM-MD5\r\n")));
        assert_eq!(None, login(&reply("250-x\r\n250 AUTH XOAUTH2\r\n")));
        assert!(reply("451 later\n").is_transient());
        assert_eq!("550 no such user", reply("550 no such user\r\n").text());
    }

    #[test]
    fn what_is_no_reply_is_found() {
        for bad in ["HTTP/1.1 200 OK\r\n", "99 x\r\n", "600 x\r\n", "250_x\r\n", "250-a\r\n550 b\r\n", "\r\n", "ab"] {
            assert_eq!(SmtpParse::Malformed, SmtpReply::parse(bad.as_bytes()), "{bad}");
        }
        for part in ["", "2", "250", "250-a", "250-a\r\n", "250-a\r\n25"] {
            assert_eq!(SmtpParse::Incomplete, SmtpReply::parse(part.as_bytes()), "{part}");
        }
        let endless = vec![b'2'; MAX_REPLY + 1];
        assert_eq!(SmtpParse::Malformed, SmtpReply::parse(&endless));
    }

    #[test]
    fn logging_in_is_encoded() {
        assert_eq!(vec!["AUTH PLAIN AG1lAHBhc3M="], login_commands(SmtpLogin::Plain, "me", "pass"));
        assert_eq!(vec!["AUTH LOGIN", "bWU=", "cGFzcw=="], login_commands(SmtpLogin::Login, "me", "pass"));
    }

    #[test]
    fn content_cannot_end_early() {
        assert_eq!(b"a\r\n..\r\n..b\r\n\r\nc\r\n.\r\n".to_vec(), content(b"a\n.\r\n.b\n\nc\r\n"));
        assert_eq!(b"\r\n.\r\n".to_vec(), content(b""));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let parsed = SmtpReply::parse(&bytes);
            if let SmtpParse::Complete(reply, length) = parsed {
                prop_assert!(length <= bytes.len() && (200..600).contains(&reply.code));
            }
        }

        #[test]
        fn only_the_last_line_of_content_is_a_dot(text in "[.\r\na]{0,40}") {
            let sent = content(text.as_bytes());
            let dots = sent.windows(5).filter(|window| *window == b"\r\n.\r\n").count();
            prop_assert!(sent.ends_with(b".\r\n") && !sent.starts_with(b".\r\n"), "{sent:?}");
            prop_assert_eq!(1, dots);
        }
    }
}

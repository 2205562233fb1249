//! Pattern of a search: a regular expression that never goes beyond a line.
//!
//! Whole blocks of a log are searched at once, as if line ends were nothing; so line ends are taken out of everything
//! the expression could match, and its beginning and end of text become those of a line.

use regex_automata::{
    Input,
    meta::{self, Regex},
    util::syntax,
};
use regex_syntax::{
    ParserBuilder,
    ast::ErrorKind,
    hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look},
};

/// The most memory a compiled expression and its caches may take, in bytes each.
const MAX_SIZE: usize = 16 << 20;

/// Text that somebody typed, and how it is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The text typed.
    pub text: String,
    /// True if the text is a regular expression rather than the very characters.
    pub is_regex: bool,
    /// True if upper and lower case differ.
    pub match_case: bool,
}

/// A query that can be searched for.
#[derive(Debug, Clone)]
pub struct Pattern {
    query: Query,
    regex: Regex,
}

/// Fault of a regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternFault {
    /// Kind of the fault.
    pub kind: FaultKind,
    /// At which character of the text, counted from 0; `None` when it is the whole.
    pub at: Option<usize>,
}

/// The kinds of faults, as far as a person can do something about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `(` without `)`.
    GroupUnclosed,
    /// `)` without `(`.
    GroupUnopened,
    /// `[` without `]`.
    ClassUnclosed,
    /// A range like `z-a`, or one with a class at its end.
    ClassRange,
    /// `*`, `+`, `?` or `{` with nothing before it.
    NothingToRepeat,
    /// `{` without `}`, without a number, or with the larger number first.
    RepetitionCount,
    /// `\` before a character that has no meaning with it, or at the end.
    Escape,
    /// A flag or a group that begins with `(?` and is none.
    Flag,
    /// Something that only other engines have: references to groups, looking ahead and behind.
    Unsupported,
    /// It could only match a line end, or across one.
    LineEnd,
    /// It could only match nothing.
    MatchesNothing,
    /// It would take too much memory.
    TooLarge,
    /// Anything else.
    Other,
}

impl Pattern {
    /// Makes a query searchable; `None` when nothing is typed.
    ///
    /// # Errors
    ///
    /// When the expression is wrong, and what is wrong with it.
    pub fn new(query: &Query) -> Result<Option<Self>, PatternFault> {
        if query.text.is_empty() {
            return Ok(None);
        }
        let whole = |kind| PatternFault { kind, at: None };
        let text = if query.is_regex { query.text.clone() } else { regex_syntax::escape(&query.text) };
        let hir = ParserBuilder::new()
            .utf8(false)
            .multi_line(true)
            .crlf(true)
            .case_insensitive(!query.match_case)
            .build()
            .parse(&text)
            .map_err(|err| fault(&err))?;
        let hir = within_line(hir).map_err(whole)?;
        if hir.properties().maximum_len() == Some(0) {
            return Err(whole(FaultKind::MatchesNothing));
        }
        let regex = meta::Builder::new()
            .configure(
                meta::Config::new().utf8_empty(false).nfa_size_limit(Some(MAX_SIZE)).hybrid_cache_capacity(MAX_SIZE),
            )
            .syntax(syntax::Config::new().utf8(false))
            .build_from_hir(&hir)
            .map_err(|_too_large| whole(FaultKind::TooLarge))?;
        Ok(Some(Self { query: query.clone(), regex }))
    }

    /// Returns the query that was typed.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// A copy for another thread, which shares nothing that threads would wait for.
    #[must_use]
    pub fn for_thread(&self) -> Self {
        self.clone()
    }

    /// Returns the ranges of the matches in one line or several whole ones, from the left, without matches of nothing.
    pub fn hits<'a>(&'a self, lines: &'a [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.regex.find_iter(Input::new(lines)).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

/// The expression without anything that a line end could be part of.
fn within_line(hir: Hir) -> Result<Hir, FaultKind> {
    let all = |hirs: Vec<Hir>| hirs.into_iter().map(within_line).collect::<Result<Vec<Hir>, FaultKind>>();
    Ok(match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => return Err(FaultKind::LineEnd),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(Class::Unicode(mut class)) => {
            let had_any = !class.ranges().is_empty();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            if had_any && class.ranges().is_empty() {
                return Err(FaultKind::LineEnd);
            }
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(mut class)) => {
            let had_any = !class.ranges().is_empty();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            if had_any && class.ranges().is_empty() {
                return Err(FaultKind::LineEnd);
            }
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start | Look::StartLF) => Hir::look(Look::StartCRLF),
        HirKind::Look(Look::End | Look::EndLF) => Hir::look(Look::EndCRLF),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => {
            let sub = within_line((*repetition.sub).clone())?;
            Hir::repetition(repetition.with(sub))
        }
        // Nobody asks what a group matched, and an engine without groups is quicker.
        HirKind::Capture(capture) => within_line(*capture.sub)?,
        HirKind::Concat(hirs) => Hir::concat(all(hirs)?),
        HirKind::Alternation(hirs) => Hir::alternation(all(hirs)?),
    })
}

fn fault(err: &regex_syntax::Error) -> PatternFault {
    match err {
        regex_syntax::Error::Parse(err) => {
            PatternFault { kind: kind(err.kind()), at: Some(err.span().start.column.saturating_sub(1)) }
        }
        regex_syntax::Error::Translate(err) => {
            PatternFault { kind: FaultKind::Other, at: Some(err.span().start.column.saturating_sub(1)) }
        }
        _ => PatternFault { kind: FaultKind::Other, at: None },
    }
}

fn kind(kind: &ErrorKind) -> FaultKind {
    match kind {
        ErrorKind::GroupUnclosed => FaultKind::GroupUnclosed,
        ErrorKind::GroupUnopened => FaultKind::GroupUnopened,
        ErrorKind::ClassUnclosed => FaultKind::ClassUnclosed,
        ErrorKind::ClassRangeInvalid | ErrorKind::ClassRangeLiteral | ErrorKind::ClassEscapeInvalid => {
            FaultKind::ClassRange
        }
        ErrorKind::RepetitionMissing => FaultKind::NothingToRepeat,
        ErrorKind::DecimalEmpty
        | ErrorKind::DecimalInvalid
        | ErrorKind::RepetitionCountInvalid
        | ErrorKind::RepetitionCountDecimalEmpty
        | ErrorKind::RepetitionCountUnclosed => FaultKind::RepetitionCount,
        ErrorKind::EscapeHexEmpty
        | ErrorKind::EscapeHexInvalid
        | ErrorKind::EscapeHexInvalidDigit
        | ErrorKind::EscapeUnexpectedEof
        | ErrorKind::EscapeUnrecognized
        | ErrorKind::UnicodeClassInvalid => FaultKind::Escape,
        ErrorKind::FlagDanglingNegation
        | ErrorKind::FlagDuplicate { .. }
        | ErrorKind::FlagRepeatedNegation { .. }
        | ErrorKind::FlagUnexpectedEof
        | ErrorKind::FlagUnrecognized => FaultKind::Flag,
        ErrorKind::UnsupportedBackreference | ErrorKind::UnsupportedLookAround => FaultKind::Unsupported,
        ErrorKind::NestLimitExceeded(_) | ErrorKind::CaptureLimitExceeded => FaultKind::TooLarge,
        _ => FaultKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(text: &str) -> Query {
        Query { text: text.into(), is_regex: true, match_case: true }
    }

    fn hits(query: &Query, text: &str) -> Vec<String> {
        let pattern = Pattern::new(query).unwrap().unwrap();
        pattern.hits(text.as_bytes()).map(|range| text[range].to_owned()).collect()
    }

    #[track_caller]
    fn check(expected: &[&str], pattern: &str, text: &str) {
        assert_eq!(expected, hits(&query(pattern), text), "{pattern:?} in {text:?}");
    }

    #[test]
    fn a_match_stays_within_its_line() {
        check(&["a", "b"], "[^x]+", "a\nb");
        check(&["a "], r"a\s+", "a \n b");
        check(&["ab"], r"a\s*b", "a\nb ab");
        check(&["b"], r"(?s)b.*", "a\nb\nc");
        check(&["a", "a"], r"\Aa|zz", "a\na");
        check(&["1", "2"], "[0-9]$", "1\r\n2\nx3x");
        check(&["b", "b"], "^b", "ab\nb\r\nb");
    }

    #[test]
    fn plain_text_is_taken_as_it_is() {
        let plain = Query { text: "1.1".into(), is_regex: false, match_case: false };
        assert_eq!(["1.1"], hits(&plain, "1x1 1.1")[..]);
        let plain = Query { text: "(".into(), is_regex: false, match_case: false };
        assert_eq!(["("], hits(&plain, "a(b")[..]);
    }

    #[test]
    fn case_matters_when_asked() {
        let any = Query { match_case: false, ..query("fehler|ÄRGER") };
        assert_eq!(["Fehler", "ärger"], hits(&any, "Fehler ärger")[..]);
        assert_eq!(Vec::<String>::new(), hits(&query("fehler"), "Fehler"));
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let pattern = Pattern::new(&query("b+")).unwrap().unwrap();
        assert_eq!(vec![1..3, 5..6], pattern.hits(b"\xffbb\xc3\nb").collect::<Vec<_>>());
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (text, kind, at) in [
            ("a(b", FaultKind::GroupUnclosed, Some(1)),
            ("a)", FaultKind::GroupUnopened, Some(1)),
            ("[a", FaultKind::ClassUnclosed, Some(0)),
            ("[z-a]", FaultKind::ClassRange, Some(1)),
            ("ä*+*", FaultKind::Other, None),
            ("*a", FaultKind::NothingToRepeat, Some(0)),
            ("a{2,1}", FaultKind::RepetitionCount, Some(1)),
            (r"ä\", FaultKind::Escape, Some(1)),
            (r"(a)\1", FaultKind::Unsupported, Some(3)),
            ("(?=a)", FaultKind::Unsupported, Some(0)),
            ("(?z)", FaultKind::Flag, Some(2)),
            (r"a\nb", FaultKind::LineEnd, None),
            (r"[\n]", FaultKind::LineEnd, None),
            ("^$", FaultKind::MatchesNothing, None),
            (r"(\pL{500}){500}", FaultKind::TooLarge, None),
        ] {
            let found = Pattern::new(&query(text));
            if text == "ä*+*" {
                assert!(found.is_ok(), "repetitions may be repeated");
                continue;
            }
            assert_eq!(Some(PatternFault { kind, at }), found.err(), "{text:?}");
        }
        assert!(Pattern::new(&query("")).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn a_search_over_many_lines_finds_what_a_search_in_each_finds(
            expression in "(\\^|\\\\A|)([ab.]|\\[\\^a\\]|\\\\s|\\\\W|\\\\b|b?|(ab|b)){1,4}[*+?]?(\\$|\\\\z|)",
            text in "[ab \r\n\u{e4}]{0,40}",
        ) {
            let query = query(&expression);
            let Ok(Some(pattern)) = Pattern::new(&query) else { return Ok(()) };
            let found: Vec<_> = pattern.hits(text.as_bytes()).collect();
            let mut naive = Vec::new();
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                naive.extend(pattern.hits(line.as_bytes()).map(|range| range.start + start..range.end + start));
                start += line.len();
            }
            prop_assert_eq!(&naive, &found);
            prop_assert!(found.iter().all(|range| !text[range.start..].get(..range.len()).unwrap_or("").contains('\n')));
        }
    }
}

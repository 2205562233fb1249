//! Facts about the proof of a log that the log itself records.

/// Reason why a log was put aside and not continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsideReason {
    /// The end of the log is not the one that was signed: rows, or the signature, were changed or removed.
    Changed,
    /// Nothing in it is signed.
    Unsigned,
    /// Another key signed it.
    OtherKey,
    /// It is signed, and there was no key to continue it with.
    NoKey,
    /// It was no longer in its folder.
    Gone,
}

impl AsideReason {
    /// Every reason with its word in logs and the rest of the sentence "the log before ...".
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Changed, "changed", "had been changed: its end was not the one that this user's key had signed"),
        (Self::Unsigned, "unsigned", "was not signed, so nothing proves that it was not changed"),
        (Self::OtherKey, "other_key", "was signed by another key than this user's"),
        (Self::NoKey, "no_key", "was signed, and there was no key to continue it with"),
        (Self::Gone, "gone", "was no longer in the folder"),
    ];

    /// Word in logs.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(_, word, _)| word)
    }

    /// End of the sentence "the log before ...".
    pub fn explain(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., sentence)| sentence)
    }
}

/// A log that was put aside, as the first row of the log after it records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAside {
    /// The reason.
    pub reason: AsideReason,
    /// Name of the file since then; empty when no file was left.
    pub file: String,
}

/// Reason why nothing can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// The user has no home folder, where the key belongs.
    NoHome,
    /// The system gives no random numbers to make a key of.
    NoRandom,
    /// The file of the key cannot be read or made.
    Unreadable,
    /// The file holds no key.
    Damaged,
}

impl KeyFault {
    /// Word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoHome => "no_home",
            Self::NoRandom => "no_random",
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
        }
    }
}

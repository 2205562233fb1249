//! The catalogue: every fixed text, English and German side by side, one file a panel. A text without one of them does not
//! compile.

use std::fmt;

use super::Language;

/// A fixed text. `{}` stands for what is put in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct T {
    name: &'static str,
    english: &'static str,
    german: &'static str,
}

impl T {
    /// The text in this language.
    pub(crate) fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::German => self.german,
        }
    }
}

impl fmt::Debug for T {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// `Name: "English", "German";` for each text.
macro_rules! texts {
    ($($key:ident: $english:literal, $german:literal;)+) => {
        #[expect(non_upper_case_globals, reason = "they are names as those of an enum, which had to be in one file")]
        impl T {
            $(pub(crate) const $key: Self = Self { name: stringify!($key), english: $english, german: $german };)+
        }

        /// The texts of this file.
        #[cfg(test)]
        pub(super) const ALL: &[T] = &[$(T::$key),+];
    };
}

mod activity;
mod dashboard;
mod integrations;
mod line;
mod logs;
mod outages;
mod path;
mod reports;
mod scheduler;
mod settings;
mod window;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text.
    fn all() -> impl Iterator<Item = T> {
        [
            activity::ALL,
            dashboard::ALL,
            integrations::ALL,
            line::ALL,
            logs::ALL,
            outages::ALL,
            path::ALL,
            reports::ALL,
            scheduler::ALL,
            settings::ALL,
            window::ALL,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places() {
        for text in all() {
            let (english, german) = (text.of(Language::English), text.of(Language::German));
            assert!(!english.is_empty() && !german.is_empty(), "{text:?}");
            assert_eq!(english.matches("{}").count(), german.matches("{}").count(), "{text:?}");
        }
    }

    /// Words that are the same in both, and names.
    const ALIKE: &[&str] = &[
        "Router",
        "Internet",
        "Info",
        "Start",
        "Pause",
        "IPv6",
        "Demo",
        "System",
        "#",
        "JSON",
        "Web",
        "Names",
        "ok",
        "DNS + WEB",
        "INTERNET",
        "15 min",
        "1 h",
        "6 h",
        "24 h",
        "median {} · p95 {}",
        "DNS + web",
        "Erlaubt: {}",
        "MQTT",
        "Webhook",
        "Webhooks",
        "Token",
    ];

    #[test]
    fn german_is_not_english() {
        for text in all() {
            let (english, german) = (text.of(Language::English), text.of(Language::German));
            assert!(english != german || ALIKE.contains(&english), "{text:?}: {english}");
        }
    }
}

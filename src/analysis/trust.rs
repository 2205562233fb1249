//! Certificates of web sites: whether a site or this computer is the reason that they are refused.

use crate::model::probe::{Loss, NotMeasured, Outcome, Proof, Sample, Subject};

/// Result of the certificates of the web sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificates {
    /// None was refused, or none was seen.
    Accepted,
    /// Some were refused, as sites with a fault of their own show it.
    RefusedAtSites,
    /// Several sites were reached and all certificates refused while nothing else is wrong: this computer trusts too
    /// few issuers, or something on the way replaces certificates.
    RefusedHere,
    /// The same, all because of their dates, and a web server tells another time than this computer's clock.
    WrongClock,
    /// This computer trusts no issuer, so that no certificate can be judged.
    NoRoots,
}

impl Certificates {
    /// True if refused certificates say nothing of the sites.
    pub fn are_not_judged(self) -> bool {
        matches!(self, Self::RefusedHere | Self::WrongClock | Self::NoRoots)
    }
}

/// So many sites must agree before this computer is the reason: a site and its own address may be one operator's, whose
/// certificate may be wrong, but then other sites accept.
const SITES: usize = 2;

/// Judges the refusals in the samples of one cycle.
pub fn certificates(samples: &[Sample]) -> Certificates {
    let of_sites = || samples.iter().filter(|sample| is_site(sample.subject));
    if of_sites().any(|sample| sample.outcome == Outcome::NotMeasured(NotMeasured::NoRoots)) {
        return Certificates::NoRoots;
    }
    if !samples.iter().any(is_refusal) {
        return Certificates::Accepted;
    }
    let mut refusing: Vec<Subject> =
        of_sites().filter(|sample| is_refusal(sample)).map(|sample| sample.subject).collect();
    refusing.sort_unstable();
    refusing.dedup();
    let is_accepted = of_sites().any(|sample| sample.outcome.is_reply());
    if refusing.len() < SITES || is_accepted || is_other_page(samples) {
        return Certificates::RefusedAtSites;
    }
    let by_dates = of_sites()
        .filter(|sample| is_refusal(sample))
        .all(|sample| sample.outcome == Outcome::Lost(Loss::CertificateDates));
    let other_time = |sample: &Sample| matches!(sample.outcome, Outcome::Reply(_, Proof::HttpOtherTime(_)));
    if by_dates && samples.iter().any(other_time) { Certificates::WrongClock } else { Certificates::RefusedHere }
}

/// True if a site was reached and its certificate refused.
pub fn is_refusal(sample: &Sample) -> bool {
    matches!(sample.outcome, Outcome::Lost(Loss::Certificate | Loss::CertificateDates))
}

fn is_site(subject: Subject) -> bool {
    matches!(subject, Subject::Site(_) | Subject::SiteByIp)
}

/// True if another page came in place of the one in the clear: a login page may be the reason of the refusals. A page
/// that does not come at all is one site's fault.
fn is_other_page(samples: &[Sample]) -> bool {
    let mut pages = samples.iter().filter(|sample| sample.subject == Subject::Portal);
    pages.any(|sample| matches!(sample.outcome, Outcome::Lost(Loss::Redirected(_) | Loss::WrongBody)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{
        probe::{Means, ProbeId},
        time::Stamp,
    };

    const ACCEPTED: Outcome = Outcome::Reply(Duration::ZERO, Proof::HttpStatus(200));
    const OTHER_TIME: Outcome = Outcome::Reply(Duration::ZERO, Proof::HttpOtherTime(200));
    const REFUSED: Outcome = Outcome::Lost(Loss::Certificate);
    const DATES: Outcome = Outcome::Lost(Loss::CertificateDates);
    const SILENT: Outcome = Outcome::Lost(Loss::Timeout);

    fn judged<const N: usize>(page: Option<Outcome>, sites: [Outcome; N]) -> Certificates {
        let by_ip = sites.into_iter().enumerate().map(|(idx, outcome)| match idx {
            0 => (Subject::SiteByIp, outcome),
            idx => (Subject::Site(idx), outcome),
        });
        let all = by_ip.chain(page.map(|outcome| (Subject::Portal, outcome)));
        let sent = Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::ZERO };
        let sample =
            |(subject, outcome)| Sample { id: ProbeId(1), subject, means: Means::Http, question: None, sent, outcome };
        certificates(&all.map(sample).collect::<Vec<_>>())
    }

    #[test]
    fn certificates_refused_at_all_sites_are_this_computers_matter() {
        let page = || Some(ACCEPTED);
        assert_eq!(Certificates::RefusedHere, judged(page(), [REFUSED, REFUSED]));
        assert_eq!(Certificates::RefusedHere, judged(page(), [REFUSED, DATES, REFUSED, REFUSED]));
        assert_eq!(Certificates::RefusedHere, judged(None, [REFUSED, REFUSED]), "no such page is configured");
        assert_eq!(
            Certificates::RefusedHere,
            judged(page(), [REFUSED, REFUSED, SILENT]),
            "the rest is judged by itself"
        );
    }

    #[test]
    fn a_site_of_its_own_is_not() {
        let page = || Some(ACCEPTED);
        assert_eq!(Certificates::RefusedAtSites, judged(page(), [ACCEPTED, REFUSED]));
        assert_eq!(Certificates::RefusedAtSites, judged(page(), [ACCEPTED, REFUSED, DATES]));
        assert_eq!(Certificates::RefusedAtSites, judged(page(), [SILENT, REFUSED]));
        assert_eq!(Certificates::Accepted, judged(page(), [SILENT, ACCEPTED]));
        assert_eq!(Certificates::Accepted, judged(page(), [SILENT, SILENT]));
    }

    #[test]
    fn behind_a_login_page_certificates_prove_nothing_of_this_computer() {
        for page in [Outcome::Lost(Loss::WrongBody), Outcome::Lost(Loss::Redirected(String::new()))] {
            assert_eq!(Certificates::RefusedAtSites, judged(Some(page.clone()), [REFUSED, REFUSED]), "{page:?}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_by_dates_and_a_web_server_alike() {
        assert_eq!(Certificates::WrongClock, judged(Some(OTHER_TIME), [DATES, DATES]));
        assert_eq!(Certificates::RefusedHere, judged(Some(ACCEPTED), [DATES, DATES]), "the clock is right");
        assert_eq!(Certificates::RefusedHere, judged(Some(OTHER_TIME), [DATES, REFUSED]));
        assert_eq!(Certificates::RefusedAtSites, judged(Some(OTHER_TIME), [DATES, ACCEPTED]));
    }

    #[test]
    fn without_any_trusted_issuer_nothing_is_judged() {
        let none = || Outcome::NotMeasured(NotMeasured::NoRoots);
        assert_eq!(Certificates::NoRoots, judged(Some(ACCEPTED), [none(), none()]));
        assert!(Certificates::NoRoots.are_not_judged() && !Certificates::RefusedAtSites.are_not_judged());
    }
}

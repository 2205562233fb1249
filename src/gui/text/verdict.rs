//! A verdict as sentences: what is the matter, why one may say so, and what is left open.

use super::{T, Text};
use crate::{
    gui::view_model::LineDoubt,
    model::{
        ledger::{GapReason, State},
        trace::HopReading,
        verdict::{Confidence, Evidence, FaultDomain, Verdict},
    },
};

/// Evidence in German; English stands in [`Evidence::ALL`].
const GERMAN: &[(Evidence, &str)] = &[
    (Evidence::LinkDown, "keine Netzwerkschnittstelle ist verbunden"),
    (Evidence::NoAddress, "die Netzwerkschnittstelle hat keine Adresse"),
    (Evidence::NoRoute, "es gibt keine Standardroute"),
    (Evidence::Ipv4Lost, "dieser Computer hat seine IPv4-Adresse oder -Route verloren"),
    (Evidence::NothingSent, "dieser Computer konnte nichts an die fernen Hosts senden"),
    (Evidence::GatewayAlive, "der Router hat geantwortet"),
    (Evidence::GatewayDead, "der Router antwortet nicht, obwohl er es sonst tut"),
    (Evidence::GatewaySilent, "der Router antwortet nicht, was er noch nie tat"),
    (
        Evidence::SecondRouterDead,
        "der zweite Router im Heim antwortet nicht: der Fehler liegt zwischen Ihren beiden Routern oder im zweiten",
    ),
    (Evidence::SecondRouterAlive, "der zweite Router im Heim hat geantwortet"),
    (Evidence::RouterSaysUnreachable, "der Router meldet, dass das Internet nicht erreichbar ist"),
    (Evidence::IspSaysUnreachable, "ein Router des Anbieters meldet, dass das Internet nicht erreichbar ist"),
    (Evidence::BeyondIspAlive, "ein Router hinter denen des Anbieters hat geantwortet"),
    (Evidence::IspHopAlive, "ein Router des Anbieters hat geantwortet"),
    (Evidence::IspHopDead, "ein Router des Anbieters antwortet nicht"),
    (Evidence::NamesResolve, "Namen, die niemand zwischengespeichert hat, werden aufgelöst: die Leitung trägt also"),
    (Evidence::TargetsDead, "kein ferner Host hat auf irgendeine Weise geantwortet"),
    (Evidence::TargetsAlive, "alle fernen Hosts haben geantwortet"),
    (Evidence::SomeTargetsDead, "einige ferne Hosts haben geantwortet, andere nicht"),
    (Evidence::EchoFiltered, "ferne Hosts nehmen Verbindungen an, antworten aber nicht auf Ping"),
    (Evidence::TcpDead, "Verbindungen zu allen fernen Hosts scheitern, während Ping geht"),
    (Evidence::SystemDnsDead, "kein Nameserver dieses Computers hat richtig geantwortet"),
    (Evidence::OneResolverDead, "einer von mehreren Nameservern hat versagt"),
    (Evidence::DnsErrorCode, "ein Nameserver hat mit einem Fehlercode geantwortet"),
    (Evidence::DnsLie, "ein Nameserver hat falsch geantwortet"),
    (Evidence::DnsInventsNames, "ein Nameserver erfindet Adressen für Namen, die es nicht gibt"),
    (Evidence::NameFiltered, "ein Nameserver versagt bei einem einzigen Namen, wie es ein Filter tut"),
    (Evidence::PublicDnsAlive, "öffentliche Nameserver funktionieren"),
    (Evidence::PublicDnsDead, "auch öffentliche Nameserver versagen oder sind gesperrt"),
    (Evidence::SitesDead, "keine Website hat geantwortet"),
    (Evidence::OneSiteDead, "eine Website hat versagt, während eine andere geht"),
    (Evidence::CertificateRefused, "Zertifikate werden abgelehnt (eine falsche Uhr sieht genauso aus)"),
    (
        Evidence::CertificatesUntrusted,
        "die Zertifikate aller Websites werden abgelehnt, während das Web unverschlüsselt antwortet",
    ),
    (Evidence::ClockWrong, "Zertifikate und ein Webserver nennen eine andere Zeit als die Uhr dieses Computers"),
    (
        Evidence::NoTrustedRoots,
        "dieser Computer vertraut keinem Aussteller von Zertifikaten, sichere Websites werden daher nicht gemessen",
    ),
    (Evidence::PortalPage, "statt der verlangten Seite hat eine andere geantwortet"),
    (Evidence::PortalFromGateway, "diese Seite kam vom Router selbst"),
    (Evidence::LargePacketsLost, "kleine Pakete kommen durch, große verschwinden"),
    (Evidence::Ipv6Dead, "IPv6 geht nicht, IPv4 geht"),
    (Evidence::Ipv4Dead, "IPv4 geht nicht, IPv6 geht"),
    (Evidence::VpnActive, "ein VPN ist aktiv, der Weg ist womöglich der des Tunnels"),
    (Evidence::LossHigh, "der Paketverlust liegt über der Schwelle"),
    (Evidence::LatencyHigh, "die Latenz liegt über der Schwelle oder weit über dem Üblichen"),
    (Evidence::JitterHigh, "der Jitter liegt über der Schwelle oder weit über dem Üblichen"),
    (Evidence::LargePacketsSlow, "große Pakete brauchen viel länger als sonst, wie bei einer niedrigen Datenrate"),
    (Evidence::OwnTrafficHigh, "der Verkehr dieses Computers füllt die Leitung"),
    (Evidence::NoIspHopKnown, "kein Router des Anbieters ist bekannt, Leitung und Netz sehen daher gleich aus"),
];

impl Text {
    /// Returns the meaning of a piece of evidence, as the end of a sentence.
    pub(crate) fn evidence(self, evidence: Evidence) -> &'static str {
        if self.is_german() {
            GERMAN.iter().find(|(of, _)| *of == evidence).map_or("", |(_, sentence)| sentence)
        } else {
            evidence.explain()
        }
    }

    /// A list of evidence as one sentence with a capital and a full stop; empty when there is none.
    pub(crate) fn because(self, evidence: &[Evidence]) -> String {
        let sentences: Vec<&str> = evidence.iter().map(|one| self.evidence(*one)).collect();
        let joined = sentences.join("; ");
        let mut letters = joined.chars();
        match letters.next() {
            Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
            None => String::new(),
        }
    }

    /// The sentence about a line in doubt.
    pub(crate) fn doubt(self, doubt: LineDoubt) -> &'static str {
        self.of(match doubt {
            LineDoubt::Overdue => T::HeadSuspected,
            LineDoubt::Silent => T::HeadSilent,
        })
    }

    /// The one sentence that says whether the line works, and if not, whose fault it is.
    pub(crate) fn headline(self, state: State, verdict: Option<&Verdict>) -> &'static str {
        let notice = verdict.filter(|verdict| !verdict.is_down()).and_then(|verdict| verdict.domain);
        self.of(match state {
            State::NotMonitored(reason) => match reason {
                GapReason::NotRunning => T::HeadNotRunning,
                GapReason::Asleep => T::HeadAsleep,
                GapReason::Paused => T::HeadPaused,
                GapReason::NoPermission => T::HeadNoPermission,
                GapReason::ClockStep => T::HeadClockStep,
            },
            State::Up => match notice {
                None => T::HeadWorks,
                Some(FaultDomain::Ipv6) => T::HeadIpv6,
                Some(FaultDomain::Filtering) => T::HeadFiltering,
                Some(FaultDomain::Dns) => T::HeadOneResolver,
                Some(FaultDomain::Host) if has_wrong_clock(verdict) => T::HeadClockWrong,
                Some(FaultDomain::Host) => T::HeadTrust,
                Some(_) => T::HeadDestination,
            },
            // A guess accuses nobody.
            State::Degraded if verdict.is_some_and(Verdict::is_guess) => T::HeadBad,
            State::Degraded => match notice {
                Some(FaultDomain::SelfLoad) => T::HeadSelfLoad,
                Some(FaultDomain::Lan | FaultDomain::Host) => T::HeadLanBad,
                Some(FaultDomain::Access | FaultDomain::Isp) => T::HeadProviderBad,
                Some(FaultDomain::Upstream) => T::HeadUpstreamBad,
                _ => T::HeadBad,
            },
            State::Down(domain) => match domain {
                FaultDomain::Host => T::HeadHostDown,
                FaultDomain::Lan => T::HeadLanDown,
                FaultDomain::Access => T::HeadAccessDown,
                FaultDomain::Isp => T::HeadIspDown,
                FaultDomain::Upstream => T::HeadUpstreamDown,
                FaultDomain::Dns => T::HeadDnsDown,
                FaultDomain::CaptivePortal => T::HeadPortal,
                FaultDomain::Mtu => T::HeadMtu,
                _ => T::HeadAppDown,
            },
        })
    }

    /// Returns the confidence of a verdict, in words.
    pub(crate) fn confidence(self, confidence: Confidence) -> &'static str {
        self.of(match confidence {
            Confidence::Low => T::ConfidenceLow,
            Confidence::Medium => T::ConfidenceMedium,
            Confidence::High => T::ConfidenceHigh,
        })
    }

    /// Returns what a verdict cannot tell, as a sentence; `None` when nothing is left open.
    pub(crate) fn left_open(self, verdict: &Verdict) -> Option<String> {
        let open = verdict.cannot_establish()?;
        let german = OPEN.iter().find(|(english, _)| *english == open).map(|(_, german)| *german);
        Some(self.with(T::NotEstablished, &[&german.filter(|_| self.is_german()).unwrap_or(open)]))
    }

    /// Returns the meaning of a hop's answers and silences.
    pub(crate) fn reading(self, reading: HopReading) -> &'static str {
        self.of(match reading {
            HopReading::Answers => T::ReadAnswers,
            HopReading::Limits => T::ReadLimits,
            HopReading::PassesSilently => T::ReadPassesSilently,
            HopReading::Loses => T::ReadLoses,
            HopReading::TargetLimits => T::ReadTargetLimits,
            HopReading::Unclear => T::ReadUnclear,
            HopReading::NothingFromHere => T::ReadNothing,
            HopReading::LostBefore => T::ReadLostBefore,
        })
    }

    /// Returns the reason why nobody looked.
    pub(crate) fn gap_reason(self, reason: GapReason) -> &'static str {
        self.of(match reason {
            GapReason::NotRunning => T::GapNotRunning,
            GapReason::Asleep => T::GapAsleep,
            GapReason::Paused => T::GapPaused,
            GapReason::NoPermission => T::GapNoPermission,
            GapReason::ClockStep => T::GapClockStep,
        })
    }
}

fn has_wrong_clock(verdict: Option<&Verdict>) -> bool {
    verdict.is_some_and(|verdict| verdict.evidence.contains(&Evidence::ClockWrong))
}

/// Texts of [`Verdict::cannot_establish`], each with its German.
const OPEN: &[(&str, &str)] = &[
    (
        "whether the line does badly or other devices in the home fill it",
        "ob die Leitung schlecht ist oder andere Geräte im Haus sie füllen",
    ),
    (
        "whether the access line or the provider's network behind it failed",
        "ob die Anschlussleitung oder das Netz des Anbieters dahinter ausgefallen ist",
    ),
    ("whether the VPN or the line behind it failed", "ob das VPN oder die Leitung dahinter ausgefallen ist"),
    ("whether the home router or the line behind it failed", "ob der Router oder die Leitung dahinter ausgefallen ist"),
    (
        "whether the sites or the clock of this computer are wrong",
        "ob die Websites oder die Uhr dieses Computers falsch sind",
    ),
    (
        "whether this computer trusts too few issuers or something on the way replaces certificates",
        "ob dieser Computer zu wenigen Ausstellern vertraut oder etwas unterwegs Zertifikate ersetzt",
    ),
    (
        "whether this is a login page or the home router's own error page",
        "ob das eine Anmeldeseite oder die Fehlerseite des Routers ist",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    #[test]
    fn every_evidence_has_its_german_sentence() {
        let text = Text::new(Language::German);
        for (evidence, ..) in Evidence::ALL {
            assert!(!text.evidence(*evidence).is_empty(), "{evidence:?}");
        }
        assert_eq!(Evidence::ALL.len(), GERMAN.len());
    }

    #[test]
    fn a_guess_names_nobody_but_this_computers_own_traffic() {
        let text = Text::new(Language::English);
        let headline = |domain, confidence| {
            let verdict = Verdict { domain: Some(domain), confidence, ..Verdict::works() };
            text.headline(State::Degraded, Some(&verdict))
        };
        let guess = text.of(T::HeadBad);
        for domain in [FaultDomain::Lan, FaultDomain::Access, FaultDomain::Isp, FaultDomain::Upstream] {
            assert_eq!(guess, headline(domain, Confidence::Low));
            assert_ne!(guess, headline(domain, Confidence::Medium));
        }
        assert_eq!(text.of(T::HeadSelfLoad), headline(FaultDomain::SelfLoad, Confidence::Low));
    }

    #[test]
    fn what_is_left_open_is_left_open_in_german_too() {
        let text = Text::new(Language::German);
        let verdict = |domain, evidence: Evidence| Verdict {
            status: crate::model::verdict::Status::WanDown,
            cause: None,
            domain: Some(domain),
            confidence: Confidence::High,
            evidence: vec![evidence],
            last_hop: None,
        };
        for evidence in [
            Evidence::NoIspHopKnown,
            Evidence::VpnActive,
            Evidence::GatewaySilent,
            Evidence::CertificateRefused,
            Evidence::CertificatesUntrusted,
            Evidence::PortalFromGateway,
        ] {
            let open = text.left_open(&verdict(FaultDomain::Access, evidence)).unwrap();
            assert!(open.contains("ob "), "{open}");
        }
    }
}

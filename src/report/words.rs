//! The words of the model as people read them, in all languages.

use super::{chart::drawing::Ink, document::Mark, lang::Lang};
use crate::model::{
    charge::Charged,
    ledger::GapReason,
    trace::HopReading,
    verdict::{Confidence, Evidence, FaultDomain},
};

/// Party that can mend a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The provider: access line, own network and the networks it buys from.
    Provider,
    /// Whoever runs a single far host.
    Beyond,
    /// Whoever runs the resolvers.
    Names,
    /// The customer: computer, Wi-Fi, router.
    Home,
    /// Somebody else, or nobody known.
    Other,
}

impl Owner {
    /// Every owner, in the order of reports.
    pub const ALL: &'static [Self] = &[Self::Provider, Self::Beyond, Self::Names, Self::Home, Self::Other];

    /// The owner of a part that fails by itself. Of resolvers the owner is not known.
    pub fn of(domain: FaultDomain) -> Self {
        Self::charged(domain, Charged::of(domain, None))
    }

    /// The owner of a part that is charged to this party.
    pub fn charged(domain: FaultDomain, charged: Option<Charged>) -> Self {
        match charged {
            Some(Charged::Home) => Self::Home,
            Some(Charged::Provider) => Self::Provider,
            Some(Charged::Beyond) => Self::Beyond,
            Some(Charged::Other) | None if domain == FaultDomain::Dns => Self::Names,
            Some(Charged::Other) | None => Self::Other,
        }
    }

    /// Returns the name of the owner.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Provider => lang.of("Provider", "Anbieter"),
            Self::Beyond => lang.of("Far end", "Gegenstelle"),
            Self::Names => lang.of("Name resolution", "Namensauflösung"),
            Self::Home => lang.of("Own home network", "Eigenes Heimnetz"),
            Self::Other => lang.of("Web and other", "Web und anderes"),
        }
    }

    /// Returns the parts that count as the owner's.
    pub fn parts(self, lang: Lang) -> &'static str {
        match self {
            Self::Provider => lang.of(
                "access line, the provider's network and those it buys from",
                "Anschlussleitung, Netz des Anbieters und Netze, von denen er bezieht",
            ),
            Self::Beyond => lang.of("single far hosts", "einzelne ferne Ziele"),
            Self::Names => {
                lang.of("resolvers (DNS) of an unknown owner", "Resolver (DNS), deren Betreiber nicht bekannt ist")
            }
            Self::Home => lang.of(
                "this computer, Wi-Fi or cable, router, and the line while it comes back after them",
                "dieser Rechner, WLAN oder Kabel, Router, und die Leitung, bis sie danach wieder läuft",
            ),
            Self::Other => lang.of("web sites, login pages, packet size", "Webseiten, Anmeldeseiten, Paketgröße"),
        }
    }

    /// Returns the colour and sign of the owner.
    pub fn mark(self) -> Mark {
        let (ink, sign) = match self {
            Self::Provider => (Ink::Provider, '■'),
            Self::Beyond => (Ink::Beyond, '●'),
            Self::Names => (Ink::Names, '◆'),
            Self::Home => (Ink::Home, '▲'),
            Self::Other => (Ink::Other, '▼'),
        };
        Mark { ink, sign }
    }
}

/// The part of the path.
pub fn domain(domain: FaultDomain, lang: Lang) -> &'static str {
    match domain {
        FaultDomain::Host => lang.of("This computer", "Dieser Rechner"),
        FaultDomain::Lan => lang.of("Home network or router", "Heimnetz oder Router"),
        FaultDomain::Access => lang.of("Access line", "Anschlussleitung"),
        FaultDomain::Isp => lang.of("Provider's network", "Netz des Anbieters"),
        FaultDomain::Upstream => lang.of("Networks beyond the provider", "Netze hinter dem Anbieter"),
        FaultDomain::Dns => lang.of("Name resolution (DNS)", "Namensauflösung (DNS)"),
        FaultDomain::App => lang.of("Web sites", "Webseiten"),
        FaultDomain::CaptivePortal => lang.of("Login page", "Anmeldeseite"),
        FaultDomain::Mtu => lang.of("Large packets", "Große Pakete"),
        FaultDomain::Filtering => lang.of("Ping is filtered", "Ping wird gefiltert"),
        FaultDomain::Destination => lang.of("One far host", "Ein fernes Ziel"),
        FaultDomain::Ipv6 => lang.of("IPv6 alone", "Nur IPv6"),
        FaultDomain::SelfLoad => lang.of("Own traffic", "Eigener Datenverkehr"),
    }
}

/// Returns the claim of an outage of this part, as a sentence.
pub fn claim(domain: FaultDomain, lang: Lang) -> &'static str {
    match domain {
        FaultDomain::Host => lang.of(
            "This computer had no connection to the home network.",
            "Dieser Rechner hatte keine Verbindung zum Heimnetz.",
        ),
        FaultDomain::Lan => lang.of(
            "The home network or the router failed, before the provider's line.",
            "Das Heimnetz oder der Router fiel aus, vor der Leitung des Anbieters.",
        ),
        FaultDomain::Access => lang.of(
            "The line between the home router and the provider's network carried nothing.",
            "Die Leitung zwischen dem Router und dem Netz des Anbieters übertrug nichts.",
        ),
        FaultDomain::Isp => lang.of(
            "The access line worked; the provider's own network passed nothing on.",
            "Die Anschlussleitung funktionierte; das Netz des Anbieters leitete nichts weiter.",
        ),
        FaultDomain::Upstream => lang.of(
            "The provider's network worked; networks beyond it passed nothing on.",
            "Das Netz des Anbieters funktionierte; die Netze dahinter leiteten nichts weiter.",
        ),
        FaultDomain::Dns => lang.of(
            "The line worked; names were not resolved, so nearly nothing could be reached.",
            "Die Leitung funktionierte; Namen wurden nicht aufgelöst, so dass fast nichts erreichbar war.",
        ),
        FaultDomain::App => lang.of(
            "Line and name resolution worked; all web sites asked failed.",
            "Leitung und Namensauflösung funktionierten; alle geprüften Webseiten versagten.",
        ),
        FaultDomain::CaptivePortal => lang
            .of("A login page answered in place of the internet.", "Statt des Internets antwortete eine Anmeldeseite."),
        FaultDomain::Mtu => lang.of(
            "Small packets passed and large ones vanished, so pages did not load.",
            "Kleine Pakete kamen durch, große verschwanden, so dass Seiten nicht luden.",
        ),
        FaultDomain::Filtering | FaultDomain::Destination | FaultDomain::Ipv6 | FaultDomain::SelfLoad => {
            lang.of("A part of the internet could not be reached.", "Ein Teil des Internets war nicht erreichbar.")
        }
    }
}

/// Names the confidence of a verdict.
pub fn confidence(confidence: Confidence, lang: Lang) -> &'static str {
    match confidence {
        Confidence::High => lang.of("high", "hoch"),
        Confidence::Medium => lang.of("medium", "mittel"),
        Confidence::Low => lang.of("low", "gering"),
    }
}

/// Names the reason why nobody looked.
pub fn gap(reason: GapReason, lang: Lang) -> &'static str {
    match reason {
        GapReason::NotRunning => lang.of("the monitor was not running", "die Überwachung lief nicht"),
        GapReason::Asleep => lang.of("the computer slept", "der Rechner schlief"),
        GapReason::Paused => lang.of("paused by the user", "vom Nutzer angehalten"),
        GapReason::NoPermission => lang.of("probes were not permitted", "Messungen waren nicht erlaubt"),
        GapReason::ClockStep => lang.of("the clock was set", "die Uhr wurde gestellt"),
    }
}

/// Explains a code of evidence, as the end of a sentence.
pub fn evidence(evidence: Evidence, lang: Lang) -> &'static str {
    if lang == Lang::En {
        return evidence.explain();
    }
    match evidence {
        Evidence::LinkDown => "keine Netzwerkschnittstelle ist verbunden",
        Evidence::NoAddress => "die Netzwerkschnittstelle hat keine Adresse",
        Evidence::NoRoute => "es gibt keine Standardroute",
        Evidence::Ipv4Lost => "dieser Rechner hat seine IPv4-Adresse oder -Route verloren",
        Evidence::NothingSent => "dieser Rechner konnte nichts an die fernen Ziele senden",
        Evidence::GatewayAlive => "der Router antwortete",
        Evidence::GatewayDead => "der Router, der sonst antwortet, antwortet nicht",
        Evidence::GatewaySilent => "der Router antwortet nicht, was er nie tat",
        Evidence::SecondRouterDead => {
            "der zweite Router im Heim antwortet nicht: der Fehler liegt zwischen Ihren beiden Routern oder im zweiten"
        }
        Evidence::SecondRouterAlive => "der zweite Router im Heim antwortete",
        Evidence::RouterSaysUnreachable => "der Router meldet, dass das Internet nicht erreichbar ist",
        Evidence::IspSaysUnreachable => "ein Router des Anbieters meldet, dass das Internet nicht erreichbar ist",
        Evidence::BeyondIspAlive => "ein Router hinter den Hops des Anbieters antwortete",
        Evidence::IspHopAlive => "ein Hop des Anbieters antwortete",
        Evidence::IspHopDead => "ein Hop des Anbieters antwortet nicht",
        Evidence::NamesResolve => {
            "Namen, die niemand zwischengespeichert hat, werden aufgelöst, also trägt die Leitung"
        }
        Evidence::TargetsDead => "kein fernes Ziel antwortete, auf keinem Weg",
        Evidence::TargetsAlive => "alle fernen Ziele antworteten",
        Evidence::SomeTargetsDead => "einige ferne Ziele antworteten, andere nicht",
        Evidence::EchoFiltered => "ferne Ziele nehmen Verbindungen an, beantworten aber keinen Ping",
        Evidence::TcpDead => "Verbindungen zu allen fernen Zielen scheiterten, während Ping funktioniert",
        Evidence::SystemDnsDead => "kein Resolver dieses Rechners gab eine wahre Antwort",
        Evidence::OneResolverDead => "einer von mehreren Resolvern versagte",
        Evidence::DnsErrorCode => "ein Resolver antwortete mit einem Fehlercode",
        Evidence::DnsLie => "ein Resolver gab eine falsche Antwort",
        Evidence::DnsInventsNames => "ein Resolver erfindet Adressen zu Namen, die es nicht gibt",
        Evidence::NameFiltered => "ein Resolver versagt bei einem einzigen Namen, wie es ein Filter tut",
        Evidence::PublicDnsAlive => "öffentliche Resolver funktionieren",
        Evidence::PublicDnsDead => "auch öffentliche Resolver versagen oder sind gesperrt",
        Evidence::SitesDead => "alle Webseiten versagten",
        Evidence::OneSiteDead => "eine Webseite versagte, während eine andere funktioniert",
        Evidence::CertificateRefused => "Zertifikate werden abgelehnt (eine falsche Uhr sieht ebenso aus)",
        Evidence::CertificatesUntrusted => {
            "die Zertifikate aller Webseiten werden abgelehnt, während das Web unverschlüsselt antwortet"
        }
        Evidence::ClockWrong => "Zertifikate und ein Webserver nennen eine andere Zeit als die Uhr dieses Rechners",
        Evidence::NoTrustedRoots => {
            "dieser Rechner vertraut keinem Aussteller von Zertifikaten, sichere Webseiten werden daher nicht gemessen"
        }
        Evidence::PortalPage => "statt der verlangten antwortete eine andere Seite",
        Evidence::PortalFromGateway => "diese Seite kam vom Router selbst",
        Evidence::LargePacketsLost => "kleine Pakete kommen durch, große verschwinden",
        Evidence::Ipv6Dead => "IPv6 funktioniert nicht, IPv4 schon",
        Evidence::Ipv4Dead => "IPv4 funktioniert nicht, IPv6 schon",
        Evidence::VpnActive => "ein VPN ist aktiv, der Weg kann der des Tunnels sein",
        Evidence::LossHigh => "der Paketverlust liegt über der Schwelle",
        Evidence::LatencyHigh => "die Laufzeit liegt über der Schwelle oder weit über dem Üblichen",
        Evidence::JitterHigh => "der Jitter liegt über der Schwelle oder weit über dem Üblichen",
        Evidence::LargePacketsSlow => "große Pakete brauchen viel länger als üblich, wie bei geringer Rate",
        Evidence::OwnTrafficHigh => "der eigene Datenverkehr dieses Rechners füllt die Leitung",
        Evidence::NoIspHopKnown => "kein Hop des Anbieters ist bekannt, Leitung und Netz sehen gleich aus",
    }
}

/// Explains the answers and silences of a hop.
pub fn hop_reading(reading: HopReading, lang: Lang) -> &'static str {
    if lang == Lang::En {
        return reading.explain();
    }
    match reading {
        HopReading::Answers => "antwortet",
        HopReading::Limits => "beantwortet manche Proben und leitet alle weiter; kein Verlust",
        HopReading::PassesSilently => "beantwortet keine Probe und leitet alle weiter; kein Verlust",
        HopReading::Loses => "hier oder kurz davor beginnt Verlust, der bis zum Ende bleibt",
        HopReading::TargetLimits => "lässt Proben unbeantwortet, die der Weg bis hierher trug",
        HopReading::Unclear => "beantwortet manche Proben; Verlust und Begrenzung sehen hier gleich aus",
        HopReading::NothingFromHere => "ab hier ist nichts mehr zu hören",
        HopReading::LostBefore => "beantwortet, was ankommt; auf dem Weg dorthin gingen Proben verloren",
    }
}

/// Returns the question that a verdict leaves open ([`crate::model::verdict::Verdict::cannot_establish`]), in this
/// language.
pub fn open_question(english: &'static str, lang: Lang) -> &'static str {
    if lang == Lang::En {
        return english;
    }
    match english {
        "whether the line does badly or other devices in the home fill it" => {
            "ob die Leitung schlecht ist oder andere Geräte im Haushalt sie füllen"
        }
        "whether the access line or the provider's network behind it failed" => {
            "ob die Anschlussleitung oder das Netz des Anbieters dahinter ausfiel"
        }
        "whether the VPN or the line behind it failed" => "ob das VPN oder die Leitung dahinter ausfiel",
        "whether the home router or the line behind it failed" => "ob der Router oder die Leitung dahinter ausfiel",
        "whether the sites or the clock of this computer are wrong" => {
            "ob die Webseiten oder die Uhr dieses Rechners falsch sind"
        }
        "whether this computer trusts too few issuers or something on the way replaces certificates" => {
            "ob dieser Rechner zu wenigen Ausstellern vertraut oder etwas unterwegs Zertifikate ersetzt"
        }
        "whether this is a login page or the home router's own error page" => {
            "ob dies eine Anmeldeseite oder die Fehlerseite des Routers ist"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::{Status, Verdict};

    #[test]
    fn every_word_has_its_own_text_in_every_language() {
        let differ = |texts: Vec<(&str, &str)>| {
            for (en, de) in texts {
                assert!(!en.is_empty() && !de.is_empty() && en != de, "{en:?} {de:?}");
            }
        };
        let both = |of: &dyn Fn(Lang) -> &'static str| (of(Lang::En), of(Lang::De));
        differ(
            FaultDomain::ALL
                .iter()
                .flat_map(|part| [both(&|lang| domain(*part, lang)), both(&|lang| claim(*part, lang))])
                .collect(),
        );
        differ(
            Owner::ALL
                .iter()
                .flat_map(|owner| [both(&|lang| owner.name(lang)), both(&|lang| owner.parts(lang))])
                .collect(),
        );
        differ(Confidence::ALL.iter().map(|how| both(&|lang| confidence(*how, lang))).collect());
        differ(GapReason::ALL.iter().map(|reason| both(&|lang| gap(*reason, lang))).collect());
        differ(HopReading::ALL.iter().map(|(reading, ..)| both(&|lang| hop_reading(*reading, lang))).collect());
        differ(Evidence::ALL.iter().map(|(code, ..)| both(&|lang| evidence(*code, lang))).collect());
    }

    #[test]
    fn every_open_question_has_its_text() {
        for (code, ..) in Evidence::ALL {
            for (status, domain) in [(Status::WanDown, FaultDomain::Access), (Status::Ok, FaultDomain::Access)] {
                let verdict = Verdict {
                    status,
                    cause: None,
                    domain: Some(domain),
                    confidence: Confidence::High,
                    evidence: vec![*code],
                    last_hop: None,
                };
                if let Some(question) = verdict.cannot_establish() {
                    assert_ne!(question, open_question(question, Lang::De));
                }
            }
        }
    }

    #[test]
    fn signs_tell_owners_apart_without_colour() {
        let mut signs: Vec<char> = Owner::ALL.iter().map(|owner| owner.mark().sign).collect();
        signs.dedup();
        assert_eq!(Owner::ALL.len(), signs.len());
    }
}

//! The line: the sentence about it, causes, parts of the way.

use super::T;

texts! {
    // The sentence.
    HeadWorks: "Everything works", "Alles funktioniert";
    HeadStarting: "Taking a first look", "Ein erster Blick";
    HeadSuspected: "An answer is overdue", "Eine Antwort ist überfällig";
    HeadIpv6: "The line works; IPv6 does not", "Die Leitung funktioniert; IPv6 nicht";
    HeadFiltering: "The line works; only ping is filtered", "Die Leitung funktioniert; nur Ping wird gefiltert";
    HeadOneResolver: "The line works; one resolver does not", "Die Leitung funktioniert; ein Nameserver nicht";
    HeadDestination: "The line works; a far host does not", "Die Leitung funktioniert; ein ferner Host nicht";
    HeadSelfLoad: "This computer fills the line", "Dieser Computer füllt die Leitung";
    HeadLanBad: "The home network does badly", "Das Heimnetz ist gestört";
    HeadProviderBad: "The provider's line does badly", "Die Leitung des Anbieters ist gestört";
    HeadUpstreamBad: "The internet behind the provider does badly", "Das Internet hinter dem Anbieter ist gestört";
    HeadBad: "The line does badly", "Die Leitung ist gestört";
    HeadHostDown: "This computer is not connected", "Dieser Computer ist nicht verbunden";
    HeadLanDown: "Your home network is down", "Dein Heimnetz ist ausgefallen";
    HeadAccessDown: "Your provider's line is down", "Die Leitung deines Anbieters ist tot";
    HeadIspDown: "Your provider's network is down", "Das Netz deines Anbieters ist ausgefallen";
    HeadUpstreamDown: "The internet behind your provider is down", "Das Internet hinter deinem Anbieter ist weg";
    HeadDnsDown: "Names do not resolve", "Namen werden nicht aufgelöst";
    HeadPortal: "A login page stands in the way", "Eine Anmeldeseite steht im Weg";
    HeadMtu: "Large packets vanish", "Große Pakete verschwinden";
    HeadAppDown: "Web sites do not answer", "Websites antworten nicht";
    HeadNotRunning: "Nobody is looking", "Niemand sieht hin";
    HeadAsleep: "The computer slept", "Der Computer schlief";
    HeadPaused: "Monitoring is paused", "Die Überwachung ist pausiert";
    HeadNoPermission: "This computer lets no probe out", "Dieser Computer lässt keine Probe hinaus";
    HeadClockStep: "The clock was set", "Die Uhr wurde gestellt";
    WhyWorks: "Router, provider's line, DNS and web all answer.", "Router, Leitung des Anbieters, DNS und Web antworten.";
    WhyNothing: "Press Start, and the line is watched second by second.", "Mit Start wird die Leitung Sekunde für Sekunde beobachtet.";
    WhyNotMonitored: "Time in which nobody looks counts neither as up nor as down.", "Zeit, in der niemand hinsieht, zählt weder als gut noch als schlecht.";
    LastFault: "Last fault: {}, {}, {}.", "Letzte Störung: {}, {}, {}.";
    NoOutageFor: "no outage for {}", "kein Ausfall seit {}";
    SinceFor: "since {}  ·  {}", "seit {}  ·  {}";
    NotEstablished: "Not established: {}.", "Nicht festgestellt: {}.";
    CopyForProvider: "Copy for the provider", "Für den Anbieter kopieren";
    ShowEvidence: "Show evidence", "Belege zeigen";
    ShowLastOutage: "Show last outage", "Letzten Ausfall zeigen";
    CopyLastOutage: "Copy the last outage for the provider", "Letzten Ausfall für den Anbieter kopieren";
    ConfidenceLow: "low", "gering";
    ConfidenceMedium: "medium", "mittel";
    ConfidenceHigh: "high", "hoch";

    // Causes and parts of the way.
    CauseHome: "HOME", "ZUHAUSE";
    CauseProvider: "PROVIDER", "ANBIETER";
    CauseFar: "INTERNET", "INTERNET";
    CauseNames: "DNS + WEB", "DNS + WEB";
    NameHome: "Home", "Zuhause";
    DomainHost: "This computer", "Dieser Computer";
    DomainLan: "Home network", "Heimnetz";
    DomainAccess: "Provider's line", "Leitung des Anbieters";
    DomainIsp: "Provider's network", "Netz des Anbieters";
    DomainUpstream: "Internet behind the provider", "Internet hinter dem Anbieter";
    DomainDns: "Name resolution", "Namensauflösung";
    DomainApp: "Web sites", "Websites";
    DomainPortal: "Login page", "Anmeldeseite";
    DomainMtu: "Large packets", "Große Pakete";
    DomainFiltering: "Ping is filtered", "Ping wird gefiltert";
    DomainDestination: "A far host", "Ein ferner Host";
    DomainIpv6: "IPv6", "IPv6";
    DomainSelfLoad: "Own traffic", "Eigener Verkehr";
    PartComputer: "This PC", "Dieser PC";
    PartRouter: "Router", "Router";
    PartProvider: "Provider", "Anbieter";
    PartInternet: "Internet", "Internet";
    PartNames: "DNS + web", "DNS + Web";
    IspHop: "Provider {}", "Anbieter {}";
    HealthWorks: "works", "funktioniert";
    HealthPoor: "does badly", "ist gestört";
    HealthBroken: "broken", "ausgefallen";
    HealthNotReached: "not reached", "nicht erreicht";
    HealthUnknown: "unknown", "unbekannt";
    NoAnswer: "no answer", "keine Antwort";
    WordOk: "ok", "ok";
    WordFails: "fails", "fehlt";
    LinkWired: "Cable", "Kabel";
    LinkMobile: "Mobile", "Mobilfunk";
    SoManyAnswer: "{} of {} answer", "{} von {} antworten";
    GapNotRunning: "the monitor did not run", "die Überwachung lief nicht";
    GapAsleep: "the computer slept", "der Computer schlief";
    GapPaused: "paused", "pausiert";
    GapNoPermission: "no probe was permitted", "keine Probe war erlaubt";
    GapClockStep: "the clock was set", "die Uhr wurde gestellt";
}

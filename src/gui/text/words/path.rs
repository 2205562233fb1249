//! The path: traces, hops, connections.

use super::T;

texts! {
    TraceTitle: "Trace a path", "Einen Weg verfolgen";
    HostOrAddress: "Host or address", "Host oder Adresse";
    Automatic: "Automatic", "Automatisch";
    Endless: "until stopped", "bis Stopp";
    Trace: "Trace", "Verfolgen";
    Tracing: "The first answers come within a second.", "Die ersten Antworten kommen in einer Sekunde.";
    TraceFailed: "The path cannot be traced: {}", "Der Weg lässt sich nicht verfolgen: {}";
    TracesOfMonitor: "Traces of the monitor", "Wege, die die Überwachung verfolgt hat";
    LastOwnTrace: "The last one", "Der letzte";
    NoTraceYet: "No path has been traced yet.", "Noch wurde kein Weg verfolgt.";
    HopNumber: "#", "#";
    Address: "Address", "Adresse";
    LossOnWay: "Loss", "Verlust";
    LossOnWayHelp: "Lost on the way to this hop, and on all that follows. Silence of the hop itself is none.", "Auf dem Weg zu diesem Hop verloren, und auf allem dahinter. Schweigen des Hops selbst zählt nicht.";
    Unanswered: "Unanswered", "Unbeantwortet";
    UnansweredHelp: "Probes the hop itself left unanswered, and how many were sent. Routers may do so; it says nothing of the path.", "Proben, die der Hop selbst nicht beantwortet hat, und wie viele es waren. Das dürfen Router; es sagt nichts über den Weg.";
    Mean: "Mean ms", "Mittel ms";
    BestToWorst: "Best to worst", "Bis schlechteste";
    Meaning: "What it means", "Was das heißt";
    WhiskerTip: "best {}, mean {}, worst {}, deviation {}", "beste {}, Mittel {}, schlechteste {}, Streuung {}";
    ReadAnswers: "answers", "antwortet";
    ReadLimits: "answers some probes and passes all on; no loss", "beantwortet manche Proben und reicht alle weiter; kein Verlust";
    ReadPassesSilently: "answers no probe and passes all on; no loss", "beantwortet keine Probe und reicht alle weiter; kein Verlust";
    ReadLoses: "loss begins here or just before and persists to the end", "Verlust beginnt hier oder kurz davor und bleibt bis zum Ende";
    ReadTargetLimits: "leaves probes unanswered that the way to it carried", "lässt Proben unbeantwortet, die der Weg getragen hat";
    ReadUnclear: "answers some probes; loss and a limit look alike here", "beantwortet manche Proben; Verlust oder Begrenzung ist nicht zu unterscheiden";
    ReadNothing: "nothing is heard from here on", "von hier an ist nichts mehr zu hören";
    ReadLostBefore: "answers what reaches it; probes were lost on the way to it",
        "beantwortet, was ankommt; auf dem Weg dorthin gingen Proben verloren";
    EndReached: "{} was reached", "{} wurde erreicht";
    EndReachedBy: "{} was reached by {} only", "{} wurde nur über {} erreicht";
    EndUnreachable: "{} said that it cannot be reached", "{} meldete, dass es nicht erreichbar ist";
    EndSilent: "Nothing was heard behind {}", "Hinter {} war nichts zu hören";
    EndLocal: "This computer could not send", "Dieser Computer konnte nicht senden";
    EndNotMeasured: "Nothing could be measured", "Es ließ sich nichts messen";
    SoManyRounds: "{} rounds", "{} Runden";
    PathChanges: "Path changes", "Änderungen des Weges";
    NoPathChanges: "No path has changed since this window was opened.", "Seit dieses Fenster offen ist, hat sich kein Weg geändert.";
    DiscoverTitle: "The provider's hops", "Router des Anbieters";
    DiscoverHops: "Find the provider's hops", "Router des Anbieters suchen";
    Searching: "Searching…", "Sucht…";
    HopsAuto: "The monitor finds them by itself.", "Die Überwachung findet sie von selbst.";
    HopsFoundAuto: "The monitor found {} by itself.", "Die Überwachung hat {} von selbst gefunden.";
    HopsWatched: "Watched as configured: {}.", "Beobachtet werden wie eingestellt: {}.";
    NoHopsVpn: "A VPN is active, so the hops found would be its operator's. Switch it off and look again.", "Ein VPN ist aktiv, gefunden würden die Router seines Betreibers. Bitte abschalten und noch einmal suchen.";
    NoHopsTarget: "No target can be reached from here: there is no route, or the settings name no address.", "Von hier ist kein Ziel erreichbar: es gibt keine Route, oder die Einstellungen nennen keine Adresse.";
    NoHopsMeasured: "Nothing could be measured: this computer could not send any probe.", "Nichts konnte gemessen werden: dieser Computer konnte keine Probe senden.";
    NoHopsFound: "No hop of the provider was found: none answers.", "Kein Router des Anbieters wurde gefunden: keiner antwortet.";
    SeenInTraces: "seen in {} traces", "in {} Wegen gesehen";
    Suggested: "suggested", "vorgeschlagen";
    AdoptHops: "Watch these hops", "Diese beobachten";
    HopsAdopted: "These hops are watched.", "Diese Router werden beobachtet.";
    ConnectTitle: "TCP connections", "TCP-Verbindungen";
    ConnectHelp: "Whether hosts take a connection, and how fast. Nothing is sent over it.", "Ob Hosts eine Verbindung annehmen, und wie schnell. Gesendet wird nichts.";
    HostsToConnect: "Hosts to connect to", "Hosts, zu denen verbunden wird";
    WithTls: "with TLS", "mit TLS";
    Connect: "Connect", "Verbinden";
    Connecting: "Connecting…", "Verbindet…";
    SoManyReachable: "{} of {} reachable", "{} von {} erreichbar";
    CertificateDays: "certificate for {} days", "Zertifikat noch {} Tage";
}

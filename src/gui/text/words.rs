//! The catalogue: every fixed text, English and German side by side. A text without one of them does not compile.

use super::Language;

macro_rules! texts {
    ($($key:ident: $english:literal, $german:literal;)+) => {
        /// A fixed text. `{}` stands for what is put in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum T { $($key),+ }

        impl T {
            /// Every text.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$key),+];

            /// The text in this language.
            pub(crate) fn of(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$key, Language::English) => $english, (Self::$key, Language::German) => $german,)+
                }
            }
        }
    };
}

texts! {
    // Panels and what is around them.
    Dashboard: "Dashboard", "Übersicht";
    Outages: "Outages", "Ausfälle";
    Activity: "Activity", "Ereignisse";
    Path: "Path", "Weg";
    Settings: "Settings", "Einstellungen";
    SearchOrCommand: "Search or command", "Suche oder Befehl";
    TypeACommand: "Type what you want to do", "Tippen, was geschehen soll";
    NothingFound: "Nothing found", "Nichts gefunden";
    Start: "Start", "Start";
    Stop: "Stop", "Stopp";
    StartMonitoring: "Start monitoring", "Überwachung starten";
    StopMonitoring: "Stop monitoring", "Überwachung beenden";
    Pause: "Pause", "Pause";
    Resume: "Resume", "Weiter";
    TestNow: "Test now", "Jetzt testen";
    TestNowHelp: "Looks at everything now and writes a row of it (Ctrl+T)", "Prüft jetzt alles und schreibt eine Zeile darüber (Strg+T)";
    Testing: "Testing…", "Test läuft…";
    Quit: "Quit", "Beenden";
    GoTo: "Go to {}", "Zu {}";
    Close: "Close", "Schließen";
    Cancel: "Cancel", "Abbrechen";
    Dismiss: "Dismiss", "Ausblenden";
    Copy: "Copy", "Kopieren";
    CopyAll: "Copy all that is shown", "Alles Gezeigte kopieren";
    Copied: "Copied to the clipboard", "In die Zwischenablage kopiert";
    CopyPicture: "Copy as a picture", "Als Bild kopieren";
    PictureCopied: "The picture is in the clipboard", "Das Bild ist in der Zwischenablage";
    OutageOverAfter: "The internet is back after {}", "Das Internet ist zurück nach {}";
    SelectAll: "Select all", "Alles auswählen";
    Today: "today", "heute";
    Yesterday: "yesterday", "gestern";
    Now: "now", "jetzt";
    Time: "Time", "Zeit";
    On: "On", "An";
    Off: "Off", "Aus";

    // What the monitor does.
    ModeStopped: "Not monitoring", "Keine Überwachung";
    ModeStarting: "Starting…", "Startet…";
    ModeStopping: "Stopping…", "Hält an…";
    ModeRunning: "Monitoring", "Überwacht";
    ModePaused: "Paused", "Pausiert";
    ModeViewing: "Viewing", "Zeigt an";
    ModeDemo: "Demo", "Demo";
    StoppedDetail: "Nobody is looking", "Niemand sieht hin";
    DemoDetail: "Nothing of this is real", "Nichts davon ist echt";
    ViewingProcess: "The monitor is process {}", "Es überwacht Prozess {}";
    ViewingUnknown: "Another process monitors", "Ein anderer Prozess überwacht";
    TotalChecks: "Total checks", "Prüfungen";
    SuccessRate: "Success rate", "Erfolgsquote";
    LastResult: "Last result", "Letztes Ergebnis";
    OtherRuns: "A monitor is running already: this window shows what it sees", "Es läuft schon eine Überwachung: dieses Fenster zeigt, was sie sieht";
    OtherGone: "The other monitor has ended", "Die andere Überwachung ist beendet";
    EngineGone: "The monitor ended unexpectedly: press Start to go on", "Die Überwachung ist unerwartet beendet: mit Start geht es weiter";
    HistoryFailed: "The log of earlier days cannot be read: {}", "Das Protokoll früherer Tage ist nicht lesbar: {}";
    DemoSavesNothing: "The demo saves nothing", "Die Demo speichert nichts";
    JobBroke: "It ended unexpectedly: try again", "Es wurde unerwartet beendet: bitte noch einmal versuchen";

    // Jobs.
    JobStart: "Starting", "Startet";
    JobStop: "Stopping", "Hält an";
    JobHistory: "Reading the log", "Protokoll wird gelesen";
    JobDemo: "Making up a month", "Ein Monat wird erfunden";
    JobTrace: "Tracing", "Weg wird verfolgt";
    JobDiscover: "Looking for the provider's hops", "Router des Anbieters werden gesucht";
    JobConnect: "Connecting", "Verbindet";
    JobSave: "Saving", "Speichert";
    JobImport: "Importing", "Importiert";
    JobLook: "Looking around", "Sieht sich um";
    JobPicture: "Copying the picture", "Bild wird kopiert";
    JobOpen: "Opening", "Öffnet";

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

    // Figures.
    Availability: "Availability", "Verfügbarkeit";
    MonitoredTime: "of monitored time", "der überwachten Zeit";
    OfMonitored: "{} % of the time monitored", "{} % der Zeit überwacht";
    Downtime: "Downtime", "Ausfallzeit";
    OneOutage: "1 outage", "1 Ausfall";
    SoManyOutages: "{} outages", "{} Ausfälle";
    NoDowntime: "none", "keine";
    LatencyNow: "Latency now", "Latenz jetzt";
    LastHour: "last hour", "letzte Stunde";
    MedianAndP95: "median {} · p95 {}", "Median {} · p95 {}";
    PacketLoss: "Packet loss", "Paketverlust";
    ProbesLost: "{} of {} probes lost", "{} von {} Proben verloren";

    // The plot.
    Latency: "Latency", "Latenz";
    Range15m: "15 min", "15 min";
    Range1h: "1 h", "1 h";
    Range6h: "6 h", "6 h";
    Range24h: "24 h", "24 h";
    Range7d: "7 d", "7 T";
    Range30d: "30 d", "30 T";
    Range1y: "1 y", "1 J";
    RangeAll: "All", "Alle";
    BackToLive: "Back to live", "Zurück zu jetzt";
    ClickForMoment: "Click for this moment, drag to zoom", "Klick für diesen Moment, Ziehen zum Vergrößern";
    SoManyLost: "{} of {} lost", "{} von {} verloren";
    Lost: "lost", "verloren";
    LaneLoss: "Loss", "Verlust";
    LaneQuality: "Quality", "Güte";
    KeyPoor: "does badly", "gestört";
    KeyUnknown: "not known", "nicht bekannt";
    SamplesAround: "Samples around this moment (ms)", "Messungen um diesen Moment (ms)";
    NoSamples: "No single samples are kept of this time.", "Aus dieser Zeit sind keine einzelnen Messungen da.";
    PathThen: "The path then", "Der Weg zu dieser Zeit";
    NoTraceThen: "No trace was made within twenty minutes of it.", "Innerhalb von zwanzig Minuten davon wurde kein Weg verfolgt.";

    // Outages.
    RecentOutages: "Recent outages", "Letzte Ausfälle";
    AllOutages: "All {}", "Alle {}";
    NoOutageYet: "No outage so far.", "Bisher kein Ausfall.";
    ShowAll: "Show all", "Alle zeigen";
    TogetherSoLong: "{} in all", "zusammen {}";
    NoOutagesHere: "No outages", "Keine Ausfälle";
    NoOutagesHereMore: "Nothing of this kind happened in this time. Shorter interruptions stand in the activity.", "In dieser Zeit war nichts dergleichen. Kürzere Unterbrechungen stehen unter Ereignisse.";
    CopyList: "Copy list", "Liste kopieren";
    Timeline: "Timeline of the outages", "Zeitleiste der Ausfälle";
    Begin: "Begin", "Beginn";
    End: "End", "Ende";
    Length: "Length", "Dauer";
    WhoseFault: "Whose fault", "Wessen Schuld";
    HowSure: "How sure", "Wie sicher";
    Evidence: "Evidence", "Belege";
    InTheLog: "In the log", "Im Protokoll";
    LastHop: "Last hop that answered", "Letzter Hop, der antwortete";
    StillLasts: "lasts", "dauert an";
    EndUnknown: "not known: the data end before it", "nicht bekannt: die Daten enden vorher";
    CutByGap: "the monitor stopped looking here", "hier endete die Überwachung";
    NoEvidence: "The log says nothing of what this rests on.", "Das Protokoll sagt nicht, worauf das beruht.";
    Segments: "Parts", "Abschnitte";
    PathBeforeDuringAfter: "The path before, during and after", "Der Weg davor, währenddessen und danach";
    Before: "Before", "Davor";
    During: "During", "Währenddessen";
    After: "After", "Danach";
    NoTraceOfIt: "No trace of it is in memory; the files below may have some.", "Kein Weg davon ist im Speicher; vielleicht steht einer in den Dateien unten.";
    Files: "Files", "Dateien";
    ShowOnDashboard: "Show in the plot", "Im Diagramm zeigen";
    LetterTitle: "Internet outage: {}", "Internet-Ausfall: {}";
    LetterLasts: "lasts at {}", "dauert am {} an";
    LetterFoot: "Recorded by Network Logging {}", "Aufgezeichnet von Network Logging {}";

    // Activity.
    NoActivityYet: "Nothing has happened yet", "Noch ist nichts geschehen";
    NoActivityMore: "What the monitor sees and does is told here as it happens.", "Was die Überwachung sieht und tut, steht hier, sobald es geschieht.";
    FilterActivity: "Filter the activity", "Ereignisse filtern";
    FilterHint: "Filter…", "Filtern…";
    ClearActivity: "Clear activity", "Ereignisse leeren";
    Follow: "Follow", "Mitlaufen";
    LevelCheck: "Check", "Prüfung";
    LevelInfo: "Info", "Info";
    LevelWarning: "Warning", "Warnung";
    LevelFault: "Fault", "Störung";
    LevelGood: "Good", "Gut";
    LogStarted: "Monitoring has begun", "Die Überwachung hat begonnen";
    LogStopped: "Monitoring has ended", "Die Überwachung ist beendet";
    LogRouter: "The home router is {}", "Der Router ist {}";
    LogNoRouter: "There is no home router", "Es gibt keinen Router";
    LogSuspected: "An answer is overdue; looking closer", "Eine Antwort ist überfällig; es wird genauer hingesehen";
    LogConfirmed: "No far host answers; looking for the cause", "Kein ferner Host antwortet; die Ursache wird gesucht";
    LogAllAnswer: "All {} targets answered", "Alle {} Ziele haben geantwortet";
    LogSomeAnswer: "{} of {} targets answered", "{} von {} Zielen haben geantwortet";
    LogOutage: "Outage has begun: {}", "Ausfall hat begonnen: {}";
    LogOutageOver: "Outage is over after {}: {}", "Ausfall ist vorbei nach {}: {}";
    LogMicro: "Interruption of {}: {}", "Unterbrechung von {}: {}";
    LogIntermittent: "The line keeps failing for seconds", "Die Leitung fällt immer wieder für Sekunden aus";
    LogNoticeOver: "{}: over", "{}: vorbei";
    LogGap: "Not monitored for {}: {}", "{} nicht überwacht: {}";
    LogClockStep: "The clock was set by {} s", "Die Uhr wurde um {} s gestellt";
    LogTraceReached: "Path traced ({}) to {}: reached, last hop {}", "Weg verfolgt ({}) zu {}: erreicht, letzter Hop {}";
    LogTraceCut: "Path traced ({}) to {}: not reached, last answer from hop {}", "Weg verfolgt ({}) zu {}: nicht erreicht, letzte Antwort von Hop {}";
    LogPathChanged: "The path to {} has changed: {}", "Der Weg zu {} hat sich geändert: {}";
    LogIspHops: "The provider's hops are {}", "Die Router des Anbieters sind {}";
    LogPublic: "The public address is {}", "Die öffentliche Adresse ist {}";
    LogPublicChanged: "The public address is {}, was {}", "Die öffentliche Adresse ist {}, war {}";
    TraceBaseline: "regular", "regelmäßig";
    TraceBurst: "at the onset", "beim Beginn";
    TraceRecovery: "at the recovery", "bei der Rückkehr";
    TraceIntensive: "thorough", "gründlich";

    // Path.
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

    // Settings.
    FindSetting: "Find a setting", "Einstellung suchen";
    AsForm: "Form", "Formular";
    AsJson: "JSON", "JSON";
    Save: "Save", "Speichern";
    Saved: "Saved, and in use", "Gespeichert und in Gebrauch";
    SavedRestarts: "Saved; monitoring starts anew with it", "Gespeichert; die Überwachung startet damit neu";
    Discard: "Discard", "Verwerfen";
    Import: "Import…", "Importieren…";
    Imported: "Imported; look it over and save", "Importiert; bitte ansehen und speichern";
    SoManyChanged: "{} changed", "{} geändert";
    SoManyWrong: "{} not allowed", "{} nicht erlaubt";
    ResetTo: "Back to the default: {}", "Zurück zur Vorgabe: {}";
    Window: "Window", "Fenster";
    Theme: "Theme", "Farben";
    ThemeSystem: "System", "System";
    ThemeLight: "Light", "Hell";
    ThemeDark: "Dark", "Dunkel";
    UseLight: "Light theme", "Helle Farben";
    UseDark: "Dark theme", "Dunkle Farben";
    UseSystem: "Theme of the system", "Farben des Systems";
    Language: "Language", "Sprache";
    Notify: "Notifications", "Meldungen";
    NotifyHelp: "Tell the desktop when an outage begins and ends", "Beginn und Ende eines Ausfalls auf dem Bildschirm melden";
    Size: "Size", "Größe";
    ThisComputer: "This computer", "Dieser Computer";
    LogFolder: "Folder of the logs", "Ordner der Protokolle";
    ConfigFile: "Settings file", "Datei der Einstellungen";
    NotYetThere: "not there yet, so all is at its default", "noch nicht da, es gelten die Vorgaben";
    NetworkLink: "Network link", "Netzwerk";
    Resolvers: "Resolvers", "Nameserver";
    NotFound: "not found", "nicht gefunden";
    SoManyFiles: "{} files", "{} Dateien";
    OpenLogFolder: "Open the log folder", "Protokollordner öffnen";
    OpenConfigFolder: "Open the settings folder", "Einstellungsordner öffnen";
    LookAgain: "Look again", "Noch einmal nachsehen";
    AutoFound: "found: {}", "gefunden: {}";
    HasV6: "This computer has an IPv6 route.", "Dieser Computer hat eine IPv6-Route.";
    HasNoV6: "This computer has no IPv6 route, so they are not asked.", "Dieser Computer hat keine IPv6-Route, sie werden also nicht gefragt.";
    GroupLine: "Line", "Leitung";
    GroupRhythm: "Rhythm", "Rhythmus";
    GroupNames: "Names", "Namen";
    GroupWeb: "Web", "Web";
    GroupQuality: "Quality", "Güte";
    GroupPath: "Path", "Weg";
    GroupFiles: "Files", "Dateien";
    GroupReport: "Report", "Bericht";
    UnitDays: "days", "Tage";
    UnitRounds: "rounds", "Runden";
    AllowedIs: "Allowed: {}", "Erlaubt: {}";
    AllowedText: "a text", "ein Text";
    AllowedFolder: "a folder, or nothing for the system's", "ein Ordner, oder nichts für den des Systems";
    AllowedHost: "an IP address or host name", "eine IP-Adresse oder ein Hostname";
    AllowedOptionalHost: "an IP address or host name, or nothing", "eine IP-Adresse, ein Hostname oder nichts";
    AllowedOptionalAddr: "an IP address, or nothing", "eine IP-Adresse oder nichts";
    AllowedAutoAddr: "an IP address, or auto", "eine IP-Adresse oder auto";
    AllowedHosts: "IP addresses or host names, with commas between them", "IP-Adressen oder Hostnamen mit Kommas dazwischen";
    AllowedAddrs: "IP addresses, with commas between them", "IP-Adressen mit Kommas dazwischen";
    AllowedAutoAddrs: "IP addresses, or auto alone", "IP-Adressen, oder auto allein";
    AllowedUrl: "an address that starts with http:// or https://", "eine Adresse, die mit http:// oder https:// beginnt";
    AllowedOptionalUrl: "such an address, or nothing: http:// or https://", "eine Adresse mit http:// oder https://, oder nichts";
    AllowedUrls: "addresses that start with http:// or https://, with commas between them", "Adressen mit http:// oder https://, mit Kommas dazwischen";

    // The first start.
    FirstTitle: "Is it me, or is it the line?", "Liegt es an mir oder an der Leitung?";
    FirstText: "Press one button and forget it. Whenever the internet fails, you will know for how long, how often, and whose fault it was.", "Ein Knopfdruck genügt. Wann immer das Internet ausfällt, weißt du, wie lange, wie oft und wessen Schuld es war.";
    FirstFinds: "It finds what it needs by itself", "Es findet selbst, was es braucht";
    FirstFindsMore: "Your router, your resolvers and your provider's first hops. No administrator's rights, nothing to install.", "Router, Nameserver und die ersten Router des Anbieters. Ohne Administratorrechte, ohne weitere Programme.";
    FirstAsks: "It sends a few small packets each second", "Es sendet jede Sekunde ein paar kleine Pakete";
    FirstAsksMore: "To your router, your provider and four well-known far hosts; less than one kilobyte a second.", "An Router, Anbieter und vier bekannte ferne Hosts; weniger als ein Kilobyte pro Sekunde.";
    FirstWrites: "It writes down what it sees", "Es schreibt auf, was es sieht";
    FirstWritesMore: "As evidence that nobody can wave away, in {}", "Als Beleg, den niemand vom Tisch wischt, in {}";
    FirstPrivate: "Nothing leaves this computer unasked", "Nichts verlässt diesen Computer ungefragt";
    FirstPrivateMore: "No account, no cloud, no statistics.", "Kein Konto, keine Cloud, keine Statistik.";
    FirstSettings: "Look at the settings first", "Erst die Einstellungen ansehen";

    // Logs.
    Logs: "Logs", "Protokolle";
    LogFiles: "Files", "Dateien";
    LogsRefresh: "Look for files again", "Erneut nach Dateien sehen";
    NoLogs: "No logs yet", "Noch keine Protokolle";
    NoLogsMore: "As soon as the monitor runs, everything it writes can be read here.", "Sobald die Überwachung läuft, ist hier zu lesen, was sie schreibt.";
    LogRows: "One row for each look at the line", "Eine Zeile für jede Prüfung der Leitung";
    LogTraces: "Traces to one target, one after the other", "Wege zu einem Ziel, einer nach dem anderen";
    LogTrace: "The path at an outage", "Der Weg bei einem Ausfall";
    LogNetwork: "What the computer knew of its network", "Was der Computer über sein Netz wusste";
    LogAnalysis: "An analysis after an outage", "Eine Auswertung nach einem Ausfall";
    LogData: "Data for programs", "Daten für Programme";
    LogOther: "Other text", "Anderer Text";
    OpenElsewhere: "Open in another program", "Mit anderem Programm öffnen";
    JobExport: "Exporting", "Exportiert";
    Export: "Export", "Exportieren";
    ExportSelection: "Export selection…", "Auswahl exportieren…";
    ExportHits: "Export all lines with a hit…", "Alle Zeilen mit Treffern exportieren…";
    ExportAll: "Export all of it…", "Alles exportieren…";
    Exported: "Written to {}", "Geschrieben nach {}";
    FollowLog: "Follow", "Mitlaufen";
    FollowLogHelp: "Stay at the end while the log grows", "Am Ende bleiben, während das Protokoll wächst";
    OneLine: "1 line", "1 Zeile";
    NLines: "{} lines", "{} Zeilen";
    CountingLines: "counting lines, {} %", "Zeilen werden gezählt, {} %";
    LogOpening: "Opening…", "Wird geöffnet…";
    LogGone: "This file is not there (any more)", "Diese Datei gibt es nicht (mehr)";
    LogFailed: "It cannot be read: {}", "Sie ist nicht lesbar: {}";
    LogUnreadable: "This file cannot be read", "Diese Datei ist nicht lesbar";
    LogEmpty: "Nothing is in it yet", "Noch steht nichts darin";
    LogText: "Text of the log", "Text des Protokolls";
    ScrollLog: "Place in the log", "Stelle im Protokoll";
    ScrollColumns: "Place in the lines", "Stelle in den Zeilen";
    SearchLog: "Search the log", "Protokoll durchsuchen";
    SearchLogHint: "Search (Ctrl+F)", "Suchen (Strg+F)";
    MatchCase: "Upper and lower case differ", "Groß- und Kleinschreibung beachten";
    UseRegex: "Regular expression", "Regulärer Ausdruck";
    NextHit: "Next hit (F3)", "Nächster Treffer (F3)";
    PreviousHit: "Previous hit (Shift+F3)", "Voriger Treffer (Umschalt+F3)";
    HitsSoFar: "{} hits so far, {} %", "bisher {} Treffer, {} %";
    HitOf: "{} of {}", "{} von {}";
    Hits: "{} hits", "{} Treffer";
    OneHit: "1 hit", "1 Treffer";
    NoHits: "No hits", "Keine Treffer";
    SearchWrapped: "The search went on from the other end", "Die Suche ging am anderen Ende weiter";
    AtCharacter: "character {}", "Zeichen {}";
    FaultGroupUnclosed: "A ( has no ). To search for the very characters, switch the regular expression off", "Zu einem ( fehlt das ). Um genau diese Zeichen zu suchen, den regulären Ausdruck ausschalten";
    FaultGroupUnopened: "A ) has no (. To search for the very characters, switch the regular expression off", "Zu einem ) fehlt das (. Um genau diese Zeichen zu suchen, den regulären Ausdruck ausschalten";
    FaultClassUnclosed: "A [ has no ]. To search for the very characters, switch the regular expression off", "Zu einem [ fehlt das ]. Um genau diese Zeichen zu suchen, den regulären Ausdruck ausschalten";
    FaultClassRange: "A range in [ ] does not go from a lower to a higher character", "Ein Bereich in [ ] geht nicht von einem niedrigeren zu einem höheren Zeichen";
    FaultNothingToRepeat: "There is nothing before *, +, ? or { that could be repeated; write \\* for the character itself", "Vor *, +, ? oder { steht nichts, was wiederholt werden könnte; \\* steht für das Zeichen selbst";
    FaultRepetitionCount: "The numbers in { } are not a repetition such as {2,5}", "Die Zahlen in { } sind keine Wiederholung wie {2,5}";
    FaultEscape: "This character has no meaning after \\; write \\\\ for the \\ itself", "Dieses Zeichen hat nach \\ keine Bedeutung; \\\\ steht für das \\ selbst";
    FaultFlag: "There is no such group as this after (?", "Eine solche Gruppe nach (? gibt es nicht";
    FaultUnsupported: "Looking ahead or behind and references to groups are not known here", "Vorausschau, Rückschau und Verweise auf Gruppen gibt es hier nicht";
    FaultLineEnd: "A match lies within a line; a line end cannot be searched for", "Ein Treffer liegt innerhalb einer Zeile; nach einem Zeilenende kann nicht gesucht werden";
    FaultMatchesNothing: "This matches no character; add what is to be found", "Dies trifft kein Zeichen; es fehlt, was gefunden werden soll";
    FaultTooLarge: "This expression would take too much memory; use smaller repetitions", "Dieser Ausdruck bräuchte zu viel Speicher; kleinere Wiederholungen verwenden";
    FaultOther: "This is no regular expression. To search for the very characters, switch it off", "Das ist kein regulärer Ausdruck. Um genau diese Zeichen zu suchen, ihn ausschalten";
    JumpToTime: "Jump to a time", "Zu einer Zeit springen";
    JumpHint: "2026-01-31 14:30", "31.1.2026 14:30";
    JumpHelp: "A day, a time of today, or both; Enter jumps to the first line from then on", "Ein Tag, eine Uhrzeit von heute oder beides; die Eingabetaste springt zur ersten Zeile ab dann";
    NoDate: "Write a day and a time, such as 2026-01-31 14:30", "Bitte Tag und Uhrzeit schreiben, etwa 31.1.2026 14:30";
    NoLineThatLate: "All lines of this log are earlier", "Alle Zeilen dieses Protokolls sind älter";
    NoTimesInLog: "The lines of this log tell no times", "Die Zeilen dieses Protokolls nennen keine Zeiten";
    // Reports.
    Reports: "Reports", "Berichte";
    ReportTitle: "Report", "Bericht";
    ReportPreview: "Preview", "Vorschau";
    ReportFigures: "Analysis", "Auswertung";
    ReportVerified: "Verification", "Echtheit";
    ReportMaking: "Reading the logs…", "Protokolle werden gelesen…";
    ReportNone: "Nothing was logged in this time", "In dieser Zeit wurde nichts protokolliert";
    ReportNoneMore: "Choose another period, or start monitoring.", "Einen anderen Zeitraum wählen oder die Überwachung starten.";
    ReportNoTime: "This is no time: {}", "Das ist keine Zeit: {}";
    ReportBackwards: "The period ends before it begins", "Der Zeitraum endet, bevor er beginnt";
    ReportFailed: "The report could not be made", "Der Bericht ließ sich nicht erstellen";
    ReportPeriod: "Period", "Zeitraum";
    PeriodWeek: "Last 7 days", "Letzte 7 Tage";
    PeriodDays30: "Last 30 days", "Letzte 30 Tage";
    PeriodThisMonth: "This month", "Dieser Monat";
    PeriodLastMonth: "Last month", "Voriger Monat";
    PeriodAll: "All that was logged", "Alles Protokollierte";
    PeriodBetween: "From … to …", "Von … bis …";
    PeriodFrom: "From", "Von";
    PeriodTo: "To", "Bis";
    PeriodFromHint: "from 2026-01-31 14:30", "von 31.1.2026 14:30";
    PeriodToHint: "to 2026-02-28", "bis 28.2.2026";
    ReportProfile: "Days counted by the rules of", "Tage gezählt nach den Regeln von";
    ProfileGeneric: "Nobody: the days are told", "Niemandem: die Tage werden genannt";
    ProfileDe: "Germany (TKG § 58)", "Deutschland (TKG § 58)";
    ProfileAt: "Austria", "Österreich";
    ProfileUk: "United Kingdom", "Vereinigtes Königreich";
    ProfileUs: "United States", "Vereinigte Staaten";
    ReportLanguage: "Language of the report", "Sprache des Berichts";
    ReportRedact: "Leave out what identifies me", "Weglassen, was mich erkennbar macht";
    ReportRedactMore: "Names, public addresses and hardware addresses", "Namen, öffentliche Adressen und Hardware-Adressen";
    ReportSaveAs: "Save as…", "Speichern als…";
    ReportOpen: "Open it", "Öffnen";
    FormatPdf: "PDF, to send or print", "PDF, zum Senden oder Drucken";
    FormatHtml: "HTML, for a browser", "HTML, für einen Browser";
    FormatText: "Plain text", "Reiner Text";
    FormatMd: "Markdown, for a wiki", "Markdown, für ein Wiki";
    FormatCsv: "CSV, outages for a spreadsheet", "CSV, Ausfälle für eine Tabelle";
    FormatJson: "JSON, for programs", "JSON, für Programme";
    JobReport: "Making the report", "Bericht wird erstellt";
    JobVerify: "Verifying", "Wird geprüft";
    VerifyTitle: "Are the logs genuine?", "Sind die Protokolle echt?";
    VerifyMore: "Each row holds a hash of the one before, and the last one is signed. Drop a folder of logs here to verify it.", "Jede Zeile enthält einen Hash der vorigen, und die letzte ist signiert. Ein hierher gezogener Ordner mit Protokollen wird geprüft.";
    VerifyOwn: "Verify the logs", "Protokolle prüfen";
    VerifyNone: "Nothing was verified yet", "Noch nichts wurde geprüft";
    VerifyFine: "{} rows are as they were written", "{} Zeilen sind so, wie sie geschrieben wurden";
    VerifyNoRows: "There are no rows that could be verified", "Es gibt keine Zeilen, die sich prüfen ließen";
    VerifyChanged: "{} places are not as they were written", "{} Stellen sind nicht so, wie sie geschrieben wurden";
    VerifySigned: "The last row is of {}, and that is signed", "Die letzte Zeile ist vom {}, und das ist signiert";
    VerifyUnsigned: "The last row is of {}; nothing is signed", "Die letzte Zeile ist vom {}; nichts ist signiert";
    VerifyMeaning: "This proves that nothing was changed, taken out or put in since it was written, by anybody without the signing key. It does not prove that what was written is true.", "Das belegt, dass seit dem Schreiben niemand ohne den Signaturschlüssel etwas geändert, entfernt oder eingefügt hat. Es belegt nicht, dass das Geschriebene wahr ist.";
    TooMuchToCopy: "This is too much for the clipboard; export the selection instead", "Das ist zu viel für die Zwischenablage; die Auswahl lässt sich stattdessen exportieren";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places() {
        for text in T::ALL {
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
    ];

    #[test]
    fn german_is_not_english() {
        for text in T::ALL {
            let (english, german) = (text.of(Language::English), text.of(Language::German));
            assert!(english != german || ALIKE.contains(&english), "{text:?}: {english}");
        }
    }
}

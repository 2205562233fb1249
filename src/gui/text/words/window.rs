//! Parts around the panels: navigation, the monitor, jobs, the first start.

use super::T;

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
    TestNowHelp: "Looks at everything now and writes a row of it ({})", "Prüft jetzt alles und schreibt eine Zeile darüber ({})";
    Testing: "Testing…", "Test läuft…";
    Quit: "Quit", "Beenden";
    GoTo: "Go to {}", "Zu {}";
    Close: "Close", "Schließen";
    Cancel: "Cancel", "Abbrechen";
    Dismiss: "Dismiss", "Ausblenden";
    Copy: "Copy", "Kopieren";
    CopyAll: "Copy all that is shown", "Alles Gezeigte kopieren";
    Copied: "Copied to the clipboard", "In die Zwischenablage kopiert";
    NoFileDialog: "This session can show no dialog for files: drop the file on this window instead", "Diese Sitzung kann keinen Dateidialog zeigen: die Datei stattdessen auf dieses Fenster ziehen";
    DropToVerify: "Drop an evidence pack or a folder of logs here to verify it", "Ein Beweispaket oder einen Ordner mit Protokollen hier ablegen, um ihn zu prüfen";
    CopyAsText: "Copy as text", "Als Text kopieren";
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
    ChecksPassed: "Checks passed", "Davon gut";
    LastResult: "Last result", "Zuletzt";
    OtherRuns: "A monitor is running already: this window shows what it sees", "Es läuft schon eine Überwachung: dieses Fenster zeigt, was sie sieht";
    OtherGone: "The other monitor has ended", "Die andere Überwachung ist beendet";
    EngineGone: "The monitor ended unexpectedly: press Start to go on", "Die Überwachung ist unerwartet beendet: mit Start geht es weiter";
    HistoryFailed: "The log of earlier days cannot be read: {}", "Das Protokoll früherer Tage ist nicht lesbar: {}";
    DemoSavesNothing: "The demo saves nothing", "Die Demo speichert nichts";
    FileGone: "This file is not there (any more): {}", "Diese Datei gibt es nicht (mehr): {}";
    JobBroke: "It ended unexpectedly: try again", "Es wurde unerwartet beendet: bitte noch einmal versuchen";

    // The icon among those of the system, and a window that cannot be drawn.
    TrayOpen: "Open the window", "Fenster öffnen";
    NoWindow: "Network Logging cannot draw its window", "Network Logging kann sein Fenster nicht zeichnen";

    // The question before closing ends monitoring.
    CloseTitle: "Keep watching the line?", "Leitung weiter beobachten?";
    CloseMore: "Monitoring ends with this window, and the record has a gap from then on.", "Mit diesem Fenster endet die Überwachung, und die Aufzeichnung hat ab dann eine Lücke.";
    CloseMoreNoTray: "Monitoring ends with this window, and the record has a gap from then on. There is no tray icon that could keep it.", "Mit diesem Fenster endet die Überwachung, und die Aufzeichnung hat ab dann eine Lücke. Es gibt kein Symbol in der Leiste, das es behalten könnte.";
    CloseTray: "Keep watching in the tray", "In der Leiste weiter beobachten";
    CloseService: "Hand over to a service…", "Einem Dienst übergeben…";
    CloseStop: "Stop monitoring and close", "Überwachung beenden und schließen";
    CloseStay: "Do not close", "Nicht schließen";
    CloseRemember: "Do not ask again", "Nicht mehr fragen";
    CloseRememberMore: "The choice can be changed in the settings.", "Die Wahl lässt sich in den Einstellungen ändern.";

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

    // The first start.
    FirstTitle: "Is it me, or is it the line?", "Liegt es an mir oder an der Leitung?";
    FirstText: "Press one button and forget it. Whenever the internet fails, you will know for how long, how often, and whose fault it was.", "Ein Knopfdruck genügt. Wann immer das Internet ausfällt, weißt du, wie lange, wie oft und wessen Schuld es war.";
    FirstFinds: "It finds what it needs by itself", "Es findet selbst, was es braucht";
    FirstFindsMore: "Your router, your resolvers and your provider's first hops. No administrator's rights, nothing to install.", "Router, Nameserver und die ersten Router des Anbieters. Ohne Administratorrechte, ohne weitere Programme.";
    FirstAsks: "It sends small packets all the time", "Es sendet fortwährend kleine Pakete";
    SentTo: "To {}.", "An {}.";
    SentSoMuch: "In and out together about {} kB a second, {} MB a day; more while something is wrong.", "Ein- und ausgehend zusammen etwa {} kB pro Sekunde, {} MB am Tag; mehr, solange etwas gestört ist.";
    SentRouter: "your router", "den Router";
    SentIspHops: "your provider's first hops", "die ersten Router des Anbieters";
    SentOwnResolvers: "your resolvers", "die eigenen Nameserver";
    SentTargets: "the far hosts", "die fernen Hosts";
    SentTargetsV6: "where there is IPv6, the far hosts", "wo es IPv6 gibt, die fernen Hosts";
    SentPublicResolvers: "the public resolvers", "die öffentlichen Nameserver";
    SentPorts: "a TCP port of", "einen TCP-Port von";
    SentSites: "the web sites", "die Websites";
    SentMoreSites: "while something is wrong, also the web sites", "solange etwas gestört ist, auch die Websites";
    SentPortal: "a page that shows login portals, on", "eine Seite, an der sich Anmeldeportale zeigen, auf";
    SentProxy: "for web requests, the proxy", "für Web-Anfragen den Proxy";
    SentTraces: "the routers on the way to", "die Router auf dem Weg zu";
    SentStun: "the server that tells the public address", "den Server, der die öffentliche Adresse nennt,";
    SentTime: "once an hour, the time server", "einmal in der Stunde den Zeitserver";
    SentBroker: "at each change, the MQTT broker", "bei jeder Änderung den MQTT-Broker";
    SentMetrics: "every few seconds, the stores of metrics", "alle paar Sekunden die Messwertspeicher";
    SentMail: "after events, the mail server", "nach Ereignissen den Mailserver";
    FirstWrites: "It writes down what it sees", "Es schreibt auf, was es sieht";
    FirstWritesMore: "As evidence that nobody can wave away, in {}", "Als Beleg, den niemand vom Tisch wischt, in {}";
    FirstPrivate: "Nothing leaves this computer unasked", "Nichts verlässt diesen Computer ungefragt";
    FirstPrivateMore: "No account, no cloud, no statistics.", "Kein Konto, keine Cloud, keine Statistik.";
    FirstSettings: "Look at the settings first", "Erst die Einstellungen ansehen";
}

//! Outages, and how they are told to others.

use super::T;

texts! {
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
}

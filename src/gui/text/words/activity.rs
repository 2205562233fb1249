//! The activity.

use super::T;

texts! {
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
    LogDoubtful: "{} (low confidence)", "{} (geringe Sicherheit)";
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
}

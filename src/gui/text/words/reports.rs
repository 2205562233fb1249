//! Reports and the verification of logs.

use super::T;

texts! {
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
}

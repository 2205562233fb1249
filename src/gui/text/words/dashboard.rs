//! The dashboard.

use super::T;

texts! {
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
}

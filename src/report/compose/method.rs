//! Method of the measurement, with the exact settings; the clock and the computer.

use super::{
    super::{
        context::ReportContext,
        document::{Block, Cell, Column, Section, Table},
        lang::say,
    },
    summary::how_asked,
};
use crate::model::{
    config::{Config, SETTINGS},
    diary::ClockSample,
    settings::{Setting, Value},
};

/// Groups of settings that decide what is measured and judged.
const GROUPS: [&str; 6] = ["Line", "Rhythm", "Names", "Web", "Quality", "Path"];
/// Rows of lists that can become long.
const MOST: usize = 60;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let lang = context.lang;
    let mut blocks = words(context);
    blocks.push(Block::Heading(lang.of("Settings in force", "Geltende Einstellungen").into()));
    let which = if context.is_sampled() {
        lang.of(
            "Those of this program when this report was made. Most rows were written one look at a time, maybe by another program with settings of its own.",
            "Die dieses Programms bei der Erstellung dieses Berichts. Die meisten Zeilen entstanden mit je einem einzelnen Blick, vielleicht durch ein anderes Programm mit eigenen Einstellungen.",
        )
    } else {
        lang.of(
            "As they were when this report was made. Changes before that are listed below, as far as they were noted.",
            "Stand bei der Erstellung dieses Berichts. Frühere Änderungen stehen darunter, soweit sie notiert wurden.",
        )
    };
    blocks.push(Block::Text(which.into()));
    blocks.push(Block::Table(settings(context)));
    let changes = &context.input.diary.changes;
    blocks.push(Block::Heading(lang.of("Changes of settings", "Änderungen von Einstellungen").into()));
    if changes.is_empty() {
        blocks.push(Block::Text(lang.of("None was noted.", "Keine wurde notiert.").into()));
    } else {
        let rows = changes.iter().rev().take(MOST).rev().map(|change| {
            let value = |value: &str| context.text(value);
            vec![
                context.second(change.at).into(),
                change.key.clone().into(),
                change.from.as_deref().map_or_else(|| "–".to_owned(), value).into(),
                value(&change.to).into(),
            ]
        });
        let columns = vec![
            Column::text(lang.of("Since", "Seit")),
            Column::code(lang.of("Setting", "Einstellung")),
            Column::text(lang.of("Before", "Vorher")),
            Column::wide(lang.of("After", "Nachher")),
        ];
        blocks.push(Block::Table(Table::new(columns, rows.collect())));
        if changes.len() > MOST {
            blocks.push(Block::Small(say!(
                lang,
                "The latest {MOST} are shown.",
                "Gezeigt werden die jüngsten {MOST}."
            )));
        }
    }
    Section { id: "method", title: lang.of("Method", "Methode").into(), new_page: false, blocks }
}

fn words(context: &ReportContext<'_>) -> Vec<Block> {
    let (lang, config) = (context.lang, &context.input.config);
    let (pulse, cycle) = (lang.setting(config.sample_interval_sec), lang.setting(config.ping_interval_sec));
    let (timeout, outage) = (lang.setting(config.ping_timeout_sec), lang.setting(config.outage_after_sec));
    let targets: Vec<String> = config.targets.iter().map(|target| context.text(target)).collect();
    let targets = lang.list(&targets);
    let mut items = if context.is_sampled() {
        let how = how_asked(context);
        vec![say!(
            lang,
            "Looks: {how} How long each waited for an answer, and whom it asked, was set in the program that wrote the rows.",
            "Blicke: {how} Wie lange jeder auf Antwort wartete und wen er fragte, war in dem Programm eingestellt, das die Zeilen schrieb."
        )]
    } else {
        vec![
            say!(
                lang,
                "Pulse: every {pulse} the home router, a hop of the provider and one far host in turn are asked by an ICMP echo request (RFC 792, RFC 4443). An answer that is overdue has everything asked at once, by ICMP and TCP.",
                "Puls: Alle {pulse} werden der Router, ein Hop des Anbieters und reihum ein fernes Ziel mit einer ICMP-Echo-Anfrage gefragt (RFC 792, RFC 4443). Bleibt eine Antwort aus, wird sofort alles gefragt, mit ICMP und TCP."
            ),
            say!(
                lang,
                "Cycle: every {cycle}, and at every change, all layers are asked in parallel: link and route, router, hops of the provider, far hosts ({targets}), name servers, web sites, IPv6 apart from IPv4. Each cycle is a row of the log.",
                "Zyklus: Alle {cycle} und bei jeder Änderung werden alle Schichten zugleich gefragt: Schnittstelle und Route, Router, Hops des Anbieters, ferne Ziele ({targets}), Namensserver, Webseiten, IPv6 getrennt von IPv4. Jeder Zyklus ist eine Zeile des Protokolls."
            ),
            say!(
                lang,
                "Waiting time: an answer that does not come within {timeout} at most is lost (RFC 2681, RFC 6673). Known hosts are waited for much shorter, and asked again before anything is judged.",
                "Wartezeit: Eine Antwort, die nicht innerhalb von höchstens {timeout} kommt, gilt als verloren (RFC 2681, RFC 6673). Auf bekannte Ziele wird viel kürzer gewartet, und vor jedem Urteil wird erneut gefragt."
            ),
        ]
    };
    items.extend([
        say!(
            lang,
            "Outage: {outage} of bad seconds in a row, counted from the first of them to the first of as many clean ones. Shorter ones are interruptions and counted apart.",
            "Ausfall: {outage} schlechte Sekunden in Folge, gezählt von der ersten bis zur ersten von ebenso vielen guten. Kürzere sind Unterbrechungen und werden getrennt gezählt."
        ),
        lang.of(
            "Blame: the innermost part that the samples prove broken. Any answer proves a part alive, a refusal too; silence counts only from those who used to answer. Where the samples contradict each other, confidence is low and nobody is accused.",
            "Zuordnung: der innerste Teil, dessen Ausfall die Messungen beweisen. Jede Antwort beweist, dass ein Teil lebt, auch eine Ablehnung; Schweigen zählt nur bei denen, die sonst antworten. Widersprechen sich die Messungen, ist die Sicherheit gering und niemand wird beschuldigt.",
        )
        .to_owned(),
        lang.of(
            "Paths: traced by probes with a growing time to live, on a steady flow. A router that does not answer these is not lossy for that: most limit such answers. Loss is charged to a hop only where it persists to the end of the path.",
            "Wege: verfolgt mit Proben wachsender Lebensdauer auf gleichbleibendem Fluss. Ein Router, der sie nicht beantwortet, verliert deshalb nichts: Die meisten begrenzen solche Antworten. Verlust wird einem Hop nur zugerechnet, wo er bis zum Ende des Weges bleibt.",
        )
        .to_owned(),
        lang.of(
            "Not measured: the rate of the line, one-way delays, and what other devices in the home do.",
            "Nicht gemessen: die Geschwindigkeit der Leitung, Laufzeiten in nur einer Richtung und was andere Geräte im Haushalt tun.",
        )
        .to_owned(),
    ]);
    vec![Block::Bullets(items)]
}

fn settings(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let is_shown = |setting: &&Setting<Config>| GROUPS.contains(&setting.group);
    let rows = SETTINGS.iter().filter(is_shown).map(|setting| {
        let value = setting.get(&context.input.config);
        let is_default = value == setting.default();
        vec![
            setting.key.into(),
            spelled(context, setting, &value).into(),
            (if is_default { lang.of("default", "Vorgabe") } else { lang.of("set", "gesetzt") }).into(),
        ]
    });
    let columns = vec![
        Column::code(lang.of("Setting", "Einstellung")),
        Column::wide(lang.of("Value", "Wert")),
        Column::text(lang.of("Origin", "Herkunft")),
    ];
    Table::new(columns, rows.collect())
}

fn spelled(context: &ReportContext<'_>, setting: &Setting<Config>, value: &Value) -> String {
    let (lang, unit) = (context.lang, setting.unit);
    let text = match value {
        Value::Switch(on) => lang.yes(*on).to_owned(),
        // A port is a name and no quantity.
        Value::Number(number) if unit.is_empty() => format!("{number}"),
        Value::Number(number) => {
            let decimals = usize::from(number.fract() != 0.0);
            lang.number(*number, decimals)
        }
        Value::Text(text) if text.is_empty() => lang.of("none", "keine").into(),
        Value::Text(text) => context.setting(setting, text),
        Value::List(list) if list.is_empty() => lang.of("none", "keine").into(),
        Value::List(list) => list.iter().map(|item| context.text(item)).collect::<Vec<_>>().join(", "),
    };
    let unit = match unit {
        "rounds" => lang.of("rounds", "Runden"),
        "days" => lang.of("days", "Tage"),
        unit => unit,
    };
    if unit.is_empty() { text } else { format!("{text}\u{a0}{unit}") }
}

pub(super) fn clock_and_host(context: &ReportContext<'_>) -> Section {
    let lang = context.lang;
    let blocks = [clock(context), host(context)].concat();
    let title = lang.of("Clock and computer", "Uhr und Rechner");
    Section { id: "clock", title: title.into(), new_page: false, blocks }
}

fn clock(context: &ReportContext<'_>) -> Vec<Block> {
    let (input, lang) = (context.input, context.lang);
    let zone = context.zone();
    let mut blocks = vec![
        Block::Heading(lang.of("Clock", "Uhr").into()),
        Block::Text(say!(
            lang,
            "Lengths come from a clock that nobody can set; the clock on the wall only tells when. Stored is UTC, shown is {zone} with its offset.",
            "Dauern stammen von einer Uhr, die niemand stellen kann; die Wanduhr sagt nur, wann. Gespeichert wird UTC, gezeigt wird {zone} mit der Abweichung davon."
        )),
    ];
    blocks.push(match offsets(&input.diary.clock) {
        None => Block::Text(
            lang.of(
                "How far the clock was off is not known: no time server was asked in this period.",
                "Wie weit die Uhr abwich, ist nicht bekannt: In diesem Zeitraum wurde kein Zeitserver gefragt.",
            )
            .into(),
        ),
        Some((n, least, median, most, within)) => {
            let n = lang.plural(n as u64, ("question", "Frage"), ("questions", "Fragen"));
            let spell = |seconds: f64| format!("{}\u{a0}s", lang.number(seconds, 3));
            let (least, median, most, within) = (spell(least), spell(median), spell(most), spell(within));
            Block::Text(say!(
                lang,
                "{n} to time servers (RFC 5905): this computer's clock was ahead by {median} (median), from {least} to {most}; each is known within {within} at worst.",
                "{n} an Zeitserver (RFC 5905): Die Uhr dieses Rechners ging um {median} vor (Median), von {least} bis {most}; jeder Wert ist schlimmstenfalls auf {within} genau."
            ))
        }
    });
    let steps = &input.summary.clock_steps;
    if steps.is_empty() {
        blocks.push(Block::Text(
            lang.of("The clock was never set by a step.", "Die Uhr wurde nie sprunghaft gestellt.").into(),
        ));
    } else {
        let rows = steps.iter().rev().take(MOST).rev().map(|step| {
            vec![context.second(step.at).into(), Cell::from(format!("{}\u{a0}s", lang.number(step.seconds, 3)))]
        });
        let columns = vec![
            Column::text(lang.of("The clock was set before", "Die Uhr wurde gestellt vor")),
            Column::figures(lang.of("By", "Um")),
        ];
        blocks.push(Block::Table(Table::new(columns, rows.collect())));
    }
    blocks
}

/// Number of samples, their least, median and greatest offset, and their worst uncertainty.
fn offsets(samples: &[ClockSample]) -> Option<(usize, f64, f64, f64, f64)> {
    let mut ahead: Vec<f64> = samples.iter().map(|sample| sample.ahead).collect();
    ahead.sort_by(f64::total_cmp);
    let within = samples.iter().map(|sample| sample.within.as_secs_f64()).fold(0.0, f64::max);
    Some((ahead.len(), *ahead.first()?, *ahead.get(ahead.len() / 2)?, *ahead.last()?, within))
}

fn host(context: &ReportContext<'_>) -> Vec<Block> {
    let (input, lang) = (context.input, context.lang);
    let mut facts = Vec::new();
    if let Some(host) = &input.host {
        facts.push((lang.of("Computer", "Rechner").to_owned(), context.private(&host.name)));
        facts.push((
            lang.of("System", "System").to_owned(),
            host.system
                .as_deref()
                .map_or_else(|| lang.of("not known", "nicht bekannt").to_owned(), |name| context.text(name)),
        ));
        facts.push((lang.of("Processor", "Prozessor").to_owned(), host.machine.clone()));
    }
    facts.push((lang.of("Program", "Programm").to_owned(), input.program.clone()));
    let all: u64 = input.summary.links.iter().map(|(_, n)| n).sum();
    if input.summary.links.is_empty() {
        facts.push((
            lang.of("Link", "Verbindung").to_owned(),
            lang.of("the log does not say", "das Protokoll sagt dazu nichts").to_owned(),
        ));
    }
    for (link, n) in &input.summary.links {
        let (share, n) = (lang.percent(*n as f64 / all.max(1) as f64), lang.whole(*n));
        let name = link_name(context, link);
        facts.push((
            lang.of("Link", "Verbindung").to_owned(),
            say!(lang, "{name}: {share} of the rows ({n})", "{name}: {share} der Zeilen ({n})"),
        ));
    }
    facts.retain(|(_, value)| !value.is_empty());
    vec![
        Block::Heading(lang.of("Computer", "Rechner").into()),
        Block::Facts(facts),
        Block::Small(
            lang.of(
                "Every row of the log names the link it was measured over. VPN and own traffic are watched and named where they matter.",
                "Jede Zeile des Protokolls nennt die Verbindung, über die gemessen wurde. VPN und eigener Datenverkehr werden beobachtet und genannt, wo sie eine Rolle spielen.",
            )
            .into(),
        ),
    ]
}

/// `wifi:wlan0` as `Wi-Fi (wlan0)`.
fn link_name(context: &ReportContext<'_>, link: &str) -> String {
    let lang = context.lang;
    let Some((kind, name)) = link.split_once(':') else { return context.text(link) };
    let kind = match kind {
        "wired" => lang.of("Cable", "Kabel"),
        "wifi" => lang.of("Wi-Fi", "WLAN"),
        "mobile" => lang.of("Mobile network", "Mobilfunk"),
        "tunnel" => lang.of("Tunnel (VPN)", "Tunnel (VPN)"),
        _ => lang.of("Other", "Andere"),
    };
    format!("{kind} ({})", context.text(name))
}

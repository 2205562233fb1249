use proptest::prelude::*;

use super::*;

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(expected, redact_text(text), "{text}");
    assert_eq!(expected, redact_text(expected), "{expected} is to stay");
}

#[test]
fn addresses_lose_what_tells_one_line_from_another() {
    let cases = [
        ("198.51.100.7", "198.51.x.x#1"),
        ("2001:db8:1:2::3", "2001:db8:x:x:x:x:x:x#1"),
        ("2001::", "2001:0:x:x:x:x:x:x#1"),
        ("::ffff:198.51.100.7", "198.51.x.x#1"),
        ("64:ff9b::c633:6407", "64:ff9b:x:x:x:x:x:x#1"),
        ("fe80::a8bb:ccff:fe10:2030", "fe80:0:0:0:a8bb:ccff:fexx:xxxx#1"),
        ("fd12:3456:789a:1:a8bb:ccff:fe10:2030", "fd12:3456:789a:1:a8bb:ccff:fexx:xxxx#1"),
        ("fe80::1c2d:3e4f:5a6b:7c8d", "fe80::x:x:x:x#1"),
        ("fd12:3456:789a:1:1c2d:3e4f:5a6b:7c8d", "fd12:3456:789a:1:x:x:x:x#1"),
    ];
    for (whole, expected) in cases {
        assert_eq!(expected, Redactor::default().addr(addr(whole)), "{whole}");
        check(whole, expected);
    }
}

#[test]
fn addresses_that_many_have_stay() {
    for text in [
        "192.168.1.9",
        "10.0.0.1",
        "172.31.255.255",
        "100.64.0.1",
        "169.254.7.7",
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.251",
        "::1",
        "::",
        "fe80::1",
        "fd00::53",
        "ff02::1:ff00:1",
        "::ffff:10.0.0.1",
    ] {
        let shown = Redactor::default().addr(addr(text));
        assert_eq!(text.trim_start_matches("::ffff:"), shown);
        check(&shown, &shown);
    }
}

#[test]
fn the_same_value_becomes_the_same_text_and_another_one_does_not() {
    let mut redactor = Redactor::default();
    let first = redactor.addr(addr("198.51.100.7"));
    assert_eq!("198.51.x.x#2", redactor.addr(addr("198.51.100.8")));
    assert_eq!("203.0.x.x#1", redactor.addr(addr("203.0.113.1")));
    assert_eq!(first, redactor.addr(addr("198.51.100.7")));
    assert_eq!("aa:bb:cc:xx:xx:xx#1", redactor.mac([0xaa, 0xbb, 0xcc, 1, 2, 3]));
    assert_eq!("aa:bb:cc:xx:xx:xx#2", redactor.mac([0xaa, 0xbb, 0xcc, 1, 2, 4]));
    assert_eq!(("<name>#1", "<name>#2"), (&*redactor.name("Mine"), &*redactor.name("yours")));
    assert_eq!("<name>#1", redactor.name("mine."), "names of hosts have no case");
    assert_eq!(
        "198.51.x.x#1 aa-bb-cc-xx-xx-xx#2 198-51-x-x#2",
        redactor.text("198.51.100.7 AA-BB-CC-01-02-04 198-51-100-8")
    );
    assert_eq!("fe80::1%3", redactor.host("fe80::1%3".parse().unwrap()));
    assert_eq!("enxaabbccxxxxxx#1", redactor.link("enxaabbcc010203"));
    assert_eq!(
        ["eth0", "enx", "enxaabbcc0102034"].map(str::to_owned),
        ["eth0", "enx", "enxaabbcc0102034"].map(|name| redactor.link(name))
    );
}

#[test]
fn hardware_addresses_are_found_however_they_are_spelled() {
    check("02:00:5e:10:20:30", "02:00:5e:xx:xx:xx#1");
    check("lladdr 02:00:5E:10:20:30, then", "lladdr 02:00:5e:xx:xx:xx#1, then");
    check("02-00-5e-10-20-30", "02-00-5e-xx-xx-xx#1");
    check("0200.5e10.2030", "02:00:5e:xx:xx:xx#1");
    check("00:11:22:33:44:55:66:77", "00:11:22:xx:xx:xx:xx:xx#1");
    check("dev wlx02005e102030:", "dev wlx02005exxxxxx#1:");
    check("12:34:56 2026-11-23T00:18:41.123Z 00:18", "12:34:56 2026-11-23T00:18:41.123Z 00:18");
}

#[test]
fn addresses_are_found_wherever_they_stand() {
    check("from=198.51.100.7;", "from=198.51.x.x#1;");
    check("(198.51.100.7).", "(198.51.x.x#1).");
    check("198.51.100.7:443 198.51.100.7/24", "198.51.x.x#1:443 198.51.x.x#1/24");
    check("198.51.100.7.443 > 10.0.0.1.80", "198.51.x.x#1.443 > 10.0.0.1.80");
    check("..198.51.100.7..198.51.100.8", "..198.51.x.x#1..198.51.x.x#2");
    check("v198.51.100.7ms", "v198.51.x.x#1ms");
    check("198.051.100.007", "198.51.x.x#1");
    check("[2001:db8::7]:443", "[2001:db8:x:x:x:x:x:x#1]:443");
    check("2001:db8::7:51234", "2001:db8:x:x:x:x:x:x#1:51234");
    check("to 2001:db8::7: lost", "to 2001:db8:x:x:x:x:x:x#1: lost");
    check("src:2001:db8::7%eth0", "src:2001:db8:x:x:x:x:x:x#1%eth0");
    check("1.3.6.1.2.1.2.2 1.2.3 1.2.300.4", "1.3.6.1.2.1.2.2 1.2.3 1.2.300.4");
}

#[test]
fn names_of_hosts_are_taken_out_of_the_report_of_a_trace() {
    let report = "\
Start: 2026-11-23T00:18:41+0100
HOST: kitchen-pc                  Loss%   Snt   Last   Avg  Best  Wrst StDev
  1. AS???    192.168.1.1          0.0%    60    0.1   0.1   0.1   0.2   0.0
  2. AS64500  ip-198-51-100-7.line.example  0.0%    60   10.1  10.1  10.1  10.2   0.0
  3. AS64500  core1.example.net (203.0.113.9)  0.0%    60   10.1  10.1  10.1  10.2   0.0
  4. AS64500  ???                100.0    60    0.0   0.0   0.0   0.0   0.0
  5.|-- 198.51.100.7  0.0%  5 1549. 10.1 10.1 10.2 0.0
";
    let expected = "\
Start: 2026-11-23T00:18:41+0100
HOST: <name>#1                  Loss%   Snt   Last   Avg  Best  Wrst StDev
  1. AS???    192.168.1.1          0.0%    60    0.1   0.1   0.1   0.2   0.0
  2. AS64500  <name>#2  0.0%    60   10.1  10.1  10.1  10.2   0.0
  3. AS64500  <name>#3 (203.0.x.x#1)  0.0%    60   10.1  10.1  10.1  10.2   0.0
  4. AS64500  ???                100.0    60    0.0   0.0   0.0   0.0   0.0
  5.|-- 198.51.x.x#1  0.0%  5 1549. 10.1 10.1 10.2 0.0
";
    check(report, expected);
}

#[test]
fn a_name_may_hold_an_address_and_another_script() {
    check("1.2.3.4.isp.example", "<name>#1");
    check("dyn-198-51-100-7-home", "dyn-198-51-x-x#1-home");
    check("b\u{fc}ro.m\u{fc}ller.example. next", "<name>#1. next");
    check("host.xn--p1ai", "<name>#1");
    check("e.g. 3.5ms and so on.", "e.g. 3.5ms and so on.");
    check("HOST:", "HOST:");
    check("HOST: 2001:db8::7 -", "HOST: <name>#1 -");
}

#[test]
fn a_long_text_takes_no_long_time() {
    // Each of these would take hours if every place looked at all that follows.
    for part in ["1.", "1-", "a:", "::", "aa:", "a.", "a", "f", "\u{e9}.", "HOST:", "0-0.0:"] {
        let text = part.repeat(100_000);
        assert!(!redact_text(&text).is_empty());
    }
}

/// Pieces that readers begin with, end with, or trip over.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "198.51.100.7",
        "10.0.0.1",
        "2001:db8::7",
        "fe80::a8bb:ccff:fe10:2030",
        "fe80::1c2d:3e4f:5a6b:7c8d",
        "fe80::1",
        "02:00:5e:10:20:30",
        "02-00-5e-10-20-30",
        "0200.5e10.2030",
        "enx02005e102030",
        "198-51-100-7",
        "a.example",
        "HOST: ",
        "x",
        "#",
        "#1",
        "<name>#1",
        ":",
        "::",
        ".",
        "-",
        "%",
        " ",
        "1",
        "12::",
        "ff",
        "\u{e9}",
        "_",
        "x.x#1",
    ];
    prop_oneof![proptest::sample::select(fixed.map(str::to_owned).to_vec()), "[0-9a-fx:.#<>-]{0,6}"]
}

proptest! {
    #[test]
    fn what_was_redacted_stays(pieces in proptest::collection::vec(piece(), 0..8)) {
        let once = redact_text(&pieces.concat());
        prop_assert_eq!(&once, &redact_text(&once), "{}", pieces.concat());
    }

    #[test]
    fn any_text_can_be_redacted(text: String) {
        redact_text(&text);
    }

    #[test]
    fn no_public_ipv4_address_survives(octets: [u8; 4], before in "[^0-9.#\n-]{0,4}", after in "([^0-9.-][ -~]{0,4})?") {
        let addr = Ipv4Addr::from(octets);
        prop_assume!(!is_common_v4(addr));
        let text = redact_text(&format!("{before}{addr}{after}"));
        prop_assert!(!text.contains(&addr.to_string()), "{}", text);
        let shown = Redactor::default().addr(addr.into());
        let [a, b, ..] = octets;
        prop_assert_eq!(format!("{a}.{b}.x.x#1"), shown);
    }

    #[test]
    fn no_public_ipv6_address_survives(segments: [u16; 8], before in "[ (=\\[/]", after in "[^0-9a-fA-Fx:]?") {
        let addr = Ipv6Addr::from(segments);
        prop_assume!(!is_private(addr.into()) && !addr.is_multicast() && addr.to_ipv4_mapped().is_none());
        let [a, b, ..] = segments;
        let expected = format!("{a:x}:{b:x}:x:x:x:x:x:x#1");
        prop_assert_eq!(&expected, &Redactor::default().addr(addr.into()));
        prop_assert_eq!(format!("{before}{expected}{after}"), redact_text(&format!("{before}{addr}{after}")));
    }

    #[test]
    fn no_hardware_address_survives(mac: [u8; 6], mark in "[:-]", before in "[ (=/]", after in "[ ,;)]?") {
        let spell = |mac: [u8; 6]| mac.map(|byte| format!("{byte:02x}")).join(&mark);
        let [a, b, c, ..] = mac;
        let expected = format!("{before}{a:02x}{mark}{b:02x}{mark}{c:02x}{mark}xx{mark}xx{mark}xx#1{after}");
        prop_assert_eq!(&expected, &redact_text(&format!("{before}{}{after}", spell(mac))));
        prop_assert_eq!(&expected, &redact_text(&format!("{before}{}{after}", spell(mac).to_uppercase())));
        let [.., d, e, f] = mac;
        let local = Ipv6Addr::from([0xfe80, 0, 0, 0, u16::from_be_bytes([a ^ 2, b]), u16::from_be_bytes([c, 0xff]), u16::from_be_bytes([0xfe, d]), u16::from_be_bytes([e, f])]);
        let shown = Redactor::default().addr(local.into());
        prop_assert!(shown.ends_with(":fexx:xxxx#1"), "{}", shown);
    }

    #[test]
    fn two_addresses_stay_two(one: [u8; 4], other: [u8; 4]) {
        let (one, other) = (Ipv4Addr::from(one), Ipv4Addr::from(other));
        prop_assume!(one != other);
        let text = redact_text(&format!("{one} {other} {one}"));
        let words: Vec<&str> = text.split(' ').collect();
        prop_assert_eq!(words[0], words[2]);
        prop_assert_ne!(words[0], words[1]);
    }
}

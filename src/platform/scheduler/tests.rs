//! A schedule with everything in its paths that is hard to spell.

use super::{Account, Folders, exit_code};
use crate::model::schedule::{Schedule, Scope};

pub(super) fn schedule(rhythm: &str, scope: Scope) -> Schedule {
    Schedule {
        rhythm: rhythm.parse().unwrap(),
        scope,
        program: "/opt/it's 100% \"new\"/netlog".into(),
        config: Some("/home/jürgen/my config.json".into()),
        log_dir: "/home/jürgen/100% \"My\" it's $logs --&".into(),
        data_dir: Some("/home/jürgen/.local/share/network-logging".into()),
        account: "jürgen".into(),
        since: "2026-11-25T15:00:00Z".parse().unwrap(),
    }
}

#[test]
fn an_account_is_known_by_name_and_by_number() {
    let folders = Folders { home: "/home/me".into(), config: "/home/me/.config".into() };
    let me = Account { name: "me".into(), uid: "1000".into(), is_admin: false, folders };
    assert!(me.is("me") && me.is("1000") && !me.is("you"));
    assert!(!Account { uid: String::new(), ..me }.is(""));
}

#[test]
fn large_exit_codes_are_told_in_hexadecimal() {
    assert_eq!(
        ["2", "137", "0x80070002", "0xC000013A"].map(str::to_owned),
        [2, 137, 0x8007_0002, 0xc000_013a].map(exit_code)
    );
}

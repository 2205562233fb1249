//! What a window or another program calls instead of the command line.

use std::{fs, ops::ControlFlow, time::Duration};

use network_logging::{
    demo,
    evidence::{
        Request,
        pack::{NotMade, Standing, Step, make, verify},
    },
    model::config::Config,
    report::Format,
    simulation::Plan,
    store::key::Key,
};

fn made_up() -> (tempfile::TempDir, Request) {
    let dir = tempfile::tempdir().unwrap();
    let end = "2026-11-01T00:00:00Z".parse().unwrap();
    demo::write(dir.path(), &Plan { end, length: Duration::from_hours(48), seed: 5 }).unwrap();
    let request = Request::new(dir.path(), Config::default(), end);
    (dir, request)
}

fn key() -> Key {
    Key::read(&Key::make().unwrap()).unwrap()
}

#[test]
fn a_pack_is_made_and_verified_by_the_same_face() {
    let (_dir, request) = made_up();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("pack.zip");
    let (key, mut steps, mut last) = (key(), Vec::new(), 0.0);
    let made = make(&request, &path, Some(&key), &mut |progress| {
        assert!((last..1.0).contains(&progress.share), "{progress:?} after {last}");
        last = progress.share;
        if steps.last() != Some(&progress.step) {
            steps.push(progress.step);
        }
        ControlFlow::Continue(())
    });
    let made = made.unwrap();
    assert_eq!((Some(&Step::Reading), Some(&Step::Packing)), (steps.first(), steps.last()));
    assert_eq!(2 + Format::ALL.len(), steps.len());
    assert!(made.n_rows > 1000 && made.n_outages > 0, "{made:?}");
    assert_eq!(fs::metadata(&path).unwrap().len(), made.bytes);
    let verified = verify(&path, None).unwrap();
    assert_eq!(Standing::Unchanged, verified.standing());
    assert_eq!((made.n_files as u64, made.n_rows), (verified.n_files, verified.n_rows));
    let manifest = verified.manifest.unwrap();
    assert_eq!((key.public(), "local time"), (manifest.public_key, manifest.zone.as_str()));
}

#[test]
fn a_pack_can_be_cancelled_at_any_step_and_leaves_nothing() {
    let (_dir, request) = made_up();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("pack.zip");
    for wanted in [Step::Reading, Step::Composing(Format::Html), Step::Packing] {
        let made = make(&request, &path, Some(&key()), &mut |progress| {
            if progress.step == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(made, Err(NotMade::Cancelled)), "{made:?}");
        assert_eq!(0, fs::read_dir(out.path()).unwrap().count());
    }
}

#[test]
fn what_is_no_pack_and_what_has_no_key_is_refused() {
    let (_dir, request) = made_up();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("letter.zip");
    let go_on = &mut |_| ControlFlow::Continue(());
    assert!(matches!(make(&request, &path, None, go_on), Err(NotMade::NoKey)));
    fs::write(&path, "dear provider").unwrap();
    assert!(matches!(make(&request, &path, Some(&key()), go_on), Err(NotMade::Taken(_))));
    assert_eq!("dear provider", fs::read_to_string(&path).unwrap());
}

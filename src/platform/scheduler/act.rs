//! Does what a [`Plan`] says, and undoes it.

use std::{fs, io, path::Path, thread, time::Duration};

use super::{
    Account, Installed, Manager, Mark, Original, Plan, PlannedFile, SchedulerError, Work, Worker, crontab, expected,
    launchd, list_crontab, mark, plan::command as words, systemd, task,
};
use crate::{
    clock,
    model::schedule::{Rhythm, Schedule, Scope},
    platform::{
        command::{self, CommandError, Output},
        files,
    },
};

/// So long a job of launchd may take to be gone.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);
/// So long a new one is tried again that comes too early.
const TRIED_AGAIN_FOR: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);

/// Installs it. `worker` writes in the folder of the logs. What fails half-way leaves nothing behind.
///
/// # Errors
///
/// When the scheduler refuses it, or a file cannot be written.
pub fn install(
    manager: Manager,
    scope: Scope,
    plan: &Plan,
    account: &Account,
    worker: &Worker,
) -> Result<(), SchedulerError> {
    let done = carry_out(plan, worker);
    if done.is_err() {
        // The first failure is the one to tell.
        remove_parts(manager, scope, account).ok();
        let notes = plan.files.iter().filter(|file| is_note(file)).map(|file| file.path.clone());
        worker.run(&Work { remove: notes.collect(), ..Work::default() }).ok();
    }
    done
}

/// Leaves word in the folder of the logs of what is to be written there.
///
/// # Errors
///
/// When it cannot be written.
pub fn leave_note(schedule: &Schedule, worker: &Worker) -> Result<(), SchedulerError> {
    put(&mark::note(schedule), worker)
}

fn is_note(file: &PlannedFile) -> bool {
    file.path.file_name() == Some(mark::NOTE.as_ref())
}

/// Writes a file where it belongs: into the folder of the logs, or among those of the scheduler.
fn put(file: &PlannedFile, worker: &Worker) -> Result<(), SchedulerError> {
    if is_note(file) {
        return worker.run(&Work { write: Some((file.path.clone(), file.text.clone())), ..Work::default() });
    }
    write(file)
}

fn carry_out(plan: &Plan, worker: &Worker) -> Result<(), SchedulerError> {
    plan.files.iter().try_for_each(|file| put(file, worker))?;
    if let Some(block) = &plan.crontab {
        let before = crontab_to_change()?;
        write_crontab(&crontab::with_ours(&before, block))?;
    }
    let done = plan.commands.iter().try_for_each(|words| start(words));
    for file in plan.files.iter().filter(|file| file.is_passing) {
        delete(&file.path)?;
    }
    Ok(done?)
}

/// Runs one that must not fail, again while it comes too early.
fn start(words: &[String]) -> Result<(), CommandError> {
    let give_up = clock::now().mono + TRIED_AGAIN_FOR;
    loop {
        let output = command::run(words, "")?;
        if !launchd::is_too_early(words, output.code) || clock::now().mono >= give_up {
            return command::check(words, output).map(drop);
        }
        thread::sleep(PAUSE);
    }
}

/// Ends a job of launchd, and waits until it is gone: `bootout` comes back before.
fn boot_out(target: &str) -> Result<(), CommandError> {
    command::run(&words(&["launchctl", "bootout", target]), "")?;
    let give_up = clock::now().mono + LEAVES_WITHIN;
    while command::run(&launchd::print(target), "")?.is_success() && clock::now().mono < give_up {
        thread::sleep(PAUSE);
    }
    Ok(())
}

fn write(file: &PlannedFile) -> Result<(), SchedulerError> {
    let failed = |source| SchedulerError::File { action: "write", path: file.path.clone(), source };
    if let Some(folder) = file.path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // No scheduler must see half of it. Anybody may ask what is scheduled here.
    files::replace_for_all(&file.path, &file.bytes()).map_err(failed)
}

/// Takes an installed schedule away, and ends the monitor that cron started. `monitor` is the process that holds the
/// folder of its logs.
///
/// # Errors
///
/// When the scheduler refuses it, or a file cannot be removed.
pub fn remove(installed: &Installed, monitor: Option<u32>, account: &Account) -> Result<(), SchedulerError> {
    remove_parts(installed.manager, installed.mark.scope, account)?;
    let log_dir = &installed.mark.log_dir;
    let mut remove = Vec::new();
    if is_note_of(&installed.mark) {
        remove.push(log_dir.join(mark::NOTE));
    }
    if installed.manager == Manager::Cron {
        remove.push(log_dir.join(crontab::LAST));
    }
    remove.retain(|path| path.symlink_metadata().is_ok());
    if !remove.is_empty() {
        Worker::of_folder(log_dir).run(&Work { remove, ..Work::default() })?;
    }
    if installed.manager == Manager::Cron && installed.mark.rhythm == Rhythm::Always {
        monitor.into_iter().for_each(|pid| end_monitor(pid, log_dir));
    }
    Ok(())
}

/// True if the note in the folder of the logs tells of this schedule, or can no more be read.
fn is_note_of(mark: &Mark) -> bool {
    let of = |mark: &Mark| (mark.rhythm, mark.scope, mark.account.clone());
    expected(&mark.log_dir).is_none_or(|noted| of(&noted) == of(mark))
}

fn remove_parts(manager: Manager, scope: Scope, account: &Account) -> Result<(), SchedulerError> {
    // What is not loaded need not be unloaded, and says so by failing.
    let try_all = |all: &[Vec<String>]| all.iter().try_for_each(|words| command::run(words, "").map(drop));
    match manager {
        Manager::Systemd => {
            let folder = systemd::folder(scope, &account.folders);
            let units = [systemd::TIMER, systemd::SERVICE];
            let is_there = |unit: &&str| folder.join(unit).exists();
            let stop = |unit| systemd::systemctl(scope, &["disable", "--now", unit]);
            try_all(&units.into_iter().filter(is_there).map(stop).collect::<Vec<_>>())?;
            units.iter().try_for_each(|unit| delete(&folder.join(unit)))?;
            let forget = systemd::systemctl(scope, &["reset-failed", systemd::SERVICE]);
            try_all(&[systemd::systemctl(scope, &["daemon-reload"]), forget])?;
        }
        Manager::Cron => {
            let before = crontab_to_change()?;
            let after = crontab::without_ours(&before);
            if after != before {
                write_crontab(&after)?;
            }
        }
        Manager::Launchd => {
            boot_out(&launchd::target(scope, &account.uid, launchd::LABEL))?;
            delete(&launchd::file(scope, &account.folders, launchd::LABEL))?;
        }
        Manager::Tasks => {
            try_all(&[words(&["schtasks", "/End", "/TN", task::NAME])])?;
            command::succeed(&words(&["schtasks", "/Delete", "/F", "/TN", task::NAME]), "")?;
        }
    }
    Ok(())
}

/// Takes away what schedules the original.
///
/// # Errors
///
/// When the scheduler refuses it, or a file cannot be removed.
pub fn replace_originals(originals: &[Original], account: &Account) -> Result<(), SchedulerError> {
    for original in originals {
        match original.manager {
            Manager::Cron => {
                let before = crontab_to_change()?;
                write_crontab(&crontab::without_originals(&before))?;
            }
            Manager::Launchd => {
                boot_out(&launchd::target(Scope::Login, &account.uid, launchd::ORIGINAL))?;
                delete(Path::new(&original.what))?;
            }
            Manager::Tasks => {
                command::succeed(&words(&["schtasks", "/Delete", "/F", "/TN", task::ORIGINAL]), "")?;
            }
            // The original knows no systemd.
            Manager::Systemd => {}
        }
    }
    Ok(())
}

/// This user's crontab, to the byte, for what is written back must leave all other lines as they are.
fn crontab_to_change() -> Result<String, SchedulerError> {
    to_the_byte(list_crontab()?.ok_or(SchedulerError::NoCron)?)
}

fn to_the_byte(listed: Output) -> Result<String, SchedulerError> {
    if listed.is_exact { Ok(listed.stdout) } else { Err(SchedulerError::CrontabNoText) }
}

/// An empty crontab is none.
fn write_crontab(text: &str) -> Result<(), SchedulerError> {
    if text.is_empty() {
        command::succeed(&words(&["crontab", "-r"]), "")?;
    } else {
        command::succeed(&words(&["crontab", "-"]), text)?;
    }
    Ok(())
}

fn delete(path: &Path) -> Result<(), SchedulerError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SchedulerError::File { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Asks a monitor to end, if it is one that cron started for this folder.
fn end_monitor(pid: u32, log_dir: &Path) {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let has = |wanted: &[u8]| line.split(|byte| *byte == 0).any(|word| word == wanted);
    if has(b"--unless-running") && has(log_dir.as_os_str().as_encoded_bytes()) {
        command::run(&words(&["sh", "-c", &format!("kill -TERM {pid}")]), "").ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::schedule, *};

    #[test]
    fn the_note_of_another_schedule_stays() {
        let dir = tempfile::tempdir().unwrap();
        let of = |rhythm| Schedule { log_dir: dir.path().to_owned(), ..schedule(rhythm, Scope::Login) };
        let mark = |rhythm| mark::read(&mark::note(&of(rhythm)).text).unwrap();
        assert!(is_note_of(&mark("always")));
        leave_note(&of("always"), &Worker::THIS).unwrap();
        assert!(is_note_of(&mark("always")) && !is_note_of(&mark("every 5m")));
    }

    #[cfg(unix)]
    #[test]
    fn a_crontab_that_is_no_utf_8_is_left_as_it_is() {
        let listed = |script: &str| command::run(&words(&["sh", "-c", script]), "").unwrap();
        let error = to_the_byte(listed("printf '# f\\374r\\n'")).unwrap_err().to_string();
        assert!(error.contains("iconv"), "{error}");
        assert_eq!("# für\n", to_the_byte(listed("printf '# f\\303\\274r\\n'")).unwrap());
    }
}

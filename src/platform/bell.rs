//! A short sound: falling for something bad, rising when it is over. Where there is no sound, there is silence.

use std::sync::atomic::{AtomicBool, Ordering};

/// Event that the sound tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something has failed.
    Bad,
    /// It works again.
    Good,
}

/// One sound at a time; a server of sound that hangs does not pile up threads.
static RINGS: AtomicBool = AtomicBool::new(false);

/// Makes the sound in a thread of its own, unless one is being made.
pub fn ring(tone: Tone) {
    if RINGS.swap(true, Ordering::AcqRel) {
        return;
    }
    let work = move || {
        imp::ring(tone);
        RINGS.store(false, Ordering::Release);
    };
    if std::thread::Builder::new().name("bell".into()).spawn(work).is_err() {
        RINGS.store(false, Ordering::Release);
    }
}

/// Linux: two notes, made here, to the server of sound that `PulseAudio` and `PipeWire` both are.
#[cfg(target_os = "linux")]
mod imp {
    use pulseaudio::{AsPlaybackSource as _, Client, protocol};

    use super::Tone;

    const RATE: u32 = 44_100;
    /// Length of a note, in samples.
    const NOTE: u32 = RATE / 6;

    pub(super) fn ring(tone: Tone) {
        let sound = samples(tone);
        let params = protocol::PlaybackStreamParams {
            sample_spec: protocol::SampleSpec { format: protocol::SampleFormat::S16Le, channels: 1, sample_rate: RATE },
            channel_map: protocol::ChannelMap::mono(),
            cvolume: Some(protocol::ChannelVolume::norm(1)),
            sink_name: Some(protocol::DEFAULT_SINK.to_owned()),
            ..protocol::PlaybackStreamParams::default()
        };
        let mut at = 0;
        let source = move |out: &mut [u8]| {
            let rest = sound.get(at..).unwrap_or_default();
            let n = rest.len().min(out.len());
            out.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            at += n;
            n
        };
        // Whoever has no sound is told by the window and the desktop alone.
        let Ok(client) = Client::from_env(c"Network Logging") else { return };
        let stream = client.create_playback_stream(params, source.as_playback_source());
        if let Ok(stream) = pollster::block_on(stream) {
            pollster::block_on(stream.play_all()).ok();
        }
    }

    /// Two notes a fifth apart, each fading in and out, as little-endian samples of 16 bits.
    fn samples(tone: Tone) -> Vec<u8> {
        let notes = match tone {
            Tone::Bad => [659.3, 440.0],
            Tone::Good => [440.0, 659.3],
        };
        let note = |hertz: f64| {
            (0..NOTE).flat_map(move |idx| {
                let (time, done) = (f64::from(idx) / f64::from(RATE), f64::from(idx) / f64::from(NOTE));
                let loudness = (done * std::f64::consts::PI).sin() * 0.25;
                let value = (time * hertz * std::f64::consts::TAU).sin() * loudness;
                #[expect(clippy::cast_possible_truncation, reason = "between -0.25 and 0.25")]
                let value = (value * f64::from(i16::MAX)) as i16;
                value.to_le_bytes()
            })
        };
        notes.into_iter().flat_map(note).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_sound_is_short_starts_and_ends_in_silence_and_is_not_loud() {
            let bytes = samples(Tone::Bad);
            let values: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
            assert_eq!(2 * NOTE as usize, values.len());
            assert!(values[0] == 0 && values[values.len() - 1].abs() < 100);
            let loudest = values.iter().map(|value| value.unsigned_abs()).max().unwrap_or_default();
            assert!((4000..9000).contains(&loudest), "{loudest}");
        }
    }
}

/// macOS: two of the system's own sounds.
#[cfg(target_os = "macos")]
mod imp {
    use super::Tone;
    use crate::platform::command;

    pub(super) fn ring(tone: Tone) {
        let name = match tone {
            Tone::Bad => "Basso",
            Tone::Good => "Glass",
        };
        let words = ["afplay".to_owned(), format!("/System/Library/Sounds/{name}.aiff")];
        command::run(&words, "").ok();
    }
}

/// Windows: the sounds that the user has chosen for warnings and messages.
#[cfg(windows)]
mod imp {
    use windows_sys::Win32::{
        System::Diagnostics::Debug::MessageBeep,
        UI::WindowsAndMessaging::{MB_ICONINFORMATION, MB_ICONWARNING},
    };

    use super::Tone;

    pub(super) fn ring(tone: Tone) {
        let sound = match tone {
            Tone::Bad => MB_ICONWARNING,
            Tone::Good => MB_ICONINFORMATION,
        };
        #[expect(unsafe_code, reason = "a call of the system")]
        // SAFETY: the call takes a number and keeps nothing.
        unsafe {
            MessageBeep(sound);
        }
    }
}

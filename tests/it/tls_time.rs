//! TLS is judged by what the centre signed, never by the phone's clock: a real server, real certificates, clocks of 1970 and 2099.
#![expect(clippy::panic, reason = "a failed test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use local_store::{Device, Error, Host, SystemHost};
use sync_core::Timestamp;
use tests::centre::Centre;
use tests::certificates::Authority;
use time::{Duration, OffsetDateTime, macros::datetime};

/// A phone whose clock stands somewhere else.
#[derive(Debug)]
struct Clock(OffsetDateTime);

impl Host for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.unix_timestamp() * 1_000)
    }
    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        SystemHost.random(bytes)
    }
}

fn serve(folder: &Path, listen: &str, [certificate, key]: &[PathBuf; 2]) -> Centre {
    Centre::with_units_on(
        &folder.join("centre"),
        &["53.03.01.2005".to_owned()],
        listen,
        &[Path::new("--cert"), certificate, Path::new("--key"), key],
    )
    .unwrap()
}

fn phone(folder: &Path, name: &str, clock: OffsetDateTime) -> Device {
    Device::open_on(folder.join(name), Arc::new(Clock(clock))).unwrap()
}

#[test]
fn phones_of_1970_and_2099_sync_and_an_ended_certificate_is_refused_at_the_signed_time() {
    let folder = tempfile::tempdir().unwrap();
    let (at, authority) = (folder.path(), Authority::new().unwrap());
    let ca = authority.pem();
    let now = OffsetDateTime::now_utc();
    // Made a minute ago: later than any time that a new phone knows of.
    let good = authority.certify(at, now - Duration::minutes(1), now + Duration::days(1)).unwrap();
    let centre = serve(at, "127.0.0.1:0", &good);
    let (url, mut phones) = (centre.url().to_owned(), Vec::new());
    for (number, clock) in [datetime!(1970-01-02 0:00 UTC), datetime!(2099-01-01 0:00 UTC)].into_iter().enumerate() {
        let code = centre.add_officer(&format!("8501000{number}"), "officer", &["53.03.01.2005"]).unwrap();
        let phone = phone(at, &format!("{number}.sambang"), clock);
        phone.enrol(&url, &code, &ca).unwrap();
        assert!(phone.sync().unwrap().complete, "clock {clock}");
        phones.push(phone);
    }
    let late = centre.add_officer("85010009", "officer", &["53.03.01.2005"]).unwrap();
    drop(centre);

    // The same server with a certificate that ended before the time that it signed; a clock of the year before would take it.
    let ended = authority.certify(at, now - Duration::days(400), now - Duration::seconds(1)).unwrap();
    let centre = serve(at, url.trim_start_matches("https://"), &ended);
    for phone in phones {
        let Err(Error::Unreachable(why)) = phone.sync() else { panic!("an ended certificate was taken") };
        assert!(why.contains("expired"), "{why}");
    }
    // It is the signed time that refuses: a phone that has seen none yet judges by the release, and enrols.
    let phone = phone(at, "new.sambang", now - Duration::days(100));
    phone.enrol(centre.url(), &late, &ca).unwrap();
    let Err(Error::Unreachable(why)) = phone.sync() else { panic!("an ended certificate was taken after the first signed time") };
    assert!(why.contains("expired"), "{why}");
}

#[test]
fn another_authority_is_refused_whatever_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let (at, authority, now) = (folder.path(), Authority::new().unwrap(), OffsetDateTime::now_utc());
    let certificate = authority.certify(at, now - Duration::minutes(1), now + Duration::days(1)).unwrap();
    let centre = serve(at, "127.0.0.1:0", &certificate);
    let code = centre.add_officer("85010001", "officer", &["53.03.01.2005"]).unwrap();
    for ca in [Authority::new().unwrap().pem(), String::new()] {
        let phone = phone(at, &format!("{}.sambang", ca.len()), now);
        let Err(Error::Unreachable(why)) = phone.enrol(centre.url(), &code, &ca) else { panic!("taken") };
        assert!(why.contains("certificate"), "{why}");
    }
}

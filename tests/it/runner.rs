//! The background runner, with a real server behind a link: it exchanges by itself, says what it waits for, and may be killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use local_store::{Device, Event, Link, Runner};
use serde_json::Value;
use sync_core::sim::Profile;
use tests::centre::Centre;
use tests::link::{Link as BadLink, LinkOptions};
use tests::programs::{Program, built_once};
use tests::world::early_detection;

/// Longer than anything here takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(300);

fn until(told: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = told.recv_timeout(PATIENCE).unwrap();
        if wanted(&event) {
            return event;
        }
    }
}

#[test]
fn the_runner_sends_what_is_filed_and_comes_back_with_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let centre = Centre::with_units(&folder.path().join("centre"), &["53.03.01.2005".to_owned()]).unwrap();
    let upstream = centre.address().to_owned();
    let link = BadLink::start(LinkOptions { listen: "127.0.0.1:0".to_owned(), upstream, profile: Profile::unlimited(), seed: 1 }).unwrap();
    let device = Device::open(folder.path().join("officer.sambang")).unwrap();
    let (tell, told) = channel();
    // Before there is an officer it waits, and goes on when there is one.
    let runner = Runner::start(device.clone(), move |event| drop(tell.send(event))).unwrap();
    let code = centre.add_officer("85010001", "officer", &["53.03.01.2005"]).unwrap();
    device.enrol(&format!("http://{}", link.address()), &code, "").unwrap();
    until(&told, |event| matches!(event, Event::Synced(synced) if synced.complete));

    let file = |number| device.file("deteksi-dini", "53.03.01.2005".parse().unwrap(), &early_detection(number)).unwrap();
    file(1);
    until(&told, |event| matches!(event, Event::Synced(synced) if synced.delivered == 1));
    assert_eq!(device.status().unwrap().unsent, 0);
    until(&told, |event| matches!(event, Event::Waiting(_)));
    assert_eq!(device.status().unwrap().next_attempt.unwrap().why, "rest");

    // Without the server: it fails, says when it comes back, and loses nothing.
    link.down();
    file(2);
    until(&told, |event| matches!(event, Event::Failed(_)));
    until(&told, |event| matches!(event, Event::Waiting(_)));
    let status = device.status().unwrap();
    assert_eq!((status.unsent, status.next_attempt.unwrap().why), (1, "back-off"));
    device.link_is(Link::None).unwrap();
    assert_eq!(device.status().unwrap().next_attempt.unwrap().why, "no-link");
    link.up();
    device.link_is(Link::Unmetered).unwrap();
    until(&told, |event| matches!(event, Event::Synced(synced) if synced.delivered == 1));
    assert_eq!(device.status().unwrap().unsent, 0);

    runner.stop();
    file(3);
    while let Ok(event) = told.recv() {
        assert!(!matches!(event, Event::Synced(synced) if synced.delivered > 0), "it goes on after it was stopped");
    }
    assert_eq!(device.status().unwrap().unsent, 1);
    // A host that schedules itself, with a budget that allows nothing, and with one that does.
    let nothing = local_store::Budget { requests: Some(0), ..Default::default() };
    assert_eq!(device.sync_once(&nothing).unwrap().requests, 0);
    assert_eq!(device.sync_once(&local_store::Budget::ONE_REQUEST).unwrap().delivered, 1);
}

#[test]
fn the_program_watches_until_it_is_killed_and_the_store_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let centre = Centre::with_units(&folder.path().join("centre"), &["53.03.01.2005".to_owned()]).unwrap();
    let code = centre.add_officer("85010001", "officer", &["53.03.01.2005"]).unwrap();
    let store = folder.path().join("officer.sambang");
    let device = Device::open(&store).unwrap();
    device.enrol(centre.url(), &code, "").unwrap();
    device.sync().unwrap();
    device.file("deteksi-dini", "53.03.01.2005".parse().unwrap(), &early_detection(1)).unwrap();
    drop(device);
    let sambang = built_once(Program::Device).unwrap();
    let mut command = Command::new(sambang);
    command.arg("--store").arg(&store).args(["--json", "sync", "--watch", "--day-bytes", "100000"]);
    let mut watching = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut said = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let (synced, next) = (said(), said());
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!((synced["delivered"].as_u64(), synced["complete"].as_bool()), (Some(1), Some(true)), "{synced}");
    assert_eq!(next["next_attempt"]["why"], "rest", "{next}");
    let device = Device::open(&store).unwrap();
    let status = device.status().unwrap();
    assert_eq!((status.unsent, status.delivered), (0, 1));
    // The next process remembers when the last attempt was.
    assert_eq!(status.next_attempt.unwrap().why, "rest");
}

//! A centre's desk without a centre: it enrols stores as a server would, for tests of what a device does alone.

use local_store::Device;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, EnrolmentCode};
use sync_core::keys::{Certificate, SecretKey};
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Nrp, Role, Timestamp};

use crate::programs::Failure;

/// Enrols `device` as the officer with that personnel number. It answers at no address: such a device never syncs.
///
/// # Errors
/// When the device takes no enrolment, for one because it has one.
pub fn enrol(device: &Device, nrp: u32) -> Result<(), Failure> {
    let (root, working) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
    let officer = Nrp::from_number(nrp).ok_or("not a personnel number")?;
    let code = EnrolmentCode::new(nrp, u64::from(nrp), &root.public());
    let (asked, hash) = EnrolRequest::open(&device.enrolment_request(&code.to_string())?)?;
    let at = Timestamp::from_unix_ms(1_790_000_000_000);
    let record = Record::Enrolment {
        device: DeviceId(u64::from(nrp).to_be_bytes()),
        key: asked.key,
        officer,
        name: format!("Petugas {nrp}"),
        role: Role::Officer,
        at,
    };
    let reply = EnrolReply {
        time: at,
        root: root.public(),
        certificate: Certificate::issue(&root, working.public()),
        answer: EnrolAnswer::Enrolled(SignedRecord::sign(&record, &working)),
    };
    let address = "http://127.0.0.1:9";
    Ok(device.apply_enrolment(&code.to_string(), &reply.seal(&hash, &working), address, "")?)
}

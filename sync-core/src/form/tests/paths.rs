use super::form;
use super::small_form::{parsed, small_form};
use crate::form::{FieldKind, FieldPath, PathError, Role, is_row_id};

fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

#[test]
fn a_path_reads_and_writes_the_same() {
    for text in ["uraian", "lokasi.lat", "anggota.019ab6f2-55a0-7c4e-8d1f-0a1b2c3d4e5f.nama"] {
        assert_eq!(path(text).to_string(), text);
        assert_eq!(text.parse(), Ok(path(text)));
    }
    let built = FieldPath::from_segments(["anggota", "1", "nama"]).unwrap();
    assert_eq!(built, path("anggota.1.nama"));
    assert_eq!(built.root(), "anggota");
    assert_eq!(built.segments().len(), 3);
}

#[test]
fn what_is_no_path_is_refused() {
    for text in ["", ".", "a.", ".a", "a..b", "Uraian", "a b", "a/b", "é", "a.b\0"] {
        assert_eq!(FieldPath::parse(text), Err(PathError::Segment), "{text:?}");
    }
    assert_eq!(FieldPath::parse("a.b.c.d"), Err(PathError::Segments));
    assert_eq!(FieldPath::from_segments([]), Err(PathError::Segments));
    assert_eq!(FieldPath::parse(&"a".repeat(41)), Err(PathError::Segment));
    assert_eq!(FieldPath::parse(&"a.".repeat(1_000_000)), Err(PathError::Segment));
}

#[test]
fn row_ids_are_bounded() {
    assert!(is_row_id("1") && is_row_id(&"a".repeat(36)));
    for bad in ["", "A", "a_b", "a.b", &"a".repeat(37)] {
        assert!(!is_row_id(bad), "{bad:?}");
    }
}

#[test]
fn a_form_finds_the_field_of_a_path() {
    let form = form("dds-warga");
    let name = |text: &str| form.field(&path(text)).map(|field| field.names.join("."));
    assert_eq!(name("uraian").unwrap(), "uraian");
    assert_eq!(name("lokasi.lat").unwrap(), "lokasi.lat");
    assert_eq!(name("anggota").unwrap(), "anggota");
    assert_eq!(name("anggota.7f").unwrap(), "anggota");
    assert_eq!(name("anggota.7f.nama").unwrap(), "anggota.nama");
    for unknown in ["tidak_ada", "uraian.x", "lokasi.x", "lokasi.lat.x", "anggota.a_b", "anggota.1.x", "anggota.a_b.nama"] {
        assert_eq!(name(unknown), None, "{unknown}");
    }
    let member = form.fields().iter().find(|field| field.name == "anggota").unwrap();
    assert!(matches!(member.kind, FieldKind::Rows(_)));
    assert_eq!(member.nested()[0].general_path(Some(member)), "anggota.*.nama");
}

#[test]
fn supervisors_alone_write_what_is_theirs() {
    let form = form("laporan-informasi");
    for role in Role::ALL {
        assert!(form.may_write(role, &path("uraian")));
        assert!(form.may_write(role, &path("tembusan.1.kepada")));
        assert_eq!(form.may_write(role, &path("nomor_agenda")), role.is_supervisor());
        assert!(!form.may_write(role, &path("tidak_ada")));
    }
}

#[test]
fn a_restricted_list_restricts_its_rows() {
    let form = parsed(&small_form());
    for text in ["putusan", "putusan.1", "putusan.1.isi"] {
        assert!(!form.may_write(Role::Officer, &path(text)), "{text}");
        assert!(form.may_write(Role::Polsek, &path(text)), "{text}");
    }
    for text in ["baris", "baris.1", "baris.1.isi"] {
        assert!(form.may_write(Role::Officer, &path(text)), "{text}");
    }
}

#[test]
fn roles_have_words() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("Officer"), None);
    assert!(!Role::Officer.is_supervisor());
}

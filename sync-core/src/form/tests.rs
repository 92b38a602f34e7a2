#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use super::Form;

#[test]
fn every_built_in_form_can_be_read() {
    for form in Form::built_in() {
        assert_eq!(form.version(), 1, "{form:?}");
    }
}

#[test]
fn smoke() {
    let t = std::time::Instant::now();
    Form::built_in();
    eprintln!("built_in {:?}", t.elapsed());
    let form = Form::newest("deteksi-dini").unwrap();
    for p in form.check(&serde_json::json!({"uraian":"pendek","urgensi":"tingi","xx":1,"lokasi":{"lat":124.0,"lon":-9.0}})) {
        eprintln!("{} {} {p}", p.path, p.code);
    }
}

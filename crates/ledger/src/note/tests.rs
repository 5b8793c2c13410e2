use super::*;

/// The example of Go's sumdb/note documentation, which signs and verifies the same form.
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_of_another_implementation_opens_and_ours_is_the_same() {
    let note = format!("{TEXT}\n{SIGNATURE}");
    let key = VerifierKey::parse(PUBLIC).unwrap();
    assert_eq!(key.open(&note), Ok(TEXT));
    assert_eq!(key.to_string(), PUBLIC);
    let signer = SignerKey::parse(PRIVATE).unwrap();
    assert_eq!(signer.sign(TEXT), note);
    assert_eq!(signer.verifier(), &key);
    assert_eq!(signer.secret_text().trim_end(), PRIVATE);
}

#[test]
fn unknown_signatures_are_ignored_and_a_bad_one_of_the_key_rejects() {
    let key = VerifierKey::parse(PUBLIC).unwrap();
    let other = SignerKey::generate(None).unwrap();
    let note = format!("{TEXT}\n{SIGNATURE}");
    let also = other.sign(TEXT).replace(&format!("{TEXT}\n"), "");
    assert_eq!(key.open(&format!("{note}{also}")), Ok(TEXT));
    assert_eq!(
        other.verifier().open(&note),
        Err(NoteError::NotSigned(other.verifier().name().to_owned()))
    );
    let changed = note.replace("don't", "do");
    assert_eq!(
        key.open(&changed),
        Err(NoteError::BadSignature("PeterNeumann".into()))
    );
}

#[test]
fn what_is_no_note_or_key_is_refused() {
    let key = VerifierKey::parse(PUBLIC).unwrap();
    for text in [
        "",
        "\n",
        "a\n",
        "a\n\n",
        "a\n\n— x y",
        "a\n\nx y z\n",
        "a\u{1}\n\n— x AAAAAAAA\n",
    ] {
        assert!(key.open(text).is_err(), "{text:?}");
    }
    for text in [
        "",
        "a+b",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter+c74f20a3+AQ==",
    ] {
        assert!(VerifierKey::parse(text).is_err(), "{text:?}");
        assert!(SignerKey::parse(&format!("PRIVATE+KEY+{text}")).is_err());
    }
    assert!(SignerKey::generate(Some("two words")).is_err());
}

#[test]
fn a_mutated_note_never_opens_to_another_text() {
    let key = VerifierKey::parse(PUBLIC).unwrap();
    let note = format!("{TEXT}\n{SIGNATURE}");
    patchward_test_support::mutate(&[note.as_bytes()], 2000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        assert!(matches!(key.open(&text), Err(_) | Ok(TEXT)));
    });
}

//! Sharing groups: tests 6.1.38 to 6.1.41 of CSAF 2.1.

use super::Violations;
use super::document::Document;

const MAX: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// The names that are reserved for the two special groups.
const RESERVED: [(&str, &str); 2] = [(MAX, "Public"), (NIL, "No sharing allowed")];

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let group = &document.root["document"]["distribution"]["sharing_group"];
    if !group.is_object() {
        return;
    }
    let here = "/document/distribution/sharing_group";
    let id = document.text("/document/distribution/sharing_group/id");
    let name = document.text("/document/distribution/sharing_group/name");
    let clear = document.text("/document/distribution/tlp/label") == "CLEAR";
    let draft = document.text("/document/tracking/status") == "draft";
    if id == MAX && !clear {
        let message = "the public sharing group goes with TLP:CLEAR only";
        found.add("6.1.38", "/document/distribution/tlp/label", message);
    }
    if clear && id != MAX && !(id == NIL && draft) {
        let message = "a TLP:CLEAR document has the public sharing group or none";
        found.add("6.1.39", format!("{here}/id"), message);
    }
    for (reserved_id, reserved) in RESERVED {
        if name == reserved && id != reserved_id {
            let message = format!("the name {reserved} is reserved for {reserved_id}");
            found.add("6.1.40", format!("{here}/name"), message);
        }
        if id == reserved_id && name != reserved {
            let message = format!("this sharing group is named {reserved}");
            found.add("6.1.41", format!("{here}/name"), message);
        }
    }
}

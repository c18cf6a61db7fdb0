//! The JSON Schema of the findings, made from their types, so that the published one cannot drift from them.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Value, json};

use super::{Findings, VERSION};

/// What a reader of [`VERSION`] takes: every member that this version has always had, and no member that it does not know.
fn made() -> String {
    let settings = SchemaSettings::draft2020_12().for_deserialize().with_transform(RecursiveTransform(closed));
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Findings>();
    schema.insert("title".into(), "Findings of authbench compare".into());
    if let Some(version) = schema.pointer_mut("/properties/version") {
        *version = json!({"description": "The version of this shape.", "const": VERSION});
    }
    format!("{:#}\n", Value::from(schema))
}

fn closed(schema: &mut Schema) {
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".into(), Value::Bool(false));
    }
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.schema.json");
    if std::env::var_os("AUTHBENCH_WRITE_SCHEMA").is_some() {
        std::fs::write(file, made()).unwrap();
    }
    let published = std::fs::read_to_string(file).unwrap_or_default();
    let write = "AUTHBENCH_WRITE_SCHEMA=1 cargo test --lib the_published_schema";
    assert!(published == made(), "docs/findings.schema.json is not that of the types; write it anew: `{write}`");
}

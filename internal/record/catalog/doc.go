// Package catalog is the table of the audit log's event types: what each one means, and how the shaped
// formats put it.
//
// # One table
//
// [Types] holds every type that was known when this version was made. All that differs from type to type
// stands there and nowhere else: package format shapes by it, openai-audit events and conf/EVENTS.md print
// it. A type that is not in it is as good an event as any: [Guess] says what can be read from its name.
//
// The table holds facts and nothing that acts. It is a function, not a variable, so nobody can change it; who
// needs it often keeps the result.
//
// # Where the facts are from
//
//   - Names, payload fields and what is known of them: OpenAI's API description, github.com/openai/openai-openapi
//     openapi.json, commit f85dbe2 (2026-08-21), components.schemas.AuditLog, and its Go SDK,
//     github.com/openai/openai-go/v3 v3.96.0 (2026-11-05). The API documents no payload for the types of the
//     tenant, for resource.deleted and for tunnel.*.
//   - Classes, activities and their numbers: the Open Cybersecurity Schema Framework,
//     github.com/ocsf/ocsf-schema, 1.9.0 and 1.8.0.
//   - Categories and types: Elastic Common Schema, github.com/elastic/ecs, 9.x.
//
// Nobody has published a mapping of these types to OCSF. Severities, and which class a type falls into, are
// this project's own judgement.
package catalog

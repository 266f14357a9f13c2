package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"strings"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

const eventsManual = `Usage: openai-audit events [-json] [TYPE]

Tells of the event types that this version knows: what they mean, in which of
the API's two streams they are listed, how severe they are, how the formats ocsf
and ecs put them, and which detections in conf/sigma look at them.

    -json    one JSON array of objects instead

Without TYPE it lists all. TYPE is a type, which is told in full, or the
beginning of some with a star, as for the property event_types: api_key.*

The API adds types without notice. One that is not listed here is delivered and
shaped all the same.
`

// events tells of event types.
func events(_ context.Context, args []string, _ Env, std streams) int {
	flags := newFlags("events")
	asJSON := flags.Bool("json", false, "")
	err := parseFlags(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		write(std.out, eventsManual)
		return exitOK
	case err != nil:
		return std.misuse("events", "%v", err)
	case flags.NArg() > 1:
		return std.misuse("events", "one type at a time")
	}
	asked := strings.ToLower(flags.Arg(0))
	types, whole := chosenTypes(asked)
	switch {
	case len(types) == 0:
		return std.misuse("events", "no event type %s is known; %s", quote(flags.Arg(0)),
			didYouMean("openai-audit events lists those that are", nearestType(asked)))
	case *asJSON:
		return eventsJSON(types, std)
	case whole:
		write(std.out, eventText(types[0]))
	default:
		write(std.out, eventsTable(types))
	}
	return exitOK
}

// chosenTypes returns the known types that a type or pattern names, all for "", and whether it is one type.
func chosenTypes(asked string) (types []catalog.Type, whole bool) {
	prefix, isPattern := strings.CutSuffix(asked, "*")
	for _, t := range catalog.Types() {
		switch {
		case t.Name == asked:
			return []catalog.Type{t}, true
		case asked == "" || isPattern && strings.HasPrefix(t.Name, prefix):
			types = append(types, t)
		}
	}
	return types, false
}

// nearestType returns the known type that was probably meant, or "".
func nearestType(asked string) string {
	var names []string
	for _, t := range catalog.Types() {
		names = append(names, t.Name)
	}
	return config.Nearest(asked, names)
}

// eventJSON is a type as -json has it. Its names are part of the command's interface.
type eventJSON struct {
	Type           string   `json:"type"`
	Stream         string   `json:"stream"`
	Meaning        string   `json:"meaning"`
	Note           string   `json:"note,omitempty"`
	Object         string   `json:"object"`
	Severity       string   `json:"severity"`
	SeverityRises  string   `json:"severity_rises,omitempty"`
	OCSF190        ocsfJSON `json:"ocsf_1.9.0"`
	OCSF180        ocsfJSON `json:"ocsf_1.8.0"`
	ECS            ecsJSON  `json:"ecs"`
	PayloadFields  []string `json:"payload_fields"`
	SigmaRuleNames []string `json:"sigma_rules"`
}

type ocsfJSON struct {
	ClassUID   int    `json:"class_uid"`
	ActivityID int    `json:"activity_id"`
	TypeUID    uint32 `json:"type_uid"`
	Text       string `json:"text"`
}

type ecsJSON struct {
	Category []string `json:"category"`
	Type     []string `json:"type"`
	Outcome  string   `json:"outcome"`
	Action   string   `json:"action"`
}

// eventsJSON prints types as one JSON array.
func eventsJSON(types []catalog.Type, std streams) int {
	list := make([]eventJSON, 0, len(types))
	for _, t := range types {
		ocsf := func(a catalog.Activity, version string) ocsfJSON {
			return ocsfJSON{a.Class(), a.ID(), uint32(a), format.ActivityText(t, version)}
		}
		list = append(list, eventJSON{
			Type: t.Name, Stream: streamOf(t), Meaning: t.Says, Note: t.Note, Object: string(t.Object),
			Severity: t.Severity.String(), SeverityRises: t.Raise.String(),
			OCSF190: ocsf(t.Activity, format.OCSF19), OCSF180: ocsf(t.Activity.In18(), format.OCSF18),
			ECS:           ecsJSON{t.Categories.Names(), t.Kinds.Names(), t.Status.Outcome(), catalog.Action(t.Name)},
			PayloadFields: append([]string{}, t.Fields...), SigmaRuleNames: append([]string{}, t.Rules...),
		})
	}
	encoder := json.NewEncoder(std.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(list); err != nil {
		return std.failure("events", err)
	}
	return exitOK
}

package cli

import (
	"fmt"

	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/secret"
)

// otherOrganization compares the organization that the API answers for with the one that the state file was written for.
// It returns nothing where they agree, or where one of them is not known.
func (in *checkInput) otherOrganization() []probe.Finding {
	for i := range in.streams {
		s := &in.streams[i]
		known := in.identities[s.Name]
		if known == "" || s.Organization == "" || known == s.Organization {
			continue
		}
		known, answered := quotedIfOdd(secret.Cut(known)), quotedIfOdd(secret.Cut(s.Organization))
		return []probe.Finding{{
			Area: areaState, Level: probe.Problem,
			What:   fmt.Sprintf("%s is about the organization %s, and the API answers for %s", in.config.DB, known, answered),
			Why:    "with this key the events of " + answered + " would come, and their time would count as that of " + known,
			Remedy: "use a key of " + known + ", or give " + answered + " a state file of its own",
		}}
	}
	return nil
}
